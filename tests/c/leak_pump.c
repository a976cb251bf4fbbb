/* Pump mode: a server and a device in one process without any thread, driven in turn by this one. */
#include "node.h"

#include <dirent.h>

#define DIARY 20000

/* One letter for each callback: Connect, Receive, Ack, Disconnect, deStroy. */
typedef struct {
    mco_iot_comm_h comm;
    mco_iot_replicator_h repl;
    char text[DIARY];
    unsigned length;
    int inside, misuse, failures;
} diary_t;

static node_t server, device;
static diary_t at_server, at_device;

static int note(diary_t *diary, char letter) {
    TRUE(diary->inside == 0 && diary->length + 1 < DIARY);
    diary->inside = 1;
    if (diary->misuse) {
        diary->misuse = 0;
        TRUE(mco_iot_comm_process_connections(diary->comm, 0) == -MCO_E_ILLEGAL_PARAM);
        GIVES(MCO_E_ILLEGAL_PARAM, mco_iot_replicator_connect(diary->repl, node_address, 100, NULL));
        GIVES(MCO_E_ILLEGAL_PARAM, mco_iot_replicator_sync(diary->repl, MCO_IOT_SERVER_AGENT_ID, SYNC_ALL));
        GIVES(MCO_E_ILLEGAL_PARAM, mco_iot_comm_stop(diary->comm));
        GIVES(MCO_E_ILLEGAL_PARAM, mco_iot_replicator_destroy(diary->repl));
        OK(mco_iot_comm_listen(diary->comm, "127.0.0.1:0", NULL));
        OK(mco_iot_comm_stop_listen(diary->comm, "127.0.0.1:0"));
        OK(mco_iot_replicator_clear(diary->repl, MCO_IOT_SERVER_AGENT_ID));
        OK(mco_iot_replicator_sync(diary->repl, MCO_IOT_SERVER_AGENT_ID, MCO_IOT_SYNC_PUSH | MCO_IOT_SYNC_PULL));
    }
    diary->text[diary->length++] = letter;
    diary->inside = 0;
    return IOT_CALLBACK_OK;
}

static int on_connect(mco_iot_connection_h iotc, void *context) {
    (void) iotc;
    return note((diary_t *) context, 'C');
}

static int on_receive(mco_iot_connection_h iotc, mco_iot_read_stream_t *stream, void *context) {
    (void) iotc;
    (void) stream;
    return note((diary_t *) context, 'R');
}

static int on_ack(mco_iot_connection_h iotc, const iot_ack_t *ack, void *context) {
    (void) iotc;
    (void) ack;
    return note((diary_t *) context, 'A');
}

static int on_disconnect(mco_iot_connection_h iotc, void *context) {
    (void) iotc;
    return note((diary_t *) context, 'D');
}

static int on_destroy(mco_iot_connection_h iotc, void *context) {
    diary_t *diary = (diary_t *) context;
    if (mco_iot_conn_get_agent_id(iotc) == MCO_IOT_INVALID_AGENT_ID) {
        diary->failures++;
        return IOT_CALLBACK_OK;
    }
    return note(diary, 'S');
}

static int threads(void) {
    DIR *dir = opendir("/proc/self/task");
    struct dirent *entry;
    int count = 0;
    TRUE(dir != NULL);
    while ((entry = readdir(dir)) != NULL) count += entry->d_name[0] != '.';
    closedir(dir);
    return count;
}

/* Until something holds. */
#define PUMP_FOR(condition)                                                                                      \
    do {                                                                                                         \
        int left_ = 10000;                                                                                       \
        while (!(condition) && --left_ > 0) {                                                                    \
            TRUE(mco_iot_comm_process_connections(server.comm, 1) >= 0);                                         \
            TRUE(mco_iot_comm_process_connections(device.comm, 1) >= 0);                                         \
            TRUE(threads() == 1);                                                                                \
        }                                                                                                        \
        if (left_ == 0) FAIL("pumped in vain for: %s", #condition);                                              \
    } while (0)

static void start(node_t *node, diary_t *diary, const char *name, uint8 agent) {
    iot_comm_callback_t callbacks = {on_connect, on_receive, on_ack, on_disconnect, on_destroy};
    mco_iot_comm_params_t params;
    mco_db_params_t db;

    node->name = name;
    mco_db_params_init(&db);
    db.iot_agent_id = agent;
    OK(open_memory(name, agent == 0 ? iotserver_get_dictionary() : iotdevice_get_dictionary(), 16 << 20, &db));
    OK(mco_db_connect(name, &node->db));
    OK(mco_iot_comm_params_init(&params));
    params.n_callback_threads = 0;
    OK(mco_iot_comm_create(&params, &node->comm));
    OK(mco_iot_replicator_create(node->db, node->comm, NULL, &node->repl));
    OK(mco_iot_comm_register_callback(node->comm, &callbacks, diary));
    diary->comm = node->comm;
    diary->repl = node->repl;
}

static int seen(const diary_t *diary, char letter) {
    unsigned i;
    int count = 0;
    for (i = 0; i < diary->length; ++i) count += diary->text[i] == letter;
    return count;
}

static void stops(node_t *node) {
    OK(mco_iot_replicator_stop(node->repl));
    OK(mco_iot_comm_stop(node->comm));
    TRUE(mco_iot_comm_process_connections(node->comm, 0) == -MCO_E_IOT_STOPPED);
    OK(mco_iot_replicator_destroy(node->repl));
    OK(mco_iot_comm_destroy(node->comm));
    TRUE(mco_iot_comm_process_connections(node->comm, 0) == -MCO_E_IOT_INVALID_HANDLE);
    OK(mco_db_disconnect(node->db));
    OK(mco_db_close(node->name));
}

int main(void) {
    mco_iot_connection_h iotc;
    mco_trans_h t;
    uint4 id;
    int port = 0;

    OK(mco_runtime_start());
    OK(mco_iot_init());
    start(&server, &at_server, "server", 0);
    start(&device, &at_device, "device", 1000);
    OK(mco_iot_comm_listen(server.comm, "127.0.0.1:0", NULL));
    OK(mco_iotx_comm_get_listen_port(server.comm, "127.0.0.1:0", &port));
    sprintf(node_address, "127.0.0.1:%d", port);
    OK(mco_iot_comm_stop_listen(server.comm, "127.0.0.1:0"));

    /* A connector that finds nobody tries again, with pauses; the server comes later. */
    OK(mco_iot_comm_connect_async(device.comm, node_address, 1000, 0, 2, NULL));
    TRUE(at_device.failures == 0); /* nothing runs by itself */
    PUMP_FOR(at_device.failures >= 3);
    OK(mco_iot_comm_listen(server.comm, node_address, NULL));
    at_device.misuse = 1;
    PUMP_FOR(at_server.length == 1 && at_device.length == 1);
    TRUE(at_device.misuse == 0);

    /* Rows in both directions; each is received and acknowledged once. */
    for (id = 0; id < 20; ++id) {
        sensors_add(&device, id, 1);
        config_add(&server, id, 1.5, 1000);
        OK(mco_iot_replicator_sync(device.repl, MCO_IOT_SERVER_AGENT_ID,
                                   MCO_IOT_SYNC_PUSH | MCO_IOT_SYNC_PULL | MCO_IOT_SYNC_NONBLOCK));
        PUMP_FOR(seen(&at_device, 'A') == (int) id + 1 && seen(&at_device, 'R') == (int) id + 1);
        PUMP_FOR(seen(&at_server, 'A') == (int) id + 1 && seen(&at_server, 'R') == (int) id + 1);
    }
    TRUE(rows(server.db, iotserver_Sensor_code) == 20 && rows(device.db, iotdevice_Config_code) == 20);
    OK(mco_iot_replicator_clear(device.repl, MCO_IOT_SERVER_AGENT_ID));
    TRUE(rows(device.db, iotdevice_Sensor_code) == 0);

    /* Within a transaction that writes, storage work would wait for it. */
    t = begin(device.db, MCO_READ_WRITE);
    TRUE(mco_iot_comm_process_connections(device.comm, 0) == -MCO_E_TRANS_NOT_CLOSED);
    OK(mco_trans_rollback(t));

    /* The connector comes back after a drop. */
    iotc = mco_iot_comm_find_conn(server.comm, 1000);
    TRUE(iotc != NULL);
    OK(mco_iot_conn_disconnect(iotc));
    PUMP_FOR(seen(&at_server, 'C') == 2 && seen(&at_device, 'C') == 2);
    TRUE(seen(&at_server, 'D') == 1 && seen(&at_server, 'S') == 0); /* pinned */
    OK(mco_iot_conn_release(iotc));
    PUMP_FOR(seen(&at_server, 'S') == 1);

    /* The last callbacks come while it stops. */
    stops(&device);
    while (seen(&at_server, 'S') < 2) TRUE(mco_iot_comm_process_connections(server.comm, 1000) > 0);
    stops(&server);
    TRUE(threads() == 1);
    TRUE(at_server.text[0] == 'C' && strcmp(at_server.text + at_server.length - 2, "DS") == 0);
    at_device.text[at_device.length] = 0;
    TRUE(at_device.text[0] == 'C' && strcmp(at_device.text + at_device.length - 5, "DSCDS") == 0);
    OK(mco_runtime_stop());
    return 0;
}
