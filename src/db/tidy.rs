//! Epochs of other databases that nothing needs any more. Each opening of a database makes one, and it lives for years.
//!
//! The newest are all kept. Of the older ones those go that are settled, which means that they and all before them have come without a hole, and
//! that no row, grave, gap record or mark names; some stay as landmarks, ever fewer the older they are, so that the place where a
//! restored backup branches off is found about. What stays of them is cut off: it has no predecessor, and needs none.

use crate::base::{AgentId, DbId, EpochId, EpochInfo, Group, Role};
use crate::db::fault::Inner;
use crate::db::layout::{Flow, unsigned};
use crate::db::marks::Kind;
use crate::db::state::FOREIGN;
use crate::db::{Connection, history};
use rusqlite::{OptionalExtension, params};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// Newest epochs of a database that are kept whatever becomes of their rows.
pub(in crate::db) const RECENT: usize = 256;
/// Landmarks are apart by this part of their age.
const SPACING: u64 = 8;

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
        let (settled, line) = match self.database.node().map(|node| node.role) {
            Some(Role::Server) => self.settled(agent, &known)?,
            // Nobody asks here what is complete, or which history is whose.
            _ => (numbers.iter().copied().collect(), known.keys().copied().collect()),
        };
        let beaten = self.beaten_epochs(&known, &settled)?;
        let old: Vec<u64> = numbers.into_iter().filter(|number| settled.contains(number) || beaten.contains(number)).collect();
        let new = |number: &&u64| known.get(number).is_some_and(|epoch| !is_cut(epoch));
        if old.iter().filter(new).count() < RECENT / 2 {
            return Ok(());
        }
        let mut stays = self.named_epochs(agent, db, &known)?;
        stays.extend(landmarks(&known, old.iter().filter(|number| settled.contains(number))));
        let gone: HashMap<u64, EpochInfo> =
            old.iter().filter(|n| !stays.contains(n)).filter_map(|n| known.get(n).map(|epoch| (*n, *epoch))).collect();
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

    /// On the server: epochs of the history that an agent has announced that have come to their end there, like all before them; and all that are
    /// known of that history.
    fn settled(&self, agent: AgentId, known: &HashMap<u64, EpochInfo>) -> Inner<(BTreeSet<u64>, HashSet<u64>)> {
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
        let mut settled = BTreeSet::new();
        let all = line.iter().map(|(number, _)| *number).collect();
        let Some((_, oldest)) = line.last().filter(|(_, oldest)| oldest.before.0 == 0) else { return Ok((settled, all)) };
        // What was settled before stays so, and so does what has come again of that.
        settled.extend(known.iter().filter(|(_, epoch)| is_cut(epoch)).map(|(number, _)| *number));
        if let Some(at) = chain.iter().position(|epoch| epoch.id == oldest.id) {
            settled.extend(chain.iter().take(at).filter_map(|epoch| by_id.get(&epoch.id)));
        }
        let used = self.marks(Kind::Complete, agent)?;
        for at in (1..line.len()).rev() {
            let (Some((number, epoch)), Some((_, later))) = (line.get(at), line.get(at - 1)) else { break };
            for group in (0..8).map(Group) {
                let wanted = used.iter().any(|(g, _)| g == group) || !history::ranges(&self.engine, *number, group)?.is_empty();
                let reached = history::prefix(&self.engine, *number, group, epoch.first)?;
                if wanted && !is_cut(epoch) && reached.is_none_or(|reached| reached < later.left.0) {
                    return Ok((settled, all));
                }
            }
            settled.insert(*number);
        }
        Ok((settled, all))
    }

    /// Epochs that settled ones know of and do not continue: nobody has to be told of them.
    fn beaten_epochs(&self, known: &HashMap<u64, EpochInfo>, settled: &BTreeSet<u64>) -> Inner<HashSet<u64>> {
        let by_id: HashMap<EpochId, u64> = known.iter().map(|(number, epoch)| (epoch.id, *number)).collect();
        let mut beaten = HashSet::new();
        for epoch in settled.iter().filter_map(|number| known.get(number)) {
            beaten.extend(history::beaten_by(&self.engine, epoch.id)?.iter().filter_map(|id| by_id.get(id)));
        }
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

/// Of settled epochs, in order of their numbers, the newest and then ever fewer.
fn landmarks<'n>(known: &HashMap<u64, EpochInfo>, settled: impl DoubleEndedIterator<Item = &'n u64>) -> Vec<u64> {
    let now = known.values().map(|epoch| epoch.last.0).max().unwrap_or_default();
    let mut kept: Vec<u64> = Vec::new();
    let mut apart = 0;
    for number in settled.rev() {
        let Some(age) = known.get(number).map(|epoch| now - epoch.last.0) else { continue };
        if kept.is_empty() || age >= apart {
            kept.push(*number);
            apart = age.saturating_add(age / SPACING).saturating_add(1);
        }
    }
    kept
}
