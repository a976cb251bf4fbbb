#!/usr/bin/env python3
"""Installs into a temporary directory, builds the examples against that installation alone, and runs them.

This is what a user does after `make install`: nothing of this tree but the example sources is used.
"""

import difflib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "c-examples"
CC = os.environ.get("CC", "cc")
FLAGS = ["-std=c99", "-O1", "-g", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-pthread"]
OLD_NAMES = "mcoiotcomm mcoiotrepl mcorest mcorestdb mcoews mcouda mcoseri mcolib mcoseq mcoseqmath mconet".split()
LIMIT_SECONDS = 60


def run(command, **options):
    """Runs a command that must succeed; gives its output."""
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if done.returncode != 0:
        sys.exit(f"{' '.join(str(part) for part in command)}\nended with code {done.returncode}:\n{done.stdout}")
    return done.stdout


class Installation:
    """A DESTDIR of our own, used through pkg-config as a packager would."""

    def __init__(self, directory):
        self.directory = directory
        self.prefix = directory / "usr"
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE") and name != "MFLAGS"}
        run(["make", "-s", "install", f"DESTDIR={directory}", "PREFIX=/usr"], cwd=ROOT, env=environment)
        self.environment = dict(os.environ, PKG_CONFIG_PATH=str(self.prefix / "lib/pkgconfig"), PKG_CONFIG_SYSROOT_DIR=str(directory),
                                PKG_CONFIG_ALLOW_SYSTEM_CFLAGS="1", PKG_CONFIG_ALLOW_SYSTEM_LIBS="1",
                                LD_LIBRARY_PATH=str(self.prefix / "lib"))
        self.compile_flags = self.pkg_config("--cflags")
        self.link_flags = self.pkg_config("--libs")

    def pkg_config(self, *options):
        """Flags as pkg-config gives them."""
        return run(["pkg-config", *options, "mcoiot"], env=self.environment).split()

    def program(self, name, schema, sources, link_flags=None):
        """Compiles sources, and the schema if there is one, to a program."""
        generated = self.directory / f"gen-{name}"
        generated.mkdir()
        if schema is not None:
            run([self.prefix / "bin/mcocomp", "-p", generated, schema], env=self.environment)
        target = self.directory / name
        flags = self.link_flags if link_flags is None else link_flags
        run([CC, *FLAGS, "-I", EXAMPLES, "-I", generated, *self.compile_flags, "-o", target, *sources, *generated.glob("*.c"), *flags],
            env=self.environment)
        return target


def run_minimal(environment, server, device):
    """The small pair of the README: starts both, checks what they print."""
    with subprocess.Popen([server, "127.0.0.1:0"], stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            port = re.search(r"listening on port (\d+)", process.stdout.readline()).group(1)
            said = run([device, f"127.0.0.1:{port}"], timeout=LIMIT_SECONDS, env=environment)
            process.send_signal(signal.SIGTERM)
            received, _ = process.communicate(timeout=LIMIT_SECONDS)
        finally:
            process.kill()
    for line in ("device: parameter 1 = 60", "device: parameter 2 = 0.5"):
        if line not in said:
            sys.exit(f"the small device did not print '{line}':\n{said}")
    if received.count("server: device 1000, time ") != 10:
        sys.exit(f"the small server did not print ten readings:\n{received}")


def run_dynamic(environment, program):
    """The program without generated code: prints just what is written beside it."""
    expected = (EXAMPLES / "dynamic/expected.txt").read_text()
    said = run([program], timeout=LIMIT_SECONDS, env=environment)
    if said != expected:
        difference = difflib.unified_diff(expected.splitlines(True), said.splitlines(True), "expected.txt", "printed")
        sys.exit(f"dynamic prints something else:\n{''.join(difference)}")


def main():
    """Gives 0 when all is well."""
    for tool in ("pkg-config", CC):
        if shutil.which(tool) is None:
            print(f"skipped: {tool} is not installed")
            return 77
    with tempfile.TemporaryDirectory(prefix="mcoiot-install-") as name:
        installation = Installation(pathlib.Path(name))
        common, minimal, weather = EXAMPLES / "common.c", EXAMPLES / "minimal", EXAMPLES / "weather"
        for kind in ("device", "server"):
            installation.program(f"minimal-{kind}", minimal / f"{kind}.mco", [minimal / f"{kind}.c", common])
            installation.program(f"weather-{kind}", weather / f"{kind}.mco", [weather / f"{kind}.c", weather / "weather.c", common])

        lib = installation.prefix / "lib"
        static = installation.program("static-device", minimal / "device.mco", [minimal / "device.c", common],
                                      [lib / "libmcoiot.a", "-lpthread", "-ldl", "-lm"])
        old = installation.program("old-names-device", minimal / "device.mco", [minimal / "device.c", common],
                                   [f"-L{lib}", *(f"-l{name}" for name in OLD_NAMES)])

        for device in (installation.directory / "minimal-device", static, old):
            run_minimal(installation.environment, installation.directory / "minimal-server", device)
        dynamic = installation.program("dynamic", None, [EXAMPLES / "dynamic/dynamic.c", common])
        run_dynamic(installation.environment, dynamic)
        run([sys.executable, weather / "demo.py", installation.directory], env=installation.environment)
    print("examples: built against an installation (shared, static, old library names) and run")
    return 0


if __name__ == "__main__":
    sys.exit(main())
