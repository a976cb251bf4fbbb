"""Cursors: find one object, search, run over the objects of a class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Optional, Union

from . import _bulk
from ._capi import ffi, lib
from ._dictionary import Class, Index, find_index
from ._errors import (
    ArgumentException,
    InvalidOperationException,
    ProgrammingError,
    Whole,
    check,
    closed,
    error,
    failure,
    is_member,
    number,
    unsupported,
)
from ._objects import Object
from ._transaction import HANDLE, OpenTransaction
from ._values import fill
from .constants import Operation

if TYPE_CHECKING:
    from ._connection import Connection

__all__ = ["Cursor"]

_MEMORY = ffi.typeof("mco_cursor_t *")
# Where the cursor is. PENDING: the library stands on the object that the next fetch gives; AT: on the one that was given last.
_EMPTY, _PENDING, _AT, _END = range(4)
_BACKWARD = (Operation.LessThan, Operation.LessOrEquals)


class Cursor(Whole):
    """A place among objects of a class, in the open transaction.

    It runs over all objects of a class in the order of an index, or after `search` over those that match. Then the order is that of the index,
    for LessThan and LessOrEquals the reverse, from the key downwards. Iterating, `next` and `prev` stay among them. As a context manager it
    closes at the end; it is closed with its transaction, too.
    """

    rowcount = -1
    arraysize = 100

    def __init__(self, connection: Connection, cls: Union[None, str, Class] = None, idx: Union[None, str, Index] = None) -> None:
        self._connection: Optional[Connection] = connection
        self._transaction: Optional[OpenTransaction] = None
        self._memory: Any = None
        self._class: Optional[Class] = None
        self._state = _EMPTY
        self._is_hash = False
        self._search: Optional[tuple[int, _Keys, bool]] = None
        if cls is not None:
            described = connection.dictionary.find_class(cls)
            self._open(described, _default_order(described) if idx is None else find_index(described, idx).code)
        elif idx is not None:
            raise ArgumentException("an index belongs to a class: cursor(cls, idx)")
        else:
            connection._open()

    # ---- finding

    def find(self, cls: Union[str, Class], idx: Union[None, str, Index], value: Any) -> Optional[Object]:
        """The object with this key in a unique index, or None. The key of several fields is a tuple. Without an index: with this autoid."""
        connection, transaction = self._live()
        described = connection.dictionary.find_class(cls)
        found = ffi.new(HANDLE)
        if idx is None:
            if not described.autoid:
                raise _no_order(described, "autoid", "Name one of its unique indexes.")
            number, keys = lib.MCO_DYN_AUTOID, _Keys.of_autoid(value)
        else:
            index = find_index(described, idx)
            if not index.unique:
                raise error(ProgrammingError, lib.MCO_E_ILLEGAL_PARAM, f"index {index.name} is not unique", "Use search for it.")
            number, keys = index.code, _Keys(index, value)
        code = lib.mco_dyn_find(transaction.handle, described.code, number, keys.values, len(keys.values), found)
        if code == lib.MCO_S_NOTFOUND:
            return None
        check(code)
        return described.type(found, transaction)

    def search(self, cls: Union[str, Class], idx: Union[str, Index], op: int, value: Any) -> Optional[bool]:
        """Looks for the objects whose key is to `value` as `op` (a member of `Operation`) says; True if there is one, else None.

        Before and behind are meant in the order of the index: along a field that is `desc`, LessThan finds larger values."""
        connection, _ = self._live()
        described = connection.dictionary.find_class(cls)
        index = find_index(described, idx)
        if not is_member(op, range(Operation.LessThan, Operation.IsPrefixOf + 1)):
            raise ArgumentException(f"{op!r} is no operation; use a member of Operation")
        if op > Operation.GreaterThan:
            raise unsupported(f"search with operation {op}", "There are LessThan, LessOrEquals, Equals, GreaterOrEquals and GreaterThan.")
        if index.kind == "hash" and op != Operation.Equals:
            raise error(ProgrammingError, lib.MCO_E_ILLEGAL_PARAM, f"index {index.name} is a hash", "It knows Operation.Equals only.")
        keys = _Keys(index, value)
        self._open(described, index.code)
        self._search = (op, keys, index.kind == "hash")
        self._to_start()
        return True if self._state != _EMPTY else None

    # ---- moving

    def first(self) -> Optional[Object]:
        """The first object, or None when there is none."""
        self._to_start()
        return self.next()

    def last(self) -> Optional[Object]:
        """The last object, or None when there is none. NotSupportedError over a hash."""
        transaction = self._opened()
        if self._search is None or self._search[0] in (Operation.GreaterOrEquals, Operation.GreaterThan):
            code = lib.mco_cursor_last(transaction.handle, self._memory)
        elif self._search[0] in _BACKWARD:
            code = lib.mco_cursor_first(transaction.handle, self._memory)
        elif self._search[2]:
            raise unsupported("last over a hash", "Iterate: its objects have no order.")
        else:
            code = self._look(Operation.LessOrEquals)
        return self._arrive(code, _EMPTY)

    def next(self) -> Optional[Object]:
        """The next object, or None at the end."""
        return self._object() if self._forward() else None

    def prev(self) -> Optional[Object]:
        """The object before, or None at the start. NotSupportedError over a hash."""
        transaction = self._opened()
        if self._state == _END:
            return self.last()
        if self._state == _EMPTY:
            return None
        before = self._state
        back = lib.mco_cursor_next if self._is_backward() else lib.mco_cursor_prev
        return self._arrive(back(transaction.handle, self._memory), before)

    def skip(self) -> bool:
        """Moves to the next object without making it; False at the end."""
        return self._forward()

    def reset(self) -> None:
        """Back to the start: the next fetch gives the first object."""
        self._to_start()

    def current(self) -> Optional[Object]:
        """The object that was given last, or None before the first and behind the last."""
        self._opened()
        return self._object() if self._state == _AT else None

    def __iter__(self) -> Cursor:
        self._opened()
        return self

    def __next__(self) -> Object:
        found = self.next()
        if found is None:
            raise StopIteration
        return found

    # ---- many at once

    def read_many(self, rows: Optional[int] = None, fields: Optional[Sequence[str]] = None) -> dict[str, list[Any]]:
        """The next `rows` objects (None: all that are left) by columns: for each field a list of its values. Without fields: all fields.

        Arrays and vectors are lists, structs in them dicts; the members of another struct have columns such as "pos.x", unless fields names the
        struct: then it is a column of dicts.
        """
        transaction = self._opened()
        described = self._described()
        wanted = _bulk.chosen(described, fields)
        rows = None if rows is None else number(rows, "rows", 0, 2**63 - 1)
        if self._runs_ahead():
            read = _bulk.Lists(wanted)
            while self._stands() and (rows is None or read.rows < rows):
                self._moved(read.step(transaction.handle, self._memory, rows))
            return read.columns()
        columns: dict[str, list[Any]] = {field.name: [] for field in wanted}
        while (rows is None or rows > 0) and self._forward():
            rows = None if rows is None else rows - 1
            found = self._object()
            for field in wanted:
                columns[field.name].append(_bulk.value_of(found, field))
        return columns

    def read_into(self, columns: Mapping[str, Any]) -> int:
        """Writes the next objects into memory: for each field a NumPy array, or another writable buffer, of one dimension. How many were read.

        Numbers go into columns of any width that expresses them, else DataError, after which the rows before are there and the cursor goes on at
        the one that does not fit; a double is rounded to a float. Moments go into datetime64 of any unit that expresses them, too, texts into
        NumPy arrays of fixed length ("S10", filled with zeros). Not after a search that may end in the middle of the index, nor over a hash into
        floats that may not express the field, or into datetime64 (NotSupportedError).
        """
        transaction = self._opened()
        if not self._runs_ahead():
            raise unsupported("read_into after this search", "Use read_many, or search with GreaterOrEquals or GreaterThan.")
        into = _bulk.Into(self._described(), columns)
        if into.converts and self._is_hash:  # from a value that does not fit there is no way back
            raise unsupported(f"read_into over a hash into another type of {into.converts}", "Use a column of the type of the field, or read_many.")
        while self._stands() and into.done < into.rows:
            self._moved(into.step(transaction.handle, self._memory))
        return into.done

    # ---- the rest

    def checkpoint(self) -> None:
        """Puts the objects that this transaction has made or changed into the indexes. IntegrityError: a unique key is taken."""
        self._opened()
        self._live()[0].checkpoint()

    def getAutoId(self) -> int:
        """The autoid of the current object."""
        found, number = self.current(), ffi.new("uint8 *")
        if found is None:
            raise InvalidOperationException("the cursor is at no object; call next() first")
        if not self._described().autoid:
            raise _no_order(self._described(), "autoid", "Declare 'autoid' in the class.")
        check(lib.mco_dyn_autoid(found._exdb_handle, number))
        return int(number[0])

    def close(self) -> None:
        """Closes the cursor; it may be left out. Closing again does nothing."""
        self._connection = None
        if self._memory is not None and self._transaction is not None and self._transaction.places is not None:
            lib.mco_cursor_close(self._transaction.handle, self._memory)
        self._memory = None

    def __enter__(self) -> Cursor:
        self._live()
        return self

    def __repr__(self) -> str:
        closed = self._connection is None or (self._transaction is not None and self._transaction.places is None)
        return f"<eXtremeDB cursor{f':{self._class.name}' if self._class is not None else ''}{' (closed)' if closed else ''}>"

    def __exit__(self, kind: Optional[type[BaseException]], value: Optional[BaseException], trace: Optional[TracebackType]) -> None:
        self.close()

    def execute(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Not supported: there is no SQL here."""
        raise unsupported("SQL", "Use find and search, or iterate over the cursor.")

    execute_many = fetchone = fetchmany = fetchall = extractone = execute

    # ---- inside

    def _live(self) -> tuple[Connection, OpenTransaction]:
        if self._connection is None:
            raise InvalidOperationException("the cursor is closed; make a new one with Connection.cursor()")
        if self._transaction is None:
            self._transaction = self._connection._begun()
        if self._transaction.places is None:
            raise closed("the cursor has ended with its transaction; make a new one in the open transaction")
        return self._connection, self._transaction

    def _opened(self) -> OpenTransaction:
        _, transaction = self._live()
        if self._class is None:
            raise InvalidOperationException("the cursor has no class yet; call search(), or make it with cursor(cls)")
        return transaction

    def _described(self) -> Class:
        assert self._class is not None  # after _opened
        return self._class

    def _open(self, described: Class, index: int) -> None:
        connection, transaction = self._live()
        if self._memory is None:
            self._memory = ffi.new(_MEMORY)
        self._class = self._search = None
        code = lib.mco_dyn_cursor(transaction.handle, described.code, index, self._memory)
        if code not in (0, lib.MCO_S_CURSOR_EMPTY):
            raise failure(code)
        self._class = described
        self._is_hash = any(each.code == index and each.kind == "hash" for each in described.indexes.values())
        self._state = _EMPTY if code else _PENDING

    def _look(self, op: int) -> int:
        """Searches with another operation for the key of the search."""
        assert self._search is not None and self._transaction is not None
        keys = self._search[1]
        return int(lib.mco_dyn_search(self._transaction.handle, self._memory, op, keys.values, len(keys.values)))

    def _to_start(self) -> None:
        transaction = self._opened()
        code = lib.mco_cursor_first(transaction.handle, self._memory) if self._search is None else self._look(self._search[0])
        if code in (lib.MCO_S_NOTFOUND, lib.MCO_S_CURSOR_EMPTY, lib.MCO_S_CURSOR_END):
            self._state = _EMPTY
        else:
            check(code)
            self._state = _PENDING

    def _is_backward(self) -> bool:
        return self._search is not None and self._search[0] in _BACKWARD

    def _forward(self) -> bool:
        """Moves on; True when the library then stands on an object to give."""
        transaction = self._opened()
        if self._state == _PENDING:
            self._state = _AT
        elif self._state == _AT:
            ahead = lib.mco_cursor_prev if self._is_backward() else lib.mco_cursor_next
            code = ahead(transaction.handle, self._memory)
            bounded = self._search is not None and self._search[0] == Operation.Equals
            if code == lib.MCO_S_CURSOR_END or (bounded and code == 0 and not self._matches()):
                self._state = _END
            else:
                check(code)
        return self._state == _AT

    def _arrive(self, code: int, otherwise: int) -> Optional[Object]:
        """After a move that was not forward; `otherwise` is the state when it led to no object."""
        if code in (lib.MCO_S_CURSOR_END, lib.MCO_S_CURSOR_EMPTY, lib.MCO_S_NOTFOUND):
            self._state = _PENDING if otherwise == _AT else otherwise
            return None
        check(code)
        if not self._matches():
            self._to_start()
            return None
        self._state = _AT
        return self._object()

    def _matches(self) -> bool:
        """Whether the object that the library stands on belongs to the search."""
        if self._search is None or self._transaction is None or self._search[2]:
            return True
        op, keys, _ = self._search
        order = ffi.new("int *")
        check(lib.mco_dyn_compare(self._transaction.handle, self._memory, keys.values, len(keys.values), order))
        return _holds(op, order[0])

    def _object(self) -> Object:
        assert self._class is not None and self._transaction is not None
        found = ffi.new(HANDLE)
        code = lib.mco_dyn_from_cursor(self._transaction.handle, self._memory, found)
        if code:
            raise failure(code, "The object has been removed; move on." if code == lib.MCO_E_CURSOR_INVALID else None)
        return self._class.type(found, self._transaction)

    # For reading many: the library gives what is behind its place, to the end of the index.

    def _runs_ahead(self) -> bool:
        return self._search is None or self._search[2] or self._search[0] in (Operation.GreaterOrEquals, Operation.GreaterThan)

    def _stands(self) -> bool:
        """Moves from the object that was given to the next one."""
        if self._state == _AT and self._forward():
            self._state = _PENDING
        return self._state == _PENDING

    def _moved(self, ended: bool) -> None:
        self._state = _END if ended else _PENDING


class _Keys:
    """The values of a key as the library takes them, with the memory that they need."""

    __slots__ = ("held", "values")

    def __init__(self, index: Index, value: Any) -> None:
        parts = value if isinstance(value, tuple) else (value,)
        if len(parts) != len(index.fields):
            names = ", ".join(field.name for field in index.fields)
            wanted = f"({names}), a tuple of {len(index.fields)}" if len(index.fields) > 1 else names
            given = f"a tuple of {len(parts)}" if isinstance(value, tuple) else type(value).__name__
            raise ArgumentException(f"the key of index {index.name} is {wanted}, not {given}")
        self.values: Any = ffi.new("mco_dyn_value_t[]", len(parts))
        self.held: list[Any] = []
        for place, field, part in zip(self.values, index.fields, parts):
            raw = field.codec.encode(part)
            self.held += [raw, fill(place, field.codec.kind, raw)]

    @classmethod
    def of_autoid(cls, value: Any) -> _Keys:
        """The key of an autoid."""
        keys = cls.__new__(cls)
        keys.values, keys.held = ffi.new("mco_dyn_value_t[]", 1), []
        if not isinstance(value, int) or not 0 <= value < 2**64:
            raise ArgumentException(f"an autoid is a number from 0 to {2**64 - 1}, not {value!r}")
        fill(keys.values[0], lib.MCO_DYN_UNSIGNED, value)
        return keys


def _holds(op: int, order: int) -> bool:
    """Whether an object that is before (-), at (0) or behind (+) the key matches."""
    if op == Operation.Equals:
        return order == 0
    if order == 0:
        return op in (Operation.LessOrEquals, Operation.GreaterOrEquals)
    return (order < 0) == (op in _BACKWARD)


def _default_order(described: Class) -> int:
    if described.autoid:
        return int(lib.MCO_DYN_AUTOID)
    if described.list:
        return int(lib.MCO_DYN_LIST)
    raise _no_order(described, "autoid and no list", "Name one of its indexes, or declare 'list' in the class.")


def _no_order(described: Class, what: str, advice: str) -> Exception:
    return error(ProgrammingError, lib.MCO_E_UDA_INDEX_NOTFOUND, f"class {described.name} has no {what}", advice)
