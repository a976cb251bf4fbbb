//! Functions of an event.

use super::function::Function;
use super::naming::Naming;
use crate::schema::cname;
use crate::schema::dictionary::{Class, Event, EventKind};

/// Registering and taking back.
pub(super) fn event_functions(naming: &Naming<'_>, event: &Event, number: u16) -> Vec<Function> {
    let name = naming.global(&event.name);
    let handler = format!("mco_{name}_handler handler");
    let update = matches!(event.kind, EventKind::Update | EventKind::FieldUpdate(_));
    let (parameter, when) = if update { (", MCO_HANDLING_ORDER when", "(int)when") } else { ("", "1") };
    let call = format!("mco_gen_register(t, {number}, mco_gen_call_{name}, (mco_gen_function_t)handler, param, {when})");
    let call_back = format!("mco_gen_unregister(t, {number}, (mco_gen_function_t)handler)");
    let [register, unregister, _] = cname::event_names(&name);
    vec![
        Function::new(register, format!("mco_trans_h t, {handler}, void *param{parameter}"), call),
        Function::new(unregister, format!("mco_trans_h t, {handler}"), call_back),
    ]
}

/// Type of a handler.
pub(super) fn handler_type(naming: &Naming<'_>, class: &Class, event: &Event) -> String {
    let [_, _, handler] = cname::event_names(&naming.global(&event.name));
    let x = naming.global(&class.name);
    format!("typedef MCO_RET (*{handler})(mco_trans_h t, {x} *object, MCO_EVENT_TYPE et, void *param);\n")
}

/// What the library calls: it gives a handler the types that it was written with.
pub(super) fn caller(naming: &Naming<'_>, class: &Class, event: &Event) -> String {
    let name = naming.global(&event.name);
    let x = naming.global(&class.name);
    let parameters = "mco_trans_h t, MCO_Hf *object, int event_type, mco_gen_function_t handler, void *param";
    let call = format!("((mco_{name}_handler)handler)(t, ({x} *)object, (MCO_EVENT_TYPE)event_type, param)");
    format!("\nstatic MCO_RET mco_gen_call_{name}({parameters})\n{{\n    return {call};\n}}\n")
}
