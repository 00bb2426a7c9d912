"""How a payment is spread over open items: pure, over whole cents, in a total order.

Rule: docs/domain.md#strategies, docs/seeds.md#payment-allocation.

Every strategy answers with a `Plan`: a line per item that gets something, with the rank and the values that put it
there, and why the others got nothing. The greedy ones fill one item after the other; the share ones divide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from batconnect.core.kernel.errors import FieldError, InvalidInput
from ledger.chart import Category
from ledger.rules.hierarchy import hierarchy_rank
from payments.errors import (
    NAMED_TWICE,
    NOT_OPEN_ITEM,
    OPTION_MISSING,
    OPTION_NOT_TAKEN,
    UNKNOWN_PRIORITY_RULE,
    UNKNOWN_STRATEGY,
)
from payments.rules.discounts import discount_on
from payments.rules.plans import OpenItem, Options, Plan, PlannedLine, Skipped, by_issue_date, natural
from payments.rules.shares import percentage_based, proportional

_SEPARATORS: Final = re.compile(r"[\s\-]+")
RULE_FIELDS: Final = ("due_date", "issue_date", "outstanding", "category", "number")


@dataclass(frozen=True, slots=True)
class _Ranked:
    item: OpenItem
    because: dict[str, Any] = field(default_factory=dict)


_Key = Callable[[OpenItem], Any]
_Ranking = tuple[list[_Ranked], list[OpenItem]]
"""The items in the order in which they are filled, with what decided it; and those that are left out."""
Decision = Mapping[str, Any]
"""What is kept with an allocation: amounts and dates as text."""


@dataclass(frozen=True, slots=True)
class Strategy:
    """A strategy: its `label`, and `why` it gave a line its place, in words.

    Either `rank` orders the items, which are then filled one after the other, or `share` divides at once; shares take
    no discounts. `takes` are the fields of `Options` that belong to it, `needs` those of which it has to have one.
    """

    label: str
    why: Callable[[Decision], str]
    rank: Callable[[Sequence[OpenItem], Options], _Ranking] | None = None
    share: Callable[[Sequence[OpenItem], int, Options], Plan] | None = None
    takes: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


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
                code=UNKNOWN_PRIORITY_RULE,
                field="priorityRules",
            )
        if words[0] in (name for name, _ in rules):
            raise InvalidInput(
                f"{words[0]} appears twice.", code=UNKNOWN_PRIORITY_RULE, field="priorityRules"
            )
        rules.append((words[0], direction == "desc"))
    return tuple(rules)


def _by_due(item: OpenItem) -> tuple[Any, ...]:
    return item.due_date, item.issue_date, natural(item.number), item.id


def _ordered(
    items: Iterable[OpenItem], key: _Key, because: Callable[[OpenItem], dict[str, Any]]
) -> list[_Ranked]:
    return [_Ranked(item, because(item)) for item in sorted(items, key=key)]


def _fifo(items: Sequence[OpenItem], options: Options) -> _Ranking:
    return _ordered(items, by_issue_date, lambda item: {"issue_date": item.issue_date}), []


def _largest_first(items: Sequence[OpenItem], options: Options) -> _Ranking:
    return _ordered(
        items,
        lambda item: (-item.outstanding, *_by_due(item)),
        lambda item: {"outstanding": item.outstanding},
    ), []


def _by_hierarchy(items: Sequence[OpenItem], options: Options) -> _Ranking:
    return _ordered(
        items,
        lambda item: (hierarchy_rank(item.category), *_by_due(item)),
        lambda item: {"category": item.category, "due_date": item.due_date},
    ), []


def _overdue_first(items: Sequence[OpenItem], options: Options) -> _Ranking:
    by_rules = _by_rules(options)
    return _ordered(
        items,
        lambda item: (item.due_date >= options.today, by_rules(item)),
        lambda item: {
            "overdue": item.due_date < options.today,
            "due_date": item.due_date,
            **({"priority_rules": options.priority_rules} if options.priority_rules else {}),
        },
    ), []


def _custom(items: Sequence[OpenItem], options: Options) -> _Ranking:
    by_rules = _by_rules(options)
    known = {item.id: item for item in items}
    if len(set(options.order)) < len(options.order):
        raise InvalidInput("order names an item twice.", code=NAMED_TWICE, field="order")
    for position, item_id in enumerate(options.order):
        if item_id not in known:
            raise InvalidInput(
                f"{item_id} is not an open item of this customer in this currency.",
                code=NOT_OPEN_ITEM,
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


def _by_rules(options: Options) -> _Key:
    if not options.priority_rules:
        return _by_due
    rules = parse_priority_rules(options.priority_rules)

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


def _why_overdue(decision: Decision) -> str:
    rules = f", then by {decision['priority_rules']}" if decision.get("priority_rules") else ""
    return f"{'overdue, ' if decision['overdue'] else ''}due {decision['due_date']}{rules}"


def _why_proportional(decision: Decision) -> str:
    cent = ", and a left-over cent" if decision["remainder_cent"] else ""
    return f"{decision['outstanding']} of {decision['of_total']} outstanding{cent}"


def _why_percentage(decision: Decision) -> str:
    category = decision.get("category")
    return f"{decision['percent']} % of the payment{f' for {Category(category).label}' if category else ''}"


DECLARED: Final = {
    "fifo": Strategy(
        "Oldest issue date first", rank=_fifo, why=lambda decision: f"issued {decision['issue_date']}"
    ),
    "overdue_first": Strategy(
        "Overdue items first, by due date", rank=_overdue_first, why=_why_overdue, takes=("priority_rules",)
    ),
    "largest_first": Strategy(
        "Largest outstanding first",
        rank=_largest_first,
        why=lambda decision: f"{decision['outstanding']} outstanding",
    ),
    "proportional": Strategy(
        "In proportion to what is outstanding",
        share=lambda items, available, options: proportional(items, available),
        why=_why_proportional,
    ),
    "percentage_based": Strategy(
        "By given percentages",
        share=percentage_based,
        why=_why_percentage,
        takes=("percentages",),
        needs=("percentages",),
    ),
    "custom_priority": Strategy(
        "In a given order, or by given rules",
        rank=_custom,
        why=lambda decision: (
            "as you ordered" if "place_in_order" in decision else f"by {decision['priority_rules']}"
        ),
        takes=("priority_rules", "order"),
        needs=("order", "priority_rules"),
    ),
    "hierarchy": Strategy(
        "By the payment hierarchy",
        rank=_by_hierarchy,
        why=lambda decision: (
            f"{Category(decision['category']).label} by the hierarchy, due {decision['due_date']}"
        ),
    ),
}
"""Every strategy by its code, in the order in which screens list them."""
STRATEGIES: Final = {code: each.label for code, each in DECLARED.items()}
CHOSEN: Final = "chosen"
EXCESS_TO_LEASE: Final = "excess_to_lease"
INSTALLMENTS: Final = "outstanding_rows"
OWN_ITEM: Final = "own_item"
UNPLANNED: Final = {
    CHOSEN: "Chosen by hand",
    EXCESS_TO_LEASE: "Excess to the lease",
    INSTALLMENTS: "Installments of the payment",
    OWN_ITEM: "The item that it credits",
}
"""How allocations are made besides: nobody may ask for these, and pages name them."""
TAKES_DISCOUNTS: Final = frozenset(code for code, each in DECLARED.items() if each.rank)
NEEDS_INPUTS: Final = tuple(code for code, each in DECLARED.items() if each.needs)
_OPTION_NAMES: Final = {"priority_rules": "priorityRules", "order": "order", "percentages": "percentages"}
"""The options as the API names them."""


def strategy_rows() -> list[dict[str, str]]:
    """Every strategy with its label, as `GET /api/reference` lists them."""
    return [{"code": code, "label": label} for code, label in STRATEGIES.items()]


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
            code=UNKNOWN_STRATEGY,
            field="strategy",
        )
    _check_inputs(strategy, options)
    declared = DECLARED[strategy]
    if declared.share:
        return declared.share(items, available, options)
    assert declared.rank is not None, f"{strategy} neither ranks nor shares"
    ranked, left_out = declared.rank(items, options)
    return _fill(strategy, ranked, left_out, available)


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


def options_of(strategy: str) -> frozenset[str]:
    """The fields of `Options` that belong to the strategy; none to one that is unknown."""
    return frozenset(DECLARED[strategy].takes if strategy in DECLARED else ())


def _check_inputs(strategy: str, options: Options) -> None:
    declared = DECLARED[strategy]
    foreign = [
        name
        for field_name, name in _OPTION_NAMES.items()
        if getattr(options, field_name) and field_name not in declared.takes
    ]
    if foreign:
        raise InvalidInput(
            f"{strategy} does not take {', '.join(foreign)}.",
            code=OPTION_NOT_TAKEN,
            errors=[
                FieldError(name, f"{strategy} does not take this option.", OPTION_NOT_TAKEN)
                for name in foreign
            ],
        )
    if declared.needs and not any(getattr(options, each) for each in declared.needs):
        names = [_OPTION_NAMES[each] for each in declared.needs]
        raise InvalidInput(f"{strategy} needs {' or '.join(names)}.", code=OPTION_MISSING, field=names[0])
