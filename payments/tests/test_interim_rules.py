"""The split of an interim payment, methods, and sums: pure rules."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batconnect.core.kernel.money import sum_of
from payments.rules.interim import LeaseItem, excess_to_lease
from payments.rules.methods import INTERIM_METHODS, UnknownMethod, method_label, parse_method, takes_reference

CENTS = st.integers(min_value=0, max_value=100_000_00).map(lambda cents: Decimal(cents).scaleb(-2))


def item(key: str, left: str, due: str, issued: str = "2024-01-01") -> LeaseItem[str]:
    return LeaseItem(key, Decimal(left), date.fromisoformat(due), date.fromisoformat(issued), key)


def test_excess_settles_the_oldest_first() -> None:
    items = [item("LS-10", "265.00", "2024-11-03"), item("LS-08", "165.00", "2024-10-20")]

    split = excess_to_lease(excess=Decimal("200.00"), items=items)

    assert split.portions == (("LS-08", Decimal("165.00")), ("LS-10", Decimal("35.00")))
    assert split.unallocated == 0


def test_same_due_date_goes_by_issue_date_then_reference() -> None:
    items = [
        item("B", "1.00", "2024-10-20", "2024-10-02"),
        item("C", "1.00", "2024-10-20", "2024-10-01"),
        item("A", "1.00", "2024-10-20", "2024-10-02"),
    ]

    split = excess_to_lease(excess=Decimal("3.00"), items=items)

    assert [key for key, _ in split.portions] == ["C", "A", "B"]


def test_what_exceeds_every_lease_fee_stays_unallocated() -> None:
    split = excess_to_lease(excess=Decimal("300.00"), items=[item("LS-08", "265.00", "2024-10-20")])

    assert split.unallocated == Decimal("35.00")


def test_settled_items_get_no_line() -> None:
    split = excess_to_lease(excess=Decimal("5.00"), items=[item("LS-08", "0.00", "2024-10-20")])

    assert split.portions == ()
    assert split.unallocated == Decimal("5.00")


@given(excess=CENTS, left=st.lists(CENTS, max_size=12))
def test_nothing_is_lost_and_nothing_overpaid(excess: Decimal, left: list[Decimal]) -> None:
    items = [item(f"LS-{number:02}", str(amount), "2024-10-20") for number, amount in enumerate(left)]

    split = excess_to_lease(excess=excess, items=items)

    owed = {each.key: each.left for each in items}
    assert sum_of(amount for _, amount in split.portions) + split.unallocated == excess
    assert all(0 < amount <= owed[key] for key, amount in split.portions)
    assert split.unallocated == max(excess - sum_of(left), Decimal(0))
    assert len({key for key, _ in split.portions}) == len(split.portions)
    paid = dict(split.portions)
    # Only the last item that got anything may be left with a rest.
    assert sum(1 for key, amount in paid.items() if amount < owed[key]) <= 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("cash", "cash"),
        ("Check", "check"),
        ("CHEQUE", "check"),
        (" ach ", "ach"),
        ("Bank transfer", "bank_transfer"),
        ("bank-transfer", "bank_transfer"),
        ("eNACH", "enach"),
        ("UPI", "upi"),
    ],
)
def test_reads_methods_as_people_write_them(text: str, code: str) -> None:
    assert parse_method(text) == code


def test_unknown_method_lists_the_allowed_ones() -> None:
    with pytest.raises(UnknownMethod, match="'barter' is not accepted; choose one of Cash, Check, ACH"):
        parse_method("barter", allowed=INTERIM_METHODS)


def test_known_method_that_is_not_allowed_here_is_refused() -> None:
    with pytest.raises(UnknownMethod, match="'upi'"):
        parse_method("upi", allowed=INTERIM_METHODS)


def test_labels_and_references() -> None:
    assert [method_label(code) for code in INTERIM_METHODS] == ["Cash", "Check", "ACH"]
    assert [takes_reference(code) for code in INTERIM_METHODS] == [False, True, True]
