"""Schemas: text to dictionary, and what a dictionary says about classes, fields and indexes."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field as member, replace
from types import MappingProxyType
from typing import Any, Union

from ._capi import ffi, lib, text
from ._errors import ArgumentException, ProgrammingError, Whole, check, encoded, error, path, last_error, unsupported
from ._objects import Object, StructObject, object_type, struct_type
from ._runtime import require
from ._values import Codec, codec, declared

__all__ = ["Class", "Dictionary", "Field", "Index", "Struct", "load_dictionary"]


@dataclass(frozen=True)
class Field:
    """A field of a class. `type` is as in the schema without width, `declared` with it, `size` its bytes (0: it varies), `length` that of
    char<n> and the like; a `nullable` one may be None, and so may an `optional` one, which is a `struct`. Of a `vector`, and of an array, which has
    so many `elements`, all that is said of one element."""

    name: str
    no: int
    type: str
    size: int
    length: int
    default: Any
    nullable: bool
    optional: bool
    struct: Union[Struct, None]
    vector: bool
    elements: int
    codec: Codec = member(repr=False, compare=False)

    @property
    def code(self) -> int:
        """Its number in the class, from 0."""
        return self.no

    @property
    def declared(self) -> str:
        """Its type as the schema has it, such as char<5>."""
        return declared(self.type, self.size, self.length)

    @property
    def is_list(self) -> bool:
        """Whether it is an array or a vector."""
        return self.vector or self.elements > 0


@dataclass(frozen=True, eq=False)
class Struct(Whole):
    """A struct of a schema; `fields` are its members."""

    name: str
    direct: bool
    fields: Mapping[str, Field]
    type: type[StructObject] = member(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "type", struct_type(self))


@dataclass(frozen=True)
class Index:
    """An index of a class. `kind` is "tree" or "hash", `fields` are those of its key."""

    name: str
    code: int
    class_name: str
    kind: str
    unique: bool
    voluntary: bool
    fields: tuple[Field, ...]


@dataclass(frozen=True, eq=False)
class Class(Whole):
    """A class of a schema. `direction` is "up" for an uptable, "down" for a downtable, else None."""

    name: str
    code: int
    direction: Union[str, None]
    persistent: bool
    list: bool
    autoid: bool
    # What the oids of its objects are, which are in `columns` under the name oid; None for a class without.
    oid: Union[Field, None]
    fields: Mapping[str, Field]
    indexes: Mapping[str, Index]
    # The fields, with those of structs under names such as pos.x in place of the structs.
    columns: Mapping[str, Field] = member(repr=False)
    type: type[Object] = member(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "type", object_type(self))


class Dictionary(Whole):
    """A schema. `classes` and `indexes` are mappings by name; their values may stand wherever a name may.

    `oid` says what oids are (its `size` is that of the packed bytes), None without `declare oid`. An index is found as "Class.index", and by its own
    name where only one index has it. `events` are the numbers of the events by name.
    """

    def __init__(self, handle: Any) -> None:
        self.handle = handle
        words, size = ffi.new("void const **"), ffi.new("mco_size_t *")
        check(lib.mco_dyn_describe(handle, words, size))
        described = json.loads(bytes(ffi.buffer(words[0], size[0])))
        enums = {enum["name"]: {one["name"]: one["value"] for one in enum["constants"]} for enum in described["enums"]}
        self.name: str = described["database"]
        self.iot: Union[dict[str, Any], None] = described["iot"]
        structs: dict[str, Struct] = {}
        named = {each["name"]: each for each in described["structs"]}
        for name in named:
            _struct(name, named, enums, structs)
        self.structs: Mapping[str, Struct] = MappingProxyType(structs)
        self.oid: Union[Field, None] = _oid(described["oid"])
        self.classes: Mapping[str, Class] = MappingProxyType(
            {each["name"]: _class(each, enums, structs, self.oid) for each in described["classes"]}
        )
        self.indexes: Mapping[str, Index] = MappingProxyType(_indexes(self.classes))
        events = {event["name"]: event["id"] for each in described["classes"] for event in each["events"]}
        self.events: Mapping[str, int] = MappingProxyType(events)

    def __del__(self) -> None:
        handle, self.handle = getattr(self, "handle", None), None
        if handle is not None:
            lib.mco_dyn_free(handle)

    def __repr__(self) -> str:
        return f"<eXtremeDB dictionary:{self.name}>"

    def find_class(self, wanted: Union[str, Class]) -> Class:
        """The class of a name, or itself."""
        name = wanted.name if isinstance(wanted, Class) else wanted
        found = self.classes.get(name) if isinstance(name, str) else None
        if found is None or (isinstance(wanted, Class) and found is not wanted):
            known = ", ".join(self.classes) or "none"
            raise ArgumentException(f"no class {_words(wanted)} in the schema of this database; it has {known}")
        return found

    def find_event(self, name: str) -> int:
        """The number of an event."""
        if name not in self.events:
            known = ", ".join(self.events) or "none"
            raise ArgumentException(f"no event {name!r} in the schema of this database; it has {known}")
        return self.events[name]


def find_index(described: Class, wanted: Union[str, Index]) -> Index:
    """The index of a class by name, or itself."""
    name = wanted.name if isinstance(wanted, Index) else wanted
    found = described.indexes.get(name) if isinstance(name, str) else None
    if found is None or (isinstance(wanted, Index) and found is not wanted):
        known = ", ".join(described.indexes) or "none"
        raise ArgumentException(f"class {described.name} has no index {_words(wanted)}; it has {known}")
    return found


def _words(wanted: Any) -> str:
    """What was wanted in place of a class or an index of a schema, for a message."""
    if isinstance(wanted, (Class, Index)):
        return f"{wanted.name!r} of another {'schema' if isinstance(wanted, Class) else f'class ({wanted.class_name}) or schema'}"
    return repr(wanted)


def load_dictionary(
    schema: str,
    nosort: bool = True,
    dumpxml: bool = False,
    genhpp: bool = False,
    gencs: bool = False,
    genjava: bool = False,
    outDir: str = ".",
    csNamespace: str = "eXtremeDB",
    javaPackage: str = "eXtremeDB",
    cmode1: bool = False,
    genXmlMethods: bool = False,
    genJsonMethods: bool = False,
    genSql: bool = False,
    largeDatabase: bool = False,
    wcharSize: int = 2,
    use_prefix: bool = False,
    include_dir: Union[str, os.PathLike[str], Iterable[Union[str, os.PathLike[str]]]] = ".",
    compact: bool = False,
    persistent: bool = False,
    transient: bool = False,
    suppress_api: bool = False,
    debug: bool = False,
) -> Dictionary:
    """Compiles the text of a schema. ProgrammingError with all messages in `text` when it has errors.

    schema is the text itself, not a path. include_dir is a directory for its include files, or a list of several. persistent makes classes persistent
    that do not say what they are; without it they are transient. debug writes warnings to stderr. dumpxml, genhpp, gencs, genjava and genSql
    raise NotSupportedError, the other parameters have no effect.
    """
    require()
    for name, wanted in (("dumpxml", dumpxml), ("genhpp", genhpp), ("gencs", gencs), ("genjava", genjava), ("genSql", genSql)):
        if wanted:
            raise unsupported(name, "The compiler mcocomp writes C, and nothing else.")
    if persistent and transient:
        raise ArgumentException("classes are persistent or transient, not both")
    directories = include_dir if isinstance(include_dir, Iterable) and not isinstance(include_dir, (str, bytes)) else [include_dir]
    include = b"".join(encoded(each, "include_dir") + b"\0" for each in (path(one, "include_dir") for one in directories) if each)
    handle, words = ffi.new("mco_dictionary_h *"), ffi.new("char[]", 64 * 1024)
    flags = lib.MCO_DYN_INCLUDE_LIST | (lib.MCO_DYN_PERSISTENT if persistent else 0) | (0 if debug else lib.MCO_DYN_NO_WARNINGS)
    code = lib.mco_dyn_compile(encoded(schema, "the schema"), include, flags, handle, words, len(words))
    if code == lib.MCO_E_SCHEMA_ERROR:
        raise error(ProgrammingError, code, last_error(), "Correct the schema; each message says where.")
    check(code)
    if debug and words[0] != b"\0":
        print(text(words), file=sys.stderr)
    return Dictionary(handle[0])


_Described = Mapping[str, Any]
_Enums = Mapping[str, Mapping[str, int]]


def _struct(name: str, named: Mapping[str, _Described], enums: _Enums, structs: dict[str, Struct]) -> None:
    """Adds a struct, after those that stand in it."""
    if name in structs:
        return
    described = named[name]
    for each in described["fields"]:
        if each["type"].startswith("struct "):
            _struct(each["type"][7:], named, enums, structs)
    structs[name] = Struct(name, described["direct"], MappingProxyType(_fields(described, enums, structs)))


def _fields(described: _Described, enums: _Enums, structs: Mapping[str, Struct]) -> dict[str, Field]:
    owner = described["name"]
    for each in described["fields"]:
        if each["name"].startswith("_exdb_") or (each["name"].startswith("__") and each["name"].endswith("__")):
            said = f"the field {owner}.{each['name']} cannot have this name in Python"
            raise error(ProgrammingError, lib.MCO_E_SCHEMA_ERROR, said, "Names such as __x__ and _exdb_x mean something else there; choose another one.")
    return {
        each["name"]: Field(
            each["name"],
            each["no"],
            each["type"],
            each["size"],
            each["length"],
            each["default"],
            each["nullable"],
            each["optional"],
            structs[each["type"][7:]] if each["type"].startswith("struct ") else None,
            each["vector"],
            each["elements"],
            codec(f"{owner}.{each['name']}", each, enums),
        )
        for each in described["fields"]
    }


def _columns(fields: Mapping[str, Field], outer: str = "", first: int = 0, optional: bool = False) -> Iterator[Field]:
    """The fields of a class with the members of structs, by number."""
    for field in fields.values():
        if field.struct is not None and not field.is_list:
            yield from _columns(field.struct.fields, f"{outer}{field.name}.", first + field.no + 1, optional or field.optional)
        else:
            default = None if optional else field.default
            yield replace(field, name=outer + field.name, no=first + field.no, nullable=field.nullable or optional, default=default)


def _oid(described: Union[_Described, None]) -> Union[Field, None]:
    if described is None:
        return None
    size = described["size"]
    how = codec("oid", {"type": "ref", "size": size, "length": 0}, {})
    return Field("oid", int(lib.MCO_DYN_OID), "ref", size, 0, None, False, False, None, False, 0, how)


def _class(described: _Described, enums: _Enums, structs: Mapping[str, Struct], oid: Union[Field, None]) -> Class:
    name = described["name"]
    oid = oid if described["oid"] else None
    fields = _fields(described, enums, structs)
    columns = {column.name: column for column in (*_columns(fields), *((oid,) if oid else ()))}
    indexes = {
        each["name"]: Index(
            each["name"], each["no"], name, each["kind"], each["unique"], each["voluntary"], tuple(columns[key["path"]] for key in each["keys"])
        )
        for each in described["indexes"]
    }
    return Class(
        name,
        described["code"],
        described["direction"],
        described["persistent"],
        described["list"],
        described["autoid"],
        oid,
        MappingProxyType(fields),
        MappingProxyType(indexes),
        MappingProxyType(columns),
    )


def _indexes(classes: Mapping[str, Class]) -> dict[str, Index]:
    every = [index for described in classes.values() for index in described.indexes.values()]
    names = [index.name for index in every]
    found = {index.name: index for index in every if names.count(index.name) == 1}
    found.update({f"{index.class_name}.{index.name}": index for index in every})
    return found
