"""A message's subject, text, HTML and event data, from what its notices tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from autom8.alerts.messages.eventdata import digest_event_of, event_of
from autom8.alerts.messages.lines import LineFacts, Reader, fields_of
from autom8.alerts.messages.sheets import (
    Sheet,
    as_html,
    as_text,
    item_of,
    line_of,
    plain_as_html,
    sheet_of,
)
from autom8.alerts.messages.templates import NO_TEMPLATES, ChannelTemplates
from autom8.alerts.templates import Place

LINES_MAX: Final = 100  # of a digest; the rest is counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A message in all its forms. `subject` is one line; `thread` is the same for all of one incident."""

    subject: str
    text: str
    html: str
    event: Mapping[str, Any]
    event_type: str
    thread: str | None
    url: str | None


def rendered(
    lines: Sequence[LineFacts], reader: Reader, templates: ChannelTemplates = NO_TEMPLATES
) -> Rendered:
    """The message that tells these lines: one of its own, or a digest of many, which no template forms.

    The lines are in the order in which they are told; the first LINES_MAX stand in a digest.
    """
    return _alone(lines[0], reader, templates) if len(lines) == 1 else _digest(lines, reader)


def _alone(line: LineFacts, reader: Reader, templates: ChannelTemplates) -> Rendered:
    words, values = reader.words, fields_of(line, reader)
    broken = ", ".join(templates.broken)
    notes = [words.broken_template.format(names=broken)] if broken else []
    sheet = sheet_of(line, values, reader, notes)
    subject = templates.subject.render(values, Place.LINE).strip() if templates.subject else ""
    subject = subject or sheet.heading
    own = _tidy(templates.text.render(values, Place.TEXT)) if templates.text else ""
    if own:
        text = "\n\n".join([own, *notes]) + "\n"
        urls = [value for name, value in values.items() if name.endswith(".url") or name == "runbook"]
        page = plain_as_html(subject, text, urls, words.language)
    else:
        text, page = as_text(sheet), as_html(sheet, words.language)
    return Rendered(
        subject=subject,
        text=text,
        html=page,
        event=event_of(line, reader),
        event_type=f"incident.{line.notice}",
        thread=f"incident-{line.incident.id}",
        url=values["incident.url"] or None,
    )


def _tidy(text: str) -> str:
    """A rendered text with the line ends of a message, without a NUL and blank ends."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip()


def _digest(lines: Sequence[LineFacts], reader: Reader) -> Rendered:
    words = reader.words
    ended = sum(each.notice.ends for each in lines)
    shown, more = lines[:LINES_MAX], len(lines) - LINES_MAX
    url = reader.url("/incidents")
    sheet = Sheet(
        heading=line_of(words.digest(len(lines) - ended, ended)),
        items=[item_of(each, reader) for each in shown],
        notes=[words.count(words.more, more)] if more > 0 else [],
        links=[(words.open_all, url)] if url else [],
    )
    return Rendered(
        subject=sheet.heading,
        text=as_text(sheet),
        html=as_html(sheet, words.language),
        event=digest_event_of(shown, reader, count=len(lines), ended=ended),
        event_type="digest",
        thread=None,
        url=url or None,
    )
