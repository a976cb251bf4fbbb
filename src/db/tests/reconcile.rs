//! An agent whose marks lead nowhere gets everything anew, and nothing else stays.

use super::fixture::*;
use super::lane::*;
use super::replicate::deliver;
use crate::base::{AgentId, Code, EpochId, Group, Position, Timestamp, Value};
use crate::db::*;

fn both(folder: &std::path::Path) -> (Store, Store) {
    (Store::new(folder, "server.db", server()), Store::new(folder, "device.db", device(AGENT.0)))
}

fn text(value: &str) -> Value {
    Value::from(value.as_bytes())
}

/// A device that has five common rows, each of a commit of its own, and lies behind the horizon.
fn behind(folder: &std::path::Path) -> (Store, Store) {
    let (mut s, mut d) = both(folder);
    for n in 1..=5 {
        commit(&mut s.c, |c| config(c, n, "old", 0));
    }
    sync(&mut s, &mut d, MANY);
    raise_horizon(&mut s, AGENT, 0);
    (s, d)
}

fn raise_horizon(s: &mut Store, stream: AgentId, group: u8) {
    commit(&mut s.c, |c| put(c, NOTE, &[Value::from(&b"x"[..])]));
    s.c.own_transaction(|c| {
        let now = c.in_transaction()?.state.now();
        c.raise_horizon(stream.0, Group(group), now)
    })
    .unwrap();
}

#[test]
fn a_device_follows_a_server_that_was_restored() {
    let folder = tempfile::tempdir().unwrap();
    let (mut s, mut d) = both(folder.path());
    commit(&mut s.c, |c| {
        config(c, 1, "first", 0);
        config(c, 2, "second", AGENT.0);
        config(c, 3, "cleared", AGENT.0);
        config(c, 4, "cleared", 0);
    });
    sync(&mut s, &mut d, MANY);
    change(&mut s.c, 2, 2, Value::UInt(0));
    s.c.clear(AGENT, None).unwrap();
    sync(&mut s, &mut d, MANY);
    s.c.clear(AgentId::ALL, None).unwrap();
    assert_eq!(s.configs(), [], "all were cleared");
    commit(&mut s.c, |c| {
        config(c, 5, "fifth", 0);
        config(c, 6, "sixth", 0);
    });
    sync(&mut s, &mut d, MANY);
    let backup = s.backup("backup.db");
    // What the restored server knows nothing of.
    change(&mut s.c, 5, 1, text("lost"));
    commit(&mut s.c, |c| config(c, 7, "lost", 0));
    remove(&mut s.c, 6);
    sync(&mut s, &mut d, MANY);
    let mut s = s.restore(&backup);
    for n in 8..20 {
        commit(&mut s.c, |c| config(c, n, "new", 0));
    }
    assert!(sync(&mut s, &mut d, 1) > 5, "page by page");
    let mut expected = pairs(&[(1, "first"), (2, "second"), (3, "cleared"), (4, "cleared"), (5, "fifth"), (6, "sixth")]);
    expected.extend((8..20).map(|n| (n, "new".to_owned())));
    assert_eq!(d.configs(), expected);
    // From now on the log is enough.
    change(&mut s.c, 5, 1, text("again"));
    assert_eq!(sync(&mut s, &mut d, MANY), 0);
    assert!(d.configs().contains(&(5, "again".into())));
    s.c.clear(AgentId::ALL, None).unwrap();
    assert_eq!(s.configs(), [], "it has acknowledged everything");
}

#[test]
fn rows_of_another_server_make_room_and_vanish() {
    let folder = tempfile::tempdir().unwrap();
    let (mut s, mut d) = both(folder.path());
    commit(&mut s.c, |c| (1..=3).map(|n| config(c, n, "old", 0)).count());
    sync(&mut s, &mut d, MANY);
    let mut fresh = Store::new(folder.path(), "fresh.db", server());
    commit(&mut fresh.c, |c| (2..=4).map(|n| config(c, n, "new", 0)).count());
    sync(&mut fresh, &mut d, 1);
    assert_eq!((d.configs(), d.aside()), (pairs(&[(2, "new"), (3, "new"), (4, "new")]), 0));
}

#[test]
fn a_row_that_was_cleared_does_not_make_room() {
    let folder = tempfile::tempdir().unwrap();
    let (mut s, mut d) = behind(folder.path());
    commit(&mut s.c, |c| config(c, 9, "cleared", AGENT.0));
    sync(&mut s, &mut d, MANY);
    s.c.clear(AGENT, None).unwrap();
    commit(&mut s.c, |c| config(c, 9, "new", 0));
    raise_horizon(&mut s, AgentId::ALL, 0);
    let starts = attach(&mut s, &mut d).down;
    let page = next(&mut s, in_group(0), starts.get(Group(0)), MANY).unwrap();
    assert_eq!(deliver(&mut d.c, in_group(0), &page).unwrap().code, Code::S_DUPLICATE);
    assert!(d.configs().contains(&(9, "cleared".into())), "the server may not have it, the device does");
    assert_eq!(d.aside(), 1);
}

#[test]
fn a_device_behind_the_horizon_is_reconciled_and_a_new_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let (mut s, mut d) = both(folder.path());
    commit(&mut s.c, |c| {
        (1..=3).map(|n| config(c, n, "common", 0)).count();
        (4..=5).map(|n| config(c, n, "private", AGENT.0)).count()
    });
    sync(&mut s, &mut d, MANY);
    let backup = d.backup("backup.db");
    let position = d.c.describe(AGENT).unwrap().unwrap().down[0].mark;
    remove(&mut s.c, 1);
    sync(&mut s, &mut d, MANY);
    s.c.clear(AGENT, None).unwrap();
    remove(&mut s.c, 3);
    sync(&mut s, &mut d, MANY);
    assert_eq!(d.configs(), pairs(&[(2, "common"), (4, "private"), (5, "private")]));
    let gone: i64 = s.c.engine.query_row("SELECT count(*) FROM _mco_log WHERE gone = 1", [], |row| row.get(0)).unwrap();
    assert_eq!(gone, 0, "nobody needs to hear of it any more");
    let mut d = d.restore(&backup);
    assert_eq!(d.c.describe(AGENT).unwrap().unwrap().down[0].mark, position, "a point of the server's history");
    assert!(sync(&mut s, &mut d, MANY) > 0);
    assert_eq!(d.configs(), pairs(&[(2, "common"), (4, "private"), (5, "private")]));
    let other = Store::new(folder.path(), "new.db", device(AGENT.0));
    let mut d = d;
    drop(std::mem::replace(&mut d, other));
    assert_eq!(sync(&mut s, &mut d, MANY), 0, "who has nothing reads the log");
    assert_eq!(d.configs(), pairs(&[(2, "common")]));
}

#[test]
fn a_row_that_is_readdressed_meanwhile_is_where_it_belongs_all_the_time() {
    let folder = tempfile::tempdir().unwrap();
    let (mut s, mut d) = behind(folder.path());
    let start = attach(&mut s, &mut d).down.get(Group(0));
    assert_eq!(start, Position::default());
    let (mut at, _) = step(&mut s, &mut d, in_group(0), start, 1).unwrap();
    // 1 has been told; 4 and 5 have not.
    change(&mut s.c, 4, 2, Value::UInt(AGENT.0));
    change(&mut s.c, 5, 2, Value::UInt(1001));
    change(&mut s.c, 1, 2, Value::UInt(1001));
    while at.epoch == EpochId(0) {
        at = step(&mut s, &mut d, in_group(0), at, 1).unwrap().0;
    }
    let left: Vec<u64> = d.configs().iter().map(|row| row.0).collect();
    assert_eq!(left, [1, 2, 3, 4], "nothing that it should have is missing at any time");
    while let Some((up_to, page)) = step(&mut s, &mut d, in_group(0), at, 1) {
        assert!(!page);
        at = up_to;
    }
    let left: Vec<u64> = d.configs().iter().map(|row| row.0).collect();
    assert_eq!(left, [2, 3, 4]);
}

#[test]
fn a_reconcile_that_was_left_in_the_middle_begins_anew() {
    let folder = tempfile::tempdir().unwrap();
    let (mut s, mut d) = behind(folder.path());
    let mark = d.c.describe(AGENT).unwrap().unwrap().down;
    let start = attach(&mut s, &mut d).down.get(Group(0));
    let batch = next(&mut s, in_group(0), start, 1).map(|page| Outgoing { reconcile: false, ..page }).unwrap();
    let (at, _) = step(&mut s, &mut d, in_group(0), start, 1).unwrap();
    let (at, _) = step(&mut s, &mut d, in_group(0), at, 1).unwrap();
    let mut d = d.reopen();
    let announce = d.c.describe(AGENT).unwrap().unwrap();
    assert_eq!((announce.reconcile, &announce.down), (true, &mark));
    // Batches have to wait for the last page, and pages for their turn.
    let batch =
        Outgoing { after: mark[0].mark, up_to: Position { ts: Timestamp(mark[0].mark.ts.0 + 1), ..mark[0].mark }, ..batch };
    assert_eq!(deliver(&mut d.c, in_group(0), &batch).unwrap_err().code, Code::E_IOT_TS_GAP);
    let third = next(&mut s, in_group(0), at, 1).unwrap();
    let late =
        Outgoing { after: Position { ts: Timestamp(9), ..at }, up_to: Position { ts: Timestamp(10), ..at }, ..third.clone() };
    assert_eq!(deliver(&mut d.c, in_group(0), &late).unwrap_err().code, Code::E_IOT_TS_GAP);
    // What an earlier attempt has named counts no more.
    remove(&mut s.c, 1);
    assert!(sync(&mut s, &mut d, 1) > 3);
    assert_eq!(d.configs().iter().map(|row| row.0).collect::<Vec<_>>(), [2, 3, 4, 5]);
    let announce = d.c.describe(AGENT).unwrap().unwrap();
    assert!(!announce.reconcile);
    let seen: i64 = d.c.engine.query_row("SELECT count(*) FROM _mco_seen", [], |row| row.get(0)).unwrap();
    assert_eq!(seen, 0);
    // Late pages of it lead nowhere.
    assert_eq!(deliver(&mut d.c, in_group(0), &third).unwrap_err().code, Code::E_IOT_TS_GAP);
}

#[test]
fn a_page_can_be_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let (mut s, mut d) = behind(folder.path());
    let start = attach(&mut s, &mut d).down.get(Group(0));
    let (first, _) = step(&mut s, &mut d, in_group(0), start, 1).unwrap();
    let second = next(&mut s, in_group(0), first, 1).unwrap();
    let third = next(&mut s, in_group(0), second.up_to, 1).unwrap();
    assert_eq!((second.up_to.ts.0, third.up_to.ts.0), (2, 3));
    // Refused as too large, so it is read again with less or more.
    let again = next(&mut s, in_group(0), first, 1).unwrap();
    assert_eq!(set_of(again), set_of(second));
    let rest = next(&mut s, in_group(0), first, MANY).unwrap();
    assert_ne!(rest.up_to.epoch, EpochId(0), "all that is left");
    assert_eq!(set_of(rest.clone()).changes.len(), 4);
    // A device that has refused the last page may want the one before once more: it knows the number only.
    deliver(&mut d.c, in_group(0), &rest).unwrap();
    assert_eq!(d.configs().len(), 5);
    // A page that nobody knows of: everything anew.
    let unknown = next(&mut s, in_group(0), Position { ts: Timestamp(77), epoch: EpochId(0) }, 1).unwrap();
    assert_eq!((unknown.after, unknown.reconcile), (Position::default(), true));
}

#[test]
fn a_state_that_is_newer_than_the_mark_must_be_of_the_same_history_too() {
    let folder = tempfile::tempdir().unwrap();
    let (mut s, mut d) = both(folder.path());
    commit(&mut s.c, |c| config(c, 1, "first", 0));
    commit(&mut s.c, |c| config(c, 2, "second", 0));
    let backup = s.backup("backup.db");
    let start = attach(&mut s, &mut d).down.get(Group(0));
    change(&mut s.c, 1, 1, text("lost"));
    let batch = next(&mut s, in_group(0), start, 1).unwrap();
    deliver(&mut d.c, in_group(0), &batch).unwrap();
    let told = |d: &mut Store| d.c.describe(AGENT).unwrap().unwrap().down[0];
    assert_eq!((told(&mut d).mark, told(&mut d).top), (batch.up_to, batch.as_of));
    assert!(batch.as_of.ts > batch.up_to.ts);
    // A batch that was held on the way is of an older snapshot; the states that are here are not.
    let second = next(&mut s, in_group(0), batch.up_to, 1).unwrap();
    deliver(&mut d.c, in_group(0), &Outgoing { as_of: second.up_to, ..second.clone() }).unwrap();
    assert_eq!((told(&mut d).mark, told(&mut d).top), (second.up_to, batch.as_of));
    let mut s = s.restore(&backup);
    assert!(sync(&mut s, &mut d, MANY) > 0, "the mark is on its history, what was read then is not");
    assert_eq!(d.configs(), pairs(&[(1, "first"), (2, "second")]));
}

#[test]
fn a_reader_that_falls_behind_the_horizon_gets_pages_on_the_same_link() {
    let folder = tempfile::tempdir().unwrap();
    let (mut s, mut d) = both(folder.path());
    commit(&mut s.c, |c| (1..=3).map(|n| config(c, n, "x", 0)).count());
    let starts = attach(&mut s, &mut d).down;
    drain(&mut s, &mut d, &starts, MANY);
    let at = d.c.describe(AGENT).unwrap().unwrap().down[0].mark;
    remove(&mut s.c, 2);
    // As if there were too many removals to remember.
    s.c.engine.execute("DELETE FROM _mco_log WHERE gone = 1", []).unwrap();
    raise_horizon(&mut s, AgentId::ALL, 0);
    let page = next(&mut s, in_group(0), at, MANY).unwrap();
    assert_eq!((page.after, page.reconcile), (Position::default(), true));
    // An acknowledgment of what was sent before says nothing now.
    s.c.save_mark(in_group(0), at).unwrap();
    s.c.clear(AgentId::ALL, None).unwrap();
    assert_eq!(s.configs().len(), 2);
    deliver(&mut d.c, in_group(0), &page).unwrap();
    assert_eq!(d.configs(), pairs(&[(1, "x"), (3, "x")]));
    s.c.save_mark(in_group(0), page.up_to).unwrap();
    s.c.clear(AgentId::ALL, None).unwrap();
    assert_eq!(s.configs(), []);
}
