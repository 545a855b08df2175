"""Users whom a provider vouches for: who they are here, and the session that their proof opens.

A provider's subject is linked to a user once, at the first sign-in, and never by name or e-mail: whoever
could choose those at the provider would become another's user here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from autom8.kernel.actor import Actor
from autom8.kernel.errors import Invalid
from autom8.kernel.events import UserChanged
from autom8.kernel.vocabulary import Method, Role, SessionKind
from autom8.models import Session, User
from autom8.repositories.access import UserNameTaken
from autom8.repositories.unit_of_work import BeginWork, Work
from autom8.security.names import checked_name
from autom8.security.oidc_provider import (
    Identity,
    OidcNameTaken,
    OidcNameUnusable,
    OidcNoRole,
    OidcUserDisabled,
    Provider,
)
from autom8.security.starting import Opening, Proven, as_user, start_session
from autom8.security.tokens import new_session_id
from autom8.security.users import add_user

NO_PASSWORD: Final = ""  # no password is right; see models


@dataclass(frozen=True, slots=True, kw_only=True)
class FederatedUsers:
    """Lets in whom a provider has proven."""

    begin: BeginWork
    provider: Provider

    def enter(self, identity: Identity, *, actor: Actor, agent: str) -> Session:
        """A new session of the page for a proven person, whose user is made at the first time.

        Raises:
            OidcUserDisabled: the user is disabled here.
            OidcNoRole: nothing that the provider says gives them a role.
            OidcNameTaken: another user has their name.
            OidcNameUnusable: the provider gives no name that a user can have.
        """
        try:
            return self._enter(identity, actor=actor, agent=agent)
        except UserNameTaken:
            with self.begin(actor) as work:  # by their own first sign-in, at the same moment?
                if work.federation.lock_user_of(identity.issuer, identity.subject) is None:
                    raise OidcNameTaken from None
        return self._enter(identity, actor=actor, agent=agent)

    def _enter(self, identity: Identity, *, actor: Actor, agent: str) -> Session:
        opening = Opening(id=new_session_id(), kind=SessionKind.COOKIE, agent=agent)
        role = self.provider.role_of(identity.claims)
        with self.begin(actor) as work:
            user = work.federation.lock_user_of(identity.issuer, identity.subject)
            if user is not None and user.disabled:
                raise OidcUserDisabled
            if role is None:
                raise OidcNoRole
            if user is None:
                user = self._add(identity, role, work)
            elif self.provider.role_claim and user.role != role:
                _change_role(user, role, work)
            work.actor = as_user(actor, user, opening.id)  # from here on it is their own doing
            proven = Proven(method=Method.OIDC, proved_at=_proved_at(identity, work.now()))
            session = start_session(work, user, opening, proven)
            work.commit()
        return session

    def _add(self, identity: Identity, role: Role, work: Work) -> User:
        try:
            name = checked_name(self.provider.name_of(identity.claims))
        except Invalid as error:
            raise OidcNameUnusable from error
        user = add_user(work, name, NO_PASSWORD, role=role)
        work.federation.link(identity.issuer, identity.subject, user.id, at=work.now())
        return user


def _change_role(user: User, role: Role, work: Work) -> None:
    """Follow the provider, also when it takes the last administrator's role: it says who is one.

    (The operator of the machine can always make another.)
    """
    user.role = role
    user.version += 1
    user.updated_at = work.now()
    work.record(
        UserChanged(
            action="user.changed",
            object_type="user",
            object_id=str(user.id),
            details={"name": user.name, "role": role.value, "by": "provider"},
            user_id=user.id,
        )
    )


def _proved_at(identity: Identity, now: datetime) -> datetime | None:
    """When the person themselves said who they are: a provider may let them in again without asking.

    One that was made to ask must say when it did (OpenID Connect Core, 3.1.2.1: `max_age`).
    """
    if identity.authenticated_at is None:
        return None
    try:
        return min(datetime.fromtimestamp(identity.authenticated_at, UTC), now)
    except (OverflowError, OSError, ValueError):
        return None
