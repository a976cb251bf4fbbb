"""Cursors: find, search, and run over the objects of a class."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NoReturn, Optional, Union

from ._capi import ffi, lib
from ._dictionary import Class, Index, find_index
from ._errors import ArgumentException, InvalidOperationException, check, error, failure, unsupported, ProgrammingError
from ._objects import HANDLE, Object
from ._transaction import OpenTransaction
from ._values import fill
from .constants import Operation

if TYPE_CHECKING:
    from ._connection import Connection

__all__ = ["Cursor"]


class Cursor:
    """A place among the objects of a class."""

    rowcount = -1
    arraysize = 100

    def __init__(self, connection: Connection, cls: Union[None, str, Class] = None, idx: Union[None, str, Index] = None) -> None:
        self._connection = connection
