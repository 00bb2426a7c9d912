"""The console's page on refunds: what was paid back. What waits for a second person stands under Approvals."""

from __future__ import annotations

from django.contrib import admin

from batconnect.core.console.base import ReadOnlyAdmin
from payments.faces import REFUND_FACE
from payments.models import Refund


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    """Refunds, each with the approval by which two people agreed where it was above the company's limit."""

    list_display = ("refunded_at", "payment", "amount", "refunded_by", "approval", "reason")
    list_filter = ("refunded_at", "amount")
    date_hierarchy = "refunded_at"
    totals = ("amount",)
    totals_currency = "payment__currency"
    list_select_related = ("payment", "refunded_by", "approval")
    search_fields = ("payment__number", "payment__customer__name")
    ordering = ("-id",)
    face = REFUND_FACE
