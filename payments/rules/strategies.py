"""How a payment is spread over open items: pure, over whole cents, in a total order.

Rule: docs/domain.md#strategies, docs/seeds.md#payment-allocation.

Every strategy answers with a `Plan`: a line per item that gets something, with the rank and the values that put it
there, and why the others got nothing. The greedy ones fill one item after the other; the share ones divide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from batconnect.core.kernel.errors import FieldError, InvalidInput
from ledger.rules.hierarchy import hierarchy_rank
from payments.rules.discounts import discount_on
from payments.rules.plans import OpenItem, Options, Plan, PlannedLine, Skipped, by_issue_date, natural
from payments.rules.shares import percentage_based, proportional

STRATEGIES: Final = {
    "fifo": "Oldest issue date first",
    "overdue_first": "Overdue items first, by due date",
    "largest_first": "Largest outstanding first",
    "proportional": "In proportion to what is outstanding",
    "percentage_based": "By given percentages",
    "custom_priority": "In a given order, or by given rules",
    "hierarchy": "By the payment hierarchy",
}
_SEPARATORS: Final = re.compile(r"[\s\-]+")
RULE_FIELDS: Final = ("due_date", "issue_date", "outstanding", "category", "number")
_WITH_RULES: Final = ("overdue_first", "custom_priority")


def strategy_rows() -> list[dict[str, str]]:
    """Every strategy with its label, as `GET /api/reference` lists them."""
    return [{"code": code, "label": label} for code, label in STRATEGIES.items()]


@dataclass(frozen=True, slots=True)
class _Ranked:
    item: OpenItem
    because: dict[str, Any] = field(default_factory=dict)


_Key = Callable[[OpenItem], Any]


def strategy_code(text: str) -> str:
    """The code of a strategy written in any case, with blanks or dashes; what names none comes back as it is."""
    code = _SEPARATORS.sub("_", text.strip().casefold())
    return code if code in STRATEGIES else text


def plan(*, strategy: str, items: Sequence[OpenItem], available: int, options: Options) -> Plan:
    """Spread `available` cents over the items by the strategy.

    Raises InvalidInput for an unknown strategy (listing them), inputs that do not belong to it, and inputs it lacks.
    """
    if strategy not in STRATEGIES:
        raise InvalidInput(
            f"{strategy!r} is not a strategy; choose one of {', '.join(STRATEGIES)}.",
            code="unknown_strategy",
            field="strategy",
        )
    _check_inputs(strategy, options)
    if strategy == "proportional":
        return proportional(items, available)
    if strategy == "percentage_based":
        return percentage_based(items, available, options)
    ranked, left_out = _rank(strategy, items, options)
    return _fill(strategy, ranked, left_out, available)


def largest_settled(*, outstanding: int, cash: int, percent: Decimal) -> int:
    """The largest part of an item, in cents, whose cash after its discount fits into `cash`."""
    if not percent:
        return min(outstanding, cash)
    # Cash grows with the part settled, by at most a cent for a cent, so the largest that fits is found by halving.
    low, high = 0, outstanding
    while low < high:
        middle = (low + high + 1) // 2
        if middle - discount_on(middle, percent) <= cash:
            low = middle
        else:
            high = middle - 1
    return low


def parse_priority_rules(text: str) -> tuple[tuple[str, bool], ...]:
    """`"due_date ASC, outstanding desc"` as (field, descending) pairs.

    Raises InvalidInput naming the allowed fields.
    """
    rules: list[tuple[str, bool]] = []
    for part in text.split(","):
        words = part.split()
        direction = words[1].lower() if len(words) == 2 else "asc"
        if not words or len(words) > 2 or words[0] not in RULE_FIELDS or direction not in ("asc", "desc"):
            raise InvalidInput(
                f"{part.strip()!r} is not a priority rule; write one of {', '.join(RULE_FIELDS)} with ASC or DESC.",
                code="unknown_priority_rule",
                field="priorityRules",
            )
        if words[0] in (name for name, _ in rules):
            raise InvalidInput(
                f"{words[0]} appears twice.", code="unknown_priority_rule", field="priorityRules"
            )
        rules.append((words[0], direction == "desc"))
    return tuple(rules)


def _by_due(item: OpenItem) -> tuple[Any, ...]:
    return item.due_date, item.issue_date, natural(item.number), item.id


def _check_inputs(strategy: str, options: Options) -> None:
    given = {
        "priorityRules": bool(options.priority_rules),
        "order": bool(options.order),
        "percentages": bool(options.percentages),
    }
    taken = {
        "overdue_first": {"priorityRules"},
        "custom_priority": {"priorityRules", "order"},
        "percentage_based": {"percentages"},
    }.get(strategy, set())
    foreign = [name for name, is_given in given.items() if is_given and name not in taken]
    if foreign:
        raise InvalidInput(
            f"{strategy} does not take {', '.join(foreign)}.",
            code="option_not_taken",
            errors=[
                FieldError(name, f"{strategy} does not take this option.", "option_not_taken")
                for name in foreign
            ],
        )
    if strategy == "custom_priority" and not (options.order or options.priority_rules):
        raise InvalidInput(
            "custom_priority needs order or priorityRules.", code="option_missing", field="order"
        )
    if strategy == "percentage_based" and not options.percentages:
        raise InvalidInput("percentage_based needs percentages.", code="option_missing", field="percentages")


def _rank(strategy: str, items: Sequence[OpenItem], options: Options) -> tuple[list[_Ranked], list[OpenItem]]:
    """The items in the order in which they are filled, with what decided it; and those that are left out."""
    if strategy == "fifo":
        return _ordered(items, by_issue_date, lambda item: {"issue_date": item.issue_date}), []
    if strategy == "largest_first":
        return _ordered(
            items,
            lambda item: (-item.outstanding, *_by_due(item)),
            lambda item: {"outstanding": item.outstanding},
        ), []
    if strategy == "hierarchy":
        return _ordered(
            items,
            lambda item: (hierarchy_rank(item.category), *_by_due(item)),
            lambda item: {"category": item.category, "due_date": item.due_date},
        ), []
    by_rules = _rule_key(options.priority_rules) if options.priority_rules else _by_due
    if strategy == "overdue_first":
        return _ordered(
            items,
            lambda item: (item.due_date >= options.today, by_rules(item)),
            lambda item: {
                "overdue": item.due_date < options.today,
                "due_date": item.due_date,
                **({"priority_rules": options.priority_rules} if options.priority_rules else {}),
            },
        ), []
    return _custom(items, options, by_rules)


def _ordered(
    items: Iterable[OpenItem], key: _Key, because: Callable[[OpenItem], dict[str, Any]]
) -> list[_Ranked]:
    return [_Ranked(item, because(item)) for item in sorted(items, key=key)]


def _custom(
    items: Sequence[OpenItem], options: Options, by_rules: _Key
) -> tuple[list[_Ranked], list[OpenItem]]:
    known = {item.id: item for item in items}
    if len(set(options.order)) < len(options.order):
        raise InvalidInput("order names an item twice.", code="named_twice", field="order")
    for position, item_id in enumerate(options.order):
        if item_id not in known:
            raise InvalidInput(
                f"{item_id} is not an open item of this customer in this currency.",
                code="not_open",
                field=f"order.{position}",
            )
    ranked = [
        _Ranked(known[item_id], {"place_in_order": place})
        for place, item_id in enumerate(options.order, start=1)
    ]
    named = set(options.order)
    rest = [item for item in items if item.id not in named]
    if not options.priority_rules:
        return ranked, rest
    return ranked + _ordered(rest, by_rules, lambda item: {"priority_rules": options.priority_rules}), []


def _rule_key(text: str) -> _Key:
    rules = parse_priority_rules(text)

    def key(item: OpenItem) -> tuple[Any, ...]:
        return (*(_Directed(_value(item, name), down) for name, down in rules), *_by_due(item))

    return key


@dataclass(frozen=True, slots=True)
class _Directed:
    """A value that sorts upwards, or downwards."""

    value: Any
    descending: bool

    def __lt__(self, other: _Directed) -> bool:
        if self.descending:
            return bool(other.value < self.value)
        return bool(self.value < other.value)


def _value(item: OpenItem, name: str) -> Any:
    return natural(item.number) if name == "number" else getattr(item, name)


def _fill(strategy: str, ranked: Sequence[_Ranked], left_out: Sequence[OpenItem], available: int) -> Plan:
    """Fill one item after the other while cash is left."""
    lines: list[PlannedLine] = []
    skipped: list[Skipped] = []
    for rank, each in enumerate(ranked, start=1):
        item = each.item
        if not available and not item.discount_percent:
            skipped.append(Skipped(item.id, "no_cash_left"))
            continue
        amount = largest_settled(outstanding=item.outstanding, cash=available, percent=item.discount_percent)
        if not amount:
            skipped.append(Skipped(item.id, "no_cash_left"))
            continue
        discount = discount_on(amount, item.discount_percent)
        available -= amount - discount
        decision = {"strategy": strategy, "rank": rank, **each.because}
        lines.append(PlannedLine(item.id, amount, discount, item.discount_percent, decision))
    skipped += [Skipped(item.id, "not_in_order") for item in left_out]
    return Plan(strategy, tuple(lines), tuple(skipped), available)
