"""`python -m exdb [FILE]`: versions, and what a database file holds."""

from __future__ import annotations

import argparse
import contextlib
import os
import platform
import sqlite3
import sys
from pathlib import Path

import exdb

from ._errors import Error


def main() -> int:
    """Prints to stdout; 0 when everything was there."""
    parser = argparse.ArgumentParser(prog="python -m exdb", description="Versions of the module, and what a database file holds.")
    parser.add_argument("file", nargs="?", type=Path, help="file of a database (<name>.dbs)")
    file = parser.parse_args().file
    print(f"exdb {exdb.__version__}, CPython {platform.python_version()}, Python database interface {exdb.apilevel}")
    if file is None:
        return 0
    try:
        show(file)
    except (Error, OSError, sqlite3.Error) as wrong:
        print(f"{file}: {reason(wrong)}", file=sys.stderr)
        return 1
    return 0


def reason(wrong: Exception) -> str:
    """What is wrong and what to do. The place, which is in this file, helps nobody."""
    return ". ".join(filter(None, (wrong.text or wrong.msg, wrong.info))) if isinstance(wrong, Error) else str(wrong)


def show(file: Path) -> None:
    """Prints the classes of a database and how many objects they have; the file stays as it is."""
    if not file.is_file():
        raise FileNotFoundError("this is no file" if file.exists() else "there is no such file")
    if not (os.access(file, os.R_OK) and os.access(file.resolve().parent, os.W_OK)):
        raise PermissionError("reading it takes the right to read it, and to make files beside it; copy it to where you have both")
    beside = [file.with_name(file.name + end) for end in ("-wal", "-shm")]
    closed = not any(each.exists() for each in beside)
    try:
        show_classes(file)
    finally:
        if closed:
            clear(file)


def clear(file: Path) -> None:
    """Takes away the files -wal and -shm that readers leave: the last connection that may write does, when it closes."""
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True)) as sql:
        sql.execute("SELECT 1 FROM sqlite_master").fetchone()


def show_classes(file: Path) -> None:
    """What `show` prints."""
    exdb.init_runtime(disk=True)
    dictionary = exdb.load_dictionary(schema(file))
    devices = [
        exdb.privateMemoryDevice(exdb.Device.Data, 1 << 20),
        exdb.fileDevice(exdb.Device.Data, str(file), exdb.FileOpenFlags.ReadOnly),
    ]
    mode = exdb.DbParamsModeMask.MODE_READ_ONLY | exdb.DbParamsModeMask.OPEN_EXISTING
    with exdb.open_database("status", dictionary, devices=devices, db_params_mode_mask=mode) as db, db.connect() as con:
        con.startTransaction(exdb.Transaction.MCO_READ_ONLY)
        role = f", {dictionary.iot['role']}" if dictionary.iot else ""
        print(f"database {dictionary.name}{role}, {con.getStats()['DataFileSize']} bytes")
        for name, described in dictionary.classes.items():
            kind = {"up": "uptable ", "down": "downtable "}.get(described.direction or "", "")
            print(f"{con.getClassStats(name)['ObjectsNum']:>12}  {kind}{name}")
        con.commit()


def schema(file: Path) -> str:
    """The text of the schema that the file was made with."""
    try:
        with contextlib.closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as sql:
            row = sql.execute("SELECT value FROM _mco_meta WHERE key = 'schema'").fetchone()
    except sqlite3.Error as wrong:
        raise sqlite3.DatabaseError(f"this is no database of exdb, or a damaged one ({wrong})") from None
    if row is None:
        raise sqlite3.DatabaseError("this is no database of exdb, or a damaged one (there is no schema in it)")
    return str(row[0])


if __name__ == "__main__":
    sys.exit(main())
