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
