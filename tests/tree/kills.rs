//! Every node of a tree is killed again and again, at random moments, while all write and sync.
//!
//! A failure prints the seed of its round; `MCO_SEED` uses it again. `MCO_ROUNDS` says how many rounds.

use crate::kit::*;
use std::env;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

const DEVICES: [u64; 3] = [1000, 1001, 1002];
/// Times that each device is killed in a round; the nodes above are killed until all devices are through.
const KILLS: u32 = 3;
/// A process lives at most so long after it was told what to do before it is killed.
const MOMENT: u64 = 60_000; // microseconds
const TIMES: Times = Times { silence: 2000, wait: 1000 };

fn number<T: std::str::FromStr>(name: &str) -> Option<T> {
    env::var(name).ok().and_then(|text| text.parse().ok())
}

/// A server, two routers and three devices; the routers are beside each other or one below the other.
struct Tree {
    server: Node,
    routers: Vec<Node>,
    devices: Vec<Node>,
}

impl Tree {
    fn new(yard: &Yard, random: &mut fastrand::Rng) -> Tree {
        let chain = random.bool();
        let server = yard.server();
        let mut routers = vec![yard.router(10, 2), yard.router(11, if chain { 3 } else { 2 })];
        routers[0].connect(server.proxy.port);
        let above = if chain { routers[0].proxy.port } else { server.proxy.port };
        routers[1].connect(above);
        let mut devices: Vec<Node> = DEVICES.iter().map(|agent| yard.device(*agent)).collect();
        for device in &mut devices {
            device.connect(random.choice(&routers).expect("two").proxy.port);
        }
        Tree { server, routers, devices }
    }

    /// Everybody works in a thread and is killed there.
    fn disturb(&mut self, random: &mut fastrand::Rng) {
        let left = &AtomicUsize::new(self.devices.len());
        thread::scope(|scope| {
            for device in &mut self.devices {
                let mut random = random.fork();
                scope.spawn(move || {
                    for _ in 0..KILLS {
                        live(device, &mut random, device_command);
                    }
                    left.fetch_sub(1, Ordering::SeqCst);
                });
            }
            let above = self.routers.iter_mut().map(|router| (router, router_command as Command));
            for (node, command) in above.chain([(&mut self.server, server_command as Command)]) {
                let mut random = random.fork();
                scope.spawn(move || {
                    while left.load(Ordering::SeqCst) > 0 {
                        live(node, &mut random, command);
                    }
                });
            }
        });
    }

    /// Nobody writes any more: everything gets where it belongs, and stays so when the routers have nothing left.
    fn settle(mut self) {
        for device in &mut self.devices {
            device.sync_until_done(SERVER, PUSH | PULL | WAIT | DEEP_ACK);
            assert_settings(&mut self.server, device);
        }
        assert_readings(&mut self.server, &mut self.devices);
        for router in &mut self.routers {
            until("the routers have passed on everything", || router.counts()[0] == 0);
        }
        assert_readings(&mut self.server, &mut self.devices);
        self.devices.into_iter().chain(self.routers).chain([self.server]).for_each(Node::finish);
    }
}

type Command = fn(&mut fastrand::Rng) -> String;

fn device_command(random: &mut fastrand::Rng) -> String {
    let sync = |flags: u32| format!("sync {SERVER} {flags}");
    match random.u32(..12) {
        0..=3 => format!("add {}", random.u32(1..20)),
        4 => format!("change {} {}", random.u32(..60), random.u32(..)),
        5 => sync(PUSH | WAIT),
        6 => sync(PUSH | WAIT | DEEP_ACK),
        7 => sync(PUSH | PULL | WAIT),
        8 => sync(PULL | WAIT),
        9 => sync(PUSH | NONBLOCK),
        10 => sync(PUSH | PULL | WAIT | DEEP_ACK),
        _ => "clear".to_owned(),
    }
}

fn router_command(random: &mut fastrand::Rng) -> String {
    match random.u32(..4) {
        0 => format!("sync {ALL_DOWN} {PUSH}"),
        1 => format!("sync {SERVER} {}", PUSH | WAIT),
        2 => "clear".to_owned(),
        _ => "counts".to_owned(),
    }
}

fn server_command(random: &mut fastrand::Rng) -> String {
    let agent = random.choice(DEVICES).expect("three");
    let id = random.u32(..20);
    match random.u32(..10) {
        0..=3 => format!("config {id} {} {agent}", random.u32(..)),
        4..=5 => format!("config {id} {} 0", random.u32(..)),
        6 => format!("drop {id}"),
        7 => format!("sync {ALL_DOWN} {PUSH}"),
        8 => format!("sync {agent} {}", PUSH | WAIT | DEEP_ACK),
        _ => format!("sync {agent} {}", PULL | WAIT),
    }
}

/// Some commands with their answers, then some more during which it is killed; and it is started again.
fn live(node: &mut Node, random: &mut fastrand::Rng, command: Command) {
    for _ in 0..random.u32(..6) {
        node.ask_in_bad_times(&command(random));
    }
    let last: Vec<String> = (0..random.u32(1..8)).map(|_| command(random)).collect();
    node.die_within(Duration::from_micros(random.u64(..MOMENT)), &last);
    node.start();
}

#[test]
fn a_tree_whose_nodes_are_killed_loses_and_doubles_nothing() {
    let mut yard = Yard::new(TIMES);
    for round in 0..number("MCO_ROUNDS").unwrap_or(5u32) {
        let seed = number("MCO_SEED").unwrap_or_else(|| fastrand::u64(..));
        println!("round {round}: MCO_SEED={seed}");
        let mut random = fastrand::Rng::with_seed(seed);
        yard.next_tree();
        let mut tree = Tree::new(&yard, &mut random);
        tree.disturb(&mut random);
        tree.settle();
    }
}
