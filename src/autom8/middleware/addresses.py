"""Where a request comes from: the peer of the connection, or what our own proxy says of its peer."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any, Final

UNKNOWN: Final = "unknown"
_IPV6_SITE_BITS: Final = 64  # one customer has at least this many addresses


def address_of(environ: Mapping[str, Any], *, behind_proxy: bool) -> str:
    """The caller's address.

    Behind a proxy it is the last entry of X-Forwarded-For: the one that the proxy wrote itself.
    Whatever stands before it, a caller may have invented.
    """
    if behind_proxy:
        last = environ.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
        if found := _parse(last):
            return str(found)
    return environ.get("REMOTE_ADDR") or UNKNOWN


def site_of(address: str) -> str:
    """What is counted as one stranger: an IPv4 address, or the network that an IPv6 address is of."""
    if ":" not in address:
        return address
    found = _parse(address)
    if not isinstance(found, IPv6Address):
        return address
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return f"{IPv6Address(int(found) >> _IPV6_SITE_BITS << _IPV6_SITE_BITS)}/{_IPV6_SITE_BITS}"


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
