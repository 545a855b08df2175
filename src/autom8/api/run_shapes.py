"""Runs and their output as they are asked for and answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import Field

from autom8.api.fields import SPLIT, Id, Instant, Text, Whole, one_or_several
from autom8.api.shapes import Items, ListQuery, Out, Query
from autom8.kernel.vocabulary import Delivery, RunKind, RunState, Stream, Trigger
from autom8.scheduler.views import AttemptView, OutputPage, RunView

PIECES_MAX: Final = 500


States = Annotated[tuple[RunState, ...], SPLIT, one_or_several(RunState)]


class RunsQuery(ListQuery):
    """How runs are listed."""

    order: Literal["id", "-id"] = "-id"
    task_id: Id | None = None
    task: Annotated[Text, Field(description="Runs of the task that had this name then.")] | None = None
    state: Annotated[States, Field(description="One or more states, with commas between.")] | None = None
    trigger: Trigger | None = None
    since: Annotated[Instant, Field(description="Slots, or requests by hand, from then on.")] | None = None
    until: Annotated[Instant, Field(description="Those before then.")] | None = None


class OutputQuery(Query):
    """How output is asked for."""

    after: Annotated[str, Field(max_length=200, description="`next` of the answer before.")] | None = None
    limit: Annotated[Whole, Field(ge=1, le=PIECES_MAX, description="How many pieces at most.")] = PIECES_MAX


class AttemptOut(Out):
    """One start of a run's command."""

    attempt: int
    worker: str | None
    state: RunState
    reason: str | None
    detail: str | None
    started_at: datetime
    ended_at: datetime | None
    exit_code: int | None
    signal: int | None
    cpu_s: float | None
    memory_bytes_max: int | None
    output_bytes: int


class RunOut(Out):
    """A run. With `slot_through` it stands for `slot_count` slots that share a fate."""

    id: int
    task_id: int
    task: str
    kind: RunKind
    trigger: Trigger
    state: RunState
    reason: str | None
    detail: str | None
    slot_at: datetime | None
    slot_through: datetime | None
    slot_count: int
    attempt: int
    attempts_max: int
    worker: str | None
    queued_at: datetime
    not_before: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    duration_s: float | None
    lateness_s: float | None
    exit_code: int | None
    signal: int | None
    cpu_s: float | None
    memory_bytes_max: int | None
    output_bytes: int
    output_kept_bytes: int
    cancel_requested_at: datetime | None
    parent_run_id: int | None
    parameters: dict[str, str]
    task_revision: int
    delivery: Delivery
    queue: str
    priority: int
    target: str
    requested_by: str | None
    attempts: list[AttemptOut] | None = None


class RunsOut(Items):
    """A page of runs."""

    items: list[RunOut]


class PieceOut(Out):
    """A piece of output. `dropped_before` bytes between it and the piece before were not kept."""

    attempt: int
    stream: Stream
    at: datetime
    text: str
    dropped_before: int


class OutputOut(Out):
    """Output from a cursor on. Ask again with `after=next` until it is `complete`."""

    media_types: ClassVar[tuple[str, ...]] = ("application/json", "text/plain")
    items: list[PieceOut]
    next: str
    complete: bool


_RUN: Final[Sequence[str]] = tuple(name for name in RunOut.model_fields if name != "attempts")
_RUN_VALUES: Final = attrgetter(*_RUN)
_ATTEMPT: Final[Sequence[str]] = tuple(AttemptOut.model_fields)
_ATTEMPT_VALUES: Final = attrgetter(*_ATTEMPT)


def run_json(run: RunView) -> dict[str, Any]:
    """A run as it is answered."""
    data = dict(zip(_RUN, _RUN_VALUES(run), strict=True))
    if run.attempts is not None:
        data["attempts"] = [_attempt_json(each) for each in run.attempts]
    return data


def output_json(page: OutputPage) -> dict[str, Any]:
    """Output as it is answered; its items are plain values that JSON takes as they are."""
    return {"items": page.items, "next": page.next, "complete": page.complete}


def _attempt_json(attempt: AttemptView) -> dict[str, Any]:
    return dict(zip(_ATTEMPT, _ATTEMPT_VALUES(attempt), strict=True))
