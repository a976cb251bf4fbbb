//! What the core does, seen from outside.

use super::config::{BATCH_OVERHEAD, PULLS_MAX, UNSAVED_MAX};
use super::flags::*;
use super::pair::{Pair, ROW, at};
use super::{Input, SyncId};
use crate::base::{AgentId, Code, Group, LinkId, Millis};
use crate::wire::{Ack, Batch, Message, Pull, PullEnd};

pub(super) const DEVICE: usize = 0;
pub(super) const SERVER: usize = 1;
pub(super) const FULL: Code = Code::E_NOMEM;

pub(super) fn small(window: usize, batch: usize) -> Pair {
    let mut pair = Pair::new(|c| (c.window_bytes, c.batch_bytes) = (window, batch));
    pair.connect();
    pair.settle();
    pair
}

pub(super) fn batch(after: u64, up_to: u64, flags: u32, bytes: usize) -> Message {
    let (group, as_of) = Default::default();
    Message::Batch(Batch { seq: 1, group, flags, after: at(after), up_to: at(up_to), as_of, rows: 1, body: vec![0; bytes] })
}

pub(super) fn all(n: u64) -> Vec<u64> {
    (1..=n).collect()
}

#[test]
fn rows_arrive_once_and_in_order_and_the_mark_is_saved_before_the_sync_ends() {
    let mut pair = Pair::connected(0, 0);
    for round in 1..20u64 {
        pair.sides[DEVICE].commit(50);
        assert_eq!(pair.sync(DEVICE, SYNC_PUSH | SYNC_WAIT), Some(Code::S_OK));
        assert_eq!(pair.sides[DEVICE].saved, 50 * round);
    }
    assert_eq!(pair.sides[SERVER].came, all(950));
    assert_eq!(pair.sides[SERVER].received, 950);
}

#[test]
fn a_waiting_push_ends_only_when_the_receiver_is_durable_and_the_mark_is_saved() {
    let mut pair = Pair::connected(3, 0);
    pair.settle();
    let sync = pair.start(DEVICE, AgentId::SERVER, SYNC_PUSH | SYNC_WAIT);
    pair.sides[SERVER].hold = true;
    pair.settle();
    assert!(pair.sides[SERVER].out.is_empty(), "no acknowledgment before the commit");
    pair.sides[DEVICE].hold = true;
    pair.sides[SERVER].hold = false;
    pair.settle();
    assert_eq!(pair.sides[DEVICE].result(sync), None, "the mark is not saved yet");
    assert!(pair.sides[DEVICE].acked.is_empty());
    pair.sides[DEVICE].hold = false;
    pair.settle();
    assert_eq!(pair.sides[DEVICE].result(sync), Some(Code::S_OK));
    assert_eq!(pair.sides[DEVICE].acked.len(), 1);
}

#[test]
fn the_goal_of_a_push_is_set_by_its_first_snapshot() {
    let mut pair = small(1000, 80);
    pair.sides[DEVICE].commit(100);
    pair.sides[SERVER].hold = true;
    let sync = pair.start(DEVICE, AgentId::SERVER, SYNC_PUSH | SYNC_WAIT);
    pair.settle();
    pair.sides[DEVICE].commit(10_000);
    pair.sides[SERVER].hold = false;
    pair.settle();
    assert_eq!(pair.sides[DEVICE].result(sync), Some(Code::S_OK));
    let came = pair.sides[SERVER].came.len();
    assert!((100..200).contains(&came), "{came} rows for a goal of 100");
}

#[test]
fn a_window_is_never_exceeded_and_opens_again() {
    let mut pair = small(1000, 10 * ROW);
    pair.sides[DEVICE].commit(5000);
    pair.sides[SERVER].hold = true;
    let sync = pair.start(DEVICE, AgentId::SERVER, SYNC_PUSH | SYNC_WAIT);
    pair.settle();
    let (sent, got) = (pair.sides[DEVICE].core.held(LinkId(1)).0, pair.sides[SERVER].core.held(LinkId(1)).1);
    let one = 10 * ROW + BATCH_OVERHEAD;
    assert!(got <= 1000 && got > 1000 - one && sent <= got + one, "{sent} {got}");
    pair.sides[SERVER].hold = false;
    pair.settle();
    assert_eq!(pair.sides[DEVICE].result(sync), Some(Code::S_OK));
    assert_eq!(pair.sides[SERVER].came, all(5000));
}

#[test]
fn a_batch_larger_than_the_window_goes_alone() {
    let mut pair = small(100, 50 * ROW);
    pair.sides[DEVICE].commit(200);
    assert_eq!(pair.sync(DEVICE, SYNC_PUSH | SYNC_WAIT), Some(Code::S_OK));
    assert_eq!(pair.sides[SERVER].came, all(200));
}

#[test]
fn a_pull_is_served_without_any_call_on_the_other_side() {
    let mut pair = Pair::connected(0, 500);
    assert_eq!(pair.sync(DEVICE, SYNC_PULL | SYNC_WAIT), Some(Code::S_OK));
    assert_eq!(pair.sides[DEVICE].came, all(500));
    assert_eq!(pair.sync(DEVICE, SYNC_PULL | SYNC_WAIT), Some(Code::S_IOT_NO_NEW_DATA));
    assert_eq!(pair.sides[SERVER].saved, 500);
}

#[test]
fn a_pull_ends_after_its_last_row_is_durable() {
    let mut pair = Pair::connected(0, 5);
    pair.settle();
    pair.sides[DEVICE].hold = true;
    let sync = pair.start(DEVICE, AgentId::SERVER, SYNC_PULL | SYNC_WAIT);
    pair.settle();
    assert_eq!(pair.sides[DEVICE].result(sync), None);
    pair.sides[DEVICE].hold = false;
    pair.settle();
    assert_eq!(pair.sides[DEVICE].result(sync), Some(Code::S_OK));
}

#[test]
fn many_syncs_at_once_all_end_and_share_pulls() {
    let mut pair = Pair::connected(40, 40);
    pair.settle();
    let syncs: Vec<u64> = (0..100).map(|_| pair.start(DEVICE, AgentId::SERVER, SYNC_PUSH | SYNC_PULL | SYNC_WAIT)).collect();
    let pulls = |p: &Pair| p.sides[DEVICE].messages().filter(|m| matches!(m, Message::Pull(_))).count();
    assert_eq!(pulls(&pair), PULLS_MAX);
    pair.settle();
    for sync in syncs {
        assert!(pair.sides[DEVICE].result(sync).is_some_and(|code| !code.is_error()), "{sync}");
    }
    assert_eq!((pair.sides[SERVER].came.len(), pair.sides[DEVICE].came.len()), (40, 40));
    assert!(pair.sides.iter().all(|s| s.closed.is_none()));
}

#[test]
fn a_lost_link_ends_waiting_syncs_and_the_next_link_goes_on_at_the_mark() {
    for cut_after in 0..40 {
        let mut pair = small(400, 80);
        pair.sides[DEVICE].commit(300);
        let sync = pair.start(DEVICE, AgentId::SERVER, SYNC_PUSH | SYNC_WAIT);
        for step in 0..cut_after {
            let _ = pair.work(step % 2) | pair.deliver(step % 2);
        }
        pair.cut();
        assert_eq!(pair.sides[DEVICE].result(sync), Some(Code::E_NW_CLOSED));
        pair.settle();
        pair.connect();
        assert_eq!(pair.sync(DEVICE, SYNC_PUSH | SYNC_WAIT), Some(Code::S_OK));
        assert_eq!(pair.sides[SERVER].came, all(300), "cut after {cut_after}");
        assert_eq!(pair.sides[DEVICE].saved, 300);
    }
}

#[test]
fn what_the_handshake_tells_is_saved_although_the_acknowledgment_was_lost() {
    let mut pair = Pair::connected(9, 0);
    pair.settle();
    pair.start(DEVICE, AgentId::SERVER, SYNC_PUSH | SYNC_WAIT);
    pair.work(DEVICE);
    pair.deliver(DEVICE);
    pair.work(SERVER);
    pair.cut();
    pair.settle();
    assert_eq!((pair.sides[SERVER].mark, pair.sides[DEVICE].custody.get(Group::USUAL)), (9, at(0)));
    pair.connect();
    pair.settle();
    assert_eq!(pair.sides[DEVICE].custody.get(Group::USUAL), at(9));
}

#[test]
fn a_nonblocking_push_ends_at_once_and_outlives_the_link() {
    let mut pair = small(400, 80);
    pair.sides[DEVICE].commit(1000);
    pair.sides[SERVER].hold = true;
    assert_eq!(pair.sync(DEVICE, SYNC_PUSH | SYNC_NONBLOCK), Some(Code::S_OK));
    pair.sides[DEVICE].commit(1);
    for _ in 0..100 {
        assert_eq!(pair.sync(DEVICE, SYNC_PUSH | SYNC_NONBLOCK), Some(Code::S_OK), "the window is full, so nothing is known");
    }
    pair.cut();
    pair.sides[SERVER].hold = false;
    pair.settle();
    pair.connect();
    pair.settle();
    assert_eq!(pair.sides[SERVER].came, all(1001), "no further call of sync");
    pair.cut();
    pair.sides[DEVICE].commit(1);
    pair.connect();
    pair.settle();
    assert_eq!(pair.sides[SERVER].came, all(1001), "the request was complete");
}

#[test]
fn resend_sends_again_what_is_on_its_way_and_nothing_is_doubled() {
    let mut pair = small(10_000, 80);
    pair.sides[DEVICE].commit(20);
    pair.sides[SERVER].hold = true;
    pair.sync(DEVICE, SYNC_PUSH);
    assert_eq!(pair.sync(DEVICE, SYNC_PUSH), Some(Code::S_IOT_NO_NEW_DATA), "not sent twice");
    pair.sides[DEVICE].commit(5);
    assert_eq!(pair.sync(DEVICE, SYNC_PUSH | SYNC_RESEND), Some(Code::S_OK));
    let sync = pair.start(DEVICE, AgentId::SERVER, SYNC_PUSH | SYNC_RESEND | SYNC_WAIT);
    pair.settle();
    pair.sides[SERVER].hold = false;
    pair.settle();
    assert_eq!(pair.sides[DEVICE].result(sync), Some(Code::S_OK));
    assert_eq!(pair.sides[SERVER].came, all(25));
    assert_eq!((pair.sides[DEVICE].saved, pair.sides[DEVICE].closed.clone()), (25, None));
}

#[test]
fn a_peer_cannot_put_other_bits_than_those_of_a_sync_before_the_user() {
    let mut pair = Pair::connected(5, 0);
    pair.settle();
    pair.start(DEVICE, AgentId::SERVER, SYNC_PUSH);
    pair.work(DEVICE);
    pair.sides[DEVICE].out.clear();
    pair.hear(
        DEVICE,
        Message::Ack(Ack {
            seq: 1,
            group: Group::USUAL,
            flags: u32::MAX,
            position: at(5),
            code: Code::S_OK,
            retry_after: Millis(0),
        }),
    );
    pair.settle();
    assert_eq!(pair.sides[DEVICE].acked.iter().map(|ack| ack.flags).collect::<Vec<_>>(), [SYNC_ALL]);
}

#[test]
fn a_row_set_aside_shows_in_the_waiting_sync_and_the_rest_goes_on() {
    let mut pair = small(1000, 80);
    pair.sides[DEVICE].commit(30);
    pair.sides[SERVER].aside.extend([Code::S_OK, Code::S_DUPLICATE]);
    assert_eq!(pair.sync(DEVICE, SYNC_PUSH | SYNC_WAIT), Some(Code::S_DUPLICATE));
    assert_eq!(pair.sides[SERVER].came, all(30));
    assert_eq!(pair.sides[DEVICE].saved, 30);
}

#[test]
fn a_waiting_sync_hears_of_reads_that_fail_and_fail() {
    let mut pair = Pair::connected(5, 0);
    pair.settle();
    pair.sides[DEVICE].fail_read.extend([FULL; 3]);
    let sync = pair.start(DEVICE, AgentId::SERVER, SYNC_PUSH | SYNC_WAIT);
    pair.settle();
    assert_eq!(pair.sides[DEVICE].result(sync), None);
    pair.pass(1000);
    assert_eq!(pair.sides[DEVICE].result(sync), Some(Code::S_OK));
    pair.sides[DEVICE].commit(1);
    pair.sides[DEVICE].fail_read.extend([FULL; 100]);
    let sync = pair.start(DEVICE, AgentId::SERVER, SYNC_PUSH | SYNC_WAIT);
    pair.pass(100_000);
    assert_eq!(pair.sides[DEVICE].result(sync), Some(FULL));
    let left = pair.sides[DEVICE].fail_read.len();
    pair.pass(100_000);
    assert_eq!(pair.sides[DEVICE].fail_read.len(), left, "nobody wants it any more");
    pair.sides[SERVER].fail_read.extend([FULL; 9]);
    let sync = pair.start(DEVICE, AgentId::SERVER, SYNC_PULL | SYNC_WAIT);
    pair.pass(100_000);
    assert_eq!(pair.sides[DEVICE].result(sync), Some(FULL), "the puller hears why");
}

#[test]
fn what_was_promised_is_sent_however_often_reads_fail_before() {
    const FAILURES: usize = 50;
    for (who, flags) in [(DEVICE, SYNC_PUSH | SYNC_NONBLOCK), (DEVICE, SYNC_PUSH), (SERVER, SYNC_PULL)] {
        let mut pair = small(400, 80);
        pair.sides[DEVICE].commit(100);
        // The first read lets the push know its goal, and its caller go.
        pair.sides[DEVICE].fail_read.push_back(Code::S_OK);
        pair.sides[DEVICE].fail_read.extend([FULL; FAILURES]);
        assert_eq!(pair.sync(who, flags), Some(Code::S_OK));
        pair.pass(60_000);
        let waiting = pair.start(DEVICE, AgentId::SERVER, SYNC_PUSH | SYNC_WAIT);
        pair.pass(10_000);
        assert_eq!(pair.sides[DEVICE].result(waiting), Some(FULL), "who waits is told, {flags}");
        let left = pair.sides[DEVICE].fail_read.len();
        pair.pass(100_000);
        assert_eq!(left - pair.sides[DEVICE].fail_read.len(), 10, "at the longest pause, {flags}");
        pair.pass(FAILURES as u64 * 10_000);
        assert_eq!(pair.sides[SERVER].came, all(100), "{flags}");
    }
}

#[test]
fn a_nonblocking_push_outlives_failed_reads_and_the_link() {
    let mut pair = small(400, 80);
    pair.sides[DEVICE].commit(5);
    pair.sides[DEVICE].fail_read.extend([FULL; 30]);
    assert_eq!(pair.sync(DEVICE, SYNC_PUSH | SYNC_NONBLOCK), Some(Code::S_OK));
    pair.pass(60_000);
    pair.cut();
    pair.sides[DEVICE].fail_read.clear();
    pair.connect();
    pair.settle();
    assert_eq!(pair.sides[SERVER].came, all(5));
}

#[test]
fn a_mark_that_cannot_be_saved_holds_the_sync_and_in_the_end_closes_the_link() {
    let mut pair = Pair::connected(5, 0);
    pair.settle();
    pair.sides[DEVICE].fail_save.extend([FULL; 3]);
    let sync = pair.start(DEVICE, AgentId::SERVER, SYNC_PUSH | SYNC_WAIT);
    pair.settle();
    assert_eq!(pair.sides[DEVICE].result(sync), None);
    pair.pass(1000);
    assert_eq!(pair.sides[DEVICE].result(sync), Some(Code::S_OK));
    pair.sides[DEVICE].commit(1);
    pair.sides[DEVICE].fail_save.extend([FULL; 100]);
    let sync = pair.start(DEVICE, AgentId::SERVER, SYNC_PUSH | SYNC_WAIT);
    pair.pass(100_000);
    assert_eq!(pair.sides[DEVICE].result(sync), Some(FULL));
    assert!(pair.sides[DEVICE].closed.as_ref().is_some_and(|(code, _)| *code == FULL));
}

#[test]
fn unsaved_acknowledgments_are_bounded() {
    let mut pair = Pair::new(|c| (c.window_bytes, c.batch_bytes) = (1 << 20, 1));
    pair.sides[DEVICE].commit(10 * UNSAVED_MAX as u64);
    pair.connect();
    pair.settle();
    pair.sides[DEVICE].fail_save.push_back(FULL);
    let sync = pair.start(DEVICE, AgentId::SERVER, SYNC_PUSH | SYNC_WAIT);
    pair.settle();
    assert!(pair.sides[SERVER].came.len() <= UNSAVED_MAX, "{}", pair.sides[SERVER].came.len());
    pair.pass(1000);
    assert_eq!(pair.sides[DEVICE].result(sync), Some(Code::S_OK));
}

#[test]
fn a_peer_that_breaks_the_rules_is_closed() {
    let ack =
        |seq, ts, code| Message::Ack(Ack { seq, group: Group::USUAL, flags: 0, position: at(ts), code, retry_after: Millis(0) });
    let end = |seq| {
        let (asker, target, ends) = (AgentId::SERVER, AgentId(7), Default::default());
        Message::PullEnd(PullEnd { asker, target, seq, rows: 0, code: Code::S_OK, ends })
    };
    let cases: Vec<(&str, Vec<Message>)> = vec![
        ("not begun", vec![batch(3, 5, 0, 8)]),
        ("begun twice", vec![batch(3, 5, BATCH_BEGIN, 8), batch(5, 6, BATCH_BEGIN, 8)]),
        ("gap in what waits", vec![batch(0, 5, BATCH_BEGIN, 8), batch(6, 7, 0, 8)]),
        ("again without saying so", vec![batch(0, 5, BATCH_BEGIN, 8), batch(0, 5, 0, 8)]),
        ("nothing", vec![batch(0, 0, BATCH_BEGIN, 8)]),
        ("backwards", vec![batch(0, 5, BATCH_BEGIN, 8), batch(5, 4, BATCH_AGAIN, 8)]),
        ("more than the window", vec![batch(0, 1, BATCH_BEGIN, 1 << 19), batch(1, 2, 0, 1 << 20)]),
        ("acknowledges what was never sent", vec![ack(1, 5, Code::S_OK)]),
        ("ends what was not asked for", vec![end(1)]),
        (
            "pulls without end",
            (1..20)
                .map(|seq| Message::Pull(Pull { asker: AgentId(7), target: AgentId::SERVER, seq, flags: SYNC_PULL }))
                .collect(),
        ),
        ("goes back to the handshake", vec![Message::Accept]),
    ];
    for (what, messages) in cases {
        let mut pair = Pair::connected(0, 0);
        pair.settle();
        pair.sides[SERVER].hold = true;
        for message in messages {
            pair.hear(SERVER, message);
        }
        let closed = pair.sides[SERVER].closed.clone();
        assert!(
            closed.as_ref().is_some_and(|(code, text)| *code == Code::E_IOT_PROTOCOLERR && !text.is_empty()),
            "{what}: {closed:?}"
        );
        assert_eq!(pair.sides[SERVER].core.peers().count(), 0);
    }
    for (what, message) in
        [("beyond", ack(1, 6, Code::S_OK)), ("refused, but moved", ack(1, 3, FULL)), ("other number", ack(2, 5, Code::S_OK))]
    {
        let mut pair = Pair::connected(5, 0);
        pair.settle();
        pair.start(DEVICE, AgentId::SERVER, SYNC_PUSH | SYNC_WAIT);
        pair.work(DEVICE);
        pair.hear(DEVICE, message);
        assert!(pair.sides[DEVICE].closed.is_some(), "{what}");
        assert_eq!(pair.sides[DEVICE].done, [(1, Code::E_IOT_PROTOCOLERR)], "{what}");
    }
}

#[test]
fn a_body_that_nobody_can_apply_closes_the_link() {
    let mut pair = Pair::connected(5, 0);
    pair.sides[SERVER].fail_apply.push_back(Code::E_IOT_PROTOCOLERR);
    pair.sync(DEVICE, SYNC_PUSH);
    assert!(pair.sides[SERVER].closed.as_ref().is_some_and(|(code, _)| *code == Code::E_IOT_PROTOCOLERR));
    assert_eq!(pair.sides[SERVER].mark, 0);
}

#[test]
fn a_second_link_of_an_agent_replaces_the_first() {
    let mut pair = Pair::connected(5, 0);
    pair.settle();
    pair.sides[DEVICE].hold = true;
    let sync = pair.start(DEVICE, AgentId::SERVER, SYNC_PUSH | SYNC_WAIT);
    pair.connect();
    assert_eq!(pair.sides[DEVICE].result(sync), Some(Code::E_IOT_WRONG_AGENT_ID));
    assert_eq!(pair.sides[DEVICE].core.peers().map(|(link, _)| link).collect::<Vec<_>>(), [LinkId(2)]);
    pair.input(DEVICE, Input::PeerDown { link: LinkId(1), code: Code::E_NW_CLOSED });
    pair.sides.iter_mut().for_each(|s| s.closed = None);
    pair.sides[DEVICE].hold = false;
    assert_eq!(pair.sync(DEVICE, SYNC_PUSH | SYNC_WAIT), Some(Code::S_OK));
    assert_eq!(pair.sides[SERVER].came, all(5));
}

#[test]
fn two_links_told_of_in_different_orders_are_both_lost_so_the_driver_has_to_choose() {
    let mut pair = Pair::connected(0, 0);
    let up = |pair: &mut Pair, me: usize, link: u64| {
        let peer = pair.sides[me].core.peers().next().unwrap().1;
        pair.input(me, Input::PeerUp { link: LinkId(link), peer });
    };
    // The device learns of link 2, then of link 3; the server the other way round. Each closes what came first.
    for (me, link) in [(DEVICE, 2), (SERVER, 3), (DEVICE, 3), (SERVER, 2)] {
        up(&mut pair, me, link);
    }
    let left = |pair: &Pair, me: usize| pair.sides[me].core.peers().map(|(link, _)| link.0).collect::<Vec<_>>();
    assert_eq!((left(&pair, DEVICE), left(&pair, SERVER)), (vec![3], vec![2]));
}

#[test]
fn own_id_and_too_many_peers_are_turned_away() {
    let mut pair = Pair::new(|c| c.max_links = 1);
    pair.connect();
    let mut peer = pair.sides[DEVICE].core.peers().next().unwrap().1;
    peer.agent = AgentId(7);
    pair.input(DEVICE, Input::PeerUp { link: LinkId(9), peer });
    assert_eq!(pair.sides[DEVICE].closed.as_ref().map(|c| c.0), Some(Code::E_IOT_WRONG_AGENT_ID));
    peer.agent = AgentId(8);
    pair.input(DEVICE, Input::PeerUp { link: LinkId(9), peer });
    assert_eq!(pair.sides[DEVICE].closed.as_ref().map(|c| c.0), Some(Code::E_IOT_TOO_MANY_CONTEXTS));
    assert_eq!(pair.sides[DEVICE].core.peers().count(), 1);
}

#[test]
fn flags_of_the_sync_come_back_with_the_acknowledgment() {
    let flags = SYNC_PUSH | SYNC_DEEP_ACK | SYNC_RESEND;
    let mut pair = small(2000, 80);
    pair.sides[DEVICE].commit(25);
    pair.sync(DEVICE, flags);
    assert_eq!(pair.sides[DEVICE].acked.iter().map(|ack| ack.flags).collect::<Vec<_>>(), [flags; 3]);
    pair.sides[DEVICE].commit(1);
    pair.sync(DEVICE, SYNC_PUSH);
    assert_eq!(pair.sides[DEVICE].acked.last().map(|ack| ack.flags), Some(SYNC_PUSH));
}

#[test]
fn a_cancelled_sync_ends_once_and_its_rows_still_go() {
    let mut pair = Pair::connected(5, 0);
    pair.settle();
    pair.sides[SERVER].hold = true;
    let sync = pair.start(DEVICE, AgentId::SERVER, SYNC_PUSH | SYNC_WAIT);
    pair.settle();
    for _ in 0..2 {
        pair.input(DEVICE, Input::CancelSync { sync: SyncId(sync), code: Code::E_IOT_TIMEOUT });
    }
    pair.sides[SERVER].hold = false;
    pair.settle();
    assert_eq!(pair.sides[DEVICE].done, [(sync, Code::E_IOT_TIMEOUT)]);
    assert_eq!(pair.sides[SERVER].came, all(5));
}

#[test]
fn stop_ends_everything_and_later_calls() {
    let mut pair = Pair::connected(5, 0);
    let sync = pair.start(DEVICE, AgentId::SERVER, SYNC_PUSH | SYNC_PULL | SYNC_WAIT);
    pair.input(DEVICE, Input::Stop);
    assert_eq!(pair.sides[DEVICE].done, [(sync, Code::E_IOT_STOPPED)]);
    assert_eq!(pair.sync(DEVICE, SYNC_PUSH), Some(Code::E_IOT_STOPPED));
    pair.connect();
    assert_eq!(pair.sides[DEVICE].closed.as_ref().map(|c| c.0), Some(Code::E_IOT_STOPPED));
    assert_eq!(pair.sides[DEVICE].core.peers().count(), 0);
}

#[test]
fn open_syncs_are_bounded() {
    let mut pair = Pair::new(|c| c.max_syncs = 3);
    pair.connect();
    pair.sides[DEVICE].hold = true;
    for _ in 0..4 {
        pair.start(DEVICE, AgentId::SERVER, SYNC_PUSH | SYNC_WAIT);
    }
    assert_eq!(pair.sides[DEVICE].done, [(4, Code::E_NOMEM)]);
}
