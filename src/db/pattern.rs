//! Search by pattern: `*` stands for any run of bytes, `?` for one.

use crate::base::{Code, Result, Value};
use crate::db::coding::Coding;
use crate::db::connection::{scan, table};
use crate::db::fault::{Inner, fault};
use crate::db::scan::{Scan, Spot, Way};
use crate::db::{Connection, CursorId, CursorKind};
use std::sync::Arc;

/// A pattern and the index that it is looked for in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::db) struct Pattern {
    index: u16,
    text: Box<[u8]>,
}

impl Connection {
    /// Opens at the first object whose first key matches the pattern; `S_NOTFOUND`. `E_UNSUPPORTED` when the first key
    /// is no char or string, or the index is a hash.
    pub fn pattern_search(&mut self, cursor: CursorId, index: u16, pattern: &[u8]) -> Result<()> {
        self.reading(|connection| {
            let database = Arc::clone(&connection.database);
            let scan = scan(&database, index)?;
            let table = table(&database, scan.class)?;
            let first = scan.fields.first().and_then(|field| table.fields.get(usize::from(*field)));
            if first.map(|column| column.coding) != Some(Coding::Text) || scan.kind != CursorKind::Tree {
                return fault(Code::E_UNSUPPORTED, format!("index {index} is no tree with a char or string as its first key"));
            }
            let pattern = Pattern { index, text: pattern.into() };
            let start = pattern.start(scan, &connection.engine)?;
            match pattern.seek(scan, &connection.engine, start)? {
                Some(spot) => {
                    connection.put_cursor(cursor, index, spot, pattern);
                    Ok(())
                }
                None => Err(Code::S_NOTFOUND.into()),
            }
        })
    }

    /// The next match; `S_CURSOR_END`. `E_CURSOR_INVALID` when the cursor was not opened by a pattern.
    pub fn pattern_next(&mut self, cursor: CursorId) -> Result<()> {
        self.reading(|connection| {
            let database = Arc::clone(&connection.database);
            let open = connection.cursor(cursor)?;
            let (Some(pattern), Some(at)) = (&open.pattern, &open.at) else {
                return fault(Code::E_CURSOR_INVALID, "the cursor was not opened by a pattern search");
            };
            let scan = scan(&database, pattern.index)?;
            let next = scan.beyond(&connection.engine, Way::Forward, at)?;
            match pattern.seek(scan, &connection.engine, next)? {
                Some(spot) => {
                    connection.set_spot(cursor, spot);
                    Ok(())
                }
                None => Err(Code::S_CURSOR_END.into()),
            }
        })
    }
}

impl Pattern {
    /// The bytes before the first wildcard.
    fn prefix(&self) -> &[u8] {
        let end = self.text.iter().position(|b| matches!(b, b'*' | b'?')).unwrap_or(self.text.len());
        self.text.get(..end).unwrap_or_default()
    }

    /// The first entry that may match: keys with the prefix lie together.
    fn start(&self, scan: &Scan, sql: &rusqlite::Connection) -> Inner<Option<Spot>> {
        if self.prefix().is_empty() || scan.first_falls() {
            return scan.end(sql, Way::Forward);
        }
        scan.first_from(sql, Value::from(self.prefix()))
    }

    /// The first match at or behind a spot.
    fn seek(&self, scan: &Scan, sql: &rusqlite::Connection, from: Option<Spot>) -> Inner<Option<Spot>> {
        let mut at = from;
        while let Some(spot) = at {
            let Some(Value::Bytes(text)) = spot.keys.first() else { return Ok(None) };
            if matches(&self.text, text) {
                return Ok(Some(spot));
            }
            let past = if scan.first_falls() { &**text < self.prefix() } else { !text.starts_with(self.prefix()) };
            if past {
                return Ok(None);
            }
            at = scan.beyond(sql, Way::Forward, &spot)?;
        }
        Ok(None)
    }
}

/// Whether the whole text matches. On a mismatch only the last `*` is tried further on, so the time is bounded by the
/// product of both lengths.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(byte) = text.get(t) {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(b'?') => (p, t) = (p + 1, t + 1),
            Some(wanted) if wanted == byte => (p, t) = (p + 1, t + 1),
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    (p, t) = (at + 1, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).unwrap_or_default().iter().all(|b| *b == b'*')
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn wildcards_match() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("a*", "abc", true),
            ("*c", "abc", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*b*d*", "abcde", true),
            ("*b*d", "abcde", false),
            ("a*b*c", "aXbXbXc", true),
            ("??", "a", false),
        ] {
            assert_eq!(matches(pattern.as_bytes(), text.as_bytes()), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn many_stars_end_soon() {
        let text = vec![b'a'; 4096];
        let pattern = "*a".repeat(200) + "b";
        assert!(!matches(pattern.as_bytes(), &text));
    }
}
