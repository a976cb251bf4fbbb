//! What `mconet.h` declares, and the clock of `mcotime.h`.

pub mod enums;
mod functions;
pub(crate) mod socket;
mod time;
pub mod types;

pub use functions::*;
pub use socket::mco_unix_socket_dir;
pub use time::*;
