"""Objects by the oid that the program gives them, and refs to them."""

import struct

import pytest

import exdb

SCHEMA = """
declare database oids;
declare oid Id[100];
struct Id { unsigned<2> region; unsigned<4> number; };
class Person { string name; ref home; nullable ref friend_of; vector<ref> friends; Link link; tree <home> by_home; oid; list; };
class House { unsigned<4> rooms; oid; };
class Plain { unsigned<4> n; list; };
struct Link { ref to; };
"""


def oid(number, region=1):
    return struct.pack("=HI", region, number)


@pytest.fixture
def writing(runtime):
    con = exdb.open_database("oids", exdb.load_dictionary(SCHEMA)).connect()
    con.startTransaction()
    return con


def test_an_object_is_found_by_its_oid_at_once(writing):
    person = writing.new("Person", oid(1))
    person.name = "Ann"
    assert person.oid == oid(1) and type(person.oid) is bytes
    assert writing.oidFind("Person", oid(1)).name == "Ann"
    assert writing.oidFind("House", oid(1)) is None
    assert writing.oidFind("Person", bytearray(oid(2))) is None
    writing.commit()
    writing.startTransaction(exdb.Transaction.MCO_READ_ONLY)
    assert writing.oidFind("Person", memoryview(oid(1))).name == "Ann"
    with pytest.raises(exdb.ProgrammingError):
        writing.deleteObject(oid(1))


def test_an_oid_is_unique_in_the_whole_database(writing):
    writing.new("Person", oid(1))
    for cls in ("Person", "House"):
        with pytest.raises(exdb.IntegrityError, match="oid"):
            writing.new(cls, oid(1))
    writing.new("House", oid(1, region=2))
    writing.deleteObject(oid(1))
    house = writing.new("House", oid(1))
    with pytest.raises(exdb.OperationalError, match="no object has this oid"):
        writing.deleteObject(oid(3))
    writing.remove(house)
    writing.new("Person", oid(1))
    writing.commit()


def test_an_oid_never_changes(writing):
    person = writing.new("Person", oid(1))
    with pytest.raises(AttributeError):
        person.oid = oid(2)
    with pytest.raises(AttributeError):
        _ = writing.new("Plain").oid
    assert "oid" not in repr(person)


def test_what_is_no_oid(writing):
    for wrong in (oid(1) + b"\0", b"", oid(1)[1:]):
        for call in (lambda: writing.new("Person", wrong), lambda: writing.oidFind("Person", wrong), lambda: writing.deleteObject(wrong)):
            with pytest.raises(exdb.DataError, match="An oid has 6"):
                call()
    for wrong in ("text", 5):
        with pytest.raises(exdb.InvalidTypeException):
            writing.new("Person", wrong)
    with pytest.raises(exdb.ArgumentException, match="needs an oid"):
        writing.new("Person")
    with pytest.raises(exdb.ArgumentException, match="has no oid"):
        writing.new("Plain", oid(1))
    with pytest.raises(exdb.ProgrammingError, match="has no oid"):
        writing.oidFind("Plain", oid(1))
    writing.new("Person", oid(1))  # none of this has spoiled the transaction
    writing.commit()


def test_a_schema_without_oid(runtime):
    schema = exdb.load_dictionary("declare database d; class A { bool b; list; };")
    assert schema.oid is None and schema.classes["A"].oid is None
    with exdb.open_database("d", schema).connect() as con:
        con.startTransaction()
        with pytest.raises(exdb.ProgrammingError, match="has no oid"):
            con.deleteObject(b"1")
        con.rollback()


def test_refs_are_packed_bytes(writing):
    person = writing.new("Person", oid(1))
    assert person.home == bytes(6) and person.friend_of is None
    person.home = oid(256)
    person.friend_of = bytearray(oid(3))
    person.friends = [oid(4), oid(5)]
    person.link.to = oid(6)
    assert (person.home, person.friend_of, person.friends, person.link.to) == (oid(256), oid(3), [oid(4), oid(5)], oid(6))
    person.friend_of = None
    assert person.friend_of is None
    with pytest.raises(exdb.DataError, match="An oid has 6"):
        person.home = b"12345"
    with pytest.raises(exdb.InvalidTypeException):
        person.home = "text"
    assert person.home == oid(256)


def test_refs_as_keys_are_in_the_order_of_their_numbers(writing):
    for number, home in ((1, 256), (2, 2), (3, 257)):
        writing.new("Person", oid(number)).home = oid(home)
    writing.checkpoint()
    assert [person.oid for person in writing.cursor("Person", "by_home")] == [oid(2), oid(1), oid(3)]
    cursor = writing.cursor()
    assert cursor.search("Person", "by_home", exdb.Operation.GreaterThan, oid(256))
    assert cursor.next().oid == oid(3)


def test_many_rows_with_oids(writing):
    done = writing.insert_many("House", {"oid": [oid(n) for n in range(5)], "rooms": range(5)})
    assert done == 5 and writing.oidFind("House", oid(3)).rooms == 3
    with pytest.raises(exdb.IntegrityError):
        writing.insert_many("House", [{"oid": oid(9), "rooms": 1}, {"oid": oid(3), "rooms": 2}])
    with pytest.raises(exdb.DataError, match="An oid has 6"):
        writing.insert_many("House", {"oid": [b"1"], "rooms": [1]})
    writing.new("Person", oid(20)).home = oid(7)
    columns = writing.cursor("Person").read_many(fields=["oid", "home", "friend_of"])
    assert columns == {"oid": [oid(20)], "home": [oid(7)], "friend_of": [None]}


def test_the_schema_says_what_an_oid_is(runtime):
    schema = exdb.load_dictionary(SCHEMA)
    assert schema.oid.size == 6 and schema.classes["House"].oid is schema.oid
    assert list(schema.classes["House"].fields) == ["rooms"]
    assert schema.classes["Person"].fields["home"].type == "ref"
