"""The example programs, in Python and mixed with those in C; their output is compared."""

import os
import pathlib
import signal
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
EXAMPLES = ROOT / "python" / "examples"
C_PROGRAMS = ROOT / os.environ.get("BUILD", "build") / "bin"
LIMIT = 120

READINGS = "".join(f"server: device 1000, time {1700000000 + 60 * n}, value {20 + n * 0.1:g}\n" for n in range(10))
CONFIGURATION = "device: parameter 1 = 60\ndevice: parameter 2 = 0.5\n"


def program(language, folder, name):
    """The command line of an example."""
    if language == "python":
        return [sys.executable, str(EXAMPLES / folder / f"{name}.py")]
    built = C_PROGRAMS / f"{folder}-{name}"
    if not built.exists():
        pytest.skip(f"{built} is not built: make programs")
    return [str(built)]


def unexpected(errors, warning):
    """Lines on stderr but for the log's with this warning."""
    return [line for line in errors.splitlines() if warning is None or not (line.startswith("mcoiot: WARN") and warning in line)]


def run_pair(server, device, *more, last=None, warning=None):
    """Output of server and device, which get what is `more` behind the address. The server is ended when the device is ready, and the server has
    printed what begins with `last`. Their logs may have a warning."""
    with subprocess.Popen([*server, "127.0.0.1:0", *more], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as serving:
        try:
            first = serving.stdout.readline()
            assert first.startswith("server: listening on port "), (first, serving.stderr.read())
            address = f"127.0.0.1:{first.split()[-1]}"
            done = subprocess.run([*device, address, *more], capture_output=True, text=True, timeout=LIMIT)
            assert (done.returncode, unexpected(done.stderr, warning)) == (0, [])
            printed, line = "", "" if last else None
            while line is not None and not line.startswith(last):
                line = serving.stdout.readline()
                printed += line
            serving.send_signal(signal.SIGTERM)
            rest, errors = serving.communicate(timeout=LIMIT)
            assert (serving.returncode, unexpected(errors, warning)) == (0, [])
        finally:
            serving.kill()
    return printed + rest, done.stdout


@pytest.mark.parametrize("server, device", [("python", "python"), ("c", "python"), ("python", "c")])
def test_minimal(server, device):
    rest, told = run_pair(program(server, "minimal", "server"), program(device, "minimal", "device"))
    assert told == CONFIGURATION
    if server == "c":
        rest = rest.replace("server: rows from device 1000\n", "")
    assert rest == READINGS


def test_callbacks():
    server, device = program("python", "callbacks", "server"), program("python", "callbacks", "device")
    rest, told = run_pair(server, device, last="server: bytes")
    # Acknowledgment and rows of the other side may cross; all else has its order.
    first, *middle, gone, one, two = told.splitlines()
    assert (first, gone) == ("device: connected with agent 1", "device: disconnected, USER_REQUEST")
    assert sorted(middle) == ["device: configuration has come", "device: rows of 1000 are stored at 1"]
    assert f"{one}\n{two}\n" == CONFIGURATION
    assert rest.endswith(READINGS)
    first, *middle, gone, count = rest[: -len(READINGS)].splitlines()
    assert (first, gone) == ("server: connected with agent 1000", "server: disconnected from agent 1000, NETWORK_ERROR")
    # The device may have gone before its acknowledgment was there.
    assert set(middle) - {"server: agent 1000 has acknowledged, code 0 (success)"} == {"server: 10 readings are here"}
    assert count == "server: bytes received: True, sent: True"


@pytest.mark.parametrize("server, device", [("python", "python"), ("c", "python"), ("python", "c")])
def test_tls(server, device):
    rest, told = run_pair(program(server, "tls", "server"), program(device, "tls", "device"), str(ROOT / "tests" / "tls"), warning="MCO_E_NW_HANDSHAKE")
    plain, nameless, done = told.splitlines()
    assert plain.startswith("device: without TLS: the peer speaks TLS") and nameless.startswith("device: without a certificate: ")
    assert done == "device: the server has everything"
    assert "server: device 1000 is here\n" in rest and rest.count("server: somebody was refused") == 2
    assert rest.endswith("server: 10 readings\n")


@pytest.mark.parametrize("mode", ["memory", "file"])
@pytest.mark.parametrize("server, device", [("python", "python"), ("c", "python"), ("python", "c")])
def test_weather(tmp_path, server, device, mode):
    """The demo of the C programs checks every row of both files."""
    for name, language in (("server", server), ("device", device)):
        command = " ".join(f"'{word}'" for word in program(language, "weather", name))
        wrapper = tmp_path / f"weather-{name}"
        wrapper.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        wrapper.chmod(0o755)
    demo = ROOT / "c-examples" / "weather" / "demo.py"
    done = subprocess.run([sys.executable, demo, tmp_path, "--mode", mode], capture_output=True, text=True, timeout=2 * LIMIT)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout[-2000:]
    assert "readings of the two files are at the server, each once" in done.stdout
