//! Trees of real processes, three layers deep, on files: killed, stopped, cut off and moved; at the end every row is where it belongs, once.

#[path = "../c/mod.rs"]
mod c;
mod faults;
mod kills;
mod kit;
mod parents;
#[path = "../common/proxy.rs"]
mod proxy;
