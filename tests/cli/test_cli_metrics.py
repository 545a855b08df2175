"""`autom8 metric` against the real API: what is sent, what is shown, and what can't be read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from autom8.cli import metric
from autom8.cli.exposition import read_samples
from autom8.kernel.errors import Invalid
from tests.cli.command import Cli
from tests.cli.served import here, house

__all__ = ["here", "house"]

TEXT = r"""
# HELP jobs_total Jobs that were done.
# TYPE jobs_total counter
jobs_total{host="a",path="C:\\x \"y\" {z}\n"} 1027
jobs_total{ host = "b", } 3e2
  up 1
temperature{} -1.5
"""


def series(here: Cli) -> list[tuple[str, Any]]:
    return [(each["name"], each["labels"]) for each in json.loads(here("metric", "list", "--json").out)]


def test_a_sample_is_sent_listed_and_drawn(here: Cli) -> None:
    sent = here("metric", "push", "load", "1.5", "--label", "host=a", "--label", "cpu=0")
    assert (sent.code, sent.out) == (0, "kept 1 sample\n"), sent.err

    assert series(here) == [("load", {"host": "a", "cpu": "0"})]
    assert "cpu=0, host=a" in here("metric", "list", "load", "--match", 'host="a"').out
    assert here("metric", "list", "other", "--json").out.strip() == "[]"
    drawn = here("metric", "query", "load", "--since", "10m", "--step", "1m", "--aggregate", "max")
    assert drawn.out.splitlines()[1].split() == ["cpu=0,", "host=a", "1", "1.5", "1.5", "1.5", "1.5"]
    assert drawn.err == "autom8: max of each 1m, from 1m\n"
    whole = json.loads(here("metric", "query", "load", "--top", "1", "--json").out)
    assert [value for _, value in whole["series"][0]["points"]] == [1.5]


def test_what_stands_on_stdin_is_sent_in_batches(here: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metric, "BATCH_SAMPLES", 3)

    assert here("metric", "push", stdin=TEXT).out == "kept 4 samples\n"

    assert sorted(series(here), key=str) == [
        ("jobs_total", {"host": "a", "path": 'C:\\x "y" {z}\n'}),
        ("jobs_total", {"host": "b"}),
        ("temperature", {}),
        ("up", {}),
    ]


def test_what_is_not_kept_is_told(here: Cli) -> None:
    told = here("metric", "push", stdin="a 1 1000\na NaN\na +Inf\na 2\n")

    assert (told.out, told.err) == ("kept 1 sample\n", "autom8: not kept: 1 too_old, 2 not_finite\n")
    told = here("metric", "push", "a", "1", "--at", "2001-01-01T00:00:00Z", "--json")
    assert json.loads(told.out) == {"kept": 0, "not_kept": {"too_old": 1}}


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["a"], "a sample is a NAME and a VALUE"),
        (["a", "many"], "a sample is a NAME and a VALUE"),
        (["a-b", "1"], "name"),
        (["a", "1", "--at", "noon"], "noon"),
        (["a", "1", "--label", "x"], "not NAME=VALUE"),
        (["--label", "x=y"], "lines on stdin say their own"),
    ],
)
def test_what_is_no_sample_is_refused(here: Cli, words: list[str], why: str) -> None:
    refused = here("metric", "push", *words)

    assert refused.code != 0
    assert why in refused.err


@pytest.mark.parametrize(
    "line",
    ["a", "a b", "1a 1", 'a{b="c" 1', "a{b=c} 1", 'a{b="1",b="2"} 1', "a 1 2 3", "a 1_0", 'a{b="c"d="e"} 1'],
)
def test_a_line_that_is_no_sample_is_named(line: str) -> None:
    with pytest.raises(Invalid, match="line 2 is no sample"):
        list(read_samples(["# so", line]))


def test_a_time_may_stand_behind_a_value() -> None:
    assert list(read_samples(["a 1 1767225600000"])) == [
        {"name": "a", "labels": {}, "value": 1.0, "at": 1_767_225_600_000}
    ]


def test_what_is_stored_is_told(here: Cli) -> None:
    assert "0 of 20,000" in here("metric", "usage").out
    here("metric", "push", stdin=TEXT)

    shown = here("metric", "usage").out

    assert "series        4 of 20,000\n" in shown
    assert [line.split()[:2] for line in shown.splitlines()[-4:]] == [
        ["raw", "4"],
        ["1m", "0"],
        ["5m", "0"],
        ["1h", "0"],
    ]
