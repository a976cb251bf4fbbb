//! What is said of what waits.

use super::fixture::*;
use super::replicate::{announced, down, pair, up};
use super::site::*;
use crate::base::{AgentId, DbId, Group, Marks, Position, Role, Timestamp, Way, Word};
use crate::db::*;
use std::sync::atomic::{AtomicU64, Ordering};

/// Receiver, class, rows, oldest.
fn short(c: &mut Connection) -> Vec<(u64, u16, u64, u64)> {
    c.backlog().unwrap().into_iter().map(|b| (b.agent.0, b.class, b.rows, b.oldest_ms)).collect()
}

static NOW: AtomicU64 = AtomicU64::new(1_000);

#[test]
fn a_device_tells_what_its_parent_lacks_and_what_is_not_confirmed() {
    let clock = WallClock(|| NOW.load(Ordering::Relaxed));
    let options = OpenOptions { clock, ..OpenOptions::new(&name(), Storage::Memory { limit_bytes: 0 }) };
    let open = Opened(device(1000).open(options).unwrap());
    let mut c = open.connect().unwrap();
    assert_eq!(c.backlog().unwrap(), []);
    commit(&mut c, |c| sensor(c, 1, 1.0));
    NOW.store(2_000, Ordering::Relaxed);
    commit(&mut c, |c| sensor(c, 2, 1.0));
    assert_eq!(short(&mut c), [(1, SENSOR, 2, 1_000)], "with no parent it is the server that lacks them");
    let router = AgentId(50);
    c.begin_streams(router, DbId(5), &Default::default()).unwrap();
    let first = c.read_changes(up(router), Position::default(), 1, false, &|_| true).unwrap().next.unwrap();
    c.save_mark(up(router), first.up_to).unwrap();
    assert_eq!(short(&mut c), [(1, SENSOR, 1, 1_000), (50, SENSOR, 1, 2_000)]);
    let all = c.backlog().unwrap();
    let given: Vec<_> = all.iter().map(|b| (b.is_given, b.given, b.confirmed)).collect();
    let (until, nothing) = (first.up_to.ts, Timestamp(0));
    assert_eq!(given, [(true, until, nothing), (false, until, nothing)], "only the word of the server is missing of the first");
    assert!(all.iter().all(|b| b.way == Way::Up && b.group == Group::USUAL && b.bytes == 27 && !b.held), "{all:?}");
    let rest = c.read_changes(up(router), first.up_to, 1 << 18, false, &|_| false).unwrap().next.unwrap();
    c.save_mark(up(router), rest.up_to).unwrap();
    let held = c.backlog().unwrap();
    let held: Vec<(u64, u64, bool)> = held.iter().map(|b| (b.agent.0, b.rows, b.held)).collect();
    assert_eq!(held, [(1, 2, false), (50, 1, true)], "the router does not know the class");
}

#[test]
fn what_the_server_has_acknowledged_itself_waits_no_more_unless_something_before_it_does() {
    let open = device(1000).memory();
    let mut c = open.connect().unwrap();
    let upto = |position: Position| Marks::from_iter([(Group::USUAL, position)]);
    let give = |c: &mut Connection, parent: AgentId, has: Position, after: Position| {
        commit(c, |c| sensor(c, after.ts.0 + 1, 1.0));
        c.begin_streams(parent, DbId(parent.0), &upto(has)).unwrap();
        let next = c.read_changes(up(parent), after, 1 << 18, false, &|_| true).unwrap().next.unwrap();
        c.save_mark(up(parent), next.up_to).unwrap();
        next.up_to
    };
    let none = Position::default();
    let first = give(&mut c, AgentId::SERVER, none, none);
    assert_eq!(c.backlog().unwrap(), [], "its word may come later");
    let second = give(&mut c, AgentId(50), none, first);
    give(&mut c, AgentId::SERVER, first, second);
    let confirmed = |c: &mut Connection| c.backlog().unwrap()[0].confirmed;
    assert_eq!((short(&mut c)[0].2, confirmed(&mut c)), (3, Timestamp(0)), "the router may have kept the second one back");
    let word = |position| Word { confirmed: upto(position), ..Word::default() };
    c.word(&word(first)).unwrap();
    assert_eq!((short(&mut c)[0].2, confirmed(&mut c)), (2, first.ts));
    c.word(&word(second)).unwrap();
    assert_eq!(c.backlog().unwrap(), []);
    c.word(&Word { fresh: true, ..word(first) }).unwrap();
    assert_eq!(short(&mut c)[0].2, 2, "it has lost the others");
}

#[test]
fn a_server_tells_what_each_agent_lacks() {
    let (mut pair, _open) = pair();
    let c = &mut pair.server;
    for agent in 2000..2050 {
        c.attach(&announced(AgentId(agent), Role::Device, Position::default()), AgentId(agent)).unwrap();
    }
    c.attach(&announced(AgentId(60), Role::Router, Position::default()), AgentId(60)).unwrap();
    commit(c, |c| config(c, 1, "common", 0));
    commit(c, |c| config(c, 2, "private", 1000));
    commit(c, |c| config(c, 3, "unknown", 3000));
    commit(c, |c| config(c, 4, "router", 60));
    let list = short(c);
    let of = |agent| list.iter().filter(|b| b.0 == agent).map(|b| b.2).sum::<u64>();
    assert_eq!((of(1000), of(60), of(3000), of(2000), of(2049), list.len()), (2, 1, 1, 1, 1, 53));
    // Each by its own mark.
    let set = c.read_changes(down(AgentId(1000)), Position::default(), 1, false, &|_| true).unwrap().next.unwrap();
    c.save_mark(down(AgentId(1000)), set.up_to).unwrap();
    let list = c.backlog().unwrap();
    let of = |agent| list.iter().filter(|b| b.agent.0 == agent).map(|b| (b.class, b.rows, b.way)).collect::<Vec<_>>();
    assert_eq!((of(1000), of(2010)), (vec![(CONFIG, 1, Way::Down)], vec![(CONFIG, 1, Way::Down)]));
}

#[test]
fn a_router_tells_what_it_passes_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut device = Device::new(folder.path(), 1000);
    let clock = WallClock(|| 5_000);
    let options = OpenOptions { clock, ..OpenOptions::new(&name(), Storage::Memory { limit_bytes: 0 }) };
    let open = Opened(router(50).open(options).unwrap());
    let mut c = open.connect().unwrap();
    device.log(0..3, 1.0);
    let announce = device.announce();
    c.attach(&announce, AgentId(1000)).unwrap();
    let next = device.c.read_changes(up(AgentId(50)), Position::default(), 1 << 18, false, &|_| true).unwrap().next.unwrap();
    let OutgoingParcel::Own(set) = &next.parcels[0] else { panic!() };
    let parcels = [IncomingParcel { schema: 1, body: vec![7; 40], set: set.clone(), strange: vec![] }];
    let (after, up_to) = (next.after, next.up_to);
    let incoming = Incoming {
        stream: up(AgentId(1000)),
        from: AgentId(1000),
        begins: true,
        reconcile: false,
        after,
        up_to,
        as_of: Position::default(),
        parcels: &parcels,
    };
    c.apply(&incoming).unwrap();
    commit(&mut c, |c| sensor(c, 9, 1.0));
    let list = c.backlog().unwrap();
    let list: Vec<(u64, u16, u64, Way, u64)> = list.iter().map(|b| (b.agent.0, b.class, b.rows, b.way, b.oldest_ms)).collect();
    assert_eq!(list, [(1, 0, 3, Way::Up, 5_000), (1, SENSOR, 1, Way::Up, 5_000)]);
    // A batch for the device is held.
    let (after, up_to) = (Position::default(), Position { ts: Timestamp(5), epoch: crate::base::EpochId(3) });
    let (stream, from) = (down(AgentId(1000)), AgentId::SERVER);
    let parcels = [IncomingParcel { schema: 1, body: vec![7; 30], set: Default::default(), strange: vec![] }];
    let held = Incoming { stream, from, begins: false, reconcile: false, after, up_to, as_of: up_to, parcels: &parcels };
    c.apply(&held).unwrap();
    let list = c.backlog().unwrap();
    let mail = list.iter().find(|b| b.agent == AgentId(1000) && b.way == Way::Down).unwrap();
    assert_eq!((mail.bytes, mail.class, mail.oldest_ms), (30, 0, 5_000));
}
