"""The console's read-only lists of installments of loans and repairs: what is posted and what waits."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from batconnect.core.console.base import ReadOnlyAdmin
from batconnect.core.kernel.money import ZERO, MoneyField
from ledger.admin_filters import CurrencyFilter
from ledger.repayment.admin_filters import DueFilter
from ledger.repayment.kinds import RepaidKind
from ledger.repayment.models import Installment


class InstallmentAdmin(ReadOnlyAdmin):
    """Every row of every schedule. Subclasses say the kind, and `total`: what a row comes to, as an expression."""

    kind: ClassVar[RepaidKind]
    total: ClassVar[Any]
    list_display = ("installment_id", "document", "customer", "due_date", "total_due", "status", "kept_back")
    ordering = ("-id",)
    readonly_fields = ("total_due",)
    date_hierarchy = "due_date"
    totals = ("row_total",)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """With the document and its customer, in the same statement."""
        parent = self.kind.parent
        rows = super().get_queryset(request).select_related(f"{parent}__customer")
        # What was withdrawn is shown, and is in no total.
        in_force = models.Case(
            models.When(status=Installment.Status.WITHDRAWN, then=models.Value(ZERO)),
            default=self.total,
            output_field=MoneyField(),
        )
        return rows.annotate(row_total=in_force)

    @admin.display(description="document")
    def document(self, row: Any) -> SafeString:
        """The loan or the repair that it belongs to, as a link."""
        parent = getattr(row, self.kind.parent)
        page = self.kind.document._meta
        address = reverse(f"admin:{page.app_label}_{page.model_name}_change", args=[parent.pk])
        return format_html('<a href="{}">{}</a>', address, parent.number)

    @admin.display(description="customer")
    def customer(self, row: Any) -> str:
        """Who repays it."""
        return str(getattr(row, self.kind.parent).customer)

    @admin.display(description="total due", ordering="row_total")
    def total_due(self, row: Any) -> Decimal:
        """Principal and interest."""
        total: Decimal = row.total_due
        return total

    @admin.display(description="kept back")
    def kept_back(self, row: Any) -> str:
        """Its document is on hold or cancelled."""
        return "Yes" if row.is_suspended else "–"


def installment_filters(kind: RepaidKind) -> tuple[Any, ...]:
    """What such a list is narrowed to; the currency is the document's."""

    class DocumentCurrency(CurrencyFilter):
        path = f"{kind.parent}__currency"

    return (DueFilter, "status", DocumentCurrency, "due_date")
