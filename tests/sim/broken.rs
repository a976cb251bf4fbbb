//! Every invariant is broken once, by hand, in a world in which all was well; the checks have to see each.

use crate::fault::Fault;
use crate::model::Model;
use crate::node::{Told, Work};
use crate::oracle::View;
use crate::store::{Content, DOWN, Held, LATE, Op, UP};
use crate::world::{SERVER, World};
use mcoiot::base::{AgentId, Code, EpochId, Group, Identity, Marks, Millis, Position, Random, Stream, Timestamp, Way};
use mcoiot::repl::{Job, JobId, SYNC_DEEP_ACK, SYNC_PULL, SYNC_PUSH, SYNC_WAIT};
use mcoiot::wire::Ack;
use std::rc::Rc;

const DEVICE: usize = 1;
const AGENT: AgentId = AgentId(1000);

/// Rows in both directions that have arrived, and one in each that has not been sent.
fn world() -> World {
    let make =
        Rc::new(|role, agent, seed| -> Box<dyn crate::store::Store> { Box::new(Model::new(role, agent, Fault::None, seed)) });
    let mut world = World::of(Random::seeded(7), 0, 1, Fault::None, make);
    world.piece = 5000;
    let sound = |world: &mut World| -> Result<(), String> {
        world.insert(DEVICE, UP, 3, AGENT)?;
        world.insert(SERVER, DOWN, 1, AgentId::ALL)?;
        world.connect(DEVICE, SERVER);
        world.rest()?;
        world.start_sync(DEVICE, AgentId::SERVER, SYNC_PUSH | SYNC_PULL | SYNC_WAIT | SYNC_DEEP_ACK);
        world.rest()?;
        world.insert(DEVICE, UP, 1, AGENT)?;
        world.insert(SERVER, DOWN, 1, AGENT)?;
        check(world)
    };
    sound(&mut world).expect("all is well");
    assert_eq!(world.kept_promises, 1);
    world
}

/// Everything that is asked after a step, of the rows as they were seen last.
fn check(world: &mut World) -> Result<(), String> {
    for node in [SERVER, DEVICE] {
        let (agent, rows) = (world.nodes[node].agent, world.rows[node].clone());
        world.oracle.look(node, agent, false, &rows)?;
    }
    let server = world.rows[SERVER].clone();
    world.oracle.in_order(DEVICE, AGENT, &server)?;
    let chain = world.nodes[SERVER].store.epochs();
    let store = &mut world.nodes[DEVICE].store;
    let (confirmed, marks, tops) = (store.confirmed(), store.down_marks(), store.down_tops());
    let rows = &world.rows[DEVICE];
    let view = View { site: DEVICE, agent: AGENT, rows, confirmed: &confirmed, marks: &marks, tops: &tops };
    world.oracle.check(&view, &chain, &[])?;
    world.check_bounds()?;
    world.check_told()
}

fn first(world: &World, node: usize, class: u16) -> usize {
    world.rows[node].iter().position(|r| r.class == class).expect("a row of this class")
}

fn last(world: &World, node: usize, class: u16) -> Held {
    *world.rows[node].iter().rfind(|r| r.class == class).expect("a row of this class")
}

/// What is broken, how, and how the check says so.
type Break = (&'static str, fn(&mut World) -> Result<(), String>, &'static str);

const BREAKS: &[Break] = &[
    ("loss at the device", |w| edit(w, DEVICE, DOWN, Vec::remove), "or newer, it is of None"),
    ("doubled at the server", |w| double(w, SERVER, UP), "at 1 twice"),
    ("doubled at the device", |w| double(w, DEVICE, DOWN), "at 1000 twice"),
    ("another content", |w| change(w, |row| row.content.pad += 1), "was written as"),
    ("from nowhere", |w| change(w, |row| row.content.write = 999), "nobody has written"),
    ("another origin", |w| change(w, |row| row.agent = AgentId(7)), "is of 1000"),
    ("at the wrong device", misled, "was meant for 7 alone"),
    ("before its turn at the server", |w| ahead(w, DEVICE, UP, SERVER), "before its turn"),
    ("before its turn at the device", |w| ahead(w, SERVER, DOWN, DEVICE), "should be None or newer"),
    ("back after it was deleted", revive, "is back"),
    ("a device that believes too much", confirm, "was never there"),
    ("custody that nobody has", |w| believe(w, DEVICE, Way::Up), "which it never had"),
    ("a server that believes too much", |w| believe(w, SERVER, Way::Down), "which it never had"),
    ("a user of the server told too much", tell, "which it never had"),
    ("a push that has not arrived", |w| end(w, SYNC_PUSH), "has arrived (deep: false)"),
    ("a deep push that has not arrived", |w| end(w, SYNC_PUSH | SYNC_DEEP_ACK), "has arrived (deep: true)"),
    ("a pull that has not arrived", |w| end(w, SYNC_PULL), "but it has None"),
    ("bytes without a limit", overfill, "wait in a connection"),
    ("jobs without a limit", pile_up, "jobs of one lane"),
    ("cleared before it was sent", |w| clear(w, DEVICE, UP), "clear on 1000 removed"),
    ("cleared before it was received", |w| clear(w, SERVER, DOWN), "clear on the server removed"),
    ("an end without a row at the server", |w| incomplete(w, UP), "ends as"),
    ("an end without a row at the device", |w| incomplete(w, DOWN), "ends as"),
    ("an end with a row of nobody's", left_over, "of a server that is no more"),
];

fn edit<T>(world: &mut World, node: usize, class: u16, how: impl Fn(&mut Vec<Held>, usize) -> T) -> Result<(), String> {
    let at = first(world, node, class);
    how(&mut world.rows[node], at);
    Ok(())
}

fn double(world: &mut World, node: usize, class: u16) -> Result<(), String> {
    let at = first(world, node, class);
    let row = world.rows[node][at];
    world.rows[node].push(Held { id: Identity::new(EpochId(5), 5), ..row });
    Ok(())
}

fn change(world: &mut World, change: impl Fn(&mut Held)) -> Result<(), String> {
    edit(world, SERVER, UP, |rows, at| change(&mut rows[at]))
}

fn misled(world: &mut World) -> Result<(), String> {
    let content = Content { serial: 99, write: 99, key: 0, pad: 0 };
    let ops = [Op::Insert { class: DOWN, content, agent: AgentId(7) }];
    world.oracle.committed(SERVER, AgentId::SERVER, &ops, 1, &[]);
    world.rows[DEVICE].push(Held { class: DOWN, id: Identity::new(EpochId(5), 9), agent: AgentId(7), content });
    Ok(())
}

fn ahead(world: &mut World, from: usize, class: u16, to: usize) -> Result<(), String> {
    let row = last(world, from, class);
    world.rows[to].push(row);
    Ok(())
}

/// The server's application deletes a row, and it comes again as it was.
fn revive(world: &mut World) -> Result<(), String> {
    let row = last(world, SERVER, UP);
    world.commit_ops(SERVER, &[Op::Delete { class: UP, serial: row.content.serial }])?;
    world.rows[SERVER].push(row);
    Ok(())
}

/// The store of the device takes everything for confirmed.
fn confirm(world: &mut World) -> Result<(), String> {
    let epoch = *world.nodes[DEVICE].store.epochs().last().expect("an epoch");
    let confirmed = Marks::of(Group::USUAL, Position { ts: epoch.last, epoch: epoch.id });
    let word = mcoiot::base::Word { confirmed, ..Default::default() };
    world.nodes[DEVICE].store.run(&Job::Word(word));
    Ok(())
}

/// A node saves an acknowledgment that was never given.
fn believe(world: &mut World, node: usize, way: Way) -> Result<(), String> {
    let agent = if node == SERVER { AGENT } else { AgentId::SERVER };
    let job = Job::SaveMark { stream: Stream { agent, way, group: Group::USUAL }, position: nowhere() };
    world.nodes[node].queues.entry(agent).or_default().push_back(Work::Core { job: JobId(999), work: job });
    world.work_at(node, agent)
}

fn nowhere() -> Position {
    Position { ts: Timestamp(9), epoch: EpochId(5) }
}

fn tell(world: &mut World) -> Result<(), String> {
    let (flags, position) = (SYNC_DEEP_ACK, nowhere());
    let ack = Ack { seq: 0, group: Group::USUAL, flags, position, code: Code::S_OK, retry_after: Millis(0) };
    world.nodes[SERVER].told.push(Told::Acked { agent: AGENT, way: Way::Down, ack, marks: Marks::default() });
    Ok(())
}

fn end(world: &mut World, flags: u32) -> Result<(), String> {
    world.nodes[DEVICE].ends.clear();
    let sync = world.start_sync(DEVICE, AgentId::SERVER, flags | SYNC_WAIT);
    world.nodes[DEVICE].told.push(Told::Done { sync, code: Code::S_OK });
    Ok(())
}

fn overfill(world: &mut World) -> Result<(), String> {
    world.network.wires[0].bytes[0].extend(vec![0; 1 << 20]);
    Ok(())
}

fn pile_up(world: &mut World) -> Result<(), String> {
    let stream = Stream { agent: AgentId::SERVER, way: Way::Up, group: Group::USUAL };
    let jobs = (0..100).map(|n| Work::Core { job: JobId(n), work: Job::SaveMark { stream, position: Position::default() } });
    world.nodes[DEVICE].queues.entry(AgentId::SERVER).or_default().extend(jobs);
    Ok(())
}

fn clear(world: &mut World, node: usize, class: u16) -> Result<(), String> {
    let (before, agent, unsent) = (world.rows[node].clone(), world.nodes[node].agent, last(world, node, class));
    let after: Vec<Held> = before.iter().filter(|row| row.id != unsent.id).copied().collect();
    world.oracle.cleared((node, agent, false), &before, &after, &[(AGENT, DEVICE)])
}

/// The world comes to its end with a row that was not sent.
fn incomplete(world: &mut World, class: u16) -> Result<(), String> {
    let rows = &world.rows;
    match class {
        UP => world.oracle.complete_up(DEVICE, AGENT, &rows[DEVICE], &rows[SERVER], &[]),
        _ => world.oracle.complete_down(DEVICE, AGENT, &rows[DEVICE]),
    }
}

fn left_over(world: &mut World) -> Result<(), String> {
    world.settle()?;
    let mut rows = world.rows[DEVICE].clone();
    let row = *rows.iter().rfind(|r| r.class == DOWN).expect("a row");
    rows.push(Held { content: Content { serial: 99, ..row.content }, ..row });
    world.oracle.complete_down(DEVICE, AGENT, &rows)
}

#[test]
fn every_broken_invariant_is_seen() {
    let mut unseen = Vec::new();
    for (what, how, sign) in BREAKS {
        let mut world = world();
        match how(&mut world).and_then(|()| check(&mut world)) {
            Err(said) if said.contains(sign) => {}
            said => unseen.push(format!("{what}: {said:?}")),
        }
    }
    assert!(unseen.is_empty(), "{}", unseen.join("\n"));
}

#[test]
fn what_is_unsent_at_the_end_arrives_before_it() {
    let mut world = world();
    world.insert(DEVICE, LATE, 1, AGENT).expect("it commits");
    world.settle().expect("it comes to rest");
    incomplete(&mut world, UP).expect("everything is there");
    incomplete(&mut world, DOWN).expect("everything is there");
}
