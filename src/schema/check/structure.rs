//! Structs, those that stand in others first.

use super::context::Context;
use super::field::{Fields, Surroundings, declare};
use crate::schema::dictionary::Struct;
use crate::schema::syntax::{FieldSyntax, StructSyntax, TypeSyntax};
use crate::schema::word::{self, Reserved};
use std::collections::BTreeSet;

/// How deep structs may stand in each other.
const MAX_DEPTH: usize = 5;

/// Checks all structs and puts them into `around`.
pub(super) fn structures(context: &mut Context<'_>, around: &mut Surroundings<'_>, list: &[StructSyntax]) {
    let mut nesting =
        Nesting { around, list, heights: vec![Height::Unknown; list.len()], order: Vec::new(), bad: BTreeSet::new() };
    for number in 0..list.len() {
        nesting.visit(context, number, 1);
    }
    let Nesting { order, bad, .. } = nesting;
    let empty = |syntax: &StructSyntax| Struct { name: syntax.name.text.to_string(), direct: syntax.direct, fields: Vec::new() };
    around.structs = list.iter().map(empty).collect();
    for number in order {
        let Some(syntax) = list.get(number) else { continue };
        let mut fields = Fields::default();
        let mut faulty = syntax.damaged;
        for (at, field) in syntax.fields.iter().enumerate() {
            faulty |= bad.contains(&(number, at));
            if bad.contains(&(number, at)) {
                continue;
            }
            warn(context, syntax, field, around.oid.is_of(number));
            if !declare(context, around, ("struct", &syntax.name), &mut fields, field) {
                break;
            }
        }
        let unfixed = fields.list.iter().find(|field| !field.is_fixed());
        if let (Some(field), true, true) = (unfixed, syntax.direct, fields.bad.is_empty()) {
            let text = format!("a direct struct needs members of fixed size; '{}' is {}", field.name, around.shown_field(field));
            context.report.error(syntax.name.place, text);
        }
        if syntax.fields.is_empty() && !syntax.damaged {
            context.report.error(syntax.name.place, format!("struct '{}' has no fields", syntax.name.text));
        }
        if faulty || !fields.bad.is_empty() {
            around.faulty.extend(u16::try_from(number).ok());
        }
        if let Some(found) = around.structs.get_mut(number) {
            found.fields = fields.list;
        }
    }
}

/// Where the search for structs in structs has come.
struct Nesting<'a, 'b> {
    around: &'a Surroundings<'b>,
    list: &'a [StructSyntax],
    heights: Vec<Height>,
    /// Structs whose members are all before them.
    order: Vec<usize>,
    /// Struct and field of what has been reported.
    bad: BTreeSet<(usize, usize)>,
}

#[derive(Clone, Copy, PartialEq)]
enum Height {
    Unknown,
    /// On the way down from here.
    Open,
    /// Levels of structs, itself included.
    Known(usize),
}

impl Nesting<'_, '_> {
    /// Levels of a struct that stands `depth` levels deep; the recursion ends at the limit.
    fn visit(&mut self, context: &mut Context<'_>, number: usize, depth: usize) -> usize {
        let Some(syntax) = self.list.get(number) else { return 0 };
        match self.heights.get(number) {
            Some(Height::Unknown) => {}
            Some(Height::Known(height)) => return *height,
            Some(Height::Open) | None => return 0,
        }
        self.set(number, Height::Open);
        let mut height = 1;
        for (at, field) in syntax.fields.iter().enumerate() {
            let Some(inner) = self.named(field) else { continue };
            let text = if self.heights.get(inner) == Some(&Height::Open) {
                format!("struct '{}' contains itself through field '{}'", syntax.name.text, field.name.text)
            } else {
                let below = if depth < MAX_DEPTH { self.visit(context, inner, depth.saturating_add(1)) } else { MAX_DEPTH };
                if below < MAX_DEPTH {
                    height = height.max(below.saturating_add(1));
                    continue;
                }
                format!("field '{}' is more than {MAX_DEPTH} structs deep", field.name.text)
            };
            context.report.error(field.name.place, text);
            self.bad.insert((number, at));
        }
        self.set(number, Height::Known(height));
        self.order.push(number);
        height
    }

    fn set(&mut self, number: usize, height: Height) {
        if let Some(place) = self.heights.get_mut(number) {
            *place = height;
        }
    }

    /// Position of the struct that is the type of a field.
    fn named(&self, field: &FieldSyntax) -> Option<usize> {
        let TypeSyntax::Named(name) = &field.kind else { return None };
        self.around.struct_numbers.get(&name.text).map(|number| usize::from(*number))
    }
}

fn warn(context: &mut Context<'_>, syntax: &StructSyntax, field: &FieldSyntax, is_oid: bool) {
    if let Some(reserved) = word::reserved(&field.name.text).filter(|_| syntax.direct || is_oid) {
        let only = if reserved == Reserved::C { "" } else { " (only when compiled as C++)" };
        let c_struct = if syntax.direct { format!("'{}_d'", syntax.name.text) } else { "the C struct of oids".to_string() };
        let member = format!("the member of {c_struct} is '{}_'{only}", field.name.text);
        context.report.warning(field.name.place, format!("name '{}' is a C or C++ keyword; {member}", field.name.text));
    }
}
