"""How large a request's address and headers may be: judged before anything is made of them.

The server in front has its own, wider bounds (`cli/server.py`); what passes those is refused here, in words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from autom8.kernel import defaults
from autom8.kernel.errors import Autom8Error, TooLarge

HEADERS_MAX: Final = 100


class AddressTooLong(TooLarge):
    """The path and the query of a request have too many bytes."""

    code = "address_too_long"


class HeadersTooLarge(TooLarge):
    """A request has too many headers, or they have too many bytes."""

    code = "headers_too_large"


STATUS_BY_ERROR: Final[Mapping[type[Autom8Error], HTTPStatus]] = {
    AddressTooLong: HTTPStatus.REQUEST_URI_TOO_LONG,
    HeadersTooLarge: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a request line and headers may measure, in bytes."""

    header_bytes_max: int = defaults.HEADER_BYTES_MAX
    address_bytes_max: int = defaults.ADDRESS_BYTES_MAX

    def refusal_of(self, environ: Mapping[str, Any]) -> TooLarge | None:
        """Why this request is refused; None when it may pass."""
        address = len(environ.get("PATH_INFO", "")) + len(environ.get("QUERY_STRING", ""))
        if address > self.address_bytes_max:
            return AddressTooLong(f"An address has at most {self.address_bytes_max} bytes.")
        count = size = 0
        for name, value in environ.items():
            if name[:5] == "HTTP_":  # quicker than startswith, for each of some sixty names
                count += 1
                size += len(name) + len(value)
        if count > HEADERS_MAX or size > self.header_bytes_max:
            return HeadersTooLarge(
                f"A request has at most {HEADERS_MAX} headers of {self.header_bytes_max} bytes in all."
            )
        return None
