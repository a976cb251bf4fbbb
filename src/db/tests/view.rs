//! What a router shows of rows on their way down, and for how long.

use super::fixture::*;
use super::relay::*;
use super::replicate::{announced, down};
use crate::base::{AgentId, Group, Position, Role, Stream, Timestamp, Value};
use crate::db::view::MAX_SHOWN;

/// A group that has been quiet for long, and one in which rows come.
const QUIET: Group = Group(0);
const BUSY: Group = Group(3);

fn shown(tree: &mut Tree) -> Vec<u64> {
    let number = |row: Vec<Value>| if let Some(Value::UInt(n)) = row.first() { *n } else { panic!("no number") };
    all(&mut tree.router, CONFIG).into_iter().map(number).collect()
}

fn of(agent: AgentId, group: Group) -> Stream {
    Stream { group, ..down(agent) }
}

/// A router that shows a private row for the device and a common one, which have come in the busy group, and up to where.
fn with_groups() -> (Tree, Position) {
    let mut tree = Tree::new();
    commit(&mut tree.server, |c| put(c, NOTE, &[Value::from(&b"x"[..])]));
    commit(&mut tree.server, |c| (config(c, 1, "x", DEVICE.0), config(c, 2, "x", 0)));
    let next = tree.server.read_changes(down(DEVICE), Position::default(), MANY, false, &|_| true).unwrap().next.unwrap();
    let (up_to, parcels) = (next.up_to, tree.carry(next.parcels));
    let batch = incoming(of(DEVICE, BUSY), AgentId::SERVER, false, Position::default(), up_to, &parcels);
    tree.router.apply(&batch).unwrap();
    tree.router.note_mark(of(DEVICE, QUIET), Position { ts: Timestamp(1), ..up_to }).unwrap();
    (tree, up_to)
}

#[test]
fn clear_goes_by_the_marks_of_the_group_that_a_class_comes_in() {
    let (mut tree, up_to) = with_groups();
    tree.router.clear(DEVICE, None).unwrap();
    assert_eq!(shown(&mut tree), [1, 2], "it has not arrived");
    tree.router.note_mark(of(DEVICE, QUIET), Position { ts: Timestamp(up_to.ts.0 + 9), ..up_to }).unwrap();
    tree.router.clear(DEVICE, None).unwrap();
    assert_eq!(shown(&mut tree), [1, 2], "another group says nothing of it");
    tree.router.note_mark(of(DEVICE, QUIET), Position { ts: Timestamp(1), ..up_to }).unwrap();
    tree.router.note_mark(of(DEVICE, BUSY), up_to).unwrap();
    tree.router.clear(OTHER, None).unwrap();
    tree.router.clear(DEVICE, Some(SENSOR)).unwrap();
    assert_eq!(shown(&mut tree), [1, 2]);
    tree.router.clear(DEVICE, None).unwrap();
    assert_eq!(shown(&mut tree), [2]);
}

#[test]
fn common_rows_go_from_the_view_when_every_device_has_them() {
    let (mut tree, up_to) = with_groups();
    tree.router.attach(&announced(OTHER, Role::Device, Position::default()), OTHER).unwrap();
    tree.router.note_mark(of(DEVICE, BUSY), up_to).unwrap();
    tree.router.note_mark(of(OTHER, QUIET), up_to).unwrap();
    tree.router.clear(AgentId::ALL, None).unwrap();
    assert_eq!(shown(&mut tree), [2]);
    tree.router.note_mark(of(OTHER, BUSY), up_to).unwrap();
    tree.router.clear(AgentId::ALL_DOWN, None).unwrap();
    assert_eq!(shown(&mut tree), []);
}

#[test]
fn of_what_has_arrived_the_newest_stay_in_the_view() {
    let mut tree = Tree::new();
    commit(&mut tree.server, |c| config(c, 1, "common", 0));
    let (mut at, mut had) = (Position::default(), Position::default());
    let last = 3 * MAX_SHOWN;
    for n in 2..=last {
        commit(&mut tree.server, |c| config(c, n, "private", DEVICE.0));
        at = tree.send_down(at).unwrap().unwrap();
        // The newest is still on its way.
        if n > 2 {
            had = tree.deliver(had).unwrap().unwrap();
        }
    }
    let shown = shown(&mut tree);
    let newest: Vec<u64> = shown[1..].to_vec();
    assert!((MAX_SHOWN..=MAX_SHOWN + MAX_SHOWN / 8).contains(&(newest.len() as u64)), "{} rows", newest.len());
    assert_eq!(newest, ((last - newest.len() as u64 + 1)..=last).collect::<Vec<_>>());
    assert_eq!(shown[0], 1, "what is for all stays");
}

#[test]
fn what_has_not_arrived_stays_in_the_view_however_much_that_is() {
    let mut tree = Tree::new();
    let mut at = Position::default();
    for n in 1..=3 * MAX_SHOWN {
        commit(&mut tree.server, |c| config(c, n, "private", DEVICE.0));
        at = tree.send_down(at).unwrap().unwrap();
    }
    assert_eq!(shown(&mut tree).len() as u64, 3 * MAX_SHOWN);
}
