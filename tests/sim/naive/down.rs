//! Executions about rows on their way down.

use super::{D, Small, decide, expect, small};
use crate::fault::Fault;
use crate::store::{DOWN, Op, group};
use mcoiot::base::{AgentId, Role};

/// A router has served and dropped common rows; a new device comes.
pub fn router_clear_common(fault: Fault) -> Result<(), String> {
    let Small { mut tree, server, r1, device, .. } = small(fault);
    for _ in 0..5 {
        tree.insert(server, DOWN, AgentId::ALL);
    }
    tree.attach(&[device, r1, server]);
    tree.serve(device);
    tree.sites[r1].store.clear(AgentId::ALL);
    // The device is made anew: mail for what it had is still on its way to the router.
    tree.insert(server, DOWN, AgentId::ALL);
    tree.serve_one(device, 1, group(DOWN));
    tree.renew(device);
    tree.attach(&[device, r1, server]);
    tree.serve(device);
    expect("common rows at a new device", tree.count(device, DOWN), 6)
}

/// A router says that it holds more than it does.
pub fn joined_too_far(fault: Fault) -> Result<(), String> {
    let Small { mut tree, server, r1, device, .. } = small(fault);
    tree.insert(server, DOWN, D);
    tree.attach(&[device, r1, server]);
    tree.serve(device);
    for _ in 0..20 {
        tree.insert(server, DOWN, D);
    }
    // The first of many batches waits at the router when the link is lost.
    tree.serve_one(device, 1, group(DOWN));
    tree.attach(&[device, r1, server]);
    tree.serve(device);
    tree.attach(&[device, r1, server]);
    tree.serve(device);
    expect("rows at the device", tree.count(device, DOWN), 21)
}

/// A router drops some of a device's mail and keeps the rest.
pub fn mail_hole(fault: Fault) -> Result<(), String> {
    let Small { mut tree, server, r1, device, .. } = small(fault);
    for _ in 0..20 {
        tree.insert(server, DOWN, D);
    }
    tree.attach(&[device, r1, server]);
    for _ in 0..3 {
        tree.serve_one(device, 1, group(DOWN));
    }
    tree.sites[r1].store.trim(0);
    tree.attach(&[device, r1, server]);
    tree.serve(device);
    expect("rows at the device", tree.count(device, DOWN), 20)
}

/// A row moves from one device to another, both below one router.
pub fn readdress_at_router(fault: Fault) -> Result<(), String> {
    let Small { mut tree, server, r1, device, .. } = small(fault);
    let other = tree.add(Role::Device, 1001);
    let row = tree.insert(server, DOWN, D);
    for node in [device, other] {
        tree.attach(&[node, r1, server]);
    }
    tree.serve(device);
    tree.update(server, DOWN, row, AgentId(1001));
    for node in [other, device, other] {
        tree.serve(node);
    }
    expect("the row at its new receiver", tree.count(other, DOWN), 1)?;
    expect("the row at its former receiver", tree.count(device, DOWN), 0)
}

/// One transaction swaps two unique keys.
pub fn swap(fault: Fault) -> Result<(), String> {
    let Small { mut tree, server, device, .. } = small(fault);
    let with_key = |tree: &mut crate::direct::Direct, serial, key| crate::store::Content { key, ..tree.content(serial) };
    let rows: Vec<_> = [1, 2].into_iter().map(|key| with_key(&mut tree, None, key)).collect();
    let insert = |content| Op::Insert { class: DOWN, content, agent: D };
    tree.sites[server].store.commit(&[insert(rows[0]), insert(rows[1])]);
    tree.attach(&[device, server]);
    tree.serve(device);
    let swapped: Vec<_> = [2, 1].into_iter().zip(&rows).map(|(key, row)| with_key(&mut tree, Some(row.serial), key)).collect();
    let update = |content| Op::Update { class: DOWN, content, agent: D };
    tree.sites[server].store.commit(&[update(swapped[0]), update(swapped[1])]);
    tree.serve(device);
    let here = tree.rows(device, DOWN);
    let right = swapped.iter().filter(|c| here.get(&c.serial).is_some_and(|held| held.content == **c)).count();
    expect("rows with their new keys", right, 2)
}

/// The server is restored and its application writes before the devices connect.
pub fn server_restored_down(fault: Fault) -> Result<(), String> {
    let Small { mut tree, server, device, .. } = small(fault);
    for _ in 0..6 {
        tree.insert(server, DOWN, D);
    }
    let backup = tree.sites[server].store.backup();
    for _ in 0..4 {
        tree.insert(server, DOWN, D);
    }
    tree.attach(&[device, server]);
    tree.serve(device);
    tree.restore(server, backup);
    for _ in 0..5 {
        tree.insert(server, DOWN, D);
    }
    tree.attach(&[device, server]);
    tree.serve(device);
    let (there, here) = (tree.serials(server, DOWN), tree.serials(device, DOWN));
    expect("rows at the device that the server has", here.iter().filter(|s| there.contains(s)).count(), 11)?;
    expect("rows at the device", here.len(), 11)
}

/// A device behind the horizon, after clear has removed rows from the server only.
pub fn reconcile_vs_clear(fault: Fault) -> Result<(), String> {
    let Small { mut tree, server, device, .. } = small(fault);
    let rows: Vec<u64> = (0..3).map(|_| tree.insert(server, DOWN, D)).collect();
    tree.attach(&[device, server]);
    tree.serve(device);
    let backup = tree.sites[device].store.backup();
    tree.delete(server, DOWN, rows[2]);
    tree.serve(device);
    tree.sites[server].store.clear(D);
    for chance in [0, u64::MAX, 1 << 20] {
        tree.sites[server].store.trim(chance);
    }
    // Far enough back to lie behind what was dropped.
    tree.insert(server, DOWN, AgentId(7));
    tree.sites[server].store.trim((4 << 8) + 1);
    tree.restore(device, backup);
    tree.attach(&[device, server]);
    tree.serve(device);
    expect("rows that nobody has deleted", tree.count(device, DOWN), 2)
}

/// The server is made anew: its rows have the keys of the former ones.
fn new_server(fault: Fault) -> Result<(), String> {
    let Small { mut tree, server, device, .. } = small(fault);
    let config = |tree: &mut crate::direct::Direct| {
        let content = crate::store::Content { key: 1, ..tree.content(None) };
        tree.sites[server].store.commit(&[Op::Insert { class: DOWN, content, agent: AgentId::ALL }]);
        content
    };
    config(&mut tree);
    tree.attach(&[device, server]);
    tree.serve(device);
    tree.renew(server);
    // It is as far as the first one was.
    tree.attach(&[device, server]);
    let new = config(&mut tree);
    tree.attach(&[device, server]);
    tree.serve(device);
    let rows = tree.rows(device, DOWN);
    expect("rows at the device", rows.len(), 1)?;
    expect("the new one among them", usize::from(rows.contains_key(&new.serial)), 1)
}

/// The server is restored to a point that a device's mark has reached, but not the states that it got.
pub fn mark_without_as_of(fault: Fault) -> Result<(), String> {
    let Small { mut tree, server, device, .. } = small(fault);
    let hot = tree.insert(server, DOWN, D);
    for _ in 0..5 {
        tree.insert(server, DOWN, D);
    }
    tree.attach(&[device, server]);
    let backup = tree.sites[server].store.backup();
    tree.update(server, DOWN, hot, D);
    // The device gets the new state of the row in a batch that ends before it.
    tree.batch = 1;
    tree.serve_one(device, 0, group(DOWN));
    tree.restore(server, backup);
    tree.attach(&[device, server]);
    tree.serve(device);
    let (there, here) = (tree.rows(server, DOWN), tree.rows(device, DOWN));
    let same = there.iter().filter(|(serial, row)| here.get(serial).is_some_and(|h| h.content == row.content)).count();
    expect("rows as the server has them", same, 6)
}

/// Rows that clear has taken come back with a backup from just before it.
pub fn clear_uncounted(fault: Fault) -> Result<(), String> {
    let Small { mut tree, server, device, .. } = small(fault);
    let fresh = tree.sites[device].store.backup();
    for _ in 0..3 {
        tree.insert(server, DOWN, D);
    }
    tree.attach(&[device, server]);
    tree.serve(device);
    let backup = tree.sites[server].store.backup();
    tree.sites[server].store.clear(D);
    tree.restore(device, fresh);
    tree.attach(&[device, server]);
    tree.serve(device);
    tree.restore(server, backup);
    tree.insert(server, DOWN, D);
    tree.attach(&[device, server]);
    tree.serve(device);
    expect("rows at the device", tree.count(device, DOWN), 4)
}

#[test]
fn s08_router_clear_common() {
    decide(router_clear_common, &[Fault::Interval]);
    decide(joined_too_far, &[Fault::JoinedTooFar]);
    decide(mail_hole, &[Fault::MailHole]);
}

#[test]
fn s12_readdress_at_router() {
    decide(readdress_at_router, &[Fault::Addressed]);
}

#[test]
fn s13_swap() {
    decide(swap, &[Fault::OnePass]);
}

#[test]
fn s15_server_restored_down() {
    decide(server_restored_down, &[Fault::Epoch]);
    decide(mark_without_as_of, &[Fault::AsOf]);
    decide(clear_uncounted, &[Fault::ClearUncounted]);
}

#[test]
fn s16_reconcile_vs_clear() {
    decide(reconcile_vs_clear, &[Fault::Cleared]);
}

#[test]
fn s17_new_server() {
    decide(new_server, &[Fault::Epoch]);
}
