//! The rules of the design, each of which can be switched off, and the bounds of a run.

use crate::state::{Budget, Origin, State};
use crate::steps::{Act, Action, step};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// A row is (epoch in which it was made, auto_oid), not (database, auto_oid).
    Identity,
    /// A key whose row has changed since is not skipped: the current state is sent.
    SendCurrent,
    /// An epoch that only the version of a row names is declared, too.
    Declare,
    /// Who learns that its timeline forked starts a higher generation and logs again what it changed since.
    Generation,
    /// A version inside a received range is a duplicate.
    ReceivedSet,
    /// A row deleted on the server leaves its version behind while something older may come.
    Graves,
    /// Custody ends when the custodian was replaced, when the server went back, or in time.
    Confirm,
    /// First the commit, then the acknowledgment.
    CommitFirst,
    /// Confirmed is what the server has without a hole.
    NoHole,
    /// Clear takes nothing that is not acknowledged.
    ClearAcknowledged,
    /// After a push with DEEP_ACK clear waits for the server's confirmation.
    DeepMeansServer,
    /// What custody lost and the device no longer holds becomes a gap record.
    GapRecord,
    /// A device whose custody ended starts over on a new connection.
    VoidCloses,
    /// After that it starts from its own position, even if the parent's mark is later.
    VoidStartsBack,
    /// A range sent again does not claim the timestamps in its gap records, so that a late copy still counts; the device itself counts them
    /// as confirmed.
    GapUnclaimed,
}

/// What is looked through: who is there, what may happen, which rule is off.
#[derive(Clone, Copy)]
pub struct Scope {
    pub name: &'static str,
    pub devices: usize,
    pub budget: Budget,
    /// Parcels of one origin that the router takes.
    pub queue: usize,
    pub off: Option<Rule>,
    /// Whether steps that may wait do so; else all orders are looked at.
    pub waits: bool,
    /// Where all runs begin.
    pub beginning: &'static [Act],
}

impl Scope {
    pub fn on(&self, rule: Rule) -> bool {
        self.off != Some(rule)
    }

    pub fn start(&self) -> State {
        let mut origin = Origin::default();
        origin.device.opened = true;
        let mut state = State { origin: [origin; 2], router: 0, budget: self.budget };
        for act in self.beginning {
            let done = step(self, &mut state, Action { act: *act, device: 0, row: 0 });
            done.expect("a step that is possible").expect("a beginning that breaks nothing");
        }
        state
    }
}
