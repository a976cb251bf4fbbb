//! Errors inside this folder: ours, or the engine's, which get a code of the C interface at the border.

use crate::base::{Code, Error};
use rusqlite::ErrorCode;

/// What a step inside the database can fail with.
#[derive(Debug)]
pub(in crate::db) enum Fault {
    /// Already in the words of the C interface.
    Ours(Error),
    /// What the engine said.
    Engine(rusqlite::Error),
}

/// Result of everything inside this folder that touches the engine.
pub(in crate::db) type Inner<T> = std::result::Result<T, Fault>;

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Fault::Ours(error)
    }
}

impl From<Code> for Fault {
    fn from(code: Code) -> Self {
        Fault::Ours(code.into())
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Fault::Engine(error)
    }
}

/// A failed step with `code` and `text`.
pub(in crate::db) fn fault<T>(code: Code, text: impl Into<String>) -> Inner<T> {
    Err(Fault::Ours(Error { code, text: text.into() }))
}

/// The file contradicts itself or its description in docs/format.md.
pub(in crate::db) fn damaged<T>(what: impl std::fmt::Display) -> Inner<T> {
    fault(
        Code::E_DISK_CRC_MISMATCH,
        format!("the database file is damaged: {what}; restore it from a backup, or remove it to start anew"),
    )
}

impl Fault {
    /// Whether a unique index or a primary key refused a row.
    pub(in crate::db) fn is_collision(&self) -> bool {
        matches!(self, Fault::Engine(rusqlite::Error::SqliteFailure(e, _)) if e.code == ErrorCode::ConstraintViolation)
    }

    /// Whether there was no room.
    pub(in crate::db) fn is_full(&self) -> bool {
        matches!(self, Fault::Engine(rusqlite::Error::SqliteFailure(e, _)) if e.code == ErrorCode::DiskFull)
    }

    /// Whether a snapshot was too old to be written to.
    pub(in crate::db) fn is_busy(&self) -> bool {
        matches!(self, Fault::Engine(rusqlite::Error::SqliteFailure(e, _)) if e.code == ErrorCode::DatabaseBusy)
    }

    /// As [`Fault::seal`] for what is being opened or made; what the engine says is preceded by the place it speaks of.
    pub(in crate::db) fn seal_at(self, place: &str, file: bool) -> Error {
        let (ours, full) = (matches!(self, Fault::Ours(_)), self.is_full());
        let small = "; its tables alone need more, give it a larger size";
        let error = self.seal_with(file, |code| if full && code == Code::E_NOMEM { small } else { hint(code) });
        if ours { error } else { Error { text: format!("{place}: {}", error.text), ..error } }
    }

    /// In the words of the C interface; `file`: whether the rows live in a file that the user named.
    pub(in crate::db) fn seal(self, file: bool) -> Error {
        self.seal_with(file, hint)
    }

    fn seal_with(self, file: bool, hint: impl Fn(Code) -> &'static str) -> Error {
        let engine = match self {
            Fault::Ours(error) => return error,
            Fault::Engine(engine) => engine,
        };
        let code = match &engine {
            rusqlite::Error::SqliteFailure(failure, _) => code_of(failure, file),
            // What stands there is not what we would have written.
            rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::Utf8Error(..)
            | rusqlite::Error::QueryReturnedNoRows => Code::E_DISK_CRC_MISMATCH,
            _ => Code::E_DISK_FATAL_ERROR,
        };
        if code == Code::E_DISK_CRC_MISMATCH {
            let foreign = engine.sqlite_error_code() == Some(ErrorCode::NotADatabase);
            let hint = if foreign { "name another file" } else { "restore it from a backup, or remove it to start anew" };
            return Error { code, text: format!("the database file is damaged: {engine}; {hint}") };
        }
        Error { code, text: format!("the store reports: {engine}{}", hint(code)) }
    }
}

/// What to do about what the engine reports.
fn hint(code: Code) -> &'static str {
    match code {
        Code::E_DISK_SPACE_EXHAUSTED => "; make room where the file lies, or raise the limit of the database, and try again",
        Code::E_NOMEM => "; make room, or raise the limit of the database, and try again",
        Code::E_DISK_WRITE | Code::E_DISK_SYNC | Code::E_DISK_TRUNCATE | Code::E_DISK_READ => {
            "; look at the disk, its room and the limits of the process for files, then try again"
        }
        Code::E_DISK_OPEN => "; look at its directory, its rights and how many files the process has open",
        Code::E_DISK_ALREADY_OPENED => {
            "; another transaction holds the file, perhaps that of another program: end it and try again"
        }
        _ => "",
    }
}

fn code_of(failure: &rusqlite::ffi::Error, file: bool) -> Code {
    match failure.code {
        ErrorCode::DiskFull if file => Code::E_DISK_SPACE_EXHAUSTED,
        ErrorCode::DiskFull | ErrorCode::OutOfMemory => Code::E_NOMEM,
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Code::E_DISK_CRC_MISMATCH,
        ErrorCode::ReadOnly | ErrorCode::PermissionDenied => Code::E_ACCESS,
        ErrorCode::CannotOpen => Code::E_DISK_OPEN,
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Code::E_DISK_ALREADY_OPENED,
        ErrorCode::ConstraintViolation => Code::S_DUPLICATE,
        ErrorCode::TooBig => Code::E_UNSUPPORTED,
        ErrorCode::SystemIoFailure => match failure.extended_code {
            rusqlite::ffi::SQLITE_IOERR_WRITE => Code::E_DISK_WRITE,
            rusqlite::ffi::SQLITE_IOERR_FSYNC | rusqlite::ffi::SQLITE_IOERR_DIR_FSYNC => Code::E_DISK_SYNC,
            rusqlite::ffi::SQLITE_IOERR_TRUNCATE => Code::E_DISK_TRUNCATE,
            _ => Code::E_DISK_READ,
        },
        _ => Code::E_DISK_FATAL_ERROR,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_engine_reports_comes_with_what_to_do() {
        for (number, code, word) in [
            (rusqlite::ffi::SQLITE_FULL, Code::E_DISK_SPACE_EXHAUSTED, "make room"),
            (rusqlite::ffi::SQLITE_IOERR_WRITE, Code::E_DISK_WRITE, "limits of the process"),
            (rusqlite::ffi::SQLITE_CANTOPEN, Code::E_DISK_OPEN, "its directory"),
            (rusqlite::ffi::SQLITE_BUSY, Code::E_DISK_ALREADY_OPENED, "end it"),
        ] {
            let failure = rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(number), None);
            let error = Fault::Engine(failure).seal(true);
            assert!(error.code == code && error.text.contains(word), "{error:?}");
        }
        let full = || Fault::Engine(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL), None));
        let texts = [full().seal(false), full().seal_at("x", false)].map(|error| (error.code, error.text));
        for ((code, text), word) in texts.into_iter().zip(["raise the limit", "x: the store reports"]) {
            assert!(code == Code::E_NOMEM && text.contains(word) && text.matches(';').count() == 1, "one advice: {text}");
        }
    }
}
