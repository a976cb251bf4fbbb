//! Handlers of events in generated code.

use super::types::{mco_gen_call_t, mco_gen_function_t};
use crate::base::{Code, fail};
use crate::db::{HandlerId, Moment};
use crate::ffi::boundary::guard;
use crate::ffi::ctypes::*;
use crate::ffi::event;
use crate::ffi::session::transaction;
use std::ffi::{c_int, c_void};

/// mco_register_E_handler; call knows the type of the handler. when: MCO_HANDLING_ORDER of an update.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_register(
    t: mco_trans_h,
    id: c_int,
    call: mco_gen_call_t,
    handler: mco_gen_function_t,
    param: *mut c_void,
    when: c_int,
) -> MCO_RET {
    guard(|| {
        let transaction = transaction(t)?;
        let (Some(call), Some(function)) = (call, handler) else {
            return fail(Code::E_ILLEGAL_PARAM, "the handler is NULL");
        };
        let moment = match when {
            0 => Moment::Before,
            1 => Moment::After,
            _ => return fail(Code::E_ILLEGAL_PARAM, "a handler runs MCO_BEFORE_UPDATE or MCO_AFTER_UPDATE"),
        };
        let id = event::event(id)?;
        let Some(kind) = transaction.session.open.database.dictionary().event(id).map(|event| event.kind) else {
            return fail(Code::E_ILLEGAL_PARAM, format!("the schema has no event {id}"));
        };
        let name = HandlerId { function: function as usize, parameter: param as usize };
        let handler = event::handler(&transaction.session.open, kind, call, function, param as usize);
        transaction.run(|connection| connection.register(id, name, moment, handler))?;
        Ok(Code::S_OK)
    })
}

/// mco_unregister_E_handler: takes it back, with whatever parameter it was registered.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_unregister(t: mco_trans_h, id: c_int, handler: mco_gen_function_t) -> MCO_RET {
    guard(|| {
        let function = handler.map_or(0, |function| function as usize);
        transaction(t)?.run(|connection| connection.unregister(event::event(id)?, function))?;
        Ok(Code::S_OK)
    })
}
