"""Ctrl-C, and other signals, while the main thread waits in a call of the library.

Python runs the functions of signals between its own instructions, of which there are none during a call. So the library asks from time to time, on the
thread that waits, and Python has its turn. What such a function raises ends the wait, and comes out of the call; also where the call has called back
into Python.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ._capi import ffi, lib

_raised: list[BaseException] = []
_asks = False
# Calls of the main thread that wait, one inside the other.
_waits = 0


@contextmanager
def interruptible() -> Iterator[None]:
    """Around a call that waits."""
    global _asks, _waits
    if not _is_main():
        yield
        return
    if not _asks:
        lib.mco_iotx_interrupt_with(_ask, ffi.NULL)
        _asks = True
    _waits += 1
    try:
        yield
    finally:
        _waits -= 1
        if _raised:
            error = _raised[0]
            _raised.clear()
            raise error


def ends_call(error: BaseException) -> bool:
    """Whether what a callback has raised comes out of the call that it runs in: Ctrl-C and the like, where the main thread runs callbacks itself."""
    if isinstance(error, Exception) or not _is_main() or _waits == 0:
        return False
    _raised.append(error)
    return True


def _is_main() -> bool:
    return threading.get_ident() == threading.main_thread().ident


def _keep(kind: type[BaseException], error: BaseException, place: Any) -> int:
    _raised.append(error)
    return 1


@ffi.callback("mco_iotx_interrupt_t", onerror=_keep)  # type: ignore[untyped-decorator]
def _ask(context: Any) -> int:
    for _ in (1, 2):  # between two rounds Python looks for signals
        pass
    return int(bool(_raised))


def _forked() -> None:
    global _asks
    _asks = False  # another thread may be the main one now


os.register_at_fork(after_in_child=_forked)
