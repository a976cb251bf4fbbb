//! Syncs with routers above the parent, and what each node knows of the way to the server.

use super::flags::*;
use super::pair::{Pair, ROW};
use super::tests::all;
use super::tree_tests::{D, DEEP, DEVICE, R, ROUTER, SERVER, WAIT, chain, healthy};
use super::{Config, Input, PULLS_MAX, SyncId};
use crate::base::{AgentId, Code, Group, Level, LinkId, Role};
use crate::wire::{MAX_PATH, Message, Pull};

/// The router between the device and [`ROUTER`].
const LOWER: usize = 3;
const L: AgentId = AgentId(101);
const PULL: u32 = SYNC_PULL | SYNC_WAIT;
const FAR: AgentId = AgentId(55);

/// Device, two routers, server; gives the links between them, from the device up.
fn deep() -> (Pair, [LinkId; 3]) {
    deep_with(|_| {})
}

fn deep_with(change: impl Fn(&mut Config)) -> (Pair, [LinkId; 3]) {
    let mut pair = Pair::new(&change);
    pair.add(Role::Router, R.0, 10, &change);
    pair.add(Role::Router, L.0, 20, &change);
    let links = [pair.join(DEVICE, LOWER), pair.join(LOWER, ROUTER), pair.join(ROUTER, SERVER)];
    pair.settle();
    (pair, links)
}

fn path(pair: &Pair, me: usize) -> Vec<AgentId> {
    pair.sides[me].core.path()
}

fn tell(pair: &mut Pair, me: usize, link: LinkId, path: &[u64]) -> Option<Code> {
    let path = path.iter().map(|agent| AgentId(*agent)).collect();
    pair.input(me, Input::Message { link, message: Message::Path(path) });
    pair.sides[me].closed.as_ref().map(|(code, _)| *code)
}

#[test]
fn a_push_to_a_router_further_up_is_acknowledged_by_the_next_one_and_deeply_by_the_server() {
    let (mut pair, [_, _, up]) = deep();
    pair.cut_link(up);
    pair.sides[DEVICE].commit(3);
    assert_eq!(pair.sync_to(DEVICE, R, WAIT), Some(Code::S_OK));
    assert_eq!(pair.sides[ROUTER].came, all(3), "it has them");
    assert_eq!(pair.sync_to(DEVICE, R, WAIT), Some(Code::S_IOT_NO_NEW_DATA));
    let deep = pair.start(DEVICE, R, DEEP);
    pair.settle();
    assert_eq!(pair.sides[DEVICE].result(deep), None, "the server has not");
    pair.join(ROUTER, SERVER);
    pair.settle();
    assert_eq!(pair.sides[DEVICE].result(deep), Some(Code::S_OK));
    assert_eq!(pair.sides[SERVER].came, all(3));
    healthy(&pair);
}

#[test]
fn a_pull_from_a_router_further_up_brings_what_it_holds() {
    let (mut pair, [_, middle, up]) = deep();
    pair.cut_link(up);
    let asked = |pair: &mut Pair| pair.sync_to(DEVICE, R, PULL);
    assert_eq!(asked(&mut pair), Some(Code::S_IOT_NO_NEW_DATA));
    pair.join(ROUTER, SERVER);
    pair.settle();
    // It holds rows that do not get on.
    pair.sides[LOWER].hold = true;
    (0..9).for_each(|_| pair.sides[SERVER].store.commit(Group::USUAL, D));
    assert_eq!(pair.sync_to(SERVER, D, WAIT), Some(Code::S_OK));
    let pull = pair.start(DEVICE, R, PULL);
    pair.settle();
    assert_eq!((pair.sides[DEVICE].result(pull), pair.sides[DEVICE].came.len()), (None, 0));
    pair.sides[LOWER].hold = false;
    pair.settle();
    assert_eq!((pair.sides[DEVICE].result(pull), pair.sides[DEVICE].came.len()), (Some(Code::S_OK), 9));
    assert_eq!(asked(&mut pair), Some(Code::S_IOT_NO_NEW_DATA));
    assert_eq!(pair.sync_to(DEVICE, R, SYNC_PULL), Some(Code::S_OK), "who does not wait does not know");
    pair.cut_link(middle);
    assert_eq!(asked(&mut pair), Some(Code::E_IOT_AGENT_NOT_FOUND));
    healthy(&pair);
}

#[test]
fn rows_that_are_still_on_their_way_when_the_path_changes_belong_to_the_pull() {
    let (mut pair, [first, ..]) = deep_with(|config| config.batch_bytes = 2 * ROW);
    pair.sides[LOWER].hold = true;
    (0..9).for_each(|_| pair.sides[SERVER].store.commit(Group::USUAL, D));
    assert_eq!(pair.sync_to(SERVER, D, WAIT), Some(Code::S_OK));
    let pull = pair.start(DEVICE, R, PULL);
    pair.settle();
    // The answer has come, the rows have not.
    assert_eq!(tell(&mut pair, DEVICE, first, &[]), None);
    pair.settle();
    assert_eq!((path(&pair, DEVICE), pair.sides[DEVICE].result(pull)), (vec![L], None));
    pair.sides[LOWER].hold = false;
    while (0..pair.sides.len()).fold(false, |any, me| any | pair.work(me) | pair.deliver(me)) {
        let ended = pair.sides[DEVICE].result(pull);
        assert_eq!(ended, (pair.sides[DEVICE].came.len() == 9).then_some(Code::S_OK));
    }
    assert_eq!(pair.sides[DEVICE].came.len(), 9);
    healthy(&pair);
}

#[test]
fn the_path_follows_what_becomes_of_the_tree() {
    let (mut pair, [first, middle, up]) = deep();
    assert_eq!((path(&pair, DEVICE), path(&pair, LOWER), path(&pair, ROUTER)), (vec![L, R], vec![R], vec![]));
    // Another router comes between, and the server is lost: neither is anything below told what it knows.
    let upper = pair.add(Role::Router, 102, 5, &|_: &mut Config| {});
    pair.cut_link(up);
    let spare = pair.join(DEVICE, ROUTER);
    pair.settle();
    assert_eq!(path(&pair, DEVICE), [L, R]);
    pair.join(ROUTER, upper);
    pair.settle();
    assert_eq!((path(&pair, DEVICE), path(&pair, LOWER)), (vec![L, R, AgentId(102)], vec![R, AgentId(102)]));
    assert_eq!(pair.sync_to(DEVICE, AgentId(102), PULL), Some(Code::S_IOT_NO_NEW_DATA));
    // Over a connection in reserve nothing is told, until it is the parent's.
    healthy(&pair);
    pair.cut_link(spare);
    pair.join(LOWER, upper);
    pair.settle();
    assert_eq!(path(&pair, DEVICE), [L, R, AgentId(102)]);
    pair.cut_link(middle);
    pair.settle();
    assert_eq!((path(&pair, DEVICE), path(&pair, LOWER)), (vec![L, AgentId(102)], vec![AgentId(102)]));
    assert_eq!(pair.sync_to(DEVICE, R, WAIT), Some(Code::E_IOT_AGENT_NOT_FOUND));
    // A device that moves.
    pair.cut_link(first);
    assert_eq!(path(&pair, DEVICE), []);
    pair.join(DEVICE, SERVER);
    pair.settle();
    assert_eq!((path(&pair, DEVICE), pair.sync_to(DEVICE, AgentId(102), WAIT)), (vec![], Some(Code::E_IOT_AGENT_NOT_FOUND)));
    healthy(&pair);
}

#[test]
fn a_router_that_leaves_the_path_answers_no_pull_and_nobody_waits_for_it() {
    for lost in [0, 1, 2] {
        let (mut pair, links) = deep();
        let upper = pair.add(Role::Router, 102, 5, &|_: &mut Config| {});
        pair.cut_link(links[2]);
        let links = [links[1], pair.join(ROUTER, upper)];
        pair.settle();
        pair.sides[upper].hold = true;
        (0..9).for_each(|_| pair.sides[upper].store.commit(Group::USUAL, D));
        let pulls: Vec<u64> = (0..2 * PULLS_MAX).map(|_| pair.start(DEVICE, AgentId(102), PULL)).collect();
        pair.settle();
        let results = |pair: &Pair| pulls.iter().map(|pull| pair.sides[DEVICE].result(*pull)).collect::<Vec<_>>();
        assert_eq!(results(&pair), vec![None; 2 * PULLS_MAX]);
        match lost {
            // News alone: the way there is not closed, and its answers come later.
            0 => assert_eq!(tell(&mut pair, LOWER, links[0], &[]), None),
            _ => pair.cut_link(links[lost - 1]),
        }
        pair.settle();
        assert_eq!(results(&pair), vec![Some(Code::E_IOT_AGENT_NOT_FOUND); 2 * PULLS_MAX]);
        pair.sides[upper].hold = false;
        pair.settle();
        healthy(&pair);
    }
}

#[test]
fn pulls_of_several_nodes_above_are_all_refused_behind_the_answer_to_the_announcement() {
    let (mut pair, [first, _, up]) = deep();
    let upper = pair.add(Role::Router, 102, 5, &|_: &mut Config| {});
    pair.cut_link(up);
    let up = pair.join(ROUTER, upper);
    pair.settle();
    // The device comes anew, and the upper router has not taken that in.
    pair.sides[ROUTER].hold = true;
    pair.cut_link(first);
    pair.join(DEVICE, LOWER);
    pair.settle();
    let targets = [AgentId(102), AgentId::SERVER].map(|target| [target; PULLS_MAX]).concat();
    let pulls: Vec<u64> = targets.into_iter().map(|target| pair.start(DEVICE, target, PULL)).collect();
    pair.settle();
    pair.cut_link(up);
    pair.sides[ROUTER].hold = false;
    pair.settle();
    let results: Vec<_> = pulls.iter().map(|pull| pair.sides[DEVICE].result(*pull)).collect();
    assert_eq!(results, vec![Some(Code::E_IOT_AGENT_NOT_FOUND); 2 * PULLS_MAX]);
    healthy(&pair);
}

#[test]
fn pulls_that_cross_the_news_of_a_loss_end_too_and_are_not_too_many() {
    let (mut pair, [_, middle, _]) = deep();
    let mut pulls = Vec::new();
    let mut middle = middle;
    for _ in 0..4 {
        // What the device asks is on its way when the router above it loses its parent, and gets it again.
        pair.sides[ROUTER].hold = true;
        pulls.extend((0..PULLS_MAX).map(|_| pair.start(DEVICE, R, PULL)));
        pair.cut_link(middle);
        middle = pair.join(LOWER, ROUTER);
        pair.sides[ROUTER].hold = false;
        while pair.work(LOWER) | pair.work(ROUTER) | pair.deliver(ROUTER) | pair.deliver(LOWER) {}
    }
    pair.settle();
    assert!(pulls.iter().all(|pull| pair.sides[DEVICE].result(*pull).is_some()));
    assert_eq!(pair.sync_to(DEVICE, R, PULL), Some(Code::S_IOT_NO_NEW_DATA));
    healthy(&pair);
}

#[test]
fn who_asks_before_the_path_is_known_waits_until_it_is() {
    let early = |end: &dyn Fn(&mut Pair)| {
        let (mut pair, [first, ..]) = deep();
        pair.cut_link(first);
        pair.settle();
        pair.sides[LOWER].hold = true;
        pair.sides[DEVICE].commit(1);
        pair.join(DEVICE, LOWER);
        let syncs = [(R, WAIT), (R, PULL | SYNC_PUSH), (R, SYNC_PUSH), (FAR, WAIT)].map(|(a, f)| pair.start(DEVICE, a, f));
        assert_eq!(pair.sync_to(DEVICE, R, SYNC_PUSH | SYNC_NONBLOCK), Some(Code::E_IOT_AGENT_NOT_FOUND), "it may not wait");
        assert_eq!(pair.sync_to(DEVICE, AgentId::ALL_DOWN, SYNC_PUSH), Some(Code::E_IOT_AGENT_NOT_FOUND), "that is no router");
        assert_eq!(syncs.map(|sync| pair.sides[DEVICE].result(sync)), [None; 4]);
        end(&mut pair);
        pair.settle();
        syncs.map(|sync| pair.sides[DEVICE].result(sync))
    };
    let known = |pair: &mut Pair| pair.sides[LOWER].hold = false;
    assert_eq!(early(&known), [Code::S_OK, Code::S_OK, Code::S_OK, Code::E_IOT_AGENT_NOT_FOUND].map(Some));
    assert_eq!(early(&|pair| pair.cut()), [Some(Code::E_NW_CLOSED); 4]);
    let stop = |pair: &mut Pair| pair.input(DEVICE, Input::Stop);
    assert_eq!(early(&stop), [Some(Code::E_IOT_STOPPED); 4]);
}

#[test]
fn syncs_that_wait_for_the_path_and_are_given_up_take_no_room() {
    let mut pair = Pair::new(|config| config.max_syncs = 3);
    pair.add(Role::Router, R.0, 10, &|_: &mut Config| {});
    pair.sides[ROUTER].hold = true;
    pair.join(DEVICE, ROUTER);
    for _ in 0..100 {
        let sync = pair.start(DEVICE, FAR, WAIT);
        assert_eq!(pair.sides[DEVICE].result(sync), None);
        pair.input(DEVICE, Input::CancelSync { sync: SyncId(sync), code: Code::E_IOT_TIMEOUT });
        assert_eq!(pair.sides[DEVICE].result(sync), Some(Code::E_IOT_TIMEOUT));
    }
    assert!(pair.sides[DEVICE].core.early() <= 3, "as many as may be open");
    let last = pair.start(DEVICE, FAR, WAIT);
    pair.sides[ROUTER].hold = false;
    pair.settle();
    assert_eq!(pair.sides[DEVICE].done.iter().filter(|(sync, _)| *sync == last).count(), 1);
    assert_eq!(pair.sides[DEVICE].done.len(), 101);
    healthy(&pair);
}

#[test]
fn a_path_that_cannot_be_ends_the_link() {
    let longest: Vec<u64> = (200..200 + MAX_PATH as u64).collect();
    let wrong = Some(Code::E_IOT_PROTOCOLERR);
    let cases: [(&str, &[u64], Option<Code>); 8] = [
        ("the server, which is not told", &[1], wrong),
        ("the teller itself", &[101], wrong),
        ("nobody", &[0], wrong),
        ("a reserved id", &[u64::MAX], wrong),
        ("a ring", &[200, 201, 200], wrong),
        ("nothing", &[], None),
        ("the longest one", &longest, None),
        ("the device itself, which has another level now", &[200, D.0, 201], None),
    ];
    for (what, told, closed) in cases {
        let (mut pair, [first, ..]) = deep();
        assert_eq!(tell(&mut pair, DEVICE, first, told), closed, "{what}");
    }
    let (mut pair, up) = chain(|_| {});
    assert_eq!(tell(&mut pair, ROUTER, up, &[]), wrong, "nothing is above the server");
    let (mut pair, [first, ..]) = deep();
    assert_eq!(tell(&mut pair, LOWER, first, &[]), wrong, "it comes from below");
    let (mut pair, _) = deep();
    let spare = pair.join(LOWER, SERVER);
    assert_eq!(tell(&mut pair, LOWER, spare, &[]), wrong, "the link is in reserve");
    let mut pair = Pair::new(|_| {});
    pair.add(Role::Router, R.0, 10, &|_: &mut Config| {});
    let link = pair.join(DEVICE, ROUTER);
    assert_eq!(tell(&mut pair, DEVICE, link, &[]), wrong, "it has not announced itself");
}

#[test]
fn a_path_is_told_without_what_is_too_far_and_without_the_node_itself() {
    let (mut pair, [first, middle, _]) = deep();
    let longest: Vec<u64> = (200..200 + MAX_PATH as u64).collect();
    assert_eq!(tell(&mut pair, LOWER, middle, &longest), None);
    pair.settle();
    let known: Vec<AgentId> = [L, R].into_iter().chain((200..200 + MAX_PATH as u64 - 1).map(AgentId)).collect();
    assert_eq!(path(&pair, DEVICE), known[..MAX_PATH]);
    let last = AgentId(200 + MAX_PATH as u64 - 2);
    assert!(pair.sides[DEVICE].core.path().len() == MAX_PATH && !path(&pair, DEVICE).contains(&last));
    assert_eq!(tell(&mut pair, LOWER, middle, &[200, L.0, 201]), None);
    pair.settle();
    assert_eq!((path(&pair, LOWER), path(&pair, DEVICE)), (vec![R, AgentId(200)], vec![L, R, AgentId(200)]));
    // Nothing is said twice.
    pair.input(LOWER, Input::Message { link: middle, message: Message::Path(vec![AgentId(200)]) });
    assert!(pair.sides[LOWER].messages().all(|message| !matches!(message, Message::Path(_))));
    assert!(pair.links.contains_key(&first));
    healthy(&pair);
}

#[test]
fn pulls_are_passed_on_along_the_path_alone_and_not_too_many_for_one_node() {
    let pull = |target: AgentId, seq| Message::Pull(Pull { asker: D, target, seq, flags: SYNC_PULL });
    let ask = |pair: &mut Pair, message| pair.input(LOWER, Input::Message { link: LinkId(1), message });
    let (mut pair, _) = deep();
    for seq in 0..1000 {
        ask(&mut pair, pull(FAR, seq));
    }
    assert_eq!(pair.sides[LOWER].messages().filter(|m| matches!(m, Message::PullEnd(_))).count(), 1000, "refused at once");
    pair.sides[ROUTER].hold = true;
    pair.sides[SERVER].hold = true;
    for (target, first) in [(R, 2000), (AgentId::SERVER, 3000)] {
        (0..PULLS_MAX as u64).for_each(|n| ask(&mut pair, pull(target, first + n)));
    }
    healthy(&pair);
    ask(&mut pair, pull(R, 2999));
    assert_eq!(pair.sides[LOWER].closed.as_ref().map(|(code, _)| *code), Some(Code::E_IOT_PROTOCOLERR));
}

#[test]
fn a_node_that_was_above_and_is_below_now_is_spoken_to_below() {
    let (mut pair, [_, middle, _]) = deep();
    // The lower router hears late that this one is above the upper one no longer.
    assert_eq!(tell(&mut pair, LOWER, middle, &[FAR.0]), None);
    let moved = pair.add(Role::Router, FAR.0, 30, &|_: &mut Config| {});
    pair.join(moved, LOWER);
    pair.settle();
    pair.sides[SERVER].store.commit(Group::USUAL, FAR);
    pair.sides[moved].commit(2);
    assert_eq!(pair.sync_to(LOWER, FAR, PULL), Some(Code::S_OK), "it has sent its rows");
    assert_eq!(path(&pair, moved), [L, R]);
    pair.input(moved, Input::SetLevel(Level(40)));
    healthy(&pair);
}
