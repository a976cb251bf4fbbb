//! Schema text to dictionary, names to numbers.

use super::types::*;
use crate::base::{Code, Result, fail};
use crate::ffi::boundary::{guard, place, put_text, text};
use crate::ffi::ctypes::*;
use crate::ffi::{dictionary, dynamic};
use crate::schema::{Options, Warnings};
use std::ffi::{CStr, c_char, c_int, c_void};

/// Compiles the text of a schema; the dictionary serves mco_db_open_dev like one of generated code.
/// include_dir: directories for include files, separated by ':', after the current one; NULL for none. flags: MCO_DYN_PERSISTENT,
/// MCO_DYN_NO_WARNINGS, MCO_DYN_STRICT, MCO_DYN_INCLUDE_LIST. messages: errors or warnings with their places, as mcocomp prints
/// them, cut to size bytes with their NUL, "" when there are none; NULL to do without. mco_iotx_last_error has all errors, uncut.
/// MCO_E_SCHEMA_ERROR: the text has errors. Free the dictionary with mco_dyn_free.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_dyn_compile(
    text: *const c_char,
    include_dir: *const c_char,
    flags: c_int,
    dict: *mut mco_dictionary_h,
    messages: *mut c_char,
    size: mco_size_t,
) -> MCO_RET {
    guard(|| {
        let place = place(dict, "dict")?;
        if text.is_null() {
            return fail(Code::E_ILLEGAL_PARAM, "the text is NULL");
        }
        // SAFETY: by the rule of the interface both are NULL or C strings, or the list that the flag says; the text is not NULL.
        let (schema, include) =
            unsafe { (CStr::from_ptr(text).to_bytes(), directories(include_dir, flags & MCO_DYN_INCLUDE_LIST != 0)?) };
        let (compiled, words) = dictionary::compile(schema, &options(include, flags)?);
        if !messages.is_null() {
            // SAFETY: by the rule of the interface `messages` has room for `size` bytes.
            unsafe { put_text(&words, messages, size)? }
        }
        Ok(place.set(compiled?))
    })
}

/// Frees a dictionary of mco_dyn_compile and its JSON. Databases that are open with it are not touched.
/// MCO_E_INVALID_HANDLE: freed already; MCO_E_UDA_NOT_DYNAMIC: of generated code.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_dyn_free(dict: mco_dictionary_h) -> MCO_RET {
    guard(|| dictionary::free(dict))
}

/// The whole schema as JSON (size bytes and a NUL), owned by the dictionary. MCO_E_INVALID_HANDLE, MCO_E_UDA_NOT_DYNAMIC.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_dyn_describe(dict: mco_dictionary_h, json: *mut *const c_void, size: *mut mco_size_t) -> MCO_RET {
    guard(|| {
        let found = dictionary::find(dict)?;
        let (json, size) = (place(json, "json")?, place(size, "size")?);
        let text = found.json();
        size.set(text.count_bytes());
        Ok(json.set(text.as_ptr().cast()))
    })
}

/// Code of the class with this name. MCO_E_UDA_STRUCT_NOTFOUND, MCO_E_INVALID_HANDLE, MCO_E_UDA_NOT_DYNAMIC.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_dyn_class(dict: mco_dictionary_h, name: *const c_char, code: *mut uint2) -> MCO_RET {
    guard(|| {
        let found = dictionary::find(dict)?;
        let place = place(code, "code")?;
        // SAFETY: by the rule of the interface `name` is NULL or a C string.
        let name = unsafe { text(name, "the name")? };
        match found.dictionary.class_named(name) {
            Some(class) => Ok(place.set(class.code)),
            None => fail(Code::E_UDA_STRUCT_NOTFOUND, format!("the schema has no class '{name}'")),
        }
    })
}

/// Number of a field in its class, from 0. MCO_E_UDA_FIELD_NOTFOUND, MCO_E_UDA_WRONG_CLASS_CODE, codes of mco_dyn_class.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_dyn_field(dict: mco_dictionary_h, code: uint2, name: *const c_char, no: *mut uint2) -> MCO_RET {
    guard(|| {
        let found = dictionary::find(dict)?;
        let place = place(no, "no")?;
        // SAFETY: by the rule of the interface `name` is NULL or a C string.
        let name = unsafe { text(name, "the name")? };
        let class = dynamic::class(&found.dictionary, code)?;
        match class.field_named(name) {
            Some(number) => Ok(place.set(number)),
            None => fail(Code::E_UDA_FIELD_NOTFOUND, format!("class '{}' has no field '{name}'", class.name)),
        }
    })
}

/// Number of an index, from 0 over the whole database. MCO_E_UDA_INDEX_NOTFOUND, MCO_E_UDA_WRONG_CLASS_CODE, codes of
/// mco_dyn_class.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_dyn_index(dict: mco_dictionary_h, code: uint2, name: *const c_char, no: *mut uint2) -> MCO_RET {
    guard(|| {
        let found = dictionary::find(dict)?;
        let place = place(no, "no")?;
        // SAFETY: by the rule of the interface `name` is NULL or a C string.
        let name = unsafe { text(name, "the name")? };
        let class = dynamic::class(&found.dictionary, code)?;
        let named = |number: &&u16| found.dictionary.index(**number).is_some_and(|index| index.name == name);
        match class.indexes.iter().find(named) {
            Some(number) => Ok(place.set(*number)),
            None => fail(Code::E_UDA_INDEX_NOTFOUND, format!("class '{}' has no index '{name}'", class.name)),
        }
    })
}

/// Number of an event, for mco_async_event_wait. MCO_E_UDA_EVENT_NOTFOUND, MCO_E_INVALID_HANDLE, MCO_E_UDA_NOT_DYNAMIC.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_dyn_event(dict: mco_dictionary_h, name: *const c_char, id: *mut c_int) -> MCO_RET {
    guard(|| {
        let found = dictionary::find(dict)?;
        let place = place(id, "id")?;
        // SAFETY: by the rule of the interface `name` is NULL or a C string.
        let name = unsafe { text(name, "the name")? };
        match found.dictionary.event_named(name) {
            Some(number) => Ok(place.set(number.into())),
            None => fail(Code::E_UDA_EVENT_NOTFOUND, format!("the schema has no event '{name}'")),
        }
    })
}

fn options(include: Vec<String>, flags: c_int) -> Result<Options> {
    if flags & !(MCO_DYN_PERSISTENT | MCO_DYN_NO_WARNINGS | MCO_DYN_STRICT | MCO_DYN_INCLUDE_LIST) != 0 {
        return fail(Code::E_ILLEGAL_PARAM, format!("unknown flags {flags:#x}"));
    }
    let warnings = match (flags & MCO_DYN_NO_WARNINGS != 0, flags & MCO_DYN_STRICT != 0) {
        (true, _) => Warnings::Off,
        (_, true) => Warnings::Errors,
        _ => Warnings::Show,
    };
    Ok(Options { include, persistent: flags & MCO_DYN_PERSISTENT != 0, warnings })
}

/// # Safety
/// `list` is NULL or a C string, or, if it `is_list`, C strings up to an empty one.
unsafe fn directories(mut list: *const c_char, is_list: bool) -> Result<Vec<String>> {
    if list.is_null() {
        return Ok(Vec::new());
    }
    // SAFETY: as the caller promises.
    let mut directory = unsafe { text(list, "include_dir")? };
    if !is_list {
        return Ok(directory.split(':').filter(|directory| !directory.is_empty()).map(str::to_owned).collect());
    }
    let mut found = Vec::new();
    while !directory.is_empty() {
        found.push(directory.to_owned());
        // SAFETY: as the caller promises; this one is not empty, so another one stands behind its NUL.
        directory = unsafe {
            list = list.add(directory.len() + 1);
            text(list, "include_dir")?
        };
    }
    Ok(found)
}
