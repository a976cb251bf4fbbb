//! Rows with structs, between schemas that differ in their members.

use crate::kit::*;
use mcoiot::base::{Code, Value};
use mcoiot::db::CursorId;

const DEVICE: &str = "iot device 1000;
struct Spot { unsigned<2> x; string name; };
uptable class Track { unsigned<8> id; Spot at; optional Spot last; list; };
downtable class Aim { unsigned<8> id; optional Spot goal; list; };";

/// Has another order, a member more and one less, a wider type, and a struct of its own.
const ABOVE: &str = "struct Spot { double height = 1.5; unsigned<8> x; };
struct Own { bool flag = 1; };
uptable class Track { optional Own own; Own both; optional Spot last; unsigned<8> id; Spot at; list; };
downtable class Aim { unsigned<8> id; optional Spot goal; list; };";

/// Directly, and through a router whose schema is like the server's.
#[test]
fn members_find_each_other_by_name() {
    for routed in [false, true] {
        let (mut server, _router, mut device) = tree(DEVICE, ABOVE, routed);

        device.write(|db| {
            for id in 0..2 {
                let row = db.new_object(1).unwrap();
                db.set_value(row, 0, Value::UInt(id)).unwrap();
                db.set_value(row, 2, Value::UInt(300)).unwrap();
                if id == 1 {
                    db.set_value(row, 6, Value::from(&b"north"[..])).unwrap();
                }
            }
        });
        assert_eq!(device.sync(SERVER, PUSH | WAIT | DEEP_ACK), Ok(Code::S_OK));
        let (there, gone, height) = (|| Value::UInt(1), || Value::NULL, || Value::Real(1.5));
        let row = |id: u64, last: [Value; 3]| {
            let [head, high, x] = last;
            let at = [there(), height(), Value::UInt(300), Value::UInt(1000)];
            [vec![gone(), gone(), there(), there(), head, high, x, Value::UInt(id)], at.to_vec()].concat()
        };
        let wanted = [row(0, [gone(), gone(), gone()]), row(1, [there(), height(), Value::UInt(0)])];
        assert_eq!(server.rows(1), wanted, "routed: {routed}");

        server.write(|db| {
            for id in 0..2 {
                let row = db.new_object(2).unwrap();
                db.set_value(row, 0, Value::UInt(id)).unwrap();
                if id == 1 {
                    db.set_value(row, 3, Value::UInt(9)).unwrap();
                }
            }
        });
        assert_eq!(device.sync(SERVER, PULL | WAIT), Ok(Code::S_OK));
        let absent = vec![Value::UInt(0), gone(), gone(), gone()];
        assert_eq!(device.rows(2), [absent, vec![Value::UInt(1), there(), Value::UInt(9), Value::from(&b""[..])]]);

        // What is taken away is taken away there, too.
        device.write(|db| {
            db.open_list(CursorId(7), 1).and_then(|()| db.cursor_next(CursorId(7))).unwrap();
            let object = db.cursor_object(CursorId(7), 1).unwrap();
            db.erase_struct(object, 4).unwrap();
        });
        assert_eq!(device.sync(SERVER, PUSH | WAIT | DEEP_ACK), Ok(Code::S_OK));
        assert_eq!(server.rows(1), [row(0, [gone(), gone(), gone()]), row(1, [gone(), gone(), gone()])]);
    }
}
