//! Classes that a peer does not know. Its stream passes their rows over, and its mark does not speak for them: a hold remembers
//! from where on.

use crate::base::{self, AgentId, Group, Position, Result, Role};
use crate::db::connection::table;
use crate::db::fault::Inner;
use crate::db::keys::Key;
use crate::db::layout::{Flow, Row, Table, unsigned};
use crate::db::log::{Fate, Stream};
use crate::db::marks::Kind;
use crate::db::pending::RowKey;
use crate::db::state::FOREIGN;
use crate::db::tally::Held;
use crate::db::{Connection, PeerMarks};
use crate::schema::Travel;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Rows that get a new version in one transaction.
const SLICE: i64 = 1024;
/// A hold follows its first row when that is so many timestamps away, so that looking for it stays short.
const LAG: u64 = 4096;

/// First timestamp at which rows of a class were passed over, by class.
pub(in crate::db) type Passed = BTreeMap<u16, u64>;
/// By peer and class: the timestamp behind which rows of the class were passed over.
pub(in crate::db) type Holds = BTreeMap<AgentId, BTreeMap<u16, u64>>;

/// Up to where the readers of a stream have acknowledged.
#[derive(Clone, Debug)]
pub(in crate::db) struct Reach {
    /// In general.
    pub(in crate::db) until: u64,
    /// In classes with holds.
    held: BTreeMap<u16, u64>,
}

impl Reach {
    /// For a stream whose readers have acknowledged up to `until` in general. `holds` may be newer than `peers`, never older.
    pub(in crate::db) fn new(role: Role, stream: Stream, group: Group, until: u64, peers: &[PeerMarks], holds: &Holds) -> Self {
        let mut held: BTreeMap<u16, u64> = BTreeMap::new();
        if role == Role::Server {
            // Whoever the rows are for must have them.
            let readers = peers.iter().filter(|p| stream == AgentId::ALL.0 || stream == p.agent.0);
            for (class, since) in readers.filter_map(|p| holds.get(&p.agent)).flatten() {
                let reach = held.entry(*class).or_insert(until);
                *reach = (*since).min(*reach);
            }
            return Reach { until, held };
        }
        // One node above is enough.
        let above: Vec<&PeerMarks> = peers.iter().filter(|p| p.role != Role::Device).collect();
        for class in above.iter().filter_map(|p| holds.get(&p.agent)).flat_map(|held| held.keys()) {
            let since = |p: &PeerMarks| holds.get(&p.agent).and_then(|held| held.get(class)).copied().unwrap_or(u64::MAX);
            let reach = above.iter().map(|p| p.acked.get(group).ts.0.min(since(p))).max();
            held.insert(*class, until.min(reach.unwrap_or(0)));
        }
        Reach { until, held }
    }

    /// The same, and nowhere further than `limit`.
    pub(in crate::db) fn up_to(&self, limit: u64) -> Reach {
        let held = self.held.iter().map(|(class, until)| (*class, limit.min(*until)));
        Reach { until: limit.min(self.until), held: held.collect() }
    }

    /// Up to where rows of a class are acknowledged.
    pub(in crate::db) fn of(&self, class: u16) -> u64 {
        self.held.get(&class).copied().unwrap_or(self.until)
    }
}

impl Connection {
    /// The peer is asked for what follows `after` and knows these classes: rows that were passed over on the way to it travel as
    /// if they had been updated now. What travels down is not ours to repeat: who opens with a new downtable asks for it.
    pub(in crate::db) fn release_holds(
        &mut self,
        whose: base::Stream,
        after: Position,
        knows: &dyn Fn(u16) -> bool,
    ) -> Result<()> {
        let peer = whose.agent;
        let (holds, acked) = self.own_snapshot(|connection| {
            let holds = connection.holds(whose)?;
            let acked = if holds.is_empty() { 0 } else { connection.mark(Kind::Given, peer, whose.group)?.ts.0 };
            Ok((holds, acked))
        })?;
        let until = after.ts.0.max(acked);
        for (class, since) in holds.into_iter().filter(|(class, _)| knows(*class)) {
            let mut key = Some(Key { epoch: 0, oid: 0 });
            while let Some(last) = key {
                key = self.own_transaction(|connection| connection.touch_slice(class, last, since, until))?;
            }
            self.own_transaction(|connection| connection.put_hold(peer, class, None))?;
        }
        Ok(())
    }

    /// Remembers what a read for a peer has passed over. Gives a class that the peer does not know and of which rows wait.
    pub(in crate::db) fn note_holds(
        &mut self,
        whose: base::Stream,
        passed: &Passed,
        knows: &dyn Fn(u16) -> bool,
    ) -> Result<Option<u16>> {
        let peer = whose.agent;
        let (changes, waiting) = self.own_snapshot(|connection| {
            let holds = connection.holds(whose)?;
            let mut changes = Vec::new();
            for (class, first) in passed {
                let since = first.saturating_sub(1);
                if holds.get(class).is_none_or(|held| *held > since) {
                    changes.push((*class, Some(since)));
                }
            }
            let mut waiting = passed.keys().next().copied();
            for (class, since) in holds.into_iter().filter(|(class, _)| !passed.contains_key(class) && !knows(*class)) {
                match connection.first_held(whose, class, since)? {
                    Some(first) if first > since + LAG => changes.push((class, Some(first - 1))),
                    Some(_) => {}
                    None => {
                        changes.push((class, None));
                        continue;
                    }
                }
                waiting = waiting.or(Some(class));
            }
            Ok((changes, waiting))
        })?;
        if !changes.is_empty() {
            self.own_transaction(|connection| {
                changes.iter().try_for_each(|(class, since)| connection.put_hold(peer, *class, *since))
            })?;
        }
        Ok(waiting)
    }

    /// All holds.
    pub(in crate::db) fn all_holds(&mut self) -> Result<Holds> {
        self.own_snapshot(|connection| {
            let mut statement = connection.engine.prepare_cached("SELECT agent, class, since FROM _mco_holds")?;
            let mut rows = statement.query([])?;
            let mut holds = Holds::new();
            while let Some(row) = rows.next()? {
                let agent = AgentId(row.get::<_, i64>(0)?.cast_unsigned());
                holds.entry(agent).or_default().insert(row.get(1)?, unsigned(row.get(2)?)?);
            }
            Ok(holds)
        })
    }

    /// Holds of a peer in one group, by class.
    fn holds(&self, whose: base::Stream) -> Inner<BTreeMap<u16, u64>> {
        let mut statement = self.engine.prepare_cached("SELECT class, since FROM _mco_holds WHERE agent = ?1")?;
        let mut rows = statement.query([whose.agent.0.cast_signed()])?;
        let groups = self.database.groups_in(&self.engine)?;
        let mut holds = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let class = row.get(0)?;
            if groups.of(class) == whose.group {
                holds.insert(class, unsigned(row.get(1)?)?);
            }
        }
        Ok(holds)
    }

    /// Says nothing about rows, so it is no commit of our history.
    fn put_hold(&mut self, peer: AgentId, class: u16, since: Option<u64>) -> Inner<()> {
        let whose = [peer.0.cast_signed(), i64::from(class)];
        match since {
            Some(since) => self
                .engine
                .prepare_cached("INSERT OR REPLACE INTO _mco_holds(agent, class, since) VALUES(?1, ?2, ?3)")?
                .execute([whose[0], whose[1], since.cast_signed()])?,
            None => self.engine.prepare_cached("DELETE FROM _mco_holds WHERE agent = ?1 AND class = ?2")?.execute(whose)?,
        };
        Ok(())
    }

    /// The first timestamp behind `since` that has a row of the class for this peer. Every row has a record at its version, and
    /// keeps it while it is held.
    fn first_held(&self, whose: base::Stream, class: u16, since: u64) -> Inner<Option<u64>> {
        let mut statement = self.engine.prepare_cached(
            "SELECT ts FROM _mco_log WHERE gone = 0 AND stream = ?1 AND grp = ?2 AND ts > ?3 AND class = ?4 ORDER BY ts LIMIT 1",
        )?;
        let mut first: Option<u64> = None;
        for stream in [AgentId::ALL, whose.agent] {
            let place = [stream.0.cast_signed(), i64::from(whose.group.0), since.cast_signed(), i64::from(class)];
            let mut rows = statement.query(place)?;
            if let Some(row) = rows.next()? {
                let ts = unsigned(row.get(0)?)?;
                first = Some(first.map_or(ts, |other| other.min(ts)));
            }
        }
        Ok(first)
    }

    /// Gives new versions to own rows behind a key whose version lies in (since, until]; the last key, if there may be more.
    fn touch_slice(&mut self, class: u16, behind: Key, since: u64, until: u64) -> Inner<Option<Key>> {
        let database = Arc::clone(&self.database);
        let table = table(&database, class)?;
        let up = database.dictionary.class(class).is_some_and(|c| c.travel == Travel::Up);
        if table.flow != Flow::Out || !up {
            return Ok(None);
        }
        let keys = self.versions_between(table, behind, since, until)?;
        for key in &keys {
            self.touch(table, *key)?;
        }
        Ok(if i64::try_from(keys.len()).is_ok_and(|n| n == SLICE) { keys.last().copied() } else { None })
    }

    fn versions_between(&self, table: &Table, behind: Key, since: u64, until: u64) -> Inner<Vec<Key>> {
        let mut statement = self.engine.prepare_cached(&format!(
            "SELECT _mco_epoch, _mco_oid FROM {} WHERE (_mco_epoch, _mco_oid) > (?1, ?2) AND _mco_epoch < {FOREIGN}
             AND _mco_ts > ?3 AND _mco_ts <= ?4 ORDER BY _mco_epoch, _mco_oid LIMIT {SLICE}",
            table.name
        ))?;
        let bounds = [behind.epoch, behind.oid, since, until].map(u64::cast_signed);
        let mut rows = statement.query(bounds)?;
        let mut keys = Vec::new();
        while let Some(row) = rows.next()? {
            keys.push(Key { epoch: unsigned(row.get(0)?)?, oid: unsigned(row.get(1)?)? });
        }
        Ok(keys)
    }

    /// A new version with the same content. Takes no room for a row, so it works in a full database.
    pub(in crate::db) fn touch(&mut self, table: &Table, key: Key) -> Inner<()> {
        let at = RowKey { class: table.code, key };
        let mut row = Row::default();
        if !self.read_row(at, &mut row)? {
            return Ok(());
        }
        let stream = self.receiver(table.code, &row)?.0;
        let Some(open) = &mut self.transaction else { return Ok(()) };
        let (epoch, now) = (open.state.epoch(&self.engine)?, open.state.now());
        let before = Held { stream, ts: row.stamp.ts, bytes: row.weight() };
        row.stamp = self.restamp(stream, row.stamp, epoch, now, table.code, key)?;
        self.write_with(&table.update_plain, table, key, &row)?;
        self.count_waiting(table.code, Some(before), Some(Held { ts: row.stamp.ts, ..before }))?;
        let open = self.in_transaction()?;
        open.state.part.count(key.epoch, row.weight());
        open.touched.mark(stream, table.code, key, Fate::Changed, row.stamp.ts, row.weight());
        Ok(())
    }
}
