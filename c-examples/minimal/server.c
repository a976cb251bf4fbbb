/* The server: offers configuration, prints the readings that devices send. It answers by itself and never calls sync.
 * Usage: server [address to listen on], 15000 unless given; ctrl-C ends it. */
#include "common.h"
#include "iotserver.h"
#include "mcoiot.h"
#include "mcoiotx.h"

#define SIZE (8 * 1024 * 1024)

static void insert_configuration(mco_db_h db) {
    mco_trans_h t;
    Config config;

    CHECK(mco_trans_start(db, MCO_READ_WRITE, MCO_TRANS_FOREGROUND, &t));
    CHECK(Config_new(t, &config)); /* for all devices */
    CHECK(Config_param_id_put(&config, 1));
    CHECK(Config_value_put(&config, 60));
    CHECK(Config_new(t, &config)); /* for device 1000 alone */
    CHECK(Config_param_id_put(&config, 2));
    CHECK(Config_value_put(&config, 0.5));
    CHECK(Config_agent_id_put(&config, 1000));
    CHECK(mco_trans_commit(t));
}

static void print_readings(mco_db_h db) {
    mco_trans_h t;
    mco_cursor_t cursor;
    MCO_RET rc;

    CHECK(mco_trans_start(db, MCO_READ_ONLY, MCO_TRANS_FOREGROUND, &t));
    rc = Sensor_idx_index_cursor(t, &cursor);
    while (rc == MCO_S_OK) {
        Sensor sensor;
        Sensor_fixed row;
        CHECK(Sensor_from_cursor(t, &cursor, &sensor));
        CHECK(Sensor_fixed_get(&sensor, &row));
        printf("server: device %lu, time %lu, value %g\n", (unsigned long) row.agent_id, (unsigned long) row.ts, row.value);
        rc = mco_cursor_next(t, &cursor);
    }
    CHECK(mco_trans_commit(t));
}

/* Runs on a thread of the library whenever rows have come in and are committed. */
static int on_receive(mco_iot_connection_h connection, mco_iot_read_stream_t *stream, void *context) {
    (void) stream;
    (void) context;
    printf("server: rows from device %lu\n", (unsigned long) mco_iot_conn_get_agent_id(connection));
    fflush(stdout);
    return IOT_CALLBACK_OK;
}

int main(int argc, char **argv) {
    const char *address = argc > 1 ? argv[1] : "15000";
    iot_comm_callback_t callbacks = {NULL, on_receive, NULL, NULL, NULL};
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
    insert_configuration(db);

    CHECK(mco_iot_comm_create(NULL, &comm));
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
    CHECK(mco_runtime_stop());
    return 0;
}
