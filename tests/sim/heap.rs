//! How many bytes of the heap are in use, by the thread that has taken them. Worlds run on one thread, so that tests beside them do not count.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;

#[global_allocator]
static HEAP: Counting = Counting;

thread_local! {
    static LIVE: Cell<i64> = const { Cell::new(0) };
    static MOST: Cell<i64> = const { Cell::new(0) };
}

/// Bytes that this thread has taken and not given back.
pub fn live() -> i64 {
    LIVE.get()
}

/// Gives a value back, and says how many bytes that were.
pub fn weigh<T>(value: T) -> i64 {
    let before = live();
    drop(value);
    before - live()
}

/// What something gives, and how many bytes more than before were in use at most while it ran.
#[cfg(feature = "compression")]
pub fn most<T>(run: impl FnOnce() -> T) -> (T, i64) {
    let before = live();
    MOST.set(before);
    let result = run();
    (result, MOST.get() - before)
}

fn add(bytes: usize, sign: i64) {
    // A thread that ends gives back what it has, after its counters.
    let _ = LIVE.try_with(|live| {
        live.set(live.get() + sign * i64::try_from(bytes).unwrap_or(0));
        let _ = MOST.try_with(|most| most.set(most.get().max(live.get())));
    });
}

// SAFETY: every call goes to the system's allocator as it came; counting takes no memory.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        add(layout.size(), 1);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        add(layout.size(), -1);
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        add(layout.size(), 1);
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        add(layout.size(), -1);
        add(size, 1);
        unsafe { System.realloc(at, layout, size) }
    }
}
