"""What is a user's own: only somebody who has signed in may ask for it, no key and no local operator."""

from __future__ import annotations

from autom8.kernel.actor import Actor
from autom8.kernel.errors import Forbidden
from autom8.kernel.vocabulary import ActorKind


class NotPersonal(Forbidden):
    """This is a user's own affair, and the caller is no user who has signed in."""

    code = "not_personal"

    def __init__(self) -> None:
        super().__init__("This is for a user who has signed in; on the command line, by `autom8 login`.")


def user_of(actor: Actor) -> int:
    """The id of the user who has signed in.

    Raises:
        NotPersonal: the caller holds an API key, or is the local operator.
    """
    if actor.kind is not ActorKind.USER or actor.id is None:
        raise NotPersonal
    return actor.id


def session_of(actor: Actor) -> str:
    """The session that a user asks in.

    Raises:
        NotPersonal: there is none.
    """
    user_of(actor)
    if actor.session_id is None:
        raise NotPersonal
    return actor.session_id
