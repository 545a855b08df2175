"""Erasures of contacts: `/contacts/<id>/erase`, and `/contacts/erasures` that shows and repeats them."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

from flask import Blueprint
from pydantic import Field

from autom8.api.contact_bodies import EraseIn, Short
from autom8.api.endpoint import Call, Reply, endpoint
from autom8.api.fields import Id, Instant
from autom8.api.shapes import Body, Items, ListQuery, Out
from autom8.contacts.views import Certificate
from autom8.kernel.paging import Page

blueprint = Blueprint("erasures", __name__, url_prefix="/contacts")


class CertificateOut(Out):
    """That a contact was erased. The audit entry of this number and hash tells of it."""

    contact_id: int
    data_key_id: int | None
    erased_at: datetime
    erased_by: str
    reason: str
    audit_seq: int | None
    audit_hash: Annotated[str, Field(description="SHA-256 of the entry's place in the chain, in hex.")] | None


class ErasuresOut(Items):
    """A page of certificates, and the installation whose contacts they are about."""

    items: list[CertificateOut]
    installation: str


class ErasuresQuery(ListQuery):
    """How erasures are listed."""

    order: Literal["erased_at", "-erased_at", "id", "-id"] = "-erased_at"


class CertificateIn(Body):
    """A certificate, as another copy of this installation gave it."""

    contact_id: Id
    data_key_id: Id | None
    erased_at: Instant
    erased_by: Short
    reason: Short
    audit_seq: Id | None
    audit_hash: Annotated[Short, Field(pattern="^[0-9a-f]{64}$")] | None


class ReplayIn(Body):
    """Erasures that this copy may not know of, as a restored backup does not."""

    installation: Short
    erasures: Annotated[list[CertificateIn], Field(max_length=1_000)]


class ReplayOut(Out):
    """What was done: erased again, noted, known already, and ids that somebody else has by now."""

    erased: int
    noted: int
    known: int
    given_anew: int


@blueprint.post("/<id:contact_id>/erase")
@endpoint(
    "contacts:erase",
    answers=CertificateOut,
    errors=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
    repeatable=True,
)
def erase_contact(call: Call, contact_id: int, body: EraseIn) -> Reply:
    """Erase a contact for ever. Its name must be typed; the answer is the certificate."""
    erasures = call.services.contacts.erasures
    certificate = erasures.erase(contact_id, confirm=body.confirm, reason=body.reason, actor=call.actor)
    return Reply(certificate_json(certificate), location=f"/api/v1/contacts/erasures/{contact_id}")


@blueprint.get("/erasures")
@endpoint("contacts:erase", answers=ErasuresOut)
def list_erasures(call: Call, query: ErasuresQuery) -> Reply:
    """List the certificates of erasures, the latest first unless ordered otherwise."""
    page = Page(limit=query.limit, cursor=query.cursor, order=query.order)
    paged = call.services.contacts.erasures.list_(page, actor=call.actor)
    return Reply(
        {
            "items": [certificate_json(each) for each in paged.items],
            "next": paged.next,
            "installation": call.services.installation_key,
        }
    )


@blueprint.get("/erasures/<id:contact_id>")
@endpoint("contacts:erase", answers=CertificateOut, errors=(HTTPStatus.NOT_FOUND,))
def get_erasure(call: Call, contact_id: int) -> Reply:
    """Read the certificate of an erased contact."""
    return Reply(certificate_json(call.services.contacts.erasures.get(contact_id, actor=call.actor)))


@blueprint.post("/erasures/replay")
@endpoint("contacts:erase", answers=ReplayOut, errors=(HTTPStatus.CONFLICT,))
def replay_erasures(call: Call, body: ReplayIn) -> Reply:
    """Erase again, after a restore, whom a newer copy has erased. Repeating it changes nothing."""
    certificates = [Certificate(**each.model_dump()) for each in body.erasures]
    fate = call.services.contacts.erasures.replay(
        certificates, installation=body.installation, actor=call.actor
    )
    return Reply(
        {"erased": fate.erased, "noted": fate.noted, "known": fate.known, "given_anew": fate.given_anew}
    )


def certificate_json(certificate: Certificate) -> dict[str, Any]:
    """A certificate as it is answered."""
    return {
        "contact_id": certificate.contact_id,
        "data_key_id": certificate.data_key_id,
        "erased_at": certificate.erased_at,
        "erased_by": certificate.erased_by,
        "reason": certificate.reason,
        "audit_seq": certificate.audit_seq,
        "audit_hash": certificate.audit_hash,
    }
