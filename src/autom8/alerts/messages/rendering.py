"""A message's subject, text, HTML and event data, from what its notices tell."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from autom8.alerts.digests import Spell
from autom8.alerts.flapping import Notice
from autom8.alerts.messages.facts import RunFacts
from autom8.alerts.messages.wording import Words, duration, instant
from autom8.alerts.templates import (
    FIELD_CHARS_MAX,
    LINE_CHARS_MAX,
    Place,
    Template,
    one_line,
    shortened,
)
from autom8.repositories.query import AnyRow

LINES_MAX: Final = 100  # of a digest; the rest is counted
_ENDS: Final = frozenset({Notice.RESOLVED, Notice.CALM_RESOLVED})


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFacts:
    """What a message tells of one incident: how it stands by its last notice, and when it was wrong."""

    incident: AnyRow
    notice: Notice
    spells: Sequence[Spell]
    run: RunFacts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who reads, and where links lead."""

    words: Words
    zone: ZoneInfo
    base_url: str = ""
    ack_url: Callable[[int], str] = lambda _: ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A message in all its forms."""

    subject: str
    text: str
    html: str
    event: Mapping[str, Any]
    event_type: str
    thread: str | None
    url: str | None


def rendered(
    lines: Sequence[LineFacts], reader: Reader, templates: Mapping[str, Template] | None = None
) -> Rendered:
    """The message that tells these lines: one of its own, or a digest of many."""
    data = [event_of(each, reader) for each in lines[:LINES_MAX]]
    if len(lines) > 1:
        return Rendered(
            subject=shortened(_digest_subject(lines, reader.words), LINE_CHARS_MAX),
            text=_digest_text(lines, reader),
            html=_page(_digest_html(lines, reader)),
            event={"lines": data, "count": len(lines)},
            event_type="digest",
            thread=None,
            url=f"{reader.base_url}/incidents" if reader.base_url else None,
        )
    (line,) = lines
    values = fields_of(line, reader)
    own = templates or {}
    subject = own["subject"].render(values, Place.LINE) if "subject" in own else _subject(line, reader.words)
    text = own["text"].render(values, Place.TEXT) if "text" in own else _text(line, values, reader)
    body = own["text"].render(values, Place.HTML) if "text" in own else ""
    return Rendered(
        subject=subject,
        text=text,
        html=_page(f"<pre>{body}</pre>" if body else _html(line, values, reader)),
        event=data[0],
        event_type=f"incident.{line.notice}",
        thread=f"incident-{line.incident.id}",
        url=values["incident.url"] or None,
    )


def fields_of(line: LineFacts, reader: Reader) -> dict[str, str]:
    """The values of the fields that templates may name."""
    it, run, words = line.incident, line.run, reader.words
    annotations: Mapping[str, Any] = it.annotations
    values = {
        "notice": words.of_notice(line.notice),
        "incident.id": str(it.id),
        "incident.title": it.title,
        "incident.severity": words.of_notice(it.severity),
        "incident.opened_at": instant(it.opened_at, reader.zone),
        "incident.resolved_at": instant(it.resolved_at, reader.zone) if it.resolved_at else "",
        "incident.labels": "\n".join(f"{name}={value}" for name, value in sorted(it.labels.items())),
        "incident.summary": _summary(annotations),
        "incident.url": f"{reader.base_url}/incidents/{it.id}" if reader.base_url else "",
        "runbook": str(annotations.get("runbook") or annotations.get("runbook_url") or ""),
        "ack.url": "" if line.notice in _ENDS else reader.ack_url(it.id),
        "task.name": str(it.labels.get("task", "")),
        "run.output": str(annotations.get("output", "")),
    }
    if run is not None:
        values |= {
            "run.id": str(run.id),
            "run.reason": run.reason,
            "run.exit_code": "" if run.exit_code is None else str(run.exit_code),
            "run.duration": duration(run.duration) if run.duration else "",
            "run.usual_duration": duration(run.usual) if run.usual else "",
            "run.output": run.output,
        }
    return values


def event_of(line: LineFacts, reader: Reader) -> dict[str, Any]:
    """The data of one incident for programs; its names are permanent."""
    it, run = line.incident, line.run
    annotations: Mapping[str, Any] = it.annotations
    return {
        "notice": line.notice,
        "incident": {
            "id": it.id,
            "title": it.title,
            "kind": it.kind,
            "object_id": it.object_id,
            "rule": it.rule,
            "severity": it.severity,
            "state": it.state,
            "labels": dict(it.labels),
            "annotations": {
                name: shortened(str(said), FIELD_CHARS_MAX) for name, said in annotations.items()
            },
            "opened_at": it.opened_at.isoformat(),
            "resolved_at": it.resolved_at.isoformat() if it.resolved_at else None,
            "url": f"{reader.base_url}/incidents/{it.id}" if reader.base_url else None,
        },
        "run": None
        if run is None
        else {
            "id": run.id,
            "reason": run.reason,
            "exit_code": run.exit_code,
            "duration_s": run.duration.total_seconds() if run.duration else None,
            "usual_duration_s": run.usual.total_seconds() if run.usual else None,
            "output": run.output,
        },
    }


def _summary(annotations: Mapping[str, Any]) -> str:
    said = [str(annotations[name]) for name in ("summary", "description", "message") if annotations.get(name)]
    return "\n".join(dict.fromkeys(said))


def _subject(line: LineFacts, words: Words) -> str:
    text = f"{words.of_notice(line.notice)}: {line.incident.title}"
    return shortened(one_line(text), LINE_CHARS_MAX)


def _digest_subject(lines: Sequence[LineFacts], words: Words) -> str:
    fine = sum(each.notice in _ENDS for each in lines)
    return words.digest.format(wrong=len(lines) - fine, fine=fine)


def _rows(line: LineFacts, values: Mapping[str, str], reader: Reader) -> list[tuple[str, str]]:
    """What a message says below its title, as names and values; empty ones are left out."""
    words = reader.words
    took = values.get("run.duration", "")
    if took and values.get("run.usual_duration"):
        took += f" ({words.usual.format(usual=values['run.usual_duration'])})"
    rows = [
        (words.severity, values["incident.severity"]),
        (words.opened, values["incident.opened_at"]),
        (words.ended, values["incident.resolved_at"]),
        (words.reason, values.get("run.reason", "")),
        (words.took, took),
        (words.runbook, values["runbook"]),
    ]
    if len(line.spells) > 1 or line.notice in _ENDS:
        rows += [("", _spell(each, reader)) for each in line.spells]
    safe = Template(("", "x", ""))
    return [(name, one_line(safe.render({"x": value}, Place.TEXT))) for name, value in rows if value]


def _spell(spell: Spell, reader: Reader) -> str:
    words = reader.words
    began = instant(spell.began, reader.zone) if spell.began else ""
    ended = instant(spell.ended, reader.zone) if spell.ended else ""
    if began and ended:
        return words.from_until.format(began=began, ended=ended)
    return words.since.format(began=began) if began else ""


def _text(line: LineFacts, values: Mapping[str, str], reader: Reader) -> str:
    words = reader.words
    parts = [_subject(line, words), ""]
    parts += [f"{name}: {value}" if name else value for name, value in _rows(line, values, reader)]
    for title, name in (("", "incident.summary"), (words.last_lines, "run.output")):
        text = _safe(values.get(name, ""), Place.TEXT)
        if text:
            parts += ["", *([f"{title}:"] if title else []), text]
    for title, name in ((words.open_it, "incident.url"), (words.acknowledge, "ack.url")):
        if values[name]:
            parts += ["", f"{title}: {values[name]}"]
    return "\n".join(parts) + "\n"


def _html(line: LineFacts, values: Mapping[str, str], reader: Reader) -> str:
    words = reader.words
    rows = "".join(
        f'<tr><td style="padding:2px 12px 2px 0;opacity:.7">{html.escape(name)}</td>'
        f"<td>{html.escape(value)}</td></tr>"
        for name, value in _rows(line, values, reader)
    )
    body = f'<h2 style="margin:0 0 12px">{html.escape(_subject(line, words))}</h2><table>{rows}</table>'
    if summary := _safe(values["incident.summary"], Place.HTML):
        body += f'<p style="white-space:pre-wrap">{summary}</p>'
    if output := _safe(values.get("run.output", ""), Place.HTML):
        body += (
            f'<p style="opacity:.7;margin-bottom:4px">{html.escape(words.last_lines)}</p>'
            f'<pre style="padding:8px;border:1px solid #8886;white-space:pre-wrap">{output}</pre>'
        )
    links = [(words.open_it, values["incident.url"]), (words.acknowledge, values["ack.url"])]
    shown = " · ".join(
        f'<a href="{html.escape(url)}">{html.escape(title)}</a>' for title, url in links if url
    )
    return body + (f"<p>{shown}</p>" if shown else "")


def _digest_text(lines: Sequence[LineFacts], reader: Reader) -> str:
    parts = [_digest_subject(lines, reader.words), ""]
    parts += [_digest_line(each, reader) for each in lines[:LINES_MAX]]
    if len(lines) > LINES_MAX:
        parts.append(reader.words.more.format(count=len(lines) - LINES_MAX))
    if reader.base_url:
        parts += ["", f"{reader.words.open_it}: {reader.base_url}/incidents"]
    return "\n".join(parts) + "\n"


def _digest_line(line: LineFacts, reader: Reader) -> str:
    text = f"{reader.words.of_notice(line.notice)}: {line.incident.title}"
    spells = [_spell(each, reader) for each in line.spells]
    said = "; ".join(each for each in spells if each)
    return one_line(f"{text} - {said}" if said else text)


def _digest_html(lines: Sequence[LineFacts], reader: Reader) -> str:
    title = html.escape(_digest_subject(lines, reader.words))
    items = "".join(f"<li>{html.escape(_digest_line(each, reader))}</li>" for each in lines[:LINES_MAX])
    more = len(lines) - LINES_MAX
    rest = f"<p>{html.escape(reader.words.more.format(count=more))}</p>" if more > 0 else ""
    return f'<h2 style="margin:0 0 12px">{title}</h2><ul>{items}</ul>{rest}'


def _page(body: str) -> str:
    return (
        '<!doctype html><html><head><meta name="color-scheme" content="light dark"></head>'
        f'<body style="font-family:system-ui,sans-serif;line-height:1.4">{body}</body></html>'
    )


def _safe(value: str, place: Place) -> str:
    return Template(("", "x", "")).render({"x": value}, place).strip()
