//! Columns of whole numbers: as they are or as differences, in runs of one value, packed bits or varints, whichever is shorter.

use crate::base::{Malformed, Reader, Writer};

/// Shorter runs cost more as a run than among their neighbours.
const RUN_MIN: usize = 8;
/// Numbers that share one width of packed bits at most.
const BLOCK: usize = 64;

const PLAIN: u8 = 0;
const DIFFERENCES: u8 = 1;

const RUN: u64 = 0;
const VARINTS: u64 = 1;
const PACKED: u64 = 2;

/// Appends `values`; signed numbers come as their bits (`cast_unsigned`). How many they are is not written.
pub(super) fn write(w: &mut Writer, values: &[u64]) {
    if let [value] = values {
        return w.zigzag(value.cast_signed());
    }
    let plain = pieces(PLAIN, values.iter().map(|v| fold(*v)).collect());
    let mut before = 0u64;
    let differences = values.iter().map(|v| fold(v.wrapping_sub(std::mem::replace(&mut before, *v)))).collect();
    let differences = pieces(DIFFERENCES, differences);
    w.raw(if plain.len() <= differences.len() { &plain } else { &differences });
}

/// Reads `n` numbers; the caller bounds `n`, as few bytes can stand for many equal numbers.
pub(super) fn read(r: &mut Reader<'_>, n: usize) -> Result<Vec<u64>, Malformed> {
    if n == 1 {
        return Ok(vec![r.zigzag()?.cast_unsigned()]);
    }
    let mut values = Vec::with_capacity(n);
    if n == 0 {
        return Ok(values);
    }
    let mode = r.u8()?;
    while values.len() < n {
        read_piece(r, n - values.len(), &mut values)?;
    }
    match mode {
        PLAIN => {}
        DIFFERENCES => {
            let mut sum = 0u64;
            for value in &mut values {
                sum = sum.wrapping_add(*value);
                *value = sum;
            }
        }
        _ => return Err(Malformed),
    }
    Ok(values)
}

/// Small magnitudes of both signs to small numbers.
fn fold(value: u64) -> u64 {
    let value = value.cast_signed();
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

fn unfold(folded: u64) -> u64 {
    (folded >> 1) ^ (folded & 1).wrapping_neg()
}

fn pieces(mode: u8, folded: Vec<u64>) -> Vec<u8> {
    let mut w = Writer::new();
    if folded.is_empty() {
        return w.bytes;
    }
    w.u8(mode);
    let mut rest = folded.as_slice();
    while let Some(first) = rest.first() {
        let run = run_length(rest);
        if run >= RUN_MIN || run == rest.len() {
            head(&mut w, RUN, run);
            w.varint(*first);
            rest = rest.split_at(run).1;
            continue;
        }
        let mut len = run;
        while len < BLOCK.min(rest.len()) {
            let next = run_length(rest.split_at(len).1);
            if next >= RUN_MIN {
                break;
            }
            len += next;
        }
        let (block, behind) = rest.split_at(len.min(BLOCK));
        write_block(&mut w, block);
        rest = behind;
    }
    w.bytes
}

/// How many numbers at the front are equal.
fn run_length(values: &[u64]) -> usize {
    values.iter().take_while(|v| Some(*v) == values.first()).count()
}

fn write_block(w: &mut Writer, block: &[u64]) {
    let all = block.iter().fold(0, |all, v| all | v);
    let width = (64 - all.leading_zeros()).max(1);
    let packed_len = 1 + packed_len(block.len(), width);
    let varints_len: usize = block.iter().map(|v| ((70 - (v | 1).leading_zeros()) / 7) as usize).sum();
    if varints_len <= packed_len {
        head(w, VARINTS, block.len());
        block.iter().for_each(|v| w.varint(*v));
        return;
    }
    head(w, PACKED, block.len());
    w.u8(width as u8);
    let (mut bits, mut held) = (0u128, 0u32);
    for value in block {
        bits |= u128::from(*value) << held;
        held += width;
        while held >= 8 {
            w.u8((bits & 0xFF) as u8);
            bits >>= 8;
            held -= 8;
        }
    }
    if held > 0 {
        w.u8((bits & 0xFF) as u8);
    }
}

fn head(w: &mut Writer, kind: u64, count: usize) {
    w.varint((count as u64) << 2 | kind);
}

fn packed_len(count: usize, width: u32) -> usize {
    (count * width as usize).div_ceil(8)
}

fn read_piece(r: &mut Reader<'_>, room: usize, values: &mut Vec<u64>) -> Result<(), Malformed> {
    let head = r.varint()?;
    let count = usize::try_from(head >> 2).map_err(|_| Malformed)?;
    if count == 0 || count > room {
        return Err(Malformed);
    }
    match head & 3 {
        RUN => {
            let value = unfold(r.varint()?);
            values.resize(values.len() + count, value);
        }
        VARINTS => {
            for _ in 0..count {
                values.push(unfold(r.varint()?));
            }
        }
        PACKED => read_packed(r, count, values)?,
        _ => return Err(Malformed),
    }
    Ok(())
}

fn read_packed(r: &mut Reader<'_>, count: usize, values: &mut Vec<u64>) -> Result<(), Malformed> {
    let width = u32::from(r.u8()?);
    if count > BLOCK || !(1..=64).contains(&width) {
        return Err(Malformed);
    }
    let mask = u64::MAX >> (64 - width);
    let (mut bits, mut held, mut left) = (0u128, 0u32, count);
    for byte in r.take(packed_len(count, width))? {
        bits |= u128::from(*byte) << held;
        held += 8;
        // A narrow width gives several numbers from one byte.
        while held >= width && left > 0 {
            values.push(unfold((bits as u64) & mask));
            bits >>= width;
            held -= width;
            left -= 1;
        }
    }
    if bits == 0 { Ok(()) } else { Err(Malformed) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Random;

    fn written(values: &[u64]) -> Vec<u8> {
        let mut w = Writer::new();
        write(&mut w, values);
        w.bytes
    }

    fn assert_comes_back(values: &[u64]) {
        let bytes = written(values);
        let mut r = Reader::new(&bytes);
        assert_eq!(read(&mut r, values.len()).as_deref(), Ok(values));
        assert_eq!(r.finish(), Ok(()));
        for len in 0..bytes.len().min(200) {
            let cut = read(&mut Reader::new(&bytes[..len]), values.len());
            assert_eq!(cut, Err(Malformed), "cut to {len} of {}", bytes.len());
        }
    }

    type Shape = Box<dyn Fn(&mut Random, u64) -> u64>;

    #[test]
    fn numbers_of_every_shape_come_back() {
        let mut random = Random::seeded(3);
        assert_comes_back(&[]);
        for n in 1..200usize {
            let shapes: [Shape; 8] = [
                Box::new(|_, _| 7),
                Box::new(|_, i| 1_000_000 + 3600 * i),
                Box::new(|_, i| i / 24),
                Box::new(|r, _| r.any()),
                Box::new(|r, i| r.below(9).wrapping_sub(i)),
                Box::new(|r, _| r.any() >> r.below(64)),
                Box::new(|r, _| r.below(2)),
                Box::new(|r, i| if i % 50 < 20 { 0 } else { r.below(3) }),
            ];
            for shape in shapes {
                let values: Vec<u64> = (0..n as u64).map(|i| shape(&mut random, i)).collect();
                assert_comes_back(&values);
            }
        }
    }

    #[test]
    fn regular_numbers_cost_next_to_nothing() {
        let hourly: Vec<u64> = (0..8759u64).map(|i| 1_262_304_000_000 + 3_600_000 * i).collect();
        assert!(written(&hourly).len() <= 20, "{}", written(&hourly).len());
        assert!(written(&[5; 10_000]).len() <= 6);
        let three_bits: Vec<u64> = (0..640u64).map(|i| (i * 5 + i / 3) % 4).collect();
        assert!(written(&three_bits).len() <= 640 * 3 / 8 + 10 * 3 + 1);
    }

    #[test]
    fn runs_longer_than_the_column_are_malformed() {
        let mut w = Writer::new();
        w.u8(PLAIN);
        head(&mut w, RUN, 11);
        w.varint(0);
        assert_eq!(read(&mut Reader::new(&w.bytes), 10), Err(Malformed));
        assert_eq!(read(&mut Reader::new(&w.bytes), 11), Ok(vec![0; 11]));
        for bad in
            [&[PLAIN, 0, 0][..], &[2, 11 << 2, 0], &[PLAIN, 11 << 2 | 3, 0], &[PLAIN, 11 << 2 | 2, 0], &[PLAIN, 11 << 2 | 2, 65]]
        {
            assert_eq!(read(&mut Reader::new(bad), 11), Err(Malformed), "{bad:?}");
        }
    }
}
