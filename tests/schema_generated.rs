//! Generated C code: golden files, and what real compilers say about it.

use mcoiot::schema::{Dictionary, EmitOptions, Files, Options, Unreadable, canonical, compile, compile_text, describe, emit_c};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

struct Golden;

impl Files for Golden {
    fn read(&self, path: &str) -> Result<Vec<u8>, Unreadable> {
        fs::read(golden(path)).map_err(|error| Unreadable { missing: true, reason: error.to_string() })
    }
}

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

fn dictionary(name: &str) -> Dictionary {
    compile(name, &Golden, &Options::default()).unwrap_or_else(|messages| panic!("{messages}")).dictionary
}

/// Writes header and source into `directory`; gives the path of the source.
fn generate(directory: &Path, schema: &str, options: &EmitOptions) -> PathBuf {
    let dictionary = dictionary(schema);
    let (header, source) = emit_c(&dictionary, options);
    fs::write(directory.join(format!("{}.h", dictionary.database)), header).expect("a new file");
    let path = directory.join(format!("{}.c", dictionary.database));
    fs::write(&path, source).expect("a new file");
    path
}

/// What the compiler says; empty if it is content.
fn compiled(compiler: &str, standard: &str, directory: &Path, source: &Path, more: &[&str]) -> String {
    let language = if compiler.ends_with("++") { "c++" } else { "c" };
    let done = Command::new(compiler)
        .args(["-x", language, &format!("-std={standard}"), "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only"])
        .args(["-I", &format!("{}/include", env!("CARGO_MANIFEST_DIR")), "-I"])
        .arg(directory)
        .args(more)
        .arg(source)
        .output()
        .unwrap_or_else(|error| panic!("{compiler}: {error}"));
    if done.status.success() { String::new() } else { String::from_utf8_lossy(&done.stderr).into_owned() + "failed" }
}

const DIALECTS: &[(&str, &str)] = &[("gcc", "c99"), ("gcc", "c11"), ("gcc", "c2x"), ("g++", "c++11"), ("g++", "c++20")];

/// Those whose compiler is there. C++ may be missing; the summary of `make test` names it then.
fn dialects() -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    let cxx = Command::new("g++").arg("--version").output().is_ok();
    DIALECTS.iter().filter(move |(compiler, _)| cxx || *compiler != "g++")
}

#[test]
fn output_is_that_of_the_golden_files() {
    let dictionary = dictionary("everything.mco");
    let (header, source) = emit_c(&dictionary, &EmitOptions::default());
    let texts = [("everything.h", header), ("everything.c", source), ("everything.json", describe(&dictionary))];
    for (name, text) in texts {
        if env::var_os("MCOIOT_UPDATE").is_some() {
            fs::write(golden(name), text).expect("a golden file can be written");
        } else {
            let expected = fs::read_to_string(golden(name)).expect("the golden file is there");
            assert!(text == expected, "{name} differs; MCOIOT_UPDATE=1 writes it anew, then read the difference");
        }
    }
}

#[test]
fn output_compiles_without_warnings_in_every_dialect() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let variants = [(false, false), (true, false), (false, true), (true, true)];
    for (prefix, dictionary_only) in variants {
        let source = generate(directory.path(), "everything.mco", &EmitOptions { prefix, dictionary_only });
        for (compiler, standard) in dialects() {
            let more = ["-Wshadow", "-Wcast-align", "-Wundef"];
            let said = compiled(compiler, standard, directory.path(), &source, &more);
            assert_eq!(said, "", "{compiler} {standard}, prefix {prefix}, dictionary only {dictionary_only}");
        }
    }
}

#[test]
fn signatures_are_those_of_the_worked_example() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    for name in ["iotdevice", "iotserver"] {
        let source = generate(directory.path(), &format!("{name}.mco"), &EmitOptions::default());
        for (compiler, standard) in dialects() {
            assert_eq!(compiled(compiler, standard, directory.path(), &source, &[]), "", "{compiler} {standard}");
            let program = golden(&format!("{name}_signatures.c"));
            // A function is never NULL, which is what the program would not like to be told.
            let said = compiled(compiler, standard, directory.path(), &program, &["-Wno-address"]);
            assert_eq!(said, "", "{compiler} {standard}");
        }
    }
}

#[test]
fn two_schemas_with_the_same_classes_fit_into_one_program() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    for name in ["iotdevice.mco", "iotserver.mco"] {
        generate(directory.path(), name, &EmitOptions { prefix: true, dictionary_only: false });
    }
    let program = directory.path().join("both.c");
    let text = "#include \"iotdevice.h\"\n#include \"iotserver.h\"\n#include \"iotdevice.h\"\nint main(void) {\n\
        iotdevice_Sensor_fixed a = {1, 2, 3}; iotserver_Sensor_fixed b = {1, 2, 3, 4};\n\
        return iotdevice_get_dictionary() && iotserver_get_dictionary() && a.ts == b.ts && iotserver_Sensor_code == 1\n\
        && iotdevice_Sensor_fixed_put(0, &a) == MCO_S_OK && iotserver_Config_idx_index_cursor(0, 0) == MCO_S_OK; }\n";
    fs::write(&program, text).expect("a new file");
    assert_eq!(compiled("gcc", "c99", directory.path(), &program, &[]), "");
}

#[test]
fn a_library_with_another_interface_is_refused() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let source = generate(directory.path(), "iotdevice.mco", &EmitOptions::default());
    let header = Path::new(env!("CARGO_MANIFEST_DIR")).join("include/mcogen.h");
    let text = fs::read_to_string(header).expect("the header is there");
    let newer = text.replace("#define MCO_GEN_INTERFACE ", "#define MCO_GEN_INTERFACE 1");
    assert_ne!(text, newer, "mcogen.h carries the number");
    let include = directory.path().join("newer");
    fs::create_dir(&include).expect("a new directory");
    fs::write(include.join("mcogen.h"), newer).expect("a new file");
    let mut command = Command::new("gcc");
    // The changed header comes first in the search.
    let directories = [include, directory.path().to_path_buf(), Path::new(env!("CARGO_MANIFEST_DIR")).join("include")];
    command.args(["-std=c99", "-fsyntax-only"]).args(directories.map(|path| format!("-I{}", path.display()))).arg(&source);
    let done = command.output().expect("gcc runs");
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(!done.status.success() && said.contains("another version of mcocomp"), "{said}");
}

#[test]
fn the_dictionary_in_the_source_is_the_canonical_text() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let expected = dictionary("everything.mco");
    let path = generate(directory.path(), "everything.mco", &EmitOptions::default());
    let source = fs::read_to_string(path).expect("just written");
    let text = canonical(&expected);
    let lines: String = text.lines().map(|line| format!("    \"{line}\",\n")).collect();
    assert!(source.contains(&format!("mco_gen_lines[] = {{\n{lines}}};")));
    assert!(source.contains(&format!("MCO_GEN_INTERFACE, {}, mco_gen_lines", text.lines().count())));
}

#[test]
fn output_is_the_same_for_the_same_input() {
    let options = EmitOptions::default();
    let (first, second) = (dictionary("everything.mco"), dictionary("everything.mco"));
    assert_eq!(emit_c(&first, &options), emit_c(&second, &options));
    let again = compile_text(&canonical(&first)).expect("canonical text");
    assert_eq!(emit_c(&first, &options), emit_c(&again, &options));
    assert_eq!(describe(&first), describe(&again));
}
