/* A server that speaks TLS with devices of its own CA, and with nobody else.
 * Usage: tls-server [address to listen on [directory of the certificates]], 15000 and the current one unless given; ctrl-C ends it.
 * Make the certificates with certificates.sh. The schemas are those of c-examples/minimal. */
#include "common.h"
#include "iotserver.h"
#include "mcoiot.h"
#include "security.h"

#define SIZE (8 * 1024 * 1024)

static int on_connect(mco_iot_connection_h connection, void *context) {
    (void) context;
    printf("server: device %lu is here\n", (unsigned long) mco_iot_conn_get_agent_id(connection));
    return IOT_CALLBACK_OK;
}

/* Every connection ends here, also one that could not be made secure. */
static int on_destroy(mco_iot_connection_h connection, void *context) {
    MCO_RET code = MCO_S_OK;
    (void) context;
    mco_iot_conn_get_error(connection, NULL, &code, NULL, NULL, 0);
    if (code == MCO_E_NW_HANDSHAKE) printf("server: somebody was refused\n");
    return IOT_CALLBACK_OK;
}

static void print_readings(mco_db_h db) {
    mco_trans_h t;
    mco_class_stat_t stat;

    CHECK(mco_trans_start(db, MCO_READ_ONLY, MCO_TRANS_FOREGROUND, &t));
    CHECK(mco_class_stat_get(t, Sensor_code, &stat));
    CHECK(mco_trans_commit(t));
    printf("server: %lu readings\n", (unsigned long) stat.objects_num);
}

int main(int argc, char **argv) {
    const char *address = argc > 1 ? argv[1] : "15000";
    iot_comm_callback_t callbacks = {on_connect, NULL, NULL, NULL, on_destroy};
    mco_iot_comm_params_t params;
    security_t security;
    sample_memory_t memory;
    mco_db_h db;
    mco_iot_comm_h comm;
    mco_iot_replicator_h repl;
    int port = 0;

    sample_catch_interrupts();
    CHECK(mco_runtime_start());
    CHECK(mco_iot_init());
    CHECK(sample_open_database("server", iotserver_get_dictionary(), SIZE, SIZE, 256, 4096, 20, &memory));
    CHECK(mco_db_connect("server", &db));

    CHECK(mco_iot_comm_params_init(&params));
    params.n_callback_threads = 1;
    secure(&params, &security, argc > 2 ? argv[2] : ".", "server");
    CHECK(mco_iot_comm_create(&params, &comm));
    CHECK(mco_iot_replicator_create(db, comm, NULL, &repl));
    CHECK(mco_iot_comm_register_callback(comm, &callbacks, NULL));
    CHECK(mco_iot_comm_listen(comm, address, NULL));
    CHECK(mco_iotx_comm_get_listen_port(comm, address, &port));
    printf("server: listening on port %d\n", port);
    fflush(stdout);

    while (!sample_interrupted()) {
        sample_sleep(100);
    }
    print_readings(db);

    CHECK(mco_iot_replicator_stop(repl));
    CHECK(mco_iot_comm_stop(comm));
    CHECK(mco_iot_replicator_destroy(repl));
    CHECK(mco_iot_comm_destroy(comm));
    CHECK(mco_db_disconnect(db));
    CHECK(sample_close_database("server", &memory));
    mco_ssl_cleanup();
    CHECK(mco_runtime_stop());
    return 0;
}
