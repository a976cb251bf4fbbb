//! The trace: takes the records of `log` from the moment the runtime is started, unless the program has a logger of its own.

use super::mco::constants::{MCO_TRACE_IOT, MCO_TRACE_NETWORK};
use super::mco::mco_trace_handler;
use log::{Level, LevelFilter, Log, Metadata, Record};
use parking_lot::Mutex;
use std::ffi::{CString, c_int};
use std::io::Write;
use std::sync::Once;
use std::sync::atomic::{AtomicI32, Ordering};

/// Fatal errors and warnings, nothing else.
const DEFAULT_LEVEL: c_int = 2;
const UNSET: c_int = -1;

static LEVEL: AtomicI32 = AtomicI32::new(UNSET);
static HANDLER: Mutex<mco_trace_handler> = Mutex::new(None);
static SINK: Sink = Sink;
static START: Once = Once::new();

struct Sink;

/// Begins to take records; the first call counts.
pub(crate) fn start() {
    START.call_once(|| {
        let asked = std::env::var("MCO_TRACE").ok().and_then(|level| level.trim().parse().ok());
        let default = asked.unwrap_or(DEFAULT_LEVEL);
        let _ = LEVEL.compare_exchange(UNSET, default, Ordering::Relaxed, Ordering::Relaxed);
        // A logger that is there already was put there by the program: it stays.
        if log::set_logger(&SINK).is_ok() {
            log::set_max_level(filter(LEVEL.load(Ordering::Relaxed)));
        }
    });
}

pub(crate) fn set_level(level: c_int) {
    LEVEL.store(level.max(0), Ordering::Relaxed);
    if START.is_completed() {
        log::set_max_level(filter(level));
    }
}

pub(crate) fn set_handler(handler: mco_trace_handler) {
    *HANDLER.lock() = handler;
}

/// Writes a line of the program, if it is not above the level.
pub(crate) fn line(level: c_int, text: &str) {
    start();
    if level <= LEVEL.load(Ordering::Relaxed) {
        give(level, 0, text);
    }
}

impl Log for Sink {
    fn enabled(&self, metadata: &Metadata) -> bool {
        number(metadata.level()) <= LEVEL.load(Ordering::Relaxed)
    }

    fn log(&self, record: &Record) {
        if !self.enabled(record.metadata()) {
            return;
        }
        give(number(record.level()), module(record.target()), &record.args().to_string());
    }

    fn flush(&self) {}
}

fn give(level: c_int, module: c_int, text: &str) {
    let handler = *HANDLER.lock();
    match handler {
        // Not eprintln: where stderr is closed, that panics.
        None => drop(writeln!(std::io::stderr(), "mcoiot: {}: {text}", name(level))),
        Some(handler) => {
            let text = CString::new(text.replace('\0', " ")).unwrap_or_default();
            // SAFETY: the program gave a function that may be called on any thread; the text lives during the call.
            unsafe { handler(level, module, text.as_ptr()) }
        }
    }
}

fn name(level: c_int) -> &'static str {
    match level {
        ..=0 => "FATAL",
        1 => "ERROR",
        2 => "WARN",
        3 => "NOTICE",
        4 => "INFO",
        5 => "DEBUG",
        6.. => "TRACE",
    }
}

fn number(level: Level) -> c_int {
    match level {
        Level::Error => 1,
        Level::Warn => 2,
        Level::Info => 4,
        Level::Debug => 5,
        Level::Trace => 6,
    }
}

fn filter(level: c_int) -> LevelFilter {
    match level {
        ..=0 => LevelFilter::Off,
        1 => LevelFilter::Error,
        2 | 3 => LevelFilter::Warn,
        4 => LevelFilter::Info,
        5 => LevelFilter::Debug,
        _ => LevelFilter::Trace,
    }
}

fn module(target: &str) -> c_int {
    match target.split("::").nth(1) {
        Some("net" | "link") => MCO_TRACE_NETWORK,
        Some("fabric" | "repl" | "wire") => MCO_TRACE_IOT,
        _ => 0,
    }
}
