"""Credit memos, what they debit, and what was paid back of them (docs/domain.md#credit-memos)."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from batconnect.core.database.constraints import AppendOnly, Trigger, tenant_constraints
from batconnect.core.database.keys import tenant_key
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import MoneyField
from batconnect.core.models import TenantModel
from ledger.chart import Category

_CREDIT: Final = F("amount") - F("discount_amount")


class CreditMemo(TenantModel):
    """What a customer is credited with, for one item (`obligation`) or without one; the rest of it is `left`.

    `amount` is what the debt is lowered by, `discount_amount` the part of it that early-payment discounts had paid. At
    every moment `amount − discount_amount = applied + refunded + paid_out + voided + left`. `version` counts its
    changes and is its ETag.
    """

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        USED = "used", "Used"
        VOIDED = "voided", "Voided"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(max_length=24, help_text="CRM-2026-001.")
    number_order = models.BigIntegerField(help_text="Year and number as one figure: numbers sort as numbers.")
    customer = tenant_key("directory.Customer")
    lease = tenant_key("directory.Lease", null=True)
    currency = models.CharField(max_length=3)
    obligation = tenant_key("ledger.Obligation", null=True)
    category = models.CharField(
        max_length=10, blank=True, choices=[(each.value, each.label) for each in Category]
    )
    amount = MoneyField(help_text="What the debt is lowered by.")
    discount_amount = MoneyField(
        default=Decimal("0.00"), help_text="The part of it that early-payment discounts had paid."
    )
    paid_part = MoneyField(
        default=Decimal("0.00"),
        help_text="The part of it that the item did not owe any more when it was issued.",
    )
    applied = MoneyField(default=Decimal("0.00"))
    refunded = MoneyField(default=Decimal("0.00"))
    paid_out = MoneyField(default=Decimal("0.00"), help_text="What DTRs paid to the driver.")
    voided = MoneyField(default=Decimal("0.00"))
    left = MoneyField()
    reserved = MoneyField(
        default=Decimal("0.00"), help_text="The part of `left` that refunds waiting for approval hold."
    )
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    issued_on = models.DateField()
    reason = models.CharField(max_length=500)
    case_no = models.CharField(max_length=20, blank=True)
    approval = tenant_key("core.Approval", null=True)
    entry = tenant_key("ledger.Entry")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    issued_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    voided_at = models.DateTimeField(null=True)
    void_reason = models.CharField(max_length=500, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        app_label = "payments"
        db_table = "credit_memos"
        constraints = [
            *tenant_constraints("credit_memo", "customer", "lease", "obligation", "approval", "entry"),
            models.UniqueConstraint(
                fields=["company", "number"],
                opclasses=["uuid_ops", "text_pattern_ops"],
                name="credit_memo_number",
            ),
            models.UniqueConstraint(fields=["company", "entry"], name="credit_memo_entry"),
            models.UniqueConstraint(
                fields=["company", "approval"],
                condition=Q(approval__isnull=False),
                name="credit_memo_approved_once",
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0, discount_amount__gte=0, discount_amount__lt=F("amount")),
                name="credit_memo_amount_positive",
            ),
            models.CheckConstraint(
                condition=Q(paid_part__gte=F("discount_amount"), paid_part__lte=F("amount")),
                name="credit_memo_paid_part_within",
            ),
            models.CheckConstraint(
                condition=Q(
                    left=_CREDIT - F("applied") - F("refunded") - F("paid_out") - F("voided"),
                    left__gte=0,
                    applied__gte=0,
                    refunded__gte=0,
                    paid_out__gte=0,
                    voided__gte=0,
                ),
                name="credit_memo_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(reserved__gte=0, reserved__lte=F("left")), name="credit_memo_reserved_within"
            ),
            models.CheckConstraint(
                condition=Q(status="open", left__gt=0)
                | Q(status="used", left=0, voided__lt=_CREDIT)
                | Q(status="voided", voided=_CREDIT),
                name="credit_memo_status_fits",
            ),
            models.CheckConstraint(
                condition=Q(voided=0, voided_at__isnull=True) | Q(voided__gt=0, voided_at__isnull=False),
                name="credit_memo_voided_has_instant",
            ),
            Trigger(
                name="credit_memo_fixed",
                event=(
                    "before update of id, company_id, number, number_order, customer_id, lease_id, currency,"
                    " obligation_id, category, amount, discount_amount, paid_part, issued_on, reason, approval_id,"
                    " entry_id, created_by_id, issued_by, created_at"
                ),
                body="raise exception 'what was credited never changes' using errcode = 'restrict_violation';",
            ),
            Trigger(
                name="credit_memo_kept",
                event="before delete",
                truncate=True,
                after_table="for each statement",
                body="raise exception 'credit memos are voided, never deleted' using errcode = 'restrict_violation';",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "number_order"], name="credit_memo_number_order"),
            models.Index(fields=["company", "issued_on", "number_order"], name="credit_memo_issued"),
            models.Index(
                fields=["company", "customer", "issued_on", "number_order"], name="credit_memo_customer"
            ),
            models.Index(
                fields=["company", "obligation"],
                condition=Q(obligation__isnull=False),
                name="credit_memo_obligation",
            ),
            # The credit that waits to be used, which the weekly run looks for by lease.
            models.Index(
                fields=["company", "lease", "customer"],
                condition=Q(status="open", lease__isnull=False),
                name="credit_memo_open_lease",
            ),
            models.Index(
                fields=["company", "currency", "left"], condition=Q(status="open"), name="credit_memo_open"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def credit(self) -> Decimal:
        """What the customer was credited with: the amount less the discounts that came back."""
        return self.amount - self.discount_amount

    @property
    def available(self) -> Decimal:
        """What may still be applied, refunded or voided: what is left and no pending refund holds."""
        return self.left - self.reserved

    @property
    def url(self) -> str:
        """Where API clients read it."""
        return f"/api/accounting/credit-memos/{self.id}"


class CreditMemoLine(TenantModel):
    """What a memo debits: an account, of an invoice for the line and, of its taxes, the `rate`; `voided` is the part
    that was taken back."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    memo = tenant_key("payments.CreditMemo", related_name="lines")
    place = models.PositiveSmallIntegerField()
    account = models.CharField(max_length=60, help_text="The code of the account that is debited.")
    item_id = models.UUIDField(null=True, help_text="The item of an account that is made up of items.")
    invoice_line = tenant_key("payments.InvoiceLine", null=True)
    tax = tenant_key("payments.InvoiceTax", null=True)
    rate = models.DecimalField("rate, percent", max_digits=7, decimal_places=4, null=True)
    amount = MoneyField()
    voided = MoneyField(default=Decimal("0.00"))

    class Meta:
        app_label = "payments"
        db_table = "credit_memo_lines"
        constraints = [
            *tenant_constraints("credit_memo_line", "memo", "invoice_line", "tax"),
            models.UniqueConstraint(fields=["company", "memo", "place"], name="credit_memo_line_place"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, voided__gte=0, voided__lte=F("amount")),
                name="credit_memo_line_within",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount:,.2f} from {self.account}"


class CreditRefund(TenantModel):
    """A part of a credit that was paid back. One above the company's limit names the `approval` by which two people
    agreed; while that waits there is no refund."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    memo = tenant_key("payments.CreditMemo", related_name="refunds")
    approval = tenant_key("core.Approval", null=True)
    entry = tenant_key("ledger.Entry")
    amount = MoneyField()
    reason = models.CharField(max_length=500)
    refunded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    refunded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        app_label = "payments"
        db_table = "credit_memo_refunds"
        constraints = [
            *tenant_constraints("credit_memo_refund", "memo", "approval", "entry"),
            AppendOnly(name="credit_memo_refund_append_only"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="credit_memo_refund_amount_positive"),
            models.UniqueConstraint(
                fields=["company", "approval"],
                condition=Q(approval__isnull=False),
                name="credit_memo_refund_approved_once",
            ),
        ]
        indexes = [models.Index(fields=["company", "memo"], name="credit_memo_refund_memo")]

    def __str__(self) -> str:
        return f"Refund of {self.amount:,.2f}"
