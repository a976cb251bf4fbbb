//! Rows that are set aside, in the words of C.

use super::boundary::put_text;
use super::mcoiotx::mco_iotx_quarantine_t;
use crate::base::{EpochId, Identity};
use crate::db::Aside;
use crate::fabric::Replicator;
use std::ffi::c_char;

/// What C is told of a row.
pub(crate) fn describe(replicator: &Replicator, aside: &Aside) -> mco_iotx_quarantine_t {
    let reason = if aside.detail.is_empty() { aside.code.text() } else { &aside.detail };
    mco_iotx_quarantine_t {
        origin_db_id: aside.id.epoch.0,
        origin_agent_id: aside.origin.0,
        auto_oid: aside.id.oid.0,
        time_ms: aside.millis,
        class_code: aside.class,
        code: aside.code.0,
        class_name: fixed(&replicator.class_name(aside.class)),
        detail: fixed(reason),
    }
}

/// The identity that two numbers of C stand for.
pub(crate) fn identity(origin_db_id: u64, auto_oid: u64) -> Identity {
    Identity::new(EpochId(origin_db_id), auto_oid)
}

/// As [`identity`]; two zeros stand for all.
pub(crate) fn one_or_all(origin_db_id: u64, auto_oid: u64) -> Option<Identity> {
    (origin_db_id != 0 || auto_oid != 0).then(|| identity(origin_db_id, auto_oid))
}

pub(crate) fn fixed<const N: usize>(text: &str) -> [c_char; N] {
    let mut array = [0; N];
    // SAFETY: the array has room for N bytes. An empty array would stay empty.
    let _ = unsafe { put_text(text, array.as_mut_ptr(), N) };
    array
}
