//! The protocol plus one database, attached to one communicator.

use super::answer::{Ended, Waiting, answer};
use super::communicator::{interrupted_stop, stopped};
use super::engine::Engine;
use super::patience::Patience;
use super::pool::{Lane, Pool};
use super::site::Site;
use super::storage::Storage;
use super::{AutoSync, Communicator, PeerConnection, ReplicatorParams};
use crate::base::{AgentId, Code, DbId, Error, Level, Millis, Result, Role, Way, fail};
use crate::db::{Connection, Database, NodeInfo};
use crate::net::{Failure, SocketOptions};
use crate::repl::{Input, SYNC_ALL, SYNC_NONBLOCK, SYNC_PULL, SYNC_PUSH, SYNC_WAIT, Waits};
use parking_lot::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};

/// A replicator. Clones stand for the same one; all functions may be called from any thread. The last clone destroys it.
#[derive(Clone)]
pub struct Replicator {
    inner: Arc<Inner>,
}

struct Inner {
    communicator: Communicator,
    database: Arc<Database>,
    node: NodeInfo,
    pool: Arc<Pool>,
    wait_timeout: Millis,
    stopped: AtomicBool,
    left: Mutex<Left>,
    calls: AtomicU64,
}

/// What a stop has let go of.
#[derive(Default)]
struct Left {
    communicator: bool,
    database: bool,
}

/// Databases that have a replicator in this process.
static REPLICATED: Mutex<Vec<Weak<Database>>> = Mutex::new(Vec::new());

/// The lane of the work on rows of unknown classes.
const STRANGE: Lane = Lane::User(u64::MAX);

impl Replicator {
    /// Attaches the database of `db` to a communicator. `db` itself is not used later.
    ///
    /// `E_IOT_INCOMPATIBLE_MODE`: a schema without `iot` statement; `E_IOT_DUPLICATE_CALLBACK`: the communicator has a
    /// replicator; `E_INSTANCE_DUPLICATE`: the database has one; `E_SESLIMIT`: no database connection is free;
    /// `E_IOT_STOPPED`: the communicator is stopped.
    pub fn create(db: &Connection, communicator: &Communicator, params: &ReplicatorParams) -> Result<Replicator> {
        if communicator.is_stopped() {
            return Err(stopped());
        }
        let database = db.database().clone();
        claim(&database)?;
        let Some(node) = database.node() else {
            release(&database);
            let text = "the schema of the database has no iot statement: say `iot device ...;` or `iot server;` in it";
            return fail(Code::E_IOT_INCOMPATIBLE_MODE, text);
        };
        let made = Self::attach(&database, node, communicator, params);
        if made.is_err() {
            release(&database);
        }
        made
    }

    fn attach(
        database: &Arc<Database>,
        node: NodeInfo,
        communicator: &Communicator,
        params: &ReplicatorParams,
    ) -> Result<Replicator> {
        let shared = communicator.shared();
        let size = match params.conn_pool_size {
            0 => shared.params.callback_threads.saturating_add(2),
            size => size,
        };
        let pool = Pool::new(database.clone(), size)?;
        communicator.driver().start_pool(&pool)?;
        let site = Site::new(database.clone(), node, pool.clone());
        *shared.database.lock() = Arc::downgrade(database);
        let attached = communicator.call(move |engine| engine.attach(site)).unwrap_or(Err(Code::E_IOT_STOPPED));
        if let Err(code) = attached {
            // It has nothing to do yet.
            let _ = pool.stop(Patience::Endless);
            let text = match code {
                Code::E_IOT_DUPLICATE_CALLBACK => "the communicator has a replicator already; destroy that one first",
                _ => "the communicator is stopped",
            };
            return fail(code, text);
        }
        if node.role == Role::Server {
            adopt_strange(&pool);
        }
        let inner = Inner {
            communicator: communicator.clone(),
            database: database.clone(),
            node,
            pool,
            wait_timeout: params.wait_timeout,
            stopped: AtomicBool::new(false),
            left: Mutex::default(),
            calls: AtomicU64::new(0),
        };
        Ok(Replicator { inner: Arc::new(inner) })
    }

    /// One attempt to connect; returns after the handshake. `timeout` 0 = `recv_timeout` of the communicator.
    pub fn connect(&self, address: &str, timeout: Millis, socket: Option<&SocketOptions>) -> Result<(), Failure> {
        self.check_running()?;
        self.check_no_transaction("connecting")?;
        self.inner.communicator.connect(address, timeout, socket)
    }

    /// Moves rows; `flags` are `MCO_IOT_SYNC_` bits. `Ok` carries `S_OK` or `S_IOT_NO_NEW_DATA`.
    pub fn sync(&self, target: AgentId, flags: u32) -> Result<Code> {
        self.check_running()?;
        self.check_no_transaction("sync")?;
        let communicator = &self.inner.communicator;
        let waits = flags & SYNC_WAIT != 0;
        if waits {
            communicator.check_may_pump("sync with MCO_IOT_SYNC_WAIT")?;
        }
        // A pump that is in a callback cannot wait for what other callbacks hold back.
        let flags = if !waits && communicator.check_may_pump("").is_err() { flags | SYNC_NONBLOCK } else { flags };
        let groups = self.inner.database.groups();
        let (answer, wait) = answer();
        let Some(sync) = communicator.call(move |engine| engine.sync(target, flags, groups, answer)) else {
            return Err(stopped());
        };
        let limit = if waits { self.inner.wait_timeout } else { Millis::INFINITE };
        let code = communicator.wait_unless_interrupted(&wait, limit).unwrap_or_else(|ended| {
            let code = if ended == Ended::Interrupted { Code::E_INTERRUPTED } else { Code::E_IOT_TIMEOUT };
            if let Some(sync) = sync {
                communicator.call(move |engine| engine.cancel_sync(sync, code));
            }
            // It may have ended at the last moment.
            communicator.wait(&wait, Millis::INFINITE).ok().flatten()
        });
        let code = code.unwrap_or(Code::E_IOT_STOPPED);
        match code {
            Code::S_OK | Code::S_IOT_NO_NEW_DATA => Ok(code),
            Code::E_ILLEGAL_PARAM => fail(code, format!("sync with agent {target}: {}", misuse(flags))),
            Code::E_IOT_INCOMPATIBLE_MODE => fail(
                code,
                format!(
                    "sync with agent {target}: rows wait here because it does not know their class (the log names it); \
                     give it a schema with that class, or delete the rows"
                ),
            ),
            Code::E_IOT_AGENT_NOT_FOUND => fail(code, format!("sync with agent {target}: {}", self.why_not_found(target))),
            code => fail(code, format!("sync with agent {target}: {}", code.text())),
        }
    }

    /// Why there is no way to a node; it may be connected all the same.
    fn why_not_found(&self, target: AgentId) -> String {
        let reserve = move |engine: &mut Engine| {
            let site = engine.site.as_ref()?;
            let stream = site.streams().into_iter().find(|stream| stream.agent == target && stream.waits == Waits::Standby)?;
            Some((stream.way, site.parent))
        };
        match self.inner.communicator.call(reserve).flatten() {
            Some((Way::Up, Some(parent))) => format!(
                "the connection to it is in reserve while agent {parent} is the parent; \
                 sync with agent {parent} or the server, or close the connection to agent {parent} first"
            ),
            Some((Way::Down, _)) => "it has another parent and keeps the connection to this node in reserve; \
                 sync with it at a node that its parent is connected to"
                .into(),
            _ if self.inner.node.role == Role::Server || !target.is_node() => Code::E_IOT_AGENT_NOT_FOUND.text().into(),
            _ => self.who_is_above(),
        }
    }

    /// Which nodes above can be named.
    fn who_is_above(&self) -> String {
        let not_found = Code::E_IOT_AGENT_NOT_FOUND.text();
        let above = |engine: &mut Engine| engine.site.as_ref().and_then(|site| site.parent.map(|_| site.path()));
        let Some(path) = self.inner.communicator.call(above).flatten() else {
            return format!("{not_found}: no node above is connected; connect to one first");
        };
        let routers: String = path.iter().map(|agent| format!("agent {agent}, ")).collect();
        format!(
            "{not_found}: it is not below this node, and above it are only {routers}the server (agent {}); \
             name one of these, or sync at a node that the agent is below",
            AgentId::SERVER
        )
    }

    /// Removes rows that `target` has acknowledged in their present state; of all classes or of one.
    pub fn clear(&self, target: AgentId, class: Option<u16>) -> Result<()> {
        self.check_running()?;
        self.check_no_transaction("clear")?;
        let group = [AgentId::ALL, AgentId::ALL_UP, AgentId::ALL_DOWN].contains(&target);
        if !group && !target.is_node() {
            return fail(Code::E_IOT_WRONG_AGENT_ID, format!("clear: {target} is a reserved id, not that of a node"));
        }
        if let Some(code) = class.filter(|code| self.inner.database.dictionary().class(*code).is_none()) {
            return fail(Code::E_ILLEGAL_PARAM, format!("clear: the schema has no class {code}"));
        }
        self.on_database("clear", move |connection| connection.clear(target, class))
    }

    /// Runs `work` on a connection of the replicator; `what` is its name in messages.
    pub(super) fn on_database<T: Send + 'static>(
        &self,
        what: &str,
        work: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.check_running()?;
        // Also for what only reads: the connections may all wait for that transaction.
        self.check_no_transaction(what)?;
        let (answer, wait) = answer();
        let lane = Lane::User(self.inner.calls.fetch_add(1, Ordering::Relaxed));
        self.inner.pool.submit(lane, Box::new(move |storage| answer.give(work(storage.connection()))));
        let communicator = &self.inner.communicator;
        // Who pumps at this moment has to see the work.
        communicator.shared().wake();
        self.outcome(what, &wait)
    }

    /// What work on the database comes to.
    fn outcome<T>(&self, what: &str, wait: &Waiting<Result<T>>) -> Result<T> {
        match self.inner.communicator.wait_unless_interrupted(wait, Millis::INFINITE) {
            Err(Ended::Interrupted) => {
                fail(Code::E_INTERRUPTED, format!("{what} was interrupted; what has begun goes on by itself"))
            }
            ended => ended.ok().flatten().unwrap_or_else(|| Err(stopped())),
        }
    }

    /// Forgets an agent below that is gone for good: what is remembered of it, and on a server the rows addressed to it alone. It may come back
    /// as one that is new here; one that is attached behind a router does so at once. `E_ACCESS` while it is connected directly,
    /// `E_IOT_AGENT_NOT_FOUND`: it is not known.
    pub fn forget_agent(&self, agent: AgentId) -> Result<()> {
        self.check_running()?;
        self.check_no_transaction("forgetting an agent")?;
        let communicator = &self.inner.communicator;
        let (answer, wait) = answer();
        let pool = self.inner.pool.clone();
        // The core lets go of it first, so that no job of its streams comes behind; in one step, so that its return does not come before.
        communicator
            .call(move |engine| {
                if engine.links.values().any(|link| link.peer.is_some_and(|peer| peer.agent == agent)) {
                    let text = format!("agent {agent} is connected directly, so it is not gone; close its connection first");
                    return answer.give(fail(Code::E_ACCESS, text));
                }
                engine.core(Input::Forget(agent));
                pool.submit(Lane::Agent(agent), Box::new(move |storage| answer.give(storage.connection().forget_agent(agent))));
            })
            .ok_or_else(stopped)?;
        // Who pumps at this moment has to see the work.
        communicator.shared().wake();
        self.outcome("forgetting an agent", &wait)
    }

    /// The node above that serves this one: all others above are kept in reserve. `None` on a server and while nobody does.
    pub fn parent(&self) -> Option<AgentId> {
        self.inner.communicator.call(|engine| engine.site.as_ref().and_then(|site| site.parent)).flatten()
    }

    /// Syncs by itself from now on, as `params` say; `None` ends that. Replaces what was set before. Results go to the callbacks; what cannot go
    /// now goes when it can.
    ///
    /// `E_ILLEGAL_PARAM`: no direction, other flags, or nothing that would start it.
    pub fn auto_sync(&self, params: Option<AutoSync>) -> Result<()> {
        self.check_running()?;
        params.as_ref().map_or(Ok(()), AutoSync::check)?;
        let shared = Arc::downgrade(self.inner.communicator.shared());
        let waits = Arc::new(AtomicBool::new(false));
        let told: Arc<dyn Fn() + Send + Sync> = Arc::new(move || {
            let Some(shared) = shared.upgrade().filter(|_| !waits.swap(true, Ordering::AcqRel)) else { return };
            let waits = waits.clone();
            shared.run(move |engine| {
                waits.store(false, Ordering::Release);
                engine.auto_commit();
            });
        });
        self.inner.database.on_commit(params.filter(|p| p.after_commit != Millis::INFINITE).map(|_| told));
        self.inner.communicator.call(move |engine| engine.set_auto(params)).ok_or_else(stopped)
    }

    /// Calls `f` for each connected peer until it says false.
    pub fn enum_agents(&self, f: &mut dyn FnMut(&PeerConnection) -> bool) -> Result<()> {
        self.check_running()?;
        let mut previous = None;
        while let Some(connection) = self.inner.communicator.next_connection(previous) {
            if !f(&connection) {
                break;
            }
            previous = Some(connection.id());
        }
        Ok(())
    }

    /// Own agent id.
    pub fn agent_id(&self) -> AgentId {
        self.inner.node.agent
    }

    /// Own database id.
    pub fn db_id(&self) -> DbId {
        self.inner.node.db
    }

    /// Own level.
    pub fn level(&self) -> Level {
        self.inner.database.node().unwrap_or(self.inner.node).level
    }

    /// Routers only, 2..=65534, else `E_ILLEGAL_PARAM`. Connections to nodes that change from above to below, or that have the same level
    /// now, are closed; connectors make them again.
    pub fn set_level(&self, level: Level) -> Result<()> {
        self.check_running()?;
        self.check_no_transaction("set_level")?;
        if self.inner.node.role != Role::Router || level <= Level::SERVER || level >= Level::DEVICE {
            let text = format!("level {level}: only a router's level can be changed, to a number from 2 to 65534");
            return fail(Code::E_ILLEGAL_PARAM, text);
        }
        self.inner.database.set_level(level)?;
        self.inner.communicator.call(Engine::take_level).ok_or_else(stopped)
    }

    /// Its database.
    pub(super) fn database(&self) -> &Database {
        &self.inner.database
    }

    /// The communicator it is attached to.
    pub fn communicator(&self) -> Communicator {
        self.inner.communicator.clone()
    }

    /// Waiting syncs end with `E_IOT_STOPPED`, later calls give it too; its connections are closed, the communicator runs
    /// on. Again: no effect. `E_ILLEGAL_PARAM` inside a callback; `E_INTERRUPTED`: it goes on, who calls it again waits for its end.
    pub fn stop(&self) -> Result<()> {
        self.inner.communicator.shared().check_not_in_callback("stopping the replicator")?;
        self.check_no_transaction("stopping the replicator")?;
        self.inner.stop(Patience::UnlessInterrupted).or_else(|_| interrupted_stop("the replicator"))
    }

    /// Stops, and gives the database connections back. As `stop` otherwise.
    pub fn destroy(&self) -> Result<()> {
        self.stop()
    }

    fn check_running(&self) -> Result<()> {
        let inner = &self.inner;
        if inner.stopped.load(Ordering::Acquire) || inner.communicator.is_stopped() { Err(stopped()) } else { Ok(()) }
    }

    fn check_no_transaction(&self, what: &str) -> Result<()> {
        if self.inner.database.writes_in_this_thread() {
            let text =
                format!("{what} inside an open read-write transaction of this thread would wait for itself: commit it first");
            return Err(Error { code: Code::E_TRANS_NOT_CLOSED, text });
        }
        Ok(())
    }
}

impl Inner {
    /// Several may call it at once, and again who was interrupted: each waits for the end.
    fn stop(&self, patience: Patience) -> Result<(), Ended> {
        self.stopped.store(true, Ordering::Release);
        self.once(
            |left| &mut left.communicator,
            || {
                // A communicator that has ended has let the replicator go already.
                let _ = self.communicator.call(Engine::detach);
                self.database.on_commit(None);
            },
        );
        self.pool.stop(patience)?;
        self.communicator.driver().settle(self.communicator.shared());
        self.once(|left| &mut left.database, || release(&self.database));
        Ok(())
    }

    /// Does what another replicator would suffer from if it were done twice; who comes second waits for its end.
    fn once(&self, done: impl Fn(&mut Left) -> &mut bool, act: impl FnOnce()) {
        let mut left = self.left.lock();
        if !std::mem::replace(done(&mut left), true) {
            act();
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // Endless patience is not interrupted.
        let _ = self.stop(Patience::Endless);
    }
}

/// Tries the rows that the schema had no class for when they came, one parcel at a time. Only a server keeps such rows, and its schema
/// changes only before a replicator is made: a router keeps parcels unopened, and a router or device with a new downtable asks for
/// everything anew (`reconcile`).
fn adopt_strange(pool: &Arc<Pool>) {
    let weak = Arc::downgrade(pool);
    let begin = move |storage: &mut Storage| match (storage.connection().last_strange(), weak.upgrade()) {
        (Ok(until), Some(pool)) if until > 0 => adopt_behind(&pool, 0, until),
        _ => {}
    };
    pool.submit(STRANGE, Box::new(begin));
}

fn adopt_behind(pool: &Arc<Pool>, id: u64, until: u64) {
    let weak = Arc::downgrade(pool);
    let next = move |storage: &mut Storage| match (storage.adopt_next(id, until), weak.upgrade()) {
        (Ok(Some(id)), Some(pool)) => adopt_behind(&pool, id, until),
        (Err(error), _) => log::warn!("rows of classes that were unknown stay where they are kept: {error}"),
        _ => {}
    };
    pool.submit(STRANGE, Box::new(next));
}

/// What is wrong with the flags of a sync, or with these flags for a group.
fn misuse(flags: u32) -> String {
    let unknown = flags & !SYNC_ALL;
    if unknown != 0 {
        format!("unknown flags {unknown:#x}")
    } else if flags & (SYNC_PUSH | SYNC_PULL) == 0 {
        "no direction, add MCO_IOT_SYNC_PUSH or MCO_IOT_SYNC_PULL".to_string()
    } else if flags & SYNC_NONBLOCK != 0 && flags & SYNC_WAIT != 0 {
        "MCO_IOT_SYNC_NONBLOCK and MCO_IOT_SYNC_WAIT exclude each other".to_string()
    } else {
        "MCO_IOT_SYNC_WAIT needs one agent, not a group of them".to_string()
    }
}

fn claim(database: &Arc<Database>) -> Result<()> {
    let mut replicated = REPLICATED.lock();
    replicated.retain(|d| d.strong_count() > 0);
    if replicated.iter().any(|d| std::ptr::eq(d.as_ptr(), Arc::as_ptr(database))) {
        return fail(Code::E_INSTANCE_DUPLICATE, "the database has a replicator already; destroy that one first");
    }
    database.begin_replication()?;
    replicated.push(Arc::downgrade(database));
    Ok(())
}

fn release(database: &Arc<Database>) {
    let mut replicated = REPLICATED.lock();
    replicated.retain(|d| !std::ptr::eq(d.as_ptr(), Arc::as_ptr(database)));
    database.end_replication();
}
