#!/usr/bin/env python3
"""A weather station, as c-examples/weather/device.c: the same options, schema and files, so each may take the other's place.

device.py --agent 1000 --csv seattle-temps.csv --server-file address [--dir DIRECTORY] [--offline-days 30] [--exchange-days 28]
"""

import argparse
import calendar
import csv
import itertools
import os
import pathlib
import sys
import time

import exdb
from exdb import IoT

DATABASE_BYTES = 64 << 20
SCHEMA = pathlib.Path(__file__).resolve().parents[3] / "c-examples" / "weather" / "device.mco"
DAY = 24 * 3600
RETRY_SECONDS, ATTEMPTS, CONNECT_MS = 0.1, 600, 5000


def read_csv(path):
    """Readings as (seconds since 1970, temperature); hours and columns are as the file has them."""
    with open(path, newline="") as file:
        for line in csv.DictReader(file):
            form = "%Y/%m/%d %H:%M:%S" if line["date"].count(":") == 2 else "%Y/%m/%d %H:%M"
            yield calendar.timegm(time.strptime(line["date"], form)), float(line["temp"])


class Station:
    """The database of a station, and its way to the server."""

    def __init__(self, con, repl, chosen):
        self.con, self.repl, self.chosen = con, repl, chosen
        self.connects = 0

    def progress(self):
        """The one Progress object, made when it is not there yet."""
        return self.con.cursor("Progress").first() or self.con.new("Progress")

    def lines_stored(self):
        self.con.startTransaction()
        lines = self.progress().lines
        self.con.commit()
        return lines

    def insert_day(self, readings, line):
        """The readings of one day, and how far the station is, in one transaction; gives the line behind them."""
        self.con.startTransaction()
        day = readings[line][0] // DAY
        for at, temperature in itertools.takewhile(lambda each: each[0] // DAY == day, itertools.islice(readings, line, None)):
            reading = self.con.new("Reading")
            reading.ts, reading.temperature = at, temperature
            line += 1
        self.progress().lines = line
        self.con.commit()
        return line

    def connect(self):
        """Tries until the server answers; it may have moved, so its file is read again each time."""
        for _ in range(ATTEMPTS):
            try:
                with open(self.chosen.server_file) as file:
                    self.repl.connect(file.readline().strip(), CONNECT_MS)
                self.connects += 1
                return
            except (FileNotFoundError, exdb.OperationalError):
                time.sleep(RETRY_SECONDS)
        sys.exit(f"{self.chosen.agent}: the server in '{self.chosen.server_file}' does not answer")

    def exchange(self):
        """Sends what is new, fetches what is new, then clears what the server has confirmed. A lost connection loses nothing."""
        for _ in range(ATTEMPTS):
            try:
                self.repl.sync(IoT.SERVER_AGENT_ID, IoT.SYNC_BOTH | IoT.SYNC_WAIT)
                return self.repl.clear(IoT.SERVER_AGENT_ID)
            except exdb.OperationalError:
                self.connect()
        sys.exit(f"{self.chosen.agent}: gave up sending")

    def run(self, readings):
        agent, line = self.chosen.agent, self.lines_stored()
        if line > 0:
            print(f"{agent}: goes on at line {line}")
        for _ in range(self.chosen.offline_days):
            if line < len(readings):
                line = self.insert_day(readings, line)
        print(f"{agent}: {line} readings before the first connection", flush=True)
        self.connect()
        for day in itertools.count(1):
            if line == len(readings):
                return self.exchange()
            line = self.insert_day(readings, line)
            if day % self.chosen.exchange_days == 0:
                self.exchange()
                print(f"{agent}: {line} readings", flush=True)

    def finish(self, count):
        self.con.startTransaction(exdb.Transaction.MCO_READ_ONLY)
        for config in self.con.cursor("Config", "by_id"):
            print(f"{self.chosen.agent}: config {config.param_id} {config.name} = {config.value:g}")
        left = self.con.getClassStats("Reading")["ObjectsNum"]
        self.con.commit()
        print(f"{self.chosen.agent}: sent all {count} readings over {self.connects} connection(s), {left} left here", flush=True)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--agent", type=int, required=True)
    options.add_argument("--csv", required=True)
    options.add_argument("--server-file", required=True)
    options.add_argument("--dir")
    options.add_argument("--offline-days", type=int, default=30)
    options.add_argument("--exchange-days", type=int, default=28)
    chosen = options.parse_args()
    readings = list(read_csv(chosen.csv))

    exdb.init_runtime(disk=True, iot=True)
    devices = [exdb.privateMemoryDevice(exdb.Device.Data, DATABASE_BYTES)]
    if chosen.dir:
        devices.append(exdb.fileDevice(exdb.Device.Data, os.path.join(chosen.dir, "weatherdevice.dbs")))
    dictionary = exdb.load_dictionary(SCHEMA.read_text(), persistent=chosen.dir is not None)
    with exdb.open_database("weatherdevice", dictionary, devices=devices, iot_agent_id=chosen.agent) as db, db.connect() as con:
        with exdb.IoTReplicator(con) as repl:
            station = Station(con, repl, chosen)
            station.run(readings)
            station.finish(len(readings))


main()
