"""An alert is raised once something was wrong for long enough, and ends once it was fine for long enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autom8.alerts.states import (
    PATIENCE_MAX,
    SKEW_MAX,
    Alert,
    AlertState,
    Change,
    NoData,
    Observation,
    Patience,
    Transition,
    begin,
    next_look,
    resolve,
    step,
)
from autom8.kernel.errors import Invalid

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
V, F, B, U = Observation.VIOLATED, Observation.FINE, Observation.BETWEEN, Observation.UNKNOWN
WORDS = {"V": V, "F": F, "B": B, "U": U}


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def lived(looks: str, patience: Patience, alert: Alert | None = None) -> tuple[Alert, list[Transition]]:
    """An alert after looks a minute apart, such as "FVB", with what it went through; "!" resolves by hand."""
    alert = alert or begin(NOON)
    told: list[Transition] = []
    at = alert.seen_at
    for look in looks:
        if look == "!":
            alert, made = resolve(alert, at=at)
        else:
            at += minutes(1)
            alert, made = step(alert, WORDS[look], patience=patience, at=at)
        told += [made] if made else []
    return alert, told


def changes(looks: str, patience: Patience) -> list[str]:
    return [each.change.value for each in lived(looks, patience)[1]]


SLOW = Patience(violated_for=minutes(2), fine_for=minutes(2))


@pytest.mark.parametrize(
    ("looks", "went"),
    [
        ("FFF", []),
        ("V", ["pended"]),
        ("VV", ["pended"]),
        ("VVV", ["pended", "fired"]),
        ("VVF", ["pended", "cleared"]),
        ("VVB", ["pended", "cleared"]),  # between the thresholds nothing is raised
        ("VVUV", ["pended"]),  # what nobody saw does not count as violated
        ("VVUVV", ["pended", "fired"]),
        ("VVVBBB", ["pended", "fired"]),  # nor does anything end there
        ("VVVFF", ["pended", "fired", "recovered"]),
        ("VVVFFV", ["pended", "fired", "recovered", "relapsed"]),
        ("VVVFFB", ["pended", "fired", "recovered", "relapsed"]),
        ("VVVFFF", ["pended", "fired", "recovered", "resolved"]),
        ("VVVFUFF", ["pended", "fired", "recovered"]),
        ("VVVFFFV", ["pended", "fired", "recovered", "resolved", "pended"]),
    ],
)
def test_it_waits_before_it_fires_and_before_it_is_resolved(looks: str, went: list[str]) -> None:
    assert changes(looks, SLOW) == went


def test_without_patience_each_step_is_taken_at_once() -> None:
    assert changes("VFVFB", Patience()) == ["fired", "resolved", "fired", "resolved"]


@pytest.mark.parametrize(
    ("no_data", "looks", "went"),
    [
        (NoData.KEEP, "UUUUU", []),
        (NoData.KEEP, "VVVUUUUB", ["pended", "fired"]),
        (NoData.ALERT, "UUU", []),
        (NoData.ALERT, "UUUUU", ["went_silent"]),
        (NoData.ALERT, "UUUUF", ["went_silent", "recovered"]),
        (NoData.ALERT, "UUUUV", ["went_silent", "fired"]),
        (NoData.ALERT, "UUFUU", []),
        (NoData.OK, "VUUUU", ["pended", "cleared"]),
        (NoData.OK, "VVVUUUU", ["pended", "fired", "recovered"]),
        (NoData.OK, "VVVUUUUUU", ["pended", "fired", "recovered", "resolved"]),
    ],
)
def test_no_data_for_long_means_what_the_rule_says(no_data: NoData, looks: str, went: list[str]) -> None:
    patience = Patience(violated_for=minutes(2), fine_for=minutes(2), unknown_for=minutes(3), no_data=no_data)

    assert changes(looks, patience) == went


@pytest.mark.parametrize(
    ("looks", "went"),
    [
        ("FUUUB", ["went_silent", "recovered"]),  # it was only silent: nothing is past the threshold
        ("FUUUFB", ["went_silent", "recovered"]),
        ("FUUUFBFF", ["went_silent", "recovered", "resolved"]),
        ("VUUUB", ["fired", "went_silent", "fired"]),  # it was violated, and is not fine
        ("VFB", ["fired", "recovered", "relapsed"]),
        ("UUUFV", ["went_silent", "recovered", "fired"]),  # so far only the silence was told
    ],
)
def test_between_the_thresholds_goes_on_what_was_violated_and_never_what_was_only_silent(
    looks: str, went: list[str]
) -> None:
    patience = Patience(fine_for=minutes(3), unknown_for=minutes(2), no_data=NoData.ALERT)

    assert changes(looks, patience) == went


def test_an_incident_that_goes_silent_and_comes_back_is_one() -> None:
    patience = Patience(unknown_for=minutes(1), no_data=NoData.ALERT)
    alert, told = lived("VUUVF", patience)

    assert [(each.change.value, each.incident) for each in told] == [
        ("fired", 1),
        ("went_silent", 1),
        ("fired", 1),
        ("resolved", 1),
    ]
    assert alert.state is AlertState.RESOLVED


@pytest.mark.parametrize(
    ("looks", "went"),
    [
        ("V!VV", ["fired", "resolved"]),
        ("V!VVV", ["fired", "resolved", "fired"]),  # it stayed wrong for longer than the rule lets it
        ("V!VFV", ["fired", "resolved", "fired"]),
        ("V!!", ["fired", "resolved"]),
        ("!", []),
        ("UUU!UU", ["went_silent", "resolved"]),
        ("UUU!UUU", ["went_silent", "resolved", "went_silent"]),
        ("V!BV", ["fired", "resolved"]),  # between the thresholds it is not seen fine
        ("V!FB", ["fired", "resolved"]),  # seen fine, so between the thresholds nothing goes on
        ("V!BBB", ["fired", "resolved", "fired"]),
        ("UUU!V", ["went_silent", "resolved", "fired"]),  # what was resolved is the silence, not this
        ("UUU!BV", ["went_silent", "resolved", "fired"]),
        ("V!UUUUU", ["fired", "resolved", "went_silent"]),
    ],
)
def test_what_is_resolved_by_hand_is_raised_again_once_it_was_fine_or_stays_wrong(
    looks: str, went: list[str]
) -> None:
    patience = Patience(raised_again_after=minutes(3), unknown_for=minutes(2), no_data=NoData.ALERT)

    assert changes(looks, patience) == went


def test_a_wall_clock_that_steps_back_fires_neither_early_nor_never() -> None:
    alert, told = lived("VV", SLOW)
    back = NOON - timedelta(hours=1)
    alert, made = step(alert, V, patience=SLOW, at=back)
    assert made is None
    alert, made = step(alert, V, patience=SLOW, at=back + minutes(1))
    assert made is not None
    assert (made.change, alert.state) == (Change.FIRED, AlertState.FIRING)
    assert len(told) == 1


def test_two_servers_whose_clocks_differ_count_no_time_twice() -> None:
    patience, alert = Patience(violated_for=minutes(5)), begin(NOON)
    for second in range(0, 600, 2):
        real = NOON + timedelta(seconds=second)
        ahead = SKEW_MAX if second % 4 else timedelta()
        alert, made = step(alert, V, patience=patience, at=real + ahead)
        if made is not None and made.change is Change.FIRED:
            assert minutes(5) - SKEW_MAX <= real - NOON <= minutes(5)
            return
    raise AssertionError("it never fired")


def test_it_is_resolved_by_hand_at_the_hour_that_the_clock_shows() -> None:
    alert, _ = lived("V", Patience())
    back = NOON - timedelta(days=1)
    _, made = resolve(alert, at=back)

    assert made is not None
    assert made.at == back


@dataclass(frozen=True)
class Look:
    after: timedelta
    saw: Observation


LOOK = st.builds(
    Look,
    after=st.integers(0, 4).map(minutes) | st.just(minutes(-30)),
    saw=st.sampled_from([V, V, F, F, B, U]),
)
LOOKS = st.lists(LOOK, max_size=40)
PATIENCE = st.builds(
    Patience,
    violated_for=st.integers(0, 5).map(minutes),
    fine_for=st.integers(0, 5).map(minutes),
    unknown_for=st.integers(0, 5).map(minutes),
    no_data=st.sampled_from(NoData),
)


def life(looks: Sequence[Look], patience: Patience) -> list[tuple[Alert, Transition | None]]:
    alert, at = begin(NOON), NOON
    steps = []
    for look in looks:
        at += look.after
        alert, made = step(alert, look.saw, patience=patience, at=at)
        steps.append((alert, made))
    return steps


@given(looks=LOOKS, patience=PATIENCE)
def test_each_incident_is_opened_once_ended_once_and_the_next_has_the_next_number(
    looks: list[Look], patience: Patience
) -> None:
    state, incident, is_open = AlertState.OK, 0, False
    for alert, made in life(looks, patience):
        if made is None:
            assert alert.state is state
            continue
        assert (made.before, made.after) == (state, alert.state)
        assert made.before is not made.after
        opens = made.change.raises and not is_open
        assert opens == (made.incident == incident + 1)
        assert (made.incident is None) == (made.change in {Change.PENDED, Change.CLEARED})
        incident += opens
        is_open = made.change is not Change.RESOLVED if made.incident else is_open
        assert is_open == alert.state.open
        state = alert.state


@given(looks=LOOKS, patience=PATIENCE)
def test_the_same_look_once_more_changes_nothing(looks: list[Look], patience: Patience) -> None:
    for look, (alert, _) in zip(looks, life(looks, patience), strict=True):
        assert step(alert, look.saw, patience=patience, at=alert.seen_at) == (alert, None)


@given(looks=LOOKS, patience=PATIENCE)
def test_a_step_back_of_the_clock_is_as_no_time_at_all(looks: list[Look], patience: Patience) -> None:
    still = [Look(max(look.after, timedelta()), look.saw) for look in looks]

    stepped, steady = ([made and made.change for _, made in life(each, patience)] for each in (looks, still))
    assert stepped == steady


@given(looks=LOOKS, patience=PATIENCE)
def test_a_look_when_it_is_asked_for_takes_the_step_and_one_before_does_not(
    looks: list[Look], patience: Patience
) -> None:
    for look, (alert, _) in zip(looks, life(looks, patience), strict=True):
        due = next_look(alert, patience)
        if due is None:
            assert step(alert, look.saw, patience=patience, at=alert.seen_at + timedelta(days=9))[1] is None
            continue
        _, made = step(alert, look.saw, patience=patience, at=due - timedelta(microseconds=1))
        assert made is None
        after, made = step(alert, look.saw, patience=patience, at=due)
        assert made is not None or next_look(after, patience) != due


@pytest.mark.parametrize("name", ["violated_for", "fine_for", "unknown_for", "raised_again_after"])
def test_a_time_below_zero_or_of_years_is_refused_by_name(name: str) -> None:
    least = timedelta(microseconds=1)
    good, low, high, longest = (
        Patience(**dict[str, Any]({name: time}))
        for time in (timedelta(), -least, PATIENCE_MAX + least, PATIENCE_MAX)
    )
    assert (good.check(), longest.check()) == (good, longest)
    for wrong in (low, high):
        with pytest.raises(Invalid) as refused:
            wrong.check()
        assert list(refused.value.fields) == [name]


class Story:
    """What an alert went through, told anew from all its looks, and by no timer that is carried along."""

    def __init__(self, patience: Patience) -> None:
        self.patience = patience
        self.looks: list[Look] = []
        self.by_hand: set[int] = set()  # after so many looks

    def meaning(self, index: int) -> str | None:
        """What a look says; None while nothing is known, but not for long enough to mean something."""
        saw, first = self.looks[index].saw, index
        if saw is not U:
            return saw.value
        while first > 0 and self.looks[first - 1].saw is U:
            first -= 1
        known = self.patience.unknown_for > self.seen(first, index)
        if known or self.patience.no_data is NoData.KEEP:
            return None
        return "silent" if self.patience.no_data is NoData.ALERT else "fine"

    def seen(self, first: int, last: int) -> timedelta:
        """The time after look `first` up to look `last`, without what nobody knows of."""
        pairs = list(zip(self.looks[first:last], self.looks[first + 1 : last + 1], strict=True))
        known = [look.after for before, look in pairs if not (before.saw is U and look.saw is not U)]
        return sum((max(each, timedelta()) for each in known), timedelta())

    def meant(self, first: int, last: int) -> timedelta:
        """As `seen`, of those looks alone that say something."""
        says = [index for index in range(first + 1, last + 1) if self.meaning(index) is not None]
        return sum((self.seen(index - 1, index) for index in says), timedelta())

    def changes(self) -> list[tuple[int, str]]:
        went: list[tuple[int, str]] = []  # after how many looks
        entered, last, fault, dismissed = 0, "ok", "", ""  # a fault is a violation, or a mere silence
        for index in range(len(self.looks)):
            says = self.meaning(index)
            if says == "between":
                says = "violated" if "violated" in {fault, dismissed} else "fine"
            change = self.change(last, says, (fault, dismissed), self.meant(entered, index))
            if change is not None:
                went.append((index + 1, change))
                now = {"fired": "violated", "went_silent": fault or dismissed or "silent", "resolved": ""}
                entered, last, fault = index, change, now.get(change, fault)
            if change is not None or says == "fine":
                dismissed = ""
            if index + 1 in self.by_hand and fault:
                went.append((index + 1, "resolved"))
                entered, last, fault, dismissed = index, "resolved", "", fault
        return went

    def change(self, last: str, says: str | None, faults: tuple[str, str], lasted: timedelta) -> str | None:
        (fault, dismissed), patience = faults, self.patience
        to = None
        match says, fault:
            case ("silent", "") if dismissed:
                to = "went_silent" if lasted >= patience.raised_again_after else None
            case ("violated", "") if dismissed == "violated":
                to = "fired" if lasted >= patience.raised_again_after else None
            case "silent", _:
                to = "went_silent"
            case "violated", "violated" if last in {"recovered", "relapsed"}:
                to = "relapsed"
            case "violated", "":
                waited = lasted if last == "pended" else timedelta()
                to = "fired" if waited >= patience.violated_for else "pended"
            case "violated", _:
                to = "fired"
            case "fine", "":
                to = "cleared" if last == "pended" else None
            case "fine", _:
                waited = lasted if last == "recovered" else timedelta()
                to = "resolved" if waited >= patience.fine_for else "recovered"
        return None if to == last else to


@settings(max_examples=400)
@given(
    patience=PATIENCE,
    again=st.integers(0, 5).map(minutes),
    acts=st.lists(LOOK | LOOK | LOOK | LOOK | st.none(), min_size=12, max_size=40),
)
def test_an_alert_goes_as_all_its_looks_say_in_whatever_order_it_is_looked_at_and_resolved(
    patience: Patience, again: timedelta, acts: list[Look | None]
) -> None:
    story = Story(replace(patience, raised_again_after=again))
    alert, at, went = begin(NOON), NOON, []
    for act in acts:
        if act is None:
            story.by_hand.add(len(story.looks))
            alert, made = resolve(alert, at=at)
        else:
            at += act.after
            story.looks.append(act)
            alert, made = step(alert, act.saw, patience=story.patience, at=at)
        if made is not None:
            went.append((len(story.looks), made.change.value))

    assert went == story.changes()
