"""What the tests share. They run against the installed wheel, never against the source."""

import itertools

import pytest

import exdb
from plant import SCHEMA

_numbers = itertools.count()


@pytest.fixture
def runtime():
    """A started runtime; databases that a test leaves open are closed."""
    exdb.init_runtime(disk=True)
    yield exdb
    for connection in exdb._connection.Connection._all():
        connection.close()
    for name in exdb.get_registry():
        exdb.close_database(name)
    exdb.stop_runtime()


@pytest.fixture
def dictionary(runtime):
    """The schema that most tests use."""
    return exdb.load_dictionary(SCHEMA)


@pytest.fixture
def db(dictionary):
    """An open database in memory."""
    return exdb.open_database(f"t{next(_numbers)}", dictionary)


@pytest.fixture
def con(db):
    """A connection without a transaction."""
    return db.connect()


@pytest.fixture
def writing(con):
    """A connection with a transaction that writes."""
    con.startTransaction()
    return con
