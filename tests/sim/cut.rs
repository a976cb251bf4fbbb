//! The connection is cut at every byte of a session: a handshake, batches in both directions, their acknowledgments, a clear.

use crate::fault::Fault;
use crate::real::{self, Real};
use crate::store::{DOWN, Op, UP};
use crate::world::{SERVER, World};
use mcoiot::base::AgentId;
use mcoiot::repl::{SYNC_PULL, SYNC_PUSH, SYNC_WAIT};
use std::rc::Rc;

const DEVICE: usize = 1;
const ROWS: usize = 7;

/// With the real database the connection is cut at every so many bytes.
const STEP: u64 = 7;

/// A session whose first connection passes `passes` bytes, both directions together. Gives the bytes of that connection.
fn session(mut world: World, passes: Option<u64>, server_ends: bool) -> Result<u64, String> {
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

fn model() -> World {
    World::pair(Fault::None)
}

fn real() -> World {
    let folder = real::folder();
    let mut world = World::pair_with(Fault::None, Rc::new(move |role, agent, _| Box::new(Real::new(&folder, role, agent))));
    world.oracle.compacts = true;
    world
}

/// Cuts sessions of such worlds at every `step` bytes.
fn cut(world: fn() -> World, step: u64, ends: impl Fn(u64) -> &'static [bool]) {
    let whole = session(world(), None, false).expect("a session without a cut");
    assert!(whole > 500, "a session of {whole} bytes is not what is meant");
    let mut cuts = 0;
    for passes in (0..whole).step_by(step as usize) {
        for &server_ends in ends(passes) {
            session(world(), Some(passes), server_ends).unwrap_or_else(|e| panic!("cut after {passes} of {whole} bytes: {e}"));
            cuts += 1;
        }
    }
    println!("{cuts} cuts in {whole} bytes");
}

#[test]
fn cut_at_every_byte() {
    cut(model, 1, |_| &[false, true]);
}

#[test]
fn cut_with_the_real_database() {
    cut(real, STEP, |passes| if passes % 2 == 0 { &[false] } else { &[true] });
}
