"""What may be reached: everything public on the ports that are open, and what the operator lists.

Rules only: no I/O.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from autom8.egress.addresses import carried, special_kind
from autom8.kernel.destinations import Address, Destination


@dataclass(frozen=True, slots=True)
class Policy:
    """The rule of one installation. `ports` are those open in the public network; none given: all are."""

    allow: Sequence[Destination] = ()
    ports: Sequence[range] = ()

    def refusal(self, host: str, address: Address, port: int) -> str | None:
        """Why `host`, which has `address`, must not be reached on `port`; None when it may be.

        A listed name is reached wherever its name leads. A listed network that carries IPv4 addresses
        (NAT64, 6to4, mapped) opens only the way to those that might be reached by themselves.
        """
        if any(each.names(host, port) for each in self.allow):
            return None
        inner = carried(address)
        for each in (address,) if inner is None else (address, inner):
            if any(listed.covers(each, port) for listed in self.allow):
                continue
            kind = special_kind(each)
            if kind is not None:
                return f"its address is {kind}"
            if self.ports and not any(port in open_ for open_ in self.ports):
                return f"port {port} is not open"
        return None
