"""The steps of an object's alerts after a look: what is kept, what happened, and when to look again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from autom8.alerts import flapping, states
from autom8.alerts.expectations import Judgement
from autom8.alerts.flapping import Notice
from autom8.alerts.looking.keeping import Kept
from autom8.alerts.rules.rule import Rule
from autom8.alerts.states import AlertState, Observation, Patience, Transition


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One thing that happened to an alert; either may be None, not both."""

    transition: Transition | None
    notice: Notice | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stepped:
    """An alert after a look, what happened in its order, and when a timer may be over."""

    kept: Kept
    happened: Sequence[Happening]
    look_at: datetime | None


def take_steps(kept: Kept, rule: Rule | None, judgement: Judgement, *, at: datetime) -> Stepped:
    """Take the steps of one alert; without a rule, or with one that is off, what is open is ended at once."""
    on = rule is not None and rule.enabled
    patience = rule.patience if rule is not None and on else Patience()
    observations = _seen(kept, judgement) if on else [Observation.FINE]
    alert, happened = kept.alert, list[Happening]()
    flaps, calm = flapping.calmed(kept.flaps, is_open=alert.state.open, at=at)
    if calm:
        happened.append(Happening(transition=None, notice=calm))
    for observation in observations:
        alert, transition = states.step(alert, observation, patience=patience, at=at)
        if transition:
            flaps, notice = flapping.after(flaps, transition)
            happened.append(Happening(transition=transition, notice=notice))
    # Where nothing is seen no time counts: the timer of what was resolved by hand would be due for ever.
    own = states.next_look(alert, patience) if observations else None
    timers = [own, flapping.calm_at(flaps), judgement.look_at if on else None]
    return Stepped(
        kept=replace(kept, alert=alert, flaps=flaps),
        happened=happened,
        look_at=min((each for each in timers if each is not None), default=None),
    )


def end_by_hand(kept: Kept, *, at: datetime) -> Stepped:
    """End an open alert because a person says so."""
    alert, transition = states.resolve(kept.alert, at=at)
    if transition is None:
        return Stepped(kept=kept, happened=(), look_at=None)
    flaps, notice = flapping.after(kept.flaps, transition)
    return Stepped(
        kept=replace(kept, alert=alert, flaps=flaps),
        happened=[Happening(transition=transition, notice=notice)],
        look_at=at,
    )


def _seen(kept: Kept, judgement: Judgement) -> Sequence[Observation]:
    """What was seen, or where nothing new was, what was seen last: as long as a timer waits for more of it.

    After it was resolved by hand, what failed once is not raised again until it fails once more: that counts
    although the rule may let it wait.
    """
    return judgement.observations or list(_seen_last(kept.alert))


def _seen_last(alert: states.Alert) -> Iterator[Observation]:
    if alert.blind:
        yield Observation.UNKNOWN
    elif alert.state is AlertState.PENDING:
        yield Observation.VIOLATED
    elif alert.state is AlertState.RECOVERING:
        yield Observation.FINE
    elif alert.shut and alert.lasted:
        yield Observation.VIOLATED
