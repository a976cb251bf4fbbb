"""Objects of the database: for every class of a schema one Python class, whose properties are the fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ._capi import ffi, lib
from ._errors import InvalidOperationException, closed, failure
from ._transaction import new_place
from ._values import Codec, fill

if TYPE_CHECKING:
    from ._dictionary import Class, Field
    from ._transaction import OpenTransaction

HANDLE = ffi.typeof("MCO_Hf *")
_NULL = lib.MCO_DYN_NULL
# Members of mco_dyn_content_t that are numbers, by kind.
_MEMBERS = {lib.MCO_DYN_SIGNED: "i", lib.MCO_DYN_UNSIGNED: "u", lib.MCO_DYN_DOUBLE: "d"}


class Object:
    """An object of the open transaction; attributes are the fields of its class. It ends with its transaction."""

    __slots__ = ("_exdb_handle", "_exdb_transaction")
    _exdb_class: Class
    _exdb_handle: Any
    _exdb_transaction: OpenTransaction

    def __init__(self, handle: Any, transaction: OpenTransaction) -> None:
        self._exdb_handle = handle
        self._exdb_transaction = transaction

    def __repr__(self) -> str:
        fields = {name: getattr(self, name) for name in self._exdb_class.fields}
        return f"<eXtremeDB object:{self._exdb_class.name}>.{fields}"

    if TYPE_CHECKING:  # a type checker cannot know the fields; the program's schema has them

        def __getattr__(self, name: str) -> Any: ...
        def __setattr__(self, name: str, value: Any) -> None: ...


def object_type(described: Class) -> type[Object]:
    """The Python class for the objects of a class."""
    members: dict[str, Any] = {field.name: _property(field) for field in described.fields.values()}
    members.update(__slots__=(), __doc__=f"An object of class {described.name}.", __module__="exdb", _exdb_class=described)
    return type(described.name, (Object,), members)


def ended(name: str) -> InvalidOperationException:
    """An object is used after its transaction."""
    return closed(f"the transaction of this {name} has ended; find it again in the open one")


def _property(field: Field) -> property:
    access = _number_access if field.codec.kind in _MEMBERS else _text_access
    get, put = access(field.no, field.codec, field.nullable)
    return property(get, put, None, field.type)


def _number_access(number: int, codec: Codec, nullable: bool) -> tuple[Callable[[Any], Any], Callable[[Any, Any], None]]:
    kind, encode, decode = codec
    member = _MEMBERS[kind]
    read, write = lib.mco_dyn_get, lib.mco_dyn_put

    def get(self: Object) -> Any:
        places = self._exdb_transaction.places
        if places is None:
            raise ended(self._exdb_class.name)
        try:
            place = places.pop()
        except IndexError:
            place = new_place()
        value, content, _ = place
        code = read(self._exdb_handle, number, 0, value)
        if code:
            raise failure(code)
        if nullable and value.kind == _NULL:
            places.append(place)
            return None
        raw = getattr(content, member)
        places.append(place)
        return decode(raw) if decode else raw

    def put(self: Object, given: Any) -> None:
        empty = nullable and given is None
        raw = 0 if empty else encode(given)
        transaction = self._exdb_transaction
        places = transaction.places
        if places is None:
            raise ended(self._exdb_class.name)
        if transaction.reads_only:
            transaction.writable()
        try:
            place = places.pop()
        except IndexError:
            place = new_place()
        value, content, _ = place
        value.kind = _NULL if empty else kind
        setattr(content, member, raw)
        code = write(self._exdb_handle, number, 0, value)
        if code:
            raise failure(code)
        places.append(place)

    return get, put


def _text_access(number: int, codec: Codec, nullable: bool) -> tuple[Callable[[Any], Any], Callable[[Any, Any], None]]:
    kind, encode, decode = codec
    read, write, buffer = lib.mco_dyn_get, lib.mco_dyn_put, ffi.buffer

    def get(self: Object) -> Any:
        transaction = self._exdb_transaction
        with transaction.showing:
            places = transaction.places
            if places is None:
                raise ended(self._exdb_class.name)
            try:
                place = places.pop()
            except IndexError:
                place = new_place()
            value, _, text = place
            code = read(self._exdb_handle, number, 0, value)
            if code:
                raise failure(code)
            if nullable and value.kind == _NULL:
                places.append(place)
                return None
            size = text.len
            raw = buffer(text.ptr, size)[:] if size else b""
            places.append(place)
        return decode(raw) if decode else raw

    def put(self: Object, given: Any) -> None:
        empty = nullable and given is None
        raw = b"" if empty else encode(given)
        transaction = self._exdb_transaction
        places = transaction.places
        if places is None:
            raise ended(self._exdb_class.name)
        transaction.writable()
        try:
            place = places.pop()
        except IndexError:
            place = new_place()
        held = fill(place[0], _NULL if empty else kind, raw)
        code = write(self._exdb_handle, number, 0, place[0])
        del held
        if code:
            raise failure(code)
        places.append(place)

    return get, put
