"""The console's page on payments: to read. They change through their verbs alone."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from batconnect.core.base_admin import ReadOnlyAdmin, ReadOnlyInline
from payments.models import Allocation, Payment


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
