//! Texts of schemas by their hash: our own, and those that peers have named.

use crate::base::{AgentId, Code, Result, Role, fail};
use crate::db::Connection;
use crate::schema;
use rusqlite::OptionalExtension;

/// Most texts that are kept beside our own.
pub const MAX_SCHEMAS: u64 = 1024;

impl Connection {
    /// The canonical text of the schema with this hash, if it is known here.
    pub fn schema_text(&mut self, hash: u64) -> Result<Option<String>> {
        if schema::hash(self.database.schema_text()) == hash {
            return Ok(Some(self.database.schema_text().into()));
        }
        self.own_snapshot(|connection| {
            let mut statement = connection.engine.prepare_cached("SELECT text FROM _mco_schemas WHERE hash = ?1")?;
            Ok(statement.query_row([hash.cast_signed()], |row| row.get(0)).optional()?)
        })
    }

    /// Hash of the schema that a device has announced; `None` for other nodes, and for one that is not known.
    pub fn schema_of_device(&mut self, agent: AgentId) -> Result<Option<u64>> {
        let known = self.own_snapshot(|connection| connection.known(agent))?;
        Ok(known.filter(|known| known.role == Role::Device).map(|known| known.schema))
    }

    /// Keeps the text of a schema that a peer has named. `E_IOT_PROTOCOLERR`: it does not have this hash;
    /// `E_IOT_TOO_MANY_CONTEXTS`: too many are kept.
    pub fn learn_schema(&mut self, hash: u64, text: &str) -> Result<()> {
        if schema::hash(text) != hash {
            return fail(Code::E_IOT_PROTOCOLERR, "a peer has sent the text of another schema than it was asked for");
        }
        if self.schema_text(hash)?.is_some() {
            return Ok(());
        }
        self.own_transaction(|connection| {
            let sql = &connection.engine;
            let count: i64 = sql.prepare_cached("SELECT count(*) FROM _mco_schemas")?.query_row([], |row| row.get(0))?;
            if count.cast_unsigned() >= MAX_SCHEMAS {
                // Those that no known agent names are asked for again when they are needed.
                let dropped = sql.execute("DELETE FROM _mco_schemas WHERE hash NOT IN (SELECT schema FROM _mco_agents UNION SELECT schema FROM _mco_strange)", [])?;
                if dropped == 0 {
                    return Err(crate::base::Error {
                        code: Code::E_IOT_TOO_MANY_CONTEXTS,
                        text: format!("{MAX_SCHEMAS} schemas are known; forget agents that are gone"),
                    }
                    .into());
                }
            }
            sql.execute(
                "INSERT OR IGNORE INTO _mco_schemas(hash, text) VALUES(?1, ?2)",
                rusqlite::params![hash.cast_signed(), text],
            )?;
            connection.in_transaction()?.dirty = true;
            Ok(())
        })
    }
}
