"""Checks that a teller looks at: made as their service makes them, pinged as their address takes pings."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from autom8.alerts.checks.check import rhythm_from, watched_from
from autom8.alerts.checks.pinging import Pinged, Pinging, columns_of, digest_of
from autom8.alerts.looking.checks import look_at_checks
from autom8.bootstrap.parts import cron_after
from autom8.kernel.vocabulary import LookKind, PingKind
from autom8.repositories.query import AnyRow
from tests.alerts.rig import Teller

HOURLY: dict[str, Any] = {"period_s": 3_600}
GRACE_S = 600


@dataclass
class Jobs:
    """Jobs that run elsewhere, each with a check of the name that is its key too."""

    teller: Teller
    pinging: Pinging = field(init=False)

    def __post_init__(self) -> None:
        units = self.teller.house.units
        self.pinging = Pinging(begin=units.writing, read=units.reading, cron_after=cron_after)
        sources = {**self.teller.looker.sources, LookKind.CHECK: look_at_checks}
        self.teller.looker = replace(self.teller.looker, sources=sources)

    def add(self, name: str = "job", schedule: dict[str, Any] = HOURLY) -> int:
        """A check that is watched from now on."""
        now = self.teller.house.clock.now()
        row = {
            "name": name,
            "name_key": name,
            "description": "",
            "tags": [],
            "key_digest": digest_of(name),
            "key_encrypted": b"",
            "schedule": schedule,
            "grace_s": GRACE_S,
            "enabled": True,
            "enabled_at": now,
            "version": 1,
            "created_at": now,
            "updated_at": now,
            "pings": 0,
        }
        standing = watched_from(now, rhythm_from(schedule, GRACE_S), cron_after)
        with self.teller.house.units.writing() as work:
            check_id = work.checks.add(row | columns_of(standing))
            work.looks.bring_forward(LookKind.CHECK, [check_id], work.now())
            work.commit()
        return check_id

    def ping(self, kind: PingKind = PingKind.SUCCESS, name: str = "job", **said: Any) -> None:
        """One ping of it, of which `body` are bytes."""
        pinged = Pinged(kind=kind, body_bytes=len(said.get("body", b"")), **said)
        assert self.pinging.take(name, pinged)

    def row(self, check_id: int) -> AnyRow:
        with self.teller.house.units.reading() as work:
            return work.checks.get(check_id)

    def missed(self) -> int:
        """How many incidents there are of pings that did not come."""
        return sum(each.rule == "missed" for each in self.teller.incidents())
