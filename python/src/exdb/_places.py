"""Places that the library writes columns to, and how they become lists of Python."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from ._capi import ffi, lib
from ._memory import NUMBERS, TYPECODES

if TYPE_CHECKING:
    from ._dictionary import Field, Struct

_TEXTS = 128 * 1024  # bytes of the texts of a column, as a first guess
_ELEMENTS = 16 * 1024  # elements of its lists

Taken = Callable[[int], Iterable[Any]]  # the values of so many rows


def place_for(place: Any, field: Field, rows: int, room: int, held: list[Any]) -> Taken:
    """Makes a place for a column, with so many times the room of the first guess; gives what takes the rows out of it. What is `held` has to
    be there until the library has written."""
    place.field = field.no
    if field.is_list:
        taken = _lists(place, field, rows, room, held)
    elif field.struct is not None:
        taken = _structs(place, field.struct, rows, room, held)
    else:
        taken = _single(place, field, rows, room)
    lacks = field.nullable or field.optional
    if not lacks and field.type != "blob":
        return taken
    there = array("B", bytes(rows))
    place.indicators = ffi.cast("uint1 *", ffi.from_buffer(there))
    # A blob that was never written is empty bytes, which is what lies in its place.
    return lambda done: [value if known or not lacks else None for value, known in zip(taken(done), there)]


def _single(place: Any, field: Field, rows: int, room: int) -> Taken:
    kind, _, decode = field.codec
    place.kind = kind
    letter = NUMBERS.get(kind)
    if letter is not None:
        numbers = array(TYPECODES[letter, 8], bytes(8 * rows))
        place.size = place.stride = 8
        place.data = ffi.from_buffer(numbers)
        return lambda done: map(decode, numbers[:done]) if decode else numbers[:done].tolist()
    texts, lengths = bytearray(_TEXTS * room), array("I", bytes(4 * rows))
    place.size, place.stride = len(texts), 0
    place.data, place.lengths = ffi.from_buffer(texts), ffi.cast("uint4 *", ffi.from_buffer(lengths))
    return lambda done: map(decode, _cut(texts, lengths[:done])) if decode else _cut(texts, lengths[:done])


def _lists(place: Any, field: Field, rows: int, room: int, held: list[Any]) -> Taken:
    counts, inner = array("I", bytes(4 * rows)), ffi.new("mco_dyn_elements_t *")
    place.kind, place.data = lib.MCO_DYN_ELEMENTS, inner
    held.append(inner)
    inner.counts, inner.room = ffi.cast("uint4 *", ffi.from_buffer(counts)), _ELEMENTS * room
    element = replace(field, vector=False, elements=0, nullable=field.codec.kind not in NUMBERS)
    elements = place_for(inner.column, element, inner.room, room, held)

    def taken(done: int) -> Iterable[Any]:
        values = iter(elements(sum(counts[:done])))
        return [list(islice(values, count)) for count in counts[:done]]

    return taken


def _structs(place: Any, struct: Struct, rows: int, room: int, held: list[Any]) -> Taken:
    given = ffi.new("mco_dyn_column_t[]", len(struct.fields))
    place.kind, place.size, place.data = lib.MCO_DYN_STRUCT, len(given), given
    held.append(given)
    members = [place_for(inner, member, rows, room, held) for inner, member in zip(given, struct.fields.values())]
    return lambda done: [dict(zip(struct.fields, values)) for values in zip(*(member(done) for member in members))]


def _cut(texts: bytearray, lengths: Iterable[int]) -> Iterable[bytes]:
    start = 0
    for length in lengths:
        yield bytes(texts[start : start + length])
        start += length
