"""Golden tables of the strategies (docs/domain.md#strategies), and what holds for every spread."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batconnect.core.kernel.errors import InvalidInput
from payments.rules.discounts import discount_on
from payments.rules.plans import OpenItem, Options, Percentage, Plan
from payments.rules.strategies import STRATEGIES, largest_settled, parse_priority_rules, plan

TODAY = date(2026, 6, 15)


def item(number: int, outstanding: str, *, issued: int = 0, due: int = 0, **values: object) -> OpenItem:
    """An invoice of June; `issued` and `due` are days from the first, and from today."""
    return OpenItem(
        id=UUID(int=number),
        number=f"INV-2026-{number}",
        category=str(values.pop("category", "INVOICE")),
        outstanding=int(Decimal(outstanding) * 100),
        issue_date=date(2026, 6, 1) + timedelta(days=issued),
        due_date=TODAY + timedelta(days=due),
        **values,  # type: ignore[arg-type]  # discount_percent alone
    )


def planned(strategy: str, items: list[OpenItem], available: str, **options: object) -> Plan:
    return plan(
        strategy=strategy,
        items=items,
        available=int(Decimal(available) * 100),
        options=Options(today=TODAY, **options),  # type: ignore[arg-type]  # given by name in each test
    )


def table(made: Plan) -> list[tuple[int, str]]:
    """(item, amount) as the plan lists them."""
    return [(line.item_id.int, f"{Decimal(line.amount) / 100:.2f}") for line in made.lines]


def percent(value: str, number: int | None = None, category: str | None = None) -> Percentage:
    return Percentage(Decimal(value), None if number is None else UUID(int=number), category)


def test_fifo_fills_by_issue_date() -> None:
    made = planned("fifo", [item(1, "50", issued=3), item(2, "50", issued=1), item(3, "50", issued=2)], "80")

    assert table(made) == [(2, "50.00"), (3, "30.00")]
    assert [(each.item_id.int, each.reason) for each in made.skipped] == [(1, "no_cash_left")]
    assert made.cash_left == 0
    assert made.lines[0].decision == {"strategy": "fifo", "rank": 1, "issue_date": date(2026, 6, 2)}


def test_fifo_differs_from_overdue_first() -> None:
    items = [item(1, "100", issued=0, due=10), item(2, "100", issued=5, due=-3)]

    assert table(planned("fifo", items, "100")) == [(1, "100.00")]
    assert table(planned("overdue_first", items, "100")) == [(2, "100.00")]


def test_due_today_is_not_overdue() -> None:
    items = [item(1, "10", due=0), item(2, "10", due=-1)]

    made = planned("overdue_first", items, "20")

    assert [(line.item_id.int, line.decision["overdue"]) for line in made.lines] == [(2, True), (1, False)]


def test_ties_go_by_due_date_then_issue_date_then_number() -> None:
    same = [item(10, "5"), item(9, "5"), item(8, "5", issued=-1), item(7, "5", due=-1)]

    assert [number for number, _ in table(planned("largest_first", same, "20"))] == [7, 8, 9, 10]


def test_numbers_sort_as_numbers() -> None:
    assert table(planned("fifo", [item(1000, "5"), item(999, "5")], "5")) == [(999, "5.00")]


def test_largest_first() -> None:
    items = [item(1, "10"), item(2, "30"), item(3, "20")]

    assert table(planned("largest_first", items, "45")) == [(2, "30.00"), (3, "15.00")]


def test_hierarchy_follows_the_categories() -> None:
    items = [
        item(1, "10", category="MISC", due=-9),
        item(2, "10", category="LEASE"),
        item(3, "10", category="TAXES", due=5),
        item(4, "10", category="LEASE", due=-1),
    ]

    assert [number for number, _ in table(planned("hierarchy", items, "40"))] == [3, 4, 2, 1]


@pytest.mark.parametrize(
    ("outstanding", "available", "shares"),
    [
        (["100", "100", "100"], "100.00", ["33.34", "33.33", "33.33"]),
        (["10", "20", "30"], "0.05", ["0.01", "0.02", "0.02"]),
        (["10", "20", "30"], "60", ["10.00", "20.00", "30.00"]),
        (["10", "20", "30"], "100", ["10.00", "20.00", "30.00"]),
        (["0.01"], "5", ["0.01"]),
    ],
)
def test_proportional_shares(outstanding: list[str], available: str, shares: list[str]) -> None:
    items = [item(number, amount) for number, amount in enumerate(outstanding, start=1)]

    assert [amount for _, amount in table(planned("proportional", items, available))] == shares


def test_equal_remainders_go_to_the_larger_outstanding() -> None:
    assert table(planned("proportional", [item(1, "0.01"), item(2, "99.99")], "50")) == [(2, "50.00")]


def test_a_share_below_a_cent_is_skipped() -> None:
    made = planned("proportional", [item(1, "0.01"), item(2, "1000")], "1")

    assert table(made) == [(2, "1.00")]
    assert made.skipped[0].reason == "share_below_a_cent"


def test_percentages_of_the_payment() -> None:
    made = planned(
        "percentage_based",
        [item(1, "500"), item(2, "500")],
        "99.99",
        percentages=(percent("75", 1), percent("25", 2)),
    )

    assert table(made) == [(1, "74.99"), (2, "25.00")]
    assert made.cash_left == 0


def test_what_a_cap_cuts_stays_unallocated() -> None:
    made = planned(
        "percentage_based",
        [item(1, "10"), item(2, "500")],
        "100",
        percentages=(percent("50", 1), percent("50", 2)),
    )

    assert table(made) == [(1, "10.00"), (2, "50.00")]
    assert made.cash_left == 4000


def test_percentages_below_a_hundred_leave_the_rest() -> None:
    made = planned("percentage_based", [item(1, "500")], "100", percentages=(percent("33.3333", 1),))

    assert table(made) == [(1, "33.33")]
    assert made.cash_left == 6667


def test_a_categorys_share_goes_by_fifo_after_items_named_by_themselves() -> None:
    items = [item(1, "10", issued=0), item(2, "30", issued=1), item(3, "30", issued=2)]

    made = planned(
        "percentage_based", items, "100", percentages=(percent("50", category="INVOICE"), percent("20", 2))
    )

    assert sorted(table(made)) == [(1, "10.00"), (2, "30.00"), (3, "30.00")]


@pytest.mark.parametrize(
    ("percentages", "field"),
    [
        ((percent("60", 1), percent("40.0001", 2)), "percentages"),
        ((percent("0", 1),), "percentages.0.percent"),
        ((percent("-5", 1),), "percentages.0.percent"),
        ((percent("1.00001", 1),), "percentages.0.percent"),
        ((percent("5", 99),), "percentages.0"),
        ((percent("5", 1), percent("6", 1)), "percentages"),
        ((), "percentages"),
    ],
)
def test_refuses_bad_percentages(percentages: tuple[Percentage, ...], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        planned("percentage_based", [item(1, "50"), item(2, "50")], "100", percentages=percentages)

    assert refused.value.errors[0].field == field


def test_custom_order_leaves_out_what_it_does_not_name() -> None:
    made = planned(
        "custom_priority",
        [item(1, "10"), item(2, "10"), item(3, "10")],
        "25",
        order=(UUID(int=3), UUID(int=1)),
    )

    assert table(made) == [(3, "10.00"), (1, "10.00")]
    assert [(each.item_id.int, each.reason) for each in made.skipped] == [(2, "not_in_order")]
    assert made.cash_left == 500


def test_custom_order_then_rules() -> None:
    items = [item(1, "10"), item(2, "30"), item(3, "20")]

    made = planned("custom_priority", items, "60", order=(UUID(int=3),), priority_rules="outstanding DESC")

    assert table(made) == [(3, "20.00"), (2, "30.00"), (1, "10.00")]


def test_rules_within_the_groups_of_overdue_first() -> None:
    items = [item(1, "10", due=-1), item(2, "30", due=-5), item(3, "90", due=4)]

    made = planned("overdue_first", items, "130", priority_rules="outstanding ASC")

    assert [number for number, _ in table(made)] == [1, 2, 3]


@pytest.mark.parametrize("strategy", ["fifo", "largest_first", "proportional", "hierarchy"])
@pytest.mark.parametrize(
    "options",
    [{"priority_rules": "due_date ASC"}, {"order": (UUID(int=1),)}, {"percentages": (percent("5", 1),)}],
)
def test_refuses_inputs_of_other_strategies(strategy: str, options: dict[str, object]) -> None:
    with pytest.raises(InvalidInput, match="does not take") as refused:
        planned(strategy, [item(1, "10")], "10", **options)

    assert refused.value.code == "option_not_taken"


def test_custom_priority_needs_an_order_or_rules() -> None:
    with pytest.raises(InvalidInput, match="needs order"):
        planned("custom_priority", [item(1, "10")], "10")


@pytest.mark.parametrize("order", [(UUID(int=1), UUID(int=1)), (UUID(int=77),)])
def test_refuses_an_order_with_strangers_or_duplicates(order: tuple[UUID, ...]) -> None:
    with pytest.raises(InvalidInput):
        planned("custom_priority", [item(1, "10")], "10", order=order)


@pytest.mark.parametrize(
    "rules", ["amount ASC", "due_date UP", "due_date ASC DESC", "", "due_date, due_date DESC", "id; drop"]
)
def test_refuses_unknown_priority_rules(rules: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_priority_rules(rules)

    assert refused.value.code == "unknown_priority_rule"


def test_an_unknown_strategy_lists_the_known() -> None:
    with pytest.raises(InvalidInput) as refused:
        planned("lifo", [], "10")

    assert all(name in refused.value.message for name in STRATEGIES)


def test_an_invoice_of_a_cent_gets_paid() -> None:
    assert table(planned("fifo", [item(1, "0.01")], "5")) == [(1, "0.01")]


def test_a_discounted_invoice_is_settled_by_less_cash() -> None:
    made = planned("fifo", [item(1, "1000", discount_percent=Decimal(2)), item(2, "50", issued=1)], "990")

    assert [(line.amount, line.discount, line.cash) for line in made.lines] == [
        (100_000, 2_000, 98_000),
        (1_000, 0, 1_000),
    ]


@given(
    outstanding=st.integers(1, 10_000_00),
    cash=st.integers(0, 10_000_00),
    percent_of=st.decimals("0.01", "99.99", places=2),
)
def test_the_largest_part_whose_cash_fits(outstanding: int, cash: int, percent_of: Decimal) -> None:
    settled = largest_settled(outstanding=outstanding, cash=cash, percent=percent_of)

    assert 0 <= settled <= outstanding
    assert settled - discount_on(settled, percent_of) <= cash
    if settled < outstanding:
        assert settled + 1 - discount_on(settled + 1, percent_of) > cash


amounts = st.lists(st.integers(1, 500_000), min_size=1, max_size=12)


@given(
    amounts,
    st.integers(1, 2_000_000),
    st.sampled_from(["fifo", "overdue_first", "largest_first", "hierarchy", "proportional"]),
)
def test_every_cent_is_accounted_for(outstanding: list[int], available: int, strategy: str) -> None:
    items = [
        item(number, str(Decimal(cents) / 100), issued=number % 5, due=number % 7 - 3)
        for number, cents in enumerate(outstanding, start=1)
    ]

    made = plan(strategy=strategy, items=items, available=available, options=Options(today=TODAY))

    spent = sum(line.cash for line in made.lines)
    assert spent == min(available, sum(outstanding))
    assert spent + made.cash_left == available
    assert all(0 < line.amount <= outstanding[line.item_id.int - 1] for line in made.lines)
    assert len({line.item_id for line in made.lines} | {each.item_id for each in made.skipped}) == len(items)


@given(amounts, st.integers(1, 2_000_000), st.data())
def test_percentages_never_spend_more_than_they_say(
    outstanding: list[int], available: int, data: st.DataObject
) -> None:
    items = [item(number, str(Decimal(cents) / 100)) for number, cents in enumerate(outstanding, start=1)]
    left = 1_000_000
    percentages = []
    for number in range(1, len(items) + 1):
        if left < 1:
            break
        weight = data.draw(st.integers(1, left))
        left -= weight
        percentages.append(percent(str(Decimal(weight) / 10_000), number))

    made = planned("percentage_based", items, str(Decimal(available) / 100), percentages=tuple(percentages))

    total = sum(each.percent for each in percentages)
    assert sum(line.amount for line in made.lines) <= (available * total / 100) + Decimal("0.5")
    assert sum(line.amount for line in made.lines) + made.cash_left == available
    for line in made.lines:
        exact = available * percentages[line.item_id.int - 1].percent / 100
        assert line.amount <= outstanding[line.item_id.int - 1]
        assert abs(min(line.amount, exact) - line.amount) < 1
