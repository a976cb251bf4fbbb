//! Change sets to the bytes of a parcel and back, by column.

use super::parts::{read_epoch, write_epoch};
use super::{MAX_ROW, column, numbers};
use crate::base::{
    AgentId, Beat, Change, ChangeSet, Code, EpochId, EpochInfo, Gap, GapReason, Group as Priority, Identity, KeptRows, Malformed,
    Range, Reader, Result, State, Timestamp, Value, Writer, fail,
};
use std::collections::BTreeMap;

/// Most rows in a batch, of all parcels together; likewise the others.
pub const MAX_ROWS: usize = 1 << 16;
/// Most fields in a batch, of all rows together.
pub const MAX_VALUES: usize = 1 << 20;
/// Most bytes of texts and binaries in a batch once it is decoded.
pub const MAX_TEXT_BYTES: usize = 2 * MAX_ROW;
/// Most epochs that a batch declares.
pub const MAX_EPOCHS: usize = 1 << 14;
/// Most notes in a batch.
pub const MAX_NOTES: usize = 1 << 16;
/// Most beats in a batch.
pub const MAX_BEATS: usize = 1 << 14;
/// Most gaps in a batch.
pub const MAX_GAPS: usize = 1 << 14;
/// Most ranges of kept rows in a batch.
pub const MAX_KEPT: usize = 1 << 16;
/// Most classes named in a batch.
pub const MAX_CLASSES: usize = u16::MAX as usize;

/// Bytes of `set` for a parcel; `after` and `up_to` are not in it.
///
/// Fails with `E_IOT_PROTOCOLERR` when a row, a note or a beat names an epoch that the set does not declare (the epoch that is beaten and those
/// of gaps need not be), and when the set is larger than the limits that [`decode`] holds every peer to (a set of at most 256 KiB, or of
/// one row, never is).
pub fn encode(set: &ChangeSet) -> Result<Vec<u8>> {
    Room::default().enter(set)?;
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
    w.count(set.beats.len());
    for beat in &set.beats {
        w.varint(epochs.number(beat.epoch)?);
        w.u64(beat.beaten.0);
    }
    w.count(set.gaps.len());
    set.gaps.iter().for_each(|gap| write_gap(&mut w, gap));
    w.varint(set.series);
    w.count(set.kept.len());
    for kept in &set.kept {
        w.varint(epochs.number(kept.epoch)?);
        w.varint(kept.low);
        w.varint(kept.high.wrapping_sub(kept.low));
    }
    w.count(set.classes.len());
    for (class, group) in &set.classes {
        w.varint((*class).into());
        w.u8(group.0);
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
    decode_into(body, &mut Room::default())
}

/// As [`decode`], for one of several bodies that have to be within the limits together.
pub fn decode_into(body: &[u8], room: &mut Room) -> Result<ChangeSet, Malformed> {
    let mut r = Reader::new(body);
    let mut set = ChangeSet::default();
    for _ in 0..counted(&mut r, &mut room.epochs)? {
        set.epochs.push(read_epoch(&mut r)?);
    }
    for _ in 0..counted(&mut r, &mut room.notes)? {
        let epoch = declared(&set.epochs, r.varint()?)?;
        set.notes.push(Range { epoch, from: Timestamp(r.varint()?), to: Timestamp(r.varint()?) });
    }
    for _ in 0..counted(&mut r, &mut room.beats)? {
        set.beats.push(Beat { epoch: declared(&set.epochs, r.varint()?)?, beaten: EpochId(r.u64()?) });
    }
    for _ in 0..counted(&mut r, &mut room.gaps)? {
        set.gaps.push(read_gap(&mut r)?);
    }
    set.series = r.varint()?;
    for _ in 0..counted(&mut r, &mut room.kept)? {
        let (epoch, low) = (declared(&set.epochs, r.varint()?)?, r.varint()?);
        set.kept.push(KeptRows { epoch, low, high: low.checked_add(r.varint()?).ok_or(Malformed)? });
    }
    for _ in 0..counted(&mut r, &mut room.classes)? {
        set.classes.push((u16::try_from(r.varint()?).map_err(|_| Malformed)?, read_group(&mut r)?));
    }
    let rows = counted(&mut r, &mut room.rows)?;
    let heads = read_heads(&mut r, rows, &mut room.values)?;
    let order = if heads.len() > 1 { numbers::read(&mut r, rows)? } else { vec![0; rows] };
    let groups = heads.iter().map(|head| head.read(&mut r, &set.epochs, &mut room.text));
    let mut groups = groups.map(|g| g.map(Vec::into_iter)).collect::<Result<Vec<_>, Malformed>>()?;
    r.finish()?;
    for group in order {
        let group = usize::try_from(group).ok().and_then(|g| groups.get_mut(g)).ok_or(Malformed)?;
        set.changes.push(group.next().ok_or(Malformed)?);
    }
    Ok(set)
}

/// What a batch may still stand for: few bytes can stand for very many equal values.
#[derive(Clone, Debug)]
pub struct Room {
    rows: usize,
    values: usize,
    text: usize,
    epochs: usize,
    notes: usize,
    beats: usize,
    gaps: usize,
    kept: usize,
    classes: usize,
}

impl Default for Room {
    fn default() -> Self {
        Room {
            rows: MAX_ROWS,
            values: MAX_VALUES,
            text: MAX_TEXT_BYTES,
            epochs: MAX_EPOCHS,
            notes: MAX_NOTES,
            beats: MAX_BEATS,
            gaps: MAX_GAPS,
            kept: MAX_KEPT,
            classes: MAX_CLASSES,
        }
    }
}

impl Room {
    /// Takes the room that `set` needs, or fails with `E_IOT_PROTOCOLERR`.
    fn enter(&mut self, set: &ChangeSet) -> Result<()> {
        let (mut values, mut text) = (0usize, 0usize);
        for change in &set.changes {
            let State::Row(row) = &change.state else { continue };
            values += row.len();
            text += row.iter().map(|v| if let Some(Value::Bytes(b)) = v.shown() { b.len() } else { 0 }).sum::<usize>();
        }
        let needs = [
            ("rows", set.changes.len(), &mut self.rows),
            ("fields", values, &mut self.values),
            ("bytes of text", text, &mut self.text),
            ("epochs", set.epochs.len(), &mut self.epochs),
            ("notes", set.notes.len(), &mut self.notes),
            ("beats", set.beats.len(), &mut self.beats),
            ("gaps", set.gaps.len(), &mut self.gaps),
            ("kept ranges", set.kept.len(), &mut self.kept),
            ("classes", set.classes.len(), &mut self.classes),
        ];
        for (what, n, room) in needs {
            match room.checked_sub(n) {
                Some(left) => *room = left,
                None => {
                    return fail(
                        Code::E_IOT_PROTOCOLERR,
                        format!("a batch of {n} {what} is over the limit, of which {room} are left"),
                    );
                }
            }
        }
        Ok(())
    }
}

/// A count that takes room.
fn counted(r: &mut Reader<'_>, room: &mut usize) -> Result<usize, Malformed> {
    let n = r.count(*room)?;
    *room -= n;
    Ok(n)
}

fn read_group(r: &mut Reader<'_>) -> Result<Priority, Malformed> {
    let group = r.u8()?;
    if usize::from(group) < Priority::COUNT { Ok(Priority(group)) } else { Err(Malformed) }
}

fn write_gap(w: &mut Writer, gap: &Gap) {
    w.varint(gap.agent.0);
    w.varint(gap.class.into());
    w.u64(gap.epoch.0);
    w.varint(gap.first.0);
    w.varint(gap.last.0);
    w.varint(gap.rows);
    w.u8(gap.reason as u8);
}

fn read_gap(r: &mut Reader<'_>) -> Result<Gap, Malformed> {
    Ok(Gap {
        agent: AgentId(r.varint()?),
        class: u16::try_from(r.varint()?).map_err(|_| Malformed)?,
        epoch: EpochId(r.u64()?),
        first: Timestamp(r.varint()?),
        last: Timestamp(r.varint()?),
        rows: r.varint()?,
        reason: GapReason::of(r.u8()?).ok_or(Malformed)?,
    })
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
fn read_heads(r: &mut Reader<'_>, rows: usize, values_left: &mut usize) -> Result<Vec<Head>, Malformed> {
    let mut heads = Vec::new();
    let mut rows_left = rows;
    for _ in 0..r.count(rows)? {
        let class = u16::try_from(r.varint()?).map_err(|_| Malformed)?;
        let width = r.count(MAX_VALUES + 1)?.checked_sub(1);
        let rows = r.count(rows_left)?;
        let values = width.unwrap_or(0).checked_mul(rows).ok_or(Malformed)?;
        rows_left -= rows;
        *values_left = values_left.checked_sub(values).ok_or(Malformed)?;
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
