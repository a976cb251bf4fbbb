/* Priorities, bounds of what waits, gap records, and agents that are gone for good. */
#include "node.h"

#define PUSH_WAIT (MCO_IOT_SYNC_PUSH | MCO_IOT_SYNC_WAIT)

static node_t server, device;
static mco_iotx_gap_t found[8];
static int n_found, most;

static mco_bool note(mco_iot_replicator_h handle, const mco_iotx_gap_t *gap, void *context) {
    uint8 n;
    TRUE(context == &most && n_found < 8);
    OK(mco_iotx_gap_count(handle, &n)); /* calls are allowed in here */
    TRUE(n > 0);
    found[n_found++] = *gap;
    return n_found < most ? MCO_YES : MCO_NO;
}

static int list(node_t *node, int limit) {
    n_found = 0;
    most = limit;
    OK(mco_iotx_gap_enum(node->repl, note, &most));
    return n_found;
}

static uint8 count(node_t *node) {
    uint8 n = 99;
    OK(mco_iotx_gap_count(node->repl, &n));
    return n;
}

/* One reading; what new, or commit, says. */
static MCO_RET sensor_add(uint4 i) {
    mco_trans_h t = begin(device.db, MCO_READ_WRITE);
    iotdevice_Sensor sensor;
    MCO_RET rc = iotdevice_Sensor_new(t, &sensor);
    if (rc == MCO_S_OK) {
        OK(iotdevice_Sensor_ts_put(&sensor, 1000 + i));
        OK(iotdevice_Sensor_sensorId_put(&sensor, i));
        return mco_trans_commit(t);
    }
    TRUE(strstr(mco_iotx_last_error(), "'Sensor'") != NULL && strstr(mco_iotx_last_error(), "bound") != NULL);
    GIVES(rc, mco_trans_commit(t)); /* rolled back */
    return rc;
}

static void priorities(void) {
    mco_trans_h t;

    OK(mco_iotx_set_priority(device.db, iotdevice_Sensor_code, 7));
    OK(mco_iotx_set_priority(device.db, iotdevice_Sensor_code, 7));
    OK(mco_iotx_set_priority(server.db, iotserver_Config_code, 3));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_iotx_set_priority(device.db, iotdevice_Sensor_code, 8));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_iotx_set_priority(device.db, 99, 1));
    GIVES(MCO_E_INVALID_HANDLE, mco_iotx_set_priority(NULL, iotdevice_Sensor_code, 1));
    t = begin(device.db, MCO_READ_ONLY);
    GIVES(MCO_E_TRANS_NOT_CLOSED, mco_iotx_set_priority(device.db, iotdevice_Sensor_code, 1));
    OK(mco_trans_commit(t));
}

static void bounds(void) {
    mco_iotx_bound_t bound = {3, 0, 0, MCO_IOTX_REFUSE};
    mco_trans_h t;
    uint4 i;

    OK(mco_iotx_set_bound(device.db, iotdevice_Sensor_code, &bound));
    for (i = 1; i <= 3; ++i) OK(sensor_add(i));
    GIVES(MCO_E_ACCESS, mco_iotx_set_priority(device.db, iotdevice_Sensor_code, 0)); /* it has rows now */
    GIVES(MCO_E_NOMEM, sensor_add(4));
    bound.max_rows = 0;
    bound.max_bytes = 1;
    OK(mco_iotx_set_bound(device.db, iotdevice_Sensor_code, &bound));
    GIVES(MCO_E_NOMEM, sensor_add(4));
    bound.max_bytes = 0;
    bound.max_age = MCO_TM_INFINITE;
    OK(mco_iotx_set_bound(device.db, iotdevice_Sensor_code, &bound));
    OK(sensor_add(4));

    GIVES(MCO_E_ILLEGAL_PARAM, mco_iotx_set_bound(device.db, iotdevice_Config_code, &bound)); /* not sent from here */
    GIVES(MCO_E_ILLEGAL_PARAM, mco_iotx_set_bound(device.db, 99, &bound));
    GIVES(MCO_E_INVALID_HANDLE, mco_iotx_set_bound(NULL, iotdevice_Sensor_code, &bound));
    bound.policy = (mco_iotx_policy_t) 3;
    GIVES(MCO_E_ILLEGAL_PARAM, mco_iotx_set_bound(device.db, iotdevice_Sensor_code, &bound));
    t = begin(device.db, MCO_READ_ONLY);
    GIVES(MCO_E_TRANS_NOT_CLOSED, mco_iotx_set_bound(device.db, iotdevice_Sensor_code, NULL));
    OK(mco_trans_commit(t));
    TRUE(count(&device) == 0 && list(&device, 8) == 0);

    bound.policy = MCO_IOTX_DROP_OLDEST;
    bound.max_rows = 3;
    OK(mco_iotx_set_bound(device.db, iotdevice_Sensor_code, &bound));
    for (i = 5; i <= 8; ++i) OK(sensor_add(i));
    TRUE(rows(device.db, iotdevice_Sensor_code) == 3);
    bound.policy = MCO_IOTX_DROP_NEWEST;
    OK(mco_iotx_set_bound(device.db, iotdevice_Sensor_code, &bound));
    for (i = 9; i <= 10; ++i) OK(sensor_add(i));
    TRUE(rows(device.db, iotdevice_Sensor_code) == 3);
}

/* Five of the oldest and two of the newest were dropped; both nodes know. */
static void gaps(node_t *node, uint2 class_code) {
    int i;
    TRUE(count(node) == 2 && list(node, 1) == 1 && list(node, 8) == 2);
    for (i = 0; i < 2; ++i) {
        TRUE(found[i].agent_id == 1000 && found[i].class_code == class_code && strcmp(found[i].class_name, "Sensor") == 0);
        TRUE(found[i].first > 0 && found[i].last > found[i].first && found[i].time_ms > 1704067200000ULL);
    }
    TRUE(found[0].reason == MCO_IOTX_GAP_DROPPED_OLDEST && found[0].rows == 5);
    TRUE(found[1].reason == MCO_IOTX_GAP_DROPPED_NEWEST && found[1].rows == 2);
}

static void refusals(void) {
    uint8 n = 7;
    mco_trans_h t;

    GIVES(MCO_E_ILLEGAL_PARAM, mco_iotx_gap_count(server.repl, NULL));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_iotx_gap_enum(server.repl, NULL, NULL));
    GIVES(MCO_E_IOT_INVALID_HANDLE, mco_iotx_gap_count(NULL, &n));
    GIVES(MCO_E_IOT_INVALID_HANDLE, mco_iotx_gap_enum((mco_iot_replicator_h) server.comm, note, &most));
    GIVES(MCO_E_IOT_INVALID_HANDLE, mco_iotx_forget_agent(NULL, 1000));
    t = begin(server.db, MCO_READ_WRITE);
    GIVES(MCO_E_TRANS_NOT_CLOSED, mco_iotx_gap_count(server.repl, &n));
    GIVES(MCO_E_TRANS_NOT_CLOSED, mco_iotx_gap_enum(server.repl, note, &most));
    GIVES(MCO_E_TRANS_NOT_CLOSED, mco_iotx_forget_agent(server.repl, 1000));
    OK(mco_trans_rollback(t));
    TRUE(n == 7);
}

static void forgetting(void) {
    config_add(&server, 1, 1.0, 0);
    config_add(&server, 2, 2.0, 1000);
    GIVES(MCO_E_ACCESS, mco_iotx_forget_agent(server.repl, 1000));
    TRUE(strstr(mco_iotx_last_error(), "connected") != NULL);
    GIVES(MCO_E_IOT_AGENT_NOT_FOUND, mco_iotx_forget_agent(server.repl, 1001));
    node_stop(&device);
    WAIT_FOR(server.disconnected > 0);
    OK(mco_iotx_forget_agent(server.repl, 1000));
    GIVES(MCO_E_IOT_AGENT_NOT_FOUND, mco_iotx_forget_agent(server.repl, 1000));
    TRUE(rows(server.db, iotserver_Config_code) == 1); /* what was for it alone is gone */
}

int main(void) {
    uint8 n;

    OK(mco_runtime_start());
    OK(mco_iot_init());
    mco_trace_set_level(0);
    node_start(&server, "server", 0);
    node_start(&device, "device", 1000);
    OK(mco_iot_comm_unregister_callback(device.comm, &device)); /* it expects timestamps, which are 0 while a group has no rows */
    priorities();
    bounds();
    gaps(&device, iotdevice_Sensor_code);
    OK(mco_iot_replicator_connect(device.repl, node_address, 20000, NULL));
    OK(mco_iot_replicator_sync(device.repl, MCO_IOT_SERVER_AGENT_ID, PUSH_WAIT));
    TRUE(rows(server.db, iotserver_Sensor_code) == 3);
    gaps(&server, iotserver_Sensor_code);
    OK(sensor_add(11)); /* there is room again */
    refusals();
    forgetting();
    OK(mco_iot_replicator_stop(server.repl));
    GIVES(MCO_E_IOT_STOPPED, mco_iotx_gap_count(server.repl, &n));
    GIVES(MCO_E_IOT_STOPPED, mco_iotx_gap_enum(server.repl, note, &most));
    GIVES(MCO_E_IOT_STOPPED, mco_iotx_forget_agent(server.repl, 1000));
    OK(mco_iot_comm_stop(server.comm));
    OK(mco_iot_replicator_destroy(server.repl));
    OK(mco_iot_comm_destroy(server.comm));
    OK(mco_db_disconnect(server.db));
    OK(mco_db_close("server"));
    return 0;
}
