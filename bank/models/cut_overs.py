"""Bank accounts of a running company that were cut over to the bank's word (docs/domain.md#bank-cut-over)."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from batconnect.core.database.constraints import Trigger, tenant_constraints
from batconnect.core.database.keys import tenant_key
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.words import format_day
from batconnect.core.models import TenantModel

_KEPT: Final = "raise exception 'it is undone, never deleted' using errcode = 'restrict_violation';"


def _fixed(name: str, columns: str) -> Trigger:
    return Trigger(
        name=name,
        event=f"before update of {columns}",
        body="raise exception 'what was cut over never changes' using errcode = 'restrict_violation';",
    )


def _kept(name: str) -> Trigger:
    return Trigger(
        name=name, event="before delete", truncate=True, after_table="for each statement", body=_KEPT
    )


class CutOver(TenantModel):
    """What was at the bank on `day` was moved from the cash accounts to the bank account, item by item: `balance` is
    the bank's on that day, `opened` what the books had on the account already, `moved` the items, `others` what else
    makes up the balance. A bank account has one that stands.
    """

    class Status(models.TextChoices):
        LIVE = "live", "Live"
        UNDONE = "undone", "Undone"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    bank_account = tenant_key("ledger.BankAccount")
    day = models.DateField()
    currency = models.CharField(max_length=3)
    balance = models.DecimalField(max_digits=14, decimal_places=2)
    opened = models.DecimalField(max_digits=14, decimal_places=2)
    moved = models.DecimalField(max_digits=14, decimal_places=2)
    others = models.DecimalField(max_digits=14, decimal_places=2)
    item_count = models.PositiveIntegerField()
    reason = models.CharField(max_length=500)
    approval = tenant_key("core.Approval", null=True)
    made_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    status = models.CharField(max_length=6, choices=Status.choices, default=Status.LIVE)
    undone_by = models.CharField(max_length=150, blank=True)
    undone_at = models.DateTimeField(null=True)
    undo_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        db_table = "bank_cut_overs"
        ordering = ("-id",)
        constraints = [
            *tenant_constraints("bank_cut_over", "bank_account", "approval"),
            models.UniqueConstraint(
                fields=["company", "bank_account"], condition=Q(status="live"), name="bank_cut_over_once"
            ),
            models.CheckConstraint(
                condition=Q(balance=models.F("opened") + models.F("moved") + models.F("others")),
                name="bank_cut_over_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(status="live", undone_at__isnull=True)
                | Q(status="undone", undone_at__isnull=False) & ~Q(undone_by=""),
                name="bank_cut_over_undone",
            ),
            _fixed(
                "bank_cut_over_fixed",
                "id, company_id, bank_account_id, day, currency, balance, opened, moved, others, item_count, reason,"
                " approval_id, made_by, created_at",
            ),
            _kept("bank_cut_over_kept"),
        ]

    def __str__(self) -> str:
        return f"Cut-over of {self.bank_account} on {format_day(self.day)}"


class CutOverItem(TenantModel):
    """One thing that was at the bank: a payment, or another entry on a cash account (`source_entry`), or what else
    makes up the balance. `amount` is the bank's side, `account_code` what it came from, `entry` says so."""

    class Kind(models.TextChoices):
        PAYMENT = "payment", "Payment"
        ENTRY = "entry", "Entry on a cash account"
        OTHER = "other", "What else makes up the balance"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cut_over = tenant_key("bank.CutOver", related_name="items")
    kind = models.CharField(max_length=7, choices=Kind.choices)
    payment = tenant_key("payments.Payment", null=True)
    source_entry = tenant_key("ledger.Entry", null=True)
    account_code = models.CharField(max_length=60)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    entry = tenant_key("ledger.Entry")
    is_live = models.BooleanField(default=True)

    class Meta:
        db_table = "bank_cut_over_items"
        ordering = ("id",)
        constraints = [
            *tenant_constraints("bank_cut_over_item", "cut_over", "payment", "source_entry", "entry"),
            models.CheckConstraint(condition=~Q(amount=0), name="bank_cut_over_item_amount"),
            models.CheckConstraint(
                condition=Q(kind="payment", payment__isnull=False, source_entry__isnull=True)
                | Q(kind="entry", payment__isnull=True, source_entry__isnull=False)
                | Q(kind="other", payment__isnull=True, source_entry__isnull=True),
                name="bank_cut_over_item_names_one",
            ),
            models.UniqueConstraint(
                fields=["company", "payment"],
                condition=Q(is_live=True, payment__isnull=False),
                name="bank_cut_over_payment_once",
            ),
            models.UniqueConstraint(
                fields=["company", "source_entry", "account_code"],
                condition=Q(is_live=True, source_entry__isnull=False),
                name="bank_cut_over_entry_once",
            ),
            _fixed(
                "bank_cut_over_item_fixed",
                "id, company_id, cut_over_id, kind, payment_id, source_entry_id, account_code, amount, entry_id",
            ),
            _kept("bank_cut_over_item_kept"),
        ]
        indexes = [models.Index(fields=["company", "cut_over", "id"], name="bank_cut_over_item_place")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.amount:,.2f}"
