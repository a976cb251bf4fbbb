//! Arrays and vectors: elements against vectors that do the same, structs in lists in structs, lists that others have made.

use super::fixture::{Opened, Schema, all, commit, rows, write};
use super::replicate::Pair;
use crate::base::list::{Form, Shape};
use crate::base::{Code, Random, Result, Value};
use crate::db::*;
use crate::schema::compile_text;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

const SCHEMA: &str = "declare database lists;
    persistent class Row { signed<4> before = 7; vector<signed<4>> v; unsigned<2> a[5]; vector<bool> b; vector<string> t; list; };";
const ROW: u16 = 1;
/// Fields with lists, and how long these are when they are new.
const FIELDS: [(u16, usize); 4] = [(1, 0), (2, 5), (3, 0), (4, 0)];
const TEXTS: u16 = 4;

fn schema(text: &str) -> Schema {
    Schema(compile_text(text).unwrap())
}

fn objects(c: &mut Connection) -> Vec<ObjectRef> {
    let cursor = CursorId(1);
    let mut list = Vec::new();
    let mut next = c.open_list(cursor, ROW);
    while next.is_ok() {
        list.push(c.cursor_object(cursor, ROW).unwrap());
        next = c.cursor_next(cursor);
    }
    list
}

fn code<T>(result: Result<T>) -> Code {
    result.err().map_or(Code::S_OK, |error| error.code)
}

fn at(object: ObjectRef, column: u16) -> Spot {
    Spot { object, path: Path::default(), column }
}

/// One object: of each list its elements, `None` for a text that was never put.
type Model = Vec<Vec<Option<Value>>>;

fn blank(field: u16) -> Option<Value> {
    match field {
        1 => Some(Value::Int(0)),
        TEXTS => None,
        _ => Some(Value::UInt(0)),
    }
}

fn any(field: u16, random: &mut Random) -> Value {
    match field {
        1 => Value::Int([0, -1, 5, i64::from(i32::MIN)][random.below(4) as usize]),
        2 => Value::UInt([0, 1, 65_535][random.below(3) as usize]),
        3 => Value::UInt(random.below(2)),
        _ => Value::Bytes(vec![b'x'; random.below(40) as usize].into()),
    }
}

fn check(c: &mut Connection, object: ObjectRef, model: &Model) {
    for ((field, _), list) in FIELDS.into_iter().zip(model) {
        let spot = at(object, field);
        assert_eq!(usize::from(c.list_len(spot).unwrap()), list.len());
        for (index, element) in (0..).zip(list) {
            let found = c.element(spot, index);
            assert_eq!(found.as_ref().ok(), element.as_ref());
            assert_eq!(code(found), if element.is_some() { Code::S_OK } else { Code::E_EMPTYVECTOREL });
        }
        let whole = c.elements(spot, 0, list.len() as u16);
        assert_eq!(whole.ok(), list.iter().cloned().collect::<Option<Vec<Value>>>());
        assert_eq!(code(c.elements(spot, 1, list.len() as u16)), Code::E_INDEXLIMIT);
    }
    assert_eq!(c.value(object, 0).unwrap(), &Value::Int(7));
}

/// One random change to both; none puts the transaction into the error state.
fn change(c: &mut Connection, object: ObjectRef, model: &mut Model, random: &mut Random) {
    let number = random.below(4) as usize;
    let (field, fixed) = FIELDS[number];
    let (list, spot) = (&mut model[number], at(object, field));
    match random.below(6) {
        0 if fixed == 0 => {
            let len = random.below(30) as usize;
            c.alloc(spot, len as u16).unwrap();
            *list = vec![blank(field); len];
        }
        1 if !list.is_empty() => {
            let index = random.below(list.len() as u64) as usize;
            c.erase_element(spot, index as u16).unwrap();
            list[index] = blank(field);
        }
        2 => {
            let start = random.below(list.len() as u64 + 1) as usize;
            let count = random.below((list.len() - start) as u64 + 1) as usize;
            let mut values: Vec<Value> = (0..count).map(|_| any(field, random)).collect();
            c.put_elements(spot, start as u16, &mut values).unwrap();
            list.splice(start..start + count, values.into_iter().map(Some));
        }
        _ if !list.is_empty() => {
            let index = random.below(list.len() as u64) as usize;
            let value = any(field, random);
            c.put_elements(spot, index as u16, &mut [value.clone()]).unwrap();
            list[index] = Some(value);
        }
        _ => {}
    }
}

#[test]
fn lists_do_what_vectors_do() {
    let folder = tempfile::tempdir().unwrap();
    let fresh: Model = FIELDS.iter().map(|(field, len)| vec![blank(*field); *len]).collect();
    for seed in 0..40 {
        let mut random = Random::seeded(seed);
        let path = folder.path().join(format!("{seed}.db"));
        let mut stored: Vec<Model> = Vec::new();
        for _ in 0..6 {
            let db = schema(SCHEMA).file(&path);
            let mut c = db.connect().unwrap();
            write(&mut c);
            let mut objects = objects(&mut c);
            let mut now = stored.clone();
            if objects.len() < 3 {
                objects.push(c.new_object(ROW).unwrap());
                now.push(fresh.clone());
            }
            for _ in 0..random.below(40) {
                let which = random.below(objects.len() as u64) as usize;
                change(&mut c, objects[which], &mut now[which], &mut random);
                if random.below(8) == 0 {
                    c.checkpoint_object(objects[which]).unwrap();
                }
                check(&mut c, objects[which], &now[which]);
            }
            if random.below(3) == 0 {
                c.rollback().unwrap();
            } else {
                c.commit().unwrap();
                stored = now;
            }
        }
    }
}

const NESTED: &str = "declare database nested;
    enum { RED, GREEN } Color;
    struct Deep { signed<2> n = 3; vector<char<4>> words; };
    struct Spot { signed<2> x = 4; nullable bool flag; optional Deep deep; vector<Deep> deeps; Color color = GREEN; };
    class Line { vector<Spot> spots; Spot pair[2]; optional Spot one; numeric<3,1> nums[2]; vector<char<4>> words; list;
        event <spots update> changed; event <nums update> counted; };";
/// Columns of a spot.
const X: u16 = 0;
const FLAG: u16 = 1;
const DEEP: u16 = 2;
const DEEP_N: u16 = 3;
const DEEP_WORDS: u16 = 4;
const DEEPS: u16 = 5;
const COLOR: u16 = 6;
/// Columns of a line.
const SPOTS: u16 = 0;
const PAIR: u16 = 1;
const ONE: u16 = 2;
const NUMS: u16 = 10;
const WORDS: u16 = 11;

fn nested() -> Opened {
    schema(NESTED).memory()
}

fn inside(object: ObjectRef, path: Path, column: u16) -> Spot {
    Spot { object, path, column }
}

fn text(bytes: &[u8]) -> Value {
    Value::from(bytes)
}

#[test]
fn structs_lie_in_lists_in_structs() {
    let db = nested();
    let mut c = db.connect().unwrap();
    write(&mut c);
    let line = c.new_object(ROW).unwrap();
    c.alloc(at(line, SPOTS), 3).unwrap();
    let element = |index| Path::default().step(SPOTS, index).unwrap();
    assert_eq!(code(c.find_element(line, element(1))), Code::E_EMPTYVECTOREL);
    assert_eq!(code(c.member(inside(line, element(1), X))), Code::E_EMPTYVECTOREL);
    assert_eq!(code(c.find_element(line, element(3))), Code::E_INDEXLIMIT);
    c.open_element(line, element(1)).unwrap();
    let member = |c: &mut Connection, path, column| c.member(inside(line, path, column)).unwrap();
    let expected = [Value::Int(4), Value::NULL, Value::NULL, Value::NULL, Value::NULL, text(b""), Value::Int(1)];
    for (column, value) in (0..).zip(&expected) {
        assert_eq!(&member(&mut c, element(1), column), value, "a new struct has its defaults");
    }
    // A put makes the element, and the struct around the member.
    c.put_members(line, element(2), vec![(DEEP_N, Value::Int(5))]).unwrap();
    assert_eq!(member(&mut c, element(2), X), Value::Int(4));
    assert_eq!([DEEP, DEEP_N].map(|column| member(&mut c, element(2), column)), [Value::UInt(1), Value::Int(5)]);
    let words = inside(line, element(2), DEEP_WORDS);
    c.alloc(words, 2).unwrap();
    c.put_elements(words, 1, &mut [text(b"ab")]).unwrap();
    assert_eq!((c.element(words, 1).unwrap(), code(c.element(words, 0))), (text(b"ab"), Code::E_EMPTYVECTOREL));
    // Two lists deep.
    c.alloc(inside(line, element(2), DEEPS), 2).unwrap();
    let deep = element(2).step(DEEPS, 1).unwrap();
    c.alloc(inside(line, deep, 1), 1).unwrap();
    c.put_elements(inside(line, deep, 1), 0, &mut [text(b"deep")]).unwrap();
    assert_eq!(c.element(inside(line, deep, 1), 0).unwrap(), text(b"deep"));
    assert_eq!(member(&mut c, deep, 0), Value::Int(3));
    assert_eq!(code(c.find_element(line, element(2).step(DEEPS, 0).unwrap())), Code::E_EMPTYVECTOREL);
    // Members that are NULL or absent.
    c.put_members(line, element(1), vec![(FLAG, Value::UInt(1))]).unwrap();
    c.set_member_null(inside(line, element(1), FLAG), true).unwrap();
    assert_eq!(member(&mut c, element(1), FLAG), Value::Null(Some(Value::UInt(1).into())));
    c.set_member_null(inside(line, element(1), FLAG), false).unwrap();
    assert_eq!(member(&mut c, element(1), FLAG), Value::UInt(1));
    c.erase_member(inside(line, element(2), DEEP)).unwrap();
    assert_eq!(code(c.element(words, 1)), Code::E_EMPTYOPTIONAL);
    assert_eq!(member(&mut c, element(2), DEEP_N), Value::NULL);
    c.open_member(inside(line, element(2), DEEP)).unwrap();
    assert_eq!((member(&mut c, element(2), DEEP_N), c.list_len(words).unwrap()), (Value::Int(3), 0));
    assert_eq!(member(&mut c, element(2), COLOR), Value::Int(1));
    // An element that is gone comes back with defaults.
    c.erase_element(at(line, SPOTS), 2).unwrap();
    assert_eq!((code(c.find_element(line, element(2))), c.list_len(at(line, SPOTS)).unwrap()), (Code::E_EMPTYVECTOREL, 3));
    c.put_members(line, element(2), vec![(X, Value::Int(-1))]).unwrap();
    assert_eq!([X, DEEP].map(|column| member(&mut c, element(2), column)), [Value::Int(-1), Value::NULL]);
    // A list in an optional struct of the object, and an array of structs.
    assert_eq!(code(c.list_len(at(line, ONE + 1 + DEEPS))), Code::E_EMPTYOPTIONAL);
    c.alloc(at(line, ONE + 1 + DEEPS), 1).unwrap();
    assert_eq!(c.value(line, ONE + 1 + X).unwrap(), &Value::Int(4));
    let pair = Path::default().step(PAIR, 1).unwrap();
    assert_eq!((c.list_len(at(line, PAIR)).unwrap(), code(c.find_element(line, pair))), (2, Code::E_EMPTYVECTOREL));
    c.put_members(line, pair, vec![(COLOR, Value::Int(0))]).unwrap();
    c.commit().unwrap();
    write(&mut c);
    let line = objects(&mut c)[0];
    assert_eq!(c.member(inside(line, pair, COLOR)).unwrap(), Value::Int(0));
    assert_eq!(c.member(inside(line, element(1), FLAG)).unwrap(), Value::UInt(1));
}

#[test]
fn mistakes_have_their_codes_and_change_nothing() {
    let db = nested();
    let mut c = db.connect().unwrap();
    write(&mut c);
    let line = c.new_object(ROW).unwrap();
    c.alloc(at(line, SPOTS), 1).unwrap();
    c.alloc(at(line, WORDS), 1).unwrap();
    c.commit().unwrap();
    let first = Path::default().step(SPOTS, 0).unwrap();
    type Mistake = fn(&mut Connection, ObjectRef, Path) -> Result<()>;
    let mistakes: [(Code, Mistake); 12] = [
        (Code::E_INDEXLIMIT, |c, line, _| c.put_elements(at(line, WORDS), 1, &mut [text(b"a")])),
        (Code::E_INDEXLIMIT, |c, line, _| c.put_elements(at(line, NUMS), 1, &mut [Value::Int(1), Value::Int(2)])),
        (Code::E_INDEXLIMIT, |c, line, _| c.erase_element(at(line, WORDS), 1)),
        (Code::E_INDEXLIMIT, |c, line, _| c.open_element(line, Path::default().step(PAIR, 2)?)),
        (Code::E_ILLEGAL_PARAM, |c, line, _| c.put_elements(at(line, NUMS), 0, &mut [Value::Int(1), Value::Int(1000)])),
        (Code::E_ILLEGAL_PARAM, |c, line, _| c.put_elements(at(line, WORDS), 0, &mut [text(b"abcde")])),
        (Code::E_ILLEGAL_PARAM, |c, line, first| c.put_members(line, first, vec![(X, Value::Int(32_768))])),
        (Code::E_ILLEGAL_PARAM, |c, line, first| c.put_members(line, first, vec![(DEEP_N, Value::NULL)])),
        (Code::E_ILLEGAL_PARAM, |c, line, first| c.set_member_null(inside(line, first, X), true)),
        (Code::E_ILLEGAL_PARAM, |c, line, first| c.erase_member(inside(line, first, X))),
        (Code::E_ILLEGAL_TYPE, |c, line, _| c.alloc(at(line, NUMS), 3)),
        (Code::E_ILLEGAL_TYPE, |c, line, _| c.alloc(at(line, ONE), 3)),
    ];
    write(&mut c);
    let before = rows(&mut c, ROW);
    c.rollback().unwrap();
    for (number, (expected, mistake)) in mistakes.into_iter().enumerate() {
        write(&mut c);
        let line = objects(&mut c)[0];
        assert_eq!(code(mistake(&mut c, line, first)), expected, "mistake {number}");
        assert_eq!(code(c.new_object(ROW)), Code::E_TRANSACT, "mistake {number}");
        c.rollback().unwrap();
        write(&mut c);
        assert_eq!(rows(&mut c, ROW), before);
        c.rollback().unwrap();
    }
    write(&mut c);
    let line = objects(&mut c)[0];
    let unfit = c.put_elements(at(line, NUMS), 0, &mut [Value::Int(1000)]).unwrap_err();
    assert_eq!(unfit.text, "the value does not fit an element of 'nums', which is numeric<3,1>");
    let deepest = (0..5).fold(Path::default(), |path, _| path.step(0, 0).unwrap());
    assert_eq!(code(deepest.step(0, 0)), Code::E_UNSUPPORTED);
}

#[test]
fn whole_lists_are_looked_through_before_they_are_stored() {
    let db = nested();
    let mut c = db.connect().unwrap();
    let parts = |elements: &[&[Value]]| {
        let elements: Vec<_> = elements.iter().map(|values| Some(values.to_vec())).collect();
        Value::Bytes(Shape { form: Form::Parts, length: None }.pack(&elements).unwrap())
    };
    let numbers = |width, numbers: [i64; 2]| {
        let elements = numbers.map(|n| Some(vec![Value::Int(n)]));
        Value::Bytes(Shape { form: Form::Signed(width), length: None }.pack(&elements).unwrap())
    };
    let spot = |deep: Value, n: Value| {
        [Value::Int(1), Value::NULL, deep, n, parts(&[&[text(b"w")]]), parts(&[&[Value::Int(2), text(b"")]]), Value::Int(0)]
    };
    let good = [
        (WORDS, parts(&[&[text(b"ab\0\0")], &[text(b"")]]), parts(&[&[text(b"ab")], &[text(b"")]])),
        (WORDS, text(b""), text(b"")),
        (NUMS, numbers(2, [999, -999]), numbers(2, [999, -999])),
        (SPOTS, parts(&[&spot(Value::UInt(1), Value::Int(3))]), parts(&[&spot(Value::UInt(1), Value::Int(3))])),
        // Without the struct there are no members, with it there are all.
        (SPOTS, parts(&[&spot(Value::NULL, Value::Int(3))]), {
            let mut spot = spot(Value::NULL, Value::NULL);
            spot[usize::from(DEEP_WORDS)] = Value::NULL;
            parts(&[&spot])
        }),
        (SPOTS, parts(&[&spot(Value::UInt(1), Value::NULL)]), parts(&[&spot(Value::UInt(1), Value::Int(3))])),
    ];
    let mut bad_list = spot(Value::UInt(1), Value::Int(3));
    bad_list[usize::from(DEEPS)] = parts(&[&[Value::Int(40_000), text(b"")]]);
    let bad = [
        (WORDS, parts(&[&[text(b"abcde")]])),
        (WORDS, parts(&[&[text(b"a"), text(b"b")]])),
        (WORDS, parts(&[&[Value::Int(1)]])),
        (WORDS, numbers(2, [1, 2])),
        (WORDS, text(b"no list")),
        (WORDS, Value::NULL),
        (NUMS, numbers(2, [999, 1000])),
        (NUMS, numbers(4, [1, 2])),
        (SPOTS, parts(&[&spot(Value::UInt(2), Value::Int(3))])),
        (SPOTS, parts(&[&spot(Value::UInt(1), Value::Int(3))[..6]])),
        (SPOTS, parts(&[&bad_list])),
    ];
    for (field, given, expected) in good {
        write(&mut c);
        let line = c.new_object(ROW).unwrap();
        c.set_value(line, field, given).unwrap();
        assert_eq!(c.value(line, field).unwrap(), &expected);
        c.rollback().unwrap();
    }
    for (field, given) in bad {
        write(&mut c);
        let line = c.new_object(ROW).unwrap();
        assert_eq!(code(c.set_value(line, field, given.clone())), Code::E_ILLEGAL_PARAM, "{given:?}");
        c.rollback().unwrap();
    }
}

/// The device says varbinary where the server has a list, so that it sends what it likes.
#[test]
fn a_list_that_is_none_is_set_aside() {
    let class = |field: &str| format!("uptable class Row {{ {field} v; list; }};");
    let device = schema(&format!("declare database d; iot device 1000; {}", class("varbinary"))).memory();
    let server = schema(&format!("declare database d; iot server; {}", class("vector<signed<2>>"))).memory();
    let mut pair = Pair::new(device.connect().unwrap(), server.connect().unwrap());
    let good: &[&[u8]] = &[&[], &[0x22, 1, 0, 5, 0]];
    let bad: &[&[u8]] = &[&[0x22, 2, 0, 5, 0], &[0x22, 0, 0], &[0x12, 1, 0, 5, 0], &[2, 1, 0, 0, 0, 0, 0], &[0xFF]];
    commit(&mut pair.device, |c| {
        for bytes in good.iter().chain(bad) {
            let row = c.new_object(ROW).unwrap();
            c.set_value(row, 0, text(bytes)).unwrap();
        }
    });
    pair.sync();
    let stored: Vec<Value> = all(&mut pair.server, ROW).into_iter().map(|mut row| row.remove(0)).collect();
    assert_eq!(stored, good.iter().map(|bytes| text(bytes)).collect::<Vec<_>>());
    let aside = pair.server.quarantine(0).unwrap();
    assert_eq!(aside.len(), bad.len());
    assert!(aside.iter().all(|row| row.code == Code::E_CONVERSION && row.detail.contains("'v'")), "{aside:?}");
}

#[test]
fn every_put_to_a_list_is_one_to_its_field() {
    let db = nested();
    let mut c = db.connect().unwrap();
    let heard = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&heard);
    write(&mut c);
    let handler: Handler = Arc::new(move |_: &mut Connection, _: Option<ObjectRef>| {
        counter.fetch_add(1, Ordering::Relaxed);
        Code::S_OK
    });
    for event in [1, 2] {
        c.register(event, HandlerId { function: 1, parameter: 1 }, Moment::After, Arc::clone(&handler)).unwrap();
    }
    let line = c.new_object(ROW).unwrap();
    let mut puts = |expected, act: &mut dyn FnMut(&mut Connection) -> Result<()>| {
        act(&mut c).unwrap();
        assert_eq!(heard.swap(0, Ordering::Relaxed), expected);
    };
    let first = Path::default().step(SPOTS, 0).unwrap();
    puts(1, &mut |c| c.alloc(at(line, SPOTS), 2));
    puts(1, &mut |c| c.open_element(line, first));
    puts(0, &mut |c| c.open_element(line, first));
    puts(1, &mut |c| c.put_members(line, first, vec![(X, Value::Int(1)), (COLOR, Value::Int(0))]));
    puts(1, &mut |c| c.alloc(inside(line, first, DEEPS), 2));
    puts(1, &mut |c| c.erase_element(at(line, SPOTS), 0));
    // A put of all fields fires for those that change.
    let numbers = |last| {
        let list = Shape { form: Form::Signed(2), length: Some(2) }.pack(&[None, Some(vec![Value::Int(last)])]);
        vec![(NUMS, Value::Bytes(list.unwrap()))]
    };
    for (last, expected) in [(0, 0), (5, 1), (5, 0)] {
        puts(expected, &mut |c| c.set_values(line, numbers(last)));
    }
    puts(1, &mut |c| c.put_elements(at(line, NUMS), 0, &mut [Value::Int(1)]));
}
