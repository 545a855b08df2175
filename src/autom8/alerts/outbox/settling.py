"""What becomes of a message after a try, and whether it still holds before one."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol

from autom8.alerts.channels.outgoing import Sent
from autom8.alerts.incidents.escalating import Holding
from autom8.alerts.outbox.fates import Fate, fates_of
from autom8.alerts.outbox.notifying import tell_otherwise
from autom8.alerts.outbox.planning import facts_of_lane, may_have_arrived, take_apart
from autom8.alerts.outbox.stories import StoryEnd, tell_stories
from autom8.alerts.retrying import Again, Dead, DeathReason, Decision, Result, Tried, Urgency, decide
from autom8.kernel.events import NoticesMade
from autom8.kernel.vocabulary import EntryKind, LookKind, MessageState
from autom8.repositories.query import AnyRow
from autom8.repositories.unit_of_work import Work

ANOTHER_WAY_AFTER: Final = 2  # tries of a page that failed
ERROR_CHARS_MAX: Final = 500
_SWITCHED_OFF: Final = Sent(result=Result.REFUSED, detail="the channel is off, or gone", blameless=True)


class Chance(Protocol):
    """Where the parts of waits come from that are left to chance."""

    def random(self) -> float:
        """From 0 up to 1, exclusive."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Settler:
    """Writes what became of tries, inside the caller's transaction."""

    holding: Holding
    chance: Chance = field(default_factory=random.SystemRandom)

    def still_holds(self, work: Work, message: AnyRow, at: datetime) -> bool:
        """Whether all that a message tells is still to be told, on this way and now.

        If not, its notices wait again, to be planned anew with what was made since. A message that may have
        arrived is not taken apart, nor one for which somebody asked.
        """
        channel = work.channels.find(message.channel_id)
        is_on = channel is not None and channel.enabled
        if may_have_arrived(message):
            if not is_on:
                self.settle(work, message, _SWITCHED_OFF, at)
            return is_on
        notices = work.notices.of_message(message.id)
        way = (message.contact_id, message.channel_id)
        contact = next(iter(work.contacts.get_many([way[0]])), None) if way[0] else None
        facts = facts_of_lane(work, notices, contact, self.holding, leave=message.id)
        fates = fates_of(notices, facts, at=at)
        overtaken = message.tries > 0 and any(
            facts.incidents[each.incident_id].resolved_at is not None
            for each in notices
            if not each.ends and each.incident_id in facts.incidents
        )
        going = all(each.fate is Fate.SEND for each in fates.values())
        if is_on and going and not overtaken:
            return True
        take_apart(work, message.id, at)
        work.notices.ring([way], at)
        work.record(NoticesMade())
        return False

    def settle(self, work: Work, message: AnyRow, sent: Sent, at: datetime) -> None:
        """Write what became of a try of a message that is held."""
        unknown = message.unknown + (sent.result is Result.UNKNOWN)
        tried = Tried(
            result=sent.result, tries=max(message.tries, 1), unknown=unknown, retry_after=sent.retry_after
        )
        urgency = Urgency(made_at=message.made_at, pages=message.pages, ends=message.ends)
        decision = decide(tried, urgency, at=at, chance=self.chance.random())
        error = None if sent.result is Result.DELIVERED else sent.detail[:ERROR_CHARS_MAX]
        work.messages.change(message.id, _values(decision, error, unknown, at))
        notices = work.notices.of_message(message.id)
        self._note_channel(work, message, sent, at)
        if isinstance(decision, Again):
            if message.pages and message.tries >= ANOTHER_WAY_AFTER:
                tell_otherwise(work, message.contact_id, notices, at)
            return
        dead = isinstance(decision, Dead)
        end = StoryEnd(
            kind=EntryKind.NOT_NOTIFIED if dead else EntryKind.NOTIFIED,
            at=at,
            contact_id=message.contact_id,
            channel_id=message.channel_id,
            message_id=message.id,
            error=error,
        )
        tell_stories(work, notices, end)
        if isinstance(decision, Dead) and decision.reason is not DeathReason.OUTCOME_UNKNOWN:
            tell_otherwise(work, message.contact_id, notices, at)

    @staticmethod
    def _note_channel(work: Work, message: AnyRow, sent: Sent, at: datetime) -> None:
        if sent.result is Result.DELIVERED:
            if message.contact_id:
                work.channels.forget_bounce(message.channel_id, message.contact_id)
            was_failing = work.channels.note_delivered(message.channel_id, at)
            if was_failing:
                work.looks.bring_forward(LookKind.CHANNEL, [message.channel_id], at)
            return
        if sent.bounced and message.contact_id:  # of this contact only: the channel is well
            detail = sent.detail[:ERROR_CHARS_MAX]
            work.channels.note_bounced(message.channel_id, message.contact_id, at, detail)
        if sent.bounced or sent.blameless:
            return
        work.channels.note_failed(message.channel_id, at, sent.detail[:ERROR_CHARS_MAX])
        work.looks.bring_forward(LookKind.CHANNEL, [message.channel_id], at)


def _values(decision: Decision, error: str | None, unknown: int, at: datetime) -> dict[str, Any]:
    values: dict[str, Any] = {"error": error, "unknown": unknown, "lease_token": None}
    match decision:
        case Again(at=again):
            return values | {"state": MessageState.READY, "due_at": again}
        case Dead(reason=reason):
            return values | {"state": MessageState.DEAD, "due_at": None, "ended_at": at, "reason": reason}
    return values | {"state": MessageState.SENT, "due_at": None, "ended_at": at, "reason": None}
