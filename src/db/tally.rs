//! What waits to be acknowledged in classes with a bound: counted in memory, and kept in step by whatever changes it. A row waits while its
//! version is newer than the floor of its stream, the mark of those who must have it.

use crate::base::{AgentId, Code, Group, Role};
use crate::db::Connection;
use crate::db::bounds::{Bound, Policy};
use crate::db::connection::table;
use crate::db::fault::{Inner, fault};
use crate::db::keys::{self, Key};
use crate::db::layout::{Row, unsigned};
use crate::db::log::Stream;
use crate::db::marks::{Kind, OWN};
use crate::db::object::is_own;
use crate::db::pending::RowKey;
use crate::db::state::FOREIGN;
use rusqlite::OptionalExtension;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Where processes that share a database tell each other what they have counted.
pub(in crate::db) const COUNTED: &str =
    "CREATE TABLE _mco_tallies(class INTEGER PRIMARY KEY, rows INTEGER NOT NULL, bytes INTEGER NOT NULL,
    head INTEGER NOT NULL);";

/// Classes with a bound.
pub(in crate::db) type Tallies = BTreeMap<u16, Tally>;

/// What waits in one class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::db) struct Tally {
    pub(in crate::db) bound: Bound,
    /// `None`: to be counted anew.
    pub(in crate::db) load: Option<Load>,
    /// No row that waits is older than this commit.
    head: u64,
    /// The commit of the row that has waited longest, and when that was, once somebody has looked.
    oldest: Option<(u64, u64)>,
}

/// Rows and the bytes of their content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::db) struct Load {
    pub(in crate::db) rows: u64,
    pub(in crate::db) bytes: u64,
}

/// A state of a row as the table has it or had it.
#[derive(Clone, Copy, Debug)]
pub(in crate::db) struct Held {
    pub(in crate::db) stream: Stream,
    pub(in crate::db) ts: u64,
    pub(in crate::db) bytes: usize,
}

/// A record of the change log.
pub(in crate::db) struct Logged {
    pub(in crate::db) ts: u64,
    pub(in crate::db) stream: Stream,
    pub(in crate::db) at: u64,
    pub(in crate::db) keys: Vec<Key>,
    place: [i64; 4],
}

impl Tally {
    /// A bound under which nothing is counted yet.
    pub(in crate::db) fn new(bound: Bound) -> Tally {
        Tally { bound, load: None, head: 0, oldest: None }
    }

    /// Whether more waits than the bound has room for.
    pub(in crate::db) fn is_over(&self) -> bool {
        let Load { rows, bytes } = self.load.unwrap_or_default();
        exceeds(rows, self.bound.rows) || exceeds(bytes, self.bound.bytes)
    }

    /// Whether what has waited since then has waited too long.
    pub(in crate::db) fn is_aged(&self, since: u64, now: u64) -> bool {
        self.bound.age.0 != 0 && since != 0 && now.saturating_sub(since) >= self.bound.age.0
    }
}

fn exceeds(number: u64, bound: u64) -> bool {
    bound != 0 && number > bound
}

/// Writes down what has changed.
pub(in crate::db) fn keep(sql: &rusqlite::Connection, before: &Tallies, now: &Tallies) -> Inner<()> {
    for (class, tally) in now.iter().filter(|(class, tally)| before.get(class) != Some(tally)) {
        match tally.load {
            Some(Load { rows, bytes }) => sql
                .prepare_cached("INSERT OR REPLACE INTO _mco_tallies(class, rows, bytes, head) VALUES(?1, ?2, ?3, ?4)")?
                .execute([i64::from(*class), rows.cast_signed(), bytes.cast_signed(), tally.head.cast_signed()])?,
            None => sql.prepare_cached("DELETE FROM _mco_tallies WHERE class = ?1")?.execute([class])?,
        };
    }
    Ok(())
}

/// Takes over what was written down.
pub(in crate::db) fn recall(sql: &rusqlite::Connection, tallies: &mut Tallies) -> Inner<()> {
    for (class, tally) in tallies {
        let mut statement = sql.prepare_cached("SELECT rows, bytes, head FROM _mco_tallies WHERE class = ?1")?;
        let found = statement.query_row([class], |row| Ok([row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?])).optional()?;
        if let Some([rows, bytes, head]) = found.map(|counts| counts.map(i64::cast_unsigned)) {
            *tally = Tally { load: Some(Load { rows, bytes }), head, ..Tally::new(tally.bound) };
        }
    }
    Ok(())
}

impl Connection {
    /// What waits in a class that has a bound.
    pub(in crate::db) fn tally(&mut self, class: u16) -> Inner<Option<Tally>> {
        match self.in_transaction()?.state.tallies.get(&class).copied() {
            Some(tally) if tally.load.is_none() => self.recount(class).map(Some),
            other => Ok(other),
        }
    }

    /// `E_NOMEM` when a class whose policy is to refuse has no room for so much more.
    pub(in crate::db) fn admit(&mut self, class: u16, rows: u64, bytes: u64) -> Inner<()> {
        if self.in_transaction()?.state.tallies.get(&class).is_none_or(|tally| tally.bound.policy != Policy::Refuse) {
            return Ok(());
        }
        let Some(Tally { bound, load: Some(load), .. }) = self.tally(class)? else { return Ok(()) };
        let why = if rows > 0 && exceeds(load.rows + rows, bound.rows) {
            format!("{} rows wait to be acknowledged, the bound is {} rows", load.rows, bound.rows)
        } else if exceeds(load.bytes + bytes.max(rows), bound.bytes) && bytes.max(rows) > 0 {
            format!("{} bytes wait to be acknowledged, the bound is {} bytes", load.bytes, bound.bytes)
        } else if rows > 0 && self.is_aged(class)? {
            format!("the oldest row that waits to be acknowledged has reached the bound of {} ms", bound.age.0)
        } else {
            return Ok(());
        };
        let name = &table(&self.database, class)?.class;
        fault(
            Code::E_NOMEM,
            format!("class '{name}' takes no more rows: {why}; sync, raise the bound, or choose a policy that drops rows"),
        )
    }

    /// Counts what a change of a row of ours does; `new` is of this transaction.
    pub(in crate::db) fn count_waiting(&mut self, class: u16, old: Option<Held>, new: Option<Held>) -> Inner<()> {
        let open = self.in_transaction()?;
        if open.state.tallies.get(&class).is_none_or(|tally| tally.load.is_none()) {
            return Ok(());
        }
        let group = open.state.groups.of(class);
        let old = match old {
            Some(held) if held.ts > self.floor(held.stream, group)? => Some(held),
            _ => None,
        };
        if let Some(tally) = Arc::make_mut(&mut self.in_transaction()?.state.tallies).get_mut(&class) {
            tally.exchange(old, new);
        }
        Ok(())
    }

    /// Whether a state of a row waits, as far as its class has a bound.
    pub(in crate::db) fn is_waiting(&mut self, class: u16, held: Held) -> Inner<bool> {
        let group = self.in_transaction()?.state.groups.of(class);
        Ok(held.ts > self.floor(held.stream, group)?)
    }

    /// Whether something has waited for too long.
    pub(in crate::db) fn is_aged(&mut self, class: u16) -> Inner<bool> {
        let Some(tally) = self.tally(class)?.filter(|tally| tally.bound.age.0 != 0) else { return Ok(false) };
        let now = self.database.options.clock.millis();
        Ok(self.oldest(class)?.is_some_and(|since| tally.is_aged(since, now)))
    }

    /// Nothing that waits lies before this commit.
    pub(in crate::db) fn put_head(&mut self, class: u16, head: u64) -> Inner<()> {
        if let Some(tally) = Arc::make_mut(&mut self.in_transaction()?.state.tallies).get_mut(&class) {
            tally.head = head;
        }
        Ok(())
    }

    /// The first record of a class in which something may wait, or the one that follows another.
    pub(in crate::db) fn logged(&mut self, class: u16, after: Option<&Logged>) -> Inner<Option<Logged>> {
        let head = self.in_transaction()?.state.tallies.get(&class).map_or(0, |tally| tally.head);
        let place = after.map_or([head.cast_signed() - 1, i64::MAX, 0, 0], |record| record.place);
        let text = format!(
            "SELECT ts, stream, epoch, oid, at, keys FROM _mco_log INDEXED BY _mco_log_class_{class}
             WHERE gone = 0 AND class = {class} AND (ts, stream, epoch, oid) > (?1, ?2, ?3, ?4) ORDER BY ts, stream, epoch, oid LIMIT 1"
        );
        let found: Option<([i64; 4], i64, Vec<u8>)> = self
            .engine
            .prepare_cached(&text)?
            .query_row(place, |row| Ok(([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?], row.get(4)?, row.get(5)?)))
            .optional()?;
        found
            .map(|(place, at, keys)| {
                let [ts, stream, ..] = place;
                Ok(Logged {
                    ts: unsigned(ts)?,
                    stream: stream.cast_unsigned(),
                    at: unsigned(at)?,
                    keys: keys::decode(&keys)?,
                    place,
                })
            })
            .transpose()
    }

    /// The row that a key of a record stands for, if that is its version and it waits.
    pub(in crate::db) fn waiting_row(&mut self, class: u16, stream: Stream, ts: u64, key: Key) -> Inner<Option<Row>> {
        let mut row = Row::default();
        let there = is_own(key) && self.read_row(RowKey { class, key }, &mut row)? && row.stamp.ts == ts;
        let waits = there
            && self.receiver(class, &row)?.0 == stream
            && self.is_waiting(class, Held { stream, ts, bytes: row.weight() })?;
        Ok(waits.then_some(row))
    }

    /// Since when the row waits that has waited longest.
    fn oldest(&mut self, class: u16) -> Inner<Option<u64>> {
        if let Some((_, since)) = self.in_transaction()?.state.tallies.get(&class).and_then(|tally| tally.oldest) {
            return Ok(Some(since));
        }
        let mut record = self.logged(class, None)?;
        while let Some(Logged { ts, stream, at, keys, .. }) = &record {
            for key in keys {
                if self.waiting_row(class, *stream, *ts, *key)?.is_some() {
                    if let Some(tally) = Arc::make_mut(&mut self.in_transaction()?.state.tallies).get_mut(&class) {
                        (tally.head, tally.oldest) = (*ts, Some((*ts, *at)));
                    }
                    return Ok(Some(*at));
                }
            }
            record = self.logged(class, record.as_ref())?;
        }
        Ok(None)
    }

    /// Up to where whoever must have the rows of a stream has acknowledged.
    fn floor(&mut self, stream: Stream, group: Group) -> Inner<u64> {
        if let Some(floor) = self.in_transaction()?.touched.floors.get(&(stream, group)) {
            return Ok(*floor);
        }
        let floor = self.floor_now(stream, group)?;
        self.in_transaction()?.touched.floors.insert((stream, group), floor);
        Ok(floor)
    }

    fn floor_now(&self, stream: Stream, group: Group) -> Inner<u64> {
        let server = self.database.node().is_some_and(|node| node.role == Role::Server);
        match (server, AgentId(stream)) {
            (false, _) => Ok(self.mark(Kind::Custody, OWN, group)?.ts.0),
            (true, AgentId::ALL) => Ok(self.lowest_mark(Kind::Acked, group)?.unwrap_or(0)),
            (true, agent) => {
                let role = self.known(agent)?.map_or(Role::Device, |known| known.role);
                Ok(self.mark(Kind::acked(role), agent, group)?.ts.0)
            }
        }
    }

    /// Floors that a mark bears on, while there are bounds.
    pub(in crate::db) fn floors(&mut self, kind: Kind, agent: AgentId, group: Group) -> Inner<Vec<(Stream, u64)>> {
        if self.in_transaction()?.state.tallies.is_empty() {
            return Ok(Vec::new());
        }
        self.in_transaction()?.touched.floors.clear();
        let streams: &[Stream] = match kind {
            Kind::Custody => &[AgentId::ALL.0],
            Kind::Acked => &[agent.0, AgentId::ALL.0],
            Kind::RouterAcked => &[agent.0],
            _ => &[],
        };
        streams.iter().map(|stream| Ok((*stream, self.floor_now(*stream, group)?))).collect()
    }

    /// Floors have moved: what was acknowledged waits no more; what waits again is counted anew.
    pub(in crate::db) fn floors_moved(&mut self, before: &[(Stream, u64)], group: Group) -> Inner<()> {
        if !before.is_empty() {
            self.in_transaction()?.touched.floors.clear();
        }
        for (stream, low) in before {
            let high = self.floor_now(*stream, group)?;
            if high < *low || (high > *low && !self.in_transaction()?.touched.is_empty()) {
                self.uncount();
            } else if high > *low {
                self.count_acknowledged(*stream, group, *low, high)?;
            }
        }
        Ok(())
    }

    /// Everything is to be counted anew.
    pub(in crate::db) fn uncount(&mut self) {
        let Some(open) = self.transaction.as_mut().filter(|open| !open.state.tallies.is_empty()) else { return };
        open.touched.floors.clear();
        for tally in Arc::make_mut(&mut open.state.tallies).values_mut() {
            *tally = Tally::new(tally.bound);
        }
    }

    /// A class is to be counted anew.
    pub(in crate::db) fn uncount_class(&mut self, class: u16) {
        let Some(open) = self.transaction.as_mut().filter(|open| open.state.tallies.contains_key(&class)) else { return };
        if let Some(tally) = Arc::make_mut(&mut open.state.tallies).get_mut(&class) {
            *tally = Tally::new(tally.bound);
        }
    }

    fn count_acknowledged(&mut self, stream: Stream, group: Group, low: u64, high: u64) -> Inner<()> {
        let open = self.in_transaction()?;
        let groups = Arc::clone(&open.state.groups);
        let tallies = open.state.tallies.iter().filter(|(class, tally)| tally.load.is_some() && groups.of(**class) == group);
        for class in tallies.map(|(class, _)| *class).collect::<Vec<_>>() {
            let gone = self.versions_acknowledged(class, stream, low, high)?;
            if let Some(tally) = Arc::make_mut(&mut self.in_transaction()?.state.tallies).get_mut(&class)
                && let Some(load) = &mut tally.load
            {
                load.rows = load.rows.saturating_sub(gone.rows);
                load.bytes = load.bytes.saturating_sub(gone.bytes);
                tally.oldest = None;
            }
        }
        Ok(())
    }

    /// Rows of a stream whose versions lie in (low, high].
    fn versions_acknowledged(&self, class: u16, stream: Stream, low: u64, high: u64) -> Inner<Load> {
        let mut statement = self.engine.prepare_cached(&format!(
            "SELECT ts, keys FROM _mco_log INDEXED BY _mco_log_class_{class} WHERE gone = 0 AND class = {class} AND ts > ?1 AND ts <= ?2 AND stream = ?3"
        ))?;
        let mut records = statement.query([low.cast_signed(), high.cast_signed(), stream.cast_signed()])?;
        let (mut load, mut row) = (Load::default(), Row::default());
        while let Some(record) = records.next()? {
            let ts = unsigned(record.get(0)?)?;
            for key in keys::decode(record.get_ref(1)?.as_blob().unwrap_or_default())? {
                let there = is_own(key) && self.read_row(RowKey { class, key }, &mut row)? && row.stamp.ts == ts;
                if there && self.receiver(class, &row)?.0 == stream {
                    load.add(row.weight());
                }
            }
        }
        Ok(load)
    }

    fn recount(&mut self, class: u16) -> Inner<Tally> {
        let load = self.waiting_now(class)?;
        let Some(tally) = Arc::make_mut(&mut self.in_transaction()?.state.tallies).get_mut(&class) else {
            return Ok(Tally::new(Bound::default()));
        };
        *tally = Tally { load: Some(load), ..Tally::new(tally.bound) };
        Ok(*tally)
    }

    /// What waits in a class, row by row.
    pub(in crate::db) fn waiting_now(&mut self, class: u16) -> Inner<Load> {
        let group = self.in_transaction()?.state.groups.of(class);
        let table = table(&self.database, class)?;
        let text = format!("SELECT {} FROM {} WHERE _mco_epoch < {FOREIGN}", table.columns, table.name);
        let mut statement = self.engine.prepare_cached(&text)?;
        let mut rows = statement.query([])?;
        let (mut load, mut row) = (Load::default(), Row::default());
        let mut floors: HashMap<Stream, u64> = HashMap::new();
        while let Some(columns) = rows.next()? {
            table.read(columns, 0, &mut row)?;
            let stream = self.receiver(class, &row)?.0;
            let floor = match floors.get(&stream) {
                Some(floor) => *floor,
                None => *floors.entry(stream).or_insert(self.floor_now(stream, group)?),
            };
            if row.stamp.ts > floor {
                load.add(row.weight());
            }
        }
        Ok(load)
    }
}

impl Tally {
    fn exchange(&mut self, old: Option<Held>, new: Option<Held>) {
        let Some(load) = &mut self.load else { return };
        if let Some(held) = old {
            load.rows = load.rows.saturating_sub(1);
            load.bytes = load.bytes.saturating_sub(held.bytes as u64);
            if self.oldest.is_some_and(|(ts, _)| ts == held.ts) {
                self.oldest = None;
            }
        }
        if let Some(held) = new {
            load.add(held.bytes);
        }
    }
}

impl Load {
    fn add(&mut self, bytes: usize) {
        self.rows += 1;
        self.bytes += bytes as u64;
    }
}
