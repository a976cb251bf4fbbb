/* An outage: what a device does while there is no connection, and how it comes back.
 *
 * The device makes readings and syncs every hour. For three hours the connection is gone: sync says so, readings pile up in the database,
 * nothing else changes for the program. With the connection back, one sync brings everything. What waits is printed after each hour. The
 * server is that of c-examples/minimal, the schema too.
 * Usage: outage-device [address of the server], 15000 on this machine unless given. */
#include "common.h"
#include "iotdevice.h"
#include "mcoiot.h"

#define SIZE (8 * 1024 * 1024)

static void insert_readings(mco_db_h db, int hour, int n) {
    mco_trans_h t;
    Sensor sensor;
    int i;

    CHECK(mco_trans_start(db, MCO_READ_WRITE, MCO_TRANS_FOREGROUND, &t));
    for (i = 0; i < n; ++i) {
        CHECK(Sensor_new(t, &sensor));
        CHECK(Sensor_ts_put(&sensor, 1700000000 + (mco_datetime) hour * 3600 + (mco_datetime) i * 60));
        CHECK(Sensor_sensorId_put(&sensor, 1));
        CHECK(Sensor_value_put(&sensor, hour + i * 0.1));
    }
    CHECK(mco_trans_commit(t));
}

/* What is left after clear has not been acknowledged: it waits. */
static unsigned long backlog(mco_db_h db, mco_iot_replicator_h repl) {
    mco_class_stat_t stat;
    mco_trans_h t;

    CHECK(mco_iot_replicator_clear(repl, MCO_IOT_SERVER_AGENT_ID));
    CHECK(mco_trans_start(db, MCO_READ_ONLY, MCO_TRANS_FOREGROUND, &t));
    CHECK(mco_class_stat_get(t, Sensor_code, &stat));
    CHECK(mco_trans_commit(t));
    return (unsigned long) stat.objects_num;
}

static void an_hour(mco_db_h db, mco_iot_replicator_h repl, int hour) {
    MCO_RET rc;

    insert_readings(db, hour, 4);
    rc = mco_iot_replicator_sync(repl, MCO_IOT_SERVER_AGENT_ID, MCO_IOT_SYNC_PUSH | MCO_IOT_SYNC_WAIT);
    printf("hour %d: 4 readings, sync: %s; waiting: %lu\n", hour, mco_strerror(rc), backlog(db, repl));
}

static void lose_connection(mco_iot_comm_h comm) {
    mco_iot_connection_h connection;

    while ((connection = mco_iot_comm_find_conn(comm, MCO_IOT_SERVER_AGENT_ID)) != NULL) {
        CHECK(mco_iot_conn_disconnect(connection));
        CHECK(mco_iot_conn_release(connection));
        sample_sleep(1);
    }
    printf("the connection is gone\n");
}

int main(int argc, char **argv) {
    const char *server = argc > 1 ? argv[1] : "127.0.0.1:15000";
    sample_memory_t memory;
    mco_db_h db;
    mco_iot_comm_h comm;
    mco_iot_replicator_h repl;
    int hour;

    CHECK(mco_runtime_start());
    CHECK(mco_iot_init());
    CHECK(sample_open_database("device", iotdevice_get_dictionary(), SIZE, SIZE, 256, 4096, 10, &memory));
    CHECK(mco_db_connect("device", &db));
    CHECK(mco_iot_comm_create(NULL, &comm));
    CHECK(mco_iot_replicator_create(db, comm, NULL, &repl));
    CHECK(mco_iot_replicator_connect(repl, server, 2000, NULL));

    an_hour(db, repl, 1);
    lose_connection(comm);
    for (hour = 2; hour <= 4; ++hour) {
        an_hour(db, repl, hour);
    }
    CHECK(mco_iot_replicator_connect(repl, server, 2000, NULL));
    printf("the connection is back\n");
    an_hour(db, repl, 5);

    CHECK(mco_iot_replicator_stop(repl));
    CHECK(mco_iot_comm_stop(comm));
    CHECK(mco_iot_replicator_destroy(repl));
    CHECK(mco_iot_comm_destroy(comm));
    CHECK(mco_db_disconnect(db));
    CHECK(sample_close_database("device", &memory));
    CHECK(mco_runtime_stop());
    return 0;
}
