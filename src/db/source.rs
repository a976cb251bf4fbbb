//! The objects of a batch as a table of the engine, so that one statement writes many. Its rowid is the number of an object, its columns are
//! autoid, checksum, and the fields.

use crate::db::batch::Batch;
use crate::db::coding::{Coding, Param};
use crate::db::layout::Layout;
use parking_lot::Mutex;
use rusqlite::vtab::{Context, Filters, IndexInfo, Module, VTab, VTabConnection, VTabCursor, sqlite3_vtab, sqlite3_vtab_cursor};
use rusqlite::{Connection, Result};
use std::borrow::Cow;
use std::ffi::{CStr, CString, c_int};
use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;

/// Name of the table.
pub(in crate::db) const NAME: &str = "_mco_batch";
/// Names of the columns before the fields.
pub(in crate::db) const OWN: [&str; 2] = ["autoid", "sum"];

/// Objects to be written.
#[derive(Debug)]
pub(in crate::db) struct Shown {
    pub(in crate::db) batch: Arc<Batch>,
    pub(in crate::db) rows: Range<usize>,
    /// By field.
    pub(in crate::db) codings: Vec<Coding>,
    /// Checksums of these objects.
    pub(in crate::db) sums: Vec<u32>,
}

/// What the next statement that reads the table of a connection finds there.
#[derive(Clone, Debug, Default)]
pub(in crate::db) struct Source(Arc<Mutex<Option<Shown>>>);

impl Source {
    /// The table of a connection, wide enough for every class.
    pub(in crate::db) fn new(sql: &Connection, layout: &Layout) -> Result<Source> {
        const MODULE: Module<'static, Table> = Module::eponymous_only_module();
        let source = Source::default();
        let fields = layout.tables.iter().map(|table| table.fields.len()).max().unwrap_or_default();
        sql.create_module(NAME, &MODULE, Some((source.clone(), fields)))?;
        Ok(source)
    }

    /// Shows these objects, once.
    pub(in crate::db) fn show(&self, shown: Shown) {
        *self.0.lock() = Some(shown);
    }
}

/// Name of the column of a field.
pub(in crate::db) fn column(field: usize) -> String {
    format!("f{field}")
}

#[repr(C)]
struct Table {
    /// The engine's part, which stands first.
    base: sqlite3_vtab,
    source: Source,
}

#[repr(C)]
struct Cursor<'a> {
    /// The engine's part, which stands first.
    base: sqlite3_vtab_cursor,
    source: &'a Source,
    shown: Option<Shown>,
    at: usize,
}

// SAFETY: the trait wants the layout of C and the engine's part in front.
unsafe impl<'a> VTab<'a> for Table {
    type Aux = (Source, usize);
    type Cursor = Cursor<'a>;

    fn connect(
        _: &mut VTabConnection,
        aux: Option<&Self::Aux>,
        _: &[u8],
        _: &[u8],
        _: &[u8],
        _: &[&[u8]],
    ) -> Result<(Cow<'static, CStr>, Self)> {
        let (source, fields) = aux.cloned().unwrap_or_default();
        let mut create = format!("CREATE TABLE x({}", OWN.join(", "));
        (0..fields).for_each(|field| {
            let _ = write!(create, ", {}", column(field));
        });
        create.push(')');
        Ok((CString::new(create)?.into(), Table { base: sqlite3_vtab::default(), source }))
    }

    fn best_index(&self, _: &mut IndexInfo) -> Result<bool> {
        Ok(true)
    }

    fn open(&'a mut self) -> Result<Cursor<'a>> {
        Ok(Cursor { base: sqlite3_vtab_cursor::default(), source: &self.source, shown: None, at: 0 })
    }
}

// SAFETY: as above.
unsafe impl VTabCursor for Cursor<'_> {
    fn filter(&mut self, _: c_int, _: Option<&str>, _: &Filters<'_>) -> Result<()> {
        self.shown = self.source.0.lock().take();
        self.at = 0;
        Ok(())
    }

    fn next(&mut self) -> Result<()> {
        self.at += 1;
        Ok(())
    }

    fn eof(&self) -> bool {
        self.shown.as_ref().is_none_or(|shown| self.at >= shown.rows.len())
    }

    fn column(&self, context: &mut Context, column: c_int) -> Result<()> {
        let Some(shown) = &self.shown else { return Ok(()) };
        let (batch, row) = (&shown.batch, shown.rows.start + self.at);
        match usize::try_from(column).unwrap_or_default() {
            0 => context.set_result(&batch.autoid_at(row).cast_signed()),
            1 => context.set_result(&shown.sums.get(self.at)),
            field => match (batch.cells.get(field - OWN.len()), shown.codings.get(field - OWN.len())) {
                (Some(cells), Some(coding)) => cells.with(row, |value| context.set_result(&Param(*coding, value))),
                _ => Ok(()),
            },
        }
    }

    fn rowid(&self) -> Result<i64> {
        let at = |shown: &Shown| shown.batch.at(shown.rows.start + self.at).key.oid.cast_signed();
        Ok(self.shown.as_ref().map_or(0, at))
    }
}
