"""`autom8 collect`: wires the collector to this host, a folder and a server, and runs it until TERM.

Loads neither Flask nor SQLAlchemy nor settings: it shall be small, since it runs on every host.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from autom8 import __version__
from autom8.cli.collect_posting import Poster
from autom8.kernel import defaults, logs
from autom8.kernel.clock import BootClock
from autom8.kernel.errors import Invalid, Misconfigured
from autom8.kernel.naming import checked_name
from autom8.kernel.secrets import Secret
from autom8.metrics.collecting.buffer import Buffer
from autom8.metrics.collecting.collector import Collector
from autom8.metrics.collecting.delivery import Delivery
from autom8.metrics.collecting.host import Host
from autom8.metrics.collecting.own import OwnProbe
from autom8.metrics.collecting.probes import host_probes
from autom8.metrics.collecting.timer import Timer
from autom8.security.secret_files import read_private_file

log = logging.getLogger(__name__)

STOPS: Final = frozenset({signal.SIGTERM, signal.SIGINT})
STOP_WITHIN_S: Final = 5.0
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def collect(args: argparse.Namespace) -> int:
    """Collect until TERM or an interrupt. Exit status 0 after a stop that was asked for.

    Raises:
        Invalid: the server's address or the host's name can't be one.
        Misconfigured: the key or the folder can't be used.
    """
    key_file = Path(args.key_file)
    read_authorization(key_file)  # whoever starts it shall hear at once that it can't be read
    host = _host_name(args.name)
    _check_server(args.server)
    timer = Timer.by(BootClock())
    poster = Poster(args.server, lambda: read_authorization(key_file), elapsed_s=timer.elapsed_s)
    # From here on a stop waits to be asked for; the threads to come inherit that.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    folder = data_folder(args.data, os.environ)
    buffer = Buffer(folder, bytes_max=defaults.COLLECT_BUFFER_BYTES_MAX)
    logs.configure("INFO")
    every_s = args.every.total_seconds()
    delivery = Delivery(buffer, poster, every_s=every_s, elapsed_s=timer.elapsed_s)
    collector = Collector(
        probes=[*host_probes(Host(), timer), OwnProbe(Host()), delivery],
        sink=delivery,
        timer=timer,
        every_s=every_s,
        labels={"host": host},
    )
    _tell_start(args, collector, buffer, folder)
    delivery.start()
    collector.run(_stopped_within)
    delivery.stop(within_s=STOP_WITHIN_S)
    poster.close()
    waiting = buffer.batches
    buffer.close()
    log.info("collector_stopped", extra={"fields": {"delivered": delivery.delivered, "waiting": waiting}})
    return 0


def read_authorization(path: Path) -> Secret:
    """The header that shows the API key in a file.

    Raises:
        Misconfigured: it can't be read, is open to others, or holds none.
    """
    text = read_private_file(path).decode("ascii", "replace").strip()
    if not text or not text.isprintable() or not text.isascii() or " " in text:
        raise Misconfigured(f"{path} holds no API key; `autom8 apikey add` makes one.")
    return Secret(f"Bearer {text}")


def data_folder(given: str | None, env: Mapping[str, str]) -> Path:
    """Where batches wait: as given, as systemd says, or a folder of the user's own."""
    if given:
        return Path(given).absolute()
    if states := env.get("STATE_DIRECTORY"):
        return Path(states.partition(":")[0])
    if os.geteuid() == 0:
        return Path("/var/lib/autom8-collect")
    return Path(env.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "autom8-collect"


def sent_in_the_clear(server: str) -> bool:
    """Whether others on the way to a server can read the key."""
    parts = urlsplit(server)
    return parts.scheme == "http" and parts.hostname not in _LOOPBACK


def _host_name(given: str | None) -> str:
    try:
        return checked_name(os.uname().nodename if given is None else given)
    except ValueError as error:
        raise Invalid(f"the host's name {error}", fields={"name": str(error)}) from None


def _check_server(url: str) -> None:
    if "@" in urlsplit(url).netloc:
        raise Invalid("the server's address must not carry a user's name or password")


def _tell_start(args: argparse.Namespace, collector: Collector, buffer: Buffer, folder: Path) -> None:
    fields = {
        "version": __version__,
        "host": collector.labels["host"],
        "server": args.server,
        "every_s": collector.every_s,
        "data": str(folder),
        "waiting": buffer.batches,
        "buffer_bytes_max": defaults.COLLECT_BUFFER_BYTES_MAX,
        "probes": [probe.name for probe in collector.probes],
    }
    log.info("collector_started", extra={"fields": fields})
    if sent_in_the_clear(args.server):
        log.warning("key_sent_in_the_clear", extra={"fields": {"server": args.server}})


def _stopped_within(seconds: float) -> bool:
    """Wait so long for a stop, and say whether it came."""
    return signal.sigtimedwait(STOPS, seconds) is not None
