"""From the callbacks of the library to the functions of the program. Threads of the library call in here and take the GIL for it."""

from __future__ import annotations

import threading
import traceback
import weakref
from typing import TYPE_CHECKING, Any, TypedDict

from .. import _process
from .._capi import ffi, lib, text, unraisable
from .._errors import ArgumentException, Error, InvalidOperationException
from .._interrupt import ends_call
from .peer import expiring, pinned

if TYPE_CHECKING:
    from .communicator import IoTCommunicator

NAMES = ("on_connect", "on_recieve", "on_ack", "on_disconnect", "on_destroy")


class Ack(TypedDict):
    """What on_ack is told."""

    sender_agent_id: int
    receiver_agent_id: int
    timestamp: int
    error_code: int
    error_str: str
    sender_db_id: int
    seq: int
    timestamp_cmn: int
    flags: int


# By their handles. Weak: a communicator that nobody has any more ends, and no callback of it is called then.
_by_context: weakref.WeakValueDictionary[int, IoTCommunicator] = weakref.WeakValueDictionary()


def context(comm: IoTCommunicator, handle: Any) -> Any:
    """What the library hands back with every event of a communicator."""
    _by_context[int(ffi.cast("uintptr_t", handle))] = comm
    return ffi.cast("void *", handle)


def _deliver(name: str, iotc: Any, context: Any, *arguments: Any) -> int:
    if _process.is_ending():  # what has piled up would have to be waited for
        return 0
    comm = _by_context.get(int(ffi.cast("uintptr_t", context)))
    function = None if comm is None else comm._callbacks[name]
    if comm is None or function is None:
        return 0
    me = threading.get_ident()
    _process.callbacks.append(me)
    try:
        peer = expiring(iotc, comm) if name == "on_destroy" else pinned(iotc, comm)
        return _result(function(peer, *arguments))
    except BaseException as error:
        # At the end of the interpreter a callback may meet what is closed already.
        if not ends_call(error) and not (_process.is_ending() and isinstance(error, (Error, InvalidOperationException))):
            _report(error, function)
        return 0
    finally:
        _process.callbacks.remove(me)


def _report(error: BaseException, function: object) -> None:
    try:
        unraisable(type(error), error, error.__traceback__, function)
    except BaseException:  # the hook is the program's
        traceback.print_exc()


def _result(value: Any) -> int:
    if value is None:
        return 0
    # True and False would be 1 and 0: failed and fine.
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 3:
        return int(value)
    raise ArgumentException(f"a callback returned {value!r}; return None, or CALLBACK_OK, CALLBACK_FAIL or CALLBACK_STOP of exdb.IoT")


def _acknowledgment(ack: Any) -> Ack:
    return {
        "sender_agent_id": ack.sender_agent_id,
        "receiver_agent_id": ack.receiver_agent_id,
        "timestamp": ack.timestamp,
        "error_code": ack.error_code,
        "error_str": text(lib.mco_strerror(ack.error_code)),
        "sender_db_id": ack.sender_db_id,
        "seq": ack.seq,
        "timestamp_cmn": ack.timestamp_cmn,
        "flags": ack.flags,
    }


def _on_connect(iotc: Any, context: Any) -> int:
    return _deliver("on_connect", iotc, context)


def _on_receive(iotc: Any, stream: Any, context: Any) -> int:
    return _deliver("on_recieve", iotc, context)


def _on_ack(iotc: Any, ack: Any, context: Any) -> int:
    return _deliver("on_ack", iotc, context, _acknowledgment(ack))


def _on_disconnect(iotc: Any, context: Any) -> int:
    return _deliver("on_disconnect", iotc, context)


def _on_destroy(iotc: Any, context: Any) -> int:
    return _deliver("on_destroy", iotc, context)


_FUNCTIONS = (_on_connect, _on_receive, _on_ack, _on_disconnect, _on_destroy)
_made = [ffi.callback(member.type, function) for (_, member), function in zip(ffi.typeof("iot_comm_callback_t").fields, _FUNCTIONS)]
# One for all communicators; the library copies it.
CALLBACKS = ffi.new("iot_comm_callback_t *", _made)
