/* TLS: both sides show certificates and sync, whatever is wrong has its code and its words, a connector comes back.
 * The argument is the directory with the certificates. */
#include "node.h"

#include "mcossl.h"

static const char *certificates;

/* What a peer may have: the name of its certificate, or none, and how it looks at others. */
typedef struct {
    char certificate[600], key[600];
    mco_ssl_params_t ssl;
    mco_sock_params_t sock;
} security_t;

static char *file(char *to, const char *name, const char *kind) {
    sprintf(to, "%s/%s%s", certificates, name, kind);
    return to;
}

static mco_sock_params_t *secure(security_t *security, const char *name, unsigned verify) {
    mco_socket_params_init(&security->sock);
    mco_ssl_params_init(&security->ssl);
    security->sock.ssl_params = &security->ssl;
    security->ssl.verify_mode = verify;
    if (name != NULL) {
        security->ssl.certificate_file = file(security->certificate, name, ".pem");
        security->ssl.private_key_file = file(security->key, name, ".key");
    }
    return &security->sock;
}

static void trust(const char *name) {
    char path[600];
    OK(mco_ssl_load_verify_locations(file(path, name, ".pem"), NULL));
}

static void told(MCO_RET expected, MCO_RET code, const char *words) {
    if (code != expected || strstr(mco_iotx_last_error(), words) == NULL) {
        fprintf(stderr, "%d instead of %d: \"%s\" without \"%s\"\n", (int) code, (int) expected, mco_iotx_last_error(), words);
        TRUE(0);
    }
}

static void listen_at(node_t *server, const char *address, mco_sock_params_t *params, char *found) {
    int port;
    OK(mco_iot_comm_listen(server->comm, address, params));
    OK(mco_iotx_comm_get_listen_port(server->comm, address, &port));
    sprintf(found, "localhost:%d", port);
}

/* What is wrong with the parameters themselves is said by the call that gets them. */
static void parameters(node_t *server, node_t *device) {
    const char *any = "localhost:0";
    security_t s;
    mco_iot_comm_params_t params;
    mco_iot_comm_h comm;
    char path[600];

    told(MCO_E_NW_INVALID_PARAMETER, mco_iot_comm_listen(server->comm, any, secure(&s, NULL, 0)), "needs a certificate");
    TRUE(s.sock.last_error == MCO_E_NW_INVALID_PARAMETER && s.sock.last_errno == 0);
    secure(&s, "server", 0);
    s.ssl.certificate_file = file(s.certificate, "missing", ".pem");
    told(MCO_E_NW_INVALID_PARAMETER, mco_iot_comm_listen(server->comm, any, &s.sock), "missing.pem");
    TRUE(s.sock.last_error == MCO_E_NW_INVALID_PARAMETER && s.sock.last_errno != 0);
    secure(&s, "server", 0);
    s.ssl.private_key_file = file(s.key, "client", ".key");
    told(MCO_E_NW_INVALID_PARAMETER, mco_iot_comm_listen(server->comm, any, &s.sock), "not the one of the certificate");
    secure(&s, "server", 0);
    s.ssl.certificate = "text";
    told(MCO_E_NW_INVALID_PARAMETER, mco_iot_comm_listen(server->comm, any, &s.sock), "both certificate and certificate_file");
    s.ssl.certificate_file = NULL;
    told(MCO_E_NW_INVALID_PARAMETER, mco_iot_comm_listen(server->comm, any, &s.sock), "PEM form");
    secure(&s, "server", 0);
    s.ssl.cipher_list = "RC4-MD5";
    told(MCO_E_NW_INVALID_PARAMETER, mco_iot_comm_listen(server->comm, any, &s.sock), "RC4-MD5");
    told(MCO_E_NW_INVALID_PARAMETER, mco_iot_comm_listen(server->comm, any, secure(&s, "server", 0x100)), "verify_mode");
    secure(&s, "server", 0);
    s.ssl.verify_depth = -1;
    told(MCO_E_NW_INVALID_PARAMETER, mco_iot_comm_listen(server->comm, any, &s.sock), "verify_depth is negative");
    secure(&s, "server", 0);
    s.ssl.max_cert_list = -1;
    told(MCO_E_NW_INVALID_PARAMETER, mco_iot_comm_listen(server->comm, any, &s.sock), "max_cert_list is negative");

    /* Nobody is trusted yet. */
    secure(&s, "server", MCO_SSL_VERIFY_PEER);
    told(MCO_E_NW_INVALID_PARAMETER, mco_iot_comm_listen(server->comm, any, &s.sock), "mco_ssl_load_verify_locations");
    told(MCO_E_NW_INVALID_PARAMETER, mco_iot_replicator_connect(device->repl, node_address, 0, &s.sock), "no CA is loaded");
    told(MCO_E_NW_INVALID_PARAMETER, mco_iot_comm_connect_async(device->comm, node_address, 0, 0, 5, &s.sock), "no CA");
    told(MCO_E_ILLEGAL_PARAM, mco_ssl_load_verify_locations(NULL, NULL), "both");
    told(MCO_E_NW_INVALID_PARAMETER, mco_ssl_load_verify_locations(NULL, "/missing"), "/missing");
    file(path, "server", ".key");
    told(MCO_E_NW_INVALID_PARAMETER, mco_ssl_load_verify_locations(path, NULL), "no usable certificate");

    OK(mco_iot_comm_params_init(&params));
    params.ssl_params = &s.ssl;
    s.ssl.private_key_file = NULL;
    told(MCO_E_NW_INVALID_PARAMETER, mco_iot_comm_create(&params, &comm), "private_key");
}

/* Rows in both directions; who shows no certificate, or the wrong one, is out. */
static void peers(node_t *server, node_t *device) {
    const unsigned both = MCO_SSL_VERIFY_PEER | MCO_SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    security_t s;
    char address[32], other[32];
    mco_iot_connection_h iotc;
    mco_iot_connection_stat_t stat;

    listen_at(server, "localhost:0", secure(&s, "server", both), address);
    memset(&s, 0xEE, sizeof s); /* it was copied */
    told(MCO_E_NW_HANDSHAKE, mco_iot_replicator_connect(device->repl, address, 0, secure(&s, NULL, 0)), "wants a certificate");
    TRUE(s.sock.last_error == MCO_E_NW_HANDSHAKE);
    told(MCO_E_NW_HANDSHAKE, mco_iot_replicator_connect(device->repl, address, 0, secure(&s, "stranger", 0)), "refused our");
    told(MCO_E_NW_HANDSHAKE, mco_iot_replicator_connect(device->repl, address, 0, secure(&s, "expired", 0)), "refused our");
    told(MCO_E_NW_HANDSHAKE, mco_iot_replicator_connect(device->repl, address, 0, NULL), "speaks TLS");
    told(MCO_E_NW_HANDSHAKE, mco_iot_replicator_connect(device->repl, node_address, 0, secure(&s, "client", 0)), "not TLS");
    TRUE(server->connected == 0 && device->connected == 0);

    listen_at(server, "localhost:00", secure(&s, "elsewhere", 0), other);
    told(MCO_E_NW_HANDSHAKE, mco_iot_replicator_connect(device->repl, other, 0, secure(&s, NULL, 1)), "elsewhere.example");
    OK(mco_iot_comm_stop_listen(server->comm, "localhost:00"));
    listen_at(server, "localhost:00", secure(&s, "stranger", 0), other);
    told(MCO_E_NW_HANDSHAKE, mco_iot_replicator_connect(device->repl, other, 0, secure(&s, NULL, 1)), "none of the CAs");
    OK(mco_iot_comm_stop_listen(server->comm, "localhost:00"));

    OK(mco_iot_replicator_connect(device->repl, address, 0, secure(&s, "client", both)));
    memset(&s, 0xEE, sizeof s);
    sensors_add(device, 0, 200);
    config_add(server, 1, 1, 1000);
    OK(mco_iot_replicator_sync(device->repl, MCO_IOT_SERVER_AGENT_ID, SYNC_ALL));
    TRUE(rows(server->db, iotserver_Sensor_code) == 200 && rows(device->db, iotdevice_Config_code) == 1);
    iotc = mco_iot_comm_find_conn(device->comm, MCO_IOT_SERVER_AGENT_ID);
    TRUE(iotc != NULL);
    OK(mco_iot_conn_get_stat(iotc, &stat));
    TRUE(stat.sent_bytes > 1200 && stat.recv_bytes > 1200); /* certificates and all */
    OK(mco_iot_conn_disconnect(iotc));
    OK(mco_iot_conn_release(iotc));
    WAIT_FOR(server->disconnected == 1 && device->disconnected == 1);
    OK(mco_iot_comm_stop_listen(server->comm, "localhost:0"));
}

/* A connector comes back over TLS, and goes by the CAs that are loaded at each attempt. */
static void connector(node_t *server, node_t *device) {
    security_t s;
    char address[32];
    mco_iot_connection_h iotc;
    int before = server->connected;

    listen_at(server, "localhost:0", secure(&s, "server", MCO_SSL_VERIFY_FAIL_IF_NO_PEER_CERT), address);
    OK(mco_iot_comm_connect_async(device->comm, address, 0, 0, 5, secure(&s, "client", MCO_SSL_VERIFY_PEER)));
    WAIT_FOR(server->connected == before + 1);
    sensors_add(device, 200, 10);
    WAIT_FOR((iotc = mco_iot_comm_find_conn(server->comm, 1000)) != NULL);
    OK(mco_iot_conn_disconnect(iotc));
    OK(mco_iot_conn_release(iotc));
    WAIT_FOR(server->connected == before + 2);
    WAIT_FOR(mco_iot_replicator_sync(device->repl, MCO_IOT_SERVER_AGENT_ID, SYNC_ALL) == MCO_S_OK);
    TRUE(rows(server->db, iotserver_Sensor_code) == 210);
    OK(mco_iot_comm_stop_connect(device->comm, address));
    WAIT_FOR(server->disconnected == before + 2);
    OK(mco_iot_comm_stop_listen(server->comm, "localhost:0"));
}

/* The parameters of a communicator hold for all of its sockets. */
static void communicators(void) {
    security_t s;
    mco_iot_comm_params_t params;
    mco_iot_comm_h comm;
    mco_sock_params_t plain;

    OK(mco_iot_comm_params_init(&params));
    secure(&s, "server", MCO_SSL_VERIFY_PEER);
    params.ssl_params = &s.ssl;
    OK(mco_iot_comm_create(&params, &comm));
    memset(&s, 0xEE, sizeof s);
    OK(mco_iot_comm_listen(comm, "localhost:0", NULL));
    mco_ssl_cleanup();
    told(MCO_E_NW_INVALID_PARAMETER, mco_iot_comm_listen(comm, "localhost:00", NULL), "no CA is loaded");
    mco_socket_params_init(&plain); /* replaces what the communicator has */
    OK(mco_iot_comm_listen(comm, "localhost:00", &plain));
    OK(mco_iot_comm_destroy(comm));
}

int main(int count, char **arguments) {
    node_t server, device;

    TRUE(count == 2);
    certificates = arguments[1];
    TRUE((mco_net_get_capabilities() & MCO_NET_CAP_SSL) != 0);
    OK(mco_ssl_init());
    OK(mco_runtime_start());
    OK(mco_iot_init());
    node_start(&server, "server", 0);
    node_start(&device, "device", 1000);
    parameters(&server, &device);
    trust("ca");
    peers(&server, &device);
    connector(&server, &device);
    node_stop(&device);
    node_stop(&server);
    communicators();
    mco_ssl_cleanup();
    OK(mco_runtime_stop());
    return 0;
}
