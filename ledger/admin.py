"""The console's pages on the ledger: to read, for everyone. It changes through its verbs alone."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from batconnect.core.base_admin import ReadOnlyAdmin, ReadOnlyInline
from ledger.models import Account, Entry, Obligation, Posting, WriteOffRequest


class EntryPostingInline(ReadOnlyInline):
    """The lines of an entry; they sum to zero."""

    model = Posting
    view_permission = "ledger.view"
    fields = ("line", "account", "amount", "obligation")
    ordering = ("line",)
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).select_related("account", "obligation")


class ObligationPostingInline(ReadOnlyInline):
    """What happened to an open item, oldest first."""

    model = Posting
    view_permission = "ledger.view"
    fields = ("entry", "account", "amount")
    ordering = ("entry_id", "line")
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).select_related("account", "entry")


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin):
    """The chart of accounts."""

    view_permission = "ledger.view"
    list_display = ("code", "name", "kind", "currency")
    list_filter = ("kind", "currency")
    search_fields = ("code", "name")
    ordering = ("currency", "code")


@admin.register(Obligation)
class ObligationAdmin(ReadOnlyAdmin):
    """Who owes what, since when."""

    view_permission = "ledger.view"
    list_display = (
        "reference_id",
        "category",
        "customer",
        "lease",
        "original",
        "outstanding",
        "due_date",
        "status",
    )
    list_filter = ("status", "category")
    list_select_related = ("customer", "lease")
    search_fields = ("reference_id", "customer__name", "lease__lease_id")
    ordering = ("due_date", "id")
    inlines = (ObligationPostingInline,)


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    """The journal."""

    view_permission = "ledger.view"
    list_display = ("effective_on", "event", "customer", "lease", "case_no", "actor", "posted_at")
    list_filter = ("event",)
    list_select_related = ("customer", "lease")
    search_fields = ("case_no", "source_id", "customer__name")
    ordering = ("-id",)
    inlines = (EntryPostingInline,)


@admin.register(WriteOffRequest)
class WriteOffRequestAdmin(ReadOnlyAdmin):
    """Write-offs that wait, or waited, for a second person."""

    view_permission = "ledger.view"
    list_display = ("requested_at", "obligation", "amount", "status", "requested_by", "decided_by")
    list_filter = ("status",)
    list_select_related = ("obligation", "requested_by", "decided_by")
    ordering = ("-id",)
