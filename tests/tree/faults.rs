//! A bad network between server and router, and between router and device: syncs end with the codes that are documented, nothing is lost or
//! doubled, and what waits in the router gets through by itself when the network is fair again.

use crate::kit::*;
use crate::proxy::{Proxy, Side};

const TIMES: Times = Times { silence: 1000, wait: 1500 };
const DEVICE: u64 = 1000;
const CUTS: u64 = 10;

/// Where the network is bad.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    AboveTheRouter,
    BelowTheRouter,
}

/// A server, a router and a device.
struct Chain {
    server: Node,
    router: Node,
    device: Node,
}

impl Chain {
    fn new(yard: &Yard) -> Chain {
        let server = yard.server();
        let mut router = yard.router(10, 2);
        router.connect(server.proxy.port);
        let mut device = yard.device(DEVICE);
        device.connect(router.proxy.port);
        let mut chain = Chain { server, router, device };
        chain.write(0);
        chain.device.sync_until_done(SERVER, PUSH | PULL | WAIT | DEEP_ACK);
        chain
    }

    fn line(&self, place: Place) -> &Proxy {
        match place {
            Place::AboveTheRouter => &self.server.proxy,
            Place::BelowTheRouter => &self.router.proxy,
        }
    }

    fn write(&mut self, setting: u32) {
        self.device.ask("add 50");
        self.server.ask(&format!("config {setting} 1 {DEVICE}"));
        self.server.ask(&format!("config {} 1 0", setting + 100));
    }

    /// The network is fair again: what the router has goes up without a word, the rest with the next sync.
    fn recover(&mut self) {
        let router = &mut self.router;
        until("the router has passed on everything", || router.counts()[0] == 0);
        self.device.sync_until_done(SERVER, PUSH | PULL | WAIT | DEEP_ACK);
        assert_readings(&mut self.server, std::slice::from_mut(&mut self.device));
        assert_settings(&mut self.server, &mut self.device);
    }

    fn finish(self) {
        [self.device, self.router, self.server].into_iter().for_each(Node::finish);
    }
}

/// A fault that lasts: nothing gets through, syncs say so, and end.
fn lasting(fault: fn(&Proxy, bool)) {
    let yard = Yard::new(TIMES);
    let mut chain = Chain::new(&yard);
    for (setting, place) in [Place::AboveTheRouter, Place::BelowTheRouter].into_iter().enumerate() {
        fault(chain.line(place), true);
        chain.write(1 + u32::try_from(setting).unwrap());
        for flags in [PUSH | PULL | WAIT | DEEP_ACK, PULL | WAIT] {
            let code = chain.device.sync(SERVER, flags);
            assert!(!done(code), "{place:?}: sync with {flags:#x} gave {code}");
        }
        let code = chain.server.sync(DEVICE, PUSH | WAIT | DEEP_ACK);
        assert!(!done(code), "{place:?}: sync of the server gave {code}");
        match place {
            Place::AboveTheRouter => chain.device.sync_until_done(SERVER, PUSH | WAIT),
            Place::BelowTheRouter => assert!(!done(chain.device.sync(SERVER, PUSH | WAIT))),
        }
        fault(chain.line(place), false);
        chain.recover();
    }
    chain.finish();
}

#[test]
fn a_link_that_swallows_everything_is_given_up_and_made_again() {
    lasting(Proxy::swallow);
}

#[test]
fn a_link_that_stalls_is_given_up_and_made_again() {
    lasting(Proxy::stall);
}

#[test]
fn one_side_of_a_link_may_vanish_in_silence() {
    let yard = Yard::new(TIMES);
    let mut chain = Chain::new(&yard);
    let places = [Place::AboveTheRouter, Place::BelowTheRouter];
    let cases = places.into_iter().flat_map(|place| [Side::Client, Side::Target].map(|side| (place, side)));
    for (setting, (place, side)) in cases.enumerate() {
        chain.write(1 + u32::try_from(setting).unwrap());
        chain.line(place).lose(side);
        chain.device.sync(SERVER, PUSH | PULL | WAIT | DEEP_ACK);
        chain.server.sync(DEVICE, PUSH | WAIT | DEEP_ACK);
        chain.recover();
    }
    chain.finish();
}

#[test]
fn a_link_may_be_cut_at_any_byte() {
    let seed = std::env::var("MCO_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or_else(|| fastrand::u64(..));
    println!("MCO_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let yard = Yard::new(TIMES);
    let mut chain = Chain::new(&yard);
    for place in [Place::AboveTheRouter, Place::BelowTheRouter] {
        // What one exchange takes when nobody disturbs it.
        let before = chain.line(place).forwarded();
        chain.write(1);
        chain.recover();
        let whole = chain.line(place).forwarded() - before;
        for cut in 0..CUTS {
            chain.line(place).cut_after(random.u64(..whole));
            chain.write(2 + u32::try_from(cut).unwrap());
            chain.device.sync(SERVER, PUSH | PULL | WAIT | DEEP_ACK);
            chain.recover();
        }
        chain.line(place).cut_after(u64::MAX);
    }
    chain.finish();
}
