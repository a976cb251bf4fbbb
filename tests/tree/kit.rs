//! A tree of processes: each node is the program `node.c`, with its files in a directory of its own; who listens is reached through a
//! proxy, so that its address stays the same when it is started again.

use crate::c;
use crate::proxy::Proxy;
use mcoiot::base::Code;
use mcoiot::schema::{EmitOptions, Files, Options, Unreadable, compile, emit_c};
use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub const SERVER: u64 = 1;
pub const PUSH: u32 = 0x01;
pub const PULL: u32 = 0x02;
pub const NONBLOCK: u32 = 0x04;
pub const WAIT: u32 = 0x08;
pub const DEEP_ACK: u32 = 0x10;
pub const ALL_DOWN: u64 = 0xFFFF_FFFF_FFFF_FFF3;

/// Nothing takes longer; over it something hangs.
const LIMIT: Duration = Duration::from_secs(60);

/// A program that runs and does what it is told.
struct Process {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    port: u16,
}

/// Answer to a command.
#[derive(Debug)]
pub struct Answer {
    pub code: i32,
    pub rows: Vec<Vec<u64>>,
}

/// A node of the tree: who it is, how it is reached and whom it connects to.
pub struct Node {
    pub agent: u64,
    seat: Seat,
    process: Process,
    pub proxy: Proxy,
    above: BTreeSet<u16>,
}

/// How a node is started.
struct Seat {
    name: String,
    program: PathBuf,
    dir: PathBuf,
    arguments: [String; 5],
}

/// The built program and the files of all nodes.
pub struct Yard {
    dir: TempDir,
    program: PathBuf,
    times: Times,
    trees: u32,
}

/// Longest silence of a peer and longest wait of a sync, in ms.
#[derive(Clone, Copy)]
pub struct Times {
    pub silence: u32,
    pub wait: u32,
}

impl Yard {
    /// Builds the program. Nodes that are made afterwards have these times.
    pub fn new(times: Times) -> Yard {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let program = build(dir.path());
        Yard { dir, program, times, trees: 0 }
    }

    /// Nodes made from now on are those of another tree: their agent ids are free again.
    pub fn next_tree(&mut self) {
        self.trees += 1;
    }

    pub fn server(&self) -> Node {
        self.node("server", SERVER, 1)
    }

    pub fn router(&self, agent: u64, level: u16) -> Node {
        self.node("router", agent, level)
    }

    pub fn device(&self, agent: u64) -> Node {
        self.node("device", agent, 0)
    }

    fn node(&self, role: &str, agent: u64, level: u16) -> Node {
        let dir = self.dir.path().join(format!("{}-{agent}", self.trees));
        fs::create_dir_all(&dir).expect("a directory for the node");
        let Times { silence, wait } = self.times;
        let arguments = [role.to_owned(), agent.to_string(), level.to_string(), silence.to_string(), wait.to_string()];
        let seat = Seat { name: format!("{role} {agent}"), program: self.program.clone(), dir, arguments };
        let process = seat.start();
        let proxy = Proxy::new(process.port);
        Node { agent, seat, process, proxy, above: BTreeSet::new() }
    }
}

impl Node {
    /// Connects to the node behind this proxy, and again whenever it is started.
    pub fn connect(&mut self, above: u16) {
        self.above.insert(above);
        assert_eq!(self.ask(&format!("connect 127.0.0.1:{above}")).code, 0);
    }

    /// Ends the connector.
    pub fn leave(&mut self, above: u16) {
        self.above.remove(&above);
        assert_eq!(self.ask(&format!("leave 127.0.0.1:{above}")).code, 0);
    }

    /// Waits for the answer to a command.
    pub fn ask(&mut self, command: &str) -> Answer {
        self.process.say(command);
        let (until, mut rows) = (Instant::now() + LIMIT, vec![]);
        loop {
            let line = match self.process.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) => line,
                Err(error) => panic!("{}: no answer to '{command}': {error}", self.seat.name),
            };
            if let Some(code) = line.strip_prefix("= ") {
                return Answer { code: code.parse().expect("a code"), rows };
            }
            rows.push(line.split(' ').skip(1).map(|word| word.parse().expect("a number")).collect());
        }
    }

    /// Calls sync; fails when its code is none that a user has to expect.
    pub fn sync(&mut self, target: u64, flags: u32) -> i32 {
        let code = self.ask(&format!("sync {target} {flags}")).code;
        assert!(expected(code), "{}: sync {target} with {flags:#x} gave {code}", self.seat.name);
        code
    }

    /// As `ask`, while everything around it may fail; a sync still gives only what is documented.
    pub fn ask_in_bad_times(&mut self, command: &str) {
        let code = self.ask(command).code;
        assert!(expected(code) || !command.starts_with("sync"), "{}: '{command}' gave {code}", self.seat.name);
    }

    /// Calls sync until it succeeds.
    pub fn sync_until_done(&mut self, target: u64, flags: u32) {
        until("the sync succeeds", || done(self.sync(target, flags)));
    }

    pub fn rows(&mut self, what: &str) -> Vec<Vec<u64>> {
        let answer = self.ask(what);
        assert_eq!(answer.code, 0, "{what}");
        answer.rows
    }

    /// Readings, settings, rows that were set aside.
    pub fn counts(&mut self) -> [u64; 3] {
        self.rows("counts").concat().try_into().expect("three numbers")
    }

    /// Says all commands at once and, after this time at the latest, kills the process where it is.
    pub fn die_within(&mut self, time: Duration, commands: &[String]) {
        for command in commands {
            self.process.say(command);
        }
        let (until, mut answers) = (Instant::now() + time, 0);
        while answers < commands.len() {
            match self.process.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) => answers += usize::from(line.starts_with("= ")),
                Err(RecvTimeoutError::Timeout) => break,
                Err(error) => panic!("{} ended by itself: {error}", self.seat.name),
            }
        }
        self.kill();
    }

    /// SIGKILL, as a power cut would.
    pub fn kill(&mut self) {
        self.process.end();
        self.proxy.cut();
    }

    /// Its disk is lost while it is dead.
    pub fn lose_files(&self) {
        fs::remove_dir_all(&self.seat.dir).expect("its directory");
        fs::create_dir_all(&self.seat.dir).expect("an empty directory");
    }

    /// Starts it again, on its files.
    pub fn start(&mut self) {
        self.process = self.seat.start();
        self.proxy.aim(self.process.port);
        for above in self.above.clone() {
            self.connect(above);
        }
    }

    /// SIGSTOP: its connections stay, nobody answers. It can be killed afterwards.
    pub fn stop(&self) {
        let sent = Command::new("kill").args(["-STOP", &self.process.child.id().to_string()]).status().expect("kill is there");
        assert!(sent.success());
    }

    /// Ends it as a program should end.
    pub fn finish(mut self) {
        drop(self.process.input.take());
        let ended = self.process.lines.recv_timeout(LIMIT);
        assert_eq!(ended, Err(RecvTimeoutError::Disconnected), "{} does not end", self.seat.name);
        let status = self.process.child.wait().expect("it can be waited for");
        assert!(status.success(), "{}: {status}", self.seat.name);
    }
}

impl Seat {
    fn start(&self) -> Process {
        let mut command = Command::new(&self.program);
        command.current_dir(&self.dir).args(&self.arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the program can be started");
        let (input, output) = (child.stdin.take(), child.stdout.take().expect("piped"));
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let first = lines.recv_timeout(LIMIT).unwrap_or_else(|error| panic!("{} does not start: {error}", self.name));
        let port = first.strip_prefix("port ").and_then(|port| port.parse().ok()).expect("a port");
        Process { child, input, lines, port }
    }
}

impl Process {
    fn say(&mut self, command: &str) {
        // One that has ended is noticed when its answer is missing.
        let _ = self.input.as_mut().map(|input| writeln!(input, "{command}"));
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// Codes of a sync that the documentation names for a network that fails.
fn expected(code: i32) -> bool {
    const LOST: std::ops::RangeInclusive<i32> = 300..=332; // network codes
    let named = [Code::E_IOT_AGENT_NOT_FOUND, Code::E_IOT_TIMEOUT, Code::E_WRITE_STREAM].map(|code| code.0);
    done(code) || named.contains(&code) || LOST.contains(&code)
}

/// The sync did what it was asked for.
pub fn done(code: i32) -> bool {
    [Code::S_OK, Code::S_IOT_NO_NEW_DATA].map(|code| code.0).contains(&code)
}

/// Waits for a condition.
pub fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let end = Instant::now() + LIMIT;
    while !condition() {
        assert!(Instant::now() < end, "waited in vain until {what}");
        thread::park_timeout(Duration::from_millis(2));
    }
}

/// Fails unless the server has just what the devices ever committed, each row once and in its last state.
pub fn assert_readings(server: &mut Node, devices: &mut [Node]) {
    let mut wanted = vec![];
    for device in devices {
        wanted.extend(device.rows("ledger").into_iter().map(|row| [vec![device.agent], row].concat()));
    }
    wanted.sort();
    let found = server.rows("readings");
    let different = found.iter().zip(&wanted).position(|(a, b)| a != b);
    let near = different.map(|at| (&found[at], &wanted[at]));
    assert!(found == wanted, "{} readings instead of {}; first difference {near:?}", found.len(), wanted.len());
}

/// Fails unless a device has just the settings of the server that are for it.
pub fn assert_settings(server: &mut Node, device: &mut Node) {
    let all = server.rows("configs").into_iter();
    let wanted: Vec<_> = all.filter(|row| row[0] == 0 || row[0] == device.agent).map(|row| row[1..].to_vec()).collect();
    assert_eq!(device.rows("received"), wanted, "settings of {}", device.agent);
    assert_eq!(device.counts()[2], 0, "rows set aside by {}", device.agent);
}

/// Builds the program for all roles.
fn build(dir: &Path) -> PathBuf {
    let mut sources = ["tests/tree/node.c", "c-examples/common.c"].map(|path| c::root().join(path)).to_vec();
    for role in ["server", "router", "device"] {
        let compiled = compile(&format!("tests/tree/{role}.mco"), &Project, &Options::default())
            .unwrap_or_else(|messages| panic!("{messages}"));
        let (header, source) = emit_c(&compiled.dictionary, &EmitOptions { prefix: true, ..EmitOptions::default() });
        let path = |extension| dir.join(format!("tree{role}.{extension}"));
        fs::write(path("h"), header).expect("the directory can be written");
        fs::write(path("c"), source).expect("the directory can be written");
        sources.push(path("c"));
    }
    c::build(dir, &sources, "c99")
}

/// Files of the project.
struct Project;

impl Files for Project {
    fn read(&self, path: &str) -> Result<Vec<u8>, Unreadable> {
        fs::read(c::root().join(path)).map_err(|error| Unreadable { missing: true, reason: error.to_string() })
    }
}
