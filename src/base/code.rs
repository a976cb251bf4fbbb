//! Return codes. The one table is `codes.txt`; `build.rs` turns it into the constants below and into the C enum.

use std::fmt;

/// An `MCO_RET`: status (`S_`), error (`E_`) or fatal (`ERR_`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(pub i32);

include!(concat!(env!("OUT_DIR"), "/codes.rs"));

impl Code {
    /// The name in C, if the code is in the table.
    pub fn name(self) -> Option<&'static str> {
        self.row().map(|r| r.1)
    }

    /// What `mco_strerror` says about it.
    pub fn text(self) -> &'static str {
        self.row().map_or("unknown error", |r| r.2)
    }

    /// Every code of the table: value, name in C, text.
    pub fn table() -> &'static [(i32, &'static str, &'static str)] {
        TABLE
    }

    /// Whether a writing call that returns this puts its transaction into the error state.
    pub fn is_error(self) -> bool {
        self.0 >= Code::E_CORE.0 && self != Code::S_IOT_NO_NEW_DATA
    }

    /// Whether it is for the handler of fatal errors.
    pub fn is_fatal(self) -> bool {
        self.0 >= Code::ERR_DB.0
    }

    fn row(self) -> Option<&'static (i32, &'static str, &'static str)> {
        TABLE.binary_search_by_key(&self.0, |r| r.0).ok().and_then(|i| TABLE.get(i))
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{name} {}: {}", self.0, self.text()),
            None => write!(f, "code {}", self.0),
        }
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "Code({})", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_listed_once_in_rising_order_and_has_a_text() {
        for pair in TABLE.windows(2) {
            assert!(pair[0].0 < pair[1].0, "{} and {}", pair[0].1, pair[1].1);
        }
        for (value, name, text) in TABLE {
            assert!(!text.is_empty(), "{name} {value} has no text");
        }
    }
}
