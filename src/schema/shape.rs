//! What the lists of a field are made of.

use super::dictionary::{Dictionary, Field, FieldType};
use crate::base::list::{Form, Shape};

impl FieldType {
    /// How elements of this type stand in a list.
    pub fn form(self) -> Form {
        match self {
            FieldType::Bool => Form::Bits,
            FieldType::Signed(width) => Form::Signed(width),
            FieldType::Unsigned(width) => Form::Unsigned(width),
            FieldType::Float => Form::Real(4),
            FieldType::Double => Form::Real(8),
            FieldType::Date | FieldType::Time => Form::Unsigned(4),
            FieldType::DateTime | FieldType::AutoId(_) => Form::Unsigned(8),
            FieldType::Numeric { width: ..=2, .. } => Form::Signed(1),
            FieldType::Numeric { width: 3..=4, .. } => Form::Signed(2),
            FieldType::Numeric { width: 5..=9, .. } | FieldType::Enum(_) => Form::Signed(4),
            FieldType::Numeric { .. } => Form::Signed(8),
            _ => Form::Parts,
        }
    }

    /// The lists of an array or vector with elements of this type.
    pub fn shape(self, element: FieldType) -> Shape {
        let length = if let FieldType::Array(length) = self { Some(length) } else { None };
        Shape { form: element.form(), length }
    }
}

impl Field {
    /// The lists of an array or vector, and the type of their elements; `None` for other fields.
    pub fn list(&self) -> Option<(Shape, FieldType)> {
        self.element.map(|element| (self.kind.shape(element), element))
    }
}

impl Dictionary {
    /// The fields of a struct; `None` for another type.
    pub fn members(&self, kind: FieldType) -> Option<&[Field]> {
        let FieldType::Struct(number) = kind else { return None };
        self.structs.get(usize::from(number)).map(|found| found.fields.as_slice())
    }
}
