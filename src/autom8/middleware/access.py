"""Who may ask a route: what each view says of itself, and what the gate reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

PUBLIC: Final = "public"  # strangers too; credentials are not looked at
SIGNED_IN: Final = "signed-in"  # anybody whom we know
_MARK: Final = "autom8_access"


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """`scope` is one of kernel.actor, PUBLIC or SIGNED_IN.

    `fresh` routes ask the database who the caller is, the others believe what they knew seconds ago.
    A route that is not `limited` counts its requests apart and is never refused for their number. One that
    takes a `file` takes larger bodies. One that wants `proof` is for users who have proved a short while ago
    who they are, and for the local operator.
    """

    scope: str
    fresh: bool = False
    limited: bool = True
    file: bool = False
    proof: bool = False


def grant(view: Callable[..., Any], access: Access) -> None:
    """Say who may ask `view`."""
    setattr(view, _MARK, access)


def access_of(view: Callable[..., Any] | None) -> Access | None:
    """Who may ask `view`; None when it does not say."""
    found: Access | None = getattr(view, _MARK, None)
    return found
