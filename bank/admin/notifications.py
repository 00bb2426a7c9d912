"""The console's pages of what the bank says that lines consist of."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from bank.faces import NOTIFICATION_FACE
from bank.models import BankNotification
from batconnect.core.console.base import ReadOnlyAdmin
from batconnect.core.console.row_actions import RowActionAdmin, RowLink
from batconnect.core.kernel.actors import Actor
from ledger.admin_filters import CurrencyFilter


def _line(actor: Actor, row: Any) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:bank_statementline_change", args=[row.line_id]))


@admin.register(BankNotification)
class BankNotificationAdmin(ReadOnlyAdmin, RowActionAdmin):
    """What entries of statements consist of, as the bank tells it beside them, and which of them have no line."""

    list_display = (
        *("booked_on", "bank_account", "direction", "amount", "currency", "bank_reference", "status"),
        *("message", "file_name"),
    )
    list_filter = ("status", "direction", CurrencyFilter, "booked_on")
    list_select_related = ("bank_account",)
    search_fields = ("bank_reference", "file_name")
    ordering = ("-id",)
    face = NOTIFICATION_FACE
    row_actions = (
        RowLink(
            name="line",
            title="Its line",
            permission="bank.view",
            icon="format_list_bulleted",
            leads_to=_line,
            offered=lambda actor, row: row.line_id is not None,
        ),
    )
