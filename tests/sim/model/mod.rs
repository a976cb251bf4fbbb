//! A store as a model: epochs, versions, received ranges, graves, change log, marks, custody and mail in plain maps.
//! Every rule is as simple as it can be said; nothing is fast.

mod apply;
mod chain;
mod mail;
mod pack;
mod parent;
mod reconcile;
mod serve;
mod store;
mod up;

pub use pack::SCHEMA;
use pack::{pack, unpack};

use crate::fault::Fault;
use crate::store::{Content, Op, group, is_up};
use mcoiot::base::{
    AgentId, Announce, Beat, DbId, EpochId, EpochInfo, Gap, Group, Identity, Level, Marks, Millis, Position, Random, Role,
    Timestamp, Version,
};
use mcoiot::wire::Parcel;
use std::collections::{BTreeMap, BTreeSet};

/// Stream of uptable rows in the log; all others are receivers.
const UPSTREAM: AgentId = AgentId::INVALID;
/// Custody that the server has not confirmed for so long is void.
pub const CUSTODY_TIMEOUT: Millis = Millis(24 * 3600 * 1000);
/// Bytes of mail that a router holds for one agent, in one group.
pub const MAIL_BYTES: usize = 2000;

#[derive(Clone, Debug)]
struct Row {
    class: u16,
    version: Version,
    /// Receiver of a downtable row, origin of an uptable row.
    agent: AgentId,
    content: Content,
    /// Changed here by the application, although it was made elsewhere.
    is_local: bool,
}

/// A key that a commit has touched.
#[derive(Clone, Copy, Debug)]
struct Record {
    ts: u64,
    stream: AgentId,
    class: u16,
    id: Identity,
}

/// A parcel in custody.
#[derive(Clone, Debug)]
struct Kept {
    ts: u64,
    group: Group,
    parcel: Parcel,
    rows: u32,
}

/// A batch that a router holds for an agent below.
#[derive(Clone, Debug)]
struct Mail {
    after: Position,
    up_to: Position,
    as_of: Position,
    is_page: bool,
    rows: u32,
    body: Vec<u8>,
}

/// An upward stream of ours.
#[derive(Clone, Debug, Default)]
struct Upward {
    /// What some parent has.
    custody: Position,
    /// What the server has.
    confirmed: Position,
    /// Clear takes nothing that is not confirmed before this is.
    deep_until: u64,
    /// When the custody of what is not confirmed began, or last got shorter.
    since: Millis,
}

/// A downward stream of ours.
#[derive(Clone, Debug, Default)]
struct Downward {
    mark: Position,
    top: Position,
    /// While a reconcile runs: its last page, what it has named, and the newest snapshot.
    pages: Option<(u64, BTreeSet<Identity>)>,
}

#[derive(Clone, Debug, Default)]
struct ParentState {
    db: DbId,
    acked: Marks,
}

/// An agent below, near or far.
#[derive(Clone, Debug)]
struct Child {
    announce: Announce,
    /// Of its upward streams, if it is a neighbour.
    received: Marks,
    /// What it has of its downward streams: itself (server), or the next node on the way (router).
    acked: Marks,
    /// Its history, for what is confirmed of it.
    chain: Vec<EpochInfo>,
    confirmed: Marks,
    /// Groups that have to be reconciled (server).
    lost: BTreeSet<Group>,
    is_known: bool,
}

/// The reconcile that is being read for an agent; forgotten when the process ends.
#[derive(Clone, Debug)]
struct Series {
    pages: u64,
    last: Option<(bool, Identity)>,
    tail: Position,
}

#[derive(Clone)]
pub struct Model {
    fault: Fault,
    random: Random,
    role: Role,
    agent: AgentId,
    level: Level,
    db: DbId,
    wall: Millis,
    attachment: u64,

    chain: Vec<EpochInfo>,
    clock: u64,
    next_oid: u64,
    opened: bool,
    generation: u32,
    /// Forks that we have been told of, and those of them that are epochs of their own.
    forks: BTreeSet<(EpochId, bool)>,
    beaten: BTreeSet<EpochId>,
    beats: BTreeSet<Beat>,

    rows: BTreeMap<Identity, Row>,
    log: Vec<Record>,
    /// Removed here by clear, with the last receiver and version.
    cleared: BTreeMap<Identity, (u16, AgentId, Version)>,
    /// Versions of received rows that were deleted here while something older may still come.
    graves: BTreeMap<Identity, (u16, Version)>,
    /// Rows that wait for one that has their unique key.
    aside: BTreeMap<Identity, Row>,

    upward: BTreeMap<Group, Upward>,
    parents: BTreeMap<AgentId, ParentState>,
    /// Losses that are to be told; they stand in the stream where the rows stood.
    losses: Vec<(Group, Gap)>,
    transit: Vec<Kept>,
    /// Commits of parcels that a parent has taken and the server has not confirmed.
    passed: BTreeSet<(Group, u64)>,
    /// For a planted fault: parcels that were here before.
    met: BTreeSet<Vec<u8>>,

    children: BTreeMap<AgentId, Child>,
    mail: BTreeMap<(AgentId, Group), Vec<Mail>>,
    /// Up to where mail has come for an agent, held or not.
    come: BTreeMap<(AgentId, Group), Position>,
    /// Streams in the middle of a reconcile, as far as known here.
    paging: BTreeSet<(AgentId, Group)>,
    /// How many pages of the reconcile at hand have been passed on.
    served: BTreeMap<(AgentId, Group), u64>,

    /// Epochs of others.
    info: BTreeMap<EpochId, EpochInfo>,
    seen: BTreeMap<EpochId, u64>,
    their_beats: BTreeSet<Beat>,
    /// What of each epoch has been received, as (from, to].
    ranges: BTreeMap<(EpochId, Group), Vec<(u64, u64)>>,
    /// The same without what was told as lost.
    firm: BTreeMap<(EpochId, Group), Vec<(u64, u64)>>,
    gaps: BTreeSet<Gap>,
    horizon: BTreeMap<(Group, AgentId), u64>,
    series: BTreeMap<(AgentId, Group), Series>,
    is_upgraded: bool,

    downward: BTreeMap<Group, Downward>,
    /// For a planted fault: changes whose mark is saved already.
    late: Vec<Late>,
}

/// For a planted fault: the second half of a write.
#[derive(Clone)]
enum Late {
    Up(AgentId, Group, mcoiot::base::ChangeSet),
    Down(mcoiot::base::ChangeSet),
}

impl Model {
    pub fn new(role: Role, agent: AgentId, fault: Fault, seed: u64) -> Self {
        let mut random = Random::seeded(seed);
        Model {
            fault,
            role,
            agent,
            level: match role {
                Role::Server => Level::SERVER,
                Role::Router => Level(10),
                Role::Device => Level::DEVICE,
            },
            db: random.db_id(),
            wall: Millis(0),
            attachment: 0,
            random,
            chain: Vec::new(),
            clock: 0,
            next_oid: 0,
            opened: true,
            generation: 0,
            forks: BTreeSet::new(),
            beaten: BTreeSet::new(),
            beats: BTreeSet::new(),
            rows: BTreeMap::new(),
            log: Vec::new(),
            cleared: BTreeMap::new(),
            graves: BTreeMap::new(),
            aside: BTreeMap::new(),
            upward: BTreeMap::new(),
            parents: BTreeMap::new(),
            losses: Vec::new(),
            transit: Vec::new(),
            passed: BTreeSet::new(),
            met: BTreeSet::new(),
            children: BTreeMap::new(),
            mail: BTreeMap::new(),
            come: BTreeMap::new(),
            paging: BTreeSet::new(),
            served: BTreeMap::new(),
            info: BTreeMap::new(),
            seen: BTreeMap::new(),
            their_beats: BTreeSet::new(),
            ranges: BTreeMap::new(),
            firm: BTreeMap::new(),
            gaps: BTreeSet::new(),
            horizon: BTreeMap::new(),
            series: BTreeMap::new(),
            is_upgraded: false,
            downward: BTreeMap::new(),
            late: Vec::new(),
        }
    }

    fn by_serial(&self, class: u16, serial: u64) -> Option<Identity> {
        self.rows.iter().find(|(_, r)| r.class == class && r.content.serial == serial).map(|(id, _)| *id)
    }

    /// Whether rows of this class are made here.
    fn makes(&self, class: u16) -> bool {
        is_up(class) != (self.role == Role::Server)
    }

    fn is_own(&self, row: &Row) -> bool {
        self.makes(row.class) && (self.role == Role::Server || row.agent == self.agent)
    }

    fn op(&mut self, op: Op, version: Version) {
        match op {
            Op::Insert { class, content, agent } => {
                self.next_oid += 1;
                let made_in = if self.fault == Fault::Identity { EpochId(self.agent.0) } else { version.epoch };
                let agent = if is_up(class) { self.agent } else { agent };
                let id = Identity::new(made_in, self.next_oid);
                self.note(version.ts, &[if is_up(class) { UPSTREAM } else { agent }], class, id);
                self.rows.insert(id, Row { class, version, agent, content, is_local: false });
            }
            Op::Update { class, content, agent } => {
                let Some(id) = self.by_serial(class, content.serial) else { return };
                let Some(row) = self.rows.get_mut(&id) else { return };
                let from = row.agent;
                row.content = content;
                if !(is_up(class) && from == self.agent || !is_up(class) && self.role == Role::Server) {
                    row.is_local = true;
                    return self.touch_custody(id, Some(content));
                }
                row.version = version;
                row.agent = if is_up(class) { from } else { agent };
                let streams = if is_up(class) { [UPSTREAM; 2] } else { [from, agent] };
                let n = if streams[0] == streams[1] { 1 } else { 2 };
                self.note(version.ts, &streams[..n], class, id);
            }
            Op::Delete { class, serial } => {
                let Some(row) = self.by_serial(class, serial).and_then(|id| Some((id, self.rows.remove(&id)?))) else { return };
                let (id, row) = row;
                if !is_up(class) && self.role == Role::Server {
                    self.note(version.ts, &[row.agent], class, id);
                } else if !self.is_own(&row) && self.role != Role::Router && self.fault != Fault::Graves {
                    self.graves.insert(id, (class, row.version));
                    self.drop_graves();
                } else if self.role == Role::Router && !self.is_own(&row) {
                    self.touch_custody(id, None);
                }
            }
        }
    }

    fn note(&mut self, ts: Timestamp, streams: &[AgentId], class: u16, id: Identity) {
        self.log.extend(streams.iter().map(|&stream| Record { ts: ts.0, stream, class, id }));
    }

    /// Groups in which there is, or was, something that goes up from here.
    fn up_groups(&self) -> BTreeSet<Group> {
        let own = self.log.iter().filter(|r| r.stream == UPSTREAM).map(|r| group(r.class));
        own.chain(self.losses.iter().map(|(g, _)| *g))
            .chain(self.transit.iter().map(|k| k.group))
            .chain(self.upward.keys().copied())
            .collect()
    }

    /// Groups of downtables that were ever used (server).
    fn down_groups(&self) -> BTreeSet<Group> {
        self.log.iter().filter(|r| r.stream != UPSTREAM).map(|r| group(r.class)).collect()
    }

    /// The second half of a write that a planted fault has cut in two.
    fn write_late(&mut self) {
        for late in std::mem::take(&mut self.late) {
            match late {
                Late::Up(origin, group, set) => self.take_in(origin, group, &set),
                Late::Down(set) => self.take_down(&set),
            }
        }
    }
}

/// Where an announced stream stands.
fn announced(announce: &Announce, group: Group) -> (Position, Position, Position) {
    announce.down.iter().find(|d| d.group == group).map_or_else(Default::default, |d| (d.mark, d.top, d.from))
}
