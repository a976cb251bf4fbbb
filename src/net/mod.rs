//! Sockets, timers and the clock.
