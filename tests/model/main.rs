//! Every execution of a small fleet: what replication promises holds in all of them, and not without any one of its rules.
//!
//! An abstract model of hop acknowledgment, confirmation by the server, clear and restore; it shares no code with the library, so that a
//! mistake in one is not a mistake in both. `make model` looks through the full scopes.

mod check;
mod device;
mod faults;
mod order;
mod rules;
mod scopes;
mod search;
mod server;
mod state;
mod steps;

use rules::Scope;
use search::{Failure, Outcome, search};
use state::{State, each};
use std::collections::HashSet;
use std::num::NonZero;
use std::time::Instant;
use steps::{Action, step};

/// Set by `make model`.
const FULL: &str = "MCO_MODEL";

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

/// Looks through a scope. If a promise is broken, once more, to tell how.
fn explore(scope: &Scope) {
    let start = Instant::now();
    let Outcome { states, transitions, depth, failure } = search(scope, threads(), false, usize::MAX);
    let seconds = start.elapsed().as_secs_f32();
    println!("{}: {states} states, {transitions} transitions, depth {depth}, {seconds:.1} s, {}", scope.name, peak());
    if failure.is_some() {
        let told = search(scope, threads(), true, usize::MAX).failure.map_or_else(String::new, |failure| failure.to_string());
        panic!("{}: {told}", scope.name);
    }
}

/// The most memory that this process had, as far as the system says.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.map_or_else(String::new, |peak| format!("peak memory {}", peak.trim()))
}

#[test]
fn all_promises_hold() {
    let scopes = if std::env::var(FULL).is_ok() { scopes::FULL } else { scopes::SMALL };
    scopes.iter().for_each(explore);
}

/// Every rule is needed: without it some promise is broken, and the search finds out how, whether steps wait or not. With it, nothing is
/// broken within as many steps.
#[test]
fn every_rule_is_needed() {
    for fault in &faults::TABLE {
        for waits in [true, false] {
            let scope = Scope { waits, ..fault.scope() };
            let failure = find(&scope);
            assert_eq!(failure.what, fault.breaks, "without {:?}", fault.off);
            if waits {
                println!("without {:?}: {failure}", fault.off);
            }
            let whole = search(&Scope { off: None, ..scope }, threads(), false, failure.depth);
            assert!(whole.failure.is_none(), "{:?} is not to blame", fault.off);
        }
    }
}

/// The scope in which everything happens notices what is wrong, too.
#[test]
fn faults_are_found_among_everything_else() {
    let Ok(_) = std::env::var(FULL) else { return };
    for off in faults::AMONG_ALL {
        let failure = find(&Scope { off: Some(off), ..scopes::FULL[0] });
        println!("{} without {off:?}: {failure}", scopes::FULL[0].name);
    }
}

fn find(scope: &Scope) -> Failure {
    search(scope, threads(), true, usize::MAX).failure.unwrap_or_else(|| panic!("{:?} is off, and all is well", scope.off))
}

/// A step that may wait changes nothing for those for which it does not matter, in any state: what comes before it may as well come behind.
#[test]
fn steps_that_wait_change_nothing_else() {
    let few = if std::env::var(FULL).is_ok() { scopes::ORDERS.len() } else { 2 };
    for scope in &scopes::ORDERS[..few] {
        let (mut states, mut pairs) = (0, 0);
        every_state(scope, |state| {
            states += 1;
            for early in scope.actions().filter(|a| order::WAITING.contains(&a.act)) {
                pairs += scope.actions().filter(|late| changes_nothing(scope, state, early, *late)).count();
            }
        });
        println!("{}: {pairs} pairs of steps in {states} states", scope.name);
        assert!(pairs > states);
    }
}

/// Whether there are these two steps to be tried, and the first does not matter for the second.
fn changes_nothing(scope: &Scope, state: &State, early: Action, late: Action) -> bool {
    if early == late || order::meets(early, late) && order::matters(early.act, late.act) {
        return false;
    }
    let mut between = *state;
    if step(scope, &mut between, early).is_none() || between == *state {
        return false;
    }
    assert_eq!(between.check(early), Ok(()), "{early}");
    let mut tried = false;
    for row in each(order::rows(&between, late)) {
        let late = Action { row: row as u8, ..late };
        let (mut there, mut other) = (between, *state);
        let Some(done) = step(scope, &mut there, late) else { continue };
        tried = true;
        assert_eq!(step(scope, &mut other, late), Some(done), "{early} makes a difference for {late}");
        // The first may have been for nothing; else it comes now.
        if !other.is_as_good_as(&there) {
            assert!(step(scope, &mut other, early).is_some(), "{early} is not possible behind {late}");
            assert!(other.is_as_good_as(&there), "{early} and {late} depend on each other");
        }
    }
    tried
}

/// Every state of a scope, one after the other.
fn every_state(scope: &Scope, mut visit: impl FnMut(&State)) {
    let (order, start) = (order::Order::new(scope), scope.start());
    let mut seen = HashSet::from([start.fingerprint()]);
    let mut left = vec![start];
    while let Some(state) = left.pop() {
        visit(&state);
        order.successors(&state, |_, next| {
            let next = next.expect("nothing is broken");
            if seen.insert(next.fingerprint()) {
                left.push(*next);
            }
        });
    }
}
