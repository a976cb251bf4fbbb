//! Keys of the change log that have a later one and stay nevertheless, for readers that may be on their way.

use crate::base::Group;
use crate::db::Connection;
use crate::db::fault::Inner;
use crate::db::keys::Key;
use crate::db::layout::{Stamp, unsigned};
use crate::db::log::Stream;
use std::collections::{BTreeSet, HashMap};

/// Most keys of one row besides the first and the newest.
pub(in crate::db) const MAX_KEPT: usize = 16;

/// Up to where each stream may have been handed out: some reader may stand at any position before that.
#[derive(Debug, Default)]
pub(in crate::db) struct Sent {
    /// For streams that nobody has read since the database was opened.
    opened: u64,
    streams: HashMap<(Stream, Group), u64>,
}

impl Sent {
    /// A database that was opened at this timestamp. What was read before is not known any more.
    pub(in crate::db) fn new(opened: u64) -> Self {
        Sent { opened, streams: HashMap::new() }
    }

    /// A stream is read from a snapshot that ends at `ts`.
    pub(in crate::db) fn raise(&mut self, stream: Stream, group: Group, ts: u64) {
        let sent = self.streams.entry((stream, group)).or_insert(self.opened);
        *sent = ts.max(*sent);
    }

    fn until(&self, stream: Stream, group: Group) -> u64 {
        self.streams.get(&(stream, group)).copied().unwrap_or(self.opened)
    }
}

impl Connection {
    /// The stamp of a row that changes again in the same stream. Of its older keys those stay that a reader may meet
    /// next: a range that a reader has must hold the row as it was at its end, or newer.
    pub(in crate::db) fn restamp(
        &mut self,
        stream: Stream,
        old: Stamp,
        epoch: u64,
        now: u64,
        class: u16,
        key: Key,
    ) -> Inner<Stamp> {
        let fresh = Stamp { ts: now, epoch, first: now };
        let clock = self.in_transaction()?.state.clock;
        if old.ts > clock {
            // Changed before in this transaction: the log gets the last timestamp only.
            return Ok(if old.first <= clock { Stamp { first: old.first, ..fresh } } else { fresh });
        }
        let group = self.in_transaction()?.state.groups.of(class);
        let acked = self.acked(stream, group)?;
        let sent = self.database.sent.lock().until(stream, group);
        let keys = self.keys_of(old, key)?;
        let mut stay = Vec::with_capacity(keys.len());
        let mut beyond = false;
        for ts in &keys {
            let wanted = if *ts > sent { !std::mem::replace(&mut beyond, true) } else { *ts > acked };
            if wanted {
                stay.push(*ts);
            }
        }
        while stay.len() > MAX_KEPT + 1 {
            stay.remove(1);
        }
        for ts in keys.iter().filter(|ts| !stay.contains(ts)) {
            self.in_transaction()?.touched.drop_key(stream, *ts, class, key);
        }
        self.put_kept(key, &keys, stay.get(1..).unwrap_or_default())?;
        Ok(Stamp { first: stay.first().copied().unwrap_or(now), ..fresh })
    }

    /// The row leaves the stream: its keys are taken out. `told`: readers that meet them learn that it is gone.
    pub(in crate::db) fn retire(&mut self, stream: Stream, stamp: Stamp, class: u16, key: Key, told: bool) -> Inner<()> {
        let clock = self.in_transaction()?.state.clock;
        let keys = self.keys_of(stamp, key)?;
        self.put_kept(key, &keys, &[])?;
        let group = self.in_transaction()?.state.groups.of(class);
        let acked = if told { self.acked(stream, group)? } else { u64::MAX };
        let touched = &mut self.in_transaction()?.touched;
        for ts in keys.into_iter().filter(|ts| *ts <= clock) {
            if ts > acked {
                touched.turn_key(stream, ts, class, key);
            } else {
                touched.drop_key(stream, ts, class, key);
            }
        }
        Ok(())
    }

    /// The row is gone and its records with it.
    pub(in crate::db) fn forget_kept(&mut self, stamp: Stamp, key: Key) -> Inner<()> {
        if stamp.first != stamp.ts {
            self.engine
                .prepare_cached("DELETE FROM _mco_kept WHERE epoch = ?1 AND oid = ?2")?
                .execute([key.epoch.cast_signed(), key.oid.cast_signed()])?;
        }
        Ok(())
    }

    /// All keys that the log has of a row, in order.
    fn keys_of(&self, stamp: Stamp, key: Key) -> Inner<BTreeSet<u64>> {
        let mut keys = BTreeSet::from([stamp.first, stamp.ts]);
        if stamp.first == stamp.ts {
            return Ok(keys);
        }
        let mut statement = self.engine.prepare_cached("SELECT ts FROM _mco_kept WHERE epoch = ?1 AND oid = ?2")?;
        let mut rows = statement.query([key.epoch.cast_signed(), key.oid.cast_signed()])?;
        while let Some(row) = rows.next()? {
            keys.insert(unsigned(row.get(0)?)?);
        }
        Ok(keys)
    }

    /// Makes `stay` what is kept of a row that had `keys`.
    fn put_kept(&mut self, key: Key, keys: &BTreeSet<u64>, stay: &[u64]) -> Inner<()> {
        let whose = [key.epoch.cast_signed(), key.oid.cast_signed()];
        if keys.len() > 1 {
            let mut statement = self.engine.prepare_cached("DELETE FROM _mco_kept WHERE epoch = ?1 AND oid = ?2 AND ts = ?3")?;
            for ts in keys.iter().filter(|ts| !stay.contains(ts)) {
                statement.execute([whose[0], whose[1], ts.cast_signed()])?;
            }
        }
        for ts in stay {
            self.engine.prepare_cached("INSERT OR IGNORE INTO _mco_kept(epoch, oid, ts) VALUES(?1, ?2, ?3)")?.execute([
                whose[0],
                whose[1],
                ts.cast_signed(),
            ])?;
        }
        Ok(())
    }
}
