//! Objects, transactions, indexes, cursors.

use super::fixture::*;
use crate::base::{Code, Value};
use crate::db::*;
use std::time::Instant;

#[test]
fn rows_are_there_after_commit_and_gone_after_rollback() {
    let db = device(1000).memory();
    let (mut a, mut b) = (db.connect().unwrap(), db.connect().unwrap());
    write(&mut a);
    let object = sensor(&mut a, 5, 1.5);
    assert_eq!(a.value(object, 2).unwrap(), &Value::Real(1.5));
    read(&mut b);
    assert_eq!(rows(&mut b, SENSOR).len(), 0);
    a.commit().unwrap();
    assert_eq!(rows(&mut b, SENSOR).len(), 0, "a reader keeps its snapshot");
    b.commit().unwrap();
    read(&mut b);
    assert_eq!(rows(&mut b, SENSOR), [[Value::UInt(5), Value::UInt(1), Value::Real(1.5)]]);
    b.commit().unwrap();
    write(&mut a);
    sensor(&mut a, 6, 2.5);
    a.rollback().unwrap();
    read(&mut a);
    assert_eq!(a.count(SENSOR).unwrap(), 1);
    assert_eq!(a.value(object, 2).unwrap_err().code, Code::E_INVALID_HANDLE);
}

#[test]
#[ignore = "measures"]
fn speed() {
    let db = device(1000).memory();
    let mut c = db.connect().unwrap();
    for (transactions, size) in [(1000, 1000), (100_000, 1)] {
        let start = Instant::now();
        for t in 0..transactions {
            write(&mut c);
            for i in 0..size {
                sensor(&mut c, (size << 40) + t * size + i, 1.5);
            }
            c.commit().unwrap();
        }
        let rate = (transactions * size) as f64 / start.elapsed().as_secs_f64();
        println!("{size} a transaction: {rate:.0} rows/s");
    }
    let start = Instant::now();
    read(&mut c);
    let n = rows(&mut c, SENSOR).len();
    println!("list: {:.0} rows/s", n as f64 / start.elapsed().as_secs_f64());
    let start = Instant::now();
    let cursor = CursorId(1);
    c.open_index(cursor, 0).unwrap();
    let mut n = 1;
    while c.cursor_next(cursor).is_ok() {
        n += 1;
    }
    println!("index steps: {:.0}/s", n as f64 / start.elapsed().as_secs_f64());
}
