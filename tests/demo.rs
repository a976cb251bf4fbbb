//! The commands of the README, run as a user runs them.

mod programs;

use programs::{Running, directory, root};
use std::{ffi::OsStr, process::Command};

fn demo(mode: &str) -> Running {
    let mut command = Command::new("python3");
    command.arg(root().join("c-examples/weather/demo.py")).arg(directory()).args(["--mode", mode]);
    Running::start(&format!("demo with {mode} databases"), command)
}

#[test]
fn two_demos_run_side_by_side() {
    let (memory, file) = (demo("memory"), demo("file"));
    for lines in [memory.finish(), file.finish()] {
        assert!(lines.iter().any(|line| line.contains("All 17518 readings")), "{lines:?}");
    }
}

/// Runs the server and the device of the README, each behind the words of `wrapper`, and checks what they print.
fn small_pair(wrapper: &[&str]) {
    let command = |program: &str, argument: &str| {
        let program = directory().join(program);
        let mut words = wrapper.iter().map(OsStr::new).chain([program.as_os_str(), OsStr::new(argument)]);
        let mut command = Command::new(words.next().expect("at least the program"));
        command.args(words);
        command
    };
    let server = Running::start("server", command("minimal-server", "127.0.0.1:0"));
    let said = server.line_with("listening on port ");
    let port = said.rsplit(' ').next().expect("a port");

    let lines = Running::start("device", command("minimal-device", &format!("127.0.0.1:{port}"))).finish();
    assert_eq!(lines, ["device: parameter 1 = 60", "device: parameter 2 = 0.5"]);

    server.line_with("rows from device 1000");
    let lines = server.terminate();
    let readings: Vec<_> = lines.iter().filter(|line| line.starts_with("server: device 1000, time ")).collect();
    assert_eq!(readings.len(), 10, "{lines:?}");
    assert_eq!(readings[9], "server: device 1000, time 1700000540, value 20.9");
}

#[test]
fn the_small_pair_of_the_readme_works() {
    small_pair(&[]);
}

#[test]
fn the_small_pair_uses_memory_well() {
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("skipped: valgrind is not installed");
        return;
    }
    small_pair(&["valgrind", "--quiet", "--error-exitcode=9", "--leak-check=full"]);
}
