"""A run's output as it grows. Owns the polling, and what happens when the reader goes away."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from autom8.cli.exits import Exit
from autom8.cli.terminal import warn
from autom8.cli.wording import Json, show_ending, show_seconds, show_state, visible, visible_text
from autom8.kernel.errors import RateLimited, Unavailable

if TYPE_CHECKING:
    from autom8.cli.client import Client

POLL_S: Final = 0.5
POLL_S_MAX: Final = 1.0  # when nothing is written for a while
MUCH: Final = 100_000  # characters in one answer, after which the next is asked for at once
PATIENCE_S: Final = 60.0  # a server that is away this long is not waited for any longer


def follow(client: Client, run_id: int, *, raw: bool = False) -> int:
    """Write a run's output as it comes until the run has ended; 0 when it succeeded, else 1.

    Interrupting stops only the following. Its own words go to stderr.
    """
    try:
        write_output(_pieces(client, run_id, wait=True), raw=raw)
        run = client.get(f"/runs/{run_id}").body
    except KeyboardInterrupt:
        warn(
            f"autom8: stopped following; run {run_id} goes on"
            f" (see `autom8 run output {run_id} --follow`, `autom8 run cancel {run_id}`)"
        )
        return Exit.INTERRUPTED
    warn(f"autom8: {describe_end(run)}")
    return Exit.OK if run["state"] == "succeeded" else Exit.FAILURE


def output_until_now(client: Client, run_id: int) -> Iterator[Json]:
    """The pieces of output that are there, oldest first."""
    return _pieces(client, run_id, wait=False)


def write_output(pieces: Iterator[Json], *, raw: bool) -> None:
    """Write each piece where the command wrote it, stdout or stderr.

    As it is into a pipe or a file; on a terminal control characters are shown as escapes, so that
    output can't change what stands there, unless `raw` is asked for.
    """
    attempt = 1
    for piece in pieces:
        if piece["attempt"] != attempt:
            attempt = piece["attempt"]
            warn(f"autom8: attempt {attempt}")
        if piece["dropped_before"]:
            warn(f"autom8: {piece['dropped_before']} bytes were not kept here")
        stream = sys.stderr if piece["stream"] == "stderr" else sys.stdout
        plain = raw or not stream.isatty()
        stream.write(piece["text"] if plain else visible_text(piece["text"]))
        stream.flush()


def describe_end(run: Json) -> str:
    """How a run ended, in one line."""
    words = [f"run {run['id']} of {visible(run['task'])}: {show_state(run)}"]
    if run["exit_code"] or run["signal"] is not None:
        words.append(f"exit code {run['exit_code']}" if run["signal"] is None else show_ending(run))
    if run["duration_s"] is not None:
        words.append(f"after {show_seconds(run['duration_s'])}")
    if run["detail"]:
        words.append(visible(run["detail"]))
    return ", ".join(words)


def _pieces(client: Client, run_id: int, *, wait: bool) -> Iterator[Json]:
    after: str | None = None
    pause_s = POLL_S
    while True:
        page = _ask(client, run_id, after, patient=wait)
        yield from page["items"]
        after = page["next"]
        if page["complete"]:
            return
        written = sum(len(piece["text"]) for piece in page["items"])
        if written and (not wait or written > MUCH):
            continue  # there is more already
        if not wait:
            return
        pause_s = POLL_S if written else min(pause_s * 1.2, POLL_S_MAX)
        time.sleep(pause_s)


def _ask(client: Client, run_id: int, after: str | None, *, patient: bool) -> Json:
    """One page of output; while following, a server that restarts or is busy is waited for."""
    deadline = time.monotonic() + (PATIENCE_S if patient else 0)
    while True:
        try:
            page: Json = client.get(f"/runs/{run_id}/output", after=after).body
        except (RateLimited, Unavailable) as error:
            if time.monotonic() > deadline:
                raise
            time.sleep(getattr(error, "retry_after_s", POLL_S_MAX))
        else:
            return page
