/* The measured side of `make bench`. One line of numbers on stdout; benches/rows.rs makes the table.
 *
 *     bench-device insert PLACE CSV ROWS ROWS_A_TRANSACTION            -> seconds
 *     bench-device push   PLACE CSV ROWS ROWS_A_TRANSACTION ADDRESS LEVEL
 *                                                          -> seconds, bytes sent, bytes received
 *
 * PLACE is `memory` or a directory for the file of the database. The readings are those of CSV, over and over. LEVEL is
 * that of compression. */
#define _POSIX_C_SOURCE 200809L

#include "iotdevice.h"
#include "mcoiot.h"
#include "weather/weather.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

static const mco_size_t SIZE = (mco_size_t) 1 << 30; /* only a limit: it is not touched */

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

static void insert(mco_db_h db, const weather_line_t *lines, size_t n_lines, unsigned long rows, unsigned long rows_a_transaction) {
    unsigned long done = 0;
    while (done < rows) {
        mco_trans_h t;
        unsigned long end = done + rows_a_transaction < rows ? done + rows_a_transaction : rows;
        CHECK(mco_trans_start(db, MCO_READ_WRITE, MCO_TRANS_FOREGROUND, &t));
        for (; done < end; ++done) {
            Sensor sensor;
            CHECK(Sensor_new(t, &sensor));
            CHECK(Sensor_ts_put(&sensor, lines[0].ts + (mco_datetime) done * 3600));
            CHECK(Sensor_sensorId_put(&sensor, 1));
            CHECK(Sensor_value_put(&sensor, lines[done % n_lines].temperature));
        }
        CHECK(mco_trans_commit(t));
    }
}

/* Connects, measures one push with its acknowledgment. */
static void push(mco_db_h db, const char *address, int level) {
    mco_iot_comm_params_t params;
    mco_iot_comm_h comm;
    mco_iot_replicator_h repl;
    mco_iot_connection_h connection;
    mco_iot_connection_stat_t before, after;
    double started, seconds;

    CHECK(mco_iot_comm_params_init(&params));
    params.compression_level = level;
    CHECK(mco_iot_comm_create(&params, &comm));
    CHECK(mco_iot_replicator_create(db, comm, NULL, &repl));
    CHECK(mco_iot_replicator_connect(repl, address, 5000, NULL));
    connection = mco_iot_comm_find_conn(comm, MCO_IOT_SERVER_AGENT_ID);
    CHECK(mco_iot_conn_get_stat(connection, &before));

    started = now();
    CHECK(mco_iot_replicator_sync(repl, MCO_IOT_SERVER_AGENT_ID, MCO_IOT_SYNC_PUSH | MCO_IOT_SYNC_WAIT));
    seconds = now() - started;

    CHECK(mco_iot_conn_get_stat(connection, &after));
    CHECK(mco_iot_conn_release(connection));
    printf("%.6f %lu %lu\n", seconds, (unsigned long) (after.sent_bytes - before.sent_bytes),
           (unsigned long) (after.recv_bytes - before.recv_bytes));

    CHECK(mco_iot_replicator_stop(repl));
    CHECK(mco_iot_comm_stop(comm));
    CHECK(mco_iot_replicator_destroy(repl));
    CHECK(mco_iot_comm_destroy(comm));
}

int main(int argc, char **argv) {
    sample_memory_t memory;
    mco_db_h db;
    weather_line_t *lines;
    size_t n_lines;
    unsigned long rows, rows_a_transaction;
    double started;

    if (argc < 6 || (strcmp(argv[1], "push") == 0 && argc < 8)) {
        fprintf(stderr, "see the head of benches/device.c\n");
        return 2;
    }
    lines = weather_read_csv(argv[3], &n_lines);
    rows = strtoul(argv[4], NULL, 10);
    rows_a_transaction = strtoul(argv[5], NULL, 10);
    if (strcmp(argv[2], "memory") != 0) {
        sample_os_initialize(DISK);
        if (chdir(argv[2]) != 0) {
            perror(argv[2]);
            return 1;
        }
    }

    CHECK(mco_runtime_start());
    CHECK(mco_iot_init());
    CHECK(sample_open_database("device", iotdevice_get_dictionary(), SIZE, SIZE, 256, 4096, 20, &memory));
    CHECK(mco_db_connect("device", &db));
    started = now();
    insert(db, lines, n_lines, rows, rows_a_transaction);
    if (strcmp(argv[1], "insert") == 0) {
        printf("%.6f\n", now() - started);
    } else {
        push(db, argv[6], atoi(argv[7]));
    }
    CHECK(mco_db_disconnect(db));
    CHECK(sample_close_database("device", &memory));
    CHECK(mco_runtime_stop());
    free(lines);
    return 0;
}
