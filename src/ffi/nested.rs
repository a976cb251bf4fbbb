//! Columns of lists and structs: what is in them has columns of its own.

use super::column::{Column, Form};
use super::mcodyn::types::*;
use crate::base::list::{self, Shape};
use crate::base::{Code, Result, Value, fail};
use crate::db::{fitted, new_element};
use crate::schema::{Dictionary, Field, FieldType};

/// The fields that columns may be of, with the members of structs: those of a class, or of a struct that is an element.
#[derive(Clone, Copy)]
pub(super) struct Level<'d> {
    pub(super) dictionary: &'d Dictionary,
    pub(super) fields: &'d [Field],
    pub(super) reading: bool,
}

/// The elements of all rows of a list, one behind the other.
pub(super) struct Elements {
    shape: Shape,
    counts: *mut u32,
    room: u32,
    /// Elements that the rows before have taken.
    taken: u32,
    column: Column,
}

impl Level<'_> {
    /// The column of a field.
    pub(super) fn column(self, given: &mco_dyn_column_t, number: u16, field: &Field) -> Result<Column> {
        let form = match (given.kind, field.list()) {
            (MCO_DYN_ELEMENTS, Some((shape, element))) => Form::List(Box::new(self.elements(given, shape, element)?)),
            (MCO_DYN_ELEMENTS, None) => {
                return fail(Code::E_UDA_WRONG_VALUE_TYPE, format!("field {number} is no array or vector"));
            }
            (_, Some(_)) => {
                let text = format!("field {number} is an array or vector, its column has the kind MCO_DYN_ELEMENTS");
                return fail(Code::E_UDA_WRONG_VALUE_TYPE, text);
            }
            (MCO_DYN_STRUCT, None) => Form::Struct(self.members(given, field.kind, Some(number))?),
            _ => return self.single(given, number, field.kind),
        };
        Column::of(given, number, field.kind, Some(form), self.reading)
    }

    /// A column of single values.
    pub(super) fn single(self, given: &mco_dyn_column_t, number: u16, kind: FieldType) -> Result<Column> {
        Column::of(given, number, kind, None, self.reading)
    }

    fn elements(self, given: &mco_dyn_column_t, shape: Shape, element: FieldType) -> Result<Elements> {
        if given.data.is_null() {
            return fail(Code::E_ILLEGAL_PARAM, "a column of elements is NULL");
        }
        // SAFETY: not NULL, and by the rule of the interface it is one of these for this kind.
        let mco_dyn_elements_t { counts, room, column } = unsafe { given.data.cast::<mco_dyn_elements_t>().read_unaligned() };
        if counts.is_null() && shape.length.is_none() {
            return fail(Code::E_ILLEGAL_PARAM, "the column of a vector has no counts");
        }
        if !self.reading && !column.indicators.is_null() && shape.form != list::Form::Parts {
            return fail(Code::E_UDA_WRONG_VALUE_TYPE, "elements that are numbers are never NULL, they have no indicators");
        }
        let column = match column.kind {
            MCO_DYN_STRUCT => {
                let fields = self.dictionary.members(element).unwrap_or_default();
                let members = Level { fields, ..self }.members(&column, element, None)?;
                Column::of(&column, 0, element, Some(Form::Struct(members)), self.reading)?
            }
            MCO_DYN_ELEMENTS => return fail(Code::E_UDA_WRONG_VALUE_TYPE, "an element is no list"),
            _ if self.dictionary.members(element).is_some() => {
                return fail(Code::E_UDA_WRONG_VALUE_TYPE, "the elements are structs, their column has the kind MCO_DYN_STRUCT");
            }
            _ => self.single(&column, 0, element)?,
        };
        Ok(Elements { shape, counts, room, taken: 0, column })
    }

    /// Columns of the members of a struct, which stand behind the field `head`, or by themselves.
    fn members(self, given: &mco_dyn_column_t, kind: FieldType, head: Option<u16>) -> Result<Vec<Column>> {
        let Some(members) = self.dictionary.members(kind) else {
            return fail(Code::E_UDA_WRONG_VALUE_TYPE, format!("a {} is no struct", self.dictionary.type_text(kind)));
        };
        if given.data.is_null() || given.size > usize::from(u16::MAX) {
            return fail(Code::E_ILLEGAL_PARAM, "the columns of a struct are NULL or too many");
        }
        let first = head.map_or(0, |head| head.saturating_add(1));
        let column = |at| {
            // SAFETY: not NULL, and by the rule of the interface there are `size` columns for this kind.
            let given = unsafe { given.data.cast::<mco_dyn_column_t>().add(at).read_unaligned() };
            let number = first.saturating_add(given.field);
            match self.fields.get(usize::from(number)).filter(|_| usize::from(given.field) < members.len()) {
                Some(field) => self.column(&given, number, field),
                None => fail(Code::E_UDA_FIELD_NOTFOUND, format!("there is no member {}", given.field)),
            }
        };
        (0..given.size).map(column).collect()
    }
}

impl Column {
    /// Whether there are columns in it.
    pub(crate) fn is_nested(&self) -> bool {
        matches!(self.form, Form::List(_) | Form::Struct(_))
    }

    /// The content of a row as its field has it; NULL where there is none. Not of a struct.
    ///
    /// # Safety
    /// The memory of the column has this row.
    pub(super) unsafe fn content(&mut self, dictionary: &Dictionary, row: u32) -> Result<Value> {
        let kind = self.kind;
        // SAFETY: as the caller promises.
        unsafe {
            if !self.is_there(row) {
                return Ok(Value::NULL);
            }
            match &mut self.form {
                Form::List(elements) => elements.take(dictionary, row),
                _ => fitted(kind, self.take(row)?.value(dictionary, kind)?),
            }
        }
    }

    /// Takes the content of a row with the numbers of the fields; of a struct first whether it is there, then the members.
    ///
    /// # Safety
    /// The memory of the column has this row.
    pub(crate) unsafe fn gather(&mut self, dictionary: &Dictionary, row: u32, into: &mut Vec<(u16, Value)>) -> Result<()> {
        // SAFETY: as the caller promises.
        unsafe {
            let (field, there) = (self.field, self.is_there(row));
            let Form::Struct(members) = &mut self.form else {
                into.push((field, self.content(dictionary, row)?));
                return Ok(());
            };
            into.push((field, if there { self.kind.zero() } else { Value::NULL }));
            let mut present = members.iter_mut().filter(|_| there);
            present.try_for_each(|member| member.gather(dictionary, row, into))
        }
    }

    /// The values of an element; `None` where there is none.
    ///
    /// # Safety
    /// The memory of the column has this row.
    unsafe fn element(&mut self, dictionary: &Dictionary, row: u32) -> Result<list::Element> {
        // SAFETY: as the caller promises.
        unsafe {
            if !self.is_there(row) {
                return Ok(None);
            }
            let kind = self.kind;
            let Form::Struct(members) = &mut self.form else { return Ok(Some(vec![self.content(dictionary, row)?])) };
            let mut values = Vec::new();
            members.iter_mut().try_for_each(|member| member.gather(dictionary, row, &mut values))?;
            new_element(dictionary, kind, values).map(Some)
        }
    }

    /// Writes its field out of the values of a class or struct, with the codes of [`Self::put`].
    ///
    /// # Safety
    /// The memory of the column has room for this row.
    pub(crate) unsafe fn scatter(&mut self, dictionary: &Dictionary, row: u32, values: &[Value]) -> Result<Code> {
        let value = values.get(usize::from(self.field)).unwrap_or(&Value::NULL);
        // SAFETY: as the caller promises.
        unsafe {
            match self.form {
                Form::Struct(_) => self.scatter_element(dictionary, row, (!value.is_null()).then_some(values)),
                _ => self.put(dictionary, row, value),
            }
        }
    }

    /// Writes the values of an element, or the members of a struct out of those around it; `None` where there is none.
    ///
    /// # Safety
    /// The memory of the column has room for this row.
    unsafe fn scatter_element(&mut self, dictionary: &Dictionary, row: u32, values: Option<&[Value]>) -> Result<Code> {
        let (Form::Struct(members), Some(values)) = (&mut self.form, values) else {
            // SAFETY: as the caller promises.
            return unsafe { self.put(dictionary, row, values.and_then(<[Value]>::first).unwrap_or(&Value::NULL)) };
        };
        for member in members {
            // SAFETY: as the caller promises.
            match unsafe { member.scatter(dictionary, row, values)? } {
                Code::S_OK => {}
                unfit => return Ok(unfit),
            }
        }
        // SAFETY: as above.
        unsafe { self.tell(row, true) };
        Ok(Code::S_OK)
    }
}

impl Elements {
    /// The list of a row.
    ///
    /// # Safety
    /// The memory of the column has this row.
    unsafe fn take(&mut self, dictionary: &Dictionary, row: u32) -> Result<Value> {
        let len = match self.shape.length {
            Some(length) if self.counts.is_null() => length.into(),
            // SAFETY: not NULL, so there is one for each row.
            _ => unsafe { self.counts.add(row as usize).read_unaligned() },
        };
        let len = match (u16::try_from(len), self.shape.length) {
            (Ok(len), None) => len,
            (Ok(len), Some(length)) if len == length => len,
            (_, length) => {
                let possible = length.map_or("at most 65535".to_string(), |length| length.to_string());
                return fail(Code::E_INDEXLIMIT, format!("row {row} has {len} elements, {possible} are possible"));
            }
        };
        let start = self.taken;
        if u32::from(len) > self.room - start {
            return fail(Code::E_ILLEGAL_PARAM, format!("the elements of row {row} are behind the last of {}", self.room));
        }
        self.taken += u32::from(len);
        if self.shape.form == list::Form::Parts {
            // SAFETY: by the rule of the interface there are `room` elements.
            let each = |at| unsafe { self.column.element(dictionary, at) };
            let elements: Vec<list::Element> = (start..self.taken).map(each).collect::<Result<_>>()?;
            let whole = self.shape.pack(&elements).map(Value::Bytes);
            return whole.map_or_else(|| fail(Code::E_NOMEM, "the elements of a row are too large together"), Ok);
        }
        let mut list = self.shape.vector(len);
        for (index, at) in (0..len).zip(start..) {
            // SAFETY: as above.
            let number = unsafe { self.column.content(dictionary, at)? };
            self.shape.put(&mut list, index, &[number])?;
        }
        Ok(Value::Bytes(list))
    }

    /// Writes the list of a row, with the codes of [`Column::put`].
    ///
    /// # Safety
    /// The memory of the column has room for this row.
    pub(super) unsafe fn put(&mut self, dictionary: &Dictionary, row: u32, list: &Value) -> Result<Code> {
        let Value::Bytes(list) = list else { return fail(Code::E_CORE, "a list has no content") };
        let len = self.shape.len(list)?;
        if u32::from(len) > self.room - self.taken {
            return Ok(Code::S_OVERFLOW);
        }
        // SAFETY: as the caller promises; there is room for these elements.
        unsafe {
            for index in 0..len {
                let at = self.taken + u32::from(index);
                let code = if self.shape.form == list::Form::Parts {
                    match self.shape.values(list, index) {
                        Err(error) if error.code == Code::E_EMPTYVECTOREL => self.column.scatter_element(dictionary, at, None)?,
                        values => self.column.scatter_element(dictionary, at, Some(&values?))?,
                    }
                } else {
                    self.column.put(dictionary, at, &self.shape.get(list, index)?)?
                };
                if code != Code::S_OK {
                    return Ok(code);
                }
            }
            self.taken += u32::from(len);
            self.tell(row, len);
        }
        Ok(Code::S_OK)
    }

    /// Writes the number of elements of a row.
    ///
    /// # Safety
    /// The memory of the column has room for this row.
    pub(super) unsafe fn tell(&mut self, row: u32, len: u16) {
        if !self.counts.is_null() {
            // SAFETY: not NULL, so there is one for each row.
            unsafe { self.counts.add(row as usize).write_unaligned(len.into()) }
        }
    }
}
