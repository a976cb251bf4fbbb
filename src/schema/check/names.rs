//! Names of the whole schema: each is declared once.

use crate::schema::diagnostic::Report;
use crate::schema::source::{Place, Sources};
use crate::schema::syntax::Name;
use std::collections::BTreeMap;
use std::rc::Rc;

/// What is being checked, and with what.
pub(super) struct Context<'a> {
    pub(super) sources: &'a Sources,
    pub(super) report: &'a mut Report,
    /// Part of the schema could not be read.
    pub(super) damaged: bool,
}

/// Classes, enums, structs and constants.
#[derive(Default)]
pub(super) struct Names {
    known: BTreeMap<Rc<str>, (&'static str, Place)>,
}

impl Names {
    /// Notes a declaration; `what` has its article ("a class").
    pub(super) fn declare(&mut self, context: &mut Context<'_>, name: &Name, what: &'static str) {
        match self.known.get(&name.text) {
            Some((known, place)) => {
                let line = context.sources.line_from(*place, name.place);
                context.report.error(name.place, format!("'{}' is already declared as {known} at {line}", name.text));
            }
            None => {
                self.known.insert(name.text.clone(), (what, name.place));
            }
        }
    }
}
