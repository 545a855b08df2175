"""Users, their sessions, keys and second factors, and what slows down guessing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from autom8.models.base import Base, Id, Instant, Json


class User(Base):
    """Somebody who may sign in. `version` rises with every change that ends their tokens.

    Who signs in through a provider may have no password. `totp_secret` is sealed under the user's own key;
    it counts once `totp_enabled_at` is set, and no code of a step up to `totp_last_step` is taken again.
    """

    __tablename__ = "user_account"  # `user` is a reserved word in PostgreSQL

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    name_key: Mapped[str] = mapped_column(Text, unique=True)  # casefolded and NFKC: one Ada, not two
    password_hash: Mapped[str] = mapped_column(Text)  # empty: no password is right
    role: Mapped[str] = mapped_column(Text)
    disabled: Mapped[bool]
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)
    last_login_at: Mapped[datetime | None] = mapped_column(Instant)
    requests_per_minute: Mapped[int | None]
    totp_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_enabled_at: Mapped[datetime | None] = mapped_column(Instant)
    totp_last_step: Mapped[int | None] = mapped_column(Id)

    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - no later user gets a removed one's id


class Session(Base):
    """One sign-in. Refresh tokens of a family differ by `generation`; only the newest is good.

    `method` says how its user proved who they are, and `proved_at` when they last did.
    """

    __tablename__ = "session"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    user_id: Mapped[int] = mapped_column(Id, ForeignKey("user_account.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(Text)  # token | cookie
    generation: Mapped[int]
    refresh_hash: Mapped[str] = mapped_column(Text)
    rotated_at: Mapped[datetime] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    end_reason: Mapped[str | None] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    agent: Mapped[str] = mapped_column(Text)
    method: Mapped[str] = mapped_column(Text, server_default="password")
    proved_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (Index("ix_session_user_id", "user_id"),)


class ApiKey(Base):
    """A program's standing right to act for its user, within `scopes`. Only the secret's digest is kept."""

    __tablename__ = "api_key"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key_id: Mapped[str] = mapped_column(Text, unique=True)  # the public part, which stands in the key itself
    user_id: Mapped[int] = mapped_column(Id, ForeignKey("user_account.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Text)
    secret_hash: Mapped[str] = mapped_column(Text)
    scopes: Mapped[list[str]] = mapped_column(Json)
    requests_per_minute: Mapped[int | None]
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    last_used_at: Mapped[datetime | None] = mapped_column(Instant)
    last_used_address: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (Index("ix_api_key_user_id", "user_id"), {"sqlite_autoincrement": True})


class RecoveryCode(Base):
    """A code that stands in once for a lost second factor."""

    __tablename__ = "recovery_code"

    user_id: Mapped[int] = mapped_column(
        Id, ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True
    )
    code_hash: Mapped[str] = mapped_column(Text, primary_key=True)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class FederatedIdentity(Base):
    """A user as a provider knows them. Names and addresses change hands there; the subject does not."""

    __tablename__ = "federated_identity"

    issuer: Mapped[str] = mapped_column(Text, primary_key=True)
    subject: Mapped[str] = mapped_column(Text, primary_key=True)
    user_id: Mapped[int] = mapped_column(Id, ForeignKey("user_account.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (Index("ix_federated_identity_user_id", "user_id"),)


class SignInRequest(Base):
    """A sign-in that waits for its provider's answer; taken out by the answer, so that it is used once."""

    __tablename__ = "sign_in_request"

    state_hash: Mapped[str] = mapped_column(Text, primary_key=True)
    nonce: Mapped[str] = mapped_column(Text)
    verifier: Mapped[str] = mapped_column(Text)
    next_path: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)


class LoginThrottle(Base):
    """Failed sign-ins of one account or one address, and when the next try is heard."""

    __tablename__ = "login_throttle"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    failures: Mapped[int]
    failed_at: Mapped[datetime] = mapped_column(Instant)
    next_try_at: Mapped[datetime] = mapped_column(Instant)
