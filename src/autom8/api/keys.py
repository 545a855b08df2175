"""`/keys`: the keyring that wraps the keys of encrypted fields, for administrators."""

from __future__ import annotations

from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated, Any, Literal

from flask import Blueprint
from pydantic import Field

from autom8.api.endpoint import Call, Reply, endpoint
from autom8.api.fields import Line, Text
from autom8.api.shapes import Body, Out
from autom8.kernel.errors import Invalid
from autom8.kernel.secrets import Secret

blueprint = Blueprint("keys", __name__, url_prefix="/keys")

PASSPHRASE_CHARS_MAX = 1_000


class RotateIn(Body):
    """How to rotate."""

    anew: Annotated[bool, Field(description="Begin with a new key although a rotation is under way.")] = False


class RewrapIn(Body):
    """From where to go on."""

    after: Annotated[Line | None, Field(description="`after` of the last answer.")] = None


class RetireIn(Body):
    """Which key to take out."""

    key_id: Annotated[Line, Field(examples=["k0001-5f3a9c2e"])]


class ExportIn(Body):
    """How the keyring shall leave: sealed under a passphrase, or plain when that is said."""

    passphrase: Annotated[
        Text | None, Field(max_length=PASSPHRASE_CHARS_MAX, json_schema_extra={"format": "password"})
    ] = None
    plain: bool = False


class KeyOut(Out):
    """A key of the keyring, or one that it lacks (`held` is false). `wraps` counts data keys."""

    id: str
    primary: bool
    held: bool
    created_at: str | None
    wraps: int


class KeyringOut(Out):
    """The keyring. `remaining` data keys are wrapped by keys of it that are not the primary."""

    source: str
    primary: str
    remaining: int
    keys: list[KeyOut]


class RotationOut(Out):
    """A rotation, begun now or under way."""

    primary: str
    began: bool
    remaining: int


class RewrappedOut(Out):
    """What was done in about a second. Ask again with `after` until it is null."""

    primary: str
    moved: int
    refused: Annotated[list[int], Field(description="Ids of data keys that can't be unwrapped.")]
    after: str | None


class ExportOut(Out):
    """The keyring as a text for a file."""

    form: Literal["sealed", "plain"]
    text: str


@blueprint.get("")
@endpoint("keys:read", answers=KeyringOut)
def show_keyring(call: Call) -> Reply:
    """Show which keys there are, and how much each wraps; never a key itself."""
    shown: dict[str, Any] = asdict(call.services.keyring.show(actor=call.actor))
    return Reply(shown)


@blueprint.post("/rotate")
@endpoint("keys:write", answers=RotationOut, errors=(HTTPStatus.CONFLICT,), proof=True)
def rotate_keyring(call: Call, body: RotateIn) -> Reply:
    """Make a new key the primary, unless a rotation is under way. Then ask `rewrap` until it is done."""
    rotation = call.services.keyring.rotate(anew=body.anew, actor=call.actor)
    return Reply(rotation._asdict())


@blueprint.post("/rewrap")
@endpoint("keys:write", answers=RewrappedOut)
def rewrap_data_keys(call: Call, body: RewrapIn) -> Reply:
    """Wrap data keys by the primary, for about a second. Any number may ask; requests go on meanwhile."""
    progress = call.services.keyring.rewrap(body.after, actor=call.actor)
    return Reply(progress._asdict())


@blueprint.post("/retire")
@endpoint(
    "keys:write", status=HTTPStatus.NO_CONTENT, errors=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT), proof=True
)
def retire_key(call: Call, body: RetireIn) -> Reply:
    """Take a key that wraps nothing out of the keyring. It is gone for good."""
    call.services.keyring.retire(body.key_id, actor=call.actor)
    return Reply()


@blueprint.post("/export")
@endpoint("keys:write", answers=ExportOut, proof=True)
def export_keyring(call: Call, body: ExportIn) -> Reply:
    """Export the keyring for a backup, sealed under a passphrase; plain only when asked for."""
    if (body.passphrase is None) is not body.plain:
        wrong = "must be given, or plain must be true"
        raise Invalid(f"Either a passphrase {wrong}.", fields={"passphrase": wrong})
    passphrase = None if body.passphrase is None else Secret(body.passphrase)
    text = call.services.keyring.export(passphrase, actor=call.actor)
    return Reply({"form": "plain" if passphrase is None else "sealed", "text": text})
