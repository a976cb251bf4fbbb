//! What a receiver has at every position on the way.

use super::fixture::*;
use super::replicate::{Pair, log_records, pair};
use crate::base::{AgentId, Level, Role, Value};
use crate::db::kept::MAX_KEPT;
use crate::db::*;
use crate::schema::{FieldType, IndexKind, Node, Travel};

/// Sets a sensor's value in a transaction of its own.
fn update(c: &mut Connection, ts: u64, value: f64) {
    commit(c, |c| {
        let row = c.find(0, &[Value::UInt(ts), Value::UInt(1)]).unwrap();
        c.set_value(row, 2, Value::Real(value)).unwrap();
    });
}

/// The server's value of a sensor.
fn value_there(pair: &mut Pair, ts: u64) -> Option<Value> {
    all(&mut pair.server, SENSOR).into_iter().find(|row| row[0] == Value::UInt(ts)).map(|row| row[2].clone())
}

#[test]
fn every_position_on_the_way_holds_the_rows_as_they_were_there() {
    let (mut pair, _open) = pair();
    commit(&mut pair.device, |c| sensor(c, 1, 1.0));
    commit(&mut pair.device, |c| sensor(c, 2, 0.0));
    commit(&mut pair.device, |c| sensor(c, 3, 0.0));
    // On its way, not acknowledged.
    let one = |pair: &mut Pair| pair.push(1, false).unwrap().mark.ts.0;
    let start = one(&mut pair);
    update(&mut pair.device, 1, 2.0);
    update(&mut pair.device, 1, 3.0);
    assert_eq!([one(&mut pair), one(&mut pair), one(&mut pair)], [start + 1, start + 2, start + 3]);
    assert_eq!(value_there(&mut pair, 1), Some(Value::Real(3.0)), "it was 2 there, so it must be that or newer");
    // Read, but lost on the way; the row goes on changing meanwhile.
    update(&mut pair.device, 1, 4.0);
    let lost = pair.read_up(1).unwrap();
    assert_eq!(lost.up_to.ts.0, start + 4);
    for i in 5..20 {
        update(&mut pair.device, 1, f64::from(i));
    }
    pair.attach();
    while pair.push(1, false).unwrap().mark.ts.0 < start + 5 {}
    assert_eq!(value_there(&mut pair, 1), Some(Value::Real(19.0)));
    for i in 20..100 {
        update(&mut pair.device, 1, f64::from(i));
        pair.read_up(1 << 18).unwrap();
    }
    let most = MAX_KEPT as i64 + 4;
    assert!(log_records(&pair.device) <= most, "two rows, first and last key, and some between");
}

#[test]
fn rows_that_have_grown_still_belong_to_their_commit() {
    let wide =
        |role, agent| {
            let node =
                Node { role, agent: AgentId(agent), level: if role == Role::Server { Level::SERVER } else { Level::DEVICE } };
            Schema::new(Some(node))
                .class("Wide", Travel::Up, &[("id", FieldType::Unsigned(4)), ("text", FieldType::String)])
                .index("idx", IndexKind::Tree, true, &["id"])
        };
    let (device, server) = (wide(Role::Device, 1000).memory(), wide(Role::Server, 1).memory());
    let mut pair = Pair::new(device.connect().unwrap(), server.connect().unwrap());
    commit(&mut pair.device, |c| {
        for i in 0..50 {
            let row = c.new_object(1).unwrap();
            c.set_value(row, 0, Value::UInt(i)).unwrap();
        }
    });
    for i in 0..50 {
        commit(&mut pair.device, |c| {
            let row = c.find(0, &[Value::UInt(i)]).unwrap();
            c.set_value(row, 1, Value::Bytes(vec![b'x'; 1000].into())).unwrap();
        });
    }
    let first = pair.push(4000, true).unwrap();
    assert_eq!(first.rows, 50, "the first commit is there with all its rows");
    while pair.push(4000, true).is_some() {}
    assert!(all(&mut pair.server, 1).iter().all(|row| row[1] == Value::Bytes(vec![b'x'; 1000].into())));
}

#[test]
fn a_row_readdressed_between_is_gone_at_its_first_key() {
    let (mut pair, _open) = pair();
    commit(&mut pair.server, |c| config(c, 1, "first", 1000));
    pair.sync();
    for value in ["second", "third"] {
        commit(&mut pair.server, |c| {
            let row = c.find(1, &[Value::UInt(1)]).unwrap();
            c.set_value(row, 1, Value::Bytes(value.as_bytes().into())).unwrap();
        });
    }
    commit(&mut pair.server, |c| config(c, 2, "other", 1000));
    commit(&mut pair.server, |c| {
        let row = c.find(1, &[Value::UInt(1)]).unwrap();
        c.set_value(row, 2, Value::UInt(1001)).unwrap();
    });
    let set = pair.read_down(1).unwrap();
    pair.pull(1, true).unwrap();
    assert_eq!(set.changes.len(), 1);
    assert_eq!(all(&mut pair.device, CONFIG).len(), 0, "at its second state the row is there as it is now: not");
    pair.sync();
    assert_eq!(all(&mut pair.device, CONFIG).len(), 1);
    assert_eq!(log_records(&pair.server), 2);
}
