//! One field's content, independent of schema, store and wire.

/// Content of a field or of a key.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// No value; inside is the one that shows again when NULL is taken away, which is never NULL itself. `None`: that of the field's type
    /// when nothing was put.
    Null(Option<Box<Value>>),
    /// Signed integers, enums and numerics (scaled).
    Int(i64),
    /// Unsigned integers, bool (0 or 1), date, time, datetime, autoid.
    UInt(u64),
    /// float (widened without loss) and double.
    Real(f64),
    /// char and string kinds and binaries, without padding; wide characters as UTF-16 big endian, so that bytes compare like characters.
    Bytes(Box<[u8]>),
}

/// Which of the variants of [`Value`] a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueKind {
    /// [`Value::Int`]
    Int,
    /// [`Value::UInt`]
    UInt,
    /// [`Value::Real`]
    Real,
    /// [`Value::Bytes`]
    Bytes,
}

impl Value {
    /// No value, and none below it.
    pub const NULL: Value = Value::Null(None);

    /// Whether it is no value.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null(_))
    }

    /// The value itself, below NULL if need be.
    pub fn shown(&self) -> Option<&Value> {
        if let Value::Null(below) = self { below.as_deref() } else { Some(self) }
    }

    /// Bytes that the value takes in a batch at most; used for limits.
    pub fn weight(&self) -> usize {
        match self {
            Value::Null(below) => 1 + below.as_ref().map_or(0, |below| below.weight()),
            Value::Int(_) | Value::UInt(_) | Value::Real(_) => 9,
            Value::Bytes(b) => b.len().saturating_add(5),
        }
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Value::Bytes(bytes.into())
    }
}
