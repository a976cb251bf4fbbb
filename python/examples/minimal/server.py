"""The server: offers configuration, prints the readings that devices send. It answers by itself and never calls sync.

server.py [address to listen on]     15000 unless given; ctrl-C ends it
"""

import signal
import sys
import threading

import exdb

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

downtable class Config {        // has a field agent_id: the device that a row is for, 0 = all of them
    unsigned<4> param_id;
    double      value;

    tree <param_id> idx;
};
"""


def insert_configuration(con):
    con.startTransaction()
    config = con.new("Config")  # for all devices
    config.param_id = 1
    config.value = 60
    config = con.new("Config")  # for device 1000 alone
    config.param_id = 2
    config.value = 0.5
    config.agent_id = 1000
    con.commit()


def print_readings(con):
    con.startTransaction(exdb.Transaction.MCO_READ_ONLY)
    for sensor in con.cursor("Sensor", "idx"):
        print(f"server: device {sensor.agent_id}, time {sensor.ts}, value {sensor.value:g}")
    con.commit()


def main():
    address = sys.argv[1] if len(sys.argv) > 1 else "15000"
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())

    exdb.init_runtime(iot=True)
    db = exdb.open_database("server", exdb.load_dictionary(SCHEMA, persistent=False))
    with db.connect() as con:
        insert_configuration(con)
        comm = exdb.IoTCommunicator()
        repl = exdb.IoTReplicator(con=con, comm=comm)
        print(f"server: listening on port {comm.listen(address)}", flush=True)
        ended.wait()
        print_readings(con)
        repl.stop()
        comm.stop()
        repl.destroy()
        comm.destroy()
    db.close()


main()
