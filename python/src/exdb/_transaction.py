"""The open transaction of a connection, and which thread may end it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any, NoReturn, Optional

from . import _process
from ._capi import ffi, lib
from ._errors import InterfaceError, InvalidOperationException, ProgrammingError, closed, error
from .constants import Transaction

VALUE = ffi.typeof("mco_dyn_value_t *")
HANDLE = ffi.typeof("MCO_Hf *")
# The longest string, and what most need.
TEXT_ROOM, SHORT_ROOM = 65536, 256
_memory = ffi.new_allocator(should_clear_after_alloc=False)

# A value that goes in or out, its content, and that as a text; memory for a text that comes out, and its size.
Place = tuple[Any, Any, Any, Any, int]


def new_place(needed: int = 0) -> Place:
    """A place for a text of so many bytes, and for all other values."""
    value = ffi.new(VALUE)
    room = SHORT_ROOM if needed <= SHORT_ROOM else max(needed, TEXT_ROOM)
    return value, ffi.addressof(value, "v"), ffi.addressof(value, "v", "s"), _memory("char[]", room), room


def ended(name: str) -> InvalidOperationException:
    """An object is used after its transaction."""
    return closed(f"the transaction of this {name} has ended; find it again in the open one")


class OpenTransaction:
    """What objects and cursors of a transaction share.

    Every call of the library releases the GIL, so that other threads run during it, and signals and garbage collection come between calls: who
    passes a value takes a place for it out of `places` and puts it back, or makes some more (`places` is None once the transaction has ended).
    """

    __slots__ = ("handle", "places", "reads_only", "thread", "writing")

    def __init__(self, handle: Any, kind: int) -> None:
        self.handle = handle
        self.writing = kind != Transaction.MCO_READ_ONLY
        self.reads_only = kind in (Transaction.MCO_READ_ONLY, Transaction.MCO_UPDATE)
        self.thread = this_thread()
        self.places: Optional[list[Place]] = [new_place()]

    def end(self) -> None:
        """From here on objects and cursors refuse."""
        self.places = None

    def writable(self) -> OpenTransaction:
        """Itself, if it may change something: the library would refuse, too, but then the transaction could only be rolled back."""
        if self.reads_only:
            raise error(ProgrammingError, lib.MCO_E_ACCESS, "the transaction only reads", "Start one with Transaction.MCO_READ_WRITE.")
        return self

    def may_end_here(self) -> bool:
        """A transaction that writes is ended by the thread that began it."""
        return not self.writing or self.thread is this_thread()

    def is_left(self) -> bool:
        """At the end of the interpreter: whether others may wait for it in vain. A callback that runs ends its own."""
        return self.writing and (self.thread.ended or self.thread.ident not in _process.callbacks)


class _Removed(OpenTransaction):
    """In place of the transaction of an object that has been removed. The library would refuse, too, but then the transaction could only be rolled
    back."""

    __slots__ = ()

    def __init__(self) -> None:
        pass

    @property
    def places(self) -> NoReturn:  # type: ignore[override]
        raise error(InterfaceError, lib.MCO_E_DELETED, "the object has been removed", "Do not use it any more.")


REMOVED = _Removed()


class Thread:
    """What other threads have left for this one to do. Filled by garbage collection, so without a lock."""

    __slots__ = ("ended", "ident", "left")

    def __init__(self) -> None:
        self.ident = threading.get_ident()
        self.left: deque[Callable[[], object]] = deque()
        self.ended = False

    def leave(self, act: Callable[[], object]) -> None:
        """Leaves something to the thread's next call or end; does it at once when the thread is gone."""
        self.left.append(act)
        if self.ended:
            self.settle()

    def settle(self) -> None:
        """Does what was left."""
        while self.left:
            try:
                act = self.left.popleft()
            except IndexError:
                return
            act()


class _End:
    """Goes away with its thread."""

    __slots__ = ("thread",)

    def __init__(self, thread: Thread) -> None:
        self.thread = thread

    def __del__(self) -> None:
        self.thread.ended = True
        self.thread.settle()


class _Local(threading.local):
    def __init__(self) -> None:
        self.end = _End(Thread())


_local = _Local()


def this_thread() -> Thread:
    """The calling thread, after it has done what was left to it."""
    thread = _local.end.thread
    if thread.left:
        thread.settle()
    return thread


def release(connection: Any, transaction: Optional[OpenTransaction]) -> None:
    """Ends a connection that nobody has any more, with its transaction, on the thread that may do it."""

    born = _process.here()

    def act() -> None:
        if born is not _process.here():
            return
        if transaction is not None:
            lib.mco_trans_rollback(transaction.handle)
        lib.mco_db_disconnect(connection)

    if transaction is not None:
        transaction.end()
        if transaction.writing and transaction.thread is not _local.end.thread:
            transaction.thread.leave(act)
            return
    act()
