//! Random executions of the stores alone, without links and cores: many short fates for the rules of the database. The executions are those
//! of the design's two models: crash, restore, clone, move, lost acknowledgments, dead routers, clear, deletes, readdressing.

use crate::direct::Direct;
use crate::fault::Fault;
use crate::oracle::{Oracle, Timeline};
use crate::store::{ALARM, DOWN, LATE, Op, Store, UP, URGENT, group, is_up};
use mcoiot::base::{AgentId, Group, Millis, Random, Role};
use std::collections::BTreeMap;

const SERVER: usize = 0;
const ROUTERS: [usize; 4] = [1, 2, 3, 4];
const DAY: u64 = 25 * 3600 * 1000;

pub struct Fates {
    pub tree: Direct,
    oracle: Oracle,
    random: Random,
    backups: BTreeMap<usize, (Box<dyn Store>, Timeline, u64)>,
    clones: bool,
    restores_server: bool,
    wall: u64,
    /// Parents of the upper and the lower routers' links that are up.
    links: BTreeMap<usize, usize>,
    pub trace: bool,
}

impl Fates {
    pub fn new(seed: u64, fault: Fault) -> Self {
        let mut random = Random::seeded(seed);
        let mut tree = Direct::new(fault);
        tree.add(Role::Server, 1);
        ROUTERS.into_iter().for_each(|i| {
            tree.add(Role::Router, 10 + i as u64);
        });
        for i in 0..2 + random.below(2) {
            tree.add(Role::Device, 1000 + i);
        }
        let (clones, restores_server) = (random.below(4) == 0, random.below(3) == 0);
        let (oracle, backups, links) = (Oracle::default(), BTreeMap::new(), BTreeMap::new());
        Fates { tree, oracle, random, backups, clones, restores_server, wall: 0, links, trace: false }
    }

    pub fn run(mut self) -> Result<(), String> {
        for step in 0..20 + self.random.below(180) {
            self.step().map_err(|e| format!("step {step}: {e}"))?;
        }
        self.settle()
    }

    fn say(&self, what: &str, site: usize) {
        if self.trace {
            eprintln!("{what} {} (site {site})", self.tree.sites[site].agent);
        }
    }

    fn pick(&mut self, from: &[usize]) -> usize {
        from[self.random.below(from.len() as u64) as usize]
    }

    fn devices(&self) -> Vec<usize> {
        (0..self.tree.sites.len()).filter(|i| self.tree.sites[*i].role == Role::Device).collect()
    }

    fn step(&mut self) -> Result<(), String> {
        self.tree.batch = [1, 100, 300][self.random.below(3) as usize];
        let device = self.devices()[self.random.below(self.devices().len() as u64) as usize];
        let router = self.pick(&ROUTERS);
        let of = Group([0, 0, 5][self.random.below(3) as usize]);
        let heard = self.random.below(5) > 0;
        match self.random.below(100) {
            0..12 => self.commit(device),
            12..20 => self.commit(SERVER),
            20..22 => self.commit(router),
            22..36 => self.push(device, of, heard)?,
            36..48 => self.push(router, of, heard)?,
            48..58 => self.serve_some(device)?,
            58..68 => self.attach(device),
            68..74 => self.link_router(router),
            74..76 => self.open(device),
            76..79 => self.backup(device),
            79..82 => self.restore(device)?,
            82..86 => self.clear(device)?,
            86..89 => self.clear(SERVER)?,
            89..91 => self.clear(router)?,
            91..93 => self.tree.sites[SERVER].store.trim(self.random.any()),
            93..94 => self.tree.sites[router].store.trim(self.random.any()),
            94..96 => self.renew(router),
            96..97 => self.backup(router),
            97..98 => self.restore(router)?,
            98..99 if self.restores_server => self.backup(SERVER),
            _ if self.restores_server => self.restore(SERVER)?,
            _ => {}
        }
        Ok(())
    }

    fn commit(&mut self, site: usize) {
        self.say("commits", site);
        let role = self.tree.sites[site].role;
        let agent = self.tree.sites[site].agent;
        let rows = self.tree.sites[site].store.rows();
        let classes = if role == Role::Server { [DOWN, DOWN, URGENT] } else { [UP, ALARM, LATE] };
        let mut ops = Vec::new();
        let mut touched = Vec::new();
        for _ in 0..1 + self.random.below(3) {
            let receivers = [AgentId::ALL, AgentId(1000), AgentId(1001), AgentId(1002)];
            let receiver = receivers[self.random.below(4) as usize];
            let row = (!rows.is_empty()).then(|| rows[self.random.below(rows.len() as u64) as usize]);
            let row = row.filter(|r| !touched.contains(&r.content.serial));
            let class = classes[self.random.below(3) as usize];
            let dice = self.random.below(10);
            let is_own =
                row.is_some_and(|r| is_up(r.class) == (role != Role::Server) && (role == Role::Server || r.agent == agent));
            let op = match row {
                Some(row) if dice < 1 || dice < 4 && !is_own => Op::Delete { class: row.class, serial: row.content.serial },
                Some(row) if dice < 5 && (is_own || role == Role::Router) => {
                    let receiver = if self.random.below(2) == 0 { row.agent } else { receiver };
                    Op::Update { class: row.class, content: self.tree.content(Some(row.content.serial)), agent: receiver }
                }
                _ => Op::Insert {
                    class,
                    content: self.tree.content(None),
                    agent: if role == Role::Server { receiver } else { agent },
                },
            };
            if let Op::Delete { serial, .. } | Op::Update { content: crate::store::Content { serial, .. }, .. } = op {
                touched.push(serial);
            }
            ops.push(op);
        }
        let ts = self.tree.sites[site].store.commit(&ops);
        if self.trace {
            eprintln!("  {ops:?} as {ts}");
        }
        self.oracle.committed(site, agent, &ops, ts.0, &rows);
    }

    fn push(&mut self, site: usize, of: Group, heard: bool) -> Result<(), String> {
        self.say("pushes", site);
        self.tree.push_one(site, of, heard);
        if !heard {
            self.links.remove(&site);
        }
        self.look()
    }

    fn serve_some(&mut self, device: usize) -> Result<(), String> {
        self.say("is served", device);
        for at in (0..self.tree.sites[device].path.len()).rev() {
            if self.random.below(3) > 0 {
                self.tree.serve_one(device, at, Group(0));
                self.tree.serve_one(device, at, group(URGENT));
            }
        }
        if self.random.below(3) > 0 {
            self.tree.mark(device);
        }
        self.look()
    }

    /// The way up from a node, as far as links are up.
    fn way(&self, first: usize) -> Vec<usize> {
        let mut way = vec![first];
        while let Some(next) = self.links.get(way.last().unwrap_or(&SERVER)) {
            way.push(*next);
        }
        way
    }

    fn attach(&mut self, device: usize) {
        let parent = [SERVER, 1, 2, 3, 4, 3, 4][self.random.below(7) as usize];
        let way = if parent == SERVER { vec![SERVER] } else { self.way(parent) };
        let mut path = vec![device];
        path.extend(way);
        self.say(&format!("path {path:?} for"), device);
        let agent = self.tree.sites[device].agent;
        self.oracle.moved.insert(agent);
        self.tree.attach(&path);
    }

    fn link_router(&mut self, router: usize) {
        self.drop_link(router);
        let parent = if router <= 2 { SERVER } else { 1 + self.random.below(2) as usize };
        if self.random.below(4) > 0 {
            self.links.insert(router, parent);
            let path = self.way(router);
            self.say(&format!("path {path:?} for router"), router);
            self.tree.attach(&path);
            self.attach_below(router);
        }
    }

    /// A router's link is new: whatever is attached below it is announced again.
    fn attach_below(&mut self, router: usize) {
        for site in 0..self.tree.sites.len() {
            let Some(at) = self.tree.sites[site].path.iter().position(|p| *p == router) else { continue };
            let mut path = vec![site];
            path.extend(self.tree.sites[site].path[..at].to_vec());
            path.extend(self.way(router));
            self.tree.attach(&path);
        }
    }

    /// A node's links are gone, and those that go through it.
    fn drop_link(&mut self, site: usize) {
        self.links.remove(&site);
        for other in 0..self.tree.sites.len() {
            let path = &mut self.tree.sites[other].path;
            if let Some(at) = path.iter().position(|p| *p == site) {
                path.truncate(at + 1);
            }
        }
        self.tree.detach(site);
    }

    fn lose_process(&mut self, site: usize) {
        self.drop_link(site);
        let below: Vec<usize> = self.links.iter().filter(|(_, parent)| **parent == site).map(|(child, _)| *child).collect();
        below.into_iter().for_each(|child| self.drop_link(child));
        for other in 0..self.tree.sites.len() {
            if self.tree.sites[other].path.contains(&site) {
                self.tree.detach(other);
            }
        }
    }

    fn open(&mut self, site: usize) {
        self.say("is opened again", site);
        self.lose_process(site);
        self.tree.sites[site].store.crash();
    }

    fn backup(&mut self, site: usize) {
        self.say("is backed up", site);
        let clock = self.tree.sites[site].store.epochs().last().map_or(0, |e| e.last.0);
        let copy = (self.tree.sites[site].store.backup(), self.oracle.timeline(site).clone(), clock);
        self.backups.insert(site, copy);
    }

    fn restore(&mut self, site: usize) -> Result<(), String> {
        let Some((mut store, timeline, clock)) = self.backups.remove(&site) else { return Ok(()) };
        let (agent, role) = (self.tree.sites[site].agent, self.tree.sites[site].role);
        self.oracle.forked.insert(agent);
        if role == Role::Device && self.clones && self.devices().len() < 5 {
            self.say("is cloned", site);
            self.oracle.cloned.insert(agent);
            let clone = self.tree.clone_of(site);
            self.tree.sites[clone].store = store;
            *self.oracle.timeline(clone) = timeline;
            return self.look();
        }
        self.say("is restored", site);
        self.backups.insert(site, (store.backup(), timeline.clone(), clock));
        self.lose_process(site);
        self.tree.restore(site, store);
        let fork = timeline.fork.max(clock);
        *self.oracle.timeline(site) = Timeline { fork, ..timeline };
        self.look()
    }

    fn renew(&mut self, site: usize) {
        self.say("is made anew", site);
        self.oracle.forked.insert(self.tree.sites[site].agent);
        self.lose_process(site);
        self.tree.renew(site);
        *self.oracle.timeline(site) = Timeline::default();
    }

    fn clear(&mut self, site: usize) -> Result<(), String> {
        self.say("clears", site);
        let agents = [AgentId::ALL, AgentId(1000), AgentId(1001), AgentId(1002)];
        let target = if site == SERVER { agents[self.random.below(4) as usize] } else { AgentId::ALL };
        let agent = self.tree.sites[site].agent;
        let before = self.tree.sites[site].store.rows();
        self.tree.sites[site].store.clear(target);
        let after = self.tree.sites[site].store.rows();
        let known = self.tree.sites[SERVER].store.known();
        let sites: Vec<_> = self.tree.sites.iter().enumerate().map(|(i, s)| (s.agent, i)).collect();
        let known: Vec<_> = sites.into_iter().filter(|(a, _)| known.contains(a) && !self.oracle.cloned.contains(a)).collect();
        self.oracle.cleared((site, agent, ROUTERS.contains(&site)), &before, &after, &known)
    }

    fn look(&mut self) -> Result<(), String> {
        self.show();
        for site in 0..self.tree.sites.len() {
            let rows = self.tree.sites[site].store.rows();
            let (agent, role) = (self.tree.sites[site].agent, self.tree.sites[site].role);
            self.oracle.look(site, agent, role == Role::Router, &rows)?;
        }
        Ok(())
    }

    /// For the trace: what each node has.
    fn show(&mut self) {
        for site in 0..self.tree.sites.len() {
            let Some(agent) = self.trace.then_some(self.tree.sites[site].agent) else { return };
            let store = &mut self.tree.sites[site].store;
            let rows: Vec<_> = store.rows().iter().map(|r| (r.class, r.content.serial, r.content.write)).collect();
            let (custody, confirmed, marks) = (store.custody(), store.confirmed(), store.down_marks());
            eprintln!("    {site} {agent}: {rows:?} custody {custody:?} confirmed {confirmed:?} marks {marks:?}");
        }
    }

    /// Everything is linked and moves until nothing is left; then a day passes, for what was lost on the way.
    fn settle(&mut self) -> Result<(), String> {
        self.tree.batch = 300;
        self.tree.sites[SERVER].store.upgrade();
        for _ in 0..4 {
            for router in ROUTERS {
                self.drop_link(router);
            }
            self.links = BTreeMap::from([(1, SERVER), (2, SERVER), (3, 1), (4, 2)]);
            for router in ROUTERS {
                let path = self.way(router);
                self.tree.attach(&path);
            }
            for device in self.devices() {
                let parent = self.pick(&[0, 1, 2, 3, 4]);
                let mut path = vec![device];
                path.extend(if parent == SERVER { vec![SERVER] } else { self.way(parent) });
                self.say(&format!("in the end path {path:?} for"), device);
                self.tree.attach(&path);
            }
            for _ in 0..3 {
                for site in self.devices().into_iter().chain([3, 4, 1, 2]) {
                    self.tree.push(site);
                    self.tree.serve(site);
                }
                self.look()?;
            }
            self.wall += DAY;
            let wall = Millis(self.wall);
            self.tree.sites.iter_mut().for_each(|s| s.store.set_wall(wall));
        }
        self.complete()
    }

    fn complete(&mut self) -> Result<(), String> {
        let there = self.tree.sites[SERVER].store.rows();
        let gaps = self.tree.gaps(SERVER);
        for site in 1..self.tree.sites.len() {
            let (agent, role) = (self.tree.sites[site].agent, self.tree.sites[site].role);
            let here = self.tree.sites[site].store.rows();
            self.oracle.complete_up(site, agent, &here, &there, &gaps)?;
            if role == Role::Device {
                self.oracle.complete_down(site, agent, &here)?;
            }
        }
        Ok(())
    }
}

#[test]
fn stores_alone() {
    let count = std::env::var("MCO_SIM_SEEDS").ok().and_then(|v| v.parse().ok()).unwrap_or(2000);
    let from = std::env::var("MCO_SIM_FROM").ok().and_then(|v| v.parse().ok()).unwrap_or(1);
    for seed in from..from + count {
        let mut fates = Fates::new(seed, Fault::None);
        fates.trace = std::env::var_os("MCO_SIM_TRACE").is_some();
        fates.run().unwrap_or_else(|e| panic!("seed {seed}: {e}"));
    }
}
