//! Enums and their constants.

use super::context::Context;
use crate::schema::dictionary::Enum;
use crate::schema::syntax::EnumSyntax;
use crate::schema::word::{self, Reserved};
use std::collections::{BTreeMap, BTreeSet};

/// The constants of an enum, to be found fast: a schema may use a large enum often.
pub(super) struct Constants {
    pub(super) by_name: BTreeMap<String, i32>,
    pub(super) values: BTreeSet<i32>,
}

impl Constants {
    pub(super) fn new(found: &Enum) -> Self {
        let values = found.constants.iter().map(|(_, value)| *value).collect();
        Constants { by_name: found.constants.iter().cloned().collect(), values }
    }
}

pub(super) fn enumeration(context: &mut Context<'_>, syntax: &EnumSyntax) -> Enum {
    let mut constants = Vec::new();
    let mut next: i128 = 0;
    for (name, written) in &syntax.constants {
        if let Some(reserved) = word::reserved(&name.text) {
            let only = if reserved == Reserved::C { "" } else { " (only when compiled as C++)" };
            let text = format!("name '{0}' is a C or C++ keyword; the constant is '{0}_'{only}", name.text);
            context.report.warning(name.place, text);
        }
        let (value, place) = match written {
            Some(number) => (number.integer, number.place),
            None => (Some(next), name.place),
        };
        match value.and_then(|value| i32::try_from(value).ok()) {
            Some(value) => {
                next = i128::from(value).saturating_add(1);
                constants.push((name.text.to_string(), value));
            }
            None => {
                let shown = written.as_ref().map_or_else(|| next.to_string(), |number| number.text.clone());
                let range = format!("({}..{})", i32::MIN, i32::MAX);
                context.report.error(place, format!("value {shown} does not fit enum '{}' {range}", syntax.name.text));
                next = 0;
            }
        }
    }
    Enum { name: syntax.name.text.to_string(), constants }
}
