"""find, search, and moving among objects."""

import pytest

import exdb
from exdb import Operation


@pytest.fixture
def ten(con):
    """Ten readings of two sensors: values 0, 0, 1, 1, .. 4, 4."""
    con.startTransaction()
    con.insert_many("Reading", [(ts, ts % 2, ts // 2) for ts in range(10)])
    con.commit()
    con.startTransaction()
    return con


def ts(rows):
    return [row.ts for row in rows]


def test_over_a_class(ten):
    assert ts(ten.cursor("Reading")) == list(range(10))
    assert ts(ten.cursor("Reading", "by_sensor")) == [0, 2, 4, 6, 8, 1, 3, 5, 7, 9]
    with ten.cursor("Reading") as cursor:
        assert iter(cursor) is cursor
        assert ts(cursor) == list(range(10)) and ts(cursor) == []
        cursor.reset()
        assert ts(cursor) == list(range(10))
    with pytest.raises(exdb.InvalidOperationException, match="closed"):
        cursor.next()
    assert ts(ten.cursor("Bare", "by_id")) == []


def test_moving(ten):
    cursor = ten.cursor("Reading")
    assert cursor.current() is None and cursor.prev() is None
    assert cursor.next().ts == 0 and cursor.current().ts == 0 and cursor.next().ts == 1
    assert cursor.prev().ts == 0 and cursor.prev() is None and cursor.current() is None
    assert cursor.next().ts == 0
    assert cursor.skip() and cursor.next().ts == 2
    assert cursor.last().ts == 9 and cursor.next() is None and cursor.next() is None and cursor.current() is None
    assert not cursor.skip() and cursor.prev().ts == 9 and cursor.prev().ts == 8 and cursor.first().ts == 0
    empty = ten.cursor("Everything")
    assert [empty.first(), empty.last(), empty.next(), empty.prev(), empty.current()] == [None] * 5
    assert not empty.skip() and list(empty) == []


EQUALS = [(Operation.Equals, [4, 5]), (Operation.GreaterOrEquals, [4, 5, 6, 7, 8, 9]), (Operation.GreaterThan, [6, 7, 8, 9])]
BELOW = [(Operation.LessOrEquals, [5, 4, 3, 2, 1, 0]), (Operation.LessThan, [3, 2, 1, 0])]


@pytest.mark.parametrize("operation, found", EQUALS + BELOW)
def test_search(ten, operation, found):
    cursor = ten.cursor()
    assert cursor.search("Reading", "by_value", operation, 2) is True
    assert ts(cursor) == found
    cursor.reset()
    assert ts(cursor) == found
    assert cursor.first().ts == found[0] and cursor.next().ts == found[1]
    assert cursor.last().ts == found[-1] and cursor.next() is None
    assert cursor.prev().ts == found[-1] and cursor.prev().ts == found[-2]
    for expected in found[-3::-1]:
        assert cursor.prev().ts == expected
    assert cursor.prev() is None and cursor.next().ts == found[0]


@pytest.mark.parametrize("operation, found", [(1, [1, 0]), (2, [2, 1, 0]), (3, [2]), (4, [2, 3, 4]), (5, [3, 4])])
def test_search_along_a_descending_field(runtime, operation, found):
    """The object made as number n has the value -n: what is less in the index has come first."""
    text = "declare database down; class Down { signed<4> value; signed<4> number; tree <value desc> by_value; };"
    with exdb.open_database("down", exdb.load_dictionary(text)) as db, db.connect() as con:
        con.startTransaction()
        con.insert_many("Down", [(-number, number) for number in range(5)])
        con.checkpoint()
        cursor = con.cursor()
        assert cursor.search("Down", "by_value", operation, -2) and [row.number for row in cursor] == found


@pytest.mark.parametrize("operation, key", [(3, 7), (3, 1.5), (4, 5), (5, 4), (2, -1), (1, 0)])
def test_search_for_nothing(ten, operation, key):
    cursor = ten.cursor()
    assert cursor.search("Reading", "by_value", operation, key) is None
    assert list(cursor) == [] and cursor.first() is None and cursor.last() is None and cursor.prev() is None
    assert cursor.search("Reading", "by_value", 3, 0) and ts(cursor) == [0, 1]


def test_search_of_several_fields(ten):
    cursor = ten.cursor()
    assert cursor.search("Reading", "by_sensor", Operation.GreaterOrEquals, (0, 6))
    assert ts(cursor) == [6, 8, 1, 3, 5, 7, 9]
    for wrong in (5, (1,), (1, 2, 3)):
        with pytest.raises(exdb.ArgumentException, match=r"\(sensor, ts\)"):
            cursor.search("Reading", "by_sensor", Operation.Equals, wrong)


def test_search_in_a_hash(ten):
    cursor = ten.cursor()
    assert cursor.search("Reading", "by_hash", Operation.Equals, 1)
    assert sorted(ts(cursor)) == [1, 3, 5, 7, 9]
    assert cursor.first().sensor == 1
    for call in (cursor.last, cursor.prev):
        with pytest.raises(exdb.NotSupportedError):
            call()
    with pytest.raises(exdb.ProgrammingError, match="Equals only"):
        cursor.search("Reading", "by_hash", Operation.LessThan, 1)
    with pytest.raises(exdb.NotSupportedError):
        ten.cursor("Reading", "by_hash").last()


def test_find(ten):
    cursor = ten.cursor()
    assert cursor.find("Reading", "by_sensor", (1, 7)).ts == 7
    assert cursor.find("Reading", "by_sensor", (0, 7)) is None
    assert cursor.find("Bare", "by_id", 5) is None
    with pytest.raises(exdb.ProgrammingError, match="search"):
        cursor.find("Reading", "by_value", 1)
    with pytest.raises(exdb.DataError, match="Reading.sensor"):
        cursor.find("Reading", "by_sensor", (-1, 7))
    with pytest.raises(exdb.InvalidTypeException, match="Reading.ts"):
        cursor.find("Reading", "by_sensor", (1, "x"))
    with pytest.raises(exdb.ArgumentException, match="no index 'x'.*by_sensor"):
        cursor.find("Reading", "x", 1)
    for key, words in ([1, 7], "a tuple of 2, not list"), (7, "a tuple of 2, not int"), ((1, 7, 1), "not a tuple of 3"):
        with pytest.raises(exdb.ArgumentException, match=rf"by_sensor is \(sensor, ts\), .*{words}"):
            cursor.find("Reading", "by_sensor", key)
    with pytest.raises(exdb.ArgumentException, match="by_id is id, not a tuple of 2"):
        cursor.find("Bare", "by_id", (1, 2))
    with pytest.raises(exdb.ProgrammingError, match="autoid"):
        cursor.find("Reading", None, 1)
    assert ts(ten.cursor("Reading")) == list(range(10))


def test_autoid(con):
    con.startTransaction()
    for i in range(3):
        con.new("Everything").u4 = i
    cursor = con.cursor("Everything")
    with pytest.raises(exdb.InvalidOperationException, match="next"):
        cursor.getAutoId()
    ids = [cursor.getAutoId() for _ in cursor]
    assert ids == sorted(set(ids)) and len(ids) == 3
    assert [con.cursor().find("Everything", None, number).u4 for number in ids] == [0, 1, 2]
    assert con.cursor().find("Everything", None, max(ids) + 1) is None
    for wrong in (-1, 2**64, "x"):
        with pytest.raises(exdb.ArgumentException, match="autoid"):
            con.cursor().find("Everything", None, wrong)
    con.insert_many("Reading", [(1, 1, 1)])
    plain = con.cursor("Reading")
    plain.next()
    with pytest.raises(exdb.ProgrammingError, match="autoid"):
        plain.getAutoId()


def test_what_cannot_be_opened(ten):
    with pytest.raises(exdb.ProgrammingError, match="Bare.*list"):
        ten.cursor("Bare")
    with pytest.raises(exdb.ArgumentException, match="cursor\\(cls, idx\\)"):
        ten.cursor(idx="by_id")
    cursor = ten.cursor()
    for use in (cursor.next, cursor.first, cursor.reset, cursor.current, lambda: iter(cursor)):
        with pytest.raises(exdb.InvalidOperationException, match="search"):
            use()
    for operation in (0, 15, "x", None):
        with pytest.raises(exdb.ArgumentException, match="Operation"):
            cursor.search("Reading", "by_value", operation, 1)
    for operation in range(6, 15):
        with pytest.raises(exdb.NotSupportedError):
            cursor.search("Reading", "by_value", operation, 1)
    for name in ("execute", "execute_many", "fetchone", "fetchmany", "fetchall", "extractone"):
        with pytest.raises(exdb.NotSupportedError):
            getattr(cursor, name)("SELECT 1")
    assert (cursor.rowcount, cursor.arraysize) == (-1, 100)


def test_removing_while_iterating(ten):
    for row in ten.cursor("Reading"):
        if row.sensor:
            ten.remove(row)
    assert ts(ten.cursor("Reading")) == [0, 2, 4, 6, 8]
    cursor = ten.cursor("Reading")
    ten.remove(cursor.next())
    with pytest.raises(exdb.ProgrammingError, match="removed"):
        cursor.current()
    assert cursor.next().ts == 2


def test_checkpoint_shows_new_keys(ten):
    cursor = ten.cursor("Reading")
    cursor.next().value = 99
    assert not ten.cursor().search("Reading", "by_value", Operation.Equals, 99)
    cursor.checkpoint()
    assert ten.cursor().search("Reading", "by_value", Operation.Equals, 99)


def test_a_cursor_before_its_transaction(con):
    cursor = con.cursor()
    con.startTransaction()
    assert cursor.find("Bare", "by_id", 1) is None
    con.commit()
    con.startTransaction()
    with pytest.raises(exdb.InvalidOperationException, match="new one"):
        cursor.find("Bare", "by_id", 1)


def test_many_cursors_at_a_time(ten):
    cursors = [ten.cursor("Reading") for _ in range(50)]
    for i, cursor in enumerate(cursors):
        for _ in range(i % 10):
            cursor.skip()
    assert [cursor.next().ts for cursor in cursors] == [i % 10 for i in range(50)]
    del cursors
    assert ts(ten.cursor("Reading")) == list(range(10))
