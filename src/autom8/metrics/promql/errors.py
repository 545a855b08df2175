"""Why an expression was not read, or not answered. Each says what is wrong, and where if it is a place."""

from __future__ import annotations

from autom8.kernel.errors import Invalid


class QueryError(Invalid):
    """Base of all refusals of a query. `at` is the offset of the character it is about, from 0."""

    code = "query_invalid"

    def __init__(self, why: str, *, at: int | None = None) -> None:
        place = "" if at is None else f" (at character {at + 1})"
        super().__init__(f"query: {why}{place}", fields={"query": f"{why}{place}"})
        self.why = why
        self.at = at


class ExpressionInvalid(QueryError):
    """The text is no expression, or one of a part of PromQL that is not answered here."""


class QueryFailed(QueryError):
    """The expression can be meant, but not of these samples: two results would be the same series."""

    code = "query_failed"


class LimitExceeded(QueryError):
    """The query asks for more than it may: series, samples, points or time."""

    code = "query_too_large"
