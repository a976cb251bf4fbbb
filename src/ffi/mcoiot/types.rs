//! Structures of `mcoiot.h`; the order of members is part of the interface.
#![allow(non_camel_case_types, missing_docs)]

use crate::ffi::ctypes::*;
use std::ffi::{c_int, c_void};

/// Who a node is: chosen by the user, unique in the whole tree.
pub type mco_iot_agent_id_t = uint8;

/// Which database a node has: random, made with the database and kept with it.
pub type mco_iot_db_id_t = uint8;

/// Parameters of a communicator; fill with mco_iot_comm_params_init first.
#[repr(C)]
pub struct mco_iot_comm_params_t {
    /// Threads that run callbacks = connections served in parallel; 0 = the application pumps.
    pub n_callback_threads: uint2,
    /// Default socket domain.
    pub sock_domain: MCO_SOCK_DOMAIN,
    /// Default TLS settings, a mco_ssl_params_t *; NULL = plain.
    pub ssl_params: *mut c_void,
    /// Longest wait for a write, ms; 0 = 10000.
    pub send_timeout: timer_unit,
    /// Longest silence of a peer and limit of the handshake, ms; 0 = 10000.
    pub recv_timeout: timer_unit,
    /// Backlog of listeners, 0 = the system's maximum.
    pub listen_queue_size: c_int,
    /// Accepted without effect.
    pub wakeup_port: uint2,
    /// Compression of what this side sends: 0 none, 1 (fast) to 9 (short), -1 default of the library.
    pub compression_level: c_int,
}

/// Parameters of a replicator; fill with mco_iot_replicator_params_init first.
#[repr(C)]
pub struct mco_iot_replicator_params_t {
    /// Most database connections that the replicator may hold, 0 = n_callback_threads + 2.
    pub conn_pool_size: uint2,
    /// Limit of a sync with MCO_IOT_SYNC_WAIT, ms.
    pub wait_timeout: timer_unit,
}

/// What a peer acknowledges.
#[repr(C)]
pub struct iot_ack_t {
    /// Ties the answer to a sync call.
    pub seq: uint8,
    /// Agent that sent the data.
    pub sender_agent_id: uint8,
    /// Its database id.
    pub sender_db_id: uint8,
    /// Agent that acknowledges.
    pub receiver_agent_id: uint8,
    /// Mark of private rows; uptable rows count as private.
    pub timestamp: uint8,
    /// Mark of common rows.
    pub timestamp_cmn: uint8,
    /// MCO_RET of the receiver, 0 = all applied.
    pub error_code: uint4,
    /// Sync flags that came with the data.
    pub flags: uint4,
}

/// Numbers of one connection.
#[repr(C)]
pub struct mco_iot_connection_stat_t {
    /// Address of the peer.
    pub inetaddr: mco_inetaddr_t,
    /// Port of the peer.
    pub port: c_int,
    /// Bytes on the wire.
    pub sent_bytes: uint8,
    /// Bytes on the wire.
    pub recv_bytes: uint8,
    /// Wire size in percent of the raw size, 100 = not compressed.
    pub sent_compression_ratio: uint2,
    /// Wire size in percent of the raw size, 100 = not compressed.
    pub recv_compression_ratio: uint2,
}

/// Reads from a stream; returns the bytes read, 0 at the end, negative on error.
pub type mco_stream_read = Option<unsafe extern "C" fn(handle: *mut c_void, to: *mut c_void, max: mco_size_t) -> mco_size_sig_t>;

/// The message that onReceive reports. Its content has been consumed: reading gives 0 bytes.
#[repr(C)]
pub struct mco_iot_read_stream_t {
    pub handle: *mut c_void,
    pub reader: mco_stream_read,
}

/// Callbacks of a communicator, initialised by position; NULL members are skipped. Each returns IOT_CALLBACK_OK or a
/// combination of IOT_CALLBACK_FAIL and IOT_CALLBACK_STOP. They run on callback threads, at most one at a time per connection.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct iot_comm_callback_t {
    /// Handshake complete.
    pub onConnect: Option<unsafe extern "C" fn(iotc: mco_iot_connection_h, context: *mut c_void) -> c_int>,
    /// A message with rows has been committed here.
    pub onReceive: Option<
        unsafe extern "C" fn(iotc: mco_iot_connection_h, stream: *mut mco_iot_read_stream_t, context: *mut c_void) -> c_int,
    >,
    /// The peer has acknowledged, and that is saved here.
    pub onAck: Option<unsafe extern "C" fn(iotc: mco_iot_connection_h, ack: *const iot_ack_t, context: *mut c_void) -> c_int>,
    /// The connection has ended.
    pub onDisconnect: Option<unsafe extern "C" fn(iotc: mco_iot_connection_h, context: *mut c_void) -> c_int>,
    /// Its last pin is gone.
    pub onDestroy: Option<unsafe extern "C" fn(iotc: mco_iot_connection_h, context: *mut c_void) -> c_int>,
}

/// Called for each connected peer; MCO_YES goes on, MCO_NO stops.
pub type mco_iot_agent_enumerator_t =
    Option<unsafe extern "C" fn(repl: mco_iot_replicator_h, iotc: mco_iot_connection_h, context: *mut c_void) -> mco_bool>;
