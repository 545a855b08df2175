"""A process that rotates the keyring of a database until it is killed."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from autom8.security import rewrapping
from tests.security.house import another_house
from tests.security.keyrings import in_file
from tests.security.rotating import Rotating

BATCH = 20


@contextmanager
def killed_at_the_end(url: str, path: Path) -> Iterator[Connection]:
    """A process that rotates again and again, says `x` before each batch, and is killed at the end."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])  # what is imported once is there for each
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_rotate, args=(url, str(path), theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        yield ours
    finally:
        process.kill()
        process.join()
        ours.close()


def _rotate(url: str, path: str, pipe: Connection) -> None:
    move = rewrapping.Rewrapping._move

    def told(self: rewrapping.Rewrapping, *args: Any) -> Any:
        pipe.send_bytes(b"x")
        return move(self, *args)

    for owner, name, value in ((rewrapping, "BATCH", BATCH), (rewrapping.Rewrapping, "_move", told)):
        setattr(owner, name, value)  # smaller batches; and each is heard
    with another_house(url) as house:
        rotating = Rotating(house, in_file(Path(path)))
        while True:
            rotating.rotate()
