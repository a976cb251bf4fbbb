//! The schema compiler's command line: reads files, calls the library, writes files.

use mcoiot::schema::{self, EmitOptions, Files, Options, Unreadable, Warnings};
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::process::ExitCode;

const WRONG_SCHEMA: u8 = 1;
const WRONG_USAGE: u8 = 2;
const WRONG_FILE: u8 = 3;

const HELP: &str = "\
usage: mcocomp [options] file.mco

Writes <database>.h and <database>.c, named after 'declare database', beside file.mco.

  -p path            directory of the output
  -i path            directory for include files, may be repeated
  -persistent        classes are persistent unless they say otherwise
  -transient         classes are transient unless they say otherwise (default)
  -prefix            put <database>_ in front of all generated names
  -sa [typename]     only the dictionary function, no class functions
  -check             compile only, write nothing
  -json              print the schema as JSON, write nothing
  -w                 no warnings
  -Werror            warnings are errors
  -depend file       write a make rule with all files that were read
  -v, -version       version
  -h, -help          this text

Accepted without effect: -o -c -compact -nonatomic -atomic -nosort -si
Exit code: 0 written, 1 errors in the schema, 2 wrong command line, 3 a file cannot be read or written
";

fn main() -> ExitCode {
    let arguments: Vec<String> = match std::env::args_os().skip(1).map(|word| word.into_string()).collect() {
        Ok(arguments) => arguments,
        Err(word) => return usage(&format!("'{}' is not UTF-8", word.to_string_lossy())),
    };
    match Command::parse(&arguments) {
        Ok(Command::Help) => print(HELP),
        Ok(Command::Version) => print(&format!("mcocomp {}\n", env!("CARGO_PKG_VERSION"))),
        Ok(Command::Compile(job)) => job.run(),
        Err(text) => usage(&text),
    }
}

enum Command {
    Help,
    Version,
    Compile(Box<Job>),
}

/// What the command line asks for.
#[derive(Default)]
struct Job {
    input: String,
    output: Option<String>,
    compile: Options,
    emit: EmitOptions,
    check: bool,
    json: bool,
    depend: Option<String>,
}

impl Command {
    fn parse(arguments: &[String]) -> Result<Command, String> {
        let mut job = Box::<Job>::default();
        let mut inputs: Vec<&String> = Vec::new();
        let (mut quiet, mut strict) = (false, false);
        let mut words = arguments.iter().peekable();
        while let Some(word) = words.next() {
            let mut value = |what: &str| words.next().cloned().ok_or_else(|| format!("{word} needs a {what}"));
            match word.as_str() {
                "-h" | "-help" | "--help" => return Ok(Command::Help),
                "-v" | "-version" | "--version" => return Ok(Command::Version),
                "-p" | "-P" => job.output = Some(value("path")?),
                "-i" | "-I" => job.compile.include.push(value("path")?),
                "-depend" => job.depend = Some(value("file")?),
                "-o" | "-O" | "-c" | "-C" | "-compact" | "-nonatomic" | "-atomic" | "-nosort" | "-si" => {}
                "-persistent" => job.compile.persistent = true,
                "-transient" => job.compile.persistent = false,
                "-prefix" => job.emit.prefix = true,
                "-sa" => {
                    job.emit.dictionary_only = true;
                    words.next_if(|word| !word.starts_with('-') && !word.ends_with(".mco"));
                }
                "-check" => job.check = true,
                "-json" => job.json = true,
                "-w" => quiet = true,
                "-Werror" => strict = true,
                "-hpp" | "-c++" | "-C++" | "-cpp" | "-smartptr" | "-cs" | "-java" | "-x" | "-large" => {
                    return Err(format!("option {word} is not supported"));
                }
                path if path.starts_with("-i") || path.starts_with("-I") => {
                    job.compile.include.push(path.chars().skip(2).collect());
                }
                option if option.starts_with('-') => return Err(format!("unknown option {option}")),
                _ => inputs.push(word),
            }
        }
        job.compile.warnings = match (quiet, strict) {
            (true, _) => Warnings::Off,
            (_, true) => Warnings::Errors,
            _ => Warnings::Show,
        };
        match inputs.as_slice() {
            [input] => job.input.clone_from(input),
            [] => return Err("no schema file".to_string()),
            [_, second, ..] => return Err(format!("one schema file at a time; '{second}' is the second")),
        }
        Ok(Command::Compile(job))
    }
}

impl Job {
    fn run(&self) -> ExitCode {
        let compiled = match schema::compile(&self.input, &FileSystem, &self.compile) {
            Ok(compiled) => compiled,
            Err(messages) => {
                eprint!("{messages}");
                return ExitCode::from(if messages.unreadable() { WRONG_FILE } else { WRONG_SCHEMA });
            }
        };
        eprint!("{}", compiled.warnings);
        if self.json {
            return print(&schema::describe(&compiled.dictionary));
        }
        if self.check {
            return print("Compiled successfully\n");
        }
        let database = &compiled.dictionary.database;
        let directory = self.directory();
        let (header, source) = schema::emit_c(&compiled.dictionary, &self.emit);
        let targets = [(format!("{directory}{database}.h"), header), (format!("{directory}{database}.c"), source)];
        let mut outputs: Vec<(String, String)> = targets.to_vec();
        if let Some(depend) = &self.depend {
            let names = targets.iter().map(|(path, _)| escaped(path)).collect::<Vec<_>>().join(" ");
            let files = compiled.files.iter().map(|path| format!(" {}", escaped(path))).collect::<String>();
            outputs.push((depend.clone(), format!("{names}:{files}\n")));
        }
        for (path, text) in &outputs {
            if let Err(error) = write(path, text) {
                eprintln!("mcocomp: error: cannot write '{path}': {}", reason(&error));
                return ExitCode::from(WRONG_FILE);
            }
        }
        let [(header, _), (source, _)] = &targets;
        print(&format!("Compiled successfully: {header} {source}\n"))
    }

    /// Where the output goes, with a slash at the end; empty for the current directory.
    fn directory(&self) -> String {
        let beside = || Path::new(&self.input).parent().map_or(String::new(), |path| path.to_string_lossy().into_owned());
        let directory = self.output.clone().unwrap_or_else(beside);
        if directory.is_empty() || directory.ends_with('/') { directory } else { format!("{directory}/") }
    }
}

struct FileSystem;

impl Files for FileSystem {
    fn read(&self, path: &str) -> Result<Vec<u8>, Unreadable> {
        std::fs::read(path).map_err(|error| Unreadable { missing: error.kind() == ErrorKind::NotFound, reason: reason(&error) })
    }
}

/// Writes a file whole or not at all, and not if it has that content already.
fn write(path: &str, text: &str) -> std::io::Result<()> {
    if std::fs::read(path).is_ok_and(|old| old == text.as_bytes()) {
        return Ok(());
    }
    if std::fs::symlink_metadata(path).is_ok_and(|known| !known.is_file()) {
        // A device or a link is written through, not replaced.
        return std::fs::write(path, text);
    }
    let new = format!("{path}.{}.tmp", std::process::id());
    let written = std::fs::write(&new, text).and_then(|()| std::fs::rename(&new, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&new);
    }
    written
}

/// What the system says, without the number that Rust puts behind it.
fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_string()
}

/// A path in a make rule.
fn escaped(path: &str) -> String {
    path.replace('$', "$$").replace('#', "\\#").replace(' ', "\\ ")
}

fn print(text: &str) -> ExitCode {
    let mut out = std::io::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(WRONG_FILE),
    }
}

fn usage(text: &str) -> ExitCode {
    eprintln!("mcocomp: error: {text}\nmcocomp -help lists the options");
    ExitCode::from(WRONG_USAGE)
}
