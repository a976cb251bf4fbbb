//! Arrays and vectors in a changed schema.

use crate::{Opened, open, open_at, storage};
use mcoiot::base::{Code, Value};
use mcoiot::db::{Connection, CursorId, ObjectRef, Path as Way, Priority, Spot, TransactionKind};
use std::path::Path;

const OLD: &str = "declare database d; enum { A, B } E;
    struct Spot { signed<1> x; char<2> zone; vector<E> kinds; };
    persistent class Line { unsigned<2> n[2]; vector<signed<2>> v; vector<char<2>> t; vector<Spot> s; vector<bool> b; list; };";
/// Everything wider, longer, elsewhere, with more members.
const NEW: &str = "declare database d; enum { Z = -1, A, B } E;
    struct Spot { bool more = 1; vector<E> kinds; string zone; signed<4> x; };
    persistent class Line { vector<bool> b; vector<Spot> s; signed<4> n[3]; vector<unsigned<2>> v; vector<string> t; list; };";

fn at(object: ObjectRef, path: Way, column: u16) -> Spot {
    Spot { object, path, column }
}

fn line(c: &mut Connection) -> ObjectRef {
    c.begin(TransactionKind::ReadWrite, Priority(0)).unwrap();
    c.open_list(CursorId(1), 1).unwrap();
    c.cursor_object(CursorId(1), 1).unwrap()
}

/// A row with something in each list, and one with nothing.
fn fill(path: &Path, numbers: [i64; 2]) -> Opened {
    let db = open(path, OLD);
    let mut c = db.connect();
    c.begin(TransactionKind::ReadWrite, Priority(0)).unwrap();
    let [line, _] = [1, 1].map(|class| c.new_object(class).unwrap());
    let (way, element) = (Way::default(), Way::default().step(3, 1).unwrap());
    c.put_elements(at(line, way, 0), 1, &mut [Value::UInt(65_535)]).unwrap();
    for column in 1..5 {
        c.alloc(at(line, way, column), 2).unwrap();
    }
    c.put_elements(at(line, way, 1), 0, &mut numbers.map(Value::Int)).unwrap();
    c.put_elements(at(line, way, 2), 1, &mut [Value::from(&b"ab"[..])]).unwrap();
    c.put_members(line, element, vec![(0, Value::Int(-7)), (1, Value::from(&b"z"[..]))]).unwrap();
    c.alloc(at(line, element, 2), 1).unwrap();
    c.put_elements(at(line, element, 2), 0, &mut [Value::Int(1)]).unwrap();
    c.put_elements(at(line, way, 4), 1, &mut [Value::UInt(1)]).unwrap();
    c.commit().unwrap();
    drop(c);
    db
}

#[test]
fn elements_move_into_wider_ones_and_arrays_become_longer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    drop(fill(&path, [3, 32_767]));
    for round in 0..2 {
        let db = open(&path, NEW);
        let mut c = db.connect();
        let line = line(&mut c);
        let (way, element) = (Way::default(), Way::default().step(1, 1).unwrap());
        assert_eq!(c.elements(at(line, way, 0), 0, 2).unwrap(), [0, 1].map(Value::UInt), "round {round}");
        assert_eq!(c.elements(at(line, way, 2), 0, 3).unwrap(), [0, 65_535, 0].map(Value::Int));
        assert_eq!(c.elements(at(line, way, 3), 0, 2).unwrap(), [3, 32_767].map(Value::UInt));
        assert_eq!(c.element(at(line, way, 4), 0).unwrap_err().code, Code::E_EMPTYVECTOREL);
        assert_eq!(c.element(at(line, way, 4), 1).unwrap(), Value::from(&b"ab"[..]));
        assert_eq!(c.find_element(line, Way::default().step(1, 0).unwrap()).unwrap_err().code, Code::E_EMPTYVECTOREL);
        let member = |c: &mut Connection, column| c.member(at(line, element, column)).unwrap();
        let members = [0, 2, 3].map(|column| member(&mut c, column));
        assert_eq!(members, [Value::UInt(1), Value::from(&b"z"[..]), Value::Int(-7)]);
        assert_eq!(c.elements(at(line, element, 1), 0, 1).unwrap(), [Value::Int(1)]);
        c.cursor_next(CursorId(1)).unwrap();
        let empty = c.cursor_object(CursorId(1), 1).unwrap();
        assert_eq!([2, 3].map(|column| c.list_len(at(empty, way, column)).unwrap()), [3, 0]);
        c.put_elements(at(empty, way, 2), 2, &mut [Value::Int(1)]).unwrap();
        c.rollback().unwrap();
    }
}

/// The struct is not among the values of an element.
#[test]
fn lists_in_a_struct_keep_their_elements() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    let schema = |length: u8, kind: &str| {
        let spot = format!("struct Spot {{ char<2> zones[{length}]; vector<{kind}> v; }};");
        format!("declare database d; {spot} persistent class Line {{ bool b; optional Spot s; list; }};")
    };
    let way = Way::default();
    {
        let db = open(&path, &schema(1, "unsigned<1>"));
        let mut c = db.connect();
        c.begin(TransactionKind::ReadWrite, Priority(0)).unwrap();
        let line = c.new_object(1).unwrap();
        c.put_elements(at(line, way, 2), 0, &mut [Value::from(&b"ab"[..])]).unwrap();
        c.alloc(at(line, way, 3), 1).unwrap();
        c.put_elements(at(line, way, 3), 0, &mut [Value::UInt(255)]).unwrap();
        c.commit().unwrap();
    }
    for (length, kind, number) in [(2, "unsigned<1>", Value::UInt(255)), (2, "signed<2>", Value::Int(255))] {
        let db = open(&path, &schema(length, kind));
        let mut c = db.connect();
        let line = line(&mut c);
        assert_eq!(c.element(at(line, way, 2), 0).unwrap(), Value::from(&b"ab"[..]));
        assert_eq!(c.element(at(line, way, 2), 1).unwrap_err().code, Code::E_EMPTYVECTOREL);
        assert_eq!(c.element(at(line, way, 3), 0).unwrap(), number);
        c.rollback().unwrap();
    }
}

#[test]
fn lists_that_would_lose_something_are_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    drop(fill(&path, [3, -1]));
    let changed = |from: &str, to: &str| OLD.replace(from, to);
    let cases = [
        (NEW.to_string(), "field 'v': a row holds a number that unsigned<2> cannot hold"),
        (changed("n[2]", "n[1]"), "field 'n' is unsigned<2>[2] there and unsigned<2>[1] in the program"),
        (
            changed("unsigned<2> n[2]", "vector<unsigned<2>> n"),
            "field 'n' is unsigned<2>[2] there and vector<unsigned<2>> in the program",
        ),
        (changed("unsigned<2> n[2]", "unsigned<2> n"), "field 'n' is unsigned<2>[2] there and unsigned<2> in the program"),
        (changed("vector<char<2>>", "vector<char<1>>"), "field 't' is vector<char<2>> there"),
        (changed("signed<1> x;", ""), "a field 's.x' (signed<1>)"),
        (changed("signed<1> x;", "string x;"), "field 's.x' is signed<1> there and string in the program"),
        (changed("enum { A, B }", "enum { A }"), "field 's.kinds': constant B"),
    ];
    for (schema, words) in cases {
        let error = open_at(storage(&path, false), &schema, false).err().unwrap_or_else(|| panic!("{schema}"));
        assert!(error.code == Code::E_DISK_SCHEMA_CHANGED && error.text.contains(words), "{error} without {words}");
    }
    drop(open(&path, OLD));
}
