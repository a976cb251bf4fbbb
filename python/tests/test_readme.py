"""The program in the README runs and prints what stands there."""

import pathlib
import re
import subprocess
import sys

README = pathlib.Path(__file__).parent.parent.parent / "README.md"


def test_the_program(tmp_path):
    (program, printed) = re.search(r"```python\n(.*?)```.*?```text\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL).groups()
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path)
    assert (run.stdout, run.stderr, run.returncode) == (printed, "", 0)
