"""Vendors, their bills, and what they owe us: prepaid accounts and credit notes (docs/domain.md#vendors)."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from batconnect.core.database.constraints import Trigger, tenant_constraints
from batconnect.core.database.keys import tenant_key
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import MoneyField
from batconnect.core.kernel.words import format_day
from batconnect.core.models import TenantModel
from ledger.chart import Category

_KEPT: Final = "raise exception 'it is voided, never deleted' using errcode = 'restrict_violation';"


def _kept(name: str) -> Trigger:
    return Trigger(
        name=name, event="before delete", truncate=True, after_table="for each statement", body=_KEPT
    )


def _fixed(name: str, columns: str) -> Trigger:
    return Trigger(
        name=name,
        event=f"before update of {columns}",
        body="raise exception 'what was entered never changes' using errcode = 'restrict_violation';",
    )


class Vendor(TenantModel):
    """Whom we buy from: an agency whose charges are passed on, a workshop, an insurer, anybody else. Its bills and
    payments are in one currency."""

    class Kind(models.TextChoices):
        AGENCY = "agency", "Agency"
        WORKSHOP = "workshop", "Workshop"
        INSURER = "insurer", "Insurer"
        OTHER = "other", "Other"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(max_length=20)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.OTHER)
    currency = models.CharField(max_length=3)
    is_active = models.BooleanField(default=True)
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        app_label = "ledger"
        db_table = "vendors"
        ordering = ("number",)
        constraints = [
            *tenant_constraints("vendor"),
            # By bytes: the console's search asks for numbers by their beginning.
            models.UniqueConstraint(
                fields=["company", "number"], opclasses=["uuid_ops", "text_pattern_ops"], name="vendor_number"
            ),
            _fixed("vendor_fixed", "id, company_id, number, currency, created_by, created_at"),
            _kept("vendor_kept"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class VendorBill(TenantModel):
    """What a vendor asks for. `open` is what has not been paid of it; it changes together with the postings."""

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        PAID = "paid", "Paid"
        VOIDED = "voided", "Voided"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    vendor = tenant_key("ledger.Vendor")
    number = models.CharField(max_length=60, help_text="The vendor's own number.")
    currency = models.CharField(max_length=3)
    issue_date = models.DateField()
    due_date = models.DateField()
    amount = MoneyField()
    open = MoneyField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    description = models.CharField(max_length=200, blank=True)
    is_opening = models.BooleanField(default=False)
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        app_label = "ledger"
        db_table = "vendor_bills"
        ordering = ("-id",)
        constraints = [
            *tenant_constraints("vendor_bill", "vendor"),
            # A bill that was entered wrongly is voided, and its number is free again.
            models.UniqueConstraint(
                fields=["company", "vendor", "number"],
                condition=~Q(status="voided"),
                name="vendor_bill_number",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="vendor_bill_amount_positive"),
            models.CheckConstraint(
                condition=Q(open__gte=0, open__lte=F("amount")), name="vendor_bill_open_within"
            ),
            models.CheckConstraint(
                condition=Q(status="open", open__gt=0) | Q(status__in=["paid", "voided"], open=0),
                name="vendor_bill_status_fits",
            ),
            _fixed(
                "vendor_bill_fixed",
                "id, company_id, vendor_id, number, currency, issue_date, due_date, amount, description, is_opening,"
                " created_by, created_at",
            ),
            _kept("vendor_bill_kept"),
        ]
        indexes = [
            models.Index(fields=["company", "vendor", "issue_date", "id"], name="vendor_bill_vendor"),
            models.Index(fields=["company", "issue_date", "id"], name="vendor_bill_issued"),
            models.Index(
                fields=["company", "due_date", "id"], condition=Q(status="open"), name="vendor_bill_due"
            ),
        ]

    def __str__(self) -> str:
        return f"Bill {self.number}"


class VendorBillLine(TenantModel):
    """A part of a bill: charges of a category that are passed on, or an expense (`account`)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    bill = tenant_key("ledger.VendorBill", related_name="lines")
    place = models.PositiveSmallIntegerField()
    category = models.CharField(
        max_length=10, choices=[(each.value, each.label) for each in Category], blank=True
    )
    account = models.CharField(max_length=60, help_text="What it debits.")
    amount = MoneyField()
    description = models.CharField(max_length=200, blank=True)

    class Meta:
        app_label = "ledger"
        db_table = "vendor_bill_lines"
        ordering = ("bill", "place")
        constraints = [
            *tenant_constraints("vendor_bill_line", "bill"),
            models.UniqueConstraint(fields=["company", "bill", "place"], name="vendor_bill_line_place"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="vendor_bill_line_amount_positive"),
        ]


class VendorCredit(TenantModel):
    """What a vendor owes us: a prepaid account that was topped up, or a credit note; `left` is what neither a bill nor
    a refund has used up."""

    class Kind(models.TextChoices):
        PREPAID = "prepaid", "Prepaid"
        CREDIT_NOTE = "credit_note", "Credit note"

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        USED = "used", "Used"
        VOIDED = "voided", "Voided"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    vendor = tenant_key("ledger.Vendor")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    number = models.CharField(max_length=60, blank=True, help_text="The vendor's number of the credit note.")
    currency = models.CharField(max_length=3)
    day = models.DateField()
    amount = MoneyField()
    left = MoneyField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        app_label = "ledger"
        db_table = "vendor_credits"
        ordering = ("-id",)
        constraints = [
            *tenant_constraints("vendor_credit", "vendor"),
            models.UniqueConstraint(
                fields=["company", "vendor", "number"],
                condition=~Q(status="voided") & ~Q(number=""),
                name="vendor_credit_number",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="vendor_credit_amount_positive"),
            models.CheckConstraint(
                condition=Q(left__gte=0, left__lte=F("amount")), name="vendor_credit_left_within"
            ),
            models.CheckConstraint(
                condition=Q(status="open", left__gt=0) | Q(status__in=["used", "voided"], left=0),
                name="vendor_credit_status_fits",
            ),
            _fixed(
                "vendor_credit_fixed",
                "id, company_id, vendor_id, kind, number, currency, day, amount, created_by, created_at",
            ),
            _kept("vendor_credit_kept"),
        ]
        indexes = [models.Index(fields=["company", "vendor", "id"], name="vendor_credit_vendor")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number or format_day(self.day)}"
