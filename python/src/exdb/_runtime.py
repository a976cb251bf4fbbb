"""The runtime of the library: start, stop, options, trace, fatal errors."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from typing import Any, Callable, Optional, Union

from . import _process
from ._capi import ffi, lib, text, unraisable
from ._errors import ArgumentException, DatabaseError, InvalidOperationException, check, encoded, error, fatal, number, path, pointer, unsupported

__all__ = [
    "get_net_capabilities",
    "get_registry",
    "get_runtime_info",
    "init_runtime",
    "runtime_getoption",
    "runtime_setoption",
    "set_errhandler",
    "ssl_init",
    "ssl_load_verify_locations",
    "stop_runtime",
]

_PRECISIONS = (1, 1000, 10**6, 10**9)
_lock = threading.Lock()
_started: Optional[dict[str, Any]] = None
_handler: Optional[Callable[[int], object]] = None


def init_runtime(
    disk: bool = False,
    tmgr: str = "mursiw",
    shm: bool = False,
    sync_library: Any = None,
    memory_library: Any = None,
    runtime_path: Optional[str] = None,
    debug: bool = False,
    dptr: bool = False,
    cluster: bool = False,
    ha: bool = False,
    iot: bool = False,
    options: Union[None, tuple[int, int], Iterable[tuple[int, int]]] = None,
    DiskCompression: bool = False,
    UsePosixLibraries: bool = False,
    UsePerfmon: bool = False,
    skip_load: bool = False,
    debug_load: bool = False,
    *,
    is_disk: bool = False,
    is_shm: bool = False,
    is_debug: bool = False,
    UseAsyncIO: bool = False,
) -> None:
    """Starts the runtime; nothing else works before.

    disk allows databases in files. With shm a database in memory is shared by all processes of the user that open its name. tmgr is 'mursiw' or
    'mvcc'; both behave alike here. options is one (option, value) of `RuntimeOption`, or several. iot makes `IoTCommunicator` and `IoTReplicator`
    attributes of the module. The other parameters have no effect; cluster and ha raise NotSupportedError. Calling again with the same values does
    nothing, with others raises InvalidOperationException.
    """
    global _started
    if cluster and ha:
        raise error(DatabaseError, lib.MCO_E_UNSUPPORTED, "cluster and ha exclude each other", "Neither is part of this library.")
    if cluster or ha:
        raise unsupported("cluster" if cluster else "ha", "Replication here is init_runtime(iot=True).")
    if not isinstance(tmgr, str) or tmgr.lower() not in ("mursiw", "mvcc"):
        raise ArgumentException(f"tmgr is 'mursiw' or 'mvcc', not {tmgr!r}")
    wanted: dict[str, Any] = {
        "disk": bool(disk or is_disk),
        "tmgr": tmgr.lower(),
        "shm": bool(shm or is_shm),
        "iot": bool(iot),
        "options": _option_list(options),
    }
    with _lock:
        if _started is not None:
            if _started != wanted:
                differing = ", ".join(name for name in wanted if wanted[name] != _started[name])
                raise InvalidOperationException(f"the runtime runs with another value of {differing}; call stop_runtime() first")
            return
        lib.mco_error_set_handler(_on_fatal)
        check(lib.mco_runtime_start_ex(wanted["disk"], wanted["tmgr"] == "mvcc", wanted["shm"], ffi.NULL, ffi.NULL, ffi.NULL))
        for option, value in wanted["options"]:
            lib.mco_runtime_setoption(option, value)
        if wanted["iot"]:
            from . import _iot

            try:
                _iot.start()
            except BaseException:
                lib.mco_runtime_stop()
                raise
        _started = wanted


def stop_runtime() -> None:
    """Stops the runtime; OperationalError while databases are open, InvalidOperationException in a process that was forked while they were."""
    global _started
    with _lock:
        require()
        if _process.inherited:
            names = ", ".join(sorted(_process.inherited))
            raise InvalidOperationException(f"the runtime of a forked process cannot stop: its parent had databases open, which only it can close: {names}")
        check(lib.mco_runtime_stop())
        if _started is not None and _started["iot"]:
            from . import _iot

            _iot.stop()
        _started = None


def require() -> None:
    """Refuses while the runtime is not started."""
    if _started is None:
        raise InvalidOperationException("the runtime is not started; call exdb.init_runtime() first")


def shares_memory() -> bool:
    """Whether databases in memory are shared between processes."""
    return _started is not None and bool(_started["shm"])


def get_runtime_info() -> dict[str, Any]:
    """What the library can do: the members of mco_runtime_info_t."""
    info = ffi.new("mco_runtime_info_t *")
    lib.mco_get_runtime_info(info)
    members = {name: getattr(info, name) for name, _ in ffi.typeof("mco_runtime_info_t").fields}
    members["mco_revision"] = text(info.mco_revision)
    return members


def get_net_capabilities() -> int:
    """What the network can do: 1 TLS, 2 IPv6, 4 compression."""
    return int(lib.mco_net_get_capabilities())


def get_registry() -> list[str]:
    """Names of the open databases of this process."""
    size = 4096
    while True:
        names = ffi.new("char[]", size)
        code = lib.mco_db_databases(names, size, 0)
        if code != lib.MCO_S_OVERFLOW:
            check(code)
            found = (name.decode("utf-8", "surrogateescape") for name in bytes(ffi.buffer(names)).split(b"\0\0", 1)[0].split(b"\0") if name)
            return [name for name in found if name not in _process.inherited]
        size *= 2


def runtime_setoption(option: int, value: int) -> None:
    """Sets an option of `RuntimeOption`."""
    lib.mco_runtime_setoption(*_option(option, value))


def runtime_getoption(option: int) -> int:
    """Reads an option of `RuntimeOption`; 0 for one that there is not."""
    return int(lib.mco_runtime_getoption(number(option, "an option", 0, 2**31 - 1)))


def set_errhandler(fn: Optional[Callable[[int], object]]) -> None:
    """`fn(code)` is called on fatal errors, on the thread that met it; None for no function. The call that failed raises InternalError."""
    global _handler
    if fn is not None and not callable(fn):
        raise ArgumentException("the handler of fatal errors is a function of one argument, or None")
    _handler = fn


def ssl_init() -> None:
    """Prepares TLS; again: no effect. NotSupportedError: the library is built without it."""
    check(lib.mco_ssl_init())


def ssl_load_verify_locations(
    ca_file: Union[None, str, bytes, os.PathLike[str]], ca_path: Union[None, str, bytes, os.PathLike[str]] = None
) -> None:
    """Adds CAs that peers are checked against, for the whole process: the PEM certificates of a file, of all files in a directory, or both. Listeners
    go by those that were loaded when they were opened. OperationalError: nothing to be read there, or no certificate in it."""
    names = [None if name is None else encoded(path(name, "the path of certificates"), "the path of certificates") for name in (ca_file, ca_path)]
    check(lib.mco_ssl_load_verify_locations(*map(pointer, names)))


def _option_list(options: Any) -> tuple[tuple[int, int], ...]:
    if options is None:
        return ()
    try:
        pairs = list(options)
        if len(pairs) == 2 and isinstance(pairs[0], int):
            pairs = [pairs]
        return tuple(_option(option, value) for option, value in pairs)
    except (TypeError, ValueError):
        raise ArgumentException("options is an (option, value), or a list of them") from None


def _option(option: int, value: int) -> tuple[int, int]:
    if not isinstance(option, int) or not 0 <= option < lib.MCO_RT_OPTION_LAST:
        raise ArgumentException(f"{option!r} is no option of the runtime; use a member of RuntimeOption")
    if not isinstance(value, int) or not -(2**31) <= value < 2**31:
        raise ArgumentException(f"the value of an option is a number of 32 bits, not {value!r}")
    if option == lib.MCO_RT_OPTION_DATETIME_PRECISION and value not in _PRECISIONS:
        raise ArgumentException(f"the precision of datetime is one of {', '.join(map(str, _PRECISIONS))} ticks per second, not {value}")
    return option, int(value)


@ffi.callback("mco_error_handler", onerror=unraisable)  # type: ignore[untyped-decorator]
def _on_fatal(code: int) -> None:
    fatal.code = code
    if _handler is not None:
        _handler(code)
