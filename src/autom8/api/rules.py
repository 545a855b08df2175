"""`/rules`: what is told of tasks, checks, channels and Autom8 itself, and what is said of it."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

from flask import Blueprint
from pydantic import Field

from autom8.alerts.rules.rule import Setting
from autom8.api.endpoint import Call, Reply, endpoint
from autom8.api.fields import Id, Line
from autom8.api.shapes import Body, Items, ListQuery, Out, Query
from autom8.kernel.paging import Page
from autom8.kernel.vocabulary import AlertKind, RuleScope, Severity

blueprint = Blueprint("rules", __name__, url_prefix="/rules")

Changes = Annotated[
    dict[str, Any],
    Field(
        description="enabled, count, time_s, violated_for_s, fine_for_s, unknown_for_s, no_data, "
        "raised_again_after_s, severity, labels, runbook, policy_id: those that differ from what holds else.",
        examples=[{"count": 3, "severity": "critical"}],
    ),
]


class SettingIn(Body):
    """Something to be said of a rule: for all objects of its kind, for a tag, or for one object."""

    kind: AlertKind = Field(strict=False)
    rule: Annotated[Line, Field(examples=["failed"])]
    scope: RuleScope = Field(strict=False, default=RuleScope.ALL)
    value: Annotated[Line, Field(description="The tag, or the object's id; empty for all.")] = ""
    changes: Changes


class SettingChangesIn(Body):
    """Fields that are given replace those that were said; null takes one back."""

    changes: Changes


class SettingOut(Out):
    """What is said of a rule."""

    id: int
    kind: AlertKind
    rule: str
    scope: RuleScope
    value: str
    changes: dict[str, Any]
    version: int
    created_at: datetime
    updated_at: datetime


class SettingsOut(Items):
    """A page of settings."""

    items: list[SettingOut]


class SaidBy(Out):
    """Which setting says something of a rule."""

    scope: RuleScope
    value: str
    fields: list[str]


class RuleOut(Out):
    """What holds for a rule on an object, times in seconds, and which settings say so."""

    kind: AlertKind
    rule: str
    enabled: bool
    count: int | None
    time_s: float | None
    violated_for_s: float
    fine_for_s: float
    unknown_for_s: float
    no_data: str
    raised_again_after_s: float
    severity: Severity
    labels: dict[str, str]
    runbook: str | None
    policy_id: int | None
    set_by: list[SaidBy]


class RulesOut(Items):
    """All rules of an object, or of a kind."""

    items: list[RuleOut]


class SettingsQuery(ListQuery):
    """Which settings are listed."""

    order: Literal["id", "-id"] = "id"
    kind: AlertKind | None = None
    rule: Line | None = None
    scope: RuleScope | None = None
    value: Line | None = None


class EffectiveQuery(Query):
    """Of which object; without an id, of all of the kind that say nothing of their own."""

    kind: AlertKind
    id: Id | None = None


@blueprint.get("")
@endpoint("alerts:read", answers=SettingsOut)
def list_settings(call: Call, query: SettingsQuery) -> Reply:
    """List what is said of rules."""
    filters = {"kind": query.kind, "rule": query.rule, "scope": query.scope, "value": query.value}
    page = Page(limit=query.limit, cursor=query.cursor, order=query.order, filters=filters)
    found = call.services.alerts.rules.list_(page, actor=call.actor)
    return Reply({"items": found.items, "next": found.next})


@blueprint.get("/effective")
@endpoint("alerts:read", answers=RulesOut, errors=(HTTPStatus.NOT_FOUND,))
def list_effective(call: Call, query: EffectiveQuery) -> Reply:
    """List what holds for an object, or for all of a kind."""
    rules = call.services.alerts.rules.effective(query.kind, query.id, actor=call.actor)
    return Reply({"items": rules, "next": None})


@blueprint.post("")
@endpoint(
    "alerts:write",
    answers=SettingOut,
    status=HTTPStatus.CREATED,
    errors=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
    repeatable=True,
)
def add_setting(call: Call, body: SettingIn) -> Reply:
    """Say something of a rule."""
    setting = Setting(
        kind=body.kind, name=body.rule, scope=body.scope, value=body.value, changes=body.changes
    )
    made = call.services.alerts.rules.add(setting, actor=call.actor)
    return _reply(made, location=f"/api/v1/rules/{made['id']}")


@blueprint.get("/<id:setting_id>")
@endpoint("alerts:read", answers=SettingOut, errors=(HTTPStatus.NOT_FOUND,))
def get_setting(call: Call, setting_id: int) -> Reply:
    """Read what is said of a rule."""
    return _reply(call.services.alerts.rules.get(setting_id, actor=call.actor))


@blueprint.patch("/<id:setting_id>")
@endpoint("alerts:write", answers=SettingOut, errors=(HTTPStatus.NOT_FOUND,), guards="rs")
def change_setting(call: Call, setting_id: int, body: SettingChangesIn, version: int) -> Reply:
    """Say something else of a rule."""
    return _reply(
        call.services.alerts.rules.change(setting_id, body.changes, version=version, actor=call.actor)
    )


@blueprint.delete("/<id:setting_id>")
@endpoint("alerts:write", status=HTTPStatus.NO_CONTENT, errors=(HTTPStatus.NOT_FOUND,), guards="rs")
def remove_setting(call: Call, setting_id: int, version: int) -> Reply:
    """Take back what is said of a rule."""
    call.services.alerts.rules.remove(setting_id, version=version, actor=call.actor)
    return Reply()


def _reply(setting: dict[str, Any], *, location: str | None = None) -> Reply:
    return Reply(setting, tag=f"rs{setting['id']}-v{setting['version']}", location=location)
