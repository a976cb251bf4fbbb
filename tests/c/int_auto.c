/* A device that calls no sync: it syncs by itself, and clears what the server has. */
#include "node.h"

static node_t server, device;

static void refusals(mco_iot_replicator_h repl) {
    mco_iotx_auto_sync_t params;
    GIVES(MCO_E_ILLEGAL_PARAM, mco_iotx_auto_sync_init(NULL));
    OK(mco_iotx_auto_sync_init(&params));
    TRUE(params.flags == MCO_IOT_SYNC_BOTH && params.on_connect == MCO_YES && params.clear == MCO_NO);
    TRUE(params.after_commit == 1000 && params.period == MCO_TM_INFINITE);
    GIVES(MCO_E_IOT_INVALID_HANDLE, mco_iotx_auto_sync(NULL, &params));
    params.flags = MCO_IOT_SYNC_DEEP_ACK;
    GIVES(MCO_E_ILLEGAL_PARAM, mco_iotx_auto_sync(repl, &params));
    params.flags = MCO_IOT_SYNC_BOTH | MCO_IOT_SYNC_WAIT;
    GIVES(MCO_E_ILLEGAL_PARAM, mco_iotx_auto_sync(repl, &params));
    params.flags = MCO_IOT_SYNC_BOTH;
    params.period = 0;
    GIVES(MCO_E_ILLEGAL_PARAM, mco_iotx_auto_sync(repl, &params));
    params.period = params.after_commit = MCO_TM_INFINITE;
    params.on_connect = MCO_NO;
    GIVES(MCO_E_ILLEGAL_PARAM, mco_iotx_auto_sync(repl, &params));
    OK(mco_iotx_auto_sync(repl, NULL));
}

int main(void) {
    mco_iotx_auto_sync_t params;
    OK(mco_runtime_start());
    OK(mco_iot_init());
    node_start(&server, "server", 0);
    node_start(&device, "device", 1000);
    refusals(device.repl);

    OK(mco_iotx_auto_sync_init(&params));
    params.flags |= MCO_IOT_SYNC_DEEP_ACK;
    params.clear = MCO_YES;
    params.after_commit = 1;
    OK(mco_iotx_auto_sync(device.repl, &params));
    memset(&params, 0, sizeof params); /* it was copied */

    sensors_add(&device, 0, 10);
    config_add(&server, 1, 0.5, 1000);
    OK(mco_iot_replicator_connect(device.repl, node_address, 0, NULL));
    WAIT_FOR(rows(server.db, iotserver_Sensor_code) == 10 && rows(device.db, iotdevice_Config_code) == 1);
    sensors_add(&device, 10, 10);
    WAIT_FOR(rows(server.db, iotserver_Sensor_code) == 20);
    WAIT_FOR(rows(device.db, iotdevice_Sensor_code) == 0);

    OK(mco_iotx_auto_sync(device.repl, NULL));
    sensors_add(&device, 20, 1);
    OK(mco_iot_replicator_sync(device.repl, MCO_IOT_SERVER_AGENT_ID, MCO_IOT_SYNC_PUSH | MCO_IOT_SYNC_WAIT));

    node_stop(&device);
    node_stop(&server);
    OK(mco_runtime_stop());
    return 0;
}
