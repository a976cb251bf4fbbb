#!/usr/bin/env python3
"""Runs everything there is to test and ends with one line: N passed, N failed, N skipped."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
CARGO = os.environ.get("CARGO", "cargo")
SKIPPED = 77  # exit code of a step that cannot run here


class Result:
    """Counts over all steps."""

    def __init__(self):
        self.passed = self.failed = 0
        self.skipped, self.broken = [], []


def have(*command):
    """Whether this command works here."""
    try:
        return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0
    except OSError:
        return False


def cargo_tests():
    """The command that runs the Rust tests."""
    if have(CARGO, "nextest", "--version"):
        return [CARGO, "nextest", "run", "--locked", "--no-fail-fast"]
    return [CARGO, "test", "--locked", "--no-fail-fast"]


def counts(output):
    """Passed, failed and skipped tests in what cargo nextest, cargo test or pytest printed; None if it has no summary."""
    output = re.sub(r"\x1b\[[0-9;]*m", "", output)
    summary = re.search(r"Summary \[.*?\] .*?tests? run: (.*)", output)
    if summary:
        numbers = {word: int(n) for n, word in re.findall(r"(\d+) (passed|failed|skipped|timed out)", summary.group(1))}
        return numbers.get("passed", 0), numbers.get("failed", 0) + numbers.get("timed out", 0), numbers.get("skipped", 0)
    results = re.findall(r"test result: .*?(\d+) passed; (\d+) failed; (\d+) ignored", output)
    if results:
        return tuple(sum(int(row[i]) for row in results) for i in range(3))
    summaries = re.findall(r"^=*\s*((?:\d+ \w+(?:, )?)+) in [\d.]+s", output, re.MULTILINE)
    if not summaries:
        return None
    found = [(word, int(n)) for n, word in re.findall(r"(\d+) (\w+)", ", ".join(summaries))]
    return tuple(sum(n for word, n in found if word in words) for words in (("passed",), ("failed", "error", "errors"), ("skipped",)))


def end_group(pid):
    """Ends what is left of a step."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def step(result, name, command, minutes):
    """Runs one step, shows its output, counts it: by its tests where it prints such a summary, else as one."""
    print(f"\n==== {name}: {' '.join(command)}", flush=True)
    started = time.monotonic()
    lines = []
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
    limit = threading.Timer(minutes * 60, end_group, [process.pid])
    limit.start()
    try:
        for line in process.stdout:
            lines.append(line)
            print(line, end="", flush=True)
        code = process.wait()
    finally:
        limit.cancel()
        end_group(process.pid)
    seconds = time.monotonic() - started
    found = counts("".join(lines))
    result.skipped += [f"{name}: {line[9:].strip()}" for line in lines if line.startswith("skipped: ")]
    if code == SKIPPED:
        result.skipped.append(f"{name} ({lines[-1].strip() if lines else 'no reason given'})")
    elif found and code == 0:
        result.passed += found[0]
        if found[2]:
            result.skipped.append(f"{found[2]} ignored in {name}")
    elif found:
        result.passed += found[0]
        result.failed += max(1, found[1])
        result.broken.append(name)
    elif code == 0:
        result.passed += 1
    else:
        result.failed += 1
        result.broken.append(f"{name} (over its {minutes} minutes)" if seconds >= minutes * 60 else name)
    print(f"==== {name}: {'ok' if code == 0 else 'skipped' if code == SKIPPED else f'FAILED ({code})'}, {seconds:.0f} s", flush=True)
    return code == 0


def main():
    """Runs all steps; gives 0 when none failed."""
    result = Result()
    started = time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    os.environ["WERROR"] = "-Werror"
    for name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL"):
        os.environ.pop(name, None)

    step(result, "format", [CARGO, "fmt", "--check"], 1)
    step(result, "lint", [CARGO, "clippy", "--locked", "--all-targets", "--", "-D", "warnings"], 8)
    step(result, "lint without features", [CARGO, "clippy", "--locked", "--lib", "--no-default-features", "--", "-D", "warnings"], 4)
    if step(result, "build", ["make", "-s", "programs"], 8):
        step(result, "tests", cargo_tests(), 15)
        if "nextest" in cargo_tests():
            step(result, "doc tests", [CARGO, "test", "--locked", "--doc"], 5)
        step(result, "examples", [sys.executable, "scripts/examples.py"], 4)
        step(result, "demo", ["make", "-s", "demo"], 4)
        step(result, "Python module", [sys.executable, "scripts/python_tests.py"], 10)

    for tool, what in (("valgrind", "memory checks of the C programs"), ("g++", "headers and generated code as C++")):
        if shutil.which(tool) is None:
            result.skipped.append(f"{what} ({tool} is not installed)")
    print(f"\n{time.monotonic() - started:.0f} s")
    for name in result.broken:
        print(f"failed: {name}")
    for name in result.skipped:
        print(f"skipped: {name}")
    print(f"{result.passed} passed, {result.failed} failed, {len(result.skipped)} skipped")
    return 1 if result.failed else 0


if __name__ == "__main__":
    sys.exit(main())
