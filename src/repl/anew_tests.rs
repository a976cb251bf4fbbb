//! What goes on when an agent is announced anew.

use super::flags::*;
use super::pair::Pair;
use super::tests::all;
use super::tree_tests::{D, DEEP, DEVICE, R, ROUTER, SERVER, WAIT, chain, half, healthy};
use super::{Config, Input, Job};
use crate::base::{AgentId, Code, EpochId, Fork, Level, LinkId, Role, Timestamp};
use crate::wire::Message;

#[test]
fn a_pull_that_waits_until_its_agent_is_announced_again_is_answered_once() {
    let mut pair = Pair::new(|_| {});
    pair.add(Role::Router, R.0, 10, &|_: &mut Config| {});
    let lower = pair.add(Role::Router, 101, 20, &|_: &mut Config| {});
    pair.join(DEVICE, lower);
    let between = pair.join(lower, ROUTER);
    pair.join(ROUTER, SERVER);
    pair.settle();
    // The lower router says once more where the device is; the upper one has not taken that in when the device asks.
    pair.sides[ROUTER].hold = true;
    pair.input(lower, Input::Message { link: between, message: Message::Renew(D) });
    pair.settle();
    pair.sides[SERVER].commit(3);
    let asked = pair.start(DEVICE, AgentId::SERVER, SYNC_PULL | SYNC_WAIT);
    pair.settle();
    assert_eq!(pair.sides[DEVICE].result(asked), None);
    pair.sides[ROUTER].hold = false;
    pair.settle();
    assert_eq!(pair.sides[DEVICE].result(asked), Some(Code::S_OK));
    assert_eq!(pair.sides[DEVICE].came.len(), 3);
    healthy(&pair);
}

#[test]
fn what_is_sent_again_from_before_the_receivers_mark_comes_by_itself() {
    for routed in [false, true] {
        let mut pair = if routed { chain(|_| {}).0 } else { Pair::connected(0, 0) };
        pair.settle();
        pair.sides[SERVER].commit(5);
        let next = if routed { ROUTER } else { DEVICE };
        pair.sides[next].hold = true;
        pair.sync_to(SERVER, D, SYNC_PUSH);
        // The first batch is not acknowledged: these rows and the new ones go together, from where the device was.
        pair.sides[SERVER].commit(5);
        pair.sync_to(SERVER, D, SYNC_PUSH | SYNC_RESEND);
        pair.sides[next].hold = false;
        pair.pass(10_000);
        assert_eq!(pair.sides[DEVICE].came, all(10));
        assert_eq!(pair.sides[next].gaps, 1, "what comes again does not follow the mark");
        assert_eq!(pair.sync_to(SERVER, D, WAIT), Some(Code::S_IOT_NO_NEW_DATA));
        healthy(&pair);
    }
}

#[test]
fn what_a_pull_is_told_before_the_new_announcement_is_taken_in_does_not_count() {
    let mut pair = Pair::connected(0, 0);
    pair.settle();
    pair.sides[SERVER].commit(3);
    pair.sides[SERVER].hold = true;
    let asked = pair.start(DEVICE, AgentId::SERVER, SYNC_PULL | SYNC_WAIT);
    pair.settle();
    // The device says anew where it is; the answer to what it has asked before comes from who does not know that yet.
    pair.input(DEVICE, Input::Message { link: LinkId(1), message: Message::Renew(D) });
    pair.settle();
    assert_eq!(pair.sides[DEVICE].result(asked), None);
    pair.sides[SERVER].hold = false;
    pair.settle();
    assert_eq!(pair.sides[DEVICE].result(asked), Some(Code::S_OK));
    assert_eq!(pair.sides[DEVICE].came, all(3));
    healthy(&pair);
}

#[test]
fn who_comes_anew_again_and_again_has_one_announcement_at_the_database() {
    let mut pair = Pair::connected(3, 3);
    pair.sides[SERVER].hold = true;
    for _ in 0..50 {
        pair.settle();
        pair.cut();
        pair.connect();
    }
    pair.settle();
    assert_eq!(pair.sides[SERVER].jobs.len(), 1);
    pair.sides[SERVER].hold = false;
    assert_eq!(pair.sync(DEVICE, WAIT | SYNC_PULL), Some(Code::S_OK));
    assert_eq!((&pair.sides[DEVICE].came, &pair.sides[SERVER].came), (&all(3), &all(3)));
    healthy(&pair);
}

#[test]
fn a_pull_that_is_refused_before_an_announcement_is_taken_in_is_not_asked_again_and_again() {
    let mut pair = half(|_| {});
    pair.sides[ROUTER].fail_enter.extend([Code::E_NOMEM; 3]);
    pair.hear(DEVICE, Message::Renew(D));
    pair.settle();
    let asked = pair.start(DEVICE, AgentId::SERVER, SYNC_PULL | SYNC_WAIT);
    pair.settle();
    assert_eq!(pair.sides[DEVICE].result(asked), Some(Code::E_IOT_AGENT_NOT_FOUND), "the router has no parent");
    healthy(&pair);
}

/// A device that has got rows of a router and not committed them yet.
fn with_rows_on_their_way() -> (Pair, LinkId) {
    let (mut pair, up) = chain(|_| {});
    pair.sides[DEVICE].hold = true;
    pair.sides[SERVER].commit(3);
    assert_eq!(pair.sync_to(SERVER, D, WAIT), Some(Code::S_OK), "the router has them");
    (pair, up)
}

#[test]
fn what_an_agent_commits_while_its_announcement_is_taken_in_counts() {
    let (mut pair, up) = with_rows_on_their_way();
    pair.sides[SERVER].hold = true;
    pair.input(ROUTER, Input::Message { link: up, message: Message::Renew(D) });
    pair.settle();
    assert!(pair.sides[SERVER].jobs.iter().any(|(_, job)| matches!(job, Job::Attach { announce, .. } if announce.agent == D)));
    pair.sides[DEVICE].hold = false;
    pair.settle();
    pair.sides[SERVER].hold = false;
    pair.settle();
    assert_eq!(pair.sync_to(SERVER, D, DEEP), Some(Code::S_IOT_NO_NEW_DATA), "it does not say so twice");
    healthy(&pair);
}

#[test]
fn what_an_agent_commits_while_it_is_described_is_said_behind_the_announcement() {
    let (mut pair, up) = with_rows_on_their_way();
    pair.sides[ROUTER].hold = true;
    pair.input(ROUTER, Input::Message { link: up, message: Message::Renew(D) });
    pair.sides[DEVICE].hold = false;
    pair.settle();
    let waiting: Vec<_> = pair.sides[ROUTER].jobs.iter().map(|(_, job)| job.clone()).collect();
    assert!(matches!(&waiting[..], [Job::Describe { agent: D }, ..]), "its database does not know of that yet: {waiting:?}");
    assert_eq!(pair.sides[SERVER].saved, 3, "the server does, and the announcement takes that back");
    pair.sides[ROUTER].hold = false;
    pair.settle();
    assert_eq!(pair.sync_to(SERVER, D, DEEP), Some(Code::S_IOT_NO_NEW_DATA));
    healthy(&pair);
}

#[test]
fn custody_that_is_over_is_seen_while_a_link_lasts() {
    let mut pair = Pair::connected(3, 0);
    assert_eq!(pair.sync(DEVICE, WAIT), Some(Code::S_OK));
    // Time has passed at the database: nobody above has to answer for these rows any more.
    pair.sides[DEVICE].custody = Default::default();
    let pause = Config::new(Role::Device, D, Level::DEVICE).custody_pause.0;
    pair.pass(pause / 2);
    assert_eq!(pair.sides[SERVER].received, 3);
    pair.pass(pause / 2);
    assert_eq!(pair.sides[SERVER].received, 6, "without a word of the server");
    assert_eq!(pair.sides[SERVER].came, all(3));
    pair.pass(10 * pause);
    assert_eq!(pair.sides[SERVER].received, 6);
    healthy(&pair);
}

#[test]
fn histories_that_become_known_late_are_told_once_and_answered_by_an_announcement() {
    let mut pair = Pair::connected(1, 0);
    assert_eq!(pair.sync(DEVICE, WAIT), Some(Code::S_OK));
    let announced = pair.sides[DEVICE].attachment;
    let fork = |n| Fork { epoch: EpochId(n), tail: false, at: Timestamp(1), generation: 0 };
    for known in 1..=2 {
        pair.sides[SERVER].forks = (1..=known).map(fork).collect();
        for _ in 0..3 {
            pair.sides[DEVICE].commit(1);
            assert_eq!(pair.sync(DEVICE, WAIT), Some(Code::S_OK));
            pair.settle();
        }
        assert_eq!((pair.sides[DEVICE].heard as u64, pair.sides[DEVICE].attachment - announced), (known, known));
    }
    assert_eq!(pair.sides[SERVER].came, all(7));
    healthy(&pair);
}
