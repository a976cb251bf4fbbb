//! What can only be seen from inside the library; messages, generated code and the command line are tested in `tests/`.

use super::*;
use crate::base::{Code, Random, Value};

const EVERYTHING: &str = include_str!("../../tests/golden/everything.mco");
const ENUMS: &str = include_str!("../../tests/golden/everything_enums.mco");

struct Texts(Vec<(&'static str, Vec<u8>)>);

impl Files for Texts {
    fn read(&self, path: &str) -> Result<Vec<u8>, Unreadable> {
        let found = self.0.iter().find(|(name, _)| *name == path);
        let missing = || Unreadable { missing: true, reason: "No such file or directory".to_string() };
        found.map(|(_, text)| text.clone()).ok_or_else(missing)
    }
}

fn everything() -> Dictionary {
    let files = Texts(vec![("e.mco", EVERYTHING.into()), ("everything_enums.mco", ENUMS.into())]);
    compile("e.mco", &files, &Options::default()).expect("the golden schema is right").dictionary
}

fn one(text: &str) -> Result<Dictionary, String> {
    let files = Texts(vec![("a.mco", text.into())]);
    compile("a.mco", &files, &Options::default()).map(|c| c.dictionary).map_err(|d| d.to_string())
}

#[test]
fn canonical_text_gives_the_same_dictionary_back() {
    let dictionary = everything();
    let text = canonical(&dictionary);
    assert_eq!(compile_text(&text), Ok(dictionary.clone()));
    assert_eq!(canonical(&compile_text(&text).expect("just read")), text);
    assert!(text.lines().all(|line| line.len() < 4000), "lines go into C string literals");
    assert!(text.is_ascii() && !text.contains(['"', '\\', '?', '#', '/']));
}

#[test]
fn hash_is_the_beginning_of_sha_256() {
    assert_eq!(hash(""), 0x141C_FC98_42C4_B0E3);
    assert_eq!(hash("abc"), 0xEACF_018F_BF16_78BA);
}

#[test]
fn numbers_follow_the_order_of_declaration() {
    let dictionary = everything();
    assert_eq!(dictionary.class_named("Reading").map(|c| c.code), Some(1));
    assert_eq!(dictionary.class_named("Scratch").map(|c| c.code), Some(4));
    assert_eq!(dictionary.class(2).map(|c| c.indexes.clone()), Some(vec![2]));
    assert_eq!(dictionary.index(3).map(|i| i.name.as_str()), Some("t_u1"));
}

#[test]
fn generated_fields_are_appended_or_taken_where_declared() {
    let dictionary = everything();
    let reading = dictionary.class_named("Reading").expect("declared");
    assert_eq!(reading.field_named("agent_id"), Some(7));
    assert_eq!(reading.field(7).map(|f| f.role), Some(FieldRole::AgentId));
    let setting = dictionary.class_named("Setting").expect("declared");
    assert_eq!(setting.field_named("agent_id"), Some(3));
    let schema = "declare database d; declare auto_oid[1]; iot router 9; downtable class A { bool b; tree<dst_agent_id> i; };";
    let router = one(schema).expect("right");
    let roles: Vec<_> = router.classes[0].fields.iter().map(|f| f.role).collect();
    assert_eq!(roles, [FieldRole::Plain, FieldRole::SrcAgentId, FieldRole::DstAgentId]);
    let device = one("declare database d; iot device 9; uptable class A { string agent_id; list; };").expect("right");
    assert_eq!(device.classes[0].fields.iter().map(|f| f.role).collect::<Vec<_>>(), [FieldRole::Plain]);
    assert!(device.auto_oid);
}

#[test]
fn storage_follows_modifiers_options_and_travel() {
    let dictionary = everything();
    let kept: Vec<_> = dictionary.classes.iter().map(|c| (c.name.as_str(), c.persistent)).collect();
    let expected = [
        ("Reading", true),
        ("Setting", true),
        ("Everything", true),
        ("Scratch", false),
        ("Maybe", false),
        ("Lists", false),
        ("Node", false),
        ("Leaf", true),
    ];
    assert_eq!(kept, expected);
    let files = Texts(vec![("a", "declare database d; class A { bool b; list; }; transient class B { bool b; list; };".into())]);
    let options = Options { persistent: true, ..Options::default() };
    let kept = compile("a", &files, &options).expect("right").dictionary.classes;
    assert_eq!(kept.iter().map(|c| c.persistent).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn defaults_become_values_of_the_type() {
    let dictionary = everything();
    let default = |name: &str| {
        let class = dictionary.class_named("Everything").expect("declared");
        class.field_named(name).and_then(|n| class.field(n)).and_then(|f| f.default.clone())
    };
    assert_eq!(default("i4"), Some(Value::Int(-8)), "octal");
    assert_eq!(default("i8"), Some(Value::Int(i64::MIN)));
    assert_eq!(default("u8"), Some(Value::UInt(u64::MAX)));
    assert_eq!(default("n4"), Some(Value::Int(1234)));
    assert_eq!(default("n9"), Some(Value::Int(-123_456_789)));
    assert_eq!(default("truth"), Some(Value::UInt(1)));
    assert_eq!(default("color"), Some(Value::Int(5)));
    assert_eq!(default("flag"), None);
    let reading = dictionary.class_named("Reading").expect("declared");
    assert_eq!(reading.fields[3].default, Some(Value::Real(f64::from(0.1f32))), "a float has the precision of a float");
    assert_eq!(reading.fields[4].default, Some(Value::Int(1)));
}

#[test]
fn lists_are_one_field_of_a_type_for_their_elements() {
    let dictionary = everything();
    let lists = dictionary.class_named("Lists").expect("declared");
    let field = |name: &str| lists.field_named(name).and_then(|number| lists.field(number)).expect("declared");
    let kinds = |name| (field(name).kind, field(name).element);
    assert_eq!(kinds("numbers"), (FieldType::Vector, Some(FieldType::Unsigned(4))));
    assert_eq!(kinds("texts"), (FieldType::Array(3), Some(FieldType::String)));
    assert_eq!(kinds("point"), (FieldType::Array(3), Some(FieldType::Double)));
    assert_eq!(kinds("height"), (FieldType::Double, None));
    assert!(matches!(kinds("tracks"), (FieldType::Vector, Some(FieldType::Struct(_)))));
    assert_eq!(kinds("track.seen"), (FieldType::Array(9), Some(FieldType::Bool)));
    assert_eq!(kinds("grid.cell"), (FieldType::Array(3), Some(FieldType::Float)));
    assert!(field("grid.cell").nullable, "without the struct it is not there");
    assert_eq!(lists.field_named("tracks.points"), None, "the structs in a list become no columns");
    let texts = ["prices", "tracks", "pairs", "height"].map(|name| dictionary.field_type_text(field(name)));
    assert_eq!(texts, ["vector<numeric<9,2>>", "vector<Track>", "binary<2>[65535]", "double"]);
}

#[test]
fn compile_text_refuses_directives_and_oversize() {
    let include = compile_text("#include \"/etc/passwd\"\n").expect_err("no preprocessor");
    assert_eq!(include.code, Code::E_SCHEMA_ERROR);
    assert!(include.text.contains("unexpected character '#'"), "{}", include.text);
    let large = compile_text(&" ".repeat(MAX_TEXT + 1)).expect_err("too large");
    assert!(large.text.contains("at most"), "{}", large.text);
}

#[test]
fn a_schema_too_large_for_peers_is_refused() {
    let mut text = "declare database d; class A { list; bool ".to_string();
    text.extend((0..60_000).map(|n| format!("a_rather_long_name_of_a_field_{n}, ")));
    let message = one(&(text + "last; };")).expect_err("too large");
    assert!(message.contains("as text for peers"), "{message}");
}

#[test]
fn macros_that_grow_without_end_are_stopped() {
    let mut text = "#define a0 x x\n".to_string();
    text.extend((1..64).map(|n| format!("#define a{n} a{0} a{0}\n", n - 1)));
    let message = one(&(text.clone() + "a63")).expect_err("too many words");
    assert!(message.contains("has more than 4000000 words"), "{}", &message[..200]);
    let empty = text.replace("a0 x x", "a0");
    assert!(one(&(empty + "a63")).expect_err("too many steps").contains("has more than 4000000 words"));
}

#[test]
fn macros_are_replaced_again_and_again_but_never_inside_themselves() {
    let text = "#define a b\n#define b a\n#define bool bool\n#define type \\\n  unsigned<4>\n#define more type\n\
        declare database d; class X { bool a; more c; \n#undef more\n unsigned<1> more; list; };";
    let class = &one(text).expect("right").classes[0];
    let fields: Vec<_> = class.fields.iter().map(|f| (f.name.as_str(), f.kind)).collect();
    assert_eq!(fields, [("a", FieldType::Bool), ("c", FieldType::Unsigned(4)), ("more", FieldType::Unsigned(1))]);
}

#[test]
fn byte_order_mark_and_line_ends_of_windows_are_read() {
    let text = "\u{FEFF}#define type \\\r\n bool\r\ndeclare database d;\r\n// \u{E4}\r\nclass X { type a; list; };\r\n";
    assert_eq!(one(text).map(|d| d.classes.len()), Ok(1));
    let wrong = one(&text.replace("bool", "boool")).expect_err("unknown type");
    assert!(wrong.contains("a.mco:5:11: error: unknown type 'boool'\nclass X { type a; list; };\n          ^\n"), "{wrong}");
}

/// Texts that a hostile peer or a tired person might write: up to four random changes.
fn mutated(text: &[u8], random: &mut Random) -> Vec<u8> {
    let pieces: [&[u8]; 21] = [
        b"{",
        b"}",
        b";",
        b"<",
        b">",
        b"\0",
        b"\xFF",
        b"\xC3\xA4",
        b"/*",
        b"\"",
        b"-",
        b"99999999999999999999",
        b".",
        b"class A {",
        b"vector<",
        b"[3]",
        b"= 1e999",
        b"\n#",
        b"\n#define a a ",
        b"\n#include \"e.mco\"\n",
        b"\n#ifdef x\n",
    ];
    let mut below = |end: usize| usize::try_from(random.below(end as u64)).expect("smaller than a length");
    let mut bytes = text.to_vec();
    for _ in 0..=below(4) {
        let at = below(bytes.len());
        let until = (at + below(40)).min(bytes.len());
        match below(4) {
            0 => bytes[at] = u8::try_from(below(256)).expect("a byte"),
            1 => drop(bytes.drain(at..until)),
            2 => {
                let copy = bytes[at..until].to_vec();
                bytes.splice(at..at, copy);
            }
            _ => drop(bytes.splice(at..at, pieces[below(pieces.len())].iter().copied())),
        }
    }
    bytes
}

/// Rounds of each kind of mutation; more of them are asked for by the environment.
fn rounds() -> u32 {
    std::env::var("MCO_FUZZ_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(2000)
}

#[test]
fn mutated_canonical_texts_never_panic_and_accepted_ones_round_trip() {
    let text = canonical(&everything()).into_bytes();
    let mut random = Random::seeded(1);
    let mut accepted = 0;
    for _ in 0..rounds() {
        if let Ok(dictionary) = compile_text(&String::from_utf8_lossy(&mutated(&text, &mut random))) {
            accepted += 1;
            assert_eq!(compile_text(&canonical(&dictionary)), Ok(dictionary));
        }
    }
    assert!(accepted > 10, "the changes are too wild to test anything: {accepted}");
}

#[test]
fn mutated_schemas_never_panic_and_what_is_refused_has_a_message() {
    let mut random = Random::seeded(2);
    for _ in 0..rounds() {
        let text = mutated(EVERYTHING.as_bytes(), &mut random);
        let files = Texts(vec![("e.mco", text), ("everything_enums.mco", ENUMS.as_bytes().to_vec())]);
        match compile("e.mco", &files, &Options::default()) {
            Ok(compiled) => assert_eq!(compile_text(&canonical(&compiled.dictionary)), Ok(compiled.dictionary)),
            Err(messages) => assert!(messages.errors() > 0 && messages.to_string().contains(": error: ")),
        }
    }
}

#[test]
fn deep_nesting_does_not_recurse() {
    for piece in ["vector<", "{", "enum{", "class A{", "(", "iot "] {
        let text = piece.repeat(MAX_TEXT / piece.len());
        assert!(compile_text(&text).is_err());
    }
    let text = format!("declare database d; class A {{ {} x; }};", "vector<".repeat(100_000));
    assert!(compile_text(&text).is_err());
}

/// The largest texts that a peer may send take a moment, not minutes.
#[test]
fn large_texts_are_read_in_time_proportional_to_their_size() {
    let begin = "declare database d;\n".to_string();
    let fill = |begin: String, item: &dyn Fn(usize) -> String, limit: usize| {
        let mut text = begin;
        for number in 0.. {
            let item = item(number);
            if text.len() + item.len() > limit {
                break;
            }
            text += &item;
        }
        text
    };
    let constants = fill(begin.clone() + "enum {", &|n| format!("c{n:x},"), MAX_TEXT / 2) + "} E; class A {";
    let defaults = fill(constants, &|n| format!("E f{n:x}=c{n:x};"), MAX_TEXT - 10) + "};";
    let classes = fill(begin.clone(), &|n| format!("class C{n}{{bool b;tree<b>t;}};"), MAX_TEXT);
    let twice = fill(begin.clone(), &|_| "class C{b b;tree<c>t;};".to_string(), MAX_TEXT);
    let keys = fill(begin + "class C{bool b;tree<b", &|n| format!(",b{n}"), MAX_TEXT - 10) + ">t;};";
    for (text, right) in [(defaults, true), (classes, true), (twice, false), (keys, false)] {
        assert_eq!(compile_text(&text).is_ok(), right, "{}", &text[..60]);
    }
}
