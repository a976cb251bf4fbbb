/* What waits and why, as a structure and as text. */
#include "node.h"

static node_t server, device;

typedef struct {
    unsigned entries;
    mco_iotx_status_t sensor, stream;
} seen_t;

static mco_bool look(mco_iot_replicator_h repl, const mco_iotx_status_t *status, void *context) {
    seen_t *seen = (seen_t *) context;
    uint8 own;
    OK(mco_iot_replicator_get_agent_id(repl, &own)); /* everything may be called from here */
    ++seen->entries;
    if (status->class_code == iotdevice_Sensor_code) seen->sensor = *status;
    if (status->class_code == 0) seen->stream = *status;
    return MCO_YES;
}

static mco_bool stop(mco_iot_replicator_h repl, const mco_iotx_status_t *status, void *context) {
    (void) repl;
    (void) status;
    ++*(unsigned *) context;
    return MCO_NO;
}

static seen_t status_of(mco_iot_replicator_h repl) {
    seen_t seen;
    memset(&seen, 0, sizeof seen);
    OK(mco_iotx_status(repl, look, &seen));
    return seen;
}

static mco_iotx_reason_t reason(void) {
    return status_of(device.repl).sensor.reason;
}

static void texts(mco_iot_replicator_h repl) {
    char text[1000], small[8];
    mco_size_t needed = 0, exact;
    OK(mco_iotx_status_text(repl, text, sizeof text, &needed));
    TRUE(needed == strlen(text) + 1);
    TRUE(strncmp(text, "up to 1 Sensor: 3 rows, ", 24) == 0);
    TRUE(strstr(text, "not connected to a node above") != NULL);
    GIVES(MCO_S_OVERFLOW, mco_iotx_status_text(repl, small, sizeof small, &exact));
    TRUE(exact == needed && strcmp(small, "up to 1") == 0);
    GIVES(MCO_S_OVERFLOW, mco_iotx_status_text(repl, NULL, 0, &exact));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_iotx_status_text(repl, NULL, 10, NULL));
    GIVES(MCO_E_IOT_INVALID_HANDLE, mco_iotx_status_text(NULL, text, sizeof text, NULL));
}

int main(void) {
    seen_t seen;
    unsigned calls = 0;
    mco_trans_h t;
    OK(mco_runtime_start());
    OK(mco_iot_init());
    node_start(&server, "server", 0);
    node_start(&device, "device", 1000);
    sensors_add(&device, 0, 3);

    seen = status_of(device.repl);
    TRUE(seen.sensor.rows == 3 && seen.sensor.bytes > 0 && seen.sensor.up == MCO_YES && seen.sensor.group == 0);
    TRUE(seen.sensor.agent_id == MCO_IOT_SERVER_AGENT_ID && seen.sensor.last_ack_ms == MCO_TM_INFINITE);
    TRUE(seen.sensor.reason == MCO_IOTX_NOT_CONNECTED && strcmp(seen.sensor.class_name, "Sensor") == 0);
    texts(device.repl);
    OK(mco_iotx_status(device.repl, stop, &calls));
    TRUE(calls == 1);
    GIVES(MCO_E_ILLEGAL_PARAM, mco_iotx_status(device.repl, NULL, NULL));
    GIVES(MCO_E_IOT_INVALID_HANDLE, mco_iotx_status(NULL, look, &seen));
    t = begin(device.db, MCO_READ_WRITE);
    GIVES(MCO_E_TRANS_NOT_CLOSED, mco_iotx_status(device.repl, look, &seen));
    OK(mco_trans_rollback(t));

    OK(mco_iot_replicator_connect(device.repl, node_address, 0, NULL));
    WAIT_FOR(reason() == MCO_IOTX_SYNC);
    OK(mco_iot_replicator_sync(device.repl, MCO_IOT_SERVER_AGENT_ID, MCO_IOT_SYNC_PUSH | MCO_IOT_SYNC_WAIT));
    WAIT_FOR((seen = status_of(device.repl)).sensor.rows == 0 && seen.stream.reason == MCO_IOTX_NOTHING); /* the server has confirmed */
    TRUE(seen.stream.acknowledged > 0 && seen.stream.last_ack_ms < 60000);

    node_stop(&device);
    node_stop(&server);
    OK(mco_runtime_stop());
    return 0;
}
