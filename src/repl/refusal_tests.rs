//! A receiver that has no room, and what becomes of the rows and of those who wait for them.

use super::config::RETRY_AFTER_MAX;
use super::flags::*;
use super::pair::{Pair, ROW, at};
use super::tests::{DEVICE, FULL, SERVER, all, small};
use super::{Input, Job, JobResult, Waits};
use crate::base::{AgentId, Code, Group, Millis, Way};
use crate::wire::{Ack, Message};

#[test]
fn a_full_receiver_says_so_to_the_waiting_sync_and_gets_the_rows_later() {
    let mut pair = small(1000, 80);
    pair.sides[DEVICE].commit(200);
    pair.sides[SERVER].fail_apply.extend([Code::S_OK, FULL, FULL, FULL]);
    assert_eq!(pair.sync(DEVICE, SYNC_PUSH | SYNC_WAIT), Some(FULL));
    assert_eq!(pair.sides[SERVER].mark, 10);
    assert!(pair.sides[DEVICE].wake.is_some());
    pair.pass(5000);
    assert_eq!(pair.sides[SERVER].came, all(200), "nobody had to call again");
    assert!(pair.sides.iter().all(|s| s.closed.is_none()));
    assert_eq!(pair.sync(DEVICE, SYNC_PUSH | SYNC_WAIT), Some(Code::S_IOT_NO_NEW_DATA));
}

#[test]
fn a_full_receiver_tells_whose_rows_it_refuses_until_it_has_room() {
    let mut pair = small(1000, 80);
    let refused = |pair: &Pair| {
        let status = pair.sides[SERVER].core.status();
        status.into_iter().find(|s| (s.agent, s.way) == (AgentId(7), Way::Up)).map(|s| (s.waits, s.acknowledged))
    };
    pair.sides[DEVICE].commit(20);
    pair.sides[SERVER].fail_apply.extend([Code::S_OK, FULL]);
    assert_eq!(pair.sync(DEVICE, SYNC_PUSH | SYNC_WAIT), Some(FULL));
    assert_eq!(refused(&pair), Some((Waits::Refused(FULL), at(10))));
    assert!(matches!(pair.sides[DEVICE].core.status()[0].waits, Waits::ReceiverFull(_)));
    pair.pass(5000);
    assert_eq!((pair.sides[SERVER].came.len(), refused(&pair)), (20, None));
    // It may have no room for the agent itself.
    pair.sides[SERVER].fail_enter.push_back(FULL);
    pair.cut();
    pair.connect();
    pair.settle();
    assert_eq!(refused(&pair), Some((Waits::Refused(FULL), at(0))));
    pair.pass(5000);
    assert_eq!(refused(&pair), None);
}

#[test]
fn a_full_puller_gets_its_own_code_and_the_rows_later() {
    let mut pair = small(1000, 80);
    pair.sides[SERVER].commit(200);
    pair.sides[DEVICE].fail_apply.extend([Code::S_OK, Code::S_OK, FULL]);
    assert_eq!(pair.sync(DEVICE, SYNC_PULL | SYNC_WAIT), Some(FULL));
    pair.pass(5000);
    assert_eq!(pair.sides[DEVICE].came, all(200));
    assert_eq!(pair.sync(DEVICE, SYNC_PULL | SYNC_WAIT), Some(Code::S_IOT_NO_NEW_DATA));
}

#[test]
fn a_refusal_does_not_touch_a_sync_whose_rows_were_acknowledged_before() {
    let mut pair = small(1000, 80);
    pair.sides[DEVICE].commit(5);
    pair.sides[DEVICE].fail_save.push_back(FULL);
    let first = pair.start(DEVICE, AgentId::SERVER, SYNC_PUSH | SYNC_WAIT);
    pair.settle();
    pair.sides[DEVICE].commit(5);
    pair.sides[SERVER].fail_apply.push_back(FULL);
    assert_eq!(pair.sync(DEVICE, SYNC_PUSH | SYNC_WAIT), Some(FULL));
    assert_eq!(pair.sides[DEVICE].result(first), None, "its mark is not saved yet");
    pair.pass(1000);
    assert_eq!(pair.sides[DEVICE].result(first), Some(Code::S_OK));
    assert_eq!(pair.sides[SERVER].came, all(10));
}

#[test]
fn a_peer_cannot_ask_for_an_endless_pause() {
    let mut pair = Pair::connected(5, 0);
    pair.settle();
    let sync = pair.start(DEVICE, AgentId::SERVER, SYNC_PUSH | SYNC_WAIT);
    pair.work(DEVICE);
    pair.sides[DEVICE].out.clear();
    pair.hear(
        DEVICE,
        Message::Ack(Ack { seq: 1, group: Group::USUAL, flags: 0, position: at(0), code: FULL, retry_after: Millis(u64::MAX) }),
    );
    assert_eq!(pair.sides[DEVICE].result(sync), Some(FULL));
    assert_eq!(pair.sides[DEVICE].wake, Some(pair.now.after(RETRY_AFTER_MAX)));
}

#[test]
fn a_store_that_does_not_vouch_for_a_batch_gets_no_acknowledgment_sent() {
    let mut pair = Pair::connected(5, 0);
    pair.settle();
    pair.sides[SERVER].hold = true;
    pair.sync(DEVICE, SYNC_PUSH);
    let (job, work) = pair.sides[SERVER].jobs.pop_front().unwrap();
    assert!(matches!(work, Job::Apply { .. }));
    pair.input(
        SERVER,
        Input::JobDone { job, result: JobResult::Applied { mark: at(4), code: Code::S_OK, confirmed: Vec::new() } },
    );
    let said = pair.sides[SERVER].out.pop_front();
    assert!(matches!(&said, Some((_, Message::Ack(ack))) if ack.position == at(0) && ack.code == Code::E_CORE), "{said:?}");
}

#[test]
fn a_store_with_room_for_little_gets_the_rows_in_small_batches() {
    let mut pair = small(1000, 80);
    pair.sides[DEVICE].commit(200);
    pair.sides[SERVER].room = 8;
    pair.sync(DEVICE, SYNC_PUSH | SYNC_WAIT);
    // Half of the batches are tried with twice the size, and a refusal costs a pause.
    pair.pass(200 * RETRY_AFTER_MAX.0);
    assert_eq!(pair.sides[SERVER].came, all(200));
}

#[test]
fn nothing_is_looked_for_behind_the_end_of_a_stream() {
    let mut pair = small(1000, 10 * ROW);
    pair.sides[DEVICE].commit(5000);
    pair.sides[SERVER].hold = true;
    let (waits, nobody) = (SYNC_PUSH | SYNC_WAIT, SYNC_PUSH | SYNC_NONBLOCK);
    let syncs = [pair.start(DEVICE, AgentId::SERVER, waits), pair.start(DEVICE, AgentId::SERVER, nobody)];
    pair.settle();
    pair.sides[DEVICE].go_back(100);
    pair.sides[SERVER].hold = false;
    pair.settle();
    assert!(syncs.iter().all(|sync| pair.sides[DEVICE].result(*sync) == Some(Code::S_OK)));
    assert_eq!(pair.sides[SERVER].came, all(100));
}

#[test]
fn what_the_receiver_can_never_take_says_so_and_holds_up_no_other_group() {
    let mut pair = Pair::new(|_| {});
    [0, 7].into_iter().for_each(|group| pair.sides[DEVICE].store.commit(Group(group), AgentId::ALL));
    pair.connect();
    assert_eq!(pair.sync(DEVICE, SYNC_PUSH | SYNC_WAIT), Some(Code::S_OK));
    pair.sides[DEVICE].store.commit(Group(7), AgentId::ALL);
    pair.sides[SERVER].fail_apply.push_back(Code::E_UNSUPPORTED);
    assert_eq!(pair.sync(DEVICE, SYNC_PUSH | SYNC_WAIT), Some(Code::E_UNSUPPORTED));
    let waits: Vec<Waits> = pair.sides[DEVICE].core.status().iter().filter(|s| s.group == Group(7)).map(|s| s.waits).collect();
    assert!(matches!(waits[..], [Waits::TooLarge(_)]), "{waits:?}");
    pair.sides[DEVICE].store.commit(Group(0), AgentId::ALL);
    pair.sync(DEVICE, SYNC_PUSH);
    assert_eq!(pair.sides[SERVER].came.last(), Some(&4), "no time has passed");
    pair.pass(5000);
    assert_eq!(pair.sides[SERVER].came.last(), Some(&3), "its limit was raised");
}

#[test]
fn what_comes_again_in_smaller_pieces_takes_nothing_back() {
    let mut pair = small(1000, ROW);
    pair.sides[DEVICE].store.to_tail = true;
    pair.sides[DEVICE].commit(1);
    pair.sides[DEVICE].store.tail = 2;
    pair.sides[SERVER].hold = true;
    pair.start(DEVICE, AgentId::SERVER, SYNC_PUSH);
    pair.settle();
    // (0, 2] is on its way; now it comes again as (0, 1] and (1, 3], of which the last does not find room.
    pair.sides[DEVICE].commit(1);
    pair.sides[SERVER].fail_apply.extend([Code::S_OK, FULL]);
    pair.start(DEVICE, AgentId::SERVER, SYNC_PUSH | SYNC_RESEND);
    pair.settle();
    pair.sides[SERVER].hold = false;
    pair.settle();
    let acked: Vec<u64> = pair.sides[DEVICE].told.iter().map(|t| t.ack.position.ts.0).collect();
    assert_eq!(acked, [2, 2]);
    pair.pass(5000);
    assert!(pair.sides.iter().all(|s| s.closed.is_none()));
    assert_eq!(pair.sides[SERVER].came, [1, 3]);
}

#[test]
fn a_page_of_a_reconcile_that_is_refused_comes_again_over_the_same_link() {
    // The only page ends where the device was before, or elsewhere.
    for had in [1, 3] {
        let mut pair = Pair::connected(0, had);
        assert_eq!(pair.sync(SERVER, SYNC_PUSH | SYNC_WAIT), Some(Code::S_OK));
        pair.cut();
        pair.sides[SERVER].go_back(1);
        pair.sides[SERVER].reconcile.insert(AgentId(7));
        pair.sides[SERVER].saved = 0;
        pair.sides[DEVICE].fail_apply.push_back(FULL);
        pair.connect();
        assert_eq!(pair.sync(SERVER, SYNC_PUSH | SYNC_WAIT), Some(FULL), "{had}");
        assert_eq!(pair.sides[SERVER].saved, 0, "{had}: it has not got it");
        pair.pass(60_000);
        assert_eq!(pair.sides[SERVER].saved, 1, "{had}");
        assert!(pair.sides.iter().all(|s| s.closed.is_none()));
    }
}
