/* Generated from src/ffi by build.rs; change it there. */
#ifndef MCO_IOTX_H__
#define MCO_IOTX_H__

/* Extensions of this library. The conventions stand in mco.h. */
#include "mcoiot.h"

/* Version of this header: major * 10000 + minor * 100 + patch. */
#define MCO_IOTX_VERSION 100

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

#ifdef __cplusplus
} // extern "C"
#endif

#endif /* MCO_IOTX_H__ */
