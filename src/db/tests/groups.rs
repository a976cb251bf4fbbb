//! Priority groups: each is a stream with its own positions.

use super::fixture::*;
use super::replicate::{announced, apply, own};
use crate::base::{AgentId, Code, Group, Marks, Position, Role, Stream, Value, Way, Word};
use crate::db::*;
use crate::schema::{FieldType, Travel};

const ALARM: u16 = 4;
const HIGH: Group = Group(7);

fn with_alarms(role: Role, agent: u64) -> Opened {
    weather(role, agent).class("Alarm", Travel::Up, &[("level", FieldType::Unsigned(4))]).memory()
}

fn alarm(c: &mut Connection, level: u64) {
    commit(c, |c| put(c, ALARM, &[Value::UInt(level)]));
}

fn in_group(agent: AgentId, way: Way, group: Group) -> Stream {
    Stream { agent, way, group }
}

fn read_up(c: &mut Connection, group: Group, after: Position) -> Option<crate::base::ChangeSet> {
    own(c.read_changes(in_group(AgentId::SERVER, Way::Up, group), after, 1 << 18, false, &|_| true).unwrap())
}

#[test]
fn each_group_has_its_own_order_marks_ranges_and_clear() {
    let (device, server) = (with_alarms(Role::Device, 1000), with_alarms(Role::Server, 1));
    let (mut d, mut s) = (device.connect().unwrap(), server.connect().unwrap());
    assert_eq!(d.database().groups(), [Group::USUAL]);
    d.set_group(ALARM, HIGH).unwrap();
    assert_eq!((d.database().groups(), d.group_of(ALARM)), (vec![Group::USUAL, HIGH], HIGH));
    for n in 1..4 {
        commit(&mut d, |c| sensor(c, n, 1.0));
        alarm(&mut d, n);
    }
    let announce = d.describe(AgentId(1000)).unwrap().unwrap();
    let attached = s.attach(&announce, AgentId(1000)).unwrap();
    let starts = d.begin_streams(AgentId::SERVER, s.database().node().unwrap().db, &attached.received).unwrap();
    assert_eq!(starts.iter().map(|(group, _)| group).collect::<Vec<_>>(), [Group::USUAL, HIGH]);
    // The alarms overtake what was made before them.
    let set = read_up(&mut d, HIGH, Position::default()).unwrap();
    assert!(set.changes.len() == 3 && set.changes.iter().all(|change| change.class == ALARM));
    let applied = apply(&mut s, in_group(AgentId(1000), Way::Up, HIGH), &set, true).unwrap();
    let word = Word { confirmed: Marks::of(HIGH, set.up_to), ..Word::default() };
    assert_eq!(applied.confirmed, [(AgentId(1000), word.clone())]);
    d.save_mark(in_group(AgentId::SERVER, Way::Up, HIGH), set.up_to).unwrap();
    d.word(&word).unwrap();
    d.clear(AgentId::SERVER, None).unwrap();
    assert_eq!((all(&mut d, ALARM).len(), all(&mut d, SENSOR).len()), (0, 3));
    // Versions inside the range of the one group are new in the other.
    let set = read_up(&mut d, Group::USUAL, Position::default()).unwrap();
    assert_eq!(apply(&mut s, in_group(AgentId(1000), Way::Up, Group::USUAL), &set, true).unwrap().rows, 3);
    assert_eq!((all(&mut s, ALARM).len(), all(&mut s, SENSOR).len()), (3, 3));
    let peer = s.peers().unwrap().remove(0);
    assert!(peer.received.get(HIGH).ts.0 > 0 && peer.received.get(Group::USUAL).ts.0 > 0);
}

#[test]
fn a_class_changes_its_group_only_while_no_row_speaks_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    let schema = || device(1000).class("Alarm", Travel::Up, &[("level", FieldType::Unsigned(4))]);
    {
        let open = schema().file(&path);
        let mut c = open.connect().unwrap();
        assert_eq!(c.set_group(ALARM, Group(8)).unwrap_err().code, Code::E_ILLEGAL_PARAM);
        assert_eq!(c.set_group(9, HIGH).unwrap_err().code, Code::E_ILLEGAL_PARAM);
        c.set_group(ALARM, HIGH).unwrap();
        alarm(&mut c, 1);
        assert_eq!(c.set_group(ALARM, Group::USUAL).unwrap_err().code, Code::E_ACCESS);
        c.set_group(ALARM, HIGH).unwrap();
    }
    let open = schema().file(&path);
    let mut c = open.connect().unwrap();
    assert_eq!(c.group_of(ALARM), HIGH, "it is kept");
    assert_eq!(read_up(&mut c, HIGH, Position::default()).unwrap().changes.len(), 1);
    assert_eq!(read_up(&mut c, Group::USUAL, Position::default()).map(|set| set.changes.len()), None, "and no other has it");
    // On a server a removal that is still to be told counts, too.
    let open = server().memory();
    let mut c = open.connect().unwrap();
    commit(&mut c, |c| config(c, 1, "x", 0));
    commit(&mut c, |c| c.delete_all(CONFIG).unwrap());
    assert_eq!(c.set_group(CONFIG, HIGH).unwrap_err().code, Code::E_ACCESS);
}

#[test]
fn a_group_that_comes_into_use_waits_for_agents_that_are_known_already() {
    let (device, server) = (device(1000).memory(), server().memory());
    let (mut d, mut s) = (device.connect().unwrap(), server.connect().unwrap());
    let announce = d.describe(AgentId(1000)).unwrap().unwrap();
    s.attach(&announce, AgentId(1000)).unwrap();
    s.set_group(CONFIG, Group(3)).unwrap();
    commit(&mut s, |c| config(c, 1, "x", 0));
    let other = AgentId(1001);
    s.attach(&announced(other, Role::Device, Position::default()), other).unwrap();
    let set = own(s.read_changes(in_group(other, Way::Down, Group(3)), Position::default(), 1 << 18, false, &|_| true).unwrap());
    s.save_mark(in_group(other, Way::Down, Group(3)), set.unwrap().up_to).unwrap();
    s.clear(AgentId::ALL, None).unwrap();
    assert_eq!(all(&mut s, CONFIG).len(), 1, "one has it, the other not");
    let attached = s.attach(&announce, AgentId(1000)).unwrap();
    assert!(attached.down.iter().any(|(group, _)| group == Group(3)));
    let stream = in_group(AgentId(1000), Way::Down, Group(3));
    let set = own(s.read_changes(stream, Position::default(), 1 << 18, false, &|_| true).unwrap()).unwrap();
    apply(&mut d, stream, &set, false).unwrap();
    s.save_mark(stream, set.up_to).unwrap();
    s.clear(AgentId::ALL, None).unwrap();
    assert_eq!((all(&mut s, CONFIG).len(), all(&mut d, CONFIG).len()), (0, 1));
    let told = d.describe(AgentId(1000)).unwrap().unwrap().down;
    assert_eq!(told.iter().map(|down| (down.group, down.mark)).collect::<Vec<_>>(), [(Group(3), set.up_to)]);
}
