//! What the server remembers of rows that it has removed here alone is bounded, and a reconcile spares these and no others.

use super::fixture::*;
use super::lane::*;
use crate::base::{AgentId, Group, Role, Timestamp, Value};
use crate::db::cleared::MAX_RUNS;
use crate::db::*;
use crate::schema::{FieldType, Travel};

const OTHER: u64 = 1001;
const LIMIT: u16 = 4;
/// Runs that do not fit.
const RUNS: u64 = 3 * MAX_RUNS;

fn weather_with_limits(role: Role, agent: u64) -> Schema {
    weather(role, agent).class("Limit", Travel::Down, &[("n", FieldType::Unsigned(4)), ("text", FieldType::String)])
}

fn both(folder: &std::path::Path) -> (Store, Store) {
    let server = Store::new(folder, "server.db", weather_with_limits(Role::Server, 1));
    (server, Store::new(folder, "device.db", weather_with_limits(Role::Device, AGENT.0)))
}

fn runs(s: &mut Store, receiver: AgentId) -> u64 {
    let text = "SELECT count(*) FROM _mco_cleared WHERE receiver = ?1";
    s.c.engine.query_row(text, [receiver.0.cast_signed()], |row| row.get::<_, i64>(0)).unwrap().cast_unsigned()
}

fn params(store: &mut Store) -> Vec<u64> {
    store.configs().into_iter().map(|(n, _)| n).collect()
}

/// Parameters of the device's own rows, which are odd.
fn odd() -> Vec<u64> {
    (0..RUNS).map(|n| 2 * n + 1).collect()
}

/// One row for the device and one that is made in between, again and again; the device has what is its own.
fn alternate(s: &mut Store, d: &mut Store, mut between: impl FnMut(&mut Connection, u64) -> ObjectRef) {
    commit(&mut s.c, |c| {
        for param in odd() {
            config(c, param, "x", AGENT.0);
            between(c, param + 1);
        }
    });
    sync(s, d, MANY);
}

/// The device gets all rows anew, in pages of one row.
fn reconcile(s: &mut Store, d: &mut Store) {
    s.c.own_transaction(|c| {
        let now = c.in_transaction()?.state.now();
        c.raise_horizon(AGENT.0, Group(0), now)
    })
    .unwrap();
    assert!(sync(s, d, 1) > 0);
}

#[test]
fn runs_are_bounded_and_a_reconcile_spares_all_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let (mut s, mut d) = both(folder.path());
    alternate(&mut s, &mut d, |c, param| config(c, param, "x", OTHER));
    for param in odd() {
        // Rows that come one by one, as in a long time.
        s.c.clear(AGENT, None).unwrap();
        assert!(runs(&mut s, AGENT) <= MAX_RUNS);
        if param % 10 == 1 {
            commit(&mut s.c, |c| config(c, 10_000 + param, "x", AGENT.0));
            sync(&mut s, &mut d, MANY);
        }
    }
    let had = params(&mut d);
    assert_eq!(params(&mut s).len() as u64, RUNS, "rows for the other one, and nothing else");
    reconcile(&mut s, &mut d);
    assert_eq!(params(&mut d), had);
}

#[test]
fn the_number_of_rows_that_a_restored_device_lacks_counts_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let (mut s, mut d) = both(folder.path());
    let backup = d.backup("backup.db");
    alternate(&mut s, &mut d, |c, param| config(c, param, "x", OTHER));
    s.c.clear(AGENT, None).unwrap();
    assert!(runs(&mut s, AGENT) <= MAX_RUNS);
    let mut d = d.restore(&backup);
    sync(&mut s, &mut d, MANY);
    assert_eq!(s.c.gaps().unwrap().iter().map(|gap| gap.rows).sum::<u64>(), RUNS);
}

#[test]
fn what_was_removed_and_is_not_known_of_is_no_part_of_a_run() {
    let folder = tempfile::tempdir().unwrap();
    let (mut s, mut d) = both(folder.path());
    alternate(&mut s, &mut d, |c, param| config(c, param, "removed", AGENT.0));
    commit(&mut s.c, |c| {
        for param in odd() {
            let row = c.find(1, &[Value::UInt(param + 1)]).unwrap();
            c.delete(row).unwrap();
        }
    });
    s.c.clear(AGENT, None).unwrap();
    assert_eq!(runs(&mut s, AGENT), MAX_RUNS);
    let left = params(&mut s).len() as u64;
    assert_eq!(left, RUNS - MAX_RUNS, "rows stay that cannot be remembered");
    reconcile(&mut s, &mut d);
    assert_eq!(params(&mut d), odd());
    s.c.clear(AGENT, None).unwrap();
    assert_eq!(params(&mut s), [], "the device has heard of it");
    assert!(runs(&mut s, AGENT) <= MAX_RUNS);
    reconcile(&mut s, &mut d);
    assert_eq!(params(&mut d), odd());
}

#[test]
fn runs_are_not_joined_for_each_row_when_that_makes_little_room() {
    let folder = tempfile::tempdir().unwrap();
    let (mut s, mut d) = both(folder.path());
    // Before these runs the device has not heard of what was removed; the others can be joined.
    let blocked = MAX_RUNS - 2;
    commit(&mut s.c, |c| {
        for param in odd() {
            config(c, param, "x", AGENT.0);
            config(c, param + 1, "between", if param < 2 * blocked { AGENT.0 } else { OTHER });
        }
    });
    sync(&mut s, &mut d, MANY);
    commit(&mut s.c, |c| {
        for param in odd().into_iter().filter(|param| *param < 2 * blocked) {
            let row = c.find(1, &[Value::UInt(param + 1)]).unwrap();
            c.delete(row).unwrap();
        }
    });
    let others = RUNS - blocked;
    for cleared in [MAX_RUNS + 1, MAX_RUNS + 2] {
        s.c.clear(AGENT, None).unwrap();
        assert_eq!((runs(&mut s, AGENT), params(&mut s).len() as u64), (MAX_RUNS, others + RUNS - cleared), "joined once");
    }
    sync(&mut s, &mut d, MANY);
    s.c.clear(AGENT, None).unwrap();
    assert_eq!(params(&mut s).len() as u64, others);
    let had = params(&mut d);
    reconcile(&mut s, &mut d);
    assert_eq!(params(&mut d), had);
}

#[test]
fn rows_that_are_still_there_are_no_part_of_a_run() {
    for receiver in [AGENT.0, 0] {
        let folder = tempfile::tempdir().unwrap();
        let (mut s, mut d) = both(folder.path());
        alternate(&mut s, &mut d, |c, n| put(c, LIMIT, &[Value::UInt(n), Value::from(&b"x"[..]), Value::UInt(receiver)]));
        s.c.clear(AGENT, Some(CONFIG)).unwrap();
        assert_eq!(params(&mut s).len() as u64, RUNS - MAX_RUNS);
        // The last row, which stays: it goes when what is between the others does.
        commit(&mut s.c, |c| c.delete_all(LIMIT).unwrap());
        reconcile(&mut s, &mut d);
        assert_eq!((params(&mut d), values(&mut d.c, LIMIT)), (odd(), vec![]));
        s.c.clear(AGENT, Some(CONFIG)).unwrap();
        assert_eq!(params(&mut s), []);
    }
}

#[test]
fn nothing_is_joined_for_an_agent_that_has_to_be_reconciled() {
    let folder = tempfile::tempdir().unwrap();
    let (mut s, mut d) = both(folder.path());
    alternate(&mut s, &mut d, |c, param| config(c, param, "removed", AGENT.0));
    commit(&mut s.c, |c| {
        for param in odd() {
            let row = c.find(1, &[Value::UInt(param + 1)]).unwrap();
            c.delete(row).unwrap();
        }
    });
    // Too many removals waited for it.
    s.c.own_transaction(|c| {
        c.engine.execute_batch("DELETE FROM _mco_log WHERE gone = 1").unwrap();
        let now = c.in_transaction()?.state.clock;
        c.raise_horizon(AGENT.0, Group(0), now)
    })
    .unwrap();
    s.c.clear(AGENT, None).unwrap();
    assert_eq!(runs(&mut s, AGENT), MAX_RUNS);
    assert!(sync(&mut s, &mut d, 1) > 0);
    assert_eq!(params(&mut d), odd());
}

#[test]
fn a_row_between_that_comes_to_the_agent_later_can_be_taken_from_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let (mut s, mut d) = both(folder.path());
    alternate(&mut s, &mut d, |c, param| config(c, param, "x", OTHER));
    s.c.clear(AGENT, None).unwrap();
    assert!(runs(&mut s, AGENT) <= MAX_RUNS);
    change(&mut s.c, 2, 2, Value::UInt(AGENT.0));
    sync(&mut s, &mut d, MANY);
    assert!(params(&mut d).contains(&2));
    remove(&mut s.c, 2);
    sync(&mut s, &mut d, MANY);
    assert_eq!(params(&mut d), odd());
}

#[test]
fn runs_that_are_joined_between_two_pages_are_all_named() {
    let folder = tempfile::tempdir().unwrap();
    let (mut s, mut d) = both(folder.path());
    commit(&mut s.c, |c| {
        for param in (1..MAX_RUNS).map(|n| 2 * n + 1) {
            config(c, param, "x", AGENT.0);
            config(c, param + 1, "x", OTHER);
        }
    });
    sync(&mut s, &mut d, MANY);
    let had = params(&mut d);
    s.c.clear(AGENT, None).unwrap();
    assert_eq!(runs(&mut s, AGENT), MAX_RUNS - 1);
    let mut announce = d.c.describe(AGENT).unwrap().unwrap();
    announce.reconcile = true;
    let start = s.c.attach(&announce, AGENT).unwrap().down.get(Group(0));
    let (mut at, _) = step(&mut s, &mut d, in_group(0), start, 1).unwrap();
    let left = s.c.own_transaction(|c| c.join_runs(CONFIG, AGENT, true)).unwrap();
    assert_eq!(left, MAX_RUNS / 2);
    while at.epoch.0 == 0 {
        at = step(&mut s, &mut d, in_group(0), at, 1).unwrap().0;
    }
    assert!(at.ts > Timestamp(0));
    assert_eq!(params(&mut d), had);
}

#[test]
fn what_is_remembered_of_a_class_that_is_emptied_is_bounded_in_any_case() {
    let folder = tempfile::tempdir().unwrap();
    let (mut s, mut d) = both(folder.path());
    // Each run is of an opening of its own, so that none can be joined.
    for n in 1..=MAX_RUNS + 3 {
        commit(&mut s.c, |c| config(c, n, "x", AGENT.0));
        s = s.reopen();
    }
    sync(&mut s, &mut d, MANY);
    s.c.clear(AGENT, None).unwrap();
    assert_eq!((runs(&mut s, AGENT), params(&mut s).len()), (MAX_RUNS, 3));
    s.c.clean().unwrap();
    // Several of the oldest were forgotten at once, so that this is not done for each row.
    let left = MAX_RUNS - MAX_RUNS / 8 + 3;
    assert_eq!((runs(&mut s, AGENT), params(&mut s).len()), (left, 0));
    reconcile(&mut s, &mut d);
    assert_eq!(params(&mut d).len() as u64, left, "the oldest are not remembered");
}
