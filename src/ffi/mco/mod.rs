//! What `mco.h` declares: runtime, databases, transactions, cursors, statistics, errors.

pub mod constants;
mod cursor;
mod database;
pub mod enums;
mod errors;
mod heap;
pub(crate) mod params;
mod runtime;
mod statistics;
mod transaction;
pub mod types;

pub use cursor::*;
pub use database::*;
pub use errors::*;
pub use heap::*;
pub use runtime::*;
pub use statistics::*;
pub use transaction::*;
