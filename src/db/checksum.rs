//! The checksum of a row: CRC-32, taken a word at a time, so that those of many rows are computed side by side.

use crate::base::Value;

/// From here on the general routine is faster.
const LONG: usize = 128;

/// What a byte does to the sum when 0 to 7 other bytes follow it in its word.
static TABLES: [[u32; 256]; 8] = tables();

/// A sum that is being taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::db) struct Checksum(u32);

impl Checksum {
    /// The sum of nothing.
    pub(in crate::db) fn new() -> Self {
        Checksum(u32::MAX)
    }

    /// With a number behind what it has.
    #[inline]
    pub(in crate::db) fn word(self, number: u64) -> Self {
        let bytes = (number ^ u64::from(self.0)).to_le_bytes();
        let sum = bytes.iter().zip(TABLES.iter().rev()).fold(0, |sum, (byte, table)| sum ^ entry(table, *byte));
        Checksum(sum)
    }

    /// With the content of a field behind what it has.
    pub(in crate::db) fn value(self, value: &Value) -> Self {
        match value {
            Value::Null(None) => self.bytes(&[0]),
            Value::Null(Some(below)) => self.bytes(&[1]).value(below),
            Value::Int(n) => self.word(n.cast_unsigned()),
            Value::UInt(n) => self.word(*n),
            Value::Real(x) => self.real(*x),
            Value::Bytes(bytes) => self.word(bytes.len() as u64).bytes(bytes),
        }
    }

    /// With a number behind what it has. All NaN are stored alike.
    #[inline]
    pub(in crate::db) fn real(self, number: f64) -> Self {
        self.word(if number.is_nan() { f64::NAN } else { number }.to_bits())
    }

    /// The sum as the table keeps it.
    pub(in crate::db) fn finish(self) -> u32 {
        !self.0
    }

    fn bytes(self, bytes: &[u8]) -> Self {
        if bytes.len() >= LONG {
            let mut sum = crc32fast::Hasher::new_with_initial(self.finish());
            sum.update(bytes);
            return Checksum(!sum.finalize());
        }
        let [first, ..] = &TABLES;
        let (words, rest) = bytes.as_chunks::<8>();
        let sum = words.iter().fold(self, |sum, word| sum.word(u64::from_le_bytes(*word)));
        Checksum(rest.iter().fold(sum.0, |sum, byte| {
            let [low, ..] = sum.to_le_bytes();
            (sum >> 8) ^ entry(first, low ^ byte)
        }))
    }
}

#[inline]
fn entry(table: &[u32; 256], byte: u8) -> u32 {
    table.get(usize::from(byte)).copied().unwrap_or_default()
}

#[allow(clippy::indexing_slicing, clippy::cast_possible_truncation)]
const fn tables() -> [[u32; 256]; 8] {
    let mut tables = [[0; 256]; 8];
    let mut at = 0;
    while at < 8 * 256 {
        let (table, byte) = (at / 256, at % 256);
        // One more zero byte, shifted through bit by bit.
        let mut sum = if table == 0 { byte as u32 } else { tables[table - 1][byte] };
        let mut bit = 0;
        while bit < 8 {
            sum = (sum >> 1) ^ if sum & 1 == 1 { 0xEDB8_8320 } else { 0 };
            bit += 1;
        }
        tables[table][byte] = sum;
        at += 1;
    }
    tables
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Random;

    #[test]
    fn it_is_the_crc_that_every_tool_computes() {
        let mut random = Random::seeded(1);
        for len in (0..40).chain([LONG - 1, LONG, LONG + 1, 1000]) {
            let bytes: Vec<u8> = (0..len).map(|_| random.below(256) as u8).collect();
            let number = random.below(u64::MAX);
            let all = [&number.to_le_bytes()[..], &bytes, &number.to_le_bytes()].concat();
            assert_eq!(Checksum::new().word(number).bytes(&bytes).word(number).finish(), crc32fast::hash(&all), "{len}");
        }
        assert_eq!(Checksum::new().bytes(b"123456789").finish(), 0xCBF4_3926);
    }
}
