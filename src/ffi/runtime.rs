//! State of the runtime: how often it was started, with what, and its options.

use super::mco::constants::MCO_RT_OPTION_LAST;
use super::{database, iot, trace};
use crate::base::{Code, Result, fail};
use parking_lot::Mutex;
use std::ffi::c_int;
use std::sync::atomic::{AtomicI32, Ordering};

/// What the runtime was started with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Features {
    /// File devices are allowed.
    pub(crate) disk: bool,
    /// The program asked for the transaction manager MVCC.
    pub(crate) mvcc: bool,
    /// Named devices are allowed.
    pub(crate) shmem: bool,
}

struct State {
    starts: u32,
    features: Features,
    iot: bool,
}

static STATE: Mutex<State> =
    Mutex::new(State { starts: 0, features: Features { disk: true, mvcc: false, shmem: true }, iot: false });

/// In the order of their numbers; the last one is the precision of datetime, one tick a second.
static OPTIONS: [AtomicI32; MCO_RT_OPTION_LAST] = {
    const fn none() -> AtomicI32 {
        AtomicI32::new(0)
    }
    [none(), none(), none(), none(), none(), none(), none(), none(), none(), AtomicI32::new(1)]
};

/// Counts a start; the first one decides about the features.
pub(crate) fn start(features: Option<Features>) -> Result<Code> {
    let mut state = STATE.lock();
    if state.starts == 0 {
        let from_environment = || Features {
            disk: true,
            mvcc: std::env::var("MCO_TMGR").is_ok_and(|name| name.eq_ignore_ascii_case("mvcc")),
            shmem: true,
        };
        state.features = features.unwrap_or_else(from_environment);
        trace::start();
    }
    state.starts = state.starts.saturating_add(1);
    Ok(Code::S_OK)
}

/// Takes a start back.
pub(crate) fn stop() -> Result<Code> {
    let mut state = STATE.lock();
    match state.starts {
        0 => return fail(Code::E_NOTINIT, "the runtime is not started: call mco_runtime_start first"),
        1 => {
            if let Some(name) = database::names().first() {
                return fail(Code::E_OPENED_SESSIONS, format!("database \"{name}\" is still open: close it first"));
            }
            if iot::exist() {
                return fail(Code::E_OPENED_SESSIONS, "a communicator or replicator still exists: destroy it first");
            }
            state.iot = false;
        }
        _ => {}
    }
    state.starts -= 1;
    Ok(Code::S_OK)
}

/// What the runtime was started with; `E_NOTINIT` before that.
pub(crate) fn features() -> Result<Features> {
    let state = STATE.lock();
    if state.starts == 0 {
        return fail(Code::E_NOTINIT, "the runtime is not started: call mco_runtime_start first");
    }
    Ok(state.features)
}

/// `mco_iot_init`.
pub(crate) fn init_iot() -> Result<Code> {
    features()?;
    STATE.lock().iot = true;
    Ok(Code::S_OK)
}

/// Whether `mco_iot_init` was called.
pub(crate) fn check_iot() -> Result<()> {
    if STATE.lock().iot { Ok(()) } else { fail(Code::E_IOT_NOT_INITIALIZED, "call mco_iot_init after mco_runtime_start") }
}

pub(crate) fn set_option(option: c_int, value: c_int) {
    if let Some(place) = usize::try_from(option).ok().and_then(|i| OPTIONS.get(i)) {
        place.store(value, Ordering::Relaxed);
    }
}

pub(crate) fn option(option: c_int) -> c_int {
    usize::try_from(option).ok().and_then(|i| OPTIONS.get(i)).map_or(0, |place| place.load(Ordering::Relaxed))
}

/// The options as C sees them.
pub(crate) fn options() -> *mut c_int {
    OPTIONS.as_ptr().cast_mut().cast()
}
