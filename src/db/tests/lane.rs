//! A server and a node below it, on disk, so that either may be copied and restored: what goes down between them.

use super::fixture::*;
use super::replicate::{deliver, own};
use crate::base::{AgentId, Attached, ChangeSet, Code, Group, Marks, Position, Stream, Value, Way};
use crate::db::*;
use std::path::{Path, PathBuf};

pub const AGENT: AgentId = AgentId(1000);
pub const MANY: usize = 1 << 18;

/// A node on disk.
pub struct Store {
    pub c: Connection,
    open: Opened,
    path: PathBuf,
    schema: Schema,
}

impl Store {
    pub fn new(folder: &Path, file_name: &str, schema: Schema) -> Store {
        Store::at(folder.join(file_name), schema)
    }

    fn at(path: PathBuf, schema: Schema) -> Store {
        let options = OpenOptions { policy: CommitPolicy::NoSync, ..OpenOptions::new(&name(), file(&path)) };
        let open = Opened(schema.open(options).unwrap());
        Store { c: open.connect().unwrap(), open, path, schema }
    }

    /// A copy of the file as it is now.
    pub fn backup(&mut self, to: &str) -> PathBuf {
        let path = self.path.with_file_name(to);
        self.c.engine.execute("VACUUM INTO ?1", [path.to_str().unwrap()]).unwrap();
        path
    }

    /// Closes, and opens the backup in its place.
    pub fn restore(self, backup: &Path) -> Store {
        let (path, schema) = self.end();
        std::fs::copy(backup, &path).unwrap();
        Store::at(path, schema)
    }

    pub fn reopen(self) -> Store {
        let (path, schema) = self.end();
        Store::at(path, schema)
    }

    /// Opens again with another schema.
    pub fn upgrade(self, schema: Schema) -> Store {
        let (path, _) = self.end();
        Store::at(path, schema)
    }

    fn end(self) -> (PathBuf, Schema) {
        let Store { c, open, path, schema } = self;
        drop(c);
        close(open.name()).unwrap();
        (path, schema)
    }

    /// Values by parameter.
    pub fn configs(&mut self) -> Vec<(u64, String)> {
        values(&mut self.c, CONFIG)
    }

    pub fn aside(&mut self) -> u64 {
        self.c.quarantine_count().unwrap()
    }
}

/// First field and second one of all rows, by the first.
pub fn values(c: &mut Connection, class: u16) -> Vec<(u64, String)> {
    let pair = |row: Vec<Value>| match (&row[0], &row[1]) {
        (Value::UInt(n), Value::Bytes(text)) => (*n, String::from_utf8_lossy(text).into_owned()),
        other => panic!("{other:?}"),
    };
    let mut list: Vec<_> = all(c, class).into_iter().map(pair).collect();
    list.sort();
    list
}

pub fn pairs(list: &[(u64, &str)]) -> Vec<(u64, String)> {
    list.iter().map(|(n, text)| (*n, (*text).to_owned())).collect()
}

pub fn in_group(group: u8) -> Stream {
    Stream { agent: AGENT, way: Way::Down, group: Group(group) }
}

/// A new link.
pub fn attach(server: &mut Store, device: &mut Store) -> Attached {
    let announce = device.c.describe(AGENT).unwrap().unwrap();
    server.c.attach(&announce, AGENT).unwrap()
}

/// What follows a position.
pub fn next(server: &mut Store, stream: Stream, after: Position, bytes: usize) -> Option<Outgoing> {
    server.c.read_changes(stream, after, bytes, false, &|_| true).unwrap().next
}

/// One batch or page from there, acknowledged; where the stream goes on.
pub fn step(server: &mut Store, device: &mut Store, stream: Stream, after: Position, bytes: usize) -> Option<(Position, bool)> {
    let next = next(server, stream, after, bytes)?;
    let applied = deliver(&mut device.c, stream, &next).unwrap();
    assert_eq!((applied.mark, applied.code), (next.up_to, Code::S_OK));
    server.c.save_mark(stream, applied.mark).unwrap();
    Some((next.up_to, next.reconcile))
}

/// Everything from there; how many pages were among it.
pub fn drain(server: &mut Store, device: &mut Store, starts: &Marks, bytes: usize) -> usize {
    let mut pages = 0;
    for (group, mut at) in starts.iter() {
        while let Some((up_to, page)) = step(server, device, in_group(group.0), at, bytes) {
            at = up_to;
            pages += usize::from(page);
        }
    }
    pages
}

/// A new link, and everything over it.
pub fn sync(server: &mut Store, device: &mut Store, bytes: usize) -> usize {
    let starts = attach(server, device).down;
    drain(server, device, &starts, bytes)
}

pub fn set_of(next: Outgoing) -> ChangeSet {
    own(Changes { next: Some(next), tail: Position::default(), waiting: None }).unwrap()
}

/// A new value for a parameter, or another receiver.
pub fn change(c: &mut Connection, param: u64, field: u16, value: Value) {
    commit(c, |c| {
        let row = c.find(1, &[Value::UInt(param)]).unwrap();
        c.set_value(row, field, value).unwrap();
    });
}

pub fn remove(c: &mut Connection, param: u64) {
    commit(c, |c| {
        let row = c.find(1, &[Value::UInt(param)]).unwrap();
        c.delete(row).unwrap();
    });
}
