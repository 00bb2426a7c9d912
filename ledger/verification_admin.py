"""The console's page of verifications: whether every figure agreed with its postings, and what did not."""

from __future__ import annotations

from django.contrib import admin

from batconnect.core.console.base import ReadOnlyAdmin
from ledger.faces import VERIFICATION_FACE
from ledger.models import LedgerVerification


@admin.register(LedgerVerification)
class LedgerVerificationAdmin(ReadOnlyAdmin):
    """Each run of the ledger's checks, the nightly ones and those started by hand."""

    list_display = ("finished_at", "balanced", "scope", "checks", "differences", "actor")
    list_filter = ("finished_at", "scope")
    date_hierarchy = "finished_at"
    ordering = ("-id",)
    fields = (
        "started_at",
        "finished_at",
        "balanced",
        "scope",
        "sealed_upto",
        "checks",
        "differences",
        "actor",
    )
    readonly_fields = ("balanced",)
    face = VERIFICATION_FACE

    @admin.display(boolean=True, description="balanced")
    def balanced(self, run: LedgerVerification) -> bool:
        """Whether nothing differed."""
        return run.is_clean
