//! Many new objects at once: made like single ones, written by one statement. Whatever is not plain goes the way of single ones.

use crate::base::{AgentId, Result, Value};
use crate::db::Connection;
use crate::db::batch::{Batch, Cells};
use crate::db::checkpoint::ENTRY_BYTES;
use crate::db::connection::table;
use crate::db::fault::{Fault, Inner};
use crate::db::layout::{Flow, MAX_STORED_ROW, MAX_TRAVELLING_ROW, Stamp, Table};
use crate::db::log::Fate;
use crate::db::object::{contents, refuse_downtable};
use crate::db::part::{PART_ROWS, Part};
use crate::db::pending::Slot;
use crate::db::source::Shown;
use crate::schema::{FieldType, Travel};
use std::ops::Range;
use std::sync::Arc;

/// Fewer objects are not worth a statement of their own.
const MIN_ROWS: usize = 4;

impl Connection {
    /// Whether objects of a class can be made in batches: all its fields are of kinds that a statement takes as they are, and no two
    /// objects have to be told apart as they are made.
    pub fn takes_batches(&self, class: u16) -> Result<bool> {
        let table = table(&self.database, class).map_err(|fault| self.database.seal(fault))?;
        // Programs that hear of new objects hear of them one by one.
        let heard = self.database.dictionary.class(class).is_some_and(|class| !class.events.is_empty());
        Ok(!heard && table.oid.is_none() && !table.fields.iter().any(|column| is_special(column.kind)))
    }

    /// So many objects of a class with its defaults, to be filled and given to [`Self::insert`].
    pub fn batch(&self, class: u16, rows: usize) -> Result<Batch> {
        let table = table(&self.database, class).map_err(|fault| self.database.seal(fault))?;
        Ok(Batch::new(class, rows, contents(&self.database, table)))
    }

    /// Makes the objects of a batch, as if by [`Self::new_object`] and [`Self::set_value`] one after the other; counts them in `made`.
    pub fn insert(&mut self, batch: Batch, made: &mut u32) -> Result<()> {
        let rows = batch.rows;
        let Some(batch) = self.writing(|connection| connection.pend_batch(batch))? else {
            *made += u32::try_from(rows).unwrap_or(u32::MAX);
            return Ok(());
        };
        let defaults = self.batch(batch.class, 0)?;
        for row in 0..rows {
            let object = self.new_object(batch.class)?;
            for (field, (cells, default)) in (0..).zip(batch.cells.iter().zip(&defaults.cells)) {
                if !matches!((cells, default), (Cells::Same(value), Cells::Same(default)) if value == default) {
                    self.set_value(object, field, cells.with(row, Value::clone))?;
                }
            }
            *made += 1;
        }
        Ok(())
    }

    /// Makes the objects, or gives the batch back when they are to be made one by one.
    fn pend_batch(&mut self, mut batch: Batch) -> Inner<Option<Batch>> {
        let database = Arc::clone(&self.database);
        let table = table(&database, batch.class)?;
        refuse_downtable(&database, table)?;
        self.free_oid(table, None)?;
        let open = self.in_transaction()?;
        let plain = batch.rows >= MIN_ROWS && !open.state.tallies.contains_key(&batch.class) && open.pending.has_room(&batch);
        if !plain {
            return Ok(Some(batch));
        }
        (batch.first, batch.autoid) = self.number(table, batch.rows as u64)?;
        self.in_transaction()?.pending.add_batch(batch);
        Ok(None)
    }

    /// Writes the objects of a batch that can be written together; the others become single ones.
    pub(in crate::db) fn checkpoint_batch(&mut self, slot: Slot, batch: &Arc<Batch>) -> Inner<()> {
        let database = Arc::clone(&self.database);
        let table = table(&database, batch.class)?;
        let mut stored = 0;
        while stored < batch.rows {
            match self.store_part(table, batch, stored)? {
                0 => break,
                more => stored += more,
            }
        }
        let pending = &mut self.in_transaction()?.pending;
        if stored == batch.rows {
            pending.settle_batch(slot, batch)
        } else {
            pending.divide(slot, stored)
        }
        Ok(())
    }

    /// Writes objects of a batch from one on, as many as get the same timestamp; gives how many were written before one that is not plain.
    fn store_part(&mut self, table: &Table, batch: &Arc<Batch>, from: usize) -> Inner<usize> {
        let open = self.in_transaction()?;
        if table.long_keys || open.state.tallies.contains_key(&table.code) {
            return Ok(0);
        }
        let (now, part) = (open.state.now(), open.state.part);
        let down = self.database.dictionary.class(table.code).is_some_and(|class| class.travel == Travel::Down);
        let addressed = table.agent.filter(|_| down).and_then(|field| batch.cells.get(field));
        let (rows, filled) = plain_rows(table, batch, from, part, addressed);
        if rows.is_empty() || !self.spend_part(table, batch, rows.clone())? {
            return Ok(0);
        }
        let out = table.flow == Flow::Out;
        let Some(open) = &mut self.transaction else { return Ok(0) };
        let stamp = match out {
            true => Stamp { ts: now, epoch: open.state.epoch(&self.engine)?, first: now },
            false => Stamp { ts: 0, epoch: batch.first.epoch, first: 0 },
        };
        let written = self.write_part(table, batch, rows.clone(), stamp)?;
        let all = written == rows.len();
        let rows = from..from + written;
        let weight = batch.weight(rows.clone());
        let open = self.in_transaction()?;
        open.wrote(weight as u64 + written as u64 * ENTRY_BYTES);
        if !out {
            return Ok(written);
        }
        open.state.part = if all {
            filled
        } else {
            rows.clone().fold(part, |part, row| part.with(batch.first.epoch, batch.weight(row..row + 1)))
        };
        let Some(cells) = addressed else {
            open.touched.mark_run(AgentId::ALL.0, table.code, batch.at(from).key, written as u64, Fate::Changed, now, weight);
            return Ok(written);
        };
        for row in rows {
            let (stream, key, weight) = (cells.with(row, agent).0, batch.at(row).key, batch.weight(row..row + 1));
            open.touched.mark(stream, table.code, key, Fate::Changed, now, weight);
        }
        Ok(written)
    }

    fn spend_part(&mut self, table: &Table, batch: &Batch, rows: Range<usize>) -> Inner<bool> {
        let scans = table.indexes.iter().filter_map(|index| self.database.layout.index(*index));
        let keys: usize = scans.map(|scan| scan.batch_weight(batch, rows.clone())).sum();
        let entries = rows.len() * (2 + table.indexes.len());
        self.take_room((2 * batch.weight(rows) + keys) as u64 + entries as u64 * ENTRY_BYTES)
    }

    /// Inserts objects with their index entries, up to one that collides; gives how many.
    fn write_part(&mut self, table: &Table, batch: &Arc<Batch>, rows: Range<usize>, stamp: Stamp) -> Inner<usize> {
        let sums = batch.checksums(rows.clone(), table.travels.then_some(stamp));
        self.source.show(Shown {
            batch: Arc::clone(batch),
            rows,
            codings: table.fields.iter().map(|column| column.coding).collect(),
            sums,
        });
        let mut statement = self.engine.prepare_cached(&table.insert_batch)?;
        statement.raw_bind_parameter(1, batch.first.epoch.cast_signed())?;
        if table.travels {
            statement.raw_bind_parameter(2, stamp.ts.cast_signed())?;
            statement.raw_bind_parameter(3, stamp.epoch.cast_signed())?;
        }
        match statement.raw_execute().map_err(Fault::from) {
            Err(fault) if fault.is_collision() => Ok(usize::try_from(self.engine.changes()).unwrap_or_default()),
            written => written,
        }
    }
}

/// Objects from one on that get the same timestamp and that nothing is wrong with, and how that is filled with them; `addressed`: to whom
/// they go.
fn plain_rows(table: &Table, batch: &Batch, from: usize, part: Part, addressed: Option<&Cells>) -> (Range<usize>, Part) {
    let (even, mut filled) = (batch.even_weight(), part);
    for row in from..batch.rows.min(from + PART_ROWS) {
        let weight = even.unwrap_or_else(|| batch.weight(row..row + 1));
        let heavy = weight > if table.travels { MAX_TRAVELLING_ROW } else { MAX_STORED_ROW };
        let strange = addressed.is_some_and(|cells| cells.with(row, agent) > AgentId::MAX);
        let below =
            table.nullable && batch.cells.iter().any(|cells| cells.with(row, |value| value.is_null() && value.shown().is_some()));
        if heavy || strange || below || filled.full() != part.full() {
            return (from..row, filled);
        }
        if table.flow == Flow::Out {
            filled = filled.with(batch.first.epoch, weight);
        }
    }
    (from..batch.rows.min(from + PART_ROWS), filled)
}

/// Structs open those around them as they are put.
fn is_special(kind: FieldType) -> bool {
    matches!(kind, FieldType::Struct(_) | FieldType::AutoId(_))
}

fn agent(value: &Value) -> AgentId {
    if let Value::UInt(agent) = value { AgentId(*agent) } else { AgentId::ALL }
}
