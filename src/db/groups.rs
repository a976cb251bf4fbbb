//! Priority groups: which class travels in which stream.

use crate::base::{AgentId, Code, Group, Position, Result, Role, fail};
use crate::db::connection::table;
use crate::db::fault::{Inner, fault};
use crate::db::layout::{Flow, Layout};
use crate::db::marks::Kind;
use crate::db::{Connection, Database, PeerMarks};
use std::sync::Arc;

/// The group of each class by code - 1, and all groups that are or ever were in use.
#[derive(Clone, Debug, Default)]
pub(in crate::db) struct Groups {
    of_class: Vec<u8>,
    used: u8,
}

impl Groups {
    /// As the file says.
    pub(in crate::db) fn load(sql: &rusqlite::Connection, layout: &Layout) -> Inner<Groups> {
        let mut groups = Groups { of_class: vec![Group::USUAL.0; layout.tables.len()], used: 0 };
        let mut statement = sql.prepare_cached("SELECT class, grp FROM _mco_groups")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (class, group): (String, u8) = (row.get(0)?, row.get(1)?);
            groups.used |= bit(group);
            let at = layout.tables.iter().position(|table| table.class == class);
            if let Some(place) = at.and_then(|at| groups.of_class.get_mut(at)) {
                *place = group;
            }
        }
        let out = layout.tables.iter().zip(&groups.of_class).filter(|(table, _)| table.flow == Flow::Out);
        groups.used |= out.fold(0, |used, (_, group)| used | bit(*group));
        Ok(groups)
    }

    /// The group of a class.
    pub(in crate::db) fn of(&self, class: u16) -> Group {
        let at = usize::from(class).checked_sub(1);
        Group(at.and_then(|at| self.of_class.get(at)).copied().unwrap_or_default())
    }

    /// Groups that have rows of ours or ever had, highest last.
    pub(in crate::db) fn used(&self) -> Vec<Group> {
        (0..8).filter(|group| self.used & bit(*group) != 0).map(Group).collect()
    }
}

impl Database {
    /// Priority groups in which rows of ours, or that we pass on, travel or ever travelled, lowest first.
    pub fn groups(&self) -> Vec<Group> {
        if self.is_shared()
            && let Ok(groups) = self.with_inside(|inside| self.groups_in(&inside.keeper))
        {
            return groups.used();
        }
        self.state.lock().groups.used()
    }

    /// Priority groups of the classes as a connection sees them.
    pub(in crate::db) fn groups_in(&self, sql: &rusqlite::Connection) -> Inner<Arc<Groups>> {
        // Another process may have changed what we remember.
        if self.is_shared() { Groups::load(sql, &self.layout).map(Arc::new) } else { Ok(Arc::clone(&self.state.lock().groups)) }
    }
}

impl Connection {
    /// Puts a class into a priority group: its rows travel in the stream of that group from now on, kept with the database.
    ///
    /// `E_ILLEGAL_PARAM` for an unknown class or a group above 7; `E_ACCESS` while the class has rows here, or rows of it are still
    /// told to others: two streams would carry them, in no order. `E_TRANS_NOT_CLOSED`.
    pub fn set_group(&mut self, class: u16, group: Group) -> Result<()> {
        if usize::from(group.0) >= Group::COUNT {
            return fail(
                Code::E_ILLEGAL_PARAM,
                format!("there is no priority group {}, the highest is {}", group.0, Group::COUNT - 1),
            );
        }
        self.own_transaction(|connection| {
            let database = Arc::clone(&connection.database);
            let table = table(&database, class)?;
            if connection.in_transaction()?.state.groups.of(class) == group {
                return Ok(());
            }
            let any = |text: &str| connection.engine.prepare(text)?.query_row([], |row| row.get::<_, bool>(0));
            if any(&format!("SELECT EXISTS(SELECT 1 FROM {})", table.name))?
                || any(&format!("SELECT EXISTS(SELECT 1 FROM _mco_log WHERE class = {class})"))?
            {
                return fault(
                    Code::E_ACCESS,
                    format!(
                        "class '{}' has rows, or removed ones that others do not know of yet; set its group before the first row",
                        table.class
                    ),
                );
            }
            connection.engine.execute(
                "INSERT OR REPLACE INTO _mco_groups(class, grp) VALUES(?1, ?2)",
                rusqlite::params![table.class, group.0],
            )?;
            if table.flow == Flow::Out {
                connection.count_readers(group)?;
            }
            let open = connection.in_transaction()?;
            open.dirty = true;
            let groups = Arc::make_mut(&mut open.state.groups);
            if let Some(place) = groups.of_class.get_mut(usize::from(class) - 1) {
                *place = group.0;
            }
            groups.used |= bit(group.0);
            Ok(())
        })
    }

    /// Rows of others come through in this group: it is in use from now on.
    pub(in crate::db) fn use_group(&mut self, group: Group) -> Inner<()> {
        let open = self.in_transaction()?;
        if open.state.groups.used & bit(group.0) != 0 {
            return Ok(());
        }
        open.dirty = true;
        Arc::make_mut(&mut open.state.groups).used |= bit(group.0);
        // By a name that no class has.
        self.engine.execute(
            "INSERT OR REPLACE INTO _mco_groups(class, grp) VALUES(?1, ?2)",
            rusqlite::params![format!(".{}", group.0), group.0],
        )?;
        Ok(())
    }

    /// Priority group of a class.
    pub fn group_of(&self, class: u16) -> Group {
        self.database.groups_in(&self.engine).map_or(Group::USUAL, |groups| groups.of(class))
    }

    /// Every known agent is at the beginning of a group that comes into use, if it is not further already.
    fn count_readers(&mut self, group: Group) -> Inner<()> {
        if self.database.node().is_none_or(|node| node.role != Role::Server) {
            return Ok(());
        }
        let agents: Vec<PeerMarks> = self.known_agents()?;
        for PeerMarks { agent, role, .. } in agents {
            self.start_reader(agent, role, group)?;
        }
        Ok(())
    }

    /// The agent reads this group from now on: what it has not acknowledged is not removed.
    pub(in crate::db) fn start_reader(&mut self, agent: AgentId, role: Role, group: Group) -> Inner<()> {
        let kind = Kind::acked(role);
        let mark = self.mark(kind, agent, group)?;
        if mark == Position::default() { self.put_mark(kind, agent, group, mark) } else { Ok(()) }
    }
}

fn bit(group: u8) -> u8 {
    1_u8.checked_shl(group.into()).unwrap_or(0)
}
