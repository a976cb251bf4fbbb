/* A new version of a device, while its server stays as it is and follows later.
 *
 * Version 2 of the schemas (device_2.mco, server_2.mco) has a new class, Alarm. The programs of version 2 are these same sources, compiled
 * with -DVERSION=2; they go on with the files of version 1. As long as the server is of version 1, alarms of a new device wait: sync sends
 * the rest and says that something waits, clear leaves them. They arrive with the first sync after the server has followed.
 * Usage: upgrade-device [address of the server]; makes two readings, from version 2 on an alarm, and syncs. Files: device.dbs, device.log. */
#include "common.h"
#include "mcoiot.h"
#include "upgradedevice.h"

#include <string.h>

#ifndef VERSION
#define VERSION 1
#endif
#define SIZE (8 * 1024 * 1024)

static void insert_rows(mco_db_h db) {
    mco_trans_h t;
    Sensor sensor;
    int i;

    CHECK(mco_trans_start(db, MCO_READ_WRITE, MCO_TRANS_FOREGROUND, &t));
    for (i = 0; i < 2; ++i) {
        CHECK(Sensor_new(t, &sensor));
        CHECK(Sensor_value_put(&sensor, 20 + i * 0.5));
    }
#if VERSION >= 2
    {
        Alarm alarm;
        CHECK(Alarm_new(t, &alarm));
        CHECK(Alarm_level_put(&alarm, 3));
    }
#endif
    CHECK(mco_trans_commit(t));
}

static unsigned long rows(mco_db_h db, uint2 class_code) {
    mco_class_stat_t stat;
    mco_trans_h t;

    CHECK(mco_trans_start(db, MCO_READ_ONLY, MCO_TRANS_FOREGROUND, &t));
    CHECK(mco_class_stat_get(t, class_code, &stat));
    CHECK(mco_trans_commit(t));
    return (unsigned long) stat.objects_num;
}

int main(int argc, char **argv) {
    const char *server = argc > 1 ? argv[1] : "127.0.0.1:15000";
    sample_memory_t memory;
    mco_db_h db;
    mco_iot_comm_h comm;
    mco_iot_replicator_h repl;
    MCO_RET rc;

    sample_os_initialize(DISK);
    CHECK(mco_runtime_start());
    CHECK(mco_iot_init());
    CHECK(sample_open_database("device", upgradedevice_get_dictionary(), SIZE, SIZE, 256, 4096, 10, &memory));
    CHECK(mco_db_connect("device", &db));
    insert_rows(db);

    CHECK(mco_iot_comm_create(NULL, &comm));
    CHECK(mco_iot_replicator_create(db, comm, NULL, &repl));
    CHECK(mco_iot_replicator_connect(repl, server, 2000, NULL));
    rc = mco_iot_replicator_sync(repl, MCO_IOT_SERVER_AGENT_ID, MCO_IOT_SYNC_PUSH | MCO_IOT_SYNC_WAIT);
    printf("device, version %d: sync: %s\n", VERSION, mco_strerror(rc));
    CHECK(mco_iot_replicator_clear(repl, MCO_IOT_SERVER_AGENT_ID));
    printf("device, version %d: readings that wait: %lu\n", VERSION, rows(db, Sensor_code));
#if VERSION >= 2
    printf("device, version %d: alarms that wait: %lu\n", VERSION, rows(db, Alarm_code));
#endif

    CHECK(mco_iot_replicator_stop(repl));
    CHECK(mco_iot_comm_stop(comm));
    CHECK(mco_iot_replicator_destroy(repl));
    CHECK(mco_iot_comm_destroy(comm));
    CHECK(mco_db_disconnect(db));
    CHECK(sample_close_database("device", &memory));
    CHECK(mco_runtime_stop());
    return 0;
}
