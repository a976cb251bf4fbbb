/* Threads with connections of their own insert, read and use ended handles while others sync. */
#include "node.h"

#define THREADS 4
#define EACH 100

static node_t server, device;
static volatile int inserted;

static void *insert(void *arg) {
    uint4 first = *(uint4 *) arg * EACH, i;
    mco_db_h db, ended;
    mco_trans_h t;

    OK(mco_db_connect("device", &db));
    for (i = 0; i < EACH; ++i) {
        iotdevice_Sensor sensor;
        t = begin(db, MCO_READ_WRITE);
        OK(iotdevice_Sensor_new(t, &sensor));
        OK(iotdevice_Sensor_ts_put(&sensor, first + i));
        OK(iotdevice_Sensor_sensorId_put(&sensor, first + i));
        OK(mco_trans_commit(t));
        GIVES(MCO_E_TRANS_NOT_ACTIVE, mco_trans_commit(t));
        GIVES(MCO_E_INVALID_HANDLE, iotdevice_Sensor_sensorId_put(&sensor, 1));
        __sync_fetch_and_add(&inserted, 1);
        OK(mco_db_connect("device", &ended));
        OK(mco_db_disconnect(ended));
        GIVES(MCO_E_INVALID_HANDLE, mco_db_disconnect(ended));
    }
    OK(mco_db_disconnect(db));
    return NULL;
}

static void *sync_all(void *arg) {
    (void) arg;
    while (inserted < THREADS * EACH) {
        MCO_RET rc = mco_iot_replicator_sync(device.repl, MCO_IOT_SERVER_AGENT_ID, SYNC_ALL);
        if (rc != MCO_S_IOT_NO_NEW_DATA) OK(rc);
    }
    return NULL;
}

static void *read_all(void *arg) {
    mco_db_h db;
    unsigned before = 0;
    (void) arg;
    OK(mco_db_connect("server", &db));
    while (before < THREADS * EACH) {
        unsigned now = rows(db, iotserver_Sensor_code);
        TRUE(now >= before);
        before = now;
    }
    OK(mco_db_disconnect(db));
    return NULL;
}

int main(void) {
    pthread_t threads[THREADS + 3];
    uint4 numbers[THREADS], i;
    MCO_RET rc;

    OK(mco_runtime_start());
    OK(mco_iot_init());
    node_start(&server, "server", 0);
    extra_connections = 2 * THREADS;
    node_start(&device, "device", 1000);
    OK(mco_iot_replicator_connect(device.repl, node_address, 20000, NULL));
    for (i = 0; i < THREADS; ++i) {
        numbers[i] = i;
    }
    TRUE(pthread_create(&threads[THREADS], NULL, sync_all, NULL) == 0);
    TRUE(pthread_create(&threads[THREADS + 1], NULL, sync_all, NULL) == 0);
    TRUE(pthread_create(&threads[THREADS + 2], NULL, read_all, NULL) == 0);
    for (i = 0; i < THREADS; ++i) {
        TRUE(pthread_create(&threads[i], NULL, insert, &numbers[i]) == 0);
    }
    for (i = 0; i < THREADS + 2; ++i) {
        TRUE(pthread_join(threads[i], NULL) == 0);
    }
    rc = mco_iot_replicator_sync(device.repl, MCO_IOT_SERVER_AGENT_ID, SYNC_ALL);
    TRUE(rc == MCO_S_OK || rc == MCO_S_IOT_NO_NEW_DATA);
    TRUE(pthread_join(threads[THREADS + 2], NULL) == 0);
    TRUE(rows(server.db, iotserver_Sensor_code) == THREADS * EACH);
    OK(mco_iot_replicator_clear(device.repl, MCO_IOT_SERVER_AGENT_ID));
    TRUE(rows(device.db, iotdevice_Sensor_code) == 0);
    node_stop(&device);
    node_stop(&server);
    OK(mco_runtime_stop());
    return 0;
}
