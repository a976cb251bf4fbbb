"""The replicator: a database attached to a communicator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Callable, Optional, Union

from .._capi import ffi, lib
from .._connection import Connection
from .._dictionary import Class
from .._errors import ArgumentException, ProgrammingError, check, error, failure, last_error, number
from .._interrupt import interruptible
from ..constants import IoT
from . import reports
from .arguments import Millis, SslParams, address, agent, millis
from .communicator import IoTCommunicator
from .life import Owner, waiting
from .peer import IoTConnection, pinned

if TYPE_CHECKING:
    from types import TracebackType

AgentCallback = Callable[["IoTReplicator", IoTConnection], Any]

# What the constructor refuses is a mistake in the program, whatever the same code means elsewhere.
_CREATE_ADVICE = {
    lib.MCO_E_IOT_INCOMPATIBLE_MODE: "Its schema has no 'iot' statement: add 'iot server;', 'iot router ID;' or 'iot device ID;'.",
    lib.MCO_E_IOT_DUPLICATE_CALLBACK: "A communicator serves one replicator: make another communicator.",
    lib.MCO_E_INSTANCE_DUPLICATE: "A database has one replicator, in one of the processes that share it: use it, or destroy it first.",
}
_SYNC_ADVICE = {
    lib.MCO_E_IOT_AGENT_NOT_FOUND: "Connect first; what is to be sent stays in the database and goes with the next sync.",
    lib.MCO_E_ILLEGAL_PARAM: "Give SYNC_PUSH, SYNC_PULL or both; SYNC_WAIT with one agent, and not with SYNC_NONBLOCK.",
}


class IoTReplicator(Owner):
    """Replicates the database of a connection, over a communicator; without one it makes its own, which stop and destroy include.

    The connection stays the program's. conn_pool_size: most database connections that it may use, 0 = as many as its communicator can
    keep busy. wait_timeout: limit of `sync` with SYNC_WAIT in ms, None = no limit. As a context manager it is destroyed at the end.
    """

    _stopper, _destroyer = "mco_iot_replicator_stop", "mco_iot_replicator_destroy"
    __slots__ = ("_comm", "_con", "_owns_comm")

    def __init__(
        self, con: Connection, comm: Optional[IoTCommunicator] = None, *, conn_pool_size: int = 0, wait_timeout: Optional[Millis] = None
    ) -> None:
        if not isinstance(con, Connection):
            raise ArgumentException(f"con is a connection to a database, from Database.connect(), not {type(con).__name__}")
        if comm is not None and not isinstance(comm, IoTCommunicator):
            raise ArgumentException(f"comm is an IoTCommunicator, or None for one of its own, not {type(comm).__name__}")
        database = con._open()
        params = ffi.new("mco_iot_replicator_params_t *")
        lib.mco_iot_replicator_params_init(params)
        params.conn_pool_size = number(conn_pool_size, "conn_pool_size", 0, 2**16 - 1)
        params.wait_timeout = millis(wait_timeout, "wait_timeout")
        self._con = con
        self._owns_comm = comm is None
        self._comm = IoTCommunicator() if comm is None else comm
        made = ffi.new("mco_iot_replicator_h *")
        code = lib.mco_iot_replicator_create(database, self._comm._open(), params, made)
        if code != 0:
            advice = _CREATE_ADVICE.get(code)
            refused = failure(code) if advice is None else error(ProgrammingError, code, last_error(), advice)
            if self._owns_comm:
                self._comm.destroy()
            raise refused
        self._own(made[0])

    # ---- what moves rows

    def connect(
        self,
        conn_string: str,
        timeout: Optional[Millis] = 2000,
        sock_domain: Optional[int] = None,
        ssl_params: SslParams = None,
    ) -> None:
        """Connects to a peer, one attempt, and returns after the handshake. timeout in ms, 0 is the communicator's recv_timeout. See
        `IoTCommunicator.connect` for connections that are made again when they are lost. Ctrl-C ends the attempt."""
        handle, place = self._open(), address(conn_string)
        params, _kept = self._comm._sockets.params(sock_domain, ssl_params)
        limit = millis(timeout, "timeout")
        with waiting(handle):
            check(lib.mco_iot_replicator_connect(handle, place, limit, params))

    def sync(self, agent_id: int, flags: int) -> bool:
        """Moves committed rows: agent_id says with whom, flags (`IoT`.SYNC_...) which way and how. False means that there was nothing to move.

        OperationalError: no way to the agent now, connection lost, wait_timeout reached, stopped; the rows stay and go with the next sync.
        Ctrl-C ends the wait; what has not moved goes with the next sync, too.
        """
        handle, target, how = self._open(), agent(agent_id), number(flags, "flags", 0, 2**31 - 1)
        if how & IoT.SYNC_WAIT:
            with waiting(handle):
                code = lib.mco_iot_replicator_sync(handle, target, how)
        else:
            with interruptible():
                code = lib.mco_iot_replicator_sync(handle, target, how)
        if code == lib.MCO_S_IOT_NO_NEW_DATA:
            return False
        check(code, _SYNC_ADVICE.get(code))
        return True

    def clear(self, agent_id: int) -> None:
        """Deletes rows that the peer has acknowledged in their present state. After Ctrl-C it goes on by itself."""
        handle, target = self._open(), agent(agent_id)
        with interruptible():
            check(lib.mco_iot_replicator_clear(handle, target))

    def clear_class(self, agent_id: int, cls: Union[str, Class, int]) -> None:
        """As `clear`, for one class: its name, its number, or the class of the dictionary."""
        handle, target = self._open(), agent(agent_id)
        code = number(cls, "cls", 0, 2**16 - 1) if isinstance(cls, int) else self._con.dictionary.find_class(cls).code
        with interruptible():
            check(lib.mco_iot_replicator_clear_class(handle, target, code))

    def auto_sync(
        self,
        enabled: bool = True,
        *,
        flags: int = IoT.SYNC_BOTH,
        on_connect: bool = True,
        clear: bool = False,
        after_commit: Optional[Millis] = 1000,
        period: Optional[Millis] = None,
    ) -> None:
        """Syncs by itself from now on; False ends that.

        flags: SYNC_PUSH, SYNC_PULL, with SYNC_DEEP_ACK if wanted. on_connect: with a node, as soon as it is connected. clear: rows are cleared
        when they are acknowledged. after_commit: so many ms after a commit, None = not then. period: again and again after so many ms.
        """
        handle, params = self._open(), ffi.NULL
        if enabled:
            params = ffi.new("mco_iotx_auto_sync_t *")
            check(lib.mco_iotx_auto_sync_init(params))
            params.flags = number(flags, "flags", 0, 2**31 - 1)
            params.on_connect, params.clear = bool(on_connect), bool(clear)
            params.after_commit, params.period = millis(after_commit, "after_commit"), millis(period, "period")
        check(lib.mco_iotx_auto_sync(handle, params), "Give a direction, and something that starts it: on_connect, after_commit or period.")

    # ---- who is there

    def enum_agents(self, callback: AgentCallback) -> None:
        """Calls callback(replicator, connection) for each connected peer, until it returns False."""
        if not callable(callback):
            raise ArgumentException(f"callback is a function of two arguments, not {callback!r}")
        for connection in self.connections():
            if callback(self, connection) is False:
                return

    def connections(self) -> list[IoTConnection]:
        """The connections to all peers. `for connection in replicator` goes through them, too."""
        found: list[IoTConnection] = []
        reports.each("mco_iot_replicator_enum_agents", self._open(), lambda iotc: found.append(pinned(iotc, self._comm)))
        return found

    def __iter__(self) -> Iterator[IoTConnection]:
        return iter(self.connections())

    @property
    def agent_id(self) -> int:
        """The own agent id."""
        return self._number("mco_iot_replicator_get_agent_id", "mco_iot_agent_id_t *")

    @property
    def db_id(self) -> int:
        """The own database id: random, made with the database and kept with it."""
        return self._number("mco_iotx_replicator_get_db_id", "mco_iot_db_id_t *")

    @property
    def level(self) -> int:
        """The own level: 1 the server, 65535 a device. On a router it may be set, to 2..65534, and is kept with the database."""
        return self._number("mco_iot_replicator_get_level", "uint2 *")

    @level.setter
    def level(self, level: int) -> None:
        check(lib.mco_iot_replicator_set_level(self._open(), number(level, "level", 0, 2**16 - 1)))

    @property
    def comm(self) -> IoTCommunicator:
        """The communicator."""
        return self._comm

    # ---- what waits, and why

    def status(self) -> list[dict[str, Any]]:
        """What waits, for whom (`agent_id`), of which class (`class_name`): `rows`, `bytes`, `oldest_ms`, `in_flight`, `acknowledged`, `confirmed`,
        `last_ack_ms` (None: none yet), `up`, `group`, `class_code`, and the `reason` as text, such as "NOT_CONNECTED". A stream for which nothing
        waits has class_code 0 and the reason "NOTHING"."""
        return reports.entries("mco_iotx_status", self._open(), reports.status)

    def status_text(self) -> str:
        """The same in words, a line for each."""
        return reports.long_text(lambda *place: lib.mco_iotx_status_text(self._open(), *place)) or ""

    def gaps(self) -> list[dict[str, Any]]:
        """Rows that were given up, here or below: `agent_id`, `class_name`, `class_code`, `rows` (0: not known), `first` and `last` timestamp,
        `time_ms` (since 1970), `reason` such as "DROPPED_OLDEST"."""
        return reports.entries("mco_iotx_gap_enum", self._open(), reports.gap)

    def quarantine(self) -> list[dict[str, Any]]:
        """Rows of peers that could not be applied, the oldest first: `origin_db_id` and `auto_oid` name the row, `origin_agent_id`, `class_name`,
        `class_code`, `time_ms` (since 1970), `code` and `detail` say why, `row` is a dict of what the origin has sent."""
        rows = []
        for entry in reports.entries("mco_iotx_quarantine_enum", self._open(), reports.quarantined):
            content = reports.row(self._open(), entry["origin_db_id"], entry["auto_oid"])
            if content is not None:  # else it was applied meanwhile
                rows.append({**entry, "row": content})
        return rows

    def quarantine_retry(self, db_id: int = 0, auto_oid: int = 0) -> bool:
        """Tries again to apply a row that is set aside, or all of them; raises what stands in the way, IntegrityError for instance. False: there is
        no such row."""
        return self._quarantined(lib.mco_iotx_quarantine_retry, db_id, auto_oid)

    def quarantine_drop(self, db_id: int = 0, auto_oid: int = 0) -> bool:
        """Gives up a row that is set aside, or all of them. False: there is no such row."""
        return self._quarantined(lib.mco_iotx_quarantine_drop, db_id, auto_oid)

    def forget_agent(self, agent_id: int) -> None:
        """Forgets an agent that is gone for good: nothing waits for it any more. OperationalError: it is not known; ProgrammingError: it is
        connected."""
        handle, gone = self._open(), agent(agent_id)
        with interruptible():
            code = lib.mco_iotx_forget_agent(handle, gone)
        check(code, "Disconnect the agent first." if code == lib.MCO_E_ACCESS else None)

    # ---- life

    def stop(self) -> None:
        """Waiting syncs end, later calls raise OperationalError; a communicator of its own stops, too. Again: no effect. From a callback:
        ProgrammingError."""
        self._stop()
        if self._owns_comm:
            self._comm.stop()

    def destroy(self) -> None:
        """Stops, and gives back the connections to the database; a communicator of its own goes, too. Again: no effect. From a callback:
        ProgrammingError."""
        self._destroy()
        if self._owns_comm:
            self._comm.destroy()

    def __enter__(self) -> IoTReplicator:
        self._open()
        return self

    def __exit__(self, kind: Optional[type[BaseException]], value: Optional[BaseException], place: Optional[TracebackType]) -> None:
        if kind is not None:
            # What went wrong is told, not that it has left a transaction open.
            self._con._roll_back_here()
        self.destroy()

    def _state(self) -> str:
        return f" of agent {self.agent_id}"

    def _number(self, name: str, kind: str) -> int:
        place = ffi.new(kind)
        check(getattr(lib, name)(self._open(), place))
        return int(place[0])

    def _quarantined(self, act: Any, db_id: int, auto_oid: int) -> bool:
        high = 2**64 - 1
        handle, row = self._open(), (number(db_id, "db_id", 0, high), number(auto_oid, "auto_oid", 0, high))
        with interruptible():
            code = act(handle, *row)
        if code == lib.MCO_S_NOTFOUND:
            return False
        check(code)
        return True
