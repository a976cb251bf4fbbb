"""Constants of the interface; all are plain integers. `exdb` has every one of these classes, too."""

from __future__ import annotations

from typing import Optional

__all__ = [
    "CommitPolicy",
    "DbParamsModeMask",
    "Event",
    "FileOpenFlags",
    "IndexType",
    "IoT",
    "LogParams",
    "MCO_TRACE_DEBUG",
    "MCO_TRACE_ERROR",
    "MCO_TRACE_FATAL",
    "MCO_TRACE_INFO",
    "MCO_TRACE_NOTICE",
    "MCO_TRACE_VERBOSE",
    "MCO_TRACE_WARNING",
    "Operation",
    "RuntimeOption",
    "SSLOptions",
    "SSLVerifyMode",
    "SnifferPolicy",
    "SnifferResult",
    "SockDomain",
    "SortOrder",
    "Transaction",
    "apilevel",
    "name",
    "paramstyle",
    "threadsafety",
]

apilevel = "2.0"
threadsafety = 1
paramstyle = "qmark"
name = "exdb"

MCO_TRACE_FATAL = 0
MCO_TRACE_ERROR = 1
MCO_TRACE_WARNING = 2
MCO_TRACE_NOTICE = 3
MCO_TRACE_INFO = 4
MCO_TRACE_DEBUG = 5
MCO_TRACE_VERBOSE = 6


class Transaction:
    """Kind and priority of a transaction, for `Connection.startTransaction`."""

    MCO_READ_ONLY = 0
    MCO_UPDATE = 1
    MCO_READ_WRITE = 2
    MCO_EXCLUSIVE = 3
    MCO_TRANS_IDLE = -2
    MCO_TRANS_BACKGROUND = -1
    MCO_TRANS_FOREGROUND = 0
    MCO_TRANS_HIGH = 1
    MCO_TRANS_ISR = 2


class Operation:
    """How `Cursor.search` looks for a key; those from `Overlaps` on raise NotSupportedError."""

    LessThan = 1
    LessOrEquals = 2
    Equals = 3
    GreaterOrEquals = 4
    GreaterThan = 5
    Overlaps = 6
    Contains = 7
    ExactMatch = 8
    BestMatch = 9
    PrefixMatch = 10
    NextMatch = 11
    Neighbourhood = 12
    StrictEquals = 13
    IsPrefixOf = 14


class IndexType:
    """Kind of an index."""

    Hashtable = 0
    BTree = 1
    Patricia = 2
    RTree = 3
    Trigram = 4


class SortOrder:
    """Order of a result."""

    NoOrder = 0
    Ascending = 1
    Descending = 2


class CommitPolicy:
    """When a commit is durable: at once, within a second, when a bound of `LogParams` is reached, at close."""

    SyncFlush = 0
    Buffered = 1
    Delayed = 2
    NoSync = 3


class SnifferPolicy:
    """For `Connection.sniffer`."""

    InspectActiveConnections = 0
    InspectActiveTransactions = 1
    InspectHangedTransactions = 2


class SnifferResult:
    """For `Connection.sniffer`."""

    Ok = 0
    DeadConnection = 15


class Event:
    """Kind of an event."""

    NewEvent = 1
    DeleteEvent = 2
    UpdateEvent = 3
    CheckPointEvent = 4


class RuntimeOption:
    """Options of the runtime. Of these only the precision of `datetime` fields (ticks per second: 1, 1000, 1000000, 1000000000) has an effect."""

    MCO_RT_OPTION_EXTHEAPS = 0
    MCO_RT_WINDOWS_SHM_OPT = 1
    MCO_RT_OPTION_MARK_LAST_OBJ = 2
    MCO_RT_OPTION_UNIX_SHM_MASK = 3
    MCO_RT_POSIX_SHM_OPT = 4
    MCO_RT_CRC_ALGORITHM = 5
    MCO_RT_MAX_PATRICIA_DEPTH = 6
    MCO_RT_MAX_DYNAMIC_PIPES = 7
    MCO_RT_OPTION_CLASS_LOAD_MERGE = 8
    MCO_RT_OPTION_DATETIME_PRECISION = 9
    CRC32_NONE = 0
    CRC32 = 1
    CRC32_FAST = 2
    CRC32_OLD = 3
    CRC32C = 4


class DbParamsModeMask:
    """Bits of `db_params_mode_mask`; those without an effect are accepted."""

    MODE_MVCC_AUTO_VACUUM = 0x1
    MODE_SMART_INDEX_INSERT = 0x2
    OPEN_EXISTING = 0x4
    USE_CRC_CHECK = 0x8
    TRANSIENT = 0x10
    LAZY_MEM_INITIALIZATION = 0x20
    MURSIW_DISK_COMMIT_OPTIMIZATION = 0x40
    BULK_WRITE_MODIFIED_PAGES = 0x80
    TRANS_LOG_FAST_CRC = 0x100
    INDEX_PRELOAD = 0x200
    DISABLE_NESTED_TRANSACTIONS = 0x400
    DISABLE_IMPLICIT_ROLLBACK = 0x800
    INMEMORY_PROTECTION = 0x1000
    INCLUSIVE_BTREE = 0x2000
    INMEMORY_COMPRESSION = 0x4000
    SEPARATE_BITMAP = 0x8000
    DISABLE_BTREE_REBALANCE_ON_DELETE = 0x10000
    AUTO_ROLLBACK_FIRST_PHASE = 0x20000
    MVCC_COMPATIBILITY_MODE = 0x40000
    DISABLE_PAGE_POOL_RESERVE = 0x80000
    REDO_LOG_OPTIMIZATION = 0x100000
    DISABLE_HOT_UPDATES = 0x200000
    SQL_AUTOCHECKPOINT = 0x400000
    MODE_READ_ONLY = 0x800000
    USE_AIO = 0x1000000
    INCREMENTAL_BACKUP = 0x2000000
    MVCC_TABLE_LEVEL_LOCKING = 0x4000000
    DISABLE_SMART_ALLOC = 0x8000000


class LogParams:
    """When commits become durable, for `open_database`; what is None keeps its default. `RedoLogLimit` has no effect, there is no log."""

    MCO_COMMIT_SYNC_FLUSH = 0
    MCO_COMMIT_BUFFERED = 1
    MCO_COMMIT_DELAYED = 2
    MCO_COMMIT_NO_SYNC = 3

    def __init__(
        self,
        RedoLogLimit: Optional[int] = None,
        DelayedCommitThreshold: Optional[int] = None,
        DefaultCommitPolicy: Optional[int] = None,
        MaxDelayedTransactions: Optional[int] = None,
        MaxCommitDelay: Optional[int] = None,
    ) -> None:
        self.RedoLogLimit = RedoLogLimit
        self.DelayedCommitThreshold = DelayedCommitThreshold
        self.DefaultCommitPolicy = DefaultCommitPolicy
        self.MaxDelayedTransactions = MaxDelayedTransactions
        self.MaxCommitDelay = MaxCommitDelay


class SockDomain:
    """Kind of an address."""

    InetDomain = 0
    InetV4Domain = 1
    InetV6Domain = 2
    LocalDomain = 3
    SDPDomain = 4


class SSLVerifyMode:
    """How the certificate of a peer is looked at."""

    VerifyNone = 0
    VerifyPeer = 1
    VerifyFailIfNoPeerCert = 2
    VerifyClientOnce = 4


class SSLOptions:
    """Options of TLS."""

    NO_SSLV2 = 1
    NO_SSLV3 = 2
    NO_TLSV1_0 = 4
    NO_TLSV1_1 = 8
    NO_TLSV1_2 = 0x10
    OPT_NO_COMPRESSION = 0x20
    SINGLE_DH_USE = 0x40


class FileOpenFlags:
    """Flags of a file device."""

    Default = 0
    ReadOnly = 1
    Truncate = 2
    NoBuffering = 4
    OpenExisting = 8
    Temporary = 16
    FsyncFix = 32
    Subpartition = 64
    FsyncAIOBarrier = 128
    Compressed = 256
    OpenLock = 512
    NoReadBuffering = 1024


class IoT:
    """Reserved agent ids, flags of `IoTReplicator.sync`, results of callbacks."""

    ALL_AGENTS = 0
    SERVER_AGENT_ID = 1
    MAX_AGENT_ID = 0xFFFFFFFFFFFFFFF0
    THIS_AGENT_ID = MAX_AGENT_ID + 1
    ALL_UP_AGENTS = MAX_AGENT_ID + 2
    ALL_DOWN_AGENTS = MAX_AGENT_ID + 3
    INVALID_AGENT_ID = 0xFFFFFFFFFFFFFFFF
    SYNC_PUSH = 1
    SYNC_PULL = 2
    SYNC_NONBLOCK = 4
    SYNC_WAIT = 8
    SYNC_BOTH = SYNC_PUSH | SYNC_PULL
    SYNC_DEEP_ACK = 0x10
    SYNC_RESEND = 0x20
    SYNC_CHILDS = 0x40
    CALLBACK_OK = 0
    CALLBACK_FAIL = 1
    CALLBACK_STOP = 2
