//! What is looked through: three rows do not fit with everything else at once, so each scope goes far in one direction.

use crate::rules::Scope;
use crate::state::Budget;

pub const NOTHING: Budget = Budget {
    inserts: 0,
    updates: 0,
    deletes: 0,
    server_deletes: 0,
    deep_pushes: 0,
    crashes: 0,
    restores: 0,
    moves: 0,
    timeouts: 0,
};

const fn scope(name: &'static str, devices: usize, budget: Budget) -> Scope {
    Scope { name, devices, budget, queue: 2, off: None, beginning: &[] }
}

/// A few seconds, also without optimization.
pub const SMALL: &[Scope] = &[
    scope("one device, a crash", 1, Budget { inserts: 2, crashes: 1, ..NOTHING }),
    scope("one device, a restore", 1, Budget { inserts: 1, restores: 1, deep_pushes: 1, timeouts: 1, ..NOTHING }),
    scope("two devices", 2, Budget { inserts: 2, ..NOTHING }),
];

/// What `make model` looks through.
pub const FULL: &[Scope] = &[
    scope("two devices, two rows, a restore", 2, Budget { inserts: 2, restores: 1, ..NOTHING }),
    scope("a row: update, both deletes, a restore", 1, Budget { updates: 1, deletes: 1, server_deletes: 1, ..RESTORE }),
    scope(
        "a row: update, deletion at the server, a move, a restore",
        1,
        Budget { updates: 1, server_deletes: 1, moves: 1, ..RESTORE },
    ),
    scope("two rows, a move, a restore", 1, Budget { inserts: 2, moves: 1, ..RESTORE }),
    scope("two rows, a deep push, a time-out, a restore", 1, Budget { inserts: 2, deep_pushes: 1, timeouts: 1, ..RESTORE }),
    scope("two rows, two crashes, a restore", 1, Budget { inserts: 2, crashes: 2, ..RESTORE }),
    scope("two devices, two rows, two crashes", 2, Budget { inserts: 2, crashes: 2, ..NOTHING }),
    scope("two devices, three rows", 2, Budget { inserts: 3, ..NOTHING }),
    scope("three rows, a restore", 1, Budget { inserts: 3, ..RESTORE }),
];

/// What takes longer than that; `make model MODEL=long`.
pub const LONG: &[Scope] = &[scope("two devices, three rows, a restore", 2, Budget { inserts: 3, ..RESTORE })];

const RESTORE: Budget = Budget { inserts: 1, restores: 1, ..NOTHING };
