/* A device of the tree: makes three readings, sends them through the router to the server, fetches its settings.
 * Usage: tree-device [address of the router] [agent id], 15001 and 1000 unless given. */
#include "common.h"
#include "mcoiot.h"
#include "treedevice.h"

#include <string.h>

#define SIZE (8 * 1024 * 1024)

static char memory[SIZE];

/* One schema serves all devices; the agent id is a parameter. */
static void open_database(mco_iot_agent_id_t agent) {
    mco_db_params_t params;
    mco_device_t device;

    memset(&device, 0, sizeof device);
    device.type = MCO_MEMORY_CONV;
    device.assignment = MCO_MEMORY_ASSIGN_DATABASE;
    device.size = sizeof memory;
    device.dev.conv.ptr = memory;
    mco_db_params_init(&params);
    params.iot_agent_id = agent;
    CHECK(mco_db_open_dev("device", treedevice_get_dictionary(), &device, 1, &params));
}

static void insert_readings(mco_db_h db, uint4 n) {
    mco_trans_h t;
    Reading reading;
    uint4 i;

    CHECK(mco_trans_start(db, MCO_READ_WRITE, MCO_TRANS_FOREGROUND, &t));
    for (i = 1; i <= n; ++i) {
        CHECK(Reading_new(t, &reading));
        CHECK(Reading_number_put(&reading, i));
        CHECK(Reading_value_put(&reading, 20 + i * 0.5));
    }
    CHECK(mco_trans_commit(t));
}

static void print_settings(mco_db_h db, mco_iot_agent_id_t agent) {
    mco_trans_h t;
    mco_cursor_t cursor;
    MCO_RET rc;

    CHECK(mco_trans_start(db, MCO_READ_ONLY, MCO_TRANS_FOREGROUND, &t));
    for (rc = Setting_idx_index_cursor(t, &cursor); rc == MCO_S_OK; rc = mco_cursor_next(t, &cursor)) {
        Setting setting;
        Setting_fixed row;
        CHECK(Setting_from_cursor(t, &cursor, &setting));
        CHECK(Setting_fixed_get(&setting, &row));
        printf("device %lu: setting %u = %g\n", (unsigned long) agent, (unsigned) row.id, row.value);
    }
    CHECK(mco_trans_commit(t));
}

int main(int argc, char **argv) {
    const char *router = argc > 1 ? argv[1] : "127.0.0.1:15001";
    mco_iot_agent_id_t agent = argc > 2 ? strtoul(argv[2], NULL, 10) : 1000;
    mco_db_h db;
    mco_iot_comm_h comm;
    mco_iot_replicator_h repl;
    MCO_RET rc;

    CHECK(mco_runtime_start());
    CHECK(mco_iot_init());
    open_database(agent);
    CHECK(mco_db_connect("device", &db));
    insert_readings(db, 3);

    CHECK(mco_iot_comm_create(NULL, &comm));
    CHECK(mco_iot_replicator_create(db, comm, NULL, &repl));
    CHECK(mco_iot_replicator_connect(repl, router, 2000, NULL));
    rc = mco_iot_replicator_sync(repl, MCO_IOT_SERVER_AGENT_ID,
                                 MCO_IOT_SYNC_PUSH | MCO_IOT_SYNC_PULL | MCO_IOT_SYNC_WAIT | MCO_IOT_SYNC_DEEP_ACK);
    printf("device %lu: the server has everything: %s\n", (unsigned long) agent, rc == MCO_S_OK ? "yes" : mco_strerror(rc));
    print_settings(db, agent);

    CHECK(mco_iot_replicator_stop(repl));
    CHECK(mco_iot_comm_stop(comm));
    CHECK(mco_iot_replicator_destroy(repl));
    CHECK(mco_iot_comm_destroy(comm));
    CHECK(mco_db_disconnect(db));
    CHECK(mco_db_close("device"));
    CHECK(mco_runtime_stop());
    return 0;
}
