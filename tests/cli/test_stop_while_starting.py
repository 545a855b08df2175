"""A stop that is asked for while the server starts is heard, whenever it comes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

HANGS_AFTER_S = 30.0


@pytest.mark.parametrize("signal_sent", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_during_the_start_ends_the_server(tmp_path: Path, signal_sent: signal.Signals) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AUTOM8_")}
    for number, after_s in enumerate((0.4, 0.6, 0.8, 1.0, 1.3, 1.7)):
        server = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "autom8.cli.main",
                "up",
                "--port",
                "0",
                "--data",
                str(tmp_path / str(number)),
            ],
            env=environment,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(after_s)
        server.send_signal(signal_sent)
        try:
            server.wait(HANGS_AFTER_S)
        finally:
            server.kill()
