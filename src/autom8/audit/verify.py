"""Checks a chain of audit entries against its stored bytes. Rules only: no I/O."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import orjson

from autom8.audit.entry import chained, instant_text


class Stored(Protocol):
    """An entry's row."""

    seq: int
    at: datetime
    actor_kind: str
    actor_id: int | None
    actor_name: str
    action: str
    object_type: str
    object_id: str
    canonical: bytes
    previous_hash: bytes
    hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What a check found. `count` entries were good; `what` says what is wrong with `first_bad_seq`."""

    count: int
    ok: bool
    first_bad_seq: int | None = None
    what: str | None = None
    last_hash: str | None = None  # of the last good entry, in hex: note it elsewhere to see a cut-off end


class Walk:
    """Goes along a chain from its beginning, and stops at the first entry that is wrong."""

    def __init__(self, genesis: bytes) -> None:
        self._previous = genesis
        self._count = 0
        self._wrong: tuple[int, str] | None = None

    @property
    def seq(self) -> int:
        """The last good entry."""
        return self._count

    @property
    def stopped(self) -> bool:
        """Whether an entry was wrong."""
        return self._wrong is not None

    def go(self, rows: Iterable[Stored]) -> None:
        """Check entries that follow, in the order of their `seq`."""
        for row in rows:
            wrong = self._fault(row)
            if wrong is not None:
                self._wrong = (row.seq, wrong)
                return
            self._previous = row.hash
            self._count = row.seq

    def found(self) -> Verification:
        """What was found so far."""
        last_hash = self._previous.hex() if self._count else None
        if self._wrong is None:
            return Verification(count=self._count, ok=True, last_hash=last_hash)
        seq, what = self._wrong
        return Verification(count=self._count, ok=False, first_bad_seq=seq, what=what, last_hash=last_hash)

    def _fault(self, row: Stored) -> str | None:
        if row.seq != self._count + 1:
            return f"entry {self._count + 1} is missing"
        if row.previous_hash != self._previous:
            return "it does not follow the entry before it"
        if row.hash != chained(row.previous_hash, row.canonical):
            return "its content is not what was hashed"
        if _columns(row) != _said(row.canonical):
            return "its columns differ from its content"
        return None


def _columns(row: Stored) -> tuple[Any, ...]:
    return (
        row.seq,
        instant_text(row.at),
        (row.actor_kind, row.actor_id, row.actor_name),
        row.action,
        (row.object_type, row.object_id),
    )


def _said(canonical: bytes) -> tuple[Any, ...] | None:
    try:
        body = orjson.loads(canonical)
        actor, thing = body["actor"], body["object"]
        return (
            body["seq"],
            body["at"],
            (actor["kind"], actor["id"], actor["name"]),
            body["action"],
            (thing["type"], thing["id"]),
        )
    except (ValueError, KeyError, TypeError):
        return None
