//! Nodes for tests: a database in memory, a communicator, a replicator.

use mcoiot::base::{AgentId, Code, Millis, Value};
use mcoiot::db::{self, Connection, CursorId, OpenOptions, Priority, Storage, TransactionKind, WallClock};
use mcoiot::fabric::{CommParams, Communicator, Replicator, ReplicatorParams};
use mcoiot::schema::{canonical, compile_text};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

pub const SENSOR: u16 = 1;
pub const CONFIG: u16 = 2;

pub const PUSH: u32 = 1;
pub const PULL: u32 = 2;
pub const BOTH: u32 = 3;
pub const NONBLOCK: u32 = 4;
pub const WAIT: u32 = 8;
pub const DEEP_ACK: u32 = 0x10;

pub const SERVER: AgentId = AgentId(1);

const CLASSES: &str = "uptable class Sensor { unsigned<8> id; double value; string note; list; };
downtable class Config { unsigned<8> id; string text; list; };";

/// Longest time that a test waits for anything.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub struct Node {
    pub db: Connection,
    pub comm: Communicator,
    pub repl: Replicator,
    name: String,
}

/// What several threads may use at once.
#[derive(Clone)]
pub struct Remote {
    pub repl: Replicator,
}

impl Remote {
    pub fn connect(&self, port: u16) -> Result<(), Code> {
        let limit = Millis(u64::try_from(PATIENCE.as_millis()).unwrap());
        self.repl.connect(&format!("127.0.0.1:{port}"), limit, None).map_err(|f| f.error.code)
    }

    pub fn sync(&self, target: AgentId, flags: u32) -> Result<Code, Code> {
        self.repl.sync(target, flags).map_err(|e| e.code)
    }
}

pub fn params() -> CommParams {
    CommParams { callback_threads: 2, ..CommParams::default() }
}

/// An open database of this schema under a name that no other test uses.
pub fn database(schema: &str) -> Connection {
    limited_database(schema, 100)
}

/// The same with a limit of connections.
pub fn limited_database(schema: &str, max_connections: u32) -> Connection {
    stored_database(schema, max_connections, Storage::Memory { limit_bytes: 0 })
}

/// The same in a file.
pub fn database_in(path: &Path, schema: &str) -> Connection {
    let path = path.into();
    let storage = Storage::File { path, limit_bytes: 0, read_only: false, truncate: false, existing: false, temporary: false };
    stored_database(schema, 100, storage)
}

/// A database in memory that may have so many bytes.
pub fn small_database(schema: &str, limit_bytes: u64) -> Connection {
    stored_database(schema, 100, Storage::Memory { limit_bytes })
}

/// A database with a wall clock, which trusts nodes above for so long with what it has given them.
pub fn doubting_database(schema: &str, clock: fn() -> u64, custody_timeout: Millis) -> Connection {
    opened(schema, |options| (options.clock, options.custody_timeout) = (WallClock(clock), custody_timeout))
}

fn stored_database(schema: &str, max_connections: u32, storage: Storage) -> Connection {
    opened(schema, |options| (options.max_connections, options.storage) = (max_connections, storage))
}

fn opened(schema: &str, change: impl FnOnce(&mut OpenOptions)) -> Connection {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("f{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let dictionary = compile_text(&format!("declare database test;\n{schema}\n")).unwrap();
    let text = canonical(&dictionary);
    let mut options = OpenOptions::new(&name, Storage::Memory { limit_bytes: 0 });
    change(&mut options);
    db::open(Arc::new(dictionary), &text, options).unwrap().connect().unwrap()
}

impl Node {
    pub fn with(db: Connection, params: &CommParams, replicator: &ReplicatorParams) -> Node {
        let comm = Communicator::create(params).unwrap();
        let repl = Replicator::create(&db, &comm, replicator).unwrap();
        let name = db.database().name().to_owned();
        Node { db, comm, repl, name }
    }

    pub fn device(agent: u64) -> Node {
        Node::with(database(&device_schema(agent)), &params(), &ReplicatorParams::default())
    }

    /// A server that listens on a free port.
    pub fn server() -> Node {
        Node::server_with(&params())
    }

    pub fn server_with(params: &CommParams) -> Node {
        let node = Node::with(database(&server_schema()), params, &ReplicatorParams::default());
        node.comm.listen("127.0.0.1:0", None).unwrap();
        node
    }

    pub fn port(&self) -> u16 {
        self.comm.listen_port("127.0.0.1:0").unwrap()
    }

    pub fn remote(&self) -> Remote {
        Remote { repl: self.repl.clone() }
    }

    pub fn connect(&self, port: u16) -> Result<(), Code> {
        self.remote().connect(port)
    }

    pub fn sync(&self, target: AgentId, flags: u32) -> Result<Code, Code> {
        self.remote().sync(target, flags)
    }

    /// Adds rows with these ids in one transaction.
    pub fn measure(&mut self, ids: impl IntoIterator<Item = u64>) {
        self.write(|db| {
            for id in ids {
                let row = db.new_object(SENSOR).unwrap();
                db.set_value(row, 0, Value::UInt(id)).unwrap();
                db.set_value(row, 1, Value::Real(id as f64 / 2.0)).unwrap();
                db.set_value(row, 2, Value::from(format!("note {id}").as_bytes())).unwrap();
            }
        });
    }

    /// Adds a row for a device, or for all with 0; server only.
    pub fn configure(&mut self, id: u64, receiver: u64) {
        self.write(|db| {
            let row = db.new_object(CONFIG).unwrap();
            db.set_value(row, 0, Value::UInt(id)).unwrap();
            db.set_value(row, 1, Value::from(&b"text"[..])).unwrap();
            db.set_value(row, 2, Value::UInt(receiver)).unwrap();
        });
    }

    pub fn write(&mut self, body: impl FnOnce(&mut Connection)) {
        self.db.begin(TransactionKind::ReadWrite, Priority(0)).unwrap();
        body(&mut self.db);
        self.db.commit().unwrap();
    }

    pub fn rows(&mut self, class: u16) -> Vec<Vec<Value>> {
        let cursor = CursorId(1);
        self.db.begin(TransactionKind::ReadOnly, Priority(0)).unwrap();
        let mut rows = Vec::new();
        let mut next = self.db.open_list(cursor, class);
        while next.is_ok() {
            let object = self.db.cursor_object(cursor, class).unwrap();
            rows.push(self.db.row(object).unwrap().to_vec());
            next = self.db.cursor_next(cursor);
        }
        self.db.commit().unwrap();
        rows
    }

    /// Values of the first field, sorted.
    pub fn ids(&mut self, class: u16) -> Vec<u64> {
        let id = |row: &Vec<Value>| if let Value::UInt(n) = row[0] { n } else { panic!("{row:?}") };
        let mut ids: Vec<u64> = self.rows(class).iter().map(id).collect();
        ids.sort_unstable();
        ids
    }

    /// Ids that came from one device; on a server.
    pub fn ids_of(&mut self, agent: u64) -> Vec<u64> {
        let mut ids: Vec<u64> = self
            .rows(SENSOR)
            .iter()
            .filter(|row| row[3] == Value::UInt(agent))
            .map(|row| if let Value::UInt(n) = row[0] { n } else { panic!("{row:?}") })
            .collect();
        ids.sort_unstable();
        ids
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.repl.destroy();
        let _ = self.comm.stop();
        let _ = db::kill(&self.name);
    }
}

pub fn device_schema(agent: u64) -> String {
    format!("iot device {agent};\n{CLASSES}")
}

pub fn server_schema() -> String {
    format!("iot server;\n{CLASSES}")
}

/// Waits until something holds.
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "never happened: {what}");
        std::thread::park_timeout(Duration::from_millis(1));
    }
}

/// A server and a device with these schemas, connected, and the router between them if there is one, whose classes are the server's.
pub fn tree(device: &str, above: &str, routed: bool) -> (Node, Option<Node>, Node) {
    let node = |schema: &str| Node::with(database(schema), &params(), &ReplicatorParams::default());
    let listening = |place: &str| {
        let node = node(&format!("{place};\n{above}"));
        node.comm.listen("127.0.0.1:0", None).unwrap();
        node
    };
    let server = listening("iot server");
    let router = routed.then(|| {
        let router = listening("iot router 10, 2");
        router.connect(server.port()).unwrap();
        router
    });
    let device = node(device);
    device.connect(router.as_ref().unwrap_or(&server).port()).unwrap();
    (server, router, device)
}
