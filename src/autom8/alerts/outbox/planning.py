"""Makes messages of what waits in a lane: alone or as a digest, within the limit of its contact."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import uuid4

from autom8.alerts.digests import Limit, Spent, Unsent, plan
from autom8.alerts.digests import Message as Planned
from autom8.alerts.hours import Hours
from autom8.alerts.incidents.escalating import HELD_LOOK, Holding
from autom8.alerts.outbox.fates import Facts, Fate, fates_of
from autom8.alerts.outbox.notifying import tell_otherwise
from autom8.alerts.outbox.stories import StoryEnd, tell_stories
from autom8.kernel.errors import Invalid, Unavailable
from autom8.kernel.vocabulary import EntryKind, MessageState
from autom8.kernel.zones import zone_named
from autom8.repositories.notices import Way
from autom8.repositories.query import AnyRow
from autom8.repositories.unit_of_work import BeginWork, Work

log = logging.getLogger(__name__)

WAITING_MAX: Final = 5_000  # of one lane that are judged at once
AMISS_AFTER: Final = timedelta(minutes=1)  # a lane that can't be planned is tried again
GATHER_MAX: Final = timedelta(seconds=10)  # how long notices wait for those that are made at the same time
GATHER_AGAIN: Final = timedelta(milliseconds=100)
UNDER_WAY_AGAIN: Final = timedelta(seconds=1)
DAY_S: Final = 86_400
_EVERY_DAY: Final = 0b1111111


@dataclass(frozen=True, slots=True, kw_only=True)
class Planner:
    """Plans one lane after the other; any number of servers do so at once."""

    begin: BeginWork
    holding: Holding

    def plan_one(self) -> bool:
        """Plan the lane that has been due for longest; False when none is.

        One that can't be planned is put off alone, and said, so that it holds up no other.
        """
        way: Way | None = None
        try:
            with self.begin() as work:
                at = work.now()
                way = work.notices.take_lane(at)
                if way is None:
                    return False
                work.notices.set_lane(way, self._plan(work, way, at))
                work.commit()
        except Unavailable:
            raise
        except Exception:
            if way is None:
                raise
            log.exception("lane_put_off", extra={"fields": {"contact": way[0], "channel": way[1]}})
            self._put_off(way)
        return True

    def _put_off(self, way: Way) -> None:
        with self.begin() as work:
            work.notices.hold_lane(way)
            work.notices.set_lane(way, work.now() + AMISS_AFTER)
            work.commit()

    def _plan(self, work: Work, way: Way, at: datetime) -> datetime | None:
        """Make messages of what may be sent; when to look at the lane again.

        Where more waits than is read at once, what is held is passed over: nothing that may go waits for it.
        """
        notices = work.notices.waiting(way, limit=WAITING_MAX)
        if not notices:
            return None
        if _more_is_coming(work, notices, at):
            return at + GATHER_AGAIN
        channel = work.channels.find(way[1])
        contact = next(iter(work.contacts.get_many([way[0]])), None) if way[0] else None
        why = _unreachable(way, channel, contact)
        if channel is None or why:
            _give_up(work, way, notices, why, at)
            return at if len(notices) == WAITING_MAX else None
        full = len(notices) == WAITING_MAX
        room = 0 if full else WAITING_MAX - len(notices)
        lane, held = _Lane(way, channel, contact, at, room), dict[int, datetime | None]()
        while notices:
            planned = self._plan_some(work, lane, notices, held)
            full = len(notices) == WAITING_MAX
            if planned.apart or (full and planned.moved):
                return at
            held |= planned.held
            notices = work.notices.waiting(way, after=notices[-1].id, limit=WAITING_MAX) if full else ()
        # until somebody acts, which rings; this is for what does not
        return min((until or at + HELD_LOOK for until in held.values()), default=None)

    def _plan_some(
        self, work: Work, lane: _Lane, notices: Sequence[AnyRow], held: Mapping[int, datetime | None]
    ) -> _Planned:
        """Plan some of a lane; of the alerts in `held` something that was made earlier waits on."""
        way, at = lane.way, lane.at
        facts = replace(facts_of_lane(work, notices, lane.contact, self.holding), under_way=held)
        fates = fates_of(notices, facts, at=at)
        going = {each.alert_id for each in notices if fates[each.id].fate is Fate.SEND}
        under_way = _under_way(work, lane, going)
        if under_way is None:
            return _Planned(apart=True)
        if under_way:
            fates = fates_of(notices, replace(facts, under_way={**held, **under_way}), at=at)
        dropped: dict[str, list[int]] = {}
        for notice_id, fated in fates.items():
            if fated.fate is Fate.DROP:
                dropped.setdefault(fated.why, []).append(notice_id)
        for why, notice_ids in dropped.items():
            work.notices.drop(notice_ids, why)
        sent = [each for each in notices if fates[each.id].fate is Fate.SEND]
        limit = limit_of(lane.channel)
        planned = plan([_unsent(each) for each in sent], _spent(work, way, limit, at), limit=limit, at=at)
        for message in planned.messages:
            add_message(work, way, message, at, subject=_subject(message, sent, facts.incidents))
        waits_on = {each.alert_id: fates[each.id] for each in notices if fates[each.id].fate is Fate.HOLD}
        return _Planned(
            moved=bool(dropped or planned.messages),
            held={alert_id: each.until for alert_id, each in waits_on.items()}
            | {int(each.subject): planned.look_at for each in planned.held},
        )


class _Lane(NamedTuple):
    way: Way
    channel: AnyRow
    contact: AnyRow | None
    at: datetime
    room: int  # for how many more notices that are judged at once


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planned:
    """How it went: whether something was made a message or dropped, and of which alerts something waits on.

    `apart`: nothing was planned, since messages were taken apart, what is in them being to be told with it.
    """

    apart: bool = False
    moved: bool = False
    held: Mapping[int, datetime | None] = field(default_factory=dict)


def _give_up(work: Work, way: Way, notices: Sequence[AnyRow], why: str, at: datetime) -> None:
    """What waits on a way that is there no more goes another way, if there is one."""
    tell_otherwise(work, way[0], notices, at)
    work.notices.drop([each.id for each in notices], why)
    end = StoryEnd(kind=EntryKind.NOT_NOTIFIED, at=at, contact_id=way[0], channel_id=way[1], error=why)
    tell_stories(work, notices, end)


def facts_of_lane(
    work: Work, notices: Sequence[AnyRow], contact: AnyRow | None, holding: Holding, *, leave: int = 0
) -> Facts:
    """What the notices of one lane are judged by; those of the message `leave` are not told yet."""
    way, at = (notices[0].contact_id, notices[0].channel_id), work.now()
    return Facts(
        incidents=work.incidents.find({each.incident_id for each in notices}),
        told=work.notices.last_told(way, {each.alert_id for each in notices}, leave=leave),
        quiet=quiet_hours(contact),
        holding=lambda incident: holding(work, incident, at),
    )


def quiet_hours(contact: AnyRow | None) -> Hours | None:
    """The quiet hours of a contact's row, if it has any."""
    if contact is None or contact.quiet_from is None or contact.quiet_until is None:
        return None
    days = contact.quiet_days if contact.quiet_days is not None else _EVERY_DAY
    try:
        zone = zone_named(contact.zone or "UTC")
    except Invalid as error:  # this machine lacks it: to be woken is better than not to be told
        log.warning("quiet_hours_left_out", extra={"fields": {"contact": contact.id, "error": str(error)}})
        return None
    return Hours(
        start_min=contact.quiet_from,
        end_min=contact.quiet_until,
        weekdays=frozenset(day for day in range(7) if days >> day & 1),
        zone=zone,
    )


def limit_of(channel: AnyRow) -> Limit:
    """The limit of a channel: the usual one, but for what its row changes."""
    try:
        return limit_from(channel.limits)
    except Invalid:  # a row that somebody wrote by hand
        return Limit()


def limit_from(told: Mapping[str, Any]) -> Limit:
    """The limit of JSON data: `alone_max`, `kept_for_pages`, `digests_max`, `window_s`, or what is usual.

    Raises:
        Invalid: it can't be meant.
    """
    names = {"alone_max", "kept_for_pages", "digests_max", "window_s"}
    wrong = dict.fromkeys(told.keys() - names, "is unknown")
    wrong |= {name: "must be a whole number" for name in names & told.keys() if type(told[name]) is not int}
    if wrong:
        raise Invalid("The limits can't be meant.", fields=wrong)
    changes: dict[str, Any] = {name: value for name, value in told.items() if name != "window_s"}
    if "window_s" in told:
        changes["window"] = timedelta(seconds=min(told["window_s"], DAY_S * 2))
    return replace(Limit(), **changes).check()


def limit_json(limit: Limit) -> dict[str, int]:
    """A limit as `limit_from` reads it, nothing left out."""
    return {
        "alone_max": limit.alone_max,
        "kept_for_pages": limit.kept_for_pages,
        "digests_max": limit.digests_max,
        "window_s": int(limit.window.total_seconds()),
    }


def add_message(work: Work, way: Way, message: Planned, at: datetime, *, subject: str) -> int:
    """Write a message that is due now, with the notices that it tells."""
    message_id = work.messages.add(
        {
            "key": str(uuid4()),
            "contact_id": way[0],
            "channel_id": way[1],
            "digest": message.digest,
            "pages": message.pages,
            "ends": all(line.notices[-1].ends for line in message.lines),
            "made_at": at,
            "state": MessageState.READY,
            "tries": 0,
            "unknown": 0,
            "due_at": at,
            "lease_token": None,
            "ended_at": None,
            "reason": None,
            "error": None,
            "subject": subject,
        }
    )
    work.notices.pack([notice.id for line in message.lines for notice in line.notices], message_id)
    return message_id


def take_apart(work: Work, message_id: int, at: datetime) -> None:
    """End a message that is held before it has arrived: its notices wait again, in their old places."""
    work.notices.unpack(message_id)
    ended = {"state": MessageState.DROPPED, "due_at": None, "ended_at": at, "reason": "planned_anew"}
    work.messages.change(message_id, ended)


def may_have_arrived(message: AnyRow) -> bool:
    """Whether a message may not be taken apart: it may be there already, or somebody asked for it."""
    return bool(message.unknown) or message.reason == "resent"


def _under_way(work: Work, lane: _Lane, alert_ids: Collection[int]) -> Mapping[int, datetime] | None:
    """What of these alerts may not be overtaken by what is planned now, and when to ask again.

    Else an end would arrive before its beginning, which is still tried again. What has not arrived is taken
    apart, to be told as one with what came since, if that is read as one: None when something was.
    """
    rows = work.messages.on_their_way(lane.way, alert_ids) if alert_ids else ()
    again = {row.id: lane.at + UNDER_WAY_AGAIN for row in rows}
    apart = False
    for message in work.messages.take_ready(again.keys()) if again else ():
        if may_have_arrived(message) or work.notices.count_of(message.id) > lane.room:
            again[message.id] = max(message.due_at, lane.at) + UNDER_WAY_AGAIN
        else:
            take_apart(work, message.id, lane.at)
            apart = True
    return None if apart else {row.alert_id: again[row.id] for row in rows}


def _more_is_coming(work: Work, notices: Sequence[AnyRow], at: datetime) -> bool:
    """Whether looks are due that may add to these: a thousand that fail at once are to be one message."""
    youngest, oldest = notices[-1].made_at, notices[0].made_at
    if at - max(youngest, oldest) > GATHER_MAX or at - oldest > GATHER_MAX:
        return False
    due = work.looks.earliest()
    return due is not None and due <= at


def _unreachable(way: Way, channel: AnyRow | None, contact: AnyRow | None) -> str:
    if channel is None:
        return "channel_removed"
    if not channel.enabled:
        return "channel_disabled"
    return "contact_removed" if way[0] and contact is None else ""


def _unsent(notice: AnyRow) -> Unsent:
    return Unsent(
        id=notice.id,
        subject=str(notice.alert_id),
        at=notice.made_at,
        pages=notice.pages,
        ends=notice.ends,
    )


def _spent(work: Work, way: Way, limit: Limit, at: datetime) -> Spent:
    rows = work.messages.spent(*way, at - limit.window)
    return Spent(
        alone=tuple(row.made_at for row in rows if not row.digest),
        digest=max((row.made_at for row in rows if row.digest), default=None),
    )


def _subject(message: Planned, notices: Sequence[AnyRow], incidents: Mapping[int, AnyRow]) -> str:
    """What lists show of a message."""
    if message.digest:
        return "1 alert" if len(message.lines) == 1 else f"{len(message.lines)} alerts"
    last = message.lines[0].notices[-1].id
    incident_id = next(each.incident_id for each in notices if each.id == last)
    return str(incidents[incident_id].title)
