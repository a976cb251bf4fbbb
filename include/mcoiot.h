/* Generated from src/ffi by build.rs; change it there. */
#ifndef MCO_IOT_H__
#define MCO_IOT_H__

/*
 * Replication: communicator, replicator, connections. The conventions stand in mco.h.
 *
 * A communicator is sockets, threads and callbacks of a process; a replicator is the protocol plus one database, attached to
 * one communicator. Start in the order runtime, init, database, communicator, replicator, callbacks, listen and connect;
 * stop replicator and communicator before destroying them, then disconnect and close the database. Both belong to one
 * process and must not be used in a forked child.
 * Connection handles given to callbacks live for the duration of the callback and must not be released; those of find and
 * next are pinned until released.
 */
#include "mco.h"
#include "mconet.h"
#include "mcorest.h"

#if defined(_WIN32) && defined(MCOIOTCOMM_DLL)
#define MCOIOTCOMM_API __declspec(dllexport)
#elif defined(_WIN32) && defined(MCOIOTCOMM_USE_DLL)
#define MCOIOTCOMM_API __declspec(dllimport)
#else
#define MCOIOTCOMM_API
#endif

#if defined(_WIN32) && defined(MCOIOTREPL_DLL)
#define MCOIOTREPL_API __declspec(dllexport)
#elif defined(_WIN32) && defined(MCOIOTREPL_USE_DLL)
#define MCOIOTREPL_API __declspec(dllimport)
#else
#define MCOIOTREPL_API
#endif

#ifdef MCO_NO_FORWARDS
typedef void *mco_iot_comm_h;
typedef void *mco_iot_connection_h;
typedef void *mco_iot_replicator_h;
#else
typedef struct mco_iot_comm_t_ *mco_iot_comm_h;
typedef struct mco_iot_connection_t_ *mco_iot_connection_h;
typedef struct mco_iot_replicator_t_ *mco_iot_replicator_h;
#endif

/* Every connected node; as receiver of a downtable row: all devices. */
#define MCO_IOT_ALL_AGENTS ((uint8)0)
/* The server. */
#define MCO_IOT_SERVER_AGENT_ID ((uint8)1)
/* Highest usable id; the fifteen above are reserved. */
#define MCO_IOT_MAX_AGENT_ID ((uint8)0xFFFFFFFFFFFFFFF0u)
/* The own id; as target of sync or clear MCO_E_IOT_WRONG_AGENT_ID. */
#define MCO_IOT_THIS_AGENT_ID ((uint8)0xFFFFFFFFFFFFFFF1u)
/* All nodes of lower level, direct or behind others. */
#define MCO_IOT_ALL_UP_AGENTS ((uint8)0xFFFFFFFFFFFFFFF2u)
/* All nodes of higher level, direct or behind others. */
#define MCO_IOT_ALL_DOWN_AGENTS ((uint8)0xFFFFFFFFFFFFFFF3u)
/* None. */
#define MCO_IOT_INVALID_AGENT_ID ((uint8)0xFFFFFFFFFFFFFFFFu)

/* Send modified rows. */
#define MCO_IOT_SYNC_PUSH 1
/* Ask the target for its modified rows. */
#define MCO_IOT_SYNC_PULL 2
/* Never wait for a socket. */
#define MCO_IOT_SYNC_NONBLOCK 4
/* Return when complete. */
#define MCO_IOT_SYNC_WAIT 8
/* Push and pull. */
#define MCO_IOT_SYNC_BOTH 3
/* The acknowledgment comes from the final receiver. */
#define MCO_IOT_SYNC_DEEP_ACK 16
/* Also rows that were sent but are not acknowledged yet. */
#define MCO_IOT_SYNC_RESEND 32
/* The target and everything behind it. */
#define MCO_IOT_SYNC_CHILDS 64
/* Result of a callback: normal. */
#define IOT_CALLBACK_OK 0
/* Result of a callback: disconnect this peer. */
#define IOT_CALLBACK_FAIL 1
/* Result of a callback: skip the rest of the chain for this event. May be combined with IOT_CALLBACK_FAIL. */
#define IOT_CALLBACK_STOP 2

/* Why a connection ended. */
typedef enum mco_iot_stop_reason_t {
    MCO_IOT_STOP_REASON_NONE = 0,
    MCO_IOT_STOP_REASON_NETWORK_ERROR = 1,
    MCO_IOT_STOP_REASON_CALLBACK_FAILED = 2,
    MCO_IOT_STOP_REASON_IOT_STOPPED = 3,
    MCO_IOT_STOP_REASON_USER_REQUEST = 4,
} mco_iot_stop_reason_t;

/* Parameters of a communicator; fill with mco_iot_comm_params_init first. */
typedef struct mco_iot_comm_params_t_ {
    /* Threads that run callbacks = connections served in parallel; 0 = the application pumps. */
    uint2 n_callback_threads;
    /* Default socket domain. */
    MCO_SOCK_DOMAIN sock_domain;
    /* Default TLS settings, a mco_ssl_params_t *; NULL = plain. */
    void *ssl_params;
    /* Longest wait for a write, ms; 0 = 10000. */
    timer_unit send_timeout;
    /* Longest silence of a peer and limit of the handshake, ms; 0 = 10000. */
    timer_unit recv_timeout;
    /* Backlog of listeners, 0 = the system's maximum. */
    int listen_queue_size;
    /* Accepted without effect. */
    uint2 wakeup_port;
    /* Compression of what this side sends: 0 none, 1 (fast) to 9 (short), -1 default of the library. */
    int compression_level;
} mco_iot_comm_params_t;

/* Reads from a stream; returns the bytes read, 0 at the end, negative on error. */
typedef mco_size_sig_t (*mco_stream_read)(void *handle, void *to, mco_size_t max);

/* The message that onReceive reports. Its content has been consumed: reading gives 0 bytes. */
typedef struct {
    void *handle;
    mco_stream_read reader;
} mco_iot_read_stream_t;

/* What a peer acknowledges. */
typedef struct iot_ack_t_ {
    /* Ties the answer to a sync call. */
    uint8 seq;
    /* Agent that sent the data. */
    uint8 sender_agent_id;
    /* Its database id. */
    uint8 sender_db_id;
    /* Agent that acknowledges. */
    uint8 receiver_agent_id;
    /* Mark of private rows; uptable rows count as private. */
    uint8 timestamp;
    /* Mark of common rows. */
    uint8 timestamp_cmn;
    /* MCO_RET of the receiver, 0 = all applied. */
    uint4 error_code;
    /* Sync flags that came with the data. */
    uint4 flags;
} iot_ack_t;

/*
 * Callbacks of a communicator, initialised by position; NULL members are skipped. Each returns IOT_CALLBACK_OK or a
 * combination of IOT_CALLBACK_FAIL and IOT_CALLBACK_STOP. They run on callback threads, at most one at a time per connection.
 */
typedef struct {
    /* Handshake complete. */
    int (*onConnect)(mco_iot_connection_h iotc, void *context);
    /* A message with rows has been committed here. */
    int (*onReceive)(mco_iot_connection_h iotc, mco_iot_read_stream_t *stream, void *context);
    /* The peer has acknowledged, and that is saved here. */
    int (*onAck)(mco_iot_connection_h iotc, const iot_ack_t *ack, void *context);
    /* The connection has ended. */
    int (*onDisconnect)(mco_iot_connection_h iotc, void *context);
    /* Its last pin is gone. */
    int (*onDestroy)(mco_iot_connection_h iotc, void *context);
} iot_comm_callback_t;

/* Who a node is: chosen by the user, unique in the whole tree. */
typedef uint8 mco_iot_agent_id_t;

/* Parameters of a replicator; fill with mco_iot_replicator_params_init first. */
typedef struct mco_iot_replicator_params_t_ {
    /* Most database connections that the replicator may hold, 0 = n_callback_threads + 2. */
    uint2 conn_pool_size;
    /* Limit of a sync with MCO_IOT_SYNC_WAIT, ms. */
    timer_unit wait_timeout;
} mco_iot_replicator_params_t;

/* Called for each connected peer; MCO_YES goes on, MCO_NO stops. */
typedef mco_bool (*mco_iot_agent_enumerator_t)(mco_iot_replicator_h repl, mco_iot_connection_h iotc, void *context);

/* Numbers of one connection. */
typedef struct {
    /* Address of the peer. */
    mco_inetaddr_t inetaddr;
    /* Port of the peer. */
    int port;
    /* Bytes on the wire. */
    uint8 sent_bytes;
    /* Bytes on the wire. */
    uint8 recv_bytes;
    /* Wire size in percent of the raw size, 100 = not compressed. */
    uint2 sent_compression_ratio;
    /* Wire size in percent of the raw size, 100 = not compressed. */
    uint2 recv_compression_ratio;
} mco_iot_connection_stat_t;

/* Which database a node has: random, made with the database and kept with it. */
typedef uint8 mco_iot_db_id_t;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/*
 * Prepares replication, once per process, after mco_runtime_start; repeated calls are harmless, mco_runtime_stop undoes it.
 * MCO_E_NOTINIT: the runtime is not started.
 * Thread: any.
 */
MCOIOTCOMM_API
MCO_RET mco_iot_init(void);

/*
 * Fills in the defaults: 8 callback threads, 10000 ms for both timeouts, everything else 0 or NULL.
 * Thread: any.
 */
MCOIOTCOMM_API MCO_RET mco_iot_comm_params_init(mco_iot_comm_params_t *params);

/*
 * Makes a communicator and starts its threads. params: NULL stands for the defaults. Destroy it with mco_iot_comm_destroy.
 * MCO_E_IOT_NOT_INITIALIZED: mco_iot_init was not called; MCO_E_ILLEGAL_PARAM; of ssl_params MCO_E_NW_INVALID_PARAMETER (what is wrong
 * with them is in the text) and MCO_E_NW_NOTSUPP (TLS is not built in).
 * Thread: any.
 */
MCOIOTCOMM_API
MCO_RET mco_iot_comm_create(mco_iot_comm_params_t *params,
                            mco_iot_comm_h *comm);

/*
 * Opens a listener and returns at once; several are allowed.
 * address: "15000" (all interfaces), "host:15000", "[::1]:15000"; port 0 = the system chooses one, see
 * mco_iotx_comm_get_listen_port. params: NULL = as the communicator; otherwise it replaces all of its socket settings.
 * Codes: MCO_E_NW_INVADDR, MCO_E_NW_BIND (in use), MCO_E_NW_SOCKET, MCO_E_NW_NOTSUPP (SDP, datagrams, TLS that is not built in),
 * MCO_E_NW_INVALID_PARAMETER (ssl_params: no certificate, or what else the text says), MCO_E_IOT_STOPPED; last_error and last_errno of params are set.
 * Thread: any.
 */
MCOIOTCOMM_API
MCO_RET mco_iot_comm_listen(mco_iot_comm_h comm,
                            const char *address,
                            mco_sock_params_t *params);

/*
 * Starts a connector that connects, and after a drop connects again, in the background; returns at once.
 * timeout: limit of one attempt in ms, 0 = recv_timeout. n_attempts: failures in a row before it gives up, 0 = never.
 * interval: pause between attempts in ms (less than 10 counts as 10), doubled after each failure up to 16 times.
 * sock_params: NULL = as the communicator.
 * A failed attempt has a connection of its own, seen only in onDestroy, where mco_iot_connection_get_error tells why.
 * Codes: MCO_E_NW_INVADDR, MCO_E_NW_NOTSUPP, MCO_E_NW_INVALID_PARAMETER (ssl_params), MCO_E_ILLEGAL_PARAM (there is a connector to
 * this address), MCO_E_IOT_STOPPED.
 * Thread: any.
 */
MCOIOTCOMM_API
MCO_RET mco_iot_comm_connect_async(mco_iot_comm_h comm,
                                   const char *address,
                                   timer_unit timeout,
                                   unsigned int n_attempts,
                                   timer_unit interval,
                                   mco_sock_params_t *sock_params);

/*
 * Closes the listener with exactly this address string; accepted connections stay. MCO_S_NOTFOUND: there is none.
 * Thread: any.
 */
MCOIOTCOMM_API MCO_RET mco_iot_comm_stop_listen(mco_iot_comm_h comm, const char *address);

/*
 * Ends the connector with exactly this address string and closes its connection. MCO_S_NOTFOUND: there is none.
 * Thread: any.
 */
MCOIOTCOMM_API MCO_RET mco_iot_comm_stop_connect(mco_iot_comm_h comm, const char *address);

/*
 * MCO_YES from the start of mco_iot_comm_stop on, and for invalid handles.
 * Thread: any.
 */
MCOIOTCOMM_API mco_bool mco_iot_comm_is_stopped(mco_iot_comm_h comm);

/*
 * Pump mode, n_callback_threads = 0: serves sockets, storage work and callbacks on the calling thread; if there is nothing to
 * serve, waits at most timeout ms (0 = does not wait). Returns the number of events served, or minus a MCO_RET:
 * -MCO_E_ILLEGAL_PARAM (the communicator has threads, or the call comes from a callback), -MCO_E_TRANS_NOT_CLOSED,
 * -MCO_E_IOT_STOPPED. Other calls that wait (connect, sync, clear, stop, destroy) pump this communicator by themselves.
 * Thread: any; of several at once, one serves the sockets and the others wait for their turn.
 */
MCOIOTCOMM_API
int mco_iot_comm_process_connections(mco_iot_comm_h comm,
                                     timer_unit timeout);

/*
 * Appends callbacks to the chain; the structure is copied. context is the key: the same again gives
 * MCO_E_IOT_DUPLICATE_CALLBACK.
 * Thread: any.
 */
MCOIOTCOMM_API
MCO_RET mco_iot_comm_register_callback(mco_iot_comm_h comm,
                                       iot_comm_callback_t *callback,
                                       void *context);

/*
 * Removes callbacks and waits until none of them runs, except when called from one of them. MCO_E_IOT_CALLBACK_NOT_FOUND:
 * unknown context.
 * Thread: any; waits.
 */
MCOIOTCOMM_API MCO_RET mco_iot_comm_unregister_callback(mco_iot_comm_h comm, void *context);

/*
 * Connection of a direct peer whose handshake is complete, pinned: give it back with mco_iot_connection_release. NULL: none.
 * Thread: any.
 */
MCOIOTCOMM_API
mco_iot_connection_h mco_iot_comm_find_conn(mco_iot_comm_h comm,
                                            mco_iot_agent_id_t id);

/*
 * Goes through the connections: prev = 0 starts, 0 ends. Releases prev, pins the result; whoever leaves the loop early
 * releases the current handle.
 * Thread: any.
 */
MCOIOTCOMM_API mco_iot_connection_h mco_iot_comm_next_conn(mco_iot_comm_h comm, mco_iot_connection_h prev);

/*
 * Closes listeners and connections, delivers the last callbacks, joins the threads. No restart; twice is harmless.
 * MCO_E_ILLEGAL_PARAM: called from a callback; MCO_E_TRANS_NOT_CLOSED: the calling thread has a writing transaction open on
 * the replicated database.
 * Thread: any; waits.
 */
MCOIOTCOMM_API
MCO_RET mco_iot_comm_stop(mco_iot_comm_h comm);

/*
 * Stops if need be and destroys; the handle is invalid afterwards. A replicator that still exists is stopped.
 * Thread: any; waits.
 */
MCOIOTCOMM_API MCO_RET mco_iot_comm_destroy(mco_iot_comm_h comm);

/*
 * Fills in the defaults: conn_pool_size 0, wait_timeout MCO_TM_INFINITE. NULL is ignored.
 * Thread: any.
 */
MCOIOTREPL_API void mco_iot_replicator_params_init(mco_iot_replicator_params_t *params);

/*
 * Attaches the database of a connection to a communicator. db stays the application's and must stay connected until
 * mco_iot_replicator_destroy. params: NULL stands for the defaults.
 * Codes: MCO_E_IOT_NOT_INITIALIZED, MCO_E_IOT_INVALID_HANDLE (comm), MCO_E_INVALID_HANDLE (db),
 * MCO_E_IOT_INCOMPATIBLE_MODE (schema without iot statement), MCO_E_IOT_DUPLICATE_CALLBACK (the communicator has a
 * replicator), MCO_E_INSTANCE_DUPLICATE (the database has one, perhaps in another process that shares it),
 * MCO_E_SESLIMIT.
 * Thread: any.
 */
MCOIOTCOMM_API
MCO_RET mco_iot_replicator_create(mco_db_h db,
                                  mco_iot_comm_h comm,
                                  mco_iot_replicator_params_t *params,
                                  mco_iot_replicator_h *repl);

/*
 * Connects to a peer, one attempt, and returns after the handshake. timeout: ms, 0 = recv_timeout of the communicator.
 * Codes: MCO_E_NW_INVADDR, MCO_E_NW_CONNECT (refused), MCO_E_NW_TIMEOUT, MCO_E_NW_NOTSUPP, MCO_E_NW_INVALID_PARAMETER (ssl_params),
 * MCO_E_NW_HANDSHAKE (TLS: certificates, versions, or a plain peer; the text says why), MCO_E_IOT_INCOMPATIBLE_MODE,
 * MCO_E_IOT_INCOMPATIBLE_LEVEL, MCO_E_IOT_WRONG_AGENT_ID, MCO_E_IOT_PROTOCOLERR, MCO_E_IOT_STOPPED.
 * Thread: any; waits.
 */
MCOIOTCOMM_API
MCO_RET mco_iot_replicator_connect(mco_iot_replicator_h repl,
                                   const char *address,
                                   timer_unit timeout,
                                   mco_sock_params_t *sock_params);

/*
 * Moves rows: agent_id says with whom, flags (MCO_IOT_SYNC_) which way and how. Only committed rows move.
 * Codes: MCO_S_OK (started, or complete with MCO_IOT_SYNC_WAIT), MCO_S_IOT_NO_NEW_DATA, MCO_E_ILLEGAL_PARAM (flags do not
 * fit), MCO_E_IOT_WRONG_AGENT_ID, MCO_E_IOT_AGENT_NOT_FOUND (no way to it now), MCO_E_IOT_TIMEOUT, MCO_E_IOT_STOPPED,
 * MCO_E_TRANS_NOT_CLOSED (the calling thread has a writing transaction open), the code of the peer or of the connection.
 * Thread: any; waits with MCO_IOT_SYNC_WAIT.
 */
MCOIOTREPL_API MCO_RET mco_iot_replicator_sync(mco_iot_replicator_h repl, mco_iot_agent_id_t agent_id, int flags);

/*
 * Deletes rows that the other side has acknowledged in their present state; local, works without a connection.
 * Codes: MCO_E_IOT_WRONG_AGENT_ID, MCO_E_TRANS_NOT_CLOSED.
 * Thread: any; waits for the writer's place.
 */
MCOIOTREPL_API MCO_RET mco_iot_replicator_clear(mco_iot_replicator_h repl, mco_iot_agent_id_t agent_id);

/*
 * As mco_iot_replicator_clear for one class. MCO_E_ILLEGAL_PARAM: no such class.
 * Thread: any; waits for the writer's place.
 */
MCOIOTCOMM_API
MCO_RET mco_iot_replicator_clear_class(mco_iot_replicator_h repl,
                                       mco_iot_agent_id_t agent_id,
                                       uint2 class_code);

/*
 * Calls fn for each connected peer.
 * Thread: any.
 */
MCOIOTCOMM_API
MCO_RET mco_iot_replicator_enum_agents(mco_iot_replicator_h repl,
                                       mco_iot_agent_enumerator_t fn,
                                       void *context);

/*
 * Own agent id.
 * Thread: any.
 */
MCOIOTREPL_API MCO_RET mco_iot_replicator_get_agent_id(mco_iot_replicator_h repl, mco_iot_agent_id_t *id);

/*
 * Own level.
 * Thread: any.
 */
MCOIOTREPL_API MCO_RET mco_iot_replicator_get_level(mco_iot_replicator_h repl, uint2 *level);

/*
 * Sets the level of a router, 2..65534, else MCO_E_ILLEGAL_PARAM; kept with the database. Connections to
 * nodes that change from above to below by it, or that have the same level now, are closed; connectors make them again.
 * Thread: any.
 */
MCOIOTREPL_API MCO_RET mco_iot_replicator_set_level(mco_iot_replicator_h repl, uint2 level);

/*
 * The communicator; NULL for a bad handle.
 * Thread: any.
 */
MCOIOTREPL_API mco_iot_comm_h mco_iot_replicator_get_comm(mco_iot_replicator_h repl);

/*
 * There is no REST server here: MCO_E_UNSUPPORTED.
 * Thread: any.
 */
MCOIOTCOMM_API
MCO_RET mco_iot_replicator_register_rest_service(mco_iot_replicator_h repl,
                                                 const char *path,
                                                 mcorest_h rest);

/*
 * Ends waiting syncs with MCO_E_IOT_STOPPED, later calls give it too; the communicator runs on. Twice is harmless.
 * MCO_E_ILLEGAL_PARAM: called from a callback; MCO_E_TRANS_NOT_CLOSED: the calling thread has a writing transaction open.
 * Thread: any; waits.
 */
MCOIOTREPL_API MCO_RET mco_iot_replicator_stop(mco_iot_replicator_h repl);

/*
 * Stops if need be and destroys; the handle is invalid and the database connections of the replicator are closed afterwards.
 * Thread: any; waits.
 */
MCOIOTCOMM_API
MCO_RET mco_iot_replicator_destroy(mco_iot_replicator_h repl);

/*
 * Removes one pin of a handle from find or next.
 * MCO_E_IOT_INVALID_HANDLE: not a pinned handle.
 * Thread: any.
 */
MCOIOTCOMM_API MCO_RET mco_iot_connection_release(mco_iot_connection_h iotc);

/*
 * The same as mco_iot_connection_release.
 * Thread: any.
 */
MCOIOTCOMM_API MCO_RET mco_iot_conn_release(mco_iot_connection_h iotc);

/*
 * Agent id of the peer; MCO_IOT_INVALID_AGENT_ID before the handshake is complete and for a bad handle.
 * Thread: any.
 */
MCOIOTCOMM_API mco_iot_agent_id_t mco_iot_connection_get_agent_id(mco_iot_connection_h iotc);

/*
 * The same as mco_iot_connection_get_agent_id.
 * Thread: any.
 */
MCOIOTCOMM_API mco_iot_agent_id_t mco_iot_conn_get_agent_id(mco_iot_connection_h iotc);

/*
 * The string given to connect, or to the listener that accepted the connection; valid as long as the handle. NULL for a bad
 * handle.
 * Thread: any.
 */
MCOIOTCOMM_API
const char *mco_iot_connection_get_address(mco_iot_connection_h iotc);

/*
 * The same as mco_iot_connection_get_address.
 * Thread: any.
 */
MCOIOTCOMM_API const char *mco_iot_conn_get_address(mco_iot_connection_h iotc);

/*
 * Numbers of the connection, valid from onConnect to onDestroy.
 * Thread: any.
 */
MCOIOTCOMM_API MCO_RET mco_iot_connection_get_stat(mco_iot_connection_h iotc, mco_iot_connection_stat_t *stat);

/*
 * The same as mco_iot_connection_get_stat.
 * Thread: any.
 */
MCOIOTCOMM_API MCO_RET mco_iot_conn_get_stat(mco_iot_connection_h iotc, mco_iot_connection_stat_t *stat);

/*
 * Why the connection ended; any output may be NULL. message is cut to message_len bytes with its NUL.
 * Thread: any.
 */
MCOIOTCOMM_API
void mco_iot_connection_get_error(mco_iot_connection_h iotc,
                                  mco_iot_stop_reason_t *reason,
                                  MCO_RET *last_error,
                                  int *last_errno,
                                  char *message,
                                  int message_len);

/*
 * The same as mco_iot_connection_get_error.
 * Thread: any.
 */
MCOIOTCOMM_API
void mco_iot_conn_get_error(mco_iot_connection_h iotc,
                            mco_iot_stop_reason_t *reason,
                            MCO_RET *last_error,
                            int *last_errno,
                            char *message,
                            int message_len);

/*
 * The communicator that the connection belongs to; NULL for a bad handle.
 * Thread: any.
 */
MCOIOTCOMM_API mco_iot_comm_h mco_iot_connection_get_comm(mco_iot_connection_h iotc);

/*
 * The same as mco_iot_connection_get_comm.
 * Thread: any.
 */
MCOIOTCOMM_API mco_iot_comm_h mco_iot_conn_get_comm(mco_iot_connection_h iotc);

/*
 * Ends the connection without waiting, reason MCO_IOT_STOP_REASON_USER_REQUEST.
 * Thread: any.
 */
MCOIOTCOMM_API MCO_RET mco_iot_connection_disconnect(mco_iot_connection_h iotc);

/*
 * The same as mco_iot_connection_disconnect.
 * Thread: any.
 */
MCOIOTCOMM_API MCO_RET mco_iot_conn_disconnect(mco_iot_connection_h iotc);

#ifdef __cplusplus
} // extern "C"
#endif

typedef iot_ack_t mco_iot_ack_t;
typedef mco_iot_connection_h iot_connection_h;
#define MCO_E_IOT_NO_NEW_DATA MCO_S_IOT_NO_NEW_DATA

#endif /* MCO_IOT_H__ */
