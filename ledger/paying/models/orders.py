"""Orders of courts and tax authorities on what a driver is paid, and what payouts kept for them.

Rule: docs/domain.md#payout-orders.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from batconnect.core.database.constraints import AppendOnly, tenant_constraints
from batconnect.core.database.keys import tenant_key
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import MoneyField
from batconnect.core.models import TenantModel
from ledger.paying.models.payees import fixed, kept, person


class PayoutOrder(TenantModel):
    """What is kept of a driver's payouts for a creditor: a fixed amount or a percentage of each, up to a total.

    Proposed by one person, confirmed or turned down by another, ended once. The lowest `rank` takes first. What was
    kept stands on the account of `creditor_code`.
    """

    class Kind(models.TextChoices):
        COURT = "court", "Court"
        TAX = "tax", "Tax authority"

    class Status(models.TextChoices):
        PROPOSED = "proposed", "Proposed"
        CONFIRMED = "confirmed", "Confirmed"
        REJECTED = "rejected", "Turned down"
        ENDED = "ended", "Ended"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = tenant_key("directory.Customer")
    kind = models.CharField(max_length=5, choices=Kind.choices)
    creditor = models.CharField(max_length=80, help_text="To whom it is owed.")
    creditor_code = models.CharField(max_length=20, help_text="Names the creditor's account in the chart.")
    reference = models.CharField(max_length=60, help_text="The number of the order.")
    rank = models.PositiveSmallIntegerField(help_text="1 takes first.")
    amount = MoneyField(null=True, help_text="Of each payout.")
    percent = models.DecimalField(max_digits=5, decimal_places=2, null=True, help_text="Of each payout.")
    total = MoneyField(null=True, help_text="When so much is kept, nothing more is; empty: until it ends.")
    currency = models.CharField(max_length=3)
    from_on = models.DateField("from")
    until_on = models.DateField("until", null=True)
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.PROPOSED)
    note = models.CharField(max_length=500, blank=True)
    proposer = person()
    proposed_by = models.CharField(max_length=150)
    proposed_at = models.DateTimeField(db_default=Now(), editable=False)
    decider = person()
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=150, blank=True)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        app_label = "ledger"
        db_table = "payout_orders"
        ordering = ("-id",)
        constraints = [
            *tenant_constraints("payout_order", "customer"),
            models.UniqueConstraint(
                fields=["company", "customer", "rank"],
                condition=Q(status="confirmed"),
                name="payout_order_rank_once",
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0, percent__isnull=True)
                | Q(amount__isnull=True, percent__gt=0, percent__lte=100),
                name="payout_order_takes_something",
            ),
            models.CheckConstraint(
                condition=Q(total__isnull=True) | Q(total__gt=0), name="payout_order_total_positive"
            ),
            models.CheckConstraint(
                condition=Q(rank__gte=1, rank__lte=99)
                & (Q(until_on__isnull=True) | Q(until_on__gte=F("from_on"))),
                name="payout_order_days",
            ),
            models.CheckConstraint(
                condition=Q(status="proposed", decided_at__isnull=True)
                | ~Q(status="proposed")
                & Q(decided_at__isnull=False, decider__isnull=False)
                & (Q(proposer__isnull=True) | ~Q(decider=F("proposer"))),
                name="payout_order_second_person",
            ),
            models.CheckConstraint(
                condition=Q(status="ended", ended_at__isnull=False)
                | ~Q(status="ended") & Q(ended_at__isnull=True),
                name="payout_order_ended_at",
            ),
            fixed(
                "payout_order_fixed",
                "id, company_id, customer_id, kind, creditor, creditor_code, reference, rank, amount, percent, total,"
                " currency, from_on, until_on, note, proposer_id, proposed_by, proposed_at",
            ),
            kept("payout_order_kept"),
        ]
        indexes = [models.Index(fields=["company", "customer", "id"], name="payout_order_customer")]

    def __str__(self) -> str:
        return f"{self.reference} of {self.creditor}"


class PayoutDeduction(TenantModel):
    """What a payout keeps of a DTR for an order. It counts while the payout is reserved or sent: undone, or come back,
    it is given back."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    item = tenant_key("ledger.PayoutItem", related_name="deductions")
    order = tenant_key("ledger.PayoutOrder", related_name="deductions")
    amount = MoneyField()

    class Meta:
        app_label = "ledger"
        db_table = "payout_deductions"
        ordering = ("id",)
        constraints = [
            *tenant_constraints("payout_deduction", "item", "order"),
            models.UniqueConstraint(fields=["company", "item", "order"], name="payout_deduction_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payout_deduction_positive"),
            AppendOnly(name="payout_deduction_append_only"),
        ]
        indexes = [models.Index(fields=["company", "order", "id"], name="payout_deduction_order")]

    def __str__(self) -> str:
        return f"{self.amount:,.2f}"
