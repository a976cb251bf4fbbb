//! Devices and database parameters to the options of the database. Only the members that belong to a device's type are read.

use super::ctypes::{mco_dictionary_h, mco_dictionary_t_};
use super::dictionary;
use super::mco::constants::*;
use super::mco::types::{mco_db_params_t, mco_device_file_t, mco_device_t};
use super::runtime::Features;
use crate::base::{AgentId, Code, Level, Result, fail};
use crate::db::{CommitPolicy, DelayedCommits, OpenOptions, Storage, WallClock};
use crate::net::clock;
use std::ffi::{CStr, OsStr, c_char, c_int};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// Mark of a structure that `mco_db_params_init` has filled in.
pub(crate) const MARK: u16 = 0x4D43;
/// Most devices of one database.
const DEVICES_MAX: usize = 1024;
/// Most lines of a schema; a foreign pointer taken for a dictionary is more likely to have more.
const LINES_MAX: u32 = 16 << 20;
const PAGE_SIZES: std::ops::RangeInclusive<u16> = 64..=32768;
const DEFAULT_DISK_PAGE_SIZE: u32 = 4096;
const MAGIC: u32 = 0x4D43_4F44;
const INTERFACE: u32 = 3;

/// What the devices of a database add up to.
#[derive(Default)]
struct Devices {
    conv: u64,
    named: Option<([c_char; MCO_MAX_MEMORY_NAME], u64)>,
    cache: bool,
    persistent: Option<mco_device_file_t>,
    log: bool,
}

/// Options of the database `name`.
pub(crate) fn options(name: &str, devices: &[mco_device_t], params: &mco_db_params_t, features: Features) -> Result<OpenOptions> {
    let devices = fits(collect(devices, features)?)?;
    check(params, devices.persistent.is_some())?;
    let has = |bit: c_int| params.mode_mask & bit != 0;
    let page_size = if params.disk_page_size == 0 { DEFAULT_DISK_PAGE_SIZE } else { params.disk_page_size };
    Ok(OpenOptions {
        max_connections: params.db_max_connections,
        agent: Some(AgentId(params.iot_agent_id)).filter(|agent| agent.0 != 0),
        level: Some(Level(params.iot_level)).filter(|level| level.0 != 0),
        policy: policy(params.log_params.default_commit_policy)?,
        disable_nested: has(MCO_DB_DISABLE_NESTED_TRANSACTIONS),
        disable_implicit_rollback: has(MCO_DB_DISABLE_IMPLICIT_ROLLBACK),
        read_only: has(MCO_DB_MODE_READ_ONLY),
        open_existing: has(MCO_DB_OPEN_EXISTING),
        crc_check: has(MCO_DB_USE_CRC_CHECK),
        transient: has(MCO_DB_TRANSIENT),
        page_size,
        extension: params.file_extension_quantum as u64,
        delayed: DelayedCommits {
            bytes: params.log_params.delayed_commit_threshold as u64,
            commits: params.log_params.max_delayed_transactions,
            millis: params.log_params.max_commit_delay,
        },
        clock: WallClock(clock::wall_millis),
        ..OpenOptions::new(name, storage(&devices, params)?)
    })
}

/// The devices that C gave.
///
/// # Safety
/// `devices` is NULL or points to `count` devices that live during the call.
pub(crate) unsafe fn devices<'a>(devices: *const mco_device_t, count: usize) -> Result<&'a [mco_device_t]> {
    if devices.is_null() || count == 0 || count > DEVICES_MAX {
        return fail(Code::E_ILLEGAL_PARAM, format!("a database needs 1 to {DEVICES_MAX} devices"));
    }
    // SAFETY: as the caller promises. Members that C left uninitialised are never read, see `collect`.
    Ok(unsafe { std::slice::from_raw_parts(devices, count) })
}

/// The schema text behind a dictionary handle.
///
/// # Safety
/// `dictionary` is NULL, was given by generated code, or is a handle of `mco_dyn_compile`.
pub(crate) unsafe fn schema(dictionary: mco_dictionary_h) -> Result<String> {
    if let Some(text) = dictionary::text(dictionary)? {
        return Ok(text);
    }
    if dictionary.is_null() || !dictionary.is_aligned() {
        return fail(Code::E_ILLEGAL_PARAM, "the dictionary is NULL or no dictionary");
    }
    // SAFETY: not NULL and aligned, so by the promise of the caller it is a dictionary.
    let mco_dictionary_t_ { magic, interface_no, n_lines, lines } = unsafe { &*dictionary };
    if *magic != MAGIC || *n_lines > LINES_MAX || lines.is_null() {
        return fail(Code::E_ILLEGAL_PARAM, "not a dictionary of generated code");
    }
    if *interface_no != INTERFACE {
        let text = format!("generated code of interface {interface_no}, this library has {INTERFACE}: run mcocomp again");
        return fail(Code::E_DDL_MCOCOMP_INCOMPATIBILITY, text);
    }
    let mut text = String::new();
    for line in 0..*n_lines as usize {
        // SAFETY: generated code has `n_lines` lines.
        let line = unsafe { *lines.add(line) };
        if line.is_null() {
            return fail(Code::E_ILLEGAL_PARAM, "not a dictionary of generated code: a line is NULL");
        }
        // SAFETY: not NULL, so it is a C string of generated code.
        let line = unsafe { CStr::from_ptr(line) };
        text += &line.to_string_lossy();
        if !text.ends_with('\n') {
            text.push('\n');
        }
    }
    Ok(text)
}

/// Bytes by which devices extend an open database.
pub(crate) fn extension(devices: &[mco_device_t], features: Features) -> Result<u64> {
    let sum = collect(devices, features)?;
    if sum.named.is_some() {
        return fail(Code::E_UNSUPPORTED, "named memory cannot be added: a database in it keeps the size of its first open");
    }
    if sum.conv == 0 || sum.cache || sum.log || sum.persistent.is_some() {
        return fail(Code::E_ILLEGAL_PARAM, "only conventional memory assigned to DATABASE extends an open database");
    }
    Ok(sum.conv)
}

fn collect(devices: &[mco_device_t], features: Features) -> Result<Devices> {
    let mut sum = Devices::default();
    for (place, device) in devices.iter().enumerate() {
        let refuse = |code, why: &str| fail(code, format!("device {place}: {why}"));
        let kind = c_int::try_from(device.r#type).unwrap_or(-1);
        let assignment = c_int::try_from(device.assignment).unwrap_or(-1);
        match kind {
            MCO_MEMORY_CONV | MCO_MEMORY_NAMED | MCO_MEMORY_FILE => {}
            MCO_MEMORY_MULTIFILE..=MCO_MEMORY_CYCLIC_FILE_BUF => {
                return refuse(Code::E_UNSUPPORTED, "this type is not supported");
            }
            _ => return refuse(Code::E_ILLEGAL_PARAM, "its type is unknown"),
        }
        match (assignment, kind) {
            (MCO_MEMORY_ASSIGN_HA_ASYNC_BUF | MCO_MEMORY_ASSIGN_PIPE_BUF, _) => {
                return refuse(Code::E_UNSUPPORTED, "this assignment is not supported");
            }
            (MCO_MEMORY_ASSIGN_DATABASE, MCO_MEMORY_CONV) => sum.conv = sum.conv.saturating_add(device.size as u64),
            (MCO_MEMORY_ASSIGN_DATABASE, MCO_MEMORY_NAMED) if sum.named.is_none() => {
                // SAFETY: the type says that the member `named` is the one that was filled in.
                sum.named = Some((unsafe { device.dev.named.name }, device.size as u64));
            }
            (MCO_MEMORY_ASSIGN_CACHE, MCO_MEMORY_CONV) => sum.cache = true,
            (MCO_MEMORY_ASSIGN_PERSISTENT, MCO_MEMORY_FILE) if sum.persistent.is_none() => {
                // SAFETY: the type says that the member `file` is the one that was filled in.
                sum.persistent = Some(unsafe { device.dev.file });
            }
            (MCO_MEMORY_ASSIGN_LOG, MCO_MEMORY_FILE) if !sum.log => sum.log = true,
            _ => return refuse(Code::E_ILLEGAL_PARAM, "type and assignment do not fit, or there are two of it"),
        }
        // SAFETY: the type says that the member `conv` is the one that was filled in.
        if kind == MCO_MEMORY_CONV && (unsafe { device.dev.conv.ptr.is_null() } || device.size == 0) {
            return refuse(Code::E_ILLEGAL_PARAM, "ptr is NULL or size is 0");
        }
        if kind == MCO_MEMORY_NAMED && device.size == 0 {
            return refuse(Code::E_ILLEGAL_PARAM, "size is 0");
        }
        if kind == MCO_MEMORY_FILE && !features.disk {
            return refuse(Code::E_INMEM_ONLY_RUNTIME, "the runtime was started without files");
        }
        if kind == MCO_MEMORY_NAMED && !features.shmem {
            return refuse(Code::E_UNSUPPORTED, "the runtime was started without named memory");
        }
    }
    Ok(sum)
}

fn fits(sum: Devices) -> Result<Devices> {
    let persistent = sum.persistent.is_some();
    if (sum.conv > 0) == sum.named.is_some() {
        return fail(Code::E_ILLEGAL_PARAM, "a database needs DATABASE devices, conventional ones or a named one");
    }
    if (sum.cache || sum.log) && !persistent || persistent && sum.named.is_some() {
        return fail(
            Code::E_ILLEGAL_PARAM,
            "CACHE and LOG go with a PERSISTENT device, and that with a conventional DATABASE device",
        );
    }
    Ok(sum)
}

fn check(params: &mco_db_params_t, file: bool) -> Result<()> {
    if params.mark != MARK {
        return fail(Code::E_ILLEGAL_PARAM, "the parameters were not filled in by mco_db_params_init");
    }
    if !params.cipher_key.is_null() {
        return fail(Code::E_ENCRYPTION_NOT_SUPPORTED, "encryption is not supported: leave cipher_key NULL");
    }
    if !PAGE_SIZES.contains(&params.mem_page_size) {
        return fail(Code::E_ILLEGAL_PARAM, format!("mem_page_size {} is not in 64..32768", params.mem_page_size));
    }
    let size = params.disk_page_size;
    if file && size != 0 && !(size.is_power_of_two() && size >= 8 * u32::from(params.mem_page_size)) {
        let text = format!("disk_page_size {size} is not a power of two of at least 8 * mem_page_size");
        return fail(Code::E_DISK_BAD_PAGE_SIZE, text);
    }
    Ok(())
}

fn storage(devices: &Devices, params: &mco_db_params_t) -> Result<Storage> {
    if let Some((named, limit_bytes)) = devices.named {
        return match String::from_utf8(bytes(&named)) {
            Ok(name) => Ok(Storage::Shared { name, limit_bytes }),
            Err(_) => fail(Code::E_ILLEGAL_PARAM, "the name of named memory is not UTF-8"),
        };
    }
    let Some(file) = &devices.persistent else { return Ok(Storage::Memory { limit_bytes: devices.conv }) };
    let bytes = bytes(&file.name);
    if bytes.is_empty() || bytes.len() == file.name.len() {
        return fail(Code::E_DISK_INVALID_PARAM, "the name of the file is empty or has no end");
    }
    let has = |flag: c_int| file.flags & flag != 0;
    Ok(Storage::File {
        path: PathBuf::from(OsStr::from_bytes(&bytes)),
        limit_bytes: params.disk_max_database_size as u64,
        read_only: has(MCO_FILE_OPEN_READ_ONLY),
        truncate: has(MCO_FILE_OPEN_TRUNCATE),
        existing: has(MCO_FILE_OPEN_EXISTING),
        temporary: has(MCO_FILE_OPEN_TEMPORARY),
    })
}

/// What stands in an array before its NUL.
fn bytes(array: &[c_char]) -> Vec<u8> {
    array.iter().take_while(|c| **c != 0).map(|c| c_char::to_ne_bytes(*c)[0]).collect()
}

/// From the number in the C interface.
pub(crate) fn policy(number: c_int) -> Result<CommitPolicy> {
    match number {
        0 => Ok(CommitPolicy::SyncFlush),
        1 => Ok(CommitPolicy::Buffered),
        2 => Ok(CommitPolicy::Delayed),
        3 => Ok(CommitPolicy::NoSync),
        _ => fail(Code::E_ILLEGAL_PARAM, format!("{number} is no commit policy; use 0 to 3")),
    }
}
