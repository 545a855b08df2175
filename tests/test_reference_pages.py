"""The pages of settings, defaults and words hold what the code says; a failure shows what to put there."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import MISSING, fields
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from autom8.alerts import expectations
from autom8.alerts.messages.templates import FIELDS
from autom8.alerts.rules.rule import Rule, default, names_of
from autom8.config import PREFIX, Settings
from autom8.kernel import defaults, vocabulary

REFERENCE = Path(__file__).parents[1] / "docs" / "reference"


def row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def comments(source: str) -> dict[str, str]:
    """What stands behind each name of a module or class on its line."""
    return dict(re.findall(r"^ *([A-Z_]+)(?:: Final)? = [^#\n]+?  # (.+)$", source, re.MULTILINE))


def told(value: Any) -> str:
    """A value as a reader understands it."""
    match value:
        case timedelta():
            seconds = value.total_seconds()
            for size, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
                if seconds >= 2 * size or seconds == size:
                    return f"{seconds / size:g} {unit if seconds != size else unit[:-1]}"
            return f"{seconds:g} seconds"
        case bool():
            return str(value).lower()
        case int() if value >= defaults.KIB and value % defaults.KIB == 0:
            for size, unit in ((defaults.GIB, "GiB"), (defaults.MIB, "MiB"), (defaults.KIB, "KiB")):
                if value % size == 0:
                    return f"{value // size} {unit}"
    return str(value)


def settings_rows() -> Iterator[str]:
    yield row("variable", "in `autom8.toml`", "accepts", "default", "meaning")
    yield row(*["---"] * 5)
    for each in fields(Settings):
        default = "" if each.default in {MISSING, None, "", ()} else f"`{told_plain(each.default)}`"
        name = "" if each.name == "home" else f"`{each.name}`"
        accepts = each.metadata["kind"].accepts
        yield row(f"`{PREFIX}{each.name.upper()}`", name, accepts, default, each.metadata["doc"])


def told_plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def defaults_rows() -> Iterator[str]:
    said = comments(inspect.getsource(defaults))
    yield row("name", "default", "notes")
    yield row(*["---"] * 3)
    for name, value in vars(defaults).items():
        if name.isupper() and name not in {"KIB", "MIB", "GIB"}:
            yield row(f"`{name}`", told(value), said.get(name, ""))


def vocabulary_rows() -> Iterator[str]:
    source = inspect.getsource(vocabulary)
    for node in ast.parse(source).body:
        kind = getattr(vocabulary, getattr(node, "name", ""), None)
        if not isinstance(node, ast.ClassDef) or not isinstance(kind, type) or not issubclass(kind, StrEnum):
            continue
        body = "\n".join(source.splitlines()[node.lineno : node.end_lineno])
        said = {name: re.sub(r"noqa: \w+ - ", "", text) for name, text in comments(body).items()}
        yield f"## {kind.__name__}"
        yield ""
        yield (inspect.getdoc(kind) or "").splitlines()[0]
        yield ""
        yield row("word", "means")
        yield row("---", "---")
        for member in kind:
            yield row(f"`{member.value}`", said.get(member.name, ""))
        yield ""


def message_rows() -> Iterator[str]:
    yield row("field", "what stands there")
    yield row("---", "---")
    for name, meaning in FIELDS.items():
        yield row(f"`{name}`", meaning)


def rule_rows() -> Iterator[str]:
    said = comments(inspect.getsource(expectations)) | comments(inspect.getsource(vocabulary))
    yield row("of a", "rule", "means", "holds", "when", "for", "severity")
    yield row(*["---"] * 7)
    for kind in vocabulary.AlertKind:
        for name in names_of(kind):
            rule = default(kind, name)
            holds, lasts = "yes" if rule.enabled else "no", rule.patience.violated_for
            told_for = told(lasts) if lasts else ""
            means = said.get(name.upper(), "")
            yield row(kind, f"`{name}`", means, holds, told_threshold(rule), told_for, rule.severity)


def told_threshold(rule: Rule) -> str:
    if rule.threshold is None:
        return ""
    time = rule.threshold.time
    parts = [str(rule.threshold.count)] if rule.threshold.count > 1 else []
    return " in ".join([*parts, *([told(time)] if time else [])])


@pytest.mark.parametrize(
    ("page", "rows"),
    [
        ("settings", settings_rows),
        ("defaults", defaults_rows),
        ("vocabulary", vocabulary_rows),
        ("messages", message_rows),
        ("rules", rule_rows),
    ],
    ids=["settings", "defaults", "vocabulary", "messages", "rules"],
)
def test_the_page_holds_what_the_code_says(page: str, rows: Any) -> None:
    table = "\n".join(rows()).strip()
    text = (REFERENCE / f"{page}.md").read_text(encoding="utf-8")

    assert table in text, f"docs/reference/{page}.md must hold:\n\n{table}\n"
