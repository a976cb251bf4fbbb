/* mco.h: every constant, type, member and function that programs know, with its value, place and type. */
#include "names.h"
#include "mcogen.h"

UNSIGNED(uint1, 1);
UNSIGNED(uint2, 2);
UNSIGNED(uint4, 4);
UNSIGNED(uint8, 8);
SIGNED(int1, 1);
SIGNED(int2, 2);
SIGNED(int4, 4);
SIGNED(mco_int8, 8);
UNSIGNED(mco_uquad, 8);
SIGNED(mco_iquad, 8);
SIGNED(mco_bool, sizeof(int));
HOLDS(MCO_YES == 1 && MCO_NO == 0);
UNSIGNED(nchar_t, 2);
UNSIGNED(mco_datetime, 8);
UNSIGNED(mco_date, 4);
UNSIGNED(mco_time, 4);
UNSIGNED(mco_size_t, sizeof(void *));
UNSIGNED(mco_offs_t, sizeof(void *));
UNSIGNED(mco_hash_counter_t, sizeof(void *));
UNSIGNED(mco_counter_t, sizeof(void *));
SIGNED(mco_size_sig_t, sizeof(void *));
UNSIGNED(mco_size32_t, 4);
UNSIGNED(mco_offs32_t, 4);
UNSIGNED(mco_counter32_t, 4);
UNSIGNED(mco_trans_counter_t, 8);
UNSIGNED(autoid_t, 8);
UNSIGNED(timer_unit, 8);
HOLDS(sizeof(mco_db_h) == sizeof(void *) && sizeof(mco_trans_h) == sizeof(void *));
HOLDS(sizeof(mco_dictionary_h) == sizeof(void *) && sizeof(mco_cursor_h) == sizeof(void *));
HOLDS(sizeof(mco_collate_h) == sizeof(void *) && sizeof(mco_calculator_h) == sizeof(void *));
HOLDS(sizeof(struct mco_cursor_t_) == 100 * sizeof(mco_offs_t) && sizeof(mco_cursor_t) == sizeof(struct mco_cursor_t_));
HOLDS(sizeof(MCO_Hf) == 16 * sizeof(mco_offs_t));
HOLDS(sizeof(MCO_RET) == sizeof(int));

/* Runtime. */
HOLDS(MCO_RT_OPTION_EXTHEAPS == 0 && MCO_RT_WINDOWS_SHM_OPT == 1 && MCO_RT_OPTION_MARK_LAST_OBJ == 2);
HOLDS(MCO_RT_OPTION_UNIX_SHM_MASK == 3 && MCO_RT_POSIX_SHM_OPT == 4 && MCO_RT_CRC_ALGORITHM == 5);
HOLDS(MCO_RT_MAX_PATRICIA_DEPTH == 6 && MCO_RT_MAX_DYNAMIC_PIPES == 7 && MCO_RT_OPTION_CLASS_LOAD_MERGE == 8);
HOLDS(MCO_RT_OPTION_DATETIME_PRECISION == 9 && MCO_RT_OPTION_LAST == 10);
HOLDS(MCO_RT_POSIX_SHM_ANONYMOUS == 1 && MCO_RT_POSIX_SHM_SHARED == 2 && MCO_RT_POSIX_SHM_HUGETLB == 4);
HOLDS(MCO_RT_CRC32_NONE == 0 && MCO_RT_CRC32 == 1 && MCO_RT_CRC32_FAST == 2 && MCO_RT_CRC32_OLD == 3 && MCO_RT_CRC32C == 4);

#define RUNTIME_INFO(M)                                                                                          \
    M(uint1, mco_version_major, ) M(uint1, mco_version_minor, ) M(uint2, mco_build_number, )                      \
    M(uint1, mco_size_t, ) M(uint1, mco_offs_t, ) M(uint1, uint4_supported, ) M(uint1, float_supported, )         \
    M(uint1, mco_checklevel, ) M(uint1, evaluation_version, ) M(uint1, large_database_supported, )                \
    M(uint1, collation_supported, ) M(uint1, heap31_supported, ) M(uint1, bin_serialization_supported, )          \
    M(uint1, fixedrec_supported, ) M(uint1, statistics_supported, ) M(uint1, events_supported, )                  \
    M(uint1, save_load_supported, ) M(uint1, object_initialization_supported, )                                   \
    M(uint1, direct_index_field_access_supported, ) M(uint1, multiprocess_access_supported, )                     \
    M(uint1, object_repack_supported, ) M(uint1, transaction_logging_supported, ) M(uint1, cluster_supported, )   \
    M(uint1, high_availability_supported, ) M(uint1, iot_supported, ) M(uint1, ha_multicast_supported, )          \
    M(uint1, ha_incremental_replication_supported, ) M(uint1, binary_schema_evalution_supported, )                \
    M(uint1, unicode_supported, ) M(uint1, wchar_supported, ) M(uint1, recovery_supported, )                      \
    M(uint1, disk_supported, ) M(uint1, direct_pointers_supported, ) M(uint1, persistent_object_supported, )      \
    M(uint1, xml_import_export_supported, ) M(uint1, user_defined_index_supported, )                              \
    M(uint1, multifile_supported, ) M(uint1, multifile_descriptor_supported, )                                    \
    M(uint1, two_phase_commit_supported, ) M(uint1, rtree_supported, ) M(uint1, tree_based_hash, )                \
    M(uint1, tmgr_mvcc_async_cleanup, ) M(uint1, concurent_disk_btree, ) M(uint1, open_cursor_goto_first, )       \
    M(uint1, smart_index_insert, ) M(uint1, btree_leaf_lock, ) M(uint1, null_statistics, )                        \
    M(uint1, implicit_runtime_start, ) M(uint1, bufferized_sync_iostream, ) M(uint1, async_replication, )         \
    M(uint1, fast_transaction_list, ) M(uint1, extendable_dirty_page_bitmap, ) M(uint1, mursiw_policy, )          \
    M(uint1, sync_capabilities, ) M(uint1, char_comparison_policy, ) M(uint4, stream_buffer_size, )               \
    M(uint2, max_db_instances, ) M(uint1, max_db_name_length, ) M(int, max_extends, )                             \
    M(uint4, tl_page_buffer_size, ) M(uint2, ha_max_replicas, ) M(uint4, ha_transmit_buffer_size, )               \
    M(uint4, ha_syncronization_buffer_size, ) M(uint4, default_redo_log_limit, )                                  \
    M(uint1, mvcc_critical_sections, ) M(uint1, mvcc_per_index_locks, ) M(uint2, con_disk_page_cache_size, )      \
    M(uint1, small_con_cache_threshold, ) M(uint4, extendable_dirty_page_bitmap_limit, )                          \
    M(uint1, max_vista_sessions, ) M(uint1, concurrent_write_transactions, ) M(uint1, encryption_support, )       \
    M(uint1, backup_support, ) M(const char *, mco_revision, )
STRUCTURE(mco_runtime_info_t, RUNTIME_INFO)

/* Devices. */
HOLDS(MCO_MEMORY_NULL == 0 && MCO_MEMORY_CONV == 1 && MCO_MEMORY_NAMED == 2 && MCO_MEMORY_FILE == 3);
HOLDS(MCO_MEMORY_MULTIFILE == 4 && MCO_MEMORY_RAID == 5 && MCO_MEMORY_INT_DESC == 6 && MCO_MEMORY_CYCLIC_FILE_BUF == 7);
HOLDS(MCO_MEMORY_ASSIGN_DATABASE == 0 && MCO_MEMORY_ASSIGN_CACHE == 1 && MCO_MEMORY_ASSIGN_PERSISTENT == 2);
HOLDS(MCO_MEMORY_ASSIGN_LOG == 3 && MCO_MEMORY_ASSIGN_HA_ASYNC_BUF == 4 && MCO_MEMORY_ASSIGN_PIPE_BUF == 5);
HOLDS(MCO_FILE_OPEN_DEFAULT == 0 && MCO_FILE_OPEN_READ_ONLY == 1 && MCO_FILE_OPEN_TRUNCATE == 2);
HOLDS(MCO_FILE_OPEN_NO_BUFFERING == 4 && MCO_FILE_OPEN_EXISTING == 8 && MCO_FILE_OPEN_TEMPORARY == 16);
HOLDS(MCO_FILE_OPEN_FSYNC_FIX == 32 && MCO_FILE_OPEN_SUBPARTITION == 64 && MCO_FILE_OPEN_FSYNC_AIO_BARRIER == 128);
HOLDS(MCO_FILE_OPEN_COMPRESSED == 256 && MCO_FILE_OPEN_LOCK == 512 && MCO_FILE_OPEN_NO_READ_BUFFERING == 1024);
HOLDS(MCO_FILE_OPEN_NO_WRITE_BUFFERING == 2048);
HOLDS(MCO_MAX_MEMORY_NAME == 64 && MCO_MAX_FILE_NAME == 256 && MCO_MAX_MULTIFILE_NAME == 64);

#define CONV(M) M(void *, ptr, ) M(int, flags, )
#define NAMED(M) M(char, name, [64]) M(unsigned, flags, ) M(void *, hint, )
#define FILE_DEVICE(M) M(int, flags, ) M(char, name, [256])
#define MULTIFILE(M) M(int, flags, ) M(char, name, [64]) M(mco_offs_t, segment_size, )
#define RAID(M) M(int, flags, ) M(char, name, [64]) M(int, level, ) M(mco_offs_t, offset, )
#define INT_DESC(M) M(unsigned long, handle, )
STRUCTURE(mco_device_conv_t, CONV)
STRUCTURE(mco_device_named_t, NAMED)
STRUCTURE(mco_device_file_t, FILE_DEVICE)
STRUCTURE(mco_device_multifile_t, MULTIFILE)
STRUCTURE(mco_device_raid_t, RAID)
STRUCTURE(mco_device_idesc_t, INT_DESC)
#define DEVICE(M) M(unsigned, type, ) M(unsigned, assignment, ) M(mco_size_t, size, ) M(mco_device_union_t, dev, )
STRUCTURE(mco_device_t, DEVICE)
HOLDS(sizeof(struct mco_device_t_) == sizeof(*(mco_device_h) 0));

/* Parameters of a database. */
HOLDS(MCO_COMMIT_SYNC_FLUSH == 0 && MCO_COMMIT_BUFFERED == 1 && MCO_COMMIT_DELAYED == 2 && MCO_COMMIT_NO_SYNC == 3);
HOLDS(NO_LOG == 0 && REDO_LOG == 1 && UNDO_LOG == 2 && MCO_INFINITE_DATABASE_SIZE == 0);
HOLDS(MCO_SCHED_FIFO == 0 && MCO_SCHED_READER_FAVOR == 1 && MCO_SCHED_WRITER_FAVOR == 2);
HOLDS(MCO_COMPRESSION_OBJ_HEAD == 1 && MCO_COMPRESSION_OBJ_NODE == 2 && MCO_COMPRESSION_BLOB_HEAD == 64);
HOLDS(MCO_COMPRESSION_BLOB_TAIL == 128 && MCO_COMPRESSION_FIXEDRECSET == 4096 && MCO_COMPRESSION_ALL == 4291);

#define LOG_PARAMS(M)                                                                                            \
    M(MCO_COMMIT_POLICY, default_commit_policy, ) M(mco_offs_t, redo_log_limit, )                                 \
    M(mco_offs_t, delayed_commit_threshold, ) M(mco_counter32_t, max_delayed_transactions, )                      \
    M(uint4, max_commit_delay, )
STRUCTURE(mco_log_params_t, LOG_PARAMS)

#define DB_PARAMS(M)                                                                                             \
    M(uint2, mark, ) M(uint2, mem_page_size, ) M(uint4, disk_page_size, ) M(uint4, db_max_connections, )          \
    M(mco_offs_t, disk_max_database_size, ) M(mco_offs_t, file_extension_quantum, ) M(MCO_LOG_TYPE, db_log_type, ) \
    M(uint2, connection_context_size, ) M(uint2, hash_load_factor, ) M(uint2, index_optimistic_lock_threshold, )  \
    M(mco_log_params_t, log_params, ) M(int, mode_mask, ) M(int, min_conn_local_pages, )                          \
    M(int, max_conn_local_pages, ) M(int, allocation_bitmap_caching_priority, ) M(int, index_caching_priority, )  \
    M(int, object_caching_priority, ) M(struct mco_ddl_dictionary_t_ *, ddl_dict, ) M(mco_size_t, ddl_dict_size, ) \
    M(int, ddl_dict_flags, ) M(char *, cipher_key, ) M(mco_bool, dynamic_hash, ) M(char *, license_key, )         \
    M(int, max_classes, ) M(int, max_indexes, ) M(mco_size_t, autocompact_threshold, )                            \
    M(MCO_TRANS_SCHED_POLICY, trans_sched_policy, ) M(uint8, max_trans_time, ) M(uint8, max_ttl_objects, )        \
    M(mco_bool, ignore_ttl, ) M(int, max_gc_versions, ) M(int, max_active_pages, ) M(int, page_hash_bundles, )    \
    M(int, compression_level, ) M(int, compression_mask, ) M(int, expected_compression_ratio, )                   \
    M(uint1, btree_cursor_read_ahead_size, ) M(int, mvcc_bitmap_size, ) M(int, additional_heap_size, )            \
    M(mco_size_t, cow_pagemap_size, ) M(mco_size_t, backup_map_size, ) M(unsigned, backup_min_pages, )            \
    M(unsigned, backup_max_passes, ) M(char, backup_map_filename, [256]) M(uint8, iot_agent_id, )                 \
    M(uint2, iot_level, ) M(uint4, file_backup_delay, )
STRUCTURE(mco_db_params_t, DB_PARAMS)
HOLDS(sizeof(struct mco_db_params_t_) == sizeof(mco_db_params_t));

HOLDS(MCO_DB_MODE_MVCC_AUTO_VACUUM == 0x1 && MCO_DB_MODE_SMART_INDEX_INSERT == 0x2 && MCO_DB_OPEN_EXISTING == 0x4);
HOLDS(MCO_DB_USE_CRC_CHECK == 0x8 && MCO_DB_TRANSIENT == 0x10 && MCO_DB_LAZY_MEM_INITIALIZATION == 0x20);
HOLDS(MCO_DB_MURSIW_DISK_COMMIT_OPTIMIZATION == 0x40 && MCO_DB_BULK_WRITE_MODIFIED_PAGES == 0x80);
HOLDS(MCO_DB_TRANS_LOG_FAST_CRC == 0x100 && MCO_DB_INDEX_PRELOAD == 0x200);
HOLDS(MCO_DB_DISABLE_NESTED_TRANSACTIONS == 0x400 && MCO_DB_DISABLE_IMPLICIT_ROLLBACK == 0x800);
HOLDS(MCO_DB_INMEMORY_PROTECTION == 0x1000 && MCO_DB_INCLUSIVE_BTREE == 0x2000 && MCO_DB_INMEMORY_COMPRESSION == 0x4000);
HOLDS(MCO_DB_SEPARATE_BITMAP == 0x8000 && MCO_DB_DISABLE_BTREE_REBALANCE_ON_DELETE == 0x10000);
HOLDS(MCO_DB_AUTO_ROLLBACK_FIRST_PHASE == 0x20000 && MCO_DB_MVCC_COMPATIBILITY_MODE == 0x40000);
HOLDS(MCO_DB_DISABLE_PAGE_POOL_RESERVE == 0x80000 && MCO_DB_REDO_LOG_OPTIMIZATION == 0x100000);
HOLDS(MCO_DB_DISABLE_HOT_UPDATES == 0x200000 && MCO_DB_SQL_AUTOCHECKPOINT == 0x400000);
HOLDS(MCO_DB_MODE_READ_ONLY == 0x800000 && MCO_DB_USE_AIO == 0x1000000 && MCO_DB_INCREMENTAL_BACKUP == 0x2000000);
HOLDS(MCO_DB_MVCC_TABLE_LEVEL_LOCKING == 0x4000000 && MCO_DB_DISABLE_SMART_ALLOC == 0x8000000);

/* Transactions, cursors, statistics, events, trace. */
HOLDS(MCO_READ_ONLY == 0 && MCO_UPDATE == 1 && MCO_READ_WRITE == 2 && MCO_EXCLUSIVE == 3);
HOLDS(MCO_TRANS_IDLE == -2 && MCO_TRANS_BACKGROUND == -1 && MCO_TRANS_FOREGROUND == 0 && MCO_TRANS_HIGH == 1);
HOLDS(MCO_TRANS_ISR == 2 && MCO_DEFAULT_ISOLATION_LEVEL == 0 && MCO_READ_COMMITTED == 1);
HOLDS(MCO_REPEATABLE_READ == 2 && MCO_SERIALIZABLE == 4);
HOLDS(MCO_LIST_CURSOR == 0 && MCO_TREE_CURSOR == 1 && MCO_HASH_CURSOR == 2 && MCO_KDTREE_CURSOR == 3);
HOLDS(MCO_PTREE_CURSOR == 4 && MCO_RTREE_CURSOR == 5);
HOLDS(MCO_NOP == 0 && MCO_LT == 1 && MCO_LE == 2 && MCO_EQ == 3 && MCO_GE == 4 && MCO_GT == 5 && MCO_OVERLAP == 6);
HOLDS(MCO_CONTAIN == 7 && MCO_EX == 8 && MCO_BEST == 9 && MCO_PREF == 10 && MCO_NEXT_MATCH == 11);
HOLDS(MCO_NEIGHBOURHOOD == 12 && MCO_NEIGHBORHOOD == MCO_NEIGHBOURHOOD && MCO_BELONG == MCO_LE);
HOLDS(sizeof(MCO_OPCODE) == sizeof(int));
HOLDS(MCO_EVENT_NEW == 0 && MCO_EVENT_UPDATE == 1 && MCO_EVENT_DELETE == 2 && MCO_EVENT_DELETE_ALL == 3);
HOLDS(MCO_EVENT_CHECKPOINT == 4 && MCO_EVENT_CLASS_UPDATE == 5 && sizeof(MCO_EVENT_TYPE) == sizeof(int));
HOLDS(MCO_BEFORE_UPDATE == 0 && MCO_AFTER_UPDATE == 1 && sizeof(MCO_HANDLING_ORDER) == sizeof(int));
HOLDS(MCO_TRACE_NETWORK == 37 && MCO_TRACE_IOT == 43);
HOLDS(MCO_TM_INFINITE == 0xFFFFFFFFFFFFFFFFu);

#define CLASS_STAT(M)                                                                                            \
    M(mco_counter_t, objects_num, ) M(mco_counter32_t, versions_num, ) M(mco_counter32_t, core_pages, )           \
    M(mco_counter32_t, blob_pages, ) M(mco_counter32_t, seq_pages, ) M(mco_counter_t, core_space, )
STRUCTURE(mco_class_stat_t, CLASS_STAT)

static void structures(void) {
    structure_mco_runtime_info_t();
    structure_mco_device_conv_t();
    structure_mco_device_named_t();
    structure_mco_device_file_t();
    structure_mco_device_multifile_t();
    structure_mco_device_raid_t();
    structure_mco_device_idesc_t();
    structure_mco_device_t();
    structure_mco_log_params_t();
    structure_mco_db_params_t();
    structure_mco_class_stat_t();
}

static void runtime_and_databases(void) {
    FUNCTION(MCO_RET, mco_runtime_start, (void));
    FUNCTION(MCO_RET, mco_runtime_start_ex, (mco_bool, mco_bool, mco_bool, const char *, const char *, const char *));
    FUNCTION(MCO_RET, mco_runtime_stop, (void));
    FUNCTION(void, mco_runtime_setoption, (int, int));
    FUNCTION(int, mco_runtime_getoption, (int));
    FUNCTION(int *, mco_runtime_get_options_arr, (void));
    FUNCTION(void, mco_get_runtime_info, (mco_runtime_info_t *));
    FUNCTION(MCO_RET, mco_db_databases, (char *, mco_size32_t, mco_counter32_t));
    FUNCTION(void *, mco_sys_malloc, (mco_size_t));
    FUNCTION(void *, mco_sys_calloc, (mco_size_t, mco_size_t));
    FUNCTION(void *, mco_sys_realloc, (void *, mco_size_t));
    FUNCTION(void, mco_sys_free, (void *));
    FUNCTION(void, mco_db_params_init, (mco_db_params_t *));
    FUNCTION(MCO_RET, mco_db_open_dev, (const char *, mco_dictionary_h, mco_device_t *, mco_size_t, mco_db_params_t *));
    FUNCTION(MCO_RET, mco_db_open, (const char *, mco_dictionary_h, void *, mco_size_t, uint2));
    FUNCTION(MCO_RET, mco_db_extend_dev, (const char *, mco_device_t *));
    FUNCTION(MCO_RET, mco_db_connect, (const char *, mco_db_h *));
    FUNCTION(MCO_RET, mco_db_connect_ctx, (const char *, void const *, mco_db_h *));
    FUNCTION(void *, mco_db_connection_context, (mco_db_h));
    FUNCTION(MCO_RET, mco_db_disconnect, (mco_db_h));
    FUNCTION(MCO_RET, mco_db_close, (const char *));
    FUNCTION(MCO_RET, mco_db_kill, (const char *));
    FUNCTION(MCO_RET, mco_db_clean, (mco_db_h));
    FUNCTION(MCO_RET, mco_db_connection_info, (const char *, unsigned *, unsigned *));
    FUNCTION(uint4, mco_get_max_connections, (mco_db_h));
    FUNCTION(MCO_RET, mco_db_total_pages, (mco_db_h, mco_size32_t *));
    FUNCTION(MCO_RET, mco_db_free_pages, (mco_db_h, mco_size32_t *));
    FUNCTION(MCO_RET, mco_db_page_size, (mco_db_h, uint2 *));
    FUNCTION(MCO_RET, mco_disk_flush, (mco_db_h));
    FUNCTION(MCO_COMMIT_POLICY, mco_disk_transaction_policy, (mco_db_h, MCO_COMMIT_POLICY));
    FUNCTION(MCO_RET, mco_db_sniffer, (mco_db_h, MCO_RET (*)(mco_db_h, void *, mco_trans_counter_t), int));
    FUNCTION(timer_unit, mco_system_get_current_time, (void));
}

static void transactions(void) {
    FUNCTION(MCO_RET, mco_trans_start, (mco_db_h, MCO_TRANS_TYPE, MCO_TRANS_PRIORITY, mco_trans_h *));
    FUNCTION(MCO_RET, mco_trans_start_ex,
             (mco_db_h, MCO_TRANS_TYPE, MCO_TRANS_PRIORITY, MCO_TRANS_ISOLATION_LEVEL, mco_trans_h *));
    FUNCTION(MCO_RET, mco_trans_commit, (mco_trans_h));
    FUNCTION(MCO_RET, mco_trans_commit_phase1, (mco_trans_h));
    FUNCTION(MCO_RET, mco_trans_commit_phase2, (mco_trans_h));
    FUNCTION(MCO_RET, mco_trans_rollback, (mco_trans_h));
    FUNCTION(MCO_RET, mco_trans_upgrade, (mco_trans_h));
    FUNCTION(MCO_RET, mco_trans_checkpoint, (mco_trans_h));
    FUNCTION(MCO_RET, mco_trans_type, (mco_trans_h, MCO_TRANS_TYPE *));
    FUNCTION(MCO_RET, mco_trans_no, (mco_trans_h, mco_trans_counter_t *));
    FUNCTION(MCO_RET, mco_trans_isolation_level, (mco_trans_h, MCO_TRANS_ISOLATION_LEVEL *));
    FUNCTION(MCO_TRANS_ISOLATION_LEVEL, mco_trans_set_default_isolation_level, (mco_db_h, MCO_TRANS_ISOLATION_LEVEL));
    FUNCTION(int, mco_trans_get_supported_isolation_levels, (void));
    FUNCTION(MCO_RET, mco_get_last_error, (mco_trans_h));
    FUNCTION(int, mco_get_last_unique_violation_index, (mco_db_h));
    FUNCTION(MCO_RET, mco_get_last_autoid, (mco_db_h, uint8 *));
}

static void cursors_and_the_rest(void) {
    FUNCTION(MCO_RET, mco_cursor_first, (mco_trans_h, mco_cursor_h));
    FUNCTION(MCO_RET, mco_cursor_last, (mco_trans_h, mco_cursor_h));
    FUNCTION(MCO_RET, mco_cursor_next, (mco_trans_h, mco_cursor_h));
    FUNCTION(MCO_RET, mco_cursor_prev, (mco_trans_h, mco_cursor_h));
    FUNCTION(MCO_RET, mco_cursor_check, (mco_trans_h, mco_cursor_h));
    FUNCTION(MCO_RET, mco_cursor_close, (mco_trans_h, mco_cursor_h));
    FUNCTION(MCO_RET, mco_cursor_store, (mco_trans_h, mco_cursor_h));
    FUNCTION(MCO_RET, mco_cursor_type, (mco_cursor_h, MCO_CURSOR_TYPE *));
    FUNCTION(MCO_RET, mco_cursor_get_class_code, (mco_cursor_h, uint2 *));
    FUNCTION(MCO_RET, mco_get_class_code, (MCO_Hf *, uint2 *));
    FUNCTION(mco_bool, mco_is_object_deleted, (MCO_Hf *));
    FUNCTION(MCO_RET, mco_assign_handle, (MCO_Hf *, MCO_Hf *));
    FUNCTION(MCO_RET, mco_copy_handle, (mco_db_h, MCO_Hf *, MCO_Hf *));
    FUNCTION(MCO_RET, mco_class_stat_get, (mco_trans_h, uint2, mco_class_stat_t *));
    FUNCTION(MCO_RET, mco_index_stat_num, (mco_trans_h, uint2 *));
    FUNCTION(MCO_RET, mco_index_get_size, (mco_trans_h, uint2, mco_counter_t *));
    FUNCTION(MCO_RET, mco_async_event_wait, (mco_db_h, int));
    FUNCTION(MCO_RET, mco_async_event_release, (mco_db_h, int));
    FUNCTION(MCO_RET, mco_async_event_release_all, (mco_db_h));
    FUNCTION(void, mco_error_set_handler, (void (*)(MCO_RET)));
    FUNCTION(void, mco_error_set_handler_ex, (void (*)(MCO_RET, const char *, int)));
    FUNCTION(const char *, mco_strerror, (MCO_RET));
    FUNCTION(const char *, mco_iotx_last_error, (void));
    FUNCTION(void, mco_trace_set_level, (int));
    FUNCTION(void, mco_trace_set_handler, (void (*)(int, int, const char *)));
}

/* What mco_db_params_init promises. */
static void defaults(void) {
    mco_db_params_t p;

    memset(&p, 0xEE, sizeof p);
    mco_db_params_init(&p);
    TRUE(p.mem_page_size == 256 && p.disk_page_size == 0 && p.db_max_connections == 100);
    TRUE(p.disk_max_database_size == MCO_INFINITE_DATABASE_SIZE && p.file_extension_quantum == 4 << 20);
    TRUE(p.db_log_type == REDO_LOG && p.connection_context_size == 0 && p.hash_load_factor == 100);
    TRUE(p.index_optimistic_lock_threshold == 0 && p.log_params.default_commit_policy == MCO_COMMIT_SYNC_FLUSH);
    TRUE(p.log_params.redo_log_limit == 16 << 20 && p.log_params.delayed_commit_threshold == 16 << 20);
    TRUE(p.log_params.max_delayed_transactions == 0 && p.log_params.max_commit_delay == 0 && p.mode_mask == 0);
    TRUE(p.min_conn_local_pages == 0 && p.max_conn_local_pages == 0 && p.allocation_bitmap_caching_priority == 0);
    TRUE(p.index_caching_priority == 0 && p.object_caching_priority == 0 && p.ddl_dict == NULL);
    TRUE(p.ddl_dict_size == 0 && p.ddl_dict_flags == 0 && p.cipher_key == NULL && p.dynamic_hash == MCO_YES);
    TRUE(p.license_key == NULL && p.max_classes == 100 && p.max_indexes == 1000 && p.autocompact_threshold == 0);
    TRUE(p.trans_sched_policy == MCO_SCHED_FIFO && p.max_trans_time == 0 && p.max_ttl_objects == 0 && p.ignore_ttl == 0);
    TRUE(p.max_gc_versions == 0 && p.max_active_pages == 0 && p.page_hash_bundles == 0);
    TRUE(p.compression_level == -1 && p.compression_mask == 4099 && p.expected_compression_ratio == 20);
    TRUE(p.btree_cursor_read_ahead_size == 0 && p.mvcc_bitmap_size == 0 && p.additional_heap_size == 0);
    TRUE(p.cow_pagemap_size == 0 && p.backup_map_size == 0 && p.backup_min_pages == 0 && p.backup_max_passes == 10);
    TRUE(p.backup_map_filename[0] == 0 && p.iot_agent_id == 0 && p.iot_level == 0 && p.file_backup_delay == 0);
}

/* Each older name of a member means the newer one. */
static void older_names(void) {
    mco_runtime_info_t info;
    mco_runtime_info_t *i = &info;

    TRUE(&i->mco_shm_supported == &i->multiprocess_access_supported);
    TRUE(&i->mco_save_load_supported == &i->save_load_supported && &i->mco_disk_supported == &i->disk_supported);
    TRUE(&i->mco_fixedrec_supported == &i->fixedrec_supported && &i->mco_events_supported == &i->events_supported);
    TRUE(&i->mco_recovery_supported == &i->recovery_supported && &i->mco_rtree_supported == &i->rtree_supported);
    TRUE(&i->mco_unicode_supported == &i->unicode_supported && &i->mco_multithreaded == &i->sync_capabilities);
    TRUE(&i->mco_stat_supported == &i->statistics_supported);
    TRUE(&i->mco_xml_supported == &i->xml_import_export_supported);
    TRUE(&i->mco_versioning_supported == &i->evaluation_version && &i->mco_evaluation_version == &i->evaluation_version);
    TRUE(&i->mco_wchar_supported == &i->wchar_supported && &i->mco_rtl_supported == &i->wchar_supported);
    TRUE(&i->mco_sql_supported == &i->wchar_supported && &i->mco_direct_pointers == &i->direct_pointers_supported);
}

static void clock_of_the_library(void) {
    timer_unit before = mco_system_get_current_time() / 1000, between, after;
    between = MCO_SYSTEM_GET_CURRENT_TIME_MSEC;
    after = mco_system_get_current_time() / 1000;
    TRUE(before <= between && between <= after && before / 1000 > 1700000000u);
}

int main(void) {
    structures();
    runtime_and_databases();
    transactions();
    cursors_and_the_rest();
    defaults();
    older_names();
    clock_of_the_library();
    TRUE(names_seen == 32 + 16 + 25);
    return 0;
}
