/* A tree of three layers: this server, a router, and devices below the router.
 *
 * The server has settings, one for all devices and one for each, and prints at its end what readings have come. It never calls sync, and
 * never speaks with a device itself: the router (router.c) carries rows in both directions. A device (device.c) asks for the deep
 * acknowledgment, so its sync returns when this server has committed its rows, not when the router has.
 * Usage: tree-server [address to listen on], 15000 unless given; ctrl-C ends it. */
#include "common.h"
#include "mcoiot.h"
#include "mcoiotx.h"
#include "treeserver.h"

#define SIZE (8 * 1024 * 1024)

static void insert_setting(mco_db_h db, uint4 id, double value, uint8 device) {
    mco_trans_h t;
    Setting setting;

    CHECK(mco_trans_start(db, MCO_READ_WRITE, MCO_TRANS_FOREGROUND, &t));
    CHECK(Setting_new(t, &setting));
    CHECK(Setting_id_put(&setting, id));
    CHECK(Setting_value_put(&setting, value));
    CHECK(Setting_agent_id_put(&setting, device));
    CHECK(mco_trans_commit(t));
}

static void print_readings(mco_db_h db) {
    mco_trans_h t;
    mco_cursor_t cursor;
    MCO_RET rc;

    CHECK(mco_trans_start(db, MCO_READ_ONLY, MCO_TRANS_FOREGROUND, &t));
    for (rc = Reading_idx_index_cursor(t, &cursor); rc == MCO_S_OK; rc = mco_cursor_next(t, &cursor)) {
        Reading reading;
        Reading_fixed row;
        CHECK(Reading_from_cursor(t, &cursor, &reading));
        CHECK(Reading_fixed_get(&reading, &row));
        printf("server: device %lu, reading %u = %g\n", (unsigned long) row.agent_id, (unsigned) row.number, row.value);
    }
    CHECK(mco_trans_commit(t));
}

int main(int argc, char **argv) {
    const char *address = argc > 1 ? argv[1] : "15000";
    sample_memory_t memory;
    mco_db_h db;
    mco_iot_comm_h comm;
    mco_iot_replicator_h repl;
    int port = 0;

    sample_catch_interrupts();
    CHECK(mco_runtime_start());
    CHECK(mco_iot_init());
    CHECK(sample_open_database("server", treeserver_get_dictionary(), SIZE, SIZE, 256, 4096, 20, &memory));
    CHECK(mco_db_connect("server", &db));
    insert_setting(db, 1, 60, MCO_IOT_ALL_AGENTS);
    insert_setting(db, 2, 0.5, 1000);
    insert_setting(db, 3, 0.25, 1001);

    CHECK(mco_iot_comm_create(NULL, &comm));
    CHECK(mco_iot_replicator_create(db, comm, NULL, &repl));
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
