//! Which events of the schema tell of a class.

use crate::schema::{Class, Event, EventKind};

/// Numbers of the events of a class, by what they tell of; those of one kind in order of declaration.
#[derive(Debug, Default)]
pub(in crate::db) struct Hooks {
    pub(in crate::db) new: Vec<u16>,
    pub(in crate::db) delete: Vec<u16>,
    pub(in crate::db) delete_all: Vec<u16>,
    pub(in crate::db) checkpoint: Vec<u16>,
    update: Vec<u16>,
    /// Events of single fields, with the columns of the field.
    fields: Vec<(u16, Vec<u16>)>,
}

impl Hooks {
    /// The events of a class; `None` if it has none, so that it pays for none.
    pub(in crate::db) fn of(class: &Class, events: &[Event]) -> Option<Box<Hooks>> {
        if class.events.is_empty() {
            return None;
        }
        let mut hooks = Hooks::default();
        for (number, event) in (1_u16..).zip(events).filter(|(_, event)| event.class == class.code) {
            match event.kind {
                EventKind::New => hooks.new.push(number),
                EventKind::Delete => hooks.delete.push(number),
                EventKind::DeleteAll => hooks.delete_all.push(number),
                EventKind::Checkpoint => hooks.checkpoint.push(number),
                EventKind::Update => hooks.update.push(number),
                EventKind::FieldUpdate(field) => {
                    let columns = (0_u16..).zip(&class.fields).map(|(column, _)| column);
                    hooks.fields.push((number, columns.filter(|column| class.declared_of(*column) == field).collect()));
                }
            }
        }
        Some(Box::new(hooks))
    }

    /// What a put to these columns fires: the events of their fields, then those of the class.
    pub(in crate::db) fn of_put<'a>(&'a self, put: &'a [u16]) -> impl Iterator<Item = u16> + 'a {
        let of_field = |(_, columns): &&(u16, Vec<u16>)| columns.iter().any(|column| put.contains(column));
        let own = self.fields.iter().filter(of_field).map(|(event, _)| *event);
        own.chain(self.update.iter().copied())
    }
}
