//! What becomes of messages between established peers.

use super::LinkInput;
use super::tests::{ack, established, run};
use crate::base::{AgentId, Announce, Code, DbId, Group, Level, Marks, Millis, Position, Role, SetAside, Timestamp, Word};
use crate::wire::{Mark, Message, PullEnd, Routed, Withdraw};

#[test]
fn everything_between_nodes_is_handed_on() {
    let (mut a, mut b) = established();
    let announce = Announce {
        agent: AgentId(1001),
        parent: AgentId(1000),
        role: Role::Device,
        level: Level::DEVICE,
        db: DbId(7),
        schema_hash: 8,
        attachment: 2,
        epochs: vec![],
        beats: vec![],
        down: vec![],
        reconcile: false,
    };
    let messages = [
        Message::Announce(Box::new(announce)),
        Message::Standby,
        Message::Withdraw(Withdraw { agent: AgentId(1001), attachment: 2 }),
        Message::Renew(AgentId(1001)),
        Message::Welcome(Marks::default()),
        Message::Path(vec![AgentId(11)]),
        Message::Word(Word::default()),
        Message::SchemaRequest(77),
        Message::SchemaRequest(77),
        Message::Schema(String::new()),
        Message::Schema("a text that nobody has asked for is not the link's matter".into()),
    ];
    for message in messages.clone() {
        a.handle(Millis(1), LinkInput::Send(message));
    }
    run(Millis(1), &mut a, &mut b, 64);
    assert_eq!(b.messages, messages);
    assert_eq!((a.code(), b.code()), (None, None));
}

#[test]
fn what_the_peer_says_at_the_end_cannot_mislead() {
    for (sent, seen) in [
        (Code::S_OK, Code::E_NW_CLOSED),
        (Code::E_IOT_STOPPED, Code::E_NW_CLOSED),
        (Code::ERR_DB, Code::E_NW_CLOSED),
        (Code(777), Code::E_NW_CLOSED),
        (Code::E_IOT_WRONG_AGENT_ID, Code::E_IOT_WRONG_AGENT_ID),
    ] {
        let (mut a, mut b) = established();
        b.handle(Millis(1), LinkInput::Close { code: sent, text: "bell \u{7} and\nnew line".into() });
        run(Millis(1), &mut a, &mut b, 5);
        assert_eq!((a.code(), b.code()), (Some(seen), Some(sent)));
        assert_eq!(a.text(), "agent 1 closed the connection: bell   and new line");
        assert!(!a.closed[0].2);
    }
}

#[test]
fn codes_in_messages_cannot_mislead_either() {
    let position = Position::default();
    let (asker, target, ends) = (AgentId(1), AgentId(1000), Marks::default());
    let end = |code| Message::PullEnd(PullEnd { asker, target, seq: 1, rows: 0, code, ends: ends.clone() });
    let mark = |code| Message::Mark(Mark { group: Group::USUAL, position, code });
    let ts = Timestamp(5);
    let aside = |code| vec![SetAside { group: Group::USUAL, first: ts, last: ts, code }];
    let word = |code| Message::Word(Word { aside: aside(code), ..Word::default() });
    let routed = |message| Message::Routed(Routed { agent: AgentId(1000), attachment: 1, message: Box::new(message) });
    let all = |code| {
        let plain = [ack(code), end(code), mark(code), word(code)];
        plain.clone().into_iter().chain(plain.map(routed)).collect::<Vec<_>>()
    };
    let codes = [
        (Code::ERR_IOT_REPL, Code::E_IOT),
        (Code::E_IOT_STOPPED, Code::E_IOT),
        (Code(-1), Code::E_IOT),
        (Code::S_OK, Code::S_OK),
        (Code::S_DUPLICATE, Code::S_DUPLICATE),
        (Code::E_NOMEM, Code::E_NOMEM),
    ];
    for (sent, seen) in codes {
        let (mut a, mut b) = established();
        for message in all(sent) {
            b.handle(Millis(1), LinkInput::Send(message));
        }
        run(Millis(1), &mut a, &mut b, 64);
        assert_eq!(a.messages, all(seen));
    }
}
