/* A node of a tree, told by its input what to do: one command a line, answered with any number of lines that begin with "row" and
 * one that begins with "=" and has the code of the last call. Its files are in the current directory.
 * Usage: node server|router|device AGENT LEVEL RECV_TIMEOUT WAIT_TIMEOUT */
#include "common.h"
#include "mcoiot.h"
#include "mcoiotx.h"
#include "treedevice.h"
#include "treerouter.h"
#include "treeserver.h"

#include <inttypes.h>
#include <string.h>

#define NAME "node"
#define SIZE (64 << 20)

static char memory[2][64]; /* only their sizes count */
static mco_db_h db;
static mco_iot_comm_h comm;
static mco_iot_replicator_h repl;

static void row(const char *format, unsigned long a, unsigned long b, unsigned long c) {
    printf("row ");
    printf(format, a, b, c);
    printf("\n");
}

/* ---- a device: whatever is in Reading is also in Ledger, by the same transaction ------------------------------------ */

static uint4 next_number(mco_trans_h t) {
    mco_cursor_t cursor;
    treedevice_Ledger last;
    uint4 number = 0;
    MCO_RET rc = treedevice_Ledger_by_number_index_cursor(t, &cursor);
    if (rc == MCO_S_CURSOR_EMPTY) return 0;
    CHECK(rc);
    CHECK(mco_cursor_last(t, &cursor));
    CHECK(treedevice_Ledger_from_cursor(t, &cursor, &last));
    CHECK(treedevice_Ledger_number_get(&last, &number));
    return number + 1;
}

/* n rows, in transactions of one to four. */
static MCO_RET add(uint4 n) {
    while (n > 0) {
        mco_trans_h t;
        uint4 number, several;
        CHECK(mco_trans_start(db, MCO_READ_WRITE, MCO_TRANS_FOREGROUND, &t));
        number = next_number(t);
        for (several = number % 4 + 1; several > 0 && n > 0; --several, --n, ++number) {
            const treedevice_Reading_fixed values = {number, number * 7};
            const treedevice_Ledger_fixed kept = {number, number * 7};
            treedevice_Reading reading;
            treedevice_Ledger ledger;
            CHECK(treedevice_Reading_new(t, &reading));
            CHECK(treedevice_Reading_fixed_put(&reading, &values));
            CHECK(treedevice_Ledger_new(t, &ledger));
            CHECK(treedevice_Ledger_fixed_put(&ledger, &kept));
        }
        CHECK(mco_trans_commit(t));
    }
    return MCO_S_OK;
}

/* A row that was cleared cannot change any more: MCO_S_NOTFOUND. */
static MCO_RET change(uint4 number, uint4 value) {
    mco_trans_h t;
    treedevice_Reading reading;
    treedevice_Ledger ledger;
    MCO_RET rc;
    CHECK(mco_trans_start(db, MCO_READ_WRITE, MCO_TRANS_FOREGROUND, &t));
    rc = treedevice_Reading_by_number_find(t, number, &reading);
    if (rc == MCO_S_OK) {
        CHECK(treedevice_Reading_value_put(&reading, value));
        CHECK(treedevice_Ledger_by_number_find(t, number, &ledger));
        CHECK(treedevice_Ledger_value_put(&ledger, value));
    }
    CHECK(mco_trans_commit(t));
    return rc;
}

static MCO_RET print_ledger(void) {
    mco_trans_h t;
    mco_cursor_t cursor;
    MCO_RET rc;
    CHECK(mco_trans_start(db, MCO_READ_ONLY, MCO_TRANS_FOREGROUND, &t));
    for (rc = treedevice_Ledger_by_number_index_cursor(t, &cursor); rc == MCO_S_OK; rc = mco_cursor_next(t, &cursor)) {
        treedevice_Ledger object;
        treedevice_Ledger_fixed values;
        CHECK(treedevice_Ledger_from_cursor(t, &cursor, &object));
        CHECK(treedevice_Ledger_fixed_get(&object, &values));
        row("%lu %lu", values.number, values.value, 0);
    }
    return mco_trans_commit(t);
}

static MCO_RET print_received(void) {
    mco_trans_h t;
    mco_cursor_t cursor;
    MCO_RET rc;
    CHECK(mco_trans_start(db, MCO_READ_ONLY, MCO_TRANS_FOREGROUND, &t));
    for (rc = treedevice_Config_by_id_index_cursor(t, &cursor); rc == MCO_S_OK; rc = mco_cursor_next(t, &cursor)) {
        treedevice_Config object;
        treedevice_Config_fixed values;
        CHECK(treedevice_Config_from_cursor(t, &cursor, &object));
        CHECK(treedevice_Config_fixed_get(&object, &values));
        row("%lu %lu", values.id, values.value, 0);
    }
    return mco_trans_commit(t);
}

/* ---- the server ----------------------------------------------------------------------------------------------------- */

/* A setting: made, or changed, also to another receiver. */
static MCO_RET config(uint4 id, uint4 value, uint8 receiver) {
    mco_trans_h t;
    treeserver_Config object;
    MCO_RET rc;
    CHECK(mco_trans_start(db, MCO_READ_WRITE, MCO_TRANS_FOREGROUND, &t));
    rc = treeserver_Config_by_id_find(t, id, &object);
    if (rc != MCO_S_OK) {
        CHECK(treeserver_Config_new(t, &object));
        CHECK(treeserver_Config_id_put(&object, id));
    }
    CHECK(treeserver_Config_value_put(&object, value));
    CHECK(treeserver_Config_agent_id_put(&object, receiver));
    return mco_trans_commit(t);
}

static MCO_RET drop(uint4 id) {
    mco_trans_h t;
    treeserver_Config object;
    MCO_RET rc;
    CHECK(mco_trans_start(db, MCO_READ_WRITE, MCO_TRANS_FOREGROUND, &t));
    rc = treeserver_Config_by_id_find(t, id, &object);
    if (rc == MCO_S_OK) CHECK(treeserver_Config_delete(&object));
    CHECK(mco_trans_commit(t));
    return rc;
}

static MCO_RET print_readings(void) {
    mco_trans_h t;
    mco_cursor_t cursor;
    MCO_RET rc;
    CHECK(mco_trans_start(db, MCO_READ_ONLY, MCO_TRANS_FOREGROUND, &t));
    for (rc = treeserver_Reading_by_number_index_cursor(t, &cursor); rc == MCO_S_OK; rc = mco_cursor_next(t, &cursor)) {
        treeserver_Reading object;
        treeserver_Reading_fixed values;
        CHECK(treeserver_Reading_from_cursor(t, &cursor, &object));
        CHECK(treeserver_Reading_fixed_get(&object, &values));
        row("%lu %lu %lu", (unsigned long) values.agent_id, values.number, values.value);
    }
    return mco_trans_commit(t);
}

static MCO_RET print_configs(void) {
    mco_trans_h t;
    mco_cursor_t cursor;
    MCO_RET rc;
    CHECK(mco_trans_start(db, MCO_READ_ONLY, MCO_TRANS_FOREGROUND, &t));
    for (rc = treeserver_Config_by_id_index_cursor(t, &cursor); rc == MCO_S_OK; rc = mco_cursor_next(t, &cursor)) {
        treeserver_Config object;
        treeserver_Config_fixed values;
        CHECK(treeserver_Config_from_cursor(t, &cursor, &object));
        CHECK(treeserver_Config_fixed_get(&object, &values));
        row("%lu %lu %lu", (unsigned long) values.agent_id, values.id, values.value);
    }
    return mco_trans_commit(t);
}

/* ---- every node ----------------------------------------------------------------------------------------------------- */

/* Rows of both classes, and rows that were set aside. */
static MCO_RET print_counts(void) {
    mco_class_stat_t readings, configs;
    mco_trans_h t;
    uint8 aside;
    CHECK(mco_trans_start(db, MCO_READ_ONLY, MCO_TRANS_FOREGROUND, &t));
    CHECK(mco_class_stat_get(t, treedevice_Reading_code, &readings));
    CHECK(mco_class_stat_get(t, treedevice_Config_code, &configs));
    CHECK(mco_trans_commit(t));
    CHECK(mco_iotx_quarantine_count(repl, &aside));
    row("%lu %lu %lu", (unsigned long) readings.objects_num, (unsigned long) configs.objects_num, (unsigned long) aside);
    return MCO_S_OK;
}

static MCO_RET perform(const char *line) {
    char address[64];
    uint4 a, b;
    uint8 id;
    if (sscanf(line, "add %" SCNu32, &a) == 1) return add(a);
    if (sscanf(line, "change %" SCNu32 " %" SCNu32, &a, &b) == 2) return change(a, b);
    if (sscanf(line, "config %" SCNu32 " %" SCNu32 " %" SCNu64, &a, &b, &id) == 3) return config(a, b, id);
    if (sscanf(line, "drop %" SCNu32, &a) == 1) return drop(a);
    if (sscanf(line, "connect %63s", address) == 1) return mco_iot_comm_connect_async(comm, address, 2000, 0, 20, NULL);
    if (sscanf(line, "leave %63s", address) == 1) return mco_iot_comm_stop_connect(comm, address);
    if (sscanf(line, "sync %" SCNu64 " %" SCNu32, &id, &a) == 2) return mco_iot_replicator_sync(repl, id, (int) a);
    if (strcmp(line, "clear\n") == 0) return mco_iot_replicator_clear(repl, MCO_IOT_ALL_AGENTS);
    if (strcmp(line, "ledger\n") == 0) return print_ledger();
    if (strcmp(line, "received\n") == 0) return print_received();
    if (strcmp(line, "readings\n") == 0) return print_readings();
    if (strcmp(line, "configs\n") == 0) return print_configs();
    if (strcmp(line, "counts\n") == 0) return print_counts();
    fprintf(stderr, "unknown command: %s", line);
    exit(2);
}

static void open_files(mco_dictionary_h dictionary, uint8 agent, uint2 level) {
    mco_device_t devices[3];
    mco_db_params_t params;
    memset(devices, 0, sizeof devices);
    devices[0].type = devices[1].type = MCO_MEMORY_CONV;
    devices[0].assignment = MCO_MEMORY_ASSIGN_DATABASE;
    devices[1].assignment = MCO_MEMORY_ASSIGN_CACHE;
    devices[0].size = devices[1].size = SIZE;
    devices[0].dev.conv.ptr = memory[0];
    devices[1].dev.conv.ptr = memory[1];
    devices[2].type = MCO_MEMORY_FILE;
    devices[2].assignment = MCO_MEMORY_ASSIGN_PERSISTENT;
    strcpy(devices[2].dev.file.name, NAME ".dbs");
    mco_db_params_init(&params);
    params.iot_agent_id = agent;
    params.iot_level = level;
    CHECK(mco_db_open_dev(NAME, dictionary, devices, 3, &params));
    CHECK(mco_db_connect(NAME, &db));
}

int main(int argc, char **argv) {
    mco_iot_comm_params_t with;
    mco_iot_replicator_params_t limits;
    mco_dictionary_h dictionary;
    char line[128];
    int port = 0;

    if (argc != 6) return 2;
    dictionary = strcmp(argv[1], "server") == 0   ? treeserver_get_dictionary()
                 : strcmp(argv[1], "router") == 0 ? treerouter_get_dictionary()
                                                  : treedevice_get_dictionary();
    CHECK(mco_runtime_start());
    CHECK(mco_iot_init());
    open_files(dictionary, strtoull(argv[2], NULL, 10), (uint2) atoi(argv[3]));
    mco_iot_comm_params_init(&with);
    with.recv_timeout = strtoull(argv[4], NULL, 10);
    CHECK(mco_iot_comm_create(&with, &comm));
    mco_iot_replicator_params_init(&limits);
    limits.wait_timeout = strtoull(argv[5], NULL, 10);
    CHECK(mco_iot_replicator_create(db, comm, &limits, &repl));
    if (strcmp(argv[1], "device") != 0) {
        CHECK(mco_iot_comm_listen(comm, "127.0.0.1:0", NULL));
        CHECK(mco_iotx_comm_get_listen_port(comm, "127.0.0.1:0", &port));
    }
    printf("port %d\n", port);
    fflush(stdout);
    while (fgets(line, sizeof line, stdin) != NULL) {
        MCO_RET rc = perform(line);
        printf("= %d\n", (int) rc);
        fflush(stdout);
    }
    CHECK(mco_iot_replicator_stop(repl));
    CHECK(mco_iot_comm_stop(comm));
    CHECK(mco_iot_replicator_destroy(repl));
    CHECK(mco_iot_comm_destroy(comm));
    CHECK(mco_db_disconnect(db));
    CHECK(mco_db_close(NAME));
    CHECK(mco_runtime_stop());
    return 0;
}
