//! Steps that make, change, delete and find objects.

use crate::model::{self, Key, Over, Pending, Row, compare_rows, with_oid};
use crate::schema::{content, pick, value, wrong};
use crate::world::World;
use mcoiot::base::list::elements;
use mcoiot::base::{Code, Result, Value};
use mcoiot::db::{OID_INDEX, ObjectRef, Path, Spot};
use mcoiot::schema::{Field, FieldRole, FieldType, IndexKind};

impl World {
    pub fn object_step(&mut self, who: usize) {
        match self.random.below(42) {
            0..=11 => self.create(who),
            12..=22 => self.put(who),
            23 => self.put_wrong(who),
            24..=26 => self.delete(who),
            27 => self.delete_all(who),
            28..=32 => self.checkpoint_object(who),
            33..=36 => self.find(who),
            37 => self.find_autoid(who),
            38..=39 => self.find_oid(who),
            _ => self.old_handle(who),
        }
    }

    fn create(&mut self, who: usize) {
        let class = self.class();
        self.note(format!("{who}: new in {class}"));
        let needs = self.dictionary.class(class).unwrap().oid().is_some();
        // Now and then one is missing where it is needed, or given where it is not.
        let oid = (needs != (self.random.below(60) == 0)).then(|| self.some_oid(who));
        let wanted = self.writing_code(who);
        let c = &mut self.clients[who].c;
        let done = match oid.clone() {
            None => c.new_object(class),
            Some(oid) => c.new_with_oid(class, oid),
        };
        if let Some(code) = wanted {
            return self.expect(&done, code, "new");
        }
        if oid.is_some() != needs {
            self.expect(&done, Code::E_ILLEGAL_PARAM, "new");
            self.view(who).error = Some(Code::E_ILLEGAL_PARAM);
            return;
        }
        let dictionary = self.dictionary.clone();
        if oid.as_ref().is_some_and(|oid| self.view(who).view.holder(&dictionary, oid).is_some()) {
            self.clients[who].last_unique = Some(OID_INDEX);
            return self.expect(&done, Code::S_DUPLICATE, "new");
        }
        self.expect(&done, Code::S_OK, "new");
        let object = done.unwrap();
        let key = (object.epoch, object.oid);
        let definition = self.dictionary.class(class).unwrap().clone();
        let mut values: Vec<Value> = definition.fields.iter().map(Field::initial).collect();
        if let Some(oid) = oid {
            assert_eq!(self.clients[who].c.oid(object).unwrap(), oid);
            *values.last_mut().unwrap() = oid;
        }
        let autoid = self.clients[who].c.autoid(object).unwrap();
        if definition.autoid {
            assert!(autoid > self.autoids[usize::from(class) - 1], "an autoid is used again");
            assert_eq!(self.clients[who].c.last_autoid(), autoid);
        } else {
            assert_eq!(autoid, 0);
        }
        let open = self.view(who);
        let newest = open.view.tables.class(class).keys().copied().chain(open.view.fresh(class).map(|p| p.key)).max();
        assert!(newest.is_none_or(|newest| newest < key), "objects are numbered in order of creation");
        open.view.pending.push(Pending { class, key, row: Row { values, autoid }, fresh: true });
        open.handles.push(object);
        // Most fields, or all rows would look alike.
        for (field, definition) in (0_u16..).zip(&definition.fields) {
            if self.random.below(4) > 0 && definition.role != FieldRole::Oid {
                let value = content(&mut self.random, definition);
                self.set(who, class, key, field, value);
            }
        }
    }

    fn set(&mut self, who: usize, class: u16, key: Key, field: u16, value: Value) {
        let object = self.handle(who, class, key);
        let dictionary = self.dictionary.clone();
        let definition = dictionary.class(class).unwrap().field(field).unwrap();
        if let FieldType::Struct(_) = definition.kind {
            let (open, c) = (!definition.nullable || !value.is_null(), &mut self.clients[who].c);
            let done = if open { c.open_struct(object, field) } else { c.erase_struct(object, field) };
            self.expect(&done, Code::S_OK, "struct");
            let row = self.view(who).view.change(class, key).unwrap();
            (if open { model::open } else { model::erase })(&dictionary, class, &mut row.values, field);
            return;
        }
        // Padding must not matter.
        let mut given = value.clone();
        if let (Value::Bytes(bytes), Some(mcoiot::schema::FieldType::Char(n))) =
            (&mut given, self.dictionary.class(class).unwrap().field(field).map(|f| f.kind))
            && self.random.below(2) == 0
        {
            let mut padded = bytes.to_vec();
            padded.resize(usize::from(n), 0);
            *bytes = padded.into();
        }
        let done = if definition.kind.is_list() && self.random.below(3) > 0 {
            self.put_elements(who, object, field, definition, &given)
        } else {
            self.clients[who].c.set_value(object, field, given)
        };
        self.expect(&done, Code::S_OK, "put");
        let row = self.view(who).view.change(class, key).unwrap();
        if let Some(outer) = definition.outer {
            model::open(&dictionary, class, &mut row.values, outer);
        }
        row.values[usize::from(field)] = value;
    }

    /// A list element by element, in any order.
    fn put_elements(&mut self, who: usize, object: ObjectRef, column: u16, field: &Field, list: &Value) -> Result<()> {
        let Value::Bytes(bytes) = list else { panic!("{list:?} is no list") };
        let (spot, c) = (Spot { object, path: Path::default(), column }, &mut self.clients[who].c);
        let elements = elements(bytes).unwrap();
        if field.kind == FieldType::Vector {
            c.alloc(spot, elements.len() as u16)?;
        }
        let first = self.random.below(elements.len() as u64 + 1) as usize;
        for index in (first..elements.len()).chain(0..first) {
            match &elements[index] {
                Some(values) => c.put_elements(spot, index as u16, &mut values.clone())?,
                None => c.erase_element(spot, index as u16)?,
            }
        }
        Ok(())
    }

    fn put(&mut self, who: usize) {
        let class = self.class();
        let Some(key) = self.some_key(who, class) else { return };
        self.note(format!("{who}: put to {class} {key:?}"));
        let fields = self.dictionary.class(class).unwrap().fields.clone();
        let field = self.random.below(fields.len() as u64) as u16;
        let value = content(&mut self.random, &fields[usize::from(field)]);
        let never = fields[usize::from(field)].role == FieldRole::Oid;
        let wanted = self.writing_code(who);
        if wanted.is_some() || never {
            let object = self.handle(who, class, key);
            let done = self.clients[who].c.set_value(object, field, value);
            if wanted.is_none() {
                self.view(who).error = Some(Code::E_ILLEGAL_PARAM);
            }
            return self.expect(&done, wanted.unwrap_or(Code::E_ILLEGAL_PARAM), "put");
        }
        self.set(who, class, key, field, value);
    }

    fn put_wrong(&mut self, who: usize) {
        let class = self.class();
        let Some(key) = self.some_key(who, class) else { return };
        if self.random.below(4) > 0 {
            return;
        }
        let object = self.handle(who, class, key);
        let fields = self.dictionary.class(class).unwrap().fields.clone();
        let field = self.random.below(fields.len() as u64) as u16;
        let value = wrong(&mut self.random, fields[usize::from(field)].kind);
        self.note(format!("{who}: a value that does not fit {:?}", fields[usize::from(field)].kind));
        let wanted = self.writing_code(who);
        let done = self.clients[who].c.set_value(object, field, value);
        if let Some(code) = wanted {
            return self.expect(&done, code, "put");
        }
        self.expect(&done, Code::E_ILLEGAL_PARAM, "put");
        self.view(who).error = Some(Code::E_ILLEGAL_PARAM);
    }

    fn delete(&mut self, who: usize) {
        let class = self.class();
        let Some(key) = self.some_key(who, class) else { return };
        self.note(format!("{who}: delete {class} {key:?}"));
        let object = self.handle(who, class, key);
        let wanted = self.writing_code(who);
        let done = self.clients[who].c.delete(object);
        if let Some(code) = wanted {
            return self.expect(&done, code, "delete");
        }
        self.expect(&done, Code::S_OK, "delete");
        let open = self.view(who);
        open.wrote |= open.view.tables.class(class).contains_key(&key);
        assert!(open.view.delete(class, key));
        assert!(self.clients[who].c.is_deleted(object).unwrap());
        let gone = self.clients[who].c.row(object).map(<[Value]>::to_vec);
        self.expect(&gone, Code::E_DELETED, "a look at a deleted object");
        if self.random.below(4) == 0 {
            let done = self.clients[who].c.delete(object);
            self.expect(&done, Code::E_DELETED, "deleting again");
            self.view(who).error = Some(Code::E_DELETED);
        }
    }

    fn delete_all(&mut self, who: usize) {
        if self.random.below(4) > 0 {
            return;
        }
        let class = self.class();
        self.note(format!("{who}: delete all of {class}"));
        let wanted = self.writing_code(who);
        let done = self.clients[who].c.delete_all(class);
        if let Some(code) = wanted {
            return self.expect(&done, code, "delete all");
        }
        self.expect(&done, Code::S_OK, "delete all");
        let open = self.view(who);
        open.wrote |= !open.view.tables.class(class).is_empty();
        open.view.tables.class_mut(class).clear();
        open.view.pending.retain(|p| p.class != class);
    }

    fn checkpoint_object(&mut self, who: usize) {
        let class = self.class();
        let Some(key) = self.some_key(who, class) else { return };
        self.note(format!("{who}: checkpoint of {class} {key:?}"));
        let object = self.handle(who, class, key);
        let wanted = self.writing_code(who);
        let done = self.clients[who].c.checkpoint_object(object);
        if let Some(code) = wanted {
            return self.expect(&done, code, "checkpoint of an object");
        }
        let dictionary = self.dictionary.clone();
        let open = self.view(who);
        open.wrote |= !open.view.pending.is_empty();
        let result = open.view.checkpoint(&dictionary, class, key);
        self.checkpointed(who, result, &done);
    }

    /// Keys that are there, or that might be.
    pub fn some_keys(&mut self, who: usize, index: u16) -> Vec<Value> {
        let over = Over::Index(index);
        if self.clients[who].open.is_some() && self.random.below(2) == 0 {
            let dictionary = self.dictionary.clone();
            let entries = self.view(who).view.entries(&dictionary, over);
            if !entries.is_empty() {
                return pick(&mut self.random, &entries).keys.clone();
            }
        }
        let definition = self.dictionary.index(index).unwrap().clone();
        let class = self.dictionary.class(definition.class).unwrap().clone();
        definition.keys.iter().map(|key| value(&mut self.random, class.field(key.field).unwrap().kind)).collect()
    }

    fn find(&mut self, who: usize) {
        let index = self.random.below(self.dictionary.indexes.len() as u64) as u16;
        let keys = self.some_keys(who, index);
        self.note(format!("{who}: find in {index} {}", crate::check::short(&keys)));
        let done = self.clients[who].c.find(index, &keys);
        if let Some(code) = self.reading_code(who) {
            return self.expect(&done, code, "find");
        }
        let dictionary = self.dictionary.clone();
        let over = Over::Index(index);
        let entries = self.view(who).view.entries(&dictionary, over);
        let found: Vec<Key> =
            entries.iter().filter(|e| over.compare(&dictionary, &e.keys, &keys).is_eq()).map(|e| e.key).collect();
        match found.first() {
            None => self.expect(&done, Code::S_NOTFOUND, "find"),
            Some(first) => {
                self.expect(&done, Code::S_OK, "find");
                let object = done.unwrap();
                assert_eq!((object.epoch, object.oid), *first);
                self.view(who).handles.push(object);
            }
        }
        if dictionary.index(index).unwrap().kind == IndexKind::Hash && self.random.below(8) == 0 {
            let short = self.clients[who].c.find(index, &keys[1..]);
            self.expect(&short, Code::E_ILLEGAL_PARAM, "find with a key too few");
        }
    }

    fn find_autoid(&mut self, who: usize) {
        let class = self.class();
        let autoid = match self.some_key(who, class) {
            Some(key) if self.random.below(3) > 0 => self.view(who).view.find(class, key).unwrap().autoid,
            _ => *pick(&mut self.random, &[0, 1, 2, 3, u64::MAX]),
        };
        let done = self.clients[who].c.find_autoid(class, autoid);
        if let Some(code) = self.reading_code(who) {
            return self.expect(&done, code, "find by autoid");
        }
        if !self.dictionary.class(class).unwrap().autoid {
            return self.expect(&done, Code::E_ILLEGAL_PARAM, "find by autoid");
        }
        let dictionary = self.dictionary.clone();
        let entries = self.view(who).view.entries(&dictionary, Over::Autoid(class));
        match entries.iter().find(|e| e.keys == [Value::UInt(autoid)]) {
            None => self.expect(&done, Code::S_NOTFOUND, "find by autoid"),
            Some(entry) => {
                self.expect(&done, Code::S_OK, "find by autoid");
                let object = done.unwrap();
                assert_eq!((object.epoch, object.oid), entry.key);
            }
        }
    }

    /// An oid that is there, or that might be.
    fn some_oid(&mut self, who: usize) -> Value {
        let dictionary = self.dictionary.clone();
        let class = *pick(&mut self.random, &with_oid(&dictionary));
        let there = self.clients[who].open.as_ref().map_or(Vec::new(), |open| open.view.entries(&dictionary, Over::Oid(class)));
        if there.is_empty() || self.random.below(3) > 0 {
            let oid = dictionary.class(class).unwrap().fields.last().unwrap();
            return value(&mut self.random, oid.kind);
        }
        pick(&mut self.random, &there).keys[0].clone()
    }

    /// In one class, and in all.
    fn find_oid(&mut self, who: usize) {
        let (class, oid) = (self.class(), self.some_oid(who));
        self.note(format!("{who}: find oid {oid:?} in {class}"));
        let c = &mut self.clients[who].c;
        let found = [c.find_oid(class, &oid), c.find_in_all(&oid)];
        if let Some(code) = self.reading_code(who) {
            return found.iter().for_each(|done| self.expect(done, code, "find by oid"));
        }
        let dictionary = self.dictionary.clone();
        let holder = self.view(who).view.holder(&dictionary, &oid);
        let [of_class, of_all] = found;
        if dictionary.class(class).unwrap().oid().is_none() {
            self.expect(&of_class, Code::E_ILLEGAL_PARAM, "find by oid");
        } else {
            self.found(&of_class, holder.filter(|(held, _)| *held == class));
        }
        self.found(&of_all, holder);
    }

    fn found(&self, done: &Result<ObjectRef>, wanted: Option<(u16, Key)>) {
        self.expect(done, if wanted.is_some() { Code::S_OK } else { Code::S_NOTFOUND }, "find by oid");
        assert_eq!(done.as_ref().ok().map(|object| (object.class, (object.epoch, object.oid))), wanted);
    }

    /// A handle of a transaction that has ended, or one got earlier in this one.
    fn old_handle(&mut self, who: usize) {
        if self.reading_code(who).is_some() {
            return;
        }
        let stale = self.stale.clone();
        if !stale.is_empty() && self.random.below(2) == 0 {
            let object = *pick(&mut self.random, &stale);
            let done = self.clients[who].c.row(object).map(<[Value]>::to_vec);
            return self.expect(&done, Code::E_INVALID_HANDLE, "a handle of another transaction");
        }
        let handles = self.view(who).handles.clone();
        if handles.is_empty() {
            return;
        }
        let object = *pick(&mut self.random, &handles);
        let done = self.clients[who].c.row(object).map(<[Value]>::to_vec);
        match self.view(who).view.find(object.class, (object.epoch, object.oid)).cloned() {
            None => self.expect(&done, Code::E_DELETED, "a handle kept"),
            Some(row) => {
                self.expect(&done, Code::S_OK, "a handle kept");
                compare_rows(&done.unwrap(), &row.values);
            }
        }
    }
}
