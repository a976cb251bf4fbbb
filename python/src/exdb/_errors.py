"""Exceptions, and how a return code becomes one.

`check(code)` raises for every code but `MCO_S_OK`. Codes that are no failure of a call (nothing found, end of a cursor) are looked at before.
`misfit`, `unsupported` and `error` make the exceptions for what is seen before the library is called; `encoded` and `number` check arguments.
"""

from __future__ import annotations

import operator
import os
import sys
import threading
from collections.abc import Container
from typing import Any, NoReturn, Optional

from . import _process
from ._capi import ffi, lib, text as c_text

__all__ = [
    "ArgumentException",
    "DataError",
    "DatabaseError",
    "Error",
    "IntegrityError",
    "InterfaceError",
    "InternalError",
    "InvalidOperationException",
    "InvalidTypeException",
    "NotSupportedError",
    "OperationalError",
    "ProgrammingError",
    "Warning",
]


class InvalidTypeException(Exception):
    """A value is of a type that cannot become the type of its field."""


class ArgumentException(Exception):
    """A function was given an argument that it does not know."""


class InvalidOperationException(Exception):
    """Something is used that is closed, has ended, or has not been started."""


class Warning(Exception):  # noqa: A001 (the name is part of the Python database interface)
    """For programs that catch it; never raised."""


class Error(Exception):
    """What the library refuses. `code` is its return code, `msg` the text of the code, `text` what the failing call had to say, `info` what to do."""

    def __init__(self, code: int, msg: str, filename: str, line: int, text: Optional[str] = None, info: Optional[str] = None) -> None:
        super().__init__(code, msg, filename, line, text, info)
        self.code = code
        self.msg = msg
        self.file = f"{filename}:{line}"
        self.text = text
        self.info = info

    def __str__(self) -> str:
        parts = [f" {self.code} ({self.msg})"]
        if self.text:
            parts.append(f"- '{self.text}'")
        if self.info:
            parts.append(self.info)
        return f"{' '.join(parts)} at {self.file}."


class InterfaceError(Error):
    """A handle is not valid any more."""


class DatabaseError(Error):
    """A failure of the database that no other class describes."""


class DataError(DatabaseError):
    """A value does not fit its field."""


class OperationalError(DatabaseError):
    """Memory, disk, network, sessions: the program is right, the world is not."""


class IntegrityError(DatabaseError):
    """A unique key is taken."""


class InternalError(DatabaseError):
    """A fatal error of the library; the database refuses further use."""


class ProgrammingError(DatabaseError):
    """A mistake in the schema or in the use of the interface."""


class NotSupportedError(DatabaseError):
    """Not part of this library."""


class Whole:
    """What stands for something of the library, and cannot be there twice."""

    __slots__ = ()

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{type(self).__name__} objects can neither be copied nor pickled")


def _codes(*names: str) -> set[int]:
    return {getattr(lib, f"MCO_{name}") for name in names}


_BY_CODE: dict[int, type[Error]] = {
    code: kind
    for kind, codes in (
        (IntegrityError, _codes("S_DUPLICATE")),
        (DataError, _codes("S_OVERFLOW", "E_ILLEGAL_TYPE", "E_CONVERSION", "E_UDA_WRONG_VALUE_TYPE")),
        (
            ProgrammingError,
            _codes(
                "E_ILLEGAL_PARAM",
                "E_ACCESS",
                "E_SCHEMA_ERROR",
                "E_CURSOR_INVALID",
                "E_CURSOR_MISMATCH",
                "E_CURSOR_CLOSED",
                "E_NOINSTANCE",
                "E_INSTANCE_DUPLICATE",
                "E_TRANS_NOT_CLOSED",
                "E_IOT_NOT_INITIALIZED",
            ),
        ),
        (InterfaceError, _codes("E_INVALID_HANDLE", "E_IOT_INVALID_HANDLE", "E_DELETED", "E_TRANS_NOT_ACTIVE")),
        (
            NotSupportedError,
            _codes("E_UNSUPPORTED", "E_NW_NOTSUPP", "E_ENCRYPTION_NOT_SUPPORTED", "E_INMEM_ONLY_RUNTIME", "E_IOT_DDL_NOT_SUPPORTED"),
        ),
        (InternalError, _codes("E_CORE")),
        (OperationalError, _codes("E_NOMEM", "E_SESLIMIT", "E_CONFLICT", "E_OPENED_SESSIONS", "E_TRANSACT", "E_WRITE_STREAM")),
    )
    for code in codes
}

_BY_RANGE: tuple[tuple[int, int, type[Error]], ...] = (
    (500, 521, ProgrammingError),
    (800, 808, ProgrammingError),
    (100, 132, OperationalError),
    (300, 332, OperationalError),
    (1200, 1299, OperationalError),
    (100_000, sys.maxsize, InternalError),
)

# What to do, where the code alone decides it.
_ADVICE = {
    lib.MCO_E_ACCESS: "Start a transaction that writes (Transaction.MCO_READ_WRITE), on the node that may change this class.",
    lib.MCO_E_TRANSACT: "An earlier error has spoilt this transaction: roll it back and start again.",
    lib.MCO_E_OPENED_SESSIONS: "Close what is still open first.",
    lib.MCO_E_NOINSTANCE: "Open the database with open_database first.",
    lib.MCO_E_INSTANCE_DUPLICATE: "Close the database of this name first, or choose another name.",
    lib.MCO_E_SESLIMIT: "Close connections, or open the database with a larger db_max_connections.",
    lib.MCO_E_INMEM_ONLY_RUNTIME: "Files need init_runtime(disk=True).",
    lib.MCO_E_DELETED: "The object has been removed; do not use it any more.",
    lib.MCO_E_EMPTYOPTIONAL: "The struct has been taken away; give its field a dict, and read it again.",
    lib.MCO_E_VOLUNTARY_NOT_EXIST: "Connection.create_index makes it, in a transaction that writes.",
    lib.MCO_ERR_DB_NAMELONG: "Choose a shorter name; a fileDevice may have a path of any name.",
    lib.MCO_E_NOMEM: "Remove objects, or open the database with a larger db_segment_size.",
    lib.MCO_E_DISK_SPACE_EXHAUSTED: "Remove objects, or open the database with a larger disk_max_database_size.",
}

# Fatal codes that the handler has seen, by thread: the call that failed says MCO_E_CORE only.
fatal = threading.local()


def check(code: int, info: Optional[str] = None) -> None:
    """Raises the exception of a return code; nothing for MCO_S_OK."""
    if code != 0:
        raise failure(code, info)


def failure(code: int, info: Optional[str] = None) -> Error:
    """The exception of a code that the last call of this thread has returned; `info` says what to do."""
    # A status is no failure, so the library has said nothing about it.
    said = last_error() if code >= lib.MCO_E_CORE else None
    _process.leave_at_end()
    if code == lib.MCO_E_CORE:
        code, fatal.code = getattr(fatal, "code", None) or code, None
    return error(kind_of(code), code, said, info or _ADVICE.get(code))


def closed(text: str) -> InvalidOperationException:
    """The exception for the use of what has been closed, or has ended."""
    _process.leave_at_end()
    return InvalidOperationException(text)


def last_error() -> Optional[str]:
    """What the last failing call of this thread had to say."""
    return c_text(lib.mco_iotx_last_error()) or None


def kind_of(code: int) -> type[Error]:
    """The class of exceptions for a code."""
    kind = _BY_CODE.get(code)
    if kind is None:
        kind = next((kind for low, high, kind in _BY_RANGE if low <= code <= high), DatabaseError)
    return kind


def error(kind: type[Error], code: int, said: Optional[str], info: Optional[str]) -> Error:
    """An exception whose place is the line of the program outside of this package."""
    filename, line = _place()
    return kind(code, c_text(lib.mco_strerror(code)), filename, line, said, info)


def misfit(what: str, advice: str) -> DataError:
    """A value that does not fit its field."""
    made = error(DataError, lib.MCO_E_CONVERSION, what, advice)
    assert isinstance(made, DataError)
    return made


def unsupported(what: str, advice: Optional[str] = None) -> Error:
    """Something that is not part of this library."""
    return error(NotSupportedError, lib.MCO_E_UNSUPPORTED, what, advice)


def _place() -> tuple[str, int]:
    frame: Any = sys._getframe(1)
    while frame is not None and str(frame.f_globals.get("__name__", "")).partition(".")[0] == "exdb":
        frame = frame.f_back
    return (frame.f_code.co_filename, frame.f_lineno) if frame is not None else ("?", 0)


def encoded(value: Any, what: str) -> bytes:
    """Text for the library as a C string."""
    if not isinstance(value, str):
        raise ArgumentException(f"{what} is a str, not {type(value).__name__}")
    if "\0" in value:
        raise ArgumentException(f"{what} has a NUL character in it")
    try:
        return str.encode(value, "utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise ArgumentException(f"{what} has a lone surrogate in it, which is no character") from None


def path(value: Any, what: str) -> str:
    """The name of a file or directory, from what Python takes for one."""
    try:
        return os.fsdecode(value)
    except TypeError:
        raise ArgumentException(f"{what} is a path, not {type(value).__name__}") from None


def is_member(value: Any, numbers: Container[int]) -> bool:
    """Whether a value is one of these whole numbers; 1.0 is none."""
    return hasattr(value, "__index__") and value in numbers


def number(value: Any, what: str, low: int, high: int) -> int:
    """A whole number within bounds."""
    try:
        made = operator.index(value)
    except TypeError:
        raise ArgumentException(f"{what} is a number from {low} to {high}, not {type(value).__name__} {value!r}") from None
    if not low <= made <= high:
        raise ArgumentException(f"{what} is a number from {low} to {high}, not {made}")
    return made


def pointer(value: Optional[bytes]) -> Any:
    """A C string, or NULL."""
    return ffi.NULL if value is None else value
