"""`/tasks`: make, read, edit, remove, run, pause, resume, preview and import."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint

from autom8.api.endpoint import Call, Reply, endpoint
from autom8.api.run_shapes import RunOut, run_json
from autom8.api.slots import PreviewOut, TaskPreviewQuery, preview_json
from autom8.api.task_answers import ImportOut, TaskOut, TasksOut, task_json
from autom8.api.task_bodies import ImportIn, PauseIn, StartIn, TaskChanges, TaskIn, TaskQuery, TasksQuery
from autom8.kernel.paging import Page
from autom8.scheduler.views import TaskView

blueprint = Blueprint("tasks", __name__, url_prefix="/tasks")


@blueprint.get("")
@endpoint("tasks:read", answers=TasksOut, cached=("task", "task_status", "run"))
def list_tasks(call: Call, query: TasksQuery) -> Reply:
    """List tasks, by name unless ordered otherwise."""
    enabled = None if query.state is None else query.state == "active"
    filters = {"name": query.name, "enabled": enabled, "tag": query.tag, "q": query.q}
    page = Page(limit=query.limit, cursor=query.cursor, order=query.order, filters=filters)
    paged = call.services.tasks.list_(page, actor=call.actor, recent=query.recent)
    return Reply({"items": [task_json(each) for each in paged.items], "next": paged.next})


@blueprint.post("")
@endpoint(
    "tasks:write",
    answers=TaskOut,
    status=HTTPStatus.CREATED,
    errors=(HTTPStatus.CONFLICT,),
    repeatable=True,
)
def add_task(call: Call, body: TaskIn) -> Reply:
    """Make a task. Its first slot is the first one after this instant."""
    task = call.services.tasks.add(body.model_dump(exclude_unset=True), actor=call.actor)
    return _reply(task, location=f"/api/v1/tasks/{task.id}")


@blueprint.post("/import")
@endpoint("tasks:write", answers=ImportOut, errors=(HTTPStatus.CONFLICT,), repeatable=True)
def import_tasks(call: Call, body: ImportIn) -> Reply:
    """Make many tasks, or none. Importing twice changes nothing; with `plan` nothing is made.

    A task is known by its source: path, user, line and ordinal.
    """
    tasks = [task.model_dump(exclude_unset=True) for task in body.tasks]
    fates = call.services.imports.apply(tasks, plan=body.plan, paused=body.paused, actor=call.actor)
    items = [
        {"name": fate.name, "fate": fate.fate, "task_id": fate.task_id, "detail": fate.detail}
        for fate in fates
    ]
    return Reply({"items": items, "next": None})


@blueprint.get("/<id:task_id>")
@endpoint("tasks:read", answers=TaskOut, errors=(HTTPStatus.NOT_FOUND,))
def get_task(call: Call, task_id: int, query: TaskQuery) -> Reply:
    """Read a task."""
    return _reply(call.services.tasks.get(task_id, actor=call.actor, recent=query.recent))


@blueprint.patch("/<id:task_id>")
@endpoint("tasks:write", answers=TaskOut, errors=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT), guards="t")
def edit_task(call: Call, task_id: int, body: TaskChanges, version: int) -> Reply:
    """Change a task. What is left out stays; its slots until now keep the old definition."""
    changes = body.model_dump(exclude_unset=True)
    return _reply(call.services.tasks.edit(task_id, changes, revision=version, actor=call.actor))


@blueprint.delete("/<id:task_id>")
@endpoint("tasks:write", status=HTTPStatus.NO_CONTENT, errors=(HTTPStatus.NOT_FOUND,), guards="t")
def remove_task(call: Call, task_id: int, version: int) -> Reply:
    """Remove a task. Its runs stay in the history; one in progress is cancelled."""
    call.services.tasks.remove(task_id, revision=version, actor=call.actor)
    return Reply()


@blueprint.post("/<id:task_id>/run")
@endpoint(
    "runs:write",
    answers=RunOut,
    status=HTTPStatus.ACCEPTED,
    errors=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
    repeatable=True,
)
def start_run(call: Call, task_id: int, body: StartIn) -> Reply:
    """Run a task now, paused or not.

    Parameters reach the command as `AUTOM8_PARAM_<NAME>` in its environment, and nowhere else.
    """
    run = call.services.runs.start(task_id, parameters=body.parameters, actor=call.actor)
    return Reply(run_json(run), location=f"/api/v1/runs/{run.id}")


@blueprint.post("/<id:task_id>/pause")
@endpoint("tasks:write", answers=TaskOut, errors=(HTTPStatus.NOT_FOUND,), repeatable=True)
def pause_task(call: Call, task_id: int, body: PauseIn) -> Reply:
    """Hold back a task's future slots. Pausing twice changes nothing."""
    return _reply(call.services.tasks.pause(task_id, reason=body.reason or "", actor=call.actor))


@blueprint.post("/<id:task_id>/resume")
@endpoint("tasks:write", answers=TaskOut, errors=(HTTPStatus.NOT_FOUND,), repeatable=True)
def resume_task(call: Call, task_id: int) -> Reply:
    """Let a paused task's slots come again; what the pause held back is never caught up."""
    return _reply(call.services.tasks.resume(task_id, actor=call.actor))


@blueprint.get("/<id:task_id>/preview")
@endpoint("tasks:read", answers=PreviewOut, errors=(HTTPStatus.NOT_FOUND,))
def preview_task(call: Call, task_id: int, query: TaskPreviewQuery) -> Reply:
    """The next instants at which a task's slots come, whether it is paused or not."""
    instants = call.services.tasks.preview(task_id, after=query.from_, count=query.count, actor=call.actor)
    return Reply(preview_json(instants))


def _reply(task: TaskView, *, location: str | None = None) -> Reply:
    return Reply(task_json(task), tag=f"t{task.id}-r{task.revision}", location=location)
