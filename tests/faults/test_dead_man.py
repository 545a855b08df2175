"""A watch elsewhere hears from a server while it is well, and not while a thread of it stands still."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import pytest

from tests.egress.far_side import FarSide, far_side
from tests.faults.conftest import Ground
from tests.faults.server import Server, wait_until

EVERY_S = 10
MISSED_S = 12  # see `thread_hangs`: the server calls itself well for so long
PATH = "ping/a-key-that-nobody-else-knows"


def env_of(side: FarSide) -> dict[str, str]:
    return {
        "AUTOM8_DEAD_MAN_URL": side.url + PATH,
        "AUTOM8_DEAD_MAN_EVERY_S": str(EVERY_S),
        "AUTOM8_EGRESS_ALLOW": f"127.0.0.1:{side.port}",
    }


def test_a_server_pings_the_url_that_it_is_given_and_tells_nobody_of_it(
    ground: Ground, make_server: Callable[..., Server]
) -> None:
    with far_side() as side:
        server = make_server(ground, env=env_of(side)).start()
        wait_until(lambda: side.asked, within_s=60, what=f"it pings\n{server.said()[-2000:]}")

    assert side.asked[0].startswith(f"GET /{PATH} HTTP/1.1\r\n".encode())
    assert PATH not in server.said()


@pytest.mark.full
def test_a_server_whose_thread_hangs_pings_nobody_until_it_goes_on(
    ground: Ground, make_server: Callable[..., Server]
) -> None:
    fault = ground.folder / "fault"
    sabotage = os.environ.get("SABOTAGE", "thread_hangs")
    with far_side() as side:
        env = env_of(side) | {"FAULT_FILE": str(fault)}
        server = make_server(ground, sabotage=sabotage, env=env).start()
        wait_until(lambda: side.asked, within_s=60, what=f"it pings\n{server.said()[-2000:]}")

        fault.write_text("fire")
        time.sleep(MISSED_S + EVERY_S)
        heard = len(side.asked)
        time.sleep(2 * EVERY_S)
        assert len(side.asked) == heard, "a ping while a thread hangs"
        assert "dead_man_held_back" in server.said()

        fault.unlink()
        wait_until(lambda: len(side.asked) > heard, within_s=60, what="it pings again")
