/* mcoiot.h, mconet.h, mcossl.h, mcoiotx.h: every constant, type, member and function that programs know. */
#include "names.h"
#include "mcossl.h"

UNSIGNED(mco_iot_agent_id_t, 8);
UNSIGNED(mco_iot_db_id_t, 8);
HOLDS(sizeof(mco_iot_comm_h) == sizeof(void *) && sizeof(mco_iot_replicator_h) == sizeof(void *));
HOLDS(sizeof(mco_iot_connection_h) == sizeof(void *) && sizeof(iot_connection_h) == sizeof(mco_iot_connection_h));
HOLDS(sizeof(mcorest_h) == sizeof(void *) && sizeof(mco_iot_ack_t) == sizeof(iot_ack_t));

HOLDS(MCO_IOT_ALL_AGENTS == 0 && MCO_IOT_SERVER_AGENT_ID == 1 && MCO_IOT_MAX_AGENT_ID == 0xFFFFFFFFFFFFFFF0u);
HOLDS(MCO_IOT_THIS_AGENT_ID == 0xFFFFFFFFFFFFFFF1u && MCO_IOT_ALL_UP_AGENTS == 0xFFFFFFFFFFFFFFF2u);
HOLDS(MCO_IOT_ALL_DOWN_AGENTS == 0xFFFFFFFFFFFFFFF3u && MCO_IOT_INVALID_AGENT_ID == 0xFFFFFFFFFFFFFFFFu);
HOLDS(sizeof(MCO_IOT_ALL_AGENTS) == 8 && sizeof(MCO_IOT_SERVER_AGENT_ID) == 8 && sizeof(MCO_IOT_INVALID_AGENT_ID) == 8);
HOLDS(MCO_IOT_SYNC_PUSH == 0x01 && MCO_IOT_SYNC_PULL == 0x02 && MCO_IOT_SYNC_NONBLOCK == 0x04);
HOLDS(MCO_IOT_SYNC_WAIT == 0x08 && MCO_IOT_SYNC_BOTH == 0x03 && MCO_IOT_SYNC_DEEP_ACK == 0x10);
HOLDS(MCO_IOT_SYNC_RESEND == 0x20 && MCO_IOT_SYNC_CHILDS == 0x40);
HOLDS(IOT_CALLBACK_OK == 0 && IOT_CALLBACK_FAIL == 1 && IOT_CALLBACK_STOP == 2);
HOLDS(MCO_IOT_STOP_REASON_NONE == 0 && MCO_IOT_STOP_REASON_NETWORK_ERROR == 1 && MCO_IOT_STOP_REASON_CALLBACK_FAILED == 2);
HOLDS(MCO_IOT_STOP_REASON_IOT_STOPPED == 3 && MCO_IOT_STOP_REASON_USER_REQUEST == 4);
HOLDS(sizeof(enum mco_iot_stop_reason_t) == sizeof(mco_iot_stop_reason_t));

HOLDS(MCO_SOCK_INET_DOMAIN == 0 && MCO_SOCK_INETV4_DOMAIN == 1 && MCO_SOCK_INETV6_DOMAIN == 2);
HOLDS(MCO_SOCK_LOCAL_DOMAIN == 3 && MCO_SOCK_SDP_DOMAIN == 4 && sizeof(MCO_SOCK_DOMAIN) == sizeof(int));
HOLDS(MCO_SOCK_STREAM == 0 && MCO_SOCK_DGRAM == 1 && MCO_SOCK_MCAST == 2 && sizeof(MCO_SOCK_TYPE) == sizeof(int));
HOLDS(MCO_SOCK_NODELAY == 1 && MCO_SOCK_DO_NOT_REUSE_ADDRESS == 2 && MCO_SOCK_NON_BLOCKING == 4);
HOLDS(MCO_SOCK_KEEP_ALIVE == 8 && MCO_SOCK_DO_NOT_CLOEXEC == 16 && sizeof(MCO_SOCK_OPEN_MODE) == sizeof(int));
HOLDS(MCO_NET_INETADDR_STRING_LEN == 48);
HOLDS(MCO_NET_CAP_SSL == 1 && MCO_NET_CAP_IPV6 == 2 && MCO_NET_CAP_ZLIB == 4);
HOLDS(MCO_SSL_OPT_NO_SSLV2 == 0x01 && MCO_SSL_OPT_NO_SSLV3 == 0x02 && MCO_SSL_OPT_NO_TLSV1_0 == 0x04);
HOLDS(MCO_SSL_OPT_NO_TLSV1_1 == 0x08 && MCO_SSL_OPT_NO_TLSV1_2 == 0x10 && MCO_SSL_OPT_NO_COMPRESSION == 0x20);
HOLDS(MCO_SSL_OPT_SINGLE_DH_USE == 0x40);
HOLDS(MCO_SSL_VERIFY_NONE == 0 && MCO_SSL_VERIFY_PEER == 1 && MCO_SSL_VERIFY_FAIL_IF_NO_PEER_CERT == 2);
HOLDS(MCO_SSL_VERIFY_CLIENT_ONCE == 4);
HOLDS(MCO_IOTX_VERSION >= 100);

#define COMM_PARAMS(M)                                                                                           \
    M(uint2, n_callback_threads, ) M(MCO_SOCK_DOMAIN, sock_domain, ) M(void *, ssl_params, )                      \
    M(timer_unit, send_timeout, ) M(timer_unit, recv_timeout, ) M(int, listen_queue_size, )                       \
    M(uint2, wakeup_port, ) M(int, compression_level, )
STRUCTURE(mco_iot_comm_params_t, COMM_PARAMS)
HOLDS(sizeof(struct mco_iot_comm_params_t_) == sizeof(mco_iot_comm_params_t));

#define REPLICATOR_PARAMS(M) M(uint2, conn_pool_size, ) M(timer_unit, wait_timeout, )
STRUCTURE(mco_iot_replicator_params_t, REPLICATOR_PARAMS)

#define ACK(M)                                                                                                   \
    M(uint8, seq, ) M(uint8, sender_agent_id, ) M(uint8, sender_db_id, ) M(uint8, receiver_agent_id, )            \
    M(uint8, timestamp, ) M(uint8, timestamp_cmn, ) M(uint4, error_code, ) M(uint4, flags, )
STRUCTURE(iot_ack_t, ACK)
HOLDS(sizeof(struct iot_ack_t_) == sizeof(iot_ack_t));

#define CONNECTION_STAT(M)                                                                                       \
    M(mco_inetaddr_t, inetaddr, ) M(int, port, ) M(uint8, sent_bytes, ) M(uint8, recv_bytes, )                    \
    M(uint2, sent_compression_ratio, ) M(uint2, recv_compression_ratio, )
STRUCTURE(mco_iot_connection_stat_t, CONNECTION_STAT)

typedef mco_size_sig_t (*reader_t)(void *handle, void *to, mco_size_t max);
#define READ_STREAM(M) M(void *, handle, ) M(reader_t, reader, )
STRUCTURE(mco_iot_read_stream_t, READ_STREAM)

typedef int (*event_t)(mco_iot_connection_h, void *);
typedef int (*receive_t)(mco_iot_connection_h, mco_iot_read_stream_t *, void *);
typedef int (*ack_t)(mco_iot_connection_h, const iot_ack_t *, void *);
#define CALLBACKS(M)                                                                                             \
    M(event_t, onConnect, ) M(receive_t, onReceive, ) M(ack_t, onAck, ) M(event_t, onDisconnect, )                \
    M(event_t, onDestroy, )
STRUCTURE(iot_comm_callback_t, CALLBACKS)

#define SOCK_PARAMS(M)                                                                                           \
    M(int, mode, ) M(int, linger, ) M(int, sndbuf, ) M(int, rcvbuf, ) M(int, compression_level, )                 \
    M(MCO_SOCK_DOMAIN, domain, ) M(MCO_SOCK_TYPE, type, ) M(const char *, mcast_addr, ) M(void *, ssl_params, )   \
    M(MCO_RET, last_error, ) M(int, last_errno, )
STRUCTURE(mco_sock_params_t, SOCK_PARAMS)

#define SSL_PARAMS(M)                                                                                            \
    M(const char *, cipher_list, ) M(long, max_cert_list, ) M(unsigned long, options, ) M(const char *, tmp_dh, ) \
    M(unsigned int, verify_mode, ) M(int, verify_depth, ) M(const char *, certificate, )                          \
    M(const char *, private_key, ) M(const char *, certificate_file, ) M(const char *, private_key_file, )
STRUCTURE(mco_ssl_params_t, SSL_PARAMS)

static void structures(void) {
    mco_inetaddr_t address;

    structure_mco_iot_comm_params_t();
    structure_mco_iot_replicator_params_t();
    structure_iot_ack_t();
    structure_mco_iot_connection_stat_t();
    structure_mco_iot_read_stream_t();
    structure_iot_comm_callback_t();
    structure_mco_sock_params_t();
    structure_mco_ssl_params_t();
    TRUE(sizeof address.u1 == 16 && sizeof address.u2 / sizeof address.u2[0] == 8 && sizeof address.u4[0] == 4);
    TRUE((char *) &address.u1 == (char *) &address && (char *) &address.u4 == (char *) &address.u2);
    TRUE(offsetof(mco_inetaddr_t, scope_id) == 16 && sizeof address.scope_id == 4 && sizeof address == 20);
}

static void communicator(void) {
    FUNCTION(MCO_RET, mco_iot_init, (void));
    FUNCTION(MCO_RET, mco_iot_comm_params_init, (mco_iot_comm_params_t *));
    FUNCTION(MCO_RET, mco_iot_comm_create, (mco_iot_comm_params_t *, mco_iot_comm_h *));
    FUNCTION(MCO_RET, mco_iot_comm_listen, (mco_iot_comm_h, const char *, mco_sock_params_t *));
    FUNCTION(MCO_RET, mco_iot_comm_connect_async,
             (mco_iot_comm_h, const char *, timer_unit, unsigned int, timer_unit, mco_sock_params_t *));
    FUNCTION(MCO_RET, mco_iot_comm_stop_listen, (mco_iot_comm_h, const char *));
    FUNCTION(MCO_RET, mco_iot_comm_stop_connect, (mco_iot_comm_h, const char *));
    FUNCTION(mco_bool, mco_iot_comm_is_stopped, (mco_iot_comm_h));
    FUNCTION(int, mco_iot_comm_process_connections, (mco_iot_comm_h, timer_unit));
    FUNCTION(MCO_RET, mco_iot_comm_register_callback, (mco_iot_comm_h, iot_comm_callback_t *, void *));
    FUNCTION(MCO_RET, mco_iot_comm_unregister_callback, (mco_iot_comm_h, void *));
    FUNCTION(mco_iot_connection_h, mco_iot_comm_find_conn, (mco_iot_comm_h, mco_iot_agent_id_t));
    FUNCTION(mco_iot_connection_h, mco_iot_comm_next_conn, (mco_iot_comm_h, mco_iot_connection_h));
    FUNCTION(MCO_RET, mco_iot_comm_stop, (mco_iot_comm_h));
    FUNCTION(MCO_RET, mco_iot_comm_destroy, (mco_iot_comm_h));
}

static void replicator(void) {
    FUNCTION(void, mco_iot_replicator_params_init, (mco_iot_replicator_params_t *));
    FUNCTION(MCO_RET, mco_iot_replicator_create,
             (mco_db_h, mco_iot_comm_h, mco_iot_replicator_params_t *, mco_iot_replicator_h *));
    FUNCTION(MCO_RET, mco_iot_replicator_connect, (mco_iot_replicator_h, const char *, timer_unit, mco_sock_params_t *));
    FUNCTION(MCO_RET, mco_iot_replicator_sync, (mco_iot_replicator_h, mco_iot_agent_id_t, int));
    FUNCTION(MCO_RET, mco_iot_replicator_clear, (mco_iot_replicator_h, mco_iot_agent_id_t));
    FUNCTION(MCO_RET, mco_iot_replicator_clear_class, (mco_iot_replicator_h, mco_iot_agent_id_t, uint2));
    FUNCTION(MCO_RET, mco_iot_replicator_enum_agents, (mco_iot_replicator_h, mco_iot_agent_enumerator_t, void *));
    FUNCTION(MCO_RET, mco_iot_replicator_enum_agents,
             (mco_iot_replicator_h, mco_bool (*)(mco_iot_replicator_h, mco_iot_connection_h, void *), void *));
    FUNCTION(MCO_RET, mco_iot_replicator_get_agent_id, (mco_iot_replicator_h, mco_iot_agent_id_t *));
    FUNCTION(MCO_RET, mco_iot_replicator_get_level, (mco_iot_replicator_h, uint2 *));
    FUNCTION(MCO_RET, mco_iot_replicator_set_level, (mco_iot_replicator_h, uint2));
    FUNCTION(mco_iot_comm_h, mco_iot_replicator_get_comm, (mco_iot_replicator_h));
    FUNCTION(MCO_RET, mco_iot_replicator_register_rest_service, (mco_iot_replicator_h, const char *, mcorest_h));
    FUNCTION(MCO_RET, mco_iot_replicator_stop, (mco_iot_replicator_h));
    FUNCTION(MCO_RET, mco_iot_replicator_destroy, (mco_iot_replicator_h));
}

/* Each has two names. */
#define BOTH(result, name, arguments)                                                                            \
    FUNCTION(result, mco_iot_conn_##name, arguments);                                                            \
    FUNCTION(result, mco_iot_connection_##name, arguments)

static void connection(void) {
    BOTH(MCO_RET, release, (mco_iot_connection_h));
    BOTH(mco_iot_agent_id_t, get_agent_id, (mco_iot_connection_h));
    BOTH(const char *, get_address, (mco_iot_connection_h));
    BOTH(MCO_RET, get_stat, (mco_iot_connection_h, mco_iot_connection_stat_t *));
    BOTH(void, get_error, (mco_iot_connection_h, mco_iot_stop_reason_t *, MCO_RET *, int *, char *, int));
    BOTH(mco_iot_comm_h, get_comm, (mco_iot_connection_h));
    BOTH(MCO_RET, disconnect, (mco_iot_connection_h));
}

static void network(void) {
    FUNCTION(void, mco_socket_params_init, (mco_sock_params_t *));
    FUNCTION(int, mco_net_ntoa, (const mco_inetaddr_t *, char *));
    FUNCTION(int, mco_net_ntoa_ex, (const mco_inetaddr_t *, char *, mco_bool));
    FUNCTION(MCO_RET, mco_net_parse_address, (const char *, char *, int, int *, const char **));
    FUNCTION(unsigned long, mco_net_get_capabilities, (void));
    FUNCTION(timer_unit, mco_system_get_current_time, (void));
    FUNCTION(MCO_RET, mco_ssl_init, (void));
    FUNCTION(void, mco_ssl_cleanup, (void));
    FUNCTION(void, mco_ssl_params_init, (mco_ssl_params_t *));
    FUNCTION(MCO_RET, mco_ssl_load_verify_locations, (const char *, const char *));
    TRUE(strcmp(mco_unix_socket_dir, "/tmp") == 0);
    mco_unix_socket_dir = "/run";
    TRUE(strcmp(mco_unix_socket_dir, "/run") == 0);
}

#define QUARANTINE(M)                                                                                            \
    M(uint8, origin_db_id, ) M(uint8, origin_agent_id, ) M(uint8, auto_oid, ) M(uint8, time_ms, )                \
    M(uint2, class_code, ) M(MCO_RET, code, ) M(char, class_name, [64]) M(char, detail, [128])
STRUCTURE(mco_iotx_quarantine_t, QUARANTINE)

#define DB_STAT(M)                                                                                               \
    M(uint8, limit_bytes, ) M(uint8, live_bytes, ) M(uint8, map_bytes, ) M(uint8, file_bytes, )                   \
    M(uint8, last_flush_ms, ) M(uint8, oldest_reader_ms, ) M(uint4, readers, ) M(uint4, writers_waiting, )
STRUCTURE(mco_iotx_db_stat_t, DB_STAT)

#define AUTO_SYNC(M)                                                                                             \
    M(int, flags, ) M(mco_bool, on_connect, ) M(mco_bool, clear, ) M(timer_unit, after_commit, ) M(timer_unit, period, )
STRUCTURE(mco_iotx_auto_sync_t, AUTO_SYNC)

#define BOUND(M) M(uint8, max_rows, ) M(uint8, max_bytes, ) M(timer_unit, max_age, ) M(mco_iotx_policy_t, policy, )
STRUCTURE(mco_iotx_bound_t, BOUND)

#define GAP(M)                                                                                                   \
    M(uint8, agent_id, ) M(uint8, first, ) M(uint8, last, ) M(uint8, rows, ) M(uint8, time_ms, )                  \
    M(uint2, class_code, ) M(mco_iotx_gap_reason_t, reason, ) M(char, class_name, [64])
STRUCTURE(mco_iotx_gap_t, GAP)

#define STATUS(M)                                                                                                \
    M(uint8, agent_id, ) M(uint8, rows, ) M(uint8, bytes, ) M(uint8, oldest_ms, ) M(uint8, in_flight, )           \
    M(uint8, acknowledged, ) M(uint8, confirmed, ) M(timer_unit, last_ack_ms, ) M(mco_bool, up, )                 \
    M(mco_iotx_reason_t, reason, ) M(uint2, class_code, ) M(uint1, group, ) M(char, class_name, [64])
STRUCTURE(mco_iotx_status_t, STATUS)

/* What is built of the extensions. */
static void extensions(void) {
    FUNCTION(MCO_RET, mco_iotx_comm_get_listen_port, (mco_iot_comm_h, const char *, int *));
    FUNCTION(MCO_RET, mco_iotx_replicator_get_db_id, (mco_iot_replicator_h, mco_iot_db_id_t *));
    FUNCTION(MCO_RET, mco_iotx_interrupt_with, (int (*)(void *), void *));
    FUNCTION(MCO_RET, mco_iotx_row_identity, (MCO_Hf *, uint8 *, uint8 *));
    FUNCTION(const char *, mco_iotx_version, (void));
    FUNCTION(MCO_RET, mco_iotx_quarantine_count, (mco_iot_replicator_h, uint8 *));
    FUNCTION(MCO_RET, mco_iotx_quarantine_enum,
             (mco_iot_replicator_h, mco_bool(*)(mco_iot_replicator_h, const mco_iotx_quarantine_t *, void *), void *));
    FUNCTION(MCO_RET, mco_iotx_quarantine_read,
             (mco_iot_replicator_h, uint8, uint8, char *, mco_size_t, mco_size_t *));
    FUNCTION(MCO_RET, mco_iotx_quarantine_retry, (mco_iot_replicator_h, uint8, uint8));
    FUNCTION(MCO_RET, mco_iotx_quarantine_drop, (mco_iot_replicator_h, uint8, uint8));
    FUNCTION(MCO_RET, mco_iotx_db_copy, (mco_db_h, const char *));
    FUNCTION(void, mco_iotx_trace, (int, const char *));
    FUNCTION(MCO_RET, mco_iotx_db_stat, (mco_db_h, mco_iotx_db_stat_t *));
    FUNCTION(MCO_RET, mco_iotx_auto_sync_init, (mco_iotx_auto_sync_t *));
    FUNCTION(MCO_RET, mco_iotx_auto_sync, (mco_iot_replicator_h, const mco_iotx_auto_sync_t *));
    FUNCTION(MCO_RET, mco_iotx_status,
             (mco_iot_replicator_h, mco_bool(*)(mco_iot_replicator_h, const mco_iotx_status_t *, void *), void *));
    FUNCTION(MCO_RET, mco_iotx_status_text, (mco_iot_replicator_h, char *, mco_size_t, mco_size_t *));
    structure_mco_iotx_status_t();
    structure_mco_iotx_auto_sync_t();
    FUNCTION(MCO_RET, mco_iotx_set_priority, (mco_db_h, uint2, uint1));
    FUNCTION(MCO_RET, mco_iotx_set_bound, (mco_db_h, uint2, const mco_iotx_bound_t *));
    FUNCTION(MCO_RET, mco_iotx_gap_count, (mco_iot_replicator_h, uint8 *));
    FUNCTION(MCO_RET, mco_iotx_gap_enum,
             (mco_iot_replicator_h, mco_bool(*)(mco_iot_replicator_h, const mco_iotx_gap_t *, void *), void *));
    FUNCTION(MCO_RET, mco_iotx_forget_agent, (mco_iot_replicator_h, mco_iot_agent_id_t));
    TRUE(MCO_IOTX_REFUSE == 0 && MCO_IOTX_DROP_OLDEST == 1 && MCO_IOTX_DROP_NEWEST == 2);
    TRUE(MCO_IOTX_GAP_QUARANTINE_FULL == 1 && MCO_IOTX_GAP_CUSTODY_LOST == 2 && MCO_IOTX_GAP_DROPPED_OLDEST == 3);
    TRUE(MCO_IOTX_GAP_DROPPED_NEWEST == 4 && MCO_IOTX_GAP_CONTRADICTION == 5 && MCO_IOTX_GAP_RECEIVER_RESTORED == 6);
    structure_mco_iotx_bound_t();
    structure_mco_iotx_gap_t();
    structure_mco_iotx_quarantine_t();
    structure_mco_iotx_db_stat_t();
}

/* What the functions that fill in parameters promise. */
static void defaults(void) {
    mco_iot_comm_params_t comm;
    mco_iot_replicator_params_t repl;
    mco_sock_params_t sock;
    mco_ssl_params_t ssl;

    memset(&comm, 0xEE, sizeof comm);
    memset(&repl, 0xEE, sizeof repl);
    memset(&sock, 0xEE, sizeof sock);
    memset(&ssl, 0xEE, sizeof ssl);
    OK(mco_iot_comm_params_init(&comm));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_iot_comm_params_init(NULL));
    TRUE(comm.n_callback_threads == 8 && comm.sock_domain == MCO_SOCK_INET_DOMAIN && comm.ssl_params == NULL);
    TRUE(comm.send_timeout == 10000 && comm.recv_timeout == 10000 && comm.listen_queue_size == 0);
    TRUE(comm.wakeup_port == 0 && comm.compression_level == 0);
    mco_iot_replicator_params_init(&repl);
    mco_iot_replicator_params_init(NULL);
    TRUE(repl.conn_pool_size == 0 && repl.wait_timeout == MCO_TM_INFINITE);
    mco_socket_params_init(&sock);
    mco_socket_params_init(NULL);
    TRUE(sock.mode == MCO_SOCK_NODELAY && sock.linger == -1 && sock.sndbuf == 0 && sock.rcvbuf == 0);
    TRUE(sock.compression_level == 0 && sock.domain == MCO_SOCK_INET_DOMAIN && sock.type == MCO_SOCK_STREAM);
    TRUE(sock.mcast_addr == NULL && sock.ssl_params == NULL && sock.last_error == MCO_S_OK && sock.last_errno == 0);
    mco_ssl_params_init(&ssl);
    mco_ssl_params_init(NULL);
    TRUE(ssl.cipher_list == NULL && ssl.max_cert_list == 0 && ssl.options == 0 && ssl.tmp_dh == NULL);
    TRUE(ssl.verify_mode == MCO_SSL_VERIFY_NONE && ssl.verify_depth == 9 && ssl.certificate == NULL);
    TRUE(ssl.private_key == NULL && ssl.certificate_file == NULL && ssl.private_key_file == NULL);
}

int main(void) {
    structures();
    communicator();
    replicator();
    connection();
    network();
    extensions();
    defaults();
    TRUE(names_seen == 15 + 15 + 14 + 10 + 22);
    return 0;
}
