//! Files of a database: locks against other processes, and directories of databases in memory.

use crate::base::{Code, Error, Random, Result, fail};
use crate::db::extension::Extension;
use crate::db::lock::LockFile;
use crate::db::{OpenOptions, Storage, shared};
use std::fs::{self, File, OpenOptions as FileOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Where databases in memory live: a file system in memory if there is one.
const MEMORY_PLACES: [&str; 2] = ["/dev/shm", "/run/shm"];
/// Suffixes of the files that the store makes beside the database file.
const COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// The files of one open database. Dropping it gives up the lock and removes what must not stay.
#[derive(Debug)]
pub(in crate::db) struct Files {
    /// The database file.
    pub(in crate::db) path: PathBuf,
    /// Whether the user named the file.
    pub(in crate::db) named: bool,
    /// How the database file grows; `None`: as it is written.
    pub(in crate::db) extension: Option<Extension>,
    remove: Option<Removal>,
    /// Whether other processes have it open.
    pub(in crate::db) attached: bool,
    /// Nobody else makes or removes a database in memory while this is held.
    guard: Option<LockFile>,
    /// Held as long as the database is open; the kernel lets go of it when the process ends.
    lock: LockFile,
}

#[derive(Debug)]
enum Removal {
    /// The database file and its companions.
    File,
    /// The whole directory.
    Directory(PathBuf),
    /// The whole directory, by the last process that has it open.
    Last(PathBuf),
}

impl Files {
    /// Takes the place that the options name: `E_DISK_OPEN`, `E_DISK_ALREADY_OPENED`.
    pub(in crate::db) fn take(options: &OpenOptions) -> Result<Files> {
        match &options.storage {
            Storage::Memory { .. } => Files::memory(),
            Storage::Shared { name, .. } => Files::shared(&shared::directory(name)?),
            Storage::File { path, truncate, existing, temporary, read_only, .. } => {
                let writable = !(*read_only || options.read_only);
                let is_there = fs::metadata(path).is_ok_and(|found| found.is_file() && found.len() > 0);
                if (*existing || options.open_existing || !writable) && !is_there {
                    return fail(
                        Code::E_DISK_OPEN,
                        format!(
                            "the database file {} does not exist or is empty, and it was asked for as an existing one",
                            path.display()
                        ),
                    );
                }
                let path = resolved(path, writable)?;
                let lock = lock_file(&with_suffix(&path, "-lock"), writable)?;
                let remove = (*temporary || options.transient).then_some(Removal::File);
                let files = Files { path, named: true, extension: None, remove, attached: false, guard: None, lock };
                if *truncate && writable {
                    files.discard();
                }
                Ok(files)
            }
        }
    }

    /// A new directory for a database in memory; removes those of processes that have died.
    fn memory() -> Result<Files> {
        let place = memory_place()?;
        let _guard = guard(&place)?;
        sweep(&place);
        let directory = place.join(format!("{:016x}", Random::from_system().any()));
        make_directory(&directory)?;
        let lock = LockFile::new(|| private_file(&directory.join("lock")))?;
        lock.lock().map_err(|e| unusable(&directory, &e))?;
        let (path, remove) = (directory.join("rows.db"), Some(Removal::Directory(directory)));
        Ok(Files { path, named: false, extension: None, remove, attached: false, guard: None, lock })
    }

    /// The directory of a database that processes share; a new one where nobody lives any more who had it open. Others wait until
    /// [`Files::settle`].
    fn shared(name: &str) -> Result<Files> {
        let place = memory_place()?;
        let guard = Some(guard(&place)?);
        sweep(&place);
        let directory = place.join(name);
        make_directory(&directory)?;
        let lock = LockFile::new(|| private_file(&directory.join("lock")))?;
        let attached = lock.try_lock().is_err();
        let unusable = |error| unusable(&directory, &error);
        hold(|| lock.unlock()).and_then(|()| hold(|| lock.lock_shared())).map_err(unusable)?;
        let (path, remove) = (directory.join("rows.db"), Some(Removal::Last(directory)));
        let files = Files { path, named: false, extension: None, remove, attached, guard, lock };
        if !attached {
            files.discard();
        }
        Ok(files)
    }

    /// What was opened is in order: other processes may open and close databases in memory.
    pub(in crate::db) fn settle(&mut self) {
        self.guard = None;
    }

    /// Where processes that share it find each other.
    pub(in crate::db) fn meeting(&self) -> Option<&Path> {
        match &self.remove {
            Some(Removal::Last(directory)) => Some(directory),
            _ => None,
        }
    }

    /// Makes the database file if there is none, readable for its owner alone.
    pub(in crate::db) fn create(&self) -> Result<()> {
        // To open it and close it again would take the engine's locks from this process, which may have had it open before.
        if self.attached { Ok(()) } else { self.open().map(drop) }
    }

    /// The database file. Not to be closed while the engine has it open.
    pub(in crate::db) fn open(&self) -> Result<File> {
        private_file(&self.path)
    }

    /// The write-ahead log.
    pub(in crate::db) fn log(&self) -> PathBuf {
        with_suffix(&self.path, "-wal")
    }

    /// Bytes on disk.
    pub(in crate::db) fn bytes(&self) -> u64 {
        let paths = [self.path.clone(), self.log()];
        paths.iter().filter_map(|path| fs::metadata(path).ok()).map(|found| found.len()).sum()
    }

    /// Removes the directory if no other process has it open.
    fn go(&self, directory: &Path) {
        let guard = match (&self.guard, directory.parent()) {
            (None, Some(place)) => guard(place).map(Some),
            _ => Ok(None),
        };
        // Who comes just now must not find half of it: then the next open sweeps.
        if guard.is_err() {
            return;
        }
        let _ = hold(|| self.lock.unlock());
        if self.lock.try_lock().is_ok() {
            let _ = fs::remove_dir_all(directory);
        }
    }

    /// Removes the database file and its companions.
    fn discard(&self) {
        let _ = fs::remove_file(&self.path);
        for suffix in COMPANIONS {
            let _ = fs::remove_file(with_suffix(&self.path, suffix));
        }
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        match &self.remove {
            Some(Removal::File) => self.discard(),
            Some(Removal::Directory(directory)) => {
                let _ = fs::remove_dir_all(directory);
            }
            Some(Removal::Last(directory)) => self.go(directory),
            None => {}
        }
        // Whoever has the lock opens the file, and must not lose the engine's locks to a later close here.
        self.extension = None;
    }
}

/// Makes sure that nobody else makes or removes a database in memory.
fn guard(place: &Path) -> Result<LockFile> {
    let guard = LockFile::new(|| private_file(&place.join("lock")))?;
    hold(|| guard.lock()).map_err(|e| unusable(place, &e))?;
    Ok(guard)
}

/// Takes or frees a lock, whatever signals come meanwhile.
pub(in crate::db) fn hold(lock: impl Fn() -> io::Result<()>) -> io::Result<()> {
    loop {
        match lock() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}

fn memory_place() -> Result<PathBuf> {
    let owner = fs::metadata("/proc/self").map(|m| m.uid()).unwrap_or_default();
    let name = format!("mcoiot-{owner}");
    let mut places: Vec<PathBuf> = MEMORY_PLACES.map(PathBuf::from).to_vec();
    places.push(std::env::temp_dir());
    let mut last = None;
    for place in places.into_iter().filter(|p| p.is_dir()) {
        let path = place.join(&name);
        match make_directory(&path) {
            Ok(()) => return Ok(path),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| Error { code: Code::E_NOMEM, text: "there is no directory for a database in memory".into() }))
}

/// Makes a directory for this user alone, or makes sure that the one there is such a directory.
fn make_directory(path: &Path) -> Result<()> {
    match fs::DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => return Ok(()),
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
        Err(e) => return Err(unusable(path, &e)),
    }
    let own = fs::metadata("/proc/self").map(|m| m.uid()).map_err(|e| unusable(path, &e))?;
    let found = fs::symlink_metadata(path).map_err(|e| unusable(path, &e))?;
    if found.is_dir() && found.uid() == own && found.mode() & 0o077 == 0 {
        return Ok(());
    }
    fail(Code::E_NOMEM, format!("{} belongs to another user or is open to others; remove it", path.display()))
}

/// Removes directories whose process has died: nobody holds their lock.
fn sweep(place: &Path) {
    let Ok(entries) = fs::read_dir(place) else { return };
    for directory in entries.flatten().map(|e| e.path()).filter(|p| p.is_dir()) {
        // Where it cannot be told, as when this process has no descriptor left, somebody may live.
        let is_dead = match File::open(directory.join("lock")) {
            Ok(lock) => lock.try_lock().is_ok(),
            Err(error) => error.kind() == io::ErrorKind::NotFound,
        };
        if is_dead {
            let _ = fs::remove_dir_all(&directory);
        }
    }
}

/// The file itself, whatever symbolic links lead to it and wherever the program goes then: its lock and its log have one place.
/// One that is there is not opened: to close it again would take the engine's locks from this whole process.
fn resolved(path: &Path, create: bool) -> Result<PathBuf> {
    if create && !path.exists() {
        private_file(path)?;
    }
    let path = fs::canonicalize(path).map_err(|e| unopened(path, &e))?;
    // Lock and log lie beside one name; by another one a second program would have its own.
    if fs::metadata(&path).is_ok_and(|found| found.is_file() && found.nlink() > 1) {
        let text = format!(
            "{} has several names (hard links): two programs could open it under different names and damage it; copy it instead",
            path.display()
        );
        return fail(Code::E_DISK_OPEN, text);
    }
    Ok(path)
}

fn lock_file(path: &Path, exclusive: bool) -> Result<LockFile> {
    // Why it cannot be made says more than that it is not there.
    let reading = |refused| existing_file(path).map_err(|_| refused);
    let lock = LockFile::new(|| if exclusive { private_file(path) } else { private_file(path).or_else(reading) })?;
    let held = if exclusive { lock.try_lock() } else { lock.try_lock_shared() };
    match held {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => fail(
            Code::E_DISK_ALREADY_OPENED,
            format!("the database is in use by this or another process, which holds {}; close it there first", path.display()),
        ),
        Err(TryLockError::Error(e)) => Err(unopened(path, &e)),
    }
}

pub(in crate::db) fn private_file(path: &Path) -> Result<File> {
    FileOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path).map_err(|e| unopened(path, &e))
}

fn existing_file(path: &Path) -> Result<File> {
    File::open(path).map_err(|e| unopened(path, &e))
}

fn unopened(path: &Path, error: &io::Error) -> Error {
    Error { code: Code::E_DISK_OPEN, text: format!("cannot open {}: {error}", path.display()) }
}

fn unusable(path: &Path, error: &io::Error) -> Error {
    Error { code: Code::E_NOMEM, text: format!("cannot keep a database in memory at {}: {error}", path.display()) }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_dead_processes_left_is_removed_and_the_rest_stays() {
        let place = tempfile::tempdir().unwrap();
        let dead = place.path().join("dead");
        let alive = place.path().join("alive");
        for directory in [&dead, &alive] {
            make_directory(directory).unwrap();
            fs::write(directory.join("rows.db"), "x").unwrap();
            private_file(&directory.join("lock")).unwrap();
        }
        let held = File::open(alive.join("lock")).unwrap();
        held.lock().unwrap();
        sweep(place.path());
        assert!(!dead.exists());
        assert!(alive.join("rows.db").exists());
    }

    #[test]
    fn what_nobody_can_look_at_stays() {
        let place = tempfile::tempdir().unwrap();
        let (strange, empty) = (place.path().join("strange"), place.path().join("empty"));
        for directory in [&strange, &empty] {
            make_directory(directory).unwrap();
        }
        // A link to itself cannot be opened, like any file where descriptors are used up.
        std::os::unix::fs::symlink("lock", strange.join("lock")).unwrap();
        sweep(place.path());
        assert!(strange.exists());
        assert!(!empty.exists(), "who made it has died before its lock was there");
    }

    #[test]
    fn a_copy_of_its_descriptor_does_not_keep_the_guard() {
        let place = tempfile::tempdir().unwrap();
        let held = guard(place.path()).unwrap();
        let of_a_child = held.try_clone().unwrap();
        drop(held);
        assert!(private_file(&place.path().join("lock")).unwrap().try_lock().is_ok());
        drop(of_a_child);
    }

    #[test]
    fn a_path_leads_to_its_file_from_every_directory() {
        assert_eq!(resolved(Path::new("Cargo.toml"), false).unwrap(), Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"));
    }

    #[test]
    fn a_directory_that_others_can_read_is_not_used() {
        let place = tempfile::tempdir().unwrap();
        let open = place.path().join("open");
        fs::DirBuilder::new().mode(0o755).create(&open).unwrap();
        assert_eq!(make_directory(&open).unwrap_err().code, Code::E_NOMEM);
    }
}
