//! Which tables and statements a schema turns into.

use crate::base::{AgentId, Role, Value, tagged};
use crate::db::checksum::Checksum;
use crate::db::coding::{Column, Param};
use crate::db::fault::{Inner, damaged};
use crate::db::hooks::Hooks;
use crate::db::keys::Key;
use crate::db::quarantine;
use crate::db::scan::Scan;
use crate::db::source;
use crate::schema::{Class, Dictionary, Field, FieldRole, FieldType, Index, Travel};
use std::fmt::Write as _;

/// Longest key of an index in bytes; longer ones are `E_KEY_TOO_LONG`.
pub(in crate::db) const MAX_KEY: usize = 4096;
/// Largest row, in bytes: what the engine takes, less what it needs beside the values.
pub(in crate::db) const MAX_STORED_ROW: usize = 999_000_000;
/// Largest row that travels, in bytes.
pub(in crate::db) const MAX_TRAVELLING_ROW: usize = 16 * 1024 * 1024;
/// Most fields of a class: what the engine takes in one table, less our own columns.
pub(in crate::db) const MAX_FIELDS: usize = 1990;

/// What replication has to do with the rows of a class on this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::db) enum Flow {
    /// Nothing.
    Local,
    /// Rows made here are sent.
    Out,
    /// Rows come from another node.
    In,
}

/// Version of a row, and the place of its first key in the change log that some reader may not have seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::db) struct Stamp {
    /// Commit that made this version.
    pub(in crate::db) ts: u64,
    /// Local number of the epoch of that commit.
    pub(in crate::db) epoch: u64,
    /// Commit of the earliest key that is kept in the log; at most `ts`.
    pub(in crate::db) first: u64,
}

impl Stamp {
    /// A checksum with it behind what it has.
    pub(in crate::db) fn checked(self, sum: Checksum) -> Checksum {
        sum.word(self.ts).word(self.epoch).word(self.first)
    }
}

/// Everything that is stored of a row besides its key.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::db) struct Row {
    pub(in crate::db) values: Vec<Value>,
    pub(in crate::db) autoid: u64,
    pub(in crate::db) stamp: Stamp,
}

impl Row {
    /// Bytes of its content.
    pub(in crate::db) fn weight(&self) -> usize {
        self.values.iter().map(Value::weight).sum()
    }

    /// Checksum of everything the table has of it; the table keeps it beside the row.
    fn checksum(&self, travels: bool) -> u32 {
        let sum = self.values.iter().fold(Checksum::new(), Checksum::value).word(self.autoid);
        let sum = if travels { self.stamp.checked(sum) } else { sum };
        sum.finish()
    }
}

/// One class as a table.
#[derive(Debug)]
pub(in crate::db) struct Table {
    pub(in crate::db) code: u16,
    /// Name for messages.
    pub(in crate::db) class: String,
    /// Name of the table, quoted.
    pub(in crate::db) name: String,
    pub(in crate::db) flow: Flow,
    /// Whether rows have a version.
    pub(in crate::db) travels: bool,
    pub(in crate::db) persistent: bool,
    pub(in crate::db) autoid: bool,
    /// Field with the oid.
    pub(in crate::db) oid: Option<u16>,
    pub(in crate::db) fields: Vec<Column>,
    /// Whether a field may be NULL, so that there is a column for values below NULL.
    pub(in crate::db) nullable: bool,
    /// Whether it has structs.
    pub(in crate::db) nested: bool,
    /// Contents of a new object.
    pub(in crate::db) fresh: Vec<Value>,
    /// Field with the receiver of a downtable row or the origin of an uptable row, on a server.
    pub(in crate::db) agent: Option<usize>,
    /// Column of that field, or 0.
    pub(in crate::db) agent_column: String,
    /// Field with the origin of a row, on a router.
    pub(in crate::db) source: Option<usize>,
    /// Field with the receiver of a row, on a router.
    pub(in crate::db) receiver: Option<usize>,
    /// Column of that field.
    pub(in crate::db) receiver_column: Option<String>,
    /// Fields that the sender of a row fills, in order.
    pub(in crate::db) plain: Vec<usize>,
    pub(in crate::db) indexes: Vec<u16>,
    /// Events of the class; `None` for none.
    pub(in crate::db) hooks: Option<Box<Hooks>>,
    /// Whether a row may be larger than the engine takes.
    pub(in crate::db) large: bool,
    /// Whether some index may meet a key over the limit.
    pub(in crate::db) long_keys: bool,
    /// Columns of a row besides its key, as `select` gives them.
    pub(in crate::db) columns: String,
    pub(in crate::db) create: String,
    pub(in crate::db) insert: String,
    /// Takes the epoch, and commit and epoch of the version; the rest is from [`crate::db::source`]; stops at the first row that collides.
    pub(in crate::db) insert_batch: String,
    pub(in crate::db) update: String,
    /// Takes the parameters of `update`, but leaves all indexes alone.
    pub(in crate::db) update_plain: String,
    /// Fields of indexes.
    keyed: Vec<bool>,
    pub(in crate::db) delete: String,
    pub(in crate::db) select: String,
    /// All rows, in the columns of `select`.
    pub(in crate::db) select_all: String,
    pub(in crate::db) select_run: String,
    pub(in crate::db) list: Scan,
    pub(in crate::db) by_autoid: Option<Scan>,
    pub(in crate::db) by_oid: Option<Scan>,
}

/// The whole schema as tables.
#[derive(Debug)]
pub(in crate::db) struct Layout {
    pub(in crate::db) tables: Vec<Table>,
    /// Scans of the tree and hash indexes, by index number.
    pub(in crate::db) indexes: Vec<Scan>,
    /// Whether some class has events.
    pub(in crate::db) has_hooks: bool,
}

impl Layout {
    /// Tables of this schema on a node with this role.
    pub(in crate::db) fn new(dictionary: &Dictionary, role: Option<Role>) -> Self {
        let mut names = Vec::new();
        let names: Vec<String> = dictionary.classes.iter().map(|c| distinct(&mut names, &c.name, c.code)).collect();
        let columns: Vec<Vec<String>> = dictionary.classes.iter().map(column_names).collect();
        let mut taken = Vec::new();
        let mut indexes = Vec::new();
        for (number, index) in (0_u16..).zip(&dictionary.indexes) {
            let at = usize::from(index.class).wrapping_sub(1);
            let (Some(class), Some(table), Some(columns)) = (dictionary.classes.get(at), names.get(at), columns.get(at)) else {
                continue;
            };
            let name = distinct(&mut taken, &format!("{table}.{}", index.name), number);
            indexes.push(Scan::index(index, class, &quoted(table), &quoted(&name), columns));
        }
        let tables = dictionary
            .classes
            .iter()
            .zip(&names)
            .zip(&columns)
            .map(|((class, name), columns)| Table::new(class, &quoted(name), columns, role, dictionary))
            .collect();
        Layout { tables, indexes, has_hooks: !dictionary.events.is_empty() }
    }

    /// The table of a class code.
    pub(in crate::db) fn table(&self, class: u16) -> Option<&Table> {
        self.tables.get(usize::from(class.checked_sub(1)?))
    }

    /// The scan of an index number.
    pub(in crate::db) fn index(&self, number: u16) -> Option<&Scan> {
        self.indexes.get(usize::from(number))
    }

    /// Whether two states of a row differ in the key of some unique index.
    pub(in crate::db) fn rekeys(&self, table: &Table, old: &Row, new: &Row) -> bool {
        let mut unique = table.scans(self).filter(|scan| scan.unique);
        unique.any(|scan| scan.keys_in(old) != scan.keys_in(new))
    }
}

impl Table {
    fn new(class: &Class, name: &str, columns: &[String], role: Option<Role>, dictionary: &Dictionary) -> Self {
        let indexes = &dictionary.indexes;
        let travels = class.travel != Travel::Local;
        let field_of = |role| class.fields.iter().position(|f| f.role == role);
        let [agent, source, receiver] = [FieldRole::AgentId, FieldRole::SrcAgentId, FieldRole::DstAgentId].map(field_of);
        let nullable = class.fields.iter().any(|field| field.has_indicator());
        let own: Vec<&str> = ["_mco_autoid"]
            .into_iter()
            .filter(|_| class.autoid)
            .chain(["_mco_ts", "_mco_vepoch", "_mco_first"].into_iter().filter(|_| travels))
            .chain(["_mco_below"].into_iter().filter(|_| nullable))
            .chain(["_mco_check"])
            .collect();
        let all: Vec<&str> = columns.iter().map(String::as_str).chain(own.iter().copied()).collect();
        let list = all.join(", ");
        let marks: Vec<String> = (1..=all.len() + 2).map(|i| format!("?{i}")).collect();
        let sets: Vec<String> = all.iter().zip(3..).map(|(column, i)| format!("{column} = ?{i}")).collect();
        let keys: Vec<u16> =
            class.indexes.iter().filter_map(|i| indexes.get(usize::from(*i))).flat_map(|i| &i.keys).map(|k| k.field).collect();
        let oid = class.oid();
        let keyed: Vec<bool> =
            (0_u16..).zip(&class.fields).map(|(field, _)| keys.contains(&field) || oid == Some(field)).collect();
        let in_index = keyed.iter().copied().chain([class.autoid]).chain(std::iter::repeat(false));
        let plain_sets: Vec<&str> = sets.iter().zip(in_index).filter(|(_, keyed)| !keyed).map(|(set, _)| set.as_str()).collect();
        let whose = "WHERE _mco_epoch = ?1 AND _mco_oid = ?2";
        let mut create = format!("CREATE TABLE {name}(_mco_epoch INTEGER NOT NULL, _mco_oid INTEGER NOT NULL");
        for column in &all {
            let _ = write!(create, ", {column}");
        }
        create.push_str(", PRIMARY KEY(_mco_epoch, _mco_oid)) WITHOUT ROWID");
        let select_run =
            format!("SELECT _mco_oid, {list} FROM {name} WHERE _mco_epoch = ?1 AND _mco_oid BETWEEN ?2 AND ?3 ORDER BY _mco_oid");
        Table {
            code: class.code,
            class: class.name.clone(),
            name: name.into(),
            flow: flow(class.travel, role),
            travels,
            persistent: class.persistent || travels,
            autoid: class.autoid,
            oid,
            fields: class.fields.iter().map(Column::of).collect(),
            nullable,
            nested: class.fields.iter().any(|field| field.outer.is_some()),
            fresh: class.fields.iter().map(|f| fresh(f, class.travel, dictionary)).collect(),
            agent,
            agent_column: agent.and_then(|i| columns.get(i)).map_or("0", String::as_str).into(),
            source,
            receiver,
            receiver_column: receiver.and_then(|i| columns.get(i)).cloned(),
            plain: (0..).zip(&class.fields).filter(|(_, f)| f.role.travels()).map(|(i, _)| i).collect(),
            indexes: class.indexes.clone(),
            hooks: Hooks::of(class, &dictionary.events),
            large: class.fields.iter().any(|field| field.kind == FieldType::Blob || field.kind.is_list()),
            long_keys: class.indexes.iter().any(|i| indexes.get(usize::from(*i)).is_some_and(|i| may_be_long(i, class))),
            insert: format!("INSERT INTO {name}(_mco_epoch, _mco_oid, {list}) VALUES({})", marks.join(", ")),
            insert_batch: format!(
                "INSERT OR FAIL INTO {name}(_mco_epoch, _mco_oid, {list}) SELECT ?1, rowid, {} FROM {}",
                from_batch(class, travels, nullable),
                source::NAME
            ),
            update: format!("UPDATE {name} SET {} {whose}", sets.join(", ")),
            update_plain: format!("UPDATE {name} SET {} {whose}", plain_sets.join(", ")),
            keyed,
            delete: format!("DELETE FROM {name} {whose}"),
            select: format!("SELECT {list} FROM {name} {whose}"),
            select_all: format!("SELECT {list} FROM {name} NOT INDEXED"),
            select_run,
            create,
            columns: list,
            list: Scan::list(class, name),
            by_autoid: class.autoid.then(|| Scan::autoid(class, name)),
            by_oid: oid.and_then(|field| Some(Scan::oid(class, name, field, columns.get(usize::from(field))?))),
        }
    }

    /// Reads the columns that `select` (from 0) or `select_run` (from 1) gives.
    pub(in crate::db) fn read(&self, columns: &rusqlite::Row<'_>, from: usize, row: &mut Row) -> Inner<()> {
        row.values.clear();
        let mut at = from;
        for field in &self.fields {
            row.values.push(field.decode(columns.get_ref(at)?)?);
            at += 1;
        }
        row.autoid = 0;
        if self.autoid {
            row.autoid = unsigned(columns.get(at)?)?;
            at += 1;
        }
        row.stamp = Stamp::default();
        if self.travels {
            row.stamp.ts = unsigned(columns.get(at)?)?;
            row.stamp.epoch = unsigned(columns.get(at + 1)?)?;
            row.stamp.first = columns.get::<_, Option<i64>>(at + 2)?.map_or(Ok(row.stamp.ts), unsigned)?;
            at += 3;
        }
        if self.nullable {
            if let Some(bytes) = columns.get_ref(at)?.as_blob_or_null().map_err(rusqlite::Error::from)? {
                put_below(&mut row.values, bytes)?;
            }
            at += 1;
        }
        if columns.get::<_, i64>(at)? != i64::from(row.checksum(self.travels)) {
            return damaged(format_args!("a row of '{}' does not agree with its checksum", self.class));
        }
        Ok(())
    }

    /// Binds a row for `insert` or `update`.
    pub(in crate::db) fn bind(&self, statement: &mut rusqlite::Statement<'_>, key: Key, row: &Row) -> Inner<()> {
        statement.raw_bind_parameter(1, key.epoch.cast_signed())?;
        statement.raw_bind_parameter(2, key.oid.cast_signed())?;
        let mut at = 3;
        for (field, value) in self.fields.iter().zip(&row.values) {
            statement.raw_bind_parameter(at, Param(field.coding, value))?;
            at += 1;
        }
        if self.autoid {
            statement.raw_bind_parameter(at, row.autoid.cast_signed())?;
            at += 1;
        }
        if self.travels {
            let first = (row.stamp.first != row.stamp.ts).then_some(row.stamp.first.cast_signed());
            statement.raw_bind_parameter(at, row.stamp.ts.cast_signed())?;
            statement.raw_bind_parameter(at + 1, row.stamp.epoch.cast_signed())?;
            statement.raw_bind_parameter(at + 2, first)?;
            at += 3;
        }
        if self.nullable {
            statement.raw_bind_parameter(at, below(&row.values))?;
            at += 1;
        }
        statement.raw_bind_parameter(at, row.checksum(self.travels))?;
        Ok(())
    }

    /// Scans that have an index of their own.
    pub(in crate::db) fn scans<'a>(&'a self, layout: &'a Layout) -> impl Iterator<Item = &'a Scan> {
        self.indexes.iter().filter_map(|index| layout.index(*index)).chain(&self.by_autoid).chain(&self.by_oid)
    }

    /// Whether a field is part of some index.
    pub(in crate::db) fn is_key(&self, field: u16) -> bool {
        self.keyed.get(usize::from(field)).copied().unwrap_or_default()
    }

    /// Column of the struct whose member a column is.
    pub(in crate::db) fn outer(&self, field: u16) -> Option<u16> {
        self.fields.get(usize::from(field))?.outer
    }

    /// Agent in the generated field: receiver or origin. Everybody where there is no such field.
    pub(in crate::db) fn agent_of(&self, row: &Row) -> AgentId {
        match self.agent.and_then(|field| row.values.get(field)) {
            Some(Value::UInt(agent)) => AgentId(*agent),
            _ => AgentId::ALL,
        }
    }
}

/// The values below NULL, one for each field that is NULL; none if there are none.
fn below(values: &[Value]) -> Option<Vec<u8>> {
    let nulls = || values.iter().filter(|value| value.is_null());
    let kept = nulls().any(|value| value.shown().is_some());
    kept.then(|| tagged::encode(nulls().map(|value| value.shown().unwrap_or(&Value::NULL))))
}

/// Puts the values below NULL where [`below`] took them from.
fn put_below(values: &mut [Value], bytes: &[u8]) -> Inner<()> {
    let nulls = values.iter_mut().filter(|value| value.is_null());
    for (place, value) in nulls.zip(quarantine::decode(bytes)?) {
        *place = Value::Null((!value.is_null()).then(|| value.into()));
    }
    Ok(())
}

/// What `insert_batch` takes for each column but those of the key.
fn from_batch(class: &Class, travels: bool, nullable: bool) -> String {
    let fields = (0..class.fields.len()).map(source::column);
    let autoid = class.autoid.then(|| "autoid".to_string());
    // Of a new row the first key is that of its version, for which NULL stands.
    let version = ["?2", "?3", "NULL"].into_iter().filter(|_| travels).map(String::from);
    let below = nullable.then(|| "NULL".to_string());
    fields.chain(autoid).chain(version).chain(below).chain(["sum".to_string()]).collect::<Vec<_>>().join(", ")
}

/// A number of our own, which is never negative.
pub(in crate::db) fn unsigned(number: i64) -> Inner<u64> {
    match u64::try_from(number) {
        Ok(number) => Ok(number),
        Err(_) => damaged("a number of the bookkeeping is negative"),
    }
}

fn flow(travel: Travel, role: Option<Role>) -> Flow {
    match (travel, role) {
        (Travel::Up, Some(Role::Device | Role::Router)) | (Travel::Down, Some(Role::Server)) => Flow::Out,
        (Travel::Up, Some(Role::Server)) | (Travel::Down, Some(Role::Device | Role::Router)) => Flow::In,
        _ => Flow::Local,
    }
}

fn fresh(field: &Field, travel: Travel, dictionary: &Dictionary) -> Value {
    let mut value = match (field.role, travel) {
        (FieldRole::AgentId | FieldRole::DstAgentId, Travel::Up) | (FieldRole::SrcAgentId, Travel::Down) => {
            Value::UInt(AgentId::SERVER.0)
        }
        _ => field.initial(),
    };
    if Column::of(field).fit(dictionary, &mut value).is_err() {
        value = field.kind.zero();
    }
    value
}

fn column_names(class: &Class) -> Vec<String> {
    let mut taken = Vec::new();
    (0_u16..).zip(&class.fields).map(|(i, field)| quoted(&distinct(&mut taken, &field.name, i))).collect()
}

/// The engine does not tell names apart by case, C does: such a name gets a number.
fn distinct(taken: &mut Vec<String>, name: &str, number: u16) -> String {
    let lower = name.to_ascii_lowercase();
    let reserved = lower.starts_with("_mco") || lower.starts_with("sqlite_");
    if reserved || taken.contains(&lower) {
        return format!("_mco{number}_{name}");
    }
    taken.push(lower);
    name.into()
}

fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

fn may_be_long(index: &Index, class: &Class) -> bool {
    let longest = index.keys.iter().filter_map(|key| class.field(key.field)).map(|field| match field.kind {
        FieldType::Char(n) | FieldType::Binary(n) | FieldType::Ref(n) => usize::from(n),
        FieldType::NChar(n) => 2 * usize::from(n),
        FieldType::String | FieldType::NString | FieldType::VarBinary => usize::from(u16::MAX),
        _ => 9,
    });
    longest.sum::<usize>() > MAX_KEY
}
