//! Every message of the schema compiler, against `tables/messages.txt`.

use mcoiot::schema::{Files, Options, Unreadable, compile};
use std::fmt::Write;
use std::{env, fs, path::PathBuf};

struct Case {
    title: String,
    files: Vec<(String, String)>,
    expected: String,
}

impl Files for Case {
    fn read(&self, path: &str) -> Result<Vec<u8>, Unreadable> {
        if path == "locked.mco" {
            return Err(Unreadable { missing: false, reason: "Permission denied".to_string() });
        }
        let missing = || Unreadable { missing: true, reason: "No such file or directory".to_string() };
        self.files.iter().find(|(name, _)| name == path).map(|(_, text)| text.clone().into_bytes()).ok_or_else(missing)
    }
}

fn table() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/tables/messages.txt")
}

/// The text before the first case, and the cases.
fn cases() -> (String, Vec<Case>) {
    let text = fs::read_to_string(table()).expect("the table is there");
    let mut parts = text.split("\n## ");
    let head = parts.next().expect("there is text before the first case").to_string();
    let cases = parts.map(|part| {
        let (title, rest) = part.split_once('\n').expect("a title is a line");
        let (schema, expected) =
            if let Some(expected) = rest.strip_prefix("=>\n") { ("", expected) } else { split_at_arrow(title, rest) };
        let mut files = schema.split("@@ ");
        let main = ("a.mco".to_string(), files.next().unwrap_or_default().to_string());
        let others = files.map(|file| {
            let (name, text) = file.split_once('\n').expect("a name is a line");
            (name.to_string(), text.to_string())
        });
        let files = std::iter::once(main).chain(others).collect();
        let expected = if expected.is_empty() || expected.ends_with('\n') { expected.into() } else { format!("{expected}\n") };
        Case { title: title.to_string(), files, expected }
    });
    (head, cases.collect())
}

fn split_at_arrow<'a>(title: &str, rest: &'a str) -> (&'a str, &'a str) {
    let at = rest.find("\n=>").unwrap_or_else(|| panic!("no => in {title}"));
    (&rest[..=at], rest[at + 3..].strip_prefix('\n').unwrap_or_default())
}

fn messages(case: &Case) -> String {
    match compile("a.mco", case, &Options::default()) {
        Ok(compiled) => compiled.warnings.to_string(),
        Err(messages) => messages.to_string(),
    }
}

#[test]
fn messages_are_as_in_the_table() {
    let (head, cases) = cases();
    if env::var_os("MCOIOT_UPDATE").is_some() {
        let mut text = head + "\n";
        for case in &cases {
            writeln!(text, "## {}", case.title).expect("a string takes text");
            for (number, (name, file)) in case.files.iter().enumerate() {
                if number > 0 {
                    writeln!(text, "@@ {name}").expect("a string takes text");
                }
                text += file;
            }
            text += "=>\n";
            text += &messages(case);
        }
        fs::write(table(), text).expect("the table can be written");
        return;
    }
    for case in &cases {
        assert_eq!(messages(case), case.expected, "case: {}", case.title);
    }
}

#[test]
fn every_message_in_scope_has_a_case() {
    let (_, cases) = cases();
    // E45 needs a schema too large for a table.
    let errors = (1..=44).chain(46..=49);
    let warnings = 1..=10;
    for number in errors.map(|n| format!("E{n:02} ")).chain(warnings.map(|n| format!("W{n:02} "))) {
        assert!(cases.iter().any(|case| case.title.starts_with(&number)), "no case for {number}");
    }
}

#[test]
fn only_what_is_accepted_says_nothing_or_warns() {
    for case in cases().1 {
        let refused = compile("a.mco", &case, &Options::default()).is_err();
        assert_eq!(refused, case.expected.contains(": error: "), "case: {}", case.title);
    }
}

/// E45, and the limits behind it.
#[test]
fn numbers_of_classes_fields_and_enums_are_bounded() {
    let many = |begin: &str, item: fn(usize) -> String, end: &str| {
        let items: String = (0..=65535).map(item).collect();
        let files = vec![("a.mco".to_string(), format!("declare database d; {begin}{items}{end}"))];
        messages(&Case { title: String::new(), files, expected: String::new() })
    };
    let classes = many("", |n| format!("class C{n}{{bool b;list;}};\n"), "");
    assert!(classes.contains("error: more than 65535 classes"), "{classes}");
    let fields = many("class A { bool a", |n| format!(",\na{n}"), "; list; };");
    assert!(fields.contains("error: more than 65535 fields"), "{fields}");
    let enums = many("", |n| format!("enum{{c{n}}}E{n};\n"), "");
    assert!(enums.contains("error: more than 65535 enums"), "{enums}");
    let members = many("class A { S s; list; }; struct S { bool a", |n| format!(",\na{n}"), "; };");
    assert!(members.contains("error: more than 65535 fields"), "{members}");
    let fives = "struct A { bool a, b, c, d, e; }; struct B { A a, b, c, d, e; }; struct C { B a, b, c, d, e; };";
    let columns = many(&format!("{fives} class X {{ list; C c"), |n| format!(",\nc{n}"), "; };");
    assert!(columns.contains("error: more than 65535 fields") && columns.matches("error").count() == 1, "{columns}");
    let apart = many(fives, |n| format!("class X{n} {{ C c; list; }};\n"), "");
    assert!(apart.contains("error: the members of all structs become more than 65536 columns"), "{apart}");
    let indexes = many("class A { bool a; ", |n| format!("tree<a>t{n};\n"), "};");
    assert!(indexes.contains("error: more than 65533 indexes"), "{indexes}");
    let events = many("class A { bool a; list; ", |n| format!("event<new>e{n};\n"), "};");
    assert!(events.contains("error: more than 65535 events"), "{events}");
}
