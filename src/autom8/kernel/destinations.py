"""What an operator may list as reachable: a network, an address or a name, all its ports or one.

Values only; what the list means for a connection is egress's business.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Final, TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

NAME: Final = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*", re.ASCII
)
NUMERIC_END: Final = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)", re.ASCII)
PORT_MAX: Final = 65_535
_BRACKETED: Final = re.compile(r"\[([^\]]*)\](?::([0-9]{1,5}))?", re.ASCII)
_PORTED: Final = re.compile(r"([^:]*):([0-9]{1,5})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Destination:
    """A network or a lower-case name, and the one port that is meant; None means every port."""

    place: Network | str
    port: int | None = None

    @classmethod
    def read(cls, text: str) -> Destination:
        """The destination that `text` names: `10.0.0.0/8`, `[::1]:443`, `db.example`, `localhost:5556`.

        Raises:
            ValueError: it names none; a network's address must have no bits beside its prefix.
        """
        place, port = _split(text.strip().lower())
        if port is not None and not 1 <= port <= PORT_MAX:
            raise ValueError("has a port that is none")
        network = _network(place)
        if network is not None:
            return cls(network, port)
        if not NAME.fullmatch(place) or NUMERIC_END.fullmatch(place):
            raise ValueError("is neither a network nor a host")
        return cls(place, port)

    def covers(self, address: Address, port: int) -> bool:
        """Whether an address lies in this network and the port is meant."""
        return not isinstance(self.place, str) and address in self.place and self.port in {None, port}

    def names(self, host: str, port: int) -> bool:
        """Whether this is the host's name and the port is meant."""
        return self.place == host and self.port in {None, port}

    def __str__(self) -> str:
        place = str(self.place)
        if self.port is None:
            return place
        return f"[{place}]:{self.port}" if ":" in place else f"{place}:{self.port}"


def _split(text: str) -> tuple[str, int | None]:
    for form in (_BRACKETED, _PORTED):
        if found := form.fullmatch(text):
            return found[1], None if found[2] is None else int(found[2])
    return text, None


def _network(text: str) -> Network | None:
    try:
        return ip_network(text)
    except ValueError:
        if "/" in text or ":" in text:
            raise ValueError("is no network") from None
        return None
