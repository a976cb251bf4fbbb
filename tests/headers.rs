//! The headers: as the build makes them, fit for every C program, and one with the library.
//! `MCOIOT_UPDATE=1 cargo test --test headers` writes `include/` and `tests/symbols.txt` anew.

mod c;

use c::{check, include, output, root};
use mcoiot::base::Code;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::{env, fs, path::Path};

fn updating() -> bool {
    env::var_os("MCOIOT_UPDATE").is_some()
}

/// Names and texts of all headers.
fn headers() -> BTreeMap<String, String> {
    let entries = fs::read_dir(include()).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(&path).unwrap())).collect()
}

#[test]
fn committed_headers_are_the_generated_ones() {
    let generated = Path::new(env!("MCOIOT_HEADERS"));
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(generated).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let committed = include().join(&name);
        let text = fs::read_to_string(path).unwrap();
        if updating() {
            fs::write(&committed, &text).unwrap();
        }
        let same = fs::read_to_string(&committed).ok() == Some(text);
        assert!(same, "include/{name} differs from what the build makes; MCOIOT_UPDATE=1 writes it anew");
        names.insert(name);
    }
    assert_eq!(headers().into_keys().collect::<BTreeSet<_>>(), names, "include/ holds exactly the headers");
}

#[test]
fn every_header_compiles_alone_and_twice() {
    let dir = c::scratch("headers");
    let cxx = c::has_cxx();
    for name in headers().keys() {
        for (compiler, standard, extension, define) in [
            ("gcc", "c99", "c", "-DPLAIN"),
            ("gcc", "c99", "c", "-DMCO_NO_FORWARDS"),
            ("gcc", "c11", "c", "-DPLAIN"),
            ("g++", "c++11", "cpp", "-DPLAIN"),
        ] {
            if compiler == "g++" && !cxx {
                continue;
            }
            for times in [1, 2] {
                let source = dir.join(format!("{name}.{times}.{extension}"));
                fs::write(&source, format!("#include \"{name}\"\n").repeat(times) + "int main(void) { return 0; }\n").unwrap();
                let mut command = Command::new(compiler);
                command.args([
                    &format!("-std={standard}"),
                    define,
                    "-Wall",
                    "-Wextra",
                    "-Wpedantic",
                    "-Werror",
                    "-fsyntax-only",
                    "-I",
                ]);
                check(command.arg(include()).arg(&source), &format!("{name} {times} x {compiler} {standard} {define}"));
            }
        }
    }
}

/// Functions and variables that a header declares.
fn declared(text: &str) -> impl Iterator<Item = String> {
    let name = |line: &str| {
        let code = line.starts_with(|c: char| c.is_ascii_alphabetic()) && !line.starts_with("typedef");
        let head = line.split_once('(').map(|(head, _)| head).or_else(|| line.strip_prefix("extern ")?.strip_suffix(';'))?;
        let name = head.rsplit([' ', '*']).next()?;
        (code && name.starts_with("mco_")).then(|| name.to_owned())
    };
    text.lines().filter_map(name).collect::<Vec<_>>().into_iter()
}

#[test]
fn headers_declare_what_the_library_exports() {
    let declared: BTreeSet<String> = headers().values().flat_map(|text| declared(text)).collect();
    let listed = output(Command::new("nm").args(["-D", "--defined-only"]).arg(c::library()));
    let symbol = |line: &str| line.rsplit(' ').next().map(|name| name.split('@').next().unwrap_or(name).to_owned());
    let exported: BTreeSet<String> = listed.lines().filter_map(symbol).collect();
    assert_eq!(exported.difference(&declared).collect::<Vec<_>>(), [""; 0], "exported, but in no header");
    assert_eq!(declared.difference(&exported).collect::<Vec<_>>(), [""; 0], "declared, but not exported");
    let path = root().join("tests/symbols.txt");
    let text: String = exported.iter().map(|name| format!("{name}\n")).collect();
    if updating() {
        fs::write(&path, &text).unwrap();
    }
    assert_eq!(fs::read_to_string(path).unwrap(), text, "tests/symbols.txt; MCOIOT_UPDATE=1 writes it anew");
}

/// Members of every structure of the headers, as `structure.member`.
fn members() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for text in headers().values() {
        let starts = text.match_indices("typedef struct ").chain(text.match_indices("typedef union "));
        let rests = starts.map(|(place, _)| text[place..].split_once('\n').unwrap());
        for (_, rest) in rests.filter(|(first, _)| first.ends_with('{')) {
            let body = rest.split_once("\n} ").unwrap();
            let name = body.1.split_once(';').unwrap().0;
            for line in body.0.lines().map(str::trim).filter(|line| line.ends_with(';')) {
                let line = line.trim_end_matches(';');
                let member = match line.split_once("(*") {
                    Some((_, rest)) => rest.split_once(')').unwrap().0,
                    None => line.split('[').next().unwrap().rsplit([' ', '*']).next().unwrap(),
                };
                found.insert(format!("{name}.{member}"));
            }
        }
    }
    found
}

#[test]
fn structures_have_the_same_layout_on_both_sides() {
    let ours = c::layout::of_rust();
    let listed: BTreeSet<String> = ours.keys().filter(|name| name.contains('.')).cloned().collect();
    // The address is an anonymous union in C and one array in Rust.
    let not_listed: Vec<_> = members().difference(&listed).filter(|name| !name.starts_with("mco_inetaddr_t")).cloned().collect();
    assert_eq!(not_listed, [""; 0], "in a header, but not in tests/c/layout.rs");
    let mut program = String::from(
        "#include \"mcoiotx.h\"\n#include \"mcossl.h\"\n#include \"mcogen.h\"\n#include \"mcodyn.h\"\n#include <stdio.h>\nint main(void) {\n",
    );
    for name in ours.keys() {
        let expression = match name.split_once('.') {
            Some((structure, member)) => format!("offsetof({structure}, {member})"),
            None => format!("sizeof({name})"),
        };
        program += &format!("    printf(\"{name} %lu\\n\", (unsigned long){expression});\n");
    }
    let theirs = run("layout", &(program + "    return 0;\n}\n"));
    let ours: String = ours.iter().map(|(name, place)| format!("{name} {place}\n")).collect();
    assert_eq!(theirs, ours);
}

#[test]
fn every_code_has_the_same_value_on_both_sides() {
    let mut program = String::from("#include \"mcoiot.h\"\n#include <stdio.h>\nint main(void) {\n");
    let mut ours = String::new();
    for (value, name, text) in Code::table() {
        program += &format!("    printf(\"{name} %d %s\\n\", (int){name}, mco_strerror({name}));\n");
        ours += &format!("{name} {value} {text}\n");
    }
    program += "    printf(\"%s\\n\", mco_strerror((MCO_RET)49));\n    return 0;\n}\n";
    assert_eq!(run("codes", &program), ours + "unknown error\n");
}

/// Builds and runs a program; gives what it prints.
fn run(name: &str, source: &str) -> String {
    let dir = c::scratch(name);
    let path = dir.join(format!("{name}.c"));
    fs::write(&path, source).unwrap();
    let program = c::build(&dir, &[path], "c99");
    output(&mut Command::new(program))
}
