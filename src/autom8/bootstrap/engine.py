"""The embedded scheduler and worker of a process, with all that they do beside runs."""

from __future__ import annotations

import random
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from autom8.alerts.dead_man import DeadMan
from autom8.audit.sealing import LOOK_EVERY
from autom8.bootstrap.own import own_chores, own_watch_of
from autom8.bootstrap.services import Services
from autom8.kernel.events import (
    DecryptionFailed,
    LookDue,
    NoticesMade,
    RunCancelRequested,
    RunsQueued,
    TaskChanged,
)
from autom8.kernel.ids import new_lease_token
from autom8.persistence.home import (
    home_key,
)
from autom8.scheduler.dispatch.embedded import Companion, EmbeddedEngine
from autom8.scheduler.recovery import Reconciler, take_up_work
from autom8.scheduler.retention import Retention
from autom8.scheduler.runners.command import CommandProcesses
from autom8.scheduler.worker import Worker


@dataclass(slots=True)
class _Bell:
    """What the runner rings before the engine that hears it is made."""

    rung: Callable[[], None] = field(default=lambda: None)

    def ring(self) -> None:
        self.rung()


def build_engine(services: Services, *, place: int) -> EmbeddedEngine:
    """The embedded scheduler and worker of this process, with what earlier incarnations left behind settled.

    `place` tells this server from others on the same data folder.
    """
    settings = services.settings
    key = f"{services.installation_key}:{home_key(settings.home)}:{place}"
    host = settings.worker_name or socket.gethostname()
    name = host if place == 1 else f"{host}-{place}"
    bell = _Bell()
    engine = EmbeddedEngine(
        firing=services.firing,
        worker=_worker_of(services, bell, key=key, name=name),
        reconciler=Reconciler(begin=services.units.writing, clock=services.clock),
        retention=_retention_of(services),
        clock=services.clock,
        telemetry=services.telemetry,
        stop_grace=timedelta(seconds=settings.stop_grace_s),
        chores=_chores_of(services),
    )
    bell.rung = engine.child_changed
    _watch_itself(services, engine, key=key, name=name)
    _tell(services, engine, key=key)
    services.bus.after(RunsQueued, lambda _: engine.ring_worker())
    services.bus.after(RunCancelRequested, lambda _: engine.ring_worker())
    services.bus.after(TaskChanged, lambda _: engine.ring_firing())
    return engine


def _worker_of(services: Services, bell: _Bell, *, key: str, name: str) -> Worker:
    processes = CommandProcesses(services.clock, bell.ring, owner=key)
    identity = take_up_work(
        key=key,
        name=name,
        incarnation=new_lease_token(),
        begin=services.units.writing,
        processes=processes,
        machine=services.firing.machine,
    )
    return Worker(
        identity=identity,
        slots=services.settings.worker_slots,
        begin=services.units.writing,
        read=services.units.reading,
        processes=processes,
        clock=services.clock,
        chance=random.SystemRandom(),
    )


def _watch_itself(services: Services, engine: EmbeddedEngine, *, key: str, name: str) -> None:
    """Have this server leave signs of what is wrong with it, and tell a watch elsewhere that it is well."""
    settings = services.settings
    if settings.dead_man_url is not None:
        dead_man = DeadMan(
            url=settings.dead_man_url,
            ask=services.egress.ask,
            ailing=engine.ailing,
            telemetry=services.telemetry,
        )
        engine.chores["dead_man"] = (timedelta(seconds=settings.dead_man_every_s), dead_man.look)
    own = own_watch_of(services, place=key, server=name)
    own.start()
    engine.stepped = own.clock_stepped
    engine.chores |= own_chores(services, own)
    services.bus.after(DecryptionFailed, own.refused)


def _tell(services: Services, engine: EmbeddedEngine, *, key: str) -> None:
    """Have a thread of this server tell people, rung by what makes something to tell."""
    telling = services.alerts.telling
    telling.outbox.take_up(key)
    told = Companion(step=telling.step, close=telling.close)
    telling.rung_by(told.bell.set)
    engine.companions["alerts"] = told
    services.bus.after(LookDue, lambda _: told.bell.set())
    services.bus.after(NoticesMade, lambda _: told.bell.set())


def _retention_of(services: Services) -> Retention:
    settings = services.settings
    return Retention(
        begin=services.units.writing,
        read=services.units.reading,
        age_max=timedelta(days=settings.retention_days),
        runs_max=settings.retention_runs,
        output_bytes_max=settings.retention_output_bytes,
    )


def _chores_of(services: Services) -> dict[str, tuple[timedelta, Callable[[], object]]]:
    """What is done from time to time beside the scheduler's own work: how often, and how."""
    chores: dict[str, tuple[timedelta, Callable[[], object]]] = {
        "sign_ins": (timedelta(hours=6), services.security.sign_ins.prune),
        "samples": (timedelta(seconds=15), services.recorder.flush),
        "disk": (timedelta(minutes=15), services.database.reclaim),
        "checkpoints": (LOOK_EVERY, services.sealing.look),
        "shredding": (timedelta(minutes=1), services.shredder.shred_later),
        "rollups": (timedelta(minutes=1), services.recorder.roll_up),
        "sealed_samples": (timedelta(minutes=10), services.recorder.seal),
        "old_samples": (timedelta(hours=1), services.recorder.forget_old),
    }
    age_max = timedelta(days=services.settings.retention_days)
    chores["told"] = (timedelta(hours=1), lambda: services.alerts.prune(age_max))
    if services.oidc:
        chores["provider_sign_ins"] = (timedelta(hours=1), services.oidc.prune)
    return chores
