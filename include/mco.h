/* Generated from src/ffi by build.rs; change it there. */
#ifndef MCO_H__
#define MCO_H__

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

/* What every function returns; mco_strerror gives the texts. */
typedef enum {
    MCO_S_OK = 0,
    MCO_S_BUSY = 1,
    MCO_S_OVERFLOW = 2,
    MCO_S_UNDERFLOW = 3,
    MCO_S_NOTFOUND = 10,
    MCO_S_CURSOR_END = 11,
    MCO_S_CURSOR_EMPTY = 12,
    MCO_S_DUPLICATE = 13,
    MCO_S_EVENT_RELEASED = 14,
    MCO_S_DEAD_CONNECTION = 15,
    MCO_S_NULL_VALUE = 16,
    MCO_S_TL_INVDATA = 17,
    MCO_S_TL_NOT_INITIALIZED = 18,
    MCO_S_DEFERRED_DELETE = 19,
    MCO_S_REST_CONN_ACCEPTED = 20,
    MCO_S_REST_CONN_FINISHED = 21,
    MCO_S_REST_TIMEOUT = 22,
    MCO_E_CORE = 50,
    MCO_E_INVALID_HANDLE = 51,
    MCO_E_NOMEM = 52,
    MCO_E_ACCESS = 53,
    MCO_E_TRANSACT = 54,
    MCO_E_INDEXLIMIT = 55,
    MCO_E_EMPTYVECTOREL = 56,
    MCO_E_UNSUPPORTED = 57,
    MCO_E_EMPTYOPTIONAL = 58,
    MCO_E_EMPTYBLOB = 59,
    MCO_E_CURSOR_INVALID = 60,
    MCO_E_ILLEGAL_TYPE = 61,
    MCO_E_ILLEGAL_PARAM = 62,
    MCO_E_CURSOR_MISMATCH = 63,
    MCO_E_DELETED = 64,
    MCO_E_LONG_TRANSACTION = 65,
    MCO_E_INSTANCE_DUPLICATE = 66,
    MCO_E_UPGRADE_FAILED = 67,
    MCO_E_NOINSTANCE = 68,
    MCO_E_OPENED_SESSIONS = 69,
    MCO_E_PAGESIZE = 70,
    MCO_E_WRITE_STREAM = 71,
    MCO_E_READ_STREAM = 72,
    MCO_E_LOAD_DICT = 73,
    MCO_E_LOAD_DATA = 74,
    MCO_E_VERS_MISMATCH = 75,
    MCO_E_VOLUNTARY_NOT_EXIST = 76,
    MCO_E_EXCLUSIVE_MODE = 77,
    MCO_E_MAXEXTENDS = 78,
    MCO_E_HIST_OBJECT = 79,
    MCO_E_SHM_ERROR = 80,
    MCO_E_NOTINIT = 81,
    MCO_E_SESLIMIT = 82,
    MCO_E_INSTANCES_LIMIT = 83,
    MCO_E_MAXTRANSSIZE_LOCKED = 84,
    MCO_E_DEPRECATED = 85,
    MCO_E_NOUSERDEF_FUNCS = 86,
    MCO_E_CONFLICT = 87,
    MCO_E_INMEM_ONLY_RUNTIME = 88,
    MCO_E_ISOLATION_LEVEL_NOT_SUPPORTED = 89,
    MCO_E_REGISTRY_UNABLE_CREATE_CONNECT = 90,
    MCO_E_REGISTRY_UNABLE_CONNECT = 91,
    MCO_E_REGISTRY_INVALID_SYNC = 92,
    MCO_E_MDEV_RUNTIME_START = 93,
    MCO_E_SYNC_RUNTIME_START = 94,
    MCO_E_ALIGN_ERROR = 95,
    MCO_E_PINNED_VERSION_LIMIT = 96,
    MCO_E_VERSION_NOT_PINNED = 97,
    MCO_E_CURSOR_CLOSED = 98,
    MCO_E_CONVERSION = 99,
    MCO_E_DISK = 100,
    MCO_E_DISK_OPEN = 101,
    MCO_E_DISK_ALREADY_OPENED = 102,
    MCO_E_DISK_NOT_OPENED = 103,
    MCO_E_DISK_INVALID_PARAM = 104,
    MCO_E_DISK_PAGE_ACCESS = 105,
    MCO_E_DISK_OPERATION_NOT_ALLOWED = 106,
    MCO_E_DISK_ALREADY_CONNECTED = 107,
    MCO_E_DISK_KEY_TOO_LONG = 108,
    MCO_E_DISK_TOO_MANY_INDICES = 109,
    MCO_E_DISK_TOO_MANY_CLASSES = 110,
    MCO_E_DISK_SPACE_EXHAUSTED = 111,
    MCO_E_DISK_INCOMPATIBLE_LOG_TYPE = 112,
    MCO_E_DISK_BAD_PAGE_SIZE = 113,
    MCO_E_DISK_SYNC = 114,
    MCO_E_DISK_PAGE_POOL_EXHAUSTED = 115,
    MCO_E_DISK_CLOSE = 116,
    MCO_E_DISK_TRUNCATE = 117,
    MCO_E_DISK_SEEK = 118,
    MCO_E_DISK_WRITE = 119,
    MCO_E_DISK_READ = 120,
    MCO_E_DISK_FLUSH = 121,
    MCO_E_DISK_TOO_HIGH_TREE = 122,
    MCO_E_DISK_VERSION_MISMATCH = 123,
    MCO_E_DISK_CONFLICT = 124,
    MCO_E_DISK_SCHEMA_CHANGED = 125,
    MCO_E_DISK_CRC_MISMATCH = 126,
    MCO_E_DISK_TM_MISMATCH = 127,
    MCO_E_DISK_DICT_LIMITS_MISMATCH = 128,
    MCO_E_DISK_BTREE_ALLOC = 129,
    MCO_E_DISK_CRC_CHECK_MODE_MATCH = 130,
    MCO_E_DISK_FATAL_ERROR = 131,
    MCO_E_DISK_ALLOC_MISMATCH = 132,
    MCO_E_XML = 200,
    MCO_E_XML_INVINT = 201,
    MCO_E_XML_INVFLT = 202,
    MCO_E_XML_INTOVF = 203,
    MCO_E_XML_INVBASE = 204,
    MCO_E_XML_BUFSMALL = 205,
    MCO_E_XML_VECTUNSUP = 206,
    MCO_E_XML_INVPOLICY = 207,
    MCO_E_XML_INVCLASS = 208,
    MCO_E_XML_NO_OID = 209,
    MCO_E_XML_INVOID = 210,
    MCO_E_XML_INVFLDNAME = 211,
    MCO_E_XML_FLDNOTFOUND = 212,
    MCO_E_XML_INVENDTAG = 213,
    MCO_E_XML_UPDID = 214,
    MCO_E_XML_INVASCII = 215,
    MCO_E_XML_INCOMPL = 216,
    MCO_E_XML_ARRSMALL = 217,
    MCO_E_XML_INVARREL = 218,
    MCO_E_XML_EXTRAXML = 219,
    MCO_E_XML_NOTWF = 220,
    MCO_E_XML_UNICODE = 221,
    MCO_E_XML_NOINDEX = 222,
    MCO_E_NW = 300,
    MCO_E_NW_FATAL = 301,
    MCO_E_NW_NOTSUPP = 302,
    MCO_E_NW_CLOSE_CHANNEL = 303,
    MCO_E_NW_BUSY = 304,
    MCO_E_NW_ACCEPT = 305,
    MCO_E_NW_TIMEOUT = 306,
    MCO_E_NW_INVADDR = 307,
    MCO_E_NW_NOMEM = 308,
    MCO_E_NW_CONNECT = 309,
    MCO_E_NW_SENDERR = 310,
    MCO_E_NW_RECVERR = 311,
    MCO_E_NW_CLOSED = 312,
    MCO_E_NW_HANDSHAKE = 313,
    MCO_E_NW_CLOSE_SOCKET = 314,
    MCO_E_NW_CREATEPIPE = 315,
    MCO_E_NW_SOCKET = 316,
    MCO_E_NW_SOCKOPT = 317,
    MCO_E_NW_BIND = 318,
    MCO_E_NW_SOCKIOCTL = 319,
    MCO_E_NW_MAGIC = 320,
    MCO_E_NW_INVMSGPARAM = 321,
    MCO_E_NW_WRONGSEQ = 322,
    MCO_E_NWMCAST_CLOSE_SOCKET = 323,
    MCO_E_NWMCAST_SOCKET = 324,
    MCO_E_NWMCAST_SOCKOPT = 325,
    MCO_E_NWMCAST_RECV = 326,
    MCO_E_NWMCAST_BIND = 327,
    MCO_E_NWMCAST_NBIO = 328,
    MCO_E_NW_KILLED_BY_REPLICA = 329,
    MCO_E_NW_WOULDBLOCK = 330,
    MCO_E_NW_SELECT = 331,
    MCO_E_NW_INVALID_PARAMETER = 332,
    MCO_E_HA = 400,
    MCO_E_HA_PROTOCOLERR = 401,
    MCO_E_HA_TIMEOUT = 402,
    MCO_E_HA_IOERROR = 403,
    MCO_E_HA_MAXREPLICAS = 404,
    MCO_E_HA_INIT = 405,
    MCO_E_HA_RECEIVE = 406,
    MCO_E_HA_NO_AUTO_OID = 407,
    MCO_E_HA_NOT_INITIALIZED = 408,
    MCO_E_HA_INVALID_MESSAGE = 409,
    MCO_E_HA_INVALID_PARAMETER = 410,
    MCO_E_HA_INVCHANNEL = 411,
    MCO_E_HA_INCOMPATIBLE_MODES = 412,
    MCO_E_HA_CLOSE_TEMP = 413,
    MCO_E_HA_MULTICAST_NOT_SUPP = 414,
    MCO_E_HA_HOTSYNCH_NOT_SUPP = 415,
    MCO_E_HA_ASYNCH_NOT_SUPP = 416,
    MCO_E_HA_NO_MEM = 417,
    MCO_E_HA_BAD_DESCRIPTOR = 418,
    MCO_E_HA_CANCEL = 419,
    MCO_E_HA_WRONG_DB_MAGIC = 420,
    MCO_E_HA_COMMIT = 421,
    MCO_E_HA_MANYREPLICAS = 422,
    MCO_E_NOT_MASTER = 423,
    MCO_E_HA_STOPPED = 424,
    MCO_E_HA_NOWRITETXN = 425,
    MCO_E_HA_PM_BUFFER = 426,
    MCO_E_HA_NOT_REPLICA = 427,
    MCO_E_HA_BAD_DICT = 428,
    MCO_E_HA_BINEV_NOT_SUPP = 429,
    MCO_E_HA_CHANNEL_NOT_REGISTERED = 430,
    MCO_E_HA_DDL_NOT_SUPPORTED = 431,
    MCO_E_HA_NO_QUORUM = 432,
    MCO_S_HA_REPLICA_DETACH = 433,
    MCO_E_UDA = 500,
    MCO_E_UDA_TOOMANY_ENTRIES = 501,
    MCO_E_UDA_NAME_TOO_LONG = 502,
    MCO_E_UDA_DUPLICATE = 503,
    MCO_E_UDA_DICT_NOTFOUND = 504,
    MCO_E_UDA_STRUCT_NOTFOUND = 505,
    MCO_E_UDA_FIELD_NOTFOUND = 506,
    MCO_E_UDA_INDEX_NOTFOUND = 507,
    MCO_E_UDA_IFIELD_NOTFOUND = 508,
    MCO_E_UDA_COLLATION_NOTFOUND = 509,
    MCO_E_UDA_STRUCT_NOT_CLASS = 510,
    MCO_E_UDA_WRONG_KEY_NUM = 511,
    MCO_E_UDA_WRONG_KEY_TYPE = 512,
    MCO_E_UDA_WRONG_OPCODE = 513,
    MCO_E_UDA_SCALAR = 514,
    MCO_E_UDA_NOT_DYNAMIC = 515,
    MCO_E_UDA_WRONG_VALUE_TYPE = 516,
    MCO_E_UDA_READONLY = 517,
    MCO_E_UDA_WRONG_CLASS_CODE = 518,
    MCO_E_UDA_DICT_NOT_DIRECT = 519,
    MCO_E_UDA_INDEX_NOT_USERDEF = 520,
    MCO_E_UDA_EVENT_NOTFOUND = 521,
    MCO_E_TL = 600,
    MCO_E_TL_INVAL = 601,
    MCO_E_TL_ALREADY_STARTED = 602,
    MCO_E_TL_NOT_STARTED = 603,
    MCO_E_TL_LOG_NOT_OPENED = 604,
    MCO_E_TL_INVFORMAT = 605,
    MCO_E_TL_NOT_INITIALIZED = 606,
    MCO_E_TL_IO_ERROR = 607,
    MCO_E_TL_NOT_ITERABLE = 608,
    MCO_E_TL_TRANS_STARTED = 609,
    MCO_E_TL_PIPE_USED = 610,
    MCO_E_TL_PIPE_LOST = 611,
    MCO_E_TL_PIPE_TERM = 612,
    MCO_E_TL_NO_AUTO_OID = 613,
    MCO_E_TL_NOT_APPLICABLE = 614,
    MCO_E_TL_NO_DYNAMIC_PIPE = 615,
    MCO_E_TL_SYNC = 616,
    MCO_E_TL_PLAY_STOPPED = 617,
    MCO_E_TL_PLAY_NOT_STARTED = 618,
    MCO_E_SEQ_OUT_OF_ORDER = 700,
    MCO_E_SEQ_BOUNDED = 701,
    MCO_E_SEQ_LENGTH_MISMATCH = 702,
    MCO_E_SEQ_NULL_VALUE = 703,
    MCO_E_DDL_NOMEM = 800,
    MCO_E_DDL_UNDEFINED_STRUCT = 801,
    MCO_E_DDL_INVALID_TYPE = 802,
    MCO_E_DDL_FIELD_NOT_FOUND = 803,
    MCO_E_DDL_INTERNAL_ERROR = 804,
    MCO_E_DDL_MCOCOMP_INCOMPATIBILITY = 805,
    MCO_E_DDL_TOO_MANY_CLASSES = 806,
    MCO_E_DDL_TOO_MANY_INDEXES = 807,
    MCO_E_DDL_TOO_MANY_EVENTS = 808,
    MCO_E_CLUSTER = 900,
    MCO_E_CLUSTER_NOT_INITIALIZED = 901,
    MCO_E_CLUSTER_INVALID_PARAMETER = 902,
    MCO_E_CLUSTER_STOPPED = 903,
    MCO_E_CLUSTER_PROTOCOLERR = 904,
    MCO_E_CLUSTER_NOQUORUM = 905,
    MCO_E_CLUSTER_BUSY = 906,
    MCO_E_CLUSTER_INCOMPATIBLE_MODE = 907,
    MCO_E_CLUSTER_SYNC = 908,
    MCO_E_CLUSTER_INCOMPATIBLE_ARCH = 909,
    MCO_E_CLUSTER_DUPLICATE_NODEID = 910,
    MCO_E_CLUSTER_DDL_NOT_SUPPORTED = 911,
    MCO_E_SAL_RUNTIME_START = 912,
    MCO_E_EVAL = 999,
    MCO_E_PERFMON = 1000,
    MCO_E_PERFMON_NOT_INITIALIZED = 1001,
    MCO_E_PERFMON_ALREADY_INITIALIZED = 1002,
    MCO_E_PERFMON_DB_NOT_DETACHED = 1003,
    MCO_E_PERFMON_DB_NOT_ATTACHED = 1004,
    MCO_E_SCHEMA_ERROR = 1005,
    MCO_E_NO_DIRECT_ACCESS = 1006,
    MCO_E_ENCRYPTION_NOT_SUPPORTED = 1007,
    MCO_E_NO_CIPHER_KEY = 1008,
    MCO_E_TOO_HIGH_TREE = 1009,
    MCO_E_KEY_TOO_LONG = 1010,
    MCO_E_PATRICIA_TOO_DEEP = 1011,
    MCO_E_BTREE_CONFLICT = 1012,
    MCO_E_TMGR_MISMATCH = 1013,
    MCO_E_SCHEMA_CHANGED = 1014,
    MCO_E_LICENSE_INVALID = 1015,
    MCO_E_BACKUP = 1016,
    MCO_E_BACKUP_PROTOCOL = 1017,
    MCO_E_BACKUP_NOMEM = 1018,
    MCO_E_BACKUP_INVALID_PARAM = 1019,
    MCO_E_BACKUP_INVALID_FILE = 1020,
    MCO_E_BACKUP_SNAPSHOT_ONLY = 1021,
    MCO_E_INTERRUPTED = 1022,
    MCO_E_TRANS_NOT_CLOSED = 1023,
    MCO_E_TRANS_NOT_ACTIVE = 1024,
    MCO_E_DATETIME_PRECISION_MISMATCH = 1025,
    MCO_E_WRONG_CIPHER_KEY = 1026,
    MCO_E_VERIFICATION = 1100,
    MCO_E_IOT = 1200,
    MCO_E_IOT_NOT_INITIALIZED = 1201,
    MCO_E_IOT_INVALID_HANDLE = 1202,
    MCO_E_IOT_WRONG_AGENT_ID = 1203,
    MCO_E_IOT_AGENT_NOT_FOUND = 1204,
    MCO_E_IOT_PROTOCOLERR = 1205,
    MCO_E_IOT_TS_GAP = 1206,
    MCO_E_IOT_TS_OUTOFDATE = 1207,
    MCO_S_IOT_NO_NEW_DATA = 1208,
    MCO_E_IOT_TOO_MANY_CONTEXTS = 1209,
    MCO_E_IOT_DUPLICATE_CALLBACK = 1210,
    MCO_E_IOT_CALLBACK_NOT_FOUND = 1211,
    MCO_E_IOT_INCOMPATIBLE_MODE = 1212,
    MCO_E_IOT_INCOMPATIBLE_LEVEL = 1213,
    MCO_E_IOT_STOPPED = 1214,
    MCO_E_IOT_TIMEOUT = 1215,
    MCO_E_IOT_DDL_NOT_SUPPORTED = 1216,
    MCO_E_REST = 1300,
    MCO_E_REST_SYSTEM = 1301,
    MCO_E_REST_DB = 1302,
    MCO_E_REST_PARAM = 1303,
    MCO_E_REST_HTTP = 1304,
    MCO_E_REST_NOT_FOUND = 1305,
    MCO_E_REST_JSON = 1306,
    MCO_E_REST_INUSE = 1307,
    MCO_E_REST_EOF = 1308,
    MCO_E_REST_ADDRNOTAVAIL = 1309,
    MCO_E_JSER_NOINDEX = 1400,
    MCO_ERR_DB = 100000,
    MCO_ERR_DICT = 110000,
    MCO_ERR_CURSOR = 120000,
    MCO_ERR_PMBUF = 130000,
    MCO_ERR_COMMON = 140000,
    MCO_ERR_HEAP = 150000,
    MCO_ERR_OBJ = 160000,
    MCO_ERR_BLOB = 170000,
    MCO_ERR_FREC = 180000,
    MCO_ERR_VOLUNTARY = 190000,
    MCO_ERR_LOADSAVE = 200000,
    MCO_ERR_PGMEM = 210000,
    MCO_ERR_EV_SYN = 220000,
    MCO_ERR_EV_ASYN = 230000,
    MCO_ERR_EV_W = 240000,
    MCO_ERR_XML_W = 250000,
    MCO_ERR_XML_SC = 260000,
    MCO_ERR_BTREE = 270000,
    MCO_ERR_HASH = 280000,
    MCO_ERR_RECOV = 290000,
    MCO_ERR_FCOPY = 300000,
    MCO_ERR_INST = 330000,
    MCO_ERR_TRN = 340000,
    MCO_ERR_TMGR = 370000,
    MCO_ERR_SYNC = 400000,
    MCO_ERR_ORDER = 450000,
    MCO_ERR_SEM = 460000,
    MCO_ERR_SHM = 470000,
    MCO_ERR_SER = 500000,
    MCO_ERR_HA = 510000,
    MCO_ERR_DB_NOMEM = 520000,
    MCO_ERR_OBJECT_HANDLE = 530000,
    MCO_ERR_UNSUPPORTED_FLOAT = 540000,
    MCO_ERR_UNSUPPORTED_DOUBLE = 550000,
    MCO_ERR_DB_NOMEM_HASH = 560000,
    MCO_ERR_DB_NOMEM_HEAP = 570000,
    MCO_ERR_DB_NOMEM_TRANS = 580000,
    MCO_ERR_DB_NAMELONG = 590000,
    MCO_ERR_DB_VERS_MISMATCH = 600000,
    MCO_ERR_RUNTIME = 610000,
    MCO_ERR_INMEM_ONLY_RUNTIME = 620000,
    MCO_ERR_DISK = 700000,
    MCO_ERR_DISK_WRITE = 710000,
    MCO_ERR_DISK_READ = 720000,
    MCO_ERR_DISK_FLUSH = 730000,
    MCO_ERR_DISK_CLOSE = 740000,
    MCO_ERR_DISK_TRUNCATE = 750000,
    MCO_ERR_DISK_SEEK = 760000,
    MCO_ERR_DISK_OPEN = 770000,
    MCO_ERR_DISK_ALREADY_OPENED = 780000,
    MCO_ERR_DISK_NOT_OPENED = 790000,
    MCO_ERR_DISK_INVALID_PARAM = 800000,
    MCO_ERR_DISK_PAGE_ACCESS = 810000,
    MCO_ERR_DISK_INTERNAL_ERROR = 820000,
    MCO_ERR_DISK_OPERATION_NOT_ALLOWED = 830000,
    MCO_ERR_DISK_ALREADY_CONNECTED = 840000,
    MCO_ERR_DISK_TOO_MANY_INDICES = 850000,
    MCO_ERR_DISK_TOO_MANY_CLASSES = 860000,
    MCO_ERR_DISK_SPACE_EXHAUSTED = 870000,
    MCO_ERR_DISK_PAGE_POOL_EXHAUSTED = 880000,
    MCO_ERR_DISK_INCOMPATIBLE_LOG_TYPE = 890000,
    MCO_ERR_DISK_BAD_PAGE_SIZE = 900000,
    MCO_ERR_DISK_SYNC = 910000,
    MCO_ERR_DISK_CRC = 920000,
    MCO_ERR_DISK_FORMAT_MISMATCH = 930000,
    MCO_ERR_CHECKPIN = 940000,
    MCO_ERR_CONN = 950000,
    MCO_ERR_REGISTRY = 960000,
    MCO_ERR_INDEX = 970000,
    MCO_ERR_VTMEM = 980000,
    MCO_ERR_VTDSK = 990000,
    MCO_ERR_RTREE = 1000000,
    MCO_ERR_UDA = 1010000,
    MCO_ERR_PTREE = 1020000,
    MCO_ERR_TL = 1030000,
    MCO_ERR_CLUSTER = 1040000,
    MCO_ERR_CLNWTCP = 1050000,
    MCO_ERR_SEQ = 1060000,
    MCO_ERR_NESTED_TRANS_TRAP = 1090000,
    MCO_ERR_PERFMON = 1100000,
    MCO_ERR_AIO = 1110000,
    MCO_ERR_CLNWMPI = 1120000,
    MCO_ERR_DDL = 1130000,
    MCO_ERR_SQL_EXCEPTION = 1140000,
    MCO_ERR_BACKUP = 1150000,
    MCO_ERR_ACTIVE_TRANSACTION = 1160000,
    MCO_ERR_NETWORK = 1170000,
    MCO_ERR_IOT_COMM = 1180000,
    MCO_ERR_IOT_REPL = 1190000,
    MCO_ERR_LAST = 1999999
} MCO_RET;
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

#define MCO_RT_OPTION_EXTHEAPS 0
#define MCO_RT_WINDOWS_SHM_OPT 1
#define MCO_RT_OPTION_MARK_LAST_OBJ 2
#define MCO_RT_OPTION_UNIX_SHM_MASK 3
#define MCO_RT_POSIX_SHM_OPT 4
#define MCO_RT_CRC_ALGORITHM 5
#define MCO_RT_MAX_PATRICIA_DEPTH 6
#define MCO_RT_MAX_DYNAMIC_PIPES 7
#define MCO_RT_OPTION_CLASS_LOAD_MERGE 8
/* Ticks per second of datetime: 1 (default), 1000, 1000000 or 1000000000. A unit convention only. */
#define MCO_RT_OPTION_DATETIME_PRECISION 9
/* Count of the options. */
#define MCO_RT_OPTION_LAST 10
#define MCO_RT_POSIX_SHM_ANONYMOUS 1
#define MCO_RT_POSIX_SHM_SHARED 2
#define MCO_RT_POSIX_SHM_HUGETLB 4
#define MCO_RT_CRC32_NONE 0
#define MCO_RT_CRC32 1
#define MCO_RT_CRC32_FAST 2
#define MCO_RT_CRC32_OLD 3
#define MCO_RT_CRC32C 4
#define MCO_MEMORY_NULL 0
/* Conventional memory of this process. */
#define MCO_MEMORY_CONV 1
/* Memory shared by several processes of one user under a name. */
#define MCO_MEMORY_NAMED 2
/* A file. */
#define MCO_MEMORY_FILE 3
#define MCO_MEMORY_MULTIFILE 4
#define MCO_MEMORY_RAID 5
#define MCO_MEMORY_INT_DESC 6
#define MCO_MEMORY_CYCLIC_FILE_BUF 7
#define MCO_MEMORY_ASSIGN_DATABASE 0
#define MCO_MEMORY_ASSIGN_CACHE 1
#define MCO_MEMORY_ASSIGN_PERSISTENT 2
#define MCO_MEMORY_ASSIGN_LOG 3
#define MCO_MEMORY_ASSIGN_HA_ASYNC_BUF 4
#define MCO_MEMORY_ASSIGN_PIPE_BUF 5
#define MCO_FILE_OPEN_DEFAULT 0
#define MCO_FILE_OPEN_READ_ONLY 1
#define MCO_FILE_OPEN_TRUNCATE 2
#define MCO_FILE_OPEN_NO_BUFFERING 4
#define MCO_FILE_OPEN_EXISTING 8
#define MCO_FILE_OPEN_TEMPORARY 16
#define MCO_FILE_OPEN_FSYNC_FIX 32
#define MCO_FILE_OPEN_SUBPARTITION 64
#define MCO_FILE_OPEN_FSYNC_AIO_BARRIER 128
#define MCO_FILE_OPEN_COMPRESSED 256
#define MCO_FILE_OPEN_LOCK 512
#define MCO_FILE_OPEN_NO_READ_BUFFERING 1024
#define MCO_FILE_OPEN_NO_WRITE_BUFFERING 2048
#define MCO_MAX_MEMORY_NAME 64
#define MCO_MAX_FILE_NAME 256
#define MCO_MAX_MULTIFILE_NAME 64
#define MCO_DB_MODE_MVCC_AUTO_VACUUM 1
#define MCO_DB_MODE_SMART_INDEX_INSERT 2
/* A missing database file is an error, MCO_E_DISK_OPEN. */
#define MCO_DB_OPEN_EXISTING 4
/* Opening checks the whole file; damage gives MCO_E_DISK_CRC_MISMATCH. */
#define MCO_DB_USE_CRC_CHECK 8
/* Files are discarded at close. */
#define MCO_DB_TRANSIENT 16
#define MCO_DB_LAZY_MEM_INITIALIZATION 32
#define MCO_DB_MURSIW_DISK_COMMIT_OPTIMIZATION 64
#define MCO_DB_BULK_WRITE_MODIFIED_PAGES 128
#define MCO_DB_TRANS_LOG_FAST_CRC 256
#define MCO_DB_INDEX_PRELOAD 512
/* A nested start is fatal, MCO_ERR_NESTED_TRANS_TRAP. */
#define MCO_DB_DISABLE_NESTED_TRANSACTIONS 1024
/* Commit in error state gives MCO_E_TRANSACT and keeps the transaction for an explicit rollback. */
#define MCO_DB_DISABLE_IMPLICIT_ROLLBACK 2048
#define MCO_DB_INMEMORY_PROTECTION 4096
#define MCO_DB_INCLUSIVE_BTREE 8192
#define MCO_DB_INMEMORY_COMPRESSION 16384
#define MCO_DB_SEPARATE_BITMAP 32768
#define MCO_DB_DISABLE_BTREE_REBALANCE_ON_DELETE 65536
#define MCO_DB_AUTO_ROLLBACK_FIRST_PHASE 131072
#define MCO_DB_MVCC_COMPATIBILITY_MODE 262144
#define MCO_DB_DISABLE_PAGE_POOL_RESERVE 524288
#define MCO_DB_REDO_LOG_OPTIMIZATION 1048576
#define MCO_DB_DISABLE_HOT_UPDATES 2097152
#define MCO_DB_SQL_AUTOCHECKPOINT 4194304
/* Writing transactions give MCO_E_ACCESS. */
#define MCO_DB_MODE_READ_ONLY 8388608
#define MCO_DB_USE_AIO 16777216
#define MCO_DB_INCREMENTAL_BACKUP 33554432
#define MCO_DB_MVCC_TABLE_LEVEL_LOCKING 67108864
#define MCO_DB_DISABLE_SMART_ALLOC 134217728
#define MCO_INFINITE_DATABASE_SIZE 0
#define MCO_COMPRESSION_OBJ_HEAD 1
#define MCO_COMPRESSION_OBJ_NODE 2
#define MCO_COMPRESSION_BLOB_HEAD 64
#define MCO_COMPRESSION_BLOB_TAIL 128
#define MCO_COMPRESSION_FIXEDRECSET 4096
#define MCO_COMPRESSION_ALL 4291
/* Module of a trace line: the network. */
#define MCO_TRACE_NETWORK 37
/* Module of a trace line: communicator and replicator. */
#define MCO_TRACE_IOT 43

/* Accepted without effect: the commit policy decides. */
typedef enum {
    NO_LOG = 0,
    REDO_LOG = 1,
    UNDO_LOG = 2,
} MCO_LOG_TYPE;

/* When a commit is durable. */
typedef enum {
    /* When commit returns. */
    MCO_COMMIT_SYNC_FLUSH = 0,
    /* Within a second. */
    MCO_COMMIT_BUFFERED = 1,
    /* When a bound of mco_log_params_t is reached. */
    MCO_COMMIT_DELAYED = 2,
    /* After mco_disk_flush or close. */
    MCO_COMMIT_NO_SYNC = 3,
} MCO_COMMIT_POLICY;

/* Accepted without effect: readers never wait. */
typedef enum {
    MCO_SCHED_FIFO = 0,
    MCO_SCHED_READER_FAVOR = 1,
    MCO_SCHED_WRITER_FAVOR = 2,
} MCO_TRANS_SCHED_POLICY;

/* How a transaction is started. */
typedef enum {
    MCO_READ_ONLY = 0,
    MCO_UPDATE = 1,
    MCO_READ_WRITE = 2,
    MCO_EXCLUSIVE = 3,
} MCO_TRANS_TYPE;

/* Order of waiting transactions. */
typedef enum {
    MCO_TRANS_IDLE = -2,
    MCO_TRANS_BACKGROUND = -1,
    MCO_TRANS_FOREGROUND = 0,
    MCO_TRANS_HIGH = 1,
    MCO_TRANS_ISR = 2,
} MCO_TRANS_PRIORITY;

/* What a program may ask for; every level is given as serializable. */
typedef enum {
    MCO_DEFAULT_ISOLATION_LEVEL = 0,
    MCO_READ_COMMITTED = 1,
    MCO_REPEATABLE_READ = 2,
    MCO_SERIALIZABLE = 4,
} MCO_TRANS_ISOLATION_LEVEL;

/* What a cursor runs over. */
typedef enum {
    MCO_LIST_CURSOR = 0,
    MCO_TREE_CURSOR = 1,
    MCO_HASH_CURSOR = 2,
    MCO_KDTREE_CURSOR = 3,
    MCO_PTREE_CURSOR = 4,
    MCO_RTREE_CURSOR = 5,
} MCO_CURSOR_TYPE;

/* How a search looks for a key; 1..5 are used. */
typedef enum {
    MCO_NOP = 0,
    MCO_LT = 1,
    MCO_LE = 2,
    MCO_EQ = 3,
    MCO_GE = 4,
    MCO_GT = 5,
    MCO_OVERLAP = 6,
    MCO_CONTAIN = 7,
    MCO_EX = 8,
    MCO_BEST = 9,
    MCO_PREF = 10,
    MCO_NEXT_MATCH = 11,
    MCO_NEIGHBOURHOOD = 12,
} MCO_OPCODE;

/* What an event reports. */
typedef enum {
    MCO_EVENT_NEW = 0,
    MCO_EVENT_UPDATE = 1,
    MCO_EVENT_DELETE = 2,
    MCO_EVENT_DELETE_ALL = 3,
    MCO_EVENT_CHECKPOINT = 4,
    MCO_EVENT_CLASS_UPDATE = 5,
} MCO_EVENT_TYPE;

/* When a handler of an update runs. */
typedef enum {
    MCO_BEFORE_UPDATE = 0,
    MCO_AFTER_UPDATE = 1,
} MCO_HANDLING_ORDER;

/* What this library can do; a flag is 1 only for what it really does. */
typedef struct {
    uint1 mco_version_major;
    uint1 mco_version_minor;
    uint2 mco_build_number;
    uint1 mco_size_t;
    uint1 mco_offs_t;
    uint1 uint4_supported;
    uint1 float_supported;
    uint1 mco_checklevel;
    uint1 evaluation_version;
    uint1 large_database_supported;
    uint1 collation_supported;
    uint1 heap31_supported;
    uint1 bin_serialization_supported;
    uint1 fixedrec_supported;
    uint1 statistics_supported;
    uint1 events_supported;
    uint1 save_load_supported;
    uint1 object_initialization_supported;
    uint1 direct_index_field_access_supported;
    uint1 multiprocess_access_supported;
    uint1 object_repack_supported;
    uint1 transaction_logging_supported;
    uint1 cluster_supported;
    uint1 high_availability_supported;
    uint1 iot_supported;
    uint1 ha_multicast_supported;
    uint1 ha_incremental_replication_supported;
    uint1 binary_schema_evalution_supported;
    uint1 unicode_supported;
    uint1 wchar_supported;
    uint1 recovery_supported;
    uint1 disk_supported;
    uint1 direct_pointers_supported;
    uint1 persistent_object_supported;
    uint1 xml_import_export_supported;
    uint1 user_defined_index_supported;
    uint1 multifile_supported;
    uint1 multifile_descriptor_supported;
    uint1 two_phase_commit_supported;
    uint1 rtree_supported;
    uint1 tree_based_hash;
    uint1 tmgr_mvcc_async_cleanup;
    uint1 concurent_disk_btree;
    uint1 open_cursor_goto_first;
    uint1 smart_index_insert;
    uint1 btree_leaf_lock;
    uint1 null_statistics;
    uint1 implicit_runtime_start;
    uint1 bufferized_sync_iostream;
    uint1 async_replication;
    uint1 fast_transaction_list;
    uint1 extendable_dirty_page_bitmap;
    uint1 mursiw_policy;
    uint1 sync_capabilities;
    uint1 char_comparison_policy;
    uint4 stream_buffer_size;
    uint2 max_db_instances;
    uint1 max_db_name_length;
    int max_extends;
    uint4 tl_page_buffer_size;
    uint2 ha_max_replicas;
    uint4 ha_transmit_buffer_size;
    uint4 ha_syncronization_buffer_size;
    uint4 default_redo_log_limit;
    uint1 mvcc_critical_sections;
    uint1 mvcc_per_index_locks;
    uint2 con_disk_page_cache_size;
    uint1 small_con_cache_threshold;
    uint4 extendable_dirty_page_bitmap_limit;
    uint1 max_vista_sessions;
    uint1 concurrent_write_transactions;
    uint1 encryption_support;
    uint1 backup_support;
    const char *mco_revision;
} mco_runtime_info_t;

/* When commits become durable. */
typedef struct {
    MCO_COMMIT_POLICY default_commit_policy;
    /* No effect. */
    mco_offs_t redo_log_limit;
    /* MCO_COMMIT_DELAYED: flush after so many bytes, 0 = not for this reason. */
    mco_offs_t delayed_commit_threshold;
    /* MCO_COMMIT_DELAYED: flush after so many commits, 0 = not for this reason. */
    mco_counter32_t max_delayed_transactions;
    /* MCO_COMMIT_DELAYED: flush after so many ms, 0 = not for this reason. */
    uint4 max_commit_delay;
} mco_log_params_t;

/* Parameters of a database; fill with mco_db_params_init first. Members without a note have no effect. */
typedef struct mco_db_params_t_ {
    /* Set by mco_db_params_init. */
    uint2 mark;
    /* 64..32768; the unit of mco_db_total_pages. */
    uint2 mem_page_size;
    /* With files: 0 (= 4096), or a power of two and at least 8 * mem_page_size. */
    uint4 disk_page_size;
    /* More connections give MCO_E_SESLIMIT. */
    uint4 db_max_connections;
    /* Limit of a database with a file, 0 = the space of the file system. */
    mco_offs_t disk_max_database_size;
    /* The file is allocated ahead in steps of this, at most 1 GiB; 0 = not. */
    mco_offs_t file_extension_quantum;
    MCO_LOG_TYPE db_log_type;
    /* Bytes copied by mco_db_connect_ctx. */
    uint2 connection_context_size;
    uint2 hash_load_factor;
    uint2 index_optimistic_lock_threshold;
    /* Commit policy and its bounds. */
    mco_log_params_t log_params;
    /* MCO_DB_ bits. */
    int mode_mask;
    int min_conn_local_pages;
    int max_conn_local_pages;
    int allocation_bitmap_caching_priority;
    int index_caching_priority;
    int object_caching_priority;
    mco_ddl_dictionary_t *ddl_dict;
    mco_size_t ddl_dict_size;
    int ddl_dict_flags;
    /* Other than NULL: MCO_E_ENCRYPTION_NOT_SUPPORTED. */
    char *cipher_key;
    mco_bool dynamic_hash;
    char *license_key;
    int max_classes;
    int max_indexes;
    mco_size_t autocompact_threshold;
    MCO_TRANS_SCHED_POLICY trans_sched_policy;
    uint8 max_trans_time;
    uint8 max_ttl_objects;
    mco_bool ignore_ttl;
    int max_gc_versions;
    int max_active_pages;
    int page_hash_bundles;
    int compression_level;
    int compression_mask;
    int expected_compression_ratio;
    uint1 btree_cursor_read_ahead_size;
    int mvcc_bitmap_size;
    int additional_heap_size;
    mco_size_t cow_pagemap_size;
    mco_size_t backup_map_size;
    unsigned int backup_min_pages;
    unsigned int backup_max_passes;
    char backup_map_filename[MCO_MAX_FILE_NAME];
    /* Agent id of this node, 0 = as stored in the database, else from the schema. */
    uint8 iot_agent_id;
    /* Level of this node, 0 = as kept with the database, else from the schema. */
    uint2 iot_level;
    uint4 file_backup_delay;
} mco_db_params_t;

/* Conventional memory. flags is never read. */
typedef struct {
    void *ptr;
    int flags;
} mco_device_conv_t;

/* Memory shared by processes. flags and hint are never read. */
typedef struct {
    char name[MCO_MAX_MEMORY_NAME];
    unsigned int flags;
    void *hint;
} mco_device_named_t;

/* A file. */
typedef struct {
    int flags;
    char name[MCO_MAX_FILE_NAME];
} mco_device_file_t;

/* Not supported: MCO_E_UNSUPPORTED. */
typedef struct {
    int flags;
    char name[MCO_MAX_MULTIFILE_NAME];
    mco_offs_t segment_size;
} mco_device_multifile_t;

/* Not supported: MCO_E_UNSUPPORTED. */
typedef struct {
    int flags;
    char name[MCO_MAX_MULTIFILE_NAME];
    int level;
    mco_offs_t offset;
} mco_device_raid_t;

/* Not supported: MCO_E_UNSUPPORTED. */
typedef struct {
    unsigned long handle;
} mco_device_idesc_t;

/* The part of a device that belongs to its type. */
typedef union {
    mco_device_conv_t conv;
    mco_device_named_t named;
    mco_device_file_t file;
    mco_device_multifile_t multifile;
    mco_device_raid_t raid;
    mco_device_idesc_t idesc;
} mco_device_union_t;

/* One piece of memory or one file of a database. Only the members that belong to type are read. */
typedef struct mco_device_t_ {
    /* MCO_MEMORY_CONV, MCO_MEMORY_NAMED, MCO_MEMORY_FILE, ... */
    unsigned int type;
    /* MCO_MEMORY_ASSIGN_... */
    unsigned int assignment;
    /* Bytes. Without a PERSISTENT device the DATABASE devices together are the limit of the database. */
    mco_size_t size;
    mco_device_union_t dev;
} mco_device_t;

/* Statistics of one class; the number of objects is exact, the rest estimates. */
typedef struct {
    mco_counter_t objects_num;
    mco_counter32_t versions_num;
    mco_counter32_t core_pages;
    mco_counter32_t blob_pages;
    mco_counter32_t seq_pages;
    mco_counter_t core_space;
} mco_class_stat_t;

/* Called with the code of a fatal error. When it returns, the failing call returns MCO_E_CORE. */
typedef void (*mco_error_handler)(MCO_RET code);

/* As mco_error_handler, with the place in the library. */
typedef void (*mco_error_handler_ex)(MCO_RET code, const char *file, int line);

/* Takes the lines of the trace. */
typedef void (*mco_trace_handler)(int level, int module, const char *text);

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/*
 * Starts the runtime; file and named devices are allowed, the transaction manager is that of the environment variable
 * MCO_TMGR (mursiw, the default, or mvcc). Repeated calls are counted.
 * Thread: any.
 */
MCO_RET mco_runtime_start(void);

/*
 * As mco_runtime_start, with a choice: disk = MCO_NO refuses file devices (MCO_E_INMEM_ONLY_RUNTIME), shmem = MCO_NO named
 * devices (MCO_E_UNSUPPORTED), mvcc chooses the transaction manager. The three strings are ignored.
 * Thread: any.
 */
MCO_RET mco_runtime_start_ex(mco_bool disk,
                             mco_bool mvcc,
                             mco_bool shmem,
                             const char *sync_library,
                             const char *memory_library,
                             const char *runtime_path);

/*
 * Takes one start back; the last call stops the runtime. Open databases or communicators: MCO_E_OPENED_SESSIONS; not
 * started: MCO_E_NOTINIT.
 * Thread: any.
 */
MCO_RET mco_runtime_stop(void);

/*
 * Sets an option of the table MCO_RT_; unknown ones are ignored.
 * Thread: any.
 */
void mco_runtime_setoption(int option, int value);

/*
 * Reads an option; unknown ones give 0.
 * Thread: any.
 */
int mco_runtime_getoption(int option);

/*
 * All options: an array of MCO_RT_OPTION_LAST values that belongs to the library and lives as long as the process.
 * Thread: any; do not write while others read.
 */
int *mco_runtime_get_options_arr(void);

/*
 * Fills in what this library can do. NULL is ignored.
 * Thread: any.
 */
void mco_get_runtime_info(mco_runtime_info_t *info);

/*
 * Names of the open databases of this process, each ended by NUL, an empty name at the end; the first skip_first are left
 * out. MCO_S_OVERFLOW when the buffer takes only some of them; NULL buffer: MCO_E_ILLEGAL_PARAM.
 * Thread: any.
 */
MCO_RET mco_db_databases(char *buf, mco_size32_t size, mco_counter32_t skip_first);

/*
 * As malloc, on the heap of the library; NULL when there is no memory.
 * Thread: any.
 */
void *mco_sys_malloc(mco_size_t size);

/*
 * As calloc, on the heap of the library; NULL when there is no memory.
 * Thread: any.
 */
void *mco_sys_calloc(mco_size_t count, mco_size_t size);

/*
 * As realloc, for memory of mco_sys_malloc or mco_sys_calloc.
 * Thread: any.
 */
void *mco_sys_realloc(void *ptr, mco_size_t size);

/*
 * As free, for memory of the three functions above. NULL is ignored.
 * Thread: any.
 */
void mco_sys_free(void *ptr);

/*
 * Fills in the defaults and the mark without which mco_db_open_dev refuses the structure. NULL is ignored.
 * Thread: any.
 */
void mco_db_params_init(mco_db_params_t *params);

/*
 * Creates a database or, with files, opens it again.
 * name: at most 16 characters, longer is fatal (MCO_ERR_DB_NAMELONG). dict: from generated code, must stay valid; or
 * from mco_dyn_compile, see mcodyn.h.
 * devs: n_devs devices; an array on the stack is copied, the memory that ptr names must stay valid until close.
 * A named device: the first process to open it makes the database, with its schema, agent id and size, others attach to
 * it; it is gone when the last one has closed it or has died.
 * params: NULL stands for the defaults.
 * Codes: MCO_E_NOTINIT (runtime not started), MCO_E_ILLEGAL_PARAM (devices or parameters do not fit), MCO_E_NOMEM,
 * MCO_E_INSTANCE_DUPLICATE (name is open in this process, or the named device under another name), MCO_E_INSTANCES_LIMIT,
 * MCO_E_INMEM_ONLY_RUNTIME, MCO_E_UNSUPPORTED, MCO_E_SCHEMA_CHANGED (others have the named device open with another schema),
 * MCO_E_DISK_OPEN, MCO_E_DISK_ALREADY_OPENED, MCO_E_DISK_BAD_PAGE_SIZE, MCO_E_DISK_SCHEMA_CHANGED, MCO_E_DISK_CRC_MISMATCH,
 * MCO_E_IOT_WRONG_AGENT_ID, MCO_E_ENCRYPTION_NOT_SUPPORTED.
 * Thread: any.
 */
MCO_RET mco_db_open_dev(const char *name,
                        mco_dictionary_h dict,
                        mco_device_t *devs,
                        mco_size_t n_devs,
                        mco_db_params_t *params);

/*
 * Short form of mco_db_open_dev for one piece of conventional memory of total bytes.
 * Thread: any.
 */
MCO_RET mco_db_open(const char *name, mco_dictionary_h dict, void *mem, mco_size_t total, uint2 page_size);

/*
 * Adds a device to an open database and raises its limit at once. The device: conventional memory assigned to DATABASE;
 * where a file is the limit, nothing is raised. MCO_E_NOINSTANCE: not open; MCO_E_ILLEGAL_PARAM: another type or assignment;
 * MCO_E_UNSUPPORTED: named memory, a database in named memory, and what mco_db_open_dev does not support;
 * MCO_E_TRANS_NOT_CLOSED: the calling thread has a writing transaction open on it.
 * Thread: any.
 */
MCO_RET mco_db_extend_dev(const char *name,
                          mco_device_t *dev);

/*
 * Connects to an open database. MCO_E_NOINSTANCE: no database of that name; MCO_E_SESLIMIT: db_max_connections reached.
 * A connection serves one thread at a time; disconnect it with mco_db_disconnect.
 * Thread: any.
 */
MCO_RET mco_db_connect(const char *name, mco_db_h *db);

/*
 * As mco_db_connect; copies connection_context_size bytes from ctx into the connection.
 * Thread: any.
 */
MCO_RET mco_db_connect_ctx(const char *name, const void *ctx, mco_db_h *db);

/*
 * The copy that mco_db_connect_ctx made, valid until disconnect; NULL without one.
 * Thread: the connection's.
 */
void *mco_db_connection_context(mco_db_h db);

/*
 * Ends a connection. With an open transaction fatal: MCO_ERR_ACTIVE_TRANSACTION. Twice: MCO_E_INVALID_HANDLE.
 * Thread: the connection's.
 */
MCO_RET mco_db_disconnect(mco_db_h db);

/*
 * Closes a database. MCO_E_NOINSTANCE: not open; MCO_E_OPENED_SESSIONS: connections exist, a replicator's too;
 * MCO_E_TRANS_NOT_CLOSED: the calling thread has a writing transaction open on it.
 * Thread: any.
 */
MCO_RET mco_db_close(const char *name);

/*
 * Closes a database in spite of its connections, without the fatal error for open transactions: new calls on them give
 * MCO_E_INVALID_HANDLE, calls that run are waited for, open transactions are rolled back; then memory and files are let go
 * of. A replicator keeps its connections, and so the file, until it is destroyed.
 * MCO_E_NOINSTANCE: not open; MCO_E_TRANS_NOT_CLOSED: the calling thread has a writing transaction open on it.
 * Thread: any; waits.
 */
MCO_RET mco_db_kill(const char *name);

/*
 * Deletes all objects in a transaction of its own; local, never replicated. MCO_E_TRANS_NOT_CLOSED: the calling thread has
 * a writing transaction open on this database.
 * Thread: the connection's.
 */
MCO_RET mco_db_clean(mco_db_h db);

/*
 * How many connections an open database may have and has. Either output may be NULL.
 * Thread: any.
 */
MCO_RET mco_db_connection_info(const char *name, unsigned int *max, unsigned int *current);

/*
 * db_max_connections of the database; 0 for a bad handle.
 * Thread: any.
 */
uint4 mco_get_max_connections(mco_db_h db);

/*
 * Limit of the database in units of mem_page_size; 0 = no limit.
 * Thread: the connection's.
 */
MCO_RET mco_db_total_pages(mco_db_h db, mco_size32_t *pages);

/*
 * What is left of the limit in units of mem_page_size.
 * Thread: the connection's.
 */
MCO_RET mco_db_free_pages(mco_db_h db, mco_size32_t *pages);

/*
 * mem_page_size of the database.
 * Thread: any.
 */
MCO_RET mco_db_page_size(mco_db_h db, uint2 *size);

/*
 * Makes all commits of the database durable.
 * Thread: the connection's.
 */
MCO_RET mco_disk_flush(mco_db_h db);

/*
 * For what dead processes have left in a database of named memory. Others see nothing of that anyway: the kernel gives back
 * what a process has held, and what it has not committed is void. So nothing is done: MCO_S_OK, and the callback, which may
 * be NULL, is never called.
 * Thread: the connection's.
 */
MCO_RET mco_db_sniffer(mco_db_h db,
                       MCO_RET (*callback)(mco_db_h db, void *ctx, mco_trans_counter_t trans_no),
                       int policy);

/*
 * Sets the commit policy of the connection and returns the former; MCO_COMMIT_SYNC_FLUSH for a bad handle or policy.
 * Thread: the connection's.
 */
MCO_COMMIT_POLICY mco_disk_transaction_policy(mco_db_h db, MCO_COMMIT_POLICY policy);

/*
 * Starts a transaction; see mco_trans_start_ex.
 * Thread: the connection's; waits for the writer's place.
 */
MCO_RET mco_trans_start(mco_db_h db, MCO_TRANS_TYPE trans_type, MCO_TRANS_PRIORITY priority, mco_trans_h *trans);

/*
 * Starts a transaction: MCO_READ_ONLY has its own snapshot and never waits; of the others there is one at a time, waiting
 * ones go by priority, then by arrival. Every isolation level is given as MCO_SERIALIZABLE. A second start on the same
 * connection gives the same handle and counts.
 * Codes: MCO_E_INVALID_HANDLE, MCO_E_ILLEGAL_PARAM, MCO_E_TRANS_NOT_CLOSED (this thread has a writing transaction open on
 * the same database, it would wait for itself), MCO_E_UPGRADE_FAILED, MCO_E_ACCESS (read-only database).
 * Thread: the connection's; waits for the writer's place.
 */
MCO_RET mco_trans_start_ex(mco_db_h db,
                           MCO_TRANS_TYPE trans_type,
                           MCO_TRANS_PRIORITY priority,
                           MCO_TRANS_ISOLATION_LEVEL isolation,
                           mco_trans_h *trans);

/*
 * Checkpoints and commits; the handle has ended afterwards. MCO_S_DUPLICATE: a unique key is taken, everything is rolled
 * back. In error state: rolled back, the first code is returned.
 * Thread: the connection's.
 */
MCO_RET mco_trans_commit(mco_trans_h trans);

/*
 * Takes everything back; the handle has ended afterwards. MCO_E_TRANS_NOT_ACTIVE: it had ended before.
 * Thread: the connection's.
 */
MCO_RET mco_trans_rollback(mco_trans_h trans);

/*
 * Makes a read-only or update transaction read-write. MCO_E_UPGRADE_FAILED: something was committed since its snapshot;
 * the transaction stays as it was.
 * Thread: the connection's; waits for the writer's place.
 */
MCO_RET mco_trans_upgrade(mco_trans_h trans);

/*
 * Puts new and changed objects into the indexes. MCO_S_DUPLICATE: stopped at an object whose unique key is taken; it and
 * those after it stay pending, the transaction stays usable.
 * Thread: the connection's.
 */
MCO_RET mco_trans_checkpoint(mco_trans_h trans);

/*
 * First half of a commit: checkpoints and checks. Afterwards only mco_trans_commit_phase2 or mco_trans_rollback.
 * Thread: the connection's.
 */
MCO_RET mco_trans_commit_phase1(mco_trans_h trans);

/*
 * Second half of a commit: makes it permanent. A MCO_E_DISK_ code: everything has been rolled back.
 * Thread: the connection's.
 */
MCO_RET mco_trans_commit_phase2(mco_trans_h trans);

/*
 * Present type of a transaction.
 * Thread: the connection's.
 */
MCO_RET mco_trans_type(mco_trans_h trans, MCO_TRANS_TYPE *trans_type);

/*
 * Number of a transaction, unique in this process.
 * Thread: the connection's.
 */
MCO_RET mco_trans_no(mco_trans_h trans, mco_trans_counter_t *number);

/*
 * Isolation of a transaction: always MCO_SERIALIZABLE.
 * Thread: the connection's.
 */
MCO_RET mco_trans_isolation_level(mco_trans_h trans, MCO_TRANS_ISOLATION_LEVEL *level);

/*
 * Sets the default level of the connection and returns the former one. Every transaction is serializable all the same.
 * MCO_SERIALIZABLE for a bad handle or level; it is also what MCO_DEFAULT_ISOLATION_LEVEL stands for.
 * Thread: the connection's.
 */
MCO_TRANS_ISOLATION_LEVEL mco_trans_set_default_isolation_level(mco_db_h db, MCO_TRANS_ISOLATION_LEVEL level);

/*
 * Mask of the levels that may be asked for: 4 with the transaction manager MURSIW, 7 with MVCC.
 * Thread: any.
 */
int mco_trans_get_supported_isolation_levels(void);

/*
 * Code that put the transaction into the error state; MCO_S_OK when it is in none.
 * Thread: the connection's.
 */
MCO_RET mco_get_last_error(mco_trans_h trans);

/*
 * Moves to the first object. MCO_S_CURSOR_EMPTY: there is none; MCO_E_CURSOR_INVALID, MCO_E_CURSOR_CLOSED: not an open
 * cursor.
 * Thread: the connection's.
 */
MCO_RET mco_cursor_first(mco_trans_h trans, mco_cursor_h cursor);

/*
 * Moves to the last object; on a hash MCO_E_UNSUPPORTED. Codes as mco_cursor_first.
 * Thread: the connection's.
 */
MCO_RET mco_cursor_last(mco_trans_h trans, mco_cursor_h cursor);

/*
 * Moves on by one. MCO_S_CURSOR_END: there is no next, the position stays.
 * Thread: the connection's.
 */
MCO_RET mco_cursor_next(mco_trans_h trans, mco_cursor_h cursor);

/*
 * Moves back by one. MCO_S_CURSOR_END: there is no previous one, the position stays; on a hash MCO_E_UNSUPPORTED.
 * Thread: the connection's.
 */
MCO_RET mco_cursor_prev(mco_trans_h trans, mco_cursor_h cursor);

/*
 * Whether a cursor is usable: MCO_S_OK, MCO_E_INVALID_HANDLE, MCO_E_CURSOR_INVALID, MCO_E_CURSOR_CLOSED.
 * Thread: the connection's.
 */
MCO_RET mco_cursor_check(mco_trans_h trans, mco_cursor_h cursor);

/*
 * Closes a cursor. Never closing one is allowed: the connection frees it at disconnect.
 * Thread: the connection's.
 */
MCO_RET mco_cursor_close(mco_trans_h trans, mco_cursor_h cursor);

/*
 * Keeps a cursor for the next transaction of the same connection; every cursor is kept anyway.
 * Thread: the connection's.
 */
MCO_RET mco_cursor_store(mco_trans_h trans, mco_cursor_h cursor);

/*
 * What an open cursor runs over.
 * Thread: the connection's.
 */
MCO_RET mco_cursor_type(mco_cursor_h cursor, MCO_CURSOR_TYPE *cursor_type);

/*
 * Class of the objects of an open cursor.
 * Thread: the connection's.
 */
MCO_RET mco_cursor_get_class_code(mco_cursor_h cursor, uint2 *class_code);

/*
 * Class of an object.
 * Thread: the connection's.
 */
MCO_RET mco_get_class_code(MCO_Hf *object, uint2 *class_code);

/*
 * MCO_YES when the object was deleted in this transaction, or the handle names none.
 * Thread: the connection's.
 */
mco_bool mco_is_object_deleted(MCO_Hf *object);

/*
 * Makes dst name the object of src; both are valid until the end of the transaction.
 * Thread: the connection's.
 */
MCO_RET mco_assign_handle(MCO_Hf *dst, MCO_Hf *src);

/*
 * As mco_assign_handle; src must belong to the open transaction of db.
 * Thread: the connection's.
 */
MCO_RET mco_copy_handle(mco_db_h db, MCO_Hf *dst, MCO_Hf *src);

/*
 * Statistics of one class; objects_num is exact. Unknown class: MCO_E_ILLEGAL_PARAM.
 * Thread: the connection's.
 */
MCO_RET mco_class_stat_get(mco_trans_h trans, uint2 class_code, mco_class_stat_t *stat);

/*
 * Number of indexes of the database.
 * Thread: the connection's.
 */
MCO_RET mco_index_stat_num(mco_trans_h trans, uint2 *number);

/*
 * Objects in one index (X_i_index_no of the generated header). Unknown index: MCO_E_ILLEGAL_PARAM.
 * Thread: the connection's.
 */
MCO_RET mco_index_get_size(mco_trans_h trans, uint2 index, mco_counter_t *size);

/*
 * Index of the last MCO_S_DUPLICATE on this connection, -1 none.
 * Thread: the connection's.
 */
int mco_get_last_unique_violation_index(mco_db_h db);

/*
 * Last autoid given on this connection.
 * Thread: the connection's.
 */
MCO_RET mco_get_last_autoid(mco_db_h db, uint8 *id);

/*
 * Waits until a transaction with this event (its number, see the generated header or mco_dyn_event) is committed, by whichever thread or
 * the replicator; what was committed before the call does not count. MCO_S_EVENT_RELEASED: the waits were ended. MCO_E_ILLEGAL_PARAM:
 * no such event; MCO_E_TRANS_NOT_CLOSED: the calling thread has a writing transaction open on the database and would wait for itself;
 * MCO_E_INVALID_HANDLE: also when the connection is ended, or the database killed, meanwhile.
 * Thread: any; other threads may use the connection meanwhile.
 */
MCO_RET mco_async_event_wait(mco_db_h db,
                             int id);

/*
 * Ends the waits for one event, of all connections of the database. MCO_E_ILLEGAL_PARAM: no such event.
 * Thread: any.
 */
MCO_RET mco_async_event_release(mco_db_h db, int id);

/*
 * Ends all waits of a database.
 * Thread: any.
 */
MCO_RET mco_async_event_release_all(mco_db_h db);

/*
 * Sets the handler for fatal codes (MCO_ERR_), NULL removes it. Without any handler the library writes a message to stderr
 * and aborts. May be called before the runtime is started.
 * Thread: any.
 */
void mco_error_set_handler(mco_error_handler handler);

/*
 * As mco_error_set_handler, with the place; called first when both are set.
 * Thread: any.
 */
void mco_error_set_handler_ex(mco_error_handler_ex handler);

/*
 * What a code means: a text of the library for every code, "unknown error" for other numbers.
 * Thread: any.
 */
const char *mco_strerror(MCO_RET code);

/*
 * Sets how much is traced: 0 fatal, 1 error, 2 warning (default), 3 notice, 4 information, 5 debugging, 6 everything. The
 * environment variable MCO_TRACE gives another default.
 * Thread: any.
 */
void mco_trace_set_level(int level);

/*
 * Sets who takes the lines of the trace; NULL: stderr. The handler runs on any thread, in the middle of the library's work:
 * it must not call the library and should not wait.
 * Thread: any.
 */
void mco_trace_set_handler(mco_trace_handler handler);

#ifdef __cplusplus
} // extern "C"
#endif

typedef mco_device_t *mco_device_h;

#define MCO_BELONG MCO_LE
#define MCO_NEIGHBORHOOD MCO_NEIGHBOURHOOD

/* Older names of members of mco_runtime_info_t. */
#define mco_shm_supported multiprocess_access_supported
#define mco_save_load_supported save_load_supported
#define mco_disk_supported disk_supported
#define mco_fixedrec_supported fixedrec_supported
#define mco_events_supported events_supported
#define mco_recovery_supported recovery_supported
#define mco_rtree_supported rtree_supported
#define mco_unicode_supported unicode_supported
#define mco_multithreaded sync_capabilities
#define mco_stat_supported statistics_supported
#define mco_xml_supported xml_import_export_supported
#define mco_versioning_supported evaluation_version
#define mco_evaluation_version evaluation_version
#define mco_wchar_supported wchar_supported
#define mco_rtl_supported wchar_supported
#define mco_sql_supported wchar_supported
#define mco_direct_pointers direct_pointers_supported

#endif /* MCO_H__ */
