"""The filters of the lists of batches, payouts, accounts, holds and returns."""

from __future__ import annotations

import django_filters

from batconnect.core.api.filters import DayFilter, LabelFilter, ListFilters, NameFilter, WordsFilter
from ledger.paying.models import PayeeAccount, PayoutBatch, PayoutOrder, PayoutReturn


class BatchFilters(ListFilters):
    """By number, status, way and the day on which it was sent."""

    number = NameFilter(field_name="number", label="A batch's number, or its beginning")
    status = LabelFilter(choices=PayoutBatch.Status.choices)
    way = LabelFilter(choices=PayoutBatch.Way.choices)
    sent_from = DayFilter(field_name="sent_on", lookup_expr="gte", label="Sent on or after")
    sent_to = DayFilter(field_name="sent_on", lookup_expr="lte", label="Sent on or before")


class PayoutFilters(ListFilters):
    """By payee and reference."""

    payee = WordsFilter(field_name="payee", label="Words of the payee's name")
    reference = NameFilter(field_name="reference", label="A trace number or check number, or its beginning")


def _driver() -> django_filters.NumberFilter:
    return django_filters.NumberFilter(
        field_name="customer__drivers", max_digits=18, decimal_places=0, label="The driver's id"
    )


class AccountFilters(ListFilters):
    """By driver and status."""

    driver_id = _driver()
    status = LabelFilter(choices=PayeeAccount.Status.choices)


class HoldFilters(ListFilters):
    """By driver; those that are on hold now, or were."""

    driver_id = _driver()
    is_released = django_filters.BooleanFilter(
        field_name="released_at", lookup_expr="isnull", exclude=True, label="Released already"
    )


class OrderFilters(ListFilters):
    """By driver, status and kind."""

    driver_id = _driver()
    status = LabelFilter(choices=PayoutOrder.Status.choices)
    kind = LabelFilter(choices=PayoutOrder.Kind.choices)


class ReturnFilters(ListFilters):
    """By code, outcome and trace number."""

    code = NameFilter(field_name="code", label="R03, or its beginning")
    outcome = LabelFilter(choices=PayoutReturn.Outcome.choices)
    trace = NameFilter(field_name="trace", label="A trace number, or its beginning")
