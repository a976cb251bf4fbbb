/* The five callbacks of a communicator, and what can be asked in each.
 *
 * The device connects, pushes ten readings, pulls its configuration and disconnects; each callback prints what it sees. They are given by
 * position: connect, receive, acknowledgment, disconnect, destroy. A second connection, to a port where nobody listens, shows that a
 * failed attempt is told of in the last one only. The server is that of c-examples/minimal, the schema too.
 * Usage: callbacks-device [address of the server], 15000 on this machine unless given. */
#include "common.h"
#include "iotdevice.h"
#include "mcoiot.h"

#define SIZE (8 * 1024 * 1024)
#define NOBODY "127.0.0.1:1"

static volatile int destroyed;

/* Who and where, and whether bytes have gone to and fro. */
static void print_peer(const char *event, mco_iot_connection_h connection) {
    mco_iot_connection_stat_t stat;
    mco_iot_agent_id_t agent = mco_iot_conn_get_agent_id(connection);
    char address[MCO_NET_INETADDR_STRING_LEN];

    CHECK(mco_iot_conn_get_stat(connection, &stat));
    mco_net_ntoa(&stat.inetaddr, address);
    printf("%s: ", event);
    if (agent == MCO_IOT_INVALID_AGENT_ID) {
        printf("nobody");
    } else {
        printf("agent %lu at %s", (unsigned long) agent, address);
    }
    printf(", %s sent, %s received\n", stat.sent_bytes > 0 ? "bytes" : "nothing", stat.recv_bytes > 0 ? "bytes" : "nothing");
}

static void print_end(mco_iot_connection_h connection) {
    static const char *const reasons[] = {"none", "network error", "callback failed", "stopped", "asked for by the user"};
    mco_iot_stop_reason_t reason;
    MCO_RET code;

    mco_iot_conn_get_error(connection, &reason, &code, NULL, NULL, 0);
    printf("    reason: %s; code: %s\n", reasons[reason], mco_strerror(code));
}

static int on_connect(mco_iot_connection_h connection, void *context) {
    (void) context;
    print_peer("connect", connection);
    return IOT_CALLBACK_OK;
}

/* One message with rows has been committed. The rows are in the database, not in the stream. */
static int on_receive(mco_iot_connection_h connection, mco_iot_read_stream_t *stream, void *context) {
    char byte;
    (void) context;
    print_peer("receive", connection);
    printf("    left to read: %ld bytes\n", (long) stream->reader(stream->handle, &byte, 1));
    return IOT_CALLBACK_OK;
}

static int on_ack(mco_iot_connection_h connection, const iot_ack_t *ack, void *context) {
    (void) context;
    print_peer("acknowledgment", connection);
    printf("    rows of %lu at %lu, code %u\n", (unsigned long) ack->sender_agent_id, (unsigned long) ack->receiver_agent_id,
           (unsigned) ack->error_code);
    return IOT_CALLBACK_OK;
}

static int on_disconnect(mco_iot_connection_h connection, void *context) {
    (void) context;
    print_peer("disconnect", connection);
    print_end(connection);
    return IOT_CALLBACK_OK;
}

static int on_destroy(mco_iot_connection_h connection, void *context) {
    (void) context;
    print_peer("destroy", connection);
    print_end(connection);
    ++destroyed;
    return IOT_CALLBACK_OK;
}

static void insert_readings(mco_db_h db, int n) {
    mco_trans_h t;
    Sensor sensor;
    int i;

    CHECK(mco_trans_start(db, MCO_READ_WRITE, MCO_TRANS_FOREGROUND, &t));
    for (i = 0; i < n; ++i) {
        CHECK(Sensor_new(t, &sensor));
        CHECK(Sensor_ts_put(&sensor, 1700000000 + (mco_datetime) i * 60));
        CHECK(Sensor_sensorId_put(&sensor, 1));
        CHECK(Sensor_value_put(&sensor, 20.0 + i * 0.1));
    }
    CHECK(mco_trans_commit(t));
}

int main(int argc, char **argv) {
    const char *server = argc > 1 ? argv[1] : "127.0.0.1:15000";
    iot_comm_callback_t callbacks = {on_connect, on_receive, on_ack, on_disconnect, on_destroy};
    mco_iot_connection_h connection;
    sample_memory_t memory;
    mco_db_h db;
    mco_iot_comm_h comm;
    mco_iot_replicator_h repl;
    MCO_RET rc;

    CHECK(mco_runtime_start());
    CHECK(mco_iot_init());
    CHECK(sample_open_database("device", iotdevice_get_dictionary(), SIZE, SIZE, 256, 4096, 10, &memory));
    CHECK(mco_db_connect("device", &db));
    insert_readings(db, 10);

    CHECK(mco_iot_comm_create(NULL, &comm));
    CHECK(mco_iot_replicator_create(db, comm, NULL, &repl));
    CHECK(mco_iot_comm_register_callback(comm, &callbacks, NULL));
    CHECK(mco_iot_replicator_connect(repl, server, 2000, NULL));
    CHECK(mco_iot_replicator_sync(repl, MCO_IOT_SERVER_AGENT_ID, MCO_IOT_SYNC_PUSH | MCO_IOT_SYNC_WAIT));
    CHECK(mco_iot_replicator_sync(repl, MCO_IOT_SERVER_AGENT_ID, MCO_IOT_SYNC_PULL | MCO_IOT_SYNC_WAIT));
    connection = mco_iot_comm_find_conn(comm, MCO_IOT_SERVER_AGENT_ID);
    CHECK(mco_iot_conn_disconnect(connection));
    CHECK(mco_iot_conn_release(connection)); /* the last pin: now it may be destroyed */
    while (!destroyed) {
        sample_sleep(1);
    }
    rc = mco_iot_replicator_connect(repl, NOBODY, 2000, NULL);

    CHECK(mco_iot_replicator_stop(repl));
    CHECK(mco_iot_comm_stop(comm)); /* all callbacks have run when it returns */
    printf("connecting to a port where nobody listens: %s\n", mco_strerror(rc));
    CHECK(mco_iot_replicator_destroy(repl));
    CHECK(mco_iot_comm_destroy(comm));
    CHECK(mco_db_disconnect(db));
    CHECK(sample_close_database("device", &memory));
    CHECK(mco_runtime_stop());
    return 0;
}
