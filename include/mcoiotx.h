/* Generated from src/ffi by build.rs; change it there. */
#ifndef MCO_IOTX_H__
#define MCO_IOTX_H__

/* Extensions of this library. The conventions stand in mco.h. */
#include "mcoiot.h"

/* Version of this header: major * 10000 + minor * 100 + patch. */
#define MCO_IOTX_VERSION 100

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

#ifdef __cplusplus
} // extern "C"
#endif

#endif /* MCO_IOTX_H__ */
