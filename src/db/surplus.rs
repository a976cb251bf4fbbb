//! Rows beyond the bound of their class are dropped by the commit that brought them, and told as gap records.

use crate::base::{AgentId, Gap, GapReason, Timestamp};
use crate::db::bounds::Policy;
use crate::db::connection::table;
use crate::db::fault::Inner;
use crate::db::keys::Key;
use crate::db::layout::Row;
use crate::db::log::{Fate, Stream};
use crate::db::pending::{Before, RowKey};
use crate::db::tally::{Held, Logged};
use crate::db::{Connection, history};
use std::sync::Arc;

/// A row that was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Dropped {
    stream: Stream,
    epoch: u64,
    ts: u64,
}

impl Connection {
    /// Holds classes that the transaction has added rows to within their bounds. Needs no room, so it works in a full database.
    pub(in crate::db) fn hold_bounds(&mut self) -> Inner<()> {
        for class in self.in_transaction()?.touched.take_grown() {
            let Some(tally) = self.tally(class)? else { continue };
            let (dropped, reason) = match tally.bound.policy {
                Policy::Refuse => continue,
                Policy::DropOldest => (self.drop_oldest(class)?, GapReason::DroppedOldest),
                Policy::DropNewest => (self.drop_newest(class)?, GapReason::DroppedNewest),
            };
            self.tell_dropped(class, reason, dropped)?;
        }
        Ok(())
    }

    fn drop_oldest(&mut self, class: u16) -> Inner<Vec<Dropped>> {
        let mut dropped = Vec::new();
        if !self.is_over(class)? && !self.is_aged(class)? {
            return Ok(dropped);
        }
        let now = self.database.options.clock.millis();
        let mut record = self.logged(class, None)?;
        while let Some(Logged { ts, stream, at, keys, .. }) = &record {
            for key in keys {
                let aged = self.tally(class)?.is_some_and(|tally| tally.is_aged(*at, now));
                if !aged && !self.is_over(class)? {
                    self.put_head(class, *ts)?;
                    return Ok(dropped);
                }
                dropped.extend(self.drop_waiting(class, *stream, *ts, *key)?);
            }
            record = self.logged(class, record.as_ref())?;
        }
        // Rows of this transaction.
        for (ts, stream, key) in self.in_transaction()?.touched.changed(class) {
            if !self.is_over(class)? {
                break;
            }
            dropped.extend(self.drop_waiting(class, stream, ts, key)?);
        }
        Ok(dropped)
    }

    fn drop_newest(&mut self, class: u16) -> Inner<Vec<Dropped>> {
        let mut dropped = Vec::new();
        let aged = self.is_aged(class)?;
        if !aged && !self.is_over(class)? {
            return Ok(dropped);
        }
        let open = self.in_transaction()?;
        let new: Vec<_> = open.touched.changed(class).into_iter().filter(|(.., key)| open.is_new(*key)).collect();
        for (ts, stream, key) in new.into_iter().rev() {
            if !aged && !self.is_over(class)? {
                break;
            }
            dropped.extend(self.drop_waiting(class, stream, ts, key)?);
        }
        Ok(dropped)
    }

    fn is_over(&mut self, class: u16) -> Inner<bool> {
        Ok(self.tally(class)?.is_some_and(|tally| tally.is_over()))
    }

    /// Deletes a row if it waits with this version. Who may have got it hears of that, as of any delete.
    fn drop_waiting(&mut self, class: u16, stream: Stream, ts: u64, key: Key) -> Inner<Option<Dropped>> {
        let Some(row) = self.waiting_row(class, stream, ts, key)? else { return Ok(None) };
        let Row { stamp, .. } = row;
        let clock = self.in_transaction()?.state.clock;
        self.delete_row(RowKey { class, key }, Before { stamp, receiver: AgentId(stream) })?;
        if stamp.first > clock {
            // Nobody can have seen it.
            self.in_transaction()?.touched.mark(stream, class, key, Fate::Forgotten, ts, 0);
        }
        self.count_waiting(class, Some(Held { stream, ts, bytes: row.weight() }), None)?;
        Ok(Some(Dropped { stream, epoch: stamp.epoch, ts }))
    }

    fn tell_dropped(&mut self, class: u16, reason: GapReason, mut dropped: Vec<Dropped>) -> Inner<()> {
        dropped.sort_unstable();
        for run in dropped.chunk_by(|a, b| (a.stream, a.epoch) == (b.stream, b.epoch)) {
            let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
            let (Some(node), Some(epoch)) = (self.database.node(), history::epoch_numbered(&self.engine, first.epoch)?) else {
                continue;
            };
            let database = Arc::clone(&self.database);
            let table = table(&database, class)?;
            let down = table.agent.is_some();
            let gap = Gap {
                agent: if down { AgentId(first.stream) } else { node.agent },
                class,
                epoch: epoch.id,
                first: Timestamp(first.ts),
                last: Timestamp(last.ts),
                rows: run.len() as u64,
                reason,
            };
            let open = self.in_transaction()?;
            let (group, now) = (open.state.groups.of(class), open.state.now());
            let start = self.follows_dropped(&gap, first.stream)?;
            if start == gap.first {
                // Once for rows that are dropped one after the other.
                log::warn!(
                    "the bound of class '{}' is reached: {} rows that waited to be acknowledged were dropped (commits {} to {})",
                    table.class,
                    run.len(),
                    first.ts,
                    last.ts
                );
            }
            self.add_dropped(&Gap { first: start, ..gap }, group, now)?;
        }
        Ok(())
    }

    /// A record that nothing of the class lies before since the last one begins where that ended, so that both become one.
    fn follows_dropped(&mut self, gap: &Gap, stream: Stream) -> Inner<Timestamp> {
        let (class, group) = (gap.class, self.in_transaction()?.state.groups.of(gap.class));
        let Some(last) = self.last_gap(gap, group)? else { return Ok(gap.first) };
        let acknowledged = !self.is_waiting(class, Held { stream, ts: last + 1, bytes: 0 })?;
        // The oldest leave nothing behind that waits.
        let between = gap.reason != GapReason::DroppedOldest
            && self
                .engine
                .prepare_cached(&format!(
                    "SELECT EXISTS(SELECT 1 FROM _mco_log INDEXED BY _mco_log_class_{class}
                     WHERE gone = 0 AND class = {class} AND ts > ?1 AND ts < ?2 AND stream = ?3)"
                ))?
                .query_row([last, gap.first.0, stream].map(u64::cast_signed), |row| row.get::<_, bool>(0))?;
        Ok(if acknowledged || between { gap.first } else { Timestamp(last + 1) })
    }
}
