//! Directives, macros and include files: many files to one row of tokens.

use super::diagnostic::Report;
use super::lex::{Item, Kind, Lexer, Token};
use super::source::{Files, Place, Sources};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Include files inside include files.
const MAX_DEPTH: usize = 32;
/// Include directives of one run.
const MAX_INCLUDES: usize = 10_000;
/// Tokens of a schema, and expansions on the way to them: a short text with clever macros could give any number.
const MAX_TOKENS: usize = 4_000_000;

/// Tokens of the schema at `path` with all it includes, without an end token. What is wrong goes to `report`.
pub(super) fn preprocess(
    path: &str,
    files: &dyn Files,
    include: &[String],
    sources: &mut Sources,
    report: &mut Report,
) -> Vec<Token> {
    let text = files.read(path);
    let unreadable = text.as_ref().err().map(|e| e.reason.clone());
    let file = sources.add(path, text.unwrap_or_default());
    if let Some(reason) = unreadable {
        let place = Place { file, line: 1, column: 1, width: 1 };
        report.unreadable(place, format!("cannot open '{path}': {reason}"));
        return Vec::new();
    }
    let mut run = Preprocessor {
        files,
        include,
        sources,
        report,
        open: Vec::new(),
        macros: BTreeMap::new(),
        steps: 0,
        includes: 0,
        tokens: Vec::new(),
    };
    run.open(file);
    run.run();
    run.tokens
}

/// Tokens of a text that has no directives.
pub(super) fn plain_tokens(text: &str, sources: &mut Sources, report: &mut Report) -> Vec<Token> {
    let file = sources.add("schema", text.as_bytes().to_vec());
    let mut lexer = Lexer::new(file, sources.text(file));
    let mut tokens = Vec::new();
    while !report.has_errors() {
        match lexer.next(report, false) {
            Item::Token(token) => tokens.push(token),
            Item::Hash(place) => report.error(place, "unexpected character '#' (0x23)"),
            Item::LineEnd => {}
            Item::End => break,
        }
    }
    tokens
}

struct Preprocessor<'a> {
    files: &'a dyn Files,
    include: &'a [String],
    sources: &'a mut Sources,
    report: &'a mut Report,
    open: Vec<Open>,
    macros: BTreeMap<Rc<str>, Macro>,
    steps: usize,
    includes: usize,
    tokens: Vec<Token>,
}

/// A file that is being read.
struct Open {
    lexer: Lexer,
    conditions: Vec<Condition>,
}

/// An `#ifdef` that waits for its `#endif`.
struct Condition {
    place: Place,
    /// Whether the part around it is taken.
    around: bool,
    /// Whether the part that is being read is taken.
    taken: bool,
    else_seen: bool,
}

#[derive(Clone)]
struct Macro {
    place: Place,
    body: Rc<[Token]>,
}

impl Preprocessor<'_> {
    fn open(&mut self, file: u16) {
        let lexer = Lexer::new(file, self.sources.text(file));
        self.open.push(Open { lexer, conditions: Vec::new() });
    }

    fn run(&mut self) {
        while let Some(item) = self.item() {
            match item {
                Item::Token(token) if self.taken() => {
                    if !self.expand(token) {
                        return;
                    }
                }
                Item::Token(_) | Item::LineEnd => {}
                Item::Hash(place) => self.directive(place),
                Item::End => {
                    if let Some(open) = self.open.pop() {
                        for condition in open.conditions {
                            self.report.error(condition.place, "no '#endif' for this condition");
                        }
                    }
                }
            }
        }
    }

    fn item(&mut self) -> Option<Item> {
        let taken = self.taken();
        self.open.last_mut().map(|open| open.lexer.next(self.report, !taken))
    }

    fn taken(&self) -> bool {
        self.open.last().and_then(|open| open.conditions.last()).is_none_or(|condition| condition.taken)
    }

    /// Puts the token, or what its macro stands for, into the row; false when there are too many.
    fn expand(&mut self, token: Token) -> bool {
        let place = token.place;
        let mut active: BTreeSet<Rc<str>> = BTreeSet::new();
        let mut stack: Vec<(Rc<str>, Rc<[Token]>, usize)> = Vec::new();
        let mut next = Some(token);
        while let Some(token) = next.take() {
            self.steps = self.steps.saturating_add(1);
            if self.steps > MAX_TOKENS {
                self.report.error(place, format!("the schema has more than {MAX_TOKENS} words"));
                return false;
            }
            match self.macros.get(&token.text) {
                Some(found) if token.kind == Kind::Name && !active.contains(&token.text) => {
                    active.insert(token.text.clone());
                    stack.push((token.text, found.body.clone(), 0));
                }
                _ => self.tokens.push(Token { place, ..token }),
            }
            while let Some((name, body, at)) = stack.last_mut() {
                if let Some(token) = body.get(*at) {
                    *at = at.saturating_add(1);
                    next = Some(token.clone());
                    break;
                }
                active.remove(name);
                stack.pop();
            }
        }
        true
    }

    fn directive(&mut self, hash: Place) {
        let Some(Item::Token(word)) = self.item() else { return };
        let place = Place { width: word.place.column.saturating_add(word.place.width).saturating_sub(hash.column), ..hash };
        match &*word.text {
            "ifdef" => self.condition(place, true),
            "ifndef" => self.condition(place, false),
            "else" => self.otherwise(place),
            "endif" => {
                if self.open.last_mut().and_then(|open| open.conditions.pop()).is_none() {
                    self.report.error(place, "'#endif' without '#ifdef'");
                }
            }
            _ if !self.taken() => {}
            "define" => return self.define(place),
            "undef" => {
                if let Some(name) = self.name_behind(place, "#undef") {
                    self.macros.remove(&name.text);
                }
            }
            "include" => return self.include(place),
            "pragma" => {}
            other => {
                let text = format!("unknown directive '#{other}'");
                let known = "known: #define #undef #include #ifdef #ifndef #else #endif";
                self.report.error_hint(place, text, || Some(known.to_string()));
            }
        }
        self.skip_line();
    }

    fn condition(&mut self, place: Place, wanted: bool) {
        let around = self.taken();
        let word = if wanted { "#ifdef" } else { "#ifndef" };
        let name = if around { self.name_behind(place, word) } else { None };
        let taken = name.is_some_and(|name| self.macros.contains_key(&name.text) == wanted);
        if let Some(open) = self.open.last_mut() {
            open.conditions.push(Condition { place, around, taken, else_seen: false });
        }
    }

    fn otherwise(&mut self, place: Place) {
        match self.open.last_mut().and_then(|open| open.conditions.last_mut()) {
            Some(condition) if !condition.else_seen => {
                condition.else_seen = true;
                condition.taken = condition.around && !condition.taken;
            }
            Some(_) => self.report.error(place, "second '#else' for one condition"),
            None => self.report.error(place, "'#else' without '#ifdef'"),
        }
    }

    fn name_behind(&mut self, place: Place, directive: &str) -> Option<Token> {
        let line = self.item();
        match line {
            Some(Item::Token(token)) if token.kind == Kind::Name => return Some(token),
            Some(Item::Token(token)) if token.kind == Kind::Bad => {}
            _ => self.report.error(place, format!("expected a name after '{directive}'")),
        }
        None
    }

    fn define(&mut self, place: Place) {
        let Some(name) = self.name_behind(place, "#define") else { return self.skip_line() };
        if self.open.last().is_some_and(|open| open.lexer.touches(b'(')) {
            let text = format!("macro '{}' has parameters, which is not supported", name.text);
            self.report.error_hint(name.place, text, || Some("write the text out".to_string()));
            return self.skip_line();
        }
        let mut body = Vec::new();
        while let Some(Item::Token(token)) = self.item() {
            body.push(token);
        }
        if let Some(known) = self.macros.get(&name.text) {
            if !known.body.iter().map(|t| &t.text).eq(body.iter().map(|t| &t.text)) {
                let at = format!("{}:{}", self.sources.path(known.place.file), known.place.line);
                let text = format!("macro '{}' is already defined at {at} with another text", name.text);
                self.report.error_hint(name.place, text, || Some("#undef it first".to_string()));
            }
            return;
        }
        self.macros.insert(name.text, Macro { place: name.place, body: body.into() });
    }

    fn include(&mut self, place: Place) {
        let name = self.open.last_mut().and_then(|open| open.lexer.include_name(self.report));
        self.skip_line();
        let Some((name, place)) = name else {
            return self.report.error(place, "expected \"file\" or <file> after '#include'");
        };
        self.includes = self.includes.saturating_add(1);
        if self.open.len() > MAX_DEPTH {
            return self.report.error(place, format!("include files are nested more than {MAX_DEPTH} deep"));
        }
        if self.includes > MAX_INCLUDES || self.sources.is_full() {
            return self.report.error(place, format!("more than {} include files", Sources::MAX_FILES));
        }
        let directories = self.directories();
        for directory in &directories {
            let path = join(directory, &name);
            let known = self.sources.find(&path);
            if known.is_some_and(|file| self.open.iter().any(|open| open.lexer.file() == file)) {
                return self.report.error(place, format!("include file '{name}' includes itself"));
            }
            let file = match known {
                Some(file) => file,
                None => match self.files.read(&path) {
                    Ok(text) => self.sources.add(&path, text),
                    Err(error) if error.missing => continue,
                    Err(error) => {
                        return self.report.unreadable(place, format!("cannot open '{path}': {}", error.reason));
                    }
                },
            };
            return self.open(file);
        }
        let text = format!("include file '{name}' not found");
        self.report.error_hint(place, text, || Some(format!("searched: {}; add one with -i", directories.join(", "))));
    }

    /// Where include files are looked for: beside the file that is being read, then as the options say.
    fn directories(&self) -> Vec<String> {
        let path = self.open.last().map_or("", |open| self.sources.path(open.lexer.file()));
        let own = match path.rfind('/') {
            Some(0) => "/".to_string(),
            Some(end) => path.get(..end).unwrap_or_default().to_string(),
            None => ".".to_string(),
        };
        std::iter::once(own).chain(self.include.iter().cloned()).collect()
    }

    fn skip_line(&mut self) {
        // Behind a directive's first words there may be anything; it is not looked at.
        if let Some(open) = self.open.last_mut() {
            while open.lexer.in_directive() {
                if matches!(open.lexer.next(self.report, true), Item::End) {
                    return;
                }
            }
        }
    }
}

fn join(directory: &str, name: &str) -> String {
    match directory {
        _ if name.starts_with('/') => name.to_string(),
        "." => name.to_string(),
        _ if directory.ends_with('/') => format!("{directory}{name}"),
        _ => format!("{directory}/{name}"),
    }
}
