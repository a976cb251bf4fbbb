//! Epochs of other databases that nothing needs any more. Each opening of a database makes one, and it lives for years.
//!
//! The newest are all kept. Of the older ones those go that are settled, which means that they and all before them have come without a hole, and
//! that no row, grave, gap record or mark names; some stay as landmarks, ever fewer the older they are, so that the place where a
//! restored backup branches off is found about. What stays of them is cut off: it has no predecessor, and needs none.

use crate::base::{AgentId, DbId, EpochId, EpochInfo, Group, Position, Role, Timestamp};
use crate::db::fault::Inner;
use crate::db::layout::{Flow, unsigned};
use crate::db::marks::Kind;
use crate::db::state::FOREIGN;
use crate::db::{Connection, history};
use rusqlite::{OptionalExtension, params};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// Newest epochs of a database that are kept whatever becomes of their rows.
pub(in crate::db) const RECENT: usize = if cfg!(test) { 64 } else { 1024 };
/// Landmarks are apart by this part of their age.
const SPACING: u64 = 8;

/// What has come of an agent's epochs.
struct Settled {
    /// Those that have come to their end, like all before them, by local number.
    epochs: BTreeSet<u64>,
    /// All that are known of the announced history.
    line: HashSet<u64>,
    /// Groups in which all of them have come.
    groups: Vec<Group>,
}

/// Whether what was before an epoch is settled and forgotten.
pub(in crate::db) fn is_cut(epoch: &EpochInfo) -> bool {
    epoch.before.0 == 0 && epoch.left.0 > 0
}

impl Connection {
    /// Forgets epochs of an agent's database, once so many have come since the last time.
    pub(in crate::db) fn tidy_epochs(&mut self, agent: AgentId, db: DbId) -> Inner<()> {
        let text = format!(
            "SELECT count(*) FROM _mco_epochs WHERE agent = ?1 AND db = ?2 AND num >= {FOREIGN} AND NOT (before = 0 AND left_at > 0)"
        );
        let whose = [agent.0.cast_signed(), db.0.cast_signed()];
        let count = unsigned(self.engine.prepare_cached(&text)?.query_row(whose, |row| row.get(0))?)?;
        if count < 2 * RECENT as u64 {
            return Ok(());
        }
        let known = history::epochs_of(&self.engine, agent, db)?;
        let mut numbers: Vec<u64> = known.keys().copied().collect();
        numbers.sort_unstable();
        let recent = numbers.split_off(numbers.len().saturating_sub(RECENT));
        let Settled { epochs: settled, line, groups } = match self.database.node().map(|node| node.role) {
            Some(Role::Server) => self.settled(agent, &known)?,
            // Nobody asks here what is complete, or which history is whose.
            _ => Settled { epochs: numbers.iter().copied().collect(), line: known.keys().copied().collect(), groups: vec![] },
        };
        let beaten = self.beaten_epochs(&known, &settled, &line)?;
        let old: Vec<u64> = numbers.into_iter().filter(|number| settled.contains(number) || beaten.contains(number)).collect();
        let new = |number: &&u64| known.get(number).is_some_and(|epoch| !is_cut(epoch));
        if old.iter().filter(new).count() < RECENT / 2 {
            return Ok(());
        }
        let mut stays = self.named_epochs(agent, db, &known)?;
        stays.extend(landmarks(&known, old.iter().filter(|number| settled.contains(number))));
        let gone: HashMap<u64, EpochInfo> =
            old.iter().filter(|n| !stays.contains(n)).filter_map(|n| known.get(n).map(|epoch| (*n, *epoch))).collect();
        if !known.values().any(is_cut) {
            // A group of which something comes for the first time later does not count as come up to a landmark.
            for group in groups {
                self.put_mark(Kind::Settled, agent, group, Position { ts: Timestamp(1), epoch: EpochId(0) })?;
            }
        }
        self.forget_epochs(&gone)?;
        let ids: HashSet<EpochId> = gone.values().map(|epoch| epoch.id).collect();
        let mut cut = self.engine.prepare_cached("UPDATE _mco_epochs SET before = 0 WHERE num = ?1")?;
        for number in old.iter().chain(&recent).filter(|number| !gone.contains_key(number)) {
            let behind = line.contains(number) && known.get(number).is_some_and(|epoch| ids.contains(&epoch.before));
            if behind || settled.contains(number) && !recent.contains(number) {
                cut.execute([number.cast_signed()])?;
            }
        }
        Ok(())
    }

    /// The same for the database of the server: who is below sees each of its openings.
    pub(in crate::db) fn tidy_server(&mut self) -> Inner<()> {
        let text = format!(
            "SELECT db FROM _mco_epochs WHERE agent = ?1 AND num >= {FOREIGN} GROUP BY db ORDER BY max(num) DESC LIMIT 1"
        );
        let server = [AgentId::SERVER.0.cast_signed()];
        let db: Option<i64> = self.engine.prepare_cached(&text)?.query_row(server, |row| row.get(0)).optional()?;
        db.map_or(Ok(()), |db| self.tidy_epochs(AgentId::SERVER, DbId(db.cast_unsigned())))
    }

    /// On the server: epochs of the history that an agent has announced that have come to their end there or were given up, like all before them.
    fn settled(&self, agent: AgentId, known: &HashMap<u64, EpochInfo>) -> Inner<Settled> {
        let by_id: HashMap<EpochId, u64> = known.iter().map(|(number, epoch)| (epoch.id, *number)).collect();
        let chain = self.chain_of(agent)?;
        let mut next = chain.iter().rev().find_map(|epoch| by_id.get(&epoch.id)).copied();
        // The newest first.
        let mut line: Vec<(u64, EpochInfo)> = Vec::new();
        while let Some((number, epoch)) = next.and_then(|number| Some((number, *known.get(&number)?))) {
            // Histories are told by peers; one that runs in a circle must not hold us.
            if line.last().is_some_and(|(_, later)| later.first <= epoch.first) {
                break;
            }
            line.push((number, epoch));
            next = by_id.get(&epoch.before).copied();
        }
        let all = line.iter().map(|(number, _)| *number).collect();
        let mut settled = Settled { epochs: BTreeSet::new(), line: all, groups: (0..8).map(Group).collect() };
        let Some((_, oldest)) = line.last().filter(|(_, oldest)| oldest.before.0 == 0) else { return Ok(settled) };
        // What was settled before stays so, and so does what has come again of that.
        settled.epochs.extend(known.iter().filter(|(_, epoch)| is_cut(epoch)).map(|(number, _)| *number));
        if let Some(at) = chain.iter().position(|epoch| epoch.id == oldest.id) {
            settled.epochs.extend(chain.iter().take(at).filter_map(|epoch| by_id.get(&epoch.id)));
        }
        let (used, counts) = (self.marks(Kind::Complete, agent)?, self.marks(Kind::Settled, agent)?);
        let on = |told| Ok(history::past_on(&chain, told) == told);
        for at in (1..line.len()).rev() {
            let (Some((number, epoch)), Some((_, later))) = (line.get(at), line.get(at - 1)) else { break };
            let mut whole = settled.groups.clone();
            for group in (0..8).map(Group).filter(|_| !is_cut(epoch)) {
                let wanted = used.iter().chain(counts.iter()).any(|(g, _)| g == group)
                    || !history::ranges(&self.engine, *number, group)?.is_empty();
                let (begin, end) = (epoch.first.0.saturating_sub(1), later.left.0);
                if history::reached(&self.engine, &on, (*number, epoch), group, begin, end)? >= end {
                    continue;
                }
                if wanted {
                    return Ok(settled);
                }
                whole.retain(|g| *g != group);
            }
            settled.epochs.insert(*number);
            settled.groups = whole;
        }
        Ok(settled)
    }

    /// Epochs outside of the announced history that settled ones know of and do not continue. The origin has learnt of them there, and all that
    /// it had changed since the fork has come with newer versions, so nobody has to be told of them. What goes is only what is known of their
    /// ranges: when their history is announced again, it counts as not come, and is sent again. Nothing of the announced history goes
    /// this way, so whatever is cut there follows what was settled.
    fn beaten_epochs(
        &self,
        known: &HashMap<u64, EpochInfo>,
        settled: &BTreeSet<u64>,
        line: &HashSet<u64>,
    ) -> Inner<HashSet<u64>> {
        let by_id: HashMap<EpochId, u64> = known.iter().map(|(number, epoch)| (epoch.id, *number)).collect();
        let mut beaten = HashSet::new();
        for epoch in settled.iter().filter_map(|number| known.get(number)) {
            beaten.extend(history::beaten_by(&self.engine, epoch.id)?.iter().filter_map(|id| by_id.get(id)));
        }
        beaten.retain(|number| !line.contains(number));
        Ok(beaten)
    }

    /// Those that rows, graves, gap records or marks name.
    fn named_epochs(&self, agent: AgentId, db: DbId, known: &HashMap<u64, EpochInfo>) -> Inner<HashSet<u64>> {
        let database = Arc::clone(&self.database);
        let own = "SELECT num FROM _mco_epochs WHERE agent = ?1 AND db = ?2";
        let mut texts = Vec::new();
        for table in database.layout.tables.iter().filter(|table| table.flow != Flow::Local) {
            for column in ["_mco_epoch", "_mco_vepoch"] {
                texts.push(format!("SELECT DISTINCT {column} FROM {} WHERE _mco_epoch IN ({own})", table.name));
            }
        }
        for (table, columns) in [
            ("_mco_graves", &["epoch", "vepoch"][..]),
            ("_mco_quarantine", &["epoch", "vepoch", "holder_epoch"]),
            ("_mco_cleared", &["epoch", "vepoch"]),
            ("_mco_seen", &["epoch"]),
        ] {
            texts.extend(columns.iter().map(|column| format!("SELECT DISTINCT {column} FROM {table} WHERE {column} IN ({own})")));
        }
        for table in ["_mco_gaps", "_mco_marks"] {
            texts.push(format!(
                "SELECT num FROM _mco_epochs WHERE agent = ?1 AND db = ?2 AND id IN (SELECT epoch FROM {table} WHERE agent IN (?1, 0))"
            ));
        }
        let mut named = HashSet::new();
        for text in texts {
            let mut statement = self.engine.prepare(&text)?;
            let mut rows = statement.query(params![agent.0.cast_signed(), db.0.cast_signed()])?;
            while let Some(row) = rows.next()? {
                named.insert(row.get::<_, i64>(0)?.cast_unsigned());
            }
        }
        named.retain(|number| known.contains_key(number));
        Ok(named)
    }
}

/// Of settled epochs the newest and then ever fewer.
fn landmarks<'n>(known: &HashMap<u64, EpochInfo>, settled: impl Iterator<Item = &'n u64>) -> Vec<u64> {
    let now = known.values().map(|epoch| epoch.last.0).max().unwrap_or_default();
    // By age: one that was forgotten and has come again has a new number.
    let mut ages: Vec<(u64, u64)> =
        settled.filter_map(|number| known.get(number).map(|epoch| (now - epoch.last.0, *number))).collect();
    ages.sort_unstable();
    let mut kept: Vec<u64> = Vec::new();
    let mut apart = 0;
    for (age, number) in ages {
        if kept.is_empty() || age >= apart {
            kept.push(number);
            apart = age.saturating_add(age / SPACING).saturating_add(1);
        }
    }
    kept
}
