"""Incidents and runs as messages tell them: made by hand for what is pure, and as rows for what is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert

from autom8.alerts.digests import Spell
from autom8.alerts.flapping import Notice
from autom8.alerts.messages.facts import RunFacts
from autom8.alerts.messages.lines import LineFacts, Reader
from autom8.alerts.messages.wording import words_of
from autom8.kernel.vocabulary import AlertKind, IncidentState
from autom8.models import Alert, Contact, Incident, table_of
from autom8.repositories.unit_of_work import UnitsOfWork

BEGAN = datetime(2026, 7, 14, 12, tzinfo=UTC)
BASE = "https://autom8.example.org"


@dataclass(frozen=True)
class Told:
    """What messages read of an incident's row."""

    id: int = 7
    kind: str = AlertKind.TASK
    object_id: int = 3
    rule: str = "failed"
    state: str = IncidentState.OPEN
    severity: str = "critical"
    title: Any = "backup: failed"
    labels: Mapping[str, Any] = field(default_factory=lambda: {"source": "task", "task": "backup"})
    annotations: Mapping[str, Any] = field(default_factory=dict)
    run_id: int | None = 41
    opened_at: datetime = BEGAN
    resolved_at: datetime | None = None


def run_facts(**values: Any) -> RunFacts:
    given: dict[str, Any] = {
        "id": 41,
        "task_id": 3,
        "reason": "exit_code",
        "detail": "",
        "exit_code": 3,
        "signal": None,
        "attempt": 2,
        "attempts_max": 3,
        "duration": timedelta(seconds=74),
        "usual": timedelta(seconds=310),
        "output": "one\ntwo",
    }
    return RunFacts(**{**given, **values})


def line(
    notice: Notice = Notice.FIRING,
    *,
    run: RunFacts | None = None,
    spells: tuple[Spell, ...] | None = None,
    **columns: Any,
) -> LineFacts:
    ended = BEGAN + timedelta(hours=2) if notice.ends else None
    incident: Any = Told(**{"resolved_at": ended, **columns})
    return LineFacts(
        incident=incident,
        notice=notice,
        spells=(Spell(began=BEGAN, ended=ended),) if spells is None else spells,
        run=run,
    )


def reader(language: str = "en", zone: str = "UTC", base_url: str = BASE) -> Reader:
    return Reader(
        words=words_of(language),
        zone=ZoneInfo(zone),
        base_url=base_url,
        ack_url=lambda id_: f"{base_url}/a/token-{id_}" if base_url else "",
    )


class Markup(HTMLParser):
    """What a browser makes of a page: its tags with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attrs: list[tuple[str, str]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attrs += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data

    @property
    def hrefs(self) -> list[str]:
        return [value for name, value in self.attrs if name == "href"]


def add_contact(units: UnitsOfWork, name: str = "Ada", **columns: Any) -> int:
    now = BEGAN
    row = {"name": name, "name_key": name.lower(), "channels": [], "version": 1}
    return _add(units, Contact, {**row, "created_at": now, "updated_at": now, **columns})


def add_incident(units: UnitsOfWork, **columns: Any) -> int:
    """An open incident of an alert of its own."""
    with units.reading() as work:
        now = work.now()
    object_id = columns.pop("object_id", 3)
    alert_id = _add(
        units,
        Alert,
        {
            "kind": columns.get("kind", AlertKind.TASK),
            "object_id": object_id,
            "rule": "failed",
            "state": "firing",
            "since": now,
            "seen_at": now,
            "lasted_us": 0,
            "unknown_us": 0,
            "blind": False,
            "shut": False,
            "violated": True,
            "incidents": 1,
            "flaps": {},
        },
    )
    row = {
        "alert_id": alert_id,
        "number": 1,
        "kind": AlertKind.TASK,
        "object_id": object_id,
        "rule": "failed",
        "state": IncidentState.OPEN,
        "severity": "warning",
        "title": "backup: failed",
        "labels": {"source": "task", "task": "backup"},
        "annotations": {},
        "flapping": False,
        "held_back": False,
        "opened_at": now,
        "steps_taken": 0,
        "reached_nobody": False,
        "transitions": 1,
        "version": 1,
        "updated_at": now,
    }
    return _add(units, Incident, {**row, **columns})


def _add(units: UnitsOfWork, model: Any, row: Mapping[str, Any]) -> int:
    table = table_of(model)
    with units.writing() as work:
        made = work.session.execute(insert(table).values(**row).returning(table.c.id)).scalar_one()
        work.commit()
    return int(made)
