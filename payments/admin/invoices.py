"""The console's page on invoices: to read. They change through their verbs alone."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from batconnect.core.base_admin import ReadOnlyAdmin, ReadOnlyInline
from payments.models import Invoice, InvoiceLine
from payments.rules.invoices import INVOICE_STATUSES, invoice_status


class InvoiceLineInline(ReadOnlyInline):
    """What was billed."""

    model = InvoiceLine
    view_permission = "payments.view"
    fields = ("line", "description", "quantity", "unit_price", "net", "taxed")
    readonly_fields = ("taxed",)
    ordering = ("line",)
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("taxes")

    @admin.display(description="taxes")
    def taxed(self, line: InvoiceLine) -> str:
        """`NY sales tax 8.875 %: 88.75`."""
        return ", ".join(f"{tax.name} {tax.rate.normalize():f} %: {tax.amount}" for tax in line.taxes.all())


@admin.register(Invoice)
class InvoiceAdmin(ReadOnlyAdmin):
    """What customers were billed."""

    view_permission = "payments.view"
    list_display = (
        "number",
        "issue_date",
        "due_date",
        "customer",
        "currency",
        "total",
        "outstanding",
        "status",
    )
    list_filter = ("obligation__status", "currency")
    list_select_related = ("customer", "obligation")
    search_fields = ("number", "customer__name")
    date_hierarchy = "issue_date"
    ordering = ("-issue_date", "-id")
    readonly_fields = ("outstanding", "status")
    inlines = (InvoiceLineInline,)

    @admin.display(description="outstanding")
    def outstanding(self, invoice: Invoice) -> Any:
        """What its obligation still owes."""
        return invoice.obligation.outstanding

    @admin.display(description="status")
    def status(self, invoice: Invoice) -> str:
        """How far it is paid."""
        debt = invoice.obligation
        return INVOICE_STATUSES[
            invoice_status(
                status=debt.status,
                original=debt.original,
                outstanding=debt.outstanding,
                written_off=debt.written_off,
            )
        ]
