#!/usr/bin/env python3
"""Runs the weather server and two stations, shows what they do, and checks every row at the end.

    demo.py PROGRAMS [--mode memory|file]

PROGRAMS is the directory with the two programs, weather-server and weather-device. All files go into a directory of this run's own and
the system chooses the port, so several demos may run side by side. Exit code 0 only if nothing is missing, doubled or different.
"""

import argparse
import csv
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from datetime import datetime, timezone

DATA = pathlib.Path(__file__).resolve().parent / "data"
STATIONS = {1000: ("Seattle", DATA / "seattle-temps.csv"), 1001: ("San Francisco", DATA / "sf-temps.csv")}
CONFIGURATION = {
    1000: ["config 1 report every n days = 28", "config 2 altitude of the station in feet = 433"],
    1001: ["config 1 report every n days = 28", "config 2 altitude of the station in feet = 13"],
}
LIMIT_SECONDS = 120


class Failure(Exception):
    """The demo did not end as it should; the text says why."""


def expected_rows():
    """All rows of both files as (agent, seconds, temperature), read in another way than the C program does."""
    rows = []
    for agent, (_, path) in STATIONS.items():
        with path.open(newline="") as file:
            for line in csv.DictReader(file):
                date = line["date"] if line["date"].count(":") == 2 else line["date"] + ":00"
                at = datetime.strptime(date, "%Y/%m/%d %H:%M:%S").replace(tzinfo=timezone.utc)
                rows.append((agent, int(at.timestamp()), float(line["temp"])))
    return sorted(rows)


class Program:
    """One of the programs; its lines are shown as they come and kept."""

    def __init__(self, command):
        self.name = command[0].name
        self.lines = []
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            print(line, end="", flush=True)

    def finish(self, deadline):
        """Waits for its end, which must be a good one."""
        try:
            code = self.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise Failure(f"{self.name} is not ready after {LIMIT_SECONDS} s") from None
        self.reader.join()
        if code != 0:
            raise Failure(f"{self.name} ended with code {code}")

    def stop(self):
        """Ends it, whatever it does."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def check_server(export):
    """The server's rows against the files."""
    with export.open(newline="") as file:
        rows = sorted((int(r["agent"]), int(r["ts"]), float(r["temperature"])) for r in csv.DictReader(file))
    wanted = expected_rows()
    if rows != wanted:
        missing, surplus = set(wanted) - set(rows), set(rows) - set(wanted)
        raise Failure(f"the server has {len(rows)} rows instead of {len(wanted)}: {len(missing)} are missing, {len(surplus)} too many or "
                      f"different, {len(rows) - len(set(rows))} doubled; for example {sorted(missing | surplus)[:3]}")
    return len(rows)


def check_device(agent, lines):
    """What a station has at the end: its own two settings and no reading."""
    settings = [line.split(": ", 1)[1] for line in lines if ": config " in line]
    if settings != CONFIGURATION[agent]:
        raise Failure(f"station {agent} has the settings {settings} instead of {CONFIGURATION[agent]}")
    left = [re.search(r"(\d+) left here", line) for line in lines if "left here" in line]
    if len(left) != 1 or left[0].group(1) != "0":
        raise Failure(f"station {agent} still keeps readings after clear")


def run(programs, mode, directory, started):
    """Starts the programs, waits for them, checks."""
    deadline = time.monotonic() + LIMIT_SECONDS
    address, export = directory / "address", directory / "readings.csv"

    def place(name):
        if mode == "memory":
            return []
        (directory / name).mkdir()
        return ["--dir", directory / name]

    server = Program([programs / "weather-server", "--server-file", address, "--export", export, *place("server")])
    started.append(server)
    devices = {}
    for agent, (city, path) in STATIONS.items():
        print(f"{agent}: {city}")
        devices[agent] = Program([programs / "weather-device", "--agent", str(agent), "--csv", path, "--server-file", address,
                                  *place(f"device-{agent}")])
        started.append(devices[agent])
    for device in devices.values():
        device.finish(deadline)
    server.process.terminate()
    server.finish(deadline)

    rows = check_server(export)
    for agent, device in devices.items():
        check_device(agent, device.lines)
    print(f"\nAll {rows} readings of the two files are at the server, each once; each station has its two settings and keeps no reading.")


def main():
    """Command line."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("programs", type=pathlib.Path)
    options.add_argument("--mode", choices=["memory", "file"], default="memory")
    arguments = options.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))

    started = []
    try:
        with tempfile.TemporaryDirectory(prefix="mcoiot-demo-") as directory:
            try:
                run(arguments.programs.resolve(), arguments.mode, pathlib.Path(directory), started)
            finally:
                for program in started:
                    program.stop()
    except Failure as failure:
        print(f"\ndemo failed: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
