//! Each promise of docs/guarantees.md names the tests that prove it, and all of them exist.

use std::fs;
use std::path::Path;

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What stands behind `Proof:`: files, each with the names of tests in it.
fn proofs(line: &str) -> Vec<(&str, Vec<&str>)> {
    let quoted = line.split('`').skip(1).step_by(2);
    quoted
        .map(|proof| proof.split_once(": ").map_or((proof, vec![]), |(file, names)| (file, names.split(", ").collect())))
        .collect()
}

/// Whether the file has a test of this name.
fn has_test(source: &str, name: &str) -> bool {
    let function = format!("fn {name}(");
    source.split("#[test]\n").skip(1).any(|rest| {
        let mut lines = rest.lines().map(str::trim).filter(|line| !line.starts_with("#["));
        lines.next().is_some_and(|line| line.starts_with(&function))
    })
}

/// What is wrong with a proof.
fn faults(file: &str, names: &[&str]) -> Vec<String> {
    let source = read(file);
    if let Some(program) = file.strip_prefix("tests/c/").and_then(|file| file.strip_suffix(".c")) {
        let listed = read("tests/c_programs.rs").contains(&format!("    {program} ("));
        return (!listed).then(|| format!("{file} is not run")).into_iter().collect();
    }
    assert!(!names.is_empty(), "{file} without a test");
    names.iter().filter(|name| !has_test(&source, name)).map(|name| format!("{file}: {name}")).collect()
}

#[test]
fn every_promise_names_tests_that_exist() {
    let page = read("docs/guarantees.md");
    let (promises, _) = page.split_once("\n## What is not covered").expect("the last part");
    let (mut missing, mut unproved, mut found) = (vec![], vec![], 0);
    for line in promises.lines() {
        if line.starts_with("**") {
            unproved.push(line);
        } else if let Some(proof) = line.strip_prefix("Proof: ") {
            unproved.pop();
            for (file, names) in proofs(proof) {
                found += names.len();
                missing.extend(faults(file, &names));
            }
        }
    }
    assert!(found > 100, "only {found} tests are named");
    assert!(missing.is_empty(), "docs/guarantees.md names tests that do not exist: {missing:#?}");
    assert!(unproved.is_empty(), "docs/guarantees.md has promises without a test: {unproved:#?}");
}
