"""How communicators and replicators end when nobody has stopped them: by garbage collection, at the end of the interpreter, in a forked child.

Each has a handle of the library. `destroy` and `stop` take it to its end and wait for callbacks that run, without the GIL.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Callable, Optional

from .. import _process
from .._capi import lib
from .._connection import Connection, end_of_main
from .._errors import Whole, closed, failure
from .._interrupt import interruptible
from . import reports

# How long calls that wait may go on in other threads when the main thread has ended; then their replicators are stopped.
LEFT_SECONDS = 1.0

_IN_CALLBACK = "Callbacks cannot wait for their own end: set a threading.Event here, and stop where the main thread waits for it."

_owners: weakref.WeakSet[Owner] = weakref.WeakSet()
# Handles that are not destroyed yet. Some have no owner any more: garbage collection is ending them on another thread, or has to leave them.
_handles: dict[Any, type[Owner]] = {}

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
        _handles[handle] = type(self)
        _owners.add(self)
        _process.leave_at_end()

    def __repr__(self) -> str:
        state = ", destroyed" if self._handle is None else ", of another process" if self._born is not _process.here() else self._state()
        return f"<{type(self).__name__}{state}>"

    def _state(self) -> str:
        """What there is to say while it can be used."""
        raise NotImplementedError

    def _open(self) -> Any:
        """The handle, for a call."""
        _process.require(self, self._born)
        handle = self._handle
        if handle is None:
            raise closed(f"this {type(self).__name__} is destroyed; make a new one")
        return handle

    def _stop(self) -> None:
        handle = self._handle
        if handle is not None:
            _process.require(self, self._born)
            _check_end(end(getattr(lib, self._stopper), handle))

    def _destroy(self) -> None:
        handle = self._handle
        if handle is not None:
            _process.require(self, self._born)
            _check_end(end(getattr(lib, self._destroyer), handle))
            _handles.pop(handle, None)
            self._handle = None

    def __del__(self) -> None:
        handle, self._handle = self._handle, None
        if handle is not None and self._born is _process.here():
            _collect(getattr(lib, self._destroyer), handle)

    @classmethod
    def _finish(cls, handle: Any) -> None:
        """At the end of the interpreter."""
        end(getattr(lib, cls._destroyer), handle)


@contextmanager
def waiting(handle: Any) -> Iterator[None]:
    """Around a call that waits for a peer, so that it does not keep the interpreter from ending."""
    mark = object()
    try:
        with _waiting_changed:
            _waiting[mark] = (threading.get_ident(), handle)
        with interruptible():
            yield
    finally:
        with _waiting_changed:
            _waiting.pop(mark, None)
            _waiting_changed.notify_all()


def end(act: Callable[[Any], int], handle: Any) -> int:
    """Stops or destroys. What a function of a signal raises meanwhile comes out of it; the library goes on, and who calls again waits for the end."""
    with interruptible():
        return act(handle)


def _check_end(code: int) -> None:
    if code == lib.MCO_E_ILLEGAL_PARAM:
        raise failure(code, _IN_CALLBACK)
    if code not in (0, lib.MCO_E_IOT_INVALID_HANDLE):
        raise failure(code)


def _collect(destroy: Callable[[Any], int], handle: Any) -> None:
    """Destroys what nobody has any more. Inside its own callback, or inside a transaction that it would wait for, another thread does it."""

    def act() -> None:
        if end(destroy, handle) not in (lib.MCO_E_ILLEGAL_PARAM, lib.MCO_E_TRANS_NOT_CLOSED):
            _handles.pop(handle, None)

    try:
        act()
    finally:  # also behind Ctrl-C
        if handle in _handles:
            try:
                threading.Thread(target=act, name="exdb-end", daemon=True).start()
            except RuntimeError:  # too late for new threads, but `_at_exit` comes
                pass


def _end_waits() -> None:
    """The main thread has ended; Python will wait for the others, which may wait for peers without limit."""
    end_of_main()  # they may wait for that first
    with _waiting_changed:
        _waiting_changed.wait_for(lambda: not _kept_waiting(), LEFT_SECONDS)
        handles = _kept_waiting()
    for handle in handles:
        end(lib.mco_iot_replicator_stop, handle)


def _kept_waiting() -> list[Any]:
    threads = {thread.ident for thread in threading.enumerate() if not thread.daemon}
    return [handle for ident, handle in _waiting.values() if ident in threads]


def _at_exit() -> None:
    _process.end()
    try:
        Connection._roll_back_left()
        for owner in list(_owners):
            owner._handle = None
        for handle, kind in sorted(list(_handles.items()), key=lambda entry: entry[1]._order):
            kind._finish(handle)
        reports.finish()
    except BaseException as raised:
        _leave_at_once(raised)


def _leave_at_once(raised: BaseException) -> None:
    """A function of a signal does not want to wait for callbacks that run at the end of the interpreter: the process ends before them. They must not
    come back to an interpreter that is gone."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):  # none, broken, or closed
            pass
    if isinstance(raised, KeyboardInterrupt):
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    os._exit(raised.code if isinstance(raised, SystemExit) and isinstance(raised.code, int) else 1)


def _after_fork() -> None:
    """The child: threads of the library are not here, its locks are as they were."""
    global _waiting_changed
    _waiting_changed = threading.Condition()
    _waiting.clear()
    _handles.clear()


atexit.register(_at_exit)
os.register_at_fork(after_in_child=_after_fork)
_process.at_end_of_main(_end_waits)
