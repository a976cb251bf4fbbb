/* A server and devices in one process, for the tests of replication. */
#ifndef TESTS_NODE_H
#define TESTS_NODE_H

#include "check.h"
#include "iotdevice.h"
#include "iotserver.h"

#include <pthread.h>

#define SYNC_ALL (MCO_IOT_SYNC_PUSH | MCO_IOT_SYNC_PULL | MCO_IOT_SYNC_WAIT)

typedef struct {
    const char *name;
    mco_db_h db;
    mco_iot_comm_h comm;
    mco_iot_replicator_h repl;
    volatile int connected, received, acked, disconnected, destroyed;
    volatile uint8 last_peer;
    mco_iot_stop_reason_t reason;
} node_t;

static char node_address[32]; /* of the server */
static uint4 extra_connections; /* of devices; five are enough for one thread */
static int node_compression; /* of the communicators */

static inline int node_look(mco_iot_connection_h iotc, node_t *node) {
    mco_iot_connection_stat_t stat;
    OK(mco_iot_connection_get_stat(iotc, &stat));
    TRUE(mco_iot_connection_get_comm(iotc) == node->comm);
    TRUE(mco_iot_connection_get_address(iotc) != NULL);
    node->last_peer = mco_iot_connection_get_agent_id(iotc);
    return IOT_CALLBACK_OK;
}

static inline int node_connect(mco_iot_connection_h iotc, void *context) {
    node_t *node = (node_t *) context;
    mco_iot_connection_stat_t stat;
    node_look(iotc, node);
    TRUE(node->last_peer != MCO_IOT_INVALID_AGENT_ID);
    OK(mco_iot_conn_get_stat(iotc, &stat));
    TRUE(stat.port > 0 && stat.recv_bytes > 0 && stat.sent_bytes > 0);
    TRUE(stat.sent_compression_ratio == 100 || node_compression != 0);
    TRUE(stat.inetaddr.u1[15] == 1); /* 127.0.0.1 or ::1 */
    __sync_fetch_and_add(&node->connected, 1);
    return IOT_CALLBACK_OK;
}

static inline int node_receive(mco_iot_connection_h iotc, mco_iot_read_stream_t *stream, void *context) {
    node_t *node = (node_t *) context;
    char byte;
    node_look(iotc, node);
    TRUE(stream->reader(stream->handle, &byte, 1) == 0);
    __sync_fetch_and_add(&node->received, 1);
    return IOT_CALLBACK_OK;
}

static inline int node_ack(mco_iot_connection_h iotc, const iot_ack_t *ack, void *context) {
    node_t *node = (node_t *) context;
    mco_iot_agent_id_t self;
    node_look(iotc, node);
    OK(mco_iot_replicator_get_agent_id(node->repl, &self));
    TRUE(ack->error_code == MCO_S_OK && ack->sender_agent_id == self);
    TRUE(ack->receiver_agent_id == node->last_peer && ack->timestamp > 0);
    __sync_fetch_and_add(&node->acked, 1);
    return IOT_CALLBACK_OK;
}

static inline int node_disconnect(mco_iot_connection_h iotc, void *context) {
    node_t *node = (node_t *) context;
    char text[200];
    node_look(iotc, node);
    mco_iot_conn_get_error(iotc, &node->reason, NULL, NULL, text, sizeof text);
    __sync_fetch_and_add(&node->disconnected, 1);
    return IOT_CALLBACK_OK;
}

static inline int node_destroy(mco_iot_connection_h iotc, void *context) {
    node_t *node = (node_t *) context;
    node_look(iotc, node);
    __sync_fetch_and_add(&node->destroyed, 1);
    return IOT_CALLBACK_OK;
}

/* Opens a database and attaches it: agent 0 is the server, which listens. */
static inline void node_start(node_t *node, const char *name, uint8 agent) {
    iot_comm_callback_t callbacks = {node_connect, node_receive, node_ack, node_disconnect, node_destroy};
    mco_dictionary_h dictionary = agent == 0 ? iotserver_get_dictionary() : iotdevice_get_dictionary();
    mco_db_params_t params;
    mco_iot_comm_params_t comm;
    int port = 0;

    memset(node, 0, sizeof *node);
    node->name = name;
    OK(mco_iot_comm_params_init(&comm));
    comm.compression_level = node_compression;
    mco_db_params_init(&params);
    params.iot_agent_id = agent;
    if (agent != 0) params.db_max_connections = 5 + extra_connections;
    OK(open_memory(name, dictionary, 16 << 20, &params));
    OK(mco_db_connect(name, &node->db));
    OK(mco_iot_comm_create(&comm, &node->comm));
    OK(mco_iot_replicator_create(node->db, node->comm, NULL, &node->repl));
    OK(mco_iot_comm_register_callback(node->comm, &callbacks, node));
    TRUE(mco_iot_replicator_get_comm(node->repl) == node->comm);
    if (agent == 0) {
        OK(mco_iot_comm_listen(node->comm, "127.0.0.1:0", 0));
        OK(mco_iotx_comm_get_listen_port(node->comm, "127.0.0.1:0", &port));
        sprintf(node_address, "127.0.0.1:%d", port);
    }
}

/* The documented order, each step with its result. */
static inline void node_stop(node_t *node) {
    OK(mco_iot_replicator_stop(node->repl));
    OK(mco_iot_comm_stop(node->comm));
    OK(mco_iot_replicator_destroy(node->repl));
    OK(mco_iot_comm_destroy(node->comm));
    OK(mco_db_disconnect(node->db));
    OK(mco_db_close(node->name));
}

static inline void sensors_add(node_t *device, uint4 from, uint4 n) {
    uint4 i;
    for (i = from; i < from + n; ++i) {
        mco_trans_h t = begin(device->db, MCO_READ_WRITE);
        iotdevice_Sensor sensor;
        OK(iotdevice_Sensor_new(t, &sensor));
        OK(iotdevice_Sensor_ts_put(&sensor, 1000 + i));
        OK(iotdevice_Sensor_sensorId_put(&sensor, i));
        OK(iotdevice_Sensor_value_put(&sensor, i * 0.5));
        OK(mco_trans_commit(t));
    }
}

/* Rows of a class in a database. */
static inline unsigned rows(mco_db_h db, uint2 class_code) {
    mco_class_stat_t stat;
    mco_trans_h t = begin(db, MCO_READ_ONLY);
    OK(mco_class_stat_get(t, class_code, &stat));
    OK(mco_trans_commit(t));
    return (unsigned) stat.objects_num;
}

static inline void config_add(node_t *server, uint4 id, double value, uint8 receiver) {
    mco_trans_h t = begin(server->db, MCO_READ_WRITE);
    iotserver_Config config;
    OK(iotserver_Config_new(t, &config));
    OK(iotserver_Config_param_id_put(&config, id));
    OK(iotserver_Config_value_put(&config, value));
    if (receiver != 0) OK(iotserver_Config_agent_id_put(&config, receiver));
    OK(mco_trans_commit(t));
}

#endif
