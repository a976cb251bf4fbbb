//! Many seeds, each a fate of its own.

use crate::fault::Fault;
use crate::real::Real;
use crate::store::Store;
use crate::world::{Summary, World};
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Seeds of a usual run.
const SEEDS: u64 = 2000;
/// Every so many seeds one runs twice, to hold the traces against each other.
const TWICE: u64 = 10;
/// Every so many seeds one runs once more with nodes that compress.
const COMPRESSED: u64 = 10;
/// Every so many seeds one runs with the real database, too.
const REAL: u64 = 50;
/// Stories of seeds that have found something with it begin so.
const WITH_REAL: &str = "with the real database: ";
const THREADS: u64 = 2;
/// Fewer events are not a fate.
const EVENTS_MIN: u64 = 200;

pub fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|v| v.parse().ok())
}

fn run(seed: u64) -> Result<Summary, String> {
    let mut world = World::new(seed, Fault::None);
    world.trace = std::env::var_os("MCO_SIM_TRACE").is_some();
    world.run()
}

/// The same with nodes that compress: other bytes, and so another fate.
fn run_compressed(seed: u64) -> Result<Summary, String> {
    let mut world = World::new(seed, Fault::None);
    world.network.compresses = true;
    world.trace = std::env::var_os("MCO_SIM_TRACE").is_some();
    world.run()
}

/// Whether a fate was worth its name.
fn enough(summary: Summary) -> Result<Summary, String> {
    let is_enough = summary.events >= EVENTS_MIN && summary.faults > 0;
    if is_enough { Ok(summary) } else { Err(format!("too little has happened: {summary:?}")) }
}

/// The same with the real database.
fn run_real(seed: u64) -> Result<Summary, String> {
    let folder = crate::real::folder();
    let make = Rc::new(move |role, agent, _| -> Box<dyn Store> { Box::new(Real::new(&folder, role, agent, Fault::None)) });
    let mut world = World::with(seed, Fault::None, make);
    world.trace = std::env::var_os("MCO_SIM_TRACE").is_some();
    crate::real::fit(&mut world.oracle, &world.nodes);
    world.run()
}

/// One seed with everything that is asked of it, and with the real database if that is wanted.
fn try_seed(seed: u64, real: bool) -> Result<Summary, String> {
    let mut summary = run(seed)?;
    if seed.is_multiple_of(TWICE) && run(seed)? != summary {
        return Err("the second run went another way".into());
    }
    if seed % COMPRESSED == COMPRESSED / 2 || number("MCO_SIM_COMPRESSED").is_some() {
        let compressed = run_compressed(seed).and_then(enough);
        summary.deflated = compressed.map_err(|e| format!("with compression (MCO_SIM_COMPRESSED=1): {e}"))?.deflated;
    }
    if real || seed.is_multiple_of(REAL) || number("MCO_SIM_REAL").is_some() {
        run_real(seed).and_then(enough).map_err(|e| format!("with the real database (MCO_SIM_REAL=1): {e}"))?;
    }
    enough(summary)
}

#[test]
fn trees() {
    let (from, count) = (number("MCO_SIM_FROM").unwrap_or(1), number("MCO_SIM_SEEDS").unwrap_or(SEEDS));
    let step = number("MCO_SIM_STEP").unwrap_or(1);
    let started = Instant::now();
    let next = AtomicU64::new(from);
    let work = || {
        let mut total = Summary::default();
        loop {
            let seed = next.fetch_add(step, Ordering::Relaxed);
            if seed >= from + count * step {
                return Ok(total);
            }
            let summary = try_seed(seed, false).map_err(|e| {
                next.store(from + count * step, Ordering::Relaxed);
                format!("seed {seed}: {e}\nagain with: MCO_SIM_FROM={seed} MCO_SIM_SEEDS=1 cargo test --test sim trees")
            })?;
            total.events += summary.events;
            total.faults += summary.faults;
            total.rows += summary.rows;
            total.promises += summary.promises;
            total.deflated += summary.deflated;
        }
    };
    let results: Vec<Result<Summary, String>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|t| t.join().unwrap_or_else(|_| Err("a seed has panicked".into()))).collect()
    });
    let mut total = Summary::default();
    for result in results {
        let part = result.unwrap_or_else(|e| panic!("{e}"));
        (total.events, total.faults) = (total.events + part.events, total.faults + part.faults);
        (total.rows, total.promises) = (total.rows + part.rows, total.promises + part.promises);
        total.deflated += part.deflated;
    }
    let Summary { events, faults, rows, promises, deflated, .. } = total;
    println!(
        "{count} trees from seed {from}: {events} events, {faults} faults, {rows} rows in the end, {promises} promises kept, {deflated} frames compressed, {:.1} s",
        started.elapsed().as_secs_f64()
    );
    assert!(deflated >= count / COMPRESSED || count * step < COMPRESSED, "almost nothing was compressed");
}

#[test]
fn seeds_that_found_something() {
    let lines = include_str!("seeds.txt").lines().filter(|l| !l.starts_with('#') && !l.is_empty());
    for line in lines {
        let (seed, story) = line.split_once(' ').expect("a seed and its story");
        let seed = seed.parse().expect("a line begins with a seed");
        try_seed(seed, story.starts_with(WITH_REAL)).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
    }
}
