"""Arguments of communicator and replicator, checked and as the library takes them."""

from __future__ import annotations

import math
import os
from typing import Any, Optional, Union

from .._capi import ffi, lib
from .._errors import ArgumentException, encoded, number, path
from ..constants import SockDomain

Millis = Union[int, float]
# A dict with members of mco_ssl_params_t; False: without TLS; None: as by default.
SslParams = Union[dict[str, Any], bool, None]

# MCO_TM_INFINITE: all bits set.
INFINITE = int(ffi.cast("timer_unit", -1))
_DOMAINS = {value: name for name, value in vars(SockDomain).items() if not name.startswith("_")}
_SSL_WORDS = ("cipher_list", "tmp_dh", "certificate", "private_key")
_SSL_FILES = ("certificate_file", "private_key_file")
_SSL_NUMBERS = ("max_cert_list", "options", "verify_mode", "verify_depth")


def agent(value: Any) -> int:
    """An agent id."""
    return number(value, "an agent id", 0, 2**64 - 1)


def millis(value: Optional[Millis], what: str) -> int:
    """A time in ms; None is no limit."""
    if value is None:
        return INFINITE
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 <= value < 2**63:
        raise ArgumentException(f"{what} is a time in milliseconds, or None for no limit, not {value!r}")
    return math.ceil(value)


def domain(value: Any) -> int:
    """A member of SockDomain."""
    if isinstance(value, bool) or value not in _DOMAINS:
        raise ArgumentException(f"{value!r} is no socket domain; use a member of SockDomain, such as SockDomain.{_DOMAINS[0]}")
    return int(value)


def address(value: Any) -> bytes:
    """An address as the library takes it."""
    if not isinstance(value, str):
        raise ArgumentException(f"an address is a str such as '15000' or '192.168.1.7:15000', not {type(value).__name__} {value!r}")
    return encoded(value, "an address")


class Tls:
    """Parameters of TLS as a structure of the library, with the texts that it points to."""

    def __init__(self, given: SslParams) -> None:
        if not isinstance(given, dict):
            raise ArgumentException(f"ssl_params is a dict with members of mco_ssl_params_t, not {type(given).__name__}")
        self.params = ffi.new("mco_ssl_params_t *")
        lib.mco_ssl_params_init(self.params)
        self._texts = []
        for name, value in given.items():
            what = f"{name} of ssl_params"
            if name in _SSL_NUMBERS:
                setattr(self.params, name, number(value, what, 0, 2**31 - 1))
            elif name in _SSL_WORDS or name in _SSL_FILES:
                if value is not None:
                    text = path(value, what) if name in _SSL_FILES else os.fsdecode(value) if isinstance(value, bytes) else value
                    self._texts.append(ffi.new("char[]", encoded(text, what)))
                    setattr(self.params, name, self._texts[-1])
            else:
                known = ", ".join(sorted(_SSL_WORDS + _SSL_FILES + _SSL_NUMBERS))
                raise ArgumentException(f"ssl_params has no member {name!r}; it has {known}")


class Sockets:
    """Settings of sockets: the defaults of a communicator, and what a call sets anew."""

    def __init__(self, sock_domain: Any, ssl_params: Any, compression_level: int = 0) -> None:
        self.domain = domain(sock_domain)
        self.tls = _tls(ssl_params)
        self.compression_level = compression_level

    def params(self, sock_domain: Any, ssl_params: Any) -> tuple[Any, Any]:
        """A mco_sock_params_t, and what it points to; NULL where all is as by default."""
        if sock_domain is None and ssl_params is None:
            return ffi.NULL, None
        made = ffi.new("mco_sock_params_t *")
        lib.mco_socket_params_init(made)
        made.domain = self.domain if sock_domain is None else domain(sock_domain)
        made.compression_level = self.compression_level
        tls = self.tls if ssl_params is None else _tls(ssl_params)
        if tls is not None:
            made.ssl_params = tls.params
        return made, tls


def _tls(given: SslParams) -> Optional[Tls]:
    return None if given is None or given is False else Tls(given)
