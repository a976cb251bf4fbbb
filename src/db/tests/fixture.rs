//! Schemas and databases for tests.

use crate::base::{AgentId, Level, Role, Value};
use crate::db::*;
use crate::schema::{Class, Dictionary, Event, EventKind, Field, FieldRole, FieldType, Index, IndexKind, Key, Node, Travel};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

pub const SENSOR: u16 = 1;
pub const CONFIG: u16 = 2;
pub const NOTE: u16 = 3;

/// Builds dictionaries.
pub struct Schema(pub Dictionary);

impl Schema {
    /// With a class before all others, so that these have other codes.
    pub fn moved(self) -> Schema {
        let mut schema = Schema::new(self.0.node).class("Alarm", Travel::Up, &[("level", FieldType::Unsigned(4))]);
        for mut class in self.0.classes {
            class.code += 1;
            schema.0.classes.push(class);
        }
        for mut index in self.0.indexes {
            index.class += 1;
            schema.0.indexes.push(index);
        }
        schema
    }

    pub fn new(node: Option<Node>) -> Self {
        Schema(Dictionary {
            database: "test".into(),
            node,
            auto_oid: true,
            oid: None,
            enums: vec![],
            structs: vec![],
            classes: vec![],
            indexes: vec![],
            events: vec![],
        })
    }

    pub fn class(mut self, name: &str, travel: Travel, fields: &[(&str, FieldType)]) -> Self {
        let code = self.0.classes.len() as u16 + 1;
        let mut fields: Vec<Field> = fields
            .iter()
            .map(|(name, kind)| Field {
                name: (*name).into(),
                kind: *kind,
                element: None,
                nullable: false,
                outer: None,
                default: None,
                role: FieldRole::Plain,
            })
            .collect();
        let ends: &[(&str, FieldRole)] = match self.0.node.map(|n| n.role) {
            Some(Role::Server) => &[("agent_id", FieldRole::AgentId)],
            Some(Role::Router) => &[("src_agent_id", FieldRole::SrcAgentId), ("dst_agent_id", FieldRole::DstAgentId)],
            _ => &[],
        };
        for (name, role) in ends.iter().filter(|_| travel != Travel::Local) {
            fields.push(Field {
                name: (*name).into(),
                kind: FieldType::Unsigned(8),
                element: None,
                nullable: false,
                outer: None,
                default: None,
                role: *role,
            });
        }
        self.0.classes.push(Class {
            name: name.into(),
            code,
            travel,
            persistent: true,
            fields,
            indexes: vec![],
            events: vec![],
            list: true,
            autoid: false,
        });
        self
    }

    /// An index of the class declared last; a minus in front of a field makes it fall.
    pub fn index(mut self, name: &str, kind: IndexKind, unique: bool, fields: &[&str]) -> Self {
        let class = self.0.classes.last_mut().unwrap();
        let number = self.0.indexes.len() as u16;
        let key = |field: &&str| Key {
            field: class.field_named(field.trim_start_matches('-')).unwrap(),
            descending: field.starts_with('-'),
        };
        let keys = fields.iter().map(key).collect();
        class.indexes.push(number);
        self.0.indexes.push(Index { name: name.into(), class: class.code, kind, unique, voluntary: false, keys });
        self
    }

    /// An event of a class; they count from 1.
    pub fn event(mut self, class: u16, kind: EventKind) -> Self {
        let number = self.0.events.len() as u16 + 1;
        self.0.classes[usize::from(class) - 1].events.push(number);
        self.0.events.push(Event { name: format!("event{number}"), class, kind });
        self
    }

    /// Fields of the class declared last may be NULL.
    pub fn nullable(mut self, names: &[&str]) -> Self {
        let class = self.0.classes.last_mut().unwrap();
        class.fields.iter_mut().filter(|field| names.contains(&field.name.as_str())).for_each(|field| field.nullable = true);
        self
    }

    pub fn autoid(mut self) -> Self {
        self.0.classes.last_mut().unwrap().autoid = true;
        self
    }

    pub fn transient(mut self) -> Self {
        self.0.classes.last_mut().unwrap().persistent = false;
        self
    }

    pub fn text(&self) -> String {
        crate::schema::canonical(&self.0)
    }

    pub fn open(&self, options: OpenOptions) -> crate::base::Result<Arc<Database>> {
        open(Arc::new(self.0.clone()), &self.text(), options)
    }

    pub fn memory(&self) -> Opened {
        self.limited(0)
    }

    pub fn limited(&self, limit_bytes: u64) -> Opened {
        Opened(self.open(OpenOptions::new(&name(), Storage::Memory { limit_bytes })).unwrap())
    }

    pub fn file(&self, path: &std::path::Path) -> Opened {
        Opened(self.open(OpenOptions::new(&name(), file(path))).unwrap())
    }
}

pub fn file(path: &std::path::Path) -> Storage {
    Storage::File { path: path.into(), limit_bytes: 0, read_only: false, truncate: false, existing: false, temporary: false }
}

/// A name that no other test uses.
pub fn name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("t{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// An open database that closes at the end of its test.
pub struct Opened(pub Arc<Database>);

impl std::ops::Deref for Opened {
    type Target = Arc<Database>;
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        let _ = kill(self.0.name());
    }
}

fn node(role: Role, agent: u64) -> Option<Node> {
    let level = match role {
        Role::Server => Level::SERVER,
        Role::Router => Level(2),
        Role::Device => Level::DEVICE,
    };
    Some(Node { role, agent: AgentId(agent), level })
}

/// Sensor (uptable), Config (downtable), Note (local); Sensor unique by (ts, id), Config by id.
pub fn weather(role: Role, agent: u64) -> Schema {
    let keys: &[&str] = if role == Role::Server { &["agent_id", "ts"] } else { &["ts", "id"] };
    Schema::new(node(role, agent))
        .class("Sensor", Travel::Up, &[("ts", FieldType::DateTime), ("id", FieldType::Unsigned(4)), ("value", FieldType::Double)])
        .index("idx", if role == Role::Server { IndexKind::Tree } else { IndexKind::Hash }, role != Role::Server, keys)
        .class("Config", Travel::Down, &[("param", FieldType::Unsigned(4)), ("value", FieldType::String)])
        .index("idx", IndexKind::Tree, true, &["param"])
        .class("Note", Travel::Local, &[("text", FieldType::String)])
}

pub fn device(agent: u64) -> Schema {
    weather(Role::Device, agent)
}

pub fn router(agent: u64) -> Schema {
    weather(Role::Router, agent)
}

pub fn server() -> Schema {
    weather(Role::Server, 1)
}

pub fn write(c: &mut Connection) {
    c.begin(TransactionKind::ReadWrite, Priority(0)).unwrap();
}

pub fn read(c: &mut Connection) {
    c.begin(TransactionKind::ReadOnly, Priority(0)).unwrap();
}

/// A new object with these fields.
pub fn put(c: &mut Connection, class: u16, values: &[Value]) -> ObjectRef {
    let object = c.new_object(class).unwrap();
    for (field, value) in (0..).zip(values) {
        c.set_value(object, field, value.clone()).unwrap();
    }
    object
}

pub fn sensor(c: &mut Connection, ts: u64, value: f64) -> ObjectRef {
    put(c, SENSOR, &[Value::UInt(ts), Value::UInt(1), Value::Real(value)])
}

/// All rows of a class in order of creation.
pub fn rows(c: &mut Connection, class: u16) -> Vec<Vec<Value>> {
    let cursor = CursorId(u64::MAX);
    let mut list = Vec::new();
    let mut next = c.open_list(cursor, class);
    while next.is_ok() {
        let object = c.cursor_object(cursor, class).unwrap();
        list.push(c.row(object).unwrap().to_vec());
        next = c.cursor_next(cursor);
    }
    list
}

/// A configuration row of a server.
pub fn config(c: &mut Connection, param: u64, value: &str, receiver: u64) -> ObjectRef {
    put(c, CONFIG, &[Value::UInt(param), Value::from(value.as_bytes()), Value::UInt(receiver)])
}

/// Runs `work` in a writing transaction.
pub fn commit<T>(c: &mut Connection, work: impl FnOnce(&mut Connection) -> T) -> T {
    write(c);
    let result = work(c);
    c.commit().unwrap();
    result
}

/// All rows of a class, in a transaction of its own.
pub fn all(c: &mut Connection, class: u16) -> Vec<Vec<Value>> {
    read(c);
    let list = rows(c, class);
    c.commit().unwrap();
    list
}

/// Own history, oldest first.
pub fn epochs(c: &mut Connection) -> Vec<crate::base::EpochInfo> {
    c.own_snapshot(|c| crate::db::history::own_epochs(&c.engine, 0, usize::MAX)).unwrap()
}
