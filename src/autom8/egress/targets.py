"""Reads what shall be reached, in one strict way: the URL that is judged is the one that is asked.

Rules only: no I/O. A host that could be read as another one by another reader is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final
from urllib.parse import SplitResult, quote, urlsplit

from autom8.egress.errors import EgressRefused, EgressRequestInvalid
from autom8.kernel.destinations import NAME, NUMERIC_END, PORT_MAX, Address

_PORTS: Final = {"http": 80, "https": 443}
_URL_CHARACTERS_MAX: Final = 8_192
_AUTHORITY: Final = re.compile(r"(\[[^\[\]@]*\]|[^\[\]:@]*)(?::([0-9]{0,5}))?", re.ASCII)
_KEPT_IN_TARGET: Final = "/?:@!$&'()*+,;=-._~%[]"  # what RFC 3986 knows; all else is percent-encoded


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A host by its lower-case ASCII name without a final dot, or by its address in its one usual form."""

    name: str
    port: int
    address: Address | None

    @classmethod
    def of(cls, name: str, port: int) -> Host:
        """The host of this name or address; names may be international.

        Raises:
            EgressRequestInvalid: it is neither, or a form that readers take differently.
        """
        if not 1 <= port <= PORT_MAX:
            raise EgressRequestInvalid("The port must be from 1 to 65535.")
        if name.startswith("["):
            name = name.removeprefix("[").removesuffix("]")
            if ":" not in name:
                raise EgressRequestInvalid("Only an IPv6 address stands in brackets.")
        text = _ascii(name)
        address = _address(text)
        return cls(name=text if address is None else str(address), port=port, address=address)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One http or https URL in parts. `path` carries the query; the fragment is dropped."""

    scheme: str
    host: Host
    path: str

    @classmethod
    def of(cls, url: str) -> Target:
        """The parts of a URL.

        Raises:
            EgressRequestInvalid: it is none, or carries a user's name or password.
            EgressRefused: its scheme is neither http nor https.
        """
        if len(url) > _URL_CHARACTERS_MAX:
            raise EgressRequestInvalid("The URL is too long.")
        if any(not char.isprintable() or char in " \\" for char in url):
            raise EgressRequestInvalid("The URL has blanks, backslashes or control characters.")
        try:
            parts = urlsplit(url)
        except ValueError as error:
            raise EgressRequestInvalid("This is no URL.") from error
        if parts.scheme not in _PORTS:
            raise EgressRefused("only http and https URLs are asked")
        return cls(scheme=parts.scheme, host=_host(parts), path=_path(parts))

    @property
    def origin(self) -> tuple[str, str, int]:
        """What must be the same for a redirect to take credentials along."""
        return self.scheme, self.host.name, self.host.port

    @property
    def authority(self) -> str:
        """The Host header: without the port where it is the scheme's own."""
        name = f"[{self.host.name}]" if isinstance(self.host.address, IPv6Address) else self.host.name
        return name if self.host.port == _PORTS[self.scheme] else f"{name}:{self.host.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"


def _host(parts: SplitResult) -> Host:
    if "@" in parts.netloc:
        raise EgressRequestInvalid("The URL must not carry a user's name or password.")
    found = _AUTHORITY.fullmatch(parts.netloc)
    if found is None or not found[1]:
        raise EgressRequestInvalid("The URL has no host that can be read.")
    return Host.of(found[1], int(found[2]) if found[2] else _PORTS[parts.scheme])


def _path(parts: SplitResult) -> str:
    path = quote(parts.path or "/", safe=_KEPT_IN_TARGET)
    return f"{path}?{quote(parts.query, safe=_KEPT_IN_TARGET)}" if parts.query else path


def _ascii(name: str) -> str:
    if "%" in name:
        raise EgressRequestInvalid("The host must not have a zone or percent signs.")
    if not name.isascii():
        import idna  # here, since its tables take 2 MB, which most servers never need

        try:
            name = idna.encode(name, uts46=True).decode("ascii")
        except idna.IDNAError as error:
            raise EgressRequestInvalid("The host's name is no international domain name.") from error
    return name.lower().removesuffix(".")


def _address(text: str) -> Address | None:
    """The address that `text` is; None for a name."""
    if ":" in text:
        try:
            return IPv6Address(text)
        except AddressValueError as error:
            raise EgressRequestInvalid("The host is no IPv6 address.") from error
    if NUMERIC_END.fullmatch(text):  # 2130706433, 0177.0.0.1, 0x7f.1, 127.1: each reader sees another host
        try:
            return IPv4Address(text)
        except AddressValueError as error:
            raise EgressRequestInvalid("Write an IPv4 address as four decimal numbers.") from error
    if not NAME.fullmatch(text):
        raise EgressRequestInvalid("The host is no name that can be looked up.")
    return None
