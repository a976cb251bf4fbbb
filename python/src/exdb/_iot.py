"""What `init_runtime(iot=True)` adds to the module."""

from __future__ import annotations

from ._capi import lib
from ._errors import check


def start() -> None:
    """Prepares replication."""
    check(lib.mco_iot_init())
