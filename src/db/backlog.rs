//! What waits for whom, by class: numbers for people. They come from the change log, not from the rows: a row that has changed since it was
//! last acknowledged may count more than once.

use crate::base::{AgentId, Group, Marks, Position, Result, Role, Timestamp, Way};
use crate::db::Connection;
use crate::db::fault::Inner;
use crate::db::layout::unsigned;
use crate::db::marks::{Kind, OWN};
use std::collections::BTreeMap;

/// What waits for one agent in one class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// Who lacks it. Up: the node above, and the server for what a router has acknowledged and the server has not confirmed.
    pub agent: AgentId,
    /// Up or down.
    pub way: Way,
    /// Priority group.
    pub group: Group,
    /// Class; 0 for what a router passes on or holds for nodes below.
    pub class: u16,
    /// Rows.
    pub rows: u64,
    /// Bytes of their content.
    pub bytes: u64,
    /// Since when the oldest of it waits, in milliseconds since 1970; 0: not known.
    pub oldest_ms: u64,
    /// The receiver does not know the class: its rows wait until it does.
    pub held: bool,
    /// Up: the node above has acknowledged all of it; the server has not confirmed it.
    pub is_given: bool,
    /// Up: what some node above has acknowledged.
    pub given: Timestamp,
    /// Up: what the server has confirmed, or acknowledged itself without a hole before.
    pub confirmed: Timestamp,
}

/// Receiver, way, group, class.
type Whose = (AgentId, bool, u8, u16);

#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    rows: u64,
    bytes: u64,
    oldest: u64,
    held: bool,
    /// The next node lacks some of it.
    lacking: bool,
}

type Sums = BTreeMap<Whose, Sum>;

/// Columns of a sum over records.
const SUM: &str = "sum(count), sum(bytes), min(at)";

impl Connection {
    /// What waits to be acknowledged, from one snapshot, by receiver, way, group and class; nothing where nothing waits.
    pub fn backlog(&mut self) -> Result<Vec<Backlog>> {
        let Some(node) = self.database.node() else { return Ok(Vec::new()) };
        let (sums, given, confirmed) = self.own_snapshot(|connection| {
            let mut sums = Sums::new();
            match node.role {
                Role::Server => connection.backlog_down(&mut sums)?,
                Role::Device => connection.backlog_up(&mut sums)?,
                Role::Router => {
                    connection.backlog_up(&mut sums)?;
                    connection.backlog_of_others(&mut sums)?;
                }
            }
            let groups = connection.database.groups_in(&connection.engine)?.used();
            let confirmed: Marks =
                groups.into_iter().map(|group| Ok((group, connection.final_mark(group)?))).collect::<Inner<_>>()?;
            Ok((sums, connection.marks(Kind::Custody, OWN)?, confirmed))
        })?;
        let reached = |marks: &Marks, up, group| if up { marks.get(Group(group)).ts } else { Timestamp(0) };
        let list = sums.into_iter().filter(|(_, sum)| sum.rows > 0 || sum.bytes > 0);
        Ok(list
            .map(|((agent, up, group, class), Sum { rows, bytes, oldest, held, lacking })| Backlog {
                agent,
                way: if up { Way::Up } else { Way::Down },
                group: Group(group),
                class,
                rows,
                bytes,
                oldest_ms: oldest,
                held,
                is_given: up && !lacking && !held,
                given: reached(&given, up, group),
                confirmed: reached(&confirmed, up, group),
            })
            .collect())
    }

    fn backlog_up(&mut self, sums: &mut Sums) -> Inner<()> {
        let groups = self.database.groups_in(&self.engine)?.used();
        let mut given = Vec::new();
        for group in groups {
            let parent = self.likely_parent(group)?;
            let custody = self.mark(Kind::Custody, OWN, group)?.ts.0;
            let confirmed = self.final_mark(group)?.ts.0;
            self.sum_span(sums, (parent, true), (AgentId::ALL.0, group), (custody, u64::MAX >> 1), None)?;
            sums.values_mut().for_each(|sum| sum.lacking = true);
            given.push((group, confirmed, custody));
        }
        for (group, confirmed, custody) in given {
            if confirmed < custody {
                self.sum_span(sums, (AgentId::SERVER, true), (AgentId::ALL.0, group), (confirmed, custody), None)?;
            }
        }
        self.sum_held(sums, true)
    }

    /// Up to where the server has our stream: what it has confirmed, and what it has acknowledged itself behind that if it is the parent. Its
    /// word of these rows comes later.
    fn final_mark(&self, group: Group) -> Inner<Position> {
        let confirmed = self.mark(Kind::Confirmed, OWN, group)?;
        let given = self.mark(Kind::Given, AgentId::SERVER, group)?;
        // Where that stream began the server must have had everything, and it has gone on since.
        let began = self.marks(Kind::Began, AgentId::SERVER)?;
        let whole = began.iter().any(|(g, began)| g == group && began.ts <= confirmed.ts && began.ts < given.ts);
        Ok(if whole && confirmed.ts < given.ts { given } else { confirmed })
    }

    fn backlog_of_others(&mut self, sums: &mut Sums) -> Inner<()> {
        let groups = self.database.groups_in(&self.engine)?.used();
        for group in groups {
            let parent = self.likely_parent(group)?;
            let custody = self.mark(Kind::Custody, OWN, group)?.ts.0;
            let text = "SELECT sum(rows), sum(length(body)), min(at) FROM _mco_transit WHERE grp = ?1 AND ts > ?2";
            let place = [i64::from(group.0), custody.cast_signed()];
            let sum = self.engine.prepare_cached(text)?.query_row(place, |row| Ok(Sum::read(row, 0)))??;
            let all = sums.entry((parent, true, group.0, 0)).or_default();
            all.add(sum);
            all.lacking = true;
        }
        let text = "SELECT agent, grp, sum(rows), sum(length(body)), min(at) FROM _mco_mail GROUP BY agent, grp";
        let mut statement = self.engine.prepare_cached(text)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let agent = AgentId(row.get::<_, i64>(0)?.cast_unsigned());
            sums.entry((agent, false, row.get(1)?, 0)).or_default().add(Sum::read(row, 2)?);
        }
        Ok(())
    }

    fn backlog_down(&mut self, sums: &mut Sums) -> Inner<()> {
        self.sum_private(sums)?;
        let groups = self.database.groups_in(&self.engine)?.used();
        for group in groups {
            self.sum_common(sums, group)?;
        }
        self.sum_held(sums, false)
    }

    /// Rows for one agent alone, in one pass over their records.
    fn sum_private(&self, sums: &mut Sums) -> Inner<()> {
        let text = format!(
            "SELECT log.stream, log.grp, log.class, {SUM} FROM _mco_log AS log
             LEFT JOIN _mco_agents AS known ON known.agent = log.stream
             LEFT JOIN _mco_marks AS mark ON mark.agent = log.stream AND mark.grp = log.grp
               AND mark.kind = CASE known.role WHEN 2 THEN {} ELSE {} END
             WHERE log.gone = 0 AND log.stream <> 0 AND log.ts > coalesce(mark.ts, 0) GROUP BY log.stream, log.grp, log.class",
            Kind::RouterAcked as i64,
            Kind::Acked as i64
        );
        let mut statement = self.engine.prepare_cached(&text)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let agent = AgentId(row.get::<_, i64>(0)?.cast_unsigned());
            sums.entry((agent, false, row.get(1)?, row.get(2)?)).or_default().add(Sum::read(row, 3)?);
        }
        Ok(())
    }

    /// Rows for all: one pass from the newest record backwards, in which each agent has its place at its mark.
    fn sum_common(&self, sums: &mut Sums, group: Group) -> Inner<()> {
        let text = "SELECT agent, ts FROM _mco_marks WHERE kind = ?1 AND grp = ?2 ORDER BY ts DESC, agent";
        let mut agents = self.engine.prepare_cached(text)?;
        let mut agents = agents.query([Kind::Acked as i64, i64::from(group.0)])?;
        let text = "SELECT class, count, bytes, at, ts FROM _mco_log WHERE gone = 0 AND stream = 0 AND grp = ?1 ORDER BY ts DESC";
        let mut records = self.engine.prepare_cached(text)?;
        let mut records = records.query([group.0])?;
        let mut behind: BTreeMap<u16, Sum> = BTreeMap::new();
        let mut next: Option<(u64, u16, Sum)> = None;
        while let Some(row) = agents.next()? {
            let (agent, mark) = (AgentId(row.get::<_, i64>(0)?.cast_unsigned()), unsigned(row.get(1)?)?);
            loop {
                if next.is_none() {
                    next = match records.next()? {
                        Some(record) => Some((unsigned(record.get(4)?)?, record.get(0)?, Sum::read(record, 1)?)),
                        None => None,
                    };
                }
                match next {
                    Some((ts, class, sum)) if ts > mark => behind.entry(class).or_default().add(sum),
                    _ => break,
                }
                next = None;
            }
            for (class, sum) in &behind {
                sums.entry((agent, false, group.0, *class)).or_default().add(*sum);
            }
        }
        Ok(())
    }

    /// Classes that a receiver does not know: its mark has passed their rows.
    fn sum_held(&mut self, sums: &mut Sums, up: bool) -> Inner<()> {
        let mut holds: Vec<(AgentId, u16, u64)> = Vec::new();
        {
            let mut statement = self.engine.prepare_cached("SELECT agent, class, since FROM _mco_holds")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                holds.push((AgentId(row.get::<_, i64>(0)?.cast_unsigned()), row.get(1)?, unsigned(row.get(2)?)?));
            }
        }
        for (agent, class, since) in holds {
            let group = self.group_of(class);
            let (mark, streams) = if up {
                (self.mark(Kind::Given, agent, group)?.ts.0, vec![AgentId::ALL.0])
            } else {
                let role = self.known(agent)?.map_or(Role::Device, |known| known.role);
                (self.mark(Kind::acked(role), agent, group)?.ts.0, vec![AgentId::ALL.0, agent.0])
            };
            for stream in streams.into_iter().filter(|_| since < mark) {
                self.sum_span(sums, (agent, up), (stream, group), (since, mark), Some(class))?;
            }
            if let Some(sum) = sums.get_mut(&(agent, up, group.0, class)) {
                sum.held = true;
            }
        }
        Ok(())
    }

    /// Adds the records of a stream in (low, high], by class.
    fn sum_span(
        &self,
        sums: &mut Sums,
        (agent, up): (AgentId, bool),
        (stream, group): (u64, Group),
        (low, high): (u64, u64),
        class: Option<u16>,
    ) -> Inner<()> {
        let text = format!(
            "SELECT class, {SUM} FROM _mco_log WHERE gone = 0 AND stream = ?1 AND grp = ?2 AND ts > ?3 AND ts <= ?4
             AND (?5 = 0 OR class = ?5) GROUP BY class"
        );
        let place =
            [stream.cast_signed(), i64::from(group.0), low.cast_signed(), high.cast_signed(), i64::from(class.unwrap_or(0))];
        let mut statement = self.engine.prepare_cached(&text)?;
        let mut rows = statement.query(place)?;
        while let Some(row) = rows.next()? {
            sums.entry((agent, up, group.0, row.get(0)?)).or_default().add(Sum::read(row, 1)?);
        }
        Ok(())
    }

    /// The node above that has acknowledged most; the server where none is known.
    fn likely_parent(&self, group: Group) -> Inner<AgentId> {
        let text = "SELECT known.agent FROM _mco_agents AS known
             LEFT JOIN _mco_marks AS mark ON mark.kind = ?1 AND mark.agent = known.agent AND mark.grp = ?2
             WHERE known.via = 0 ORDER BY coalesce(mark.ts, 0) DESC, known.agent LIMIT 1";
        let mut statement = self.engine.prepare_cached(text)?;
        let mut rows = statement.query([Kind::Given as i64, i64::from(group.0)])?;
        Ok(match rows.next()? {
            Some(row) => AgentId(row.get::<_, i64>(0)?.cast_unsigned()),
            None => AgentId::SERVER,
        })
    }
}

impl Sum {
    /// From three columns.
    fn read(row: &rusqlite::Row<'_>, from: usize) -> Inner<Sum> {
        let number = |at: usize| -> Inner<u64> { unsigned(row.get::<_, Option<i64>>(at)?.unwrap_or(0)) };
        Ok(Sum { rows: number(from)?, bytes: number(from + 1)?, oldest: number(from + 2)?, ..Sum::default() })
    }

    fn add(&mut self, other: Sum) {
        self.oldest = if self.rows == 0 { other.oldest } else { self.oldest.min(other.oldest) };
        self.rows = self.rows.saturating_add(other.rows);
        self.bytes = self.bytes.saturating_add(other.bytes);
    }
}
