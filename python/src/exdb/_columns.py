"""Columns that are given: laid out in memory for the library, each value checked."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, Optional

from ._capi import ffi, lib
from ._errors import ArgumentException, InvalidTypeException, misfit
from ._lists import LIMIT, elements
from ._memory import KINDS, NUMBERS, TYPECODES, Memory, has_moments, memory_of, moments, unmasked
from ._objects import checked, checked_single
from ._values import numbered

if TYPE_CHECKING:
    from ._dictionary import Field, Struct

_EMPTY = {lib.MCO_DYN_BYTES: b"", lib.MCO_DYN_TEXT: "", lib.MCO_DYN_WIDE: ""}  # what stands for None in a column; for numbers 0


def put(place: Any, field: Field, column: Any, rows: int, repeated: bool) -> Any:
    """Describes a column, or a value that is `repeated`, for the library; the result keeps its memory."""
    if field.is_list or field.struct is not None:
        column = [column] * rows if repeated else _native(field, column)
        return _lists(place, field, column, rows) if field.is_list else _structs(place, field, column, rows)
    if field.nullable:
        there, column = _nulls(field, column, rows, repeated)
        if there is not None:
            place.indicators = ffi.cast("uint1 *", ffi.from_buffer(there))
            return there, _values(place, field, column, rows, repeated)
    return _values(place, field, column, rows, repeated)


def _nulls(field: Field, column: Any, rows: int, repeated: bool) -> tuple[Optional[array[int]], Any]:
    """Which rows have values, unless all have, and the column with something else in place of None."""
    empty = _EMPTY.get(field.codec.kind, 0)
    if repeated:
        return (array("B", bytes(rows)), empty) if column is None else (None, column)
    if hasattr(column, "tolist") and unmasked(f"the column {field.name}", column).dtype == object:
        column = column.tolist()
    if not isinstance(column, Sequence) or not any(value is None for value in column):
        return None, column
    return array("B", [value is not None for value in column]), [empty if value is None else value for value in column]


def _values(place: Any, field: Field, column: Any, rows: int, repeated: bool) -> Memory:
    place.field, place.kind = field.no, field.codec.kind
    column = _native(field, column)
    if repeated:
        # Of numbers the library takes the first for all rows. Texts need not end where their zeros begin, so they are written out.
        rows = 1 if field.codec.kind in NUMBERS else rows
        column = [column.item() if hasattr(column, "item") else column] * rows
    memory = None if repeated else _as_it_is(field, column)
    if memory is None:
        memory = _copied(place, field, column)
    else:
        place.kind = KINDS[memory.letter]
    _check_length(field, memory.rows, rows)
    _lay(place, memory)
    if repeated:
        place.stride = 0
    return memory


def _lay(place: Any, memory: Memory) -> None:
    place.size, place.stride, place.data = memory.size, memory.stride, ffi.cast("void *", memory.address)


def _check_length(field: Field, there: int, rows: int) -> None:
    if there != rows:  # the library would read what is behind
        raise ArgumentException(f"the column {field.name} has {there} values, but its length says {rows}")


def _native(field: Field, column: Any) -> Any:
    """The column, if all of it counts; moments of NumPy as ticks."""
    column = unmasked(f"the column {field.name}", column)
    if has_moments(column):
        try:
            return column.astype(moments(field, column)).view("i8")
        except OverflowError:
            raise misfit(f"{field.name}: a moment does not fit", "Take it out, or lower the precision of datetime.") from None
    return column


def _as_it_is(field: Field, column: Any) -> Optional[Memory]:
    """The memory of a column, if the library may read it there: numbers, and all of them fit."""
    if field.codec.kind not in NUMBERS or field.type.startswith("numeric"):
        return None
    memory = memory_of(column)
    if isinstance(memory, str) or memory.letter not in "iubf":
        return None
    target = NUMBERS[field.codec.kind]
    if memory.letter == "f" and target != "f":
        raise InvalidTypeException(f"{field.name} ({field.declared}) takes integers, the column has floats; round them, and make them integers")
    if field.type == "bool":
        return memory if memory.letter == "b" else None
    if target == "f":
        return memory if field.size == 8 or (memory.letter, memory.size) != ("f", 8) else None
    bits = 8 * (4 if field.type.startswith("enum") else field.size)
    low, high = (0, 2**bits - 1) if target == "u" else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    given_low, given_high = (0, 256**memory.size - 1) if memory.letter in "ub" else (-(256**memory.size) // 2, 256**memory.size // 2 - 1)
    if memory.rows == 0 or (low <= given_low and given_high <= high):
        return memory
    least, most = (column.min(), column.max()) if hasattr(column, "min") else (min(column), max(column))
    return memory if low <= int(least) and int(most) <= high else None


def _copied(place: Any, field: Field, column: Any) -> Memory:
    """The values of a column, each checked, in memory of their own."""
    if hasattr(column, "tolist"):
        column = column.tolist()
    elif isinstance(column, (bytes, bytearray)):
        column = list(column)  # numbers from 0 to 255; array() would take them as its own memory
    if field.codec.kind not in NUMBERS:
        return _texts(place, _encoded(field, column))
    return _numbers(place, field, column, lambda: _encoded(field, column))


def _numbers(place: Any, field: Field, numbers: Iterable[Any], encoded: Callable[[], Iterable[Any]]) -> Memory:
    """The fast way, as long as all are plain numbers that fit; `encoded` says what is wrong with others, or converts them."""
    letter = NUMBERS[field.codec.kind]
    made: array[Any]
    if field.type == "bool" or field.type.startswith("numeric"):
        made = array("q", encoded())
        if field.type == "bool":
            place.kind = lib.MCO_DYN_SIGNED
    else:
        typecode = TYPECODES[letter, (8 if letter == "f" else 4 if field.type.startswith("enum") else field.size)]
        try:
            made = array(typecode, numbers)
        except (TypeError, OverflowError):
            made = array(typecode, encoded())
        if letter == "f" and field.size == 4:
            try:
                struct.pack(f"<{len(made)}f", *made)  # "<": only the standard form looks at the range
            except OverflowError:
                encoded()
    return Memory(letter, made.itemsize, made.itemsize, ffi.from_buffer(made), len(made), False, made)


def _encoded(field: Field, column: Iterable[Any]) -> list[Any]:
    return numbered("row", field.codec.encode, column)


def _texts(place: Any, parts: list[bytes]) -> Memory:
    """Texts one behind the other."""
    together, lengths = b"".join(parts), array("I", map(len, parts))
    place.lengths = ffi.cast("uint4 *", ffi.from_buffer(lengths))
    held = ffi.from_buffer(together)
    return Memory("S", len(together), 0, held, len(parts), False, (held, together, lengths))


# ---- lists and structs, which have columns in their column


def _lists(place: Any, field: Field, column: Any, rows: int) -> Any:
    """Arrays or vectors: the elements of all rows, one behind the other."""
    inner = ffi.new("mco_dyn_elements_t *")
    place.field, place.kind, place.data, inner.column.kind = field.no, lib.MCO_DYN_ELEMENTS, inner, field.codec.kind
    memory, held = _grid(field, column), []
    if memory is not None:
        inner.column.kind = KINDS[memory.letter]
        counts = array("I", [column.shape[1]]) * rows
    else:
        column = column.tolist() if hasattr(column, "tolist") else column
        plain = _are_plain(field, column)
        lists = column if plain else _checked_lists(field, column)
        _check_length(field, len(lists), rows)
        counts = array("I", [0 if one is None else len(one) for one in lists])
        flat = [*chain.from_iterable(one for one in lists if one is not None)]
        held.append(_tell(place, lists))
        if field.struct is not None:
            held.append(_members(inner.column, field.struct, flat))
        elif field.codec.kind in NUMBERS:
            memory = _numbers(inner.column, field, flat, lambda: chain(*_checked_lists(field, column)) if plain else flat)
        else:
            held.append(_tell(inner.column, flat))
            memory = _texts(inner.column, [raw or b"" for raw in flat])
    if memory is not None:
        _lay(inner.column, memory)
    inner.counts, inner.room = ffi.cast("uint4 *", ffi.from_buffer(counts)), sum(counts)
    return inner, counts, memory, held


def _grid(field: Field, column: Any) -> Optional[Memory]:
    """The elements of a NumPy array of two dimensions, if the library may read them there."""
    if len(getattr(column, "shape", ())) != 2 or not hasattr(column, "reshape") or field.struct is not None:
        return None
    each = column.shape[1]
    return _as_it_is(field, column.reshape(-1)) if (each <= LIMIT if field.vector else each == field.elements) else None


def _are_plain(field: Field, column: Any) -> bool:
    """Whether the rows are lists that may be, if all in them are numbers that fit."""
    if field.codec.kind not in NUMBERS or not set(map(type, column)) <= {list, tuple}:
        return False
    lengths = set(map(len, column))
    return max(lengths, default=0) <= LIMIT if field.vector else lengths <= {field.elements}


def _checked_lists(field: Field, column: Iterable[Any]) -> list[Any]:
    """What the library takes of each element; of a struct its members by name."""
    take = field.codec.encode if field.struct is None else partial(checked_single, field)
    return numbered("row", lambda given: None if given is None and field.nullable else elements(field, given, take), column)


def _structs(place: Any, field: Field, column: Any, rows: int) -> Any:
    assert field.struct is not None
    values = numbered("row", partial(checked, field), column.tolist() if hasattr(column, "tolist") else column)
    _check_length(field, len(values), rows)
    place.field = field.no
    return _members(place, field.struct, values)


def _members(place: Any, struct_: Struct, values: list[Any]) -> Any:
    """Structs that are known to fit, None where there is none: a column for each member."""
    given = ffi.new("mco_dyn_column_t[]", len(struct_.fields))
    place.kind, place.size, place.data = lib.MCO_DYN_STRUCT, len(given), given
    held = []
    for inner, member in zip(given, struct_.fields.values()):
        column = [None if one is None else one.get(member.name, default(member)) for one in values]
        held.append(put(inner, replace(member, nullable=True), column, len(values), False))
    return given, _tell(place, values), held


def _tell(place: Any, values: Iterable[Any]) -> Optional[array[int]]:
    """Says of which values there are, unless all of them are."""
    there = array("B", [value is not None for value in values])
    if all(there):
        return None
    place.indicators = ffi.cast("uint1 *", ffi.from_buffer(there))
    return there


def default(field: Field) -> Any:
    """What a field has that nothing is written to, as a value to write."""
    if field.default is not None or field.nullable or field.optional:
        return field.default
    if field.is_list:
        return [] if field.vector else [0 if field.codec.kind in NUMBERS else None] * field.elements
    return {} if field.struct is not None else _EMPTY.get(field.codec.kind, 0)
