#!/usr/bin/env python3
"""Compiles every public header alone and twice, as C99, C11 and C++11, with each compiler there is; warnings are errors."""

import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only"]
LANGUAGES = [("c", "c99", ["gcc", "clang"]), ("c", "c11", ["gcc", "clang"]), ("c++", "c++11", ["g++", "clang++"])]


def main():
    """Gives 0 when all is well."""
    headers = sorted((ROOT / "include").glob("*.h"))
    if not headers:
        print("include/ has no headers", file=sys.stderr)
        return 1
    checked = failed = 0
    missing = set()
    with tempfile.TemporaryDirectory() as directory:
        for language, standard, compilers in LANGUAGES:
            for compiler in compilers:
                if shutil.which(compiler) is None:
                    missing.add(compiler)
                    continue
                for header in headers:
                    source = pathlib.Path(directory) / f"{header.stem}.{'c' if language == 'c' else 'cpp'}"
                    source.write_text(f'#include "{header.name}"\n#include "{header.name}"\nint main(void) {{ return 0; }}\n')
                    command = [compiler, "-x", language, f"-std={standard}", *WARNINGS, "-I", ROOT / "include", source]
                    done = subprocess.run(command, capture_output=True, text=True)
                    checked += 1
                    if done.returncode != 0:
                        failed += 1
                        print(f"{header.name} as {standard} with {compiler}:\n{done.stderr}", file=sys.stderr)
    print(f"headers: {checked} compilations, {failed} failed" + (f"; not here: {', '.join(sorted(missing))}" if missing else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
