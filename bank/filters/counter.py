"""The filters of drawers' sessions and deposit slips."""

from __future__ import annotations

import django_filters

from bank.models import DepositSlip, DrawerSession
from batconnect.core.api.filters import CodeFilter, DayFilter, LabelFilter, ListFilters, NameFilter


class DrawerSessionFilters(ListFilters):
    """By status, drawer, holder, currency and day of opening."""

    status = LabelFilter(choices=DrawerSession.Status.choices, label="open, waiting, counted")
    drawer_id = django_filters.UUIDFilter(field_name="drawer")
    currency = CodeFilter(field_name="currency", label="USD")
    date_from = DayFilter(field_name="opened_on", lookup_expr="gte", label="Opened on or after")
    date_to = DayFilter(field_name="opened_on", lookup_expr="lte", label="Opened on or before")


class DepositSlipFilters(ListFilters):
    """By number, status, bank account, currency and the day of closing."""

    number = NameFilter(field_name="number", label="SLIP-2026-001, or its beginning")
    status = LabelFilter(choices=DepositSlip.Status.choices, label="draft, closed, cleared, voided")
    bank_account_id = django_filters.UUIDFilter(field_name="bank_account")
    currency = CodeFilter(field_name="currency", label="USD")
    date_from = DayFilter(field_name="closed_on", lookup_expr="gte", label="Closed on or after")
    date_to = DayFilter(field_name="closed_on", lookup_expr="lte", label="Closed on or before")
