//! What `mconet.h` declares, and the clock of `mcotime.h`.

pub mod enums;
mod functions;
mod time;
pub mod types;

pub use functions::*;
pub use time::*;
