//! Opening a file with a changed schema: everything in the transaction that opens it.

use crate::base::{Result, Role, Value, tagged};
use crate::db::evolution::{Evolution, Origin, convert, refuse};
use crate::db::fault::{Fault, Inner, damaged};
use crate::db::keys::Key;
use crate::db::layout::{Layout, MAX_KEY, Row, Table, unsigned};
use crate::db::scan::Scan;
use crate::db::{self, bounds, quarantine, store, unheard};
use crate::schema::{Dictionary, Travel, canonical, compile_text};
use rusqlite::{Connection, OptionalExtension};
use std::collections::BTreeSet;

/// Rows that are moved before their former places are given back.
const SLICE: usize = 1024;
/// Tables that name classes by their codes.
const CODED: [&str; 11] = [
    "_mco_log",
    "_mco_autoids",
    "_mco_graves",
    "_mco_quarantine",
    "_mco_gaps",
    "_mco_holds",
    "_mco_unheard",
    "_mco_origins",
    "_mco_cleared",
    "_mco_released",
    "_mco_shown",
];

/// Word of the file: everything should come from above once more.
const RECONCILE: &str = "reconcile";

/// The schema that a file was made with.
#[derive(Debug)]
pub(in crate::db) struct Former {
    dictionary: Dictionary,
    pub(in crate::db) layout: Layout,
}

impl Former {
    /// What the file was made with; `None` when that is `schema`.
    pub(in crate::db) fn read(sql: &Connection, schema: &str) -> Inner<Option<Former>> {
        let Some(stored) = store::meta::<String>(sql, "schema")? else { return damaged("it holds no schema") };
        if stored == schema {
            return Ok(None);
        }
        let Ok(dictionary) = compile_text(&stored) else { return damaged("its schema cannot be read") };
        let layout = Layout::new(&dictionary, dictionary.node.map(|node| node.role));
        // What is about to be built on must be true.
        let mut tables = sql.prepare("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?1")?;
        for table in &layout.tables {
            let text: Option<String> = tables.query_row([table.name.trim_matches('"')], |row| row.get(0)).optional()?;
            if text.as_ref() != Some(&table.create) {
                return damaged(format_args!("the table of class '{}' is not what its schema says", table.class));
            }
        }
        if canonical(&dictionary) != stored {
            return damaged("its schema is not in the form that this library writes");
        }
        Ok(Some(Former { dictionary, layout }))
    }

    /// The file may not be written: `E_DISK_SCHEMA_CHANGED`.
    pub(in crate::db) fn only_read(&self, dictionary: &Dictionary) -> Inner<()> {
        Evolution::new(&self.dictionary, dictionary)?;
        refuse("a program that only reads cannot give it the new one; open it for writing once")
    }

    /// Makes the file one of the present schema: `E_DISK_SCHEMA_CHANGED` when something would be lost.
    pub(in crate::db) fn upgrade(&self, sql: &Connection, dictionary: &Dictionary, layout: &Layout, schema: &str) -> Inner<()> {
        let evolution = Evolution::new(&self.dictionary, dictionary)?;
        Upgrade { former: self, sql, dictionary, layout }.run(&evolution)?;
        sql.execute("UPDATE _mco_meta SET value = ?1 WHERE key = 'schema'", [schema])?;
        log::info!("database '{}' has been given a changed schema", dictionary.database);
        Ok(())
    }
}

impl db::Connection {
    /// Whether the database has been given a new downtable, so that its mark of the stream from above does not speak for all
    /// classes: everything should be sent to it once more.
    pub fn wants_reconcile(&mut self) -> Result<bool> {
        self.own_snapshot(|connection| Ok(store::meta::<i64>(&connection.engine, RECONCILE)?.is_some_and(|wanted| wanted != 0)))
    }
}

struct Upgrade<'a> {
    former: &'a Former,
    sql: &'a Connection,
    dictionary: &'a Dictionary,
    layout: &'a Layout,
}

/// A class, what it was, and its present table.
struct Step<'a> {
    table: &'a Table,
    origin: Option<&'a Origin>,
    /// The former table, where its rows have to move.
    moves: Option<&'a Table>,
}

impl Upgrade<'_> {
    fn run(&self, evolution: &Evolution) -> Inner<()> {
        for table in self.former.layout.tables.iter().filter(|table| !table.persistent) {
            self.sql.execute(&format!("DELETE FROM {}", table.name), [])?;
        }
        let steps: Vec<Step> =
            self.layout.tables.iter().zip(&evolution.classes).map(|(table, origin)| self.step(table, origin.as_ref())).collect();
        let present = self.present()?;
        // Names become free before any is taken.
        for former in steps.iter().filter_map(|step| step.moves) {
            self.put_away(former)?;
        }
        self.translate_codes(evolution)?;
        for step in &steps {
            if step.origin.is_none() || step.moves.is_some() {
                store::create_table(self.sql, step.table)?;
            }
            if let (Some(origin), Some(former)) = (step.origin, step.moves) {
                self.move_rows(step.table, former, origin)?;
                self.translate_quarantine(step.table, former, origin)?;
            }
            if step.origin.is_none() {
                self.welcome(step.table)?;
            }
        }
        // All rows are in their places now, and what was set aside may fit.
        self.sql.execute("UPDATE _mco_quarantine SET holder_epoch = 0, holder_oid = 0", [])?;
        steps.iter().try_for_each(|step| self.index(step.table, &present))
    }

    fn step<'s>(&'s self, table: &'s Table, origin: Option<&'s Origin>) -> Step<'s> {
        let former = origin.and_then(|origin| self.former.layout.table(origin.code));
        let stays = |former: &Table| former.create == table.create && origin.is_some_and(Origin::is_same);
        Step { table, origin, moves: former.filter(|former| !stays(former)) }
    }

    /// Gives a table another name and takes off what stands in the way of a new one with its own.
    fn put_away(&self, former: &Table) -> Inner<()> {
        let name = former.name.trim_matches('"');
        for action in store::ACTIONS {
            self.sql.execute_batch(&format!("DROP TRIGGER \"_mco_{name}_{action}\""))?;
        }
        for (index, _) in self.indexes(former)? {
            self.sql.execute_batch(&format!("DROP INDEX \"{index}\""))?;
        }
        self.sql.execute_batch(&format!("ALTER TABLE {} RENAME TO {}", former.name, away(former)))?;
        Ok(())
    }

    /// Moves the rows of a class, slice by slice, so that a limited file has room for them.
    fn move_rows(&self, table: &Table, former: &Table, origin: &Origin) -> Inner<()> {
        let away = away(former);
        let read =
            format!("SELECT _mco_epoch, _mco_oid, {} FROM {away} ORDER BY _mco_epoch, _mco_oid LIMIT {SLICE}", former.columns);
        let mut autoid = 1;
        loop {
            let mut last = None;
            {
                let mut insert = self.sql.prepare_cached(&table.insert)?;
                let mut statement = self.sql.prepare_cached(&read)?;
                let mut rows = statement.query([])?;
                let mut old = Row::default();
                while let Some(columns) = rows.next()? {
                    let key = Key { epoch: unsigned(columns.get(0)?)?, oid: unsigned(columns.get(1)?)? };
                    former.read(columns, 2, &mut old)?;
                    let mut row = Row { values: self.values(table, origin, &old.values)?, autoid: old.autoid, stamp: old.stamp };
                    if table.autoid && !former.autoid {
                        row.autoid = autoid;
                        autoid += 1;
                    }
                    table.bind(&mut insert, key, &row)?;
                    insert.raw_execute()?;
                    last = Some(key);
                }
            }
            let Some(last) = last else { break };
            self.sql
                .prepare_cached(&format!("DELETE FROM {away} WHERE (_mco_epoch, _mco_oid) <= (?1, ?2)"))?
                .execute([last.epoch.cast_signed(), last.oid.cast_signed()])?;
        }
        if autoid > 1 {
            self.sql.execute(
                "INSERT OR REPLACE INTO _mco_autoids(class, next) VALUES(?1, ?2)",
                [i64::from(table.code), autoid.cast_signed()],
            )?;
        }
        self.sql.execute_batch(&format!("DROP TABLE {away}"))?;
        Ok(())
    }

    fn values(&self, table: &Table, origin: &Origin, old: &[Value]) -> Inner<Vec<Value>> {
        let mut values = Vec::with_capacity(origin.fields.len());
        for ((source, column), (fresh, at)) in origin.fields.iter().zip(&table.fields).zip(table.fresh.iter().zip(0..)) {
            let Some(value) = convert(self.dictionary, source, column, fresh, old) else {
                let name = self.dictionary.class(table.code).and_then(|class| class.field(at)).map_or("", |field| &field.name);
                return refuse(format_args!(
                    "class '{}', field '{name}': a row holds a number that {} cannot hold; keep the former type",
                    table.class,
                    self.dictionary.type_text(column.element.unwrap_or(column.kind))
                ));
            };
            values.push(value);
        }
        if let (true, Some(class)) = (table.nested, self.dictionary.class(table.code)) {
            self.dictionary.settle(&class.fields, &mut values);
        }
        Ok(values)
    }

    /// A class that the file did not have.
    fn welcome(&self, table: &Table) -> Inner<()> {
        let role = self.dictionary.node.map(|node| node.role);
        let travel = self.dictionary.class(table.code).map_or(Travel::Local, |class| class.travel);
        let arrives = matches!(
            (travel, role),
            (Travel::Up, Some(Role::Server | Role::Router)) | (Travel::Down, Some(Role::Device | Role::Router))
        );
        if arrives {
            unheard::note(self.sql, table.code)?;
        }
        if arrives && travel == Travel::Down {
            self.sql.execute("INSERT OR REPLACE INTO _mco_meta(key, value) VALUES(?1, 1)", [RECONCILE])?;
        }
        Ok(())
    }

    /// Texts of all indexes.
    fn present(&self) -> Inner<BTreeSet<String>> {
        let mut statement = self.sql.prepare("SELECT sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")?;
        let rows = statement.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Drops indexes that the schema has no more, and makes those that are missing. Of voluntary ones only those that were there before.
    fn index(&self, table: &Table, present: &BTreeSet<String>) -> Inner<()> {
        let wanted = |scan: &&Scan| !scan.voluntary || scan.create.as_ref().is_some_and(|text| present.contains(text));
        let mut missing: Vec<_> = table.scans(self.layout).filter(wanted).collect();
        for (name, text) in self.indexes(table)? {
            let count = missing.len();
            missing.retain(|scan| scan.create.as_ref() != Some(&text));
            if missing.len() == count {
                self.sql.execute_batch(&format!("DROP INDEX \"{name}\""))?;
            }
        }
        missing.into_iter().try_for_each(|scan| self.create_index(table, scan))
    }

    fn create_index(&self, table: &Table, scan: &Scan) -> Inner<()> {
        let number = table.indexes.iter().find(|number| self.layout.index(**number).is_some_and(|s| s.create == scan.create));
        let name = number.and_then(|number| self.dictionary.index(*number)).map_or("autoid", |index| &index.name);
        if table.long_keys && self.has_long_key(table, scan)? {
            return refuse(format_args!(
                "class '{}' has a row whose key of the new index '{name}' is longer than {MAX_KEY} bytes; leave the index out",
                table.class
            ));
        }
        match self.sql.execute_batch(scan.create.as_deref().unwrap_or_default()).map_err(Fault::from) {
            Err(fault) if fault.is_collision() => refuse(format_args!(
                "class '{}' has rows with equal keys of the new unique index '{name}'; make it one that is not unique, or delete such \
                 rows with the former schema",
                table.class
            )),
            done => done,
        }
    }

    fn has_long_key(&self, table: &Table, scan: &Scan) -> Inner<bool> {
        let mut row = Row::default();
        let mut statement = self.sql.prepare(&table.select_all)?;
        let mut rows = statement.query([])?;
        while let Some(columns) = rows.next()? {
            table.read(columns, 0, &mut row)?;
            if scan.is_too_long(&row) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Names and texts of the indexes of a table.
    fn indexes(&self, table: &Table) -> Inner<Vec<(String, String)>> {
        let mut statement =
            self.sql.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ?1 AND sql IS NOT NULL")?;
        let rows = statement.query_map([table.name.trim_matches('"')], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Class codes follow the order of declaration, which may have changed.
    fn translate_codes(&self, evolution: &Evolution) -> Inner<()> {
        /// Above all codes, so that no code is taken for a former one.
        const APART: u32 = 1 << 16;
        let codes = self.layout.tables.iter().zip(&evolution.classes).filter_map(|(t, o)| o.as_ref().map(|o| (o.code, t.code)));
        let changed: Vec<(u16, u16)> = codes.filter(|(old, new)| old != new).collect();
        if changed.is_empty() {
            return Ok(());
        }
        self.sql.execute_batch("CREATE TEMP TABLE codes(old INTEGER PRIMARY KEY, new INTEGER NOT NULL)")?;
        for codes in changed {
            self.sql.prepare_cached("INSERT INTO temp.codes(old, new) VALUES(?1, ?2)")?.execute(<[u16; 2]>::from(codes))?;
        }
        for table in CODED {
            self.sql.execute_batch(&format!(
                "UPDATE {table} SET class = {APART} + (SELECT new FROM temp.codes WHERE old = class)
                   WHERE class IN (SELECT old FROM temp.codes);
                 UPDATE {table} SET class = class - {APART} WHERE class > {APART}"
            ))?;
        }
        self.sql.execute_batch("DROP TABLE temp.codes")?;
        bounds::reindex(self.sql, self.layout)
    }

    /// Rows that were set aside keep the values of their sender in the order of our fields.
    fn translate_quarantine(&self, table: &Table, former: &Table, origin: &Origin) -> Inner<()> {
        let mut after = [-1, -1];
        loop {
            let found: Option<([i64; 2], Vec<u8>)> = self
                .sql
                .prepare_cached(
                    "SELECT epoch, oid, row FROM _mco_quarantine WHERE (epoch, oid) > (?1, ?2) AND class = ?3 ORDER BY epoch, oid LIMIT 1",
                )?
                .query_row([after[0], after[1], i64::from(table.code)], |row| Ok(([row.get(0)?, row.get(1)?], row.get(2)?)))
                .optional()?;
            let Some((key, bytes)) = found else { return Ok(()) };
            let mut old = former.fresh.clone();
            for (field, value) in former.plain.iter().zip(quarantine::decode(&bytes)?) {
                if let Some(place) = old.get_mut(*field) {
                    *place = value;
                }
            }
            let value = |field: &usize| {
                let (source, column, fresh) = (origin.fields.get(*field)?, table.fields.get(*field)?, table.fresh.get(*field)?);
                // What fits neither type stays as it came.
                convert(self.dictionary, source, column, fresh, &old)
                    .or_else(|| source.position().and_then(|at| old.get(at).cloned()))
            };
            let values: Vec<Value> = table.plain.iter().filter_map(value).collect();
            self.sql
                .prepare_cached("UPDATE _mco_quarantine SET row = ?3 WHERE epoch = ?1 AND oid = ?2")?
                .execute(rusqlite::params![key[0], key[1], tagged::encode(&values)])?;
            after = key;
        }
    }
}

/// Name of a table whose rows move.
fn away(table: &Table) -> String {
    format!("\"_mco_former_{}\"", table.code)
}
