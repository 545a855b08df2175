"""It tells: alerts, incidents, rules, silences, the outbox, who is on call, checks; and tags of tasks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_27_tells"
down_revision = "2026_11_25_trust"
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
KEY = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
branch_labels = None
depends_on = None


def upgrade() -> None:
    """It tells: alerts, incidents, rules, silences, the outbox, who is on call, checks; and tags of tasks."""
    _widen_tasks()
    _add_alerts()
    _add_incidents()
    _add_rules()
    _add_outbox()
    _add_on_call()
    _add_checks()
    _look_at_all_tasks()


def _widen_tasks() -> None:
    op.add_column("task", sa.Column("enabled_at", INSTANT, nullable=True))
    op.add_column("task_status", sa.Column("succeeded_at", INSTANT, nullable=True))
    op.execute("UPDATE task_status SET succeeded_at = ended_at WHERE state = 'succeeded'")
    op.create_table(
        "task_tag",
        sa.Column("tag", KEY, nullable=False),
        sa.Column("task_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_task_tag_task_id")),
        sa.PrimaryKeyConstraint("tag", "task_id", name=op.f("pk_task_tag")),
    )
    op.create_index("ix_task_tag_task_id", "task_tag", ["task_id"], unique=False)
    op.create_index(
        "ix_run_ended_as",
        "run",
        ["task_id", "state", "ended_at"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NOT NULL"),
        postgresql_where=sa.text("ended_at IS NOT NULL"),
    )


def _add_alerts() -> None:
    op.create_table(
        "alert_look",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("object_id", ID, autoincrement=False, nullable=False),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("ended", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "object_id", name=op.f("pk_alert_look")),
    )
    op.create_index(
        "ix_alert_look_due",
        "alert_look",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )

    op.create_table(
        "alert_end",
        sa.Column("task_id", ID, autoincrement=False, nullable=False),
        sa.Column("run_id", ID, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("task_id", "run_id", name=op.f("pk_alert_end")),
    )

    op.create_table(
        "alert",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("object_id", ID, nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("lasted_us", ID, nullable=False),
        sa.Column("unknown_us", ID, nullable=False),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.Column("shut", sa.Boolean(), nullable=False),
        sa.Column("violated", sa.Boolean(), nullable=False),
        sa.Column("incidents", sa.Integer(), nullable=False),
        sa.Column("incident_id", ID, nullable=True),
        sa.Column("flaps", JSON, nullable=False),
        sa.Column("flapping_since", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint("kind", "object_id", "rule", name=op.f("uq_alert_kind_object_id_rule")),
        sqlite_autoincrement=True,
    )

    op.create_table(
        "own_sign",
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("details", JSON, nullable=False),
        sa.PrimaryKeyConstraint("rule", "place", name=op.f("pk_own_sign")),
    )

    op.create_table(
        "pushed_alert",
        sa.Column("id", ID, nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("labels", JSON, nullable=False),
        sa.Column("annotations", JSON, nullable=False),
        sa.Column("generator_url", sa.Text(), nullable=False),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pushed_alert")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_pushed_alert_fingerprint")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_pushed_alert_ends_at", "pushed_alert", ["ends_at", "id"], unique=False)


def _add_incidents() -> None:
    op.create_table(
        "incident",
        sa.Column("id", ID, nullable=False),
        sa.Column("alert_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("object_id", ID, nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("labels", JSON, nullable=False),
        sa.Column("annotations", JSON, nullable=False),
        sa.Column("run_id", ID, nullable=True),
        sa.Column("flapping", sa.Boolean(), nullable=False),
        sa.Column("held_back", sa.Boolean(), nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("resolved_at", INSTANT, nullable=True),
        sa.Column("resolved_by", sa.Text(), nullable=True),
        sa.Column("acknowledged_at", INSTANT, nullable=True),
        sa.Column("acknowledged_by", sa.Text(), nullable=True),
        sa.Column("acknowledged_contact_id", ID, nullable=True),
        sa.Column("acknowledged_until", INSTANT, nullable=True),
        sa.Column("assigned_to", ID, nullable=True),
        sa.Column("policy_id", ID, nullable=True),
        sa.Column("steps_taken", sa.Integer(), nullable=False),
        sa.Column("step_due_at", INSTANT, nullable=True),
        sa.Column("reached_nobody", sa.Boolean(), nullable=False),
        sa.Column("look_at", INSTANT, nullable=True),
        sa.Column("transitions", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_incident_alert_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
        sa.UniqueConstraint("alert_id", "number", name=op.f("uq_incident_alert_id_number")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_incident_object", "incident", ["kind", "object_id", "id"], unique=False)
    op.create_index(
        "ix_incident_look",
        "incident",
        ["look_at"],
        unique=False,
        sqlite_where=sa.text("look_at IS NOT NULL"),
        postgresql_where=sa.text("look_at IS NOT NULL"),
    )
    op.create_index(
        "ix_incident_open",
        "incident",
        ["opened_at", "id"],
        unique=False,
        sqlite_where=sa.text("resolved_at IS NULL"),
        postgresql_where=sa.text("resolved_at IS NULL"),
    )
    op.create_index("ix_incident_opened_at", "incident", ["opened_at", "id"], unique=False)

    op.create_table(
        "incident_entry",
        sa.Column("id", ID, nullable=False),
        sa.Column("incident_id", ID, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("details", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incident.id"], name=op.f("fk_incident_entry_incident_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_entry")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_incident_entry_incident_id", "incident_entry", ["incident_id", "id"], unique=False)


def _add_rules() -> None:
    op.create_table(
        "rule_setting",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("scope_value", KEY, nullable=False),
        sa.Column("changes", JSON, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_setting")),
        sa.UniqueConstraint(
            "kind", "rule", "scope", "scope_value", name=op.f("uq_rule_setting_kind_rule_scope_scope_value")
        ),
        sqlite_autoincrement=True,
    )

    op.create_table(
        "silence",
        sa.Column("id", ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("matchers", JSON, nullable=False),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("hours", JSON, nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_silence")),
        sa.UniqueConstraint("key", name=op.f("uq_silence_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_silence_ends_at", "silence", ["ends_at", "id"], unique=False)

    op.create_table(
        "dependency",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", KEY, nullable=False),
        sa.Column("parents", JSON, nullable=False),
        sa.Column("children", JSON, nullable=False),
        sa.Column("equal", JSON, nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dependency")),
        sa.UniqueConstraint("name_key", name=op.f("uq_dependency_name_key")),
        sqlite_autoincrement=True,
    )


def _add_outbox() -> None:
    op.create_table(
        "channel",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", KEY, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("contact_id", ID, nullable=True),
        sa.Column("config", JSON, nullable=False),
        sa.Column("secret_encrypted", sa.LargeBinary(), nullable=True),
        sa.Column("sealed", JSON, nullable=False),
        sa.Column("limits", JSON, nullable=False),
        sa.Column("templates", JSON, nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("failing_since", INSTANT, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("delivered_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel")),
        sa.UniqueConstraint("name_key", name=op.f("uq_channel_name_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_channel_contact_id", "channel", ["contact_id"], unique=False)

    op.create_table(
        "bounce",
        sa.Column("channel_id", ID, autoincrement=False, nullable=False),
        sa.Column("contact_id", ID, autoincrement=False, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channel.id"], name=op.f("fk_bounce_channel_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_bounce_contact_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("channel_id", "contact_id", name=op.f("pk_bounce")),
    )
    op.create_index("ix_bounce_contact_id", "bounce", ["contact_id"], unique=False)

    op.create_table(
        "lane",
        sa.Column("contact_id", ID, autoincrement=False, nullable=False),
        sa.Column("channel_id", ID, autoincrement=False, nullable=False),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("contact_id", "channel_id", name=op.f("pk_lane")),
    )
    op.create_index(
        "ix_lane_due",
        "lane",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )

    op.create_table(
        "notice",
        sa.Column("id", ID, nullable=False),
        sa.Column("incident_id", ID, nullable=False),
        sa.Column("alert_id", ID, nullable=False),
        sa.Column("transition", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("contact_id", ID, nullable=False),
        sa.Column("channel_id", ID, nullable=False),
        sa.Column("pages", sa.Boolean(), nullable=False),
        sa.Column("ends", sa.Boolean(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("message_id", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incident.id"], name=op.f("fk_notice_incident_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint(
            "incident_id",
            "transition",
            "step",
            "contact_id",
            "channel_id",
            name=op.f("uq_notice_incident_id_transition_step_contact_id_channel_id"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notice_lane", "notice", ["contact_id", "channel_id", "alert_id", "id"], unique=False)
    op.create_index("ix_notice_message_id", "notice", ["message_id"], unique=False)
    op.create_index(
        "ix_notice_waiting",
        "notice",
        ["contact_id", "channel_id", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.drop_index(op.f("ix_run_ready"), table_name="run", sqlite_where=sa.text("state = 'queued'"))
    op.create_index(
        "ix_run_ready",
        "run",
        [sa.literal_column("priority DESC"), "id"],
        unique=False,
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    )

    op.create_table(
        "message",
        sa.Column("id", ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("contact_id", ID, nullable=False),
        sa.Column("channel_id", ID, nullable=False),
        sa.Column("digest", sa.Boolean(), nullable=False),
        sa.Column("pages", sa.Boolean(), nullable=False),
        sa.Column("ends", sa.Boolean(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("unknown", sa.Integer(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("lease_token", sa.Text(), nullable=True),
        sa.Column("handed_over", sa.Boolean(), nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("key", name=op.f("uq_message_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_message_dead",
        "message",
        ["id"],
        unique=False,
        sqlite_where=sa.text("state = 'dead'"),
        postgresql_where=sa.text("state = 'dead'"),
    )
    op.create_index(
        "ix_message_due",
        "message",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index("ix_message_lane", "message", ["contact_id", "channel_id", "made_at"], unique=False)

    op.create_table(
        "used_link",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_used_link")),
    )


def _add_on_call() -> None:
    op.create_table(
        "escalation_policy",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", KEY, nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("steps", JSON, nullable=False),
        sa.Column("repeats", sa.Integer(), nullable=True),
        sa.Column("repeated_after_s", sa.Integer(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalation_policy")),
        sa.UniqueConstraint("name_key", name=op.f("uq_escalation_policy_name_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_escalation_policy_default",
        "escalation_policy",
        ["is_default"],
        unique=True,
        sqlite_where=sa.text("is_default"),
        postgresql_where=sa.text("is_default"),
    )

    op.create_table(
        "on_call_schedule",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", KEY, nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("rotations", JSON, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_on_call_schedule")),
        sa.UniqueConstraint("name_key", name=op.f("uq_on_call_schedule_name_key")),
        sqlite_autoincrement=True,
    )

    op.create_table(
        "on_call_override",
        sa.Column("id", ID, nullable=False),
        sa.Column("schedule_id", ID, nullable=False),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("added", ID, nullable=True),
        sa.Column("removed", ID, nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["schedule_id"],
            ["on_call_schedule.id"],
            name=op.f("fk_on_call_override_schedule_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_on_call_override")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_on_call_override_schedule_id", "on_call_override", ["schedule_id", "ends_at"], unique=False
    )


def _add_checks() -> None:
    op.create_table(
        "ping_check",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", KEY, nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("tags", JSON, nullable=False),
        sa.Column("key_digest", sa.LargeBinary(), nullable=False),
        sa.Column("key_encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("schedule", JSON, nullable=False),
        sa.Column("grace_s", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("enabled_at", INSTANT, nullable=False),
        sa.Column("last_ping_id", ID, nullable=True),
        sa.Column("last_ping_at", INSTANT, nullable=True),
        sa.Column("last_end", sa.Text(), nullable=True),
        sa.Column("fails", ID, nullable=False),
        sa.Column("last_run", sa.Text(), nullable=True),
        sa.Column("started_at", INSTANT, nullable=True),
        sa.Column("duration_us", ID, nullable=True),
        sa.Column("counts_from", INSTANT, nullable=False),
        sa.Column("expected_at", INSTANT, nullable=False),
        sa.Column("pings", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ping_check")),
        sa.UniqueConstraint("key_digest", name=op.f("uq_ping_check_key_digest")),
        sa.UniqueConstraint("name_key", name=op.f("uq_ping_check_name_key")),
        sqlite_autoincrement=True,
    )

    op.create_table(
        "ping",
        sa.Column("id", ID, nullable=False),
        sa.Column("check_id", ID, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("exit_code", sa.Integer(), nullable=True),
        sa.Column("run", sa.Text(), nullable=True),
        sa.Column("duration_us", ID, nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("fails", ID, nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("body_bytes", ID, nullable=False),
        sa.Column("seen", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["check_id"], ["ping_check.id"], name=op.f("fk_ping_check_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ping")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_ping_check_id", "ping", ["check_id", "id"], unique=False)


def _look_at_all_tasks() -> None:
    op.execute(
        "INSERT INTO alert_look (kind, object_id, due_at) "
        "SELECT 'task', id, updated_at FROM task WHERE removed_at IS NULL"
    )
