//! The driver's part of a handshake: what we say of ourselves, and whether a peer fits.

use super::StopReason;
use super::engine::Engine;
use super::mapping::Mapping;
use super::peering::{Peering, Place, Stage};
use super::pool::{Lane, caught};
use super::rivals::{self, Newcomer, Standing};
use super::storage::{Neighbour, compare_schemas};
use crate::base::{Code, LinkId, Millis, Result};
use crate::link::{Decision, Link, LinkConfig, LinkInput};
use crate::net::clock;
use crate::schema::hash;
use crate::wire::{FEATURES, Hello, MAX_FRAME, Refuse, VERSION_MAX, VERSION_MIN, deflate_level};
use std::sync::Arc;

impl Engine {
    /// Says who we are; without a replicator the link waits for one.
    pub(super) fn introduce(&mut self, link: LinkId) {
        let Some(site) = &self.site else { return };
        let Some(peering) = self.links.get_mut(&link).filter(|p| matches!(p.stage, Stage::Waiting)) else { return };
        let text = site.database.schema_text();
        let node = site.node;
        let params = &self.shared.params;
        let hello = Hello {
            version_min: VERSION_MIN,
            version_max: VERSION_MAX,
            role: node.role,
            agent: node.agent,
            level: node.level,
            db: node.db,
            nonce: self.random.any(),
            schema_hash: hash(text),
            recv_timeout: params.recv_timeout,
            max_frame: MAX_FRAME,
            features: FEATURES,
        };
        let config = LinkConfig {
            hello,
            schema: text.to_owned(),
            compression: deflate_level(peering.compression),
            initiator: peering.initiator,
            handshake_timeout: clock::until(peering.deadline),
            // The stream itself watches its writes; this is only a second line.
            send_timeout: Millis(params.send_timeout.0.saturating_mul(2)),
        };
        peering.stage = Stage::Linked(Box::new(Link::new(config, clock::now())));
        let stream = peering.stream;
        self.reactor.pause(stream, false);
        self.dirty.push_back(link);
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
        match (known, schema) {
            (None, None) => self.tell(link, LinkInput::Decide(Decision::FetchSchema)),
            (Some(mapping), None) => self.accept(link, &hello, mapping),
            (known, Some(text)) => self.compare(link, hello, known, text),
        }
    }

    /// Compares a schema that was shown; on a worker, for that may take a while.
    fn compare(&mut self, link: LinkId, hello: Box<Hello>, known: Option<Arc<Mapping>>, text: String) {
        let Some(site) = &self.site else { return };
        let (shared, dictionary, own) = (self.shared.clone(), site.database.dictionary().clone(), site.node.role);
        site.pool.submit(
            Lane::Link(link),
            Box::new(move |storage| {
                let outcome = caught(storage, |_| match known {
                    Some(mapping) if hash(&text) == hello.schema_hash => Ok(mapping),
                    _ => compare_schemas(&dictionary, own, hello.role, &text, hello.schema_hash),
                });
                shared.run(move |engine| engine.compared(link, &hello, text, outcome));
            }),
        );
    }

    fn compared(&mut self, link: LinkId, hello: &Hello, text: String, outcome: Result<Arc<Mapping>>) {
        let Some(site) = &mut self.site else { return };
        let refuse = match outcome {
            Ok(mapping) => {
                site.schemas.enter(hello, text, &mapping);
                match self.refuse_double(link, hello) {
                    None => return self.accept(link, hello, mapping),
                    Some(refuse) => refuse,
                }
            }
            Err(error) => Refuse { code: error.code, text: error.text },
        };
        self.tell(link, LinkInput::Decide(Decision::Refuse(refuse)));
    }

    fn accept(&mut self, link: LinkId, hello: &Hello, mapping: Arc<Mapping>) {
        if !self.links.contains_key(&link) {
            // It has ended while its schema was compared, and must not take the place of another one.
            return;
        }
        self.take_place(link, hello);
        let Some(peering) = self.links.get_mut(&link) else { return };
        let Hello { agent, role, schema_hash, .. } = *hello;
        peering.neighbour = Some(Arc::new(Neighbour { agent, role, schema: schema_hash, mapping }));
        self.tell(link, LinkInput::Decide(Decision::Accept));
    }

    /// Whether an agent that is connected, or about to be, keeps that connection instead of this one.
    fn refuse_double(&self, link: LinkId, hello: &Hello) -> Option<Refuse> {
        let older = self.links.get(self.by_agent.get(&hello.agent)?)?;
        let (Some(place), Stage::Linked(machine)) = (&older.place, &older.stage) else { return None };
        let standing = Standing { db: place.db, ours: older.initiator, silence: machine.silence(clock::now()) };
        let newcomer = Newcomer { agent: hello.agent, db: hello.db, ours: self.links.get(&link)?.initiator };
        rivals::refuse(self.site.as_ref()?.node.agent, self.shared.params.recv_timeout, &standing, &newcomer)
    }

    /// From here on the link is the one of its agent; an older one ends.
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
        let served = |p: &Peering| p.waiter.is_some() || matches!(p.stage, Stage::Linked(_));
        let links: Vec<LinkId> = self.links.iter().filter(|(_, p)| served(p)).map(|(id, _)| *id).collect();
        for link in links {
            self.disconnect(link, StopReason::IotStopped);
        }
    }
}
