"""The bodies, queries and answers of `/metrics`."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import AllowInfNan, Field

from autom8.api.shapes import Body, Out

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
