//! Lists: the elements of an array or a vector as the content of one field, which is changed in place.
//!
//! A list of no bytes is a vector without elements, or an array in which nothing was put. Else: the form (1 byte), the number of elements
//! (2 bytes), and then bits; or numbers of one width; or where each element ends (4 bytes), and the elements: of each the [`tagged`] values,
//! one for a text, one for each column of a struct, none where nothing was put. All numbers are little endian.

use super::{Code, Malformed, Reader, Result, Value, fail, tagged};
use std::borrow::Borrow;

/// Form and number of elements.
const HEAD: usize = 3;
/// Where an element ends.
const END: usize = 4;
/// Most bytes of elements with an end each.
const MAX_BODY: usize = 999_000_000;
/// Most values of an element: no struct has more columns.
const MAX_VALUES: usize = 1 << 16;

/// How the elements of a list stand in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A bit each, bit k of a byte being 1 << k: [`Value::UInt`] 0 or 1.
    Bits,
    /// Numbers of 1, 2, 4 or 8 bytes: [`Value::UInt`].
    Unsigned(u8),
    /// The same with a sign: [`Value::Int`].
    Signed(u8),
    /// Floating point numbers of 4 or 8 bytes: [`Value::Real`].
    Real(u8),
    /// Values, or nothing.
    Parts,
}

/// What the lists of a field have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// How the elements stand.
    pub form: Form,
    /// Elements of an array; `None` for a vector.
    pub length: Option<u16>,
}

/// An element: its values, or `None` where nothing was put. A number or a text has one value.
pub type Element = Option<Vec<Value>>;

impl Form {
    fn code(self) -> u8 {
        match self {
            Form::Bits => 1,
            Form::Parts => 2,
            Form::Unsigned(width) => 0x10 | width,
            Form::Signed(width) => 0x20 | width,
            Form::Real(width) => 0x30 | width,
        }
    }

    fn of(code: u8) -> Result<Form, Malformed> {
        let width = code & 0x0F;
        match (code >> 4, width) {
            (0, 1) => Ok(Form::Bits),
            (0, 2) => Ok(Form::Parts),
            (1, 1 | 2 | 4 | 8) => Ok(Form::Unsigned(width)),
            (2, 1 | 2 | 4 | 8) => Ok(Form::Signed(width)),
            (3, 4 | 8) => Ok(Form::Real(width)),
            _ => Err(Malformed),
        }
    }

    /// Bytes of so many elements in which nothing was put.
    fn size(self, len: u16) -> usize {
        let len = usize::from(len);
        match self {
            Form::Bits => len.div_ceil(8),
            Form::Unsigned(width) | Form::Signed(width) | Form::Real(width) => len * usize::from(width),
            Form::Parts => len * END,
        }
    }

    /// A list of so many elements in which nothing was put.
    fn fresh(self, len: u16) -> Box<[u8]> {
        let mut list = vec![0; HEAD + self.size(len)];
        list.splice(..HEAD, head(self, len));
        list.into()
    }

    /// An element in which nothing was put.
    pub(super) fn blank(self) -> Element {
        (self != Form::Parts).then(|| vec![self.value(&[])])
    }

    /// A number in the first bytes; `None`: it does not fit.
    fn number(self, value: &Value) -> Option<[u8; 8]> {
        let bits = match (self, value) {
            (Form::Unsigned(width), Value::UInt(n)) if width >= 8 || n >> (8 * width) == 0 => *n,
            (Form::Signed(width), Value::Int(n)) if width >= 8 || (*n >> (8 * width - 1)) + i64::from(*n < 0) == 0 => {
                n.cast_unsigned()
            }
            // Rounding is what storing a double in a float means.
            #[allow(clippy::cast_possible_truncation)]
            (Form::Real(4), Value::Real(x)) => (*x as f32).to_bits().into(),
            (Form::Real(_), Value::Real(x)) => x.to_bits(),
            _ => return None,
        };
        Some(bits.to_le_bytes())
    }

    /// The number that stands in so many bytes as the form says.
    fn value(self, bytes: &[u8]) -> Value {
        let bits = bytes.iter().rev().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        match self {
            Form::Signed(width) => {
                let unused = 64 - 8 * u32::from(width.min(8));
                Value::Int((bits << unused).cast_signed() >> unused)
            }
            Form::Real(4) => Value::Real(f32::from_bits(bits as u32).into()),
            Form::Real(_) => Value::Real(f64::from_bits(bits)),
            _ => Value::UInt(bits),
        }
    }
}

/// A list to be read.
#[derive(Clone, Copy, Debug)]
struct List<'a> {
    form: Form,
    len: u16,
    /// Bits, numbers, or where the elements end.
    table: &'a [u8],
    /// Elements that have an end.
    body: &'a [u8],
}

impl<'a> List<'a> {
    /// Looks at the head only.
    fn new(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut input = Reader::new(bytes);
        let (form, len) = (Form::of(input.u8()?)?, input.u16()?);
        let table = input.take(form.size(len))?;
        Ok(List { form, len, table, body: input.take(input.remaining())? })
    }

    /// A number; nothing of a list that has none.
    fn number(&self, index: u16) -> Option<Value> {
        let at = usize::from(index);
        match self.form {
            Form::Bits => self.table.get(at / 8).map(|byte| Value::UInt(u64::from(byte >> (at % 8) & 1))),
            Form::Unsigned(width) | Form::Signed(width) | Form::Real(width) => {
                let width = usize::from(width);
                self.table.get(at * width..(at + 1) * width).map(|bytes| self.form.value(bytes))
            }
            Form::Parts => None,
        }
    }

    /// Where an element of [`Form::Parts`] stands in the body.
    fn range(&self, index: u16) -> Result<std::ops::Range<usize>, Malformed> {
        let end = |at: usize| {
            let bytes = self.table.get(at * END..).and_then(|rest| rest.first_chunk()).ok_or(Malformed)?;
            usize::try_from(u32::from_le_bytes(*bytes)).map_err(|_| Malformed)
        };
        let at = usize::from(index);
        let start = at.checked_sub(1).map_or(Ok(0), end)?;
        Ok(start..end(at)?)
    }

    fn element(&self, index: u16) -> Result<Element, Malformed> {
        if let Some(number) = self.number(index) {
            return Ok(Some(vec![number]));
        }
        let part = self.body.get(self.range(index)?).ok_or(Malformed)?;
        Ok(if part.is_empty() { None } else { Some(tagged::decode(part, MAX_VALUES)?) })
    }

    /// A list that others have made, if nothing is missing and nothing beside.
    fn checked(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let list = List::new(bytes)?;
        list.check().map(|()| list)
    }

    /// Whether nothing is missing and nothing beside; each element for itself has to be looked at.
    fn check(&self) -> Result<(), Malformed> {
        let unused = match (self.form, self.len % 8) {
            (Form::Bits, used @ 1..) => self.table.last().map_or(0, |last| last >> used),
            _ => 0,
        };
        let end = match (self.form, self.len) {
            (Form::Parts, 1..) => self.range(self.len - 1)?.end,
            _ => 0,
        };
        if self.len > 0 && unused == 0 && end == self.body.len() { Ok(()) } else { Err(Malformed) }
    }
}

/// All elements of a list of any form; of one without bytes none.
pub fn elements(bytes: &[u8]) -> Result<Vec<Element>, Malformed> {
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    let list = List::checked(bytes)?;
    (0..list.len).map(|index| list.element(index)).collect()
}

/// Whether a test passes for each element in which something was put; what is no list has none.
pub fn all(bytes: &[u8], mut test: impl FnMut(&[Value]) -> bool) -> bool {
    let Ok(list) = List::checked(bytes) else { return true };
    (0..list.len).filter_map(|index| list.element(index).ok()?).all(|values| test(&values))
}

impl Shape {
    /// Number of elements.
    pub fn len(self, bytes: &[u8]) -> Result<u16> {
        Ok(self.list(bytes)?.map_or(self.length.unwrap_or(0), |list| list.len))
    }

    /// The only value of an element. `E_INDEXLIMIT` behind the last; `E_EMPTYVECTOREL` where nothing was put.
    pub fn get(self, bytes: &[u8], index: u16) -> Result<Value> {
        match self.list(bytes)?.and_then(|list| list.number(index).filter(|_| index < list.len)) {
            Some(number) => Ok(number),
            None => self.values(bytes, index)?.into_iter().next().ok_or_else(|| Code::E_EMPTYVECTOREL.into()),
        }
    }

    /// All values of an element, with the codes of [`Self::get`].
    pub fn values(self, bytes: &[u8], index: u16) -> Result<Vec<Value>> {
        self.check_index(bytes, index)?;
        let element = match self.list(bytes)? {
            Some(list) => list.element(index).or_else(damaged)?,
            None => self.form.blank(),
        };
        element.ok_or_else(|| Code::E_EMPTYVECTOREL.into())
    }

    /// Replaces an element. `E_INDEXLIMIT` behind the last; `E_CONVERSION` for what the form does not hold.
    pub fn put(self, list: &mut Box<[u8]>, index: u16, values: &[Value]) -> Result<()> {
        self.check_index(list, index)?;
        match (self.form, values) {
            (Form::Bits, [Value::UInt(bit @ 0..=1)]) => self.put_bit(list, index, *bit == 1),
            (Form::Parts, [_, ..]) => self.put_part(list, index, &tagged::encode(values)),
            (form, [value]) => match form.number(value) {
                Some(number) => self.put_number(list, index, &number),
                None => misfit(value),
            },
            _ => misfit(values),
        }
    }

    /// Makes an element as if nothing was put there: 0 for numbers and bits. `E_INDEXLIMIT` behind the last.
    pub fn erase(self, list: &mut Box<[u8]>, index: u16) -> Result<()> {
        self.check_index(list, index)?;
        match self.form {
            Form::Bits => self.put_bit(list, index, false),
            Form::Parts => self.put_part(list, index, &[]),
            _ => self.put_number(list, index, &[0; 8]),
        }
    }

    /// Whether two lists have the same content: an array in which nothing was put may have no bytes, or blank elements.
    pub fn are_same(self, one: &[u8], other: &[u8]) -> bool {
        let blank = |list: &[u8]| match self.length {
            Some(length) if list.is_empty() => Some(self.form.fresh(length)),
            _ => None,
        };
        one == other || blank(one).as_deref().unwrap_or(one) == blank(other).as_deref().unwrap_or(other)
    }

    /// A vector of so many elements in which nothing was put.
    pub fn vector(self, len: u16) -> Box<[u8]> {
        if len == 0 { Box::default() } else { self.form.fresh(len) }
    }

    /// A list of these elements; `None`: they do not fit.
    pub fn pack(self, elements: &[Element]) -> Option<Box<[u8]>> {
        let len = u16::try_from(elements.len()).ok()?;
        if self.length.is_none_or(|length| length == len) { self.pack_each(len, elements.iter().map(Some)) } else { None }
    }

    /// As [`Self::pack`] for so many elements, of which there is one at a time in memory: they take up much more there than in the list.
    fn pack_each<E: Borrow<Element>>(self, len: u16, elements: impl Iterator<Item = Option<E>>) -> Option<Box<[u8]>> {
        let mut list = self.vector(len);
        if self.form == Form::Parts {
            return pack_parts(list.into(), elements);
        }
        for (index, element) in (0..len).zip(elements) {
            if let Some(values) = element?.borrow() {
                self.put(&mut list, index, values).ok()?;
            }
        }
        Some(list)
    }

    /// A list of another shape with its elements in this one, as `convert` makes them. `None`: one does not fit, or is behind the last.
    pub fn convert(self, list: &[u8], convert: impl Fn(&[Value]) -> Option<Vec<Value>>) -> Option<Box<[u8]>> {
        if list.is_empty() {
            return Some(Box::default());
        }
        let found = List::checked(list).ok()?;
        let each = |index| match found.element(index).ok()? {
            Some(values) => convert(&values).map(Some),
            None => Some(None),
        };
        let len = self.length.unwrap_or(found.len);
        if !(len..found.len).all(|index| each(index).is_some_and(|element| is_blank(&element))) {
            return None;
        }
        self.pack_each(len, (0..len).map(|index| if index < found.len { each(index) } else { Some(None) }))
    }

    /// Brings a list that others have made into our form: `fit` does it with the values of each element. `false`: it is no list of this
    /// shape, or some element does not fit.
    pub fn fit(self, list: &mut Box<[u8]>, mut fit: impl FnMut(&mut [Value]) -> bool) -> bool {
        if list.is_empty() {
            return true;
        }
        let Some(found) = List::checked(list).ok().filter(|found| self.is_of(found)) else { return false };
        if self.form != Form::Parts {
            return (0..found.len).filter_map(|index| found.number(index)).all(|number| fit(&mut [number]));
        }
        let fitted = (0..found.len).map(|index| {
            let mut element = found.element(index).ok()?;
            element.iter_mut().all(|values| fit(values)).then_some(element)
        });
        match self.pack_each(found.len, fitted) {
            Some(packed) => {
                *list = packed;
                true
            }
            None => false,
        }
    }

    /// `None` for a list without bytes.
    fn list(self, bytes: &[u8]) -> Result<Option<List<'_>>> {
        if bytes.is_empty() {
            return Ok(None);
        }
        let list = List::new(bytes).or_else(damaged)?;
        if self.is_of(&list) { Ok(Some(list)) } else { damaged(Malformed) }
    }

    /// Whether a list is one of these; programs have room for just the elements that an array has.
    fn is_of(self, list: &List<'_>) -> bool {
        list.form == self.form && self.length.is_none_or(|length| length == list.len)
    }

    fn check_index(self, bytes: &[u8], index: u16) -> Result<()> {
        let len = self.len(bytes)?;
        if index < len { Ok(()) } else { fail(Code::E_INDEXLIMIT, format!("there is no element {index}, the list has {len}")) }
    }

    /// The bytes behind the head of a list that has the element that is to be put.
    fn open(self, list: &mut Box<[u8]>) -> &mut [u8] {
        if list.is_empty() {
            *list = self.form.fresh(self.length.unwrap_or(0));
        }
        list.get_mut(HEAD..).unwrap_or_default()
    }

    fn put_bit(self, list: &mut Box<[u8]>, index: u16, bit: bool) -> Result<()> {
        let (at, mask) = (usize::from(index) / 8, 1 << (index % 8));
        let Some(byte) = self.open(list).get_mut(at) else { return damaged(Malformed) };
        *byte = if bit { *byte | mask } else { *byte & !mask };
        Ok(())
    }

    fn put_number(self, list: &mut Box<[u8]>, index: u16, number: &[u8; 8]) -> Result<()> {
        let width = self.form.size(1);
        let Some(place) = self.open(list).chunks_exact_mut(width).nth(index.into()) else { return damaged(Malformed) };
        place.iter_mut().zip(number).for_each(|(to, from)| *to = *from);
        Ok(())
    }

    fn put_part(self, list: &mut Box<[u8]>, index: u16, part: &[u8]) -> Result<()> {
        self.open(list);
        let found = List::new(list).or_else(damaged)?;
        let range = found.range(index).or_else(damaged)?;
        if found.body.get(range.clone()).is_none() {
            return damaged(Malformed);
        }
        let longer = part.len().wrapping_sub(range.len());
        let body = found.body.len().wrapping_add(longer);
        if body > MAX_BODY {
            return fail(Code::E_NOMEM, format!("a list would have {body} bytes, at most {MAX_BODY} are possible"));
        }
        let start = HEAD + found.table.len();
        // Grown where it is, so that a list which is filled from the first element on is not copied for each.
        let mut whole = std::mem::take(list).into_vec();
        whole.reserve_exact(part.len().saturating_sub(range.len()));
        whole.splice(start + range.start..start + range.end, part.iter().copied());
        if longer != 0 {
            let (ends, _) = whole.get_mut(HEAD + usize::from(index) * END..start).unwrap_or_default().as_chunks_mut();
            // Both are below MAX_BODY.
            ends.iter_mut().for_each(|end| *end = u32::from_le_bytes(*end).wrapping_add(longer as u32).to_le_bytes());
        }
        *list = whole.into();
        Ok(())
    }
}

fn head(form: Form, len: u16) -> [u8; HEAD] {
    let [low, high] = len.to_le_bytes();
    [form.code(), low, high]
}

/// Puts elements into a list of parts in which nothing was put.
fn pack_parts<E: Borrow<Element>>(mut list: Vec<u8>, elements: impl Iterator<Item = Option<E>>) -> Option<Box<[u8]>> {
    let start = list.len();
    for (index, element) in elements.enumerate() {
        list.extend(tagged::encode(element?.borrow().iter().flatten()));
        let end = u32::try_from(list.len() - start).ok()?;
        let place = HEAD + index * END;
        list.get_mut(place..place + END)?.copy_from_slice(&end.to_le_bytes());
    }
    (list.len() - start <= MAX_BODY).then(|| list.into())
}

/// Whether an element may be cut off.
fn is_blank(element: &Element) -> bool {
    match element.as_deref() {
        None | Some([Value::UInt(0) | Value::Int(0)]) => true,
        Some([Value::Real(x)]) => *x == 0.0,
        Some([Value::Bytes(bytes)]) => bytes.is_empty(),
        Some(_) => false,
    }
}

fn misfit<T>(what: impl std::fmt::Debug) -> Result<T> {
    fail(Code::E_CONVERSION, format!("{what:?} is no element of the list"))
}

/// A list is checked before it is stored.
fn damaged<T>(_: Malformed) -> Result<T> {
    fail(Code::E_CORE, "a list cannot be read")
}
