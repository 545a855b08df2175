"""What callers may ask about tasks: make, read, edit, pause, resume, remove, import, preview.

Each change first completes the task's ledger to now under what was true until then, so that no edit
can lose or double a slot. Holds no SQL, HTTP or timer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any, Final

from autom8.kernel.actor import Actor
from autom8.kernel.errors import Invalid, Stale
from autom8.kernel.events import TaskChanged
from autom8.kernel.naming import tag_key
from autom8.kernel.vocabulary import Reason, ScheduleKind
from autom8.models import Task
from autom8.repositories.query import Page, Paged
from autom8.repositories.unit_of_work import BeginWork, Work
from autom8.scheduler.definition import TaskDefinition, from_json, has_control, to_json
from autom8.scheduler.firing import Firing
from autom8.scheduler.ports import Machine
from autom8.scheduler.schedules import Rule, kind_of
from autom8.scheduler.slots import slots_after
from autom8.scheduler.views import RecentRun, TaskView, recent_run, task_view

PREVIEW_MAX: Final = 1_000
REASON_CHARS_MAX: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskService:
    """Tasks, for everybody who asks."""

    begin: BeginWork
    read: BeginWork
    firing: Firing
    machine: Machine

    def list_(self, page: Page, *, actor: Actor, recent: int = 0) -> Paged[TaskView]:
        """Tasks by name, or as the page says; with the last `recent` runs of each.

        Three statements at most, however many tasks there are.

        Raises:
            Invalid: the page's order, filter or cursor is not of this list.
        """
        with self.read(actor) as work:
            paged = work.tasks.page(_asked(page))
            bars: dict[int, list[RecentRun]] = {row.id: [] for row in paged.items}
            if recent:
                for row in work.runs.recent(bars, limit=recent):
                    bars[row.task_id].append(recent_run(row))
            views = [task_view(row, bars[row.id] if recent else None) for row in paged.items]
            return Paged(views, paged.next)

    def get(self, task_id: int, *, actor: Actor, recent: int = 0) -> TaskView:
        """One task.

        Raises:
            TaskNotFound: no task has this id.
        """
        with self.read(actor) as work:
            return _view(work, task_id, recent=recent)

    def add(self, data: Mapping[str, Any], *, actor: Actor, enabled: bool = True) -> TaskView:
        """Make a task from JSON data of its definition; its first slot is the first one after this instant.

        Raises:
            Invalid: the definition can't be meant; every wrong field is named.
            TaskNameTaken: another task has this name.
        """
        with self.begin(actor) as work:
            task = self.add_within(work, _definition(work, data), enabled=enabled)
            work.commit()
            return _view(work, task.id)

    def edit(self, task_id: int, changes: Mapping[str, Any], *, revision: int, actor: Actor) -> TaskView:
        """Change parts of a definition, given as JSON data of its fields; slots until now keep the old one.

        Raises:
            TaskNotFound: no task has this id.
            Stale: the task has another revision than the caller has seen.
            Invalid: the changed definition can't be meant.
            TaskNameTaken: another task has the new name.
        """
        with self.begin(actor) as work:
            task = work.tasks.lock(task_id)
            _require_revision(task, revision)
            before = from_json(task.definition)
            definition = _definition(work, {**to_json(before), **changes})
            if definition == before:
                return _view(work, task_id)
            self._settle(work, task)
            self._apply(work, task, definition)
            _touch(work, task, "task.edited", changed=sorted(changes))
            work.commit()
            return _view(work, task_id)

    def pause(self, task_id: int, *, reason: str, actor: Actor) -> TaskView:
        """Hold back a task's future slots; a run in progress is left to finish.

        Pausing twice changes nothing and announces nothing, so a caller may retry.

        Raises:
            TaskNotFound: no task has this id.
            Invalid: the reason can't be kept.
        """
        if len(reason) > REASON_CHARS_MAX or has_control(reason):
            wrong = {"reason": f"at most {REASON_CHARS_MAX} characters, without control characters"}
            raise Invalid("The reason can't be kept.", fields=wrong)
        with self.begin(actor) as work:
            task = work.tasks.lock(task_id)
            if task.enabled:
                self._settle(work, task)
                task.enabled, task.paused_reason, task.next_run = False, reason or None, None
                _touch(work, task, "task.paused", reason=reason)
                work.commit()
            return _view(work, task_id)

    def resume(self, task_id: int, *, actor: Actor) -> TaskView:
        """Let a paused task's slots come again, from now on; what the pause held back is never caught up.

        Raises:
            TaskNotFound: no task has this id.
        """
        with self.begin(actor) as work:
            task = work.tasks.lock(task_id)
            if not task.enabled:
                self._settle(work, task)
                task.enabled, task.paused_reason, task.enabled_at = True, None, work.now()
                _start_slots(task, from_json(task.definition).rule)
                _touch(work, task, "task.resumed")
                work.commit()
            return _view(work, task_id)

    def remove(self, task_id: int, *, revision: int, actor: Actor) -> None:
        """Remove a task: what waits is skipped, what runs is cancelled, its history stays.

        Raises:
            TaskNotFound: no task has this id.
            Stale: the task has another revision than the caller has seen.
        """
        with self.begin(actor) as work:
            task = work.tasks.lock(task_id)
            _require_revision(task, revision)
            self._settle(work, task)
            live = work.runs.lock_live(task_id)  # first: what is queued again meanwhile is skipped below
            work.leases.ask_cancel(live, reason=Reason.REMOVED, at=work.now())
            work.leases.skip_all(task_id, reason=Reason.REMOVED, at=work.now())
            task.removed_at, task.next_run, task.enabled = work.now(), None, False
            work.tasks.set_tags(task_id, ())
            _touch(work, task, "task.removed")
            work.commit()

    def preview(self, task_id: int, *, after: datetime | None, count: int, actor: Actor) -> list[datetime]:
        """The next instants at which a task's slots come, whether it is paused or not.

        Raises:
            TaskNotFound: no task has this id.
        """
        with self.read(actor) as work:
            definition = from_json(work.tasks.get(task_id).definition)
            return preview(definition.rule, after=after or work.now(), count=count)

    def preview_rule(self, rule: Rule, *, after: datetime | None, count: int, actor: Actor) -> list[datetime]:
        """The next instants of a rule that no task has yet.

        Raises:
            Invalid: the rule can't be meant.
        """
        with self.read(actor) as work:
            return preview(rule.check(), after=after or work.now(), count=count)

    def add_within(self, work: Work, definition: TaskDefinition, *, enabled: bool) -> Task:
        """Make a task of a checked definition inside the caller's transaction."""
        now = work.now()
        task = Task(
            revision=1,
            enabled=enabled,
            paused_reason=None,
            created_at=now,
            scheduled_through=now,
            next_run=None,
        )
        _fill(task, definition)
        task.updated_at = now
        work.tasks.add(task)
        work.tasks.set_tags(task.id, definition.tags)
        if task.schedule_kind == ScheduleKind.BOOT:
            work.ledger.forgo_boots(task.id, self.machine.boot().id)  # these were before the task
        if enabled:
            _start_slots(task, definition.rule)
        work.record(_changed(task, "task.added", definition=definition))
        return task

    def _apply(self, work: Work, task: Task, definition: TaskDefinition) -> None:
        if definition.name != task.name:
            work.tasks.rename(task, definition.name)
        was_boot = task.schedule_kind == ScheduleKind.BOOT
        _fill(task, definition)
        work.tasks.set_tags(task.id, definition.tags)
        if task.schedule_kind == ScheduleKind.BOOT and not was_boot:
            work.ledger.forgo_boots(task.id, self.machine.boot().id)
        if task.enabled:
            _start_slots(task, definition.rule)

    def _settle(self, work: Work, task: Task) -> None:
        """Complete the ledger of a task to now under its present definition and state."""
        self.firing.complete(work, task)


def _asked(page: Page) -> Page:
    """The page with its tag as tags are kept."""
    tag = page.filters.get("tag")
    return page if tag is None else replace(page, filters={**page.filters, "tag": tag_key(tag)})


def preview(rule: Rule, *, after: datetime, count: int) -> list[datetime]:
    """The first `count` instants of a checked rule after an instant."""
    return list(islice(slots_after(rule, after), min(count, PREVIEW_MAX)))


def _definition(work: Work, data: Mapping[str, Any]) -> TaskDefinition:
    return from_json(data, anchor=work.now().replace(microsecond=0)).check()


def _view(work: Work, task_id: int, *, recent: int = 0) -> TaskView:
    work.session.flush()
    bar: Sequence[RecentRun] | None = None
    if recent:
        bar = [recent_run(row) for row in work.runs.recent([task_id], limit=recent)]
    return task_view(work.tasks.get(task_id), bar)


def _start_slots(task: Task, rule: Rule) -> None:
    task.next_run = next(slots_after(rule, task.scheduled_through), None)


def _fill(task: Task, definition: TaskDefinition) -> None:
    task.name = definition.name
    task.kind = definition.kind
    task.schedule_kind = kind_of(definition.schedule)
    task.definition = to_json(definition)
    task.concurrency = definition.concurrency
    task.concurrency_max = definition.concurrency_max
    task.source_key = definition.source.key if definition.source else None


def _touch(work: Work, task: Task, action: str, **details: Any) -> None:
    """Raise the revision and announce the change."""
    task.revision += 1
    task.updated_at = work.now()
    work.tasks.add_revision(task)
    work.record(_changed(task, action, **details))


def _changed(
    task: Task, action: str, *, definition: TaskDefinition | None = None, **details: Any
) -> TaskChanged:
    if definition is not None:
        details |= {"schedule": to_json(definition)["schedule"]}  # not the command: it may hold secrets
    return TaskChanged(
        action=action,
        object_type="task",
        object_id=str(task.id),
        details={"name": task.name, "revision": task.revision, **details},
        task_id=task.id,
    )


def _require_revision(task: Task, revision: int) -> None:
    if task.revision != revision:
        raise Stale(f"The task is at revision {task.revision}, and you have seen {revision}. Read it again.")
