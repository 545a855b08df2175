"""Users: added, changed and removed by administrators. The last enabled administrator stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from autom8.kernel.actor import Actor
from autom8.kernel.errors import Conflict, Invalid, Stale
from autom8.kernel.events import UserChanged
from autom8.kernel.paging import Page, Paged
from autom8.kernel.vocabulary import Role, SessionEnd
from autom8.models import User
from autom8.repositories.unit_of_work import BeginWork, Work
from autom8.security.names import checked_name, name_key
from autom8.security.passwords import Passwords, refuse_weak
from autom8.security.vault import Vault
from autom8.security.views import UserChanges, UserView


class LastAdmin(Conflict):
    """Without this administrator nobody could administer Autom8 any more."""

    code = "last_admin"

    def __init__(self) -> None:
        super().__init__("This is the last enabled administrator; make another one first.")


class UserStale(Stale):
    """The user was changed since the caller looked."""

    code = "stale"

    def __init__(self) -> None:
        super().__init__("The user was changed meanwhile; look again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class UserService:
    """What administrators may do with users; the faces check that the caller is one."""

    begin: BeginWork
    read: BeginWork
    passwords: Passwords
    vault: Vault

    def add(self, name: str, password: str, role: Role, *, actor: Actor) -> UserView:
        """Add a user who may sign in at once.

        Raises:
            Invalid: the name or the password is not taken; both are named at once.
            UserNameTaken: there is one with this name.
            RateLimited: too many passwords are being hashed.
        """
        taken = checked_sign_up(name, password)
        with self.passwords.place() as checker:
            password_hash = checker.hash(password)
        with self.begin(actor) as work:
            user = add_user(work, taken, password_hash, role=role)
            work.commit()
        return UserView.of(user, provider=False)

    def list_(self, page: Page, *, actor: Actor) -> Paged[UserView]:
        """Users by name; filters `role` and `disabled`, orders `id`, `name`, `created_at`."""
        with self.read(actor) as work:
            found = work.access.page(page)
            provided = work.access.with_provider([user.id for user in found.items])
            views = [UserView.of(user, provider=user.id in provided) for user in found.items]
            return Paged(views, found.next)

    def get(self, user_id: int, *, actor: Actor) -> UserView:
        """One user, or UserNotFound."""
        with self.read(actor) as work:
            return view_of(work, work.access.get_user(user_id))

    def change(
        self, user_id: int, changes: UserChanges, *, actor: Actor, version: int | None = None
    ) -> UserView:
        """Change a user; what is so already changes nothing and announces nothing.

        A change ends the user's access tokens; a new password or disabling ends their sessions too, but for
        the one in which somebody changes their own password.

        Raises:
            UserNotFound: no user has this id.
            Stale: `version` is given and the user has another by now.
            Invalid: the password is not taken.
            LastAdmin: nobody could administer Autom8 any more.
            RateLimited: too many passwords are being hashed.
        """
        password_hash = self._hash_new(user_id, changes.password, actor)
        with self.begin(actor) as work:
            user, admins = work.access.lock_user_and_admins(user_id)
            _refuse_stale(user, version)
            changed = _apply(user, changes, password_hash)
            if changed:
                if [admin.id for admin in admins] == [user.id] and not _administers(user):
                    raise LastAdmin
                changed |= _end_sessions(user, changed, work)
                user.version += 1
                user.updated_at = work.now()
                _announce(user, "user.changed", changed, work)
                work.commit()
            return view_of(work, user)

    def remove(self, user_id: int, *, actor: Actor, version: int | None = None) -> None:
        """Remove a user with their sessions, keys and second factor; the audit trail keeps what they did.

        Raises:
            UserNotFound: no user has this id.
            Stale: `version` is given and the user has another by now.
            LastAdmin: nobody could administer Autom8 any more.
        """
        with self.begin(actor) as work:
            user, admins = work.access.lock_user_and_admins(user_id)
            _refuse_stale(user, version)
            if [admin.id for admin in admins] == [user.id]:
                raise LastAdmin
            _announce(user, "user.removed", {"role": user.role}, work)
            self.vault.destroy(work, [user.id])
            work.access.remove_user(user)
            work.commit()

    def _hash_new(self, user_id: int, password: str | None, actor: Actor) -> str | None:
        if password is None:
            return None
        refuse_weak(password, user_name=self.get(user_id, actor=actor).name)
        with self.passwords.place() as checker:  # outside the transaction: it takes a third of a second
            return checker.hash(password)


def checked_sign_up(name: str, password: str) -> str:
    """The name as it is kept.

    Raises:
        Invalid: the name or the password is not taken; both are named at once.
    """
    fields: dict[str, str] = {}
    taken = name
    try:
        taken = checked_name(name)
    except Invalid as error:
        fields.update(error.fields)
    try:
        refuse_weak(password, user_name=taken)
    except Invalid as error:
        fields.update(error.fields)
    if fields:
        raise Invalid("The user can't be added so.", fields=fields)
    return taken


def view_of(work: Work, user: User) -> UserView:
    """A user as callers see them."""
    return UserView.of(user, provider=bool(work.access.with_provider([user.id])))


def add_user(work: Work, name: str, password_hash: str, *, role: Role) -> User:
    """Add a user within `work`, and announce it.

    Raises:
        UserNameTaken: there is one with this name.
    """
    user = User(
        name=name,
        name_key=name_key(name),
        password_hash=password_hash,
        role=role,
        disabled=False,
        version=1,
        created_at=work.now(),
        updated_at=work.now(),
        last_login_at=None,
    )
    work.access.add_user(user)
    _announce(user, "user.added", {"role": role.value}, work)
    return user


def _refuse_stale(user: User, version: int | None) -> None:
    if version is not None and user.version != version:
        raise UserStale


def _administers(user: User) -> bool:
    return user.role == Role.ADMIN and not user.disabled


def _apply(user: User, changes: UserChanges, password_hash: str | None) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    if changes.role is not None and changes.role != user.role:
        user.role = changed["role"] = changes.role.value
    if changes.disabled is not None and changes.disabled != user.disabled:
        user.disabled = changed["disabled"] = changes.disabled
    if password_hash is not None:
        user.password_hash = password_hash
        changed["password"] = "changed"  # noqa: S105 - says that it was, not what it is
    limit = user.requests_per_minute if changes.requests_per_minute is None else changes.requests_per_minute
    limit = None if changes.unlimited else limit
    if limit != user.requests_per_minute:
        user.requests_per_minute = changed["requests_per_minute"] = limit
    return changed


def _end_sessions(user: User, changed: dict[str, Any], work: Work) -> dict[str, Any]:
    if user.disabled:
        reason, kept = SessionEnd.USER_DISABLED, None
    elif "password" in changed:
        reason, kept = SessionEnd.PASSWORD_CHANGED, work.actor.session_id
    else:
        return {}
    ended = [session for session in work.access.open_sessions(user.id) if session.id != kept]
    for session in ended:
        session.ended_at, session.end_reason = work.now(), reason
    return {"sessions_ended": len(ended)}


def _announce(user: User, action: str, details: dict[str, Any], work: Work) -> None:
    work.record(
        UserChanged(
            action=action,
            object_type="user",
            object_id=str(user.id),
            details={"name": user.name, **details},
            user_id=user.id,
        ),
    )
