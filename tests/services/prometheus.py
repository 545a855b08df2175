"""A real Prometheus that evaluates rules and pushes what fires to an Alertmanager; and the real amtool."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.faults.server import wait_until

_CONFIG = """
global:
  scrape_interval: 1s
  evaluation_interval: 1s
rule_files: [rules.yml]
alerting:
  alertmanagers:
    - scheme: http
      authorization: {{credentials: {key}}}
      path_prefix: {prefix}
      static_configs: [{{targets: ["{target}"]}}]
"""


@contextmanager
def prometheus(folder: Path, *, rules: str, target: str, key: str, prefix: str = "/") -> Iterator[str]:
    """A Prometheus with these alerting rules, which pushes to `target` with an API key; its URL.

    `prefix` is the path below which the Alertmanager's own paths stand.
    """
    program = shutil.which("prometheus")
    if program is None:
        pytest.skip("prometheus is not installed (./dev test as root installs it on Debian)")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rules.yml").write_text(rules)
    (folder / "prometheus.yml").write_text(_CONFIG.format(key=key, target=target, prefix=prefix))
    port = _free_port()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                program,
                f"--config.file={folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
                "--rules.alert.resend-delay=1s",
            ],
            cwd=folder,
            stdout=log,
            stderr=log,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: _answers(f"{url}/-/ready"), within_s=40, what="a Prometheus that answers")
        yield url
    finally:
        process.kill()
        process.wait()


def amtool(url: str, key: str | None, folder: Path, *words: str) -> Any:
    """What amtool says of the Alertmanager at a URL, as JSON where it speaks it; `key` may be in the URL."""
    program = shutil.which("amtool")
    if program is None:
        pytest.skip("amtool is not installed (./dev test as root installs it on Debian)")
    options = [f"--alertmanager.url={url}"]
    if key is not None:
        config = folder / "amtool-http.yml"
        config.write_text(f"authorization: {{credentials: {key}}}\n")
        options.append(f"--http.config.file={config}")
    done = subprocess.run(
        [program, *options, *words],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    with contextlib.suppress(ValueError):
        return json.loads(done.stdout)
    return done.stdout.strip()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _free_port() -> int:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
