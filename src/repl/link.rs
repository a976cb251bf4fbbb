//! One peer whose handshake is complete: the stream towards it and the stream from it.

use super::env::{Closing, Env, violation};
use super::flags::{SYNC_PULL, SYNC_PUSH, SYNC_WAIT};
use super::patience::Patience;
use super::push::Origin;
use super::receiver::Receiver;
use super::sender::Sender;
use super::{JobId, JobResult, Peer, SyncId};
use crate::base::{Code, LinkId, Millis};
use crate::wire::Message;

#[derive(Debug)]
pub(super) struct Link {
    pub peer: Peer,
    /// Under which moment the link stands in the table of timers.
    pub timer: Option<Millis>,
    sender: Sender,
    receiver: Receiver,
    patience: Patience,
    /// When the peer's answer is late.
    answer_by: Option<Millis>,
}

impl Link {
    /// `go_on`: a push was not finished when the former link of this agent was lost.
    pub fn new(link: LinkId, peer: Peer, go_on: bool, env: &mut Env) -> Self {
        let mut sender = Sender::new(link, peer, env);
        if go_on {
            sender.push(Origin::Nobody, SYNC_PUSH);
        }
        let receiver = Receiver::new(link, peer);
        Link { peer, timer: None, sender, receiver, patience: Patience::default(), answer_by: None }
    }

    /// A user's sync; one part for each direction.
    pub fn sync(&mut self, sync: SyncId, flags: u32, env: &mut Env) {
        if flags & SYNC_PUSH != 0 {
            self.sender.push(Origin::sync(sync, flags), flags);
        }
        if flags & SYNC_PULL != 0 {
            let waits = flags & SYNC_WAIT != 0;
            self.receiver.pull(flags, waits.then_some(sync), env);
            if !waits {
                env.part_done(sync, true, Code::S_OK);
            }
        }
    }

    pub fn message(&mut self, message: Message, env: &mut Env) -> Result<(), Closing> {
        if matches!(message, Message::Batch(_) | Message::Ack(_) | Message::PullEnd(_)) {
            self.patience.sign(env.now);
        }
        match message {
            Message::Batch(batch) => self.receiver.batch(batch, env),
            Message::Ack(ack) => self.sender.ack(ack, env),
            Message::Pull(pull) => self.sender.serve(pull),
            Message::PullEnd(end) => self.receiver.pull_end(end),
            Message::KeepAlive | Message::Bye(_) => Ok(()),
            Message::Hello(_) | Message::SchemaRequest | Message::Schema(_) | Message::Accept(_) | Message::Refuse(_) => {
                violation(format!("agent {} goes back to the handshake", self.peer.agent))
            }
        }
    }

    /// A part of a long message has come. What the peer owes may stand behind it.
    pub fn arriving(&mut self, env: &Env) {
        self.patience.sign(env.now);
    }

    pub fn job_done(&mut self, job: JobId, result: JobResult, env: &mut Env) -> Result<(), Closing> {
        let code = match result {
            JobResult::Failed { code } => code,
            _ => Code::E_CORE,
        };
        if self.sender.owns_read(job) {
            let found = match result {
                JobResult::Read { batch, tail, held } => Ok((batch, tail, held)),
                _ => Err(code),
            };
            self.sender.read_done(found, env);
            return Ok(());
        }
        if self.sender.owns_save(job) {
            return self.sender.save_done(if result == JobResult::Saved { Ok(()) } else { Err(code) }, env);
        }
        if self.receiver.owns_apply(job) {
            let applied = match result {
                JobResult::Applied { mark, code } => Ok((mark, code)),
                _ => Err(code),
            };
            return self.receiver.apply_done(applied, env);
        }
        Ok(())
    }

    /// Starts whatever can start; to be called after every change.
    pub fn advance(&mut self, env: &mut Env) {
        self.receiver.advance(env);
        self.sender.advance(env);
        let in_flight = self.sender.in_flight();
        self.patience.owed(in_flight > 0 || self.receiver.waits(), env.now);
        self.answer_by = self.patience.end(&env.config, in_flight);
    }

    pub fn tick(&mut self, env: &mut Env) -> Result<(), Closing> {
        if self.answer_by.is_some_and(|at| at <= env.now) {
            let text = format!("agent {} has not answered for {} ms", self.peer.agent, env.config.answer_timeout);
            return Err(Closing { code: Code::E_NW_TIMEOUT, text });
        }
        self.sender.tick(env.now);
        Ok(())
    }

    pub fn wake_at(&self) -> Option<Millis> {
        [self.sender.wake_at(), self.answer_by].into_iter().flatten().min()
    }

    /// The link is gone: what waits for it ends with `code`. Says whether a push has to go on with the next link.
    pub fn end(&mut self, code: Code, env: &mut Env) -> bool {
        self.receiver.end(code, env);
        self.sender.end(code, env)
    }

    /// Bytes of batches that are held towards the peer and from it.
    pub fn held(&self) -> (usize, usize) {
        (self.sender.held(), self.receiver.held())
    }
}
