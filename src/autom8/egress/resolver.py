"""Looks a host's addresses up, once for each connection, and not for longer than the caller has time."""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Final, Protocol

from autom8.egress.errors import EgressTimedOut, EgressUnresolved
from autom8.kernel.destinations import Address

_AT_ONCE_MAX: Final = 32


class Resolve(Protocol):
    """Finds the addresses of a name."""

    def __call__(self, host: str, *, timeout_s: float) -> Sequence[Address]:
        """All addresses of `host`, the best first.

        Raises:
            EgressUnresolved: there are none now.
            EgressTimedOut: the look-up took longer than `timeout_s`.
        """
        ...


class SystemResolver:
    """Asks the machine, as its resolver is set up.

    The C library can't be told to hurry, so each look-up has a thread that is left behind when its time is
    over; it ends by itself when the library gives up. Few may be left behind at once.
    """

    def __init__(self) -> None:
        self._places = threading.BoundedSemaphore(_AT_ONCE_MAX)

    def __call__(self, host: str, *, timeout_s: float) -> Sequence[Address]:
        """All addresses of `host`, in the order of RFC 6724."""
        if not self._places.acquire(timeout=timeout_s):
            raise EgressTimedOut("Too many names are being looked up.")
        found: list[Address] = []
        failed: list[BaseException] = []
        done = threading.Event()

        def look_up() -> None:
            try:
                found.extend(_addresses(host))
            except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
                failed.append(error)
            finally:
                self._places.release()
                done.set()

        threading.Thread(target=look_up, name="egress-look-up", daemon=True).start()
        if not done.wait(timeout_s):
            raise EgressTimedOut(f"The address of {host} was not found in time.")
        if failed:
            raise failed[0]
        if not found:
            raise EgressUnresolved(f"{host} has no address.")
        return found


def _addresses(host: str) -> Sequence[Address]:
    try:
        answers = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise EgressUnresolved(f"{host} has no address.") from error
    return list(dict.fromkeys(ip_address(answer[4][0]) for answer in answers))
