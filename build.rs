//! Makes the return codes from their table, and the headers from the exports. Writes only into OUT_DIR.

use std::{env, fmt::Write as _, fs, path::Path, path::PathBuf};

/// A generated header: its name, its include guard, and the Rust files that it is made from.
struct Header {
    name: &'static str,
    guard: &'static str,
    sources: &'static [&'static str],
}

const HEADERS: &[Header] = &[
    Header {
        name: "mco",
        guard: "MCO_H__",
        sources: &[
            "mco/constants",
            "mco/enums",
            "mco/types",
            "mco/runtime",
            "mco/heap",
            "mco/database",
            "mco/transaction",
            "mco/cursor",
            "mco/statistics",
            "mco/errors",
        ],
    },
    Header { name: "mconet", guard: "MCO_NET_H__", sources: &["mconet/enums", "mconet/types", "mconet/functions"] },
    Header { name: "mcossl", guard: "MCO_SSL_H__", sources: &["mcossl"] },
    Header {
        name: "mcoiot",
        guard: "MCO_IOT_H__",
        sources: &[
            "mcoiot/constants",
            "mcoiot/enums",
            "mcoiot/types",
            "mcoiot/communicator",
            "mcoiot/replicator",
            "mcoiot/connection",
        ],
    },
    Header {
        name: "mcoiotx",
        guard: "MCO_IOTX_H__",
        sources: &["mcoiotx/enums", "mcoiotx", "mcoiotx/event", "mcoiotx/interrupt"],
    },
    Header {
        name: "mcodyn",
        guard: "MCO_DYN_H__",
        sources: &["mcodyn/types", "mcodyn/dictionary", "mcodyn/object", "mcodyn/oid", "mcodyn/index", "mcodyn/bulk"],
    },
    Header {
        name: "mcogen",
        guard: "MCO_GEN_H__",
        sources: &[
            "mcogen/types",
            "mcogen/object",
            "mcogen/oid",
            "mcogen/field",
            "mcogen/blob",
            "mcogen/list",
            "mcogen/index",
            "mcogen/event",
        ],
    },
];

/// Headers that are written by hand.
const BY_HAND: &[&str] = &["mcospec", "mcotime", "mcorest"];

/// Tags of structures whose tag is part of the interface: the name with an underscore behind.
const TAGGED: &[&str] = &[
    "mco_iot_comm_params_t",
    "iot_ack_t",
    "mco_iot_replicator_params_t",
    "mco_db_params_t",
    "mco_device_t",
    "mco_sock_params_t",
];

/// Enums whose tag is part of the interface, which is their name.
const TAGGED_ENUMS: &[&str] = &["mco_iot_stop_reason_t"];

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=cbindgen.toml");
    println!("cargo:rerun-if-changed=src/base/codes.txt");
    println!("cargo:rerun-if-changed=src/ffi");
    let table = fs::read_to_string("src/base/codes.txt").expect("the table of codes is part of the source");
    write(&out.join("codes.rs"), &rust_codes(&table));
    write(&out.join("code_texts.rs"), &rust_texts(&table));
    let include = out.join("include");
    fs::create_dir_all(&include).expect("OUT_DIR is writable");
    for header in HEADERS {
        write(&include.join(format!("{}.h", header.name)), &generate(header, &table));
    }
    for name in BY_HAND {
        write(&include.join(format!("{name}.h")), &fragment(name));
    }
    println!("cargo:rustc-env=MCOIOT_HEADERS={}", include.display());
    if env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libmcoiot.so.{}", env!("CARGO_PKG_VERSION_MAJOR"));
    }
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

/// The texts once more, as C strings.
fn rust_texts(table: &str) -> String {
    let mut list = String::from("static TEXTS: &[(i32, &std::ffi::CStr)] = &[\n");
    for (_, value, text) in rows(table) {
        let _ = writeln!(list, "    ({value}, c{text:?}),");
    }
    list + "];\n"
}

fn c_codes(table: &str) -> String {
    let mut code = String::from("/* What every function returns; mco_strerror gives the texts. */\ntypedef enum {\n");
    for (name, value, _) in rows(table) {
        let _ = writeln!(code, "    {name} = {value},");
    }
    let end = code.trim_end_matches(['\n', ',']).len();
    code.truncate(end);
    code + "\n} MCO_RET;"
}

/// One run of cbindgen, with the fragments put in.
fn generate(header: &Header, table: &str) -> String {
    let mut config = cbindgen::Config::from_file("cbindgen.toml").expect("cbindgen.toml is part of the source");
    let name = header.name;
    if name == "mcoiot" {
        config.function.prefix = Some("MCOIOTCOMM_API".into());
    }
    let version = ["MAJOR", "MINOR", "PATCH"].map(|part| env::var(format!("CARGO_PKG_VERSION_{part}")).expect("set by cargo"));
    let version = version.iter().fold(0, |sum, part| sum * 100 + part.parse::<u32>().expect("a number"));
    let before =
        fragment(&format!("{name}.before")).replace("@MCO_RET@", &c_codes(table)).replace("@VERSION@", &version.to_string());
    let mut builder = cbindgen::Builder::new().with_config(config);
    for source in header.sources {
        builder = builder.with_src(format!("src/ffi/{source}.rs"));
    }
    let bindings = builder.generate().unwrap_or_else(|error| panic!("{name}.h: {error}"));
    let mut body = Vec::new();
    bindings.write(&mut body);
    let body = polish(&String::from_utf8(body).expect("cbindgen writes UTF-8"));
    let after = fragment(&format!("{name}.after"));
    let guard = header.guard;
    let mut text =
        format!("/* Generated from src/ffi by build.rs; change it there. */\n#ifndef {guard}\n#define {guard}\n\n{before}\n");
    text += body.trim();
    if !after.is_empty() {
        let _ = write!(text, "\n\n{}", after.trim_end());
    }
    let _ = write!(text, "\n\n#endif /* {guard} */\n");
    text
}

/// What cbindgen cannot be told: tags, the export macro of the replicator, and comments in the form of the hand-written headers.
fn polish(body: &str) -> String {
    let mut text = String::new();
    let mut gap = None;
    let mut lines = body.lines();
    while let Some(line) = lines.next() {
        let indent = &line[..line.len() - line.trim_start().len()];
        if line.trim_start() == "/*" {
            let comment: Vec<&str> = lines.by_ref().map(str::trim).take_while(|line| *line != "*/").collect();
            match comment.as_slice() {
                [one] => text += &format!("{indent}/* {one} */\n"),
                many => {
                    text += &format!("{indent}/*\n");
                    many.iter().for_each(|line| text += &format!("{indent} * {line}\n"));
                    text += &format!("{indent} */\n");
                }
            }
        } else if line.is_empty() && text.lines().last().is_some_and(|last| last.starts_with("#define")) {
            gap = Some(text.len());
        } else if line.starts_with("MCOIOTCOMM_API") && (line.contains(" mco_iot_init(") || line.contains("mco_iot_replicator_"))
        {
            text += &format!("{}\n", line.replacen("MCOIOTCOMM_API", "MCOIOTREPL_API", 1));
        } else {
            // Constants stand together; what follows them is set off.
            if let Some(place) = gap.take().filter(|_| !line.starts_with("#define")) {
                text.insert(place, '\n');
            }
            text += &format!("{line}\n");
        }
    }
    tag(&text.replace('`', "").replace("#endif  // __cplusplus", "#endif").replace("}  // extern", "} // extern"))
}

/// Gives the types of [`TAGGED`] and [`TAGGED_ENUMS`] their tags.
fn tag(text: &str) -> String {
    let mut text = text.to_owned();
    let structures = TAGGED.iter().map(|name| (name, "struct", "_"));
    let enums = TAGGED_ENUMS.iter().map(|name| (name, "enum", ""));
    for (name, keyword, suffix) in structures.chain(enums) {
        let Some(end) = text.find(&format!("\n}} {name};")) else { continue };
        let bare = format!("typedef {keyword} {{");
        let start = text[..end].rfind(&bare).expect("every type begins like this");
        text.replace_range(start..start + bare.len(), &format!("typedef {keyword} {name}{suffix} {{"));
    }
    text
}

fn fragment(name: &str) -> String {
    let path = format!("src/ffi/headers/{name}.h");
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Leaves a file alone that has this content already, so that nothing is built again for it.
fn write(path: &Path, content: &str) {
    if fs::read_to_string(path).is_ok_and(|old| old == content) {
        return;
    }
    fs::write(path, content).expect("OUT_DIR is writable");
}
