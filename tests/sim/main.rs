//! The protocol in a simulated world: whole trees of nodes, each with the real core and the real links, a virtual clock, a network that loses
//! and delays, processes that die and come back. Everything follows from a seed.
//!
//! `MCO_SIM_SEEDS` says how many seeds, `MCO_SIM_FROM` which one is first, `MCO_SIM_STEP` how far they are apart, `MCO_SIM_TRACE` prints what
//! the nodes do, `MCO_SIM_REAL` runs every seed with the real database, too, `MCO_SIM_COMPRESSED` with nodes that compress.
//! A seed that has found a mistake goes into `seeds.txt` and is run every time.

mod apps;
mod broken;
#[cfg(feature = "compression")]
mod compressed;
mod direct;
mod fates;
mod fault;
mod heap;
mod hostile;
mod hours;
mod model;
mod naive;
mod network;
mod node;
mod oracle;
mod planted;
mod promise;
mod real;
mod schedules;
mod seeds;
mod settle;
mod store;
mod world;
