//! Extending the file ahead of need, in steps. The engine writes rows to its log and only later to the file; with room taken beforehand it is a
//! commit that finds the disk full, while it can still be rolled back.

use crate::base::Code;
use crate::db::database::Inside;
use crate::db::fault::{Inner, fault};
use crate::db::{Connection, store};
use rusqlite::ffi;
use std::fs::File;
use std::os::fd::AsRawFd;
use std::sync::atomic::Ordering;

/// Longest step in bytes; the engine takes it as an `int`.
const LONGEST: u64 = 1 << 30;

/// How a file is extended.
#[derive(Debug)]
pub(in crate::db) struct Extension {
    /// The database file; never closed before the engine has closed it, whose locks would go too.
    file: File,
    page: u64,
    /// Pages of a step.
    step: u64,
}

/// What became of room that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Room {
    Taken,
    Full,
    /// The file system takes none beforehand.
    Unknown,
}

impl Extension {
    /// For pages of `page` bytes, in steps of about `quantum` bytes.
    pub(in crate::db) fn new(file: File, page: u64, quantum: u64) -> Extension {
        Extension { file, page, step: (quantum.min(LONGEST) / page).max(1) }
    }

    /// Extends the file to the step that holds so many pages, with `ahead` also one that has room for them. False: the disk is full.
    fn reach(&self, sql: &rusqlite::Connection, keeper: &rusqlite::Connection, limit: u64, ahead: bool) -> Inner<bool> {
        let pages = store::all_pages(sql)?;
        let size = self.size()?;
        // The engine keeps what the file has, also of longer steps of a former opening.
        let held = pages.max(size.div_ceil(self.page));
        let step = self.step_to(held, limit);
        let (needed, wanted) = (pages * self.page, held.next_multiple_of(step) * self.page);
        let room = match size {
            size if size >= wanted => Room::Taken,
            size if size >= needed && !ahead => Room::Unknown,
            size => self.take(size, wanted, store::all_pages(keeper)? * self.page),
        };
        // When the engine has written its log back it gives the file a multiple of this; it must not make it longer than there is room.
        set_chunk(sql, if room == Room::Taken { step * self.page } else { 0 })?;
        Ok(room != Room::Full || size >= needed)
    }

    /// Pages of the step to a file with so many: near the limit steps are shorter, so that none passes it.
    fn step_to(&self, pages: u64, limit: u64) -> u64 {
        let mut step = self.step;
        while limit != 0 && step > 1 && pages.next_multiple_of(step) > limit {
            step /= 2;
        }
        step
    }

    fn size(&self) -> Inner<u64> {
        match self.file.metadata() {
            Ok(found) => Ok(found.len()),
            Err(error) => fault(Code::E_DISK_READ, format!("the size of the database file cannot be read: {error}")),
        }
    }

    /// `committed` bytes may be written back meanwhile, by other connections, beyond what the file had.
    fn take(&self, size: u64, wanted: u64, committed: u64) -> Room {
        let (Ok(from), Ok(length)) = (size.try_into(), (wanted - size).try_into()) else { return Room::Unknown };
        loop {
            // SAFETY: the descriptor is open as long as its file is.
            match unsafe { libc::posix_fallocate(self.file.as_raw_fd(), from, length) } {
                0 => return Room::Taken,
                libc::EINTR => {}
                libc::ENOSPC | libc::EDQUOT | libc::EFBIG => {
                    // Whatever part it got is needed for the log.
                    let kept = size.max(committed);
                    if self.size().is_ok_and(|now| now > kept) {
                        let _ = self.file.set_len(kept);
                    }
                    return Room::Full;
                }
                _ => return Room::Unknown,
            }
        }
    }
}

impl Inside {
    /// Makes room in the file for all pages that a connection sees, see [`Extension`]. False: the disk is full.
    pub(in crate::db) fn extend(&self, sql: &rusqlite::Connection, limit: u64, ahead: bool) -> Inner<bool> {
        match &self.files.extension {
            Some(extension) => extension.reach(sql, &self.keeper, limit, ahead),
            None => Ok(true),
        }
    }
}

impl Connection {
    /// Makes room in the file for what the open transaction has written: `E_DISK_SPACE_EXHAUSTED`. What takes no more than it gives back
    /// goes on: deletes and acknowledgments are how room is made.
    pub(in crate::db) fn extend_file(&self) -> Inner<()> {
        let limit = self.database.limit_pages.load(Ordering::Relaxed);
        let fits = self.database.with_inside(|inside| {
            Ok(inside.extend(&self.engine, limit, false)?
                || store::used_pages(&self.engine)? <= store::used_pages(&inside.keeper)?)
        })?;
        if fits { Ok(()) } else { no_room(self.database.name()) }
    }
}

/// The disk has no room for the next step of the file of a database.
pub(in crate::db) fn no_room<T>(name: &str) -> Inner<T> {
    fault(
        Code::E_DISK_SPACE_EXHAUSTED,
        format!(
            "the disk has no room for the next step of the file of database '{name}'; make room where the file lies, delete or clear rows, \
             or open it with a smaller file_extension_quantum"
        ),
    )
}

/// Tells the engine to cut the file to multiples of so many bytes only; 0: of a page.
fn set_chunk(sql: &rusqlite::Connection, bytes: u64) -> Inner<()> {
    let mut bytes = i32::try_from(bytes).unwrap_or_default();
    // SAFETY: the connection is open, and for this word the engine reads one `int`.
    let code = unsafe {
        ffi::sqlite3_file_control(sql.handle(), c"main".as_ptr(), ffi::SQLITE_FCNTL_CHUNK_SIZE, (&raw mut bytes).cast())
    };
    match code {
        ffi::SQLITE_OK => Ok(()),
        code => Err(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_back_meanwhile_is_not_cut_off() {
        const PAGE: u64 = 4096;
        let file = tempfile::tempfile().unwrap();
        let extension = Extension::new(file.try_clone().unwrap(), PAGE, 1 << 20);
        for (committed, left) in [(80, 80), (100, 100), (120, 100), (0, 50)] {
            // It had 50 pages when it was looked at.
            file.set_len(100 * PAGE).unwrap();
            assert_eq!(extension.take(50 * PAGE, 1 << 62, committed * PAGE), Room::Full);
            assert_eq!(file.metadata().unwrap().len(), left * PAGE);
        }
    }
}
