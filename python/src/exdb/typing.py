"""Names for type annotations, of functions that are defined before init_runtime for instance: what callbacks are, and what they are given."""

from ._iot.communicator import AckCallback, ConnectionCallback, IoTCommunicator
from ._iot.events import Ack
from ._iot.peer import IoTConnection
from ._iot.replicator import AgentCallback, IoTReplicator
from ._objects import Object

__all__ = ["Ack", "AckCallback", "AgentCallback", "ConnectionCallback", "IoTCommunicator", "IoTConnection", "IoTReplicator", "Object"]
