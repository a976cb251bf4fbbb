/* An outage: what a device does while there is no connection, and how it comes back.
 *
 * The device makes readings and syncs every hour. For three hours the connection is gone: sync says so, readings pile up in the database,
 * nothing else changes for the program. With the connection back, one sync brings everything. What waits, and why, is printed after each
 * hour. The server is that of c-examples/minimal, the schema too.
 * Usage: outage-device [address of the server] [--status text]; 15000 on this machine unless given. "--status text" prints all that is
 * known of what waits, with bytes and times. */
#include <string.h>

#include "common.h"
#include "iotdevice.h"
#include "mcoiot.h"
#include "mcoiotx.h"

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

static const char *why(mco_iotx_reason_t reason) {
    switch (reason) {
        case MCO_IOTX_SYNC: return "for a sync";
        case MCO_IOTX_NOT_CONNECTED: return "for a connection";
        default: return "for the server";
    }
}

/* One entry of the status: rows of one class, for one node. */
static mco_bool print_waiting(mco_iot_replicator_h repl, const mco_iotx_status_t *status, void *context) {
    (void) repl;
    if (status->rows != 0) {
        printf("    %lu rows of %s wait %s\n", (unsigned long) status->rows, status->class_name, why(status->reason));
        ++*(int *) context;
    }
    return MCO_YES;
}

static void print_status(mco_iot_replicator_h repl, int as_text) {
    char text[2048];
    int waiting = 0;

    if (as_text) {
        CHECK(mco_iotx_status_text(repl, text, sizeof text, NULL));
        printf("%s", text);
        return;
    }
    CHECK(mco_iotx_status(repl, print_waiting, &waiting));
    if (waiting == 0) {
        printf("    nothing waits\n");
    }
}

static void an_hour(mco_db_h db, mco_iot_replicator_h repl, int hour, int as_text) {
    MCO_RET rc;

    insert_readings(db, hour, 4);
    rc = mco_iot_replicator_sync(repl, MCO_IOT_SERVER_AGENT_ID, MCO_IOT_SYNC_PUSH | MCO_IOT_SYNC_WAIT);
    CHECK(mco_iot_replicator_clear(repl, MCO_IOT_SERVER_AGENT_ID)); /* takes only what is acknowledged */
    printf("hour %d: 4 readings, sync: %s\n", hour, mco_strerror(rc));
    print_status(repl, as_text);
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
    const char *server = argc > 1 && argv[1][0] != '-' ? argv[1] : "127.0.0.1:15000";
    const int as_text = strcmp(sample_option(argc, argv, "--status", "rows"), "text") == 0;
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

    an_hour(db, repl, 1, as_text);
    lose_connection(comm);
    for (hour = 2; hour <= 4; ++hour) {
        an_hour(db, repl, hour, as_text);
    }
    CHECK(mco_iot_replicator_connect(repl, server, 2000, NULL));
    printf("the connection is back\n");
    an_hour(db, repl, 5, as_text);

    CHECK(mco_iot_replicator_stop(repl));
    CHECK(mco_iot_comm_stop(comm));
    CHECK(mco_iot_replicator_destroy(repl));
    CHECK(mco_iot_comm_destroy(comm));
    CHECK(mco_db_disconnect(db));
    CHECK(sample_close_database("device", &memory));
    CHECK(mco_runtime_stop());
    return 0;
}
