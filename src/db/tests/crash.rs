//! Killed at any moment, a database has every committed row, and marks that agree with the rows.

use super::fixture::*;
use super::replicate::Pair;
use crate::base::{AgentId, Random, Value};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

const KILLS: u64 = 8;
const FOLDER: &str = "MCOIOT_TEST_CRASH_FOLDER";

fn open(folder: &Path) -> (Pair, [Opened; 2]) {
    let device = device(1000).file(&folder.join("device.db"));
    let server = server().file(&folder.join("server.db"));
    let pair = Pair::new(device.connect().unwrap(), server.connect().unwrap());
    (pair, [device, server])
}

/// Numbers of the transactions whose rows the server or the device has; each must be whole.
fn transactions(pair: &mut Pair) -> Vec<u64> {
    let mut readings: Vec<u64> = Vec::new();
    for c in [&mut pair.device, &mut pair.server] {
        readings.extend(all(c, SENSOR).into_iter().map(|row| match row[0] {
            Value::UInt(ts) => ts,
            _ => panic!("{row:?}"),
        }));
    }
    readings.sort_unstable();
    readings.dedup();
    for (i, ts) in (0..).zip(&readings) {
        assert_eq!(*ts, i / 3 * 10 + i % 3, "a transaction is torn or missing: {readings:?}");
    }
    readings.iter().map(|ts| ts / 10).collect()
}

/// The victim of the test below, in a process of its own until it is killed: inserts, pushes, clears, and prints what is committed.
/// Without a folder, as a test among the others, it has nothing to do.
#[test]
fn victim() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let (mut pair, _open) = open(Path::new(&folder));
    let mut next = transactions(&mut pair).last().map_or(0, |n| n + 1);
    loop {
        commit(&mut pair.device, |c| (0..3).map(|i| sensor(c, next * 10 + i, 0.5)).count());
        println!("committed {next}");
        if next.is_multiple_of(3) {
            pair.push(200, next.is_multiple_of(2));
        }
        if next.is_multiple_of(5) {
            pair.device.clear(AgentId::SERVER, None).unwrap();
        }
        next += 1;
    }
}

#[test]
fn nothing_committed_is_lost_when_the_process_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let mut random = Random::seeded(11);
    for round in 0..KILLS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "db::tests::crash::victim", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut committed = 0;
        let mut wait_for = 1 + random.below(40);
        while wait_for > 0 {
            let line = lines.next().expect("the victim runs until it is killed").unwrap();
            // Its test runner prints into the same line.
            if let Some((_, number)) = line.split_once("committed ") {
                committed = number.trim().parse().unwrap();
                wait_for -= 1;
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let (mut pair, _open) = open(folder.path());
        let found = transactions(&mut pair);
        assert!(found.last() >= Some(&committed), "round {round}: {committed} was committed, {found:?} is there");
        // What the server has acknowledged it has; what it has not, the device still has.
        pair.sync();
        let last = *found.last().unwrap();
        let mut readings: Vec<Value> = all(&mut pair.server, SENSOR).into_iter().map(|row| row[0].clone()).collect();
        readings.sort_by(crate::db::coding::compare);
        let expected: Vec<Value> = (0..=last).flat_map(|n| (0..3).map(move |i| Value::UInt(n * 10 + i))).collect();
        assert_eq!(readings, expected, "round {round}");
    }
}
