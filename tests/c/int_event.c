/* Rows that replication brings fire events on the replicator's thread: what handlers see, may do, and cannot prevent. */
#include "node.h"

#include <pthread.h>

static node_t server, device;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_t own;
static char seen[256];

static MCO_RET listen(mco_trans_h t, iotdevice_Config *config, MCO_EVENT_TYPE et, void *param) {
    char text[32];
    uint4 id;
    double value;
    mco_cursor_t c;
    iotdevice_Config other;

    TRUE(!pthread_equal(pthread_self(), own));
    OK(iotdevice_Config_param_id_get(config, &id));
    OK(iotdevice_Config_value_get(config, &value));
    if (et != MCO_EVENT_DELETE) OK(iotdevice_Config_idx_index_cursor(t, &c));
    if (et == MCO_EVENT_CHECKPOINT) {
        OK(iotdevice_Config_idx_search(t, &c, MCO_EQ, id));
        OK(iotdevice_Config_from_cursor(t, &c, &other));
    }
    sprintf(text, "%s%d:%u=%g ", (const char *) param, (int) et, (unsigned) id, value);
    pthread_mutex_lock(&lock);
    strcat(seen, text);
    pthread_mutex_unlock(&lock);
    return MCO_S_OK;
}

/* Writes, the same twice for what it has met before, and refuses everything. */
static MCO_RET meddle(mco_trans_h t, iotdevice_Config *config, MCO_EVENT_TYPE et, void *param) {
    iotdevice_Seen made;
    uint4 id;
    double value;
    (void) et, (void) param;
    OK(iotdevice_Config_param_id_get(config, &id));
    OK(iotdevice_Seen_new(t, &made));
    OK(iotdevice_Seen_param_id_put(&made, id));
    OK(iotdevice_Config_value_get(config, &value));
    if (value == 7.5) { /* the one before is a duplicate, this one is right */
        OK(iotdevice_Seen_new(t, &made));
        OK(iotdevice_Seen_param_id_put(&made, 75));
    }
    if (id == 8) {
        iotdevice_Sensor sensor;
        OK(iotdevice_Sensor_new(t, &sensor)); /* this one travels back */
        GIVES(MCO_E_TRANSACT, mco_trans_commit(t));
        GIVES(MCO_E_INVALID_HANDLE, mco_db_disconnect(NULL));
    }
    if (id == 9) {
        iotdevice_Config forbidden;
        GIVES(MCO_E_ACCESS, iotdevice_Config_new(t, &forbidden)); /* downtable: the transaction has failed */
        GIVES(MCO_E_TRANSACT, iotdevice_Seen_param_id_put(&made, 100));
    }
    return MCO_E_NOMEM;
}

static void expect(const char *expected) {
    OK(mco_iot_replicator_sync(device.repl, MCO_IOT_SERVER_AGENT_ID, SYNC_ALL));
    pthread_mutex_lock(&lock);
    if (strcmp(seen, expected) != 0) FAIL("seen '%s', not '%s'", seen, expected);
    seen[0] = 0;
    pthread_mutex_unlock(&lock);
}

static iotserver_Config find(mco_trans_h t, uint4 id) {
    mco_cursor_t c;
    iotserver_Config config;
    OK(iotserver_Config_idx_search(t, &c, MCO_EQ, id));
    OK(iotserver_Config_from_cursor(t, &c, &config));
    return config;
}

static void change(uint4 id, double value) {
    mco_trans_h t = begin(server.db, MCO_READ_WRITE);
    iotserver_Config config = find(t, id);
    OK(iotserver_Config_value_put(&config, value));
    OK(mco_trans_commit(t));
}

static void *wait(void *code) {
    *(MCO_RET *) code = mco_iotx_event_wait(device.db, iotdevice_config_delete, 20000);
    return NULL;
}

int main(void) {
    static char none[] = "", before[] = "<", after[] = ">";
    mco_trans_h t;
    iotserver_Config config;
    pthread_t waiter;
    MCO_RET waited = MCO_E_CORE;
    uint4 id;
    uint8 aside;

    own = pthread_self();
    OK(mco_runtime_start());
    OK(mco_iot_init());
    node_start(&server, "server", 0);
    node_start(&device, "device", 1000);
    t = begin(device.db, MCO_READ_WRITE);
    OK(mco_register_iotdevice_config_new_handler(t, listen, none));
    OK(mco_register_iotdevice_config_checkpoint_handler(t, listen, none));
    OK(mco_register_iotdevice_config_value_handler(t, listen, before, MCO_BEFORE_UPDATE));
    OK(mco_register_iotdevice_config_update_handler(t, listen, after, MCO_AFTER_UPDATE));
    OK(mco_register_iotdevice_config_delete_handler(t, listen, none));
    OK(mco_trans_commit(t));
    OK(mco_iot_replicator_connect(device.repl, node_address, 2000, NULL));

    config_add(&server, 1, 0.5, 0);
    expect("4:1=0.5 0:1=0.5 ");
    change(1, 2.5);
    expect("<1:1=0.5 >5:1=2.5 4:1=2.5 ");
    t = begin(server.db, MCO_READ_WRITE);
    config = find(t, 1);
    OK(iotserver_Config_param_id_put(&config, 2)); /* not the value */
    OK(mco_trans_commit(t));
    expect(">5:2=2.5 4:2=2.5 ");

    /* Who waits hears of it with the commit. */
    t = begin(server.db, MCO_READ_WRITE);
    config = find(t, 2);
    OK(iotserver_Config_delete(&config));
    OK(mco_trans_commit(t));
    TRUE(pthread_create(&waiter, NULL, wait, &waited) == 0);
    expect("2:2=2.5 ");
    TRUE(rows(device.db, iotdevice_Config_code) == 0);
    OK(mco_async_event_release_all(device.db)); /* perhaps it came too late for it */
    TRUE(pthread_join(waiter, NULL) == 0);
    TRUE(waited == MCO_S_OK || waited == MCO_S_EVENT_RELEASED || waited == MCO_E_IOT_TIMEOUT);

    /* A handler cannot keep a row away, nor stop what comes behind it. */
    t = begin(device.db, MCO_READ_WRITE);
    OK(mco_unregister_iotdevice_config_new_handler(t, listen));
    OK(mco_unregister_iotdevice_config_checkpoint_handler(t, listen));
    OK(mco_register_iotdevice_config_new_handler(t, meddle, NULL));
    OK(mco_trans_commit(t));
    for (id = 7; id <= 10; ++id) config_add(&server, id, id, 0);
    config_add(&server, 7, 7.5, 0); /* what the handler writes for it is a duplicate */
    expect("");
    TRUE(rows(device.db, iotdevice_Config_code) == 5);
    TRUE(rows(device.db, iotdevice_Seen_code) == 5);
    OK(mco_iot_replicator_sync(device.repl, MCO_IOT_SERVER_AGENT_ID, SYNC_ALL));
    TRUE(rows(server.db, iotserver_Sensor_code) == 1);

    /* A row that a voluntary index keeps out comes in when the index goes. */
    OK(mco_iot_comm_unregister_callback(server.comm, &server)); /* it expects that nothing is set aside */
    t = begin(device.db, MCO_READ_WRITE);
    OK(mco_unregister_iotdevice_config_new_handler(t, meddle));
    OK(iotdevice_Config_once_create(t));
    OK(mco_trans_commit(t));
    config_add(&server, 50, 50, 0);
    config_add(&server, 51, 50, 0);
    (void) mco_iot_replicator_sync(device.repl, MCO_IOT_SERVER_AGENT_ID, SYNC_ALL);
    OK(mco_iotx_quarantine_count(device.repl, &aside));
    TRUE(aside == 1 && rows(device.db, iotdevice_Config_code) == 6);
    t = begin(device.db, MCO_READ_WRITE);
    OK(iotdevice_Config_once_drop(t));
    OK(mco_trans_commit(t));
    OK(mco_iotx_quarantine_count(device.repl, &aside));
    TRUE(aside == 0 && rows(device.db, iotdevice_Config_code) == 7);

    node_stop(&device);
    node_stop(&server);
    OK(mco_runtime_stop());
    return 0;
}
