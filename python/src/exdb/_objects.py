"""Objects of the database: for every class of a schema one Python class, whose properties are the fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Optional, Union

from ._capi import ffi, lib
from ._errors import Whole, failure
from ._lists import elements, list_access
from ._transaction import HANDLE, TEXT_ROOM, ended, new_place
from ._values import MEMBERS, Codec, fill, wrong_type

if TYPE_CHECKING:
    from ._dictionary import Class, Field, Struct
    from ._transaction import OpenTransaction

_NULL = lib.MCO_DYN_NULL


class Fields(Whole):
    """What has fields: an object, or a struct in it. It ends with its transaction."""

    __slots__ = ("_exdb_handle", "_exdb_transaction")
    _exdb_class: Union[Class, Struct]
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

    else:

        def __getattr__(self, name):
            raise AttributeError(f"{self._exdb_class.name} has no field {name!r}; it has {', '.join(self._exdb_class.fields)}")


class Object(Fields):
    """An object of the open transaction; attributes are the fields of its class. It ends with its transaction."""

    __slots__ = ()
    _exdb_class: Class


class StructObject(Fields):
    """A struct in an object; attributes are its members, reading and writing them goes straight to the object."""

    __slots__ = ()
    _exdb_class: Struct


def plain(value: Any) -> Any:
    """A value without what ends with its transaction: structs as dicts."""
    if isinstance(value, list):
        return [plain(one) for one in value]
    return {name: plain(getattr(value, name)) for name in value._exdb_class.fields} if isinstance(value, StructObject) else value


def object_type(described: Class) -> type[Object]:
    """The Python class for the objects of a class."""
    members = _members(described, f"An object of class {described.name}.")
    if described.oid is not None:
        get, _ = _text_access(described.oid.no, described.oid.codec, False)
        members["oid"] = property(get, None, None, "The packed oid; it never changes.")
    return type(described.name, (Object,), members)


def struct_type(described: Struct) -> type[StructObject]:
    """The Python class for the structs of one kind."""
    return type(described.name, (StructObject,), _members(described, f"A struct {described.name}."))


def _members(described: Union[Class, Struct], doc: str) -> dict[str, Any]:
    members: dict[str, Any] = {field.name: _property(field) for field in described.fields.values()}
    members.update(__slots__=(), __doc__=doc, __module__="exdb", _exdb_class=described)
    return members


def _property(field: Field) -> property:
    if field.is_list:
        read, write = list_access(field, partial(checked_single, field))
        return property(read, write, None, field.declared)
    if field.struct is not None:
        read, write = _struct_access(field, field.struct)
        return property(read, write, None, field.declared)
    access = _number_access if field.codec.kind in MEMBERS else _text_access
    get, put = access(field.no, field.codec, field.nullable)
    return property(get, put, None, field.declared)


def _number_access(number: int, codec: Codec, nullable: bool) -> tuple[Callable[[Any], Any], Callable[[Any, Any], None]]:
    kind, encode, decode = codec
    member = MEMBERS[kind]
    read, write = lib.mco_dyn_get, lib.mco_dyn_put

    def get(self: Fields) -> Any:
        places = self._exdb_transaction.places
        if places is None:
            raise ended(self._exdb_class.name)
        try:
            place = places.pop()
        except IndexError:
            place = new_place()
        value, content, _, _, _ = place
        code = read(self._exdb_handle, number, 0, value)
        if code:
            raise failure(code)
        if nullable and value.kind == _NULL:
            places.append(place)
            return None
        raw = getattr(content, member)
        places.append(place)
        return decode(raw) if decode else raw

    def put(self: Fields, given: Any) -> None:
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
        value, content, _, _, _ = place
        value.kind = _NULL if empty else kind
        setattr(content, member, raw)
        code = write(self._exdb_handle, number, 0, value)
        if code:
            raise failure(code)
        places.append(place)

    return get, put


def _text_access(number: int, codec: Codec, nullable: bool) -> tuple[Callable[[Any], Any], Callable[[Any, Any], None]]:
    kind, encode, decode = codec
    read, write, unpack, overflow = lib.mco_dyn_copy, lib.mco_dyn_put, ffi.unpack, lib.MCO_S_OVERFLOW

    def get(self: Fields) -> Any:
        places = self._exdb_transaction.places
        if places is None:
            raise ended(self._exdb_class.name)
        try:
            place = places.pop()
        except IndexError:
            place = new_place()
        value, _, text, memory, room = place
        code = read(self._exdb_handle, number, 0, value, memory, room)
        while code == overflow:  # again, if another thread has made it longer meanwhile
            place = new_place(text.len)
            value, _, text, memory, room = place
            code = read(self._exdb_handle, number, 0, value, memory, room)
        if code:
            raise failure(code)
        raw = None if nullable and value.kind == _NULL else unpack(memory, text.len)
        if room <= TEXT_ROOM:
            places.append(place)
        return decode(raw) if decode and raw is not None else raw

    def put(self: Fields, given: Any) -> None:
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


def _struct_access(field: Field, struct: Struct) -> tuple[Callable[[Any], Any], Callable[[Any, Any], None]]:
    number = field.no

    def enter(self: Fields, writes: bool) -> Optional[StructObject]:
        if self._exdb_transaction.places is None:
            raise ended(self._exdb_class.name)
        handle = ffi.new(HANDLE)
        code = lib.mco_dyn_struct(self._exdb_handle, number, 0, writes, handle)
        if code == lib.MCO_E_EMPTYOPTIONAL:
            return None
        if code:
            raise failure(code)
        return struct.type(handle, self._exdb_transaction)

    def get(self: Fields) -> Optional[StructObject]:
        found = enter(self, False)
        # Entered for writing it would be made where it is absent.
        return found if found is None or self._exdb_transaction.reads_only else enter(self, True)

    def put(self: Fields, given: Any) -> None:
        members = checked(field, given)
        if self._exdb_transaction.places is None:
            raise ended(self._exdb_class.name)
        self._exdb_transaction.writable()
        if members is None:
            code = lib.mco_dyn_erase(self._exdb_handle, number, 0)
            if code:
                raise failure(code)
            return
        inner = enter(self, True)
        for name, value in members.items():
            setattr(inner, name, value)

    return get, put


def checked(field: Field, given: Any) -> Any:
    """What a field is to hold, once all of it is known to fit: the members of a struct by name, other values as they are."""
    if given is None and (field.nullable or field.optional):
        return None
    return elements(field, given, partial(checked_single, field)) if field.is_list else checked_single(field, given)


def checked_single(field: Field, given: Any) -> Any:
    """A value that is no list, or an element of one."""
    if field.struct is None:
        field.codec.encode(given)
        return given
    fields = field.struct.fields
    if isinstance(given, field.struct.type):
        return {name: checked(member, getattr(given, name)) for name, member in fields.items()}
    if not isinstance(given, Mapping):
        raise wrong_type(f"{field.name} ({field.declared})", given, "a dict of its members, or such a struct")
    for name in given:
        if name not in fields:
            raise AttributeError(f"struct {field.struct.name} has no member {name!r}; it has {', '.join(fields)}")
    return {name: checked(fields[name], value) for name, value in given.items()}
