/* A device that sends its readings over TLS, to a server of its own CA alone. Before that it tries what must not work.
 * Usage: tls-device [address of the server [directory of the certificates]], localhost:15000 and the current one unless given. */
#include "common.h"
#include "iotdevice.h"
#include "mcoiot.h"
#include "security.h"

#define SIZE (8 * 1024 * 1024)

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

/* A connection that the other side, or this one, must refuse. */
static void try_in_vain(mco_iot_replicator_h repl, const char *server, const char *what, mco_ssl_params_t *ssl) {
    mco_sock_params_t sock;

    mco_socket_params_init(&sock); /* in place of what the communicator has */
    sock.ssl_params = ssl;
    if (mco_iot_replicator_connect(repl, server, 10000, &sock) == MCO_E_NW_HANDSHAKE) {
        printf("device: %s: %s\n", what, mco_iotx_last_error());
    }
}

int main(int argc, char **argv) {
    const char *server = argc > 1 ? argv[1] : "localhost:15000";
    mco_iot_comm_params_t params;
    security_t security;
    mco_ssl_params_t without;
    sample_memory_t memory;
    mco_db_h db;
    mco_iot_comm_h comm;
    mco_iot_replicator_h repl;

    CHECK(mco_runtime_start());
    CHECK(mco_iot_init());
    CHECK(sample_open_database("device", iotdevice_get_dictionary(), SIZE, SIZE, 256, 4096, 10, &memory));
    CHECK(mco_db_connect("device", &db));
    insert_readings(db, 10);

    CHECK(mco_iot_comm_params_init(&params));
    secure(&params, &security, argc > 2 ? argv[2] : ".", "client");
    CHECK(mco_iot_comm_create(&params, &comm));
    CHECK(mco_iot_replicator_create(db, comm, NULL, &repl));

    mco_ssl_params_init(&without);
    try_in_vain(repl, server, "without TLS", NULL);
    try_in_vain(repl, server, "without a certificate", &without);

    CHECK(mco_iot_replicator_connect(repl, server, 10000, NULL));
    CHECK(mco_iot_replicator_sync(repl, MCO_IOT_SERVER_AGENT_ID, MCO_IOT_SYNC_PUSH | MCO_IOT_SYNC_PULL | MCO_IOT_SYNC_WAIT));
    printf("device: the server has everything\n");

    CHECK(mco_iot_replicator_stop(repl));
    CHECK(mco_iot_comm_stop(comm));
    CHECK(mco_iot_replicator_destroy(repl));
    CHECK(mco_iot_comm_destroy(comm));
    CHECK(mco_db_disconnect(db));
    CHECK(sample_close_database("device", &memory));
    mco_ssl_cleanup();
    CHECK(mco_runtime_stop());
    return 0;
}
