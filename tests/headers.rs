//! The committed headers are those that the build makes. `MCOIOT_UPDATE=1 cargo test --test headers` writes them anew.

use std::{env, fs, path::Path};

#[test]
fn committed_headers_are_the_generated_ones() {
    let generated = Path::new(env!("MCOIOT_HEADERS"));
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("include");
    let mut names: Vec<_> = fs::read_dir(generated).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    for name in &names {
        let text = fs::read_to_string(generated.join(name)).unwrap();
        let path = committed.join(name);
        if env::var_os("MCOIOT_UPDATE").is_some() {
            fs::write(&path, text).unwrap();
        } else {
            assert!(fs::read_to_string(&path).ok() == Some(text), "{}: differs from what the build makes", path.display());
        }
    }
    let mut there: Vec<_> = fs::read_dir(committed).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    there.sort();
    assert_eq!(there, names, "include/ holds exactly the headers");
}
