//! Fates that have to happen exactly so.

use crate::fault::Fault;
use crate::model::Model;
use crate::naive::Execution;
use crate::store::Op;
use crate::store::{DOWN, UP};
use crate::world::{SERVER, World};
use mcoiot::base::{AgentId, Code, Random};
use mcoiot::repl::{SYNC_PULL, SYNC_PUSH, SYNC_WAIT};
use std::rc::Rc;

/// Faults that whole worlds hardly ever meet by chance, or not in this way.
pub const LINKED: &[(Fault, Execution)] = &[
    (Fault::NoWindow, backlog),
    (Fault::GapAccepted, refused),
    (Fault::LateMark, late_mark),
    (Fault::LateForks, late_history),
    (Fault::RouteKept, gone),
    (Fault::PathKept, gone_above),
    (Fault::SyncEndsEarly, held_above),
];

/// A world without chance: whole messages, two routers, one device.
fn world(routers: u64, fault: Fault) -> World {
    let make =
        Rc::new(move |role, agent, seed| -> Box<dyn crate::store::Store> { Box::new(Model::new(role, agent, fault, seed)) });
    let mut world = World::of(Random::seeded(7), routers, 1, fault, make);
    world.piece = 5000;
    world
}

/// A device has much to send, and nobody takes it from the line.
fn backlog(fault: Fault) -> Result<(), String> {
    let mut world = world(0, fault);
    for _ in 0..200 {
        world.insert(1, UP, 4, AgentId(1000))?;
    }
    world.connect(1, SERVER);
    world.rest()?;
    world.start_sync(1, AgentId::SERVER, SYNC_PUSH | SYNC_WAIT);
    for _ in 0..2000 {
        // The device's database is quick, the line is dead.
        if let Some(lane) = world.nodes[1].busy().first().copied() {
            world.work_at(1, lane)?;
        }
        world.answer();
        world.check_bounds()?;
    }
    world.settle()
}

/// A device moves; its old connection at the first router is half open, that router's uplink comes back and announces it, and only then the
/// router notices that the device has gone.
fn moved() -> Result<(), String> {
    let mut world = world(2, Fault::None);
    let (r1, r2, device) = (1, 2, 3);
    world.oracle.moved.insert(AgentId(1000));
    for (node, parent) in [(r1, SERVER), (r2, SERVER), (device, r1)] {
        world.connect(node, parent);
        world.rest()?;
    }
    // The device loses its connection; the router does not know.
    world.network.cut(2);
    let link = world.network.wires[2].sides[0].1;
    world.nodes[device].link_input(world.now, link, mcoiot::link::LinkInput::Eof, &mut world.network);
    world.connect(device, r2);
    world.rest()?;
    // The first router's uplink is away and comes back.
    world.network.cut(0);
    for side in 0..2 {
        let (node, link) = world.network.wires[0].sides[side];
        world.nodes[node].link_input(world.now, link, mcoiot::link::LinkInput::Eof, &mut world.network);
    }
    world.connect(r1, SERVER);
    world.rest()?;
    // Now it notices.
    let link = world.network.wires[2].sides[1].1;
    world.nodes[r1].link_input(world.now, link, mcoiot::link::LinkInput::Eof, &mut world.network);
    world.rest()?;
    world.insert(SERVER, DOWN, 1, AgentId(1000))?;
    let sync = world.start_sync(SERVER, AgentId(1000), SYNC_PUSH | SYNC_WAIT);
    world.rest()?;
    let here = world.rows[device].iter().filter(|r| r.class == DOWN).count();
    let ended = world.nodes[SERVER].results.get(&sync).copied();
    if here == 1 && ended.is_some_and(|code| !code.is_error()) {
        Ok(())
    } else {
        Err(format!("{here} rows at the device, {ended:?}"))
    }
}

#[test]
fn s14_route() {
    moved().expect("a claim ends alone");
}

/// A device is restored and has come back over another router when an old acknowledgment of it arrives, which the first one still had.
fn late_mark(fault: Fault) -> Result<(), String> {
    let mut world = world(2, fault);
    let (r1, r2, device, agent) = (1, 2, 3, AgentId(1000));
    world.oracle.moved.insert(agent);
    for (node, parent) in [(r1, SERVER), (r2, SERVER), (device, r1)] {
        world.connect(node, parent);
        world.rest()?;
    }
    world.clones = false;
    world.backup(device);
    world.insert(SERVER, DOWN, 3, agent)?;
    world.network.wires[0].held[0] = true;
    world.start_sync(SERVER, agent, SYNC_PUSH);
    world.rest()?;
    let had = world.rows[device].len();
    world.restore(device)?;
    world.restart(device);
    world.connect(device, r2);
    while world.deliver() || world.work()? || world.answer() {
        // What the second router passes on takes its time, too.
        world.network.wires[3].held[1] = world.nodes[device].parents() == 1;
    }
    world.start_sync(SERVER, agent, SYNC_PUSH);
    world.rest()?;
    world.network.wires[0].held[0] = false;
    world.rest()?;
    world.clear_for(SERVER, agent)?;
    // The second router loses its disk with what it holds for the device.
    world.restore(r2)?;
    for wire in 0..world.network.wires.len() {
        world.network.cut(wire);
    }
    while world.notice_loss() {}
    world.restart(r2);
    for (node, parent) in [(r2, SERVER), (device, r2)] {
        world.connect(node, parent);
        world.rest()?;
    }
    world.start_sync(device, AgentId::SERVER, SYNC_PULL);
    world.rest()?;
    match (had, world.rows[device].len()) {
        (3, 3) => Ok(()),
        (before, after) => Err(format!("{before} rows at the device, and {after} after it was restored")),
    }
}

/// The one row of a node changes.
fn change(world: &mut World, node: usize) -> Result<(), String> {
    let row = world.rows[node][0];
    let content = world.content(Some(row.content.serial));
    world.commit_ops(node, &[Op::Update { class: row.class, content, agent: row.agent }])
}

/// A device is restored and has changed a row, over another router, when what the first one kept of the time that is lost comes up.
fn late_history(fault: Fault) -> Result<(), String> {
    let mut world = world(2, fault);
    let (r1, r2, device, agent) = (1, 2, 3, AgentId(1000));
    for (node, parent) in [(r1, SERVER), (r2, SERVER), (device, r1)] {
        world.connect(node, parent);
        world.rest()?;
    }
    world.clones = false;
    world.insert(device, UP, 1, agent)?;
    world.start_sync(device, AgentId::SERVER, SYNC_PUSH);
    world.rest()?;
    world.backup(device);
    world.network.wires[0].held[0] = true;
    for _ in 0..5 {
        change(&mut world, device)?;
    }
    world.start_sync(device, AgentId::SERVER, SYNC_PUSH);
    world.rest()?;
    world.restore(device)?;
    world.restart(device);
    world.connect(device, r2);
    world.rest()?;
    change(&mut world, device)?;
    world.start_sync(device, AgentId::SERVER, SYNC_PUSH);
    world.rest()?;
    world.network.wires[0].held[0] = false;
    world.rest()?;
    world.start_sync(device, AgentId::SERVER, SYNC_PUSH);
    world.rest()?;
    let [here, there] = [device, SERVER].map(|node| world.rows[node].iter().map(|row| row.content.write).collect::<Vec<_>>());
    if here == there { Ok(()) } else { Err(format!("the device has {here:?}, the server {there:?}")) }
}

/// A router notices that a device behind it has gone; who wants to send it something is told.
fn gone(fault: Fault) -> Result<(), String> {
    let mut world = world(1, fault);
    let (router, device) = (1, 2);
    for (node, parent) in [(router, SERVER), (device, router)] {
        world.connect(node, parent);
        world.rest()?;
    }
    world.network.cut(1);
    while world.notice_loss() {}
    world.rest()?;
    world.insert(SERVER, DOWN, 1, AgentId(1000))?;
    let sync = world.start_sync(SERVER, AgentId(1000), SYNC_PUSH | SYNC_WAIT);
    world.rest()?;
    match world.nodes[SERVER].results.get(&sync) {
        Some(code) if code.is_error() => Ok(()),
        other => Err(format!("a sync with a device that has gone ends with {other:?}")),
    }
}

/// A router loses the one above it; who wants to sync with that one is told.
fn gone_above(fault: Fault) -> Result<(), String> {
    let mut world = world(3, fault);
    let (upper, lower, device) = (1, 3, 4);
    for (node, parent) in [(upper, SERVER), (lower, upper), (device, lower)] {
        world.connect(node, parent);
        world.rest()?;
    }
    world.insert(device, UP, 1, AgentId(1000))?;
    let target = world.nodes[upper].agent;
    let before = world.start_sync(device, target, SYNC_PUSH | SYNC_PULL | SYNC_WAIT);
    world.rest()?;
    world.network.cut(1);
    while world.notice_loss() {}
    world.rest()?;
    world.insert(device, UP, 1, AgentId(1000))?;
    let after = world.start_sync(device, target, SYNC_PUSH | SYNC_WAIT);
    world.rest()?;
    let ended = |sync| world.nodes[device].results.get(&sync);
    match (ended(before), ended(after)) {
        (Some(&Code::S_OK), Some(&Code::E_IOT_AGENT_NOT_FOUND)) => Ok(()),
        others => Err(format!("syncs with a router further up, before and after it is lost, end with {others:?}")),
    }
}

/// A router holds rows for a device that pulls them, and the router between has no room.
fn held_above(fault: Fault) -> Result<(), String> {
    let mut world = world(3, fault);
    let (upper, lower, device) = (1, 3, 4);
    for (node, parent) in [(upper, SERVER), (lower, upper), (device, lower)] {
        world.connect(node, parent);
        world.rest()?;
    }
    world.nodes[lower].failing = 1;
    world.insert(SERVER, DOWN, 1, AgentId(1000))?;
    world.start_sync(SERVER, AgentId(1000), SYNC_PUSH);
    world.rest()?;
    let pull = world.start_sync(device, world.nodes[upper].agent, SYNC_PULL | SYNC_WAIT);
    world.rest()?;
    if let Some(code) = world.nodes[device].results.get(&pull) {
        return Err(format!("the pull ends with {code} before the row is here"));
    }
    world.settle()
}

/// A full device refuses the first of several batches.
fn refused(fault: Fault) -> Result<(), String> {
    let mut world = world(0, fault);
    for _ in 0..12 {
        world.insert(SERVER, DOWN, 2, AgentId(1000))?;
    }
    world.connect(1, SERVER);
    world.rest()?;
    world.nodes[1].failing = 1;
    world.start_sync(SERVER, AgentId(1000), SYNC_PUSH);
    for _ in 0..1000 {
        if world.nodes[1].refusals() > 0 {
            world.nodes[1].failing = 0;
        }
        if !world.work()? && !world.answer() {
            // Slowly, so that a refusal meets what is still on its way.
            let readable = world.network.readable();
            readable.into_iter().for_each(|(wire, side)| world.deliver_from(wire, side, 100));
        }
    }
    world.settle()
}

#[test]
fn what_is_on_its_way_is_bounded() {
    backlog(Fault::None).expect("windows hold");
}

#[test]
fn every_schedule_of_links_catches_its_fault() {
    for (fault, schedule) in LINKED {
        schedule(Fault::None).unwrap_or_else(|e| panic!("without a fault: {e}"));
        let how = schedule(*fault).expect_err("the fault has to be seen");
        println!("{:20} caught: {how}", format!("{fault:?}"));
    }
}

/// A session over a connection that passes so many bytes, in both directions together; then over a good one. Gives the bytes of the first.
fn session(passes: Option<u64>, compresses: bool) -> Result<u64, String> {
    let mut world = world(1, Fault::None);
    world.network.compresses = compresses;
    let (router, device) = (1, 2);
    world.insert(device, UP, 3, AgentId(1000))?;
    world.insert(SERVER, DOWN, 2, AgentId(1000))?;
    world.connect(router, SERVER);
    world.rest()?;
    let before = world.network.written;
    world.connect(device, router);
    world.network.wires[1].passes = passes;
    world.rest()?;
    world.start_sync(device, AgentId::SERVER, SYNC_PUSH | SYNC_PULL | SYNC_WAIT);
    world.rest()?;
    let written = world.network.written - before;
    world.settle()?;
    Ok(written)
}

#[test]
fn a_connection_to_a_router_is_cut_at_every_byte() {
    for compresses in [false, true] {
        let bytes = session(None, compresses).expect("all is well");
        for passes in 1..bytes {
            session(Some(passes), compresses).unwrap_or_else(|e| panic!("cut after {passes} bytes: {e}"));
        }
    }
}

/// A server without a past meets a device that knows of one.
fn anew(mut world: World) -> Result<(), String> {
    world.insert(SERVER, DOWN, 3, AgentId(1000))?;
    world.connect(1, SERVER);
    world.rest()?;
    world.start_sync(1, AgentId::SERVER, SYNC_PUSH | SYNC_PULL | SYNC_WAIT);
    world.rest()?;
    world.restore(SERVER)?;
    world.settle()
}

#[test]
fn a_server_is_made_anew() {
    let folder = crate::real::folder();
    let make = Rc::new(move |role, agent, _| -> Box<dyn crate::store::Store> {
        Box::new(crate::real::Real::new(&folder, role, agent, Fault::None))
    });
    let mut real = World::of(Random::seeded(7), 0, 1, Fault::None, make);
    crate::real::fit(&mut real.oracle, &real.nodes);
    anew(real).expect("the same with the real database");
    anew(world(0, Fault::None)).expect("the device takes what there is: nothing");
}
