//! Databases in memory that processes share. Two databases that are started on one memory play two processes here; `tests/c_shared.rs` has real
//! ones.

use super::fixture::*;
use super::replicate::Pair;
use crate::base::{AgentId, Asking, Code, Level, Value};
use crate::db::queue::WriterQueue;
use crate::db::*;
use crate::schema::{EventKind, FieldType, Travel};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

/// A process that has the memory open.
pub struct Process(pub Arc<Database>);

impl Process {
    fn try_open(schema: &Schema, options: OpenOptions) -> crate::base::Result<Process> {
        Database::start(Arc::new(schema.0.clone()), &schema.text(), options).map(Process)
    }

    pub fn of(schema: &Schema, memory: &str, limit_bytes: u64) -> Process {
        Process::try_open(schema, options(memory, limit_bytes)).unwrap()
    }

    pub fn open(memory: &str) -> Process {
        Process::of(&device(1000), memory, 0)
    }

    pub fn connect(&self) -> Connection {
        self.0.connect().unwrap()
    }

    /// Beside the database.
    fn file(&self, name: &str) -> std::path::PathBuf {
        self.0.with_inside(|inside| Ok(inside.files.path.with_file_name(name))).unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.shut(true);
    }
}

fn options(memory: &str, limit_bytes: u64) -> OpenOptions {
    OpenOptions::new(&name(), Storage::Shared { name: memory.into(), limit_bytes })
}

/// A memory that no other test uses.
pub fn memory() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("{}/{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

fn until(what: &str, is: impl Fn() -> bool) {
    let mut left = 20_000;
    while !is() {
        left -= 1;
        assert!(left > 0, "{what} never");
        mpsc::channel::<()>().1.recv_timeout(Duration::from_millis(1)).unwrap_err();
    }
}

fn times(c: &mut Connection) -> Vec<u64> {
    let ts = |row: Vec<Value>| if let Value::UInt(ts) = row[0] { ts } else { panic!("{row:?}") };
    all(c, SENSOR).into_iter().map(ts).collect()
}

#[test]
fn who_writes_goes_on_where_the_other_process_has_ended() {
    let memory = memory();
    let (a, b) = (Process::open(&memory), Process::open(&memory));
    assert_eq!(a.0.node(), b.0.node(), "one database with one id");
    let (mut a, mut b) = (a.connect(), b.connect());
    for ts in 0..20 {
        commit(if ts % 3 == 0 { &mut a } else { &mut b }, |c| sensor(c, ts, 0.5));
    }
    for c in [&mut a, &mut b] {
        assert_eq!(times(c), (0..20).collect::<Vec<_>>());
        let history = epochs(c);
        assert_eq!((history.len(), history[0].last.0), (1, 20), "one epoch, one timestamp for each commit");
    }
    write(&mut a);
    sensor(&mut a, 100, 0.5);
    a.rollback().unwrap();
    let refused = {
        write(&mut b);
        sensor(&mut b, 5, 0.5);
        b.commit().unwrap_err().code
    };
    assert_eq!(refused, Code::S_DUPLICATE, "a unique key of the other process");
    assert_eq!(times(&mut b).len(), 20);
}

#[test]
fn a_thread_waits_until_the_other_process_has_written() {
    let memory = memory();
    let (a, b) = (Process::open(&memory), Process::open(&memory));
    let (mut first, mut second) = (a.connect(), b.connect());
    write(&mut first);
    sensor(&mut first, 1, 0.5);
    let (sender, written) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(move || {
            commit(&mut second, |c| {
                assert_eq!(rows(c, SENSOR).len(), 1);
                sensor(c, 2, 0.5);
            });
            sender.send(()).unwrap();
        });
        until("the second one waits", || b.0.stat().unwrap().writers_waiting == 1);
        // It waits outside this process: whoever comes now stands behind it.
        until("it stands in the gate", || std::fs::File::open(b.file("gate")).unwrap().try_lock().is_err());
        assert!(written.try_recv().is_err());
        first.commit().unwrap();
        commit(&mut first, |c| assert_eq!(rows(c, SENSOR).len(), 2, "nobody writes twice while another one waits"));
        written.recv_timeout(Duration::from_secs(60)).unwrap();
    });
}

#[test]
fn processes_that_all_write_at_once_lose_nothing() {
    const EACH: u64 = 150;
    let memory = memory();
    let processes: Vec<Process> = (0..4).map(|_| Process::open(&memory)).collect();
    thread::scope(|scope| {
        for (at, process) in (0..).zip(&processes) {
            for half in 0..2 {
                let mut c = process.connect();
                scope.spawn(move || {
                    for n in 0..EACH {
                        commit(&mut c, |c| sensor(c, (2 * at + half) * EACH + n, 0.5));
                    }
                });
            }
        }
    });
    for process in &processes {
        let mut list = times(&mut process.connect());
        list.sort_unstable();
        assert_eq!(list, (0..8 * EACH).collect::<Vec<_>>());
    }
    assert_eq!(epochs(&mut processes[3].connect()).len(), 1);
}

#[test]
fn who_is_called_off_or_killed_keeps_no_other_process_from_writing() {
    let memory = memory();
    let (a, b) = (Process::open(&memory), Process::open(&memory));
    let mut first = a.connect();
    write(&mut first);
    let end = Arc::new(AtomicBool::new(false));
    let ended: Vec<Code> = thread::scope(|scope| {
        let (mut off, asks, mut dies) = (b.connect(), b.connect(), b.connect());
        off.end_with(Arc::clone(&end));
        let begin = |c: &mut Connection| c.begin(TransactionKind::ReadWrite, Priority(0)).unwrap_err().code;
        let called_off = scope.spawn(move || begin(&mut off));
        let interrupted = scope.spawn(move || {
            let asking = Asking { due: &|| Duration::ZERO, ask: &|| true };
            asks.database().clone().writers_place(Priority(0), asking).unwrap_err().code
        });
        let killed = scope.spawn(move || begin(&mut dies));
        let interrupted = interrupted.join().unwrap();
        until("both wait", || b.0.stat().unwrap().writers_waiting == 2);
        b.0.call_off(&end);
        let called_off = called_off.join().unwrap();
        b.0.shut(true).unwrap();
        vec![called_off, interrupted, killed.join().unwrap()]
    });
    assert_eq!(ended, [Code::E_IOT_STOPPED, Code::E_INTERRUPTED, Code::E_INVALID_HANDLE]);
    sensor(&mut first, 1, 0.5);
    first.commit().unwrap();
    commit(&mut first, |c| sensor(c, 2, 0.5));
    let c = Process::open(&memory);
    commit(&mut c.connect(), |c| sensor(c, 3, 0.5));
    assert_eq!(times(&mut first), [1, 2, 3]);
}

#[test]
fn nobody_slips_in_front_of_a_process_that_waits() {
    let memory = memory();
    let process = Process::open(&memory);
    let mut c = process.connect();
    commit(&mut c, |c| sensor(c, 1, 0.5));
    let gate = std::fs::File::open(process.file("gate")).unwrap();
    gate.lock().unwrap();
    let asking = Asking { due: &|| Duration::ZERO, ask: &|| true };
    let refused = process.0.writers_place(Priority(0), asking).unwrap_err().code;
    assert_eq!(refused, Code::E_INTERRUPTED, "nobody writes, but one stands in the gate");
    gate.unlock().unwrap();
    commit(&mut c, |c| sensor(c, 2, 0.5));
}

#[test]
fn who_asks_again_stays_where_it_waits() {
    let memory = memory();
    let process = Process::open(&memory);
    let [gate, writer] = ["gate", "writer"].map(|name| std::fs::File::open(process.file(name)).unwrap());
    writer.lock().unwrap();
    let asking = Asking { due: &|| Duration::ZERO, ask: &|| true };
    let ask = || process.0.writers_place(Priority(0), asking).unwrap_err().code;
    assert_eq!(ask(), Code::E_INTERRUPTED);
    until("it stands in the gate", || gate.try_lock().map(|()| gate.unlock()).is_err());
    assert_eq!(ask(), Code::E_INTERRUPTED);
    assert!(gate.try_lock().is_err(), "it has left the gate");
    writer.unlock().unwrap();
    commit(&mut process.connect(), |c| sensor(c, 1, 0.5));
}

#[test]
fn a_turn_that_comes_when_its_thread_has_been_called_off_goes_on_to_others() {
    let memory = memory();
    let process = Process::open(&memory);
    let writer = std::fs::File::open(process.file("writer")).unwrap();
    writer.lock().unwrap();
    let end = AtomicBool::new(false);
    // Asked in the queue, before it waits: the turn can come only then.
    let due = || {
        end.store(true, Ordering::Release);
        writer.unlock().unwrap();
        Duration::from_secs(60)
    };
    let refused = WriterQueue::enter_unless(&process.0, Priority(0), Some(&end), Some(Asking { due: &due, ask: &|| false }));
    assert_eq!(refused.unwrap_err().code, Code::E_IOT_STOPPED);
    until("it is given on", || writer.try_lock().is_ok());
}

#[test]
fn a_reader_becomes_a_writer_only_if_no_process_has_written_since() {
    let memory = memory();
    let (a, b) = (Process::open(&memory), Process::open(&memory));
    let (mut a, mut b) = (a.connect(), b.connect());
    read(&mut a);
    commit(&mut b, |c| sensor(c, 1, 0.5));
    assert!(rows(&mut a, SENSOR).is_empty(), "its snapshot");
    assert_eq!(a.upgrade().unwrap_err().code, Code::E_UPGRADE_FAILED);
    a.rollback().unwrap();
    read(&mut a);
    a.upgrade().unwrap();
    sensor(&mut a, 2, 0.5);
    a.commit().unwrap();
    commit(&mut b, |c| sensor(c, 3, 0.5));
    assert_eq!((times(&mut b), epochs(&mut b)[0].last.0), (vec![1, 2, 3], 3));
}

#[test]
fn it_lives_until_the_last_process_has_closed_it() {
    let memory = memory();
    let (a, b) = (Process::open(&memory), Process::open(&memory));
    commit(&mut a.connect(), |c| sensor(c, 1, 0.5));
    let directory = a.file("lock").parent().unwrap().to_owned();
    drop(a);
    assert_eq!(times(&mut b.connect()), [1]);
    let a = Process::open(&memory);
    drop(b);
    assert_eq!(times(&mut a.connect()), [1]);
    let id = a.0.node().unwrap().db;
    drop(a);
    assert!(!directory.exists());
    let a = Process::open(&memory);
    assert!(times(&mut a.connect()).is_empty());
    assert_ne!(a.0.node().unwrap().db, id, "another database");
}

#[test]
fn others_must_want_the_same_database() {
    let memory = memory();
    let a = Process::open(&memory);
    commit(&mut a.connect(), |c| sensor(c, 1, 0.5));
    let refused = |schema: &Schema, options: OpenOptions| Process::try_open(schema, options).map(|_| ()).unwrap_err().code;
    let other = device(1000).class("More", Travel::Local, &[("n", FieldType::Unsigned(4))]);
    assert_eq!(refused(&other, options(&memory, 0)), Code::E_SCHEMA_CHANGED);
    let agent = OpenOptions { agent: Some(AgentId(1001)), ..options(&memory, 0) };
    assert_eq!(refused(&device(1000), agent), Code::E_IOT_WRONG_AGENT_ID);
    for name in [String::new(), "x".repeat(64)] {
        assert_eq!(refused(&device(1000), options(&name, 0)), Code::E_ILLEGAL_PARAM);
    }
    let b = Process::try_open(&device(1000), OpenOptions { agent: Some(AgentId(1000)), ..options(&memory, 0) }).unwrap();
    assert_eq!(times(&mut b.connect()), [1], "who was refused has done no harm");
    drop(a);
    assert_eq!(times(&mut b.connect()), [1]);
}

#[test]
fn who_may_only_read_sees_what_the_others_write() {
    let memory = memory();
    let schema = device(1000).class("Passing", Travel::Local, &[("n", FieldType::Unsigned(4))]).transient();
    let only_reads = || OpenOptions { read_only: true, ..options(&memory, 0) };
    let a = Process::try_open(&schema, only_reads()).unwrap();
    let mut reads = a.connect();
    let b = Process::of(&schema, &memory, 0);
    commit(&mut b.connect(), |c| put(c, 4, &[Value::UInt(7)]));
    assert_eq!(all(&mut reads, 4), [[Value::UInt(7)]]);
    assert_eq!(reads.begin(TransactionKind::ReadWrite, Priority(0)).unwrap_err().code, Code::E_ACCESS);
    drop(a);
    let late = Process::try_open(&schema, only_reads()).unwrap();
    assert_eq!(all(&mut late.connect(), 4), [[Value::UInt(7)]]);
}

#[test]
fn one_process_has_it_under_one_name() {
    let (memory, schema) = (memory(), device(1000));
    let a = Opened(schema.open(options(&memory, 0)).unwrap());
    let error = schema.open(options(&memory, 0)).unwrap_err();
    assert_eq!(error.code, Code::E_INSTANCE_DUPLICATE);
    assert!(error.text.contains(a.name()), "{error}");
    drop(a);
    Opened(schema.open(options(&memory, 0)).unwrap());
}

#[test]
fn the_limit_is_that_of_the_first_one_and_holds_for_all() {
    let memory = memory();
    let schema = device(1000);
    let a = Process::of(&schema, &memory, 1 << 20);
    let b = Process::of(&schema, &memory, 1 << 30);
    assert_eq!((b.0.space().unwrap().0, b.0.stat().unwrap().limit_bytes), (1 << 20, 1 << 20));
    assert_eq!(b.0.extend(1 << 20).unwrap_err().code, Code::E_UNSUPPORTED);
    let (mut a, mut b) = (a.connect(), b.connect());
    let fill = |c: &mut Connection, from: u64| {
        (from..).find_map(|ts| {
            write(c);
            for n in 0..10 {
                if c.new_object(SENSOR).and_then(|row| c.set_value(row, 0, Value::UInt(10 * ts + n))).is_err() {
                    break;
                }
            }
            c.commit().err().map(|error| (ts, error.code))
        })
    };
    let (ts, code) = fill(&mut a, 0).unwrap();
    assert_eq!(code, Code::E_NOMEM);
    let (full, code) = fill(&mut b, ts).unwrap();
    assert_eq!((full - ts < 20, code), (true, Code::E_NOMEM), "{ts} and {full}");
    commit(&mut b, |c| {
        let keys = |ts: u64| [Value::UInt(ts), Value::UInt(0)];
        (0..10 * ts).for_each(|ts| drop(c.find(0, &keys(ts)).map(|row| c.delete(row))));
    });
    let (again, code) = fill(&mut a, full + 1).unwrap();
    assert_eq!((again - full > ts / 4, code), (true, Code::E_NOMEM), "{again} of {ts}");
}

#[test]
fn what_another_process_changes_travels_from_wherever_a_reader_stands() {
    let memory = memory();
    let (a, b) = (Process::open(&memory), Process::open(&memory));
    let above = server().memory();
    let mut writes = b.connect();
    let mut pair = Pair::new(a.connect(), above.connect().unwrap());
    for ts in 1..=3 {
        commit(&mut writes, |c| sensor(c, ts, 1.0));
    }
    // On its way, not acknowledged.
    let one = |pair: &mut Pair| pair.push(1, false).unwrap().mark.ts.0;
    let start = one(&mut pair);
    for value in [2.0, 3.0] {
        commit(&mut writes, |c| {
            let row = c.find(0, &[Value::UInt(1), Value::UInt(1)]).unwrap();
            c.set_value(row, 2, Value::Real(value)).unwrap();
        });
    }
    // The process that writes knows nothing of what has gone, and keeps the change that a reader may meet next.
    assert_eq!([one(&mut pair), one(&mut pair), one(&mut pair)], [start + 1, start + 2, start + 3]);
    let there = all(&mut pair.server, SENSOR);
    assert_eq!(there.iter().find(|row| row[0] == Value::UInt(1)).unwrap()[2], Value::Real(3.0));
}

#[test]
fn one_process_replicates() {
    let memory = memory();
    let schema = router(2000);
    let (a, b) = (Process::of(&schema, &memory, 0), Process::of(&schema, &memory, 0));
    a.0.begin_replication().unwrap();
    assert_eq!(b.0.begin_replication().unwrap_err().code, Code::E_INSTANCE_DUPLICATE);
    a.0.set_level(Level(77)).unwrap();
    a.0.end_replication();
    b.0.begin_replication().unwrap();
    assert_eq!(b.0.node().unwrap().level, Level(77), "set by the one before");
    assert_eq!(a.0.begin_replication().unwrap_err().code, Code::E_INSTANCE_DUPLICATE);
    let only_reads = Process::try_open(&schema, OpenOptions { read_only: true, ..options(&memory, 0) }).unwrap();
    assert_eq!(only_reads.0.set_level(Level(78)).unwrap_err().code, Code::E_ACCESS);
    drop(b);
    a.0.begin_replication().unwrap();
    assert_eq!(a.0.node().unwrap().level, Level(77));
}

#[test]
fn who_listens_hears_of_commits_of_other_processes() {
    let memory = memory();
    let (a, b) = (Process::open(&memory), Process::open(&memory));
    let told = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&told);
    a.0.on_commit(Some(Arc::new(move || {
        count.fetch_add(1, Ordering::SeqCst);
    })));
    let (mut first, mut second) = (a.connect(), b.connect());
    let none = a.0.foreign().unwrap();
    for ts in 0..50 {
        commit(&mut first, |c| sensor(c, ts, 0.5));
    }
    assert_eq!(a.0.foreign().unwrap(), none, "what is told by whoever commits is not told again");
    commit(&mut second, |c| sensor(c, 100, 0.5));
    assert_eq!(a.0.foreign().unwrap(), none + 1);
    until("it is told", || told.load(Ordering::SeqCst) == 51);
    // Its own commits of classes that do not travel are of no interest.
    commit(&mut first, |c| put(c, NOTE, &[Value::from(b"x".as_slice())]));
    commit(&mut second, |c| sensor(c, 101, 0.5));
    until("it is told again", || told.load(Ordering::SeqCst) == 52);
    a.0.on_commit(None);
    commit(&mut second, |c| sensor(c, 102, 0.5));
    assert_eq!(told.load(Ordering::SeqCst), 52);
}

#[test]
fn events_and_connections_are_those_of_a_process() {
    let memory = memory();
    let schema = device(1000).event(SENSOR, EventKind::New);
    let (a, b) = (Process::of(&schema, &memory, 0), Process::of(&schema, &memory, 0));
    let ended = AtomicBool::new(false);
    let (mut first, mut second) = (a.connect(), b.connect());
    let count = AtomicU32::new(0);
    thread::scope(|scope| {
        let waits = scope.spawn(|| {
            let left = || Some(if count.fetch_add(1, Ordering::SeqCst) == 0 { Duration::from_secs(60) } else { Duration::ZERO });
            a.0.wait_event(1, &ended, &left, None)
        });
        until("it waits", || count.load(Ordering::SeqCst) == 1);
        commit(&mut second, |c| sensor(c, 1, 0.5));
        // Looks, and has not heard of it.
        a.0.wake();
        assert_eq!(waits.join().unwrap().unwrap_err().code, Code::E_IOT_TIMEOUT);
    });
    commit(&mut first, |c| sensor(c, 2, 0.5));
    assert_eq!((a.0.connections().1, b.0.connections().1), (1, 1));
}
