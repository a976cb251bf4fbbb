//! A router between a device and a server: what it keeps, holds and shows.

use super::fixture::*;
use super::replicate::{announced, down, own, parcel, up};
use crate::base::{AgentId, ChangeSet, Code, Group, Position, Role, Stream, Value};
use crate::db::*;

pub const DEVICE: AgentId = AgentId(1000);
pub const ROUTER: AgentId = AgentId(50);
pub const OTHER: AgentId = AgentId(1001);
pub const MANY: usize = 1 << 18;

pub struct Tree {
    pub device: Connection,
    pub router: Connection,
    pub server: Connection,
    /// Parcels that were sent, by their bytes.
    sent: Vec<ChangeSet>,
    _open: [Opened; 3],
}

impl Tree {
    pub fn new() -> Tree {
        Tree::limited(0)
    }

    /// With so many bytes for the router.
    pub fn limited(bytes: u64) -> Tree {
        let open = [device(DEVICE.0).memory(), router(ROUTER.0).limited(bytes), server().memory()];
        let [device, router, server] = [0, 1, 2].map(|at| open.get(at).unwrap().connect().unwrap());
        let mut tree = Tree { device, router, server, sent: vec![], _open: open };
        tree.attach_router();
        tree.attach_device();
        tree
    }

    fn attach_router(&mut self) {
        let announce = self.router.describe(ROUTER).unwrap().unwrap();
        let attached = self.server.attach(&announce, ROUTER).unwrap();
        let db = self.server.database().node().unwrap().db;
        self.router.begin_streams(AgentId::SERVER, db, &attached.received).unwrap();
        self.router.word(attached.word.as_ref().unwrap()).unwrap();
    }

    /// Gives where the server goes on for the device.
    fn attach_device(&mut self) -> Position {
        let announce = self.device.describe(DEVICE).unwrap().unwrap();
        let attached = self.router.attach(&announce, DEVICE).unwrap();
        let db = self.router.database().node().unwrap().db;
        self.device.begin_streams(ROUTER, db, &attached.received).unwrap();
        let announce = self.router.describe(DEVICE).unwrap().unwrap();
        let attached = self.server.attach(&announce, ROUTER).unwrap();
        self.device.word(attached.word.as_ref().unwrap()).unwrap();
        attached.down.get(Group::USUAL)
    }

    /// The parcels of a batch as they come out of the wire.
    pub fn carry(&mut self, parcels: Vec<OutgoingParcel>) -> Vec<IncomingParcel> {
        let mut list = Vec::new();
        for sent in parcels {
            let number = match sent {
                OutgoingParcel::Own(set) => {
                    self.sent.push(set);
                    self.sent.len() - 1
                }
                OutgoingParcel::Kept { body, .. } => usize::from(*body.first().unwrap()),
            };
            list.push(IncomingParcel { body: vec![u8::try_from(number).unwrap()], ..parcel(self.sent.get(number).unwrap()) });
        }
        list
    }

    /// One batch from the device to the router, or nothing.
    fn push(&mut self, after: Position, begins: bool) -> Option<Position> {
        let next = self.device.read_changes(up(ROUTER), after, MANY, false, &|_| true).unwrap().next?;
        let (after, up_to) = (next.after, next.up_to);
        let parcels = self.carry(next.parcels);
        let from = DEVICE;
        self.router.apply(&incoming(up(from), from, begins, after, up_to, &parcels)).unwrap();
        self.device.save_mark(up(ROUTER), up_to).unwrap();
        Some(up_to)
    }

    /// One batch from the router to the server.
    fn forward(&mut self, after: Position, bytes: usize) -> Option<(Position, Applied)> {
        let next = self.router.read_changes(up(AgentId::SERVER), after, bytes, false, &|_| true).unwrap().next?;
        let (after, up_to) = (next.after, next.up_to);
        let parcels = self.carry(next.parcels);
        let applied = self.server.apply(&incoming(up(ROUTER), ROUTER, true, after, up_to, &parcels)).unwrap();
        self.router.save_mark(up(AgentId::SERVER), up_to).unwrap();
        Some((up_to, applied))
    }

    /// One batch from the server to the router, for the device.
    pub fn send_down(&mut self, after: Position) -> Result<Option<Position>, Code> {
        let stream = down(DEVICE);
        let next = self.server.read_changes(stream, after, MANY, false, &|_| true).map_err(|e| e.code)?.next;
        let Some(next) = next else { return Ok(None) };
        let (after, up_to, as_of) = (next.after, next.up_to, next.as_of);
        let parcels = self.carry(next.parcels);
        let batch = Incoming { as_of, ..incoming(stream, AgentId::SERVER, false, after, up_to, &parcels) };
        self.router.apply(&batch).map_err(|e| e.code)?;
        Ok(Some(up_to))
    }

    /// One batch from the server for the router itself.
    fn own_batch(&mut self, after: Position) -> Position {
        let next = self.server.read_changes(down(ROUTER), after, MANY, false, &|_| true).unwrap().next.unwrap();
        let parcels = self.carry(next.parcels);
        self.router.apply(&incoming(down(ROUTER), AgentId::SERVER, false, after, next.up_to, &parcels)).unwrap();
        next.up_to
    }

    /// One batch of what the router holds, to the device.
    pub fn deliver(&mut self, after: Position) -> Result<Option<Position>, Code> {
        let stream = down(DEVICE);
        let next = self.router.read_changes(stream, after, MANY, false, &|_| true).map_err(|e| e.code)?.next;
        let Some(next) = next else { return Ok(None) };
        let (after, up_to, as_of) = (next.after, next.up_to, next.as_of);
        let parcels = self.carry(next.parcels);
        self.device.apply(&Incoming { as_of, ..incoming(stream, ROUTER, false, after, up_to, &parcels) }).map_err(|e| e.code)?;
        self.router.note_mark(stream, up_to).unwrap();
        self.router.save_mark(stream, up_to).unwrap();
        Ok(Some(up_to))
    }

    fn count(&self, table: &str) -> i64 {
        self.router.engine.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
    }
}

pub fn incoming<'a>(
    stream: Stream,
    from: AgentId,
    begins: bool,
    after: Position,
    up_to: Position,
    parcels: &'a [IncomingParcel],
) -> Incoming<'a> {
    Incoming { stream, from, begins, reconcile: false, after, up_to, as_of: Position::default(), parcels }
}

const START: Position = Position { ts: crate::base::Timestamp(0), epoch: crate::base::EpochId(0) };

#[test]
fn rows_go_through_a_router_unchanged_and_are_let_go_of_when_the_server_has_them() {
    let mut tree = Tree::new();
    commit(&mut tree.device, |c| sensor(c, 1, 1.5));
    commit(&mut tree.device, |c| sensor(c, 2, 2.5));
    let end = tree.push(START, true).unwrap();
    assert_eq!(tree.push(end, false), None);
    let shown = all(&mut tree.router, SENSOR);
    let ends = |row: &Vec<Value>| (row.get(3).cloned(), row.get(4).cloned());
    assert_eq!(shown.len(), 2);
    assert_eq!(shown.first().map(ends), Some((Some(Value::UInt(DEVICE.0)), Some(Value::UInt(1)))), "source and destination");
    assert_eq!(tree.count("_mco_transit"), 1);

    let (until, applied) = tree.forward(START, MANY).unwrap();
    assert_eq!(all(&mut tree.server, SENSOR).len(), 2);
    let word = applied.confirmed.iter().find(|(agent, _)| *agent == DEVICE).unwrap().1.clone();
    assert_eq!(word.confirmed.get(Group::USUAL), end, "the server says how much it has of the device itself");
    assert_eq!((tree.count("_mco_transit"), tree.count("_mco_shown"), all(&mut tree.router, SENSOR).len()), (0, 0, 0));
    tree.device.word(&word).unwrap();
    tree.device.clear(AgentId::SERVER, None).unwrap();
    assert!(all(&mut tree.device, SENSOR).is_empty());
    assert!(tree.forward(until, MANY).is_none_or(|(_, applied)| applied.rows == 0));
}

#[test]
fn what_the_server_has_goes_from_the_router_although_the_acknowledgment_was_lost() {
    let mut tree = Tree::new();
    commit(&mut tree.device, |c| sensor(c, 1, 1.5));
    tree.push(START, true).unwrap();
    let next = tree.router.read_changes(up(AgentId::SERVER), START, MANY, false, &|_| true).unwrap().next.unwrap();
    let (after, up_to) = (next.after, next.up_to);
    let parcels = tree.carry(next.parcels);
    tree.server.apply(&incoming(up(ROUTER), ROUTER, true, after, up_to, &parcels)).unwrap();
    assert_eq!(tree.count("_mco_transit"), 1);
    tree.attach_router();
    assert_eq!((tree.count("_mco_transit"), tree.count("_mco_shown"), all(&mut tree.router, SENSOR).len()), (0, 0, 0));
}

#[test]
fn rows_of_several_devices_in_one_batch_all_go_from_the_routers_tables() {
    let below = AgentId(60);
    let (mut router, _open) = limited_router(0);
    router.attach(&announced(below, Role::Router, START), below).unwrap();
    router.begin_streams(AgentId::SERVER, crate::base::DbId(9), &Default::default()).unwrap();
    let mut parcels = Vec::new();
    for agent in 1000..1005 {
        let open = device(agent).memory();
        let mut device = open.connect().unwrap();
        for key in 0..4 {
            commit(&mut device, |c| sensor(c, agent * 10 + key, 1.0));
        }
        let changes = device.read_changes(up(below), START, MANY, false, &|_| true).unwrap();
        parcels.push(parcel(&own(changes).unwrap()));
    }
    // What a router passes on in one batch it keeps with one timestamp.
    router.apply(&incoming(up(below), below, true, START, point(1), &parcels)).unwrap();
    assert_eq!(all(&mut router, SENSOR).len(), 20);
    let up_to = router.read_changes(up(AgentId::SERVER), START, MANY, false, &|_| true).unwrap().next.unwrap().up_to;
    router.save_mark(up(AgentId::SERVER), up_to).unwrap();
    assert_eq!(all(&mut router, SENSOR).len(), 0, "the node above has all of them");
}

#[test]
fn rows_that_were_shown_go_although_codes_have_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.db");
    let up_to = {
        let open = router(ROUTER.0).file(&path);
        let mut router = open.connect().unwrap();
        router.begin_streams(AgentId::SERVER, crate::base::DbId(9), &Default::default()).unwrap();
        router.attach(&announced(DEVICE, Role::Device, START), DEVICE).unwrap();
        let open_device = device(DEVICE.0).memory();
        let mut device = open_device.connect().unwrap();
        commit(&mut device, |c| sensor(c, 1, 1.0));
        let set = own(device.read_changes(up(ROUTER), START, MANY, false, &|_| true).unwrap()).unwrap();
        router.apply(&incoming(up(DEVICE), DEVICE, true, START, set.up_to, &[parcel(&set)])).unwrap();
        let up_to = router.read_changes(up(AgentId::SERVER), START, MANY, false, &|_| true).unwrap().next.unwrap().up_to;
        drop(router);
        close(open.name()).unwrap();
        up_to
    };
    let open = router(ROUTER.0).moved().file(&path);
    let mut router = open.connect().unwrap();
    assert_eq!(all(&mut router, SENSOR + 1).len(), 1);
    router.save_mark(up(AgentId::SERVER), up_to).unwrap();
    assert_eq!(all(&mut router, SENSOR + 1).len(), 0);
}

#[test]
fn what_the_routers_application_does_to_rows_of_others_changes_nothing_above() {
    let mut tree = Tree::new();
    commit(&mut tree.device, |c| sensor(c, 1, 1.5));
    commit(&mut tree.device, |c| sensor(c, 2, 2.5));
    tree.push(START, true).unwrap();
    commit(&mut tree.router, |c| {
        let cursor = CursorId(1);
        c.open_list(cursor, SENSOR).unwrap();
        let first = c.cursor_object(cursor, SENSOR).unwrap();
        c.set_value(first, 2, Value::Real(99.0)).unwrap();
        c.cursor_next(cursor).unwrap();
        let second = c.cursor_object(cursor, SENSOR).unwrap();
        c.delete(second).unwrap();
    });
    tree.router.clean().unwrap();
    tree.forward(START, MANY).unwrap();
    let values: Vec<_> = all(&mut tree.server, SENSOR).iter().map(|row| row.get(2).cloned().unwrap()).collect();
    assert_eq!(values, [Value::Real(1.5), Value::Real(2.5)]);
}

#[test]
fn a_routers_own_rows_go_with_those_of_others_in_whole_timestamps() {
    let mut tree = Tree::new();
    let mut at = START;
    for n in 1..=6 {
        commit(&mut tree.device, |c| sensor(c, n, 1.0));
        at = tree.push(at, n == 1).unwrap();
        commit(&mut tree.router, |c| sensor(c, 100 + n, 2.0));
    }
    let mut at = START;
    let mut batches = 0;
    while let Some((next, _)) = tree.forward(at, 1) {
        assert!(next.ts > at.ts);
        at = next;
        batches += 1;
    }
    assert!(batches >= 6, "each is as small as it may be");
    let rows = all(&mut tree.server, SENSOR);
    let of = |agent: u64| rows.iter().filter(|row| row.get(3) == Some(&Value::UInt(agent))).count();
    assert_eq!((of(DEVICE.0), of(ROUTER.0)), (6, 6));
    assert_eq!(all(&mut tree.router, SENSOR).len(), 6, "its own stay until they are cleared");
}

#[test]
fn a_device_that_speaks_for_another_is_refused_at_the_router() {
    let mut tree = Tree::new();
    commit(&mut tree.device, |c| sensor(c, 1, 1.5));
    let next = tree.device.read_changes(up(ROUTER), START, MANY, false, &|_| true).unwrap().next.unwrap();
    let mut set = own(Changes { next: Some(next), tail: START, waiting: None }).unwrap();
    set.changes.first_mut().unwrap().agent = OTHER;
    let parcels = [parcel(&set)];
    let error = tree.router.apply(&incoming(up(DEVICE), DEVICE, true, set.after, set.up_to, &parcels)).unwrap_err();
    assert_eq!(error.code, Code::E_IOT_PROTOCOLERR);
    assert_eq!(tree.count("_mco_transit"), 0);
}

#[test]
fn mail_waits_for_a_device_that_is_away_and_is_served_only_from_exactly_its_mark() {
    let mut tree = Tree::new();
    commit(&mut tree.server, |c| config(c, 1, "common", 0));
    commit(&mut tree.server, |c| config(c, 2, "private", DEVICE.0));
    let end = tree.send_down(START).unwrap().unwrap();
    assert_eq!(all(&mut tree.router, CONFIG).len(), 2, "shown on the way");
    // The device comes again with the same mark: the server goes on behind what the router holds.
    assert_eq!(tree.attach_device(), end);
    assert_eq!(tree.deliver(START).unwrap(), Some(end));
    assert_eq!(all(&mut tree.device, CONFIG).len(), 2);
    assert_eq!((tree.deliver(end).unwrap(), tree.count("_mco_mail")), (None, 0));

    commit(&mut tree.server, |c| config(c, 3, "later", 0));
    let later = tree.send_down(end).unwrap().unwrap();
    assert_eq!(tree.deliver(START), Err(Code::E_IOT_TS_GAP), "it does not reach back");
    // Another mark: nothing of it fits.
    let announce = announced(DEVICE, Role::Device, START);
    let attached = tree.router.attach(&announce, DEVICE).unwrap();
    assert_eq!((attached.held.get(Group::USUAL), tree.count("_mco_mail")), (START, 0));
    assert_eq!(tree.deliver(START), Ok(None));
    assert_eq!(tree.send_down(later).map(|_| ()), Ok(()));
    let set = tree.server.read_changes(down(DEVICE), end, MANY, false, &|_| true).unwrap().next.unwrap();
    let parcels = tree.carry(set.parcels);
    let error = tree.router.apply(&incoming(down(DEVICE), AgentId::SERVER, false, end, later, &parcels)).unwrap_err();
    assert_eq!(error.code, Code::E_IOT_TS_GAP, "it does not follow");
}

/// What a router shows of private rows does not grow for ever, and does not end with the oldest.
#[test]
fn private_rows_that_have_arrived_make_room_for_new_ones_in_the_view() {
    let mut tree = Tree::limited(1 << 20);
    commit(&mut tree.server, |c| config(c, 1, "common", 0));
    let mut at = START;
    let mut most = 0;
    for n in 2..200 {
        commit(&mut tree.server, |c| config(c, n, &"private ".repeat(1000), DEVICE.0));
        let end = tree.send_down(at).unwrap().unwrap();
        let shown: Vec<_> = all(&mut tree.router, CONFIG).iter().filter_map(|row| row.first().cloned()).collect();
        assert!(shown.contains(&Value::UInt(n)), "row {n} is not shown");
        assert!(shown.contains(&Value::UInt(1)), "common rows stay");
        most = most.max(shown.len());
        assert_eq!(tree.deliver(at).unwrap(), Some(end));
        at = end;
    }
    assert!((10..100).contains(&most), "{most} rows are shown");
    assert_eq!(all(&mut tree.device, CONFIG).len(), 199, "it is only a view");
}

#[test]
fn private_rows_that_have_not_arrived_stay_in_the_view() {
    let mut tree = Tree::limited(1 << 20);
    let mut at = START;
    for n in 0..100 {
        commit(&mut tree.server, |c| config(c, n, &"private ".repeat(1000), DEVICE.0));
        match tree.send_down(at) {
            Ok(end) => at = end.unwrap(),
            Err(code) => assert_eq!(code, Code::E_NOMEM),
        }
    }
    let shown = all(&mut tree.router, CONFIG);
    assert!(shown.len() > 10 && shown.first().and_then(|row| row.first()) == Some(&Value::UInt(0)), "{} rows", shown.len());
}

#[test]
fn a_common_row_that_the_router_knows_to_be_removed_is_passed_on_and_not_shown_again() {
    let mut tree = Tree::new();
    commit(&mut tree.server, |c| (1..=2).map(|n| config(c, n, "common", 0)).count());
    let late = tree.server.read_changes(down(DEVICE), START, MANY, false, &|_| true).unwrap().next.unwrap();
    let both = tree.own_batch(START);
    assert_eq!(all(&mut tree.router, CONFIG).len(), 2);
    commit(&mut tree.server, |c| {
        c.open_list(CursorId(1), CONFIG).unwrap();
        let first = c.cursor_object(CursorId(1), CONFIG).unwrap();
        c.delete(first).unwrap();
    });
    tree.own_batch(both);
    assert_eq!(all(&mut tree.router, CONFIG).len(), 1);
    // What the server has sent before comes later, over another stream.
    let up_to = late.up_to;
    let parcels = tree.carry(late.parcels);
    tree.router.apply(&incoming(down(DEVICE), AgentId::SERVER, false, START, up_to, &parcels)).unwrap();
    assert_eq!(all(&mut tree.router, CONFIG).len(), 1);
    tree.deliver(START).unwrap();
    assert_eq!(all(&mut tree.device, CONFIG).len(), 2, "the device hears of the removal in its turn");
}

#[test]
fn a_slow_device_fills_its_own_box_only() {
    let mut tree = Tree::new();
    tree.router.attach(&announced(OTHER, Role::Device, START), OTHER).unwrap();
    let parcels = [IncomingParcel { body: vec![0; 200_000], ..parcel(&ChangeSet::default()) }];
    let mut fill = |agent: AgentId| {
        let at = |n: u64| Position { ts: crate::base::Timestamp(n), epoch: crate::base::EpochId(n.min(1) * 7) };
        (0..40).find_map(|n| {
            let batch = incoming(down(agent), AgentId::SERVER, false, at(n), at(n + 1), &parcels);
            tree.router.apply(&batch).err().map(|error| (n, error.code))
        })
    };
    assert_eq!(fill(DEVICE), Some((5, Code::E_NOMEM)), "about one window");
    assert_eq!(fill(OTHER), Some((5, Code::E_NOMEM)));
}

/// A router with a limit, with devices attached that have nothing yet.
fn limited_router(limit: u64) -> (Connection, Opened) {
    let open = router(ROUTER.0).limited(limit);
    let mut router = open.connect().unwrap();
    for agent in [DEVICE, OTHER] {
        router.attach(&announced(agent, Role::Device, START), agent).unwrap();
    }
    (router, open)
}

fn point(n: u64) -> Position {
    Position { ts: crate::base::Timestamp(n), epoch: crate::base::EpochId(n.min(1) * 7) }
}

/// Parcels of so many bytes, whatever is in them.
fn bodies<const N: usize>(bytes: usize) -> [IncomingParcel; N] {
    [0; N].map(|_| IncomingParcel { body: vec![0; bytes], ..parcel(&ChangeSet::default()) })
}

#[test]
fn a_router_takes_what_fits_into_the_free_half_of_its_limit() {
    const LIMIT: usize = 8 << 20;
    let (mut router, _open) = limited_router(LIMIT as u64);
    // Mail for somebody else must not stand in the way of what goes up.
    for n in 0..5 {
        let small = bodies::<1>(200_000);
        router.apply(&incoming(down(OTHER), AgentId::SERVER, false, point(n), point(n + 1), &small)).unwrap();
    }
    let row = bodies::<1>(LIMIT * 49 / 100);
    router.apply(&incoming(up(DEVICE), DEVICE, true, START, point(1), &row)).unwrap();
    let error = router.apply(&incoming(up(OTHER), OTHER, true, START, point(1), &row)).unwrap_err();
    assert_eq!(error.code, Code::E_NOMEM, "there will be room when the first one is gone");
    router.let_go(Group::USUAL, crate::base::Timestamp(u64::from(u32::MAX))).unwrap();
    router.apply(&incoming(up(OTHER), OTHER, true, START, point(1), &bodies::<1>(LIMIT * 90 / 100))).unwrap();
}

#[test]
fn a_letter_larger_than_all_mail_may_be_goes_alone() {
    const LIMIT: usize = 8 << 20;
    let (mut router, _open) = limited_router(LIMIT as u64);
    let small = bodies::<1>(200_000);
    router.apply(&incoming(down(OTHER), AgentId::SERVER, false, START, point(1), &small)).unwrap();
    let large = bodies::<1>(LIMIT * 49 / 100);
    router.apply(&incoming(down(DEVICE), AgentId::SERVER, false, START, point(1), &large)).unwrap();
}

#[test]
fn what_can_never_fit_is_told_from_what_has_no_room_now() {
    const LIMIT: usize = 8 << 20;
    let (mut router, _open) = limited_router(LIMIT as u64);
    let huge = bodies::<1>(LIMIT);
    for stream in [up(DEVICE), down(DEVICE)] {
        let from = if stream.way == crate::base::Way::Up { DEVICE } else { AgentId::SERVER };
        let begins = from == DEVICE;
        let error = router.apply(&incoming(stream, from, begins, START, point(1), &huge)).unwrap_err();
        assert_eq!(error.code, Code::E_UNSUPPORTED, "{}", error.text);
        assert!(error.text.contains("raise the limit"), "{}", error.text);
    }
    // Several that are too much together are no such case: they come again in smaller batches.
    let error = router.apply(&incoming(up(DEVICE), DEVICE, true, START, point(1), &bodies::<3>(LIMIT * 2 / 5))).unwrap_err();
    assert_eq!(error.code, Code::E_NOMEM);
    router.apply(&incoming(up(OTHER), OTHER, true, START, point(1), &bodies::<1>(1000))).unwrap();
}

#[test]
fn a_batch_for_a_node_below_has_one_parcel() {
    let (mut router, _open) = limited_router(0);
    for parcels in [vec![], bodies::<2>(100).to_vec()] {
        let error = router.apply(&incoming(down(DEVICE), AgentId::SERVER, false, START, point(1), &parcels)).unwrap_err();
        assert_eq!(error.code, Code::E_IOT_PROTOCOLERR, "{}", error.text);
    }
    let text = "SELECT count(*) FROM _mco_mail";
    assert_eq!(router.engine.query_row(text, [], |row| row.get::<_, i64>(0)).unwrap(), 0);
    router.apply(&incoming(down(DEVICE), AgentId::SERVER, false, START, point(1), &bodies::<1>(100))).unwrap();
}
