"""Ctrl-C while the main thread waits in the library: the wait ends with KeyboardInterrupt, and nothing is left of it."""

import signal
import subprocess
import sys
import textwrap

import pytest

BEGIN = """
import faulthandler, os, signal, socket, sys, threading
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

def ctrl_c(waits, then=lambda: None, daemon=False):
    '''Sends the signal when the main thread waits.'''
    def send():
        while not waits():
            pass
        os.kill(os.getpid(), signal.SIGINT)
        then()
    threading.Thread(target=send, daemon=daemon).start()

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

def stuck(name="stuck", own=False):
    '''A node whose callback waits, and how to let it go on.'''
    called, enough = threading.Event(), threading.Event()
    def wait(connection):
        called.set()
        enough.wait()
    text = f"declare database {name}db; iot device 2000;"
    con = exdb.open_database(name, exdb.load_dictionary(text)).connect()
    repl = exdb.IoTReplicator(con, None if own else exdb.IoTCommunicator())
    repl.comm.on_connect = wait
    repl.comm.on_disconnect = lambda connection: print("disconnected", flush=True)
    repl.connect(f"127.0.0.1:{at_server.comm.listen_port('127.0.0.1:0')}", None)
    called.wait()
    return con, repl, enough.set

def inside(function):
    '''Whether the main thread is in it, or in the library that it calls.'''
    return sys._current_frames()[threading.main_thread().ident].f_code is function.__code__

def ends():
    return inside(exdb._iot.life.end)

def ended(name):
    '''Whether nothing is left of a node.'''
    exdb.close_database(name)
    return not exdb._iot.life._handles.keys() - {each._handle for each in (at_server, at_server.comm, at_device, at_device.comm, at_alone, at_alone.comm)}

server, at_server = node("server", "server")
device, at_device = node("device", "device 1000")
alone, at_alone = node("alone", "server")
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
        ctrl_c(lambda: inside(at_device.clear) and device.db_stat()["writers_waiting"] > 0)
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
    "stop and destroy, which wait for a callback": """
        con, repl, release = stuck()
        comm = repl.comm
        for end in (comm.stop, comm.destroy, comm.destroy):
            ctrl_c(ends)
            try:
                end()
            except KeyboardInterrupt:
                continue
            print("not interrupted")
        release()
        comm.stop()
        repl.destroy()
        comm.destroy()
        con.close()
        assert ended("stuck")
        print("interrupted")
        """,
    "stop and destroy of a replicator with its own communicator": """
        con, repl, release = stuck(own=True)
        for end in (repl.stop, repl.destroy):
            ctrl_c(ends)
            try:
                end()
            except KeyboardInterrupt:
                continue
            print("not interrupted")
        release()
        repl.destroy()
        con.close()
        assert ended("stuck")
        print("interrupted")
        """,
    "the end of a with block": """
        con, repl, release = stuck()
        comm = repl.comm
        try:
            with con, comm, repl:
                ctrl_c(lambda: comm.is_stopped and ends())
        except KeyboardInterrupt:
            release()
        comm.destroy()
        assert ended("stuck")
        print("interrupted")
        """,
    "garbage collection, which another thread ends": """
        ends, handles = [], exdb._iot.life._handles
        def destroy(handle):
            ends.append(threading.current_thread().name)
            if len(ends) == 1:
                raise KeyboardInterrupt
            return 0
        handles["planted"] = exdb.IoTReplicator
        try:
            exdb._iot.life._collect(destroy, "planted")
        except KeyboardInterrupt:
            while "planted" in handles:
                pass
        assert ends == ["MainThread", "exdb-end"]
        print("interrupted")
        """,
    "a function of a signal stops what stops": """
        con, repl, release = stuck()
        def handler(number, frame):
            release()
            repl.comm.stop()
        signal.signal(signal.SIGINT, handler)
        ctrl_c(ends)
        repl.comm.destroy()
        repl.destroy()
        con.close()
        assert ended("stuck")
        print("interrupted")
        """,
    "callbacks of the main thread": """
        on_connect = lambda connection: os.kill(os.getpid(), signal.SIGINT)
        pumped, at_pumped = node("pumped", "device 2000", n_callback_threads=0, on_connect=on_connect, on_disconnect=on_connect)
        comm = at_pumped.comm
        count = 0
        try:
            at_pumped.connect(f"127.0.0.1:{at_server.comm.listen_port('127.0.0.1:0')}", None)
            while True:
                comm.process_connections(None)
        except KeyboardInterrupt:
            count += 1
        try:
            comm.stop()
        except KeyboardInterrupt:
            count += 1
        comm.stop()
        if count == 2:
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
    ended = run(WAITS[name])
    callbacks = "disconnected\n" if "stuck(" in WAITS[name] else ""
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, callbacks + "interrupted\n", "")


@pytest.mark.parametrize("raises, code", [("", -signal.SIGINT), ("signal.signal(signal.SIGINT, lambda *_: sys.exit(7))", 7)])
def test_ctrl_c_ends_a_program_whose_end_waits_for_a_callback(raises, code):
    ended = run(f"""
        {raises}
        con, repl, release = stuck()
        print("over", end="")
        ctrl_c(exdb._process.is_ending, daemon=True)
        """)
    assert (ended.returncode, ended.stdout, ended.stderr) == (code, "over", "")


def run(program):
    return subprocess.run([sys.executable, "-c", BEGIN + textwrap.dedent(program)], capture_output=True, text=True, timeout=60)
