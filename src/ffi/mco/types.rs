//! Structures of `mco.h`; the order of members is part of the interface.
#![allow(non_camel_case_types, missing_docs)]

use super::constants::{MCO_MAX_FILE_NAME, MCO_MAX_MEMORY_NAME, MCO_MAX_MULTIFILE_NAME};
use crate::ffi::ctypes::*;
use std::ffi::{c_char, c_int, c_uint, c_ulong, c_void};

/// What this library can do; a flag is 1 only for what it really does.
#[repr(C)]
#[derive(Default)]
pub struct mco_runtime_info_t {
    pub mco_version_major: uint1,
    pub mco_version_minor: uint1,
    pub mco_build_number: uint2,
    pub mco_size_t: uint1,
    pub mco_offs_t: uint1,
    pub uint4_supported: uint1,
    pub float_supported: uint1,
    pub mco_checklevel: uint1,
    pub evaluation_version: uint1,
    pub large_database_supported: uint1,
    pub collation_supported: uint1,
    pub heap31_supported: uint1,
    pub bin_serialization_supported: uint1,
    pub fixedrec_supported: uint1,
    pub statistics_supported: uint1,
    pub events_supported: uint1,
    pub save_load_supported: uint1,
    pub object_initialization_supported: uint1,
    pub direct_index_field_access_supported: uint1,
    pub multiprocess_access_supported: uint1,
    pub object_repack_supported: uint1,
    pub transaction_logging_supported: uint1,
    pub cluster_supported: uint1,
    pub high_availability_supported: uint1,
    pub iot_supported: uint1,
    pub ha_multicast_supported: uint1,
    pub ha_incremental_replication_supported: uint1,
    pub binary_schema_evalution_supported: uint1,
    pub unicode_supported: uint1,
    pub wchar_supported: uint1,
    pub recovery_supported: uint1,
    pub disk_supported: uint1,
    pub direct_pointers_supported: uint1,
    pub persistent_object_supported: uint1,
    pub xml_import_export_supported: uint1,
    pub user_defined_index_supported: uint1,
    pub multifile_supported: uint1,
    pub multifile_descriptor_supported: uint1,
    pub two_phase_commit_supported: uint1,
    pub rtree_supported: uint1,
    pub tree_based_hash: uint1,
    pub tmgr_mvcc_async_cleanup: uint1,
    pub concurent_disk_btree: uint1,
    pub open_cursor_goto_first: uint1,
    pub smart_index_insert: uint1,
    pub btree_leaf_lock: uint1,
    pub null_statistics: uint1,
    pub implicit_runtime_start: uint1,
    pub bufferized_sync_iostream: uint1,
    pub async_replication: uint1,
    pub fast_transaction_list: uint1,
    pub extendable_dirty_page_bitmap: uint1,
    pub mursiw_policy: uint1,
    pub sync_capabilities: uint1,
    pub char_comparison_policy: uint1,
    pub stream_buffer_size: uint4,
    pub max_db_instances: uint2,
    pub max_db_name_length: uint1,
    pub max_extends: c_int,
    pub tl_page_buffer_size: uint4,
    pub ha_max_replicas: uint2,
    pub ha_transmit_buffer_size: uint4,
    pub ha_syncronization_buffer_size: uint4,
    pub default_redo_log_limit: uint4,
    pub mvcc_critical_sections: uint1,
    pub mvcc_per_index_locks: uint1,
    pub con_disk_page_cache_size: uint2,
    pub small_con_cache_threshold: uint1,
    pub extendable_dirty_page_bitmap_limit: uint4,
    pub max_vista_sessions: uint1,
    pub concurrent_write_transactions: uint1,
    pub encryption_support: uint1,
    pub backup_support: uint1,
    pub mco_revision: *const c_char,
}

/// Conventional memory. `flags` is never read.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct mco_device_conv_t {
    pub ptr: *mut c_void,
    pub flags: c_int,
}

/// Memory shared by processes. `flags` and `hint` are never read.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct mco_device_named_t {
    pub name: [c_char; MCO_MAX_MEMORY_NAME],
    pub flags: c_uint,
    pub hint: *mut c_void,
}

/// A file.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct mco_device_file_t {
    pub flags: c_int,
    pub name: [c_char; MCO_MAX_FILE_NAME],
}

/// Not supported: MCO_E_UNSUPPORTED.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct mco_device_multifile_t {
    pub flags: c_int,
    pub name: [c_char; MCO_MAX_MULTIFILE_NAME],
    pub segment_size: mco_offs_t,
}

/// Not supported: MCO_E_UNSUPPORTED.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct mco_device_raid_t {
    pub flags: c_int,
    pub name: [c_char; MCO_MAX_MULTIFILE_NAME],
    pub level: c_int,
    pub offset: mco_offs_t,
}

/// Not supported: MCO_E_UNSUPPORTED.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct mco_device_idesc_t {
    pub handle: c_ulong,
}

/// The part of a device that belongs to its type.
#[repr(C)]
#[derive(Clone, Copy)]
pub union mco_device_union_t {
    pub conv: mco_device_conv_t,
    pub named: mco_device_named_t,
    pub file: mco_device_file_t,
    pub multifile: mco_device_multifile_t,
    pub raid: mco_device_raid_t,
    pub idesc: mco_device_idesc_t,
}

/// One piece of memory or one file of a database. Only the members that belong to `type` are read.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct mco_device_t {
    /// MCO_MEMORY_CONV, MCO_MEMORY_NAMED, MCO_MEMORY_FILE, ...
    pub r#type: c_uint,
    /// MCO_MEMORY_ASSIGN_...
    pub assignment: c_uint,
    /// Bytes. Without a PERSISTENT device the DATABASE devices together are the limit of the database.
    pub size: mco_size_t,
    pub dev: mco_device_union_t,
}

/// When commits become durable.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct mco_log_params_t {
    pub default_commit_policy: MCO_COMMIT_POLICY,
    /// No effect.
    pub redo_log_limit: mco_offs_t,
    /// MCO_COMMIT_DELAYED: flush after so many bytes, 0 = not for this reason.
    pub delayed_commit_threshold: mco_offs_t,
    /// MCO_COMMIT_DELAYED: flush after so many commits, 0 = not for this reason.
    pub max_delayed_transactions: mco_counter32_t,
    /// MCO_COMMIT_DELAYED: flush after so many ms, 0 = not for this reason.
    pub max_commit_delay: uint4,
}

/// Parameters of a database; fill with mco_db_params_init first. Members without a note have no effect.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct mco_db_params_t {
    /// Set by mco_db_params_init.
    pub mark: uint2,
    /// 64..32768; the unit of mco_db_total_pages.
    pub mem_page_size: uint2,
    /// With files: 0 (= 4096), or a power of two and at least 8 * mem_page_size.
    pub disk_page_size: uint4,
    /// More connections give MCO_E_SESLIMIT.
    pub db_max_connections: uint4,
    /// Limit of a database with a file, 0 = the space of the file system.
    pub disk_max_database_size: mco_offs_t,
    /// The file is allocated ahead in steps of this, at most 1 GiB; 0 = not.
    pub file_extension_quantum: mco_offs_t,
    pub db_log_type: MCO_LOG_TYPE,
    /// Bytes copied by mco_db_connect_ctx.
    pub connection_context_size: uint2,
    pub hash_load_factor: uint2,
    pub index_optimistic_lock_threshold: uint2,
    /// Commit policy and its bounds.
    pub log_params: mco_log_params_t,
    /// MCO_DB_ bits.
    pub mode_mask: c_int,
    pub min_conn_local_pages: c_int,
    pub max_conn_local_pages: c_int,
    pub allocation_bitmap_caching_priority: c_int,
    pub index_caching_priority: c_int,
    pub object_caching_priority: c_int,
    pub ddl_dict: *mut mco_ddl_dictionary_t,
    pub ddl_dict_size: mco_size_t,
    pub ddl_dict_flags: c_int,
    /// Other than NULL: MCO_E_ENCRYPTION_NOT_SUPPORTED.
    pub cipher_key: *mut c_char,
    pub dynamic_hash: mco_bool,
    pub license_key: *mut c_char,
    pub max_classes: c_int,
    pub max_indexes: c_int,
    pub autocompact_threshold: mco_size_t,
    pub trans_sched_policy: MCO_TRANS_SCHED_POLICY,
    pub max_trans_time: uint8,
    pub max_ttl_objects: uint8,
    pub ignore_ttl: mco_bool,
    pub max_gc_versions: c_int,
    pub max_active_pages: c_int,
    pub page_hash_bundles: c_int,
    pub compression_level: c_int,
    pub compression_mask: c_int,
    pub expected_compression_ratio: c_int,
    pub btree_cursor_read_ahead_size: uint1,
    pub mvcc_bitmap_size: c_int,
    pub additional_heap_size: c_int,
    pub cow_pagemap_size: mco_size_t,
    pub backup_map_size: mco_size_t,
    pub backup_min_pages: c_uint,
    pub backup_max_passes: c_uint,
    pub backup_map_filename: [c_char; MCO_MAX_FILE_NAME],
    /// Agent id of this node, 0 = as stored in the database, else from the schema.
    pub iot_agent_id: uint8,
    /// Level of this node, 0 = as kept with the database, else from the schema.
    pub iot_level: uint2,
    pub file_backup_delay: uint4,
}

/// Statistics of one class; the number of objects is exact, the rest estimates.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct mco_class_stat_t {
    pub objects_num: mco_counter_t,
    pub versions_num: mco_counter32_t,
    pub core_pages: mco_counter32_t,
    pub blob_pages: mco_counter32_t,
    pub seq_pages: mco_counter32_t,
    pub core_space: mco_counter_t,
}
