/* The server of the upgrade (see device.c): listens, and prints at its end how many rows it has.
 * Usage: upgrade-server [address to listen on], 15000 unless given; ctrl-C ends it. Files: server.dbs, server.log. */
#include "common.h"
#include "mcoiot.h"
#include "mcoiotx.h"
#include "upgradeserver.h"

#ifndef VERSION
#define VERSION 1
#endif
#define SIZE (8 * 1024 * 1024)

static void print_rows(mco_db_h db) {
    mco_class_stat_t stat;
    mco_trans_h t;

    CHECK(mco_trans_start(db, MCO_READ_ONLY, MCO_TRANS_FOREGROUND, &t));
    CHECK(mco_class_stat_get(t, Sensor_code, &stat));
    printf("server, version %d: %lu readings\n", VERSION, (unsigned long) stat.objects_num);
#if VERSION >= 2
    CHECK(mco_class_stat_get(t, Alarm_code, &stat));
    printf("server, version %d: %lu alarms\n", VERSION, (unsigned long) stat.objects_num);
#endif
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
    sample_os_initialize(DISK);
    CHECK(mco_runtime_start());
    CHECK(mco_iot_init());
    CHECK(sample_open_database("server", upgradeserver_get_dictionary(), SIZE, SIZE, 256, 4096, 20, &memory));
    CHECK(mco_db_connect("server", &db));
    CHECK(mco_iot_comm_create(NULL, &comm));
    CHECK(mco_iot_replicator_create(db, comm, NULL, &repl));
    CHECK(mco_iot_comm_listen(comm, address, NULL));
    CHECK(mco_iotx_comm_get_listen_port(comm, address, &port));
    printf("server, version %d: listening on port %d\n", VERSION, port);
    fflush(stdout);

    while (!sample_interrupted()) {
        sample_sleep(100);
    }
    print_rows(db);

    CHECK(mco_iot_replicator_stop(repl));
    CHECK(mco_iot_comm_stop(comm));
    CHECK(mco_iot_replicator_destroy(repl));
    CHECK(mco_iot_comm_destroy(comm));
    CHECK(mco_db_disconnect(db));
    CHECK(sample_close_database("server", &memory));
    CHECK(mco_runtime_stop());
    return 0;
}
