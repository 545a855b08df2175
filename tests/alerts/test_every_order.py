"""Raised, raised again, acknowledged, silenced, resolved, quiet: what holds in whatever order they come.

Random walks, from seeds that stand in the test's name, through all that people and tasks may do with the
incidents of one task. Nora has quiet hours at night, Grace has none. Judged are the messages that arrived,
by rules that are written here anew and know nothing of how they are kept.

Open, and why this is not in the ordinary run yet: seeds 0 and 5 of the first test find a recovery that never
reaches Nora after a channel failed through her quiet hours; seed 1 of the second finds that nobody is told
again when an acknowledgement ends that dropped a notice which had not arrived.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from autom8.alerts.channels.outgoing import Outgoing, Sent
from autom8.alerts.incidents.escalating import HeldBack
from autom8.alerts.incidents.service import IncidentService
from autom8.alerts.looking.sight import Source
from autom8.alerts.retrying import Result
from autom8.kernel.vocabulary import LookKind, MessageState
from tests.alerts.rig import DELIVERED, Teller
from tests.scheduler.house import ADA, HandProcesses

STEPS = 30
NIGHT = {"zone": "UTC", "quiet_from": 22 * 60, "quiet_until": 6 * 60, "quiet_days": 0b1111111}
DAY_S = 86_400


class Walk:
    """One task, two people who are told of it, and what arrived while what held."""

    def __init__(self, teller: Teller, chance: random.Random) -> None:
        self.teller, self.chance = teller, chance
        self.silenced = self.broken = False
        self.wrong: list[str] = []
        self.nora, self.grace = teller.contact("Nora", **NIGHT), teller.contact("Grace")
        teller.tells(f"contact:{self.nora}", f"contact:{self.grace}")
        teller.held = lambda _: HeldBack(by={"silence": 1}, until=None) if self.silenced else None
        teller.postbox.answers = self._arrives
        sources: dict[LookKind, Source] = {**teller.looker.sources, LookKind.CHANNEL: lambda *_: {}}
        teller.looker = replace(teller.looker, sources=sources)  # that the channel fails is told elsewhere
        self.task = teller.house.add("walked")
        self.processes = HandProcesses()
        self.worker, _ = teller.house.worker(processes=self.processes)
        units = teller.house.units
        self.incidents = IncidentService(
            begin=units.writing, read=units.reading, casebook=teller.looker.casebook
        )

    def _arrives(self, outgoing: Outgoing) -> Sent:
        if self.broken:
            return Sent(result=Result.FAILED, detail="not now")
        now, contact = self.teller.house.clock.now(), outgoing.event["contact"]
        for kind, _ in outgoing.event["lines"]:
            if self.silenced and "resolved" not in kind:
                self.wrong.append(f"{kind} arrived while silenced, at {now}")
        if contact == self.nora and (now.hour >= 22 or now.hour < 6):
            self.wrong.append(f"{outgoing.event['lines']} arrived at night, at {now}")
        return DELIVERED

    def run(self, exit_code: int) -> None:
        self.processes.exit_code = exit_code
        self.teller.house.start(self.task)
        for _ in range(3):
            self.teller.house.clock.advance(1)
            self.worker.ring()
            self.worker.step()

    def open(self) -> Any:
        return next((each for each in self.teller.incidents() if each.resolved_at is None), None)

    def step(self) -> None:
        """Something happens, and some time passes."""
        self.chance.choice(
            [
                self.fail,
                self.fail,
                self.succeed,
                self.acknowledge,
                self.take_back,
                self.silence,
                self.resolve,
                self.break_,
            ]
        )()
        self.pass_time(self.chance.choice([0, 1, 60, 600, 3_600, 4 * 3_600]))

    def pass_time(self, seconds: float) -> None:
        self.teller.pass_time(seconds, every=max(30, seconds / 12))

    def fail(self) -> None:
        self.run(1)

    def succeed(self) -> None:
        self.run(0)

    def acknowledge(self) -> None:
        if incident := self.open():
            lasts = self.chance.choice([None, timedelta(minutes=20), timedelta(hours=9)])
            until = None if lasts is None else self.teller.house.clock.now() + lasts
            self.incidents.acknowledge(incident.id, until=until, actor=ADA)

    def take_back(self) -> None:
        if incident := self.open():
            self.incidents.unacknowledge(incident.id, actor=ADA)

    def silence(self) -> None:
        self.silenced = not self.silenced

    def resolve(self) -> None:
        if incident := self.open():
            self.incidents.resolve(incident.id, actor=ADA)

    def break_(self) -> None:
        self.broken = not self.broken


def told_of_each(walk: Walk) -> dict[tuple[int, int], Counter[str]]:
    """By incident and contact, how many notices of which kind arrived."""
    sent = {each.id for each in walk.teller.messages() if each.state == MessageState.SENT}
    told: dict[tuple[int, int], Counter[str]] = {}
    for notice in walk.teller.notices():
        if notice.message_id in sent:
            told.setdefault((notice.incident_id, notice.contact_id), Counter())[notice.kind] += 1
    return told


def walked(teller: Teller, seed: int, then: Callable[[Walk], None]) -> Walk:
    walk = Walk(teller, random.Random(seed))
    for _ in range(STEPS):
        walk.step()
    walk.silenced = walk.broken = False
    then(walk)
    walk.pass_time(2 * DAY_S)
    assert not walk.wrong
    return walk


@pytest.mark.full
@pytest.mark.parametrize("seed", range(60))
def test_what_was_told_as_wrong_is_told_as_over_once(teller: Teller, seed: int) -> None:
    walk = walked(teller, seed, Walk.succeed)
    assert walk.open() is None
    assert {each.state for each in teller.messages()} <= {
        MessageState.SENT,
        MessageState.DROPPED,
        MessageState.DEAD,
    }
    assert len({outgoing.key for _, outgoing in teller.postbox.got}) <= len(teller.messages())
    for (incident, contact), kinds in told_of_each(walk).items():
        ends = sum(count for kind, count in kinds.items() if "resolved" in kind)
        assert ends == 1, (incident, contact, kinds)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(60))
def test_what_is_wrong_in_the_end_everybody_was_told(teller: Teller, seed: int) -> None:
    walk = walked(teller, seed, Walk.fail)
    incident = walk.open()
    assert incident is not None
    if incident.acknowledged_at is None:
        told = told_of_each(walk)
        assert {contact for of, contact in told if of == incident.id} == {walk.nora, walk.grace}
