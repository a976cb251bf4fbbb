"""Columns that are given: laid out in memory for the library, each value checked."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Optional

from ._capi import ffi, lib
from ._errors import ArgumentException, InvalidTypeException, misfit
from ._memory import KINDS, NUMBERS, TYPECODES, Memory, has_moments, memory_of, moments, unmasked
from ._values import numbered

if TYPE_CHECKING:
    from ._dictionary import Field

EMPTY = {lib.MCO_DYN_BYTES: b"", lib.MCO_DYN_TEXT: "", lib.MCO_DYN_WIDE: ""}  # what stands for None in a column; for numbers 0


def put(place: Any, field: Field, column: Any, rows: int, repeated: bool) -> Any:
    """Describes a column, or a value that is `repeated`, for the library; the result keeps its memory."""
    if field.nullable:
        there, column = _nulls(field, column, rows, repeated)
        if there is not None:
            place.indicators = ffi.cast("uint1 *", ffi.from_buffer(there))
            return there, _values(place, field, column, rows, repeated)
    return _values(place, field, column, rows, repeated)


def _nulls(field: Field, column: Any, rows: int, repeated: bool) -> tuple[Optional[array[int]], Any]:
    """Which rows have values, unless all have, and the column with something else in place of None."""
    empty = EMPTY.get(field.codec.kind, 0)
    if repeated:
        return (array("B", bytes(rows)), empty) if column is None else (None, column)
    if hasattr(column, "tolist") and unmasked(f"the column {field.name}", column).dtype == object:
        column = column.tolist()
    if not isinstance(column, Sequence) or not any(value is None for value in column):
        return None, column
    return array("B", [value is not None for value in column]), [empty if value is None else value for value in column]


def _values(place: Any, field: Field, column: Any, rows: int, repeated: bool) -> Memory:
    place.field, place.kind = field.no, field.codec.kind
    column = unmasked(f"the column {field.name}", column)
    if has_moments(column):
        try:
            column = column.astype(moments(field, column)).view("i8")
        except OverflowError:
            raise misfit(f"{field.name}: a moment does not fit", "Take it out, or lower the precision of datetime.") from None
    if repeated:
        # Of numbers the library takes the first for all rows. Texts need not end where their zeros begin, so they are written out.
        rows = 1 if field.codec.kind in NUMBERS else rows
        column = [column.item() if hasattr(column, "item") else column] * rows
    memory = None if repeated else _as_it_is(field, column)
    if memory is None:
        memory = _copied(place, field, column)
    else:
        place.kind = KINDS[memory.letter]
    if memory.rows != rows:  # the library would read what is behind
        raise ArgumentException(f"the column {field.name} has {memory.rows} values, but its length says {rows}")
    place.size, place.stride, place.data = memory.size, 0 if repeated else memory.stride, ffi.cast("void *", memory.address)
    return memory


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
    letter = NUMBERS.get(field.codec.kind)
    if letter is None:
        return _texts(place, _encoded(field, column))
    numbers: array[Any]
    if letter == "f":
        numbers = _numbers(field, column, "d")
        if field.size == 4:
            try:
                struct.pack(f"<{len(numbers)}f", *numbers)  # "<": only the standard form looks at the range
            except OverflowError:
                _encoded(field, numbers)
    elif field.type == "bool" or field.type.startswith("numeric"):
        numbers = array("q", _encoded(field, column))
        if field.type == "bool":
            place.kind = lib.MCO_DYN_SIGNED
    else:
        numbers = _numbers(field, column, TYPECODES[letter, 4 if field.type.startswith("enum") else field.size])
    return Memory(letter, numbers.itemsize, numbers.itemsize, ffi.from_buffer(numbers), len(numbers), False, numbers)


def _numbers(field: Field, column: Any, typecode: str) -> array[Any]:
    """The fast way, as long as all are plain numbers that fit; `encode` says what is wrong with others, or converts them."""
    try:
        return array(typecode, column)
    except (TypeError, OverflowError):
        return array(typecode, _encoded(field, column))


def _encoded(field: Field, column: Iterable[Any]) -> list[Any]:
    return numbered("row", field.codec.encode, column)


def _texts(place: Any, parts: list[bytes]) -> Memory:
    """Texts one behind the other."""
    together, lengths = b"".join(parts), array("I", map(len, parts))
    place.lengths = ffi.cast("uint4 *", ffi.from_buffer(lengths))
    held = ffi.from_buffer(together)
    return Memory("S", len(together), 0, held, len(parts), False, (held, together, lengths))
