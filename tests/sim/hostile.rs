//! Whoever says anything at all: a device that speaks for others, a router that says nonsense of agents that nobody else knows, floods. Its
//! connection ends; the others, their rows, and memory do not notice. With the real database.

use crate::fault::Fault;
use crate::real::{Real, fit, folder};
use crate::seeds::number;
use crate::store::Store;
use crate::world::{SERVER, World};
use mcoiot::base::{
    AgentId, Announce, Beat, Code, DbId, DownMark, EpochId, EpochInfo, Fork, Group, Level, LinkId, Marks, Millis, Position,
    Random, Role, SetAside, Timestamp, Word,
};
use mcoiot::repl::{BATCH_AGAIN, BATCH_BEGIN, BATCH_RECONCILE, BATCH_RESTART, Input, Peer};
use mcoiot::wire::{
    Ack, Batch, Hello, MAX_FRAME, Mark, Message, Parcel, Pull, PullEnd, Refuse, Routed, VERSION_MAX, VERSION_MIN, Withdraw,
    parcel,
};
use std::collections::BTreeSet;
use std::rc::Rc;

const SEEDS: u64 = 12;
/// One for so many of the usual trees, where their number is given.
const TREES: u64 = 50;
/// Seeds that have found a mistake: a pull of somebody else that was never answered, and announcements without end for the database.
const FOUND: [u64; 2] = [78, 260];
const STEPS: u64 = 300;
/// Most messages at a time.
const FLOOD: u64 = 200;
/// Most work that a hostile peer can have waiting here: its window, full of the smallest batches, and as many announcements as may be unanswered.
const JOBS_MAX: usize = 600;
const DEVICE: Peer = Peer { agent: AgentId(3000), db: DbId(5), role: Role::Device, level: Level::DEVICE };
const ROUTER: Peer = Peer { agent: AgentId(900), db: DbId(6), role: Role::Router, level: Level(50) };

struct Hostile {
    peer: Peer,
    /// The node that it is connected to.
    node: usize,
    link: LinkId,
    random: Random,
    /// Kinds of messages.
    said: BTreeSet<String>,
}

fn kind(message: &Message) -> String {
    let text = format!("{message:?}");
    text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_owned()
}

impl Hostile {
    /// Someone to speak of. A router is believed what it says of agents behind it, so it leaves honest ones alone.
    fn agent(&mut self) -> AgentId {
        let honest = if self.peer.role == Role::Device { [1, 11, 1000] } else { [2000, 2001, 2002] };
        [honest[0], honest[1], honest[2], self.peer.agent.0, 0, u64::MAX].map(AgentId)[self.random.below(6) as usize]
    }

    fn group(&mut self) -> Group {
        Group([0, 0, 5, 7, 8, 255][self.random.below(6) as usize])
    }

    fn position(&mut self) -> Position {
        let ts = [0, 1, 2, 3, 7, 1 << 40, u64::MAX][self.random.below(7) as usize];
        Position { ts: Timestamp(ts), epoch: EpochId([0, 1, 2, u64::MAX][self.random.below(4) as usize]) }
    }

    fn marks(&mut self) -> Marks {
        (0..self.random.below(3)).map(|_| (Group(self.random.below(8) as u8), self.position())).collect()
    }

    fn code(&mut self) -> Code {
        [Code::S_OK, Code::S_OK, Code::E_NOMEM, Code::S_DUPLICATE, Code::E_IOT_PROTOCOLERR][self.random.below(5) as usize]
    }

    fn aside(&mut self) -> SetAside {
        let (first, group, last, code) = (self.position().ts, self.group(), self.position().ts, self.code());
        SetAside { group, first, last, code }
    }

    fn fork(&mut self) -> Fork {
        let (epoch, at) = (self.position().epoch, self.position().ts);
        Fork { epoch, tail: self.random.below(2) == 0, at, generation: self.random.below(3) as u32 }
    }

    fn beat(&mut self) -> Beat {
        Beat { epoch: self.position().epoch, beaten: self.position().epoch }
    }

    fn announce(&mut self) -> Announce {
        let agent = if self.random.below(3) > 0 { self.peer.agent } else { self.agent() };
        let itself = agent == self.peer.agent;
        let epoch = |random: &mut Random| EpochInfo {
            id: EpochId(random.below(4)),
            agent: AgentId(random.below(5) + 998),
            db: DbId(random.below(3)),
            first: Timestamp(random.below(5)),
            last: Timestamp(random.below(9)),
            before: EpochId(random.below(4)),
            left: Timestamp(random.below(5)),
            generation: random.below(3) as u32,
        };
        let down = |this: &mut Self| {
            let (group, mark, top, from) = (this.group(), this.position(), this.position(), this.position());
            DownMark { group, mark, top, from }
        };
        Announce {
            agent,
            parent: if self.random.below(2) == 0 { agent } else { self.agent() },
            role: if itself { self.peer.role } else { Role::Device },
            level: if itself { self.peer.level } else { Level::DEVICE },
            db: if itself { self.peer.db } else { DbId(self.random.below(9)) },
            schema_hash: self.random.below(3),
            attachment: self.random.below(5),
            epochs: (0..self.random.below(3)).map(|_| epoch(&mut self.random)).collect(),
            beats: (0..self.random.below(3)).map(|_| self.beat()).collect(),
            down: (0..self.random.below(3)).map(|_| down(self)).collect(),
            reconcile: self.random.below(4) == 0,
        }
    }

    fn batch(&mut self) -> Batch {
        let noise: Vec<u8> = (0..self.random.below(300)).map(|_| self.random.below(256) as u8).collect();
        let schema = self.random.below(3);
        let body = match self.random.below(3) {
            0 => noise,
            1 => parcel::encode(&[Parcel { schema, body: noise }]),
            _ => parcel::encode(&[]),
        };
        Batch {
            seq: 1 + self.random.below(4),
            group: self.group(),
            flags: [0, BATCH_BEGIN, BATCH_BEGIN, BATCH_AGAIN, BATCH_RESTART, BATCH_RECONCILE, u32::MAX]
                [self.random.below(7) as usize],
            after: self.position(),
            up_to: self.position(),
            as_of: self.position(),
            rows: self.random.below(3) as u32,
            body,
        }
    }

    fn message(&mut self, depth: u32) -> Message {
        let seq = self.random.below(5);
        match self.random.below(if depth < 2 { 18 } else { 15 }) {
            0 | 1 => Message::Announce(Box::new(self.announce())),
            2 => Message::Standby,
            3 => Message::Withdraw(Withdraw { agent: self.agent(), attachment: self.random.below(5) }),
            4 => Message::Renew(self.agent()),
            5 => Message::Welcome(self.marks()),
            6 => {
                let aside = (0..self.random.below(3)).map(|_| self.aside()).collect();
                let forks = (0..self.random.below(3)).map(|_| self.fork()).collect();
                Message::Word(Word { confirmed: self.marks(), forks, aside, fresh: self.random.below(2) == 0 })
            }
            7 => Message::Mark(Mark { group: self.group(), position: self.position(), code: self.code() }),
            8 => Message::Batch(self.batch()),
            9 => {
                let retry_after = Millis([0, 5, u64::MAX][self.random.below(3) as usize]);
                let (group, flags) = (self.group(), self.random.any() as u32);
                Message::Ack(Ack { seq, group, flags, position: self.position(), code: self.code(), retry_after })
            }
            10 => Message::Pull(Pull { asker: self.agent(), target: self.agent(), seq, flags: self.random.any() as u32 }),
            11 => {
                let (asker, target, rows) = (self.agent(), self.agent(), self.random.below(3));
                Message::PullEnd(PullEnd { asker, target, seq, rows, code: self.code(), ends: self.marks() })
            }
            12 if seq > 2 => Message::Schema("no schema".into()),
            12 => Message::SchemaRequest(self.random.below(3)),
            13 => self.of_the_link(),
            14 => Message::Path((0..self.random.below(4)).map(|_| self.agent()).collect()),
            _ => {
                let (agent, attachment, message) = (self.agent(), self.random.below(5), Box::new(self.message(depth + 1)));
                Message::Routed(Routed { agent, attachment, message })
            }
        }
    }

    /// What belongs to the handshake, or ends a link.
    fn of_the_link(&mut self) -> Message {
        let last_words = Refuse { code: self.code(), text: "no".into() };
        let Peer { agent, role, level, db } = self.peer;
        match self.random.below(5) {
            0 => Message::Hello(Box::new(Hello {
                version_min: VERSION_MIN,
                version_max: VERSION_MAX,
                role,
                agent,
                level,
                db,
                nonce: self.random.any(),
                schema_hash: self.random.below(3),
                recv_timeout: Millis(self.random.below(9)),
                max_frame: MAX_FRAME,
                features: self.random.any() as u32,
            })),
            1 => Message::Accept,
            2 => Message::Refuse(last_words),
            3 => Message::Bye(last_words),
            _ => Message::KeepAlive,
        }
    }

    fn is_here(&self, world: &World) -> bool {
        world.nodes[self.node].core.as_ref().is_some_and(|core| core.peers().any(|(link, _)| link == self.link))
    }

    /// Connects, and mostly introduces itself as it should.
    fn connect(&mut self, world: &mut World) {
        self.link = LinkId(self.link.0 + 1);
        self.input(world, Input::PeerUp { link: self.link, peer: self.peer });
        if self.random.below(4) > 0 {
            let Peer { agent, role, level, db } = self.peer;
            let (epochs, beats, down) = (Vec::new(), Vec::new(), Vec::new());
            let announce = Announce { agent, role, level, db, parent: agent, epochs, beats, down, ..self.announce() };
            self.say(world, Message::Announce(Box::new(announce)));
        }
    }

    fn say(&mut self, world: &mut World, message: Message) {
        self.input(world, Input::Message { link: self.link, message });
    }

    fn input(&self, world: &mut World, input: Input) {
        world.nodes[self.node].input(world.now, input, &mut world.network);
    }

    /// Says one thing, or the same many times; gives how often its connection was ended for it.
    fn act(&mut self, world: &mut World) -> u64 {
        if !self.is_here(world) {
            self.connect(world);
        }
        let message = self.message(0);
        self.said.insert(kind(&message));
        let times = if self.random.below(20) == 0 { FLOOD } else { 1 };
        for _ in 0..times {
            self.say(world, message.clone());
        }
        u64::from(!self.is_here(world))
    }
}

/// A small tree of honest nodes at work, with a hostile peer at one of them.
fn run(seed: u64, peer: Peer) -> Result<(u64, BTreeSet<String>), String> {
    let folder = folder();
    let make = Rc::new(move |role, agent, _| -> Box<dyn Store> { Box::new(Real::new(&folder, role, agent, Fault::None)) });
    let mut world = World::of(Random::seeded(seed), seed % 2, 1, Fault::None, make);
    fit(&mut world.oracle, &world.nodes);
    let trace = std::env::var_os("MCO_SIM_TRACE").is_some();
    world.nodes.iter_mut().for_each(|n| n.trace = trace);
    let last = world.nodes.len() - 1;
    for node in 1..=last {
        world.connect(node, node - 1);
        world.rest()?;
    }
    let links: Vec<usize> = world.nodes.iter().map(|n| n.ends.len()).collect();
    let node = if seed % 4 == 1 { 1 } else { SERVER };
    let mut hostile = Hostile { peer, node, link: LinkId(1 << 40), random: Random::seeded(seed), said: BTreeSet::new() };
    let mut closed = 0;
    for step in 0..STEPS {
        match world.random.below(8) {
            0 => world.commit(if step % 2 == 0 { SERVER } else { last })?,
            1 => world.sync(last),
            2 | 3 => closed += hostile.act(&mut world),
            _ => {
                let _ = world.deliver() || world.work()? || world.answer();
            }
        }
        world.check_told()?;
        let now: Vec<usize> = world.nodes.iter().map(|n| n.ends.len()).collect();
        if now != links {
            return Err(format!("connections of others have ended: {links:?}, {now:?}"));
        }
        let node = &world.nodes[node];
        let jobs: usize = node.queues.values().map(|queue| queue.len()).sum();
        let held = node.core.as_ref().map_or((0, 0), |core| core.held(hostile.link));
        let most = crate::node::LINK_WINDOW + 4 * crate::node::BATCH;
        if jobs > JOBS_MAX || held.0 > most || held.1 > most {
            return Err(format!("{jobs} jobs, {held:?} bytes for a hostile peer"));
        }
    }
    hostile.input(&mut world, Input::PeerDown { link: hostile.link, code: Code::E_NW_CLOSED });
    while world.work()? || world.answer() {}
    // What was said of the hostile one was right.
    world.nodes.iter_mut().for_each(|n| n.accuses = None);
    world.settle()?;
    Ok((closed, hostile.said))
}

#[test]
fn nothing_that_a_peer_below_says_touches_others() {
    let (from, count) =
        (number("MCO_SIM_FROM").unwrap_or(1), number("MCO_SIM_SEEDS").map_or(SEEDS, |trees| trees.div_ceil(TREES)));
    for peer in [DEVICE, ROUTER] {
        let seeds = (from..from + count).chain(FOUND);
        let (mut closed, mut said) = (0, BTreeSet::new());
        for seed in seeds {
            let (times, kinds) = run(seed, peer).unwrap_or_else(|e| panic!("seed {seed}, {peer:?}: {e}"));
            closed += times;
            said.extend(kinds);
        }
        println!("{:?}: closed {closed} times", peer.role);
        assert!(closed > count * 5, "{peer:?} was closed only {closed} times");
        assert_eq!(said, kinds(), "everything that the protocol has was said");
    }
}

/// All kinds of messages, as the page about the protocol lists them.
fn kinds() -> BTreeSet<String> {
    let page = include_str!("../../docs/protocol.md");
    let (_, list) = page.split_once("| kind | message | payload at most |").expect("the list of the page");
    let lines = list.lines().skip(2).take_while(|line| line.starts_with('|'));
    lines.filter_map(|line| line.split('|').nth(2)).map(|name| name.trim().to_owned()).collect()
}
