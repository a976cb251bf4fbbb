//! Devices that are opened very often: what is remembered of that stays bounded, and forks are found all the same.

use super::fixture::*;
use super::replicate::{announced, apply, own, parcel, up};
use super::site::*;
use crate::base::{AgentId, Beat, ChangeSet, EpochId, Group, Position, Role, Stream, Timestamp, Value, Way};
use crate::db::tidy::RECENT;
use crate::db::{Bound, Connection, Incoming, IncomingParcel, Policy, history};
use std::path::{Path, PathBuf};

/// Many times the number of epochs that are kept.
const OPENINGS: u64 = 4 * RECENT as u64;

fn count(c: &Connection, table: &str) -> i64 {
    c.engine.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
}

/// All that is kept of epochs, but for the history as it was announced last.
fn kept(c: &Connection) -> i64 {
    ["_mco_epochs", "_mco_ranges", "_mco_beats"].iter().map(|table| count(c, table)).sum()
}

struct Aged {
    device: Device,
    server: Server,
    backups: Vec<PathBuf>,
    /// Of the server and of a router, from time to time.
    sizes: [Vec<i64>; 2],
}

/// A device after so many openings, each with a new reading and a change of the first one. What its server gets, the application there
/// takes away.
fn aged(folder: &Path, backups: &[u64]) -> Aged {
    let (device, server) = (Device::new(folder, 1000), Server::new());
    let mut aged = Aged { device, server, backups: vec![], sizes: [vec![], vec![]] };
    let open = router(50).memory();
    let mut router = open.connect().unwrap();
    aged.device.log(0..1, 0.0);
    for round in 1..=OPENINGS {
        let mut device = aged.device.restart();
        device.log(round..round + 1, 1.0);
        device.update(0, round as f64);
        device.meet(&mut aged.server);
        // The same comes through a router, too.
        router.attach(&device.announce(), device.agent).unwrap();
        let changes = device.c.read_changes(up(AgentId::SERVER), device.at, 1 << 18, false, &|_| true).unwrap();
        apply(&mut router, up(device.agent), &own(changes).unwrap(), true).unwrap();
        router.let_go(Group::USUAL, Timestamp(u64::from(u32::MAX))).unwrap();
        device.push(&mut aged.server);
        commit(&mut aged.server.c, |c| c.delete_all(SENSOR).unwrap());
        if backups.contains(&round) {
            aged.backups.push(device.backup(&format!("{round}.db")));
        }
        if round % RECENT as u64 == 0 {
            aged.sizes[0].push(kept(&aged.server.c));
            aged.sizes[1].push(kept(&router));
        }
        aged.device = device;
    }
    aged
}

#[test]
fn what_many_openings_leave_is_bounded_and_forks_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let Aged { mut device, mut server, backups, sizes } = aged(folder.path(), &[70, 240]);
    for sizes in sizes {
        assert!(sizes.iter().all(|size| *size < 5 * RECENT as i64) && sizes[3] < sizes[1] + 100, "{sizes:?}");
    }
    assert_eq!((count(&server.c, "_mco_graves"), server.gaps().len()), (0, 0));
    for (at, backup, again) in [(240, &backups[1], 0), (70, &backups[0], 50)] {
        device = device.restore(backup);
        device.log(5000 + at..5010 + at, 2.0);
        device.update(0, 9000.0 - at as f64);
        let attached = device.meet(&mut server);
        let word = attached.word.unwrap();
        assert!(!word.forks.is_empty(), "it is seen");
        device.push(&mut server);
        let readings = server.readings();
        assert_eq!(readings.first(), Some(&(0, 9000.0 - at as f64)), "what was changed last wins");
        assert_eq!(readings.iter().filter(|(ts, _)| (5000 + at..5010 + at).contains(ts)).count(), 10);
        let returned = readings.iter().filter(|(ts, _)| (1..=OPENINGS).contains(ts)).count();
        assert!(returned <= again, "{returned} readings from before the backup of {at} come once more");
        assert_eq!(server.gaps(), [], "nothing is taken for lost");
        // It comes to rest: so many forks are told at a time.
        let mut known = 0;
        for _ in 0..4 {
            known = epochs(&mut device.c).len();
            device.meet(&mut server);
            device.push(&mut server);
        }
        assert_eq!(epochs(&mut device.c).len(), known);
        commit(&mut server.c, |c| c.delete_all(SENSOR).unwrap());
    }
}

#[test]
fn what_epochs_know_of_others_is_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let (mut device, mut server) = (Device::new(folder.path(), 1000), Server::new());
    device.log(0..1, 1.0);
    for round in 0..20 {
        let mut announce = device.announce();
        let epoch = announce.epochs.last_mut().unwrap();
        epoch.id = EpochId(round + 1);
        announce.beats =
            (0..2000).map(|n| Beat { epoch: EpochId(round + 1), beaten: EpochId(1_000_000 * (round + 1) + n) }).collect();
        server.c.attach(&announce, device.agent).unwrap();
    }
    assert!(count(&server.c, "_mco_beats") <= 2000, "{}", count(&server.c, "_mco_beats"));
    let known = server.c.own_snapshot(|c| history::beaten_by(&c.engine, EpochId(20))).unwrap();
    assert!(!known.is_empty(), "those of the last one are there");
}

/// A device that has dropped rows once, which the server has been told.
fn dropped(folder: &Path) -> (Device, Server) {
    let (mut device, mut server) = (Device::new(folder, 1000), Server::new());
    let bound = Bound { rows: 3, policy: Policy::DropOldest, ..Bound::default() };
    device.c.set_bound(SENSOR, Some(bound)).unwrap();
    device.log(0..6, 1.0);
    device.meet(&mut server);
    device.push(&mut server);
    assert!(!server.gaps().is_empty());
    (device, server)
}

#[test]
fn rows_that_were_dropped_once_leave_no_grave_of_every_later_one() {
    let folder = tempfile::tempdir().unwrap();
    let (mut device, mut server) = dropped(folder.path());
    for round in 10..30 {
        device.log(round..round + 1, 1.0);
        device.push(&mut server);
        commit(&mut server.c, |c| c.delete_all(SENSOR).unwrap());
    }
    assert_eq!(count(&server.c, "_mco_graves"), 0);
}

#[test]
fn epochs_behind_rows_that_were_dropped_are_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let (mut device, mut server) = dropped(folder.path());
    for round in 0..3 * RECENT as u64 {
        device = device.restart();
        device.log(10 + round..11 + round, 1.0);
        device.meet(&mut server);
        device.push(&mut server);
        commit(&mut server.c, |c| c.delete_all(SENSOR).unwrap());
    }
    let kept = count(&server.c, "_mco_epochs");
    assert!(kept < 5 * RECENT as i64 / 2, "{kept}");
    let confirmed = device.c.confirmed().unwrap();
    let word = device.meet(&mut server).word.unwrap();
    assert_eq!(word.confirmed, confirmed, "and what is confirmed stays so");
}

#[test]
fn graves_that_stay_do_not_hide_others() {
    let folder = tempfile::tempdir().unwrap();
    let (mut one, mut two, mut server) = (Device::new(folder.path(), 1000), Device::new(folder.path(), 2000), Server::new());
    let (mut lost, mut late) = (Relay::new(50, 500), Relay::new(51, 501));
    for (device, relay, rows) in [(&mut one, &mut lost, 1500), (&mut two, &mut late, 1)] {
        device.log(0..1, 1.0);
        device.join(relay);
        device.hand_over(relay, false);
        device.log(1..1 + rows, 1.0);
        device.update(0, 2.0);
        device.hand_over(relay, false);
        let sets = relay.parcels.split_off(1);
        relay.bring(&mut server, &sets);
    }
    commit(&mut server.c, |c| c.delete_all(SENSOR).unwrap());
    assert_eq!(count(&server.c, "_mco_graves"), 1503);
    late.forward(&mut server);
    for ts in 10..15 {
        two.log(ts..ts + 1, 1.0);
        two.hand_over(&mut late, false);
        late.forward(&mut server);
    }
    assert_eq!(count(&server.c, "_mco_graves"), 1501, "those of the other device stay");
}

/// A group of which nothing had come when epochs were forgotten has not come up to any landmark.
#[test]
fn a_landmark_says_nothing_of_a_group_that_has_not_come() {
    const ALARM: u16 = 4;
    const HIGH: Group = Group(7);
    let high = |agent| Stream { agent, way: Way::Up, group: HIGH };
    let alarm = |d: &mut Device, n: u64| commit(&mut d.c, |c| put(c, ALARM, &[Value::UInt(n)]));
    let read = |d: &mut Device, bytes: usize| {
        let (mut sets, mut after): (Vec<ChangeSet>, _) = (vec![], Position::default());
        while let Some(set) = own(d.c.read_changes(high(AgentId::SERVER), after, bytes, false, &|_| true).unwrap()) {
            after = set.up_to;
            sets.push(set);
        }
        sets
    };
    let folder = tempfile::tempdir().unwrap();
    let (mut device, mut server) = (Device::new(folder.path(), 1000), Server::new());
    device.c.set_group(ALARM, HIGH).unwrap();
    device.log(0..1, 1.0);
    device.meet(&mut server);
    device.push(&mut server);
    let first = device.backup("first.db");
    device = device.restart();
    alarm(&mut device, 1);
    // A router has no room for the first alarm; readings get through.
    for round in 0..3 * RECENT as u64 {
        device = device.restart();
        device.log(1000 + round..1001 + round, 1.0);
        alarm(&mut device, 100 + round);
        device.meet(&mut server);
        device.push(&mut server);
        commit(&mut server.c, |c| c.delete_all(SENSOR).unwrap());
    }
    // The first ones are in a router that is lost; the others come over another one.
    let sets = read(&mut device, 2000);
    server.c.attach(&announced(AgentId(50), Role::Router, Position::default()), AgentId(50)).unwrap();
    let place = |ts| Position { ts: Timestamp(ts), epoch: EpochId(7) };
    for (at, set) in (1..).zip(&sets[1..]) {
        let parcels: Vec<IncomingParcel> = vec![parcel(set)];
        let (stream, from, as_of) = (high(AgentId(50)), AgentId(50), Position::default());
        let (after, up_to) = (place(at), place(at + 1));
        let incoming = Incoming { stream, from, begins: at == 1, reconcile: false, after, up_to, as_of, parcels: &parcels };
        server.c.apply(&incoming).unwrap();
    }
    assert_eq!(device.meet(&mut server).word.unwrap().confirmed.get(HIGH), Position::default());
    // Another copy comes further, and then the first one again.
    let long = device.backup("long.db");
    device = device.restore(&first);
    for n in 0..10 * RECENT as u64 {
        alarm(&mut device, 10_000 + n);
    }
    device.meet(&mut server);
    for (at, set) in read(&mut device, 1 << 18).iter().enumerate() {
        apply(&mut server.c, high(device.agent), set, at == 0).unwrap();
    }
    device = device.restore(&long);
    let word = device.meet(&mut server).word.unwrap();
    assert!(!all(&mut server.c, ALARM).iter().any(|row| row[0] == Value::UInt(1)));
    let with_alarm = device.announce().epochs[1];
    assert!(word.confirmed.get(HIGH).ts < with_alarm.first, "the first alarm has never come: {:?}", word.confirmed);
}
