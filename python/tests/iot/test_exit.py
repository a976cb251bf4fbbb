"""Programs that end without stopping anything, in the middle of whatever goes on: they end at once, with their own exit code, and say nothing."""

import subprocess
import sys
import textwrap

import pytest

BEGIN = """
import faulthandler, threading, time
faulthandler.dump_traceback_later(50, exit=True)
import exdb
from exdb import IoT
exdb.init_runtime(iot=True)

CLASSES = "uptable class Sensor { unsigned<4> id; list; }; downtable class Config { unsigned<4> param; list; };"

class Node:
    def __init__(self, name, role, **callbacks):
        self.db = exdb.open_database(name, exdb.load_dictionary(f"declare database {name}db; iot {role}; {CLASSES}"))
        self.con = self.db.connect()
        self.comm = exdb.IoTCommunicator(**callbacks)
        self.repl = exdb.IoTReplicator(self.con, self.comm)

    def add(self):
        self.con.startTransaction()
        self.con.new("Sensor")
        self.con.commit()

def pair(**callbacks):
    global server, device
    server, device = Node("server", "server", **callbacks), Node("device", "device 1000")
    device.repl.connect(f"127.0.0.1:{server.comm.listen('127.0.0.1:0')}", None)
    device.repl.sync(1, IoT.SYNC_BOTH | IoT.SYNC_WAIT)

def daemon(work, *arguments):
    threading.Thread(target=work, args=arguments, daemon=True).start()

def hold_the_writers_place(until=threading.Event().wait, node=None):
    taken = threading.Event()
    def hold():
        with (node or server).db.connect() as con:
            con.startTransaction()
            taken.set()
            until()  # for ever
            con.new("Sensor")
    daemon(hold)
    taken.wait()

def until_the_end():
    while not exdb._process.is_ending():
        time.sleep(0.001)

def ask_for_the_writers_place():
    with server.db.connect() as con:
        con.startTransaction()
        print("too late", flush=True)

def until_they_wait(count, node=None):
    while (node or server).con.db_stat()["writers_waiting"] < count:
        time.sleep(0.001)

def sync_in_a_thread(daemon):
    def sync():
        try:
            device.repl.sync(1, IoT.SYNC_PUSH | IoT.SYNC_WAIT)
        except exdb.OperationalError as error:
            print("sync ended with", error.code, flush=True)
    device.add()
    threading.Thread(target=sync, daemon=daemon).start()
    while not any(entry["in_flight"] for entry in device.repl.status()):
        time.sleep(0.001)
"""

PROGRAMS = {
    "nothing is stopped": "pair()",
    "an exception": """
        pair()
        raise SystemExit(3)
        """,
    "callbacks are running": """
        calls = threading.Semaphore(0)
        def on_recieve(connection):
            calls.release()
            for n in range(1000):
                connection.stat
        pair(on_recieve=on_recieve, on_connect=lambda c: None, on_disconnect=lambda c: None, on_destroy=lambda c: None)
        device.comm.on_ack = lambda connection, ack: sum(range(10_000)) and None
        def insert():
            with device.db.connect() as con:
                for n in range(300):
                    con.startTransaction()
                    con.new("Sensor")
                    con.commit()
                    device.repl.sync(1, IoT.SYNC_PUSH)
        threading.Thread(target=insert, daemon=True).start()
        for n in range(3):
            calls.acquire()
        """,
    "a callback is running": """
        inside = threading.Event()
        def on_connect(connection):
            inside.set()
            until_the_end()
            print("callback ended", flush=True)
        pair(on_connect=on_connect)
        inside.wait()
        """,
    "a callback exits": """
        inside = threading.Event()
        pair(on_connect=lambda connection: (inside.set(), exit(7)))
        inside.wait()
        """,
    "a daemon thread waits in sync": """
        pair()
        hold_the_writers_place()
        sync_in_a_thread(daemon=True)
        """,
    "a thread waits in sync": """
        pair()
        hold_the_writers_place()
        sync_in_a_thread(daemon=False)
        """,
    "a thread goes on behind the main one": """
        pair()
        main = threading.current_thread()
        def late():
            main.join()
            device.add()
            print("sync", device.repl.sync(1, IoT.SYNC_PUSH | IoT.SYNC_WAIT), flush=True)
        threading.Thread(target=late).start()
        """,
    "a transaction is open": """
        pair()
        device.con.startTransaction()
        device.con.new("Sensor")
        """,
    "another thread has a transaction open, rows come": """
        pair()
        hold_the_writers_place()
        device.add()
        device.repl.sync(1, IoT.SYNC_PUSH)
        """,
    "callbacks have piled up": """
        inside = threading.Event()
        def on_connect(connection):
            inside.set()
            until_the_end()
        server = Node("server", "server", on_connect=on_connect, on_recieve=lambda c: print("delivered", flush=True))
        device = Node("device", "device 1000")
        device.repl.connect(f"127.0.0.1:{server.comm.listen('127.0.0.1:0')}", None)
        for n in range(20):
            device.add()
            device.repl.sync(1, IoT.SYNC_PUSH | IoT.SYNC_WAIT)
        inside.wait()
        """,
    "connections are kept": """
        kept = []
        pair(on_connect=kept.append)
        kept += device.repl.connections()
        """,
    "a cycle": """
        pair()
        server.comm.on_connect = device.comm.on_connect = lambda connection, keep=(server, device): None
        """,
    "a daemon thread pumps": """
        server = Node("server", "server", n_callback_threads=0)
        address = f"127.0.0.1:{server.comm.listen('127.0.0.1:0')}"
        def pump():
            while not server.comm.is_stopped:
                server.comm.process_connections(None)
        threading.Thread(target=pump, daemon=True).start()
        device = Node("device", "device 1000")
        device.repl.connect(address, None)
        """,
    "a connector tries": """
        device = Node("device", "device 1000", on_destroy=lambda connection: None)
        device.comm.connect("127.0.0.1:1", interval=1)
        """,
    "a handler at exit uses it": """
        import atexit
        def at_exit():
            device.repl.stop(), device.comm.stop(), device.repl.destroy(), device.comm.destroy()
            try:
                device.repl.sync(1, 1)
            except exdb.InvalidOperationException:
                print("refused")
        atexit.register(at_exit)
        import exdb._iot
        pair()
        """,
    "a callback uses what is closed": """
        def on_disconnect(connection):
            server.repl.sync(1000, IoT.SYNC_PUSH)
        pair(on_disconnect=on_disconnect)
        """,
    "a daemon thread works on": """
        pair()
        began = threading.Event()
        def work():
            with device.db.connect() as con:
                while True:
                    con.startTransaction()
                    con.new("Sensor")
                    con.commit()
                    device.repl.sync(1, IoT.SYNC_BOTH | IoT.SYNC_WAIT)
                    device.repl.clear(1)
                    began.set()
        for n in range(4):
            threading.Thread(target=work, daemon=True).start()
        began.wait()
        """,
    "a daemon thread has the writer's place at the end, others wait for it": """
        pair()
        hold_the_writers_place(until_the_end)
        for n in range(3):
            daemon(ask_for_the_writers_place)
        until_they_wait(3)
        """,
    "a daemon thread has the writer's place for ever, others wait for it": """
        pair()
        hold_the_writers_place()
        for n in range(3):
            daemon(ask_for_the_writers_place)
        until_they_wait(3)
        """,
    "a callback waits behind daemon threads for the writer's place": """
        asks = threading.Event()
        def on_connect(connection):
            asks.wait()
            with server.db.connect() as con:
                con.startTransaction()
                con.new("Config")
                con.commit()
            print("committed", flush=True)
        pair(on_connect=on_connect)
        hold_the_writers_place()
        daemon(ask_for_the_writers_place)
        until_they_wait(1)
        asks.set()
        until_they_wait(2)
        """,
    "a callback waits for a lock of a daemon thread": """
        lock, locked = threading.Lock(), threading.Event()
        def keep():
            with lock:
                locked.set()
                until_the_end()
                with server.db.connect():
                    print("too late", flush=True)
        daemon(keep)
        locked.wait()
        inside = threading.Event()
        def on_connect(connection):
            inside.set()
            with lock:
                print("callback ended", flush=True)
        pair(on_connect=on_connect)
        inside.wait()
        """,
    "a daemon thread clears, another has the writer's place": """
        pair()
        device.add()
        device.repl.sync(1, IoT.SYNC_PUSH | IoT.SYNC_WAIT)
        hold_the_writers_place(node=device)
        daemon(device.repl.clear, 1)
        until_they_wait(1, device)
        """,
    "daemon threads wait for a node that does not answer": """
        import socket
        silent = socket.create_server(("127.0.0.1", 0))
        device = Node("device", "device 1000")
        daemon(device.repl.connect, f"127.0.0.1:{silent.getsockname()[1]}", None)
        accepted = silent.accept()
        """,
    "daemon threads look and listen": """
        pair()
        began = threading.Semaphore(0)
        def look():
            while True:
                [connection.stat for connection in device.repl]
                device.repl.status()
                device.repl.auto_sync(after_commit=0)
                began.release()
        def listen():
            while True:
                device.comm.listen("127.0.0.1:0")
                device.comm.stop_listen("127.0.0.1:0")
                began.release()
        def read():
            with device.db.connect() as con:
                while True:
                    con.startTransaction(exdb.Transaction.MCO_READ_ONLY)
                    [row.id for row in con.cursor("Sensor")]
                    con.commit()
                    began.release()
        device.add()
        for n in range(2):
            daemon(look), daemon(read)
        daemon(listen)
        for n in range(20):
            began.acquire()
        """,
    "daemon threads forget what they have made": """
        pair()
        address = f"127.0.0.1:{server.comm.listen_port('127.0.0.1:0')}"
        began = threading.Semaphore(0)
        def once():
            comm = exdb.IoTCommunicator(*[lambda *arguments: None] * 5)
            repl = exdb.IoTReplicator(device.con, comm)
            repl.connect(address, None)
            kept = repl.connections()
            began.release()
        def forget():
            while True:
                once()
        device.repl.destroy()
        daemon(forget)
        for n in range(5):
            began.acquire()
        """,
    "automatic syncs": """
        pair()
        device.repl.auto_sync(after_commit=0, period=1)
        device.add()
        """,
}
PRINTED = {
    "a callback is running": "callback ended\n",
    "a thread waits in sync": "sync ended with 1214\n",
    "a thread goes on behind the main one": "sync True\n",
    "a handler at exit uses it": "refused\n",
    "a callback waits behind daemon threads for the writer's place": "committed\n",
    "a callback waits for a lock of a daemon thread": "callback ended\n",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_ends(name):
    program = BEGIN + textwrap.dedent(PROGRAMS[name])
    ended = subprocess.run([sys.executable, "-X", "faulthandler", "-c", program], capture_output=True, text=True, timeout=60)
    noise = "SystemExit" if name == "a callback exits" else ""
    assert noise in ended.stderr and (noise or not ended.stderr), f"{ended.returncode}: {ended.stdout}\n{ended.stderr}"
    assert ended.stdout == PRINTED.get(name, "")
    assert ended.returncode == (3 if name == "an exception" else 0)
