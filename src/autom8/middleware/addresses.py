"""Where a request comes from and how it came: what the connection says, and what our own proxies say of it.

Headers that tell of others (`X-Forwarded-For`, `-Proto`, `-Host`) are believed only from a peer that the
settings name; anybody else may have invented them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

UNKNOWN: Final = "unknown"
_IPV6_SITE_BITS: Final = 64  # one customer has at least this many addresses

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network
Environ: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxies:
    """The proxies in front of this server. With `end_tls`, what they forward is HTTPS unless they say no."""

    networks: tuple[Network, ...] = ()
    end_tls: bool = False

    def address_of(self, environ: Environ) -> str:
        """The caller's address.

        Each proxy appends its own peer to X-Forwarded-For, so it is read from the right, and no further
        than to the first address that is not a proxy of ours: only ours saw what they tell.
        """
        peer = environ.get("REMOTE_ADDR") or UNKNOWN
        forwarded = environ.get("HTTP_X_FORWARDED_FOR")
        if not forwarded or not self.trust(peer):
            return peer
        address = peer
        for entry in reversed(forwarded.split(",")):
            found = _parse(entry.strip())
            if found is None:
                break
            address = str(found)
            if not self.trust(address):
                break
        return address

    def is_https(self, environ: Environ) -> bool:
        """Whether the caller's own connection is encrypted."""
        if environ.get("wsgi.url_scheme") == "https":
            return True
        if not self.networks or not self.trust(environ.get("REMOTE_ADDR") or UNKNOWN):
            return False
        said = _last(environ.get("HTTP_X_FORWARDED_PROTO", ""))
        return said.lower() == "https" if said else self.end_tls

    def host_of(self, environ: Environ) -> str:
        """The host, with its port where there is one, that the caller has asked for."""
        forwarded = environ.get("HTTP_X_FORWARDED_HOST")
        if forwarded and self.trust(environ.get("REMOTE_ADDR") or UNKNOWN):
            return _last(forwarded)
        host: str = environ.get("HTTP_HOST", "")
        return host

    def is_secure(self, environ: Environ) -> bool:
        """Whether nobody on the way can read along: HTTPS, or this very machine.

        Who lies in Host weakens only their own cookie.
        """
        return self.is_https(environ) or names_loopback(self.host_of(environ))

    def trust(self, peer: str) -> bool:
        """Whether `peer` is one of them."""
        return bool(self.networks) and _is_in(peer, self.networks)


def site_of(address: str) -> str:
    """What is counted as one stranger: an IPv4 address, or the network that an IPv6 address is of."""
    if ":" not in address:
        return address
    found = _parse(address)
    if not isinstance(found, IPv6Address):
        return address if found is None else str(found)
    return f"{IPv6Address(int(found) >> _IPV6_SITE_BITS << _IPV6_SITE_BITS)}/{_IPV6_SITE_BITS}"


def names_loopback(host: str) -> bool:
    """Whether `host`, with or without a port, is this machine by name or address."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or name.endswith(".localhost") or ip_address(name).is_loopback
    except ValueError:  # a name, or nothing that could be one
        return False


@lru_cache(maxsize=1_000)
def _is_in(address: str, networks: tuple[Network, ...]) -> bool:
    found = _parse(address)
    return found is not None and any(found in each for each in networks)


def _parse(text: str) -> Address | None:
    """An address; an IPv4 one also where a socket for both shows it as IPv6."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found


def _last(values: str) -> str:
    return values.rpartition(",")[2].strip()
