"""An alert that comes and goes tells a bounded number of notices, and the last of them is the truth."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from autom8.alerts.flapping import NOTICES_MAX, RAISES_MAX, WINDOW, Flaps, Notice, after, calm_at, calmed
from autom8.alerts.states import (
    AlertState,
    Change,
    NoData,
    Observation,
    Patience,
    Transition,
    begin,
    resolve,
    step,
)

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
ATONCE = Patience()


@dataclass
class Told:
    """One alert with all that is told of it, looked at by a loop that also asks when a timer is due."""

    flaps: Flaps = field(default_factory=Flaps)
    at: datetime = NOON
    notices: list[tuple[datetime, Notice]] = field(default_factory=list)
    patience: Patience = ATONCE

    def __post_init__(self) -> None:
        self.alert = begin(self.at)

    def look(self, *, wrong: bool, later: timedelta) -> None:
        until = self.at + later
        while (due := calm_at(self.flaps)) is not None and due <= until:
            self.flaps, notice = calmed(self.flaps, is_open=self.alert.state.open, at=due)
            self._tell(due, notice)
        self.see(Observation.VIOLATED if wrong else Observation.FINE, later=later)

    def see(self, saw: Observation | None, *, later: timedelta) -> None:
        """A look by a loop that was away meanwhile; None resolves by hand."""
        self.at += later
        self.flaps, notice = calmed(self.flaps, is_open=self.alert.state.open, at=self.at)
        self._tell(self.at, notice)
        if saw is None:
            self.alert, made = resolve(self.alert, at=self.at)
        else:
            self.alert, made = step(self.alert, saw, patience=self.patience, at=self.at)
        if made is not None:
            self.flaps, notice = after(self.flaps, made)
            self._tell(self.at, notice)

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


def test_the_stated_number_is_reached_and_so_is_no_looser_than_it_must_be() -> None:
    told = Told()
    for minute in range(8):
        told.look(wrong=minute % 2 == 0, later=timedelta(minutes=1))
    told.look(wrong=False, later=WINDOW - timedelta(minutes=1))  # calm, at the very end of this look
    start = told.at
    for minute in range(8):
        told.look(wrong=minute % 2 == 0, later=timedelta(minutes=1))

    assert sum(start <= at < start + WINDOW for at, _ in told.notices) == NOTICES_MAX


def raised(at: datetime) -> Transition:
    return Transition(change=Change.FIRED, before=AlertState.OK, after=AlertState.FIRING, at=at, incident=1)


def test_a_clock_that_steps_back_does_not_put_off_the_end_of_flapping() -> None:
    flaps = Flaps()
    for minute in range(RAISES_MAX + 1):
        flaps, notice = after(flaps, raised(NOON + timedelta(minutes=minute)))
    assert notice is Notice.FLAPPING
    back = NOON - timedelta(days=365)

    flaps, notice = calmed(flaps, is_open=False, at=back)
    assert (notice, calm_at(flaps)) == (None, back + WINDOW)
    assert calmed(flaps, is_open=False, at=back + WINDOW)[1] is Notice.CALM_RESOLVED


def test_raises_in_the_future_of_a_clock_that_stepped_back_are_not_counted_for_ever() -> None:
    flaps = Flaps()
    for minute in range(RAISES_MAX):
        flaps, _ = after(flaps, raised(NOON + timedelta(minutes=minute)))

    assert after(flaps, raised(NOON - timedelta(days=90)))[1] is Notice.FIRING
    assert after(flaps, raised(NOON - timedelta(minutes=1)))[1] is Notice.FLAPPING


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


SIGHTS = st.lists(
    st.tuples(
        st.sampled_from([*Observation, None]), st.sampled_from([1, 1, 2, 5, 19, 20, 21, 59, 60, 61, 130])
    ),
    max_size=120,
)
SILENT = Patience(
    unknown_for=timedelta(minutes=2), no_data=NoData.ALERT, raised_again_after=timedelta(minutes=5)
)


@given(sights=SIGHTS, fine_for=st.sampled_from([0, 2, 70]))
def test_with_data_missing_and_resolved_by_hand_it_keeps_to_its_number_and_loses_no_end(
    sights: list[tuple[Observation | None, int]], fine_for: int
) -> None:
    told = Told(patience=replace(SILENT, fine_for=timedelta(minutes=fine_for)))
    for saw, later in sights:
        told.see(saw, later=timedelta(minutes=later))
    for _ in range(4):
        told.see(Observation.FINE, later=2 * WINDOW)

    instants = [at for at, _ in told.notices]
    assert all(sum(first <= at < first + WINDOW for at in instants) <= NOTICES_MAX for first in instants)
    wrong = False
    for _, notice in told.notices:
        assert wrong or not notice.ends, "an end of nothing"
        wrong = not notice.ends
    assert not wrong, "its end was lost"
