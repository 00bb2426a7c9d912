"""How statements come: what the calls on mappings and feeds accept, and how they are printed."""

from __future__ import annotations

import json
from typing import Any

from rest_framework import serializers

from bank.models import StatementFeed, StatementMapping
from bank.services.feeds import masked
from bank.services.mappings import FIELDS
from batconnect.core.api.answers import Answer, Choice, Day, Id, Money, Text, Whole
from batconnect.core.api.etags import etag
from batconnect.core.api.fields import DayInput, MoneyInput, StrictSerializer


def _column() -> serializers.CharField:
    return serializers.CharField(max_length=60, required=False, allow_blank=True)


class MappingChange(StrictSerializer):
    """What is to be different; headings as the bank writes them, in any case."""

    name = serializers.CharField(max_length=60, required=False)
    amount_column = _column()
    debit_column = _column()
    credit_column = _column()
    direction_column = _column()
    date_column = serializers.CharField(max_length=60, required=False)
    value_date_column = _column()
    reference_column = _column()
    payer_name_column = _column()
    payer_account_column = _column()
    text_column = _column()
    currency_column = _column()
    balance_column = _column()
    decimal_sign = serializers.ChoiceField(choices=StatementMapping.DecimalSign.choices, required=False)
    date_form = serializers.ChoiceField(choices=StatementMapping.DateForm.choices, required=False)
    encoding = serializers.CharField(max_length=20, required=False, allow_blank=True)
    separator = serializers.CharField(max_length=1, required=False, allow_blank=True, trim_whitespace=False)
    skipped_lines = serializers.IntegerField(min_value=0, max_value=1_000, required=False, allow_null=True)


class MappingInput(MappingChange):
    """A mapping to make."""

    name = serializers.CharField(max_length=60)
    date_column = serializers.CharField(max_length=60)


class StatementMappingRow(Answer):
    """Which column of a bank's tables holds what."""

    id = Id("f7")
    name = Text("Chase")
    amount_column = Text("Amount")
    debit_column = Text("")
    credit_column = Text("")
    direction_column = Text("")
    date_column = Text("Posting Date")
    value_date_column = Text("")
    reference_column = Text("")
    payer_name_column = Text("")
    payer_account_column = Text("")
    text_column = Text("Description")
    currency_column = Text("")
    balance_column = Text("Balance")
    decimal_sign = Choice(StatementMapping.DecimalSign)
    date_form = Choice(StatementMapping.DateForm)
    encoding = Text("")
    separator = Text("")
    skipped_lines = Whole(null=True)


class FeedChange(StrictSerializer):
    """How an account's statements come; what is left out stays."""

    number = serializers.CharField(max_length=60, required=False, allow_blank=True)
    mapping_id = serializers.UUIDField(required=False, allow_null=True)
    opening_balance = MoneyInput(signed=True, required=False, allow_null=True)
    opened_on = DayInput(required=False, allow_null=True)


class StatementFeedRow(Answer):
    """How an account's statements come. Of its number the last four characters are shown."""

    bank_account_id = Id("b1")
    number = Text("…3000")
    mapping_id = Id(null=True)
    opening_balance = Money("1000.00", null=True)
    opened_on = Day("2026-11-01", null=True)


def mapping_row(mapping: StatementMapping) -> dict[str, Any]:
    """A mapping with all its columns."""
    return {"id": mapping.id, **{name: getattr(mapping, name) for name in FIELDS}}


def etag_of_mapping(mapping: StatementMapping) -> str:
    """The ETag of a mapping: of all its columns."""
    said = json.dumps([getattr(mapping, name) for name in FIELDS], default=str)
    return etag("statement_mapping", mapping.id, said)


def etag_of_feed(feed: StatementFeed) -> str:
    """The ETag of a feed: of what is said of its account."""
    said = (feed.number_digest, feed.mapping_id, feed.opening_balance, feed.opened_on)
    return etag("statement_feed", feed.bank_account_id, *said)


def feed_row(feed: StatementFeed) -> dict[str, Any]:
    """A feed, its number masked."""
    return {
        "number": masked(feed.number),
        **{
            name: getattr(feed, name)
            for name in ("bank_account_id", "mapping_id", "opening_balance", "opened_on")
        },
    }
