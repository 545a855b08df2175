"""The form of an API key: how one is made up, and how what came in is read. No database, no clock.

`a8_live_<id>_<secret>_<check>`: the prefix tells scanners of code what they found, the check value tells
them, and a server, of a mistyped or made-up key before anybody is asked.
"""

from __future__ import annotations

import re
import secrets
import string
import zlib
from dataclasses import dataclass, field
from typing import Final

from autom8.kernel.secrets import Secret

API_KEY_PREFIX: Final = "a8_live_"
_ALPHABET: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase
_ID_LENGTH: Final = 12
_SECRET_LENGTH: Final = 32  # 190 bits
_CHECK_LENGTH: Final = 6  # 62 to the power of 6 is more than 32 bits
_KEY: Final = re.compile(
    rf"{API_KEY_PREFIX}([0-9A-Za-z]{{{_ID_LENGTH}}})_([0-9A-Za-z]{{{_SECRET_LENGTH}}})"
    rf"_([0-9A-Za-z]{{{_CHECK_LENGTH}}})",
    re.ASCII,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyParts:
    """The public part of an API key, and the secret one."""

    key_id: str
    secret: Secret = field(repr=False)

    def text(self) -> Secret:
        """The whole key, as its owner keeps it."""
        body = f"{API_KEY_PREFIX}{self.key_id}_{self.secret.reveal()}"
        return Secret(f"{body}_{_check(body)}")


def new_key() -> KeyParts:
    """A key that nobody can guess."""
    return KeyParts(key_id=_random(_ID_LENGTH), secret=Secret(_random(_SECRET_LENGTH)))


def read_key(text: str) -> KeyParts | None:
    """The parts of a key of the right form and check value; None for anything else."""
    match = _KEY.fullmatch(text)
    if match is None or match[3] != _check(text[: match.end(2)]):
        return None
    return KeyParts(key_id=match[1], secret=Secret(match[2]))


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def _check(body: str) -> str:
    left, digits = zlib.crc32(body.encode()), ""
    for _ in range(_CHECK_LENGTH):
        left, digit = divmod(left, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits
