//! Breadth first through all states, level by level, on all cores.
//!
//! A state that was seen is kept as 64 bits. Of 100 million states the chance that any two share a number is 1 in 3,700, so 128 bits would
//! buy nothing but memory.

use crate::rules::Scope;
use crate::state::State;
use crate::steps::{Action, successors};
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
    action: Action,
}

/// A promise that is broken, and the shortest way there.
pub struct Broken {
    pub what: &'static str,
    pub trace: Vec<Action>,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, after {} steps:", self.what, self.trace.len())?;
        self.trace.iter().try_for_each(|action| write!(f, "\n    {action}"))
    }
}

pub struct Outcome {
    pub states: usize,
    pub depth: usize,
    pub broken: Option<Broken>,
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
    broken: Vec<(&'static str, u64, Action)>,
}

/// Looks through a scope until it is empty, a promise is broken, or `deepest` steps are taken. With `traces` the way to each state is
/// remembered.
pub fn search(scope: &Scope, threads: usize, traces: bool, deepest: usize) -> Outcome {
    let start = scope.start();
    let seen = Seen((0..SHARDS).map(|_| Mutex::default()).collect());
    let mut ways: HashMap<u64, (u64, Action)> = HashMap::new();
    let number = start.fingerprint();
    seen.insert(number);
    let mut outcome = Outcome { states: 1, depth: 0, broken: None };
    let mut border = vec![vec![Node { state: start, number, from: number, action: crate::steps::END }]];
    while !border.is_empty() && outcome.depth < deepest {
        if traces {
            ways.extend(border.iter().flatten().map(|n| (n.number, (n.from, n.action))));
        }
        let level = expand(scope, threads, &seen, border);
        if let Some((what, number, action)) = level.broken.into_iter().min_by_key(|(_, number, _)| *number) {
            outcome.broken = Some(Broken { what, trace: way(scope, &ways, number, action) });
            return outcome;
        }
        border = level.border;
        outcome.states += border.iter().map(Vec::len).sum::<usize>();
        outcome.depth += usize::from(!border.is_empty());
    }
    outcome
}

/// All successors of a level that were not seen before.
fn expand(scope: &Scope, threads: usize, seen: &Seen, border: Vec<Vec<Node>>) -> Level {
    let (work, next) = (Mutex::new(border), Mutex::new(Level::default()));
    std::thread::scope(|s| {
        for _ in 0..threads {
            s.spawn(|| {
                loop {
                    let Some(chunk) = work.lock().expect("no thread panics with it").pop() else { break };
                    let found = expand_chunk(scope, seen, &chunk);
                    let mut next = next.lock().expect("no thread panics with it");
                    next.broken.extend(found.broken);
                    next.border.extend(found.border);
                }
            });
        }
    });
    next.into_inner().expect("no thread panics with it")
}

fn expand_chunk(scope: &Scope, seen: &Seen, chunk: &[Node]) -> Level {
    let (mut level, mut fresh) = (Level::default(), Vec::new());
    for node in chunk {
        successors(scope, &node.state, |action, next| match next {
            Ok(state) => {
                let number = state.fingerprint();
                if seen.insert(number) {
                    fresh.push(Node { state, number, from: node.number, action });
                }
            }
            Err(what) => level.broken.push((what, node.number, action)),
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

/// From the beginning to a state and one step on.
fn way(scope: &Scope, ways: &HashMap<u64, (u64, Action)>, mut number: u64, last: Action) -> Vec<Action> {
    let mut trace = vec![last];
    while let Some((from, action)) = ways.get(&number).filter(|(from, _)| *from != number) {
        trace.push(*action);
        number = *from;
    }
    trace.extend(scope.beginning.iter().rev().map(|act| Action { act: *act, device: 0, row: 0 }));
    trace.reverse();
    trace
}
