//! Building C programs against `include/` and the library of this build.
#![allow(dead_code, reason = "each test file uses a part of it")]

pub mod layout;

use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Root of the project.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The public headers.
pub fn include() -> PathBuf {
    root().join("include")
}

/// The shared library that was built with this test.
pub fn library() -> PathBuf {
    let test = env::current_exe().expect("a test has a path");
    let path = test.parent().expect("target/<profile>/deps/<test>").join("libmcoiot.so");
    assert!(path.exists(), "{}: cargo builds it with the tests", path.display());
    path
}

/// An empty directory of this name; the next run of the same test empties it again.
pub fn scratch(name: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).expect("the temporary directory of the build can be written");
    dir
}

/// Directory with the library under its two names.
pub fn libraries() -> &'static Path {
    static DIR: OnceLock<PathBuf> = OnceLock::new();
    DIR.get_or_init(|| {
        let profile = library().ancestors().nth(2).and_then(Path::file_name).unwrap_or_default().to_os_string();
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("lib").join(profile);
        fs::create_dir_all(&dir).expect("the temporary directory of the build can be written");
        for name in ["libmcoiot.so", "libmcoiot.so.0"] {
            // Another test may be faster; the link is the same.
            let _ = symlink(library(), dir.join(name));
        }
        dir
    })
}

/// Whether a compiler for C++ is there. Where it is missing the summary of `make test` names what is skipped.
pub fn has_cxx() -> bool {
    let found = Command::new("g++").arg("--version").output().is_ok();
    if !found {
        println!("skipped: g++ is not installed");
    }
    found
}

/// Compiles and links sources; gives the program. Warnings are errors.
pub fn build(dir: &Path, sources: &[PathBuf], standard: &str) -> PathBuf {
    let program = dir.join("program");
    let compiler = if standard.starts_with("c++") { "g++" } else { "gcc" };
    let language = if standard.starts_with("c++") { "c++" } else { "c" };
    let mut command = Command::new(compiler);
    command.args(["-g", "-Wall", "-Wextra", "-Wpedantic", "-Werror", &format!("-std={standard}"), "-D_POSIX_C_SOURCE=200809L"]);
    command
        .arg("-I")
        .arg(include())
        .arg("-I")
        .arg(dir)
        .arg("-I")
        .arg(root().join("tests/c"))
        .arg("-I")
        .arg(root().join("c-examples"));
    command.args(["-x", language]).args(sources).args(["-x", "none"]);
    command.arg("-L").arg(libraries()).arg("-lmcoiot").arg("-pthread");
    command.arg(format!("-Wl,-rpath,{}", libraries().display())).arg("-o").arg(&program);
    check(&mut command, &format!("{sources:?}"));
    program
}

/// Runs a command that must succeed.
pub fn check(command: &mut Command, what: &str) {
    let done = command.output().unwrap_or_else(|error| panic!("{what}: {error}"));
    let text = [done.stdout, done.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(done.status.success(), "{what}: {}\n{text}", done.status);
}

/// Runs a command that must succeed; gives what it prints.
pub fn output(command: &mut Command) -> String {
    let done = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(done.status.success(), "{command:?}: {}\n{}", done.status, String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).expect("plain text")
}
