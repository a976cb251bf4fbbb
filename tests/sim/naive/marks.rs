//! Executions about acknowledgments and what clear may take for granted.

use super::{D, Small, decide, expect, small};
use crate::direct::Direct;
use crate::fault::Fault;
use crate::real::Real;
use crate::store::{DOWN, UP, group};
use mcoiot::base::{AgentId, Group, Position, Role, Stream, Way};
use mcoiot::repl::Job;

/// The application asks for deep acknowledgments from now on.
fn push_deep(tree: &mut Direct, node: usize) {
    let parent = tree.sites[node].path[0];
    let stream = Stream { agent: tree.sites[parent].agent, way: Way::Up, group: Group::USUAL };
    let after = tree.sites[node].store.custody().get(Group::USUAL);
    tree.run(node, &Job::Read { stream, after, max_bytes: 1, deep: true });
    tree.push(node);
}

/// Rows that only one router has, and later ones that the server has got through another.
pub fn deep_jump(fault: Fault) -> Result<(), String> {
    let Small { mut tree, server, r1, r2, device } = small(fault);
    tree.insert_up(device, UP, 6);
    tree.attach(&[device, r1]);
    push_deep(&mut tree, device);
    tree.insert_up(device, UP, 4);
    tree.attach(&[device, r2, server]);
    push_deep(&mut tree, device);
    tree.push(r2);
    tree.sites[device].store.clear(AgentId::SERVER);
    expect("rows at the server", tree.count(server, UP), 4)?;
    expect("rows that the device keeps", tree.count(device, UP), 10)
}

/// A push with deep acknowledgment, then an ordinary one.
pub fn deep_then_plain(fault: Fault) -> Result<(), String> {
    let Small { mut tree, r1, device, .. } = small(fault);
    tree.insert_up(device, UP, 10);
    tree.attach(&[device, r1]);
    push_deep(&mut tree, device);
    tree.insert_up(device, UP, 10);
    tree.push(device);
    tree.sites[device].store.clear(AgentId::SERVER);
    expect("rows that the device keeps", tree.count(device, UP), 20)
}

/// A transaction's rows are changed while it is on its way, and the batch size changes.
pub fn parts(fault: Fault) -> Result<(), String> {
    let Small { mut tree, server, device, .. } = small(fault);
    let rows = tree.insert_up(device, UP, 30);
    tree.attach(&[device, server]);
    tree.push_one(device, group(UP), true);
    for serial in &rows[..4] {
        tree.update(device, UP, *serial, AgentId::SERVER);
    }
    tree.batch = 600;
    tree.attach(&[device, server]);
    tree.push(device);
    expect("rows at the server", tree.count(server, UP), 30)
}

/// A device is restored; an acknowledgment of its former life comes late.
pub fn late_ack(fault: Fault) -> Result<(), String> {
    let Small { mut tree, server, r1, r2, device } = small(fault);
    let fresh = tree.sites[device].store.backup();
    for _ in 0..10 {
        tree.insert(server, DOWN, D);
    }
    tree.attach(&[device, r1, server]);
    tree.serve(device);
    tree.restore(device, fresh);
    tree.attach(&[device, r2, server]);
    // The core drops acknowledgments of another attachment; the store goes by what was announced.
    expect("rows taken for acknowledged", tree.acked(server, D, DOWN).ts.0 as usize, 0)?;
    tree.sites[server].store.clear(D);
    tree.serve(device);
    expect("rows at the device", tree.count(device, DOWN), 10)
}

/// One row is updated for ever: what a late reader has to walk through. The real database: the log of the model grows by nature.
pub fn stale_log(fault: Fault) -> Result<(), String> {
    let folder = crate::real::folder();
    let mut tree = Direct::new(fault);
    let [server, device] = [(Role::Server, AgentId::SERVER), (Role::Device, D)]
        .map(|(role, agent)| tree.put(role, agent, Box::new(Real::new(&folder, role, agent, fault))));
    let hot = tree.insert(device, UP, AgentId::SERVER);
    for _ in 0..300 {
        tree.update(device, UP, hot, AgentId::SERVER);
    }
    let records = tree.sites[device].store.tables().get("_mco_log").copied().unwrap_or(0);
    expect("records of one row beyond the two that are needed", records.saturating_sub(2), 0)?;
    tree.attach(&[device, server]);
    tree.push(device);
    expect("states sent of one row", tree.rows_sent, 1)?;
    expect("rows at the server", tree.count(server, UP), 1)?;
    let end = tree.sites[device].store.custody().get(group(UP));
    expect("the log is passed", usize::from(end == Position::default()), 0)
}

#[test]
fn s04_deep_jump() {
    decide(deep_jump, &[Fault::DeepOverHole]);
}

#[test]
fn s10_parts() {
    decide(parts, &[Fault::PartsByCount]);
}

#[test]
fn s18_late_ack() {
    decide(late_ack, &[Fault::Attach]);
}

#[test]
fn s19_deep_then_plain() {
    decide(deep_then_plain, &[Fault::DeepIsCustody]);
}

#[test]
fn s20_stale_log() {
    decide(stale_log, &[Fault::LogKept]);
}
