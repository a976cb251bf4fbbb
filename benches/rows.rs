//! `make bench`: rows per second through the C interface and over the loopback, beside plain SQLite in the same run.
//!
//! The C programs measure themselves. The plain loop uses prepared statements on tables and indexes copied from the databases they
//! leave, with the same journal and the same `synchronous`; what it lacks is what the library does besides: change log, marks,
//! identities, the network.

use rusqlite::{Connection, Error, Statement, types::Value};
use std::{
    env,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Instant,
};

const READINGS: &str = "c-examples/weather/data/seattle-temps.csv";
/// An odd number of measurements of everything.
const ROUNDS: usize = 3;
/// Bytes of one reading as three numbers: datetime, unsigned<4>, double.
const RAW_READING: f64 = 20.0;

/// Of compression: the default of the library.
const LEVEL: i32 = -1;

/// Where a database lies, and how many rows are enough to measure there in transactions of 1 and of 1000.
struct Place {
    name: &'static str,
    file: bool,
    rows_of_1: u32,
    rows_of_1000: u32,
}

const PLACES: [Place; 2] = [
    Place { name: "memory", file: false, rows_of_1: 40_000, rows_of_1000: 400_000 },
    Place { name: "file, synced", file: true, rows_of_1: 4_000, rows_of_1000: 200_000 },
];

/// Text of the tables and indexes of `Sensor` on a device and on a server.
struct Tables {
    device: String,
    server: String,
}

fn main() {
    let Some(programs) = env::args().nth(1).filter(|arg| !arg.starts_with('-')).map(PathBuf::from) else {
        println!("run it with `make bench`");
        return;
    };
    let programs = programs.canonicalize().expect("the directory of the programs");
    let tables = tables(&programs);
    println!("{:<46}{:>12}{:>14}{:>8}", "rows a second, median of 3", "mcoiot", "plain SQLite", "ratio");
    for place in &PLACES {
        for (batch, rows) in [(1, place.rows_of_1), (1000, place.rows_of_1000)] {
            let ours = insert(&programs, place, rows, batch);
            print(
                &format!("insert, {}, {batch} a transaction", place.name),
                ours,
                plain_insert(place, &tables.device, rows, batch),
            );
        }
    }
    let mut traffic = Vec::new();
    for (place, level) in [(&PLACES[0], 0), (&PLACES[0], LEVEL), (&PLACES[1], 0), (&PLACES[1], LEVEL)] {
        let (rows, mut bytes) = (place.rows_of_1000, 0.0);
        let ours = || {
            let (rate, per_reading) = push(&programs, place, rows, level);
            bytes = per_reading;
            rate
        };
        let (ours, plain) = medians(ours, || plain_copy(place, &tables, rows));
        let name = if level == 0 { place.name.to_owned() } else { format!("{}, compressed", place.name) };
        print(&format!("push until acknowledged, {name}"), ours, plain);
        traffic.push((name, bytes));
    }
    println!("\n{:<46}{:>12}{:>14}{:>8}", "bytes on the wire a reading, both ways", "mcoiot", "raw numbers", "ratio");
    for (name, bytes) in traffic {
        println!("{name:<46}{bytes:>12.1}{RAW_READING:>14.1}{:>8.2}", bytes / RAW_READING);
    }
    println!(
        "\nPlain SQLite for a push: one process that reads the device's table and writes the server's, 1000 rows a transaction."
    );
}

/// Runs both in turn, so that whatever else the machine does meets both; gives the median of each.
fn medians(mut ours: impl FnMut() -> f64, mut plain: impl FnMut() -> f64) -> (f64, f64) {
    let mut rates: Vec<(f64, f64)> = (0..ROUNDS).map(|_| (ours(), plain())).collect();
    let mut middle = |rate: fn(&(f64, f64)) -> f64| {
        rates.sort_by(|a, b| rate(a).total_cmp(&rate(b)));
        rates.get(ROUNDS / 2).map_or(0.0, rate)
    };
    (middle(|pair| pair.0), middle(|pair| pair.1))
}

fn print(what: &str, ours: f64, plain: f64) {
    println!("{what:<46}{ours:>12.0}{plain:>14.0}{:>8.2}", ours / plain);
}

// ---- the C programs ---------------------------------------------------------------------------------------------------

/// The argument for a place: `memory`, or the directory.
fn place_argument(place: &Place, dir: &Path) -> PathBuf {
    if place.file { dir.to_path_buf() } else { PathBuf::from("memory") }
}

/// Numbers that bench-device prints.
fn device(programs: &Path, what: &str, place: &Path, rows: u32, batch: u32, more: &[&str]) -> Vec<f64> {
    let mut command = Command::new(programs.join("bench-device"));
    let readings = Path::new(READINGS).canonicalize().expect("the readings");
    command.arg(what).arg(place).arg(readings).args([rows.to_string(), batch.to_string()]).args(more);
    let output = command.stderr(Stdio::inherit()).output().expect("bench-device can be started");
    assert!(output.status.success(), "bench-device failed");
    let text = String::from_utf8_lossy(&output.stdout);
    text.split_whitespace().map(|number| number.parse().expect("a number")).collect()
}

fn insert(programs: &Path, place: &Place, rows: u32, batch: u32) -> f64 {
    let dir = tempfile::tempdir().expect("a directory");
    let seconds = device(programs, "insert", &place_argument(place, dir.path()), rows, batch, &[]);
    f64::from(rows) / seconds[0]
}

/// Rows a second, bytes a reading.
fn push(programs: &Path, place: &Place, rows: u32, level: i32) -> (f64, f64) {
    let (device_dir, server_dir) = (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
    let (server, port) = server(programs, &place_argument(place, server_dir.path()));
    let (address, level) = (format!("127.0.0.1:{port}"), level.to_string());
    let numbers = device(programs, "push", &place_argument(place, device_dir.path()), rows, 1000, &[&address, &level]);
    finish(server);
    (f64::from(rows) / numbers[0], (numbers[1] + numbers[2]) / f64::from(rows))
}

fn server(programs: &Path, place: &Path) -> (Child, String) {
    let mut command = Command::new(programs.join("bench-server"));
    let mut server =
        command.arg(place).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("bench-server can be started");
    let mut port = String::new();
    let stdout = server.stdout.take().expect("it is piped");
    BufReader::new(stdout).read_line(&mut port).expect("bench-server prints its port");
    (server, port.trim().to_owned())
}

fn finish(mut server: Child) {
    drop(server.stdin.take());
    assert!(server.wait().expect("it can be waited for").success(), "bench-server failed");
}

// ---- plain SQLite -----------------------------------------------------------------------------------------------------

/// Lets both programs make their files and takes the tables from there.
fn tables(programs: &Path) -> Tables {
    let dir = tempfile::tempdir().expect("a directory");
    let (server, port) = server(programs, dir.path());
    device(programs, "push", dir.path(), 1, 1, &[&format!("127.0.0.1:{port}"), "0"]);
    finish(server);
    Tables { device: schema_of(&dir.path().join("device.dbs")), server: schema_of(&dir.path().join("server.dbs")) }
}

fn schema_of(file: &Path) -> String {
    let database = Connection::open(file).expect("the file is an SQLite database");
    let mut statement = database
        .prepare("SELECT sql || ';' FROM sqlite_master WHERE tbl_name = 'Sensor' AND type IN ('table', 'index') AND sql IS NOT NULL ORDER BY type DESC")
        .expect("a statement");
    let rows: Result<Vec<String>, Error> = statement.query_map([], |row| row.get(0)).expect("rows").collect();
    rows.expect("rows").concat()
}

/// A database with one table, as the library has it there.
fn plain(place: &Place, dir: &Path, name: &str, schema: &str) -> Connection {
    let database = Connection::open(dir.join(name)).expect("a database");
    let synchronous = if place.file { "FULL" } else { "OFF" };
    database
        .execute_batch(&format!("PRAGMA journal_mode = WAL; PRAGMA synchronous = {synchronous}; {schema}"))
        .expect("the tables");
    database
}

fn plain_directory(place: &Place) -> tempfile::TempDir {
    let shared_memory = Path::new("/dev/shm");
    if !place.file && shared_memory.is_dir() { tempfile::tempdir_in(shared_memory) } else { tempfile::tempdir() }
        .expect("a directory")
}

/// An insert of all columns; their names.
fn insert_statement(database: &Connection) -> (Statement<'_>, Vec<String>) {
    let mut columns = database.prepare("SELECT name FROM pragma_table_info('Sensor')").expect("a statement");
    let names: Result<Vec<String>, Error> = columns.query_map([], |row| row.get(0)).expect("columns").collect();
    let names = names.expect("columns");
    let marks = vec!["?"; names.len()].join(",");
    (database.prepare(&format!("INSERT INTO Sensor VALUES({marks})")).expect("a statement"), names)
}

fn value(column: &str, row: u32) -> Value {
    match column {
        "ts" => Value::Integer(1_262_304_000 + i64::from(row) * 3_600),
        "sensorId" | "_mco_epoch" | "_mco_vepoch" => Value::Integer(1),
        "value" => Value::Real(f64::from(row % 700) / 10.0),
        "agent_id" => Value::Integer(1000),
        "_mco_first" => Value::Null,
        _ => Value::Integer(i64::from(row) + 1),
    }
}

fn plain_insert(place: &Place, schema: &str, rows: u32, batch: u32) -> f64 {
    let dir = plain_directory(place);
    let database = plain(place, dir.path(), "plain.dbs", schema);
    let started = Instant::now();
    fill(&database, rows, batch);
    f64::from(rows) / started.elapsed().as_secs_f64()
}

fn fill(database: &Connection, rows: u32, batch: u32) {
    let (mut insert, columns) = insert_statement(database);
    let (mut begin, mut commit) =
        (database.prepare("BEGIN IMMEDIATE").expect("begin"), database.prepare("COMMIT").expect("commit"));
    for row in 0..rows {
        if row % batch == 0 {
            begin.execute([]).expect("begin");
        }
        for (at, column) in columns.iter().enumerate() {
            insert.raw_bind_parameter(at + 1, value(column, row)).expect("a parameter");
        }
        insert.raw_execute().expect("an insert");
        if row % batch == batch - 1 || row == rows - 1 {
            commit.execute([]).expect("commit");
        }
    }
}

/// Reads all rows of one database and writes them into another, in rows of the server's table.
fn plain_copy(place: &Place, tables: &Tables, rows: u32) -> f64 {
    let dir = plain_directory(place);
    let from = plain(place, dir.path(), "device.dbs", &tables.device);
    fill(&from, rows, 1000);
    let to = plain(place, dir.path(), "server.dbs", &tables.server);
    let (mut insert, columns) = insert_statement(&to);

    let started = Instant::now();
    let mut select = from.prepare("SELECT ts, sensorId, value FROM Sensor").expect("a statement");
    let mut source = select.query([]).expect("rows");
    for row in 0..rows {
        let read = source.next().expect("a row").expect("as many rows as were written");
        if row % 1000 == 0 {
            to.execute_batch("BEGIN IMMEDIATE").expect("begin");
        }
        for (at, column) in columns.iter().enumerate() {
            let bound = match column.as_str() {
                "ts" => read.get(0),
                "sensorId" => read.get(1),
                "value" => read.get(2),
                other => Ok(value(other, row)),
            };
            insert.raw_bind_parameter(at + 1, bound.expect("a value")).expect("a parameter");
        }
        insert.raw_execute().expect("an insert");
        if row % 1000 == 999 || row == rows - 1 {
            to.execute_batch("COMMIT").expect("commit");
        }
    }
    f64::from(rows) / started.elapsed().as_secs_f64()
}
