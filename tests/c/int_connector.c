/* Connectors: they wait for a server that comes later, come back after a drop, give up, and are stopped. */
#include "node.h"

static volatile int failures;
static volatile int failure_code;

static int on_destroy(mco_iot_connection_h iotc, void *context) {
    MCO_RET code = MCO_S_OK;
    char text[100] = "";
    (void) context;
    mco_iot_connection_get_error(iotc, NULL, &code, NULL, text, sizeof text);
    if (code == MCO_E_NW_CONNECT && mco_iot_conn_get_agent_id(iotc) == MCO_IOT_INVALID_AGENT_ID && text[0] != 0) {
        failure_code = (int) code;
        __sync_fetch_and_add(&failures, 1);
    }
    return IOT_CALLBACK_STOP;
}

int main(void) {
    iot_comm_callback_t failing = {NULL, NULL, NULL, NULL, on_destroy};
    node_t server, device;
    mco_iot_connection_h iotc;
    char dead[32];

    OK(mco_runtime_start());
    OK(mco_iot_init());
    node_start(&server, "server", 0);
    node_start(&device, "device", 1000);

    /* Nobody listens: so many failures, then it removes itself. */
    strcpy(dead, node_address);
    OK(mco_iot_comm_stop_listen(server.comm, "127.0.0.1:0"));
    OK(mco_iot_comm_unregister_callback(device.comm, &device));
    OK(mco_iot_comm_register_callback(device.comm, &failing, &failing));
    OK(mco_iot_comm_connect_async(device.comm, dead, 1000, 3, 1, NULL));
    WAIT_FOR(failures == 3);
    TRUE(failure_code == MCO_E_NW_CONNECT);
    WAIT_FOR(mco_iot_comm_stop_connect(device.comm, dead) == MCO_S_NOTFOUND);

    /* The server comes later. */
    failures = 0;
    OK(mco_iot_comm_connect_async(device.comm, dead, 0, 0, 5, NULL));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_iot_comm_connect_async(device.comm, dead, 0, 0, 5, NULL));
    WAIT_FOR(failures >= 2);
    OK(mco_iot_comm_listen(server.comm, dead, NULL));
    WAIT_FOR(server.connected == 1);
    sensors_add(&device, 0, 5);
    WAIT_FOR((iotc = mco_iot_comm_find_conn(device.comm, MCO_IOT_SERVER_AGENT_ID)) != NULL);
    TRUE(strcmp(mco_iot_conn_get_address(iotc), dead) == 0);
    OK(mco_iot_conn_release(iotc));
    OK(mco_iot_replicator_sync(device.repl, MCO_IOT_SERVER_AGENT_ID, SYNC_ALL));

    /* Dropped by the server, it comes back; stopped, it does not. */
    iotc = mco_iot_comm_find_conn(server.comm, 1000);
    TRUE(iotc != NULL);
    OK(mco_iot_conn_disconnect(iotc));
    OK(mco_iot_conn_release(iotc));
    WAIT_FOR(server.connected == 2);
    OK(mco_iot_comm_stop_connect(device.comm, dead));
    GIVES(MCO_S_NOTFOUND, mco_iot_comm_stop_connect(device.comm, dead));
    WAIT_FOR(server.disconnected == 2);
    GIVES(MCO_E_NW_INVADDR, mco_iot_comm_connect_async(device.comm, "127.0.0.1:0", 0, 0, 5, NULL));
    GIVES(MCO_E_NW_INVADDR, mco_iot_comm_connect_async(device.comm, "nonsense", 0, 0, 5, NULL));
    OK(mco_iot_comm_connect_async(device.comm, dead, 0, 0, 5, NULL));
    node_stop(&device); /* ends a connector too */
    node_stop(&server);
    GIVES(MCO_E_IOT_INVALID_HANDLE, mco_iot_comm_connect_async(device.comm, dead, 0, 0, 5, NULL));
    OK(mco_runtime_stop());
    return 0;
}
