/* Every function with NULL, foreign and ended handles, and with NULL for what must not be NULL. */
#include "check.h"
#include "kinds.h"
#include "mcossl.h"

#define INVALID(call) GIVES(MCO_E_INVALID_HANDLE, call)
#define IOT_INVALID(call) GIVES(MCO_E_IOT_INVALID_HANDLE, call)

static mco_bool enumerate(mco_iot_replicator_h repl, mco_iot_connection_h iotc, void *context) {
    (void) repl;
    (void) iotc;
    (void) context;
    return MCO_YES;
}

static void core(void *handle) {
    mco_db_h db = (mco_db_h) handle;
    mco_trans_h t = (mco_trans_h) handle, out;
    mco_cursor_t memory;
    mco_cursor_h c = &memory;
    MCO_Hf object, source;
    Item item;
    Item_fixed values;
    mco_class_stat_t stat;
    MCO_TRANS_TYPE type;
    MCO_TRANS_ISOLATION_LEVEL level;
    MCO_CURSOR_TYPE kind;
    mco_trans_counter_t number;
    mco_counter_t count;
    uint1 u1;
    uint2 u2;
    uint4 u4;
    uint8 u8;
    int i;
    char text[8];
    mco_size_t size;

    memset(&memory, 0, sizeof memory);
    memset(&object, 0, sizeof object);
    memset(&source, 0, sizeof source);
    memset(&item, 0, sizeof item);
    INVALID(mco_db_disconnect(db));
    INVALID(mco_db_clean(db));
    INVALID(mco_db_total_pages(db, &u4));
    INVALID(mco_db_free_pages(db, &u4));
    INVALID(mco_db_page_size(db, &u2));
    INVALID(mco_disk_flush(db));
    INVALID(mco_db_sniffer(db, NULL, 0));
    TRUE(mco_disk_transaction_policy(db, MCO_COMMIT_NO_SYNC) == MCO_COMMIT_SYNC_FLUSH);
    TRUE(mco_db_connection_context(db) == NULL);
    TRUE(mco_get_max_connections(db) == 0);
    TRUE(mco_get_last_unique_violation_index(db) == -1);
    INVALID(mco_get_last_autoid(db, &u8));
    INVALID(mco_async_event_wait(db, 1));
    INVALID(mco_async_event_release(db, 1));
    INVALID(mco_async_event_release_all(db));
    INVALID(mco_trans_start(db, MCO_READ_ONLY, MCO_TRANS_FOREGROUND, &out));
    INVALID(mco_trans_start_ex(db, MCO_READ_ONLY, MCO_TRANS_FOREGROUND, MCO_SERIALIZABLE, &out));
    TRUE(mco_trans_set_default_isolation_level(db, MCO_READ_COMMITTED) == MCO_SERIALIZABLE);
    INVALID(mco_copy_handle(db, &object, &source));

    INVALID(mco_trans_commit(t));
    INVALID(mco_trans_rollback(t));
    INVALID(mco_trans_upgrade(t));
    INVALID(mco_trans_checkpoint(t));
    INVALID(mco_trans_commit_phase1(t));
    INVALID(mco_trans_commit_phase2(t));
    INVALID(mco_trans_type(t, &type));
    INVALID(mco_trans_no(t, &number));
    INVALID(mco_trans_isolation_level(t, &level));
    INVALID(mco_get_last_error(t));
    INVALID(mco_class_stat_get(t, 1, &stat));
    INVALID(mco_index_stat_num(t, &u2));
    INVALID(mco_index_get_size(t, 0, &count));

    INVALID(mco_cursor_first(t, c));
    INVALID(mco_cursor_last(t, c));
    INVALID(mco_cursor_next(t, c));
    INVALID(mco_cursor_prev(t, c));
    INVALID(mco_cursor_check(t, c));
    INVALID(mco_cursor_close(t, c));
    INVALID(mco_cursor_store(t, c));
    INVALID(mco_cursor_type(NULL, &kind));
    INVALID(mco_cursor_get_class_code(NULL, &u2));
    GIVES(MCO_E_CURSOR_INVALID, mco_cursor_type(c, &kind));
    GIVES(MCO_E_CURSOR_INVALID, mco_cursor_get_class_code(c, &u2));

    INVALID(mco_get_class_code(NULL, &u2));
    INVALID(mco_get_class_code(&object, &u2));
    TRUE(mco_is_object_deleted(NULL) == MCO_YES && mco_is_object_deleted(&object) == MCO_YES);
    INVALID(mco_assign_handle(&object, &source));
    INVALID(mco_assign_handle(&object, NULL));
    INVALID(mco_iotx_row_identity(&object, &u8, &u8));
    INVALID(mco_iotx_row_identity(NULL, &u8, &u8));

    INVALID(Item_new(t, &item));
    INVALID(Item_delete(&item));
    INVALID(Item_delete(NULL));
    INVALID(Item_delete_all(t));
    INVALID(Item_checkpoint(&item));
    INVALID(Item_from_cursor(t, c, &item));
    INVALID(Item_list_cursor(t, c));
    INVALID(Item_fixed_get(&item, &values));
    INVALID(Item_fixed_put(&item, &values));
    INVALID(Item_pack(&item, &u4));
    INVALID(Item_autoid_get(&item, &u8));
    INVALID(Item_autoid_find(t, 1, &item));
    INVALID(Item_autoid_index_cursor(t, c));
    INVALID(Item_u1_put(&item, 1));
    INVALID(Item_u1_get(NULL, &u1));
    INVALID(Item_c4_put(&item, "a", 1));
    INVALID(Item_c4_get(&item, text, sizeof text));
    INVALID(Item_s_put(&item, "a", 1));
    INVALID(Item_s_get(&item, text, sizeof text, &u2));
    INVALID(Item_s_size(&item, &u2));
    INVALID(Item_by_u4_find(t, 1, &item));
    INVALID(Item_by_i4_index_cursor(t, c));
    INVALID(Item_by_i4_search(t, c, MCO_EQ, 1));
    INVALID(Item_by_i4_compare(t, c, 1, &i));
    INVALID(Item_by_i4_locate(t, c, &item));
    INVALID(Item_by_s_pattern_size(t, "a", 1, &size));
    INVALID(Item_by_s_pattern_search(t, c, text, sizeof text, "a", 1));
    INVALID(Item_by_s_pattern_next(t, c, text));
}

static void iot(void *handle) {
    mco_iot_comm_h comm = (mco_iot_comm_h) handle;
    mco_iot_replicator_h repl = (mco_iot_replicator_h) handle;
    mco_iot_connection_h iotc = (mco_iot_connection_h) handle;
    iot_comm_callback_t callbacks = {NULL, NULL, NULL, NULL, NULL};
    mco_iot_connection_stat_t stat;
    mco_iot_stop_reason_t reason = MCO_IOT_STOP_REASON_NONE;
    MCO_RET code = MCO_S_OK;
    mco_iot_agent_id_t id;
    uint2 level;
    int number = 0;
    char text[8] = "as was";

    IOT_INVALID(mco_iot_comm_listen(comm, "0", NULL));
    IOT_INVALID(mco_iot_comm_connect_async(comm, "1", 0, 0, 0, NULL));
    IOT_INVALID(mco_iot_comm_stop_listen(comm, "0"));
    IOT_INVALID(mco_iot_comm_stop_connect(comm, "0"));
    TRUE(mco_iot_comm_is_stopped(comm) == MCO_YES);
    TRUE(mco_iot_comm_process_connections(comm, 0) == -MCO_E_IOT_INVALID_HANDLE);
    IOT_INVALID(mco_iot_comm_register_callback(comm, &callbacks, NULL));
    IOT_INVALID(mco_iot_comm_unregister_callback(comm, NULL));
    TRUE(mco_iot_comm_find_conn(comm, 1) == NULL);
    TRUE(mco_iot_comm_next_conn(comm, NULL) == NULL);
    IOT_INVALID(mco_iot_comm_stop(comm));
    IOT_INVALID(mco_iot_comm_destroy(comm));
    IOT_INVALID(mco_iotx_comm_get_listen_port(comm, "0", &number));

    IOT_INVALID(mco_iot_replicator_connect(repl, "1", 0, NULL));
    IOT_INVALID(mco_iot_replicator_sync(repl, 1, MCO_IOT_SYNC_PUSH));
    IOT_INVALID(mco_iot_replicator_clear(repl, 1));
    IOT_INVALID(mco_iot_replicator_clear_class(repl, 1, 1));
    IOT_INVALID(mco_iot_replicator_enum_agents(repl, enumerate, NULL));
    IOT_INVALID(mco_iot_replicator_get_level(repl, &level));
    IOT_INVALID(mco_iot_replicator_set_level(repl, 5));
    TRUE(mco_iot_replicator_get_comm(repl) == NULL);
    IOT_INVALID(mco_iot_replicator_register_rest_service(repl, "/", NULL));
    IOT_INVALID(mco_iot_replicator_stop(repl));
    IOT_INVALID(mco_iot_replicator_destroy(repl));
    IOT_INVALID(mco_iotx_replicator_get_db_id(repl, &id));
    IOT_INVALID(mco_iotx_gap_count(repl, &id));
    IOT_INVALID(mco_iotx_gap_enum(repl, NULL, NULL));
    IOT_INVALID(mco_iotx_forget_agent(repl, 1000));

    IOT_INVALID(mco_iot_connection_release(iotc));
    IOT_INVALID(mco_iot_conn_release(iotc));
    TRUE(mco_iot_connection_get_agent_id(iotc) == MCO_IOT_INVALID_AGENT_ID);
    TRUE(mco_iot_conn_get_agent_id(iotc) == MCO_IOT_INVALID_AGENT_ID);
    TRUE(mco_iot_connection_get_address(iotc) == NULL && mco_iot_conn_get_address(iotc) == NULL);
    IOT_INVALID(mco_iot_connection_get_stat(iotc, &stat));
    IOT_INVALID(mco_iot_conn_get_stat(iotc, &stat));
    mco_iot_connection_get_error(iotc, &reason, &code, &number, text, sizeof text);
    mco_iot_conn_get_error(iotc, NULL, NULL, NULL, NULL, 0);
    TRUE(reason == MCO_IOT_STOP_REASON_NONE && code == MCO_S_OK && strcmp(text, "as was") == 0);
    TRUE(mco_iot_connection_get_comm(iotc) == NULL && mco_iot_conn_get_comm(iotc) == NULL);
    IOT_INVALID(mco_iot_connection_disconnect(iotc));
    IOT_INVALID(mco_iot_conn_disconnect(iotc));
}

static void outputs(mco_db_h db) {
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    mco_cursor_t cursor;
    Item item;
    uint8 id;

    GIVES(MCO_E_ILLEGAL_PARAM, mco_db_page_size(db, NULL));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_db_total_pages(db, NULL));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_db_free_pages(db, NULL));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_get_last_autoid(db, NULL));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_trans_no(t, NULL));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_trans_isolation_level(t, NULL));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_class_stat_get(t, Item_code, NULL));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_index_stat_num(t, NULL));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_index_get_size(t, 0, NULL));
    GIVES(MCO_E_ILLEGAL_PARAM, Item_new(t, NULL));
    GIVES(MCO_E_ILLEGAL_PARAM, Item_by_u4_find(t, 1, NULL));
    GIVES(MCO_E_ILLEGAL_PARAM, Item_autoid_find(t, 1, NULL));
    GIVES(MCO_E_ILLEGAL_PARAM, Item_list_cursor(t, NULL));
    GIVES(MCO_E_ILLEGAL_PARAM, Item_by_i4_search(t, NULL, MCO_EQ, 1));
    OK(Item_new(t, &item));
    GIVES(MCO_E_ILLEGAL_PARAM, Item_pack(&item, NULL));
    GIVES(MCO_E_ILLEGAL_PARAM, Item_autoid_get(&item, NULL));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_get_class_code((MCO_Hf *) &item, NULL));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_iotx_row_identity((MCO_Hf *) &item, NULL, &id));
    OK(Item_list_cursor(t, &cursor));
    GIVES(MCO_E_ILLEGAL_PARAM, Item_from_cursor(t, &cursor, NULL));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_cursor_type(&cursor, NULL));
    OK(mco_trans_rollback(t));
}

int main(void) {
    static char unrelated[256];
    mco_db_h db, ended;
    mco_trans_h t;
    mco_iot_comm_h comm, gone;

    core(NULL);
    iot(NULL);
    GIVES(MCO_E_ILLEGAL_PARAM, mco_db_close(NULL));
    GIVES(MCO_E_IOT_NOT_INITIALIZED, mco_iot_comm_create(NULL, &comm));
    GIVES(MCO_E_NOTINIT, mco_iot_init());
    OK(mco_runtime_start());
    GIVES(MCO_E_IOT_NOT_INITIALIZED, mco_iot_comm_create(NULL, &comm));
    OK(mco_iot_init());
    OK(open_memory("kinds", kinds_get_dictionary(), 4 << 20, NULL));
    OK(mco_db_connect("kinds", &db));
    OK(mco_db_connect("kinds", &ended));
    OK(mco_db_disconnect(ended));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_iot_comm_create(NULL, NULL));
    OK(mco_iot_comm_create(NULL, &comm));
    OK(mco_iot_comm_create(NULL, &gone));
    OK(mco_iot_comm_destroy(gone));

    core(unrelated); /* memory that is no handle */
    core(ended);
    core(comm); /* handles of another kind */
    iot(unrelated);
    iot(gone);
    iot(db);
    outputs(db);

    GIVES(MCO_E_ILLEGAL_PARAM, mco_iot_comm_listen(comm, NULL, NULL));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_iot_comm_register_callback(comm, NULL, NULL));
    GIVES(MCO_S_NOTFOUND, mco_iot_comm_stop_listen(comm, "0"));
    GIVES(MCO_S_NOTFOUND, mco_iot_comm_stop_connect(comm, "0"));
    GIVES(MCO_E_IOT_CALLBACK_NOT_FOUND, mco_iot_comm_unregister_callback(comm, NULL));
    TRUE(mco_iot_comm_process_connections(comm, 0) == -MCO_E_ILLEGAL_PARAM);
    GIVES(MCO_E_OPENED_SESSIONS, mco_runtime_stop());
    OK(mco_iot_comm_stop(comm));
    OK(mco_iot_comm_stop(comm));
    TRUE(mco_iot_comm_process_connections(comm, 0) == -MCO_E_IOT_STOPPED);
    GIVES(MCO_E_IOT_STOPPED, mco_iot_comm_listen(comm, "0", NULL));
    OK(mco_iot_comm_destroy(comm));
    GIVES(MCO_E_IOT_INVALID_HANDLE, mco_iot_comm_destroy(comm));

    t = begin(db, MCO_READ_ONLY);
    OK(mco_trans_commit(t));
    GIVES(MCO_E_TRANS_NOT_ACTIVE, mco_trans_commit(t));
    OK(mco_db_disconnect(db));
    GIVES(MCO_E_INVALID_HANDLE, mco_db_disconnect(db));
    OK(mco_db_close("kinds"));
    GIVES(MCO_E_NOINSTANCE, mco_db_close("kinds"));
    OK(mco_runtime_stop());
    GIVES(MCO_E_NOTINIT, mco_runtime_stop());
    return 0;
}
