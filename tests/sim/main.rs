//! The protocol in a simulated world: the real core and the real link, a virtual clock, a network that loses and delays, processes that
//! die and come back. Everything follows from a seed.
//!
//! `MCO_SIM_SEEDS` says how many seeds, `MCO_SIM_FROM` which one is first, `MCO_SIM_TRACE` prints what the nodes do.
//! `MCO_SIM_REAL=1` runs every seed with the real database too. A seed that has found a mistake goes into `seeds.txt` and is run every time.
#![cfg(not(mcoiot_core))]

mod apps;
mod broken;
mod cut;
mod fault;
mod hostile;
mod model;
mod network;
mod node;
mod oracle;
mod promise;
mod real;
mod restored;
mod store;
mod world;

use fault::Fault;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use world::{Summary, World};

/// Every so many seeds one runs twice, to hold the traces against each other.
const TWICE: u64 = 10;
/// Every so many seeds one runs once more, with the real database.
const REAL: u64 = 50;
const THREADS: u64 = 2;
/// Fewer events are not a fate.
const EVENTS_MIN: u64 = 200;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|v| v.parse().ok())
}

fn run(seed: u64) -> Result<Summary, String> {
    let mut world = World::new(seed, Fault::None);
    let trace = std::env::var_os("MCO_SIM_TRACE").is_some();
    world.nodes.iter_mut().for_each(|n| n.trace = trace);
    world.run()
}

fn run_real(seed: u64) -> Result<Summary, String> {
    let folder = real::folder();
    let make = move |role, agent, _| -> Box<dyn store::Store> { Box::new(real::Real::new(&folder, role, agent)) };
    let mut world = World::with(seed, Fault::None, std::rc::Rc::new(make));
    world.oracle.compacts = true;
    let trace = std::env::var_os("MCO_SIM_TRACE").is_some();
    world.nodes.iter_mut().for_each(|n| n.trace = trace);
    world.run()
}

/// Whether a fate was worth its name.
fn enough(summary: Summary) -> Result<Summary, String> {
    let is_enough = summary.events >= EVENTS_MIN && summary.faults > 0 && summary.promises > 0;
    if is_enough { Ok(summary) } else { Err(format!("too little has happened: {summary:?}")) }
}

/// One seed with everything that is asked of it.
fn try_seed(seed: u64) -> Result<Summary, String> {
    if seed.is_multiple_of(REAL) || number("MCO_SIM_REAL").is_some() {
        run_real(seed).and_then(enough).map_err(|e| format!("with the real database: {e}"))?;
    }
    let summary = run(seed)?;
    if seed.is_multiple_of(TWICE) && run(seed)? != summary {
        return Err("the second run went another way".into());
    }
    enough(summary)
}

#[test]
fn seeds() {
    let (from, count) = (number("MCO_SIM_FROM").unwrap_or(1), number("MCO_SIM_SEEDS").unwrap_or(300));
    let started = Instant::now();
    let next = AtomicU64::new(from);
    let work = || {
        let mut total = Summary::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= from + count {
                return Ok(total);
            }
            let summary = try_seed(seed).map_err(|e| {
                next.store(from + count, Ordering::Relaxed);
                format!("seed {seed}: {e}\nagain with: MCO_SIM_FROM={seed} MCO_SIM_SEEDS=1 cargo test --test sim seeds")
            })?;
            total.events += summary.events;
            total.faults += summary.faults;
            total.rows += summary.rows;
        }
    };
    let results: Vec<Result<Summary, String>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|t| t.join().unwrap_or_else(|_| Err("a seed has panicked".into()))).collect()
    });
    let mut total = Summary::default();
    for result in results {
        let part = result.unwrap_or_else(|e| panic!("{e}"));
        (total.events, total.faults, total.rows) =
            (total.events + part.events, total.faults + part.faults, total.rows + part.rows);
    }
    let Summary { events, faults, rows, .. } = total;
    println!(
        "{count} seeds from {from}: {events} events, {faults} faults, {rows} rows in the end, {:.1} s",
        started.elapsed().as_secs_f64()
    );
}

#[test]
fn seeds_that_found_something() {
    let lines = include_str!("seeds.txt").lines().filter(|l| !l.starts_with('#') && !l.is_empty());
    for seed in lines.map(|l| l.split(' ').next().and_then(|n| n.parse().ok()).expect("a line begins with a seed")) {
        try_seed(seed).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
    }
}

#[test]
fn every_planted_fault_is_caught() {
    let table = [
        (Fault::AckBeforeCommit, 200),
        (Fault::NoDuplicateCheck, 200),
        (Fault::ClearUnacknowledged, 50),
        (Fault::MarkApart, 50),
        (Fault::IdentityWithoutEpoch, 500),
        (Fault::RangeApplied, 2000),
        (Fault::StaleSkipped, 100),
        (Fault::NoGraves, 1000),
        (Fault::KeyByStream, 100),
        (Fault::OldRemove, 2000),
        (Fault::ClearHidesRemove, 3000),
        (Fault::RowsAhead, 100),
        (Fault::SyncEndsEarly, 100),
        (Fault::NoWindow, 500),
    ];
    for (fault, limit) in table {
        let caught = (1..=limit).find_map(|seed| World::new(seed, fault).run().err().map(|e| (seed, e)));
        let (seeds, how) = caught.unwrap_or_else(|| panic!("{fault:?} is not caught within {limit} seeds"));
        println!("{:22} caught after {seeds:4} seeds: {how}", format!("{fault:?}"));
    }
}
