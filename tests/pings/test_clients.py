"""Clients that were written for Healthchecks ping a real server, and need nothing changed but the address."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.pings.conftest import Job

Python = Callable[..., str]
CURL = ["curl", "-fsS", "-m", "10", "--retry", "5"]  # as Healthchecks' pages show it

WRAPPER = """
import asyncio
import sys
from healthchecks_wrapper import HealthCheck

url = sys.argv[1]
with HealthCheck(url):
    pass
with HealthCheck(url, suppress_exceptions=True):
    raise RuntimeError("no space left")

async def job():
    async with HealthCheck(url):
        pass

asyncio.run(job())
"""

DECORATOR = """
import sys
from healthchecks_decorator import healthcheck

@healthcheck(url=sys.argv[1], send_start=True, send_diagnostics=True)
def job(fails):
    if fails:
        raise RuntimeError("no space left")
    return {"rows": 12}

job(False)
try:
    job(True)
except RuntimeError:
    print("raised")
"""

PINGER = """
import sys
from HealthCheck_Pinger import PingHC, pingDecor

service, key = sys.argv[1:]
ping = PingHC(key, service)
ping.success
try:
    raise RuntimeError("no space left")
except RuntimeError:
    ping.failure

@pingDecor(key, service)
def job():
    pass

job()
"""

SHELL = """#!/bin/sh
url=$1
rid=$(cat /proc/sys/kernel/random/uuid)
curl -fsS -m 10 --retry 5 -o /dev/null "$url/start?rid=$rid"
said=$(/bin/sh -c 'echo "copying"; echo "no space left" >&2; exit 3' 2>&1)
curl -fsS -m 10 --retry 5 -o /dev/null --data-raw "$said" "$url/$??rid=$rid"
"""

CRON_LINE = '/bin/sh -c "exit $1" && curl -fsS -m 10 --retry 5 -o /dev/null {url} || curl -fsS {url}/fail'


def test_healthchecks_wrapper(job: Job, python: Python) -> None:
    assert "Ping failed" not in python(WRAPPER, job.url)
    assert job.kinds() == ["start", "success", "start", "fail", "start", "success"]
    assert "RuntimeError: no space left" in job.pings()[3]["body"]
    assert job.state() == "up"


def test_healthchecks_decorator(job: Job, python: Python) -> None:
    assert python(DECORATOR, job.url) == "raised\n"
    assert job.kinds() == ["start", "success", "start", "fail"]
    assert job.pings()[1]["body"] == "rows=12"
    assert job.state() == "down"


def test_healthcheck_pinger(job: Job, python: Python) -> None:
    assert "Ping failed" not in python(PINGER, job.service, job.key)
    assert job.kinds() == ["start", "success", "fail", "start", "success"]
    assert "RuntimeError: no space left" in job.pings()[2]["body"]


def test_curl_by_each_method(job: Job) -> None:
    assert _said([*CURL, job.url]) == "OK"
    assert _said([*CURL, "--head", job.url]).startswith("HTTP/1.1 200 OK")
    assert _said([*CURL, "--data-raw", "all of it", f"{job.url}/log"]) == "OK"
    assert [(each["method"], each["kind"], each["body"]) for each in job.pings()] == [
        ("GET", "success", ""),
        ("HEAD", "success", ""),
        ("POST", "log", "all of it"),
    ]
    assert job.pings()[0]["agent"].startswith("curl/")


def test_curl_sends_a_long_log_and_the_beginning_of_it_is_kept(job: Job, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"0123456789" * 400_000)
    assert _said([*CURL, "--data-binary", f"@{log}", f"{job.url}/fail"]) == "OK"
    piped = [*CURL, "-X", "POST", "-T", "-", job.url]  # in chunks: nobody says how long it will be
    with log.open("rb") as file:
        assert subprocess.run(piped, stdin=file, capture_output=True, check=True).stdout == b"OK"
    for each in job.pings():
        assert (each["body_bytes"], len(each["body"]), each["cut"]) == (4_000_000, 100_000, True)


def test_a_shell_script_reports_its_exit_status_its_output_and_its_run(job: Job, tmp_path: Path) -> None:
    script = tmp_path / "backup.sh"
    script.write_text(SHELL)
    subprocess.run(["/bin/sh", str(script), job.url], check=True, timeout=60)
    start, end = job.pings()
    assert (start["kind"], end["kind"], end["exit_code"]) == ("start", "fail", 3)
    assert end["body"] == "copying\nno space left"
    assert start["run"] == end["run"]
    assert end["duration_s"] > 0


def test_a_line_of_a_crontab(job: Job) -> None:
    line = CRON_LINE.format(url=job.url)
    for status in ("0", "1"):
        subprocess.run(["/bin/sh", "-c", line, "cron", status], check=True, timeout=60)
    assert job.kinds() == ["success", "fail"]


def test_a_wrong_key_and_a_wrong_status_end_curl_badly_and_say_why(job: Job) -> None:
    wrong = f"{job.service}/00000000-0000-4000-8000-000000000000"
    assert _said(["curl", "-sS", wrong]) == "not found"
    assert _said(["curl", "-sS", f"{job.url}/256"]) == "invalid url format"
    assert subprocess.run(["curl", "-fsS", wrong], capture_output=True, check=False).returncode == 22
    assert job.kinds() == []


def _said(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
