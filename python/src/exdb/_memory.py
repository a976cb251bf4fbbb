"""Memory of the program as columns: NumPy arrays and buffers.

NumPy is not needed: its arrays are seen through `__array_interface__`, everything else through the buffer protocol.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any, NamedTuple, Union

from ._capi import ffi, lib
from ._errors import ArgumentException, InvalidTypeException
from ._values import WIDE, precision

if TYPE_CHECKING:
    from ._dictionary import Field

NUMBERS = {lib.MCO_DYN_SIGNED: "i", lib.MCO_DYN_UNSIGNED: "u", lib.MCO_DYN_DOUBLE: "f"}
KINDS = {"i": lib.MCO_DYN_SIGNED, "u": lib.MCO_DYN_UNSIGNED, "b": lib.MCO_DYN_UNSIGNED, "f": lib.MCO_DYN_DOUBLE, "S": lib.MCO_DYN_TEXT}
# Type codes of `array` by the letter and the bytes of a number.
TYPECODES = {(letter, array(code).itemsize): code for letter, codes in (("i", "bhiq"), ("u", "BHIQ"), ("f", "fd")) for code in codes}
_FORMATS = {"b": "i", "h": "i", "i": "i", "l": "i", "q": "i", "n": "i", "f": "f", "d": "f", "?": "b"}
_FORMATS.update({code: "u" for code in "BHILQN"})


class Memory(NamedTuple):
    """One column in memory. `letter` and `size` say what a row is, as in NumPy; `holder` keeps the memory."""

    letter: str
    size: int
    stride: int
    address: Any
    rows: int
    writable: bool
    holder: Any


def memory_of(column: Any) -> Union[Memory, str]:
    """A column of one dimension in the byte order of this machine, or why it is none."""
    described = getattr(column, "__array_interface__", None)
    if described is not None:
        order, letter = described["typestr"][:2]
        if len(described["shape"]) != 1:
            return f"has {len(described['shape'])} dimensions, one is possible"
        if described["data"][1] and letter == "M":
            return "is read-only"
        if letter not in "iubfS" or described["typestr"][2:] not in _SIZES.get(letter, described["typestr"][2:]):
            return f"has the type {getattr(column, 'dtype', described['typestr'])}, which the library does not know"
        if order == _FOREIGN:
            return "is in the byte order of another machine; make it native with astype"
        address, read_only = described["data"]
        size = int(described["typestr"][2:])
        stride = described["strides"][0] if described.get("strides") else size
        return Memory(letter, size, stride, ffi.cast("char *", address), described["shape"][0], not read_only, column)
    try:
        view = memoryview(column)
    except TypeError:
        return f"is a {type(column).__name__}, which is no memory"
    if view.ndim != 1:
        return f"has {view.ndim} dimensions, one is possible"
    if not view.c_contiguous:
        return "has gaps"
    found = _FORMATS.get(view.format.lstrip(_NATIVE))
    if found is None:
        return f"has values of the format {view.format}, which the library does not know"
    held = ffi.from_buffer(view)
    return Memory(found, view.itemsize, view.itemsize, held, len(view), not view.readonly, (held, view))


_SIZES = {"i": "1248", "u": "1248", "b": "1", "f": "48"}
_FOREIGN, _NATIVE = (">", "@=<") if WIDE.endswith("le") else ("<", "@=>")


def unmasked(what: str, data: Any) -> Any:
    """The data, if all of it counts."""
    if hasattr(data, "mask") and hasattr(data, "filled"):
        raise ArgumentException(f"{what} is a masked array: call filled() or compressed() on it")
    return data


_UNITS = {1: "s", 1000: "ms", 10**6: "us", 10**9: "ns"}


def has_moments(column: Any) -> bool:
    kind = getattr(getattr(column, "dtype", None), "kind", None)  # to ask for the interface takes longer
    return kind in ("M", "m") and hasattr(column, "__array_interface__")


def moments(field: Field, column: Any) -> str:
    """The type that a column of NumPy's datetime64 is converted to or from: ticks of the field."""
    if column.dtype.kind != "M" or "[" not in column.dtype.str or field.type not in ("date", "time", "datetime"):
        raise InvalidTypeException(f"{field.name} is {field.declared}, it cannot be a column of {column.dtype}")
    return f"datetime64[{_UNITS.get(precision(field.type), 's')}]"
