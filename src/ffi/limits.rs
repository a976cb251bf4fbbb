//! Bounds and gap records, in the words of C.

use super::boundary::put_text;
use super::mcoiotx::{mco_iotx_bound_t, mco_iotx_gap_t};
use crate::base::{Code, Millis, Result, fail};
use crate::db::{Bound, Policy, Told};
use crate::fabric::Replicator;

/// A bound that C has set; an age of `MCO_TM_INFINITE` is none.
pub(crate) fn bound(given: &mco_iotx_bound_t) -> Result<Bound> {
    let Some(policy) = Policy::of(given.policy.into()) else {
        return fail(Code::E_ILLEGAL_PARAM, format!("there is no policy {}; use one of mco_iotx_policy_t", given.policy));
    };
    let age = if given.max_age == u64::MAX { 0 } else { given.max_age };
    Ok(Bound { rows: given.max_rows, bytes: given.max_bytes, age: Millis(age), policy })
}

/// What C is told of a gap record.
pub(crate) fn describe(replicator: &Replicator, told: &Told) -> mco_iotx_gap_t {
    let gap = &told.gap;
    let mut class_name = [0; 64];
    // SAFETY: the array has room for its bytes. A class without a name leaves it empty.
    let _ = unsafe { put_text(&replicator.class_name(gap.class), class_name.as_mut_ptr(), class_name.len()) };
    mco_iotx_gap_t {
        agent_id: gap.agent.0,
        first: gap.first.0,
        last: gap.last.0,
        rows: gap.rows,
        time_ms: told.millis,
        class_code: gap.class,
        reason: gap.reason as _,
        class_name,
    }
}
