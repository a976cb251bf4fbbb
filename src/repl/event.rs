//! What goes into the replication core and what comes out of it.

use crate::base::{
    AgentId, Announce, Attached, Code, DbId, Group, Level, LinkId, Marks, Millis, Position, Role, SetAside, Stream, Way, Word,
};
use crate::wire::{Ack, Batch, Message};

/// Number of a sync call, given by the driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SyncId(pub u64);

/// Number of a storage job, given by the core.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub u64);

/// The other end of a link whose handshake is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its agent id.
    pub agent: AgentId,
    /// Its database.
    pub db: DbId,
    /// What it is.
    pub role: Role,
    /// Its level. Never the same as ours: a smaller one is above, a larger one below.
    pub level: Level,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// A handshake is complete. An older link of the same agent is replaced: it is closed with `E_IOT_WRONG_AGENT_ID`.
    ///
    /// "Older" is by the order of these inputs. Two nodes that connect to each other at the same time may learn of the two links in
    /// different orders; which of two such links lives has to be decided by the driver, at the handshake, alike on both sides.
    PeerUp {
        /// The link.
        link: LinkId,
        /// Who is behind it.
        peer: Peer,
    },
    /// A link is gone, for whatever reason, also after [`Output::Close`]. Links the core does not know are ignored.
    PeerDown {
        /// The link.
        link: LinkId,
        /// Why: what waiting syncs get.
        code: Code,
    },
    /// A message that is not part of the handshake.
    Message {
        /// Where it came from.
        link: LinkId,
        /// The message.
        message: Message,
    },
    /// A part of a long message has come. A peer that owes an answer is given more time, for the answer may be, or stand behind, what
    /// trickles in. To be told now and then, not for each byte; signs of life do not count.
    Arriving {
        /// Where it comes from.
        link: LinkId,
    },
    /// A user's sync; ends with exactly one [`Output::SyncDone`].
    Sync {
        /// Number for the answer.
        sync: SyncId,
        /// An agent, or one of the group addresses.
        target: AgentId,
        /// `MCO_IOT_SYNC_` bits.
        flags: u32,
    },
    /// The user no longer waits; the sync ends with this code.
    CancelSync {
        /// The sync.
        sync: SyncId,
        /// Usually `E_IOT_TIMEOUT`.
        code: Code,
    },
    /// A storage job has ended. For `Apply` and `SaveMark`: and is durable.
    JobDone {
        /// The job.
        job: JobId,
        /// What came out.
        result: JobResult,
    },
    /// The level of this node has changed (routers): links whose order turns round, or is lost, are closed.
    SetLevel(Level),
    /// Rows have been committed here, or a class has got a group: these groups of ours are in use from now on. What is new goes with the
    /// next sync.
    Groups(Vec<Group>),
    /// An agent below was forgotten; its claims end. If it is attached after all, it is announced as one that is new here.
    Forget(AgentId),
    /// Time has passed a moment asked for by [`Output::WakeAt`].
    Tick,
    /// The replicator stops: every sync ends with `E_IOT_STOPPED`.
    Stop,
}

/// Something to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Queue a message on a link.
    Send {
        /// The link.
        link: LinkId,
        /// The message.
        message: Message,
    },
    /// End a link.
    Close {
        /// The link.
        link: LinkId,
        /// Why.
        code: Code,
        /// In words.
        text: String,
    },
    /// Do this with the database and answer with [`Input::JobDone`], also when the link is gone by then.
    ///
    /// Jobs of one agent run in the order given, also over a change of its link, and so does the look at its marks that a
    /// handshake needs: a mark saved late by an older link would undo what the handshake said.
    Job {
        /// Number for the answer.
        job: JobId,
        /// Whose link it serves.
        link: LinkId,
        /// What to do.
        work: Job,
    },
    /// A sync is complete.
    SyncDone {
        /// The sync.
        sync: SyncId,
        /// Its result.
        code: Code,
    },
    /// A batch with rows has been committed here (`onReceive`).
    Received {
        /// Where it came from.
        link: LinkId,
        /// How many rows.
        rows: u32,
    },
    /// An agent has acknowledged, and that is saved here (`onAck`).
    Acked {
        /// Where it came from.
        link: LinkId,
        /// Who acknowledges: the peer of the link, or a node behind it.
        agent: AgentId,
        /// In which direction our rows went.
        way: Way,
        /// The acknowledgment; with the `DEEP_ACK` bit when it is that of the final node.
        ack: Ack,
        /// Up to here the agent has our streams, in all groups.
        marks: Marks,
    },
    /// An agent below was not taken in, and is told so: somebody at this node should hear of it.
    TurnedAway {
        /// Who.
        agent: AgentId,
        /// Why.
        code: Code,
        /// In words.
        text: String,
    },
    /// The active parent, or the lack of one, has changed. For statuses.
    Parent(Option<AgentId>),
    /// Call with [`Input::Tick`] at this moment or later; replaces the former wish.
    WakeAt(Millis),
}

/// Work for the database. All jobs of one lane ([`Job::lane`]) run in the order given.
#[derive(Clone, Debug, PartialEq)]
pub enum Job {
    /// What an agent says of itself now: this node (which counts its attachment up), or an agent below as it was attached and has
    /// acknowledged since (then `attachment` and `parent` are what it has announced, and `from` is where what is held for it ends).
    Describe {
        /// Who.
        agent: AgentId,
    },
    /// An agent below has announced itself, or was announced by a router. Its mark replaces what was remembered, also downwards.
    Attach {
        /// What it says.
        announce: Box<Announce>,
        /// The neighbour over which it is reached; the agent itself when that is the neighbour.
        via: AgentId,
    },
    /// The parent has taken our announcement in: where our upward streams go on.
    Begin {
        /// The parent.
        parent: AgentId,
        /// Its database.
        db: DbId,
        /// What it has of our streams.
        received: Marks,
    },
    /// The server has spoken to this node. Answered by [`JobResult::Heard`]: where the upward streams have to go on, when that is before
    /// what was sent (custody is void), or the same as before.
    Word(Word),
    /// Read the next changes of a stream.
    Read {
        /// Which. Up: towards this parent. Down: for this agent; on a router what it holds for it.
        stream: Stream,
        /// Start behind this.
        after: Position,
        /// Stop after about so many bytes; one row always goes.
        max_bytes: usize,
        /// The final node has to acknowledge what is read up to the end of the snapshot, before clear may remove it.
        deep: bool,
    },
    /// Apply a batch, its rows and the mark in one transaction. For this node, or to be kept for the agent of the stream (routers,
    /// down), or to be passed on and shown (routers, up).
    Apply {
        /// Which stream. Up: from this neighbour below.
        stream: Stream,
        /// The neighbour that has sent it.
        from: AgentId,
        /// The batch.
        batch: Batch,
    },
    /// Remember what the receiver of a stream has. Up: the parent has custody. Down, on the server: the agent itself has it.
    /// Down, on a router: the next node has it, what is held up to there can go. A lower position than the present one changes nothing.
    SaveMark {
        /// Which stream.
        stream: Stream,
        /// Its acknowledgment.
        position: Position,
    },
    /// An agent below has acknowledged to this router (down); kept for the next [`Job::Describe`]. Nothing else depends on it.
    NoteMark {
        /// Which stream.
        stream: Stream,
        /// Its acknowledgment.
        position: Position,
    },
    /// Text of a schema that a parcel has named; comes from a peer.
    LearnSchema {
        /// Who has sent it.
        from: AgentId,
        /// The hash that was asked for.
        hash: u64,
        /// The text.
        text: String,
    },
    /// Text of a schema that we have named to a peer.
    ShowSchema {
        /// Who asks.
        to: AgentId,
        /// Its hash.
        hash: u64,
    },
}

impl Job {
    /// Whose order it has to keep: of the node at the far end of the stream.
    pub fn lane(&self, own: AgentId) -> AgentId {
        match self {
            Job::Describe { agent } => *agent,
            Job::Attach { announce, .. } => announce.agent,
            Job::Begin { .. } | Job::Word(_) => own,
            Job::Read { stream, .. }
            | Job::Apply { stream, .. }
            | Job::SaveMark { stream, .. }
            | Job::NoteMark { stream, .. } => {
                // Custody at whichever parent is one matter.
                if stream.way == Way::Up && self.is_ours() { own } else { stream.agent }
            }
            Job::LearnSchema { from, .. } => *from,
            Job::ShowSchema { to, .. } => *to,
        }
    }

    /// Whether it is about the stream of this node towards its parent.
    fn is_ours(&self) -> bool {
        matches!(self, Job::Read { .. } | Job::SaveMark { .. })
    }
}

/// How a job ended.
#[derive(Clone, Debug, PartialEq)]
pub enum JobResult {
    /// For `Describe`; nothing for an agent that is not known.
    Described(Option<Box<Announce>>),
    /// For `Attach`.
    Attached(Box<Attached>),
    /// For `Begin`: where each upward stream of ours goes on; names every group that has rows or ever had.
    Streams(Marks),
    /// For `Word`.
    Heard {
        /// As for `Begin`.
        starts: Marks,
        /// Rows set aside in what was not known to be confirmed before.
        aside: Vec<SetAside>,
    },
    /// For `Read`.
    Read {
        /// The batch (`seq` and `flags` of syncs are filled in by the core), or nothing to send between `after` and `tail`.
        batch: Option<Batch>,
        /// Last commit of the stream's history in that snapshot, also when the stream has nothing there.
        tail: Position,
        /// Why rows in front of `tail` have to wait, with a batch or without, e.g. `E_IOT_INCOMPATIBLE_MODE` when the peer does not
        /// know their class; `S_OK` when nothing waits. Syncs get it, so that it is never taken for "nothing to send".
        held: Code,
    },
    /// For `Apply`: committed with the database's durability.
    Applied {
        /// The mark afterwards.
        mark: Position,
        /// First code of a row that was set aside; `S_OK` otherwise.
        code: Code,
        /// On the server: what it has to say of that to every agent of which more is confirmed now.
        confirmed: Vec<(AgentId, Word)>,
    },
    /// For `SaveMark`, `NoteMark`, `LearnSchema`.
    Saved,
    /// For `ShowSchema`.
    Schema(Option<String>),
    /// For `Apply`: a parcel is in the layout of a schema that is not known here. For `Attach`: the agent announces a schema that is not
    /// known here, and has to be, so that nothing is sent to it that it does not know. Nothing was changed. Ask the peer and try again.
    NeedSchema {
        /// Its hash.
        hash: u64,
    },
    /// Nothing was changed. A failed `Apply` is answered to the peer as "full, come back later", except when the code is
    /// `E_IOT_PROTOCOLERR` (a body that cannot be read, a row that this peer may not send) or, for an upward stream, `E_IOT_TS_GAP`: these
    /// close the link. A failed `Attach` with `E_IOT_PROTOCOLERR` closes it too.
    ///
    /// `E_IOT_TS_GAP` for a downward stream, from `Apply` (here or for an agent below) or from `Read` of what a router holds: what is here and what
    /// comes do not fit together, e.g. because held mail had to be dropped. This node announces itself anew, or has the agent announce itself
    /// anew (`Renew`, then `Attach` and `Describe` as for any announcement), and the node above begins the stream again at the `from` of that
    /// announcement. What comes for the agent before the announcement is answered (`Welcome`) is passed over.
    Failed {
        /// Why, e.g. `E_NOMEM` when there is no room.
        code: Code,
    },
}
