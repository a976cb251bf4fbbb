//! Rows with arrays and vectors, between schemas that differ in them.

use crate::kit::*;
use mcoiot::base::{Code, Value};
use mcoiot::db::{Connection, CursorId, ObjectRef, Path, Spot};

const DEVICE: &str = "iot device 1000;
struct Stop { unsigned<2> x; char<4> name; };
uptable class Track { unsigned<8> id; signed<2> n[2]; vector<float> v; vector<Stop> stops; vector<bool> b; list; };
downtable class Aim { unsigned<8> id; vector<unsigned<1>> v; string names[2]; list; };";

/// Has everything wider and in another order.
const ABOVE: &str = "struct Stop { string name; unsigned<8> x; signed<1> more = 5; };
uptable class Track { vector<bool> b; vector<Stop> stops; vector<double> v; signed<8> n[3]; unsigned<8> id; list; };
downtable class Aim { string names[2]; vector<unsigned<4>> v; unsigned<8> id; list; };";

fn at(object: ObjectRef, column: u16) -> Spot {
    Spot { object, path: Path::default(), column }
}

/// The first object of a class.
fn first(db: &mut Connection, class: u16) -> ObjectRef {
    db.open_list(CursorId(7), class).unwrap();
    db.cursor_object(CursorId(7), class).unwrap()
}

fn text(text: &str) -> Value {
    Value::from(text.as_bytes())
}

/// Directly, and through a router whose schema is like the server's.
#[test]
fn elements_find_their_places() {
    for routed in [false, true] {
        let (mut server, _router, mut device) = tree(DEVICE, ABOVE, routed);
        let way = |column, element| Path::default().step(column, element).unwrap();

        device.write(|db| {
            let row = db.new_object(1).unwrap();
            db.put_elements(at(row, 1), 0, &mut [Value::Int(-4), Value::Int(300)]).unwrap();
            db.alloc(at(row, 2), 2).unwrap();
            db.put_elements(at(row, 2), 1, &mut [Value::Real(0.25)]).unwrap();
            db.alloc(at(row, 3), 2).unwrap();
            db.put_members(row, way(3, 1), vec![(0, Value::UInt(7)), (1, text("east"))]).unwrap();
            db.alloc(at(row, 4), 11).unwrap();
            db.put_elements(at(row, 4), 10, &mut [Value::UInt(1)]).unwrap();
        });
        assert_eq!(device.sync(SERVER, PUSH | WAIT | DEEP_ACK), Ok(Code::S_OK));
        server.write(|db| {
            let row = first(db, 1);
            assert_eq!(db.elements(at(row, 0), 9, 2).unwrap(), [0, 1].map(Value::UInt), "routed: {routed}");
            assert_eq!(db.find_element(row, way(1, 0)).unwrap_err().code, Code::E_EMPTYVECTOREL);
            let member = |db: &mut Connection, column| db.member(Spot { object: row, path: way(1, 1), column }).unwrap();
            assert_eq!([0, 1, 2].map(|column| member(db, column)), [text("east"), Value::UInt(7), Value::Int(5)]);
            assert_eq!(db.elements(at(row, 2), 0, 2).unwrap(), [0.0, 0.25].map(Value::Real));
            assert_eq!(db.elements(at(row, 3), 0, 3).unwrap(), [-4, 300, 0].map(Value::Int));
            for (v, name) in [(255, "small"), (256, "large")] {
                let row = db.new_object(2).unwrap();
                db.put_elements(at(row, 0), 1, &mut [text(name)]).unwrap();
                db.alloc(at(row, 1), 2).unwrap();
                db.put_elements(at(row, 1), 1, &mut [Value::UInt(v)]).unwrap();
            }
        });
        // An element changes, which is a new version of its row.
        device.write(|db| {
            let row = first(db, 1);
            db.put_elements(at(row, 1), 0, &mut [Value::Int(9)]).unwrap();
        });
        assert_eq!(device.sync(SERVER, PUSH | WAIT | DEEP_ACK), Ok(Code::S_OK));
        server.write(|db| {
            let row = first(db, 1);
            assert_eq!(db.elements(at(row, 3), 0, 3).unwrap(), [9, 300, 0].map(Value::Int));
        });

        // One of two rows has an element that the device cannot hold.
        device.sync(SERVER, PULL | WAIT).unwrap_err();
        device.write(|db| {
            let row = first(db, 2);
            assert_eq!(db.elements(at(row, 1), 0, 2).unwrap(), [0, 255].map(Value::UInt));
            assert_eq!(db.element(at(row, 2), 1).unwrap(), text("small"));
            assert_eq!(db.element(at(row, 2), 0).unwrap_err().code, Code::E_EMPTYVECTOREL);
            assert_eq!(db.count(2).unwrap(), 1);
        });
        let aside = device.db.quarantine(0).unwrap();
        assert_eq!(aside.len(), 1);
        assert!(aside[0].code == Code::E_CONVERSION && aside[0].detail.contains("'v'"), "{aside:?}");
        let row = device.db.quarantine_row(aside[0].id).unwrap();
        assert_eq!(row, "{\"id\": 0, \"v\": [0, 256], \"names\": [null, \"large\"]}");
    }
}
