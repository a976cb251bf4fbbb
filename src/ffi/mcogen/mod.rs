//! What `mcogen.h` declares: the private entry points of generated code. Every pointer is checked here, so that a generated
//! function is one line.

mod blob;
mod event;
mod field;
mod index;
mod list;
mod object;
mod oid;
pub mod types;

pub use blob::*;
pub use event::*;
pub use field::*;
pub use index::*;
pub use list::*;
pub use object::*;
pub use oid::*;
