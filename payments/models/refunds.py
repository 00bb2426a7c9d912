"""Refunds: money paid back, or asked to be (DOMAIN 8)."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from batconnect.core.constraints import tenant_constraints, tenant_key
from batconnect.core.ids import uuid7
from batconnect.core.models import TenantModel
from batconnect.core.money import MoneyField


class Refund(TenantModel):
    """A part of a payment paid back: of the cash that an allocation applied, or of what is unallocated.

    Above the company's limit it waits for a second person and reserves its amount: `pending_approval` rows post
    nothing. `discount_amount` is the share of the allocation's discount that went with it.
    """

    class Status(models.TextChoices):
        POSTED = "posted", "Posted"
        PENDING = "pending_approval", "Pending approval"
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Rejected"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    payment = tenant_key("payments.Payment", related_name="refunds")
    allocation = tenant_key("payments.Allocation", null=True, related_name="refunds")
    amount = MoneyField()
    discount_amount = MoneyField(default=Decimal("0.00"))
    reason = models.CharField(max_length=500)
    status = models.CharField(max_length=20, choices=Status.choices)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    requested_at = models.DateTimeField(db_default=Now(), editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        db_table = "payment_refunds"
        constraints = [
            *tenant_constraints("payment_refund", "payment", "allocation"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_refund_amount_positive"),
            models.CheckConstraint(
                condition=Q(discount_amount=0)
                | Q(discount_amount__gt=0, allocation__isnull=False, status__in=["posted", "approved"]),
                name="payment_refund_discount_of_allocation",
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=["posted", "pending_approval"],
                    decided_by__isnull=True,
                    decided_at__isnull=True,
                )
                | (
                    Q(
                        status__in=["approved", "rejected"],
                        requested_by__isnull=False,
                        decided_by__isnull=False,
                        decided_at__isnull=False,
                    )
                    & ~Q(decided_by=F("requested_by"))
                ),
                name="payment_refund_second_person",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "payment"], name="payment_refund_payment"),
            models.Index(
                fields=["company", "requested_at"],
                condition=Q(status="pending_approval"),
                name="payment_refund_pending",
            ),
        ]

    def __str__(self) -> str:
        return f"Refund of {self.amount:,.2f}"
