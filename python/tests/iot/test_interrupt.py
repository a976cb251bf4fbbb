"""Ctrl-C while the main thread waits in the library: the wait ends with KeyboardInterrupt, and nothing is left of it."""

import subprocess
import sys
import textwrap

import pytest

BEGIN = """
import faulthandler, os, signal, socket, threading
faulthandler.dump_traceback_later(50, exit=True)
import exdb
from exdb import IoT
exdb.init_runtime(iot=True)

def node(name, role, **options):
    text = f"declare database {name}db; iot {role}; uptable class Sensor {{ unsigned<4> id; list; event <new> added; }};"
    con = exdb.open_database(name, exdb.load_dictionary(text)).connect()
    return con, exdb.IoTReplicator(con, exdb.IoTCommunicator(**options))

def add(con):
    con.startTransaction()
    con.new("Sensor")
    con.commit()

def ctrl_c(waits, then=lambda: None):
    '''Sends the signal when the main thread waits.'''
    def send():
        while not waits():
            pass
        os.kill(os.getpid(), signal.SIGINT)
        then()
    threading.Thread(target=send).start()

def hold(name="alone"):
    '''Has the writer's place of a database until the result is called.'''
    held, enough = threading.Event(), threading.Event()
    def work():
        with exdb.connect(name) as con:
            con.startTransaction()
            held.set()
            enough.wait()
    thread = threading.Thread(target=work)
    thread.start()
    held.wait()
    return lambda: (enough.set(), thread.join())

def others_wait():
    return alone.db_stat()["writers_waiting"] == 1

def syncs():
    return exdb._iot.life._waiting

server, at_server = node("server", "server")
device, at_device = node("device", "device 1000")
alone, _ = node("alone", "server")
at_device.connect(f"127.0.0.1:{at_server.comm.listen('127.0.0.1:0')}", None)
"""

WAITS = {
    "startTransaction": """
        release = hold()
        waiting = exdb.connect("alone")
        ctrl_c(others_wait)
        try:
            waiting.startTransaction()
        except KeyboardInterrupt:
            print("interrupted")
        release()
        add(waiting)
        """,
    "startTransaction, which has just begun": """
        release = hold()
        waiting = exdb.connect("alone")
        ctrl_c(others_wait, release)
        try:
            waiting.startTransaction()
        except KeyboardInterrupt:
            print("interrupted")
        add(exdb.connect("alone"))  # which would be refused if it had stayed open
        """,
    "sync": """
        release = hold("server")
        add(device)
        ctrl_c(syncs)
        try:
            at_device.sync(1, IoT.SYNC_PUSH | IoT.SYNC_WAIT)
        except KeyboardInterrupt:
            print("interrupted")
        release()
        at_device.sync(1, IoT.SYNC_PUSH | IoT.SYNC_WAIT)
        """,
    "clear": """
        add(device)
        at_device.sync(1, IoT.SYNC_PUSH | IoT.SYNC_WAIT)
        release = hold("device")
        ctrl_c(lambda: device.db_stat()["writers_waiting"] == 1)
        try:
            at_device.clear(1)
        except KeyboardInterrupt:
            print("interrupted")
        release()
        at_device.clear(1)
        """,
    "waitEvent": """
        ctrl_c(lambda: exdb._waits._waiting)
        try:
            alone.waitEvent("added")
        except KeyboardInterrupt:
            print("interrupted")
        assert not exdb._waits._waiting
        add(alone)
        """,
    "waitEvent, and the function of the signal causes it": """
        free = threading.Lock()
        def cause(number, frame):
            if free.acquire(blocking=False):  # the next signal may come before this one is done with
                add(alone)
                free.release()
        signal.signal(signal.SIGINT, cause)
        ended = threading.Event()
        def again_and_again():  # what comes before the wait does not count
            while not ended.wait(0.02):
                os.kill(os.getpid(), signal.SIGINT)
        sender = threading.Thread(target=again_and_again)
        sender.start()
        if alone.waitEvent("added"):
            print("interrupted")
        ended.set()
        sender.join()
        """,
    "connect": """
        silent = socket.create_server(("127.0.0.1", 0))
        accepted = []
        ctrl_c(lambda: accepted.append(silent.accept()) or True)
        lonely, at_lonely = node("lonely", "device 2000")
        try:
            at_lonely.connect(f"127.0.0.1:{silent.getsockname()[1]}", None)
        except KeyboardInterrupt:
            print("interrupted")
        while accepted[0][0].recv(1000):
            pass
        """,
    "process_connections": """
        pumped, at_pumped = node("pumped", "device 2000", n_callback_threads=0)
        ready = threading.Event()
        ctrl_c(ready.wait)
        try:
            ready.set()
            while True:
                at_pumped.comm.process_connections(None)
        except KeyboardInterrupt:
            print("interrupted")
        """,
    "a function that ends nothing": """
        release = hold()
        waiting = exdb.connect("alone")
        def handler(number, frame):
            waiting.getStats()
            waiting.rollback()
            release()
        signal.signal(signal.SIGINT, handler)
        ctrl_c(others_wait)
        waiting.startTransaction()
        print("interrupted")
        """,
    "a function that closes": """
        release = hold()
        waiting = exdb.connect("alone")
        def handler(number, frame):
            waiting.close()
            sys.exit()
        import sys
        signal.signal(signal.SIGINT, handler)
        ctrl_c(others_wait)
        try:
            waiting.startTransaction()
        except SystemExit:
            print("interrupted")
        release()
        """,
}


@pytest.mark.parametrize("name", WAITS)
def test_ctrl_c_ends_a_wait(name):
    ended = subprocess.run([sys.executable, "-c", BEGIN + textwrap.dedent(WAITS[name])], capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "interrupted\n", "")
