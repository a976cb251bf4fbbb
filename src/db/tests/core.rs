//! Objects, transactions, indexes, cursors.

use super::fixture::*;
use crate::base::{Code, Value};

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
