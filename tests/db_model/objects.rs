//! Steps that make, change, delete and find objects.

use crate::model::{self, Key, Over, Pending, Row, compare_rows};
use crate::schema::{content, pick, value, wrong};
use crate::world::World;
use mcoiot::base::list::elements;
use mcoiot::base::{Code, Result, Value};
use mcoiot::db::{ObjectRef, Path, Spot};
use mcoiot::schema::{Field, FieldType, IndexKind};

impl World {
    pub fn object_step(&mut self, who: usize) {
        match self.random.below(40) {
            0..=11 => self.create(who),
            12..=22 => self.put(who),
            23 => self.put_wrong(who),
            24..=26 => self.delete(who),
            27 => self.delete_all(who),
            28..=32 => self.checkpoint_object(who),
            33..=36 => self.find(who),
            37 => self.find_autoid(who),
            _ => self.old_handle(who),
        }
    }

    fn create(&mut self, who: usize) {
        let class = self.class();
        self.note(format!("{who}: new in {class}"));
        let wanted = self.writing_code(who);
        let done = self.clients[who].c.new_object(class);
        if let Some(code) = wanted {
            return self.expect(&done, code, "new");
        }
        self.expect(&done, Code::S_OK, "new");
        let object = done.unwrap();
        let key = (object.epoch, object.oid);
        let definition = self.dictionary.class(class).unwrap().clone();
        let values = definition.fields.iter().map(Field::initial).collect();
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
            if self.random.below(4) > 0 {
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
        if let Some(code) = self.writing_code(who) {
            let object = self.handle(who, class, key);
            let done = self.clients[who].c.set_value(object, field, value);
            return self.expect(&done, code, "put");
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
