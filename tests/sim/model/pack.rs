//! Change sets and parcels as bytes.

use mcoiot::base::ChangeSet;
use mcoiot::wire::{Parcel, parcel, rows};

/// All nodes of a world have the same schema.
pub const SCHEMA: u64 = 1;

pub fn pack(set: &ChangeSet) -> Parcel {
    Parcel { schema: SCHEMA, body: rows::encode(set).expect("a good set can be encoded") }
}

pub fn unpack(parcel: &Parcel) -> Option<ChangeSet> {
    rows::decode(&parcel.body).ok()
}

pub fn join(parcels: &[Parcel]) -> Vec<u8> {
    parcel::encode(parcels)
}

pub fn split(body: &[u8]) -> Option<Vec<Parcel>> {
    parcel::decode(body).ok()
}
