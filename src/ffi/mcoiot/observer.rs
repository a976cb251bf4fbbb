//! The callbacks of a program as an observer of the communicator.

use super::types::{iot_ack_t, iot_comm_callback_t, mco_iot_read_stream_t};
use crate::fabric::{AckInfo, Observer, PeerConnection, Verdict};
use crate::ffi::ctypes::*;
use crate::ffi::iot::Comm;
use std::ffi::{c_int, c_void};
use std::ptr::null_mut;
use std::sync::Weak;

/// One entry of the chain.
pub(crate) struct Callbacks {
    pub(crate) functions: iot_comm_callback_t,
    /// The program's context; only handed back.
    pub(crate) context: usize,
    pub(crate) comm: Weak<Comm>,
}

impl Callbacks {
    fn handle(&self, connection: &PeerConnection) -> mco_iot_connection_h {
        self.comm.upgrade().map_or(null_mut(), |comm| comm.link(connection))
    }

    fn context(&self) -> *mut c_void {
        self.context as *mut c_void
    }
}

impl Observer for Callbacks {
    fn on_connect(&self, connection: &PeerConnection) -> Verdict {
        let Some(function) = self.functions.onConnect else { return Verdict::OK };
        // SAFETY: the program registered the function for this; the handle is a checked value.
        verdict(unsafe { function(self.handle(connection), self.context()) })
    }

    fn on_receive(&self, connection: &PeerConnection, _rows: u32) -> Verdict {
        let Some(function) = self.functions.onReceive else { return Verdict::OK };
        let mut stream = mco_iot_read_stream_t { handle: null_mut(), reader: Some(consumed) };
        // SAFETY: the program registered the function for this; the stream lives during the call.
        verdict(unsafe { function(self.handle(connection), &raw mut stream, self.context()) })
    }

    fn on_ack(&self, connection: &PeerConnection, ack: &AckInfo) -> Verdict {
        let Some(function) = self.functions.onAck else { return Verdict::OK };
        let ack = iot_ack_t {
            seq: ack.seq,
            sender_agent_id: ack.sender.0,
            sender_db_id: ack.sender_db.0,
            receiver_agent_id: ack.receiver.0,
            timestamp: ack.private.0,
            timestamp_cmn: ack.common.0,
            error_code: ack.code.0.cast_unsigned(),
            flags: ack.flags,
        };
        // SAFETY: the program registered the function for this; the structure lives during the call.
        verdict(unsafe { function(self.handle(connection), &raw const ack, self.context()) })
    }

    fn on_disconnect(&self, connection: &PeerConnection) -> Verdict {
        let Some(function) = self.functions.onDisconnect else { return Verdict::OK };
        // SAFETY: the program registered the function for this; the handle is a checked value.
        verdict(unsafe { function(self.handle(connection), self.context()) })
    }

    fn on_destroy(&self, connection: &PeerConnection) -> Verdict {
        let Some(function) = self.functions.onDestroy else { return Verdict::OK };
        // SAFETY: the program registered the function for this; the handle is a checked value.
        verdict(unsafe { function(self.handle(connection), self.context()) })
    }
}

/// The content of a message has been consumed when a callback sees it.
unsafe extern "C" fn consumed(_handle: *mut c_void, _to: *mut c_void, _max: mco_size_t) -> mco_size_sig_t {
    0
}

fn verdict(answer: c_int) -> Verdict {
    Verdict(answer.cast_unsigned())
}
