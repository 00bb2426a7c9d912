"""The console's page on what payments were applied to: to read. They change through their verbs alone."""

from __future__ import annotations

from django.contrib import admin

from batconnect.core.base_admin import ReadOnlyAdmin
from payments.models import Allocation


@admin.register(Allocation)
class AllocationAdmin(ReadOnlyAdmin):
    """Payments applied to obligations."""

    view_permission = "payments.view"
    list_display = ("payment", "obligation", "amount", "status", "allocation_date", "strategy")
    list_filter = ("status", "strategy")
    list_select_related = ("payment", "obligation")
    search_fields = ("payment__number", "obligation__reference_id")
    ordering = ("-id",)
