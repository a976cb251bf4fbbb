/* The end in the documented order, in the wrong one, twice, and from inside of callbacks. */
#include "node.h"

static volatile int tried;

static int stop_inside(mco_iot_connection_h iotc, void *context) {
    node_t *node = (node_t *) context;
    (void) iotc;
    GIVES(MCO_E_ILLEGAL_PARAM, mco_iot_comm_stop(node->comm));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_iot_comm_destroy(node->comm));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_iot_replicator_stop(node->repl));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_iot_replicator_destroy(node->repl));
    tried = 1;
    return IOT_CALLBACK_OK;
}

static int fail_inside(mco_iot_connection_h iotc, void *context) {
    (void) iotc;
    (void) context;
    return IOT_CALLBACK_FAIL;
}

static int reconnects(node_t *device) {
    static uint4 id;
    int before = device->connected;
    OK(mco_iot_replicator_connect(device->repl, node_address, 20000, NULL));
    sensors_add(device, id++, 1);
    WAIT_FOR(device->connected == before + 1);
    GIVES(MCO_S_OK, mco_iot_replicator_sync(device->repl, MCO_IOT_SERVER_AGENT_ID, SYNC_ALL));
    return 1;
}

int main(void) {
    iot_comm_callback_t inside = {stop_inside, NULL, NULL, NULL, NULL};
    iot_comm_callback_t failing = {fail_inside, NULL, NULL, NULL, NULL};
    mco_iot_connection_h iotc;
    node_t server, device;
    MCO_RET rc;
    int failing_key;

    OK(mco_runtime_start());
    OK(mco_iot_init());

    /* stop and destroy are refused inside callbacks */
    node_start(&server, "server", 0);
    node_start(&device, "device", 1000);
    OK(mco_iot_comm_unregister_callback(device.comm, &device));
    OK(mco_iot_comm_register_callback(device.comm, &inside, &device));
    OK(mco_iot_replicator_connect(device.repl, node_address, 20000, NULL));
    WAIT_FOR(tried);
    OK(mco_iot_comm_unregister_callback(device.comm, &device));
    GIVES(MCO_E_IOT_CALLBACK_NOT_FOUND, mco_iot_comm_unregister_callback(device.comm, &device));
    node_stop(&device);
    WAIT_FOR(server.disconnected == 1 && server.destroyed == 1);

    /* a callback that fails disconnects the peer; disconnect does so at once; both leave the rest alive */
    node_start(&device, "device", 1000);
    OK(mco_iot_comm_register_callback(server.comm, &failing, &failing_key));
    rc = mco_iot_replicator_connect(device.repl, node_address, 20000, NULL);
    TRUE(rc == MCO_S_OK || rc == MCO_E_NW_CLOSED); /* the peer may be faster */
    WAIT_FOR(device.destroyed == 1 && server.destroyed == 2);
    TRUE(server.reason == MCO_IOT_STOP_REASON_CALLBACK_FAILED);
    OK(mco_iot_comm_unregister_callback(server.comm, &failing_key));
    TRUE(reconnects(&device));
    iotc = mco_iot_comm_find_conn(device.comm, MCO_IOT_SERVER_AGENT_ID);
    OK(mco_iot_conn_disconnect(iotc));
    WAIT_FOR(device.disconnected == device.connected);
    TRUE(device.reason == MCO_IOT_STOP_REASON_USER_REQUEST);
    TRUE(device.destroyed == 1); /* pinned */
    TRUE(mco_iot_conn_get_agent_id(iotc) == MCO_IOT_SERVER_AGENT_ID);
    OK(mco_iot_conn_release(iotc));
    WAIT_FOR(device.destroyed == 2);
    GIVES(MCO_E_IOT_INVALID_HANDLE, mco_iot_conn_release(iotc));

    /* the wrong order: the communicator first; a pin that is never released; the database too early */
    TRUE(reconnects(&device));
    iotc = mco_iot_comm_find_conn(device.comm, MCO_IOT_SERVER_AGENT_ID);
    TRUE(iotc != NULL);
    GIVES(MCO_E_OPENED_SESSIONS, mco_db_close("device"));
    OK(mco_iot_comm_destroy(device.comm));
    TRUE(mco_iot_replicator_get_comm(device.repl) == NULL);
    GIVES(MCO_E_IOT_STOPPED, mco_iot_replicator_sync(device.repl, MCO_IOT_SERVER_AGENT_ID, SYNC_ALL));
    OK(mco_iot_replicator_destroy(device.repl));
    GIVES(MCO_E_IOT_INVALID_HANDLE, mco_iot_replicator_destroy(device.repl));
    OK(mco_db_disconnect(device.db));
    OK(mco_db_close("device"));

    /* destroy without stop; stop twice */
    OK(mco_iot_replicator_stop(server.repl));
    OK(mco_iot_replicator_stop(server.repl));
    OK(mco_iot_replicator_destroy(server.repl));
    OK(mco_iot_comm_stop(server.comm));
    TRUE(mco_iot_comm_is_stopped(server.comm) == MCO_YES);
    OK(mco_iot_comm_stop(server.comm));
    GIVES(MCO_E_IOT_STOPPED, mco_iot_comm_listen(server.comm, "127.0.0.1:0", NULL));
    OK(mco_iot_comm_destroy(server.comm));
    OK(mco_db_disconnect(server.db));
    OK(mco_db_close("server"));
    OK(mco_runtime_stop());
    return 0;
}
