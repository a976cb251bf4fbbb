"""Many rows at once: columns of Python sequences, NumPy arrays and buffers, to and from those of the library.

NumPy is not needed: its arrays are seen through `__array_interface__`, everything else through the buffer protocol.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Optional

from ._capi import ffi, lib
from ._dictionary import Class, Field
from ._errors import ArgumentException, DataError, InvalidTypeException, check, error, misfit
from ._values import WIDE, wrong_type

_NUMBERS = {lib.MCO_DYN_SIGNED: "i", lib.MCO_DYN_UNSIGNED: "u", lib.MCO_DYN_DOUBLE: "f"}
_KINDS = {"i": lib.MCO_DYN_SIGNED, "u": lib.MCO_DYN_UNSIGNED, "b": lib.MCO_DYN_UNSIGNED, "f": lib.MCO_DYN_DOUBLE, "S": lib.MCO_DYN_TEXT}
# Type codes of `array` by the letter and the bytes of a number.
_TYPECODES = {(letter, array(code).itemsize): code for letter, codes in (("i", "bhiq"), ("u", "BHIQ"), ("f", "fd")) for code in codes}
_FORMATS = {"b": "i", "h": "i", "i": "i", "l": "i", "q": "i", "n": "i", "f": "f", "d": "f", "?": "b"}
_FORMATS.update({code: "u" for code in "BHILQN"})
_STEP = 4096  # rows of one call of the library, so that its memory stays small
_PER_ROW = 32  # bytes of a text, as a first guess


class Memory(NamedTuple):
    """One column in memory. `letter` and `size` say what a row is, as in NumPy; `holder` keeps the memory."""

    letter: str
    size: int
    stride: int
    address: Any
    rows: int
    writable: bool
    holder: Any


def insert(transaction: Any, described: Class, data: Any, fields: Optional[Sequence[str]]) -> int:
    """Makes rows of a class from columns or rows."""
    columns = _by_column(described, data, fields)
    named = [(_field(described, name), column) for name, column in columns.items()]
    lengths = {field.name: _length(field, column) for field, column in named}
    rows = _same(lengths)
    if rows == 0:
        return 0
    given = ffi.new("mco_dyn_column_t[]", len(named))
    held = [_put(place, field, column, rows if lengths[field.name] is None else 0) for place, (field, column) in zip(given, named)]
    done = ffi.new("uint4 *")
    check(lib.mco_dyn_insert_many(transaction, described.code, rows, len(named), given, done))
    del held  # so long it had to be there
    return int(done[0])


def chosen(described: Class, fields: Optional[Sequence[str]]) -> list[Field]:
    """The fields of these names, or all."""
    if isinstance(fields, str):
        raise ArgumentException(f"fields is a sequence of names, such as [{fields!r}]")
    return list(described.fields.values()) if fields is None else [_field(described, name) for name in fields]


class Lists:
    """Reads rows into lists, step by step."""

    def __init__(self, fields: list[Field]) -> None:
        self.fields = fields
        self.rows = 0
        self._lists: list[list[Any]] = [[] for _ in fields]
        self._room = {field.name: _STEP * _PER_ROW for field in fields if field.codec.kind not in _NUMBERS}

    def step(self, transaction: Any, cursor: Any, limit: Optional[int]) -> bool:
        """Reads some more; True when there are no more."""
        wanted = _STEP if limit is None else min(_STEP, limit - self.rows)
        given = ffi.new("mco_dyn_column_t[]", len(self.fields))
        parts = [self._place(place, field, wanted) for place, field in zip(given, self.fields)]
        done, code = _read(transaction, cursor, wanted, given)
        for target, field, part in zip(self._lists, self.fields, parts):
            values = part(done)
            target += map(field.codec.decode, values) if field.codec.decode else values
        self.rows += done
        if code == lib.MCO_S_OVERFLOW and done == 0:
            self._room = {name: 4 * room for name, room in self._room.items()}
        return bool(code == lib.MCO_S_CURSOR_END)

    def columns(self) -> dict[str, list[Any]]:
        """What was read."""
        return {field.name: values for field, values in zip(self.fields, self._lists)}

    def _place(self, place: Any, field: Field, rows: int) -> Callable[[int], Iterable[Any]]:
        """Memory for a column; gives what takes the rows out of it."""
        place.field, place.kind = field.no, field.codec.kind
        letter = _NUMBERS.get(field.codec.kind)
        if letter is not None:
            numbers = array(_TYPECODES[letter, 8], bytes(8 * rows))
            place.size = place.stride = 8
            place.data = ffi.from_buffer(numbers)
            return lambda done: numbers[:done].tolist()
        texts, lengths = bytearray(self._room[field.name]), array("I", bytes(4 * rows))
        place.size, place.stride = len(texts), 0
        place.data, place.lengths = ffi.from_buffer(texts), ffi.cast("uint4 *", ffi.from_buffer(lengths))
        return lambda done: _cut(texts, lengths[:done])


class Into:
    """Reads rows into memory of the program, step by step."""

    def __init__(self, described: Class, columns: Mapping[str, Any]) -> None:
        if not isinstance(columns, Mapping) or not columns:
            raise ArgumentException("columns is a mapping of field names to NumPy arrays or other buffers")
        self._columns = [(_field(described, name), _target(described, name, column)) for name, column in columns.items()]
        self.rows: int = _same({field.name: memory.rows for field, memory in self._columns})
        self.done = 0

    def step(self, transaction: Any, cursor: Any) -> bool:
        """Reads some more; True when there are no more."""
        given = ffi.new("mco_dyn_column_t[]", len(self._columns))
        for place, (field, memory) in zip(given, self._columns):
            place.field, place.kind, place.size, place.stride = field.no, _KINDS[memory.letter], memory.size, memory.stride
            place.data = ffi.cast("char *", memory.address) + memory.stride * self.done
        done, code = _read(transaction, cursor, min(_STEP, self.rows - self.done), given)
        self.done += done
        if code == lib.MCO_S_OVERFLOW:
            raise error(
                DataError, code, f"row {self.done}: a text is longer than its place", "Read what is before it, and use a wider array for the rest."
            )
        return bool(code == lib.MCO_S_CURSOR_END)


# ---- columns that are given


def _by_column(described: Class, data: Any, fields: Optional[Sequence[str]]) -> Mapping[str, Any]:
    """The data as a mapping of names to columns."""
    names = getattr(getattr(data, "dtype", None), "names", None)
    if (isinstance(data, Mapping) or names) and fields is not None:
        raise ArgumentException("columns have names already; fields is for a sequence of rows")
    if isinstance(data, Mapping):
        return data
    if names:
        return {name: data[name] for name in names}
    names = [field.name for field in chosen(described, fields)]
    try:
        rows = data if isinstance(data, (list, tuple)) else list(data)
        widths = set(map(len, rows))
    except TypeError:
        raise ArgumentException("insert_many takes a mapping of columns, or rows that are tuples") from None
    if widths - {len(names)}:
        odd = min(widths - {len(names)})
        raise ArgumentException(f"a row has {len(names)} values ({', '.join(names)}), not {odd}; name what it has in fields")
    return dict(zip(names, zip(*rows))) if rows else {name: () for name in names}


def _length(field: Field, column: Any) -> Optional[int]:
    """Rows of a column; None for a single value, which stands for all rows."""
    if isinstance(column, str) or (isinstance(column, (bytes, bytearray)) and field.codec.kind not in _NUMBERS):
        return None
    shape = getattr(column, "shape", None)
    if shape is not None:
        if len(shape) > 1:
            raise ArgumentException(f"the column {field.name} has {len(shape)} dimensions, one is possible")
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


def _put(place: Any, field: Field, column: Any, repeated: int) -> Any:
    """Describes a column, or a value that is `repeated`, for the library; the result keeps its memory."""
    place.field, place.kind = field.no, field.codec.kind
    if repeated:
        # Of numbers the library takes the first for all rows. Texts need not end where their zeros begin, so they are written out.
        column = [column.item() if hasattr(column, "item") else column] * (1 if field.codec.kind in _NUMBERS else repeated)
    memory = None if repeated else _as_it_is(field, column)
    if memory is None:
        memory = _copied(place, field, column)
    else:
        place.kind = _KINDS[memory.letter]
    place.size, place.stride, place.data = memory.size, 0 if repeated else memory.stride, ffi.cast("void *", memory.address)
    return memory


def _as_it_is(field: Field, column: Any) -> Optional[Memory]:
    """The memory of a column, if the library may read it there: numbers, and all of them fit."""
    if field.codec.kind not in _NUMBERS or field.type.startswith("numeric"):
        return None
    if getattr(getattr(column, "dtype", None), "kind", "") == "M":
        precision = lib.mco_runtime_getoption(lib.MCO_RT_OPTION_DATETIME_PRECISION)
        column = column.astype(f"datetime64[{_UNITS.get(precision, 's')}]").view("i8")
    memory = memory_of(column)
    if memory is None or memory.letter not in "iubf":
        return None
    target = _NUMBERS[field.codec.kind]
    if memory.letter == "f" and target != "f":
        raise wrong_type(f"{field.name}", column, "a column of integers, but this has floats:")
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


_UNITS = {1: "s", 1000: "ms", 10**6: "us", 10**9: "ns"}


def _copied(place: Any, field: Field, column: Any) -> Memory:
    """The values of a column, each checked, in memory of their own."""
    if hasattr(column, "tolist"):
        column = column.tolist()
    letter = _NUMBERS.get(field.codec.kind)
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
        numbers = _numbers(field, column, _TYPECODES[letter, 4 if field.type.startswith("enum") else field.size])
    return Memory(letter, numbers.itemsize, numbers.itemsize, ffi.from_buffer(numbers), len(numbers), False, numbers)


def _numbers(field: Field, column: Any, typecode: str) -> array[Any]:
    """The fast way, as long as all are plain numbers that fit; `encode` says what is wrong with others, or converts them."""
    try:
        return array(typecode, column)
    except (TypeError, OverflowError):
        return array(typecode, _encoded(field, column))


def _encoded(field: Field, column: Iterable[Any]) -> list[Any]:
    encode, encoded = field.codec.encode, []
    for row, value in enumerate(column):
        try:
            encoded.append(encode(value))
        except InvalidTypeException as wrong:
            raise InvalidTypeException(f"row {row}: {wrong}") from None
        except DataError as wrong:
            raise misfit(f"row {row}: {wrong.text}", wrong.info or "") from None
    return encoded


def _texts(place: Any, parts: list[bytes]) -> Memory:
    """Texts one behind the other."""
    together, lengths = b"".join(parts), array("I", map(len, parts))
    place.lengths = ffi.cast("uint4 *", ffi.from_buffer(lengths))
    held = ffi.from_buffer(together)
    return Memory("S", len(together), 0, held, len(parts), False, (held, together, lengths))


# ---- memory of the program


def memory_of(column: Any) -> Optional[Memory]:
    """A column of one dimension in the byte order of this machine, None if it is none."""
    described = getattr(column, "__array_interface__", None)
    if described is not None:
        order, letter, size = described["typestr"][0], described["typestr"][1], int(described["typestr"][2:])
        if order == _FOREIGN or len(described["shape"]) != 1 or letter not in "iubfS" or (letter == "f" and size not in (4, 8)):
            return None
        address, read_only = described["data"]
        stride = described["strides"][0] if described.get("strides") else size
        return Memory(letter, size, stride, ffi.cast("char *", address), described["shape"][0], not read_only, column)
    try:
        view = memoryview(column)
    except TypeError:
        return None
    found = _FORMATS.get(view.format.lstrip("@"))
    if found is None or view.ndim != 1 or not view.c_contiguous:
        return None
    held = ffi.from_buffer(view)
    return Memory(found, view.itemsize, view.itemsize, held, len(view), not view.readonly, (held, view))


_FOREIGN = ">" if WIDE.endswith("le") else "<"


def _target(described: Class, name: str, column: Any) -> Memory:
    """Memory that a field is read into."""
    field = _field(described, name)
    memory = memory_of(column)
    if memory is None or not memory.writable:
        raise ArgumentException(f"the column {name} is not writable memory of one dimension: give a NumPy array, or an array.array")
    integer = field.codec.kind in (lib.MCO_DYN_SIGNED, lib.MCO_DYN_UNSIGNED) and not field.type.startswith("numeric")
    if field.type.startswith("numeric"):
        fits = False
    elif field.codec.kind == lib.MCO_DYN_DOUBLE:
        fits = memory.letter == "f"
    else:
        fits = memory.letter in "iubf" if integer else memory.letter == "S" and field.codec.kind != lib.MCO_DYN_WIDE
    if not fits:
        into = f"{memory.letter}{memory.size}"
        raise InvalidTypeException(f"{described.name}.{name} is {field.type}, it cannot be read into a column of {into}; use read_many")
    return memory


def _read(transaction: Any, cursor: Any, rows: int, columns: Any) -> tuple[int, int]:
    """Calls the library: rows that are whole, and the status."""
    done = ffi.new("uint4 *")
    code = lib.mco_dyn_read_many(transaction, cursor, rows, len(columns), columns, done)
    if code not in (0, lib.MCO_S_CURSOR_END, lib.MCO_S_OVERFLOW):
        check(code)
    return done[0], code


def _cut(texts: bytearray, lengths: Iterable[int]) -> Iterable[bytes]:
    start = 0
    for length in lengths:
        yield bytes(texts[start : start + length])
        start += length


def _field(described: Class, name: str) -> Field:
    found = described.fields.get(name)
    if found is None:
        raise ArgumentException(f"class {described.name} has no field {name!r}; it has {', '.join(described.fields)}")
    return found
