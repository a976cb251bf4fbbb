"""Which process this is. What was opened before a fork is of no use in the child: the library's threads are not there, its locks are as they were."""

from __future__ import annotations

import os
import threading
from typing import Any, Callable

_here = object()
_ending = False
# Names of the databases that were open when this process was forked: the library has them still, without the threads that serve them.
inherited: set[str] = set()
# Threads that run a callback; one that is in two is here twice.
callbacks: list[int] = []


def here() -> object:
    """Stands for this process; a child of fork has another one."""
    return _here


def require(thing: object, born: object) -> None:
    """Refuses what was opened before a fork; `born` is what `here` gave then."""
    leave_at_end()
    if born is not _here:
        from ._errors import InvalidOperationException

        raise InvalidOperationException(
            f"this {type(thing).__name__} was opened by the process that forked this one, and stays there; open what the child needs in the child"
        )


def at_end_of_main(act: Callable[[], object]) -> None:
    """Has `act` called when the main thread has ended, before Python waits for the others; the last one given is called first."""
    register: Any = getattr(threading, "_register_atexit", None)
    if register is not None:
        register(act)


def end() -> None:
    """The interpreter ends, and everything is about to be closed."""
    global _ending
    _ending = True


def is_ending() -> bool:
    """Whether the interpreter ends."""
    return _ending


def comes_too_late() -> bool:
    """Whether the interpreter ends and the calling thread is a daemon, which may not use anything any more; callbacks may until they return."""
    me = threading.get_ident()
    if not _ending or me in callbacks:
        return False
    return any(thread.ident == me and thread.daemon and not isinstance(thread, threading._DummyThread) for thread in threading.enumerate())


def leave_at_end() -> None:
    """Ends a daemon thread that comes too late, without a word: nobody wants to read that what it uses has been closed. It is not kept where it is,
    because a callback that has to end first may wait for a lock that it holds."""
    if comes_too_late():
        raise SystemExit


def _forked() -> None:
    global _here
    _here = object()
    callbacks.clear()


os.register_at_fork(after_in_child=_forked)
