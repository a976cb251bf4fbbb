//! What a replicator is told when it is made, and the bounds that hold when nothing else is said.

use crate::base::{AgentId, Level, Millis, Role};
use crate::wire::MAX_PATH;

/// Bytes of one stream that may be on their way over one link; one batch that is larger goes alone.
pub const WINDOW_BYTES: usize = 1 << 20;
/// The same for all streams of a link together.
pub const LINK_WINDOW_BYTES: usize = 4 * WINDOW_BYTES;
/// A read stops after about so many bytes.
pub const BATCH_BYTES: usize = 256 << 10;
/// Counted for every batch beside its body, so that empty bodies cannot make a window endless.
pub const BATCH_OVERHEAD: usize = 64;
/// Batches to one peer that may be sent and not yet saved as acknowledged; beyond it nothing more is sent.
pub const UNSAVED_MAX: usize = 256;
/// Announcements that a peer above may owe an answer to; further ones wait.
pub const ANNOUNCED_MAX: usize = 256;
/// Texts of schemas that a peer may ask for before it has got the first.
pub const SCHEMAS_MAX: usize = 16;
/// Pulls of one agent to one other that may be unanswered. A peer that asks more often is closed; our own syncs share.
pub const PULLS_MAX: usize = 8;
/// Pulls of one agent that this node passes on and that may be unanswered: to the server, to the parent, and to the routers above that.
pub const PASSED_MAX: usize = PULLS_MAX * (2 + MAX_PATH);
/// Bytes per second of the slowest line that has to be borne: what is on its way to a peer gives it so much more time to answer.
pub const SLOWEST_LINE: u64 = 4 << 10;
/// Longest pause that a peer may ask for in `Ack::retry_after`; more is cut.
pub const RETRY_AFTER_MAX: Millis = Millis(60_000);

/// Identity, bounds and times of a [`super::Replicator`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// What this node is.
    pub role: Role,
    /// Who this node is.
    pub agent: AgentId,
    /// Its level.
    pub level: Level,
    /// Bytes of one stream on their way over one link. The same on every node of a tree: a peer that sends more is closed.
    pub window_bytes: usize,
    /// Bytes of all streams on their way over one link, in each direction. The same on every node, too.
    pub link_window_bytes: usize,
    /// Size of a batch; a larger one goes only when a single row, or a single transaction, is larger.
    pub batch_bytes: usize,
    /// First pause after a storage job failed or a receiver was full; it doubles with each further failure.
    pub retry_first: Millis,
    /// Longest such pause.
    pub retry_last: Millis,
    /// How often a failed read or saved mark is tried again before it counts as failed.
    pub retries: u32,
    /// A peer that owes an answer is closed when nothing that brings it nearer has come for so long, and for the time that
    /// what is on its way to it may take ([`SLOWEST_LINE`]).
    pub answer_timeout: Millis,
    /// How often the database is asked whether what nodes above have acknowledged is confirmed in time, as long as a link lasts.
    pub custody_pause: Millis,
    /// Links at one time, and agents known below; a further one is refused with `E_IOT_TOO_MANY_CONTEXTS`.
    pub max_links: usize,
    /// Syncs that have not ended at one time; a further one ends with `E_NOMEM`.
    pub max_syncs: usize,
}

impl Config {
    /// The usual bounds for a node.
    pub fn new(role: Role, agent: AgentId, level: Level) -> Self {
        Config {
            role,
            agent,
            level,
            window_bytes: WINDOW_BYTES,
            link_window_bytes: LINK_WINDOW_BYTES,
            batch_bytes: BATCH_BYTES,
            retry_first: Millis(50),
            retry_last: Millis(10_000),
            retries: 8,
            answer_timeout: Millis(300_000),
            custody_pause: Millis(3_600_000),
            max_links: 1_000_000,
            max_syncs: 10_000,
        }
    }
}
