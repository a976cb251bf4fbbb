//! Received rows that cannot be applied: kept aside with their code.

use crate::base::{AgentId, Code, Error, Gap, GapReason, Group, Malformed, SetAside, Timestamp, Value, tagged};
use crate::db::fault::{Inner, damaged};
use crate::db::keys::Key;
use crate::db::layout::{MAX_FIELDS, Stamp, Table, unsigned};
use crate::db::pending::RowKey;
use crate::db::{Connection, history};
use rusqlite::OptionalExtension;

/// Most rows of one origin that are kept aside; of further ones only their number is kept.
pub const MAX_QUARANTINED: u64 = 10_000;
/// Most bytes of one origin that are kept aside, unless a single row has more.
pub const MAX_QUARANTINED_BYTES: u64 = 16 << 20;

/// A received row that cannot be applied, with the reason.
#[derive(Debug)]
pub(in crate::db) struct Misfit<'s> {
    pub(in crate::db) at: RowKey,
    pub(in crate::db) stamp: Stamp,
    /// Agent whose row it is.
    pub(in crate::db) origin: AgentId,
    /// As the sender gave them.
    pub(in crate::db) values: &'s [Value],
    pub(in crate::db) error: Error,
}

/// What is set aside of one row.
#[derive(Debug)]
pub(in crate::db) struct Entry {
    pub(in crate::db) at: RowKey,
    pub(in crate::db) stamp: Stamp,
    pub(in crate::db) origin: AgentId,
    pub(in crate::db) values: Vec<Value>,
}

/// What is kept aside of an origin.
#[derive(Clone, Copy, Debug)]
pub(in crate::db) struct Load {
    origin: AgentId,
    rows: u64,
    bytes: u64,
}

impl Connection {
    /// Keeps a row aside unless a newer version of it is there. What another row blocks is tried with the next
    /// [`Connection::retry_waiting`].
    pub(in crate::db) fn set_aside(&mut self, misfit: &Misfit<'_>) -> Inner<()> {
        let Misfit { at, stamp, origin, values, error } = misfit;
        if self.aside(at.key)?.is_some() {
            return Ok(());
        }
        let row = tagged::encode(*values);
        let Some(load) = self.load(*origin)?.with(row.len()) else { return self.note_full(*at, *stamp, *origin) };
        self.spend_bytes(row.len() as u64, 0, 3)?;
        let holder = (error.code == Code::S_DUPLICATE).then_some(0);
        self.engine
            .prepare_cached(
                "INSERT INTO _mco_quarantine(epoch, oid, class, ts, vepoch, agent, code, detail, time, holder_epoch, holder_oid, row)
                 VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, ?11)",
            )?
            .execute(rusqlite::params![
                at.key.epoch.cast_signed(),
                at.key.oid.cast_signed(),
                at.class,
                stamp.ts.cast_signed(),
                stamp.epoch.cast_signed(),
                origin.0.cast_signed(),
                error.code.0,
                error.text,
                self.database.options.clock.millis().cast_signed(),
                holder,
                row
            ])?;
        let open = self.in_transaction()?;
        open.aside = Some(load);
        open.state.aside += 1;
        open.dirty = true;
        Ok(())
    }

    /// Whether anything is kept aside; for writing transactions.
    pub(in crate::db) fn has_quarantine(&self) -> bool {
        self.transaction.as_ref().is_some_and(|open| open.state.aside > 0)
    }

    /// Version of what is kept aside of a row.
    pub(in crate::db) fn aside(&self, key: Key) -> Inner<Option<Stamp>> {
        if !self.has_quarantine() {
            return Ok(None);
        }
        let mut statement = self.engine.prepare_cached("SELECT ts, vepoch FROM _mco_quarantine WHERE epoch = ?1 AND oid = ?2")?;
        let mut rows = statement.query(parameters(key))?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let ts = unsigned(row.get(0)?)?;
        Ok(Some(Stamp { ts, epoch: unsigned(row.get(1)?)?, first: ts }))
    }

    /// What is kept aside of a row.
    pub(in crate::db) fn entry(&self, key: Key) -> Inner<Option<Entry>> {
        let mut statement = self
            .engine
            .prepare_cached("SELECT class, ts, vepoch, agent, row FROM _mco_quarantine WHERE epoch = ?1 AND oid = ?2")?;
        let mut rows = statement.query(parameters(key))?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let ts = unsigned(row.get(1)?)?;
        Ok(Some(Entry {
            at: RowKey { class: row.get(0)?, key },
            stamp: Stamp { ts, epoch: unsigned(row.get(2)?)?, first: ts },
            origin: AgentId(row.get::<_, i64>(3)?.cast_unsigned()),
            values: decode(row.get_ref(4)?.as_blob().map_err(rusqlite::Error::from)?)?,
        }))
    }

    /// Drops what is kept aside of a row.
    pub(in crate::db) fn release(&mut self, key: Key) -> Inner<()> {
        if !self.has_quarantine() {
            return Ok(());
        }
        let count =
            self.engine.prepare_cached("DELETE FROM _mco_quarantine WHERE epoch = ?1 AND oid = ?2")?.execute(parameters(key))?;
        self.released(count)
    }

    /// Counts rows that are kept aside no longer.
    pub(in crate::db) fn released(&mut self, count: usize) -> Inner<()> {
        if count > 0 {
            let open = self.in_transaction()?;
            open.aside = None;
            open.state.aside = open.state.aside.saturating_sub(count as u64);
            open.dirty = true;
        }
        Ok(())
    }

    /// A stored row gives keys up: what waits for it may be tried again.
    pub(in crate::db) fn unblock(&mut self, key: Key) -> Inner<()> {
        if self.has_quarantine() {
            self.engine
                .prepare_cached(
                    "UPDATE _mco_quarantine SET holder_epoch = 0, holder_oid = 0 WHERE holder_epoch = ?1 AND holder_oid = ?2",
                )?
                .execute(parameters(key))?;
        }
        Ok(())
    }

    /// As [`Connection::unblock`] for all rows of a class. What waits for an oid of them may be of any class.
    pub(in crate::db) fn unblock_class(&mut self, table: &Table) -> Inner<()> {
        if self.has_quarantine() {
            self.engine
                .prepare_cached(
                    "UPDATE _mco_quarantine SET holder_epoch = 0, holder_oid = 0 WHERE (class = ?1 OR ?2) AND holder_epoch IS NOT NULL",
                )?
                .execute(rusqlite::params![table.code, table.oid.is_some()])?;
        }
        Ok(())
    }

    fn load(&mut self, origin: AgentId) -> Inner<Load> {
        if let Some(load) = self.in_transaction()?.aside.filter(|load| load.origin == origin) {
            return Ok(load);
        }
        let mut statement =
            self.engine.prepare_cached("SELECT count(*), coalesce(sum(length(row)), 0) FROM _mco_quarantine WHERE agent = ?1")?;
        let (rows, bytes) = statement.query_row([origin.0.cast_signed()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(Load { origin, rows: unsigned(rows)?, bytes: unsigned(bytes)? })
    }

    /// A row more than is kept aside has come.
    fn note_full(&mut self, at: RowKey, version: Stamp, origin: AgentId) -> Inner<()> {
        log::warn!("as many rows of agent {origin} are set aside as may be; a further one is dropped");
        let Some(epoch) = history::epoch_numbered(&self.engine, version.epoch)? else { return Ok(()) };
        let ts = Timestamp(version.ts);
        let gap = Gap {
            agent: origin,
            class: at.class,
            epoch: epoch.id,
            first: ts,
            last: ts,
            rows: 1,
            reason: GapReason::QuarantineFull,
        };
        let group = self.group_from_origin(at)?;
        self.add_gap(&gap, group, 0)
    }

    /// Rows of an agent and group with versions in (from, to] of its history that could not be applied: set aside, dropped since too many
    /// were, or given up since their parcel contradicted itself. What has been applied or dropped since is none of them.
    pub(in crate::db) fn aside_between(
        &self,
        agent: AgentId,
        group: Group,
        from: Timestamp,
        to: Timestamp,
    ) -> Inner<Vec<SetAside>> {
        let mut list = Vec::new();
        let mut statement = self.engine.prepare_cached(
            "SELECT q.ts, q.ts, q.code FROM _mco_quarantine q JOIN _mco_epochs e ON e.num = q.vepoch
             JOIN _mco_chains c ON c.agent = ?1 AND c.id = e.id
             AND (q.ts <= c.last OR c.at = (SELECT max(at) FROM _mco_chains WHERE agent = ?1))
             WHERE ?8 AND q.agent = ?1 AND q.ts > ?2 AND q.ts <= ?3
             AND coalesce((SELECT grp FROM _mco_origins WHERE agent = ?1 AND class = q.class), ?5) = ?4
             UNION SELECT max(first, ?2 + 1), min(last, ?3),
             coalesce((SELECT code FROM _mco_quarantine WHERE agent = ?1 ORDER BY seq DESC LIMIT 1), ?6)
             FROM _mco_gaps WHERE ?8 AND agent = ?1 AND grp = ?4 AND reason = ?7 AND last > ?2 AND first <= ?3
             UNION SELECT max(g.first, ?2 + 1), min(g.last, ?3), ?9
             FROM _mco_gaps g JOIN _mco_chains c ON c.agent = ?1 AND c.id = g.epoch
             WHERE g.agent = ?1 AND g.grp = ?4 AND g.reason = ?10 AND g.last > ?2 AND g.first <= ?3 ORDER BY 1",
        )?;
        let span = [from.0, to.0].map(u64::cast_signed);
        let [group_number, usual] = [group.0, Group::USUAL.0];
        let (full, many) = (Code::E_NOMEM.0, GapReason::QuarantineFull as u8);
        let (broken, contradiction) = (Code::E_IOT_PROTOCOLERR.0, GapReason::Contradiction as u8);
        let mut rows = statement.query(rusqlite::params![
            agent.0.cast_signed(),
            span[0],
            span[1],
            group_number,
            usual,
            full,
            many,
            self.has_quarantine(),
            broken,
            contradiction
        ])?;
        while let Some(row) = rows.next()? {
            let [first, last] = [unsigned(row.get(0)?)?, unsigned(row.get(1)?)?].map(Timestamp);
            SetAside::join(&mut list, [SetAside { group, first, last, code: Code(row.get(2)?) }]);
        }
        Ok(list)
    }

    /// The row that is set aside for longest of those that nothing is known to block.
    pub(in crate::db) fn next_waiting(&self) -> Inner<Option<Key>> {
        let text = "SELECT epoch, oid FROM _mco_quarantine WHERE holder_epoch = 0 AND holder_oid = 0 ORDER BY seq LIMIT 1";
        let found = self.engine.prepare_cached(text)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        found.map(|(epoch, oid)| Ok(Key { epoch: unsigned(epoch)?, oid: unsigned(oid)? })).transpose()
    }
}

impl Load {
    /// With one row more, if that is allowed.
    fn with(self, bytes: usize) -> Option<Load> {
        let after = Load { rows: self.rows + 1, bytes: self.bytes.saturating_add(bytes as u64), ..self };
        let fits = after.rows <= MAX_QUARANTINED && (self.rows == 0 || after.bytes <= MAX_QUARANTINED_BYTES);
        fits.then_some(after)
    }
}

pub(in crate::db) fn parameters(key: Key) -> [i64; 2] {
    [key.epoch.cast_signed(), key.oid.cast_signed()]
}

/// The values of such bytes.
pub(in crate::db) fn decode(bytes: &[u8]) -> Inner<Vec<Value>> {
    tagged::decode(bytes, MAX_FIELDS).or_else(|Malformed| damaged("a list of values cannot be read"))
}
