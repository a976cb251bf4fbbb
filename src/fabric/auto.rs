//! Syncs that nobody calls for: on connect, some time after a commit, and from time to time.

use super::answer::answer;
use super::engine::Engine;
use super::pool::{Lane, caught};
use crate::base::{AgentId, Code, Millis, Result, Role, fail};
use crate::net::clock;
use crate::repl::{SYNC_DEEP_ACK, SYNC_NONBLOCK, SYNC_PULL, SYNC_PUSH};

/// What a replicator does by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AutoSync {
    /// `MCO_IOT_SYNC_PUSH`, `MCO_IOT_SYNC_PULL` or both; `MCO_IOT_SYNC_DEEP_ACK` may be added.
    pub flags: u32,
    /// With a node, as soon as it is connected.
    pub on_connect: bool,
    /// Rows are cleared when they are acknowledged: on a device and a router those that went up, on a server those that went down.
    pub clear: bool,
    /// So long after a commit of rows that travel; commits until then go together. `INFINITE`: never.
    pub after_commit: Millis,
    /// Again and again after so long. `INFINITE`: never.
    pub period: Millis,
}

impl Default for AutoSync {
    fn default() -> Self {
        AutoSync {
            flags: SYNC_PUSH | SYNC_PULL,
            on_connect: true,
            clear: false,
            after_commit: Millis(1000),
            period: Millis::INFINITE,
        }
    }
}

impl AutoSync {
    /// `E_ILLEGAL_PARAM`: no direction, other flags, a period of 0, or nothing that would ever start a sync.
    pub(super) fn check(&self) -> Result<()> {
        let refuse = |text: &str| fail(Code::E_ILLEGAL_PARAM, format!("automatic sync: {text}"));
        if self.flags & (SYNC_PUSH | SYNC_PULL) == 0 {
            return refuse("no direction, add MCO_IOT_SYNC_PUSH or MCO_IOT_SYNC_PULL");
        }
        if self.flags & !(SYNC_PUSH | SYNC_PULL | SYNC_DEEP_ACK) != 0 {
            return refuse("besides PUSH and PULL only MCO_IOT_SYNC_DEEP_ACK is possible");
        }
        if self.period == Millis(0) {
            return refuse("a period of 0 ms; give a time, or MCO_TM_INFINITE for none");
        }
        let never = self.after_commit == Millis::INFINITE && self.period == Millis::INFINITE;
        if !self.on_connect && never {
            return refuse("nothing would start it: set on_connect, after_commit or period");
        }
        Ok(())
    }
}

/// Where the automatic syncs of a replicator stand.
#[derive(Debug)]
pub(super) struct Auto {
    params: AutoSync,
    /// When the commits of late go.
    commit_at: Millis,
    period_at: Millis,
    /// A clear is under way; another is due after it.
    clearing: bool,
    again: bool,
}

impl Auto {
    pub(super) fn wake_at(&self) -> Millis {
        self.commit_at.min(self.period_at)
    }
}

impl Engine {
    /// Takes the place of what was set before; `None` ends it.
    pub(super) fn set_auto(&mut self, params: Option<AutoSync>) {
        let Some(site) = &mut self.site else { return };
        let now = clock::now();
        // What was committed before now may wait for the first time.
        site.auto = params.map(|params| Auto {
            params,
            commit_at: now.after(params.after_commit),
            period_at: now.after(params.period),
            clearing: false,
            again: false,
        });
    }

    /// Rows that travel were committed here.
    pub(super) fn auto_commit(&mut self) {
        if let Some(auto) = self.site.as_mut().and_then(|site| site.auto.as_mut())
            && auto.commit_at == Millis::INFINITE
        {
            auto.commit_at = clock::now().after(auto.params.after_commit);
        }
    }

    /// A node has connected.
    pub(super) fn auto_connect(&mut self, agent: AgentId) {
        let params = self.site.as_ref().and_then(|site| site.auto.as_ref()).map(|auto| auto.params);
        if let Some(params) = params.filter(|params| params.on_connect) {
            self.auto_sync(agent, params.flags);
        }
    }

    /// Moments that have come.
    pub(super) fn auto_time(&mut self, now: Millis) {
        let Some(site) = &mut self.site else { return };
        let Some(auto) = site.auto.as_mut().filter(|auto| auto.wake_at() <= now) else { return };
        if auto.period_at <= now {
            auto.period_at = now.after(auto.params.period);
        }
        auto.commit_at = Millis::INFINITE;
        let flags = auto.params.flags;
        let target = if site.node.role == Role::Server { AgentId::ALL_DOWN } else { AgentId::ALL_UP };
        self.auto_sync(target, flags);
    }

    /// Rows were acknowledged.
    pub(super) fn auto_clear(&mut self) {
        let Some(site) = &mut self.site else { return };
        let Some(auto) = site.auto.as_mut().filter(|auto| auto.params.clear) else { return };
        if std::mem::replace(&mut auto.clearing, true) {
            auto.again = true;
            return;
        }
        let target = if site.node.role == Role::Server { AgentId::ALL_DOWN } else { AgentId::SERVER };
        let shared = self.shared.clone();
        site.pool.submit(
            Lane::User(u64::MAX),
            Box::new(move |storage| {
                if let Err(error) = caught(storage, |storage| storage.connection().clear(target, None)) {
                    log::warn!("acknowledged rows could not be cleared: {error}");
                }
                shared.run(Engine::auto_cleared);
            }),
        );
    }

    fn auto_cleared(&mut self) {
        let Some(auto) = self.site.as_mut().and_then(|site| site.auto.as_mut()) else { return };
        auto.clearing = false;
        if std::mem::take(&mut auto.again) {
            self.auto_clear();
        }
    }

    /// Nobody waits for the result: what cannot go now goes when it can, or with the next one.
    fn auto_sync(&mut self, target: AgentId, flags: u32) {
        let Some(groups) = self.site.as_ref().map(|site| site.database.groups()) else { return };
        let (given, _) = answer();
        self.sync(target, flags | SYNC_NONBLOCK, groups, given);
    }
}
