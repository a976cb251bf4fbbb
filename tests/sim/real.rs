//! The real database behind the simulator's store, through the adapter that the fabric uses.

use crate::store::{Content, DOWN, Held, Marks, Op, Store, UP};
use mcoiot::base::{AgentId, DbId, EpochInfo, Position, Role, Timestamp, Value};
use mcoiot::db::{
    self, CommitPolicy, Connection, CursorId, Database, ObjectRef, OpenOptions, Priority, Storage, TransactionKind,
};
use mcoiot::fabric::Mapping;
use mcoiot::fabric::storage;
use mcoiot::repl::{Job, JobResult};
use mcoiot::schema::{Dictionary, canonical, compile_text};
use mcoiot::wire::Hello;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tempfile::TempDir;

const CURSOR: CursorId = CursorId(1);

/// Databases of this process need names of their own.
static NAMES: AtomicU64 = AtomicU64::new(0);

/// The schemas of a device and of the server; class codes differ, so that the mapping has something to do.
const DEVICE: &str = "declare database simdevice; declare auto_oid[1000]; iot device 1000;
    uptable class Up { unsigned<8> serial; unsigned<8> mark; string pad; unique tree <serial> up_serial; };
    downtable class Down { unsigned<8> serial; unsigned<8> mark; string pad; unique tree <serial> down_serial; };";
const SERVER: &str = "declare database simserver; declare auto_oid[1000]; iot server;
    class Local { unsigned<4> n; list; };
    downtable class Down { unsigned<8> serial; unsigned<8> mark; string pad; tree <agent_id, serial> down_by; list; };
    uptable class Up { string pad; unsigned<8> mark; unsigned<8> serial; tree <serial> up_serial; tree <agent_id> up_by; };";

fn dictionary(role: Role) -> Dictionary {
    compile_text(if role == Role::Server { SERVER } else { DEVICE }).expect("the schema is good")
}

/// Folder of the database files of one world.
pub fn folder() -> Rc<TempDir> {
    let memory = Path::new("/dev/shm");
    let dir = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() };
    Rc::new(dir.expect("a folder for databases"))
}

struct Open {
    name: String,
    database: Arc<Database>,
    storage: storage::Storage,
}

pub struct Real {
    folder: Rc<TempDir>,
    file: PathBuf,
    role: Role,
    agent: AgentId,
    dictionary: Arc<Dictionary>,
    mapping: Mapping,
    open: Option<Open>,
}

impl Real {
    /// A new database.
    pub fn new(folder: &Rc<TempDir>, role: Role, agent: AgentId) -> Self {
        let file = new_file(folder);
        Real::at(folder.clone(), file, role, agent)
    }

    fn at(folder: Rc<TempDir>, file: PathBuf, role: Role, agent: AgentId) -> Self {
        let other = if role == Role::Server { Role::Device } else { Role::Server };
        let dictionary = dictionary(role);
        let mapping = Mapping::new(&dictionary, &self::dictionary(other)).expect("the schemas fit");
        let mut real = Real { folder, file, role, agent, dictionary: Arc::new(dictionary), mapping, open: None };
        real.reopen();
        real
    }

    fn reopen(&mut self) {
        let name = format!("sim{}", NAMES.fetch_add(1, Ordering::Relaxed));
        let path = self.file.clone();
        let place = Storage::File { path, limit_bytes: 0, read_only: false, truncate: false, existing: false, temporary: false };
        let options = OpenOptions { agent: Some(self.agent), policy: CommitPolicy::NoSync, ..OpenOptions::new(&name, place) };
        let text = canonical(&self.dictionary);
        let database = db::open(self.dictionary.clone(), &text, options).expect("the database opens");
        let storage = storage::Storage::new(database.connect().expect("a connection"));
        self.open = Some(Open { name, database, storage });
    }

    fn storage(&mut self) -> &mut storage::Storage {
        &mut self.open.as_mut().expect("open between crashes").storage
    }

    fn connection(&mut self) -> &mut Connection {
        self.storage().connection()
    }

    fn class(&self, class: u16) -> &mcoiot::schema::Class {
        self.dictionary.class_named(if class == UP { "Up" } else { "Down" }).expect("both classes exist")
    }

    fn field(&self, class: u16, name: &str) -> Option<u16> {
        self.class(class).field_named(name)
    }

    fn put(&mut self, object: ObjectRef, class: u16, content: Content, receiver: AgentId) {
        let [serial, write, pad] = <[Value; 3]>::try_from(content.values()).expect("three fields");
        for (name, value) in [("serial", serial), ("mark", write), ("pad", pad)] {
            let field = self.field(class, name).expect("a field of the schema");
            self.connection().set_value(object, field, value).expect("the value fits");
        }
        if self.role == Role::Server {
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
        let serial = number(self, "serial").expect("a number");
        let write = number(self, "mark").expect("a number");
        let agent = number(self, "agent_id").map_or(self.agent, AgentId);
        let field = self.field(class, "pad").expect("a field");
        let pad = match self.connection().value(object, field).expect("a value") {
            Value::Bytes(bytes) => bytes.len(),
            _ => 0,
        };
        let id = self.connection().identity(object).expect("an identity");
        Held { class, id, agent, content: Content { serial, write, pad } }
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
}

impl Store for Real {
    fn db(&self) -> DbId {
        self.open.as_ref().and_then(|o| o.database.node()).expect("a node").db
    }

    fn epochs(&mut self) -> Vec<EpochInfo> {
        self.connection().epochs().expect("own history")
    }

    fn down_mark(&mut self) -> Position {
        let role = self.role;
        self.storage().introduce(role).expect("an introduction").down_mark
    }

    fn attach(&mut self, hello: &Hello) -> Position {
        self.storage().attach(hello).expect("it attaches").received
    }

    fn resume(&mut self, agent: AgentId, received: Position) -> Position {
        let from = self.storage().resume(agent, received).expect("it resumes");
        assert_eq!(from, received, "a peer accepts only points of our history");
        from
    }

    fn run(&mut self, job: &Job) -> JobResult {
        let mapping = self.mapping.clone();
        self.storage().run(job, &mapping)
    }

    fn commit(&mut self, ops: &[Op]) -> Timestamp {
        self.connection().begin(TransactionKind::ReadWrite, Priority::default()).expect("a transaction");
        for op in ops {
            self.op(*op);
        }
        self.connection().commit().expect("it commits");
        self.epochs().last().map_or(Timestamp(0), |e| e.last)
    }

    fn clear(&mut self, agent: AgentId) {
        self.connection().clear(agent, None).expect("it clears");
    }

    fn rows(&mut self) -> Vec<Held> {
        self.connection().begin(TransactionKind::ReadOnly, Priority::default()).expect("a transaction");
        let mut rows = Vec::new();
        for class in [UP, DOWN] {
            for object in self.objects(class) {
                rows.push(self.held(object, class));
            }
        }
        self.connection().commit().expect("it ends");
        rows
    }

    fn peers(&mut self) -> BTreeMap<AgentId, Marks> {
        let peers = self.connection().peers().expect("the known agents");
        peers.into_iter().map(|p| (p.agent, Marks { db: p.db, received: p.received, acked: p.acked })).collect()
    }

    /// The files as they are at this moment are all that is left.
    fn crash(&mut self) {
        let copy = self.copy();
        if let Some(open) = self.open.take() {
            drop(open.storage);
            db::close(&open.name).expect("nobody else uses it");
        }
        self.file = copy;
        self.reopen();
    }

    fn backup(&mut self) -> Box<dyn Store> {
        let copy = self.copy();
        Box::new(Real::at(self.folder.clone(), copy, self.role, self.agent))
    }
}

impl Real {
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

impl Drop for Real {
    fn drop(&mut self) {
        if let Some(open) = self.open.take() {
            drop(open.storage);
            // A test that has failed may leave transactions open.
            let _ = db::kill(&open.name);
        }
    }
}

fn new_file(folder: &TempDir) -> PathBuf {
    folder.path().join(format!("{}.dbs", NAMES.fetch_add(1, Ordering::Relaxed)))
}
