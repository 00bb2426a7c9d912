"""The console's page on invoices: to read. They change through their actions alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from unfold.enums import ActionVariant

from batconnect.core.console.base import ReadOnlyAdmin, ReadOnlyInline
from batconnect.core.console.confirmations import Preview, ReasonForm
from batconnect.core.console.lists.sorting import Order
from batconnect.core.console.row_actions import RowAction, RowActionAdmin
from batconnect.core.kernel.actors import Actor
from ledger.admin import WRITE_OFF as WRITE_OFF_OBLIGATION
from ledger.admin_filters import CurrencyFilter
from ledger.models import Obligation
from ledger.previews import posted_by
from payments.credit_memos.admin import CREDIT_INVOICE
from payments.models import Invoice, InvoiceLine
from payments.rules.invoices import INVOICE_STATUSES, invoice_status
from payments.services.invoices import void_invoice


def _void(actor: Actor, row: Invoice, values: dict[str, Any]) -> Preview:
    def run() -> str:
        void_invoice(actor=actor, invoice_id=row.id, reason=values["reason"])
        return f"Invoice {row.number} is voided and keeps its number."

    return posted_by(actor=actor, run=run)


def _is_open(actor: Actor, row: Invoice) -> bool:
    return row.obligation.status == Obligation.Status.OPEN


WRITE_OFF: Final = replace(
    WRITE_OFF_OBLIGATION,
    run=lambda actor, row, values: WRITE_OFF_OBLIGATION.run(actor, row.obligation, values),
    initial=lambda actor, row: WRITE_OFF_OBLIGATION.initial(actor, row.obligation),
    offered=_is_open,
)
VOID: Final = RowAction(
    name="void",
    title="Void",
    permission="ledger.void",
    icon="block",
    variant=ActionVariant.DANGER,
    form=ReasonForm,
    run=_void,
    # While nothing is applied.
    offered=lambda actor, row: _is_open(actor, row) and row.obligation.outstanding == row.obligation.original,
)


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
class InvoiceAdmin(ReadOnlyAdmin, RowActionAdmin):
    """What customers were billed; voided and written off by right."""

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
    list_filter = ("obligation__status", CurrencyFilter, "customer", "issue_date", "due_date", "total")
    totals = ("total", "obligation__outstanding")
    list_select_related = ("customer", "obligation")
    search_fields = ("^number", "customer__name")
    date_hierarchy = "issue_date"
    ordering = ("-issue_date", "-id")
    sorts = (
        Order("Largest debt first", "-obligation__outstanding", (("obligation__status__exact", "open"),)),
        Order("Largest amount first", "-total"),
        Order("Oldest first", "issue_date"),
        Order("By customer", "customer"),
    )
    readonly_fields = ("outstanding", "status")
    inlines = (InvoiceLineInline,)
    row_actions = (WRITE_OFF, CREDIT_INVOICE, VOID)

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
