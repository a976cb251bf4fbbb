//! Messages of the compiler.

use super::source::{Place, Sources};
use std::collections::BTreeMap;
use std::fmt;

/// Whether a message stops the compiler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// The schema is wrong; there is no output.
    Error,
    /// The schema is accepted.
    Warning,
}

/// What becomes of warnings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Warnings {
    /// They are given back beside the dictionary.
    #[default]
    Show,
    /// They are dropped.
    Off,
    /// They are errors.
    Errors,
}

/// One message with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// Path of the file as it was opened.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Character in the line, from 1.
    pub column: u32,
    /// What is wrong.
    pub text: String,
    /// The line of the source file, without its end.
    pub source_line: String,
    /// What to do, where there is something to say.
    pub hint: Option<String>,
}

/// The messages of one run, in the order of their places, at most 20 of each severity. `Display` gives the text for a
/// person, with the number of errors if there are more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    errors: usize,
    warnings: usize,
    unreadable: bool,
}

impl Diagnostics {
    /// Most messages of one severity that are kept and shown.
    pub const MAX_SHOWN: usize = 20;

    /// The messages that are kept.
    pub fn list(&self) -> &[Diagnostic] {
        &self.list
    }

    /// Number of all errors, kept or not.
    pub fn errors(&self) -> usize {
        self.errors
    }

    /// Whether there is no message.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Whether one of the errors is a file that could not be read.
    pub fn unreadable(&self) -> bool {
        self.unreadable
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.list.iter().try_for_each(|diagnostic| diagnostic.fmt(f))?;
        for (count, word) in [(self.errors, "errors"), (self.warnings, "warnings")] {
            if count > Self::MAX_SHOWN {
                writeln!(f, "{count} {word}, the first {} are shown", Self::MAX_SHOWN)?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        writeln!(f, "{}:{}:{}: {word}: {}", self.file, self.line, self.column, self.text)?;
        let before = usize::try_from(self.column.saturating_sub(1)).unwrap_or(usize::MAX);
        // Tabs stay tabs, so that the caret stands below its character however wide a tab is.
        let mut indent: String = self.source_line.chars().take(before).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        let missing = before.saturating_sub(self.source_line.chars().count()).min(1);
        indent.extend(std::iter::repeat_n(' ', missing));
        writeln!(f, "{}\n{indent}^", self.source_line)?;
        match &self.hint {
            Some(hint) => writeln!(f, "  hint: {hint}"),
            None => Ok(()),
        }
    }
}

/// Collects messages during a run.
#[derive(Default)]
pub(super) struct Report {
    found: Vec<Found>,
    errors: usize,
    warnings: usize,
    unreadable: bool,
}

struct Found {
    severity: Severity,
    place: Place,
    text: String,
    hint: Option<String>,
}

impl Report {
    /// Messages kept before sorting: a pass finds them out of order, and a hostile text gives any number.
    const MAX_KEPT: usize = 10 * Diagnostics::MAX_SHOWN;

    pub(super) fn error(&mut self, place: Place, text: impl Into<String>) {
        let text = text.into();
        // A macro brings the same mistake to the same place as often as it is in its text.
        if self.found.iter().any(|found| found.place == place && found.text == text) {
            return;
        }
        self.errors = self.errors.saturating_add(1);
        if self.errors <= Self::MAX_KEPT {
            self.found.push(Found { severity: Severity::Error, place, text, hint: None });
        }
    }

    /// An error whose hint may be costly to find.
    pub(super) fn error_hint(&mut self, place: Place, text: impl Into<String>, hint: impl FnOnce() -> Option<String>) {
        self.error(place, text);
        if self.errors <= Self::MAX_KEPT
            && let Some(found) = self.found.last_mut()
        {
            found.hint = hint();
        }
    }

    pub(super) fn warning(&mut self, place: Place, text: impl Into<String>) {
        self.warnings = self.warnings.saturating_add(1);
        if self.warnings <= Self::MAX_KEPT {
            self.found.push(Found { severity: Severity::Warning, place, text: text.into(), hint: None });
        }
    }

    pub(super) fn unreadable(&mut self, place: Place, text: impl Into<String>) {
        self.unreadable = true;
        self.error(place, text);
    }

    pub(super) fn is_unreadable(&self) -> bool {
        self.unreadable
    }

    pub(super) fn has_errors(&self) -> bool {
        self.errors > 0
    }

    pub(super) fn finish(mut self, sources: &Sources, warnings: Warnings) -> Diagnostics {
        match warnings {
            Warnings::Show => {}
            Warnings::Off => {
                self.warnings = 0;
                self.found.retain(|found| found.severity == Severity::Error);
            }
            Warnings::Errors => {
                self.errors = self.errors.saturating_add(std::mem::take(&mut self.warnings));
                self.found.iter_mut().for_each(|found| found.severity = Severity::Error);
            }
        }
        self.found.sort_by_key(|found| found.place);
        let mut lines = Lines::default();
        let (mut errors_left, mut warnings_left) = (Diagnostics::MAX_SHOWN, Diagnostics::MAX_SHOWN);
        let mut list = Vec::new();
        for found in self.found {
            let left = if found.severity == Severity::Error { &mut errors_left } else { &mut warnings_left };
            if *left == 0 {
                continue;
            }
            *left = left.saturating_sub(1);
            list.push(Diagnostic {
                severity: found.severity,
                file: sources.path(found.place.file).to_string(),
                line: found.place.line,
                column: found.place.column,
                text: found.text,
                source_line: lines.line(sources, found.place),
                hint: found.hint,
            });
        }
        Diagnostics { list, errors: self.errors, warnings: self.warnings, unreadable: self.unreadable }
    }
}

/// Where the lines of the files begin.
#[derive(Default)]
struct Lines {
    starts: BTreeMap<u16, Vec<usize>>,
}

impl Lines {
    /// Longest piece of a source line in a message, in bytes.
    const MAX_WIDTH: usize = 4096;

    fn line(&mut self, sources: &Sources, place: Place) -> String {
        let text = sources.text(place.file);
        let starts = self.starts.entry(place.file).or_insert_with(|| {
            let behind = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at.saturating_add(1));
            std::iter::once(0).chain(behind).collect()
        });
        let number = usize::try_from(place.line.saturating_sub(1)).unwrap_or(usize::MAX);
        let Some(rest) = starts.get(number).and_then(|start| text.get(*start..)) else { return String::new() };
        let mut line = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
        if number == 0 {
            line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
        }
        line = line.strip_suffix(b"\r").unwrap_or(line);
        String::from_utf8_lossy(line.get(..Self::MAX_WIDTH).unwrap_or(line)).into_owned()
    }
}
