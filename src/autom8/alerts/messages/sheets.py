"""The usual form of a message: what stands in it, in its order, as text and as HTML.

The text that others wrote is quoted, so that no line of it passes for one of ours. The HTML needs no style
sheet, takes the reader's colours, and holds no text that is not escaped.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from autom8.alerts.digests import Spell
from autom8.alerts.messages.lines import RAW_CHARS_MAX, LineFacts, Reader
from autom8.alerts.templates import LINE_CHARS_MAX, Place, Template, one_line, shortened

QUOTE: Final = "| "
_VALUE: Final = Template(("", "value", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A message before it has a form. `rows` are names and values, `quotes` titles and what others said."""

    heading: str
    rows: Sequence[tuple[str, str]] = ()
    items: Sequence[str] = ()
    quotes: Sequence[tuple[str, str]] = ()
    notes: Sequence[str] = ()
    links: Sequence[tuple[str, str]] = ()


def sheet_of(line: LineFacts, values: Mapping[str, str], reader: Reader, notes: Sequence[str]) -> Sheet:
    """What a message of one line tells. Rows, quotes and links without a value are left out."""
    words = reader.words
    quotes = [
        (words.summary, clean(values["incident.summary"])),
        (words.last_lines, clean(values["run.output"])),
    ]
    links = [
        (words.acknowledge, values["ack.url"]),
        (words.open_it, values["incident.url"]),
        (words.open_run, values.get("run.url", "")),
        (words.runbook, values["runbook"]),
        (words.source, values["source.url"]),
    ]
    return Sheet(
        heading=heading_of(line, reader),
        rows=[(name, line_of(value)) for name, value in _rows(line, values, reader) if value],
        quotes=[(name, said) for name, said in quotes if said],
        notes=notes,
        links=[(name, url) for name, url in links if url],
    )


def heading_of(line: LineFacts, reader: Reader) -> str:
    """What it is about, in one line."""
    return line_of(f"{reader.words.of_notice(line.notice)}: {line.incident.title}")


def item_of(line: LineFacts, reader: Reader) -> str:
    """A line of a digest. What it says of times stays whole, however long the title is."""
    spells = "; ".join(filter(None, (_spell(each, reader) for each in line.spells)))
    heading = heading_of(line, reader)
    return shortened(heading, LINE_CHARS_MAX // 2) + f"; {line_of(spells)}" if spells else heading


def as_text(sheet: Sheet) -> str:
    """A sheet as plain text. What may be long comes last: many services take little, and cut the rest."""
    parts = [sheet.heading]
    if sheet.rows:
        parts.append("\n".join(f"{name}: {value}" if name else value for name, value in sheet.rows))
    if sheet.links:
        parts.append("\n".join(f"{title}: {url}" for title, url in sheet.links))
    if sheet.items:
        parts.append("\n".join(f"- {each}" for each in sheet.items))
    parts += sheet.notes
    for title, said in sheet.quotes:
        parts.append(f"{title}:\n" + "\n".join(QUOTE + each for each in said.split("\n")))
    return "\n\n".join(parts) + "\n"


def as_html(sheet: Sheet, language: str) -> str:
    """A sheet as a whole HTML page."""
    body = f'<h2 style="font-size:18px;margin:0 0 12px" dir="auto">{_escaped(sheet.heading)}</h2>'
    if sheet.rows:
        rows = "".join(
            '<tr><td style="padding:2px 16px 2px 0;opacity:.75;vertical-align:top">'
            f'{_escaped(name)}</td><td style="padding:2px 0" dir="auto">{_escaped(value)}</td></tr>'
            for name, value in sheet.rows
        )
        body += f'<table role="presentation" style="border-collapse:collapse">{rows}</table>'
    if sheet.links:
        body += f"<p>{' &nbsp; '.join(_link(title, url) for title, url in sheet.links)}</p>"
    if sheet.items:
        items = "".join(f'<li dir="auto">{_escaped(each)}</li>' for each in sheet.items)
        body += f'<ul style="padding-left:20px">{items}</ul>'
    body += "".join(f"<p>{_escaped(each)}</p>" for each in sheet.notes)
    for title, said in sheet.quotes:
        body += f'<p style="margin:16px 0 4px;opacity:.75">{_escaped(title)}</p>{_quoted(said)}'
    return page_of(sheet.heading, body, language)


def plain_as_html(subject: str, text: str, urls: Sequence[str], language: str) -> str:
    """A plain text as an HTML page; these URLs in it lead somewhere."""
    known = sorted(filter(None, set(urls)), key=len, reverse=True)
    pieces = re.split(f"({'|'.join(map(re.escape, known))})", text) if known else [text]
    made = "".join(
        _link(piece, piece) if index % 2 else _escaped(piece) for index, piece in enumerate(pieces)
    )
    return page_of(subject, f'<div style="white-space:pre-wrap" dir="auto">{made}</div>', language)


def page_of(title: str, body: str, language: str) -> str:
    """A page that looks well in light and dark, and that clients without styles show as text."""
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        '<meta name="supported-color-schemes" content="light dark">'
        f"<title>{_escaped(title)}</title></head>"
        '<body style="font-family:system-ui,-apple-system,sans-serif;font-size:15px;line-height:1.45">'
        f"{body}</body></html>"
    )


def clean(text: str) -> str:
    """A text of several lines without what is not seen, not longer than a field may be."""
    return _VALUE.render({"value": text[:RAW_CHARS_MAX]}, Place.TEXT).strip()


def line_of(text: str) -> str:
    """A text as one line, not longer than a line may be."""
    return shortened(one_line(text[: 10 * LINE_CHARS_MAX]), LINE_CHARS_MAX)


def _rows(line: LineFacts, values: Mapping[str, str], reader: Reader) -> list[tuple[str, str]]:
    words, run = reader.words, line.run
    took = values.get("run.duration", "")
    if took and values.get("run.usual_duration"):
        took += f" ({words.usual.format(usual=values['run.usual_duration'])})"
    rows = [
        (words.severity, values["incident.severity"]),
        (words.opened, values["incident.opened_at"]),
        (words.ended, values["incident.resolved_at"]),
        (words.reason, values.get("run.reason", "")),
        (words.took, took),
    ]
    if run is not None and run.attempts_max > 1:
        rows.append((words.attempt, words.attempt_of.format(attempt=run.attempt, of=run.attempts_max)))
    if len(line.spells) > 1 or (line.notice.ends and line.spells):
        rows += [("", _spell(each, reader)) for each in line.spells]
    return rows


def _spell(spell: Spell, reader: Reader) -> str:
    words = reader.words
    began = words.instant(spell.began, reader.zone) if spell.began else ""
    ended = words.instant(spell.ended, reader.zone) if spell.ended else ""
    if began and ended:
        return words.from_until.format(began=began, ended=ended)
    if began:
        return words.since.format(began=began)
    return words.until.format(ended=ended) if ended else ""


def _quoted(said: str) -> str:
    style = "margin:0;padding:8px 12px;border-left:3px solid #888888;white-space:pre-wrap;font-size:13px"
    return f'<pre style="{style}">{_escaped(said)}</pre>'


def _link(title: str, url: str) -> str:
    return f'<a href="{_escaped(url)}">{_escaped(title)}</a>'


def _escaped(text: str) -> str:
    return html.escape(text)
