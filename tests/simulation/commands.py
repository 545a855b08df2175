"""Simulated commands: they begin at their gate, last for a while, and outlive the node that started them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from autom8.kernel.vocabulary import Stream
from autom8.scheduler.ports import Ending, Launch, OutputPiece, ProcessIdentity, StopReason
from tests.simulation.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A command that really began."""

    run_id: int
    attempt: int
    node: str
    at_s: float
    recorded: bool  # its attempt was committed before it began


@dataclass(slots=True)
class SimulatedChild:
    """One process."""

    commands: Commands
    launch: Launch
    identity: ProcessIdentity
    lasts_s: float
    exit_code: int
    began_at: float | None = None
    ends_at: float | None = None
    stopped: StopReason | None = None
    killed: bool = False
    _told: bool = False

    def open_gate(self) -> None:
        """The command begins."""
        if self.killed:
            return
        world = self.commands.world
        self.began_at = world.elapsed_s
        timeout = self.launch.timeout.total_seconds() if self.launch.timeout else float("inf")
        self.ends_at = self.began_at + min(self.lasts_s, timeout)
        if self.lasts_s > timeout:
            self.stopped = StopReason.TIMEOUT
        self.commands.note_start(self)
        world.after(self.ends_at - self.began_at, self.commands.changed)

    def stop(self, reason: StopReason) -> None:
        """TERM is heard at once."""
        if self.ending() is None and self.stopped is None:
            self.stopped = reason
            self.ends_at = self.commands.world.elapsed_s
            self.commands.changed()

    def kill(self) -> None:
        """KILL."""
        self.killed = True
        if self.ending() is None:
            self.ends_at = self.commands.world.elapsed_s

    def take_output(self) -> list[OutputPiece]:
        """One line, once."""
        if self.began_at is None or self._told:
            return []
        self._told = True
        return [OutputPiece(stream=Stream.STDOUT, data=b"said\n", tail=False)]

    def ending(self) -> Ending | None:
        """How it ended, once it has."""
        if self.ends_at is None or self.commands.world.elapsed_s < self.ends_at:
            return None
        signal = 15 if self.stopped else None
        code = None if self.stopped else self.exit_code
        return Ending(
            exit_code=code,
            signal=signal,
            stopped=self.stopped,
            cpu_s=0.0,
            memory_bytes_max=None,
            output_bytes=5,
        )


@dataclass(slots=True)
class Commands:
    """The processes of one machine; they outlive the node that started them."""

    world: World
    node: str
    starts: list[Start]
    changed_hook: list[object] = field(default_factory=list)
    children: dict[int, SimulatedChild] = field(default_factory=dict)
    _pids: int = 0

    def start(self, launch: Launch) -> SimulatedChild:
        """A child waits at its gate."""
        self._pids += 1
        chance = self.world.chance
        child = SimulatedChild(
            commands=self,
            launch=launch,
            identity=ProcessIdentity(pid=self._pids, started_ticks=self._pids, boot_id=self.node),
            lasts_s=chance.choice((0.2, 0.2, 2.0, 2.0, 20.0, 120.0)) * chance.random(),
            exit_code=int(chance.random() < 0.05),
        )
        self.children[self._pids] = child
        return child

    def end_survivors(self, identities: Sequence[ProcessIdentity], run_ids: Sequence[int]) -> int:
        """KILL what earlier incarnations left, whether it waits at its gate or runs."""
        named = {identity.pid for identity in identities}
        left = [
            child
            for child in self.children.values()
            if (child.identity.pid in named or child.launch.run_id in run_ids) and child.ending() is None
        ]
        for child in left:
            child.kill()
        return len(left)

    def note_start(self, child: SimulatedChild) -> None:
        """A command has really begun."""
        with self.world.database.read_engine.connect() as connection:
            row = connection.exec_driver_sql(
                "SELECT count(*) FROM run_attempt"
                " WHERE run_id = ? AND attempt = ? AND pid = ? AND boot_id = ?",
                (child.launch.run_id, child.launch.attempt, child.identity.pid, self.node),
            ).scalar_one()
        self.starts.append(
            Start(
                run_id=child.launch.run_id,
                attempt=child.launch.attempt,
                node=self.node,
                at_s=self.world.elapsed_s,
                recorded=bool(row),
            ),
        )

    def changed(self) -> None:
        """Some command has ended."""
        for hook in self.changed_hook:
            hook()  # type: ignore[operator]
