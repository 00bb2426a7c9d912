"""How statements join on to one another, and whether their own figures agree: the rules by themselves."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bank.rules.balances import Chain, Figures, Place, contradiction, follows, link, sums

D = Decimal
BEFORE = Place("7", date(2026, 1, 1), date(2026, 1, 31))
CHAIN = Chain(BEFORE, (D("100.00"), D("90.00")))


def figures(opening: str | None, closing: str | None, money_in: str = "5.00", **totals: Any) -> Figures:
    return Figures(
        opening=D(opening) if opening else None,
        closing=D(closing) if closing else None,
        money_in=D(money_in),
        money_out=D("2.00"),
        **{name: D(value) for name, value in totals.items()},
    )


def place(number: str, first: date | None = date(2026, 2, 1)) -> Place:
    return Place(number, first, first)


@pytest.mark.parametrize(
    ("own", "next_one"),
    [
        (place("8"), True),
        (place("7"), False),
        (place("9"), False),
        (place("A"), None),
        (place("1"), False),
        (place("1", date(2027, 1, 1)), True),
        (place("2", date(2027, 1, 1)), False),
        (place("1", None), False),
    ],
    ids=str,
)
def test_numbers_follow_one_another_and_begin_again_with_a_year(own: Place, next_one: bool | None) -> None:
    assert follows(own, BEFORE) is next_one
    assert follows(own, Place("", None, None)) is None


@pytest.mark.parametrize(
    ("stated", "own", "chain", "code"),
    [
        (figures("100.00", "103.00"), place("8"), CHAIN, None),
        (figures("90.00", "93.00"), place("8"), CHAIN, None),
        (figures(None, "103.00"), place("8"), CHAIN, None),
        (figures(None, None), place("8"), CHAIN, None),
        (figures("100.00", "103.00"), place("9"), CHAIN, "predecessor_missing"),
        (figures("99.00", "102.00"), place("8"), CHAIN, "opening_differs"),
        (figures("99.00", "102.00"), place("A"), CHAIN, "predecessor_missing"),
        (figures("99.00", "102.00"), place("8"), Chain(None, (D("100.00"),)), "predecessor_missing"),
        (figures("99.00", "102.00"), place("9"), Chain(None, ()), None),
    ],
    ids=range(9),
)
def test_a_statement_joins_on_by_its_number_and_by_its_balance(
    stated: Figures, own: Place, chain: Chain, code: str | None
) -> None:
    fault = link(stated, own, chain)

    assert (fault.code if fault else None) == code
    if fault and own.sequence_no == "9":
        assert "Number 9 comes after number 7" in fault.message
    elif fault:
        assert "opens with 99.00; the statement before it ends with 100.00" in fault.message


@pytest.mark.parametrize(
    ("stated", "code", "said"),
    [
        (figures("100.00", "103.00"), None, ""),
        (
            figures("100.00", "104.00"),
            "balances_contradict",
            "is 103.00, but the closing balance is 104.00: 1.00 more",
        ),
        (figures(None, "104.00", totals_in="5.00", totals_out="2.00"), None, ""),
        (
            figures(None, None, totals_in="6.00"),
            "totals_contradict",
            "says 6.00 of money in, its lines sum to 5.00",
        ),
        (
            figures(None, None, totals_out="6.00"),
            "totals_contradict",
            "says 6.00 of money out, its lines sum to 2.00",
        ),
    ],
    ids=range(5),
)
def test_a_statements_own_figures_agree(stated: Figures, code: str | None, said: str) -> None:
    fault = contradiction(stated)

    assert (fault.code if fault else None) == code
    assert said in (fault.message if fault else "")


def test_sums_are_of_each_side_and_never_below_zero() -> None:
    assert sums([D("5.00"), D("-2.00"), D("0.00"), D("1.50")]) == (D("6.50"), D("2.00"))
