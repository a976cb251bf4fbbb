//! The example programs, built once and run as processes: what a user runs, driven from a test.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Condvar, Mutex, OnceLock},
    thread,
    time::{Duration, Instant},
};

/// No program of a test needs longer; over it something hangs.
pub const LIMIT: Duration = Duration::from_secs(120);

/// A station of the demo: agent id, file of readings, value of its own setting.
pub struct Station {
    /// Agent id.
    pub agent: u64,
    /// Its readings, a file in `c-examples/weather/data`.
    pub csv: &'static str,
    /// The line of its private setting.
    pub setting: &'static str,
}

/// The two stations.
pub const STATIONS: [Station; 2] = [
    Station { agent: 1000, csv: "seattle-temps.csv", setting: "config 2 altitude of the station in feet = 433" },
    Station { agent: 1001, csv: "sf-temps.csv", setting: "config 2 altitude of the station in feet = 13" },
];

/// Root of the project.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Directory with the built example programs; the first caller of all test processes builds them.
pub fn directory() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let build = root().join("build");
        fs::create_dir_all(&build).expect("the build directory can be made");
        let lock = fs::File::create(build.join("lock")).expect("the build directory can be written");
        lock.lock().expect("the build lock can be taken");
        let done = make().args(["-s", "programs"]).output().expect("make is installed");
        assert!(done.status.success(), "make programs: {}", String::from_utf8_lossy(&done.stderr));
        build.join("bin")
    })
}

/// `make` in the root of the project, free of the settings of a `make` that may have started this test.
pub fn make() -> Command {
    let mut command = Command::new("make");
    command.current_dir(root());
    for name in ["MAKEFLAGS", "MFLAGS", "MAKELEVEL"] {
        command.env_remove(name);
    }
    command
}

/// The weather server with its database in `dir/server` and its address in `dir/address`.
pub fn weather_server(dir: &Path) -> Running {
    let database = dir.join("server");
    fs::create_dir_all(&database).expect("a directory for the server");
    let mut command = Command::new(directory().join("weather-server"));
    command.arg("--server-file").arg(dir.join("address")).arg("--dir").arg(database).arg("--export").arg(dir.join("export"));
    Running::start("server", command)
}

/// A weather station with its database in `dir/<agent>`.
pub fn weather_device(dir: &Path, station: &Station) -> Running {
    let database = dir.join(station.agent.to_string());
    fs::create_dir_all(&database).expect("a directory for the device");
    let mut command = Command::new(directory().join("weather-device"));
    command.args(["--agent", &station.agent.to_string(), "--offline-days", "10"]);
    command.arg("--csv").arg(csv(station)).arg("--server-file").arg(dir.join("address")).arg("--dir").arg(database);
    Running::start(&format!("device {}", station.agent), command)
}

fn csv(station: &Station) -> PathBuf {
    root().join("c-examples/weather/data").join(station.csv)
}

/// What the server must have exported when all readings are there: one line a reading, by station and time.
pub fn expected_export() -> Vec<(u64, i64, f64)> {
    STATIONS.iter().flat_map(station_rows).collect()
}

/// The readings of one station, as the server exports them.
pub fn station_rows(station: &Station) -> Vec<(u64, i64, f64)> {
    let text = fs::read_to_string(csv(station)).expect("the readings are part of the project");
    let mut lines = text.lines();
    let date_first = lines.next().is_some_and(|header| header.starts_with("date"));
    let row = |line: &str| {
        let (first, second) = line.split_once(',').expect("two columns");
        let (date, temp) = if date_first { (first, second) } else { (second, first) };
        (station.agent, seconds(date), temp.parse().expect("a temperature"))
    };
    lines.map(row).collect()
}

/// What the server did export.
pub fn exported(dir: &Path) -> Vec<(u64, i64, f64)> {
    let text = fs::read_to_string(dir.join("export")).expect("the server has exported its rows");
    let parse = |line: &str| -> Option<(u64, i64, f64)> {
        let mut parts = line.split(',');
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    };
    text.lines().skip(1).map(|line| parse(line).unwrap_or_else(|| panic!("cannot read '{line}' of the export"))).collect()
}

/// Fails unless the export holds just the readings of all stations, each once.
pub fn assert_complete(dir: &Path) {
    let (found, wanted) = (exported(dir), expected_export());
    let different = found.iter().zip(&wanted).position(|(a, b)| a != b);
    assert!(found == wanted, "{} rows instead of {}; the first difference is at {different:?}", found.len(), wanted.len());
}

/// Fails unless a finished station holds its two settings and no reading.
pub fn assert_settled(station: &Station, lines: &[String]) {
    let settings: Vec<_> = lines
        .iter()
        .filter_map(|line| line.split_once(": ").map(|(_, said)| said))
        .filter(|s| s.starts_with("config "))
        .collect();
    assert_eq!(settings, ["config 1 report every n days = 28", station.setting], "settings of {}", station.agent);
    assert!(lines.last().is_some_and(|line| line.ends_with(", 0 left here")), "readings left: {lines:?}");
}

/// Seconds since 1970 of `2010/01/31 23:00`, with or without seconds, which are all zero.
fn seconds(date: &str) -> i64 {
    let mut numbers = date.split(['/', ' ', ':']).map(|part| part.parse::<i64>().expect("a number in a date"));
    let mut next = || numbers.next().expect("a complete date");
    let (year, month, day, hour, minute) = (next(), next(), next(), next(), next());
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let years: i64 = (1970..year).map(|y| if leap(y) { 366 } else { 365 }).sum();
    let lengths = [31, if leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let months: i64 = lengths.iter().take(usize::try_from(month - 1).expect("a month")).sum();
    (years + months + day - 1) * 86_400 + hour * 3_600 + minute * 60
}

/// A started program. Dropping it kills it.
pub struct Running {
    name: String,
    child: Child,
    output: Arc<Output>,
}

#[derive(Default)]
struct Output {
    state: Mutex<(Vec<String>, bool)>,
    changed: Condvar,
}

impl Running {
    /// Starts it and collects its lines.
    pub fn start(name: &str, mut command: Command) -> Running {
        let mut child = command.stdout(Stdio::piped()).stdin(Stdio::null()).spawn().expect("the program can be started");
        let output = Arc::new(Output::default());
        let (stdout, shared) = (child.stdout.take().expect("it is piped"), Arc::clone(&output));
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                shared.state.lock().expect("no panic while it is held").0.push(line);
                shared.changed.notify_all();
            }
            shared.state.lock().expect("no panic while it is held").1 = true;
            shared.changed.notify_all();
        });
        Running { name: name.to_owned(), child, output }
    }

    /// Waits at most `limit` for the end of its output; true when it came.
    pub fn ends_within(&self, limit: Duration) -> bool {
        let state = self.output.state.lock().expect("no panic while it is held");
        self.output.changed.wait_timeout_while(state, limit, |state| !state.1).expect("no panic while it is held").0.1
    }

    /// Waits for a line that contains `part` and gives it.
    pub fn line_with(&self, part: &str) -> String {
        let until = Instant::now() + LIMIT;
        let mut state = self.output.state.lock().expect("no panic while it is held");
        loop {
            if let Some(line) = state.0.iter().find(|line| line.contains(part)) {
                return line.clone();
            }
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero() && !state.1, "{} did not say '{part}': {:?}", self.name, state.0);
            state = self.output.changed.wait_timeout(state, left).expect("no panic while it is held").0;
        }
    }

    /// Waits for its end, which must come in time and be a good one; gives all lines it has printed.
    pub fn finish(mut self) -> Vec<String> {
        assert!(self.ends_within(LIMIT), "{} does not end: {:?}", self.name, self.lines());
        let status = self.child.wait().expect("it can be waited for");
        assert!(status.success(), "{} ended with {status}: {:?}", self.name, self.lines());
        self.lines()
    }

    /// Asks a server to end with SIGTERM, then as `finish`.
    pub fn terminate(self) -> Vec<String> {
        // One that was just started does not catch the signal before.
        self.line_with("listening on ");
        let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().expect("kill is there");
        assert!(sent.success(), "{} is no longer there", self.name);
        self.finish()
    }

    /// SIGKILL, as a power cut would.
    pub fn kill(mut self) -> ExitStatus {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it can be waited for")
    }

    /// The lines so far.
    pub fn lines(&self) -> Vec<String> {
        self.output.state.lock().expect("no panic while it is held").0.clone()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
