"""A message's data for programs, such as a webhook's receiver: names that stay, values of bounded size.

It holds neither contacts nor links to act by. Its form is documented in docs/reference/messages.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from autom8.alerts.messages.facts import RunFacts
from autom8.alerts.messages.lines import RAW_CHARS_MAX, LineFacts, Reader
from autom8.alerts.messages.masking import masked
from autom8.alerts.messages.sheets import clean, line_of

LABELS_MAX: Final = 64
ANNOTATIONS_MAX: Final = 32


def event_of(line: LineFacts, reader: Reader, *, whole: bool = True) -> dict[str, Any]:
    """The data of one incident. Without `whole`, as in a digest, no annotations and no output."""
    it, run = line.incident, line.run
    return {
        "notice": str(line.notice),
        "incident": {
            "id": it.id,
            "title": line_of(it.title),
            "kind": str(it.kind),
            "object_id": it.object_id,
            "rule": line_of(it.rule),
            "severity": str(it.severity),
            "state": str(it.state),
            "labels": _bounded(it.labels, LABELS_MAX, line_of),
            "annotations": _bounded(it.annotations, ANNOTATIONS_MAX, _said) if whole else {},
            "opened_at": it.opened_at.isoformat(),
            "resolved_at": it.resolved_at.isoformat() if it.resolved_at else None,
            "url": reader.url(f"/incidents/{it.id}") or None,
        },
        "spells": [
            {
                "began": each.began.isoformat() if each.began else None,
                "ended": each.ended.isoformat() if each.ended else None,
            }
            for each in line.spells
        ],
        "run": None if run is None else _run(run, reader, whole=whole),
    }


def digest_event_of(lines: Sequence[LineFacts], reader: Reader, *, count: int, ended: int) -> dict[str, Any]:
    """The data of a digest: `count` lines in all, `ended` of them solved; `lines` are its first ones."""
    told = [event_of(each, reader, whole=False) for each in lines]
    return {"count": count, "problems": count - ended, "solved": ended, "lines": told}


def _run(run: RunFacts, reader: Reader, *, whole: bool) -> dict[str, Any]:
    return {
        "id": run.id,
        "task_id": run.task_id,
        "reason": line_of(run.reason),
        "detail": line_of(run.detail),
        "exit_code": run.exit_code,
        "signal": run.signal,
        "attempt": run.attempt,
        "attempts_max": run.attempts_max,
        "duration_s": None if run.duration is None else run.duration.total_seconds(),
        "usual_duration_s": None if run.usual is None else run.usual.total_seconds(),
        "output": clean(run.output) if whole else "",
        "url": reader.url(f"/runs/{run.id}") or None,
    }


def _bounded(told: Mapping[str, Any], number_max: int, form: Any) -> dict[str, str]:
    return {line_of(str(name)): form(str(value)) for name, value in sorted(told.items())[:number_max]}


def _said(text: str) -> str:
    return clean(masked(text[:RAW_CHARS_MAX]))
