"""Between Python values and those of the library, by the type of a field.

A value is checked here, by type and range, before the library sees it: there a value that does not fit would spoil the whole transaction.
"""

from __future__ import annotations

import datetime
import struct
import sys
from collections.abc import Callable, Iterable, Mapping
from decimal import Context, Decimal
from operator import index
from typing import Any, NamedTuple, Optional

from ._capi import ffi, lib
from ._errors import DataError, InvalidTypeException, misfit

TEXT_LIMIT = 65535
WIDE_LIMIT = 32767
BLOB_LIMIT = 2**32 - 1
EPOCH = datetime.datetime(1970, 1, 1)
LAST_SECOND = (datetime.datetime.max - EPOCH) // datetime.timedelta(seconds=1)
MICROSECOND = datetime.timedelta(microseconds=1)
EXACT = Context(prec=100)
WIDE = f"utf-16-{sys.byteorder[0]}e"


# Members of mco_dyn_content_t that are numbers, by kind.
MEMBERS = {lib.MCO_DYN_SIGNED: "i", lib.MCO_DYN_UNSIGNED: "u", lib.MCO_DYN_DOUBLE: "d"}


class Codec(NamedTuple):
    """How values of one type go in and out: `encode` gives what the library takes, or raises; `decode` is None where nothing is to be done."""

    kind: int
    encode: Callable[[Any], Any]
    decode: Optional[Callable[[Any], Any]] = None


def codec(where: str, described: Mapping[str, Any], enums: Mapping[str, Mapping[str, int]]) -> Codec:
    """For a field as mco_dyn_describe gives it; `where` is its name in messages."""
    name, size, length = described["type"], described["size"], described["length"]
    where = f"{where} ({declared(name, size, length)})"
    if name.startswith("struct "):
        return Codec(lib.MCO_DYN_NULL, _no_value(where))
    plain, _, rest = name.partition("<")
    if name.startswith("enum "):
        return Codec(lib.MCO_DYN_SIGNED, _enum(where, enums[name[5:]]))
    if plain == "numeric":
        width, scale = (int(number) for number in rest.rstrip(">").split(","))
        return Codec(lib.MCO_DYN_SIGNED, _numeric(where, width, scale), lambda raw: EXACT.scaleb(Decimal(raw), -scale))
    if plain in ("unsigned", "autoid_t"):
        return Codec(lib.MCO_DYN_UNSIGNED, _integer(where, 0, 2 ** (8 * size) - 1))
    if plain == "signed":
        return Codec(lib.MCO_DYN_SIGNED, _integer(where, -(2 ** (8 * size - 1)), 2 ** (8 * size - 1) - 1))
    if plain == "bool":
        return Codec(lib.MCO_DYN_UNSIGNED, _boolean(where), bool)
    if plain in ("date", "time", "datetime"):
        return Codec(lib.MCO_DYN_UNSIGNED, _moment(where, name, 2 ** (8 * size) - 1))
    if plain in ("float", "double"):
        return Codec(lib.MCO_DYN_DOUBLE, _real(where, plain == "float"))
    if plain in ("char", "string"):
        return Codec(lib.MCO_DYN_TEXT, _text(where, length or TEXT_LIMIT, bool(length)), _decode_text)
    if plain in ("nchar", "nstring"):
        return Codec(lib.MCO_DYN_WIDE, _wide(where, length or WIDE_LIMIT, bool(length)), _decode_wide)
    if plain == "blob":
        return Codec(lib.MCO_DYN_BYTES, _blob(where))
    if plain == "ref":
        return Codec(lib.MCO_DYN_BYTES, _packed(where, size))
    padded = (lambda raw: raw.ljust(length, b"\0")) if length else None
    return Codec(lib.MCO_DYN_BYTES, _binary(where, length or TEXT_LIMIT), padded)


def declared(name: str, size: int, length: int) -> str:
    """A type as the schema has it, for messages."""
    width = length or (size if name in ("signed", "unsigned") else 0)
    return f"{name}<{width}>" if width and "<" not in name else name


def fill(value: Any, kind: int, raw: Any) -> Any:
    """Puts what `encode` gave into a mco_dyn_value_t; the result is to be kept as long as that is used."""
    value.kind = kind
    if kind == lib.MCO_DYN_SIGNED:
        value.v.i = raw
    elif kind == lib.MCO_DYN_UNSIGNED:
        value.v.u = raw
    elif kind == lib.MCO_DYN_DOUBLE:
        value.v.d = raw
    else:
        held = ffi.from_buffer(raw)
        value.v.s.ptr = held
        value.v.s.len = len(raw)
        return held
    return None


def shown(value: object) -> str:
    """A value in a message; Python refuses to write very long integers."""
    try:
        return str(value) if isinstance(value, (int, float, Decimal)) else type(value).__name__
    except ValueError:
        return "the integer"


def wrong_type(where: str, value: object, wanted: str) -> InvalidTypeException:
    """A value of a type that the field does not take."""
    return InvalidTypeException(f"{where} takes {wanted}, not {type(value).__name__}")


def numbered(what: str, take: Callable[[Any], Any], values: Iterable[Any]) -> list[Any]:
    """What `take` makes of each value; a mistake says by its number which one it is."""
    taken = []
    for number, value in enumerate(values):
        try:
            taken.append(take(value))
        except InvalidTypeException as wrong:
            raise InvalidTypeException(f"{what} {number}: {wrong}") from None
        except DataError as wrong:
            raise misfit(f"{what} {number}: {wrong.text}", wrong.info or "") from None
    return taken


def _no_value(where: str) -> Callable[[Any], Any]:
    def encode(value: Any) -> Any:
        raise wrong_type(where, value, "no single value")

    return encode


def _integer(where: str, low: int, high: int) -> Callable[[Any], int]:
    def encode(value: Any) -> int:
        try:
            number = index(value)
        except TypeError:
            raise wrong_type(where, value, "int") from None
        if low <= number <= high:
            return number
        raise misfit(f"{where}: {shown(number)} does not fit", f"Give a number from {low} to {high}.")

    return encode


def _boolean(where: str) -> Callable[[Any], int]:
    def encode(value: Any) -> int:
        try:
            return 1 if (bool(value) if _scalar(value) == "b" else index(value)) else 0
        except TypeError:
            raise wrong_type(where, value, "bool or int") from None

    return encode


def _real(where: str, single: bool) -> Callable[[Any], float]:
    def encode(value: Any) -> float:
        if type(value) is not float:
            if isinstance(value, (str, bytes, bytearray)):  # float() would read them
                raise wrong_type(where, value, "float or int")
            try:
                value = float(value)
            except TypeError:
                raise wrong_type(where, value, "float or int") from None
            except (OverflowError, ValueError):  # a large integer, a signalling NaN
                raise misfit(f"{where}: the number is too large", "Give a number of a float.") from None
        if single:
            try:
                struct.pack("<f", value)
            except OverflowError:
                raise misfit(f"{where}: {value!r} is too large", "Give a number up to 3.4e38, or declare the field double.") from None
        return float(value)

    return encode


def _text(where: str, limit: int, fixed: bool) -> Callable[[Any], bytes]:
    def encode(value: Any) -> bytes:
        if isinstance(value, str):
            try:
                raw = str.encode(value, "utf-8", "surrogateescape")
            except UnicodeEncodeError as wrong:
                raise misfit(f"{where}: {wrong}", "Take out the lone surrogates, or give bytes.") from None
        elif isinstance(value, bytes):
            raw = bytes(memoryview(value))  # a subclass may say anything about its length
        else:
            raise wrong_type(where, value, "str or bytes")
        if len(raw) > limit and len(raw.rstrip(b"\0") if fixed else raw) > limit:
            raise misfit(f"{where}: the text has {len(raw)} bytes", f"At most {limit} are possible; shorten it.")
        return raw

    return encode


def _wide(where: str, limit: int, fixed: bool) -> Callable[[Any], bytes]:
    def encode(value: Any) -> bytes:
        if not isinstance(value, str):
            raise wrong_type(where, value, "str")
        raw = str.encode(value, WIDE, "surrogatepass")
        if len(raw) > 2 * limit and (not fixed or len(value.rstrip("\0").encode(WIDE, "surrogatepass")) > 2 * limit):
            raise misfit(f"{where}: the text has {len(raw) // 2} characters of 16 bits", f"At most {limit} are possible; shorten it.")
        return raw

    return encode


def _binary(where: str, limit: int) -> Callable[[Any], bytes]:
    def encode(value: Any) -> bytes:
        try:
            raw = bytes(memoryview(value))
        except (TypeError, BufferError):
            raise wrong_type(where, value, "bytes, or what has the buffer protocol") from None
        if len(raw) > limit:
            raise misfit(f"{where}: there are {len(raw)} bytes", f"At most {limit} are possible.")
        return raw

    return encode


def _packed(where: str, size: int) -> Callable[[Any], bytes]:
    binary = _binary(where, BLOB_LIMIT)

    def encode(value: Any) -> bytes:
        raw = binary(value)
        if len(raw) != size:
            raise misfit(f"{where}: there are {len(raw)} bytes", f"An oid has {size}: its members without padding, as struct.pack('=...') gives them.")
        return raw

    return encode


def _blob(where: str) -> Callable[[Any], bytes]:
    binary, text = _binary(where, BLOB_LIMIT), _text(where, BLOB_LIMIT, False)
    return lambda value: text(value) if isinstance(value, str) else binary(value)


def _enum(where: str, constants: Mapping[str, int]) -> Callable[[Any], int]:
    number = _integer(where, -(2**31), 2**31 - 1)

    def encode(value: Any) -> int:
        if not isinstance(value, str):
            try:
                return number(value)
            except InvalidTypeException:
                raise wrong_type(where, value, "int, or the name of a constant") from None
        if value not in constants:
            raise misfit(f"{where}: there is no constant '{value}'", f"Its constants are {', '.join(constants)}.")
        return constants[value]

    return encode


def _numeric(where: str, width: int, scale: int) -> Callable[[Any], int]:
    bound = 10**width

    def encode(value: Any) -> int:
        try:
            if isinstance(value, Decimal):
                exact = EXACT.scaleb(value, scale)
            elif isinstance(value, float) or _scalar(value) == "f":
                # A float is seldom exactly what was meant: the shortest text that gives it is, to the digits there are.
                words = float.__repr__(value) if isinstance(value, float) else str(value)
                exact = EXACT.scaleb(Decimal(words), scale).to_integral_value()
            else:
                exact = EXACT.scaleb(Decimal(index(value)), scale)
            number = int(exact)
        except TypeError:
            raise wrong_type(where, value, "Decimal, int or float") from None
        except (ArithmeticError, ValueError):  # infinity, not a number, far too large
            raise misfit(f"{where}: {shown(value)} does not fit", f"Give a finite number of at most {width} digits.") from None
        if number != exact:
            raise misfit(f"{where}: {value} has too many digits behind the point", f"At most {scale} are possible; round it.")
        if abs(number) >= bound:
            largest = EXACT.scaleb(Decimal(bound - 1), -scale)
            raise misfit(f"{where}: {shown(value)} does not fit", f"Give a number from -{largest} to {largest}.")
        return number

    return encode


def _moment(where: str, kind: str, high: int) -> Callable[[Any], int]:
    number = _integer(where, 0, high)

    def encode(value: Any) -> int:
        if isinstance(value, (datetime.date, datetime.time)):
            try:
                made = ticks(value, precision(kind))
            except OverflowError:  # in UTC it is before the year 1 or behind 9999
                made = -1
            if 0 <= made <= high:
                return made
            if isinstance(value, datetime.time) and made < 0:
                raise misfit(f"{where}: {value} does not fit", "In UTC it is a time of the day before; give one without a time zone.")
            latest = EPOCH + datetime.timedelta(seconds=min(high // precision(kind), LAST_SECOND))
            raise misfit(f"{where}: {value} does not fit", f"Give a moment from 1970 to {latest.year}.")
        try:
            return number(value)
        except InvalidTypeException:
            raise wrong_type(where, value, "int, or what the module datetime has") from None

    return encode


def _scalar(value: Any) -> str:
    """The kind of a single value of NumPy, as its types have it; nothing for others."""
    return str(value.dtype.kind) if getattr(value, "shape", None) == () else ""


def precision(kind: str) -> int:
    """Ticks per second of a field: those of the runtime for datetime, 1 for date and time."""
    return int(lib.mco_runtime_getoption(lib.MCO_RT_OPTION_DATETIME_PRECISION)) if kind == "datetime" else 1


def ticks(value: Any, per_second: int) -> int:
    """Ticks since 1970 for datetime (without a time zone: UTC) and date, since midnight for time."""
    if isinstance(value, datetime.time):
        since = datetime.datetime.combine(EPOCH, value.replace(tzinfo=None)) - EPOCH
        if value.utcoffset() is not None:
            since -= value.utcoffset() or datetime.timedelta()
    elif isinstance(value, datetime.datetime):
        if value.tzinfo is not None:
            value = value.astimezone(datetime.timezone.utc).replace(tzinfo=None)
        since = value - EPOCH
    else:
        since = datetime.datetime.combine(value, datetime.time()) - EPOCH
    return int(since // MICROSECOND * per_second // 10**6)


def _decode_text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _decode_wide(raw: bytes) -> str:
    return raw.decode(WIDE, "surrogatepass")
