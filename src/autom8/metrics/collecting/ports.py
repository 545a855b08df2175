"""What the parts of the collector hand each other, and what they need from outside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol


class Sample(NamedTuple):
    """One value of a series. `at` is in milliseconds since the epoch, UTC."""

    name: str
    labels: Mapping[str, str]
    at: int
    value: float


class Reading(NamedTuple):
    """One value as a probe found it; the collector adds when, and on which host."""

    name: str
    value: float
    labels: Mapping[str, str] = {}


class Probe(Protocol):
    """Reads one part of the host. Used by one thread at a time; it may keep what it read before."""

    @property
    def name(self) -> str:
        """A word for logs and labels."""
        ...

    def read(self) -> Iterable[Reading]:
        """What there is now; nothing where the host has no such part.

        Raises:
            Exception: it could not be read. The collector counts it and goes on.
        """
        ...


class Sink(Protocol):
    """Takes batches."""

    def put(self, batch: Sequence[Sample]) -> None:
        """Take all samples of one instant. It must not wait for anybody: the next tick is due soon."""
        ...


class Reply(NamedTuple):
    """What a server said to a batch. `code` is that of its problem+json; `retry_after_s` what it asks for."""

    status: int
    code: str = ""
    retry_after_s: float | None = None


class NotAnswered(Exception):
    """No answer came; whether the batch was taken is not known. The text says why, in words for a log."""


class Post(Protocol):
    """Sends one batch to the server."""

    def __call__(self, key: str, body: bytes) -> Reply:
        """Post `body` (JSON) under the Idempotency-Key `key`.

        Raises:
            NotAnswered: no answer came.
        """
        ...
