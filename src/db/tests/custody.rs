//! Custody from hop to hop, confirmation by the server, and what clear may take.

use super::fixture::*;
use super::replicate::{apply, own, up};
use super::site::*;
use crate::base::{AgentId, Code, DbId, Gap, GapReason, Group, Marks, Millis, Position, Role, SetAside, Timestamp, Word};
use crate::db::*;
use std::sync::atomic::{AtomicU64, Ordering};

fn usual(marks: &Marks) -> u64 {
    marks.get(Group::USUAL).ts.0
}

fn confirmed(device: &mut Device) -> u64 {
    usual(&device.c.confirmed().unwrap())
}

/// The server's word to an announcement that a router passes on.
fn hear(device: &mut Device, server: &mut Server, relay: &Relay) {
    let announce = device.announce();
    let attached = server.announced(&announce, relay);
    device.hear(&attached.word.unwrap());
}

#[test]
fn what_one_router_keeps_back_is_not_confirmed_by_what_goes_over_another() {
    let folder = tempfile::tempdir().unwrap();
    let (mut device, mut server) = (Device::new(folder.path(), 1000), Server::new());
    let (mut first, mut second) = (Relay::new(50, 500), Relay::new(51, 501));
    device.log(0..6, 1.0);
    device.join(&first);
    device.hand_over(&mut first, true);
    device.log(6..10, 1.0);
    device.join(&second);
    hear(&mut device, &mut server, &second);
    device.hand_over(&mut second, true);
    let applied = second.forward(&mut server);
    assert_eq!(applied.confirmed, [], "there is a hole before it");
    device.c.clear(AgentId::SERVER, None).unwrap();
    assert_eq!(device.readings().len(), 10, "clear trusts nobody but the server with what was pushed with a deep acknowledgment");
    let applied = first.forward(&mut server);
    let [(agent, word)] = &applied.confirmed[..] else { panic!("{applied:?}") };
    assert_eq!(*agent, AgentId(1000));
    device.hear(word);
    device.c.clear(AgentId::SERVER, None).unwrap();
    assert_eq!((device.readings().len(), server.readings().len()), (0, 10));
}

#[test]
fn what_is_set_aside_is_told_with_what_is_confirmed_until_it_is_heard() {
    let folder = tempfile::tempdir().unwrap();
    // There the time of a reading is unique over all devices.
    let mut schema = weather(Role::Server, 1);
    schema.0.indexes[0].unique = true;
    schema.0.indexes[0].keys.remove(0);
    let mut server = Server::of(schema.memory());
    let (mut first, mut device) = (Device::new(folder.path(), 1000), Device::new(folder.path(), 1001));
    let mut relay = Relay::new(50, 500);
    for device in [&mut first, &mut device] {
        device.join(&relay);
        hear(device, &mut server, &relay);
    }
    first.log(1..2, 1.0);
    first.hand_over(&mut relay, true);
    assert_eq!(relay.forward(&mut server).confirmed[0].1.aside, []);
    device.log(0..3, 2.0);
    device.hand_over(&mut relay, true);
    let applied = relay.forward(&mut server);
    assert_eq!((applied.code, applied.origin), (Code::S_DUPLICATE, AgentId(1001)));
    let [aside] = applied.confirmed[0].1.aside[..] else { panic!("{applied:?}") };
    assert_eq!((aside.first, aside.code), (aside.last, Code::S_DUPLICATE), "one of the three");
    assert!(aside.first.0 > 1 && aside.last.0 < device.at.ts.0, "the one in the middle");
    // The word is lost, and the device starts again.
    let mut device = device.restart();
    device.join(&relay);
    let word = server.announced(&device.announce(), &relay).word.unwrap();
    assert_eq!((&word.aside[..], device.c.news_of_aside(&word).unwrap()), (&[aside][..], vec![aside]));
    device.hear(&word);
    assert_eq!(device.c.news_of_aside(&word).unwrap(), [], "it was told");
    server.c.quarantine_drop(None).unwrap();
    assert_eq!(server.announced(&device.announce(), &relay).word.unwrap().aside, []);
}

#[test]
fn clear_takes_what_is_in_custody_only_above_the_deep_mark() {
    let folder = tempfile::tempdir().unwrap();
    let mut device = Device::new(folder.path(), 1000);
    let mut relay = Relay::new(50, 500);
    device.join(&relay);
    device.log(0..3, 1.0);
    device.hand_over(&mut relay, true);
    device.log(3..5, 1.0);
    device.hand_over(&mut relay, false);
    device.log(5..6, 1.0);
    device.c.clear(AgentId::SERVER, None).unwrap();
    assert_eq!(device.readings(), [(0, 1.0), (1, 1.0), (2, 1.0), (5, 1.0)]);
    let server = &mut Server::new();
    hear(&mut device, server, &relay);
    let applied = relay.forward(server);
    device.hear(&applied.confirmed[0].1);
    device.c.clear(AgentId::ALL_UP, None).unwrap();
    assert_eq!(device.readings(), [(5, 1.0)]);
    // A deep read with nothing left to send protects nothing that is to come.
    device.hand_over(&mut relay, true);
    device.c.clear(AgentId::SERVER, None).unwrap();
    assert_eq!(device.readings().len(), 1);
}

#[test]
fn a_router_that_was_replaced_voids_custody_and_what_was_cleared_becomes_a_gap() {
    let folder = tempfile::tempdir().unwrap();
    let (mut device, mut server) = (Device::new(folder.path(), 1000), Server::new());
    let mut router = Relay::new(50, 500);
    device.join(&router);
    hear(&mut device, &mut server, &router);
    device.log(0..10, 1.0);
    device.hand_over(&mut router, false);
    let lost = std::mem::take(&mut router.parcels);
    device.c.clear(AgentId::SERVER, None).unwrap();
    device.log(10..15, 1.0);
    device.hand_over(&mut router, false);
    let kept_back = device.at;

    // The router dies for good and is set up anew, with the same agent id.
    let mut anew = Relay::new(50, 501);
    device.join(&anew);
    assert!(device.at.ts < kept_back.ts, "back to what is confirmed");
    let gaps = device.c.gaps().unwrap();
    assert_eq!(
        gaps.iter().map(|gap| (gap.class, gap.rows, gap.reason)).collect::<Vec<_>>(),
        [(SENSOR, 10, GapReason::CustodyLost)]
    );
    device.hand_over(&mut anew, false);
    let applied = anew.forward(&mut server);
    assert_eq!(server.readings(), expected(10..15, 1.0), "what it still has is sent again");
    assert_eq!(server.gaps(), gaps);
    device.hear(&applied.confirmed[0].1);
    assert_eq!(confirmed(&mut device), device.at.ts.0, "a gap that is told holds nothing up");

    // The disk of the old one is found.
    router.bring(&mut server, &lost);
    assert_eq!(server.readings(), expected(0..15, 1.0));
    assert_eq!(server.gaps(), [], "they have arrived after all");
}

#[test]
fn a_loss_that_is_told_is_not_told_once_more_when_the_server_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let (mut device, mut server) = (Device::new(folder.path(), 1000), Server::new());
    let router = &mut Relay::new(50, 500);
    device.join(router);
    hear(&mut device, &mut server, router);
    device.log(0..5, 1.0);
    device.hand_over(router, false);
    device.c.clear(AgentId::SERVER, None).unwrap();
    let anew = &mut Relay::new(50, 501);
    device.join(anew);
    let gaps = device.c.gaps().unwrap();
    assert_eq!(gaps.iter().map(|gap| (gap.class, gap.rows)).collect::<Vec<_>>(), [(SENSOR, 5)]);
    device.log(5..7, 1.0);
    device.hand_over(anew, false);
    device.hear(&anew.forward(&mut server).confirmed[0].1);
    assert_eq!(confirmed(&mut device), device.at.ts.0);

    let mut server = Server::new();
    device.meet(&mut server);
    assert_eq!(confirmed(&mut device), 0);
    device.push(&mut server);
    assert_eq!((device.c.gaps().unwrap(), server.gaps()), (gaps.clone(), gaps.clone()));
    assert_eq!((confirmed(&mut device), server.readings()), (device.at.ts.0, expected(5..7, 1.0)));
    // What was confirmed, cleared and lost since is known to nobody, and not passed over.
    device.c.clear(AgentId::SERVER, None).unwrap();
    assert_eq!(device.readings(), []);
    device.meet(&mut Server::new());
    let more = device.c.gaps().unwrap();
    assert!(more.contains(&gaps[0]) && more.iter().any(|gap| gap.class == 0 && gap.last > gaps[0].last), "{more:?}");
}

#[test]
fn a_gap_that_was_told_later_says_nothing_to_a_device_that_has_the_rows_again() {
    let folder = tempfile::tempdir().unwrap();
    let (mut device, mut server) = (Device::new(folder.path(), 1000), Server::new());
    let router = &mut Relay::new(50, 500);
    device.join(router);
    hear(&mut device, &mut server, router);
    device.log(0..4, 1.0);
    let backup = device.backup("backup.db");
    device.hand_over(router, false);
    device.c.clear(AgentId::SERVER, None).unwrap();
    device.log(10..12, 1.0);
    let anew = &mut Relay::new(50, 501);
    device.join(anew);
    device.hand_over(anew, false);
    let applied = anew.forward(&mut server);
    assert_eq!((usual(&applied.confirmed[0].1.confirmed), server.gaps().len()), (device.at.ts.0, 1));
    let first = server.gaps()[0].first.0;
    let word = server.announced(&device.announce(), anew).word.unwrap();
    assert_eq!(usual(&word.confirmed), device.at.ts.0, "it has told of the gap itself");

    let mut device = device.restore(&backup);
    device.meet(&mut server);
    assert_eq!(confirmed(&mut device), first - 1, "the rows are here and nowhere else");
    device.push(&mut server);
    assert_eq!((server.readings().len(), server.gaps()), (6, vec![]));
    assert_eq!(confirmed(&mut device), device.at.ts.0);
}

#[test]
fn a_gap_is_not_recorded_where_the_rows_have_come() {
    let folder = tempfile::tempdir().unwrap();
    let (mut device, mut server) = (Device::new(folder.path(), 1000), Server::new());
    let mut router = Relay::new(50, 500);
    device.join(&router);
    hear(&mut device, &mut server, &router);
    device.log(0..4, 1.0);
    device.hand_over(&mut router, false);
    let sent = router.parcels.clone();
    router.forward(&mut server);
    device.log(4..6, 1.0);
    device.hand_over(&mut router, false);
    let lost = std::mem::take(&mut router.parcels);
    device.c.clear(AgentId::SERVER, None).unwrap();
    // It is replaced before it has passed on what the server says, and what came last.
    let mut anew = Relay::new(50, 501);
    device.join(&anew);
    device.hand_over(&mut anew, false);
    anew.forward(&mut server);
    let note = lost[0].notes[0];
    let gaps: Vec<_> = server.gaps().iter().map(|gap| (gap.first.0, gap.last.0, gap.rows)).collect();
    assert_eq!(gaps, [(note.from.0 + 1, note.to.0, 0)], "what is lost, and nothing that is here");
    commit(&mut server.c, |c| c.delete_all(SENSOR).unwrap());
    anew.bring(&mut server, &sent);
    assert_eq!(server.readings(), [], "these had come before the record");
    anew.bring(&mut server, &lost);
    assert_eq!((server.readings(), server.gaps()), (expected(4..6, 1.0), vec![]), "these come after all");
}

#[test]
fn a_mark_that_went_back_voids_custody() {
    let folder = tempfile::tempdir().unwrap();
    let mut device = Device::new(folder.path(), 1000);
    let mut router = Relay::new(50, 500);
    device.join(&router);
    device.log(0..4, 1.0);
    device.hand_over(&mut router, false);
    let (end, old) = (device.at, router.received.clone());
    device.join(&router);
    assert_eq!(device.at, end, "what it has needs not be sent again");
    device.log(4..8, 1.0);
    device.hand_over(&mut router, false);
    router.received = old;
    device.join(&router);
    assert_eq!(device.at, end, "nothing is confirmed, but up to there it has them");
    // Another parent, which has never seen us, takes over where custody ends.
    device.hand_over(&mut router, false);
    let end = device.at;
    device.join(&Relay::new(51, 501));
    assert_eq!(device.at, end);
    // Whatever a new database under its name has, what the old one had is lost, and the rest of it was cleared.
    device.c.clear(AgentId::SERVER, None).unwrap();
    let given = Marks::of(Group::USUAL, end);
    assert_eq!(device.c.gaps().unwrap(), []);
    assert_eq!(usual(&device.c.begin_streams(router.agent, DbId(777), &given).unwrap()), 0);
    assert_eq!(device.c.gaps().unwrap().len(), 1);
}

#[test]
fn a_mark_speaks_only_for_what_came_after_the_stream_began_there() {
    let folder = tempfile::tempdir().unwrap();
    let (mut device, mut server) = (Device::new(folder.path(), 1000), Server::new());
    let (mut dead, mut router) = (Relay::new(50, 500), Relay::new(51, 501));
    device.log(0..4, 1.0);
    device.join(&dead);
    device.hand_over(&mut dead, true);
    device.join(&router);
    device.log(4..8, 1.0);
    device.hand_over(&mut router, true);
    let end = device.at;
    device.join(&router);
    assert_eq!(device.at, end);
    // The first router never comes back, and time is up.
    device.c.own_transaction(|c| c.void_custody(Group::USUAL)).unwrap();
    device.join(&router);
    assert_eq!(device.at, Position::default(), "what the second one has does not begin at the beginning");
    device.join(&router);
    assert_eq!(device.at, Position::default(), "and does not until it has been sent that");
    device.hand_one(&mut router, 1, true, true);
    device.join(&router);
    assert!(device.at.ts > Position::default().ts, "a link that breaks does not start it all over");
    device.hand_over(&mut router, true);
    router.forward(&mut server);
    assert_eq!(server.readings(), expected(0..8, 1.0));
}

#[test]
fn what_clear_leaves_is_still_met_where_the_stream_begins_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut device = Device::new(folder.path(), 1000);
    let mut router = Relay::new(50, 500);
    device.join(&router);
    device.log(0..2, 1.0);
    device.hand_over(&mut router, false);
    let end = device.at;
    device.update(0, 2.0);
    device.c.clear(AgentId::SERVER, None).unwrap();
    assert_eq!(device.readings(), [(0, 2.0)]);
    device.join(&Relay::new(50, 501));
    let first = device.c.read_changes(up(AgentId(50)), device.at, 1, false, &|_| true).unwrap();
    let set = super::replicate::own(first).unwrap();
    assert_eq!(set.changes.len(), 1);
    assert!(set.up_to.ts < end.ts, "whoever has the stream up to there has the row as it was there, or newer");
}

#[test]
fn a_restored_server_gets_again_what_it_had_confirmed_and_hears_what_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let (mut device, mut server) = (Device::new(folder.path(), 1000), Server::new());
    device.meet(&mut server);
    device.log(0..5, 1.0);
    device.push(&mut server);
    device.c.clear(AgentId::SERVER, None).unwrap();
    device.log(5..9, 1.0);
    device.push(&mut server);
    assert_eq!(confirmed(&mut device), device.at.ts.0);
    // Its backup is older than the device.
    let mut backup = Server::new();
    device.meet(&mut backup);
    assert_eq!(confirmed(&mut device), 0);
    device.push(&mut backup);
    assert_eq!(backup.readings(), expected(5..9, 1.0));
    let gaps = backup.gaps();
    assert_eq!((gaps.len(), gaps[0].class, gaps[0].reason), (1, 0, GapReason::CustodyLost), "{gaps:?}");
    assert_eq!(confirmed(&mut device), device.at.ts.0);
}

static NOW: AtomicU64 = AtomicU64::new(1_000_000);

#[test]
fn custody_that_is_never_confirmed_is_void_in_the_end() {
    let limit = Millis(5000);
    let clock = WallClock(|| NOW.load(Ordering::Relaxed));
    let options = OpenOptions { clock, custody_timeout: limit, ..OpenOptions::new(&name(), Storage::Memory { limit_bytes: 0 }) };
    let open = Opened(device(1000).open(options).unwrap());
    let mut c = open.connect().unwrap();
    let router = AgentId(50);
    let begin = |c: &mut Connection, at: Position| {
        c.begin_streams(router, DbId(1), &Marks::of(Group::USUAL, at)).unwrap().get(Group::USUAL)
    };
    begin(&mut c, Position::default());
    commit(&mut c, |c| sensor(c, 1, 1.0));
    let next = c.read_changes(up(router), Position::default(), 1 << 18, false, &|_| true).unwrap().next.unwrap();
    c.save_mark(up(router), next.up_to).unwrap();
    NOW.fetch_add(limit.0 - 1, Ordering::Relaxed);
    assert_eq!(begin(&mut c, next.up_to), next.up_to);
    NOW.fetch_add(1, Ordering::Relaxed);
    let word = Word { confirmed: Marks::default(), ..Word::default() };
    assert_eq!(c.word(&word).unwrap().get(Group::USUAL), Position::default());
    // The router loses a part at the same time: nobody knows what became of the rest.
    assert_eq!(begin(&mut c, next.up_to), Position::default());
    c.save_mark(up(router), next.up_to).unwrap();
    commit(&mut c, |c| sensor(c, 2, 1.0));
    let second = c.read_changes(up(router), next.up_to, 1 << 18, false, &|_| true).unwrap().next.unwrap();
    c.save_mark(up(router), second.up_to).unwrap();
    NOW.fetch_add(limit.0, Ordering::Relaxed);
    assert_eq!(begin(&mut c, next.up_to), Position::default());
    let log: (i64, i64) = c
        .engine
        .query_row("SELECT at, bytes FROM _mco_log ORDER BY ts LIMIT 1", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    assert_eq!(log, (1_000_000, 27), "a record tells when, and how much");
}

#[test]
fn one_batch_of_a_router_brings_rows_of_many_and_a_contradiction_stops_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::new();
    let mut relay = Relay::new(50, 500);
    let mut devices: Vec<Device> = (1000..1003).map(|agent| Device::new(folder.path(), agent)).collect();
    for device in &mut devices {
        device.join(&relay);
        hear(device, &mut server, &relay);
        device.log(0..3, 1.0);
        device.hand_over(&mut relay, false);
    }
    let good = relay.parcels.clone();
    // A version behind the end of its epoch, and rows of another agent's epoch.
    relay.parcels[1].changes[2].ts.0 += 1 << 40;
    let applied = relay.forward(&mut server);
    assert_eq!((applied.rows, server.readings().len()), (6, 6));
    let gaps = server.gaps();
    let note = good[1].notes[0];
    let gap = Gap {
        agent: AgentId(1001),
        class: 0,
        epoch: note.epoch,
        first: Timestamp(note.from.0 + 1),
        last: note.to,
        rows: 3,
        reason: GapReason::Contradiction,
    };
    assert_eq!(gaps, [gap]);
    assert_eq!(applied.confirmed.iter().map(|(agent, _)| agent.0).collect::<Vec<_>>(), [1000, 1001, 1002]);
    // Its device hears of it with what is confirmed; when the word is lost, with the next one.
    let told = SetAside { group: Group::USUAL, first: gap.first, last: gap.last, code: Code::E_IOT_PROTOCOLERR };
    let words: Vec<_> = applied.confirmed.iter().map(|(_, word)| &word.aside[..]).collect();
    assert_eq!(words, [&[][..], &[told], &[]]);
    let word = server.announced(&devices[1].announce(), &relay).word.unwrap();
    assert_eq!((devices[1].c.news_of_aside(&word).unwrap(), &word.aside[..]), (vec![told], &[told][..]));
    // The same from the device itself is its own fault.
    let mut bad = good[0].clone();
    bad.changes[0].ts.0 += 1 << 40;
    devices[0].meet(&mut server);
    assert!(apply(&mut server.c, up(AgentId(1000)), &bad, true).is_err());
    let mut foreign = good[1].clone();
    foreign.changes.clear();
    assert!(apply(&mut server.c, up(AgentId(1000)), &foreign, true).is_err(), "a device speaks for itself alone");
    relay.bring(&mut server, &good);
    assert_eq!((server.gaps().len(), server.readings().len()), (0, 9), "it arrives after all");
    assert_eq!(server.announced(&devices[1].announce(), &relay).word.unwrap().aside, []);
}

#[test]
fn rows_that_were_made_before_anybody_announced_the_agent_make_it_known() {
    let folder = tempfile::tempdir().unwrap();
    let (mut device, mut server) = (Device::new(folder.path(), 1000), Server::new());
    let mut relay = Relay::new(50, 500);
    device.log(0..2, 1.0);
    device.join(&relay);
    device.hand_over(&mut relay, false);
    assert_eq!(relay.forward(&mut server).confirmed, []);
    let mut other = Device::new(folder.path(), 1001);
    other.meet(&mut server);
    let known: Vec<u64> = server.c.peers().unwrap().iter().map(|peer| peer.agent.0).collect();
    assert_eq!(known, [50, 1000, 1001]);
    commit(&mut server.c, |c| config(c, 1, "common", 0));
    let set = server.read_down(other.agent, Position::default()).unwrap();
    server.c.save_mark(super::replicate::down(other.agent), set.up_to).unwrap();
    server.c.clear(AgentId::ALL, None).unwrap();
    assert_eq!(all(&mut server.c, CONFIG).len(), 1, "it has not acknowledged it");
    hear(&mut device, &mut server, &relay);
    assert_eq!(confirmed(&mut device), device.at.ts.0);
}

#[test]
fn rows_of_a_class_that_the_server_lacks_are_kept_until_it_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let (mut device, mut server) = (Device::new(folder.path(), 1000), Server::new());
    device.meet(&mut server);
    device.log(0..2, 1.0);
    let set =
        super::replicate::own(device.c.read_changes(up(AgentId::SERVER), device.at, 1 << 18, false, &|_| true).unwrap()).unwrap();
    let mut known = set.clone();
    let change = known.changes.remove(1);
    let strange = IncomingParcel { schema: 5, body: vec![1, 2, 3], set: known, strange: vec![("Alarm".into(), change)] };
    let (stream, as_of) = (up(AgentId(1000)), Position::default());
    let parcels = [strange.clone()];
    let (from, after, up_to) = (AgentId(1000), set.after, set.up_to);
    let applied =
        server.c.apply(&Incoming { stream, from, begins: true, reconcile: false, after, up_to, as_of, parcels: &parcels });
    assert_eq!(applied.unwrap().rows, 1);
    let kept = server.c.next_strange(0).unwrap().unwrap();
    assert_eq!((kept.schema, &kept.body), (5, &strange.body));
    // Opened again with the same schema it stays.
    server.c.adopt_strange(kept.id, &strange).unwrap();
    let kept = server.c.next_strange(0).unwrap().unwrap();
    server.c.engine.execute("INSERT INTO _mco_unheard SELECT 1, epoch, grp, low, high FROM _mco_ranges", []).unwrap();
    let applied = server.c.adopt_strange(kept.id, &IncomingParcel { set, strange: vec![], ..strange }).unwrap();
    assert_eq!((applied.rows, server.readings()), (1, expected(0..2, 1.0)));
    assert_eq!(server.c.next_strange(0).unwrap(), None);
}

#[test]
fn a_batch_that_is_read_again_may_end_behind_the_mark() {
    let folder = tempfile::tempdir().unwrap();
    let (mut server, mut device) = (Server::new(), Device::new(folder.path(), 1000));
    device.log(1..4, 1.0);
    device.meet(&mut server);
    device.push(&mut server);
    device.log(4..6, 1.0);
    let read = device.c.read_changes(up(AgentId::SERVER), Position::default(), 1 << 18, false, &|_| true);
    let again = own(read.unwrap()).unwrap();
    apply(&mut server.c, up(device.agent), &again, false).unwrap();
    assert_eq!(server.readings(), expected(1..6, 1.0));
}
