use super::Mapping;
use crate::base::{AgentId, Change, Code, EpochId, Identity, State, Timestamp, Value};
use crate::schema::{Dictionary, compile_text};

fn schema(classes: &str) -> Dictionary {
    compile_text(&format!("declare database test;\niot device 1000;\n{classes}\n")).expect("a good schema")
}

fn change(class: u16, row: Vec<Value>) -> Change {
    let (ts, epoch) = (Timestamp(1), EpochId(1));
    Change { class, id: Identity::new(epoch, 1), ts, epoch, agent: AgentId(1000), state: State::Row(row) }
}

fn row_of(mapping: &Mapping, class: u16, row: Vec<Value>) -> Option<(u16, Vec<Value>)> {
    mapping.check(&change(class, row.clone())).expect("the right shape");
    let translated = mapping.translate(change(class, row)).ok()?;
    if let State::Row(row) = translated.state { Some((translated.class, row)) } else { None }
}

#[test]
fn classes_and_fields_find_each_other_by_name() {
    let theirs = schema("uptable class Sensor { unsigned<2> id; float temp; string note; };");
    let ours =
        schema("class Local { unsigned<4> x; };\nuptable class Sensor { double temp; unsigned<8> id; unsigned<4> zone = 7; };");
    let mapping = Mapping::new(&ours, &theirs).expect("they fit");
    let got = row_of(&mapping, 1, vec![Value::UInt(5), Value::Real(1.5), Value::from(&b"x"[..])]);
    assert_eq!(got, Some((2, vec![Value::Real(1.5), Value::UInt(5), Value::UInt(7)])));
    assert!(mapping.peer_knows(2) && !mapping.peer_knows(1));
}

#[test]
fn a_class_on_one_side_only_is_unknown_there() {
    let theirs = schema("uptable class Alarm { unsigned<2> id; };");
    let ours = schema("uptable class Sensor { unsigned<2> id; };");
    let mapping = Mapping::new(&ours, &theirs).expect("nothing in common, nothing wrong");
    assert_eq!(row_of(&mapping, 1, vec![Value::UInt(5)]), None);
    assert!(!mapping.peer_knows(1));
    assert_eq!((mapping.name(1), mapping.class(1)), ("Alarm", 0));
}

#[test]
fn types_of_another_kind_are_refused_with_class_field_and_both_types() {
    let theirs = schema("uptable class Sensor { string temp; };");
    let ours = schema("uptable class Sensor { double temp; };");
    let error = Mapping::new(&ours, &theirs).expect_err("a text is no number");
    assert_eq!(error.code, Code::E_IOT_INCOMPATIBLE_MODE);
    for part in ["Sensor", "temp", "double", "string"] {
        assert!(error.text.contains(part), "{part} is missing in {}", error.text);
    }
    let down = schema("downtable class Sensor { double temp; };");
    assert_eq!(Mapping::new(&ours, &down).map_err(|e| e.code), Err(Code::E_IOT_INCOMPATIBLE_MODE));
}

#[test]
fn with_a_router_classes_that_do_not_fit_are_left_out() {
    let theirs = schema("uptable class Sensor { string temp; }; uptable class Alarm { unsigned<4> id; };");
    let ours = schema("uptable class Alarm { unsigned<2> id; }; uptable class Sensor { double temp; };");
    let mapping = Mapping::lenient(&ours, &theirs);
    assert!(mapping.peer_knows(1) && !mapping.peer_knows(2));
    assert_eq!(row_of(&mapping, 2, vec![Value::UInt(5)]), Some((1, vec![Value::UInt(5)])));
    assert_eq!(row_of(&mapping, 1, vec![Value::from(&b"warm"[..])]), None);
    assert_eq!(mapping.name(1), "Sensor");
}

#[test]
fn integers_change_sign_where_they_fit_and_stay_where_not() {
    let theirs = schema("uptable class N { signed<8> a; unsigned<8> b; double c; };");
    let ours = schema("uptable class N { unsigned<8> a; signed<8> b; float c; };");
    let mapping = Mapping::new(&ours, &theirs).expect("integers fit integers");
    let good = row_of(&mapping, 1, vec![Value::Int(5), Value::UInt(6), Value::Real(0.1)]);
    assert_eq!(good, Some((1, vec![Value::UInt(5), Value::Int(6), Value::Real(f64::from(0.1f32))])));
    let bad = row_of(&mapping, 1, vec![Value::Int(-5), Value::UInt(u64::MAX), Value::Real(1e300)]);
    assert_eq!(bad, Some((1, vec![Value::Int(-5), Value::UInt(u64::MAX), Value::Real(1e300)])));
}

#[test]
fn null_becomes_what_lies_below_or_the_default_where_it_cannot_be() {
    let fields = |first: &str, second: &str| schema(&format!("uptable class N {{ {first} a; {second} b = 7; list; }};"));
    let (with, without) = (fields("nullable signed<4>", "nullable unsigned<4>"), fields("unsigned<4>", "signed<8>"));
    let below = |value| Value::Null(Some(Box::new(value)));
    let theirs = || vec![below(Value::Int(5)), Value::NULL];
    let here = Mapping::new(&without, &with).expect("NULL or not is no other type");
    assert_eq!(row_of(&here, 1, theirs()), Some((1, vec![Value::UInt(5), Value::Int(7)])));
    assert_eq!(row_of(&here, 1, vec![Value::NULL, below(Value::UInt(2))]), Some((1, vec![Value::UInt(0), Value::Int(2)])));
    let there = Mapping::new(&with, &without).expect("the other way as well");
    let row = vec![Value::UInt(5), Value::Int(6)];
    assert_eq!(row_of(&there, 1, row), Some((1, vec![Value::Int(5), Value::UInt(6)])));
    let unsigned = fields("nullable unsigned<4>", "nullable unsigned<4>");
    let both = Mapping::new(&unsigned, &with).expect("integers fit integers");
    assert_eq!(row_of(&both, 1, theirs()), Some((1, vec![below(Value::UInt(5)), Value::NULL])));
    let more = schema("uptable class N { nullable signed<4> a; nullable unsigned<4> b = 7; nullable bool c; list; };");
    let fresh = Mapping::new(&more, &with).expect("a field more");
    assert_eq!(row_of(&fresh, 1, theirs()), Some((1, vec![below(Value::Int(5)), Value::NULL, Value::NULL])));
}

#[test]
fn a_row_of_the_wrong_shape_is_a_broken_protocol() {
    let ours = schema("uptable class Sensor { unsigned<2> id; };");
    let mapping = Mapping::new(&ours, &ours).expect("same schema");
    let theirs = schema("uptable class Sensor { unsigned<2> id; }; uptable class Alarm { bool on; }; class Local { bool x; };");
    let other = Mapping::new(&ours, &theirs).expect("they fit");
    let code = |mapping: &Mapping, class, width| mapping.check(&change(class, vec![Value::UInt(1); width])).map_err(|e| e.code);
    assert_eq!((code(&mapping, 1, 1), code(&mapping, 1, 2)), (Ok(()), Err(Code::E_IOT_PROTOCOLERR)));
    assert_eq!(code(&mapping, 2, 1), Err(Code::E_IOT_PROTOCOLERR), "no such class");
    assert_eq!((code(&other, 2, 1), code(&other, 2, 2)), (Ok(()), Err(Code::E_IOT_PROTOCOLERR)), "also of a class that we lack");
    assert_eq!(code(&other, 3, 1), Err(Code::E_IOT_PROTOCOLERR), "a class that does not travel");
}

/// A list with these elements in the form of the given field.
fn list(schema: &Dictionary, field: &str, elements: Vec<Option<Vec<Value>>>) -> Value {
    let class = schema.class(1).expect("one class");
    let (shape, _) = class.field_named(field).and_then(|at| class.field(at)?.list()).expect("a list");
    Value::Bytes(shape.pack(&elements).expect("elements that fit"))
}

fn each(values: impl IntoIterator<Item = Value>) -> Vec<Option<Vec<Value>>> {
    values.into_iter().map(|value| Some(vec![value])).collect()
}

#[test]
fn elements_of_lists_are_converted_like_fields() {
    let text = |text: &str| Value::from(text.as_bytes());
    let theirs = schema(
        "struct Spot { signed<2> x; char<8> name; vector<float> f; };
         uptable class L { vector<signed<2>> v; unsigned<4> a[2]; vector<char<8>> t; vector<Spot> s; vector<unsigned<8>> w; bool b[9]; };",
    );
    let ours = schema(
        "struct Spot { vector<double> f; string name; bool more = 1; signed<8> x; };
         uptable class L { bool b[9]; vector<unsigned<1>> w; vector<signed<8>> v; signed<4> a[3]; vector<string> t; vector<Spot> s; };",
    );
    let floats = |schema: &Dictionary, x| {
        let (shape, _) = schema.structs[0].fields.iter().find_map(|field| field.list()).expect("a list");
        Value::Bytes(shape.pack(&each([Value::Real(x)])).expect("a number"))
    };
    let there = |v: [i64; 2], a: [u64; 2], w: u64| {
        vec![
            list(&theirs, "v", each(v.map(Value::Int))),
            list(&theirs, "a", each(a.map(Value::UInt))),
            list(&theirs, "t", vec![Some(vec![text("ab")]), None]),
            list(&theirs, "s", vec![None, Some(vec![Value::Int(-3), text("n"), floats(&theirs, 0.5)])]),
            list(&theirs, "w", each([Value::UInt(w)])),
            list(&theirs, "b", each([1, 0, 1, 1, 0, 0, 0, 0, 1].map(Value::UInt))),
        ]
    };
    let here = Mapping::new(&ours, &theirs).expect("they fit");
    let expected = vec![
        there([0, 0], [0, 0], 0)[5].clone(),
        list(&ours, "w", each([Value::UInt(255)])),
        list(&ours, "v", each([-5, 7].map(Value::Int))),
        list(&ours, "a", each([1, i64::from(i32::MAX), 0].map(Value::Int))),
        list(&ours, "t", vec![Some(vec![text("ab")]), None]),
        list(&ours, "s", vec![None, Some(vec![floats(&ours, 0.5), text("n"), Value::UInt(1), Value::Int(-3)])]),
    ];
    assert_eq!(row_of(&here, 1, there([-5, 7], [1, 0x7FFF_FFFF], 255)), Some((1, expected)));
    // What does not fit stays as it is, the list as a whole.
    let bad = there([1, 2], [1, 0x8000_0000], 256);
    let (_, got) = row_of(&here, 1, bad.clone()).expect("a class of both");
    assert_eq!([&got[1], &got[3]], [&bad[4], &bad[1]]);
    // So does what is no list, and an empty one.
    let empty: Vec<Value> = (0..6).map(|_| text("")).collect();
    assert_eq!(row_of(&here, 1, empty.clone()), Some((1, empty)));
    let (_, got) = row_of(&here, 1, vec![text("no list"); 6]).expect("a class of both");
    assert_eq!(got, vec![text("no list"); 6]);
}

#[test]
fn null_in_an_element_becomes_what_the_member_can_be() {
    let with = |word: &str| schema(&format!("struct Spot {{ {word} signed<4> x = 6; }}; uptable class L {{ vector<Spot> s; }};"));
    let (theirs, ours) = (with("nullable"), with(""));
    let element = |x: Value| list(&ours, "s", vec![Some(vec![x])]);
    let here = Mapping::new(&ours, &theirs).expect("NULL or not is no other type");
    for (x, expected) in [(Value::NULL, 6), (Value::Null(Some(Value::Int(2).into())), 2), (Value::Int(1), 1)] {
        assert_eq!(row_of(&here, 1, vec![element(x)]), Some((1, vec![element(Value::Int(expected))])));
    }
}

#[test]
fn members_of_one_kind_keep_their_names_in_another_order() {
    let spot = |members: &str| schema(&format!("struct Spot {{ {members} }}; uptable class L {{ vector<Spot> s; }};"));
    let (theirs, ours) = (spot("signed<4> a; signed<4> b;"), spot("signed<4> b; signed<4> a;"));
    let pair = |values: [i64; 2]| list(&ours, "s", vec![Some(values.map(Value::Int).to_vec())]);
    let here = Mapping::new(&ours, &theirs).expect("they fit");
    assert_eq!(row_of(&here, 1, vec![pair([1, 2])]), Some((1, vec![pair([2, 1])])));
}

#[test]
fn an_element_has_the_values_that_the_peers_schema_says() {
    let theirs = schema(
        "struct Dot { unsigned<1> n; }; struct Spot { signed<4> x; vector<Dot> d; };
         uptable class L { vector<Spot> s; };",
    );
    let ours = schema(
        "struct Dot { unsigned<1> m, n; }; struct Spot { signed<4> x; signed<4> y; vector<Dot> d; };
         uptable class L { string more; vector<Spot> s; };",
    );
    let here = Mapping::new(&ours, &theirs).expect("they fit");
    let (inner, _) = theirs.structs.iter().flat_map(|spot| &spot.fields).find_map(|field| field.list()).expect("a list");
    let dots = |values: usize| Value::Bytes(inner.pack(&[None, Some(vec![Value::UInt(1); values])]).expect("parts"));
    let spot = |x: usize, dots: Value| list(&theirs, "s", vec![None, Some([vec![Value::Int(1); x], vec![dots]].concat())]);
    for (x, dot, fits) in [(1, 1, true), (2, 1, false), (0, 1, false), (1, 2, false)] {
        let checked = here.check(&change(1, vec![spot(x, dots(dot))])).map_err(|error| error.code);
        assert_eq!(checked, if fits { Ok(()) } else { Err(Code::E_IOT_PROTOCOLERR) }, "{x} and {dot} values");
    }
}

#[test]
fn a_shorter_array_takes_what_has_nothing_behind_its_end() {
    let (long, short) = (
        schema("uptable class L { signed<4> a[3]; string t[2]; };"),
        schema("uptable class L { signed<4> a[2]; string t[1]; };"),
    );
    let texts =
        |of: &Dictionary, last: &[Option<Vec<Value>>]| list(of, "t", [&[Some(vec![Value::from(&b"x"[..])])], last].concat());
    let here = Mapping::new(&short, &long).expect("rows decide");
    for (last, blank, fits) in
        [(0, None, true), (0, Some(vec![Value::from(&b""[..])]), true), (5, Some(vec![Value::from(&b"y"[..])]), false)]
    {
        let row = vec![list(&long, "a", each([1, 2, last].map(Value::Int))), texts(&long, &[blank])];
        let expected = if fits { vec![list(&short, "a", each([1, 2].map(Value::Int))), texts(&short, &[])] } else { row.clone() };
        assert_eq!(row_of(&here, 1, row), Some((1, expected)));
    }
}

#[test]
fn lists_of_another_kind_are_refused_with_their_place() {
    let spot = |member: &str| format!("struct Spot {{ {member}; }}; uptable class L {{ vector<Spot> s; }};");
    let cases = [
        (
            "uptable class L { vector<signed<4>> s; };".into(),
            "uptable class L { signed<4> s[3]; };".into(),
            "field s: vector<signed<4>>",
        ),
        (
            "uptable class L { vector<string> s; };".into(),
            "uptable class L { vector<double> s; };".into(),
            "field s: vector<string>",
        ),
        ("uptable class L { signed<4> s; };".into(), "uptable class L { signed<4> s[1]; };".into(), "signed<4>[1]"),
        (spot("signed<4> x"), spot("string x"), "field s.x: signed<4>"),
        (spot("signed<4> x"), "uptable class L { vector<signed<4>> s; };".into(), "vector<signed<4>>"),
    ];
    for (ours, theirs, words) in cases {
        let (ours, theirs): (String, String) = (ours, theirs);
        let error = Mapping::new(&schema(&ours), &schema(&theirs)).expect_err("another kind");
        assert_eq!(error.code, Code::E_IOT_INCOMPATIBLE_MODE);
        assert!(error.text.contains("class L") && error.text.contains(words), "{} without {words}", error.text);
    }
}

#[test]
fn oids_and_refs_have_one_size_everywhere() {
    let with = |member: &str, class: &str| schema(&format!("declare oid Id[1]; struct Id {{ {member} }}; {class}"));
    let class = "uptable class Sensor { unsigned<2> id; oid; };";
    let (ours, theirs) = (with("unsigned<4> a;", class), with("unsigned<8> a;", class));
    let refused = |ours: &Dictionary, theirs: &Dictionary, parts: &[&str]| {
        let error = Mapping::new(ours, theirs).expect_err("these oids are not the same");
        assert_eq!(error.code, Code::E_IOT_INCOMPATIBLE_MODE);
        assert!(parts.iter().all(|part| error.text.contains(part)), "{}", error.text);
    };
    refused(&ours, &theirs, &["Sensor", "oid", "4 bytes", "8 bytes"]);
    let reference = "uptable class Sensor { vector<ref> near; list; };";
    refused(&with("unsigned<4> a;", reference), &with("unsigned<8> a;", reference), &["Sensor", "near", "4 bytes", "8 bytes"]);
    let without = schema("uptable class Sensor { unsigned<2> id; string oid; };");
    refused(&ours, &without, &["Sensor", "oid", "one here, not at the peer"]);
    refused(&without, &ours, &["Sensor", "oid", "one at the peer, not here"]);

    // Names of members do not matter; the oid comes last.
    let theirs = with("unsigned<2> x, y;", "uptable class Sensor { string note; unsigned<4> id; oid; };");
    let mapping = Mapping::new(&ours, &theirs).expect("they fit");
    let oid = || Value::from(&b"\0\x01\0\x02"[..]);
    let got = row_of(&mapping, 1, vec![Value::from(&b"x"[..]), Value::UInt(5), oid()]);
    assert_eq!(got, Some((1, vec![Value::UInt(5), oid()])));
}
