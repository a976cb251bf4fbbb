#!/usr/bin/env python3
"""The server of the weather stations, as c-examples/weather/server.c: the same options, schema and files, so each may take the other's place.

server.py --server-file address [--listen 127.0.0.1:0] [--dir DIRECTORY] [--export readings.csv]
"""

import argparse
import datetime
import itertools
import os
import pathlib
import signal
import threading

import exdb
from exdb import IoT

DATABASE_BYTES = 64 << 20
SCHEMA = pathlib.Path(__file__).resolve().parents[3] / "c-examples" / "weather" / "server.mco"
CONFIGURATION = [
    (IoT.ALL_AGENTS, 1, "report every n days", 28),
    (1000, 2, "altitude of the station in feet", 433),
    (1001, 2, "altitude of the station in feet", 13),
]
LOOK_SECONDS = 0.05


def insert_configuration(con):
    """One setting for all stations, one for each alone; not again when the database has them from an earlier run."""
    con.startTransaction()
    if con.getClassStats("Config")["ObjectsNum"] == 0:
        for agent, number, name, value in CONFIGURATION:
            config = con.new("Config")
            config.agent_id, config.param_id, config.name, config.value = agent, number, name, value
    con.commit()


def count_readings(con):
    con.startTransaction(exdb.Transaction.MCO_READ_ONLY)
    count = con.getClassStats("Reading")["ObjectsNum"]
    con.commit()
    return count


def report(con, export):
    """A table of the stations, and all readings into a file."""
    con.startTransaction(exdb.Transaction.MCO_READ_ONLY)
    rows = [(reading.agent_id, reading.ts, reading.temperature) for reading in con.cursor("Reading", "by_station")]
    con.commit()
    print("\n station    rows  first             last                 min    mean     max")
    for agent, group in itertools.groupby(rows, key=lambda row: row[0]):
        _, times, values = zip(*group)
        first, last = (datetime.datetime.fromtimestamp(time, datetime.timezone.utc).strftime("%Y-%m-%d %H:%M") for time in (times[0], times[-1]))
        mean = sum(values) / len(values)
        print(f"{agent:8} {len(values):7}  {first}  {last} {min(values):7.1f} {mean:7.2f} {max(values):7.1f}")
    if export:
        with open(export, "w") as file:
            print("agent,ts,temperature", file=file)
            for agent, time, value in rows:
                print(f"{agent},{time},{value!r}", file=file)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--server-file", required=True)
    options.add_argument("--listen", default="127.0.0.1:0")
    options.add_argument("--dir")
    options.add_argument("--export")
    chosen = options.parse_args()
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())

    exdb.init_runtime(disk=True, iot=True)
    devices = [exdb.privateMemoryDevice(exdb.Device.Data, DATABASE_BYTES)]
    if chosen.dir:
        devices.append(exdb.fileDevice(exdb.Device.Data, os.path.join(chosen.dir, "weatherserver.dbs")))
    dictionary = exdb.load_dictionary(SCHEMA.read_text(), persistent=chosen.dir is not None)
    with exdb.open_database("weatherserver", dictionary, devices=devices) as db, db.connect() as con:
        insert_configuration(con)
        with exdb.IoTCommunicator() as comm, exdb.IoTReplicator(con, comm):
            comm.on_connect = lambda connection: print(f"server: station {connection.agent_id} is here", flush=True)
            comm.on_disconnect = lambda connection: print(f"server: station {connection.agent_id} has gone", flush=True)
            address = f"127.0.0.1:{comm.listen(chosen.listen)}"
            # In one step, so that a station reads all of it or nothing.
            with open(f"{chosen.server_file}.new", "w") as file:
                print(address, file=file)
            os.replace(f"{chosen.server_file}.new", chosen.server_file)
            print(f"server: listening on {address}", flush=True)
            before = 0
            while not ended.wait(LOOK_SECONDS):
                now = count_readings(con)
                if now != before:
                    print(f"server: {now:6} readings", flush=True)
                    before = now
            report(con, chosen.export)


main()
