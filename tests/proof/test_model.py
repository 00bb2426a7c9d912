"""The proof's own books: the figures of docs/domain.md, and that what is wrong is found."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, cast

import pytest

from proof.barrier import hold_once
from proof.book import Applied, Item
from proof.kinds.drivers import schedule
from proof.strangers import strange_in
from proof.strategies import by_percentages, fill, order, proportional
from proof.tally import FORBIDDEN, Tally
from proof.worker import Worker

TODAY = date(2026, 11, 30)


def item(number: str, outstanding: str, *, due: int = 1, percent: str = "0", days: int = 0) -> Item:
    """An invoice due on that day of December."""
    amount = Decimal(outstanding)
    return Item(
        id=number,
        category="INVOICE",
        number=number,
        issue_date=date(2026, 11, 1),
        due_date=date(2026, 12, due),
        total=amount,
        outstanding=amount,
        invoice_id=number,
        percent=Decimal(percent),
        days=days,
    )


def amounts(plan: Any) -> dict[str, tuple[str, str]]:
    return {each.number: (str(amount), str(cash)) for each, amount, cash in plan}


def test_spreads_in_proportion_to_the_cent() -> None:
    plan = proportional([item("A", "100.00"), item("B", "100.00"), item("C", "100.00")], Decimal("100.00"))

    assert [str(amount) for _, amount, _ in plan] == ["33.34", "33.33", "33.33"]


def test_caps_what_a_percentage_gives() -> None:
    plan = by_percentages(
        [(item("A", "10.00"), Decimal(50)), (item("B", "900.00"), Decimal("33.3333"))], Decimal("100.00")
    )

    assert amounts(plan) == {"A": ("10.00", "10.00"), "B": ("33.33", "33.33")}


def test_takes_a_discount_as_the_rules_say() -> None:
    """1,000.00 at 2 % is 980.00 in cash, and 980.00 suffices."""
    owed = item("A", "1000.00", due=20, percent="2", days=10)

    plan = fill(order("fifo", [owed], today=TODAY), Decimal("980.00"), paid_on=TODAY, discounts=True)

    assert amounts(plan) == {"A": ("1000.00", "980.00")}


def test_sorts_numbers_as_numbers() -> None:
    ordered = order("fifo", [item("INV-2026-10", "1.00"), item("INV-2026-9", "1.00")], today=TODAY)

    assert [each.number for each in ordered] == ["INV-2026-9", "INV-2026-10"]


def test_gives_a_discount_back_exactly_in_the_end() -> None:
    owed = item("A", "0.00")
    applied = Applied("1", owed, Decimal("50.00"), Decimal("49.00"))
    for amount in ("20.00", "20.00", "9.00"):
        applied.refund(Decimal(amount))

    assert (owed.outstanding, applied.is_live) == (Decimal("50.00"), False)


def test_computes_a_loan_as_the_rules_do() -> None:
    rows = schedule(Decimal("1200.00"), rate=Decimal(10), days=4)

    assert [str(interest) for _, interest in rows] == ["1.32", "1.82", "1.34", "0.86", "0.38"]
    assert [int(principal) for principal, _ in rows] == [250, 250, 250, 250, 200]


@pytest.mark.parametrize("column", FORBIDDEN)
def test_one_of_any_forbidden_column_is_enough(column: str) -> None:
    tally = Tally()
    tally.count("payments", "tried", "acknowledged", "refused", "cut_off")
    before = tally.is_clean

    tally.find("payments", column, "something")

    assert (before, tally.is_clean) == (True, False)


@pytest.mark.parametrize(
    ("listed", "column"),
    [(["A"], "lost"), (["A", "B", "B"], "doubled"), (["A", "B", "C"], "half_done"), (["B", "A"], "")],
    ids=["lost", "doubled", "left behind", "right"],
)
def test_tells_what_is_there_from_what_was_acknowledged(listed: list[str], column: str) -> None:
    worker = cast(Worker, type("Only", (), {"tally": Tally(), "name": "c0"})())

    hold_once(worker, "payments", "payment", ["A", "B"], listed)

    found = worker.tally.rows.get("payments")
    assert worker.tally.is_clean is (column == "")
    assert found is None or getattr(found, column) == 1


def test_knows_a_stranger_but_for_what_was_asked() -> None:
    strange = strange_in("CANARY77", ["0192-id"])

    assert strange(b'{"name": "CANARY77 Inc"}', b"/api/customers") == "CANARY77"
    assert strange(b"no row 0192-id", b"/api/customers/0192-id") == ""
    assert strange(b"ours", b"") == ""
