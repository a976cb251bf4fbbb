//! The command line of `mcocomp`: options, files, exit codes.

use std::path::Path;
use std::process::Command;
use std::{fs, time};
use tempfile::TempDir;

const SCHEMA: &str = "declare database small;\nclass A { bool b; list; };\n";
const WARNED: &str = "declare database small;\nclass A { bool b; };\n";
const WRONG: &str = "declare database small;\nclass A { bool b list; };\n";

/// A directory with some schemas.
fn directory() -> TempDir {
    let directory = tempfile::tempdir().expect("a temporary directory");
    for (name, text) in [("a.mco", SCHEMA), ("warned.mco", WARNED), ("wrong.mco", WRONG)] {
        fs::write(directory.path().join(name), text).expect("a new file");
    }
    directory
}

struct Run {
    code: Option<i32>,
    out: String,
    err: String,
}

fn run(directory: &Path, arguments: &[&str]) -> Run {
    let done = Command::new(env!("CARGO_BIN_EXE_mcocomp")).args(arguments).current_dir(directory).output().expect("it runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Run { code: done.status.code(), out: text(&done.stdout), err: text(&done.stderr) }
}

fn content(directory: &TempDir, name: &str) -> Option<String> {
    fs::read_to_string(directory.path().join(name)).ok()
}

#[test]
fn output_is_named_after_the_database_and_lies_beside_the_schema() {
    let directory = directory();
    let done = run(directory.path(), &["a.mco"]);
    assert_eq!((done.code, done.err.as_str()), (Some(0), ""));
    assert_eq!(done.out, "Compiled successfully: small.h small.c\n");
    assert!(content(&directory, "small.h").is_some_and(|text| text.contains("A_new")));
    assert!(content(&directory, "small.c").is_some_and(|text| text.contains("#include \"small.h\"")));
    let path = directory.path().join("a.mco");
    let elsewhere = tempfile::tempdir().expect("a temporary directory");
    assert_eq!(run(elsewhere.path(), &[&path.to_string_lossy()]).code, Some(0));
    assert_eq!(fs::read_dir(elsewhere.path()).expect("it is there").count(), 0);
}

#[test]
fn output_goes_to_the_directory_of_the_option() {
    for option in ["-p", "-P"] {
        let directory = directory();
        fs::create_dir(directory.path().join("out")).expect("a new directory");
        let done = run(directory.path(), &[option, "out", "a.mco"]);
        assert_eq!(done.out, "Compiled successfully: out/small.h out/small.c\n");
        assert!(content(&directory, "out/small.c").is_some() && content(&directory, "small.c").is_none());
    }
}

#[test]
fn a_file_whose_content_stays_is_not_touched() {
    let directory = directory();
    run(directory.path(), &["a.mco"]);
    let old = time::SystemTime::UNIX_EPOCH + time::Duration::from_secs(1_000_000);
    for name in ["small.h", "small.c"] {
        let file = fs::File::options().write(true).open(directory.path().join(name)).expect("it is there");
        file.set_modified(old).expect("the time can be set");
    }
    let modified = |name: &str| fs::metadata(directory.path().join(name)).and_then(|m| m.modified()).expect("it is there");
    assert_eq!(run(directory.path(), &["a.mco"]).code, Some(0));
    assert_eq!((modified("small.h"), modified("small.c")), (old, old));
    // -sa changes both.
    assert_eq!(run(directory.path(), &["-sa", "a.mco"]).code, Some(0));
    assert!(modified("small.h") > old && modified("small.c") > old);
}

#[test]
fn errors_give_1_and_leave_old_output_alone() {
    let directory = directory();
    fs::write(directory.path().join("small.h"), "old").expect("a new file");
    let done = run(directory.path(), &["wrong.mco"]);
    assert_eq!((done.code, done.out.as_str()), (Some(1), ""));
    assert!(done.err.starts_with("wrong.mco:2:17: error: expected ';' after 'b'\n"), "{}", done.err);
    assert_eq!(content(&directory, "small.h").as_deref(), Some("old"));
    assert_eq!(content(&directory, "small.c"), None);
}

#[test]
fn warnings_are_shown_dropped_or_errors() {
    let directory = directory();
    let shown = run(directory.path(), &["warned.mco"]);
    assert!(shown.code == Some(0) && shown.err.contains(": warning: class 'A' has no access"), "{}", shown.err);
    let dropped = run(directory.path(), &["-w", "warned.mco"]);
    assert_eq!((dropped.code, dropped.err.as_str()), (Some(0), ""));
    let refused = run(directory.path(), &["-Werror", "warned.mco"]);
    assert!(refused.code == Some(1) && refused.err.contains(": error: class 'A' has no access"), "{}", refused.err);
}

#[test]
fn a_wrong_command_line_gives_2() {
    let directory = directory();
    let cases: &[&[&str]] = &[
        &[],
        &["-unknown", "a.mco"],
        &["a.mco", "wrong.mco"],
        &["a.mco", "-p"],
        &["a.mco", "-i"],
        &["-check"],
        &["-depend"],
        &["-hpp", "a.mco"],
        &["-c++", "a.mco"],
        &["-C++", "a.mco"],
        &["-cpp", "a.mco"],
        &["-smartptr", "a.mco"],
        &["-cs", "a.mco"],
        &["-java", "a.mco"],
        &["-x", "a.mco"],
        &["-large", "a.mco"],
    ];
    for arguments in cases {
        let done = run(directory.path(), arguments);
        assert_eq!((done.code, done.out.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(done.err.starts_with("mcocomp: error: "), "{}", done.err);
    }
    assert!(run(directory.path(), &["-hpp", "a.mco"]).err.contains("option -hpp is not supported"));
    assert_eq!(content(&directory, "small.h"), None);
}

#[test]
fn files_that_cannot_be_read_or_written_give_3() {
    let directory = directory();
    let missing = run(directory.path(), &["none.mco"]);
    assert_eq!(missing.code, Some(3));
    assert!(missing.err.contains("error: cannot open 'none.mco': No such file or directory\n"), "{}", missing.err);
    assert_eq!(run(directory.path(), &["-p", "none", "a.mco"]).code, Some(3));
    let unwritable = run(directory.path(), &["-depend", "none/a.d", "a.mco"]);
    assert!(unwritable.code == Some(3) && unwritable.err.contains("cannot write 'none/a.d'"), "{}", unwritable.err);
    fs::write(directory.path().join("b.mco"), "#include \".\"\n").expect("a new file");
    assert_eq!(run(directory.path(), &["b.mco"]).code, Some(3), "a directory is no file");
    fs::write(directory.path().join("c.mco"), "#include \"none.h\"\n").expect("a new file");
    assert_eq!(run(directory.path(), &["c.mco"]).code, Some(1), "an include file that is nowhere is a mistake of the schema");
}

#[test]
fn include_directories_are_searched_in_order() {
    let directory = directory();
    let write = |name: &str, text: &str| fs::write(directory.path().join(name), text).expect("a new file");
    for (name, database) in [("one", "first"), ("two", "second")] {
        fs::create_dir(directory.path().join(name)).expect("a new directory");
        write(&format!("{name}/name.mco"), &format!("declare database {database};\n"));
    }
    write("main.mco", "#include <name.mco>\nclass A { bool b; list; };\n");
    let out = |arguments: &[&str]| run(directory.path(), arguments).out;
    assert!(out(&["-i", "one", "-I", "two", "main.mco"]).contains("first.h"));
    assert!(out(&["-itwo", "-Ione", "main.mco"]).contains("second.h"));
    let missing = run(directory.path(), &["-i", "three", "main.mco"]);
    assert!(missing.err.contains("hint: searched: ., three; add one with -i"), "{}", missing.err);
}

#[test]
fn a_make_rule_names_all_files() {
    let directory = directory();
    fs::write(directory.path().join("in cluded.mco"), "declare database small;").expect("a new file");
    fs::write(directory.path().join("main.mco"), "#include \"in cluded.mco\"\nclass A { bool b; list; };").expect("a new file");
    assert_eq!(run(directory.path(), &["-depend", "small.d", "main.mco"]).code, Some(0));
    assert_eq!(content(&directory, "small.d").as_deref(), Some("small.h small.c: main.mco in\\ cluded.mco\n"));
}

#[test]
fn check_and_json_write_no_file() {
    let directory = directory();
    let checked = run(directory.path(), &["-check", "a.mco"]);
    assert_eq!((checked.code, checked.out.as_str()), (Some(0), "Compiled successfully\n"));
    assert_eq!(run(directory.path(), &["-check", "wrong.mco"]).code, Some(1));
    let json = run(directory.path(), &["-json", "a.mco"]);
    assert!(json.code == Some(0) && json.out.starts_with("{\n  \"database\": \"small\""), "{}", json.out);
    assert!(json.out.ends_with("}\n"));
    assert_eq!(content(&directory, "small.h"), None);
}

#[test]
fn storage_prefix_and_dictionary_only() {
    let directory = directory();
    let json = |arguments: &[&str]| run(directory.path(), &[arguments, &["-json", "a.mco"]].concat()).out;
    assert!(json(&["-persistent"]).contains("\"persistent\": true"));
    assert!(json(&["-persistent", "-transient"]).contains("\"persistent\": false"));
    assert_eq!(run(directory.path(), &["-prefix", "a.mco"]).code, Some(0));
    let header = content(&directory, "small.h").expect("written");
    assert!(header.contains("small_A_new(mco_trans_h t, small_A *object)") && header.contains(" small_get_dictionary(void)"));
    for arguments in [&["-sa", "a.mco"][..], &["-sa", "Name", "a.mco"], &["a.mco", "-sa"]] {
        assert_eq!(run(directory.path(), arguments).code, Some(0), "{arguments:?}");
        let header = content(&directory, "small.h").expect("written");
        assert!(!header.contains("A_new") && header.contains("small_get_dictionary"), "{arguments:?}");
    }
}

#[test]
fn options_of_other_times_are_accepted() {
    let directory = directory();
    let words = ["-o", "-O", "-c", "-C", "-compact", "-nonatomic", "-atomic", "-nosort", "-si", "a.mco"];
    assert_eq!(run(directory.path(), &words).code, Some(0));
}

#[test]
fn version_and_help() {
    let directory = directory();
    for option in ["-v", "-version"] {
        assert_eq!(run(directory.path(), &[option]).out, format!("mcocomp {}\n", env!("CARGO_PKG_VERSION")));
    }
    for option in ["-h", "-help"] {
        let help = run(directory.path(), &[option]);
        assert!(help.code == Some(0) && help.out.starts_with("usage: mcocomp"), "{}", help.out);
    }
}
