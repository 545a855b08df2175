"""What we call a line that stops cron is a line that Debian's crontab(1) refuses, and no other.

`crontab -n` checks a file with the daemon's own reader and installs nothing.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autom8.scheduler.crontab import parse_crontab


def _why_not() -> str | None:
    if shutil.which("crontab") is None:
        return "needs Debian's package cron"
    usage = subprocess.run(["crontab", "-h"], capture_output=True, text=True, check=False).stderr
    return None if "dry run" in usage else "needs a crontab(1) that can check without installing"


WHY_NOT = _why_not()
pytestmark = pytest.mark.skipif(WHY_NOT is not None, reason=WHY_NOT or "")


def is_refused(text: str, folder: Path) -> bool:
    file = folder / "crontab"
    file.write_text(text, encoding="utf-8", newline="")
    checked = subprocess.run(["crontab", "-n", file], capture_output=True, text=True, check=False)
    assert ("successfully" in checked.stderr) == (checked.returncode == 0), checked.stderr
    return checked.returncode != 0


VALUE = st.integers(0, 8).map(str) | st.sampled_from(["", "*", "59", "60", "mon", "Sun", "JAN", "x", "00"])
RANGE = st.tuples(VALUE, st.sampled_from(["", "-", "/", "~", ";", "#", "*"]), VALUE).map("".join)
STEPPED = st.tuples(RANGE, st.sampled_from(["", "/2", "/0", "/", "/x", "-4", "L", "é"])).map("".join)
FIELD = st.sampled_from(["*", "1", "*/5"]) | st.lists(STEPPED, min_size=1, max_size=2).map(",".join)
FIELDS = st.tuples(FIELD, FIELD, FIELD, FIELD, FIELD).filter(all).map(" ".join)
SETTING = st.text(alphabet="AB='\" \t\r", min_size=1, max_size=9)
SHORT = st.lists(st.sampled_from(["*", "1", "@daily", "@Daily", "@", "x", "=", "#"]), max_size=6).map(
    " ".join
)
LINES = FIELDS.map(lambda fields: f"{fields} true") | SETTING | SHORT


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(line=LINES)
def test_crontab_refuses_just_what_we_say_stops_cron(line: str, tmp_path: Path) -> None:
    crontab = parse_crontab(f"{line}\n", path="p", system=False, user=None)

    assert is_refused(f"{line}\n", tmp_path) == any(fault.stops_cron for fault in crontab.faults)


@pytest.mark.parametrize(("length", "refused"), [(998, False), (999, True)])
def test_crontab_and_we_agree_on_the_longest_command(length: int, refused: bool, tmp_path: Path) -> None:
    text = f"@daily {'x' * length}\n"

    assert is_refused(text, tmp_path) == refused
    assert bool(parse_crontab(text, path="p", system=False, user=None).faults) == refused


def test_crontab_refuses_a_file_without_a_newline_at_its_end(tmp_path: Path) -> None:
    assert is_refused("@daily x", tmp_path)
    assert parse_crontab("@daily x", path="p", system=False, user=None).notes
