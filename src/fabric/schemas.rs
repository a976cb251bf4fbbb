//! Mappings for the schemas of peers that have shown them.

use super::mapping::Mapping;
use crate::base::{AgentId, DbId};
use crate::wire::Hello;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

/// Schemas of peers that are remembered with their mapping.
pub const SCHEMAS_MAX: usize = 256;

/// Bytes of their texts.
pub const SCHEMA_BYTES_MAX: usize = 16 << 20;

/// Peers that need not show their schema again.
pub const SHOWN_MAX: usize = 1 << 17;

/// What peers have shown. The hash of a schema is easily forged, so it counts only from the peer that has shown the text to it:
/// nobody can have the rows of others read by a schema of his choice.
#[derive(Default)]
pub(super) struct Schemas {
    mappings: BTreeMap<String, Arc<Mapping>>,
    bytes: usize,
    shown: BTreeMap<(AgentId, DbId), (u64, Weak<Mapping>)>,
}

impl Schemas {
    /// The mapping for a peer that has shown the text to its hash before.
    pub(super) fn of(&self, hello: &Hello) -> Option<Arc<Mapping>> {
        let (hash, mapping) = self.shown.get(&(hello.agent, hello.db))?;
        if *hash == hello.schema_hash { mapping.upgrade() } else { None }
    }

    /// The mapping for exactly this text.
    pub(super) fn with_text(&self, text: &str) -> Option<Arc<Mapping>> {
        self.mappings.get(text).cloned()
    }

    /// A peer has shown this text, which has the hash of its `Hello`. What is over the limits goes; its peers will be asked again.
    pub(super) fn enter(&mut self, hello: &Hello, text: String, mapping: &Arc<Mapping>) {
        while !self.mappings.contains_key(&text)
            && (self.mappings.len() >= SCHEMAS_MAX || self.bytes.saturating_add(text.len()) > SCHEMA_BYTES_MAX)
        {
            let Some((gone, _)) = self.mappings.pop_first() else { break };
            self.bytes -= gone.len();
        }
        let size = text.len();
        if self.mappings.insert(text, mapping.clone()).is_none() {
            self.bytes += size;
        }
        let peer = (hello.agent, hello.db);
        if self.shown.len() >= SHOWN_MAX && !self.shown.contains_key(&peer) {
            self.shown.pop_first();
        }
        self.shown.insert(peer, (hello.schema_hash, Arc::downgrade(mapping)));
    }
}

/// Mappings for the schemas that parcels have named and whose texts the database has, by hash.
#[derive(Debug, Default)]
pub struct Mappings(Mutex<BTreeMap<u64, Arc<Mapping>>>);

impl Mappings {
    pub(super) fn of(&self, schema: u64) -> Option<Arc<Mapping>> {
        self.0.lock().get(&schema).cloned()
    }

    /// What is over the limit goes, and is made again from its text when it is needed.
    pub(super) fn enter(&self, schema: u64, mapping: &Arc<Mapping>) {
        let mut known = self.0.lock();
        if known.len() >= SCHEMAS_MAX && !known.contains_key(&schema) {
            known.pop_first();
        }
        known.insert(schema, mapping.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Level, Millis, Role};

    fn hello(agent: u64, db: u64, schema_hash: u64) -> Hello {
        Hello {
            version_min: 1,
            version_max: 1,
            role: Role::Device,
            agent: AgentId(agent),
            level: Level::DEVICE,
            db: DbId(db),
            nonce: 0,
            schema_hash,
            recv_timeout: Millis(1000),
            max_frame: 1 << 20,
            features: 0,
        }
    }

    #[test]
    fn mappings_of_parcels_are_bounded_too() {
        let mappings = Mappings::default();
        for n in 0..SCHEMAS_MAX as u64 + 10 {
            mappings.enter(n, &mapping());
        }
        assert_eq!(mappings.0.lock().len(), SCHEMAS_MAX);
        assert!(mappings.of(SCHEMAS_MAX as u64 + 9).is_some());
    }

    fn mapping() -> Arc<Mapping> {
        Arc::new(Mapping::default())
    }

    #[test]
    fn a_hash_counts_only_from_who_has_shown_its_text() {
        let (forged, honest) = (mapping(), mapping());
        let mut schemas = Schemas::default();
        schemas.enter(&hello(1000, 5, 77), "forged".into(), &forged);
        assert!(schemas.of(&hello(2000, 5, 77)).is_none(), "another agent has to show its own");
        assert!(schemas.of(&hello(1000, 6, 77)).is_none(), "another database too");
        assert!(schemas.of(&hello(1000, 5, 78)).is_none(), "and another schema");
        assert!(schemas.with_text("honest").is_none());
        schemas.enter(&hello(2000, 5, 77), "honest".into(), &honest);
        let found = |agent| schemas.of(&hello(agent, 5, 77)).unwrap();
        assert!(Arc::ptr_eq(&found(1000), &forged) && Arc::ptr_eq(&found(2000), &honest));
        assert!(Arc::ptr_eq(&schemas.with_text("honest").unwrap(), &honest));
    }

    #[test]
    fn everything_remembered_is_bounded() {
        let mut schemas = Schemas::default();
        for n in 0..SCHEMAS_MAX as u64 + 10 {
            schemas.enter(&hello(n, 5, n), format!("schema {n}"), &mapping());
        }
        assert_eq!(schemas.mappings.len(), SCHEMAS_MAX);
        let held = |schemas: &Schemas| schemas.mappings.keys().map(String::len).sum::<usize>();
        assert_eq!(schemas.bytes, held(&schemas));
        let forgotten = (0..SCHEMAS_MAX as u64 + 10).filter(|n| schemas.of(&hello(*n, 5, *n)).is_none()).count();
        assert_eq!(forgotten, 10, "they are asked again");
        for n in 0..20 {
            schemas.enter(&hello(n, 5, n), format!("{n}{}", "x".repeat(1 << 20)), &mapping());
            assert!(schemas.bytes <= SCHEMA_BYTES_MAX && schemas.bytes == held(&schemas));
        }
        schemas.enter(&hello(0, 5, 0), format!("{}{}", 19, "x".repeat(1 << 20)), &mapping());
        assert_eq!(schemas.bytes, held(&schemas));
        let one = mapping();
        for n in 0..SHOWN_MAX as u64 + 10 {
            schemas.enter(&hello(n, 5, 1), "one".into(), &one);
        }
        assert_eq!(schemas.shown.len(), SHOWN_MAX);
    }
}
