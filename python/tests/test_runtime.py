"""Start, stop, options, what the library can do, fatal errors, trace."""

import os
import subprocess
import sys
import threading

import pytest

import exdb


def test_nothing_works_before_the_start():
    for call in (lambda: exdb.load_dictionary(""), exdb.stop_runtime, lambda: exdb.connect("x"), lambda: exdb.close_database("x")):
        with pytest.raises(exdb.InvalidOperationException, match="init_runtime"):
            call()


def test_again_with_the_same_values(runtime):
    exdb.init_runtime(True)
    exdb.init_runtime(is_disk=True, tmgr="MURSIW", debug=True, UseAsyncIO=True)
    with pytest.raises(exdb.InvalidOperationException, match="tmgr.*stop_runtime"):
        exdb.init_runtime(True, "MVCC")


def test_the_classes_of_replication_come_and_go():
    for iot in (False, True, False):
        exdb.init_runtime(iot=iot)
        assert hasattr(exdb, "IoTCommunicator") == hasattr(exdb, "IoTReplicator") == iot
        if not iot:
            with pytest.raises(AttributeError, match=r"'IoTReplicator'; init_runtime\(iot=True\)"):
                exdb.IoTReplicator
        exdb.stop_runtime()


def test_positions_of_the_documentation():
    exdb.init_runtime(False, "mvcc", False, False)
    exdb.stop_runtime()


@pytest.mark.parametrize("tmgr", ["", "lock", None, 1])
def test_transaction_managers(tmgr):
    with pytest.raises(exdb.ArgumentException, match="'mursiw' or 'mvcc'"):
        exdb.init_runtime(tmgr=tmgr)


def test_cluster_and_ha():
    for keywords in ({"cluster": True}, {"ha": True}):
        with pytest.raises(exdb.NotSupportedError):
            exdb.init_runtime(**keywords)
    with pytest.raises(exdb.DatabaseError) as both:
        exdb.init_runtime(cluster=True, ha=True)
    assert type(both.value) is exdb.DatabaseError


def test_options():
    precision = exdb.RuntimeOption.MCO_RT_OPTION_DATETIME_PRECISION
    before = exdb.runtime_getoption(precision)
    exdb.init_runtime(options=[(precision, 1000), (exdb.RuntimeOption.MCO_RT_CRC_ALGORITHM, exdb.RuntimeOption.CRC32)])
    assert exdb.runtime_getoption(precision) == 1000
    exdb.stop_runtime()
    exdb.init_runtime(options=(precision, before))
    assert exdb.runtime_getoption(precision) == before
    exdb.stop_runtime()
    for wrong in (7, [1], [(1, 2, 3)], (10, 0), [(-1, 0)], [(1, "x")], [(1, 2**31)]):
        with pytest.raises(exdb.ArgumentException):
            exdb.init_runtime(options=wrong)
    with pytest.raises(exdb.ArgumentException, match="RuntimeOption"):
        exdb.runtime_setoption(99, 1)
    assert exdb.runtime_getoption(99) == 0


def test_what_the_library_can_do():
    info = exdb.get_runtime_info()
    assert info["iot_supported"] == 1 and info["cluster_supported"] == 0 and info["mco_size_t"] == 8
    assert info["mco_revision"].count(".") == 2
    assert isinstance(exdb.get_net_capabilities(), int)


def test_stop_with_open_databases(db):
    with pytest.raises(exdb.OperationalError, match="[Cc]lose"):
        exdb.stop_runtime()


def test_registry(db):
    assert exdb.get_registry() == [db.name]
    others = [exdb.open_database(f"other{i}", db.dictionary, db_segment_size=1 << 20) for i in range(3)]
    assert sorted(exdb.get_registry()) == sorted([db.name, *(other.name for other in others)])


def test_a_fatal_error_is_an_exception(dictionary):
    codes = []
    exdb.set_errhandler(codes.append)
    try:
        with pytest.raises(exdb.InternalError, match="16 characters.*shorter name; a fileDevice") as fatal:
            exdb.open_database("x" * 17, dictionary)
    finally:
        exdb.set_errhandler(None)
    assert codes == [fatal.value.code] and codes[0] >= 100_000
    with pytest.raises(exdb.InternalError):
        exdb.open_database("x" * 17, dictionary)
    with pytest.raises(exdb.ArgumentException):
        exdb.set_errhandler(5)


def test_a_faulty_handler_of_fatal_errors(dictionary, monkeypatch):
    seen = []
    monkeypatch.setattr(sys, "unraisablehook", seen.append)
    exdb.set_errhandler(lambda code: 1 / 0)
    try:
        with pytest.raises(exdb.InternalError):
            exdb.open_database("x" * 17, dictionary)
    finally:
        exdb.set_errhandler(None)
    assert [one.exc_type for one in seen] == [ZeroDivisionError]


def test_trace():
    lines = "import exdb; exdb.init_runtime(); exdb.info('unseen'); exdb.warning('a\\0b'); exdb.error('c'); exdb.trace(0, 'd'); exdb.fatal('e')"
    run = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, check=True)
    assert [line.split(": ", 1)[1] for line in run.stderr.splitlines()] == ["WARN: a b", "ERROR: c", "FATAL: d", "FATAL: e"]
    for wrong in (-1, 7, "x"):
        with pytest.raises(exdb.ArgumentException, match="MCO_TRACE_FATAL"):
            exdb.trace(wrong, "")


def test_tls_is_said_to_be_missing_or_works():
    if exdb.get_net_capabilities() & 1:
        exdb.ssl_init()
    else:
        with pytest.raises(exdb.NotSupportedError):
            exdb.ssl_init()
    with pytest.raises(exdb.DatabaseError):
        exdb.ssl_load_verify_locations("/nowhere/at.all")


FORK = '''
import os, threading
import exdb
exdb.init_runtime(shm=True)
dictionary = exdb.load_dictionary("declare database d; class A { string s; list; };")
memory = [exdb.sharedMemoryDevice(exdb.Device.Data, f"of {os.getpid()}", 1 << 24)]
parent = exdb.open_database("parent", dictionary, devices=memory)
def refused(kind, call, *words):
    try:
        call()
    except kind as error:
        assert all(word in str(error) for word in words), error
    else:
        raise AssertionError(f"not refused: {words}")
if os.fork() == 0:
    assert exdb.get_registry() == []
    refused(exdb.ProgrammingError, lambda: exdb.open_database("parent", dictionary), "forked", "another name", "spawn")
    refused(exdb.ProgrammingError, lambda: exdb.open_database("another", dictionary, devices=memory), "forked", "spawn")
    refused(exdb.InvalidOperationException, lambda: exdb.connect("parent"), "open are: none")
    with exdb.open_database("child", dictionary) as db, exdb.connect("child") as con:
        assert exdb.get_registry() == ["child"]
    refused(exdb.InvalidOperationException, exdb.stop_runtime, "forked", "parent")
else:
    assert os.wait()[1] == 0
    parent.close()
    if os.fork() == 0:
        exdb.stop_runtime()
        exdb.init_runtime(tmgr="mvcc")
        with exdb.open_database("parent", dictionary):
            print("stopped and started")
    else:
        assert os.wait()[1] == 0
'''


def test_names_in_a_forked_child():
    run = subprocess.run([sys.executable, "-W", "ignore", "-c", FORK], capture_output=True, text=True, timeout=60)
    assert (run.stdout, run.stderr, run.returncode) == ("stopped and started\n", "", 0)


ENDS = '''
import threading
import exdb
exdb.init_runtime(iot={iot})
db = exdb.open_database("d", exdb.load_dictionary("declare database d; class A {{ string s; list; }};"))
mine, other = db.connect(), db.connect()
mine.startTransaction()
mine.new("A")
def work():
    other.startTransaction()
    other.new("A")
    print(other.getClassStats("A")["ObjectsNum"])
    other.commit()
threading.Thread(target=work).start()
raise SystemExit(3)
'''


@pytest.mark.parametrize("iot", [False, True])
def test_main_ends_in_its_transaction_for_which_a_thread_waits(iot):
    run = subprocess.run([sys.executable, "-c", ENDS.format(iot=iot)], capture_output=True, text=True, timeout=60)
    assert (run.stdout, run.stderr, run.returncode) == ("1\n", "", 3)


LEFT = """
import atexit, os, threading, time
import exdb
exdb.init_runtime()
db = exdb.open_database("left", exdb.load_dictionary("declare database left; class A { string s; list; };"))
con = db.connect()
links = (f"/proc/self/fd/{number}" for number in os.listdir("/proc/self/fd"))
print(*(os.readlink(link) for link in links if os.path.lexists(link) and "/mcoiot-" in os.readlink(link)))

def write():
    with db.connect() as con:
        while True:
            con.startTransaction()
            con.new("A").s = "y"
            con.commit()
            wrote.release()

def hold():
    with db.connect() as con:
        con.startTransaction()
        wrote.release()
        threading.Event().wait()  # for ever

wrote = threading.Semaphore(0)

def daemon(work):
    threading.Thread(target=work, daemon=True).start()
    wrote.acquire()
"""


@pytest.mark.parametrize(
    "lines",
    [
        "con.startTransaction(); a = con.new('A'); a.s = 'x'",
        "daemon(write); daemon(write); [wrote.acquire() for _ in range(5)]",
        "daemon(write); daemon(hold)",
        "con.startTransaction(); exdb._capi.lib.mco_db_disconnect(con._handle)",  # a fatal error
        "atexit.unregister(exdb._database.close_all); atexit.register(lambda: (con.close(), db.close()))\n"
        "atexit.register(exdb._database.close_all)",
    ],
)
def test_the_end_of_the_interpreter_closes_what_is_open(lines):
    run = subprocess.run([sys.executable, "-c", LEFT + lines], capture_output=True, text=True, check=True, timeout=60)
    assert run.stderr == "" and run.stdout.split()
    assert not [file for file in run.stdout.split() if os.path.exists(file)]


GOES_ON = """
def go_on():
    with db.connect() as con:
        con.startTransaction()
        con.new("A")
        con.commit()
        con.startTransaction(exdb.Transaction.MCO_READ_ONLY)
        cursor = con.cursor("A")
        row = cursor.first()
        wrote.release()
        while row._exdb_transaction.places is not None:
            time.sleep(0.001)
        {use}
        print("refused to nobody")

def at_exit():
    exdb._database.close_all()
    thread.join()

thread = threading.Thread(target=go_on, daemon=True)
thread.start()
wrote.acquire()
atexit.register(at_exit)
"""


@pytest.mark.parametrize("use", ["row.s", "cursor.next()", "con.remove(row)", "con.commit()", "con.cursor('A')", "db.connect()"])
def test_a_daemon_thread_that_goes_on_with_what_has_ended_ends_without_a_word(use):
    run = subprocess.run([sys.executable, "-c", LEFT + GOES_ON.format(use=use)], capture_output=True, text=True, timeout=60)
    assert (run.stderr, run.returncode, len(run.stdout.splitlines())) == ("", 0, 1)


def test_connections_are_made_while_all_are_gone_through(db):
    """As at the end of the main thread, when other threads go on."""
    stop, failed = threading.Event(), []

    def go_through():
        while not stop.is_set():
            try:
                exdb._connection.Connection._all()
            except RuntimeError as error:
                failed.append(error)
                return

    thread = threading.Thread(target=go_through)
    thread.start()
    for _ in range(300):
        kept = [db.connect() for _ in range(5)]
        del kept
    stop.set()
    thread.join()
    assert not failed


@pytest.mark.parametrize("precision", [0, -5, 10, 10**6 + 1])
def test_precisions_that_there_are_not(runtime, precision):
    option = exdb.RuntimeOption.MCO_RT_OPTION_DATETIME_PRECISION
    with pytest.raises(exdb.ArgumentException, match="1000000000"):
        exdb.runtime_setoption(option, precision)
    assert exdb.runtime_getoption(option) == 1


def test_options_that_are_none(runtime):
    for option in ("x", None, 1.0, -1, 2**40):
        with pytest.raises(exdb.ArgumentException, match="option"):
            exdb.runtime_getoption(option)
    with pytest.raises(exdb.ArgumentException, match="path"):
        exdb.ssl_load_verify_locations(5)
