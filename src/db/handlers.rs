//! Who wants to be called when an event fires, and the call.

use crate::base::{Code, Result};
use crate::db::fault::{Inner, fault};
use crate::db::pending::RowKey;
use crate::db::{Connection, ObjectRef};
use crate::schema::EventKind;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Handlers that may run inside each other.
const MAX_NESTED: usize = 32;

/// Called inside the transaction, by the thread that writes. What it gets is the connection of the writer, on which it may do all but end
/// the transaction, and the object (`None` for `delete_all`). An `E_` code makes the writing call fail.
pub type Handler = Arc<dyn Fn(&mut Connection, Option<ObjectRef>) -> Code + Send + Sync>;

/// What makes a handler the same: its function and its parameter, as the caller sees them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandlerId {
    /// Its function; `unregister` takes all with it.
    pub function: usize,
    /// What the function gets.
    pub parameter: usize,
}

/// Whether the handler of an update runs before or behind the change; without a meaning for other events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Reading still gives the old value.
    Before,
    /// Reading gives the new value.
    After,
}

/// Handlers of a database, for all its connections.
#[derive(Default)]
pub(in crate::db) struct Handlers(Mutex<Registered>);

#[derive(Default)]
struct Registered {
    /// Handlers so far.
    serial: u64,
    /// By event and serial number: in order of registration.
    list: BTreeMap<(u16, u64), Entry>,
}

struct Entry {
    id: HandlerId,
    moment: Moment,
    handler: Handler,
}

/// A handler that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::db) struct Running {
    serial: u64,
    object: Option<RowKey>,
    /// Levels of the transaction when it was called.
    pub(in crate::db) depth: u32,
}

impl std::fmt::Debug for Handlers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Handlers")
    }
}

impl Handlers {
    fn last(&self) -> u64 {
        self.0.lock().serial
    }

    /// The next handler behind `after`, up to `last`.
    fn next(&self, event: u16, moment: Moment, after: u64, last: u64) -> Option<(u64, Handler)> {
        if after >= last {
            return None;
        }
        let registered = self.0.lock();
        let found = registered.list.range((event, after + 1)..=(event, last)).find(|(_, entry)| entry.moment == moment);
        found.map(|((_, serial), entry)| (*serial, Arc::clone(&entry.handler)))
    }
}

impl Connection {
    /// Registers a handler at once, for all connections of the process, until [`Connection::unregister`] or the end of the database; a
    /// rollback does not take it back. Of an event other than an update the moment does not matter. `S_DUPLICATE`: this id is there;
    /// `E_ACCESS`: the transaction is not a writing one.
    pub fn register(&mut self, event: u16, id: HandlerId, moment: Moment, handler: Handler) -> Result<()> {
        self.writing(|connection| {
            let kind = connection.event_kind(event)?;
            let mut registered = connection.database.handlers.0.lock();
            if registered.list.range((event, 0)..=(event, u64::MAX)).any(|(_, entry)| entry.id == id) {
                return Err(Code::S_DUPLICATE.into());
            }
            let moment = if is_update(kind) { moment } else { Moment::After };
            registered.serial += 1;
            let key = (event, registered.serial);
            registered.list.insert(key, Entry { id, moment, handler });
            Ok(())
        })
    }

    /// Takes back all handlers of an event with this function: `S_NOTFOUND`.
    pub fn unregister(&mut self, event: u16, function: usize) -> Result<()> {
        self.reading(|connection| {
            connection.event_kind(event)?;
            let mut registered = connection.database.handlers.0.lock();
            let before = registered.list.len();
            registered.list.retain(|(of, _), entry| *of != event || entry.id.function != function);
            if registered.list.len() < before { Ok(()) } else { Err(Code::S_NOTFOUND.into()) }
        })
    }

    /// Calls the handlers of an event in order of registration; those registered meanwhile not, those taken back meanwhile not any more.
    /// A handler is not called for the object that it is running for.
    pub(in crate::db) fn call_handlers(&mut self, event: u16, moment: Moment, object: Option<RowKey>) -> Inner<()> {
        let database = Arc::clone(&self.database);
        let (mut at, last) = (0, database.handlers.last());
        while let Some((serial, handler)) = database.handlers.next(event, moment, at, last) {
            at = serial;
            let (number, depth) = self.in_transaction()?.level();
            let running = Running { serial, object, depth };
            if self.running.iter().any(|other| (other.serial, other.object) == (serial, object)) {
                continue;
            }
            if self.running.len() >= MAX_NESTED {
                let text = format!("handlers of events have called each other {MAX_NESTED} times over");
                return fault(Code::E_LONG_TRANSACTION, text);
            }
            let handle = object.map(|at| self.object_ref(at.class, at.key)).transpose()?;
            self.running.push(running);
            let code = handler(self, handle);
            self.running.pop();
            self.after_handler(event, number, depth, code)?;
        }
        Ok(())
    }

    /// What a handler has left behind: the transaction may have failed in one of its calls, or a kill has ended it, or it is on a deeper level.
    fn after_handler(&mut self, event: u16, number: u64, depth: u32, code: Code) -> Inner<()> {
        self.alive()?;
        let open = self.in_transaction()?;
        if open.number != number {
            return fault(Code::E_TRANS_NOT_ACTIVE, "the transaction has ended");
        }
        open.stirred = true;
        let deeper = open.close_levels(depth);
        let name = || self.database.dictionary.event(event).map_or("", |event| &event.name);
        if let Some(failed) = self.transaction.as_ref().and_then(|open| open.error()) {
            return fault(failed, format!("a call in a handler of event '{}' has failed with {failed}", name()));
        }
        if code.is_error() && !code.is_fatal() {
            return fault(code, format!("a handler of event '{}' has returned {code}", name()));
        }
        if deeper {
            let text = format!(
                "a handler of event '{}' has started a level of the transaction and not ended it; commit it there",
                name()
            );
            return fault(Code::E_TRANSACT, text);
        }
        Ok(())
    }

    fn event_kind(&self, event: u16) -> Inner<EventKind> {
        match self.database.dictionary.event(event) {
            Some(event) => Ok(event.kind),
            None => fault(Code::E_ILLEGAL_PARAM, format!("the schema has no event {event}")),
        }
    }
}

fn is_update(kind: EventKind) -> bool {
    matches!(kind, EventKind::Update | EventKind::FieldUpdate(_))
}
