"""Keeps tests on this machine: a connection or a name look-up beyond loopback fails the test that made it.

Watches Python's own sockets in the process that runs tests. Children and C libraries are not seen.
"""

from __future__ import annotations

import ipaddress
import sys

_LOCAL_NAMES = {"", "localhost", "localhost.localdomain", "ip6-localhost"}


class BeyondLoopback(RuntimeError):
    """A test tried to reach another machine. Not an OSError, which the code under test may handle."""


def is_loopback(host: object) -> bool:
    """Whether `host`, a name or an address, stays on this machine."""
    if host is None:
        return True
    name = host.decode() if isinstance(host, bytes) else str(host)
    if name in _LOCAL_NAMES:
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _guard(event: str, arguments: tuple[object, ...]) -> None:
    if event in {"socket.connect", "socket.sendto"}:
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None  # a path or bytes: a Unix socket
    elif event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        host = arguments[0]
    else:
        return
    if not is_loopback(host):
        raise BeyondLoopback(f"{event} to {host!r}: tests reach loopback only")


# An audit hook sees every socket, whoever holds a reference to whichever function. It can't be removed.
sys.addaudithook(_guard)
