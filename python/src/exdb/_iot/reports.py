"""What the library tells entry by entry, as lists and dicts."""

from __future__ import annotations

import itertools
import json
import os
import threading
from typing import Any, Callable, Optional, cast

from .. import _process
from .._capi import ffi, lib, text
from .._errors import check
from .._interrupt import interruptible
from .arguments import INFINITE

_calls = itertools.count(1)
# Enumerations that run: what is called for each entry, and what it has raised.
_running: dict[int, tuple[Callable[[Any], Any], list[BaseException]]] = {}
_changed = threading.Condition()


def _names(prefix: str, *without: str) -> dict[int, str]:
    """Constants of the library with a prefix, by value."""
    names = [name for name in dir(lib) if name.startswith(prefix) and not name.startswith(without)]
    return {getattr(lib, name): name[len(prefix) :] for name in names}


REASONS = _names("MCO_IOTX_", "MCO_IOTX_GAP_", "MCO_IOTX_DROP_", "MCO_IOTX_REFUSE", "MCO_IOTX_VERSION")
GAP_REASONS = _names("MCO_IOTX_GAP_")


def each(function: str, handle: Any, act: Callable[[Any], Any]) -> None:
    """Calls `act` for each entry until it returns False; what it raises ends the enumeration and comes out of this call."""
    number, raised = next(_calls), cast("list[BaseException]", [])
    with _changed:
        _process.leave_at_end()
        _running[number] = (act, raised)
    try:
        with interruptible():
            code = getattr(lib, function)(handle, _ENUMERATORS[function], ffi.cast("void *", number))
    finally:
        with _changed:
            del _running[number]
            _changed.notify_all()
    if raised:
        raise raised.pop()
    check(code)


def finish() -> None:
    """At the end of the interpreter: waits for enumerations on daemon threads, which would come to it in the middle of the library."""
    with _changed:
        _changed.wait_for(lambda: not _running)


def entries(function: str, handle: Any, describe: Callable[[Any], dict[str, Any]]) -> list[dict[str, Any]]:
    """All entries as dicts."""
    found: list[dict[str, Any]] = []
    each(function, handle, lambda entry: found.append(describe(entry)))
    return found


def status(entry: Any) -> dict[str, Any]:
    """A mco_iotx_status_t."""
    told = _members(entry)
    told["up"] = bool(told["up"])
    told["reason"] = REASONS.get(told["reason"], "UNKNOWN")
    if told["last_ack_ms"] == INFINITE:
        told["last_ack_ms"] = None
    return told


def gap(entry: Any) -> dict[str, Any]:
    """A mco_iotx_gap_t."""
    told = _members(entry)
    told["reason"] = GAP_REASONS.get(told["reason"], "UNKNOWN")
    return told


def quarantined(entry: Any) -> dict[str, Any]:
    """A mco_iotx_quarantine_t."""
    return _members(entry)


def row(handle: Any, db_id: int, auto_oid: int) -> Optional[dict[str, Any]]:
    """Content of a row that is set aside; None when there is no such row."""
    content = long_text(lambda *place: lib.mco_iotx_quarantine_read(handle, db_id, auto_oid, *place))
    return None if content is None else cast("dict[str, Any]", json.loads(content))


def long_text(write: Callable[[Any, int, Any], int]) -> Optional[str]:
    """A text of any length, written by write(buffer, size, needed); None when there is none."""
    size, needed = 4096, ffi.new("mco_size_t *")
    while True:
        buffer = ffi.new("char[]", size)
        with interruptible():
            code = write(buffer, size, needed)
        if code == lib.MCO_S_NOTFOUND:
            return None
        if code != lib.MCO_S_OVERFLOW:
            check(code)
            return text(buffer)
        size = needed[0]


def _members(entry: Any) -> dict[str, Any]:
    """The members of a structure: texts as str, numbers as int."""
    values = {name: getattr(entry, name) for name, _ in ffi.typeof(entry).item.fields}
    return {name: text(value) if isinstance(value, ffi.CData) else int(value) for name, value in values.items()}


def _enumerated(entry: Any, context: Any) -> int:
    act, raised = _running[int(ffi.cast("uintptr_t", context))]
    try:
        return int(act(entry) is not False)
    except BaseException as error:
        raised.append(error)
        return 0


# One for each function, each with the type that it takes.
_ENUMERATORS = {
    function: ffi.callback(kind, lambda repl, entry, context: _enumerated(entry, context))
    for function, kind in (
        ("mco_iot_replicator_enum_agents", "mco_iot_agent_enumerator_t"),
        ("mco_iotx_status", "mco_iotx_status_enumerator_t"),
        ("mco_iotx_gap_enum", "mco_iotx_gap_enumerator_t"),
        ("mco_iotx_quarantine_enum", "mco_iotx_quarantine_enumerator_t"),
    )
}


def _forked() -> None:
    global _changed
    _changed = threading.Condition()
    _running.clear()


os.register_at_fork(after_in_child=_forked)
