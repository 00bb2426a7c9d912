"""The filters of accounts, manual entries and exports of the journal."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from batconnect.core.api.filters import CodeFilter, DayFilter, LabelFilter, ListFilters, NameFilter
from ledger.general.models import ManualEntry
from ledger.models import Account

_STATUSES = [("posted", "Posted"), ("reversed", "Reversed"), ("voided", "Voided")]


class AccountFilters(ListFilters):
    """Accounts by code, own number, kind and currency."""

    code = NameFilter(field_name="code", any_case=True, label="A code, or its beginning")
    own_number = NameFilter(field_name="own_number", any_case=True, label="A number, or its beginning")
    kind = LabelFilter(choices=Account.Kind.choices, label="asset, …")
    currency = CodeFilter(field_name="currency", label="USD")


class ManualEntryFilters(ListFilters):
    """Manual entries by number, state, currency and date."""

    number = NameFilter(field_name="number", label="JE-2026-001, or its beginning")
    status = LabelFilter(choices=_STATUSES, method="by_status")
    currency = CodeFilter(field_name="currency", label="USD")
    date_from = DayFilter(field_name="effective_on", lookup_expr="gte")
    date_to = DayFilter(field_name="effective_on", lookup_expr="lte")

    def by_status(self, rows: QuerySet[ManualEntry], name: str, values: list[str]) -> QuerySet[ManualEntry]:
        """What stands, what was taken back on its day, what was voided."""
        states = {
            "posted": Q(reversal__isnull=True),
            "reversed": Q(reversal__isnull=False, is_voided=False),
            "voided": Q(is_voided=True),
        }
        condition = Q(pk__in=[])
        for value in values:
            condition |= states[value]
        return rows.filter(condition)
