//! Starting and ending transactions of a connection.

use crate::base::{Code, Error, Result, fail};
use crate::db::fault::{Inner, fault};
use crate::db::keys::Key;
use crate::db::log::Touched;
use crate::db::object::is_own;
use crate::db::pending::PendingRows;
use crate::db::quarantine::Load;
use crate::db::queue::{WriterPlace, WriterQueue};
use crate::db::stat::Reader;
use crate::db::state::State;
use crate::db::{Connection, Priority, TransactionInfo, TransactionKind};
use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

/// What a connection keeps while it is in a transaction.
#[derive(Debug)]
pub(in crate::db) struct Transaction {
    pub(in crate::db) number: u64,
    pub(in crate::db) kind: TransactionKind,
    depth: u32,
    error: Option<Code>,
    prepared: bool,
    /// Counters as this transaction will leave them.
    pub(in crate::db) state: State,
    /// Counters as it found them.
    before: State,
    pub(in crate::db) pending: PendingRows,
    pub(in crate::db) touched: Touched,
    /// Whether anything was written.
    pub(in crate::db) dirty: bool,
    /// Bytes of rows that were written.
    written: u64,
    /// Rows that travel from here were changed.
    pub(in crate::db) told: bool,
    /// Events that happened.
    pub(in crate::db) fired: BTreeSet<u16>,
    /// A handler of an event has run since somebody has asked.
    pub(in crate::db) stirred: bool,
    /// Counts a reader as long as it is one.
    reader: Option<Reader>,
    /// What is set aside of the origin looked at last.
    pub(in crate::db) aside: Option<Load>,
    priority: Priority,
    /// Given back last, when the store is done.
    place: Option<WriterPlace>,
}

impl Transaction {
    /// Whether a row of ours was made in this transaction.
    pub(in crate::db) fn is_new(&self, key: Key) -> bool {
        is_own(key) && key.oid >= self.before.next_oid
    }

    /// Its number and how many levels are open.
    pub(in crate::db) fn level(&self) -> (u64, u32) {
        (self.number, self.depth)
    }

    /// Ends the levels below this one; false: there were none.
    pub(in crate::db) fn close_levels(&mut self, depth: u32) -> bool {
        std::mem::replace(&mut self.depth, depth) > depth
    }

    /// Code that put it into the error state.
    pub(in crate::db) fn error(&self) -> Option<Code> {
        self.error
    }

    /// Leaves the error state; for errors that have left everything as it was.
    pub(in crate::db) fn recover(&mut self) {
        self.error = None;
    }

    /// Rows of so many bytes were written.
    pub(in crate::db) fn wrote(&mut self, bytes: u64) {
        self.dirty = true;
        self.written = self.written.saturating_add(bytes);
    }
}

impl Connection {
    /// Starts a transaction, or goes one level deeper in the one that is open; gives its number.
    ///
    /// Waits for the writer's place unless read-only. `E_TRANS_NOT_CLOSED`: this thread has it already.
    pub fn begin(&mut self, kind: TransactionKind, priority: Priority) -> Result<u64> {
        self.begin_in(kind, priority, None)
    }

    /// The same in a place that was waited for with [`Database::writers_place`](crate::db::Database::writers_place).
    pub fn begin_in(&mut self, kind: TransactionKind, priority: Priority, place: Option<WriterPlace>) -> Result<u64> {
        self.alive()?;
        if self.transaction.is_some() {
            return self.nest(kind);
        }
        let number = self.database.transactions.fetch_add(1, Ordering::Relaxed) + 1;
        if kind.is_writer() && !self.database.is_writable() {
            return fail(Code::E_ACCESS, "the database is open for reading only");
        }
        let place = match place {
            None if kind.is_writer() => Some(WriterQueue::enter(&self.database, priority, self.end.as_deref())?),
            place => place,
        };
        let state = self.start(kind.is_writer()).map_err(|f| self.database.seal(f))?;
        let reader = place.is_none().then(|| Reader::new(&self.database, number));
        self.transaction = Some(Transaction {
            number,
            kind,
            depth: 1,
            error: None,
            prepared: false,
            before: state.clone(),
            state,
            pending: PendingRows::default(),
            touched: Touched::default(),
            dirty: false,
            written: 0,
            told: false,
            fired: BTreeSet::new(),
            stirred: false,
            reader,
            aside: None,
            priority,
            place,
        });
        Ok(number)
    }

    fn start(&mut self, writer: bool) -> Inner<State> {
        self.apply_limit()?;
        self.engine.prepare_cached(if writer { "BEGIN IMMEDIATE" } else { "BEGIN" })?.execute([])?;
        // The snapshot is taken by the first read, so that happens here.
        let clock = self.engine.prepare_cached("SELECT clock FROM _mco_state")?.query_row([], |row| row.get::<_, i64>(0));
        let state = match clock {
            Ok(_) if writer => self.database.counters(&self.engine),
            clock => clock.map(|_| State::default()).map_err(Into::into),
        };
        if state.is_err() {
            let _ = self.engine.execute_batch("ROLLBACK");
        }
        state
    }

    fn nest(&mut self, kind: TransactionKind) -> Result<u64> {
        if self.database.options.disable_nested {
            return fail(
                Code::ERR_NESTED_TRANS_TRAP,
                "a transaction was started inside a transaction, which this database forbids",
            );
        }
        let open = self.open()?;
        let (from, number) = (open.kind, open.number);
        let upgrade = match kind {
            TransactionKind::ReadWrite | TransactionKind::Exclusive => {
                !matches!(from, TransactionKind::ReadWrite | TransactionKind::Exclusive)
            }
            TransactionKind::Update => from == TransactionKind::ReadOnly,
            TransactionKind::ReadOnly => false,
        };
        if upgrade {
            self.upgrade()?;
        }
        self.open()?.depth += 1;
        Ok(number)
    }

    /// Turns a read-only or update transaction into a writing one. `E_UPGRADE_FAILED`: something was committed since its
    /// snapshot; the transaction stays as it was.
    pub fn upgrade(&mut self) -> Result<()> {
        let (kind, priority) = {
            let open = self.open()?;
            (open.kind, open.priority)
        };
        match kind {
            TransactionKind::ReadWrite | TransactionKind::Exclusive => return Ok(()),
            TransactionKind::Update => {}
            TransactionKind::ReadOnly => self.take_place(priority)?,
        }
        self.open()?.kind = TransactionKind::ReadWrite;
        Ok(())
    }

    fn take_place(&mut self, priority: Priority) -> Result<()> {
        if !self.database.is_writable() {
            return fail(Code::E_ACCESS, "the database is open for reading only");
        }
        let place = WriterQueue::enter(&self.database, priority, self.end.as_deref())?;
        // The engine refuses to write on a snapshot that is not the newest.
        let probe = self.engine.prepare_cached("UPDATE _mco_state SET clock = clock").and_then(|mut s| s.execute([]));
        if let Err(error) = probe {
            let fault = crate::db::fault::Fault::from(error);
            if fault.is_busy() {
                return fail(
                    Code::E_UPGRADE_FAILED,
                    "something was committed since this transaction began; end it and start a writing one",
                );
            }
            return Err(self.database.seal(fault));
        }
        let state = self.database.counters(&self.engine).map_err(|f| self.database.seal(f))?;
        let open = self.open()?;
        open.before = state.clone();
        open.state = state;
        open.place = Some(place);
        open.reader = None;
        Ok(())
    }

    /// Puts new and changed objects into the indexes, in the order of their first change. Stops at the first
    /// `S_DUPLICATE`; that object and those after it stay pending.
    pub fn checkpoint(&mut self) -> Result<()> {
        self.reading(|_| Ok(()))?;
        self.guarded(|connection| connection.checkpoint_all())
    }

    /// Ends one level; the outermost one makes everything permanent. `S_DUPLICATE`: everything was rolled back. In the
    /// error state everything is rolled back and the first code returned.
    pub fn commit(&mut self) -> Result<()> {
        self.alive()?;
        self.outside_handlers()?;
        let open = self.active()?;
        if open.depth > 1 {
            open.depth -= 1;
            return Ok(());
        }
        if !open.prepared {
            self.commit_phase1()?;
        }
        self.commit_phase2()
    }

    /// Everything of a commit that can fail for reasons of content; only `commit_phase2` or `rollback` may follow. When
    /// it fails, everything has been rolled back.
    pub fn commit_phase1(&mut self) -> Result<()> {
        self.alive()?;
        self.outside_handlers()?;
        let open = self.active()?;
        if let Some(code) = open.error {
            if self.database.options.disable_implicit_rollback {
                return fail(Code::E_TRANSACT, format!("an earlier call failed with {code}; roll back"));
            }
            self.end();
            return fail(code, "the transaction was rolled back because an earlier call in it had failed with this code");
        }
        if open.depth > 1 {
            return fail(Code::E_TRANSACT, "phase 1 of a commit belongs to the outermost level; commit the inner ones first");
        }
        if open.prepared {
            return fail(Code::E_TRANSACT, "phase 1 is done; only phase 2 or a rollback may follow");
        }
        match self.prepare_commit() {
            Ok(()) => self.open().map(|open| open.prepared = true),
            Err(fault) => {
                let error = self.database.seal(fault);
                self.end();
                Err(error)
            }
        }
    }

    /// Makes permanent what phase 1 has prepared. When it fails, everything has been rolled back.
    pub fn commit_phase2(&mut self) -> Result<()> {
        self.alive()?;
        let open = self.active()?;
        if !open.prepared {
            return fail(Code::E_TRANSACT, "phase 2 of a commit needs phase 1 first");
        }
        let advance = (open.state.clock - open.before.clock).cast_signed();
        self.database.count_own(advance);
        let done = self.engine.prepare_cached("COMMIT").and_then(|mut statement| statement.execute([]));
        match done {
            Ok(_) => {
                if let Some(open) = self.transaction.take()
                    && open.place.is_some()
                {
                    // Before the place is given up, so that the next writer starts from here.
                    *self.database.state.lock() = open.state;
                    if open.dirty {
                        self.database.durability.committed(self.policy, open.written);
                    }
                    drop(open.place);
                    self.database.waits.tell(&open.fired);
                    if open.told {
                        self.database.tell_commit();
                    }
                }
                self.forget_row();
                Ok(())
            }
            Err(error) => {
                self.database.count_own(-advance);
                let error = self.database.seal(error.into());
                self.end();
                Err(error)
            }
        }
    }

    /// Takes everything back; inside a nested level it puts the transaction into the error state.
    pub fn rollback(&mut self) -> Result<()> {
        self.alive()?;
        self.outside_handlers()?;
        let open = self.active()?;
        if open.depth > 1 {
            open.depth -= 1;
            open.error.get_or_insert(Code::E_TRANSACT);
            return Ok(());
        }
        self.end();
        Ok(())
    }

    /// A handler may end the levels that it has begun, but not the transaction that it runs in.
    fn outside_handlers(&mut self) -> Result<()> {
        let Some(depth) = self.running.last().map(|running| running.depth) else { return Ok(()) };
        if self.active()?.depth > depth {
            return Ok(());
        }
        fail(Code::E_TRANSACT, "a handler of an event cannot end the transaction that it runs in")
    }

    /// The open transaction.
    pub fn transaction(&self) -> Option<TransactionInfo> {
        self.transaction.as_ref().map(|open| TransactionInfo {
            number: open.number,
            kind: open.kind,
            depth: open.depth,
            error: open.error,
            prepared: open.prepared,
        })
    }

    /// Puts the open transaction into the error state; for errors of a writing call that the caller found itself.
    pub fn set_error(&mut self, code: Code) {
        if let Some(open) = &mut self.transaction {
            open.error.get_or_insert(code);
        }
    }

    /// Rolls back and leaves no transaction.
    pub(in crate::db) fn end(&mut self) {
        self.forget_row();
        // A failed statement may have ended it already.
        if self.transaction.is_some() && !self.engine.is_autocommit() {
            let _ = self.engine.execute_batch("ROLLBACK");
        }
        self.transaction = None;
    }

    fn prepare_commit(&mut self) -> Inner<()> {
        if self.in_transaction()?.place.is_none() {
            return Ok(());
        }
        self.checkpoint_all()?;
        self.retry_waiting()?;
        self.hold_bounds()?;
        self.write_log()?;
        let open = match &mut self.transaction {
            Some(open) => open,
            None => return fault(Code::E_TRANS_NOT_ACTIVE, ""),
        };
        open.dirty |= open.state.epoch != open.before.epoch;
        if open.dirty {
            open.state.save(&self.engine, &open.before)?;
            self.database.share_counts(&self.engine, &open.before, &open.state)?;
        }
        self.extend_file()
    }

    /// Runs a reading call: needs a transaction that is not in the error state.
    pub(in crate::db) fn reading<T>(&mut self, work: impl FnOnce(&mut Self) -> Inner<T>) -> Result<T> {
        self.alive()?;
        self.open()?;
        let result = work(self).map_err(|f| self.database.seal(f));
        self.note_lost(&result);
        result
    }

    /// The engine ends a transaction by itself after some errors; nothing more may be written then.
    fn note_lost<T>(&mut self, result: &Result<T>) {
        if let Err(error) = result
            && self.engine.is_autocommit()
        {
            self.set_error(error.code);
        }
    }

    /// Runs a writing call: needs a writing transaction; an `E_` code puts it into the error state.
    pub(in crate::db) fn writing<T>(&mut self, work: impl FnOnce(&mut Self) -> Inner<T>) -> Result<T> {
        self.alive()?;
        self.open()?;
        self.guarded(|connection| {
            if !matches!(connection.in_transaction()?.kind, TransactionKind::ReadWrite | TransactionKind::Exclusive) {
                return fault(Code::E_ACCESS, "the transaction is not a writing one; upgrade it or start a writing one");
            }
            work(connection)
        })
    }

    fn guarded<T>(&mut self, work: impl FnOnce(&mut Self) -> Inner<T>) -> Result<T> {
        let result = work(self).map_err(|f| self.database.seal(f));
        if let Err(Error { code, .. }) = &result
            && code.is_error()
        {
            self.set_error(*code);
        }
        self.note_lost(&result);
        result
    }

    /// The transaction, whatever its state: `E_TRANS_NOT_ACTIVE`.
    fn active(&mut self) -> Result<&mut Transaction> {
        match &mut self.transaction {
            Some(open) => Ok(open),
            None => fail(Code::E_TRANS_NOT_ACTIVE, "there is no open transaction"),
        }
    }

    /// The transaction, if it can still be used: `E_TRANSACT`.
    fn open(&mut self) -> Result<&mut Transaction> {
        let open = self.active()?;
        match open.error {
            Some(code) => fail(Code::E_TRANSACT, format!("an earlier call in this transaction failed with {code}; roll it back")),
            None if open.prepared => {
                fail(Code::E_TRANSACT, "phase 1 of the commit is done; only phase 2 or a rollback may follow")
            }
            None => Ok(open),
        }
    }

    /// The transaction, for code that runs inside one.
    pub(in crate::db) fn in_transaction(&mut self) -> Inner<&mut Transaction> {
        match &mut self.transaction {
            Some(open) => Ok(open),
            None => fault(Code::E_TRANS_NOT_ACTIVE, "there is no open transaction"),
        }
    }
}
