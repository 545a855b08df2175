"""What pings say of a check: how it stands, and what each rule sees, whenever somebody looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autom8.alerts import states
from autom8.alerts.checks.check import (
    GRACE_MAX,
    PERIOD_MAX,
    PingFact,
    Rhythm,
    Standing,
    judgements,
    state_of,
    taken,
    watched_from,
)
from autom8.alerts.expectations import Expectation, Threshold
from autom8.alerts.states import Alert, AlertState, Observation, Patience
from autom8.bootstrap.parts import cron_after
from autom8.kernel.errors import Invalid
from autom8.kernel.vocabulary import CheckState, PingKind

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
HOUR, GRACE = timedelta(hours=1), timedelta(minutes=10)
HOURLY = Rhythm(period=HOUR, grace=GRACE)
V, F, B = Observation.VIOLATED, Observation.FINE, Observation.BETWEEN
MINUTE = timedelta(minutes=1)


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


@dataclass
class Watch:
    """A check that is pinged, and the pings that no look has judged."""

    rhythm: Rhythm = HOURLY
    at: datetime = NOON
    standing: Standing = field(init=False)
    unseen: list[PingFact] = field(default_factory=list)
    count: int = 0

    def __post_init__(self) -> None:
        self.standing = watched_from(self.at, self.rhythm, cron_after)

    def ping(self, kind: PingKind, minutes: float, run: str | None = None) -> PingFact:
        self.at, self.count = after(minutes), self.count + 1
        came = PingFact(id=self.count, at=self.at, kind=kind, run=run)
        self.standing, fact = taken(self.standing, came, self.rhythm, cron_after)
        self.unseen.append(fact)
        return fact

    def state(self, minutes: float) -> CheckState:
        return state_of(self.standing, self.rhythm.grace, enabled=True, at=after(minutes))

    def seen(self, minutes: float, **thresholds: Threshold) -> Mapping[str, Sequence[Observation]]:
        found = judgements(self.unseen, self.standing, self.rhythm, thresholds, at=after(minutes))
        self.unseen = []
        return {name: each.observations for name, each in found.items()}


def test_a_check_is_new_then_up_then_late_then_down() -> None:
    watch = Watch()
    assert watch.state(59) is watch.state(69) is CheckState.NEW
    watch.ping(PingKind.SUCCESS, 30)
    assert [watch.state(at) for at in (30, 89.9, 90, 99.9, 100)] == ["up", "up", "late", "late", "down"]


def test_a_check_that_never_pinged_is_down_once_its_first_ping_is_late() -> None:
    assert Watch().state(70) is CheckState.DOWN
    assert Watch().seen(70)[Expectation.MISSED] == (V,)


def test_what_failed_stays_down_until_a_success_and_not_until_the_next_start() -> None:
    watch = Watch()
    watch.ping(PingKind.FAIL, 1)
    for kind in (PingKind.START, PingKind.LOG):
        watch.ping(kind, 2)
        assert watch.state(2) is CheckState.DOWN
    watch.ping(PingKind.SUCCESS, 3)
    assert watch.state(3) is CheckState.UP


def test_neither_a_start_nor_a_log_puts_the_next_ping_off() -> None:
    watch = Watch()
    due = watch.standing.expected_at
    watch.ping(PingKind.START, 5)
    watch.ping(PingKind.LOG, 6)
    assert watch.standing.expected_at == due
    watch.ping(PingKind.FAIL, 7)
    assert watch.standing.expected_at == after(7) + HOUR


def test_a_run_that_goes_on_for_longer_than_the_grace_is_down_until_it_ends() -> None:
    watch = Watch()
    watch.ping(PingKind.SUCCESS, 0)
    watch.ping(PingKind.START, 1)
    assert [watch.state(10.9), watch.state(11)] == ["up", "down"]
    assert watch.seen(10.9)[Expectation.RUNNING_LONGER_THAN] == (F,)
    assert watch.seen(11)[Expectation.RUNNING_LONGER_THAN] == (V,)
    long = Threshold(time=timedelta(minutes=30))
    assert watch.seen(30.9, running_longer_than=long)[Expectation.RUNNING_LONGER_THAN] == (F,)
    watch.ping(PingKind.SUCCESS, 12)
    assert watch.state(12) is CheckState.UP


def test_runs_that_overlap_are_told_apart_by_their_names() -> None:
    watch = Watch()
    watch.ping(PingKind.START, 0, run="a")
    watch.ping(PingKind.START, 1, run="b")
    assert watch.ping(PingKind.SUCCESS, 2, run="a").duration is None
    assert watch.standing.started_at == after(1), "b goes on"
    assert watch.ping(PingKind.SUCCESS, 4, run="b").duration == 3 * MINUTE
    assert watch.standing.started_at is None


def test_an_end_without_a_name_ends_whatever_was_started_last() -> None:
    watch = Watch()
    watch.ping(PingKind.START, 0, run="a")
    assert watch.ping(PingKind.FAIL, 2).duration == 2 * MINUTE
    assert watch.standing.started_at is None


def test_a_clock_that_stepped_back_makes_no_run_last_less_than_nothing() -> None:
    watch = Watch()
    watch.ping(PingKind.START, 5)
    assert watch.ping(PingKind.SUCCESS, 4).duration == timedelta()


def test_each_end_between_two_looks_is_seen_in_its_order() -> None:
    watch = Watch()
    for kind in (PingKind.FAIL, PingKind.START, PingKind.SUCCESS, PingKind.LOG, PingKind.FAIL):
        watch.ping(kind, 1)
    assert watch.seen(1)[Expectation.FAILED] == (V, F, V)
    assert watch.seen(1)[Expectation.FAILED] == ()


def test_so_many_in_a_row_may_fail_before_that_is_told() -> None:
    watch, three = Watch(), Threshold(count=3)
    for kind in (PingKind.FAIL, PingKind.FAIL):
        watch.ping(kind, 1)
    assert watch.seen(1, failed=three)[Expectation.FAILED] == (B, B)
    for kind in (PingKind.FAIL, PingKind.SUCCESS, PingKind.FAIL):
        watch.ping(kind, 2)
    assert watch.seen(2, failed=three)[Expectation.FAILED] == (V, F, B)


def test_what_was_late_or_long_and_over_before_anybody_looked_is_seen_all_the_same() -> None:
    watch = Watch()
    watch.ping(PingKind.START, 65)
    watch.ping(PingKind.SUCCESS, 85)
    seen = watch.seen(86)
    assert (seen[Expectation.MISSED], seen[Expectation.RUNNING_LONGER_THAN]) == ((V, F, F), (V, F, F))


def test_a_look_says_when_the_next_is_due() -> None:
    watch = Watch()
    watch.ping(PingKind.START, 1)
    found = judgements([], watch.standing, HOURLY, {}, at=after(2))
    assert found[Expectation.MISSED].look_at == after(70)
    assert found[Expectation.RUNNING_LONGER_THAN].look_at == after(11)
    assert judgements([], watch.standing, HOURLY, {}, at=after(70))[Expectation.MISSED].look_at is None


def test_a_cron_expression_is_of_the_clocks_of_its_zone() -> None:
    berlin = Rhythm(cron="30 2 * * *", zone="Europe/Berlin", grace=GRACE)
    before_the_gap = datetime(2027, 3, 27, 12, tzinfo=UTC)
    due = berlin.due_after(before_the_gap, cron_after)
    assert due == datetime(2027, 3, 28, 1, tzinfo=UTC), "the gap's end: half past two is left out that night"
    assert berlin.due_after(due, cron_after) == datetime(2027, 3, 29, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rhythm", "field"),
    [
        (Rhythm(), "period_s"),
        (Rhythm(period=HOUR, cron="* * * * *"), "period_s"),
        (Rhythm(period=timedelta(seconds=59)), "period_s"),
        (Rhythm(period=PERIOD_MAX + MINUTE), "period_s"),
        (replace(HOURLY, grace=timedelta(seconds=59)), "grace_s"),
        (replace(HOURLY, grace=GRACE_MAX + MINUTE), "grace_s"),
        (Rhythm(cron="0 0 30 2 *"), "cron"),
    ],
)
def test_a_rhythm_that_cannot_be_meant_is_refused(rhythm: Rhythm, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        rhythm.check(cron_after, NOON)
    assert field in (refused.value.fields or {field: ""}), refused.value


# Whatever comes in whatever order, and whenever somebody looks.

STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(PingKind), st.sampled_from([None, "a", "b"])),
        st.tuples(st.just("wait"), st.sampled_from([1, 9, 11, 60, 71, 200])),
        st.just(("look", None)),
    ),
    max_size=40,
)
End = tuple[datetime, PingKind, str | None]


def _open_start(pings: Sequence[End]) -> datetime | None:
    """Read backwards: the last start, unless an end after it is its own."""
    for place in range(len(pings) - 1, -1, -1):
        at, kind, run = pings[place]
        if kind is PingKind.START:
            ends = [each for each in pings[place + 1 :] if each[1] in {PingKind.SUCCESS, PingKind.FAIL}]
            return None if any(each[2] in {None, run} for each in ends) else at
    return None


@given(steps=STEPS, enough=st.sampled_from([1, 2]))
def test_a_check_stands_as_its_whole_story_says_and_no_look_is_too_late(
    steps: Sequence[tuple[Any, Any]], enough: int
) -> None:
    watch, minutes, story = Watch(), 0.0, list[End]()
    alerts = {name: states.begin(NOON) for name in _RULES}
    raised = dict.fromkeys(_RULES, 0)
    for what, detail in [*steps, ("look", None)]:
        if what == "wait":
            minutes += detail
        elif what == "look":
            _look(watch, minutes, enough, alerts, raised)
        else:
            watch.ping(what, minutes, detail)
            story.append((after(minutes), what, detail))
        _check_standing(watch, story, minutes)
    at, ends = after(minutes), [each for each in story if each[1] in {PingKind.SUCCESS, PingKind.FAIL}]

    row = 0
    times = 0
    for _, kind, _ in ends:
        row = row + 1 if kind is PingKind.FAIL else 0
        times += row == enough
    assert raised[Expectation.FAILED] == times
    assert (alerts[Expectation.FAILED].state is AlertState.FIRING) == (row >= enough)

    watched = [NOON, *(each[0] for each in ends)]
    gaps = [then - before for before, then in zip(watched, [*watched[1:], at], strict=True)]
    assert raised[Expectation.MISSED] == sum(gap >= HOUR + GRACE for gap in gaps)
    assert (alerts[Expectation.MISSED].state is AlertState.FIRING) == (gaps[-1] >= HOUR + GRACE)


_RULES = (Expectation.FAILED, Expectation.MISSED)


def _look(
    watch: Watch,
    minutes: float,
    enough: int,
    alerts: dict[Expectation, Alert],
    raised: dict[Expectation, int],
) -> None:
    seen = watch.seen(minutes, failed=Threshold(count=enough))
    for name in _RULES:
        for observation in seen[name]:
            alerts[name], made = states.step(
                alerts[name], observation, patience=Patience(), at=after(minutes)
            )
            raised[name] += bool(made and made.change.raises)


def _check_standing(watch: Watch, story: Sequence[End], minutes: float) -> None:
    ends = [each for each in story if each[1] in {PingKind.SUCCESS, PingKind.FAIL}]
    at, since = after(minutes), ends[-1][0] if ends else NOON
    started = _open_start(story)
    assert watch.standing.started_at == started
    overdue = at >= since + HOUR + GRACE or (started is not None and at >= started + GRACE)
    if overdue or (ends and ends[-1][1] is PingKind.FAIL):
        expected = CheckState.DOWN
    elif not ends:
        expected = CheckState.NEW
    else:
        expected = CheckState.LATE if at >= since + HOUR else CheckState.UP
    assert watch.state(minutes) is expected
