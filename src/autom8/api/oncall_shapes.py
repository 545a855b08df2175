"""On-call schedules and escalation policies as callers write them, and as they are answered.

The models check types and name unknown fields; what a value can be is checked by the rules of on-call.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field

from autom8.alerts.escalation import STEPS_MAX
from autom8.alerts.on_call import PARTICIPANTS_MAX
from autom8.alerts.policies.service import REPEATED_AFTER_S, REPEATS_MAX, TARGETS_MAX
from autom8.alerts.schedules.calendar import MEDIA_TYPE
from autom8.alerts.schedules.shapes import ROTATIONS_MAX
from autom8.api.fields import CENTURY_S, Id, Instant, Line, Text, Truth
from autom8.api.shapes import Body, Items, ListQuery, Out, Query
from autom8.kernel.vocabulary import Weekday

Short = Annotated[Text, Field(max_length=100)]
Prose = Annotated[Text, Field(max_length=10_000)]
Span = Annotated[int, Field(ge=0, le=CENTURY_S)]


class HoursIn(Body):
    """Hours of the week, in the rotation's zone unless another is given; a start after the end goes past
    midnight.
    """

    model_config = ConfigDict(populate_by_name=True)

    days: Annotated[list[Weekday], Field(min_length=1, max_length=7, description="All, when left out.")] = [  # noqa: RUF012
        *Weekday
    ]
    from_: Annotated[Short, Field(alias="from", examples=["09:00"])]
    until: Annotated[Short, Field(examples=["17:00"])]
    zone: Annotated[Short, Field(examples=["Europe/Berlin"])] | None = None


class RotationIn(Body):
    """Contacts that take turns from `start` on: days from hand-over to hand-over, or hours of real time."""

    name: Annotated[Line, Field(examples=["Weekly"])] = ""
    participants: Annotated[
        list[Id], Field(min_length=1, max_length=PARTICIPANTS_MAX, description="Contacts, in their order.")
    ]
    turn_s: Annotated[
        Span, Field(examples=[604_800], description="Whole hours up to a day, or whole days up to 366.")
    ]
    start: Annotated[
        Short, Field(examples=["2027-01-04T09:00:00"], description="By the clocks of the zone, no offset.")
    ]
    zone: Annotated[Short, Field(examples=["Europe/Berlin"])]
    only: HoursIn | None = None


Rotations = Annotated[list[RotationIn], Field(max_length=ROTATIONS_MAX)]


class ScheduleIn(Body):
    """An on-call schedule to be added."""

    name: Annotated[Line, Field(examples=["Operations"])]
    description: Prose = ""
    zone: Annotated[Short, Field(examples=["Europe/Berlin"], description="In which its calendar is shown.")]
    rotations: Rotations = []  # noqa: RUF012 - pydantic copies it


class ScheduleChangesIn(Body):
    """What shall be changed of a schedule; what is left out, or null, stays. Rotations replace all."""

    name: Line | None = None
    description: Prose | None = None
    zone: Short | None = None
    rotations: Rotations | None = None


class OverrideIn(Body):
    """From `start` (or now) until `end`, `removed` is not on call and `added` is; one may be null.

    With both, `added` stands in for `removed`, where a rotation has `removed` on call.
    """

    start: Instant | None = None
    end: Instant
    added: Id | None = None
    removed: Id | None = None
    comment: Line = ""


class ShiftsQuery(Query):
    """Of which time the shifts are asked for."""

    since: Annotated[Instant, Field(description="From this instant on; now by default.")] | None = None
    until: Annotated[Instant, Field(description="Until then; 28 days after `since` by default.")] | None = (
        None
    )


class OrderedQuery(ListQuery):
    """How schedules and policies are listed."""

    order: Literal["name", "-name", "id", "-id"] = "name"


class PoliciesQuery(OrderedQuery):
    """Which policies are listed."""

    is_default: Truth | None = None


class PersonOut(Out):
    """A contact, by what it is called."""

    id: int
    name: str


class ScheduleOut(Out):
    """An on-call schedule. `amiss` says why rotations put nobody on call; `people` are all who take part."""

    id: int
    name: str
    description: str
    zone: str
    rotations: list[Any]
    people: list[PersonOut]
    amiss: list[str]
    version: int
    created_at: datetime
    updated_at: datetime


class SchedulesOut(Items):
    """A page of schedules."""

    items: list[ScheduleOut]


class StretchOut(Out):
    """Somebody is on call from when until when; null where that is farther away than is looked."""

    contact: PersonOut
    since: datetime | None
    until: datetime | None


class NamedScheduleOut(Out):
    """Which schedule is meant."""

    id: int
    name: str
    zone: str


class StandingOut(Out):
    """Who is on call at an instant, and who comes next; `amiss` says which rotations put nobody on call."""

    schedule: NamedScheduleOut
    at: datetime
    on_call: list[StretchOut]
    next: list[StretchOut]
    amiss: list[str]


class StandingsOut(Items):
    """Who is on call now, schedule by schedule."""

    items: list[StandingOut]


class ShiftOut(Out):
    """Somebody is on call from when until when, cut to the time that was asked for."""

    contact: PersonOut
    since: datetime
    until: datetime


class ShiftsOut(Items):
    """All shifts of a time, by start."""

    items: list[ShiftOut]


class CalendarOut(Out):
    """Shifts as iCalendar."""

    media_types: ClassVar[tuple[str, ...]] = (MEDIA_TYPE,)


class OverrideOut(Out):
    """An override."""

    id: int
    start: datetime
    end: datetime
    added: PersonOut | None
    removed: PersonOut | None
    comment: str
    created_by: str
    created_at: datetime


class NewOverrideOut(OverrideOut):
    """The same, and what may not have been thought of."""

    note: str | None


class OverridesOut(Items):
    """All overrides that are not over, by start."""

    items: list[OverrideOut]


class StepIn(Body):
    """Whom to tell, and how long after the step before."""

    targets: Annotated[
        list[Short],
        Field(min_length=1, max_length=TARGETS_MAX, examples=[["contact:5", "group:2", "schedule:1"]]),
    ]
    after_s: Span = 0


Steps = Annotated[list[StepIn], Field(min_length=1, max_length=STEPS_MAX)]
Repeats = Annotated[int, Field(ge=0, le=REPEATS_MAX)]


class PolicyIn(Body):
    """An escalation policy to be added. `repeats` null repeats until somebody acts."""

    name: Annotated[Line, Field(examples=["Operations first"])]
    description: Prose = ""
    steps: Steps
    repeats: Repeats | None = 0
    repeated_after_s: Span = REPEATED_AFTER_S
    is_default: bool = False


class PolicyChangesIn(Body):
    """What shall be changed of a policy; what is left out stays. Steps replace all."""

    name: Line | None = None
    description: Prose | None = None
    steps: Steps | None = None
    repeats: Annotated[Repeats | None, Field(description="Null repeats until somebody acts.")] = None
    repeated_after_s: Span | None = None
    is_default: bool | None = None


class PolicyOut(Out):
    """An escalation policy. `names` says what its targets are called; one without a name is gone."""

    id: int
    name: str
    description: str
    steps: list[Any]
    repeats: int | None
    repeated_after_s: int
    is_default: bool
    names: dict[str, str]
    amiss: list[str]
    version: int
    created_at: datetime
    updated_at: datetime


class PoliciesOut(Items):
    """A page of policies."""

    items: list[PolicyOut]
