"""A channel's own templates: which there are, and the fields that they may name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from autom8.alerts.templates import Template
from autom8.kernel.errors import Invalid

NAMES: Final = ("subject", "text")
FIELDS: Final[Mapping[str, str]] = {
    "notice": "what is told, such as FIRING or RESOLVED, in the reader's language",
    "incident.id": "the incident's number",
    "incident.title": "what it is about, such as “backup: failed”",
    "incident.severity": "critical, warning or info",
    "incident.opened_at": "when it was opened, in the reader's zone",
    "incident.resolved_at": "when it was resolved, empty while it is open",
    "incident.labels": "its labels, a line each",
    "incident.summary": "what was said of it, for what other programs push",
    "incident.url": "its page, where AUTOM8_PUBLIC_URL is set",
    "runbook": "the runbook of its rule",
    "ack.url": "a link that acknowledges it, once",
    "task.name": "the task",
    "run.id": "the run that raised it",
    "run.reason": "why it ended so",
    "run.exit_code": "the exit code",
    "run.duration": "how long it took",
    "run.usual_duration": "how long its good runs take",
    "run.output": "the last lines of its output, with secrets masked",
}


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


def read_templates(told: Mapping[str, Any]) -> dict[str, Template]:
    """The templates of a channel's row; one that somebody broke by hand is left out."""
    read: dict[str, Template] = {}
    for name in NAMES:
        text = told.get(name)
        if isinstance(text, str) and text:
            try:
                read[name] = Template.read(text, FIELDS)
            except Invalid:
                continue
    return read
