//! `MCO_Hf`: a reference to an object, or to a struct in one, in the application's memory. Copies are as good as the original.
//!
//! Words: a check of the others, the transaction, the class, number of the transaction, epoch and oid in halves, the struct with what is to
//! be known of it, column of its first member, and the elements of lists in which it is, the outermost first.

use super::boundary;
use super::ctypes::{MCO_Hf, mco_trans_h};
use super::place::{Inside, Place};
use super::session::{Transaction, transaction};
use crate::base::{Code, Result, fail};
use crate::db::{Connection, MAX_DEPTH, ObjectRef, Path};
use std::sync::Arc;

/// All that a handle has.
const WORDS: usize = 11 + MAX_DEPTH;
const HALF: u32 = 32;

/// Set in the word of the struct when the handle is one for writing.
const WRITES: usize = 1 << 17;
/// One list in which the struct is, in the same word.
const STEP: usize = 1 << 18;
/// One column, in the word of an element.
const COLUMN: usize = 1 << 16;

/// Writes a reference to an object. `memory` must not be NULL.
pub(crate) fn write(memory: *mut MCO_Hf, transaction: mco_trans_h, object: ObjectRef) {
    write_place(memory, transaction, Place { object, inside: None });
}

/// Writes a reference to an object or to a struct in it. `memory` must not be NULL.
pub(crate) fn write_place(memory: *mut MCO_Hf, transaction: mco_trans_h, Place { object, inside }: Place) {
    let mut words = [0; WORDS];
    let [_, of, class, _, _, _, _, _, _, word, first, steps @ ..] = &mut words;
    (*of, *class) = (transaction as usize, usize::from(object.class));
    if let Some(Inside { structure, path, base, writes }) = inside {
        let lists = path.steps();
        *word = usize::from(structure) + 1 + if writes { WRITES } else { 0 } + STEP * lists.len();
        *first = usize::from(base);
        for (step, (column, element)) in steps.iter_mut().zip(lists) {
            *step = COLUMN * usize::from(*column) + usize::from(*element);
        }
    }
    let numbers = [object.transaction, object.epoch, object.oid];
    let halves = numbers.iter().flat_map(|number| [number & u64::from(u32::MAX), number >> HALF]);
    for (word, half) in words.iter_mut().skip(3).zip(halves) {
        *word = usize::try_from(half).expect("half of 64 bits fits into every word");
    }
    seal(&mut words);
    // SAFETY: by the rule of the interface `memory` points to a MCO_Hf, which begins with WORDS words.
    unsafe { memory.cast::<[usize; WORDS]>().write(words) }
}

/// Runs `act` on the object that `memory` names, which must be of the class (0: of any class).
pub(crate) fn read<R>(memory: *const MCO_Hf, class: u16, act: impl FnOnce(&mut Connection, ObjectRef) -> Result<R>) -> Result<R> {
    let (_, transaction, object) = locate(memory, class)?;
    transaction.run(|connection| act(connection, object)).map_err(stale)
}

/// As [`read`] for calls that write.
pub(crate) fn change<R>(
    memory: *const MCO_Hf,
    class: u16,
    act: impl FnOnce(&mut Connection, ObjectRef) -> Result<R>,
) -> Result<R> {
    let (_, transaction, object) = locate(memory, class)?;
    transaction.write(|connection| act(connection, object)).map_err(stale)
}

/// As [`read`], also for a struct: `owner` is the class, or the struct as [`Place::owner`] gives it.
pub(crate) fn read_place<R>(
    memory: *const MCO_Hf,
    owner: u32,
    act: impl FnOnce(&mut Connection, Place) -> Result<R>,
) -> Result<R> {
    let (_, transaction, place) = locate_place(memory, owner)?;
    transaction.run(|connection| act(connection, place)).map_err(stale)
}

/// As [`read_place`] for calls that write.
pub(crate) fn change_place<R>(
    memory: *const MCO_Hf,
    owner: u32,
    act: impl FnOnce(&mut Connection, Place) -> Result<R>,
) -> Result<R> {
    let (_, transaction, place) = locate_place(memory, owner)?;
    transaction.write(|connection| act(connection, place)).map_err(stale)
}

/// Writes a reference to the struct in a field to `inner`.
pub(crate) fn enter(
    memory: *const MCO_Hf,
    owner: u32,
    field: u16,
    element: u32,
    writes: bool,
    inner: *mut MCO_Hf,
) -> Result<Code> {
    let (handle, transaction, of) = locate_place(memory, owner)?;
    boundary::place(inner, "the handle of the struct")?;
    let act = |connection: &mut Connection| of.enter(connection, field, element, writes);
    let found = if writes { transaction.write(act) } else { transaction.run(act) };
    write_place(inner, handle, found.map_err(stale)?);
    Ok(Code::S_OK)
}

/// What `memory` names: the handle of its transaction, the transaction, the object.
pub(crate) fn locate(memory: *const MCO_Hf, class: u16) -> Result<(mco_trans_h, Arc<Transaction>, ObjectRef)> {
    match locate_place(memory, class.into())? {
        (handle, transaction, Place { object, inside: None }) => Ok((handle, transaction, object)),
        _ => fail(Code::E_INVALID_HANDLE, "the handle names a struct in an object, not the object"),
    }
}

/// As [`locate`], also for a struct.
pub(crate) fn locate_place(memory: *const MCO_Hf, owner: u32) -> Result<(mco_trans_h, Arc<Transaction>, Place)> {
    if memory.is_null() {
        return fail(Code::E_INVALID_HANDLE, "the object handle is NULL");
    }
    // SAFETY: not NULL, so by the rule of the interface it points to a MCO_Hf, which begins with WORDS words.
    let words = unsafe { memory.cast::<[usize; WORDS]>().read() };
    let mut sealed = words;
    seal(&mut sealed);
    let [check, handle, code, t0, t1, e0, e1, o0, o1, structure, base, steps @ ..] = words;
    if sealed != words || check == 0 {
        return fail(Code::E_INVALID_HANDLE, "the object handle was never set");
    }
    let whole = |low: usize, high: usize| ((high as u64) << HALF) | low as u64;
    let short = |word| u16::try_from(word).unwrap_or(0);
    let object = ObjectRef { transaction: whole(t0, t1), epoch: whole(e0, e1), oid: whole(o0, o1), class: short(code) };
    let mut path = Path::default();
    for step in steps.into_iter().take(structure / STEP) {
        path = path.step(short(step / COLUMN), short(step % COLUMN))?;
    }
    let position = (structure & (WRITES - 1)).checked_sub(1);
    let inside =
        position.map(|position| Inside { structure: short(position), path, base: short(base), writes: structure & WRITES != 0 });
    let place = Place { object, inside };
    if owner != 0 && owner != place.owner() {
        return fail(Code::E_INVALID_HANDLE, format!("the handle is one of {:#x}, not of {owner:#x}", place.owner()));
    }
    let handle = handle as mco_trans_h;
    Ok((handle, transaction(handle).map_err(stale)?, place))
}

/// For an object handle, an ended transaction is an invalid handle.
fn stale(mut error: crate::base::Error) -> crate::base::Error {
    if error.code == Code::E_TRANS_NOT_ACTIVE {
        error.code = Code::E_INVALID_HANDLE;
    }
    error
}

/// Puts the check word into the first place.
fn seal(words: &mut [usize; WORDS]) {
    let [check, rest @ ..] = words;
    const SEED: usize = 0x4D43_4F48;
    *check = rest.iter().fold(SEED, |sum, word| sum.rotate_left(7).wrapping_mul(0x0100_0193) ^ word) | 1;
}
