"""Has looks hear of what rules may judge, within the transaction in which it happens."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from autom8.alerts.silences.holding import may_hold_back
from autom8.kernel.events import (
    Bus,
    ChannelChanged,
    ContactChanged,
    ContactsChanged,
    Event,
    GroupChanged,
    IncidentMoved,
    LookDue,
    NoticesMade,
    RunEnded,
    RunsSettled,
    TaskChanged,
)
from autom8.kernel.vocabulary import LookKind
from autom8.repositories.unit_of_work import Work

MOVES_GATHERED: Final = timedelta(seconds=1)


def subscribe(bus: Bus) -> None:
    """Hear of all of it."""
    bus.within(RunEnded, _run_ended)
    bus.within(RunsSettled, _runs_settled)
    bus.within(TaskChanged, _task_changed)
    bus.within(IncidentMoved, _incident_moved)
    for change in (ChannelChanged, ContactChanged, ContactsChanged, GroupChanged):
        bus.within(change, _who_is_told_changed)
    bus.within(ContactChanged, lambda event, work: _plan_anew(work, contact_id=event.contact_id))
    bus.within(ChannelChanged, lambda event, work: _plan_anew(work, channel_id=event.channel_id))


def _run_ended(event: RunEnded, work: Work) -> None:
    work.looks.add_ends([(event.task_id, event.run_id)])
    _look_at_tasks(work, {event.task_id})


def _runs_settled(event: RunsSettled, work: Work) -> None:
    work.looks.add_ends(event.ends)
    _look_at_tasks(work, {task_id for task_id, _ in event.ends})


def _task_changed(event: TaskChanged, work: Work) -> None:
    _look_at_tasks(work, {event.task_id})


def _look_at_tasks(work: Work, task_ids: set[int]) -> None:
    work.looks.bring_forward(LookKind.TASK, task_ids, work.now())
    work.record(LookDue())


def _incident_moved(event: IncidentMoved, work: Work) -> None:
    """What depends on it may be told, or is held back, from now on: all open ones are looked at, together
    for all that move within a second.
    """
    if may_hold_back(work, event.incident_id):
        work.looks.bring_all_forward(LookKind.INCIDENT, work.now() + MOVES_GATHERED)
        work.record(LookDue())


def _who_is_told_changed(_: Event, work: Work) -> None:
    """Somebody may be there now to be told of what reached nobody. Asked once, of however many."""
    work.remembered("who_is_told_changed", lambda: _look_at_the_unreached(work))


def _plan_anew(work: Work, *, contact_id: int | None = None, channel_id: int | None = None) -> None:
    """Other quiet hours, or another limit: what waits may go now."""
    if work.notices.ring_waiting(work.now(), contact_id=contact_id, channel_id=channel_id):
        work.record(NoticesMade())


def _look_at_the_unreached(work: Work) -> bool:
    found = work.incidents.any_reached_nobody()
    if found:
        work.looks.bring_all_forward(LookKind.INCIDENT, work.now())
        work.record(LookDue())
    return found
