"""Objects that are made and dropped leave nothing behind."""

import gc
import os
import sys

OBJECTS = 100_000


def anonymous_memory():
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("RssAnon"))


def work(db, con, objects):
    for _ in range(objects // 1000):
        con.startTransaction()
        for i in range(1000):
            row = con.new("Reading")
            row.ts, row.value = i, i / 2
        for row in con.cursor("Reading"):
            row.sensor
        cursor = con.cursor()
        cursor.search("Reading", "by_value", 3, 7)
        con.insert_many("Everything", {"s": ["x"] * 10})
        con.cursor("Everything").read_many()
        con.rollback()
        with db.connect():
            pass
        con.startTransaction()
        cursors = [con.cursor("Reading") for _ in range(100)]
        con.rollback()
        del cursors


def test_after_many_objects(db, con):
    def sizes():
        gc.collect()
        return sys.getallocatedblocks(), len(os.listdir("/proc/self/task")), anonymous_memory()

    work(db, con, OBJECTS // 10)
    before = sizes()
    work(db, con, OBJECTS - OBJECTS // 10)
    after = sizes()
    assert all(now <= first * 1.02 for first, now in zip(before, after)), (before, after)
