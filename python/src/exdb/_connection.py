"""Connections and transactions."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Callable, NoReturn, Optional, Union

from . import _bulk, _process, _waits
from ._capi import ffi, lib
from ._cursor import Cursor
from ._dictionary import Class, Dictionary, Field, Index, find_index
from ._errors import (
    ArgumentException,
    Error,
    InvalidOperationException,
    InvalidTypeException,
    OperationalError,
    ProgrammingError,
    check,
    closed,
    encoded,
    error,
    failure,
    is_member,
    number,
    unsupported,
)
from ._extensions import Extensions
from ._interrupt import interruptible
from ._objects import Object
from ._transaction import HANDLE, REMOVED, OpenTransaction, release, this_thread
from ._values import fill
from .constants import CommitPolicy, SnifferPolicy, Transaction

__all__ = ["Connection"]

_KINDS = (Transaction.MCO_READ_ONLY, Transaction.MCO_UPDATE, Transaction.MCO_READ_WRITE, Transaction.MCO_EXCLUSIVE)
_PRIORITIES = range(Transaction.MCO_TRANS_IDLE, Transaction.MCO_TRANS_ISR + 1)
# Without a lock: garbage collection, which may wait for other threads, can begin anywhere. Each step on this set is one that nothing comes between.
_every: set[weakref.ref[Connection]] = set()


class Connection(Extensions):
    """A connection to an open database; it serves one thread at a time. As a context manager it closes at the end.

    One transaction can be open. A transaction that writes is ended by the thread that began it; a connection that is forgotten elsewhere
    leaves that to this thread's next call, or to its end.
    """

    def __init__(self, name: str, dictionary: Dictionary, file: Optional[str] = None) -> None:
        self._transaction: Optional[OpenTransaction] = None
        self._starting: Optional[int] = None  # the thread
        self._handle: Any = None
        self._born = _process.here()
        self._name = name
        self._file = file
        self.dictionary = dictionary
        this_thread()
        handle = ffi.new("mco_db_h *")
        check(lib.mco_db_connect(encoded(name, "the name of a database"), handle))
        self._handle = handle[0]
        _every.add(weakref.ref(self, _every.discard))

    @staticmethod
    def _all() -> list[Connection]:
        """All that are open."""
        return [connection for connection in _alive() if connection._handle is not None and connection._born is _process.here()]

    # ---- life

    def close(self) -> None:
        """Rolls back an open transaction and closes. Closing again does nothing."""
        if self._handle is not None:
            handle = self._open()
            if self._starting not in (None, threading.get_ident()):  # its turn may be far away
                raise _started_elsewhere()
            self.rollback()
            check(lib.mco_db_disconnect(handle))
            self._handle = None

    def _abandon(self) -> None:
        """Closes without a word, whatever is open."""
        handle, self._handle = self._handle, None
        transaction, self._transaction = self._transaction, None
        if handle is not None and self._born is _process.here():
            release(handle, transaction)

    def __del__(self) -> None:
        self._abandon()

    def __enter__(self) -> Connection:
        self._open()
        return self

    def __repr__(self) -> str:
        state = " (closed)" if self._handle is None else " (in a transaction)" if self._transaction is not None else ""
        return f"<eXtremeDB connection:{self._name}{state}>"

    def __exit__(self, kind: Optional[type[BaseException]], value: Optional[BaseException], trace: Optional[TracebackType]) -> None:
        self.close()

    def _open(self) -> Any:
        """The mco_db_h; refuses when it is closed."""
        _process.require(self, self._born)
        handle = self._handle
        if handle is None:
            raise closed("the connection is closed; make a new one with Database.connect()")
        return handle

    # ---- transactions

    def startTransaction(self, type: int = Transaction.MCO_READ_WRITE, priority: int = Transaction.MCO_TRANS_FOREGROUND) -> None:  # noqa: A002
        """Starts a transaction; kind and priority are of `Transaction`. One that writes waits for its turn."""
        handle = self._open()
        if self._transaction is not None:
            raise InvalidOperationException("a transaction is open on this connection; commit or roll it back first")
        if not is_member(type, _KINDS) or not is_member(priority, _PRIORITIES):
            raise ArgumentException(f"no transaction has the kind {type!r} and the priority {priority!r}; use members of Transaction")
        this_thread()
        started = ffi.new("mco_trans_h *")
        if self._starting is not None:  # for the library it would be one inside the other
            raise _started_elsewhere()
        self._starting = threading.get_ident()
        try:
            with interruptible():
                code = lib.mco_trans_start(handle, type, priority, started)
            check(code)
            self._transaction = OpenTransaction(started[0], type)
        except BaseException:
            if started[0] != ffi.NULL:  # a signal has come when it had begun
                lib.mco_trans_rollback(started[0])
            raise
        finally:
            self._starting = None
        if _process.comes_too_late():  # `_roll_back_left` has been there
            self._abandon()
            raise SystemExit

    def commit(self) -> None:
        """Ends the transaction, its changes stay; IntegrityError, and everything rolled back, when a unique key is taken."""
        self._end(lib.mco_trans_commit)

    def rollback(self) -> None:
        """Ends the transaction, its changes are undone."""
        self._end(lib.mco_trans_rollback)

    @staticmethod
    def _roll_back_all_here() -> None:
        """`_roll_back_here` for all that are open."""
        for connection in Connection._all():
            connection._roll_back_here()

    def _roll_back_here(self) -> None:
        """Ends a transaction that this thread may end and that others may wait for."""
        if self._transaction is not None and self._transaction.writing and self._born is _process.here() and self._transaction.may_end_here():
            self.rollback()

    @staticmethod
    def _roll_back_left() -> None:
        """At the end of the interpreter: ends what daemon threads have open, and the main one. Callbacks that run may wait for it."""
        for connection in Connection._all():
            transaction = connection._transaction
            if transaction is not None and transaction.is_left():
                connection._transaction = None
                transaction.end()
                code = lib.mco_trans_rollback(transaction.handle)
                if code == lib.MCO_E_CORE:  # its database refuses further use, and lets go of it with the connection only
                    lib.mco_db_disconnect(connection._handle)

    @staticmethod
    def _forget_all() -> None:
        """At the end of the interpreter: all are closed for the program. For the library they end with their databases, which does not wait for
        threads that are in a call."""
        for connection in Connection._all():
            transaction, connection._transaction = connection._transaction, None
            if transaction is not None:
                transaction.end()
            connection._handle = None

    def _begun(self) -> OpenTransaction:
        """The open transaction; refuses when there is none."""
        _process.require(self, self._born)
        transaction = self._transaction
        if transaction is None:
            self._open()
            raise closed("no transaction is open on this connection; call startTransaction() first")
        return transaction

    def _end(self, how: Any) -> None:
        handle = self._open()
        transaction = self._transaction
        if transaction is None:
            return
        if not transaction.may_end_here():
            raise InvalidOperationException("a transaction that writes is ended by the thread that began it; commit or roll back there")
        code = how(transaction.handle)
        failed = self._failure(code, handle) if code else None
        if failed is None or lib.mco_trans_type(transaction.handle, ffi.new("MCO_TRANS_TYPE *")) != lib.MCO_S_OK:
            transaction.end()
            self._transaction = None
        if failed is not None:
            raise failed

    def _failure(self, code: int, handle: Any) -> Error:
        """As `failure`; a taken key has the name of its index."""
        if code != lib.MCO_S_DUPLICATE:
            return failure(code)
        number = lib.mco_get_last_unique_violation_index(handle)
        if number == lib.MCO_DYN_OID:
            return failure(code, "Another object has this oid; oidFind finds it.")
        index = next((index for index in self.dictionary.indexes.values() if index.code == number), None)
        where = f"of {index.class_name}.{index.name} ({', '.join(field.name for field in index.fields)})" if index else ""
        return failure(code, f"Another object has the key {where}; change one of them.")

    def checkpoint(self) -> None:
        """Puts the objects that this transaction has made or changed into the indexes. IntegrityError: a unique key is taken."""
        code = lib.mco_trans_checkpoint(self._begun().writable().handle)
        if code:
            raise self._failure(code, self._open())

    # ---- objects

    def new(self, cls: Union[str, Class], oid: Optional[bytes] = None) -> Object:  # noqa: A002
        """A new object of a class, with the defaults of the schema. A class with oid needs one: packed bytes.

        IntegrityError: an object of some class has this oid already; DataError: the bytes are not as many as an oid has.
        """
        transaction = self._begun().writable()
        described = self.dictionary.find_class(cls)
        if (oid is None) != (described.oid is None):
            need = "has no oid" if described.oid is None else "needs an oid: new(cls, packed)"
            raise ArgumentException(f"an object of class {described.name} {need}")
        given, _held = (ffi.NULL, None) if described.oid is None else _packed(described.oid, oid)
        made = ffi.new(HANDLE)
        code = lib.mco_dyn_new(transaction.handle, described.code, given, made)
        if code:
            raise self._failure(code, self._open())
        return described.type(made, transaction)

    def insert_many(self, cls: Union[str, Class], data: Any, fields: Optional[Sequence[str]] = None) -> int:
        """Makes many objects in one call; how many were made.

        data is a mapping of field names to columns, a structured NumPy array, or a sequence of rows: dicts, or tuples, whose values belong to
        `fields` (default: all fields of the class, in its order). A column is a sequence of values as attributes take them, a NumPy array or
        another buffer of numbers; a single value stands for all rows. Of an array or vector it is a sequence of sequences, or of numbers a NumPy
        array of two dimensions; of a struct dicts, or its members have columns such as "pos.x". Fields without a column get their defaults.
        Every value is checked before the first object is made.
        """
        transaction = self._begun().writable()
        described = self.dictionary.find_class(cls)
        return _bulk.insert(transaction.handle, described, data, fields)

    def remove(self, obj: Object) -> None:
        """Deletes an object; it leaves all indexes at once."""
        if not isinstance(obj, Object):
            raise InvalidTypeException(f"remove takes an object of the database, not {type(obj).__name__}")
        transaction = self._begun().writable()
        if obj._exdb_transaction.places is None or obj._exdb_transaction is not transaction:
            raise closed("the object is not of the open transaction of this connection; find it again in there")
        check(lib.mco_dyn_delete(obj._exdb_handle))
        obj._exdb_transaction = REMOVED

    def deleteAll(self, cls: Union[str, Class]) -> None:
        """Deletes all objects of a class."""
        check(lib.mco_dyn_delete_all(self._begun().writable().handle, self.dictionary.find_class(cls).code))

    def create_index(self, cls: Union[str, Class], idx: Union[str, Index]) -> None:
        """Makes a voluntary index of the objects that are there; without effect if it exists. IntegrityError: equal keys in a unique one."""
        self._change_index(lib.mco_dyn_index_create, cls, idx)

    def drop_index(self, cls: Union[str, Class], idx: Union[str, Index]) -> None:
        """Takes a voluntary index away; without effect if it does not exist."""
        self._change_index(lib.mco_dyn_index_drop, cls, idx)

    def _change_index(self, change: Callable[[Any, int, int], int], cls: Union[str, Class], idx: Union[str, Index]) -> None:
        transaction = self._begun().writable()
        described = self.dictionary.find_class(cls)
        index = find_index(described, idx)
        if not index.voluntary:
            raise ArgumentException(f"the index {described.name}.{index.name} is not voluntary")
        check(change(transaction.handle, described.code, index.code))

    def cursor(self, cls: Union[None, str, Class] = None, idx: Union[None, str, Index] = None) -> Cursor:
        """A cursor: without a class for find and search, else over the objects of a class in the order of an index.

        Without an index that is the order of the autoid, or else of creation; ProgrammingError when the class has neither.
        """
        return Cursor(self, cls, idx)

    def oidFind(self, cls: Union[str, Class], packed: bytes) -> Optional[Object]:
        """The object of a class with this oid, or None. ProgrammingError when the class has no oid."""
        transaction = self._begun()
        described = self.dictionary.find_class(cls)
        key, _held = _packed(self._oid_of(described.oid, f"class {described.name}"), packed)
        found = ffi.new(HANDLE)
        code = lib.mco_dyn_find(transaction.handle, described.code, lib.MCO_DYN_OID, key, 1, found)
        if code == lib.MCO_S_NOTFOUND:
            return None
        check(code)
        return described.type(found, transaction)

    def deleteObject(self, packed: bytes) -> None:
        """Deletes the object of any class that has this oid. OperationalError when there is none."""
        transaction = self._begun().writable()
        key, _held = _packed(self._oid_of(self.dictionary.oid, f"the schema {self.dictionary.name}"), packed)
        code = lib.mco_dyn_oid_delete(transaction.handle, key)
        if code == lib.MCO_S_NOTFOUND:
            raise error(OperationalError, code, "no object has this oid", None)
        check(code)

    @staticmethod
    def _oid_of(oid: Optional[Field], what: str) -> Field:
        if oid is None:
            raise error(ProgrammingError, lib.MCO_E_UDA_INDEX_NOTFOUND, f"{what} has no oid", "Declare 'oid', or use a unique index.")
        return oid

    # ---- events

    def waitEvent(self, event: Union[str, int]) -> bool:
        """Waits until a transaction with this event of the schema, by name or number, is committed (True), or the waits are released (False).

        What was committed before does not count. ProgrammingError in a thread that writes to the database. At the end of the program waits of
        other threads are released.
        """
        known = self.dictionary.find_event(event) if isinstance(event, str) else number(event, "an event", 1, 2**31 - 1)
        return _waits.wait(self._open(), known)

    def releaseAllEvents(self) -> None:
        """Ends all waits of the database."""
        check(lib.mco_async_event_release_all(self._open()))

    # ---- settings and statistics

    def getStats(self) -> dict[str, int]:
        """`TotalPages`, `FreePages` and `PageSize` of the memory; with a file `DataFileSize`, `LogFileSize` and `UsedDatabaseSize` in bytes."""
        handle = self._open()
        total, free, page = ffi.new("mco_size32_t *"), ffi.new("mco_size32_t *"), ffi.new("uint2 *")
        check(lib.mco_db_total_pages(handle, total))
        check(lib.mco_db_free_pages(handle, free))
        check(lib.mco_db_page_size(handle, page))
        stats = {"TotalPages": total[0], "FreePages": free[0], "PageSize": page[0]}
        if self._file is not None:
            inside = ffi.new("mco_iotx_db_stat_t *")
            check(lib.mco_iotx_db_stat(handle, inside))
            stats["DataFileSize"] = _size(self._file)
            stats["LogFileSize"] = _size(f"{self._file}-wal")
            stats["UsedDatabaseSize"] = inside.live_bytes
        return stats

    def getClassStats(self, cls: Union[str, Class]) -> dict[str, int]:
        """`ObjectsNum` is exact; `VersionsNum`, `CorePages`, `BlobPages`, `SeqPages` and `CoreSpace` (bytes) are estimates."""
        stat = ffi.new("mco_class_stat_t *")
        check(lib.mco_class_stat_get(self._begun().handle, self.dictionary.find_class(cls).code, stat))
        return {
            "ObjectsNum": stat.objects_num,
            "VersionsNum": stat.versions_num,
            "CorePages": stat.core_pages,
            "BlobPages": stat.blob_pages,
            "SeqPages": stat.seq_pages,
            "CoreSpace": stat.core_space,
        }

    def setCommitPolicy(self, policy: int) -> None:
        """When commits of this connection are durable, a member of `CommitPolicy`."""
        if not is_member(policy, (CommitPolicy.SyncFlush, CommitPolicy.Buffered, CommitPolicy.Delayed, CommitPolicy.NoSync)):
            raise ArgumentException(f"{policy!r} is no commit policy; use a member of CommitPolicy")
        lib.mco_disk_transaction_policy(self._open(), policy)

    def sniffer(self, policy: int = SnifferPolicy.InspectActiveConnections) -> None:
        """No effect: what dead processes leave behind is cleared without it."""
        self._open()

    def createBackup(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Not supported."""
        raise unsupported("createBackup", "Use Connection.copy, which makes a file of a database in use.")

    def restoreBackup(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Not supported."""
        raise unsupported("restoreBackup", "Copy a file in place of that of the closed database.")

    def engine(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Not supported."""
        raise unsupported("engine", "There is no SQL here.")


def _started_elsewhere() -> InvalidOperationException:
    return InvalidOperationException("another thread starts a transaction on this connection; each thread needs a connection of its own")


def _packed(oid: Field, packed: Any) -> tuple[Any, Any]:
    """An oid as the library takes it, and the memory that it needs meanwhile."""
    raw, value = oid.codec.encode(packed), ffi.new("mco_dyn_value_t *")
    return value, (raw, fill(value, oid.codec.kind, raw))


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return 0


def end_of_main() -> None:
    """The main thread has ended. Python waits for the threads that are left: they shall not wait for a transaction that nobody will end."""
    main = threading.main_thread()
    if any(thread is not main and not thread.daemon for thread in threading.enumerate()):
        Connection._roll_back_all_here()


def _alive() -> list[Connection]:
    found = (each() for each in list(_every))
    return [connection for connection in found if connection is not None]


def _forked() -> None:
    """In a child: objects and cursors of open transactions refuse."""
    for connection in _alive():
        if connection._transaction is not None:
            connection._transaction.end()


os.register_at_fork(after_in_child=_forked)
_process.at_end_of_main(end_of_main)
