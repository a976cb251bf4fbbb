"""Nodes of one process for the tests of replication."""

import gc
import itertools
import threading
import time

import pytest

import exdb

LIMIT = 30  # seconds; only a test that has failed ever takes that long

CLASSES = """
uptable class Sensor { unsigned<4> id; double value; tree<id> idx; };
downtable class Config { unsigned<4> param; double value; tree<param> idx; };
"""
# The server takes smaller numbers, and each of them once.
NARROW = """
uptable class Sensor { unsigned<1> id; double value; unique tree<id> idx; };
downtable class Config { unsigned<4> param; double value; tree<param> idx; };
"""

_numbers = itertools.count(1)


def schema(role, classes=CLASSES):
    """Text of a schema; role is as in 'iot server;'."""
    return f"declare database node; declare auto_oid[100]; iot {role}; {classes}"


class Record:
    """Events as (name, connection, ...) in the order in which callbacks saw them."""

    def __init__(self):
        self.events = []
        self.changed = threading.Condition()

    def on(self, name, result=None, look=None):
        """A callback that records; what `look` makes of the connection is recorded with it."""

        def callback(connection, *more):
            seen = (name, *((look(connection),) if look else ()), *more)
            with self.changed:
                self.events.append(seen)
                self.changed.notify_all()
            return result

        return callback

    def names(self):
        return [event[0] for event in self.events]

    def wait(self, condition):
        """Waits until condition(names of events) holds."""
        with self.changed:
            assert self.changed.wait_for(lambda: condition(self.names()), LIMIT), f"it has stayed at {self.events}"

    def wait_for(self, name, count=1):
        self.wait(lambda names: names.count(name) >= count)


class Node:
    """A database with connection, communicator and replicator."""

    def __init__(self, role, classes=CLASSES, agent_id=0, record=None, keep_alive=None, **options):
        self.name = f"node{next(_numbers)}"
        self.database = exdb.open_database(self.name, exdb.load_dictionary(schema(role, classes)), db_segment_size=16 << 20, iot_agent_id=agent_id)
        self.con = self.database.connect()
        self.record = record or Record()
        names = ("on_connect", "on_recieve", "on_ack", "on_disconnect", "on_destroy")
        self.comm = exdb.IoTCommunicator(**{**{name: self.record.on(name) for name in names}, **options})
        self.repl = exdb.IoTReplicator(self.con, self.comm)

    def listen(self):
        self.address = f"127.0.0.1:{self.comm.listen('127.0.0.1:0')}"
        return self.address

    def add(self, cls, *keys, **fields):
        """Objects with keys, in one transaction."""
        self.con.startTransaction()
        for key in keys:
            made = self.con.new(cls)
            setattr(made, "id" if cls == "Sensor" else "param", key)
            made.value = key / 2
            for name, value in fields.items():
                setattr(made, name, value)
        self.con.commit()

    def rows(self, cls, *fields):
        """Values of some fields of all objects, sorted."""
        self.con.startTransaction(exdb.Transaction.MCO_READ_ONLY)
        try:
            return sorted(tuple(getattr(each, field) for field in fields) for each in self.con.cursor(cls, "idx"))
        finally:
            self.con.commit()

    def close(self):
        self.con.rollback() if self.con._handle else None
        self.repl.destroy()
        self.comm.destroy()
        self.con.close()
        self.database.close()


@pytest.fixture(autouse=True, scope="module")
def runtime():
    exdb.init_runtime(disk=True, iot=True)
    yield
    gc.collect()  # what failed tests and exceptions hold
    exdb.stop_runtime()


@pytest.fixture
def make():
    """Makes nodes: make("server"), make("device 1000")."""
    made = []

    def node(*arguments, **options):
        made.append(Node(*arguments, **options))
        return made[-1]

    yield node
    for each in reversed(made):
        each.close()


@pytest.fixture
def pair(make):
    """A server that listens, and a device that is connected to it."""
    server, device = make("server"), make("device 1000")
    device.repl.connect(server.listen(), None)
    server.record.wait_for("on_connect")
    device.record.wait_for("on_connect")
    return server, device


@pytest.fixture
def narrow():
    """Classes of a server that cannot take every row of a device."""
    return NARROW


@pytest.fixture
def until():
    """Waits for a condition that nothing tells of."""

    def wait(condition):
        end = time.monotonic() + LIMIT
        while not condition():
            assert time.monotonic() < end, "the condition has not come true"
            time.sleep(0.001)

    return wait


@pytest.fixture
def record():
    return Record()
