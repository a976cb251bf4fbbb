//! What becomes of rows, and what is refused.

use crate::{DEVICE, READING, insert, open, open_at, reading, rows, storage};
use mcoiot::base::{Code, Value};
use mcoiot::db::{Priority, Storage, TransactionKind};
use std::fs;
use std::path::Path;

const LINE: &str = "persistent class Line { signed<4> n; char<8> text; tree<text> by_text; hash<n> by_n[10]; list; };\n";

fn line(n: i64, text: &str) -> [Value; 2] {
    [Value::Int(n), Value::from(text.as_bytes())]
}

/// A file with three lines.
fn lines(path: &Path) {
    let db = open(path, &format!("declare database d;\n{LINE}"));
    insert(&mut db.connect(), db.class("Line"), [line(3, "c"), line(1, "b"), line(2, "a")]);
}

#[test]
fn fields_classes_and_indexes_are_added() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    lines(&path);
    let schema = "declare database d;
        enum { RED = 1, GREEN } Color;
        persistent class First { unsigned<4> x; list; };
        persistent class Line {
            string more; signed<4> n; Color color = GREEN; char<8> text; double last = 1.5;
            tree<n desc> by_n; unique tree<text> by_text; tree<color, n> by_color; list; autoid;
        };";
    for round in 0..2 {
        let db = open(&path, schema);
        let mut c = db.connect();
        let class = db.class("Line");
        let row = |n, text: &str| {
            vec![Value::from(&b""[..]), Value::Int(n), Value::Int(2), Value::from(text.as_bytes()), Value::Real(1.5)]
        };
        let by = |index| Some(db.index("Line", index));
        assert_eq!(rows(&mut c, class, None), [row(3, "c"), row(1, "b"), row(2, "a")], "round {round}");
        assert_eq!(rows(&mut c, class, by("by_n")), [row(3, "c"), row(2, "a"), row(1, "b")]);
        assert_eq!(rows(&mut c, class, by("by_text")), [row(2, "a"), row(1, "b"), row(3, "c")]);
        assert_eq!(rows(&mut c, class, by("by_color")), [row(1, "b"), row(2, "a"), row(3, "c")]);
        assert!(rows(&mut c, db.class("First"), None).is_empty());
        c.begin(TransactionKind::ReadOnly, Priority(0)).unwrap();
        for autoid in 1..=3 {
            let object = c.find_autoid(class, autoid).unwrap();
            assert_eq!(c.row(object).unwrap()[1], Value::Int([3, 1, 2][autoid as usize - 1]));
        }
        c.rollback().unwrap();
    }
    let db = open(&path, schema);
    let mut c = db.connect();
    c.begin(TransactionKind::ReadWrite, Priority(0)).unwrap();
    let object = c.new_object(db.class("Line")).unwrap();
    c.set_value(object, 3, Value::from(&b"new"[..])).unwrap();
    c.commit().unwrap();
    assert_eq!(c.last_autoid(), 4, "no autoid is given twice");
    drop(c);
    let outsider = rusqlite::Connection::open(&path).unwrap();
    for action in ["INSERT INTO Line(_mco_epoch, _mco_oid) VALUES(1, 99)", "UPDATE Line SET n = 1", "DELETE FROM Line"] {
        assert!(outsider.execute(action, []).unwrap_err().to_string().contains("mcoiot only"), "{action}");
    }
}

#[test]
fn indexes_come_and_go_where_the_rows_stay() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    lines(&path);
    let texts = |path: &Path| -> Vec<String> {
        let outsider = rusqlite::Connection::open(path).unwrap();
        let mut statement = outsider
            .prepare(
                "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = 'Line' ORDER BY name",
            )
            .unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(std::result::Result::unwrap).collect()
    };
    assert_eq!(texts(&path), ["Line.by_n", "Line.by_text"]);
    {
        let db = open(
            &path,
            "declare database d; persistent class Line { signed<4> n; char<8> text; tree<n desc> by_n; tree<n, text> both; list; };",
        );
        let numbers = |index| {
            let rows = rows(&mut db.connect(), 1, Some(db.index("Line", index)));
            rows.into_iter().map(|row| row[0].clone()).collect::<Vec<_>>()
        };
        assert_eq!(numbers("by_n"), [Value::Int(3), Value::Int(2), Value::Int(1)], "the same name, another order");
        assert_eq!(numbers("both"), [Value::Int(1), Value::Int(2), Value::Int(3)]);
    }
    assert_eq!(texts(&path), ["Line.both", "Line.by_n"]);
}

#[test]
fn tables_may_exchange_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    // The store does not tell such names apart, so the second one gets a number.
    let upper = "persistent class Twin { unsigned<4> Field; signed<4> field; tree<field> i; list; };";
    let lower = "persistent class twin { unsigned<4> x; tree<x> i; list; autoid; };";
    {
        let db = open(&path, &format!("declare database d; {upper}{lower}"));
        let mut c = db.connect();
        insert(&mut c, db.class("Twin"), [[Value::UInt(1), Value::Int(-1)]]);
        insert(&mut c, db.class("twin"), [[Value::UInt(2)]]);
    }
    let turned = upper.replace("unsigned<4> Field; signed<4> field;", "signed<4> field; unsigned<4> Field;");
    for schema in [format!("{lower}{turned}"), format!("{upper}{lower}")] {
        let db = open(&path, &format!("declare database d; {schema}"));
        let mut c = db.connect();
        let mut row = vec![Value::UInt(1), Value::Int(-1)];
        if schema.starts_with(lower) {
            row.reverse();
        }
        assert_eq!(rows(&mut c, db.class("Twin"), Some(db.index("Twin", "i"))), [row]);
        assert_eq!(rows(&mut c, db.class("twin"), Some(db.index("twin", "i"))), [[Value::UInt(2)]]);
        insert(&mut c, db.class("twin"), [[Value::UInt(0)]]);
        assert_eq!(c.last_autoid(), if schema.starts_with(lower) { 2 } else { 3 });
        c.begin(TransactionKind::ReadWrite, Priority(0)).unwrap();
        let object = c.find_autoid(db.class("twin"), c.last_autoid()).unwrap();
        c.delete(object).unwrap();
        c.commit().unwrap();
    }
}

#[test]
fn wider_types_hold_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    let narrow = "declare database d; enum { A, B } E;
        persistent class C { signed<1> i; unsigned<2> u; signed<2> s; unsigned<8> w; float f; char<2> c; numeric<4,2> m; E e; list; };";
    let wide = "declare database d; enum { Z = -1, A, B, D } Other;
        persistent class C { signed<8> i; signed<4> u; unsigned<4> s; signed<8> w; double f; string c; numeric<18,2> m; Other e;
        tree<u> by_u; tree<s> by_s; list; };";
    let text = Value::from(&b"ab"[..]);
    {
        let db = open(&path, narrow);
        let row = [
            Value::Int(-128),
            Value::UInt(65_535),
            Value::Int(32_767),
            Value::UInt(i64::MAX as u64),
            Value::Real(0.5),
            text.clone(),
            Value::Int(-9_999),
            Value::Int(1),
        ];
        insert(&mut db.connect(), 1, [row]);
    }
    let db = open(&path, wide);
    let mut c = db.connect();
    let wanted = vec![
        Value::Int(-128),
        Value::Int(65_535),
        Value::UInt(32_767),
        Value::Int(i64::MAX),
        Value::Real(0.5),
        text,
        Value::Int(-9_999),
        Value::Int(1),
    ];
    for index in [None, Some(db.index("C", "by_u")), Some(db.index("C", "by_s"))] {
        assert_eq!(rows(&mut c, 1, index), std::slice::from_ref(&wanted));
    }
}

/// A row's value, or what lies below NULL.
fn under(value: Option<Value>) -> Value {
    Value::Null(value.map(Box::new))
}

#[test]
fn nullable_comes_and_goes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    let class =
        |fields: &str| format!("declare database d; persistent class C {{ {fields} tree<a> by_a; unique tree<b> by_b; list; }};");
    let text = |text: &str| Value::from(text.as_bytes());
    let ones = |index: Option<&str>, schema: &str| {
        let db = open(&path, schema);
        let index = index.map(|name| db.index("C", name));
        rows(&mut db.connect(), 1, index)
    };
    {
        let db = open(&path, &class("signed<4> a; string b;"));
        insert(&mut db.connect(), 1, [[Value::Int(1), text("x")], [Value::Int(-2), text("y")]]);
    }
    // Values stay values, and new rows may do without them.
    let both = class("nullable signed<4> a; nullable string b;");
    {
        let db = open(&path, &both);
        let mut c = db.connect();
        c.begin(TransactionKind::ReadWrite, Priority(0)).unwrap();
        let [kept, _] = [(); 2].map(|()| c.new_object(1).unwrap());
        c.set_value(kept, 0, Value::Int(7)).unwrap();
        c.set_value(kept, 1, text("below")).unwrap();
        c.set_null(kept, 0, true).unwrap();
        c.set_null(kept, 1, true).unwrap();
        c.commit().unwrap();
    }
    let first = [vec![Value::Int(1), text("x")], vec![Value::Int(-2), text("y")]];
    let nulls = [vec![under(Some(Value::Int(7))), under(Some(text("below")))], vec![Value::NULL, Value::NULL]];
    assert_eq!(ones(None, &both), [&first[..], &nulls].concat());
    assert_eq!(ones(Some("by_a"), &both), [first[1].clone(), first[0].clone()]);
    assert_eq!(ones(Some("by_b"), &both), first);
    let outsider = rusqlite::Connection::open(&path).unwrap();
    let count: i64 = outsider.query_row("SELECT count(*) FROM C WHERE a IS NULL AND b IS NULL", [], |row| row.get(0)).unwrap();
    assert_eq!(count, 2, "anybody can see it");

    // Taken away: what lies below NULL, else the default. The sign may change in the same step, and the other field stays as it is.
    let one = class("signed<8> a = 5; nullable string b;");
    let moved = |a: i64, row: &Vec<Value>| vec![Value::Int(a), row[1].clone()];
    let all = [moved(1, &first[0]), moved(-2, &first[1]), moved(7, &nulls[0]), moved(5, &nulls[1])];
    assert_eq!(ones(None, &one), all);
    assert_eq!(ones(Some("by_a"), &one), [1, 0, 3, 2].map(|at: usize| all[at].clone()));
    let refused = open_at(storage(&path, false), &class("unsigned<8> a; string b;"), false).err().unwrap();
    assert!(refused.text.contains("field 'a': a row holds a number that unsigned<8> cannot hold"), "{refused}");
    let none = class("signed<8> a; string b;");
    assert_eq!(ones(Some("by_b"), &none).iter().map(|row| row[1].clone()).collect::<Vec<_>>(), ["", "below", "x", "y"].map(text));
    // Two rows that are told apart by NULL alone cannot do without it.
    {
        let db = open(&path, &class("nullable signed<8> a; nullable string b;"));
        insert(&mut db.connect(), 1, [[Value::Int(1), Value::NULL]]);
    }
    let refused = open_at(storage(&path, false), &none, false).err().unwrap();
    assert!(refused.text.contains("equal keys of the new unique index 'by_b'"), "{refused}");
}

#[test]
fn what_would_be_lost_is_refused_in_words_and_nothing_changes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    let head = "declare database d; iot device 5; ";
    let class = |words: &str, fields: &str| format!("{head} enum {{ A, B }} E; {words} class C {{ {fields} list; autoid; }};");
    let fields = "signed<4> n; unsigned<8> u; double x; E e; char<4> t;";
    {
        let db = open(&path, &class("persistent", fields));
        for n in [-1, -1] {
            insert(&mut db.connect(), 1, [[Value::Int(n), Value::UInt(u64::MAX)]]);
        }
    }
    let before = fs::read(&path).unwrap();
    let with = |from: &str, to: &str| class("persistent", &fields.replace(from, to));
    let cases: [(String, &[&str]); 18] = [
        (format!("{head} class D {{ bool b; }};"), &["has a class 'C'", "put the class back"]),
        (with("double x;", ""), &["class 'C'", "field 'x' (double)", "put the field back"]),
        (
            with("double x;", "float x;"),
            &["class 'C', field 'x' is double there and float in the program", "keep the former type"],
        ),
        (with("double x;", "string x;"), &["is double there and string"]),
        (with("signed<4> n", "signed<2> n"), &["signed<4> there and signed<2>"]),
        (with("signed<4> n", "unsigned<2> n"), &["signed<4> there and unsigned<2>"]),
        (with("signed<4> n", "unsigned<8> n"), &["class 'C', field 'n': a row holds a number that unsigned<8> cannot hold"]),
        (with("unsigned<8> u", "signed<8> u"), &["field 'u': a row holds a number that signed<8> cannot hold"]),
        (with("char<4> t", "char<3> t"), &["char<4> there and char<3>"]),
        (with("E e", "signed<4> e"), &["field 'e' is E there and signed<4>"]),
        (with("E e", "E e").replace("A, B", "B, A"), &["class 'C', field 'e': constant A = 0 of enum 'E'", "put it back"]),
        (with("double x;", "double x; unique tree<n> i;"), &["class 'C' has rows with equal keys", "unique index 'i'"]),
        (class("uptable", fields), &["'C' is an ordinary class there and an uptable in the program"]),
        (class("transient", fields), &["persistent there and transient"]),
        (class("persistent", fields).replace("autoid;", ""), &["class 'C' has 'autoid'"]),
        (
            class("persistent", fields).replace("iot device 5;", ""),
            &["'iot device', the program's schema has no 'iot' statement"],
        ),
        (class("persistent", fields).replace("database d", "database e"), &["a database 'd', the program's is 'e'"]),
        (class("persistent", fields).replace("iot device 5;", "iot router 5;"), &["'iot router'"]),
    ];
    for (schema, words) in cases {
        let error = open_at(storage(&path, false), &schema, false).err().unwrap_or_else(|| panic!("{schema}"));
        assert_eq!(error.code, Code::E_DISK_SCHEMA_CHANGED, "{schema}");
        assert!(words.iter().all(|word| error.text.contains(word)), "{}\n{words:?}", error.text);
        assert!(error.text.starts_with("the file was made with another schema: ") && error.text.ends_with("or use another file"));
    }
    let readonly = open_at(storage(&path, true), &with("double x;", "double x; bool more;"), false).err().unwrap();
    assert_eq!(readonly.code, Code::E_DISK_SCHEMA_CHANGED);
    assert!(readonly.text.contains("open it for writing once"), "{readonly}");
    assert_eq!(fs::read(&path).unwrap(), before);
    let db = open(&path, &class("persistent", fields));
    assert_eq!(rows(&mut db.connect(), 1, None).len(), 2);
    let error = open_at(storage(&path, false), &with("double x;", "double x; bool more;"), false).err().unwrap();
    assert_eq!(error.code, Code::E_DISK_ALREADY_OPENED, "nobody else may have it open");
}

#[test]
fn a_long_key_and_a_new_index_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    let schema = |index: &str| format!("declare database d; persistent class C {{ string t; {index} list; }};");
    {
        let db = open(&path, &schema(""));
        insert(&mut db.connect(), 1, [[Value::from(&[7_u8; 5000][..])]]);
    }
    let error = open_at(storage(&path, false), &schema("tree<t> i;"), false).err().unwrap();
    assert_eq!(error.code, Code::E_DISK_SCHEMA_CHANGED);
    assert!(error.text.contains("class 'C' has a row whose key of the new index 'i' is longer than 4096 bytes"), "{error}");
}

#[test]
fn transient_classes_may_become_anything_that_keeps_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    {
        let db = open(&path, "declare database d; class C { signed<4> n; list; };");
        insert(&mut db.connect(), 1, [[Value::Int(-1)]]);
    }
    let db = open(&path, "declare database d; persistent class C { unsigned<4> n; unsigned<4> m; list; };");
    assert!(rows(&mut db.connect(), 1, None).is_empty());
}

#[test]
fn a_file_with_a_limit_has_room_to_move_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    let limit = 4 << 20;
    let limited = || Storage::File {
        path: path.clone(),
        limit_bytes: limit,
        read_only: false,
        truncate: false,
        existing: false,
        temporary: false,
    };
    let count = {
        let db = open_at(limited(), &format!("{DEVICE}{READING}"), false).unwrap();
        let mut c = db.connect();
        let class = db.class("Reading");
        let mut n = 0;
        // Nearly full.
        while db.0.space().unwrap().1 > limit / 8 {
            c.begin(TransactionKind::ReadWrite, Priority(0)).unwrap();
            for _ in 0..1000 {
                n += 1;
                let object = c.new_object(class).unwrap();
                for (field, value) in (0..).zip(reading(n)) {
                    c.set_value(object, field, value).unwrap();
                }
            }
            c.commit().unwrap();
        }
        n
    };
    let schema = format!("{DEVICE}{}", READING.replace("double x;", "double x; unsigned<4> more;"));
    let db = open_at(limited(), &schema, true).unwrap();
    assert_eq!(rows(&mut db.connect(), 1, Some(db.index("Reading", "by_n"))).len() as u64, count);
}

/// Voluntary indexes and events: a schema may get and lose them; what was created stays, also when the rows move.
#[test]
fn voluntary_indexes_stay_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    let schema = |fields: &str, rest: &str| {
        format!("declare database d; persistent class Line {{ signed<4> n; char<8> text; {fields} {rest} list; }};")
    };
    let has = |db: &crate::Opened, index: &str| {
        let mut c = db.connect();
        c.begin(TransactionKind::ReadOnly, Priority(0)).unwrap();
        let index = db.index("Line", index);
        match c.check_index(index) {
            Ok(()) => c.open_index(mcoiot::db::CursorId(1), index).is_ok(),
            Err(error) => {
                assert_eq!(error.code, Code::E_VOLUNTARY_NOT_EXIST);
                false
            }
        }
    };
    {
        let db = open(&path, &schema("", "voluntary tree<n> kept; voluntary tree<text> absent; tree<n desc> plain;"));
        insert(&mut db.connect(), db.class("Line"), [line(3, "c"), line(1, "b"), line(2, "a")]);
        let mut c = db.connect();
        c.begin(TransactionKind::ReadWrite, Priority(0)).unwrap();
        c.create_index(db.index("Line", "kept")).unwrap();
        c.commit().unwrap();
    }
    // An event more, and another index is voluntary now: nothing moves.
    let db = open(
        &path,
        &schema("", "voluntary tree<n> kept; voluntary tree<text> absent; voluntary tree<n desc> plain; event<new> e;"),
    );
    assert_eq!(["kept", "absent", "plain"].map(|index| has(&db, index)), [true, false, true]);
    drop(db);
    // A field more: the rows move, and with them what was there. A new one is absent, one with other keys is new.
    let rest = "voluntary tree<n> kept; voluntary tree<text> absent; voluntary tree<text desc> plain; voluntary tree<x> fresh;";
    let db = open(&path, &schema("double x;", rest));
    assert_eq!(["kept", "absent", "plain", "fresh"].map(|index| has(&db, index)), [true, false, false, false]);
    let found = rows(&mut db.connect(), db.class("Line"), Some(db.index("Line", "kept")));
    assert_eq!(found.iter().map(|row| row[0].clone()).collect::<Vec<_>>(), [1, 2, 3].map(Value::Int));
    drop(db);
    // Not voluntary any more: it is there.
    let db = open(&path, &schema("double x;", "tree<n> kept; tree<text> absent;"));
    assert_eq!(["kept", "absent"].map(|index| has(&db, index)), [true, true]);
}

#[test]
fn structs_get_members_and_become_optional() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    let schema = |spot: &str, class: &str| {
        format!("declare database d;\nstruct Spot {{ {spot} }};\npersistent class Line {{ signed<4> n; {class} list; }};")
    };
    let (x, y) = (Value::Real(2.5), Value::Int(7));
    {
        let db = open(&path, &schema("double x;", "Spot at; optional Spot last;"));
        let mut c = db.connect();
        c.begin(TransactionKind::ReadWrite, Priority(0)).unwrap();
        for n in 0..2 {
            let object = c.new_object(db.class("Line")).unwrap();
            c.set_value(object, 0, Value::Int(n)).unwrap();
            c.set_value(object, 2, x.clone()).unwrap();
            if n == 1 {
                c.set_value(object, 4, x.clone()).unwrap();
            }
        }
        c.commit().unwrap();
    }
    // A struct that is there gets its new member, one that is absent stays so.
    let db = open(&path, &schema("signed<2> y = 7; double x;", "optional Spot last; optional Spot at; tree<last.y, last.x> i;"));
    let (mut c, there, gone) = (db.connect(), Value::UInt(1), Value::NULL);
    let first = vec![Value::Int(0), gone.clone(), gone.clone(), gone, there.clone(), y.clone(), x.clone()];
    let second = vec![Value::Int(1), there.clone(), y.clone(), x.clone(), there, y, x];
    assert_eq!(rows(&mut c, db.class("Line"), None), [first, second.clone()]);
    assert_eq!(rows(&mut c, db.class("Line"), Some(db.index("Line", "i"))), [second]);
    drop((c, db));
    let lacking = [
        (schema("signed<2> y; double x;", "optional Spot last;"), "a field 'at'"),
        (schema("signed<2> y;", "optional Spot last; optional Spot at;"), "a field 'last.x'"),
    ];
    for (schema, words) in lacking {
        let error = open_at(storage(&path, false), &schema, false).err().unwrap_or_else(|| panic!("{schema}"));
        assert!(error.code == Code::E_DISK_SCHEMA_CHANGED && error.text.contains(words), "{error}");
    }
}
