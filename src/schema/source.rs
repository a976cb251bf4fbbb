//! Where schema text comes from, and places in it.

use std::rc::Rc;

/// Reads files for the compiler. The compiler itself never touches a file system.
pub trait Files {
    /// The content of the file at `path`; `path` is the one given to [`super::compile`], or that of an include file.
    fn read(&self, path: &str) -> Result<Vec<u8>, Unreadable>;
}

/// Why a file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// There is no such file; the search for an include file goes on in the next directory.
    pub missing: bool,
    /// What the system says, for the message.
    pub reason: String,
}

/// A stretch of one line of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) file: u16,
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) width: u32,
}

impl Place {
    /// Right behind this place.
    pub(super) fn behind(self) -> Place {
        Place { column: self.column.saturating_add(self.width), width: 1, ..self }
    }
}

/// The files of one run.
#[derive(Default)]
pub(super) struct Sources {
    list: Vec<(String, Rc<[u8]>)>,
}

impl Sources {
    /// Most different files of one run.
    pub(super) const MAX_FILES: usize = 1000;

    pub(super) fn add(&mut self, path: &str, text: Vec<u8>) -> u16 {
        self.list.push((path.to_string(), text.into()));
        u16::try_from(self.list.len().saturating_sub(1)).unwrap_or(u16::MAX)
    }

    pub(super) fn find(&self, path: &str) -> Option<u16> {
        self.list.iter().position(|(known, _)| known == path).and_then(|i| u16::try_from(i).ok())
    }

    pub(super) fn text(&self, file: u16) -> Rc<[u8]> {
        self.list.get(usize::from(file)).map_or_else(|| Rc::from([]), |(_, text)| text.clone())
    }

    pub(super) fn path(&self, file: u16) -> &str {
        self.list.get(usize::from(file)).map_or("", |(path, _)| path)
    }

    pub(super) fn is_full(&self) -> bool {
        self.list.len() >= Self::MAX_FILES
    }

    pub(super) fn into_paths(self) -> Vec<String> {
        self.list.into_iter().map(|(path, _)| path).collect()
    }

    /// "line 7", or "other.mco:7" when seen from another file.
    pub(super) fn line_from(&self, place: Place, seen_from: Place) -> String {
        if place.file == seen_from.file {
            format!("line {}", place.line)
        } else {
            format!("{}:{}", self.path(place.file), place.line)
        }
    }
}
