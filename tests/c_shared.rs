//! Named memory that real processes share, as C programs have it: `tests/c/shared/process.c` does what it is told here. Processes are killed
//! at whatever they do.

mod c;

use mcoiot::base::{Code, Random};
use mcoiot::schema::{EmitOptions, Files, Options, Unreadable, compile, emit_c};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, thread};

/// Rows of a transaction of `write`.
const ROWS: i64 = 10;
const SIZE: i64 = 64 << 20;

/// Files of the project.
struct Project;

impl Files for Project {
    fn read(&self, path: &str) -> Result<Vec<u8>, Unreadable> {
        fs::read(c::root().join(path)).map_err(|error| Unreadable { missing: true, reason: error.to_string() })
    }
}

/// The program of a test, and memory that no other test uses.
struct Stage {
    folder: PathBuf,
    program: PathBuf,
    memory: String,
}

impl Stage {
    fn new(test: &str) -> Stage {
        let folder = c::scratch(&format!("shared-{test}"));
        let mut sources = vec![c::root().join("tests/c/shared/process.c")];
        for (schema, prefix) in
            [("c-examples/minimal/device.mco", true), ("c-examples/minimal/server.mco", true), ("tests/c/events.mco", false)]
        {
            let compiled = compile(schema, &Project, &Options::default()).unwrap_or_else(|messages| panic!("{messages}"));
            let (header, source) = emit_c(&compiled.dictionary, &EmitOptions { prefix, ..EmitOptions::default() });
            let path = |extension| folder.join(format!("{}.{extension}", compiled.dictionary.database));
            fs::write(path("h"), header).unwrap();
            fs::write(path("c"), source).unwrap();
            sources.push(path("c"));
        }
        let program = c::build(&folder, &sources, "c99");
        Stage { folder, program, memory: format!("test-{}-{test}", std::process::id()) }
    }

    fn process(&self) -> Process {
        let mut child = Command::new(&self.program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (words, answers) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        Process { child, words, answers }
    }

    /// That has the memory open.
    fn open(&self) -> Process {
        let mut process = self.process();
        process.ok("open", &self.memory, SIZE, 0);
        process
    }

    /// Where processes meet that share the memory.
    fn meeting(&self) -> PathBuf {
        let hex: String = self.memory.bytes().map(|byte| format!("{byte:02x}")).collect();
        PathBuf::from(format!("/dev/shm/mcoiot-{}/named-{hex}", fs::metadata("/proc/self").unwrap().uid()))
    }

    /// Whether somebody waits for the one who writes.
    fn has_waiting(&self) -> bool {
        File::open(self.meeting().join("gate")).unwrap().try_lock().is_err()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn until(what: &str, is: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !is() {
        assert!(Instant::now() < end, "{what} never");
        thread::yield_now();
    }
}

struct Process {
    child: Child,
    /// `None`: it has been told everything.
    words: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Process {
    fn tell(&mut self, word: &str, name: &str, a: i64, b: i64) {
        writeln!(self.words.as_ref().unwrap(), "{word} {name} {a} {b}").unwrap();
    }

    /// A code and a number; `None` from a process that has died.
    fn hear(&mut self) -> Option<(Code, i64)> {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        let (code, number) = line.trim_end().split_once(' ')?;
        Some((Code(code.parse().unwrap()), number.parse().unwrap()))
    }

    fn ask(&mut self, word: &str, name: &str, a: i64, b: i64) -> (Code, i64) {
        self.tell(word, name, a, b);
        self.hear().unwrap_or_else(|| panic!("no answer to {word}"))
    }

    /// The number that goes with success.
    fn ok(&mut self, word: &str, name: &str, a: i64, b: i64) -> i64 {
        let (code, number) = self.ask(word, name, a, b);
        assert_eq!(code, Code::S_OK, "{word} {name} {a} {b}");
        number
    }

    /// So many transactions of a writer.
    fn write(&mut self, writer: i64, transactions: i64) {
        self.tell("write", "-", writer, transactions);
        for n in 1..=transactions {
            assert_eq!(self.hear(), Some((Code::S_OK, n)));
        }
    }

    fn count(&mut self, writer: i64) -> i64 {
        self.ok("count", "-", writer, 0)
    }

    fn rows(&mut self) -> i64 {
        self.ok("rows", "-", 0, 0)
    }

    /// It is gone on return.
    fn kill(self) {}

    /// Ends it as a program ends itself.
    fn end(mut self) {
        self.ok("close", "-", 0, 0);
        self.words = None;
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn processes_write_and_read_at_once_and_every_row_is_there() {
    const EACH: i64 = 60;
    let stage = Stage::new("at-once");
    let mut processes: Vec<Process> = (0..4).map(|_| stage.open()).collect();
    thread::scope(|scope| {
        for (writer, process) in (0..).zip(&mut processes) {
            scope.spawn(move || {
                process.write(writer, EACH / 2);
                assert!((0..4).all(|other| process.count(other) % ROWS == 0), "part of a transaction");
                process.write(4 + writer, EACH / 2);
            });
        }
    });
    for process in &mut processes {
        assert_eq!(process.rows(), 4 * EACH * ROWS);
        assert!((0..8).all(|writer| process.count(writer) == EACH / 2 * ROWS));
    }
    processes.into_iter().for_each(Process::end);
    assert!(!stage.meeting().exists());
}

#[test]
fn a_writer_that_is_killed_is_rolled_back_and_the_others_go_on() {
    let stage = Stage::new("writer");
    let (mut dies, mut waits, mut lives) = (stage.open(), stage.open(), stage.open());
    lives.write(1, 1);
    dies.ok("begin", "-", 0, 0);
    // More than the store keeps in memory before it writes to the log.
    dies.ok("put", "-", 2, 150_000);
    assert_eq!(lives.rows(), ROWS, "readers wait for nobody");
    waits.tell("write", "-", 3, 1);
    until("the second one waits for its turn", || stage.has_waiting());
    // Killed while it waits: its place in front of the others is free again.
    waits.kill();
    until("it is gone", || !stage.has_waiting());
    lives.tell("write", "-", 4, 1);
    until("the third one waits for its turn", || stage.has_waiting());
    dies.kill();
    assert_eq!(lives.hear(), Some((Code::S_OK, 1)));
    assert_eq!((lives.rows(), lives.count(1), lives.count(4)), (2 * ROWS, ROWS, ROWS));
    let mut comes = stage.open();
    comes.write(5, 1);
    assert_eq!((comes.rows(), lives.rows()), (3 * ROWS, 3 * ROWS));
    comes.end();
    lives.end();
}

#[test]
fn killed_at_any_moment_a_process_leaves_whole_transactions() {
    let seed = env::var("MCO_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or_else(|| Random::from_system().any());
    println!("MCO_SEED={seed}");
    let mut random = Random::seeded(seed);
    let stage = Stage::new("any-moment");
    let mut lives = stage.open();
    for round in 0..8_i64 {
        let (killed, other) = (2 * round, 2 * round + 1);
        let until = 1 + random.below(40);
        let mut dies = stage.open();
        let told = thread::scope(|scope| {
            scope.spawn(|| lives.write(other, 20));
            dies.tell("write", "-", killed, 1_000_000);
            let told = (1..=until).map_while(|_| dies.hear()).last();
            dies.kill();
            told
        });
        let Some((Code::S_OK, told)) = told else { panic!("{told:?}") };
        let there = lives.count(killed);
        assert!(there % ROWS == 0 && there >= told * ROWS, "{there} rows, told of {told} transactions");
        assert_eq!(lives.count(other), 20 * ROWS);
    }
    lives.end();
}

#[test]
fn when_the_last_one_is_killed_the_next_one_finds_nothing() {
    let stage = Stage::new("last");
    let (mut first, mut second) = (stage.open(), stage.open());
    first.write(1, 1);
    first.kill();
    assert_eq!(second.rows(), ROWS);
    second.ok("begin", "-", 0, 0);
    second.ok("put", "-", 2, 10);
    second.kill();
    assert!(stage.meeting().exists(), "nobody has cleaned up");
    let mut next = stage.open();
    assert_eq!(next.rows(), 0);
    next.write(1, 1);
    assert_eq!(next.rows(), ROWS);
    next.end();
}

#[test]
fn a_reader_that_is_killed_leaves_nothing_behind() {
    let stage = Stage::new("reader");
    let (mut dies, mut lives) = (stage.open(), stage.open());
    lives.write(1, 1);
    dies.ok("read", "-", 0, 0);
    lives.write(2, 20);
    dies.kill();
    lives.write(3, 20);
    assert_eq!(lives.rows(), 41 * ROWS);
    lives.end();
}

#[test]
fn another_schema_or_agent_is_refused_and_the_size_is_that_of_the_first() {
    let stage = Stage::new("refused");
    let mut first = stage.process();
    first.ok("open", &stage.memory, 1 << 20, 1000);
    let code = |word: &str, size, agent| stage.process().ask(word, &stage.memory, size, agent).0;
    assert_eq!(code("open_events", SIZE, 0), Code::E_SCHEMA_CHANGED);
    assert_eq!(code("open", SIZE, 1001), Code::E_IOT_WRONG_AGENT_ID);
    let mut second = stage.open();
    let fill = |process: &mut Process, writer| match process.ask("fill", "-", writer, 0) {
        (Code::E_NOMEM, n) => n,
        other => panic!("{other:?}"),
    };
    let n = fill(&mut first, 1);
    assert!(n > 1000, "{n} rows");
    let more = fill(&mut second, 2);
    assert!(more < n / 10, "the limit is that of all: {more} rows besides {n}");
    assert_eq!(first.rows(), n + more, "what did not fit was rolled back");
    second.ok("delete", "-", 0, 0);
    let again = fill(&mut first, 3);
    assert!(again > n / 2, "{again} rows, {n} before");
    first.end();
    second.end();
}

#[test]
fn one_process_replicates_what_all_commit() {
    let stage = Stage::new("replicate");
    let mut server = stage.process();
    let address = format!("127.0.0.1:{}", server.ok("serve", "-", 0, 0));
    let (mut first, mut second) = (stage.open(), stage.open());
    first.write(1, 1);
    first.ok("replicate", &address, 0, 0);
    assert_eq!(second.ask("replicate", &address, 0, 0).0, Code::E_INSTANCE_DUPLICATE);
    // Automatic sync in the first one hears of it.
    second.write(2, 10);
    assert_eq!(server.ok("served", "-", 11 * ROWS, 0), 11 * ROWS);
    second.tell("write", "-", 3, 10);
    first.write(4, 10);
    for n in 1..=10 {
        assert_eq!(second.hear(), Some((Code::S_OK, n)));
    }
    assert_eq!(server.ok("served", "-", 31 * ROWS, 0), 31 * ROWS);
    server.ok("configure", "-", 1, 0);
    first.ok("sync", "-", 0, 0);
    assert_eq!(second.ok("configs", "-", 0, 0), 1, "what comes down is there for all");
    // Another one goes on where a dead one was.
    first.kill();
    second.write(5, 10);
    second.ok("replicate", &address, 0, 0);
    second.ok("sync", "-", 0, 0);
    assert_eq!(server.ok("served", "-", 41 * ROWS, 0), 41 * ROWS);
    second.write(6, 1);
    assert_eq!(server.ok("served", "-", 42 * ROWS, 0), 42 * ROWS);
    second.end();
    server.end();
}

#[test]
fn events_are_those_of_a_process() {
    let stage = Stage::new("events");
    let (mut first, mut second) = (stage.process(), stage.process());
    for process in [&mut first, &mut second] {
        process.ok("open_events", &stage.memory, SIZE, 0);
    }
    first.tell("wait", "-", 0, 0);
    second.ok("enter", "-", 1, 0);
    assert_eq!(first.hear(), Some((Code::S_EVENT_RELEASED, 0)), "not by what another process commits");
    first.ok("enter", "-", 2, 0);
    assert_eq!((first.ok("handled", "-", 0, 0), second.ok("handled", "-", 0, 0)), (1, 1));
    first.end();
    second.end();
}
