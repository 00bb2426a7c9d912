"""What waits, or waited, for a second person; and what has been done of the kinds that have a limit."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from batconnect.core.database.constraints import AppendOnly, Trigger, tenant_constraints
from batconnect.core.database.keys import tenant_key
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import MoneyField
from batconnect.core.kernel.words import describe_code, format_day
from batconnect.core.models.companies import TenantModel

_ASKED: Final = (
    *("id", "company_id", "kind", "subject_type", "subject_id", "title", "customer_id", "amount", "currency"),
    *("limit_then", "counted", "parameters", "holds", "reason", "requested_by_id", "requested_at"),
)
_DECISION: Final = ("status", "decided_by_id", "decided_at", "decision_reason")


def _row(alias: str, columns: tuple[str, ...]) -> str:
    return "(" + ", ".join(f"{alias}.{column}" for column in columns) + ")"


BEGINS_WAITING: Final = Trigger(
    name="approval_begins_waiting",
    event="before insert",
    body=(
        "if new.status <> 'pending_approval' then raise exception 'nothing is asked for and decided at once' "
        "using errcode = 'restrict_violation'; end if; return new;"
    ),
)
DECIDED_ONCE: Final = Trigger(
    name="approval_decided_once",
    event="before update",
    body=(
        f"if {_row('new', _ASKED)} is distinct from {_row('old', _ASKED)} then "
        "raise exception 'what was asked for never changes' using errcode = 'restrict_violation'; end if; "
        f"if old.status <> 'pending_approval' and {_row('new', _DECISION)} is distinct from "
        f"{_row('old', _DECISION)} then "
        "raise exception 'a request is decided once' using errcode = 'restrict_violation'; end if; "
        "if old.outcome <> '{}'::jsonb and new.outcome is distinct from old.outcome then "
        "raise exception 'what came of a request never changes' using errcode = 'restrict_violation'; end if; "
        "return new;"
    ),
)
KEPT: Final = Trigger(
    name="approval_kept",
    event="before delete",
    truncate=True,
    after_table="for each statement",
    body="raise exception 'requests are decided, never deleted' using errcode = 'restrict_violation';",
)


class Approval(TenantModel):
    """Something that one person asked for and another decides on.

    `parameters` are exactly what was asked for: carrying it out replays them. What was asked never changes, it is
    decided once, and never by who asked: the database holds all three. `customer_id` is held by a key that the
    directory declares.
    """

    class Status(models.TextChoices):
        PENDING = "pending_approval", "Pending approval"
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Rejected"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=30, help_text="`refund`, `write_off`, …: see core.approvals.kinds.")
    status = models.CharField(max_length=20, choices=Status, default=Status.PENDING)
    subject_type = models.CharField(max_length=60, help_text="What it is about: `payments.payment`, …")
    subject_id = models.CharField(max_length=60)
    title = models.CharField(max_length=200, help_text="What was asked for, in words.")
    customer_id = models.UUIDField(null=True)
    amount = MoneyField(null=True, help_text="Up to which amount; empty where it is not about money.")
    currency = models.CharField(max_length=3, blank=True)
    limit_then = MoneyField(null=True, help_text="The limit that it is above.")
    counted = MoneyField(null=True, help_text="What counted against the limit before it.")
    parameters = models.JSONField(default=dict)
    holds = models.CharField(
        max_length=80, blank=True, help_text="For what nobody can ask again while this waits; empty: nothing."
    )
    reason = models.CharField(max_length=500, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    requested_at = models.DateTimeField(db_default=Now(), editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.CharField(max_length=500, blank=True)
    outcome = models.JSONField(default=dict, help_text="What came of an approved request: numbers and ids.")

    class Meta:
        db_table = "approvals"
        ordering = ("-id",)
        constraints = [
            *tenant_constraints("approval"),
            models.CheckConstraint(
                condition=Q(amount__isnull=True, currency="") | Q(amount__gt=0) & ~Q(currency=""),
                name="approval_amount_with_currency",
            ),
            models.CheckConstraint(
                condition=Q(status="pending_approval", decided_by__isnull=True, decided_at__isnull=True)
                | (
                    Q(status__in=["approved", "rejected"], decided_by__isnull=False, decided_at__isnull=False)
                    & ~Q(decided_by=F("requested_by"))
                ),
                name="approval_second_person",
            ),
            models.CheckConstraint(
                condition=Q(outcome={}) | Q(status="approved"), name="approval_outcome_of_approved"
            ),
            models.UniqueConstraint(
                fields=["company", "kind", "holds"],
                condition=Q(status="pending_approval") & ~Q(holds=""),
                name="approval_one_pending",
            ),
            BEGINS_WAITING,
            DECIDED_ONCE,
            KEPT,
        ]
        indexes = [
            models.Index(
                fields=["company", "kind", "subject_id"],
                condition=Q(status="pending_approval"),
                name="approval_pending",
            ),
            models.Index(fields=["company", "subject_type", "subject_id"], name="approval_subject"),
            models.Index(fields=["company", "kind", "id"], name="approval_kind"),
        ]

    def __str__(self) -> str:
        return self.title


class LimitedAction(TenantModel):
    """One thing done of a kind that has a limit, whether it went above it or not: what the next one is added to.

    `day` is the company's. What is undone later still counts. `customer_id` is held by a key that the directory
    declares.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=30)
    subject_id = models.CharField(
        max_length=60, help_text="The payment, obligation or document it was done to."
    )
    customer_id = models.UUIDField()
    amount = MoneyField()
    currency = models.CharField(max_length=3)
    day = models.DateField()
    approval = tenant_key("core.Approval", null=True)

    class Meta:
        db_table = "limited_deeds"
        constraints = [
            *tenant_constraints("limited_deed", "approval"),
            AppendOnly(name="limited_deed_append_only"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="limited_deed_amount_positive"),
        ]
        indexes = [
            models.Index(fields=["company", "kind", "subject_id", "day"], name="limited_deed_subject"),
            models.Index(fields=["company", "kind", "customer_id", "day"], name="limited_deed_customer"),
        ]

    def __str__(self) -> str:
        return f"{describe_code(self.kind)} of {self.amount:,.2f} {self.currency} on {format_day(self.day)}"
