"""Waiting for events of the schema, and voluntary indexes."""

import subprocess
import sys
import textwrap
import threading

import pytest

import exdb
from exdb import Operation

SCHEMA = """
declare database events;
class Tank {
    unsigned<4> id; string note;
    voluntary tree <note> by_note; voluntary unique tree <id> once; tree <id> always; list;
    event <new> tank_new; event <note update> tank_note; event <delete> tank_delete;
};
"""


@pytest.fixture
def dictionary(runtime):
    return exdb.load_dictionary(SCHEMA)


class Waiter(threading.Thread):
    """Waits on a connection of its own."""

    def __init__(self, db, event):
        super().__init__()
        self.con, self.event, self.result = db.connect(), event, []
        self.start()

    def run(self):
        try:
            self.result.append(self.con.waitEvent(self.event))
        except exdb.Error as error:
            self.result.append(error)

    def ended_by(self, step):
        """Repeats what ends the wait: nobody knows when it has begun."""
        while self.is_alive():
            step()
            self.join(0.005)
        return self.result[0]


def add(con, note="", commit=True):
    con.startTransaction()
    made = con.new("Tank")
    if note:
        made.note = note
    con.commit() if commit else con.rollback()


@pytest.mark.parametrize("event", ["tank_new", 1])
def test_a_commit_wakes(db, con, event):
    other, waiter = Waiter(db, "tank_delete"), Waiter(db, event)
    for _ in range(20):
        add(con, commit=False)
    assert waiter.is_alive()
    assert waiter.ended_by(lambda: add(con)) is True
    assert other.is_alive()
    assert other.ended_by(con.releaseAllEvents) is False
    con.releaseAllEvents()  # nobody waits


def test_an_attribute_is_a_put(db, con):
    assert Waiter(db, "tank_note").ended_by(lambda: add(con, "x")) is True


def test_many_rows_in_one_call(db, con):
    def insert():
        con.startTransaction()
        con.insert_many("Tank", {"id": range(3), "note": ["a", "b", "c"]})
        con.commit()

    assert Waiter(db, "tank_new").ended_by(insert) is True


def test_mistakes(con, dictionary):
    assert dictionary.events == {"tank_new": 1, "tank_note": 2, "tank_delete": 3}
    with pytest.raises(exdb.ArgumentException, match="it has tank_new, tank_note, tank_delete"):
        con.waitEvent("tank_newer")
    for wrong in (0, -1, 2**31, None, 1.5):
        with pytest.raises((exdb.ArgumentException, exdb.InvalidTypeException)):
            con.waitEvent(wrong)
    with pytest.raises(exdb.ProgrammingError, match="no event 4"):
        con.waitEvent(4)
    con.startTransaction()
    with pytest.raises(exdb.ProgrammingError, match="end it first"):
        con.waitEvent("tank_new")
    con.rollback()
    con.close()
    for use in (lambda: con.waitEvent(1), con.releaseAllEvents):
        with pytest.raises(exdb.InvalidOperationException):
            use()


def test_the_connection_ends(db):
    waiter = Waiter(db, "tank_new")
    waiter.con.close()
    waiter.join()
    assert isinstance(waiter.result[0], (exdb.InterfaceError, exdb.InvalidOperationException))


@pytest.mark.parametrize("daemon", [True, False])
@pytest.mark.parametrize("again", [True, False])
def test_the_program_ends_while_a_thread_waits(daemon, again):
    program = f"""
        import faulthandler, threading
        faulthandler.dump_traceback_later(50, exit=True)
        import exdb
        exdb.init_runtime()
        con = exdb.open_database("e", exdb.load_dictionary({SCHEMA!r})).connect()
        begun = threading.Event()
        def wait():
            begun.set()
            print(con.waitEvent("tank_new"), flush=True)
            if {again}:
                con.waitEvent("tank_delete")
        threading.Thread(target=wait, daemon={daemon}).start()
        begun.wait()
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == ("" if daemon else "False\n")


def test_a_voluntary_index(con, dictionary):
    assert dictionary.indexes["by_note"].voluntary and not dictionary.indexes["always"].voluntary
    con.startTransaction()
    for number, note in enumerate("bca"):
        made = con.new("Tank")
        made.id, made.note = number, note
    con.commit()
    con.startTransaction()
    with pytest.raises(exdb.DatabaseError, match="create it first.*Connection.create_index") as absent:
        con.cursor("Tank", "by_note")
    assert absent.value.code == 76
    con.create_index("Tank", "by_note")
    con.create_index("Tank", dictionary.indexes["by_note"])
    assert [row.note for row in con.cursor("Tank", "by_note")] == ["a", "b", "c"]
    con.create_index("Tank", "once")
    assert con.cursor().find("Tank", "once", 1).note == "c"
    con.drop_index("Tank", "once")
    with pytest.raises(exdb.DatabaseError, match="create it first"):
        con.cursor().find("Tank", "once", 1)
    con.new("Tank").id = 1
    con.commit()
    con.startTransaction()
    with pytest.raises(exdb.IntegrityError):
        con.create_index("Tank", "once")
    assert con.cursor().search("Tank", "by_note", Operation.Equals, "b")
    with pytest.raises(exdb.ArgumentException, match="Tank.always is not voluntary"):
        con.drop_index("Tank", "always")
    con.rollback()
    with pytest.raises(exdb.InvalidOperationException):
        con.create_index("Tank", "once")
