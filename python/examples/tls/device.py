"""A device that sends its readings over TLS, to a server of its own CA alone. Before that it tries what must not work.

device.py [address of the server [directory of the certificates]]     localhost:15000 and the current one unless given
"""

import pathlib
import sys

import exdb
from exdb import IoT, SSLVerifyMode

SCHEMA = """
declare database iotdevice;
declare auto_oid[100];

iot device 1000;

uptable class Sensor {
    datetime    ts;
    unsigned<4> sensorId;
    double      value;

    hash <ts, sensorId> idx[100];
};
"""


def insert_readings(con, count):
    con.startTransaction()
    con.insert_many("Sensor", {"ts": range(1700000000, 1700000000 + 60 * count, 60), "sensorId": 1, "value": [20 + n * 0.1 for n in range(count)]})
    con.commit()


def try_in_vain(repl, server, what, ssl_params):
    """A connection that the other side, or this one, must refuse."""
    try:
        repl.connect(server, 10_000, ssl_params=ssl_params)  # in place of what the communicator has
    except exdb.OperationalError as error:
        print(f"device: {what}: {error.text}")


def main():
    server = sys.argv[1] if len(sys.argv) > 1 else "localhost:15000"
    directory = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else ".")
    exdb.init_runtime(iot=True)
    exdb.ssl_init()
    exdb.ssl_load_verify_locations(directory / "ca.pem")
    security = {
        "certificate_file": directory / "client.pem",
        "private_key_file": directory / "client.key",
        "verify_mode": SSLVerifyMode.VerifyPeer,
    }
    with exdb.open_database("device", exdb.load_dictionary(SCHEMA)) as db, db.connect() as con:
        insert_readings(con, 10)
        with exdb.IoTCommunicator(ssl_params=security) as comm, exdb.IoTReplicator(con, comm) as repl:
            try_in_vain(repl, server, "without TLS", False)
            try_in_vain(repl, server, "without a certificate", {})
            repl.connect(server, 10_000)
            repl.sync(IoT.SERVER_AGENT_ID, IoT.SYNC_PUSH | IoT.SYNC_PULL | IoT.SYNC_WAIT)
            print("device: the server has everything")


main()
