//! Lists of row keys as they stand in the change log: runs of following numbers, as varints.

use crate::base::{Reader, Writer};
use crate::db::fault::{Inner, damaged};

/// Most keys in one record of the change log.
pub(in crate::db) const MAX_KEYS: usize = 4096;

/// Which row of a class: the local number of the epoch in which it was made, and its number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::db) struct Key {
    pub(in crate::db) epoch: u64,
    pub(in crate::db) oid: u64,
}

/// The keys, which must be sorted and different, as bytes.
pub(in crate::db) fn encode(keys: &[Key]) -> Vec<u8> {
    let mut out = Writer::new();
    let mut rest = keys.iter().copied().peekable();
    let (mut epoch, mut end) = (0, 0);
    while let Some(first) = rest.next() {
        let mut last = first.oid;
        while rest.next_if(|k| k.epoch == first.epoch && last.checked_add(1) == Some(k.oid)).is_some() {
            last += 1;
        }
        out.varint(first.epoch - epoch);
        out.varint(if first.epoch == epoch { first.oid - end } else { first.oid });
        out.varint(last - first.oid);
        (epoch, end) = (first.epoch, last);
    }
    out.bytes
}

/// The keys of such bytes.
pub(in crate::db) fn decode(bytes: &[u8]) -> Inner<Vec<Key>> {
    match read(bytes) {
        Some(keys) => Ok(keys),
        None => damaged("a record of the change log cannot be read"),
    }
}

fn read(bytes: &[u8]) -> Option<Vec<Key>> {
    let mut input = Reader::new(bytes);
    let mut keys = Vec::new();
    let (mut epoch, mut end) = (0_u64, 0_u64);
    while input.remaining() > 0 {
        let step = input.varint().ok()?;
        epoch = epoch.checked_add(step)?;
        let start = input.varint().ok()?;
        let first = if step == 0 { end.checked_add(start)? } else { start };
        let more = input.varint().ok()?;
        let room = MAX_KEYS.checked_sub(keys.len())?;
        if more >= room as u64 {
            return None;
        }
        end = first.checked_add(more)?;
        keys.extend((first..=end).map(|oid| Key { epoch, oid }));
    }
    Some(keys)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Random;

    fn key(epoch: u64, oid: u64) -> Key {
        Key { epoch, oid }
    }

    #[test]
    fn keys_come_back() {
        let mut random = Random::seeded(1);
        let mut samples =
            vec![vec![], vec![key(1, 5)], vec![key(1, 1), key(1, 2), key(1, 9), key(1 << 32, 0), key(1 << 32, u64::MAX)]];
        for _ in 0..200 {
            let mut keys: Vec<Key> = (0..random.below(300)).map(|_| key(random.below(4), random.below(500))).collect();
            keys.sort_unstable();
            keys.dedup();
            samples.push(keys);
        }
        for keys in samples {
            assert_eq!(decode(&encode(&keys)).unwrap(), keys);
        }
    }

    #[test]
    fn a_thousand_rows_made_one_after_another_take_a_few_bytes() {
        let keys: Vec<Key> = (1..=1000).map(|oid| key(1, 1_000_000 + oid)).collect();
        assert!(encode(&keys).len() <= 8);
    }

    #[test]
    fn a_record_of_more_keys_than_allowed_is_refused() {
        let keys: Vec<Key> = (0..=MAX_KEYS as u64).map(|oid| key(1, oid)).collect();
        assert!(decode(&encode(&keys)).is_err());
        assert!(decode(&encode(keys.get(1..).unwrap())).is_ok());
        assert!(decode(&[1]).is_err());
    }
}
