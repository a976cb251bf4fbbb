//! Steps of cursors that stay open while the rows under them change.

use crate::check::short;
use crate::model::{Entry, Over};
use crate::schema::pick;
use crate::world::World;
use mcoiot::base::{Code, Value};
use mcoiot::db::{CursorId, SearchOp};
use mcoiot::schema::FieldType;
use std::cmp::Ordering;

/// An open cursor as it must be.
#[derive(Clone, Debug)]
pub struct Place {
    over: Over,
    at: Option<Entry>,
    /// After a search in a hash.
    equal: Option<Vec<Value>>,
    pattern: Option<Vec<u8>>,
}

const OPS: [SearchOp; 5] = [SearchOp::Lt, SearchOp::Le, SearchOp::Eq, SearchOp::Ge, SearchOp::Gt];

impl World {
    pub fn cursor_step(&mut self, who: usize) {
        let id = self.random.below(3);
        match self.random.below(20) {
            0..=2 => self.open_cursor(who, id),
            3..=6 => self.search(who, id),
            7 => self.locate(who, id),
            8 => self.pattern(who, id),
            9..=15 => self.walk(who, id),
            16..=17 => self.compare(who, id),
            18 => self.look(who, id),
            _ => self.close(who, id),
        }
    }

    fn put_place(&mut self, who: usize, id: u64, place: Place) {
        self.clients[who].cursors.insert(id, place);
    }

    fn open_cursor(&mut self, who: usize, id: u64) {
        let ways = self.ways();
        let over = *pick(&mut self.random, &ways);
        self.note(format!("{who}: cursor {id} over {over:?}"));
        let c = &mut self.clients[who].c;
        let done = match over {
            Over::List(class) => c.open_list(CursorId(id), class),
            Over::Autoid(class) => c.open_autoid(CursorId(id), class),
            Over::Oid(class) => c.open_oid(CursorId(id), class),
            Over::Index(index) => c.open_index(CursorId(id), index),
        };
        if let Some(code) = self.reading_code(who) {
            return self.expect(&done, code, "opening");
        }
        let dictionary = self.dictionary.clone();
        let at = self.view(who).view.entries(&dictionary, over).into_iter().next();
        self.expect(&done, if at.is_some() { Code::S_OK } else { Code::S_CURSOR_EMPTY }, "opening");
        self.put_place(who, id, Place { over, at, equal: None, pattern: None });
    }

    fn search(&mut self, who: usize, id: u64) {
        let index = self.random.below(self.dictionary.indexes.len() as u64) as u16;
        let keys = self.some_keys(who, index);
        let op = *pick(&mut self.random, &OPS);
        self.note(format!("{who}: cursor {id} searches {index} {op:?} {}", short(&keys)));
        let done = self.clients[who].c.search(CursorId(id), index, op, &keys);
        if let Some(code) = self.reading_code(who) {
            return self.expect(&done, code, "search");
        }
        let dictionary = self.dictionary.clone();
        let over = Over::Index(index);
        let hash = over.is_hash(&dictionary);
        if hash && op != SearchOp::Eq {
            return self.expect(&done, Code::E_ILLEGAL_PARAM, "search");
        }
        let entries = self.view(who).view.entries(&dictionary, over);
        let order = |entry: &&Entry| over.compare(&dictionary, &entry.keys, &keys);
        let at = match op {
            SearchOp::Lt => entries.iter().rev().find(|e| order(e).is_lt()),
            SearchOp::Le => entries.iter().rev().find(|e| order(e).is_le()),
            SearchOp::Eq => entries.iter().find(|e| order(e).is_eq()),
            SearchOp::Ge => entries.iter().find(|e| order(e).is_ge()),
            SearchOp::Gt => entries.iter().find(|e| order(e).is_gt()),
        };
        self.expect(&done, if at.is_some() { Code::S_OK } else { Code::S_NOTFOUND }, "search");
        let place = Place { over, at: at.cloned(), equal: hash.then(|| keys.clone()), pattern: None };
        self.put_place(who, id, place);
        self.agree(who, id);
    }

    fn locate(&mut self, who: usize, id: u64) {
        let class = self.class();
        let Some(key) = self.some_key(who, class) else { return };
        let index = self.random.below(self.dictionary.indexes.len() as u64) as u16;
        self.note(format!("{who}: cursor {id} locates {class} {key:?} in {index}"));
        let object = self.handle(who, class, key);
        let done = self.clients[who].c.locate(CursorId(id), index, object);
        if let Some(code) = self.reading_code(who) {
            return self.expect(&done, code, "locate");
        }
        if self.dictionary.index(index).unwrap().class != class {
            return self.expect(&done, Code::E_CURSOR_MISMATCH, "locate");
        }
        let dictionary = self.dictionary.clone();
        let over = Over::Index(index);
        match self.view(who).view.entries(&dictionary, over).into_iter().find(|e| e.key == key) {
            None => self.expect(&done, Code::S_NOTFOUND, "locate"),
            Some(at) => {
                self.expect(&done, Code::S_OK, "locate");
                self.put_place(who, id, Place { over, at: Some(at), equal: None, pattern: None });
                self.agree(who, id);
            }
        }
    }

    fn pattern(&mut self, who: usize, id: u64) {
        let index = self.random.below(self.dictionary.indexes.len() as u64) as u16;
        let pattern = *pick(&mut self.random, &[&b"*"[..], b"a*", b"?", b"", b"*a", b"a?*", b"\xFF*", b"ab", b"*\0*"]);
        let done = self.clients[who].c.pattern_search(CursorId(id), index, pattern);
        self.note(format!("{who}: cursor {id} looks for {pattern:?} in {index}: {:?}", done.is_ok()));
        if let Some(code) = self.reading_code(who) {
            return self.expect(&done, code, "pattern search");
        }
        let dictionary = self.dictionary.clone();
        let over = Over::Index(index);
        let definition = dictionary.index(index).unwrap();
        let kind = dictionary.class(definition.class).unwrap().field(definition.keys[0].field).unwrap().kind;
        if over.is_hash(&dictionary) || !matches!(kind, FieldType::Char(_) | FieldType::String) {
            return self.expect(&done, Code::E_UNSUPPORTED, "pattern search");
        }
        let entries = self.view(who).view.entries(&dictionary, over);
        match entries.into_iter().find(|entry| is_match(pattern, entry)) {
            None => self.expect(&done, Code::S_NOTFOUND, "pattern search"),
            Some(at) => {
                self.expect(&done, Code::S_OK, "pattern search");
                self.put_place(who, id, Place { over, at: Some(at), equal: None, pattern: Some(pattern.into()) });
                self.agree(who, id);
            }
        }
    }

    fn walk(&mut self, who: usize, id: u64) {
        let way = self.random.below(5);
        self.note(format!("{who}: cursor {id} moves {way}"));
        let c = &mut self.clients[who].c;
        let done = match way {
            0 => c.cursor_first(CursorId(id)),
            1 => c.cursor_last(CursorId(id)),
            2 => c.cursor_prev(CursorId(id)),
            3 => c.cursor_next(CursorId(id)),
            _ => c.pattern_next(CursorId(id)),
        };
        if let Some(code) = self.reading_code(who) {
            return self.expect(&done, code, "a move");
        }
        let Some(place) = self.clients[who].cursors.get(&id).cloned() else {
            return self.expect(&done, Code::E_CURSOR_CLOSED, "a move");
        };
        let dictionary = self.dictionary.clone();
        let over = place.over;
        if over.is_hash(&dictionary) && (way == 1 || way == 2) {
            return self.expect(&done, Code::E_UNSUPPORTED, "a move back");
        }
        if way == 4 && place.pattern.is_none() {
            return self.expect(&done, Code::E_CURSOR_INVALID, "next match");
        }
        let entries = self.view(who).view.entries(&dictionary, over);
        let allowed = |e: &&Entry| place.equal.as_ref().is_none_or(|keys| over.compare(&dictionary, &e.keys, keys).is_eq());
        let order = |e: &&Entry| place.at.as_ref().map_or(Ordering::Equal, |at| over.order(&dictionary, e, at));
        let at = match way {
            0 => entries.iter().find(allowed),
            1 => entries.last(),
            2 => entries.iter().rev().find(|e| order(e).is_lt()),
            3 => entries.iter().find(|e| order(e).is_gt() && allowed(e)),
            _ => entries.iter().find(|e| order(e).is_gt() && is_match(place.pattern.as_ref().unwrap(), e)),
        };
        let none = if way < 2 { Code::S_CURSOR_EMPTY } else { Code::S_CURSOR_END };
        self.expect(&done, if at.is_some() { Code::S_OK } else { none }, "a move");
        if at.is_some() {
            self.put_place(who, id, Place { at: at.cloned(), ..place });
        }
        self.agree(who, id);
    }

    fn compare(&mut self, who: usize, id: u64) {
        let own = match self.clients[who].cursors.get(&id) {
            Some(Place { over: Over::Index(index), .. }) if self.random.below(8) > 0 => Some(*index),
            _ => None,
        };
        let index = own.unwrap_or_else(|| self.random.below(self.dictionary.indexes.len() as u64) as u16);
        let keys = self.some_keys(who, index);
        let done = self.clients[who].c.cursor_compare(CursorId(id), index, &keys);
        if let Some(code) = self.reading_code(who) {
            return self.expect(&done, code, "compare");
        }
        let dictionary = self.dictionary.clone();
        let Some(place) = self.clients[who].cursors.get(&id) else {
            return self.expect(&done, Code::E_CURSOR_CLOSED, "compare");
        };
        if place.over != Over::Index(index) {
            return self.expect(&done, Code::E_CURSOR_MISMATCH, "compare");
        }
        let Some(at) = &place.at else { return self.expect(&done, Code::E_CURSOR_INVALID, "compare") };
        let mut order = place.over.compare(&dictionary, &at.keys, &keys);
        if place.over.is_hash(&dictionary) && order.is_ne() {
            order = Ordering::Greater;
        }
        self.expect(&done, Code::S_OK, "compare");
        assert_eq!(done.unwrap(), order, "{at:?} {keys:?}");
    }

    fn look(&mut self, who: usize, id: u64) {
        let class = self.class();
        let done = self.clients[who].c.cursor_object(CursorId(id), class);
        if let Some(code) = self.reading_code(who) {
            return self.expect(&done, code, "object at cursor");
        }
        let Some(place) = self.clients[who].cursors.get(&id).cloned() else {
            return self.expect(&done, Code::E_CURSOR_CLOSED, "object at cursor");
        };
        let dictionary = self.dictionary.clone();
        let wanted = match &place.at {
            None => Code::E_CURSOR_INVALID,
            Some(_) if place.over.class(&dictionary) != class => Code::E_CURSOR_MISMATCH,
            Some(at) if self.clients[who].open.as_ref().unwrap().view.find(class, at.key).is_none() => Code::E_CURSOR_INVALID,
            Some(_) => Code::S_OK,
        };
        self.expect(&done, wanted, "object at cursor");
        self.agree(who, id);
    }

    fn close(&mut self, who: usize, id: u64) {
        self.note(format!("{who}: cursor {id} closes"));
        let done = self.clients[who].c.cursor_close(CursorId(id));
        let wanted = if self.clients[who].cursors.remove(&id).is_some() { Code::S_OK } else { Code::E_CURSOR_CLOSED };
        self.expect(&done, wanted, "close");
    }

    /// The cursor is at the object where it must be.
    fn agree(&mut self, who: usize, id: u64) {
        let Some(place) = self.clients[who].cursors.get(&id).cloned() else { return };
        let class = place.over.class(&self.dictionary);
        let found = self.clients[who].c.cursor_object(CursorId(id), class);
        let check = self.clients[who].c.cursor_check(CursorId(id));
        let there = place
            .at
            .as_ref()
            .filter(|at| self.clients[who].open.as_ref().unwrap().view.find(class, at.key).is_some())
            .map(|at| at.key);
        let wanted = if there.is_some() { Code::S_OK } else { Code::E_CURSOR_INVALID };
        self.expect(&found, wanted, "object at cursor");
        self.expect(&check, wanted, "check");
        if let Ok(object) = found
            && Some((object.epoch, object.oid)) != there
        {
            self.fail(&format!("cursor {id} of {who} is at {object:?} instead of {:?}", place.at));
        }
    }
}

/// Whether the first key matches: tried in every way there is.
fn is_match(pattern: &[u8], entry: &Entry) -> bool {
    let Some(Value::Bytes(text)) = entry.keys.first() else { return false };
    // One line of the table per byte of the pattern.
    let mut line: Vec<bool> = std::iter::once(true).chain(text.iter().map(|_| false)).collect();
    for byte in pattern {
        let mut next = vec![false; line.len()];
        next[0] = *byte == b'*' && line[0];
        for at in 1..line.len() {
            next[at] = match byte {
                b'*' => next[at - 1] || line[at],
                b'?' => line[at - 1],
                byte => line[at - 1] && text[at - 1] == *byte,
            };
        }
        line = next;
    }
    *line.last().unwrap()
}
