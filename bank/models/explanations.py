"""What a part of a statement's line is (docs/domain.md#explanations)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from batconnect.core.database.constraints import Trigger, tenant_constraints
from batconnect.core.database.keys import tenant_key
from batconnect.core.kernel.ids import uuid7
from batconnect.core.models import TenantModel


class Explanation(TenantModel):
    """What a part is, or an amount of it; `entry` says so in the books, and `undone_entry` takes it back.

    `amount` is in the part's own direction; below zero it makes the others larger than the part, as what the bank kept
    does. What it names depends on its kind: the payment, what was paid out, the account of the chart, or `source`, the
    type and id of another document.
    """

    class Kind(models.TextChoices):
        PAYMENT = "payment", "New payment"
        KNOWN_PAYMENT = "known_payment", "Payment that is known already"
        DEPOSIT_SLIP = "deposit_slip", "Deposit slip"
        DISBURSEMENT = "disbursement", "Paid out"
        PAYMENT_RETURN = "payment_return", "Return of a payment"
        DISBURSEMENT_RETURN = "disbursement_return", "Return of what was paid out"
        PROCESSOR = "processor", "Processor's deposit"
        GATEWAY = "gateway", "Gateway's deposit"
        VENDOR_REFUND = "vendor_refund", "Vendor's refund"
        OPENED = "opened", "Brought by the opening"
        TRANSFER = "transfer", "Transfer between own places"
        CHARGES = "charges", "Bank charges"
        INTEREST = "interest", "Bank interest"
        ACCOUNT = "account", "Account of the chart"

    class Status(models.TextChoices):
        LIVE = "live", "Live"
        UNDONE = "undone", "Undone"

    class DecidedBy(models.TextChoices):
        PERSON = "person", "A person"
        SYSTEM = "system", "The system, by evidence"
        RULE = "rule", "A rule"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    part = tenant_key("bank.LinePart", related_name="explanations")
    operation_id = models.UUIDField(help_text="What was explained together, and is undone together.")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3)
    customer = tenant_key("directory.Customer", null=True)
    payment = tenant_key("payments.Payment", null=True)
    disbursement = tenant_key("ledger.Disbursement", null=True)
    account_code = models.CharField(max_length=60, blank=True)
    source_type = models.CharField(max_length=40, blank=True)
    source_id = models.CharField(max_length=60, blank=True)
    entry = tenant_key("ledger.Entry", null=True)
    decided_by = models.CharField(max_length=6, choices=DecidedBy.choices)
    rule = tenant_key("bank.MatchRule", null=True)
    because = models.JSONField(default=list, help_text="The evidence, in words.")
    note = models.CharField(max_length=500, blank=True)
    made_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    status = models.CharField(max_length=6, choices=Status.choices, default=Status.LIVE)
    undone_entry = tenant_key("ledger.Entry", null=True)
    undone_by = models.CharField(max_length=150, blank=True)
    undone_at = models.DateTimeField(null=True)
    undo_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        db_table = "bank_explanations"
        ordering = ("id",)
        constraints = [
            *tenant_constraints(
                "bank_explanation",
                *("part", "customer", "payment", "disbursement", "entry", "rule", "undone_entry"),
            ),
            models.CheckConstraint(condition=~Q(amount=0), name="bank_explanation_amount"),
            # A payment lies on one line, what was paid out clears once.
            models.UniqueConstraint(
                fields=["company", "payment"],
                condition=Q(payment__isnull=False, status="live", kind__in=["payment", "known_payment"]),
                name="bank_explanation_payment_once",
            ),
            models.UniqueConstraint(
                fields=["company", "disbursement", "kind"],
                condition=Q(disbursement__isnull=False, status="live"),
                name="bank_explanation_cleared_once",
            ),
            models.CheckConstraint(
                condition=Q(status="live", undone_at__isnull=True, undone_entry__isnull=True)
                | Q(status="undone", undone_at__isnull=False) & ~Q(undone_by=""),
                name="bank_explanation_undone",
            ),
            Trigger(
                name="bank_explanation_fixed",
                event=(
                    "before update of id, company_id, part_id, operation_id, kind, amount, currency, customer_id,"
                    " disbursement_id, account_code, decided_by, made_by, created_at"
                ),
                body="raise exception 'an explanation is undone, not edited' using errcode = 'restrict_violation';",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "part"], name="bank_explanation_part"),
            models.Index(
                fields=["company", "payment"],
                condition=Q(payment__isnull=False),
                name="bank_explanation_payment",
            ),
            models.Index(fields=["company", "operation_id"], name="bank_explanation_operation"),
            models.Index(fields=["company", "source_type", "source_id"], name="bank_explanation_source"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.amount:,.2f} {self.currency}"
