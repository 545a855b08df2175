"""The bus: who is told what, when, and in which order."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from autom8.kernel.events import Audited, Bus, Event, RunsQueued, TaskChanged

CHANGED = TaskChanged(action="task.added", object_type="task", object_id="1", task_id=1)


def test_observers_of_a_type_hear_its_subtypes_and_no_others() -> None:
    bus = Bus()
    heard: list[tuple[str, Event]] = []
    bus.after(TaskChanged, lambda event: heard.append(("exact", event)))
    bus.after(Audited, lambda event: heard.append(("parent", event)))
    bus.after(Event, lambda event: heard.append(("all", event)))
    bus.after(RunsQueued, lambda event: heard.append(("other", event)))

    bus.tell_after(CHANGED)

    assert heard == [("exact", CHANGED), ("parent", CHANGED), ("all", CHANGED)]


def test_observers_hear_in_the_order_they_subscribed() -> None:
    bus = Bus()
    heard: list[int] = []
    for number in range(3):
        bus.within(TaskChanged, _noting(heard, number))

    bus.tell_within(CHANGED, object())

    assert heard == [0, 1, 2]


def test_what_an_observer_inside_raises_reaches_the_writer() -> None:
    bus = Bus()

    def refuse(_event: Event, _work: object) -> None:
        raise ZeroDivisionError

    bus.within(TaskChanged, refuse)
    with pytest.raises(ZeroDivisionError):
        bus.tell_within(CHANGED, object())


def test_what_an_observer_afterwards_raises_is_logged_and_dropped(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bus = Bus()
    heard: list[Event] = []

    def fail(_event: Event) -> None:
        raise ZeroDivisionError

    bus.after(TaskChanged, fail)
    bus.after(TaskChanged, heard.append)
    with caplog.at_level(logging.ERROR):
        bus.tell_after(CHANGED)

    assert heard == [CHANGED]
    assert [record.getMessage() for record in caplog.records] == ["observer_failed"]


def _noting(heard: list[int], number: int) -> Callable[[TaskChanged, object], None]:
    return lambda _event, _work: heard.append(number)
