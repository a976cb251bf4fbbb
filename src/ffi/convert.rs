//! Between C values and [`Value`]: scalars by the C type of their field, texts by the rules of buffers and lengths.

use super::oid::Oid;
use crate::base::{Code, Error, Result, Value, fail};
use crate::schema::{Dictionary, FieldType};
use std::ffi::{c_int, c_void};

/// C type of a scalar field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scalar {
    Signed(usize),
    Unsigned(usize),
    Float,
    Double,
    Bool,
}

/// Element of a text field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Text {
    /// Elements that a field holds, `None` for the string kinds.
    fixed: Option<usize>,
    /// 2-byte characters.
    pub(crate) wide: bool,
    /// Get leaves a NUL behind the content where there is room.
    terminated: bool,
}

/// Longest content of a text field, in elements.
const TEXT_MAX: usize = 65535;

/// C type of a scalar; `None` for the char and string kinds, for structs and lists.
pub(crate) fn scalar(kind: FieldType) -> Option<Scalar> {
    Some(match kind {
        FieldType::Signed(bytes) => Scalar::Signed(usize::from(bytes)),
        FieldType::Unsigned(bytes) => Scalar::Unsigned(usize::from(bytes)),
        FieldType::Float => Scalar::Float,
        FieldType::Double => Scalar::Double,
        FieldType::Bool => Scalar::Bool,
        FieldType::Date | FieldType::Time => Scalar::Unsigned(4),
        FieldType::DateTime | FieldType::AutoId(_) => Scalar::Unsigned(8),
        FieldType::Numeric { width: ..=2, .. } => Scalar::Signed(1),
        FieldType::Numeric { width: 3..=4, .. } => Scalar::Signed(2),
        FieldType::Numeric { width: 5..=9, .. } => Scalar::Signed(4),
        FieldType::Numeric { .. } => Scalar::Signed(8),
        FieldType::Enum(_) => Scalar::Signed(size_of::<c_int>()),
        FieldType::Char(_)
        | FieldType::NChar(_)
        | FieldType::Binary(_)
        | FieldType::Ref(_)
        | FieldType::String
        | FieldType::NString
        | FieldType::VarBinary
        | FieldType::Blob
        | FieldType::Struct(_)
        | FieldType::Array(_)
        | FieldType::Vector => return None,
    })
}

/// How a text field is moved; `None` for others.
pub(crate) fn text(kind: FieldType) -> Option<Text> {
    let (fixed, wide, terminated) = match kind {
        FieldType::Char(n) => (Some(usize::from(n)), false, true),
        FieldType::NChar(n) => (Some(usize::from(n)), true, true),
        FieldType::Binary(n) => (Some(usize::from(n)), false, false),
        FieldType::String => (None, false, true),
        FieldType::NString => (None, true, true),
        FieldType::VarBinary => (None, false, true),
        _ => return None,
    };
    Some(Text { fixed, wide, terminated })
}

/// Reads the C value at `from` of a field that is passed by its address: a scalar or a ref; else `E_ILLEGAL_TYPE`.
///
/// # Safety
/// `from` points to a value of the C type of the field; it need not be aligned.
pub(crate) unsafe fn read(dictionary: &Dictionary, kind: FieldType, from: *const c_void) -> Result<Value> {
    // SAFETY: as the caller promises.
    unsafe {
        match (scalar(kind), kind) {
            (Some(scalar), _) => Ok(scalar.read(from)),
            (None, FieldType::Ref(_)) => Ok(Oid::of(dictionary)?.read(from)),
            (None, _) => Err(Code::E_ILLEGAL_TYPE.into()),
        }
    }
}

/// Writes a value to `to` as the C type of such a field. `S_NULL_VALUE`: it is the one below NULL.
///
/// # Safety
/// `to` has room for a value of the C type of the field; it need not be aligned.
pub(crate) unsafe fn write(dictionary: &Dictionary, kind: FieldType, value: &Value, to: *mut c_void) -> Result<Code> {
    // SAFETY: as the caller promises.
    unsafe {
        match (scalar(kind), kind) {
            (Some(scalar), _) => scalar.write(value, to),
            (None, FieldType::Ref(_)) => Ok(Oid::of(dictionary)?.write(value, to)),
            (None, _) => Err(Code::E_ILLEGAL_TYPE.into()),
        }
    }
}

impl Scalar {
    /// Size of the C type.
    pub(crate) fn size(self) -> usize {
        match self {
            Scalar::Signed(bytes) | Scalar::Unsigned(bytes) => bytes,
            Scalar::Float => size_of::<f32>(),
            Scalar::Double => size_of::<f64>(),
            Scalar::Bool => size_of::<c_int>(),
        }
    }

    /// Reads the C value at `from`.
    ///
    /// # Safety
    /// `from` points to a value of this C type; it need not be aligned.
    pub(crate) unsafe fn read(self, from: *const c_void) -> Value {
        // SAFETY: as the caller promises; every read is of the size of the C type.
        unsafe {
            match self {
                Scalar::Signed(1) => Value::Int(from.cast::<i8>().read_unaligned().into()),
                Scalar::Signed(2) => Value::Int(from.cast::<i16>().read_unaligned().into()),
                Scalar::Signed(4) => Value::Int(from.cast::<i32>().read_unaligned().into()),
                Scalar::Signed(_) => Value::Int(from.cast::<i64>().read_unaligned()),
                Scalar::Unsigned(1) => Value::UInt(from.cast::<u8>().read_unaligned().into()),
                Scalar::Unsigned(2) => Value::UInt(from.cast::<u16>().read_unaligned().into()),
                Scalar::Unsigned(4) => Value::UInt(from.cast::<u32>().read_unaligned().into()),
                Scalar::Unsigned(_) => Value::UInt(from.cast::<u64>().read_unaligned()),
                Scalar::Float => Value::Real(from.cast::<f32>().read_unaligned().into()),
                Scalar::Double => Value::Real(from.cast::<f64>().read_unaligned()),
                Scalar::Bool => Value::UInt(u64::from(from.cast::<c_int>().read_unaligned() != 0)),
            }
        }
    }

    /// Writes a value to `to` as its C type. `S_NULL_VALUE`: it is the one below NULL.
    ///
    /// # Safety
    /// `to` has room for a value of this C type; it need not be aligned.
    pub(crate) unsafe fn write(self, value: &Value, to: *mut c_void) -> Result<Code> {
        let bytes = value.shown().map_or(Some([0; 8]), |shown| self.bytes(shown)).ok_or_else(|| unfit(value))?;
        let shown = bytes.get(..self.size()).ok_or_else(|| unfit(value))?;
        // SAFETY: as the caller promises; exactly the size of the C type is written.
        unsafe { to.cast::<u8>().copy_from_nonoverlapping(shown.as_ptr(), shown.len()) }
        Ok(if value.is_null() { Code::S_NULL_VALUE } else { Code::S_OK })
    }

    /// The C value in the first bytes.
    fn bytes(self, value: &Value) -> Option<[u8; 8]> {
        let mut bytes = [0; 8];
        let mut put = |content: &[u8]| bytes.iter_mut().zip(content).for_each(|(to, from)| *to = *from);
        match (self, value) {
            (Scalar::Signed(1), Value::Int(n)) => put(&i8::try_from(*n).ok()?.to_ne_bytes()),
            (Scalar::Signed(2), Value::Int(n)) => put(&i16::try_from(*n).ok()?.to_ne_bytes()),
            (Scalar::Signed(4), Value::Int(n)) => put(&i32::try_from(*n).ok()?.to_ne_bytes()),
            (Scalar::Signed(_), Value::Int(n)) => put(&n.to_ne_bytes()),
            (Scalar::Unsigned(1), Value::UInt(n)) => put(&u8::try_from(*n).ok()?.to_ne_bytes()),
            (Scalar::Unsigned(2), Value::UInt(n)) => put(&u16::try_from(*n).ok()?.to_ne_bytes()),
            (Scalar::Unsigned(4), Value::UInt(n)) => put(&u32::try_from(*n).ok()?.to_ne_bytes()),
            (Scalar::Unsigned(_), Value::UInt(n)) => put(&n.to_ne_bytes()),
            // The store holds a float widened, so narrowing gives back what was put.
            #[allow(clippy::cast_possible_truncation)]
            (Scalar::Float, Value::Real(x)) => put(&(*x as f32).to_ne_bytes()),
            (Scalar::Double, Value::Real(x)) => put(&x.to_ne_bytes()),
            (Scalar::Bool, Value::UInt(n)) => put(&c_int::from(*n != 0).to_ne_bytes()),
            _ => return None,
        }
        Some(bytes)
    }
}

impl Text {
    /// Content of a field from `len` elements at `from`; whether something had to be cut off.
    ///
    /// # Safety
    /// `from` is NULL or points to `len` elements.
    pub(crate) unsafe fn read(self, from: *const c_void, len: usize) -> Result<(Value, bool)> {
        let kept = self.fixed.map_or(len, |n| n.min(len));
        // SAFETY: as the caller promises, `kept` is not more than `len`.
        let mut bytes = unsafe { self.elements(from, kept)? };
        if self.fixed.is_some() {
            let end = self.significant(&bytes);
            bytes.truncate(end);
        }
        Ok((Value::Bytes(bytes.into()), kept < len))
    }

    /// A key: as content, but never cut.
    ///
    /// # Safety
    /// `from` is NULL or points to `len` elements.
    pub(crate) unsafe fn key(self, from: *const c_void, len: usize) -> Result<Value> {
        // SAFETY: as the caller promises.
        let mut bytes = unsafe { self.elements(from, len)? };
        if self.fixed.is_some() {
            let end = self.significant(&bytes);
            bytes.truncate(end);
        }
        Ok(Value::Bytes(bytes.into()))
    }

    /// Copies content to a buffer of `size` elements; gives the elements copied. `S_OVERFLOW`: some did not fit; `S_NULL_VALUE`: they lie
    /// below NULL.
    ///
    /// # Safety
    /// `to` is NULL or has room for `size` elements.
    pub(crate) unsafe fn write(self, value: &Value, to: *mut c_void, size: usize) -> Result<(usize, Code)> {
        let bytes = self.bytes(value)?;
        if to.is_null() && size > 0 {
            return fail(Code::E_ILLEGAL_PARAM, "the buffer is NULL but its size is not 0");
        }
        let len = self.count(bytes);
        let copied = len.min(size);
        // Fixed kinds fill the buffer; a string has one NUL behind it where there is room.
        let filled = match self.fixed {
            Some(_) => size,
            None => size.min(copied + usize::from(self.terminated)),
        };
        let padded = bytes.iter().copied().chain(std::iter::repeat(0));
        if self.wide {
            let mut pairs = padded;
            for place in 0..filled {
                let pair = [pairs.next().unwrap_or(0), pairs.next().unwrap_or(0)];
                let character = if place < copied { u16::from_be_bytes(pair) } else { 0 };
                // SAFETY: `place` is below `size`, for which the caller promises room.
                unsafe { to.cast::<u16>().add(place).write_unaligned(character) }
            }
        } else {
            for (place, byte) in padded.take(filled).enumerate() {
                let byte = if place < copied { byte } else { 0 };
                // SAFETY: `place` is below `size`, for which the caller promises room.
                unsafe { to.cast::<u8>().add(place).write(byte) }
            }
        }
        Ok((
            copied,
            if value.is_null() {
                Code::S_NULL_VALUE
            } else if copied < len {
                Code::S_OVERFLOW
            } else {
                Code::S_OK
            },
        ))
    }

    /// Elements of a value.
    pub(crate) fn size(self, value: &Value) -> Result<usize> {
        Ok(self.count(self.bytes(value)?))
    }

    /// Bytes of a value, below NULL if need be.
    fn bytes(self, value: &Value) -> Result<&[u8]> {
        match value.shown() {
            Some(Value::Bytes(bytes)) => Ok(bytes),
            None => Ok(&[]),
            Some(_) => Err(unfit(value)),
        }
    }

    fn count(self, bytes: &[u8]) -> usize {
        if self.wide { bytes.len() / 2 } else { bytes.len() }
    }

    /// Elements of the field in `X_fixed`.
    pub(crate) fn fixed_len(self) -> usize {
        self.fixed.unwrap_or(0)
    }

    /// Bytes of these.
    pub(crate) fn fixed_size(self) -> usize {
        self.fixed_len() * if self.wide { 2 } else { 1 }
    }

    /// Whether get tells no length.
    pub(crate) fn has_fixed_length(self) -> bool {
        self.fixed.is_some()
    }

    unsafe fn elements(self, from: *const c_void, len: usize) -> Result<Vec<u8>> {
        if from.is_null() && len > 0 {
            return fail(Code::E_ILLEGAL_PARAM, "the text is NULL but its length is not 0");
        }
        if len == 0 {
            return Ok(Vec::new());
        }
        if len > TEXT_MAX {
            return fail(Code::E_ILLEGAL_PARAM, format!("{len} is more than a string holds, at most {TEXT_MAX}"));
        }
        // SAFETY: not NULL, and the caller promises `len` elements.
        unsafe {
            if self.wide {
                let characters = (0..len).map(|i| from.cast::<u16>().add(i).read_unaligned());
                return Ok(characters.flat_map(u16::to_be_bytes).collect());
            }
            Ok(std::slice::from_raw_parts(from.cast::<u8>(), len).to_vec())
        }
    }

    /// Bytes without the zeros at the end.
    fn significant(self, bytes: &[u8]) -> usize {
        let width = if self.wide { 2 } else { 1 };
        let zeros = bytes.rchunks(width).take_while(|element| element.iter().all(|byte| *byte == 0)).count();
        bytes.len() - zeros * width
    }
}

fn unfit(value: &Value) -> Error {
    Error { code: Code::E_CORE, text: format!("the stored value {value:?} does not fit the type of its field") }
}
