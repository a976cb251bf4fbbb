"""Transactions, the thread rule, objects after their end, exceptions."""

import gc
import sys
import threading

import pytest

import exdb
from exdb import Transaction


def rows(con):
    con.startTransaction(Transaction.MCO_READ_ONLY)
    found = [(row.sensor, row.ts) for row in con.cursor("Reading")]
    con.commit()
    return found


def test_commit_and_rollback(con):
    con.commit()
    con.rollback()
    con.startTransaction()
    con.new("Reading").ts = 1
    con.rollback()
    con.startTransaction(priority=Transaction.MCO_TRANS_HIGH)
    con.new("Reading").ts = 2
    con.commit()
    con.commit()
    assert rows(con) == [(0, 2)]


def test_one_at_a_time(writing):
    with pytest.raises(exdb.InvalidOperationException, match="commit or roll it back"):
        writing.startTransaction()
    writing.commit()
    for arguments in ((7,), (Transaction.MCO_READ_WRITE, 9), ("x",)):
        with pytest.raises(exdb.ArgumentException, match="Transaction"):
            writing.startTransaction(*arguments)


def test_a_second_writer_in_one_thread(db, writing):
    with pytest.raises(exdb.ProgrammingError, match="end it first"):
        db.connect().startTransaction()


def test_without_one(con):
    for use in (lambda: con.new("Reading"), lambda: con.deleteAll("Reading"), lambda: con.cursor("Reading")):
        with pytest.raises(exdb.InvalidOperationException, match="startTransaction"):
            use()


@pytest.mark.parametrize("kind", [Transaction.MCO_READ_ONLY, Transaction.MCO_UPDATE])
def test_what_only_reads_stays_usable(con, kind):
    con.startTransaction()
    con.new("Reading").ts = 1
    con.commit()
    con.startTransaction(kind)
    row = con.cursor("Reading").next()
    for write in (
        lambda: con.new("Reading"),
        lambda: con.remove(row),
        lambda: con.deleteAll("Reading"),
        lambda: setattr(row, "ts", 5),
        lambda: con.insert_many("Reading", [(1, 2, 3)]),
        lambda: con.cursor("Reading").checkpoint(),
    ):
        with pytest.raises(exdb.ProgrammingError, match="MCO_READ_WRITE"):
            write()
    assert row.ts == 1
    con.commit()


def test_a_taken_key(con):
    con.startTransaction()
    con.new("Reading").ts = 1
    con.new("Reading").ts = 1
    with pytest.raises(exdb.ProgrammingError):
        exdb.load_dictionary("nonsense")
    with pytest.raises(exdb.IntegrityError, match=r"Reading.by_sensor \(sensor, ts\)") as taken:
        con.commit()
    assert taken.value.text is None  # nothing that an earlier call has said
    assert taken.value.code == 13 and taken.value.file.startswith(__file__)
    assert str(taken.value).startswith(" 13 (") and str(taken.value).endswith(f" at {taken.value.file}.")
    assert rows(con) == []
    con.startTransaction()
    con.new("Reading").ts = 1
    con.new("Reading").ts = 1
    with pytest.raises(exdb.IntegrityError):
        con.cursor("Reading").checkpoint()
    con.rollback()


def test_implicit_rollback_can_be_off(dictionary):
    mode = exdb.DbParamsModeMask.DISABLE_IMPLICIT_ROLLBACK
    with exdb.open_database("x", dictionary, db_params_mode_mask=mode, db_segment_size=1 << 20) as db, db.connect() as con:
        con.startTransaction()
        for _ in range(100):
            con.new("Everything").s = "x" * 60_000
        with pytest.raises(exdb.OperationalError, match="db_segment_size"):
            con.checkpoint()
        with pytest.raises(exdb.OperationalError, match="roll it back"):
            con.commit()
        con.rollback()


def test_an_object_ends_with_its_transaction(con):
    con.startTransaction()
    row, cursor = con.new("Reading"), con.cursor("Reading")
    con.commit()
    for use in (lambda: row.ts, lambda: setattr(row, "ts", 1), lambda: repr(row), cursor.next, cursor.first, cursor.reset, cursor.checkpoint):
        with pytest.raises(exdb.InvalidOperationException, match="transaction"):
            use()
    con.startTransaction()
    with pytest.raises(exdb.InvalidOperationException, match="find it again"):
        con.remove(row)
    with pytest.raises(exdb.InvalidOperationException):
        cursor.next()
    with pytest.raises(exdb.InvalidOperationException):
        row.ts
    con.commit()


def test_removed(writing):
    row = writing.new("Reading")
    writing.remove(row)
    for use in (lambda: row.ts, lambda: setattr(row, "ts", 5), lambda: writing.remove(row), lambda: repr(row)):
        with pytest.raises(exdb.InterfaceError, match="removed.*not use it any more"):
            use()
    writing.new("Reading").ts = 3  # which did not spoil the transaction
    for wrong in (None, 5, "Reading"):
        with pytest.raises(exdb.InvalidTypeException):
            writing.remove(wrong)
    writing.rollback()
    writing.startTransaction()
    writing.new("Reading").ts = 1
    writing.new("Reading").ts = 2
    writing.deleteAll("Reading")
    writing.commit()
    assert rows(writing) == []


def test_unknown_names(writing):
    with pytest.raises(exdb.ArgumentException, match="no class 'reading'.*Reading, Everything, Bare"):
        writing.new("reading")
    row = writing.new("Reading")
    with pytest.raises(AttributeError, match="Reading has no field 'nothing'; it has ts, sensor, value"):
        row.nothing
    with pytest.raises(AttributeError):
        row.nothing = 1
    with pytest.raises(AttributeError):
        row.oid
    with pytest.raises(exdb.ArgumentException, match="Reading has no oid"):
        writing.new("Reading", oid=b"12345678")


def in_thread(act):
    """What `act` gives, or raises, in another thread that then ends."""
    result = []

    def run():
        try:
            result.append((act(), None))
        except Exception as wrong:
            result.append((None, wrong))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(30)
    assert result, "the thread waits for something that does not come"
    value, wrong = result[0]
    if wrong is not None:
        raise wrong
    return value


def test_who_began_to_write_ends_it(writing):
    for end in (writing.commit, writing.rollback, writing.close):
        with pytest.raises(exdb.InvalidOperationException, match="thread that began it"):
            in_thread(end)
    writing.new("Reading").ts = 1
    writing.commit()
    assert rows(writing) == [(0, 1)]


def test_two_threads_start_at_once(con, db):
    writer = db.connect()
    writer.startTransaction()
    waiting = threading.Thread(target=lambda: (con.startTransaction(), con.new("Reading"), con.commit()), daemon=True)
    waiting.start()
    while not writer.db_stat()["writers_waiting"]:
        assert waiting.is_alive()
    with pytest.raises(exdb.InvalidOperationException, match="each thread needs a connection of its own"):
        in_thread(lambda: con.startTransaction(Transaction.MCO_READ_ONLY))
    with pytest.raises(exdb.InvalidOperationException, match="each thread needs a connection of its own"):
        in_thread(con.close)
    writer.commit()
    waiting.join(30)
    assert len(rows(con)) == 1


def test_a_connection_may_be_handed_over(con):
    con.startTransaction(Transaction.MCO_READ_ONLY)
    in_thread(con.commit)

    def write():
        con.startTransaction()
        con.new("Reading").ts = 1
        con.commit()

    in_thread(write)
    assert rows(con) == [(0, 1)]


def test_collected_in_another_thread_ends_in_this_one(db):
    def forget():
        held.clear()
        gc.collect()

    held = [db.connect()]
    held[0].startTransaction()
    held[0].new("Reading").ts = 1
    in_thread(forget)
    # It stays as it is until this thread makes its next call.
    with pytest.raises(exdb.OperationalError):
        in_thread(db.close)
    with db.connect() as con:
        con.startTransaction()
        assert [row.ts for row in con.cursor("Reading")] == []
        con.commit()
    db.close()


def test_collected_in_another_thread_ends_with_its_thread(db):
    began, forgotten, held = threading.Event(), threading.Event(), []

    def begin():
        held.append(db.connect())
        held[0].startTransaction()
        began.set()
        forgotten.wait(30)

    thread = threading.Thread(target=begin)
    thread.start()
    assert began.wait(30)
    held.clear()
    gc.collect()
    forgotten.set()
    thread.join(30)
    in_thread(lambda: write(db))
    db.close()


def test_a_thread_that_has_ended_leaves_it_to_others(db):
    held = []

    def begin():
        held.append(db.connect())
        held[0].startTransaction()

    in_thread(begin)
    with pytest.raises(exdb.InvalidOperationException):
        held[0].commit()
    held.clear()
    gc.collect()
    in_thread(lambda: write(db))
    db.close()


def write(db):
    with db.connect() as con:
        con.startTransaction()
        con.commit()


def test_text_of_an_error():
    wrong = exdb.Error(13, "a message", "file.py", 5)
    assert str(wrong) == " 13 (a message) at file.py:5."
    wrong = exdb.DataError(13, "a message", "file.py", 5, "text", "info")
    assert str(wrong) == " 13 (a message) - 'text' info at file.py:5."
    assert (wrong.code, wrong.msg, wrong.file, wrong.text, wrong.info) == (13, "a message", "file.py:5", "text", "info")


@pytest.mark.parametrize(
    "name, base",
    [("InterfaceError", "Error"), ("DatabaseError", "Error")]
    + [
        (name, "DatabaseError")
        for name in ("DataError", "OperationalError", "IntegrityError", "InternalError", "ProgrammingError", "NotSupportedError")
    ],
)
def test_classes_of_exceptions(name, base):
    cls = getattr(exdb, name)
    assert cls.__bases__ == (getattr(exdb, base),) and cls.__module__ == "exdb"
    for plain in (exdb.Error, exdb.Warning, exdb.InvalidTypeException, exdb.ArgumentException, exdb.InvalidOperationException):
        assert plain.__bases__ == (Exception,)


CODES = {
    exdb.IntegrityError: [13],
    exdb.DataError: [2, 61, 99, 516],
    exdb.ProgrammingError: [62, 53, 1005, 500, 501, 515, 517, 521, 800, 808, 60, 63, 98, 68, 66, 1023],
    exdb.InterfaceError: [51, 64, 1024],
    exdb.NotSupportedError: [57, 302, 1007, 88],
    exdb.InternalError: [50, 100_000, 590_000],
    exdb.OperationalError: [52, 82, 87, 69, 54, 100, 132, 300, 332, 71, 1207],
    exdb.DatabaseError: [55, 999, 1014, 1025],
}


def test_codes():
    for kind, codes in CODES.items():
        for code in codes:
            assert exdb._errors.kind_of(code) is kind, code
    from exdb._capi import lib

    assert exdb._errors.kind_of(lib.MCO_E_IOT_INVALID_HANDLE) is exdb.InterfaceError
    assert exdb._errors.kind_of(lib.MCO_E_IOT_NOT_INITIALIZED) is exdb.ProgrammingError


@pytest.fixture
def switching():
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.parametrize("field, given", [("u4", [1, 2]), ("s", ["a" * 10, "b" * 50_000])])
def test_threads_that_share_a_transaction_get_what_is_theirs(con, switching, field, given):
    con.startTransaction()
    con.insert_many("Everything", {field: given})
    con.commit()
    con.startTransaction(Transaction.MCO_READ_ONLY)
    odd = []

    def read(row, expected):
        odd.extend(value for value in (getattr(row, field) for _ in range(5_000)) if value != expected)

    threads = [threading.Thread(target=read, args=pair) for pair in zip(con.cursor("Everything"), given)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert odd == []


@pytest.mark.parametrize("field", ["s", "ns", "vb"])
@pytest.mark.parametrize("length", [10, 1_000, 30_000])
def test_what_comes_in_between_may_read_other_texts(con, field, length):
    """Functions of signals and finalisers do, between any two lines."""
    given = [letter * length if field != "vb" else letter.encode() * length for letter in "abc"] + [b"" if field == "vb" else ""]
    con.startTransaction()
    con.insert_many("Everything", {field: given})
    con.commit()
    con.startTransaction(Transaction.MCO_READ_ONLY)
    row, *others = con.cursor("Everything")
    seen = []

    def between(frame, event, arg):
        seen.append([getattr(other, field) for other in others])
        return between

    sys.settrace(between)
    try:
        found = getattr(row, field)
    finally:
        sys.settrace(None)
    assert found == given[0]
    assert len(seen) > 5 and all(each == given[1:] for each in seen)


def test_threads_that_share_a_transaction_write_what_is_theirs(writing, switching):
    rows = [writing.new("Everything") for _ in range(2)]
    odd = []

    def write(row, number):
        for _ in range(3_000):
            row.u4, row.s = number, str(number) * number
            if (row.u4, row.s) != (number, str(number) * number):
                odd.append((row.u4, row.s))

    threads = [threading.Thread(target=write, args=(row, number)) for number, row in enumerate(rows, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert odd == []


def test_a_transaction_ends_while_another_thread_reads(con, switching):
    con.startTransaction()
    con.insert_many("Everything", {"s": ["b" * 50_000]})
    con.commit()
    for _ in range(50):
        con.startTransaction(Transaction.MCO_READ_ONLY)
        row = con.cursor("Everything").next()
        seen, reading = set(), threading.Event()

        def read(row=row, seen=seen, reading=reading):
            with pytest.raises((exdb.InvalidOperationException, exdb.InterfaceError)):
                while True:
                    seen.add(row.s)
                    reading.set()
            seen.add("end")

        thread = threading.Thread(target=read)
        thread.start()
        reading.wait()
        con.commit()
        thread.join()
        assert seen == {"b" * 50_000, "end"}
