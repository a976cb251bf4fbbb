"""load_dictionary, and what a dictionary knows."""

import pytest

import exdb


def test_what_is_in_it(dictionary):
    assert list(dictionary.classes) == ["Reading", "Everything", "Bare"]
    reading = dictionary.classes["Reading"]
    assert (reading.name, reading.code, list(reading.fields)) == ("Reading", 1, ["ts", "sensor", "value"])
    assert [index.kind for index in reading.indexes.values()] == ["tree", "tree", "hash"]
    by_sensor = dictionary.indexes["by_sensor"]
    assert by_sensor is dictionary.indexes["Reading.by_sensor"] is reading.indexes["by_sensor"]
    assert (by_sensor.name, by_sensor.code, [field.name for field in by_sensor.fields]) == ("by_sensor", 0, ["sensor", "ts"])
    assert dictionary.classes["Everything"].autoid and not dictionary.classes["Bare"].list
    with pytest.raises(TypeError):
        dictionary.classes["x"] = 1


def test_equal_names_of_indexes(runtime):
    found = exdb.load_dictionary("declare database d; class A { string a; tree <a> i; }; class B { string b; tree <b> i; };").indexes
    assert sorted(found) == ["A.i", "B.i"]


def test_errors_have_all_messages(runtime):
    with pytest.raises(exdb.ProgrammingError) as failed:
        exdb.load_dictionary("declare database d;\nclass A { foo x; list; };\nclass B { bar y; list; };")
    assert "<schema>:2:11: error" in failed.value.text and "<schema>:3:11: error" in failed.value.text


def test_what_the_compiler_does_not_support(runtime):
    for text in ("class A { rect<signed<4>> r; list; };", "class A { bool b; rtree <b> i; };"):
        with pytest.raises(exdb.ProgrammingError, match="is not supported"):
            exdb.load_dictionary("declare database d; " + text)


def test_include_directories(runtime, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "part.mco").write_text("class A { string s; list; };")
    text = 'declare database d;\n#include "part.mco"\n'
    assert list(exdb.load_dictionary(text, include_dir=str(tmp_path / "a")).classes) == ["A"]
    assert list(exdb.load_dictionary(text, include_dir=[str(tmp_path), str(tmp_path / "a")]).classes) == ["A"]
    with pytest.raises(exdb.ProgrammingError, match="part.mco"):
        exdb.load_dictionary(text)


def test_a_directory_with_colons_is_one(runtime, tmp_path):
    odd = tmp_path / "a:b"
    odd.mkdir()
    (odd / "part.mco").write_text("class A { string s; list; };")
    text = 'declare database d;\n#include "part.mco"\n'
    for given in (odd, str(odd), [odd], ["", tmp_path, str(odd)]):
        assert list(exdb.load_dictionary(text, include_dir=given).classes) == ["A"]
    for given in ("", [], f"{tmp_path}:{odd}"):
        with pytest.raises(exdb.ProgrammingError, match="part.mco"):
            exdb.load_dictionary(text, include_dir=given)


def test_types_in_messages_are_those_of_the_schema(runtime):
    text = "class A { char<5> c; vector<char<5>> v; unsigned<2> u[3]; numeric<5,2> n; nchar<2> w; list; };"
    dictionary = exdb.load_dictionary("declare database d; " + text)
    assert [field.declared for field in dictionary.classes["A"].fields.values()] == ["char<5>", "char<5>", "unsigned<2>", "numeric<5,2>", "nchar<2>"]
    with exdb.open_database("words", dictionary) as db, db.connect() as con:
        con.startTransaction()
        made = con.new("A")
        for name, given, said in (
            ("c", "123456", r"A\.c \(char<5>\): the text has 6 bytes"),
            ("v", ["123456"], r"element 0: A\.v \(char<5>\): the text has 6 bytes"),
            ("v", 65536 * [""], r"v \(vector<char<5>>\): there are 65536 elements"),
            ("u", [1], r"u \(3 times unsigned<2>\): there are 1 elements"),
        ):
            with pytest.raises(exdb.DataError, match=said):
                setattr(made, name, given)
        with pytest.raises(exdb.DataError, match=r"row 0: A\.c \(char<5>\): the text has 6 bytes"):
            con.insert_many("A", {"c": ["123456"]})


def test_persistent_and_transient(runtime):
    text = "declare database d; class A { string s; list; }; persistent class P { string s; list; };"
    assert [each.persistent for each in exdb.load_dictionary(text).classes.values()] == [False, True]
    assert [each.persistent for each in exdb.load_dictionary(text, persistent=True).classes.values()] == [True, True]
    with pytest.raises(exdb.ArgumentException):
        exdb.load_dictionary(text, persistent=True, transient=True)


def test_warnings_go_to_stderr(runtime, capfd):
    text = "declare database d; class A { string s; };"
    exdb.load_dictionary(text)
    assert capfd.readouterr().err == ""
    exdb.load_dictionary(text, debug=True)
    assert "warning" in capfd.readouterr().err


def test_what_is_not_supported_or_no_text(runtime):
    for name in ("dumpxml", "genhpp", "gencs", "genjava", "genSql"):
        with pytest.raises(exdb.NotSupportedError, match=name):
            exdb.load_dictionary("declare database d;", **{name: True})
    with pytest.raises(exdb.ArgumentException, match="schema is a str"):
        exdb.load_dictionary(b"declare database d;")
    with pytest.raises(exdb.ArgumentException, match="NUL"):
        exdb.load_dictionary("declare\0")


def test_fields_that_python_cannot_have(runtime):
    for name in ("__init__", "__slots__", "__repr__", "__class__", "_exdb_handle"):
        with pytest.raises(exdb.ProgrammingError, match=f"A.{name} .*another"):
            exdb.load_dictionary(f"declare database d; class A {{ signed<4> {name}; list; }};")


def test_fields_with_names_of_python(runtime):
    names = ("class", "self", "def", "_x", "__x", "x__", "handle", "type")
    dictionary = exdb.load_dictionary("declare database d; class A { %s list; };" % "".join(f"signed<4> {name}; " for name in names))
    with exdb.open_database("d", dictionary) as db, db.connect() as con:
        con.startTransaction()
        made = con.new("A")
        for number, name in enumerate(names):
            setattr(made, name, number)
        assert [getattr(made, name) for name in names] == list(range(len(names)))


def test_values_stand_for_names(writing, dictionary):
    reading = dictionary.classes["Reading"]
    writing.new(reading).ts = 5
    writing.commit()
    writing.startTransaction()
    assert writing.cursor().find(reading, reading.indexes["by_sensor"], (0, 5)).ts == 5
    assert [row.ts for row in writing.cursor(reading, dictionary.indexes["by_value"])] == [5]
    other = exdb.load_dictionary("declare database d; class Reading { string s; tree <s> by_value; list; };")
    with pytest.raises(exdb.ArgumentException, match="no class 'Reading' of another schema"):
        writing.new(other.classes["Reading"])
    with pytest.raises(exdb.ArgumentException, match=r"no index 'by_value' of another class \(Reading\) or schema"):
        writing.cursor(reading, other.indexes["by_value"])


def test_directories_are_paths(runtime, tmp_path):
    (tmp_path / "part.mco").write_text("class A { unsigned<4> x; list; };")
    text = 'declare database x;\n#include "part.mco"\n'
    for directory in (tmp_path, [tmp_path], (".", str(tmp_path)), iter([tmp_path])):
        assert "A" in exdb.load_dictionary(text, include_dir=directory).classes
    for wrong in (5, [5], None):
        with pytest.raises(exdb.ArgumentException, match="include_dir is a path"):
            exdb.load_dictionary(text, include_dir=wrong)
    with pytest.raises(exdb.ArgumentException, match="surrogate"):
        exdb.load_dictionary("\ud800")
