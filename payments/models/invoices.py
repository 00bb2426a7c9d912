"""Invoices: what a customer was billed. What is owed on one is its obligation's business.

Rule: docs/domain.md#bookings, docs/domain.md#payments.
"""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from batconnect.core.database.constraints import AppendOnly, tenant_constraints
from batconnect.core.database.keys import tenant_key
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import MoneyField
from batconnect.core.models import TenantModel
from batconnect.directory.search_keys import SearchKeys

SEARCH_KEYS: Final = SearchKeys("invoices", "invoice", {"invoice": "number"})
# In days; Django would write an interval.
CREDIT_TERM = models.Func(
    F("due_date"),
    F("issue_date"),
    arg_joiner=" - ",
    template="(%(expressions)s)",
    output_field=models.IntegerField(),
)


class Invoice(TenantModel):
    """A document as it was issued: it never changes. Outstanding and status are its obligation's.

    Terms for early payment (both or none): `early_payment_discount_percent` of what is settled up to
    `early_payment_discount_days` before the due date.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = tenant_key("directory.Customer")
    number = models.CharField(max_length=60, help_text="INV-2026-001 unless given.")
    issue_date = models.DateField()
    due_date = models.DateField()
    currency = models.CharField(max_length=3)
    early_payment_discount_percent = models.DecimalField(max_digits=6, decimal_places=4, null=True)
    early_payment_discount_days = models.PositiveSmallIntegerField(null=True)
    net_total = MoneyField()
    tax_total = MoneyField()
    total = MoneyField()
    notes = models.CharField(max_length=500, blank=True)
    obligation = tenant_key("ledger.Obligation", related_name="invoices")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "invoices"
        constraints = [
            *tenant_constraints("invoice", "customer", "obligation"),
            AppendOnly(name="invoice_append_only"),
            models.UniqueConstraint(fields=["company", "number"], name="invoice_number"),
            SEARCH_KEYS.trigger(name="invoice_search_keys", changes=False),
            models.UniqueConstraint(fields=["company", "obligation"], name="invoice_obligation"),
            models.CheckConstraint(condition=Q(total__gt=0), name="invoice_total_positive"),
            models.CheckConstraint(
                condition=Q(net_total__gte=0, tax_total__gte=0, total=F("net_total") + F("tax_total")),
                name="invoice_total_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(due_date__gte=F("issue_date")), name="invoice_due_after_issue"
            ),
            models.CheckConstraint(
                condition=Q(
                    early_payment_discount_percent__isnull=True, early_payment_discount_days__isnull=True
                )
                | Q(
                    # Said in so many words: a comparison with null would let the check pass.
                    early_payment_discount_percent__isnull=False,
                    early_payment_discount_days__isnull=False,
                    early_payment_discount_percent__gt=0,
                    early_payment_discount_percent__lt=100,
                    early_payment_discount_days__gt=0,
                    early_payment_discount_days__lte=CREDIT_TERM,
                ),
                name="invoice_discount_terms_fit",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "customer", "issue_date", "id"], name="invoice_customer"),
            models.Index(fields=["company", "issue_date", "id"], name="invoice_issued"),
            models.Index(fields=["company", "total", "id"], name="invoice_total"),
        ]

    def __str__(self) -> str:
        return self.number


class InvoiceLine(TenantModel):
    """One item of an invoice: `net` = half-up(`quantity` × `unit_price`), in the invoice's currency."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    invoice = tenant_key("payments.Invoice", related_name="lines")
    line = models.PositiveSmallIntegerField()
    description = models.CharField(max_length=200)
    quantity = models.DecimalField(max_digits=13, decimal_places=4)
    unit_price = models.DecimalField(max_digits=13, decimal_places=4)
    net = MoneyField()

    class Meta:
        db_table = "invoice_lines"
        constraints = [
            *tenant_constraints("invoice_line", "invoice"),
            AppendOnly(name="invoice_line_append_only"),
            models.UniqueConstraint(fields=["company", "invoice", "line"], name="invoice_line_place"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, unit_price__gte=0, net__gte=0), name="invoice_line_not_negative"
            ),
        ]


class InvoiceTax(TenantModel):
    """A tax on a line: `amount` = half-up(line's net × `rate` %), in the invoice's currency."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    line = tenant_key("payments.InvoiceLine", related_name="taxes")
    place = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=60)
    rate = models.DecimalField("rate, percent", max_digits=7, decimal_places=4)
    amount = MoneyField()

    class Meta:
        db_table = "invoice_taxes"
        constraints = [
            *tenant_constraints("invoice_tax", "line"),
            AppendOnly(name="invoice_tax_append_only"),
            models.UniqueConstraint(fields=["company", "line", "place"], name="invoice_tax_place"),
            models.CheckConstraint(
                condition=Q(rate__gte=0, rate__lte=100, amount__gte=0), name="invoice_tax_within"
            ),
        ]
