//! Communicator and replicator, composed of the layers below.
