//! Rows of other nodes in a router's own tables: a view for its application of what passes. What is passed on does not depend on it.

use crate::base::{AgentId, Change, ChangeSet, EpochId, EpochInfo, Group, Position, State, Value, Version};
use crate::db::arrival::Arrival;
use crate::db::connection::table;
use crate::db::fault::Inner;
use crate::db::keys::{self, Key, MAX_KEYS};
use crate::db::layout::{Flow, Row, Stamp, Table, unsigned};
use crate::db::marks::{Kind, OWN};
use crate::db::pending::RowKey;
use crate::db::state::FOREIGN;
use crate::db::{Connection, Database, history};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Most records of shown rows that are taken back in one transaction.
const RECORDS: i64 = 64;

/// Most private rows of a class that stay in the view when they have arrived, about.
pub(in crate::db) const MAX_SHOWN: u64 = if cfg!(test) { 64 } else { 10_000 };

/// Epochs that a parcel declares, by id, with their local numbers.
type Epochs = BTreeMap<EpochId, (u64, EpochInfo)>;

impl Connection {
    /// Shows rows on their way up, until the node above has what was kept at `ts`. Rows that do not fit the tables here, or for which there is
    /// no room, are not shown.
    pub(in crate::db) fn show_up(&mut self, set: &ChangeSet, group: Group, ts: u64) -> Inner<()> {
        let epochs = self.epochs_shown(set)?;
        let mut shown: BTreeMap<u16, BTreeSet<Key>> = BTreeMap::new();
        for change in &set.changes {
            let Some((made, _)) = epochs.get(&change.id.epoch) else { continue };
            let key = Key { epoch: *made, oid: change.id.oid.0 };
            if self.show(change, key, &epochs, ts, AgentId::ALL)? {
                shown.entry(change.class).or_default().insert(key);
            }
        }
        for (class, list) in shown {
            let list: Vec<Key> = list.into_iter().collect();
            for keys in list.chunks(MAX_KEYS) {
                // All parcels of a batch are kept at one timestamp.
                let text = "INSERT INTO _mco_shown(grp, ts, class, part, keys) SELECT ?1, ?2, ?3, coalesce(max(part) + 1, 0), ?4
                     FROM _mco_shown WHERE grp = ?1 AND ts = ?2 AND class = ?3";
                let record = rusqlite::params![group.0, ts.cast_signed(), class, keys::encode(keys)];
                self.engine.prepare_cached(text)?.execute(record)?;
            }
        }
        Ok(())
    }

    /// Shows rows on their way down to a node.
    pub(in crate::db) fn show_down(&mut self, set: &ChangeSet, receiver: AgentId, group: Group) -> Inner<()> {
        let epochs = self.epochs_shown(set)?;
        let mark = self.mark(Kind::Down, OWN, group)?;
        let classes: BTreeSet<u16> = set.changes.iter().map(|change| change.class).collect();
        for class in classes {
            self.note_view(class, group)?;
        }
        self.bound_view(set.changes.len() as u64)?;
        for change in &set.changes {
            let Some((made, _)) = epochs.get(&change.id.epoch) else { continue };
            let key = Key { epoch: *made, oid: change.id.oid.0 };
            if !self.was_removed(change, key, mark)? {
                self.show(change, key, &epochs, change.ts.0, receiver)?;
            }
        }
        Ok(())
    }

    /// Whether our own stream, which has come up to `mark`, has brought this state of a row for all, and it is not here any more.
    fn was_removed(&mut self, change: &Change, key: Key, mark: Position) -> Inner<bool> {
        let for_all = change.agent == AgentId::ALL && matches!(change.state, State::Row(_));
        let version = Position { ts: change.ts, epoch: change.epoch };
        let is_told = for_all && history::is_past(&self.engine, version, mark)?;
        Ok(is_told && !self.read_row(RowKey { class: change.class, key }, &mut Row::default())?)
    }

    /// The node above has what was kept up to `until`: its rows go from the view, unless a newer state has come. `true` if more are left.
    pub(in crate::db) fn unshow(&mut self, group: Group, until: u64) -> Inner<bool> {
        let database = Arc::clone(&self.database);
        let mut records = Vec::new();
        {
            let text =
                "SELECT ts, class, part, keys FROM _mco_shown WHERE grp = ?1 AND ts <= ?2 ORDER BY ts, class, part LIMIT ?3";
            let mut statement = self.engine.prepare_cached(text)?;
            let mut rows = statement.query([i64::from(group.0), until.cast_signed(), RECORDS])?;
            while let Some(row) = rows.next()? {
                let keys = keys::decode(row.get_ref(3)?.as_blob().unwrap_or_default())?;
                records.push(([row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?], keys));
            }
        }
        let mut row = Row::default();
        for ([ts, class, part], keys) in &records {
            let class = u16::try_from(*class).unwrap_or(0);
            if let Ok(table) = table(&database, class) {
                for key in keys {
                    if self.read_row(RowKey { class, key: *key }, &mut row)? && row.stamp.first <= until {
                        self.erase(table, *key)?;
                    }
                }
            }
            self.engine
                .prepare_cached("DELETE FROM _mco_shown WHERE grp = ?1 AND ts = ?2 AND class = ?3 AND part = ?4")?
                .execute([i64::from(group.0), *ts, i64::from(class), *part])?;
            self.in_transaction()?.dirty = true;
        }
        Ok(i64::try_from(records.len()) == Ok(RECORDS))
    }

    /// Removes rows on their way down from the view that have arrived: private ones of an agent below, or those of all and then common ones, too,
    /// that every known device has.
    pub(in crate::db) fn clear_view(&mut self, agent: AgentId, class: Option<u16>) -> Inner<()> {
        let all = agent == AgentId::ALL || agent == AgentId::ALL_DOWN;
        let database = Arc::clone(&self.database);
        for (table, column) in views(&database).filter(|(table, _)| class.is_none_or(|class| class == table.code)) {
            let private = format!("DELETE FROM {} WHERE {} AND (?1 OR {column} = ?2)", table.name, arrived(table, column));
            let mut count = self.engine.prepare_cached(&private)?.execute(rusqlite::params![all, agent.0.cast_signed()])?;
            if all {
                let common = format!(
                    "DELETE FROM {} WHERE {column} = 0 AND _mco_epoch >= {FOREIGN} AND _mco_ts <= (SELECT min(coalesce({}, 0)) FROM _mco_agents a WHERE role = 3)",
                    table.name,
                    acknowledged(table, "a.agent"),
                );
                count += self.engine.prepare_cached(&common)?.execute([])?;
            }
            self.in_transaction()?.dirty |= count > 0;
        }
        self.forget_row();
        Ok(())
    }

    /// Puts one change into its table if it is newer than what is there. `true` if the row is there afterwards, because of it.
    fn show(&mut self, change: &Change, key: Key, epochs: &Epochs, first: u64, receiver: AgentId) -> Inner<bool> {
        let database = Arc::clone(&self.database);
        let (Ok(table), Some((vepoch, changed))) = (table(&database, change.class), epochs.get(&change.epoch)) else {
            return Ok(false);
        };
        let version = Version { generation: changed.generation, ts: change.ts, epoch: change.epoch };
        let at = RowKey { class: change.class, key };
        let mut stored = Row::default();
        let old = self.read_row(at, &mut stored)?.then_some(stored);
        if let Some(old) = &old
            && version <= self.version_shown(old.stamp)?
        {
            return Ok(false);
        }
        let State::Row(values) = &change.state else {
            // What was readdressed from this node to another one stays.
            if old.as_ref().is_some_and(|old| [receiver, AgentId::ALL].contains(&receiver_of(table, old))) {
                self.leaving(table, at)?;
                self.erase(table, key)?;
            }
            return Ok(false);
        };
        if values.len() != table.plain.len() {
            return Ok(false);
        }
        let stamp = Stamp { ts: change.ts.0, epoch: *vepoch, first };
        let Ok(row) = self.fitted(table, values, change.agent, stamp, old.as_ref())? else { return Ok(false) };
        if !self.has_room_to_show(&row)? {
            if self.drop_arrived()? {
                // What was there may be gone, too.
                return self.show(change, key, epochs, first, receiver);
            }
            // No row is better than an old one.
            if old.is_some() {
                self.erase(table, key)?;
            }
            return Ok(false);
        }
        let mut arrival = [Arrival { change: None, at, row, old }];
        let told = self.arriving(&mut arrival)?;
        let [arrival] = arrival;
        // Another row may have its unique key; the final node will judge.
        let shown = self.write_received(table, &arrival, arrival.is_fresh())?;
        if shown {
            self.arrived(told)?;
        }
        Ok(shown)
    }

    /// Private rows that have arrived go from the view, once in a transaction. `false`: they have gone before.
    fn drop_arrived(&mut self) -> Inner<bool> {
        if std::mem::replace(&mut self.in_transaction()?.touched.arrived_dropped, true) {
            return Ok(false);
        }
        let database = Arc::clone(&self.database);
        for (table, column) in views(&database) {
            let text = format!("DELETE FROM {} WHERE {}", table.name, arrived(table, column));
            self.engine.prepare_cached(&text)?.execute([])?;
        }
        self.in_transaction()?.dirty = true;
        self.forget_row();
        Ok(true)
    }

    /// Of the private rows that have arrived the newest stay in the view. Looked at when about one more in sixteen is shown.
    fn bound_view(&mut self, more: u64) -> Inner<()> {
        if let Some(room) = self.in_transaction()?.state.view_room.checked_sub(more) {
            self.in_transaction()?.state.view_room = room;
            return Ok(());
        }
        let database = Arc::clone(&self.database);
        let mut most = MAX_SHOWN;
        for (table, column) in views(&database) {
            let (name, arrived) = (&table.name, arrived(table, column));
            let text = format!(
                "DELETE FROM {name} WHERE {arrived}
                 AND _mco_ts <= (SELECT _mco_ts FROM {name} WHERE {arrived} ORDER BY _mco_ts DESC LIMIT 1 OFFSET {MAX_SHOWN})"
            );
            let count = self.engine.prepare_cached(&text)?.execute([])?;
            self.in_transaction()?.dirty |= count > 0;
            let left = self.engine.prepare_cached(&format!("SELECT count(*) FROM {name}"))?.query_row([], |row| row.get(0))?;
            most = most.max(unsigned(left)?);
        }
        self.in_transaction()?.state.view_room = most / 16;
        self.forget_row();
        Ok(())
    }

    /// In which group the server sends the rows of a class.
    fn note_view(&mut self, class: u16, group: Group) -> Inner<()> {
        let whose = [AgentId::SERVER.0.cast_signed(), i64::from(class), i64::from(group.0)];
        self.engine
            .prepare_cached(
                "INSERT INTO _mco_origins(agent, class, grp) VALUES(?1, ?2, ?3) ON CONFLICT DO UPDATE SET grp = ?3 WHERE grp <> ?3",
            )?
            .execute(whose)?;
        Ok(())
    }

    /// Half of a database with a limit is for what passes: rows on their way down stay in the view, and must not stop others that pass.
    fn has_room_to_show(&self, row: &Row) -> Inner<bool> {
        let limit = self.database.limit_pages.load(Ordering::Relaxed);
        if limit == 0 {
            return Ok(true);
        }
        Ok(self.used_pages()? + (row.weight() as u64).div_ceil(self.database.page_size) <= limit / 2)
    }

    /// Local numbers of the epochs that a parcel declares, where that does not contradict what is known.
    fn epochs_shown(&mut self, set: &ChangeSet) -> Inner<Epochs> {
        let mut epochs = Epochs::new();
        for epoch in &set.epochs {
            if let Some(number) = history::number_of(self, epoch)? {
                epochs.insert(epoch.id, (number, *epoch));
            }
        }
        Ok(epochs)
    }

    fn version_shown(&self, stamp: Stamp) -> Inner<Version> {
        let epoch = history::epoch_numbered(&self.engine, stamp.epoch)?;
        let (generation, id) = epoch.map_or((0, EpochId(0)), |e| (e.generation, e.id));
        Ok(Version { generation, ts: crate::base::Timestamp(stamp.ts), epoch: id })
    }
}

/// Tables with rows on their way down, with the column that says for whom these are.
fn views(database: &Database) -> impl Iterator<Item = (&Table, &str)> {
    let tables = database.layout.tables.iter().filter(|table| table.flow == Flow::In);
    tables.filter_map(|table| Some((table, table.receiver_column.as_deref()?)))
}

/// Up to where an agent below has acknowledged rows of a class, as an expression: in the group of the class, or in all where that has never come.
fn acknowledged(table: &Table, agent: &str) -> String {
    let group = format!("(SELECT o.grp FROM _mco_origins o WHERE o.agent = {} AND o.class = {})", AgentId::SERVER.0, table.code);
    let kinds = [Kind::Acked as i64, Kind::RouterAcked as i64];
    format!(
        "(SELECT min(m.ts) FROM _mco_marks m WHERE m.kind IN ({}, {}) AND m.agent = {agent} AND m.grp = coalesce({group}, m.grp))",
        kinds[0], kinds[1]
    )
}

/// Condition of a query: a private row that its receiver has acknowledged.
fn arrived(table: &Table, column: &str) -> String {
    let until = acknowledged(table, &format!("{}.{column}", table.name));
    format!("{column} > 0 AND _mco_epoch >= {FOREIGN} AND _mco_ts <= {until}")
}

/// For whom a row on its way down is.
fn receiver_of(table: &Table, row: &Row) -> AgentId {
    match table.receiver.and_then(|field| row.values.get(field)) {
        Some(Value::UInt(agent)) => AgentId(*agent),
        _ => AgentId::ALL,
    }
}
