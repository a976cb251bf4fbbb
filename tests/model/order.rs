//! Which steps are looked at one behind the other: those that may wait, wait.
//!
//! Some steps change nothing that a promise speaks of, and what they do shows in few others only: a backup that nobody has put back, a
//! connection that is lost and not made again, a parcel that has not arrived. An execution with such a step is as good as the one in which it
//! comes later, as long as no step for which it matters lies between: both end in the same state, and all states between them that differ
//! do so in what no promise looks at. Moved as far back as it goes, the step stands right before one for which it matters, or at the end of
//! the execution, where it may as well be left out. So it is enough to look at these steps together, as one run: of all executions at least
//! one for each end is left. `rest` looks at the end only where nothing is left to do, and a step that the nodes would take by themselves
//! counts as left to do, whether it waits or not.
//!
//! That the table below names all steps for which another matters is not a matter of belief: `steps_that_wait_change_nothing_else` tries
//! every pair in every state of some scopes, looked through without waiting.

use crate::rules::{Rule, Scope};
use crate::state::{State, each};
use crate::steps::{Act, Action, Broken, step};

/// Time-outs of custody after which all has to be confirmed, if nothing else happens.
const PATIENCE: usize = 4;

/// The steps that may wait. Two that do not matter for each other are taken in the order of `Act`.
pub const WAITING: &[Act] = &[
    Act::LinkLost,
    Act::UplinkLost,
    Act::Said,
    Act::DeepPush,
    Act::DeviceCrash,
    Act::SendNext,
    Act::SendAll,
    Act::DeviceBackup,
    Act::RouterBackup,
    Act::ServerBackup,
];

/// Whether a step that may wait has to come before another of the same node.
pub fn matters(waiting: Act, act: Act) -> bool {
    use Act::*;
    let commits = matches!(act, Insert | Update | Delete);
    match waiting {
        LinkLost => matches!(act, AttachToRouter | AttachToServer),
        UplinkLost => act == ServerReceived,
        Said => matches!(act, ServerReceived | ServerRestored),
        DeepPush => commits || matches!(act, Clear | Told | DeviceBackup),
        DeviceCrash => commits,
        SendNext | SendAll => commits || matches!(act, Clear | Told | Received),
        DeviceBackup => {
            commits
                || matches!(act, Clear | Told | DeepPush | Acknowledged | CustodyTimeout | DeviceRestored)
                || matches!(act, AttachToRouter | AttachToServer)
        }
        RouterBackup => matches!(act, AttachToRouter | Received | SavedLate | RouterAcknowledged | RouterRestored),
        ServerBackup => {
            matches!(act, ServerDelete | Received | SavedLate | ServerReceived | ServerSavedLate | ServerRestored)
        }
        _ => false,
    }
}

/// Whether a step can be seen by another at all: what happens to one device is nothing to the other.
pub fn meets(a: Action, b: Action) -> bool {
    a.device == b.device || a.act.is_of_node() || b.act.is_of_node()
}

/// What is looked at behind some steps that have waited.
#[derive(Default)]
struct Branch {
    /// Runs that end with one more step, by number.
    ends: Vec<(u16, Action)>,
    /// More that has waited.
    branches: Vec<(Action, Branch)>,
    /// Whether all this is what the nodes do by themselves, and whether it makes a backup.
    progress: bool,
    saves: bool,
}

/// All runs of steps that a scope has.
pub struct Order {
    scope: Scope,
    runs: Vec<Vec<Action>>,
    root: Branch,
}

impl Order {
    pub fn new(scope: &Scope) -> Order {
        let mut order = Order { scope: *scope, runs: Vec::new(), root: Branch { progress: true, ..Branch::default() } };
        for last in scope.actions() {
            if !scope.waits || !WAITING.contains(&last.act) {
                order.add(vec![last]);
            }
        }
        order
    }

    /// Adds a run, and those that are longer by what may have waited for any of its steps.
    fn add(&mut self, run: Vec<Action>) {
        let scope = self.scope;
        for before in scope.actions().filter(|a| scope.waits && WAITING.contains(&a.act)) {
            let needs = |a: &Action| meets(before, *a) && matters(before.act, a.act);
            let in_order = run.len() == 1 || before.act < run[0].act || needs(&run[0]);
            if in_order && run.iter().any(needs) && !run.contains(&before) {
                self.add([&[before], run.as_slice()].concat());
            }
        }
        let mut branch = &mut self.root;
        let (last, waited) = run.split_last().expect("a run has a step");
        for action in waited {
            let place = branch.branches.iter().position(|(a, _)| a == action).unwrap_or_else(|| {
                let progress = branch.progress && action.act.is_progress();
                let saves = branch.saves || matches!(action.act, Act::DeviceBackup | Act::RouterBackup | Act::ServerBackup);
                branch.branches.push((*action, Branch { progress, saves, ..Branch::default() }));
                branch.branches.len() - 1
            });
            branch = &mut branch.branches[place].1;
        }
        branch.ends.push((self.runs.len() as u16, *last));
        self.runs.push(run);
    }

    /// Calls `visit` with every run of steps from a state, and where it leads.
    pub fn successors(&self, state: &State, mut visit: impl FnMut(Way, Result<&State, Broken>)) {
        let mut moves = self.walk(&self.root, state, state, &mut visit);
        // What waits and nobody was there to wait for is left to do all the same.
        moves = moves || self.scope.actions().any(|a| a.act.is_progress() && possible(&self.scope, state, a));
        if !moves {
            self.rest(state, visit);
        }
    }

    /// Says whether the nodes had anything to do by themselves.
    fn walk(&self, branch: &Branch, start: &State, state: &State, visit: &mut impl FnMut(Way, Result<&State, Broken>)) -> bool {
        let (mut next, mut moves) = (*state, false);
        for (run, last) in &branch.ends {
            for row in each(rows(state, *last)) {
                let action = Action { row: row as u8, ..*last };
                let Some(done) = step(&self.scope, &mut next, action) else { continue };
                let done = done.and_then(|()| next.check(action));
                let same = done.is_ok() && (next == *start || branch.saves && next.may_save_later());
                if !same {
                    moves |= branch.progress && action.act.is_progress();
                    visit(Way { run: *run, row: action.row }, done.map(|()| &next));
                }
                next = *state;
            }
        }
        for (waited, branch) in &branch.branches {
            if step(&self.scope, &mut next, *waited).is_some() {
                if next != *state {
                    moves |= self.walk(branch, start, &next, visit);
                }
                next = *state;
            }
        }
        moves
    }

    /// Nothing moves: custody that is still not confirmed times out; where there is none, the end has to be right.
    fn rest(&self, state: &State, mut visit: impl FnMut(Way, Result<&State, Broken>)) {
        let waiting = |s: &State| s.origin.iter().any(|o| o.device.custody > o.device.confirmed);
        if !waiting(state) || !self.scope.on(Rule::Confirm) {
            return state.check_quiet().err().into_iter().for_each(|what| visit(Way::END, Err(what)));
        }
        // Such a time-out costs nothing.
        let mut patient = *state;
        patient.budget.timeouts += 1;
        self.walk(&self.root, &patient, &patient, &mut |way, next| {
            if self.runs[usize::from(way.run)].last().is_some_and(|a| a.act == Act::CustodyTimeout) {
                visit(way, next);
            }
        });
        let mut later = *state;
        for _ in 0..PATIENCE {
            for origin in &mut later.origin {
                origin.time_out(&self.scope);
            }
            self.settle(&mut later);
        }
        if waiting(&later) {
            visit(Way::END, Err("custody times out again and again, and nothing ever arrives"));
        }
    }

    /// What the nodes do until they have nothing more to do.
    fn settle(&self, state: &mut State) {
        for _ in 0..1000 {
            let mut acts = self.scope.actions().filter(|a| a.act.is_progress());
            let Some(action) = acts.find(|a| possible(&self.scope, state, *a)) else { break };
            step(&self.scope, state, action);
        }
    }

    /// The steps of a way, one by one.
    pub fn steps(&self, way: Way) -> Vec<Action> {
        let Some(run) = self.runs.get(usize::from(way.run)) else {
            return Vec::new();
        };
        let last = Action { row: way.row, ..run[run.len() - 1] };
        [&run[..run.len() - 1], &[last]].concat()
    }
}

/// How a state was reached from the one before: by a run, its last step with this row.
#[derive(Clone, Copy)]
pub struct Way {
    run: u16,
    row: u8,
}

impl Way {
    /// Nowhere: where all begins, and where all is quiet.
    pub const END: Way = Way { run: u16::MAX, row: 0 };
}

/// The rows that a step may be about.
pub fn rows(state: &State, action: Action) -> u16 {
    let origin = &state.origin[usize::from(action.device)];
    if action.act.is_of_row() { origin.device.rows | origin.received.rows } else { 1 }
}

/// Whether a step can be taken and changes anything.
fn possible(scope: &Scope, state: &State, action: Action) -> bool {
    let mut next = *state;
    step(scope, &mut next, action).is_some_and(|done| done.is_err() || next != *state)
}

impl Scope {
    /// Everything that can happen in it.
    pub fn actions(&self) -> impl Iterator<Item = Action> + use<> {
        let devices = self.devices as u8;
        let of = move |act: Act| 0..if act.is_of_node() { 1 } else { devices };
        Act::ALL.into_iter().flat_map(move |act| of(act).map(move |device| Action { act, device, row: 0 }))
    }
}
