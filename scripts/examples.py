#!/usr/bin/env python3
"""Installs into a temporary directory, builds the examples against that installation alone, and runs them.

This is what a user does after `make install`: nothing of this tree but the example sources is used. Examples that have a file expected.txt
must print just that. Left out: numbers of ports, what the small server says whenever rows come, and warnings of connections that fail.
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

    def program(self, name, schema, sources, link_flags=None, options=()):
        """Compiles sources, and the schema if there is one, to a program."""
        generated = self.directory / f"gen-{name}"
        generated.mkdir()
        if schema is not None:
            run([self.prefix / "bin/mcocomp", "-p", generated, schema], env=self.environment)
        target = self.directory / name
        flags = self.link_flags if link_flags is None else link_flags
        run([CC, *FLAGS, *options, "-I", EXAMPLES, "-I", generated, *self.compile_flags, "-o", target, *sources, *generated.glob("*.c"), *flags],
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


class Example:
    """One run of an example: its programs in a directory of their own, and what they have printed, one program after the other."""

    def __init__(self, installation, name):
        self.installation, self.name = installation, name
        self.directory = installation.directory / f"run-{name}"
        self.directory.mkdir()
        self.running, self.said = [], []

    def options(self):
        """How each program is started."""
        return {"cwd": self.directory, "env": self.installation.environment, "text": True}

    def start(self, program, *arguments):
        """Starts a program that listens; gives its address."""
        command = [self.installation.directory / program, *arguments]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, **self.options())
        self.running.append(process)
        first = process.stdout.readline()
        port = re.search(r"listening on port (\d+)", first)
        if port is None:
            sys.exit(f"{program} does not listen: {first}")
        self.said.append(re.sub(r"\d+$", "N", first, flags=re.MULTILINE))
        return f"127.0.0.1:{port.group(1)}"

    def run(self, program, *arguments):
        """Runs a program to its end."""
        options = {name: value for name, value in self.options().items() if name != "text"}
        said = run([self.installation.directory / program, *arguments], timeout=LIMIT_SECONDS, **options)
        self.said.append(re.sub(r':\d+"', ':N"', said))

    def stop(self):
        """Ends the program that was started last, as ctrl-C would."""
        process = self.running.pop()
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=LIMIT_SECONDS)
        if process.returncode != 0:
            sys.exit(f"{self.name}: {process.args[0]} ended with code {process.returncode}")
        self.said.append(rest)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        while self.running and error[0] is None:
            self.stop()
        for process in self.running:
            process.kill()
        if error[0] is None:
            self.compare()

    def compare(self):
        """Compares what was printed with what is expected."""
        expected = (EXAMPLES / self.name / "expected.txt").read_text().splitlines()
        # At any time, or at most once a second.
        left_out = ("server: rows from ", "mcoiot: WARN: connection with ")
        printed = [line for line in "".join(self.said).splitlines() if not line.startswith(left_out)]
        if expected != printed:
            sys.exit("\n".join(difflib.unified_diff(expected, printed, f"{self.name}/expected.txt", "printed", lineterm="")))


def run_tree(installation):
    """Three layers: two devices behind a router."""
    tree, common = EXAMPLES / "tree", EXAMPLES / "common.c"
    for role in ("server", "router", "device"):
        installation.program(f"tree-{role}", tree / f"{role}.mco", [tree / f"{role}.c", common])
    with Example(installation, "tree") as example:
        server = example.start("tree-server", "127.0.0.1:0")
        router = example.start("tree-router", server, "127.0.0.1:0")
        example.run("tree-device", router, "1000")
        example.run("tree-device", router, "1001")


def run_with_small_server(installation, name):
    """A device beside the server of the small pair."""
    sources = [EXAMPLES / name / "device.c", EXAMPLES / "common.c"]
    installation.program(f"{name}-device", EXAMPLES / "minimal/device.mco", sources)
    with Example(installation, name) as example:
        example.run(f"{name}-device", example.start("minimal-server", "127.0.0.1:0"))


def run_upgrade(installation):
    """A device that is ahead of its server for a while; both go on with their files."""
    folder, common = EXAMPLES / "upgrade", EXAMPLES / "common.c"
    for role in ("server", "device"):
        for version, schema in ((1, f"{role}.mco"), (2, f"{role}_2.mco")):
            installation.program(f"upgrade-{role}-{version}", folder / schema, [folder / f"{role}.c", common],
                                 options=[f"-DVERSION={version}"])
    with Example(installation, "upgrade") as example:
        server = example.start("upgrade-server-1", "127.0.0.1:0")
        example.run("upgrade-device-1", server)
        example.run("upgrade-device-2", server)
        example.stop()
        server = example.start("upgrade-server-2", "127.0.0.1:0")
        example.run("upgrade-device-2", server)


def run_tls(installation):
    """A pair with certificates on both sides: those that its script makes or, without openssl, those of the tests."""
    folder, common = EXAMPLES / "tls", EXAMPLES / "common.c"
    for role in ("server", "device"):
        installation.program(f"tls-{role}", EXAMPLES / f"minimal/{role}.mco", [folder / f"{role}.c", common])
    certificates = ROOT / "tests/tls"
    if shutil.which("openssl") is not None:
        certificates = installation.directory / "certificates"
        certificates.mkdir()
        run(["sh", folder / "certificates.sh"], cwd=certificates)
    with Example(installation, "tls") as example:
        example.run("tls-device", example.start("tls-server", "127.0.0.1:0", certificates), certificates)


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
        run_tree(installation)
        run_upgrade(installation)
        for name in ("callbacks", "outage"):
            run_with_small_server(installation, name)
        run_tls(installation)
    print("examples: built against an installation (shared, static, old library names) and run")
    return 0


if __name__ == "__main__":
    sys.exit(main())
