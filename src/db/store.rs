//! Opening the engine and making or checking what a file holds.

use crate::base::{AgentId, Code, DbId, Level, Random, Result, Role, fail};
use crate::db::fault::{Fault, Inner, damaged, fault};
use crate::db::layout::{Layout, MAX_FIELDS, Row, Table, unsigned};
use crate::db::upgrade::Former;
use crate::db::{CommitPolicy, NodeInfo, OpenOptions, Storage, tally};
use crate::schema::{Dictionary, Node};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use std::cmp::Ordering;
use std::path::Path;
use std::time::Duration;

/// `application_id` of the file: "MCOD".
const APPLICATION: i32 = 0x4D43_4F44;
/// `user_version` of the file: it counts up with every change of the tables below, or of what they hold.
pub(in crate::db) const FORMAT: i32 = 2;
/// How long a write waits for a tool from outside that holds the file.
const OUTSIDER: Duration = Duration::from_secs(5);
/// Statements kept prepared by one connection.
const STATEMENTS: usize = 1024;
/// A write-ahead log above this many bytes is cut back when it starts anew.
const LOG_BYTES: u32 = 16 << 20;

/// What a tool from outside must not do with a class; each has a trigger.
pub(in crate::db) const ACTIONS: [&str; 3] = ["INSERT", "UPDATE", "DELETE"];

/// Tables that are the same in every file. docs/format.md tells what they hold.
const BOOKKEEPING: &str = "
CREATE TABLE _mco_meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE _mco_state(clock INTEGER NOT NULL, next_oid INTEGER NOT NULL);
CREATE TABLE _mco_autoids(class INTEGER PRIMARY KEY, next INTEGER NOT NULL);
CREATE TABLE _mco_epochs(num INTEGER PRIMARY KEY, id INTEGER NOT NULL UNIQUE, agent INTEGER NOT NULL, db INTEGER NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL, before INTEGER NOT NULL, left_at INTEGER NOT NULL, generation INTEGER NOT NULL);
CREATE INDEX _mco_epochs_agent ON _mco_epochs(agent, db);
CREATE TABLE _mco_ranges(epoch INTEGER NOT NULL, grp INTEGER NOT NULL, low INTEGER NOT NULL, high INTEGER NOT NULL,
    PRIMARY KEY(epoch, grp, low)) WITHOUT ROWID;
CREATE TABLE _mco_beats(epoch INTEGER NOT NULL, beaten INTEGER NOT NULL, PRIMARY KEY(epoch, beaten)) WITHOUT ROWID;
CREATE TABLE _mco_forks(epoch INTEGER NOT NULL, tail INTEGER NOT NULL, PRIMARY KEY(epoch, tail)) WITHOUT ROWID;
CREATE TABLE _mco_agents(agent INTEGER PRIMARY KEY, db INTEGER NOT NULL, role INTEGER NOT NULL, level INTEGER NOT NULL,
    schema INTEGER NOT NULL, parent INTEGER NOT NULL, via INTEGER NOT NULL, attachment INTEGER NOT NULL, reconcile INTEGER NOT NULL);
CREATE TABLE _mco_chains(agent INTEGER NOT NULL, at INTEGER NOT NULL, id INTEGER NOT NULL, first INTEGER NOT NULL,
    last INTEGER NOT NULL, before INTEGER NOT NULL, left_at INTEGER NOT NULL, generation INTEGER NOT NULL,
    PRIMARY KEY(agent, at)) WITHOUT ROWID;
CREATE TABLE _mco_marks(kind INTEGER NOT NULL, agent INTEGER NOT NULL, grp INTEGER NOT NULL, ts INTEGER NOT NULL,
    epoch INTEGER NOT NULL, PRIMARY KEY(kind, agent, grp)) WITHOUT ROWID;
CREATE INDEX _mco_marks_lowest ON _mco_marks(kind, grp, ts);
CREATE TABLE _mco_groups(class TEXT PRIMARY KEY, grp INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE _mco_bounds(class TEXT PRIMARY KEY, rows INTEGER NOT NULL, bytes INTEGER NOT NULL, age INTEGER NOT NULL,
    policy INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE _mco_origins(agent INTEGER NOT NULL, class INTEGER NOT NULL, grp INTEGER NOT NULL,
    PRIMARY KEY(agent, class)) WITHOUT ROWID;
CREATE TABLE _mco_log(gone INTEGER NOT NULL, stream INTEGER NOT NULL, grp INTEGER NOT NULL, ts INTEGER NOT NULL,
    class INTEGER NOT NULL, epoch INTEGER NOT NULL, oid INTEGER NOT NULL, count INTEGER NOT NULL, bytes INTEGER NOT NULL,
    at INTEGER NOT NULL, keys BLOB NOT NULL, PRIMARY KEY(gone, stream, grp, ts, class, epoch, oid)) WITHOUT ROWID;
CREATE TABLE _mco_kept(epoch INTEGER NOT NULL, oid INTEGER NOT NULL, ts INTEGER NOT NULL,
    PRIMARY KEY(epoch, oid, ts)) WITHOUT ROWID;
CREATE TABLE _mco_horizons(stream INTEGER NOT NULL, grp INTEGER NOT NULL, ts INTEGER NOT NULL,
    PRIMARY KEY(stream, grp)) WITHOUT ROWID;
CREATE TABLE _mco_cleared(receiver INTEGER NOT NULL, class INTEGER NOT NULL, epoch INTEGER NOT NULL, low INTEGER NOT NULL,
    high INTEGER NOT NULL, rows INTEGER NOT NULL, since INTEGER NOT NULL, ts INTEGER NOT NULL, vepoch INTEGER NOT NULL,
    PRIMARY KEY(receiver, class, epoch, low)) WITHOUT ROWID;
CREATE INDEX _mco_cleared_end ON _mco_cleared(receiver, epoch, high);
CREATE TABLE _mco_seen(epoch INTEGER NOT NULL, grp INTEGER NOT NULL, low INTEGER NOT NULL, high INTEGER NOT NULL,
    PRIMARY KEY(epoch, grp, low)) WITHOUT ROWID;
CREATE TABLE _mco_graves(epoch INTEGER NOT NULL, oid INTEGER NOT NULL, class INTEGER NOT NULL, grp INTEGER NOT NULL, ts INTEGER NOT NULL,
    vepoch INTEGER NOT NULL, PRIMARY KEY(epoch, oid)) WITHOUT ROWID;
CREATE TABLE _mco_quarantine(seq INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, oid INTEGER NOT NULL, class INTEGER NOT NULL,
    ts INTEGER NOT NULL, vepoch INTEGER NOT NULL, agent INTEGER NOT NULL, code INTEGER NOT NULL, detail TEXT NOT NULL,
    time INTEGER NOT NULL, holder_epoch INTEGER, holder_oid INTEGER, row BLOB NOT NULL);
CREATE UNIQUE INDEX _mco_quarantine_key ON _mco_quarantine(epoch, oid);
CREATE INDEX _mco_quarantine_agent ON _mco_quarantine(agent);
CREATE INDEX _mco_quarantine_holder ON _mco_quarantine(holder_epoch, holder_oid);
CREATE TABLE _mco_gaps(agent INTEGER NOT NULL, epoch INTEGER NOT NULL, grp INTEGER NOT NULL, class INTEGER NOT NULL,
    reason INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, rows INTEGER NOT NULL, ts INTEGER NOT NULL,
    time INTEGER NOT NULL, told_ts INTEGER NOT NULL, told_epoch INTEGER NOT NULL,
    PRIMARY KEY(agent, epoch, grp, class, reason, told_epoch, first)) WITHOUT ROWID;
CREATE INDEX _mco_gaps_told ON _mco_gaps(grp, ts) WHERE ts > 0;
CREATE TABLE _mco_released(grp INTEGER NOT NULL, class INTEGER NOT NULL, epoch INTEGER NOT NULL, first INTEGER NOT NULL,
    last INTEGER NOT NULL, rows INTEGER NOT NULL, PRIMARY KEY(grp, class, epoch, first)) WITHOUT ROWID;
CREATE TABLE _mco_schemas(hash INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE _mco_holds(agent INTEGER NOT NULL, class INTEGER NOT NULL, since INTEGER NOT NULL,
    PRIMARY KEY(agent, class)) WITHOUT ROWID;
CREATE TABLE _mco_transit(grp INTEGER NOT NULL, ts INTEGER NOT NULL, part INTEGER NOT NULL, schema INTEGER NOT NULL,
    rows INTEGER NOT NULL, weight INTEGER NOT NULL, at INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY(grp, ts, part));
CREATE TABLE _mco_shown(grp INTEGER NOT NULL, ts INTEGER NOT NULL, class INTEGER NOT NULL, part INTEGER NOT NULL,
    keys BLOB NOT NULL, PRIMARY KEY(grp, ts, class, part)) WITHOUT ROWID;
CREATE TABLE _mco_mail(id INTEGER PRIMARY KEY AUTOINCREMENT, agent INTEGER NOT NULL, grp INTEGER NOT NULL, after_ts INTEGER NOT NULL,
    after_epoch INTEGER NOT NULL, up_ts INTEGER NOT NULL, up_epoch INTEGER NOT NULL, as_ts INTEGER NOT NULL, as_epoch INTEGER NOT NULL,
    reconcile INTEGER NOT NULL, schema INTEGER NOT NULL, rows INTEGER NOT NULL, bytes INTEGER NOT NULL, at INTEGER NOT NULL,
    body BLOB NOT NULL);
CREATE INDEX _mco_mail_agent ON _mco_mail(agent, grp, bytes);
CREATE TABLE _mco_boxes(agent INTEGER NOT NULL, grp INTEGER NOT NULL, ts INTEGER NOT NULL, epoch INTEGER NOT NULL,
    PRIMARY KEY(agent, grp)) WITHOUT ROWID;
CREATE TABLE _mco_unheard(class INTEGER NOT NULL, epoch INTEGER NOT NULL, grp INTEGER NOT NULL, low INTEGER NOT NULL,
    high INTEGER NOT NULL, PRIMARY KEY(class, epoch, grp, low)) WITHOUT ROWID;
CREATE TABLE _mco_strange(id INTEGER PRIMARY KEY, agent INTEGER NOT NULL, grp INTEGER NOT NULL, schema INTEGER NOT NULL,
    bytes INTEGER NOT NULL, body BLOB NOT NULL);
CREATE INDEX _mco_strange_agent ON _mco_strange(agent, bytes);
INSERT INTO _mco_state VALUES(0, 1);
";

/// Another connection to a file.
pub(in crate::db) fn engine(path: &Path, writable: bool) -> Inner<Connection> {
    let access = if writable { OpenFlags::SQLITE_OPEN_READ_WRITE } else { OpenFlags::SQLITE_OPEN_READ_ONLY };
    let sql = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    sql.busy_timeout(OUTSIDER)?;
    sql.set_prepared_statement_cache_capacity(STATEMENTS);
    // Triggers only keep tools from outside from writing.
    sql.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    sql.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    sql.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    sql.pragma_update(None, "cell_size_check", true)?;
    sql.pragma_update(None, "cache_size", -8192)?;
    sql.pragma_update(None, "temp_store", "MEMORY")?;
    sql.pragma_update(None, "journal_size_limit", LOG_BYTES)?;
    Ok(sql)
}

/// Puts empty tables in front of those of the transient classes, for a connection that may not empty them.
pub(in crate::db) fn hide_transient(sql: &Connection, layout: &Layout) -> Inner<()> {
    for table in layout.tables.iter().filter(|t| !t.persistent) {
        sql.execute_batch(&table.create.replacen("CREATE TABLE ", "CREATE TEMP TABLE ", 1))?;
        for scan in table.scans(layout) {
            let (Some(create), true) = (&scan.create, scan.exists(sql)?) else { continue };
            sql.execute_batch(&create.replacen("INDEX ", "INDEX temp.", 1))?;
        }
    }
    Ok(())
}

/// Pages that a connection sees.
pub(in crate::db) fn all_pages(sql: &Connection) -> Inner<u64> {
    unsigned(sql.prepare_cached("PRAGMA page_count")?.query_row([], |row| row.get(0))?)
}

/// Those that hold something.
pub(in crate::db) fn used_pages(sql: &Connection) -> Inner<u64> {
    let free = unsigned(sql.prepare_cached("PRAGMA freelist_count")?.query_row([], |row| row.get(0))?)?;
    Ok(all_pages(sql)?.saturating_sub(free))
}

/// Bytes of a page of a new file.
pub(in crate::db) fn page_size(options: &OpenOptions) -> u32 {
    if options.page_size != 0 {
        return options.page_size;
    }
    match options.storage {
        Storage::Memory { limit_bytes: 1..=0x3_FFFF } | Storage::Shared { limit_bytes: 1..=0x3_FFFF, .. } => 512,
        Storage::Memory { limit_bytes: 0x4_0000..=0x3F_FFFF } | Storage::Shared { limit_bytes: 0x4_0000..=0x3F_FFFF, .. } => 1024,
        _ => 4096,
    }
}

/// Durability of the commits of a connection.
pub(in crate::db) fn set_policy(sql: &Connection, policy: CommitPolicy, file: bool) -> Inner<()> {
    let synchronous = match policy {
        _ if !file => "OFF",
        CommitPolicy::SyncFlush => "FULL",
        _ => "NORMAL",
    };
    Ok(sql.pragma_update(None, "synchronous", synchronous)?)
}

/// Makes the tables of a new file, or checks that those of an existing one are ours and fit.
pub(in crate::db) fn prepare(
    sql: &mut Connection,
    dictionary: &Dictionary,
    layout: &Layout,
    schema: &str,
    options: &OpenOptions,
    writable: bool,
) -> Inner<Option<NodeInfo>> {
    let tables: i64 = sql.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let application: i32 = sql.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let fresh = tables == 0 && application == 0;
    if !fresh {
        check_format(sql)?;
        if options.crc_check {
            check_pages(sql)?;
        }
    }
    let former = if fresh { None } else { Former::read(sql, schema)? };
    if options.crc_check && !fresh {
        check_rows(sql, former.as_ref().map_or(layout, |former| &former.layout))?;
    }
    if !writable {
        return if fresh {
            fault(Code::E_DISK_OPEN, "the file is empty and may not be written")
        } else {
            former.map_or(Ok(()), |former| former.only_read(dictionary))?;
            node(sql, dictionary, options)
        };
    }
    if fresh {
        sql.pragma_update(None, "page_size", page_size(options))?;
    }
    sql.pragma_update(None, "journal_mode", "WAL")?;
    // Large indexes are sorted on disk.
    if former.is_some() {
        sql.pragma_update(None, "temp_store", "FILE")?;
    }
    let work = sql.transaction()?;
    if fresh {
        create(&work, dictionary, layout, schema, options)?;
    }
    if let Some(former) = former {
        former.upgrade(&work, dictionary, layout, schema)?;
    }
    let node = node(&work, dictionary, options)?;
    if !fresh {
        for table in layout.tables.iter().filter(|t| !t.persistent) {
            work.execute(&format!("DELETE FROM {}", table.name), [])?;
        }
    }
    work.commit()?;
    sql.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(node)
}

pub(in crate::db) fn check_format(sql: &Connection) -> Inner<()> {
    let application: i32 = sql.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let format: i32 = sql.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if application != APPLICATION {
        return fault(Code::E_DISK_VERSION_MISMATCH, "the file is a database of another program; name another file");
    }
    let remedy = match format.cmp(&FORMAT) {
        Ordering::Equal => return Ok(()),
        Ordering::Less => "open it with the version that made it, sync what waits in it, and begin a new file with this one",
        Ordering::Greater => "open it with that version, which is newer",
    };
    fault(
        Code::E_DISK_VERSION_MISMATCH,
        format!(
            "the file was made by another version of mcoiot: it has format {format}, this version has format {FORMAT}; {remedy}"
        ),
    )
}

fn check_pages(sql: &Connection) -> Inner<()> {
    let verdict: String = sql.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if verdict == "ok" { Ok(()) } else { damaged(verdict) }
}

/// Holds every row against its checksum.
fn check_rows(sql: &Connection, layout: &Layout) -> Inner<()> {
    let mut row = Row::default();
    for table in &layout.tables {
        let mut statement = sql.prepare(&table.select_all)?;
        let mut rows = statement.query([])?;
        while let Some(columns) = rows.next()? {
            table.read(columns, 0, &mut row)?;
        }
    }
    Ok(())
}

fn create(sql: &Connection, dictionary: &Dictionary, layout: &Layout, schema: &str, options: &OpenOptions) -> Inner<()> {
    sql.pragma_update(None, "application_id", APPLICATION)?;
    sql.pragma_update(None, "user_version", FORMAT)?;
    sql.execute_batch(BOOKKEEPING)?;
    for table in &layout.tables {
        create_table(sql, table)?;
        for create in table.scans(layout).filter(|scan| !scan.voluntary).filter_map(|scan| scan.create.as_deref()) {
            sql.execute_batch(create)?;
        }
    }
    let put = |key: &str, value: &dyn rusqlite::ToSql| {
        sql.execute("INSERT INTO _mco_meta(key, value) VALUES(?1, ?2)", rusqlite::params![key, value])
    };
    put("db", &Random::from_system().db_id().0.cast_signed())?;
    put("schema", &schema)?;
    if let Storage::Shared { limit_bytes, .. } = options.storage {
        put("limit", &limit_bytes.cast_signed())?;
        sql.execute_batch(tally::COUNTED)?;
    }
    if let Some(node) = dictionary.node {
        let agent = options.agent.filter(|a| *a != AgentId::ALL).unwrap_or(node.agent);
        put("agent", &agent.0.cast_signed())?;
    }
    Ok(())
}

/// The table of a class, without its indexes.
pub(in crate::db) fn create_table(sql: &Connection, table: &Table) -> Inner<()> {
    sql.execute_batch(&table.create)?;
    let name = table.name.trim_matches('"');
    for action in ACTIONS {
        sql.execute_batch(&format!(
            "CREATE TRIGGER \"_mco_{name}_{action}\" BEFORE {action} ON {} BEGIN
               SELECT RAISE(ABORT, 'rows of this file are written through mcoiot only; see docs/format.md'); END",
            table.name
        ))?;
    }
    Ok(())
}

/// Compares agent id and level with what the file says.
pub(in crate::db) fn node(sql: &Connection, dictionary: &Dictionary, options: &OpenOptions) -> Inner<Option<NodeInfo>> {
    let Some(node) = dictionary.node else { return Ok(None) };
    let (Some(agent), Some(db)) = (meta::<i64>(sql, "agent")?, meta::<i64>(sql, "db")?) else {
        return damaged("it holds no agent id or no database id");
    };
    let agent = AgentId(agent.cast_unsigned());
    check_agent(node.role, agent, options.agent)?;
    let kept = meta::<u16>(sql, "level")?.map(Level);
    let level = options.level.filter(|l| l.0 != 0).or(kept).unwrap_or(node.level);
    check_level(node, level)?;
    Ok(Some(NodeInfo { role: node.role, agent, level, db: DbId(db.cast_unsigned()) }))
}

/// A word of the file about itself.
pub(in crate::db) fn meta<T: rusqlite::types::FromSql>(sql: &Connection, key: &str) -> Inner<Option<T>> {
    Ok(sql.query_row("SELECT value FROM _mco_meta WHERE key = ?1", [key], |row| row.get(0)).optional()?)
}

fn check_agent(role: Role, stored: AgentId, wanted: Option<AgentId>) -> Inner<()> {
    let right = if role == Role::Server { stored == AgentId::SERVER } else { stored.is_node() && stored != AgentId::SERVER };
    if !right {
        return fault(Code::E_IOT_WRONG_AGENT_ID, format!("agent id {stored} cannot be that of this kind of node"));
    }
    match wanted.filter(|w| *w != AgentId::ALL && *w != stored) {
        Some(wanted) => fault(
            Code::E_IOT_WRONG_AGENT_ID,
            format!("the database belongs to agent {stored}, not to {wanted}; open it with that id or with 0"),
        ),
        None => Ok(()),
    }
}

/// `E_ILLEGAL_PARAM` for a level that does not fit the kind of node.
pub(in crate::db) fn check_level(node: Node, level: Level) -> Result<()> {
    let right = match node.role {
        Role::Server => level == Level::SERVER,
        Role::Device => level == Level::DEVICE,
        Role::Router => level > Level::SERVER && level < Level::DEVICE,
    };
    if right {
        return Ok(());
    }
    fail(Code::E_ILLEGAL_PARAM, format!("level {level} does not fit: a server has 1, a router 2 to 65534, a device 65535"))
}

/// `E_UNSUPPORTED` for a schema that does not fit into tables.
pub(in crate::db) fn check_schema(dictionary: &Dictionary) -> Result<(), Fault> {
    match dictionary.classes.iter().find(|class| class.fields.len() > MAX_FIELDS) {
        Some(class) => fault(
            Code::E_UNSUPPORTED,
            format!("class '{}' has {} fields, at most {MAX_FIELDS} can be stored", class.name, class.fields.len()),
        ),
        None => Ok(()),
    }
}
