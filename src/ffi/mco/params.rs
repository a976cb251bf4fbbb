//! Defaults of `mco_db_params_t`.

use super::types::{mco_db_params_t, mco_log_params_t};
use crate::ffi::device::MARK;
use std::ptr::null_mut;

const MIB: usize = 1 << 20;

/// What `mco_db_params_init` fills in.
pub(crate) fn defaults() -> mco_db_params_t {
    mco_db_params_t {
        mark: MARK,
        mem_page_size: 256,
        disk_page_size: 0,
        db_max_connections: 100,
        disk_max_database_size: 0,
        file_extension_quantum: 4 * MIB,
        db_log_type: 1,
        connection_context_size: 0,
        hash_load_factor: 100,
        index_optimistic_lock_threshold: 0,
        log_params: mco_log_params_t {
            default_commit_policy: 0,
            redo_log_limit: 16 * MIB,
            delayed_commit_threshold: 16 * MIB,
            max_delayed_transactions: 0,
            max_commit_delay: 0,
        },
        mode_mask: 0,
        min_conn_local_pages: 0,
        max_conn_local_pages: 0,
        allocation_bitmap_caching_priority: 0,
        index_caching_priority: 0,
        object_caching_priority: 0,
        ddl_dict: null_mut(),
        ddl_dict_size: 0,
        ddl_dict_flags: 0,
        cipher_key: null_mut(),
        dynamic_hash: 1,
        license_key: null_mut(),
        max_classes: 100,
        max_indexes: 1000,
        autocompact_threshold: 0,
        trans_sched_policy: 0,
        max_trans_time: 0,
        max_ttl_objects: 0,
        ignore_ttl: 0,
        max_gc_versions: 0,
        max_active_pages: 0,
        page_hash_bundles: 0,
        compression_level: -1,
        compression_mask: 4099,
        expected_compression_ratio: 20,
        btree_cursor_read_ahead_size: 0,
        mvcc_bitmap_size: 0,
        additional_heap_size: 0,
        cow_pagemap_size: 0,
        backup_map_size: 0,
        backup_min_pages: 0,
        backup_max_passes: 10,
        backup_map_filename: [0; 256],
        iot_agent_id: 0,
        iot_level: 0,
        file_backup_delay: 0,
    }
}
