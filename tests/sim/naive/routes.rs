//! Executions about who is whose parent.

use super::{Small, decide, expect, small};
use crate::fault::Fault;
use crate::store::UP;
use mcoiot::base::AgentId;

/// Parent and child change places while a row is on its way, which each of them has had.
pub fn level_swap(fault: Fault) -> Result<(), String> {
    let Small { mut tree, server, r1: a, r2: b, device } = small(fault);
    tree.insert_up(device, UP, 1);
    tree.attach(&[device, b]);
    tree.push(device);
    tree.sites[device].store.clear(AgentId::SERVER);
    // The device's router lies below the other, which has no server.
    tree.detach(a);
    tree.attach(&[b, a]);
    tree.push(b);
    // Now it is the other way round.
    tree.attach(&[a, b]);
    tree.push(a);
    tree.sites[a].store.clear(AgentId::SERVER);
    tree.attach(&[b, server]);
    tree.push(b);
    expect("rows at the server", tree.count(server, UP), 1)
}

#[test]
fn s09_level_swap() {
    decide(level_swap, &[Fault::RouterMerges]);
}
