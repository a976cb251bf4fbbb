//! One open database of this process.

use crate::base::{Asking, Code, Error, Level, Millis, Result, fail};
use crate::db::durability::Durability;
use crate::db::extension::{Extension, no_room};
use crate::db::fault::{Fault, Inner};
use crate::db::files::Files;
use crate::db::handlers::Handlers;
use crate::db::kept::Sent;
use crate::db::layout::{Layout, unsigned};
use crate::db::pages::Pages;
use crate::db::queue::{WriterPlace, WriterQueue};
use crate::db::shared::{self, Shared};
use crate::db::stat::Readers;
use crate::db::state::State;
use crate::db::waits::Waits;
use crate::db::{Connection, NodeInfo, OpenOptions, Priority, Storage, store};
use crate::schema::Dictionary;
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Smallest number of pages kept for marks, clear and deletes, where the limit is large enough.
const RESERVE_PAGES: u64 = 64;

/// One open database; shared by all its connections.
#[derive(Debug)]
pub struct Database {
    pub(in crate::db) options: OpenOptions,
    pub(in crate::db) dictionary: Arc<Dictionary>,
    schema: String,
    pub(in crate::db) layout: Layout,
    pub(in crate::db) queue: WriterQueue,
    /// What it has if processes share it.
    pub(in crate::db) shared: Option<Shared>,
    /// Counters as of the last commit; the holder of the writer's place replaces them.
    pub(in crate::db) state: Mutex<State>,
    pub(in crate::db) sent: Mutex<Sent>,
    pub(in crate::db) pages: Mutex<Pages>,
    /// The grave that was looked at last: epoch and oid of its row.
    pub(in crate::db) graves: Mutex<(i64, i64)>,
    node: Mutex<Option<NodeInfo>>,
    /// `None` once closed.
    inside: Mutex<Option<Inside>>,
    sessions: Mutex<Sessions>,
    killed: AtomicBool,
    pub(in crate::db) durability: Durability,
    pub(in crate::db) readers: Mutex<Readers>,
    pub(in crate::db) transactions: AtomicU64,
    listener: Mutex<Option<Listener>>,
    pub(in crate::db) handlers: Handlers,
    pub(in crate::db) waits: Waits,
    /// Pages that the file may have; 0 for no limit.
    pub(in crate::db) limit_pages: AtomicU64,
    pub(in crate::db) page_size: u64,
}

/// Called after commits, on the thread that has committed.
struct Listener(Arc<dyn Fn() + Send + Sync>);

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Listener")
    }
}

/// What is let go of at close; the engine before the files.
#[derive(Debug)]
pub(in crate::db) struct Inside {
    pub(in crate::db) keeper: rusqlite::Connection,
    pub(in crate::db) files: Files,
}

#[derive(Debug, Default)]
struct Sessions {
    open: u32,
    closed: bool,
}

impl Database {
    /// Opens what the options name, without a name in the registry.
    pub(in crate::db) fn start(dictionary: Arc<Dictionary>, schema: &str, options: OpenOptions) -> Result<Arc<Database>> {
        let file = matches!(options.storage, Storage::File { .. });
        let place = match &options.storage {
            Storage::File { path, .. } => path.display().to_string(),
            Storage::Memory { limit_bytes } => format!("a database of {limit_bytes} bytes"),
            Storage::Shared { name, limit_bytes } => format!("shared memory '{name}' of {limit_bytes} bytes"),
        };
        Self::start_inner(dictionary, schema, options).map_err(|fault| fault.seal_at(&place, file))
    }

    fn start_inner(dictionary: Arc<Dictionary>, schema: &str, options: OpenOptions) -> Inner<Arc<Database>> {
        store::check_schema(&dictionary)?;
        let layout = Layout::new(&dictionary, dictionary.node.map(|node| node.role));
        let mut files = Files::take(&options)?;
        // Who may only read makes shared memory all the same, for those who may write.
        let writable = is_writable(&options) || files.meeting().is_some();
        if writable {
            files.create()?;
        }
        let mut keeper = store::engine(&files.path, writable)?;
        let limit_bytes = match options.storage {
            Storage::Memory { limit_bytes } | Storage::Shared { limit_bytes, .. } | Storage::File { limit_bytes, .. } => {
                limit_bytes
            }
        };
        if limit_bytes != 0 && !files.attached {
            let pages = (limit_bytes / u64::from(store::page_size(&options))).clamp(1, u64::from(u32::MAX - 1));
            keeper.pragma_update(None, "page_size", store::page_size(&options))?;
            keeper.pragma_update(None, "max_page_count", pages.cast_signed())?;
        }
        let (node, limit_bytes) = if files.attached {
            shared::attach(&keeper, &dictionary, schema, &options)?
        } else {
            (store::prepare(&mut keeper, &dictionary, &layout, schema, &options, writable)?, limit_bytes)
        };
        let shared = files.meeting().map(Shared::join).transpose()?;
        store::set_policy(&keeper, options.policy, files.named)?;
        let page_size = unsigned(keeper.pragma_query_value(None, "page_size", |row| row.get(0))?)?;
        let state = State::load(&keeper, &layout)?;
        let log = (files.named && writable).then(|| files.log());
        files.settle();
        let limit_pages = limit_bytes / page_size.max(1);
        if files.named && writable && options.extension != 0 {
            files.extension = Some(Extension::new(files.open()?, page_size, options.extension));
        }
        let inside = Inside { keeper, files };
        // What has rows already is of use on a full disk too.
        if !inside.extend(&inside.keeper, limit_pages, true)? && state.clock == 0 {
            return no_room(&options.name);
        }
        let durability = Durability::new(log, options.delayed, options.clock);
        Ok(Arc::new(Database {
            options,
            handlers: Handlers::default(),
            waits: Waits::new(dictionary.events.len()),
            dictionary,
            schema: schema.into(),
            layout,
            queue: WriterQueue::default(),
            // What other processes have handed out nobody here knows.
            sent: Mutex::new(Sent::new(shared.as_ref().map_or(state.clock, |_| u64::MAX))),
            pages: Mutex::default(),
            graves: Mutex::default(),
            state: Mutex::new(state),
            node: Mutex::new(node),
            inside: Mutex::new(Some(inside)),
            sessions: Mutex::default(),
            killed: AtomicBool::new(false),
            durability,
            readers: Mutex::default(),
            transactions: AtomicU64::new(0),
            listener: Mutex::default(),
            limit_pages: AtomicU64::new(limit_pages),
            page_size,
            shared,
        }))
    }

    /// Its name in this process.
    pub fn name(&self) -> &str {
        &self.options.name
    }

    /// Its schema.
    pub fn dictionary(&self) -> &Arc<Dictionary> {
        &self.dictionary
    }

    /// Canonical text of its schema.
    pub fn schema_text(&self) -> &str {
        &self.schema
    }

    /// After this time what a router has acknowledged and the server has not confirmed is sent again.
    pub fn custody_timeout(&self) -> Millis {
        self.options.custody_timeout
    }

    /// What it is in the tree; `None` for an ordinary database.
    pub fn node(&self) -> Option<NodeInfo> {
        *self.node.lock()
    }

    /// The level has changed.
    pub(in crate::db) fn note_level(&self, level: Level) {
        if let Some(node) = self.node.lock().as_mut() {
            node.level = level;
        }
    }

    /// Whether the rows live in a file that the user named.
    pub fn is_file(&self) -> bool {
        matches!(self.options.storage, Storage::File { .. })
    }

    /// Whether it may be written at all.
    pub fn is_writable(&self) -> bool {
        is_writable(&self.options)
    }

    /// Keeps a router's level: `E_ILLEGAL_PARAM` for one that does not fit, `E_TRANS_NOT_CLOSED` in a writing thread.
    pub fn set_level(self: &Arc<Self>, level: Level) -> Result<()> {
        let Some(schema) = self.dictionary.node else {
            return fail(Code::E_ILLEGAL_PARAM, "the schema has no 'iot' statement, so there is no level");
        };
        store::check_level(schema, level)?;
        self.with_writer(|keeper| {
            keeper.execute("INSERT OR REPLACE INTO _mco_meta(key, value) VALUES('level', ?1)", [level.0])?;
            // Still in the writer's place: of two calls at once the same one is the last for the file and for the node.
            self.note_level(level);
            Ok(())
        })
    }

    /// A new connection; `E_SESLIMIT`, `E_INVALID_HANDLE` once closed.
    pub fn connect(self: &Arc<Self>) -> Result<Connection> {
        let mut sessions = self.sessions.lock();
        if sessions.closed {
            return fail(Code::E_INVALID_HANDLE, format!("database '{}' is closed", self.name()));
        }
        if sessions.open >= self.options.max_connections {
            return fail(
                Code::E_SESLIMIT,
                format!(
                    "database '{}' has its {} connections; disconnect one or raise db_max_connections",
                    self.name(),
                    sessions.open
                ),
            );
        }
        let path = self.with_inside(|inside| Ok(inside.files.path.clone()))?;
        let engine = store::engine(&path, self.is_writable()).map_err(|f| self.seal(f))?;
        sessions.open += 1;
        // From here on the connection itself counts down, which needs the lock.
        drop(sessions);
        Connection::new(Arc::clone(self), engine)
    }

    /// Most connections and present ones.
    pub fn connections(&self) -> (u32, u32) {
        (self.options.max_connections, self.sessions.lock().open)
    }

    /// Whether the calling thread has started a writing transaction that is still open here; it must not wait for
    /// anything that needs the writer's place (`E_TRANS_NOT_CLOSED`).
    pub fn writes_in_this_thread(&self) -> bool {
        self.queue.is_mine()
    }

    /// Ends the waits of connections with this flag for the writer's place: `E_IOT_STOPPED`. See [`Connection::end_with`].
    pub fn call_off(&self, end: &AtomicBool) {
        self.queue.call_off(end);
    }

    /// Raises the size limit by `bytes` at once; without a limit nothing changes. `E_UNSUPPORTED` where processes share it: they would not know.
    pub fn extend(&self, bytes: u64) -> Result<()> {
        if self.is_shared() {
            return fail(Code::E_UNSUPPORTED, "shared memory keeps the size that the first process has opened it with");
        }
        if self.writes_in_this_thread() {
            return fail(Code::E_TRANS_NOT_CLOSED, "this thread has a writing transaction open on this database; end it first");
        }
        let more = |pages: u64| (pages != 0).then(|| pages.saturating_add(bytes / self.page_size).min(u64::from(u32::MAX - 1)));
        let _ = self.limit_pages.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        Ok(())
    }

    /// Bytes that the database may take (`u64::MAX` for no limit) and bytes that are free of these.
    pub fn space(&self) -> Result<(u64, u64)> {
        let used = self.with_inside(|inside| store::used_pages(&inside.keeper))?;
        match self.limit_pages.load(Ordering::Relaxed) {
            0 => Ok((u64::MAX, u64::MAX)),
            limit => Ok((limit * self.page_size, limit.saturating_sub(used) * self.page_size)),
        }
    }

    /// Makes all commits durable. `E_TRANS_NOT_CLOSED` in a writing thread.
    pub fn flush(self: &Arc<Self>) -> Result<()> {
        if !self.is_file() || !self.is_writable() {
            return Ok(());
        }
        if self.writes_in_this_thread() {
            return fail(Code::E_TRANS_NOT_CLOSED, "this thread has a writing transaction open on this database; end it first");
        }
        self.durability.flush()
    }

    /// Pages that only marks, clear and deletes may use.
    pub(in crate::db) fn reserve_pages(&self) -> u64 {
        let limit = self.limit_pages.load(Ordering::Relaxed);
        RESERVE_PAGES.min(limit / 8).max(limit / 100)
    }

    /// `told` is called after each commit that has changed rows which travel from here, on the committing thread, with no lock held. It must
    /// not block. `None` ends that. Commits of other processes are told of within a moment, on a thread of the database; what they have changed
    /// is not known.
    pub fn on_commit(self: &Arc<Self>, told: Option<Arc<dyn Fn() + Send + Sync>>) {
        let listens = told.is_some();
        *self.listener.lock() = told.map(Listener);
        self.watch(listens);
    }

    pub(in crate::db) fn tell_commit(&self) {
        let told = self.listener.lock().as_ref().map(|listener| listener.0.clone());
        if let Some(told) = told {
            told();
        }
    }

    /// Bytes that the file may have; 0 for no limit.
    pub(in crate::db) fn limit_bytes(&self) -> u64 {
        self.limit_pages.load(Ordering::Relaxed) * self.page_size
    }

    /// An error in the words of the C interface.
    pub(in crate::db) fn seal(&self, fault: Fault) -> Error {
        fault.seal(self.is_file())
    }

    /// Whether `kill` has closed it.
    pub(in crate::db) fn is_killed(&self) -> bool {
        self.killed.load(Ordering::Relaxed)
    }

    /// Waits for the writer's place, for a transaction that begins then. `E_INTERRUPTED` when that is the answer.
    pub fn writers_place(self: &Arc<Self>, priority: Priority, asking: Asking<'_>) -> Result<WriterPlace> {
        WriterQueue::enter_unless(self, priority, None, Some(asking))
    }

    /// A connection has gone.
    pub(in crate::db) fn disconnected(&self) {
        let mut sessions = self.sessions.lock();
        sessions.open = sessions.open.saturating_sub(1);
        if sessions.closed && sessions.open == 0 {
            self.leave();
        }
    }

    /// Closes unless there are connections (or in spite of them).
    pub(in crate::db) fn shut(&self, kill: bool) -> Result<()> {
        let mut sessions = self.sessions.lock();
        if self.writes_in_this_thread() {
            return fail(Code::E_TRANS_NOT_CLOSED, "this thread has a writing transaction open on this database; end it first");
        }
        if sessions.open > 0 && !kill {
            return fail(
                Code::E_OPENED_SESSIONS,
                format!("database '{}' has open connections ({}); disconnect them first", self.name(), sessions.open),
            );
        }
        sessions.closed = true;
        if kill {
            self.killed.store(true, Ordering::Relaxed);
            self.queue.close();
            self.wake();
        }
        if sessions.open == 0 {
            self.leave();
        }
        Ok(())
    }

    fn leave(&self) {
        self.durability.end();
        if let Some(shared) = &self.shared {
            shared.leave();
        }
        if let Some(inside) = self.inside.lock().take() {
            // The engine writes its log back now. With no room it does so without a step.
            let _ = inside.extend(&inside.keeper, self.limit_pages.load(Ordering::Relaxed), false);
        }
    }

    pub(in crate::db) fn with_inside<T>(&self, work: impl FnOnce(&Inside) -> Inner<T>) -> Result<T> {
        match self.inside.lock().as_ref() {
            Some(inside) => work(inside).map_err(|f| self.seal(f)),
            None => fail(Code::E_INVALID_HANDLE, format!("database '{}' is closed", self.name())),
        }
    }

    fn with_writer(self: &Arc<Self>, work: impl FnOnce(&rusqlite::Connection) -> Inner<()>) -> Result<()> {
        if !self.is_writable() {
            return fail(Code::E_ACCESS, "the database is open for reading only");
        }
        let _place: WriterPlace = WriterQueue::enter(self, Priority::default(), None)?;
        self.with_inside(|inside| {
            inside.extend(&inside.keeper, self.limit_pages.load(Ordering::Relaxed), false)?;
            work(&inside.keeper)
        })?;
        self.durability.committed(self.options.policy, 0);
        Ok(())
    }
}

fn is_writable(options: &OpenOptions) -> bool {
    !options.read_only && !matches!(options.storage, Storage::File { read_only: true, .. })
}
