"""Numbers of the interface, against those of the library and of the documentation."""

import pytest

import exdb
from exdb._capi import lib

SAME = [
    (exdb.Transaction, "MCO_{}", ["READ_ONLY", "UPDATE", "READ_WRITE", "EXCLUSIVE"], "MCO_{}"),
    (exdb.Transaction, "MCO_{}", ["TRANS_IDLE", "TRANS_BACKGROUND", "TRANS_FOREGROUND", "TRANS_HIGH", "TRANS_ISR"], "MCO_{}"),
    (exdb.LogParams, "MCO_COMMIT_{}", ["SYNC_FLUSH", "BUFFERED", "DELAYED", "NO_SYNC"], "MCO_COMMIT_{}"),
]


def public(cls):
    return {name: value for name, value in vars(cls).items() if not name.startswith("_") and isinstance(value, int)}


@pytest.mark.parametrize("cls, ours, names, theirs", SAME)
def test_names_that_are_the_same(cls, ours, names, theirs):
    for name in names:
        assert getattr(cls, ours.format(name)) == getattr(lib, theirs.format(name))


@pytest.mark.parametrize(
    "cls, prefix",
    [(exdb.DbParamsModeMask, "MCO_DB_"), (exdb.SSLOptions, "MCO_SSL_"), (exdb.IoT, "MCO_IOT_")],
)
def test_values_are_those_of_the_library(cls, prefix):
    for name, value in public(cls).items():
        theirs = {"MCO_SSL_OPT_NO_COMPRESSION": "MCO_SSL_OPT_NO_COMPRESSION"}.get(prefix + name, prefix + name)
        if cls is exdb.SSLOptions and not name.startswith("OPT_"):
            theirs = "MCO_SSL_OPT_" + name
        if name.startswith("CALLBACK_"):
            theirs = "IOT_" + name
        assert value == getattr(lib, theirs), name


def test_runtime_options():
    for name, value in public(exdb.RuntimeOption).items():
        assert value == getattr(lib, name if name.startswith("MCO_") else "MCO_RT_" + name), name


def test_operations_and_file_flags():
    operations = ["LT", "LE", "EQ", "GE", "GT", "OVERLAP", "CONTAIN", "EX", "BEST", "PREF", "NEXT_MATCH", "NEIGHBOURHOOD"]
    assert [getattr(lib, "MCO_" + name) for name in operations] == sorted(public(exdb.Operation).values())[:12]
    assert (exdb.Operation.StrictEquals, exdb.Operation.IsPrefixOf) == (13, 14)
    flags = ["DEFAULT", "READ_ONLY", "TRUNCATE", "NO_BUFFERING", "EXISTING", "TEMPORARY", "FSYNC_FIX", "SUBPARTITION", "FSYNC_AIO_BARRIER"]
    flags += ["COMPRESSED", "LOCK", "NO_READ_BUFFERING"]
    assert [getattr(lib, "MCO_FILE_OPEN_" + name) for name in flags] == sorted(public(exdb.FileOpenFlags).values())


def test_the_rest_of_the_table():
    assert (exdb.apilevel, exdb.threadsafety, exdb.paramstyle, exdb.name) == ("2.0", 1, "qmark", "exdb")
    assert public(exdb.IndexType) == {"Hashtable": 0, "BTree": 1, "Patricia": 2, "RTree": 3, "Trigram": 4}
    assert public(exdb.SortOrder) == {"NoOrder": 0, "Ascending": 1, "Descending": 2}
    assert public(exdb.CommitPolicy) == {"SyncFlush": 0, "Buffered": 1, "Delayed": 2, "NoSync": 3}
    assert public(exdb.Event) == {"NewEvent": 1, "DeleteEvent": 2, "UpdateEvent": 3, "CheckPointEvent": 4}
    assert public(exdb.SnifferResult) == {"Ok": 0, "DeadConnection": lib.MCO_S_DEAD_CONNECTION}
    assert list(public(exdb.SnifferPolicy).values()) == [0, 1, 2]
    assert public(exdb.SockDomain) == {"InetDomain": 0, "InetV4Domain": 1, "InetV6Domain": 2, "LocalDomain": 3, "SDPDomain": 4}
    assert list(public(exdb.SSLVerifyMode).values()) == [0, 1, 2, 4]
    assert public(exdb.Device) == {"Data": 0, "DiskCache": 1, "TransactionLog": 2, "AsyncBuffer": 3, "PipeBuffer": 4}
    traces = ["FATAL", "ERROR", "WARNING", "NOTICE", "INFO", "DEBUG", "VERBOSE"]
    assert [getattr(exdb, "MCO_TRACE_" + name) for name in traces] == list(range(7))


def test_everything_public_is_documented():
    for name, value in vars(exdb).items():
        if not name.startswith("_") and callable(value):
            assert value.__doc__, name
            for member, method in vars(value).items() if isinstance(value, type) else ():
                assert member.startswith("_") or not callable(method) or method.__doc__, f"{name}.{member}"


def test_a_connection_shows_what_is_for_programs():
    documented = "close startTransaction commit rollback new cursor remove deleteAll oidFind deleteObject waitEvent releaseAllEvents getStats"
    documented += " getClassStats setCommitPolicy sniffer createBackup restoreBackup engine"
    beyond = "dictionary checkpoint insert_many create_index drop_index set_priority set_bound row_identity copy db_stat"
    exdb.init_runtime()
    with exdb.open_database("shown", exdb.load_dictionary("declare database shown;")) as db, db.connect() as con:
        assert {name for name in dir(con) if not name.startswith("_")} == {*documented.split(), *beyond.split()}
    exdb.stop_runtime()
