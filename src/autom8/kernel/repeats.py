"""What is kept of a request that its caller may repeat: what it was, and what it was answered."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """The answer of a request that was carried out."""

    status: int
    body: bytes
    etag: str | None = None
    location: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRequest:
    """A request that was carried out: the digest of its content, and its answer once that is stored."""

    digest: str
    answer: KeptAnswer | None
