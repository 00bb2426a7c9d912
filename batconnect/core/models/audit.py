"""The audit trail's table."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from batconnect.core.database.constraints import AppendOnly, tenant_constraints
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.words import describe_code
from batconnect.core.models.companies import TenantModel
from batconnect.core.models.people import User


class AuditEvent(TenantModel):
    """What somebody did outside a case: append-only; who, when, to what, why, in which request.

    Inserted by `core.database.rows`, which leaves `at` to the database: whoever writes an event cannot date it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField(db_default=Now())
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    actor = models.CharField(max_length=150, help_text="The person's name, or the job's.")
    action = models.CharField(max_length=60, help_text="`payments.void`, `ledger.write_off`, …")
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=60)
    reason = models.CharField(max_length=500, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    details = models.JSONField(default=dict)

    class Meta:
        db_table = "audit_events"
        ordering = ("-at", "-id")
        constraints = [*tenant_constraints("audit_event"), AppendOnly(name="audit_event_append_only")]
        indexes = [
            models.Index(fields=["company", "subject_type", "subject_id"], name="audit_event_subject"),
            models.Index(fields=["company", "at"], name="audit_event_at"),
        ]

    def __str__(self) -> str:
        return f"{describe_code(self.action)}, {describe_code(self.subject_type).lower()}"
