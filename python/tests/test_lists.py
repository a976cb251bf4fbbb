"""Arrays and vectors: a list out, a sequence in; structs in them; what does not fit."""

import array
import datetime
from collections import deque
from decimal import Decimal

import pytest

import exdb

SCHEMA = """
declare database lists;
enum Unit { METRE, FOOT = 7 };
struct Point { double x = 1.5, y; };
struct Track { string name; vector<signed<4>> marks; Point ends[2]; optional Point home; };
class Lists {
    unsigned<4> id;
    vector<unsigned<1>> bytes;
    vector<signed<8>> wholes;
    vector<float> singles;
    vector<bool> flags;
    vector<Unit> units;
    vector<numeric<5,2>> prices;
    vector<datetime> times;
    vector<string> words;
    vector<nstring> wide;
    vector<varbinary> raw;
    vector<Track> tracks;
    double point[3];
    bool bits[9];
    char<4> codes[2];
    binary<2> pairs[2];
    Point corners[2];
    unique tree <id> by_id;
};
"""


@pytest.fixture
def dictionary(runtime):
    return exdb.load_dictionary(SCHEMA)


@pytest.fixture
def row(writing):
    return writing.new("Lists")


def again(writing):
    """The object after a commit, read-only."""
    writing.commit()
    writing.startTransaction(exdb.Transaction.MCO_READ_ONLY)
    return writing.cursor().find("Lists", "by_id", 0)


def test_nothing_was_put(writing, row):
    assert (row.bytes, row.words, row.tracks) == ([], [], [])
    assert (row.point, row.bits) == ([0.0] * 3, [False] * 9)
    assert (row.codes, row.corners) == ([None, None], [None, None])
    assert again(writing).corners == [None, None]


@pytest.mark.parametrize(
    ("name", "given", "read"),
    [
        ("bytes", [0, 255], [0, 255]),
        ("bytes", b"\1\2", [1, 2]),
        ("bytes", (), []),
        ("wholes", deque([-(2**63), 2**63 - 1]), [-(2**63), 2**63 - 1]),
        ("wholes", range(1000), list(range(1000))),
        ("wholes", array.array("h", [-1, 2]), [-1, 2]),
        ("wholes", memoryview(array.array("q", [5, 6, 7]))[::2], [5, 7]),
        ("singles", [1, 0.5, float("inf")], [1.0, 0.5, float("inf")]),
        ("flags", [1, 0, True] * 5, [True, False, True] * 5),
        ("units", ["FOOT", 0], [7, 0]),
        ("prices", [1, Decimal("-2.25"), 0.5], [Decimal("1.00"), Decimal("-2.25"), Decimal("0.50")]),
        ("times", [datetime.datetime(1970, 1, 2), 7], [86400, 7]),
        ("words", ["", "täxt", None, b"\xff", "x" * 65535], ["", "täxt", None, "\udcff", "x" * 65535]),
        ("wide", ["\U0001f600", None, ""], ["\U0001f600", None, ""]),
        ("raw", [b"\0", bytearray(b""), None], [b"\0", b"", None]),
        ("point", (1, 2, 3), [1.0, 2.0, 3.0]),
        ("bits", [True] * 8 + [False], [True] * 8 + [False]),
        ("codes", ["abcd", "a"], ["abcd", "a"]),
        ("codes", ["ab", None], ["ab", None]),
        ("pairs", [b"\0\1", b"x"], [b"\0\1", b"x\0"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_given_comes_back_as_a_list(writing, row, name, given, read):
    setattr(row, name, given)
    assert getattr(row, name) == read and type(getattr(row, name)) is list
    setattr(row, name, getattr(row, name))
    assert getattr(again(writing), name) == read


def test_a_vector_takes_the_length_of_what_is_given(row):
    row.words = ["a", "b", "c"]
    row.words = ["d"]
    assert row.words == ["d"]
    row.words = []
    assert row.words == []
    row.flags = [True] * 65535
    assert row.flags == [True] * 65535


def test_the_list_is_a_copy(row):
    row.wholes = [1, 2]
    row.wholes.append(3)
    assert row.wholes == [1, 2]


def test_structs_are_live(writing, row):
    row.tracks = [{"name": "north", "marks": [1, -2], "ends": [{"y": 4}, None]}, None, {"home": {}}]
    first, second, third = row.tracks
    assert (first.name, first.marks, first.ends[0].x, first.ends[0].y, first.ends[1], first.home) == ("north", [1, -2], 1.5, 4.0, None, None)
    assert second is None and third.home.x == 1.5 and third.ends == [None, None]
    first.name, first.marks, first.ends[0].y = "south", [7], 9
    first.home = first.ends[0]
    assert (row.tracks[0].name, row.tracks[0].marks, row.tracks[0].home.y) == ("south", [7], 9.0)
    row.tracks = [third, first]  # taken out before the vector is made anew
    assert [track.name for track in row.tracks] == ["", "south"]
    assert repr(row.corners) == "[None, None]"
    row.corners = [{"x": 2}, {"y": 3}]
    row.corners = [{"y": 5}, None]
    assert (row.corners[0].x, row.corners[0].y, row.corners[1]) == (1.5, 5.0, None), "an element is made anew"
    found = again(writing)
    assert (found.tracks[1].marks, found.tracks[1].home.y) == ([7], 9.0)
    with pytest.raises(exdb.ProgrammingError):
        found.tracks[1].name = "read-only"
    with pytest.raises(exdb.ProgrammingError):
        found.tracks = []
    assert len(found.tracks) == 2
    writing.commit()  # refused here, not by the library
    with pytest.raises(exdb.InvalidOperationException):
        found.tracks  # noqa: B018
    with pytest.raises(exdb.InvalidOperationException):
        found.tracks = []


@pytest.mark.parametrize(
    ("name", "given", "error", "text"),
    [
        ("wholes", 5, exdb.InvalidTypeException, r"wholes \(vector<signed<8>>\) takes a sequence of one dimension, such as a list"),
        ("wholes", None, exdb.InvalidTypeException, "sequence"),
        ("wholes", iter([1]), exdb.InvalidTypeException, "sequence"),
        ("wholes", {1: 2}, exdb.InvalidTypeException, "sequence"),
        ("wholes", {1, 2}, exdb.InvalidTypeException, "sequence"),
        ("words", "text", exdb.InvalidTypeException, "sequence"),
        ("words", b"text", exdb.InvalidTypeException, "element 0: .*takes str or bytes, not int"),
        ("wholes", [1, "2"], exdb.InvalidTypeException, "element 1: Lists.wholes .*takes int, not str"),
        ("wholes", [1, None], exdb.InvalidTypeException, "element 1: "),
        ("wholes", [[1]], exdb.InvalidTypeException, "element 0: "),
        ("bytes", [1, 2, 256], exdb.DataError, "element 2: .*Give a number from 0 to 255"),
        ("codes", ["ok", "abcde"], exdb.DataError, "element 1: .*At most 4 are possible"),
        ("point", [1, 2], exdb.DataError, "there are 2 elements.*Give 3"),
        ("point", [1] * 4, exdb.DataError, "there are 4 elements.*Give 3"),
        ("flags", [0] * 65536, exdb.DataError, "65536 elements.*At most 65535"),
        ("tracks", [{}, {"name": 5}], exdb.InvalidTypeException, "element 1: Track.name"),
        ("tracks", [{"marks": [1, "x"]}], exdb.InvalidTypeException, "element 0: element 1: Track.marks"),
        ("tracks", [7], exdb.InvalidTypeException, "element 0: .*a dict of its members"),
        ("tracks", {}, exdb.InvalidTypeException, "sequence"),
        ("corners", [{"z": 1}, {}], AttributeError, "struct Point has no member 'z'"),
    ],
)
def test_what_does_not_fit_leaves_everything_as_it_was(writing, row, name, given, error, text):
    row.words, row.wholes, row.tracks = ["kept"], [1], [{"name": "kept"}]
    with pytest.raises(error, match=text):
        setattr(row, name, given)
    found = again(writing)
    assert (found.words, found.wholes, found.tracks[0].name, found.point) == (["kept"], [1], "kept", [0.0] * 3)


def test_numpy(row):
    numpy = pytest.importorskip("numpy")
    row.point = numpy.array([1, 2, 3], dtype="i2")
    row.singles = numpy.arange(6, dtype="f4")[::2]
    row.flags = numpy.array([True, False])
    row.times = numpy.array(["1970-01-02"], dtype="M8[us]")
    row.words = numpy.array(["a", "bc"])
    assert (row.point, row.singles, row.flags, row.times, row.words) == ([1.0, 2.0, 3.0], [0.0, 2.0, 4.0], [True, False], [86400], ["a", "bc"])
    with pytest.raises(exdb.InvalidTypeException, match="of one dimension"):
        row.singles = numpy.zeros((2, 2))
    with pytest.raises(exdb.InvalidTypeException, match="element 0"):
        row.wholes = numpy.array([0.5])
    with pytest.raises(exdb.InvalidTypeException, match="sequence"):
        row.wholes = numpy.int64(5)


def test_what_a_dictionary_says(dictionary):
    fields = dictionary.classes["Lists"].fields
    said = {name: (fields[name].type, fields[name].vector, fields[name].elements, fields[name].is_list) for name in ("id", "words", "codes")}
    assert said == {"id": ("unsigned", False, 0, False), "words": ("string", True, 0, True), "codes": ("char", False, 2, True)}
    assert fields["tracks"].struct is dictionary.structs["Track"]
    with pytest.raises(exdb.ProgrammingError) as caught:
        exdb.load_dictionary(SCHEMA.replace("<id>", "<words>"))
    assert "a vector field cannot be a key" in caught.value.text
