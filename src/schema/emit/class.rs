//! Functions of a class.

use super::event::event_functions;
use super::function::Function;
use super::index::index_functions;
use super::naming::{Naming, fixed_fields};
use super::owner::Owner;
use crate::schema::dictionary::Class;

/// All functions of the class, in the order of the header.
pub(super) fn class_functions(naming: &Naming<'_>, class: &Class) -> Vec<Function> {
    let owner = Owner::class(naming, class);
    let x = &owner.x;
    let mut list = own_functions(naming, x, class);
    list.extend(class.declared().flat_map(|(number, field)| owner.field_functions(naming, number, field)));
    for number in &class.indexes {
        if let Some(index) = naming.dictionary.index(*number) {
            list.extend(index_functions(naming, x, class, index));
        }
    }
    for number in &class.events {
        if let Some(event) = naming.dictionary.event(*number) {
            list.extend(event_functions(naming, event, *number));
        }
    }
    list
}

fn own_functions(naming: &Naming<'_>, x: &str, class: &Class) -> Vec<Function> {
    let code = format!("{x}_code");
    let function = |end: &str, parameters: &str, call: String| {
        Function::new(format!("{x}_{end}"), parameters.replace("X *", &format!("{x} *")), call)
    };
    let oid = class.oid().map(|_| naming.oid());
    let new = match &oid {
        None => function("new", "mco_trans_h t, X *object", format!("mco_gen_new(t, {code}, (MCO_Hf *)object)")),
        Some(oid) => function(
            "new",
            &format!("mco_trans_h t, const {oid} *oid, X *object"),
            format!("mco_gen_new_with_oid(t, {code}, oid, (MCO_Hf *)object)"),
        ),
    };
    let mut list = vec![
        new,
        function("delete", "X *object", format!("mco_gen_delete((MCO_Hf *)object, {code})")),
        function("delete_all", "mco_trans_h t", format!("mco_gen_delete_all(t, {code})")),
        function("checkpoint", "X *object", format!("mco_gen_checkpoint((MCO_Hf *)object, {code})")),
        function(
            "from_cursor",
            "mco_trans_h t, mco_cursor_h c, X *object",
            format!("mco_gen_from_cursor(t, c, {code}, (MCO_Hf *)object)"),
        ),
        function("pack", "X *object, uint4 *pages_released", format!("mco_gen_pack((MCO_Hf *)object, {code}, pages_released)")),
    ];
    if class.list {
        let call = format!("mco_gen_list_cursor(t, c, {code})");
        list.push(function("list_cursor", "mco_trans_h t, mco_cursor_h c", call));
    }
    if fixed_fields(class.declared()).next().is_some() {
        let arguments = format!("(MCO_Hf *)object, {code}, values, mco_gen_offsets_{x}");
        let parameters = format!("X *object, {x}_fixed *values");
        list.push(function("fixed_get", &parameters, format!("mco_gen_fixed_get({arguments})")));
        let parameters = format!("X *object, const {x}_fixed *values");
        list.push(function("fixed_put", &parameters, format!("mco_gen_fixed_put({arguments})")));
    }
    if class.autoid {
        let call = format!("mco_gen_autoid_get((MCO_Hf *)object, {code}, id)");
        list.push(function("autoid_get", "X *object, autoid_t *id", call));
        let call = format!("mco_gen_autoid_find(t, {code}, id, (MCO_Hf *)object)");
        list.push(function("autoid_find", "mco_trans_h t, autoid_t id, X *object", call));
        let call = format!("mco_gen_autoid_cursor(t, c, {code})");
        list.push(function("autoid_index_cursor", "mco_trans_h t, mco_cursor_h c", call));
    }
    if let Some(oid) = &oid {
        let call = format!("mco_gen_oid_get((MCO_Hf *)object, {code}, oid)");
        list.push(function("oid_get", &format!("X *object, {oid} *oid"), call));
        let call = format!("mco_gen_oid_find(t, {code}, oid, (MCO_Hf *)object)");
        list.push(function("oid_find", &format!("mco_trans_h t, const {oid} *oid, X *object"), call));
    }
    list
}
