"""`python -m exdb [FILE]`: versions, and what a database file holds."""

from __future__ import annotations

import argparse
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
        print(f"{file}: {str(wrong).strip()}", file=sys.stderr)
        return 1
    return 0


def show(file: Path) -> None:
    """Prints the classes of a database and how many objects they have; the file stays as it is."""
    if not file.is_file():
        raise FileNotFoundError("there is no such file")
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
    with sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True) as sql:
        (text,) = sql.execute("SELECT value FROM _mco_meta WHERE key = 'schema'").fetchone()
    sql.close()
    return str(text)


if __name__ == "__main__":
    sys.exit(main())
