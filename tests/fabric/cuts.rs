//! A session that is cut at many places ends with exactly the right rows.

use crate::kit::*;
use crate::proxy::Proxy;
use mcoiot::base::{AgentId, Code};

const CUTS: u64 = 50;

fn session(device: &mut Node, server: &mut Node, port: u16) -> Result<Code, Code> {
    device.connect(port)?;
    device.measure(100..140);
    device.sync(SERVER, BOTH | WAIT)?;
    server.configure(4, 0);
    device.measure(200..203);
    device.sync(SERVER, BOTH | WAIT)
}

fn prepared() -> (Node, Node) {
    let (mut device, mut server) = (Node::device(1000), Node::server());
    device.measure(0..60);
    server.configure(1, 0);
    server.configure(2, 1000);
    server.configure(3, 2000);
    (device, server)
}

#[test]
fn every_cut_ends_with_exact_rows() {
    let (mut device, mut server) = prepared();
    let proxy = Proxy::new(server.port());
    assert_eq!(session(&mut device, &mut server, proxy.port), Ok(Code::S_OK));
    let total = proxy.forwarded();
    assert!(total > CUTS, "{total}");
    for cut in 1..=CUTS {
        let (mut device, mut server) = prepared();
        let proxy = Proxy::new(server.port());
        proxy.cut_after(total * cut / CUTS);
        let _ = session(&mut device, &mut server, proxy.port);
        proxy.cut_after(u64::MAX);
        proxy.cut();
        until("both sides have seen the cut", || {
            device.comm.find_connection(SERVER).is_none() && server.comm.find_connection(AgentId(1000)).is_none()
        });
        device.connect(proxy.port).unwrap();
        let code = device.sync(SERVER, BOTH | WAIT);
        assert!(code.is_ok(), "cut {cut}: {code:?}");
        let (mine, arrived) = (device.ids(SENSOR), server.ids_of(1000));
        assert_eq!(arrived, mine, "cut {cut} of {CUTS}");
        let expected = server.ids(CONFIG).into_iter().filter(|id| *id != 3).collect::<Vec<_>>();
        assert_eq!(device.ids(CONFIG), expected, "cut {cut} of {CUTS}");
    }
}
