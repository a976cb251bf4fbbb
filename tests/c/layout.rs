//! Layout of every structure of the headers as Rust has it. `tests/headers.rs` holds it against the headers and a C compiler.

use mcoiot::ffi::ctypes::*;
use mcoiot::ffi::mco::types::*;
use mcoiot::ffi::mcodyn::types::*;
use mcoiot::ffi::mcogen::types::*;
use mcoiot::ffi::mcoiot::types::*;
use mcoiot::ffi::mcoiotx::{
    mco_iotx_auto_sync_t, mco_iotx_bound_t, mco_iotx_db_stat_t, mco_iotx_gap_t, mco_iotx_quarantine_t, mco_iotx_status_t,
};
use mcoiot::ffi::mconet::types::*;
use mcoiot::ffi::mcossl::*;
use std::collections::BTreeMap;
use std::mem::offset_of;

/// Sizes under the name of a structure, offsets under `structure.member`.
pub fn of_rust() -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    macro_rules! layout {
        ($($structure:ident { $($member:ident),* $(,)? })*) => { $(
            found.insert(stringify!($structure).to_owned(), size_of::<$structure>());
            $(
                let member = stringify!($member).trim_start_matches("r#");
                found.insert(format!("{}.{member}", stringify!($structure)), offset_of!($structure, $member));
            )*
        )* };
    }
    layout! {
        mco_cursor_t { c }
        mco_runtime_info_t {
            mco_version_major, mco_version_minor, mco_build_number, mco_size_t, mco_offs_t, uint4_supported, float_supported,
            mco_checklevel, evaluation_version, large_database_supported, collation_supported, heap31_supported,
            bin_serialization_supported, fixedrec_supported, statistics_supported, events_supported, save_load_supported,
            object_initialization_supported, direct_index_field_access_supported, multiprocess_access_supported,
            object_repack_supported, transaction_logging_supported, cluster_supported, high_availability_supported,
            iot_supported, ha_multicast_supported, ha_incremental_replication_supported, binary_schema_evalution_supported,
            unicode_supported, wchar_supported, recovery_supported, disk_supported, direct_pointers_supported,
            persistent_object_supported, xml_import_export_supported, user_defined_index_supported, multifile_supported,
            multifile_descriptor_supported, two_phase_commit_supported, rtree_supported, tree_based_hash,
            tmgr_mvcc_async_cleanup, concurent_disk_btree, open_cursor_goto_first, smart_index_insert, btree_leaf_lock,
            null_statistics, implicit_runtime_start, bufferized_sync_iostream, async_replication, fast_transaction_list,
            extendable_dirty_page_bitmap, mursiw_policy, sync_capabilities, char_comparison_policy, stream_buffer_size,
            max_db_instances, max_db_name_length, max_extends, tl_page_buffer_size, ha_max_replicas, ha_transmit_buffer_size,
            ha_syncronization_buffer_size, default_redo_log_limit, mvcc_critical_sections, mvcc_per_index_locks,
            con_disk_page_cache_size, small_con_cache_threshold, extendable_dirty_page_bitmap_limit, max_vista_sessions,
            concurrent_write_transactions, encryption_support, backup_support, mco_revision,
        }
        mco_log_params_t {
            default_commit_policy, redo_log_limit, delayed_commit_threshold, max_delayed_transactions, max_commit_delay,
        }
        mco_db_params_t {
            mark, mem_page_size, disk_page_size, db_max_connections, disk_max_database_size, file_extension_quantum,
            db_log_type, connection_context_size, hash_load_factor, index_optimistic_lock_threshold, log_params, mode_mask,
            min_conn_local_pages, max_conn_local_pages, allocation_bitmap_caching_priority, index_caching_priority,
            object_caching_priority, ddl_dict, ddl_dict_size, ddl_dict_flags, cipher_key, dynamic_hash, license_key,
            max_classes, max_indexes, autocompact_threshold, trans_sched_policy, max_trans_time, max_ttl_objects, ignore_ttl,
            max_gc_versions, max_active_pages, page_hash_bundles, compression_level, compression_mask,
            expected_compression_ratio, btree_cursor_read_ahead_size, mvcc_bitmap_size, additional_heap_size,
            cow_pagemap_size, backup_map_size, backup_min_pages, backup_max_passes, backup_map_filename, iot_agent_id,
            iot_level, file_backup_delay,
        }
        mco_iotx_db_stat_t {
            limit_bytes, live_bytes, map_bytes, file_bytes, last_flush_ms, oldest_reader_ms, readers, writers_waiting,
        }
        mco_iotx_status_t {
            agent_id, rows, bytes, oldest_ms, in_flight, acknowledged, confirmed, last_ack_ms, up, reason, class_code, group,
            class_name,
        }
        mco_iotx_auto_sync_t { flags, on_connect, clear, after_commit, period }
        mco_iotx_bound_t { max_rows, max_bytes, max_age, policy }
        mco_iotx_gap_t { agent_id, first, last, rows, time_ms, class_code, reason, class_name }
        mco_iotx_quarantine_t {
            origin_db_id, origin_agent_id, auto_oid, time_ms, class_code, code, class_name, detail,
        }
        mco_device_conv_t { ptr, flags }
        mco_device_named_t { name, flags, hint }
        mco_device_file_t { flags, name }
        mco_device_multifile_t { flags, name, segment_size }
        mco_device_raid_t { flags, name, level, offset }
        mco_device_idesc_t { handle }
        mco_device_union_t { conv, named, file, multifile, raid, idesc }
        mco_device_t { r#type, assignment, size, dev }
        mco_class_stat_t { objects_num, versions_num, core_pages, blob_pages, seq_pages, core_space }
        mco_inetaddr_t { u4, scope_id }
        mco_sock_params_t {
            mode, linger, sndbuf, rcvbuf, compression_level, domain, r#type, mcast_addr, ssl_params, last_error, last_errno,
        }
        mco_ssl_params_t {
            cipher_list, max_cert_list, options, tmp_dh, verify_mode, verify_depth, certificate, private_key,
            certificate_file, private_key_file,
        }
        mco_iot_comm_params_t {
            n_callback_threads, sock_domain, ssl_params, send_timeout, recv_timeout, listen_queue_size, wakeup_port,
            compression_level,
        }
        mco_iot_read_stream_t { handle, reader }
        iot_ack_t { seq, sender_agent_id, sender_db_id, receiver_agent_id, timestamp, timestamp_cmn, error_code, flags }
        iot_comm_callback_t { onConnect, onReceive, onAck, onDisconnect, onDestroy }
        mco_iot_replicator_params_t { conn_pool_size, wait_timeout }
        mco_iot_connection_stat_t { inetaddr, port, sent_bytes, recv_bytes, sent_compression_ratio, recv_compression_ratio }
        mco_gen_key_t { ptr, len }
        mco_dyn_bytes_t { ptr, len }
        mco_dyn_content_t { i, u, d, s }
        mco_dyn_value_t { kind, v }
        mco_dyn_column_t { field, kind, size, stride, data, lengths, indicators }
        mco_dyn_elements_t { counts, room, column }
        MCO_Hf {}
    }
    found
}
