"""A server that speaks TLS with devices of its own CA, and with nobody else.

server.py [address to listen on [directory of the certificates]]     15000 and the current one unless given; ctrl-C ends it

c-examples/tls/certificates.sh makes the certificates.
"""

import pathlib
import signal
import sys
import threading

import exdb
from exdb import IoT, SSLVerifyMode

SCHEMA = """
declare database iotserver;
declare auto_oid[100];

iot server;

uptable class Sensor {          // has a field agent_id: the device that a row came from
    datetime    ts;
    unsigned<4> sensorId;
    double      value;

    tree <agent_id, ts> idx;
};
"""


def security(directory, name):
    """Shows a certificate, and takes only peers of the CA in ca.pem."""
    exdb.ssl_init()
    exdb.ssl_load_verify_locations(directory / "ca.pem")
    return {
        "certificate_file": directory / f"{name}.pem",
        "private_key_file": directory / f"{name}.key",
        "verify_mode": SSLVerifyMode.VerifyPeer | SSLVerifyMode.VerifyFailIfNoPeerCert,
    }


def on_destroy(connection):
    """Every connection ends here, also one that could not be made secure."""
    if connection.agent_id == IoT.INVALID_AGENT_ID:
        print("server: somebody was refused,", connection.error["errmsg"], flush=True)


def main():
    address = sys.argv[1] if len(sys.argv) > 1 else "15000"
    directory = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else ".")
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())

    exdb.init_runtime(iot=True)
    with exdb.open_database("server", exdb.load_dictionary(SCHEMA)) as db, db.connect() as con:
        comm = exdb.IoTCommunicator(
            on_connect=lambda connection: print("server: device", connection.agent_id, "is here", flush=True),
            on_destroy=on_destroy,
            ssl_params=security(directory, "server"),
        )
        with comm, exdb.IoTReplicator(con, comm):
            print(f"server: listening on port {comm.listen(address)}", flush=True)
            ended.wait()
            con.startTransaction(exdb.Transaction.MCO_READ_ONLY)
            print("server:", con.getClassStats("Sensor")["ObjectsNum"], "readings", flush=True)
            con.commit()


main()
