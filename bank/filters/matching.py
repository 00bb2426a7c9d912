"""The filters of the list of match rules."""

from __future__ import annotations

import django_filters

from bank.models import MatchRule
from bank.models.lines import Direction
from batconnect.core.api.filters import LabelFilter, ListFilters, NameFilter, WordsFilter


class RuleFilters(ListFilters):
    """By what a rule looks at, what it says, and whether it counts."""

    on = LabelFilter(choices=MatchRule.On.choices)
    direction = LabelFilter(choices=Direction.choices)
    customer_id = django_filters.UUIDFilter(field_name="customer")
    account_code = NameFilter(field_name="account_code", label="An account's code, or its beginning")
    pattern = WordsFilter(field_name="pattern", label="Words of what it looks for")
    is_active = django_filters.BooleanFilter(field_name="is_active")
    is_learned = django_filters.BooleanFilter(field_name="is_learned")
