//! A peer without a database, led step by step.

use crate::kit::*;
use mcoiot::base::*;
use mcoiot::link::{Decision, Link, LinkConfig, LinkInput, LinkOutput};
use mcoiot::schema::{canonical, compile_text, hash};
use mcoiot::wire::frame::{Decoder, Kind};
use mcoiot::wire::{BATCH_BEGIN, Batch, Hello, MAX_FRAME, Message, Parcel, VERSION_MAX, VERSION_MIN, parcel, rows};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Instant;

/// The one epoch of all puppets of a device.
pub const EPOCH: EpochInfo = EpochInfo {
    id: EpochId(0x1234),
    agent: AgentId(1000),
    db: DbId(5),
    first: Timestamp(1),
    last: Timestamp(10),
    before: EpochId(0),
    left: Timestamp(0),
    generation: 0,
};

pub struct Puppet {
    stream: TcpStream,
    link: Link,
    announce: Announce,
    /// Batches sent.
    batches: u64,
    /// What the link has put out besides bytes.
    pub seen: Vec<LinkOutput>,
    pub sent: u64,
    /// Kinds of the frames that have come.
    pub came: Vec<Kind>,
    frames: Decoder,
}

impl Puppet {
    /// A device with this agent and database that has said `Hello`.
    pub fn device(port: u16, agent: u64, db: u64) -> Puppet {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(std::time::Duration::from_millis(20))).unwrap();
        let schema = canonical(&compile_text(&format!("declare database test;\n{}\n", device_schema(agent))).unwrap());
        let hello = Hello {
            version_min: VERSION_MIN,
            version_max: VERSION_MAX,
            role: Role::Device,
            agent: AgentId(agent),
            level: Level::DEVICE,
            db: DbId(db),
            nonce: 1,
            schema_hash: hash(&schema),
            recv_timeout: Millis(600),
            max_frame: MAX_FRAME,
            features: 0,
        };
        let announce = Announce {
            agent: hello.agent,
            parent: hello.agent,
            role: hello.role,
            level: hello.level,
            db: hello.db,
            schema_hash: hello.schema_hash,
            attachment: 1,
            epochs: vec![EpochInfo { agent: AgentId(agent), db: DbId(db), ..EPOCH }],
            beats: vec![],
            down: vec![],
            reconcile: false,
        };
        let limit = Millis(600_000);
        let config = LinkConfig { hello, schema, compression: 0, initiator: true, handshake_timeout: limit, send_timeout: limit };
        let mut puppet = Puppet {
            stream,
            link: Link::new(config, Millis(1)),
            announce,
            batches: 0,
            seen: Vec::new(),
            sent: 0,
            came: Vec::new(),
            frames: Decoder::new(0),
        };
        puppet.perform();
        puppet
    }

    /// Takes part until something has come out of the link.
    pub fn until(&mut self, what: &str, wanted: impl Fn(&LinkOutput) -> bool) -> LinkOutput {
        self.take_part(what, |puppet| puppet.seen.iter().find(|o| wanted(o)).cloned())
    }

    /// Takes part until the other side has accepted, and says nothing to that.
    pub fn accepted(&mut self) {
        self.take_part("the other side accepts", |puppet| puppet.came.contains(&Kind::Accept).then_some(()));
    }

    fn take_part<T>(&mut self, what: &str, found: impl Fn(&Puppet) -> Option<T>) -> T {
        let start = Instant::now();
        loop {
            if let Some(found) = found(self) {
                return found;
            }
            assert!(start.elapsed() < PATIENCE, "never happened: {what}; so far {:?}", self.seen);
            let mut buffer = [0; 4096];
            let now = Millis(2);
            match self.stream.read(&mut buffer) {
                Ok(0) => self.link.handle(now, LinkInput::Eof),
                Ok(n) => {
                    let mut bytes = &buffer[..n];
                    while let Ok(Some(frame)) = self.frames.feed(&mut bytes, MAX_FRAME) {
                        self.came.push(frame.kind);
                    }
                    self.link.handle(now, LinkInput::Bytes(&buffer[..n]));
                }
                Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(e) => self.link.handle(now, LinkInput::Lost { code: Code::E_NW_RECVERR, text: e.to_string() }),
            }
            self.perform();
        }
    }

    /// Sees the other side's `Hello`.
    pub fn meet(&mut self) {
        self.until("the other side introduces itself", |o| matches!(o, LinkOutput::Examine { .. }));
    }

    /// The whole handshake.
    pub fn establish(&mut self) {
        self.meet();
        self.link.handle(Millis(2), LinkInput::Decide(Decision::Accept));
        self.perform();
        let end = self.until("established", |o| matches!(o, LinkOutput::Established { .. } | LinkOutput::Closed { .. }));
        assert!(matches!(end, LinkOutput::Established { .. }), "{end:?}");
    }

    /// The whole handshake, and an announcement.
    pub fn announce(&mut self) {
        self.establish();
        self.say(Message::Announce(Box::new(self.announce.clone())));
    }

    /// The same; gives what the other side has of our stream.
    pub fn attach(&mut self) -> Position {
        self.announce();
        self.welcome()
    }

    /// The answer to an announcement.
    pub fn welcome(&mut self) -> Position {
        match self.until("a welcome", |o| matches!(o, LinkOutput::Message(Message::Welcome(_)) | LinkOutput::Closed { .. })) {
            LinkOutput::Message(Message::Welcome(received)) => received.get(Group::USUAL),
            other => panic!("{other:?}"),
        }
    }

    /// Sends a message.
    pub fn say(&mut self, message: Message) {
        self.link.handle(Millis(2), LinkInput::Send(message));
        self.perform();
    }

    /// Whether the other side refuses the handshake; else it has accepted.
    pub fn is_refused(&mut self) -> bool {
        self.take_part("the other side decides", |puppet| {
            puppet.came.iter().find_map(|kind| match kind {
                Kind::Accept => Some(false),
                Kind::Refuse => Some(true),
                _ => None,
            })
        })
    }

    /// How the connection ended.
    pub fn end(&mut self) -> (Code, String) {
        match self.until("the connection ends", |o| matches!(o, LinkOutput::Closed { .. })) {
            LinkOutput::Closed { code, text, .. } => (code, text),
            other => panic!("{other:?}"),
        }
    }

    /// Sends everything of [`EPOCH`]: a sensor row. Gives the end of the batch.
    pub fn measure(&mut self, id: u64, body: Option<Vec<u8>>) -> Position {
        self.batch(Timestamp(0), EPOCH.last, id, 0, body)
    }

    /// Sends the row with this number, from 1 on, which follows the one before it.
    pub fn measure_next(&mut self, number: u64, flags: u32) {
        self.batch(Timestamp(number - 1), Timestamp(number), number, flags, None);
    }

    fn batch(&mut self, after: Timestamp, ts: Timestamp, id: u64, flags: u32, body: Option<Vec<u8>>) -> Position {
        let epoch = EpochInfo { last: ts, ..EPOCH };
        let row = vec![Value::UInt(id), Value::Real(1.0), Value::from(&b"row"[..])];
        let change = Change {
            class: SENSOR,
            id: Identity::new(EPOCH.id, id),
            ts,
            epoch: EPOCH.id,
            agent: EPOCH.agent,
            state: State::Row(row),
        };
        let position = |ts| if ts == Timestamp(0) { Position::default() } else { Position { ts, epoch: EPOCH.id } };
        let set = ChangeSet {
            after: position(after),
            up_to: position(ts),
            epochs: vec![epoch],
            notes: vec![Range { epoch: EPOCH.id, from: after, to: ts }],
            changes: vec![change],
            ..ChangeSet::default()
        };
        let parcels = || parcel::encode(&[Parcel { schema: self.announce.schema_hash, body: rows::encode(&set).unwrap() }]);
        let body = body.unwrap_or_else(parcels);
        self.batches += 1;
        let flags = if self.batches == 1 { flags | BATCH_BEGIN } else { flags };
        let (seq, group, as_of) = (self.batches, Group::USUAL, Position::default());
        self.say(Message::Batch(Batch { seq, group, flags, after: set.after, up_to: set.up_to, as_of, rows: 1, body }));
        set.up_to
    }

    /// Frames of this kind that have come.
    pub fn count(&self, kind: Kind) -> usize {
        self.came.iter().filter(|k| **k == kind).count()
    }

    /// Takes part until so many frames of this kind have come.
    pub fn wait_for(&mut self, kind: Kind, count: usize) {
        self.take_part("so many frames come", |puppet| {
            assert!(!puppet.link.is_closed(), "{:?}", puppet.seen.last());
            (puppet.count(kind) >= count).then_some(())
        });
    }

    /// Writes bytes past the protocol.
    pub fn babble(&mut self, bytes: &[u8]) {
        // The other side may have hung up already.
        let _ = self.stream.write_all(bytes);
    }

    pub fn port(&self) -> u16 {
        self.stream.local_addr().unwrap().port()
    }

    fn perform(&mut self) {
        while let Some(output) = self.link.poll() {
            match output {
                LinkOutput::Transmit(bytes) => {
                    self.sent += bytes.len() as u64;
                    self.link.handle(Millis(2), LinkInput::Written(bytes.len()));
                    self.babble(&bytes);
                }
                LinkOutput::WakeAt(_) => {}
                other => self.seen.push(other),
            }
        }
    }
}
