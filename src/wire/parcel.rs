//! The body of a batch: parcels, each the bytes that its origin has made, passed on unchanged.

use super::rows::{self, Room};
use super::{Batch, MAX_FRAME};
use crate::base::{ChangeSet, Malformed, Reader, Writer};

/// Most parcels in a batch.
pub const MAX_PARCELS: usize = 1 << 14;

/// Rows of one origin in the layout of its schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parcel {
    /// Hash of the canonical schema text that class codes and fields are numbered by.
    pub schema: u64,
    /// A change set as [`super::rows::encode`] writes it.
    pub body: Vec<u8>,
}

/// Bytes of `parcels` for [`Batch::body`]. What a peer takes is less than what can be written here: all parcels of a batch together have to be
/// within the limits of `rows`, and their bytes within those of a batch.
pub fn encode(parcels: &[Parcel]) -> Vec<u8> {
    let mut w = Writer { bytes: Vec::with_capacity(parcels.iter().map(|p| p.body.len() + 16).sum()) };
    w.count(parcels.len());
    for parcel in parcels {
        w.u64(parcel.schema);
        w.bytes(&parcel.body);
    }
    w.bytes
}

/// Reads what [`encode`] has written, without looking into the parcels. Any bytes may come in.
pub fn decode(body: &[u8]) -> Result<Vec<Parcel>, Malformed> {
    let mut r = Reader::new(body);
    let mut parcels = Vec::new();
    for _ in 0..r.count(MAX_PARCELS)? {
        parcels.push(Parcel { schema: r.u64()?, body: r.bytes(MAX_FRAME as usize)?.to_vec() });
    }
    r.finish()?;
    Ok(parcels)
}

/// The parcels of a whole batch and what they stand for; its positions are filled in, its number of rows is checked.
pub fn open(batch: &Batch) -> Result<Vec<(Parcel, ChangeSet)>, Malformed> {
    let mut room = Room::default();
    let mut rows = 0;
    let mut opened = Vec::new();
    for parcel in decode(&batch.body)? {
        let set = ChangeSet { after: batch.after, up_to: batch.up_to, ..rows::decode_into(&parcel.body, &mut room)? };
        rows += set.changes.len();
        opened.push((parcel, set));
    }
    if u32::try_from(rows) == Ok(batch.rows) { Ok(opened) } else { Err(Malformed) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{AgentId, Change, DbId, EpochId, EpochInfo, Group, Identity, Position, State, Timestamp, Value};
    use crate::wire::rows::MAX_ROWS;

    fn position(ts: u64) -> Position {
        Position { ts: Timestamp(ts), epoch: EpochId(7) }
    }

    fn parcel(schema: u64, rows: usize) -> Parcel {
        let declared = EpochInfo {
            id: EpochId(7),
            agent: AgentId(1000),
            db: DbId(1),
            first: Timestamp(1),
            last: Timestamp(9),
            before: EpochId(0),
            left: Timestamp(0),
            generation: 0,
        };
        let row = |n: usize| Change {
            class: 1,
            id: Identity::new(EpochId(7), n as u64),
            ts: Timestamp(1),
            epoch: EpochId(7),
            agent: AgentId(1000),
            state: State::Row(vec![Value::UInt(5)]),
        };
        let set = ChangeSet { epochs: vec![declared], changes: (0..rows).map(row).collect(), ..ChangeSet::default() };
        Parcel { schema, body: rows::encode(&set).expect("within the limits") }
    }

    fn batch(parcels: &[Parcel], rows: usize) -> Batch {
        Batch {
            seq: 1,
            group: Group::USUAL,
            flags: 0,
            after: position(4),
            up_to: position(9),
            as_of: Position::default(),
            rows: rows as u32,
            body: encode(parcels),
        }
    }

    #[test]
    fn parcels_come_back_as_they_are_and_nothing_else_is_read() {
        for parcels in
            [vec![], vec![parcel(1, 0)], vec![parcel(u64::MAX, 3), parcel(2, 1), Parcel { schema: 3, body: vec![9; 200] }]]
        {
            let body = encode(&parcels);
            assert_eq!(decode(&body), Ok(parcels));
            for len in 0..body.len() {
                assert_eq!(decode(&body[..len]), Err(Malformed), "cut to {len} of {}", body.len());
            }
            assert_eq!(decode(&[&body[..], &[0]].concat()), Err(Malformed));
        }
        let many = |n: usize| decode(&encode(&vec![Parcel { schema: 0, body: vec![] }; n])).map(|parcels| parcels.len());
        assert_eq!(many(MAX_PARCELS), Ok(MAX_PARCELS));
        assert_eq!(many(MAX_PARCELS + 1), Err(Malformed));
    }

    #[test]
    fn a_batch_is_opened_with_its_positions_and_only_if_its_count_is_right() {
        let parcels = [parcel(1, 2), parcel(2, 3)];
        let opened = open(&batch(&parcels, 5)).expect("good");
        assert_eq!(opened.iter().map(|(parcel, _)| parcel).collect::<Vec<_>>(), parcels.iter().collect::<Vec<_>>());
        let sets: Vec<_> = opened.iter().map(|(_, set)| (set.after, set.up_to, set.changes.len())).collect();
        assert_eq!(sets, [(position(4), position(9), 2), (position(4), position(9), 3)]);
        assert!(open(&batch(&parcels, 4)).is_err());
        assert!(open(&batch(&[Parcel { schema: 1, body: vec![1] }], 0)).is_err(), "a parcel that cannot be read");
    }

    #[test]
    fn the_limits_are_of_all_parcels_together() {
        let half = parcel(1, MAX_ROWS / 2);
        assert!(open(&batch(&[half.clone(), half.clone()], MAX_ROWS)).is_ok());
        assert!(open(&batch(&[half.clone(), half, parcel(1, 1)], MAX_ROWS + 1)).is_err());
    }
}
