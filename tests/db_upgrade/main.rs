//! A file is opened with a changed schema: what is taken over, what is refused and in which words, and what a kill in between
//! leaves.

mod kill;
mod lists;
mod replication;
mod rows;

use mcoiot::base::{AgentId, ChangeSet, Group, Result, Stream, Value, Way};
use mcoiot::db::{
    self, Changes, Connection, CursorId, Database, OpenOptions, OutgoingParcel, Priority, Storage, TransactionKind,
};
use mcoiot::schema::{canonical, compile_text};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

const DEVICE: &str = "declare database d; iot device 1000;\n";
const READING: &str = "uptable class Reading { unsigned<4> n; double x; unique tree<n> by_n; list; };\n";
const ALARM: &str = "uptable class Alarm { unsigned<4> level; list; };\n";

fn storage(path: &Path, read_only: bool) -> Storage {
    Storage::File { path: path.into(), limit_bytes: 0, read_only, truncate: false, existing: false, temporary: false }
}

fn open_at(storage: Storage, schema: &str, crc_check: bool) -> Result<Opened> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let dictionary = compile_text(schema).unwrap();
    let name = format!("up{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let text = canonical(&dictionary);
    db::open(Arc::new(dictionary), &text, OpenOptions { crc_check, ..OpenOptions::new(&name, storage) }).map(Opened)
}

fn open(path: &Path, schema: &str) -> Opened {
    open_at(storage(path, false), schema, true).unwrap()
}

/// Closes at the end of its block.
struct Opened(Arc<Database>);

impl Drop for Opened {
    fn drop(&mut self) {
        db::close(self.0.name()).unwrap();
    }
}

impl Opened {
    fn connect(&self) -> Connection {
        self.0.connect().unwrap()
    }

    fn class(&self, name: &str) -> u16 {
        self.0.dictionary().class_named(name).unwrap().code
    }

    fn index(&self, class: &str, name: &str) -> u16 {
        let dictionary = self.0.dictionary();
        let code = self.class(class);
        let at = dictionary.indexes.iter().position(|index| index.class == code && index.name == name);
        u16::try_from(at.unwrap()).unwrap()
    }
}

/// Inserts rows, each in a transaction of its own.
fn insert<const N: usize>(c: &mut Connection, class: u16, rows: impl IntoIterator<Item = [Value; N]>) {
    for row in rows {
        c.begin(TransactionKind::ReadWrite, Priority(0)).unwrap();
        let object = c.new_object(class).unwrap();
        for (field, value) in (0..).zip(row) {
            c.set_value(object, field, value).unwrap();
        }
        c.commit().unwrap();
    }
}

/// Rows in the order of their creation, or of an index.
fn rows(c: &mut Connection, class: u16, index: Option<u16>) -> Vec<Vec<Value>> {
    let cursor = CursorId(1);
    c.begin(TransactionKind::ReadOnly, Priority(0)).unwrap();
    let mut more = match index {
        None => c.open_list(cursor, class),
        Some(index) => c.open_index(cursor, index),
    };
    let mut list = Vec::new();
    while more.is_ok() {
        let object = c.cursor_object(cursor, class).unwrap();
        list.push(c.row(object).unwrap().to_vec());
        more = c.cursor_next(cursor);
    }
    c.rollback().unwrap();
    list
}

fn reading(n: u64) -> [Value; 2] {
    [Value::UInt(n), Value::Real(n as f64)]
}

/// The upward stream to a parent, or of a neighbour.
fn up(agent: AgentId) -> Stream {
    Stream { agent, way: Way::Up, group: Group::USUAL }
}

/// The rows of a batch.
fn own(changes: Changes) -> ChangeSet {
    match changes.next.unwrap().parcels.remove(0) {
        OutgoingParcel::Own(set) => set,
        OutgoingParcel::Kept { .. } => panic!("rows of others"),
    }
}
