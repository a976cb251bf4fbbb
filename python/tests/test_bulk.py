"""Many rows at once, from and to sequences, buffers and NumPy arrays."""

import array
import ctypes
import datetime
import decimal

import pytest

import exdb
from exdb import Operation

try:
    import numpy as np
except ImportError:
    np = None

needs_numpy = pytest.mark.skipif(np is None, reason="NumPy is not installed")


def readings(con):
    return [(row.ts, row.sensor, row.value) for row in con.cursor("Reading")]


def test_rows(writing):
    assert writing.insert_many("Reading", [(1, 2, 3.5), [4, 5, 6]]) == 2
    assert writing.insert_many("Reading", ((ts, 0.5) for ts in (7, 8)), ("ts", "value")) == 2
    assert writing.insert_many("Reading", []) == 0
    assert readings(writing) == [(1, 2, 3.5), (4, 5, 6.0), (7, 0, 0.5), (8, 0, 0.5)]


def test_columns(writing):
    columns = {"ts": range(3), "sensor": array.array("H", [1, 2, 3]), "value": 0.5}
    assert writing.insert_many("Reading", columns) == 3
    assert readings(writing) == [(0, 1, 0.5), (1, 2, 0.5), (2, 3, 0.5)]
    assert writing.insert_many("Reading", {"ts": (9,)}) == 1
    writing.commit()


EVERY = {
    "i1": [-128, 127],
    "i8": [-(2**63), 2**63 - 1],
    "u1": b"\x00\xff",
    "u8": [0, 2**64 - 1],
    "f": [0.5, float("inf")],
    "d": array.array("f", [0.5, 1.5]),
    "b": [True, 5],
    "c": ["ab", b"cdef"],
    "nc": ["𝄞x", ""],
    "s": ["a\0", "x" * 60000],
    "ns": "täxt",
    "bi": [b"\1\0", memoryview(b"1234")],
    "vb": b"\0\1\0",
    "da": [datetime.date(1970, 1, 2), 5],
    "dt": [datetime.datetime(1970, 1, 1, 0, 1), 7],
    "n": [decimal.Decimal("1.25"), 7],
    "unit": ["CELSIUS", 6],
}


def test_every_type(writing):
    assert writing.insert_many("Everything", EVERY) == 2
    read = writing.cursor("Everything").read_many()
    assert list(read) == list(writing.dictionary.classes["Everything"].fields)
    by_attribute = list(writing.cursor("Everything"))
    for name, column in read.items():
        assert column == [getattr(row, name) for row in by_attribute], name
    assert read["s"] == ["a\0", "x" * 60000] and read["ns"] == ["täxt"] * 2 and read["vb"] == [b"\0\1\0"] * 2
    assert read["b"] == [True, True] and read["n"] == [decimal.Decimal("1.25"), 7] and read["unit"] == [0, 6]
    assert read["da"] == [86400, 5] and read["bi"] == [b"\1\0\0\0", b"1234"] and read["i4"] == [0, 0]


@pytest.mark.parametrize(
    "data, kind, words",
    [
        ({"u1": [1, 256]}, exdb.DataError, "row 1: Everything.u1.*255"),
        ({"u1": array.array("H", [1, 256])}, exdb.DataError, "row 1: Everything.u1"),
        ({"u4": array.array("i", [3, -1])}, exdb.DataError, "row 1"),
        ({"f": [1, 1e39]}, exdb.DataError, "row 1"),
        ({"f": array.array("d", [1, 1e39])}, exdb.DataError, "row 1"),
        ({"n": [1, decimal.Decimal("0.001")]}, exdb.DataError, "row 1"),
        ({"c": ["x", "abcde"]}, exdb.DataError, "row 1"),
        ({"unit": [1, "VOLT"]}, exdb.DataError, "row 1"),
        ({"u4": [1, 2.5]}, exdb.InvalidTypeException, "row 1: Everything.u4"),
        ({"u4": array.array("d", [1])}, exdb.InvalidTypeException, "integers"),
        ({"u4": [1, None]}, exdb.InvalidTypeException, "row 1"),
        ({"s": ["x", 5]}, exdb.InvalidTypeException, "row 1"),
        ({"u4": [1], "s": "x", "i1": [1, 2]}, exdb.ArgumentException, "u4: 1, i1: 2"),
        ({"s": "x"}, exdb.ArgumentException, "only single values"),
        ({"x": [1]}, exdb.ArgumentException, "no field 'x'"),
        ({}, exdb.ArgumentException, "columns"),
        ({"u4": {1, 2}}, exdb.ArgumentException, "u4 is a set"),
        ({"s": {"x": 1}}, exdb.ArgumentException, "s is a dict"),
        ([(1, 2)], exdb.ArgumentException, "a row has"),
        ([1, 2], exdb.ArgumentException, "tuples"),
        (5, exdb.ArgumentException, "rows"),
    ],
)
def test_mistakes_leave_the_transaction_as_it_was(writing, data, kind, words):
    writing.insert_many("Reading", [(1, 1, 1)])
    with pytest.raises(kind, match=words):
        writing.insert_many("Everything", data)
    writing.commit()
    writing.startTransaction()
    assert list(writing.cursor("Everything")) == [] and readings(writing) == [(1, 1, 1.0)]


def test_mistakes_in_fields(writing):
    for fields in (["x"], "ts"):
        with pytest.raises(exdb.ArgumentException):
            writing.insert_many("Reading", [(1,)], fields)
    for use in (lambda twice: writing.insert_many("Reading", [(1, 2)], twice), lambda twice: writing.cursor("Reading").read_many(1, twice)):
        with pytest.raises(exdb.ArgumentException, match="twice: ts, ts"):
            use(["ts", "ts"])
    with pytest.raises(exdb.ArgumentException, match="sequence of rows"):
        writing.insert_many("Reading", {"ts": [1]}, ["ts"])


def test_many_rows_are_what_few_are(writing):
    writing.insert_many("Everything", EVERY)
    more = {name: column if isinstance(column, (str, bytes)) and name != "u1" else list(column) * 5 for name, column in EVERY.items()}
    assert writing.insert_many("Everything", more) == 10
    writing.commit()
    writing.startTransaction()
    cursor = writing.cursor("Everything")
    few = cursor.read_many(2)
    assert cursor.read_many() == {name: values * 5 for name, values in few.items()}


def test_more_rows_than_the_library_takes_at_once(writing):
    numbers, texts = range(150_000), [str(number) for number in range(150_000)]
    assert writing.insert_many("Everything", {"u4": numbers, "s": texts, "ns": "täxt", "i1": -1}) == 150_000
    writing.commit()
    writing.startTransaction()
    found = writing.cursor("Everything").read_many(fields=["u4", "s", "ns", "i1"])
    assert found == {"u4": [*numbers], "s": texts, "ns": ["täxt"] * 150_000, "i1": [-1] * 150_000}


@pytest.fixture
def many(con):
    """10,000 readings, ts = 0 .. 9999, value = ts // 10."""
    con.startTransaction()
    con.insert_many("Reading", {"ts": range(10_000), "value": [ts // 10 for ts in range(10_000)]})
    con.commit()
    con.startTransaction()
    return con


def test_reading_in_parts(many):
    cursor = many.cursor("Reading")
    assert cursor.read_many(0) == {"ts": [], "sensor": [], "value": []}
    assert cursor.next().ts == 0
    assert cursor.read_many(3, ["ts"]) == {"ts": [1, 2, 3]}
    assert cursor.next().ts == 4 and cursor.skip()
    assert cursor.read_many(fields=["ts"])["ts"] == list(range(6, 10_000))
    assert cursor.read_many(5, ["ts"]) == {"ts": []} and cursor.next() is None
    assert cursor.prev().ts == 9999
    assert many.cursor("Everything").read_many(fields=["u4"]) == {"u4": []}


@pytest.mark.parametrize(
    "operation, found",
    [
        (Operation.Equals, range(5000, 5010)),
        (Operation.GreaterOrEquals, range(5000, 10_000)),
        (Operation.GreaterThan, range(5010, 10_000)),
        (Operation.LessOrEquals, range(5009, -1, -1)),
        (Operation.LessThan, range(4999, -1, -1)),
    ],
)
def test_reading_after_search(many, operation, found):
    cursor = many.cursor()
    cursor.search("Reading", "by_value", operation, 500)
    assert cursor.read_many(2, ["ts"])["ts"] == list(found)[:2]
    assert cursor.read_many(fields=["ts"])["ts"] == list(found)[2:]


def test_reading_into_buffers(many):
    cursor = many.cursor("Reading")
    ts, value = array.array("H", bytes(12_000)), array.array("f", bytes(24_000))
    assert cursor.read_into({"ts": ts, "value": value}) == 6000
    assert ts.tolist() == list(range(6000)) and value[5999] == 599.0
    assert cursor.next().ts == 6000
    assert cursor.read_into({"ts": ts}) == 3999 and ts[0] == 6001 and ts[3998] == 9999
    assert cursor.read_into({"ts": ts}) == 0
    cursor.reset()
    with pytest.raises(exdb.DataError):
        cursor.read_into({"ts": bytearray(1000)})
    assert list(cursor)[-1].ts == 9999


def test_mistakes_of_targets(many):
    cursor = many.cursor("Reading")
    for target in ({"ts": b"12"}, {"ts": [1, 2]}, {"ts": memoryview(bytearray(4)).cast("B", (2, 2))}, {}, [1]):
        with pytest.raises(exdb.ArgumentException):
            cursor.read_into(target)
    with pytest.raises(exdb.InvalidTypeException, match="read_many"):
        many.cursor("Everything").read_into({"s": bytearray(10)})
    with pytest.raises(exdb.InvalidTypeException):
        many.cursor("Everything").read_into({"d": array.array("q", [1])})
    with pytest.raises(exdb.ArgumentException, match="ts: 2, value: 1"):
        cursor.read_into({"ts": array.array("q", [1, 2]), "value": array.array("d", [1])})
    cursor.search("Reading", "by_value", Operation.LessThan, 5)
    with pytest.raises(exdb.NotSupportedError, match="read_many"):
        cursor.read_into({"ts": array.array("q", [1])})
    with pytest.raises(exdb.ArgumentException, match="no field"):
        cursor.read_many(1, ["x"])


@needs_numpy
def test_arrays(writing):
    rows = np.zeros(5, dtype=[("ts", "<u8"), ("sensor", "u1"), ("value", "f4")])
    rows["ts"], rows["value"] = np.arange(5), np.arange(5) / 2
    assert writing.insert_many("Reading", rows) == 5
    backwards = {"ts": np.arange(10, 15, dtype=">i4")[::-1], "sensor": np.uint16(7), "value": np.arange(20.0)[::4]}
    assert writing.insert_many("Reading", backwards) == 5
    assert readings(writing)[3:7] == [(3, 0, 1.5), (4, 0, 2.0), (14, 7, 0.0), (13, 7, 4.0)]
    into = np.zeros(10, dtype=[("value", "f8"), ("gap", "u1"), ("ts", "i2")])
    assert writing.cursor("Reading").read_into({"ts": into["ts"][::-1], "value": into["value"]}) == 10
    assert into["ts"].tolist() == [10, 11, 12, 13, 14, 4, 3, 2, 1, 0] and into["value"][1] == 0.5


@needs_numpy
def test_arrays_of_other_types(writing):
    columns = {
        "b": np.array([True, False]),
        "dt": np.array(["1970-01-02", "1970-01-03"], dtype="datetime64[D]"),
        "s": np.array(["ab", "ä"]),
        "c": np.array([b"x", b"abcd"]),
        "ns": np.array(["a", "b"], dtype=object),
        "n": np.array([1.25, 2.5]),
        "unit": np.array([5, 6]),
        "i1": np.array([1, 2]),
    }
    assert writing.insert_many("Everything", columns) == 2
    read = writing.cursor("Everything").read_many()
    assert read["b"] == [True, False] and read["dt"] == [86400, 172800] and read["s"] == ["ab", "ä"] and read["c"] == ["x", "abcd"]
    assert read["ns"] == ["a", "b"] and read["unit"] == [5, 6] and read["i1"] == [1, 2] and read["n"][0] == decimal.Decimal("1.25")
    texts, flags = np.zeros(2, "S4"), np.zeros(2, bool)
    assert writing.cursor("Everything").read_into({"c": texts, "b": flags}) == 2
    assert texts.tolist() == [b"x", b"abcd"] and flags.tolist() == [True, False]
    with pytest.raises(exdb.DataError, match="row 1.*wider"):
        writing.cursor("Everything").read_into({"c": np.zeros(2, "S2")})


@needs_numpy
@pytest.mark.parametrize(
    "column, kind",
    [
        (["u1", [1, 300]], exdb.DataError),
        (["u4", [1, -1]], exdb.DataError),
        (["u4", [1.0, 2.0]], exdb.InvalidTypeException),
        (["f", [1.0, 1e39]], exdb.DataError),
        (["u4", [[1, 2], [3, 4]]], exdb.ArgumentException),
    ],
)
def test_arrays_that_do_not_fit(writing, column, kind):
    with pytest.raises(kind):
        writing.insert_many("Everything", {column[0]: np.array(column[1])})
    assert writing.insert_many("Everything", {"u4": np.array([1])}) == 1
    writing.commit()


class Lying(list):
    def __len__(self):
        return 1000


class LyingBytes(bytes):
    def __len__(self):
        return 50_000


@pytest.mark.parametrize(
    "name, column", [("u4", Lying([1, 2, 3])), ("d", Lying([1.5])), ("n", Lying([1])), ("s", Lying(["a"])), ("u1", LyingBytes(b"a"))]
)
def test_a_length_that_is_not_true_inserts_nothing(writing, name, column):
    with pytest.raises(exdb.ArgumentException, match=f"{name} has . values"):
        writing.insert_many("Everything", {name: column})
    with pytest.raises(exdb.ArgumentException):
        writing.insert_many("Everything", [Lying([1])])
    assert list(writing.cursor("Everything")) == []


def test_a_text_whose_length_is_not_true(writing):
    row = writing.new("Everything")
    row.s = LyingBytes(b"abc")
    writing.insert_many("Everything", {"s": [LyingBytes(b"abc")], "vb": [LyingBytes(b"x")]})
    assert [row.s for row in writing.cursor("Everything")] == ["abc", "abc"]


@pytest.mark.parametrize("column", [b"\xff\x80", bytearray(b"\xff\x80"), memoryview(b"\xff\x80")])
def test_bytes_are_numbers_from_0_to_255(writing, column):
    with pytest.raises(exdb.DataError, match="row 0: Everything.i1.*255"):
        writing.insert_many("Everything", {"i1": column})
    assert writing.insert_many("Everything", {"i2": column, "u1": column}) == 2
    assert writing.cursor("Everything").read_many(fields=["i2", "u1"]) == {"i2": [255, 128], "u1": [255, 128]}


def test_rows_that_are_dicts(writing):
    assert writing.insert_many("Everything", [{"u4": 1, "s": "a"}, {"unit": "PERCENT", "vb": b"x", "dt": 7}, {}]) == 3
    read = writing.cursor("Everything").read_many()
    assert (read["u4"], read["s"], read["unit"], read["vb"], read["dt"]) == ([1, 0, 0], ["a", "", ""], [5, 6, 5], [b"", b"x", b""], [0, 7, 0])
    for data, words in (
        ([{"x": 1}], "no field 'x'"),
        ([{"u4": 1}, (1,)], "dicts, all"),
        ([{1, 2, 3}], "tuples"),
        ([frozenset((1, 2, 3))], "tuples"),
        (["abc"], "tuples"),
    ):
        with pytest.raises(exdb.ArgumentException, match=words):
            writing.insert_many("Reading" if "x" not in str(data) else "Everything", data)
    with pytest.raises(exdb.ArgumentException, match="fields"):
        writing.insert_many("Reading", [{"ts": 1}], ["ts"])


def test_numbers_that_a_float_does_not_express(writing):
    writing.insert_many("Everything", {"u8": [5, 2**24 + 1, 6, 2**53 + 1, 2**63], "d": [0.1, float("inf"), 1e300, 1, 2], "f": [0.1] * 5})
    cursor = writing.cursor("Everything")
    single, double = array.array("f", bytes(20)), array.array("d", bytes(40))
    with pytest.raises(exdb.DataError, match="row 1: Everything.u8.*1 rows before"):
        cursor.read_into({"f": double, "u8": single})
    assert single.tolist() == [5, 0, 0, 0, 0] and cursor.next().u8 == 2**24 + 1
    cursor.reset()
    with pytest.raises(exdb.DataError, match="row 3: Everything.u8"):
        cursor.read_into({"u8": double})
    assert double.tolist()[:3] == [5, 2**24 + 1, 6] and cursor.next().u8 == 2**53 + 1
    assert cursor.read_into({"u8": double}) == 1 and double[0] == 2.0**63
    cursor.reset()
    with pytest.raises(exdb.DataError, match="row 2: Everything.d"):
        cursor.read_into({"d": single})
    assert single.tolist()[:2] == [array.array("f", [0.1])[0], float("inf")]
    cursor.reset()
    with pytest.raises(exdb.DataError, match="row 1: Everything.u8.*1 rows before it are there"):
        cursor.read_into({"d": double, "u8": array.array("H", bytes(10))})
    assert cursor.next().u8 == 2**24 + 1


def test_why_a_column_is_no_target(many):
    cursor = many.cursor("Reading")
    for target, words in (
        (b"12", "read-only"),
        ([1, 2], "a list, which is no memory"),
        (memoryview(bytearray(4)).cast("B", (2, 2)), "2 dimensions"),
        (memoryview(bytearray(4))[::2], "gaps"),
        ((ctypes.c_int.__ctype_be__ * 2)(), "format >i"),
    ):
        with pytest.raises(exdb.ArgumentException, match=words):
            cursor.read_into({"ts": target})
    numbers = (ctypes.c_long * 2)()
    assert cursor.read_into({"ts": numbers}) == 2 and list(numbers) == [0, 1]


@needs_numpy
@pytest.mark.filterwarnings("ignore:The 'generic' unit")
def test_why_an_array_is_no_target(many):
    fixed = np.zeros(2, "i8")
    fixed.flags.writeable = False
    for target, words in (
        (np.zeros(2, ">i8"), "byte order"),
        (np.zeros((2, 2)), "2 dimensions"),
        (np.zeros(2, object), "object"),
        (np.zeros(2, "f2"), "float16"),
        (fixed, "read-only"),
        (fixed.view("M8[s]"), "read-only"),
        (np.ma.zeros(2), "filled"),
    ):
        with pytest.raises(exdb.ArgumentException, match=words):
            many.cursor("Reading").read_into({"ts": target})
    for given in (np.zeros(2, "M8"), np.datetime64("NaT")):
        with pytest.raises(exdb.InvalidTypeException, match="datetime64"):
            many.insert_many("Reading", {"ts": given, "sensor": [1, 2]})
    with pytest.raises(exdb.InvalidTypeException, match="datetime64"):
        many.cursor("Reading").read_into({"ts": np.zeros(2, "M8")})
    with pytest.raises(exdb.ArgumentException, match="filled"):
        many.insert_many("Reading", np.ma.array([[1, 2, 3]], mask=[[0, 1, 0]]))
    with pytest.raises(exdb.InvalidTypeException, match="timedelta"):
        many.cursor("Reading").read_into({"ts": np.zeros(2, "m8[s]")})
    with pytest.raises(exdb.InvalidTypeException, match="double"):
        many.cursor("Reading").read_into({"value": np.zeros(2, "M8[s]")})


@needs_numpy
@pytest.mark.parametrize("precision", [1, 10**9])
def test_moments(writing, precision):
    exdb.runtime_setoption(exdb.RuntimeOption.MCO_RT_OPTION_DATETIME_PRECISION, precision)
    try:
        given = np.array(["2020-01-02", "2021-03-04", "2022-05-06"], dtype="M8[ns]")
        assert writing.insert_many("Everything", {"dt": given[::-1], "da": given[::-1], "u4": [0, 1, 2]}) == 3
        assert writing.insert_many("Everything", {"dt": np.datetime64("2020-01-02T12", "ns"), "u4": [3]}) == 1
        for unit in ("ns", "s", "D"):
            read = np.zeros(6, f"M8[{unit}]")
            for name in ("dt", "da"):  # da: seconds, whatever the precision
                read[:] = 0
                assert writing.cursor("Everything").read_into({name: read[2::-1]}) == 3
                assert (read[:3] == given).all()
        days, cursor = np.zeros(4, "M8[D]"), writing.cursor("Everything")
        with pytest.raises(exdb.DataError, match="row 3: Everything.dt"):
            cursor.read_into({"dt": days})
        assert (days[:3] == given[::-1]).all() and cursor.next().u4 == 3
    finally:
        exdb.runtime_setoption(exdb.RuntimeOption.MCO_RT_OPTION_DATETIME_PRECISION, 1)
    writing.insert_many("Everything", {"dt": [2**40], "u4": [4]})
    with pytest.raises(exdb.DataError, match="row [04]"):
        writing.cursor("Everything").read_into({"dt": np.zeros(9, "M8[ns]")})
    with pytest.raises(exdb.InvalidTypeException, match="datetime64"):
        writing.insert_many("Everything", {"u4": given})


@needs_numpy
def test_arrays_of_objects_and_masked_arrays(writing):
    writing.insert_many("Everything", {"u4": np.array([1, 2], object), "d": np.array([1, 2.5], object), "b": list(np.array([True, False]))})
    with pytest.raises(exdb.InvalidTypeException, match="row 1: Everything.u4"):
        writing.insert_many("Everything", {"u4": np.array([1, None], object)})
    for masked in (np.ma.array([1, 99, 3], mask=[0, 1, 0]), np.ma.array([1, 10**12], mask=[0, 1])):
        with pytest.raises(exdb.ArgumentException, match="filled"):
            writing.insert_many("Everything", {"u4": masked})
    with pytest.raises(exdb.InvalidTypeException, match="u4 .*the column has floats; round"):
        writing.insert_many("Everything", {"u4": np.array([1.5])})
    writing.commit()
    writing.startTransaction()
    assert [(row.u4, row.d, row.b) for row in writing.cursor("Everything")] == [(1, 1.0, True), (2, 2.5, False)]


@needs_numpy
def test_a_moment_beyond_the_unit(writing):
    far = np.array(["5000-01-01"], "M8[s]")
    try:
        far.astype("M8[ns]")
    except OverflowError:
        pass
    else:
        pytest.skip("this NumPy does not notice")
    exdb.runtime_setoption(exdb.RuntimeOption.MCO_RT_OPTION_DATETIME_PRECISION, 10**9)
    try:
        with pytest.raises(exdb.DataError, match="dt"):
            writing.insert_many("Everything", {"dt": far})
    finally:
        exdb.runtime_setoption(exdb.RuntimeOption.MCO_RT_OPTION_DATETIME_PRECISION, 1)


def test_over_a_hash(writing):
    writing.insert_many("Reading", {"sensor": 7, "ts": [1, 2**53 + 1, 3]})
    writing.checkpoint()
    whole, single = array.array("Q", bytes(80)), array.array("d", bytes(80))
    found = writing.cursor()
    assert found.search("Reading", "by_hash", Operation.Equals, 7)
    for cursor in (found, writing.cursor("Reading", "by_hash")):
        with pytest.raises(exdb.NotSupportedError, match="read_many"):
            cursor.read_into({"ts": single})
        assert cursor.read_into({"ts": whole}) == 3 and sorted(whole[:3]) == [1, 3, 2**53 + 1]


def test_floats_in_many_steps(many):
    cursor, single = many.cursor("Reading"), array.array("f", bytes(48_000))
    assert cursor.read_into({"ts": single}) == 10_000 and single.tolist()[:10_000] == list(range(10_000))
    list(many.cursor("Reading"))[9000].ts = 2**24 + 1
    cursor.reset()
    with pytest.raises(exdb.DataError, match="row 9000: Reading.ts.*9000 rows before"):
        cursor.read_into({"ts": single, "value": array.array("f", bytes(48_000))})
    assert cursor.next().ts == 2**24 + 1 and cursor.next().ts == 9001
