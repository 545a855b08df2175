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
from autom8.models.alert import (
    Alert,
    AlertEnd,
    AlertLook,
    Dependency,
    Incident,
    IncidentEntry,
    OwnSign,
    PushedAlert,
    RuleSetting,
    Silence,
)
from autom8.models.audit import AuditCheckpoint, AuditEntry
from autom8.models.base import Base, table_of
from autom8.models.check import Ping, PingCheck
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
from autom8.models.notice import Bounce, Channel, Lane, Message, Notice, UsedLink
from autom8.models.on_call import EscalationPolicy, OnCallOverride, OnCallSchedule
from autom8.models.run import Run, RunAttempt, RunOutput, Worker
from autom8.models.series import (
    Chunk,
    Rollup1h,
    Rollup1m,
    Rollup5m,
    RollupDue,
    Sample,
    Series,
    SeriesBase,
)
from autom8.models.task import Task, TaskBoot, TaskRevision, TaskStatus, TaskTag

__all__ = [
    "Alert",
    "AlertEnd",
    "AlertLook",
    "ApiKey",
    "AuditCheckpoint",
    "AuditEntry",
    "Base",
    "Bounce",
    "Channel",
    "Chunk",
    "Contact",
    "ContactErasure",
    "ContactGroup",
    "ContactMember",
    "ContactTag",
    "ContactWord",
    "DataKey",
    "Dependency",
    "EscalationPolicy",
    "FederatedIdentity",
    "Generation",
    "IdempotencyKey",
    "Incident",
    "IncidentEntry",
    "Installation",
    "Lane",
    "LoginThrottle",
    "Message",
    "Notice",
    "OnCallOverride",
    "OnCallSchedule",
    "OwnSign",
    "Ping",
    "PingCheck",
    "PushedAlert",
    "RecoveryCode",
    "Rollup1h",
    "Rollup1m",
    "Rollup5m",
    "RollupDue",
    "RuleSetting",
    "Run",
    "RunAttempt",
    "RunOutput",
    "Sample",
    "Series",
    "SeriesBase",
    "Session",
    "SignInRequest",
    "Silence",
    "Task",
    "TaskBoot",
    "TaskRevision",
    "TaskStatus",
    "TaskTag",
    "UsedLink",
    "User",
    "Worker",
    "table_of",
]
