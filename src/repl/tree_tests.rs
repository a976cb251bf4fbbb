//! Routers between devices and their server.

use super::flags::*;
use super::pair::{Pair, at};
use super::tests::{all, batch};
use super::{Config, Input, Waits};
use crate::base::{AgentId, Code, Group, LinkId, Marks, Role, Way};

pub(super) const DEVICE: usize = 0;
pub(super) const SERVER: usize = 1;
pub(super) const ROUTER: usize = 2;
pub(super) const D: AgentId = AgentId(7);
pub(super) const R: AgentId = AgentId(100);
pub(super) const WAIT: u32 = SYNC_PUSH | SYNC_WAIT;
pub(super) const DEEP: u32 = WAIT | SYNC_DEEP_ACK;

/// A device below a router; the router is not connected to the server.
pub(super) fn half(change: impl Fn(&mut Config)) -> Pair {
    let mut pair = Pair::new(&change);
    pair.add(Role::Router, R.0, 10, &change);
    pair.join(DEVICE, ROUTER);
    pair.settle();
    pair
}

/// Device, router, server; gives the link between router and server.
pub(super) fn chain(change: impl Fn(&mut Config)) -> (Pair, LinkId) {
    let mut pair = half(change);
    let link = pair.join(ROUTER, SERVER);
    pair.settle();
    (pair, link)
}

pub(super) fn healthy(pair: &Pair) {
    for side in &pair.sides {
        assert_eq!(side.closed, None, "agent {}", side.agent);
    }
}

pub(super) fn waits(pair: &Pair, me: usize, agent: AgentId) -> Waits {
    pair.sides[me].core.status().iter().find(|s| s.agent == agent).unwrap().waits
}

#[test]
fn rows_go_up_through_a_router_without_a_call_there() {
    let (mut pair, _) = chain(|_| {});
    pair.sides[DEVICE].commit(300);
    assert_eq!(pair.sync_to(DEVICE, R, WAIT), Some(Code::S_OK));
    assert_eq!(pair.sides[SERVER].came, all(300));
    assert_eq!(pair.sync_to(DEVICE, AgentId::SERVER, WAIT), Some(Code::S_IOT_NO_NEW_DATA));
    healthy(&pair);
}

#[test]
fn a_router_without_a_parent_keeps_taking_custody_and_forwards_when_it_has_one() {
    let mut pair = half(|_| {});
    pair.sides[DEVICE].commit(40);
    assert_eq!(pair.sync_to(DEVICE, AgentId::SERVER, WAIT), Some(Code::S_OK));
    assert_eq!(waits(&pair, ROUTER, AgentId::SERVER), Waits::NotConnected);
    let deep = pair.start(DEVICE, AgentId::SERVER, DEEP);
    pair.settle();
    assert_eq!(pair.sides[DEVICE].result(deep), None, "custody is not enough");
    assert_eq!(waits(&pair, DEVICE, R), Waits::FinalNode);
    pair.join(ROUTER, SERVER);
    pair.settle();
    assert_eq!(pair.sides[SERVER].came, all(40));
    assert_eq!(pair.sides[DEVICE].result(deep), Some(Code::S_OK));
    assert_eq!(waits(&pair, DEVICE, R), Waits::Nothing);
    let told = pair.sides[DEVICE].told.last().unwrap();
    assert_eq!((told.agent, told.way, told.ack.flags), (AgentId::SERVER, Way::Up, SYNC_DEEP_ACK));
    assert_eq!(told.marks, Marks::of(Group::USUAL, at(40)));
}

#[test]
fn a_deep_push_ends_with_the_word_of_the_server_and_the_hop_says_nothing_of_it() {
    let (mut pair, _) = chain(|_| {});
    pair.sides[DEVICE].commit(5);
    assert_eq!(pair.sync_to(DEVICE, AgentId::SERVER, DEEP), Some(Code::S_OK));
    let flags: Vec<(AgentId, u32)> = pair.sides[DEVICE].told.iter().map(|t| (t.agent, t.ack.flags)).collect();
    assert_eq!(flags, [(R, WAIT), (AgentId::SERVER, SYNC_DEEP_ACK)]);
    assert_eq!(pair.sides[DEVICE].deep_reads, 1);
    assert_eq!(pair.sync_to(DEVICE, AgentId::SERVER, DEEP), Some(Code::S_IOT_NO_NEW_DATA));
}

#[test]
fn a_deep_push_ends_with_the_code_of_rows_that_the_server_has_set_aside() {
    let (mut pair, _) = chain(|_| {});
    let lower = pair.add(Role::Router, 101, 20, &|_: &mut Config| {});
    let far = pair.add(Role::Device, 8, 65535, &|_: &mut Config| {});
    pair.join(lower, ROUTER);
    pair.join(far, lower);
    for device in [DEVICE, far] {
        pair.sides[device].commit(3);
        pair.sides[SERVER].aside.push_back(Code::S_DUPLICATE);
        assert_eq!(pair.sync_to(device, AgentId::SERVER, DEEP), Some(Code::S_DUPLICATE));
        let told = pair.sides[device].told.last().unwrap();
        assert_eq!((told.agent, told.ack.code, told.ack.flags), (AgentId::SERVER, Code::S_DUPLICATE, SYNC_DEEP_ACK));
        assert_eq!(told.marks, Marks::of(Group::USUAL, at(3)), "they count as received all the same");
        assert_eq!(pair.sync_to(device, AgentId::SERVER, DEEP), Some(Code::S_IOT_NO_NEW_DATA));
        pair.sides[device].commit(1);
        assert_eq!(pair.sync_to(device, AgentId::SERVER, DEEP), Some(Code::S_OK));
        assert_eq!(pair.sides[device].told.last().unwrap().ack.code, Code::S_OK);
    }
    healthy(&pair);
}

#[test]
fn rows_set_aside_are_told_once_also_when_the_word_was_lost() {
    let (mut pair, up) = chain(|_| {});
    pair.sides[DEVICE].commit(3);
    pair.sides[SERVER].aside.push_back(Code::S_DUPLICATE);
    let (hop, deep) = (pair.start(DEVICE, AgentId::SERVER, WAIT), pair.start(DEVICE, AgentId::SERVER, DEEP));
    while pair.sides[SERVER].came.len() < 3 {
        assert!((0..3).fold(false, |any, me| any | pair.work(me) | (me != SERVER && pair.deliver(me))));
    }
    pair.cut_link(up);
    pair.settle();
    assert_eq!((pair.sides[DEVICE].result(hop), pair.sides[DEVICE].result(deep)), (Some(Code::S_OK), None));
    let up = pair.join(ROUTER, SERVER);
    pair.settle();
    assert_eq!(pair.sides[DEVICE].result(deep), Some(Code::S_DUPLICATE));
    assert_eq!(pair.sides[DEVICE].told.last().unwrap().ack.code, Code::S_DUPLICATE);
    pair.cut_link(up);
    pair.join(ROUTER, SERVER);
    pair.sides[DEVICE].commit(1);
    assert_eq!(pair.sync_to(DEVICE, AgentId::SERVER, DEEP), Some(Code::S_OK), "these rows are none of them");
    assert_eq!(pair.sides[DEVICE].told.last().unwrap().ack.code, Code::S_OK);
}

#[test]
fn a_deep_push_down_ends_with_the_code_of_rows_that_the_device_has_set_aside() {
    let (mut pair, _) = chain(|_| {});
    pair.sides[SERVER].store.commit(Group::USUAL, D);
    pair.sides[DEVICE].aside.push_back(Code::S_DUPLICATE);
    let (hop, deep) = (pair.start(SERVER, D, WAIT), pair.start(SERVER, D, DEEP));
    pair.settle();
    assert_eq!((pair.sides[SERVER].result(hop), pair.sides[SERVER].result(deep)), (Some(Code::S_OK), Some(Code::S_DUPLICATE)));
    assert_eq!(pair.sides[SERVER].told.last().unwrap().ack.code, Code::S_DUPLICATE);
    pair.sides[SERVER].store.commit(Group::USUAL, D);
    assert_eq!(pair.sync_to(SERVER, D, DEEP), Some(Code::S_OK));
}

#[test]
fn rows_go_down_to_an_agent_behind_a_router_and_its_mark_comes_up() {
    let (mut pair, _) = chain(|_| {});
    (0..30).for_each(|_| pair.sides[SERVER].store.commit(Group::USUAL, D));
    assert_eq!(pair.sync_to(SERVER, D, WAIT), Some(Code::S_OK));
    assert_eq!(pair.sides[DEVICE].came, all(30));
    assert_eq!(pair.sides[ROUTER].came, [] as [u64; 0], "what is held for a device is not the router's");
    assert_eq!(pair.sides[SERVER].known[&D].down[0].mark, at(30));
    assert_eq!(pair.sides[ROUTER].known[&D].down[0].mark, at(30));
    let told: Vec<(AgentId, u32)> = pair.sides[SERVER].told.iter().map(|t| (t.agent, t.ack.flags)).collect();
    assert_eq!(told, [(R, WAIT), (D, SYNC_DEEP_ACK)]);
    healthy(&pair);
}

#[test]
fn a_push_down_ends_with_the_hop_and_a_deep_one_with_the_mark_of_the_agent() {
    let (mut pair, _) = chain(|_| {});
    pair.sides[SERVER].store.commit(Group::USUAL, D);
    pair.sides[DEVICE].hold = true;
    let (hop, deep) = (pair.start(SERVER, D, WAIT), pair.start(SERVER, D, DEEP));
    pair.settle();
    assert_eq!((pair.sides[SERVER].result(hop), pair.sides[SERVER].result(deep)), (Some(Code::S_OK), None));
    assert_eq!(waits(&pair, SERVER, D), Waits::FinalNode);
    assert_eq!(waits(&pair, ROUTER, D), Waits::Unacknowledged);
    pair.sides[DEVICE].hold = false;
    pair.settle();
    assert_eq!(pair.sides[SERVER].result(deep), Some(Code::S_OK));
}

#[test]
fn a_device_pulls_from_the_server_through_the_router() {
    let (mut pair, _) = chain(|_| {});
    pair.sides[SERVER].commit(500);
    let pull = SYNC_PULL | SYNC_WAIT;
    assert_eq!(pair.sync_to(DEVICE, AgentId::SERVER, pull), Some(Code::S_OK));
    assert_eq!(pair.sides[DEVICE].came, all(500));
    assert_eq!(pair.sync_to(DEVICE, AgentId::SERVER, pull), Some(Code::S_IOT_NO_NEW_DATA));
    healthy(&pair);
}

#[test]
fn a_pull_may_be_answered_before_its_rows_are_here() {
    let (mut pair, _) = chain(|_| {});
    pair.sides[SERVER].commit(9);
    pair.sides[ROUTER].fail_read.push_back(Code::E_CORE);
    let sync = pair.start(DEVICE, AgentId::SERVER, SYNC_PULL | SYNC_WAIT);
    pair.settle();
    assert_eq!((pair.sides[DEVICE].result(sync), pair.sides[DEVICE].came.len()), (None, 0));
    pair.pass(1000);
    assert_eq!((pair.sides[DEVICE].result(sync), pair.sides[DEVICE].came.len()), (Some(Code::S_OK), 9));
}

#[test]
fn the_server_pulls_from_an_agent_behind_a_router() {
    let (mut pair, _) = chain(|_| {});
    pair.sides[DEVICE].commit(20);
    assert_eq!(pair.sync_to(SERVER, D, SYNC_PULL | SYNC_WAIT), Some(Code::S_OK));
    assert_eq!(pair.sides[SERVER].came, all(20));
    assert_eq!(pair.sync_to(SERVER, D, SYNC_PULL | SYNC_WAIT), Some(Code::S_IOT_NO_NEW_DATA));
}

#[test]
fn a_router_that_cannot_pass_a_pull_on_says_so() {
    let (mut pair, up) = chain(|_| {});
    pair.sides[SERVER].hold = true;
    pair.sides[SERVER].commit(1);
    let pull = SYNC_PULL | SYNC_WAIT;
    let asked = pair.start(DEVICE, AgentId::SERVER, pull);
    pair.settle();
    assert_eq!(pair.sides[DEVICE].result(asked), None);
    pair.cut_link(up);
    pair.settle();
    assert_eq!(pair.sides[DEVICE].result(asked), Some(Code::E_IOT_AGENT_NOT_FOUND));
    assert_eq!(pair.sync_to(DEVICE, AgentId::SERVER, pull), Some(Code::E_IOT_AGENT_NOT_FOUND));
}

#[test]
fn an_agent_that_leaves_is_withdrawn_and_one_that_returns_is_found_again() {
    let (mut pair, up) = chain(|_| {});
    pair.cut_link(LinkId(1));
    pair.settle();
    assert_eq!(pair.sync_to(SERVER, D, WAIT), Some(Code::E_IOT_AGENT_NOT_FOUND));
    assert_eq!(waits(&pair, SERVER, D), Waits::NoRoute);
    pair.sides[SERVER].store.commit(Group::USUAL, D);
    pair.join(DEVICE, ROUTER);
    pair.settle();
    assert_eq!(pair.sync_to(SERVER, D, WAIT), Some(Code::S_OK));
    assert_eq!(pair.sides[DEVICE].came, [1]);
    pair.cut_link(up);
    pair.join(ROUTER, SERVER);
    pair.settle();
    pair.sides[SERVER].store.commit(Group::USUAL, D);
    assert_eq!(pair.sync_to(SERVER, D, DEEP), Some(Code::S_OK), "a new parent is told of everybody");
    healthy(&pair);
}

#[test]
fn children_that_are_gone_count_as_not_found_when_the_others_are_done() {
    let (mut pair, _) = chain(|_| {});
    let other = pair.add(Role::Device, 8, 65535, &|_: &mut Config| {});
    let link = pair.join(other, ROUTER);
    pair.settle();
    (0..3).for_each(|_| pair.sides[SERVER].commit(1));
    assert_eq!(pair.sync_to(SERVER, R, DEEP | SYNC_CHILDS), Some(Code::S_OK));
    assert_eq!((pair.sides[DEVICE].came.len(), pair.sides[other].came.len()), (3, 3));
    pair.cut_link(link);
    pair.settle();
    pair.sides[SERVER].commit(1);
    assert_eq!(pair.sync_to(SERVER, R, DEEP | SYNC_CHILDS), Some(Code::E_IOT_AGENT_NOT_FOUND));
    assert_eq!(pair.sides[DEVICE].came.len(), 4, "the others are served");
}

#[test]
fn rows_follow_the_newest_claim_and_then_the_one_that_is_left() {
    let (mut pair, _) = chain(|_| {});
    let second = pair.add(Role::Router, 101, 10, &|_: &mut Config| {});
    pair.join(second, SERVER);
    pair.settle();
    // The link to the first router is half open: nobody there notices that the device has gone.
    pair.input(DEVICE, Input::PeerDown { link: LinkId(1), code: Code::E_NW_CLOSED });
    let direct = pair.join(DEVICE, second);
    pair.settle();
    pair.sides[SERVER].store.commit(Group::USUAL, D);
    assert_eq!(pair.sync_to(SERVER, D, DEEP), Some(Code::S_OK));
    let link_of = |pair: &Pair| pair.sides[SERVER].core.status().iter().find(|s| s.agent == D).unwrap().link;
    assert_eq!(link_of(&pair), Some(LinkId(3)));
    // The first router notices late: its claim is not the one in use.
    pair.cut_link(LinkId(1));
    pair.settle();
    assert_eq!(link_of(&pair), Some(LinkId(3)));
    pair.sides[SERVER].store.commit(Group::USUAL, D);
    assert_eq!(pair.sync_to(SERVER, D, DEEP), Some(Code::S_OK));
    // It goes back, and the second one is the one that is late.
    pair.input(DEVICE, Input::PeerDown { link: direct, code: Code::E_NW_CLOSED });
    let back = pair.join(DEVICE, ROUTER);
    pair.settle();
    assert_eq!(link_of(&pair), Some(LinkId(2)));
    // The link of the newest claim ends; the other one is asked to announce the agent again.
    pair.cut_link(back);
    pair.settle();
    assert_eq!(link_of(&pair), Some(LinkId(3)));
    assert_eq!(pair.sides[SERVER].core.status().iter().find(|s| s.agent == D).unwrap().attachment, Some(2));
    assert_eq!(waits(&pair, SERVER, D), Waits::Nothing, "it is taken in again");
    healthy(&pair);
}

#[test]
fn a_second_link_upwards_is_kept_in_reserve_and_used_when_the_first_is_lost() {
    let (mut pair, _) = chain(|_| {});
    let spare = pair.join(DEVICE, SERVER);
    pair.settle();
    assert_eq!(waits(&pair, DEVICE, AgentId::SERVER), Waits::Standby);
    pair.sides[DEVICE].commit(3);
    assert_eq!(pair.sync_to(DEVICE, AgentId::SERVER, DEEP), Some(Code::S_OK));
    assert!(pair.sides[ROUTER].came == all(3) && pair.sides[SERVER].came == all(3), "by way of the router");
    pair.input(DEVICE, Input::Message { link: spare, message: batch(0, 1, BATCH_BEGIN, 8) });
    assert!(pair.sides[DEVICE].closed.take().is_some(), "a link in reserve carries nothing");
    pair.cut_link(spare);
    pair.join(DEVICE, SERVER);
    pair.cut_link(LinkId(1));
    pair.settle();
    assert_eq!(pair.sides[DEVICE].parent, Some(AgentId::SERVER));
    pair.sides[DEVICE].commit(2);
    assert_eq!(pair.sync_to(DEVICE, AgentId::SERVER, DEEP), Some(Code::S_OK));
    assert_eq!((pair.sides[ROUTER].came.len(), pair.sides[SERVER].came.clone()), (3, all(5)));
}

#[test]
fn mail_that_was_dropped_comes_again_from_the_mark_of_the_agent() {
    let (mut pair, _) = chain(|c| c.batch_bytes = 8);
    pair.sides[DEVICE].hold = true;
    (0..6).for_each(|_| pair.sides[SERVER].store.commit(Group::USUAL, D));
    assert_eq!(pair.sync_to(SERVER, D, WAIT), Some(Code::S_OK));
    // Some of it is on its way to the device when the router needs the room.
    pair.sides[ROUTER].store.drop_mail(D);
    let deep = pair.start(SERVER, D, DEEP);
    pair.sides[DEVICE].hold = false;
    pair.settle();
    pair.sides[SERVER].store.commit(Group::USUAL, D);
    assert_eq!(pair.sync_to(SERVER, D, SYNC_PUSH), Some(Code::S_OK));
    pair.pass(5000);
    assert_eq!(pair.sides[DEVICE].came, all(7));
    assert!(pair.sides[SERVER].result(deep).is_some());
    assert_eq!(pair.sync_to(SERVER, D, DEEP), Some(Code::S_IOT_NO_NEW_DATA));
    healthy(&pair);
}

#[test]
fn a_router_full_of_mail_refuses_one_agent_and_a_mark_ends_the_pause() {
    let (mut pair, _) =
        chain(|c| (c.batch_bytes, c.retry_first, c.retry_last) = (8, crate::base::Millis(50_000), crate::base::Millis(50_000)));
    pair.sides[ROUTER].store.boxes = 2;
    pair.sides[DEVICE].hold = true;
    (0..6).for_each(|_| pair.sides[SERVER].store.commit(Group::USUAL, D));
    pair.sync_to(SERVER, D, SYNC_PUSH);
    assert!(matches!(waits(&pair, SERVER, D), Waits::ReceiverFull(_)));
    pair.sides[SERVER].store.commit(Group::USUAL, R);
    assert_eq!(pair.sync_to(SERVER, R, WAIT), Some(Code::S_OK), "nobody else is held up");
    pair.sides[DEVICE].hold = false;
    pair.settle();
    assert_eq!(pair.sides[DEVICE].came, all(6), "no time has passed");
}

#[test]
fn a_reconcile_passes_a_router_page_by_page_and_counts_only_when_it_is_complete() {
    let (mut pair, _) = chain(|_| {});
    pair.sides[SERVER].store.reconcile.insert(D);
    (0..4).for_each(|_| pair.sides[SERVER].store.commit(Group::USUAL, D));
    pair.cut_link(LinkId(1));
    pair.join(DEVICE, ROUTER);
    pair.settle();
    assert_eq!(pair.sync_to(SERVER, D, DEEP), Some(Code::S_OK));
    assert_eq!(pair.sides[DEVICE].came, all(4));
    assert_eq!(pair.sides[SERVER].told.iter().filter(|t| t.agent == D).map(|t| t.ack.position).collect::<Vec<_>>(), [at(4)]);
    assert_eq!(pair.sync_to(DEVICE, AgentId::SERVER, SYNC_PULL | SYNC_WAIT), Some(Code::S_IOT_NO_NEW_DATA));
    healthy(&pair);
}

#[test]
fn a_higher_group_goes_first() {
    let (mut pair, _) = chain(|c| c.batch_bytes = 80);
    pair.input(DEVICE, Input::Groups(vec![Group(5)]));
    for _ in 0..50 {
        pair.sides[DEVICE].store.commit(Group(0), AgentId::SERVER);
        pair.sides[DEVICE].store.commit(Group(5), AgentId::SERVER);
    }
    assert_eq!(pair.sync_to(DEVICE, AgentId::SERVER, DEEP), Some(Code::S_OK));
    let came = &pair.sides[ROUTER].came;
    assert!(came[..50].iter().all(|n| n % 2 == 0) && came[50..].iter().all(|n| n % 2 == 1), "{came:?}");
    assert_eq!(pair.sides[SERVER].came.len(), 100);
}

#[test]
fn streams_of_many_agents_share_a_link_in_turn() {
    let (mut pair, _) = chain(|c| (c.batch_bytes, c.window_bytes, c.link_window_bytes) = (80, 2000, 300));
    let other = pair.add(Role::Device, 8, 65535, &|c: &mut Config| (c.window_bytes, c.link_window_bytes) = (2000, 300));
    pair.join(other, ROUTER);
    pair.settle();
    pair.sides[SERVER].commit(200);
    pair.sides[ROUTER].hold = true;
    let syncs = [7, 8].map(|agent| pair.start(SERVER, AgentId(agent), WAIT));
    pair.settle();
    assert!(pair.sides[SERVER].core.held(LinkId(2)).0 <= 300 + 144);
    assert!(pair.sides[ROUTER].core.held(LinkId(2)).1 <= 300);
    pair.sides[ROUTER].hold = false;
    while pair.sides[DEVICE].came.len() < 100 {
        assert!(
            pair.deliver(SERVER)
                | pair.work(SERVER)
                | pair.work(ROUTER)
                | pair.deliver(ROUTER)
                | pair.work(DEVICE)
                | pair.deliver(DEVICE)
                | pair.work(other)
                | pair.deliver(other)
        );
    }
    assert!(pair.sides[other].came.len() > 50, "{}", pair.sides[other].came.len());
    pair.settle();
    assert!(syncs.iter().all(|sync| pair.sides[SERVER].result(*sync) == Some(Code::S_OK)));
    healthy(&pair);
}

#[test]
fn pulls_that_nobody_can_answer_any_more_end_and_leave_room_for_others() {
    let (mut pair, up) = chain(|_| {});
    for round in 0..20 {
        pair.sides[SERVER].hold = true;
        let asked = pair.start(DEVICE, AgentId::SERVER, SYNC_PULL | SYNC_WAIT);
        pair.sides[SERVER].commit(1);
        let asks = pair.start(SERVER, D, SYNC_PULL | SYNC_WAIT);
        pair.settle();
        assert_eq!(pair.sides[DEVICE].result(asked), None);
        // The router is asked to announce the device once more, and so is the device.
        pair.input(ROUTER, Input::Message { link: up, message: crate::wire::Message::Renew(D) });
        pair.input(DEVICE, Input::Message { link: LinkId(1), message: crate::wire::Message::Renew(D) });
        pair.sides[SERVER].hold = false;
        pair.settle();
        assert!(pair.sides[DEVICE].result(asked).is_some() && pair.sides[SERVER].result(asks).is_some(), "round {round}");
        assert_eq!(
            pair.sync_to(DEVICE, AgentId::SERVER, SYNC_PULL | SYNC_WAIT).map(|c| c.is_error()),
            Some(false),
            "round {round}"
        );
        assert_eq!(pair.sync_to(SERVER, D, DEEP).map(|c| c.is_error()), Some(false));
    }
    healthy(&pair);
}

#[test]
fn a_pull_that_cannot_be_passed_on_is_refused_behind_the_answer_to_the_announcement() {
    for had_parent in [false, true] {
        let mut pair = half(|_| {});
        let upper = pair.add(Role::Router, 101, 5, &|_: &mut Config| {});
        let up = had_parent.then(|| pair.join(upper, SERVER));
        pair.settle();
        // What comes before that answer would be taken for one to an earlier question.
        pair.sides[upper].hold = true;
        pair.join(ROUTER, upper);
        pair.settle();
        let asked = pair.start(DEVICE, AgentId::SERVER, SYNC_PULL | SYNC_WAIT);
        pair.settle();
        up.into_iter().for_each(|up| pair.cut_link(up));
        pair.sides[upper].hold = false;
        pair.settle();
        assert_eq!(pair.sides[DEVICE].result(asked), Some(Code::E_IOT_AGENT_NOT_FOUND), "{had_parent}");
        healthy(&pair);
    }
}

#[test]
fn who_comes_over_another_link_is_not_told_of_questions_that_it_gave_up_with_the_old_one() {
    let mut pair = half(|_| {});
    let upper = pair.add(Role::Router, 101, 5, &|_: &mut Config| {});
    pair.join(ROUTER, upper);
    pair.join(upper, SERVER);
    pair.join(DEVICE, upper);
    pair.settle();
    pair.sides[SERVER].hold = true;
    pair.sides[SERVER].commit(1);
    let asked = pair.start(DEVICE, AgentId::SERVER, SYNC_PULL | SYNC_WAIT);
    pair.settle();
    // The first router does not notice yet that the device has gone.
    pair.input(DEVICE, Input::PeerDown { link: LinkId(1), code: Code::E_NW_CLOSED });
    pair.settle();
    assert_eq!(pair.sides[DEVICE].result(asked), Some(Code::E_NW_CLOSED));
    healthy(&pair);
    pair.sides[SERVER].hold = false;
    assert_eq!(pair.sync_to(DEVICE, AgentId::SERVER, SYNC_PULL | SYNC_WAIT), Some(Code::S_OK));
    healthy(&pair);
}

#[test]
fn a_pull_whose_answer_no_longer_holds_is_asked_again() {
    let (mut pair, _) = chain(|_| {});
    pair.sides[SERVER].commit(3);
    pair.sides[ROUTER].fail_read.push_back(Code::E_IOT_TS_GAP);
    let asked = pair.start(DEVICE, AgentId::SERVER, SYNC_PULL | SYNC_WAIT);
    pair.settle();
    assert_eq!(pair.sides[DEVICE].result(asked), None, "the router has lost what was to come");
    // When the device has said where it is there is nothing left that would lead it to the end that it was told.
    pair.sides[ROUTER].store.mail.clear();
    pair.sides[ROUTER].store.mail_end.clear();
    pair.sides[SERVER].store.go_back(0);
    pair.pass(60_000);
    assert_eq!(pair.sides[DEVICE].result(asked), Some(Code::S_IOT_NO_NEW_DATA));
    healthy(&pair);
}
