"""Structs: live objects, dicts, absent ones; as keys and in columns."""

import pytest

import exdb

SCHEMA = """
declare database structs;
enum Unit { METRE, FOOT = 7 };
struct Spot { double x = 1.5; char<4> zone; Unit unit = FOOT; nullable signed<1> rank; };
struct Trip { Spot goal; optional Spot rest; string note; };
class Place {
    unsigned<4> id;
    Spot at;
    optional Trip trip;
    unique tree <id> by_id;
    tree <at.x desc, id> by_x;
    list;
};
"""


@pytest.fixture
def dictionary(runtime):
    return exdb.load_dictionary(SCHEMA)


@pytest.fixture
def place(writing):
    return writing.new("Place")


def test_a_struct_is_a_live_object(writing, place):
    at = place.at
    assert (at.x, at.zone, at.unit, at.rank) == (1.5, "", 7, None)
    at.x, at.unit, at.rank = -2, "METRE", 5
    assert (place.at.x, place.at.unit, place.at.rank) == (-2.0, 0, 5)
    assert repr(at) == "<eXtremeDB object:Spot>.{'x': -2.0, 'zone': '', 'unit': 0, 'rank': 5}"
    writing.commit()
    with pytest.raises(exdb.InvalidOperationException):
        at.x  # noqa: B018
    with pytest.raises(exdb.InvalidOperationException):
        place.at  # noqa: B018


def test_a_struct_takes_a_dict_or_one_of_its_kind(place):
    place.at = {"x": 4, "zone": "n"}
    place.at = {"unit": 0}
    assert (place.at.x, place.at.zone, place.at.unit) == (4.0, "n", 0), "what is not named stays"
    place.trip = {"goal": place.at, "note": "far"}
    assert (place.trip.goal.x, place.trip.goal.zone, place.trip.note, place.trip.rest) == (4.0, "n", "far", None)
    place.trip.rest = place.trip.goal
    place.trip.rest.x = 9
    assert (place.trip.goal.x, place.trip.rest.x) == (4.0, 9.0)


def test_none_takes_an_optional_struct_away(writing, place):
    assert place.trip is None
    place.trip = {}
    assert place.trip.goal.x == 1.5
    place.trip = {"rest": {"x": 2}}
    place.trip.rest = None
    assert place.trip.rest is None
    trip = place.trip
    place.trip = None
    assert place.trip is None
    with pytest.raises(exdb.DatabaseError, match="give its field a dict"):
        trip.note  # noqa: B018
    place.id = 3
    writing.commit()
    writing.startTransaction(exdb.Transaction.MCO_READ_ONLY)
    found = writing.cursor().find("Place", "by_id", 3)
    assert (found.trip, found.at.x) == (None, 1.5)
    with pytest.raises(exdb.ProgrammingError):
        found.at.x = 3
    with pytest.raises(exdb.ProgrammingError):
        found.trip = {}
    writing.rollback()


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (None, exdb.InvalidTypeException),
        (7, exdb.InvalidTypeException),
        ({"x": "7"}, exdb.InvalidTypeException),
        ({"zone": "north"}, exdb.DatabaseError),
        ({"y": 1}, AttributeError),
        ({"x": 5, "unit": "MILE"}, exdb.DatabaseError),
    ],
)
def test_what_does_not_fit_leaves_everything_as_it_was(writing, place, given, error):
    with pytest.raises(error):
        place.at = given
    with pytest.raises(error if given is not None else exdb.InvalidTypeException):
        place.trip = {"goal": given}
    assert (place.at.x, place.trip) == (1.5, None)
    writing.commit()


def test_members_are_keys(writing, dictionary):
    for number, x in enumerate((3.0, 5.0, 5.0)):
        place = writing.new("Place")
        place.id, place.at = number, {"x": x}
    writing.commit()
    writing.startTransaction()
    cursor = writing.cursor()
    assert cursor.search("Place", "by_x", exdb.Operation.Equals, (5.0, 2))
    assert [place.id for place in cursor] == [2]
    assert [field.name for field in dictionary.classes["Place"].indexes["by_x"].fields] == ["at.x", "id"]
    writing.rollback()


def test_members_are_columns(writing):
    columns = {"id": [1, 2], "at.x": [0.5, 2.5], "trip.note": ["near", None]}
    assert writing.insert_many("Place", columns) == 2
    writing.commit()
    writing.startTransaction()
    assert [place.trip and place.trip.note for place in writing.cursor("Place")] == ["near", None]
    writing.rollback()
