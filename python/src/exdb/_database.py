"""Databases: open, connect, close."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Optional, Union

from . import _devices, _process
from ._capi import ffi, lib
from ._connection import Connection
from ._devices import Device, fileDevice, privateMemoryDevice, sharedMemoryDevice
from ._dictionary import Dictionary
from ._errors import ArgumentException, Error, InvalidOperationException, Whole, check, closed, encoded, number, unsupported
from ._runtime import get_runtime_info, require, shares_memory
from .constants import LogParams

__all__ = ["Database", "close_database", "connect", "open_database"]

_LOG_TYPES = {"NO_LOG": lib.NO_LOG, "REDO_LOG": lib.REDO_LOG, "UNDO_LOG": lib.UNDO_LOG}
_KiB, _MiB = 1024, 1024 * 1024
_open: dict[str, Database] = {}
_lock = threading.Lock()


class Database(Whole):
    """An open database. As a context manager it closes at the end."""

    def __init__(self, name: str, dictionary: Dictionary, file: Optional[str]) -> None:
        self.name = name
        self._file = file
        self.dictionary = dictionary
        self._born = _process.here()
        self._closed = False

    def connect(self) -> Connection:
        """A new connection, for one thread at a time."""
        self._check()
        return Connection(self.name, self.dictionary, self._file)

    def close(self) -> None:
        """Closes the database; OperationalError while connections are open. Closing again does nothing."""
        if not self._closed:
            self._check()
            check(lib.mco_db_close(encoded(self.name, "the name")), "Close its connections first.")
            self._closed = True
            with _lock:
                if _open.get(self.name) is self:
                    del _open[self.name]

    def GetRunTimeInfo(self) -> dict[str, Any]:
        """As `get_runtime_info`."""
        return get_runtime_info()

    def __enter__(self) -> Database:
        self._check()
        return self

    def __exit__(self, kind: Optional[type[BaseException]], value: Optional[BaseException], trace: Optional[TracebackType]) -> None:
        try:
            self.close()
        except Error:
            if kind is None:
                raise  # else what went wrong is told, not that it has left a connection open

    def __repr__(self) -> str:
        return f"<eXtremeDB database:{self.name}{' (closed)' if self._closed else ''}>"

    def _check(self) -> None:
        if self._closed:
            raise closed(f"database {self.name} is closed; open it again with open_database")
        _process.require(self, self._born)


def open_database(
    dbname: str,
    dictionary: Dictionary,
    is_disk: bool = False,
    db_segment_size: int = 128 * _MiB,
    cache_segment_size: int = 16 * _MiB,
    mem_page_size: int = 256,
    disk_page_size: int = 4096,
    db_log_type: str = "REDO_LOG",
    log_params: Optional[LogParams] = None,
    db_params_mode_mask: int = 0,
    devices: Optional[Sequence[Device]] = None,
    disk_max_database_size: int = 0,
    file_extension_quantum: int = 4 * _MiB,
    db_max_connections: int = 100,
    databaseSnapshotFilePath: None = None,
    clusterParams: None = None,
    max_classes: int = 100,
    max_indexes: int = 1000,
    maxDictionarySize: int = 32 * _KiB,
    backup_map_size: int = 0,
    backup_min_pages: int = 0,
    backup_max_passes: int = 10,
    backup_map_filename: Optional[str] = None,
    cipherKey: None = None,
    compressionLevel: int = -1,
    compressionMask: int = 4099,
    expectedCompressionRatio: int = 20,
    iot_agent_id: int = 0,
    ignore_ttl: bool = False,
    iot_level: int = 0,
) -> Database:
    """Creates a database or, with a file, opens it again.

    Without `devices` it lies in memory, at most db_segment_size bytes, or with is_disk in the file <dbname>.dbs of the working directory.
    After init_runtime(shm=True) memory is shared: the first process that opens dbname makes the database, others, with the same schema and
    iot_agent_id, attach to it, and it is gone when the last one has closed it or has died; with is_disk that is a NotSupportedError.
    disk_max_database_size limits a file, 0 does not. log_params says when commits are durable; db_params_mode_mask has bits of
    `DbParamsModeMask`. iot_agent_id and iot_level are those of this node, 0 takes them from the schema. What is for snapshots, clusters and
    encryption raises NotSupportedError; parameters without a word here have no effect.
    """
    require()
    for name, value in (("databaseSnapshotFilePath", databaseSnapshotFilePath), ("clusterParams", clusterParams), ("cipherKey", cipherKey)):
        if value is not None:
            raise unsupported(name, "Leave it None.")
    if not isinstance(dictionary, Dictionary):
        raise ArgumentException(f"the dictionary is what load_dictionary returns, not {type(dictionary).__name__}")
    if not isinstance(db_log_type, str) or db_log_type not in _LOG_TYPES:
        raise ArgumentException(f"db_log_type is one of {', '.join(_LOG_TYPES)}, not {db_log_type!r}")
    if log_params is not None and not isinstance(log_params, LogParams):
        raise ArgumentException(f"log_params is a LogParams, not {type(log_params).__name__}")
    if devices is None:
        if is_disk and shares_memory():
            advice = "Leave is_disk or shm of init_runtime False, or give devices, which are this process's own: a privateMemoryDevice and a fileDevice."
            raise unsupported("a file that processes share", advice)
        size = number(db_segment_size, "db_segment_size", 1, 2**63 - 1)
        devices = _default_devices(dbname, is_disk, size, number(cache_segment_size, "cache_segment_size", 1, 2**63 - 1))
    try:
        devices = list(devices)
    except TypeError:
        known = "a list of devices, such as [privateMemoryDevice(...), fileDevice(...)]"
        raise ArgumentException(f"devices is {known}, not {type(devices).__name__}") from None
    params = ffi.new("mco_db_params_t *")
    lib.mco_db_params_init(params)
    wanted: dict[str, Any] = {
        "mem_page_size": mem_page_size,
        "disk_page_size": disk_page_size,
        "db_max_connections": db_max_connections,
        "disk_max_database_size": disk_max_database_size,
        "file_extension_quantum": file_extension_quantum,
        "db_log_type": _LOG_TYPES[db_log_type],
        "mode_mask": db_params_mode_mask,
        "iot_agent_id": iot_agent_id,
        "iot_level": iot_level,
    }
    _set(params, wanted)
    if is_disk and params.disk_page_size < 8 * params.mem_page_size:
        raise Exception(f"disk_page_size is at least 8 * mem_page_size = {8 * params.mem_page_size}, not {params.disk_page_size}")
    if log_params is not None:
        _set(
            params.log_params,
            {
                "redo_log_limit": log_params.RedoLogLimit,
                "delayed_commit_threshold": log_params.DelayedCommitThreshold,
                "default_commit_policy": log_params.DefaultCommitPolicy,
                "max_delayed_transactions": log_params.MaxDelayedTransactions,
                "max_commit_delay": log_params.MaxCommitDelay,
            },
        )
    made = _devices.array(devices)
    code = lib.mco_db_open_dev(encoded(dbname, "the name of a database"), dictionary.handle, made, len(made), params)
    check(code, _advice(code, dbname, devices))
    files = [device.name for device in devices if device.memory == lib.MCO_MEMORY_FILE and device.kind == Device.Data]
    database = Database(dbname, dictionary, os.path.abspath(files[0]) if files else None)
    with _lock:
        _open[dbname] = database
    return database


def connect(
    dbname: str, host: Optional[str] = None, port: int = 0, nodes: Optional[Sequence[Any]] = None, use_sql: bool = False
) -> Connection:
    """A connection to a database that this process has open. The other parameters are for remote use and raise NotSupportedError."""
    for name, value in (("host", host), ("port", port), ("nodes", nodes), ("use_sql", use_sql)):
        if value:
            raise unsupported(f"connect with {name}", "Only databases of this process can be connected to; replication is IoTReplicator.")
    return _find(dbname).connect()


def close_database(dbname: str) -> None:
    """As `Database.close`."""
    _find(dbname).close()


def close_all() -> None:
    """For the end of the interpreter: closes what nobody has closed, so that databases in memory leave nothing behind."""
    _process.end()
    Connection._roll_back_left()
    Connection._forget_all()
    for database in list(_open.values()):
        lib.mco_db_kill(encoded(database.name, "the name"))
        database._closed = True


def _advice(code: int, name: str, devices: Sequence[Device]) -> Optional[str]:
    """What to do, where it is not what the code alone says."""
    if code == lib.MCO_E_UNSUPPORTED and any(device.memory == lib.MCO_MEMORY_NAMED for device in devices):
        return "Shared memory needs init_runtime(shm=True)."
    if code == lib.MCO_E_SCHEMA_CHANGED:
        return "Load the schema that the other processes have, or close the database in all of them first."
    if code == lib.MCO_E_ILLEGAL_PARAM and not any(device.kind == Device.Data and device.memory == lib.MCO_MEMORY_CONV for device in devices):
        return "Add privateMemoryDevice(Device.Data, size), which a database takes beside its file, too; sharedMemoryDevice(Device.Data, ...) stands alone."
    if code == lib.MCO_E_INSTANCE_DUPLICATE and name not in _open and _process.inherited:
        return "The process that forked this one has it open, so the name stays taken here: choose another name, or start processes by 'spawn'."
    if code == lib.MCO_E_INSTANCE_DUPLICATE and name not in _open:
        return "A process opens shared memory under one name; exdb.connect() with that name makes further connections."
    return None


def _find(name: str) -> Database:
    require()
    database = _open.get(name) if isinstance(name, str) else None
    if database is None:
        known = ", ".join(_open) or "none"
        raise InvalidOperationException(f"no database {name!r} is open in this process; open are: {known}")
    return database


def _default_devices(name: str, is_disk: bool, size: int, cache: int) -> list[Device]:
    if is_disk:
        return [
            privateMemoryDevice(Device.Data, size),
            privateMemoryDevice(Device.DiskCache, cache),
            fileDevice(Device.Data, f"{name}.dbs"),
        ]
    return [sharedMemoryDevice(Device.Data, name, size) if shares_memory() else privateMemoryDevice(Device.Data, size)]


def _set(structure: Any, values: dict[str, Union[int, None]]) -> None:
    for name, value in values.items():
        if value is not None:
            try:
                setattr(structure, name, value)
            except (OverflowError, TypeError):
                raise ArgumentException(f"{name} cannot be {value!r}; it is a number that fits the C member of this name") from None


def _forked() -> None:
    global _lock
    _lock = threading.Lock()
    _process.inherited.update(_open)
    _open.clear()


os.register_at_fork(after_in_child=_forked)
