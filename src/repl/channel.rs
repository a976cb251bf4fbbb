//! All streams towards one agent: a sender for each group, higher groups first.

use super::acks::Saving;
use super::config::BATCH_OVERHEAD;
use super::env::{Closing, Env};
use super::flags::SYNC_DEEP_ACK;
use super::push::Origin;
use super::route::Route;
use super::sender::{Found, Sender, Terms};
use super::task::Outcome;
use super::{JobId, Output};
use crate::base::{AgentId, Code, Group, Marks, Millis, Position, Role, SetAside, Stream, Way};
use crate::wire::Ack;
use std::collections::BTreeMap;

#[derive(Debug)]
pub(super) struct Channel {
    way: Way,
    /// Up: the parent. Down: for whom the rows are.
    agent: AgentId,
    /// Once it is open.
    open: Option<Open>,
    /// Asked for before it was open.
    waiting: Vec<(Origin, u32)>,
    /// In use since before it was open; the database may not have known of them when it said where streams start.
    early: Marks,
    /// A push that must not be lost with the link was not finished.
    kept: bool,
}

#[derive(Debug)]
struct Open {
    route: Route,
    /// The next node is the final one.
    direct: bool,
    senders: BTreeMap<Group, Sender>,
}

impl Channel {
    pub fn new(way: Way, agent: AgentId) -> Self {
        Channel { way, agent, open: None, waiting: Vec::new(), early: Marks::default(), kept: false }
    }

    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Its route, once it is open.
    pub fn route(&self) -> Option<Route> {
        self.open.as_ref().map(|open| open.route)
    }

    /// A push; until the channel is open it waits for that.
    pub fn push(&mut self, origin: Origin, flags: u32, env: &mut Env) {
        let Some(open) = &mut self.open else { return self.wait(origin, flags, env) };
        if let Origin::Task { task, .. } = origin {
            if open.senders.is_empty() {
                return env.part_done(task, Outcome::nothing());
            }
            env.tasks.split(task, open.senders.len());
        }
        open.senders.values_mut().for_each(|sender| sender.push(origin, flags));
    }

    /// Something is there to be sent in one group, and nobody asks for it.
    pub fn push_group(&mut self, group: Group, flags: u32) {
        if let Some(sender) = self.open.as_mut().and_then(|open| open.senders.get_mut(&group)) {
            sender.push(Origin::Nobody, flags);
        }
    }

    /// Whoever was content already, or gets what there is: a push goes on when the channel opens.
    pub fn keep(&mut self) {
        self.kept = true;
    }

    /// Whether a push has to go on with another way to the agent.
    pub fn take_kept(&mut self) -> bool {
        std::mem::take(&mut self.kept)
    }

    /// The streams go on from `starts` over this route; the final node, which is the next one if `direct`, is known to be at `deep`.
    pub fn open(&mut self, route: Route, direct: bool, starts: &Marks, deep: &Marks, env: &mut Env) {
        let open = Open { route, direct, senders: BTreeMap::new() };
        self.open = Some(open);
        for (group, start) in starts.iter() {
            self.add_group(group, start, deep.get(group), env);
        }
        for (group, start) in std::mem::take(&mut self.early).iter() {
            self.add_group(group, start, deep.get(group), env);
        }
        if std::mem::take(&mut self.kept) {
            self.push(Origin::Nobody, super::SYNC_PUSH, env);
        }
        for (origin, flags) in std::mem::take(&mut self.waiting) {
            self.push(origin, flags, env);
        }
    }

    /// A group that is not there yet begins here.
    pub fn add_group(&mut self, group: Group, start: Position, deep: Position, env: &mut Env) {
        let stream = Stream { agent: self.agent, way: self.way, group };
        let Some(open) = &mut self.open else { return self.early.set(group, start) };
        let terms = terms(self.way, open.direct, env.config.role, deep);
        open.senders.entry(group).or_insert_with(|| Sender::new(open.route, stream, start, terms, env));
    }

    /// Where the streams have to go on, as the database says now.
    pub fn restart(&mut self, starts: &Marks, env: &mut Env) {
        for (group, start) in starts.iter() {
            self.add_group(group, start, Position::default(), env);
            if let Some(sender) = self.sender(group) {
                sender.restart(start);
            }
        }
    }

    /// The server has confirmed so much of what goes up.
    pub fn confirmed(&mut self, marks: &Marks) {
        for (group, sender) in self.senders_mut() {
            sender.confirmed(marks.get(group));
        }
    }

    /// The server could not apply these rows of ours.
    pub fn set_aside(&mut self, aside: &[SetAside]) {
        for one in aside {
            if let Some(sender) = self.sender(one.group) {
                sender.set_aside(one);
            }
        }
    }

    /// What is held for the agent begins anew in this group (routers).
    pub fn begin_anew(&mut self, group: Group, env: &mut Env) {
        if let Some(sender) = self.sender(group) {
            sender.begin_anew(env);
        }
    }

    /// The next node has committed or refused a batch. Gives what the final node has committed, if that is known.
    pub fn ack(&mut self, ack: Ack, env: &mut Env) -> Result<Option<Ack>, Closing> {
        let Some(open) = &mut self.open else { return Ok(None) };
        let Some(sender) = open.senders.get_mut(&ack.group) else {
            return super::env::violation(format!(
                "agent {} acknowledges group {}, of which it got nothing",
                self.agent, ack.group.0
            ));
        };
        let arrived = sender.ack(ack, env)?;
        let is_final = open.direct && self.way == Way::Down;
        let Some(ack) = arrived.filter(|ack| is_final && ack.position.epoch.0 != 0) else { return Ok(None) };
        sender.mark(ack)?;
        Ok(Some(ack))
    }

    /// The final node, which is not the next one, has this much. Says whether that is worth passing on.
    pub fn mark(&mut self, ack: Ack) -> Result<bool, Closing> {
        let group = ack.group;
        self.sender(group).map_or(Ok(false), |sender| sender.mark(ack))
    }

    /// Whether a read of this group is the one under way.
    pub fn owns_read(&self, group: Group, job: JobId) -> bool {
        self.senders().any(|(g, sender)| g == group && sender.owns_read(job))
    }

    pub fn read_done(&mut self, group: Group, job: JobId, found: Found, env: &mut Env) -> bool {
        let sender = self.sender(group).filter(|sender| sender.owns_read(job));
        let Some(sender) = sender else { return false };
        sender.read_done(found, env);
        true
    }

    pub fn save_done(&mut self, group: Group, job: JobId, result: Result<(), Code>, env: &mut Env) -> Result<(), Closing> {
        self.sender(group).map_or(Ok(()), |sender| sender.save_done(job, result, env))
    }

    /// Starts whatever can start; to be called after every change.
    pub fn advance(&mut self, env: &mut Env) {
        self.tell_news(env);
        self.start(env);
        self.tell_news(env);
    }

    fn start(&mut self, env: &mut Env) {
        let Some(open) = &mut self.open else { return };
        let turn = if self.way == Way::Up { env.config.agent } else { self.agent };
        let cost = env.config.batch_bytes + BATCH_OVERHEAD;
        let mut waits = false;
        let mut first = true;
        for sender in open.senders.values_mut().rev() {
            sender.advance(env);
            if first && sender.wants_read(env) {
                let link = open.route.link;
                if env.lines.get_mut(&link).is_some_and(|line| line.take_turn(turn, cost)) {
                    sender.start_read(cost, env);
                    env.room_on(link);
                } else {
                    waits = true;
                }
            }
            first &= !sender.goes_first();
            sender.rest(env);
        }
        if !waits && let Some(line) = env.lines.get_mut(&open.route.link) {
            line.leave(turn);
        }
    }

    pub fn tick(&mut self, now: Millis) {
        self.senders_mut().for_each(|(_, sender)| sender.tick(now));
    }

    pub fn wake_at(&self) -> Option<Millis> {
        self.senders().filter_map(|(_, sender)| sender.wake_at()).min()
    }

    /// The way to the agent is lost: whoever waits hears why.
    pub fn close(&mut self, code: Code, env: &mut Env) {
        self.refuse_waiting(code, env);
        let Some(mut open) = self.open.take() else { return };
        for sender in open.senders.values_mut() {
            self.kept |= sender.end(code, env);
        }
        let turn = if self.way == Way::Up { env.config.agent } else { self.agent };
        if let Some(line) = env.lines.get_mut(&open.route.link) {
            line.leave(turn);
        }
        env.room_on(open.route.link);
    }

    /// Whoever waits for the channel to open hears that it will not.
    pub fn refuse_waiting(&mut self, code: Code, env: &mut Env) {
        for (origin, _) in std::mem::take(&mut self.waiting) {
            if let Origin::Task { task, .. } = origin {
                env.part_done(task, Outcome::failed(code));
            }
        }
    }

    /// Senders by group, lowest first.
    pub fn senders(&self) -> impl Iterator<Item = (Group, &Sender)> {
        self.open.iter().flat_map(|open| open.senders.iter().map(|(group, sender)| (*group, sender)))
    }

    fn senders_mut(&mut self) -> impl Iterator<Item = (Group, &mut Sender)> {
        self.open.iter_mut().flat_map(|open| open.senders.iter_mut().map(|(group, sender)| (*group, sender)))
    }

    fn sender(&mut self, group: Group) -> Option<&mut Sender> {
        self.open.as_mut()?.senders.get_mut(&group)
    }

    fn wait(&mut self, origin: Origin, flags: u32, env: &mut Env) {
        match origin {
            Origin::Task { task, kept: true, .. } => {
                self.kept = true;
                env.part_done(task, Outcome { moved: true, ..Outcome::nothing() });
            }
            Origin::Task { .. } => self.waiting.push((origin, flags)),
            Origin::Nobody => {}
        }
    }

    /// Who asked is told of acknowledgments that are saved now.
    fn tell_news(&mut self, env: &mut Env) {
        let Some(open) = &mut self.open else { return };
        let mut news = Vec::new();
        for sender in open.senders.values_mut() {
            let (hop, deep) = sender.take_news();
            if hop.is_empty() && deep.is_empty() {
                continue;
            }
            let keep = if open.direct { u32::MAX } else { !SYNC_DEEP_ACK };
            news.extend(hop.into_iter().map(|ack| (open.route.peer, Ack { flags: ack.flags & keep, ..ack })));
            if !open.direct {
                news.extend(deep.into_iter().map(|ack| (self.agent, Ack { flags: ack.flags | SYNC_DEEP_ACK, ..ack })));
            }
            // What has become known may be all that somebody waits for.
            sender.advance(env);
        }
        let (hop, deep): (Marks, Marks) = (
            open.senders.iter().map(|(group, sender)| (*group, sender.acknowledged())).collect(),
            open.senders.iter().map(|(group, sender)| (*group, sender.deep())).collect(),
        );
        for (agent, ack) in news {
            let marks = if agent == open.route.peer { hop.clone() } else { deep.clone() };
            env.emit(Output::Acked { link: open.route.link, agent, way: self.way, ack, marks });
        }
    }
}

/// What the streams of a channel are to this node.
fn terms(way: Way, direct: bool, role: Role, deep_at: Position) -> Terms {
    let (hop, deep) = match (way, role, direct) {
        (Way::Up, ..) => (Saving::Mark, None),
        (Way::Down, Role::Router, _) => (Saving::Mail, Some(Saving::Note)),
        (Way::Down, _, true) => (Saving::Mark, None),
        (Way::Down, _, false) => (Saving::No, Some(Saving::Mark)),
    };
    Terms { hop, deep, deep_at }
}
