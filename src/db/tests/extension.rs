//! How the file of a database grows.

use super::fixture::*;
use crate::base::{Code, Error, Value};
use crate::db::*;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

const STEP: u64 = 256 << 10;

fn open(path: &Path, extension: u64, limit: u64) -> Opened {
    let Storage::File { path, read_only, truncate, existing, temporary, .. } = file(path) else { unreachable!() };
    let storage = Storage::File { path, limit_bytes: limit, read_only, truncate, existing, temporary };
    let options = OpenOptions { extension, crc_check: true, policy: CommitPolicy::NoSync, ..OpenOptions::new(&name(), storage) };
    Opened(device(1000).open(options).unwrap())
}

/// Bytes of the file, all of which have their place on the disk.
fn size(path: &Path) -> u64 {
    let found = path.metadata().unwrap();
    assert!(found.blocks() * 512 >= found.len(), "{} bytes in {} blocks", found.len(), found.blocks());
    found.len()
}

/// Commits rows until one is refused or the file is so long; gives all lengths that it had, and what was refused.
fn fill(c: &mut Connection, path: &Path, end: u64) -> (Vec<u64>, Option<Error>) {
    let mut sizes = vec![size(path)];
    while sizes.last().is_some_and(|last| *last < end) {
        write(c);
        put(c, NOTE, &[Value::from(&[b'x'; 5_000][..])]);
        if let Err(error) = c.commit() {
            return (sizes, Some(error));
        }
        assert!(c.database.stat().unwrap().map_bytes <= size(path), "there is room for every page");
        sizes.push(size(path));
        sizes.dedup();
    }
    (sizes, None)
}

#[test]
fn a_file_grows_in_steps_ahead_of_its_pages() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    let db = open(&path, STEP, 0);
    let mut c = db.connect().unwrap();
    // Long enough for the engine to write its log back several times.
    let (sizes, _) = fill(&mut c, &path, 64 * STEP);
    assert_eq!(sizes, (1..=64).map(|n| n * STEP).collect::<Vec<_>>());
    let stat = db.stat().unwrap();
    assert!(stat.file_bytes > 64 * STEP && stat.map_bytes < 64 * STEP, "{stat:?}");
    let rows = all(&mut c, NOTE);

    let copy = folder.path().join("copy.db");
    c.copy_to(&copy).unwrap();
    drop((c, db));
    assert_eq!(size(&path), 64 * STEP, "closing leaves it so");
    let length = size(&copy);
    for (path, extension, first) in
        [(&copy, 5 * STEP, length.next_multiple_of(5 * STEP)), (&path, 3 * STEP, 66 * STEP), (&path, 0, 66 * STEP)]
    {
        let db = open(path, extension, 0);
        assert_eq!(size(path), first);
        let mut c = db.connect().unwrap();
        assert_eq!(all(&mut c, NOTE), rows);
        commit(&mut c, |c| sensor(c, extension, 1.0));
        drop((c, db));
        assert_eq!(size(path), first, "what it has it keeps");
    }
}

#[test]
fn a_file_never_passes_its_limit() {
    for (limit, lengths) in
        [(2 * STEP + STEP / 2, vec![STEP, 2 * STEP, 2 * STEP + STEP / 2]), (2 * STEP - 1, vec![STEP, STEP + STEP / 2])]
    {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.db");
        let db = open(&path, STEP, limit);
        let mut c = db.connect().unwrap();
        let (sizes, refused) = fill(&mut c, &path, u64::MAX);
        assert!(sizes.starts_with(&lengths) && sizes.iter().all(|size| *size <= limit), "{limit}: {sizes:?}");
        assert_eq!(refused.unwrap().code, Code::E_DISK_SPACE_EXHAUSTED);
        drop((c, db));
        assert!(size(&path) <= limit);
    }
}
