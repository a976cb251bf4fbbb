//! A proxy that forwards bytes between a client and a target, counts them, and can cut or stall a connection.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// Listens on a free port; every connection is forwarded to the target.
pub struct Proxy {
    pub port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    target: u16,
    /// Bytes forwarded in both directions, over all connections.
    forwarded: AtomicU64,
    /// Connections are cut when this many bytes have been forwarded.
    cut_at: AtomicU64,
    stalled: AtomicBool,
    closing: AtomicBool,
    open: Mutex<Vec<TcpStream>>,
}

impl Proxy {
    /// A proxy to a port of this machine that forwards everything.
    pub fn new(target: u16) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let shared = Arc::new(Shared {
            target,
            forwarded: AtomicU64::new(0),
            cut_at: AtomicU64::new(u64::MAX),
            stalled: AtomicBool::new(false),
            closing: AtomicBool::new(false),
            open: Mutex::default(),
        });
        let accepting = shared.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if accepting.closing.load(Ordering::SeqCst) {
                    return;
                }
                accepting.serve(&client);
            }
        });
        Proxy { port, shared }
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
    fn serve(self: &Arc<Self>, client: &TcpStream) {
        let Ok(server) = TcpStream::connect(("127.0.0.1", self.target)) else {
            let _ = client.shutdown(Shutdown::Both);
            return;
        };
        let copy = |s: &TcpStream| s.try_clone().expect("a descriptor");
        self.open.lock().expect("not poisoned").extend([copy(client), copy(&server)]);
        for (from, to) in [(copy(client), copy(&server)), (copy(&server), copy(client))] {
            let shared = self.clone();
            std::thread::spawn(move || shared.forward(from, to));
        }
    }

    fn forward(&self, mut from: TcpStream, mut to: TcpStream) {
        let mut buffer = [0; 4096];
        loop {
            let n = match from.read(&mut buffer) {
                Ok(n) if n > 0 => n,
                _ => break,
            };
            while self.stalled.load(Ordering::SeqCst) && !self.closing.load(Ordering::SeqCst) {
                std::thread::park_timeout(std::time::Duration::from_millis(1));
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
        let _ = to.shutdown(Shutdown::Write);
    }

    fn cut(&self) {
        close(std::mem::take(&mut *self.open.lock().expect("not poisoned")));
    }
}

fn close(streams: Vec<TcpStream>) {
    for stream in streams {
        let _ = stream.shutdown(Shutdown::Both);
    }
}
