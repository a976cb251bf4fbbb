//! Enumerators of `mcoiot.h`. The functions take and return these types as C int (`ctypes`).
#![allow(non_camel_case_types, missing_docs)]

/// Why a connection ended.
#[repr(C)]
pub enum mco_iot_stop_reason_t {
    MCO_IOT_STOP_REASON_NONE = 0,
    MCO_IOT_STOP_REASON_NETWORK_ERROR = 1,
    MCO_IOT_STOP_REASON_CALLBACK_FAILED = 2,
    MCO_IOT_STOP_REASON_IOT_STOPPED = 3,
    MCO_IOT_STOP_REASON_USER_REQUEST = 4,
}
