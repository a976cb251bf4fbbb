//! A program that writes is killed; what it was told to be durable is there afterwards, whole transactions and nothing else.
//! Damaged files are told from good ones.
//!
//! The moments are random. A failure prints the seed; set MCO_SEED to use it again.

use mcoiot::base::{Code, Random, Value};
use mcoiot::db::{self, Connection, CursorId, Database, OpenOptions, Priority, Storage, TransactionKind};
use mcoiot::schema::{canonical, compile_text};
use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

const SCHEMA: &str = "
declare database crash;
persistent class Line {
    unsigned<8> transaction; unsigned<4> number; string text; double plain;
    unique tree<transaction, number> place;
    tree<text desc> by_text;
    nonunique hash<number> by_number[100];
    autoid[100];
    list;
};
";
const LINE: u16 = 1;
const PLACE: u16 = 0;
const BY_TEXT: u16 = 1;
const BY_NUMBER: u16 = 2;
/// Set in the child: the file that it writes.
const CHILD: &str = "MCO_CRASH_FILE";
const ROUNDS: u32 = 10;
/// Bytes of a page of these files.
const PAGE: u64 = 4096;

fn open(path: &Path, crc_check: bool) -> mcoiot::base::Result<Arc<Database>> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let dictionary = compile_text(SCHEMA).unwrap();
    let storage =
        Storage::File { path: path.into(), limit_bytes: 0, read_only: false, truncate: false, existing: false, temporary: false };
    let name = format!("crash{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let text = canonical(&dictionary);
    db::open(Arc::new(dictionary), &text, OpenOptions { crc_check, ..OpenOptions::new(&name, storage) })
}

fn random() -> Random {
    let seed = env::var("MCO_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or_else(|| Random::from_system().any());
    println!("MCO_SEED={seed}");
    Random::seeded(seed)
}

/// Rows of a transaction: its number tells how many.
fn size(transaction: u64) -> u64 {
    1 + transaction * 7 % 23
}

fn text(transaction: u64, number: u64) -> Vec<u8> {
    vec![b'a' + (transaction % 26) as u8; (transaction * 31 + number * 17) as usize % 300]
}

/// Writes one numbered transaction; from the third on the first row of the last but two is deleted.
fn write(c: &mut Connection, transaction: u64) -> mcoiot::base::Result<()> {
    c.begin(TransactionKind::ReadWrite, Priority(0))?;
    for number in 0..size(transaction) {
        let object = c.new_object(LINE)?;
        c.set_value(object, 0, Value::UInt(transaction))?;
        c.set_value(object, 1, Value::UInt(number))?;
        c.set_value(object, 2, Value::from(&*text(transaction, number)))?;
        c.set_value(object, 3, Value::Real(transaction as f64))?;
    }
    if let Some(old) = transaction.checked_sub(2).filter(|old| *old > 0) {
        let object = c.find(PLACE, &[Value::UInt(old), Value::UInt(0)])?;
        c.delete(object)?;
    }
    c.commit()
}

/// What a file with these transactions holds.
fn wanted(last: u64) -> BTreeSet<(u64, u64)> {
    let first = |transaction| u64::from(transaction + 2 <= last);
    (1..=last).flat_map(|t| (first(t)..size(t)).map(move |n| (t, n))).collect()
}

/// The rows along one way; every one must hold what was put into it.
fn rows(c: &mut Connection, index: Option<u16>) -> mcoiot::base::Result<Vec<(u64, u64)>> {
    let cursor = CursorId(1);
    let mut list = Vec::new();
    let mut more = match index {
        None => c.open_list(cursor, LINE),
        Some(index) => c.open_index(cursor, index),
    };
    while more.is_ok() {
        let object = c.cursor_object(cursor, LINE)?;
        let row = c.row(object)?.to_vec();
        let [Value::UInt(transaction), Value::UInt(number), written, plain] = &*row else { panic!("{row:?}") };
        if *written != Value::from(&*text(*transaction, *number)) || *plain != Value::Real(*transaction as f64) {
            return Err(mcoiot::base::Error { code: Code::S_OK, text: format!("silently wrong: {row:?}") });
        }
        list.push((*transaction, *number));
        more = c.cursor_next(cursor);
    }
    match more {
        Err(error) if matches!(error.code, Code::S_CURSOR_END | Code::S_CURSOR_EMPTY) => Ok(list),
        Err(error) => Err(error),
        Ok(()) => unreachable!("the loop ends with an error"),
    }
}

/// The last transaction in the file; fails unless it is there as a whole, like all before it, by every way.
fn examine(database: &Arc<Database>) -> mcoiot::base::Result<u64> {
    let mut c = database.connect()?;
    c.begin(TransactionKind::ReadOnly, Priority(0))?;
    let list = rows(&mut c, None)?;
    let last = list.iter().map(|(transaction, _)| *transaction).max().unwrap_or(0);
    let wanted = wanted(last);
    for index in [None, Some(PLACE), Some(BY_TEXT), Some(BY_NUMBER)] {
        let found = rows(&mut c, index)?;
        if found.len() != wanted.len() || found.into_iter().collect::<BTreeSet<_>>() != wanted {
            return Err(mcoiot::base::Error { code: Code::S_OK, text: format!("silently wrong along {index:?}") });
        }
    }
    for (transaction, number) in wanted {
        c.find(PLACE, &[Value::UInt(transaction), Value::UInt(number)])?;
    }
    Ok(last)
}

/// Not a test of its own: what the killed program does.
#[test]
fn child() {
    let Ok(path) = env::var(CHILD) else { return };
    let database = open(Path::new(&path), true).unwrap();
    let mut c = database.connect().unwrap();
    let mut last = examine(&database).unwrap();
    let mut out = std::io::stdout().lock();
    loop {
        last += 1;
        write(&mut c, last).unwrap();
        writeln!(out, "done {last}").unwrap();
        out.flush().unwrap();
    }
}

#[test]
fn a_killed_program_loses_no_commit_that_it_was_told_of() {
    let mut random = random();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("rows.db");
    for _ in 0..ROUNDS {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "child", "--nocapture", "--test-threads=1"])
            .env(CHILD, &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let reports = random.below(40);
        let mut told = 0;
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let number = |line: String| line.split("done ").nth(1).and_then(|n| n.trim().parse::<u64>().ok());
        for line in lines.by_ref().filter_map(number).take(usize::try_from(reports).unwrap()) {
            told = line;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // What it could still say counts too.
        told = lines.filter_map(number).last().unwrap_or(told);
        let database = open(&path, true).unwrap();
        let last = examine(&database).unwrap();
        // One commit may be durable and not reported.
        assert!(last >= told && (last <= told + 1 || told == 0), "{told} was reported, {last} is there");
        let mut c = database.connect().unwrap();
        write(&mut c, last + 1).unwrap();
        assert_eq!(examine(&database).unwrap(), last + 1);
        drop(c);
        db::close(database.name()).unwrap();
    }
}

/// A closed file with some transactions; nothing stands beside it.
fn sample(directory: &Path) -> PathBuf {
    let path = directory.join("sample.db");
    let database = open(&path, false).unwrap();
    let mut c = database.connect().unwrap();
    for transaction in 1..=40 {
        write(&mut c, transaction).unwrap();
    }
    drop(c);
    db::close(database.name()).unwrap();
    assert!(!directory.join("sample.db-wal").exists());
    path
}

/// Uses a damaged file: a clear code from open or from the call that meets the damage. `Ok`: the contents are right.
fn use_damaged(path: &Path, crc_check: bool) -> mcoiot::base::Result<u64> {
    let database = open(path, crc_check)?;
    let name = database.name().to_string();
    let result = examine(&database).and_then(|last| {
        let mut c = database.connect()?;
        write(&mut c, last + 1)?;
        Ok(last)
    });
    drop(database);
    db::close(&name).unwrap();
    result
}

fn is_clear(code: Code) -> bool {
    // A damaged description of the database looks like that of another one.
    code == Code::E_DISK_CRC_MISMATCH || code == Code::E_DISK_SCHEMA_CHANGED || code == Code::E_DISK_VERSION_MISMATCH
}

#[test]
fn a_cut_file_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let good = fs::read(sample(directory.path())).unwrap();
    let path = directory.path().join("cut.db");
    let pages = good.len() as u64 / PAGE;
    // The store takes a file of one byte for an empty one.
    for crc_check in [true, false] {
        for cut in
            [2, 15, 99, 100, 512, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE, pages / 2 * PAGE, (pages - 1) * PAGE, pages * PAGE - 1]
        {
            fs::write(&path, &good[..usize::try_from(cut).unwrap()]).unwrap();
            match use_damaged(&path, crc_check) {
                // A last page without its last byte, which is not used.
                Ok(last) => assert!(last == 40 && cut == pages * PAGE - 1, "cut at {cut}, {last} is there"),
                Err(error) => assert!(is_clear(error.code), "cut at {cut}: {error}"),
            }
            let _ = fs::remove_file(directory.path().join("cut.db-wal"));
            let _ = fs::remove_file(directory.path().join("cut.db-shm"));
        }
    }
}

#[test]
fn changed_bytes_are_found_by_the_check_at_open() {
    let mut random = random();
    let directory = tempfile::tempdir().unwrap();
    let good = fs::read(sample(directory.path())).unwrap();
    let path = directory.path().join("changed.db");
    let (mut refused, mut silent) = (0, 0);
    for round in 0..80_u64 {
        let mut bad = good.clone();
        // Single bits and runs, anywhere.
        let at = random.below(good.len() as u64) as usize;
        let end = (at + if round % 2 == 0 { 1 } else { random.below(200) as usize }).min(bad.len());
        for byte in &mut bad[at..end] {
            *byte ^= if round % 2 == 0 { 1 << random.below(8) } else { random.below(256) as u8 };
        }
        fs::write(&path, &bad).unwrap();
        match use_damaged(&path, true) {
            Ok(last) => assert_eq!(last, 40, "rows are missing silently"),
            Err(error) if error.code == Code::S_OK => silent += 1,
            Err(error) => {
                assert!(is_clear(error.code), "changed {at}..{end}: {error}");
                refused += 1;
            }
        }
        let _ = fs::remove_file(directory.path().join("changed.db-wal"));
        let _ = fs::remove_file(directory.path().join("changed.db-shm"));
    }
    println!("{refused} refused, {silent} silent");
    assert!(refused > 0);
    assert_eq!(silent, 0);
}
