//! Objects, transactions, indexes, cursors.

use super::fixture::*;
use crate::base::{Code, Value};
use crate::db::CursorId;
use crate::schema::{FieldType, IndexKind, Travel};

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

/// A zero of the other sign was not written to a column that is a key, because it is equal, but the checksum was that of the new one: the row
/// was taken for damaged.
#[test]
fn a_zero_of_the_other_sign_is_written_where_it_is_a_key() {
    let schema = Schema::new(None).class("Item", Travel::Local, &[("x", FieldType::Double)]);
    let db = schema.index("by_x", IndexKind::Tree, false, &["x"]).memory();
    let mut c = db.connect().unwrap();
    for zero in [0.0_f64, -0.0, 0.0] {
        commit(&mut c, |c| match c.open_list(CursorId(1), 1) {
            Ok(()) => {
                let object = c.cursor_object(CursorId(1), 1).unwrap();
                c.set_value(object, 0, Value::Real(zero)).unwrap();
            }
            Err(_) => drop(put(c, 1, &[Value::Real(zero)])),
        });
        let found = all(&mut c, 1);
        assert!(
            matches!(found[..], [ref row] if matches!(row[..], [Value::Real(x)] if x.to_bits() == zero.to_bits())),
            "{found:?}"
        );
    }
}
