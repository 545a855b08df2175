"""What the text of a setting may be, in words, and how it becomes a value. Knows no setting."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from autom8.config import readers
from autom8.kernel.secrets import Secret
from autom8.kernel.vocabulary import Role

SECRET_BYTES_MIN: Final = 32
_WHOLE_NUMBER: Final = re.compile(r"-?[0-9]{1,18}")
_TRUTHS: Final = frozenset({"1", "true", "yes", "on"})
_LIES: Final = frozenset({"0", "false", "no", "off"})


@dataclass(frozen=True, slots=True)
class Kind:
    """What a setting's text may be: `accepts` tells it in words, `read` gives its value or a ValueError."""

    accepts: str
    read: Callable[[str], Any]


def integer(low: int, high: int) -> Kind:
    accepts = f"a whole number from {low} to {high}"

    def read(text: str) -> int:
        if not _WHOLE_NUMBER.fullmatch(text) or not low <= int(text) <= high:
            raise ValueError(f"must be {accepts}")
        return int(text)

    return Kind(accepts, read)


def one_of(*choices: str) -> Kind:
    accepts = f"one of {', '.join(choices)}"

    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(f"must be {accepts}")
        return text

    return Kind(accepts, read)


def _read_boolean(text: str) -> bool:
    if text.lower() not in _TRUTHS | _LIES:
        raise ValueError("must be true or false")
    return text.lower() in _TRUTHS


def _read_word(text: str) -> str:
    if not text or any(char.isspace() or not char.isprintable() for char in text):
        raise ValueError("must be a word without blanks")
    return text


def _read_name(text: str) -> str:
    if text != text.strip() or not text.isprintable():
        raise ValueError("must be a text without control characters")
    return text


def _read_region(text: str) -> str:
    if text and not re.fullmatch("[A-Z]{2}", text):
        raise ValueError("must be the two capital letters of a country, such as DE")
    return text


def _read_folder(text: str) -> Path:
    if not text or "\0" in text:
        raise ValueError("must name a folder")
    return Path(text)


def _read_key(text: str) -> Secret:
    if len(text.encode()) < SECRET_BYTES_MIN:
        raise ValueError(f"must have at least {SECRET_BYTES_MIN} bytes of randomness")
    if len(set(text)) < SECRET_BYTES_MIN // 4:
        raise ValueError("is too regular to be a key")
    return Secret(text)


def _read_keyring(text: str) -> Secret:
    if not text.lstrip().startswith("{"):
        raise ValueError("must be a keyring in JSON; AUTOM8_KEYRING_FILE takes a path")
    return Secret(text)


def _read_database_url(text: str) -> Secret:
    scheme, mark, rest = text.partition("://")
    if scheme not in {"postgresql", "postgres", "postgresql+psycopg"} or not mark or not rest:
        raise ValueError("must begin with postgresql:// (SQLite needs no URL: it lives in the data folder)")
    return Secret(f"postgresql+psycopg://{rest}")


BOOLEAN: Final = Kind("true or false", _read_boolean)
WORD: Final = Kind("a word", _read_word)
NAME: Final = Kind("a text", _read_name)
REGION: Final = Kind("a country's two letters", _read_region)
FOLDER: Final = Kind("a folder", _read_folder)
KEY: Final = Kind(f"a text of at least {SECRET_BYTES_MIN} bytes", _read_key)
KEYRING: Final = Kind("a keyring in JSON", _read_keyring)
DATABASE_URL: Final = Kind("a URL that begins with postgresql://", _read_database_url)
REDIS_URL: Final = Kind("a URL that begins with redis://, rediss:// or unix://", readers.read_redis_url)
URL: Final = Kind("an address", readers.read_url)
SECRET_URL: Final = Kind("a URL that begins with https:// or http://", readers.read_secret_url)
FILE: Final = Kind("a file", readers.read_file_name)
ROLE_LIMITS: Final = Kind("ROLE=NUMBER, separated by commas", readers.read_role_limits)
ROUTE_LIMITS: Final = Kind("METHOD PATH=NUMBER, separated by commas", readers.read_route_limits)
ORIGINS: Final = Kind("origins, separated by commas", readers.read_origins)
DESTINATIONS: Final = Kind("networks, hosts and HOST:PORT, separated by commas", readers.read_destinations)
ISSUER: Final = Kind("an issuer's address", readers.read_issuer)
ROLE: Final = Kind(f"one of {', '.join(Role)}, or nothing", readers.read_role)
ROLE_MAP: Final = Kind("WORD=ROLE, separated by commas", readers.read_role_map)
SCOPES: Final = Kind("words separated by blanks", readers.read_scopes)
SECRET: Final = Kind("a text", lambda text: Secret(_read_name(text)))
PORTS: Final = Kind("ports and ranges of ports, separated by commas", readers.read_ports)
NETWORKS: Final = Kind("networks, separated by commas", readers.read_networks)
