"""Texts of settings to values: addresses, networks, origins, limits.

Each reader raises a ValueError that says what is wrong. Knows the form of a text, not what it is for.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Final, TypeAlias
from urllib.parse import parse_qs, urlsplit

from autom8.kernel.destinations import PORT_MAX, Destination
from autom8.kernel.secrets import Secret
from autom8.kernel.vocabulary import Role

Network: TypeAlias = IPv4Network | IPv6Network

LOOPBACK: Final[tuple[Network, ...]] = (ip_network("127.0.0.0/8"), ip_network("::1"))
PER_MINUTE_MAX: Final = 1_000_000
_PORT: Final = re.compile(r"[0-9]{1,5}", re.ASCII)
_NUMBER: Final = re.compile(r"[0-9]{1,9}")
_ROUTE: Final = re.compile(r"(?:GET|POST|PUT|PATCH|DELETE) /[^\s,=]*")
_ORIGIN: Final = re.compile(r"https?://(?:[a-z0-9._-]+|\[[0-9a-f:]+\])(?::[1-9][0-9]{0,4})?")


def read_redis_url(text: str) -> Secret:
    """The URL of a store that speaks Redis's protocol; it may hold a password."""
    parts = urlsplit(text)
    if parts.scheme not in {"redis", "rediss", "unix"} or not (parts.netloc or parts.path):
        raise ValueError("must begin with redis://, rediss:// (TLS) or unix://")
    if set(parse_qs(parts.query)) - {"db", "password"}:
        raise ValueError("takes no parameters but db and password")  # others would undo our bounds
    return Secret(text)


def read_file_name(text: str) -> Path:
    """A file's path; relative to the present folder."""
    if not text or "\0" in text:
        raise ValueError("must name a file")
    return Path(text).absolute()


def read_url(text: str) -> str:
    """An address of scheme, host and port, without a slash at its end; may be empty."""
    if text and not _ORIGIN.fullmatch(text.rstrip("/").lower()):
        raise ValueError("must be an address such as https://autom8.example.org")
    return text.rstrip("/")


def read_secret_url(text: str) -> Secret:
    """A whole URL, of which the path or the query may be a secret."""
    parts = urlsplit(text)
    host = f"{parts.scheme}://{parts.netloc}".lower()
    if not _ORIGIN.fullmatch(host) or parts.fragment or not text.isascii() or not text.isprintable():
        raise ValueError("must be a URL such as https://watch.example.org/ping/…, without a user or a #")
    return Secret(text)


def read_issuer(text: str) -> str:
    """A provider's issuer, as it names itself: https://, host, perhaps a path; may be empty."""
    parts = urlsplit(text)
    host = f"{parts.scheme}://{parts.netloc}".lower()
    if text and (not _ORIGIN.fullmatch(host) or parts.query or parts.fragment or not text.isprintable()):
        raise ValueError("must be an address such as https://login.example.org/realms/ops")
    return text


def read_role_map(text: str) -> tuple[tuple[str, Role], ...]:
    """Which word of a provider makes which role, such as `ops=operator,admins=admin`."""
    found = []
    for each in _items(text):
        word, mark, role = each.rpartition("=")
        if not mark or not word.strip() or role.strip() not in set(Role):
            raise ValueError(f"must give each a role ({', '.join(Role)}), which {each!r} does not")
        found.append((word.strip(), Role(role.strip())))
    return tuple(found)


def read_role(text: str) -> Role | None:
    """A role; may be empty."""
    if text and text not in set(Role):
        raise ValueError(f"must be one of {', '.join(Role)}")
    return Role(text) if text else None


def read_scopes(text: str) -> str:
    """Scopes to ask a provider for, separated by single blanks; `openid` is among them."""
    scopes = text.split()
    if "openid" not in scopes or not text.isascii():
        raise ValueError("must be words with openid among them")
    return " ".join(scopes)


def read_destinations(text: str) -> tuple[Destination, ...]:
    """What may be reached: networks, names, and either with a port."""
    found = []
    for each in _items(text):
        try:
            found.append(Destination.read(each))
        except ValueError as error:
            raise ValueError(f"lists {each!r}, which {error}") from None
    return tuple(found)


def read_ports(text: str) -> tuple[range, ...]:
    """Ports and ranges of them, such as `443,8000-8099`."""
    found = []
    for each in _items(text):
        first, mark, last = each.partition("-")
        low, high = (int(end) if _PORT.fullmatch(end) else 0 for end in (first, last if mark else first))
        if not 1 <= low <= high <= PORT_MAX:
            raise ValueError(f"lists {each!r}, which is no port and no range of ports")
        found.append(range(low, high + 1))
    return tuple(found)


def _items(text: str) -> list[str]:
    return [item for each in text.split(",") if (item := each.strip())]


def _limit(item: str) -> tuple[str, int]:
    name, mark, number = item.rpartition("=")
    if not mark or not _NUMBER.fullmatch(number) or not 1 <= int(number) <= PER_MINUTE_MAX:
        raise ValueError(f"must give each a whole number from 1 to {PER_MINUTE_MAX}, which {item!r} does not")
    return name.strip(), int(number)


def read_role_limits(text: str) -> tuple[tuple[str, int], ...]:
    """Numbers by role: `viewer=100,admin=1000`."""
    limits = dict(_limit(item) for item in _items(text))
    if unknown := set(limits) - {role.value for role in Role}:
        raise ValueError(f"names what is no role: {', '.join(sorted(unknown))}")
    return tuple(limits.items())


def read_route_limits(text: str) -> tuple[tuple[str, int], ...]:
    """Numbers by route: `GET /api/v1/tasks=600`."""
    limits = dict(_limit(item) for item in _items(text))
    if odd := [name for name in limits if not _ROUTE.fullmatch(name)]:
        raise ValueError(f"must name routes such as GET /api/v1/tasks/{{task_id}}, which {odd[0]!r} is not")
    return tuple(limits.items())


def read_origins(text: str) -> tuple[str, ...]:
    """Origins as browsers spell them: in lower case, without a path or the port that needs no saying."""
    for item in _items(text):
        usual = {"https": ":443", "http": ":80"}.get(item.partition("://")[0], "")
        if not _ORIGIN.fullmatch(item) or (usual and item.endswith(usual)):
            raise ValueError(f"must hold origins such as https://app.example.org, which {item!r} is not")
    return tuple(_items(text))


def read_networks(text: str) -> tuple[Network, ...]:
    """Networks, or single addresses."""
    found = []
    for item in _items(text):
        try:
            network = ip_network(item)
        except ValueError:
            raise ValueError(f"must hold networks such as 10.0.0.0/8, which {item!r} is not") from None
        if network.prefixlen == 0:
            raise ValueError("must not trust everybody")
        found.append(network)
    return tuple(found)
