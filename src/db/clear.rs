//! Removing acknowledged rows.

use crate::base::{AgentId, Code, Group, Result, Role, fail};
use crate::db::connection::table;
use crate::db::custody::Released;
use crate::db::fault::Inner;
use crate::db::holds::Reach;
use crate::db::keys::{self, Key};
use crate::db::layout::{Flow, Row, Stamp};
use crate::db::log::Stream;
use crate::db::marks::{Kind, OWN};
use crate::db::object::is_own;
use crate::db::pending::{Before, RowKey};
use crate::db::{Connection, PeerMarks};
use rusqlite::OptionalExtension;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Rows looked at in one transaction of a clear, about.
const SLICE: usize = 4096;

/// A part of a stream whose rows may go.
#[derive(Clone, Copy, Debug)]
struct Span {
    stream: Stream,
    group: Group,
    /// Versions up to here stay.
    from: u64,
    /// Versions beyond this stay.
    until: u64,
}

impl Connection {
    /// Removes acknowledged rows, in slices: from the uptables of a device, from the downtables of a server. A row that
    /// changed after it was acknowledged stays. Never replicated.
    ///
    /// Of an uptable: what the server has confirmed, and what was never asked for with a deep read (see [`Connection::read_changes`])
    /// and a node above has custody of. Of a downtable: private rows that their receiver has acknowledged, and common rows that every
    /// known agent has acknowledged which is no router.
    ///
    /// `E_IOT_WRONG_AGENT_ID` for a reserved id, `E_ILLEGAL_PARAM` for an unknown class, `E_TRANS_NOT_CLOSED`.
    pub fn clear(&mut self, agent: AgentId, class: Option<u16>) -> Result<()> {
        if agent > AgentId::MAX && agent != AgentId::ALL_UP && agent != AgentId::ALL_DOWN {
            return fail(Code::E_IOT_WRONG_AGENT_ID, format!("agent id {agent} is reserved"));
        }
        if let Some(class) = class.filter(|class| self.database.layout.table(*class).is_none()) {
            return fail(Code::E_ILLEGAL_PARAM, format!("the schema has no class {class}"));
        }
        let Some(node) = self.database.node() else { return Ok(()) };
        let peers = self.peers()?;
        self.clear_as_of(agent, class, &peers)?;
        if node.role == Role::Router {
            // Rows on their way up go from the view by themselves.
            self.own_transaction(|connection| connection.clear_view(agent, class))?;
        }
        Ok(())
    }

    /// The same by marks that were read before.
    pub(in crate::db) fn clear_as_of(&mut self, agent: AgentId, class: Option<u16>, peers: &[PeerMarks]) -> Result<()> {
        let Some(node) = self.database.node() else { return Ok(()) };
        // Read later than the marks: a mark moves after the hold was made for what it passes over.
        let holds = self.all_holds()?;
        for span in self.own_snapshot(|connection| connection.spans(node.role, agent, peers))? {
            let reach = Reach::new(node.role, span.stream, span.group, span.until, peers, &holds);
            let mut after = [span.from.cast_signed(), i64::MAX, 0, 0];
            while let Some(last) = self.own_transaction(|connection| connection.clear_slice(span, &reach, class, after))? {
                after = last;
            }
        }
        Ok(())
    }

    /// What a clear goes through.
    fn spans(&self, role: Role, agent: AgentId, peers: &[PeerMarks]) -> Inner<Vec<Span>> {
        let everybody = agent == AgentId::ALL;
        let mut list = Vec::new();
        for group in self.database.groups_in(&self.engine)?.used() {
            match role {
                Role::Device | Role::Router => {
                    if everybody || agent == AgentId::SERVER || agent == AgentId::ALL_UP {
                        let [custody, confirmed, deep] = [
                            self.mark(Kind::Custody, OWN, group)?.ts.0,
                            self.mark(Kind::Confirmed, OWN, group)?.ts.0,
                            self.mark(Kind::Deep, OWN, group)?.ts.0,
                        ];
                        list.push(Span { stream: AgentId::ALL.0, group, from: 0, until: confirmed });
                        list.push(Span { stream: AgentId::ALL.0, group, from: deep.max(confirmed), until: custody });
                    }
                }
                Role::Server => {
                    let all = everybody || agent == AgentId::ALL_DOWN;
                    for peer in peers.iter().filter(|p| all || p.agent == agent) {
                        list.push(Span { stream: peer.agent.0, group, from: 0, until: peer.acked.get(group).ts.0 });
                    }
                    if all {
                        let until = self.lowest_mark(Kind::Acked, group)?.unwrap_or(0);
                        list.push(Span { stream: AgentId::ALL.0, group, from: 0, until });
                    }
                }
            }
        }
        list.retain(|span| span.until > span.from);
        Ok(list)
    }

    /// Up to where a part of a stream may go by the marks of this moment.
    fn clearable(&mut self, span: Span) -> Inner<u64> {
        match (self.database.node().map(|node| node.role), AgentId(span.stream)) {
            (Some(Role::Server), AgentId::ALL) => Ok(self.lowest_mark(Kind::Acked, span.group)?.unwrap_or(0)),
            (Some(Role::Server), _) => self.acked(span.stream, span.group),
            _ => Ok(span.until),
        }
    }

    /// Clears behind a place in the log; gives the place to go on from.
    fn clear_slice(&mut self, span: Span, reach: &Reach, class: Option<u16>, after: [i64; 4]) -> Inner<Option<[i64; 4]>> {
        // Since the marks were looked at an agent may have come back with less, or be reconciled.
        let reach = &reach.up_to(self.clearable(span)?);
        let mut at = after;
        let mut seen = 0;
        let mut released = BTreeMap::new();
        let mut more = true;
        while seen < SLICE {
            let [ts, record_class, epoch, oid] = at;
            let found: Option<([i64; 4], Vec<u8>)> = self
                .engine
                .prepare_cached(
                    "SELECT ts, class, epoch, oid, keys FROM _mco_log WHERE gone = 0 AND stream = ?1 AND grp = ?8 AND ts <= ?6
                     AND (ts, class, epoch, oid) > (?2, ?3, ?4, ?5) AND (?7 = 0 OR class = ?7)
                     ORDER BY ts, class, epoch, oid LIMIT 1",
                )?
                .query_row(
                    [
                        span.stream.cast_signed(),
                        ts,
                        record_class,
                        epoch,
                        oid,
                        reach.until.cast_signed(),
                        i64::from(class.unwrap_or(0)),
                        i64::from(span.group.0),
                    ],
                    |row| Ok(([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?], row.get(4)?)),
                )
                .optional()?;
            let Some((record, keys)) = found else {
                more = false;
                break;
            };
            at = record;
            let keys = keys::decode(&keys)?;
            seen += keys.len().max(1);
            self.clear_record(span, reach, record, &keys, &mut released)?;
        }
        for released in released.values() {
            self.note_released(span.group, released)?;
        }
        Ok(more.then_some(at))
    }

    fn clear_record(
        &mut self,
        span: Span,
        reach: &Reach,
        record: [i64; 4],
        keys: &[Key],
        released: &mut BTreeMap<(u16, u64), Released>,
    ) -> Inner<()> {
        let database = Arc::clone(&self.database);
        let class = u16::try_from(record[1]).unwrap_or(0);
        let table = table(&database, class)?;
        let until = reach.of(class);
        if record[0] > until.cast_signed() {
            return Ok(());
        }
        let sure = self.acked(span.stream, span.group)?;
        let (mut stay, mut left) = (Vec::new(), Vec::new());
        let mut row = Row::default();
        for key in keys {
            if table.flow != Flow::Out || !self.read_row(RowKey { class, key: *key }, &mut row)? {
                continue;
            }
            let receiver = self.receiver(class, &row)?;
            if receiver.0 != span.stream {
                continue;
            }
            if row.stamp.ts > until || row.stamp.ts <= span.from {
                stay.push(*key);
                continue;
            }
            if table.agent.is_some() && !self.has_room_to_note(class, receiver)? {
                left.push(*key);
                continue;
            }
            self.erase(table, *key)?;
            self.forget_kept(row.stamp, *key)?;
            let before = Before { stamp: row.stamp, receiver };
            self.count_waiting(class, Some(before.held(row.weight())), None)?;
            if table.agent.is_some() {
                self.note_cleared(RowKey { class, key: *key }, receiver, row.stamp)?;
            } else if is_own(*key) {
                let Stamp { ts, epoch, .. } = row.stamp;
                let all = released.entry((class, epoch)).or_insert(Released { class, epoch, first: ts, last: ts, rows: 0 });
                (all.first, all.last, all.rows) = (all.first.min(ts), all.last.max(ts), all.rows + 1);
            }
        }
        // Whatever stays has a later key: the record has served its purpose, unless the stream goes back behind it.
        if record[0].cast_unsigned() <= sure {
            stay.clear();
        }
        stay.append(&mut left);
        stay.sort_unstable();
        let [ts, class, epoch, oid] = record;
        self.put_record([span.stream.cast_signed(), i64::from(span.group.0), ts, class, epoch, oid], &stay)?;
        self.in_transaction()?.dirty = true;
        Ok(())
    }
}
