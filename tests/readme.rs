//! What the README shows is what the project has.

use std::{fs, path::Path};

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Texts between ```language and ```.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let start = format!("```{language}\n");
    text.split(&start).skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

#[test]
fn code_is_copied_from_the_examples() {
    let readme = read("README.md");
    let files = ["device.mco", "device.c", "server.c"].map(|name| read(&format!("c-examples/minimal/{name}")));
    let shown = blocks(&readme, "c");
    assert!(shown.len() >= 3, "the README shows the schema, the device and the server");
    for block in shown {
        assert!(files.iter().any(|file| file.contains(block)), "not in c-examples/minimal:\n{block}");
    }
}

#[test]
fn commands_are_targets_of_the_makefile() {
    let (readme, makefile) = (read("README.md"), read("Makefile"));
    let commands: Vec<_> =
        blocks(&readme, "sh").into_iter().flat_map(str::lines).filter_map(|line| line.strip_prefix("make ")).collect();
    assert!(
        commands.iter().any(|command| command.starts_with("demo")) && commands.iter().any(|command| command.starts_with("test"))
    );
    for command in commands {
        let target = command.split_whitespace().next().unwrap_or_default();
        assert!(makefile.lines().any(|line| line.starts_with(&format!("{target}:"))), "make {target} is not in the Makefile");
    }
}

#[test]
fn links_lead_to_files() {
    for page in ["README.md", "CONTRIBUTING.md"] {
        let text = read(page);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()).filter(|link| !link.starts_with("http")) {
            assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(link).exists(), "{page} links to {link}, which is not there");
        }
    }
}
