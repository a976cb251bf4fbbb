"""open_database, its devices, connections."""

import contextlib
import copy
import gc
import os
import pickle
import sqlite3

import pytest

import exdb
from plant import SCHEMA


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def one(con):
    con.startTransaction()
    con.new("Reading").ts = 7
    con.commit()


def test_a_file_keeps_its_rows(runtime, here):
    dictionary = exdb.load_dictionary(SCHEMA, persistent=True)
    with exdb.open_database("kept", dictionary, is_disk=True) as db, db.connect() as con:
        one(con)
        stats = con.getStats()
        assert stats["DataFileSize"] == os.stat("kept.dbs").st_size > 0
        assert stats["UsedDatabaseSize"] > 0 and stats["LogFileSize"] >= 0
    assert (here / "kept.dbs").exists()
    with exdb.open_database("kept", dictionary, True) as db, db.connect() as con:
        con.startTransaction(exdb.Transaction.MCO_READ_ONLY)
        assert [row.ts for row in con.cursor("Reading")] == [7]


def test_a_file_grows_in_steps(runtime, here):
    dictionary = exdb.load_dictionary(SCHEMA, persistent=True)
    for step in (1 << 16, 1 << 20, 0):
        with exdb.open_database(f"by{step}", dictionary, is_disk=True, file_extension_quantum=step) as db, db.connect() as con:
            one(con)
            size = con.getStats()["DataFileSize"]
        assert size > 0 and size % step == 0 if step else size < 1 << 20


def test_devices(runtime, here):
    dictionary = exdb.load_dictionary(SCHEMA, persistent=True)
    devices = [
        exdb.privateMemoryDevice(exdb.Device.Data, 1 << 20),
        exdb.privateMemoryDevice(exdb.Device.DiskCache, 1 << 20),
        exdb.fileDevice(exdb.Device.Data, "own.name"),
        exdb.fileDevice(exdb.Device.TransactionLog, "own.log"),
    ]
    with exdb.open_database("own", dictionary, devices=devices) as db, db.connect() as con:
        one(con)
    assert (here / "own.name").exists()
    mode = exdb.DbParamsModeMask.OPEN_EXISTING
    missing = [exdb.privateMemoryDevice(0, 1 << 20), exdb.fileDevice(0, "missing.dbs")]
    with pytest.raises(exdb.OperationalError, match="missing.dbs"):
        exdb.open_database("own", dictionary, devices=missing, db_params_mode_mask=mode)
    for make in (exdb.multiFileDevice, exdb.raidDevice):
        with pytest.raises(exdb.NotSupportedError, match="fileDevice"):
            make(exdb.Device.Data, "x", 1)
    with pytest.raises(exdb.ArgumentException, match="Device.Data"):
        exdb.privateMemoryDevice(17, 1)
    with pytest.raises(exdb.ArgumentException, match="255"):
        exdb.open_database("own", dictionary, devices=[exdb.fileDevice(0, "x" * 256)])
    with pytest.raises(exdb.ArgumentException, match="devices"):
        exdb.open_database("own", dictionary, devices=["own.name"])
    for alone in ([], [exdb.fileDevice(0, "alone.dbs")], [exdb.privateMemoryDevice(exdb.Device.DiskCache, 1 << 20)]):
        with pytest.raises(exdb.ProgrammingError, match="Add privateMemoryDevice"):
            exdb.open_database("own", dictionary, devices=alone)


def test_files_need_a_runtime_with_disk(here):
    exdb.init_runtime()
    try:
        with pytest.raises(exdb.NotSupportedError, match="disk=True"):
            exdb.open_database("kept", exdb.load_dictionary(SCHEMA), is_disk=True)
    finally:
        exdb.stop_runtime()


def test_page_sizes(dictionary):
    with pytest.raises(Exception, match="8 \\* mem_page_size") as wrong:
        exdb.open_database("x", dictionary, is_disk=True, mem_page_size=1024)
    assert type(wrong.value) is Exception
    with exdb.open_database("x", dictionary, mem_page_size=1024) as db, db.connect() as con:
        assert con.getStats()["PageSize"] == 1024


def test_the_limit_of_memory(dictionary):
    with exdb.open_database("x", dictionary, db_segment_size=1 << 20) as db, db.connect() as con:
        con.startTransaction()
        with pytest.raises(exdb.OperationalError, match="db_segment_size"):
            for _ in range(100):
                con.new("Everything").s = "x" * 60_000
            con.commit()
        con.rollback()


def test_parameters(dictionary):
    with exdb.open_database("x", dictionary, db_max_connections=2, log_params=exdb.LogParams(DefaultCommitPolicy=3)) as db:
        with db.connect(), db.connect(), pytest.raises(exdb.OperationalError, match="db_max_connections"):
            db.connect()
    for name in ("databaseSnapshotFilePath", "clusterParams", "cipherKey"):
        with pytest.raises(exdb.NotSupportedError, match=name):
            exdb.open_database("x", dictionary, **{name: "y"})
    for name, value in (("db_log_type", "LOG"), ("mem_page_size", 1 << 16), ("iot_agent_id", -1), ("iot_level", "one")):
        with pytest.raises(exdb.ArgumentException, match=name):
            exdb.open_database("x", dictionary, **{name: value})
    with pytest.raises(exdb.ArgumentException, match="load_dictionary"):
        exdb.open_database("x", SCHEMA)
    with pytest.raises(exdb.ArgumentException, match="name"):
        exdb.open_database(5, dictionary)


def test_names(db, dictionary):
    with pytest.raises(exdb.ProgrammingError, match="another name"):
        exdb.open_database(db.name, dictionary)
    with exdb.connect(db.name) as con:
        one(con)
    with pytest.raises(exdb.InvalidOperationException, match=db.name):
        exdb.connect("nowhere")
    for keywords in ({"port": 5}, {"host": "h"}, {"nodes": ["a"]}, {"use_sql": True}):
        with pytest.raises(exdb.NotSupportedError):
            exdb.connect(db.name, **keywords)
    exdb.close_database(db.name)
    with pytest.raises(exdb.InvalidOperationException, match="nowhere|no database"):
        exdb.close_database(db.name)


def test_closing(db):
    con = db.connect()
    with pytest.raises(exdb.OperationalError, match="connections"):
        db.close()
    con.startTransaction()
    con.close()
    con.close()
    for use in (con.startTransaction, con.commit, con.rollback, con.getStats, con.cursor, lambda: con.new("Reading"), con.__enter__):
        with pytest.raises(exdb.InvalidOperationException, match="closed"):
            use()
    db.close()
    db.close()
    for use in (db.connect, db.__enter__):
        with pytest.raises(exdb.InvalidOperationException, match="closed"):
            use()
    assert "closed" in repr(db)


def test_a_forgotten_connection_does_not_hold_the_database(db):
    con = db.connect()
    con.startTransaction()
    left = con.new("Reading")
    del con
    with pytest.raises(exdb.InvalidOperationException):
        left.ts
    db.close()


def test_what_went_wrong_is_told_not_what_it_has_left_open(dictionary):
    with pytest.raises(KeyError):
        with exdb.open_database("left", dictionary) as db:
            con = db.connect()
            raise KeyError
    con.close()
    db.close()


def test_nothing_can_be_copied(writing, db, dictionary):
    described = dictionary.classes["Reading"]
    for each in (writing, db, dictionary, writing.cursor(), writing.new("Reading"), described):
        for make in (copy.copy, copy.deepcopy, pickle.dumps):
            with pytest.raises(TypeError, match="neither be copied nor pickled"):
                make(each)
    writing.rollback()
    gc.collect()
    writing.startTransaction()
    exdb.open_database("other", dictionary).close()


def test_what_is_shown_of_it(dictionary):
    """Also of what is closed; the values of a transaction that has ended are not there to be shown."""
    device, named = exdb.privateMemoryDevice(exdb.Device.Data, 1 << 20), exdb.fileDevice(exdb.Device.TransactionLog, "x.log")
    assert (repr(device), repr(named)) == ("<eXtremeDB device:Data 1048576 bytes>", "<eXtremeDB device:TransactionLog 'x.log'>")
    with exdb.open_database("shown", dictionary) as db, db.connect() as con:
        cursor = con.cursor()
        seen = [repr(con)]
        con.startTransaction()
        seen += [repr(con), repr(cursor), repr(con.cursor("Reading"))]
        cursor.search("Reading", "by_value", exdb.Operation.Equals, 1)
        con.commit()
        seen += [repr(cursor)]
    transaction = "<eXtremeDB connection:shown (in a transaction)>"
    assert seen[:4] == ["<eXtremeDB connection:shown>", transaction, "<eXtremeDB cursor>", "<eXtremeDB cursor:Reading>"]
    assert seen[4] == "<eXtremeDB cursor:Reading (closed)>"
    assert (repr(con), repr(db)) == ("<eXtremeDB connection:shown (closed)>", "<eXtremeDB database:shown (closed)>")


def test_statistics(db):
    assert db.GetRunTimeInfo() == exdb.get_runtime_info()
    with db.connect() as con:
        one(con)
        with pytest.raises(exdb.InvalidOperationException, match="startTransaction"):
            con.getClassStats("Reading")
        con.startTransaction()
        assert con.getClassStats("Reading")["ObjectsNum"] == 1
        assert set(con.getClassStats("Bare")) == {"ObjectsNum", "VersionsNum", "CorePages", "BlobPages", "SeqPages", "CoreSpace"}
        stats = con.getStats()
        assert 0 < stats["FreePages"] < stats["TotalPages"] == (128 << 20) // 256
        for policy in range(4):
            con.setCommitPolicy(policy)
        with pytest.raises(exdb.ArgumentException, match="CommitPolicy"):
            con.setCommitPolicy(9)
        con.sniffer()
        for missing in (con.createBackup, con.restoreBackup, con.engine):
            with pytest.raises(exdb.NotSupportedError):
                missing()


def test_events_that_the_schema_does_not_have(con):
    with pytest.raises(exdb.ProgrammingError, match="no event 3"):
        con.waitEvent(3)
    con.releaseAllEvents()


def test_status_of_a_file(runtime, here):
    import subprocess
    import sys

    text = SCHEMA.replace("class Bare", "persistent class Bare")
    with exdb.open_database("kept", exdb.load_dictionary(text), is_disk=True) as db, db.connect() as con:
        con.startTransaction()
        con.new("Bare")
        con.commit()
    before = (here / "kept.dbs").read_bytes()
    run = subprocess.run([sys.executable, "-m", "exdb", "kept.dbs"], capture_output=True, text=True, check=True)
    assert run.stdout.startswith("exdb ") and "database plant" in run.stdout
    assert [line.split() for line in run.stdout.splitlines()[2:]] == [["0", "Reading"], ["0", "Everything"], ["1", "Bare"]]
    assert (here / "kept.dbs").read_bytes() == before
    assert not [file.name for file in here.iterdir() if file.name.endswith(("-wal", "-shm"))]
    assert subprocess.run([sys.executable, "-m", "exdb"], capture_output=True, text=True, check=True).stdout.count("\n") == 1
    (here / "text").write_text("no database")
    with contextlib.closing(sqlite3.connect("bare")) as sql:
        sql.execute("CREATE TABLE _mco_meta (key, value)")
    (here / "folder").mkdir()
    none = "this is no database of exdb, or a damaged one"
    words = {"missing": "there is no such file", "text": none, "bare": none, "folder": "this is no file", "kept.dbs": "in use by this"}
    with exdb.open_database("kept", exdb.load_dictionary(text), is_disk=True):
        for name, says in words.items():
            run = subprocess.run([sys.executable, "-m", "exdb", name], capture_output=True, text=True)
            assert run.returncode == 1 and run.stderr.startswith(f"{name}: ") and says in run.stderr and run.stderr.count("\n") == 1
            assert "__main__" not in run.stderr  # the place in the program is for programmers


def test_status_of_a_file_that_may_not_be_read(monkeypatch, tmp_path):
    from exdb.__main__ import show

    (tmp_path / "x.dbs").touch()
    monkeypatch.setattr(os, "access", lambda path, mode: path != tmp_path)  # root may everything
    with pytest.raises(PermissionError, match="make files beside it"):
        show(tmp_path / "x.dbs")


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"dbname": "\ud800"}, "surrogate"),
        ({"db_segment_size": -1}, "db_segment_size is a number"),
        ({"db_segment_size": "x"}, "db_segment_size is a number"),
        ({"cache_segment_size": None}, "cache_segment_size"),
        ({"db_segment_size": 0}, "db_segment_size is a number from 1"),
        ({"is_disk": True, "cache_segment_size": 0}, "cache_segment_size is a number from 1"),
        ({"is_disk": True, "disk_page_size": "x"}, "disk_page_size"),
        ({"devices": exdb.privateMemoryDevice(0, 1 << 20)}, "list of devices.*not Device"),
        ({"devices": 5}, "list of devices"),
        ({"log_params": 5}, "LogParams, not int"),
        ({"db_log_type": []}, "REDO_LOG"),
    ],
)
def test_arguments_of_other_types(dictionary, arguments, words):
    with pytest.raises(exdb.ArgumentException, match=words):
        exdb.open_database(**{"dbname": "odd", "dictionary": dictionary, **arguments})
    assert exdb.get_registry() == []


@pytest.mark.parametrize(
    "make",
    [
        lambda: exdb.privateMemoryDevice([], 1),
        lambda: exdb.privateMemoryDevice(0.0, 1),
        lambda: exdb.privateMemoryDevice(0, -1),
        lambda: exdb.fileDevice(0, 5),
        lambda: exdb.fileDevice(0, "x", "y"),
        lambda: exdb.connect([]),
    ],
)
def test_mistakes_of_devices_and_names(runtime, make):
    with pytest.raises((exdb.ArgumentException, exdb.InvalidOperationException)):
        make()


def test_a_path_is_a_path(dictionary, tmp_path):
    devices = [exdb.privateMemoryDevice(0, 1 << 20), exdb.privateMemoryDevice(1, 1 << 20), exdb.fileDevice(0, tmp_path / "here.dbs")]
    with exdb.open_database("here", dictionary, devices=devices), exdb.connect("here") as con:
        con.copy(tmp_path / "copy.dbs")
        with pytest.raises(exdb.ArgumentException, match="path"):
            con.copy(5)
    assert (tmp_path / "here.dbs").exists() and (tmp_path / "copy.dbs").exists()


def test_names_that_are_none(writing):
    for use in (
        lambda: writing.new([]),
        lambda: writing.cursor("Reading", []),
        lambda: writing.cursor("Reading").read_many(fields=[[]]),
        lambda: writing.cursor("Reading").read_many(fields=5),
        lambda: writing.cursor("Reading").read_many("x"),
        lambda: writing.cursor("Reading").read_many(-1),
        lambda: writing.insert_many("Reading", {5: [1]}),
        lambda: writing.cursor().search("Reading", "by_value", 3.0, 1),
        lambda: writing.cursor().search("Reading", "by_value", [], 1),
        lambda: writing.waitEvent(None),
        lambda: writing.waitEvent(1.0),
        lambda: writing.setCommitPolicy([]),
        lambda: writing.setCommitPolicy(1.0),
    ):
        with pytest.raises(exdb.ArgumentException):
            use()
    writing.commit()
    for arguments in ((1.0,), ([],), (2, 0.0), (None,)):
        with pytest.raises(exdb.ArgumentException, match="Transaction"):
            writing.startTransaction(*arguments)
