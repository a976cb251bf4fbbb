//! Classes that a peer does not know.

use super::fixture::*;
use crate::base::{AgentId, DbId, Position, Role, State};
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
    let changes = found.set.iter().flat_map(|set| &set.changes);
    changes.map(|change| (change.class, change.state == State::Removed)).collect()
}

#[test]
fn a_set_ends_in_front_of_a_row_that_the_peer_cannot_take() {
    let (_open, mut c, alarm) = with_alarms();
    for ts in 1..4 {
        commit(&mut c, |c| sensor(c, ts, 1.0));
    }
    let before = c.epochs().unwrap()[0].last;
    commit(&mut c, |c| {
        sensor(c, 4, 1.0);
        put(c, alarm, &[]);
    });
    commit(&mut c, |c| sensor(c, 5, 1.0));
    let mut read = |after, bytes| c.read_changes(AgentId::SERVER, after, bytes, &|class| class != alarm).unwrap();
    let mut after = Position::default();
    for bytes in [1, 1 << 18] {
        let found = read(after, bytes);
        assert_eq!(found.waiting, (bytes > 1).then_some(alarm));
        assert_eq!(classes(&found), vec![(SENSOR, false); if bytes == 1 { 1 } else { 2 }]);
        let set = found.set.unwrap();
        assert!(set.notes.iter().all(|note| note.to == set.up_to.ts), "nothing behind it is vouched for: {set:?}");
        after = set.up_to;
    }
    assert_eq!(after.ts, before, "the position before the transaction that has such a row");
    let found = read(after, 1 << 18);
    assert_eq!((found.set.as_ref(), found.waiting), (None, Some(alarm)));
    assert!(found.tail.ts > before);
    let all = c.read_changes(AgentId::SERVER, after, 1 << 18, &|_| true).unwrap();
    assert_eq!((classes(&all).len(), all.waiting), (3, None));
}

#[test]
fn a_removed_row_of_such_a_class_stops_nothing() {
    let open = server().class("Alarm", Travel::Down, &[("level", FieldType::Unsigned(4))]).memory();
    let mut c = open.connect().unwrap();
    let alarm = open.dictionary().class_named("Alarm").unwrap().code;
    commit(&mut c, |c| put(c, alarm, &[]));
    // Sent to a peer that knew the class, so that the removal has to be told.
    let agent = AgentId(1000);
    let sent = c.read_changes(agent, Position::default(), 1 << 18, &|_| true).unwrap().set.unwrap().up_to;
    c.attach(Peer { agent, db: DbId(9), role: Role::Device, epochs: &[], down_mark: sent }).unwrap();
    c.resume(agent, sent).unwrap();
    commit(&mut c, |c| {
        c.open_list(CursorId(1), alarm).unwrap();
        let object = c.cursor_object(CursorId(1), alarm).unwrap();
        c.delete(object).unwrap();
    });
    commit(&mut c, |c| config(c, 1, "x", 0));
    let known = c.read_changes(agent, sent, 1 << 18, &|_| true).unwrap();
    assert_eq!(classes(&known), [(alarm, true), (CONFIG, false)]);
    let unknown = c.read_changes(agent, sent, 1 << 18, &|class| class != alarm).unwrap();
    assert_eq!((classes(&unknown), unknown.waiting), (vec![(CONFIG, false)], None));
    assert_eq!(unknown.set.unwrap().up_to, unknown.tail);
}
