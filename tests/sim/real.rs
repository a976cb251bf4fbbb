//! The real database behind the simulator's store, through the adapter that the fabric uses. Its ids are really random: the same seed gives the
//! same decisions, not the same trace.

use crate::fault::Fault;
use crate::node::Node;
use crate::oracle::Oracle;
use crate::store::{ALARM, Content, DOWN, Held, LATE, Op, Store, UP, URGENT, group, is_up};
use mcoiot::base::{AgentId, DbId, EpochId, EpochInfo, Gap, Group, Level, Marks, Millis, Position, Role, Timestamp, Value};
use mcoiot::db::{
    self, CommitPolicy, Connection, CursorId, Database, ObjectRef, OpenOptions, Priority, Storage, TransactionKind, WallClock,
};
use mcoiot::fabric::{Mapping, Mappings, storage};
use mcoiot::repl::{Job, JobResult};
use mcoiot::schema::{Class, Dictionary, canonical, compile_text, hash};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tempfile::TempDir;

const CURSOR: CursorId = CursorId(1);
const CLASSES: [(u16, &str); 5] = [(UP, "Up"), (ALARM, "Alarm"), (LATE, "Late"), (DOWN, "Down"), (URGENT, "Urgent")];

/// Databases of this process need names of their own.
static NAMES: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// The time of day in the world that this thread runs.
    static WALL: Cell<u64> = const { Cell::new(0) };
}

/// One schema for each role; codes and fields are in another order each time, so that the mapping has something to do.
fn schema(role: Role) -> String {
    let (node, order, by) = match role {
        Role::Server => ("server", [3, 0, 4, 2, 1], "agent_id"),
        Role::Router => ("router 11", [4, 3, 2, 1, 0], "src_agent_id"),
        Role::Device => ("device 1000", [0, 1, 2, 3, 4], "key"),
    };
    let (numbers, pad) = ("unsigned<8> serial; unsigned<8> mark; unsigned<8> key;", "string pad;");
    let class = |at: usize| {
        let (code, name) = CLASSES[at];
        let travel = if is_up(code) { "uptable" } else { "downtable" };
        let fields = if role == Role::Server { format!("{pad} {numbers}") } else { format!("{numbers} {pad}") };
        format!("{travel} class {name} {{ {fields} tree <{by}, serial> by_{name}; list; }};\n")
    };
    let classes: String = order.into_iter().map(class).collect();
    format!("declare database sim; declare auto_oid[1000]; iot {node};\nclass Local {{ unsigned<4> n; list; }};\n{classes}")
}

fn dictionary(role: Role) -> Dictionary {
    compile_text(&schema(role)).expect("the schema is good")
}

/// What an agent of a world is, by its number.
fn role_of(agent: AgentId) -> Role {
    match agent.0 {
        1 => Role::Server,
        11..1000 => Role::Router,
        _ => Role::Device,
    }
}

/// Folder of the database files of one world.
pub fn folder() -> Rc<TempDir> {
    let memory = Path::new("/dev/shm");
    let dir = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() };
    Rc::new(dir.expect("a folder for databases"))
}

/// What checks have to know of worlds with it.
pub fn fit(oracle: &mut Oracle, nodes: &[Node]) {
    // It drops what every known reader has.
    oracle.compacts = true;
    // A router shows rows that are for all as soon as they pass in the stream of anybody.
    let routers = (0..nodes.len()).filter(|n| nodes[*n].role == Role::Router);
    oracle.paged = routers.map(|node| (node, u64::MAX)).collect();
}

struct Open {
    name: String,
    database: Arc<Database>,
    storage: storage::Storage,
    /// For what no caller of the library ever asks.
    sql: rusqlite::Connection,
}

pub struct Real {
    folder: Rc<TempDir>,
    file: PathBuf,
    role: Role,
    agent: AgentId,
    dictionary: Arc<Dictionary>,
    fault: Fault,
    open: Option<Open>,
}

impl Real {
    /// A new database.
    pub fn new(folder: &Rc<TempDir>, role: Role, agent: AgentId, fault: Fault) -> Self {
        let file = new_file(folder);
        Real::at(folder.clone(), file, role, agent, fault)
    }

    fn at(folder: Rc<TempDir>, file: PathBuf, role: Role, agent: AgentId, fault: Fault) -> Self {
        let mut real = Real { folder, file, role, agent, dictionary: Arc::new(dictionary(role)), fault, open: None };
        real.reopen();
        real
    }

    fn reopen(&mut self) {
        let name = format!("sim{}", NAMES.fetch_add(1, Ordering::Relaxed));
        let path = self.file.clone();
        let place = Storage::File { path, limit_bytes: 0, read_only: false, truncate: false, existing: false, temporary: false };
        let clock = WallClock(|| WALL.get());
        let options =
            OpenOptions { agent: Some(self.agent), policy: CommitPolicy::NoSync, clock, ..OpenOptions::new(&name, place) };
        let text = canonical(&self.dictionary);
        let database = db::open(self.dictionary.clone(), &text, options).expect("the database opens");
        let mut connection = database.connect().expect("a connection");
        for (class, _) in CLASSES.into_iter().filter(|(class, _)| group(*class) != Group::USUAL) {
            let code = self.class(class).code;
            connection.set_group(code, group(class)).expect("set before the first row");
        }
        let storage = storage::Storage::new(connection, Arc::new(Mappings::default()));
        let sql = rusqlite::Connection::open(&self.file).expect("the file is one of SQLite");
        self.open = Some(Open { name, database, storage, sql });
    }

    fn open(&mut self) -> &mut Open {
        self.open.as_mut().expect("open between crashes")
    }

    fn connection(&mut self) -> &mut Connection {
        self.open().storage.connection()
    }

    fn class(&self, class: u16) -> &Class {
        let name = CLASSES.iter().find(|(c, _)| *c == class).map_or("", |(_, name)| name);
        self.dictionary.class_named(name).expect("every schema has every class")
    }

    fn field(&self, class: u16, name: &str) -> Option<u16> {
        self.class(class).field_named(name)
    }

    /// The neighbour that a job has to do with.
    fn neighbour(&self, job: &Job) -> Option<storage::Neighbour> {
        let agent = match job {
            Job::Apply { from, .. } => *from,
            Job::Read { stream, .. } => stream.agent,
            _ => return None,
        };
        let role = role_of(agent);
        let theirs = dictionary(role);
        let mapping = Arc::new(Mapping::lenient(&self.dictionary, &theirs));
        Some(storage::Neighbour { agent, role, schema: hash(&canonical(&theirs)), mapping })
    }

    fn put(&mut self, object: ObjectRef, class: u16, content: Content, receiver: AgentId) {
        let values = <[Value; 4]>::try_from(content.values()).expect("four fields");
        for (name, value) in ["serial", "mark", "key", "pad"].into_iter().zip(values) {
            let field = self.field(class, name).expect("a field of the schema");
            self.connection().set_value(object, field, value).expect("the value fits");
        }
        if self.role == Role::Server && !is_up(class) {
            let field = self.field(class, "agent_id").expect("made by the compiler");
            self.connection().set_value(object, field, Value::UInt(receiver.0)).expect("a receiver");
        }
    }

    /// Objects of a class in the open transaction.
    fn objects(&mut self, class: u16) -> Vec<ObjectRef> {
        let code = self.class(class).code;
        let connection = self.connection();
        let mut found = Vec::new();
        if connection.open_list(CURSOR, code).is_ok() {
            loop {
                found.push(connection.cursor_object(CURSOR, code).expect("the cursor stands on an object"));
                if connection.cursor_next(CURSOR).is_err() {
                    break;
                }
            }
            connection.cursor_close(CURSOR).expect("it was open");
        }
        found
    }

    fn held(&mut self, object: ObjectRef, class: u16) -> Held {
        let number = |real: &mut Real, name: &str| {
            let field = real.field(class, name)?;
            match real.connection().value(object, field).expect("a value") {
                Value::UInt(n) => Some(*n),
                _ => None,
            }
        };
        let [serial, write, key] = ["serial", "mark", "key"].map(|name| number(self, name).expect("a number"));
        let whose = match self.role {
            Role::Server => "agent_id",
            Role::Router if is_up(class) => "src_agent_id",
            Role::Router => "dst_agent_id",
            Role::Device => "",
        };
        let agent = number(self, whose).filter(|agent| *agent != 0).map_or(self.agent, AgentId);
        let field = self.field(class, "pad").expect("a field");
        let pad = match self.connection().value(object, field).expect("a value") {
            Value::Bytes(bytes) => bytes.len(),
            _ => 0,
        };
        let id = self.connection().identity(object).expect("an identity");
        Held { class, id, agent, content: Content { serial, write, key, pad } }
    }

    fn op(&mut self, op: Op) {
        match op {
            Op::Insert { class, content, agent } => {
                let code = self.class(class).code;
                let object = self.connection().new_object(code).expect("a new object");
                self.put(object, class, content, agent);
            }
            Op::Update { class, content, agent } => {
                if let Some(object) = self.find(class, content.serial) {
                    self.put(object, class, content, agent);
                }
            }
            Op::Delete { class, serial } => {
                if let Some(object) = self.find(class, serial) {
                    self.connection().delete(object).expect("it can be deleted");
                }
            }
        }
    }

    fn find(&mut self, class: u16, serial: u64) -> Option<ObjectRef> {
        self.objects(class).into_iter().find(|o| self.held(*o, class).content.serial == serial)
    }

    /// Positions that the database keeps of this kind for itself, which stand under the address of all.
    fn own_marks(&mut self, kind: i64) -> Marks {
        let sql = &self.open().sql;
        let text = "SELECT grp, ts, epoch FROM _mco_marks WHERE kind = ?1 AND agent = ?2";
        let mut statement = sql.prepare(text).expect("the table is there");
        let mark = |row: &rusqlite::Row<'_>| {
            let (group, ts, epoch): (u8, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let position = Position { ts: Timestamp(ts.cast_unsigned()), epoch: EpochId(epoch.cast_unsigned()) };
            Ok((Group(group), position))
        };
        let marks = statement.query_map([kind, AgentId::ALL.0.cast_signed()], mark).expect("it can be read");
        marks.map(|mark| mark.expect("a mark")).collect()
    }

    /// For a planted fault: what the database takes out of its change log is put back. Else nothing.
    fn keep_log(&mut self) {
        let put_back = "CREATE TEMP TABLE IF NOT EXISTS former AS SELECT * FROM _mco_log;
             INSERT OR IGNORE INTO _mco_log SELECT * FROM former;
             DELETE FROM former; INSERT INTO former SELECT * FROM _mco_log";
        if self.fault == Fault::LogKept {
            self.open().sql.execute_batch(put_back).expect("nobody else writes");
        }
    }

    /// A copy of the files while the database is open, as a failing machine would leave them.
    fn copy(&self) -> PathBuf {
        let to = new_file(&self.folder);
        for suffix in ["", "-wal"] {
            let name = |path: &Path| PathBuf::from(format!("{}{suffix}", path.display()));
            if name(&self.file).exists() {
                std::fs::copy(name(&self.file), name(&to)).expect("a copy");
            }
        }
        to
    }
}

impl Store for Real {
    fn db(&self) -> DbId {
        self.open.as_ref().and_then(|o| o.database.node()).expect("a node").db
    }

    fn epochs(&mut self) -> Vec<EpochInfo> {
        let (agent, db) = (self.agent, self.db());
        let sql = &self.open().sql;
        let text = "SELECT e.id, e.first, e.last, e.before, e.left_at, e.generation, s.clock FROM _mco_epochs e, _mco_state s
                    WHERE e.num < 4294967296 ORDER BY e.num";
        let mut statement = sql.prepare(text).expect("the tables are there");
        let epoch = |row: &rusqlite::Row<'_>| {
            let n = |at: usize| row.get::<_, i64>(at).map(i64::cast_unsigned);
            let (first, last, left) = (Timestamp(n(1)?), Timestamp(n(2)?), Timestamp(n(4)?));
            let (id, before) = (EpochId(n(0)?), EpochId(n(3)?));
            Ok((EpochInfo { id, agent, db, first, last, before, left, generation: row.get(5)? }, n(6)?))
        };
        let mut epochs: Vec<(EpochInfo, u64)> =
            statement.query_map([], epoch).expect("it can be read").map(|e| e.expect("an epoch")).collect();
        if let Some((present, clock)) = epochs.last_mut() {
            present.last = Timestamp(*clock);
        }
        epochs.into_iter().map(|(epoch, _)| epoch).collect()
    }

    fn set_wall(&mut self, now: Millis) {
        WALL.set(now.0);
    }

    fn set_level(&mut self, level: Level) {
        if self.role == Role::Router {
            self.open().database.set_level(level).expect("it is kept");
        }
    }

    fn run(&mut self, job: &Job) -> JobResult {
        let neighbour = self.neighbour(job);
        self.open().storage.run(job, neighbour.as_ref())
    }

    fn commit(&mut self, ops: &[Op]) -> Timestamp {
        self.connection().begin(TransactionKind::ReadWrite, Priority::default()).expect("a transaction");
        for op in ops {
            self.op(*op);
        }
        self.connection().commit().expect("it commits");
        self.keep_log();
        self.epochs().last().map_or(Timestamp(0), |e| e.last)
    }

    fn clear(&mut self, agent: AgentId) {
        self.connection().clear(agent, None).expect("it clears");
    }

    /// Who is not known here cannot be forgotten.
    fn forget(&mut self, agent: AgentId) {
        let known = self.connection().peers().expect("the known agents").iter().any(|p| p.agent == agent);
        if known {
            self.connection().forget_agent(agent).expect("it is known");
        }
    }

    /// The database drops what it can by itself.
    fn trim(&mut self, _: u64) {}

    /// Its schema has every class from the beginning.
    fn upgrade(&mut self) {}

    fn rows(&mut self) -> Vec<Held> {
        self.connection().begin(TransactionKind::ReadOnly, Priority::default()).expect("a transaction");
        let mut rows = Vec::new();
        for (class, _) in CLASSES {
            for object in self.objects(class) {
                rows.push(self.held(object, class));
            }
        }
        self.connection().commit().expect("it ends");
        rows
    }

    fn custody(&mut self) -> Marks {
        self.own_marks(8)
    }

    fn confirmed(&mut self) -> Marks {
        self.connection().confirmed().expect("own marks")
    }

    fn down_marks(&mut self) -> Marks {
        self.own_marks(11)
    }

    fn down_tops(&mut self) -> Marks {
        self.own_marks(12)
    }

    fn acked(&mut self, agent: AgentId) -> Marks {
        let peers = self.connection().peers().expect("the known agents");
        peers.into_iter().find(|p| p.agent == agent).map(|p| p.acked).unwrap_or_default()
    }

    /// Common rows do not wait for routers.
    fn known(&mut self) -> Vec<AgentId> {
        let peers = self.connection().peers().expect("the known agents");
        peers.into_iter().filter(|p| p.role == Role::Device).map(|p| p.agent).collect()
    }

    fn gaps(&mut self) -> Vec<Gap> {
        let mut gaps = self.connection().gaps().expect("records of loss");
        for gap in &mut gaps {
            gap.class = CLASSES.into_iter().find(|(class, _)| self.class(*class).code == gap.class).map_or(0, |(class, _)| class);
        }
        gaps
    }

    fn is_paging(&mut self) -> bool {
        !self.own_marks(17).iter().all(|(_, page)| page == Position::default())
    }

    fn kept_bytes(&mut self) -> usize {
        let sum = self.open().sql.query_row("SELECT coalesce(sum(bytes), 0) FROM _mco_mail", [], |row| row.get::<_, i64>(0));
        usize::try_from(sum.expect("the table is there")).expect("a sum of sizes")
    }

    fn tables(&mut self) -> BTreeMap<String, usize> {
        let sql = &self.open().sql;
        let mut statement = sql.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").expect("the schema");
        let names = statement.query_map([], |row| row.get::<_, String>(0)).expect("it can be read").map(|n| n.expect("a name"));
        let count = |name: String| {
            let n = sql.query_row(&format!("SELECT count(*) FROM {name}"), [], |row| row.get::<_, i64>(0)).expect("a table");
            (name, usize::try_from(n).unwrap_or(0))
        };
        names.map(count).collect()
    }

    /// The files as they are at this moment are all that is left.
    fn crash(&mut self) {
        let copy = self.copy();
        if let Some(open) = self.open.take() {
            drop((open.storage, open.sql, open.database));
            db::close(&open.name).expect("nobody else uses it");
        }
        self.file = copy;
        self.reopen();
    }

    fn backup(&mut self) -> Box<dyn Store> {
        let copy = self.copy();
        Box::new(Real::at(self.folder.clone(), copy, self.role, self.agent, self.fault))
    }
}

impl Drop for Real {
    fn drop(&mut self) {
        if let Some(open) = self.open.take() {
            drop((open.storage, open.sql));
            // A test that has failed may leave transactions open.
            let _ = db::kill(&open.name);
        }
    }
}

fn new_file(folder: &TempDir) -> PathBuf {
    folder.path().join(format!("{}.dbs", NAMES.fetch_add(1, Ordering::Relaxed)))
}
