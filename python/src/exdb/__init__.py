"""Databases of IoT devices and their server, with the replication between them.

A program calls `init_runtime`, `load_dictionary`, `open_database` and `Database.connect`; in transactions of the connection objects are made with
`Connection.new` and found with `Connection.cursor`. With `init_runtime(iot=True)` there are `IoTCommunicator` and `IoTReplicator`, which move rows
between devices and server.
"""

import atexit as _atexit
from typing import TYPE_CHECKING as _TYPE_CHECKING, NoReturn as _NoReturn

from . import _connection, _cursor, _database, _devices, _dictionary, _errors, _runtime, constants
from ._connection import *  # noqa: F403
from ._cursor import *  # noqa: F403
from ._database import *  # noqa: F403
from ._devices import *  # noqa: F403
from ._dictionary import *  # noqa: F403
from ._errors import *  # noqa: F403
from ._runtime import *  # noqa: F403
from ._trace import *  # noqa: F403
from .constants import *  # noqa: F403

for _module in (_connection, _cursor, _database, _devices, _dictionary, _errors, constants):
    for _name in _module.__all__:
        if isinstance(getattr(_module, _name), type):
            getattr(_module, _name).__module__ = __name__
del _module, _name

__version__ = _runtime.get_runtime_info()["mco_revision"]

_atexit.register(_database.close_all)

if _TYPE_CHECKING:  # else made by init_runtime(iot=True)
    from ._iot import IoTCommunicator as IoTCommunicator, IoTReplicator as IoTReplicator
else:

    def __getattr__(name: str) -> _NoReturn:
        advice = "; init_runtime(iot=True) makes it one" if name in ("IoTCommunicator", "IoTReplicator") else ""
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}{advice}")
