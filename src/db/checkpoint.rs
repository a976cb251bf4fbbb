//! From pending objects to rows and index entries, and deleting.

use crate::base::{AgentId, Code, Position, Result, Timestamp, Value};
use crate::db::connection::table;
use crate::db::fault::{Inner, fault};
use crate::db::keys::Key;
use crate::db::layout::{Flow, MAX_KEY, MAX_STORED_ROW, MAX_TRAVELLING_ROW, Row, Stamp, Table, unsigned};
use crate::db::log::Fate;
use crate::db::marks::{Kind, OWN};
use crate::db::object::is_own;
use crate::db::oid::OID_INDEX;
use crate::db::pending::{Before, Pending, RowKey, Slot};
use crate::db::tally::Held;
use crate::db::{Connection, Database, ObjectRef, store};
use crate::schema::Travel;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Bytes of bookkeeping of a row or an index entry, for estimates.
pub(in crate::db) const ENTRY_BYTES: u64 = 32;
/// What a page of a long value spends on the number of the next one.
const PAGE_LINK: u64 = 4;
/// Counted for a long value beside its own pages: its place in the table and in an index.
const BODY_PAGES: u64 = 2;

impl Connection {
    /// Puts the keys of one object into the indexes. `S_DUPLICATE`: none of its index entries has changed.
    pub fn checkpoint_object(&mut self, object: ObjectRef) -> Result<()> {
        self.writing(|connection| {
            let at = connection.row_key(object)?;
            connection.in_transaction()?.pending.single_out(at);
            if let Some(slot) = connection.in_transaction()?.pending.slot(at) {
                return connection.checkpoint_slot(slot);
            }
            connection.fetch(at)?;
            let database = Arc::clone(&connection.database);
            connection.before_checkpoint(table(&database, at.class)?, at)
        })
    }

    /// Deletes an object at once.
    pub fn delete(&mut self, object: ObjectRef) -> Result<()> {
        self.writing(|connection| {
            let at = connection.row_key(object)?;
            connection.fetch(at)?;
            let database = Arc::clone(&connection.database);
            if !connection.before_delete(table(&database, at.class)?, at)? {
                return Ok(());
            }
            let (before, bytes) = match connection.in_transaction()?.pending.take(at) {
                Some(Pending { before: None, .. }) => return Ok(()),
                Some(Pending { before: Some(before), stored, .. }) => (before, stored),
                None => match connection.seen.take() {
                    Some((_, row)) => (Before { stamp: row.stamp, receiver: connection.receiver(at.class, &row)? }, row.weight()),
                    None => return Ok(()),
                },
            };
            connection.delete_row(at, before)?;
            connection.count_waiting(at.class, Some(before.held(bytes)), None)
        })
    }

    /// Deletes all objects of a class.
    pub fn delete_all(&mut self, class: u16) -> Result<()> {
        self.writing(|connection| {
            let database = Arc::clone(&connection.database);
            connection.before_delete_all(table(&database, class)?)?;
            connection.drop_class(class, true)
        })
    }

    /// Puts a pending object into the table.
    pub(in crate::db) fn checkpoint_slot(&mut self, slot: Slot) -> Inner<()> {
        let Some(at) = self.in_transaction()?.pending.at(slot) else { return Ok(()) };
        let database = Arc::clone(&self.database);
        let table = table(&database, at.class)?;
        self.before_checkpoint(table, at)?;
        // A handler may have moved or deleted it, or put it there already.
        let Some(slot) = self.in_transaction()?.pending.slot(at) else { return Ok(()) };
        let Some(mut pending) = self.in_transaction()?.pending.lift(slot) else { return Ok(()) };
        let stored = self.store(table, &mut pending);
        let list = &mut self.in_transaction()?.pending;
        if let Err(fault) = stored {
            list.put_back(slot, pending);
            return Err(fault);
        }
        list.settle(&pending);
        if pending.before.is_none() { self.after_new(table, at) } else { Ok(()) }
    }

    /// Writes one object into its table.
    fn store(&mut self, table: &Table, pending: &mut Pending) -> Inner<()> {
        let at = pending.at;
        check_row(&self.database, table, &pending.row)?;
        // A change that does not grow works in a full database too, unless it makes the change log longer.
        if table.flow == Flow::Out || pending.row.weight() > pending.stored {
            self.spend(table, &pending.row)?;
        }
        if table.flow == Flow::Out && is_own(at.key) {
            self.admit_change(pending)?;
        }
        let stamp = if table.flow == Flow::Out && is_own(at.key) { Some(self.next_stamp(table, at, pending)?) } else { None };
        let old = pending.row.stamp;
        pending.row.stamp = stamp.map_or(old, |(stamp, _)| stamp);
        let text = match pending.before {
            None => &table.insert,
            Some(_) if pending.rekeyed => &table.update,
            Some(_) => &table.update_plain,
        };
        if let Err(fault) = self.write_with(text, table, at.key, &pending.row) {
            pending.row.stamp = old;
            if !fault.is_collision() {
                return Err(fault);
            }
            self.last_unique = self.collisions(table, at.key, &pending.row)?.first().map(|(index, _)| *index);
            return Err(Code::S_DUPLICATE.into());
        }
        if pending.before.is_some() && pending.rekeyed {
            self.unblock(at.key)?;
        }
        let Some((stamp, stream)) = stamp else { return Ok(()) };
        let weight = pending.row.weight();
        let before = pending.before.map(|before| before.held(pending.stored));
        self.count_waiting(at.class, before, Some(Held { stream, ts: stamp.ts, bytes: weight }))?;
        let open = self.in_transaction()?;
        if open.state.tallies.contains_key(&at.class) {
            open.touched.grow(at.class);
        }
        open.state.part.count(at.key.epoch, weight);
        open.touched.mark(stream, at.class, at.key, Fate::Changed, stamp.ts, weight);
        if let Some(before) = pending.before.filter(|before| before.receiver.0 != stream) {
            open.touched.mark(before.receiver.0, at.class, at.key, Fate::Removed, stamp.ts, 0);
            self.retire(before.receiver.0, before.stamp, at.class, at.key, true)?;
        }
        Ok(())
    }

    /// A class whose policy is to refuse has room for the row as it is now.
    fn admit_change(&mut self, pending: &Pending) -> Inner<()> {
        let class = pending.at.class;
        if !self.in_transaction()?.state.tallies.contains_key(&class) {
            return Ok(());
        }
        let (stored, weight) = (pending.stored, pending.row.weight());
        let waits = match pending.before {
            Some(before) => self.is_waiting(class, before.held(stored))?,
            None => false,
        };
        let more = if waits { weight.saturating_sub(stored) } else { weight };
        self.admit(class, u64::from(!waits), more as u64)
    }

    /// The stamp that a change made now gives to a row of ours, and the stream that it goes to.
    fn next_stamp(&mut self, table: &Table, at: RowKey, pending: &Pending) -> Inner<(Stamp, u64)> {
        let receiver = self.receiver(at.class, &pending.row)?;
        if receiver > AgentId::MAX {
            return fault(
                Code::E_IOT_WRONG_AGENT_ID,
                format!("a row of '{}' is addressed to {receiver}, which is reserved; use an agent id or 0 for all", table.class),
            );
        }
        let Some(open) = &mut self.transaction else { return Err(Code::E_TRANS_NOT_ACTIVE.into()) };
        let (epoch, now) = (open.state.epoch(&self.engine)?, open.state.now());
        let fresh = Stamp { ts: now, epoch, first: now };
        let stamp = match pending.before {
            Some(before) if before.receiver == receiver => {
                self.restamp(receiver.0, before.stamp, epoch, now, at.class, at.key)?
            }
            _ => fresh,
        };
        Ok((stamp, receiver.0))
    }

    /// Inserts or updates a row with its index entries.
    pub(in crate::db) fn write_row(&mut self, table: &Table, key: Key, row: &Row, fresh: bool) -> Inner<()> {
        self.write_with(if fresh { &table.insert } else { &table.update }, table, key, row)
    }

    pub(in crate::db) fn write_with(&mut self, text: &str, table: &Table, key: Key, row: &Row) -> Inner<()> {
        let mut statement = self.engine.prepare_cached(text)?;
        table.bind(&mut statement, key, row)?;
        statement.raw_execute()?;
        drop(statement);
        self.in_transaction()?.wrote(row.weight() as u64 + ENTRY_BYTES);
        Ok(())
    }

    /// Unique indexes in which another row holds a key that `row` wants, with that row.
    pub(in crate::db) fn collisions(&self, table: &Table, key: Key, row: &Row) -> Inner<Vec<(u16, RowKey)>> {
        let mut list = Vec::new();
        let indexes = table.indexes.iter().filter_map(|index| Some((*index, self.database.layout.index(*index)?)));
        for (index, scan) in indexes.chain(table.by_oid.iter().map(|scan| (OID_INDEX, scan))).filter(|(_, scan)| scan.unique) {
            if !scan.exists(&self.engine)? {
                continue;
            }
            if let Some(spot) = scan.equal(&self.engine, &scan.keys_in(row))?.filter(|spot| spot.key != key) {
                list.push((index, RowKey { class: table.code, key: spot.key }));
            }
        }
        list.extend(self.elsewhere(table, row)?.map(|at| (OID_INDEX, at)));
        Ok(list)
    }

    /// Rows that hold keys which `row` wants in unique indexes.
    pub(in crate::db) fn blockers(&self, table: &Table, key: Key, row: &Row) -> Inner<Vec<RowKey>> {
        Ok(self.collisions(table, key, row)?.into_iter().map(|(_, at)| at).collect())
    }

    /// Deletes a stored row; tells the readers of its stream, or leaves a grave.
    pub(in crate::db) fn delete_row(&mut self, at: RowKey, before: Before) -> Inner<()> {
        let database = Arc::clone(&self.database);
        let table = table(&database, at.class)?;
        self.erase(table, at.key)?;
        self.mourn(table, at, before)
    }

    /// Deletes a stored row and nothing else.
    pub(in crate::db) fn erase(&mut self, table: &Table, key: Key) -> Inner<()> {
        self.engine.prepare_cached(&table.delete)?.execute([key.epoch.cast_signed(), key.oid.cast_signed()])?;
        self.in_transaction()?.wrote(ENTRY_BYTES);
        self.forget_row();
        self.unblock(key)
    }

    fn mourn(&mut self, table: &Table, at: RowKey, before: Before) -> Inner<()> {
        match table.flow {
            Flow::Out if is_own(at.key) => {
                let open = self.in_transaction()?;
                let now = open.state.now();
                // A device may delete what it likes; only the server's deletes travel.
                let fate = if table.agent.is_some() { Fate::Removed } else { Fate::Forgotten };
                open.state.part.count(at.key.epoch, 0);
                open.touched.mark(before.receiver.0, at.class, at.key, fate, now, 0);
                self.retire(before.receiver.0, before.stamp, at.class, at.key, fate == Fate::Removed)
            }
            // What a router shows is only a view.
            Flow::In if !is_own(at.key) && table.receiver.is_none() => self.bury(at, before.stamp),
            _ => Ok(()),
        }
    }

    /// Deletes all rows of a class; `told`: as if deleted one by one, else nobody hears of it.
    pub(in crate::db) fn drop_class(&mut self, class: u16, told: bool) -> Inner<()> {
        let database = Arc::clone(&self.database);
        let table = table(&database, class)?;
        self.in_transaction()?.pending.clear(Some(class));
        self.forget_row();
        let alone = if table.flow == Flow::Local { Vec::new() } else { self.drop_travelling(table, told)? };
        let count = self.engine.prepare_cached(&format!("DELETE FROM {}", table.name))?.execute([])?;
        for (at, before) in alone {
            self.note_emptied(at, before.receiver, before.stamp)?;
        }
        self.in_transaction()?.dirty |= count > 0;
        self.uncount_class(class);
        self.unblock_class(table)
    }

    /// What there is to do before all rows of a class go; gives those that live on at their receivers.
    fn drop_travelling(&mut self, table: &Table, told: bool) -> Inner<Vec<(RowKey, Before)>> {
        let up = self.database.dictionary.class(table.code).is_some_and(|c| c.travel == Travel::Up);
        let mut rows: Vec<(RowKey, Before)> = Vec::new();
        if !(up && table.flow == Flow::Out) {
            let text = format!(
                "SELECT _mco_epoch, _mco_oid, _mco_ts, _mco_vepoch, _mco_first, {} FROM {}",
                table.agent_column, table.name
            );
            let mut statement = self.engine.prepare(&text)?;
            let mut found = statement.query([])?;
            while let Some(row) = found.next()? {
                let key = Key { epoch: unsigned(row.get(0)?)?, oid: unsigned(row.get(1)?)? };
                let ts = unsigned(row.get(2)?)?;
                let first = row.get::<_, Option<i64>>(4)?.map_or(Ok(ts), unsigned)?;
                let stamp = Stamp { ts, epoch: unsigned(row.get(3)?)?, first };
                let receiver = match super::coding::Coding::UInt.decode(row.get_ref(5)?)? {
                    Value::UInt(agent) if !up => AgentId(agent),
                    _ => AgentId::ALL,
                };
                rows.push((RowKey { class: table.code, key }, Before { stamp, receiver }));
            }
        }
        if table.flow == Flow::Out && (up || !told) {
            // No key of the class is worth keeping.
            self.engine
                .prepare(&format!(
                    "DELETE FROM _mco_kept WHERE (epoch, oid) IN (SELECT _mco_epoch, _mco_oid FROM {})",
                    table.name
                ))?
                .execute([])?;
            self.engine.prepare_cached("DELETE FROM _mco_log WHERE gone = 0 AND class = ?1")?.execute([table.code])?;
            if !rows.is_empty() && !up {
                let (group, now) = (self.in_transaction()?.state.groups.of(table.code), self.in_transaction()?.state.now());
                self.put_mark(Kind::Emptied, OWN, group, Position { ts: Timestamp(now), ..Position::default() })?;
            }
            self.in_transaction()?.touched.forget_class(table.code);
            return Ok(rows);
        }
        for (at, before) in rows {
            self.mourn(table, at, before)?;
        }
        Ok(Vec::new())
    }

    /// Takes room for a row: `E_NOMEM`, with a file `E_DISK_SPACE_EXHAUSTED`, when only the reserve is left.
    pub(in crate::db) fn spend(&mut self, table: &Table, row: &Row) -> Inner<()> {
        let scans = || table.indexes.iter().filter_map(|index| self.database.layout.index(*index)).chain(&table.by_oid);
        let (keys, count): (usize, _) = (scans().map(|scan| scan.weight(row)).sum(), scans().count());
        self.spend_bytes(row.weight() as u64, keys as u64, count as u64)
    }

    /// As [`Connection::spend`], for so many bytes of content and of keys in so many index entries.
    pub(in crate::db) fn spend_bytes(&mut self, bytes: u64, keys: u64, indexes: u64) -> Inner<()> {
        let cost = 2 * (bytes + ENTRY_BYTES) + keys + indexes * ENTRY_BYTES;
        if self.take_room(cost)? {
            return Ok(());
        }
        let limit = self.database.limit_pages.load(Ordering::Relaxed);
        self.full(self.free_pages(limit)?, limit)
    }

    /// Takes room for entries of so many bytes; false when only the reserve is left.
    pub(in crate::db) fn take_room(&mut self, cost: u64) -> Inner<bool> {
        let limit = self.database.limit_pages.load(Ordering::Relaxed);
        if limit == 0 {
            return Ok(true);
        }
        if let Some(rest) = self.in_transaction()?.state.credit.checked_sub(cost) {
            self.in_transaction()?.state.credit = rest;
            return Ok(true);
        }
        // Half of what is there: pages are not filled to the last byte.
        let free = self.free_pages(limit)?.saturating_sub(self.database.reserve_pages()) * self.database.page_size / 2;
        if free > cost {
            self.in_transaction()?.state.credit = free - cost;
        }
        Ok(free > cost)
    }

    /// Takes room for bytes that are kept as they came. They fill pages of their own to the last byte, so all that is free may be taken; mail
    /// goes to make room, except that for `spared`. `E_UNSUPPORTED`: so much can never have room here, and (`whole`) does not come in parts.
    pub(in crate::db) fn spend_body(&mut self, bytes: u64, spared: AgentId, whole: bool) -> Inner<()> {
        let limit = self.database.limit_pages.load(Ordering::Relaxed);
        if limit == 0 {
            return Ok(());
        }
        let reserve = self.database.reserve_pages();
        let pages = bytes.div_ceil(self.database.page_size.saturating_sub(PAGE_LINK).max(1)) + BODY_PAGES;
        // What is counted for rows is not exact enough beside so large a piece.
        self.in_transaction()?.state.credit = 0;
        while self.free_pages(limit)? < pages + reserve {
            if self.drop_oldest_mail(spared)? {
                continue;
            }
            // Half of the limit is promised to what passes; more of it is free when nothing else is on its way.
            let text = "SELECT EXISTS(SELECT 1 FROM _mco_transit) OR EXISTS(SELECT 1 FROM _mco_mail)";
            let passes: bool = self.engine.prepare_cached(text)?.query_row([], |row| row.get(0))?;
            if whole && !passes && pages + reserve > limit / 2 {
                let text = format!(
                    "{bytes} bytes that belong together can never have room in database '{}', which is limited to {} bytes; raise the limit",
                    self.database.name(),
                    self.database.limit_bytes()
                );
                return fault(Code::E_UNSUPPORTED, text);
            }
            return self.full(self.free_pages(limit)?, limit);
        }
        Ok(())
    }

    pub(in crate::db) fn free_pages(&self, limit: u64) -> Inner<u64> {
        Ok(limit.saturating_sub(self.used_pages()?))
    }

    /// Pages that hold something.
    pub(in crate::db) fn used_pages(&self) -> Inner<u64> {
        store::used_pages(&self.engine)
    }

    pub(in crate::db) fn full(&self, free: u64, limit: u64) -> Inner<()> {
        fault(
            if self.database.is_file() { Code::E_DISK_SPACE_EXHAUSTED } else { Code::E_NOMEM },
            format!(
                "database '{}' is full: {free} of {limit} pages are free, of which {} are kept for deletes and \
                 acknowledgments; delete or clear rows, or raise the limit",
                self.database.name(),
                self.database.reserve_pages()
            ),
        )
    }
}

/// What can be wrong with a row besides duplicates.
pub(in crate::db) fn check_row(database: &Database, table: &Table, row: &Row) -> Inner<()> {
    if table.long_keys {
        let scans = table.indexes.iter().filter_map(|i| database.layout.index(*i).map(|scan| (i, scan)));
        if let Some((index, _)) = scans.into_iter().find(|(_, scan)| scan.is_too_long(row)) {
            let name = database.dictionary.index(*index).map_or("", |index| &index.name);
            return fault(
                Code::E_KEY_TOO_LONG,
                format!("a key of index '{name}' of class '{}' is longer than {MAX_KEY} bytes", table.class),
            );
        }
    }
    if table.large && row.weight() > MAX_STORED_ROW {
        return fault(
            Code::E_UNSUPPORTED,
            format!("a row of '{}' is larger than the {MAX_STORED_ROW} bytes that a database holds", table.class),
        );
    }
    if table.travels && row.weight() > MAX_TRAVELLING_ROW {
        return fault(
            Code::E_UNSUPPORTED,
            format!("a row of '{}' is larger than the {MAX_TRAVELLING_ROW} bytes that can travel", table.class),
        );
    }
    Ok(())
}
