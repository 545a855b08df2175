"""What somebody sees who need not see personal data: enough to tell two contacts apart. Rules only."""

from __future__ import annotations

from typing import Final

import phonenumbers

HIDDEN: Final = "…"
_DIGITS_SHOWN: Final = 2


def masked_email(email: str) -> str:
    """The first letters of the local part and of the domain: `a…@e…`."""
    local, _, domain = email.rpartition("@")
    return f"{local[:1]}{HIDDEN}@{domain[:1]}{HIDDEN}"


def masked_phone(phone: str) -> str:
    """The country's code and the last two digits of a number in E.164: `+49…67`."""
    code = phonenumbers.parse(phone).country_code
    return f"+{code}{HIDDEN}{phone[-_DIGITS_SHOWN:]}"
