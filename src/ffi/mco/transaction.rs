//! Transactions.

use super::enums::MCO_TRANS_ISOLATION_LEVEL::{MCO_DEFAULT_ISOLATION_LEVEL, MCO_SERIALIZABLE};
use crate::base::{Code, Error, Result};
use crate::db::{Connection, Priority, TransactionKind};
use crate::ffi::boundary::{guard, guard_or, place};
use crate::ffi::ctypes::*;
use crate::ffi::runtime;
use crate::ffi::session::{session, transaction};
use std::ffi::c_int;
use std::ops::RangeInclusive;
use std::sync::atomic::Ordering;

const DEFAULT_LEVEL: c_int = MCO_DEFAULT_ISOLATION_LEVEL as c_int;
pub(crate) const SERIALIZABLE: c_int = MCO_SERIALIZABLE as c_int;
const PRIORITIES: RangeInclusive<i8> = -2..=2;

/// Starts a transaction; see mco_trans_start_ex.
/// Thread: the connection's; waits for the writer's place.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_trans_start(
    db: mco_db_h,
    trans_type: MCO_TRANS_TYPE,
    priority: MCO_TRANS_PRIORITY,
    trans: *mut mco_trans_h,
) -> MCO_RET {
    // SAFETY: the arguments are those of this call.
    unsafe { mco_trans_start_ex(db, trans_type, priority, DEFAULT_LEVEL, trans) }
}

/// Starts a transaction: MCO_READ_ONLY has its own snapshot and never waits; of the others there is one at a time, waiting
/// ones go by priority, then by arrival. Every isolation level is given as MCO_SERIALIZABLE. A second start on the same
/// connection gives the same handle and counts.
/// Codes: MCO_E_INVALID_HANDLE, MCO_E_ILLEGAL_PARAM, MCO_E_TRANS_NOT_CLOSED (this thread has a writing transaction open on
/// the same database, it would wait for itself), MCO_E_UPGRADE_FAILED, MCO_E_ACCESS (read-only database).
/// Thread: the connection's; waits for the writer's place.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_trans_start_ex(
    db: mco_db_h,
    trans_type: MCO_TRANS_TYPE,
    priority: MCO_TRANS_PRIORITY,
    isolation: MCO_TRANS_ISOLATION_LEVEL,
    trans: *mut mco_trans_h,
) -> MCO_RET {
    guard(|| {
        let session = session(db)?;
        let place = place(trans, "trans")?;
        let kind = TransactionKind::from_number(trans_type)?;
        check_level(isolation)?;
        let priority = i8::try_from(priority).ok().filter(|priority| PRIORITIES.contains(priority));
        let priority = Priority(priority.ok_or_else(|| illegal("the priority is not in -2..2"))?);
        Ok(place.set(session.begin(kind, priority)?))
    })
}

/// Checkpoints and commits; the handle has ended afterwards. MCO_S_DUPLICATE: a unique key is taken, everything is rolled
/// back. In error state: rolled back, the first code is returned.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_trans_commit(trans: mco_trans_h) -> MCO_RET {
    guard(|| transaction(trans)?.end(Connection::commit))
}

/// Takes everything back; the handle has ended afterwards. MCO_E_TRANS_NOT_ACTIVE: it had ended before.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_trans_rollback(trans: mco_trans_h) -> MCO_RET {
    guard(|| transaction(trans)?.end(Connection::rollback))
}

/// Makes a read-only or update transaction read-write. MCO_E_UPGRADE_FAILED: something was committed since its snapshot;
/// the transaction stays as it was.
/// Thread: the connection's; waits for the writer's place.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_trans_upgrade(trans: mco_trans_h) -> MCO_RET {
    guard(|| transaction(trans)?.end(Connection::upgrade))
}

/// Puts new and changed objects into the indexes. MCO_S_DUPLICATE: stopped at an object whose unique key is taken; it and
/// those after it stay pending, the transaction stays usable.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_trans_checkpoint(trans: mco_trans_h) -> MCO_RET {
    guard(|| transaction(trans)?.end(Connection::checkpoint))
}

/// First half of a commit: checkpoints and checks. Afterwards only mco_trans_commit_phase2 or mco_trans_rollback.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_trans_commit_phase1(trans: mco_trans_h) -> MCO_RET {
    guard(|| transaction(trans)?.end(Connection::commit_phase1))
}

/// Second half of a commit: makes it permanent. A MCO_E_DISK_ code: everything has been rolled back.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_trans_commit_phase2(trans: mco_trans_h) -> MCO_RET {
    guard(|| transaction(trans)?.end(Connection::commit_phase2))
}

/// Present type of a transaction.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_trans_type(trans: mco_trans_h, trans_type: *mut MCO_TRANS_TYPE) -> MCO_RET {
    guard(|| {
        let transaction = transaction(trans)?;
        let place = place(trans_type, "trans_type")?;
        Ok(place.set(transaction.info()?.kind as MCO_TRANS_TYPE))
    })
}

/// Number of a transaction, unique in this process.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_trans_no(trans: mco_trans_h, number: *mut mco_trans_counter_t) -> MCO_RET {
    guard(|| {
        let transaction = transaction(trans)?;
        let place = place(number, "number")?;
        Ok(place.set(transaction.info()?.number))
    })
}

/// Isolation of a transaction: always MCO_SERIALIZABLE.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_trans_isolation_level(trans: mco_trans_h, level: *mut MCO_TRANS_ISOLATION_LEVEL) -> MCO_RET {
    guard(|| {
        transaction(trans)?.info()?;
        Ok(place(level, "level")?.set(SERIALIZABLE))
    })
}

/// Sets the default level of the connection and returns the former one. Every transaction is serializable all the same.
/// MCO_SERIALIZABLE for a bad handle or level; it is also what MCO_DEFAULT_ISOLATION_LEVEL stands for.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_trans_set_default_isolation_level(
    db: mco_db_h,
    level: MCO_TRANS_ISOLATION_LEVEL,
) -> MCO_TRANS_ISOLATION_LEVEL {
    guard_or(SERIALIZABLE, || {
        check_level(level)?;
        let level = if level == DEFAULT_LEVEL { SERIALIZABLE } else { level };
        Ok(session(db)?.isolation.swap(level, Ordering::Relaxed))
    })
}

/// Mask of the levels that may be asked for: 4 with the transaction manager MURSIW, 7 with MVCC.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_trans_get_supported_isolation_levels() -> c_int {
    let mvcc = runtime::features().is_ok_and(|features| features.mvcc);
    if mvcc { 7 } else { 4 }
}

/// Code that put the transaction into the error state; MCO_S_OK when it is in none.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_get_last_error(trans: mco_trans_h) -> MCO_RET {
    guard(|| Ok(transaction(trans)?.info()?.error.unwrap_or(Code::S_OK)))
}

/// Every level is accepted and given as serializable.
fn check_level(level: c_int) -> Result<()> {
    if matches!(level, 0 | 1 | 2 | 4) { Ok(()) } else { Err(illegal("the isolation level is not 0, 1, 2 or 4")) }
}

fn illegal(text: &str) -> Error {
    Error { code: Code::E_ILLEGAL_PARAM, text: text.into() }
}
