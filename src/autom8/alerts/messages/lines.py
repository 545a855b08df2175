"""What a message tells of one incident, and the values of the fields that templates may name.

Whatever is told may come from anybody: a title, a label, an output. Here it is still as it came.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from autom8.alerts.digests import Spell
from autom8.alerts.flapping import Notice
from autom8.alerts.messages.facts import RunFacts, quoted_output
from autom8.alerts.messages.reasons import reason_of
from autom8.alerts.messages.wording import Words
from autom8.alerts.urls import is_url
from autom8.repositories.query import AnyRow

RAW_CHARS_MAX: Final = 20_000  # of a value that are looked at: more than any place takes
_SAID: Final = ("summary", "description", "message")


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFacts:
    """What a message tells of one incident: how it stands by its last notice, and when it was wrong."""

    incident: AnyRow
    notice: Notice
    spells: Sequence[Spell]
    run: RunFacts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who reads, and where links lead. `base_url` is empty where nobody said under which address.

    `ack_url` gives the link that acknowledges an incident, or nothing.
    """

    words: Words
    zone: ZoneInfo
    base_url: str = ""
    ack_url: Callable[[int], str] = lambda _: ""

    def url(self, path: str) -> str:
        """A page's whole address; empty without `base_url`."""
        return f"{self.base_url}{path}" if self.base_url else ""


def fields_of(line: LineFacts, reader: Reader) -> dict[str, str]:
    """The values of the fields that templates may name. Links to act are for what goes on."""
    it, run, words = line.incident, line.run, reader.words
    annotations: Mapping[str, Any] = it.annotations
    values = {
        "notice": words.of_notice(line.notice),
        "incident.id": str(it.id),
        "incident.title": str(it.title),
        "incident.severity": words.of_notice(it.severity),
        "incident.opened_at": words.instant(it.opened_at, reader.zone),
        "incident.resolved_at": words.instant(it.resolved_at, reader.zone) if it.resolved_at else "",
        "incident.labels": "\n".join(f"{name}={value}" for name, value in sorted(it.labels.items())),
        "incident.summary": _summary(annotations),
        "incident.url": reader.url(f"/incidents/{it.id}"),
        "runbook": _url(annotations, "runbook", "runbook_url"),
        "source.url": _url(annotations, "generator_url"),
        "ack.url": "" if line.notice.ends or it.resolved_at else reader.ack_url(it.id),
        "task.name": str(it.labels.get("task", "")),
        "run.output": quoted_output(annotations),
    }
    values |= {} if run is None else _fields_of_run(run, reader)
    return {name: value[:RAW_CHARS_MAX] for name, value in values.items()}


def _fields_of_run(run: RunFacts, reader: Reader) -> dict[str, str]:
    words = reader.words
    return {
        "run.id": str(run.id),
        "run.url": reader.url(f"/runs/{run.id}"),
        "run.reason": reason_of(run, words.language),
        "run.exit_code": "" if run.exit_code is None else str(run.exit_code),
        "run.signal": "" if run.signal is None else str(run.signal),
        "run.attempt": str(run.attempt),
        "run.attempts_max": str(run.attempts_max),
        "run.duration": words.duration(run.duration) if run.duration is not None else "",
        "run.usual_duration": words.duration(run.usual) if run.usual is not None else "",
        "run.output": run.output,
    }


def _url(annotations: Mapping[str, Any], *names: str) -> str:
    """The first of these that is a URL: others write them, and a link must not do anything else."""
    found = (str(annotations.get(name) or "") for name in names)
    return next((each for each in found if is_url(each)), "")


def _summary(annotations: Mapping[str, Any]) -> str:
    said = [str(annotations[name]) for name in _SAID if annotations.get(name)]
    return "\n".join(dict.fromkeys(said))
