//! The model as a store.

use super::Model;
use crate::store::{Held, LATE, Op, Store, is_up};
use mcoiot::base::{AgentId, Announce, DbId, EpochInfo, Gap, Group, Level, Marks, Millis, Random, Role, Timestamp, Way};
use mcoiot::repl::{Job, JobResult};

impl Model {
    fn describe(&mut self, agent: AgentId) -> Option<Announce> {
        if agent != self.agent {
            return self.describe_child(agent);
        }
        self.attachment += 1;
        Some(Announce {
            agent,
            parent: agent,
            role: self.role,
            level: self.level,
            db: self.db,
            schema_hash: 1,
            attachment: self.attachment,
            epochs: self.chain.clone(),
            beats: self.beats.iter().copied().collect(),
            down: self.down_state(),
            reconcile: self.is_in_reconcile(),
        })
    }
}

impl Store for Model {
    fn db(&self) -> DbId {
        self.db
    }

    fn epochs(&mut self) -> Vec<EpochInfo> {
        self.chain.clone()
    }

    fn set_wall(&mut self, now: Millis) {
        self.wall = now;
    }

    fn set_level(&mut self, level: Level) {
        self.level = level;
    }

    fn run(&mut self, job: &Job) -> JobResult {
        match job {
            Job::Describe { agent } => JobResult::Described(self.describe(*agent).map(Box::new)),
            Job::Attach { announce, via } => JobResult::Attached(Box::new(self.attach(announce, *via))),
            Job::Begin { parent, db, received } => self.begin(*parent, *db, received),
            Job::Word(word) => self.word(word),
            Job::Read { stream, after, max_bytes, deep } => match (stream.way, self.role) {
                (Way::Up, _) => self.read_up(stream.group, *after, *max_bytes, *deep),
                (Way::Down, Role::Server) => self.read_down(stream.agent, stream.group, *after, *max_bytes),
                (Way::Down, _) => self.read_mail(stream.agent, stream.group, *after),
            },
            Job::Apply { stream, from, batch } => {
                let result = match stream.way {
                    Way::Up => self.apply_up(*from, batch),
                    Way::Down if stream.agent == self.agent => self.apply_down(batch),
                    Way::Down => self.keep_mail(stream.agent, batch),
                };
                result.unwrap_or_else(|code| JobResult::Failed { code })
            }
            Job::SaveMark { stream, position } => {
                match (stream.way, self.role) {
                    (Way::Up, _) => self.save_custody(stream.agent, stream.group, *position),
                    (Way::Down, Role::Server) => self.save_acked(stream.agent, stream.group, *position),
                    (Way::Down, _) => self.mail_passed(stream.agent, stream.group, *position),
                }
                JobResult::Saved
            }
            Job::NoteMark { stream, position } => {
                self.note_mark(stream.agent, stream.group, *position);
                JobResult::Saved
            }
            Job::LearnSchema { .. } => JobResult::Saved,
            Job::ShowSchema { .. } => JobResult::Schema(None),
        }
    }

    fn commit(&mut self, ops: &[Op]) -> Timestamp {
        let version = self.tick();
        for op in ops {
            self.op(*op, version);
        }
        version.ts
    }

    fn clear(&mut self, agent: AgentId) {
        self.clear_rows(agent);
    }

    fn forget(&mut self, agent: AgentId) {
        let private: Vec<_> = self
            .rows
            .iter()
            .filter(|(_, r)| !is_up(r.class) && r.agent == agent)
            .map(|(id, r)| (r.class, r.content.serial, *id))
            .collect();
        if !private.is_empty() && self.role == Role::Server {
            let version = self.tick();
            private.into_iter().for_each(|(class, serial, _)| self.op(Op::Delete { class, serial }, version));
        }
        self.children.remove(&agent);
        self.mail.retain(|(to, _), _| *to != agent);
    }

    fn trim(&mut self, chance: u64) {
        match self.role {
            Role::Server => self.drop_keys(chance),
            Role::Router => self.drop_mail(chance),
            Role::Device => {}
        }
    }

    fn upgrade(&mut self) {
        self.is_upgraded = true;
    }

    fn rows(&mut self) -> Vec<Held> {
        let hides_late = self.role == Role::Server && !self.is_upgraded;
        let seen = self.rows.iter().filter(|(_, row)| !(hides_late && row.class == LATE));
        seen.map(|(id, row)| Held { class: row.class, id: *id, agent: row.agent, content: row.content }).collect()
    }

    fn custody(&mut self) -> Marks {
        self.custody_marks()
    }

    fn confirmed(&mut self) -> Marks {
        self.upward.iter().map(|(g, s)| (*g, s.confirmed)).collect()
    }

    fn down_marks(&mut self) -> Marks {
        self.downward.iter().map(|(g, d)| (*g, d.mark)).collect()
    }

    fn down_tops(&mut self) -> Marks {
        self.downward.iter().map(|(g, d)| (*g, d.top)).collect()
    }

    fn acked(&mut self, agent: AgentId) -> Marks {
        self.children.get(&agent).map(|c| c.acked.clone()).unwrap_or_default()
    }

    fn known(&mut self) -> Vec<AgentId> {
        self.children.iter().filter(|(_, c)| c.is_known).map(|(a, _)| *a).collect()
    }

    fn gaps(&mut self) -> Vec<Gap> {
        self.gaps.iter().copied().collect()
    }

    fn is_paging(&mut self) -> bool {
        self.is_in_reconcile()
    }

    fn kept_bytes(&mut self) -> usize {
        self.mail.values().flatten().map(|m| m.body.len()).sum()
    }

    fn crash(&mut self) {
        self.opened = true;
        self.late.clear();
        self.series.clear();
        self.served.clear();
    }

    fn backup(&mut self) -> Box<dyn Store> {
        let mut copy = self.clone();
        copy.random = Random::seeded(self.random.any());
        copy.crash();
        Box::new(copy)
    }

    fn finish_late_writes(&mut self) {
        self.write_late();
    }

    fn twin(&self) -> Option<Box<dyn Store>> {
        Some(Box::new(self.clone()))
    }
}

impl Model {
    /// An agent itself has this much of its stream.
    fn save_acked(&mut self, agent: AgentId, group: Group, position: mcoiot::base::Position) {
        if !self.is_mine(position) || position.epoch.0 == 0 {
            return;
        }
        let child = self.child(agent);
        child.is_known = true;
        if position.ts > child.acked.get(group).ts {
            child.acked.set(group, position);
        }
    }
}
