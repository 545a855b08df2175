"""From what came over the wire to the models of a view: bodies, queries and versions seen.

Everything wrong is named at once, by the dotted path of the field, and never repeated to the caller:
it may be a secret.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl

from flask import Request
from pydantic import ValidationError
from pydantic_core import ErrorDetails, from_json
from werkzeug.datastructures import MultiDict

from autom8.api.errors import UnsupportedMediaType
from autom8.api.fields import ID_MAX
from autom8.api.shapes import Body, Query
from autom8.kernel.errors import Invalid, PreconditionMissing, Stale
from autom8.middleware.bodies import body_of

FAULTS_MAX: Final = 100  # that many are told
FIELD_CHARS_MAX: Final = 100
JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"
B = TypeVar("B", bound=Body)
Q = TypeVar("Q", bound=Query)

_WORDS: Final = {
    "missing": "is needed",
    "extra_forbidden": "is not known here",
    "value_error": "{error}",
    "too_short": "needs at least {min_length}",
    "too_long": "takes at most {max_length}",
    "string_too_short": "needs at least {min_length} characters",
    "string_too_long": "takes at most {max_length} characters",
    "union_tag_not_found": "needs its kind",
    "union_tag_invalid": "has no such kind; there are {expected_tags}",
}
_JSON_FAULTS: Final = frozenset({"json_invalid", "model_type", "model_attributes_type"})


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file that is the body of a request: its type, the encoding it is said to be in, and its bytes."""

    media_type: str
    charset: str | None
    _request: Request

    @classmethod
    def announced(cls, request: Request, media_types: Collection[str]) -> SentFile:
        """The file that a request brings; not a byte of it is read yet.

        Raises:
            UnsupportedMediaType: it is of a type that is not taken.
        """
        if request.mimetype not in media_types:
            raise UnsupportedMediaType(f"The body must be a file: {', '.join(sorted(media_types))}.")
        return cls(request.mimetype, request.mimetype_params.get("charset"), request)

    def read(self) -> bytes:
        """All of it.

        Raises:
            TooLarge: it has more bytes than are taken.
        """
        return body_of(self._request)


def read_body(model: type[B], request: Request) -> B:
    """The JSON body of a request; none at all is an empty object.

    Raises:
        UnsupportedMediaType: it is said to be something else than JSON.
        Invalid: it is no JSON, or fields of it are wrong.
    """
    raw = body_of(request)
    if raw and request.mimetype != JSON:
        raise UnsupportedMediaType(f"The body must be {JSON}.")
    try:
        if model.array_of is not None and raw.lstrip()[:1] == b"[":
            raw = b'{"%s":%s}' % (model.array_of.encode(), raw)
        return model.model_validate_json(raw or b"{}", strict=True)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        if faults[0]["type"] in _JSON_FAULTS and not faults[0]["loc"]:
            raise Invalid("The body must be a JSON object.", fields={"body": _words(faults[0])}) from None
        raise _invalid(_faults_of(model, raw, faults)) from None


def read_query(model: type[Q], request: Request) -> Q:
    """The query of a request; what a form says counts as if it stood in the address.

    Raises:
        Invalid: parameters are unknown, wrong, or given twice.
        UnsupportedMediaType: there is a body that is no form.
    """
    arguments = request.args
    if model.in_form and request.method == "POST" and (raw := body_of(request)):
        arguments = MultiDict([*arguments.items(multi=True), *_form(raw, request)])
    several = {name: values for name, values in arguments.lists() if name in model.repeated}
    doubled = [name for name, values in arguments.lists() if len(values) > 1 and name not in several]
    twice = dict.fromkeys(doubled, "is given twice")
    try:
        query = model.model_validate(arguments.to_dict() | several)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        raise _invalid({_name(fault["loc"]): _words(fault) for fault in faults} | twice) from None
    if twice:
        raise _invalid(twice)
    return query


def _form(raw: bytes, request: Request) -> list[tuple[str, str]]:
    if request.mimetype != FORM:
        raise UnsupportedMediaType(f"The body must be {FORM}.")
    try:
        return parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=1_000)
    except ValueError:
        raise Invalid("The body is no form.", fields={"body": "is no form"}) from None


def seen_version(request: Request, kind: str, number: int) -> int:
    """The version that the caller has seen of a resource: what If-Match names.

    Only the version counts, not how it was sent: a proxy that compresses makes the ETag weak.

    Raises:
        PreconditionMissing: If-Match is not there, or stands for any version.
        Stale: it names none of this resource.
    """
    given = request.headers.get("If-Match", "").strip()
    if given in {"", "*"}:
        raise PreconditionMissing("Send If-Match with the ETag of what you have seen.")
    found = re.search(rf'"{kind}{number}-[rv]([0-9]{{1,18}})(?:-[0-9a-f]*)?"', given)
    if found is None or int(found[1]) > ID_MAX:
        raise Stale("This is not the ETag of what is there. Read it again.")
    return int(found[1])


def _faults_of(model: type[Body], raw: bytes, found: Sequence[ErrorDetails]) -> dict[str, str]:
    faults = {_name(fault["loc"]): _words(fault) for fault in found}
    top = {name if name.startswith("tasks.") else name.partition(".")[0] for name in faults}
    return {**model.further_faults(from_json(raw or b"{}"), top), **faults}


def _invalid(faults: dict[str, str]) -> Invalid:
    told = dict(list(faults.items())[:FAULTS_MAX])
    more = len(faults) - len(told)
    message = "; ".join(f"{name} {text}" for name, text in told.items())
    return Invalid(f"{message}; and {more} more" if more else message, fields=told)


def _name(location: Sequence[int | str]) -> str:
    return ".".join(_parts(location))[:FIELD_CHARS_MAX] or "body"


def _parts(location: Sequence[int | str]) -> Iterable[str]:
    """The path to a field, without what pydantic adds to it: the kind of a union, the key of a mapping."""
    for index, part in enumerate(location):
        is_kind = index and location[index - 1] == "schedule" and index + 1 < len(location)
        if not is_kind and part != "[key]":
            yield str(part)


def _words(fault: ErrorDetails) -> str:
    context: dict[str, Any] = fault.get("ctx", {})
    words = _WORDS.get(fault["type"])
    if words is not None:
        return words.format(**context)
    return fault["msg"].replace("Input should be", "must be").replace("Input should", "must")
