//! Devices that are opened very often: what is remembered of that stays bounded, and forks are found all the same.

use super::fixture::*;
use super::replicate::{apply, own, up};
use super::site::*;
use crate::base::{AgentId, Beat, EpochId, Group, Timestamp};
use crate::db::{Connection, history};
use std::path::{Path, PathBuf};

const OPENINGS: u64 = 1000;

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
        if round % 250 == 0 {
            aged.sizes[0].push(kept(&aged.server.c));
            aged.sizes[1].push(kept(&router));
        }
        aged.device = device;
    }
    aged
}

#[test]
fn what_a_thousand_openings_leave_is_bounded_and_forks_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let Aged { mut device, mut server, backups, sizes } = aged(folder.path(), &[300, 950]);
    for sizes in sizes {
        assert!(sizes.iter().all(|size| *size < 1200) && sizes[3] < sizes[1] + 100, "{sizes:?}");
    }
    assert_eq!((count(&server.c, "_mco_graves"), server.gaps().len()), (0, 0));
    for (at, backup, again) in [(950, &backups[1], 0), (300, &backups[0], 200)] {
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
