//! Syncs that have not ended: checks of the arguments, and the result from the results of the parts.

use super::flags::{SYNC_ALL, SYNC_NONBLOCK, SYNC_PULL, SYNC_PUSH, SYNC_WAIT};
use super::{Config, SyncId};
use crate::base::{AgentId, Code};
use std::collections::BTreeMap;

/// What a sync is addressed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Agent(AgentId),
    All,
    Up,
    Down,
}

/// Refuses what no network could make right.
pub(super) fn check(config: &Config, agent: AgentId, flags: u32) -> Result<Target, Code> {
    let has = |bits| flags & bits != 0;
    let target = match agent {
        AgentId::ALL => Target::All,
        AgentId::ALL_UP => Target::Up,
        AgentId::ALL_DOWN => Target::Down,
        other => Target::Agent(other),
    };
    let group = !matches!(target, Target::Agent(_));
    if has(!SYNC_ALL) || !has(SYNC_PUSH | SYNC_PULL) || has(SYNC_WAIT) && (has(SYNC_NONBLOCK) || group) {
        return Err(Code::E_ILLEGAL_PARAM);
    }
    if !group && (!agent.is_node() || agent == config.agent) {
        return Err(Code::E_IOT_WRONG_AGENT_ID);
    }
    Ok(target)
}

/// Open syncs by number.
#[derive(Debug, Default)]
pub(super) struct Syncs {
    open: BTreeMap<SyncId, Open>,
}

#[derive(Debug)]
struct Open {
    parts: usize,
    moved: bool,
    code: Code,
}

impl Syncs {
    pub fn len(&self) -> usize {
        self.open.len()
    }

    /// A sync that ends when so many parts have ended.
    pub fn open(&mut self, sync: SyncId, parts: usize) {
        self.open.insert(sync, Open { parts, moved: false, code: Code::S_OK });
    }

    /// The result, with the last part.
    pub fn part_done(&mut self, sync: SyncId, moved: bool, code: Code) -> Option<Code> {
        let open = self.open.get_mut(&sync)?;
        open.parts = open.parts.saturating_sub(1);
        open.moved |= moved;
        if open.code == Code::S_OK {
            open.code = code;
        }
        if open.parts > 0 {
            return None;
        }
        let open = self.open.remove(&sync)?;
        let ok = if open.moved { Code::S_OK } else { Code::S_IOT_NO_NEW_DATA };
        Some(if open.code == Code::S_OK { ok } else { open.code })
    }

    /// Whether it was open.
    pub fn cancel(&mut self, sync: SyncId) -> bool {
        self.open.remove(&sync).is_some()
    }

    /// Ends all, in order.
    pub fn take_all(&mut self) -> impl Iterator<Item = SyncId> {
        std::mem::take(&mut self.open).into_keys()
    }
}
