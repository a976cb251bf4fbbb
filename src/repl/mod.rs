//! Replication as a state machine. Pure.
