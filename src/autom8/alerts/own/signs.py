"""What a look sees of Autom8 itself: signs that its probes left, and the outbox as it stands.

A sign of a server that does not renew it is nobody's word any more: it counts for `SIGN_UNSEEN_MAX`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from autom8.alerts.expectations import Judgement
from autom8.alerts.looking.sight import Rules, Sight
from autom8.alerts.own.wording import said
from autom8.alerts.states import Observation
from autom8.kernel import defaults
from autom8.kernel.vocabulary import AlertKind, LookKind, OwnRule
from autom8.repositories.own_signs import INSTALLATION
from autom8.repositories.query import AnyRow
from autom8.repositories.unit_of_work import Work

OBJECT: Final = 1  # Autom8 is one thing
INSTANTS: Final = frozenset({OwnRule.CLOCK_STEPPED, OwnRule.DECRYPTION_REFUSED})  # they happen, and are over
LOOK_EVERY: Final = timedelta(minutes=1)  # nothing announces that the outbox does not move
_CHANNELS_NAMED: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxLimits:
    """Where the outbox is not as it should be."""

    waits_max: timedelta = defaults.OUTBOX_WAIT_MAX
    messages_max: int = defaults.OUTBOX_MESSAGES_MAX


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxFacts:
    """How the outbox stands: messages without an end, those that nobody tried in time, and lanes of which
    nobody made messages in time.
    """

    open: int = 0
    overdue: int = 0
    lanes: int = 0
    earliest: datetime | None = None  # of what is overdue
    channels: Sequence[str] = ()  # of overdue messages, some of them


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLook:
    """What a look saw of each rule; `details` are for the incident's text, of those that are violated."""

    judgements: Mapping[OwnRule, Judgement]
    details: Mapping[OwnRule, Sequence[Mapping[str, Any]]] = field(default_factory=dict)


def look_at_own(work: Work, ids: Collection[int], rules: Rules, at: datetime) -> Mapping[int, Sight]:
    """Look at Autom8 itself."""
    if OBJECT not in ids:
        return {}
    limits = OutboxLimits()
    look = judge_own(work.own_signs.all(), outbox_facts(work, limits, at), limits, at=at)
    return {
        OBJECT: Sight(
            name="Autom8",
            labels={"source": "own"},
            rules=rules(AlertKind.OWN, OBJECT, ()),
            judgements={str(rule): judgement for rule, judgement in look.judgements.items()},
            annotations={rule: {"summary": said(rule, details)} for rule, details in look.details.items()},
        )
    }


def outbox_facts(work: Work, limits: OutboxLimits, at: datetime) -> OutboxFacts:
    """Count what waits for too long."""
    before = at - limits.waits_max
    by_channel = work.messages.overdue(before)
    lanes, lane_due = work.notices.overdue(before)
    dues = [row.earliest for row in by_channel] + ([lane_due] if lane_due is not None else [])
    worst = sorted(by_channel, key=lambda row: row.messages, reverse=True)[:_CHANNELS_NAMED]
    named = work.channels.find_many([row.channel_id for row in worst]) if worst else {}
    return OutboxFacts(
        open=work.messages.open_count(),
        overdue=sum(row.messages for row in by_channel),
        lanes=lanes,
        earliest=min(dues, default=None),
        channels=sorted(row.name for row in named.values()),
    )


def judge_own(signs: Iterable[AnyRow], outbox: OutboxFacts, limits: OutboxLimits, *, at: datetime) -> OwnLook:
    """What signs and the outbox say of each rule at an instant."""
    judgements: dict[OwnRule, Judgement] = {}
    details: dict[OwnRule, Sequence[Mapping[str, Any]]] = {}
    by_rule: dict[str, list[AnyRow]] = {}
    for row in signs:
        by_rule.setdefault(row.rule, []).append(row)
    for rule in OwnRule:
        if rule is OwnRule.OUTBOX_GROWING:
            judgements[rule], amiss = _judge_outbox(outbox, limits, at)
        else:
            judgements[rule], amiss = _judge_signs(rule, by_rule.get(rule, ()), at)
        if amiss:
            details[rule] = amiss
    return OwnLook(judgements=judgements, details=details)


_Judged = tuple[Judgement, Sequence[Mapping[str, Any]]]


def _judge_outbox(outbox: OutboxFacts, limits: OutboxLimits, at: datetime) -> _Judged:
    """Fine again below half of the limit, lest it comes and goes with each message."""
    look_at = at + LOOK_EVERY
    if not (outbox.overdue or outbox.lanes or outbox.open > limits.messages_max):
        between = 2 * outbox.open > limits.messages_max
        seen = Observation.BETWEEN if between else Observation.FINE
        return Judgement(observations=(seen,), look_at=look_at), ()
    amiss = {
        "messages": outbox.open,
        "overdue": outbox.overdue,
        "lanes": outbox.lanes,
        "oldest_s": (at - outbox.earliest).total_seconds() if outbox.earliest else None,
        "channels": list(outbox.channels),
    }
    return Judgement(observations=(Observation.VIOLATED,), look_at=look_at), (amiss,)


def _judge_signs(rule: OwnRule, rows: Sequence[AnyRow], at: datetime) -> _Judged:
    """Violated while a sign is there that is not over, by whichever server."""
    there = [(row, until) for row in rows if (until := _until(rule, row)) is None or until > at]
    there = [(row, until) for row, until in there if row.ended_at is None]
    look_at = min((until for _, until in there if until is not None), default=None)
    seen = Observation.VIOLATED if there else Observation.FINE
    return Judgement(observations=(seen,), look_at=look_at), [dict(row.details) for row, _ in there]


def _until(rule: OwnRule, row: AnyRow) -> datetime | None:
    """Until when a sign counts that nobody renews; None where it counts until somebody sees it end."""
    seen_at: datetime = row.seen_at
    if rule in INSTANTS:
        return seen_at + defaults.INSTANT_SIGN_LASTS
    return None if row.place == INSTALLATION else seen_at + defaults.SIGN_UNSEEN_MAX


def bring_forward(work: Work) -> None:
    """Have Autom8 itself be looked at now; to be followed by the event that rings."""
    work.looks.bring_forward(LookKind.OWN, [OBJECT], work.now())


def note_put_off(work: Work, thing: str) -> None:
    """Leave a sign that a thing can't be looked at. Nobody ends it: it counts until it is not renewed."""
    work.own_signs.note(OwnRule.LOOK_PUT_OFF, thing, work.now(), {"thing": thing})
