//! Ways through a table in one order, as statements that each find one row.

use crate::base::Value;
use crate::db::batch::Batch;
use crate::db::coding::Coding;
use crate::db::fault::{Fault, Inner};
use crate::db::keys::Key;
use crate::db::layout::{MAX_KEY, Row, unsigned};
use crate::db::voluntary::absent;
use crate::db::{CursorKind, coding};
use crate::schema::{Class, FieldType, Index, IndexKind};
use rusqlite::Connection;
use std::cmp::Ordering;
use std::ops::Range;

/// Bytes of a number in a key.
const KEY_PART: usize = 9;

/// A place in a scan: the key of an entry and the row behind it.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::db) struct Spot {
    pub(in crate::db) keys: Vec<Value>,
    pub(in crate::db) key: Key,
}

/// Forward or backward.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::db) enum Way {
    Forward,
    Backward,
}

/// One order over the rows of a class.
#[derive(Debug)]
pub(in crate::db) struct Scan {
    pub(in crate::db) class: u16,
    pub(in crate::db) kind: CursorKind,
    pub(in crate::db) unique: bool,
    /// Fields that are the key; none for the list and the autoid.
    pub(in crate::db) fields: Vec<u16>,
    /// Statement that makes the index.
    pub(in crate::db) create: Option<String>,
    /// Name of the index, quoted; empty for none.
    pub(in crate::db) name: String,
    /// Whether the index is there only when the program has made it.
    pub(in crate::db) voluntary: bool,
    codings: Vec<Coding>,
    descending: Vec<bool>,
    ends: [String; 2],
    beyond: [Vec<Step>; 2],
    above: [Vec<Step>; 2],
    from: [Vec<Step>; 2],
    first_from: String,
    equal: Step,
    key_of: String,
    count: String,
}

/// What a scan runs over.
struct Source<'a> {
    table: &'a str,
    /// Which index is to be used.
    hint: String,
    /// Columns that are NULL in rows which are not in it.
    nullable: Vec<String>,
}

/// A statement and how many of the given values it takes.
#[derive(Debug)]
struct Step {
    sql: String,
    values: usize,
}

/// A column and whether it falls.
type Column = (String, bool);

impl Scan {
    /// All rows, own ones first, in order of creation.
    pub(in crate::db) fn list(class: &Class, table: &str) -> Self {
        let source = Source { table, hint: "NOT INDEXED".into(), nullable: Vec::new() };
        Self::new(class.code, CursorKind::List, &source, &[], &[], false)
    }

    /// All rows by autoid.
    pub(in crate::db) fn autoid(class: &Class, table: &str) -> Self {
        let name = format!("\"{}._mco_autoid\"", table.trim_matches('"'));
        let columns = [("_mco_autoid".to_string(), false)];
        let source = Source { table, hint: format!("INDEXED BY {name}"), nullable: Vec::new() };
        let mut scan = Self::new(class.code, CursorKind::Autoid, &source, &columns, &[Coding::UInt], true);
        scan.create = Some(format!("CREATE UNIQUE INDEX {name} ON {table}(_mco_autoid)"));
        scan
    }

    /// All rows by oid, which is in this field and column.
    pub(in crate::db) fn oid(class: &Class, table: &str, field: u16, column: &str) -> Self {
        let name = format!("\"{}._mco_oid\"", table.trim_matches('"'));
        let source = Source { table, hint: format!("INDEXED BY {name}"), nullable: Vec::new() };
        let mut scan = Self::new(class.code, CursorKind::Oid, &source, &[(column.to_string(), false)], &[Coding::Blob], true);
        scan.fields = vec![field];
        scan.create = Some(format!("CREATE UNIQUE INDEX {name} ON {table}({column})"));
        scan
    }

    /// A tree or hash index.
    pub(in crate::db) fn index(index: &Index, class: &Class, table: &str, name: &str, names: &[String]) -> Self {
        let kind = match index.kind {
            IndexKind::Tree => CursorKind::Tree,
            IndexKind::Hash => CursorKind::Hash,
        };
        let column = |key: &crate::schema::Key| names.get(usize::from(key.field)).map(|n| (n.clone(), key.descending));
        let columns: Vec<Column> = index.keys.iter().filter_map(column).collect();
        let field = |key: &crate::schema::Key| class.field(key.field).map_or(FieldType::Bool, |f| f.kind);
        let codings: Vec<Coding> = index.keys.iter().map(|key| Coding::of(field(key))).collect();
        let nullable = index.keys.iter().zip(&columns).filter(|(key, _)| class.field(key.field).is_some_and(|f| f.nullable));
        let nullable = nullable.map(|(_, (column, _))| column.clone()).collect();
        let source = Source { table, hint: format!("INDEXED BY {name}"), nullable };
        let mut scan = Self::new(class.code, kind, &source, &columns, &codings, index.unique);
        let entry = full(&columns, index.unique);
        let list: Vec<String> = entry.iter().map(|(c, down)| format!("{c}{}", if *down { " DESC" } else { "" })).collect();
        let unique = if index.unique { "UNIQUE " } else { "" };
        scan.fields = index.keys.iter().map(|key| key.field).collect();
        scan.create = Some(format!("CREATE {unique}INDEX {name} ON {table}({}){}", list.join(", "), source.only("")));
        scan.name = name.into();
        scan.voluntary = index.voluntary;
        scan
    }

    fn new(class: u16, kind: CursorKind, source: &Source<'_>, columns: &[Column], codings: &[Coding], unique: bool) -> Self {
        let Source { table, hint, .. } = source;
        let unique = unique && !columns.is_empty();
        let order = full(columns, unique);
        let mut wanted: Vec<&str> = columns.iter().map(|(c, _)| c.as_str()).collect();
        wanted.extend(["_mco_epoch", "_mco_oid"]);
        let head = format!("SELECT {} FROM {table}", wanted.join(", "));
        let find = |way, condition: &str, values| Step {
            sql: format!("{head} {hint}{} ORDER BY {} LIMIT 1", source.only(condition), ordered(&order, way)),
            values,
        };
        let steps = |columns: &[Column], way, inclusive| steps(columns, way, inclusive, &find);
        let both = |columns: &[Column], inclusive| [Way::Forward, Way::Backward].map(|way| steps(columns, way, inclusive));
        Scan {
            class,
            kind,
            unique,
            fields: Vec::new(),
            create: None,
            name: String::new(),
            voluntary: false,
            codings: codings.into(),
            descending: columns.iter().map(|(_, down)| *down).collect(),
            ends: [Way::Forward, Way::Backward].map(|way| find(way, "", 0).sql),
            beyond: both(&order, false),
            above: both(columns, false),
            from: both(columns, true),
            first_from: find(Way::Forward, &columns.first().map_or(String::new(), |(c, _)| format!("{c} >= ?1")), 1).sql,
            equal: find(Way::Forward, &equals(columns, columns.len()), columns.len()),
            key_of: format!("{head}{}", source.only("_mco_epoch = ?1 AND _mco_oid = ?2")),
            count: format!("SELECT count(*) FROM {table}{}", source.only("")),
        }
    }

    /// The first or last entry.
    pub(in crate::db) fn end(&self, sql: &Connection, way: Way) -> Inner<Option<Spot>> {
        let [forward, backward] = &self.ends;
        self.one(sql, if way == Way::Forward { forward } else { backward }, &[], None, 0)
    }

    /// The entry behind (or before) a place.
    pub(in crate::db) fn beyond(&self, sql: &Connection, way: Way, spot: &Spot) -> Inner<Option<Spot>> {
        self.walk(sql, &self.beyond, way, &spot.keys, (!self.unique).then_some(spot.key))
    }

    /// The first entry whose key lies behind (or before) `keys`; with `inclusive` also an equal one.
    pub(in crate::db) fn from(&self, sql: &Connection, way: Way, inclusive: bool, keys: &[Value]) -> Inner<Option<Spot>> {
        self.walk(sql, if inclusive { &self.from } else { &self.above }, way, keys, None)
    }

    /// The first entry whose first key, which must rise, is not below `value`.
    pub(in crate::db) fn first_from(&self, sql: &Connection, value: Value) -> Inner<Option<Spot>> {
        self.one(sql, &self.first_from, &[value], None, 0)
    }

    /// The first entry with this key.
    pub(in crate::db) fn equal(&self, sql: &Connection, keys: &[Value]) -> Inner<Option<Spot>> {
        self.one(sql, &self.equal.sql, keys, None, 0)
    }

    /// The entry of a row, if the row is in the table.
    pub(in crate::db) fn key_of(&self, sql: &Connection, key: Key) -> Inner<Option<Spot>> {
        self.one(sql, &self.key_of, &[], Some(key), 2)
    }

    /// Number of rows in the table.
    pub(in crate::db) fn count(&self, sql: &Connection) -> Inner<u64> {
        unsigned(sql.prepare_cached(&self.count)?.query_row([], |row| row.get(0))?)
    }

    /// Whether the first key falls.
    pub(in crate::db) fn first_falls(&self) -> bool {
        self.descending.first().copied().unwrap_or_default()
    }

    /// Number of key fields.
    pub(in crate::db) fn width(&self) -> usize {
        self.codings.len()
    }

    /// Order of two keys in this scan.
    pub(in crate::db) fn compare(&self, a: &[Value], b: &[Value]) -> Ordering {
        for ((a, b), down) in a.iter().zip(b).zip(&self.descending) {
            let order = coding::compare(a, b);
            if order != Ordering::Equal {
                return if *down { order.reverse() } else { order };
            }
        }
        Ordering::Equal
    }

    /// The key of a row in this index.
    pub(in crate::db) fn keys_in(&self, row: &Row) -> Vec<Value> {
        self.fields.iter().filter_map(|field| row.values.get(usize::from(*field)).cloned()).collect()
    }

    /// Whether the key of a row in this index is over the limit.
    pub(in crate::db) fn is_too_long(&self, row: &Row) -> bool {
        self.weight(row) > MAX_KEY && !self.keys_in(row).iter().any(Value::is_null)
    }

    /// Bytes of the key of a row in this index.
    pub(in crate::db) fn weight(&self, row: &Row) -> usize {
        let length = |field: &u16| row.values.get(usize::from(*field)).map_or(KEY_PART, key_weight);
        self.fields.iter().map(length).sum()
    }

    /// Bytes of the keys of so many rows of a batch in this index, from one on.
    pub(in crate::db) fn batch_weight(&self, batch: &Batch, rows: Range<usize>) -> usize {
        let cells = self.fields.iter().filter_map(|field| batch.cells.get(usize::from(*field)));
        cells.map(|cells| cells.sum(rows.clone(), key_weight)).sum()
    }

    fn walk(&self, sql: &Connection, steps: &[Vec<Step>; 2], way: Way, keys: &[Value], key: Option<Key>) -> Inner<Option<Spot>> {
        let [forward, backward] = steps;
        for step in if way == Way::Forward { forward } else { backward } {
            let taken = keys.get(..step.values.min(keys.len())).unwrap_or(keys);
            let found = self.one(sql, &step.sql, taken, key, step.values.saturating_sub(keys.len()))?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    fn one(&self, sql: &Connection, text: &str, keys: &[Value], key: Option<Key>, parts: usize) -> Inner<Option<Spot>> {
        match self.look(sql, text, keys, key, parts) {
            // The engine refuses to use an index that is absent.
            Err(Fault::Engine(_)) if !self.exists(sql)? => absent(),
            found => found,
        }
    }

    fn look(&self, sql: &Connection, text: &str, keys: &[Value], key: Option<Key>, parts: usize) -> Inner<Option<Spot>> {
        let mut statement = sql.prepare_cached(text)?;
        let mut at = 1;
        for (value, coding) in keys.iter().zip(&self.codings) {
            statement.raw_bind_parameter(at, coding::Param(*coding, value))?;
            at += 1;
        }
        // A step may look at the first half of the row key only.
        for part in key.into_iter().flat_map(|key| [key.epoch, key.oid]).take(parts) {
            statement.raw_bind_parameter(at, part.cast_signed())?;
            at += 1;
        }
        let mut rows = statement.raw_query();
        let Some(row) = rows.next()? else { return Ok(None) };
        let mut keys = Vec::with_capacity(self.codings.len());
        for (at, coding) in self.codings.iter().enumerate() {
            keys.push(coding.decode(row.get_ref(at)?)?);
        }
        let at = self.codings.len();
        let key = Key { epoch: unsigned(row.get(at)?)?, oid: unsigned(row.get(at + 1)?)? };
        Ok(Some(Spot { keys, key }))
    }
}

/// Bytes of a part of a key.
fn key_weight(value: &Value) -> usize {
    match value {
        Value::Bytes(bytes) => bytes.len(),
        _ => KEY_PART,
    }
}

/// Columns that make an entry different from all others. They fall when all keys fall, so that one comparison of rows
/// can use the index.
fn full(columns: &[Column], unique: bool) -> Vec<Column> {
    let falling = !columns.is_empty() && columns.iter().all(|(_, down)| *down);
    let tail = ["_mco_epoch", "_mco_oid"].into_iter().filter(|_| !unique).map(|c| (c.to_string(), falling));
    columns.iter().cloned().chain(tail).collect()
}

impl Source<'_> {
    /// A condition for rows that are in it.
    fn only(&self, condition: &str) -> String {
        let mut terms: Vec<String> = self.nullable.iter().map(|column| format!("{column} IS NOT NULL")).collect();
        terms.extend((!condition.is_empty()).then(|| condition.to_string()));
        if terms.is_empty() { String::new() } else { format!(" WHERE {}", terms.join(" AND ")) }
    }
}

fn ordered(columns: &[Column], way: Way) -> String {
    let list: Vec<String> = columns
        .iter()
        .map(|(column, down)| format!("{column}{}", if *down == (way == Way::Forward) { " DESC" } else { "" }))
        .collect();
    list.join(", ")
}

fn equals(columns: &[Column], count: usize) -> String {
    let list: Vec<String> = (1..).zip(columns.iter().take(count)).map(|(i, (column, _))| format!("{column} = ?{i}")).collect();
    if list.is_empty() { "true".into() } else { list.join(" AND ") }
}

/// Statements that, tried one after another, find the first row beyond (or from) a list of values. Columns of one
/// direction need only one.
fn steps(columns: &[Column], way: Way, inclusive: bool, find: &dyn Fn(Way, &str, usize) -> Step) -> Vec<Step> {
    let sign = |down: bool| if down == (way == Way::Forward) { "<" } else { ">" };
    let first = columns.first().is_some_and(|(_, down)| *down);
    if columns.iter().all(|(_, down)| *down == first) {
        let names: Vec<&str> = columns.iter().map(|(c, _)| c.as_str()).collect();
        let marks: Vec<String> = (1..=columns.len()).map(|i| format!("?{i}")).collect();
        let sign = format!("{}{}", sign(first), if inclusive { "=" } else { "" });
        let condition = format!("({}) {sign} ({})", names.join(", "), marks.join(", "));
        return vec![find(way, &condition, columns.len())];
    }
    let mut list = Vec::new();
    if inclusive {
        list.push(find(way, &equals(columns, columns.len()), columns.len()));
    }
    for (i, (column, down)) in columns.iter().enumerate().rev() {
        let condition = format!("{} AND {column} {} ?{}", equals(columns, i), sign(*down), i + 1);
        list.push(find(way, &condition, i + 1));
    }
    list
}

#[cfg(test)]
impl Scan {
    /// Every statement, for looking at its plan.
    pub(in crate::db) fn statements(&self) -> Vec<&str> {
        let lists = [&self.beyond, &self.above, &self.from];
        let mut all: Vec<&str> = lists.into_iter().flatten().flatten().map(|step| step.sql.as_str()).collect();
        all.extend(self.ends.iter().map(String::as_str));
        all.extend([self.equal.sql.as_str(), &self.first_from]);
        all
    }
}
