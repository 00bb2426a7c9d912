"""The card of a row: what its list shows of it, repeated on the pages where something is done to it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.contrib.admin.utils import label_for_field
from django.db import models

from batconnect.core.console.lists.columns import column_name
from batconnect.core.console.lists.downloads import NOT_COLUMNS, kind_of, shown_value

MAX_FACTS: Final = 10


def card_of(page: Any, row: models.Model, zone: ZoneInfo) -> list[tuple[str, str]]:
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
        return f"{value.astimezone(zone):%b %-d, %Y, %H:%M}"
    if isinstance(value, date):
        return f"{value:%b %-d, %Y}"
    if isinstance(value, Decimal):
        return f"{value:,.2f}" if is_money else f"{value.normalize():f}"
    return str(value)
