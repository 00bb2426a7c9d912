"""Refunds: money paid back."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from batconnect.core.database.constraints import tenant_constraints
from batconnect.core.database.keys import tenant_key
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import MoneyField
from batconnect.core.models import TenantModel


class Refund(TenantModel):
    """A part of a payment paid back: of the cash that an allocation applied, or of what is unallocated.

    `discount_amount` is the share of the allocation's discount that went with it. One above the company's limit names
    the `approval` by which two people agreed; while that waits there is no refund.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    payment = tenant_key("payments.Payment", related_name="refunds")
    allocation = tenant_key("payments.Allocation", null=True, related_name="refunds")
    approval = tenant_key("core.Approval", null=True)
    amount = MoneyField()
    discount_amount = MoneyField(default=Decimal("0.00"))
    reason = models.CharField(max_length=500)
    refunded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    refunded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "payment_refunds"
        constraints = [
            *tenant_constraints("payment_refund", "payment", "allocation", "approval"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_refund_amount_positive"),
            models.CheckConstraint(
                condition=Q(discount_amount=0) | Q(discount_amount__gt=0, allocation__isnull=False),
                name="payment_refund_discount_of_allocation",
            ),
            models.UniqueConstraint(
                fields=["company", "approval"],
                condition=Q(approval__isnull=False),
                name="payment_refund_approved_once",
            ),
        ]
        indexes = [models.Index(fields=["company", "payment"], name="payment_refund_payment")]

    def __str__(self) -> str:
        return f"Refund of {self.amount:,.2f}"
