//! C programs that are built anew with a changed schema and go on with their files: first a device, later its server.

mod c;

use mcoiot::base::Code;
use mcoiot::schema::{EmitOptions, Files, Options, Unreadable, compile, emit_c};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

/// A schema that exists as text only.
struct Text(String);

impl Files for Text {
    fn read(&self, _: &str) -> Result<Vec<u8>, Unreadable> {
        Ok(self.0.clone().into_bytes())
    }
}

fn schema(node: &str, new: bool) -> Text {
    let (field, class) =
        if new { ("unsigned<2> unit = 7;", "uptable class Alarm { unsigned<4> level; list; };") } else { ("", "") };
    Text(format!(
        "declare database upgraded;\ndeclare auto_oid[100];\n{node}\n{class}\nuptable class Sensor {{ {field} double value; list; }};\n"
    ))
}

/// Builds the program of a node; files are in the folder that it gives.
fn build(name: &str, node: &str, new: bool) -> PathBuf {
    let dir = c::scratch(&format!("upgrade-{name}-{new}"));
    let compiled =
        compile("upgraded.mco", &schema(node, new), &Options::default()).unwrap_or_else(|messages| panic!("{messages}"));
    let (header, source) = emit_c(&compiled.dictionary, &EmitOptions::default());
    fs::write(dir.join("upgraded.h"), header).unwrap();
    fs::write(dir.join("upgraded.c"), source).unwrap();
    fs::write(dir.join("version.h"), format!("#define NEW_SCHEMA {}\n", u8::from(new))).unwrap();
    let own = c::root().join(format!("tests/c/upgrade/{name}.c"));
    c::build(&dir, &[own, c::root().join("c-examples/common.c"), dir.join("upgraded.c")], "c99")
}

/// A server that runs.
struct Server {
    child: Child,
    lines: BufReader<ChildStdout>,
    port: String,
}

impl Server {
    fn start(program: &Path, files: &Path) -> Server {
        let mut child = Command::new(program).current_dir(files).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut port = String::new();
        lines.read_line(&mut port).unwrap();
        Server { child, lines, port: port.trim().into() }
    }

    /// Ends it; gives the numbers of its sensors and alarms.
    fn finish(mut self) -> String {
        drop(self.child.stdin.take());
        let mut rows = String::new();
        self.lines.read_line(&mut rows).unwrap();
        assert!(self.child.wait().unwrap().success());
        rows.trim().into()
    }
}

/// Runs a device whose sync gives `code`; gives the numbers of sensors and alarms that clear has left.
fn device(program: &Path, files: &Path, server: &Server, code: Code) -> String {
    let address = format!("127.0.0.1:{}", server.port);
    let output = Command::new(program).current_dir(files).args([address, code.0.to_string()]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().into()
}

#[test]
fn a_device_is_ahead_of_its_server_for_a_while() {
    let folder = tempfile::tempdir().unwrap();
    let (there, here) = (folder.path().join("server"), folder.path().join("device"));
    for files in [&there, &here] {
        fs::create_dir(files).unwrap();
    }
    let [old_device, new_device] = [false, true].map(|new| build("device", "iot device 1000;", new));
    let [old_server, new_server] = [false, true].map(|new| build("server", "iot server;", new));

    let server = Server::start(&old_server, &there);
    assert_eq!(device(&old_device, &here, &server, Code::S_OK), "0 0");
    assert_eq!(device(&new_device, &here, &server, Code::E_IOT_INCOMPATIBLE_MODE), "0 2", "alarms wait and are not cleared");
    assert_eq!(server.finish(), "6 0");

    let server = Server::start(&new_server, &there);
    assert_eq!(device(&new_device, &here, &server, Code::S_OK), "0 0");
    assert_eq!(server.finish(), "9 4");
}
