//! What waits to be sent, to whom, and why: the numbers of the database together with the states of the core.

use super::Replicator;
use super::communicator::stopped;
use super::engine::Engine;
use crate::base::{AgentId, Code, Group, Millis, Result, Timestamp, Way};
use crate::db::Backlog;
use crate::net::clock;
use crate::repl::{Status as StreamStatus, Waits};
use std::fmt::Write as _;

/// What waits of one class for one node, or how one stream stands for which nothing waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Up: the node above, or the server while there is none. Down: the node for which the rows are. Set aside: their origin. Refused since
    /// there is no room: the node below that has them.
    pub agent: AgentId,
    /// Which way the rows go.
    pub way: Way,
    /// The priority group.
    pub group: Group,
    /// Class; `None` for a stream for which nothing waits, and for what a router holds for others.
    pub class: Option<u16>,
    /// Rows that wait.
    pub rows: u64,
    /// Bytes of their contents, about.
    pub bytes: u64,
    /// For how long the oldest of them has waited.
    pub oldest: Millis,
    /// Bytes on their way to the next node, in the whole stream.
    pub in_flight: u64,
    /// Up to here the next node has everything.
    pub acknowledged: Timestamp,
    /// Up to here the final node has everything.
    pub confirmed: Timestamp,
    /// How long ago the last acknowledgment came; `None`: none since the replicator was made.
    pub last_ack: Option<Millis>,
    /// Why it waits.
    pub reason: Reason,
}

/// Why rows wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Reason {
    /// Nothing waits.
    Nothing = 0,
    /// Nobody has asked for them: the next sync takes them.
    Sync = 1,
    /// There is no node above.
    NotConnected = 2,
    /// No connection leads to the node.
    NoRoute = 3,
    /// The connection is kept in reserve.
    Standby = 4,
    /// The node is being taken in.
    Attaching = 5,
    /// They are being read or sent, or wait for their turn.
    Sending = 6,
    /// As much is on its way as may be.
    WindowFull = 7,
    /// They were sent; the next node has not acknowledged them.
    Unacknowledged = 8,
    /// The next node has no room.
    ReceiverFull = 9,
    /// The database fails.
    Storage = 10,
    /// Another transaction holds the writer's place for long.
    WriterHeld = 11,
    /// The next node does not know their class.
    ClassUnknown = 12,
    /// The next node has them, the final one has not said so yet.
    FinalNode = 13,
    /// They were received here, and could not be applied.
    Quarantine = 14,
    /// The next node can never have room for the next of them, unless its limit is raised.
    TooLarge = 15,
    /// They wait at a node below: this one has no room for them.
    Full = 16,
}

impl Reason {
    /// In a few words.
    pub fn text(self) -> &'static str {
        match self {
            Reason::Nothing => "nothing waits",
            Reason::Sync => "for a sync",
            Reason::NotConnected => "not connected to a node above",
            Reason::NoRoute => "no route to the node",
            Reason::Standby => "the connection is in reserve",
            Reason::Attaching => "the node is being taken in",
            Reason::Sending => "on its way out",
            Reason::WindowFull => "the window is full",
            Reason::Unacknowledged => "the next node does not acknowledge",
            Reason::ReceiverFull => "the next node is full",
            Reason::Storage => "the database fails",
            Reason::WriterHeld => "a transaction holds the writer's place",
            Reason::ClassUnknown => "the next node does not know the class",
            Reason::FinalNode => "the final node has not confirmed",
            Reason::Quarantine => "could not be applied here",
            Reason::TooLarge => "too large for the next node",
            Reason::Full => {
                "what it sends is refused: the database here is full; it needs a larger limit, or has to get rid of rows"
            }
        }
    }
}

/// Work without a connection to a peer. `E_TRANS_NOT_CLOSED` inside a writing transaction of the calling thread, `E_IOT_STOPPED`.
impl Replicator {
    /// Everything that waits, by receiver, way and class; then streams for which nothing waits, and nodes below whose rows are refused for
    /// want of room; then what is set aside here.
    pub fn status(&self) -> Result<Vec<Status>> {
        let (backlog, writers) = self
            .on_database("a status", |connection| Ok((connection.backlog()?, connection.database().stat()?.writers_waiting)))?;
        let streams = self.communicator().call(Engine::streams).ok_or_else(stopped)?;
        let mut all: Vec<Status> = backlog.iter().map(|waiting| of_backlog(waiting, &streams, writers > 0)).collect();
        for (stream, last_ack) in &streams {
            let known = |s: &Status| (s.agent, s.way, s.group) == (stream.agent, stream.way, stream.group);
            if !all.iter().any(known) {
                all.push(of_stream(stream, *last_ack, writers > 0));
            }
        }
        all.extend(self.set_aside()?);
        Ok(all)
    }

    /// The same, a line for each.
    pub fn status_text(&self) -> Result<String> {
        let mut text = String::new();
        for status in self.status()? {
            let class = status.class.map_or_else(String::new, |class| format!(" {}", self.class_name(class)));
            let way = match (status.reason, status.way) {
                (Reason::Quarantine | Reason::Full, _) => "from",
                (_, Way::Up) => "up to",
                (_, Way::Down) => "down to",
            };
            let _ = write!(text, "{way} {}{class}: ", status.agent);
            if status.reason == Reason::Full {
                text.push_str(status.reason.text());
            } else if status.rows == 0 {
                text.push_str("nothing waits");
            } else {
                let _ = write!(text, "{} rows, {} bytes, oldest {}", status.rows, status.bytes, age(status.oldest));
                let _ = write!(text, ", {}", status.reason.text());
            }
            if let Some(last) = status.last_ack {
                let _ = write!(text, "; last acknowledgment {} ago", age(last));
            }
            text.push('\n');
        }
        Ok(text)
    }

    /// What is set aside here, by origin and class.
    fn set_aside(&self) -> Result<Vec<Status>> {
        let mut all: Vec<Status> = Vec::new();
        let now = clock::wall_millis();
        self.enum_quarantine(&mut |aside| {
            let at = all.iter().position(|s| (s.agent, s.class) == (aside.origin, Some(aside.class)));
            let at = at.unwrap_or_else(|| {
                all.push(Status {
                    class: Some(aside.class),
                    oldest: Millis(now.saturating_sub(aside.millis)),
                    ..nothing(aside.origin, Way::Up, Group::USUAL, Reason::Quarantine)
                });
                all.len() - 1
            });
            if let Some(status) = all.get_mut(at) {
                status.rows += 1;
                status.bytes = status.bytes.saturating_add(aside.bytes);
            }
            true
        })?;
        Ok(all)
    }
}

impl Engine {
    /// The streams of the core, each with the time since its last acknowledgment.
    pub(super) fn streams(&mut self) -> Vec<(StreamStatus, Option<Millis>)> {
        let now = clock::now();
        let Some(site) = &self.site else { return Vec::new() };
        let ago =
            |stream: &StreamStatus| site.acked_at.get(&(stream.agent, stream.way)).map(|at| Millis(now.0.saturating_sub(at.0)));
        site.streams().into_iter().map(|stream| (stream.clone(), ago(&stream))).collect()
    }
}

fn nothing(agent: AgentId, way: Way, group: Group, reason: Reason) -> Status {
    Status {
        agent,
        way,
        group,
        class: None,
        rows: 0,
        bytes: 0,
        oldest: Millis(0),
        in_flight: 0,
        acknowledged: Timestamp(0),
        confirmed: Timestamp(0),
        last_ack: None,
        reason,
    }
}

fn of_stream(stream: &StreamStatus, last_ack: Option<Millis>, writer_held: bool) -> Status {
    Status {
        in_flight: stream.in_flight as u64,
        acknowledged: stream.acknowledged.ts,
        confirmed: stream.confirmed.ts,
        last_ack,
        ..nothing(stream.agent, stream.way, stream.group, reason(stream, writer_held))
    }
}

fn of_backlog(waiting: &Backlog, streams: &[(StreamStatus, Option<Millis>)], writer_held: bool) -> Status {
    let same = |s: &&(StreamStatus, Option<Millis>)| (s.0.agent, s.0.way) == (waiting.agent, waiting.way);
    let of_group = streams.iter().filter(same).find(|s| s.0.group == waiting.group);
    let above = || streams.iter().any(|s| s.0.way == Way::Up && s.0.waits != Waits::NotConnected);
    let status = match of_group.or_else(|| streams.iter().find(same)) {
        Some((stream, last_ack)) => of_stream(stream, *last_ack, writer_held),
        // A router between has these.
        None if waiting.way == Way::Up && above() => nothing(waiting.agent, Way::Up, waiting.group, Reason::FinalNode),
        None if waiting.way == Way::Up => nothing(waiting.agent, Way::Up, waiting.group, Reason::NotConnected),
        None => nothing(waiting.agent, Way::Down, waiting.group, Reason::NoRoute),
    };
    let reason = match status.reason {
        _ if waiting.held => Reason::ClassUnknown,
        Reason::Nothing if waiting.is_given => Reason::FinalNode,
        Reason::Nothing => Reason::Sync,
        other => other,
    };
    let since = |millis: u64| if millis == 0 { 0 } else { clock::wall_millis().saturating_sub(millis) };
    Status {
        group: waiting.group,
        class: (waiting.class != 0).then_some(waiting.class),
        rows: waiting.rows,
        bytes: waiting.bytes,
        oldest: Millis(since(waiting.oldest_ms)),
        acknowledged: status.acknowledged.max(waiting.given),
        confirmed: status.confirmed.max(waiting.confirmed),
        reason,
        ..status
    }
}

/// What the core says, in the words of the status.
fn reason(stream: &StreamStatus, writer_held: bool) -> Reason {
    match stream.waits {
        Waits::Nothing => Reason::Nothing,
        Waits::NotConnected => Reason::NotConnected,
        Waits::NoRoute => Reason::NoRoute,
        Waits::Standby => Reason::Standby,
        Waits::Attaching | Waits::Saving if writer_held => Reason::WriterHeld,
        Waits::Attaching => Reason::Attaching,
        Waits::Reading | Waits::Turn | Waits::Saving => Reason::Sending,
        Waits::WindowFull => Reason::WindowFull,
        Waits::Unacknowledged => Reason::Unacknowledged,
        Waits::ReceiverFull(_) => Reason::ReceiverFull,
        Waits::TooLarge(_) => Reason::TooLarge,
        Waits::StorageFailing(_) => Reason::Storage,
        Waits::Held(Code::E_IOT_INCOMPATIBLE_MODE) => Reason::ClassUnknown,
        Waits::Held(_) => Reason::Sync,
        Waits::FinalNode => Reason::FinalNode,
        Waits::Refused(Code::E_NOMEM | Code::E_DISK_SPACE_EXHAUSTED) => Reason::Full,
        Waits::Refused(_) => Reason::Storage,
    }
}

/// A time for people.
fn age(millis: Millis) -> String {
    match millis.0 {
        0..=9_999 => format!("{} ms", millis.0),
        10_000..=599_999 => format!("{} s", millis.0 / 1000),
        600_000..=35_999_999 => format!("{} min", millis.0 / 60_000),
        _ => format!("{} h", millis.0 / 3_600_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Position;

    #[test]
    fn what_the_parent_has_waits_for_the_word_of_the_server_and_not_for_a_sync() {
        let group = Group::USUAL;
        let (given, confirmed) = (Timestamp(7), Timestamp(5));
        let waiting = |is_given| Backlog {
            agent: AgentId::SERVER,
            way: Way::Up,
            group,
            class: 1,
            rows: 1,
            bytes: 27,
            oldest_ms: 0,
            held: false,
            is_given,
            given,
            confirmed,
        };
        let stream = StreamStatus {
            agent: AgentId::SERVER,
            link: None,
            attachment: None,
            way: Way::Up,
            group,
            in_flight: 0,
            acknowledged: Position { ts: Timestamp(9), ..Position::default() },
            confirmed: Position::default(),
            wanted: false,
            waits: Waits::Nothing,
        };
        let told = |waiting: &Backlog, stream: StreamStatus| {
            let status = of_backlog(waiting, &[(stream, None)], false);
            (status.reason, status.acknowledged.0, status.confirmed.0)
        };
        assert_eq!(told(&waiting(true), stream.clone()), (Reason::FinalNode, 9, 5));
        assert_eq!(told(&waiting(false), stream.clone()), (Reason::Sync, 9, 5));
        let closed = StreamStatus { acknowledged: Position::default(), waits: Waits::NotConnected, ..stream };
        assert_eq!(told(&waiting(true), closed), (Reason::NotConnected, 7, 5), "the database knows as much without a connection");
    }
}
