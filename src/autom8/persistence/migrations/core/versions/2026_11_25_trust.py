"""Trust: API keys, second factors, sign-in by a provider, contacts, data keys, audit checkpoints."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_25_trust"
down_revision = "2026_11_23_heart"
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
KEY = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Trust: API keys, second factors, sign-in by a provider, contacts, data keys, audit checkpoints."""
    _widen_access()
    _add_audit_checkpoints()
    _add_access()
    _add_data_keys()
    _add_contacts()


def _widen_access() -> None:
    # Only columns that SQLite adds in place: a table that is copied is dropped, and its children with it.
    op.add_column("session", sa.Column("method", sa.Text(), server_default="password", nullable=False))
    op.add_column("session", sa.Column("proved_at", INSTANT, nullable=True))
    op.add_column("user_account", sa.Column("requests_per_minute", sa.Integer(), nullable=True))
    op.add_column("user_account", sa.Column("totp_secret", sa.LargeBinary(), nullable=True))
    op.add_column("user_account", sa.Column("totp_enabled_at", INSTANT, nullable=True))
    op.add_column("user_account", sa.Column("totp_last_step", ID, nullable=True))


def _add_audit_checkpoints() -> None:
    op.create_table(
        "audit_checkpoint",
        sa.Column("size", ID, autoincrement=False, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("last_hash", sa.LargeBinary(), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_audit_checkpoint")),
    )


def _add_access() -> None:
    op.create_table(
        "api_key",
        sa.Column("id", ID, nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("scopes", JSON, nullable=False),
        sa.Column("requests_per_minute", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.Column("last_used_at", INSTANT, nullable=True),
        sa.Column("last_used_address", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_api_key_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("key_id", name=op.f("uq_api_key_key_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_api_key_user_id", "api_key", ["user_id"], unique=False)

    op.create_table(
        "federated_identity",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_federated_identity_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_federated_identity")),
    )
    op.create_index("ix_federated_identity_user_id", "federated_identity", ["user_id"], unique=False)

    op.create_table(
        "recovery_code",
        sa.Column("user_id", ID, nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_recovery_code_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "code_hash", name=op.f("pk_recovery_code")),
    )

    op.create_table(
        "sign_in_request",
        sa.Column("state_hash", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("verifier", sa.Text(), nullable=False),
        sa.Column("next_path", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("state_hash", name=op.f("pk_sign_in_request")),
    )


def _add_data_keys() -> None:
    op.create_table(
        "data_key",
        sa.Column("id", ID, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("wrapping_key_id", sa.Text(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_key")),
        sa.UniqueConstraint("purpose", "owner_id", name=op.f("uq_data_key_purpose_owner_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_data_key_wrapping_key_id", "data_key", ["wrapping_key_id", "id"], unique=False)


def _add_contacts() -> None:
    op.create_table(
        "contact",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", KEY, nullable=False),
        sa.Column("phone_encrypted", sa.LargeBinary(), nullable=True),
        sa.Column("phone_index", sa.LargeBinary(), nullable=True),
        sa.Column("email_encrypted", sa.LargeBinary(), nullable=True),
        sa.Column("email_index", sa.LargeBinary(), nullable=True),
        sa.Column("notes_encrypted", sa.LargeBinary(), nullable=True),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("quiet_from", sa.Integer(), nullable=True),
        sa.Column("quiet_until", sa.Integer(), nullable=True),
        sa.Column("quiet_days", sa.Integer(), nullable=True),
        sa.Column("channels", JSON, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sa.UniqueConstraint("email_index", name=op.f("uq_contact_email_index")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_contact_created_at", "contact", ["created_at", "id"], unique=False)
    op.create_index("ix_contact_name_key", "contact", ["name_key", "id"], unique=False)
    op.create_index("ix_contact_phone_index", "contact", ["phone_index"], unique=False)

    op.create_table(
        "contact_word",
        sa.Column("word", KEY, nullable=False),
        sa.Column("contact_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_contact_word_contact_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("word", "contact_id", name=op.f("pk_contact_word")),
    )
    op.create_index("ix_contact_word_contact_id", "contact_word", ["contact_id"], unique=False)

    op.create_table(
        "contact_tag",
        sa.Column("tag", KEY, nullable=False),
        sa.Column("contact_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_contact_tag_contact_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tag", "contact_id", name=op.f("pk_contact_tag")),
    )
    op.create_index("ix_contact_tag_contact_id", "contact_tag", ["contact_id"], unique=False)
    _add_groups_and_erasures()


def _add_groups_and_erasures() -> None:
    op.create_table(
        "contact_group",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", KEY, nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_group")),
        sa.UniqueConstraint("name_key", name=op.f("uq_contact_group_name_key")),
        sqlite_autoincrement=True,
    )

    op.create_table(
        "contact_member",
        sa.Column("group_id", ID, nullable=False),
        sa.Column("contact_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_contact_member_contact_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["contact_group.id"], name=op.f("fk_contact_member_group_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("group_id", "contact_id", name=op.f("pk_contact_member")),
    )
    op.create_index("ix_contact_member_contact_id", "contact_member", ["contact_id"], unique=False)

    op.create_table(
        "contact_erasure",
        sa.Column("contact_id", ID, autoincrement=False, nullable=False),
        sa.Column("data_key_id", ID, nullable=True),
        sa.Column("erased_at", INSTANT, nullable=False),
        sa.Column("erased_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("audit_seq", ID, nullable=True),
        sa.Column("audit_hash", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_contact_erasure")),
    )
