/* Compression: asked for by the communicator or by a socket, one way and both, with fewer bytes and the same rows. */
#include "node.h"

#define ROWS 2000

static node_t server, device;
static char pressing[32]; /* a listener whose connections compress */

/* Both ways something that gets shorter. */
static void fill(void) {
    static uint4 first;
    mco_trans_h t = begin(device.db, MCO_READ_WRITE);
    uint4 i;
    first += ROWS;
    for (i = first; i < first + ROWS; ++i) {
        iotdevice_Sensor sensor;
        OK(iotdevice_Sensor_new(t, &sensor));
        OK(iotdevice_Sensor_ts_put(&sensor, 1000 + i));
        OK(iotdevice_Sensor_value_put(&sensor, i * 7919 % 50 * 0.1));
    }
    OK(mco_trans_commit(t));
    t = begin(server.db, MCO_READ_WRITE);
    for (i = first; i < first + ROWS; ++i) {
        iotserver_Config config;
        OK(iotserver_Config_new(t, &config));
        OK(iotserver_Config_param_id_put(&config, i));
        OK(iotserver_Config_value_put(&config, i * 7919 % 50));
    }
    OK(mco_trans_commit(t));
}

/* Connects, moves ROWS rows both ways and ends the connection; gives its numbers as the device sees them. */
static mco_iot_connection_stat_t session(const char *address, mco_sock_params_t *sock) {
    unsigned up = rows(server.db, iotserver_Sensor_code), down = rows(device.db, iotdevice_Config_code);
    mco_iot_connection_stat_t ours, theirs;
    mco_iot_connection_h connection;
    int ended = device.disconnected;

    fill();
    OK(mco_iot_replicator_connect(device.repl, address, 20000, sock));
    OK(mco_iot_replicator_sync(device.repl, MCO_IOT_SERVER_AGENT_ID, SYNC_ALL));
    TRUE(rows(server.db, iotserver_Sensor_code) == up + ROWS && rows(device.db, iotdevice_Config_code) == down + ROWS);
    connection = mco_iot_comm_find_conn(server.comm, 1000);
    OK(mco_iot_conn_get_stat(connection, &theirs));
    OK(mco_iot_conn_release(connection));
    connection = mco_iot_comm_find_conn(device.comm, MCO_IOT_SERVER_AGENT_ID);
    OK(mco_iot_conn_get_stat(connection, &ours));
    TRUE((ours.sent_compression_ratio < 100) == (theirs.recv_compression_ratio < 100));
    TRUE((ours.recv_compression_ratio < 100) == (theirs.sent_compression_ratio < 100));
    OK(mco_iot_conn_disconnect(connection));
    OK(mco_iot_conn_release(connection));
    WAIT_FOR(device.disconnected == ended + 1 && server.disconnected == ended + 1);
    return ours;
}

static mco_sock_params_t level(int compression_level) {
    mco_sock_params_t sock;
    mco_socket_params_init(&sock);
    sock.compression_level = compression_level;
    return sock;
}

/* Whether so many percent of `bytes` is what the ratio says, give or take what else the connections have said. */
static void check_ratio(uint8 bytes, uint8 plain_bytes, uint2 ratio) {
    TRUE(bytes * 2 < plain_bytes && ratio > 0 && ratio < 50);
    TRUE(bytes * 100 / plain_bytes < ratio + 10u && ratio < bytes * 100 / plain_bytes + 10u);
}

static void refusals(void) {
    static const int wrong[] = {10, -2};
    mco_iot_comm_params_t params;
    mco_iot_comm_h comm;
    int i;

    for (i = 0; i < 2; ++i) {
        mco_sock_params_t sock = level(wrong[i]);
        OK(mco_iot_comm_params_init(&params));
        params.compression_level = wrong[i];
        GIVES(MCO_E_ILLEGAL_PARAM, mco_iot_comm_create(&params, &comm));
        TRUE(strstr(mco_iotx_last_error(), "compression_level") != NULL);
        GIVES(MCO_E_ILLEGAL_PARAM, mco_iot_comm_listen(server.comm, "localhost:0", &sock));
        TRUE(sock.last_error == MCO_E_ILLEGAL_PARAM);
        GIVES(MCO_E_ILLEGAL_PARAM, mco_iot_comm_connect_async(device.comm, node_address, 1000, 1, 10, &sock));
        GIVES(MCO_E_ILLEGAL_PARAM, mco_iot_replicator_connect(device.repl, node_address, 20000, &sock));
        TRUE(strstr(mco_iotx_last_error(), "compression_level") != NULL);
    }
}

int main(void) {
    mco_iot_connection_stat_t plain, up, both, usual;
    mco_sock_params_t sock;
    int port = 0;

    OK(mco_runtime_start());
    OK(mco_iot_init());
    TRUE((mco_net_get_capabilities() & MCO_NET_CAP_ZLIB) != 0);
    node_start(&server, "server", 0);
    node_compression = -1;
    node_start(&device, "device", 1000);
    refusals();

    sock = level(9);
    OK(mco_iot_comm_listen(server.comm, "localhost:0", &sock));
    OK(mco_iotx_comm_get_listen_port(server.comm, "localhost:0", &port));
    sprintf(pressing, "localhost:%d", port);
    sock = level(0); /* replaces the level of the communicator */
    plain = session(node_address, &sock);
    TRUE(plain.sent_compression_ratio == 100 && plain.recv_compression_ratio == 100);

    sock = level(1);
    up = session(node_address, &sock);
    check_ratio(up.sent_bytes, plain.sent_bytes, up.sent_compression_ratio);
    TRUE(up.recv_compression_ratio == 100 && up.recv_bytes * 2 > plain.recv_bytes);

    both = session(pressing, &sock);
    check_ratio(both.sent_bytes, plain.sent_bytes, both.sent_compression_ratio);
    check_ratio(both.recv_bytes, plain.recv_bytes, both.recv_compression_ratio);

    usual = session(node_address, NULL); /* the level of the communicator */
    check_ratio(usual.sent_bytes, plain.sent_bytes, usual.sent_compression_ratio);

    node_stop(&device);
    node_stop(&server);
    return 0;
}
