"""Puts into the wheel what is not Python source: the library, built by cargo, and the declarations of its functions."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))
import declarations

PROJECT = ROOT.parent
PROFILE = "MCOIOT_PROFILE"  # name of a cargo profile, for builds that shall not take long


class BuildHook(BuildHookInterface):
    """One wheel for every CPython of a platform: the library is loaded, not linked."""

    def initialize(self, version, build_data):
        """Called by hatchling before it collects the files."""
        if version == "editable":
            sys.exit("exdb cannot be installed as editable: the library is built into the wheel. Use `pip install ./python`.")
        self.made = tempfile.TemporaryDirectory()
        written = Path(self.made.name) / "_declarations.py"
        declarations.write(PROJECT / "include", written)
        build_data["force_include"].update({str(written): "exdb/_declarations.py", stripped(library(), self.made.name): "exdb/libmcoiot.so"})
        build_data["pure_python"] = False
        build_data["tag"] = "py3-none-" + sysconfig.get_platform().replace("-", "_").replace(".", "_")

    def finalize(self, version, build_data, artifact_path):
        """Called when the wheel is written."""
        self.made.cleanup()


def stripped(built, folder):
    """A copy without what only a debugger reads, a tenth of the size, where binutils are there to make it."""
    if shutil.which("strip") is None:
        return built
    copy = str(Path(folder) / "libmcoiot.so")
    subprocess.run(["strip", "--strip-debug", "-o", copy, built], check=True)
    return copy


def library():
    """Builds the library; gives its path."""
    if not (PROJECT / "Cargo.toml").is_file():
        sys.exit(f"exdb is built from its repository: there is no Cargo.toml in {PROJECT}. Run `pip install ./python` in a checkout.")
    cargo = os.environ.get("CARGO", "cargo")
    if shutil.which(cargo) is None:
        sys.exit("exdb is built with cargo, which is not on the PATH. Install Rust (https://rustup.rs) and try again.")
    command = [cargo, "build", "--locked", "--lib", "--profile", os.environ.get(PROFILE, "release")]
    built = subprocess.run([*command, "--message-format=json-render-diagnostics"], cwd=PROJECT, stdout=subprocess.PIPE, check=False)
    if built.returncode != 0:
        sys.exit(f"exdb: `{' '.join(command)}` failed in {PROJECT}; what it says stands above.")
    for line in built.stdout.splitlines():
        message = json.loads(line)
        if message["reason"] == "compiler-artifact" and message["target"]["name"] == "mcoiot":
            for name in message["filenames"]:
                if name.endswith(".so"):
                    return name
    sys.exit("exdb: cargo has built no shared library.")
