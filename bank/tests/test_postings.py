"""Entries that take others back say so, and name which; pure."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import uuid4

from bank import postings
from ledger.postings import Leg

D = Decimal
DAY = date(2026, 3, 9)


def test_what_takes_an_entry_back_is_its_full_reversal_with_the_legs_turned_round() -> None:
    key, entry, operation, customer = uuid4(), uuid4(), uuid4(), uuid4()
    common = {"currency": "USD", "on": DAY, "reason": "The bank withdrew it"}
    drafts = [
        postings.line_withdrawn(
            line_id=key,
            entry_id=entry,
            account_code="1020",
            money_in=D("9.00"),
            money_out=D("2.00"),
            operation_id=operation,
            **common,  # type: ignore[arg-type]  # as said above
        ),
        postings.payment_unidentified(
            payment_id=key,
            amount=D("9.00"),
            customer_id=customer,
            reverses=entry,
            **common,  # type: ignore[arg-type]  # likewise
        ),
        postings.unidentified_voided(
            receipt_id=key,
            method="check",
            amount=D("9.00"),
            reverses=entry,
            operation_id=operation,
            **common,  # type: ignore[arg-type]  # likewise
        ),
    ]

    assert [(each.reverses, each.is_full_reversal, each.reason) for each in drafts] == [
        (entry, True, "The bank withdrew it")
    ] * 3
    assert {sum(leg.amount for leg in each.legs) for each in drafts} == {D(0)}
    assert {str(leg.account): leg.amount for leg in drafts[0].legs} == {
        "bank:1020": D("-7.00"),
        "unexplained_payments": D("-2.00"),
        "unidentified_receipts": D("9.00"),
    }
    assert drafts[1].legs[0] == Leg("unallocated_cash", D("9.00"), payment_id=key)
    assert [leg.amount for leg in drafts[2].legs] == [D("9.00"), D("-9.00")]
