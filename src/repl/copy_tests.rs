//! A database and its copy: one of them is served, wherever both are.

use super::Config;
use super::flags::*;
use super::pair::Pair;
use super::tree_tests::{D, DEVICE, ROUTER, SERVER, chain, healthy};
use crate::base::{AgentId, Code, Role};

const PULL: u32 = SYNC_PULL | SYNC_WAIT;

const LOWER: usize = 3;
const COPY: usize = 4;

/// A copy of the device has been below another router once. Both hang at `ROUTER`.
fn with_a_copy() -> Pair {
    let (mut pair, _) = chain(|_| {});
    pair.add(Role::Router, 101, 20, &|_: &mut Config| {});
    pair.add(Role::Device, D.0, 65535, &|_: &mut Config| {});
    pair.sides[COPY].store.db = pair.sides[DEVICE].store.db;
    pair.join(LOWER, ROUTER);
    let link = pair.join(COPY, LOWER);
    pair.settle();
    pair.cut_link(link);
    pair.settle();
    pair
}

/// Its next attachment is newer than that of the original.
fn copy_comes(pair: &mut Pair) {
    pair.join(COPY, LOWER);
    pair.settle();
}

#[test]
fn a_pull_of_the_one_that_is_not_served_leads_nowhere_and_ends() {
    let mut pair = with_a_copy();
    copy_comes(&mut pair);
    // Both count their pulls alike.
    pair.sides[SERVER].hold = true;
    let served = pair.start(COPY, AgentId::SERVER, PULL);
    pair.settle();
    assert_eq!(pair.sync_to(DEVICE, AgentId::SERVER, PULL), Some(Code::E_IOT_AGENT_NOT_FOUND));
    pair.sides[SERVER].hold = false;
    pair.settle();
    assert_eq!(pair.sides[COPY].result(served), Some(Code::S_IOT_NO_NEW_DATA));
    healthy(&pair);
}

#[test]
fn the_answer_to_a_pull_that_was_given_up_breaks_nothing() {
    let mut pair = with_a_copy();
    pair.sides[DEVICE].commit(1);
    pair.sides[DEVICE].hold = true;
    let pull = pair.start(ROUTER, D, PULL);
    pair.settle();
    assert_eq!(pair.sides[ROUTER].result(pull), None);
    copy_comes(&mut pair);
    assert_eq!(pair.sides[ROUTER].result(pull), Some(Code::E_IOT_AGENT_NOT_FOUND));
    pair.sides[DEVICE].hold = false;
    pair.settle();
    healthy(&pair);
}

/// The original is below one router, a copy of it below another, which came later.
fn with_a_copy_elsewhere() -> Pair {
    let (mut pair, _) = chain(|_| {});
    let other = pair.add(Role::Router, 101, 10, &|_: &mut Config| {});
    pair.add(Role::Device, D.0, 65535, &|_: &mut Config| {});
    pair.sides[COPY].store.db = pair.sides[DEVICE].store.db;
    pair.join(other, SERVER);
    pair.join(COPY, other);
    pair
}

#[test]
fn a_pull_of_a_copy_behind_another_router_ends_too() {
    let mut pair = with_a_copy_elsewhere();
    pair.settle();
    assert_eq!(pair.sync_to(DEVICE, AgentId::SERVER, PULL), Some(Code::E_IOT_AGENT_NOT_FOUND));
    assert_eq!(pair.sync_to(COPY, AgentId::SERVER, PULL), Some(Code::S_IOT_NO_NEW_DATA));
    healthy(&pair);
}

#[test]
fn it_ends_behind_the_answer_to_the_announcement() {
    let (mut pair, up) = chain(|_| {});
    pair.cut_link(up);
    pair.sides[SERVER].hold = true;
    pair.join(ROUTER, SERVER);
    let other = pair.add(Role::Router, 101, 10, &|_: &mut Config| {});
    pair.add(Role::Device, D.0, 65535, &|_: &mut Config| {});
    pair.sides[COPY].store.db = pair.sides[DEVICE].store.db;
    pair.join(other, SERVER);
    pair.settle();
    pair.join(COPY, other);
    pair.settle();
    let pull = pair.start(DEVICE, AgentId::SERVER, PULL);
    pair.settle();
    assert_eq!(pair.sides[DEVICE].result(pull), None);
    pair.sides[SERVER].hold = false;
    pair.settle();
    assert_eq!(pair.sides[DEVICE].result(pull), Some(Code::E_IOT_AGENT_NOT_FOUND));
    healthy(&pair);
}

#[test]
fn who_waits_is_told_when_a_copy_takes_its_place() {
    let mut pair = with_a_copy();
    pair.sides[SERVER].hold = true;
    let pull = pair.start(DEVICE, AgentId::SERVER, PULL);
    pair.settle();
    assert_eq!(pair.sides[DEVICE].result(pull), None);
    copy_comes(&mut pair);
    assert_eq!(pair.sides[DEVICE].result(pull), Some(Code::E_IOT_AGENT_NOT_FOUND));
    pair.sides[SERVER].hold = false;
    pair.settle();
    healthy(&pair);
}
