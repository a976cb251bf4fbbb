//! Classes that a peer does not know.

use super::fixture::*;
use super::replicate::{announced, down, own, up};
use crate::base::{AgentId, Change, DbId, Group, Marks, Position, Role, State, Stream, Value, Word};
use crate::db::*;
use crate::schema::{FieldType, Travel};

/// A device that has a second class upwards.
fn with_alarms() -> (Opened, Connection, u16) {
    let schema = device(1000).class("Alarm", Travel::Up, &[("level", FieldType::Unsigned(4))]);
    let open = schema.memory();
    let connection = open.connect().unwrap();
    let alarm = open.dictionary().class_named("Alarm").unwrap().code;
    (open, connection, alarm)
}

fn classes(found: &Changes) -> Vec<(u16, bool)> {
    let changes = own(found.clone()).into_iter().flat_map(|set| set.changes);
    changes.map(|change| (change.class, change.state == State::Removed)).collect()
}

/// Everything after a position, in sets of about so many bytes, each acknowledged; a class that waits.
fn send(
    c: &mut Connection,
    peer: AgentId,
    mut after: Position,
    bytes: usize,
    unknown: u16,
) -> (Vec<Change>, Position, Option<u16>) {
    let mut changes = Vec::new();
    loop {
        let found = c.read_changes(stream(c, peer), after, bytes, false, &|class| class != unknown).unwrap();
        let waiting = found.waiting;
        let Some(set) = own(found) else { return (changes, after, waiting) };
        assert!(set.notes.iter().all(|note| note.to <= set.up_to.ts) && set.up_to.ts > after.ts);
        after = set.up_to;
        c.save_mark(stream(c, peer), after).unwrap();
        changes.extend(set.changes);
    }
}

fn count(changes: &[Change], class: u16) -> usize {
    changes.iter().filter(|change| change.class == class).count()
}

fn meet(c: &mut Connection, agent: AgentId, role: Role) {
    meet_at(c, agent, role, Position::default());
}

/// The other end of a link has introduced itself, `mark` being what it has of ours.
fn meet_at(c: &mut Connection, agent: AgentId, role: Role, mark: Position) {
    if c.database().node().unwrap().role == Role::Device {
        c.begin_streams(agent, DbId(9), &Marks::of(Group::USUAL, mark)).unwrap();
        c.word(&Word { confirmed: Marks::of(Group::USUAL, mark), ..Word::default() }).unwrap();
        return;
    }
    c.attach(&announced(agent, role, mark), agent).unwrap();
}

/// The stream to a peer.
fn stream(c: &Connection, peer: AgentId) -> Stream {
    if c.database().node().unwrap().role == Role::Device { up(peer) } else { down(peer) }
}

#[test]
fn rows_that_the_peer_cannot_take_are_passed_over_and_travel_when_it_can() {
    for bytes in [1, 1 << 18] {
        let (_open, mut c, alarm) = with_alarms();
        meet(&mut c, AgentId::SERVER, Role::Server);
        let level = |n| [Value::UInt(n)];
        commit(&mut c, |c| put(c, alarm, &level(1)));
        let (sent, first, _) = send(&mut c, AgentId::SERVER, Position::default(), bytes, 0);
        assert_eq!(count(&sent, alarm), 1, "it was known once");
        for n in 2..=4 {
            commit(&mut c, |c| {
                sensor(c, n, 1.0);
                put(c, alarm, &level(n));
            });
        }
        let (sent, position, waiting) = send(&mut c, AgentId::SERVER, first, bytes, alarm);
        assert_eq!((count(&sent, SENSOR), count(&sent, alarm), waiting), (3, 0, Some(alarm)));
        let again = c.read_changes(stream(&c, AgentId::SERVER), position, 1, false, &|class| class != alarm).unwrap();
        assert_eq!((again.next, again.waiting), (None, Some(alarm)), "it says so as long as they wait");

        for class in [Some(alarm), None] {
            c.clear(AgentId::SERVER, class).unwrap();
            assert_eq!(all(&mut c, alarm), [level(2), level(3), level(4)], "what was sent goes, what was not stays");
        }
        assert!(all(&mut c, SENSOR).is_empty());
        commit(&mut c, |c| sensor(c, 9, 1.0));

        let (sent, end, waiting) = send(&mut c, AgentId::SERVER, position, bytes, 0);
        assert_eq!((count(&sent, SENSOR), count(&sent, alarm), waiting), (1, 3, None));
        assert!(sent.iter().all(|change| change.ts > position.ts), "else the receiver would take them for duplicates");
        c.clear(AgentId::SERVER, None).unwrap();
        assert!(all(&mut c, alarm).is_empty());
        assert_eq!(send(&mut c, AgentId::SERVER, end, bytes, 0), (vec![], end, None));
    }
}

#[test]
fn a_thousand_rows_that_waited_fit_into_sets() {
    let (_open, mut c, alarm) = with_alarms();
    meet(&mut c, AgentId::SERVER, Role::Server);
    for _ in 0..3 {
        commit(&mut c, |c| (0..1000).map(|n| put(c, alarm, &[Value::UInt(n)])).count());
    }
    let (sent, position, _) = send(&mut c, AgentId::SERVER, Position::default(), 1 << 12, alarm);
    assert!(sent.is_empty() && position.ts > Position::default().ts, "the position moves over nothing but such rows");
    let found = c.read_changes(stream(&c, AgentId::SERVER), position, 1, false, &|_| true).unwrap();
    assert_eq!(classes(&found).len(), 1024, "a slice is a set");
    let (sent, ..) = send(&mut c, AgentId::SERVER, position, 1, 0);
    assert_eq!(count(&sent, alarm), 3000);
}

#[test]
fn rows_that_are_deleted_or_changed_while_they_wait_are_not_doubled() {
    let (_open, mut c, alarm) = with_alarms();
    meet(&mut c, AgentId::SERVER, Role::Server);
    for n in 1..=3 {
        commit(&mut c, |c| put(c, alarm, &[Value::UInt(n)]));
    }
    let (_, position, waiting) = send(&mut c, AgentId::SERVER, Position::default(), 1 << 18, alarm);
    assert_eq!(waiting, Some(alarm));
    let nth = |c: &mut Connection, n: usize| {
        c.open_list(CursorId(1), alarm).unwrap();
        (0..n).for_each(|_| c.cursor_next(CursorId(1)).unwrap());
        c.cursor_object(CursorId(1), alarm).unwrap()
    };
    commit(&mut c, |c| {
        let object = nth(c, 2);
        c.set_value(object, 0, Value::UInt(33)).unwrap();
        let object = nth(c, 0);
        c.delete(object).unwrap();
    });
    let (sent, end, _) = send(&mut c, AgentId::SERVER, position, 1 << 18, 0);
    let mut rows: Vec<State> = sent.into_iter().map(|change| change.state).collect();
    rows.sort_by_key(|state| format!("{state:?}"));
    assert_eq!(rows, [State::Row(vec![Value::UInt(2)]), State::Row(vec![Value::UInt(33)])]);

    // The last one that waits is deleted: nothing waits.
    commit(&mut c, |c| put(c, alarm, &[Value::UInt(4)]));
    let (_, end, waiting) = send(&mut c, AgentId::SERVER, end, 1 << 18, alarm);
    assert_eq!(waiting, Some(alarm));
    commit(&mut c, |c| {
        let object = nth(c, 2);
        c.delete(object).unwrap();
    });
    let (sent, _, waiting) = send(&mut c, AgentId::SERVER, end, 1 << 18, alarm);
    assert_eq!((sent, waiting), (vec![], None));
}

#[test]
fn one_parent_that_has_the_rows_is_enough_and_the_other_does_not_hold_them() {
    let (_open, mut c, alarm) = with_alarms();
    let router = AgentId(50);
    meet(&mut c, AgentId::SERVER, Role::Server);
    meet(&mut c, router, Role::Router);
    commit(&mut c, |c| put(c, alarm, &[Value::UInt(1)]));
    send(&mut c, router, Position::default(), 1 << 18, alarm);
    c.clear(AgentId::ALL, None).unwrap();
    assert_eq!(all(&mut c, alarm).len(), 1);
    assert_eq!(send(&mut c, AgentId::SERVER, Position::default(), 1 << 18, 0).0.len(), 1);
    c.clear(AgentId::ALL, None).unwrap();
    assert!(all(&mut c, alarm).is_empty());
}

#[test]
fn a_server_keeps_what_an_agent_cannot_take() {
    let open = server().class("Alarm", Travel::Down, &[("level", FieldType::Unsigned(4))]).memory();
    let mut c = open.connect().unwrap();
    let alarm = open.dictionary().class_named("Alarm").unwrap().code;
    let (old, new) = (AgentId(1000), AgentId(2000));
    for agent in [old, new] {
        meet(&mut c, agent, Role::Device);
    }
    commit(&mut c, |c| {
        for (level, receiver) in [(1, old.0), (2, new.0), (3, 0)] {
            put(c, alarm, &[Value::UInt(level), Value::UInt(receiver)]);
        }
        config(c, 1, "x", 0);
    });
    let (sent, position, waiting) = send(&mut c, old, Position::default(), 1 << 18, alarm);
    assert_eq!((sent.len(), waiting), (1, Some(alarm)), "the configuration goes");
    assert_eq!(send(&mut c, new, Position::default(), 1 << 18, 0).0.len(), 3);
    c.clear(AgentId::ALL, None).unwrap();
    let levels = |c: &mut Connection| all(c, alarm).into_iter().map(|row| row[0].clone()).collect::<Vec<_>>();
    assert_eq!(levels(&mut c), [Value::UInt(1), Value::UInt(3)]);
    assert!(all(&mut c, CONFIG).is_empty());
    // It has the class now; the rows are its own to ask for.
    assert_eq!(send(&mut c, old, position, 1 << 18, 0), (vec![], position, None));
    c.clear(AgentId::ALL, None).unwrap();
    assert!(levels(&mut c).is_empty());
}

#[test]
fn a_removed_row_of_such_a_class_stops_nothing() {
    let open = server().class("Alarm", Travel::Down, &[("level", FieldType::Unsigned(4))]).memory();
    let mut c = open.connect().unwrap();
    let alarm = open.dictionary().class_named("Alarm").unwrap().code;
    commit(&mut c, |c| put(c, alarm, &[]));
    // Sent to a peer that knew the class, so that the removal has to be told.
    let agent = AgentId(1000);
    let sent = c.read_changes(stream(&c, agent), Position::default(), 1 << 18, false, &|_| true).unwrap().next.unwrap().up_to;
    meet_at(&mut c, agent, Role::Device, sent);
    commit(&mut c, |c| {
        c.open_list(CursorId(1), alarm).unwrap();
        let object = c.cursor_object(CursorId(1), alarm).unwrap();
        c.delete(object).unwrap();
    });
    commit(&mut c, |c| config(c, 1, "x", 0));
    let known = c.read_changes(stream(&c, agent), sent, 1 << 18, false, &|_| true).unwrap();
    assert_eq!(classes(&known), [(alarm, true), (CONFIG, false)]);
    let unknown = c.read_changes(stream(&c, agent), sent, 1 << 18, false, &|class| class != alarm).unwrap();
    assert_eq!((classes(&unknown), unknown.waiting), (vec![(CONFIG, false)], None));
    assert_eq!(unknown.next.unwrap().up_to, unknown.tail);
}
