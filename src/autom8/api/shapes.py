"""What all request bodies, queries and answers have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from autom8.api.fields import Whole
from autom8.kernel.paging import LIMIT_MAX


class Body(BaseModel):
    """What a request says. Unknown fields are refused, and nothing is converted.

    With `array_of` a bare array may be sent, and is what that field holds.
    """

    array_of: ClassVar[str | None] = None

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    @classmethod
    def further_faults(cls, data: Any, named: set[str]) -> Mapping[str, str]:
        """What else is wrong in a JSON object whose fields in `named` are known to be.

        Asked only when there is something wrong, so that a caller hears of everything at once.
        """
        del data, named
        return {}


class NoBody(Body):
    """Nothing needs to be said: an empty body, or an empty object."""


class Query(BaseModel):
    """The parameters behind the `?`, read as what they stand for; those of `repeated` may be several.

    With `in_form` a POST may send them as a form too.
    """

    repeated: ClassVar[frozenset[str]] = frozenset()
    in_form: ClassVar[bool] = False

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class ListQuery(Query):
    """What every list may be asked."""

    limit: Annotated[Whole, Field(ge=1, le=LIMIT_MAX, description="How many items at most.")] = 50
    cursor: Annotated[str, Field(max_length=2_000, description="`next` of the page before.")] | None = None


class Out(BaseModel):
    """What is answered. It documents and is tested against; the answer itself is made from views."""

    media_types: ClassVar[tuple[str, ...]] = ("application/json",)


class Items(Out):
    """A page of a list: its items, and the cursor of the next page."""

    next: str | None


class Problem(Out):
    """What went wrong, as RFC 9457 has it. `code` is permanent; `fields` names each wrong field."""

    type: str = Field(examples=["about:blank"])
    title: str
    status: int
    detail: str
    code: str = Field(examples=["invalid"])
    fields: dict[str, str] | None = None
    request_id: str
