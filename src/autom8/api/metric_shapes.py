"""The bodies, queries and answers of `/metrics`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import AllowInfNan, Field

from autom8.api.fields import Instant, Text, Whole
from autom8.api.shapes import Body, Items, ListQuery, Out, Query
from autom8.metrics.steps import Aggregate

AT_MAX: Final = 2**53
Name = Annotated[
    str, Field(max_length=200, pattern=r"^[a-zA-Z_:][a-zA-Z0-9_:]*$", examples=["host_cpu_percent"])
]
# A label's name begins with no two underscores: those are Prometheus' own. (The engine has no lookahead.)
LabelName = Annotated[
    str, Field(max_length=200, pattern=r"^([a-zA-Z][a-zA-Z0-9_]*|_([a-zA-Z0-9][a-zA-Z0-9_]*)?)$")
]
LabelValue = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]


class SampleIn(Body):
    """One value of a series; without `at` it is of now."""

    name: Name
    labels: Annotated[dict[LabelName, LabelValue], Field(max_length=30)] = Field(default_factory=dict)
    at: Annotated[int, Field(ge=0, le=AT_MAX, description="Milliseconds since 1970, UTC.")] | None = None
    value: Annotated[float, AllowInfNan(True)]  # what is no number is counted, not refused


class SamplesIn(Body):
    """Samples, in any order."""

    samples: Annotated[list[SampleIn], Field(min_length=1, max_length=10_000)]


class NotKeptOut(Out):
    """How many samples were not kept, by reason."""

    too_old: int
    too_early: int
    not_finite: int
    too_many_series: int


class PushedOut(Out):
    """What became of samples."""

    kept: int
    not_kept: NotKeptOut


Match = Annotated[
    Text,
    Field(max_length=10_000, description="Matchers of labels.", examples=['host="a", mode!~"idle|user"']),
]


class SeriesQuery(ListQuery):
    """Which series are listed."""

    name: Name | None = None
    match: Match = ""


class OneSeriesOut(Out):
    """A series."""

    id: int
    name: str
    labels: dict[str, str]


class SeriesOut(Items):
    """A page of series."""

    items: list[OneSeriesOut]


class ChartQuery(Query):
    """What is drawn; without times the last hour, without a step some 250 of them."""

    name: Name
    match: Match = ""
    from_: Annotated[Instant | None, Field(alias="from")] = None
    until: Instant | None = None
    step: Annotated[Whole, Field(ge=1, le=31_536_000, description="Seconds.")] | None = None
    aggregate: Aggregate = Aggregate.AVG
    top: (
        Annotated[Whole, Field(ge=1, le=1_000, description="That many with the largest mean, largest first.")]
        | None
    ) = None


class LineOut(Out):
    """A series with its points, ascending: milliseconds at which steps begin, and values."""

    labels: dict[str, str]
    points: list[tuple[int, float]]


class ChartOut(Out):
    """A chart. `left_out` is how many series `top` left out."""

    name: str
    aggregate: Aggregate
    tier: Literal["raw", "1m", "5m", "1h"]
    step_s: int
    from_: Annotated[datetime, Field(alias="from")]
    until: datetime
    series: list[LineOut]
    left_out: int


class TierOut(Out):
    """What a tier holds: samples, or steps with samples in them. `oldest` is null where there are none."""

    tier: Literal["raw", "1m", "5m", "1h"]
    count: int
    size_bytes: int
    oldest: datetime | None
    kept_s: int


class UsageOut(Out):
    """How much is stored. With `estimated`, numbers of tiers and days are made from those of some series."""

    series: int
    series_max: int
    size_bytes: int
    estimated: bool
    samples_per_day: int
    bytes_per_day: int
    tiers: list[TierOut]
