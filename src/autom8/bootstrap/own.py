"""What a server's watch of itself is made of: its probes, and how often each is asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from autom8.alerts.own import backups, trail
from autom8.alerts.own.backups import BackupProbe
from autom8.alerts.own.disks import DiskProbe
from autom8.alerts.own.trail import TrailProbe
from autom8.alerts.own.watching import WATCH_EVERY, WRITE_EVERY, OwnWatch
from autom8.bootstrap.parts import cron_after
from autom8.bootstrap.services import Services
from autom8.kernel.actor import SYSTEM
from autom8.kernel.vocabulary import OwnRule
from autom8.persistence.home import CORE_FILE

Chores = dict[str, tuple[timedelta, Callable[[], object]]]


def own_watch_of(services: Services, *, place: str, server: str) -> OwnWatch:
    """The watch of this server. `place` is its key over restarts, `server` its name."""
    settings = services.settings
    folders = [settings.home]
    if services.database.dialect == "sqlite":
        folders.append((settings.home / CORE_FILE).resolve().parent)
    return OwnWatch(
        begin=services.units.writing,
        read=services.units.reading,
        clock=services.clock,
        place=place,
        server=server,
        cron_after=cron_after,
        database_has_clock=services.database.dialect == "postgresql",
        probes={
            OwnRule.DISK_FILLING: DiskProbe(
                folders=folders, percent=settings.disk_free_percent, clock=services.clock
            ),
            OwnRule.AUDIT_BROKEN: lambda: services.sealing.standing,
        },
    )


def own_chores(services: Services, watch: OwnWatch) -> Chores:
    """What keeps a watch going."""
    settings = services.settings
    whole_trail = TrailProbe(
        verify=lambda cursor: services.audit.verify_step(cursor, actor=SYSTEM), clock=services.clock
    )
    backup: Callable[[], dict[str, object]] = dict  # without a path nothing is amiss
    if settings.backup_path is not None:
        backup = BackupProbe(
            path=settings.backup_path,
            age_max=timedelta(hours=settings.backup_age_max_h),
            clock=services.clock,
        )
    return {
        "own_signs": (WATCH_EVERY, watch.look),
        "own_instants": (WRITE_EVERY, watch.write),
        "own_trail": (
            trail.PIECE_EVERY,
            lambda: watch.settle(OwnRule.AUDIT_BROKEN, whole_trail(), everywhere=True),
        ),
        "own_backup": (
            backups.LOOK_EVERY,
            lambda: watch.settle(OwnRule.BACKUP_OLD, backup()),
        ),
    }
