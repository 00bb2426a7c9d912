"""The tables of companies and people, and what every app stands on."""

from batconnect.core.models.approvals import Approval, LimitedAction
from batconnect.core.models.audit import AuditEvent
from batconnect.core.models.authenticators import Authenticator
from batconnect.core.models.bulk import BulkOperation, BulkRow
from batconnect.core.models.companies import (
    Company,
    CompanySettings,
    CompanySettingsHistory,
    Currency,
    TenantModel,
    company_by_key,
)
from batconnect.core.models.mail import OutgoingMail
from batconnect.core.models.notes import Note, NoteFile
from batconnect.core.models.people import Invitation, Membership, MembershipHistory, Notice, User
from batconnect.core.models.seals import Seal, SealedRow
from batconnect.core.models.tokens import SpentToken, TokenFamily
from batconnect.core.models.work import (
    CompanySchedule,
    Counter,
    IdempotencyKey,
    JobRun,
    ListChoice,
    SavedFilter,
    WorkHold,
)

__all__ = [
    "Approval",
    "AuditEvent",
    "Authenticator",
    "BulkOperation",
    "BulkRow",
    "Company",
    "CompanySchedule",
    "CompanySettings",
    "CompanySettingsHistory",
    "Counter",
    "Currency",
    "IdempotencyKey",
    "Invitation",
    "JobRun",
    "LimitedAction",
    "ListChoice",
    "Membership",
    "MembershipHistory",
    "Note",
    "NoteFile",
    "Notice",
    "OutgoingMail",
    "SavedFilter",
    "Seal",
    "SealedRow",
    "SpentToken",
    "TenantModel",
    "TokenFamily",
    "User",
    "WorkHold",
    "company_by_key",
]
