"""A worker in a process of its own, made to be killed: starts one command and says who it is.

Arguments: owner, folder for control groups or "", "open" or "gated", then the command. Prints pid,
start ticks and boot id once it has done so.
"""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from pathlib import Path

from autom8.kernel.clock import SystemClock
from autom8.scheduler.ports import Launch
from autom8.scheduler.runners.command import CommandProcesses

owner, groups, gate, *argv = sys.argv[1:]
processes = CommandProcesses(
    SystemClock(), lambda: None, owner=owner, group_parent=Path(groups) if groups else None
)
child = processes.start(
    Launch(
        run_id=7,
        attempt=1,
        argv=tuple(argv),
        grace=timedelta(seconds=60),
        output_head_bytes=1024,
        output_tail_bytes=1024,
    )
)
if gate == "open":
    child.open_gate()
sys.stdout.write(f"{child.identity.pid} {child.identity.started_ticks} {child.identity.boot_id}\n")
sys.stdout.flush()
time.sleep(600)
