//! A received row as its table will hold it.

use crate::base::{AgentId, Change, Group, Result, Value, fail};
use crate::db::fault::{Fault, Inner};
use crate::db::layout::{Flow, Row, Stamp, Table};
use crate::db::pending::RowKey;
use crate::db::{Connection, checkpoint};
use rusqlite::OptionalExtension;

/// A received row on its way into its table.
#[derive(Debug)]
pub(in crate::db) struct Arrival<'s> {
    /// Where it came from; `None` for one that had been set aside.
    pub(in crate::db) change: Option<&'s Change>,
    pub(in crate::db) at: RowKey,
    pub(in crate::db) row: Row,
    /// What the table has of it now.
    pub(in crate::db) old: Option<Row>,
}

impl Connection {
    /// The group in which the origin of a row sends its class.
    pub(in crate::db) fn group_from_origin(&self, at: RowKey) -> Inner<Group> {
        let text = "SELECT grp FROM _mco_origins WHERE agent = (SELECT agent FROM _mco_epochs WHERE num = ?1) AND class = ?2";
        let found = self
            .engine
            .prepare_cached(text)?
            .query_row([at.key.epoch.cast_signed(), i64::from(at.class)], |row| row.get(0))
            .optional()?;
        Ok(found.map_or(Group::USUAL, Group))
    }

    /// A received row as its table holds it, or why it does not fit. `agent`: what its generated field says.
    pub(in crate::db) fn fitted(
        &mut self,
        table: &Table,
        values: &[Value],
        agent: AgentId,
        stamp: Stamp,
        old: Option<&Row>,
    ) -> Inner<Result<Row>> {
        let mut row = Row { values: table.fresh.clone(), autoid: old.map_or(0, |old| old.autoid), stamp };
        for (field, value) in table.plain.iter().zip(values) {
            let (Some(place), Some(column)) = (row.values.get_mut(*field), table.fields.get(*field)) else { continue };
            *place = value.clone();
            if let Err(code) = column.fit(&self.database.dictionary, place) {
                let name = self.database.dictionary.class(table.code).and_then(|c| c.fields.get(*field)).map_or("", |f| &f.name);
                return Ok(fail(code, format!("its value of field '{name}' does not fit there")));
            }
        }
        if let (true, Some(class)) = (table.nested, self.database.dictionary.class(table.code)) {
            self.database.dictionary.settle(&class.fields, &mut row.values);
        }
        // On a router the other end of the way is the server, as in a new row.
        let far = if table.flow == Flow::In { table.receiver } else { table.source };
        for place in [table.agent, far].into_iter().flatten() {
            if let Some(place) = row.values.get_mut(place) {
                *place = Value::UInt(agent.0);
            }
        }
        match checkpoint::check_row(&self.database, table, &row) {
            Ok(()) => {}
            Err(Fault::Ours(error)) => return Ok(Err(error)),
            Err(fault) => return Err(fault),
        }
        if table.autoid && row.autoid == 0 {
            row.autoid = self.in_transaction()?.state.next_autoid(table.code, 1);
        }
        Ok(Ok(row))
    }
}

impl Arrival<'_> {
    /// Whether the table has no row of it now.
    pub(in crate::db) fn is_fresh(&self) -> bool {
        self.old.is_none()
    }
}
