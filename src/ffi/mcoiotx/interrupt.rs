//! Waits that the program calls off.

use crate::base::{Code, Interrupt, interrupt_with};
use crate::ffi::boundary::guard;
use crate::ffi::ctypes::*;
use std::ffi::{c_int, c_void};
use std::rc::Rc;

/// Whether the call that asks shall give up, see mco_iotx_interrupt_with; not 0: yes.
pub type mco_iotx_interrupt_t = Option<unsafe extern "C" fn(context: *mut c_void) -> c_int>;

/// Calls of this thread that wait for others ask from now on, ten times in a second: mco_trans_start, mco_async_event_wait,
/// mco_iotx_event_wait, mco_iot_replicator_connect, mco_iot_replicator_sync with MCO_IOT_SYNC_WAIT, mco_iot_comm_process_connections,
/// what a replicator does in its database: mco_iot_replicator_clear, its status, quarantine and gap records, mco_iotx_forget_agent,
/// and the ends that wait for callbacks: mco_iot_comm_stop, mco_iot_comm_destroy, mco_iot_replicator_stop, mco_iot_replicator_destroy.
/// At an answer other than 0 they give up with MCO_E_INTERRUPTED (process_connections: minus that): no transaction has started, the
/// attempt to connect has ended, what the sync would have moved waits for the next one, a clear and a stop go on by themselves (call
/// stop or destroy again to wait for the end; until destroy has returned MCO_S_OK the handle is valid). NULL ends it.
/// interrupted may call everything that the thread may. For programs that act on a signal outside of its handler.
/// Thread: any, for itself.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iotx_interrupt_with(interrupted: mco_iotx_interrupt_t, context: *mut c_void) -> MCO_RET {
    guard(|| {
        // SAFETY: by the rule of the interface `interrupted` may be called as long as it is set, on this thread.
        interrupt_with(interrupted.map(|asked| -> Interrupt { Rc::new(move || unsafe { asked(context) } != 0) }));
        Ok(Code::S_OK)
    })
}
