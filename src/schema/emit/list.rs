//! Functions of an array or vector.

use super::function::Function;
use crate::schema::dictionary::FieldType;

/// All functions of a list of the `kind`, whose elements are `c_type` in C. `function` makes one of the end of its name, its parameters
/// behind the handle, the library's function and the arguments for it behind the field.
pub(super) fn list_functions(
    kind: FieldType,
    element: FieldType,
    c_type: &str,
    function: impl Fn(&str, String, &str, &str) -> Function,
) -> Vec<Function> {
    let at = |parameters: &str| format!("uint2 index, {}", parameters.replace('T', c_type));
    let range = |parameters: &str| format!("uint2 start, uint2 {}", parameters.replace('T', c_type));
    let mut list = match element {
        FieldType::Struct(_) => vec![
            function("put", at("T *element"), "struct", "index, 1, (MCO_Hf *)element"),
            function("at", at("T *element"), "struct", "index, 0, (MCO_Hf *)element"),
        ],
        text if text.is_text() => vec![
            function("put", at("const T *value, uint2 len"), "element_put_text", "index, value, len"),
            function("at", at("T *buf, uint2 size, uint2 *len"), "element_get_text", "index, buf, size, len"),
            function("at_len", at("uint2 *len"), "element_text_size", "index, len"),
        ],
        FieldType::Ref(_) => vec![
            function("put", at("const T *value"), "element_put", "index, value"),
            function("at", at("T *value"), "element_get", "index, value"),
        ],
        scalar => {
            let (put, get, arguments) = match scalar {
                FieldType::Bool => ("nbits, const uint1 *bits", "nbits, uint1 *bits", "start, nbits, bits"),
                _ => ("num, const T *values", "num, T *values", "start, num, values"),
            };
            vec![
                function("put", at("T value"), "element_put", "index, &value"),
                function("at", at("T *value"), "element_get", "index, value"),
                function("put_range", range(put), "put_range", arguments),
                function("get_range", range(get), "get_range", arguments),
            ]
        }
    };
    list.push(function("size", "uint2 *num".to_string(), "count", "num"));
    if kind == FieldType::Vector {
        list.push(function("alloc", "uint2 num".to_string(), "alloc", "num"));
        list.push(function("erase", "uint2 index".to_string(), "erase", "index"));
    }
    list
}
