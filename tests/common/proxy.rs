//! A proxy that forwards bytes between a client and a target, counts them, and can be as bad as a network can: cut, stall, swallow what it
//! is given, lose one side.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// Listens on a free port; every connection is forwarded to the target.
pub struct Proxy {
    pub port: u16,
    shared: Arc<Shared>,
}

/// One of the two ends of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Who connects.
    Client,
    /// Who listens.
    Target,
}

struct Shared {
    target: AtomicU16,
    /// Bytes forwarded in both directions, over all connections.
    forwarded: AtomicU64,
    /// Connections are cut when this many bytes have been forwarded.
    cut_at: AtomicU64,
    stalled: AtomicBool,
    swallowing: AtomicBool,
    closing: AtomicBool,
    open: Mutex<Vec<Pair>>,
}

/// A connection: both sockets, and whether bytes of it were lost. Such a one never delivers anything again.
struct Pair {
    client: TcpStream,
    target: TcpStream,
    lost: Arc<AtomicBool>,
}

impl Proxy {
    /// A proxy to a port of this machine that forwards everything.
    pub fn new(target: u16) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let shared = Arc::new(Shared {
            target: AtomicU16::new(target),
            forwarded: AtomicU64::new(0),
            cut_at: AtomicU64::new(u64::MAX),
            stalled: AtomicBool::new(false),
            swallowing: AtomicBool::new(false),
            closing: AtomicBool::new(false),
            open: Mutex::default(),
        });
        let accepting = shared.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if accepting.closing.load(Ordering::SeqCst) {
                    return;
                }
                accepting.serve(client);
            }
        });
        Proxy { port, shared }
    }

    /// Where connections go from now on: a program that was started again listens on another port.
    pub fn aim(&self, target: u16) {
        self.shared.target.store(target, Ordering::SeqCst);
    }

    /// The next `bytes` bytes pass, then every connection is cut; `u64::MAX` for never.
    pub fn cut_after(&self, bytes: u64) {
        let now = self.shared.forwarded.load(Ordering::SeqCst);
        self.shared.cut_at.store(now.saturating_add(bytes), Ordering::SeqCst);
    }

    /// Cuts what is open now.
    pub fn cut(&self) {
        self.shared.cut();
    }

    /// While stalled nothing is forwarded, and soon nothing is read from either side.
    pub fn stall(&self, stalled: bool) {
        self.shared.stalled.store(stalled, Ordering::SeqCst);
    }

    /// While swallowing everything is taken and nothing delivered, not even the end of a connection. Connections that have lost bytes
    /// stay so.
    pub fn swallow(&self, swallowing: bool) {
        self.shared.swallowing.store(swallowing, Ordering::SeqCst);
    }

    /// One side of what is open now is gone, and the other is not told.
    pub fn lose(&self, side: Side) {
        for pair in self.shared.open.lock().expect("not poisoned").iter() {
            pair.lost.store(true, Ordering::SeqCst);
            let gone = if side == Side::Client { &pair.client } else { &pair.target };
            let _ = gone.shutdown(Shutdown::Both);
        }
    }

    /// Bytes forwarded so far.
    pub fn forwarded(&self) -> u64 {
        self.shared.forwarded.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.closing.store(true, Ordering::SeqCst);
        self.shared.cut();
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

impl Shared {
    fn serve(self: &Arc<Self>, client: TcpStream) {
        let Ok(target) = TcpStream::connect(("127.0.0.1", self.target.load(Ordering::SeqCst))) else {
            let _ = client.shutdown(Shutdown::Both);
            return;
        };
        let copy = |s: &TcpStream| s.try_clone().expect("a descriptor");
        let lost = Arc::new(AtomicBool::new(false));
        for (from, to) in [(copy(&client), copy(&target)), (copy(&target), copy(&client))] {
            let (shared, lost) = (self.clone(), lost.clone());
            std::thread::spawn(move || shared.forward(from, to, &lost));
        }
        self.open.lock().expect("not poisoned").push(Pair { client, target, lost });
    }

    fn forward(&self, mut from: TcpStream, mut to: TcpStream, lost: &AtomicBool) {
        let mut buffer = [0; 4096];
        loop {
            let n = from.read(&mut buffer).unwrap_or(0);
            while self.stalled.load(Ordering::SeqCst) && !self.closing.load(Ordering::SeqCst) {
                std::thread::park_timeout(std::time::Duration::from_millis(1));
            }
            if self.swallowing.load(Ordering::SeqCst) {
                lost.store(true, Ordering::SeqCst);
            }
            if n == 0 {
                break;
            }
            if lost.load(Ordering::SeqCst) {
                continue;
            }
            let before = self.forwarded.fetch_add(n as u64, Ordering::SeqCst);
            let room = usize::try_from(self.cut_at.load(Ordering::SeqCst).saturating_sub(before)).unwrap_or(usize::MAX);
            if n >= room {
                self.cut_at.store(u64::MAX, Ordering::SeqCst);
                // Only what is open now: a connection made meanwhile must not be hit.
                let doomed = std::mem::take(&mut *self.open.lock().expect("not poisoned"));
                let _ = to.write_all(&buffer[..room]);
                close(doomed);
                return;
            }
            if to.write_all(&buffer[..n]).is_err() {
                break;
            }
        }
        if !lost.load(Ordering::SeqCst) {
            let _ = to.shutdown(Shutdown::Write);
        }
    }

    fn cut(&self) {
        close(std::mem::take(&mut *self.open.lock().expect("not poisoned")));
    }
}

fn close(pairs: Vec<Pair>) {
    for stream in pairs.iter().flat_map(|pair| [&pair.client, &pair.target]) {
        let _ = stream.shutdown(Shutdown::Both);
    }
}
