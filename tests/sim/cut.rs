//! The connection is cut at every byte of a session: a handshake, batches in both directions, their acknowledgments, a clear.

use crate::fault::Fault;
use crate::store::{DOWN, Op, UP};
use crate::world::{SERVER, World};
use mcoiot::base::AgentId;
use mcoiot::repl::{SYNC_PULL, SYNC_PUSH, SYNC_WAIT};

const DEVICE: usize = 1;
const ROWS: usize = 7;

/// A session whose first connection passes `passes` bytes, both directions together. Gives the bytes of that connection.
fn session(passes: Option<u64>, server_ends: bool) -> Result<u64, String> {
    let mut world = World::pair(Fault::None);
    world.insert(DEVICE, 3);
    let content = world.content(None);
    world.commit_ops(SERVER, &[Op::Insert { class: DOWN, content, agent: AgentId::ALL }]);
    world.connect(DEVICE);
    world.network.wires[0].passes = passes;
    world.rest()?;
    for more in [ROWS - 3, 0] {
        world.start_sync(DEVICE, AgentId::SERVER, SYNC_PUSH | SYNC_PULL | SYNC_WAIT);
        world.rest()?;
        if more > 0 {
            world.insert(DEVICE, more);
        }
    }
    world.clear(DEVICE)?;
    let written = world.network.written;
    if server_ends {
        world.crash(SERVER);
    }
    world.settle()?;
    world.clear(DEVICE)?;
    let count = |world: &World, node: usize, class| world.rows[node].iter().filter(|r| r.class == class).count();
    let found = [count(&world, SERVER, UP), count(&world, DEVICE, UP), count(&world, DEVICE, DOWN)];
    if found != [ROWS, 0, 1] {
        return Err(format!("rows at the server, left on the device, come to the device: {found:?}"));
    }
    Ok(written)
}

#[test]
fn cut_at_every_byte() {
    let whole = session(None, false).expect("a session without a cut");
    assert!(whole > 500, "a session of {whole} bytes is not what is meant");
    for passes in 0..whole {
        for server_ends in [false, true] {
            session(Some(passes), server_ends).unwrap_or_else(|e| panic!("cut after {passes} of {whole} bytes: {e}"));
        }
    }
    println!("cut at each of {whole} bytes, twice");
}
