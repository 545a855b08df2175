"""Which addresses are inside or special, by a table of our own: rules only, no I/O.

The table is IANA's special-purpose registries (RFC 6890 and its updates) and what clouds put beside them.
Python's `is_private` and `is_global` are not asked: what they say changed between patch releases.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final

from autom8.kernel.destinations import Address

_IPV4: Final = tuple(
    (IPv4Network(network), kind)
    for network, kind in (
        ("0.0.0.0/8", "unspecified"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared by a provider's customers"),
        ("127.0.0.0/8", "loopback"),
        ("168.63.129.16/32", "a cloud's own service"),  # Azure's, on every machine there
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved"),
        ("192.0.2.0/24", "for documentation"),
        ("192.88.99.0/24", "a 6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "for benchmarks"),
        ("198.51.100.0/24", "for documentation"),
        ("203.0.113.0/24", "for documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
    )
)
_IPV6: Final = tuple(
    (IPv6Network(network), kind)
    for network, kind in (
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("::ffff:0:0/96", "an IPv4 address in IPv6 form"),
        ("::ffff:0:0:0/96", "an IPv4 address in IPv6 form"),  # RFC 2765's translated form
        ("::/96", "an IPv4 address in IPv6 form"),
        ("64:ff9b::/96", "translated by NAT64"),
        ("64:ff9b:1::/48", "translated by NAT64"),
        ("100::/64", "discarded"),
        ("2001::/32", "a Teredo tunnel"),
        ("2001::/23", "reserved"),
        ("2001:db8::/32", "for documentation"),
        ("2002::/16", "a 6to4 tunnel"),
        ("3fff::/20", "for documentation"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
    )
)
_GLOBAL_IPV6: Final = IPv6Network("2000::/3")  # all that IANA has given out for use between sites
_LOW_32: Final = (1 << 32) - 1
# How far the IPv4 address stands from the end, by the form that carries it.
_CARRIERS: Final = (
    (IPv6Network("::ffff:0:0/96"), 0),
    (IPv6Network("::ffff:0:0:0/96"), 0),
    (IPv6Network("::/96"), 0),
    (IPv6Network("64:ff9b::/96"), 0),
    (IPv6Network("64:ff9b:1::/48"), 0),
    (IPv6Network("2002::/16"), 80),
)


def special_kind(address: Address) -> str | None:
    """What an address is that is not out in the public network; None when it is out there."""
    if isinstance(address, IPv4Address):
        return next((kind for network, kind in _IPV4 if address in network), None)
    kind = next((kind for network, kind in _IPV6 if address in network), None)
    return kind or (None if address in _GLOBAL_IPV6 else "reserved")


def carried(address: Address) -> IPv4Address | None:
    """The IPv4 address inside an IPv6 address that a tunnel or a translator would take it to."""
    if isinstance(address, IPv4Address) or address in (IPv6Address("::"), IPv6Address("::1")):
        return None
    for network, shift in _CARRIERS:
        if address in network:
            return IPv4Address(int(address) >> shift & _LOW_32)
    return None
