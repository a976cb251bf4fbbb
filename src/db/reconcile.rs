//! Reconcile as its receiver sees it: pages tell everything that it shall have. Each is applied in a transaction of its own; what no page
//! has named goes with the last one, and only then the mark moves. Whoever is in the middle says so, and gets all pages anew.

use crate::base::{AgentId, Announce, Change, Code, EpochId, Group, Position, Result, Stream, Timestamp};
use crate::db::arrival::Arrival;
use crate::db::connection::table;
use crate::db::fault::{Inner, fault};
use crate::db::keys::Key;
use crate::db::layout::{Flow, Table, unsigned};
use crate::db::marks::{Kind, OWN};
use crate::db::parcel::{Applier, Source};
use crate::db::pending::RowKey;
use crate::db::state::FOREIGN;
use crate::db::{Applied, Connection, Incoming, history, store};
use std::sync::Arc;

/// Rows that are removed in one transaction.
const SLICE: usize = 1024;
/// Word of the file: a new downtable wants everything from above. The bits above the lowest are groups that have come since.
const WANTED: &str = "reconcile";

impl Connection {
    /// A page. What `apply` says of batches holds for pages too, except that what comes with the last one takes several transactions.
    pub(in crate::db) fn apply_page(&mut self, incoming: &Incoming<'_>) -> Result<Applied> {
        let mut applied = self.own_transaction(|connection| connection.take_page(incoming))?;
        if incoming.up_to.epoch == EpochId(0) {
            return Ok(applied);
        }
        for class in covered(incoming) {
            let mut behind = Some(Key { epoch: FOREIGN, oid: 0 });
            while let Some(key) = behind {
                let (next, rows) = self.own_transaction(|connection| connection.drop_unnamed(incoming, class, key))?;
                applied.rows = applied.rows.saturating_add(rows);
                behind = next;
            }
        }
        self.own_transaction(|connection| connection.end_reconcile(incoming))?;
        Ok(applied)
    }

    /// Whether rows are missing here for which our marks speak: a reconcile was left in the middle, or a new downtable waits for one.
    pub(in crate::db) fn lacks_rows(&self) -> Inner<bool> {
        let wanted = store::meta::<i64>(&self.engine, WANTED)?.is_some_and(|wanted| wanted != 0);
        Ok(wanted || !self.marks(Kind::Page, OWN)?.is_empty())
    }

    /// Whether a stream of ours is in the middle of a reconcile.
    pub(in crate::db) fn is_reconciled(&self, group: Group) -> Inner<bool> {
        Ok(self.mark(Kind::Page, OWN, group)? != Position::default())
    }

    /// Whether a page has named the row.
    pub(in crate::db) fn is_named(&self, group: Group, key: Key) -> Inner<bool> {
        let whose = [key.epoch.cast_signed(), i64::from(group.0), key.oid.cast_signed()];
        let text = format!("SELECT {}", unnamed("?1", "?2", "?3"));
        let unnamed: bool = self.engine.prepare_cached(&text)?.query_row(whose, |row| row.get(0))?;
        Ok(!unnamed)
    }

    /// Takes the rows of a page, whatever their versions, and notes what it names.
    fn take_page(&mut self, incoming: &Incoming<'_>) -> Inner<Applied> {
        let group = incoming.stream.group;
        let (after, up_to) = (incoming.after, incoming.up_to);
        let is_last = up_to.epoch != EpochId(0);
        let declared = |epoch: EpochId| incoming.parcels.iter().any(|p| p.set.epochs.iter().any(|e| e.id == epoch));
        let follows = if is_last { declared(up_to.epoch) } else { Some(up_to.ts.0) == after.ts.0.checked_add(1) };
        let series = incoming.parcels.first().map_or(0, |parcel| parcel.set.series);
        if after.epoch != EpochId(0) || !follows || series == 0 {
            return fault(
                Code::E_IOT_PROTOCOLERR,
                format!("agent {} sends a page of a reconcile that has no place", incoming.from),
            );
        }
        if after == Position::default() {
            self.engine.prepare_cached("DELETE FROM _mco_seen WHERE grp = ?1")?.execute([group.0])?;
        } else if self.mark(Kind::Page, OWN, group)? != page(after.ts, series) {
            return fault(
                Code::E_IOT_TS_GAP,
                format!(
                    "agent {} goes on with page {} of a reconcile, which is not the next one of that one here",
                    incoming.from, after.ts
                ),
            );
        }
        let mut applied = Applied::nothing(up_to);
        for parcel in incoming.parcels {
            let source = Source { origin: AgentId::SERVER, within: None, group };
            let done = Applier::new(self, source, &parcel.set)?.reconciling().run()?;
            (applied.rows, applied.code, applied.origin) = (done.rows, done.code, done.origin);
        }
        // The last page has to come again should what follows fail.
        self.put_mark(Kind::Page, OWN, group, page(if is_last { after.ts } else { up_to.ts }, series))?;
        Ok(applied)
    }

    /// Removes rows of a class behind a key that no page has named; the last key looked at if there may be more, and how many went.
    fn drop_unnamed(&mut self, incoming: &Incoming<'_>, class: u16, behind: Key) -> Inner<(Option<Key>, u32)> {
        let database = Arc::clone(&self.database);
        let Ok(table) = table(&database, class) else { return Ok((None, 0)) };
        if table.flow != Flow::In {
            return Ok((None, 0));
        }
        let keys = self.unnamed(table, incoming, behind)?;
        for key in &keys {
            self.leaving(table, RowKey { class, key: *key })?;
            self.erase(table, *key)?;
        }
        let more = if keys.len() == SLICE { keys.last().copied() } else { None };
        Ok((more, u32::try_from(keys.len()).unwrap_or(u32::MAX)))
    }

    fn unnamed(&self, table: &Table, incoming: &Incoming<'_>, behind: Key) -> Inner<Vec<Key>> {
        // A router shows rows for nodes below in the same table.
        let ours = table.receiver_column.as_ref().map_or_else(String::new, |column| format!("AND {column} IN (0, ?4)"));
        let text = format!(
            "SELECT _mco_epoch, _mco_oid FROM {} t WHERE (_mco_epoch, _mco_oid) > (?1, ?2) AND {} {ours}
             ORDER BY _mco_epoch, _mco_oid LIMIT {SLICE}",
            table.name,
            unnamed("t._mco_epoch", "?3", "t._mco_oid")
        );
        let mut statement = self.engine.prepare_cached(&text)?;
        let [epoch, oid] = [behind.epoch.cast_signed(), behind.oid.cast_signed()];
        let group = i64::from(incoming.stream.group.0);
        let own = incoming.stream.agent.0.cast_signed();
        let mut rows =
            if ours.is_empty() { statement.query([epoch, oid, group])? } else { statement.query([epoch, oid, group, own])? };
        let mut keys = Vec::new();
        while let Some(row) = rows.next()? {
            keys.push(Key { epoch: unsigned(row.get(0)?)?, oid: unsigned(row.get(1)?)? });
        }
        Ok(keys)
    }

    /// Everything is here and nothing else: the stream goes on from the end of the last page.
    fn end_reconcile(&mut self, incoming: &Incoming<'_>) -> Inner<()> {
        let group = incoming.stream.group;
        let aside = format!(
            "DELETE FROM _mco_quarantine WHERE class = ?1 AND epoch >= {FOREIGN} AND {}",
            unnamed("_mco_quarantine.epoch", "?2", "_mco_quarantine.oid")
        );
        for class in covered(incoming) {
            let whose = [i64::from(class), i64::from(group.0)];
            let count = self.engine.prepare_cached(&aside)?.execute(whose)?;
            self.released(count)?;
            self.engine
                .prepare_cached("DELETE FROM _mco_graves WHERE class = ?1 AND epoch >= ?2")?
                .execute([whose[0], FOREIGN.cast_signed()])?;
            self.engine.prepare_cached("DELETE FROM _mco_unheard WHERE class = ?1 AND grp = ?2")?.execute(whose)?;
        }
        self.engine.prepare_cached("DELETE FROM _mco_seen WHERE grp = ?1")?.execute([group.0])?;
        self.drop_mark(Kind::Page, OWN, group)?;
        self.put_mark(Kind::Down, OWN, group, incoming.up_to)?;
        self.put_mark(Kind::DownTop, OWN, group, incoming.as_of)?;
        self.note_complete(incoming)
    }

    /// A new downtable has all its rows when every group of the server was reconciled.
    fn note_complete(&mut self, incoming: &Incoming<'_>) -> Inner<()> {
        let Some(wanted) = store::meta::<i64>(&self.engine, WANTED)?.filter(|wanted| *wanted != 0) else { return Ok(()) };
        let bit = |group: Group| 2_i64 << group.0;
        let groups = incoming.parcels.iter().flat_map(|parcel| &parcel.set.classes).fold(0, |all, (_, group)| all | bit(*group));
        let done = wanted | bit(incoming.stream.group);
        let wanted = if done & groups == groups { 0 } else { done };
        self.engine
            .prepare_cached("UPDATE _mco_meta SET value = ?2 WHERE key = ?1")?
            .execute(rusqlite::params![WANTED, wanted])?;
        Ok(())
    }
}

/// A page on its way into the tables.
impl Applier<'_, '_> {
    /// The set is a page of a reconcile.
    pub(in crate::db) fn reconciling(mut self) -> Self {
        self.page = true;
        self
    }

    /// Notes what a page names.
    pub(in crate::db) fn name_all(&mut self) -> Inner<()> {
        let mut spans = Vec::with_capacity(self.set.kept.len() + self.set.changes.len());
        for kept in &self.set.kept {
            spans.push((self.epoch(kept.epoch)?.0, kept.low - 1, kept.high));
        }
        for Change { id, .. } in &self.set.changes {
            if !(1..=i64::MAX as u64).contains(&id.oid.0) {
                return self.broken("a row has no number");
            }
            spans.push((self.epoch(id.epoch)?.0, id.oid.0 - 1, id.oid.0));
        }
        spans.sort_unstable();
        for run in spans.chunk_by(|a, b| a.0 == b.0 && a.2 == b.1) {
            if let (Some(first), Some(last)) = (run.first(), run.last()) {
                history::add_span(&self.connection.engine, "_mco_seen", first.0, self.source.group, first.1, last.2)?;
            }
        }
        Ok(())
    }

    /// Rows that have not been named have to make room for those of a page.
    pub(in crate::db) fn displace(&mut self, blocked: &[Arrival<'_>]) -> Inner<()> {
        let database = Arc::clone(&self.connection.database);
        for arrival in blocked {
            let wanted = table(&database, arrival.at.class)?;
            for holder in self.connection.blockers(wanted, arrival.at.key, &arrival.row)? {
                if self.is_of_pages(arrival.at, holder)? && !self.connection.is_named(self.source.group, holder.key)? {
                    let table = table(&database, holder.class)?;
                    self.connection.leaving(table, holder)?;
                    self.connection.erase(table, holder.key)?;
                }
            }
        }
        Ok(())
    }

    /// Whether a row that is in the way of another is one that pages bring, too: rows of any class may have an oid.
    fn is_of_pages(&self, at: RowKey, holder: RowKey) -> Inner<bool> {
        if holder.class == at.class {
            return Ok(true);
        }
        let flow = table(&self.connection.database, holder.class)?.flow;
        Ok(flow == Flow::In && self.connection.group_from_origin(holder)? == self.source.group)
    }
}

/// On a router: nodes below that are in the middle of a reconcile, as far as known here.
impl Connection {
    /// A node below has announced itself.
    pub(in crate::db) fn open_pages(&mut self, announce: &Announce) -> Inner<()> {
        self.drop_marks(Kind::Page, announce.agent)?;
        self.database.pages.lock().forget_agent(announce.agent);
        for group in self.groups_of_mail(announce.agent, &announce.down)? {
            // What is held for it may bring it states as new as that.
            if let Some(top) = self.mail_top(announce.agent, group)?
                && top.ts > self.mark(Kind::Top, announce.agent, group)?.ts
            {
                self.put_mark(Kind::Top, announce.agent, group, top)?;
            }
        }
        for down in announce.down.iter().filter(|_| announce.reconcile) {
            self.put_mark(Kind::Page, announce.agent, down.group, page(Timestamp(0), 1))?;
        }
        Ok(())
    }

    /// A batch for a node below has come: with the first page its reconcile begins.
    pub(in crate::db) fn note_page(&mut self, incoming: &Incoming<'_>) -> Inner<()> {
        if !incoming.reconcile || incoming.after != Position::default() {
            return Ok(());
        }
        self.put_mark(Kind::Page, incoming.stream.agent, incoming.stream.group, page(Timestamp(0), 1))
    }

    /// A node below has acknowledged a position: no reconcile of that stream is under way any more.
    pub(in crate::db) fn end_pages(&mut self, stream: Stream) -> Inner<()> {
        self.drop_mark(Kind::Page, stream.agent, stream.group)?;
        let known = self.agent(stream.agent)?;
        if known.reconcile && self.marks(Kind::Page, stream.agent)?.is_empty() {
            let known = crate::db::agents::Agent { reconcile: false, ..known };
            self.put_agent(stream.agent, &known)?;
        }
        Ok(())
    }
}

/// Condition of a query: no page has named the row.
fn unnamed(epoch: &str, group: &str, oid: &str) -> String {
    format!(
        "coalesce((SELECT s.high FROM _mco_seen s WHERE s.epoch = {epoch} AND s.grp = {group} AND s.low < {oid}
          ORDER BY s.low DESC LIMIT 1), -1) < {oid}"
    )
}

/// So many pages of a reconcile are here.
fn page(number: Timestamp, series: u64) -> Position {
    Position { ts: number, epoch: EpochId(series) }
}

/// Classes for which the last page of a reconcile speaks.
fn covered(incoming: &Incoming<'_>) -> impl Iterator<Item = u16> {
    let classes = incoming.parcels.iter().flat_map(|parcel| &parcel.set.classes);
    classes.filter(|(class, group)| *class != 0 && *group == incoming.stream.group).map(|(class, _)| *class)
}
