//! Executions about rows on their way up.

use super::{D, Small, decide, expect, small};
use crate::fault::Fault;
use crate::store::{LATE, UP};
use mcoiot::base::AgentId;

/// A restored device writes before it connects.
pub fn restore(fault: Fault) -> Result<(), String> {
    let Small { mut tree, server, device, .. } = small(fault);
    tree.insert_up(device, UP, 6);
    tree.attach(&[device, server]);
    tree.push(device);
    let backup = tree.sites[device].store.backup();
    tree.insert_up(device, UP, 4);
    tree.push(device);
    tree.restore(device, backup);
    let new = tree.insert_up(device, UP, 5);
    tree.attach(&[device, server]);
    tree.push(device);
    tree.sites[device].store.clear(AgentId::SERVER);
    let there = tree.serials(server, UP);
    expect("new rows at the server", new.iter().filter(|s| there.contains(s)).count(), 5)?;
    expect("rows at the server", there.len(), 15)
}

/// A restored device attaches to another router, which knows nothing of it.
pub fn restore_elsewhere(fault: Fault) -> Result<(), String> {
    let Small { mut tree, server, r1, r2, device } = small(fault);
    tree.insert_up(device, UP, 6);
    tree.attach(&[device, r1, server]);
    tree.push(device);
    tree.push(r1);
    let backup = tree.sites[device].store.backup();
    tree.insert_up(device, UP, 4);
    tree.push(device);
    tree.push(r1);
    tree.restore(device, backup);
    let new = tree.insert_up(device, UP, 4);
    tree.attach(&[device, r2, server]);
    tree.push(device);
    tree.push(r2);
    tree.sites[device].store.clear(AgentId::SERVER);
    let there = tree.serials(server, UP);
    expect("new rows at the server", new.iter().filter(|s| there.contains(s)).count(), 4)?;
    expect("rows at the server", there.len(), 14)
}

/// Two nodes with the same backup, behind two routers.
pub fn clones(fault: Fault) -> Result<(), String> {
    let Small { mut tree, server, r1, r2, device } = small(fault);
    tree.insert_up(device, UP, 2);
    let clone = tree.clone_of(device);
    tree.insert_up(device, UP, 3);
    tree.insert_up(clone, UP, 3);
    for (node, router) in [(device, r1), (clone, r2)] {
        tree.attach(&[node, router]);
        tree.push(node);
        tree.push(router);
    }
    expect("rows at the server", tree.count(server, UP), 8)
}

/// A router dies with rows in custody; the device holds each of them still.
pub fn router_replaced(fault: Fault) -> Result<(), String> {
    let Small { mut tree, server, r1, device, .. } = small(fault);
    tree.insert_up(device, UP, 10);
    tree.attach(&[device, r1]);
    tree.push(device);
    tree.renew(r1);
    tree.attach(&[r1, server]);
    tree.attach(&[device, r1, server]);
    tree.insert_up(device, UP, 1);
    tree.push(device);
    tree.push(r1);
    expect("rows at the server", tree.count(server, UP), 11)
}

/// A device returns to a router with an old mark; the server has consumed and deleted what went another way.
pub fn roam_back(fault: Fault) -> Result<(), String> {
    let Small { mut tree, server, r1, device, .. } = small(fault);
    tree.insert_up(device, UP, 10);
    tree.attach(&[device, r1, server]);
    tree.push(device);
    tree.push(r1);
    tree.insert_up(device, UP, 90);
    tree.attach(&[device, server]);
    tree.push(device);
    for serial in tree.serials(server, UP) {
        tree.delete(server, UP, serial);
    }
    tree.insert_up(device, UP, 1);
    tree.attach(&[device, r1, server]);
    tree.rows_sent = 0;
    tree.push(device);
    expect("rows sent on return", tree.rows_sent, 1)?;
    tree.push(r1);
    expect("rows at the server", tree.count(server, UP), 1)
}

/// A batch is committed at one router and its acknowledgment lost; it goes again through another one, and the server deletes its rows before the
/// first copy comes.
pub fn late_copy(fault: Fault) -> Result<(), String> {
    let Small { mut tree, server, r1, r2, device } = small(fault);
    tree.insert_up(device, UP, 3);
    tree.attach(&[device, r1]);
    tree.batch = 10_000;
    tree.push_one(device, crate::store::group(UP), false);
    tree.attach(&[device, r2, server]);
    tree.push(device);
    tree.push(r2);
    for serial in tree.serials(server, UP) {
        tree.delete(server, UP, serial);
    }
    tree.push(r1);
    expect("rows that the server has deleted", tree.count(server, UP), 0)
}

/// A row is changed more often than the reader lags behind.
pub fn hot_row(fault: Fault) -> Result<(), String> {
    let Small { mut tree, server, device, .. } = small(fault);
    let hot = tree.insert(device, UP, AgentId::SERVER);
    tree.insert_up(device, UP, 50);
    tree.attach(&[device, server]);
    tree.batch = 1;
    let mut seen = 0;
    for _ in 0..200 {
        tree.insert(device, UP, AgentId::SERVER);
        tree.update(device, UP, hot, AgentId::SERVER);
        tree.push_one(device, crate::store::group(UP), true);
        seen += usize::from(tree.rows(server, UP).contains_key(&hot));
    }
    expect("batches before the hot row was there", 200 - seen, 0)
}

/// The server does not know a class yet; the device clears.
pub fn unknown_class(fault: Fault) -> Result<(), String> {
    let Small { mut tree, server, r1, device, .. } = small(fault);
    for _ in 0..5 {
        tree.insert_up(device, LATE, 1);
        tree.insert_up(device, UP, 1);
    }
    tree.attach(&[device, r1, server]);
    tree.push(device);
    tree.push(r1);
    tree.sites[device].store.clear(AgentId::SERVER);
    expect("rows of a class that is not known", tree.count(server, LATE), 0)?;
    tree.sites[server].store.upgrade();
    expect("alarms at the server or the device", tree.count(server, LATE) + tree.count(device, LATE), 5)
}

/// A router's application changes a row in custody and deletes another.
pub fn router_local_write(fault: Fault) -> Result<(), String> {
    let Small { mut tree, server, r1, device, .. } = small(fault);
    let rows = tree.insert_up(device, UP, 2);
    let sent = tree.rows(device, UP)[&rows[0]].content;
    tree.attach(&[device, r1, server]);
    tree.push(device);
    tree.sites[device].store.clear(AgentId::SERVER);
    tree.update(r1, UP, rows[0], D);
    tree.delete(r1, UP, rows[1]);
    tree.push(r1);
    let there = tree.rows(server, UP);
    expect("rows at the server", there.len(), 2)?;
    expect("rows that were changed on the way", usize::from(there[&rows[0]].content != sent), 0)
}

#[test]
fn s01_restore() {
    decide(restore, &[Fault::EpochKept]);
}

#[test]
fn s02_restore_elsewhere() {
    decide(restore_elsewhere, &[Fault::EpochKept, Fault::Identity]);
    decide(clones, &[Fault::EpochKept]);
}

#[test]
fn s03_router_replaced() {
    decide(router_replaced, &[Fault::Confirm]);
}

#[test]
fn s05_roam_back() {
    decide(roam_back, &[Fault::StartFromReceiver]);
    decide(late_copy, &[Fault::ReceivedSet]);
}

#[test]
fn s06_hot_row() {
    decide(hot_row, &[Fault::SendCurrent]);
}

#[test]
fn s07_unknown_class() {
    decide(unknown_class, &[Fault::StrangeDropped]);
}

#[test]
fn s11_router_local_write() {
    decide(router_local_write, &[Fault::LocalWrite]);
}
