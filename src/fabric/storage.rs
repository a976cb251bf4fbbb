//! Does what the replication core asks for on one database connection. Knows no threads: the fabric calls it on its
//! workers, the simulator directly.

use super::mapping::Mapping;
use super::parcels::{self, Opened};
use super::schemas::Mappings;
use crate::base::{AgentId, Announce, Code, Result, Role, Stream, Way, Word, fail};
use crate::db::{Connection, Incoming, Outgoing, OutgoingParcel};
use crate::repl::{Job, JobResult};
use crate::schema::{Dictionary, hash};
use crate::wire::{BATCH_BEGIN, BATCH_RECONCILE, Batch, MAX_BEATS, MAX_EPOCHS, MAX_FORKS, Parcel, parcel, rows};
use std::sync::Arc;

/// One database connection in the service of replication.
#[derive(Debug)]
pub struct Storage {
    connection: Connection,
    mappings: Arc<Mappings>,
    /// Hash of our own schema text.
    schema: u64,
    remark: Option<Remark>,
}

/// The node at the other end of a link, as far as its jobs have to know it.
#[derive(Clone, Debug)]
pub struct Neighbour {
    /// Its agent id.
    pub agent: AgentId,
    /// What it is.
    pub role: Role,
    /// Hash of the schema that it has shown.
    pub schema: u64,
    /// Its rows to rows of ours.
    pub mapping: Arc<Mapping>,
}

/// Something to tell the user about a job.
#[derive(Clone, Debug, PartialEq)]
pub enum Remark {
    /// Rows for this node of this class of ours wait: it does not know it.
    Waits(AgentId, u16),
    /// Rows could not be applied, the first, of this origin, for this reason; they are set aside and their origin will clear them.
    SetAside(AgentId, Code),
    /// The peer broke the protocol, in words; its connection is closed for it.
    Breach(String),
}

impl Storage {
    /// Takes over a connection that is in no transaction. `mappings` are shared by all that serve one database.
    pub fn new(connection: Connection, mappings: Arc<Mappings>) -> Storage {
        let schema = hash(connection.database().schema_text());
        Storage { connection, mappings, schema, remark: None }
    }

    /// The connection, for what is not a job of the core.
    pub fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// One job of the core, which serves the link of `neighbour`; `None` when that link is gone.
    pub fn run(&mut self, work: &Job, neighbour: Option<&Neighbour>) -> JobResult {
        self.remark = None;
        self.perform(work, neighbour).unwrap_or_else(|error| {
            match (work, error.code) {
                (Job::Apply { .. }, Code::E_IOT_PROTOCOLERR | Code::E_IOT_TS_GAP) => {
                    self.remark = Some(Remark::Breach(error.text));
                }
                (Job::Attach { .. } | Job::LearnSchema { .. }, Code::E_IOT_PROTOCOLERR) => {
                    self.remark = Some(Remark::Breach(error.text));
                }
                (_, Code::E_NW_CLOSED | Code::E_IOT_STOPPED) => {}
                _ => log::warn!("storage job for the replicator: {error}"),
            }
            JobResult::Failed { code: error.code }
        })
    }

    /// Tries one parcel behind `id` and up to `until` that is kept for its strange rows; gives its id, `None` when none is left.
    pub fn adopt_next(&mut self, id: u64, until: u64) -> Result<Option<u64>> {
        let Some(strange) = self.connection.next_strange(id)?.filter(|strange| strange.id <= until) else { return Ok(None) };
        let id = strange.id;
        if let Some(parcel) = parcels::reopen(&mut self.connection, &self.mappings, strange)? {
            self.connection.adopt_strange(id, &parcel)?;
        }
        Ok(Some(id))
    }

    /// What the last job had to say besides its result.
    pub fn take_remark(&mut self) -> Option<Remark> {
        self.remark.take()
    }

    fn perform(&mut self, work: &Job, neighbour: Option<&Neighbour>) -> Result<JobResult> {
        let connection = &mut self.connection;
        Ok(match work {
            Job::Describe { agent } => {
                JobResult::Described(connection.describe(*agent)?.map(|announce| Box::new(as_far_as_it_fits(announce))))
            }
            Job::Attach { announce, via } => self.attach(announce, *via)?,
            Job::Begin { parent, db, received } => JobResult::Streams(connection.begin_streams(*parent, *db, received)?),
            Job::Word(word) => {
                let aside = connection.news_of_aside(word)?;
                JobResult::Heard { starts: connection.word(word)?, aside }
            }
            Job::Read { .. } => self.read(work, neighbour)?,
            Job::Apply { stream, batch, .. } => match neighbour {
                Some(neighbour) => self.apply(*stream, batch, neighbour)?,
                None => return fail(Code::E_NW_CLOSED, "the connection has ended"),
            },
            Job::SaveMark { stream, position } => connection.save_mark(*stream, *position).map(|()| JobResult::Saved)?,
            Job::NoteMark { stream, position } => connection.note_mark(*stream, *position).map(|()| JobResult::Saved)?,
            Job::LearnSchema { hash, text, .. } => connection.learn_schema(*hash, text).map(|()| JobResult::Saved)?,
            Job::ShowSchema { hash, .. } => JobResult::Schema(connection.schema_text(*hash)?),
        })
    }

    fn attach(&mut self, announce: &Announce, via: AgentId) -> Result<JobResult> {
        // The server has to know what a device can take; routers are asked for that when they pass its announcement on.
        let needed = announce.role == Role::Device && (announce.agent != via || !self.is_server());
        let hash = announce.schema_hash;
        if needed && self.connection.schema_text(hash)?.is_none() {
            return Ok(JobResult::NeedSchema { hash });
        }
        let mut attached = self.connection.attach(announce, via)?;
        if let Some(Word { forks, .. }) = &mut attached.word {
            // The others are told when these are known.
            forks.truncate(MAX_FORKS);
        }
        Ok(JobResult::Attached(Box::new(attached)))
    }

    fn read(&mut self, work: &Job, neighbour: Option<&Neighbour>) -> Result<JobResult> {
        let Job::Read { stream, after, max_bytes, deep } = *work else { return Ok(JobResult::Saved) };
        let receiver = self.receiver(stream, neighbour)?;
        let knows = |class| receiver.as_ref().is_none_or(|mapping| mapping.peer_knows(class));
        let found = self.connection.read_changes(stream, after, max_bytes, deep, &knows)?;
        self.remark = found.waiting.map(|class| Remark::Waits(stream.agent, class));
        let held = if found.waiting.is_some() { Code::E_IOT_INCOMPATIBLE_MODE } else { Code::S_OK };
        let batch = found.next.map(|next| self.batch(stream, next)).transpose()?;
        Ok(JobResult::Read { batch, tail: found.tail, held })
    }

    /// What the receiver of a stream can take, if that is all that it gets: routers pass on whatever there is.
    fn receiver(&mut self, stream: Stream, neighbour: Option<&Neighbour>) -> Result<Option<Arc<Mapping>>> {
        match neighbour {
            // What a receiver is not known to lack would count as known to it.
            None => return fail(Code::E_NW_CLOSED, "the connection has ended"),
            Some(next) if next.agent == stream.agent => return Ok((next.role != Role::Router).then(|| next.mapping.clone())),
            Some(_) => {}
        }
        if stream.way == Way::Up || !self.is_server() {
            return Ok(None);
        }
        let Some(schema) = self.connection.schema_of_device(stream.agent)? else { return Ok(None) };
        // It was known when the device was taken in; without it nothing may be taken for known there.
        Ok(Some(parcels::mapping_of(&mut self.connection, &self.mappings, schema)?.unwrap_or_default()))
    }

    fn is_server(&self) -> bool {
        self.connection.database().node().is_some_and(|node| node.role == Role::Server)
    }

    fn batch(&self, stream: Stream, outgoing: Outgoing) -> Result<Batch> {
        let mut count = 0;
        let mut parcels = Vec::with_capacity(outgoing.parcels.len());
        for outgoing in outgoing.parcels {
            parcels.push(match outgoing {
                OutgoingParcel::Own(set) => {
                    count += set.changes.len();
                    Parcel { schema: self.schema, body: rows::encode(&set)? }
                }
                OutgoingParcel::Kept { schema, rows, body } => {
                    count += rows as usize;
                    Parcel { schema, body }
                }
            });
        }
        Ok(Batch {
            seq: 0,
            group: stream.group,
            flags: if outgoing.reconcile { BATCH_RECONCILE } else { 0 },
            after: outgoing.after,
            up_to: outgoing.up_to,
            as_of: outgoing.as_of,
            rows: u32::try_from(count).unwrap_or(u32::MAX),
            body: parcel::encode(&parcels),
        })
    }

    fn apply(&mut self, stream: Stream, batch: &Batch, from: &Neighbour) -> Result<JobResult> {
        let parcels = match parcels::open(&mut self.connection, &self.mappings, from, stream.way, batch)? {
            Opened::Parcels(parcels) => parcels,
            Opened::NeedSchema(hash) => return Ok(JobResult::NeedSchema { hash }),
        };
        let applied = self.connection.apply(&Incoming {
            stream,
            from: from.agent,
            begins: batch.flags & BATCH_BEGIN != 0,
            reconcile: batch.flags & BATCH_RECONCILE != 0,
            after: batch.after,
            up_to: batch.up_to,
            as_of: batch.as_of,
            parcels: &parcels,
        })?;
        if applied.code != Code::S_OK {
            self.remark = Some(Remark::SetAside(applied.origin, applied.code));
        }
        Ok(JobResult::Applied { mark: applied.mark, code: applied.code, confirmed: applied.confirmed })
    }
}

/// The end of a history, as long as it may be in an `Announce`: who wakes, writes and sleeps again has a new epoch each time. A mark
/// older than that is as if it were unknown, and rows go again.
fn as_far_as_it_fits(mut announce: Announce) -> Announce {
    announce.epochs = newest(announce.epochs, MAX_EPOCHS);
    announce.beats = newest(announce.beats, MAX_BEATS);
    announce
}

fn newest<T>(mut list: Vec<T>, limit: usize) -> Vec<T> {
    list.split_off(list.len().saturating_sub(limit))
}

/// Compares our schema with the text that a neighbour has sent; `expected` is the hash in its introduction. Only between a device and the
/// server does everything have to fit: routers pass on what they cannot show.
pub fn compare_schemas(ours: &Dictionary, own: Role, peer: Role, text: &str, expected: u64) -> Result<Arc<Mapping>> {
    parcels::compare(ours, text, expected, own != Role::Router && peer != Role::Router)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_history_of_any_length_the_end_is_told() {
        for n in [0, 1, MAX_EPOCHS, MAX_EPOCHS + 1, 10_000] {
            let told = newest((1..=n).collect(), MAX_EPOCHS);
            assert_eq!((told.len(), told.last().copied()), (n.min(MAX_EPOCHS), (n > 0).then_some(n)));
        }
    }
}
