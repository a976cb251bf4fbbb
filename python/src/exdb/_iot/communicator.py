"""The communicator: sockets, threads and callbacks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Callable, Optional, Union

from .._capi import ffi, lib
from .._errors import ArgumentException, check, failure, number
from .._interrupt import interruptible
from . import events
from .arguments import Millis, Sockets, SslParams, address, agent, millis
from .life import Owner, end
from .peer import IoTConnection, adopted, pinned

if TYPE_CHECKING:
    from types import TracebackType

ConnectionCallback = Callable[[IoTConnection], Optional[int]]
AckCallback = Union[Callable[[IoTConnection, events.Ack], Optional[int]], Callable[[IoTConnection, "dict[str, Any]"], Optional[int]]]

_PUMP = "Only a communicator made with n_callback_threads=0 is pumped, and not from its callbacks."


def _attribute(name: str, documentation: str) -> property:
    def get(self: IoTCommunicator) -> Any:
        return self._callbacks[name]

    def assign(self: IoTCommunicator, function: Any) -> None:
        self._set(name, function)

    return property(get, assign, doc=documentation)


class IoTCommunicator(Owner):
    """Sockets, threads and callbacks. A replicator is attached to it; listeners and connectors may be opened before and after.

    Callbacks are called on threads of the library, at most one at a time for each connection. Each is an attribute, too: a function, or None; what is
    assigned holds from the next event. They return None or a value of `IoT`: CALLBACK_OK, CALLBACK_FAIL (disconnect this peer), CALLBACK_STOP. An
    exception goes to sys.unraisablehook and counts as CALLBACK_OK. A callback may call everything but stop and destroy.

    Times are in milliseconds, None is no limit, 0 the default: send_timeout is the longest wait for a peer that takes nothing, recv_timeout the
    longest silence of one, and the limit of a handshake. With n_callback_threads=0 nothing happens except in `process_connections` and in calls
    that wait. ssl_params, a dict with members of mco_ssl_params_t, is for its listeners and connections that have none of their own; False there is
    a socket without TLS. Names of files may be paths, PEM texts may be bytes. compression_level, 0 (none), -1 (default of the library) or 1 (fast) to 9
    (short), compresses what it sends. As a context manager it is destroyed at the end.
    """

    _stopper, _destroyer = "mco_iot_comm_stop", "mco_iot_comm_destroy"
    _order = 1
    __slots__ = ("_callbacks", "_registered", "_sockets")

    def __init__(
        self,
        on_connect: Optional[ConnectionCallback] = None,
        on_recieve: Optional[ConnectionCallback] = None,
        on_ack: Optional[AckCallback] = None,
        on_disconnect: Optional[ConnectionCallback] = None,
        on_destroy: Optional[ConnectionCallback] = None,
        *,
        on_receive: Optional[ConnectionCallback] = None,
        n_callback_threads: int = 8,
        sock_domain: int = 0,
        ssl_params: SslParams = None,
        send_timeout: Optional[Millis] = 10_000,
        recv_timeout: Optional[Millis] = 10_000,
        listen_queue_size: int = 0,
        wakeup_port: int = 0,
        compression_level: int = 0,
    ) -> None:
        if on_recieve is not None and on_receive is not None:
            raise ArgumentException("on_receive and on_recieve are the same callback; give one of them")
        self._callbacks: dict[str, Any] = dict.fromkeys(events.NAMES)
        self._registered = False
        given = (on_connect, on_receive if on_recieve is None else on_recieve, on_ack, on_disconnect, on_destroy)
        for name, function in zip(events.NAMES, given):
            self._callbacks[name] = _function(name, function)
        self._sockets = Sockets(sock_domain, ssl_params, number(compression_level, "compression_level", -1, 9))
        params = ffi.new("mco_iot_comm_params_t *")
        check(lib.mco_iot_comm_params_init(params))
        params.n_callback_threads = number(n_callback_threads, "n_callback_threads", 0, 2**16 - 1)
        params.sock_domain = self._sockets.domain
        if self._sockets.tls is not None:
            params.ssl_params = self._sockets.tls.params
        params.send_timeout = millis(send_timeout, "send_timeout")
        params.recv_timeout = millis(recv_timeout, "recv_timeout")
        params.listen_queue_size = number(listen_queue_size, "listen_queue_size", 0, 2**31 - 1)
        params.wakeup_port = number(wakeup_port, "wakeup_port", 0, 2**16 - 1)
        params.compression_level = self._sockets.compression_level
        made = ffi.new("mco_iot_comm_h *")
        check(lib.mco_iot_comm_create(params, made))
        self._own(made[0])
        if any(self._callbacks.values()):
            self._register(made[0])

    on_connect = _attribute("on_connect", "Called as on_connect(connection) when a handshake is complete.")
    on_recieve = _attribute("on_recieve", "Called as on_recieve(connection) when rows have been received and stored.")
    on_receive = _attribute("on_recieve", "The same as on_recieve.")
    on_ack = _attribute("on_ack", "Called as on_ack(connection, ack) when the peer has acknowledged; ack is a dict.")
    on_disconnect = _attribute("on_disconnect", "Called as on_disconnect(connection) when a connection has ended.")
    on_destroy = _attribute("on_destroy", "Called as on_destroy(connection) when a connection goes away; also after a failed attempt to connect.")

    def listen(self, addr: str, sock_domain: Optional[int] = None, ssl_params: SslParams = None) -> Optional[int]:
        """Accepts connections at an address: "15000" (all interfaces), "host:15000", "[::1]:15000". Returns the port; with port 0 the system
        chooses one."""
        handle, place = self._open(), address(addr)
        params, _kept = self._sockets.params(sock_domain, ssl_params)
        check(lib.mco_iot_comm_listen(handle, place, params))
        return self.listen_port(addr)

    def connect(
        self,
        addr: str,
        timeout: Optional[Millis] = 2000,
        n_attempts: int = 0,
        interval: Optional[Millis] = 1000,
        sock_domain: Optional[int] = None,
        ssl_params: SslParams = None,
    ) -> None:
        """Connects in the background, and again whenever the connection is lost, until `stop_connect`.

        timeout: of one attempt. n_attempts: failures in a row after which it gives up, 0 = never. interval: pause between attempts (less
        than 10 ms counts as 10), doubled after each failure up to 16 times."""
        handle, place = self._open(), address(addr)
        attempts = number(n_attempts, "n_attempts", 0, 2**32 - 1)
        params, _kept = self._sockets.params(sock_domain, ssl_params)
        limit, pause = millis(timeout, "timeout"), millis(interval, "interval")
        check(lib.mco_iot_comm_connect_async(handle, place, limit, attempts, pause, params))

    def stop_listen(self, addr: str) -> bool:
        """Closes a listener; its connections stay. False when none has this address text."""
        return _found(lib.mco_iot_comm_stop_listen(self._open(), address(addr)))

    def stop_connect(self, addr: str) -> bool:
        """Ends a connector and its connection. False when none has this address text."""
        return _found(lib.mco_iot_comm_stop_connect(self._open(), address(addr)))

    def listen_port(self, addr: str) -> Optional[int]:
        """The port of the listener with this address text, None when there is none."""
        port = ffi.new("int *")
        return int(port[0]) if _found(lib.mco_iotx_comm_get_listen_port(self._open(), address(addr), port)) else None

    def connections(self) -> list[IoTConnection]:
        """The connections whose handshake is complete. `for connection in comm` goes through them, too."""
        handle, found = self._open(), []
        place = lib.mco_iot_comm_next_conn(handle, ffi.NULL)
        while place != ffi.NULL:
            found.append(pinned(place, self))
            place = lib.mco_iot_comm_next_conn(handle, place)
        return found

    def __iter__(self) -> Iterator[IoTConnection]:
        return iter(self.connections())

    def find(self, agent_id: int) -> Optional[IoTConnection]:
        """The connection to a node that is a direct peer, or None."""
        found = lib.mco_iot_comm_find_conn(self._open(), agent(agent_id))
        return None if found == ffi.NULL else adopted(found, self)

    def process_connections(self, timeout: Optional[Millis] = 0) -> int:
        """With n_callback_threads=0: serves sockets, database and callbacks, here and now; waits at most timeout if there is nothing to do. Returns
        the number of events."""
        handle, limit = self._open(), millis(timeout, "timeout")
        with interruptible():
            served = lib.mco_iot_comm_process_connections(handle, limit)
        if served < 0:
            raise failure(-served, _PUMP if served == -lib.MCO_E_ILLEGAL_PARAM else None)
        return int(served)

    @property
    def is_stopped(self) -> bool:
        """Whether stop has begun."""
        return self._handle is None or bool(lib.mco_iot_comm_is_stopped(self._open()))

    def stop(self) -> None:
        """Closes listeners, connectors and connections, delivers the last callbacks, ends the threads. There is no restart. Again: no effect.
        From a callback: ProgrammingError."""
        self._stop()

    def destroy(self) -> None:
        """Stops, and gives everything back. Again: no effect. From a callback: ProgrammingError."""
        self._destroy()

    def __enter__(self) -> IoTCommunicator:
        self._open()
        return self

    def __exit__(self, kind: Optional[type[BaseException]], error: Optional[BaseException], place: Optional[TracebackType]) -> None:
        self.destroy()

    def _state(self) -> str:
        return ", stopped" if self.is_stopped else ", running"

    def _set(self, name: str, function: Any) -> None:
        function = _function(name, function)
        if function is not None and self._handle is not None:
            self._register(self._open())
        self._callbacks[name] = function

    @classmethod
    def _finish(cls, handle: Any) -> None:
        # A callback that runs on a daemon thread, which has given a connection back for instance, must not come to the end of the interpreter.
        end(lib.mco_iot_comm_stop, handle)
        lib.mco_iot_comm_unregister_callback(handle, ffi.cast("void *", handle))
        super()._finish(handle)

    def _register(self, handle: Any) -> None:
        """Asks for events. A communicator that is stopped has none any more."""
        if not self._registered:
            code = lib.mco_iot_comm_register_callback(handle, events.CALLBACKS, events.context(self, handle))
            if code != lib.MCO_E_IOT_STOPPED:
                check(code)
            self._registered = True


def _function(name: str, function: Any) -> Any:
    if function is not None and not callable(function):
        raise ArgumentException(f"{name} is a function of {'two arguments' if name == 'on_ack' else 'one argument'}, or None, not {function!r}")
    return function


def _found(code: int) -> bool:
    if code == lib.MCO_S_NOTFOUND:
        return False
    check(code)
    return True
