"""Log lines: one JSON object each, whatever is logged."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from autom8.kernel import logs


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    stream = io.StringIO()
    logs.configure("INFO", stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)


def line(stream: io.StringIO) -> dict[str, Any]:
    (written,) = stream.getvalue().splitlines()
    read: dict[str, Any] = json.loads(written)
    return read


def test_a_line_has_the_fields_that_the_requirement_names(stream: io.StringIO) -> None:
    logging.getLogger("autom8.x").info(
        "request_done", extra={"fields": {"duration_ms": 3, "status_code": 200}}
    )

    told = line(stream)
    assert told.pop("timestamp").endswith("Z")
    assert told == {
        "level": "INFO",
        "module": "autom8.x",
        "message": "request_done",
        "duration_ms": 3,
        "status_code": 200,
    }


def test_what_is_bound_is_on_every_line_inside_and_none_outside(stream: io.StringIO) -> None:
    log = logging.getLogger("autom8.x")
    with logs.bound(request_id="r1"):
        with logs.bound(run_id=5):
            log.info("inner")
        log.info("outer")
    log.info("after")

    told = [json.loads(each) for each in stream.getvalue().splitlines()]
    assert [(each.get("request_id"), each.get("run_id")) for each in told] == [
        ("r1", 5),
        ("r1", None),
        (None, None),
    ]


@pytest.mark.parametrize("text", ["two\nlines", "nul \0", "esc \x1b[31m", "cr \r"])
def test_no_text_breaks_out_of_its_line(stream: io.StringIO, text: str) -> None:
    logging.getLogger("autom8.x").warning("%s", text, extra={"fields": {"said": text}})

    told = line(stream)
    assert told["said"] == text
    assert not any(ord(char) < 32 for char in told["message"])


@pytest.mark.parametrize("value", ["half \ud800", 2**70, {1: "a"}, {"x"}, object])
def test_a_value_that_json_can_not_hold_loses_no_line(stream: io.StringIO, value: object) -> None:
    logging.getLogger("autom8.x").info("odd", extra={"fields": {"value": value}})

    told = line(stream)
    assert told["message"] == "odd"
    assert "value" in told
    assert told["timestamp"].endswith("Z")


def test_an_exception_is_part_of_its_line(stream: io.StringIO) -> None:
    try:
        raise ZeroDivisionError("by hand")
    except ZeroDivisionError:
        logging.getLogger("autom8.x").exception("failed")

    assert "ZeroDivisionError: by hand" in line(stream)["exception"]


def test_less_than_the_level_is_not_written_and_libraries_are_quiet(stream: io.StringIO) -> None:
    logging.getLogger("autom8.x").debug("hidden")
    logging.getLogger("apscheduler.x").info("hidden")
    assert stream.getvalue() == ""
