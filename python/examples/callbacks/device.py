"""A device with callbacks: tells what happens on its connection. Beside it: server.py.

device.py [address of the server]     15000 on this machine unless given
"""

import sys
import threading

import exdb
from exdb import IoT

SCHEMA = """
declare database iotdevice;
declare auto_oid[100];

iot device 1000;

uptable class Sensor {          // its rows travel up to the server
    datetime    ts;
    unsigned<4> sensorId;
    double      value;

    hash <ts, sensorId> idx[100];
};

downtable class Config {        // rows of the server that are meant for this device come down
    unsigned<4> param_id;
    double      value;

    tree <param_id> idx;
};
"""


def insert_readings(con, count):
    con.startTransaction()
    for n in range(count):
        sensor = con.new("Sensor")
        sensor.ts = 1700000000 + 60 * n
        sensor.sensorId = 1
        sensor.value = 20 + n * 0.1
    con.commit()


def print_configuration(con):
    con.startTransaction(exdb.Transaction.MCO_READ_ONLY)
    for config in con.cursor("Config", "idx"):
        print(f"device: parameter {config.param_id} = {config.value:g}")
    con.commit()


class Events:
    """Callbacks may be methods, too. They run on threads of the library, one at a time for each connection."""

    def __init__(self):
        self.destroyed = threading.Event()

    def on_connect(self, connection):
        print(f"device: connected with agent {connection.agent_id}", flush=True)

    def on_receive(self, connection):
        print("device: configuration has come", flush=True)

    def on_ack(self, connection, ack):
        print(f"device: rows of {ack['sender_agent_id']} are stored at {ack['receiver_agent_id']}", flush=True)

    def on_disconnect(self, connection):
        print(f"device: disconnected, {connection.error['stop_reason']}", flush=True)

    def on_destroy(self, connection):
        self.destroyed.set()


def main():
    server = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:15000"
    exdb.init_runtime(iot=True)
    db = exdb.open_database("device", exdb.load_dictionary(SCHEMA, persistent=False), iot_agent_id=1000)
    with db.connect() as con:
        insert_readings(con, 10)  # no server is needed for this
        events = Events()
        comm = exdb.IoTCommunicator(events.on_connect, events.on_receive, events.on_ack, events.on_disconnect, events.on_destroy)
        repl = exdb.IoTReplicator(con, comm)
        repl.connect(server, 2 * 1000)
        repl.sync(IoT.SERVER_AGENT_ID, IoT.SYNC_PUSH | IoT.SYNC_WAIT)
        repl.sync(IoT.SERVER_AGENT_ID, IoT.SYNC_PULL | IoT.SYNC_WAIT)
        for connection in repl.connections():
            with connection:  # gives it back at the end, so that it can be destroyed
                connection.disconnect()
        events.destroyed.wait()
        print_configuration(con)
        repl.stop()
        repl.destroy()  # the communicator ends with the program
    db.close()


main()
