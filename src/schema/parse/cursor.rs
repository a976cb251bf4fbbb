//! The parser's place in the tokens, and how it goes on behind a mistake.

use crate::schema::diagnostic::Report;
use crate::schema::lex::{Kind, Token, integer};
use crate::schema::source::{Place, Sources};
use crate::schema::syntax::{Name, Number};
use std::rc::Rc;

/// A mistake has been reported; the caller goes on behind the statement.
pub(super) struct Failed;

pub(super) type Parsed<T> = Result<T, Failed>;

pub(super) struct Cursor<'a> {
    pub(super) sources: &'a Sources,
    pub(super) report: &'a mut Report,
    tokens: &'a [Token],
    at: usize,
    end: Token,
    previous: Place,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(tokens: &'a [Token], sources: &'a Sources, report: &'a mut Report) -> Self {
        let place = tokens.last().map_or(Place { file: 0, line: 1, column: 1, width: 1 }, |token| token.place.behind());
        let end = Token { kind: Kind::End, text: Rc::from("the end of the file"), place };
        Cursor { sources, report, tokens, at: 0, end, previous: place }
    }

    pub(super) fn token(&self) -> &Token {
        self.ahead(0)
    }

    pub(super) fn ahead(&self, count: usize) -> &Token {
        self.at.checked_add(count).and_then(|at| self.tokens.get(at)).unwrap_or(&self.end)
    }

    pub(super) fn place(&self) -> Place {
        self.token().place
    }

    pub(super) fn at_end(&self) -> bool {
        self.token().kind == Kind::End
    }

    pub(super) fn is(&self, text: &str) -> bool {
        self.token().is(text)
    }

    pub(super) fn is_any(&self, texts: &[&str]) -> bool {
        texts.iter().any(|text| self.is(text))
    }

    /// Goes on by one token, which is given back.
    pub(super) fn take(&mut self) -> Token {
        let token = self.token().clone();
        self.previous = token.place;
        self.at = self.at.saturating_add(1).min(self.tokens.len());
        token
    }

    /// Goes on if the token is this one.
    pub(super) fn accept(&mut self, text: &str) -> bool {
        let found = self.is(text);
        if found {
            self.take();
        }
        found
    }

    pub(super) fn expect(&mut self, text: &str, after: &str) -> Parsed<()> {
        if self.accept(text) { Ok(()) } else { Err(self.expected(&format!("'{text}' after '{after}'"))) }
    }

    /// Any name, keywords included.
    pub(super) fn name(&mut self, what: &str) -> Parsed<Name> {
        if self.token().kind != Kind::Name {
            return Err(self.expected(what));
        }
        let token = self.take();
        Ok(Name { text: token.text, place: token.place })
    }

    /// A number, with a sign if there is one.
    pub(super) fn number(&mut self, what: &str) -> Parsed<Number> {
        let mut place = self.place();
        let negative = self.is("-");
        if negative || self.is("+") {
            self.take();
        }
        if !matches!(self.token().kind, Kind::Int | Kind::Float) {
            return Err(self.expected(what));
        }
        let token = self.take();
        if token.place.line == place.line && token.place.file == place.file {
            place.width = token.place.behind().column.saturating_sub(place.column);
        }
        let value = if token.kind == Kind::Int { integer(&token.text).map(i128::from) } else { None };
        let integer = value.map(|value| if negative { value.saturating_neg() } else { value });
        let text = if negative { format!("-{}", token.text) } else { token.text.to_string() };
        Ok(Number { text, integer, place })
    }

    /// The semicolon at the end of a statement.
    pub(super) fn semicolon(&mut self) -> Parsed<()> {
        if self.accept(";") {
            return Ok(());
        }
        if self.token().kind == Kind::Bad {
            return Err(Failed);
        }
        let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or("", |token| &token.text);
        let text = format!("expected ';' after '{before}'");
        let previous = self.previous;
        self.report.error(previous.behind(), text);
        // Only the sign is missing when a new line or the end of the block follows.
        let here = self.place();
        if here.line != previous.line || here.file != previous.file || self.is("}") { Ok(()) } else { Err(Failed) }
    }

    /// Reports what was expected here, once.
    pub(super) fn expected(&mut self, what: &str) -> Failed {
        let token = self.token().clone();
        match token.kind {
            Kind::Bad => {}
            Kind::End => self.report.error(token.place, format!("expected {what}, found the end of the file")),
            _ => self.report.error(token.place, format!("expected {what}, found '{}'", token.text)),
        }
        Failed
    }

    pub(super) fn fail<T>(&mut self, place: Place, text: impl Into<String>) -> Parsed<T> {
        self.report.error(place, text);
        Err(Failed)
    }

    pub(super) fn fail_hint<T>(&mut self, place: Place, text: impl Into<String>, hint: &str) -> Parsed<T> {
        self.report.error_hint(place, text, || Some(hint.to_string()));
        Err(Failed)
    }

    /// A word of eXtremeDB's language that is not in scope.
    pub(super) fn out_of_scope<T>(&mut self) -> Parsed<T> {
        let text = format!("{} is not supported", self.token().text);
        self.fail_hint(self.place(), text, "use tree or hash; nchar for wide text")
    }

    /// Goes behind the next semicolon; stops before a closing brace, so that the block around can end.
    pub(super) fn skip_member(&mut self) {
        let mut depth = 0usize;
        while !self.at_end() {
            if depth == 0 && self.is("}") {
                return;
            }
            let token = self.take();
            if token.is("{") {
                depth = depth.saturating_add(1);
            } else if token.is("}") {
                depth = depth.saturating_sub(1);
            } else if token.is(";") && depth == 0 {
                return;
            }
        }
    }

    /// Goes behind the closing brace of a block without blocks in it.
    pub(super) fn skip_block(&mut self) {
        while !self.at_end() && !self.is(";") {
            if self.take().is("}") {
                return;
            }
        }
    }

    /// Goes behind the next semicolon outside braces, or behind the closing brace and its semicolon.
    pub(super) fn skip_statement(&mut self) {
        let mut depth = 0usize;
        while !self.at_end() {
            let token = self.take();
            if token.is("{") {
                depth = depth.saturating_add(1);
            } else if token.is("}") {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    self.accept(";");
                    return;
                }
            } else if token.is(";") && depth == 0 {
                return;
            }
        }
    }
}
