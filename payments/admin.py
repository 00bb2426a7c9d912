"""The console's pages on payments and what they were applied to: to read. They change through their verbs alone."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from batconnect.core.base_admin import ReadOnlyAdmin, ReadOnlyInline
from payments.batches import admin as batch_admin  # noqa: F401 - its pages are registered on import
from payments.models import Allocation, Invoice, InvoiceLine, Payment
from payments.rules.invoices import INVOICE_STATUSES, invoice_status


class AllocationInline(ReadOnlyInline):
    """What a payment was applied to."""

    model = Allocation
    view_permission = "payments.view"
    fields = (
        "obligation",
        "amount",
        "discount_amount",
        "refunded_amount",
        "status",
        "allocation_date",
        "strategy",
        "outstanding_after",
    )
    ordering = ("operation_id", "line")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).select_related("obligation")


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    """Money received."""

    view_permission = "payments.view"
    list_display = (
        "number",
        "payment_date",
        "customer",
        "lease",
        "amount",
        "unallocated",
        "method",
        "status",
        "cashier",
    )
    list_filter = ("status", "kind", "method")
    list_select_related = ("customer", "lease")
    search_fields = ("number", "case_no", "customer__name", "reference_number")
    ordering = ("-number_order", "-id")
    exclude = ("number_order", "version")
    inlines = (AllocationInline,)


@admin.register(Allocation)
class AllocationAdmin(ReadOnlyAdmin):
    """Payments applied to obligations."""

    view_permission = "payments.view"
    list_display = ("payment", "obligation", "amount", "status", "allocation_date", "strategy")
    list_filter = ("status", "strategy")
    list_select_related = ("payment", "obligation")
    search_fields = ("payment__number", "obligation__reference_id")
    ordering = ("-id",)


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
