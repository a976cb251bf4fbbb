"""Ctrl-C, and other signals, while the main thread waits in a call of the library.

Python runs the functions of signals between its own instructions, of which there are none during a call. So the library asks from time to time, on the
thread that waits, and Python has its turn. What such a function raises ends the wait, and comes out of the call.
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


@contextmanager
def interruptible() -> Iterator[None]:
    """Around a call that waits."""
    global _asks
    if threading.get_ident() != threading.main_thread().ident:
        yield
        return
    if not _asks:
        lib.mco_iotx_interrupt_with(_ask, ffi.NULL)
        _asks = True
    try:
        yield
    finally:
        if _raised:
            raise _raised.pop()


def _keep(kind: type[BaseException], error: BaseException, place: Any) -> int:
    _raised.append(error)
    return 1


@ffi.callback("mco_iotx_interrupt_t", onerror=_keep)  # type: ignore[untyped-decorator]
def _ask(context: Any) -> int:
    for _ in (1, 2):  # between two rounds Python looks for signals
        pass
    return 0


def _forked() -> None:
    global _asks
    _asks = False  # another thread may be the main one now


os.register_at_fork(after_in_child=_forked)
