"""`autom8 up`: granian's parent, and the one worker process that holds API, scheduler and runner.

The parent loads as little as it can, since it only waits; it starts the worker again when that dies. The
worker never outlives the parent.
"""

from __future__ import annotations

import argparse
import gc
import getpass
import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.util import Finalize
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from autom8.cli.insisting import Insistence
from autom8.config import Settings, read_settings
from autom8.kernel import defaults
from autom8.kernel.actor import SCOPES_BY_ROLE, Actor
from autom8.kernel.errors import Autom8Error, Misconfigured, Unavailable
from autom8.kernel.vocabulary import ActorKind, Role

if TYPE_CHECKING:
    from granian.server.common import AbstractServer

    from autom8.bootstrap import Services
    from autom8.cli.certificate import Certificate
    from autom8.cli.redirect import HttpRedirect
    from autom8.scheduler.dispatch.embedded import EmbeddedEngine


T = TypeVar("T")
FAILED: Final = 2
PORT_WAIT_S: Final = 10.0  # the last server may be on its way out
DATABASE_WAIT_S: Final = 30.0
FIRST_START_S: Final = (
    5.0  # a worker that begins later than this after its parent is one that is started again
)
BACKPRESSURE: Final = 512  # connections at once, also those that say nothing yet
HEADERS_WITHIN_MS: Final = 15_000  # also how long a connection may idle between two requests
DIED_AGAIN: Final = (  # granian gives up on a worker that dies within 5.5 s of its start
    "the server's worker process died twice within seconds; the log above says of what. Start it again, "
    "best by a supervisor such as systemd."
)
LISTENING_EVERY_S: Final = 0.005


def up(args: argparse.Namespace) -> int:
    """Serve until told to stop. Exit status 0 after a stop that was asked for."""
    given = {
        name: str(value) for name in ("host", "port") if (value := getattr(args, name, None)) is not None
    }
    if args.data:
        given["home"] = str(Path(args.data).absolute())
    settings = read_settings(os.environ, given)
    certificate = _certificate(settings)
    port = _free_port(settings.host, settings.port)
    return _serve(settings, port, certificate)


def local_services(data: str | None) -> Services:
    """The services themselves, on this machine's data folder, for what must work without a server."""
    from autom8.bootstrap import build_services
    from autom8.kernel import logs

    logs.configure("ERROR")
    given = {"home": str(Path(data).absolute())} if data else {}
    return build_services(read_settings(os.environ, given))


def _certificate(settings: Settings) -> Certificate | None:
    """What is shown to whoever connects by TLS; None when plain HTTP is served."""
    if settings.tls_cert is None or settings.tls_key is None:
        return None
    from autom8.cli.certificate import read_certificate

    return read_certificate(settings.tls_cert, settings.tls_key)


def local_operator() -> Actor:
    """Who works without a server: whoever may write the data folder may do anything."""
    return Actor(
        kind=ActorKind.LOCAL,
        name=getpass.getuser(),
        role=Role.ADMIN,
        scopes=SCOPES_BY_ROLE[Role.ADMIN],
    )


def _serve(settings: Settings, port: int, certificate: Certificate | None) -> int:
    began = time.monotonic()
    told, telling = os.pipe()  # the worker says here why it could not start
    os.set_blocking(told, False)
    server = _granian(settings, port)

    def load(_target: str, *_: object, **__: object) -> Callable[..., Any]:
        # Ctrl-C reaches a terminal's whole group: the parent would add its TERM to it, and granian,
        # told by two signals at once, often heeds neither.
        os.setsid()
        # Until granian listens for signals here, those of the parent's handlers that came with the
        # fork would swallow them, and a stop that was asked for once would never come.
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, lambda *_: sys.exit(0))
        insistence = Insistence()  # from here on: an exit can get lost in whatever it interrupts
        insistence.start()
        again = time.monotonic() - began > FIRST_START_S
        try:
            return _start_worker(settings, port, certificate, insistence, again=again)
        except Autom8Error as error:
            os.write(telling, str(error).encode())
            os.kill(os.getppid(), signal.SIGTERM)
            os._exit(FAILED)

    try:
        server.serve(target_loader=load)
    except SystemExit as ended:
        failure = _read_all(told)
        if failure:
            raise Misconfigured(failure) from None
        if ended.code:
            print(f"autom8: {DIED_AGAIN}", file=sys.stderr)
        raise
    failure = _read_all(told)
    if failure:
        raise Misconfigured(failure)
    return 0


def _granian(settings: Settings, port: int) -> AbstractServer[Any]:
    """The server whose parent starts its one worker again when it dies."""
    from granian.constants import HTTPModes, Interfaces, SSLProtocols
    from granian.http import HTTP1Settings
    from granian.server import Server

    return Server(
        target="autom8.wsgi",
        address=settings.host,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=settings.http_threads,
        backpressure=BACKPRESSURE,
        # Waiting to see which version is spoken has no end; with HTTP/1 alone, slow headers have one.
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(
            header_read_timeout=HEADERS_WITHIN_MS,
            max_buffer_size=defaults.ADDRESS_BYTES_MAX + 2 * settings.header_bytes_max,
        ),
        ssl_cert=settings.tls_cert,
        ssl_key=settings.tls_key,
        ssl_protocol_min=SSLProtocols.tls12,
        respawn_failed_workers=True,
        log_enabled=False,
    )


def _read_all(descriptor: int) -> str:
    try:
        return os.read(descriptor, 65_536).decode(errors="replace")
    except BlockingIOError:
        return ""


def _free_port(host: str, port: int) -> int:
    """The port to listen on; a free one for 0.

    Raises:
        Misconfigured: the address can't be listened on.
    """
    end = time.monotonic() + PORT_WAIT_S
    while True:
        try:
            family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((host, port))
                return int(probe.getsockname()[1])
        except OSError as error:
            if port == 0 or time.monotonic() >= end:
                reason = (error.strerror or str(error)).lower()
                raise Misconfigured(
                    f"Can't listen on {host}:{port}: {reason}; choose another --port."
                ) from error
        time.sleep(0.1)


# what follows runs in the worker process


def _start_worker(
    settings: Settings, port: int, certificate: Certificate | None, insistence: Insistence, *, again: bool
) -> Callable[..., Any]:
    gc.disable()  # what is loaded now stays: there is nothing to collect
    from autom8.api.app import create_app
    from autom8.bootstrap import build_engine, build_services, host_watch_of, note_start, take_place
    from autom8.dashboard import make_blueprint
    from autom8.dashboard.links import make_links_blueprint
    from autom8.kernel import logs

    parent = os.getppid()
    logs.configure(settings.log_level)
    place = take_place(settings)
    redirect = _start_redirect(settings, port, certificate)
    services = _patiently(lambda: build_services(settings), forever=again)
    _patiently(lambda: note_start(services), forever=again)
    engine = _patiently(lambda: build_engine(services, place=place), forever=again)
    app = create_app(services, health=lambda: services.health(engine))
    app.register_blueprint(make_blueprint())
    app.register_blueprint(make_links_blueprint(services.alerts.links))
    engine.start()
    herald = _Herald(services, port, certificate)
    Finalize(None, _stop, args=(services, engine, herald, insistence, redirect), exitpriority=100)
    if (watch := host_watch_of(services, place=place)) is not None:
        watch.start()
        Finalize(None, watch.stop, exitpriority=90)
    threading.Thread(
        target=_end_with_parent, args=(parent, engine), name="autom8-parent", daemon=True
    ).start()
    herald.start()
    gc.freeze()  # or each full collection would walk all modules, and everything waits for it
    gc.enable()
    return app


def _start_redirect(settings: Settings, port: int, certificate: Certificate | None) -> HttpRedirect | None:
    """The listener that sends plain HTTP on to this server, where one is asked for."""
    if settings.http_redirect_port is None or certificate is None:
        return None
    from autom8.cli.redirect import Destination, HttpRedirect

    where = Destination(public_url=settings.public_url, port=port, is_ours=certificate.is_for)
    redirect = HttpRedirect(settings.host, settings.http_redirect_port, where)
    redirect.start()
    return redirect


def _patiently(build: Callable[[], T], *, forever: bool) -> T:
    """What `build` makes, once the database can be reached: it may be starting beside us, or coming back.

    A server that ran before waits for as long as it takes; a first start says soon that something is wrong.
    """
    end = time.monotonic() + DATABASE_WAIT_S
    while True:
        try:
            return build()
        except Unavailable as error:
            if not forever and time.monotonic() >= end:
                raise Misconfigured(f"{error} Autom8 waited {DATABASE_WAIT_S:.0f} s for it.") from error
        time.sleep(0.5)


class _Herald(threading.Thread):
    """Tells where the server is, once it listens there: granian does so only after we have returned."""

    def __init__(self, services: Services, port: int, certificate: Certificate | None = None) -> None:
        super().__init__(name="autom8-herald", daemon=True)
        self._services = services
        self._certificate = certificate
        self._address = (_reachable(services.settings.host), port)
        self._silenced = threading.Event()

    def run(self) -> None:
        """Wait for the port, then tell the command line on this machine and the terminal."""
        from autom8.bootstrap import announce

        while not self._silenced.is_set():
            try:
                socket.create_connection(self._address, timeout=1).close()
            except OSError:
                self._silenced.wait(LISTENING_EVERY_S)
                continue
            shown = self._certificate
            url = _url(*self._address, scheme="http" if shown is None else "https")
            announce(
                self._services.settings, url=url, certificate=None if shown is None else shown.fingerprint
            )
            _greet(self._services, url, shown)
            return

    def silence(self) -> None:
        """Tell nothing any more; once this returns, nothing will be told."""
        self._silenced.set()
        self.join()


def _stop(
    services: Services,
    engine: EmbeddedEngine,
    herald: _Herald,
    insistence: Insistence,
    redirect: HttpRedirect | None,
) -> None:
    from autom8.bootstrap import withdraw

    insistence.heeded()
    herald.silence()
    if redirect is not None:
        redirect.stop()
    engine.stop()
    services.sealing.seal()
    withdraw(services.settings)
    services.close()


def _end_with_parent(parent: int, engine: EmbeddedEngine) -> None:
    """Die when the parent does, however it died: left alone, a worker would hold the data folder."""
    try:
        watched = os.pidfd_open(parent)
        if os.getppid() == parent:
            select.select([watched], [], [])
    except ProcessLookupError:
        pass
    engine.abandon()
    os._exit(FAILED)


def _greet(services: Services, url: str, certificate: Certificate | None) -> None:
    say = sys.stderr
    settings = services.settings
    if services.keys_made:
        print(f"Made new keys in {settings.home} (mode 0600).", file=say)
    plain = certificate is None and not settings.production
    if plain and settings.host not in {"127.0.0.1", "::1", "localhost"}:
        print(
            f"Warning: plain HTTP on {settings.host}; put a TLS proxy in front before others use it.",
            file=say,
        )
    if certificate is not None and certificate.ends_soon(services.clock.now()):
        print(f"Warning: the certificate ends on {certificate.not_after:%Y-%m-%d}; renew it.", file=say)
    print(f"Autom8 is ready at {settings.public_url or url} (data in {settings.home}).", file=say)
    token = services.security.setup.open_()
    if token is not None:
        print(
            f"First administrator, once within the hour: {url}/setup?token={token.reveal()}",
            file=say,
            flush=True,
        )


def _reachable(host: str) -> str:
    """What to dial on this machine: "every address" is none that a browser could take."""
    return "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - it is what we were told


def _url(host: str, port: int, *, scheme: str) -> str:
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
