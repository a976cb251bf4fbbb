//! Agents below: their marks, what waits for them, and forgetting them.

use super::fixture::*;
use super::replicate::{announced, apply, down};
use super::site::*;
use crate::base::{AgentId, Code, EpochId, GapReason, Group, Position, Role, State, Timestamp, Value};
use crate::db::log::{MAX_GONE, MAX_GONE_OF_ONE};
use crate::db::*;

fn pull(device: &mut Device, server: &mut Server, after: Position, ack: bool) -> Position {
    let mut at = after;
    while let Some(set) = server.read_down(device.agent, at) {
        apply(&mut device.c, down(device.agent), &set, false).unwrap();
        at = set.up_to;
        if ack {
            server.c.save_mark(down(device.agent), at).unwrap();
        }
    }
    at
}

fn params(c: &mut Connection) -> Vec<u64> {
    let number = |value: &Value| if let Value::UInt(n) = value { *n } else { panic!("{value:?}") };
    all(c, CONFIG).iter().map(|row| number(&row[0])).collect()
}

#[test]
fn a_restored_device_gets_again_what_it_lacks_and_what_is_gone_is_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let (mut device, mut server) = (Device::new(folder.path(), 1000), Server::new());
    commit(&mut server.c, |c| config(c, 1, "x", 1000));
    let attached = device.meet(&mut server);
    pull(&mut device, &mut server, attached.down.get(Group::USUAL), true);
    let backup = device.backup("backup.db");
    for n in 2..=4 {
        commit(&mut server.c, |c| config(c, n, "x", if n == 4 { 0 } else { 1000 }));
    }
    let attached = device.meet(&mut server);
    pull(&mut device, &mut server, attached.down.get(Group::USUAL), true);
    server.c.clear(AgentId(1000), None).unwrap();
    assert_eq!(params(&mut server.c), [4]);
    let mut device = device.restore(&backup);
    let attached = device.meet(&mut server);
    let gaps = server.gaps();
    let [gap] = &gaps[..] else { panic!("{gaps:?}") };
    assert_eq!((gap.agent, gap.class, gap.rows, gap.reason), (AgentId(1000), CONFIG, 0, GapReason::ReceiverRestored));
    assert!(gap.first <= gap.last, "one of three was there before, so nobody knows how many are gone");
    server.c.clear(AgentId::ALL, None).unwrap();
    assert_eq!(params(&mut server.c), [4], "its mark went back: it lacks the common row again");
    pull(&mut device, &mut server, attached.down.get(Group::USUAL), true);
    assert_eq!(params(&mut device.c), [1, 4]);
    device.meet(&mut server);
    assert_eq!(server.gaps().len(), 1, "told once");
}

#[test]
fn a_mark_that_is_no_point_of_our_history_counts_for_nothing() {
    let mut server = Server::new();
    commit(&mut server.c, |c| config(c, 1, "x", 0));
    let epoch = epochs(&mut server.c)[0];
    let here = Position { ts: epoch.last, epoch: epoch.id };
    let mut start = |mark: Position, top: Position| {
        let mut announce = announced(AgentId(1000), Role::Device, mark);
        announce.down[0].top = top;
        server.c.attach(&announce, AgentId(1000)).unwrap().down.get(Group::USUAL)
    };
    assert_eq!(start(here, here), here);
    for (mark, top) in [
        (Position { epoch: EpochId(5), ..here }, here),
        (Position { ts: Timestamp(1000), ..here }, here),
        // It holds something newer than its mark, from a timeline that is lost.
        (here, Position { ts: Timestamp(1000), epoch: EpochId(5) }),
    ] {
        assert_eq!(start(mark, top), Position::default());
    }
    let mut announce = announced(AgentId(1000), Role::Device, here);
    announce.reconcile = true;
    assert_eq!(server.c.attach(&announce, AgentId(1000)).unwrap().down.get(Group::USUAL), Position::default());
    server.c.attach(&announced(AgentId(1000), Role::Device, Position { epoch: EpochId(5), ..here }), AgentId(1000)).unwrap();
    server.c.clear(AgentId::ALL, None).unwrap();
    assert_eq!(params(&mut server.c), [1]);
}

#[test]
fn who_missed_removals_for_ever_starts_at_the_beginning() {
    let mut server = Server::new();
    let agents = [AgentId(1000), AgentId(1001)];
    for agent in agents {
        server.c.attach(&announced(agent, Role::Device, Position::default()), agent).unwrap();
    }
    commit(&mut server.c, |c| config(c, 1, "x", 0));
    let position = |c: &mut Connection| {
        let epoch = epochs(c)[0];
        Position { ts: epoch.last, epoch: epoch.id }
    };
    let before = position(&mut server.c);
    for agent in agents {
        server.c.save_mark(down(agent), before).unwrap();
    }
    commit(&mut server.c, |c| c.delete_all(CONFIG).unwrap());
    let after = position(&mut server.c);
    server.c.save_mark(down(agents[0]), after).unwrap();
    let start =
        |c: &mut Connection, mark| c.attach(&announced(agents[1], Role::Device, mark), agents[1]).unwrap().down.get(Group::USUAL);
    assert_eq!(start(&mut server.c, before), before, "the removal is still there for the other one");
    server.c.save_mark(down(agents[1]), after).unwrap();
    assert_eq!(start(&mut server.c, before), Position::default());
    assert_eq!(start(&mut server.c, after), after);
}

#[test]
fn removed_rows_that_nobody_fetches_do_not_fill_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.db");
    let agent = AgentId(1000);
    {
        let open = server().file(&path);
        let mut c = open.connect().unwrap();
        c.attach(&announced(agent, Role::Device, Position::default()), agent).unwrap();
        c.engine
            .execute_batch(&format!(
                "BEGIN;
                 WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MAX_GONE})
                 INSERT INTO _mco_log SELECT 1, 1000 + i % 11, 0, i, 2, 1, i, 1, 0, 0, x'010100' FROM n;
                 UPDATE _mco_state SET clock = {MAX_GONE};
                 UPDATE _mco_epochs SET last = {MAX_GONE};
                 COMMIT"
            ))
            .unwrap();
    }
    let open = server().file(&path);
    let mut c = open.connect().unwrap();
    commit(&mut c, |c| config(c, 1, "x", 1000));
    commit(&mut c, |c| c.delete_all(CONFIG).unwrap());
    let (records, oldest): (i64, i64) = c
        .engine
        .query_row("SELECT count(*), min(ts) FILTER (WHERE stream = 1000) FROM _mco_log WHERE gone = 1", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    let (records, oldest) = (records.cast_unsigned(), oldest.cast_unsigned());
    assert!(records < MAX_GONE && records > MAX_GONE / 2, "{records}");
    let epoch = epochs(&mut c)[0];
    let at = |ts| Position { ts: Timestamp(ts), epoch: epoch.id };
    let mut start = |ts| c.attach(&announced(agent, Role::Device, at(ts)), agent).unwrap().down.get(Group::USUAL);
    // Every eleventh is of this agent.
    assert_eq!(
        [start(oldest - 12), start(oldest - 11)],
        [Position::default(), at(oldest - 11)],
        "the horizon is where it was cut"
    );
}

#[test]
fn removed_rows_that_one_reader_does_not_fetch_leave_room_for_those_of_others() {
    let server = server().memory();
    let mut c = server.connect().unwrap();
    let (router, agent) = (AgentId(50), AgentId(1000));
    c.attach(&announced(router, Role::Router, Position::default()), router).unwrap();
    c.attach(&announced(agent, Role::Device, Position::default()), agent).unwrap();
    commit(&mut c, |c| config(c, 1, "x", 1000));
    let many = 2 * MAX_GONE_OF_ONE;
    c.engine
        .execute_batch(&format!(
            "BEGIN;
             WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {many})
             INSERT INTO _mco_log SELECT 1, 0, 0, 1 + i, 2, 1, i, 1, 0, 0, x'010100' FROM n;
             UPDATE _mco_state SET clock = {many} + 1;
             COMMIT"
        ))
        .unwrap();
    drop(c);
    {
        let mut state = server.state.lock();
        (state.clock, state.gone, state.gone_room) = (many + 1, many, 0);
    }
    let mut c = server.connect().unwrap();
    commit(&mut c, |c| c.delete_all(CONFIG).unwrap());
    let count = |stream: u64| {
        let text = "SELECT count(*) FROM _mco_log WHERE gone = 1 AND stream = ?1";
        c.engine.query_row(text, [stream.cast_signed()], |row| row.get::<_, i64>(0)).unwrap().cast_unsigned()
    };
    assert_eq!((count(0), count(1000)), (MAX_GONE_OF_ONE, 2));
    assert_eq!(server.state.lock().gone, MAX_GONE_OF_ONE + 2);
    let epoch = epochs(&mut c)[0];
    let at = |ts| Position { ts: Timestamp(ts), epoch: epoch.id };
    let mut start = |id, role, ts| c.attach(&announced(id, role, at(ts)), id).unwrap().down.get(Group::USUAL);
    let cut = many + 1 - MAX_GONE_OF_ONE;
    assert_eq!(start(router, Role::Router, cut - 1), Position::default(), "it is reconciled");
    assert_eq!(start(agent, Role::Device, cut), at(cut), "it has heard of what is forgotten");
}

#[test]
fn common_rows_wait_for_devices_and_not_for_routers() {
    let mut server = Server::new();
    let (router, agent) = (AgentId(50), AgentId(1000));
    server.c.attach(&announced(router, Role::Router, Position::default()), router).unwrap();
    commit(&mut server.c, |c| {
        config(c, 1, "common", 0);
        config(c, 2, "router", router.0)
    });
    server.c.clear(AgentId::ALL, None).unwrap();
    assert_eq!(params(&mut server.c), [1, 2], "no device is known");
    server.c.attach(&announced(agent, Role::Device, Position::default()), router).unwrap();
    let set = server.read_down(router, Position::default()).unwrap();
    assert_eq!(set.changes.len(), 2, "a router's application sees them too");
    let set = server.read_down(agent, Position::default()).unwrap();
    server.c.save_mark(down(agent), set.up_to).unwrap();
    server.c.clear(AgentId::ALL_DOWN, None).unwrap();
    assert_eq!(params(&mut server.c), [2]);
    // What it has not heard of a removal stays for it.
    commit(&mut server.c, |c| config(c, 3, "common", 0));
    let set = server.read_down(router, set.up_to).unwrap();
    server.c.save_mark(down(router), set.up_to).unwrap();
    commit(&mut server.c, |c| {
        let row = c.find(1, &[Value::UInt(3)]).unwrap();
        c.delete(row).unwrap();
    });
    let gone = server.read_down(agent, set.up_to).unwrap();
    server.c.save_mark(down(agent), gone.up_to).unwrap();
    let gone = server.read_down(router, set.up_to).unwrap();
    assert!(gone.changes.iter().any(|change| change.state == State::Removed), "{gone:?}");
}

#[test]
fn a_forgotten_agent_leaves_nothing_and_starts_anew() {
    let mut server = Server::new();
    let agents = [AgentId(1000), AgentId(1001)];
    for agent in agents {
        server.c.attach(&announced(agent, Role::Device, Position::default()), agent).unwrap();
    }
    commit(&mut server.c, |c| (1..=3).map(|n| config(c, n, "x", if n == 3 { 0 } else { 999 + n })).count());
    let set = server.read_down(agents[1], Position::default()).unwrap();
    for agent in agents {
        server.c.save_mark(down(agent), set.up_to).unwrap();
    }
    commit(&mut server.c, |c| config(c, 4, "x", 0));
    assert_eq!(server.c.forget_agent(AgentId(7)).unwrap_err().code, Code::E_IOT_AGENT_NOT_FOUND);
    server.c.forget_agent(agents[1]).unwrap();
    assert_eq!(params(&mut server.c), [1, 3, 4], "its private row goes with it");
    assert_eq!(server.c.peers().unwrap().len(), 1);
    let stream: i64 =
        server.c.engine.query_row("SELECT count(*) FROM _mco_log WHERE stream = 1001", [], |row| row.get(0)).unwrap();
    assert_eq!(stream, 0);
    // Nobody waits for it.
    let set = server.read_down(agents[0], set.up_to).unwrap();
    server.c.save_mark(down(agents[0]), set.up_to).unwrap();
    server.c.clear(AgentId::ALL, None).unwrap();
    assert_eq!(params(&mut server.c), []);
    let back = server.c.attach(&announced(agents[1], Role::Device, set.after), agents[1]).unwrap();
    assert_eq!(back.down.get(Group::USUAL), Position::default(), "its mark does not speak for what was forgotten");
}

#[test]
fn an_attachment_is_counted_durably_and_described_again_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let mut device = Device::new(folder.path(), 1000);
    let first = device.announce();
    let copy = device.backup("copy.db");
    let mut device = device.restore(&copy);
    let second = device.announce();
    assert_eq!((second.attachment >> 16, second.epochs.len()), ((first.attachment >> 16) + 1, 2));
    let router = weather(Role::Router, 50);
    let mut router = router;
    router.0.node.as_mut().unwrap().level = crate::base::Level(2);
    let open = router.memory();
    let mut c = open.connect().unwrap();
    assert_eq!(c.describe(AgentId(1000)).unwrap(), None);
    c.attach(&second, AgentId(1000)).unwrap();
    assert_eq!(c.describe(AgentId(1000)).unwrap(), Some(second.clone()));
    let mark = Position { ts: Timestamp(3), epoch: EpochId(8) };
    c.note_mark(down(AgentId(1000)), mark).unwrap();
    let told = c.describe(AgentId(1000)).unwrap().unwrap();
    assert_eq!((told.down[0].mark, told.down[0].from, told.attachment), (mark, mark, second.attachment));
    let mut circle = second.clone();
    circle.epochs[1].before = circle.epochs[1].id;
    assert_eq!(c.attach(&circle, AgentId(1000)).unwrap_err().code, Code::E_IOT_PROTOCOLERR);
    assert_eq!(device.c.attach(&second, AgentId(1000)).unwrap_err().code, Code::E_IOT_PROTOCOLERR);
}

#[test]
fn texts_of_schemas_are_known_by_their_hash() {
    let open = device(1000).memory();
    let mut c = open.connect().unwrap();
    let own = open.schema_text().to_owned();
    assert_eq!(c.schema_text(crate::schema::hash(&own)).unwrap(), Some(own));
    let text = "declare database other;";
    let hash = crate::schema::hash(text);
    assert_eq!(c.schema_text(hash).unwrap(), None);
    assert_eq!(c.learn_schema(hash ^ 1, text).unwrap_err().code, Code::E_IOT_PROTOCOLERR);
    c.learn_schema(hash, text).unwrap();
    c.learn_schema(hash, text).unwrap();
    assert_eq!(c.schema_text(hash).unwrap().as_deref(), Some(text));
}

#[test]
fn a_removal_reaches_a_device_that_the_server_meets_for_the_first_time_only_if_needed() {
    let mut server = Server::new();
    commit(&mut server.c, |c| config(c, 1, "x", 0));
    let agent = AgentId(1000);
    server.c.attach(&announced(agent, Role::Device, Position::default()), agent).unwrap();
    commit(&mut server.c, |c| c.delete_all(CONFIG).unwrap());
    let set = server.read_down(agent, Position::default()).unwrap();
    assert!(set.changes.iter().all(|change| change.state == State::Removed), "{set:?}");
}

#[test]
fn one_agent_more_than_can_be_known_is_refused() {
    let mut server = Server::new();
    server.c.attach(&announced(AgentId(1000), Role::Device, Position::default()), AgentId(1000)).unwrap();
    server.c.database().state.lock().agents = MAX_AGENTS;
    let mut attach = |agent: u64| server.c.attach(&announced(AgentId(agent), Role::Device, Position::default()), AgentId(agent));
    assert_eq!(attach(1001).unwrap_err().code, Code::E_IOT_TOO_MANY_CONTEXTS);
    attach(1000).unwrap();
    server.c.forget_agent(AgentId(1000)).unwrap();
    server.c.attach(&announced(AgentId(1001), Role::Device, Position::default()), AgentId(1001)).unwrap();
}
