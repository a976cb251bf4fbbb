/* Helpers for addresses, socket and TLS parameters, the clock. */
#include "check.h"
#include "mcossl.h"

static void parse(const char *address, MCO_RET code, const char *host, int port, const char *rest) {
    char name[16];
    int number = -1;
    const char *end = NULL;

    GIVES(code, mco_net_parse_address(address, name, sizeof name, &number, &end));
    if (code == MCO_S_OK) {
        TRUE(strcmp(name, host) == 0 && number == port && strcmp(end, rest) == 0);
        OK(mco_net_parse_address(address, name, sizeof name, &number, NULL));
    }
}

static void text_of(const uint1 *bytes, uint4 scope, mco_bool short_form, const char *expected) {
    char text[MCO_NET_INETADDR_STRING_LEN];
    mco_inetaddr_t address;

    memcpy(address.u1, bytes, sizeof address.u1);
    address.scope_id = scope;
    TRUE(mco_net_ntoa_ex(&address, text, short_form) == (int) strlen(expected));
    TRUE(strcmp(text, expected) == 0);
}

int main(void) {
    static const uint1 loopback4[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 127, 0, 0, 1};
    static const uint1 loopback6[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    mco_sock_params_t sock;
    mco_ssl_params_t ssl;
    mco_iot_comm_params_t comm;
    mco_iot_replicator_params_t repl;
    mco_inetaddr_t address;
    char name[8], text[MCO_NET_INETADDR_STRING_LEN];
    int port;
    timer_unit now;

    parse("15000", MCO_S_OK, "", 15000, "");
    parse("localhost:15000", MCO_S_OK, "localhost", 15000, "");
    parse("[::1]:15000", MCO_S_OK, "::1", 15000, "");
    parse("10.0.0.1:0,next", MCO_S_OK, "10.0.0.1", 0, ",next");
    parse("a-host-of-sixteen:1", MCO_E_NW_NOMEM, NULL, 0, NULL);
    parse("", MCO_E_NW_INVADDR, NULL, 0, NULL);
    parse("localhost", MCO_E_NW_INVADDR, NULL, 0, NULL);
    parse("host:65536", MCO_E_NW_INVADDR, NULL, 0, NULL);
    parse("[::1]", MCO_E_NW_INVADDR, NULL, 0, NULL);
    GIVES(MCO_E_ILLEGAL_PARAM, mco_net_parse_address(NULL, name, 8, &port, NULL));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_net_parse_address("1", NULL, 8, &port, NULL));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_net_parse_address("1", name, 8, NULL, NULL));
    GIVES(MCO_E_NW_NOMEM, mco_net_parse_address("1", name, 0, &port, NULL));

    text_of(loopback4, 0, MCO_YES, "127.0.0.1");
    text_of(loopback4, 0, MCO_NO, "::ffff:127.0.0.1");
    text_of(loopback6, 0, MCO_YES, "::1");
    text_of(loopback6, 3, MCO_YES, "::1%3");
    memset(&address, 0, sizeof address);
    TRUE(mco_net_ntoa(&address, text) == 2 && strcmp(text, "::") == 0);
    TRUE(mco_net_ntoa(NULL, text) < 0 && mco_net_ntoa(&address, NULL) < 0);
    memset(&address, 0xFF, sizeof address); /* with its scope it would not fit */
    TRUE(mco_net_ntoa(&address, text) == 39 && strcmp(text, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff") == 0);

    memset(&sock, 0xEE, sizeof sock);
    mco_socket_params_init(&sock);
    mco_socket_params_init(NULL);
    TRUE(sock.mode == MCO_SOCK_NODELAY && sock.linger == -1 && sock.domain == MCO_SOCK_INET_DOMAIN);
    TRUE(sock.type == MCO_SOCK_STREAM && sock.ssl_params == NULL && sock.last_error == MCO_S_OK);
    TRUE(sock.compression_level == 0);

    memset(&ssl, 0xEE, sizeof ssl);
    mco_ssl_params_init(&ssl);
    mco_ssl_params_init(NULL);
    TRUE(ssl.verify_depth == 9 && ssl.verify_mode == MCO_SSL_VERIFY_NONE && ssl.certificate == NULL);
    TRUE((mco_net_get_capabilities() & MCO_NET_CAP_ZLIB) != 0);
    TRUE((mco_net_get_capabilities() & MCO_NET_CAP_SSL) != 0);
    OK(mco_ssl_init());
    OK(mco_ssl_init());
    GIVES(MCO_E_ILLEGAL_PARAM, mco_ssl_load_verify_locations(NULL, NULL));
    GIVES(MCO_E_NW_INVALID_PARAMETER, mco_ssl_load_verify_locations("missing.pem", NULL));
    TRUE(strstr(mco_iotx_last_error(), "missing.pem") != NULL);
    mco_ssl_cleanup();
    mco_ssl_cleanup();

    memset(&comm, 0xEE, sizeof comm);
    OK(mco_iot_comm_params_init(&comm));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_iot_comm_params_init(NULL));
    TRUE(comm.n_callback_threads == 8 && comm.send_timeout == 10000 && comm.recv_timeout == 10000);
    TRUE(comm.ssl_params == NULL && comm.compression_level == 0 && comm.listen_queue_size == 0);
    memset(&repl, 0xEE, sizeof repl);
    mco_iot_replicator_params_init(&repl);
    mco_iot_replicator_params_init(NULL);
    TRUE(repl.conn_pool_size == 0 && repl.wait_timeout == MCO_TM_INFINITE);

    now = mco_system_get_current_time();
    TRUE(now > 1000000ull * 1600000000ull); /* microseconds since 1970 */
    TRUE(MCO_SYSTEM_GET_CURRENT_TIME_MSEC >= now / 1000);
    TRUE(strcmp(mco_unix_socket_dir, "/tmp") == 0);
    return 0;
}
