//! Events, whose names are unique in the database: the C functions carry only the name.

use super::context::Context;
use super::field::Fields;
use crate::schema::dictionary::{Event, EventKind};
use crate::schema::source::Place;
use crate::schema::syntax::{ClassSyntax, EventSyntax, EventSyntaxKind, Name};
use crate::schema::word::{self, Reserved};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Most events of a schema: their numbers have 2 bytes.
const MAX_EVENTS: usize = 65535;

/// All events so far.
#[derive(Default)]
pub(super) struct Events {
    pub(super) list: Vec<Event>,
    /// Class and place of each name.
    known: BTreeMap<Rc<str>, (Rc<str>, Place)>,
}

/// Adds the events of a class; gives their numbers.
pub(super) fn events(context: &mut Context<'_>, class: &ClassSyntax, fields: &Fields, code: u16, all: &mut Events) -> Vec<u16> {
    let mut numbers = Vec::new();
    for written in &class.events {
        let EventSyntax { name, kind } = written;
        if let Some((class, place)) = all.known.get(&name.text) {
            let line = context.sources.line_from(*place, name.place);
            let text = format!("event '{}' is already declared in class '{class}' at {line}", name.text);
            context.report.error_hint(name.place, text, || Some("event names are unique in the database".to_string()));
            continue;
        }
        all.known.insert(name.text.clone(), (class.name.text.clone(), name.place));
        warn(context, name);
        let kind = match kind {
            EventSyntaxKind::Known(kind) => *kind,
            EventSyntaxKind::FieldUpdate(field) => match fields.numbers.get(&field.text) {
                Some((number, _)) => EventKind::FieldUpdate(*number),
                None => {
                    unknown(context, class, fields, field, name);
                    continue;
                }
            },
        };
        let Some(number) = all.list.len().checked_add(1).filter(|n| *n <= MAX_EVENTS).and_then(|n| u16::try_from(n).ok()) else {
            context.report.error(name.place, format!("more than {MAX_EVENTS} events"));
            break;
        };
        all.list.push(Event { name: name.text.to_string(), class: code, kind });
        numbers.push(number);
    }
    numbers
}

fn warn(context: &mut Context<'_>, name: &Name) {
    let Some(reserved) = word::reserved(&name.text) else { return };
    let only = if reserved == Reserved::C { "" } else { " (only when compiled as C++)" };
    let text = format!("name '{0}' is a C or C++ keyword; the number of the event is '{0}_'{only}", name.text);
    context.report.warning(name.place, text);
}

fn unknown(context: &mut Context<'_>, class: &ClassSyntax, fields: &Fields, field: &Name, event: &Name) {
    if class.damaged {
        return;
    }
    let text = format!("class '{}' has no field '{}' for event '{}'", class.name.text, field.text, event.text);
    context.report.error_hint(field.place, text, || {
        let near = word::nearest(
            &field.text,
            fields.list.iter().filter(|field| field.outer.is_none()).map(|field| field.name.as_str()),
        )?;
        Some(format!("did you mean '{near}'?"))
    });
}
