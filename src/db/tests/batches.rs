//! Many objects made at once are what the same ones made one by one are.

use super::fixture::*;
use super::replicate::{announced, down, own};
use crate::base::{AgentId, Code, Position, Result, Role, State, Value};
use crate::db::part::PART_ROWS;
use crate::db::*;

/// What there is to see of a database: its rows, and what each agent is sent, with the time of each change.
type Seen = (Vec<Vec<Value>>, Vec<(u64, u64, Option<Vec<Value>>)>);

fn make(c: &mut Connection, rows: &[Vec<Value>], many: bool) -> Result<()> {
    if !many {
        return rows.iter().try_for_each(|row| {
            let object = c.new_object(CONFIG)?;
            (0..).zip(row).try_for_each(|(field, value)| c.set_value(object, field, value.clone()))
        });
    }
    let mut batch = c.batch(CONFIG, rows.len())?;
    for (field, cells) in batch.cells.iter_mut().enumerate() {
        *cells = Cells::Any(rows.iter().map(|row| row[field].clone()).collect());
    }
    let mut made = 0;
    c.insert(batch, &mut made)?;
    assert_eq!(made as usize, rows.len());
    Ok(())
}

fn seen(c: &mut Connection) -> Seen {
    let mut sent = Vec::new();
    for agent in [1000, 1001].map(AgentId) {
        let mut after =
            c.attach(&announced(agent, Role::Device, Position::default()), agent).unwrap().down.get(crate::base::Group(0));
        while let Some(set) = own(c.read_changes(down(agent), after, 1 << 16, false, &|_| true).unwrap()) {
            after = set.up_to;
            sent.extend(set.changes.into_iter().map(|change| match change.state {
                State::Row(row) => (change.id.oid.0, change.ts.0, Some(row)),
                State::Removed => (change.id.oid.0, change.ts.0, None),
            }));
        }
    }
    (all(c, CONFIG), sent)
}

/// Rows with these parameters for one of two agents, or for all.
fn configs(params: impl IntoIterator<Item = u64>) -> Vec<Vec<Value>> {
    let row = |param| {
        vec![Value::UInt(param), Value::from(format!("v{param}").as_bytes()), Value::UInt([0, 1000, 1001][param as usize % 3])]
    };
    params.into_iter().map(row).collect()
}

/// Does the same with and without batches; gives what all saw, and how the commit ended.
fn both(work: impl Fn(&mut Connection, bool) -> Result<()>) -> (Seen, Code, Option<u16>) {
    let [many, single] = [true, false].map(|many| {
        let db = server().memory();
        let mut c = db.connect().unwrap();
        for agent in [1000, 1001].map(AgentId) {
            c.attach(&announced(agent, Role::Device, Position::default()), agent).unwrap();
        }
        write(&mut c);
        let done = work(&mut c, many).and_then(|()| c.commit());
        if c.transaction().is_some() {
            c.rollback().unwrap();
        }
        let code = done.err().map_or(Code::S_OK, |error| error.code);
        (seen(&mut c), code, c.last_unique_violation_index())
    });
    assert!(many == single, "{many:?}\n{single:?}");
    many
}

#[test]
fn all_that_is_made_is_there_and_sent_alike() {
    for count in [1, 3, 4, 10, PART_ROWS as u64 + 10] {
        let ((rows, sent), code, _) = both(|c, many| make(c, &configs(0..count), many));
        assert_eq!((rows.len() as u64, code), (count, Code::S_OK));
        assert_eq!(sent.len() as u64, count + count.div_ceil(3), "common ones for each of two");
    }
    // Parts that an earlier batch, or a single object, has begun to fill.
    let ((rows, _), ..) = both(|c, many| {
        make(c, &configs(0..PART_ROWS as u64 - 5), many)?;
        c.checkpoint()?;
        make(c, &configs(10_000..10_003), false)?;
        make(c, &configs(20_000..20_010), many)?;
        make(c, &configs(30_000..30_003), false)
    });
    assert_eq!(rows.len(), PART_ROWS + 11);
}

#[test]
fn what_is_wrong_with_one_of_many_is_told_alike() {
    let wrong = |row: usize, field: usize, value: Value| {
        both(|c, many| {
            let mut rows = configs(0..20);
            rows[row][field] = value.clone();
            make(c, &rows, many)
        })
    };
    for row in [0, 7, 19] {
        let (seen, code, _) = wrong(row, 2, Value::UInt(AgentId::MAX.0 + 1));
        assert_eq!((seen, code), (Seen::default(), Code::E_IOT_WRONG_AGENT_ID));
        let (seen, code, index) = wrong(row, 0, Value::UInt(if row == 7 { 3 } else { 7 }));
        assert_eq!((seen, code), (Seen::default(), Code::S_DUPLICATE));
        assert!(index.is_some());
    }
    // What stays away when a program takes the one in the way back.
    let ((left, sent), code, _) = both(|c, many| {
        make(c, &configs([7]), false)?;
        make(c, &configs(0..20), many)?;
        assert_eq!(c.checkpoint().unwrap_err().code, Code::S_DUPLICATE);
        let first = c.find(1, &[Value::UInt(7)])?;
        c.delete(first)
    });
    assert_eq!((left.len(), sent.len(), code), (20, 28, Code::S_OK), "common ones twice, and the removal");
}

#[test]
fn a_bound_holds_for_each_of_many() {
    let ((rows, _), code, _) = both(|c, many| {
        c.rollback()?;
        c.set_bound(CONFIG, Some(Bound { rows: 5, ..Bound::default() }))?;
        write(c);
        make(c, &configs(0..20), many)
    });
    assert_eq!((rows.len(), code), (0, Code::E_NOMEM));
    let ((rows, _), code, _) = both(|c, many| {
        // Before the bound is there, or after it is.
        make(c, &configs(0..5), many)?;
        c.commit()?;
        c.set_bound(CONFIG, Some(Bound { rows: 5, policy: Policy::DropOldest, ..Bound::default() }))?;
        write(c);
        make(c, &configs(10..20), many)
    });
    assert_eq!((rows.len(), code), (5, Code::S_OK));
}

#[test]
fn a_limit_holds_for_many() {
    let db = server().limited(1 << 19);
    let mut c = db.connect().unwrap();
    let full = (0..1000).find_map(|n| {
        write(&mut c);
        let done = make(&mut c, &configs(n * 100..n * 100 + 100), true).and_then(|()| c.commit());
        if c.transaction().is_some() {
            c.rollback().unwrap();
        }
        done.err().map(|error| (n, error))
    });
    let (n, error) = full.expect("it has a limit");
    assert_eq!(error.code, Code::E_NOMEM);
    assert_eq!(all(&mut c, CONFIG).len() as u64, 100 * n);
    let (_, free) = db.space().unwrap();
    assert!(free >= db.reserve_pages() * db.page_size, "the reserve is not for rows: {free}");
}
