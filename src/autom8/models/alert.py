"""Alerts: what is to be looked at, what was seen, the incidents of it and their stories, and the rules."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from autom8.models.base import Base, Id, Instant, Json, Key

_DUE = text("due_at IS NOT NULL")
_OPEN = text("resolved_at IS NULL")
_LOOKED_AT = text("look_at IS NOT NULL")


class AlertLook(Base):
    """That an object is to be looked at, and when; `due_at` is null while nothing but a change asks for it.

    Whoever changes what a rule may judge brings `due_at` forward in the same transaction. The row stays, so
    that a look that holds it and a change that waits for it can't miss each other. `ended` says that what is
    wrong now was over since the last look: that is another spell of it.
    """

    __tablename__ = "alert_look"

    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    object_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    ended: Mapped[bool] = mapped_column(server_default=false())

    __table_args__ = (Index("ix_alert_look_due", "due_at", sqlite_where=_DUE, postgresql_where=_DUE),)


class AlertEnd(Base):
    """A run that ended and was seen by no look yet: each end is judged once."""

    __tablename__ = "alert_end"

    task_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    run_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)


class Alert(Base):
    """One rule on one object, as `alerts.states.Alert` and `alerts.flapping.Flaps` keep it.

    `lasted_us` and `unknown_us` are microseconds. `incidents` counts its incidents; `incident_id` is the open
    one. The row is locked by who steps it: a look, which holds the object's `alert_look` first, or a person.
    """

    __tablename__ = "alert"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    object_id: Mapped[int] = mapped_column(Id)
    rule: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    lasted_us: Mapped[int] = mapped_column(Id)
    unknown_us: Mapped[int] = mapped_column(Id)
    blind: Mapped[bool]
    shut: Mapped[bool]
    violated: Mapped[bool]
    incidents: Mapped[int]
    incident_id: Mapped[int | None] = mapped_column(Id)
    flaps: Mapped[dict[str, Any]] = mapped_column(Json)
    flapping_since: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        UniqueConstraint("kind", "object_id", "rule"),
        {"sqlite_autoincrement": True},
    )


class Incident(Base):
    """One spell of an alert, from the transition that raised it to its end; what people act on.

    What it is about is copied here (`kind`, `object_id`, `rule`, `title`, `labels`, `annotations`), since a
    task may be renamed or removed while its incidents stay. `steps_taken` and `step_due_at` are the
    escalation's, and stay as they were when it is resolved; `acknowledged_until` holds it back. `look_at` is
    when a timer of it may be over.
    """

    __tablename__ = "incident"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    alert_id: Mapped[int] = mapped_column(Id, ForeignKey("alert.id"))
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(Text)
    object_id: Mapped[int] = mapped_column(Id)
    rule: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    severity: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    labels: Mapped[dict[str, Any]] = mapped_column(Json)
    annotations: Mapped[dict[str, Any]] = mapped_column(Json)
    run_id: Mapped[int | None] = mapped_column(Id)
    flapping: Mapped[bool]
    held_back: Mapped[bool]  # by a silence or a dependency, when it was last looked at
    opened_at: Mapped[datetime] = mapped_column(Instant)
    resolved_at: Mapped[datetime | None] = mapped_column(Instant)
    resolved_by: Mapped[str | None] = mapped_column(Text)
    acknowledged_at: Mapped[datetime | None] = mapped_column(Instant)
    acknowledged_by: Mapped[str | None] = mapped_column(Text)  # a user, or what stands for a contact
    acknowledged_contact_id: Mapped[int | None] = mapped_column(Id)
    acknowledged_until: Mapped[datetime | None] = mapped_column(Instant)
    assigned_to: Mapped[int | None] = mapped_column(Id)  # a contact
    policy_id: Mapped[int | None] = mapped_column(Id)
    steps_taken: Mapped[int]
    step_due_at: Mapped[datetime | None] = mapped_column(Instant)
    reached_nobody: Mapped[bool]  # a step was due, and nobody was there to be told so far
    look_at: Mapped[datetime | None] = mapped_column(Instant)
    transitions: Mapped[int]  # of those that told somebody, or would have
    version: Mapped[int]
    updated_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        UniqueConstraint("alert_id", "number"),
        Index("ix_incident_look", "look_at", sqlite_where=_LOOKED_AT, postgresql_where=_LOOKED_AT),
        Index("ix_incident_open", "opened_at", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_incident_opened_at", "opened_at", "id"),
        Index("ix_incident_object", "kind", "object_id", "id"),
        {"sqlite_autoincrement": True},
    )


class IncidentEntry(Base):
    """A line of an incident's story. `actor` is a name; empty when Autom8 itself did it."""

    __tablename__ = "incident_entry"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    incident_id: Mapped[int] = mapped_column(Id, ForeignKey("incident.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(Instant)
    kind: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(Text)
    details: Mapped[dict[str, Any]] = mapped_column(Json)

    __table_args__ = (
        Index("ix_incident_entry_incident_id", "incident_id", "id"),
        {"sqlite_autoincrement": True},
    )


class RuleSetting(Base):
    """What is said of a rule beside its default: for all objects of a kind, for a tag, or for one object.

    `scope_value` is the tag, the object's id as text, or empty for all. `changes` holds only what is changed.
    """

    __tablename__ = "rule_setting"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    rule: Mapped[str] = mapped_column(Text)
    scope: Mapped[str] = mapped_column(Text)
    scope_value: Mapped[str] = mapped_column(Key)
    changes: Mapped[dict[str, Any]] = mapped_column(Json)
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        UniqueConstraint("kind", "rule", "scope", "scope_value"),
        {"sqlite_autoincrement": True},
    )


class OwnSign(Base):
    """Something that Autom8 noticed about itself, by the name of its rule and the place: the server that saw
    it, what it is about, or empty for the whole installation.

    A row with `ended_at` is over. `details` are for the incident's text.
    """

    __tablename__ = "own_sign"

    rule: Mapped[str] = mapped_column(Text, primary_key=True)
    place: Mapped[str] = mapped_column(Text, primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    details: Mapped[dict[str, Any]] = mapped_column(Json)


class Silence(Base):
    """Incidents that match are told to nobody from `starts_at` until `ends_at`, exclusive.

    With `hours` (weekly hours of a zone) it is a maintenance window: it holds only within them. `key` is a
    UUID, its name in Alertmanager's API. One that was ended early has the instant of that as `ends_at`.
    """

    __tablename__ = "silence"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(Text, unique=True)
    matchers: Mapped[list[Any]] = mapped_column(Json)
    starts_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    hours: Mapped[dict[str, Any] | None] = mapped_column(Json)
    comment: Mapped[str] = mapped_column(Text)
    created_by: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        Index("ix_silence_ends_at", "ends_at", "id"),
        {"sqlite_autoincrement": True},
    )


class Dependency(Base):
    """While an incident that `parents` match is open, those that `children` match are told to nobody.

    `equal` names labels that must be the same on both.
    """

    __tablename__ = "dependency"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    name_key: Mapped[str] = mapped_column(Key, unique=True)
    parents: Mapped[list[Any]] = mapped_column(Json)
    children: Mapped[list[Any]] = mapped_column(Json)
    equal: Mapped[list[Any]] = mapped_column(Json)
    comment: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - declared so by SQLAlchemy


class PushedAlert(Base):
    """An alert that another program keeps up, such as Prometheus: fine once `ends_at` has come.

    `fingerprint` is the hash of its labels, as Alertmanager makes it.
    """

    __tablename__ = "pushed_alert"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    fingerprint: Mapped[str] = mapped_column(Text, unique=True)
    labels: Mapped[dict[str, Any]] = mapped_column(Json)
    annotations: Mapped[dict[str, Any]] = mapped_column(Json)
    generator_url: Mapped[str] = mapped_column(Text)
    starts_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        Index("ix_pushed_alert_ends_at", "ends_at", "id"),
        {"sqlite_autoincrement": True},
    )
