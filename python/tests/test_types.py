"""The type hints hold."""

import pathlib
import subprocess
import sys

import pytest

import exdb

pytest.importorskip("mypy", reason="mypy is not installed")


def test_mypy(tmp_path):
    settings = pathlib.Path(__file__).parent.parent / "pyproject.toml"
    command = [sys.executable, "-m", "mypy", "--config-file", settings, "--cache-dir", pathlib.Path("mypy-cache").absolute(), "-p", exdb.__name__]
    run = subprocess.run(list(map(str, command)), capture_output=True, text=True, cwd=tmp_path)
    assert run.returncode == 0, run.stdout + run.stderr


PROGRAM = '''
from typing import Any, Optional

import exdb
from exdb.typing import Ack, AckCallback, AgentCallback, ConnectionCallback, IoTConnection, IoTReplicator, Object

def on_connect(connection: IoTConnection) -> None:
    print(connection.agent_id)

def on_ack(connection: IoTConnection, ack: Ack) -> Optional[int]:
    return ack["error_code"]

def on_ack_with_a_dict(connection: IoTConnection, ack: dict[str, Any]) -> int:
    return exdb.IoT.CALLBACK_OK

def show(sensor: Object) -> None:
    print(sensor.value)

def every(replicator: IoTReplicator, connection: IoTConnection) -> bool:
    return True

callbacks: tuple[ConnectionCallback, AckCallback, AgentCallback] = (on_connect, on_ack, every)
exdb.init_runtime(iot=True)
dictionary = exdb.load_dictionary("declare database x; iot device 5; uptable class Sensor { double value; list; };")
with exdb.open_database("x", dictionary) as db, db.connect() as con:
    with exdb.IoTCommunicator(on_connect, on_ack=on_ack) as comm, exdb.IoTReplicator(con, comm) as replicator:
        comm.on_ack = on_ack_with_a_dict
        con.startTransaction()
        made = con.new("Sensor")
        made.value = 1.5
        con.commit()
        con.startTransaction(exdb.Transaction.MCO_READ_ONLY)
        for sensor in con.cursor("Sensor"):
            show(sensor)
        con.commit()
        replicator.enum_agents(every)
'''


def test_a_program_with_annotations(tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    cache = pathlib.Path("mypy-cache").absolute()
    checked = subprocess.run([sys.executable, "-m", "mypy", "--strict", "--cache-dir", cache, "program.py"], capture_output=True, text=True, cwd=tmp_path)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    run = subprocess.run([sys.executable, "program.py"], capture_output=True, text=True, cwd=tmp_path)
    assert (run.stdout, run.stderr) == ("1.5\n", "")
