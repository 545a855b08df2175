"""Who is told next while nobody has acknowledged an incident: steps, one after the other, in rounds.

Pure. An escalation is a value that is kept between two looks. It must not know who stands behind a target,
nor why a step is held back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from autom8.kernel.errors import Invalid

STEPS_MAX: Final = 20
DELAY_MAX: Final = timedelta(days=7)
REPEATED_AFTER_MIN: Final = timedelta(minutes=1)
_ZERO: Final = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Whom to tell, and how long after the step before, or for the first after the incident was opened."""

    targets: tuple[str, ...]
    after: timedelta = _ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Steps that are gone through once, and then `repeats` times more; None repeats until somebody acts."""

    steps: tuple[Step, ...]
    repeats: int | None = 0
    repeated_after: timedelta = timedelta(minutes=15)  # between the last step of a round and the next round

    def check(self) -> Policy:
        """This policy, if it can be meant.

        Raises:
            Invalid: it can't; `fields` names `steps`, `repeats` or `repeated_after`.
        """
        wrong: dict[str, str] = {}
        if not 1 <= len(self.steps) <= STEPS_MAX:
            wrong["steps"] = f"must be 1 to {STEPS_MAX}"
        elif not all(each.targets for each in self.steps):
            wrong["steps"] = "must each tell somebody"
        elif not all(_ZERO <= each.after <= DELAY_MAX for each in self.steps):
            wrong["steps"] = f"must each come within {DELAY_MAX.days} days"
        if self.repeats is not None and self.repeats < 0:
            wrong["repeats"] = "must not be below 0"
        if not REPEATED_AFTER_MIN <= self.repeated_after <= DELAY_MAX:
            wrong["repeated_after"] = "must be from a minute to a week"
        if wrong:
            raise Invalid("; ".join(f"{name}: {text}" for name, text in wrong.items()), fields=wrong)
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """How far an incident was escalated. `taken` counts the steps of all rounds."""

    taken: int = 0
    due_at: datetime | None  # of the next step; None when none is left
    acknowledged_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A step to be taken now.

    Its incident and `number`, which counts the steps of all rounds from 0, name it, so that it is taken once.
    `round` and `step` are by the policy as it is now, and may come again when it is changed.
    """

    number: int
    round: int
    step: int
    targets: tuple[str, ...]


def begin(policy: Policy, *, at: datetime) -> Escalation:
    """The escalation of an incident that was opened at `at`."""
    return Escalation(due_at=at + policy.steps[0].after)


def next_look(escalation: Escalation) -> datetime | None:
    """When the next step is due, if nobody acts; None when none is left."""
    if escalation.due_at is None or escalation.acknowledged_until is None:
        return escalation.due_at
    return max(escalation.due_at, escalation.acknowledged_until)


def advance(escalation: Escalation, policy: Policy, *, at: datetime) -> tuple[Escalation, Due | None]:
    """Take the step that is due, if one is; one at most.

    The next one's delay counts from now: whoever could not look for an hour takes one step late, and does not
    rush through all those that the hour would have seen. Not to be asked while a silence holds the incident
    back: what was due then is due once it is over.

    No step waits for longer than the policy says: what is further off was set before the clock stepped back.
    """
    escalation = within(escalation, policy, at=at)
    due_at = next_look(escalation)
    if due_at is None or at < due_at:
        return escalation, None
    turn, step = divmod(escalation.taken, len(policy.steps))
    if policy.repeats is not None and turn > policy.repeats:  # the policy was shortened meanwhile
        return replace(escalation, due_at=None), None
    taken = escalation.taken + 1
    after = replace(escalation, taken=taken, due_at=_next_due(policy, taken, at))
    return after, Due(number=escalation.taken, round=turn, step=step, targets=policy.steps[step].targets)


def take(
    escalation: Escalation, policy: Policy, reaches: Callable[[Due], bool], *, at: datetime
) -> Escalation:
    """Take the step that is due, or else the next one that `reaches` somebody; each is asked once at most.

    As long as none ever reached anybody the first stays due, and all are asked again after `repeated_after`:
    what is wrong is told as soon as somebody is there to be told. Later a round that reaches nobody is over.
    """
    begun = escalation
    for _ in policy.steps:
        escalation, due = advance(escalation, policy, at=at)
        if due is None or reaches(due):
            return escalation
        escalation = hasten(escalation, at=at)
    asked = escalation if begun.taken else begun
    return asked if asked.due_at is None else replace(asked, due_at=at + policy.repeated_after)


def acknowledge(escalation: Escalation, *, until: datetime) -> Escalation:
    """Hold all steps back until an instant. Then it goes on with the step at which it stood."""
    return replace(escalation, acknowledged_until=until)


def hasten(escalation: Escalation, *, at: datetime) -> Escalation:
    """Make the next step due now: the last one reached nobody, because nobody is on call."""
    return escalation if escalation.due_at is None else replace(escalation, due_at=min(escalation.due_at, at))


def within(escalation: Escalation, policy: Policy, *, at: datetime) -> Escalation:
    """An escalation whose next step is no further off than the policy says, as after a step back it is."""
    if escalation.due_at is None:
        return escalation
    wait = policy.steps[escalation.taken % len(policy.steps)].after
    latest = at + max(wait, policy.repeated_after)  # after the latter the next round comes if nobody is there
    return replace(escalation, due_at=min(escalation.due_at, latest))


def _next_due(policy: Policy, taken: int, at: datetime) -> datetime | None:
    turn, step = divmod(taken, len(policy.steps))
    if policy.repeats is not None and turn > policy.repeats:
        return None
    wait = policy.steps[step].after
    return at + (wait if step else max(wait, policy.repeated_after))
