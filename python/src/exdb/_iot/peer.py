"""Connections to peers, as callbacks and enumerations give them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

from .. import _process
from .._capi import ffi, lib, text
from .._errors import InvalidOperationException, Whole, check, closed

if TYPE_CHECKING:
    from .communicator import IoTCommunicator

STOP_REASONS = {
    getattr(lib, f"MCO_IOT_STOP_REASON_{name}"): name for name in ("NONE", "NETWORK_ERROR", "CALLBACK_FAILED", "IOT_STOPPED", "USER_REQUEST")
}
_MESSAGE_BYTES = 1024


class IoTConnection(Whole):
    """A connection to a peer. It comes from callbacks, `enum_agents` and `connections()`, and may be kept.

    As long as the object is there, the connection is not destroyed, although it may have ended: `error` tells why. `release()`, leaving a `with`
    block, or the end of the object gives it back. Two objects are equal if they stand for the same connection. What `on_destroy` gets is a
    connection that is gone: it is still readable, then and later.
    """

    __slots__ = ("_born", "_comm", "_handle", "_last", "_number")

    _born: object
    _handle: Any
    _comm: IoTCommunicator
    _number: int
    _last: Optional[dict[str, Any]]

    def __new__(cls, *args: Any, **kwargs: Any) -> IoTConnection:
        raise TypeError("an IoTConnection cannot be made; it comes from callbacks, enum_agents() and connections()")

    @property
    def agent_id(self) -> int:
        """Agent id of the peer; `IoT.INVALID_AGENT_ID` when the handshake was never completed."""
        return int(self._look("agent_id"))

    @property
    def address(self) -> str:
        """The text that was given to `connect`, or to the `listen` that accepted the connection."""
        return str(self._look("address"))

    @property
    def comm(self) -> IoTCommunicator:
        """The communicator that it belongs to."""
        return self._comm

    @property
    def stat(self) -> dict[str, Any]:
        """Where the peer is and what went over the wire: `address`, `port`, `sent_bytes`, `recv_bytes`."""
        return dict(self._look("stat"))

    @property
    def compression(self) -> dict[str, int]:
        """What compression has come to: `sent_ratio` and `recv_ratio`, wire size in percent of the raw size; 100: not compressed."""
        return dict(self._look("compression"))

    @property
    def error(self) -> dict[str, Any]:
        """Why it ended: `stop_reason` (such as "NETWORK_ERROR"; "NONE" while it lives), `last_error`, `last_errno`, `errmsg`."""
        return dict(self._look("error"))

    def disconnect(self) -> None:
        """Ends the connection without waiting, reason "USER_REQUEST"."""
        if self._last is None:
            check(lib.mco_iot_connection_disconnect(self._open()))

    def release(self) -> None:
        """Gives the connection back; nothing but `comm` can be read any more. Again: no effect."""
        handle, self._handle, self._last = self._handle, None, None
        if handle is not None and self._born is _process.here():
            # Its communicator may be destroyed, and the handle with it.
            lib.mco_iot_connection_release(handle)

    def __enter__(self) -> IoTConnection:
        return self

    def __exit__(self, *error: object) -> None:
        self.release()

    def __del__(self) -> None:
        if self._handle is not None:
            self.release()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, IoTConnection):
            return NotImplemented
        return self._number == other._number

    def __hash__(self) -> int:
        return hash(self._number)

    def __repr__(self) -> str:
        try:
            agent = "nobody" if self.agent_id == lib.MCO_IOT_INVALID_AGENT_ID else f"agent {self.agent_id}"
            return f"<IoTConnection to {agent} at {self.address!r}>"
        except InvalidOperationException:
            gone = "of another process" if self._born is not _process.here() else "its communicator is destroyed"
            return f"<IoTConnection, {'released' if self._handle is None else gone}>"

    def _open(self) -> Any:
        _process.require(self, self._born)
        if self._handle is None:
            raise InvalidOperationException("this connection is released; callbacks, enum_agents() and connections() give new ones")
        if lib.mco_iot_connection_get_address(self._handle) == ffi.NULL:
            raise closed("the communicator of this connection is destroyed")
        return self._handle

    def _look(self, what: str) -> Any:
        return _READERS[what](self._open()) if self._last is None else self._last[what]


def pinned(iotc: Any, comm: IoTCommunicator) -> IoTConnection:
    """An object for a handle that is valid at the moment; it has a pin of its own."""
    check(lib.mco_iotx_connection_pin(iotc))
    return _make(iotc, iotc, comm, None)


def adopted(iotc: Any, comm: IoTCommunicator) -> IoTConnection:
    """An object for a handle with a pin, which becomes the object's."""
    return _make(iotc, iotc, comm, None)


def expiring(iotc: Any, comm: IoTCommunicator) -> IoTConnection:
    """An object for a connection that cannot be kept any more: with all that can be read now."""
    return _make(iotc, None, comm, {what: read(iotc) for what, read in _READERS.items()})


def _make(iotc: Any, handle: Any, comm: IoTCommunicator, last: Optional[dict[str, Any]]) -> IoTConnection:
    made = object.__new__(IoTConnection)
    made._handle, made._comm, made._last, made._born = handle, comm, last, _process.here()
    made._number = int(ffi.cast("uintptr_t", iotc))
    return made


def _agent_id(iotc: Any) -> int:
    return int(lib.mco_iot_connection_get_agent_id(iotc))


def _address(iotc: Any) -> str:
    address = lib.mco_iot_connection_get_address(iotc)
    return "" if address == ffi.NULL else text(address)


def _numbers(iotc: Any) -> Any:
    stat = ffi.new("mco_iot_connection_stat_t *")
    check(lib.mco_iot_connection_get_stat(iotc, stat))
    return stat


def _stat(iotc: Any) -> dict[str, Any]:
    stat = _numbers(iotc)
    address = ffi.new("char[]", lib.MCO_NET_INETADDR_STRING_LEN)
    lib.mco_net_ntoa(ffi.addressof(stat, "inetaddr"), address)
    return {"address": text(address), "port": stat.port, "sent_bytes": stat.sent_bytes, "recv_bytes": stat.recv_bytes}


def _compression(iotc: Any) -> dict[str, int]:
    stat = _numbers(iotc)
    return {"sent_ratio": stat.sent_compression_ratio, "recv_ratio": stat.recv_compression_ratio}


def _error(iotc: Any) -> dict[str, Any]:
    reason, code, errno = ffi.new("mco_iot_stop_reason_t *"), ffi.new("MCO_RET *"), ffi.new("int *")
    message = ffi.new("char[]", _MESSAGE_BYTES)
    lib.mco_iot_connection_get_error(iotc, reason, code, errno, message, _MESSAGE_BYTES)
    return {
        "stop_reason": STOP_REASONS.get(int(reason[0]), "UNKNOWN"),
        "last_error": int(code[0]),
        "last_errno": errno[0],
        "errmsg": text(message),
    }


_READERS = {"agent_id": _agent_id, "address": _address, "stat": _stat, "compression": _compression, "error": _error}
