//! Histories that fork: a restored backup, a clone. The server sees it, the origin starts an epoch of a higher generation and sends
//! again what it has changed since.

use crate::base::{AgentId, Announce, Beat, DbId, EpochId, EpochInfo, Fork, Group, Timestamp};
use crate::db::connection::table;
use crate::db::fault::Inner;
use crate::db::keys::Key;
use crate::db::layout::{Flow, unsigned};
use crate::db::state::FOREIGN;
use crate::db::tidy::is_cut;
use crate::db::{Connection, history};
use crate::schema::Travel;
use rusqlite::OptionalExtension;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Most forks that the server names at a time, the newest; the others come with the next announcement.
const MAX_FORKS: usize = 256;
/// Former databases of an agent whose histories are kept though nothing of them is left.
const FORMER: usize = 16;

impl Connection {
    /// On the server: histories of the agent's database that do not belong to what it has announced.
    pub(in crate::db) fn forks_of(&self, announce: &Announce) -> Inner<Vec<Fork>> {
        let told: HashSet<EpochId> = announce.beats.iter().map(|beat| beat.beaten).collect();
        self.forks_from(announce.agent, announce.db, &announce.epochs, &told)
    }

    /// The same of what it has announced, and its parcels have added since.
    pub(in crate::db) fn late_forks(&self, agent: AgentId) -> Inner<Vec<Fork>> {
        let Some(known) = self.known(agent)? else { return Ok(Vec::new()) };
        let chain = self.chain_of(agent)?;
        let mut told = HashSet::new();
        for epoch in &chain {
            told.extend(history::beaten_by(&self.engine, epoch.id)?);
        }
        self.forks_from(agent, known.db, &chain, &told)
    }

    /// On the server: whether a parcel that has been applied was of another history than the one that its agent has announced. It may have
    /// waited in a router for long, and the agent, restored since, be connected all the time.
    pub(in crate::db) fn is_of_a_fork(&self, agent: AgentId, parcel: &[EpochInfo]) -> Inner<bool> {
        // The last epoch that was announced may have gone on.
        let text = "SELECT EXISTS(SELECT 1 FROM _mco_chains WHERE agent = ?1) AND NOT EXISTS(
             SELECT 1 FROM _mco_chains WHERE agent = ?1 AND id = ?2 AND
             (at = (SELECT max(at) FROM _mco_chains WHERE agent = ?1) OR last >= (SELECT last FROM _mco_epochs WHERE id = ?2)))";
        let Some(known) = self.known(agent)? else { return Ok(false) };
        let mut statement = self.engine.prepare_cached(text)?;
        for epoch in parcel.iter().filter(|epoch| epoch.db == known.db) {
            if statement.query_row([agent.0.cast_signed(), epoch.id.0.cast_signed()], |row| row.get(0))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Epochs of a database that are not, or not as far as they were seen, among `epochs`, except those `told`.
    fn forks_from(&self, agent: AgentId, db: DbId, epochs: &[EpochInfo], told: &HashSet<EpochId>) -> Inner<Vec<Fork>> {
        let mine: HashMap<EpochId, EpochInfo> = epochs.iter().map(|epoch| (epoch.id, *epoch)).collect();
        let present = epochs.last().map(|epoch| epoch.id);
        let seen = history::epochs_of(&self.engine, agent, db)?;
        let older = ancestors(&seen, epochs.first());
        let mut forks = Vec::new();
        // The newest first: they count most.
        for epoch in seen.values() {
            if let Some(own) = mine.get(&epoch.id) {
                // The last one may have gone on since it was announced.
                if epoch.last > own.last && present != Some(epoch.id) {
                    forks.push(Fork { epoch: epoch.id, tail: true, at: own.last, generation: epoch.generation });
                }
                continue;
            }
            // What is cut off was on the way to newer ones, which say more.
            if older.contains(&epoch.id) || told.contains(&epoch.id) || is_cut(epoch) {
                continue;
            }
            // Whoever knows of this history needs no answer from it, or they would go on for ever.
            if !history::beaten_by(&self.engine, epoch.id)?.iter().any(|beaten| mine.contains_key(beaten)) {
                let at = branch(&seen, &mine, epoch);
                forks.push(Fork { epoch: epoch.id, tail: false, at, generation: epoch.generation });
            }
        }
        forks.sort_by_key(|fork| std::cmp::Reverse((fork.generation, fork.at, fork.epoch)));
        forks.truncate(MAX_FORKS);
        Ok(forks)
    }

    /// Our history forked: what is new of that starts an epoch of a higher generation, and rows changed since the fork are logged again.
    pub(in crate::db) fn learn_forks(&mut self, forks: &[Fork]) -> Inner<()> {
        let mut new = Vec::new();
        for fork in forks {
            // An announcement may be repeated when it is old: what it does not tell may be ours all the same.
            let own = history::epoch_with_id(&self.engine, fork.epoch)?.filter(|(number, _)| *number < FOREIGN);
            if own.is_some_and(|(number, epoch)| !fork.tail || Some(number) == self.own_epoch() || epoch.last != fork.at) {
                continue;
            }
            let text = "INSERT OR IGNORE INTO _mco_forks(epoch, tail) VALUES(?1, ?2)";
            if self.engine.prepare_cached(text)?.execute(rusqlite::params![fork.epoch.0.cast_signed(), fork.tail])? > 0 {
                new.push(*fork);
            }
        }
        let Some(at) = new.iter().map(|fork| fork.at).min() else { return Ok(()) };
        let own = history::present_epoch(&self.engine)?.map_or(0, |(_, epoch)| epoch.generation);
        let highest = new.iter().map(|fork| fork.generation).fold(own, u32::max);
        log::warn!(
            "the history of this database forked at {at} (a backup was restored, or there is a copy); rows changed since are sent again"
        );
        let Some(open) = &mut self.transaction else { return Ok(()) };
        let number = open.state.start_epoch(&self.engine, highest.saturating_add(1))?;
        open.dirty = true;
        if let Some(epoch) = history::epoch_numbered(&self.engine, number)? {
            for fork in new.iter().filter(|fork| !fork.tail) {
                history::add_beat(&self.engine, Beat { epoch: epoch.id, beaten: fork.epoch })?;
            }
        }
        self.log_again(at)
    }

    /// Local number of our present epoch.
    fn own_epoch(&self) -> Option<u64> {
        self.transaction.as_ref().and_then(|open| open.state.epoch)
    }

    /// An agent's parcel has declared an epoch: it may continue the history that the agent has announced.
    pub(in crate::db) fn extend_chain(&mut self, epoch: &EpochInfo) -> Inner<()> {
        let text = "SELECT at, id, first FROM _mco_chains WHERE agent = ?1 ORDER BY at DESC LIMIT 1";
        let last: Option<(i64, i64, i64)> = self
            .engine
            .prepare_cached(text)?
            .query_row([epoch.agent.0.cast_signed()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let Some((at, id, first)) = last else { return Ok(()) };
        let id = EpochId(id.cast_unsigned());
        let seen = history::epoch_with_id(&self.engine, id)?.map_or(0, |(_, known)| known.last.0);
        // A copy that branches off earlier is no continuation.
        if id != epoch.before || epoch.left.0 < seen || epoch.left.0 < unsigned(first)? {
            return Ok(());
        }
        self.engine.prepare_cached("UPDATE _mco_chains SET last = ?3 WHERE agent = ?1 AND at = ?2")?.execute([
            epoch.agent.0.cast_signed(),
            at,
            epoch.left.0.cast_signed(),
        ])?;
        self.engine.prepare_cached("INSERT INTO _mco_chains VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?.execute(
            rusqlite::params![
                epoch.agent.0.cast_signed(),
                at + 1,
                epoch.id.0.cast_signed(),
                epoch.first.0.cast_signed(),
                epoch.last.0.cast_signed(),
                epoch.before.0.cast_signed(),
                epoch.left.0.cast_signed(),
                epoch.generation
            ],
        )?;
        Ok(())
    }

    /// Forgets the oldest former databases of an agent of which no row is left and nothing can come any more: one that lives in memory
    /// has another database after each start.
    pub(in crate::db) fn forget_databases(&mut self, agent: AgentId, present: DbId) -> Inner<()> {
        let mut former: Vec<i64> = Vec::new();
        {
            let text = format!(
                "SELECT db FROM _mco_epochs WHERE agent = ?1 AND db <> ?2 AND num >= {FOREIGN} GROUP BY db ORDER BY max(num)"
            );
            let mut statement = self.engine.prepare_cached(&text)?;
            let mut rows = statement.query([agent.0.cast_signed(), present.0.cast_signed()])?;
            while let Some(row) = rows.next()? {
                former.push(row.get(0)?);
            }
        }
        let spare = former.len().saturating_sub(FORMER);
        for db in former.into_iter().take(spare) {
            let epochs = history::epochs_of(&self.engine, agent, DbId(db.cast_unsigned()))?;
            if !self.is_used(&epochs)? {
                self.forget_epochs(&epochs)?;
            }
        }
        Ok(())
    }

    /// Whether rows, graves or holes are left of these epochs, all those of one database.
    fn is_used(&self, epochs: &HashMap<u64, EpochInfo>) -> Inner<bool> {
        let database = Arc::clone(&self.database);
        let tables = database.layout.tables.iter().map(|table| (table.name.as_str(), "_mco_epoch"));
        let kept = [("_mco_graves", "epoch"), ("_mco_quarantine", "epoch")];
        for (table, column) in tables.chain(kept) {
            let mut statement =
                self.engine.prepare_cached(&format!("SELECT EXISTS(SELECT 1 FROM {table} WHERE {column} = ?1)"))?;
            for number in epochs.keys() {
                if statement.query_row([number.cast_signed()], |row| row.get(0))? {
                    return Ok(true);
                }
            }
        }
        for (number, epoch) in epochs {
            for group in (0..8).map(Group) {
                let ranges = history::ranges(&self.engine, *number, group)?;
                let whole = matches!(ranges.as_slice(), [] | [_]) && ranges.iter().all(|(low, _)| *low < epoch.first.0);
                if !whole {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    pub(in crate::db) fn forget_epochs(&mut self, epochs: &HashMap<u64, EpochInfo>) -> Inner<()> {
        for (number, epoch) in epochs {
            for (text, of) in [
                ("DELETE FROM _mco_ranges WHERE epoch = ?1", number.cast_signed()),
                ("DELETE FROM _mco_epochs WHERE num = ?1", number.cast_signed()),
                ("DELETE FROM _mco_unheard WHERE epoch = ?1", number.cast_signed()),
            ] {
                self.engine.prepare_cached(text)?.execute([of])?;
            }
            self.drop_beats(epoch.agent, epoch.id)?;
        }
        self.in_transaction()?.dirty = true;
        Ok(())
    }

    /// Drops what an epoch knows of others, unless it is one that is known, or that its agent tells.
    pub(in crate::db) fn drop_beats(&mut self, agent: AgentId, epoch: EpochId) -> Inner<()> {
        let text = "DELETE FROM _mco_beats WHERE epoch = ?1 AND NOT EXISTS(SELECT 1 FROM _mco_epochs WHERE id = ?1)
             AND NOT EXISTS(SELECT 1 FROM _mco_chains WHERE agent = ?2 AND id = ?1)";
        self.engine.prepare_cached(text)?.execute([epoch.0.cast_signed(), agent.0.cast_signed()])?;
        Ok(())
    }

    /// Rows of ours with versions behind a timestamp get new versions.
    fn log_again(&mut self, behind: Timestamp) -> Inner<()> {
        let database = Arc::clone(&self.database);
        for class in database.dictionary.classes.iter().filter(|class| class.travel == Travel::Up) {
            let table = table(&database, class.code)?;
            if table.flow != Flow::Out {
                continue;
            }
            let text = format!("SELECT _mco_epoch, _mco_oid FROM {} WHERE _mco_epoch < {FOREIGN} AND _mco_ts > ?1", table.name);
            let mut keys = Vec::new();
            {
                let mut statement = self.engine.prepare(&text)?;
                let mut rows = statement.query([behind.0.cast_signed()])?;
                while let Some(row) = rows.next()? {
                    keys.push(Key { epoch: unsigned(row.get(0)?)?, oid: unsigned(row.get(1)?)? });
                }
            }
            for key in keys {
                self.touch(table, key)?;
            }
        }
        Ok(())
    }
}

/// Epochs before the first one that an announcement tells: of a very long history only the end is told.
fn ancestors(seen: &HashMap<u64, EpochInfo>, first: Option<&EpochInfo>) -> HashSet<EpochId> {
    let by_id: HashMap<EpochId, &EpochInfo> = seen.values().map(|epoch| (epoch.id, epoch)).collect();
    let mut found = HashSet::new();
    let mut before = first.map(|epoch| epoch.before).filter(|before| before.0 != 0);
    while let Some(epoch) = before.filter(|id| found.insert(*id)) {
        before = by_id.get(&epoch).map(|epoch| epoch.before);
    }
    found
}

/// Where the history that leads to `epoch` leaves the one of `mine`.
fn branch(seen: &HashMap<u64, EpochInfo>, mine: &HashMap<EpochId, EpochInfo>, epoch: &EpochInfo) -> Timestamp {
    let by_id: HashMap<EpochId, &EpochInfo> = seen.values().map(|epoch| (epoch.id, epoch)).collect();
    let mut at = *epoch;
    for _ in 0..seen.len() + 1 {
        if let Some(own) = mine.get(&at.before) {
            return at.left.min(own.last);
        }
        match by_id.get(&at.before) {
            Some(before) => at = **before,
            None => break,
        }
    }
    // What lies between is forgotten: the last landmark before that, unless another fork may lie between.
    let landmark = |mark: &&EpochInfo| is_cut(&at) && is_cut(mark) && mark.generation == at.generation && mark.last <= at.left;
    let common = seen.values().filter(landmark).filter_map(|mark| mine.get(&mark.id).map(|own| mark.last.min(own.last)));
    common.max().unwrap_or_default()
}
