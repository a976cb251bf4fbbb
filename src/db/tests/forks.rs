//! Restored backups and clones: nothing is lost, nothing doubled, and they come to rest.

use super::fixture::*;
use super::site::*;
use crate::base::{AgentId, Group, Value};

fn generations(device: &mut Device) -> Vec<u32> {
    epochs(&mut device.c).iter().map(|epoch| epoch.generation).collect()
}

#[test]
fn a_restored_device_that_logs_before_it_is_on_line_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (mut device, mut server) = (Device::new(folder.path(), 1000), Server::new());
    device.log(0..60, 1.0);
    device.meet(&mut server);
    device.push(&mut server);
    let backup = device.backup("backup.db");
    device.log(60..100, 1.0);
    device.update(5, 2.0);
    device.push(&mut server);
    let mut device = device.restore(&backup);
    // More commits than the lost timeline had, at the same timestamps, with the same numbers of rows.
    device.update(5, 3.0);
    device.log(100..150, 3.0);
    device.update(6, 3.0);
    let attached = device.meet(&mut server);
    let word = attached.word.unwrap();
    assert_eq!(word.forks.iter().map(|fork| fork.tail).collect::<Vec<_>>(), [true], "the end of the first epoch is not its own");
    assert_eq!(*generations(&mut device).last().unwrap(), 1);
    device.push(&mut server);
    let mut rows = expected(0..100, 1.0);
    (rows[5].1, rows[6].1) = (3.0, 3.0);
    rows.extend(expected(100..150, 3.0));
    assert_eq!(
        server.readings(),
        rows,
        "lost rows stay, new ones came, and what was changed last wins though the lost timeline was longer"
    );

    // It has learned it once.
    let before = generations(&mut device);
    let attached = device.meet(&mut server);
    assert_eq!(attached.word.unwrap().forks.len(), 1);
    device.push(&mut server);
    assert_eq!(generations(&mut device), before);
}

#[test]
fn a_device_restored_at_another_router_sends_what_is_new() {
    let folder = tempfile::tempdir().unwrap();
    let (mut device, mut server) = (Device::new(folder.path(), 1000), Server::new());
    let (mut first, mut second) = (Relay::new(50, 500), Relay::new(51, 501));
    device.log(0..60, 1.0);
    device.join(&first);
    device.hand_over(&mut first, false);
    let backup = device.backup("backup.db");
    device.log(60..100, 1.0);
    device.hand_over(&mut first, false);
    first.forward(&mut server);
    let mut device = device.restore(&backup);
    device.log(200..240, 2.0);
    device.join(&second);
    device.hand_over(&mut second, false);
    second.forward(&mut server);
    let mut rows = expected(0..100, 1.0);
    rows.extend(expected(200..240, 2.0));
    assert_eq!(server.readings(), rows);
}

#[test]
fn two_clones_behind_two_routers_both_arrive_and_come_to_rest() {
    let folder = tempfile::tempdir().unwrap();
    let (mut one, mut server) = (Device::new(folder.path(), 1000), Server::new());
    one.log(0..3, 1.0);
    one.meet(&mut server);
    one.push(&mut server);
    let copy = one.backup("copy.db");
    let mut two = Device::at(&copy, 1000);
    let mut relays = [Relay::new(50, 500), Relay::new(51, 501)];
    one.log(10..13, 1.0);
    two.log(20..23, 2.0);
    one.update(0, 1.5);
    two.update(0, 2.5);
    let mut counts = Vec::new();
    for round in 0..8 {
        for (device, relay) in [&mut one, &mut two].into_iter().zip(&mut relays) {
            let announce = device.announce();
            device.join(relay);
            let attached = server.announced(&announce, relay);
            device.hear(&attached.word.unwrap());
            device.hand_over(relay, false);
            relay.forward(&mut server);
        }
        if round >= 4 {
            counts.push((generations(&mut one).len(), generations(&mut two).len()));
        }
    }
    counts.dedup();
    assert_eq!(counts.len(), 1, "they do not answer each other for ever: {counts:?}");
    let [db, twin] = [&one, &two].map(|device| device.c.database().node().unwrap().db);
    assert_eq!(db, twin, "what they make is told apart by epochs");
    let [mine, theirs] = [&mut one, &mut two].map(|device| epochs(&mut device.c).iter().map(|e| e.id).collect::<Vec<_>>());
    assert!(!theirs.contains(mine.last().unwrap()) && !mine.contains(theirs.last().unwrap()), "{mine:?} {theirs:?}");
    let rows = server.readings();
    let times: Vec<u64> = rows.iter().map(|row| row.0).collect();
    assert_eq!(times, [0, 1, 2, 10, 11, 12, 20, 21, 22]);
    assert!([1.5, 2.5].contains(&rows[0].1), "the last writer wins: {rows:?}");
}

#[test]
fn an_old_announcement_that_is_repeated_tells_of_no_fork() {
    let folder = tempfile::tempdir().unwrap();
    let (mut device, mut server) = (Device::new(folder.path(), 1000), Server::new());
    let mut relay = Relay::new(50, 500);
    device.log(0..2, 1.0);
    device.join(&relay);
    let old = device.announce();
    device.hear(&server.announced(&old, &relay).word.unwrap());
    device.log(2..5, 1.0);
    device.hand_over(&mut relay, false);
    relay.forward(&mut server);
    let word = server.announced(&old, &relay).word.unwrap();
    assert_eq!((word.forks.len(), word.confirmed.get(Group::USUAL)), (0, device.at), "it has gone on since");
    // It learns of a fork, as if there were a copy, and goes on in a new epoch.
    let lost = crate::base::Fork { epoch: crate::base::EpochId(9), tail: false, at: crate::base::Timestamp(1), generation: 0 };
    device.hear(&crate::base::Word { forks: vec![lost], ..Default::default() });
    device.log(5..7, 1.0);
    device.hand_over(&mut relay, false);
    let applied = relay.forward(&mut server);
    assert_eq!(applied.confirmed[0].1.confirmed.get(Group::USUAL), device.at, "the new epoch continues what was announced");
    device.hear(&applied.confirmed[0].1);
    device.c.clear(AgentId::SERVER, None).unwrap();
    let attached = server.announced(&old, &relay);
    let word = attached.word.unwrap();
    assert_eq!((word.forks.len(), word.confirmed.get(Group::USUAL)), (0, device.at));
    let before = generations(&mut device);
    let tail = crate::base::Fork { epoch: old.epochs[0].id, tail: true, at: old.epochs[0].last, generation: 0 };
    device.hear(&crate::base::Word { forks: vec![tail], ..word });
    assert_eq!((generations(&mut device), device.c.gaps().unwrap()), (before, vec![]));
}

#[test]
fn a_fork_that_only_a_version_names_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let (mut device, mut server) = (Device::new(folder.path(), 1000), Server::new());
    device.log(0..2, 1.0);
    device.meet(&mut server);
    device.push(&mut server);
    let backup = device.backup("backup.db");
    // The lost timeline: an old row has its newest version in an epoch of its own.
    let copy = device.backup("lost.db");
    let mut lost = Device::at(&copy, 1000);
    lost.update(0, 2.0);
    lost.meet(&mut server);
    lost.push(&mut server);
    drop(lost);
    let mut device = device.restore(&backup);
    device.update(0, 3.0);
    let attached = device.meet(&mut server);
    let word = attached.word.unwrap();
    assert!(word.forks.iter().any(|fork| !fork.tail), "{word:?}");
    device.push(&mut server);
    assert_eq!(server.readings(), [(0, 3.0), (1, 1.0)]);
}

#[test]
fn rows_of_a_lost_time_that_come_while_the_restored_device_is_connected_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let (mut device, mut server) = (Device::new(folder.path(), 1000), Server::new());
    let [mut first, mut second] = [Relay::new(50, 500), Relay::new(51, 501)];
    device.log(0..3, 1.0);
    device.join(&first);
    device.hand_over(&mut first, false);
    first.forward(&mut server);
    let backup = device.backup("backup.db");
    device.log(3..6, 1.0);
    // Twice, so that the time of the second is behind that of the one update after the restoration.
    device.update(1, 1.5);
    device.update(1, 2.0);
    device.hand_over(&mut first, false);
    let mut device = device.restore(&backup);
    let announce = device.announce();
    device.join(&second);
    let word = server.announced(&announce, &second).word.unwrap();
    assert_eq!(word.forks, [], "nobody knows of it yet");
    device.hear(&word);
    device.update(1, 3.0);
    device.hand_over(&mut second, false);
    second.forward(&mut server);
    // What the first router has kept is newer by its versions.
    let applied = first.forward(&mut server);
    assert_eq!(server.readings()[1], (1, 2.0));
    let [(agent, word)] = &applied.confirmed[..] else { panic!("{applied:?}") };
    assert_eq!((*agent, word.forks.len(), word.forks[0].tail, word.fresh), (device.agent, 1, true, false));
    device.hear(word);
    assert_eq!(*generations(&mut device).last().unwrap(), 1);
    device.hand_over(&mut second, false);
    let applied = second.forward(&mut server);
    assert_eq!(applied.confirmed[0].1.confirmed.get(Group::USUAL), device.at, "what is new continues what was announced");
    let mut rows = expected(0..6, 1.0);
    rows[1].1 = 3.0;
    assert_eq!(server.readings(), rows, "what was changed last wins, what was lost stays");
}

#[test]
fn what_the_server_deleted_stays_deleted_when_it_is_sent_again() {
    let folder = tempfile::tempdir().unwrap();
    let (mut device, mut server) = (Device::new(folder.path(), 1000), Server::new());
    let mut relays = [Relay::new(50, 500), Relay::new(51, 501)];
    device.log(0..10, 1.0);
    device.join(&relays[0]);
    device.hand_over(&mut relays[0], false);
    // The first router does not come through, the second has never seen the device and loses its custody.
    let kept = relays[0].parcels.clone();
    relays[0].forward(&mut server);
    commit(&mut server.c, |c| c.delete_all(SENSOR).unwrap());
    let applied = relays[1].bring(&mut server, &kept);
    assert_eq!((applied.rows, server.readings().len()), (0, 0), "late copies");
    device.update(4, 2.0);
    device.hand_over(&mut relays[0], false);
    relays[0].forward(&mut server);
    assert_eq!(server.readings(), [(4, 2.0)]);
}

#[test]
fn an_older_version_that_comes_late_after_a_delete_stays_away() {
    let folder = tempfile::tempdir().unwrap();
    let (mut device, mut server) = (Device::new(folder.path(), 1000), Server::new());
    let mut relay = Relay::new(50, 500);
    device.log(0..1, 1.0);
    device.join(&relay);
    device.hand_over(&mut relay, false);
    device.update(0, 2.0);
    device.hand_over(&mut relay, false);
    let sets = std::mem::take(&mut relay.parcels);
    relay.bring(&mut server, &sets[1..]);
    assert_eq!(server.readings(), [(0, 2.0)]);
    commit(&mut server.c, |c| c.delete_all(SENSOR).unwrap());
    let graves = |s: &Server| -> i64 { s.c.engine.query_row("SELECT count(*) FROM _mco_graves", [], |row| row.get(0)).unwrap() };
    assert_eq!(graves(&server), 1);
    relay.bring(&mut server, &sets[..1]);
    assert_eq!((server.readings(), graves(&server)), (vec![], 0), "and the grave is closed with the hole");
}

#[test]
fn former_databases_of_an_agent_are_forgotten_when_nothing_is_left_of_them() {
    let mut server = Server::new();
    for round in 0..40 {
        let open = device(1000).memory();
        let mut c = open.connect().unwrap();
        commit(&mut c, |c| sensor(c, round, 1.0));
        let announce = c.describe(AgentId(1000)).unwrap().unwrap();
        server.c.attach(&announce, AgentId(1000)).unwrap();
        let set = super::replicate::own(
            c.read_changes(super::replicate::up(AgentId::SERVER), Default::default(), 1 << 18, false, &|_| true).unwrap(),
        );
        super::replicate::apply(&mut server.c, super::replicate::up(AgentId(1000)), &set.unwrap(), true).unwrap();
        commit(&mut server.c, |c| c.delete_all(SENSOR).unwrap());
    }
    let databases: i64 =
        server.c.engine.query_row("SELECT count(DISTINCT db) FROM _mco_epochs WHERE agent = 1000", [], |row| row.get(0)).unwrap();
    assert!((2..=18).contains(&databases), "{databases}");
    assert_eq!(server.c.group_of(SENSOR), Group::USUAL);
    assert_eq!(all(&mut server.c, SENSOR), Vec::<Vec<Value>>::new());
}
