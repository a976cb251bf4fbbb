//! Everything that can happen next.
//!
//! What is said twice is left out. A crash takes what is in memory only: connections are lost by themselves, at any time and as often as may
//! be, so that a crash that takes them too is a crash and a lost connection. A router or a server that has all of its own on disk loses
//! nothing else, and such a crash does not count. A lost connection between router and server is made again at once: nothing has to go over
//! it. A parcel goes up when it arrives: until then the router keeps it as it is.

use crate::rules::{Rule, Scope};
use crate::state::{Device, Link, Origin, Parcel, Parent, Received, Saved, State, Word, last};
use std::fmt;

/// A thing that happens, to a device or with its rows, or to the router or the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    // What the applications and the world do.
    Insert,
    Update,
    Delete,
    ServerDelete,
    DeepPush,
    Clear,
    LinkLost,
    DeviceCrash,
    DeviceBackup,
    DeviceRestored,
    CustodyTimeout,
    UplinkLost,
    RouterCrash,
    RouterBackup,
    RouterRestored,
    RouterMadeAnew,
    ServerCrash,
    ServerBackup,
    ServerRestored,
    AttachToServer,
    /// The server speaks to a device, and the router has not passed it on yet.
    Said,
    // What the nodes do by themselves.
    AttachToRouter,
    SendNext,
    SendAll,
    Received,
    SavedLate,
    Acknowledged,
    Told,
    ServerReceived,
    ServerSavedLate,
    RouterAcknowledged,
}

impl Act {
    pub const ALL: [Act; 31] = {
        use Act::*;
        [
            Insert,
            Update,
            Delete,
            ServerDelete,
            DeepPush,
            Clear,
            LinkLost,
            DeviceCrash,
            DeviceBackup,
            DeviceRestored,
            CustodyTimeout,
            UplinkLost,
            RouterCrash,
            RouterBackup,
            RouterRestored,
            RouterMadeAnew,
            ServerCrash,
            ServerBackup,
            ServerRestored,
            AttachToServer,
            Said,
            AttachToRouter,
            SendNext,
            SendAll,
            Received,
            SavedLate,
            Acknowledged,
            Told,
            ServerReceived,
            ServerSavedLate,
            RouterAcknowledged,
        ]
    };

    /// It happens to the router or the server, and so to all.
    pub fn is_of_node(self) -> bool {
        (Act::UplinkLost..=Act::ServerRestored).contains(&self)
    }

    pub fn is_of_row(self) -> bool {
        (Act::Update..=Act::ServerDelete).contains(&self)
    }

    /// The nodes do it by themselves.
    pub fn is_progress(self) -> bool {
        self >= Act::AttachToRouter
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Action {
    pub act: Act,
    pub device: u8,
    pub row: u8,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.act {
            act if act.is_of_node() => write!(f, "{act:?}"),
            act if act.is_of_row() => write!(f, "{act:?}(device {}, write {})", self.device, self.row),
            act => write!(f, "{act:?}(device {})", self.device),
        }
    }
}

const _: () = assert!(Act::RouterAcknowledged as usize + 1 == Act::ALL.len(), "a step is forgotten");

/// The promise that a step breaks.
pub type Broken = &'static str;

/// Nothing if a step is not possible; then it has changed nothing.
type Done = Option<Result<(), Broken>>;

/// One step, and what cannot matter any more is forgotten.
pub fn step(scope: &Scope, state: &mut State, action: Action) -> Done {
    let done = take(scope, state, action);
    if done.is_some() {
        let lasting = state.budget.restores == 0;
        state.origin.iter_mut().for_each(|o| o.forget(scope, lasting));
    }
    done
}

fn take(scope: &Scope, state: &mut State, action: Action) -> Done {
    let Action { act, device, row } = action;
    let device = usize::from(device);
    match act {
        act if act.is_of_node() => node(state, act),
        act if act.is_of_row() => rows(scope, state, act, device, usize::from(row)),
        Act::Insert
        | Act::DeepPush
        | Act::Clear
        | Act::DeviceCrash
        | Act::DeviceBackup
        | Act::DeviceRestored
        | Act::CustodyTimeout => application(scope, state, act, device),
        Act::ServerReceived | Act::ServerSavedLate | Act::RouterAcknowledged | Act::Said => upward(scope, state, act, device),
        act => link(scope, state, act, device),
    }
}

/// Takes one from a budget, if there is one left.
fn spend(left: &mut u8) -> Option<()> {
    *left = left.checked_sub(1)?;
    Some(())
}

/// What an application does to one row.
fn rows(scope: &Scope, state: &mut State, act: Act, device: usize, row: usize) -> Done {
    let (origin, budget) = (&mut state.origin[device], &mut state.budget);
    let held = origin.device.rows & 1 << row != 0;
    match act {
        Act::Update if held => spend(&mut budget.updates).map(|()| origin.update(row)),
        Act::Delete if held => spend(&mut budget.deletes).map(|()| origin.delete(row)),
        Act::ServerDelete if origin.received.rows & 1 << row != 0 => {
            spend(&mut budget.server_deletes)?;
            origin.received.delete(scope, &origin.history, row);
            Some(Ok(()))
        }
        _ => None,
    }
}

/// What happens to a device.
fn application(scope: &Scope, state: &mut State, act: Act, device: usize) -> Done {
    let saved = state.saved();
    let (origin, budget) = (&mut state.origin[device], &mut state.budget);
    match act {
        Act::Insert => return spend(&mut budget.inserts).map(|()| origin.insert(scope)),
        Act::DeepPush => {
            spend(&mut budget.deep_pushes)?;
            origin.device.deep_until = origin.device.clock;
        }
        Act::Clear => {
            let rows = origin.clearable(scope);
            if let Err(what) = origin.may_clear(rows) {
                return Some(Err(what));
            }
            origin.device.rows &= !rows;
            origin.gone |= rows;
        }
        Act::CustodyTimeout => {
            (budget.timeouts > 0 && origin.time_out(scope)).then_some(())?;
            budget.timeouts -= 1;
        }
        Act::DeviceCrash if !origin.device.opened => {
            spend(&mut budget.crashes)?;
            origin.device.opened = true;
        }
        Act::DeviceBackup => {
            (budget.restores > 0 && !saved).then_some(())?;
            origin.saved = Saved::Device(Device { opened: true, ..origin.device });
        }
        Act::DeviceRestored => {
            let Saved::Device(backup) = origin.saved else { return None };
            spend(&mut budget.restores)?;
            origin.gone |= origin.history.between(origin.device.rows, 0, origin.device.custody);
            origin.device = backup;
            origin.device.opened = true;
            origin.link = Link::default();
            origin.saved = Saved::None;
        }
        _ => return None,
    }
    Some(Ok(()))
}

/// What happens between a device and its parent.
fn link(scope: &Scope, state: &mut State, act: Act, device: usize) -> Done {
    let router = state.router;
    let (origin, budget) = (&mut state.origin[device], &mut state.budget);
    let Link { to, sent, parcel, .. } = origin.link;
    let clock = origin.device.clock;
    let may_send = to != Parent::None && parcel.range == 0 && sent < clock;
    match act {
        Act::LinkLost if to != Parent::None => origin.link = Link::default(),
        Act::AttachToRouter if to == Parent::None => origin.attach(scope, router),
        Act::AttachToServer if to == Parent::None => {
            spend(&mut budget.moves)?;
            let word = origin.received.word(scope, &origin.history);
            if let Err(what) = origin.hear(scope, &word) {
                return Some(Err(what));
            }
            origin.open(Parent::Server);
        }
        Act::SendNext if may_send => origin.send(scope, sent + 1),
        Act::SendAll if may_send && clock > sent + 1 => origin.send(scope, clock),
        Act::Received if parcel.range != 0 => return received(scope, origin),
        Act::SavedLate if origin.link.unsaved.range != 0 => {
            let done = store(scope, origin, origin.link.unsaved)?;
            origin.link.unsaved = Parcel::default();
            return Some(done);
        }
        Act::Acknowledged if origin.link.ack != 0 => origin.acknowledged(router),
        Act::Told => {
            let now = || origin.received.word(scope, &origin.history);
            let word = match to {
                Parent::Server => now(),
                Parent::Router => origin.link.word.unwrap_or_else(now),
                Parent::None => return None,
            };
            origin.link.word = None;
            return Some(origin.hear(scope, &word));
        }
        _ => return None,
    }
    Some(Ok(()))
}

/// The parent takes a parcel: it commits, then acknowledges.
fn received(scope: &Scope, origin: &mut Origin) -> Done {
    let parcel = origin.link.parcel;
    if scope.on(Rule::CommitFirst) {
        let stored = store(scope, origin, parcel)?;
        if stored.is_err() {
            return Some(stored);
        }
    } else {
        (origin.link.unsaved.range == 0).then_some(())?;
        origin.link.unsaved = parcel;
    }
    origin.link.parcel = Parcel::default();
    origin.link.ack = last(parcel.range);
    Some(Ok(()))
}

fn store(scope: &Scope, origin: &mut Origin, parcel: Parcel) -> Done {
    if origin.link.to == Parent::Server {
        return Some(origin.received.apply(scope, &origin.history, parcel));
    }
    let place = origin.custody.queue[..scope.queue].iter_mut().find(|p| p.range == 0)?;
    *place = parcel;
    let upto = last(parcel.range);
    let epoch = origin.history.epoch_of(parcel.chain, upto);
    origin.custody.mark = epoch.map(|epoch| crate::state::Mark { epoch: epoch as u8, ts: upto });
    Some(Ok(()))
}

/// What happens between the router and the server with the rows of an origin.
fn upward(scope: &Scope, state: &mut State, act: Act, device: usize) -> Done {
    let idle = state.origin.iter().all(|o| !o.flown);
    let origin = &mut state.origin[device];
    let head = origin.custody.queue[0];
    match act {
        Act::ServerReceived if idle && head.range != 0 && origin.unsaved.range == 0 => {
            origin.flown = true;
            if scope.on(Rule::CommitFirst) {
                return Some(origin.received.apply(scope, &origin.history, head));
            }
            origin.unsaved = head;
        }
        Act::ServerSavedLate if origin.unsaved.range != 0 => {
            let parcel = std::mem::take(&mut origin.unsaved);
            return Some(origin.received.apply(scope, &origin.history, parcel));
        }
        Act::RouterAcknowledged if origin.flown => {
            origin.flown = false;
            origin.custody.queue.rotate_left(1);
            *origin.custody.queue.last_mut()? = Parcel::default();
        }
        Act::Said if origin.link.to == Parent::Router && origin.link.word.is_none() => {
            let word = origin.received.word(scope, &origin.history);
            // What is no news stays none: until another word is heard, only commits change the device, and no word speaks of those.
            origin.learns(scope, &word).then_some(())?;
            origin.link.word = Some(word);
        }
        _ => return None,
    }
    Some(Ok(()))
}

/// What happens to the router and to the server.
fn node(state: &mut State, act: Act) -> Done {
    let (saved, restores) = (state.saved(), state.budget.restores > 0);
    match act {
        Act::UplinkLost => state.lose_uplink(),
        Act::RouterCrash if state.unsaved(Parent::Router) => {
            spend(&mut state.budget.crashes)?;
            state.forget(Parent::Router);
        }
        Act::RouterBackup if restores && !saved => state.origin.iter_mut().for_each(|o| o.saved = Saved::Router(o.custody)),
        Act::RouterRestored | Act::RouterMadeAnew => {
            let anew = act == Act::RouterMadeAnew;
            let backup = matches!(state.origin[0].saved, Saved::Router(_));
            (backup || anew && !saved).then_some(())?;
            spend(&mut state.budget.restores)?;
            state.stop(Parent::Router);
            state.router += u8::from(anew);
            state.origin.iter_mut().for_each(|o| o.replace_router(anew));
        }
        Act::ServerCrash if state.unsaved(Parent::Server) => {
            spend(&mut state.budget.crashes)?;
            state.forget(Parent::Server);
        }
        Act::ServerBackup if restores && !saved => state.origin.iter_mut().for_each(|o| o.saved = Saved::Server(o.received)),
        Act::ServerRestored if matches!(state.origin[0].saved, Saved::Server(_)) => {
            spend(&mut state.budget.restores)?;
            state.stop(Parent::Server);
            state.origin.iter_mut().for_each(Origin::restore_server);
        }
        _ => return None,
    }
    Some(Ok(()))
}

impl Origin {
    /// Says whether there was something to give up.
    pub fn time_out(&mut self, scope: &Scope) -> bool {
        let waits = self.device.custody > self.device.confirmed && scope.on(Rule::Confirm);
        if waits {
            self.end_custody(scope);
        }
        waits
    }

    /// Whether a word changes anything.
    fn learns(&self, scope: &Scope, word: &Word) -> bool {
        let mut heard = *self;
        heard.hear(scope, word).is_err() || heard != *self
    }

    fn replace_router(&mut self, anew: bool) {
        let now = match std::mem::take(&mut self.saved) {
            Saved::Router(custody) if !anew => custody,
            _ => Default::default(),
        };
        let rows = |queue: &[Parcel]| queue.iter().fold(0, |mask, p| mask | p.rows);
        self.destroyed |= rows(&self.custody.queue) & !rows(&now.queue);
        self.custody = now;
    }

    fn restore_server(&mut self) {
        let Saved::Server(backup) = std::mem::take(&mut self.saved) else { return };
        let Received { rows, deleted, .. } = self.received;
        self.destroyed |= (rows | deleted) & !(backup.rows | backup.deleted);
        self.received = backup;
    }
}

impl State {
    fn saved(&self) -> bool {
        self.origin.iter().any(|o| o.saved != Saved::None)
    }

    /// Whether the backup that there is could as well be made now.
    pub fn may_save_later(&self) -> bool {
        self.saved()
            && self.origin.iter().all(|o| match o.saved {
                Saved::None => true,
                Saved::Device(device) => device == Device { opened: true, ..o.device },
                Saved::Router(custody) => custody == o.custody,
                Saved::Server(received) => received == o.received,
            })
    }

    fn lose_uplink(&mut self) {
        self.origin.iter_mut().for_each(|o| o.flown = false);
    }

    /// Whether a node has something in its memory only.
    fn unsaved(&self, node: Parent) -> bool {
        self.origin
            .iter()
            .any(|o| o.link.to == node && o.link.unsaved.range != 0 || node == Parent::Server && o.unsaved.range != 0)
    }

    fn forget(&mut self, node: Parent) {
        for origin in &mut self.origin {
            if origin.link.to == node {
                origin.link.unsaved = Parcel::default();
            }
            if node == Parent::Server {
                origin.unsaved = Parcel::default();
            }
        }
    }

    /// A node is stopped to be replaced: its connections and its memory are gone.
    fn stop(&mut self, node: Parent) {
        self.lose_uplink();
        self.forget(node);
        for origin in self.origin.iter_mut().filter(|o| o.link.to == node) {
            origin.link = Link::default();
        }
    }
}
