//! Two databases under one agent id, at different places of the tree.

use super::flags::*;
use super::pair::Pair;
use super::tree_tests::{D, DEEP, DEVICE, ROUTER, SERVER, chain, healthy};
use super::{Config, Input};
use crate::base::{AgentId, Code, DbId, Group, LinkId, Role};
use crate::wire::{Message, Refuse, Routed};

/// A second router at the server, and another database under the device's id that is not connected yet; gives both.
fn with_a_namesake(pair: &mut Pair) -> (usize, usize) {
    let second = pair.add(Role::Router, 101, 10, &|_: &mut Config| {});
    pair.join(second, SERVER);
    let namesake = pair.add(Role::Device, D.0, 65535, &|_: &mut Config| {});
    pair.sides[namesake].store.db = DbId(77);
    pair.settle();
    (second, namesake)
}

/// A node has closed its link to the second database of an id, and everybody who should know was told.
fn refuses(pair: &mut Pair, node: usize, link: LinkId) {
    pair.settle();
    let (code, text) = pair.sides[node].closed.take().unwrap();
    assert_eq!(code, Code::E_IOT_WRONG_AGENT_ID);
    for word in ["agent 7", "0000000000000007", "000000000000004d"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert_eq!(pair.sides[SERVER].turned_away.last(), Some(&(D, text)));
    let ends = pair.links.remove(&link).unwrap();
    let other = if ends[0] == node { ends[1] } else { ends[0] };
    pair.sides[other].out.retain(|(l, _)| *l != link);
    pair.input(other, Input::PeerDown { link, code });
    pair.settle();
    healthy(pair);
}

fn serves(pair: &mut Pair, device: usize) {
    let before = pair.sides[device].came.len();
    pair.sides[SERVER].store.commit(Group::USUAL, D);
    assert_eq!(pair.sync_to(SERVER, D, DEEP), Some(Code::S_OK));
    assert!(pair.sides[device].came.len() > before);
}

#[test]
fn of_two_databases_with_one_id_behind_two_routers_the_first_stays_and_the_second_hears_why() {
    let (mut pair, _) = chain(|_| {});
    let (second, namesake) = with_a_namesake(&mut pair);
    for _ in 0..3 {
        // Its announcements come to count higher than that of the first one.
        let link = pair.join(namesake, second);
        let pull = pair.start(namesake, AgentId::SERVER, SYNC_PULL | SYNC_WAIT);
        refuses(&mut pair, second, link);
        assert_eq!(pair.sides[namesake].result(pull), Some(Code::E_IOT_WRONG_AGENT_ID));
        serves(&mut pair, DEVICE);
    }
    // When the first one is gone the other is taken in.
    pair.cut_link(LinkId(1));
    pair.join(namesake, second);
    pair.settle();
    serves(&mut pair, namesake);
    let link = pair.join(DEVICE, ROUTER);
    refuses(&mut pair, ROUTER, link);
    serves(&mut pair, namesake);
}

#[test]
fn a_second_database_is_refused_directly_and_below_more_routers() {
    let (mut pair, _) = chain(|_| {});
    let (second, namesake) = with_a_namesake(&mut pair);
    let link = pair.join(namesake, SERVER);
    refuses(&mut pair, SERVER, link);
    let third = pair.add(Role::Router, 102, 20, &|_: &mut Config| {});
    pair.join(third, second);
    let link = pair.join(namesake, third);
    refuses(&mut pair, third, link);
    // And the other way round: who is connected directly is the first.
    pair.cut_link(LinkId(1));
    pair.join(namesake, SERVER);
    pair.settle();
    serves(&mut pair, namesake);
    let link = pair.join(DEVICE, ROUTER);
    refuses(&mut pair, ROUTER, link);
    serves(&mut pair, namesake);
}

#[test]
fn of_two_routers_with_one_id_behind_two_routers_the_first_stays() {
    let (mut pair, _) = chain(|_| {});
    let second = pair.add(Role::Router, 101, 10, &|_: &mut Config| {});
    pair.join(second, SERVER);
    let twins = [1, 2].map(|db| {
        let twin = pair.add(Role::Router, 200, 20, &|_: &mut Config| {});
        pair.sides[twin].store.db = DbId(db);
        twin
    });
    pair.join(twins[0], ROUTER);
    pair.settle();
    pair.join(twins[1], second);
    pair.settle();
    let (code, text) = pair.sides[second].closed.take().unwrap();
    assert_eq!(code, Code::E_IOT_WRONG_AGENT_ID, "{text}");
    assert!(text.contains("agent 200") && text.contains("0000000000000001") && text.contains("0000000000000002"), "{text}");
    healthy(&pair);
}

#[test]
fn a_refusal_goes_down_only_and_speaks_for_one_attachment() {
    let (mut pair, up) = chain(|_| {});
    let refusal = |attachment: u64| {
        let message = Box::new(Message::Bye(Refuse { code: Code::E_IOT_WRONG_AGENT_ID, text: "no".into() }));
        Message::Routed(Routed { agent: D, attachment, message })
    };
    pair.input(ROUTER, Input::Message { link: up, message: refusal(99) });
    pair.settle();
    healthy(&pair);
    serves(&mut pair, DEVICE);
    pair.input(SERVER, Input::Message { link: up, message: refusal(1) });
    assert_eq!(pair.sides[SERVER].closed.as_ref().map(|c| c.0), Some(Code::E_IOT_PROTOCOLERR));
}
