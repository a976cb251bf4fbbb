"""Nullable fields: None, row by row and in columns."""

import decimal

import pytest

import exdb

try:
    import numpy as np
except ImportError:
    np = None

VALUES = {
    "i8": -1,
    "u1": 255,
    "d": 0.5,
    "b": True,
    "c": "ab",
    "nc": "𝄞",
    "s": "text",
    "ns": "",
    "bi": b"\1\0\0\0",
    "vb": b"\0",
    "dt": 86400,
    "n": decimal.Decimal("1.25"),
    "unit": 6,
}
FIELDS = """
    nullable signed<8> i8; nullable unsigned<1> u1; nullable double d; nullable bool b; nullable char<4> c; nullable nchar<3> nc;
    nullable string s; nullable nstring ns; nullable binary<4> bi; nullable varbinary vb; nullable datetime dt;
    nullable numeric<9,2> n; nullable Unit unit;
"""
SCHEMA = f"""
declare database nulls;
enum Unit {{ CELSIUS, BAR = 5, PERCENT }};
class Maybe {{ {FIELDS} list; unique tree <i8, s> keys; }};
class Other {{ nullable unsigned<4> seven = 7; unsigned<4> plain; list; }};
"""


@pytest.fixture
def writing(runtime):
    con = exdb.open_database("nulls", exdb.load_dictionary(SCHEMA)).connect()
    con.startTransaction()
    return con


@pytest.mark.parametrize("name", VALUES)
def test_a_field_is_none_until_it_is_written(writing, name):
    row = writing.new("Maybe")
    assert getattr(row, name) is None
    setattr(row, name, VALUES[name])
    assert getattr(row, name) == VALUES[name]
    writing.commit()
    writing.startTransaction()
    row = writing.cursor("Maybe").next()
    assert {field: getattr(row, field) for field in VALUES} == {**dict.fromkeys(VALUES), name: VALUES[name]}
    setattr(row, name, None)
    writing.commit()
    writing.startTransaction()
    assert getattr(writing.cursor("Maybe").next(), name) is None


def test_a_default_comes_before_none(writing):
    row = writing.new("Other")
    assert row.seven == 7 and "'seven': 7" in repr(row)
    row.seven = None
    assert "'seven': None" in repr(row)
    with pytest.raises(exdb.InvalidTypeException):
        row.plain = None
    assert row.plain == 0
    fields = writing.dictionary.classes["Other"].fields
    assert fields["seven"].nullable and not fields["plain"].nullable


def test_none_is_no_key(writing):
    for number in (1, None, None, 2):
        row = writing.new("Maybe")
        row.i8, row.s = number, "x"
    writing.commit()
    writing.startTransaction()
    assert [row.i8 for row in writing.cursor("Maybe", "keys")] == [1, 2]
    assert [row.i8 for row in writing.cursor("Maybe")] == [1, None, None, 2]
    with pytest.raises(exdb.InvalidTypeException):
        writing.cursor().find("Maybe", "keys", (None, "x"))


def rows_of(con, names=tuple(VALUES)):
    return [tuple(getattr(row, name) for name in names) for row in con.cursor("Maybe")]


def test_columns_with_none(writing):
    columns = {name: [None, value, None] for name, value in VALUES.items()}
    assert writing.insert_many("Maybe", columns) == 3
    empty, full = (None,) * len(VALUES), tuple(VALUES.values())
    assert rows_of(writing) == [empty, full, empty]
    assert writing.cursor("Maybe").read_many() == columns


@pytest.mark.parametrize(
    "data, fields, found",
    [
        ([(None, "a"), (5, None)], ("i8", "s"), [(None, "a"), (5, None)]),
        ([{"i8": 5}, {"s": "a"}, {}], None, [(5, None), (None, "a"), (None, None)]),
        ({"i8": range(2), "s": None}, None, [(0, None), (1, None)]),
        ({"i8": None, "s": ("a", None)}, None, [(None, "a"), (None, None)]),
    ],
)
def test_none_in_rows_dicts_and_repeated_values(writing, data, fields, found):
    writing.insert_many("Maybe", data, *([] if fields is None else [fields]))
    assert rows_of(writing, ("i8", "s")) == found


def test_none_where_it_cannot_be(writing):
    with pytest.raises(exdb.InvalidTypeException, match="row 1: Other.plain"):
        writing.insert_many("Other", {"plain": [1, None]})
    with pytest.raises(exdb.InvalidTypeException, match="row 0"):
        writing.insert_many("Maybe", {"i8": ["x", None]})
    assert rows_of(writing) == []


@pytest.mark.skipif(np is None, reason="NumPy is not installed")
def test_arrays(writing):
    writing.insert_many("Maybe", {"i8": np.arange(3), "d": np.array([0.5, None, 1.5], dtype=object)})
    assert rows_of(writing, ("i8", "d")) == [(0, 0.5), (1, None), (2, 1.5)]
    whole, part = np.zeros(3, "i8"), np.zeros(3)
    assert writing.cursor("Maybe").read_into({"i8": whole}) == 3 and whole.tolist() == [0, 1, 2]
    with pytest.raises(exdb.DataError, match="row 1: Maybe.d "):
        writing.cursor("Maybe").read_into({"d": part})
    assert part[0] == 0.5
