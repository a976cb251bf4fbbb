/* Rows that a server cannot apply: listed, read, tried again, given up. */
#include "node.h"

#include "narrow.h"

#define PUSH_WAIT (MCO_IOT_SYNC_PUSH | MCO_IOT_SYNC_WAIT)

static mco_db_h db;
static mco_iot_comm_h comm;
static mco_iot_replicator_h repl;

static mco_iotx_quarantine_t found[16];
static int n_found, most;

static mco_bool note(mco_iot_replicator_h handle, const mco_iotx_quarantine_t *row, void *context) {
    uint8 n;
    TRUE(handle == repl && context == &most && n_found < 16);
    OK(mco_iotx_quarantine_count(handle, &n)); /* calls are allowed in here */
    TRUE(n > 0);
    found[n_found++] = *row;
    return n_found < most ? MCO_YES : MCO_NO;
}

static int list(int limit) {
    n_found = 0;
    most = limit;
    OK(mco_iotx_quarantine_enum(repl, note, &most));
    return n_found;
}

static uint8 count(void) {
    uint8 n = 99;
    OK(mco_iotx_quarantine_count(repl, &n));
    return n;
}

/* Devices 1000 and 1001 measure at the same times; one of the readings has a number that the server has no room for. */
static void collide(node_t *device, const char *address) {
    OK(mco_iot_comm_unregister_callback(device->comm, device)); /* it expects that all is well */
    OK(mco_iot_replicator_connect(device->repl, address, 20000, NULL));
    sensors_add(device, 1, 3);
}

static void look(void) {
    int i;
    char text[200], cut[10];
    mco_size_t needed = 0;

    TRUE(count() == 4 && list(16) == 4 && list(2) == 2 && list(16) == 4);
    for (i = 0; i < 4; ++i) {
        TRUE(found[i].origin_agent_id == 1001 && found[i].origin_db_id == found[0].origin_db_id && found[i].auto_oid > 0);
        TRUE(found[i].time_ms > 1704067200000ULL && found[i].time_ms >= found[0].time_ms);
        TRUE(found[i].class_code == narrow_Sensor_code && strcmp(found[i].class_name, "Sensor") == 0);
        TRUE(i == 0 || found[i].auto_oid > found[i - 1].auto_oid);
    }
    TRUE(found[0].code == MCO_S_DUPLICATE && strstr(found[0].detail, "'by_ts'") != NULL);
    TRUE(found[3].code == MCO_E_CONVERSION && strstr(found[3].detail, "'sensorId'") != NULL);

    OK(mco_iotx_quarantine_read(repl, found[3].origin_db_id, found[3].auto_oid, text, sizeof text, &needed));
    TRUE(strcmp(text, "{\"ts\": 1300, \"sensorId\": 300, \"value\": 150}") == 0 && needed == strlen(text) + 1);
    OK(mco_iotx_quarantine_read(repl, found[3].origin_db_id, found[3].auto_oid, text, needed, NULL));
    needed = 0;
    GIVES(MCO_S_OVERFLOW, mco_iotx_quarantine_read(repl, found[3].origin_db_id, found[3].auto_oid, cut, sizeof cut, &needed));
    TRUE(strcmp(cut, "{\"ts\": 13") == 0 && needed == strlen(text) + 1);
    GIVES(MCO_S_OVERFLOW, mco_iotx_quarantine_read(repl, found[3].origin_db_id, found[3].auto_oid, text, needed - 1, NULL));
    GIVES(MCO_S_OVERFLOW, mco_iotx_quarantine_read(repl, found[3].origin_db_id, found[3].auto_oid, NULL, 0, &needed));
}

static void refusals(void) {
    char text[8];
    uint8 n = 7, id = found[0].origin_db_id;
    mco_size_t needed = 7;
    mco_trans_h t;

    GIVES(MCO_S_NOTFOUND, mco_iotx_quarantine_read(repl, id, 9999, text, sizeof text, &needed));
    GIVES(MCO_S_NOTFOUND, mco_iotx_quarantine_read(repl, 9999, found[0].auto_oid, text, sizeof text, &needed));
    GIVES(MCO_S_NOTFOUND, mco_iotx_quarantine_read(repl, 0, 0, text, sizeof text, &needed));
    GIVES(MCO_S_NOTFOUND, mco_iotx_quarantine_retry(repl, id, 9999));
    GIVES(MCO_S_NOTFOUND, mco_iotx_quarantine_drop(repl, 9999, found[0].auto_oid));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_iotx_quarantine_count(repl, NULL));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_iotx_quarantine_enum(repl, NULL, NULL));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_iotx_quarantine_read(repl, id, found[0].auto_oid, NULL, 8, &needed));
    GIVES(MCO_E_IOT_INVALID_HANDLE, mco_iotx_quarantine_count(NULL, &n));
    GIVES(MCO_E_IOT_INVALID_HANDLE, mco_iotx_quarantine_enum((mco_iot_replicator_h) comm, note, &most));
    GIVES(MCO_E_IOT_INVALID_HANDLE, mco_iotx_quarantine_read(NULL, id, found[0].auto_oid, text, sizeof text, &needed));
    GIVES(MCO_E_IOT_INVALID_HANDLE, mco_iotx_quarantine_retry(NULL, 0, 0));
    GIVES(MCO_E_IOT_INVALID_HANDLE, mco_iotx_quarantine_drop(NULL, 0, 0));
    t = begin(db, MCO_READ_WRITE);
    GIVES(MCO_E_TRANS_NOT_CLOSED, mco_iotx_quarantine_count(repl, &n));
    GIVES(MCO_E_TRANS_NOT_CLOSED, mco_iotx_quarantine_enum(repl, note, &most));
    GIVES(MCO_E_TRANS_NOT_CLOSED, mco_iotx_quarantine_read(repl, id, found[0].auto_oid, text, sizeof text, &needed));
    GIVES(MCO_E_TRANS_NOT_CLOSED, mco_iotx_quarantine_retry(repl, 0, 0));
    GIVES(MCO_E_TRANS_NOT_CLOSED, mco_iotx_quarantine_drop(repl, 0, 0));
    OK(mco_trans_rollback(t));
    TRUE(n == 7 && needed == 7 && count() == 4);
}

static void again(void) {
    uint8 id = found[0].origin_db_id;
    mco_trans_h t;
    narrow_Sensor sensor;

    GIVES(MCO_S_DUPLICATE, mco_iotx_quarantine_retry(repl, id, found[0].auto_oid));
    GIVES(MCO_E_CONVERSION, mco_iotx_quarantine_retry(repl, id, found[3].auto_oid));
    TRUE(strstr(mco_iotx_last_error(), "Sensor") != NULL);
    GIVES(MCO_S_DUPLICATE, mco_iotx_quarantine_retry(repl, 0, 0)); /* the first failing code */
    OK(mco_iotx_quarantine_drop(repl, id, found[3].auto_oid));
    GIVES(MCO_S_NOTFOUND, mco_iotx_quarantine_drop(repl, id, found[3].auto_oid));
    TRUE(count() == 3);

    /* The row in the way goes: what waited for it takes its place at once. */
    t = begin(db, MCO_READ_WRITE);
    OK(narrow_Sensor_by_ts_find(t, 1001, &sensor));
    OK(narrow_Sensor_delete(&sensor));
    OK(mco_trans_commit(t));
    TRUE(count() == 2 && rows(db, narrow_Sensor_code) == 3);
    t = begin(db, MCO_READ_ONLY);
    OK(narrow_Sensor_by_ts_find(t, 1001, &sensor));
    OK(narrow_Sensor_agent_id_get(&sensor, &id));
    TRUE(id == 1001);
    OK(mco_trans_commit(t));

    OK(mco_iotx_quarantine_drop(repl, 0, 0));
    OK(mco_iotx_quarantine_drop(repl, 0, 0));
    OK(mco_iotx_quarantine_retry(repl, 0, 0));
    TRUE(count() == 0 && list(16) == 0);
}

int main(void) {
    node_t first, second;
    char address[32];
    int port;
    uint8 n;

    OK(mco_runtime_start());
    OK(mco_iot_init());
    mco_trace_set_level(0);
    OK(open_memory("narrow", narrow_get_dictionary(), 4 << 20, NULL));
    OK(mco_db_connect("narrow", &db));
    OK(mco_iot_comm_create(NULL, &comm));
    OK(mco_iot_replicator_create(db, comm, NULL, &repl));
    OK(mco_iot_comm_listen(comm, "127.0.0.1:0", NULL));
    OK(mco_iotx_comm_get_listen_port(comm, "127.0.0.1:0", &port));
    sprintf(address, "127.0.0.1:%d", port);
    TRUE(count() == 0 && list(16) == 0);
    OK(mco_iotx_quarantine_retry(repl, 0, 0));

    node_start(&first, "first", 1000);
    node_start(&second, "second", 1001);
    collide(&first, address);
    collide(&second, address);
    OK(mco_iot_replicator_sync(first.repl, MCO_IOT_SERVER_AGENT_ID, PUSH_WAIT));
    GIVES(MCO_S_DUPLICATE, mco_iot_replicator_sync(second.repl, MCO_IOT_SERVER_AGENT_ID, PUSH_WAIT));
    sensors_add(&second, 300, 1);
    GIVES(MCO_E_CONVERSION, mco_iot_replicator_sync(second.repl, MCO_IOT_SERVER_AGENT_ID, PUSH_WAIT));
    look();
    refusals();
    again();

    node_stop(&first);
    node_stop(&second);
    OK(mco_iot_replicator_stop(repl));
    GIVES(MCO_E_IOT_STOPPED, mco_iotx_quarantine_count(repl, &n));
    GIVES(MCO_E_IOT_STOPPED, mco_iotx_quarantine_drop(repl, 0, 0));
    OK(mco_iot_comm_stop(comm));
    OK(mco_iot_replicator_destroy(repl));
    GIVES(MCO_E_IOT_INVALID_HANDLE, mco_iotx_quarantine_count(repl, &n));
    OK(mco_iot_comm_destroy(comm));
    OK(mco_db_disconnect(db));
    OK(mco_db_close("narrow"));
    OK(mco_runtime_stop());
    return 0;
}
