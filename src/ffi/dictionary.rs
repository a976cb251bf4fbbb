//! Dictionaries that were compiled at run time. They share `mco_dictionary_h` with the constant data of generated code,
//! which lies at even addresses: a handle of ours is odd.

use super::ctypes::mco_dictionary_h;
use super::slots::{Kind, Missing, Slots};
use crate::base::{Code, Result, fail};
use crate::schema::{self, Dictionary, Files, Options, Unreadable};
use std::ffi::{CStr, CString};
use std::io::ErrorKind;
use std::sync::{Arc, OnceLock};

static DICTIONARIES: Slots<RuntimeDictionary> = Slots::new(Kind::Dictionary);

/// What messages call the text that was given.
const NAME: &str = "<schema>";

/// Most indexes: the numbers above stand for list, autoid and oid.
const INDEXES_MAX: usize = 0xFFFD;

/// A schema that was compiled at run time.
pub(crate) struct RuntimeDictionary {
    pub(crate) dictionary: Dictionary,
    json: OnceLock<CString>,
}

/// Compiles a text. The messages are the errors, or the warnings of a text without errors.
pub(crate) fn compile(text: &[u8], options: &Options) -> (Result<mco_dictionary_h>, String) {
    match schema::compile(NAME, &Text(text), options) {
        Ok(compiled) => (enter(compiled.dictionary), compiled.warnings.to_string()),
        Err(errors) => {
            let messages = errors.to_string();
            (fail(Code::E_SCHEMA_ERROR, messages.clone()), messages)
        }
    }
}

/// The dictionary behind a handle of ours.
pub(crate) fn find(handle: mco_dictionary_h) -> Result<Arc<RuntimeDictionary>> {
    let Some(number) = number(handle) else {
        return if handle.is_null() {
            fail(Code::E_INVALID_HANDLE, "the dictionary is NULL")
        } else {
            fail(Code::E_UDA_NOT_DYNAMIC, "the dictionary is not one of mco_dyn_compile")
        };
    };
    DICTIONARIES.get(number).or_else(missing)
}

/// The canonical text of a dictionary of ours; `None` for a handle that cannot be one.
pub(crate) fn text(handle: mco_dictionary_h) -> Result<Option<String>> {
    let Some(number) = number(handle) else { return Ok(None) };
    let found = DICTIONARIES.get(number).or_else(missing)?;
    Ok(Some(schema::canonical(&found.dictionary)))
}

/// Ends a dictionary. Databases that were opened with it keep what they need.
pub(crate) fn free(handle: mco_dictionary_h) -> Result<Code> {
    find(handle)?;
    DICTIONARIES.remove(number(handle).unwrap_or(0)).or_else(missing)?;
    Ok(Code::S_OK)
}

impl RuntimeDictionary {
    /// The whole schema as JSON.
    pub(crate) fn json(&self) -> &CStr {
        self.json.get_or_init(|| CString::new(schema::describe(&self.dictionary)).unwrap_or_default())
    }
}

fn enter(dictionary: Dictionary) -> Result<mco_dictionary_h> {
    if dictionary.indexes.len() > INDEXES_MAX {
        return fail(Code::E_DDL_TOO_MANY_INDEXES, format!("more than {INDEXES_MAX} indexes"));
    }
    match DICTIONARIES.insert(Arc::new(RuntimeDictionary { dictionary, json: OnceLock::new() })) {
        Some(number) => Ok(((number << 1) | 1) as mco_dictionary_h),
        None => fail(Code::E_NOMEM, "too many dictionaries: free those that are not needed any more"),
    }
}

fn number(handle: mco_dictionary_h) -> Option<usize> {
    let value = handle as usize;
    (value & 1 == 1).then_some(value >> 1)
}

fn missing<T>(_: Missing) -> Result<T> {
    fail(Code::E_INVALID_HANDLE, "the dictionary has been freed, or never was one")
}

/// The text that was given, and include files from the file system.
struct Text<'a>(&'a [u8]);

impl Files for Text<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, Unreadable> {
        if path == NAME {
            return Ok(self.0.to_vec());
        }
        std::fs::read(path)
            .map_err(|error| Unreadable { missing: error.kind() == ErrorKind::NotFound, reason: error.kind().to_string() })
    }
}
