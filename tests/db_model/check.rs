//! Looks at the whole content through every way there is.

use crate::model::{Entry, Key, Over, same, with_oid};
use crate::world::World;
use mcoiot::base::{Code, Value};
use mcoiot::db::CursorId;

/// A cursor that no step uses.
const EYE: CursorId = CursorId(u64::MAX);

impl World {
    /// Everything that a transaction sees.
    pub fn check_all(&mut self, who: usize) {
        if self.reading_code(who).is_some() {
            return;
        }
        for over in self.ways() {
            self.check(who, over);
        }
    }

    /// One way through one class.
    pub fn check_some(&mut self, who: usize) {
        if self.reading_code(who).is_some() {
            return;
        }
        let ways = self.ways();
        let over = ways[self.random.below(ways.len() as u64) as usize];
        self.check(who, over);
    }

    /// All orders there are.
    pub fn ways(&self) -> Vec<Over> {
        let lists = self.dictionary.classes.iter().map(|c| Over::List(c.code));
        let autoids = self.dictionary.classes.iter().filter(|c| c.autoid).map(|c| Over::Autoid(c.code));
        let oids = with_oid(&self.dictionary).into_iter().map(Over::Oid);
        let indexes = (0..self.dictionary.indexes.len()).map(|i| Over::Index(i as u16));
        lists.chain(autoids).chain(oids).chain(indexes).collect()
    }

    fn check(&mut self, who: usize, over: Over) {
        let dictionary = self.dictionary.clone();
        let class = over.class(&dictionary);
        let wanted: Vec<Entry> = self.view(who).view.entries(&dictionary, over);
        let c = &mut self.clients[who].c;
        let mut found: Vec<Key> = Vec::new();
        let mut rows: Vec<(Key, Vec<Value>, u64)> = Vec::new();
        let mut more = match over {
            Over::List(class) => c.open_list(EYE, class),
            Over::Autoid(class) => c.open_autoid(EYE, class),
            Over::Oid(class) => c.open_oid(EYE, class),
            Over::Index(index) => c.open_index(EYE, index),
        };
        let empty = more.clone();
        while more.is_ok() {
            let object = c.cursor_object(EYE, class).unwrap();
            let key = (object.epoch, object.oid);
            found.push(key);
            let autoid = c.autoid(object).unwrap();
            rows.push((key, c.row(object).unwrap().to_vec(), autoid));
            more = c.cursor_next(EYE);
        }
        let end = more;
        let (mut back, mut turn) = (Vec::new(), Ok(()));
        if !found.is_empty() && !over.is_hash(&dictionary) {
            turn = c.cursor_last(EYE);
            let mut more = turn.clone();
            while more.is_ok() {
                let object = c.cursor_object(EYE, class).unwrap();
                back.push((object.epoch, object.oid));
                more = c.cursor_prev(EYE);
            }
            back.reverse();
        }
        let (count, entries) =
            (c.count(class).unwrap(), if let Over::Index(index) = over { c.index_count(index).ok() } else { None });
        let keys: Vec<Key> = wanted.iter().map(|entry| entry.key).collect();
        if wanted.is_empty() {
            self.expect(&empty, Code::S_CURSOR_EMPTY, "opening");
        } else {
            self.expect(&end, Code::S_CURSOR_END, "the end");
            self.expect(&turn, Code::S_OK, "last");
        }
        if found != keys {
            self.fail(&format!("{who} over {over:?}: {found:?} instead of {keys:?}"));
        }
        if !found.is_empty() && !over.is_hash(&dictionary) && back != keys {
            self.fail(&format!("{who} back over {over:?}: {back:?} instead of {keys:?}"));
        }
        let open = self.clients[who].open.as_ref().unwrap();
        for (key, values, autoid) in rows {
            let row = open.view.find(class, key).unwrap();
            if !same(&values, &row.values) || autoid != row.autoid {
                self.fail(&format!(
                    "{who}: object {key:?} of {class} holds {} instead of {}",
                    short(&values),
                    short(&row.values)
                ));
            }
        }
        let stored = open.view.tables.class(class).len() as u64;
        assert_eq!(count, stored + open.view.fresh(class).count() as u64);
        // A row without a key is in no index.
        assert!(entries.is_none_or(|entries| entries == keys.len() as u64));
    }
}

/// Values without the middle of long ones.
pub fn short(values: &[Value]) -> String {
    let one = |value: &Value| match value {
        Value::Bytes(bytes) if bytes.len() > 16 => format!("{} bytes {:?}..", bytes.len(), &bytes[..4]),
        other => format!("{other:?}"),
    };
    values.iter().map(one).collect::<Vec<_>>().join(", ")
}
