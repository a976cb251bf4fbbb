/* What listen, connect, create, sync and clear refuse, and why. */
#include "node.h"

#include "kinds.h"
#include "mcossl.h"

static void creation(void) {
    node_t device;
    mco_iot_comm_h comm;
    mco_iot_comm_params_t params;
    mco_iot_replicator_h repl;
    mco_db_h db;
    mco_ssl_params_t ssl;

    OK(mco_iot_comm_params_init(&params));
    params.compression_level = 10;
    GIVES(MCO_E_ILLEGAL_PARAM, mco_iot_comm_create(&params, &comm));
    OK(mco_iot_comm_params_init(&params));
    params.sock_domain = (MCO_SOCK_DOMAIN) 9;
    GIVES(MCO_E_ILLEGAL_PARAM, mco_iot_comm_create(&params, &comm));

    mco_ssl_params_init(&ssl);
    OK(mco_iot_comm_params_init(&params));
    params.ssl_params = &ssl;
    OK(mco_iot_comm_create(&params, &comm));
    GIVES(MCO_E_NW_INVALID_PARAMETER, mco_iot_comm_listen(comm, "127.0.0.1:0", NULL)); /* without a certificate */
    {
        mco_sock_params_t plain;
        mco_socket_params_init(&plain); /* replaces the defaults of the communicator */
        OK(mco_iot_comm_listen(comm, "127.0.0.1:0", &plain));
    }

    node_start(&device, "device", 1000);
    OK(open_memory("spare", iotdevice_get_dictionary(), 1 << 20, NULL));
    OK(mco_db_connect("spare", &db));
    GIVES(MCO_E_IOT_DUPLICATE_CALLBACK, mco_iot_replicator_create(db, device.comm, NULL, &repl));
    OK(mco_db_disconnect(db));
    OK(mco_db_close("spare"));
    GIVES(MCO_E_INSTANCE_DUPLICATE, mco_iot_replicator_create(device.db, comm, NULL, &repl));
    GIVES(MCO_E_INVALID_HANDLE, mco_iot_replicator_create(NULL, comm, NULL, &repl));
    GIVES(MCO_E_IOT_INVALID_HANDLE, mco_iot_replicator_create(device.db, NULL, NULL, &repl));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_iot_replicator_create(device.db, comm, NULL, NULL));
    OK(open_memory("kinds", kinds_get_dictionary(), 1 << 20, NULL));
    OK(mco_db_connect("kinds", &db));
    GIVES(MCO_E_IOT_INCOMPATIBLE_MODE, mco_iot_replicator_create(db, comm, NULL, &repl));
    OK(mco_db_disconnect(db));
    OK(mco_db_close("kinds"));
    GIVES(MCO_E_UNSUPPORTED, mco_iot_replicator_register_rest_service(device.repl, "/", NULL));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_iot_replicator_set_level(device.repl, 5)); /* not a router */
    GIVES(MCO_E_IOT_DUPLICATE_CALLBACK,
          mco_iot_comm_register_callback(device.comm, &(iot_comm_callback_t){0, 0, 0, 0, 0}, &device));
    node_stop(&device);
    OK(mco_iot_comm_destroy(comm));
}

static void addresses(void) {
    node_t server, device;
    mco_sock_params_t sock;
    mco_ssl_params_t ssl;
    int port;
    char taken[32];

    node_start(&server, "server", 0);
    node_start(&device, "device", 1000);
    GIVES(MCO_E_NW_INVADDR, mco_iot_comm_listen(server.comm, "nonsense", NULL));
    mco_socket_params_init(&sock);
    GIVES(MCO_E_NW_BIND, mco_iot_comm_listen(device.comm, node_address, &sock));
    TRUE(sock.last_error == MCO_E_NW_BIND && sock.last_errno != 0);
    TRUE(strstr(mco_iotx_last_error(), node_address) != NULL);
    sock.domain = MCO_SOCK_SDP_DOMAIN;
    GIVES(MCO_E_NW_NOTSUPP, mco_iot_comm_listen(server.comm, "localhost:0", &sock));
    mco_socket_params_init(&sock);
    sock.type = MCO_SOCK_DGRAM;
    GIVES(MCO_E_NW_NOTSUPP, mco_iot_comm_listen(server.comm, "localhost:0", &sock));
    mco_socket_params_init(&sock);
    mco_ssl_params_init(&ssl);
    ssl.verify_mode = MCO_SSL_VERIFY_PEER; /* no CA is loaded */
    sock.ssl_params = &ssl;
    GIVES(MCO_E_NW_INVALID_PARAMETER, mco_iot_replicator_connect(device.repl, node_address, 1000, &sock));
    TRUE(sock.last_error == MCO_E_NW_INVALID_PARAMETER);
    mco_socket_params_init(&sock);
    sock.sndbuf = -1;
    GIVES(MCO_E_ILLEGAL_PARAM, mco_iot_replicator_connect(device.repl, node_address, 1000, &sock));
    GIVES(MCO_S_NOTFOUND, mco_iotx_comm_get_listen_port(server.comm, "1", &port));

    GIVES(MCO_E_NW_INVADDR, mco_iot_replicator_connect(device.repl, "127.0.0.1:0", 1000, NULL));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_iot_replicator_connect(device.repl, NULL, 1000, NULL));
    OK(mco_iot_comm_listen(server.comm, "localhost:0", NULL));
    OK(mco_iotx_comm_get_listen_port(server.comm, "localhost:0", &port));
    OK(mco_iot_comm_stop_listen(server.comm, "localhost:0"));
    GIVES(MCO_S_NOTFOUND, mco_iot_comm_stop_listen(server.comm, "localhost:0"));
    sprintf(taken, "localhost:%d", port);
    GIVES(MCO_E_NW_CONNECT, mco_iot_replicator_connect(device.repl, taken, 1000, NULL));
    TRUE(strlen(mco_iotx_last_error()) > 0);
    OK(mco_iot_replicator_connect(device.repl, node_address, 0, NULL));
    node_stop(&device);
    node_stop(&server);
}

static void syncs(void) {
    const int push = MCO_IOT_SYNC_PUSH, wait = MCO_IOT_SYNC_WAIT;
    node_t server, device, twin;
    mco_trans_h t;

    node_start(&server, "server", 0);
    node_start(&device, "device", 1000);
    GIVES(MCO_E_IOT_AGENT_NOT_FOUND, mco_iot_replicator_sync(device.repl, MCO_IOT_SERVER_AGENT_ID, push));
    GIVES(MCO_E_IOT_AGENT_NOT_FOUND, mco_iot_replicator_sync(device.repl, MCO_IOT_ALL_AGENTS, push));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_iot_replicator_sync(device.repl, MCO_IOT_SERVER_AGENT_ID, 0));
    TRUE(strstr(mco_iotx_last_error(), "no direction") != NULL);
    GIVES(MCO_E_ILLEGAL_PARAM, mco_iot_replicator_sync(device.repl, MCO_IOT_SERVER_AGENT_ID, wait));
    GIVES(MCO_E_ILLEGAL_PARAM,
          mco_iot_replicator_sync(device.repl, MCO_IOT_SERVER_AGENT_ID, push | wait | MCO_IOT_SYNC_NONBLOCK));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_iot_replicator_sync(device.repl, MCO_IOT_ALL_AGENTS, push | wait));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_iot_replicator_sync(device.repl, MCO_IOT_SERVER_AGENT_ID, push | 0x80));
    GIVES(MCO_E_IOT_WRONG_AGENT_ID, mco_iot_replicator_sync(device.repl, 1000, push));
    GIVES(MCO_E_IOT_WRONG_AGENT_ID, mco_iot_replicator_sync(device.repl, MCO_IOT_THIS_AGENT_ID, push));
    GIVES(MCO_E_IOT_WRONG_AGENT_ID, mco_iot_replicator_sync(device.repl, MCO_IOT_INVALID_AGENT_ID, push));
    GIVES(MCO_E_IOT_WRONG_AGENT_ID, mco_iot_replicator_clear(device.repl, MCO_IOT_THIS_AGENT_ID));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_iot_replicator_clear_class(device.repl, MCO_IOT_SERVER_AGENT_ID, 99));
    OK(mco_iot_replicator_clear(device.repl, 7)); /* nothing to remove */

    OK(mco_iot_replicator_connect(device.repl, node_address, 20000, NULL));
    GIVES(MCO_S_IOT_NO_NEW_DATA, mco_iot_replicator_sync(device.repl, MCO_IOT_SERVER_AGENT_ID, push));
    GIVES(MCO_E_IOT_AGENT_NOT_FOUND, mco_iot_replicator_sync(server.repl, 7, push));
    t = begin(device.db, MCO_READ_WRITE);
    GIVES(MCO_E_TRANS_NOT_CLOSED, mco_iot_replicator_sync(device.repl, MCO_IOT_SERVER_AGENT_ID, push));
    GIVES(MCO_E_TRANS_NOT_CLOSED, mco_iot_replicator_clear(device.repl, MCO_IOT_SERVER_AGENT_ID));
    GIVES(MCO_E_TRANS_NOT_CLOSED, mco_iot_replicator_stop(device.repl));
    GIVES(MCO_E_TRANS_NOT_CLOSED, mco_iot_replicator_destroy(device.repl));
    GIVES(MCO_E_TRANS_NOT_CLOSED, mco_iot_comm_stop(device.comm));
    GIVES(MCO_E_TRANS_NOT_CLOSED, mco_iot_comm_destroy(device.comm));
    GIVES(MCO_E_TRANS_NOT_CLOSED, mco_iot_comm_unregister_callback(device.comm, &device));
    OK(mco_trans_rollback(t));

    WAIT_FOR(server.connected == 1);
    /* The server may push too; a device makes no downtable rows. */
    config_add(&server, 1, 1, 0);
    OK(mco_iot_replicator_sync(server.repl, 1000, push | wait));
    TRUE(rows(device.db, iotdevice_Config_code) == 1);
    t = begin(device.db, MCO_READ_WRITE);
    {
        iotdevice_Config config;
        GIVES(MCO_E_ACCESS, iotdevice_Config_new(t, &config));
    }
    OK(mco_trans_rollback(t));
    t = begin(server.db, MCO_READ_WRITE);
    {
        iotserver_Config config;
        OK(iotserver_Config_new(t, &config));
        OK(iotserver_Config_agent_id_put(&config, MCO_IOT_THIS_AGENT_ID)); /* a reserved receiver */
        GIVES(MCO_E_IOT_WRONG_AGENT_ID, mco_trans_commit(t));
    }

    /* Another database with the id of a connected device. */
    node_start(&twin, "twin", 1000);
    GIVES(MCO_E_IOT_WRONG_AGENT_ID, mco_iot_replicator_connect(twin.repl, node_address, 20000, NULL));
    TRUE(strlen(mco_iotx_last_error()) > 0);
    node_stop(&twin);
    OK(mco_iot_replicator_stop(device.repl));
    GIVES(MCO_E_IOT_STOPPED, mco_iot_replicator_sync(device.repl, MCO_IOT_SERVER_AGENT_ID, push));
    node_stop(&device);
    node_stop(&server);
}

int main(void) {
    OK(mco_runtime_start());
    OK(mco_iot_init());
    creation();
    addresses();
    syncs();
    OK(mco_runtime_stop());
    return 0;
}
