//! Breadth first through all states, level by level, on all cores.
//!
//! A state that was seen is kept as 64 bits. That any two of 100 million states share a number, so that one of them is passed over, has a
//! chance of 1 in 3,700; of 20 million, 1 in 92,000.

use crate::order::{Order, Way};
use crate::rules::Scope;
use crate::state::State;
use crate::steps::{Action, Broken};
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Mutex;

const SHARDS: usize = 256;
const CHUNK: usize = 4096;

/// A state on the border, and how it was reached.
struct Node {
    state: State,
    number: u64,
    from: u64,
    way: Way,
}

/// A promise that is broken, and how; the shortest way there if steps that may wait did not.
pub struct Failure {
    pub what: Broken,
    pub trace: Vec<Action>,
    /// Runs of steps on the way.
    pub depth: usize,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, after {} steps:", self.what, self.trace.len())?;
        self.trace.iter().try_for_each(|action| write!(f, "\n    {action}"))
    }
}

#[derive(Default)]
pub struct Outcome {
    pub states: usize,
    pub transitions: usize,
    pub depth: usize,
    pub failure: Option<Failure>,
}

/// What was seen, spread over locks.
struct Seen(Vec<Mutex<HashSet<u64, BuildHasherDefault<Number>>>>);

impl Seen {
    fn insert(&self, number: u64) -> bool {
        self.0[number as usize % SHARDS].lock().expect("no thread panics with it").insert(number)
    }
}

/// Fingerprints are spread already.
#[derive(Default)]
struct Number(u64);

impl Hasher for Number {
    fn write(&mut self, _: &[u8]) {}

    fn write_u64(&mut self, number: u64) {
        self.0 = number.rotate_right(8);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// What a level leaves behind.
#[derive(Default)]
struct Level {
    border: Vec<Vec<Node>>,
    transitions: usize,
    broken: Vec<(Broken, u64, Way)>,
}

/// Looks through a scope until it is empty, a promise is broken, or `deepest` levels are done. With `traces` the way to each state is
/// remembered.
pub fn search(scope: &Scope, threads: usize, traces: bool, deepest: usize) -> Outcome {
    let (start, order) = (scope.start(), Order::new(scope));
    let seen = Seen((0..SHARDS).map(|_| Mutex::default()).collect());
    let mut ways: HashMap<u64, (u64, Way)> = HashMap::new();
    let number = start.fingerprint();
    seen.insert(number);
    let mut outcome = Outcome { states: 1, ..Outcome::default() };
    let mut border = vec![vec![Node { state: start, number, from: number, way: Way::END }]];
    while !border.is_empty() && outcome.depth < deepest {
        if traces {
            ways.extend(border.iter().flatten().map(|n| (n.number, (n.from, n.way))));
        }
        let level = expand(&order, threads, &seen, border);
        outcome.transitions += level.transitions;
        if let Some((what, number, way)) = level.broken.into_iter().min_by_key(|(_, number, _)| *number) {
            let trace = trace(scope, &order, &ways, number, way);
            outcome.failure = Some(Failure { what, trace, depth: outcome.depth + 1 });
            return outcome;
        }
        border = level.border;
        outcome.states += border.iter().map(Vec::len).sum::<usize>();
        outcome.depth += usize::from(!border.is_empty());
    }
    outcome
}

/// All successors of a level that were not seen before.
fn expand(order: &Order, threads: usize, seen: &Seen, border: Vec<Vec<Node>>) -> Level {
    let (work, next) = (Mutex::new(border), Mutex::new(Level::default()));
    std::thread::scope(|s| {
        for _ in 0..threads {
            s.spawn(|| {
                loop {
                    let Some(chunk) = work.lock().expect("no thread panics with it").pop() else { break };
                    let found = expand_chunk(order, seen, &chunk);
                    let mut next = next.lock().expect("no thread panics with it");
                    next.broken.extend(found.broken);
                    next.border.extend(found.border);
                    next.transitions += found.transitions;
                }
            });
        }
    });
    next.into_inner().expect("no thread panics with it")
}

fn expand_chunk(order: &Order, seen: &Seen, chunk: &[Node]) -> Level {
    let (mut level, mut fresh) = (Level::default(), Vec::new());
    for node in chunk {
        order.successors(&node.state, |way, next| match next {
            Ok(state) => {
                level.transitions += 1;
                let number = state.fingerprint();
                if seen.insert(number) {
                    fresh.push(Node { state: *state, number, from: node.number, way });
                }
            }
            Err(what) => level.broken.push((what, node.number, way)),
        });
        if fresh.len() >= CHUNK {
            level.border.push(std::mem::take(&mut fresh));
        }
    }
    if !fresh.is_empty() {
        level.border.push(fresh);
    }
    level
}

/// From the beginning to a state and on.
fn trace(scope: &Scope, order: &Order, ways: &HashMap<u64, (u64, Way)>, mut number: u64, last: Way) -> Vec<Action> {
    let mut runs = vec![order.steps(last)];
    while let Some((from, way)) = ways.get(&number).filter(|(from, _)| *from != number) {
        runs.push(order.steps(*way));
        number = *from;
    }
    runs.push(scope.beginning.iter().map(|act| Action { act: *act, device: 0, row: 0 }).collect());
    runs.reverse();
    runs.concat()
}
