//! `tests/tables/sync.txt`, line by line.

use super::Input;
use super::flags::*;
use super::pair::Pair;
use crate::base::{AgentId, Code};

#[test]
fn sync_results() {
    let mut wrong = Vec::new();
    let mut cases = 0;
    for line in include_str!("../../tests/tables/sync.txt").lines().filter(|l| !l.is_empty() && !l.starts_with('#')) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [who, target, flags, send, come, expected] = words[..] else { panic!("six words, please: {line}") };
        let me = usize::from(who == "server");
        let rows = [send.parse().unwrap(), come.parse().unwrap()];
        let mut pair = if who == "alone" { Pair::new(|_| {}) } else { Pair::connected(rows[me], rows[1 - me]) };
        if who == "alone" {
            pair.sides[me].commit(rows[0]);
        } else if who == "stopped" {
            pair.input(me, Input::Stop);
        }
        pair.settle();
        let sync = pair.start(me, agent(target), flags.chars().map(bit).sum());
        pair.settle();
        let result = pair.sides[me].result(sync);
        let found = result.and_then(Code::name).map_or("nothing", |name| name.trim_start_matches("MCO_"));
        if found != expected {
            wrong.push(format!("{line}: {found}"));
        }
        if flags.contains('W') && result == Some(Code::S_OK) {
            let arrived = [pair.sides[1].came.len() as u64, pair.sides[0].came.len() as u64];
            let expected = [(me, 'P', 0), (1 - me, 'L', 1)]
                .map(|(sender, flag, n)| (sender, if flags.contains(flag) { rows[n] } else { 0 }));
            for (sender, n) in expected {
                if arrived[sender] != n {
                    wrong.push(format!("{line}: {} rows have arrived, not {n}", arrived[sender]));
                }
            }
        }
        cases += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cases > 40, "only {cases} cases");
}

fn agent(word: &str) -> AgentId {
    match word {
        "SERVER" => AgentId::SERVER,
        "ALL" => AgentId::ALL,
        "UP" => AgentId::ALL_UP,
        "DOWN" => AgentId::ALL_DOWN,
        "THIS" => AgentId::THIS,
        "INVALID" => AgentId::INVALID,
        "RESERVED" => AgentId(AgentId::ALL_DOWN.0 + 1),
        number => AgentId(number.parse().unwrap()),
    }
}

fn bit(flag: char) -> u32 {
    match flag {
        '-' => 0,
        'P' => SYNC_PUSH,
        'L' => SYNC_PULL,
        'N' => SYNC_NONBLOCK,
        'W' => SYNC_WAIT,
        'D' => SYNC_DEEP_ACK,
        'R' => SYNC_RESEND,
        'C' => SYNC_CHILDS,
        _ => 0x80,
    }
}
