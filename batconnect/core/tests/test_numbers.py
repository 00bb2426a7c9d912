"""Numbers without gaps in what is committed (docs/domain.md#numbers)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from batconnect.core.database.numbers import take_numbers
from batconnect.core.kernel.numbers import NumberSeries, Per
from tests.cast import NORTH, SOUTH, acting


def test_numbers_follow_one_another_per_series_and_period(cashier: object) -> None:
    assert list(take_numbers(company_id=NORTH, series="INTPAY", period="2026")) == [1]
    assert list(take_numbers(company_id=NORTH, series="INTPAY", period="2026", count=3)) == [2, 3, 4]
    assert list(take_numbers(company_id=NORTH, series="INTPAY", period="2027")) == [1]
    assert list(take_numbers(company_id=NORTH, series="PAY", period="2026")) == [1]


@pytest.mark.parametrize(
    ("number", "text"),
    [(12, "INTPAY-2026-00012"), (100_000, "INTPAY-2026-100000")],
)
def test_digits_are_a_minimum(number: int, text: str) -> None:
    assert NumberSeries("INTPAY", 5).format(number, "2026") == text


def test_case_numbers_have_no_period() -> None:
    assert NumberSeries("INTPAY", 6, Per.NEVER).format(123) == "INTPAY000123"


def test_a_rollback_leaves_no_gap(transactional_db: None) -> None:
    with acting("cashier"):
        take_numbers(company_id=NORTH, series="X")
        transaction.set_rollback(True)

    with acting("cashier"):
        assert list(take_numbers(company_id=NORTH, series="X")) == [1]


def test_many_at_once_get_each_number_once(transactional_db: None) -> None:
    def take(_: int) -> int:
        try:
            with acting("cashier"):
                return take_numbers(company_id=NORTH, series="X")[0]
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(take, range(40)))

    assert sorted(taken) == list(range(1, 41))


def test_companies_count_apart(transactional_db: None) -> None:
    with acting("cashier"):
        take_numbers(company_id=NORTH, series="X", count=5)
    with acting("outsider"):
        assert list(take_numbers(company_id=SOUTH, series="X")) == [1]
