//! Layer 5: every exported C function, nothing else: checks, translation, panic guard. One file or folder per header.
//!
//! The rule of the whole interface, and the premise of every `unsafe` here: a pointer argument is NULL or points to what its
//! C declaration says, for the duration of the call; NULL is checked. Handles need no such promise: they are values of slot
//! tables and recognised when they are stale, freed or foreign.
#![allow(clippy::missing_safety_doc, non_snake_case)]

mod boundary;
mod column;
mod convert;
pub mod ctypes;
mod cursor;
mod database;
mod device;
mod dictionary;
mod dynamic;
mod event;
mod fatal;
mod interrupt;
mod iot;
mod lent;
mod limits;
pub mod mco;
pub mod mcodyn;
pub mod mcogen;
pub mod mcoiot;
pub mod mcoiotx;
pub mod mconet;
pub mod mcossl;
mod nested;
mod object;
mod oid;
mod place;
mod quarantine;
mod runtime;
mod session;
mod slots;
mod status;
mod trace;
mod version;
