//! Statistics of classes and indexes, last automatic ids, events.

use super::types::mco_class_stat_t;
use crate::base::Millis;
use crate::ffi::boundary::{guard, guard_or, place};
use crate::ffi::ctypes::*;
use crate::ffi::event;
use crate::ffi::session::{session, transaction};
use std::ffi::c_int;

/// Statistics of one class; objects_num is exact. Unknown class: MCO_E_ILLEGAL_PARAM.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_class_stat_get(trans: mco_trans_h, class_code: uint2, stat: *mut mco_class_stat_t) -> MCO_RET {
    guard(|| {
        let transaction = transaction(trans)?;
        let place = place(stat, "stat")?;
        let objects = transaction.run(|connection| connection.count(class_code))?;
        Ok(place.set(estimate(objects, transaction.session.open.page_size)))
    })
}

/// Number of indexes of the database.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_index_stat_num(trans: mco_trans_h, number: *mut uint2) -> MCO_RET {
    guard(|| {
        let transaction = transaction(trans)?;
        transaction.info()?;
        let indexes = transaction.session.open.database.dictionary().indexes.len();
        Ok(place(number, "number")?.set(uint2::try_from(indexes).unwrap_or(uint2::MAX)))
    })
}

/// Objects in one index (X_i_index_no of the generated header). Unknown index: MCO_E_ILLEGAL_PARAM.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_index_get_size(trans: mco_trans_h, index: uint2, size: *mut mco_counter_t) -> MCO_RET {
    guard(|| {
        let transaction = transaction(trans)?;
        let place = place(size, "size")?;
        let count = transaction.run(|connection| connection.index_count(index))?;
        Ok(place.set(mco_counter_t::try_from(count).unwrap_or(mco_counter_t::MAX)))
    })
}

/// Index of the last MCO_S_DUPLICATE on this connection, -1 none.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_get_last_unique_violation_index(db: mco_db_h) -> c_int {
    guard_or(-1, || session(db)?.run(|connection| Ok(connection.last_unique_violation_index().map_or(-1, c_int::from))))
}

/// Last autoid given on this connection.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_get_last_autoid(db: mco_db_h, id: *mut uint8) -> MCO_RET {
    guard(|| {
        let session = session(db)?;
        Ok(place(id, "id")?.set(session.run(|connection| Ok(connection.last_autoid()))?))
    })
}

/// Waits until a transaction with this event (its number, see the generated header or mco_dyn_event) is committed, by whichever thread or
/// the replicator; what was committed before the call does not count. MCO_S_EVENT_RELEASED: the waits were ended. MCO_E_ILLEGAL_PARAM:
/// no such event; MCO_E_TRANS_NOT_CLOSED: the calling thread has a writing transaction open on the database and would wait for itself;
/// MCO_E_INVALID_HANDLE: also when the connection is ended, or the database killed, meanwhile.
/// Thread: any; other threads may use the connection meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_async_event_wait(db: mco_db_h, id: c_int) -> MCO_RET {
    guard(|| event::wait(db, id, Millis::INFINITE))
}

/// Ends the waits for one event, of all connections of the database. MCO_E_ILLEGAL_PARAM: no such event.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_async_event_release(db: mco_db_h, id: c_int) -> MCO_RET {
    guard(|| event::release(db, Some(id)))
}

/// Ends all waits of a database.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_async_event_release_all(db: mco_db_h) -> MCO_RET {
    guard(|| event::release(db, None))
}

/// One page an object, for want of a closer look.
fn estimate(objects: u64, page_size: u16) -> mco_class_stat_t {
    let objects = mco_counter_t::try_from(objects).unwrap_or(mco_counter_t::MAX);
    let pages = mco_counter32_t::try_from(objects).unwrap_or(mco_counter32_t::MAX);
    mco_class_stat_t {
        objects_num: objects,
        versions_num: pages,
        core_pages: pages,
        core_space: objects.saturating_mul(page_size.into()),
        ..mco_class_stat_t::default()
    }
}
