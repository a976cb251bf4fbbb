//! Rows with oids and refs, directly and through a router.

use crate::kit::*;
use mcoiot::base::{Code, Value};

const DEVICE: &str = "iot device 1000;
declare oid Id[100];
struct Id { unsigned<4> number; };
uptable class Track { unsigned<8> id; ref next; list; oid; };
downtable class Aim { ref goal; list; oid; };";

/// The classes stand in another order, with a field more; a class of its own has oids, too.
const ABOVE: &str = "declare oid Key[100];
struct Key { unsigned<2> high, low; };
downtable class Aim { ref goal; list; oid; };
class Own { bool flag; list; oid; };
uptable class Track { unsigned<2> more = 7; ref next; unsigned<8> id; list; oid; };";

fn oid(number: u8) -> Value {
    Value::from(&[0, 0, 0, number][..])
}

#[test]
fn oids_travel_both_ways_and_one_that_is_taken_waits() {
    for routed in [false, true] {
        let (mut server, _router, mut device) = tree(DEVICE, ABOVE, routed);
        device.write(|db| {
            for number in 1..=2 {
                let row = db.new_with_oid(1, oid(number)).unwrap();
                db.set_value(row, 1, oid(3 - number)).unwrap();
            }
        });
        // An object of another class has the oid of the second row.
        server.write(|db| db.new_with_oid(2, oid(2)).map(drop).unwrap());
        assert_eq!(device.sync(SERVER, PUSH | WAIT | DEEP_ACK), Err(Code::S_DUPLICATE), "routed: {routed}");
        let row = |next: u8, own: u8| {
            let id = Value::UInt(0);
            vec![Value::UInt(7), oid(next), id, Value::UInt(1000), oid(own)]
        };
        assert_eq!(server.rows(3), [row(2, 1)]);
        server.write(|db| db.find_oid(2, &oid(2)).and_then(|object| db.delete(object)).unwrap());
        assert_eq!(server.rows(3), [row(2, 1), row(1, 2)]);

        server.write(|db| {
            let row = db.new_with_oid(1, oid(9)).unwrap();
            db.set_value(row, 0, oid(1)).unwrap();
        });
        assert_eq!(device.sync(SERVER, PULL | WAIT), Ok(Code::S_OK));
        assert_eq!(device.rows(2), [vec![oid(1), oid(9)]]);
    }
}
