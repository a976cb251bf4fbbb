//! A peer without a database, led step by step.

use crate::kit::*;
use mcoiot::base::*;
use mcoiot::link::{Decision, Link, LinkConfig, LinkInput, LinkOutput};
use mcoiot::schema::{canonical, compile_text, hash};
use mcoiot::wire::frame::{Decoder, Kind};
use mcoiot::wire::{Accept, Batch, Hello, MAX_FRAME, Message, VERSION_MAX, VERSION_MIN, rows};
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
            attachment: 1,
            schema_hash: hash(&schema),
            epochs: vec![EpochInfo { agent: AgentId(agent), db: DbId(db), ..EPOCH }],
            down_mark: Position::default(),
            recv_timeout: Millis(60_000),
            max_frame: MAX_FRAME,
            features: 0,
        };
        let limit = Millis(600_000);
        let config = LinkConfig { hello, schema, initiator: true, handshake_timeout: limit, send_timeout: limit };
        let mut puppet = Puppet {
            stream,
            link: Link::new(config, Millis(1)),
            seen: Vec::new(),
            sent: 0,
            came: Vec::new(),
            frames: Decoder::new(),
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

    /// The whole handshake; gives the other side's `Accept`.
    pub fn establish(&mut self) -> Accept {
        self.meet();
        let ours = Accept { received: Position::default(), confirmed: Position::default() };
        self.link.handle(Millis(2), LinkInput::Decide(Decision::Accept(ours)));
        self.perform();
        match self.until("established", |o| matches!(o, LinkOutput::Established { .. } | LinkOutput::Closed { .. })) {
            LinkOutput::Established { accept, .. } => accept,
            other => panic!("{other:?}"),
        }
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
        let up_to = Position { ts: EPOCH.last, epoch: EPOCH.id };
        let row = vec![Value::UInt(id), Value::Real(1.0), Value::from(&b"row"[..])];
        let change = Change {
            class: SENSOR,
            id: Identity::new(EPOCH.id, 1),
            ts: EPOCH.last,
            epoch: EPOCH.id,
            agent: EPOCH.agent,
            state: State::Row(row),
        };
        let set = ChangeSet {
            after: Position::default(),
            up_to,
            epochs: vec![EPOCH],
            notes: vec![Range { epoch: EPOCH.id, from: Timestamp(0), to: EPOCH.last }],
            changes: vec![change],
        };
        let body = body.unwrap_or_else(|| rows::encode(&set).unwrap());
        let batch = Batch { seq: 1, flags: 0, after: set.after, up_to, rows: 1, body };
        self.link.handle(Millis(2), LinkInput::Send(Message::Batch(batch)));
        self.perform();
        up_to
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
