//! What is looked through. The first of `FULL` is the fleet; what else may happen to rows and ways is looked at with one device.

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
    Scope { name, devices, budget, queue: 2, off: None, waits: true, beginning: &[] }
}

/// A few seconds, also without optimization.
pub const SMALL: &[Scope] = &[
    scope("one device, a crash", 1, Budget { inserts: 2, crashes: 1, ..NOTHING }),
    scope("one device, a restore", 1, Budget { inserts: 1, restores: 1, deep_pushes: 1, timeouts: 1, ..NOTHING }),
    scope("two devices", 2, Budget { inserts: 2, ..NOTHING }),
];

/// In which every order of two steps is tried; the first few also without `make model`.
pub const ORDERS: &[Scope] = &[
    all_orders("a row, a crash, a deep push, a restore", 1, Budget { crashes: 1, deep_pushes: 1, ..RESTORE }),
    all_orders("two devices, a restore", 2, RESTORE),
    all_orders(
        "two rows, a crash, a deep push, a time-out",
        1,
        Budget { inserts: 2, crashes: 1, deep_pushes: 1, timeouts: 1, ..NOTHING },
    ),
    all_orders("a row: a deletion at the server, a move, a restore", 1, Budget { server_deletes: 1, moves: 1, ..RESTORE }),
    all_orders("a row: an update, a restore", 1, Budget { updates: 1, ..RESTORE }),
    all_orders("two devices, two rows, a time-out", 2, Budget { inserts: 2, timeouts: 1, ..NOTHING }),
];

const fn all_orders(name: &'static str, devices: usize, budget: Budget) -> Scope {
    Scope { waits: false, ..scope(name, devices, budget) }
}

/// What `make model` looks through.
pub const FULL: &[Scope] = &[
    scope(
        "two devices, three rows, two crashes, a deep push, a restore",
        2,
        Budget { inserts: 3, crashes: 2, deep_pushes: 1, ..RESTORE },
    ),
    scope("a row: update, both deletes, a restore", 1, Budget { updates: 1, deletes: 1, server_deletes: 1, ..RESTORE }),
    scope(
        "a row: update, deletion at the server, a move, a restore",
        1,
        Budget { updates: 1, server_deletes: 1, moves: 1, ..RESTORE },
    ),
    scope("two rows, a move, a restore", 1, Budget { inserts: 2, moves: 1, ..RESTORE }),
    scope("two rows, a deep push, a time-out, a restore", 1, Budget { inserts: 2, deep_pushes: 1, timeouts: 1, ..RESTORE }),
];

const RESTORE: Budget = Budget { inserts: 1, restores: 1, ..NOTHING };
