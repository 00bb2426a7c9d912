"""The filters of statements and their lines."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, QuerySet

from bank.models import BankNotification, LinePart, Statement, StatementLine
from bank.models.lines import Direction
from bank.models.statements import StatementFormat
from batconnect.core.api.filters import (
    DayFilter,
    LabelFilter,
    ListFilters,
    MoneyFilter,
    NameFilter,
    WordsFilter,
)


class StatementFilters(ListFilters):
    """By account, status, format, number and day."""

    bank_account_id = django_filters.UUIDFilter(field_name="bank_account")
    status = LabelFilter(choices=Statement.Status.choices, label="booked, held, waiting, …")
    format = LabelFilter(choices=StatementFormat.choices, label="camt, mt940, …")
    sequence_no = NameFilter(field_name="sequence_no", label="The statement's number, or its beginning")
    date_from = DayFilter(field_name="period_to", lookup_expr="gte", label="Ends on or after")
    date_to = DayFilter(field_name="period_to", lookup_expr="lte", label="Ends on or before")


class NotificationFilters(ListFilters):
    """By account, status, direction and day."""

    bank_account_id = django_filters.UUIDFilter(field_name="bank_account")
    status = LabelFilter(choices=BankNotification.Status.choices, label="waiting, joined, told")
    direction = LabelFilter(choices=Direction.choices, label="in, out")
    date_from = DayFilter(field_name="booked_on", lookup_expr="gte", label="Booked on or after")
    date_to = DayFilter(field_name="booked_on", lookup_expr="lte", label="Booked on or before")


class LineFilters(ListFilters):
    """By account, statement, state, direction, day, amount and text; `open` are those with something to explain."""

    bank_account_id = django_filters.UUIDFilter(field_name="bank_account")
    statement_id = django_filters.UUIDFilter(field_name="statement")
    state = LabelFilter(choices=StatementLine.State.choices, label="booked, held, known, …")
    direction = LabelFilter(choices=Direction.choices, label="in, out")
    open = django_filters.BooleanFilter(method="by_open", label="Whether something of it is not explained")
    date_from = DayFilter(field_name="booked_on", lookup_expr="gte", label="Booked on or after")
    date_to = DayFilter(field_name="booked_on", lookup_expr="lte", label="Booked on or before")
    amount_from = MoneyFilter(field_name="amount", lookup_expr="gte", label="At least")
    amount_to = MoneyFilter(field_name="amount", lookup_expr="lte", label="At most")
    payer = WordsFilter(field_name="payer_name", label="Parts of the payer's name, in any order")
    text = WordsFilter(field_name="text", label="Words of its text, in any order")

    def by_open(self, rows: QuerySet[Any, Any], name: str, value: bool) -> QuerySet[Any, Any]:
        """Lines with a part that is open, or without one."""
        left = LinePart.objects.filter(
            company_id=OuterRef("company_id"), line=OuterRef("id"), status=LinePart.Status.OPEN
        )
        return rows.filter(Exists(left)) if value else rows.exclude(Exists(left))
