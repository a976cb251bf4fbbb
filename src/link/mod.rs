//! One connection to a peer as a state machine. Pure.
