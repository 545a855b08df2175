"""The one way out: every outgoing connection is judged here, and made here to the address that was judged.

Owns the look-up, the judgement and the TCP connection. Knows no protocol above TCP and nobody who asks.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import Final

from autom8.egress.deadline import Deadline
from autom8.egress.errors import EgressRefused, EgressTimedOut, EgressUnreachable, EgressUnresolved
from autom8.egress.policy import Policy
from autom8.egress.resolver import Resolve
from autom8.egress.targets import Host
from autom8.kernel.destinations import Address

_TRIED_MAX: Final = 4  # of a name's addresses
_EACH_S: Final = 10.0  # for one address to take the connection, so that a dead one does not use up all time


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Addresses of a host that were judged and found open: the only ones that are connected to."""

    host: str
    port: int
    addresses: Sequence[Address]


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Judges and connects."""

    policy: Policy
    resolve: Resolve

    def admit(self, host: Host, deadline: Deadline) -> Route:
        """The way to a host, looked up once.

        One address that must not be reached is enough to refuse a name: who controls it means no good.

        Raises:
            EgressRefused: it must not be reached.
            EgressUnresolved: it has no address now.
            EgressTimedOut: the look-up took too long.
        """
        literal = host.address
        if literal is not None:
            addresses: Sequence[Address] = [literal]
        else:
            addresses = self.resolve(host.name, timeout_s=deadline.left_s())
        if not addresses:
            raise EgressUnresolved(f"{host.name} has no address.")
        for address in addresses:
            reason = self.policy.refusal(host.name, address, host.port)
            if reason is not None:
                raise EgressRefused(reason, host=host.name, port=host.port, address=str(address))
        return Route(host=host.name, port=host.port, addresses=addresses[:_TRIED_MAX])

    def connect(self, route: Route, deadline: Deadline) -> socket.socket:
        """A TCP connection to an address of the route; no name is looked up again.

        Raises:
            EgressUnreachable: no address took the connection.
            EgressTimedOut: it took too long.
        """
        failure: OSError | None = None
        for address in route.addresses:
            try:
                return _connected(address, route.port, deadline.left_s(most_s=_EACH_S))
            except OSError as error:
                failure = error
        if isinstance(failure, TimeoutError):
            raise EgressTimedOut(f"{route.host} did not take the connection in time.") from failure
        raise EgressUnreachable(f"{route.host} did not take the connection.") from failure


def _connected(address: Address, port: int, timeout_s: float) -> socket.socket:
    family = socket.AF_INET6 if isinstance(address, IPv6Address) else socket.AF_INET
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.settimeout(timeout_s)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.connect((str(address), port))  # digits, never a name: nothing is looked up
    except BaseException:
        connection.close()
        raise
    return connection
