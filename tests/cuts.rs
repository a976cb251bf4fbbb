//! The connection between the programs is cut at positions spread over all bytes that go to and fro; at the end every reading is at the
//! server once.

mod programs;

use programs::{Running, STATIONS, assert_settled, directory, exported, root, station_rows};
use std::{
    fs,
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    path::Path,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

const POSITIONS: u64 = 50;
/// Ten days of hourly readings: enough for several exchanges of the device.
const LINES: usize = 240;

/// A relay between device and server. Cuts the connection on which the `limit`th byte passes.
struct Proxy {
    passed: Arc<AtomicU64>,
}

impl Proxy {
    /// Starts it, with its address in `dir/proxy`.
    fn start(dir: &Path, server: String, limit: u64) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        fs::write(dir.join("proxy"), listener.local_addr().expect("it is bound").to_string()).expect("a file");
        let passed = Arc::new(AtomicU64::new(0));
        let shared = Arc::clone(&passed);
        thread::spawn(move || {
            for device in listener.incoming().map_while(Result::ok) {
                let Ok(server) = TcpStream::connect(&server) else { return };
                for (from, to) in [(&device, &server), (&server, &device)] {
                    let (from, to) = (from.try_clone().expect("a handle"), to.try_clone().expect("a handle"));
                    let passed = Arc::clone(&shared);
                    thread::spawn(move || relay(from, to, &passed, limit));
                }
            }
        });
        Proxy { passed }
    }

    fn passed(&self) -> u64 {
        self.passed.load(Ordering::SeqCst)
    }
}

/// Copies until an end, or until the `limit`th byte has passed in both directions together.
fn relay(mut from: TcpStream, mut to: TcpStream, passed: &AtomicU64, limit: u64) {
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        let before = passed.fetch_add(read as u64, Ordering::SeqCst);
        let cut = (before..before + read as u64).contains(&limit);
        let keep = if cut { usize::try_from(limit - before).unwrap_or(read) } else { read };
        if to.write_all(&buffer[..keep]).is_err() || cut {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}

/// One transfer through a proxy that cuts once; gives the bytes that passed.
fn transfer(limit: u64) -> u64 {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let dir = dir.path();
    let readings = fs::read_to_string(root().join("c-examples/weather/data").join(STATIONS[0].csv)).expect("the readings");
    fs::write(dir.join("csv"), readings.lines().take(LINES + 1).collect::<Vec<_>>().join("\n")).expect("a file");

    let mut command = Command::new(directory().join("weather-server"));
    command.arg("--server-file").arg(dir.join("address")).arg("--export").arg(dir.join("export"));
    let server = Running::start("server", command);
    let address = server.line_with("listening on ").rsplit(' ').next().unwrap_or_default().to_owned();
    let proxy = Proxy::start(dir, address, limit);

    let mut command = Command::new(directory().join("weather-device"));
    command.args(["--agent", "1000", "--offline-days", "3", "--exchange-days", "2"]);
    command.arg("--csv").arg(dir.join("csv")).arg("--server-file").arg(dir.join("proxy"));
    let lines = Running::start("device", command).finish();
    assert_settled(&STATIONS[0], &lines);
    server.terminate();
    assert_eq!(exported(dir), station_rows(&STATIONS[0])[..LINES], "cut at byte {limit}");
    proxy.passed()
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
