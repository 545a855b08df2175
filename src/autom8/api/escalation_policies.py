"""`/escalation-policies`: who is told of an incident, step by step, until somebody acknowledges it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Blueprint

from autom8.api.endpoint import Call, Reply, endpoint
from autom8.api.oncall_shapes import PoliciesOut, PoliciesQuery, PolicyChangesIn, PolicyIn, PolicyOut
from autom8.kernel.paging import Page

blueprint = Blueprint("escalation_policies", __name__, url_prefix="/escalation-policies")


@blueprint.get("")
@endpoint("oncall:read", answers=PoliciesOut)
def list_policies(call: Call, query: PoliciesQuery) -> Reply:
    """List escalation policies, by name unless ordered otherwise."""
    filters = {"is_default": query.is_default}
    page = Page(limit=query.limit, cursor=query.cursor, order=query.order, filters=filters)
    paged = call.services.policies.policies.list_(page, actor=call.actor)
    return Reply({"items": paged.items, "next": paged.next})


def _again(call: Call, policy_id: int) -> Reply:
    return _reply(call.services.policies.policies.get(policy_id, actor=call.actor))


@blueprint.post("")
@endpoint(
    "oncall:write",
    answers=PolicyOut,
    status=HTTPStatus.CREATED,
    errors=(HTTPStatus.CONFLICT,),
    repeatable=True,
    again=_again,
)
def add_policy(call: Call, body: PolicyIn) -> Reply:
    """Add an escalation policy; as the default it takes the place of the one that was."""
    policy = call.services.policies.policies.add(body.model_dump(exclude_unset=True), actor=call.actor)
    return _reply(policy, location=f"/api/v1/escalation-policies/{policy['id']}")


@blueprint.get("/<id:policy_id>")
@endpoint("oncall:read", answers=PolicyOut, errors=(HTTPStatus.NOT_FOUND,))
def get_policy(call: Call, policy_id: int) -> Reply:
    """Read an escalation policy."""
    return _again(call, policy_id)


@blueprint.patch("/<id:policy_id>")
@endpoint("oncall:write", answers=PolicyOut, errors=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT), guards="e")
def change_policy(call: Call, policy_id: int, body: PolicyChangesIn, version: int) -> Reply:
    """Change an escalation policy; incidents that are open go on by it as it is now."""
    given = body.model_dump(exclude_unset=True)
    data = {name: value for name, value in given.items() if value is not None or name == "repeats"}
    policies = call.services.policies.policies
    return _reply(policies.change(policy_id, data, version=version, actor=call.actor))


@blueprint.delete("/<id:policy_id>")
@endpoint(
    "oncall:write",
    status=HTTPStatus.NO_CONTENT,
    errors=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
    guards="e",
)
def remove_policy(call: Call, policy_id: int, version: int) -> Reply:
    """Remove an escalation policy; the default one stays, and one that a rule names."""
    call.services.policies.policies.remove(policy_id, version=version, actor=call.actor)
    return Reply()


def _reply(policy: dict[str, Any], *, location: str | None = None) -> Reply:
    return Reply(policy, tag=f"e{policy['id']}-v{policy['version']}", location=location)
