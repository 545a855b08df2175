"""What must hold of telling in whatever order: a judge that sees each try, and knows nothing of the engine.

It keeps what the test did (silences, acknowledgements, the hour), and what the far side got by idempotency
key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from autom8.alerts.channels.outgoing import Outgoing, Sent
from autom8.alerts.retrying import Result
from autom8.repositories.query import AnyRow
from tests.scheduler.house import HandClock

HOUR: Final = timedelta(hours=1)
QUIET_FROM, QUIET_UNTIL = 22, 6  # by the hour, UTC
ENDS: Final = {"resolved", "calm_resolved"}
RAISES_MAX: Final = 3  # of one alert in an hour; what comes oftener is told as flapping


@dataclass(frozen=True, slots=True)
class Line:
    """What one message said of one incident."""

    key: str
    contact: int
    kind: str
    incident: int
    alert: int

    @property
    def ends(self) -> bool:
        return self.kind in ENDS


@dataclass(slots=True)
class Span:
    """From when until when something held; `end` is brought forward when it is taken back."""

    start: datetime
    end: datetime

    def holds(self, at: datetime) -> bool:
        return self.start <= at < self.end


@dataclass(slots=True)
class Judge:
    """The far side of the channel, and what it holds against the engine."""

    clock: HandClock
    sleeper: int = 0  # the contact that has quiet hours
    critical: set[str] = field(default_factory=set)  # titles
    mode: str = "ok"
    got: list[Line] = field(default_factory=list)
    silences: dict[str, list[Span]] = field(default_factory=dict)  # by title
    acknowledged: dict[int, list[Span]] = field(default_factory=dict)
    unmanned: list[Span] = field(default_factory=list)  # while nobody was there to be told
    wrongs: list[str] = field(default_factory=list)
    vague: set[str] = field(default_factory=set)  # keys of which a try came to nobody knows what

    def answer(self, outgoing: Outgoing) -> Sent:
        """Take a try, or not, as the mode says. `drop`: it is kept, and the sender never hears so."""
        lines = outgoing.event["lines"]
        if outgoing.key not in self.vague:  # what may have arrived is told to its end, as it was
            for line in lines:
                self._object(outgoing.event["contact"], line)
        if self.mode == "fail":
            return Sent(result=Result.FAILED, detail="503")
        known = {each.key for each in self.got}
        if outgoing.key not in known:
            contact = outgoing.event["contact"]
            self.got += [
                Line(outgoing.key, contact, line["kind"], line["incident"], line["alert"]) for line in lines
            ]
        if self.mode == "drop":
            self.vague.add(outgoing.key)
            return Sent(result=Result.UNKNOWN, detail="no answer")
        return Sent(result=Result.DELIVERED)

    def _object(self, contact: int, line: dict[str, object]) -> None:
        now, title = self.clock.now(), str(line["title"])
        what = f"{now:%d %H:%M:%S}: {line['kind']} of {title} (incident {line['incident']}) to {contact}"
        if contact == self.sleeper and is_quiet(now) and title not in self.critical:
            self.wrongs.append(f"in quiet hours, {what}")
        if line["kind"] in ENDS:
            return
        if any(span.holds(now) for span in self.silences.get(title, ())):
            self.wrongs.append(f"while silenced, {what}")
        if any(span.holds(now) for span in self.acknowledged.get(int(str(line["incident"])), ())):
            self.wrongs.append(f"while acknowledged, {what}")

    def check_steps(self, notices: Sequence[AnyRow]) -> None:
        """No step is taken while somebody takes care of it, be it sent or not."""
        for each in notices:
            for span in self.acknowledged.get(each.incident_id, ()):
                if each.step >= 0 and span.start < each.made_at < span.end:
                    self.wrongs.append(f"step {each.step} of {each.incident_id} at {each.made_at}")

    def check_ends(self) -> None:
        """No contact is told twice of an end, of one without its beginning, or of a beginning after it."""
        for contact in {each.contact for each in self.got}:
            for incident in {each.incident for each in self.got}:
                mine = [each for each in self.got if (each.contact, each.incident) == (contact, incident)]
                plain = [each.kind for each in mine if each.kind not in {"flapping", "calm_resolved"}]
                if "resolved" in plain and (plain.index("resolved") != len(plain) - 1 or len(plain) == 1):
                    self.wrongs.append(f"incident {incident} to {contact}: {plain}")

    def check_all_told(
        self, incidents: Sequence[AnyRow], contacts: Sequence[int], *, at_once: Sequence[int]
    ) -> None:
        """When all has run out: who was told of a beginning knows its end, and what is wrong is known.

        Those who are told at once know of what is over, too.
        """
        flapped = flapping(incidents)
        for contact in contacts:
            for row in incidents:
                self._check_told(row, contact, must=contact in at_once and row.id not in flapped)
            for alert in {row.alert_id for row in incidents}:
                is_open = any(row.alert_id == alert and row.resolved_at is None for row in incidents)
                said = [each for each in self.got if (each.contact, each.alert) == (contact, alert)]
                if said and not is_open and not said[-1].ends:
                    self.wrongs.append(f"{contact} was never told that {said[-1]} is over")

    def _check_told(self, row: AnyRow, contact: int, *, must: bool) -> None:
        said = [each.kind for each in self.got if (each.contact, each.incident) == (contact, row.id)]
        begun = {"firing", "calm_firing"} & set(said)
        if begun and row.resolved_at is not None and said.count("resolved") != 1:
            self.wrongs.append(f"{contact} has {said} of the ended incident {row.id}")
        if row.resolved_at is None and self._nothing_prevents(row) and not begun:
            self.wrongs.append(f"{contact} was not told of the open incident {row.id}: {said}")
        if row.resolved_at is not None and must and self._nothing_prevented(row) and not begun:
            self.wrongs.append(f"{contact} was not told of the ended incident {row.id}: {said}")

    def _nothing_prevents(self, row: AnyRow) -> bool:
        """By the end: silences are over, and nobody said that they take care of it."""
        return not any(span.end > self.clock.now() for span in self.acknowledged.get(row.id, ()))

    def _nothing_prevented(self, row: AnyRow) -> bool:
        holding = [*self.silences.get(row.title, ()), *self.unmanned]
        since = any(span.end > row.opened_at for span in holding)
        return not since and not self.acknowledged.get(row.id)


def is_quiet(at: datetime) -> bool:
    """Whether the sleeper sleeps."""
    return at.hour >= QUIET_FROM or at.hour < QUIET_UNTIL


def flapping(incidents: Sequence[AnyRow]) -> set[int]:
    """The incidents that opened while their alert came and went too often to be told each time."""
    found: set[int] = set()
    for alert in {row.alert_id for row in incidents}:
        told: list[datetime] = []
        last: datetime | None = None  # the newest raise while it flaps
        for row in sorted((each for each in incidents if each.alert_id == alert), key=lambda each: each.id):
            at = row.opened_at
            if last is not None and at - last < HOUR:
                last = at
                found.add(row.id)
                continue
            if last is not None:
                told, last = [last + HOUR], None  # that it is calm and wrong counts as told once
            told = [each for each in told if at - each < HOUR]
            if len(told) >= RAISES_MAX:
                last = at
                found.add(row.id)
            else:
                told.append(at)
    return found
