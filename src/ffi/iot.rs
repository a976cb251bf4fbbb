//! Communicators, connections and replicators behind their handles.

use super::ctypes::{Opaque, mco_iot_comm_h, mco_iot_connection_h, mco_iot_replicator_h};
use super::slots::{Kind, Slots};
use crate::base::{Code, LinkId, Result, fail};
use crate::fabric::{Communicator, PeerConnection, Pinned, Replicator};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::ffi::CString;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

static COMMUNICATORS: Slots<Comm> = Slots::new(Kind::Communicator);
static CONNECTIONS: Slots<Link> = Slots::new(Kind::Connection);
static REPLICATORS: Slots<Repl> = Slots::new(Kind::Replicator);

/// Handles of ended connections are looked for when so many handles are there.
const SWEEP_AT: usize = 64;

/// A communicator with the handles of its connections.
pub(crate) struct Comm {
    pub(crate) communicator: Communicator,
    /// Its own handle; 0 only while it is made.
    handle: AtomicUsize,
    links: Mutex<Links>,
}

struct Links {
    handles: BTreeMap<LinkId, usize>,
    sweep_at: usize,
}

/// A connection: one handle for as long as it lives. The pins are those of find and next.
pub(crate) struct Link {
    connection: Weak<PeerConnection>,
    pub(crate) id: LinkId,
    pub(crate) comm: usize,
    pub(crate) address: CString,
    pins: Mutex<Vec<Pinned>>,
}

/// A replicator.
pub(crate) struct Repl {
    pub(crate) replicator: Replicator,
    pub(crate) comm: usize,
}

/// Whether a communicator or replicator exists.
pub(crate) fn exist() -> bool {
    !COMMUNICATORS.is_empty() || !REPLICATORS.is_empty()
}

/// A handle for a new communicator.
pub(crate) fn add_communicator(communicator: Communicator) -> Result<mco_iot_comm_h> {
    let links = Mutex::new(Links { handles: BTreeMap::new(), sweep_at: SWEEP_AT });
    let comm = Arc::new(Comm { communicator, handle: AtomicUsize::new(0), links });
    let Some(handle) = COMMUNICATORS.insert(comm.clone()) else { return fail(Code::E_NOMEM, "too many communicators") };
    comm.handle.store(handle, Ordering::Release);
    Ok(handle as mco_iot_comm_h)
}

/// The communicator behind a handle.
pub(crate) fn communicator(handle: mco_iot_comm_h) -> Result<Arc<Comm>> {
    COMMUNICATORS.get(handle as usize).or_else(|_| fail(Code::E_IOT_INVALID_HANDLE, "not a handle of a communicator"))
}

/// Ends the handles of a stopped communicator and of its connections.
pub(crate) fn remove_communicator(handle: mco_iot_comm_h) -> Result<()> {
    let comm = communicator(handle)?;
    let handles: Vec<usize> = comm.links.lock().handles.values().copied().collect();
    // Pins that the program has forgotten: the last callbacks still see all handles.
    for link in handles.iter().filter_map(|handle| CONNECTIONS.get(*handle).ok()) {
        // Outside of the lock: the last pin runs onDestroy.
        let pins = std::mem::take(&mut *link.pins.lock());
        drop(pins);
    }
    let _ = COMMUNICATORS.remove(handle as usize);
    let handles = std::mem::take(&mut comm.links.lock().handles);
    handles.into_values().for_each(|handle| drop(CONNECTIONS.remove(handle)));
    Ok(())
}

/// A handle for a new replicator.
pub(crate) fn add_replicator(replicator: Replicator, comm: mco_iot_comm_h) -> Result<mco_iot_replicator_h> {
    let entry = Arc::new(Repl { replicator, comm: comm as usize });
    let Some(handle) = REPLICATORS.insert(entry) else { return fail(Code::E_NOMEM, "too many replicators") };
    Ok(handle as mco_iot_replicator_h)
}

/// The replicator behind a handle.
pub(crate) fn replicator(handle: mco_iot_replicator_h) -> Result<Arc<Repl>> {
    REPLICATORS.get(handle as usize).or_else(|_| fail(Code::E_IOT_INVALID_HANDLE, "not a handle of a replicator"))
}

/// Ends the handle of a replicator.
pub(crate) fn remove_replicator(handle: mco_iot_replicator_h) {
    let _ = REPLICATORS.remove(handle as usize);
}

/// Handle and connection that a handle stands for, while it lives.
pub(crate) fn connection(handle: *const Opaque) -> Result<(Arc<Link>, Arc<PeerConnection>)> {
    let link = CONNECTIONS.get(handle as usize).ok();
    let found = link.and_then(|link| link.connection.upgrade().map(|connection| (link, connection)));
    found.map_or_else(|| fail(Code::E_IOT_INVALID_HANDLE, "not a handle of a connection"), Ok)
}

/// Number of a connection of this communicator.
pub(crate) fn connection_of(comm: &Comm, handle: mco_iot_connection_h) -> Result<LinkId> {
    let (link, _) = connection(handle)?;
    if link.comm == comm.handle() {
        return Ok(link.id);
    }
    fail(Code::E_IOT_INVALID_HANDLE, "the connection belongs to another communicator")
}

/// One more pin on a connection that has one: that of a callback's time, or of this program.
pub(crate) fn pin(handle: mco_iot_connection_h) -> Result<()> {
    let (link, connection) = connection(handle)?;
    match connection.pin() {
        Some(pin) => link.pins.lock().push(pin),
        None => return fail(Code::E_IOT_INVALID_HANDLE, "the connection goes away: its onDestroy runs, or has run"),
    }
    Ok(())
}

/// Takes one pin off.
pub(crate) fn release(handle: mco_iot_connection_h) -> Result<()> {
    let (link, _) = connection(handle)?;
    // Outside of the lock: the last pin runs onDestroy.
    let pin = link.pins.lock().pop();
    if pin.is_some() { Ok(()) } else { fail(Code::E_IOT_INVALID_HANDLE, "the connection is not pinned by this program") }
}

impl Comm {
    /// Its own handle.
    pub(crate) fn handle(&self) -> usize {
        self.handle.load(Ordering::Acquire)
    }

    /// The handle of a connection; NULL when there are too many.
    pub(crate) fn link(&self, connection: &PeerConnection) -> mco_iot_connection_h {
        let mut links = self.links.lock();
        if let Some(handle) = links.handles.get(&connection.id()) {
            return *handle as mco_iot_connection_h;
        }
        links.sweep();
        let link = Link {
            connection: connection.weak(),
            id: connection.id(),
            comm: self.handle(),
            address: CString::new(connection.address()).unwrap_or_default(),
            pins: Mutex::default(),
        };
        let Some(handle) = CONNECTIONS.insert(Arc::new(link)) else { return std::ptr::null_mut() };
        links.handles.insert(connection.id(), handle);
        handle as mco_iot_connection_h
    }

    /// The handle of a connection, with one more pin.
    pub(crate) fn pinned(&self, pin: Option<Pinned>) -> mco_iot_connection_h {
        let Some(pin) = pin else { return std::ptr::null_mut() };
        let handle = self.link(&pin);
        if let Ok(link) = CONNECTIONS.get(handle as usize) {
            link.pins.lock().push(pin);
        }
        handle
    }
}

impl Links {
    /// Ends the handles of connections that are gone, now and then.
    fn sweep(&mut self) {
        if self.handles.len() < self.sweep_at {
            return;
        }
        let lives = |handle: usize| CONNECTIONS.get(handle).is_ok_and(|link| link.connection.strong_count() > 0);
        self.handles.retain(|_, handle| lives(*handle) || CONNECTIONS.remove(*handle).is_err());
        self.sweep_at = SWEEP_AT.max(2 * self.handles.len());
    }
}
