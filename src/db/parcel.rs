//! One parcel: rows of one origin, with what is needed to place them in history, put into the tables.

use crate::base::{
    AgentId, Change, ChangeSet, Code, EpochId, EpochInfo, Error, Group, Level, Position, Result, Role, State, Timestamp, Value,
    Version,
};
use crate::db::agents::Agent;
use crate::db::arrival::Arrival;
use crate::db::connection::table;
use crate::db::fault::{Inner, damaged, fault};
use crate::db::keys::Key;
use crate::db::layout::{Flow, Row, Stamp, Table, unsigned};
use crate::db::pending::RowKey;
use crate::db::quarantine::Misfit;
use crate::db::{Applied, Connection, Database, gaps, history, unheard};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Most ranges that one set completes.
const MAX_NOTES: usize = 4096;
/// Most gap records in one set.
const MAX_GAPS: usize = 4096;

/// Where a parcel comes from.
#[derive(Clone, Copy, Debug)]
pub(in crate::db) struct Source {
    /// Whose rows these are.
    pub(in crate::db) origin: AgentId,
    /// Positions of the batch, when these are positions of the origin.
    pub(in crate::db) within: Option<(Position, Position)>,
    /// Stream in which it has come.
    pub(in crate::db) group: Group,
}

pub(in crate::db) struct Applier<'c, 's> {
    pub(in crate::db) connection: &'c mut Connection,
    database: Arc<Database>,
    pub(in crate::db) source: Source,
    /// Whether it travels up.
    up: bool,
    pub(in crate::db) set: &'s ChangeSet,
    /// A page of a reconcile: rows are taken whatever their versions.
    pub(in crate::db) page: bool,
    /// Epochs by id, with their local numbers.
    epochs: HashMap<EpochId, (u64, EpochInfo)>,
    /// Epochs by local number, as far as versions were compared.
    numbered: HashMap<u64, EpochInfo>,
    /// Ranges that had been received of an epoch before this set, by local number.
    received: HashMap<u64, Vec<(u64, u64)>>,
    graves: bool,
    rows: u32,
}

impl<'c, 's> Applier<'c, 's> {
    pub(in crate::db) fn new(connection: &'c mut Connection, source: Source, set: &'s ChangeSet) -> Inner<Self> {
        let exists = |text: &str| connection.engine.prepare_cached(text)?.query_row([], |row| row.get(0));
        Ok(Applier {
            database: Arc::clone(&connection.database),
            graves: exists("SELECT EXISTS(SELECT 1 FROM _mco_graves)")?,
            up: source.origin != AgentId::SERVER,
            connection,
            source,
            set,
            page: false,
            epochs: HashMap::new(),
            numbered: HashMap::new(),
            received: HashMap::new(),
            rows: 0,
        })
    }

    /// Puts everything into the tables; `mark` of the outcome is that of the set.
    pub(in crate::db) fn run(mut self) -> Inner<Applied> {
        self.check_positions()?;
        if self.up {
            self.meet()?;
        }
        for epoch in &self.set.epochs {
            self.learn(epoch)?;
        }
        if self.page {
            self.name_all()?;
        }
        let mut arrivals = Vec::new();
        let mut misfits = Vec::new();
        for change in &self.set.changes {
            self.sort(change, &mut arrivals, &mut misfits)?;
        }
        let placed = arrivals.len();
        let mut blocked = self.connection.place(arrivals)?;
        if self.page && !blocked.is_empty() {
            self.displace(&blocked)?;
            blocked = self.connection.place(blocked)?;
        }
        self.rows += u32::try_from(placed.saturating_sub(blocked.len())).unwrap_or(u32::MAX);
        for arrival in &blocked {
            misfits.extend(
                arrival.change.map(|change| self.misfit(change, arrival.at, arrival.row.stamp, Code::S_DUPLICATE)).transpose()?,
            );
        }
        for misfit in &misfits {
            self.connection.set_aside(misfit)?;
        }
        self.rows += self.connection.retry_waiting()?;
        self.finish()?;
        let (code, origin) = self.first_refused(&misfits)?;
        Ok(Applied { code, origin, rows: self.rows, ..Applied::nothing(self.set.up_to) })
    }

    /// Ranges, and what is known of the origin besides its rows.
    fn finish(&mut self) -> Inner<()> {
        let group = self.source.group;
        for note in &self.set.notes {
            let (number, epoch) = self.epoch(note.epoch)?;
            history::add_range(&self.connection.engine, number, group, note.from.0, note.to.0)?;
            if self.up {
                self.connection.close_gaps(epoch.agent, epoch.id, group, note.from.0, note.to.0)?;
            }
            self.see(number, note.to)?;
        }
        let told = self.set.epochs.iter().max_by_key(|epoch| epoch.first);
        let told = told.map_or(gaps::NOWHERE, |epoch| Position { ts: epoch.last, epoch: epoch.id });
        for gap in &self.set.gaps {
            // Nobody but the origin knows whether it still has its rows.
            let told = if gap.agent == self.source.origin { told } else { gaps::NOWHERE };
            let number = self.epochs.get(&gap.epoch).map_or(0, |(number, _)| *number);
            let received = self.received.get(&number).map(Vec::as_slice).unwrap_or_default();
            self.connection.hear_gap(gap, group, told, received)?;
        }
        for beat in &self.set.beats {
            history::add_beat(&self.connection.engine, *beat)?;
        }
        self.note_groups()?;
        if self.graves {
            self.connection.close_graves()?;
        }
        Ok(())
    }

    fn check_positions(&self) -> Inner<()> {
        let set = self.set;
        let epoch = |id: EpochId| set.epochs.iter().find(|e| e.id == id);
        let mut right = set.notes.len() <= MAX_NOTES && set.gaps.len() <= MAX_GAPS;
        for note in &set.notes {
            right &= note.from < note.to
                && epoch(note.epoch).is_some_and(|e| note.from.0 >= e.first.0.saturating_sub(1) && note.to <= e.last);
        }
        if let Some((after, up_to)) = self.source.within {
            right &= epoch(up_to.epoch).is_some() && set.notes.iter().all(|n| n.from >= after.ts && n.to <= up_to.ts);
        }
        right &= self.up || (set.beats.is_empty() && set.gaps.is_empty());
        right &= self.page || (set.series == 0 && set.kept.is_empty() && set.classes.is_empty());
        right &= set.kept.iter().all(|kept| (1..=kept.high).contains(&kept.low) && kept.high <= i64::MAX as u64);
        right &= set.beats.iter().all(|beat| epoch(beat.epoch).is_some());
        for gap in &set.gaps {
            let own = gap.agent == self.source.origin && epoch(gap.epoch).is_some();
            let told = gap.agent != self.source.origin && self.source.within.is_none();
            right &= (own || told) && gap.first <= gap.last && gap.first.0 > 0 && gap.last.0 <= i64::MAX as u64;
        }
        if right { Ok(()) } else { self.broken("positions or ranges") }
    }

    /// An agent becomes known by its first row.
    fn meet(&mut self) -> Inner<()> {
        let (id, Some(epoch)) = (self.source.origin, self.set.epochs.first()) else { return Ok(()) };
        if self.connection.known(id)?.is_some() {
            return Ok(());
        }
        if !id.is_node() {
            return self.broken("its epochs belong to no node");
        }
        let role = Role::Device;
        let agent =
            Agent { db: epoch.db, role, level: Level::DEVICE, schema: 0, parent: id, via: id, attachment: 0, reconcile: false };
        self.connection.put_agent(id, &agent)?;
        for group in self.connection.in_transaction()?.state.groups.used() {
            self.connection.start_reader(id, role, group)?;
        }
        Ok(())
    }

    /// A timestamp of an epoch has been seen.
    fn see(&self, number: u64, ts: Timestamp) -> Inner<()> {
        self.connection
            .engine
            .prepare_cached("UPDATE _mco_epochs SET last = ?2 WHERE num = ?1 AND last < ?2")?
            .execute([number.cast_signed(), ts.0.cast_signed()])?;
        Ok(())
    }

    /// Remembers in which group the rows of a class come from this origin, and the newest versions seen.
    fn note_groups(&mut self) -> Inner<()> {
        let classes: BTreeSet<u16> = self.set.changes.iter().map(|change| change.class).collect();
        let whose = [self.source.origin.0.cast_signed(), i64::from(self.source.group.0)];
        for class in classes {
            self.connection
                .engine
                .prepare_cached(
                    "INSERT INTO _mco_origins(agent, class, grp) VALUES(?1, ?3, ?2)
                     ON CONFLICT DO UPDATE SET grp = ?2 WHERE grp <> ?2",
                )?
                .execute([whose[0], whose[1], i64::from(class)])?;
        }
        let mut newest: BTreeMap<u64, Timestamp> = BTreeMap::new();
        for change in &self.set.changes {
            let (number, _) = self.epoch(change.epoch)?;
            let seen = newest.entry(number).or_default();
            *seen = change.ts.max(*seen);
        }
        newest.into_iter().try_for_each(|(number, ts)| self.see(number, ts))
    }

    pub(in crate::db) fn broken<T>(&self, what: &str) -> Inner<T> {
        fault(
            Code::E_IOT_PROTOCOLERR,
            format!("a batch of agent {} contradicts itself: {what}; nothing of it was applied", self.source.origin),
        )
    }

    /// Notes an epoch that the set declares.
    fn learn(&mut self, epoch: &EpochInfo) -> Inner<()> {
        if epoch.agent != self.source.origin {
            return self.broken("an epoch is not one of its own");
        }
        let Some(number) = history::number_of(self.connection, epoch)? else {
            return self.broken("an epoch cannot be, or was declared in another way before");
        };
        if self.up {
            self.connection.extend_chain(epoch)?;
        }
        let received = history::ranges(&self.connection.engine, number, self.source.group)?;
        self.received.insert(number, received);
        self.epochs.insert(epoch.id, (number, *epoch));
        Ok(())
    }

    pub(in crate::db) fn epoch(&self, id: EpochId) -> Inner<(u64, EpochInfo)> {
        match self.epochs.get(&id) {
            Some(found) => Ok(*found),
            None => self.broken("it names an epoch that it does not declare"),
        }
    }

    /// Removes at once; puts rows that are new here into `arrivals`, and those that do not fit their class into `misfits`.
    fn sort(&mut self, change: &'s Change, arrivals: &mut Vec<Arrival<'s>>, misfits: &mut Vec<Misfit<'s>>) -> Inner<()> {
        let database = Arc::clone(&self.database);
        let table = table(&database, change.class).or_else(|_| self.broken("it has rows of an unknown class"))?;
        if table.flow != Flow::In {
            return self.broken("it has rows that do not travel this way");
        }
        let (made, origin) = self.epoch(change.id.epoch)?;
        let (vepoch, changed) = self.epoch(change.epoch)?;
        if change.ts > changed.last || change.ts < changed.first || change.id.oid.0 > i64::MAX as u64 {
            return self.broken("a version lies outside its epoch");
        }
        self.check_agent(change, &origin)?;
        let at = RowKey { class: change.class, key: Key { epoch: made, oid: change.id.oid.0 } };
        let stamp = Stamp { ts: change.ts.0, epoch: vepoch, first: change.ts.0 };
        let version = Version { generation: changed.generation, ts: change.ts, epoch: change.epoch };
        let mut stored = Row::default();
        let old = self.connection.read_row(at, &mut stored)?.then_some(stored);
        match &change.state {
            State::Removed if self.page => Ok(()),
            State::Removed => {
                if let Some(old) = &old
                    && version > self.version(old.stamp)?
                {
                    self.connection.leaving(table, at)?;
                    self.connection.erase(table, at.key)?;
                    self.rows += 1;
                }
                self.supersede(at, version)
            }
            State::Row(values) => {
                if !self.takes(change, at, stamp, version, old.as_ref())? {
                    return Ok(());
                }
                match self.row(table, change, values, stamp, old.as_ref())? {
                    Ok(row) => arrivals.push(Arrival { change: Some(change), at, row, old }),
                    Err(error) => misfits.push(self.misfit(change, at, stamp, error)?),
                }
                Ok(())
            }
        }
    }

    /// Whether a state takes the place of what is here; if so, it does of what is set aside.
    fn takes(&mut self, change: &Change, at: RowKey, stamp: Stamp, version: Version, old: Option<&Row>) -> Inner<bool> {
        if self.page {
            // What is set aside may be newer, but then of a history that is lost.
            self.connection.release(at.key)?;
            return Ok(old.is_none_or(|old| (old.stamp.ts, old.stamp.epoch) != (stamp.ts, stamp.epoch)));
        }
        let newest = old.map(|old| self.version(old.stamp)).transpose()?;
        if self.was_received(change.class, stamp)? || self.is_buried(at, version)? || newest.is_some_and(|v| version <= v) {
            return Ok(false);
        }
        self.supersede(at, version)?;
        Ok(true)
    }

    /// An uptable row carries its origin, a downtable row its receiver: us, or all.
    fn check_agent(&self, change: &Change, origin: &EpochInfo) -> Inner<()> {
        let Some(node) = self.database.node() else { return self.broken("this database has no place in the tree") };
        let right = match (&change.state, node.role) {
            (State::Removed, Role::Server) => false,
            (State::Removed, _) => true,
            (State::Row(_), Role::Server) => change.agent == origin.agent,
            (State::Row(_), _) => change.agent == AgentId::ALL || change.agent == node.agent,
        };
        if right { Ok(()) } else { self.broken("a row bears an agent id that it cannot have") }
    }

    /// The row as its table holds it, or why it does not fit.
    fn row(
        &mut self,
        table: &Table,
        change: &Change,
        values: &[Value],
        stamp: Stamp,
        old: Option<&Row>,
    ) -> Inner<Result<Row, Error>> {
        if values.len() != table.plain.len() {
            return self.broken("a row has a wrong number of fields");
        }
        self.connection.fitted(table, values, change.agent, stamp, old)
    }

    /// Drops what is set aside of a row, unless that is newer.
    fn supersede(&mut self, at: RowKey, version: Version) -> Inner<()> {
        if let Some(stamp) = self.connection.aside(at.key)?
            && self.version(stamp)? <= version
        {
            self.connection.release(at.key)?;
        }
        Ok(())
    }

    fn misfit(&self, change: &'s Change, at: RowKey, stamp: Stamp, error: impl Into<Error>) -> Inner<Misfit<'s>> {
        let values: &[Value] = if let State::Row(values) = &change.state { values } else { &[] };
        let (_, origin) = self.epoch(change.id.epoch)?;
        Ok(Misfit { at, stamp, origin: origin.agent, values, error: error.into() })
    }

    /// Code of the first row that could not be applied in the end, and whose it is.
    fn first_refused(&self, misfits: &[Misfit<'_>]) -> Inner<(Code, AgentId)> {
        let mut row = Row::default();
        for Misfit { at, stamp, error, origin, .. } in misfits {
            if !self.connection.read_row(*at, &mut row)? || row.stamp.ts != stamp.ts || row.stamp.epoch != stamp.epoch {
                return Ok((error.code, *origin));
            }
        }
        Ok((Code::S_OK, AgentId(0)))
    }

    /// The version that a stamp stands for.
    fn version(&mut self, stamp: Stamp) -> Inner<Version> {
        let epoch = match self.numbered.get(&stamp.epoch) {
            Some(epoch) => *epoch,
            None => match history::epoch_numbered(&self.connection.engine, stamp.epoch)? {
                Some(epoch) => {
                    self.numbered.insert(stamp.epoch, epoch);
                    epoch
                }
                None => return damaged("an epoch is missing"),
            },
        };
        Ok(Version { generation: epoch.generation, ts: Timestamp(stamp.ts), epoch: epoch.id })
    }

    /// Whether this version has come before, even if the row has been deleted since.
    fn was_received(&self, class: u16, stamp: Stamp) -> Inner<bool> {
        let inside = |(low, high): &(u64, u64)| *low < stamp.ts && stamp.ts <= *high;
        let received = self.received.get(&stamp.epoch).is_some_and(|list| list.iter().any(inside));
        Ok(received && !unheard::covers(&self.connection.engine, class, self.source.group, stamp)?)
    }

    /// Whether the row was deleted here when it had this version or a newer one.
    fn is_buried(&mut self, at: RowKey, version: Version) -> Inner<bool> {
        if !self.graves {
            return Ok(false);
        }
        let grave = {
            let mut statement =
                self.connection.engine.prepare_cached("SELECT ts, vepoch FROM _mco_graves WHERE epoch = ?1 AND oid = ?2")?;
            let mut rows = statement.query([at.key.epoch.cast_signed(), at.key.oid.cast_signed()])?;
            match rows.next()? {
                Some(row) => Stamp { ts: unsigned(row.get(0)?)?, epoch: unsigned(row.get(1)?)?, first: 0 },
                None => return Ok(false),
            }
        };
        Ok(version <= self.version(grave)?)
    }
}
