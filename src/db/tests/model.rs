//! Random operations, compared with maps that do the same in the simplest way.

use super::fixture::*;
use crate::base::{Code, Random, Value};
use crate::db::*;
use crate::schema::{Field, FieldRole, FieldType, IndexKind, Struct, Travel};
use std::cmp::Ordering;
use std::collections::BTreeMap;

const SEEDS: u64 = 150;
const STEPS: u64 = 150;
const CLASS: u16 = 1;
/// Fields of an index and whether they fall, whether it is unique, its kind.
type Index = (&'static [(usize, bool)], bool, IndexKind);
const INDEXES: [Index; 6] = [
    (&[(0, false)], true, IndexKind::Tree),
    (&[(1, false)], false, IndexKind::Tree),
    (&[(1, true), (0, true)], false, IndexKind::Tree),
    (&[(1, false), (2, true)], false, IndexKind::Tree),
    (&[(2, false), (1, false)], true, IndexKind::Hash),
    (&[(1, false)], false, IndexKind::Hash),
];

type Row = Vec<Value>;

/// Of objects with or without oids.
fn schema(oids: bool) -> Schema {
    let names = ["a", "b", "c"];
    let fields = [("a", FieldType::Unsigned(8)), ("b", FieldType::Double), ("c", FieldType::Char(4))];
    let mut schema = Schema::new(None).class("T", Travel::Local, &fields).nullable(&["b", "c"]);
    for (number, (keys, unique, kind)) in INDEXES.iter().enumerate() {
        let keys: Vec<String> = keys.iter().map(|(f, down)| format!("{}{}", if *down { "-" } else { "" }, names[*f])).collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        schema = schema.index(&format!("i{number}"), *kind, *unique, &keys);
    }
    if oids {
        let class = schema.0.classes.last_mut().unwrap();
        let plain = class.fields[0].clone();
        class.fields.push(Field { name: "oid".into(), kind: FieldType::Ref(4), role: FieldRole::Oid, ..plain.clone() });
        let number = Field { name: "n".into(), kind: FieldType::Unsigned(4), ..plain };
        schema.0.structs.push(Struct { name: "Id".into(), direct: false, fields: vec![number] });
        schema.0.oid = Some(0);
    }
    schema.autoid()
}

/// One out of a few oids.
fn some_oid(random: &mut Random) -> Value {
    Value::from(
        [&b""[..], b"\0\0\0\x01", b"\0\0\x01", b"\x01", b"\x01\0\0\x02", b"\x7F", b"\x80", b"\xFF\xFF\xFF\xFF"]
            [random.below(8) as usize],
    )
}

/// A value of a field out of a few, extremes among them.
fn some(field: usize, random: &mut Random) -> Value {
    match field {
        0 => Value::UInt([0, 1, 2, 3, 4, 5, 1 << 63, u64::MAX][random.below(8) as usize]),
        1 => Value::Real([0.0, -1.5, 2.0, f64::INFINITY, f64::NAN][random.below(5) as usize]),
        _ => Value::from([&b""[..], b"a", b"ab", b"\xFF"][random.below(4) as usize]),
    }
}

/// What the database should hold.
#[derive(Clone, Default)]
struct Model {
    /// Rows as the indexes know them, by order of creation.
    stored: BTreeMap<u64, Row>,
    /// Rows that were changed since, in the order of their first change.
    pending: Vec<(u64, Row)>,
}

impl Model {
    fn row(&self, id: u64) -> Option<&Row> {
        self.pending.iter().find(|(p, _)| *p == id).map(|(_, row)| row).or_else(|| self.stored.get(&id))
    }

    fn ids(&self) -> Vec<u64> {
        let mut ids: Vec<u64> = self.stored.keys().copied().chain(self.pending.iter().map(|(id, _)| *id)).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    fn set(&mut self, id: u64, field: usize, value: Value) {
        if self.pending.iter().all(|(p, _)| *p != id) {
            self.pending.push((id, self.stored[&id].clone()));
        }
        self.pending.iter_mut().find(|(p, _)| *p == id).unwrap().1[field] = value;
    }

    /// The object that has an oid.
    fn holder(&self, oid: &Value) -> Option<u64> {
        self.ids().into_iter().find(|id| self.row(*id).is_some_and(|row| row.get(3) == Some(oid)))
    }

    fn delete(&mut self, id: u64) {
        self.stored.remove(&id);
        self.pending.retain(|(p, _)| *p != id);
    }

    /// The index that keeps the object out, if one does.
    fn checkpoint(&mut self, id: u64) -> Option<u16> {
        let at = self.pending.iter().position(|(p, _)| *p == id)?;
        let row = &self.pending[at].1;
        for (number, (_, unique, _)) in (0..).zip(INDEXES) {
            let collides = |other: &u64, r: &Row| *other != id && order(number, r, row).is_eq() && has_key(number, r);
            if unique && self.stored.iter().any(|(other, r)| collides(other, r)) {
                return Some(number);
            }
        }
        let (_, row) = self.pending.remove(at);
        self.stored.insert(id, row);
        None
    }

    fn checkpoint_all(&mut self) -> Option<u16> {
        while let Some((id, _)) = self.pending.first() {
            let id = *id;
            if let Some(index) = self.checkpoint(id) {
                return Some(index);
            }
        }
        None
    }

    /// Ids in the order of an index.
    fn sorted(&self, index: u16) -> Vec<u64> {
        let mut list: Vec<u64> = self.stored.iter().filter(|(_, row)| has_key(index, row)).map(|(id, _)| *id).collect();
        let falling = INDEXES[usize::from(index)].0.iter().all(|(_, down)| *down);
        list.sort_by(|a, b| {
            let ties = if falling { b.cmp(a) } else { a.cmp(b) };
            order(index, &self.stored[a], &self.stored[b]).then(ties)
        });
        list
    }
}

fn order(index: u16, a: &Row, b: &Row) -> Ordering {
    for (field, down) in INDEXES[usize::from(index)].0 {
        let order = crate::db::coding::compare(&a[*field], &b[*field]);
        if order.is_ne() {
            return if *down { order.reverse() } else { order };
        }
    }
    Ordering::Equal
}

/// Whether a row is in an index: no field of its key is NULL.
fn has_key(index: u16, row: &Row) -> bool {
    INDEXES[usize::from(index)].0.iter().all(|(field, _)| !row[*field].is_null())
}

fn keys(index: u16, row: &Row) -> Vec<Value> {
    INDEXES[usize::from(index)].0.iter().map(|(field, _)| row[*field].clone()).collect()
}

fn same(a: &[Value], b: &[Value]) -> bool {
    let shown = |value: &Value| value.shown().cloned().unwrap_or(Value::NULL);
    let same = |a: &Value, b: &Value| a.is_null() == b.is_null() && crate::db::coding::compare(&shown(a), &shown(b)).is_eq();
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
}

struct Run<'a> {
    c: &'a mut Connection,
    random: Random,
    saved: Model,
    model: Model,
    /// Objects of the transaction, by number of creation.
    objects: BTreeMap<u64, ObjectRef>,
    autoids: BTreeMap<u64, u64>,
    /// Whether objects have oids.
    oids: bool,
}

impl Run<'_> {
    fn object(&mut self, id: u64) -> ObjectRef {
        let number = self.c.transaction().unwrap().number;
        let (c, autoids) = (&mut self.c, &self.autoids);
        *self.objects.entry(id).or_insert_with(|| {
            // The autoid counts objects too.
            let found = c.find_autoid(CLASS, autoids[&id]).unwrap();
            assert_eq!(found.transaction, number);
            found
        })
    }

    fn id(&self, object: ObjectRef) -> u64 {
        object.oid
    }

    fn step(&mut self) {
        let ids = self.model.ids();
        let any = |random: &mut Random| (!ids.is_empty()).then(|| ids[random.below(ids.len() as u64) as usize]);
        match self.random.below(14) {
            0..=2 => {
                let oid = self.oids.then(|| some_oid(&mut self.random));
                let Some(object) = self.make(oid.clone()) else { return };
                self.autoids.insert(object.oid, self.c.last_autoid());
                self.objects.insert(object.oid, object);
                let mut row = (0..3).map(|f| some(f, &mut self.random)).collect::<Row>();
                for (field, value) in (0..).zip(&mut row) {
                    if field > 0 && self.random.below(4) == 0 {
                        *value = Value::NULL;
                    } else {
                        self.c.set_value(object, field, value.clone()).unwrap();
                    }
                }
                row.extend(oid);
                self.model.pending.push((object.oid, row));
            }
            3..=5 => {
                let Some(id) = any(&mut self.random) else { return };
                let field = self.random.below(3) as usize;
                let value = some(field, &mut self.random);
                let object = self.object(id);
                self.c.set_value(object, field as u16, value.clone()).unwrap();
                self.model.set(id, field, value);
            }
            6 => {
                let Some(id) = any(&mut self.random) else { return };
                let object = self.object(id);
                self.c.delete(object).unwrap();
                self.model.delete(id);
                assert!(self.c.is_deleted(object).unwrap());
                assert_eq!(self.c.value(object, 0).unwrap_err().code, Code::E_DELETED);
                self.objects.remove(&id);
            }
            7 => {
                let Some(id) = any(&mut self.random) else { return };
                let object = self.object(id);
                let expected = self.model.checkpoint(id);
                self.agree(expected, |c| c.checkpoint_object(object));
            }
            8 => {
                let expected = self.model.checkpoint_all();
                self.agree(expected, |c| c.checkpoint());
            }
            9 => {
                let Some(id) = any(&mut self.random) else { return };
                let (field, null) = (1 + self.random.below(2) as usize, self.random.below(3) != 0);
                let object = self.object(id);
                self.c.set_null(object, field as u16, null).unwrap();
                let value = match self.model.row(id).unwrap()[field].clone() {
                    Value::Null(below) if !null => {
                        below.map_or_else(|| [Value::Real(0.0), Value::from(&b""[..])][field - 1].clone(), |b| *b)
                    }
                    value if null && !value.is_null() => Value::Null(Some(value.into())),
                    _ => return,
                };
                self.model.set(id, field, value);
            }
            12 => self.scan(),
            10 => self.search(),
            11 if !self.oids => self.batch(),
            _ => self.finish(),
        }
    }

    /// A new object; `None`: another one has its oid.
    fn make(&mut self, oid: Option<Value>) -> Option<ObjectRef> {
        let Some(oid) = oid else { return Some(self.c.new_object(CLASS).unwrap()) };
        let done = self.c.new_with_oid(CLASS, oid.clone());
        if self.model.holder(&oid).is_none() {
            return Some(done.unwrap());
        }
        assert_eq!(done.unwrap_err().code, Code::S_DUPLICATE);
        assert_eq!(self.c.last_unique_violation_index(), Some(OID_INDEX));
        None
    }

    /// Objects that are made together are as if made one by one.
    fn batch(&mut self) {
        let count = 1 + self.random.below(9);
        let mut batch = self.c.batch(CLASS, count as usize).unwrap();
        let mut rows = vec![vec![Value::UInt(0), Value::NULL, Value::NULL]; count as usize];
        for (field, kind) in (0..).zip([FieldType::Unsigned(8), FieldType::Double, FieldType::Char(4)]) {
            let cells = match self.random.below(6) {
                0 => continue,
                1 => Cells::Same(some(field, &mut self.random)),
                _ => rows.iter().fold(Cells::new(kind, 0), |mut cells, _| {
                    let null = field > 0 && self.random.below(6) == 0;
                    let value = some(field, &mut self.random);
                    let below = (self.random.below(2) == 0).then(|| value.clone().into());
                    cells.push(if null { Value::Null(below) } else { value });
                    cells
                }),
            };
            rows.iter_mut().enumerate().for_each(|(row, values)| values[field] = cells.with(row, Value::clone));
            batch.put(field as u16, cells);
        }
        let mut made = 0;
        self.c.insert(batch, &mut made).unwrap();
        assert_eq!(u64::from(made), count);
        for (row, autoid) in rows.into_iter().zip(self.c.last_autoid() + 1 - count..) {
            let oid = self.c.find_autoid(CLASS, autoid).unwrap().oid;
            self.autoids.insert(oid, autoid);
            self.model.pending.push((oid, row));
        }
    }

    fn agree(&mut self, expected: Option<u16>, work: impl FnOnce(&mut Connection) -> crate::base::Result<()>) {
        match (work(self.c), expected) {
            (Ok(()), None) => {}
            (Err(error), Some(index)) => {
                assert_eq!(error.code, Code::S_DUPLICATE);
                assert_eq!(self.c.last_unique_violation_index(), Some(index));
            }
            (result, expected) => panic!("{result:?}, expected {expected:?}"),
        }
    }

    fn finish(&mut self) {
        match self.random.below(3) {
            0 => {
                self.c.rollback().unwrap();
                self.model = self.saved.clone();
            }
            _ => {
                let expected = self.model.checkpoint_all();
                if expected.is_some() {
                    self.model = self.saved.clone();
                }
                self.agree(expected, |c| c.commit());
                self.saved = self.model.clone();
            }
        }
        self.objects.clear();
        write(self.c);
    }

    /// Everything, in every order, both ways.
    fn scan(&mut self) {
        let cursor = CursorId(1);
        let listed: Vec<u64> = self.walk(cursor, |c| c.open_list(cursor, CLASS), Connection::cursor_next);
        assert_eq!(listed, self.model.ids());
        assert_eq!(self.c.count(CLASS).unwrap(), listed.len() as u64);
        for id in &listed {
            let object = self.object(*id);
            assert!(same(self.c.row(object).unwrap(), self.model.row(*id).unwrap()), "{id}");
        }
        let back = self.walk(
            cursor,
            |c| {
                let _ = c.open_list(cursor, CLASS);
                c.cursor_last(cursor)
            },
            Connection::cursor_prev,
        );
        assert!(back.iter().rev().eq(&listed));
        let numbered = self.walk(cursor, |c| c.open_autoid(cursor, CLASS), Connection::cursor_next);
        assert_eq!(numbered, listed);
        if self.oids {
            let mut expected = listed.clone();
            expected.sort_by(|a, b| crate::db::coding::compare(&self.model.row(*a).unwrap()[3], &self.model.row(*b).unwrap()[3]));
            assert_eq!(self.walk(cursor, |c| c.open_oid(cursor, CLASS), Connection::cursor_next), expected);
        }
        for index in 0..INDEXES.len() as u16 {
            let expected = self.model.sorted(index);
            let found = self.walk(cursor, |c| c.open_index(cursor, index), Connection::cursor_next);
            assert_eq!(found, expected, "index {index}");
            assert_eq!(self.c.index_count(index).unwrap(), found.len() as u64);
            if INDEXES[usize::from(index)].2 == IndexKind::Tree {
                let back = self.walk(
                    cursor,
                    |c| {
                        let _ = c.open_index(cursor, index);
                        c.cursor_last(cursor)
                    },
                    Connection::cursor_prev,
                );
                assert!(back.iter().rev().eq(&expected), "index {index}");
            }
        }
    }

    fn walk(
        &mut self,
        cursor: CursorId,
        start: impl FnOnce(&mut Connection) -> crate::base::Result<()>,
        step: fn(&mut Connection, CursorId) -> crate::base::Result<()>,
    ) -> Vec<u64> {
        let mut list = Vec::new();
        let mut next = start(self.c);
        while next.is_ok() {
            let object = self.c.cursor_object(cursor, CLASS).unwrap();
            list.push(self.id(object));
            next = step(self.c, cursor);
        }
        let end = if list.is_empty() { Code::S_CURSOR_EMPTY } else { Code::S_CURSOR_END };
        assert_eq!(next.unwrap_err().code, end);
        list
    }

    fn search(&mut self) {
        if self.oids {
            let oid = some_oid(&mut self.random);
            let found = [self.c.find_oid(CLASS, &oid), self.c.find_in_all(&oid)].map(|found| found.ok().map(|object| object.oid));
            assert_eq!(found, [self.model.holder(&oid); 2]);
        }
        let row: Row = (0..3).map(|f| some(f, &mut self.random)).collect();
        for index in 0..INDEXES.len() as u16 {
            let (wanted, sorted) = (keys(index, &row), self.model.sorted(index));
            let (_, unique, kind) = INDEXES[usize::from(index)];
            let at = |id: &&u64| order(index, &self.model.stored[*id], &row);
            let lowest = sorted.iter().find(|id| at(id).is_eq()).copied();
            if unique {
                let found = self.c.find(index, &wanted).map(|o| o.oid).map_err(|e| e.code);
                assert_eq!(found, lowest.ok_or(Code::S_NOTFOUND));
            }
            let mut cases = vec![(SearchOp::Eq, lowest)];
            if kind == IndexKind::Tree {
                cases.push((SearchOp::Lt, sorted.iter().rev().find(|id| at(id).is_lt()).copied()));
                cases.push((SearchOp::Le, sorted.iter().rev().find(|id| at(id).is_le()).copied()));
                cases.push((SearchOp::Ge, sorted.iter().find(|id| at(id).is_ge()).copied()));
                cases.push((SearchOp::Gt, sorted.iter().find(|id| at(id).is_gt()).copied()));
            }
            for (op, expected) in cases {
                let cursor = CursorId(2);
                let result = self.c.search(cursor, index, op, &wanted).map_err(|e| e.code);
                assert_eq!(result.is_ok(), expected.is_some(), "{op:?} {wanted:?} in index {index}");
                if let Some(expected) = expected {
                    assert_eq!(self.c.cursor_object(cursor, CLASS).unwrap().oid, expected, "{op:?} {wanted:?} in index {index}");
                    let compared = self.c.cursor_compare(cursor, index, &wanted).unwrap();
                    let expected = order(index, &self.model.stored[&expected], &row);
                    assert!(compared == expected || kind == IndexKind::Hash && expected.is_ne() == compared.is_ne());
                } else {
                    assert_eq!(result, Err(Code::S_NOTFOUND));
                }
            }
        }
        for id in self.model.ids() {
            let object = self.object(id);
            let found = self.c.locate(CursorId(3), 1, object).map_err(|e| e.code);
            let indexed = self.model.stored.get(&id).is_some_and(|row| has_key(1, row));
            assert_eq!(found, if indexed { Ok(()) } else { Err(Code::S_NOTFOUND) });
        }
    }
}

#[test]
fn random_operations_agree_with_a_model() {
    for seed in 0..SEEDS {
        let oids = seed % 3 == 0;
        let db = schema(oids).memory();
        let mut c = db.connect().unwrap();
        write(&mut c);
        let mut run = Run {
            c: &mut c,
            random: Random::seeded(seed),
            saved: Model::default(),
            model: Model::default(),
            objects: BTreeMap::new(),
            autoids: BTreeMap::new(),
            oids,
        };
        for _ in 0..STEPS {
            run.step();
        }
        run.scan();
    }
}

#[test]
fn every_step_of_a_cursor_uses_its_index() {
    let db = schema(true).memory();
    let c = db.connect().unwrap();
    let table = db.layout.table(CLASS).unwrap();
    for scan in db.layout.indexes.iter().chain(&table.by_autoid).chain(&table.by_oid) {
        for text in scan.statements() {
            let mut plan = c.engine.prepare(&format!("EXPLAIN QUERY PLAN {text}")).unwrap();
            let mut rows = plan.raw_query();
            let row = rows.next().unwrap().unwrap();
            let detail: String = row.get(3).unwrap();
            let whole = !text.contains("WHERE");
            assert!(detail.starts_with(if whole { "SCAN" } else { "SEARCH" }), "{text}: {detail}");
            assert!(rows.next().unwrap().is_none(), "{text}: sorts");
        }
    }
}
