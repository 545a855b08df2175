"""An alert that comes and goes tells a bounded number of notices, and the last of them is the truth."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from autom8.alerts.flapping import NOTICES_MAX, RAISES_MAX, WINDOW, Flaps, Notice, after, calm_at, calmed
from autom8.alerts.states import Observation, Patience, begin, step

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
ATONCE = Patience()


@dataclass
class Told:
    """One alert with all that is told of it, looked at by a loop that also asks when a timer is due."""

    flaps: Flaps = field(default_factory=Flaps)
    at: datetime = NOON
    notices: list[tuple[datetime, Notice]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.alert = begin(self.at)

    def look(self, *, wrong: bool, later: timedelta) -> None:
        until = self.at + later
        while (due := calm_at(self.flaps)) is not None and due <= until:
            self.flaps, notice = calmed(self.flaps, is_open=self.alert.state.open, at=due)
            self._tell(due, notice)
        saw = Observation.VIOLATED if wrong else Observation.FINE
        self.alert, made = step(self.alert, saw, patience=ATONCE, at=until)
        if made is not None:
            self.flaps, notice = after(self.flaps, made)
            self._tell(until, notice)
        self.at = until

    def _tell(self, at: datetime, notice: Notice | None) -> None:
        self.notices += [(at, notice)] if notice else []

    @property
    def words(self) -> list[str]:
        return [notice.value for _, notice in self.notices]


def test_a_task_that_fails_each_other_minute_for_a_day_tells_of_it_eight_times() -> None:
    told = Told()
    for minute in range(24 * 60):
        told.look(wrong=minute % 2 == 0, later=timedelta(minutes=1))
    told.look(wrong=False, later=2 * WINDOW)

    assert told.words == ["firing", "resolved"] * RAISES_MAX + ["flapping", "calm_resolved"]


def test_one_that_ends_wrong_is_told_as_wrong_and_its_end_later() -> None:
    told = Told()
    for minute in range(61):
        told.look(wrong=minute % 2 == 0, later=timedelta(minutes=1))
    told.look(wrong=True, later=WINDOW)
    told.look(wrong=False, later=timedelta(minutes=1))

    assert told.words[-3:] == ["flapping", "calm_firing", "resolved"]


def test_that_it_is_calm_and_wrong_counts_as_being_told_so_once() -> None:
    told = Told()
    for minute in range(61):
        told.look(wrong=minute % 2 == 0, later=timedelta(minutes=1))
    told.look(wrong=True, later=WINDOW)
    told.notices.clear()
    for minute in range(20):
        told.look(wrong=minute % 2 == 1, later=timedelta(minutes=1))

    assert told.words == ["resolved", *["firing", "resolved"] * (RAISES_MAX - 1), "flapping"]


def test_it_is_calm_when_it_was_not_raised_for_the_whole_window_and_no_sooner() -> None:
    told = Told()
    for minute in range(8):
        told.look(wrong=minute % 2 == 0, later=timedelta(minutes=1))  # the last raise is in the seventh
    due = NOON + timedelta(minutes=7) + WINDOW
    flaps = told.flaps

    assert calm_at(flaps) == due
    assert calmed(flaps, is_open=False, at=due - timedelta(microseconds=1)) == (flaps, None)
    assert calmed(flaps, is_open=False, at=due) == (Flaps(), Notice.CALM_RESOLVED)


def test_one_that_comes_and_goes_seldom_enough_is_told_each_time() -> None:
    told = Told()
    for _ in range(20):
        told.look(wrong=True, later=WINDOW / RAISES_MAX - timedelta(minutes=1))
        told.look(wrong=False, later=timedelta(minutes=1))

    assert told.words == ["firing", "resolved"] * 20


COMINGS = st.lists(
    st.tuples(st.booleans(), st.sampled_from([1, 1, 2, 5, 19, 20, 21, 59, 60, 61, 130])), max_size=120
)


@given(comings=COMINGS)
def test_within_any_window_no_more_than_the_stated_number_is_told(comings: list[tuple[bool, int]]) -> None:
    told = Told()
    for wrong, later in comings:
        told.look(wrong=wrong, later=timedelta(minutes=later))

    instants = [at for at, _ in told.notices]
    for first in instants:
        assert sum(first <= at < first + WINDOW for at in instants) <= NOTICES_MAX


@given(comings=COMINGS)
def test_the_last_notice_is_the_truth_once_it_is_calm(comings: list[tuple[bool, int]]) -> None:
    told = Told()
    for wrong, later in comings:
        told.look(wrong=wrong, later=timedelta(minutes=later))
    wrong = told.alert.state.open
    told.look(wrong=wrong, later=2 * WINDOW)

    if not told.notices:
        assert not wrong
    else:
        assert told.notices[-1][1].ends == (not wrong)


@given(comings=COMINGS)
def test_what_was_told_as_wrong_is_told_as_ended_exactly_once(comings: list[tuple[bool, int]]) -> None:
    told = Told()
    for wrong, later in comings:
        told.look(wrong=wrong, later=timedelta(minutes=later))
    told.look(wrong=False, later=2 * WINDOW)
    told.look(wrong=False, later=2 * WINDOW)

    wrong = False
    for _, notice in told.notices:
        assert not (notice.ends and not wrong), "an end of nothing"
        assert not (notice is Notice.FIRING and wrong), "told as wrong twice"
        wrong = not notice.ends
    assert not wrong, "its end was lost"
