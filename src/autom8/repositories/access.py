"""Users, their sessions and login throttles."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Row, Select, and_, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session as SqlSession

from autom8.kernel.errors import Conflict, NotFound
from autom8.kernel.vocabulary import Role
from autom8.models import FederatedIdentity, LoginThrottle, Session, User
from autom8.repositories.query import LIMIT_MAX, Listing, Page, Paged

_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_USERS: Final = select(User)
_USER: Final = User.__table__.c
_LISTING: Final = Listing(
    key=_USER.id,
    orders={"id": _USER.id, "name": _USER.name, "created_at": _USER.created_at},
    default="name",
    filters={"role": lambda value: _USER.role == value, "disabled": _USER.disabled.is_},
)
_PRINCIPAL: Final[Select[*tuple[Any, ...]]] = select(
    Session.id.label("session_id"),
    Session.kind,
    Session.used_at,
    Session.expires_at,
    Session.ended_at,
    Session.proved_at,
    User.id.label("user_id"),
    User.name,
    User.role,
    User.disabled,
    User.version,
    User.requests_per_minute,
).join(User, User.id == Session.user_id)


class UserNotFound(NotFound):
    """No user has this id."""

    code = "user_not_found"

    def __init__(self, user_id: int) -> None:
        super().__init__(f"There is no user {user_id}.")


class UserNameTaken(Conflict):
    """Another user has this name, or one that differs only in case or form."""

    code = "name_taken"

    def __init__(self, name: str) -> None:
        super().__init__(f"There is a user {name!r} already.")


class AccessRepository:
    """All SQL about who may sign in."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    # Users

    def page(self, page: Page) -> Paged[User]:
        """Users, by name unless the page says otherwise."""
        rows = self._session.scalars(_LISTING.select(_USERS, page)).all()
        return _LISTING.paged(
            rows, page, lambda user, name: user.id if name == "key" else getattr(user, name)
        )

    def any_user(self) -> bool:
        """Whether there is a user at all."""
        return self._session.scalars(select(User.id).limit(1)).first() is not None

    def get_user(self, user_id: int) -> User:
        """One user, or UserNotFound."""
        user = self._session.get(User, user_id)
        if user is None:
            raise UserNotFound(user_id)
        return user

    def with_provider(self, user_ids: Collection[int]) -> set[int]:
        """Those of these users who can sign in by a provider."""
        known = FederatedIdentity.user_id
        return set(self._session.scalars(select(known).where(known.in_(user_ids))))

    def find_user(self, name_key: str) -> User | None:
        """The user whose name has this key."""
        return self._session.scalars(select(User).where(User.name_key == name_key)).first()

    def lock_user(self, user_id: int) -> User | None:
        """One user as they are now, held until the end of the transaction."""
        statement = (
            select(User).where(User.id == user_id).with_for_update().execution_options(populate_existing=True)
        )
        return self._session.scalars(statement).first()

    def lock_user_and_admins(self, user_id: int) -> tuple[User, Sequence[User]]:
        """One user and all enabled administrators, held until the end of the transaction, or UserNotFound.

        Locked in the order of their ids, so that two callers can't wait for each other. Each sees what the
        other committed: of two that would remove the last two administrators, one finds a single one left.
        """
        statement = (
            select(User)
            .where(or_(User.id == user_id, User.role == Role.ADMIN))
            .order_by(User.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        locked = self._session.scalars(statement).all()
        for user in locked:
            if user.id == user_id:
                return user, [each for each in locked if each.role == Role.ADMIN and not each.disabled]
        raise UserNotFound(user_id)

    def add_user(self, user: User) -> None:
        """Add a user, or UserNameTaken."""
        self._session.add(user)
        try:
            self._session.flush()
        except IntegrityError as error:
            raise UserNameTaken(user.name) from error

    def remove_user(self, user: User) -> None:
        """Remove a user with their sessions."""
        self._session.execute(delete(Session).where(Session.user_id == user.id))
        self._session.delete(user)
        self._session.flush()

    # Sessions

    def add_session(self, session: Session) -> None:
        """Add a session."""
        self._session.add(session)
        self._session.flush()

    def lock_session(self, session_id: str) -> Session | None:
        """One session as it is now, held until the end of the transaction."""
        statement = select(Session).where(Session.id == session_id).with_for_update()
        return self._session.scalars(statement.execution_options(populate_existing=True)).first()

    def find_session(self, session_id: str) -> Session | None:
        """One session."""
        return self._session.get(Session, session_id)

    def standing_sessions(self, user_id: int) -> Sequence[Session]:
        """A user's sessions that were not ended, the 200 last used; some may be too old to stand."""
        statement = select(Session).where(Session.user_id == user_id, Session.ended_at.is_(None))
        newest = statement.order_by(Session.used_at.desc(), Session.id).limit(LIMIT_MAX)
        return self._session.scalars(newest).all()

    def find_principal(self, session_id: str) -> Row[*tuple[Any, ...]] | None:
        """A session with its user, in one row."""
        return self._session.connection().execute(_PRINCIPAL.where(Session.id == session_id)).first()

    def signed_in_from(self, user_id: int, address: str) -> bool:
        """Whether a session of this user, open or not, began at this address."""
        statement = select(Session.id).where(Session.user_id == user_id, Session.address == address).limit(1)
        return self._session.scalars(statement).first() is not None

    def touch_session(self, session_id: str, *, at: datetime) -> None:
        """Note that an open session is in use."""
        self._session.execute(
            update(Session).where(Session.id == session_id, Session.ended_at.is_(None)).values(used_at=at),
        )

    def open_sessions(self, user_id: int) -> Sequence[Session]:
        """A user's sessions that were not ended, held until the end of the transaction."""
        statement = select(Session).where(Session.user_id == user_id, Session.ended_at.is_(None))
        return self._session.scalars(statement.order_by(Session.id).with_for_update()).all()

    def remove_sessions_before(self, instant: datetime, *, idle_since: datetime) -> int:
        """Remove sessions that ended or expired before `instant`, or were last used before `idle_since`."""
        gone = or_(Session.ended_at < instant, Session.expires_at < instant, Session.used_at < idle_since)
        removed = self._session.connection().execute(delete(Session).where(gone))
        return removed.rowcount

    # Throttles

    def lock_throttles(self, keys: Sequence[str]) -> dict[str, LoginThrottle]:
        """The throttles of these keys, made where missing, held until the end of the transaction.

        Ask for the time only after it: who waited here would compare with a time before the others' tries.
        """
        connection = self._session.connection()
        make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        for key in sorted(keys):  # in one order everywhere, so that two attempts can't wait for each other
            values = {"key": key, "failures": 0, "failed_at": _NEVER, "next_try_at": _NEVER}
            connection.execute(make(LoginThrottle).values(**values).on_conflict_do_nothing())
        statement = select(LoginThrottle).where(LoginThrottle.key.in_(keys)).order_by(LoginThrottle.key)
        locked = self._session.scalars(statement.with_for_update().execution_options(populate_existing=True))
        return {each.key: each for each in locked}

    def remove_throttles_before(self, instant: datetime) -> int:
        """Remove throttles without a failure since `instant`."""
        idle = and_(LoginThrottle.failed_at < instant, LoginThrottle.next_try_at < instant)
        removed = self._session.connection().execute(delete(LoginThrottle).where(idle))
        return removed.rowcount
