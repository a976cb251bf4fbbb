/* The device of a pair: inserts, syncs, reads its configuration, clears. */
#include "pair.h"

#include "iotdevice.h"

int main(int argc, char **argv) {
    sample_memory_t memory;
    mco_db_h db;
    mco_iot_comm_h comm;
    mco_iot_replicator_h repl;
    mco_trans_h t;
    mco_cursor_t cursor;
    mco_class_stat_t stat;
    MCO_RET rc;
    int i, rows = 0;

    if (argc != 2) return 2;
    CHECK(mco_runtime_start());
    CHECK(mco_iot_init());
    CHECK(sample_open_database(NAME, iotdevice_get_dictionary(), 8 << 20, 1 << 20, 256, 4096, 5, &memory));
    CHECK(mco_db_connect(NAME, &db));
    CHECK(mco_iot_comm_create(NULL, &comm));
    CHECK(mco_iot_replicator_create(db, comm, NULL, &repl));
    CHECK(mco_iot_replicator_connect(repl, argv[1], 20000, 0));
    for (i = 0; i < ROWS; ++i) {
        Sensor sensor;
        CHECK(mco_trans_start(db, MCO_READ_WRITE, MCO_TRANS_FOREGROUND, &t));
        CHECK(Sensor_new(t, &sensor));
        CHECK(Sensor_ts_put(&sensor, 1000 + (mco_datetime) i));
        CHECK(Sensor_sensorId_put(&sensor, (uint4) i));
        CHECK(Sensor_value_put(&sensor, i * 0.5));
        CHECK(mco_trans_commit(t));
        if (i % 10 == 9) {
            CHECK(mco_iot_replicator_sync(repl, MCO_IOT_SERVER_AGENT_ID, MCO_IOT_SYNC_PUSH | MCO_IOT_SYNC_PULL | MCO_IOT_SYNC_WAIT));
        }
    }
    CHECK(mco_trans_start(db, MCO_READ_ONLY, MCO_TRANS_FOREGROUND, &t));
    for (rc = Config_idx_index_cursor(t, &cursor); rc == MCO_S_OK; rc = mco_cursor_next(t, &cursor)) {
        Config config;
        Config_fixed row;
        CHECK(Config_from_cursor(t, &cursor, &config));
        CHECK(Config_fixed_get(&config, &row));
        rows += (int) row.param_id;
    }
    CHECK(mco_trans_commit(t));
    CHECK(mco_iot_replicator_clear(repl, MCO_IOT_SERVER_AGENT_ID));
    CHECK(mco_trans_start(db, MCO_READ_ONLY, MCO_TRANS_FOREGROUND, &t));
    CHECK(mco_class_stat_get(t, Sensor_code, &stat));
    CHECK(mco_trans_commit(t));
    CHECK(mco_iot_replicator_stop(repl));
    CHECK(mco_iot_comm_stop(comm));
    CHECK(mco_iot_replicator_destroy(repl));
    CHECK(mco_iot_comm_destroy(comm));
    CHECK(mco_db_disconnect(db));
    CHECK(sample_close_database(NAME, &memory));
    CHECK(mco_runtime_stop());
    return rows == 3 && stat.objects_num == 0 ? 0 : 3;
}
