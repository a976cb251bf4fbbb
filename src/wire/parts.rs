//! What messages and bodies have in common: positions, marks, histories.

use super::codec::{MAX_BEATS, MAX_EPOCHS, MAX_FORKS};
use crate::base::{
    AgentId, Announce, Beat, Code, DbId, DownMark, EpochId, EpochInfo, Fork, Group, Level, MAX_ASIDE, Malformed, Marks, Position,
    Reader, Role, SetAside, Timestamp, Word, Writer,
};

pub(super) fn write_announce(w: &mut Writer, announce: &Announce) -> Option<()> {
    w.varint(announce.agent.0);
    w.varint(announce.parent.0);
    write_role(w, announce.role);
    w.u16(announce.level.0);
    w.u64(announce.db.0);
    w.u64(announce.schema_hash);
    w.varint(announce.attachment);
    write_history(w, &announce.epochs)?;
    write_list(w, &announce.beats, MAX_BEATS, |w, beat| {
        w.u64(beat.epoch.0);
        w.u64(beat.beaten.0);
    })?;
    if !rises(announce.down.iter().map(|mark| mark.group)) {
        return None;
    }
    write_list(w, &announce.down, Group::COUNT, |w, mark| {
        w.u8(mark.group.0);
        write_position(w, mark.mark);
        write_position(w, mark.top);
        write_position(w, mark.from);
    })?;
    w.u8(announce.reconcile.into());
    Some(())
}

pub(super) fn read_announce(r: &mut Reader<'_>) -> Result<Announce, Malformed> {
    let announce = Announce {
        agent: AgentId(r.varint()?),
        parent: AgentId(r.varint()?),
        role: read_role(r)?,
        level: Level(r.u16()?),
        db: DbId(r.u64()?),
        schema_hash: r.u64()?,
        attachment: r.varint()?,
        epochs: read_history(r)?,
        beats: read_list(r, MAX_BEATS, |r| Ok(Beat { epoch: EpochId(r.u64()?), beaten: EpochId(r.u64()?) }))?,
        down: read_list(r, Group::COUNT, |r| {
            Ok(DownMark { group: read_group(r)?, mark: read_position(r)?, top: read_position(r)?, from: read_position(r)? })
        })?,
        reconcile: read_flag(r)?,
    };
    if rises(announce.down.iter().map(|mark| mark.group)) { Ok(announce) } else { Err(Malformed) }
}

pub(super) fn write_word(w: &mut Writer, word: &Word) -> Option<()> {
    write_marks(w, &word.confirmed);
    write_list(w, &word.forks, MAX_FORKS, |w, fork| {
        w.u64(fork.epoch.0);
        w.u8(fork.tail.into());
        w.varint(fork.at.0);
        w.varint(fork.generation.into());
    })?;
    w.u8(word.fresh.into());
    write_list(w, &word.aside, MAX_ASIDE, |w, aside| {
        w.u8(aside.group.0);
        w.varint(aside.first.0);
        w.varint(aside.last.0);
        w.zigzag(aside.code.0.into());
    })
}

pub(super) fn read_word(r: &mut Reader<'_>) -> Result<Word, Malformed> {
    Ok(Word {
        confirmed: read_marks(r)?,
        forks: read_list(r, MAX_FORKS, |r| {
            Ok(Fork { epoch: EpochId(r.u64()?), tail: read_flag(r)?, at: Timestamp(r.varint()?), generation: read_u32(r)? })
        })?,
        fresh: read_flag(r)?,
        aside: read_list(r, MAX_ASIDE, |r| {
            let (group, first, last) = (read_group(r)?, Timestamp(r.varint()?), Timestamp(r.varint()?));
            if first > last { Err(Malformed) } else { Ok(SetAside { group, first, last, code: read_code(r)? }) }
        })?,
    })
}

/// Writes the epochs of a history. What follows from the one before is left out: of a device that was opened often there are many.
fn write_history(w: &mut Writer, epochs: &[EpochInfo]) -> Option<()> {
    let mut former = None;
    write_list(w, epochs, MAX_EPOCHS, |w, epoch| match former.replace(*epoch).filter(|former| continues(epoch, former)) {
        Some(former) => {
            w.varint(epoch.first.0 - former.last.0);
            w.varint(epoch.last.0 - epoch.first.0);
            w.u64(epoch.id.0);
            w.varint(epoch.generation.into());
        }
        None => {
            w.varint(0);
            write_epoch(w, epoch);
        }
    })
}

/// Counterpart of [`write_history`]. What could have been left out must be.
fn read_history(r: &mut Reader<'_>) -> Result<Vec<EpochInfo>, Malformed> {
    let mut history: Vec<EpochInfo> = Vec::new();
    for _ in 0..r.count(MAX_EPOCHS)? {
        let (step, former) = (r.varint()?, history.last());
        let epoch = if step == 0 {
            read_epoch(r)?
        } else {
            let former = former.ok_or(Malformed)?;
            let first = former.last.0.checked_add(step).ok_or(Malformed)?;
            let last = first.checked_add(r.varint()?).ok_or(Malformed)?;
            EpochInfo {
                id: EpochId(r.u64()?),
                first: Timestamp(first),
                last: Timestamp(last),
                before: former.id,
                left: former.last,
                generation: read_u32(r)?,
                ..*former
            }
        };
        if step == 0 && former.is_some_and(|former| continues(&epoch, former)) {
            return Err(Malformed);
        }
        history.push(epoch);
    }
    Ok(history)
}

/// Whether an epoch is the next one of the same database.
fn continues(epoch: &EpochInfo, former: &EpochInfo) -> bool {
    (epoch.agent, epoch.db, epoch.before, epoch.left) == (former.agent, former.db, former.id, former.last)
        && former.last < epoch.first
        && epoch.first <= epoch.last
}

/// Writes what declares an epoch.
pub(super) fn write_epoch(w: &mut Writer, epoch: &EpochInfo) {
    w.u64(epoch.id.0);
    w.varint(epoch.agent.0);
    w.u64(epoch.db.0);
    w.varint(epoch.first.0);
    w.varint(epoch.last.0);
    w.u64(epoch.before.0);
    w.varint(epoch.left.0);
    w.varint(epoch.generation.into());
}

/// Counterpart of [`write_epoch`].
pub(super) fn read_epoch(r: &mut Reader<'_>) -> Result<EpochInfo, Malformed> {
    Ok(EpochInfo {
        id: EpochId(r.u64()?),
        agent: AgentId(r.varint()?),
        db: DbId(r.u64()?),
        first: Timestamp(r.varint()?),
        last: Timestamp(r.varint()?),
        before: EpochId(r.u64()?),
        left: Timestamp(r.varint()?),
        generation: read_u32(r)?,
    })
}

pub(super) fn write_marks(w: &mut Writer, marks: &Marks) {
    w.count(marks.iter().count());
    for (group, position) in marks.iter() {
        w.u8(group.0);
        write_position(w, position);
    }
}

pub(super) fn read_marks(r: &mut Reader<'_>) -> Result<Marks, Malformed> {
    let marks = read_list(r, Group::COUNT, |r| Ok((read_group(r)?, read_position(r)?)))?;
    if rises(marks.iter().map(|(group, _)| *group)) { Ok(marks.into_iter().collect()) } else { Err(Malformed) }
}

pub(super) fn write_position(w: &mut Writer, position: Position) {
    w.varint(position.ts.0);
    w.u64(position.epoch.0);
}

pub(super) fn read_position(r: &mut Reader<'_>) -> Result<Position, Malformed> {
    Ok(Position { ts: Timestamp(r.varint()?), epoch: EpochId(r.u64()?) })
}

pub(super) fn read_group(r: &mut Reader<'_>) -> Result<Group, Malformed> {
    group_of(r.u8()?)
}

pub(super) fn group_of(number: u8) -> Result<Group, Malformed> {
    if usize::from(number) < Group::COUNT { Ok(Group(number)) } else { Err(Malformed) }
}

pub(super) fn write_role(w: &mut Writer, role: Role) {
    w.u8(match role {
        Role::Server => 1,
        Role::Router => 2,
        Role::Device => 3,
    });
}

pub(super) fn read_role(r: &mut Reader<'_>) -> Result<Role, Malformed> {
    match r.u8()? {
        1 => Ok(Role::Server),
        2 => Ok(Role::Router),
        3 => Ok(Role::Device),
        _ => Err(Malformed),
    }
}

pub(super) fn read_code(r: &mut Reader<'_>) -> Result<Code, Malformed> {
    i32::try_from(r.zigzag()?).map(Code).map_err(|_| Malformed)
}

pub(super) fn read_u32(r: &mut Reader<'_>) -> Result<u32, Malformed> {
    u32::try_from(r.varint()?).map_err(|_| Malformed)
}

fn read_flag(r: &mut Reader<'_>) -> Result<bool, Malformed> {
    match r.u8()? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(Malformed),
    }
}

/// `None` if the list is longer than the reader takes.
pub(super) fn write_list<T>(w: &mut Writer, list: &[T], limit: usize, mut write: impl FnMut(&mut Writer, &T)) -> Option<()> {
    if list.len() > limit {
        return None;
    }
    w.count(list.len());
    list.iter().for_each(|item| write(w, item));
    Some(())
}

/// Grows with what has come, whatever the count says.
pub(super) fn read_list<T>(
    r: &mut Reader<'_>,
    limit: usize,
    read: impl Fn(&mut Reader<'_>) -> Result<T, Malformed>,
) -> Result<Vec<T>, Malformed> {
    let mut list = Vec::new();
    for _ in 0..r.count(limit)? {
        list.push(read(r)?);
    }
    Ok(list)
}

fn rises(mut groups: impl Iterator<Item = Group>) -> bool {
    let first = groups.next();
    groups.try_fold(first, |before, group| (before < Some(group)).then_some(Some(group))).is_some()
}
