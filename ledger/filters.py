"""The filters of postings and balances; the same for lists and exports."""

from __future__ import annotations

from datetime import date
from typing import Any, Final
from uuid import UUID

import django_filters
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict

from batconnect.core.actors import Actor
from batconnect.core.api.filters import DayFilter, LabelFilter, ListFilters
from batconnect.core.clock import today
from batconnect.directory.models import Driver
from ledger.chart import Category, receivable
from ledger.models import Account, Entry, Obligation
from ledger.rules.categories import SPELLINGS

_CATEGORIES: Final = [(each.value, each.label) for each in Category]
_ALIASES: Final = {spelling: category.value for spelling, category in SPELLINGS.items()}
_MOST_DRIVERS: Final = 1_000
# A longer key is none of ours, and Python refuses to read one of thousands.
_MOST_DIGITS: Final = 18
_POSTING_STATUSES: Final = [("posted", "Posted"), ("voided", "Voided"), ("correction", "Correction")]
_BALANCE_STATUSES: Final = [*Obligation.Status.choices, ("overdue", "Overdue")]

Rows = QuerySet[Any, Any]


class _LedgerFilters(ListFilters):
    """What both lists filter by: whose, which lease, which category. `customer_path` leads to the customer."""

    customer_path: str
    lease_path: str

    driver = django_filters.CharFilter(method="by_driver")
    driver_id = django_filters.NumberFilter(method="by_driver_id")
    driver_name = django_filters.CharFilter(method="by_driver_name")
    tlc_license = django_filters.CharFilter(method="by_license")
    customer_id = django_filters.UUIDFilter(method="by_customer")
    lease = django_filters.CharFilter(method="by_lease")
    lease_id = django_filters.CharFilter(method="by_lease")
    category = LabelFilter(choices=_CATEGORIES, aliases=_ALIASES, method="by_category")

    def __init__(self, query: QueryDict, *, queryset: Rows, actor: Actor) -> None:
        self.actor = actor
        super().__init__(query, queryset=queryset)

    def by_driver(self, rows: Rows, _name: str, value: str) -> Rows:
        """By number (DRV-101), licence, key, or a part of the name."""
        text = value.strip()
        wanted = Q(driver_id__iexact=text) | Q(tlc_license=text) | Q(customer__name__icontains=text)
        return self._of_drivers(rows, wanted)

    def by_driver_id(self, rows: Rows, _name: str, value: Any) -> Rows:
        return self._of_drivers(rows, Q(id=int(value)) if abs(value) < 2**63 else Q(pk__in=[]))

    def by_driver_name(self, rows: Rows, _name: str, value: str) -> Rows:
        return self._of_drivers(rows, Q(customer__name__icontains=value.strip()))

    def by_license(self, rows: Rows, _name: str, value: str) -> Rows:
        return self._of_drivers(rows, Q(tlc_license=value.strip()))

    def _of_drivers(self, rows: Rows, wanted: Q) -> Rows:
        """Resolved to customers first: with the ids in hand the planner takes the customer's index."""
        customers = Driver.objects.filter(wanted, company_id=self.actor.company_id)
        ids = list(customers.order_by("id").values_list("customer_id", flat=True)[:_MOST_DRIVERS])
        return rows.filter(**{f"{self.customer_path}__in": ids})

    def by_customer(self, rows: Rows, _name: str, value: UUID) -> Rows:
        return rows.filter(**{self.customer_path: value})

    def by_lease(self, rows: Rows, _name: str, value: str) -> Rows:
        """By number (LS-2054) or key (2054)."""
        text = value.strip()
        if text.isascii() and text.isdigit():
            return rows.filter(**{self.lease_path: int(text)}) if len(text) <= _MOST_DIGITS else rows.none()
        return rows.filter(**{f"{self.lease_path}__lease_id__iexact": text})

    def by_category(self, rows: Rows, _name: str, value: str) -> Rows:
        return rows.filter(category=value)


class PostingFilters(_LedgerFilters):
    """Postings: also by event, account, what they belong to, and the day they count for."""

    customer_path = "entry__customer"
    lease_path = "entry__lease"

    status = LabelFilter(choices=_POSTING_STATUSES, method="by_status")
    event = django_filters.CharFilter(field_name="entry__event")
    account = django_filters.CharFilter(field_name="account__code")
    reference_id = django_filters.CharFilter(field_name="obligation__reference_id")
    obligation_id = django_filters.UUIDFilter(field_name="obligation")
    payment_id = django_filters.UUIDFilter(field_name="payment_id")
    entry_id = django_filters.UUIDFilter(field_name="entry")
    case_no = django_filters.CharFilter(field_name="entry__case_no")
    date_from = DayFilter(field_name="entry__effective_on", lookup_expr="gte")
    date_to = DayFilter(field_name="entry__effective_on", lookup_expr="lte")

    def by_category(self, rows: Rows, _name: str, value: str) -> Rows:
        """By the category's accounts: their postings stand in an index, also to be counted."""
        accounts = Account.objects.filter(company_id=self.actor.company_id, code=receivable(value))
        return rows.filter(account_id__in=list(accounts.values_list("id", flat=True)))

    def by_status(self, rows: Rows, _name: str, value: str) -> Rows:
        if value == "correction":
            return rows.filter(entry__reverses__isnull=False)
        reversal = Entry.objects.filter(
            company_id=self.actor.company_id, reverses=OuterRef("entry"), is_full_reversal=True
        )
        original = rows.filter(entry__reverses__isnull=True)
        return original.filter(Exists(reversal) if value == "voided" else ~Exists(reversal))


class BalanceFilters(_LedgerFilters):
    """Balances: also by reference, status (`overdue` is open and past due) and both dates."""

    customer_path = "customer"
    lease_path = "lease"

    status = LabelFilter(choices=_BALANCE_STATUSES, method="by_status")
    reference_id = django_filters.CharFilter(field_name="reference_id")
    due_date_from = DayFilter(field_name="due_date", lookup_expr="gte")
    due_date_to = DayFilter(field_name="due_date", lookup_expr="lte")
    issue_date_from = DayFilter(field_name="issue_date", lookup_expr="gte")
    issue_date_to = DayFilter(field_name="issue_date", lookup_expr="lte")
    date_from = DayFilter(field_name="due_date", lookup_expr="gte")
    date_to = DayFilter(field_name="due_date", lookup_expr="lte")

    def by_status(self, rows: Rows, _name: str, value: str) -> Rows:
        if value == "overdue":
            current: date = today(self.actor.company)
            return rows.filter(status=Obligation.Status.OPEN, due_date__lt=current)
        return rows.filter(status=value)
