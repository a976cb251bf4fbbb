//! What stands around a reconcile: clear, groups, classes that are new at the agent, routers in between.

use super::fixture::*;
use super::lane::*;
use super::replicate::{announced, apply, deliver, down, own, parcel, up};
use crate::base::{AgentId, Announce, Code, EpochId, Group, Marks, Position, Role, Timestamp, Value};
use crate::db::*;
use crate::schema::{FieldType, Travel};

const LIMIT: u16 = 4;
const ROUTER: AgentId = AgentId(50);

/// With a second downtable, which comes last.
fn with_limits(role: Role, agent: u64) -> Schema {
    weather(role, agent).class("Limit", Travel::Down, &[("n", FieldType::Unsigned(4)), ("text", FieldType::String)])
}

fn limit(c: &mut Connection, n: u64, receiver: u64) {
    put(c, LIMIT, &[Value::UInt(n), Value::from(&b"x"[..]), Value::UInt(receiver)]);
}

fn describe(store: &mut Store) -> Announce {
    store.c.describe(AGENT).unwrap().unwrap()
}

fn limits(store: &mut Store) -> Vec<u64> {
    values(&mut store.c, LIMIT).into_iter().map(|(n, _)| n).collect()
}

fn params(c: &mut Connection) -> Vec<u64> {
    values(c, CONFIG).into_iter().map(|(n, _)| n).collect()
}

/// A server with two groups and a device that has everything of both.
fn two_groups(folder: &std::path::Path) -> (Store, Store) {
    let mut s = Store::new(folder, "server.db", with_limits(Role::Server, 1));
    let mut d = Store::new(folder, "device.db", with_limits(Role::Device, AGENT.0));
    s.c.set_group(LIMIT, Group(3)).unwrap();
    commit(&mut s.c, |c| {
        (1..=3).for_each(|n| {
            config(c, n, "x", 0);
            limit(c, n, 0);
        })
    });
    assert_eq!(sync(&mut s, &mut d, MANY), 0);
    (s, d)
}

#[test]
fn each_group_is_reconciled_for_its_classes_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (mut s, mut d) = two_groups(folder.path());
    s.c.own_transaction(|c| {
        let now = c.in_transaction()?.state.now();
        c.raise_horizon(0, Group(3), now)
    })
    .unwrap();
    // Removed without a word, as if forgotten beyond the horizon; of the other group the log would have to tell.
    s.c.engine.execute_batch("DELETE FROM \"Limit\" WHERE n = 2; DELETE FROM Config WHERE param = 2").unwrap();
    let starts = attach(&mut s, &mut d).down;
    assert_eq!((starts.get(Group(0)), starts.get(Group(3))), (describe(&mut d).down[0].mark, Position::default()));
    assert_eq!(drain(&mut s, &mut d, &starts, MANY), 1);
    assert_eq!((limits(&mut d), params(&mut d.c)), (vec![1, 3], vec![1, 2, 3]));
}

#[test]
fn one_mark_of_another_history_is_enough_for_all_groups() {
    let folder = tempfile::tempdir().unwrap();
    let (mut s, mut d) = two_groups(folder.path());
    let mut announce = describe(&mut d);
    for down in &mut announce.down {
        if down.group == Group(3) {
            down.top = Position { ts: Timestamp(5), epoch: EpochId(99) };
        }
    }
    let attached = s.c.attach(&announce, AGENT).unwrap();
    assert!(attached.down.iter().all(|(_, start)| start == Position::default()), "{attached:?}");
    assert_eq!(drain(&mut s, &mut d, &attached.down, MANY), 2);
    assert_eq!((limits(&mut d), params(&mut d.c)), (vec![1, 2, 3], vec![1, 2, 3]));
}

#[test]
fn a_device_with_a_new_class_says_so_until_every_group_has_come() {
    let folder = tempfile::tempdir().unwrap();
    let mut s = Store::new(folder.path(), "server.db", with_limits(Role::Server, 1));
    let mut d = Store::new(folder.path(), "device.db", device(AGENT.0));
    s.c.set_group(LIMIT, Group(3)).unwrap();
    commit(&mut s.c, |c| {
        config(c, 1, "x", 0);
        config(c, 2, "cleared", AGENT.0);
        limit(c, 7, AGENT.0);
    });
    let starts = attach(&mut s, &mut d).down;
    // It does not know the class.
    for group in [0, 3] {
        let known = |class: u16| class != LIMIT;
        let next = s.c.read_changes(in_group(group), starts.get(Group(group)), MANY, false, &known).unwrap().next.unwrap();
        deliver(&mut d.c, in_group(group), &next).unwrap();
        s.c.save_mark(in_group(group), next.up_to).unwrap();
    }
    s.c.clear(AGENT, Some(CONFIG)).unwrap();
    let mut d = d.upgrade(with_limits(Role::Device, AGENT.0));
    let announce = describe(&mut d);
    assert!(announce.reconcile && announce.down.iter().all(|down| down.mark != Position::default()));
    let starts = attach(&mut s, &mut d).down;
    s.c.clear(AGENT, None).unwrap();
    assert_eq!(all(&mut s.c, LIMIT).len(), 1, "its mark is of a time without the class");
    assert_eq!(s.c.gaps().unwrap(), [], "it lacks nothing that it had");
    assert_eq!(drain(&mut s, &mut d, &Marks::of(Group(0), starts.get(Group(0))), MANY), 1);
    assert!(describe(&mut d).reconcile, "the new class is in the other group");
    assert_eq!(sync(&mut s, &mut d, MANY), 2);
    assert_eq!((limits(&mut d), params(&mut d.c)), (vec![7], vec![1, 2]));
    assert!(!describe(&mut d).reconcile);
    s.c.clear(AGENT, None).unwrap();
    assert_eq!(all(&mut s.c, LIMIT).len(), 0);
    assert_eq!(sync(&mut s, &mut d, MANY), 0);
}

#[test]
fn what_is_removed_on_the_server_alone_meanwhile_stays_at_the_agent() {
    let folder = tempfile::tempdir().unwrap();
    let (mut s, mut d) = two_groups(folder.path());
    commit(&mut s.c, |c| (4..=6).map(|n| config(c, n, "x", 0)).count());
    sync(&mut s, &mut d, MANY);
    // A clear may have looked at the marks before the device came back with less.
    let mut announce = describe(&mut d);
    announce.reconcile = true;
    let start = s.c.attach(&announce, AGENT).unwrap().down.get(Group(0));
    let (at, _) = step(&mut s, &mut d, in_group(0), start, 1).unwrap();
    s.c.clear(AgentId::ALL, None).unwrap();
    assert_eq!(params(&mut s.c).len(), 6);
    s.c.clean().unwrap();
    let first = next(&mut s, in_group(0), at, 1).unwrap();
    assert_eq!(first.after, Position::default(), "what the first page says is not true any more");
    let mut at = deliver(&mut d.c, in_group(0), &first).unwrap().mark;
    while at.epoch == EpochId(0) {
        at = step(&mut s, &mut d, in_group(0), at, 1).unwrap().0;
    }
    assert_eq!(params(&mut d.c), [1, 2, 3, 4, 5, 6]);
}

#[test]
fn a_clear_that_is_under_way_stops_at_an_agent_that_comes_back_with_less() {
    let folder = tempfile::tempdir().unwrap();
    let (mut s, mut d) = two_groups(folder.path());
    commit(&mut s.c, |c| config(c, 4, "private", AGENT.0));
    sync(&mut s, &mut d, MANY);
    let peers = s.c.peers().unwrap();
    let mut announce = describe(&mut d);
    announce.reconcile = true;
    s.c.attach(&announce, AGENT).unwrap();
    assert!(peers[0].acked.get(Group(0)).ts > Timestamp(0));
    s.c.clear_as_of(AgentId::ALL, None, &peers).unwrap();
    assert_eq!(params(&mut s.c).len(), 4);
}

#[test]
fn a_forgotten_agent_is_reconciled_however_often_that_is_interrupted() {
    let folder = tempfile::tempdir().unwrap();
    let (mut s, mut d) = two_groups(folder.path());
    commit(&mut s.c, |c| config(c, 8, "private, cleared", AGENT.0));
    sync(&mut s, &mut d, MANY);
    s.c.clear(AGENT, None).unwrap();
    commit(&mut s.c, |c| config(c, 9, "private", AGENT.0));
    sync(&mut s, &mut d, MANY);
    assert_eq!(params(&mut d.c), [1, 2, 3, 8, 9]);
    s.c.forget_agent(AGENT).unwrap();
    for _ in 0..2 {
        assert_eq!(attach(&mut s, &mut d).down.get(Group(0)), Position::default());
    }
    sync(&mut s, &mut d, MANY);
    assert_eq!(params(&mut d.c), [1, 2, 3], "what was for it alone is nobody's any more, cleared or not");
    assert_eq!(sync(&mut s, &mut d, MANY), 0);
}

#[test]
fn a_forgotten_agent_is_reconciled_although_a_row_of_it_comes_before_its_announcement() {
    let folder = tempfile::tempdir().unwrap();
    let (mut s, mut d) = two_groups(folder.path());
    commit(&mut s.c, |c| config(c, 9, "private", AGENT.0));
    sync(&mut s, &mut d, MANY);
    let db = s.c.database().node().unwrap().db;
    let received = attach(&mut s, &mut d).received;
    d.c.begin_streams(AgentId::SERVER, db, &received).unwrap();
    commit(&mut d.c, |c| sensor(c, 1, 1.0));
    let sent = d.c.read_changes(up(AgentId::SERVER), Position::default(), MANY, false, &|_| true).unwrap();
    s.c.attach(&announced(ROUTER, Role::Router, Position::default()), ROUTER).unwrap();
    s.c.forget_agent(AGENT).unwrap();
    apply(&mut s.c, up(ROUTER), &own(sent).unwrap(), true).unwrap();
    assert_eq!(s.c.peers().unwrap().len(), 2, "known by its row");
    sync(&mut s, &mut d, MANY);
    assert_eq!(params(&mut d.c), [1, 2, 3], "what was for it alone is nobody's any more");
}

/// A router with the device below it, both as far as the server has told them.
struct Below {
    r: Connection,
    _open: Opened,
    sets: Vec<crate::base::ChangeSet>,
}

impl Below {
    fn new() -> Below {
        let open = router(ROUTER.0).memory();
        Below { r: open.connect().unwrap(), _open: open, sets: vec![] }
    }

    /// Into the mail for the device.
    fn hold(&mut self, next: &Outgoing) -> crate::base::Result<Applied> {
        let set = set_of(next.clone());
        self.sets.push(set.clone());
        let parcels = [IncomingParcel { body: vec![self.sets.len() as u8 - 1], ..parcel(&set) }];
        let Outgoing { after, up_to, as_of, reconcile, .. } = *next;
        let (stream, from) = (in_group(0), AgentId::SERVER);
        self.r.apply(&Incoming { stream, from, begins: false, reconcile, after, up_to, as_of, parcels: &parcels })
    }

    fn read(&mut self, after: Position) -> crate::base::Result<Option<Outgoing>> {
        Ok(self.r.read_changes(in_group(0), after, MANY, false, &|_| true)?.next)
    }

    /// Out of the mail to the device.
    fn pass(&mut self, d: &mut Store, after: Position, mark: bool) -> Position {
        let next = self.read(after).unwrap().unwrap();
        let OutgoingParcel::Kept { body, .. } = &next.parcels[0] else { panic!() };
        let set = self.sets[usize::from(body[0])].clone();
        let opened = Outgoing { parcels: vec![OutgoingParcel::Own(set)], ..next };
        deliver(&mut d.c, in_group(0), &opened).unwrap();
        self.r.save_mark(in_group(0), opened.up_to).unwrap();
        if mark {
            self.r.note_mark(in_group(0), opened.up_to).unwrap();
        }
        opened.up_to
    }

    fn describe(&mut self) -> Announce {
        self.r.describe(AGENT).unwrap().unwrap()
    }

    /// The device, and the router for it: where the server goes on.
    fn attach(&mut self, s: &mut Store, d: &mut Store) -> Position {
        self.r.attach(&describe(d), AGENT).unwrap();
        let announce = self.describe();
        s.c.attach(&announce, ROUTER).unwrap().down.get(Group(0))
    }
}

fn lost(s: &mut Store) {
    s.c.own_transaction(|c| {
        let now = c.in_transaction()?.state.now();
        c.raise_horizon(AGENT.0, Group(0), now)
    })
    .unwrap();
}

#[test]
fn pages_pass_as_mail_and_the_router_says_that_the_agent_is_in_the_middle() {
    let folder = tempfile::tempdir().unwrap();
    let (mut s, mut d) = two_groups(folder.path());
    let mark = describe(&mut d).down[0].mark;
    lost(&mut s);
    let mut below = Below::new();
    let start = below.attach(&mut s, &mut d);
    assert_eq!(start, Position::default());
    commit(&mut s.c, |c| config(c, 4, "x", 0));
    let first = next(&mut s, in_group(0), start, 1).unwrap();
    below.hold(&first).unwrap();
    let told = |below: &mut Below| {
        let announce = below.describe();
        let down = announce.down.into_iter().find(|down| down.group == Group(0)).unwrap();
        (announce.reconcile, down.mark, down.from, down.top)
    };
    assert_eq!(told(&mut below), (true, mark, mark, first.as_of));
    // The sender stands at the mark, and the first page overtakes.
    let at = below.pass(&mut d, mark, true);
    assert_eq!(at, first.up_to);
    assert_eq!(told(&mut below), (true, mark, mark, first.as_of), "a page is no mark");
    let mut end = first.up_to;
    while end.epoch == EpochId(0) {
        let next = next(&mut s, in_group(0), end, 1).unwrap();
        below.hold(&next).unwrap();
        end = next.up_to;
    }
    let mut at = at;
    while at != end {
        at = below.pass(&mut d, at, true);
    }
    assert_eq!(params(&mut d.c), [1, 2, 3, 4]);
    let (reconcile, mark, from, top) = told(&mut below);
    assert_eq!((reconcile, mark, from), (false, end, end));
    assert!(top.ts >= end.ts);
    assert_eq!(below.attach(&mut s, &mut d), end);
}

#[test]
fn pages_of_two_reconciles_are_never_mixed() {
    let folder = tempfile::tempdir().unwrap();
    let (mut s, mut d) = two_groups(folder.path());
    for n in 4..=6 {
        commit(&mut s.c, |c| config(c, n, "x", 0));
    }
    sync(&mut s, &mut d, MANY);
    lost(&mut s);
    let mut below = Below::new();
    let start = below.attach(&mut s, &mut d);
    let first = next(&mut s, in_group(0), start, 1).unwrap();
    below.hold(&first).unwrap();
    let mark = describe(&mut d).down[0].mark;
    let at = below.pass(&mut d, mark, true);
    // The server begins anew; the sender here asks for what follows the page of the former reconcile.
    remove(&mut s.c, 1);
    let anew = next(&mut s, in_group(0), Position::default(), 1).unwrap();
    let second = next(&mut s, in_group(0), anew.up_to, MANY).unwrap();
    below.hold(&anew).unwrap();
    below.hold(&second).unwrap();
    let again = below.pass(&mut d, at, false);
    assert_eq!((again, at), (anew.up_to, first.up_to));
    assert_eq!(below.pass(&mut d, at, true), second.up_to);
    assert!(!describe(&mut d).reconcile);
    assert_eq!(params(&mut d.c), [2, 3, 4, 5, 6]);
    // Whatever way they come: both have the same numbers.
    deliver(&mut d.c, in_group(0), &first).unwrap();
    assert_eq!(deliver(&mut d.c, in_group(0), &second).unwrap_err().code, Code::E_IOT_TS_GAP);
}

#[test]
fn mail_goes_when_the_agent_wants_everything_and_when_it_names_no_group() {
    let folder = tempfile::tempdir().unwrap();
    let (mut s, mut d) = two_groups(folder.path());
    let mark = describe(&mut d).down[0].mark;
    let mut below = Below::new();
    below.attach(&mut s, &mut d);
    change(&mut s.c, 1, 1, Value::from(&b"y"[..]));
    let batch = next(&mut s, in_group(0), mark, MANY).unwrap();
    below.hold(&batch).unwrap();
    assert_eq!(below.describe().down[0].from, batch.up_to);
    let mut announce = describe(&mut d);
    let top = |below: &mut Below| below.describe().down[0].top;
    below.r.attach(&announce, AGENT).unwrap();
    assert_eq!(
        (below.describe().down[0].from, top(&mut below)),
        (batch.up_to, batch.as_of),
        "the mail fits, and is as new as that"
    );
    announce.reconcile = true;
    announce.attachment += 1;
    below.r.attach(&announce, AGENT).unwrap();
    let told = below.describe();
    assert_eq!((told.reconcile, told.down[0].from), (true, mark));
    assert_eq!(below.read(mark).unwrap(), None);
    // The device was made anew: it stands at the beginning, whatever is remembered.
    announce.reconcile = false;
    announce.down.clear();
    announce.attachment += 1;
    below.r.attach(&announce, AGENT).unwrap();
    let told = below.describe();
    let begin = Position::default();
    assert!(!told.reconcile && told.down.iter().all(|d| (d.mark, d.from, d.top) == (begin, begin, begin)), "{told:?}");
    // Pages for the one that it was are not for this one.
    lost(&mut s);
    let at = attach(&mut s, &mut d).down.get(Group(0));
    let page = next(&mut s, in_group(0), at, 1).unwrap();
    below.hold(&page).unwrap();
    announce.attachment += 1;
    below.r.attach(&announce, AGENT).unwrap();
    let told = below.describe();
    assert!(!told.reconcile && told.down.iter().all(|d| (d.mark, d.from) == (begin, begin)), "{told:?}");
    assert_eq!(below.read(begin).unwrap(), None);
}

#[test]
fn a_routers_own_stream_is_reconciled_without_the_rows_that_it_shows() {
    let open = [server().memory(), router(ROUTER.0).memory()];
    let [mut s, mut r] = open.each_ref().map(|open| open.connect().unwrap());
    let s = &mut s;
    commit(s, |c| {
        config(c, 1, "common", 0);
        config(c, 2, "its own", ROUTER.0);
        config(c, 3, "private", AGENT.0);
    });
    s.attach(&announced(AGENT, Role::Device, Position::default()), ROUTER).unwrap();
    r.attach(&announced(AGENT, Role::Device, Position::default()), AGENT).unwrap();
    let meet = |s: &mut Connection, r: &mut Connection| {
        let announce = r.describe(ROUTER).unwrap().unwrap();
        let mut at = s.attach(&announce, ROUTER).unwrap().down.get(Group(0));
        let mut pages = 0;
        while let Some(next) = s.read_changes(down(ROUTER), at, MANY, false, &|_| true).unwrap().next {
            deliver(r, down(ROUTER), &next).unwrap();
            s.save_mark(down(ROUTER), next.up_to).unwrap();
            pages += usize::from(next.reconcile);
            at = next.up_to;
        }
        pages
    };
    assert_eq!(meet(s, &mut r), 0);
    let mail = s.read_changes(down(AGENT), Position::default(), MANY, false, &|_| true).unwrap();
    let (up_to, set) = (mail.next.as_ref().unwrap().up_to, own(mail).unwrap());
    let (after, as_of) = (Position::default(), up_to);
    let parcels = [IncomingParcel { body: vec![1], ..parcel(&set) }];
    let (stream, from) = (down(AGENT), AgentId::SERVER);
    r.apply(&Incoming { stream, from, begins: false, reconcile: false, after, up_to, as_of, parcels: &parcels }).unwrap();
    assert_eq!(params(&mut r), [1, 2, 3]);
    commit(s, |c| {
        let row = c.find(1, &[Value::UInt(2)]).unwrap();
        c.delete(row).unwrap();
    });
    s.own_transaction(|c| {
        let now = c.in_transaction()?.state.now();
        c.raise_horizon(ROUTER.0, Group(0), now)
    })
    .unwrap();
    assert_eq!(meet(s, &mut r), 1);
    assert_eq!(params(&mut r), [1, 3]);
}

#[test]
fn what_is_no_page_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (mut s, mut d) = two_groups(folder.path());
    lost(&mut s);
    let start = attach(&mut s, &mut d).down.get(Group(0));
    let good = next(&mut s, in_group(0), start, MANY).unwrap();
    assert_ne!(good.up_to.epoch, EpochId(0));
    let spoilt = |spoil: &dyn Fn(&mut crate::base::ChangeSet)| {
        let mut set = set_of(good.clone());
        spoil(&mut set);
        Outgoing { parcels: vec![OutgoingParcel::Own(set)], ..good.clone() }
    };
    let page = |n: u64| Position { ts: Timestamp(n), epoch: EpochId(0) };
    let kept = crate::base::KeptRows { epoch: set_of(good.clone()).epochs[0].id, low: 0, high: 1 };
    let wrong = [
        Outgoing { up_to: page(2), ..good.clone() },
        Outgoing { up_to: Position { epoch: EpochId(5), ..good.up_to }, ..good.clone() },
        Outgoing { after: Position { ts: Timestamp(1), epoch: EpochId(7) }, ..good.clone() },
        spoilt(&|set| set.series = 0),
        spoilt(&|set| set.kept.push(kept)),
        spoilt(&|set| set.kept.push(crate::base::KeptRows { epoch: EpochId(5), low: 1, ..kept })),
        spoilt(&|set| set.changes[0].id.oid.0 = 0),
    ];
    for (number, next) in wrong.iter().enumerate() {
        let error = deliver(&mut d.c, in_group(0), next).unwrap_err();
        assert_eq!(error.code, Code::E_IOT_PROTOCOLERR, "{number}: {}", error.text);
        assert!(!describe(&mut d).reconcile, "{number}");
    }
    // What only pages say has no place in a batch.
    let mark = describe(&mut d).down[0].mark;
    let batch = Outgoing { reconcile: false, after: mark, ..good.clone() };
    assert_eq!(deliver(&mut d.c, in_group(0), &batch).unwrap_err().code, Code::E_IOT_PROTOCOLERR);
    deliver(&mut d.c, in_group(0), &good).unwrap();
}
