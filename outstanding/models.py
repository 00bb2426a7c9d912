"""Renewal cases, what their customers pay in installments, plans and payments (docs/domain.md#payment-plans).

The ledger holds what is owed: an installment raises a PREMIUM obligation, a plan's rows say which parts of
obligations they cover, and how much of that is open follows from what the obligations still owe.
"""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from batconnect.core.database.constraints import AppendOnly, Trigger, tenant_constraints
from batconnect.core.database.keys import TenantOneToOneKey, tenant_key
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import MoneyField
from batconnect.core.kernel.words import format_day
from batconnect.core.models import TenantModel
from outstanding.rules.plans import FREQUENCIES, MAX_ROWS
from outstanding.sequence import IdSequence

ROW_IDS: Final = "outstanding_row_ids"
"""Installments and plan rows share their ids: `installment_ids` takes both."""
PAYMENT_IDS: Final = "customer_payment_ids"


class RenewalCase(TenantModel):
    """What a RENEWAL case is about; its id is the case's."""

    case = TenantOneToOneKey("cases.Case", primary_key=True, db_column="id")
    customer = tenant_key("directory.Customer")
    policy_number = models.CharField(max_length=60)
    policy_type = models.CharField(max_length=100)
    premium = MoneyField(help_text="The premium of the whole policy.")
    currency = models.CharField(max_length=3)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "renewal_cases"
        ordering = ("-case",)
        constraints = [
            *tenant_constraints("renewal_case", "case", "customer"),
            models.UniqueConstraint(fields=["company", "case"], name="renewal_case_company_id"),
            models.UniqueConstraint(fields=["company", "policy_number"], name="renewal_case_policy"),
            models.CheckConstraint(condition=Q(premium__gt=0), name="renewal_case_premium_positive"),
        ]

    def __str__(self) -> str:
        return self.policy_number


class CustomerInstallment(TenantModel):
    """One part of a policy's premium; `amount` is the original amount, not what is left of it."""

    id = models.BigIntegerField(primary_key=True, editable=False)
    renewal_case = tenant_key("outstanding.RenewalCase", related_name="installments")
    obligation = tenant_key("ledger.Obligation")
    period = models.CharField(max_length=60, help_text="Q1 2024 (Jan-Mar)")
    amount = MoneyField()
    due_date = models.DateField()
    description = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "customer_installments"
        ordering = ("due_date", "id")
        constraints = [
            *tenant_constraints("customer_installment", "renewal_case", "obligation"),
            IdSequence(name=ROW_IDS),
            models.UniqueConstraint(fields=["company", "obligation"], name="customer_installment_obligation"),
            models.UniqueConstraint(
                fields=["company", "renewal_case", "period"], name="customer_installment_period"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="customer_installment_amount_positive"),
        ]

    def __str__(self) -> str:
        return self.period


class RenewalCancellation(TenantModel):
    """A policy that was canceled before its end: what was unearned of its premium, and what became of that.

    `unearned` = `credited` (to installments that were not paid) + `returned` (a credit of the customer, `memo_id`). By
    days it names the days that the policy covers; else it is the insurer's figure.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    renewal_case = tenant_key("outstanding.RenewalCase", related_name="cancellations")
    effective_on = models.DateField(help_text="The first day that is not covered any more.")
    covers_from = models.DateField(null=True)
    covers_until = models.DateField(null=True)
    unearned = MoneyField()
    credited = MoneyField()
    returned = MoneyField()
    memo_id = models.UUIDField(null=True)
    reason = models.CharField(max_length=500)
    made_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "renewal_cancellations"
        constraints = [
            *tenant_constraints("renewal_cancellation", "renewal_case"),
            AppendOnly(name="renewal_cancellation_append_only"),
            models.UniqueConstraint(fields=["company", "renewal_case"], name="renewal_cancellation_once"),
            models.CheckConstraint(
                condition=Q(
                    credited__gte=0, returned__gte=0, unearned=models.F("credited") + models.F("returned")
                ),
                name="renewal_cancellation_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(returned=0, memo_id__isnull=True) | Q(returned__gt=0, memo_id__isnull=False),
                name="renewal_cancellation_returned_by_memo",
            ),
            models.CheckConstraint(
                condition=Q(covers_from__isnull=True, covers_until__isnull=True)
                | Q(covers_from__isnull=False, covers_until__gte=models.F("covers_from")),
                name="renewal_cancellation_term",
            ),
        ]

    def __str__(self) -> str:
        return f"Canceled on {format_day(self.effective_on)}"


class PremiumMove(TenantModel):
    """A part of a policy's premiums that was passed on to the insurer, or became our commission; or commission that was
    given back when the policy was canceled."""

    class Kind(models.TextChoices):
        REMITTED = "remitted", "Remitted"
        COMMISSION = "commission", "Commission"
        GIVEN_BACK = "given_back", "Commission given back"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    renewal_case = tenant_key("outstanding.RenewalCase", related_name="premium_moves")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    amount = MoneyField()
    entry = tenant_key("ledger.Entry")
    is_voided = models.BooleanField(default=False)
    note = models.CharField(max_length=200, blank=True)
    made_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "premium_moves"
        ordering = ("-id",)
        constraints = [
            *tenant_constraints("premium_move", "renewal_case", "entry"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="premium_move_amount_positive"),
            Trigger(
                name="premium_move_fixed",
                event=(
                    "before update of id, company_id, renewal_case_id, kind, amount, entry_id, note, made_by,"
                    " created_at"
                ),
                body="raise exception 'what was passed on never changes' using errcode = 'restrict_violation';",
            ),
            Trigger(
                name="premium_move_kept",
                event="before delete",
                truncate=True,
                after_table="for each statement",
                body="raise exception 'it is voided, never deleted' using errcode = 'restrict_violation';",
            ),
        ]
        indexes = [models.Index(fields=["company", "renewal_case", "id"], name="premium_move_case")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.amount:,.2f}"


class PaymentPlan(TenantModel):
    """An agreement to pay what is owed in equal parts; one per case is active."""

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        COMPLETED = "completed", "Completed"
        CANCELLED = "cancelled", "Cancelled"
        REPLACED = "replaced", "Replaced"
        DEFAULTED = "defaulted", "Defaulted"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    renewal_case = tenant_key("outstanding.RenewalCase", related_name="plans")
    installment_count = models.PositiveSmallIntegerField()
    frequency = models.CharField(max_length=10, choices=[(each, each.capitalize()) for each in FREQUENCIES])
    start_date = models.DateField()
    method = models.CharField(max_length=24)
    auto_payment_enabled = models.BooleanField(default=False)
    total_amount = MoneyField()
    notes = models.CharField(max_length=500, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    made_on = models.DateField(help_text="The company's day on which it began to count.")
    ended_on = models.DateField(null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        db_table = "payment_plans"
        ordering = ("-id",)
        constraints = [
            *tenant_constraints("payment_plan", "renewal_case"),
            models.UniqueConstraint(
                fields=["company", "renewal_case"],
                condition=Q(status="active"),
                name="payment_plan_one_active",
            ),
            models.CheckConstraint(
                condition=Q(installment_count__gte=2, installment_count__lte=MAX_ROWS),
                name="payment_plan_count",
            ),
            models.CheckConstraint(
                condition=Q(frequency__in=list(FREQUENCIES)), name="payment_plan_frequency"
            ),
            models.CheckConstraint(condition=Q(total_amount__gt=0), name="payment_plan_total_positive"),
            models.CheckConstraint(
                condition=Q(status="active", ended_on__isnull=True)
                | (~Q(status="active") & Q(ended_on__isnull=False)),
                name="payment_plan_ended_on",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "renewal_case", "id"], name="payment_plan_case"),
            models.Index(
                fields=["company", "id"], condition=Q(status="defaulted"), name="payment_plan_defaulted"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.installment_count} × {self.frequency}"


class PaymentSchedule(TenantModel):
    """One row of a plan. `failed_attempts` and `next_attempt_on` are the automatic payment's."""

    id = models.BigIntegerField(primary_key=True, editable=False)
    plan = tenant_key("outstanding.PaymentPlan", related_name="schedules")
    number = models.PositiveSmallIntegerField()
    due_date = models.DateField()
    amount = MoneyField()
    failed_attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_on = models.DateField(null=True)

    class Meta:
        db_table = "payment_schedules"
        ordering = ("plan", "number")
        constraints = [
            *tenant_constraints("payment_schedule", "plan"),
            models.UniqueConstraint(fields=["company", "plan", "number"], name="payment_schedule_number"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_schedule_amount_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.number}, due {format_day(self.due_date)}"


class PaymentScheduleItem(TenantModel):
    """How much of an obligation a plan's row covers."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    schedule = tenant_key("outstanding.PaymentSchedule", related_name="items")
    obligation = tenant_key("ledger.Obligation")
    amount = MoneyField()

    class Meta:
        db_table = "payment_schedule_items"
        constraints = [
            *tenant_constraints("payment_schedule_item", "schedule", "obligation"),
            models.UniqueConstraint(
                fields=["company", "schedule", "obligation"], name="payment_schedule_item_once"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_schedule_item_amount_positive"),
        ]
        indexes = [models.Index(fields=["company", "obligation"], name="payment_schedule_item_owed")]


class CustomerPayment(TenantModel):
    """A payment of outstanding rows as the customer started it; the money itself is the linked payment."""

    class Status(models.TextChoices):
        INITIATED = "initiated", "Initiated"
        PROCESSING = "processing", "Processing"
        COMPLETED = "completed", "Completed"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    id = models.BigIntegerField(primary_key=True, editable=False)
    renewal_case = tenant_key("outstanding.RenewalCase", related_name="payments")
    transaction_id = models.CharField(max_length=16)
    mode = models.CharField(max_length=24)
    amount = MoneyField()
    status = models.CharField(max_length=10, choices=Status.choices)
    payment = tenant_key("payments.Payment", null=True)
    settled_amount = MoneyField(null=True)
    failure_reason = models.CharField(max_length=200, blank=True)
    notes = models.CharField(max_length=500, blank=True)
    is_automatic = models.BooleanField(default=False)
    initiated_on = models.DateField()
    finished_on = models.DateField(null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    actor = models.CharField(max_length=150)

    class Meta:
        db_table = "customer_payments"
        ordering = ("-id",)
        constraints = [
            *tenant_constraints("customer_payment", "renewal_case", "payment"),
            IdSequence(name=PAYMENT_IDS),
            models.UniqueConstraint(
                fields=["company", "transaction_id"], name="customer_payment_transaction"
            ),
            models.CheckConstraint(
                condition=Q(transaction_id__regex=r"^TXN_[0-9A-F]{12}$"),
                name="customer_payment_transaction_form",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="customer_payment_amount_positive"),
            models.CheckConstraint(
                condition=Q(
                    status="completed",
                    payment__isnull=False,
                    settled_amount__isnull=False,
                    settled_amount__gt=0,
                )
                | (~Q(status="completed") & Q(payment__isnull=True, settled_amount__isnull=True)),
                name="customer_payment_completed_has_payment",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["initiated", "processing"], finished_on__isnull=True)
                | Q(status__in=["completed", "failed", "cancelled"], finished_on__isnull=False),
                name="customer_payment_finished_on",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "renewal_case", "id"], name="customer_payment_case"),
            models.Index(
                fields=["company", "payment"],
                condition=Q(payment__isnull=False),
                name="customer_payment_payment",
            ),
        ]

    def __str__(self) -> str:
        return self.transaction_id


class CustomerPaymentItem(TenantModel):
    """What a payment is for: a listed row, and the part of an obligation behind it. `is_open` while it is in progress.

    A row is in at most one payment in progress, even when two people pay at once.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer_payment = tenant_key("outstanding.CustomerPayment", related_name="items")
    place = models.PositiveIntegerField(help_text="Oldest first.")
    row_id = models.BigIntegerField()
    obligation = tenant_key("ledger.Obligation")
    amount = MoneyField()
    is_open = models.BooleanField(default=False)

    class Meta:
        db_table = "customer_payment_items"
        constraints = [
            *tenant_constraints("customer_payment_item", "customer_payment", "obligation"),
            models.UniqueConstraint(
                fields=["company", "customer_payment", "place"], name="customer_payment_item_place"
            ),
            models.UniqueConstraint(
                fields=["company", "row_id", "obligation"],
                condition=Q(is_open=True),
                name="customer_payment_item_one_open",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="customer_payment_item_amount_positive"),
        ]
        indexes = [
            models.Index(
                fields=["company", "obligation"],
                condition=Q(is_open=True),
                name="customer_payment_item_on_way",
            )
        ]


class PaymentReminder(TenantModel):
    """A mail to a customer, in the outbox or sent; one per row, due date and stage.

    `due_at` is when a sender may take it; a sender leases it by moving `due_at` on.
    """

    class State(models.TextChoices):
        PENDING = "pending", "Pending"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    renewal_case = tenant_key("outstanding.RenewalCase")
    row_id = models.BigIntegerField()
    stage = models.CharField(max_length=10, help_text="upcoming, overdue, second, final")
    due_date = models.DateField()
    recipient = models.EmailField()
    subject = models.CharField(max_length=200)
    body = models.TextField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "payment_reminders"
        ordering = ("-id",)
        constraints = [
            *tenant_constraints("payment_reminder", "renewal_case"),
            models.UniqueConstraint(
                fields=["company", "row_id", "stage", "due_date"], name="payment_reminder_once"
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False)
                | (~Q(state="sent") & Q(sent_at__isnull=True)),
                name="payment_reminder_sent_at",
            ),
        ]
        indexes = [
            models.Index(
                fields=["company", "due_at"], condition=Q(state="pending"), name="payment_reminder_outbox"
            )
        ]

    def __str__(self) -> str:
        return self.subject
