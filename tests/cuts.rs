//! The connection between the programs is cut at positions spread over all bytes that go to and fro; at the end every reading is at the
//! server once.

mod programs;
#[path = "common/proxy.rs"]
mod proxy;

use programs::{Running, STATIONS, assert_settled, directory, exported, root, station_rows};
use proxy::Proxy;
use std::{fs, process::Command};

const POSITIONS: u64 = 50;
/// Ten days of hourly readings: enough for several exchanges of the device.
const LINES: usize = 240;

/// One transfer through a proxy that cuts once; gives the bytes that passed.
fn transfer(limit: u64) -> u64 {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let dir = dir.path();
    let readings = fs::read_to_string(root().join("c-examples/weather/data").join(STATIONS[0].csv)).expect("the readings");
    fs::write(dir.join("csv"), readings.lines().take(LINES + 1).collect::<Vec<_>>().join("\n")).expect("a file");

    let mut command = Command::new(directory().join("weather-server"));
    command.arg("--server-file").arg(dir.join("address")).arg("--export").arg(dir.join("export"));
    let server = Running::start("server", command);
    let said = server.line_with("listening on ");
    let proxy = Proxy::new(said.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port"));
    proxy.cut_after(limit);
    fs::write(dir.join("proxy"), format!("127.0.0.1:{}", proxy.port)).expect("a file");

    let mut command = Command::new(directory().join("weather-device"));
    command.args(["--agent", "1000", "--offline-days", "3", "--exchange-days", "2"]);
    command.arg("--csv").arg(dir.join("csv")).arg("--server-file").arg(dir.join("proxy"));
    let lines = Running::start("device", command).finish();
    assert_settled(&STATIONS[0], &lines);
    server.terminate();
    assert_eq!(exported(dir), station_rows(&STATIONS[0])[..LINES], "cut at byte {limit}");
    proxy.forwarded()
}

#[test]
fn a_cut_anywhere_loses_and_doubles_nothing() {
    let whole = transfer(u64::MAX);
    assert!(whole > POSITIONS, "only {whole} bytes went through the proxy");
    for position in 0..POSITIONS {
        let limit = position * whole / POSITIONS;
        let passed = transfer(limit);
        assert!(passed > limit, "only {passed} bytes went through, so nothing was cut at {limit}");
    }
}
