//! Peers that take their time, and peers that never answer.

use super::Input;
use super::config::SLOWEST_LINE;
use super::flags::*;
use super::pair::{Pair, ROW};
use super::tests::{DEVICE, batch, small};
use crate::base::{AgentId, Code, LinkId};

#[test]
fn a_peer_that_does_not_answer_is_closed_by_time() {
    for flags in [SYNC_PUSH, SYNC_PULL] {
        let mut pair = Pair::connected(5, 5);
        pair.settle();
        let sync = pair.start(DEVICE, AgentId::SERVER, flags | SYNC_WAIT);
        pair.work(DEVICE);
        pair.sides[DEVICE].out.clear();
        pair.pass(200_000);
        assert_eq!(pair.sides[DEVICE].result(sync), None);
        pair.pass(200_000);
        assert_eq!(pair.sides[DEVICE].result(sync), Some(Code::E_NW_TIMEOUT));
    }
}

#[test]
fn a_large_row_on_a_slow_line_gets_the_time_that_its_bytes_need() {
    const ROWS: u64 = 128 << 10;
    let needed = ROWS * ROW as u64 * 1000 / SLOWEST_LINE;
    // The peer can answer when the large row, or what stands before its pull, has come.
    let mut pair = small(1 << 20, ROWS as usize * ROW);
    pair.sides[DEVICE].commit(ROWS);
    let sync = pair.start(DEVICE, AgentId::SERVER, SYNC_PUSH | SYNC_PULL | SYNC_WAIT);
    pair.work(DEVICE);
    let held = std::mem::take(&mut pair.sides[DEVICE].out);
    pair.pass(needed + 200_000);
    assert_eq!(pair.sides[DEVICE].result(sync), None);
    pair.sides[DEVICE].out = held;
    pair.settle();
    assert_eq!(pair.sides[DEVICE].result(sync), Some(Code::S_OK));
    // And not for ever.
    pair.sides[DEVICE].commit(ROWS);
    let sync = pair.start(DEVICE, AgentId::SERVER, SYNC_PUSH | SYNC_WAIT);
    pair.work(DEVICE);
    pair.sides[DEVICE].out.clear();
    pair.pass(needed + 400_000);
    assert_eq!(pair.sides[DEVICE].result(sync), Some(Code::E_NW_TIMEOUT));
}

#[test]
fn whatever_comes_from_the_peer_gives_its_answer_more_time() {
    for flags in [SYNC_PUSH, SYNC_PULL] {
        let mut pair = Pair::connected(5, 5);
        pair.settle();
        let sync = pair.start(DEVICE, AgentId::SERVER, flags | SYNC_WAIT);
        pair.work(DEVICE);
        pair.sides[DEVICE].out.clear();
        for _ in 0..10 {
            pair.pass(200_000);
            pair.input(DEVICE, Input::Arriving { link: LinkId(1) });
        }
        for ts in 1..10 {
            pair.pass(200_000);
            let begin = if ts == 1 { BATCH_BEGIN } else { 0 };
            pair.hear(DEVICE, batch(ts - 1, ts, begin, 8));
            pair.work(DEVICE);
            pair.sides[DEVICE].out.clear();
        }
        assert_eq!(pair.sides[DEVICE].result(sync), None);
        pair.sides[DEVICE].out.clear();
        pair.pass(400_000);
        assert_eq!(pair.sides[DEVICE].result(sync), Some(Code::E_NW_TIMEOUT), "and not for ever");
    }
}
