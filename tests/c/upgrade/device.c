/* Adds three sensors and, where the schema has them, two alarms; syncs, clears and prints what is left. */
#include "node.h"

int main(int argc, char **argv) {
    sample_memory_t memory;
    mco_db_h db;
    mco_iot_comm_h comm;
    mco_iot_replicator_h repl;
    mco_trans_h t;
    Sensor sensor;
    MCO_RET rc;
    int i;

    if (argc != 3) return 2;
    sample_os_initialize(DISK);
    CHECK(mco_runtime_start());
    CHECK(mco_iot_init());
    CHECK(sample_open_database(NAME, upgraded_get_dictionary(), 8 << 20, 1 << 20, 256, 4096, 5, &memory));
    CHECK(mco_db_connect(NAME, &db));
    for (i = 0; i < 3; ++i) {
        CHECK(mco_trans_start(db, MCO_READ_WRITE, MCO_TRANS_FOREGROUND, &t));
        CHECK(Sensor_new(t, &sensor));
        CHECK(Sensor_value_put(&sensor, i * 0.5));
#if NEW_SCHEMA
        if (i < 2) {
            Alarm alarm;
            CHECK(Alarm_new(t, &alarm));
            CHECK(Alarm_level_put(&alarm, 1 + (uint4) i));
        }
#endif
        CHECK(mco_trans_commit(t));
    }
    CHECK(mco_iot_comm_create(NULL, &comm));
    CHECK(mco_iot_replicator_create(db, comm, NULL, &repl));
    CHECK(mco_iot_replicator_connect(repl, argv[1], 20000, 0));
    rc = mco_iot_replicator_sync(repl, MCO_IOT_SERVER_AGENT_ID, MCO_IOT_SYNC_PUSH | MCO_IOT_SYNC_WAIT);
    if ((int) rc != atoi(argv[2])) {
        fprintf(stderr, "sync gave %d: %s\n", (int) rc, mco_iotx_last_error());
        return 1;
    }
    CHECK(mco_iot_replicator_clear(repl, MCO_IOT_SERVER_AGENT_ID));
    print_rows(db);
    CHECK(mco_iot_replicator_stop(repl));
    CHECK(mco_iot_comm_stop(comm));
    CHECK(mco_iot_replicator_destroy(repl));
    CHECK(mco_iot_comm_destroy(comm));
    CHECK(mco_db_disconnect(db));
    CHECK(sample_close_database(NAME, &memory));
    CHECK(mco_runtime_stop());
    return 0;
}
