"""Tasks as a caller may write them, and how they are asked for.

The models check types and name unknown fields; what a task can mean is checked by its definition.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic_core import to_json as dump_json

from autom8.api.fields import Instant, Line, Seconds, Text
from autom8.api.shapes import Body, ListQuery, Query
from autom8.kernel import defaults
from autom8.kernel.errors import Invalid
from autom8.kernel.vocabulary import CatchUp, Concurrency, Delivery, Gap, Overlap, RunKind
from autom8.scheduler.definition import from_json

RECENT_MAX: Final = 30
TAGS_LISTED_MAX: Final = 200  # before the definition's own rule counts them, each once


class CronIn(Body):
    """Wall-clock times in the task's zone: five fields, or `@daily` and friends."""

    kind: Literal["cron"]
    cron: Annotated[Line, Field(examples=["*/5 * * * *"])]


class IntervalIn(Body):
    """Every `every_s` seconds, counted from `anchor_at` (default: now)."""

    kind: Literal["interval"]
    every_s: Annotated[Seconds, Field(examples=[2.0])]
    anchor_at: Instant | None = None


class OnceIn(Body):
    """One instant."""

    kind: Literal["once"]
    at: Instant


class BootIn(Body):
    """Each start of the machine."""

    kind: Literal["boot"]


class ManualIn(Body):
    """Only when somebody asks for it."""

    kind: Literal["manual"]


ScheduleIn = Annotated[CronIn | IntervalIn | OnceIn | BootIn | ManualIn, Field(discriminator="kind")]
Description = Annotated[Text, BeforeValidator(lambda value: "" if value is None else value)]


class TaskSettings(Body):
    """What may be said of a task beside its name and command; what is left out has the default shown."""

    description: Description = ""
    kind: RunKind = RunKind.COMMAND
    schedule: ScheduleIn = Field(default_factory=lambda: ManualIn(kind="manual"))
    zone: Annotated[Line, Field(examples=["Europe/Berlin"])] = defaults.ZONE
    gap: Gap = defaults.GAP
    overlap: Overlap = defaults.OVERLAP
    catch_up: CatchUp = defaults.CATCH_UP
    lateness_max_s: Seconds = defaults.LATENESS_MAX.total_seconds()
    shell: Annotated[Text | None, Field(examples=["/bin/sh"])] = None
    cwd: Text | None = None
    env: dict[Text, Text] = Field(default_factory=dict)
    stdin: Text | None = None
    user: Text | None = None
    timeout_s: Seconds = defaults.TIMEOUT.total_seconds()
    grace_s: Seconds = defaults.GRACE.total_seconds()
    delivery: Delivery = defaults.DELIVERY
    concurrency: Concurrency = defaults.CONCURRENCY
    concurrency_max: int = defaults.CONCURRENCY_MAX
    retries_max: int = defaults.RETRIES_MAX
    retry_first_s: Seconds = defaults.RETRY_FIRST.total_seconds()
    retry_longest_s: Seconds = defaults.RETRY_LONGEST.total_seconds()
    retry_jitter: float = defaults.RETRY_JITTER
    queue: Line = defaults.QUEUE
    priority: int = defaults.PRIORITY
    output_bytes_max: int = defaults.OUTPUT_BYTES_MAX
    notes: Annotated[list[Line], Field(max_length=100)] = Field(default_factory=list)
    tags: Annotated[list[Line], Field(max_length=TAGS_LISTED_MAX, examples=[["nightly"]])] = Field(
        default_factory=list
    )

    @classmethod
    def further_faults(cls, data: Any, named: set[str]) -> Mapping[str, str]:
        """What its definition finds wrong in the fields whose types are right."""
        well_typed = {name: data[name] for name in TaskIn.model_fields if name in data and name not in named}
        rest = TaskIn.model_validate_json(
            dump_json({"name": "-", "command": ["-"], **well_typed}), strict=True
        )
        try:
            from_json(rest.model_dump(exclude_unset=True)).check()
        except Invalid as invalid:
            found = invalid.fields.items()
            return {name: text for name, text in found if name.partition(".")[0] not in named}
        return {}


class TaskIn(TaskSettings):
    """A task to be made."""

    name: Annotated[Text, Field(examples=["nightly-backup"])]
    command: Annotated[list[Text], Field(examples=[["/usr/bin/env", "true"]])]


def _forget_defaults(schema: dict[str, Any]) -> None:
    """A change has no defaults: what is left out stays."""
    for each in schema["properties"].values():
        each.pop("default", None)


class TaskChanges(TaskSettings):
    """What shall be changed of a task; what is left out stays. A schedule is replaced whole."""

    model_config: ClassVar[ConfigDict] = ConfigDict(json_schema_extra=_forget_defaults)
    name: Text = ""
    command: list[Text] = Field(default_factory=list)


class SourceIn(Body):
    """The crontab line a task comes from. Path, user, line and ordinal are its identity."""

    path: Line
    user: Line
    line: Text
    ordinal: Annotated[int, Field(ge=1, le=1_000_000)]
    text: Text = ""


class ImportedTask(TaskIn):
    """A task to be imported, with where it comes from."""

    source: SourceIn


class ImportIn(Body):
    """Tasks to be imported: all of them, or none."""

    tasks: list[ImportedTask]
    plan: bool = False
    paused: bool = False

    @classmethod
    def further_faults(cls, data: Any, named: set[str]) -> Mapping[str, str]:
        """What the definitions find wrong in the tasks."""
        faults: dict[str, str] = {}
        for index, task in enumerate(data["tasks"] if isinstance(data.get("tasks"), list) else ()):
            here = f"tasks.{index}"
            inside = {name.split(".")[2] for name in named if name.startswith(f"{here}.")}
            if here not in named and isinstance(task, dict):
                found = ImportedTask.further_faults(task, inside)
                faults |= {f"{here}.{name}": text for name, text in found.items()}
        return faults


class PauseIn(Body):
    """Why a task is paused."""

    reason: Annotated[Line, Field(max_length=1_000)] | None = None


class StartIn(Body):
    """What a run started by hand is told."""

    parameters: dict[Text, Text] = Field(default_factory=dict)


class TaskQuery(Query):
    """How a task is asked for."""

    recent: Annotated[int, Field(ge=0, le=RECENT_MAX, description="That many last runs with it.")] = 0


class TasksQuery(ListQuery):
    """How tasks are listed."""

    order: Literal["name", "-name", "next_run", "-next_run", "id", "-id"] = "name"
    name: Annotated[Text, Field(description="The task of exactly this name.")] | None = None
    state: Literal["active", "paused"] | None = None
    tag: Annotated[Text, Field(description="Tasks that carry this tag.")] | None = None
    q: Annotated[Text, Field(description="Tasks whose name holds this, in any case.")] | None = None
    recent: Annotated[int, Field(ge=0, le=RECENT_MAX, description="That many last runs with each.")] = 0
