//! What a router does with rows of others: up, it takes custody of parcels and passes them on; down, it holds batches for nodes below.
//! It opens them only to show their rows to its own application.

use crate::base::{AgentId, Code, EpochId, Group, Marks, Result, Role, State, Timestamp};
use crate::db::fault::{Inner, fault};
use crate::db::marks::Kind;
use crate::db::transit::Kept;
use crate::db::{Applied, Changes, Connection, Incoming, IncomingParcel, Outgoing, history};

impl Connection {
    /// Parcels of a node below, to be passed on and shown. `E_IOT_PROTOCOLERR`: a device sends what it may not.
    pub(in crate::db) fn relay_up(&mut self, incoming: &Incoming<'_>) -> Inner<Applied> {
        let (agent, group) = (incoming.stream.agent, incoming.stream.group);
        let mut applied = Applied::nothing(incoming.up_to);
        if let Some(mark) = self.follows(incoming)? {
            return Ok(Applied { mark, ..applied });
        }
        let device = self.agent(agent)?.role == Role::Device;
        if device {
            incoming.parcels.iter().try_for_each(|parcel| check_own(agent, parcel))?;
        }
        self.use_group(group)?;
        for (part, parcel) in (0_i64..).zip(incoming.parcels) {
            // Routers pass on what they have got; its origin can send less at a time.
            let ts = self.keep_parcel(group, part, parcel, !device || parcel.is_whole())?;
            self.show_up(&parcel.set, group, ts)?;
            applied.rows = applied.rows.saturating_add(u32::try_from(parcel.rows()).unwrap_or(u32::MAX));
        }
        self.put_mark(Kind::Received, agent, group, incoming.up_to)?;
        Ok(applied)
    }

    /// Rows for a node below, to be held for it and shown.
    pub(in crate::db) fn relay_down(&mut self, incoming: &Incoming<'_>) -> Inner<Applied> {
        let (agent, group) = (incoming.stream.agent, incoming.stream.group);
        self.put_mail(incoming)?;
        self.note_page(incoming)?;
        if incoming.as_of.ts > self.mark(Kind::Top, agent, group)?.ts {
            self.put_mark(Kind::Top, agent, group, incoming.as_of)?;
        }
        let mut rows = 0_u32;
        for parcel in incoming.parcels {
            self.show_down(&parcel.set, agent, group)?;
            rows = rows.saturating_add(u32::try_from(parcel.rows()).unwrap_or(u32::MAX));
        }
        Ok(Applied { rows, ..Applied::nothing(incoming.up_to) })
    }

    /// The node above has everything up to here: what was kept for it goes, and from the view. In slices; what a crash leaves goes with the
    /// next call.
    pub(in crate::db) fn let_go(&mut self, group: Group, until: Timestamp) -> Result<()> {
        if self.database.node().is_none_or(|node| node.role != Role::Router) {
            return Ok(());
        }
        while self.own_transaction(|connection| connection.drop_parcels(group, until.0))? {}
        while self.own_transaction(|connection| connection.unshow(group, until.0))? {}
        Ok(())
    }

    /// As `let_go`, for what was acknowledged although no acknowledgment has come: the node above has said what it has.
    pub(in crate::db) fn let_go_all(&mut self, custody: &Marks) -> Result<()> {
        custody.iter().try_for_each(|(group, until)| self.let_go(group, until.ts))
    }
}

/// Puts parcels of others behind rows of our own: both are of the same timestamps. `own`: our rows behind the same position, up to a limit
/// that `kept` sets if it does not reach the end.
pub(in crate::db) fn merge(own: Changes, kept: Kept) -> Changes {
    let Some(Outgoing { after, up_to, as_of, reconcile, mut parcels }) = own.next else { return own };
    parcels.extend(kept.parcels.into_iter().filter(|(ts, _)| *ts <= up_to.ts.0).map(|(_, parcel)| parcel));
    Changes { next: Some(Outgoing { after, up_to, as_of, reconcile, parcels }), ..own }
}

impl IncomingParcel {
    /// How many rows are in it.
    pub(in crate::db) fn rows(&self) -> usize {
        self.set.changes.len() + self.strange.len()
    }

    /// Whether all of it is of one timestamp, so that its sender cannot divide it.
    pub(in crate::db) fn is_whole(&self) -> bool {
        let mut times = self.set.changes.iter().chain(self.strange.iter().map(|(_, change)| change)).map(|change| change.ts);
        times.next().is_none_or(|first| times.all(|ts| ts == first))
    }
}

/// A device sends rows of its own, with versions of its own; what is more can be judged by the server alone.
fn check_own(agent: AgentId, parcel: &IncomingParcel) -> Inner<()> {
    let epoch = |id: EpochId| parcel.set.epochs.iter().find(|e| e.id == id);
    let mut right = parcel.set.epochs.iter().all(|e| e.agent == agent && history::is_sound(e));
    for change in parcel.set.changes.iter().chain(parcel.strange.iter().map(|(_, change)| change)) {
        right &= epoch(change.id.epoch).is_some()
            && epoch(change.epoch).is_some_and(|e| e.first <= change.ts && change.ts <= e.last)
            && matches!(change.state, State::Row(_))
            && change.agent == agent;
    }
    right &= parcel.set.notes.iter().all(|n| n.from < n.to && epoch(n.epoch).is_some_and(|e| n.to <= e.last));
    right &= parcel.set.gaps.iter().all(|gap| gap.agent == agent);
    if right {
        return Ok(());
    }
    fault(Code::E_IOT_PROTOCOLERR, format!("a batch of agent {agent} contradicts itself, or has rows that are not its own"))
}
