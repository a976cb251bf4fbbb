/* The server of a pair: prints its port, answers, ends when its input ends; every callback looks at its connection. */
#include "pair.h"

#include "iotserver.h"

static int counts[5];

static int look(mco_iot_connection_h iotc, int event) {
    mco_iot_connection_stat_t stat;
    CHECK(mco_iot_connection_get_stat(iotc, &stat));
    if (mco_iot_connection_get_agent_id(iotc) != 1000 || mco_iot_connection_get_address(iotc) == NULL) abort();
    ++counts[event];
    return IOT_CALLBACK_OK;
}

static int on_connect(mco_iot_connection_h iotc, void *context) {
    (void) context;
    return look(iotc, 0);
}

static int on_receive(mco_iot_connection_h iotc, mco_iot_read_stream_t *stream, void *context) {
    (void) stream;
    (void) context;
    return look(iotc, 1);
}

static int on_ack(mco_iot_connection_h iotc, const iot_ack_t *ack, void *context) {
    (void) ack;
    (void) context;
    return look(iotc, 2);
}

static int on_disconnect(mco_iot_connection_h iotc, void *context) {
    (void) context;
    return look(iotc, 3);
}

static int on_destroy(mco_iot_connection_h iotc, void *context) {
    (void) context;
    return look(iotc, 4);
}

int main(void) {
    iot_comm_callback_t callbacks = {on_connect, on_receive, on_ack, on_disconnect, on_destroy};
    sample_memory_t memory;
    mco_db_h db;
    mco_iot_comm_h comm;
    mco_iot_replicator_h repl;
    mco_trans_h t;
    mco_cursor_t cursor;
    Config config;
    MCO_RET rc;
    int port = 0, rows = 0, i;

    CHECK(mco_runtime_start());
    CHECK(mco_iot_init());
    CHECK(sample_open_database(NAME, iotserver_get_dictionary(), 8 << 20, 1 << 20, 256, 4096, 20, &memory));
    CHECK(mco_db_connect(NAME, &db));
    CHECK(mco_trans_start(db, MCO_READ_WRITE, MCO_TRANS_FOREGROUND, &t));
    CHECK(Config_new(t, &config));
    CHECK(Config_param_id_put(&config, 1));
    CHECK(Config_value_put(&config, 60));
    CHECK(Config_new(t, &config));
    CHECK(Config_param_id_put(&config, 2));
    CHECK(Config_value_put(&config, 0.5));
    CHECK(Config_agent_id_put(&config, 1000));
    CHECK(mco_trans_commit(t));

    CHECK(mco_iot_comm_create(NULL, &comm));
    CHECK(mco_iot_replicator_create(db, comm, NULL, &repl));
    CHECK(mco_iot_comm_register_callback(comm, &callbacks, &counts));
    CHECK(mco_iot_comm_listen(comm, "127.0.0.1:0", 0));
    CHECK(mco_iotx_comm_get_listen_port(comm, "127.0.0.1:0", &port));
    printf("%d\n", port);
    fflush(stdout);
    while (getchar() != EOF) {
    }

    CHECK(mco_trans_start(db, MCO_READ_ONLY, MCO_TRANS_FOREGROUND, &t));
    for (rc = Sensor_idx_index_cursor(t, &cursor); rc == MCO_S_OK; rc = mco_cursor_next(t, &cursor)) {
        Sensor sensor;
        Sensor_fixed row;
        CHECK(Sensor_from_cursor(t, &cursor, &sensor));
        CHECK(Sensor_fixed_get(&sensor, &row));
        if (row.agent_id != 1000 || row.value != row.sensorId * 0.5) abort();
        ++rows;
    }
    CHECK(mco_trans_commit(t));
    CHECK(mco_iot_replicator_stop(repl));
    CHECK(mco_iot_comm_stop(comm));
    CHECK(mco_iot_replicator_destroy(repl));
    CHECK(mco_iot_comm_destroy(comm));
    CHECK(mco_db_disconnect(db));
    CHECK(sample_close_database(NAME, &memory));
    CHECK(mco_runtime_stop());
    for (i = 0; i < 5; ++i) {
        if (counts[i] == 0) return 1 + i;
    }
    return rows == ROWS ? 0 : 10;
}
