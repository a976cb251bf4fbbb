"""Which process this is. What was opened before a fork is of no use in the child: the library's threads are not there, its locks are as they were."""

from __future__ import annotations

import os

from ._errors import InvalidOperationException

_here = object()


def here() -> object:
    """Stands for this process; a child of fork has another one."""
    return _here


def require(thing: object, born: object) -> None:
    """Refuses what was opened before a fork; `born` is what `here` gave then."""
    if born is not _here:
        raise InvalidOperationException(
            f"this {type(thing).__name__} was opened by the process that forked this one, and stays there; open what the child needs in the child"
        )


def _forked() -> None:
    global _here
    _here = object()


os.register_at_fork(after_in_child=_forked)
