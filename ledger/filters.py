"""The filters of postings and balances; the same for lists and exports."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Final
from uuid import UUID

import django_filters
from django.db.models import Exists, OuterRef, Q
from django.http import QueryDict

from batconnect.core.api.filters import DayFilter, LabelFilter, NameFilter, SeveralFilter
from batconnect.core.database.prefixes import has_all_words
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.directory.filters import Rows, WhoseOrWhichFilters, key_or_none
from batconnect.directory.models import Driver
from ledger.chart import Category, receivable
from ledger.models import Account, Entry, Obligation
from ledger.rules.categories import SPELLINGS

_CATEGORIES: Final = [(each.value, each.label) for each in Category]
_ALIASES: Final = {spelling: category.value for spelling, category in SPELLINGS.items()}
_POSTING_STATUSES: Final = [("posted", "Posted"), ("voided", "Voided"), ("correction", "Correction")]
_BALANCE_STATUSES: Final = [*Obligation.Status.choices, ("overdue", "Overdue")]


class _LedgerFilters(WhoseOrWhichFilters):
    """What both lists filter by: debtor, lease, category."""

    driver = SeveralFilter(method="by_driver", label="Number (DRV-101), license, key, or parts of the name")
    customer_id = django_filters.UUIDFilter(method="by_customer", label="The customer's id")
    lease = SeveralFilter(method="by_lease", label="As lease_id")
    category = LabelFilter(
        choices=_CATEGORIES, aliases=_ALIASES, method="by_category", label="Label or code, any case"
    )

    def __init__(self, query: QueryDict, *, queryset: Rows, actor: Actor) -> None:
        self.actor = actor
        super().__init__(query, queryset=queryset)

    def by_driver(self, rows: Rows, name: str, values: list[str]) -> Rows:
        """Rows of drivers with this name, whole or in part, or whose number or license begins with the text."""
        condition = Q(pk__in=[])
        for text in values:
            whole = Q(driver_id__iexact=text) | Q(tlc_license=text) | Q(id=key_or_none(text))
            part = Q(driver_id__istartswith=text) | Q(tlc_license__startswith=text)
            is_whole = Driver.objects.filter(whole).exists()
            condition |= whole if is_whole else part | has_all_words("customer__name", text)
        return self.of_drivers(rows, Driver.objects.filter(condition))

    def by_customer(self, rows: Rows, name: str, value: UUID) -> Rows:
        """Rows of the customer."""
        return rows.filter(**{self.customer_path: value})

    def by_category(self, rows: Rows, name: str, values: list[str]) -> Rows:
        """Rows of these categories."""
        return rows.filter(category__in=values)


class PostingFilters(_LedgerFilters):
    """Postings: also by event, account, reference, status and effective date."""

    customer_path = "entry__customer"
    lease_path = "entry__lease"

    status = LabelFilter(choices=_POSTING_STATUSES, method="by_status")
    event = SeveralFilter(field_name="entry__event", label="obligation_raised, …")
    account = NameFilter(
        field_name="account__code", any_case=True, label="An account's code, or its beginning"
    )
    reference_id = NameFilter(field_name="obligation__reference_id", label="A reference, or its beginning")
    obligation_id = django_filters.UUIDFilter(field_name="obligation")
    payment_id = django_filters.UUIDFilter(field_name="payment_id")
    entry_id = django_filters.UUIDFilter(field_name="entry")
    case_no = SeveralFilter(method="by_case", label="INTPAY000123")
    date_from = DayFilter(field_name="entry__effective_on", lookup_expr="gte")
    date_to = DayFilter(field_name="entry__effective_on", lookup_expr="lte")

    def by_category(self, rows: Rows, name: str, values: list[str]) -> Rows:
        """By the categories' accounts, whose postings an index finds and counts."""
        codes = [receivable(value) for value in values]
        accounts = Account.objects.filter(company_id=self.actor.company_id, code__in=codes)
        return rows.filter(account_id__in=list(accounts.values_list("id", flat=True)))

    def by_case(self, rows: Rows, name: str, values: list[str]) -> Rows:
        """Postings of these cases."""
        return rows.filter(entry__case_no__in=[value.upper() for value in values])

    def by_status(self, rows: Rows, name: str, values: list[str]) -> Rows:
        """Postings that stand, that were reversed, or that reverse others."""
        reversal = Entry.objects.filter(
            company_id=self.actor.company_id, reverses=OuterRef("entry"), is_full_reversal=True
        )
        is_original = Q(entry__reverses__isnull=True)
        conditions = {
            "correction": Q(entry__reverses__isnull=False),
            "voided": is_original & Exists(reversal),
            "posted": is_original & ~Exists(reversal),
        }
        return rows.filter(reduce(or_, (conditions[value] for value in values)))


class BalanceFilters(_LedgerFilters):
    """Balances: also by reference, status (`overdue` is open and past due) and both dates."""

    customer_path = "customer"
    lease_path = "lease"

    status = LabelFilter(choices=_BALANCE_STATUSES, method="by_status")
    reference_id = NameFilter(field_name="reference_id", label="A reference, or its beginning")
    due_date_from = DayFilter(field_name="due_date", lookup_expr="gte")
    due_date_to = DayFilter(field_name="due_date", lookup_expr="lte")
    issue_date_from = DayFilter(field_name="issue_date", lookup_expr="gte")
    issue_date_to = DayFilter(field_name="issue_date", lookup_expr="lte")
    date_from = DayFilter(field_name="due_date", lookup_expr="gte")
    date_to = DayFilter(field_name="due_date", lookup_expr="lte")

    def by_status(self, rows: Rows, name: str, values: list[str]) -> Rows:
        """Balances in one of these states."""
        condition = Q(status__in=[value for value in values if value != "overdue"])
        if "overdue" in values:
            condition |= Q(status=Obligation.Status.OPEN, due_date__lt=today(self.actor.company))
        return rows.filter(condition)
