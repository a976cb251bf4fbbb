//! Lists against a simple model, and what others have made.

use super::list::*;
use super::{Code, Random, Value};

const FORMS: [Form; 12] = [
    Form::Bits,
    Form::Unsigned(1),
    Form::Unsigned(2),
    Form::Unsigned(4),
    Form::Unsigned(8),
    Form::Signed(1),
    Form::Signed(2),
    Form::Signed(4),
    Form::Signed(8),
    Form::Real(4),
    Form::Real(8),
    Form::Parts,
];

fn any_values(random: &mut Random, form: Form) -> Vec<Value> {
    let bits = |width: u8, random: &mut Random| random.any() >> (64 - 8 * u32::from(width));
    vec![match form {
        Form::Bits => Value::UInt(random.below(2)),
        Form::Unsigned(width) => Value::UInt(bits(width, random)),
        Form::Signed(width) => Value::Int(random.any().cast_signed() >> (64 - 8 * u32::from(width))),
        Form::Real(_) => Value::Real(f64::from(random.any() as u32 as f32) / 8.0),
        Form::Parts => {
            let part = |random: &mut Random| Value::Bytes(vec![random.any() as u8; random.below(6) as usize].into());
            return (0..=random.below(3)).map(|_| part(random)).collect();
        }
    }]
}

/// Everything that one can do to a list, against the same done to a vector of elements.
#[test]
fn a_list_holds_what_was_put() {
    for seed in 0..600 {
        let mut random = Random::seeded(seed);
        let form = FORMS[random.below(12) as usize];
        let length = (random.below(2) == 0).then(|| random.below(20) as u16 + 1);
        let shape = Shape { form, length };
        let mut list = Box::default();
        let mut model = vec![form.blank(); length.unwrap_or(0).into()];
        for _ in 0..random.below(60) {
            let index = random.below(model.len() as u64 + 1) as u16;
            let inside = usize::from(index) < model.len();
            let values = any_values(&mut random, form);
            let (done, element) = match random.below(8) {
                0 if length.is_none() => {
                    model = vec![form.blank(); random.below(20) as usize];
                    list = shape.vector(model.len() as u16);
                    continue;
                }
                1 => (shape.erase(&mut list, index), form.blank()),
                _ => (shape.put(&mut list, index, &values), Some(values)),
            };
            assert_eq!(done.map_err(|error| error.code), if inside { Ok(()) } else { Err(Code::E_INDEXLIMIT) });
            if inside {
                model[usize::from(index)] = element;
            }
        }
        assert_eq!(shape.len(&list).unwrap() as usize, model.len());
        for (index, element) in (0..).zip(&model) {
            let expected = element.clone().ok_or(Code::E_EMPTYVECTOREL);
            assert_eq!(shape.values(&list, index).map_err(|error| error.code), expected, "{shape:?}");
            let first = expected.map(|values| values[0].clone());
            assert_eq!(shape.get(&list, index).map_err(|error| error.code), first, "{shape:?}");
        }
        let behind = shape.get(&list, model.len() as u16).unwrap_err();
        assert_eq!(behind.code, Code::E_INDEXLIMIT);
        if !list.is_empty() {
            assert_eq!(elements(&list).unwrap(), model);
            // There is one form of each list.
            assert_eq!(shape.pack(&model).unwrap(), list);
        }
        let mut checked = list.clone();
        assert!(shape.fit(&mut checked, |_| true));
        assert_eq!(checked, list);
    }
}

#[test]
fn what_others_have_made_is_looked_through() {
    let shape = |form| Shape { form, length: None };
    let good: [(Form, &[u8]); 5] = [
        (Form::Bits, &[1, 9, 0, 0xFF, 1]),
        (Form::Unsigned(2), &[0x12, 1, 0, 7, 7]),
        (Form::Real(4), &[0x34, 1, 0, 0, 0, 0x80, 0x3F]),
        (Form::Parts, &[2, 2, 0, 0, 0, 0, 0, 2, 0, 0, 0, 2, 9]),
        (Form::Parts, &[]),
    ];
    for (form, bytes) in good {
        assert!(shape(form).fit(&mut bytes.into(), |_| true), "{bytes:?}");
        if !bytes.is_empty() {
            assert!(!shape(form).fit(&mut bytes.into(), |_| false), "{bytes:?}");
            assert!(!Shape { form, length: Some(3) }.fit(&mut bytes.into(), |_| true), "{bytes:?}");
        }
    }
    let bad: [(Form, &[u8]); 15] = [
        (Form::Bits, &[1]),
        (Form::Bits, &[1, 0, 0]),
        (Form::Bits, &[1, 9, 0, 0xFF]),
        (Form::Bits, &[1, 9, 0, 0xFF, 2]),
        (Form::Bits, &[1, 8, 0, 0xFF, 0]),
        (Form::Unsigned(2), &[0x22, 1, 0, 7, 7]),
        (Form::Unsigned(3), &[0x13, 1, 0, 7, 7, 7]),
        (Form::Unsigned(2), &[0x12, 2, 0, 7, 7]),
        (Form::Unsigned(2), &[0x12, 1, 0, 7, 7, 7]),
        (Form::Parts, &[2, 1, 0, 2, 0, 0, 0, 2]),
        (Form::Parts, &[2, 1, 0, 1, 0, 0, 0, 2]),
        (Form::Parts, &[2, 1, 0, 0, 0, 0, 0, 2]),
        (Form::Parts, &[2, 2, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 9]),
        (Form::Parts, &[2, 2, 0, 2, 0, 0, 0, 0, 0, 0, 0, 2, 9]),
        (Form::Parts, &[2, 1, 0, 0xFF, 0xFF, 0xFF, 0xFF, 2, 9]),
    ];
    for (form, bytes) in bad {
        assert!(!shape(form).fit(&mut bytes.into(), |_| true), "{bytes:?}");
    }
}

/// Neither a struct nor what a program has room for.
#[test]
fn elements_beyond_those_of_the_schema_are_not_read() {
    let shape = Shape { form: Form::Parts, length: None };
    for (values, fits) in [(1_u32 << 16, true), ((1 << 16) + 1, false)] {
        let mut list = [&[2, 1, 0], &values.to_le_bytes()[..], &vec![0; values as usize]].concat().into();
        assert_eq!(shape.fit(&mut list, |_| true), fits);
        assert_eq!(shape.convert(&list, |_| Some(vec![Value::NULL])).is_some(), fits);
    }
    let shape = Shape { form: Form::Unsigned(1), length: Some(2) };
    let mut damaged = Box::from([0x11, 3, 0, 7, 8, 9]);
    assert_eq!(shape.len(&damaged).unwrap_err().code, Code::E_CORE);
    assert_eq!(shape.get(&damaged, 0).unwrap_err().code, Code::E_CORE);
    assert_eq!(shape.put(&mut damaged, 2, &[Value::UInt(1)]).unwrap_err().code, Code::E_CORE);
}

#[test]
fn what_does_not_fit_is_refused_and_changes_nothing() {
    let unfit = [
        (Form::Bits, Value::UInt(2)),
        (Form::Unsigned(1), Value::UInt(256)),
        (Form::Unsigned(8), Value::Int(1)),
        (Form::Signed(2), Value::Int(-32_769)),
        (Form::Signed(2), Value::Int(32_768)),
        (Form::Real(8), Value::NULL),
    ];
    for (form, value) in unfit {
        let shape = Shape { form, length: Some(2) };
        let mut list = Box::default();
        assert_eq!(shape.put(&mut list, 1, &[value]).unwrap_err().code, Code::E_CONVERSION);
        assert!(list.is_empty());
    }
    let shape = Shape { form: Form::Parts, length: Some(2) };
    assert_eq!(shape.put(&mut Box::default(), 1, &[]).unwrap_err().code, Code::E_CONVERSION);
    assert_eq!(shape.pack(&[None]), None);
}

#[test]
fn an_array_without_bytes_is_one_of_blank_elements() {
    for form in [Form::Bits, Form::Signed(4), Form::Parts] {
        let [array, vector] = [Some(3), None].map(|length| Shape { form, length });
        let blank = array.pack(&[None, None, None]).unwrap();
        assert!(array.are_same(&[], &blank) && array.are_same(&blank, &[]) && array.are_same(&blank, &blank));
        assert!(!vector.are_same(&[], &blank));
        let mut other = blank.clone();
        array.put(&mut other, 1, &[if form == Form::Signed(4) { Value::Int(1) } else { Value::UInt(1) }]).unwrap();
        assert!(!array.are_same(&[], &other) && !array.are_same(&other, &[]));
    }
}

/// What a changed number costs must not depend on the length.
#[test]
fn a_number_changes_in_its_place() {
    let shape = Shape { form: Form::Real(8), length: None };
    let mut list = shape.vector(65_535);
    let place = list.as_ptr();
    for index in [0, 1, 65_534] {
        shape.put(&mut list, index, &[Value::Real(f64::from(index))]).unwrap();
        assert_eq!(shape.get(&list, index).unwrap(), Value::Real(f64::from(index)));
    }
    assert_eq!(list.as_ptr(), place);
}

/// Whatever the bytes are, nothing panics, and what is taken for a list is one.
#[test]
fn broken_lists_are_refused_or_read() {
    for seed in 0..4000 {
        let mut random = Random::seeded(seed);
        let form = FORMS[random.below(12) as usize];
        let shape = Shape { form, length: (random.below(2) == 0).then_some(4) };
        let elements_of = |random: &mut Random| {
            let element = |random: &mut Random| (random.below(4) > 0).then(|| any_values(random, form));
            (0..4).map(|_| element(random)).collect::<Vec<Element>>()
        };
        let mut bytes = shape.pack(&elements_of(&mut random)).unwrap().into_vec();
        for _ in 0..=random.below(3) {
            let at = random.below(bytes.len() as u64) as usize;
            match random.below(4) {
                0 => bytes.truncate(at.max(1)),
                1 => bytes.insert(at, random.any() as u8),
                2 => bytes[at] = random.any() as u8,
                _ => bytes[at] ^= 1 << random.below(8),
            }
        }
        let mut list: Box<[u8]> = bytes.into();
        let (index, values) = (random.below(6) as u16, any_values(&mut random, form));
        let mut other = list.clone();
        let _ = (shape.get(&list, index), shape.values(&list, index), shape.len(&list));
        let _ = (shape.put(&mut other, index, &values), shape.erase(&mut other, index));
        let _ = shape.convert(&list, |values| Some(values.to_vec()));
        if shape.fit(&mut list, |_| true) {
            assert_eq!(shape.pack(&elements(&list).unwrap()).unwrap(), list, "seed {seed}");
        }
    }
}
