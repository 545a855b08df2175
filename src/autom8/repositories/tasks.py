"""Tasks and their revisions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Select, delete, func, insert, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from autom8.kernel.errors import Conflict, NotFound
from autom8.models import Task, TaskRevision, TaskStatus, TaskTag, table_of
from autom8.repositories.query import AnyRow, Listing, Page, Paged

_TASK: Final = table_of(Task)
_TAG: Final = table_of(TaskTag)
_VIEW: Final[Select[*tuple[Any, ...]]] = (
    select(
        *_TASK.c,
        TaskStatus.run_id.label("last_run_id"),
        TaskStatus.state.label("last_state"),
        TaskStatus.reason.label("last_reason"),
        TaskStatus.started_at.label("last_started_at"),
        TaskStatus.ended_at.label("last_ended_at"),
    )
    .outerjoin(TaskStatus, TaskStatus.task_id == Task.id)
    .where(Task.removed_at.is_(None))
)
_LISTING: Final = Listing(
    key=_TASK.c.id,
    orders={"id": _TASK.c.id, "name": _TASK.c.name, "next_run": _TASK.c.next_run},
    default="name",
    filters={
        "name": lambda value: Task.name == value,
        "enabled": Task.enabled.is_,
        "tag": lambda value: _TASK.c.id.in_(select(_TAG.c.task_id).where(_TAG.c.tag == value)),
        # lower() knows only ASCII on SQLite and under PostgreSQL's locale C: other letters match as written
        "q": lambda value: or_(
            Task.name.contains(value, autoescape=True),
            func.lower(Task.name).contains(value.lower(), autoescape=True),
        ),
    },
)


class TaskNotFound(NotFound):
    """No task has this id or name."""

    code = "task_not_found"

    def __init__(self, task: int | str) -> None:
        super().__init__(f"There is no task {task}.")


class TaskNameTaken(Conflict):
    """Another task has this name."""

    code = "name_taken"

    def __init__(self, name: str) -> None:
        super().__init__(f"There is a task {name!r} already.")


class TaskRepository:
    """All SQL about tasks. A removed task is not found by any method here."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def page(self, page: Page) -> Paged[AnyRow]:
        """Tasks as rows that also have their latest run's state."""
        rows = self._session.connection().execute(_LISTING.select(_VIEW, page)).all()
        return _LISTING.paged(rows, page, lambda row, name: row.id if name == "key" else getattr(row, name))

    def get(self, task_id: int) -> AnyRow:
        """One task as a row with its latest run's state, or TaskNotFound."""
        row = self._session.connection().execute(_VIEW.where(Task.id == task_id)).first()
        if row is None:
            raise TaskNotFound(task_id)
        return row

    def lock(self, task_id: int) -> Task:
        """One task to be changed, or TaskNotFound."""
        statement = (
            select(Task).where(Task.id == task_id, Task.removed_at.is_(None)).with_for_update(key_share=True)
        )
        task = self._session.scalars(statement).first()
        if task is None:
            raise TaskNotFound(task_id)
        return task

    def by_source(self, keys: Sequence[str]) -> Mapping[str, Task]:
        """Imported tasks by the identity of the line they came from."""
        statement = select(Task).where(Task.source_key.in_(keys), Task.removed_at.is_(None))
        return {task.source_key: task for task in self._session.scalars(statement) if task.source_key}

    def names_taken(self, names: Sequence[str]) -> set[str]:
        """Which of these names are in use."""
        return set(
            self._session.scalars(select(Task.name).where(Task.name.in_(names), Task.removed_at.is_(None)))
        )

    def add(self, task: Task) -> None:
        """Add a task with its first revision, or TaskNameTaken."""
        self._session.add(task)
        self._flush(task.name)
        self.add_revision(task)

    def rename(self, task: Task, name: str) -> None:
        """Give a task another name, or TaskNameTaken."""
        task.name = name
        self._flush(name)

    def set_tags(self, task_id: int, tags: Collection[str]) -> None:
        """Have a locked task carry these tags, and no other."""
        connection = self._session.connection()
        of_it = _TAG.c.task_id == task_id
        kept = set(connection.execute(select(_TAG.c.tag).where(of_it)).scalars())
        if gone := kept.difference(tags):
            connection.execute(delete(_TAG).where(of_it, _TAG.c.tag.in_(sorted(gone))))
        if new := sorted(set(tags) - kept):
            connection.execute(insert(_TAG), [{"task_id": task_id, "tag": tag} for tag in new])

    def add_revision(self, task: Task) -> None:
        """Keep the task's definition under its present revision."""
        self._session.add(
            TaskRevision(
                task_id=task.id,
                revision=task.revision,
                definition=task.definition,
                created_at=task.updated_at,
            ),
        )

    def _flush(self, name: str) -> None:
        try:
            self._session.flush()
        except IntegrityError as error:
            raise TaskNameTaken(name) from error
