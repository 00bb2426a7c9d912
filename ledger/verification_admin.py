"""The console's page of verifications: whether every figure agreed with its postings, and what did not."""

from __future__ import annotations

from django.contrib import admin
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from batconnect.core.console.base import ReadOnlyAdmin
from ledger.models import LedgerVerification


@admin.register(LedgerVerification)
class LedgerVerificationAdmin(ReadOnlyAdmin):
    """Each run of every check of the ledger, the nightly ones and those started by hand."""

    list_display = ("finished_at", "balanced", "checks", "differences", "actor")
    list_filter = ("finished_at",)
    date_hierarchy = "finished_at"
    ordering = ("-id",)
    fields = ("started_at", "finished_at", "balanced", "checks", "differences", "found", "actor")
    readonly_fields = ("balanced", "found")

    @admin.display(boolean=True, description="balanced")
    def balanced(self, run: LedgerVerification) -> bool:
        """Whether nothing differed."""
        return run.is_clean

    @admin.display(description="findings")
    def found(self, run: LedgerVerification) -> SafeString | str:
        """The first differences, one a line."""
        if not run.findings:
            return "None: entries sum to zero, and every stored figure matches its postings."
        return format_html(
            "<ul>{}</ul>",
            format_html_join(
                "",
                "<li>{}: <strong>{}</strong> {}</li>",
                ((each["check"], each["subject"], each["message"]) for each in run.findings),
            ),
        )
