"""What attributes take and give, by type; what does not fit leaves the transaction usable."""

import array
import datetime
import decimal
import enum

import pytest

import exdb

D = decimal.Decimal


class Index:
    def __init__(self, number):
        self.number = number

    def __index__(self):
        return self.number


class Unit(enum.IntEnum):
    PERCENT = 6


def in_short(value):
    """For the name of a test; Python refuses to write very long integers."""
    return "large" if isinstance(value, int) and value > 10**400 else str(value)[:20]


GOOD = [
    *[(f"i{n}", v, v) for n in (1, 2, 4, 8) for v in (-(2 ** (8 * n - 1)), 2 ** (8 * n - 1) - 1)],
    *[(f"u{n}", v, v) for n in (1, 2, 4, 8) for v in (0, 2 ** (8 * n) - 1)],
    ("u4", Index(7), 7),
    ("u4", True, 1),
    ("f", 0.5, 0.5),
    ("f", float("-inf"), float("-inf")),
    ("d", 1e300, 1e300),
    ("d", 3, 3.0),
    ("d", D("0.25"), 0.25),
    ("b", True, True),
    ("b", 17, True),
    ("b", 0, False),
    ("c", "ab", "ab"),
    ("c", b"ab\0\0", "ab"),
    ("c", "ab\0\0\0\0\0", "ab"),
    ("c", "äé", "äé"),
    ("nc", "𝄞x", "𝄞x"),
    ("nc", "\ud800", "\ud800"),
    ("s", "", ""),
    ("s", "x" * 65535, "x" * 65535),
    ("s", b"\xff\xfe", "\udcff\udcfe"),
    ("s", "\udcff", "\udcff"),
    ("s", "a\0b\0", "a\0b\0"),
    ("ns", "äöü𝄞" * 100, "äöü𝄞" * 100),
    ("bi", b"\1\0", b"\1\0\0\0"),
    ("bi", bytearray(b"1234"), b"1234"),
    ("vb", memoryview(b"\0\1\0"), b"\0\1\0"),
    ("vb", array.array("H", [1]), array.array("H", [1]).tobytes()),
    ("vb", b"", b""),
    ("dt", 5, 5),
    ("dt", datetime.datetime(1970, 1, 2, 0, 0, 1, 999999), 86401),
    ("dt", datetime.datetime(1970, 1, 1, 3, tzinfo=datetime.timezone(datetime.timedelta(hours=2))), 3600),
    ("dt", datetime.date(1970, 1, 2), 86400),
    ("da", datetime.date(1970, 1, 2), 86400),
    ("ti", datetime.time(1, 0, 1), 3601),
    ("n", D("-9999999.99"), D("-9999999.99")),
    ("n", 5, D("5.00")),
    ("n", 0.1, D("0.10")),
    ("n", 1.005, D("1.00")),
    ("n", 12.346, D("12.35")),
    ("unit", "PERCENT", 6),
    ("unit", Unit.PERCENT, 6),
    ("unit", 0, 0),
]

WRONG_TYPE = [
    ("u4", "5"),
    ("u4", 5.0),
    ("u4", None),
    ("f", "0.5"),
    ("d", None),
    ("d", 1j),
    ("b", "x"),
    ("b", None),
    ("c", 5),
    ("s", None),
    ("s", bytearray(b"x")),
    ("nc", b"x"),
    ("bi", "x"),
    ("vb", 5),
    ("dt", "2000-01-01"),
    ("n", "5"),
    ("n", None),
    ("unit", 0.5),
    ("unit", None),
]

TOO_MUCH = [
    *[(f"i{n}", v) for n in (1, 2, 4, 8) for v in (-(2 ** (8 * n - 1)) - 1, 2 ** (8 * n - 1))],
    *[(f"u{n}", v) for n in (1, 2, 4, 8) for v in (-1, 2 ** (8 * n))],
    ("f", 1e39),
    ("u4", 10**5000),
    ("d", 10**400),
    ("d", 10**5000),
    ("d", D("sNaN")),
    ("c", "abcde"),
    ("c", "äéü"),
    ("nc", "𝄞𝄞"),
    ("s", "x" * 65536),
    ("ns", "x" * 32768),
    ("bi", b"12345"),
    ("vb", bytes(65536)),
    ("dt", datetime.datetime(1969, 12, 31)),
    ("dt", -1),
    ("da", 2**32),
    ("n", 10**7),
    ("n", D("0.001")),
    ("n", D("NaN")),
    ("n", D("1E+999999")),
    ("n", D("1E+5000")),
    ("n", 10**5000),
    ("s", "\ud800"),
    ("dt", datetime.datetime.min.replace(tzinfo=datetime.timezone(datetime.timedelta(hours=5)))),
    ("n", float("inf")),
    ("unit", "VOLT"),
    ("unit", 2**31),
]


@pytest.mark.parametrize("name, given, read", GOOD, ids=lambda value: str(value)[:20])
def test_good(writing, name, given, read):
    row = writing.new("Everything")
    setattr(row, name, given)
    found = getattr(row, name)
    assert found == read and type(found) is type(read)
    writing.commit()
    writing.startTransaction()
    assert getattr(writing.cursor("Everything").next(), name) == read


@pytest.mark.parametrize("name, given", WRONG_TYPE, ids=lambda value: str(value)[:20])
def test_wrong_type(writing, name, given):
    refused(writing, name, given, exdb.InvalidTypeException)


@pytest.mark.parametrize("name, given", TOO_MUCH, ids=in_short)
def test_too_much(writing, name, given):
    error = refused(writing, name, given, exdb.DataError)
    assert error.info and error.file.startswith(__file__)


def refused(writing, name, given, kind):
    row = writing.new("Everything")
    row.s = "before"
    with pytest.raises(kind, match=f"Everything.{name}") as wrong:
        setattr(row, name, given)
    # The transaction is as it was.
    row.ns = "after"
    writing.commit()
    writing.startTransaction()
    row = writing.cursor("Everything").next()
    assert (row.s, row.ns) == ("before", "after")
    return wrong.value


def test_defaults_and_repr(writing):
    row = writing.new("Everything")
    assert row.unit == 5 and row.n == 0 and row.s == "" and row.bi == bytes(4)
    assert repr(writing.new("Reading")) == "<eXtremeDB object:Reading>.{'ts': 0, 'sensor': 0, 'value': 0.0}"


def test_a_small_decimal_context_changes_nothing(writing):
    row = writing.new("Everything")
    with decimal.localcontext() as context:
        context.prec = 2
        row.n = D("1234567.89")
        assert row.n == D("1234567.89")


def test_a_time_of_the_day_before_in_utc_is_named(writing):
    row = writing.new("Everything")
    with pytest.raises(exdb.DataError, match="In UTC it is a time of the day before"):
        row.ti = datetime.time(0, 30, tzinfo=datetime.timezone(datetime.timedelta(hours=1)))


@pytest.mark.parametrize("precision, ticks", [(1, 1), (1000, 1500), (10**6, 1_500_000), (10**9, 1_500_000_000)])
def test_precision_of_datetime(writing, precision, ticks):
    exdb.runtime_setoption(exdb.RuntimeOption.MCO_RT_OPTION_DATETIME_PRECISION, precision)
    try:
        row = writing.new("Everything")
        row.dt = datetime.datetime(1970, 1, 1, 0, 0, 1, 500000)
        assert row.dt == ticks
        row.da, row.ti = datetime.date.today(), datetime.time(23, 59, 59, 999999)  # seconds, whatever the precision
        assert (row.da, row.ti) == ((datetime.date.today() - datetime.date(1970, 1, 1)).days * 86400, 86399)
        with pytest.raises(exdb.DataError, match=r"\(date\): 1969-12-31 does not fit.*from 1970 to 2106"):
            row.da = datetime.date(1969, 12, 31)
        with pytest.raises(exdb.DataError, match=r"\(date\): 2107-01-01 does not fit.*from 1970 to 2106"):
            row.da = datetime.date(2107, 1, 1)
        with pytest.raises(exdb.DataError, match=r"\(datetime\): 1969-12-31 does not fit"):
            row.dt = datetime.date(1969, 12, 31)
    finally:
        exdb.runtime_setoption(exdb.RuntimeOption.MCO_RT_OPTION_DATETIME_PRECISION, 1)


class Words(float):
    def __repr__(self):
        return "words"


def test_floats_with_words_of_their_own(writing):
    row = writing.new("Everything")
    row.n = Words(1.5)
    assert row.n == D("1.50")


def test_single_values_of_numpy(writing):
    np = pytest.importorskip("numpy")
    row = writing.new("Everything")
    for given in (np.float64(1.25), np.float32(1.25), np.array(1.25)):
        row.n = 0
        row.n = given
        assert row.n == D("1.25")
    for given in (np.True_, np.False_, np.array([2]) > 1):
        if given.shape == ():
            row.b = given
            assert row.b is bool(given)
        else:
            row.b = given[0]
            assert row.b is True
    for name, given in (("b", np.array([True, False])), ("n", np.array([1.5, 2.5]))):
        with pytest.raises(exdb.InvalidTypeException):
            setattr(row, name, given)
