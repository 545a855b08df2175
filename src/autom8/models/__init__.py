"""SQLAlchemy rows, one file per aggregate. They hold data and no rules.

Importing this package loads every table, which migrations and tests compare against the database.
"""

from autom8.models.access import (
    ApiKey,
    FederatedIdentity,
    LoginThrottle,
    RecoveryCode,
    Session,
    SignInRequest,
    User,
)
from autom8.models.audit import AuditCheckpoint, AuditEntry
from autom8.models.base import Base, table_of
from autom8.models.contact import (
    Contact,
    ContactErasure,
    ContactGroup,
    ContactMember,
    ContactTag,
    ContactWord,
)
from autom8.models.data_key import DataKey
from autom8.models.installation import Generation, IdempotencyKey, Installation
from autom8.models.run import Run, RunAttempt, RunOutput, Worker
from autom8.models.series import Sample, Series, SeriesBase
from autom8.models.task import Task, TaskBoot, TaskRevision, TaskStatus

__all__ = [
    "ApiKey",
    "AuditCheckpoint",
    "AuditEntry",
    "Base",
    "Contact",
    "ContactErasure",
    "ContactGroup",
    "ContactMember",
    "ContactTag",
    "ContactWord",
    "DataKey",
    "FederatedIdentity",
    "Generation",
    "IdempotencyKey",
    "Installation",
    "LoginThrottle",
    "RecoveryCode",
    "Run",
    "RunAttempt",
    "RunOutput",
    "Sample",
    "Series",
    "SeriesBase",
    "Session",
    "SignInRequest",
    "Task",
    "TaskBoot",
    "TaskRevision",
    "TaskStatus",
    "User",
    "Worker",
    "table_of",
]
