"""Blobs, row by row and in columns."""

import pytest

import exdb

SCHEMA = """
declare database blobs;
class Picture { unsigned<4> id; blob image; tree <id> by_id; };
"""


@pytest.fixture
def writing(runtime):
    con = exdb.open_database("blobs", exdb.load_dictionary(SCHEMA)).connect()
    con.startTransaction()
    return con


def images(con):
    return [row.image for row in con.cursor("Picture", "by_id")]


@pytest.mark.parametrize(
    "given, read",
    [
        (b"", b""),
        (b"\0a\0", b"\0a\0"),
        (bytearray(b"xy"), b"xy"),
        (memoryview(b"xyz")[::2], b"xz"),
        ("täxt", "täxt".encode()),
        (bytes(range(256)) * 1000, bytes(range(256)) * 1000),
    ],
    ids=range(6),
)
def test_what_is_given_comes_back_as_bytes(writing, given, read):
    row = writing.new("Picture")
    assert row.image == b""  # never written
    row.image = given
    assert row.image == read and type(row.image) is bytes
    writing.commit()
    writing.startTransaction()
    assert images(writing) == [read]


@pytest.mark.parametrize("wrong", [None, 5, ["x"]], ids=str)
def test_what_is_no_content(writing, wrong):
    row = writing.new("Picture")
    with pytest.raises(exdb.InvalidTypeException):
        row.image = wrong
    row.image = b"still usable"
    writing.commit()


def test_in_columns(writing):
    large = b"x" * 300000
    writing.insert_many("Picture", [(1, b"a"), (2, large), (3, "text")])
    writing.insert_many("Picture", {"id": [4, 5]})
    writing.commit()
    writing.startTransaction()
    wanted = [b"a", large, b"text", b"", b""]
    assert images(writing) == wanted
    assert writing.cursor("Picture", "by_id").read_many() == {"id": [1, 2, 3, 4, 5], "image": wanted}
    with pytest.raises(exdb.InvalidTypeException, match="row 1"):
        writing.insert_many("Picture", {"id": [6, 7], "image": [b"", None]})


def test_it_is_no_key(runtime):
    with pytest.raises(exdb.ProgrammingError) as caught:
        exdb.load_dictionary(SCHEMA.replace("<id>", "<image>"))
    assert "a blob field cannot be a key" in caught.value.text
