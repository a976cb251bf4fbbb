//! Checked reading and writing of bytes. Nothing here panics on any input.

/// Input ended early, a number was too long, or a length was over its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// Longest encoding of a 64-bit varint.
const VARINT_MAX: usize = 10;

/// Reads from a byte slice, front to back.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads `bytes` from the start.
    pub fn new(bytes: &'a [u8]) -> Self {
        Reader { rest: bytes }
    }

    /// Bytes not read yet.
    pub fn remaining(&self) -> usize {
        self.rest.len()
    }

    /// Succeeds when everything has been read.
    pub fn finish(self) -> Result<(), Malformed> {
        if self.rest.is_empty() { Ok(()) } else { Err(Malformed) }
    }

    /// The next `n` bytes.
    pub fn take(&mut self, n: usize) -> Result<&'a [u8], Malformed> {
        let (head, tail) = self.rest.split_at_checked(n).ok_or(Malformed)?;
        self.rest = tail;
        Ok(head)
    }

    /// One byte.
    pub fn u8(&mut self) -> Result<u8, Malformed> {
        let (&head, tail) = self.rest.split_first().ok_or(Malformed)?;
        self.rest = tail;
        Ok(head)
    }

    /// Two bytes, little endian.
    pub fn u16(&mut self) -> Result<u16, Malformed> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    /// Four bytes, little endian.
    pub fn u32(&mut self) -> Result<u32, Malformed> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    /// Eight bytes, little endian.
    pub fn u64(&mut self) -> Result<u64, Malformed> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// An unsigned number, seven bits a byte, lowest first; exactly one encoding of each number is accepted.
    pub fn varint(&mut self) -> Result<u64, Malformed> {
        let mut value = 0u64;
        for i in 0..VARINT_MAX {
            let byte = self.u8()?;
            let bits = u64::from(byte & 0x7F);
            let shift = 7 * u32::try_from(i).unwrap_or(u32::MAX);
            if shift == 63 && bits > 1 {
                return Err(Malformed);
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return if byte == 0 && i > 0 { Err(Malformed) } else { Ok(value) };
            }
        }
        Err(Malformed)
    }

    /// A signed number, small magnitudes short (zigzag).
    pub fn zigzag(&mut self) -> Result<i64, Malformed> {
        let n = self.varint()?;
        Ok((n >> 1).cast_signed() ^ -(n & 1).cast_signed())
    }

    /// A count that may be at most `limit`.
    pub fn count(&mut self, limit: usize) -> Result<usize, Malformed> {
        let n = usize::try_from(self.varint()?).map_err(|_| Malformed)?;
        if n <= limit { Ok(n) } else { Err(Malformed) }
    }

    /// Length-prefixed bytes, at most `limit` of them.
    pub fn bytes(&mut self, limit: usize) -> Result<&'a [u8], Malformed> {
        let n = self.count(limit)?;
        self.take(n)
    }

    /// Length-prefixed UTF-8, at most `limit` bytes.
    pub fn text(&mut self, limit: usize) -> Result<&'a str, Malformed> {
        std::str::from_utf8(self.bytes(limit)?).map_err(|_| Malformed)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (head, tail) = self.rest.split_first_chunk::<N>().ok_or(Malformed)?;
        self.rest = tail;
        Ok(*head)
    }
}

/// Appends to a byte vector; the counterpart of [`Reader`].
#[derive(Clone, Debug, Default)]
pub struct Writer {
    /// What has been written so far.
    pub bytes: Vec<u8>,
}

impl Writer {
    /// An empty writer.
    pub fn new() -> Self {
        Writer::default()
    }

    /// One byte.
    pub fn u8(&mut self, value: u8) {
        self.bytes.push(value);
    }

    /// Two bytes, little endian.
    pub fn u16(&mut self, value: u16) {
        self.raw(&value.to_le_bytes());
    }

    /// Four bytes, little endian.
    pub fn u32(&mut self, value: u32) {
        self.raw(&value.to_le_bytes());
    }

    /// Eight bytes, little endian.
    pub fn u64(&mut self, value: u64) {
        self.raw(&value.to_le_bytes());
    }

    /// See [`Reader::varint`].
    pub fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push((value & 0x7F) as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }

    /// See [`Reader::zigzag`].
    pub fn zigzag(&mut self, value: i64) {
        self.varint(((value << 1) ^ (value >> 63)).cast_unsigned());
    }

    /// A count, as a varint.
    pub fn count(&mut self, value: usize) {
        self.varint(value as u64);
    }

    /// Length-prefixed bytes.
    pub fn bytes(&mut self, value: &[u8]) {
        self.count(value.len());
        self.raw(value);
    }

    /// Length-prefixed UTF-8.
    pub fn text(&mut self, value: &str) {
        self.bytes(value.as_bytes());
    }

    /// Bytes as they are.
    pub fn raw(&mut self, value: &[u8]) {
        self.bytes.extend_from_slice(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back() {
        let samples = [0, 1, 127, 128, 16383, 16384, u64::from(u32::MAX), u64::MAX - 1, u64::MAX];
        for n in samples {
            let mut w = Writer::new();
            w.varint(n);
            w.zigzag(n.cast_signed());
            w.u64(n);
            let mut r = Reader::new(&w.bytes);
            assert_eq!((r.varint(), r.zigzag(), r.u64()), (Ok(n), Ok(n.cast_signed()), Ok(n)));
            assert_eq!(r.finish(), Ok(()));
        }
    }

    #[test]
    fn a_number_has_one_encoding_and_a_limit() {
        for bad in [&[0x80, 0x00][..], &[0x80], &[0xFF; 11], &[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02]] {
            assert_eq!(Reader::new(bad).varint(), Err(Malformed), "{bad:?}");
        }
        assert_eq!(Reader::new(&[5, 1, 2, 3, 4, 5]).bytes(4), Err(Malformed));
        assert_eq!(Reader::new(&[5, 1, 2]).bytes(9), Err(Malformed));
    }
}
