"""The rule of likely duplicates: by reference ever, by amount within three days, each payment for one row."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batconnect.core.database.tenancy import set_company
from batconnect.core.kernel.actors import Actor
from batconnect.directory.models import Customer
from payments.rules.duplicates import DAYS_APART, Seen, duplicate_reason, pair_up
from payments.services.duplicates import Incoming, find_likely_duplicates
from payments.services.recording import record_payment
from payments.tests.billing import make_customer
from tests.cast import NORTH, SOUTH, acting

DAY = date(2025, 1, 15)


def seen(key: int, *, apart: int = 0, reference: str = "", amount: str = "10.00", **more: Any) -> Seen[int]:
    day = DAY + timedelta(days=apart)
    return Seen(key, day, reference, key, Decimal(amount), more.pop("currency", "USD"), "A", **more)


REASONS = {
    "same day": ({}, "same_amount"),
    "three days": ({"apart": 3}, "same_amount"),
    "three days before": ({"apart": -3}, "same_amount"),
    "four days": ({"apart": 4}, None),
    "another amount": ({"amount": "10.01"}, None),
    "another currency": ({"currency": "EUR"}, None),
    "same reference ever": ({"apart": 900, "reference": " r-1 "}, "same_reference"),
    "same reference, another amount": ({"reference": "R-1", "amount": "1.00"}, "same_reference"),
    "another reference": ({"reference": "R-2"}, "same_amount"),
}


@pytest.mark.parametrize("what", REASONS)
def test_says_why(what: str) -> None:
    changes, reason = REASONS[what]

    assert duplicate_reason(one=seen(1, reference="R-1"), other=seen(2, **changes)) == reason


def test_the_very_same_counts_before_the_order_of_rows() -> None:
    rows = [seen(1), seen(2, apart=1)]

    pairs = pair_up(rows=rows, known=[seen(9, apart=1)])

    assert {row: each.key for row, each in pairs.items()} == {2: 9}


def test_a_reference_then_the_nearest_day_then_the_latest() -> None:
    known = [
        seen(5, apart=2),
        seen(6, apart=-1),
        seen(7, apart=1, details="x"),
        seen(8, apart=300, reference="R"),
    ]

    by_order = {
        order: [pair_up(rows=[seen(1, reference="r")], known=order)[1].key] for order in permutations(known)
    }
    without = pair_up(rows=[seen(1)], known=known[:3])

    assert set(map(tuple, by_order.values())) == {(8,)}
    assert without[1].key in (6, 7)
    assert pair_up(rows=[seen(1)], known=[seen(5), seen(6)])[1].key == 5
    assert pair_up(rows=[seen(1, details="y")], known=[seen(5), seen(6)])[1].key == 6


ANY = st.builds(
    seen,
    st.integers(1, 10_000),
    apart=st.integers(-5, 5),
    reference=st.sampled_from(["", "", "R", "S"]),
    amount=st.sampled_from(["1.00", "2.00"]),
)


@given(
    rows=st.lists(ANY, max_size=8, unique_by=lambda one: one.key),
    known=st.lists(ANY, max_size=8, unique_by=lambda one: one.key),
)
def test_pairs_are_duplicates_and_no_duplicate_is_left(rows: list[Seen[int]], known: list[Seen[int]]) -> None:
    pairs = pair_up(rows=rows, known=known)

    row_of, known_of = {each.key: each for each in rows}, {each.key: each for each in known}
    taken = [each.key for each in pairs.values()]
    assert len(set(taken)) == len(taken)
    for row, each in pairs.items():
        assert duplicate_reason(one=row_of[row], other=known_of[each.key]) == each.reason
    for row in rows:
        if row.key not in pairs:
            assert not any(duplicate_reason(one=row, other=each) for each in known if each.key not in taken)


@pytest.fixture
def customer(manager: Actor) -> Customer:
    return make_customer(manager)


def pay(manager: Actor, customer: Customer, amount: str, day: date, reference: str = "") -> Any:
    return record_payment(
        actor=manager,
        customer_id=customer.id,
        amount=Decimal(amount),
        method="check",
        payment_date=day,
        reference_number=reference,
    ).payment


def test_finds_them_in_bulk_by_one_statement(
    manager: Actor, customer: Customer, django_assert_num_queries: Any
) -> None:
    near = pay(manager, customer, "10.00", DAY)
    named = pay(manager, customer, "20.00", DAY - timedelta(days=200), "Chk-1")
    pay(manager, customer, "30.00", DAY - timedelta(days=DAYS_APART + 1))

    def incoming(amount: str, reference: str = "") -> Incoming:
        return Incoming(customer.id, Decimal(amount), "USD", DAY, reference)

    rows = [incoming("10.00"), incoming("10.00"), incoming("30.00"), incoming("99.00", "CHK-1")]
    with django_assert_num_queries(1):
        found = find_likely_duplicates(actor=manager, rows=rows)

    assert [(each.payment.payment_number, each.reason) if each else None for each in found] == [
        (near.number, "same_amount"),
        None,
        None,
        (named.number, "same_reference"),
    ]


def test_finds_nothing_of_another_company(manager: Actor, customer: Customer) -> None:
    pay(manager, customer, "10.00", DAY)

    with acting("outsider") as outsider:
        found = find_likely_duplicates(
            actor=outsider, rows=[Incoming(customer.id, Decimal("10.00"), "USD", DAY)]
        )

    set_company(NORTH, metadata={"job": "test"})
    assert outsider.company_id == SOUTH
    assert found == [None]
