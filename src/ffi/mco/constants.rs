//! Constants of `mco.h`.
#![allow(missing_docs)]

use std::ffi::c_int;

// Options of the runtime; those with an effect say so.

pub const MCO_RT_OPTION_EXTHEAPS: c_int = 0;
pub const MCO_RT_WINDOWS_SHM_OPT: c_int = 1;
pub const MCO_RT_OPTION_MARK_LAST_OBJ: c_int = 2;
pub const MCO_RT_OPTION_UNIX_SHM_MASK: c_int = 3;
pub const MCO_RT_POSIX_SHM_OPT: c_int = 4;
pub const MCO_RT_CRC_ALGORITHM: c_int = 5;
pub const MCO_RT_MAX_PATRICIA_DEPTH: c_int = 6;
pub const MCO_RT_MAX_DYNAMIC_PIPES: c_int = 7;
pub const MCO_RT_OPTION_CLASS_LOAD_MERGE: c_int = 8;
/// Ticks per second of datetime: 1 (default), 1000, 1000000 or 1000000000. A unit convention only.
pub const MCO_RT_OPTION_DATETIME_PRECISION: c_int = 9;
/// Count of the options.
pub const MCO_RT_OPTION_LAST: usize = 10;

pub const MCO_RT_POSIX_SHM_ANONYMOUS: c_int = 1;
pub const MCO_RT_POSIX_SHM_SHARED: c_int = 2;
pub const MCO_RT_POSIX_SHM_HUGETLB: c_int = 4;

pub const MCO_RT_CRC32_NONE: c_int = 0;
pub const MCO_RT_CRC32: c_int = 1;
pub const MCO_RT_CRC32_FAST: c_int = 2;
pub const MCO_RT_CRC32_OLD: c_int = 3;
pub const MCO_RT_CRC32C: c_int = 4;

// Devices.

pub const MCO_MEMORY_NULL: c_int = 0;
/// Conventional memory of this process.
pub const MCO_MEMORY_CONV: c_int = 1;
/// Memory shared by several processes of one user under a name.
pub const MCO_MEMORY_NAMED: c_int = 2;
/// A file.
pub const MCO_MEMORY_FILE: c_int = 3;
pub const MCO_MEMORY_MULTIFILE: c_int = 4;
pub const MCO_MEMORY_RAID: c_int = 5;
pub const MCO_MEMORY_INT_DESC: c_int = 6;
pub const MCO_MEMORY_CYCLIC_FILE_BUF: c_int = 7;

pub const MCO_MEMORY_ASSIGN_DATABASE: c_int = 0;
pub const MCO_MEMORY_ASSIGN_CACHE: c_int = 1;
pub const MCO_MEMORY_ASSIGN_PERSISTENT: c_int = 2;
pub const MCO_MEMORY_ASSIGN_LOG: c_int = 3;
pub const MCO_MEMORY_ASSIGN_HA_ASYNC_BUF: c_int = 4;
pub const MCO_MEMORY_ASSIGN_PIPE_BUF: c_int = 5;

pub const MCO_FILE_OPEN_DEFAULT: c_int = 0;
pub const MCO_FILE_OPEN_READ_ONLY: c_int = 1;
pub const MCO_FILE_OPEN_TRUNCATE: c_int = 2;
pub const MCO_FILE_OPEN_NO_BUFFERING: c_int = 4;
pub const MCO_FILE_OPEN_EXISTING: c_int = 8;
pub const MCO_FILE_OPEN_TEMPORARY: c_int = 16;
pub const MCO_FILE_OPEN_FSYNC_FIX: c_int = 32;
pub const MCO_FILE_OPEN_SUBPARTITION: c_int = 64;
pub const MCO_FILE_OPEN_FSYNC_AIO_BARRIER: c_int = 128;
pub const MCO_FILE_OPEN_COMPRESSED: c_int = 256;
pub const MCO_FILE_OPEN_LOCK: c_int = 512;
pub const MCO_FILE_OPEN_NO_READ_BUFFERING: c_int = 1024;
pub const MCO_FILE_OPEN_NO_WRITE_BUFFERING: c_int = 2048;

pub const MCO_MAX_MEMORY_NAME: usize = 64;
pub const MCO_MAX_FILE_NAME: usize = 256;
pub const MCO_MAX_MULTIFILE_NAME: usize = 64;

// Bits of mode_mask in mco_db_params_t.

pub const MCO_DB_MODE_MVCC_AUTO_VACUUM: c_int = 0x1;
pub const MCO_DB_MODE_SMART_INDEX_INSERT: c_int = 0x2;
/// A missing database file is an error, MCO_E_DISK_OPEN.
pub const MCO_DB_OPEN_EXISTING: c_int = 0x4;
/// Opening checks the whole file; damage gives MCO_E_DISK_CRC_MISMATCH.
pub const MCO_DB_USE_CRC_CHECK: c_int = 0x8;
/// Files are discarded at close.
pub const MCO_DB_TRANSIENT: c_int = 0x10;
pub const MCO_DB_LAZY_MEM_INITIALIZATION: c_int = 0x20;
pub const MCO_DB_MURSIW_DISK_COMMIT_OPTIMIZATION: c_int = 0x40;
pub const MCO_DB_BULK_WRITE_MODIFIED_PAGES: c_int = 0x80;
pub const MCO_DB_TRANS_LOG_FAST_CRC: c_int = 0x100;
pub const MCO_DB_INDEX_PRELOAD: c_int = 0x200;
/// A nested start is fatal, MCO_ERR_NESTED_TRANS_TRAP.
pub const MCO_DB_DISABLE_NESTED_TRANSACTIONS: c_int = 0x400;
/// Commit in error state gives MCO_E_TRANSACT and keeps the transaction for an explicit rollback.
pub const MCO_DB_DISABLE_IMPLICIT_ROLLBACK: c_int = 0x800;
pub const MCO_DB_INMEMORY_PROTECTION: c_int = 0x1000;
pub const MCO_DB_INCLUSIVE_BTREE: c_int = 0x2000;
pub const MCO_DB_INMEMORY_COMPRESSION: c_int = 0x4000;
pub const MCO_DB_SEPARATE_BITMAP: c_int = 0x8000;
pub const MCO_DB_DISABLE_BTREE_REBALANCE_ON_DELETE: c_int = 0x10000;
pub const MCO_DB_AUTO_ROLLBACK_FIRST_PHASE: c_int = 0x20000;
pub const MCO_DB_MVCC_COMPATIBILITY_MODE: c_int = 0x40000;
pub const MCO_DB_DISABLE_PAGE_POOL_RESERVE: c_int = 0x80000;
pub const MCO_DB_REDO_LOG_OPTIMIZATION: c_int = 0x100000;
pub const MCO_DB_DISABLE_HOT_UPDATES: c_int = 0x200000;
pub const MCO_DB_SQL_AUTOCHECKPOINT: c_int = 0x400000;
/// Writing transactions give MCO_E_ACCESS.
pub const MCO_DB_MODE_READ_ONLY: c_int = 0x800000;
pub const MCO_DB_USE_AIO: c_int = 0x1000000;
pub const MCO_DB_INCREMENTAL_BACKUP: c_int = 0x2000000;
pub const MCO_DB_MVCC_TABLE_LEVEL_LOCKING: c_int = 0x4000000;
pub const MCO_DB_DISABLE_SMART_ALLOC: c_int = 0x8000000;

pub const MCO_INFINITE_DATABASE_SIZE: c_int = 0;

pub const MCO_COMPRESSION_OBJ_HEAD: c_int = 1;
pub const MCO_COMPRESSION_OBJ_NODE: c_int = 2;
pub const MCO_COMPRESSION_BLOB_HEAD: c_int = 64;
pub const MCO_COMPRESSION_BLOB_TAIL: c_int = 128;
pub const MCO_COMPRESSION_FIXEDRECSET: c_int = 4096;
pub const MCO_COMPRESSION_ALL: c_int = 4291;

/// Module of a trace line: the network.
pub const MCO_TRACE_NETWORK: c_int = 37;
/// Module of a trace line: communicator and replicator.
pub const MCO_TRACE_IOT: c_int = 43;
