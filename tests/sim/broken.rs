//! Every invariant is broken once, by hand, in a world in which all was well; the checks have to see each.

use crate::fault::Fault;
use crate::network::Wire;
use crate::node::{Told, Work};
use crate::store::{Content, DOWN, Held, Op, UP};
use crate::world::{SERVER, World};
use mcoiot::base::{AgentId, Code, EpochId, Identity, Level, Oid, Position, Role, Timestamp};
use mcoiot::repl::{Job, JobId, Peer, SYNC_PULL, SYNC_PUSH, SYNC_WAIT};

const DEVICE: usize = 1;
const AGENT: AgentId = AgentId(1000);

/// Rows in both directions that have arrived, and one in each that has not been sent.
fn world() -> World {
    let mut world = World::pair(Fault::None);
    world.insert(DEVICE, 3);
    down(&mut world, AgentId::ALL);
    world.connect(DEVICE);
    world.rest().expect("all is well");
    world.start_sync(DEVICE, AgentId::SERVER, SYNC_PUSH | SYNC_PULL | SYNC_WAIT);
    world.rest().expect("all is well");
    world.insert(DEVICE, 1);
    down(&mut world, AGENT);
    world.check().expect("all is well");
    assert_eq!(world.kept_promises, 1);
    world.look(DEVICE);
    world
}

fn down(world: &mut World, agent: AgentId) {
    let content = world.content(None);
    world.commit_ops(SERVER, &[Op::Insert { class: DOWN, content, agent }]);
}

fn first(world: &World, node: usize, class: u16) -> usize {
    world.rows[node].iter().position(|r| r.class == class).expect("a row of this class")
}

fn last(world: &World, node: usize, class: u16) -> Held {
    *world.rows[node].iter().rfind(|r| r.class == class).expect("a row of this class")
}

fn server(world: &World) -> Peer {
    let (db, nowhere) = (world.nodes[SERVER].store.db(), Position::default());
    Peer { agent: AgentId::SERVER, db, role: Role::Server, level: Level::SERVER, received: nowhere, ours: nowhere }
}

/// Lets the store of a node believe that its peer has everything up to an instant.
fn believe(world: &mut World, node: usize, ts: u64) {
    let agent = if node == SERVER { AGENT } else { AgentId::SERVER };
    let peer = Peer { agent, ..server(world) };
    let epoch = world.nodes[node].store.epochs().last().expect("an epoch").id;
    let position = Position { ts: Timestamp(ts), epoch };
    world.nodes[node].store.run(&Job::SaveMark { peer, position });
}

/// What is broken, how, and how the check says so.
type Break = (&'static str, fn(&mut World), &'static str);

const BREAKS: [Break; 18] = [
    ("loss at the server", |w| lose(w, SERVER, UP), "but not State"),
    ("loss at the device", |w| lose(w, DEVICE, DOWN), "or newer, it is of None"),
    ("doubled at the server", |w| double(w, SERVER, UP), "at 1 twice"),
    ("doubled at the device", |w| double(w, DEVICE, DOWN), "at 1000 twice"),
    ("another content", |w| change(w, |row| row.content.pad += 1), "was written as"),
    ("from nowhere", |w| change(w, |row| row.content.write = 999), "nobody has written"),
    ("another origin", |w| change(w, |row| row.agent = AgentId(7)), "is of 1000"),
    ("at the wrong device", misled, "was meant for 7 alone"),
    ("before its turn at the server", |w| ahead(w, DEVICE, UP, SERVER), "before its turn"),
    ("before its turn at the device", |w| ahead(w, SERVER, DOWN, DEVICE), "should be None or newer"),
    ("a device that believes too much", |w| believe(w, DEVICE, 2), "takes Position"),
    ("a server that believes too much", |w| believe(w, SERVER, 3), "for acknowledged by 1000"),
    ("a user of the device told too much", |w| tell(w, DEVICE, AgentId::SERVER), "a user is told that 1 has"),
    ("a user of the server told too much", |w| tell(w, SERVER, AGENT), "a user is told that 1000 has"),
    ("a push that has not arrived", |w| end(w, SYNC_PUSH), "is at the server, which has None"),
    ("a pull that has not arrived", |w| end(w, SYNC_PULL), "but it has None"),
    ("bytes without a limit", |w| wire(w).bytes[0].extend(vec![0; 1 << 20]), "wait in a connection"),
    ("jobs without a limit", pile_up, "wait for the database"),
];

fn lose(world: &mut World, node: usize, class: u16) {
    let at = first(world, node, class);
    world.rows[node].remove(at);
}

fn double(world: &mut World, node: usize, class: u16) {
    let row = last(world, node, class);
    world.rows[node].push(Held { id: Identity::new(EpochId(5), 5), ..row });
}

fn change(world: &mut World, change: impl Fn(&mut Held)) {
    let at = first(world, SERVER, UP);
    change(&mut world.rows[SERVER][at]);
}

fn misled(world: &mut World) {
    let content = Content { serial: 99, write: 99, pad: 0 };
    world.oracle.committed(AgentId::SERVER, &[Op::Insert { class: DOWN, content, agent: AgentId(7) }], 1, &[]);
    world.rows[DEVICE].push(Held { class: DOWN, id: Identity { epoch: EpochId(5), oid: Oid(9) }, agent: AgentId(7), content });
}

fn ahead(world: &mut World, from: usize, class: u16, to: usize) {
    let row = last(world, from, class);
    world.rows[to].push(row);
}

fn tell(world: &mut World, node: usize, agent: AgentId) {
    let position = Position { ts: Timestamp(9), epoch: EpochId(5) };
    world.nodes[node].told.push(Told::Acked { agent, position });
}

fn end(world: &mut World, flags: u32) {
    world.nodes[DEVICE].ends.clear();
    let sync = world.start_sync(DEVICE, AgentId::SERVER, flags | SYNC_WAIT);
    world.nodes[DEVICE].told.push(Told::Done { sync, code: Code::S_OK });
}

fn wire(world: &mut World) -> &mut Wire {
    &mut world.network.wires[0]
}

fn pile_up(world: &mut World) {
    let peer = server(world);
    let jobs = (0..20).map(|n| Work::Core { job: JobId(n), work: Job::SaveMark { peer, position: Position::default() } });
    world.nodes[DEVICE].queues.entry(AgentId::SERVER).or_default().extend(jobs);
}

#[test]
fn every_broken_invariant_is_seen() {
    let mut unseen = Vec::new();
    for (what, how, sign) in BREAKS {
        let mut world = world();
        how(&mut world);
        match world.check() {
            Err(said) if said.contains(sign) => {}
            said => unseen.push(format!("{what}: {said:?}")),
        }
    }
    assert!(unseen.is_empty(), "{}", unseen.join("\n"));
}

#[test]
fn a_clear_of_what_is_not_acknowledged_is_seen() {
    for node in [DEVICE, SERVER] {
        let mut world = world();
        let (before, agent) = (world.rows[node].clone(), world.nodes[node].agent);
        let unsent = last(&world, node, if node == SERVER { DOWN } else { UP });
        let after: Vec<Held> = before.iter().filter(|row| row.id != unsent.id).copied().collect();
        let server = world.rows[SERVER].clone();
        let said = world.oracle.cleared(agent, &before, &after, &server, &[AGENT]).expect_err("it was never sent");
        assert!(said.contains("removed"), "{said}");
    }
}

#[test]
fn an_end_that_is_not_complete_is_seen() {
    let mut world = world();
    let (device, server) = (world.rows[DEVICE].clone(), world.rows[SERVER].clone());
    let said = world.oracle.complete(AGENT, &device, &server).expect_err("a row has not been sent");
    assert!(said.contains("ends as"), "{said}");
    world.settle().expect("it comes to rest");
    world.look(SERVER);
    let (device, server) = (world.rows[DEVICE].clone(), world.rows[SERVER].clone());
    world.oracle.complete(AGENT, &device, &server).expect("everything is there");
}
