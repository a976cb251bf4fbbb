/* The main job, step by step: a server that only answers, two devices that sync. */
#include "node.h"

/* The configuration of a device as "id=value id=value ". */
static void config_of(node_t *device, char *text) {
    mco_trans_h t = begin(device->db, MCO_READ_ONLY);
    mco_cursor_t c;
    MCO_RET rc = iotdevice_Config_idx_index_cursor(t, &c);
    for (*text = 0; rc == MCO_S_OK; rc = mco_cursor_next(t, &c)) {
        iotdevice_Config config;
        iotdevice_Config_fixed row;
        OK(iotdevice_Config_from_cursor(t, &c, &config));
        OK(iotdevice_Config_fixed_get(&config, &row));
        text += sprintf(text, "%u=%g ", (unsigned) row.param_id, row.value);
    }
    OK(mco_trans_commit(t));
}

static mco_bool count_agents(mco_iot_replicator_h repl, mco_iot_connection_h iotc, void *context) {
    mco_iot_agent_id_t id = mco_iot_conn_get_agent_id(iotc);
    (void) repl;
    TRUE(id == 1000 || id == 1001);
    ++*(int *) context;
    return MCO_YES;
}

/* The server has exactly these rows of a device, in order. */
static void server_has(node_t *server, uint8 agent, uint4 n) {
    mco_trans_h t = begin(server->db, MCO_READ_ONLY);
    mco_cursor_t c;
    iotserver_Sensor sensor;
    iotserver_Sensor_fixed row;
    uint4 i;

    OK(iotserver_Sensor_idx_search(t, &c, MCO_GE, agent, 0));
    for (i = 0; i < n; ++i) {
        OK(iotserver_Sensor_from_cursor(t, &c, &sensor));
        OK(iotserver_Sensor_fixed_get(&sensor, &row));
        TRUE(row.agent_id == agent && row.ts == 1000 + i && row.sensorId == i && row.value == i * 0.5);
        if (mco_cursor_next(t, &c) != MCO_S_OK) TRUE(i == n - 1);
    }
    OK(mco_trans_commit(t));
}

static void connections(node_t *server) {
    mco_iot_connection_h iotc = mco_iot_comm_find_conn(server->comm, 1001), again;
    int n = 0;

    TRUE(iotc != NULL && mco_iot_connection_get_agent_id(iotc) == 1001);
    TRUE(strcmp(mco_iot_connection_get_address(iotc), "127.0.0.1:0") == 0); /* as given to listen */
    again = mco_iot_comm_find_conn(server->comm, 1001);
    TRUE(again == iotc);
    OK(mco_iot_connection_release(again));
    OK(mco_iot_conn_release(iotc));
    GIVES(MCO_E_IOT_INVALID_HANDLE, mco_iot_conn_release(iotc)); /* no pin of ours */
    TRUE(mco_iot_comm_find_conn(server->comm, 7) == NULL);
    for (iotc = mco_iot_comm_next_conn(server->comm, NULL); iotc != NULL; iotc = mco_iot_comm_next_conn(server->comm, iotc)) {
        ++n;
    }
    TRUE(n == 2);
    n = 0;
    OK(mco_iot_replicator_enum_agents(server->repl, count_agents, &n));
    TRUE(n == 2);
    GIVES(MCO_E_ILLEGAL_PARAM, mco_iot_replicator_enum_agents(server->repl, NULL, &n));
}

int main(void) {
    node_t server, first, second;
    char text[200];
    mco_iot_agent_id_t id = 0;
    mco_iot_db_id_t db_id = 0;
    uint2 level = 0;
    int i;

    OK(mco_runtime_start());
    OK(mco_iot_init());
    node_start(&server, "server", 0);
    config_add(&server, 1, 60, 0);
    config_add(&server, 2, 0.5, 1000);

    node_start(&first, "first", 1000);
    node_start(&second, "second", 1001); /* in place of the 1000 of the schema */
    OK(mco_iot_replicator_get_agent_id(second.repl, &id));
    OK(mco_iot_replicator_get_level(second.repl, &level));
    OK(mco_iotx_replicator_get_db_id(second.repl, &db_id));
    TRUE(id == 1001 && level == 65535 && db_id != 0);
    OK(mco_iot_replicator_get_agent_id(server.repl, &id));
    OK(mco_iot_replicator_get_level(server.repl, &level));
    TRUE(id == 1 && level == 1);

    sensors_add(&first, 0, 50);
    sensors_add(&second, 0, 20);
    OK(mco_iot_replicator_connect(first.repl, node_address, 20000, 0));
    OK(mco_iot_replicator_connect(second.repl, node_address, 20000, 0));
    OK(mco_iot_replicator_sync(first.repl, MCO_IOT_SERVER_AGENT_ID, SYNC_ALL));
    OK(mco_iot_replicator_sync(second.repl, MCO_IOT_SERVER_AGENT_ID, SYNC_ALL));
    GIVES(MCO_S_IOT_NO_NEW_DATA, mco_iot_replicator_sync(first.repl, MCO_IOT_SERVER_AGENT_ID, SYNC_ALL));
    config_of(&first, text);
    TRUE(strcmp(text, "1=60 2=0.5 ") == 0);
    config_of(&second, text);
    TRUE(strcmp(text, "1=60 ") == 0);
    server_has(&server, 1000, 50);
    server_has(&server, 1001, 20);
    TRUE(rows(server.db, iotserver_Sensor_code) == 70);
    connections(&server);

    /* Clearing keeps what is newer. */
    sensors_add(&first, 50, 3);
    OK(mco_iot_replicator_clear(first.repl, MCO_IOT_SERVER_AGENT_ID));
    TRUE(rows(first.db, iotdevice_Sensor_code) == 3 && rows(server.db, iotserver_Sensor_code) == 70);
    for (i = 0; i < 20; ++i) {
        sensors_add(&first, 53 + (uint4) i, 1);
        OK(mco_iot_replicator_sync(first.repl, MCO_IOT_SERVER_AGENT_ID, SYNC_ALL));
    }
    server_has(&server, 1000, 73);
    OK(mco_iot_replicator_clear_class(first.repl, MCO_IOT_SERVER_AGENT_ID, iotdevice_Sensor_code));
    TRUE(rows(first.db, iotdevice_Sensor_code) == 0);

    /* Rows that the server makes while devices are connected. */
    config_add(&server, 3, 7, 1001);
    OK(mco_iot_replicator_sync(second.repl, MCO_IOT_SERVER_AGENT_ID, MCO_IOT_SYNC_PULL | MCO_IOT_SYNC_WAIT));
    config_of(&second, text);
    TRUE(strcmp(text, "1=60 3=7 ") == 0);

    TRUE(first.connected == 1 && second.connected == 1);
    WAIT_FOR(server.connected == 2 && server.received >= 22 && server.acked > 0);
    WAIT_FOR(first.received >= 1 && first.acked >= 21);
    TRUE(first.last_peer == MCO_IOT_SERVER_AGENT_ID);

    node_stop(&first);
    TRUE(first.disconnected == 1 && first.destroyed == 1 && first.reason == MCO_IOT_STOP_REASON_IOT_STOPPED);
    WAIT_FOR(server.disconnected == 1 && server.destroyed == 1);
    node_stop(&second);
    node_stop(&server);
    TRUE(server.disconnected == 2 && server.destroyed == 2);
    OK(mco_runtime_stop());
    return 0;
}
