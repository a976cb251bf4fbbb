//! Every execution of a small fleet: what replication promises holds in all of them, and not without any one of its rules.
//!
//! An abstract model of hop acknowledgment, confirmation by the server, clear and restore; it shares no code with the library, so that a
//! mistake in one is not a mistake in both. `make model` looks through the full scopes.

mod check;
mod device;
mod faults;
mod rules;
mod scopes;
mod search;
mod server;
mod state;
mod steps;

use rules::Scope;
use search::{Outcome, search};
use std::num::NonZero;
use std::time::Instant;

/// Set by `make model`.
const FULL: &str = "MCO_MODEL";

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

/// Looks through a scope. If a promise is broken, once more, to tell how.
fn explore(scope: &Scope) {
    let start = Instant::now();
    let Outcome { states, depth, broken } = search(scope, threads(), false, usize::MAX);
    println!("{}: {states} states, depth {depth}, {:.1} s", scope.name, start.elapsed().as_secs_f32());
    if broken.is_some() {
        let told = search(scope, threads(), true, usize::MAX).broken.map_or_else(String::new, |broken| broken.to_string());
        panic!("{}: {told}", scope.name);
    }
}

#[test]
fn all_promises_hold() {
    let scopes = match std::env::var(FULL).as_deref() {
        Err(_) => scopes::SMALL,
        Ok("long") => scopes::LONG,
        Ok(_) => scopes::FULL,
    };
    scopes.iter().for_each(explore);
}

/// Every rule is needed: without it some promise is broken, and the search finds out how. With it, nothing is broken within as many steps.
#[test]
fn every_rule_is_needed() {
    for fault in &faults::TABLE {
        let scope = fault.scope();
        let Some(broken) = search(&scope, threads(), true, usize::MAX).broken else {
            panic!("{:?} is off, and all is well", fault.off)
        };
        println!("without {:?}: {broken}", fault.off);
        assert_eq!(broken.what, fault.breaks, "without {:?}", fault.off);
        let whole = search(&Scope { off: None, ..scope }, threads(), false, broken.trace.len());
        assert!(whole.broken.is_none(), "{:?} is not to blame", fault.off);
    }
}
