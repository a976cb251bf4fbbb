"""Many rows at once with arrays, vectors and structs, from and to sequences and NumPy arrays."""

import array
import datetime
import random
from collections import deque
from decimal import Decimal

import pytest

import exdb
from exdb import Operation

try:
    import numpy as np
except ImportError:
    np = None

needs_numpy = pytest.mark.skipif(np is None, reason="NumPy is not installed")

SCHEMA = """
declare database lists;
struct Id { unsigned<4> n; };
declare oid Id[1000];
enum Unit { METRE, FOOT = 7 };
struct Point { double x = 1.5, y; };
struct Track { string name; vector<signed<4>> marks; Point ends[2]; optional Point home; nullable signed<4> turns = 3; };
struct Box { vector<unsigned<2>> sizes; Point at; char<4> kind; };
class Lists {
    unsigned<4> id;
    vector<unsigned<1>> bytes;
    vector<signed<8>> wholes;
    vector<float> singles;
    vector<double> reals;
    vector<bool> flags;
    vector<Unit> units;
    vector<numeric<5,2>> prices;
    vector<datetime> times;
    vector<string> words;
    vector<nstring> wide;
    vector<varbinary> raw;
    vector<ref> links;
    double point[3];
    bool bits[9];
    char<4> codes[2];
    nchar<2> wides[2];
    binary<2> pairs[2];
    blob note;
    list;
    tree <id> by_id;
};
class Deep {
    unsigned<4> id;
    vector<Track> tracks;
    Point corners[2];
    Point one;
    optional Box box;
    tree <id> by_id;
};
"""


@pytest.fixture
def dictionary(runtime):
    return exdb.load_dictionary(SCHEMA)


LISTS = {
    "id": [0, 1, 2],
    "bytes": [[0, 255], b"\1\2", ()],
    "wholes": [deque([-(2**63), 2**63 - 1]), range(3), array.array("h", [-1])],
    "singles": [[0.5, 1], (2.5,), []],
    "reals": [[0.1, 1e300], [], [float("-inf")]],
    "flags": [[True, 5, 0], [False], []],
    "units": [["FOOT", 0], [], [7]],
    "prices": [[Decimal("-999.99"), 1], [0.25], []],
    "times": [[datetime.datetime(1970, 1, 2), 5], [], [7]],
    "words": [["a", b"\xff", "", "c\0"], [], [None, "x" * 60_000]],
    "wide": [["𝄞", None], [], [""]],
    "raw": [[b"\0\1\0", memoryview(b"x")], [], [None]],
    "links": [[b"\1\0\0\0", None], [], []],
    "point": [[1, 2.5, 3], (4, 5, 6), range(3)],
    "bits": [[True] * 9, [0] * 9, [1, 0, 0] * 3],
    "codes": [["ab", None], ["cdef", ""], (None, None)],
    "wides": [["ä", None], ["bc", ""], (None, None)],
    "pairs": [[b"\1\2", None], [b"\1", b""], (None, None)],
    "note": [b"blob", None, "text"],
}
READ = {
    **LISTS,
    "bytes": [[0, 255], [1, 2], []],
    "wholes": [[-(2**63), 2**63 - 1], [0, 1, 2], [-1]],
    "singles": [[0.5, 1.0], [2.5], []],
    "flags": [[True, True, False], [False], []],
    "units": [[7, 0], [], [7]],
    "times": [[86400, 5], [], [7]],
    "words": [["a", "\udcff", "", "c\0"], [], [None, "x" * 60_000]],
    "raw": [[b"\0\1\0", b"x"], [], [None]],
    "point": [[1.0, 2.5, 3.0], [4.0, 5.0, 6.0], [0.0, 1.0, 2.0]],
    "bits": [[True] * 9, [False] * 9, [True, False, False] * 3],
    "codes": [["ab", None], ["cdef", ""], [None, None]],
    "wides": [["ä", None], ["bc", ""], [None, None]],
    "pairs": [[b"\1\2", None], [b"\1\0", b"\0\0"], [None, None]],
    "note": [b"blob", b"", b"text"],
}


def by_columns(columns):
    return columns, None


def by_tuples(columns):
    return list(zip(*columns.values())), list(columns)


def by_dicts(columns):
    return [dict(zip(columns, row)) for row in zip(*columns.values())], None


@pytest.mark.parametrize("way", [by_columns, by_tuples, by_dicts])
def test_every_type_of_element(writing, way):
    given = {**LISTS, "note": [b"blob", b"", "text"]}  # None for a blob is for attributes
    assert writing.insert_many("Lists", *way(given)) == 3
    writing.commit()
    writing.startTransaction()
    assert writing.cursor("Lists").read_many() == READ
    for number, row in enumerate(writing.cursor("Lists")):
        assert {name: getattr(row, name) for name in READ} == {name: column[number] for name, column in READ.items()}


def test_without_a_column(writing):
    writing.insert_many("Lists", [{"id": 1, "codes": ["x", None]}, {"words": ["a"]}, {"point": [1, 2, 3]}])
    read = writing.cursor("Lists").read_many()
    assert read["codes"] == [["x", None], [None, None], [None, None]] and read["words"] == [[], ["a"], []]
    assert read["point"] == [[0.0] * 3, [0.0] * 3, [1.0, 2.0, 3.0]] and read["bits"] == [[False] * 9] * 3 and read["reals"] == [[]] * 3


TRACK = {"name": "n", "marks": [1, 2], "ends": [None, {"y": 2}], "home": {"y": 3}, "turns": None}
EMPTY = {"name": "", "marks": [], "ends": [None, None], "home": None, "turns": 3}
BOX = {"sizes": [1, 2], "at": {"x": 7, "y": 8}, "kind": "abc"}


def test_structs(writing):
    rows = [
        {"id": 1, "tracks": [TRACK, None, {}], "corners": [{"x": 1, "y": 2}, None], "one": {"y": 9}, "box": BOX},
        {"id": 2, "tracks": [], "box": {}},
        {"id": 3, "tracks": ({"home": {}},), "box": None},
        {"id": 4},
    ]
    assert writing.insert_many("Deep", rows) == 4
    writing.commit()
    writing.startTransaction()
    cursor = writing.cursor("Deep", "by_id")
    read = cursor.read_many()
    track = {**TRACK, "ends": [None, {"x": 1.5, "y": 2.0}], "home": {"x": 1.5, "y": 3.0}}
    assert read["tracks"] == [[track, None, EMPTY], [], [{**EMPTY, "home": {"x": 1.5, "y": 0.0}}], []]
    assert read["corners"] == [[{"x": 1.0, "y": 2.0}, None]] + [[None, None]] * 3 and read["one.y"] == [9.0, 0.0, 0.0, 0.0]
    assert read["box.sizes"] == [[1, 2], [], None, None] and read["box.at.x"] == [7.0, 1.5, None, None] and read["box.kind"] == ["abc", "", None, None]
    cursor.reset()
    blank = {"sizes": [], "at": {"x": 1.5, "y": 0.0}, "kind": ""}
    assert cursor.read_many(fields=["box", "one"]) == {"box": [BOX, blank, None, None], "one": [{"x": 1.5, "y": 9.0}] + [{"x": 1.5, "y": 0.0}] * 3}
    first = next(iter(writing.cursor("Deep", "by_id")))
    assert (first.tracks[0].turns, first.tracks[0].home.y, first.tracks[1], first.box.sizes) == (None, 3.0, None, [1, 2])
    # Objects of the struct are as good as dicts.
    writing.insert_many("Deep", {"id": [5], "tracks": [first.tracks], "corners": [first.corners], "box": first.box, "one": [first.one]})
    writing.checkpoint()
    again = writing.cursor()
    assert again.search("Deep", "by_id", Operation.LessOrEquals, 5)
    copied = again.read_many(1)
    assert copied == {name: [5 if name == "id" else column[0]] for name, column in read.items()}


def test_backwards(writing):
    writing.insert_many("Deep", {"id": range(5), "tracks": [[TRACK] * n for n in range(5)], "box": [BOX, None] * 2 + [None]})
    forward, backward = writing.cursor(), writing.cursor()
    writing.checkpoint()
    forward.search("Deep", "by_id", Operation.GreaterOrEquals, 0)
    backward.search("Deep", "by_id", Operation.LessOrEquals, 5)
    read = forward.read_many()
    assert backward.read_many() == {name: column[::-1] for name, column in read.items()}
    assert [len(tracks) for tracks in read["tracks"]] == [0, 1, 2, 3, 4]


def test_members_of_a_struct_and_the_whole(writing):
    writing.insert_many("Deep", {"id": [1, 2], "box.sizes": [[1], None], "one": {"x": 3}})
    writing.checkpoint()
    assert writing.cursor("Deep", "by_id").read_many(fields=["box", "one.x"])["one.x"] == [3.0, 3.0]
    assert [row.box and row.box.sizes for row in writing.cursor("Deep", "by_id")] == [[1], None]
    with pytest.raises(exdb.ArgumentException, match="the struct box and one of a member"):
        writing.insert_many("Deep", {"box": [None], "box.sizes": [[1]]})


def test_long_lists_and_many_of_them(writing):
    """More than there is room for at first, and more rows than the library takes at once."""
    dice = random.Random(1)
    reals = [[float(n)] * dice.choice([0, 1, 30, 300]) for n in range(3000)] + [list(range(65_535))]
    words = [["w" * dice.choice([0, 1, 2000])] * dice.randrange(4) for _ in reals]
    marks = [[{**EMPTY, "marks": list(range(dice.randrange(40)))}] * dice.randrange(3) for _ in reals]
    assert writing.insert_many("Lists", {"reals": reals, "words": words}) == 3001
    assert writing.insert_many("Deep", {"tracks": marks}) == 3001
    writing.commit()
    writing.startTransaction()
    cursor = writing.cursor("Lists")
    assert cursor.read_many(10, ["words"])["words"] == words[:10]
    assert cursor.read_many(fields=["words", "reals"]) == {"words": words[10:], "reals": reals[10:]}
    assert writing.cursor("Deep", "by_id").read_many(fields=["tracks"])["tracks"] == marks


class Lying(list):
    def __len__(self):
        return 3


@pytest.mark.parametrize(
    "data, kind, words",
    [
        ({"point": [[1, 2, 3], [1, 2]]}, exdb.DataError, "row 1: point .3 times double.: there are 2 elements.*Give 3"),
        ({"point": [Lying([1, 2])]}, exdb.DataError, "row 0: point .*there are 2 elements"),
        ({"bits": [[True] * 10]}, exdb.DataError, "row 0: bits .*10 elements"),
        ({"reals": [[], [1] * 65_536]}, exdb.DataError, "row 1: reals .*65536 elements.*65535"),
        ({"bytes": [[1], [0, 256]]}, exdb.DataError, r"row 1: element 1: Lists.bytes \(unsigned<1>\): 256"),
        ({"bytes": [deque([1]), deque([-1])]}, exdb.DataError, "row 1: element 0: Lists.bytes"),
        ({"singles": [[1], [2, 1e39]]}, exdb.DataError, "row 1: element 1: Lists.singles"),
        ({"prices": [[1, Decimal("0.001")]]}, exdb.DataError, "row 0: element 1: Lists.prices"),
        ({"units": [["VOLT"]]}, exdb.DataError, "row 0: element 0: Lists.units"),
        ({"words": [["a"], ["b", "x" * 65_536]]}, exdb.DataError, "row 1: element 1: Lists.words.*65536 bytes"),
        ({"codes": [["abcde", None]]}, exdb.DataError, "row 0: element 0: Lists.codes"),
        ({"links": [[b"\1"]]}, exdb.DataError, "row 0: element 0: Lists.links"),
        ({"wholes": [[1, 2.5]]}, exdb.InvalidTypeException, r"row 0: element 1: Lists.wholes \(signed<8>\) takes int"),
        ({"wholes": [[1], [None]]}, exdb.InvalidTypeException, "row 1: element 0: Lists.wholes"),
        ({"flags": [["x"]]}, exdb.InvalidTypeException, "row 0: element 0: Lists.flags"),
        ({"words": [["a", 5]]}, exdb.InvalidTypeException, "row 0: element 1: Lists.words .*not int"),
        ({"words": ["abc"]}, exdb.InvalidTypeException, "row 0: words .*sequence"),
        ({"words": [None]}, exdb.InvalidTypeException, "row 0: words .*not NoneType"),
        ({"reals": [{1: 2}]}, exdb.InvalidTypeException, "row 0: reals .*not dict"),
        ({"reals": [[[1]]]}, exdb.InvalidTypeException, "row 0: element 0: Lists.reals .*not list"),
        ({"reals": [1, 2]}, exdb.InvalidTypeException, "row 0: reals .*not int"),
        ({"reals": {1, 2}}, exdb.ArgumentException, "reals is a set"),
        ({"reals": [[1]], "id": [1, 2]}, exdb.ArgumentException, "reals: 1, id: 2"),
    ],
)
def test_mistakes_leave_the_transaction_as_it_was(writing, data, kind, words):
    writing.insert_many("Lists", {"id": [7]})
    with pytest.raises(kind, match=words):
        writing.insert_many("Lists", data)
    writing.commit()
    writing.startTransaction()
    assert writing.cursor("Lists").read_many(fields=["id"]) == {"id": [7]}


@pytest.mark.parametrize(
    "data, kind, words",
    [
        ({"tracks": [[{}], [{}, {"marks": [1, "x"]}]]}, exdb.InvalidTypeException, "row 1: element 1: element 1: Track.marks"),
        ({"tracks": [[{"home": {"x": "far"}}]]}, exdb.InvalidTypeException, "row 0: element 0: Point.x"),
        ({"tracks": [[{"ends": [None]}]]}, exdb.DataError, "row 0: element 0: ends .*1 elements"),
        ({"tracks": [[{"name": None}]]}, exdb.InvalidTypeException, "row 0: element 0: Track.name"),
        ({"tracks": [[5]]}, exdb.InvalidTypeException, "row 0: element 0: tracks .*dict"),
        ({"tracks": [[{"nme": "x"}]]}, AttributeError, "struct Track has no member 'nme'"),
        ({"one": [{"x": 1}, None]}, exdb.InvalidTypeException, "row 1: one .*dict"),
        ({"tracks.name": ["a"]}, exdb.ArgumentException, "no field 'tracks.name'"),
        ({"box": [{"sizes": [70_000]}]}, exdb.DataError, "row 0: element 0: Box.sizes"),
    ],
)
def test_mistakes_in_structs(writing, data, kind, words):
    with pytest.raises(kind, match=words):
        writing.insert_many("Deep", data)
    assert writing.insert_many("Deep", {"id": [1]}) == 1
    writing.commit()


def test_what_reading_into_memory_refuses(writing):
    for name, what in (("reals", "list"), ("point", "list")):
        with pytest.raises(exdb.NotSupportedError, match=f"Lists.{name}, which is a {what}.*read_many"):
            writing.cursor("Lists").read_into({name: array.array("d", [0.0])})
    with pytest.raises(exdb.NotSupportedError, match="Deep.one, which is a struct"):
        writing.cursor("Deep", "by_id").read_into({"one": array.array("d", [0.0])})


@needs_numpy
def test_arrays_of_two_dimensions(writing):
    grid = np.arange(12.0).reshape(4, 3)
    columns = {
        "point": grid[::-1],
        "reals": np.arange(8, dtype="f4").reshape(2, 4).T,
        "bytes": np.array([[1, 2]] * 4, dtype="i8"),
        "wholes": np.zeros((4, 0), "i4"),
        "flags": np.array([[True, False]] * 4),
        "bits": np.ones((4, 9), "u1"),
        "prices": np.array([[1.25]] * 4),
        "times": np.array([["1970-01-02"], ["1970-01-03"]] * 2, dtype="M8[D]"),
        "codes": np.array([["ab", "cd"]] * 4),
        "singles": np.array([[1.5, 2.5]] * 4)[:, ::-1],
        "words": np.array([["a"], ["b", "c"], [], []], dtype=object),
        "units": [np.array([7]), np.array([]).astype(int), [], ()],
    }
    assert writing.insert_many("Lists", columns) == 4
    read = writing.cursor("Lists").read_many()
    assert read["point"] == grid[::-1].tolist() and read["reals"] == [[0.0, 4.0], [1.0, 5.0], [2.0, 6.0], [3.0, 7.0]]
    assert read["bytes"] == [[1, 2]] * 4 and read["wholes"] == [[]] * 4 and read["flags"] == [[True, False]] * 4
    assert read["bits"] == [[True] * 9] * 4 and read["prices"] == [[Decimal("1.25")]] * 4 and read["times"] == [[86400], [172800]] * 2
    assert read["codes"] == [["ab", "cd"]] * 4 and read["singles"] == [[2.5, 1.5]] * 4 and read["words"] == [["a"], ["b", "c"], [], []]
    assert read["units"] == [[7], [], [], []]


@needs_numpy
@pytest.mark.parametrize(
    "name, column, kind, words",
    [
        ("point", [[1.0, 2.0]], exdb.DataError, "row 0: point .*there are 2 elements"),
        ("point", [[[1.0]]], exdb.ArgumentException, "point has 3 dimensions, two are possible"),
        ("point", [1.0, 2.0], exdb.InvalidTypeException, "row 0: point .*sequence"),
        ("bytes", [[1, 2], [3, 256]], exdb.DataError, "row 1: element 1: Lists.bytes"),
        ("wholes", [[1.0]], exdb.InvalidTypeException, "wholes .*the column has floats"),
        ("singles", [[1.0], [1e39]], exdb.DataError, "row 1: element 0: Lists.singles"),
        ("id", [[1], [2]], exdb.ArgumentException, "id has 2 dimensions, one is possible"),
    ],
)
def test_arrays_that_do_not_fit(writing, name, column, kind, words):
    with pytest.raises(kind, match=words):
        writing.insert_many("Lists", {name: np.array(column)})
    with pytest.raises(exdb.ArgumentException, match="filled"):
        writing.insert_many("Lists", {"point": np.ma.array([[1.0, 2, 3]], mask=[[0, 1, 0]])})
    assert writing.insert_many("Lists", {"point": np.ones((1, 3))}) == 1
    writing.commit()
