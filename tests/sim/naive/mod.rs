//! Twenty executions that break the obvious design (database ids, one mark for each peer, stale keys skipped, streams apart). Each runs
//! against the stores here and has to hold; where a single rule makes the difference, it breaks as soon as that rule is off.

mod down;
mod marks;
mod routes;
mod up;

use crate::direct::Direct;
use crate::fault::Fault;
use mcoiot::base::{AgentId, Role};

/// An execution: what it found.
pub type Execution = fn(Fault) -> Result<(), String>;

/// Holds as it is; with each of the faults it does not.
fn decide(execution: Execution, faults: &[Fault]) {
    execution(Fault::None).expect("the design holds");
    for fault in faults {
        let found = execution(*fault).expect_err("the fault has to be seen");
        println!("{:22} caught: {found}", format!("{fault:?}"));
    }
}

fn expect(what: &str, found: usize, wanted: usize) -> Result<(), String> {
    if found == wanted { Ok(()) } else { Err(format!("{what}: {found} instead of {wanted}")) }
}

/// A server, routers and a device, as far as asked for.
struct Small {
    tree: Direct,
    server: usize,
    r1: usize,
    r2: usize,
    device: usize,
}

const D: AgentId = AgentId(1000);

fn small(fault: Fault) -> Small {
    let mut tree = Direct::new(fault);
    let server = tree.add(Role::Server, 1);
    let (r1, r2) = (tree.add(Role::Router, 11), tree.add(Role::Router, 12));
    let device = tree.add(Role::Device, D.0);
    tree.attach(&[r1, server]);
    tree.attach(&[r2, server]);
    Small { tree, server, r1, r2, device }
}

/// Executions that also stand in the table of planted faults, for rules that random fates hardly ever need.
pub const DIRECTED: &[(Fault, &str, Execution)] = &[
    (Fault::EpochKept, "restore with commits before the first handshake", up::restore),
    (Fault::EpochKept, "restore at another router", up::restore_elsewhere),
    (Fault::EpochKept, "two clones behind two routers", up::clones),
    (Fault::ClearUncounted, "clear not counted by the clock", down::clear_uncounted),
    (Fault::Confirm, "custody kept after the router was replaced", up::router_replaced),
    (Fault::DeepOverHole, "deep mark over a hole", marks::deep_jump),
    (Fault::ReceivedSet, "duplicate of a row the server deleted", up::late_copy),
    (Fault::StartFromReceiver, "history sent again on return to a router", up::roam_back),
    (Fault::SendCurrent, "hot row", up::hot_row),
    (Fault::StrangeDropped, "clear of a class the peer does not know", up::unknown_class),
    (Fault::LocalWrite, "local write on a router", up::router_local_write),
    (Fault::Interval, "cache without lower bound", down::router_clear_common),
    (Fault::JoinedTooFar, "join fetched only to U", down::joined_too_far),
    (Fault::MailHole, "row dropped without raising L", down::mail_hole),
    (Fault::Cleared, "horizon against cleared rows", down::reconcile_vs_clear),
    (Fault::Addressed, "key meaning by stream", down::readdress_at_router),
    (Fault::OnePass, "swap of unique keys", down::swap),
    (Fault::PartsByCount, "parts by count", marks::parts),
    (Fault::RouterMerges, "level turned round", routes::level_swap),
    (Fault::DeepIsCustody, "custody passed on as deep", marks::deep_then_plain),
    (Fault::AsOf, "mark without as_of", down::mark_without_as_of),
    (Fault::Attach, "late acknowledgment after restore", marks::late_ack),
    (Fault::LogKept, "one row updated for ever", marks::stale_log),
    (Fault::Epoch, "a mark that is not beyond the clock", down::server_restored_down),
];
