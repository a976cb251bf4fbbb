"""How communicators and replicators end when nobody has stopped them: by garbage collection, at the end of the interpreter, in a forked child.

Each has a handle of the library. `destroy` and `stop` take it to its end and wait for callbacks that run, without the GIL.
"""

from __future__ import annotations

import atexit
import os
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Callable, Optional

from .. import _process
from .._capi import lib
from .._connection import Connection, end_of_main
from .._errors import InvalidOperationException, Whole, failure

# How long calls that wait may go on in other threads when the main thread has ended; then their replicators are stopped.
LEFT_SECONDS = 1.0

_IN_CALLBACK = "Callbacks cannot wait for their own end: set a threading.Event here, and stop where the main thread waits for it."

_owners: weakref.WeakSet[Owner] = weakref.WeakSet()
# What garbage collection could not end where it ran: threads that do it, and what waits for the end of the interpreter.
_ending: set[threading.Thread] = set()
_postponed: list[Callable[[], object]] = []

_waiting_changed = threading.Condition()
_waiting: dict[object, tuple[Optional[int], Any]] = {}


class Owner(Whole):
    """Has a handle that must be destroyed. Subclasses name the functions that stop and destroy it."""

    _stopper: str
    _destroyer: str
    _order = 0
    # A misspelt attribute, of a callback for instance, is refused.
    __slots__ = ("__weakref__", "_born", "_handle")
    _handle: Any
    _born: object

    def __new__(cls, *args: Any, **kwargs: Any) -> Owner:
        made = super().__new__(cls)
        made._handle = made._born = None
        return made

    def _own(self, handle: Any) -> None:
        self._handle = handle
        self._born = _process.here()
        _owners.add(self)

    def _open(self) -> Any:
        """The handle, for a call."""
        _process.require(self, self._born)
        if self._handle is None:
            raise InvalidOperationException(f"this {type(self).__name__} is destroyed; make a new one")
        return self._handle

    def _stop(self) -> None:
        if self._handle is not None:
            _process.require(self, self._born)
            _check_end(getattr(lib, self._stopper)(self._handle))

    def _destroy(self) -> None:
        handle = self._handle
        if handle is not None:
            _process.require(self, self._born)
            _check_end(getattr(lib, self._destroyer)(handle))
            self._handle = None

    def __del__(self) -> None:
        self._end_quietly()

    def _end_quietly(self) -> None:
        handle, self._handle = self._handle, None
        if handle is not None and self._born is _process.here():
            _collect(getattr(lib, self._destroyer), handle)


@contextmanager
def waiting(handle: Any) -> Iterator[None]:
    """Around a call that waits for a peer, so that it does not keep the interpreter from ending."""
    mark = object()
    with _waiting_changed:
        _waiting[mark] = (threading.get_ident(), handle)
    try:
        yield
    finally:
        with _waiting_changed:
            del _waiting[mark]
            _waiting_changed.notify_all()


def _check_end(code: int) -> None:
    if code == lib.MCO_E_ILLEGAL_PARAM:
        raise failure(code, _IN_CALLBACK)
    if code not in (0, lib.MCO_E_IOT_INVALID_HANDLE):
        raise failure(code)


def _collect(destroy: Callable[[Any], int], handle: Any) -> None:
    """Destroys what nobody has any more. Inside its own callback, or inside a transaction that it would wait for, another thread does it."""
    if destroy(handle) not in (lib.MCO_E_ILLEGAL_PARAM, lib.MCO_E_TRANS_NOT_CLOSED):
        return

    def act() -> None:
        destroy(handle)
        _ending.discard(thread)

    thread = threading.Thread(target=act, name="exdb-end", daemon=True)
    _ending.add(thread)
    try:
        thread.start()
    except RuntimeError:  # too late for new threads
        _ending.discard(thread)
        _postponed.append(lambda: destroy(handle))


def _end_waits() -> None:
    """The main thread has ended; Python will wait for the others, which may wait for peers without limit."""
    end_of_main()  # they may wait for that first
    with _waiting_changed:
        _waiting_changed.wait_for(lambda: not _kept_waiting(), LEFT_SECONDS)
        handles = _kept_waiting()
    for handle in handles:
        lib.mco_iot_replicator_stop(handle)


def _kept_waiting() -> list[Any]:
    threads = {thread.ident for thread in threading.enumerate() if not thread.daemon}
    return [handle for ident, handle in _waiting.values() if ident in threads]


def _at_exit() -> None:
    _process.end()
    Connection.roll_back_all_here()
    for owner in sorted(_owners, key=lambda owner: owner._order):
        owner._end_quietly()
    for act in _postponed:
        act()
    for thread in list(_ending):
        thread.join()


def _after_fork() -> None:
    """The child: threads of the library are not here, its locks are as they were."""
    global _waiting_changed
    _waiting_changed = threading.Condition()
    _waiting.clear()
    _ending.clear()
    _postponed.clear()


atexit.register(_at_exit)
os.register_at_fork(after_in_child=_after_fork)
_process.at_end_of_main(_end_waits)
