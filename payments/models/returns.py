"""Payments that came back: what the bank took, and what became of it."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from batconnect.core.database.constraints import AppendOnly, tenant_constraints
from batconnect.core.database.keys import tenant_key
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import MoneyField
from batconnect.core.kernel.words import format_day
from batconnect.core.models import TenantModel


class PaymentReturn(TenantModel):
    """A payment, or a part of it, that the bank took back: `amount` = `undone` + `charged`.

    `undone` came out of what the payment had applied and unallocated; `charged` had been refunded already and is owed
    by the customer (`obligation`, `RET-…`). `fee` is what the customer is charged for it. `disbursement` is what the
    bank took, until its line comes; none where the line was there first.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    payment = tenant_key("payments.Payment", related_name="returns")
    amount = MoneyField()
    undone = MoneyField()
    charged = MoneyField(default=Decimal("0.00"))
    reason_code = models.CharField(max_length=20, help_text="The bank's: R01, NSF, …")
    notes = models.CharField(max_length=400, blank=True)
    obligation = tenant_key("ledger.Obligation", null=True)
    fee = tenant_key("ledger.Obligation", null=True)
    disbursement = tenant_key("ledger.Disbursement", null=True)
    approval = tenant_key("core.Approval", null=True)
    returned_on = models.DateField()
    returned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "payment_returns"
        ordering = ("id",)
        constraints = [
            *tenant_constraints("payment_return", "payment", "obligation", "fee", "disbursement", "approval"),
            AppendOnly(name="payment_return_append_only"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, undone__gte=0, charged__gte=0, amount=F("undone") + F("charged")),
                name="payment_return_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(charged=0, obligation__isnull=True) | Q(charged__gt=0, obligation__isnull=False),
                name="payment_return_charges_by_obligation",
            ),
            models.UniqueConstraint(
                fields=["company", "approval"],
                condition=Q(approval__isnull=False),
                name="payment_return_approved_once",
            ),
        ]
        indexes = [models.Index(fields=["company", "payment"], name="payment_return_payment")]

    def __str__(self) -> str:
        return f"{self.amount:,.2f} returned on {format_day(self.returned_on)} ({self.reason_code})"
