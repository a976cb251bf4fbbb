//! Steps that begin and end transactions.

use crate::model::View;
use crate::schema::pick;
use crate::world::{Open, World};
use mcoiot::base::Code;
use mcoiot::db::{Priority, TransactionKind};

impl World {
    pub fn transaction_step(&mut self, who: usize) {
        match self.random.below(20) {
            0..=7 => {
                let kinds = [
                    TransactionKind::ReadOnly,
                    TransactionKind::Update,
                    TransactionKind::ReadWrite,
                    TransactionKind::ReadWrite,
                    TransactionKind::Exclusive,
                ];
                let kind = *pick(&mut self.random, &kinds);
                self.begin(who, kind);
            }
            8..=12 => self.commit(who),
            13 => self.two_phases(who),
            14..=15 => self.rollback(who),
            16..=17 => self.upgrade(who),
            _ => self.checkpoint(who),
        }
        self.compare_state(who);
    }

    pub fn begin(&mut self, who: usize, kind: TransactionKind) {
        self.note(format!("{who}: begin {kind:?}"));
        let others = self.place_taken();
        let done = self.clients[who].c.begin(kind, Priority(0));
        if self.clients[who].open.is_some() {
            return self.nested(who, kind, done);
        }
        let wanted = if kind != TransactionKind::ReadOnly && others { Code::E_TRANS_NOT_CLOSED } else { Code::S_OK };
        self.expect(&done, wanted, "begin");
        if done.is_ok() {
            self.clients[who].open = Some(Open {
                kind,
                depth: 1,
                error: None,
                prepared: false,
                holds_place: kind != TransactionKind::ReadOnly,
                view: View { tables: self.committed.clone(), pending: Vec::new() },
                seen: self.commits,
                wrote: false,
                handles: Vec::new(),
            });
        }
    }

    fn nested(&mut self, who: usize, kind: TransactionKind, done: mcoiot::base::Result<u64>) {
        if let Some(code) = self.reading_code(who) {
            return self.expect(&done, code, "nested begin");
        }
        let from = self.view(who).kind;
        let writes = |kind| matches!(kind, TransactionKind::ReadWrite | TransactionKind::Exclusive);
        let rises = match kind {
            TransactionKind::ReadOnly => false,
            TransactionKind::Update => from == TransactionKind::ReadOnly,
            _ => !writes(from),
        };
        if rises {
            let code = match &done {
                Ok(_) => Code::S_OK,
                Err(error) => error.code,
            };
            self.check_upgrade(who, code);
        } else {
            self.expect(&done, Code::S_OK, "nested begin");
        }
        if done.is_ok() {
            self.view(who).depth += 1;
        }
    }

    fn upgrade(&mut self, who: usize) {
        self.note(format!("{who}: upgrade"));
        let done = self.clients[who].c.upgrade();
        if let Some(code) = self.reading_code(who) {
            return self.expect(&done, code, "upgrade");
        }
        let code = done.err().map_or(Code::S_OK, |error| error.code);
        self.check_upgrade(who, code);
    }

    /// The transaction was asked to become a writing one.
    fn check_upgrade(&mut self, who: usize, found: Code) {
        let (kind, holds, seen) = {
            let open = self.view(who);
            (open.kind, open.holds_place, open.seen)
        };
        let allowed: &[Code] = if holds || kind != TransactionKind::ReadOnly {
            &[Code::S_OK]
        } else if self.place_taken() {
            &[Code::E_TRANS_NOT_CLOSED]
        } else if seen.0 != self.commits.0 {
            &[Code::E_UPGRADE_FAILED]
        } else if seen.1 != self.commits.1 {
            &[Code::S_OK, Code::E_UPGRADE_FAILED]
        } else {
            &[Code::S_OK]
        };
        if !allowed.contains(&found) {
            self.fail(&format!("upgrade gives {found} instead of {allowed:?}"));
        }
        if found == Code::S_OK {
            let open = self.view(who);
            if !matches!(open.kind, TransactionKind::Exclusive) {
                open.kind = TransactionKind::ReadWrite;
            }
            open.holds_place = true;
        }
    }

    fn checkpoint(&mut self, who: usize) {
        self.note(format!("{who}: checkpoint"));
        let done = self.clients[who].c.checkpoint();
        if let Some(code) = self.reading_code(who) {
            return self.expect(&done, code, "checkpoint");
        }
        let dictionary = self.dictionary.clone();
        let open = self.view(who);
        open.wrote |= !open.view.pending.is_empty();
        let result = open.view.checkpoint_all(&dictionary);
        self.checkpointed(who, result, &done);
    }

    /// What follows from the outcome of a checkpoint.
    pub fn checkpointed(&mut self, who: usize, wanted: Result<(), (Code, Option<u16>)>, done: &mcoiot::base::Result<()>) {
        match wanted {
            Ok(()) => self.expect(done, Code::S_OK, "checkpoint"),
            Err((code, index)) => {
                self.expect(done, code, "checkpoint");
                if code == Code::S_DUPLICATE {
                    self.clients[who].last_unique = index;
                } else {
                    self.view(who).error = Some(code);
                }
            }
        }
    }

    fn commit(&mut self, who: usize) {
        self.note(format!("{who}: commit"));
        let done = self.clients[who].c.commit();
        let dictionary = self.dictionary.clone();
        let Some(open) = &mut self.clients[who].open else { return self.expect(&done, Code::E_TRANS_NOT_ACTIVE, "commit") };
        if open.depth > 1 {
            open.depth -= 1;
            return self.expect(&done, Code::S_OK, "inner commit");
        }
        if let Some(code) = open.error {
            self.expect(&done, code, "commit in error state");
            return self.ended(who, false);
        }
        match open.view.checkpoint_all(&dictionary) {
            Ok(()) => {
                self.expect(&done, Code::S_OK, "commit");
                self.ended(who, true);
            }
            Err((code, index)) => {
                self.expect(&done, code, "commit");
                if code == Code::S_DUPLICATE {
                    self.clients[who].last_unique = index;
                }
                self.ended(who, false);
            }
        }
    }

    fn two_phases(&mut self, who: usize) {
        self.note(format!("{who}: phase 1"));
        let Some(open) = &self.clients[who].open else {
            let done = self.clients[who].c.commit_phase1();
            self.expect(&done, Code::E_TRANS_NOT_ACTIVE, "phase 1");
            let done = self.clients[who].c.commit_phase2();
            return self.expect(&done, Code::E_TRANS_NOT_ACTIVE, "phase 2");
        };
        if open.depth > 1 && open.error.is_none() {
            let done = self.clients[who].c.commit_phase1();
            return self.expect(&done, Code::E_TRANSACT, "phase 1 of an inner level");
        }
        if open.error.is_some() {
            return;
        }
        let dictionary = self.dictionary.clone();
        let done = self.clients[who].c.commit_phase1();
        match self.view(who).view.checkpoint_all(&dictionary) {
            Err((code, index)) => {
                self.expect(&done, code, "phase 1");
                if code == Code::S_DUPLICATE {
                    self.clients[who].last_unique = index;
                }
                self.ended(who, false);
            }
            Ok(()) => {
                self.expect(&done, Code::S_OK, "phase 1");
                self.view(who).prepared = true;
                let count = self.clients[who].c.count(1);
                self.expect(&count, Code::E_TRANSACT, "a call after phase 1");
                if self.random.below(3) == 0 {
                    return self.rollback(who);
                }
                let done = self.clients[who].c.commit_phase2();
                self.expect(&done, Code::S_OK, "phase 2");
                self.ended(who, true);
            }
        }
    }

    pub fn rollback(&mut self, who: usize) {
        self.note(format!("{who}: rollback"));
        let done = self.clients[who].c.rollback();
        let Some(open) = &mut self.clients[who].open else { return self.expect(&done, Code::E_TRANS_NOT_ACTIVE, "rollback") };
        if open.depth > 1 {
            open.depth -= 1;
            open.error.get_or_insert(Code::E_TRANSACT);
            return self.expect(&done, Code::S_OK, "inner rollback");
        }
        self.expect(&done, Code::S_OK, "rollback");
        self.ended(who, false);
    }

    fn ended(&mut self, who: usize, committed: bool) {
        let open = self.clients[who].open.take().unwrap();
        self.stale.extend(open.handles.last());
        if !committed || !open.holds_place {
            return;
        }
        self.commits.1 += 1;
        if open.wrote {
            self.commits.0 += 1;
        }
        for (class, rows) in open.view.tables.0.iter().enumerate() {
            let highest = rows.values().map(|row| row.autoid).max().unwrap_or(0);
            self.autoids[class] = self.autoids[class].max(highest);
        }
        self.committed = open.view.tables;
    }

    fn place_taken(&self) -> bool {
        self.clients.iter().any(|client| client.open.as_ref().is_some_and(|open| open.holds_place))
    }

    fn compare_state(&self, who: usize) {
        let client = &self.clients[who];
        let found = client.c.transaction().map(|t| (t.kind, t.depth, t.error, t.prepared));
        let wanted = client.open.as_ref().map(|t| (t.kind, t.depth, t.error, t.prepared));
        if found != wanted {
            self.fail(&format!("transaction of {who}: {found:?} instead of {wanted:?}"));
        }
        if client.c.last_unique_violation_index() != client.last_unique {
            self.fail(&format!("last index {:?} instead of {:?}", client.c.last_unique_violation_index(), client.last_unique));
        }
    }
}
