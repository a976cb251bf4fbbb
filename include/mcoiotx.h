/* Generated from src/ffi by build.rs; change it there. */
#ifndef MCO_IOTX_H__
#define MCO_IOTX_H__

/* Extensions of this library. The conventions stand in mco.h. */
#include "mcoiot.h"

/* Version of this header: major * 10000 + minor * 100 + patch. */
#define MCO_IOTX_VERSION 100

/* Why rows wait. */
typedef enum {
    /* Nothing waits. */
    MCO_IOTX_NOTHING = 0,
    /* Nobody has asked for them: the next sync takes them. */
    MCO_IOTX_SYNC = 1,
    /* There is no node above. */
    MCO_IOTX_NOT_CONNECTED = 2,
    /* No connection leads to the node. */
    MCO_IOTX_NO_ROUTE = 3,
    /* The connection is kept in reserve. */
    MCO_IOTX_STANDBY = 4,
    /* The node is being taken in. */
    MCO_IOTX_ATTACHING = 5,
    /* They are being read or sent, or wait for their turn. */
    MCO_IOTX_SENDING = 6,
    /* As much is on its way as may be. */
    MCO_IOTX_WINDOW_FULL = 7,
    /* They were sent; the next node has not acknowledged them. */
    MCO_IOTX_UNACKNOWLEDGED = 8,
    /* The next node has no room. */
    MCO_IOTX_RECEIVER_FULL = 9,
    /* The database fails. */
    MCO_IOTX_STORAGE = 10,
    /* Another transaction holds the writer's place. */
    MCO_IOTX_WRITER_HELD = 11,
    /* The next node does not know their class. */
    MCO_IOTX_CLASS_UNKNOWN = 12,
    /* The next node has them, the final one has not said so. */
    MCO_IOTX_FINAL_NODE = 13,
    /* They were received here and could not be applied. */
    MCO_IOTX_QUARANTINE = 14,
    /* The next node can never have room for the next of them, unless the limit of its database is raised. */
    MCO_IOTX_TOO_LARGE = 15,
    /* They wait at the node below: the database here has no room for them. */
    MCO_IOTX_FULL = 16,
} mco_iotx_reason_t;

/* What becomes of a row for which the bound of its class has no room. */
typedef enum {
    /* The insert fails with MCO_E_NOMEM. */
    MCO_IOTX_REFUSE = 0,
    /* It is taken; the rows that have waited longest are dropped by the commit. */
    MCO_IOTX_DROP_OLDEST = 1,
    /* It is taken and dropped by the commit. Changes of rows that are there are kept. */
    MCO_IOTX_DROP_NEWEST = 2,
} mco_iotx_policy_t;

/* Why rows were given up. */
typedef enum {
    /* Too many rows that could not be applied were set aside. */
    MCO_IOTX_GAP_QUARANTINE_FULL = 1,
    /* A node that had acknowledged them has lost them, and their origin had cleared them. */
    MCO_IOTX_GAP_CUSTODY_LOST = 2,
    /* Dropped by a bound with MCO_IOTX_DROP_OLDEST. */
    MCO_IOTX_GAP_DROPPED_OLDEST = 3,
    /* Dropped by a bound with MCO_IOTX_DROP_NEWEST. */
    MCO_IOTX_GAP_DROPPED_NEWEST = 4,
    /* They contradict what is known of their origin. */
    MCO_IOTX_GAP_CONTRADICTION = 5,
    /* Cleared after they were acknowledged; their receiver was restored from an older backup since. */
    MCO_IOTX_GAP_RECEIVER_RESTORED = 6,
} mco_iotx_gap_reason_t;

/* What a replicator syncs by itself; see mco_iotx_auto_sync. Fill it with mco_iotx_auto_sync_init first. */
typedef struct {
    /* MCO_IOT_SYNC_PUSH, MCO_IOT_SYNC_PULL or both; MCO_IOT_SYNC_DEEP_ACK may be added. Default: both directions. */
    int flags;
    /* MCO_YES: with a node, as soon as it is connected. Default: MCO_YES. */
    mco_bool on_connect;
    /*
     * MCO_YES: rows are cleared when they are acknowledged; on a device and a router those that went up, on a server those that
     * went down. Default: MCO_NO.
     */
    mco_bool clear;
    /* So many ms after a commit of rows that travel; commits until then go together. MCO_TM_INFINITE: never. Default: 1000. */
    timer_unit after_commit;
    /* Again and again after so many ms. MCO_TM_INFINITE: never. Default: never. */
    timer_unit period;
} mco_iotx_auto_sync_t;

/* What waits of one class for one node, see mco_iotx_status. */
typedef struct {
    /*
     * The node for which the rows are; upwards the node above, or the server while there is none; for rows that are set aside
     * (MCO_IOTX_QUARANTINE) their origin; for rows that are refused since there is no room here (MCO_IOTX_FULL, how many is
     * not known) the node below.
     */
    uint8 agent_id;
    /* Rows that wait. */
    uint8 rows;
    /* Bytes of their contents, about. */
    uint8 bytes;
    /* ms for which the oldest has waited. */
    uint8 oldest_ms;
    /* Bytes that are on their way to the next node, in the whole stream. */
    uint8 in_flight;
    /* Timestamp up to which the next node has everything. */
    uint8 acknowledged;
    /* Timestamp up to which the final node has everything. */
    uint8 confirmed;
    /* ms since the last acknowledgment; MCO_TM_INFINITE: none since the replicator was created. */
    timer_unit last_ack_ms;
    /* MCO_YES: upwards; MCO_NO: downwards. */
    mco_bool up;
    /* Why they wait. */
    mco_iotx_reason_t reason;
    /* Class; 0 for a stream for which nothing waits, and for what a router holds for others. */
    uint2 class_code;
    /* Priority group, 0 to 7. */
    uint1 group;
    /* Name of the class, cut to fit. */
    char class_name[64];
} mco_iotx_status_t;

/* Called for each entry of a status; MCO_YES goes on, MCO_NO stops. */
typedef mco_bool (*mco_iotx_status_enumerator_t)(mco_iot_replicator_h repl,
                                                 const mco_iotx_status_t *status,
                                                 void *context);

/* A row of a peer that could not be applied here. */
typedef struct {
    /* With auto_oid the identity of the row, see mco_iotx_row_identity. */
    uint8 origin_db_id;
    /* Agent whose row it is. */
    uint8 origin_agent_id;
    /* Number of the row in its origin. */
    uint8 auto_oid;
    /* When it was set aside, ms since 1970. */
    uint8 time_ms;
    /* Class here. */
    uint2 class_code;
    /* Why it could not be applied. */
    MCO_RET code;
    /* Name of the class, cut to fit. */
    char class_name[64];
    /* What stands in the way, in words, cut to fit. */
    char detail[128];
} mco_iotx_quarantine_t;

/* Called for each row that is set aside; MCO_YES goes on, MCO_NO stops. */
typedef mco_bool (*mco_iotx_quarantine_enumerator_t)(mco_iot_replicator_h repl,
                                                     const mco_iotx_quarantine_t *row,
                                                     void *context);

/* What goes on in an open database. */
typedef struct {
    /* Bytes that it may take; 0 = no limit. */
    uint8 limit_bytes;
    /* Bytes of the pages that hold something. */
    uint8 live_bytes;
    /* Bytes of all pages, the free ones too. */
    uint8 map_bytes;
    /* Bytes that its files have on disk: the database and its log. */
    uint8 file_bytes;
    /* ms since everything was durable last; 0 for a database in memory. */
    uint8 last_flush_ms;
    /* ms since the oldest read-only transaction began; 0 without one. */
    uint8 oldest_reader_ms;
    /* Read-only transactions that are open. */
    uint4 readers;
    /* Transactions that wait for the writer's place. */
    uint4 writers_waiting;
} mco_iotx_db_stat_t;

/* How much of a class may wait to be acknowledged; 0 = no bound. */
typedef struct {
    /* Most rows. */
    uint8 max_rows;
    /* Most bytes of their content. */
    uint8 max_bytes;
    /* Longest time in ms, looked at when rows of the class are written; MCO_TM_INFINITE = no bound, too. */
    timer_unit max_age;
    /* What becomes of rows beyond. */
    mco_iotx_policy_t policy;
} mco_iotx_bound_t;

/* Rows that were given up. Some of them may have arrived before, or come later by another way. */
typedef struct {
    /* Whose rows; of downtables who should have got them, 0 = all. */
    uint8 agent_id;
    /* First timestamp of them. */
    uint8 first;
    /* Last timestamp of them. */
    uint8 last;
    /* How many; 0 = not known. */
    uint8 rows;
    /* When this database heard of it last, ms since 1970. */
    uint8 time_ms;
    /* Class here; 0 = any, or one that is not known here. */
    uint2 class_code;
    /* Why. */
    mco_iotx_gap_reason_t reason;
    /* Name of the class, cut to fit; "" for 0. */
    char class_name[64];
} mco_iotx_gap_t;

/* Called for each gap record; MCO_YES goes on, MCO_NO stops. */
typedef mco_bool (*mco_iotx_gap_enumerator_t)(mco_iot_replicator_h repl, const mco_iotx_gap_t *gap, void *context);

/* Whether the call that asks shall give up, see mco_iotx_interrupt_with; not 0: yes. */
typedef int (*mco_iotx_interrupt_t)(void *context);

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/*
 * What this thread's last failing call had to say: file and errno, class and field of a refused schema, the peer's words.
 * "" when it had nothing to say; never NULL; valid until the thread's next call.
 * Thread: any, each has its own.
 */
const char *mco_iotx_last_error(void);

/*
 * Version of the library at run time as a text, "major.minor.patch"; MCO_IOTX_VERSION is that of the header.
 * Thread: any.
 */
const char *mco_iotx_version(void);

/*
 * Real port of the listener with exactly this address string. MCO_S_NOTFOUND: there is none.
 * Thread: any.
 */
MCO_RET mco_iotx_comm_get_listen_port(mco_iot_comm_h comm, const char *address, int *port);

/*
 * Pins the connection that a callback or an enumerator got, so that its handle stays valid when that returns: give it back with
 * mco_iot_connection_release. MCO_E_IOT_INVALID_HANDLE: its onDestroy runs or has run.
 * Thread: any.
 */
MCO_RET mco_iotx_connection_pin(mco_iot_connection_h iotc);

/*
 * Own database id.
 * Thread: any.
 */
MCO_RET mco_iotx_replicator_get_db_id(mco_iot_replicator_h repl, mco_iot_db_id_t *id);

/*
 * Identity of a row, the same on every node: the epoch of its origin's history in which it was made, and its number there.
 * MCO_E_UNSUPPORTED: the class has no such number.
 * Thread: the connection's.
 */
MCO_RET mco_iotx_row_identity(MCO_Hf *object,
                              uint8 *db_id,
                              uint8 *auto_oid);

/*
 * Fills in the defaults. MCO_E_ILLEGAL_PARAM: NULL.
 * Thread: any.
 */
MCO_RET mco_iotx_auto_sync_init(mco_iotx_auto_sync_t *params);

/*
 * Syncs by itself from now on, in place of what was set before; NULL ends that. The structure is copied. Nobody waits for
 * these syncs: what they bring about is told to the callbacks, and what cannot go now goes when it can.
 * MCO_E_ILLEGAL_PARAM: no direction, other flags, a period of 0, or nothing that would ever start it; MCO_E_IOT_INVALID_HANDLE; MCO_E_IOT_STOPPED.
 * Thread: any.
 */
MCO_RET mco_iotx_auto_sync(mco_iot_replicator_h repl,
                           const mco_iotx_auto_sync_t *params);

/*
 * Calls fn for everything that waits, by receiver, way and class; then for each stream for which nothing waits, with class_code 0;
 * then for what is set aside here. What fn gets is valid during the call; fn may call everything in this header.
 * MCO_E_TRANS_NOT_CLOSED: the calling thread has a writing transaction open on the database; MCO_E_IOT_STOPPED.
 * Thread: any.
 */
MCO_RET mco_iotx_status(mco_iot_replicator_h repl,
                        mco_iotx_status_enumerator_t fn,
                        void *context);

/*
 * The same as a text, a line for each, with NUL at the end; buf may be NULL when size is 0. needed (may be NULL): bytes that the text takes
 * with its NUL. MCO_S_OVERFLOW: buf is too short and has the beginning; other codes as mco_iotx_status.
 * Thread: any.
 */
MCO_RET mco_iotx_status_text(mco_iot_replicator_h repl,
                             char *buf,
                             mco_size_t size,
                             mco_size_t *needed);

/*
 * How many rows of peers are set aside because they could not be applied.
 * MCO_E_TRANS_NOT_CLOSED: the calling thread has a writing transaction open on the database; MCO_E_IOT_STOPPED.
 * Thread: any.
 */
MCO_RET mco_iotx_quarantine_count(mco_iot_replicator_h repl, uint8 *n);

/*
 * Calls fn for each row that is set aside, the oldest first. What fn gets is valid during the call; fn may call everything
 * in this header. MCO_E_TRANS_NOT_CLOSED, MCO_E_IOT_STOPPED.
 * Thread: any.
 */
MCO_RET mco_iotx_quarantine_enum(mco_iot_replicator_h repl,
                                 mco_iotx_quarantine_enumerator_t fn,
                                 void *context);

/*
 * Content of a row that is set aside: a JSON object of the fields that its sender fills, with a NUL. needed, which may be NULL,
 * gets the bytes it takes with its NUL. MCO_S_OVERFLOW: buf has no room for all of it, and got the beginning; buf may be NULL if
 * size is 0. MCO_S_NOTFOUND: no such row is set aside. MCO_E_TRANS_NOT_CLOSED, MCO_E_IOT_STOPPED.
 * Thread: any.
 */
MCO_RET mco_iotx_quarantine_read(mco_iot_replicator_h repl,
                                 uint8 origin_db_id,
                                 uint8 auto_oid,
                                 char *buf,
                                 mco_size_t size,
                                 mco_size_t *needed);

/*
 * Tries to apply a row that is set aside, or all with 0, 0; that happens by itself when the row in its way changes.
 * The code of the first row that still cannot be applied, MCO_S_DUPLICATE for instance; MCO_S_NOTFOUND: no such row is set aside;
 * MCO_E_NOMEM, MCO_E_DISK_SPACE_EXHAUSTED; MCO_E_TRANS_NOT_CLOSED, MCO_E_IOT_STOPPED.
 * Thread: any; waits for the writer's place.
 */
MCO_RET mco_iotx_quarantine_retry(mco_iot_replicator_h repl,
                                  uint8 origin_db_id,
                                  uint8 auto_oid);

/*
 * Gives up a row that is set aside, or all with 0, 0. It has been acknowledged, so it comes again only if its origin changes it.
 * MCO_S_NOTFOUND: no such row is set aside; MCO_E_TRANS_NOT_CLOSED, MCO_E_IOT_STOPPED.
 * Thread: any; waits for the writer's place.
 */
MCO_RET mco_iotx_quarantine_drop(mco_iot_replicator_h repl,
                                 uint8 origin_db_id,
                                 uint8 auto_oid);

/*
 * Copies a database while it is used: everything that is committed at the start, in a new file at path, readable for its owner
 * alone and durable on return. Also of a database in memory; mco_db_open_dev opens the copy with the same schema.
 * MCO_E_DISK_OPEN: path exists or cannot be made; MCO_E_DISK_SPACE_EXHAUSTED, MCO_E_DISK_WRITE, MCO_E_DISK_SYNC: nothing is left there.
 * Thread: the connection's.
 */
MCO_RET mco_iotx_db_copy(mco_db_h db,
                         const char *path);

/*
 * Numbers of a database; waits for nobody.
 * Thread: the connection's.
 */
MCO_RET mco_iotx_db_stat(mco_db_h db, mco_iotx_db_stat_t *stat);

/*
 * Puts a class into a priority group, 0 (the usual one) to 7: what waits in a higher group is sent first. Order holds within a group.
 * Kept with the database. MCO_E_ILLEGAL_PARAM: no such class or group; MCO_E_ACCESS: the class has rows, or deleted ones that others
 * do not know of yet; MCO_E_TRANS_NOT_CLOSED.
 * Thread: the connection's; waits for the writer's place.
 */
MCO_RET mco_iotx_set_priority(mco_db_h db,
                              uint2 class_code,
                              uint1 group);

/*
 * Bounds what waits to be acknowledged in a class that is sent from here: the rows of an uptable that no node above has, the rows of a
 * downtable that their receivers lack. Kept with the database; NULL or only zeros takes the bound away. What is dropped is told as a
 * gap record, here and on the server. MCO_E_ILLEGAL_PARAM: no such class or policy, or the class is not sent from here; MCO_E_NOMEM,
 * MCO_E_DISK_SPACE_EXHAUSTED: so much waits already that a full database has no room to begin counting; MCO_E_TRANS_NOT_CLOSED.
 * Thread: the connection's; waits for the writer's place.
 */
MCO_RET mco_iotx_set_bound(mco_db_h db,
                           uint2 class_code,
                           const mco_iotx_bound_t *bound);

/*
 * How many gap records there are: rows that were given up here or on nodes below, neighbours in one record.
 * MCO_E_TRANS_NOT_CLOSED: the calling thread has a writing transaction open on the database; MCO_E_IOT_STOPPED.
 * Thread: any.
 */
MCO_RET mco_iotx_gap_count(mco_iot_replicator_h repl, uint8 *n);

/*
 * Calls fn for each gap record, by agent. What fn gets is valid during the call; fn may call everything in this header.
 * MCO_E_TRANS_NOT_CLOSED, MCO_E_IOT_STOPPED.
 * Thread: any.
 */
MCO_RET mco_iotx_gap_enum(mco_iot_replicator_h repl, mco_iotx_gap_enumerator_t fn, void *context);

/*
 * Forgets an agent that is gone for good: what is remembered of it, and on a server the rows addressed to it alone; common rows no longer
 * wait for it. Should it come back, it begins anew, and what it had of rows for it alone goes, also of cleared ones; one that is connected
 * through a router comes back at once. MCO_E_ACCESS: it is connected directly; MCO_E_IOT_AGENT_NOT_FOUND: it is not known;
 * MCO_E_TRANS_NOT_CLOSED, MCO_E_IOT_STOPPED.
 * Thread: any; waits for the writer's place.
 */
MCO_RET mco_iotx_forget_agent(mco_iot_replicator_h repl,
                              mco_iot_agent_id_t id);

/*
 * Writes a line of the program into the trace: 0 fatal .. 6 everything; above the level of mco_trace_set_level nothing happens.
 * NULL is ignored. Thread: any.
 */
void mco_iotx_trace(int level,
                    const char *line);

/*
 * As mco_async_event_wait, at most so many ms: MCO_E_IOT_TIMEOUT.
 * Thread: any; other threads may use the connection meanwhile.
 */
MCO_RET mco_iotx_event_wait(mco_db_h db, int id, timer_unit timeout);

/*
 * Calls of this thread that wait for others ask from now on, ten times in a second: mco_trans_start, mco_async_event_wait,
 * mco_iotx_event_wait, mco_iot_replicator_connect, mco_iot_replicator_sync with MCO_IOT_SYNC_WAIT, mco_iot_comm_process_connections,
 * what a replicator does in its database: mco_iot_replicator_clear, its status, quarantine and gap records, mco_iotx_forget_agent,
 * and the ends that wait for callbacks: mco_iot_comm_stop, mco_iot_comm_destroy, mco_iot_replicator_stop, mco_iot_replicator_destroy.
 * At an answer other than 0 they give up with MCO_E_INTERRUPTED (process_connections: minus that): no transaction has started, the
 * attempt to connect has ended, what the sync would have moved waits for the next one, a clear and a stop go on by themselves (call
 * stop or destroy again to wait for the end; until destroy has returned MCO_S_OK the handle is valid). NULL ends it.
 * interrupted may call everything that the thread may. For programs that act on a signal outside of its handler.
 * Thread: any, for itself.
 */
MCO_RET mco_iotx_interrupt_with(mco_iotx_interrupt_t interrupted,
                                void *context);

#ifdef __cplusplus
} // extern "C"
#endif

#endif /* MCO_IOTX_H__ */
