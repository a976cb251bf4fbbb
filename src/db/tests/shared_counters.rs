//! What each process that shares a database keeps in memory, while others write.

use super::fixture::*;
use super::shared::{Process, memory};
use crate::base::{Code, Group};
use crate::db::*;

#[test]
fn the_largest_size_is_known_to_all() {
    let (memory, schema) = (memory(), device(1000));
    let (a, b) = (Process::of(&schema, &memory, u64::MAX), Process::of(&schema, &memory, 1));
    assert_eq!(a.0.space().unwrap(), b.0.space().unwrap());
}

#[test]
fn groups_and_bounds_that_another_process_has_set_hold() {
    const HIGH: Group = Group(3);
    let memory = memory();
    let (a, b) = (Process::open(&memory), Process::open(&memory));
    let (mut first, mut second) = (a.connect(), b.connect());
    commit(&mut second, |_| ());
    first.set_group(SENSOR, HIGH).unwrap();
    assert_eq!((b.0.groups(), second.group_of(SENSOR)), (a.0.groups(), HIGH));
    let bound = Bound { rows: 2, ..Bound::default() };
    first.set_bound(SENSOR, Some(bound)).unwrap();
    assert_eq!(b.0.bound_of(SENSOR), Some(bound));
    for ts in 0..2 {
        commit(if ts == 0 { &mut first } else { &mut second }, |c| sensor(c, ts, 0.5));
    }
    for c in [&mut first, &mut second] {
        write(c);
        let refused = c.new_object(SENSOR).unwrap_err().code;
        assert_eq!(refused, Code::E_NOMEM, "two rows wait, whoever has written them");
        c.rollback().unwrap();
    }
    let sum = |c: &mut Connection| c.backlog().unwrap().iter().map(|waits| (waits.group, waits.rows)).collect::<Vec<_>>();
    assert_eq!((sum(&mut first), sum(&mut second)), (vec![(HIGH, 2)], vec![(HIGH, 2)]));
}

/// Each process would look at every row else, whenever another one has written.
#[test]
fn what_waits_under_a_bound_is_counted_once_for_all() {
    let memory = memory();
    let (a, b) = (Process::open(&memory), Process::open(&memory));
    let (mut first, mut second) = (a.connect(), b.connect());
    first.set_bound(SENSOR, Some(Bound { rows: 10, policy: Policy::DropOldest, ..Bound::default() })).unwrap();
    let counted = |c: &mut Connection| {
        write(c);
        let load = c.in_transaction().unwrap().state.tallies[&SENSOR].load;
        assert!(load.is_none() || load == Some(c.waiting_now(SENSOR).unwrap()));
        c.rollback().unwrap();
        load.map(|load| load.rows)
    };
    assert_eq!(counted(&mut second), Some(0));
    for ts in 0..12 {
        let (writes, looks) = if ts % 2 == 0 { (&mut first, &mut second) } else { (&mut second, &mut first) };
        commit(writes, |c| sensor(c, ts, 0.5));
        assert_eq!(counted(looks), Some(10.min(ts + 1)));
    }
    commit(&mut first, |c| c.delete_all(SENSOR).unwrap());
    assert_eq!(counted(&mut second), None, "void, and not counted anew yet");
    second.set_bound(SENSOR, None).unwrap();
    commit(&mut first, |c| sensor(c, 20, 0.5));
    first.set_bound(SENSOR, Some(Bound { rows: 20, ..Bound::default() })).unwrap();
    assert_ne!(counted(&mut second), Some(0), "what was counted under the former bound is void");
    commit(&mut second, |c| sensor(c, 21, 0.5));
    assert_eq!(counted(&mut first), Some(2));
}

/// A commit of ours counts before the clock has moved: who looks in between must not take the difference for commits of others.
#[test]
fn who_looks_in_the_middle_of_a_commit_of_its_own_hears_of_others_later() {
    let memory = memory();
    let (a, b) = (Process::open(&memory), Process::open(&memory));
    a.0.count_own(1);
    assert_eq!(a.0.foreign().unwrap(), 0);
    a.0.count_own(-1);
    commit(&mut b.connect(), |c| sensor(c, 1, 0.5));
    assert_eq!(a.0.foreign().unwrap(), 1);
}
