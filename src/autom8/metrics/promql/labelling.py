"""Functions that change labels, or make them up: label_replace, label_join, and what is absent. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from autom8.metrics.promql.errors import ExpressionInvalid, QueryFailed
from autom8.metrics.promql.grids import Labels, Row, merged, without
from autom8.metrics.promql.matchers import Operator, compiled
from autom8.metrics.promql.nodes import NAME, Call, Expr, Range, Selector
from autom8.metrics.promql.selectors import LABEL

LABEL_CHARS_MAX: Final = 100_000
_REFERENCE: Final = re.compile(r"\$(?:(\$)|\{(\w+)\}|(\w+))")


def replaced(node: Call, rows: Iterable[Row], words: Sequence[str]) -> list[Row]:
    """label_replace: where the whole source matches, the target becomes the replacement.

    Raises:
        QueryFailed: the target is no name of a label, or the expression none of RE2.
    """
    target, replacement, source, expression = words
    _check_label(node, target)
    try:
        pattern = compiled(expression)
    except ValueError as error:
        raise ExpressionInvalid(
            f"{expression[:50]!r} is no regular expression: {error}", at=node.at
        ) from error
    changed = []
    for row in rows:
        found = pattern.fullmatch(row.labels.get(source, ""))
        labels = (
            row.labels if found is None else _with(node, row.labels, target, _expanded(replacement, found))
        )
        changed.append(Row(labels, row.values))
    return merged(changed)


def joined(node: Call, rows: Iterable[Row], words: Sequence[str]) -> list[Row]:
    """label_join: the target becomes the sources' values with a separator between them.

    Raises:
        QueryFailed: one of these is no name of a label.
    """
    target, separator, *sources = words
    for name in (target, *sources):
        _check_label(node, name)
    return merged(
        [
            Row(
                _with(node, row.labels, target, separator.join(row.labels.get(each, "") for each in sources)),
                row.values,
            )
            for row in rows
        ]
    )


def absent_labels(node: Expr) -> Labels:
    """The labels of what is not there: those that a selector says exactly, and once."""
    selector = node.selector if isinstance(node, Range) else node
    if not isinstance(selector, Selector):
        return {}
    said: set[str] = set()
    labels: dict[str, str] = {}
    for matcher in selector.matchers:
        if matcher.name == NAME:
            continue
        if matcher.operator is Operator.EQUAL and matcher.name not in said:
            labels[matcher.name] = matcher.value
            said.add(matcher.name)
        else:
            labels.pop(matcher.name, None)
    return {name: value for name, value in labels.items() if value}


def _with(node: Call, labels: Labels, name: str, value: str) -> Labels:
    if len(value) > LABEL_CHARS_MAX:
        raise QueryFailed(f"a label becomes longer than {LABEL_CHARS_MAX} characters", at=node.at)
    return {**labels, name: value} if value else without(labels, (name,))


def _check_label(node: Call, name: str) -> None:
    if not LABEL.fullmatch(name):
        raise QueryFailed(f"{name[:50]!r} is no name of a label", at=node.at)


def _expanded(template: str, found: Any) -> str:
    """A replacement as Go's Expand: `$1`, `${name}`, `$$`; what names no group is empty."""
    groups = found.re.groupindex

    def one(reference: re.Match[str]) -> str:
        dollar, braced, bare = reference.groups()
        if dollar:
            return "$"
        name = braced or bare
        index = int(name) if name.isascii() and name.isdigit() and len(name) < 6 else groups.get(name, -1)
        if not 0 <= index <= found.re.groups:
            return ""
        return found.group(index) or ""

    return _REFERENCE.sub(one, template)
