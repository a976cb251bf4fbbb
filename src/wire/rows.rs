//! Change sets to the bytes of a batch and back, by column.

use super::codec::{read_epoch, write_epoch};
use super::{Batch, MAX_ROW, column, numbers};
use crate::base::{
    AgentId, Change, ChangeSet, Code, EpochId, EpochInfo, Identity, Malformed, Range, Reader, Result, State, Timestamp, Value,
    Writer, fail,
};
use std::collections::BTreeMap;

/// Most rows in a batch.
pub const MAX_ROWS: usize = 1 << 16;
/// Most fields in a batch, of all rows together.
pub const MAX_VALUES: usize = 1 << 20;
/// Most bytes of texts and binaries in a batch once it is decoded.
pub const MAX_TEXT_BYTES: usize = 2 * MAX_ROW;
/// Most epochs that a batch declares.
pub const MAX_EPOCHS: usize = 4096;
/// Most notes in a batch.
pub const MAX_NOTES: usize = 1 << 16;

/// Bytes of `set` for [`Batch::body`]; `after` and `up_to` are not in it.
///
/// Fails with `E_IOT_PROTOCOLERR` when a row or a note names an epoch that the set does not declare, and when the set is larger than the limits
/// that [`decode`] holds every peer to (a set of at most 256 KiB, or of one row, never is).
pub fn encode(set: &ChangeSet) -> Result<Vec<u8>> {
    check_limits(set)?;
    let epochs = EpochTable::new(&set.epochs);
    let mut w = Writer::new();
    w.count(set.epochs.len());
    set.epochs.iter().for_each(|e| write_epoch(&mut w, e));
    w.count(set.notes.len());
    for note in &set.notes {
        w.varint(epochs.number(note.epoch)?);
        w.varint(note.from.0);
        w.varint(note.to.0);
    }
    let (groups, order) = Group::of(&set.changes);
    w.count(set.changes.len());
    w.count(groups.len());
    for group in &groups {
        w.varint(group.class.into());
        w.varint(group.width.map_or(0, |width| width as u64 + 1));
        w.count(group.changes.len());
    }
    if groups.len() > 1 {
        numbers::write(&mut w, &order);
    }
    for group in &groups {
        group.write(&mut w, &epochs)?;
    }
    Ok(w.bytes)
}

/// Reads what [`encode`] has written; `after` and `up_to` are left at their defaults. Any bytes may come in.
pub fn decode(body: &[u8]) -> Result<ChangeSet, Malformed> {
    let mut r = Reader::new(body);
    let mut set = ChangeSet::default();
    for _ in 0..r.count(MAX_EPOCHS)? {
        set.epochs.push(read_epoch(&mut r)?);
    }
    for _ in 0..r.count(MAX_NOTES)? {
        let epoch = declared(&set.epochs, r.varint()?)?;
        set.notes.push(Range { epoch, from: Timestamp(r.varint()?), to: Timestamp(r.varint()?) });
    }
    let rows = r.count(MAX_ROWS)?;
    let heads = read_heads(&mut r, rows)?;
    let order = if heads.len() > 1 { numbers::read(&mut r, rows)? } else { vec![0; rows] };
    let mut room = MAX_TEXT_BYTES;
    let groups = heads.iter().map(|head| head.read(&mut r, &set.epochs, &mut room));
    let mut groups = groups.map(|g| g.map(Vec::into_iter)).collect::<Result<Vec<_>, Malformed>>()?;
    r.finish()?;
    for group in order {
        let group = usize::try_from(group).ok().and_then(|g| groups.get_mut(g)).ok_or(Malformed)?;
        set.changes.push(group.next().ok_or(Malformed)?);
    }
    Ok(set)
}

/// The change set of a whole batch, its positions filled in and its number of rows checked.
pub fn open(batch: &Batch) -> Result<ChangeSet, Malformed> {
    let set = ChangeSet { after: batch.after, up_to: batch.up_to, ..decode(&batch.body)? };
    if u32::try_from(set.changes.len()) == Ok(batch.rows) { Ok(set) } else { Err(Malformed) }
}

fn check_limits(set: &ChangeSet) -> Result<()> {
    let (mut values, mut text_bytes) = (0usize, 0usize);
    for change in &set.changes {
        let State::Row(row) = &change.state else { continue };
        values += row.len();
        text_bytes += row.iter().map(|v| if let Value::Bytes(b) = v { b.len() } else { 0 }).sum::<usize>();
    }
    let limits = [
        ("epochs", set.epochs.len(), MAX_EPOCHS),
        ("notes", set.notes.len(), MAX_NOTES),
        ("rows", set.changes.len(), MAX_ROWS),
        ("fields", values, MAX_VALUES),
        ("bytes of text", text_bytes, MAX_TEXT_BYTES),
    ];
    match limits.iter().find(|(_, n, limit)| n > limit) {
        Some((what, n, limit)) => fail(Code::E_IOT_PROTOCOLERR, format!("a batch of {n} {what} is over the limit of {limit}")),
        None => Ok(()),
    }
}

/// Numbers of the declared epochs.
struct EpochTable(BTreeMap<EpochId, u64>);

impl EpochTable {
    fn new(epochs: &[EpochInfo]) -> Self {
        EpochTable(epochs.iter().zip(0..).map(|(e, n)| (e.id, n)).collect())
    }

    fn number(&self, epoch: EpochId) -> Result<u64> {
        match self.0.get(&epoch) {
            Some(n) => Ok(*n),
            None => fail(Code::E_IOT_PROTOCOLERR, format!("a batch names epoch {epoch:?} and does not declare it")),
        }
    }
}

/// Changes of one class and one shape, in their order.
struct Group<'a> {
    class: u16,
    /// Number of fields; `None`: removed rows.
    width: Option<usize>,
    changes: Vec<&'a Change>,
}

impl<'a> Group<'a> {
    /// The groups in the order of their first rows, and for each change the number of its group.
    fn of(changes: &'a [Change]) -> (Vec<Self>, Vec<u64>) {
        let mut known: BTreeMap<(u16, Option<usize>), usize> = BTreeMap::new();
        let mut groups: Vec<Group<'a>> = Vec::new();
        let mut order = Vec::with_capacity(changes.len());
        for change in changes {
            let width = if let State::Row(row) = &change.state { Some(row.len()) } else { None };
            let number = *known.entry((change.class, width)).or_insert_with(|| {
                groups.push(Group { class: change.class, width, changes: Vec::new() });
                groups.len() - 1
            });
            if let Some(group) = groups.get_mut(number) {
                group.changes.push(change);
            }
            order.push(number as u64);
        }
        (groups, order)
    }

    fn write(&self, w: &mut Writer, epochs: &EpochTable) -> Result<()> {
        let mut column = |of: &dyn Fn(&Change) -> Result<u64>| -> Result<()> {
            let values = self.changes.iter().map(|c| of(c)).collect::<Result<Vec<u64>>>()?;
            numbers::write(w, &values);
            Ok(())
        };
        column(&|c| epochs.number(c.id.epoch))?;
        column(&|c| Ok(c.id.oid.0))?;
        column(&|c| epochs.number(c.epoch))?;
        column(&|c| Ok(c.ts.0))?;
        column(&|c| Ok(c.agent.0))?;
        for field in 0..self.width.unwrap_or(0) {
            let values = self.changes.iter().filter_map(|c| if let State::Row(row) = &c.state { row.get(field) } else { None });
            column::write(w, &values.collect::<Vec<&Value>>());
        }
        Ok(())
    }
}

/// What is said of a group before its columns.
struct Head {
    class: u16,
    width: Option<usize>,
    rows: usize,
}

/// Bounds what the columns will take before any of them is read.
fn read_heads(r: &mut Reader<'_>, rows: usize) -> Result<Vec<Head>, Malformed> {
    let mut heads = Vec::new();
    let (mut rows_left, mut values_left) = (rows, MAX_VALUES);
    for _ in 0..r.count(rows)? {
        let class = u16::try_from(r.varint()?).map_err(|_| Malformed)?;
        let width = r.count(MAX_VALUES + 1)?.checked_sub(1);
        let rows = r.count(rows_left)?;
        let values = width.unwrap_or(0).checked_mul(rows).ok_or(Malformed)?;
        rows_left -= rows;
        values_left = values_left.checked_sub(values).ok_or(Malformed)?;
        if rows == 0 {
            return Err(Malformed);
        }
        heads.push(Head { class, width, rows });
    }
    if rows_left == 0 { Ok(heads) } else { Err(Malformed) }
}

impl Head {
    fn read(&self, r: &mut Reader<'_>, epochs: &[EpochInfo], room: &mut usize) -> Result<Vec<Change>, Malformed> {
        let mut column = || numbers::read(r, self.rows);
        let (origins, oids, makers, times, agents) = (column()?, column()?, column()?, column()?, column()?);
        let mut states = self.read_states(r, room)?.into_iter();
        let mut changes = Vec::with_capacity(self.rows);
        for ((((origin, oid), maker), ts), agent) in origins.into_iter().zip(oids).zip(makers).zip(times).zip(agents) {
            changes.push(Change {
                class: self.class,
                id: Identity::new(declared(epochs, origin)?, oid),
                ts: Timestamp(ts),
                epoch: declared(epochs, maker)?,
                agent: AgentId(agent),
                state: states.next().ok_or(Malformed)?,
            });
        }
        Ok(changes)
    }

    fn read_states(&self, r: &mut Reader<'_>, room: &mut usize) -> Result<Vec<State>, Malformed> {
        let Some(width) = self.width else { return Ok(vec![State::Removed; self.rows]) };
        let mut rows: Vec<Vec<Value>> = Vec::new();
        rows.resize_with(self.rows, Vec::new);
        for _ in 0..width {
            for (row, value) in rows.iter_mut().zip(column::read(r, self.rows, room)?) {
                row.push(value);
            }
        }
        Ok(rows.into_iter().map(State::Row).collect())
    }
}

fn declared(epochs: &[EpochInfo], number: u64) -> Result<EpochId, Malformed> {
    let epoch = usize::try_from(number).ok().and_then(|n| epochs.get(n));
    epoch.map(|e| e.id).ok_or(Malformed)
}
