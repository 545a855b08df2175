"""Imports a file until a stage goes on, says so, and goes on: somebody kills it meanwhile."""

from __future__ import annotations

import sys
from pathlib import Path

from autom8.bootstrap import build_services
from autom8.config import Settings
from autom8.contacts.imports.orders import ImportOrder, Progress
from autom8.kernel.vocabulary import ImportMode
from tests.contacts.imports.files import OPERATOR


def main(home: str, file: str, mode: str, stage: str) -> None:
    services = build_services(Settings(home=Path(home)))
    steps = services.contacts.imports.run(
        Path(file).read_bytes(), ImportOrder(mode=ImportMode(mode)), actor=OPERATOR
    )
    said = False
    for step in steps:
        if isinstance(step, Progress) and step.stage == stage and step.rows and not said:
            sys.stdout.write("there\n")
            sys.stdout.flush()
            said = True
    services.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
