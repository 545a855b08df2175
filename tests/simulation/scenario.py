"""A week in the life of a simulated installation: its tasks, its nodes, and what breaks."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from autom8.kernel.actor import SYSTEM
from autom8.kernel.events import Bus
from autom8.kernel.vocabulary import RunState
from autom8.models import Run, RunAttempt
from autom8.scheduler.firing import Firing
from autom8.scheduler.tasks import TaskService
from tests.simulation.commands import Start
from tests.simulation.invariants import faults_of, overlaps
from tests.simulation.node import Machine, Node, Parts
from tests.simulation.world import Doom, World, WorldClock

BEFORE_SPRING = datetime(2027, 3, 25, 9, 0, tzinfo=UTC)  # Europe changes its clocks on the 28th
BEFORE_AUTUMN = datetime(2027, 10, 28, 9, 0, tzinfo=UTC)  # and back on the 31st
QUIET = timedelta(minutes=20)  # at the end: nothing breaks, and all must come to rest
LEASE_S = 60.0  # a lease, and the time to notice that it is over
AFTER_START_S = 300.0  # no command lasts so long
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Chatham")


@dataclass(slots=True, kw_only=True)
class Scenario:
    """What to simulate; the same seed gives the same world to the last statement."""

    seed: int
    span: timedelta = timedelta(days=7)
    begins_at: datetime = BEFORE_SPRING
    nodes: int = 3
    tasks: int = 100
    breaks_every_s: float = 1_800.0
    kinds: tuple[str, ...] = ("crash", "freeze", "clock")
    doomed: float = 0.01  # of what nodes do breaks in the middle
    parts: Parts = field(default_factory=Parts)

    def run(self) -> Report:
        """Simulate it all."""
        world = World(self.seed, self.begins_at)
        starts: list[Start] = []
        _add_tasks(world, self.tasks)
        nodes = [Node(world, f"node-{n}", starts, parts=self.parts, deaf=0.02) for n in range(self.nodes)]
        breakage = Breakage(world, nodes, self)
        for node in nodes:
            node.draw_doom = breakage.draw_doom
            node.start()
        breakage.plan()
        world.run_for(self.span)
        breakage.end()
        world.run_for(QUIET)
        report = Report(
            seed=self.seed,
            faults=breakage.seen + faults_of(world, starts) + _needless_losses(world, nodes, starts),
            states=_states(world),
            starts=len(starts),
            broken=breakage.done,
            statements=world.faults.statements,
        )
        world.close()
        return report


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a simulation found."""

    seed: int
    faults: list[str]
    states: Counter[str]
    starts: int
    broken: Counter[str]
    statements: int

    def __str__(self) -> str:
        shown = "\n  ".join(self.faults[:20])
        return f"seed {self.seed}: {len(self.faults)} promises broken, after {dict(self.broken)}:\n  {shown}"


@dataclass(slots=True)
class Breakage:
    """Breaks things at random, as the world's seed says."""

    world: World
    nodes: list[Node]
    scenario: Scenario
    done: Counter[str] = field(default_factory=Counter)
    seen: list[str] = field(default_factory=list)
    over: bool = False

    def plan(self) -> None:
        """Break something, some time from now."""
        self.world.after(self.world.chance.expovariate(1 / self.scenario.breaks_every_s), self._break)

    def end(self) -> None:
        """Mend everything."""
        self.over = True
        for node in self.nodes:
            node.clock.offset = timedelta()
            node.frozen_until = 0.0
            node.deaf, node.doom = 0.0, None
            node.start()

    def draw_doom(self) -> Doom | None:
        """Now and then, something that breaks between two statements of a node, or at a commit."""
        chance = self.world.chance
        if self.over or chance.random() >= self.scenario.doomed:
            return None
        kind = chance.choice(("crash inside", "crash inside", "commit lost", "commit undone"))
        self.done[kind] += 1
        if kind == "crash inside":
            return Doom(crash_after=chance.randrange(14))
        return Doom(lose_commit=kind == "commit lost")

    def _break(self) -> None:
        if self.over:
            return
        self.seen += overlaps(self.world)
        chance = self.world.chance
        node = chance.choice(self.nodes)
        kind = chance.choice(self.scenario.kinds)
        self.done[kind] += 1
        match kind:
            case "crash":
                node.crash()
                self.world.after(chance.expovariate(1 / 60), node.start)
            case "freeze":
                node.freeze(timedelta(seconds=chance.expovariate(1 / 120)))
            case "clock":
                node.clock.offset = timedelta(hours=chance.choice((-1, 1)))
                self.world.after(chance.expovariate(1 / 7_200), lambda: self._right(node))
        self.plan()

    def _right(self, node: Node) -> None:
        node.clock.offset = timedelta()


def _add_tasks(world: World, count: int) -> None:
    clock = WorldClock(world)
    units = world.units(Bus(), clock)
    machine = Machine("setup", world.begins_at)
    service = TaskService(
        begin=units.writing,
        read=units.reading,
        firing=Firing(begin=units.writing, machine=machine),
        machine=machine,
    )
    for number in range(count):
        service.add(_task(world, number), actor=SYSTEM)


def _task(world: World, number: int) -> dict[str, Any]:
    chance = world.chance
    match number % 20:
        case 0:
            schedule: dict[str, Any] = {
                "kind": "interval",
                "every_s": float(chance.choice((900, 1_800, 2_700))),
            }
        case 1 | 2:
            schedule = {"kind": "cron", "cron": f"{chance.randrange(60)} * * * *"}
        case 3:
            schedule = {"kind": "cron", "cron": f"*/{chance.choice((20, 30))} 1-3 * * *"}
        case 4:
            schedule = {"kind": "cron", "cron": f"{chance.randrange(60)} */6 * * *"}
        case _:
            schedule = {
                "kind": "cron",
                "cron": f"{chance.randrange(60)} {chance.choice((1, 2, 2, 3, 14))} * * *",
            }
    return {
        "name": f"task-{number}",
        "command": ["simulated"],
        "schedule": schedule,
        "zone": chance.choice(ZONES),
        "gap": chance.choice(("skip", "shift")),
        "overlap": chance.choice(("first", "both")),
        "catch_up": chance.choice(("all", "latest", "none")),
        "delivery": chance.choice(("at_most_once", "at_least_once")),
        "concurrency": chance.choice(("forbid", "allow", "queue", "replace")),
        "concurrency_max": chance.choice((1, 2)),
        "retries_max": chance.choice((0, 0, 2)),
        "timeout_s": 100.0,
    }


def _needless_losses(world: World, nodes: list[Node], starts: list[Start]) -> list[str]:
    """Attempts that were called lost although their node was well all the time."""
    begun = {(start.run_id, start.attempt): start for start in starts}
    troubled = {node.name: node.troubled_at for node in nodes}
    with Session(world.database.read_engine) as session:
        lost = session.scalars(select(RunAttempt).where(RunAttempt.state == RunState.LOST)).all()
    return [
        f"run {each.run_id}: attempt {each.attempt} was called lost, and nothing was wrong with {start.node}"
        for each in lost
        if (start := begun.get((each.run_id, each.attempt))) is not None
        and not any(start.at_s - LEASE_S <= at <= start.at_s + AFTER_START_S for at in troubled[start.node])
    ]


def _states(world: World) -> Counter[str]:
    with Session(world.database.read_engine) as session:
        return Counter(session.scalars(select(Run.state)))
