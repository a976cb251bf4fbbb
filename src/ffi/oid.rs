//! Oids: the C struct of the schema, the same members without padding (`mcodyn.h`), and the bytes that the database keeps, which are
//! big endian so that their order is that of the numbers.

use crate::base::{Code, Result, Value, fail};
use crate::schema::{Dictionary, OidPart, places_in_c, size_in_c};
use std::ffi::c_void;

/// What the oids of a schema are made of.
pub(crate) struct Oid {
    parts: Vec<OidPart>,
}

impl Oid {
    /// `E_ILLEGAL_PARAM` for a schema without.
    pub(crate) fn of(dictionary: &Dictionary) -> Result<Oid> {
        let parts = dictionary.oid_parts();
        if parts.is_empty() { fail(Code::E_ILLEGAL_PARAM, "the schema has no 'declare oid'") } else { Ok(Oid { parts }) }
    }

    /// Bytes of the C struct.
    pub(crate) fn size_in_c(&self) -> usize {
        size_in_c(&self.parts) as usize
    }

    /// Reads the C struct at `from`.
    ///
    /// # Safety
    /// `from` points to such a struct; it need not be aligned.
    pub(crate) unsafe fn read(&self, from: *const c_void) -> Value {
        let mut bytes = Vec::new();
        for (at, part) in places_in_c(&self.parts) {
            // SAFETY: the part lies in the struct.
            bytes.extend_from_slice(unsafe {
                std::slice::from_raw_parts(from.byte_add(at as usize).cast(), part.bytes() as usize)
            });
        }
        Value::Bytes(self.turned(&bytes))
    }

    /// Writes an oid to `to` as the C struct. `S_NULL_VALUE`: it is the one below NULL.
    ///
    /// # Safety
    /// `to` has room for such a struct; it need not be aligned.
    pub(crate) unsafe fn write(&self, value: &Value, to: *mut c_void) -> Code {
        let bytes = self.shown(value);
        let mut rest: &[u8] = &bytes;
        // SAFETY: as the caller promises; every part lies in the struct.
        unsafe {
            to.cast::<u8>().write_bytes(0, self.size_in_c());
            for (at, part) in places_in_c(&self.parts) {
                let (content, behind) = rest.split_at_checked(part.bytes() as usize).unwrap_or_default();
                to.byte_add(at as usize).cast::<u8>().copy_from_nonoverlapping(content.as_ptr(), content.len());
                rest = behind;
            }
        }
        if value.is_null() { Code::S_NULL_VALUE } else { Code::S_OK }
    }

    /// An oid of members without padding; `None` for another number of bytes.
    pub(crate) fn given(&self, bytes: &[u8]) -> Option<Value> {
        (bytes.len() == self.size()).then(|| Value::Bytes(self.turned(bytes)))
    }

    /// The members without padding.
    pub(crate) fn shown(&self, value: &Value) -> Box<[u8]> {
        let kept = if let Some(Value::Bytes(bytes)) = value.shown() { &**bytes } else { &[] };
        let full: Vec<u8> = kept.iter().copied().chain(std::iter::repeat(0)).take(self.size()).collect();
        self.turned(&full)
    }

    fn size(&self) -> usize {
        self.parts.iter().map(|part| part.bytes() as usize).sum()
    }

    /// Every number from the byte order of the machine to that of the database, or back.
    fn turned(&self, bytes: &[u8]) -> Box<[u8]> {
        let mut bytes: Box<[u8]> = bytes.into();
        if cfg!(target_endian = "little") {
            let mut rest = &mut bytes[..];
            for part in &self.parts {
                let (content, behind) = rest.split_at_mut_checked(part.bytes() as usize).unwrap_or_default();
                content.chunks_mut(part.width.max(1).into()).for_each(<[u8]>::reverse);
                rest = behind;
            }
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ffi::convert;
    use crate::schema::compile_text;

    #[test]
    fn the_three_forms_of_an_oid_hold_the_same() {
        #[repr(C)]
        struct Id {
            a: u8,
            b: u32,
            c: [u8; 3],
            d: u16,
            e: [u16; 2],
            f: u64,
        }
        let text = "declare database d; declare oid Id[1]; \
                    struct Id { unsigned<1> a; unsigned<4> b; char<3> c; unsigned<2> d; nchar<2> e; unsigned<8> f; };";
        let oid = Oid::of(&compile_text(text).unwrap()).unwrap();
        assert_eq!((oid.size_in_c(), oid.size()), (size_of::<Id>(), 22));
        let id = Id { a: 1, b: 0x0203_0405, c: *b"xyz", d: 0x0607, e: [0x0809, 0x0A0B], f: 0x0C0D };
        // SAFETY: it is the struct of the schema.
        let value = unsafe { oid.read((&raw const id).cast()) };
        let stored = *b"\x01\x02\x03\x04\x05xyz\x06\x07\x08\x09\x0A\x0B\0\0\0\0\0\0\x0C\x0D";
        assert_eq!(value, Value::from(&stored[..]));
        let shown = oid.shown(&value);
        assert_eq!(shown.get(1..5), Some(&id.b.to_ne_bytes()[..]));
        assert_eq!(oid.given(&shown), Some(value.clone()));
        assert_eq!(oid.given(&shown[1..]), None);
        let mut back = Id { a: 9, b: 9, c: [9; 3], d: 9, e: [9; 2], f: 9 };
        // SAFETY: as above.
        assert_eq!(unsafe { oid.write(&value, (&raw mut back).cast()) }, Code::S_OK);
        assert_eq!((back.a, back.b, back.c, back.d, back.e, back.f), (id.a, id.b, id.c, id.d, id.e, id.f));
        // Zeros at the end are not kept.
        // SAFETY: as above.
        unsafe { oid.write(&Value::from(&stored[..5]), (&raw mut back).cast()) };
        assert_eq!((back.a, back.b, back.c, back.d, back.e, back.f), (id.a, id.b, [0; 3], 0, [0; 2], 0));
    }

    #[test]
    fn members_have_the_size_of_their_c_type() {
        let text = "declare database d; declare oid S[1]; enum { A } E; struct S { signed<1> a; unsigned<2> b; signed<4> c; unsigned<8> d; \
                    float e; double f; bool g; date h; time i; datetime j; autoid_t k; E l; numeric<2,0> m; numeric<4,0> n; \
                    numeric<9,0> o; numeric<18,0> p; };";
        let dictionary = compile_text(text).unwrap();
        let parts = dictionary.oid_parts();
        assert_eq!(parts.len(), 16);
        for (part, field) in parts.iter().zip(&dictionary.structs[0].fields) {
            assert_eq!(part.bytes() as usize, convert::scalar(field.kind).unwrap().size(), "{}", field.name);
        }
    }
}
