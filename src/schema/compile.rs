//! The passes in their order.

use super::canonical::canonical;
use super::check::check;
use super::diagnostic::{Diagnostics, Report, Warnings};
use super::dictionary::Dictionary;
use super::parse::parse;
use super::preprocess::{plain_tokens, preprocess};
use super::source::{Files, Place, Sources};
use crate::base::{Code, Result, fail};

/// Longest canonical text, in bytes, that [`compile_text`] takes and [`compile`] lets through.
pub const MAX_TEXT: usize = 1 << 20;

/// What the command line says about compiling.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Directories searched for include files after that of the including file, in this order.
    pub include: Vec<String>,
    /// Whether classes without `persistent` or `transient` are persistent.
    pub persistent: bool,
    /// What becomes of warnings.
    pub warnings: Warnings,
}

/// Result of a successful run.
#[derive(Clone, Debug, PartialEq)]
pub struct Compiled {
    /// The checked schema.
    pub dictionary: Dictionary,
    /// Warnings only.
    pub warnings: Diagnostics,
    /// Every file that was read, the schema first.
    pub files: Vec<String>,
}

/// Compiles the schema in the file `path`, read through `files`.
///
/// # Errors
/// Every mistake that was found, with its place.
pub fn compile(path: &str, files: &dyn Files, options: &Options) -> Result<Compiled, Diagnostics> {
    let mut report = Report::default();
    let mut sources = Sources::default();
    let tokens = preprocess(path, files, &options.include, &mut sources, &mut report);
    let dictionary = (!report.is_unreadable()).then(|| {
        // A file that was not found may hold what would be missed below.
        let unread = report.has_errors();
        let mut syntax = parse(&tokens, &sources, &mut report);
        syntax.damaged |= unread;
        check(&syntax, options.persistent, &sources, &mut report)
    });
    if !report.has_errors()
        && let Some(dictionary) = &dictionary
    {
        let size = canonical(dictionary).len();
        if size > MAX_TEXT {
            let place = Place { file: 0, line: 1, column: 1, width: 1 };
            report.error(place, format!("the schema needs {size} bytes as text for peers, at most {MAX_TEXT} are allowed"));
        }
    }
    let diagnostics = report.finish(&sources, options.warnings);
    match dictionary {
        Some(dictionary) if diagnostics.errors() == 0 => {
            Ok(Compiled { dictionary, warnings: diagnostics, files: sources.into_paths() })
        }
        _ => Err(diagnostics),
    }
}

/// Reads a canonical text back. The text may come from an untrusted peer: its size, the numbers of things in it and the
/// depth are bounded, and there is no preprocessor.
///
/// # Errors
/// `E_SCHEMA_ERROR` with the first mistake.
pub fn compile_text(text: &str) -> Result<Dictionary> {
    if text.len() > MAX_TEXT {
        let text = format!("the schema text has {} bytes, at most {MAX_TEXT} are allowed", text.len());
        return fail(Code::E_SCHEMA_ERROR, text);
    }
    let mut report = Report::default();
    let mut sources = Sources::default();
    let tokens = plain_tokens(text, &mut sources, &mut report);
    if !report.has_errors() {
        let syntax = parse(&tokens, &sources, &mut report);
        if !report.has_errors() {
            let dictionary = check(&syntax, false, &sources, &mut report);
            if !report.has_errors() {
                return Ok(dictionary);
            }
        }
    }
    let diagnostics = report.finish(&sources, Warnings::Off);
    let first = diagnostics.list().first();
    let text = first.map_or_else(String::new, |d| format!("schema:{}:{}: {}", d.line, d.column, d.text));
    fail(Code::E_SCHEMA_ERROR, text)
}
