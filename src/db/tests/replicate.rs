//! Rows between a device and a server, without a network.

use super::fixture::*;
use crate::base::{
    AgentId, Announce, Attached, ChangeSet, Code, DbId, DownMark, EpochId, Group, Level, Position, Role, State, Stream, Value,
    Way,
};
use crate::db::*;

/// A device and a server that know each other.
pub struct Pair {
    pub device: Connection,
    pub server: Connection,
    pub agent: AgentId,
    pub up: Position,
    pub down: Position,
    /// The next batch is the first on its link.
    begins: bool,
}

/// The upward stream to a parent, or of a neighbour.
pub fn up(agent: AgentId) -> Stream {
    Stream { agent, way: Way::Up, group: Group::USUAL }
}

/// The downward stream of an agent.
pub fn down(agent: AgentId) -> Stream {
    Stream { agent, way: Way::Down, group: Group::USUAL }
}

/// The set of a batch that has one.
pub fn own(changes: Changes) -> Option<ChangeSet> {
    match changes.next?.parcels.into_iter().next()? {
        OutgoingParcel::Own(set) => Some(set),
        OutgoingParcel::Kept { .. } => None,
    }
}

pub fn parcel(set: &ChangeSet) -> IncomingParcel {
    IncomingParcel { schema: 0, body: vec![], set: set.clone(), strange: vec![] }
}

/// Applies a set that has come in a stream.
pub fn apply(c: &mut Connection, stream: Stream, set: &ChangeSet, begins: bool) -> crate::base::Result<Applied> {
    let from = if stream.way == Way::Up { stream.agent } else { AgentId::SERVER };
    let (after, up_to) = (set.after, set.up_to);
    let parcels = [parcel(set)];
    c.apply(&Incoming { stream, from, begins, reconcile: false, after, up_to, as_of: up_to, parcels: &parcels })
}

/// Applies a downward batch or page as it was read on the server.
pub fn deliver(c: &mut Connection, stream: Stream, next: &Outgoing) -> crate::base::Result<Applied> {
    let parcels: Vec<IncomingParcel> = next
        .parcels
        .iter()
        .filter_map(|sent| if let OutgoingParcel::Own(set) = sent { Some(parcel(set)) } else { None })
        .collect();
    let Outgoing { after, up_to, as_of, reconcile, .. } = *next;
    c.apply(&Incoming { stream, from: AgentId::SERVER, begins: false, reconcile, after, up_to, as_of, parcels: &parcels })
}

/// What an agent without a history says of itself, `mark` being what it has of its downward stream.
pub fn announced(agent: AgentId, role: Role, mark: Position) -> Announce {
    Announce {
        agent,
        parent: agent,
        role,
        level: Level::DEVICE,
        db: DbId(9),
        schema_hash: 0,
        attachment: 1,
        epochs: vec![],
        beats: vec![],
        down: vec![DownMark { group: Group::USUAL, mark, top: mark, from: mark }],
        reconcile: false,
    }
}

impl Pair {
    pub fn new(device: Connection, server: Connection) -> Self {
        let agent = device.database().node().unwrap().agent;
        let (up, down) = (Position::default(), Position::default());
        let mut pair = Pair { device, server, agent, up, down, begins: true };
        pair.attach();
        pair
    }

    /// What a new link begins with; what was on its way is forgotten.
    pub fn attach(&mut self) -> Attached {
        let announce = self.device.describe(self.agent).unwrap().unwrap();
        let attached = self.server.attach(&announce, self.agent).unwrap();
        let db = self.server.database().node().unwrap().db;
        self.device.begin_streams(AgentId::SERVER, db, &attached.received).unwrap();
        self.up = self.device.word(attached.word.as_ref().unwrap()).unwrap().get(Group::USUAL);
        self.down = attached.down.get(Group::USUAL);
        self.begins = true;
        attached
    }

    pub fn read_up(&mut self, bytes: usize) -> Option<ChangeSet> {
        own(self.device.read_changes(up(AgentId::SERVER), self.up, bytes, false, &|_| true).unwrap())
    }

    pub fn read_down(&mut self, bytes: usize) -> Option<ChangeSet> {
        own(self.server.read_changes(down(self.agent), self.down, bytes, false, &|_| true).unwrap())
    }

    pub fn apply_up(&mut self, set: &ChangeSet) -> crate::base::Result<Applied> {
        apply(&mut self.server, up(self.agent), set, false)
    }

    /// One batch up; `ack`: whether the acknowledgment arrives, and what the server has to say.
    pub fn push(&mut self, bytes: usize, ack: bool) -> Option<Applied> {
        let set = self.read_up(bytes)?;
        let applied = apply(&mut self.server, up(self.agent), &set, std::mem::take(&mut self.begins)).unwrap();
        assert_eq!(applied.mark, set.up_to);
        if ack {
            self.device.save_mark(up(AgentId::SERVER), applied.mark).unwrap();
            if let Some((_, word)) = applied.confirmed.first() {
                self.device.word(word).unwrap();
            }
        }
        self.up = set.up_to;
        Some(applied)
    }

    /// One batch down, or a page.
    pub fn pull(&mut self, bytes: usize, ack: bool) -> Option<Applied> {
        let next = self.server.read_changes(down(self.agent), self.down, bytes, false, &|_| true).unwrap().next?;
        let applied = deliver(&mut self.device, down(self.agent), &next).unwrap();
        assert_eq!(applied.mark, next.up_to);
        if ack {
            self.server.save_mark(down(self.agent), applied.mark).unwrap();
        }
        self.down = next.up_to;
        Some(applied)
    }

    pub fn sync(&mut self) {
        while self.push(1 << 18, true).is_some() {}
        while self.pull(1 << 18, true).is_some() {}
    }
}

/// A pair in memory; the databases live as long as what comes with it.
pub fn pair() -> (Pair, [Opened; 2]) {
    let (device, server) = (device(1000).memory(), server().memory());
    let pair = Pair::new(device.connect().unwrap(), server.connect().unwrap());
    (pair, [device, server])
}

pub fn log_records(c: &Connection) -> i64 {
    c.engine.query_row("SELECT count(*) FROM _mco_log", [], |row| row.get(0)).unwrap()
}

#[test]
fn rows_go_up_once_and_clear_removes_what_was_acknowledged() {
    let (mut pair, _open) = pair();
    commit(&mut pair.device, |c| {
        sensor(c, 1, 1.5);
        sensor(c, 2, 2.5);
    });
    pair.sync();
    commit(&mut pair.device, |c| sensor(c, 3, 3.5));
    pair.attach();
    pair.sync();
    let expected: Vec<Vec<Value>> = [(1, 1.5), (2, 2.5), (3, 3.5)]
        .map(|(ts, value)| vec![Value::UInt(ts), Value::UInt(1), Value::Real(value), Value::UInt(1000)])
        .to_vec();
    assert_eq!(all(&mut pair.server, SENSOR), expected);
    commit(&mut pair.device, |c| sensor(c, 4, 4.5));
    pair.device.clear(AgentId::SERVER, None).unwrap();
    assert_eq!(all(&mut pair.device, SENSOR).len(), 1, "the row that was not sent stays");
    pair.sync();
    pair.device.clear(AgentId::ALL, Some(SENSOR)).unwrap();
    assert_eq!(all(&mut pair.device, SENSOR).len(), 0);
    assert_eq!(all(&mut pair.server, SENSOR).len(), 4);
    assert_eq!(log_records(&pair.device), 0);
}

#[test]
fn a_repeated_batch_changes_nothing_and_a_gap_is_refused() {
    let (mut pair, _open) = pair();
    commit(&mut pair.device, |c| sensor(c, 1, 1.5));
    let first = pair.read_up(1 << 18).unwrap();
    assert_eq!(pair.push(1 << 18, false).unwrap().rows, 1);
    let again = pair.apply_up(&first).unwrap();
    assert_eq!((again.mark, again.rows), (first.up_to, 0));
    commit(&mut pair.device, |c| sensor(c, 2, 1.5));
    pair.up = pair.read_up(1 << 18).unwrap().up_to;
    commit(&mut pair.device, |c| sensor(c, 3, 1.5));
    let third = pair.read_up(1 << 18).unwrap();
    assert_eq!(pair.apply_up(&third).unwrap_err().code, Code::E_IOT_TS_GAP);
    assert_eq!(all(&mut pair.server, SENSOR).len(), 1);
}

#[test]
fn what_was_read_again_from_an_earlier_point_has_to_be_of_the_same_history() {
    let (mut pair, _open) = pair();
    let start = pair.up;
    commit(&mut pair.device, |c| sensor(c, 1, 1.5));
    pair.push(1 << 18, false).unwrap();
    commit(&mut pair.device, |c| sensor(c, 2, 1.5));
    pair.up = start;
    let again = pair.read_up(1 << 18).unwrap();
    let strange = ChangeSet { up_to: Position { epoch: EpochId(7), ..again.up_to }, ..again.clone() };
    assert_eq!(pair.apply_up(&strange).unwrap_err().code, Code::E_IOT_TS_GAP);
    assert_eq!(all(&mut pair.server, SENSOR).len(), 1);
    assert_eq!(pair.apply_up(&again).unwrap().mark, again.up_to);
    assert_eq!(all(&mut pair.server, SENSOR).len(), 2);
}

#[test]
fn configuration_reaches_its_receiver_alone() {
    let server = server().memory();
    let devices = [device(1000).memory(), device(1001).memory()];
    let mut pairs = devices.each_ref().map(|d| Pair::new(d.connect().unwrap(), server.connect().unwrap()));
    let mut boss = server.connect().unwrap();
    commit(&mut boss, |c| {
        config(c, 1, "all", 0);
        config(c, 2, "first", 1000);
        config(c, 3, "second", 1001);
    });
    pairs.iter_mut().for_each(Pair::sync);
    let params = |p: &mut Pair| -> Vec<Value> { all(&mut p.device, CONFIG).into_iter().map(|r| r[0].clone()).collect() };
    let [a, b] = &mut pairs;
    assert_eq!(params(a), [1, 2].map(Value::UInt));
    assert_eq!(params(b), [1, 3].map(Value::UInt));
    commit(&mut boss, |c| {
        let (to_b, gone) = (c.find(1, &[Value::UInt(2)]).unwrap(), c.find(1, &[Value::UInt(1)]).unwrap());
        c.set_value(to_b, 2, Value::UInt(1001)).unwrap();
        c.delete(gone).unwrap();
    });
    let set = a.read_down(1 << 18).unwrap();
    assert!(set.changes.iter().all(|c| c.state == State::Removed), "{set:?}");
    a.sync();
    b.sync();
    assert_eq!(params(a), []);
    assert_eq!(params(b), [2, 3].map(Value::UInt));
    assert_eq!(log_records(&boss), 2, "both devices know of what was removed, one record a row is left");
}

#[test]
fn a_row_updated_for_ever_costs_two_keys() {
    let (mut pair, _open) = pair();
    commit(&mut pair.device, |c| (0..100).map(|i| sensor(c, i, 0.0)).count());
    for i in 0..300 {
        commit(&mut pair.device, |c| {
            let hot = c.find(0, &[Value::UInt(50), Value::UInt(1)]).unwrap();
            c.set_value(hot, 2, Value::Real(f64::from(i))).unwrap();
        });
        assert!(log_records(&pair.device) <= 3, "{i}");
        if i % 50 == 10 {
            pair.push(1 << 18, true);
        }
    }
    pair.sync();
    assert!(all(&mut pair.server, SENSOR).iter().any(|row| row[2] == Value::Real(299.0)));
}

#[test]
fn a_large_transaction_goes_in_several_batches() {
    let (mut pair, _open) = pair();
    commit(&mut pair.device, |c| (0..20_000).map(|i| sensor(c, i, 0.0)).count());
    let mut batches = 0;
    while let Some(set) = pair.read_up(1 << 18) {
        let bytes: usize = set.changes.iter().map(|c| 16 + 27 + usize::from(c.class == 9)).sum();
        assert!(bytes <= 1 << 18, "{bytes}");
        pair.push(1 << 18, true);
        pair.attach();
        batches += 1;
    }
    assert!(batches > 2);
    assert_eq!(all(&mut pair.server, SENSOR).len(), 20_000);
}

#[test]
fn a_row_deleted_on_the_server_returns_only_when_its_origin_changes_it() {
    let (mut pair, _open) = pair();
    commit(&mut pair.device, |c| sensor(c, 1, 1.0));
    commit(&mut pair.device, |c| sensor(c, 2, 1.0));
    commit(&mut pair.device, |c| {
        let first = c.find(0, &[Value::UInt(1), Value::UInt(1)]).unwrap();
        c.set_value(first, 2, Value::Real(2.0)).unwrap();
    });
    // The first batch ends at the first commit and has the row as of the third.
    pair.push(1, true);
    assert_eq!(all(&mut pair.server, SENSOR)[0][2], Value::Real(2.0));
    commit(&mut pair.server, |c| c.delete_all(SENSOR).unwrap());
    pair.sync();
    assert_eq!(all(&mut pair.server, SENSOR).len(), 1, "the version that was deleted came again and stayed away");
    let graves: i64 = pair.server.engine.query_row("SELECT count(*) FROM _mco_graves", [], |row| row.get(0)).unwrap();
    assert_eq!(graves, 0);
    commit(&mut pair.device, |c| {
        let first = c.find(0, &[Value::UInt(1), Value::UInt(1)]).unwrap();
        c.set_value(first, 2, Value::Real(3.0)).unwrap();
    });
    pair.sync();
    assert_eq!(all(&mut pair.server, SENSOR).len(), 2);
}

#[test]
fn rows_may_exchange_unique_keys_and_a_row_in_the_way_sets_another_aside() {
    let (mut pair, _open) = pair();
    commit(&mut pair.server, |c| (1..=3).map(|i| config(c, i, &i.to_string(), 0)).count());
    pair.sync();
    // 1 -> 2 -> 3 -> 1
    for (from, to) in [(3, 9), (2, 3), (1, 2), (9, 1)] {
        commit(&mut pair.server, |c| {
            let object = c.find(1, &[Value::UInt(from)]).unwrap();
            c.set_value(object, 0, Value::UInt(to)).unwrap();
        });
    }
    let applied = pair.pull(1 << 18, true).unwrap();
    assert_eq!((applied.code, applied.rows), (Code::S_OK, 3));
    let expected = [(2, "1"), (3, "2"), (1, "3")].map(|(p, v)| vec![Value::UInt(p), Value::from(v.as_bytes())]);
    assert_eq!(all(&mut pair.device, CONFIG), expected);
}

#[test]
fn a_row_that_collides_is_kept_aside_and_the_rest_goes_on() {
    let (schema, boss) = (weather(Role::Server, 1), device(1000).memory());
    // Unique over all devices, as a plain schema may have it.
    let mut schema = schema;
    schema.0.indexes[0].unique = true;
    schema.0.indexes[0].keys.remove(0);
    let server = schema.memory();
    let mut pair = Pair::new(boss.connect().unwrap(), server.connect().unwrap());
    let other = device(1001).memory();
    let mut second = Pair::new(other.connect().unwrap(), server.connect().unwrap());
    commit(&mut pair.device, |c| sensor(c, 1, 1.0));
    pair.sync();
    commit(&mut second.device, |c| (1..=2).map(|i| sensor(c, i, 2.0)).count());
    let applied = second.push(1 << 18, true).unwrap();
    assert_eq!((applied.code, applied.rows), (Code::S_DUPLICATE, 1));
    assert_eq!(all(&mut pair.server, SENSOR).len(), 2);
    let aside = |c: &Connection| -> i64 { c.engine.query_row("SELECT count(*) FROM _mco_quarantine", [], |r| r.get(0)).unwrap() };
    assert_eq!(aside(&second.server), 1);
    commit(&mut second.device, |c| {
        let first = c.find(0, &[Value::UInt(1), Value::UInt(1)]).unwrap();
        c.set_value(first, 0, Value::UInt(7)).unwrap();
    });
    second.sync();
    assert_eq!(aside(&second.server), 0, "the newer version fits and takes the place of the one set aside");
    assert_eq!(all(&mut pair.server, SENSOR).len(), 3);
}

#[test]
fn a_full_server_refuses_the_whole_batch() {
    let (device, server) = (device(1000).memory(), server().limited(1 << 20));
    let mut pair = Pair::new(device.connect().unwrap(), server.connect().unwrap());
    commit(&mut pair.device, |c| (0..20_000).map(|i| sensor(c, i, 0.5)).count());
    let mut code = Code::S_OK;
    while let Some(set) = pair.read_up(1 << 16) {
        if let Err(error) = pair.apply_up(&set) {
            code = error.code;
            break;
        }
        pair.up = set.up_to;
    }
    assert_eq!(code, Code::E_NOMEM);
    assert_eq!(pair.server.peers().unwrap()[0].received.get(Group::USUAL), pair.up);
    commit(&mut pair.server, |c| c.delete_all(SENSOR).unwrap());
    pair.push(1 << 12, true).unwrap();
    assert!(!all(&mut pair.server, SENSOR).is_empty());
}

#[test]
fn clear_on_the_server_leaves_rows_on_devices() {
    let (mut pair, _open) = pair();
    commit(&mut pair.server, |c| {
        config(c, 1, "common", 0);
        config(c, 2, "private", 1000);
        config(c, 3, "other", 1001);
    });
    pair.server.clear(AgentId::ALL, None).unwrap();
    assert_eq!(all(&mut pair.server, CONFIG).len(), 3, "nothing is acknowledged yet");
    pair.sync();
    pair.server.clear(AgentId(1000), None).unwrap();
    assert_eq!(all(&mut pair.server, CONFIG).len(), 2);
    pair.server.clear(AgentId::ALL_DOWN, Some(CONFIG)).unwrap();
    assert_eq!(all(&mut pair.server, CONFIG).len(), 1, "no receiver has the third");
    commit(&mut pair.server, |c| config(c, 4, "new", 0));
    pair.sync();
    assert_eq!(all(&mut pair.device, CONFIG).len(), 3);
    assert_eq!(pair.server.clear(AgentId::THIS, None).unwrap_err().code, Code::E_IOT_WRONG_AGENT_ID);
    assert_eq!(pair.server.clear(AgentId(7), None), Ok(()));
    assert_eq!(pair.server.clear(AgentId::ALL, Some(99)).unwrap_err().code, Code::E_ILLEGAL_PARAM);
}

#[test]
fn what_contradicts_itself_is_refused_whole() {
    let (mut pair, _open) = pair();
    commit(&mut pair.device, |c| (0..3).map(|i| sensor(c, i, 0.5)).count());
    let good = pair.read_up(1 << 18).unwrap();
    let faults: [fn(&mut ChangeSet); 9] = [
        |set| set.changes[1].ts.0 += 1000,
        |set| set.changes[1].epoch.0 ^= 1,
        |set| set.changes[1].class = 9,
        |set| set.changes[1].class = CONFIG,
        |set| set.changes[1].agent = AgentId(5),
        |set| set.changes[1].state = State::Removed,
        |set| set.changes[1].state = State::Row(vec![]),
        |set| set.notes[0].to.0 += 1000,
        |set| set.epochs[0].agent = AgentId(5),
    ];
    for (number, spoil) in faults.iter().enumerate() {
        let mut set = good.clone();
        spoil(&mut set);
        assert_eq!(pair.apply_up(&set).unwrap_err().code, Code::E_IOT_PROTOCOLERR, "{number}");
        assert_eq!(all(&mut pair.server, SENSOR).len(), 0, "{number}");
    }
    let unknown = apply(&mut pair.server, up(AgentId(77)), &good, false);
    assert_eq!(unknown.unwrap_err().code, Code::E_IOT_AGENT_NOT_FOUND);
    let mut set = good.clone();
    set.changes[1].state = State::Row(vec![Value::UInt(1), Value::UInt(1 << 40), Value::Real(0.5)]);
    let applied = pair.apply_up(&set).unwrap();
    assert_eq!((applied.code, applied.rows), (Code::E_CONVERSION, 2));
    let bad = Position { ts: crate::base::Timestamp(999), ..good.up_to };
    assert_eq!(pair.device.save_mark(up(AgentId::SERVER), bad).unwrap_err().code, Code::E_IOT_PROTOCOLERR);
}

#[test]
fn a_batch_that_overlaps_what_was_received_brings_nothing_back() {
    let (mut pair, _open) = pair();
    commit(&mut pair.device, |c| sensor(c, 1, 1.0));
    let first = pair.read_up(1 << 18).unwrap();
    commit(&mut pair.device, |c| sensor(c, 2, 2.0));
    let both = pair.read_up(1 << 18).unwrap();
    pair.apply_up(&first).unwrap();
    commit(&mut pair.server, |c| c.delete_all(SENSOR).unwrap());
    assert_eq!(apply(&mut pair.server, up(AgentId(1000)), &both, true).unwrap().rows, 1);
    assert_eq!(all(&mut pair.server, SENSOR).len(), 1);
}

#[test]
fn a_row_that_was_cleared_is_not_removed_from_a_device_that_starts_again() {
    let (mut pair, open) = pair();
    let away = device(1001).memory();
    let _away = Pair::new(away.connect().unwrap(), open[1].connect().unwrap());
    let row = commit(&mut pair.server, |c| {
        let object = config(c, 1, "x", 0);
        c.identity(object).unwrap()
    });
    pair.sync();
    commit(&mut pair.server, |c| {
        let object = c.find(1, &[Value::UInt(1)]).unwrap();
        c.set_value(object, 2, Value::UInt(1000)).unwrap();
    });
    pair.sync();
    pair.server.clear(AgentId(1000), None).unwrap();
    assert_eq!(all(&mut pair.server, CONFIG).len(), 0);
    let again = |c: &mut Connection, agent| {
        let set = own(c.read_changes(down(AgentId(agent)), Position::default(), 1 << 18, false, &|_| true).unwrap());
        set.into_iter().flat_map(|set| set.changes).filter(|change| change.id == row).count()
    };
    assert_eq!(again(&mut pair.server, 1000), 0);
    assert_eq!(again(&mut pair.server, 1001), 1, "who must not have it is told");
}

#[test]
fn a_history_that_runs_in_a_circle_holds_nobody_up() {
    let (mut pair, _open) = pair();
    commit(&mut pair.device, |c| sensor(c, 1, 1.0));
    let mut set = pair.read_up(1 << 18).unwrap();
    let mut second = set.epochs[0];
    second.id.0 ^= 1;
    set.epochs[0].before = second.id;
    second.first.0 = set.up_to.ts.0 + 1;
    second.last = second.first;
    second.before = set.epochs[0].id;
    second.left = set.up_to.ts;
    set.notes.push(crate::base::Range { epoch: second.id, from: set.up_to.ts, to: second.last });
    set.up_to = Position { ts: second.last, epoch: second.id };
    set.epochs.push(second);
    pair.apply_up(&set).unwrap();
    commit(&mut pair.server, |c| c.delete_all(SENSOR).unwrap());
}

#[test]
fn an_epoch_that_was_left_after_it_began_is_refused() {
    let (mut p, _open) = pair();
    commit(&mut p.device, |c| sensor(c, 1, 1.5));
    let mut announce = p.device.describe(p.agent).unwrap().unwrap();
    announce.epochs.first_mut().unwrap().left = crate::base::Timestamp(u64::MAX);
    let error = p.server.attach(&announce, p.agent).unwrap_err();
    assert_eq!(error.code, Code::E_IOT_PROTOCOLERR, "{}", error.text);
    let mut set = p.read_up(1 << 18).unwrap();
    set.epochs.first_mut().unwrap().left = crate::base::Timestamp(u64::MAX);
    let error = apply(&mut p.server, up(p.agent), &set, true).unwrap_err();
    assert_eq!(error.code, Code::E_IOT_PROTOCOLERR, "{}", error.text);
    p.attach();
    p.sync();
    assert_eq!(all(&mut p.server, SENSOR).len(), 1);
}
