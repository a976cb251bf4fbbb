//! Defaults of fields.

use super::context::Context;
use super::enumeration::Constants;
use super::field::Surroundings;
use crate::base::Value;
use crate::schema::canonical::{decimal, type_text};
use crate::schema::dictionary::FieldType;
use crate::schema::syntax::{DefaultSyntax, Number};

/// The default as a value of the type; `None` if it is none, which has been reported then.
pub(super) fn default(
    context: &mut Context<'_>,
    kind: FieldType,
    around: &Surroundings<'_>,
    written: &DefaultSyntax,
) -> Option<Value> {
    let enums = around.enums;
    let (text, place) = match written {
        DefaultSyntax::Number(number) => (number.text.clone(), number.place),
        DefaultSyntax::Name(name) => (name.text.to_string(), name.place),
    };
    if let FieldType::Enum(number) = kind {
        let found = enums.get(usize::from(number))?;
        let value = constant(around.constants.get(usize::from(number))?, written);
        if value.is_none() {
            let names = found.constants.iter().take(MAX_LISTED).map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
            let more = if found.constants.len() > MAX_LISTED { ", ..." } else { "" };
            let hint = || Some(format!("known constants: {names}{more}"));
            context.report.error_hint(place, format!("'{text}' is not a constant of enum '{}'", found.name), hint);
        }
        return value;
    }
    let Some(range) = range(kind) else {
        context.report.error(place, format!("{} field cannot have a default value", around.shown(kind)));
        return None;
    };
    let value = match written {
        DefaultSyntax::Number(number) => value(kind, number),
        DefaultSyntax::Name(name) => match (kind, &*name.text) {
            (FieldType::Bool, "true") => Some(Value::UInt(1)),
            (FieldType::Bool, "false") => Some(Value::UInt(0)),
            _ => None,
        },
    };
    if value.is_none() {
        context
            .report
            .error(place, format!("default {text} does not fit {} ({range})", type_text(kind, enums, &around.structs, &[])));
    }
    value
}

/// Constants of an enum that a hint lists.
const MAX_LISTED: usize = 20;

fn constant(known: &Constants, written: &DefaultSyntax) -> Option<Value> {
    let value = match written {
        DefaultSyntax::Name(name) => known.by_name.get(&*name.text).copied(),
        DefaultSyntax::Number(number) => number.integer.and_then(|n| i32::try_from(n).ok()).filter(|n| known.values.contains(n)),
    };
    value.map(|value| Value::Int(i64::from(value)))
}

/// The range for messages; `None` for types without defaults.
fn range(kind: FieldType) -> Option<String> {
    Some(match kind {
        FieldType::Signed(_) | FieldType::Unsigned(_) | FieldType::Bool | FieldType::Date | FieldType::Time => whole(kind)?,
        FieldType::DateTime => whole(kind)?,
        FieldType::Float => format!("-{0:e}..{0:e}", f32::MAX),
        FieldType::Double => format!("-{0:e}..{0:e}", f64::MAX),
        FieldType::Numeric { width, scale } => {
            let most = 10i64.pow(u32::from(width)).saturating_sub(1);
            format!("{}..{}", decimal(most.saturating_neg(), scale), decimal(most, scale))
        }
        _ => return None,
    })
}

fn whole(kind: FieldType) -> Option<String> {
    limits(kind).map(|(low, high)| format!("{low}..{high}"))
}

fn limits(kind: FieldType) -> Option<(i128, i128)> {
    let span = |bytes: u8| 1i128 << (u32::from(bytes).saturating_mul(8));
    Some(match kind {
        FieldType::Signed(bytes) => ((span(bytes) / 2).saturating_neg(), (span(bytes) / 2).saturating_sub(1)),
        FieldType::Unsigned(bytes) => (0, span(bytes).saturating_sub(1)),
        FieldType::Bool => (0, 1),
        FieldType::Date | FieldType::Time => (0, span(4).saturating_sub(1)),
        FieldType::DateTime => (0, span(8).saturating_sub(1)),
        _ => return None,
    })
}

fn value(kind: FieldType, number: &Number) -> Option<Value> {
    match kind {
        FieldType::Float => real::<f32>(number).map(f64::from).filter(|v| v.is_finite()).map(Value::Real),
        FieldType::Double => real::<f64>(number).filter(|v| v.is_finite()).map(Value::Real),
        FieldType::Numeric { width, scale } => scaled(number, width, scale).map(Value::Int),
        _ => {
            let (low, high) = limits(kind)?;
            let integer = number.integer.filter(|n| (low..=high).contains(n))?;
            match kind {
                FieldType::Signed(_) => i64::try_from(integer).ok().map(Value::Int),
                _ => u64::try_from(integer).ok().map(Value::UInt),
            }
        }
    }
}

fn real<T: std::str::FromStr>(number: &Number) -> Option<T> {
    // Hexadecimal and octal numbers are whole.
    number.integer.map_or_else(|| number.text.clone(), |integer| integer.to_string()).parse().ok()
}

/// A number with decimals as a whole number of its last decimals.
fn scaled(number: &Number, width: u8, scale: u8) -> Option<i64> {
    let text = number.integer.map_or_else(|| number.text.clone(), |integer| integer.to_string());
    let (negative, digits) = text.strip_prefix('-').map_or((false, text.as_str()), |digits| (true, digits));
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let decimals = decimals.trim_end_matches('0');
    if decimals.len() > usize::from(scale) || !whole.bytes().chain(decimals.bytes()).all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut value: i64 = 0;
    for digit in whole.bytes().chain(format!("{decimals:0<0$}", usize::from(scale)).bytes()) {
        value = value.checked_mul(10)?.checked_add(i64::from(digit.checked_sub(b'0')?))?;
    }
    let fits = value < 10i64.checked_pow(u32::from(width))?;
    fits.then_some(if negative { value.saturating_neg() } else { value })
}
