//! A day of sync cycles in a tree: what a node keeps, and what it says for each new row, does not grow with time.
//!
//! Every hour is the same: the same transactions, the same chances, the same devices that come another way, the same routers that die. The heap is
//! measured at the end of each cycle, when everything is at rest and all rows but one are gone again: they were pushed and cleared by devices,
//! deleted, or cleared, by the server's application. What belongs to the simulator is taken out exactly: its history of the world and the stores that are
//! models are replaced by copies, and what the originals give back is not counted; connections that have ended are forgotten.

use crate::fault::Fault;
use crate::heap;
use crate::model::Model;
use crate::real::Real;
use crate::store::{ALARM, Content, DOWN, Held, Op, Store, UP, URGENT, is_up};
use crate::world::{MakeStore, SERVER, World};
use mcoiot::base::{AgentId, Millis, Random, Role};
use mcoiot::repl::{SYNC_PULL, SYNC_PUSH, SYNC_WAIT};
use std::collections::BTreeMap;
use std::rc::Rc;

const HOURS: usize = 24;
/// Enough to see a leak that was planted.
const FEW_HOURS: usize = 4;
/// Databases do the same in every hour.
const HOURS_OF_DATABASES: usize = 3;
/// Tables with an entry for each opening of a database, with bounds of their own: the newest 256 stay.
const OPENINGS: [&str; 3] = ["_mco_chains", "_mco_epochs", "_mco_ranges"];
/// Runs of rows that clear has removed and that live on elsewhere, for all that the server knows. They grow up to a bound of their own: of
/// each class 10,000 for each receiver.
const CLEARED: &str = "_mco_cleared";
const CYCLES: u64 = 6;
const CYCLE: Millis = Millis(3600 * 1000 / CYCLES);
const ROUTERS: [usize; 4] = [1, 2, 3, 4];
const DEVICES: [usize; 3] = [5, 6, 7];
/// Numbers of rows begin here, so that none gets longer in a day.
const FIRST: u64 = 1 << 30;
/// Commits of a model before the day, for the same reason.
const OLD: u64 = 20_000;
/// Percent that the last hour may have more than the second.
const GROWTH: u64 = 1;

/// Leaks that were planted, and what has to show them.
pub const LEAKS: &[(Fault, &str)] = &[(Fault::LinksKept, "heap"), (Fault::TalksLonger, "bytes sent")];

/// What an hour has come to.
#[derive(Clone, Debug, Default)]
struct Hour {
    /// The most at the end of a cycle.
    heap: u64,
    sent: u64,
    rows: u64,
    /// Entries of the bookkeeping by node and table, at its end.
    tables: BTreeMap<String, u64>,
}

struct Day {
    world: World,
    /// The row for all that stays, and is changed in every cycle.
    config: u64,
    rows: u64,
    /// Bytes of what was found out about the hours before.
    noted: i64,
}

impl Day {
    fn new(fault: Fault, make: Rc<MakeStore>) -> Self {
        let mut world = World::of(Random::seeded(1), ROUTERS.len() as u64, DEVICES.len() as u64, fault, make);
        world.piece = 5000;
        (world.serials, world.writes) = (FIRST, FIRST);
        world.oracle.moved.extend(world.nodes.iter().map(|n| n.agent).collect::<Vec<_>>());
        crate::real::fit(&mut world.oracle, &world.nodes);
        world.trace = std::env::var_os("MCO_SIM_TRACE").is_some();
        for node in &mut world.nodes {
            node.trace = world.trace;
            for _ in 0..OLD * u64::from(node.store.twin().is_some()) {
                node.store.commit(&[]);
            }
        }
        Day { world, config: 0, rows: 0, noted: 0 }
    }

    fn hour(&mut self) -> Result<Hour, String> {
        let mut hour = Hour::default();
        let (sent, rows) = (self.world.network.written, self.rows);
        for cycle in 0..CYCLES {
            self.cycle(cycle)?;
            hour.heap = hour.heap.max(self.heap());
        }
        (hour.sent, hour.rows) = (self.world.network.written - sent, self.rows - rows);
        let before = heap::live();
        for node in &mut self.world.nodes {
            let tables = node.store.tables().into_iter();
            hour.tables.extend(tables.map(|(name, n)| (format!("{name} of {}", node.agent), n as u64)));
        }
        self.noted += heap::live() - before;
        Ok(hour)
    }

    /// Connections come, rows are made and travel, a router dies now and then, rows go, a connection ends, time passes.
    fn cycle(&mut self, cycle: u64) -> Result<(), String> {
        let end = self.world.now.after(CYCLE);
        self.world.random = Random::seeded(100 + cycle);
        self.connect(cycle)?;
        self.write()?;
        let dies = match cycle {
            1 => Some(ROUTERS[0]),
            4 => Some(ROUTERS[3]),
            _ => None,
        };
        self.sync(dies, cycle)?;
        self.remove()?;
        self.sync(None, cycle)?;
        // This device comes back another way.
        self.lose(DEVICES[2]);
        while self.world.now < end {
            let next = self.world.nodes.iter().filter_map(|n| n.next_wake()).min().unwrap_or(end).min(end);
            self.world.pass(next.0.saturating_sub(self.world.now.0));
            self.world.rest()?;
        }
        self.check_empty()
    }

    fn connect(&mut self, cycle: u64) -> Result<(), String> {
        let [r1, r2, r3, r4] = ROUTERS;
        let other = if cycle.is_multiple_of(2) { r3 } else { r4 };
        let parents = [(r1, SERVER), (r2, SERVER), (r3, r1), (r4, r2), (DEVICES[0], r3), (DEVICES[1], r4), (DEVICES[2], other)];
        for (node, parent) in parents {
            if self.world.nodes[node].parents() == 0 {
                self.world.connect(node, parent);
                self.world.rest()?;
            }
        }
        Ok(())
    }

    fn write(&mut self) -> Result<(), String> {
        let world = &mut self.world;
        for node in DEVICES {
            let agent = world.nodes[node].agent;
            world.insert(node, UP, 8, agent)?;
            let hot = world.serials;
            let content = world.content(Some(hot));
            world.commit_ops(node, &[Op::Update { class: UP, content, agent }])?;
            world.insert(node, ALARM, 2, agent)?;
            world.insert(SERVER, DOWN, 2, agent)?;
            world.insert(SERVER, URGENT, 1, agent)?;
        }
        world.insert(SERVER, DOWN, 3, AgentId::ALL)?;
        self.rows += 3 * 13 + 3;
        if self.config == 0 {
            world.insert(SERVER, DOWN, 1, AgentId::ALL)?;
            self.config = world.serials;
        }
        let content = Content { pad: 50, ..world.content(Some(self.config)) };
        world.commit_ops(SERVER, &[Op::Update { class: DOWN, content, agent: AgentId::ALL }])
    }

    /// Routers pull, and all devices push and pull until that has ended well.
    fn sync(&mut self, dies: Option<usize>, cycle: u64) -> Result<(), String> {
        let mut open: Vec<usize> = DEVICES.to_vec();
        // For their own applications; else the server keeps for them what is removed.
        for node in ROUTERS {
            self.world.start_sync(node, AgentId::SERVER, SYNC_PULL);
        }
        for attempt in 0..20 {
            let syncs: Vec<u64> = open
                .iter()
                .map(|node| self.world.start_sync(*node, AgentId::SERVER, SYNC_PUSH | SYNC_PULL | SYNC_WAIT))
                .collect();
            if let Some(router) = dies.filter(|_| attempt == 0) {
                for _ in 0..100 {
                    let _ = self.world.deliver() || self.world.work()? || self.world.answer();
                }
                self.end_process(router);
                self.world.rest()?;
                self.connect(cycle)?;
            }
            for _ in 0..200 {
                self.world.rest()?;
                if open.iter().all(|node| self.world.nodes[*node].open_syncs.is_empty()) {
                    break;
                }
                self.world.skip_time();
            }
            let ended: Vec<(usize, bool)> = open
                .iter()
                .zip(syncs)
                .map(|(node, sync)| (*node, self.world.nodes[*node].results.get(&sync).is_some_and(|code| !code.is_error())))
                .collect();
            open = ended.into_iter().filter(|(_, is_good)| !is_good).map(|(node, _)| node).collect();
            if open.is_empty() {
                return Ok(());
            }
            self.connect(cycle)?;
        }
        Err(format!("nodes {open:?} cannot sync"))
    }

    fn end_process(&mut self, router: usize) {
        let world = &mut self.world;
        // A model keeps every epoch of its history, and tells it: as if the database had stayed open.
        let store = world.nodes[router].store.twin();
        world.nodes[router].crash(&mut world.network);
        if let Some(store) = store {
            world.nodes[router].store = store;
        }
        while world.notice_loss() {}
        world.restart(router);
    }

    fn lose(&mut self, node: usize) {
        let world = &mut self.world;
        let wires: Vec<usize> = world.nodes[node].ends.values().map(|end| end.wire).collect();
        wires.into_iter().for_each(|wire| world.network.cut(wire));
        while world.notice_loss() {}
    }

    /// Devices clear what they have sent, and delete private rows, which the server clears. Its application has seen what came up, and takes
    /// common rows back.
    fn remove(&mut self) -> Result<(), String> {
        let server = self.world.rows[SERVER].clone();
        let old = server.iter().filter(|r| is_up(r.class) || is_common(r) && r.content.serial != self.config);
        let gone: Vec<Op> = old.map(|r| Op::Delete { class: r.class, serial: r.content.serial }).collect();
        self.world.commit_ops(SERVER, &gone)?;
        for node in DEVICES {
            let agent = self.world.nodes[node].agent;
            self.world.clear_for(SERVER, agent)?;
            self.world.clear_for(node, AgentId::ALL)?;
            let private = self.world.rows[node].iter().filter(|r| server.iter().any(|s| s.id == r.id && s.agent == agent));
            let gone: Vec<Op> = private.map(|r| Op::Delete { class: r.class, serial: r.content.serial }).collect();
            self.world.commit_ops(node, &gone)?;
        }
        // They show what passes until their application has seen it.
        ROUTERS.into_iter().try_for_each(|node| self.world.clear_for(node, AgentId::ALL))
    }

    /// Nothing is left but the row that stays, and nothing has come back.
    fn check_empty(&mut self) -> Result<(), String> {
        for node in 0..self.world.nodes.len() {
            self.world.look(node)?;
            let is_router = self.world.nodes[node].role == Role::Router;
            let left = self.world.rows[node].iter().find(|r| r.content.serial != self.config);
            if let Some(row) = left.filter(|_| !is_router) {
                return Err(format!("{row:?} is left at {}", self.world.nodes[node].agent));
            }
        }
        Ok(())
    }

    /// Bytes that are in use without those of the simulator.
    fn heap(&mut self) -> u64 {
        let world = &mut self.world;
        world.forget_past();
        let all = heap::live();
        let copy = world.oracle.clone();
        let mut ours = heap::weigh(std::mem::replace(&mut world.oracle, copy));
        for node in &mut world.nodes {
            if let Some(twin) = node.store.twin() {
                ours += heap::weigh(std::mem::replace(&mut node.store, twin));
            }
        }
        u64::try_from(all - ours - self.noted).unwrap_or(0)
    }
}

/// For all; the real database shows that as of the server.
fn is_common(row: &Held) -> bool {
    [AgentId::ALL, AgentId::SERVER].contains(&row.agent)
}

/// So many hours of a tree.
fn run(hours: usize, fault: Fault, make: Rc<MakeStore>) -> Result<Vec<Hour>, String> {
    let mut day = Day::new(fault, make);
    let mut done = Vec::with_capacity(hours);
    for n in 1..=hours {
        done.push(day.hour().map_err(|e| format!("hour {n}: {e}"))?);
    }
    Ok(done)
}

fn model(fault: Fault) -> Rc<MakeStore> {
    Rc::new(move |role, agent, seed| Box::new(Model::new(role, agent, fault, seed)))
}

fn real() -> Rc<MakeStore> {
    let folder = crate::real::folder();
    Rc::new(move |role, agent, _| -> Box<dyn Store> { Box::new(Real::new(&folder, role, agent, Fault::None)) })
}

/// What has grown from the second hour to the last.
fn grown(hours: &[Hour]) -> Vec<String> {
    let (second, last) = (&hours[1], &hours[hours.len() - 1]);
    let is_more = |new: u64, old: u64| new * 100 > old * (100 + GROWTH);
    let mut found = Vec::new();
    if is_more(last.heap, second.heap) {
        found.push(format!("heap: {} bytes, in the second hour {}", last.heap, second.heap));
    }
    if is_more(last.sent * second.rows, second.sent * last.rows) {
        let (new, old) = (last.sent / last.rows, second.sent / second.rows);
        found.push(format!("bytes sent for a row: {new}, in the second hour {old}"));
    }
    let tables = last.tables.iter().map(|(name, n)| (name, *n, second.tables.get(name).copied().unwrap_or(0)));
    found.extend(
        tables
            .filter(|(_, new, old)| is_more(*new, *old))
            .map(|(name, new, old)| format!("{name}: {new} entries, in the second hour {old}")),
    );
    found
}

fn print(what: &str, hours: &[Hour]) {
    for (n, Hour { heap, sent, rows, .. }) in hours.iter().enumerate() {
        println!("{what}, hour {:2}: {heap} bytes of heap, {sent} bytes sent for {rows} rows", n + 1);
    }
}

#[test]
fn a_day_of_cycles_leaves_nothing_behind() {
    let hours = run(HOURS, Fault::None, model(Fault::None)).expect("all is well");
    print("model", &hours);
    assert_eq!(grown(&hours), [""; 0]);
}

/// With `MCO_SIM_HOURS=24` for a whole day.
#[test]
fn a_day_of_cycles_leaves_nothing_in_databases() {
    let count = crate::seeds::number("MCO_SIM_HOURS").map_or(HOURS_OF_DATABASES, |n| n as usize);
    let mut hours = run(count, Fault::None, real()).expect("all is well");
    print("database", &hours);
    let is_steady = |name: &str| OPENINGS.iter().chain([&CLEARED]).all(|other| !name.starts_with(other));
    hours.iter_mut().for_each(|hour| hour.tables.retain(|name, _| is_steady(name)));
    assert_eq!(grown(&hours), [""; 0]);
}

#[test]
fn leaks_are_seen() {
    for (fault, what) in LEAKS {
        let hours = run(FEW_HOURS, *fault, model(*fault)).expect("nothing but the leak is wrong");
        let found = grown(&hours);
        assert!(found.len() == 1 && found[0].starts_with(what), "{fault:?}: {found:?}");
        println!("{:20} caught: {}", format!("{fault:?}"), found[0]);
    }
}
