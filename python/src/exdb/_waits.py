"""Threads that wait for events of a schema. They do not keep the program from ending."""

from __future__ import annotations

import os
import threading
from typing import Any

from . import _process
from ._capi import lib
from ._errors import check
from ._interrupt import interruptible

# How long waits of other threads may go on when the main thread has ended; then they are released.
LEFT_SECONDS = 1.0
# A thread that has said that it waits may not have begun: it is released again.
_AGAIN_SECONDS = 0.02

_changed = threading.Condition()
# Thread and connection of each wait.
_waiting: dict[object, tuple[int, Any]] = {}
# The program has ended but for threads that wait: who comes now is released at once.
_over = False


def wait(handle: Any, number: int) -> bool:
    """Whether the event was committed; False: released."""
    mark = object()
    try:
        with _changed:
            if _over and not threading.current_thread().daemon:
                return False
            _waiting[mark] = (threading.get_ident(), handle)
        with interruptible():
            code = lib.mco_async_event_wait(handle, number)
    finally:
        with _changed:
            _waiting.pop(mark, None)
            _changed.notify_all()
    if code == lib.MCO_S_EVENT_RELEASED:
        return False
    check(code)
    return True


def _end_of_main() -> None:
    """The main thread has ended, and Python waits for the others, which may wait for events that nobody will cause."""
    global _over
    with _changed:
        _changed.wait_for(lambda: not _kept_waiting(), LEFT_SECONDS)
        _over = True
        while handles := _kept_waiting():
            for handle in handles:
                lib.mco_async_event_release_all(handle)
            _changed.wait_for(lambda: not _kept_waiting(), _AGAIN_SECONDS)


def _kept_waiting() -> list[Any]:
    threads = {thread.ident for thread in threading.enumerate() if not thread.daemon}
    return [handle for ident, handle in _waiting.values() if ident in threads]


def _forked() -> None:
    global _changed
    _changed = threading.Condition()
    _waiting.clear()


os.register_at_fork(after_in_child=_forked)
_process.at_end_of_main(_end_of_main)
