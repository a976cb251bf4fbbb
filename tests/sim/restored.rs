//! A device is restored from its backup and connects again while rows of its lost timeline still wait in an older connection, which the
//! server takes for alive. Too rare for seeds: it took one of about twenty thousand.

use crate::fault::Fault;
use crate::world::{SERVER, World};
use mcoiot::base::AgentId;
use mcoiot::repl::{SYNC_PUSH, SYNC_WAIT};

const DEVICE: usize = 1;

fn fate(fault: Fault) -> Result<(), String> {
    let mut world = World::pair(fault);
    world.insert(DEVICE, 2);
    world.connect(DEVICE);
    world.rest()?;
    world.start_sync(DEVICE, AgentId::SERVER, SYNC_PUSH | SYNC_WAIT);
    world.rest()?;
    world.backup(DEVICE);

    // Rows that will be of a lost timeline are written, and read by nobody yet.
    for _ in 0..5 {
        world.insert(DEVICE, 1);
    }
    world.start_sync(DEVICE, AgentId::SERVER, SYNC_PUSH);
    while world.serve(DEVICE) {}
    world.restore(DEVICE);
    world.restart(DEVICE);
    world.insert(DEVICE, 1);

    // The new connection comes so far that the server has looked at its marks for it; then the old rows come.
    world.connect(DEVICE);
    world.deliver_all(1);
    world.serve(SERVER);
    while world.deliver_all(0) | world.serve(SERVER) {}
    world.check()?;
    world.settle()
}

#[test]
fn rows_of_a_lost_timeline_that_come_late_hide_nothing() {
    fate(Fault::None).expect("older connections are ended before the marks are looked at");
    let caught = fate(Fault::OldLinkApplies).expect_err("the fault has to be caught");
    println!("OldLinkApplies         caught: {caught}");
}
