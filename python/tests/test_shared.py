"""Databases in memory that processes share."""

import os
import re
import signal
import subprocess
import sys
import threading

import pytest

import exdb
from exdb import IoT

NAME = f"shared{os.getpid()}"  # processes of others may run the same tests
LIMIT = 60  # seconds; only a test that has failed ever takes that long
SCHEMA = """
declare database plant;
iot device 1000;
uptable class Reading { unsigned<4> id; string by; unique tree <id> by_id; autoid; list; event <new> added; };
"""
SERVER = SCHEMA.replace("device 1000", "server")
CHILD = """
import os, signal, sys, threading, exdb
for line in sys.stdin:
    try:
        exec(eval(line))
        print(repr(("done", globals().pop("answer", None))), flush=True)
    except BaseException as error:
        print(repr((type(error).__name__, str(error))), flush=True)
"""
BEGIN = f"""
exdb.init_runtime(shm=True, iot=True)
dictionary = exdb.load_dictionary({SCHEMA!r})
db = exdb.open_database({NAME!r}, dictionary)
con = db.connect()
def add(*numbers):
    for number in numbers:
        con.startTransaction()
        made = con.new("Reading")
        made.id, made.by = number, "child"
        con.commit()
"""


class Other:
    """Another process, which executes what it is told."""

    def __init__(self, begin=BEGIN):
        self.process = subprocess.Popen([sys.executable, "-c", CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.do(begin)

    def start(self, code):
        self.process.stdin.write(repr(code) + "\n")
        self.process.stdin.flush()

    def result(self):
        watch = threading.Timer(LIMIT, self.process.kill)
        watch.start()
        line = self.process.stdout.readline()
        watch.cancel()
        return eval(line)

    def tell(self, code):
        """What it raises, in words."""
        self.start(code)
        return self.result()

    def do(self, code):
        """Executes; what it leaves in `answer`."""
        how, answer = self.tell(code)
        assert how == "done", answer
        return answer

    def kill(self):
        self.process.kill()
        self.end()

    def end(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture
def others():
    """Makes other processes."""
    made = []

    def other(*arguments):
        made.append(Other(*arguments))
        return made[-1]

    yield other
    for each in made:
        if each.process.returncode is None:
            each.kill()


@pytest.fixture
def shared():
    exdb.init_runtime(disk=True, shm=True, iot=True)
    yield
    for connection in exdb._connection.Connection._all():
        connection.close()
    for name in exdb.get_registry():
        exdb.close_database(name)
    exdb.stop_runtime()


@pytest.fixture
def con(shared):
    return exdb.open_database(NAME, exdb.load_dictionary(SCHEMA)).connect()


def add(con, *numbers):
    for number in numbers:
        con.startTransaction()
        con.new("Reading").id = number
        con.commit()


def ids(con):
    con.startTransaction(exdb.Transaction.MCO_READ_ONLY)
    try:
        return [row.id for row in con.cursor("Reading", "by_id")]
    finally:
        con.commit()


def test_processes_see_what_others_commit(con, others):
    child = others()
    add(con, 1, 2)
    child.do("add(3)")
    look = "con.startTransaction(exdb.Transaction.MCO_READ_ONLY); answer = [(row.id, row.by) for row in con.cursor('Reading')]; con.commit()"
    assert child.do(look) == [(1, ""), (2, ""), (3, "child")]
    assert ids(con) == [1, 2, 3]
    con.startTransaction()
    con.remove(con.cursor().find("Reading", "by_id", 3))
    child.start("add(3)")  # waits
    con.commit()
    child.result()
    with pytest.raises(exdb.IntegrityError, match="Reading.by_id"):
        add(con, 3)
    assert exdb.get_runtime_info()["multiprocess_access_supported"] == 1


def test_it_is_there_until_the_last_process_has_closed_it(shared, others):
    child = others()
    child.do("add(1)")
    with exdb.open_database(NAME, exdb.load_dictionary(SCHEMA)) as db, db.connect() as con:
        child.do("con.close(); db.close()")
        assert ids(con) == [1]
    with exdb.open_database(NAME, exdb.load_dictionary(SCHEMA)) as db, db.connect() as con:
        assert ids(con) == []


def test_what_a_killed_process_had_not_committed_is_void(con, others):
    child = others()
    child.do("add(1); con.startTransaction(); con.new('Reading').id = 2; con.checkpoint()")
    started = threading.Thread(target=add, args=(exdb.connect(NAME), 3))
    started.start()  # waits for the child
    child.kill()
    started.join(LIMIT)
    assert ids(con) == [1, 3]
    again = others()
    again.do("add(4)")
    again.kill()
    assert ids(con) == [1, 3, 4]


@pytest.fixture
def leave_child():
    """Has a process forked, whose child goes on, and kills it."""
    children = []

    def leave(process):
        children.append(process.do("answer = os.fork() or signal.pause()"))
        process.kill()

    yield leave
    for pid in children:
        os.kill(pid, signal.SIGKILL)


def test_a_child_of_fork_keeps_nothing_that_its_parent_held(con, others, leave_child):
    writer = others()
    writer.do("add(1); con.startTransaction(); con.new('Reading').id = 2; repl = exdb.IoTReplicator(con)")
    leave_child(writer)
    waits = threading.Thread(target=add, args=(exdb.connect(NAME), 3), daemon=True)
    waits.start()
    waits.join(LIMIT)
    assert not waits.is_alive() and ids(con) == [1, 3]
    with exdb.IoTReplicator(con):
        pass
    con.close()
    exdb.close_database(NAME)
    with exdb.open_database(NAME, exdb.load_dictionary(SCHEMA)) as db, db.connect() as con:
        assert ids(con) == []


def test_nor_a_file(shared, others, leave_child, tmp_path):
    path = str(tmp_path / "kept.dbs")
    devices = [exdb.privateMemoryDevice(exdb.Device.Data, 1 << 24), exdb.fileDevice(exdb.Device.Data, path)]
    owner = others("exdb.init_runtime(disk=True)")
    owner.do(f"dictionary = exdb.load_dictionary({SCHEMA!r}, persistent=True)")
    owner.do(f"devices = [exdb.privateMemoryDevice(exdb.Device.Data, 1 << 24), exdb.fileDevice(exdb.Device.Data, {path!r})]")
    owner.do("con = exdb.open_database('kept', dictionary, devices=devices).connect()")
    leave_child(owner)
    with exdb.open_database("kept", exdb.load_dictionary(SCHEMA, persistent=True), devices=devices) as db, db.connect() as con:
        add(con, 1)


def test_processes_that_all_write_at_once_lose_nothing(con, others):
    children = [others() for _ in range(2)]
    for number, child in enumerate(children, 1):
        child.start(f"add(*range({number}000, {number}100))")
    add(con, *range(100))
    for child in children:
        assert child.result() == ("done", None)
    assert ids(con) == [*range(100), *range(1000, 1100), *range(2000, 2100)]
    con.startTransaction()
    assert len({cursor_row for cursor_row in autoids(con.cursor("Reading"))}) == 300


def autoids(cursor):
    while cursor.skip():
        yield cursor.getAutoId()


def test_ctrl_c_ends_the_wait_for_another_process(con, others):
    child = others()
    con.startTransaction()
    child.do("""
        |def interrupt():
        |    while not inside(con.startTransaction) or db_stat()["writers_waiting"] == 0:
        |        pass
        |    os.kill(os.getpid(), signal.SIGINT)
        |inside = lambda method: sys._current_frames()[threading.main_thread().ident].f_code is method.__code__
        |db_stat = db.connect().db_stat
        |threading.Thread(target=interrupt).start()
        """.replace("        |", ""))
    assert child.tell("con.startTransaction()") == ("KeyboardInterrupt", "")
    con.rollback()
    child.do("add(7)")
    assert ids(con) == [7]


def test_what_does_not_fit_to_what_is_there(con, others):
    begin = "exdb.init_runtime(shm=True, iot=True)"
    child = others(begin)
    other = SCHEMA.replace("string by", "string author")
    how, said = child.tell(f"exdb.open_database({NAME!r}, exdb.load_dictionary({other!r}))")
    assert how == "DatabaseError" and re.search("1014 .*schema.* Load the schema that the other processes have", said, re.DOTALL)
    how, said = child.tell(f"exdb.open_database({NAME!r}, exdb.load_dictionary({SCHEMA!r}), iot_agent_id=1001)")
    assert how == "OperationalError" and "agent 1000, not to 1001" in said
    child.do(BEGIN.replace(begin, ""))
    child.do("add(1)")


def test_one_process_replicates(con, others):
    child = others()
    with exdb.IoTReplicator(con):
        how, said = child.tell("exdb.IoTReplicator(con)")
        assert how == "ProgrammingError" and "in one of the processes that share it" in said
    child.do("repl = exdb.IoTReplicator(con)")
    with pytest.raises(exdb.ProgrammingError, match="in one of the processes that share it"):
        exdb.IoTReplicator(con)
    child.kill()
    with exdb.IoTReplicator(con):
        pass


def test_what_others_commit_travels(con, others):
    child = others()
    device = [exdb.privateMemoryDevice(exdb.Device.Data, 1 << 24)]
    server, came = exdb.open_database("server", exdb.load_dictionary(SERVER), devices=device).connect(), threading.Event()
    with exdb.IoTReplicator(server) as at_server, exdb.IoTReplicator(con) as at_device:
        port = at_server.comm.listen("127.0.0.1:0")
        at_device.connect(f"127.0.0.1:{port}", None)
        child.do("add(1, 2)")
        assert at_device.sync(IoT.SERVER_AGENT_ID, IoT.SYNC_PUSH | IoT.SYNC_WAIT)
        assert ids(server) == [1, 2]
        at_server.comm.on_receive = lambda connection: came.set()
        at_device.auto_sync(flags=IoT.SYNC_PUSH, after_commit=0)
        child.do("add(3)")
        assert came.wait(LIMIT) and ids(server) == [1, 2, 3]


def test_events_are_those_of_the_own_process(con, others):
    child, heard = others(), []
    waits = threading.Thread(target=lambda: heard.append(exdb.connect(NAME).waitEvent("added")))
    waits.start()
    while not exdb._waits._waiting:
        pass
    child.do("add(1)")
    number = 2
    while not heard:  # the wait begins some time after the thread has said so
        add(con, number)
        number += 1
    waits.join()
    assert heard == [True]


def test_where_memory_is_shared(con, others):
    dictionary = exdb.load_dictionary(SCHEMA)
    named = exdb.sharedMemoryDevice(exdb.Device.Data, f"another {NAME}", 1 << 22, hint=0x1000)
    with exdb.open_database("here", dictionary, devices=[named]) as db:
        with db.connect() as here:
            add(here, 5)
            child = others("exdb.init_runtime(shm=True)")
            child.do(f"dictionary = exdb.load_dictionary({SCHEMA!r})")
            child.do(f"devices = [exdb.sharedMemoryDevice(exdb.Device.Data, 'another {NAME}', 1)]")
            child.do("con = exdb.open_database('there', dictionary, devices=devices).connect()")
            assert child.do("con.startTransaction(); answer = [row.id for row in con.cursor('Reading')]; con.rollback()") == [5]
            with pytest.raises(exdb.ProgrammingError, match="open as database 'here'.*exdb.connect"):
                exdb.open_database("again", dictionary, devices=[named])
            child.kill()
    with pytest.raises(exdb.ArgumentException, match="64 bytes, at most 63"):
        exdb.open_database("x", dictionary, devices=[exdb.sharedMemoryDevice(exdb.Device.Data, "x" * 64, 1 << 22)])
    for beside in (exdb.privateMemoryDevice(exdb.Device.Data, 1 << 22), exdb.fileDevice(exdb.Device.Data, "x.dbs"), named):
        with pytest.raises(exdb.ProgrammingError):
            exdb.open_database("x", dictionary, devices=[named, beside])
    with pytest.raises(exdb.ProgrammingError):
        exdb.open_database("x", dictionary, devices=[exdb.sharedMemoryDevice(exdb.Device.Data, "", 1 << 22)])


def test_what_cannot_be_shared(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exdb.init_runtime(shm=True, disk=True)
    dictionary = exdb.load_dictionary(SCHEMA)
    with pytest.raises(exdb.NotSupportedError, match="a file that processes share.*Leave is_disk or shm"):
        exdb.open_database("kept", dictionary, is_disk=True)
    own = [exdb.privateMemoryDevice(exdb.Device.Data, 1 << 22), exdb.fileDevice(exdb.Device.Data, "kept.dbs")]
    with exdb.open_database("kept", dictionary, devices=own) as db, db.connect() as con:
        add(con, 1)
    exdb.stop_runtime()
    exdb.init_runtime()
    with pytest.raises(exdb.NotSupportedError, match="init_runtime\\(shm=True\\)"):
        exdb.open_database("x", dictionary, devices=[exdb.sharedMemoryDevice(exdb.Device.Data, "x", 1 << 22)])
    exdb.stop_runtime()


def test_the_first_open_sets_the_limit(shared, others):
    text = SCHEMA.replace("string by", "blob by")
    with exdb.open_database(NAME, exdb.load_dictionary(text), db_segment_size=1 << 21) as db, db.connect() as con:
        child = others(BEGIN.replace("string by", "blob by").replace("dictionary)", "dictionary, db_segment_size=1 << 30)"))
        child.do("con.startTransaction(); con.new('Reading').by = bytes(1 << 23)")
        how, said = child.tell("con.commit()")
        assert how == "OperationalError" and "52" in said
        child.do("con.rollback(); add(1)".replace('made.by', ''))
        assert ids(con) == [1]
