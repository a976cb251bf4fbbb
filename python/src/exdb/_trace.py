"""The trace of the library, for lines of the program."""

from __future__ import annotations

from . import constants
from ._capi import lib
from ._errors import ArgumentException

__all__ = ["debug", "error", "fatal", "info", "notice", "trace", "warning"]


def trace(severity: int, msg: str) -> None:
    """Writes a line into the trace; severity is MCO_TRACE_FATAL .. MCO_TRACE_VERBOSE. The environment variable MCO_TRACE says up to which one."""
    if not isinstance(severity, int) or not constants.MCO_TRACE_FATAL <= severity <= constants.MCO_TRACE_VERBOSE:
        raise ArgumentException(f"{severity!r} is no severity; use MCO_TRACE_FATAL .. MCO_TRACE_VERBOSE")
    lib.mco_iotx_trace(severity, str(msg).replace("\0", " ").encode("utf-8", "backslashreplace"))


def fatal(msg: str) -> None:
    """A line of severity MCO_TRACE_FATAL; nothing else happens."""
    trace(constants.MCO_TRACE_FATAL, msg)


def error(msg: str) -> None:
    """A line of severity MCO_TRACE_ERROR."""
    trace(constants.MCO_TRACE_ERROR, msg)


def warning(msg: str) -> None:
    """A line of severity MCO_TRACE_WARNING."""
    trace(constants.MCO_TRACE_WARNING, msg)


def notice(msg: str) -> None:
    """A line of severity MCO_TRACE_NOTICE."""
    trace(constants.MCO_TRACE_NOTICE, msg)


def info(msg: str) -> None:
    """A line of severity MCO_TRACE_INFO."""
    trace(constants.MCO_TRACE_INFO, msg)


def debug(msg: str) -> None:
    """A line of severity MCO_TRACE_DEBUG."""
    trace(constants.MCO_TRACE_DEBUG, msg)
