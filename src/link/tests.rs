use super::*;
use crate::base::{AgentId, Code, DbId, Group, Level, Millis, Position, Role};
use crate::wire::{self, Ack, Batch, Hello, MAX_FRAME, Message, Pull, Refuse, VERSION_MAX, VERSION_MIN};
use std::collections::VecDeque;

pub(super) fn hello(role: Role, agent: u64, level: u16) -> Hello {
    Hello {
        version_min: VERSION_MIN,
        version_max: VERSION_MAX,
        role,
        agent: AgentId(agent),
        level: Level(level),
        db: DbId(agent ^ 500_000),
        nonce: agent ^ 7,
        schema_hash: agent ^ 9,
        recv_timeout: Millis(10_000),
        max_frame: MAX_FRAME,
        features: 0,
    }
}

pub(super) fn config(hello: Hello, initiator: bool) -> LinkConfig {
    let schema = format!("schema of {}", hello.agent);
    LinkConfig { hello, schema, compression: 0, initiator, handshake_timeout: Millis(5_000), send_timeout: Millis(8_000) }
}

pub(super) fn device() -> Hello {
    hello(Role::Device, 1000, 65535)
}

pub(super) fn server() -> Hello {
    hello(Role::Server, 1, 1)
}

pub(super) fn batch(len: usize) -> Message {
    let position = Position::default();
    let (group, body) = (Group::USUAL, vec![7; len]);
    Message::Batch(Batch { seq: 1, group, flags: 0, after: position, up_to: position, as_of: position, rows: 1, body })
}

pub(super) fn ack(code: Code) -> Message {
    let (group, position) = (Group::USUAL, Position::default());
    Message::Ack(Ack { seq: 1, group, flags: 0, position, code, retry_after: Millis(0) })
}

/// One end: a link, what its driver has seen, and what it does on its own.
pub(super) struct End {
    pub(super) link: Link,
    /// Asks for the schema before it decides.
    pub(super) fetches: bool,
    pub(super) decision: Option<Decision>,
    pub(super) examined: Vec<Option<String>>,
    pub(super) established: bool,
    pub(super) messages: Vec<Message>,
    arriving: usize,
    pub(super) closed: Vec<(Code, String, bool)>,
    wake: Millis,
    pub(super) out: VecDeque<u8>,
}

impl End {
    fn new(hello: Hello, initiator: bool, decision: Option<Decision>) -> Self {
        End::with(config(hello, initiator), decision)
    }

    pub(super) fn with(config: LinkConfig, decision: Option<Decision>) -> Self {
        let link = Link::new(config, Millis(0));
        let mut end = End {
            link,
            fetches: false,
            decision,
            examined: vec![],
            established: false,
            messages: vec![],
            arriving: 0,
            closed: vec![],
            wake: Millis::INFINITE,
            out: VecDeque::new(),
        };
        end.drain(Millis(0));
        end
    }

    pub(super) fn handle(&mut self, now: Millis, input: LinkInput<'_>) {
        self.link.handle(now, input);
        self.drain(now);
    }

    fn drain(&mut self, now: Millis) {
        while let Some(output) = self.link.poll() {
            assert!(self.closed.is_empty(), "{output:?} comes after the end");
            match output {
                LinkOutput::Transmit(bytes) => self.out.extend(bytes),
                LinkOutput::Examine { schema, .. } => {
                    let fetch = self.fetches && schema.is_none();
                    self.examined.push(schema);
                    let decision = if fetch { Some(Decision::FetchSchema) } else { self.decision.clone() };
                    if let Some(decision) = decision {
                        self.link.handle(now, LinkInput::Decide(decision));
                    }
                }
                LinkOutput::Established { .. } => {
                    assert!(!std::mem::replace(&mut self.established, true), "established twice");
                }
                LinkOutput::Message(message) => {
                    assert!(self.established, "a message before the link is established");
                    self.messages.push(message);
                }
                LinkOutput::Arriving => self.arriving += 1,
                LinkOutput::Closed { code, text, linger } => self.closed.push((code, text, linger)),
                LinkOutput::WakeAt(at) => self.wake = at,
            }
        }
    }

    /// Takes up to `n` bytes that this end wants to send.
    pub(super) fn take(&mut self, now: Millis, n: usize) -> Vec<u8> {
        let bytes: Vec<u8> = self.out.drain(..n.min(self.out.len())).collect();
        if !bytes.is_empty() {
            self.handle(now, LinkInput::Written(bytes.len()));
        }
        bytes
    }

    fn tick(&mut self, now: Millis) {
        if self.wake <= now {
            self.wake = Millis::INFINITE;
            self.handle(now, LinkInput::Tick);
        }
    }

    pub(super) fn code(&self) -> Option<Code> {
        self.closed.first().map(|c| c.0)
    }

    pub(super) fn text(&self) -> &str {
        self.closed.first().map_or("", |c| &c.1)
    }
}

/// Moves bytes both ways, `step` at a time, until nothing moves.
pub(super) fn run(now: Millis, a: &mut End, b: &mut End, step: usize) {
    loop {
        let (to_b, to_a) = (a.take(now, step), b.take(now, step));
        if to_a.is_empty() && to_b.is_empty() {
            return;
        }
        a.handle(now, LinkInput::Bytes(&to_a));
        b.handle(now, LinkInput::Bytes(&to_b));
    }
}

pub(super) fn pair() -> (End, End) {
    let a = End::new(device(), true, Some(Decision::Accept));
    let b = End::new(server(), false, Some(Decision::Accept));
    (a, b)
}

pub(super) fn established() -> (End, End) {
    let (mut a, mut b) = pair();
    run(Millis(0), &mut a, &mut b, 4096);
    assert!(a.link.is_established() && b.link.is_established());
    (a, b)
}

#[test]
fn a_handshake_by_single_bytes_ends_with_both_knowing_each_other() {
    for (fetch_a, fetch_b) in [(false, false), (true, false), (false, true), (true, true)] {
        let (mut a, mut b) = pair();
        (a.fetches, b.fetches) = (fetch_a, fetch_b);
        run(Millis(0), &mut a, &mut b, 1);
        assert_eq!((a.established, b.established), (true, true));
        let expected = |fetches: bool, text: &str| if fetches { vec![None, Some(text.to_owned())] } else { vec![None] };
        assert_eq!(a.examined, expected(fetch_a, "schema of 1"));
        assert_eq!(b.examined, expected(fetch_b, "schema of 1000"));
    }
}

#[test]
fn messages_arrive_in_order_and_only_when_both_have_accepted() {
    let (mut a, mut b) = pair();
    a.handle(Millis(0), LinkInput::Send(batch(5)));
    run(Millis(0), &mut a, &mut b, 3);
    assert_eq!(b.messages, [], "sent before the link was established");
    let pull = Message::Pull(Pull { asker: AgentId(1000), target: AgentId(1), seq: 4, flags: 2 });
    for message in [batch(100_000), pull.clone(), Message::KeepAlive, Message::Accept] {
        a.handle(Millis(1), LinkInput::Send(message));
    }
    run(Millis(1), &mut a, &mut b, 777);
    assert_eq!(b.messages, [batch(100_000), pull], "messages of the link itself are not the driver's to send");
    assert_eq!((a.code(), b.code(), a.link.queued()), (None, None, 0));
}

#[test]
fn what_is_queued_is_counted_until_it_is_written() {
    let (mut a, _) = established();
    a.handle(Millis(1), LinkInput::Send(batch(1000)));
    let queued = a.link.queued();
    assert!((1000..1100).contains(&queued), "{queued}");
    a.take(Millis(1), 400);
    assert_eq!(a.link.queued(), queued - 400);
}

#[test]
fn a_peer_that_makes_us_queue_without_end_loses_the_link() {
    let (mut a, _) = established();
    while a.code().is_none() {
        a.handle(Millis(1), LinkInput::Send(batch(1 << 20)));
        assert!(a.link.queued() <= SEND_QUEUE_MAX + (2 << 20));
    }
    assert_eq!(a.code(), Some(Code::E_NW_SENDERR));
}

#[test]
fn a_session_cut_at_any_byte_ends_cleanly_on_both_sides() {
    let session = |limit: usize| {
        let (mut a, mut b) = pair();
        b.fetches = true;
        let (mut moved, mut sent) = (0, false);
        while moved < limit {
            let (to_b, to_a) = (a.take(Millis(0), 1), b.take(Millis(0), 1));
            if to_a.is_empty() && to_b.is_empty() {
                if sent {
                    break;
                }
                sent = true;
                a.handle(Millis(0), LinkInput::Send(batch(40)));
                b.handle(Millis(0), LinkInput::Send(batch(30)));
                b.handle(Millis(0), LinkInput::Send(ack(Code::S_OK)));
            }
            moved += 1;
            a.handle(Millis(0), LinkInput::Bytes(&to_a));
            b.handle(Millis(0), LinkInput::Bytes(&to_b));
        }
        (a, b, moved)
    };
    let (_, b, whole) = session(usize::MAX);
    assert_eq!(b.messages, [batch(40)]);
    for cut in 0..whole {
        let (mut a, mut b, _) = session(cut);
        a.handle(Millis(0), LinkInput::Eof);
        b.handle(Millis(0), LinkInput::Lost { code: Code::E_NW_RECVERR, text: "reset".into() });
        assert_eq!((a.code(), b.code()), (Some(Code::E_NW_CLOSED), Some(Code::E_NW_RECVERR)), "cut at {cut}");
        assert!(!a.closed[0].2 && !b.closed[0].2, "nobody is there to be told");
        assert!(b.messages.iter().all(|m| *m == batch(40)), "half a message came out");
    }
}

#[test]
fn a_refusal_reaches_the_users_of_both_sides() {
    let why = "class A: field x is uint4 here, string there";
    let (mut a, mut b) = pair();
    a.decision = Some(Decision::Refuse(Refuse { code: Code::E_IOT_INCOMPATIBLE_MODE, text: why.into() }));
    run(Millis(0), &mut a, &mut b, 9);
    assert_eq!((a.code(), b.code()), (Some(Code::E_IOT_INCOMPATIBLE_MODE), Some(Code::E_IOT_INCOMPATIBLE_MODE)));
    assert_eq!(a.text(), why);
    assert_eq!(b.text(), format!("agent 1000 refused the connection: {why}"));
    assert!(a.closed[0].2, "the refusal must not be lost by a hasty close");
}

#[test]
fn a_refusal_is_understood_after_our_side_has_been_accepted() {
    let (mut a, mut b) = pair();
    b.decision = None;
    run(Millis(0), &mut a, &mut b, 9);
    let refuse = Refuse { code: Code::E_IOT_WRONG_AGENT_ID, text: "taken".into() };
    b.handle(Millis(0), LinkInput::Decide(Decision::Refuse(refuse)));
    run(Millis(0), &mut a, &mut b, 9);
    assert_eq!(a.code(), Some(Code::E_IOT_WRONG_AGENT_ID));
    // The same when b is established but closes before a has its Accept is not possible: a Bye always comes behind the Accept.
    let (mut a, mut b) = pair();
    a.decision = None;
    run(Millis(0), &mut a, &mut b, 9);
    a.handle(Millis(0), LinkInput::Decide(Decision::Accept));
    let accepted = a.take(Millis(0), usize::MAX);
    b.handle(Millis(0), LinkInput::Bytes(&accepted));
    b.handle(Millis(0), LinkInput::Close { code: Code::E_NW_CLOSED, text: "on purpose".into() });
    run(Millis(0), &mut a, &mut b, 9);
    assert_eq!((a.code(), a.text()), (Some(Code::E_NW_CLOSED), "agent 1 closed the connection: on purpose"));
}

#[test]
fn peers_that_do_not_fit_find_out_by_themselves() {
    let mut a = End::new(device(), true, Some(Decision::Accept));
    let mut b = End::new(hello(Role::Device, 1001, 65535), false, Some(Decision::Accept));
    run(Millis(0), &mut a, &mut b, 1);
    assert_eq!((a.code(), b.code()), (Some(Code::E_IOT_INCOMPATIBLE_MODE), Some(Code::E_IOT_INCOMPATIBLE_MODE)));
    assert!(a.examined.is_empty() && b.examined.is_empty());
}

#[test]
fn versions_without_a_common_one_are_named_on_both_sides() {
    let newer = Hello { version_min: VERSION_MAX + 1, version_max: VERSION_MAX + 3, ..server() };
    let (mut a, _) = pair();
    let bytes = wire::encode(0, &Message::Hello(Box::new(newer))).expect("short");
    a.handle(Millis(0), LinkInput::Bytes(&bytes));
    assert_eq!(a.code(), Some(Code::E_IOT_PROTOCOLERR));
    assert_eq!(a.text(), "no common protocol version: one side speaks 2 to 4, the other 1 to 1; update the older program");
    let sent = a.take(Millis(0), usize::MAX);
    let (_, mut b) = pair();
    let ours = End::new(device(), true, None).take(Millis(0), usize::MAX);
    b.handle(Millis(0), LinkInput::Bytes(&sent[ours.len()..]));
    assert!(b.code() == Some(Code::E_IOT_PROTOCOLERR) && b.text().contains("one side speaks 2 to 4"), "{}", b.text());
}

#[test]
fn a_handshake_has_a_time_limit_on_both_sides() {
    let (mut a, mut b) = pair();
    b.decision = None;
    run(Millis(0), &mut a, &mut b, 100);
    assert_eq!(b.wake, Millis(5_000));
    b.tick(Millis(4_999));
    assert_eq!(b.code(), None);
    b.tick(Millis(5_000));
    run(Millis(5_000), &mut a, &mut b, 100);
    assert_eq!((a.code(), b.code()), (Some(Code::E_NW_TIMEOUT), Some(Code::E_NW_TIMEOUT)));
    assert!(a.text().contains("5000 ms"), "{}", a.text());

    // What waits for the end of a slow handshake of TLS is not late.
    let mut waiting = End::with(LinkConfig { send_timeout: Millis(100), ..config(device(), true) }, None);
    waiting.tick(Millis(4_999));
    assert_eq!(waiting.code(), None);
    waiting.tick(Millis(5_000));
    assert!(waiting.text().contains("handshake"), "{}", waiting.text());

    let mut mute = End::new(device(), false, None);
    mute.take(Millis(0), usize::MAX);
    for now in (0..5_000).step_by(100) {
        // A peer that keeps sending something is not given more time.
        mute.handle(Millis(now), LinkInput::Bytes(&[0x4D][..usize::from(now == 100)]));
        mute.tick(Millis(now));
        assert_eq!(mute.code(), None);
    }
    mute.tick(Millis(5_000));
    assert_eq!((mute.code(), mute.closed[0].2), (Some(Code::E_NW_TIMEOUT), false));
}

#[test]
fn idle_links_stay_up_by_signs_of_life() {
    let (mut a, mut b) = established();
    let mut written = 0;
    for now in (0..100_000).step_by(50).map(Millis) {
        a.tick(now);
        b.tick(now);
        written += a.out.len() + b.out.len();
        run(now, &mut a, &mut b, 64);
    }
    assert_eq!((a.code(), b.code()), (None, None));
    let frames = written / wire::frame::HEADER_LEN;
    assert!((58..=62).contains(&frames), "{frames} signs of life in 100 s with a limit of 10 s");
}

#[test]
fn a_silent_peer_is_given_up_after_our_limit_and_not_before() {
    let (mut a, mut b) = established();
    b.handle(Millis(700), LinkInput::Send(batch(10)));
    run(Millis(700), &mut a, &mut b, 64);
    for now in (700..10_700).step_by(20).map(Millis) {
        a.tick(now);
        a.take(now, usize::MAX);
        assert_eq!(a.code(), None, "{now}");
    }
    a.tick(Millis(10_700));
    assert_eq!((a.code(), a.text()), (Some(Code::E_NW_TIMEOUT), "nothing came from agent 1 for 10000 ms"));
}

#[test]
fn who_is_not_read_is_not_silent() {
    let (mut a, _) = established();
    a.handle(Millis(700), LinkInput::Reading(false));
    for now in (1_000..=100_000).step_by(1_000).map(Millis) {
        a.tick(now);
        a.take(now, usize::MAX);
        assert_eq!((a.code(), a.link.silence(now)), (None, Millis(0)), "{now}");
    }
    a.handle(Millis(100_000), LinkInput::Reading(true));
    a.tick(Millis(109_999));
    assert_eq!((a.code(), a.link.silence(Millis(109_999))), (None, Millis(9_999)));
    a.tick(Millis(110_000));
    assert_eq!(a.code(), Some(Code::E_NW_TIMEOUT));
}

#[test]
fn a_long_message_that_trickles_in_is_a_sign_of_life_and_is_told_of() {
    let (mut a, mut b) = established();
    let long = batch(20 * ARRIVING_STEP);
    a.handle(Millis(0), LinkInput::Send(long.clone()));
    // 4000 bytes a second: longer than both limits of silence many times over, and a cannot say anything else meanwhile.
    for now in (0..400_000).step_by(500).map(Millis) {
        let bytes = a.take(now, 2000);
        b.handle(now, LinkInput::Bytes(&bytes));
        a.tick(now);
        b.tick(now);
        let back = b.take(now, usize::MAX);
        a.handle(now, LinkInput::Bytes(&back));
        assert_eq!((a.code(), b.code()), (None, None), "{now}");
    }
    assert!(b.messages == [long], "it has come whole");
    assert!((15..=20).contains(&b.arriving), "told {} times", b.arriving);
    assert_eq!(a.arriving, 0, "signs of life are no message");
}

#[test]
fn a_peer_that_takes_no_bytes_is_given_up() {
    let (mut a, mut b) = established();
    a.handle(Millis(100), LinkInput::Send(batch(100)));
    for now in (100..8_100).step_by(50).map(Millis) {
        // b lives, but a's bytes do not get away.
        b.tick(now);
        let alive = b.take(now, usize::MAX);
        a.handle(now, LinkInput::Bytes(&alive));
        a.tick(now);
        assert_eq!(a.code(), None, "{now}");
    }
    a.tick(Millis(8_100));
    assert_eq!(a.code(), Some(Code::E_NW_TIMEOUT));
    assert!(a.text().contains("taken no byte for 8000 ms"), "{}", a.text());
}

#[test]
fn infinite_limits_are_no_limits_and_tiny_ones_do_not_flood() {
    let endless = Hello { recv_timeout: Millis::INFINITE, ..device() };
    let hasty = Hello { recv_timeout: Millis(1), ..server() };
    let mut a = End::new(endless, true, Some(Decision::Accept));
    let mut b = End::new(hasty, false, Some(Decision::Accept));
    run(Millis(0), &mut a, &mut b, 64);
    assert_eq!(a.wake, KEEP_ALIVE_MIN);
    a.tick(KEEP_ALIVE_MIN);
    assert_eq!(a.take(KEEP_ALIVE_MIN, usize::MAX).len(), wire::frame::HEADER_LEN);
    a.tick(Millis(1 << 40));
    assert_eq!(a.code(), None);
    assert_eq!(a.out.len(), wire::frame::HEADER_LEN, "one sign of life for one late look at the clock");
}

#[test]
fn a_handshake_that_took_longer_than_the_silence_we_bear_is_no_silence() {
    let hasty = Hello { recv_timeout: Millis(1_000), ..device() };
    let mut a = End::new(hasty, true, None);
    let mut b = End::new(server(), false, Some(Decision::Accept));
    run(Millis(0), &mut a, &mut b, 64);
    a.handle(Millis(4_000), LinkInput::Decide(Decision::Accept));
    run(Millis(4_000), &mut a, &mut b, 64);
    assert_eq!((a.code(), b.code()), (None, None));
    a.tick(Millis(4_999));
    assert_eq!(a.code(), None);
    a.tick(Millis(5_000));
    assert_eq!(a.code(), Some(Code::E_NW_TIMEOUT));
}
