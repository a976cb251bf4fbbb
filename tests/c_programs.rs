//! The C programs of `tests/c`, one test each: `api_` one function after the other, `int_` whole tasks, `leak_` under valgrind.
//! Each is compiled against `include/` and the library of this build, and sees nothing else. `MCOIOT_VALGRIND=1` puts all of
//! them under valgrind.

mod c;

use mcoiot::schema::{EmitOptions, Files, Options, Unreadable, compile, emit_c};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

/// How a program is built and run.
struct Program {
    /// File in `tests/c`, without `.c`.
    name: &'static str,
    /// Schemas that it is linked with.
    schemas: &'static [Schema],
    /// Language standard.
    standard: &'static str,
}

/// A schema in a file of the project; with or without the database's name before all generated names.
struct Schema(&'static str, bool);

const KINDS: Schema = Schema("tests/c/kinds.mco", false);
const EVENTS: Schema = Schema("tests/c/events.mco", false);
// Both have classes of the same names; one program sees them by their long names.
const DEVICE: Schema = Schema("c-examples/minimal/device.mco", true);
const SERVER: Schema = Schema("c-examples/minimal/server.mco", true);
const BLOBS: Schema = Schema("tests/c/blobs.mco", false);
const LISTS: Schema = Schema("tests/c/lists.mco", false);
const NULLABLE: Schema = Schema("tests/c/nulls.mco", false);
const LISTENING: Schema = Schema("tests/c/listening.mco", true);
const OIDS: Schema = Schema("tests/c/oids.mco", false);
const STRUCTS: Schema = Schema("tests/c/structs.mco", false);
const NARROW: Schema = Schema("tests/c/narrow.mco", true);

/// Programs of two processes that work together, with their schema: no tests of their own.
const PAIR: [(&str, Schema); 2] = [
    ("pair_server", Schema("c-examples/minimal/server.mco", false)),
    ("pair_device", Schema("c-examples/minimal/device.mco", false)),
];

macro_rules! programs {
    ($($name:ident ($standard:literal): $($schema:expr),*;)*) => {
        const PROGRAMS: &[Program] =
            &[$(Program { name: stringify!($name), schemas: &[$($schema),*], standard: $standard }),*];
        $(
            #[test]
            fn $name() {
                run(stringify!($name));
            }
        )*
    };
}

programs! {
    api_blob ("c99"): BLOBS;
    api_codes ("c99"): ;
    api_copy ("c99"): KINDS;
    api_disk ("c99"): KINDS;
    api_dyn ("c99"): KINDS;
    api_dyn_index ("c99"): ;
    api_dyn_list ("c99"): ;
    api_dyn_many ("c99"): ;
    api_dyn_nested ("c99"): ;
    api_dyn_values ("c99"): ;
    api_event ("c99"): EVENTS;
    api_event_wait ("c99"): EVENTS;
    api_fatal ("c99"): KINDS;
    api_index ("c99"): KINDS;
    api_kill ("c99"): KINDS;
    api_lists ("c99"): LISTS;
    api_names ("c99"): ;
    api_names_iot ("c99"): ;
    api_net ("c99"): ;
    api_null ("c99"): KINDS;
    api_nullable ("c99"): NULLABLE;
    api_object ("c99"): KINDS;
    api_oid ("c99"): OIDS;
    api_open ("c99"): KINDS, DEVICE, SERVER;
    api_runtime ("c99"): KINDS;
    api_struct ("c99"): STRUCTS;
    api_transaction ("c99"): KINDS;
    api_voluntary ("c99"): EVENTS;
    int_acceptance ("c99"): DEVICE, SERVER;
    int_auto ("c99"): DEVICE, SERVER;
    int_callbacks ("c99"): DEVICE, SERVER, NARROW;
    int_codes ("c99"): DEVICE, SERVER, KINDS;
    int_compression ("c99"): DEVICE, SERVER;
    int_connector ("c99"): DEVICE, SERVER;
    int_event ("c99"): LISTENING, SERVER;
    int_interrupt ("c99"): DEVICE, SERVER;
    int_interrupt_stop ("c99"): DEVICE, SERVER;
    int_limits ("c99"): DEVICE, SERVER;
    int_local ("c99"): DEVICE, SERVER;
    int_memory ("c99"): DEVICE, SERVER;
    int_quarantine ("c99"): DEVICE, SERVER, NARROW;
    int_refusals ("c99"): DEVICE, SERVER, KINDS;
    int_status ("c99"): DEVICE, SERVER;
    int_threads ("c99"): DEVICE, SERVER;
    int_tls ("c99"): DEVICE, SERVER;
    leak_core ("c99"): KINDS;
    leak_pump ("c99"): DEVICE, SERVER;
    leak_shutdown ("c99"): DEVICE, SERVER;
}

#[test]
fn every_program_is_in_the_table() {
    let entries = fs::read_dir(c::root().join("tests/c")).unwrap().map(|entry| entry.unwrap().path());
    let sources = entries.filter(|path| path.extension().is_some_and(|extension| extension == "c"));
    let there: BTreeSet<String> = sources.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    let names = PROGRAMS.iter().map(|program| program.name).chain(PAIR.iter().map(|(name, _)| *name));
    let listed: BTreeSet<String> = names.map(str::to_owned).collect();
    assert_eq!(there, listed);
    for name in listed {
        let known = ["api_", "int_", "leak_", "pair_"].iter().any(|prefix| name.starts_with(prefix));
        assert!(known, "{name}: a name begins with api_, int_, leak_ or pair_");
    }
}

#[test]
fn a_device_and_a_server_in_two_processes() {
    let [server, device] = PAIR.map(|(name, schema)| {
        let dir = c::scratch(name);
        let sources = [c::root().join(format!("tests/c/{name}.c")), c::root().join("c-examples/common.c"), schema.generate(&dir)];
        (name, c::build(&dir, &sources, "c99"))
    });
    let mut server = valgrind(server.0, &server.1).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut port = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut port).unwrap();
    c::check(valgrind(device.0, &device.1).arg(format!("127.0.0.1:{}", port.trim())), device.0);
    drop(server.stdin.take());
    let status = server.wait().unwrap();
    assert!(status.success(), "server: {status}");
}

#[test]
fn programs_compile_as_cxx() {
    if !c::has_cxx() {
        return;
    }
    for name in
        ["api_dyn_index", "api_event", "api_index", "api_names", "api_names_iot", "api_oid", "api_voluntary", "int_acceptance"]
    {
        let program = PROGRAMS.iter().find(|program| program.name == name).unwrap();
        let dir = c::scratch(&format!("{name}-cxx"));
        let cxx = Program { standard: "c++11", ..*program };
        let built = build(&dir, &cxx, &[c::root().join(format!("tests/c/{name}.c"))]);
        c::check(Command::new(built).current_dir(&dir), name);
        let _ = fs::remove_dir_all(dir);
    }
}

#[test]
fn code_of_the_documentation_runs() {
    let text = fs::read_to_string(c::root().join("docs/c-api.md")).unwrap();
    let blocks: Vec<&str> = text.split("```c\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(!blocks.is_empty());
    for (number, block) in blocks.iter().enumerate() {
        let dir = c::scratch(&format!("docs-{number}"));
        let source = dir.join("block.c");
        fs::write(&source, block).unwrap();
        let [_, (_, device)] = PAIR;
        let built = c::build(&dir, &[source, device.generate(&dir)], "c99");
        c::check(&mut Command::new(built), &format!("block {number} of docs/c-api.md"));
        let _ = fs::remove_dir_all(dir);
    }
}

/// Builds and runs a program of the table; under valgrind when its name says so and valgrind is there.
fn run(name: &str) {
    let program = PROGRAMS.iter().find(|program| program.name == name).unwrap();
    let dir = c::scratch(name);
    let sources = [c::root().join(format!("tests/c/{name}.c"))];
    let built = build(&dir, program, &sources);
    let watched = name.starts_with("leak_") || env::var_os("MCOIOT_VALGRIND").is_some();
    let mut command = if watched { valgrind(name, &built) } else { Command::new(&built) };
    // Certificates, for who wants them.
    c::check(command.current_dir(&dir).arg(c::root().join("tests/tls")), name);
    let _ = fs::remove_dir_all(dir);
}

fn build(dir: &Path, program: &Program, sources: &[PathBuf]) -> PathBuf {
    let mut sources = sources.to_vec();
    sources.extend(program.schemas.iter().map(|schema| schema.generate(dir)));
    c::build(dir, &sources, program.standard)
}

/// The program under valgrind, or alone where that is missing.
fn valgrind(name: &str, program: &Path) -> Command {
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("skipped: valgrind is not installed, {name} runs without it");
        return Command::new(program);
    }
    let mut command = Command::new("valgrind");
    command.args(["-q", "--error-exitcode=99", "--leak-check=full"]);
    if name == "int_tls" {
        // It does not follow what the assembler of AES sets.
        command.arg("--undef-value-errors=no");
    }
    command.arg(program);
    command
}

impl Schema {
    /// Writes the generated code into `dir`; gives the path of the source.
    fn generate(&self, dir: &Path) -> PathBuf {
        let compiled = compile(self.0, &Project, &Options::default()).unwrap_or_else(|messages| panic!("{messages}"));
        let (header, source) = emit_c(&compiled.dictionary, &EmitOptions { prefix: self.1, ..EmitOptions::default() });
        let path = |extension| dir.join(format!("{}.{extension}", compiled.dictionary.database));
        fs::write(path("h"), header).unwrap();
        fs::write(path("c"), source).unwrap();
        path("c")
    }
}

/// Files of the project.
struct Project;

impl Files for Project {
    fn read(&self, path: &str) -> Result<Vec<u8>, Unreadable> {
        fs::read(c::root().join(path)).map_err(|error| Unreadable { missing: true, reason: error.to_string() })
    }
}
