//! Devices with more than one way to the server: a parent that hangs, dies, loses its disk, or is left with rows that wait in it.

use crate::kit::*;
use crate::proxy::Proxy;

const TIMES: Times = Times { silence: 1500, wait: 2000 };
const DEVICE: u64 = 1000;

/// A server, two routers beside each other and a device; each router has a line of its own to the server.
struct Diamond {
    server: Node,
    routers: [Node; 2],
    lines: [Proxy; 2],
    device: Node,
}

impl Diamond {
    /// The device is attached to the first router.
    fn new(yard: &Yard) -> Diamond {
        let server = yard.server();
        let mut routers = [10, 20].map(|agent| yard.router(agent, 2));
        let lines = [(); 2].map(|()| Proxy::new(server.proxy.port));
        for (router, line) in routers.iter_mut().zip(&lines) {
            router.connect(line.port);
        }
        let mut device = yard.device(DEVICE);
        device.connect(routers[0].proxy.port);
        let mut diamond = Diamond { server, routers, lines, device };
        diamond.exchange(1);
        diamond
    }

    /// Rows of both ways get where they belong, however long it takes.
    fn exchange(&mut self, setting: u32) {
        self.device.ask("add 5");
        self.server.ask(&format!("config {setting} 1 {DEVICE}"));
        self.server.ask(&format!("config {} 1 0", setting + 100));
        self.device.sync_until_done(SERVER, PUSH | WAIT);
        let server = &mut self.server;
        until("the settings are there", || {
            self.device.sync(SERVER, PULL | WAIT);
            server.rows("configs").len() == self.device.rows("received").len()
        });
        assert_settings(server, &mut self.device);
    }

    /// Rows that the first router acknowledges while it cannot pass them on; the device keeps none.
    fn leave_rows_in_the_first_router(&mut self) {
        self.lines[0].swallow(true);
        self.device.ask("add 20");
        self.device.sync_until_done(SERVER, PUSH | WAIT);
        assert_eq!(self.device.ask("clear").code, 0);
        assert_eq!(self.device.counts()[0], 0, "the router has custody");
        assert_eq!(self.routers[0].counts()[0], 20, "and nobody above has them");
    }

    /// Rows of the device at the server.
    fn arrived(&mut self) -> u64 {
        self.server.counts()[0]
    }

    /// Everything is where it belongs.
    fn settle(mut self) {
        self.device.sync_until_done(SERVER, PUSH | PULL | WAIT | DEEP_ACK);
        let router = &mut self.routers;
        until("the routers have passed on everything", || router.iter_mut().all(|router| router.counts()[0] == 0));
        assert_readings(&mut self.server, std::slice::from_mut(&mut self.device));
        assert_settings(&mut self.server, &mut self.device);
        self.device.finish();
        self.routers.into_iter().for_each(Node::finish);
        self.server.finish();
    }
}

#[test]
fn a_parent_that_hangs_is_replaced_by_the_standby() {
    let yard = Yard::new(TIMES);
    let mut diamond = Diamond::new(&yard);
    diamond.device.connect(diamond.routers[1].proxy.port);
    diamond.exchange(2);
    diamond.routers[0].stop();
    diamond.exchange(3);
    diamond.routers[0].kill();
    diamond.exchange(4);
    diamond.routers[0].start();
    diamond.exchange(5);
    diamond.settle();
}

#[test]
fn rows_in_a_parent_that_hangs_come_when_it_is_back() {
    let yard = Yard::new(TIMES);
    let mut diamond = Diamond::new(&yard);
    diamond.device.connect(diamond.routers[1].proxy.port);
    diamond.leave_rows_in_the_first_router();
    diamond.routers[0].stop();
    diamond.exchange(2);
    until("what was added since is there", || diamond.arrived() == 10);
    diamond.routers[0].kill();
    diamond.lines[0].swallow(false);
    diamond.routers[0].start();
    until("what waited in the router is there", || diamond.arrived() == 30);
    diamond.settle();
}

#[test]
fn a_device_that_moves_away_from_rows_that_wait_gets_all_of_them_through() {
    let yard = Yard::new(TIMES);
    let mut diamond = Diamond::new(&yard);
    diamond.leave_rows_in_the_first_router();
    let [old, new] = [0, 1].map(|router: usize| diamond.routers[router].proxy.port);
    diamond.device.leave(old);
    diamond.device.connect(new);
    diamond.exchange(2);
    until("what was added since is there", || diamond.arrived() == 10);
    assert_eq!(diamond.routers[0].counts()[0], 20, "the others still wait");
    diamond.lines[0].swallow(false);
    until("they come by themselves", || diamond.arrived() == 30);
    diamond.settle();
}

#[test]
fn a_parent_that_lost_its_disk_gets_everything_again() {
    let yard = Yard::new(TIMES);
    let mut diamond = Diamond::new(&yard);
    diamond.lines[0].swallow(true);
    diamond.device.ask("add 20");
    diamond.device.sync_until_done(SERVER, PUSH | WAIT);
    assert_eq!(diamond.arrived(), 5);
    diamond.routers[0].kill();
    diamond.routers[0].lose_files();
    diamond.lines[0].swallow(false);
    diamond.routers[0].start();
    diamond.exchange(2);
    diamond.settle();
}
