"""Import of many tasks at once, all or nothing; a line that was imported before is known by its source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from autom8.kernel.actor import Actor
from autom8.kernel.errors import Invalid
from autom8.repositories.unit_of_work import BeginWork, Work
from autom8.scheduler.definition import NAME_CHARS_MAX, TaskDefinition, from_json
from autom8.scheduler.tasks import TaskService

TASKS_MAX: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportFate:
    """What becomes of one task of an import: `create` or `unchanged`."""

    name: str
    fate: str
    task_id: int | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportService:
    """Imports tasks that name the source they came from."""

    begin: BeginWork
    tasks: TaskService

    def apply(
        self, tasks: Sequence[Mapping[str, Any]], *, plan: bool, paused: bool, actor: Actor
    ) -> list[ImportFate]:
        """Make the tasks that are not there yet, in one transaction; with `plan` only say what would be done.

        Importing twice changes nothing. A name that another task has gets a number behind it, the same one
        each time, since the source and not the name says which task it is.

        Raises:
            Invalid: some definitions can't be meant; every wrong field of every task is named.
        """
        if len(tasks) > TASKS_MAX:
            raise Invalid("Too many tasks.", fields={"tasks": f"at most {TASKS_MAX} at once"})
        with self.begin(actor) as work:
            definitions = _checked(work, tasks)
            known = work.tasks.by_source([each.source.key for each in definitions if each.source])
            taken = work.tasks.names_taken([each.name for each in definitions])
            fates = [self._one(work, each, known, taken, plan=plan, paused=paused) for each in definitions]
            if not plan:
                work.commit()
            return fates

    def _one(
        self,
        work: Work,
        definition: TaskDefinition,
        known: Mapping[str, Any],
        taken: set[str],
        *,
        plan: bool,
        paused: bool,
    ) -> ImportFate:
        if definition.source and (there := known.get(definition.source.key)):
            return ImportFate(name=there.name, fate="unchanged", task_id=there.id)
        named = replace(definition, name=_free_name(definition.name, taken, work))
        taken.add(named.name)
        if plan:
            return ImportFate(name=named.name, fate="create")
        task = self.tasks.add_within(work, named, enabled=not paused)
        return ImportFate(name=named.name, fate="create", task_id=task.id)


def _checked(work: Work, tasks: Sequence[Mapping[str, Any]]) -> list[TaskDefinition]:
    anchor = work.now().replace(microsecond=0)
    definitions, wrong = [], {}
    for index, data in enumerate(tasks):
        try:
            definitions.append(from_json(data, anchor=anchor).check())
        except Invalid as invalid:
            wrong.update({f"tasks.{index}.{name}": text for name, text in invalid.fields.items()})
    keys = [each.source.key for each in definitions if each.source]
    if len(keys) != len(set(keys)):
        wrong["tasks"] = "two tasks name the same source"
    if wrong:
        raise Invalid("; ".join(f"{name}: {text}" for name, text in wrong.items()), fields=wrong)
    return definitions


def _free_name(name: str, taken: set[str], work: Work) -> str:
    number, free = 1, name
    while free in taken or (number > 1 and work.tasks.names_taken([free])):  # `taken` knows all bare names
        number += 1
        mark = f" ({number})"
        free = name[: NAME_CHARS_MAX - len(mark)] + mark
    return free
