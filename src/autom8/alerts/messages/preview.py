"""What a channel's templates would make of an incident, before anybody is told by them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from autom8.alerts.digests import Spell
from autom8.alerts.flapping import Notice
from autom8.alerts.messages.facts import RunFacts, runs_of
from autom8.alerts.messages.lines import LineFacts, Reader
from autom8.alerts.messages.links import PATH
from autom8.alerts.messages.rendering import Rendered, rendered
from autom8.alerts.messages.templates import check_templates, read_templates
from autom8.alerts.messages.wording import words_of
from autom8.kernel.actor import Actor
from autom8.kernel.errors import Forbidden
from autom8.kernel.vocabulary import AlertKind, IncidentState, Reason, Severity
from autom8.kernel.zones import zone_named
from autom8.repositories.unit_of_work import BeginWork

NO_LINK: Final = "preview"  # stands where a message has a link's token: a preview lets nobody act
_SAMPLE_OUTPUT: Final = """\
Dumping database app
pg_dump: error: connection to server at "db1", port 5432 failed: Connection refused
backup.sh: giving up"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be previewed. Without an incident, one is made up."""

    templates: Mapping[str, str] = field(default_factory=dict)
    incident_id: int | None = None
    notice: Notice = Notice.FIRING
    language: str | None = None
    zone: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Previews:
    """Renders messages that are not sent."""

    read: BeginWork
    base_url: str

    def preview(self, wanted: Wanted, *, actor: Actor) -> Rendered:
        """The message that templates make.

        Raises:
            Invalid: a template can't be read, or there is no such zone; `fields` names it.
            Forbidden: the caller may not read incidents, or runs where a run raised this one.
            IncidentNotFound: no incident has this id.
        """
        check_templates(wanted.templates)
        reader = Reader(
            words=words_of(wanted.language),
            zone=zone_named(wanted.zone),
            base_url=self.base_url,
            ack_url=lambda _: f"{self.base_url}{PATH}{NO_LINK}" if self.base_url else "",
        )
        with self.read(actor) as work:
            line = _made_up(wanted, work.now())
            if wanted.incident_id is not None:
                _expect(actor, "alerts:read")
                incident = work.incidents.get(wanted.incident_id)
                if incident.run_id:
                    _expect(actor, "runs:read")
                run = runs_of(work, [incident], quoted=True).get(incident.id)
                spells = _spells(wanted.notice, incident.opened_at, incident.resolved_at or work.now())
                line = LineFacts(incident=incident, notice=wanted.notice, spells=spells, run=run)
        return rendered([line], reader, read_templates(wanted.templates))


def _expect(actor: Actor, scope: str) -> None:
    if not actor.may(scope):
        raise Forbidden(f"This needs the scope {scope}, which you don't have.")


def _spells(notice: Notice, began: datetime, ended: datetime) -> tuple[Spell, ...]:
    return (Spell(began=began, ended=ended if notice.ends else None),)


@dataclass(frozen=True, slots=True, kw_only=True)
class _MadeUp:
    """An incident that never was, with what messages read of one."""

    opened_at: datetime
    resolved_at: datetime | None
    state: str
    id: int = 1
    kind: str = AlertKind.TASK
    object_id: int = 1
    rule: str = "failed"
    severity: str = Severity.WARNING
    title: str = "nightly-backup: failed"
    labels: Mapping[str, str] = field(default_factory=lambda: {"source": "task", "task": "nightly-backup"})
    annotations: Mapping[str, str] = field(
        default_factory=lambda: {"runbook": "https://wiki.example.org/backup"}
    )
    run_id: int = 1


def _made_up(wanted: Wanted, now: datetime) -> LineFacts:
    began = now - timedelta(minutes=12)
    incident: Any = _MadeUp(
        opened_at=began,
        resolved_at=now if wanted.notice.ends else None,
        state=IncidentState.RESOLVED if wanted.notice.ends else IncidentState.OPEN,
    )
    run = RunFacts(
        id=1,
        task_id=1,
        reason=Reason.EXIT_CODE,
        detail="",
        exit_code=3,
        signal=None,
        attempt=2,
        attempts_max=2,
        duration=timedelta(seconds=74),
        usual=timedelta(seconds=310),
        output=_SAMPLE_OUTPUT,
    )
    return LineFacts(
        incident=incident, notice=wanted.notice, spells=_spells(wanted.notice, began, now), run=run
    )
