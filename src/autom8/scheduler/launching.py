"""From a claimed run and its task's definition to what a runner starts."""

from __future__ import annotations

import re
from typing import Any, Final

from autom8.kernel import defaults
from autom8.scheduler.definition import TaskDefinition, instant_text
from autom8.scheduler.ports import Launch

_NOT_IN_A_NAME: Final = re.compile(r"[^A-Z0-9_]")


def launch_of(run: Any, definition: TaskDefinition) -> Launch:
    """All that is needed to start the next attempt of `run`.

    The command is told who it is: AUTOM8_TASK, AUTOM8_RUN_ID, AUTOM8_ATTEMPT, and AUTOM8_SLOT_AT for a run
    that has a slot. A run's parameters reach it as AUTOM8_PARAM_<NAME> only, never as part of a command line.
    """
    attempt = run.attempt + 1
    told = {"AUTOM8_TASK": run.task_name, "AUTOM8_RUN_ID": str(run.id), "AUTOM8_ATTEMPT": str(attempt)}
    if run.slot_at is not None:
        told["AUTOM8_SLOT_AT"] = instant_text(run.slot_at)
    parameters = {parameter_variable(name): value for name, value in (run.parameters or {}).items()}
    # The cap is a run's; its attempts share it.
    bytes_max = definition.output_bytes_max // (definition.retries_max + 1)
    head = min(defaults.OUTPUT_HEAD_BYTES, bytes_max)
    return Launch(
        run_id=run.id,
        attempt=attempt,
        argv=definition.command,
        shell=definition.shell,
        cwd=definition.cwd,
        env={**definition.env, **parameters, **told},
        stdin=definition.stdin.encode() if definition.stdin is not None else None,
        user=definition.user,
        timeout=definition.timeout,
        grace=definition.grace,
        output_head_bytes=head,
        output_tail_bytes=bytes_max - head,
    )


def parameter_variable(name: str) -> str:
    """The environment variable that carries the parameter `name`."""
    return "AUTOM8_PARAM_" + _NOT_IN_A_NAME.sub("_", name.upper())
