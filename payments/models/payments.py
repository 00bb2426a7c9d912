"""Payments, and what they were applied to.

Rule: docs/domain.md#business, docs/domain.md#interim-payments, docs/domain.md#payments.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from batconnect.core.database.constraints import ReferencedFrom, Trigger, tenant_constraints
from batconnect.core.database.keys import tenant_key
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import MoneyField
from batconnect.core.kernel.words import format_day
from batconnect.core.models import TenantModel, company_by_key
from payments.subjects import RECEIPT_PREFIX

INTERIM_PATH: Final = "/payments/interim-payments"


class Payment(TenantModel):
    """Money received from a customer; what is not applied is its unallocated cash.

    At every moment `amount = Σ live cash of its allocations net of refunds + refunded + unallocated + returned`; of a
    voided payment all four are zero. `returned` is what was undone because the bank took it back; the payment is
    `returned` when the bank took back all of it, and then nothing is applied or unallocated. `version` counts its
    changes and is its ETag.
    """

    class Kind(models.TextChoices):
        INTERIM = "interim", "Interim payment"
        OTHER = "other", "Payment"

    class Status(models.TextChoices):
        PENDING = "pending", "Pending"
        POSTED = "posted", "Posted"
        VOIDED = "voided", "Voided"
        RETURNED = "returned", "Returned"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    number = models.CharField(max_length=24, help_text="INTPAY-2026-00012 or PAY-2026-001.")
    number_order = models.BigIntegerField(help_text="Year and number as one figure: numbers sort as numbers.")
    customer = tenant_key("directory.Customer")
    driver = tenant_key("directory.Driver", null=True)
    lease = tenant_key("directory.Lease", null=True)
    currency = models.CharField(max_length=3)
    amount = MoneyField()
    unallocated = MoneyField()
    refunded = MoneyField(default=Decimal("0.00"))
    reserved = MoneyField(
        default=Decimal("0.00"),
        db_default=Decimal("0.00"),
        help_text="The part of `unallocated` that refunds waiting for approval hold.",
    )
    returned = MoneyField(
        default=Decimal("0.00"),
        db_default=Decimal("0.00"),
        help_text="What was undone of it because the bank took it back.",
    )

    deposited = MoneyField(
        default=Decimal("0.00"),
        db_default=Decimal("0.00"),
        help_text="What was taken of it as security deposits.",
    )
    is_opening = models.BooleanField(
        default=False, db_default=False, help_text="It came before the books were opened."
    )
    amount_cents = models.BigIntegerField(
        null=True,
        editable=False,
        help_text="The amount in cents, by which it is found: under row security an index serves no numeric.",
    )
    method = models.CharField(max_length=24)
    payment_date = models.DateField()
    reference_number = models.CharField(max_length=60, blank=True)
    notes = models.CharField(max_length=500, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.POSTED)
    case_no = models.CharField(max_length=20, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    cashier = models.CharField(max_length=150, help_text="Who took it, by the name that the receipt prints.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    voided_at = models.DateTimeField(null=True)
    void_reason = models.CharField(max_length=500, blank=True)
    duplicate_of = tenant_key("payments.Payment", null=True)
    duplicate_acknowledged_at = models.DateTimeField(
        null=True, help_text="When somebody said that it is not a duplicate of `duplicate_of`."
    )
    represents = tenant_key("payments.Payment", null=True)
    at_bank_id = models.UUIDField(
        null=True, help_text="What it lies on: the explanation of a statement's line, or a deposit slip."
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "payments"
        constraints = [
            *tenant_constraints("payment", "customer", "driver", "lease", "duplicate_of", "represents"),
            ReferencedFrom(table="ledger_postings", column="payment_id", name="ledger_posting_payment_key"),
            Trigger(
                name="payment_in_cents",
                event="before insert",
                body="new.amount_cents := (new.amount * 100)::bigint; return new;",
            ),
            # By bytes: the console's search asks for numbers by their beginning.
            models.UniqueConstraint(
                fields=["company", "number"],
                opclasses=["uuid_ops", "text_pattern_ops"],
                name="payment_number",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount_positive"),
            models.CheckConstraint(
                condition=Q(unallocated__gte=0, unallocated__lte=F("amount")),
                name="payment_unallocated_within",
            ),
            models.CheckConstraint(
                condition=Q(refunded__gte=0, refunded__lte=F("amount") - F("unallocated")),
                name="payment_refunded_within",
            ),
            models.CheckConstraint(
                condition=Q(returned__gte=0, returned__lte=F("amount") - F("unallocated") - F("refunded")),
                name="payment_returned_within",
            ),
            models.CheckConstraint(
                condition=~Q(status="returned")
                | Q(unallocated=0, reserved=0, returned=F("amount") - F("refunded")),
                name="payment_returned_in_full",
            ),
            models.UniqueConstraint(
                fields=["company", "represents"],
                condition=Q(represents__isnull=False) & ~Q(status="voided"),
                name="payment_presented_again_once",
            ),
            models.CheckConstraint(
                condition=Q(reserved__gte=0, reserved__lte=F("unallocated")), name="payment_reserved_within"
            ),
            models.CheckConstraint(
                condition=Q(deposited__gte=0, deposited__lte=F("amount") - F("unallocated") - F("refunded"))
                & (Q(status="posted") | Q(deposited=0)),
                name="payment_deposited_within",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["posted", "returned"]) | Q(unallocated=0, refunded=0, returned=0),
                name="payment_only_posted_has_cash",
            ),
            models.CheckConstraint(
                condition=Q(status="voided", voided_at__isnull=False)
                | (~Q(status="voided") & Q(voided_at__isnull=True)),
                name="payment_voided_has_instant",
            ),
            models.CheckConstraint(
                condition=~Q(status="voided") | Q(at_bank_id__isnull=True),
                name="payment_voided_is_not_at_the_bank",
            ),
            models.CheckConstraint(
                condition=~Q(kind="interim") | Q(driver__isnull=False, lease__isnull=False),
                name="payment_interim_names_driver_and_lease",
            ),
            models.CheckConstraint(
                condition=Q(duplicate_acknowledged_at__isnull=True) | Q(duplicate_of__isnull=False),
                name="payment_acknowledged_names_twin",
            ),
        ]
        indexes = [
            models.Index(
                fields=["company", "kind", "payment_date", "number_order"], name="payment_kind_date"
            ),
            models.Index(
                fields=["company", "customer", "payment_date", "number_order"], name="payment_customer"
            ),
            # Those of one lease are few enough to be sorted; the index has a lease once, with a list of rows.
            models.Index(
                fields=["company", "lease"], condition=Q(lease__isnull=False), name="payment_of_lease"
            ),
            models.Index(fields=["company", "number_order"], name="payment_number_order"),
            models.Index(fields=["company", "payment_date", "number_order"], name="payment_date_order"),
            models.Index(fields=["company", "amount_cents", "number_order"], name="payment_amount"),
            models.Index(
                fields=["company", "reference_number", "number_order"],
                condition=~Q(reference_number=""),
                name="payment_reference",
            ),
            # Checks that lie here: few rows, those at the bank are out of it.
            models.Index(
                fields=["company", "currency", "number_order"],
                condition=Q(
                    method="check", status="posted", returned=0, at_bank_id__isnull=True, is_opening=False
                ),
                name="payment_check_here",
            ),
            # The cash that waits to be applied: few rows, and their amounts are read from the index alone.
            models.Index(
                fields=["company", "currency", "unallocated"],
                include=["id", "customer"],
                condition=Q(unallocated__gt=0),
                name="payment_cash_left",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def available(self) -> Decimal:
        """What may still be allocated or refunded: the unallocated cash that no pending refund holds."""
        return self.unallocated - self.reserved

    @property
    def receipt_number(self) -> str:
        """`R-INTPAY-2026-00012` (docs/domain.md#money)."""
        return f"{RECEIPT_PREFIX}{self.number}"

    @property
    def url(self) -> str:
        """Where API clients read it."""
        if self.kind == Payment.Kind.INTERIM:
            return f"{INTERIM_PATH}/{self.number}"
        return f"/api/payments/{self.id}"


class Allocation(TenantModel):
    """A payment, or a credit memo, applied to an obligation; it can be voided or refunded, never edited.

    `amount` is what it settles (gross) = cash + `discount_amount`. A refund returns cash (`refunded_amount`) with
    its share of the discount (`refunded_discount`); a void returns the rest.
    """

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        PARTIALLY_REFUNDED = "partially_refunded", "Partially refunded"
        REFUNDED = "refunded", "Refunded"
        VOIDED = "voided", "Voided"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    company = company_by_key()
    operation_id = models.UUIDField(help_text="What was applied together, and can be undone together.")
    line = models.PositiveSmallIntegerField(help_text="Its place among the allocations of its operation.")
    payment = tenant_key("payments.Payment", null=True, related_name="allocations")
    memo = tenant_key("payments.CreditMemo", null=True, related_name="allocations")
    obligation = tenant_key("ledger.Obligation")
    amount = MoneyField()
    discount_amount = MoneyField(default=Decimal("0.00"))
    discount_percent = models.DecimalField(max_digits=7, decimal_places=4, default=Decimal(0))
    discount_reason = models.CharField(max_length=20, blank=True)
    refunded_amount = MoneyField(default=Decimal("0.00"))
    refunded_discount = MoneyField(default=Decimal("0.00"))
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.ACTIVE)
    allocation_date = models.DateField()
    strategy = models.CharField(
        max_length=30, help_text="`chosen`, `excess_to_lease`, or the strategy's name."
    )
    decision = models.JSONField(default=dict, help_text="The rank and the values that decided it.")
    outstanding_after = MoneyField(help_text="What the obligation still owed just after this line.")
    notes = models.CharField(max_length=500, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)
    voided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        db_table = "payment_allocations"
        constraints = [
            *tenant_constraints("payment_allocation", "payment", "memo", "obligation"),
            models.UniqueConstraint(
                fields=["company", "operation_id", "line"], name="payment_allocation_line"
            ),
            models.CheckConstraint(
                condition=Q(payment__isnull=False, memo__isnull=True)
                | Q(payment__isnull=True, memo__isnull=False, discount_amount=0, refunded_amount=0),
                name="payment_allocation_one_source",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_allocation_amount_positive"),
            models.CheckConstraint(
                condition=Q(discount_amount__gte=0, discount_amount__lt=F("amount")),
                name="payment_allocation_discount_within",
            ),
            models.CheckConstraint(
                condition=Q(refunded_amount__gte=0, refunded_amount__lte=F("amount") - F("discount_amount")),
                name="payment_allocation_refund_within",
            ),
            models.CheckConstraint(
                condition=Q(refunded_discount__gte=0, refunded_discount__lte=F("discount_amount")),
                name="payment_allocation_discount_share_within",
            ),
            models.CheckConstraint(
                condition=Q(status="active", refunded_amount=0)
                | Q(status="partially_refunded", refunded_amount__gt=0)
                | Q(status="refunded", refunded_amount=F("amount") - F("discount_amount"))
                | Q(status="voided", voided_at__isnull=False),
                name="payment_allocation_status_fits",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "payment"], name="payment_allocation_payment"),
            models.Index(
                fields=["company", "memo"], condition=Q(memo__isnull=False), name="payment_allocation_memo"
            ),
            models.Index(fields=["company", "obligation"], name="payment_allocation_obligation"),
            models.Index(fields=["company", "amount"], name="payment_allocation_amount"),
            # Lists of what was undone; most rows stay out of it.
            models.Index(
                fields=["company", "status"], condition=~Q(status="active"), name="payment_allocation_undone"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount:,.2f} of {format_day(self.allocation_date)}"


INTERIM_STATUSES: Final = {
    each.value: "Posted" if each is Allocation.Status.ACTIVE else each.label for each in Allocation.Status
}
"""What lists of interim payments call the status of an allocation."""
