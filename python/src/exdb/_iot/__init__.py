"""What `init_runtime(iot=True)` adds to the module: communicator, replicator, and the connections between nodes."""

from __future__ import annotations

from .._capi import lib
from .._errors import check
from .communicator import IoTCommunicator
from .peer import IoTConnection
from .replicator import IoTReplicator

__all__ = ["IoTCommunicator", "IoTConnection", "IoTReplicator", "start", "stop"]


def start() -> None:
    """Prepares replication; from then on the module has its classes."""
    check(lib.mco_iot_init())
    import exdb

    for kind in (IoTCommunicator, IoTReplicator):
        kind.__module__ = exdb.__name__
        setattr(exdb, kind.__name__, kind)
    IoTConnection.__module__ = exdb.__name__


def stop() -> None:
    """The module is without its classes again."""
    import exdb

    del exdb.IoTCommunicator, exdb.IoTReplicator
