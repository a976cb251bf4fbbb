"""What a connection can do beyond eXtremeDB: limits, priorities, copies, numbers."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Optional, Union

from ._capi import ffi, lib
from ._errors import ArgumentException, InvalidTypeException, Whole, check, encoded, number, path as name_of
from ._objects import Object
from ._transaction import ended

if TYPE_CHECKING:
    from ._dictionary import Class, Dictionary

_POLICIES = {name: getattr(lib, f"MCO_IOTX_{name}") for name in ("REFUSE", "DROP_OLDEST", "DROP_NEWEST")}


class Extensions(Whole):
    """Part of `Connection`."""

    dictionary: Dictionary

    def _open(self) -> Any:
        """The mco_db_h."""
        raise NotImplementedError

    def set_priority(self, cls: Union[str, Class], group: int) -> None:
        """Puts a class into a priority group, 0 (the usual one) to 7: what waits in a higher group is sent first. Kept with the database.
        ProgrammingError when the class has rows already."""
        code = self.dictionary.find_class(cls).code
        check(lib.mco_iotx_set_priority(self._open(), code, number(group, "group", 0, 7)))

    def set_bound(self, cls: Union[str, Class], max_rows: int = 0, max_bytes: int = 0, max_age: Optional[int] = None, policy: str = "REFUSE") -> None:
        """Bounds what may wait of a class to be acknowledged; 0, 0 and None take the bound away. Kept with the database.

        max_age is in ms. policy: "REFUSE", the insert raises OperationalError; "DROP_OLDEST" or "DROP_NEWEST", the commit gives rows up, and
        `IoTReplicator.gaps` tells of them."""
        if policy not in _POLICIES:
            raise ArgumentException(f"policy is one of {', '.join(_POLICIES)}, not {policy!r}")
        bound = ffi.new("mco_iotx_bound_t *")
        bound.max_rows, bound.max_bytes = number(max_rows, "max_rows", 0, 2**64 - 1), number(max_bytes, "max_bytes", 0, 2**64 - 1)
        bound.max_age = 0 if max_age is None else number(max_age, "max_age", 0, 2**64 - 1)
        bound.policy = _POLICIES[policy]
        check(lib.mco_iotx_set_bound(self._open(), self.dictionary.find_class(cls).code, bound))

    def row_identity(self, obj: Object) -> tuple[int, int]:
        """What names a row on every node, as `origin_db_id` and `auto_oid` in `IoTReplicator.quarantine`."""
        if not isinstance(obj, Object):
            raise InvalidTypeException(f"row_identity takes an object of the database, not {type(obj).__name__}")
        self._open()
        if obj._exdb_transaction.places is None:
            raise ended(type(obj).__name__)
        origin, number = ffi.new("uint8 *"), ffi.new("uint8 *")
        check(lib.mco_iotx_row_identity(obj._exdb_handle, origin, number))
        return int(origin[0]), int(number[0])

    def copy(self, path: Union[str, os.PathLike[str]]) -> None:
        """Copies the database while it is used: all that is committed, into a new file, which open_database opens with the same schema."""
        check(lib.mco_iotx_db_copy(self._open(), encoded(name_of(path, "the path of a copy"), "the path of a copy")))

    def db_stat(self) -> dict[str, int]:
        """What goes on in the database: `limit_bytes` (0: none), `live_bytes`, `map_bytes`, `file_bytes`, `last_flush_ms`, `oldest_reader_ms`,
        `readers`, `writers_waiting`."""
        stat = ffi.new("mco_iotx_db_stat_t *")
        check(lib.mco_iotx_db_stat(self._open(), stat))
        return {name: int(getattr(stat, name)) for name, _ in ffi.typeof("mco_iotx_db_stat_t").fields}
