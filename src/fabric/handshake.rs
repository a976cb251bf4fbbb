//! The driver's part of a handshake: what we say of ourselves, and whether a peer fits.

use super::StopReason;
use super::engine::Engine;
use super::mapping::Mapping;
use super::peering::{Peering, Stage};
use super::pool::Lane;
use super::storage::{Introduction, compare_schemas};
use crate::base::{Code, Error, LinkId, Result};
use crate::db::Attached;
use crate::link::{Decision, Link, LinkConfig, LinkInput};
use crate::net::{Failure, clock};
use crate::schema::hash;
use crate::wire::{Accept, Hello, MAX_FRAME, Refuse, VERSION_MAX, VERSION_MIN};
use std::sync::Arc;

/// Schemas of peers that are remembered with their mapping.
pub const SCHEMAS_MAX: usize = 256;

impl Engine {
    /// Reads from the database what a link says first; without a replicator the link waits for one.
    pub(super) fn introduce(&mut self, link: LinkId) {
        let Some(site) = &self.site else { return };
        let Some(peering) = self.links.get_mut(&link) else { return };
        let Stage::Waiting { introducing } = &mut peering.stage else { return };
        if std::mem::replace(introducing, true) {
            return;
        }
        let (shared, role) = (self.shared.clone(), site.node.role);
        site.pool.submit(
            Lane::Link(link),
            Box::new(move |storage| {
                let said = storage.introduce(role);
                shared.run(move |engine| engine.introduced(link, said));
            }),
        );
    }

    /// Looks at a peer that has introduced itself.
    pub(super) fn examine(&mut self, link: LinkId, hello: Box<Hello>, schema: Option<String>) {
        let Some(site) = &self.site else { return };
        if let Some(refuse) = self.refuse_double(link, &hello) {
            return self.tell(link, LinkInput::Decide(Decision::Refuse(refuse)));
        }
        let known = site.schemas.get(&hello.schema_hash).cloned();
        if known.is_none() && schema.is_none() {
            return self.tell(link, LinkInput::Decide(Decision::FetchSchema));
        }
        let (shared, dictionary) = (self.shared.clone(), site.database.dictionary().clone());
        site.pool.submit(
            Lane::Agent(hello.agent),
            Box::new(move |storage| {
                let mapping = match (known, schema) {
                    (Some(mapping), _) => Ok(mapping),
                    (None, text) => compare_schemas(&dictionary, &text.unwrap_or_default(), hello.schema_hash),
                };
                let outcome = mapping.and_then(|mapping| Ok((mapping, storage.attach(&hello)?)));
                shared.run(move |engine| engine.examined(link, hello.schema_hash, outcome));
            }),
        );
    }

    /// Both sides have accepted: the store is told where our stream goes on, then the core.
    pub(super) fn established(&mut self, link: LinkId, hello: &Hello, accept: Accept) {
        let Some(site) = &self.site else { return };
        if let Some(refuse) = self.refuse_double(link, hello) {
            return self.close(link, refuse.code, refuse.text);
        }
        let (shared, hello) = (self.shared.clone(), hello.clone());
        site.pool.submit(
            Lane::Agent(hello.agent),
            Box::new(move |storage| {
                let from = storage.resume(hello.agent, accept.received);
                shared.run(move |engine| match from {
                    Ok(from) => engine.peer_up(link, &hello, from),
                    Err(error) => engine.close(link, error.code, error.text),
                });
            }),
        );
    }

    fn introduced(&mut self, link: LinkId, said: Result<Introduction>) {
        let Some(site) = &self.site else { return };
        let Some(peering) = self.links.get_mut(&link) else { return };
        let said = match said {
            Ok(said) => said,
            Err(error) => {
                let Error { code, text } = error;
                let text = format!("the database cannot be read for the handshake: {text}");
                return self.end_link(link, Failure::new(code, text), false);
            }
        };
        let now = clock::now();
        let text = site.database.schema_text();
        let node = site.database.node().unwrap_or(site.node);
        let params = &self.shared.params;
        let hello = Hello {
            version_min: VERSION_MIN,
            version_max: VERSION_MAX,
            role: node.role,
            agent: node.agent,
            level: node.level,
            db: node.db,
            attachment: self.random.any(),
            schema_hash: hash(text),
            epochs: said.epochs,
            down_mark: said.down_mark,
            recv_timeout: params.recv_timeout,
            max_frame: MAX_FRAME,
            features: 0,
        };
        let config = LinkConfig {
            hello,
            schema: text.to_owned(),
            initiator: peering.initiator,
            handshake_timeout: clock::until(peering.deadline),
            // The stream itself watches its writes; this is only a second line.
            send_timeout: crate::base::Millis(params.send_timeout.0.saturating_mul(2)),
        };
        peering.stage = Stage::Linked(Box::new(Link::new(config, now)));
        let stream = peering.stream;
        self.reactor.pause(stream, false);
        self.dirty.push_back(link);
    }

    fn examined(&mut self, link: LinkId, schema_hash: u64, outcome: Result<(Arc<Mapping>, Attached)>) {
        let Some(site) = &mut self.site else { return };
        let decision = match outcome {
            Ok((mapping, attached)) => {
                if site.schemas.len() >= SCHEMAS_MAX {
                    site.schemas.pop_first();
                }
                site.schemas.insert(schema_hash, mapping.clone());
                let Some(peering) = self.links.get_mut(&link) else { return };
                peering.mapping = Some(mapping);
                peering.ours = attached.received;
                Decision::Accept(Accept { received: attached.received, confirmed: attached.confirmed })
            }
            Err(error) => Decision::Refuse(Refuse { code: error.code, text: error.text }),
        };
        self.tell(link, LinkInput::Decide(decision));
    }

    /// Another database must not take the place of an agent that is connected.
    fn refuse_double(&self, link: LinkId, hello: &Hello) -> Option<Refuse> {
        let other = self.links.iter().filter(|(id, _)| **id != link).filter_map(|(_, p)| p.peer);
        let mut doubles = other.filter(|peer| peer.agent == hello.agent && peer.db != hello.db);
        doubles.next().map(|_| {
            let text = format!(
                "another database is connected here under agent id {}; give every node its own id, or end the other one first",
                hello.agent
            );
            Refuse { code: Code::E_IOT_WRONG_AGENT_ID, text }
        })
    }

    /// Everything that waits for a replicator goes on.
    pub(super) fn introduce_all(&mut self) {
        let links: Vec<LinkId> = self.links.keys().copied().collect();
        for link in links {
            self.introduce(link);
        }
    }

    /// Ends every connection that the replicator serves or waits for.
    pub(super) fn end_served(&mut self) {
        let served =
            |p: &Peering| p.waiter.is_some() || matches!(p.stage, Stage::Linked(_) | Stage::Waiting { introducing: true });
        let links: Vec<LinkId> = self.links.iter().filter(|(_, p)| served(p)).map(|(id, _)| *id).collect();
        for link in links {
            self.disconnect(link, StopReason::IotStopped);
        }
    }
}
