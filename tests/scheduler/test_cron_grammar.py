"""Which cron expressions are taken, and what their author is told about those that are not."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from autom8.kernel.errors import Invalid
from autom8.scheduler import cron

# What crontab(1) of Debian 12 takes and we take too.
GOOD = [
    "* * * * *",
    "*/100 * * * *",
    "*/5,7 * * * *",
    "5,*/20 * * * *",
    "005 * * * *",
    "1-5/2 * * * *",
    "1-5/100 * * * *",
    "5-5 * * * *",
    "0 0 * * 0-7",
    "0 0 * * 7",
    "0 0 * * */7",
    "0 0 * * sun,mon",
    "0 0 * * Mon-FRI",
    "0 0 * * sun-tue",
    "0 0 * * fri-7",
    "0 0 * jan-mar *",
    "0 0 1-7 * 1",
    "0 0 31 2 1",
    "0\t0  1 *\t*",
    *cron.MACROS,
]

# What crontab(1) of Debian 12 refuses, so that we have to as well.
BAD = [
    "5/10 * * * *",
    "*/0 * * * *",
    "*/-2 * * * *",
    "*/ * * * *",
    "*/5m * * * *",
    "1-70/30 * * * *",
    "1-70 * * * *",
    "60 * * * *",
    "-5 * * * *",
    "5- * * * *",
    "1,,2 * * * *",
    "1, * * * *",
    ",1 * * * *",
    "0x5 * * * *",
    "? * * * *",
    "99999999999999999999 * * * *",
    "0 24 * * *",
    "0 0 0 * *",
    "0 0 32 * *",
    "0 0 jan * *",
    "0 0 * 0 *",
    "0 0 * 13 *",
    "0 0 * mon *",
    "0 0 * january *",
    "0 0 * * 8",
    "0 0 * * Mon/2",
    "@DAILY",
    "@fortnightly",
    "@every 5m",
]

# What it takes in silence and does not do: the rest of a field is dropped, or a task never runs.
BAD_HERE = [
    "*foo * * * *",
    "*-5 * * * *",
    "*/5/2 * * * *",
    "1.5 * * * *",
    "5! * * * *",
    "0~5 * * * *",
    "0 22-2 * * *",
    "0 0 * * fri-sun",
    "0 0 30 2 *",
    "0 0 31 2,4,6,9,11 *",
    "0 0 31 4 */2",
]

# Ours, and what lies near it.
EXTENDED = [
    "0 0 L * *",
    "0 0 1,l * *",
    "0 0 * * 5L",
    "0 0 * * fril",
    "0 0 * * 1#2,mon#4",
    "0 0 * * 0#5",
]
BAD_EXTENDED = [
    "0 0 LW * *",
    "0 0 L/2 * *",
    "0 0 L-3 * *",
    "L * * * *",
    "0 0 * L *",
    "0 0 * * L",
    "0 0 * * 8L",
    "0 0 * * 1#0",
    "0 0 * * 1#6",
    "0 0 * * 1#",
    "0 0 * * 1-5#2",
    "0 0 5L * *",
    # February has a fifth Monday only on its 29th, which is not one of */5
    "0 0 */5 2 1#5",
]

ODD = [
    "",
    "   ",
    "*",
    "* * * *",
    "* * * * * *",
    "* * * *\n*",
    "* * * * *\n",
    "* * *\u00a0* *",
    "\u0661 * * * *",
    "\0 * * * *",
    "1" * 2_000 + " * * * *",
    "@reboot",
]


@pytest.mark.parametrize("text", GOOD)
def test_an_expression_that_debian_takes_is_taken(text: str) -> None:
    assert not cron.parse(text).extended


@pytest.mark.parametrize("text", EXTENDED)
def test_our_extension_is_taken_and_marked_as_such(text: str) -> None:
    assert cron.parse(text).extended


@pytest.mark.parametrize("text", [*BAD, *BAD_HERE, *BAD_EXTENDED, *ODD])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        cron.parse(text)

    assert refusal.value.fields == {"cron": str(refusal.value)}


@pytest.mark.skipif(shutil.which("crontab") is None, reason="no crontab command on this machine")
@pytest.mark.parametrize(("texts", "taken"), [(GOOD, True), (BAD, False), (BAD_HERE, True)])
def test_debians_crontab_agrees(texts: list[str], taken: bool, tmp_path: Path) -> None:
    def verdict(text: str) -> bool:
        table = tmp_path / "table"
        table.write_text(f"{text} true\n")
        run = subprocess.run(["crontab", "-n", str(table)], capture_output=True, check=False)
        return run.returncode == 0

    if not verdict("* * * * *"):
        pytest.skip("this crontab command has no dry run")

    assert {text: verdict(text) for text in texts} == dict.fromkeys(texts, taken)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("61 * * * *", "field 1, minute: '61' is not within 0 to 59 (for example */15)"),
        ("* * * jany *", "field 4, month: 'jany' is no number or a name from jan to dec"),
        ("0 22-2 * * *", "'22-2' runs backwards and cron never fires it; write 22-23,0-2"),
        ("0 0 * * fri-sun", "write 5-7,0"),
        ("5/10 * * * *", "'5/10' needs a range to step through, as 5-59/10"),
        ("*/0 * * * *", "a step of 0"),
        ("0 0 * * 1#6", "which one of the month it is, 1 to 5"),
        ("0 0 31 2 *", "no date ever matches: day of month 31 in month 2 never comes"),
        ("0 0 31 4 */2", "day of month 31 in month 4 on weekday */2 never comes"),
        ("* * * * * *", "here are 6; cron knows no seconds"),
        ("* * *", "five fields are needed"),
        ("", "it is empty"),
        ("@reboot", "schedule boot"),
        ("@Daily", "lower case: @daily"),
        ("@fortnightly", "@yearly, @annually, @monthly"),
        ("1" * 2_000, "at most 1000 characters"),
    ],
)
def test_a_refusal_says_what_is_wrong_and_what_to_write(text: str, told: str) -> None:
    with pytest.raises(Invalid) as refusal:
        cron.parse(text)

    assert told in str(refusal.value)


def test_a_refusal_names_every_wrong_field() -> None:
    with pytest.raises(Invalid) as refusal:
        cron.parse("60 24 0 0 8")

    for position in range(1, 6):
        assert f"field {position}," in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "follows"),
    [
        ("* 3 * * *", True),
        ("0 * * * *", True),
        ("*/7 3 * * *", True),
        ("0 */2 * * *", True),
        ("@hourly", True),
        ("0 3 * * *", False),
        ("@daily", False),
        ("5,*/7 3 * * *", False),
        ("0-59 0-23 * * *", False),
    ],
)
def test_a_star_that_begins_the_minute_or_hour_follows_real_time(text: str, follows: bool) -> None:
    assert cron.parse(text).follows_real_time is follows
