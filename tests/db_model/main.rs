//! Random operations on a database, held against a simple model after every step.
//!
//! A failure prints the seed; `MCO_SEED` runs that one again, `MCO_RUNS` and `MCO_STEPS` make a long run.

mod check;
mod cursors;
mod model;
mod objects;
mod schema;
mod transactions;
mod world;

use mcoiot::base::Random;
use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use world::World;

fn number(name: &str) -> Option<u64> {
    env::var(name).ok().and_then(|text| text.parse().ok())
}

/// Runs seeds one after another; `file`: the rows live in a file, which is closed and opened again now and then.
fn run(file: bool) {
    let steps = number("MCO_STEPS").unwrap_or(600);
    let first = number("MCO_SEED");
    let runs = if first.is_some() { 1 } else { number("MCO_RUNS").unwrap_or(4) };
    let start = first.unwrap_or_else(|| if number("MCO_RUNS").is_some() { Random::from_system().any() } else { 1 });
    for seed in (0..runs).map(|run| start.wrapping_add(run)) {
        let done = catch_unwind(AssertUnwindSafe(|| {
            let mut world = World::new(seed, file);
            for _ in 0..steps {
                world.step();
            }
            world.finish();
        }));
        if let Err(panic) = done {
            eprintln!("MCO_SEED={seed}");
            resume_unwind(panic);
        }
    }
}

#[test]
fn a_database_in_memory_behaves_like_the_model() {
    run(false);
}

#[test]
fn a_database_in_a_file_behaves_like_the_model() {
    run(true);
}
