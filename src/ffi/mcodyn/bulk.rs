//! Many rows in one call, column by column.

use super::types::*;
use crate::base::{Code, Result, Value, fail};
use crate::db::{Connection, CursorId, ObjectRef};
use crate::ffi::boundary::{guard, place, set_if};
use crate::ffi::column::{Column, Use};
use crate::ffi::ctypes::*;
use crate::ffi::place::Place;
use crate::ffi::session::transaction;
use crate::ffi::{cursor, dynamic};
use crate::schema::{Class, FieldType};

/// Most rows that are copied at once.
const STEP: u32 = 1 << 16;

/// Makes `rows` objects of a class; fields without a column get their defaults, a class with oid needs a column of MCO_DYN_OID. Every row
/// is as if by mco_dyn_new and mco_dyn_put, and their codes come back: those before the failing one have been made, `done` says how many,
/// whatever the code. A length beyond its place, or lengths that together go beyond `size`, or counts beyond `room`: MCO_E_ILLEGAL_PARAM; so
/// many elements cannot be: MCO_E_INDEXLIMIT. A list is put as a whole. Keys enter the indexes at checkpoint or commit.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_dyn_insert_many(
    t: mco_trans_h,
    code: uint2,
    rows: uint4,
    columns: uint2,
    column: *const mco_dyn_column_t,
    done: *mut uint4,
) -> MCO_RET {
    guard(|| {
        let transaction = transaction(t)?;
        place(done, "done")?.set(0);
        let given = given(column, columns)?;
        let mut made = 0;
        let result = transaction.write(|connection| insert(connection, code, rows, given, &mut made));
        set_if(done, made);
        result.map(|()| Code::S_OK)
    })
}

/// Reads the object at a cursor and those behind it into columns, at most `rows`; the cursor then stands on the next one.
/// MCO_S_CURSOR_END: there is no next one, `done` rows were the last, the cursor stands on the last. MCO_S_OVERFLOW: a text or list is longer
/// than its place, or than what is left of memory without gaps; MCO_S_NULL_VALUE: a value is NULL or absent and its column has no indicators;
/// `done` rows are whole, the cursor stands on the one that does not fit.
/// Lengths, where given, are written; places are filled up with zeros. Integers may go into columns of any width and sign that
/// express them, and into DOUBLE; a double into a float is rounded.
/// MCO_E_CONVERSION: a number does not fit its column, `done` and cursor as before; MCO_E_UDA_WRONG_VALUE_TYPE: a column of a kind that
/// its field does not give; MCO_E_UDA_FIELD_NOTFOUND; MCO_E_UDA_INDEX_NOTFOUND: MCO_DYN_AUTOID without autoid; MCO_E_CURSOR_INVALID: the
/// cursor is at no object.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_dyn_read_many(
    t: mco_trans_h,
    c: mco_cursor_h,
    rows: uint4,
    columns: uint2,
    column: *mut mco_dyn_column_t,
    done: *mut uint4,
) -> MCO_RET {
    guard(|| {
        transaction(t)?;
        place(done, "done")?.set(0);
        let given = given(column, columns)?;
        let mut whole = 0;
        let result = cursor::with(t, c, |connection, id| read(connection, id, rows, given, &mut whole));
        set_if(done, whole);
        result
    })
}

fn given<'a>(column: *const mco_dyn_column_t, count: uint2) -> Result<&'a [mco_dyn_column_t]> {
    if count == 0 {
        return Ok(&[]);
    }
    if column.is_null() {
        return fail(Code::E_ILLEGAL_PARAM, "the columns are NULL");
    }
    // SAFETY: not NULL, and by the rule of the interface there are `count` columns.
    Ok(unsafe { std::slice::from_raw_parts(column, count.into()) })
}

fn insert(connection: &mut Connection, code: u16, rows: u32, given: &[mco_dyn_column_t], made: &mut u32) -> Result<()> {
    let dictionary = connection.database().dictionary().clone();
    let class = dynamic::class(&dictionary, code)?;
    let mut columns: Vec<Column> =
        given.iter().map(|column| Column::new(column, &dictionary, class, Use::Insert)).collect::<Result<_>>()?;
    let together = connection.takes_batches(code)? && !columns.iter().any(Column::has_nulls);
    let oid = columns.iter().position(|column| Some(column.field) == class.oid());
    let mut parts = Vec::new();
    while !together && *made < rows {
        let object = match oid.and_then(|at| columns.get_mut(at)) {
            None => connection.new_object(code)?,
            Some(column) => {
                let kind = column.kind;
                // SAFETY: as below.
                connection.new_with_oid(code, unsafe { column.take(*made)? }.value(&dictionary, kind)?)?
            }
        };
        for column in columns.iter_mut().filter(|column| Some(column.field) != class.oid()) {
            let field = column.field;
            if column.is_nested() {
                // SAFETY: as below.
                unsafe { column.gather(&dictionary, *made, &mut parts)? };
                parts.drain(..).try_for_each(|(field, value)| fill(connection, class, object, field, value))?;
                continue;
            }
            // SAFETY: by the rule of the interface a column has `rows` rows of the form that it describes.
            dynamic::put(connection, Place { object, inside: None }, field, 0, unsafe { column.take(*made)? })?;
        }
        *made += 1;
    }
    while *made < rows {
        let (mut end, mut failed) = (rows.min(*made + STEP), None);
        let mut taken = Vec::with_capacity(columns.len());
        for column in &mut columns {
            // SAFETY: by the rule of the interface a column has `rows` rows of the form that it describes.
            let cells = unsafe { column.cells(&dictionary, *made..end, &mut end, &mut failed) };
            taken.push((column.field, cells));
        }
        let fit = (end - *made) as usize;
        let mut batch = connection.batch(code, fit)?;
        for (field, mut cells) in taken {
            cells.truncate(fit);
            batch.put(field, cells);
        }
        connection.insert(batch, made)?;
        failed.map_or(Ok(()), Err)?;
    }
    Ok(())
}

/// Changes a field of a new object; of a struct whether it is there.
fn fill(connection: &mut Connection, class: &Class, object: ObjectRef, field: u16, value: Value) -> Result<()> {
    match class.field(field).map(|found| found.kind) {
        Some(FieldType::Struct(_)) if value.is_null() => connection.erase_struct(object, field),
        Some(FieldType::Struct(_)) => connection.open_struct(object, field),
        _ => connection.set_value(object, field, value),
    }
}

fn read(connection: &mut Connection, id: CursorId, rows: u32, given: &[mco_dyn_column_t], whole: &mut u32) -> Result<Code> {
    let dictionary = connection.database().dictionary().clone();
    let (_, code) = connection.cursor_kind(id)?;
    let class = dynamic::class(&dictionary, code)?;
    let mut columns: Vec<Column> =
        given.iter().map(|column| Column::new(column, &dictionary, class, Use::Read)).collect::<Result<_>>()?;
    while *whole < rows {
        let object = connection.cursor_object(id, code)?;
        let autoid = if class.autoid { Value::UInt(connection.autoid(object)?) } else { Value::NULL };
        let row = connection.row(object)?;
        for column in &mut columns {
            // SAFETY: by the rule of the interface a column has room for `rows` rows of the form that it describes.
            let code = unsafe {
                match i32::from(column.field) {
                    MCO_DYN_AUTOID => column.put(&dictionary, *whole, &autoid)?,
                    _ => column.scatter(&dictionary, *whole, row)?,
                }
            };
            if code != Code::S_OK {
                return Ok(code);
            }
        }
        *whole += 1;
        match connection.cursor_next(id) {
            Err(error) if error.code == Code::S_CURSOR_END => return Ok(Code::S_CURSOR_END),
            moved => moved?,
        }
    }
    Ok(Code::S_OK)
}
