//! Who may say what, and what becomes of announcements.

use super::config::ANNOUNCED_MAX;
use super::flags::*;
use super::pair::{Pair, at};
use super::tests::{all, batch};
use super::tree_tests::{D, DEEP, DEVICE, R, ROUTER, SERVER, WAIT, chain, half, healthy, waits};
use super::{Config, Input, Job, Waits};
use crate::base::{AgentId, Code, EpochInfo, Group, Level, LinkId, Marks, Role, Way};
use crate::wire::{Ack, Mark, Message, Routed, Withdraw};

#[test]
fn announcements_that_are_not_answered_are_bounded() {
    let mut pair = half(|_| {});
    for agent in 1000..1000 + 2 * ANNOUNCED_MAX as u64 {
        let device = pair.add(Role::Device, agent, 65535, &|_: &mut Config| {});
        pair.join(device, ROUTER);
    }
    pair.settle();
    pair.join(ROUTER, SERVER);
    pair.sides[SERVER].hold = true;
    pair.settle();
    let announced = pair.sides[SERVER].core.status().iter().filter(|s| s.way == Way::Down && s.attachment.is_some()).count();
    assert_eq!(announced, ANNOUNCED_MAX + 1, "and the router itself");
    pair.sides[SERVER].hold = false;
    pair.settle();
    let status = pair.sides[SERVER].core.status();
    assert_eq!(status.iter().filter(|s| s.attachment.is_some()).count(), 2 * ANNOUNCED_MAX + 2);
    healthy(&pair);
}

#[test]
fn entering_is_tried_until_it_succeeds() {
    let mut pair = Pair::new(|_| {});
    pair.add(Role::Router, R.0, 10, &|_: &mut Config| {});
    for side in &mut pair.sides {
        side.fail_enter.extend([Code::E_NOMEM; 5]);
    }
    pair.sides[DEVICE].commit(3);
    pair.join(DEVICE, ROUTER);
    pair.join(ROUTER, SERVER);
    pair.settle();
    assert_eq!(waits(&pair, DEVICE, R), Waits::Attaching);
    let sync = pair.start(DEVICE, AgentId::SERVER, DEEP);
    pair.pass(60_000);
    assert_eq!(pair.sides[DEVICE].result(sync), Some(Code::S_OK), "who asks early waits for it");
    healthy(&pair);
}

#[test]
fn an_announcement_that_contradicts_history_costs_only_its_agent_behind_a_router() {
    let mut pair = half(|_| {});
    pair.join(ROUTER, SERVER);
    pair.sides[SERVER].fail_enter.extend([Code::S_OK, Code::E_IOT_PROTOCOLERR]);
    pair.settle();
    assert_eq!(pair.sides[ROUTER].closed.take().map(|c| c.0), Some(Code::E_IOT_PROTOCOLERR), "it hears why");
    healthy(&pair);
    assert_eq!(pair.links.len(), 2);
    assert_eq!(pair.sync_to(SERVER, R, WAIT), Some(Code::S_IOT_NO_NEW_DATA), "the router is served");
    assert_eq!(pair.sync_to(SERVER, D, WAIT), Some(Code::E_IOT_AGENT_NOT_FOUND));
    let mut pair = Pair::connected(0, 0);
    pair.sides[SERVER].fail_enter.push_back(Code::E_IOT_PROTOCOLERR);
    pair.settle();
    assert_eq!(pair.sides[SERVER].closed.as_ref().map(|c| c.0), Some(Code::E_IOT_PROTOCOLERR));
}

#[test]
fn an_unknown_schema_is_asked_for_and_the_batch_tried_again() {
    let (mut pair, _) = chain(|_| {});
    pair.sides[ROUTER].store.lacks.insert(42);
    pair.sides[DEVICE].store.shown = Some("schema".into());
    pair.sides[DEVICE].commit(3);
    assert_eq!(pair.sync_to(DEVICE, AgentId::SERVER, DEEP), Some(Code::S_OK));
    assert_eq!(pair.sides[ROUTER].learned, ["schema"]);
    pair.sides[SERVER].store.lacks.insert(43);
    pair.sides[DEVICE].commit(3);
    assert_eq!(pair.sync_to(DEVICE, AgentId::SERVER, DEEP), Some(Code::S_OK));
    assert_eq!(pair.sides[SERVER].learned, [""], "nobody knows it");
}

#[test]
fn who_leaves_its_role_is_closed() {
    let routed = |message| Message::Routed(Routed { agent: D, attachment: 1, message: Box::new(message) });
    let mark = |position| Message::Mark(Mark { group: Group::USUAL, position, code: Code::S_OK });
    let (pair, _) = chain(|_| {});
    let mut stranger = pair.sides[ROUTER].known[&D].clone();
    stranger.agent = AgentId(9);
    let announce = Message::Announce(Box::new(stranger));
    let withdraw = Message::Withdraw(Withdraw { agent: AgentId(9), attachment: 1 });
    let cases = [
        ("a device announces another", ROUTER, 1, announce.clone()),
        ("a device routes", ROUTER, 1, routed(mark(at(0)))),
        ("a device withdraws another", ROUTER, 1, withdraw),
        ("announced from above", ROUTER, 2, announce),
        ("standby from above", ROUTER, 2, Message::Standby),
        ("a word from below", SERVER, 2, Message::Word(Default::default())),
        ("renewed from below", SERVER, 2, Message::Renew(D)),
        ("rows routed up", SERVER, 2, routed(batch(0, 1, BATCH_BEGIN, 8))),
        ("a mark beyond what was sent", SERVER, 2, routed(mark(at(1)))),
        ("a welcome that nobody waits for", ROUTER, 2, Message::Welcome(Marks::default())),
        ("and one for another", ROUTER, 2, routed(Message::Welcome(Marks::default()))),
    ];
    for (what, who, link, message) in cases {
        let (mut pair, _) = chain(|_| {});
        pair.sides[SERVER].commit(1);
        pair.sync_to(SERVER, D, DEEP);
        let message = if what.contains("beyond") { routed(mark(at(2))) } else { message };
        pair.input(who, Input::Message { link: LinkId(link), message });
        assert_eq!(pair.sides[who].closed.as_ref().map(|c| c.0), Some(Code::E_IOT_PROTOCOLERR), "{what}");
    }
}

#[test]
fn what_belongs_to_an_older_attachment_means_nothing() {
    let (mut pair, up) = chain(|_| {});
    let old = |message| Message::Routed(Routed { agent: D, attachment: 99, message: Box::new(message) });
    let ack =
        Ack { seq: 9, group: Group::USUAL, flags: 0, position: at(9), code: Code::S_OK, retry_after: crate::base::Millis(0) };
    let mark = Mark { group: Group::USUAL, position: at(9), code: Code::S_OK };
    for message in [Message::Ack(ack), Message::Mark(mark)] {
        pair.input(SERVER, Input::Message { link: up, message: old(message) });
    }
    pair.input(ROUTER, Input::Message { link: up, message: old(batch(8, 9, 0, 8)) });
    let gone = Message::Withdraw(Withdraw { agent: D, attachment: 99 });
    pair.input(SERVER, Input::Message { link: up, message: gone });
    pair.settle();
    healthy(&pair);
    pair.sides[SERVER].commit(1);
    assert_eq!(pair.sync_to(SERVER, D, DEEP), Some(Code::S_OK));
}

#[test]
fn a_server_that_has_lost_something_gets_it_again_over_the_same_link() {
    let mut pair = Pair::connected(5, 0);
    assert_eq!(pair.sync(DEVICE, DEEP), Some(Code::S_OK));
    let word = crate::base::Word { confirmed: Marks::of(Group::USUAL, at(2)), fresh: true, ..Default::default() };
    pair.hear(DEVICE, Message::Word(word));
    pair.settle();
    healthy(&pair);
    let sent = pair.sides[SERVER].received;
    assert_eq!(sent, 5 + 3, "what is behind the confirmed position goes again");
    assert_eq!(pair.sides[DEVICE].custody.get(Group::USUAL), at(5));
}

#[test]
fn what_the_parent_has_is_not_taken_back_when_it_arrives_as_the_stream_begins_anew() {
    let mut pair = Pair::connected(5, 0);
    assert_eq!(pair.sync(DEVICE, DEEP), Some(Code::S_OK));
    pair.sides[DEVICE].commit(1);
    pair.sides[SERVER].hold = true;
    pair.start(DEVICE, AgentId::SERVER, SYNC_PUSH);
    pair.settle();
    let word = crate::base::Word { confirmed: Marks::of(Group::USUAL, at(2)), fresh: true, ..Default::default() };
    pair.hear(DEVICE, Message::Word(word));
    pair.settle();
    pair.sides[SERVER].hold = false;
    while pair.work(SERVER) | pair.deliver(SERVER) | pair.work(DEVICE) | pair.deliver(DEVICE) {
        assert!(pair.sides[DEVICE].saved >= 5, "{}", pair.sides[DEVICE].saved);
    }
    assert_eq!(pair.sides[DEVICE].saved, 6);
    healthy(&pair);
}

#[test]
fn a_kept_push_goes_on_by_whichever_parent_there_is() {
    let mut pair = half(|_| {});
    pair.sides[ROUTER].hold = true;
    pair.sides[DEVICE].commit(4);
    assert_eq!(pair.sync_to(DEVICE, AgentId::SERVER, SYNC_PUSH | SYNC_NONBLOCK), Some(Code::S_OK));
    pair.cut_link(LinkId(1));
    pair.join(DEVICE, SERVER);
    pair.settle();
    assert_eq!(pair.sides[SERVER].came, all(4));
}

#[test]
fn a_level_that_turns_a_link_round_or_equals_closes_it() {
    for (level, closes) in [(20, false), (1, true)] {
        let (mut pair, _) = chain(|_| {});
        pair.input(ROUTER, Input::SetLevel(Level(level)));
        assert_eq!(pair.sides[ROUTER].closed.as_ref().map(|c| c.0), closes.then_some(Code::E_IOT_INCOMPATIBLE_LEVEL), "{level}");
    }
}

fn set_level(pair: &mut Pair, me: usize, level: u16) {
    pair.sides[me].store.level = Level(level);
    pair.input(me, Input::SetLevel(Level(level)));
}

/// A router on level 10 below one on level 5; their link and the upper one.
fn two_routers() -> (Pair, LinkId, usize) {
    let mut pair = half(|_| {});
    let upper = pair.add(Role::Router, 101, 5, &|_: &mut Config| {});
    let link = pair.join(ROUTER, upper);
    pair.settle();
    (pair, link, upper)
}

#[test]
fn a_parent_hears_of_a_new_level_and_sees_when_the_order_does_not_hold_any_more() {
    for at_once in [false, true] {
        let (mut pair, _, upper) = two_routers();
        set_level(&mut pair, ROUTER, 7);
        if !at_once {
            pair.settle();
            healthy(&pair);
        }
        set_level(&mut pair, upper, 8);
        pair.settle();
        let closed = pair.sides[upper].closed.as_ref().map(|c| c.0);
        assert_eq!(closed, Some(Code::E_IOT_INCOMPATIBLE_LEVEL), "at once: {at_once}");
    }
}

#[test]
fn a_level_that_only_the_database_knows_yet_is_not_announced() {
    let (mut pair, link, upper) = two_routers();
    pair.sides[ROUTER].store.level = Level(7);
    pair.input(ROUTER, Input::Message { link, message: Message::Renew(R) });
    pair.settle();
    healthy(&pair);
    assert_eq!(pair.sides[upper].known[&R].level, Level(10));
    set_level(&mut pair, ROUTER, 7);
    pair.settle();
    assert_eq!(pair.sides[upper].known[&R].level, Level(7));
    healthy(&pair);
}

#[test]
fn an_agent_that_is_gone_and_forgotten_is_not_known() {
    let (mut pair, _) = chain(|_| {});
    pair.cut_link(LinkId(1));
    pair.settle();
    for node in [ROUTER, SERVER] {
        pair.input(node, Input::Forget(D));
        pair.settle();
        assert!(pair.sides[node].core.status().iter().all(|s| s.agent != D));
    }
    assert_eq!(pair.sync_to(SERVER, D, WAIT), Some(Code::E_IOT_AGENT_NOT_FOUND));
}

#[test]
fn an_agent_that_is_forgotten_although_it_is_attached_is_announced_anew_and_its_pulls_end() {
    for forgetful in [ROUTER, SERVER] {
        let (mut pair, _) = chain(|_| {});
        let pull = SYNC_PULL | SYNC_WAIT;
        pair.sides[SERVER].hold = true;
        let before = pair.start(DEVICE, AgentId::SERVER, pull);
        pair.settle();
        pair.sides[SERVER].hold = false;
        pair.input(forgetful, Input::Forget(D));
        let asked = pair.start(DEVICE, AgentId::SERVER, pull);
        let asks = pair.start(SERVER, D, pull);
        pair.settle();
        let ended = (pair.sides[DEVICE].result(asked).is_some(), pair.sides[SERVER].result(asks).is_some());
        assert_eq!(ended, (true, true), "{forgetful}");
        assert!(pair.sides[DEVICE].result(before).is_some(), "{forgetful}");
        assert_eq!(pair.sync_to(DEVICE, AgentId::SERVER, pull), Some(Code::S_IOT_NO_NEW_DATA));
        pair.sides[SERVER].store.commit(Group::USUAL, D);
        assert_eq!(pair.sync_to(SERVER, D, DEEP), Some(Code::S_OK));
        healthy(&pair);
    }
}

#[test]
fn all_streams_of_a_link_together_have_a_window() {
    let (mut pair, up) = chain(|_| {});
    pair.sides[SERVER].hold = true;
    for group in 0..5 {
        healthy(&pair);
        let Message::Batch(mut rows) = batch(0, 1, BATCH_BEGIN, (1 << 20) - 64) else { unreachable!() };
        rows.group = Group(group);
        pair.input(SERVER, Input::Message { link: up, message: Message::Batch(rows) });
    }
    assert_eq!(pair.sides[SERVER].closed.as_ref().map(|c| c.0), Some(Code::E_IOT_PROTOCOLERR));
}

#[test]
fn an_agent_is_taken_in_when_its_schema_is_known_from_hop_to_hop() {
    let mut pair = Pair::new(|_| {});
    pair.add(Role::Router, R.0, 10, &|_: &mut Config| {});
    let others: Vec<usize> = (8..11).map(|agent| pair.add(Role::Device, agent, 65535, &|_: &mut Config| {})).collect();
    for node in [ROUTER, SERVER] {
        pair.sides[node].store.strange.insert(1);
    }
    for node in 0..pair.sides.len() {
        pair.sides[node].store.shown = Some("the schema".into());
    }
    pair.sides[DEVICE].hold = true;
    for node in others.iter().chain(&[DEVICE]) {
        pair.join(*node, ROUTER);
    }
    pair.join(ROUTER, SERVER);
    pair.settle();
    for node in [ROUTER, SERVER] {
        assert_eq!(
            pair.sides[node].learned.iter().filter(|text| *text == "the schema").count(),
            if node == SERVER { 1 } else { 3 }
        );
    }
    pair.sides[DEVICE].hold = false;
    pair.sides[SERVER].commit(1);
    pair.settle();
    for agent in [D, AgentId(8), AgentId(10)] {
        assert_eq!(pair.sync_to(SERVER, agent, DEEP), Some(Code::S_OK), "agent {agent}");
    }
    healthy(&pair);
}

#[test]
fn who_does_not_show_the_schema_that_it_announces_is_not_taken_in() {
    let refused = Code::E_IOT_PROTOCOLERR;
    // At once, or when a full database has room for it.
    for (fails, closed) in [(vec![refused], Some(refused)), (vec![Code::E_NOMEM; 3], None)] {
        let mut pair = half(|_| {});
        pair.cut_link(LinkId(1));
        pair.sides[ROUTER].store.strange.insert(1);
        pair.sides[DEVICE].store.shown = Some("the schema".into());
        pair.sides[ROUTER].fail_learn.extend(fails);
        pair.sides[DEVICE].commit(1);
        pair.join(DEVICE, ROUTER);
        pair.settle();
        assert_eq!(pair.sides[ROUTER].closed.as_ref().map(|(code, _)| *code), closed);
        assert_eq!(pair.sides[ROUTER].learned.len(), 0);
        if closed.is_none() {
            pair.pass(60_000);
            assert_eq!(pair.sync_to(DEVICE, AgentId::SERVER, WAIT), Some(Code::S_OK));
            healthy(&pair);
        }
    }
}

#[test]
fn who_is_behind_a_router_and_whose_schema_nobody_shows_harms_nobody() {
    let (mut pair, up) = chain(|_| {});
    pair.cut_link(up);
    pair.sides[SERVER].store.strange.insert(1);
    pair.sides[SERVER].fail_learn.push_back(Code::E_IOT_PROTOCOLERR);
    pair.sides[ROUTER].store.schema = 2;
    pair.sides[SERVER].commit(1);
    pair.join(ROUTER, SERVER);
    pair.settle();
    assert_eq!(waits(&pair, SERVER, D), Waits::NoRoute);
    assert_eq!(pair.sides[ROUTER].closed.take().map(|(code, _)| code), Some(Code::E_IOT_PROTOCOLERR), "the agent hears why");
    assert_eq!(pair.sync_to(SERVER, R, DEEP), Some(Code::S_OK));
    healthy(&pair);
}

#[test]
fn what_is_confirmed_while_an_announcement_is_taken_in_is_told_behind_the_answer() {
    let (mut pair, up) = chain(|_| {});
    pair.sides[SERVER].hold = true;
    pair.input(ROUTER, Input::Message { link: up, message: Message::Renew(D) });
    pair.settle();
    pair.sides[DEVICE].commit(3);
    let deep = pair.start(DEVICE, AgentId::SERVER, DEEP);
    pair.settle();
    // The database has looked at the announcement first; what it says of the rows comes first.
    let mut done = Vec::new();
    while let Some((job, work)) = pair.sides[SERVER].jobs.pop_front() {
        done.push((job, pair.sides[SERVER].store.run(work)));
    }
    assert_eq!(done.len(), 2, "{done:?}");
    for (job, result) in done.into_iter().rev() {
        pair.input(SERVER, Input::JobDone { job, result });
    }
    pair.sides[SERVER].hold = false;
    pair.settle();
    assert_eq!(pair.sides[DEVICE].result(deep), Some(Code::S_OK));
    healthy(&pair);
}

#[test]
fn an_announcement_that_is_older_than_the_rows_in_front_of_it_is_no_restored_backup() {
    let (mut pair, up) = chain(|_| {});
    pair.sides[ROUTER].commit(2);
    assert_eq!(pair.sync_to(ROUTER, AgentId::SERVER, WAIT), Some(Code::S_OK));
    let mut announce = pair.sides[SERVER].known[&R].clone();
    let (first, sent) = (at(1), at(2));
    announce.attachment += 1;
    let (id, db, none) = (sent.epoch, announce.db, at(0));
    let epoch = EpochInfo { id, agent: R, db, first: first.ts, last: first.ts, before: none.epoch, left: none.ts, generation: 0 };
    announce.epochs = vec![epoch];
    pair.sides[SERVER].hold = true;
    pair.input(SERVER, Input::Message { link: up, message: Message::Announce(Box::new(announce)) });
    let taken_in = pair.sides[SERVER].jobs.iter().find_map(|(_, job)| match job {
        Job::Attach { announce, .. } => announce.epochs.first().map(|epoch| epoch.last),
        _ => None,
    });
    assert_eq!(taken_in, Some(sent.ts));
}
