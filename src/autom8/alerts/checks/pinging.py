"""Takes pings: each is a row, committed before it is answered."""

from __future__ import annotations

import hashlib
import math
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from autom8.alerts.checks.check import (
    CronAfter,
    PingFact,
    Standing,
    rhythm_from,
    taken,
)
from autom8.kernel.actor import ANONYMOUS
from autom8.kernel.events import LookDue
from autom8.kernel.vocabulary import LookKind, PingKind
from autom8.repositories.query import AnyRow
from autom8.repositories.unit_of_work import BeginWork

BODY_BYTES_MAX: Final = 100_000
PINGS_KEPT: Final = 1_000  # of each check, and those that no look has judged
_TIDIED_EACH: Final = 100  # pings: between two of the chore that keeps the rest short
AGENT_CHARS_MAX: Final = 200
_FRESH_S: Final = 1.0
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinged:
    """What came. `body` is the beginning, BODY_BYTES_MAX at most, of `body_bytes`; `run` is what the client
    calls its run.
    """

    kind: PingKind
    exit_code: int | None = None
    run: str | None = None
    method: str = "GET"
    address: str = ""
    agent: str = ""
    body: bytes = b""
    body_bytes: int = 0


class Memory:
    """The keys that were right lately, by their digests. Thread-safe; what it has is not proven right."""

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._digests: set[bytes] = set()
        self._read_at = -math.inf

    def has(self, digest: bytes) -> bool:
        """Whether this one was right lately."""
        return digest in self._digests

    def add(self, digest: bytes) -> None:
        """Remember one that is right."""
        with self._lock:
            self._digests.add(digest)

    def drop(self, digest: bytes) -> None:
        """Forget one that is right no more."""
        with self._lock:
            self._digests.discard(digest)

    def renew(self, read: Callable[[], Iterable[bytes]]) -> None:
        """Remember all that are right, unless that was done a moment ago."""
        with self._lock:
            if self._monotonic() - self._read_at >= _FRESH_S:
                self._digests = set(read())
                self._read_at = self._monotonic()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinging:
    """Takes pings of any server."""

    begin: BeginWork
    read: BeginWork
    cron_after: CronAfter
    memory: Memory = field(default_factory=Memory)

    def remembers(self, key: str, *, anew: bool = False) -> bool:
        """Whether this key was right lately; `anew`: as the database has it, a second ago at the latest.

        Costs the database nothing, or one look a second, however many keys are guessed.
        """
        digest = digest_of(key)
        if anew and not self.memory.has(digest):
            self.memory.renew(self._all)
        return self.memory.has(digest)

    def known(self, key: str) -> bool:
        """Whether a check has this key; writes nothing."""
        digest = digest_of(key)
        with self.read(ANONYMOUS) as work:
            found = work.checks.id_of(digest) is not None
        if found:
            self.memory.add(digest)
        return found

    def _all(self) -> Iterable[bytes]:
        with self.read(ANONYMOUS) as work:
            return work.checks.digests()

    def take(self, key: str, pinged: Pinged) -> bool:
        """Take a ping; False when no check has this key. A paused check takes it too, and stays paused."""
        digest = digest_of(key)
        with self.begin(ANONYMOUS) as work:
            row = work.checks.lock_by_key(digest)
            if row is None:
                self.memory.drop(digest)
                return False
            now = work.now()
            came = PingFact(id=0, at=now, kind=pinged.kind, run=pinged.run)
            rhythm = rhythm_from(row.schedule, row.grace_s)
            after, ping = taken(standing_of(row), came, rhythm, self.cron_after, watched=row.enabled)
            ping_id = work.checks.add_ping(_row(row.id, ping, pinged))
            count = row.pings + 1
            work.checks.change(row.id, columns_of(after) | {"last_ping_id": ping_id, "pings": count})
            if count % _TIDIED_EACH == 0:
                work.checks.prune_pings(row.id, keep=PINGS_KEPT)
            work.looks.bring_forward(LookKind.CHECK, [row.id], now)
            work.record(LookDue())
            work.commit()
            return True


def _row(check_id: int, ping: PingFact, pinged: Pinged) -> dict[str, Any]:
    return {
        "check_id": check_id,
        "at": ping.at,
        "kind": ping.kind,
        "exit_code": pinged.exit_code,
        "run": ping.run,
        "duration_us": ping.duration // _MICROSECOND if ping.duration is not None else None,
        "late": ping.late,
        "fails": ping.fails,
        "method": pinged.method,
        "address": pinged.address,
        "agent": pinged.agent[:AGENT_CHARS_MAX],
        "body": pinged.body[:BODY_BYTES_MAX] or None,
        "body_bytes": pinged.body_bytes,
        "seen": False,
    }


def digest_of(key: str) -> bytes:
    """By what a key is found: it is random enough to need no more than a hash."""
    return hashlib.sha256(key.lower().encode(errors="replace")).digest()


def standing_of(row: AnyRow) -> Standing:
    """What a check's row keeps."""
    return Standing(
        counts_from=row.counts_from,
        expected_at=row.expected_at,
        last_ping_at=row.last_ping_at,
        last_end=PingKind(row.last_end) if row.last_end else None,
        fails=row.fails,
        last_run=row.last_run,
        started_at=row.started_at,
        duration=row.duration_us * _MICROSECOND if row.duration_us is not None else None,
    )


def columns_of(standing: Standing) -> dict[str, Any]:
    """The columns of a check's row that pings change."""
    duration = standing.duration
    return {
        "counts_from": standing.counts_from,
        "expected_at": standing.expected_at,
        "last_ping_at": standing.last_ping_at,
        "last_end": standing.last_end,
        "fails": standing.fails,
        "last_run": standing.last_run,
        "started_at": standing.started_at,
        "duration_us": duration // _MICROSECOND if duration is not None else None,
    }
