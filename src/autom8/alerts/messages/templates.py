"""A channel's own templates: which there are, and the fields that they may name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from autom8.alerts.templates import Template
from autom8.kernel.errors import Invalid

NAMES: Final = ("subject", "text")
FIELDS: Final[Mapping[str, str]] = {
    "notice": "what is told, such as “Problem” or “Solved”, in the reader's language",
    "incident.id": "the incident's number",
    "incident.title": "what it is about, such as “backup: failed”",
    "incident.severity": "critical, warning or info, in the reader's language",
    "incident.opened_at": "when it was opened, in the reader's zone",
    "incident.resolved_at": "when it was solved, in the reader's zone; empty while it is open",
    "incident.labels": "its labels, a line each, such as `task=backup`",
    "incident.summary": "what was said of it: the summary, description and message of what was pushed",
    "incident.url": "its page; empty without `AUTOM8_PUBLIC_URL`",
    "runbook": "the URL of its runbook",
    "source.url": "where another program shows what it pushed",
    "ack.url": "a link that acknowledges it, once; empty once it is solved, and without `AUTOM8_PUBLIC_URL`",
    "task.name": "the task",
    "run.id": "the number of the run that raised it",
    "run.url": "that run's page; empty without `AUTOM8_PUBLIC_URL`",
    "run.reason": "why it ended so, in the reader's language, such as “exit code 3”",
    "run.exit_code": "the exit code",
    "run.signal": "the number of the signal that ended it",
    "run.attempt": "the attempt that was the last",
    "run.attempts_max": "how many attempts the task allows",
    "run.duration": "how long it took",
    "run.usual_duration": "how long good runs of the task take: the median of the last twenty",
    "run.output": "the last lines of its output, or of a check's last ping, with secrets masked",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelTemplates:
    """A channel's own templates; None is Autom8's own form. `broken` names those that can't be read."""

    subject: Template | None = None
    text: Template | None = None
    broken: tuple[str, ...] = ()


NO_TEMPLATES: Final = ChannelTemplates()


def check_templates(value: object) -> dict[str, str]:
    """Templates by NAMES, each a text or empty for Autom8's own.

    Raises:
        TypeError: it is no object of texts.
        Invalid: one can't be read; `fields` names it.
    """
    if not isinstance(value, Mapping) or not all(isinstance(each, str) for each in value.values()):
        raise TypeError("must be an object of texts")
    wrong: dict[str, str] = {name: "is unknown" for name in value if name not in NAMES}
    for name in NAMES:
        try:
            Template.read(value.get(name, ""), FIELDS)
        except Invalid as error:
            wrong[name] = (error.fields or {}).get("template", str(error))
    if wrong:
        raise Invalid("The templates can't be read.", fields=wrong)
    return {name: text for name, text in value.items() if text}


def read_templates(told: object) -> ChannelTemplates:
    """The templates of a channel's row. Of one that somebody broke by hand it is only said that it is."""
    if not isinstance(told, Mapping):
        return ChannelTemplates(broken=NAMES)
    read: dict[str, Template | None] = {}
    broken: list[str] = []
    for name in NAMES:
        text = told.get(name) or ""
        try:
            read[name] = Template.read(text, FIELDS) if text else None
        except (Invalid, TypeError):
            broken.append(name)
    return ChannelTemplates(subject=read.get("subject"), text=read.get("text"), broken=tuple(broken))
