//! What `mcoiotx.h` declares: extensions of this library.
#![allow(non_camel_case_types)]

use super::boundary::{give_text, guard, place, text};
use super::ctypes::*;
use super::mcoiot::types::{mco_iot_agent_id_t, mco_iot_db_id_t};
use super::session::session;
use super::{iot, limits, object, quarantine, status, trace, version};
use crate::base::{AgentId, Code, Group, Millis};
use crate::fabric::AutoSync;
use std::ffi::{CStr, c_char, c_int, c_void};

pub mod enums;
mod event;
mod interrupt;

pub use event::*;
pub use interrupt::*;

/// A row of a peer that could not be applied here.
#[repr(C)]
pub struct mco_iotx_quarantine_t {
    /// With auto_oid the identity of the row, see mco_iotx_row_identity.
    pub origin_db_id: uint8,
    /// Agent whose row it is.
    pub origin_agent_id: uint8,
    /// Number of the row in its origin.
    pub auto_oid: uint8,
    /// When it was set aside, ms since 1970.
    pub time_ms: uint8,
    /// Class here.
    pub class_code: uint2,
    /// Why it could not be applied.
    pub code: MCO_RET,
    /// Name of the class, cut to fit.
    pub class_name: [c_char; 64],
    /// What stands in the way, in words, cut to fit.
    pub detail: [c_char; 128],
}

/// What goes on in an open database.
#[repr(C)]
pub struct mco_iotx_db_stat_t {
    /// Bytes that it may take; 0 = no limit.
    pub limit_bytes: uint8,
    /// Bytes of the pages that hold something.
    pub live_bytes: uint8,
    /// Bytes of all pages, the free ones too.
    pub map_bytes: uint8,
    /// Bytes that its files have on disk: the database and its log.
    pub file_bytes: uint8,
    /// ms since everything was durable last; 0 for a database in memory.
    pub last_flush_ms: uint8,
    /// ms since the oldest read-only transaction began; 0 without one.
    pub oldest_reader_ms: uint8,
    /// Read-only transactions that are open.
    pub readers: uint4,
    /// Transactions that wait for the writer's place.
    pub writers_waiting: uint4,
}

/// What a replicator syncs by itself; see mco_iotx_auto_sync. Fill it with mco_iotx_auto_sync_init first.
#[repr(C)]
pub struct mco_iotx_auto_sync_t {
    /// MCO_IOT_SYNC_PUSH, MCO_IOT_SYNC_PULL or both; MCO_IOT_SYNC_DEEP_ACK may be added. Default: both directions.
    pub flags: c_int,
    /// MCO_YES: with a node, as soon as it is connected. Default: MCO_YES.
    pub on_connect: mco_bool,
    /// MCO_YES: rows are cleared when they are acknowledged; on a device and a router those that went up, on a server those that
    /// went down. Default: MCO_NO.
    pub clear: mco_bool,
    /// So many ms after a commit of rows that travel; commits until then go together. MCO_TM_INFINITE: never. Default: 1000.
    pub after_commit: timer_unit,
    /// Again and again after so many ms. MCO_TM_INFINITE: never. Default: never.
    pub period: timer_unit,
}

/// How much of a class may wait to be acknowledged; 0 = no bound.
#[repr(C)]
pub struct mco_iotx_bound_t {
    /// Most rows.
    pub max_rows: uint8,
    /// Most bytes of their content.
    pub max_bytes: uint8,
    /// Longest time in ms, looked at when rows of the class are written; MCO_TM_INFINITE = no bound, too.
    pub max_age: timer_unit,
    /// What becomes of rows beyond.
    pub policy: mco_iotx_policy_t,
}

/// Rows that were given up. Some of them may have arrived before, or come later by another way.
#[repr(C)]
pub struct mco_iotx_gap_t {
    /// Whose rows; of downtables who should have got them, 0 = all.
    pub agent_id: uint8,
    /// First timestamp of them.
    pub first: uint8,
    /// Last timestamp of them.
    pub last: uint8,
    /// How many; 0 = not known.
    pub rows: uint8,
    /// When this database heard of it last, ms since 1970.
    pub time_ms: uint8,
    /// Class here; 0 = any, or one that is not known here.
    pub class_code: uint2,
    /// Why.
    pub reason: mco_iotx_gap_reason_t,
    /// Name of the class, cut to fit; "" for 0.
    pub class_name: [c_char; 64],
}

/// Called for each gap record; MCO_YES goes on, MCO_NO stops.
pub type mco_iotx_gap_enumerator_t =
    Option<unsafe extern "C" fn(repl: mco_iot_replicator_h, gap: *const mco_iotx_gap_t, context: *mut c_void) -> mco_bool>;

/// What waits of one class for one node, see mco_iotx_status.
#[repr(C)]
pub struct mco_iotx_status_t {
    /// The node for which the rows are; upwards the node above, or the server while there is none; for rows that are set aside
    /// (MCO_IOTX_QUARANTINE) their origin; for rows that are refused since there is no room here (MCO_IOTX_FULL, how many is
    /// not known) the node below.
    pub agent_id: uint8,
    /// Rows that wait.
    pub rows: uint8,
    /// Bytes of their contents, about.
    pub bytes: uint8,
    /// ms for which the oldest has waited.
    pub oldest_ms: uint8,
    /// Bytes that are on their way to the next node, in the whole stream.
    pub in_flight: uint8,
    /// Timestamp up to which the next node has everything.
    pub acknowledged: uint8,
    /// Timestamp up to which the final node has everything.
    pub confirmed: uint8,
    /// ms since the last acknowledgment; MCO_TM_INFINITE: none since the replicator was created.
    pub last_ack_ms: timer_unit,
    /// MCO_YES: upwards; MCO_NO: downwards.
    pub up: mco_bool,
    /// Why they wait.
    pub reason: mco_iotx_reason_t,
    /// Class; 0 for a stream for which nothing waits, and for what a router holds for others.
    pub class_code: uint2,
    /// Priority group, 0 to 7.
    pub group: uint1,
    /// Name of the class, cut to fit.
    pub class_name: [c_char; 64],
}

/// Called for each entry of a status; MCO_YES goes on, MCO_NO stops.
pub type mco_iotx_status_enumerator_t =
    Option<unsafe extern "C" fn(repl: mco_iot_replicator_h, status: *const mco_iotx_status_t, context: *mut c_void) -> mco_bool>;

/// Called for each row that is set aside; MCO_YES goes on, MCO_NO stops.
pub type mco_iotx_quarantine_enumerator_t =
    Option<unsafe extern "C" fn(repl: mco_iot_replicator_h, row: *const mco_iotx_quarantine_t, context: *mut c_void) -> mco_bool>;

/// What this thread's last failing call had to say: file and errno, class and field of a refused schema, the peer's words.
/// "" when it had nothing to say; never NULL; valid until the thread's next call.
/// Thread: any, each has its own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iotx_last_error() -> *const c_char {
    super::boundary::last_error_text()
}

/// Version of the library at run time as a text, "major.minor.patch"; MCO_IOTX_VERSION is that of the header.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iotx_version() -> *const c_char {
    version::TEXT.as_ptr()
}

/// Real port of the listener with exactly this address string. MCO_S_NOTFOUND: there is none.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iotx_comm_get_listen_port(
    comm: mco_iot_comm_h,
    address: *const c_char,
    port: *mut c_int,
) -> MCO_RET {
    guard(|| {
        let comm = iot::communicator(comm)?;
        let place = place(port, "port")?;
        // SAFETY: by the rule of the interface `address` is NULL or a C string.
        let found = comm.communicator.listen_port(unsafe { text(address, "the address")? })?;
        Ok(place.set(found.into()))
    })
}

/// Pins the connection that a callback or an enumerator got, so that its handle stays valid when that returns: give it back with
/// mco_iot_connection_release. MCO_E_IOT_INVALID_HANDLE: its onDestroy runs or has run.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iotx_connection_pin(iotc: mco_iot_connection_h) -> MCO_RET {
    guard(|| {
        iot::pin(iotc)?;
        Ok(Code::S_OK)
    })
}

/// Own database id.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iotx_replicator_get_db_id(repl: mco_iot_replicator_h, id: *mut mco_iot_db_id_t) -> MCO_RET {
    guard(|| Ok(place(id, "id")?.set(iot::replicator(repl)?.replicator.db_id().0)))
}

/// Identity of a row, the same on every node: the epoch of its origin's history in which it was made, and its number there.
/// MCO_E_UNSUPPORTED: the class has no such number.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iotx_row_identity(object: *mut MCO_Hf, db_id: *mut uint8, auto_oid: *mut uint8) -> MCO_RET {
    guard(|| {
        let identity = object::read(object, 0, |connection, object| connection.identity(object))?;
        let (db_place, oid_place) = (place(db_id, "db_id")?, place(auto_oid, "auto_oid")?);
        db_place.set(identity.epoch.0);
        Ok(oid_place.set(identity.oid.0))
    })
}

/// Fills in the defaults. MCO_E_ILLEGAL_PARAM: NULL.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iotx_auto_sync_init(params: *mut mco_iotx_auto_sync_t) -> MCO_RET {
    guard(|| {
        let usual = AutoSync::default();
        Ok(place(params, "params")?.set(mco_iotx_auto_sync_t {
            flags: usual.flags.cast_signed(),
            on_connect: usual.on_connect.into(),
            clear: usual.clear.into(),
            after_commit: usual.after_commit.0,
            period: usual.period.0,
        }))
    })
}

/// Syncs by itself from now on, in place of what was set before; NULL ends that. The structure is copied. Nobody waits for
/// these syncs: what they bring about is told to the callbacks, and what cannot go now goes when it can.
/// MCO_E_ILLEGAL_PARAM: no direction, other flags, a period of 0, or nothing that would ever start it; MCO_E_IOT_INVALID_HANDLE; MCO_E_IOT_STOPPED.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iotx_auto_sync(repl: mco_iot_replicator_h, params: *const mco_iotx_auto_sync_t) -> MCO_RET {
    guard(|| {
        let repl = iot::replicator(repl)?;
        // SAFETY: NULL, or the caller's structure, which is only read.
        let params = unsafe { params.as_ref() }.map(|params| AutoSync {
            flags: params.flags.cast_unsigned(),
            on_connect: params.on_connect != 0,
            clear: params.clear != 0,
            after_commit: Millis(params.after_commit),
            period: Millis(params.period),
        });
        repl.replicator.auto_sync(params).map(|()| Code::S_OK)
    })
}

/// Calls fn for everything that waits, by receiver, way and class; then for each stream for which nothing waits, with class_code 0;
/// then for what is set aside here. What fn gets is valid during the call; fn may call everything in this header.
/// MCO_E_TRANS_NOT_CLOSED: the calling thread has a writing transaction open on the database; MCO_E_IOT_STOPPED.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iotx_status(
    repl: mco_iot_replicator_h,
    r#fn: mco_iotx_status_enumerator_t,
    context: *mut c_void,
) -> MCO_RET {
    guard(|| {
        let handle = repl;
        let repl = iot::replicator(repl)?;
        let function = r#fn.ok_or(Code::E_ILLEGAL_PARAM)?;
        for status in repl.replicator.status()? {
            let status = status::describe(&repl.replicator, &status);
            // SAFETY: by the rule of the interface the function may be called with these; the structure lives through the call.
            if unsafe { function(handle, &raw const status, context) } == 0 {
                break;
            }
        }
        Ok(Code::S_OK)
    })
}

/// The same as a text, a line for each, with NUL at the end; buf may be NULL when size is 0. needed (may be NULL): bytes that the text takes
/// with its NUL. MCO_S_OVERFLOW: buf is too short and has the beginning; other codes as mco_iotx_status.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iotx_status_text(
    repl: mco_iot_replicator_h,
    buf: *mut c_char,
    size: mco_size_t,
    needed: *mut mco_size_t,
) -> MCO_RET {
    guard(|| {
        let repl = iot::replicator(repl)?;
        if size > 0 {
            place(buf, "buf")?;
        }
        let text = repl.replicator.status_text()?;
        // SAFETY: by the rule of the interface the buffer has room for `size` bytes.
        unsafe { give_text(&text, buf, size, needed) }
    })
}

/// How many rows of peers are set aside because they could not be applied.
/// MCO_E_TRANS_NOT_CLOSED: the calling thread has a writing transaction open on the database; MCO_E_IOT_STOPPED.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iotx_quarantine_count(repl: mco_iot_replicator_h, n: *mut uint8) -> MCO_RET {
    guard(|| {
        let (repl, place) = (iot::replicator(repl)?, place(n, "n")?);
        Ok(place.set(repl.replicator.quarantine_count()?))
    })
}

/// Calls fn for each row that is set aside, the oldest first. What fn gets is valid during the call; fn may call everything
/// in this header. MCO_E_TRANS_NOT_CLOSED, MCO_E_IOT_STOPPED.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iotx_quarantine_enum(
    repl: mco_iot_replicator_h,
    r#fn: mco_iotx_quarantine_enumerator_t,
    context: *mut c_void,
) -> MCO_RET {
    guard(|| {
        let entry = iot::replicator(repl)?;
        let function = r#fn.ok_or(Code::E_ILLEGAL_PARAM)?;
        entry.replicator.enum_quarantine(&mut |aside| {
            let row = quarantine::describe(&entry.replicator, aside);
            // SAFETY: the program gave the function for this; the row lives during the call.
            unsafe { function(repl, &raw const row, context) != 0 }
        })?;
        Ok(Code::S_OK)
    })
}

/// Content of a row that is set aside: a JSON object of the fields that its sender fills, with a NUL. needed, which may be NULL,
/// gets the bytes it takes with its NUL. MCO_S_OVERFLOW: buf has no room for all of it, and got the beginning; buf may be NULL if
/// size is 0. MCO_S_NOTFOUND: no such row is set aside. MCO_E_TRANS_NOT_CLOSED, MCO_E_IOT_STOPPED.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iotx_quarantine_read(
    repl: mco_iot_replicator_h,
    origin_db_id: uint8,
    auto_oid: uint8,
    buf: *mut c_char,
    size: mco_size_t,
    needed: *mut mco_size_t,
) -> MCO_RET {
    guard(|| {
        let repl = iot::replicator(repl)?;
        if size > 0 {
            place(buf, "buf")?;
        }
        let row = repl.replicator.quarantine_row(quarantine::identity(origin_db_id, auto_oid))?;
        // SAFETY: by the rule of the interface the buffer has room for `size` bytes.
        unsafe { give_text(&row, buf, size, needed) }
    })
}

/// Tries to apply a row that is set aside, or all with 0, 0; that happens by itself when the row in its way changes.
/// The code of the first row that still cannot be applied, MCO_S_DUPLICATE for instance; MCO_S_NOTFOUND: no such row is set aside;
/// MCO_E_NOMEM, MCO_E_DISK_SPACE_EXHAUSTED; MCO_E_TRANS_NOT_CLOSED, MCO_E_IOT_STOPPED.
/// Thread: any; waits for the writer's place.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iotx_quarantine_retry(repl: mco_iot_replicator_h, origin_db_id: uint8, auto_oid: uint8) -> MCO_RET {
    guard(|| {
        iot::replicator(repl)?.replicator.quarantine_retry(quarantine::one_or_all(origin_db_id, auto_oid))?;
        Ok(Code::S_OK)
    })
}

/// Gives up a row that is set aside, or all with 0, 0. It has been acknowledged, so it comes again only if its origin changes it.
/// MCO_S_NOTFOUND: no such row is set aside; MCO_E_TRANS_NOT_CLOSED, MCO_E_IOT_STOPPED.
/// Thread: any; waits for the writer's place.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iotx_quarantine_drop(repl: mco_iot_replicator_h, origin_db_id: uint8, auto_oid: uint8) -> MCO_RET {
    guard(|| {
        iot::replicator(repl)?.replicator.quarantine_drop(quarantine::one_or_all(origin_db_id, auto_oid))?;
        Ok(Code::S_OK)
    })
}

/// Copies a database while it is used: everything that is committed at the start, in a new file at path, readable for its owner
/// alone and durable on return. Also of a database in memory; mco_db_open_dev opens the copy with the same schema.
/// MCO_E_DISK_OPEN: path exists or cannot be made; MCO_E_DISK_SPACE_EXHAUSTED, MCO_E_DISK_WRITE, MCO_E_DISK_SYNC: nothing is left there.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iotx_db_copy(db: mco_db_h, path: *const c_char) -> MCO_RET {
    guard(|| {
        let session = session(db)?;
        // SAFETY: by the rule of the interface `path` is NULL or a C string.
        let path = unsafe { text(path, "the path")? };
        session.run(|connection| connection.copy_to(path.as_ref()))?;
        Ok(Code::S_OK)
    })
}

/// Numbers of a database; waits for nobody.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iotx_db_stat(db: mco_db_h, stat: *mut mco_iotx_db_stat_t) -> MCO_RET {
    guard(|| {
        let (session, place) = (session(db)?, place(stat, "stat")?);
        let now = session.open.database.stat()?;
        Ok(place.set(mco_iotx_db_stat_t {
            limit_bytes: now.limit_bytes,
            live_bytes: now.live_bytes,
            map_bytes: now.map_bytes,
            file_bytes: now.file_bytes,
            last_flush_ms: now.last_flush_millis,
            oldest_reader_ms: now.oldest_reader_millis,
            readers: now.readers,
            writers_waiting: now.writers_waiting,
        }))
    })
}

/// Puts a class into a priority group, 0 (the usual one) to 7: what waits in a higher group is sent first. Order holds within a group.
/// Kept with the database. MCO_E_ILLEGAL_PARAM: no such class or group; MCO_E_ACCESS: the class has rows, or deleted ones that others
/// do not know of yet; MCO_E_TRANS_NOT_CLOSED.
/// Thread: the connection's; waits for the writer's place.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iotx_set_priority(db: mco_db_h, class_code: uint2, group: uint1) -> MCO_RET {
    guard(|| {
        session(db)?.run(|connection| connection.set_group(class_code, Group(group)))?;
        Ok(Code::S_OK)
    })
}

/// Bounds what waits to be acknowledged in a class that is sent from here: the rows of an uptable that no node above has, the rows of a
/// downtable that their receivers lack. Kept with the database; NULL or only zeros takes the bound away. What is dropped is told as a
/// gap record, here and on the server. MCO_E_ILLEGAL_PARAM: no such class or policy, or the class is not sent from here; MCO_E_NOMEM,
/// MCO_E_DISK_SPACE_EXHAUSTED: so much waits already that a full database has no room to begin counting; MCO_E_TRANS_NOT_CLOSED.
/// Thread: the connection's; waits for the writer's place.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iotx_set_bound(db: mco_db_h, class_code: uint2, bound: *const mco_iotx_bound_t) -> MCO_RET {
    guard(|| {
        let session = session(db)?;
        // SAFETY: by the rule of the interface `bound` is NULL or points to a structure.
        let bound = unsafe { bound.as_ref() }.map(limits::bound).transpose()?;
        session.run(|connection| connection.set_bound(class_code, bound))?;
        Ok(Code::S_OK)
    })
}

/// How many gap records there are: rows that were given up here or on nodes below, neighbours in one record.
/// MCO_E_TRANS_NOT_CLOSED: the calling thread has a writing transaction open on the database; MCO_E_IOT_STOPPED.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iotx_gap_count(repl: mco_iot_replicator_h, n: *mut uint8) -> MCO_RET {
    guard(|| {
        let (repl, place) = (iot::replicator(repl)?, place(n, "n")?);
        Ok(place.set(repl.replicator.gap_count()?))
    })
}

/// Calls fn for each gap record, by agent. What fn gets is valid during the call; fn may call everything in this header.
/// MCO_E_TRANS_NOT_CLOSED, MCO_E_IOT_STOPPED.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iotx_gap_enum(
    repl: mco_iot_replicator_h,
    r#fn: mco_iotx_gap_enumerator_t,
    context: *mut c_void,
) -> MCO_RET {
    guard(|| {
        let entry = iot::replicator(repl)?;
        let function = r#fn.ok_or(Code::E_ILLEGAL_PARAM)?;
        entry.replicator.enum_gaps(&mut |told| {
            let gap = limits::describe(&entry.replicator, told);
            // SAFETY: the program gave the function for this; the record lives during the call.
            unsafe { function(repl, &raw const gap, context) != 0 }
        })?;
        Ok(Code::S_OK)
    })
}

/// Forgets an agent that is gone for good: what is remembered of it, and on a server the rows addressed to it alone; common rows no longer
/// wait for it. Should it come back, it begins anew, and what it had of rows for it alone goes, also of cleared ones; one that is connected
/// through a router comes back at once. MCO_E_ACCESS: it is connected directly; MCO_E_IOT_AGENT_NOT_FOUND: it is not known;
/// MCO_E_TRANS_NOT_CLOSED, MCO_E_IOT_STOPPED.
/// Thread: any; waits for the writer's place.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iotx_forget_agent(repl: mco_iot_replicator_h, id: mco_iot_agent_id_t) -> MCO_RET {
    guard(|| {
        iot::replicator(repl)?.replicator.forget_agent(AgentId(id))?;
        Ok(Code::S_OK)
    })
}

/// Writes a line of the program into the trace: 0 fatal .. 6 everything; above the level of mco_trace_set_level nothing happens.
/// NULL is ignored. Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iotx_trace(level: c_int, line: *const c_char) {
    if !line.is_null() {
        // SAFETY: by the rule of the interface the line is NULL or a C string.
        trace::line(level, &unsafe { CStr::from_ptr(line) }.to_string_lossy());
    }
}
