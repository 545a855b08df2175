"""A real OpenID Connect provider (oidc-provider-mock) in a process of its own, on a free port of loopback."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

START_WITHIN_S = 30


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@contextmanager
def oidc_provider(*people: dict[str, Any]) -> Iterator[str]:
    """The issuer of a provider that knows these people, each by claims with a `sub`."""
    port = free_port()
    issuer = f"http://localhost:{port}"
    known = [option for person in people for option in ("--user-claims", json.dumps(person))]
    process = subprocess.Popen(
        [sys.executable, "-m", "oidc_provider_mock", "--host", "localhost", "--port", str(port), *known],
        env={**os.environ, "AUTHLIB_INSECURE_TRANSPORT": "1"},  # of the provider: it speaks plain HTTP
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for_answer(f"{issuer}/.well-known/openid-configuration", process)
        yield issuer
    finally:
        process.terminate()
        process.wait(START_WITHIN_S)


def _wait_for_answer(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_WITHIN_S
    while True:
        try:
            with urlopen(url, timeout=5):
                return
        except URLError:
            assert process.poll() is None, "the provider did not start"
            assert time.monotonic() < end, "the provider does not answer"
            time.sleep(0.1)
