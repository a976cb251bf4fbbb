/* What callbacks are told: acknowledgments with all their numbers, connections that have ended, attempts that failed. */
#include "node.h"

#include "narrow.h"

#include <errno.h>

#define PUSH_WAIT (MCO_IOT_SYNC_PUSH | MCO_IOT_SYNC_WAIT)

/* A connection as one callback saw it. */
typedef struct {
    mco_iot_agent_id_t peer;
    mco_iot_connection_stat_t stat;
    mco_iot_stop_reason_t reason;
    MCO_RET code;
    int error;
    char address[64], message[200], cut[6];
} view_t;

typedef struct {
    view_t connected, disconnected, destroyed;
    iot_ack_t acks[16];
    volatile int n_acks, n_connected, n_disconnected, n_destroyed;
    mco_iot_connection_h volatile kept; /* the first to the server, which onConnect pins */
} record_t;

static void look(mco_iot_connection_h iotc, view_t *view) {
    mco_iot_stop_reason_t reason;

    memset(view, 0xEE, sizeof *view);
    view->peer = mco_iot_connection_get_agent_id(iotc);
    OK(mco_iot_connection_get_stat(iotc, &view->stat));
    TRUE(mco_iot_connection_get_address(iotc) == mco_iot_conn_get_address(iotc));
    strcpy(view->address, mco_iot_connection_get_address(iotc));
    mco_iot_connection_get_error(iotc, &view->reason, &view->code, &view->error, view->message, sizeof view->message);
    mco_iot_conn_get_error(iotc, &reason, NULL, NULL, view->cut, sizeof view->cut);
    mco_iot_conn_get_error(iotc, NULL, NULL, NULL, NULL, 100);
    TRUE(reason == view->reason);
    TRUE(strlen(view->cut) < sizeof view->cut && strncmp(view->cut, view->message, strlen(view->cut)) == 0);
}

static int on_connect(mco_iot_connection_h iotc, void *context) {
    record_t *record = (record_t *) context;
    look(iotc, &record->connected);
    if (record->connected.peer == MCO_IOT_SERVER_AGENT_ID && record->kept == NULL) {
        OK(mco_iotx_connection_pin(iotc));
        record->kept = iotc;
    }
    __sync_fetch_and_add(&record->n_connected, 1);
    return IOT_CALLBACK_OK;
}

static int on_ack(mco_iot_connection_h iotc, const iot_ack_t *ack, void *context) {
    record_t *record = (record_t *) context;
    (void) iotc;
    TRUE(record->n_acks < 16);
    record->acks[record->n_acks] = *ack;
    __sync_fetch_and_add(&record->n_acks, 1);
    return IOT_CALLBACK_OK;
}

static int on_disconnect(mco_iot_connection_h iotc, void *context) {
    record_t *record = (record_t *) context;
    look(iotc, &record->disconnected);
    __sync_fetch_and_add(&record->n_disconnected, 1);
    return IOT_CALLBACK_OK;
}

static int on_destroy(mco_iot_connection_h iotc, void *context) {
    record_t *record = (record_t *) context;
    look(iotc, &record->destroyed);
    GIVES(MCO_E_IOT_INVALID_HANDLE, mco_iot_connection_release(iotc)); /* nothing is left to release, and nothing hangs */
    GIVES(MCO_E_IOT_INVALID_HANDLE, mco_iotx_connection_pin(iotc));    /* nor to keep */
    __sync_fetch_and_add(&record->n_destroyed, 1);
    return IOT_CALLBACK_OK;
}

static void watch(node_t *node, record_t *record) {
    iot_comm_callback_t callbacks = {on_connect, NULL, on_ack, on_disconnect, on_destroy};
    memset(record, 0, sizeof *record);
    OK(mco_iot_comm_register_callback(node->comm, &callbacks, record));
}

static void acknowledgments(node_t *server, node_t *device, record_t *at_server, record_t *at_device) {
    mco_iot_db_id_t server_db, device_db;
    const iot_ack_t *first = &at_device->acks[0], *second = &at_device->acks[1], *common = &at_server->acks[0];

    OK(mco_iotx_replicator_get_db_id(server->repl, &server_db));
    OK(mco_iotx_replicator_get_db_id(device->repl, &device_db));
    TRUE(server_db != device_db && device_db != 0);

    sensors_add(device, 1, 2);
    OK(mco_iot_replicator_sync(device->repl, MCO_IOT_SERVER_AGENT_ID, PUSH_WAIT));
    WAIT_FOR(at_device->n_acks == 1);
    TRUE(first->seq > 0 && first->sender_agent_id == 1000 && first->sender_db_id == device_db);
    TRUE(first->receiver_agent_id == MCO_IOT_SERVER_AGENT_ID && first->timestamp > 0 && first->timestamp_cmn == 0);
    TRUE(first->error_code == MCO_S_OK && first->flags == PUSH_WAIT);

    sensors_add(device, 3, 1);
    OK(mco_iot_replicator_sync(device->repl, MCO_IOT_SERVER_AGENT_ID, PUSH_WAIT));
    WAIT_FOR(at_device->n_acks == 2);
    TRUE(second->seq > first->seq && second->timestamp > first->timestamp && second->error_code == MCO_S_OK);

    config_add(server, 1, 60, 0);
    OK(mco_iot_replicator_sync(device->repl, MCO_IOT_SERVER_AGENT_ID, MCO_IOT_SYNC_PULL | MCO_IOT_SYNC_WAIT));
    WAIT_FOR(at_server->n_acks == 1);
    TRUE(common->seq > 0 && common->sender_agent_id == MCO_IOT_SERVER_AGENT_ID && common->sender_db_id == server_db);
    TRUE(common->receiver_agent_id == 1000 && common->timestamp_cmn > 0 && common->error_code == MCO_S_OK);
    TRUE((common->flags & MCO_IOT_SYNC_NONBLOCK) == 0);
}

/* Ended by the device: seen on both sides, and the pinned handle stays readable until it is released. */
static void endings(node_t *server, node_t *device, record_t *at_server, record_t *at_device) {
    mco_iot_connection_h pinned = mco_iot_comm_find_conn(device->comm, MCO_IOT_SERVER_AGENT_ID);
    mco_iot_connection_h foreign = mco_iot_comm_find_conn(server->comm, 1000);
    mco_iot_connection_stat_t stat;
    view_t *view;

    TRUE(pinned != NULL && foreign != NULL);
    TRUE(at_device->connected.reason == MCO_IOT_STOP_REASON_NONE && at_device->connected.code == MCO_S_OK);
    TRUE(at_device->connected.message[0] == 0 && at_device->connected.error == 0);
    TRUE(strcmp(at_device->connected.address, node_address) == 0);
    TRUE(strcmp(at_server->connected.address, "127.0.0.1:0") == 0);

    /* A connection of another communicator does not continue the loop, and stays pinned. */
    TRUE(mco_iot_comm_next_conn(device->comm, foreign) == NULL);
    OK(mco_iot_connection_release(foreign));
    GIVES(MCO_E_IOT_INVALID_HANDLE, mco_iot_connection_release(foreign));
    /* Nor does one that is not pinned, and nothing is pinned for it. */
    TRUE(mco_iot_comm_next_conn(server->comm, foreign) == NULL);

    OK(mco_iot_connection_disconnect(pinned));
    WAIT_FOR(at_device->n_disconnected == 1 && at_server->n_disconnected == 1);
    view = &at_device->disconnected;
    TRUE(view->reason == MCO_IOT_STOP_REASON_USER_REQUEST && view->peer == MCO_IOT_SERVER_AGENT_ID);
    TRUE(view->stat.sent_bytes > at_device->connected.stat.sent_bytes);
    TRUE(view->stat.recv_bytes > at_device->connected.stat.recv_bytes);
    TRUE(view->stat.port == at_device->connected.stat.port && strcmp(view->address, node_address) == 0);
    TRUE(memcmp(&view->stat.inetaddr, &at_device->connected.stat.inetaddr, sizeof(mco_inetaddr_t)) == 0);
    TRUE(view->stat.sent_compression_ratio == 100 && view->stat.recv_compression_ratio == 100);
    view = &at_server->disconnected;
    TRUE(view->reason == MCO_IOT_STOP_REASON_NETWORK_ERROR && view->code == MCO_E_NW_CLOSED && view->peer == 1000);
    TRUE(view->message[0] != 0 && strlen(view->cut) == 5 && view->stat.sent_bytes == at_device->disconnected.stat.recv_bytes);

    TRUE(at_device->n_destroyed == 0); /* still pinned */
    OK(mco_iot_connection_get_stat(pinned, &stat));
    TRUE(stat.sent_bytes == at_device->disconnected.stat.sent_bytes);
    TRUE(strcmp(mco_iot_connection_get_address(pinned), node_address) == 0);
    TRUE(mco_iot_connection_get_agent_id(pinned) == MCO_IOT_SERVER_AGENT_ID);
    OK(mco_iot_connection_disconnect(pinned)); /* it has ended: nothing happens */
    OK(mco_iot_connection_release(pinned));
    TRUE(at_device->n_destroyed == 0 && at_device->kept == pinned); /* onConnect has pinned it, too */
    TRUE(mco_iot_connection_get_agent_id(pinned) == MCO_IOT_SERVER_AGENT_ID);
    OK(mco_iot_connection_release(at_device->kept));
    WAIT_FOR(at_device->n_destroyed == 1 && at_server->n_destroyed == 1);
    GIVES(MCO_E_IOT_INVALID_HANDLE, mco_iotx_connection_pin(pinned));
    TRUE(at_device->destroyed.reason == MCO_IOT_STOP_REASON_USER_REQUEST);
    TRUE(at_device->destroyed.stat.sent_bytes == stat.sent_bytes && at_device->destroyed.peer == MCO_IOT_SERVER_AGENT_ID);
    TRUE(strcmp(at_device->destroyed.address, node_address) == 0);
    TRUE(at_server->destroyed.code == MCO_E_NW_CLOSED);
    WAIT_FOR(mco_iot_connection_get_address(pinned) == NULL);
    GIVES(MCO_E_IOT_INVALID_HANDLE, mco_iot_connection_get_stat(pinned, &stat));
}

static volatile int traced, traced_level, traced_module;
static char traced_text[200];

static void trace(int level, int module, const char *text) {
    traced_level = level;
    traced_module = module;
    strncpy(traced_text, text, sizeof traced_text - 1);
    __sync_fetch_and_add(&traced, 1);
}

/* An attempt that fails is seen only in onDestroy. */
static void failed_attempts(node_t *device, record_t *at_device) {
    mco_iot_comm_h comm;
    char address[32];
    int port, before = at_device->n_destroyed;

    OK(mco_iot_comm_create(NULL, &comm)); /* a port that was free a moment ago */
    OK(mco_iot_comm_listen(comm, "127.0.0.1:0", NULL));
    OK(mco_iotx_comm_get_listen_port(comm, "127.0.0.1:0", &port));
    OK(mco_iot_comm_destroy(comm));
    sprintf(address, "127.0.0.1:%d", port);
    GIVES(MCO_E_NW_CONNECT, mco_iot_replicator_connect(device->repl, address, 2000, NULL));
    WAIT_FOR(at_device->n_destroyed == before + 1);
    TRUE(at_device->n_connected == 1 && at_device->n_disconnected == 1);
    TRUE(at_device->destroyed.reason == MCO_IOT_STOP_REASON_NETWORK_ERROR);
    TRUE(at_device->destroyed.code == MCO_E_NW_CONNECT && at_device->destroyed.error == ECONNREFUSED);
    TRUE(at_device->destroyed.peer == MCO_IOT_INVALID_AGENT_ID && at_device->destroyed.message[0] != 0);
    TRUE(strcmp(at_device->destroyed.address, address) == 0 && at_device->destroyed.stat.recv_bytes == 0);

    /* A connector that gives up says so in the trace, for whom it is a warning. */
    mco_trace_set_handler(trace);
    mco_trace_set_level(1);
    OK(mco_iot_comm_connect_async(device->comm, address, 20000, 1, 10, NULL));
    WAIT_FOR(at_device->n_destroyed == before + 2);
    WAIT_FOR(mco_iot_comm_stop_connect(device->comm, address) == MCO_S_NOTFOUND);
    TRUE(traced == 0);
    mco_trace_set_level(2);
    OK(mco_iot_comm_connect_async(device->comm, address, 20000, 1, 10, NULL));
    WAIT_FOR(traced == 1);
    TRUE(traced_level == 2 && traced_module == MCO_TRACE_IOT && strstr(traced_text, address) != NULL);
    mco_trace_set_handler(NULL);
    WAIT_FOR(at_device->n_destroyed == before + 3);
}

/* The receiver sets a row aside: the acknowledgment says so, and so does sync. */
static void codes_of_the_receiver(node_t *device, record_t *at_device) {
    mco_db_h db;
    mco_iot_comm_h comm;
    mco_iot_replicator_h repl;
    mco_class_stat_t stat;
    mco_trans_h t;
    const iot_ack_t *ack = &at_device->acks[at_device->n_acks];
    int port, before = at_device->n_acks;
    char address[32];
    MCO_RET rc;

    OK(open_memory("narrow", narrow_get_dictionary(), 4 << 20, NULL));
    OK(mco_db_connect("narrow", &db));
    OK(mco_iot_comm_create(NULL, &comm));
    OK(mco_iot_replicator_create(db, comm, NULL, &repl));
    OK(mco_iot_comm_listen(comm, "127.0.0.1:0", NULL));
    OK(mco_iotx_comm_get_listen_port(comm, "127.0.0.1:0", &port));
    sprintf(address, "127.0.0.1:%d", port);
    sensors_add(device, 255, 2); /* 256 does not fit */
    OK(mco_iot_replicator_connect(device->repl, address, 20000, NULL));
    traced = 0;
    mco_trace_set_handler(trace);
    rc = mco_iot_replicator_sync(device->repl, MCO_IOT_SERVER_AGENT_ID, PUSH_WAIT);
    WAIT_FOR(at_device->n_acks > before && traced > 0); /* who keeps the receiver sees it too */
    mco_trace_set_handler(NULL);
    TRUE(strstr(traced_text, "set aside") != NULL);
    TRUE(rc >= MCO_E_CORE && ack->error_code == (uint4) rc && ack->timestamp > 0);
    t = begin(db, MCO_READ_ONLY);
    OK(mco_class_stat_get(t, narrow_Sensor_code, &stat));
    TRUE(stat.objects_num == 4); /* 1, 2, 3 and 255 */
    OK(mco_trans_commit(t));
    OK(mco_iot_replicator_stop(repl));
    OK(mco_iot_comm_stop(comm));
    OK(mco_iot_replicator_destroy(repl));
    OK(mco_iot_comm_destroy(comm));
    OK(mco_db_disconnect(db));
    OK(mco_db_close("narrow"));
}

int main(void) {
    node_t server, device;
    record_t at_server, at_device;

    OK(mco_runtime_start());
    OK(mco_iot_init());
    node_start(&server, "server", 0);
    node_start(&device, "device", 1000);
    watch(&server, &at_server);
    watch(&device, &at_device);
    OK(mco_iot_replicator_connect(device.repl, node_address, 20000, NULL));
    WAIT_FOR(at_server.n_connected == 1 && at_device.n_connected == 1);
    acknowledgments(&server, &device, &at_server, &at_device);
    endings(&server, &device, &at_server, &at_device);
    failed_attempts(&device, &at_device);
    node_stop(&server);

    OK(mco_iot_comm_unregister_callback(device.comm, &device)); /* expects that all is well */
    codes_of_the_receiver(&device, &at_device);

    /* A pin that the program has forgotten: onDestroy comes with the end of the communicator. */
    node_start(&server, "server", 0);
    OK(mco_iot_replicator_connect(device.repl, node_address, 20000, NULL));
    TRUE(mco_iot_comm_find_conn(device.comm, MCO_IOT_SERVER_AGENT_ID) != NULL);
    at_device.n_destroyed = 0;
    node_stop(&device);
    TRUE(at_device.n_destroyed == 1 && at_device.destroyed.reason == MCO_IOT_STOP_REASON_IOT_STOPPED);
    node_stop(&server);
    OK(mco_runtime_stop());
    return 0;
}
