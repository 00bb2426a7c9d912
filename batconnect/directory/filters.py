"""Whose rows: the filters by driver, lease and medallion that every list of payments, debts and documents has.

What is asked for by name is resolved to keys first, so that the rows come by an index that is in the list's order.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

import django_filters
from django.db.models import Q, QuerySet

from batconnect.core.api.filters import ListFilters, SeveralFilter, WordsFilter
from batconnect.core.database.prefixes import has_all_words, named, of_these
from batconnect.directory.models import Driver, Lease, Medallion

Rows = QuerySet[Any, Any]
# A longer key is not one of ours, and Python refuses to read one of thousands of digits.
_MAX_DIGITS: Final = 18


class WhoseFilters(ListFilters):
    """By the driver's name and license, the lease and its medallion.

    A subclass says how its rows lead to the customer who is the driver, and to the lease.
    """

    customer_path: ClassVar[str] = "customer"
    lease_path: ClassVar[str] = "lease"

    driver_name = WordsFilter(method="by_driver_name", label="Parts of the driver's name, in any order")
    tlc_license = SeveralFilter(method="by_license", label="TLC license, or its beginning")
    lease_id = SeveralFilter(method="by_lease", label="2054 or LS-2054, or the number's beginning")
    medallion_no = SeveralFilter(method="by_medallion", label="Medallion, or its beginning")

    def by_driver_name(self, rows: Rows, name: str, value: str) -> Rows:
        """Rows of drivers whose name has every word."""
        return self.of_drivers(rows, Driver.objects.filter(has_all_words("customer__name", value)))

    def by_license(self, rows: Rows, name: str, values: list[str]) -> Rows:
        """Rows of the drivers with these licenses."""
        return self.of_drivers(rows, named(Driver.objects.all(), "tlc_license", values, any_case=True))

    def by_lease(self, rows: Rows, name: str, values: list[str]) -> Rows:
        """Rows of the leases with these keys or numbers."""
        return rows.filter(of_these(self.lease_path, leases_called(values)))

    def by_medallion(self, rows: Rows, name: str, values: list[str]) -> Rows:
        """Rows of every lease of these medallions."""
        medallions = named(Medallion.objects.all(), "medallion_no", values, any_case=True)
        return rows.filter(of_these(self.lease_path, Lease.objects.filter(of_these("medallion", medallions))))

    def of_drivers(self, rows: Rows, drivers: QuerySet[Driver]) -> Rows:
        """Rows of these drivers, found by the customers that they are."""
        return rows.filter(of_these(self.customer_path, drivers, key="customer_id"))


class WhoseOrWhichFilters(WhoseFilters):
    """Also by the driver's key."""

    driver_id = django_filters.NumberFilter(method="by_driver_id", label="The driver's key")

    def by_driver_id(self, rows: Rows, name: str, value: Any) -> Rows:
        """Rows of the driver with this key."""
        key = key_or_none(str(value))
        return self.of_drivers(rows, Driver.objects.none() if key is None else Driver.objects.filter(id=key))


def leases_called(texts: list[str]) -> QuerySet[Lease]:
    """The leases that the texts name, by key or number; what is not a whole name finds numbers by their beginning."""
    keys = [key for text in texts if (key := key_or_none(text)) is not None]
    by_key = set(Lease.objects.filter(id__in=keys).values_list("id", flat=True))
    others = [text for text in texts if key_or_none(text) not in by_key]
    condition = Q(id__in=by_key)
    if others:
        condition |= Q(id__in=named(Lease.objects.all(), "lease_id", others, any_case=True).values("id"))
    return Lease.objects.filter(condition)


def key_or_none(text: str) -> int | None:
    """The text as a key; None when it is not one."""
    is_key = text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS
    return int(text) if is_key else None
