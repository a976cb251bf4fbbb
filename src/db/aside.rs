//! The quarantine as the application sees it.

use crate::base::{AgentId, Code, EpochId, Error, Identity, Result};
use crate::db::fault::{Inner, fault};
use crate::db::keys::Key;
use crate::db::layout::unsigned;
use crate::db::quarantine::parameters;
use crate::db::retry::Attempt;
use crate::db::{Connection, history, json};

/// Rows tried or looked at in one transaction.
const SLICE: usize = 256;

/// A received row that could not be applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aside {
    /// Rises with each row that is set aside.
    pub seq: u64,
    /// Which row.
    pub id: Identity,
    /// Agent whose row it is.
    pub origin: AgentId,
    /// When it was set aside, in milliseconds since 1970 by the clock of [`crate::db::OpenOptions`].
    pub millis: u64,
    /// Its class.
    pub class: u16,
    /// Bytes of its content.
    pub bytes: u64,
    /// Why it could not be applied when that was tried last.
    pub code: Code,
    /// The same in words.
    pub detail: String,
}

/// Rows that are set aside. `E_TRANS_NOT_CLOSED` inside a transaction of this connection.
impl Connection {
    /// How many there are.
    pub fn quarantine_count(&mut self) -> Result<u64> {
        self.own_snapshot(|connection| {
            unsigned(connection.engine.query_row("SELECT count(*) FROM _mco_quarantine", [], |row| row.get(0))?)
        })
    }

    /// Those behind `seq`, the oldest first: a page of them, nothing when there are no more.
    pub fn quarantine(&mut self, seq: u64) -> Result<Vec<Aside>> {
        self.own_snapshot(|connection| connection.asides(seq, SLICE))
    }

    /// Content of one as a JSON object of the fields that its sender fills; `S_NOTFOUND`.
    pub fn quarantine_row(&mut self, id: Identity) -> Result<String> {
        self.own_snapshot(|connection| {
            let key = connection.aside_key(id)?;
            let Some(entry) = connection.entry(key)? else { return unknown(id) };
            let dictionary = &connection.database.dictionary;
            Ok(dictionary.class(entry.at.class).map_or_else(String::new, |class| json::row(dictionary, class, &entry.values)))
        })
    }

    /// Tries one or all again, in slices. Fails with the code of the oldest that still cannot be applied; `S_NOTFOUND`;
    /// `E_NOMEM`, `E_DISK_SPACE_EXHAUSTED` when there is no room.
    pub fn quarantine_retry(&mut self, id: Option<Identity>) -> Result<()> {
        let Some(id) = id else { return self.retry_all() };
        let refused = self.own_transaction(|connection| {
            let key = connection.aside_key(id)?;
            connection.tried(key)
        })?;
        refused.map_or(Ok(()), Err)
    }

    /// Gives one or all up; `S_NOTFOUND`.
    pub fn quarantine_drop(&mut self, id: Option<Identity>) -> Result<()> {
        self.own_transaction(|connection| match id {
            Some(id) => {
                let key = connection.aside_key(id)?;
                connection.release(key)
            }
            None => {
                let count = connection.engine.execute("DELETE FROM _mco_quarantine", [])?;
                connection.released(count)
            }
        })
    }

    fn retry_all(&mut self) -> Result<()> {
        let mut seq = 0;
        loop {
            let (last, full) = self.own_transaction(|connection| {
                let slice = connection.asides(seq, SLICE)?;
                for aside in &slice {
                    let key = connection.aside_key(aside.id);
                    // A chain may have taken it along.
                    let Ok(key) = key else { continue };
                    if let Attempt::Full(error) = connection.attempt(key)? {
                        return Ok((None, Some(error)));
                    }
                }
                Ok((slice.last().map(|aside| aside.seq), None))
            })?;
            if let Some(error) = full {
                return Err(error);
            }
            match last {
                Some(last) => seq = last,
                None => break,
            }
        }
        let rest = self.own_snapshot(|connection| connection.asides(0, 1))?;
        rest.into_iter().next().filter(|aside| aside.seq <= seq).map_or(Ok(()), |aside| Err(self.refusal(&aside)))
    }

    /// Tries one and says why it still cannot be applied.
    fn tried(&mut self, key: Key) -> Inner<Option<Error>> {
        if let Attempt::Full(error) = self.attempt(key)? {
            return Ok(Some(error));
        }
        let mut statement = self.engine.prepare_cached(&format!("{SELECT} WHERE q.epoch = ?1 AND q.oid = ?2"))?;
        let mut rows = statement.query(parameters(key))?;
        let refused = rows.next()?.map(read).transpose()?;
        Ok(refused.map(|aside| self.refusal(&aside)))
    }

    fn refusal(&self, aside: &Aside) -> Error {
        let class = self.database.dictionary.class(aside.class).map_or("?", |class| class.name.as_str());
        let reason = if aside.detail.is_empty() { aside.code.text() } else { &aside.detail };
        Error {
            code: aside.code,
            text: format!("a row of class '{class}' of agent {} cannot be applied: {reason}", aside.origin),
        }
    }

    fn asides(&self, seq: u64, most: usize) -> Inner<Vec<Aside>> {
        let text = format!("{SELECT} WHERE q.seq > ?1 ORDER BY q.seq LIMIT ?2");
        let mut statement = self.engine.prepare_cached(&text)?;
        let mut rows = statement.query([seq.cast_signed(), i64::try_from(most).unwrap_or(i64::MAX)])?;
        let mut list = Vec::new();
        while let Some(row) = rows.next()? {
            list.push(read(row)?);
        }
        Ok(list)
    }

    fn aside_key(&self, id: Identity) -> Inner<Key> {
        let Some((epoch, _)) = history::epoch_with_id(&self.engine, id.epoch)? else { return unknown(id) };
        let key = Key { epoch, oid: id.oid.0 };
        let text = "SELECT EXISTS(SELECT 1 FROM _mco_quarantine WHERE epoch = ?1 AND oid = ?2)";
        let there: bool = self.engine.prepare_cached(text)?.query_row(parameters(key), |row| row.get(0))?;
        if there { Ok(key) } else { unknown(id) }
    }
}

const SELECT: &str = "SELECT q.seq, e.id, q.oid, q.agent, q.time, q.class, q.code, q.detail, length(q.row)
    FROM _mco_quarantine q JOIN _mco_epochs e ON e.num = q.epoch";

fn read(row: &rusqlite::Row<'_>) -> Inner<Aside> {
    let number = |at: usize| row.get::<_, i64>(at).map(i64::cast_unsigned);
    Ok(Aside {
        seq: number(0)?,
        id: Identity::new(EpochId(number(1)?), number(2)?),
        origin: AgentId(number(3)?),
        millis: number(4)?,
        class: row.get(5)?,
        code: Code(row.get(6)?),
        detail: row.get(7)?,
        bytes: number(8)?,
    })
}

fn unknown<T>(id: Identity) -> Inner<T> {
    fault(Code::S_NOTFOUND, format!("no row {} of database {} is set aside", id.oid, id.epoch))
}
