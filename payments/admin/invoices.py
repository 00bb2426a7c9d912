"""The console's page on invoices: to read. They change through their actions alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from django.contrib import admin
from unfold.enums import ActionVariant

from batconnect.core.console.base import ReadOnlyAdmin
from batconnect.core.console.confirmations import Preview, ReasonForm
from batconnect.core.console.lists.sorting import Order
from batconnect.core.console.row_actions import RowAction, RowActionAdmin
from batconnect.core.kernel.actors import Actor
from ledger.admin import WRITE_OFF as WRITE_OFF_OBLIGATION
from ledger.admin_filters import CurrencyFilter
from ledger.models import Obligation
from ledger.previews import posted_by
from payments.credit_memos.admin import CREDIT_INVOICE
from payments.faces import INVOICE_FACE, standing_of
from payments.models import Invoice
from payments.rules.invoices import INVOICE_STATUSES
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
    face = INVOICE_FACE
    row_actions = (WRITE_OFF, CREDIT_INVOICE, VOID)

    @admin.display(description="outstanding")
    def outstanding(self, invoice: Invoice) -> Any:
        """What its obligation still owes."""
        return invoice.obligation.outstanding

    @admin.display(description="status")
    def status(self, invoice: Invoice) -> str:
        """How far it is paid."""
        return INVOICE_STATUSES[standing_of(invoice)]
