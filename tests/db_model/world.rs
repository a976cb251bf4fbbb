//! One database, three connections, and what the model says about them.

use crate::cursors::Place;
use crate::model::{Key, Tables, View};
use crate::schema::{TEXT, pick};
use mcoiot::base::{Code, Random, Result};
use mcoiot::db::{self, Connection, ObjectRef, OpenOptions, Storage, TransactionKind};
use mcoiot::schema::{Dictionary, canonical, compile_text};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

pub const WIDE: u16 = 1;
pub const SMALL: u16 = 2;
pub const GONE: u16 = 3;
pub const NODE: u16 = 4;
pub const LEAF: u16 = 5;
const CLASSES: usize = 5;

/// A transaction as it must be.
pub struct Open {
    pub kind: TransactionKind,
    pub depth: u32,
    pub error: Option<Code>,
    pub prepared: bool,
    pub holds_place: bool,
    pub view: View,
    /// Commits at the time of the snapshot: those that changed something, and all.
    pub seen: (u64, u64),
    pub wrote: bool,
    pub handles: Vec<ObjectRef>,
}

/// A connection and what is known of it.
pub struct Client {
    pub c: Connection,
    pub open: Option<Open>,
    pub cursors: BTreeMap<u64, Place>,
    pub last_unique: Option<u16>,
}

pub struct World {
    pub random: Random,
    pub dictionary: Arc<Dictionary>,
    pub committed: Tables,
    pub clients: Vec<Client>,
    /// Commits that changed something, and all that may have.
    pub commits: (u64, u64),
    /// Highest autoid of a class that was ever stored.
    pub autoids: [u64; CLASSES],
    pub stale: Vec<ObjectRef>,
    log: VecDeque<String>,
    name: String,
    directory: Option<tempfile::TempDir>,
}

impl World {
    pub fn new(seed: u64, file: bool) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let mut world = World {
            random: Random::seeded(seed),
            dictionary: Arc::new(compile_text(TEXT).unwrap()),
            committed: Tables(vec![BTreeMap::new(); CLASSES]),
            clients: Vec::new(),
            commits: (0, 0),
            autoids: [0; CLASSES],
            stale: Vec::new(),
            log: VecDeque::new(),
            name: format!("model{}", NEXT.fetch_add(1, Ordering::Relaxed)),
            directory: file.then(|| tempfile::tempdir().unwrap()),
        };
        world.open();
        world
    }

    fn open(&mut self) {
        let storage = match &self.directory {
            None => Storage::Memory { limit_bytes: 0 },
            Some(directory) => Storage::File {
                path: directory.path().join("rows.db"),
                limit_bytes: 0,
                read_only: false,
                truncate: false,
                existing: false,
                temporary: false,
            },
        };
        let mut options = OpenOptions::new(&self.name, storage);
        options.crc_check = self.random.below(2) == 0;
        options.policy = *pick(&mut self.random, &[db::CommitPolicy::NoSync, db::CommitPolicy::Buffered]);
        let text = canonical(&self.dictionary);
        let database = db::open(Arc::clone(&self.dictionary), &text, options).unwrap();
        for _ in 0..3 {
            let c = database.connect().unwrap();
            self.clients.push(Client { c, open: None, cursors: BTreeMap::new(), last_unique: None });
        }
    }

    /// One random operation and a look at part of everything.
    pub fn step(&mut self) {
        let who = self.random.below(3) as usize;
        match self.random.below(100) {
            0..=24 => self.transaction_step(who),
            25..=64 => self.object_step(who),
            65..=94 => self.cursor_step(who),
            95..=98 => self.check_all(who),
            _ if self.directory.is_some() => self.reopen(),
            _ => self.flush(),
        }
        self.check_some(who);
    }

    /// Ends what is open and looks at everything.
    pub fn finish(&mut self) {
        self.rest();
        self.begin(0, TransactionKind::ReadOnly);
        self.check_all(0);
        self.rest();
        self.clients.clear();
        db::close(&self.name).unwrap();
    }

    fn rest(&mut self) {
        for who in 0..self.clients.len() {
            while self.clients[who].open.is_some() {
                self.rollback(who);
            }
        }
    }

    fn reopen(&mut self) {
        self.note("reopen".into());
        self.rest();
        assert_eq!(db::close(&self.name).unwrap_err().code, Code::E_OPENED_SESSIONS);
        self.clients.clear();
        db::close(&self.name).unwrap();
        assert_eq!(db::connect(&self.name).unwrap_err().code, Code::E_NOINSTANCE);
        for class in [GONE, LEAF] {
            self.committed.class_mut(class).clear();
        }
        self.stale.clear();
        self.open();
    }

    fn flush(&mut self) {
        let busy = self.clients.iter().any(|client| client.open.as_ref().is_some_and(|open| open.holds_place));
        let done = self.clients[0].c.database().flush();
        // In memory there is nothing to do.
        assert!(done.is_ok() || busy, "{done:?}");
    }

    /// Remembers what is done, for the message of a failure.
    pub fn note(&mut self, what: String) {
        if self.log.len() == 40 {
            self.log.pop_front();
        }
        self.log.push_back(what);
    }

    /// Fails with what was done last.
    pub fn fail(&self, what: &str) -> ! {
        let log: Vec<&str> = self.log.iter().map(String::as_str).collect();
        panic!("{what}\nafter:\n{}", log.join("\n"));
    }

    /// The code must be this one.
    pub fn expect<T>(&self, done: &Result<T>, wanted: Code, what: &str) {
        let found = match done {
            Ok(_) => Code::S_OK,
            Err(error) => error.code,
        };
        if found != wanted {
            let text = done.as_ref().err().map_or(String::new(), |e| e.text.clone());
            self.fail(&format!("{what}: {found} instead of {wanted}; {text}"));
        }
    }

    /// What any reading call gives in this state, if not what it is asked for.
    pub fn reading_code(&self, who: usize) -> Option<Code> {
        match &self.clients[who].open {
            None => Some(Code::E_TRANS_NOT_ACTIVE),
            Some(open) if open.error.is_some() || open.prepared => Some(Code::E_TRANSACT),
            Some(_) => None,
        }
    }

    /// The same for a writing call, which leaves the error state behind.
    pub fn writing_code(&mut self, who: usize) -> Option<Code> {
        if let Some(code) = self.reading_code(who) {
            return Some(code);
        }
        let open = self.clients[who].open.as_mut().unwrap();
        if matches!(open.kind, TransactionKind::ReadWrite | TransactionKind::Exclusive) {
            return None;
        }
        open.error = Some(Code::E_ACCESS);
        Some(Code::E_ACCESS)
    }

    /// The open transaction; there must be one.
    pub fn view(&mut self, who: usize) -> &mut Open {
        self.clients[who].open.as_mut().unwrap()
    }

    /// Some class.
    pub fn class(&mut self) -> u16 {
        *pick(&mut self.random, &[WIDE, WIDE, SMALL, SMALL, GONE, NODE, NODE, LEAF])
    }

    /// Some object that the transaction sees.
    pub fn some_key(&mut self, who: usize, class: u16) -> Option<Key> {
        let view = &self.clients[who].open.as_ref()?.view;
        let keys: Vec<Key> = view.tables.class(class).keys().copied().chain(view.fresh(class).map(|p| p.key)).collect();
        if keys.is_empty() { None } else { Some(*pick(&mut self.random, &keys)) }
    }

    /// A handle to an object that the transaction sees.
    pub fn handle(&self, who: usize, class: u16, key: Key) -> ObjectRef {
        let transaction = self.clients[who].c.transaction().unwrap().number;
        ObjectRef { transaction, epoch: key.0, oid: key.1, class }
    }
}
