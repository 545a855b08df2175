"""Finished answers: bytes with their ETag; those of lists are kept until a table that they show is written.

Asked only after the gate. A key holds the caller's scopes, so nobody sees what was made for others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from flask import Request

from autom8.kernel.actor import Actor

T = TypeVar("T")


class Cache(Protocol):
    """Keeps values by key while the tables they were made from stay as they are."""

    def get(self, key: Hashable, *, tables: Iterable[str], build: Callable[[], T]) -> tuple[T, bool]:
        """The value of `key`, and whether it was at hand."""
        ...


@dataclass(frozen=True, slots=True)
class Finished:
    """A body as it is sent, and the ETag that tells it from others."""

    body: bytes
    etag: str

    @classmethod
    def of(cls, body: bytes, *, tag: str | None = None) -> Finished:
        """A body with the ETag of its content, which begins with `tag` where one is given.

        Without a tag it is weak: the same content may be spelled differently by another release.
        """
        content = hashlib.blake2b(body, digest_size=8).hexdigest()
        return cls(body, f'"{tag}-{content}"' if tag else f'W/"{content}"')


def list_key(actor: Actor, request: Request) -> Hashable:
    """What tells one finished list from another: who may see it, and the address with its query."""
    environ = request.environ
    return (actor.scopes, environ["PATH_INFO"], environ.get("QUERY_STRING", ""))


def is_known(etag: str, request: Request) -> bool:
    """Whether the caller has said that this very version is at hand (If-None-Match, compared weakly)."""
    known = request.headers.get("If-None-Match")
    if not known:
        return False
    return known.strip() == "*" or etag.removeprefix("W/") in [
        each.strip().removeprefix("W/") for each in known.split(",")
    ]
