//! The commands of the README, run as a user runs them.

mod programs;

use programs::{Running, directory, root};
use std::process::Command;

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

#[test]
fn the_small_pair_of_the_readme_works() {
    let mut command = Command::new(directory().join("minimal-server"));
    command.arg("127.0.0.1:0");
    let server = Running::start("server", command);
    let said = server.line_with("listening on port ");
    let port = said.rsplit(' ').next().expect("a port");

    let mut command = Command::new(directory().join("minimal-device"));
    command.arg(format!("127.0.0.1:{port}"));
    let lines = Running::start("device", command).finish();
    assert_eq!(lines, ["device: parameter 1 = 60", "device: parameter 2 = 0.5"]);

    server.line_with("rows from device 1000");
    let lines = server.terminate();
    let readings: Vec<_> = lines.iter().filter(|line| line.starts_with("server: device 1000, time ")).collect();
    assert_eq!(readings.len(), 10, "{lines:?}");
    assert_eq!(readings[9], "server: device 1000, time 1700000540, value 20.9");
}
