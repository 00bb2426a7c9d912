"""The card of a row on the pages where something is done to it: nobody confirms a number alone."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.contrib.admin.utils import label_for_field
from django.db import models
from django.http import HttpRequest

from batconnect.core.console.faces.declared import Card
from batconnect.core.console.faces.drawing import Drawing, card_context
from batconnect.core.console.lists.columns import column_name
from batconnect.core.console.lists.downloads import NOT_COLUMNS, kind_of, shown_value
from batconnect.core.console.rights import actor_of
from batconnect.core.kernel.words import format_day

MAX_FACTS: Final = 10


def drawn_card(page: Any, request: HttpRequest, row: models.Model) -> dict[str, Any]:
    """The card of the row's face; of a row without one its list's columns."""
    if page.face is not None:
        return card_context(page, request, row)
    name = str(row._meta.verbose_name)
    facts = _facts(page, row, ZoneInfo(actor_of(request).company.time_zone))
    card = Card(kind=name[:1].upper() + name[1:], number=str(row), facts=facts)
    return {**Drawing(page, request).card(card, row), "is_repeated": True}


def _facts(page: Any, row: models.Model, zone: ZoneInfo) -> list[tuple[str, str]]:
    """The row's facts in the order of the list's columns, (heading, value) each; nothing for an empty value."""
    names = [name for each in page.list_display if (name := column_name(each)) not in NOT_COLUMNS]
    facts = []
    for name in names:
        if text := _text(shown_value(page, name, row), is_money=kind_of(page, name) == "money", zone=zone):
            label = str(label_for_field(name, page.model, page))
            facts.append((label[:1].upper() + label[1:], text))
    return facts[:MAX_FACTS]


def _text(value: Any, *, is_money: bool, zone: ZoneInfo) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        here = value.astimezone(zone)
        return f"{format_day(here)}, {here:%H:%M}"
    if isinstance(value, date):
        return format_day(value)
    if isinstance(value, Decimal):
        return f"{value:,.2f}" if is_money else f"{value.normalize():f}"
    return str(value)
