"""A device: makes readings, sends them to the server, fetches its configuration.

device.py [address of the server]     15000 on this machine unless given
"""

import sys

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


def main():
    server = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:15000"
    exdb.init_runtime(iot=True)
    db = exdb.open_database("device", exdb.load_dictionary(SCHEMA, persistent=False), iot_agent_id=1000)
    with db.connect() as con:
        insert_readings(con, 10)  # no server is needed for this
        repl = exdb.IoTReplicator(con)
        repl.connect(server, 2 * 1000)
        repl.sync(IoT.SERVER_AGENT_ID, IoT.SYNC_PUSH | IoT.SYNC_PULL | IoT.SYNC_WAIT)
        repl.clear(IoT.SERVER_AGENT_ID)  # what the server has need not stay here
        print_configuration(con)
        repl.stop()
        repl.destroy()
    db.close()


main()
