"""What accounts moved by day, kept beside the postings that it is the sum of (docs/domain.md#kept-totals)."""

from __future__ import annotations

from typing import Any, Final

from django.db import models
from django.db.models import Q

from batconnect.core.database.constraints import tenant_constraints
from batconnect.core.database.keys import tenant_key
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.words import format_day
from batconnect.core.models import TenantModel, company_by_key

_DIGITS: Final = 18


def _sum_field() -> Any:
    """A sum of amounts, which may be larger than any of them."""
    return models.DecimalField(max_digits=_DIGITS, decimal_places=2)


class NewEntry(TenantModel):
    """An entry whose postings the kept totals do not hold yet, by its id. The trigger on entries writes it."""

    id = models.UUIDField(primary_key=True, editable=False, help_text="The entry's.")
    company = company_by_key()

    class Meta:
        db_table = "ledger_new_entries"
        constraints = [*tenant_constraints("ledger_new_entry")]

    def __str__(self) -> str:
        return str(self.id)


class DayTotal(TenantModel):
    """What an account moved on a day, of what was posted on a day: the sum of postings of entries that are not new.

    Entries that close a year are apart, as a profit and loss statement leaves them out.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = tenant_key("ledger.Account")
    effective_on = models.DateField()
    posted_on = models.DateField(help_text="Of `posted_at`, in UTC.")
    is_closing = models.BooleanField(help_text="Of entries that close a year.")
    debit = _sum_field()
    credit = _sum_field()
    postings = models.PositiveIntegerField()

    class Meta:
        db_table = "ledger_day_totals"
        constraints = [
            *tenant_constraints("ledger_day_total", "account"),
            models.UniqueConstraint(
                fields=["company", "account", "effective_on", "posted_on", "is_closing"],
                name="ledger_day_total_once",
            ),
            models.CheckConstraint(
                condition=Q(debit__gte=0) & Q(credit__gte=0) & Q(postings__gte=1),
                name="ledger_day_total_sums",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id}, {format_day(self.effective_on)}"
