//! Bounds of what waits to be acknowledged: refusing and dropping, what is told of it, and that the counters are right.

use super::fixture::*;
use super::replicate::{Pair, down, own, pair, up};
use super::site::*;
use crate::base::{AgentId, Code, DbId, Gap, GapReason, Group, Marks, Millis, Position, Random, Role, Value};
use crate::db::*;
use std::sync::atomic::{AtomicU64, Ordering};

fn bound(rows: u64, policy: Policy) -> Option<Bound> {
    Some(Bound { rows, policy, ..Bound::default() })
}

/// Class, rows and reason of gap records.
fn told(gaps: &[Gap]) -> Vec<(u16, u64, GapReason)> {
    gaps.iter().map(|gap| (gap.class, gap.rows, gap.reason)).collect()
}

fn insert(c: &mut Connection, ts: u64) -> crate::base::Result<()> {
    write(c);
    let made = c.new_object(SENSOR).and_then(|object| c.set_value(object, 0, Value::UInt(ts)));
    let done = c.commit();
    made.and(done)
}

/// What is counted, and what a look at every row gives.
fn tallies(c: &mut Connection, class: u16) -> [(u64, u64); 2] {
    write(c);
    let tally = c.tally(class).unwrap().unwrap().load.unwrap();
    let now = c.waiting_now(class).unwrap();
    c.rollback().unwrap();
    [(tally.rows, tally.bytes), (now.rows, now.bytes)]
}

fn waiting(c: &mut Connection, class: u16) -> u64 {
    let [counted, now] = tallies(c, class);
    assert_eq!(counted, now);
    counted.0
}

#[test]
fn a_full_class_refuses_rows_until_some_are_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let mut device = Device::new(folder.path(), 1000);
    let mut relay = Relay::new(50, 500);
    device.c.set_bound(SENSOR, bound(3, Policy::Refuse)).unwrap();
    assert_eq!(device.c.database().bound_of(SENSOR), bound(3, Policy::Refuse));
    device.log(0..3, 1.0);
    let error = insert(&mut device.c, 3).unwrap_err();
    assert_eq!(error.code, Code::E_NOMEM);
    for word in ["'Sensor'", "3 rows wait", "bound is 3 rows", "raise the bound"] {
        assert!(error.text.contains(word), "{word}: {}", error.text);
    }
    // Rows that are there may change, other classes go on.
    device.update(1, 2.0);
    commit(&mut device.c, |c| put(c, NOTE, &[Value::from(&b"x"[..])]));
    // In one transaction the row that is too many is found when it is stored.
    device.join(&relay);
    device.hand_over(&mut relay, false);
    assert_eq!(waiting(&mut device.c, SENSOR), 0);
    write(&mut device.c);
    for ts in 10..14 {
        sensor(&mut device.c, ts, 1.0);
    }
    assert_eq!(device.c.commit().unwrap_err().code, Code::E_NOMEM);
    device.log(10..13, 1.0);
    assert!(insert(&mut device.c, 13).is_err());
    // An acknowledged row that changes waits again.
    write(&mut device.c);
    let row = device.c.find(0, &[Value::UInt(0), Value::UInt(1)]).unwrap();
    device.c.set_value(row, 2, Value::Real(9.0)).unwrap();
    assert_eq!(device.c.commit().unwrap_err().code, Code::E_NOMEM);
    // It is kept with the file, and so is what waits.
    let backup = device.backup("copy.db");
    let mut device = device.restore(&backup);
    assert!(insert(&mut device.c, 13).is_err());
    assert_eq!(told(&device.c.gaps().unwrap()), []);
    device.c.set_bound(SENSOR, None).unwrap();
    assert_eq!(device.c.database().bound_of(SENSOR), None);
    device.log(13..20, 1.0);
}

#[test]
fn a_bound_is_for_rows_that_are_sent_from_here() {
    let db = device(1000).memory();
    let mut c = db.connect().unwrap();
    for class in [CONFIG, NOTE, 0, 9] {
        assert_eq!(c.set_bound(class, bound(1, Policy::Refuse)).unwrap_err().code, Code::E_ILLEGAL_PARAM, "{class}");
    }
    c.set_bound(SENSOR, Some(Bound::default())).unwrap();
    assert_eq!(db.bound_of(SENSOR), None, "nothing but zeros is no bound");
    write(&mut c);
    assert_eq!(c.set_bound(SENSOR, None).unwrap_err().code, Code::E_TRANS_NOT_CLOSED);
}

#[test]
fn bytes_and_age_are_bounds_too() {
    static NOW: AtomicU64 = AtomicU64::new(1_000_000);
    let clock = WallClock(|| NOW.load(Ordering::Relaxed));
    let options = OpenOptions { clock, ..OpenOptions::new(&name(), Storage::Memory { limit_bytes: 0 }) };
    let db = Opened(device(1000).open(options).unwrap());
    let mut c = db.connect().unwrap();
    commit(&mut c, |c| sensor(c, 1, 1.0));
    c.set_bound(SENSOR, bound(100, Policy::Refuse)).unwrap();
    let [(rows, bytes), _] = tallies(&mut c, SENSOR);
    assert_eq!(rows, 1);
    c.set_bound(SENSOR, Some(Bound { bytes: 2 * bytes, ..Bound::default() })).unwrap();
    commit(&mut c, |c| sensor(c, 2, 1.0));
    let error = insert(&mut c, 3).unwrap_err();
    assert!(error.code == Code::E_NOMEM && error.text.contains(&format!("bound is {} bytes", 2 * bytes)), "{error:?}");
    let aged = |policy| Some(Bound { age: Millis(5000), policy, ..Bound::default() });
    c.set_bound(SENSOR, aged(Policy::Refuse)).unwrap();
    NOW.fetch_add(4999, Ordering::Relaxed);
    commit(&mut c, |c| sensor(c, 3, 1.0));
    NOW.fetch_add(1, Ordering::Relaxed);
    let error = insert(&mut c, 4).unwrap_err();
    assert!(error.code == Code::E_NOMEM && error.text.contains("5000 ms"), "{error:?}");
    c.set_bound(SENSOR, aged(Policy::DropNewest)).unwrap();
    commit(&mut c, |c| sensor(c, 4, 1.0));
    assert_eq!(all(&mut c, SENSOR).len(), 3);
    c.set_bound(SENSOR, aged(Policy::DropOldest)).unwrap();
    assert_eq!(all(&mut c, SENSOR).len(), 1, "those that are too old go at once");
    commit(&mut c, |c| sensor(c, 5, 1.0));
    NOW.fetch_add(5000, Ordering::Relaxed);
    commit(&mut c, |c| sensor(c, 6, 1.0));
    assert_eq!(all(&mut c, SENSOR).len(), 1);
    let gaps = c.gap_page(None).unwrap();
    let times: Vec<(u64, u64)> = gaps.iter().map(|told| (told.gap.rows, told.millis)).collect();
    assert_eq!(times, [(4, 1_010_000), (1, 1_005_000)], "one record for each reason, with the time of its last row");
}

#[test]
fn the_oldest_make_room_and_the_server_hears_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let (mut device, mut server) = (Device::new(folder.path(), 1000), Server::new());
    device.c.set_bound(SENSOR, bound(3, Policy::DropOldest)).unwrap();
    for ts in 0..10 {
        device.log(ts..ts + 1, 1.0);
        // Commits of other classes lie between.
        commit(&mut device.c, |c| put(c, NOTE, &[Value::from(&b"x"[..])]));
    }
    assert_eq!(device.readings(), expected(7..10, 1.0));
    let gaps = device.c.gaps().unwrap();
    assert_eq!(told(&gaps), [(SENSOR, 7, GapReason::DroppedOldest)], "neighbours become one");
    assert_eq!((gaps[0].first.0, gaps[0].last.0), (2, 14));
    device.meet(&mut server);
    device.push(&mut server);
    assert_eq!((server.readings(), server.gaps()), (expected(7..10, 1.0), gaps));
    assert_eq!(device.c.confirmed().unwrap().get(Group::USUAL), device.at, "what was dropped holds nothing up");
    // All are acknowledged: there is room again, and what is dropped later is another record that touches none.
    device.log(10..13, 1.0);
    assert_eq!(device.readings().len(), 6);
    device.log(13..15, 1.0);
    assert_eq!(device.readings(), [expected(7..10, 1.0), expected(12..15, 1.0)].concat());
    assert_eq!(device.c.gaps().unwrap().iter().map(|gap| gap.rows).collect::<Vec<_>>(), [7, 2]);
    device.push(&mut server);
    assert_eq!(server.readings(), [expected(7..10, 1.0), expected(12..15, 1.0)].concat());
    assert_eq!(server.gaps(), device.c.gaps().unwrap());
    // A record that has grown since it was told counts its rows once.
    device.log(15..20, 1.0);
    device.push(&mut server);
    device.log(20..25, 1.0);
    device.push(&mut server);
    assert_eq!(server.gaps(), device.c.gaps().unwrap());
}

#[test]
fn what_is_dropped_may_have_been_delivered() {
    let folder = tempfile::tempdir().unwrap();
    let (mut device, mut server) = (Device::new(folder.path(), 1000), Server::new());
    device.c.set_bound(SENSOR, bound(2, Policy::DropOldest)).unwrap();
    device.meet(&mut server);
    device.log(0..2, 1.0);
    let sent = own(device.c.read_changes(up(AgentId::SERVER), device.at, 1 << 18, false, &|_| true).unwrap()).unwrap();
    device.log(2..4, 1.0);
    assert_eq!(told(&device.c.gaps().unwrap()), [(SENSOR, 2, GapReason::DroppedOldest)]);
    super::replicate::apply(&mut server.c, up(AgentId(1000)), &sent, true).unwrap();
    device.c.save_mark(up(AgentId::SERVER), sent.up_to).unwrap();
    device.at = sent.up_to;
    assert_eq!(waiting(&mut device.c, SENSOR), 2);
    device.push(&mut server);
    assert_eq!(server.readings(), expected(0..4, 1.0));
    assert_eq!(server.gaps(), device.c.gaps().unwrap(), "the record stays: it names a range");
    assert_eq!(device.c.confirmed().unwrap().get(Group::USUAL), device.at);
}

#[test]
fn the_newest_are_taken_and_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let (mut device, mut server) = (Device::new(folder.path(), 1000), Server::new());
    device.c.set_bound(SENSOR, bound(3, Policy::DropNewest)).unwrap();
    commit(&mut device.c, |c| {
        for ts in 0..5 {
            sensor(c, ts, 1.0);
        }
    });
    device.log(5..8, 1.0);
    device.update(1, 2.0);
    assert_eq!(device.readings(), [(0, 1.0), (1, 2.0), (2, 1.0)], "what is there may change");
    assert_eq!(told(&device.c.gaps().unwrap()), [(SENSOR, 5, GapReason::DroppedNewest)]);
    device.meet(&mut server);
    device.push(&mut server);
    assert_eq!((server.readings(), server.gaps()), (device.readings(), device.c.gaps().unwrap()));
    assert_eq!(device.c.confirmed().unwrap().get(Group::USUAL), device.at);
    device.log(8..12, 1.0);
    assert_eq!(device.readings().len(), 6);
    let rows: Vec<u64> = device.c.gaps().unwrap().iter().map(|gap| gap.rows).collect();
    assert_eq!(rows, [5, 1], "rows that were taken lie between");
}

#[test]
fn a_transaction_larger_than_the_bound_leaves_its_last_rows() {
    let db = device(1000).memory();
    let mut c = db.connect().unwrap();
    commit(&mut c, |c| sensor(c, 0, 1.0));
    c.set_bound(SENSOR, bound(10, Policy::DropOldest)).unwrap();
    commit(&mut c, |c| {
        for ts in 1..10_000 {
            sensor(c, ts, 1.0);
        }
    });
    let times: Vec<Value> = all(&mut c, SENSOR).into_iter().map(|row| row[0].clone()).collect();
    assert_eq!(times, (9990..10_000).map(Value::UInt).collect::<Vec<_>>());
    assert_eq!(told(&c.gaps().unwrap()), [(SENSOR, 9990, GapReason::DroppedOldest)]);
    assert_eq!(waiting(&mut c, SENSOR), 10);
}

#[test]
fn dropping_works_in_a_full_database() {
    let db = device(1000).limited(1 << 19);
    let mut c = db.connect().unwrap();
    c.set_bound(SENSOR, bound(1 << 40, Policy::Refuse)).unwrap();
    let mut next = 0;
    while insert(&mut c, next).is_ok() {
        next += 1;
    }
    c.set_bound(SENSOR, bound(50, Policy::DropOldest)).unwrap();
    assert_eq!((all(&mut c, SENSOR).len(), waiting(&mut c, SENSOR)), (50, 50));
    for ts in next..2 * next {
        insert(&mut c, ts).unwrap();
    }
    assert_eq!(all(&mut c, SENSOR).len(), 50);
    assert_eq!(told(&c.gaps().unwrap()), [(SENSOR, 2 * next - 50, GapReason::DroppedOldest)]);
}

#[test]
fn a_full_database_may_have_no_room_to_begin_counting() {
    let db = device(1000).limited(1 << 19);
    let mut c = db.connect().unwrap();
    let mut next = 0;
    while insert(&mut c, next).is_ok() {
        next += 1;
    }
    let error = c.set_bound(SENSOR, bound(50, Policy::DropOldest)).unwrap_err();
    assert!(
        error.code == Code::E_NOMEM && error.text.contains("'Sensor'") && error.text.contains("raise the limit"),
        "{error:?}"
    );
    assert_eq!((db.bound_of(SENSOR), all(&mut c, SENSOR).len() as u64), (None, next));
    db.extend(1 << 19).unwrap();
    c.set_bound(SENSOR, bound(50, Policy::DropOldest)).unwrap();
    assert_eq!(all(&mut c, SENSOR).len(), 50);
}

#[test]
fn a_server_drops_what_receivers_lack_and_they_follow() {
    let (mut pair, _open) = pair();
    pair.server.set_bound(CONFIG, bound(4, Policy::DropOldest)).unwrap();
    commit(&mut pair.server, |c| {
        config(c, 1, "one", 0);
        config(c, 2, "two", 1000);
    });
    pair.sync();
    assert_eq!(waiting(&mut pair.server, CONFIG), 0);
    // Changes of rows that the device has: the oldest of them goes, there as well.
    for (param, text) in [(1, "new"), (2, "new")] {
        commit(&mut pair.server, |c| {
            let row = c.find(1, &[Value::UInt(param)]).unwrap();
            c.set_value(row, 1, Value::from(text.as_bytes())).unwrap();
        });
    }
    for param in 3..6 {
        commit(&mut pair.server, |c| config(c, param, "more", if param == 4 { 2000 } else { 0 }));
    }
    assert_eq!(waiting(&mut pair.server, CONFIG), 4);
    assert_eq!(all(&mut pair.server, CONFIG).len(), 4);
    let gaps = pair.server.gaps().unwrap();
    assert_eq!(gaps.iter().map(|gap| (gap.agent.0, gap.rows)).collect::<Vec<_>>(), [(0, 1)]);
    pair.sync();
    let params = |c: &mut Connection| -> Vec<Value> { all(c, CONFIG).into_iter().map(|row| row[0].clone()).collect() };
    assert_eq!(params(&mut pair.device), [2, 3, 5].map(Value::UInt));
    assert_eq!(waiting(&mut pair.server, CONFIG), 1, "what agent 2000 lacks");
}

#[test]
fn a_bound_follows_its_class_when_codes_change() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    {
        let db = device(1000).file(&path);
        let mut c = db.connect().unwrap();
        c.set_bound(SENSOR, bound(2, Policy::DropOldest)).unwrap();
        commit(&mut c, |c| sensor(c, 1, 1.0));
        drop(c);
        close(db.name()).unwrap();
    }
    let db = device(1000).moved().file(&path);
    let mut c = db.connect().unwrap();
    assert_eq!((db.bound_of(2), db.bound_of(1)), (bound(2, Policy::DropOldest), None));
    for ts in 2..5 {
        commit(&mut c, |c| put(c, 2, &[Value::UInt(ts), Value::UInt(1), Value::Real(1.0)]));
    }
    assert_eq!(all(&mut c, 2).len(), 2);
    assert_eq!(waiting(&mut c, 2), 2);
}

/// Random work on a device: the counters give what a look at every row gives.
#[test]
fn the_counters_of_a_device_are_right_after_any_work() {
    for seed in 0..20 {
        let mut random = Random::seeded(seed);
        let (mut pair, _open) = pair();
        pair.device.set_bound(SENSOR, bound(30, [Policy::DropOldest, Policy::DropNewest][seed as usize % 2])).unwrap();
        let mut next = 0;
        for _ in 0..150 {
            device_step(&mut pair, &mut random, &mut next);
            let [counted, now] = tallies(&mut pair.device, SENSOR);
            assert_eq!(counted, now, "seed {seed}");
        }
    }
}

fn device_step(pair: &mut Pair, random: &mut Random, next: &mut u64) {
    let any = |c: &mut Connection, random: &mut Random| -> Option<ObjectRef> {
        let count = c.count(SENSOR).unwrap();
        c.open_list(CursorId(1), SENSOR).ok()?;
        for _ in 0..random.below(count.max(1)) {
            c.cursor_next(CursorId(1)).ok()?;
        }
        c.cursor_object(CursorId(1), SENSOR).ok()
    };
    let c = &mut pair.device;
    match random.below(12) {
        0..=3 => commit(c, |c| {
            for _ in 0..=random.below(3) {
                *next += 1;
                let row = sensor(c, *next, 1.0);
                if random.below(4) == 0 {
                    c.checkpoint_object(row).unwrap();
                    c.set_value(row, 2, Value::Real(2.0)).unwrap();
                }
            }
        }),
        4..=5 => commit(c, |c| {
            if let Some(row) = any(c, random) {
                c.set_value(row, 2, Value::Real(random.below(9) as f64)).unwrap();
            }
        }),
        6 => commit(c, |c| {
            if let Some(row) = any(c, random) {
                c.delete(row).unwrap();
            }
        }),
        7 => drop(pair.push(1 + random.below(200) as usize, random.below(3) > 0)),
        8 => {
            pair.device.clear(AgentId::SERVER, None).unwrap();
        }
        9 => drop(pair.attach()),
        10 => {
            // A parent that has lost what it had: custody is void.
            let received = Marks::of(Group::USUAL, Position::default());
            pair.device.begin_streams(AgentId(50), DbId(random.below(3) + 1), &received).unwrap();
            drop(pair.attach());
        }
        _ if random.below(4) == 0 => commit(c, |c| c.delete_all(SENSOR).unwrap()),
        _ => {}
    }
}

#[test]
fn the_counters_of_a_server_are_right_after_any_work() {
    for seed in 0..20 {
        let mut random = Random::seeded(seed);
        let open = server().memory();
        let mut c = open.connect().unwrap();
        c.set_bound(CONFIG, bound(40, Policy::DropOldest)).unwrap();
        let mut next = 0;
        for _ in 0..150 {
            server_step(&mut c, &mut random, &mut next);
            let [counted, now] = tallies(&mut c, CONFIG);
            assert_eq!(counted, now, "seed {seed}");
        }
    }
}

fn server_step(c: &mut Connection, random: &mut Random, next: &mut u64) {
    let agent = AgentId(1000 + random.below(3));
    match random.below(12) {
        0..=4 => commit(c, |c| {
            *next += 1;
            config(c, *next, "x", if random.below(2) == 0 { 0 } else { agent.0 });
        }),
        5..=6 => commit(c, |c| {
            if let Ok(row) = c.find(1, &[Value::UInt(random.below(*next + 1))]) {
                match random.below(3) {
                    0 => c.set_value(row, 1, Value::from(&b"longer"[..])).unwrap(),
                    1 => c.set_value(row, 2, Value::UInt(agent.0)).unwrap(),
                    _ => c.delete(row).unwrap(),
                }
            }
        }),
        7..=8 => {
            let known = c.peers().unwrap().into_iter().find(|peer| peer.agent == agent);
            let Some(mark) = known.map(|peer| peer.acked.get(Group::USUAL)) else { return };
            let next = c.read_changes(down(agent), mark, 40, false, &|_| true).map(|changes| changes.next);
            if let Ok(Some(next)) = next {
                c.save_mark(down(agent), next.up_to).unwrap();
            }
        }
        9 => {
            let role = if agent.0 == 1002 { Role::Router } else { Role::Device };
            c.attach(&super::replicate::announced(agent, role, Position::default()), agent).unwrap();
        }
        10 => c.clear(AgentId::ALL, None).unwrap(),
        _ if random.below(3) == 0 => drop(c.forget_agent(agent)),
        _ => {}
    }
}
