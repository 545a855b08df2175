"""Takes pings: each is a row, committed before it is answered."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from autom8.alerts.checks.check import (
    CronAfter,
    PingFact,
    Standing,
    after_ping,
    rhythm_from,
)
from autom8.kernel.actor import ANONYMOUS
from autom8.kernel.events import LookDue
from autom8.kernel.vocabulary import LookKind, PingKind
from autom8.repositories.query import AnyRow
from autom8.repositories.unit_of_work import BeginWork

BODY_BYTES_MAX: Final = 100_000
AGENT_CHARS_MAX: Final = 200
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinged:
    """What came: `body` whole, of which BODY_BYTES_MAX are kept; `run` is what the client calls its run."""

    kind: PingKind
    exit_code: int | None = None
    run: str | None = None
    method: str = "GET"
    address: str = ""
    agent: str = ""
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinging:
    """Takes pings of any server."""

    begin: BeginWork
    read: BeginWork
    cron_after: CronAfter

    def known(self, key: str) -> bool:
        """Whether a check has this key; writes nothing, so that guesses cost little."""
        with self.read(ANONYMOUS) as work:
            return work.checks.id_of(digest_of(key)) is not None

    def take(self, key: str, pinged: Pinged) -> bool:
        """Take a ping; False when no check has this key. A paused check takes it too, and stays paused."""
        with self.begin(ANONYMOUS) as work:
            row = work.checks.lock_by_key(digest_of(key))
            if row is None:
                return False
            now = work.now()
            fact = PingFact(id=0, at=now, kind=pinged.kind, run=pinged.run, exit_code=pinged.exit_code)
            rhythm = rhythm_from(row.schedule, row.grace_s)
            after = after_ping(standing_of(row), fact, rhythm, self.cron_after)
            duration = after.duration // _MICROSECOND if after.duration is not None else None
            ends = pinged.kind in {PingKind.SUCCESS, PingKind.FAIL}
            ping_id = work.checks.add_ping(
                {
                    "check_id": row.id,
                    "at": now,
                    "kind": pinged.kind,
                    "exit_code": pinged.exit_code,
                    "run": pinged.run,
                    "duration_us": duration if ends else None,
                    "method": pinged.method,
                    "address": pinged.address,
                    "agent": pinged.agent[:AGENT_CHARS_MAX],
                    "body": pinged.body[:BODY_BYTES_MAX] or None,
                    "body_bytes": len(pinged.body),
                    "seen": False,
                }
            )
            columns = columns_of(after) | {"last_ping_id": ping_id, "pings": row.pings + 1}
            work.checks.change(row.id, columns)
            work.looks.bring_forward(LookKind.CHECK, [row.id], now)
            work.record(LookDue())
            work.commit()
            return True


def digest_of(key: str) -> bytes:
    """By what a key is found: it is random enough to need no more than a hash."""
    return hashlib.sha256(key.lower().encode(errors="replace")).digest()


def standing_of(row: AnyRow) -> Standing:
    """What a check's row keeps."""
    return Standing(
        expected_at=row.expected_at,
        last_ping_at=row.last_ping_at,
        last_kind=PingKind(row.last_kind) if row.last_kind else None,
        last_run=row.last_run,
        started_at=row.started_at,
        duration=row.duration_us * _MICROSECOND if row.duration_us is not None else None,
    )


def columns_of(standing: Standing) -> dict[str, Any]:
    """The columns of a check's row that pings change."""
    duration = standing.duration
    return {
        "expected_at": standing.expected_at,
        "last_ping_at": standing.last_ping_at,
        "last_kind": standing.last_kind,
        "last_run": standing.last_run,
        "started_at": standing.started_at,
        "duration_us": duration // _MICROSECOND if duration is not None else None,
    }
