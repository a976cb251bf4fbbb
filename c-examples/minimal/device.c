/* A device: makes readings, sends them to the server, fetches its configuration.
 * Usage: device [address of the server], 15000 on this machine unless given. */
#include "common.h"
#include "iotdevice.h"
#include "mcoiot.h"

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

static void print_configuration(mco_db_h db) {
    mco_trans_h t;
    mco_cursor_t cursor;
    MCO_RET rc;

    CHECK(mco_trans_start(db, MCO_READ_ONLY, MCO_TRANS_FOREGROUND, &t));
    rc = Config_idx_index_cursor(t, &cursor);
    while (rc == MCO_S_OK) {
        Config config;
        Config_fixed row;
        CHECK(Config_from_cursor(t, &cursor, &config));
        CHECK(Config_fixed_get(&config, &row));
        printf("device: parameter %u = %g\n", (unsigned) row.param_id, row.value);
        rc = mco_cursor_next(t, &cursor);
    }
    CHECK(mco_trans_commit(t));
}

int main(int argc, char **argv) {
    const char *server = argc > 1 ? argv[1] : "127.0.0.1:15000";
    sample_memory_t memory;
    mco_db_h db;
    mco_iot_comm_h comm;
    mco_iot_replicator_h repl;

    CHECK(mco_runtime_start());
    CHECK(mco_iot_init());
    CHECK(sample_open_database("device", iotdevice_get_dictionary(), SIZE, SIZE, 256, 4096, 10, &memory));
    CHECK(mco_db_connect("device", &db));

    insert_readings(db, 10); /* no server is needed for this */

    CHECK(mco_iot_comm_create(NULL, &comm));
    CHECK(mco_iot_replicator_create(db, comm, NULL, &repl));
    CHECK(mco_iot_replicator_connect(repl, server, 2000, NULL));
    CHECK(mco_iot_replicator_sync(repl, MCO_IOT_SERVER_AGENT_ID, MCO_IOT_SYNC_PUSH | MCO_IOT_SYNC_PULL | MCO_IOT_SYNC_WAIT));
    CHECK(mco_iot_replicator_clear(repl, MCO_IOT_SERVER_AGENT_ID)); /* what the server has need not stay here */
    print_configuration(db);

    CHECK(mco_iot_replicator_stop(repl));
    CHECK(mco_iot_comm_stop(comm));
    CHECK(mco_iot_replicator_destroy(repl));
    CHECK(mco_iot_comm_destroy(comm));
    CHECK(mco_db_disconnect(db));
    CHECK(sample_close_database("device", &memory));
    CHECK(mco_runtime_stop());
    return 0;
}
