//! What goes into the replication core and what comes out of it.

use crate::base::{AgentId, Code, DbId, Level, LinkId, Millis, Position, Role};
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
    /// Its level.
    pub level: Level,
    /// Where our stream towards it goes on: what its `Accept` said, a position on our own timeline.
    pub received: Position,
    /// Where its stream towards us goes on: what our `Accept` said.
    pub ours: Position,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// A handshake is complete. An older link of the same agent is replaced: it is closed with `E_IOT_WRONG_AGENT_ID`.
    /// What the peer has received is saved at once with a [`Job::SaveMark`].
    ///
    /// "Older" is by the order of these inputs. Two nodes that connect to each other at the same time may learn of the two links in
    /// different orders: then each keeps the one that the other closes, both are lost, and connectors that try again at the same time
    /// can repeat that for ever. The core cannot see it, as both links are good. So the driver has to decide at the handshake, by
    /// something that both nodes know and judge alike (who has opened which link; the `attachment` of the two `Hello`), which of two
    /// such links lives, and refuse the other one there.
    ///
    /// The driver ends older links of an agent itself, with [`Input::PeerDown`], before it looks at the agent's marks for a new
    /// handshake: rows of the older link that were applied after that look could belong to a timeline that the agent has left.
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
    /// The peer has acknowledged, and that is saved here (`onAck`).
    Acked {
        /// Where it came from.
        link: LinkId,
        /// What it said.
        ack: Ack,
    },
    /// Call with [`Input::Tick`] at this moment or later; replaces the former wish.
    WakeAt(Millis),
}

/// Work for the database.
#[derive(Clone, Debug, PartialEq)]
pub enum Job {
    /// Read the next changes for this peer from one snapshot.
    Read {
        /// The receiver.
        peer: Peer,
        /// Start behind this.
        after: Position,
        /// Stop after about so many bytes; one row always goes.
        max_bytes: usize,
    },
    /// Apply a batch from this peer, its rows and the mark in one transaction.
    ///
    /// `batch.after` may lie before the mark (`RESEND`, or a handshake that met an unfinished job): versions in a received
    /// range are passed over, and the mark never goes back by it.
    Apply {
        /// The sender.
        peer: Peer,
        /// Its batch.
        batch: Batch,
    },
    /// Remember what the peer has acknowledged. The handshake has already replaced what was remembered before it, also
    /// downwards; from then on a lower position than the present one changes nothing.
    SaveMark {
        /// The peer.
        peer: Peer,
        /// Its acknowledgment.
        position: Position,
    },
}

/// How a job ended.
#[derive(Clone, Debug, PartialEq)]
pub enum JobResult {
    /// For `Read`.
    Read {
        /// The batch (`seq` and `flags` are filled in by the core), or nothing to send between `after` and `tail`.
        batch: Option<Batch>,
        /// Last commit of this database in that snapshot, also when the stream has nothing there.
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
    },
    /// For `SaveMark`.
    Saved,
    /// Nothing was changed. A failed `Apply` is answered to the peer as "full, come back later", except when the code is
    /// `E_IOT_PROTOCOLERR` (a body that cannot be read, a row that this peer may not send) or `E_IOT_TS_GAP`: these close the link.
    Failed {
        /// Why, e.g. `E_NOMEM` when there is no room.
        code: Code,
    },
}
