"""Amounts are exact in and out (docs/domain.md#money)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batconnect.core.kernel.money import (
    LARGEST,
    NotMoney,
    exact_money,
    format_amount,
    from_cents,
    parse_money,
    round_half_up,
    to_cents,
)


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("265", "265.00"),
        ("265.0", "265.00"),
        ("265.00", "265.00"),
        (" 0.01 ", "0.01"),
        (600, "600.00"),
        (Decimal("600.1"), "600.10"),
        ("-3.50", "-3.50"),
        ("999999999.99", "999999999.99"),
    ],
)
def test_reads_plain_amounts(written: object, amount: str) -> None:
    assert str(exact_money(written)) == amount


@pytest.mark.parametrize(
    "written",
    ["1E5", "1e1", "NaN", "Infinity", "0.001", "1.000", "", " ", "1,000.00", "$5", "٣", "1.", ".5", "--1",
     True, False, None, 1.5, [], {}, Decimal("NaN"), Decimal("1E+2"), Decimal("0.005")],
)  # fmt: skip
def test_refuses_what_is_no_plain_amount(written: object) -> None:
    with pytest.raises(NotMoney):
        exact_money(written)


@given(st.integers(min_value=-99_999_999_999, max_value=99_999_999_999))
def test_cents_go_there_and_back(cents: int) -> None:
    amount = from_cents(cents)

    assert to_cents(amount) == cents
    assert amount.as_tuple().exponent == -2
    assert exact_money(str(amount)) == parse_money(format_amount(amount)) == amount


@pytest.mark.parametrize(
    ("exact", "rounded"), [("0.005", "0.01"), ("0.0049", "0.00"), ("-0.005", "-0.01"), ("2.675", "2.68")]
)
def test_rounds_halves_away_from_zero(exact: str, rounded: str) -> None:
    assert round_half_up(Decimal(exact)) == Decimal(rounded)


def test_amounts_read_as_people_write_them() -> None:
    assert format_amount(LARGEST) == "999,999,999.99"
    assert format_amount(Decimal("0.5")) == "0.50"
