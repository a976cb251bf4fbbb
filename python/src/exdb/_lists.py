"""Arrays and vectors in objects: out as a list, in as any sequence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from typing import TYPE_CHECKING, Any

from ._capi import ffi, lib
from ._errors import check, misfit
from ._transaction import HANDLE, OpenTransaction, ended, new_place
from ._values import MEMBERS, fill, numbered, wrong_type

if TYPE_CHECKING:
    from ._dictionary import Field
    from ._objects import Fields

LIMIT = 65535  # elements of a vector


def list_access(field: Field, members: Callable[[Any], Any]) -> tuple[Callable[[Any], Any], Callable[[Any, Any], None]]:
    """How a list is read, and how it is written; `members` gives those of a struct by name."""
    number, take = field.no, members if field.struct is not None else field.codec.encode
    read, write = _structs(field) if field.struct is not None else _texts(field) if field.codec.kind not in MEMBERS else _numbers(field)

    def get(self: Fields) -> list[Any]:
        if self._exdb_transaction.places is None:
            raise ended(self._exdb_class.name)
        count = ffi.new("uint4 *")
        check(lib.mco_dyn_size(self._exdb_handle, number, count))
        return read(self._exdb_handle, self._exdb_transaction, count[0])

    def put(self: Fields, given: Any) -> None:
        values = elements(field, given, take)
        if self._exdb_transaction.places is None:
            raise ended(self._exdb_class.name)
        self._exdb_transaction.writable()
        if field.vector:
            check(lib.mco_dyn_alloc(self._exdb_handle, number, len(values)))
        write(self._exdb_handle, self._exdb_transaction, values)

    return get, put


def elements(field: Field, given: Any, take: Callable[[Any], Any]) -> list[Any]:
    """What a list is to hold, once all of it is known to fit: of each element what `take` makes of it, None for one without a value."""
    what = f"{field.name} ({f'vector<{field.declared}>' if field.vector else f'{field.elements} times {field.declared}'})"
    try:
        if isinstance(given, (str, Mapping, Set)) or len(getattr(given, "shape", (0,))) != 1:
            raise TypeError
        len(given)  # an iterator may have no end
        values = list(given.tolist() if hasattr(given, "tolist") else given)
    except TypeError:
        raise wrong_type(what, given, "a sequence of one dimension, such as a list") from None
    if field.vector and len(values) > LIMIT:
        raise misfit(f"{what}: there are {len(values)} elements", f"At most {LIMIT} are possible.")
    if not field.vector and len(values) != field.elements:
        raise misfit(f"{what}: there are {len(values)} elements", f"Give {field.elements}, which is what the array has.")
    blank = field.codec.kind not in MEMBERS
    return numbered("element", lambda value: None if value is None and blank else take(value), values)


_Read = Callable[[Any, OpenTransaction, int], list[Any]]
_Write = Callable[[Any, OpenTransaction, list[Any]], None]


def _numbers(field: Field) -> tuple[_Read, _Write]:
    number, (kind, _, decode) = field.no, field.codec
    member = MEMBERS[kind]

    def read(handle: Any, transaction: OpenTransaction, count: int) -> list[Any]:
        value, content, _, _, _ = new_place()
        found = []
        for element in range(count):
            check(lib.mco_dyn_get(handle, number, element, value))
            found.append(getattr(content, member))
        return list(map(decode, found)) if decode else found

    def write(handle: Any, transaction: OpenTransaction, values: list[Any]) -> None:
        value, content, _, _, _ = new_place()
        value.kind = kind
        for element, raw in enumerate(values):
            setattr(content, member, raw)
            check(lib.mco_dyn_put(handle, number, element, value))

    return read, write


def _texts(field: Field) -> tuple[_Read, _Write]:
    number, (kind, _, decode) = field.no, field.codec

    def read(handle: Any, transaction: OpenTransaction, count: int) -> list[Any]:
        value, _, text, memory, room = new_place()
        found: list[Any] = []
        while len(found) < count:
            code = lib.mco_dyn_copy(handle, number, len(found), value, memory, room)
            if code == lib.MCO_S_OVERFLOW:
                value, _, text, memory, room = new_place(text.len)
                continue
            if code != lib.MCO_E_EMPTYVECTOREL:
                check(code)
                raw = ffi.unpack(memory, text.len)
                found.append(decode(raw) if decode else raw)
            else:
                found.append(None)
        return found

    def write(handle: Any, transaction: OpenTransaction, values: list[Any]) -> None:
        value, _, _, _, _ = new_place()
        for element, raw in enumerate(values):
            if raw is None:
                _erase(handle, field, element)
                continue
            held = fill(value, kind, raw)
            check(lib.mco_dyn_put(handle, number, element, value))
            del held  # so long it had to be there

    return read, write


def _structs(field: Field) -> tuple[_Read, _Write]:
    struct, number = field.struct, field.no
    assert struct is not None

    def enter(handle: Any, transaction: OpenTransaction, element: int, writes: bool) -> Any:
        inner = ffi.new(HANDLE)
        code = lib.mco_dyn_struct(handle, number, element, writes, inner)
        if code == lib.MCO_E_EMPTYVECTOREL:
            return None
        check(code)
        return struct.type(inner, transaction)

    def read(handle: Any, transaction: OpenTransaction, count: int) -> list[Any]:
        found = [enter(handle, transaction, element, False) for element in range(count)]
        if transaction.reads_only:
            return found
        # Entered for writing an element would be made where there is none.
        return [one and enter(handle, transaction, element, True) for element, one in enumerate(found)]

    def write(handle: Any, transaction: OpenTransaction, values: list[Any]) -> None:
        for element, members in enumerate(values):
            _erase(handle, field, element)
            if members is not None:
                inner = enter(handle, transaction, element, True)
                for name, value in members.items():
                    setattr(inner, name, value)

    return read, write


def _erase(handle: Any, field: Field, element: int) -> None:
    """Takes an element away; those of a vector are new."""
    if not field.vector:
        check(lib.mco_dyn_erase(handle, field.no, element))
