//! The driver's part of a handshake: what we say of ourselves, and whether a peer fits.

use super::StopReason;
use super::engine::Engine;
use super::mapping::Mapping;
use super::peering::{Peering, Place, Stage};
use super::pool::Lane;
use super::rivals::{self, Newcomer, Standing};
use super::storage::{Introduction, compare_schemas};
use crate::base::{Code, Error, LinkId, Result};
use crate::db::Attached;
use crate::link::{Decision, Link, LinkConfig, LinkInput};
use crate::net::{Failure, clock};
use crate::schema::{Dictionary, hash};
use crate::wire::{Accept, Hello, MAX_FRAME, Refuse, VERSION_MAX, VERSION_MIN};
use std::sync::Arc;

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
        let known = match &schema {
            None => site.schemas.of(&hello),
            Some(text) => site.schemas.with_text(text),
        };
        if known.is_none() && schema.is_none() {
            return self.tell(link, LinkInput::Decide(Decision::FetchSchema));
        }
        self.take_place(link, &hello);
        let Some(site) = &self.site else { return };
        let (shared, dictionary) = (self.shared.clone(), site.database.dictionary().clone());
        site.pool.submit(
            Lane::Agent(hello.agent),
            Box::new(move |storage| {
                let outcome = mapping_for(&dictionary, &hello, known, schema.as_deref())
                    .and_then(|mapping| Ok((mapping, storage.attach(&hello)?)));
                shared.run(move |engine| engine.examined(link, &hello, schema, outcome));
            }),
        );
    }

    /// Both sides have accepted: the store is told where our stream goes on, then the core.
    pub(super) fn established(&mut self, link: LinkId, hello: &Hello, accept: Accept) {
        let Some(site) = &self.site else { return };
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

    fn examined(&mut self, link: LinkId, hello: &Hello, schema: Option<String>, outcome: Result<(Arc<Mapping>, Attached)>) {
        let Some(site) = &mut self.site else { return };
        let decision = match outcome {
            Ok((mapping, attached)) => {
                if let Some(text) = schema {
                    site.schemas.enter(hello, text, &mapping);
                }
                let Some(peering) = self.links.get_mut(&link) else { return };
                peering.mapping = Some(mapping);
                peering.ours = attached.received;
                Decision::Accept(Accept { received: attached.received, confirmed: attached.confirmed })
            }
            Err(error) => Decision::Refuse(Refuse { code: error.code, text: error.text }),
        };
        self.tell(link, LinkInput::Decide(decision));
    }

    /// Whether an agent that is connected, or about to be, keeps that connection instead of this one.
    fn refuse_double(&self, link: LinkId, hello: &Hello) -> Option<Refuse> {
        let older = self.links.get(self.by_agent.get(&hello.agent)?)?;
        let (Some(place), Stage::Linked(machine)) = (&older.place, &older.stage) else { return None };
        let standing = Standing { db: place.db, ours: older.initiator, silence: machine.silence(clock::now()) };
        let newcomer = Newcomer { agent: hello.agent, db: hello.db, ours: self.links.get(&link)?.initiator };
        rivals::refuse(self.site.as_ref()?.node.agent, self.shared.params.recv_timeout, &standing, &newcomer)
    }

    /// From here on the link is the one of its agent. An older one ends before anybody looks at the agent's marks for the new one:
    /// its rows, if they came later, could belong to a timeline that the agent has left. What it has ordered from the database is
    /// done first, in the agent's lane.
    fn take_place(&mut self, link: LinkId, hello: &Hello) {
        if let Some(older) = self.by_agent.get(&hello.agent).copied().filter(|older| *older != link) {
            let text = format!("agent {} has connected again; the new connection replaces this one", hello.agent);
            self.close(older, Code::E_IOT_WRONG_AGENT_ID, text);
            self.poll_link(older);
        }
        let Some(peering) = self.links.get_mut(&link) else { return };
        peering.place = Some(Place { agent: hello.agent, db: hello.db });
        self.by_agent.insert(hello.agent, link);
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

/// The mapping for a peer: `known`, or what its text says, which must have the hash that it announced.
fn mapping_for(ours: &Dictionary, hello: &Hello, known: Option<Arc<Mapping>>, text: Option<&str>) -> Result<Arc<Mapping>> {
    match (known, text) {
        (Some(mapping), None) => Ok(mapping),
        (Some(mapping), Some(text)) if hash(text) == hello.schema_hash => Ok(mapping),
        (_, text) => compare_schemas(ours, text.unwrap_or_default(), hello.schema_hash),
    }
}
