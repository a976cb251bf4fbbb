//! Objects made together leave what objects made one by one leave, and fail where they fail.

use super::fixture::*;
use super::replicate::{Pair, log_records};
use crate::base::list::{Element, Form, Shape};
use crate::base::{AgentId, Code, Random, Value};
use crate::db::*;
use crate::schema::{FieldType, Travel, compile_text};

type Rows = Vec<Vec<Value>>;

/// Makes objects of a class in a batch.
fn together(c: &mut Connection, class: u16, rows: &Rows) -> (crate::base::Result<()>, u32) {
    let mut batch = c.batch(class, rows.len()).unwrap();
    let kinds: Vec<FieldType> = c.database().layout.table(class).unwrap().fields.iter().map(|column| column.kind).collect();
    for (field, kind) in kinds.into_iter().enumerate().take(rows[0].len()) {
        let mut cells = Cells::new(kind, rows.len());
        rows.iter().for_each(|row| cells.push(row[field].clone()));
        batch.put(field as u16, cells);
    }
    let mut made = 0;
    (c.insert(batch, &mut made), made)
}

fn one_by_one(c: &mut Connection, class: u16, rows: &Rows) -> (crate::base::Result<()>, u32) {
    let mut made = 0;
    for row in rows {
        let object = match c.new_object(class) {
            Ok(object) => object,
            Err(error) => return (Err(error), made),
        };
        for (field, value) in (0..).zip(row) {
            c.set_value(object, field, value.clone()).unwrap();
        }
        made += 1;
    }
    (Ok(()), made)
}

/// Makes objects of a class; what came of it, and how many were made.
type Way = fn(&mut Connection, u16, &Rows) -> (crate::base::Result<()>, u32);

const WAYS: [Way; 2] = [together, one_by_one];

fn sensors(times: std::ops::Range<u64>) -> Rows {
    times.map(|ts| vec![Value::UInt(ts), Value::UInt(1), Value::Real(ts as f64)]).collect()
}

/// What the tables hold of a class, bookkeeping and change log included; epochs by number.
fn contents(c: &Connection, class: u16) -> Vec<Vec<String>> {
    let name = &c.database().layout.table(class).unwrap().name;
    let mut found = Vec::new();
    for text in [
        format!("SELECT * FROM {name} ORDER BY _mco_epoch, _mco_oid"),
        "SELECT gone, stream, grp, ts, class, epoch, oid, count, bytes, keys FROM _mco_log".into(),
        "SELECT clock, next_oid FROM _mco_state".into(),
    ] {
        let mut statement = c.engine.prepare(&text).unwrap();
        let width = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            found.push((0..width).map(|i| format!("{:?}", row.get_ref(i).unwrap())).collect());
        }
    }
    let sound: String = c.engine.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
    found
}

#[test]
fn the_tables_are_the_same_as_after_one_by_one() {
    let mut random = Random::seeded(7);
    let text = |random: &mut Random| Value::Bytes((0..random.below(200)).map(|_| random.below(256) as u8).collect());
    let number = |random: &mut Random| Value::UInt([random.below(9), 1 << 63, u64::MAX][random.below(3) as usize]);
    let real = |random: &mut Random| Value::Real([0.5, -0.0, f64::NAN, f64::INFINITY][random.below(4) as usize]);
    // More than fit under one timestamp, by their number and by their bytes.
    let sensors: Rows = (0..10_000).map(|ts| vec![Value::UInt(ts), Value::UInt(ts % 7), real(&mut random)]).collect();
    let large: Rows = (0..3000).map(|ts| vec![number(&mut random), Value::UInt(ts), real(&mut random)]).collect();
    let configs: Rows = (0..5000).map(|id| vec![Value::UInt(id), text(&mut random), Value::UInt(id % 3)]).collect();
    let notes: Rows = (0..5000).map(|_| vec![text(&mut random)]).collect();
    let lists: Rows = (0..3000).map(|n| list_row(&mut random, n)).collect();
    let cases = [
        (device(1000), SENSOR, sensors.clone()),
        (device(1000), SENSOR, large),
        (router(100), SENSOR, sensors.clone()),
        (server(), SENSOR, sensors),
        (server(), CONFIG, configs),
        (device(1000), NOTE, notes),
        (Schema(compile_text(LISTS).unwrap()), 1, lists),
    ];
    for (schema, class, rows) in cases {
        let both = WAYS.map(|insert| {
            let db = schema.memory();
            let mut c = db.connect().unwrap();
            // Beside single objects, some of which are changed or deleted again.
            commit(&mut c, |c| {
                let (first, rest) = rows.split_at(rows.len() / 2);
                let object = put(c, class, &first[0]);
                assert_eq!(insert(c, class, &first[1..].to_vec()).1 as usize, first.len() - 1);
                c.delete(object).unwrap();
                c.checkpoint().unwrap();
                let object = put(c, class, &rest[0]);
                insert(c, class, &rest[1..].to_vec()).0.unwrap();
                c.delete(object).unwrap();
                // One of those that are in the table goes, others are written once more.
                c.open_list(CursorId(1), class).unwrap();
                let stored = [0; 4].map(|_| {
                    c.cursor_next(CursorId(1)).unwrap();
                    c.cursor_object(CursorId(1), class).unwrap()
                });
                c.delete(stored[1]).unwrap();
                let last = first[0].len() - 1;
                for object in [stored[0], stored[3]] {
                    c.set_value(object, last as u16, rest[0][last].clone()).unwrap();
                }
            });
            contents(&c, class)
        });
        assert!(both[0].len() > rows.len() / 2);
        assert!(both[0] == both[1], "class {class} of {:?}", schema.0.node);
    }
}

const LISTS: &str = "declare database lists; declare auto_oid[1000]; iot device 1000;
    uptable class Row { unsigned<4> n; vector<double> v; unsigned<2> a[5]; vector<string> t; blob b; list; };";

fn list_row(random: &mut Random, n: u64) -> Vec<Value> {
    let [vector, array, texts] =
        [(Form::Real(8), None), (Form::Unsigned(2), Some(5)), (Form::Parts, None)].map(|(form, length)| Shape { form, length });
    let pack = |shape: Shape, elements: Vec<Element>| Value::Bytes(shape.pack(&elements).unwrap());
    let reals = (0..random.below(30)).map(|n| Some(vec![Value::Real(n as f64)])).collect();
    let numbers = (0..5).map(|n| Some(vec![Value::UInt(n)])).collect();
    let words = (0..random.below(5)).map(|n| (n != 2).then(|| vec![Value::from(&b"word"[..])])).collect();
    let blob = Value::Bytes(vec![1; random.below(3000) as usize].into());
    vec![Value::UInt(n), pack(vector, reals), pack(array, numbers), pack(texts, words), blob]
}

/// A cursor goes through objects of batches one by one, whichever is read first.
#[test]
fn cursors_find_each_of_them_in_both_directions() {
    const ROWS: usize = 21;
    let db = Schema::new(None).class("Item", Travel::Local, &[("n", FieldType::Unsigned(8))]).autoid().memory();
    let mut c = db.connect().unwrap();
    let numbers = |range: std::ops::Range<u64>| range.map(|n| vec![Value::UInt(n)]).collect::<Rows>();
    for (autoid, forward, steps) in (0..4 * ROWS).map(|n| (n % 2 == 0, n % 4 < 2, n / 4)) {
        write(&mut c);
        together(&mut c, 1, &numbers(0..10)).0.unwrap();
        one_by_one(&mut c, 1, &numbers(10..11)).0.unwrap();
        together(&mut c, 1, &numbers(11..ROWS as u64)).0.unwrap();
        let cursor = CursorId(1);
        if autoid { c.open_autoid(cursor, 1) } else { c.open_list(cursor, 1) }.unwrap();
        if forward { c.cursor_first(cursor) } else { c.cursor_last(cursor) }.unwrap();
        let step = if forward { Connection::cursor_next } else { Connection::cursor_prev };
        (0..steps).for_each(|_| step(&mut c, cursor).unwrap());
        let object = c.cursor_object(cursor, 1).unwrap();
        let n = if forward { steps } else { ROWS - 1 - steps };
        assert_eq!(*c.value(object, 0).unwrap(), Value::UInt(n as u64), "{autoid} {forward} {steps}");
        assert_eq!(step(&mut c, cursor).is_ok(), steps < ROWS - 1);
        c.rollback().unwrap();
    }
}

#[test]
fn a_key_that_is_taken_is_found_at_its_row() {
    // The timestamp that the rows before it have filled in part is full with those behind it.
    const TAKEN: u64 = 4000;
    const ROWS: u64 = 5000;
    let both = WAYS.map(|insert| {
        let db = device(1000).memory();
        let mut c = db.connect().unwrap();
        commit(&mut c, |c| sensor(c, TAKEN, 0.0));
        let before = contents(&c, SENSOR);
        write(&mut c);
        insert(&mut c, SENSOR, &sensors(0..ROWS)).0.unwrap();
        assert_eq!(c.checkpoint().unwrap_err().code, Code::S_DUPLICATE);
        assert_eq!(c.last_unique_violation_index(), Some(0));
        // Those before it are found, those behind it not yet; all are listed.
        let found = [TAKEN - 1, TAKEN + 1].map(|ts| c.find(0, &[Value::UInt(ts), Value::UInt(1)]).is_ok());
        assert_eq!((found, c.count(SENSOR).unwrap()), ([true, false], ROWS + 1));
        assert_eq!(c.commit().unwrap_err().code, Code::S_DUPLICATE);
        assert!(contents(&c, SENSOR) == before, "everything was rolled back");
        // Without the one that is in the way the others can go on.
        write(&mut c);
        insert(&mut c, SENSOR, &sensors(0..ROWS)).0.unwrap();
        assert_eq!(c.checkpoint().unwrap_err().code, Code::S_DUPLICATE);
        let taken = c.find(0, &[Value::UInt(TAKEN), Value::UInt(1)]).unwrap();
        c.delete(taken).unwrap();
        c.commit().unwrap();
        contents(&c, SENSOR)
    });
    assert!(both[0] == both[1]);
    assert!(both[0].len() as u64 > ROWS);
}

#[test]
fn a_full_database_stops_them_and_takes_none() {
    for insert in WAYS {
        let db = device(1000).limited(1 << 19);
        let mut c = db.connect().unwrap();
        commit(&mut c, |c| insert(c, SENSOR, &sensors(0..500)).0.unwrap());
        let before = contents(&c, SENSOR);
        write(&mut c);
        insert(&mut c, SENSOR, &sensors(500..20_000)).0.unwrap();
        assert_eq!(c.commit().unwrap_err().code, Code::E_NOMEM);
        assert!(contents(&c, SENSOR) == before);
        commit(&mut c, |c| insert(c, SENSOR, &sensors(500..1000)).0.unwrap());
        assert_eq!(all(&mut c, SENSOR), sensors(0..1000));
    }
}

#[test]
fn they_leave_the_same_reserve() {
    let both = WAYS.map(|insert| {
        let db = device(1000).limited(1 << 19);
        let mut c = db.connect().unwrap();
        let full = (0..).step_by(50).find(|ts| {
            write(&mut c);
            insert(&mut c, SENSOR, &sensors(*ts..ts + 50)).0.unwrap();
            c.commit().is_err()
        });
        full.unwrap()
    });
    assert_eq!(both[0], both[1]);
}

#[test]
fn a_bound_refuses_the_row_that_is_too_many() {
    let both = WAYS.map(|insert| {
        let db = device(1000).memory();
        let mut c = db.connect().unwrap();
        commit(&mut c, |c| insert(c, SENSOR, &sensors(0..20)).0.unwrap());
        c.set_bound(SENSOR, Some(Bound { rows: 30, policy: Policy::Refuse, ..Bound::default() })).unwrap();
        commit(&mut c, |c| insert(c, SENSOR, &sensors(20..30)).0.unwrap());
        write(&mut c);
        let (refused, made) = insert(&mut c, SENSOR, &sensors(30..40));
        let refused = refused.map_err(|error| error.text);
        assert_eq!(c.commit().unwrap_err().code, Code::E_NOMEM);
        assert_eq!(all(&mut c, SENSOR), sensors(0..30));
        (refused, made)
    });
    assert_eq!(both[0], both[1]);
}

#[test]
fn rows_for_a_reserved_agent_and_downtables_of_others_are_refused() {
    let rows = |agent| {
        (0..50).map(|n| vec![Value::UInt(n), Value::from(&b"x"[..]), Value::UInt(if n == 30 { agent } else { 5 })]).collect()
    };
    for insert in WAYS {
        let db = server().memory();
        let mut c = db.connect().unwrap();
        write(&mut c);
        insert(&mut c, CONFIG, &rows(u64::MAX)).0.unwrap();
        assert_eq!(c.commit().unwrap_err().code, Code::E_IOT_WRONG_AGENT_ID);
        assert_eq!(all(&mut c, CONFIG), Rows::new());
        commit(&mut c, |c| insert(c, CONFIG, &rows(AgentId::MAX.0)).0.unwrap());
        let db = device(1000).memory();
        let mut c = db.connect().unwrap();
        write(&mut c);
        let short = (0..10).map(|n| vec![Value::UInt(n)]).collect();
        let (refused, made) = insert(&mut c, CONFIG, &short);
        assert_eq!((refused.unwrap_err().code, made), (Code::E_ACCESS, 0));
    }
}

#[test]
fn a_row_that_is_too_large_to_travel_is_refused() {
    const LARGEST: usize = 16 * 1024 * 1024;
    for insert in WAYS {
        let db = Schema(compile_text(LISTS).unwrap()).memory();
        let mut c = db.connect().unwrap();
        let rows = |large| -> Rows {
            let mut random = Random::seeded(1);
            let mut rows: Rows = (0..6).map(|n| list_row(&mut random, n)).collect();
            rows[4][4] = Value::Bytes(vec![1; large].into());
            rows
        };
        write(&mut c);
        insert(&mut c, 1, &rows(LARGEST)).0.unwrap();
        assert_eq!(c.commit().unwrap_err().code, Code::E_UNSUPPORTED);
        assert_eq!(all(&mut c, 1), Rows::new());
        commit(&mut c, |c| insert(c, 1, &rows(LARGEST - 1000)).0.unwrap());
        assert_eq!(all(&mut c, 1), rows(LARGEST - 1000));
    }
}

#[test]
fn they_travel_and_their_records_go_when_they_are_acknowledged() {
    let [device, server] = [device(1000).memory(), server().memory()];
    let mut pair = Pair::new(device.connect().unwrap(), server.connect().unwrap());
    commit(&mut pair.device, |c| {
        together(c, SENSOR, &sensors(0..9000)).0.unwrap();
        let object = c.find_autoid(SENSOR, 1).map_err(|error| error.code);
        assert!(object.is_err(), "the class has no autoid");
    });
    commit(&mut pair.device, |c| {
        let object = c.find(0, &[Value::UInt(4000), Value::UInt(1)]).unwrap();
        c.set_value(object, 2, Value::Real(0.5)).unwrap();
        let object = c.find(0, &[Value::UInt(4001), Value::UInt(1)]).unwrap();
        c.delete(object).unwrap();
    });
    assert!(log_records(&pair.device) < 10);
    pair.sync();
    let mut arrived: Vec<Value> = all(&mut pair.server, SENSOR).iter().map(|row| row[0].clone()).collect();
    arrived.sort_by(crate::db::coding::compare);
    assert_eq!(arrived, (0..9000).filter(|ts| *ts != 4001).map(Value::UInt).collect::<Vec<_>>());
}
