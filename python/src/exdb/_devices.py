"""Where a database lies: the devices of `open_database`."""

from __future__ import annotations

import os
from typing import Any, NoReturn, Union

from . import _errors
from ._capi import ffi, lib
from ._errors import ArgumentException, encoded, is_member, number, unsupported
from .constants import FileOpenFlags

__all__ = ["Device", "fileDevice", "multiFileDevice", "privateMemoryDevice", "raidDevice", "sharedMemoryDevice"]

# Conventional memory must have an address. The library keeps the data elsewhere and takes the size as a limit only.
_ADDRESS = ffi.new("char[]", 1)


class Device:
    """One piece of memory or one file of a database. Its members are the kinds of devices: what a device is for."""

    Data = 0
    DiskCache = 1
    TransactionLog = 2
    AsyncBuffer = 3
    PipeBuffer = 4

    def __init__(self, kind: int, memory: int, size: int, name: str, flags: int) -> None:
        if not is_member(kind, _ASSIGNMENTS):
            raise ArgumentException(f"{kind!r} is no kind of device; use a member of Device, such as Device.Data")
        self.kind = kind
        self.memory = memory
        self.size = number(size, "the size of a device", 0, 2**63 - 1)
        self.name = name
        self.flags = number(flags, "the flags of a file", 0, 2**31 - 1)

    def __repr__(self) -> str:
        kind = next(name for name, value in vars(Device).items() if value == self.kind)
        return f"<eXtremeDB device:{kind} {repr(self.name) if self.name else f'{self.size} bytes'}>"

    def fill(self, device: Any) -> None:
        """Writes itself into a mco_device_t."""
        is_file = self.memory == lib.MCO_MEMORY_FILE
        device.type = self.memory
        device.assignment = lib.MCO_MEMORY_ASSIGN_PERSISTENT if is_file and self.kind == Device.Data else _ASSIGNMENTS[self.kind]
        device.size = self.size
        if is_file:
            device.dev.file.flags = self.flags
            _put_name(device.dev.file.name, self.name, "the path of a file device")
        elif self.memory == lib.MCO_MEMORY_NAMED:
            _put_name(device.dev.named.name, self.name, "the name of a shared memory device")
        else:
            device.dev.conv.ptr = _ADDRESS


_ASSIGNMENTS = {
    Device.Data: lib.MCO_MEMORY_ASSIGN_DATABASE,
    Device.DiskCache: lib.MCO_MEMORY_ASSIGN_CACHE,
    Device.TransactionLog: lib.MCO_MEMORY_ASSIGN_LOG,
    Device.AsyncBuffer: lib.MCO_MEMORY_ASSIGN_HA_ASYNC_BUF,
    Device.PipeBuffer: lib.MCO_MEMORY_ASSIGN_PIPE_BUF,
}


def privateMemoryDevice(kind: int, size: int) -> Device:
    """Memory of this process, `size` bytes; of kind Data, the limit of a database without a file."""
    return Device(kind, lib.MCO_MEMORY_CONV, size, "", 0)


def fileDevice(kind: int, path: Union[str, os.PathLike[str]], flags: int = FileOpenFlags.Default) -> Device:
    """A file; of kind Data, the one that keeps the database."""
    return Device(kind, lib.MCO_MEMORY_FILE, 0, _errors.path(path, "the path of a file device"), flags)


def sharedMemoryDevice(kind: int, name: str, size: int, hint: Any = None) -> Device:
    """Memory under a name of at most 63 bytes, which processes of one user share after init_runtime(shm=True). Of kind Data, and the only device of its
    database: the first process that opens it makes the database, with its size, others attach to it. The hint has no effect."""
    return Device(kind, lib.MCO_MEMORY_NAMED, size, name, 0)


def multiFileDevice(*args: Any, **kwargs: Any) -> NoReturn:
    """Not supported."""
    raise unsupported("multiFileDevice", "Use one fileDevice.")


def raidDevice(*args: Any, **kwargs: Any) -> NoReturn:
    """Not supported."""
    raise unsupported("raidDevice", "Use one fileDevice.")


def array(devices: list[Device]) -> Any:
    """The devices as the library takes them."""
    made = ffi.new("mco_device_t[]", len(devices))
    for place, device in zip(made, devices):
        if not isinstance(device, Device):
            raise ArgumentException(f"devices is a list of devices, made by fileDevice and the like, not of {type(device).__name__}")
        device.fill(ffi.addressof(place))
    return made


def _put_name(place: Any, name: str, what: str) -> None:
    raw = encoded(name, what)
    if len(raw) >= len(place):
        raise ArgumentException(f"{what} has {len(raw)} bytes, at most {len(place) - 1} are possible")
    place[0 : len(raw)] = raw  # the structure is zero behind
