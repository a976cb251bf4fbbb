#!/usr/bin/env python3
"""Builds the wheel of the Python module and runs its tests with every CPython there is, in environments of their own.

The oldest and the newest run all of them, those between what depends on the interpreter. Where many threads meet is run with the library as debug
build, too. With --bench the newest runs python/bench.py instead.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / os.environ.get("BUILD", "build") / "python"
OLDEST = (3, 9)
TESTS = ROOT / "python" / "tests"
BETWEEN = [TESTS / name for name in ("iot/test_exit.py", "iot/test_interrupt.py", "iot/test_callbacks.py", "test_values.py", "test_readme.py")]
THREADS = TESTS / "iot" / "test_threads.py"
SKIPPED = 77  # exit code for scripts/test.py: cannot run here, the last line says why
QUESTION = "import sys, venv, ensurepip; print(*sys.version_info[:2], sys.implementation.name, sys.prefix == sys.base_prefix)"


def main():
    """Runs the tests; gives 0 when all have passed."""
    found = interpreters()
    if not found:
        return skip("no CPython from 3.9 on that has venv and ensurepip (Debian: package python3-venv)")
    versions = sorted(found)
    wheel, reason = None, None
    failed = False
    bench = sys.argv[1:] == ["--bench"]
    for version in dict.fromkeys((versions[-1],) if bench else (versions[-1], versions[0], *versions)):
        newest = version == versions[-1]
        name = ".".join(map(str, version))
        python = environment(name, found[version])
        # NumPy is optional for users: the newest has it, the oldest does without, unless there is only one.
        packages = ["pytest", "hatchling", "cffi", *(["numpy", "mypy"] if newest else [])]
        if python is None or run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]) != 0:
            reason = f"the packages {', '.join(packages)} cannot be installed for Python {name}: no network?"
            continue
        if wheel is None:
            wheel = build(python)
        if wheel is None:
            return 1
        if newest and not bench:
            debug = build(python, "dev")
            if debug is None or not install(python, debug):
                return 1
            print(f"Python {name}, debug build of the library:", flush=True)
            failed |= not passes(python, THREADS)
        if not install(python, wheel):
            return 1
        print(f"Python {name}:", flush=True)
        if bench:
            return run([python, ROOT / "python" / "bench.py"], cwd=BUILD)
        failed |= not passes(python, *([TESTS] if version in (versions[0], versions[-1]) else BETWEEN))
    if reason is not None and wheel is None:
        return skip(reason)
    if reason is not None:
        print(f"skipped: {reason}")
    elif len(versions) == 1:
        print(f"skipped: a second CPython beside {'.'.join(map(str, versions[0]))} (no other python3.N on PATH or of pyenv)")
    return 1 if failed else 0


def interpreters():
    """Paths by version, of CPythons that can make an environment."""
    candidates = [sys.executable]
    pyenv = pathlib.Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()  # whose PATH entries work for chosen versions alone
    for folder in [*os.environ.get("PATH", "").split(os.pathsep), *map(str, pyenv.glob("versions/*/bin"))]:
        if os.path.isdir(folder):
            candidates += [os.path.join(folder, name) for name in sorted(os.listdir(folder)) if re.fullmatch(r"python3(\.\d+)?", name)]
    found = {}
    for path in candidates:
        try:
            asked = subprocess.run([path, "-c", QUESTION], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False)
        except (OSError, subprocess.TimeoutExpired):
            continue
        answer = asked.stdout.split()
        if asked.returncode == 0 and len(answer) == 4 and answer[2] == "cpython" and answer[3] == "True":
            version = (int(answer[0]), int(answer[1]))
            if version >= OLDEST:
                found.setdefault(version, path)
    return found


def environment(name, interpreter):
    """The Python of an environment, made if need be; None when it cannot be made."""
    folder = BUILD / f"venv-{name}"
    python = folder / "bin" / "python"
    if not python.exists() or run([python, "-c", "import pip"], quiet=True) != 0:
        shutil.rmtree(folder, ignore_errors=True)
        if run([interpreter, "-m", "venv", folder]) != 0:
            return None
    return python


def build(python, profile=None):
    """The wheel, or None. `profile` is that of cargo, in place of the usual one."""
    folder = BUILD / (profile or "")
    for old in folder.glob("*.whl"):
        old.unlink()
    environment = {"MCOIOT_PROFILE": profile} if profile else {}
    command = [python, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation"]
    if run([*command, "--wheel-dir", folder, ROOT / "python"], **environment) != 0:
        print("the wheel cannot be built")
        return None
    return next(folder.glob("*.whl"))


def install(python, wheel):
    """Whether the wheel is in the environment now, in place of another one."""
    return run([python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--force-reinstall", wheel]) == 0


def passes(python, *tests):
    """Whether these tests pass."""
    return run([python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests], cwd=BUILD) == 0


def run(command, quiet=False, cwd=None, **more):
    """Exit code of a command; `more` goes into its surroundings."""
    output = subprocess.DEVNULL if quiet else None
    # Nothing of the caller's own Python settings: the tests shall see what a user has.
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PIP_REQUIRE", "VIRTUAL_ENV"))}
    return subprocess.run([*map(str, command)], stdout=output, stderr=output, cwd=cwd, env={**surroundings, **more}, check=False).returncode


def skip(reason):
    """Ends as skipped."""
    print(reason)
    return SKIPPED


if __name__ == "__main__":
    BUILD.mkdir(parents=True, exist_ok=True)
    sys.exit(main())
