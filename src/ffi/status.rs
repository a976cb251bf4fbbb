//! What waits, in the words of C.

use super::mcoiotx::enums::mco_iotx_reason_t;
use super::mcoiotx::mco_iotx_status_t;
use super::quarantine::fixed;
use crate::base::{Millis, Way};
use crate::fabric::{Reason, Replicator, Status};
use std::ffi::c_int;

/// One entry of a status.
pub(crate) fn describe(replicator: &Replicator, status: &Status) -> mco_iotx_status_t {
    mco_iotx_status_t {
        agent_id: status.agent.0,
        rows: status.rows,
        bytes: status.bytes,
        oldest_ms: status.oldest.0,
        in_flight: status.in_flight,
        acknowledged: status.acknowledged.0,
        confirmed: status.confirmed.0,
        last_ack_ms: status.last_ack.unwrap_or(Millis::INFINITE).0,
        up: (status.way == Way::Up).into(),
        reason: reason(status.reason) as c_int,
        class_code: status.class.unwrap_or(0),
        group: status.group.0,
        class_name: fixed(&status.class.map_or_else(String::new, |class| replicator.class_name(class))),
    }
}

fn reason(reason: Reason) -> mco_iotx_reason_t {
    use mco_iotx_reason_t as C;
    match reason {
        Reason::Nothing => C::MCO_IOTX_NOTHING,
        Reason::Sync => C::MCO_IOTX_SYNC,
        Reason::NotConnected => C::MCO_IOTX_NOT_CONNECTED,
        Reason::NoRoute => C::MCO_IOTX_NO_ROUTE,
        Reason::Standby => C::MCO_IOTX_STANDBY,
        Reason::Attaching => C::MCO_IOTX_ATTACHING,
        Reason::Sending => C::MCO_IOTX_SENDING,
        Reason::WindowFull => C::MCO_IOTX_WINDOW_FULL,
        Reason::Unacknowledged => C::MCO_IOTX_UNACKNOWLEDGED,
        Reason::ReceiverFull => C::MCO_IOTX_RECEIVER_FULL,
        Reason::TooLarge => C::MCO_IOTX_TOO_LARGE,
        Reason::Full => C::MCO_IOTX_FULL,
        Reason::Storage => C::MCO_IOTX_STORAGE,
        Reason::WriterHeld => C::MCO_IOTX_WRITER_HELD,
        Reason::ClassUnknown => C::MCO_IOTX_CLASS_UNKNOWN,
        Reason::FinalNode => C::MCO_IOTX_FINAL_NODE,
        Reason::Quarantine => C::MCO_IOTX_QUARANTINE,
    }
}
