"""The console's page on invoices: to read. They change through their actions alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from unfold.decorators import action
from unfold.enums import ActionVariant

from batconnect.core.console.base import ReadOnlyAdmin, ReadOnlyInline, has_permission
from batconnect.core.console.confirmations import Preview, ReasonForm, RowAction, RowActionAdmin
from batconnect.core.kernel.actors import Actor
from ledger.admin import WRITE_OFF as WRITE_OFF_OBLIGATION
from ledger.admin_filters import CurrencyFilter
from ledger.models import Obligation
from ledger.previews import posted_by
from payments.models import Invoice, InvoiceLine
from payments.rules.invoices import INVOICE_STATUSES, invoice_status
from payments.services.invoices import void_invoice


def _void(actor: Actor, row: Invoice, values: dict[str, Any]) -> Preview:
    def run() -> str:
        void_invoice(actor=actor, invoice_id=row.id, reason=values["reason"])
        return f"Invoice {row.number} is voided and keeps its number."

    return posted_by(actor=actor, run=run)


VOID = RowAction(title="Void", permission="ledger.void", form=ReasonForm, run=_void)
WRITE_OFF = replace(
    WRITE_OFF_OBLIGATION,
    run=lambda actor, row, values: WRITE_OFF_OBLIGATION.run(actor, row.obligation, values),
    initial=lambda row: WRITE_OFF_OBLIGATION.initial(row.obligation),
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
    readonly_fields = ("outstanding", "status")
    inlines = (InvoiceLineInline,)
    actions_detail = ("write_off", "void")

    def has_write_off_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether the person may write off."""
        return has_permission(request, WRITE_OFF.permission)

    def has_void_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether the person may void."""
        return has_permission(request, VOID.permission)

    def offers(self, request: HttpRequest, row: Invoice) -> tuple[str, ...]:
        """Written off while something is owed, voided while nothing is applied."""
        debt = row.obligation
        if debt.status != Obligation.Status.OPEN:
            return ()
        return ("write-off", "void") if debt.outstanding == debt.original else ("write-off",)

    @action(description="Write off", url_path="write-off", permissions=["write_off"], icon="money_off")
    def write_off(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give up what is owed, or a part of it."""
        return self.carry_out(request, object_id, WRITE_OFF)

    @action(
        description="Void", url_path="void", permissions=["void"], icon="block", variant=ActionVariant.DANGER
    )
    def void(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take the invoice itself back."""
        return self.carry_out(request, object_id, VOID)

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
