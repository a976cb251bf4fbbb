"""How communicators and replicators end: by stop, by garbage collection, in a child of fork; and what keeps what alive."""

import gc
import os
import subprocess
import sys
import threading
import weakref

import pytest

import exdb
from exdb import IoT

SCHEMA = "declare database life; iot device 1000; uptable class Sensor { unsigned<4> id; list; };"


class Alone:
    """A device whose parts a test holds one by one."""

    def __init__(self, name, **options):
        self.database = exdb.open_database(name, exdb.load_dictionary(SCHEMA))
        self.con = self.database.connect()
        self.comm = exdb.IoTCommunicator(**options)
        self.repl = exdb.IoTReplicator(self.con, self.comm)


def closes(database):
    """Whether nobody uses the database any more; closes it then."""
    try:
        database.close()
    except exdb.OperationalError:
        return False
    return True


@pytest.mark.parametrize("what, act", [("comm", "stop"), ("comm", "destroy"), ("repl", "stop"), ("repl", "destroy")])
def test_a_callback_cannot_stop(make, record, what, act):
    def on_connect(connection):
        try:
            getattr(getattr(server, what), act)()
        except exdb.ProgrammingError as error:
            record.on(str(error))(connection)

    server, device = make("server", on_connect=on_connect), make("device 1000")
    device.repl.connect(server.listen(), None)
    record.wait(lambda names: names)
    assert "not possible inside a callback" in record.names()[0] and "main thread" in record.names()[0]
    device.add("Sensor", 1)
    assert device.repl.sync(IoT.SERVER_AGENT_ID, IoT.SYNC_PUSH | IoT.SYNC_WAIT)


def test_stop_waits_for_callbacks(make, record):
    entered, go = threading.Event(), threading.Event()

    def on_connect(connection):
        entered.set()
        go.wait()
        record.on("callback")(connection)

    server, device = make("server", on_connect=on_connect), make("device 1000")
    device.repl.connect(server.listen(), None)
    entered.wait()
    stopping = threading.Thread(target=lambda: (server.comm.stop(), record.on("stop")(None)))
    stopping.start()
    while not server.comm.is_stopped:
        pass
    go.set()
    stopping.join()
    assert record.names() == ["callback", "stop"]


def test_what_nobody_has_any_more_ends(make, until):
    """The peer sees the connection go, the threads are gone, the database can be closed."""
    server = make("server")
    address = server.listen()
    before = len(os.listdir("/proc/self/task"))
    device = Alone("forgotten")
    device.repl.connect(address, None)
    server.record.wait_for("on_connect")
    assert len(os.listdir("/proc/self/task")) > before
    device.repl = device.comm = None
    gc.collect()
    server.record.wait_for("on_destroy")
    device.con.close()
    device.database.close()
    # The server has a thread more for a moment after work.
    until(lambda: len(os.listdir("/proc/self/task")) <= before)


def test_what_is_forgotten_inside_a_transaction_ends_later(until):
    device = Alone("forgotten")
    device.con.startTransaction()
    device.con.new("Sensor")
    device.repl = device.comm = None
    device.con.commit()
    device.con.close()
    until(lambda: closes(device.database))


def test_a_communicator_may_be_forgotten_in_its_own_callback(make, record, until):
    server = make("server")
    address = server.listen()
    device = Alone("forgotten")
    seen = weakref.ref(device.comm)

    def on_connect(connection):
        device.repl = device.comm = None
        record.on("called")(connection)

    device.comm.on_connect = on_connect
    device.comm.connect(address)
    record.wait_for("called")
    server.record.wait_for("on_destroy")
    del on_connect

    def is_gone():
        gc.collect()
        return seen() is None

    until(is_gone)  # the thread that has called back may hold it for a moment
    device.con.close()
    until(lambda: closes(device.database))


def test_a_communicator_keeps_its_callbacks():
    def callback(connection):
        pass

    kept = weakref.ref(callback)
    comm = exdb.IoTCommunicator(on_connect=callback)
    del callback
    gc.collect()
    assert kept() is comm.on_connect
    comm.on_connect = None
    gc.collect()
    assert kept() is None


def test_a_replicator_keeps_connection_and_communicator():
    device = Alone("keeping")
    con, comm, repl = weakref.ref(device.con), weakref.ref(device.comm), device.repl
    device.con = device.comm = device.repl = None
    gc.collect()
    assert con() is not None and repl.comm is comm()
    repl.destroy()
    assert con() is not None
    del repl
    gc.collect()
    assert con() is None and comm() is None
    device.database.close()


def test_a_cycle_ends():
    device = Alone("cycle")
    device.comm.on_connect = lambda connection, self=device: None
    seen, database = weakref.ref(device.repl), device.database
    del device
    gc.collect()
    assert seen() is None
    database.close()


MANY = """
import gc, os, sys, time
import exdb
exdb.init_runtime(iot=True)
dictionary = exdb.load_dictionary(
    "declare database many; iot device 1000; uptable class Sensor { unsigned<4> id; list; }; downtable class Config { unsigned<4> id; list; };")
server_dictionary = exdb.load_dictionary(
    "declare database many; iot server; uptable class Sensor { unsigned<4> id; list; }; downtable class Config { unsigned<4> id; list; };")
database = exdb.open_database("device", dictionary)
con = database.connect()
server_database = exdb.open_database("server", server_dictionary)
server_con = server_database.connect()
comm = exdb.IoTCommunicator()
server = exdb.IoTReplicator(server_con, comm)
address = f"127.0.0.1:{comm.listen('127.0.0.1:0')}"
calls = 0

def called(*arguments):
    global calls
    calls += 1

def once(number):
    own = exdb.IoTCommunicator(called, called, called, called, called)
    repl = exdb.IoTReplicator(con, own)
    repl.connect(address, None)
    if number < 20:  # later nothing may grow, the database neither
        con.startTransaction()
        con.new("Sensor").id = number
        con.commit()
    repl.sync(1, exdb.IoT.SYNC_BOTH | exdb.IoT.SYNC_WAIT)
    repl.clear(1)
    for connection in repl:
        connection.stat
    if number % 2:
        repl.destroy()
        own.destroy()

def look():
    gc.collect()
    with open("/proc/self/smaps_rollup") as file:
        anonymous = next(int(line.split()[1]) for line in file if line.startswith("Anonymous:"))
    return sys.getallocatedblocks(), len(os.listdir("/proc/self/task")), anonymous

count = int(sys.argv[1])
seen = []
for number in range(count):
    once(number)
    if number + 1 in (count // 10, count):
        end = time.monotonic() + 30
        seen.append(look())
        # A thread that has been waited for is listed by the system for a moment.
        while seen[-1][1] > seen[0][1] and time.monotonic() < end:
            seen[-1] = look()
assert calls >= 2 * count, calls
print(*seen[0], *seen[1])
"""


ALONE = """
import gc, os, sys
import exdb
exdb.init_runtime(iot=True)
database = exdb.open_database("alone", exdb.load_dictionary("declare database alone; iot device 1000; uptable class Sensor { unsigned<4> id; list; };"))
con = database.connect()

def look():
    gc.collect()
    with open("/proc/self/smaps_rollup") as file:
        anonymous = next(int(line.split()[1]) for line in file if line.startswith("Anonymous:"))
    return sys.getallocatedblocks(), len(os.listdir("/proc/self/task")), anonymous

for number in range(1, 1001):
    repl = exdb.IoTReplicator(con)
    repl.stop()
    repl.destroy()
    del repl
    if number in (100, 1000):
        print(*look())
"""


# Of glibc: freed memory goes back. Otherwise each of the threads, which use an arena that is free by chance, keeps some, 200 KiB together.
PLAIN = {"MALLOC_ARENA_MAX": "1", "GLIBC_TUNABLES": "glibc.malloc.tcache_count=0", "MALLOC_TRIM_THRESHOLD_": "4096", "MALLOC_TOP_PAD_": "0"}


def test_a_thousand_replicators_one_after_another_leave_nothing_behind():
    ended = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True, timeout=300)
    assert ended.returncode == 0 and not ended.stderr, ended.stderr
    blocks, threads, memory, blocks_later, threads_later, memory_later = map(int, ended.stdout.split())
    assert threads_later == threads
    assert blocks_later <= 1.02 * blocks and memory_later <= 1.02 * memory, ended.stdout


def test_a_thousand_replicators_that_were_connected_leave_nothing_behind():
    ended = subprocess.run([sys.executable, "-c", MANY, "1000"], capture_output=True, text=True, timeout=300, env={**os.environ, **PLAIN})
    assert ended.returncode == 0 and not ended.stderr, ended.stderr
    blocks, threads, memory, blocks_later, threads_later, memory_later = map(int, ended.stdout.split())
    assert threads_later <= threads
    assert blocks_later <= 1.02 * blocks and memory_later <= 1.02 * memory, ended.stdout


FORK = """
import gc, os, sys
import exdb
from exdb import IoT
exdb.init_runtime(iot=True)
CLASSES = "uptable class Sensor { unsigned<4> id; tree<id> idx; }; downtable class Config { unsigned<4> id; list; };"

def node(name, role, **callbacks):
    database = exdb.open_database(name, exdb.load_dictionary(f"declare database {name}db; iot {role}; {CLASSES}"))
    con = database.connect()
    comm = exdb.IoTCommunicator(**callbacks)
    return database, con, comm, exdb.IoTReplicator(con, comm)

server_database, server_con, server_comm, server = node("server", "server", on_connect=lambda connection: None)
database, con, comm, repl = node("device", "device 1000")
repl.connect(f"127.0.0.1:{server_comm.listen('127.0.0.1:0')}")
repl.sync(1, IoT.SYNC_BOTH | IoT.SYNC_WAIT)
(peer,) = repl.connections()
con.startTransaction()
obj = con.new("Sensor")
obj.id = 5
cursor = con.cursor("Sensor", "idx")

def refused(name, call):
    try:
        call()
    except exdb.InvalidOperationException as error:
        return
    print("child:", name, "is allowed", flush=True)
    os._exit(9)

def child():
    for name, call in {
        "read": lambda: obj.id,
        "write": lambda: setattr(obj, "id", 6),
        "cursor": cursor.first,
        "new": lambda: con.new("Sensor"),
        "commit": con.commit,
        "rollback": con.rollback,
        "close": con.close,
        "connect": database.connect,
        "close database": database.close,
        "sync": lambda: repl.sync(1, 1),
        "stop": repl.stop,
        "destroy": repl.destroy,
        "agent_id": lambda: repl.agent_id,
        "enum": lambda: repl.enum_agents(print),
        "listen": lambda: comm.listen("127.0.0.1:0"),
        "comm stop": comm.stop,
        "comm destroy": comm.destroy,
        "assign": lambda: setattr(comm, "on_ack", print),
        "peer": lambda: peer.stat,
        "replicator": lambda: exdb.IoTReplicator(con),
    }.items():
        refused(name, call)
    assert repr(comm) == "<IoTCommunicator, of another process>" and repr(repl) == "<IoTReplicator, of another process>"
    assert repr(peer) == "<IoTConnection, of another process>"

pid = os.fork()
if pid == 0:
    child()
    if sys.argv[1] == "forget":
        del server_database, server_con, server_comm, server, database, con, comm, repl, peer, obj, cursor
        gc.collect()
    elif sys.argv[1] == "_exit":
        os._exit(0)
    sys.exit(0)
_, status = os.waitpid(pid, 0)
assert status == 0, status
con.commit()
assert repl.sync(1, IoT.SYNC_BOTH | IoT.SYNC_WAIT)
server_con.startTransaction(exdb.Transaction.MCO_READ_ONLY)
print([each.id for each in server_con.cursor("Sensor", "idx")])
"""


@pytest.mark.parametrize("end", ["exit", "_exit", "forget"])
def test_a_forked_child_may_not_use_what_is_open(end):
    ended = subprocess.run([sys.executable, "-W", "ignore", "-c", FORK, end], capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "[5]\n", "")
