"""Which series are meant: by a name, and by matchers of labels as PromQL writes them."""

from __future__ import annotations

from collections.abc import Sequence

from autom8.kernel.errors import Invalid
from autom8.metrics.ports import SeriesFound
from autom8.metrics.promql.errors import QueryError
from autom8.metrics.promql.lexing import Kind, tokens
from autom8.metrics.promql.matchers import Matcher
from autom8.metrics.promql.nodes import NAME
from autom8.metrics.promql.selectors import SelectorReader

TEXT_CHARS_MAX = 10_000


def read_matchers(text: str) -> tuple[Matcher, ...]:
    """Matchers of a text such as `host="a", mode!~"idle|user"`, with or without braces.

    Raises:
        Invalid: it is no list of matchers.
    """
    if len(text) > TEXT_CHARS_MAX:
        raise _refused(f"has at most {TEXT_CHARS_MAX} characters")
    text = text.strip()
    try:
        reader = SelectorReader(tokens(text if text.startswith("{") else f"{{{text}}}"))
        reader.need("{")
        found = reader.matchers()
        if reader.ahead().kind is not Kind.END:
            reader.refuse("there is more behind the closing brace")
    except QueryError as error:
        raise _refused(error.why) from error
    return tuple(found)


def is_meant(series: SeriesFound, matchers: Sequence[Matcher]) -> bool:
    """Whether a series is as all of these ask; its name is the label `__name__`."""
    labels = {**series.labels, NAME: series.name}
    return all(each.matches(labels) for each in matchers)


def _refused(why: str) -> Invalid:
    return Invalid(f"match: {why}", fields={"match": why})
