//! Makes the return codes from their table. Writes only into OUT_DIR.

use std::{env, fmt::Write as _, fs, path::PathBuf};

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    println!("cargo:rerun-if-changed=src/base/codes.txt");
    let table = fs::read_to_string("src/base/codes.txt").expect("the table of codes is part of the source");
    fs::write(out.join("codes.rs"), rust_codes(&table)).expect("OUT_DIR is writable");
}

/// Rows of the table: name in C, value, text.
fn rows(table: &str) -> impl Iterator<Item = (&str, &str, &str)> {
    table.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(|line| {
        let mut parts = line.splitn(3, ' ');
        let (Some(name), Some(value)) = (parts.next(), parts.next()) else { panic!("codes.txt: cannot read '{line}'") };
        (name, value, parts.next().unwrap_or(""))
    })
}

fn rust_codes(table: &str) -> String {
    let mut code = String::from("impl Code {\n");
    let mut list = String::from("static TABLE: &[(i32, &str, &str)] = &[\n");
    for (name, value, text) in rows(table) {
        let short = name.strip_prefix("MCO_").unwrap_or(name);
        let _ = writeln!(code, "    /// `{name}`: {text}\n    pub const {short}: Code = Code({value});");
        let _ = writeln!(list, "    ({value}, {name:?}, {text:?}),");
    }
    code + "}\n" + &list + "];\n"
}
