//! What an oid is made of: the members of the declared struct one after another, without padding.

use super::dictionary::{Dictionary, FieldType};

/// Most bytes of an oid: it is a key of the database.
pub(super) const MAX_BYTES: u16 = 1024;

/// A member of an oid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OidPart {
    /// Bytes of one number or character, as C has it.
    pub width: u16,
    /// How many of these.
    pub count: u16,
}

impl OidPart {
    /// What a member of this type is in an oid; `None` for types that cannot be part of one.
    pub(super) fn of(kind: FieldType) -> Option<OidPart> {
        let (width, count) = match kind {
            FieldType::Signed(bytes) | FieldType::Unsigned(bytes) => (bytes.into(), 1),
            // A C enum is an int.
            FieldType::Float | FieldType::Bool | FieldType::Date | FieldType::Time | FieldType::Enum(_) => (4, 1),
            FieldType::Double | FieldType::DateTime | FieldType::AutoId(_) => (8, 1),
            FieldType::Numeric { width: ..=2, .. } => (1, 1),
            FieldType::Numeric { width: 3..=4, .. } => (2, 1),
            FieldType::Numeric { width: 5..=9, .. } => (4, 1),
            FieldType::Numeric { .. } => (8, 1),
            FieldType::Char(n) | FieldType::Binary(n) => (1, n),
            FieldType::NChar(n) => (2, n),
            _ => return None,
        };
        Some(OidPart { width, count })
    }

    /// Bytes of all of them.
    pub fn bytes(self) -> u32 {
        u32::from(self.width).saturating_mul(self.count.into())
    }
}

/// Where each part lies in the C struct, which has every member at a multiple of its size.
pub fn places_in_c(parts: &[OidPart]) -> impl Iterator<Item = (u32, OidPart)> {
    parts.iter().scan(0_u32, |end, part| {
        let at = end.next_multiple_of(part.width.max(1).into());
        *end = at.saturating_add(part.bytes());
        Some((at, *part))
    })
}

/// Bytes of the C struct.
pub fn size_in_c(parts: &[OidPart]) -> u32 {
    let end = places_in_c(parts).last().map_or(0, |(at, part)| at.saturating_add(part.bytes()));
    end.next_multiple_of(parts.iter().map(|part| part.width).max().unwrap_or(1).max(1).into())
}

impl Dictionary {
    /// What an oid of this schema is made of; nothing without `declare oid`.
    pub fn oid_parts(&self) -> Vec<OidPart> {
        let found = self.oid.and_then(|number| self.structs.get(usize::from(number)));
        found.into_iter().flat_map(|found| found.declared()).filter_map(|(_, field)| OidPart::of(field.kind)).collect()
    }
}
