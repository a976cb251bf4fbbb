//! The fences between the layers: who may use whom, where `unsafe` and outside crates may be, how long a file may get.

use std::{fs, path::Path};

/// Each layer and what it may use besides itself. The map is in ARCHITECTURE.md.
const LAYERS: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("wire", &["base"]),
    ("schema", &["base"]),
    ("link", &["base", "wire"]),
    ("repl", &["base", "wire"]),
    ("db", &["base", "schema"]),
    ("net", &["base"]),
    ("fabric", &["base", "wire", "schema", "link", "repl", "db", "net"]),
    ("ffi", &["base", "schema", "db", "net", "fabric"]),
];

/// Outside crates that belong to some layers only.
const CRATES: &[(&str, &[&str])] = &[
    ("mio", &["net"]),
    ("socket2", &["net"]),
    ("rustls", &["net"]),
    ("rusqlite", &["db"]),
    ("sha2", &["schema"]),
    ("fastrand", &["base"]),
    ("getrandom", &["base"]),
];

/// Layers that give the same output for the same input everywhere, and what of `std` they therefore do without. Their tests may use it.
const PURE: &[&str] = &["wire", "schema", "link", "repl"];
const IMPURE: &[&str] = &["env", "fs", "net", "os", "process", "thread", "time"];

/// Besides `ffi` these may have `unsafe`: what the engine calls, for the traits of virtual tables, how it and the system are told to extend a file,
/// and what the system does in a child of fork.
const UNSAFE: &[&str] = &["db/source.rs", "db/extension.rs", "db/lock.rs"];

/// Lines of a file at most.
const LINES_MAX: usize = 500;

#[test]
fn every_file_keeps_to_its_layer() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    list(&src, &mut files);
    assert!(files.len() > 40, "only {} files found in {}", files.len(), src.display());
    for (layer, _) in LAYERS {
        assert!(files.iter().any(|f| layer_of(f) == *layer), "no file of layer {layer}: the table is out of date");
    }
    let read = |file: &String| fs::read_to_string(src.join(file)).expect("source files can be read");
    let found: Vec<String> = files.iter().flat_map(|file| violations(file, &read(file))).collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn every_kind_of_violation_is_found() {
    let long = "\n".repeat(LINES_MAX + 1);
    let planted = [
        ("wire/rows.rs", "use crate::schema::Class;", "wire must not use schema"),
        ("link/machine.rs", "use crate::{base::Code, repl::Input};", "link must not use repl"),
        ("repl/mod.rs", "fn f() { crate::db::open() }", "repl must not use db"),
        ("db/row.rs", "use super::super::wire::Batch;", "db must not use wire"),
        ("db/mod.rs", "use super::{base::Code, net};", "db must not use net"),
        ("base/id.rs", "use crate::{\n    wire::{Hello, base},\n};", "base must not use wire"),
        ("fabric/mod.rs", "pub use crate::ffi::mco_ret;", "fabric must not use ffi"),
        ("ffi/mco/types.rs", "use crate::link::Link;", "ffi must not use link"),
        ("net/clock.rs", "const X: char = '\"'; use crate::db::Db; const Y: char = '\"';", "net must not use db"),
        ("db/row.rs", "fn f() { unsafe { g() } }", "unsafe outside of ffi"),
        ("lib.rs", "fn f() { unsafe { g() } }", "unsafe outside of ffi"),
        ("fabric/mod.rs", "use mio::Poll;", "mio belongs to"),
        ("fabric/mod.rs", "fn f() { let c = rusqlite::Connection::open(); }", "rusqlite belongs to"),
        ("link/machine.rs", "use std::{collections::BTreeMap, time::Instant};", "std::time is not"),
        ("repl/sender.rs", "fn f() { std::thread::yield_now() }", "std::thread is not"),
        ("link/check.rs", "mod tests { fn f() { {} } }\nfn g() { std::fs::read(x) }", "std::fs is not"),
        ("schema/lex.rs", &long, "501 lines"),
    ];
    for (file, text, expected) in planted {
        let found = violations(file, text);
        assert!(found.len() == 1 && found[0].contains(expected), "{file} with {text:?} gives {found:?}");
    }
}

#[test]
fn what_is_allowed_is_not_reported() {
    let good = [
        ("fabric/mod.rs", "use crate::{base::Code, db, link::Link, net, repl, schema, wire};"),
        ("wire/rows.rs", "// crate::repl\n/* unsafe crate::db /* nested */ */ /// [`crate::ffi`]\nfn f() {}"),
        ("wire/rows.rs", r####"const A: &str = "unsafe { crate::db }"; const B: &str = r#"" crate::ffi unsafe"#;"####),
        ("wire/rows.rs", r#"fn f<'a>(x: &'a str) -> char { '\'' } const S: &str = "\" crate::db";"#),
        ("wire/rows.rs", "mod tests { use super::super::frame; use super::*; }"),
        ("wire/rows_tests.rs", "use std::fs;"),
        ("wire/rows.rs", "fn f() {}\n#[cfg(test)]\nmod tests {\n use std::fs;\n}"),
        ("ffi/mod.rs", "unsafe fn f() {}"),
        ("db/source.rs", "unsafe impl T for U {}"),
        ("net/reactor.rs", "use mio::Poll; use std::net::SocketAddr;"),
        ("lib.rs", "#![deny(unsafe_code)] pub mod wire;"),
    ];
    for (file, text) in good {
        assert_eq!(violations(file, text), Vec::<String>::new(), "{file} with {text:?}");
    }
}

/// Paths below `folder`, with `/`, of all Rust files.
fn list(folder: &Path, files: &mut Vec<String>) {
    fn walk(root: &Path, folder: &Path, files: &mut Vec<String>) {
        for entry in fs::read_dir(folder).expect("source folders can be read") {
            let path = entry.expect("source folders can be read").path();
            if path.is_dir() {
                walk(root, &path, files);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let below = path.strip_prefix(root).expect("found below it");
                files.push(below.components().map(|c| c.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/"));
            }
        }
    }
    walk(folder, folder, files);
    files.sort();
}

/// What is wrong with a file of `src`; `file` is its path below it.
fn violations(file: &str, text: &str) -> Vec<String> {
    let layer = layer_of(file);
    let tokens = tokens(text);
    let mut found = Vec::new();
    let lines = text.lines().count();
    if lines > LINES_MAX {
        found.push(format!("{file}: {lines} lines, {LINES_MAX} are the limit"));
    }
    if layer != "ffi" && !UNSAFE.contains(&file) && tokens.iter().any(|t| t == "unsafe") {
        found.push(format!("{file}: unsafe outside of ffi"));
    }
    let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == layer) else { return found };
    for used in names_at_root(&tokens, depth(file)) {
        let is_layer = LAYERS.iter().any(|(name, _)| *name == used);
        if is_layer && used != layer && !allowed.contains(&used.as_str()) {
            found.push(format!("{file}: {layer} must not use {used}"));
        }
    }
    for (name, users) in CRATES {
        let is_used = tokens.windows(2).any(|t| t[0] == *name && t[1] == "::" || t[0] == "use" && t[1] == *name);
        if is_used && !users.contains(&layer) {
            found.push(format!("{file}: {name} belongs to {}", users.join(", ")));
        }
    }
    let is_test = file.ends_with("tests.rs") || file.contains("/tests/");
    if PURE.contains(&layer) && !is_test {
        let used = names_behind(&without_inline_tests(&tokens), |tokens| prefix(tokens, &["std", "::"]));
        found.extend(
            IMPURE
                .iter()
                .filter(|name| used.iter().any(|u| u == *name))
                .map(|name| format!("{file}: {layer} is pure, std::{name} is not")),
        );
    }
    found
}

/// The tokens without the block of `mod tests`.
fn without_inline_tests(tokens: &[String]) -> Vec<String> {
    let Some(start) = tokens.windows(3).position(|t| t[0] == "mod" && t[1] == "tests" && t[2] == "{") else {
        return tokens.to_vec();
    };
    let mut level = 0i32;
    let is_end = |token: &String| {
        level += i32::from(token == "{") - i32::from(token == "}");
        level == 0
    };
    let len = 3 + tokens[start + 2..].iter().position(is_end).unwrap_or(tokens.len());
    [&tokens[..start], tokens.get(start + len..).unwrap_or_default()].concat()
}

fn layer_of(file: &str) -> &str {
    file.split(['/', '.']).next().unwrap_or_default()
}

/// How many modules a file is below the crate's root: as many `super` lead there.
fn depth(file: &str) -> usize {
    file.split('/').count() - usize::from(file.ends_with("/mod.rs") || file == "lib.rs")
}

/// Names that follow `crate::` or as many `super::` as lead to the root.
fn names_at_root(tokens: &[String], depth: usize) -> Vec<String> {
    let supers = ["super", "::"].repeat(depth);
    let mut names = names_behind(tokens, |tokens| prefix(tokens, &["crate", "::"]));
    names.extend(names_behind(tokens, |tokens| if depth > 0 { prefix(tokens, &supers) } else { None }));
    names
}

/// Names that follow what `matches` says the length of; of a group in braces each name at its top.
fn names_behind(tokens: &[String], matches: impl Fn(&[String]) -> Option<usize>) -> Vec<String> {
    let mut names = Vec::new();
    for at in 0..tokens.len() {
        let Some(len) = matches(&tokens[at..]) else { continue };
        let behind = &tokens[at + len..];
        if behind.first().is_some_and(|t| t != "{") {
            names.push(behind[0].clone());
            continue;
        }
        let mut level = 0;
        for pair in behind.windows(2) {
            level += usize::from(pair[0] == "{");
            level -= usize::from(pair[0] == "}");
            if level == 0 {
                break;
            }
            if level == 1 && (pair[0] == "{" || pair[0] == ",") {
                names.push(pair[1].clone());
            }
        }
    }
    names
}

fn prefix(tokens: &[String], expected: &[&str]) -> Option<usize> {
    let fits = tokens.len() >= expected.len() && tokens.iter().zip(expected).all(|(t, e)| t == e);
    fits.then_some(expected.len())
}

/// Words, `::` and single signs of Rust code; comments, texts and characters are left out.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let len = match c {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => block_comment(rest),
            '"' => 1 + quoted(&rest[1..], '"'),
            'r' | 'b' | 'c' if raw_text(rest).is_some() => raw_text(rest).unwrap_or(1),
            '\'' => character(rest),
            ':' if rest.starts_with("::") => {
                tokens.push("::".into());
                2
            }
            c if c.is_alphanumeric() || c == '_' => {
                let len = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
                tokens.push(rest[..len].into());
                len
            }
            c if c.is_whitespace() => c.len_utf8(),
            c => {
                tokens.push(c.into());
                c.len_utf8()
            }
        };
        rest = &rest[len..];
    }
    tokens
}

fn block_comment(text: &str) -> usize {
    let (mut level, mut at) = (0, 0);
    while at < text.len() {
        if text[at..].starts_with("/*") {
            level += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            level -= 1;
            at += 2;
            if level == 0 {
                return at;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    at
}

/// Length up to and with the closing `end`.
fn quoted(text: &str, end: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if !escaped && c == end {
            return at + 1;
        }
        escaped = !escaped && c == '\\';
    }
    text.len()
}

/// Length of `r"..."`, `br#"..."#` and the like, if the text begins with one.
fn raw_text(text: &str) -> Option<usize> {
    let start = text.find('r').filter(|at| *at <= 1)? + 1;
    let hashes = text[start..].bytes().take_while(|b| *b == b'#').count();
    let body = text[start + hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    Some(start + hashes + 1 + body.find(&end)? + end.len())
}

/// Length of a character, or of the sign that begins a lifetime.
fn character(text: &str) -> usize {
    let inside = &text[1..];
    if inside.starts_with('\\') {
        return 1 + quoted(inside, '\'');
    }
    let first = inside.chars().next().map_or(0, char::len_utf8);
    if inside[first..].starts_with('\'') { first + 2 } else { 1 }
}
