/*
 * Core of the library: runtime, databases, transactions, cursors, statistics, errors.
 *
 * Conventions of all headers
 * - A function returns MCO_S_OK (0), another MCO_S_ status, or a MCO_E_ error; mco_iotx_last_error (mcoiotx.h) gives the
 *   failing call's own words. Fatal errors (MCO_ERR_) go to the handler of mco_error_set_handler; without one: abort.
 * - A NULL, stale or foreign handle gives MCO_E_INVALID_HANDLE (mcoiot.h: MCO_E_IOT_INVALID_HANDLE), a NULL output pointer
 *   MCO_E_ILLEGAL_PARAM. Outputs are untouched on error.
 * - Strings and structures are copied; the caller may free them after the call.
 * - "Thread: any" may be called by many threads at once; "Thread: the connection's": a connection, its transactions,
 *   cursors and objects serve one thread at a time, and may be handed over between calls.
 */
#include "mcospec.h"
#include "mcotime.h"

@MCO_RET@
#define MCO_E_LONG_TRANSACTON MCO_E_LONG_TRANSACTION

#ifdef MCO_NO_FORWARDS
typedef void *mco_db_h;
typedef void *mco_trans_h;
typedef void *mco_dictionary_h;
typedef void *mco_cursor_h;
typedef void *mco_collate_h;
typedef void *mco_calculator_h;
#else
typedef struct mco_db_t_ *mco_db_h;
typedef struct mco_trans_t_ *mco_trans_h;
typedef struct mco_dictionary_t_ *mco_dictionary_h;
typedef struct mco_cursor_t_ *mco_cursor_h;
typedef struct mco_collate_t_ *mco_collate_h;
typedef struct mco_calculator_t_ *mco_calculator_h;
#endif

/* A cursor lies in the application's memory; its content is the library's. */
typedef struct mco_cursor_t_ {
    mco_offs_t c[100];
} mco_cursor_t;

/* What every handle of an object wraps; its content is the library's. Copies name the same object. */
typedef mco_offs_t MCO_Hf[16];

typedef struct mco_ddl_dictionary_t_ mco_ddl_dictionary_t;
