"""What is chosen and typed on the workbench: how to spread, and the inputs beside the open items."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django import forms
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldBooleanWidget,
)

from batconnect.core.console.refusals import TakesErrors
from batconnect.core.kernel.errors import FieldError
from batconnect.core.kernel.money import LARGEST, NotMoney, format_amount, parse_money
from ledger.chart import Category
from payments.rules.strategies import RULE_FIELDS, STRATEGIES, options_of
from payments.services.auto import AutoOptions, Share
from payments.services.choosing import AllocationRequest

FIRST: Final = "overdue_first"
AMOUNT, PLACE, PERCENT = "amount", "place", "percent"
_PERCENT: Final = re.compile(r"[0-9]{1,3}(\.[0-9]{1,4})?")
_DIRECTIONS: Final = {"ASC": "up", "DESC": "down"}
_RULES: Final = (
    ("", "in the strategy's order"),
    *(
        (f"{name} {direction}", f"{name.replace('_', ' ')}, {words}")
        for name in RULE_FIELDS
        for direction, words in _DIRECTIONS.items()
    ),
)


class OptionsForm(forms.Form):
    """How the payment is spread; nothing typed means the overdue items first."""

    strategy = forms.ChoiceField(
        choices=list(STRATEGIES.items()), required=False, widget=UnfoldAdminSelectWidget
    )
    rule = forms.ChoiceField(
        choices=_RULES, required=False, label="Within it, by", widget=UnfoldAdminSelectWidget
    )
    then_rule = forms.ChoiceField(
        choices=_RULES, required=False, label="Then by", widget=UnfoldAdminSelectWidget
    )
    discount = forms.BooleanField(
        required=False, label="Take early-payment discounts", widget=UnfoldBooleanWidget
    )
    category = forms.MultipleChoiceField(
        choices=[(each.value, each.label) for each in Category],
        required=False,
        label="Only these categories",
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    def options(self) -> AutoOptions:
        """What the services are given; what cannot be read is left out."""
        values = self.cleaned_data if self.is_valid() else {}
        strategy = values.get("strategy") or FIRST
        rules = [each for each in (values.get("rule"), values.get("then_rule")) if each]
        return AutoOptions(
            strategy=strategy,
            priority_rules=", ".join(rules) if "priority_rules" in options_of(strategy) else "",
            categories=tuple(values.get("category", ())),
            apply_early_payment_discount=bool(values.get("discount")),
        )


@dataclass(frozen=True, slots=True)
class Inputs(TakesErrors):
    """What was typed beside the items, by obligation: the text, and what is wrong with it."""

    amounts: dict[UUID, str] = field(default_factory=dict)
    places: dict[UUID, str] = field(default_factory=dict)
    percents: dict[str, str] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)
    currency: str = ""

    def place_error(self, error: FieldError) -> bool:
        """Show what is refused of a line beside its amount."""
        name = error.field.partition(".")[0]
        if not name.startswith(f"{AMOUNT}-"):
            return False
        self.wrong[name] = error.message
        return True

    def with_shares(self, options: AutoOptions) -> AutoOptions:
        """The options with the order or the percentages typed for the strategies that take them."""
        if "order" in options_of(options.strategy):
            return replace(options, order=self._order())
        if "percentages" in options_of(options.strategy):
            return replace(options, percentages=self._shares())
        return options

    def requests(self, *, discount: bool) -> list[AllocationRequest]:
        """A request for every amount typed; `wrong` keeps each text that is not an amount above zero."""
        requests = []
        for key, text in self.amounts.items():
            amount = self._amount(key, text)
            if amount is not None:
                requests.append(
                    AllocationRequest(
                        amount=amount,
                        obligation_id=key,
                        apply_early_payment_discount=discount,
                        field=f"{AMOUNT}-{key}",
                    )
                )
        return requests

    def _amount(self, key: UUID, text: str) -> Decimal | None:
        try:
            amount = parse_money(text, currency=self.currency)
        except NotMoney as error:
            self.wrong[f"{AMOUNT}-{key}"] = str(error)
            return None
        if not 0 < amount <= LARGEST:
            self.wrong[f"{AMOUNT}-{key}"] = f"Above 0.00, and not above {format_amount(LARGEST)}."
            return None
        return amount

    def _order(self) -> tuple[UUID, ...]:
        """The items by the place typed; two with the same place keep their order."""
        placed = []
        for key, text in self.places.items():
            if text.isascii() and text.isdecimal() and len(text) < 6:
                placed.append((int(text), key))
            else:
                self.wrong[f"{PLACE}-{key}"] = "A whole number, 1 for the first."
        return tuple(key for _, key in sorted(placed, key=lambda each: each[0]))

    def _shares(self) -> tuple[Share, ...]:
        percentages = []
        for name, text in self.percents.items():
            percent = Decimal(text) if _PERCENT.fullmatch(text) else Decimal(0)
            if not 0 < percent <= 100:
                self.wrong[f"{PERCENT}-{name}"] = (
                    "A percentage above 0, at most 100, with at most four decimals."
                )
                continue
            is_category = name in Category.__members__
            percentages.append(
                Share(percent=percent, category=name)
                if is_category
                else Share(percent=percent, obligation_id=UUID(name))
            )
        return tuple(percentages)


def read_inputs(data: Mapping[str, Any], *, currency: str = "") -> Inputs:
    """The inputs that something was typed into; names that are none of ours are left out. Amounts are in `currency`."""
    inputs = Inputs(currency=currency)
    for name in data:
        kind, _, rest = name.partition("-")
        text = str(data[name]).strip()
        if not text or kind not in (AMOUNT, PLACE, PERCENT):
            continue
        if kind == PERCENT and rest in Category.__members__:
            inputs.percents[rest] = text
            continue
        key = _key(rest)
        if key is None:
            continue
        if kind == PERCENT:
            inputs.percents[str(key)] = text
        else:
            (inputs.amounts if kind == AMOUNT else inputs.places)[key] = text
    return inputs


def _key(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
