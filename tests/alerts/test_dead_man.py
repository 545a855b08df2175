"""The dead-man's switch pings while all is well, and leaves the rest to silence."""

from __future__ import annotations

import logging

import pytest

from autom8.alerts.dead_man import DeadMan
from autom8.kernel.secrets import Secret
from autom8.kernel.telemetry import Telemetry
from tests.egress.far_side import FarSide, far_side, redirect, way_out

PATH = "ping/a-key-that-nobody-else-knows"


def dead_man(side: FarSide, *, ailing: list[str] | None = None, allow: str = "127.0.0.0/8") -> DeadMan:
    return DeadMan(
        url=Secret(side.url + PATH),
        ask=way_out(allow).ask,
        ailing=lambda: ailing or [],
        telemetry=Telemetry(),
    )


def test_a_server_that_is_well_pings_once_each_time_it_looks() -> None:
    with far_side() as side:
        mine = dead_man(side)
        assert [mine.look(), mine.look()] == [True, True]

    assert [each.split(b"\r\n")[0] for each in side.asked] == [f"GET /{PATH} HTTP/1.1".encode()] * 2
    assert mine.telemetry.snapshot() == {"dead_man.sent": 2}


def test_a_server_that_is_not_well_pings_nobody_and_says_what_stands_still(
    caplog: pytest.LogCaptureFixture,
) -> None:
    amiss = ["fire", "work"]
    with far_side() as side:
        mine = dead_man(side, ailing=amiss)
        assert mine.look() is False
        assert side.connections == 0
        amiss.clear()
        assert mine.look() is True

    assert len(side.asked) == 1
    assert [(each.message, each.fields) for each in caplog.records] == [  # type: ignore[attr-defined]
        ("dead_man_held_back", {"stalled": ["fire", "work"]})
    ]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n", "status 500"),
        (b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", "status 404"),
        (b"neither HTTP nor anything\r\n\r\n", "egress_answer_invalid"),
        (redirect("http://169.254.169.254/"), "egress_refused"),
    ],
)
def test_a_far_side_that_does_not_take_it_is_counted_and_raises_nothing(
    answer: bytes, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    with far_side(answer) as side:
        mine = dead_man(side)
        assert mine.look() is False

    told = [each.fields for each in caplog.records if each.message == "dead_man_failed"]  # type: ignore[attr-defined]
    assert told == [{"reason": reason}]
    assert mine.telemetry.snapshot() == {"dead_man.failed": 1}


def test_its_address_is_judged_as_any_other_and_its_url_is_in_no_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    with far_side() as side:
        mine = dead_man(side, allow="10.0.0.0/8")
        assert mine.look() is False

    assert side.connections == 0
    assert PATH not in repr(mine)
    assert PATH not in str([each.__dict__ for each in caplog.records])
