"""Checks for callers: added, changed, paused, read with their pings; who may change one sees its key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from autom8.alerts import reading
from autom8.alerts.channels.service import Vault
from autom8.alerts.checks.check import CronAfter, rhythm_from, state_of, watched_from
from autom8.alerts.checks.pinging import PINGS_KEPT, columns_of, digest_of, standing_of
from autom8.alerts.shelf import View, first_stamps, next_stamps, seen
from autom8.kernel.actor import Actor
from autom8.kernel.errors import DecryptionRefused
from autom8.kernel.events import CheckChanged, LookDue
from autom8.kernel.naming import checked_tags
from autom8.kernel.paging import Page, Paged
from autom8.kernel.vocabulary import LookKind
from autom8.kernel.zones import zone_named
from autom8.repositories.query import AnyRow
from autom8.repositories.unit_of_work import BeginWork, Work

TABLE: Final = "ping_check"
COLUMN: Final = "key_encrypted"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckService:
    """What callers may do with checks. `base_url` begins the URLs that are pinged."""

    begin: BeginWork
    read: BeginWork
    vault: Vault
    cron_after: CronAfter
    base_url: str

    def list_(self, page: Page, *, bars: int = 0, actor: Actor) -> Paged[View]:
        """Checks by name, each with its latest pings; filters `enabled`, `q`."""
        with self.read(actor) as work:
            found = work.checks.page(page)
            recent = work.checks.recent([row.id for row in found.items], limit=bars) if bars else {}
            now = work.now()
            return Paged([_view(row, now, recent.get(row.id, ())) for row in found.items], found.next)

    def get(self, check_id: int, *, bars: int = 0, actor: Actor) -> View:
        """One check, or CheckNotFound; to who may change it with its URL."""
        with self.read(actor) as work:
            row = work.checks.get(check_id)
            recent = work.checks.recent([check_id], limit=bars)[check_id] if bars else ()
            return self._whole(work, row, recent, actor)

    def add(self, data: Mapping[str, Any], *, actor: Actor) -> View:
        """Add a check: `name`, `description`, `tags`, `period_s` or `cron` and `zone`, `grace_s`.

        Raises:
            Invalid: a field can't be meant; each is named.
            NameTaken: there is one with this name.
        """
        with self.begin(actor) as work:
            now = work.now()
            columns = self._columns(data, None, now)
            rhythm = rhythm_from(columns["schedule"], columns["grace_s"])
            key = str(uuid4())
            stamps = {**first_stamps(now), "pings": 0}
            watched = {"enabled": True, "enabled_at": now}
            due = columns_of(watched_from(now, rhythm, self.cron_after))
            sealed = {"key_digest": digest_of(key), COLUMN: b""}
            check_id = work.checks.add({**columns, **stamps, **watched, **due, **sealed})
            field_key = self.vault.create(work, [check_id])[check_id]
            work.checks.change(check_id, {COLUMN: field_key.seal(TABLE, COLUMN, check_id, key)})
            return self._done(work, check_id, "added", data, actor)

    def change(self, check_id: int, data: Mapping[str, Any], *, version: int | None, actor: Actor) -> View:
        """Change what the data names; another rhythm counts from the last end on.

        Raises:
            CheckNotFound: no check has this id.
            Stale: `version` is given and it has another by now.
            Invalid: a field can't be meant.
            NameTaken: another one has the new name.
        """
        with self.begin(actor) as work:
            row = seen(work.checks.lock(check_id), version, "check")
            columns = self._columns(data, row, work.now())
            if "schedule" in columns or "grace_s" in columns:
                rhythm = rhythm_from(
                    columns.get("schedule", row.schedule), columns.get("grace_s", row.grace_s)
                )
                columns["expected_at"] = rhythm.due_after(row.counts_from, self.cron_after)
            work.checks.change(check_id, {**columns, **next_stamps(row, work.now())})
            return self._done(work, check_id, "changed", data, actor)

    def pause(self, check_id: int, *, actor: Actor) -> View:
        """Expect nothing of a check until it is resumed. Pausing twice changes nothing."""
        with self.begin(actor) as work:
            row = work.checks.lock(check_id)
            if not row.enabled:
                return self._whole(work, row, (), actor)
            work.checks.change(
                check_id, {"enabled": False, "started_at": None, **next_stamps(row, work.now())}
            )
            return self._done(work, check_id, "paused", {}, actor)

    def resume(self, check_id: int, *, actor: Actor) -> View:
        """Expect pings again, the first a whole period from now; what was before counts no more."""
        with self.begin(actor) as work:
            row = work.checks.lock(check_id)
            if row.enabled:
                return self._whole(work, row, (), actor)
            now = work.now()
            afresh = watched_from(now, rhythm_from(row.schedule, row.grace_s), self.cron_after)
            due = columns_of(replace(afresh, last_ping_at=row.last_ping_at))
            values = {"enabled": True, "enabled_at": now, **due}
            work.checks.change(check_id, {**values, **next_stamps(row, work.now())})
            return self._done(work, check_id, "resumed", {}, actor)

    def renew_key(self, check_id: int, *, version: int | None, actor: Actor) -> View:
        """Give a check another key; the old one is refused at once."""
        with self.begin(actor) as work:
            row = seen(work.checks.lock(check_id), version, "check")
            key = str(uuid4())
            self.vault.destroy(work, [check_id])  # whatever became of it: a lost one can't be opened
            field_key = self.vault.create(work, [check_id])[check_id]
            sealed = {"key_digest": digest_of(key), COLUMN: field_key.seal(TABLE, COLUMN, check_id, key)}
            work.checks.change(check_id, {**sealed, **next_stamps(row, work.now())})
            return self._done(work, check_id, "key_renewed", {}, actor)

    def remove(self, check_id: int, *, version: int | None, actor: Actor) -> None:
        """Remove a check with its pings; its incidents are resolved, and stay."""
        with self.begin(actor) as work:
            row = seen(work.checks.lock(check_id), version, "check")
            # First: a look holds its row, then pings.
            _announce(work, check_id, "removed", {"name": row.name})
            work.checks.remove(check_id)
            self.vault.destroy(work, [check_id])
            work.commit()

    def pings(self, check_id: int, page: Page, *, actor: Actor) -> Paged[View]:
        """The pings of a check, the latest first, or CheckNotFound."""
        with self.read(actor) as work:
            work.checks.get(check_id)
            found = work.checks.pings(check_id, page)
            return Paged([_ping(row) for row in found.items], found.next)

    def body(self, check_id: int, ping_id: int, *, actor: Actor) -> View:
        """One ping with what was sent along, or PingNotFound."""
        with self.read(actor) as work:
            row = work.checks.ping(check_id, ping_id)
            text = (row.body or b"").decode("utf-8", errors="replace")
            return _ping(row) | {"body": text, "cut": row.body_bytes > len(row.body or b"")}

    def prune(self) -> None:
        """Keep the latest pings of each check."""
        with self.read() as work:
            ids = work.checks.ids()
        for check_id in ids:
            with self.begin() as work:
                if work.checks.prune_pings(check_id, keep=PINGS_KEPT):
                    work.commit()

    def _columns(self, data: Mapping[str, Any], row: AnyRow | None, now: datetime) -> dict[str, Any]:
        values = reading.fields_of(data, _READERS)
        reading.require(values, ("name",), row)
        before: Mapping[str, Any] = row.schedule if row is not None else {}
        said = {name: values.pop(name) for name in ("period_s", "cron", "zone") if name in values}
        columns = reading.named(values)
        if row is None:
            columns = {"description": "", "tags": [], "grace_s": 3_600, **columns}
        if said or row is None:
            schedule = dict(before)
            if said.get("period_s") is not None:
                schedule = {}
            elif said.get("cron") is not None:
                schedule.pop("period_s", None)
            schedule |= {name: value for name, value in said.items() if value is not None}
            columns["schedule"] = schedule or {"period_s": 86_400}
        if "schedule" in columns or "grace_s" in columns:
            grace = columns.get("grace_s", row.grace_s if row is not None else 3_600)
            rhythm_from(columns.get("schedule", before), grace).check(self.cron_after, now)
        return columns

    def _whole(self, work: Work, row: AnyRow, recent: Any, actor: Actor) -> View:
        view = _view(row, work.now(), recent)
        if actor.may("checks:write"):
            view["url"] = self._url(work, row)
        return view

    def _url(self, work: Work, row: AnyRow) -> str | None:
        """Where the check is pinged; None where that can't be read any more, and a new key is needed."""
        try:
            field_key = self.vault.open(work, [row.id]).get(row.id)
            if field_key is None:
                return None
            key = field_key.unseal(TABLE, COLUMN, row.id, row.key_encrypted)
        except DecryptionRefused:
            return None
        return f"{self.base_url}/ping/{key}"

    def _done(self, work: Work, check_id: int, verb: str, data: Mapping[str, Any], actor: Actor) -> View:
        _announce(work, check_id, verb, data)
        view = self._whole(work, work.checks.get(check_id), (), actor)
        work.commit()
        return view


def _announce(work: Work, check_id: int, verb: str, details: Mapping[str, Any]) -> None:
    work.record(
        CheckChanged(
            action=f"check.{verb}",
            object_type="check",
            object_id=str(check_id),
            details=dict(details),
            check_id=check_id,
        )
    )
    work.looks.bring_forward(LookKind.CHECK, [check_id], work.now())
    work.record(LookDue())


def _view(row: AnyRow, now: datetime, recent: Any) -> View:
    standing, schedule = standing_of(row), row.schedule
    duration = standing.duration
    return {
        "id": row.id,
        "name": row.name,
        "description": row.description,
        "tags": row.tags,
        "state": state_of(standing, timedelta(seconds=row.grace_s), enabled=row.enabled, at=now),
        "period_s": schedule.get("period_s"),
        "cron": schedule.get("cron"),
        "zone": schedule.get("zone"),
        "grace_s": row.grace_s,
        "enabled": row.enabled,
        "running": row.started_at is not None,
        "started_at": row.started_at,
        "last_ping_at": row.last_ping_at,
        "last_end": row.last_end,
        "fails": row.fails,
        "last_duration_s": duration.total_seconds() if duration is not None else None,
        "expected_at": row.expected_at if row.enabled else None,
        "pings": row.pings,
        "recent": [_ping(each) for each in recent],
        "version": row.version,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def _ping(row: AnyRow) -> View:
    return {
        "id": row.id,
        "at": row.at,
        "kind": row.kind,
        "exit_code": row.exit_code,
        "run": row.run,
        "duration_s": row.duration_us / 1_000_000 if row.duration_us is not None else None,
        "late": row.late,
        "method": row.method,
        "address": row.address,
        "agent": row.agent,
        "body_bytes": row.body_bytes,
    }


def _tags(value: object) -> list[str]:
    if not isinstance(value, list):
        raise TypeError("must be a list of tags")
    return list(checked_tags(map(reading.text, value)))


_READERS: Final = {
    "name": reading.name,
    "description": reading.prose,
    "tags": _tags,
    "period_s": lambda value: None if value is None else reading.whole(value),
    "cron": lambda value: None if value is None else reading.text(value),
    "zone": lambda value: zone_named(reading.text(value)).key if value else value,
    "grace_s": reading.whole,
}
