"""The C library: `lib` has its functions and constants, `ffi` its types.

The declarations are made from the C headers when the package is built (`declarations.py` in the repository); the library lies beside this file. Every
call through `lib` releases the GIL while it runs, also the short ones that read or write an attribute.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ._declarations import ffi as _ffi

ffi: Any = _ffi
# NODELETE: at the end of the interpreter threads of the library may still be running.
lib: Any = ffi.dlopen(str(Path(__file__).with_name("libmcoiot.so")), ffi.RTLD_NOW | ffi.RTLD_NODELETE)


def text(pointer: Any) -> str:
    """A C string of the library as text."""
    return str(ffi.string(pointer).decode("utf-8", "replace"))


def unraisable(kind: type[BaseException], value: BaseException, traceback: Any, function: object = None) -> None:
    """What becomes of an exception in a function that the library calls: as `onerror` of ffi.callback, hands it to sys.unraisablehook."""
    fields = (kind, value, traceback, None, function)
    hook: Any = sys.unraisablehook
    hook(SimpleNamespace(**dict(zip(_FIELDS, fields))) if _arguments is None else _arguments(fields))


_FIELDS = ("exc_type", "exc_value", "exc_traceback", "err_msg", "object")
# The interpreter's own hook takes no other type than this one, which no module names.
_arguments: Any = next((each for each in tuple.__subclasses__() if each.__name__ == "UnraisableHookArgs"), None)
