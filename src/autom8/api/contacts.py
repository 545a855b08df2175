"""`/contacts`: add, read, search, edit, tag, group and merge the people whom Autom8 tells.

Which of it needs to be masked is decided below. Nothing here may be kept by a cache.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Blueprint

from autom8.api.contact_answers import (
    BulkOut,
    ContactOut,
    ContactsOut,
    DuplicatesOut,
    TagsOut,
    contact_json,
)
from autom8.api.contact_bodies import (
    BulkIn,
    ContactChangesIn,
    ContactIn,
    ContactsQuery,
    MergeIn,
    SearchIn,
    SetsQuery,
    TagsQuery,
)
from autom8.api.endpoint import Call, Reply, endpoint
from autom8.api.shapes import Body
from autom8.contacts.bulk import BulkChange
from autom8.contacts.draft import ContactDraft, values_from_json
from autom8.contacts.merging import Merge
from autom8.contacts.views import ContactView
from autom8.kernel.errors import Invalid
from autom8.kernel.paging import Page
from autom8.kernel.vocabulary import BulkAction

blueprint = Blueprint("contacts", __name__, url_prefix="/contacts")
_VALUES = {
    BulkAction.TAG: "tag",
    BulkAction.UNTAG: "tag",
    BulkAction.ADD_TO_GROUP: "group_id",
    BulkAction.REMOVE_FROM_GROUP: "group_id",
    BulkAction.SET_ZONE: "zone",
    BulkAction.SET_LANGUAGE: "language",
}


def _again(call: Call, contact_id: int) -> Reply:
    return _reply(call.services.contacts.people.get(contact_id, actor=call.actor))


@blueprint.get("")
@endpoint("contacts:read", answers=ContactsOut)
def list_contacts(call: Call, query: ContactsQuery) -> Reply:
    """List contacts, by name unless ordered otherwise."""
    filters = {"q": query.q, "tag": query.tag, "group_id": query.group_id}
    return _page(call, Page(limit=query.limit, cursor=query.cursor, order=query.order, filters=filters))


@blueprint.post("/search")
@endpoint("contacts:read", answers=ContactsOut)
def search_contacts(call: Call, body: SearchIn) -> Reply:
    """Find contacts by name, tag or group, or exactly by email or phone, which need `contacts:pii`."""
    filters = body.model_dump(include={"q", "email", "phone", "tag", "group_id"})
    return _page(call, Page(limit=body.limit, cursor=body.cursor, order=body.order, filters=filters))


@blueprint.post("")
@endpoint(
    "contacts:write",
    answers=ContactOut,
    status=HTTPStatus.CREATED,
    errors=(HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND),
    repeatable=True,
    again=_again,
)
def add_contact(call: Call, body: ContactIn) -> Reply:
    """Add a contact. A repeated request answers with the contact as it is then: 404 once it is erased."""
    draft = ContactDraft(**values_from_json(_given(body)))
    contact = call.services.contacts.people.add(draft, actor=call.actor)
    return _reply(contact, location=f"/api/v1/contacts/{contact.id}")


@blueprint.get("/tags")
@endpoint("contacts:read", answers=TagsOut)
def list_tags(call: Call, query: TagsQuery) -> Reply:
    """The tags in use, and how many contacts carry each."""
    tags = call.services.contacts.people.tags(query.prefix, actor=call.actor)
    return Reply({"items": [{"tag": each.tag, "count": each.count} for each in tags]})


@blueprint.get("/duplicates")
@endpoint("contacts:write", answers=DuplicatesOut)
def list_duplicates(call: Call, query: SetsQuery) -> Reply:
    """Sets of contacts that may be one person: those with one phone number, then those with one name.

    Names are one that differ only in case, marks and blanks.
    """
    page = Page(limit=query.limit, cursor=query.cursor)
    paged = call.services.contacts.merging.duplicates(page, actor=call.actor)
    items = [
        {"reason": each.reason, "contacts": [contact_json(contact) for contact in each.contacts]}
        for each in paged.items
    ]
    return Reply({"items": items, "next": paged.next})


@blueprint.post("/bulk")
@endpoint(
    "contacts:write", answers=BulkOut, errors=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT), repeatable=True
)
def change_contacts(call: Call, body: BulkIn) -> Reply:
    """Tag, untag, group or ungroup up to 5,000 contacts, or set their zone or language; all, or none."""
    if (body.ids is None) == (body.filter is None):
        text = "name the contacts by ids, or by a filter"
        raise Invalid(text, fields={"ids": text})
    name = _VALUES[body.action]
    value = getattr(body, name)
    if value is None and name in {"tag", "group_id"}:
        raise Invalid(f"{name} is needed", fields={name: f"is needed to {body.action.value}"})
    filters = {} if body.filter is None else body.filter.model_dump()
    fate = call.services.contacts.bulk.change(
        BulkChange(action=body.action, value=value), ids=body.ids, filters=filters, actor=call.actor
    )
    return Reply({"matched": fate.matched, "changed": fate.changed})


@blueprint.get("/<id:contact_id>")
@endpoint("contacts:read", answers=ContactOut, errors=(HTTPStatus.NOT_FOUND,))
def get_contact(call: Call, contact_id: int) -> Reply:
    """Read a contact."""
    return _again(call, contact_id)


@blueprint.patch("/<id:contact_id>")
@endpoint(
    "contacts:write", answers=ContactOut, errors=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT), guards="c"
)
def change_contact(call: Call, contact_id: int, body: ContactChangesIn, version: int) -> Reply:
    """Change a contact. What is left out stays as it is; null clears."""
    changes = values_from_json(_given(body))
    people = call.services.contacts.people
    return _reply(people.change(contact_id, changes, version=version, actor=call.actor))


@blueprint.post("/<id:contact_id>/merge")
@endpoint(
    "contacts:write",
    answers=ContactOut,
    errors=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
    guards="c",
    repeatable=True,
    again=_again,
)
def merge_contact(call: Call, contact_id: int, body: MergeIn, version: int) -> Reply:
    """Merge another contact into this one, and erase the other, in one step."""
    merge = Merge(
        other_id=body.other_id,
        other_version=body.other_version,
        take=body.take,
        join_notes=body.join_notes,
    )
    contact = call.services.contacts.merging.merge(contact_id, merge, version=version, actor=call.actor)
    return _reply(contact, location=f"/api/v1/contacts/{contact.id}")


def _given(body: Body) -> dict[str, Any]:
    return body.model_dump(exclude_unset=True, by_alias=True)


def _page(call: Call, page: Page) -> Reply:
    paged = call.services.contacts.people.list_(page, actor=call.actor)
    return Reply({"items": [contact_json(each) for each in paged.items], "next": paged.next})


def _reply(contact: ContactView, *, location: str | None = None) -> Reply:
    return Reply(contact_json(contact), tag=f"c{contact.id}-v{contact.version}", location=location)
