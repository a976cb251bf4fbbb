//! For each rule the smallest scope in which its lack is noticed, and what is broken then.

use crate::rules::{Rule, Scope};
use crate::scopes::NOTHING;
use crate::state::Budget;
use crate::steps::Act;

pub struct Fault {
    pub off: Rule,
    pub breaks: &'static str,
    budget: Budget,
    /// The way to an interesting place, so that the search is short.
    beginning: &'static [Act],
}

const fn fault(off: Rule, breaks: &'static str, budget: Budget, beginning: &'static [Act]) -> Fault {
    Fault { off, breaks, budget, beginning }
}

impl Fault {
    pub fn scope(&self) -> Scope {
        Scope {
            name: "one device",
            devices: 1,
            budget: self.budget,
            queue: 2,
            off: Some(self.off),
            waits: true,
            beginning: self.beginning,
        }
    }
}

const ROW: Budget = Budget { inserts: 1, ..NOTHING };
const RESTORED: Budget = Budget { restores: 1, ..ROW };

pub const TABLE: [Fault; 15] = [
    fault(
        Rule::Identity,
        "confirmed, but the server has neither this state nor a newer one",
        Budget { inserts: 2, ..RESTORED },
        &[Act::AttachToRouter, Act::DeviceBackup],
    ),
    fault(Rule::SendCurrent, "acknowledged, but nobody has it on disk", Budget { updates: 1, ..ROW }, &[]),
    fault(
        Rule::Declare,
        "the server has another state of a row than the device, and no right to it",
        Budget { updates: 2, crashes: 1, ..RESTORED },
        &[Act::Insert, Act::DeviceCrash, Act::AttachToRouter, Act::DeviceBackup],
    ),
    fault(
        Rule::Generation,
        "the server has another state of a row than the device, and no right to it",
        Budget { updates: 2, ..RESTORED },
        &[Act::Insert, Act::AttachToRouter, Act::DeviceBackup],
    ),
    fault(Rule::ReceivedSet, "a row that the server had deleted is back", Budget { server_deletes: 1, ..ROW }, &[]),
    fault(Rule::Graves, "a row that the server had deleted is back", Budget { updates: 1, server_deletes: 1, ..ROW }, &[]),
    fault(Rule::Confirm, "a row that the device holds is not at the server", RESTORED, &[]),
    fault(Rule::CommitFirst, "acknowledged, but nobody has it on disk", Budget { crashes: 1, ..ROW }, &[]),
    fault(
        Rule::NoHole,
        "a row that the device holds is not at the server",
        Budget { inserts: 2, ..RESTORED },
        &[Act::AttachToRouter, Act::Insert, Act::SendNext, Act::Received],
    ),
    fault(Rule::ClearAcknowledged, "clear removes a row that nobody else has on disk", ROW, &[]),
    fault(
        Rule::DeepMeansServer,
        "clear removes a row of a DEEP_ACK push that the server does not have",
        Budget { deep_pushes: 1, ..ROW },
        &[],
    ),
    fault(Rule::GapRecord, "an acknowledged row is lost, and nobody says so", RESTORED, &[]),
    fault(
        Rule::VoidCloses,
        "an acknowledged row is lost, and nobody says so",
        Budget { inserts: 2, ..RESTORED },
        &[Act::AttachToRouter, Act::Insert, Act::SendNext, Act::Received, Act::ServerBackup],
    ),
    fault(Rule::VoidStartsBack, "custody times out again and again, and nothing ever arrives", RESTORED, &[]),
    fault(
        Rule::GapUnclaimed,
        "an acknowledged row is lost, although neither router nor server was replaced",
        Budget { moves: 1, timeouts: 1, ..ROW },
        &[],
    ),
];

/// What is noticed in a fleet in which nothing is updated or deleted, and which has no way around the router.
pub const AMONG_ALL: [Rule; 9] = [
    Rule::Identity,
    Rule::Confirm,
    Rule::CommitFirst,
    Rule::NoHole,
    Rule::ClearAcknowledged,
    Rule::DeepMeansServer,
    Rule::GapRecord,
    Rule::VoidCloses,
    Rule::VoidStartsBack,
];
