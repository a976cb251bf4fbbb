//! Columns of many rows in the program's memory (`mco_dyn_column_t`): numbers of one width, texts in places of one width or
//! one behind the other. Lists and structs have columns in them: [`super::nested`].

use super::convert::Scalar;
use super::dynamic::{self, Given, is_wide};
use super::mcodyn::types::*;
use super::nested::{Elements, Level};
use crate::base::{Code, Error, Result, Value, ValueKind, fail};
use crate::db::{Cells, fitted};
use crate::schema::{Class, Dictionary, FieldType};
use std::ffi::c_void;
use std::ops::Range;

/// What happens to a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    Insert,
    Read,
}

/// A column that fits its field.
pub(crate) struct Column {
    pub(crate) field: u16,
    pub(crate) kind: FieldType,
    pub(super) form: Form,
    size: usize,
    stride: isize,
    data: *mut u8,
    lengths: *mut u32,
    indicators: *mut u8,
    /// Texts without gaps: bytes that the rows before have taken.
    taken: usize,
}

/// How one row lies in memory.
pub(super) enum Form {
    Number(Scalar),
    Text,
    Bytes,
    Wide,
    List(Box<Elements>),
    /// Members.
    Struct(Vec<Column>),
}

impl Column {
    /// Checks what can be checked without the rows.
    pub(crate) fn new(given: &mco_dyn_column_t, dictionary: &Dictionary, class: &Class, purpose: Use) -> Result<Column> {
        let level = Level { dictionary, fields: &class.fields, reading: purpose == Use::Read };
        let oid = class.oid().filter(|_| i32::from(given.field) == MCO_DYN_OID);
        match (i32::from(given.field), oid) {
            (MCO_DYN_OID, Some(oid)) => level.single(given, oid, FieldType::Ref(0)),
            (MCO_DYN_OID, None) => fail(Code::E_UDA_INDEX_NOTFOUND, format!("class '{}' has no oid", class.name)),
            (MCO_DYN_AUTOID, _) if level.reading && class.autoid => level.single(given, given.field, FieldType::AutoId(None)),
            (MCO_DYN_AUTOID, _) if level.reading => {
                fail(Code::E_UDA_INDEX_NOTFOUND, format!("class '{}' has no autoid", class.name))
            }
            _ => level.column(given, given.field, dynamic::field(class, given.field)?),
        }
    }

    /// The column of a field of this type, and what can be wrong with its memory. `None` for `form`: it has single values.
    pub(super) fn of(
        given: &mco_dyn_column_t,
        number: u16,
        kind: FieldType,
        form: Option<Form>,
        reading: bool,
    ) -> Result<Column> {
        let mco_dyn_column_t { kind: form_of, size, stride, data, lengths, indicators, .. } = *given;
        let form = match (form, form_of, size) {
            (Some(form), ..) => form,
            (None, MCO_DYN_SIGNED, 1 | 2 | 4 | 8) => Form::Number(Scalar::Signed(size)),
            (None, MCO_DYN_UNSIGNED, 1 | 2 | 4 | 8) => Form::Number(Scalar::Unsigned(size)),
            (None, MCO_DYN_DOUBLE, 4) => Form::Number(Scalar::Float),
            (None, MCO_DYN_DOUBLE, 8) => Form::Number(Scalar::Double),
            (None, MCO_DYN_TEXT, _) => Form::Text,
            (None, MCO_DYN_BYTES, _) => Form::Bytes,
            (None, MCO_DYN_WIDE, _) if size.is_multiple_of(2) => Form::Wide,
            _ => return fail(Code::E_ILLEGAL_PARAM, format!("no column has the kind {form_of} and the size {size}")),
        };
        let nested = matches!(form, Form::List(_) | Form::Struct(_));
        if !nested && ((data.is_null() && size > 0) || isize::try_from(size).is_err()) {
            return fail(Code::E_ILLEGAL_PARAM, format!("the column of field {number} is NULL or too large"));
        }
        if reading && !form.takes(kind) {
            return fail(Code::E_UDA_WRONG_VALUE_TYPE, format!("field {number} cannot be read into a column of kind {form_of}"));
        }
        Ok(Column { field: number, kind, form, size, stride, data: data.cast(), lengths, indicators, taken: 0 })
    }

    /// The value of a row.
    ///
    /// # Safety
    /// The memory of the column has this row.
    pub(crate) unsafe fn take(&mut self, row: u32) -> Result<Given<'_>> {
        // SAFETY: as the caller promises; unless NULL there is an indicator for each row.
        unsafe {
            if !self.is_there(row) {
                return Ok(Given::Null);
            }
            let Form::Number(scalar) = self.form else { return self.take_text(row) };
            Ok(match scalar.read(self.at(row).cast::<c_void>()) {
                Value::Int(n) => Given::Int(n),
                Value::UInt(n) => Given::UInt(n),
                Value::Real(x) => Given::Real(x),
                Value::Null(_) | Value::Bytes(_) => Given::Null,
            })
        }
    }

    /// Whether a row has a value.
    ///
    /// # Safety
    /// The memory of the column has this row.
    pub(super) unsafe fn is_there(&self, row: u32) -> bool {
        // SAFETY: as the caller promises; unless NULL there is an indicator for each row.
        self.indicators.is_null() || unsafe { *self.indicators.add(row as usize) != 0 }
    }

    /// Writes whether a row has a value.
    ///
    /// # Safety
    /// The memory of the column has this row.
    pub(super) unsafe fn tell(&mut self, row: u32, there: bool) {
        if !self.indicators.is_null() {
            // SAFETY: not NULL, so there is one for each row.
            unsafe { *self.indicators.add(row as usize) = u8::from(there) }
        }
    }

    /// Whether it may say of a row that it is NULL.
    pub(crate) fn has_nulls(&self) -> bool {
        !self.indicators.is_null()
    }

    /// The contents of rows; up to the first that does not fit, with what is wrong: then `end` is that row.
    ///
    /// # Safety
    /// The memory of the column has these rows.
    pub(crate) unsafe fn cells(
        &mut self,
        dictionary: &Dictionary,
        rows: Range<u32>,
        end: &mut u32,
        failed: &mut Option<Error>,
    ) -> Cells {
        // SAFETY: as the caller promises.
        if let Some(cells) = unsafe { self.integers(dictionary, rows.clone()) } {
            return cells;
        }
        let same = matches!(self.form, Form::Number(_)) && self.stride == 0;
        let kind = self.kind;
        let mut cells = Cells::new(kind, rows.len());
        for row in rows {
            // SAFETY: as above.
            match unsafe { self.content(dictionary, row) } {
                Ok(value) if same => return Cells::Same(value),
                Ok(value) => cells.push(value),
                Err(error) => {
                    (*end, *failed) = (row, Some(error));
                    break;
                }
            }
        }
        cells
    }

    /// As [`Self::cells`], for integers that all fit, and doubles.
    unsafe fn integers(&self, dictionary: &Dictionary, rows: Range<u32>) -> Option<Cells> {
        let Form::Number(scalar) = self.form else { return None };
        if scalar == Scalar::Double && self.kind == FieldType::Double {
            // SAFETY: as the caller promises.
            return Some(Cells::Real(unsafe { self.numbers(rows, |x: f64| x) }));
        }
        // SAFETY: as the caller promises.
        let numbers: Vec<u64> = unsafe {
            match scalar {
                Scalar::Signed(1) => self.numbers(rows, |n: i8| i64::from(n).cast_unsigned()),
                Scalar::Signed(2) => self.numbers(rows, |n: i16| i64::from(n).cast_unsigned()),
                Scalar::Signed(4) => self.numbers(rows, |n: i32| i64::from(n).cast_unsigned()),
                Scalar::Signed(_) => self.numbers(rows, i64::cast_unsigned),
                Scalar::Unsigned(1) => self.numbers(rows, |n: u8| n.into()),
                Scalar::Unsigned(2) => self.numbers(rows, |n: u16| n.into()),
                Scalar::Unsigned(4) => self.numbers(rows, |n: u32| n.into()),
                Scalar::Unsigned(_) => self.numbers(rows, |n: u64| n),
                _ => return None,
            }
        };
        let signed = matches!(scalar, Scalar::Signed(_));
        // What the least and the largest fit into, all fit into.
        let order = |n: &u64| if signed { n ^ (1 << 63) } else { *n };
        let ends = [numbers.iter().min_by_key(|n| order(n))?, numbers.iter().max_by_key(|n| order(n))?];
        let fit = |n: u64| {
            let given = if signed { Given::Int(n.cast_signed()) } else { Given::UInt(n) };
            given.value(dictionary, self.kind).and_then(|value| fitted(self.kind, value)).is_ok()
        };
        ends.into_iter().all(|n| fit(*n)).then_some(())?;
        match self.kind {
            FieldType::Bool => None,
            kind if kind.value_kind() == ValueKind::UInt => Some(Cells::UInt(numbers)),
            kind if kind.value_kind() == ValueKind::Int => Some(Cells::Int(numbers.into_iter().map(u64::cast_signed).collect())),
            _ => None,
        }
    }

    unsafe fn numbers<T: Copy, N>(&self, rows: Range<u32>, number: impl Fn(T) -> N) -> Vec<N> {
        // SAFETY: as the caller promises; the rows are of this type.
        rows.map(|row| number(unsafe { self.at(row).cast::<T>().read_unaligned() })).collect()
    }

    /// Writes the value of a row. `S_OVERFLOW`: a text or list is longer than its place; `S_NULL_VALUE`: there is no place for NULL.
    ///
    /// # Safety
    /// The memory of the column has room for this row.
    pub(crate) unsafe fn put(&mut self, dictionary: &Dictionary, row: u32, value: &Value) -> Result<Code> {
        if value.is_null() && !self.has_nulls() {
            return Ok(Code::S_NULL_VALUE);
        }
        // SAFETY: as the caller promises.
        unsafe {
            if value.is_null() {
                self.blank(row);
                return Ok(Code::S_OK);
            }
            self.tell(row, true);
            if let Form::List(elements) = &mut self.form {
                return elements.put(dictionary, row, value);
            }
            let Form::Number(scalar) = self.form else {
                let fits = self.put_text(row, &dynamic::shown(dictionary, self.kind, value)?);
                return Ok(if fits { Code::S_OK } else { Code::S_OVERFLOW });
            };
            match as_number(scalar, value).map(|number| scalar.write(&number, self.at(row).cast())) {
                Some(Ok(_)) => Ok(Code::S_OK),
                _ => fail(Code::E_CONVERSION, format!("{value:?} does not fit the column of field {}", self.field)),
            }
        }
    }

    /// Writes what stands in the place of a row without a value: 0, or nothing.
    ///
    /// # Safety
    /// The memory of the column has room for this row.
    pub(super) unsafe fn blank(&mut self, row: u32) {
        let at = self.at(row);
        // SAFETY: as the caller promises; a number whose bytes are 0 is 0.
        unsafe {
            self.tell(row, false);
            match &mut self.form {
                Form::Number(scalar) => at.write_bytes(0, scalar.size()),
                Form::List(elements) => elements.tell(row, 0),
                Form::Struct(members) => members.iter_mut().for_each(|member| member.blank(row)),
                Form::Text | Form::Bytes | Form::Wide => {
                    self.put_text(row, &[]);
                }
            }
        }
    }

    unsafe fn take_text(&mut self, row: u32) -> Result<Given<'_>> {
        let (start, room) = self.place(row);
        let len = if self.lengths.is_null() {
            None
        } else {
            // SAFETY: not NULL, so there is a length for each row.
            Some(unsafe { self.lengths.add(row as usize).read_unaligned() } as usize)
        };
        if len.is_some_and(|len| len > room) {
            return fail(Code::E_ILLEGAL_PARAM, format!("row {row} of field {} is longer than its place", self.field));
        }
        let len = len.unwrap_or(room);
        // SAFETY: the place of this row has `len` bytes at least; with none the address is not used.
        let mut bytes: &[u8] = if len == 0 { &[] } else { unsafe { std::slice::from_raw_parts(start, len) } };
        if self.lengths.is_null() && !matches!(self.kind, FieldType::Ref(_)) {
            let width = if matches!(self.form, Form::Wide) { 2 } else { 1 };
            let zeros = bytes.rchunks(width).take_while(|element| element.iter().all(|byte| *byte == 0)).count();
            bytes = bytes.get(..len - zeros * width).unwrap_or_default();
        } else if self.is_gapless() {
            self.taken += len;
        }
        Ok(match &self.form {
            Form::Wide => Given::Wide(bytes),
            Form::Bytes => Given::Bytes(bytes),
            _ => Given::Text(bytes),
        })
    }

    unsafe fn put_text(&mut self, row: u32, bytes: &[u8]) -> bool {
        let (start, room) = self.place(row);
        if bytes.len() > room {
            return false;
        }
        let gapless = self.is_gapless();
        // SAFETY: the place of this row has `room` bytes, and there is a length for each row unless it is NULL.
        unsafe {
            start.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
            if !gapless {
                start.add(bytes.len()).write_bytes(0, room - bytes.len());
            }
            if !self.lengths.is_null() {
                let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
                self.lengths.add(row as usize).write_unaligned(len);
            }
        }
        if gapless {
            self.taken += bytes.len();
        }
        true
    }

    /// Where the text of a row begins, and how long it may be.
    fn place(&self, row: u32) -> (*mut u8, usize) {
        if self.is_gapless() { (self.data.wrapping_add(self.taken), self.size - self.taken) } else { (self.at(row), self.size) }
    }

    fn is_gapless(&self) -> bool {
        self.stride == 0 && !self.lengths.is_null()
    }

    fn at(&self, row: u32) -> *mut u8 {
        self.data.wrapping_offset(self.stride.wrapping_mul(row as isize))
    }
}

impl Form {
    /// Whether content of a field of this type goes into it.
    fn takes(&self, kind: FieldType) -> bool {
        match (self, kind.value_kind()) {
            (Form::Number(Scalar::Float | Scalar::Double), ValueKind::Int | ValueKind::UInt | ValueKind::Real)
            | (Form::Number(_), ValueKind::Int | ValueKind::UInt) => true,
            (Form::Wide, ValueKind::Bytes) => is_wide(kind),
            (Form::Text | Form::Bytes, ValueKind::Bytes) => !is_wide(kind),
            (Form::List(_) | Form::Struct(_), _) => true,
            _ => false,
        }
    }
}

/// A number as the variant that the C type goes with; `None` when its sign or size forbids it.
#[allow(clippy::cast_precision_loss)]
fn as_number(scalar: Scalar, value: &Value) -> Option<Value> {
    Some(match (scalar, value) {
        (Scalar::Signed(_), Value::UInt(n)) => Value::Int(i64::try_from(*n).ok()?),
        (Scalar::Unsigned(_), Value::Int(n)) => Value::UInt(u64::try_from(*n).ok()?),
        (Scalar::Float | Scalar::Double, Value::Int(n)) => Value::Real(*n as f64),
        (Scalar::Float | Scalar::Double, Value::UInt(n)) => Value::Real(*n as f64),
        _ => value.clone(),
    })
}
