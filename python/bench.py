"""How fast rows go in and out, by the ways a program may choose. Prints rates and their ratios; everything in one run, on one database in memory."""

import time

import numpy as np

import exdb

ROWS, STEP, ROUNDS = 100_000, 1000, 3
SCHEMA = """
#define uint4 unsigned<4>
declare database benchdb;
declare auto_oid[1000];
iot device 1000;
uptable class Sensor {
    datetime ts;
    uint4    sensorId;
    double   value;
    hash <ts, sensorId> idx[100000];
    list;
};
"""

ts = np.arange(ROWS, dtype=np.uint64) + 1_700_000_000
ids = np.ones(ROWS, dtype=np.uint32)
values = np.random.default_rng(1).random(ROWS)
tuples = list(zip(ts.tolist(), ids.tolist(), values.tolist()))


def by_attribute(con, start):
    for row in tuples[start : start + STEP]:
        sensor = con.new("Sensor")
        sensor.ts, sensor.sensorId, sensor.value = row


def by_tuples(con, start):
    con.insert_many("Sensor", tuples[start : start + STEP], ("ts", "sensorId", "value"))


def by_arrays(con, start):
    end = start + STEP
    con.insert_many("Sensor", {"ts": ts[start:end], "sensorId": ids[start:end], "value": values[start:end]})


def insert(con, way):
    """Seconds for all rows, in transactions of STEP."""
    started = time.perf_counter()
    for start in range(0, ROWS, STEP):
        con.startTransaction()
        way(con, start)
        con.commit()
    return time.perf_counter() - started


def read_attributes(con):
    return sum(sensor.value for sensor in con.cursor("Sensor"))


def read_lists(con):
    return sum(con.cursor("Sensor").read_many(fields=["value"])["value"])


def read_arrays(con):
    into = np.empty(ROWS)
    con.cursor("Sensor").read_into({"value": into})
    return into.sum()


def read(con, way):
    """Seconds for one field of all rows."""
    con.startTransaction(exdb.Transaction.MCO_READ_ONLY)
    started = time.perf_counter()
    total = way(con)
    seconds = time.perf_counter() - started
    assert abs(total - values.sum()) < 1e-3
    con.commit()
    return seconds


def show(title, seconds):
    """Prints the best of the rounds, and how it compares with the first way."""
    print(title)
    best = {name: min(times) for name, times in seconds.items()}
    first = next(iter(best.values()))
    for name, each in best.items():
        print(f"  {name:<24}{ROWS / each:>12,.0f} rows a second{first / each:>8.1f} times")


def main():
    exdb.init_runtime()
    inserting = {"attribute by attribute": by_attribute, "list of tuples": by_tuples, "NumPy columns": by_arrays}
    reading = {"attribute": read_attributes, "lists": read_lists, "NumPy array": read_arrays}
    inserted, found = {name: [] for name in inserting}, {name: [] for name in reading}
    with exdb.open_database("bench", exdb.load_dictionary(SCHEMA), db_segment_size=1 << 30) as db, db.connect() as con:
        for _ in range(ROUNDS):
            for name, way in inserting.items():
                con.startTransaction()
                con.deleteAll("Sensor")
                con.commit()
                inserted[name].append(insert(con, way))
            for name, way in reading.items():
                found[name].append(read(con, way))
    show(f"insert of {ROWS:,} Sensor rows in transactions of {STEP}, commit included", inserted)
    show("reading one field of them", found)


if __name__ == "__main__":
    main()
