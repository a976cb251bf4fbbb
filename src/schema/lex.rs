//! Characters to tokens, one file at a time.

use super::diagnostic::Report;
use super::source::Place;
use std::rc::Rc;

/// Longest name, in characters.
pub(super) const MAX_NAME: usize = 63;

/// Longest number, in characters.
const MAX_NUMBER: usize = 100;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Keyword or name.
    Name,
    /// Decimal, hexadecimal or octal number without sign.
    Int,
    /// Number with a point or an exponent, without sign.
    Float,
    /// Punctuation, one character.
    Punct,
    /// Something that has been reported already.
    Bad,
    /// End of the schema.
    End,
}

/// A token with its place; inside a macro, the place of the macro's use.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) text: Rc<str>,
    pub(super) place: Place,
}

impl Token {
    /// Whether this is that keyword or punctuation.
    pub(super) fn is(&self, text: &str) -> bool {
        matches!(self.kind, Kind::Name | Kind::Punct) && &*self.text == text
    }
}

/// What the lexer found next.
pub(super) enum Item {
    /// A token.
    Token(Token),
    /// A `#` at the beginning of a line: a directive up to the next [`Item::LineEnd`].
    Hash(Place),
    /// The end of a directive.
    LineEnd,
    /// The end of the file.
    End,
}

/// Reads one file.
pub(super) struct Lexer {
    file: u16,
    text: Rc<[u8]>,
    at: usize,
    line: u32,
    column: u32,
    fresh_line: bool,
    in_directive: bool,
}

impl Lexer {
    pub(super) fn new(file: u16, text: Rc<[u8]>) -> Self {
        let at = if text.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
        Lexer { file, text, at, line: 1, column: 1, fresh_line: true, in_directive: false }
    }

    pub(super) fn in_directive(&self) -> bool {
        self.in_directive
    }

    pub(super) fn file(&self) -> u16 {
        self.file
    }

    /// The next item. `skipping`: inside a part that a condition leaves out, where odd characters are nobody's business.
    pub(super) fn next(&mut self, report: &mut Report, skipping: bool) -> Item {
        if self.skip_space(report) {
            self.in_directive = false;
            return Item::LineEnd;
        }
        let Some(byte) = self.peek(0) else {
            if self.in_directive {
                self.in_directive = false;
                return Item::LineEnd;
            }
            return Item::End;
        };
        let place = self.place();
        let fresh = std::mem::take(&mut self.fresh_line);
        if byte == b'#' && fresh && !self.in_directive {
            self.bump();
            self.in_directive = true;
            return Item::Hash(place);
        }
        let start = self.at;
        let kind = match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.name(place, report, skipping),
            b'0'..=b'9' => self.number(place, report, skipping),
            b'.' if self.peek(1).is_some_and(|b| b.is_ascii_digit()) => self.number(place, report, skipping),
            b'{' | b'}' | b'[' | b']' | b'<' | b'>' | b'(' | b')' | b',' | b';' | b'=' | b'.' | b'-' | b'+' => {
                self.bump();
                Kind::Punct
            }
            _ => self.odd(byte, place, report, skipping),
        };
        let text = String::from_utf8_lossy(self.text.get(start..self.at).unwrap_or_default());
        let width = self.column.saturating_sub(place.column);
        Item::Token(Token { kind, text: Rc::from(&*text), place: Place { width, ..place } })
    }

    /// Whether the next character follows without a space and is `byte`.
    pub(super) fn touches(&self, byte: u8) -> bool {
        self.peek(0) == Some(byte)
    }

    /// The name between quotes or angle brackets after `#include`.
    pub(super) fn include_name(&mut self, report: &mut Report) -> Option<(String, Place)> {
        if self.skip_space(report) {
            self.in_directive = false;
            return None;
        }
        let place = self.place();
        let close = match self.peek(0)? {
            b'"' => b'"',
            b'<' => b'>',
            _ => return None,
        };
        let length = self.text.get(self.at.saturating_add(1)..)?.iter().position(|b| *b == close || *b == b'\n')?;
        self.bump();
        let start = self.at;
        for _ in 0..length {
            self.bump();
        }
        let name = String::from_utf8_lossy(self.text.get(start..self.at)?).into_owned();
        if self.peek(0) != Some(close) {
            return None;
        }
        self.bump();
        let width = self.column.saturating_sub(place.column);
        (!name.is_empty()).then_some((name, Place { width, ..place }))
    }

    pub(super) fn place(&self) -> Place {
        Place { file: self.file, line: self.line, column: self.column, width: 1 }
    }

    /// Skips space and comments; true at the end of a directive.
    fn skip_space(&mut self, report: &mut Report) -> bool {
        while let Some(byte) = self.peek(0) {
            match (byte, self.peek(1)) {
                (b'\n', _) => {
                    self.bump();
                    self.fresh_line = true;
                    if self.in_directive {
                        return true;
                    }
                }
                (b' ' | b'\t' | b'\r' | 0x0B | 0x0C, _) => self.bump(),
                (b'\\', Some(b'\n')) if self.in_directive => self.bump_many(2),
                (b'\\', Some(b'\r')) if self.in_directive && self.peek(2) == Some(b'\n') => self.bump_many(3),
                (b'/', Some(b'/')) => {
                    while self.peek(0).is_some_and(|b| b != b'\n') {
                        self.bump();
                    }
                }
                (b'/', Some(b'*')) => self.skip_comment(report),
                _ => return false,
            }
        }
        false
    }

    fn skip_comment(&mut self, report: &mut Report) {
        let place = self.place();
        self.bump_many(2);
        loop {
            match (self.peek(0), self.peek(1)) {
                (Some(b'*'), Some(b'/')) => return self.bump_many(2),
                (Some(_), _) => self.bump(),
                (None, _) => {
                    return report.error_hint(place, "comment is not closed", || Some("it starts here".to_string()));
                }
            }
        }
    }

    fn name(&mut self, place: Place, report: &mut Report, skipping: bool) -> Kind {
        let start = self.at;
        while self.peek(0).is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_') {
            self.bump();
        }
        let length = self.at.saturating_sub(start);
        if length <= MAX_NAME || skipping {
            return Kind::Name;
        }
        let begin: String = self.text.iter().skip(start).take(MAX_NAME).map(|b| char::from(*b)).collect();
        report.error(place, format!("name '{begin}...' has {length} characters, at most {MAX_NAME} are allowed"));
        Kind::Bad
    }

    fn number(&mut self, place: Place, report: &mut Report, skipping: bool) -> Kind {
        let start = self.at;
        let mut float = false;
        let hexadecimal = self.peek(0) == Some(b'0') && matches!(self.peek(1), Some(b'x' | b'X'));
        while let Some(byte) = self.peek(0) {
            let exponent_sign = !hexadecimal
                && matches!(byte, b'e' | b'E')
                && matches!(self.peek(1), Some(b'+' | b'-'))
                && self.peek(2).is_some_and(|b| b.is_ascii_digit());
            float |= !hexadecimal && matches!(byte, b'.' | b'e' | b'E');
            match byte {
                _ if exponent_sign => self.bump_many(2),
                b'.' | b'_' => self.bump(),
                _ if byte.is_ascii_alphanumeric() => self.bump(),
                _ => break,
            }
        }
        let text = String::from_utf8_lossy(self.text.get(start..self.at).unwrap_or_default()).into_owned();
        let valid = text.len() <= MAX_NUMBER && if float { valid_float(&text) } else { integer(&text).is_some() };
        if valid || skipping {
            return if float { Kind::Float } else { Kind::Int };
        }
        let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(&text);
        let too_long = !float && digits.bytes().all(|b| if hexadecimal { b.is_ascii_hexdigit() } else { b.is_ascii_digit() });
        let shown: String = text.chars().take(MAX_NAME).collect();
        let octal = text.starts_with('0') && !hexadecimal && text.contains(['8', '9']);
        report.error(
            place,
            match too_long && !octal && !digits.is_empty() {
                true => format!("number {shown} does not fit 64 bits"),
                false => format!("'{shown}' is not a number"),
            },
        );
        Kind::Bad
    }

    fn odd(&mut self, byte: u8, place: Place, report: &mut Report, skipping: bool) -> Kind {
        let rest = self.text.get(self.at..self.at.saturating_add(4).min(self.text.len())).unwrap_or_default();
        let shown = match byte {
            0x20..=0x7E => char::from(byte).to_string(),
            0x80.. => String::from_utf8_lossy(rest).chars().next().unwrap_or(char::REPLACEMENT_CHARACTER).to_string(),
            _ => "?".to_string(),
        };
        if !skipping {
            report.error(place, format!("unexpected character '{shown}' (0x{byte:02X})"));
        }
        // The rest of a string or of a run of odd characters is the same mistake.
        if byte == b'"' || byte == b'\'' {
            self.bump();
            while self.peek(0).is_some_and(|b| b != byte && b != b'\n') {
                self.bump();
            }
            if self.peek(0) == Some(byte) {
                self.bump();
            }
        } else {
            while self.peek(0).is_some_and(|b| b == byte || b >= 0x80) {
                self.bump();
            }
        }
        Kind::Bad
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.text.get(self.at.checked_add(ahead)?).copied()
    }

    fn bump_many(&mut self, count: usize) {
        for _ in 0..count {
            self.bump();
        }
    }

    fn bump(&mut self) {
        match self.peek(0) {
            Some(b'\n') => {
                self.line = self.line.saturating_add(1);
                self.column = 1;
            }
            // Bytes inside a UTF-8 character are no columns.
            Some(0x80..=0xBF) => {}
            Some(_) => self.column = self.column.saturating_add(1),
            None => return,
        }
        self.at = self.at.saturating_add(1);
    }
}

/// Value of an integer token: decimal, hexadecimal with 0x, octal with 0.
pub(super) fn integer(text: &str) -> Option<u64> {
    let (digits, radix) = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => (digits, 16),
        None if text.len() > 1 && text.starts_with('0') => (text, 8),
        None => (text, 10),
    };
    if digits.starts_with('+') { None } else { u64::from_str_radix(digits, radix).ok() }
}

/// Whether Rust reads the same number in it as C does: digits, at most one point, at most one exponent.
fn valid_float(text: &str) -> bool {
    text.bytes().any(|b| b.is_ascii_digit())
        && text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'))
        && text.parse::<f64>().is_ok()
}
