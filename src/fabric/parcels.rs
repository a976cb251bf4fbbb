//! The parcels of a batch: opened, and their rows turned into rows of our schema.

use super::mapping::Mapping;
use super::schemas::Mappings;
use super::storage::Neighbour;
use crate::base::{AgentId, Change, ChangeSet, Code, EpochId, Error, Gap, GapReason, Result, Role, Way, fail};
use crate::db::{Connection, IncomingParcel, Strange};
use crate::schema::{Dictionary, compile_text, hash};
use crate::wire::{Batch, Parcel, parcel, rows};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What came of opening a batch.
pub(super) enum Opened {
    /// Every parcel can be read.
    Parcels(Vec<IncomingParcel>),
    /// The text of this schema is needed first.
    NeedSchema(u64),
}

/// Opens a batch of `from`. `E_IOT_PROTOCOLERR`: it cannot be read, or a parcel contradicts its schema. Upwards a router cannot be blamed for
/// such a contradiction: its rows are given up instead, with gaps that say so.
pub(super) fn open(
    connection: &mut Connection,
    mappings: &Mappings,
    from: &Neighbour,
    way: Way,
    batch: &Batch,
) -> Result<Opened> {
    let Ok(opened) = parcel::open(batch) else {
        return fail(Code::E_IOT_PROTOCOLERR, format!("a batch of agent {} cannot be read", from.agent));
    };
    let blameless = way == Way::Up && from.role == Role::Router;
    let mut parcels = Vec::with_capacity(opened.len());
    for (Parcel { schema, body }, mut set) in opened {
        let Some(mapping) = mapping_for(connection, mappings, from, schema)? else { return Ok(Opened::NeedSchema(schema)) };
        if let Err(error) = set.changes.iter().try_for_each(|change| mapping.check(change)) {
            if !blameless {
                return fail(error.code, format!("agent {} {}", from.agent, error.text));
            }
            log::warn!("rows that came through router {} are given up: their origin {}", from.agent, error.text);
            give_up(&mut set);
        }
        let (set, strange) = translate(set, &mapping);
        parcels.push(IncomingParcel { schema, body, set, strange });
    }
    Ok(Opened::Parcels(parcels))
}

/// `None` if the text to the hash is not known. A router needs the text itself, for it has to show it to whom it passes the parcel on.
fn mapping_for(connection: &mut Connection, mappings: &Mappings, from: &Neighbour, schema: u64) -> Result<Option<Arc<Mapping>>> {
    let database = connection.database().clone();
    let passes_on = database.node().is_some_and(|node| node.role == Role::Router);
    if schema == from.schema && !passes_on {
        return Ok(Some(from.mapping.clone()));
    }
    let known = mappings.of(schema);
    if known.is_some() && !passes_on {
        return Ok(known);
    }
    let Some(text) = connection.schema_text(schema)? else { return Ok(None) };
    if known.is_some() {
        return Ok(known);
    }
    let mapping = compare(database.dictionary(), &text, schema, false)?;
    mappings.enter(schema, &mapping);
    Ok(Some(mapping))
}

/// The mapping for the schema of this hash; `None` if its text is not known here.
pub(super) fn mapping_of(connection: &mut Connection, mappings: &Mappings, schema: u64) -> Result<Option<Arc<Mapping>>> {
    if let Some(mapping) = mappings.of(schema) {
        return Ok(Some(mapping));
    }
    let Some(text) = connection.schema_text(schema)? else { return Ok(None) };
    let mapping = compare(connection.database().dictionary(), &text, schema, false)?;
    mappings.enter(schema, &mapping);
    Ok(Some(mapping))
}

/// Opens a parcel that is kept since our schema lacked a class of it. `None`: it still has nothing for us.
pub(super) fn reopen(connection: &mut Connection, mappings: &Mappings, strange: Strange) -> Result<Option<IncomingParcel>> {
    let Strange { schema, body, .. } = strange;
    let Some(mapping) = mapping_of(connection, mappings, schema)? else { return Ok(None) };
    let Ok(set) = rows::decode(&body) else {
        return fail(Code::E_DISK_CRC_MISMATCH, "a parcel that is kept here cannot be read: the file is damaged");
    };
    if set.changes.iter().any(|change| mapping.check(change).is_err()) {
        return Ok(None);
    }
    let (set, strange) = translate(set, &mapping);
    Ok(Some(IncomingParcel { schema, body, set, strange }))
}

/// Compares our schema with a text that has to have the hash `expected`. `strict`: `E_IOT_INCOMPATIBLE_MODE` where a class of both cannot be
/// translated; else such classes are left out.
pub(super) fn compare(ours: &Dictionary, text: &str, expected: u64, strict: bool) -> Result<Arc<Mapping>> {
    if hash(text) != expected {
        return fail(Code::E_IOT_PROTOCOLERR, "the peer's schema text does not have the hash that it announced");
    }
    let theirs = compile_text(text)
        .map_err(|e| Error { code: Code::E_IOT_PROTOCOLERR, text: format!("the peer's schema cannot be read: {e}") })?;
    Ok(Arc::new(if strict { Mapping::new(ours, &theirs)? } else { Mapping::lenient(ours, &theirs) }))
}

/// Puts gaps in the place of all rows.
fn give_up(set: &mut ChangeSet) {
    let mut lost: BTreeMap<EpochId, Gap> = BTreeMap::new();
    for change in std::mem::take(&mut set.changes) {
        let agent = set.epochs.iter().find(|e| e.id == change.epoch).map_or(AgentId::INVALID, |e| e.agent);
        let gap = lost.entry(change.epoch).or_insert(Gap {
            agent,
            class: 0,
            epoch: change.epoch,
            first: change.ts,
            last: change.ts,
            rows: 0,
            reason: GapReason::Contradiction,
        });
        gap.first = gap.first.min(change.ts);
        gap.last = gap.last.max(change.ts);
        gap.rows += 1;
    }
    set.gaps.extend(lost.into_values());
}

/// The set in our terms, and rows of classes that we lack.
fn translate(mut set: ChangeSet, mapping: &Mapping) -> (ChangeSet, Vec<(String, Change)>) {
    let mut strange = Vec::new();
    let mut known = Vec::with_capacity(set.changes.len());
    for change in std::mem::take(&mut set.changes) {
        match mapping.translate(change) {
            Ok(change) => known.push(change),
            Err(change) => strange.push((mapping.name(change.class).to_owned(), change)),
        }
    }
    for gap in &mut set.gaps {
        gap.class = mapping.class(gap.class);
    }
    for (class, _) in &mut set.classes {
        *class = mapping.class(*class);
    }
    (ChangeSet { changes: known, ..set }, strange)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{DbId, EpochInfo, Identity, State, Timestamp, Value};

    #[test]
    fn what_is_given_up_is_named_by_epoch() {
        let epoch = |id: u64| EpochInfo {
            id: EpochId(id),
            agent: AgentId(1000),
            db: DbId(1),
            first: Timestamp(1),
            last: Timestamp(9),
            before: EpochId(0),
            left: Timestamp(0),
            generation: 0,
        };
        let row = |n: u64, epoch: u64, ts: u64| Change {
            class: 1,
            id: Identity::new(EpochId(1), n),
            ts: Timestamp(ts),
            epoch: EpochId(epoch),
            agent: AgentId(1000),
            state: State::Row(vec![Value::UInt(n)]),
        };
        let changes = vec![row(1, 1, 7), row(2, 1, 5), row(3, 2, 8), row(4, 1, 6)];
        let mut set = ChangeSet { epochs: vec![epoch(1), epoch(2)], changes, ..ChangeSet::default() };
        give_up(&mut set);
        let gaps: Vec<_> = set.gaps.iter().map(|g| (g.agent.0, g.epoch.0, g.first.0, g.last.0, g.rows)).collect();
        assert_eq!(gaps, [(1000, 1, 5, 7, 3), (1000, 2, 8, 8, 1)]);
        assert!(set.changes.is_empty() && set.gaps.iter().all(|g| g.reason == GapReason::Contradiction));
    }
}
