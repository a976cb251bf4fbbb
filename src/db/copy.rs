//! Copies of an open database.

use crate::base::{Code, Error, Result};
use crate::db::fault::Inner;
use crate::db::{Connection, store};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

impl Connection {
    /// Copies what is committed into a new file, readable for its owner alone and durable on return. Readers and writers go on
    /// meanwhile; what they commit after the start is not in the copy. `E_DISK_OPEN`: there is such a file, or it cannot be made;
    /// `E_DISK_SPACE_EXHAUSTED`, `E_DISK_WRITE`, `E_DISK_SYNC`: nothing is left of it then.
    pub fn copy_to(&mut self, path: &Path) -> Result<()> {
        self.alive()?;
        let failed = |code, error: io::Error| Error { code, text: format!("copying to {}: {error}", path.display()) };
        let target = std::path::absolute(path).map_err(|error| failed(Code::E_DISK_OPEN, error))?;
        let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&target);
        let file = made.map_err(|error| failed(Code::E_DISK_OPEN, error))?;
        let done = self.write_copy(&target).map_err(|fault| fault.seal_at(&format!("copying to {}", path.display()), true));
        let done = done.and_then(|()| sync(&file, &target).map_err(|error| failed(Code::E_DISK_SYNC, error)));
        if done.is_err() {
            // What is half there must not look like a copy.
            let _ = fs::remove_file(&target);
        }
        done
    }

    fn write_copy(&self, target: &Path) -> Inner<()> {
        let Some(name) = target.to_str() else {
            return crate::db::fault::fault(Code::E_DISK_OPEN, "the name of the file is not valid UTF-8");
        };
        let source = self.database.with_inside(|inside| Ok(inside.files.path.clone()))?;
        // A connection of its own: this one may be in a transaction.
        let engine = store::engine(&source, self.database.is_writable())?;
        engine.execute("VACUUM INTO ?1", [name])?;
        Ok(())
    }
}

fn sync(file: &File, path: &Path) -> io::Result<()> {
    file.sync_all()?;
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}
