"""From the C headers to the declarations that the package is built with. One source of truth: nothing is written twice."""

import re
from pathlib import Path

import cffi

HEADERS = ("mcospec", "mcotime", "mco", "mconet", "mcossl", "mcorest", "mcoiot", "mcoiotx", "mcodyn")
INTEGER = re.compile(r"\(*(?:\(\w+\))?\s*(0[xX][0-9a-fA-F]+|-?\d+)[uUlL]*\)*")


def write(include: Path, target: Path) -> None:
    """Writes the module of declarations for the headers in `include`."""
    ffi = cffi.FFI()
    ffi.set_source("exdb._declarations", None)
    ffi.cdef(text(include))
    ffi.emit_python_code(str(target))


def text(include: Path) -> str:
    """All headers as cffi reads them: without the preprocessor, except for constants with a number."""
    lines: list = []
    for name in HEADERS:
        lines += plain((include / f"{name}.h").read_text(encoding="utf-8"))
    return "\n".join(lines) + "\n"


def plain(header: str) -> list:
    """Lines of one header. No name counts as defined, so of every condition the C part for other compilers is left."""
    header = re.sub(r"/\*.*?\*/|//[^\n]*", "", header, flags=re.DOTALL)
    header = header.replace("\\\n", " ")
    kept, conditions, empty = [], [], []
    for line in header.splitlines():
        words = line.split()
        if not words:
            continue
        if words[0] in ("#if", "#ifdef", "#ifndef"):
            conditions.append(words[0] == "#ifndef")
        elif words[0] == "#elif":
            pass
        elif words[0] == "#else":
            conditions[-1] = not conditions[-1]
        elif words[0] == "#endif":
            conditions.pop()
        elif all(conditions) and words[0] == "#define":
            number = INTEGER.fullmatch(" ".join(words[2:]))
            if number:
                kept.append(f"#define {words[1]} {number.group(1)}")
            elif len(words) == 2:
                empty.append(words[1])
        elif all(conditions) and words[0] != "#include":
            kept.append(line)
    return [re.sub(rf"\b({'|'.join(empty)})\b", "", line) for line in kept] if empty else kept
