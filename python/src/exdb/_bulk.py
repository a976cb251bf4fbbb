"""Many rows at once: columns of Python sequences, NumPy arrays and buffers, to and from those of the library."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from math import isinf
from typing import Any, NamedTuple, Optional

from ._capi import ffi, lib
from ._columns import default, put
from ._dictionary import Class, Field
from ._errors import ArgumentException, InvalidTypeException, check, last_error, misfit, unsupported
from ._memory import KINDS, NUMBERS, TYPECODES, Memory, has_moments, memory_of, moments, unmasked
from ._objects import plain
from ._places import place_for

_STEP = 4096  # rows of one call of the library, so that its memory stays small
_ROOM = 16  # times the first guess of what texts and lists take, up to which there is more room before it has to be


def insert(transaction: Any, described: Class, data: Any, fields: Optional[Sequence[str]]) -> int:
    """Makes rows of a class from columns or rows."""
    columns = _by_column(described, data, fields)
    named = [(_field(described, name), column) for name, column in columns.items()]
    _refuse_twice([field.name for field, _ in named])
    lengths = {field.name: _length(field, column) for field, column in named}
    rows = _same(lengths)
    if rows == 0:
        return 0
    given = ffi.new("mco_dyn_column_t[]", len(named))
    held = [put(place, field, column, rows, lengths[field.name] is None) for place, (field, column) in zip(given, named)]
    done = ffi.new("uint4 *")
    check(lib.mco_dyn_insert_many(transaction, described.code, rows, len(named), given, done))
    del held  # so long it had to be there
    return int(done[0])


def chosen(described: Class, fields: Optional[Sequence[str]]) -> list[Field]:
    """The fields of these names, or all."""
    if isinstance(fields, str):
        raise ArgumentException(f"fields is a sequence of names, such as [{fields!r}]")
    try:
        found = [_field(described, name) for name in (described.columns if fields is None else fields)]
    except TypeError:
        raise ArgumentException(f"fields is a sequence of names, not {type(fields).__name__}") from None
    given = [field.name for field in found]
    if len(set(given)) < len(given):
        raise ArgumentException(f"fields has a name twice: {', '.join(given)}")
    return found


def _refuse_twice(names: list[str]) -> None:
    for name in names:
        if any(other.startswith(f"{name}.") for other in names):
            raise ArgumentException(f"there is a column of the struct {name} and one of a member; give one or the other")


class Lists:
    """Reads rows into lists, step by step."""

    def __init__(self, fields: list[Field]) -> None:
        self.fields = fields
        self.rows = 0
        self._lists: list[list[Any]] = [[] for _ in fields]
        self._room = 1

    def step(self, transaction: Any, cursor: Any, limit: Optional[int]) -> bool:
        """Reads some more; True when there are no more."""
        wanted = _STEP if limit is None else min(_STEP, limit - self.rows)
        given = ffi.new("mco_dyn_column_t[]", len(self.fields))
        held: list[Any] = []
        parts = [place_for(place, field, wanted, self._room, held) for place, field in zip(given, self.fields)]
        done, code = _read(transaction, cursor, wanted, given)
        del held  # so long it had to be there
        for target, part in zip(self._lists, parts):
            target += part(done)
        self.rows += done
        if code == lib.MCO_S_OVERFLOW and (done == 0 or self._room < _ROOM):
            self._room *= 4
        return bool(code == lib.MCO_S_CURSOR_END)

    def columns(self) -> dict[str, list[Any]]:
        """What was read."""
        return {field.name: values for field, values in zip(self.fields, self._lists)}


def value_of(found: Any, field: Field) -> Any:
    """The same out of one object."""
    for name in field.name.split("."):
        found = None if found is None else getattr(found, name)
    return plain(found)


class Into:
    """Reads rows into memory of the program, step by step."""

    def __init__(self, described: Class, columns: Mapping[str, Any]) -> None:
        if not isinstance(columns, Mapping) or not columns:
            raise ArgumentException("columns is a mapping of field names to NumPy arrays or other buffers")
        self._class = described
        self._targets = [_target(described, name, column) for name, column in columns.items()]
        self.rows: int = _same({target.field.name: target.rows for target in self._targets})
        self.converts = ", ".join(target.field.name for target in self._targets if target.convert)
        self.done = 0

    def step(self, transaction: Any, cursor: Any) -> bool:
        """Reads some more; True when there are no more."""
        given = ffi.new("mco_dyn_column_t[]", len(self._targets))
        for place, (field, memory, _, convert) in zip(given, self._targets):
            place.field, place.kind, place.size, place.stride = field.no, KINDS[memory.letter], memory.size, memory.stride
            place.data = ffi.cast("char *", memory.address) + (0 if convert else memory.stride * self.done)
        read, code = _read(transaction, cursor, min(_STEP, self.rows - self.done), given, lib.MCO_E_CONVERSION)
        whole, refused = read, self._refused() if code in (lib.MCO_E_CONVERSION, lib.MCO_S_OVERFLOW) else None
        if code == lib.MCO_S_NULL_VALUE:
            refused = " or ".join(target.field.name for target in self._targets if target.field.nullable)
        for target in self._targets:
            fit = target.convert(self.done, read) if target.convert else read
            if fit < whole:
                whole, refused = fit, target.field.name
        for _ in range(read - whole - (code == lib.MCO_S_CURSOR_END) if whole < read else 0):
            lib.mco_cursor_prev(transaction, cursor)  # to the row that does not fit, as the library would
        self.done += whole
        if refused is not None:
            what = f"row {self.done}: {self._class.name}.{refused} does not fit its place"
            raise misfit(what, f"The {self.done} rows before it are there; read the rest into a wider column, or with read_many.")
        return bool(code == lib.MCO_S_CURSOR_END)

    def _refused(self) -> str:
        """Names of the fields that the last call of the library may have stopped at: it says a number for numbers, nothing for texts."""
        said = re.search(r"field (\d+)", last_error() or "")
        return " or ".join(
            field.name for field, memory, _, _ in self._targets if (memory.letter == "S" if said is None else field.no == int(said[1]))
        )


# ---- columns that are given


def _by_column(described: Class, data: Any, fields: Optional[Sequence[str]]) -> Mapping[str, Any]:
    """The data as a mapping of names to columns."""
    names = getattr(getattr(unmasked("the data", data), "dtype", None), "names", None)
    try:
        rows = [] if isinstance(data, Mapping) or names else list(data)
    except TypeError:
        raise ArgumentException(_ROWS) from None
    kinds = set(map(type, rows))
    by_name = bool(kinds) and all(issubclass(kind, Mapping) for kind in kinds)
    if (isinstance(data, Mapping) or names or by_name) and fields is not None:
        raise ArgumentException("the data has names already; fields is for a sequence of rows that are tuples")
    if isinstance(data, Mapping):
        return data
    if names:
        return {name: data[name] for name in names}
    if by_name:
        named = [_field(described, name) for name in dict.fromkeys(name for row in rows for name in row)]
        return {field.name: [row.get(field.name, default(field)) for row in rows] for field in named}
    names = [field.name for field in chosen(described, fields)]
    if not all(hasattr(kind, "__len__") and not issubclass(kind, (str, bytes, bytearray, Set, Mapping)) for kind in kinds):
        raise ArgumentException(_ROWS)
    widths = set(map(len, rows)) - {len(names)}
    if widths:
        raise ArgumentException(f"a row has {len(names)} values ({', '.join(names)}), not {min(widths)}; name what it has in fields")
    columns = list(zip(*rows)) if rows else [()] * len(names)
    if len(columns) != len(names):
        raise ArgumentException(f"a row does not have the {len(names)} values that its length says")
    return dict(zip(names, columns))


_ROWS = "insert_many takes a mapping of columns, or rows that are tuples, all of them, or dicts, all of them"


def _length(field: Field, column: Any) -> Optional[int]:
    """Rows of a column; None for a single value, which stands for all rows."""
    if isinstance(column, str) or (isinstance(column, (bytes, bytearray)) and field.codec.kind not in NUMBERS):
        return None
    if isinstance(column, Mapping) and field.struct is not None and not field.is_list:
        return None
    if isinstance(column, (Set, Mapping)):
        raise ArgumentException(f"the column {field.name} is a {type(column).__name__}, whose values belong to no rows; give a list")
    shape = getattr(column, "shape", None)
    if shape is not None:
        if len(shape) > 1 + field.is_list:
            raise ArgumentException(f"the column {field.name} has {len(shape)} dimensions, {'two are' if field.is_list else 'one is'} possible")
        return int(shape[0]) if shape else None
    try:
        return len(column)
    except TypeError:
        return None


def _same(lengths: Mapping[str, Optional[int]]) -> int:
    found = {length for length in lengths.values() if length is not None}
    if len(found) != 1:
        what = ", ".join(f"{name}: {length}" for name, length in lengths.items() if length is not None) or "only single values"
        raise ArgumentException(f"all columns have the same number of rows; here are {what}")
    return found.pop()


class Target(NamedTuple):
    """Where a field is read to: `memory`, from there with `convert`(first row, rows) into the column. That says how many rows fit, before one that
    does not."""

    field: Field
    memory: Memory
    rows: int
    convert: Optional[Callable[[int, int], int]] = None


def _target(described: Class, name: str, column: Any) -> Target:
    """The place that a field is read into."""
    field = _field(described, name)
    if field.is_list or field.struct is not None:
        raise unsupported(f"read_into of {described.name}.{name}, which is a {'list' if field.is_list else 'struct'}", "Use read_many.")
    if has_moments(unmasked(f"the column {name}", column)) and len(column.shape) == 1 and column.flags.writeable:
        return _moments_target(field, column)
    memory = memory_of(column)
    if isinstance(memory, str) or not memory.writable:
        why = memory if isinstance(memory, str) else "is read-only"
        raise ArgumentException(f"the column {name} {why}; give a writable NumPy array of numbers or of S, or an array.array")
    number = NUMBERS.get(field.codec.kind, "") if not field.type.startswith("numeric") else "none"
    fits = {"i": "iubf", "u": "iubf", "f": "f", "": "S" if field.codec.kind != lib.MCO_DYN_WIDE else ""}.get(number, "")
    if memory.letter not in fits:
        into = f"{memory.letter}{memory.size}"
        raise InvalidTypeException(f"{described.name}.{name} is {field.declared}, it cannot be read into a column of {into}; use read_many")
    if memory.letter == "f" and (number != "f" or memory.size < field.size):
        return _rounding_target(field, column, memory, number)
    return Target(field, memory, memory.rows)


def _rounding_target(field: Field, column: Any, memory: Memory, letter: str) -> Target:
    """Floats that may not express what is read. The library rounds; here an integer has to stay what it is, and a number finite."""
    read, place = array(TYPECODES[letter, 8], bytes(8 * min(_STEP, memory.rows))), column if hasattr(column, "dtype") else memoryview(column)

    def convert(start: int, rows: int) -> int:
        made = array(TYPECODES["f", memory.size], read[:rows].tolist())
        fit = next((row for row, (new, old) in enumerate(zip(made, read)) if new != old and (letter != "f" or isinf(new))), rows)
        place[start : start + fit] = made[:fit]
        return fit

    return Target(field, Memory(letter, 8, 8, ffi.from_buffer(read), len(read), True, read), memory.rows, convert)


def _moments_target(field: Field, column: Any) -> Target:
    """NumPy's datetime64, of any unit."""
    read = column[:_STEP].astype(moments(field, column))
    memory = memory_of(read.view("i8"))
    assert isinstance(memory, Memory)

    def are_expressed(first: int, last: int) -> bool:
        part = read[first:last]
        try:
            return bool((part.astype(column.dtype).astype(part.dtype) == part).all())
        except OverflowError:
            return False

    def convert(start: int, rows: int) -> int:
        fit = rows if are_expressed(0, rows) else next(row for row in range(rows) if not are_expressed(row, row + 1))
        column[start : start + fit] = read[:fit]
        return fit

    return Target(field, memory, len(column), convert)


def _read(transaction: Any, cursor: Any, rows: int, columns: Any, also: int = 0) -> tuple[int, int]:
    """Calls the library: rows that are whole, and the status, a known one."""
    done = ffi.new("uint4 *")
    code = lib.mco_dyn_read_many(transaction, cursor, rows, len(columns), columns, done)
    if code not in (0, lib.MCO_S_CURSOR_END, lib.MCO_S_OVERFLOW, lib.MCO_S_NULL_VALUE, also):
        check(code)
    return done[0], code


def _field(described: Class, name: str) -> Field:
    """The field of this name; also that of a struct, in place of those of its members."""
    found = (described.columns.get(name) or described.fields.get(name)) if isinstance(name, str) else None
    if found is None:
        raise ArgumentException(f"class {described.name} has no field {name!r}; it has {', '.join(described.columns)}")
    return found
