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


def unraisable(kind: type[BaseException], value: BaseException, traceback: Any) -> None:
    """What becomes of an exception in a function that the library calls: as `onerror` of ffi.callback, hands it to sys.unraisablehook."""
    hook: Any = sys.unraisablehook
    hook(SimpleNamespace(exc_type=kind, exc_value=value, exc_traceback=traceback, err_msg=None, object=None))
