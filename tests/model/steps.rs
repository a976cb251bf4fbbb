//! Everything that can happen next.

use crate::rules::{Rule, Scope};
use crate::state::{Link, Origin, Parcel, Parent, Received, Saved, State, Word, each, last};
use std::fmt;

/// A thing that happens, to a device or with its rows, or to the router or the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    // What the nodes do by themselves.
    AttachToRouter,
    SendNext,
    SendAll,
    Received,
    SavedLate,
    Acknowledged,
    Told,
    Uplink,
    Forward,
    ServerReceived,
    ServerSavedLate,
    RouterAcknowledged,
    RouterTold,
    /// Nothing moves any more.
    Quiet,
}

/// What happens to each device, and what happens once.
const OF_DEVICE: &[Act] = &[
    Act::Insert,
    Act::DeepPush,
    Act::Clear,
    Act::LinkLost,
    Act::AttachToServer,
    Act::DeviceCrash,
    Act::DeviceBackup,
    Act::DeviceRestored,
    Act::CustodyTimeout,
];
const OF_ROWS: &[Act] = &[Act::Update, Act::Delete, Act::ServerDelete];
const OF_NODES: &[Act] = &[
    Act::UplinkLost,
    Act::RouterCrash,
    Act::RouterBackup,
    Act::RouterRestored,
    Act::RouterMadeAnew,
    Act::ServerCrash,
    Act::ServerBackup,
    Act::ServerRestored,
];
const PROGRESS: &[Act] = &[
    Act::AttachToRouter,
    Act::SendNext,
    Act::SendAll,
    Act::Received,
    Act::SavedLate,
    Act::Acknowledged,
    Act::Told,
    Act::Forward,
    Act::ServerReceived,
    Act::ServerSavedLate,
    Act::RouterAcknowledged,
    Act::RouterTold,
];

#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Action {
    pub act: Act,
    pub device: u8,
    pub row: u8,
}

/// Stands before the first step, and behind the last one when all is quiet.
pub const END: Action = Action { act: Act::Quiet, device: 0, row: 0 };

/// Time-outs of custody after which all has to be confirmed, if nothing else happens.
const PATIENCE: usize = 4;

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.act {
            act if OF_NODES.contains(&act) || matches!(act, Act::Uplink | Act::Quiet) => write!(f, "{act:?}"),
            act if OF_ROWS.contains(&act) => write!(f, "{act:?}(device {}, write {})", self.device, self.row),
            act => write!(f, "{act:?}(device {})", self.device),
        }
    }
}

/// A step is not possible, or leads somewhere, or breaks a promise on its way.
type Step = Option<Result<State, &'static str>>;

/// Calls `visit` with every step from a state; says whether the nodes had anything to do by themselves.
pub fn successors(scope: &Scope, state: &State, mut visit: impl FnMut(Action, Result<State, &'static str>)) {
    let mut moves = false;
    let mut attempt = |act: Act, device: usize, row: usize| {
        let action = Action { act, device: device as u8, row: row as u8 };
        let found = step(scope, state, action).filter(|next| *next != Ok(*state));
        found.map(|next| visit(action, next)).is_some()
    };
    for device in 0..scope.devices {
        for act in PROGRESS {
            moves |= attempt(*act, device, 0);
        }
        for act in OF_DEVICE {
            attempt(*act, device, 0);
        }
        let origin = &state.origin[device];
        for row in each(origin.device.rows | origin.received.rows) {
            for act in OF_ROWS {
                attempt(*act, device, row);
            }
        }
    }
    moves |= attempt(Act::Uplink, 0, 0);
    for act in OF_NODES {
        attempt(*act, 0, 0);
    }
    if !moves {
        rest(scope, state, visit);
    }
}

/// Nothing moves: custody that is still not confirmed times out; where there is none, the end has to be right.
fn rest(scope: &Scope, state: &State, mut visit: impl FnMut(Action, Result<State, &'static str>)) {
    let waiting = |s: &State| s.origin.iter().any(|o| o.device.custody > o.device.confirmed);
    if !waiting(state) || !scope.on(Rule::Confirm) {
        return state.check_quiet().err().into_iter().for_each(|what| visit(END, Err(what)));
    }
    for device in 0..scope.devices {
        let mut next = *state;
        if next.origin[device].time_out(scope) {
            visit(Action { act: Act::CustodyTimeout, device: device as u8, row: 0 }, Ok(next));
        }
    }
    let mut later = *state;
    for _ in 0..PATIENCE {
        for origin in &mut later.origin {
            origin.time_out(scope);
        }
        later = settled(scope, later);
    }
    if waiting(&later) {
        visit(END, Err("custody times out again and again, and nothing ever arrives"));
    }
}

/// What the nodes do until they have nothing more to do.
fn settled(scope: &Scope, mut state: State) -> State {
    let acts = || {
        PROGRESS
            .iter()
            .flat_map(|act| (0..scope.devices as u8).map(|device| Action { act: *act, device, row: 0 }))
            .chain([Action { act: Act::Uplink, ..END }])
    };
    let next = |state: &State| acts().find_map(|a| step(scope, state, a)?.ok().filter(|next| next != state));
    for _ in 0..1000 {
        let Some(later) = next(&state) else { break };
        state = later;
    }
    state
}

/// One step; also used to replay a trace.
pub fn step(scope: &Scope, state: &State, action: Action) -> Step {
    let mut next = *state;
    let device = usize::from(action.device);
    let done = match action.act {
        Act::Quiet => None,
        act if OF_NODES.contains(&act) || act == Act::Uplink => node(scope, &mut next, act),
        act if OF_ROWS.contains(&act) => rows(scope, &mut next, act, device, usize::from(action.row)),
        Act::Insert
        | Act::DeepPush
        | Act::Clear
        | Act::DeviceCrash
        | Act::DeviceBackup
        | Act::DeviceRestored
        | Act::CustodyTimeout => application(scope, &mut next, action.act, device),
        Act::Forward | Act::ServerReceived | Act::ServerSavedLate | Act::RouterAcknowledged | Act::RouterTold => {
            upward(scope, &mut next, action.act, device)
        }
        act => link(scope, &mut next, act, device),
    };
    match done? {
        Ok(()) => Some(next.check().map(|()| next)),
        Err(what) => Some(Err(what)),
    }
}

type Done = Option<Result<(), &'static str>>;

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
            spend(&mut budget.timeouts)?;
            return origin.time_out(scope).then_some(Ok(()));
        }
        Act::DeviceCrash => {
            spend(&mut budget.crashes)?;
            origin.device.opened = true;
            origin.link = Link::default();
        }
        Act::DeviceBackup => {
            (budget.restores > 0 && !saved).then_some(())?;
            origin.saved = Saved::Device(origin.device);
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
    let (uplink, router) = (state.uplink, state.router);
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
            let parcel = std::mem::take(&mut origin.link.unsaved);
            return store(scope, origin, parcel);
        }
        Act::Acknowledged if origin.link.ack != 0 => origin.acknowledged(router),
        Act::Told => {
            let word = match to {
                Parent::Server => origin.received.word(scope, &origin.history),
                Parent::Router if uplink || origin.word != Word::default() => origin.word,
                _ => return None,
            };
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
    let idle = state.uplink && state.origin.iter().all(|o| !o.flying && !o.flown);
    let uplink = state.uplink;
    let origin = &mut state.origin[device];
    let head = origin.custody.queue[0];
    match act {
        Act::Forward if idle && head.range != 0 => origin.flying = true,
        Act::ServerReceived if origin.flying && origin.unsaved.range == 0 => {
            (origin.flying, origin.flown) = (false, true);
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
        Act::RouterTold if uplink => origin.word = origin.received.word(scope, &origin.history),
        _ => return None,
    }
    Some(Ok(()))
}

/// What happens to the router and to the server.
fn node(_scope: &Scope, state: &mut State, act: Act) -> Done {
    let (saved, restores) = (state.saved(), state.budget.restores > 0);
    match act {
        Act::Uplink if !state.uplink => state.uplink = true,
        Act::UplinkLost if state.uplink => state.lose_uplink(),
        Act::RouterCrash => {
            spend(&mut state.budget.crashes)?;
            state.stop_router();
        }
        Act::RouterBackup if restores && !saved => state.origin.iter_mut().for_each(|o| o.saved = Saved::Router(o.custody)),
        Act::RouterRestored | Act::RouterMadeAnew => {
            let anew = act == Act::RouterMadeAnew;
            let backup = matches!(state.origin[0].saved, Saved::Router(_));
            (backup || anew && !saved).then_some(())?;
            spend(&mut state.budget.restores)?;
            state.stop_router();
            state.router += u8::from(anew);
            state.origin.iter_mut().for_each(|o| o.replace_router(anew));
        }
        Act::ServerCrash => {
            spend(&mut state.budget.crashes)?;
            state.stop_server();
        }
        Act::ServerBackup if restores && !saved => state.origin.iter_mut().for_each(|o| o.saved = Saved::Server(o.received)),
        Act::ServerRestored if matches!(state.origin[0].saved, Saved::Server(_)) => {
            spend(&mut state.budget.restores)?;
            state.stop_server();
            state.origin.iter_mut().for_each(Origin::restore_server);
        }
        _ => return None,
    }
    Some(Ok(()))
}

impl Origin {
    /// Says whether there was something to give up.
    fn time_out(&mut self, scope: &Scope) -> bool {
        let waits = self.device.custody > self.device.confirmed && scope.on(Rule::Confirm);
        if waits {
            self.end_custody(scope);
        }
        waits
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

    fn lose_uplink(&mut self) {
        self.uplink = false;
        self.origin.iter_mut().for_each(|o| (o.flying, o.flown) = (false, false));
    }

    fn stop_router(&mut self) {
        self.lose_uplink();
        for origin in &mut self.origin {
            origin.word = Word::default();
            if origin.link.to == Parent::Router {
                origin.link = Link::default();
            }
        }
    }

    fn stop_server(&mut self) {
        self.lose_uplink();
        for origin in &mut self.origin {
            origin.unsaved = Parcel::default();
            if origin.link.to == Parent::Server {
                origin.link = Link::default();
            }
        }
    }
}
